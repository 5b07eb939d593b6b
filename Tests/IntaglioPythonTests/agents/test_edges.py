"""Where a run is left early, goes beside others, or uses what the SDK runs elsewhere."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from agents import (
    Agent,
    CodeInterpreterTool,
    RunConfig,
    Runner,
    RunState,
    SQLiteSession,
    WebSearchTool,
    function_tool,
)
from agents.sandbox import SandboxAgent, SandboxRunConfig
from agents.sandbox.sandboxes.unix_local import UnixLocalSandboxClient
from records import events_of
from scripted import Script, call, message
from watched import Watched, rules

DONE = [message("Done.")]


@function_tool
def act() -> str:
    return "acted"


@pytest.mark.parametrize("mode", ["immediate", "after_turn"])
def test_a_cancelled_stream_is_recorded_by_its_end(governor: Watched, mode: Any) -> None:
    async def main() -> None:
        agent = Agent(name="a", model=Script([call("act", "{}")], DONE), tools=[act])
        result = Runner.run_streamed(agent, "Go", hooks=governor.hooks())
        async for _ in result.stream_events():
            result.cancel(mode=mode)
        if result.run_loop_task is not None and not result.run_loop_task.done():
            await asyncio.wait([result.run_loop_task])
        ends = [do for do in governor.names() if do in ("run.end", "run.fail", "run.pause")]
        assert ends == (["run.fail"] if mode == "immediate" else ["run.pause"])

    asyncio.run(main())


def test_a_stream_that_is_left_early_is_recorded(governor: Watched) -> None:
    async def main() -> None:
        agent = Agent(name="a", model=Script([call("act", "{}")], DONE), tools=[act])
        result = Runner.run_streamed(agent, "Go", hooks=governor.hooks())
        events = result.stream_events()
        await anext(events)
        await events.aclose()
        assert result.run_loop_task is not None
        await asyncio.wait([result.run_loop_task])
        assert governor.names()[-1] in ("run.end", "run.fail")

    asyncio.run(main())


def test_what_runs_unasked_is_withheld_where_the_policy_could_refuse_it(governor: Watched) -> None:
    interpreter: Any = {"type": "code_interpreter", "container": {"type": "auto"}}
    tools = [WebSearchTool(), CodeInterpreterTool(tool_config=interpreter), act]
    governor.policy = rules(
        "deny", {"when": {"tool": ["act", "hosted:web_search"]}, "effect": "allow"}
    )
    agent = Agent(name="a", model=Script([call("act", "{}")], DONE), tools=tools)
    Runner.run_sync(agent, "Go", hooks=governor.hooks())
    assert agent.model.tools == [["web_search", "act"]] * 2  # type: ignore[union-attr]
    assert agent.tools == tools


def test_without_a_policy_nothing_is_withheld(governor: Watched) -> None:
    agent = Agent(name="a", model=Script(DONE), tools=[WebSearchTool()])
    Runner.run_sync(agent, "Go", hooks=governor.hooks())
    assert agent.model.tools == [["web_search"]]  # type: ignore[union-attr]


def test_an_approval_beneath_a_tool_goes_on_from_json(governor: Watched) -> None:
    ran: list[str] = []

    @function_tool(needs_approval=True)
    def careful() -> str:
        ran.append("x")
        return "acted"

    def build(outer: Any, inner: Any) -> Agent[Any]:
        agent = Agent(name="inner", model=Script(*inner), tools=[careful])
        return Agent(name="outer", model=Script(*outer), tools=[agent.as_tool("ask_inner", "Ask.")])

    async def main() -> None:
        hooks = governor.hooks()
        first = build([[call("ask_inner", {"input": "x"}, "c1")]], [[call("careful", "{}", "n1")]])
        result = await Runner.run(first, "Go", hooks=hooks)
        text = result.to_state().to_string()
        second = build([DONE], [DONE])
        state = await RunState.from_string(second, text)
        state.approve(state.get_interruptions()[0])
        result = await Runner.run(second, state, hooks=hooks)
        assert result.final_output == "Done." and ran == ["x"]

    asyncio.run(main())


def test_a_handoff_that_the_sdk_drops_beside_a_review_is_recorded_as_never_used(
    governor: Watched,
) -> None:
    governor.policy = rules("allow", {"when": {"tool": "act"}, "effect": "review"})

    async def main() -> None:
        billing = Agent(name="billing", model=Script(DONE))
        turn = [call("act", "{}", "c1"), call("transfer_to_billing", "{}", "h1")]
        front = Agent(name="front", model=Script(turn, DONE), tools=[act], handoffs=[billing])
        hooks = governor.hooks()
        result = await Runner.run(front, "Go", hooks=hooks)
        assert len(result.interruptions) == 1
        governor.vote(True)
        result = await hooks.resume(front)
        assert result.last_agent is front and "agent.handoff" not in governor.names()

    asyncio.run(main())
    names = [event["event"] for _, event in events_of(governor.store)]
    assert names.count("tool.abandoned") == 1


def test_a_conversation_that_the_provider_keeps_is_named_as_not_captured(
    governor: Watched,
) -> None:
    hooks = governor.hooks()
    agent = Agent(name="a", model=Script(DONE))
    Runner.run_sync(agent, "Go", hooks=hooks, conversation_id="conv_1")
    checkpoint = hooks.checkpoints_sync()[-1]
    assert hooks.preview_sync(checkpoint).not_captured == ["session"]


def test_tools_of_a_sandbox_are_governed(governor: Watched) -> None:
    governor.policy = rules("deny", {"when": {"tool": "exec_command"}, "effect": "allow"})

    async def main() -> None:
        turn = [call("exec_command", {"cmd": "echo governed"}, "c1")]
        patch = {
            "type": "custom_tool_call", "id": "i1", "call_id": "c2", "name": "apply_patch",
            "input": "*** Begin Patch\n*** Add File: a.txt\n+hello\n*** End Patch",
        }  # fmt: skip
        agent = SandboxAgent(name="box", model=Script(turn, [patch], DONE), instructions="Work.")
        config = RunConfig(sandbox=SandboxRunConfig(client=UnixLocalSandboxClient()))
        result = await Runner.run(agent, "Go", hooks=governor.hooks(), run_config=config)
        assert result.final_output == "Done."
        outputs = json.dumps(
            [item.raw_item for item in result.new_items if item.type == "tool_call_output_item"]
        )
        assert "governed" in outputs and "denied" in outputs

    asyncio.run(main())
    tools = [one["tool"] for asked in governor.of("tools.decide") for one in asked["calls"]]
    assert tools == ["function:exec_command", "function:apply_patch"]
    assert len(governor.of("tool.start")) == 1


def test_two_runs_of_one_session_at_once_are_each_whole(governor: Watched) -> None:
    async def main() -> None:
        session = SQLiteSession("shared")
        runs = [
            Runner.run(
                Agent(name="a", model=Script([call("act", "{}")], DONE), tools=[act]),
                "Go",
                hooks=governor.hooks(),
                session=session,
            )
            for _ in range(2)
        ]
        await asyncio.gather(*runs)
        assert governor.names().count("run.end") == 2

    asyncio.run(main())
