"""Other instrumentation that comes after this package loses nothing, doubles nothing, and lends no tools."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from agents import Agent, RunContextWrapper, Runner, WebSearchTool, function_tool, handoff
from agents.agent import AgentBase
from agents.run import AgentRunner, get_default_agent_runner, set_default_agent_runner
from scripted import Script, call, message
from watched import DENY, Watched, rules

DONE = [message("Done.")]


@pytest.fixture
def others() -> Iterator[None]:
    """Takes away what a test has put before this package."""
    runner, tools = get_default_agent_runner(), AgentBase.get_all_tools
    yield
    set_default_agent_runner(runner)
    AgentBase.get_all_tools = tools  # type: ignore[method-assign]


@pytest.mark.parametrize("is_streamed", [False, True])
def test_a_run_is_governed_once_though_hooks_were_made_again_over_anothers_runner(
    governor: Watched, others: None, is_streamed: bool
) -> None:
    governor.hooks()
    before = get_default_agent_runner()

    class Wrapping(AgentRunner):
        async def run(self, *all: Any, **options: Any) -> Any:
            return await before.run(*all, **options)

        def run_streamed(self, *all: Any, **options: Any) -> Any:
            return before.run_streamed(*all, **options)

    async def main() -> None:
        set_default_agent_runner(Wrapping())
        hooks = governor.hooks()
        agent = Agent(name="a", model=Script(DONE))
        if is_streamed:
            result = Runner.run_streamed(agent, "Go", hooks=hooks)
            async for _ in result.stream_events():
                pass
        else:
            await Runner.run(agent, "Go", hooks=hooks)

    asyncio.run(main())
    assert governor.names().count("run.start") == governor.names().count("run.end") == 1


class Searching(Agent[Any]):
    """An agent of a class that adds what it has to what the SDK hands out."""

    async def get_all_tools(self, context: Any) -> Any:
        return [*await super().get_all_tools(context), WebSearchTool()]


@pytest.mark.parametrize("place", ["first", "after a handoff", "as a tool"])
def test_what_an_agents_own_class_adds_is_withheld_as_well(governor: Watched, place: str) -> None:
    model = Script(DONE)
    agent: Agent[Any] = Searching(name="searching", model=model)
    if place == "after a handoff":
        front = Script([call("transfer_to_searching", "{}")])
        agent = Agent(name="front", model=front, handoffs=[handoff(agent)])
    elif place == "as a tool":
        tool = agent.as_tool("ask", "Ask.")
        agent = Agent(name="o", model=Script([call("ask", {"input": "x"})], DONE), tools=[tool])
    governor.policy = rules("allow", {"when": {"tool": "hosted:web_search"}, "effect": "deny"})
    asyncio.run(Runner.run(agent, "Go", hooks=governor.hooks()))
    assert model.tools == [[]]


async def give_web_search(context: Any) -> Any:
    return [WebSearchTool()]


def test_what_an_agents_own_member_gives_is_withheld_as_well(governor: Watched) -> None:
    model = Script(DONE)
    agent: Agent[Any] = Agent(name="own", model=model)
    agent.get_all_tools = give_web_search  # type: ignore[method-assign]
    governor.policy = rules("allow", {"when": {"tool": "hosted:web_search"}, "effect": "deny"})
    Runner.run_sync(agent, "Go", hooks=governor.hooks())
    assert model.tools == [[]]
    # The program's object is as it was.
    assert agent.get_all_tools is give_web_search
    del agent.get_all_tools  # type: ignore[misc]
    assert asyncio.run(agent.get_all_tools(RunContextWrapper(None))) == []


@pytest.mark.parametrize("place", ["first", "after a handoff", "before its class"])
def test_a_tool_of_an_agents_own_member_is_governed(governor: Watched, place: str) -> None:
    ran: list[str] = []

    @function_tool
    def act() -> str:
        ran.append("x")
        return "acted"

    kind: type[Agent[Any]] = Searching if place == "before its class" else Agent
    agent = kind(name="own", model=Script([call("act", "{}")], DONE))
    found = agent.get_all_tools

    async def adding(context: Any) -> Any:
        return [*await found(context), act]

    agent.get_all_tools = adding  # type: ignore[method-assign]
    begun = agent
    if place == "after a handoff":
        front = Script([call("transfer_to_own", "{}")])
        begun = Agent(name="front", model=front, handoffs=[agent])
    governor.policy = rules("allow", {"when": {"tool": "act"}, "effect": "deny"})
    assert Runner.run_sync(begun, "Go", hooks=governor.hooks()).final_output == "Done."
    assert ran == [] and governor.of("tools.decide")[-1]["calls"][0]["tool"] == "function:act"


def test_a_tool_that_others_add_behind_this_package_is_governed(
    governor: Watched, others: None
) -> None:
    ran: list[str] = []

    @function_tool
    def act() -> str:
        ran.append("x")
        return "acted"

    hooks = governor.hooks(policy=DENY)
    original = AgentBase.get_all_tools

    async def adding(self: Any, context: Any) -> Any:
        return [*await original(self, context), act]

    AgentBase.get_all_tools = adding  # type: ignore[method-assign]
    agent = Agent(name="a", model=Script([call("act", "{}")], DONE))
    assert asyncio.run(Runner.run(agent, "Go", hooks=hooks)).final_output == "Done."
    assert ran == [] and len(governor.of("tools.decide")) == 1


def test_who_is_cancelled_takes_an_answer_from_nobody_else(governor: Watched) -> None:
    """Tools that run at once may wait for the same answer: one of them is cancelled."""

    async def main() -> None:
        answer = governor.hooks().client.post("tickets")

        async def wait() -> Any:
            return await answer

        one, other = asyncio.create_task(wait()), asyncio.create_task(wait())
        await asyncio.sleep(0)
        one.cancel()
        assert await other == {"tickets": []}

    asyncio.run(main())
