"""The calls of `IntaglioRunHooks` that look at a mission's states and take it back to one."""

from __future__ import annotations

import abc
import asyncio
import contextlib
import warnings
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from agents import Session

from intaglio._errors import IntaglioError
from intaglio._governor import GovernorClient
from intaglio.openai_agents.participants import Participants
from intaglio.openai_agents.rollback import Checkpoint, Preview, Rollback
from intaglio.openai_agents.sessions import EngineSession

_Result = TypeVar("_Result")


class MissionCalls(abc.ABC):
    """What may be asked of a mission, by tasks and, where no event loop runs, by other code."""

    agent_id: str
    mission_id: str | None
    session_id: str | None
    last_run: str | None
    last_mission: str | None
    # The run context and session of each mission's newest run, which a rollback restores.
    participants: dict[str, Participants]

    @property
    @abc.abstractmethod
    def client(self) -> GovernorClient:
        """The governor of the store in this process."""

    def session(self, session_id: str) -> EngineSession:
        """A session of the SDK that lives in the store, which a rollback takes back with all else.

        Give it to `Runner.run`. It belongs to the mission of these hooks, or else to that of
        their conversation, or else to one of its own name. An item has at most 16 MiB.
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
        back, and neither is what is in a sandbox: the answer's `sandboxes` name the snapshots to
        go on from.

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
        return _blocking(self.checkpoints, **options)

    def preview_sync(self, checkpoint: Checkpoint | int, **options: Any) -> Preview:
        """As `preview`, where no event loop runs."""
        return _blocking(self.preview, checkpoint, **options)

    def rollback_sync(self, checkpoint: Checkpoint | int, **options: Any) -> Preview:
        """As `rollback`, where no event loop runs."""
        return _blocking(self.rollback, checkpoint, **options)

    def rollback_to_latest_sync(self, **options: Any) -> Preview | None:
        """As `rollback_to_latest`, where no event loop runs."""
        return _blocking(self.rollback_to_latest, **options)

    def rollback_run_sync(self, run: str | None = None, **options: Any) -> Preview:
        """As `rollback_run`, where no event loop runs."""
        return _blocking(self.rollback_run, run, **options)

    def _rollback(
        self, mission: str | None = None, context: Any = None, session: Session | None = None
    ) -> Rollback:
        name = mission or self.last_mission
        if name is None:
            raise IntaglioError("no_mission", "no run was made by these hooks: name a mission")
        known = self.participants.get(name) or Participants(None, None)
        return Rollback(
            self.client,
            name,
            known.context if context is None else context,
            known.session if session is None else session,
        )


def _blocking(
    call: Callable[..., Coroutine[Any, Any, _Result]], *arguments: Any, **options: Any
) -> _Result:
    """The result of a call, in this thread's event loop, which `Runner.run_sync` uses as well.

    What sessions keep from one call to the next is bound to that loop, so that it stays open.

    Raises:
        IntaglioError: `invalid`: the loop runs.
    """
    if _is_in_loop():
        name = call.__name__
        raise IntaglioError(
            "invalid",
            f"an event loop runs here, as in a notebook: write `await hooks.{name}(...)` instead "
            f"of {name}_sync",
        )
    loop = _loop()
    task = loop.create_task(call(*arguments, **options))
    try:
        return loop.run_until_complete(task)
    finally:
        # Interrupted by a signal: it is not to go on whenever the loop runs next.
        if not task.done():
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                loop.run_until_complete(task)


def _is_in_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _loop() -> asyncio.AbstractEventLoop:
    policy = asyncio.get_event_loop_policy()
    with warnings.catch_warnings():
        # As the SDK does: where there is none, some versions warn before they make one.
        warnings.simplefilter("ignore", DeprecationWarning)
        with contextlib.suppress(RuntimeError):
            loop = policy.get_event_loop()
            if not loop.is_closed():
                return loop
    loop = policy.new_event_loop()
    policy.set_event_loop(loop)
    return loop
