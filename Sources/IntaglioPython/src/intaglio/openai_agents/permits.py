"""The right to run a tool's body: taken where the body begins, for exactly what was decided on."""

from __future__ import annotations

import asyncio
from typing import Any

from intaglio.openai_agents import failures, items
from intaglio.openai_agents.current import current
from intaglio.openai_agents.errors import RunAborted
from intaglio.openai_agents.governed import GovernedRun
from intaglio.openai_agents.ledger import Entry, Request


def run_of_body(tool: str) -> GovernedRun:
    """The run whose tool's body is to run; a copy of a tool that is run elsewhere is refused."""
    run = current.get()
    if run is None:
        raise RunAborted(
            "not_permitted",
            f"{tool} was handed out in a governed run and called outside of it: it was not run",
        )
    run.check()
    return run


async def begin(run: GovernedRun, request: Request) -> Entry:
    """Use the permit of exactly this call; returns when its start is recorded and durable.

    Raises:
        RunAborted: nobody decided on this call with these arguments, it was not allowed, or its
            start could not be recorded. The body must not run.
    """
    entry = run.ledger.exact(request)
    if entry is None or entry.effect != "allow":
        what = "was not allowed" if entry else "is not what was decided on"
        raise run.abort(
            "not_permitted",
            f"a call of {request.tool} (id {request.id!r}) {what}, or was used before: "
            "it was not run",
        )
    # Before anything is waited for: a second body with the same call finds nothing.
    entry.progress = "started"
    run.record_foreign()
    try:
        started = await run.call("tool.start", call=entry.number)
    except asyncio.CancelledError:
        entry.progress = "ended"
        await run.call("tool.end", call=entry.number, status="cancelled", result="", used=False)
        raise
    if started["arguments"] != request.arguments:
        raise run.abort("not_permitted", f"{request.tool} was to run with other arguments")
    return entry


async def failed(run: GovernedRun, entry: Entry, error: BaseException) -> None:
    """Record that a body raised `error`."""
    run.end(entry, failures.status_of(error), failures.message_of(error), failures.type_of(error))


async def ended(run: GovernedRun, entry: Entry, result: Any, status: str = "ok") -> None:
    """Record that a body returned `result`; raises if the run was aborted beneath it."""
    run.end(entry, status, items.result(result))
    run.check()


async def paused(run: GovernedRun, entry: Entry) -> None:
    """Record that a body returned without an end, because a run beneath it waits for people."""
    run.end(entry, "unknown", "", "paused")
    entry.progress = "paused"
    run.check()
