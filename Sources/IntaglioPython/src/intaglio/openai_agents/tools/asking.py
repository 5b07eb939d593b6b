"""What the SDK asks before it runs a shell, a patch or a custom tool."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from agents import RunContextWrapper
from agents.items import ToolApprovalItem

from intaglio.openai_agents import approvals
from intaglio.openai_agents.calls import call_id
from intaglio.openai_agents.current import current
from intaglio.openai_agents.ledger import Kind


def needs_approval(own: Callable[..., Any], kinds: Iterable[Kind]) -> Callable[..., Any]:
    """Whether the SDK has to ask before a call: by what was decided, or by the program."""

    async def needs(context: RunContextWrapper[Any], asked: Any, call: str) -> bool:
        own_answer = bool(await own(context, asked, call))
        run = current.get()
        return own_answer if run is None else await approvals.needed(run, kinds, call, own_answer)

    return needs


def own_callback(callback: Any) -> Any:
    """The program's callback for approvals, asked only about what the program itself asks about."""
    if callback is None:
        return None

    def on_approval(context: RunContextWrapper[Any], item: ToolApprovalItem) -> Any:
        run = current.get()
        entries = run.ledger.of_call(call_id(item.raw_item)) if run is not None else []
        if any(entry.effect != "allow" for entry in entries):
            return None
        return callback(context, item)

    return on_approval
