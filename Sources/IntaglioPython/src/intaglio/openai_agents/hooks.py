"""The one line that governs a run of the SDK."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from agents import Agent, RunHooks
from agents.lifecycle import RunHooksBase

from intaglio._governor import GovernorClient
from intaglio.openai_agents.errors import RunAborted

if TYPE_CHECKING:
    from intaglio.openai_agents.governed import GovernedRun


class IntaglioRunHooks(RunHooksBase[Any, Agent[Any]]):
    """Hooks for `Runner.run` that put a run under the Intaglio engine: audit, policy, reviews, rollback.

    The first object installs a runner for the process that sees governed runs from beginning to end; runs
    with other hooks stay as they are, and so do the program's agents and tools. One object may govern many
    runs, also at the same time and in several event loops.

    Args:
        agent_id: Who acts, in every record: 1 to 200 bytes.
        store: The folder of the logs; made if it is not there. Processes may share it.
        policy: What may be done: the path of a YAML file, its text, or its members. Without one everything
            is allowed, and recorded.
        mission_id: The governed state that the runs work on; else the session's id, else one for each run.
        session_id: The name of the conversation in the record; else that of the run's session.
        review: What a call does that people have to look at: "interrupt" pauses the run, as the SDK's own
            approvals do; "wait" has the call wait. A rule with `mode: pause` always pauses.
        on_engine_error: What to do when nothing can be recorded: "deny" ends the run before anything is
            done; "allow_and_count" goes on, and records later how much is missing.
        engine_timeout: How many seconds the engine may take to answer.
        hooks: Hooks of the program's own, called after these.

    Raises:
        IntaglioError: the policy or the store cannot be used.
    """

    def __init__(
        self,
        agent_id: str,
        store: str | os.PathLike[str] = "./intaglio",
        policy: str | os.PathLike[str] | Mapping[str, Any] | None = None,
        mission_id: str | None = None,
        session_id: str | None = None,
        review: Literal["interrupt", "wait"] = "interrupt",
        on_engine_error: Literal["deny", "allow_and_count"] = "deny",
        engine_timeout: float = 10,
        hooks: RunHooks[Any] | None = None,
    ) -> None:
        if review not in ("interrupt", "wait"):
            raise ValueError(f"review is 'interrupt' or 'wait', not {review!r}")
        self.agent_id = agent_id
        self.store = Path(store)
        self.mission_id = mission_id
        self.session_id = session_id
        self.review = review
        self.own = hooks
        self.has_policy = policy is not None
        self.last_run: str | None = None
        self.last_mission: str | None = mission_id
        self._options = {
            "policy": _policy(policy),
            "on_engine_error": on_engine_error,
            "engine_timeout": engine_timeout,
        }
        # Opened now, so that a mistake is told where it was made.
        GovernorClient.shared(self.store, self._options)
        from intaglio.openai_agents import runner

        runner.install()

    @property
    def client(self) -> GovernorClient:
        """The governor of the store in this process."""
        return GovernorClient.shared(self.store, self._options)

    def started(self, run: GovernedRun) -> None:
        """Note a run that began, for what asks about the last one."""
        if run.parent is None:
            self.last_run, self.last_mission = run.id, run.mission

    # The SDK calls these only where a run did not go through this package's runner: nobody could see how
    # such a run begins and ends, nor hold its tools. It must not go on.

    async def on_agent_start(self, context: Any, agent: Any) -> None:
        raise self._unseen()

    async def on_agent_end(self, context: Any, agent: Any, output: Any) -> None:
        raise self._unseen()

    async def on_llm_start(
        self, context: Any, agent: Any, system_prompt: Any, input_items: Any
    ) -> None:
        raise self._unseen()

    async def on_llm_end(self, context: Any, agent: Any, response: Any) -> None:
        raise self._unseen()

    async def on_tool_start(self, context: Any, agent: Any, tool: Any) -> None:
        raise self._unseen()

    async def on_tool_end(self, context: Any, agent: Any, tool: Any, result: Any) -> None:
        raise self._unseen()

    async def on_handoff(self, context: Any, from_agent: Any, to_agent: Any) -> None:
        raise self._unseen()

    def _unseen(self) -> RunAborted:
        return RunAborted(
            "runner_replaced",
            "this run did not go through Intaglio's runner, so that it cannot be governed: call "
            "`set_default_agent_runner` before IntaglioRunHooks is made, and run by `Runner`",
        )


def _policy(policy: Any) -> dict[str, str] | None:
    if policy is None:
        return None
    if isinstance(policy, Mapping):
        return {"text": json.dumps(policy, ensure_ascii=False)}
    if isinstance(policy, str) and ("\n" in policy or ": " in policy or policy.startswith("{")):
        return {"text": policy}
    return {"file": os.path.abspath(os.fspath(policy))}
