"""What a checkpoint of a mission holds of the program: its run context and its session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agents import Session

if TYPE_CHECKING:
    from intaglio.openai_agents.governed import GovernedRun


class Participants:
    """The run context and session of one run, captured where a checkpoint may be made."""

    def __init__(self, session: Session | None, context: Any) -> None:
        self.session = session
        self.context = context

    async def captured(self, run: GovernedRun) -> dict[str, str] | None:
        """What it takes to come back to how things are now."""
        return None
