"""The governed run that a task belongs to.

Tasks that it starts and `asyncio.to_thread` inherit it; of other threads see `threads`.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from intaglio.openai_agents.governed import GovernedRun

current: ContextVar[GovernedRun | None] = ContextVar("intaglio_governed_run", default=None)
