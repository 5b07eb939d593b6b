"""What a tool leaves running when its run has ended is beneath it still."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from agents import Agent, Runner, function_tool
from scripted import Script, call, message
from watched import Watched, rules

DONE = [message("Done.")]


@pytest.mark.parametrize("effect", ["allow", "deny"])
def test_a_run_that_begins_after_the_run_of_the_tool_that_left_it_is_governed(
    governor: Watched, effect: str
) -> None:
    ran: list[str] = []

    @function_tool
    def act() -> str:
        ran.append("x")
        return "acted"

    async def main() -> None:
        is_over = asyncio.Event()
        left: list[asyncio.Task[Any]] = []

        async def later() -> Any:
            await is_over.wait()
            agent = Agent(name="later", model=Script([call("act", "{}")], DONE), tools=[act])
            return await Runner.run(agent, "Go")

        @function_tool
        async def leave() -> str:
            left.append(asyncio.create_task(later()))
            return "left"

        agent = Agent(name="a", model=Script([call("leave", "{}")], DONE), tools=[leave])
        await Runner.run(agent, "Go", hooks=governor.hooks())
        is_over.set()
        assert (await left[0]).final_output == "Done."

    governor.policy = rules("allow", {"when": {"tool": "act"}, "effect": effect})
    asyncio.run(main())
    assert ran == ["x"] * (effect == "allow")
    first, second = governor.of("run.start")
    assert second["parent"] == first["run"] and second["mission"] == first["run"]
