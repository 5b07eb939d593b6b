"""Calls that people decide on: waiting for them, and saying once on stderr what to do."""

from __future__ import annotations

import shlex
import sys

from intaglio._escaping import escaped
from intaglio.openai_agents.governed import GovernedRun
from intaglio.openai_agents.ledger import Entry


def waits(run: GovernedRun, entry: Entry) -> bool:
    """Whether a call waits in its place; else its run is paused.

    A run beneath another's tool cannot be paused alone: its calls wait. A rule that wants a pause
    has it.
    """
    if run.parent is not None:
        return True
    return run.hooks.review == "wait" and entry.mode != "pause"


async def wait(run: GovernedRun, entry: Entry) -> None:
    """Wait until people have decided on a call, or its ticket has expired; other calls go on."""
    announce(run, [entry])
    entry.take(await run.call("review.wait", call=entry.number))


def announce(run: GovernedRun, entries: list[Entry]) -> None:
    """Say on stderr, on one line, what waits and by which command people look at it.

    That tells the digest without which nothing is approved: what is approved was seen.
    """
    for entry in entries:
        ticket = (entry.ticket or "")[:12]
        store = escaped(shlex.quote(str(run.hooks.store)))
        print(
            f"intaglio: {escaped(entry.request.tool)} of run {run.id} waits for a review: "
            f"intaglio review show {store} {ticket}",
            file=sys.stderr,
            flush=True,
        )
