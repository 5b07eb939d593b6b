"""Runs that wait for people: the chain keeps the copy that they go on from, in any process.

A `RunState` is not authenticated: whoever holds one can edit its approvals, its arguments and its
context. So a governed run goes on from the copy that the log has, and a state that says anything
else is refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agents import Agent, RunState
from agents.run_context import RunContextWrapper, _ApprovalRecord

from intaglio._errors import IntaglioError
from intaglio._governor import GovernorClient
from intaglio.openai_agents import arming, items, reviews, turns
from intaglio.openai_agents import context as contexts
from intaglio.openai_agents.errors import RunAborted
from intaglio.openai_agents.governed import GovernedRun
from intaglio.openai_agents.ledger import Entry, Ledger

# Under this name a state's approvals say which run it is of: the one part of it that survives JSON.
_MARK = "intaglio.run:"


async def pause(run: GovernedRun, result: Any) -> None:
    """Record that the SDK's run was interrupted, with the state that it goes on from."""
    run.check()
    state: RunState[Any, Agent[Any]] = result.to_state()
    if state._context is not None:
        state._context._approvals[_MARK + run.id] = _ApprovalRecord()
    waiting = [entry for entry in run.ledger if entry.effect == "review"]
    reason = _reason(result, waiting)
    kept = {"v": 1, "state": _members(state), "calls": run.ledger.dump()}
    await run.pause(reason, items.kept(items.exact(kept)))
    reviews.announce(run, waiting)


def _reason(result: Any, waiting: Sequence[Entry]) -> str:
    if not result.interruptions:
        return "was stopped after a turn"
    return "waits for a review" if waiting else "waits for an approval of the program's own"


def run_of(state: RunState[Any, Any]) -> str:
    """The run whose state it is.

    Raises:
        RunAborted: of no governed run.
    """
    approvals = state._context._approvals if state._context is not None else {}
    runs = [name.removeprefix(_MARK) for name in approvals if name.startswith(_MARK)]
    if not runs:
        raise RunAborted(
            "not_paused",
            "this RunState is of a run that was not governed, and nobody decided on its calls: "
            "run its input again",
        )
    return runs[-1]


@dataclass(frozen=True)
class PausedRun:
    """A paused run, as the log has it."""

    id: str
    kept: Mapping[str, Any]

    @property
    def ledger(self) -> Ledger:
        """Its calls that did not end."""
        return Ledger.load(self.kept["calls"])

    async def state(self, agent: Agent[Any], context: Any = None) -> RunState[Any, Agent[Any]]:
        """The state that it goes on from, with its context in `context` where one is given."""
        members = self.kept["state"]
        rebuilt = contexts.rebuilt(members["context"], context)
        wrapper = RunContextWrapper(context=rebuilt)
        return await RunState.from_json(agent, dict(members), context_override=wrapper)

    async def is_state(self, given: RunState[Any, Any], agent: Agent[Any]) -> bool:
        """Whether a state says what the log's copy says, but for approvals."""
        said = _comparable(_members(given))
        if said == _comparable(self.kept["state"]):
            return True
        # Read and written again by the SDK, it may say the same in other words.
        plain = dict(self.kept["state"]["context"].get("context") or {})
        again = await RunState.from_json(
            agent, dict(self.kept["state"]), context_override=RunContextWrapper(context=plain)
        )
        return bool(said == _comparable(_members(again)))


async def paused(client: GovernorClient, run: str) -> PausedRun:
    """The paused run named `run`.

    Raises:
        IntaglioError: `not_paused`: it ended, was resumed before, or its mission was taken back.
    """
    answer = await client.call("run.paused", run=run)
    kept = items.parsed(answer["paused_state"] or "null")
    if not isinstance(kept, dict) or kept.get("v") != 1:
        raise IntaglioError("not_paused", f"the run {run} was not paused by this version")
    return PausedRun(run, kept)


async def resume(
    run: GovernedRun, agent: Agent[Any], given: RunState[Any, Any], context: Any
) -> RunState[Any, Any]:
    """Go on with a paused run from the log's copy; `given` may differ from it by approvals only.

    Raises:
        RunAborted: `state_differs`, or `not_paused`: the run ended, was resumed before, or its
            mission was taken back.
    """
    run.is_resumed = True
    if given._current_agent is not None:
        arming.hold(given._current_agent)
    try:
        id = run_of(given)
        found = await paused(run.client, id)
        if not await found.is_state(given, agent):
            raise RunAborted(
                "state_differs",
                f"the run {id} was paused with another state than this, which was edited since: "
                "go on by `hooks.resume(agent)`, from the log's copy",
            )
        if context is None and given._context is not None:
            context = given._context.context
        state = await found.state(agent, context)
        answer = await run.take_up(id)
    except IntaglioError as error:
        raise run.abort(error.code, error.message, error.cause) from error
    run.ledger, run.paused_state = found.ledger, found.kept["state"]
    run.hooks.started(run)
    if state._context is not None:
        if not run.is_of_parents_mission:
            run.participants.context = state._context.context
        if given._context is not None:
            # The program's own approvals, which count for what it asks about itself.
            state._context._approvals = given._context._approvals
    _take_decisions(run, answer["reviews"])
    return state


def _take_decisions(run: GovernedRun, decisions: list[Mapping[str, Any]]) -> None:
    by_call = {decision["call"]: decision for decision in decisions}
    for entry in run.ledger:
        if entry.number not in by_call or entry.progress != "decided":
            continue
        entry.take(by_call[entry.number])
        turns.note_refusal(run, entry)
        if entry.aborts and entry.effect == "deny":
            raise run.abort("policy", f"the policy ends the run: {entry.reason or entry.message}")


def _members(state: RunState[Any, Any]) -> dict[str, Any]:
    return state.to_json(context_serializer=contexts.serialized)


def _comparable(members: Mapping[str, Any]) -> Any:
    context = {
        name: value
        for name, value in members["context"].items()
        if name not in ("approvals", "context_meta")
    }
    context["context"] = context.get("context") or {}
    return items.plain({**members, "context": context})
