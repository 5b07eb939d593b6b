"""The program's own approvals stay what they were: a policy that allows a call approves nothing for the program."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from agents import Agent, HostedMCPTool, Runner
from scripted import Script, message
from watched import DENY, Watched, rules

DONE = [message("Done.")]
ASKED = {
    "type": "mcp_approval_request", "id": "mcpr_1", "server_label": "docs", "name": "find",
    "arguments": '{"q": 1}',
}  # fmt: skip
FOUND = {
    "type": "mcp_call", "id": "mcp_1", "server_label": "docs", "name": "find",
    "arguments": '{"q": 1}', "output": "found", "approval_request_id": "mcpr_1",
}  # fmt: skip


def tool(setting: Any, **options: Any) -> HostedMCPTool:
    config: Any = {"type": "mcp", "server_label": "docs", "server_url": "https://x"}
    if setting is not None:
        config["require_approval"] = setting
    return HostedMCPTool(tool_config=config, **options)


def answers(model: Script) -> list[bool]:
    return [i["approve"] for i in model.inputs[-1] if i.get("type") == "mcp_approval_response"]


POLICIES = {"no policy": None, "a policy that allows it": rules("allow")}
SETTINGS = {"always": "always", "nothing": None, "never others": {"never": {"tool_names": ["x"]}}}


@pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES)
@pytest.mark.parametrize("setting", SETTINGS.values(), ids=SETTINGS)
@pytest.mark.parametrize("approve", [True, False])
def test_a_providers_tool_that_the_program_asks_people_about_waits_for_them(
    governor: Watched, policy: Any, setting: Any, approve: bool
) -> None:
    async def main() -> None:
        governor.policy = policy
        model = Script([ASKED], [FOUND, *DONE] if approve else DONE)
        agent = Agent(name="a", model=model, tools=[tool(setting)])
        hooks = governor.hooks()
        result = await Runner.run(agent, "Go", hooks=hooks)
        assert len(result.interruptions) == 1 and governor.names()[-1] == "run.pause"
        state = result.to_state()
        item = state.get_interruptions()[0]
        state.approve(item) if approve else state.reject(item)
        assert (await Runner.run(agent, state, hooks=hooks)).final_output == "Done."
        assert answers(model) == [approve]
        assert [m["approved"] for m in governor.of("approval.foreign")] == [approve]
        assert [m["result"] for m in governor.of("tool.end")] == ["found"] * approve
        before = governor.names()[: governor.names().index("run.resume")]
        assert "tool.start" not in before

    asyncio.run(main())


@pytest.mark.parametrize("setting", ["never", {"never": {"tool_names": ["find"]}}])
def test_a_providers_tool_that_the_program_does_not_ask_about_runs_by_the_policy(
    governor: Watched, setting: Any
) -> None:
    governor.policy = rules("allow")
    model = Script([ASKED], [FOUND, *DONE])
    agent = Agent(name="a", model=model, tools=[tool(setting)])
    assert Runner.run_sync(agent, "Go", hooks=governor.hooks()).final_output == "Done."
    assert answers(model) == [True] and len(governor.of("tool.start")) == 1
    assert governor.of("approval.foreign") == []


def test_a_denied_providers_tool_is_refused_without_asking_the_program(governor: Watched) -> None:
    governor.policy = DENY
    model = Script([ASKED], DONE)
    agent = Agent(name="a", model=model, tools=[tool("always")])
    assert Runner.run_sync(agent, "Go", hooks=governor.hooks()).final_output == "Done."
    assert answers(model) == [False] and governor.of("tool.start") == []


@pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES)
@pytest.mark.parametrize("approve", [True, False])
def test_a_programs_callback_decides_on_its_providers_tool(
    governor: Watched, policy: Any, approve: bool
) -> None:
    governor.policy = policy
    model = Script([ASKED], [FOUND, *DONE] if approve else DONE)
    asking = tool("always", on_approval_request=lambda request: {"approve": approve})
    agent = Agent(name="a", model=model, tools=[asking])
    assert Runner.run_sync(agent, "Go", hooks=governor.hooks()).final_output == "Done."
    assert answers(model) == [approve]
    assert [m["approved"] for m in governor.of("approval.foreign")] == [approve]
    assert [m["result"] for m in governor.of("tool.end")] == ["found"] * approve
