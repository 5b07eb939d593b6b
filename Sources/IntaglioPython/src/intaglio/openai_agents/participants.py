"""What a checkpoint of a mission holds of the program: its run context and its session."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from agents import RunContextWrapper, Session

from intaglio.openai_agents import context as contexts
from intaglio.openai_agents import items, limits
from intaglio.openai_agents.sandboxes import Sandboxes
from intaglio.openai_agents.sessions import EngineSession, SessionCopy

if TYPE_CHECKING:
    from intaglio.openai_agents.governed import GovernedRun

NAMES: Sequence[str] = ("context", "session")


def of_run(run: GovernedRun, context: Any, is_at_provider: bool) -> Participants:
    """Those of a run; of one beneath another's tools that one's, whose mission it works on."""
    if run.parent is not None and run.is_of_parents_mission:
        return run.parent.participants
    sandboxes = Sandboxes(run.agent, run.run_config)
    return Participants(run.session, context, is_at_provider, sandboxes)


class Participants:
    """The run context and session of a run, captured where a checkpoint may be made.

    What cannot be captured is left out: such a checkpoint can be read, and not rolled back to.
    Sandboxes are kept by reference in the mission's state, and are never taken back.
    """

    def __init__(
        self,
        session: Session | None,
        context: Any,
        is_at_provider: bool = False,
        sandboxes: Sandboxes | None = None,
    ) -> None:
        self.context = context.context if isinstance(context, RunContextWrapper) else context
        self.session = session
        # A conversation that the model's provider keeps is in nobody's hands here.
        self.is_at_provider = is_at_provider
        self.sandboxes = sandboxes or Sandboxes()
        is_own = session is None or isinstance(session, EngineSession)
        self.copy = None if session is None or is_own else SessionCopy(session)

    async def captured(self, run: GovernedRun) -> dict[str, str]:
        """What it takes to come back to how things are now, by name."""
        session = await self._session(run)
        if run.id:
            self.sandboxes.keep(run)
        elif session is not None and (known := self.sandboxes.references()):
            # Before the run has begun its mission's state cannot be written.
            session["sandboxes"] = known
        texts = {
            "context": contexts.captured(self.context),
            "session": None if session is None else items.text(session),
        }
        return {
            name: text for name, text in texts.items() if text is not None and limits.is_value(text)
        }

    async def _session(self, run: GovernedRun) -> dict[str, Any] | None:
        if self.is_at_provider:
            return None
        if self.copy is not None:
            return await self.copy.captured(run)
        # An engine's session is part of the mission's state, and comes back with it.
        return {"kind": "none" if self.session is None else "engine"}
