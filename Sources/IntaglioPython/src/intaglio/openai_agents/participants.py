"""What a checkpoint of a mission holds of the program: its run context and its session."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from agents import RunContextWrapper, Session

from intaglio.openai_agents import context as contexts
from intaglio.openai_agents import items, limits
from intaglio.openai_agents.sessions import EngineSession, SessionCopy

if TYPE_CHECKING:
    from intaglio.openai_agents.governed import GovernedRun

NAMES: Sequence[str] = ("context", "session")


class Participants:
    """The run context and session of a run, captured where a checkpoint may be made.

    What cannot be captured is left out: such a checkpoint can be read, and not rolled back to.
    """

    def __init__(self, session: Session | None, context: Any, is_at_provider: bool = False) -> None:
        self.context = context.context if isinstance(context, RunContextWrapper) else context
        self.session = session
        # A conversation that the model's provider keeps is in nobody's hands here.
        self.is_at_provider = is_at_provider
        is_own = session is None or isinstance(session, EngineSession)
        self.copy = None if session is None or is_own else SessionCopy(session)

    async def captured(self, run: GovernedRun) -> dict[str, str]:
        """What it takes to come back to how things are now, by name."""
        texts = {
            "context": contexts.captured(self.context),
            "session": await self._session(run),
        }
        return {
            name: text for name, text in texts.items() if text is not None and limits.is_value(text)
        }

    async def _session(self, run: GovernedRun) -> str | None:
        if self.is_at_provider:
            return None
        if self.copy is not None:
            return await self.copy.captured(run)
        # An engine's session is part of the mission's state, and comes back with it.
        return items.text({"kind": "none" if self.session is None else "engine"})
