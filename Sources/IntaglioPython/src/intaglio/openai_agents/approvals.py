"""Approvals: the policy's decide, whatever the SDK's own ones say of the same call.

`RunContextWrapper` keeps approvals by tool and call id: they are sticky, hold for other arguments,
and come unauthenticated out of a `RunState`. So in a governed run the SDK is told here what the
ledger says of a call that was decided on, and its own record counts only for what the program
itself asks about.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from agents import RunContextWrapper

from intaglio.openai_agents import reviews, turns
from intaglio.openai_agents.current import current
from intaglio.openai_agents.governed import GovernedRun
from intaglio.openai_agents.ledger import Kind

_status = RunContextWrapper.get_approval_status
_message = RunContextWrapper.get_rejection_message


def install() -> None:
    """Have the SDK ask here, once for the process; outside of governed runs nothing changes."""
    wrapper = cast(Any, RunContextWrapper)
    wrapper.get_approval_status = get_approval_status
    wrapper.get_rejection_message = get_rejection_message


async def needed(run: GovernedRun, kinds: Iterable[Kind], call: str, own: bool) -> bool:
    """Whether the SDK has to ask before it runs a call, where the program itself says `own`.

    Waits for people where the run is not to be paused.
    """
    with run.guarded():
        return await _needed(run, kinds, call, own)


async def _needed(run: GovernedRun, kinds: Iterable[Kind], call: str, own: bool) -> bool:
    run.check()
    entries = run.ledger.of_call(call, kinds)
    paused = run.ledger.paused(call)
    if not entries and paused is not None:
        entries = [await turns.decide_again(run, paused)]
    if not entries:
        raise run.abort("not_permitted", f"nobody decided on the call {call!r}: it was not run")
    for entry in entries:
        entry.needs_own_approval = own
        if entry.effect == "review" and reviews.waits(run, entry):
            await reviews.wait(run, entry)
            turns.note_refusal(run, entry)
            if entry.aborts:
                raise run.abort("policy", f"the policy ends the run: {entry.message}")
    return own or any(entry.effect != "allow" for entry in entries)


def get_approval_status(
    self: RunContextWrapper[Any], tool_name: str, call_id: str, **members: Any
) -> bool | None:
    """Whether a call is approved: in a governed run as the ledger says it."""
    run = current.get()
    entries = run.ledger.of_call(call_id) if run is not None else []
    if run is None or not entries:
        return _status(self, tool_name, call_id, **members)
    effects = {entry.effect for entry in entries}
    if "deny" in effects:
        return False
    if "review" in effects:
        return None
    own = [entry for entry in entries if entry.needs_own_approval]
    if not own:
        return True
    status = _status(self, tool_name, call_id, **members)
    for entry in own:
        if status is not None:
            run.note_approval(entry, status)
    return status


def get_rejection_message(
    self: RunContextWrapper[Any], tool_name: str, call_id: str, **members: Any
) -> str | None:
    """What a model is told of a rejected call: in a governed run what the policy says."""
    run = current.get()
    entries = run.ledger.of_call(call_id) if run is not None else []
    for entry in entries:
        if entry.effect == "deny":
            return entry.message
    return _message(self, tool_name, call_id, **members)
