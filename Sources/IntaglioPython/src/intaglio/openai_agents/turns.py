"""A turn of a governed run: what the model is asked and answers, and the decision on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from agents import Agent, ModelResponse
from agents.models import get_default_model

from intaglio.openai_agents import arming, identity, items, limits, permits, reviews
from intaglio.openai_agents.calls import Asked, HostedCall, Toolbox
from intaglio.openai_agents.governed import GovernedRun
from intaglio.openai_agents.ledger import Entry

# What the SDK can only run, or end the run over: nothing that a refusal could be told with.
_UNREFUSABLE = {"computer", "handoff"}
# What the SDK cannot pause at.
_UNPAUSABLE = {"computer", "handoff", "local_shell", "mcp_approval"}


async def request(
    run: GovernedRun, agent: Agent[Any], instructions: str | None, input_items: Sequence[Any]
) -> None:
    """Record what the model is asked: a turn begins, and the mission's state is named."""
    await _use_approvals(run, input_items)
    run.record_foreign()
    captured = await run.participants.captured(run)
    run.awaits_model = True
    await run.call(
        "model.request",
        model=model_name(run, agent),
        instructions=None if instructions is None else run.recorded(instructions),
        input=[limits.part(items.text(item), run.hooks.may_digest) for item in input_items],
        captured=captured,
    )


async def _use_approvals(run: GovernedRun, input_items: Sequence[Any]) -> None:
    """Use the permits of what the provider is told now that it may do, where no callback did."""
    for item in input_items:
        if items.member(item, "type") != "mcp_approval_response":
            continue
        id, approved = (
            items.member(item, "approval_request_id"),
            bool(items.member(item, "approve")),
        )
        for entry in run.ledger.of_call(id, ("mcp_approval",)):
            if entry.needs_own_approval and entry.effect == "allow":
                run.note_approval(entry, approved)
            if approved:
                await permits.begin(run, entry.request)
            else:
                entry.progress = "ended"


async def respond(
    run: GovernedRun, context: Any, agent: Agent[Any], response: ModelResponse
) -> None:
    """Record what the model answered, and have all calls of it decided before any of them runs.

    Raises:
        RunAborted: the policy ends the run, or a call was denied that can only be run.
    """
    run.awaits_model = False
    usage = response.usage
    run.tell(
        "model.response",
        output=limits.parts([items.text(item) for item in response.output], run.hooks.may_digest),
        model=model_name(run, agent),
        id=response.response_id or response.request_id,
        input_tokens=usage.input_tokens if usage.requests else None,
        output_tokens=usage.output_tokens if usage.requests else None,
    )
    run.refusals.clear()
    asked = Toolbox(run.tools, identity.handoff_names(agent)).read(response.output, context)
    # First, because it has happened: what it read may taint what is decided now.
    for call in asked.hosted:
        await _record_hosted(run, call)
    for type_ in asked.unknown:
        run.gap(f"the model's answer has an item of the unknown kind {type_}")
    await _decide(run, asked)


async def _record_hosted(run: GovernedRun, call: HostedCall) -> None:
    for entry in run.ledger:
        is_approved = call.approval is not None and entry.request.id == call.approval
        if is_approved and entry.progress == "started":
            run.end(entry, "ok", call.result)
            return
    run.tell(
        "tool.hosted",
        tool=call.tool,
        arguments=call.arguments,
        id=call.id,
        result=run.recorded(call.result),
    )


async def _decide(run: GovernedRun, asked: Asked) -> None:
    if not asked.requests:
        run.ledger.add([])
        return
    answer = await run.call(
        "tools.decide",
        calls=[request.members for request in asked.requests],
        captured=await run.participants.captured(run),
    )
    entries = [
        Entry.decided(request, decision)
        for request, decision in zip(asked.requests, answer["decisions"], strict=True)
    ]
    run.ledger.add(entries)
    run.actions.clear()
    for entry, action in zip(
        (entry for entry in entries if entry.request.kind == "computer"), asked.actions, strict=True
    ):
        run.actions[entry.number] = action
    for entry in entries:
        entry.needs_own_approval = entry.request in asked.asked_by_program
        if entry.aborts:
            raise run.abort(
                "policy",
                f"the policy ends the run with the call of {entry.request.tool}: no tool of this "
                f"turn was run ({entry.reason or entry.message})",
            )
    handoffs = [entry for entry in entries if entry.request.kind == "handoff"]
    for entry in entries:
        # Of several handoffs the SDK does the first, and only that.
        if entry in handoffs[1:]:
            continue
        if entry.effect == "review" and entry.request.kind in _UNPAUSABLE:
            await reviews.wait(run, entry)
        note_refusal(run, entry)
        if entry.effect == "deny" and entry.request.kind in _UNREFUSABLE:
            raise run.abort(
                "policy",
                f"{entry.request.tool} was denied, which the SDK cannot tell a model: the run "
                f"ends, and no tool of this turn was run ({entry.reason or entry.message})",
            )


async def decide_again(run: GovernedRun, paused: Entry) -> Entry:
    """Have a call decided again whose body is called again: a decision serves one call."""
    paused.progress = "ended"
    answer = await run.call(
        "tools.decide",
        calls=[paused.request.members],
        captured=await run.participants.captured(run),
    )
    entry = Entry.decided(paused.request, answer["decisions"][0])
    run.ledger.append(entry)
    if entry.aborts:
        raise run.abort("policy", f"the policy ends the run with the call of {entry.request.tool}")
    note_refusal(run, entry)
    return entry


def note_refusal(run: GovernedRun, entry: Entry) -> None:
    """Remember what the model is told in the place of a result."""
    if entry.effect == "deny":
        run.refusals.add(entry.message)


async def end_agent(run: GovernedRun, agent: Agent[Any], output: Any) -> None:
    """Record an agent's final output, unless a refusal would pass for it.

    Raises:
        RunAborted: a tool's result was to be the output, and its call was denied.
    """
    text = items.result(output)
    if text in run.refusals:
        raise run.abort(
            "policy",
            f"the refusal of a call would have become the output of {agent.name!r}: {text}",
        )
    run.tell("agent.end", agent=agent.name, output=run.recorded(text))


async def hand_off(run: GovernedRun, source: Agent[Any], target: Agent[Any]) -> None:
    """Record that an agent takes over, as its handoff was decided; durable before it does.

    Raises:
        RunAborted: nobody decided that this agent takes over.
    """
    run.check()
    arming.hold(target)
    entry = run.ledger.first("handoff")
    is_other = entry is not None and entry.request.tool != identity.handoff(target.name)
    # Without a policy a handoff may go by another name than its agent: the record has both.
    if entry is None or (is_other and run.hooks.has_policy):
        decided = entry.request.tool if entry else "nothing"
        raise run.abort(
            "not_permitted",
            f"nobody decided that {target.name!r} takes over: {decided} was decided on",
        )
    entry.progress = "ended"
    await run.call(
        "agent.handoff",
        call=entry.number,
        **{"from": source.name, "to": target.name},
        captured=await run.participants.captured(run),
    )


def model_name(run: GovernedRun, agent: Agent[Any]) -> str | None:
    """The model that the SDK is about to ask, as far as it can be told."""
    model = run.run_config.model or agent.model or get_default_model()
    name = model if isinstance(model, str) else getattr(model, "model", None)
    return name if isinstance(name, str) else type(model).__name__
