"""A run that is cancelled is recorded as it was, wherever it is cancelled and however often."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from agents import Agent, Runner, function_tool, input_guardrail
from intaglio._governor import GovernorClient
from scripted import Script, call, message
from watched import Watched, rules

DONE = [message("Done.")]


class Stop:
    """Holds a request back after the engine has carried it out, until the test has cancelled."""

    def __init__(self, patch: pytest.MonkeyPatch, where: str) -> None:
        self.is_reached = asyncio.Event()
        self.goes_on = asyncio.Event()
        original = GovernorClient.call

        async def held(client: GovernorClient, do: str, **members: Any) -> dict[str, Any]:
            answer = await original(client, do, **members)
            if do == where and not self.is_reached.is_set():
                self.is_reached.set()
                await self.goes_on.wait()
            return answer

        patch.setattr(GovernorClient, "call", held)

    async def cancel(self, task: asyncio.Task[Any], times: int = 1) -> None:
        await self.is_reached.wait()
        for _ in range(times):
            task.cancel()
            for _ in range(3):
                await asyncio.sleep(0)
        self.goes_on.set()
        with pytest.raises(asyncio.CancelledError):
            await task


def working(ran: list[str]) -> Agent[Any]:
    @function_tool
    def act() -> str:
        ran.append("x")
        return "acted"

    return Agent(name="a", model=Script([call("act", "{}", "c1")], DONE), tools=[act])


async def over(governor: Watched) -> None:
    """Wait for what goes on by itself."""
    for _ in range(200):
        if governor.names()[-1] in ("run.fail", "run.end"):
            return
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("times", [1, 2])
# What is only told is not waited for: nobody can be cancelled there.
@pytest.mark.parametrize("where", ["run.start", "model.request", "tools.decide", "tool.start"])
def test_a_run_that_was_cancelled_while_it_was_recorded_has_failed_and_ran_nothing(
    governor: Watched, monkeypatch: pytest.MonkeyPatch, where: str, times: int
) -> None:
    async def main() -> None:
        ran: list[str] = []
        hooks = governor.hooks()
        stop = Stop(monkeypatch, where)
        task = asyncio.create_task(Runner.run(working(ran), "Go", hooks=hooks))
        await stop.cancel(task, times)
        await over(governor)
        assert governor.names().count("run.start") == 1
        assert governor.names()[-1] == "run.fail"
        assert governor.of("run.fail")[0]["type"] == "cancelled"
        assert ran == []
        assert await hooks.rollback_run(governor.runs[0])

    asyncio.run(main())


async def paused(governor: Watched, ran: list[str]) -> tuple[Agent[Any], Any, Any]:
    governor.policy = rules("allow", {"when": {"tool": "act"}, "effect": "review"})
    agent, hooks = working(ran), governor.hooks()
    result = await Runner.run(agent, "Go", hooks=hooks)
    governor.vote(True)
    return agent, hooks, result.to_state()


def test_a_resume_that_was_cancelled_before_it_began_can_be_made_again(
    governor: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> None:
        ran: list[str] = []
        agent, hooks, state = await paused(governor, ran)
        stop = Stop(monkeypatch, "run.paused")
        await stop.cancel(asyncio.create_task(Runner.run(agent, state, hooks=hooks)))
        assert governor.names().count("run.start") == 1 and "run.fail" not in governor.names()
        assert (await Runner.run(agent, state, hooks=hooks)).final_output == "Done."
        assert ran == ["x"]

    asyncio.run(main())


@pytest.mark.parametrize("is_streamed", [False, True])
def test_a_resume_that_was_cancelled_when_it_had_begun_has_failed_as_the_run_that_it_is(
    governor: Watched, monkeypatch: pytest.MonkeyPatch, is_streamed: bool
) -> None:
    async def main() -> None:
        ran: list[str] = []
        agent, hooks, state = await paused(governor, ran)
        stop = Stop(monkeypatch, "run.resume")
        if is_streamed:
            result = Runner.run_streamed(agent, state, hooks=hooks)
            assert result.run_loop_task is not None
            await stop.cancel(result.run_loop_task)
        else:
            await stop.cancel(asyncio.create_task(Runner.run(agent, state, hooks=hooks)))
        await over(governor)
        assert governor.names().count("run.start") == 1
        assert [m["run"] for m in governor.of("run.fail")] == governor.runs
        assert ran == []

    asyncio.run(main())


def test_a_streamed_run_that_is_stopped_after_a_turn_is_paused_and_can_go_on(
    governor: Watched,
) -> None:
    async def main() -> None:
        ran: list[str] = []
        agent, hooks = working(ran), governor.hooks()
        result = Runner.run_streamed(agent, "Go", hooks=hooks)
        async for event in result.stream_events():
            if event.type == "run_item_stream_event":
                result.cancel(mode="after_turn")
        assert ran == ["x"]
        assert governor.names()[-1] == "run.pause" and "run.end" not in governor.names()
        after = await Runner.run(agent, result.to_state(), hooks=hooks)
        assert after.final_output == "Done." and ran == ["x"]
        assert governor.names()[-1] == "run.end"

    asyncio.run(main())


def test_what_the_sdk_leaves_going_when_a_guardrail_raises_runs_nothing(governor: Watched) -> None:
    async def main() -> None:
        ran: list[str] = []
        agent, hooks = working(ran), governor.hooks()
        answered = asyncio.Event()

        @input_guardrail
        async def broken(context: Any, agent: Any, input: Any) -> Any:
            await answered.wait()
            raise KeyError("broken")

        class Slow(Script):
            async def get_response(self, *all: Any, **options: Any) -> Any:
                answered.set()
                await asyncio.sleep(0.05)
                return await super().get_response(*all, **options)

        agent.model = Slow([call("act", "{}", "c1")], DONE)
        agent.input_guardrails = [broken]
        with pytest.raises(KeyError):
            await Runner.run(agent, "Go", hooks=hooks)
        await asyncio.sleep(0.3)
        assert ran == [] and governor.names()[-1] == "run.fail"

    asyncio.run(main())
