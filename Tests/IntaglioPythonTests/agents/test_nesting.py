"""Agents beneath agents: handoffs, agents as tools, and runs that a tool starts."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from agents import Agent, Runner, function_tool
from records import events_of
from scripted import Script, call, message
from watched import DENY, Watched, rules

from intaglio import verify
from intaglio.openai_agents import IntaglioRunHooks, RunAborted

DONE = [message("Done.")]


@function_tool
def act() -> str:
    """Do it."""
    return "acted"


def front(*turns: Any) -> Agent[Any]:
    billing = Agent(name="billing", model=Script([call("act", "{}")], DONE), tools=[act])
    return Agent(name="front", model=Script(*turns), handoffs=[billing])


HANDOFF = call("transfer_to_billing", "{}", "h1")


def test_a_handoff_is_decided_and_recorded(governor: Watched) -> None:
    result = Runner.run_sync(front([HANDOFF]), "Go", hooks=governor.hooks())
    assert result.last_agent.name == "billing"
    assert governor.of("tools.decide")[0]["calls"][0]["tool"] == "handoff:billing"
    (handoff,) = governor.of("agent.handoff")
    assert (handoff["from"], handoff["to"], handoff["call"]) == ("front", "billing", 0)


def test_a_denied_handoff_ends_the_run(governor: Watched) -> None:
    governor.policy = DENY
    with pytest.raises(RunAborted) as caught:
        Runner.run_sync(front([HANDOFF]), "Go", hooks=governor.hooks())
    assert caught.value.code == "policy"
    assert "agent.handoff" not in governor.names()


def outer(inner: Agent[Any], *turns: Any) -> Agent[Any]:
    tool = inner.as_tool("ask_inner", "Ask the other.")
    return Agent(name="outer", model=Script(*turns), tools=[tool])


ASK = call("ask_inner", {"input": "hello"}, "c1")


def test_an_agent_as_a_tool_is_a_governed_child(governor: Watched) -> None:
    inner = Agent(name="inner", model=Script([call("act", "{}")], DONE), tools=[act])
    Runner.run_sync(outer(inner, [ASK], DONE), "Go", hooks=governor.hooks())
    assert governor.of("tools.decide")[0]["calls"][0]["tool"] == "agent:ask_inner"
    parent, child = governor.of("run.start")
    assert child["parent"] == parent["run"] and child["agent"] == "inner"
    assert child["mission"] == governor.runs[0]
    of_child = [do for do, members in governor.events if members["run"] == governor.runs[1]]
    assert of_child[0] == "run.start" and of_child[-1] == "run.end" and "tool.start" in of_child


def test_an_abort_beneath_a_tool_is_no_text_for_the_model_above(governor: Watched) -> None:
    rule = {"when": {"tool": "act"}, "effect": "deny", "on_deny": "abort"}
    governor.policy = rules("allow", rule)
    inner = Agent(name="inner", model=Script([call("act", "{}")], DONE), tools=[act])
    agent = outer(inner, [ASK], DONE)
    with pytest.raises(RunAborted):
        Runner.run_sync(agent, "Go", hooks=governor.hooks())
    assert len(agent.model.inputs) == 1  # type: ignore[union-attr]
    assert [m["run"] for m in governor.of("run.fail")] == governor.runs[::-1]
    assert [m["status"] for m in governor.of("tool.end")] == ["error"]


def test_a_run_that_a_tool_starts_is_a_governed_child(governor: Watched) -> None:
    ran: list[str] = []

    @function_tool
    def inner_act() -> str:
        ran.append("x")
        return "acted"

    def nested() -> str:
        agent = Agent(name="n", model=Script([call("inner_act", "{}")], DONE), tools=[inner_act])
        return str(Runner.run_sync(agent, "Go").final_output)

    @function_tool
    async def start() -> str:
        return await asyncio.to_thread(nested)

    governor.policy = rules("allow", {"when": {"tool": "inner_act"}, "effect": "deny"})
    agent = Agent(name="o", model=Script([call("start", "{}")], DONE), tools=[start])
    Runner.run_sync(agent, "Go", hooks=governor.hooks())
    assert ran == []
    assert governor.of("run.start")[1]["parent"] == governor.runs[0]


def test_a_review_beneath_a_tool_waits(governor: Watched) -> None:
    governor.policy = rules("allow", {"when": {"tool": "act"}, "effect": "review"})
    governor.answer = True
    inner = Agent(name="inner", model=Script([call("act", "{}")], DONE), tools=[act])
    result = Runner.run_sync(outer(inner, [ASK], DONE), "Go", hooks=governor.hooks())
    assert result.final_output == "Done."
    assert "review.wait" in governor.names() and "run.pause" not in governor.names()


def test_a_streamed_agent_as_a_tool_is_a_governed_child(governor: Watched) -> None:
    inner = Agent(name="inner", model=Script([call("act", "{}")], DONE), tools=[act])
    tool = inner.as_tool("ask_inner", "Ask.", on_stream=lambda event: None)
    agent = Agent(name="outer", model=Script([ASK], DONE), tools=[tool])
    Runner.run_sync(agent, "Go", hooks=governor.hooks())
    assert [m["agent"] for m in governor.of("run.start")] == ["demo", "inner"]
    assert governor.names().count("run.end") == 2


def test_the_programs_approval_beneath_a_tool_pauses_both_and_goes_on(
    governor: Watched,
) -> None:
    ran: list[str] = []

    @function_tool(needs_approval=True)
    def careful() -> str:
        ran.append("x")
        return "acted"

    async def main() -> None:
        inner = Agent(
            name="inner", model=Script([call("careful", "{}", "n1")], DONE), tools=[careful]
        )
        agent, hooks = outer(inner, [ASK], DONE), governor.hooks()
        result = await Runner.run(agent, "Go", hooks=hooks)
        assert len(result.interruptions) == 1 and ran == []
        state = result.to_state()
        state.approve(state.get_interruptions()[0])
        result = await Runner.run(agent, state, hooks=hooks)
        assert result.final_output == "Done." and ran == ["x"]

    asyncio.run(main())


@pytest.mark.parametrize("store", ["store", "other"])
@pytest.mark.parametrize("mission", [None, "own-mission"])
def test_a_run_beneath_a_tool_with_hooks_of_its_own_follows_these_and_names_its_parent(
    governor: Watched, tmp_path: Path, store: str, mission: str | None
) -> None:
    # The policy of the run above would allow it.
    options: dict[str, Any] = {"store": tmp_path / store, "mission_id": mission, "policy": DENY}
    own = IntaglioRunHooks("helper", **options)

    @function_tool
    async def start() -> str:
        agent = Agent(name="n", model=Script([call("act", "{}")], DONE), tools=[act])
        return str((await Runner.run(agent, "Go", hooks=own)).final_output)

    hooks = governor.hooks()
    agent = Agent(name="o", model=Script([call("start", "{}")], DONE), tools=[start])
    Runner.run_sync(agent, "Go", hooks=hooks)
    own.client.close()
    begun = [
        event
        for _, event in events_of(tmp_path / store)
        if event["event"] == "run.start" and event["gen_ai.agent.id"] == "helper"
    ]
    (child,) = begun
    parent = governor.runs[0]
    assert child["intaglio.parent_run.id"] == parent and hooks.last_run == parent
    assert own.last_run == child["intaglio.run.id"] == governor.runs[1]
    shared = parent if store == "store" else own.last_run
    assert child["intaglio.mission.id"] == own.last_mission == (mission or shared)
    assert governor.names().count("tool.start") == 1
    if store == "other":
        report = verify(tmp_path / "other" / "0")
        assert report.is_faultless
        # What the parent's store has is compared at the end; this one's is here.
        governor.done = [(do, m) for do, m in governor.done if m["run"] != own.last_run]
        governor.seen.model_calls -= 2
