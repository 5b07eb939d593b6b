"""The one line that governs a run of the SDK."""

from __future__ import annotations

import json
import os
import weakref
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from agents import Agent, RunHooks, Runner, RunResult, Session
from agents.lifecycle import RunHooksBase
from typing_extensions import override

from intaglio._errors import IntaglioError
from intaglio._governor import GovernorClient
from intaglio.openai_agents import pausing
from intaglio.openai_agents.errors import RunAborted
from intaglio.openai_agents.loops import run_here
from intaglio.openai_agents.participants import NAMES, Participants
from intaglio.openai_agents.rollback import Checkpoint, Preview, Rollback
from intaglio.openai_agents.sessions import EngineSession
from intaglio.openai_agents.tickets import Ticket

if TYPE_CHECKING:
    from intaglio.openai_agents.governed import GovernedRun


_CALLBACKS = {name for name in vars(RunHooksBase) if name.startswith("on_")}


class IntaglioRunHooks(RunHooksBase[Any, Agent[Any]]):
    """Hooks for `Runner.run` that govern it: audit, policy, reviews and rollback.

    The first object installs a runner for the process that sees governed runs from beginning to
    end; runs with other hooks stay as they are, and so do the program's agents and tools. One
    object may govern many runs, also at the same time and in several event loops.

    Args:
        agent_id: Who acts, in every record: 1 to 200 bytes.
        store: The folder of the logs; made if it is not there. Processes may share it.
        policy: What may be done: the path of a YAML file, its text, or its members. Without one
            everything is allowed, and recorded.
        mission_id: The governed state that the runs work on; else the session's id, else one for
            each run.
        session_id: The name of the conversation in the record; else that of the run's session.
        review: What a call does that people have to look at: "interrupt" pauses the run, as the
            SDK's own approvals do; "wait" has the call wait. A rule with `mode: pause` always
            pauses.
        on_engine_error: What to do when nothing can be recorded: "deny" ends the run before
            anything is done; "allow_and_count" goes on, and records later how much is missing.
        engine_timeout: How many seconds the engine may take to answer.
        durability: What "recorded" means before a tool runs: "synced" survives the loss of power,
            "written" the end of the process. The first object on a store in a process decides.
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
        durability: Literal["synced", "written"] = "synced",
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
            "durability": durability,
            "participants": list(NAMES),
        }
        # The run context and session of each mission's newest run, which a rollback restores.
        self._participants: dict[str, Participants] = {}
        self._live: weakref.WeakValueDictionary[str, GovernedRun] = weakref.WeakValueDictionary()
        # Opened now, so that a mistake is told where it was made.
        GovernorClient.shared(self.store, self._options)
        from intaglio.openai_agents import runner

        runner.install()

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        own = [name for name in vars(cls) if name in _CALLBACKS]
        if own:
            raise TypeError(
                f"{cls.__name__} has callbacks of its own ({', '.join(own)}), which would never be "
                "called: give them as hooks, IntaglioRunHooks(..., hooks=...)"
            )

    @property
    def client(self) -> GovernorClient:
        """The governor of the store in this process."""
        return GovernorClient.shared(self.store, self._options)

    def started(self, run: GovernedRun) -> None:
        """Note a run that began, for what asks about the last one."""
        self._live[run.id] = run
        if run.parent is None:
            self.last_run, self.last_mission = run.id, run.mission
            self._participants[run.mission] = run.participants

    # Reviews

    async def pending(self) -> list[Ticket]:
        """The calls in this process's log that wait for people, and approvals not used yet.

        Raises:
            IntaglioError: the engine cannot be asked.
        """
        answer = await self.client.call("tickets")
        return [
            Ticket.read(members, await self._arguments(members["run"], members["call"]))
            for members in answer["tickets"]
        ]

    async def _arguments(self, run: str, call: int) -> str | None:
        """What a call that waits is to be called with, of a run that is live here or paused."""
        live = self._live.get(run)
        try:
            ledger = live.ledger if live else (await pausing.paused(self.client, run)).ledger
        except IntaglioError as error:
            if error.code == "not_paused":
                return None
            raise
        entries = [entry for entry in ledger if entry.number == call]
        return entries[0].request.arguments if entries else None

    async def approve(
        self, ticket: str | Ticket, reason: str = "", *, key: Mapping[str, str] | None = None
    ) -> None:
        """Approve a call that waits for people, as the user of this process or by a key.

        Args:
            ticket: The ticket, or the beginning of its name.
            reason: For people.
            key: The approver's key, `{"file": path}` or `{"text": PEM}`, where the rule names
                approvers.

        Raises:
            IntaglioError: `not_permitted`: it does not count.
        """
        await self._vote(ticket, True, reason, key)

    async def reject(
        self, ticket: str | Ticket, reason: str = "", *, key: Mapping[str, str] | None = None
    ) -> None:
        """Reject a call that waits for people; that is final. As `approve`."""
        await self._vote(ticket, False, reason, key)

    async def _vote(
        self, ticket: str | Ticket, approve: bool, reason: str, key: Mapping[str, str] | None
    ) -> None:
        name = ticket.ticket if isinstance(ticket, Ticket) else ticket
        members = {"ticket": name, "approve": approve, "reason": reason, "key": key}
        await self.client.call("review.vote", **members)

    async def resume(
        self, agent: Agent[Any], *, run: str | None = None, context: Any = None, **options: Any
    ) -> RunResult:
        """Go on with a paused run from the log's copy, in any process; once.

        Args:
            agent: The agent that the run was begun with, made as it was then.
            run: The run; if it is not given, the last one of this object, else the one that has
                tickets.
            context: The run's context where it is no dictionary; it is filled with what the log
                has.
            options: As `Runner.run` takes them: the session, the configuration.

        Raises:
            RunAborted: `not_paused`: it ended, was resumed before, its mission was taken back, or
                it is not told which of several is meant.
        """
        try:
            id = run or self.last_run or await self._waiting_run()
            found = await pausing.paused(self.client, id)
        except IntaglioError as error:
            raise RunAborted(error.code, error.message) from error
        state = await found.state(agent, context)
        return await Runner.run(agent, state, hooks=self, **options)

    async def _waiting_run(self) -> str:
        runs = sorted({ticket.run for ticket in await self.pending()})
        if len(runs) != 1:
            found = ", ".join(runs) or "none"
            raise IntaglioError("not_paused", f"which run is to go on? There are: {found}")
        return runs[0]

    # Rollback

    def session(self, session_id: str) -> EngineSession:
        """A session of the SDK that lives in the store, which a rollback takes back with all else.

        Give it to `Runner.run`. It belongs to the mission of these hooks, or else to that of
        their conversation, or else to one of its own name.
        """
        return EngineSession(
            self.client, self.mission_id or self.session_id or session_id, session_id
        )

    async def checkpoints(self, *, mission: str | None = None) -> list[Checkpoint]:
        """The checkpoints of a mission, newest first; of the last run's, if none is named.

        Raises:
            IntaglioError: `no_mission`.
        """
        return await self._rollback(mission).checkpoints()

    async def preview(self, checkpoint: Checkpoint | int, *, mission: str | None = None) -> Preview:
        """What a rollback to a checkpoint would change, void and leave; changes nothing.

        Raises:
            IntaglioError: there is no such mission or checkpoint.
        """
        return await self._rollback(mission).preview(checkpoint)

    async def rollback(
        self,
        checkpoint: Checkpoint | int,
        *,
        reason: str = "",
        force: bool = False,
        mission: str | None = None,
        context: Any = None,
        session: Session | None = None,
    ) -> Preview:
        """Make a mission's state, run context and session what they were at a checkpoint.

        The log keeps all that happened. Denials, limits and revocations stay; open tickets, unused
        approvals and paused runs of the mission are voided. What tools did outside is not taken
        back.

        Args:
            checkpoint: One that `checkpoints` gave, or its number.
            reason: For people.
            force: Whether to go back also over effects that the policy declares irreversible, and
                over a session that others changed since.
            mission: The mission; the last run's, if it is not given.
            context: The run context to restore, in place; that of the mission's last run here, if
                it is not given.
            session: The session to restore; that of the mission's last run here, if it is not
                given.

        Returns:
            What has changed.

        Raises:
            IntaglioError: `mission_live` while a run of it goes on, `not_restorable` where
                something was not captured or is not here, `session_changed`, `irreversible`,
                `rollback_failed`.
        """
        rollback = self._rollback(mission, context, session)
        return await rollback.perform(checkpoint, reason, self.agent_id, force)

    async def rollback_to_latest(self, *, reason: str = "", **options: Any) -> Preview | None:
        """Go back to the newest checkpoint that differs from now; None if none does."""
        latest = await self._rollback(options.get("mission")).latest()
        if latest is None:
            return None
        return await self.rollback(latest, reason=reason, **options)

    async def rollback_run(
        self, run: str | None = None, *, reason: str = "", **options: Any
    ) -> Preview:
        """Go back to where a run began; the last one, if none is named. As `rollback`."""
        id = run or self.last_run
        if id is None:
            raise IntaglioError("invalid", "no run was made by these hooks: name one")
        start = await self.client.call("checkpoint.start", run=id)
        checkpoint = Checkpoint.read(start["checkpoint"])
        options.setdefault("mission", start["mission"])
        return await self.rollback(checkpoint, reason=reason, **options)

    def checkpoints_sync(self, **options: Any) -> list[Checkpoint]:
        """As `checkpoints`, where no event loop runs."""
        return run_here(self.checkpoints, **options)

    def preview_sync(self, checkpoint: Checkpoint | int, **options: Any) -> Preview:
        """As `preview`, where no event loop runs."""
        return run_here(self.preview, checkpoint, **options)

    def rollback_sync(self, checkpoint: Checkpoint | int, **options: Any) -> Preview:
        """As `rollback`, where no event loop runs."""
        return run_here(self.rollback, checkpoint, **options)

    def rollback_to_latest_sync(self, **options: Any) -> Preview | None:
        """As `rollback_to_latest`, where no event loop runs."""
        return run_here(self.rollback_to_latest, **options)

    def rollback_run_sync(self, run: str | None = None, **options: Any) -> Preview:
        """As `rollback_run`, where no event loop runs."""
        return run_here(self.rollback_run, run, **options)

    def _rollback(
        self, mission: str | None = None, context: Any = None, session: Session | None = None
    ) -> Rollback:
        name = mission or self.last_mission
        if name is None:
            raise IntaglioError("no_mission", "no run was made by these hooks: name a mission")
        known = self._participants.get(name) or Participants(None, None)
        return Rollback(
            self.client,
            name,
            known.context if context is None else context,
            known.session if session is None else session,
        )

    # The SDK calls these only where a run did not go through this package's runner: nobody could
    # see how such a run begins and ends, nor hold its tools. It must not go on.

    @override
    async def on_agent_start(self, context: Any, agent: Any) -> None:
        raise self._unseen()

    @override
    async def on_agent_end(self, context: Any, agent: Any, output: Any) -> None:
        raise self._unseen()

    @override
    async def on_llm_start(
        self, context: Any, agent: Any, system_prompt: Any, input_items: Any
    ) -> None:
        raise self._unseen()

    @override
    async def on_llm_end(self, context: Any, agent: Any, response: Any) -> None:
        raise self._unseen()

    @override
    async def on_tool_start(self, context: Any, agent: Any, tool: Any) -> None:
        raise self._unseen()

    @override
    async def on_tool_end(self, context: Any, agent: Any, tool: Any, result: Any) -> None:
        raise self._unseen()

    @override
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
