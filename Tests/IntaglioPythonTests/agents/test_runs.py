"""A run is recorded from its beginning to its end, and nothing else changes."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from agents import Agent, MaxTurnsExceeded, RunHooks, Runner, function_tool
from scripted import Script, call, message
from watched import DENY, Watched, rules

from intaglio.openai_agents import RunAborted

TURN = ["model.request", "model.response"]


def weather(*turns: Any, ran: list[str] | None = None, **options: Any) -> Agent[Any]:
    @function_tool(**options)
    def get_weather(city: str) -> str:
        """The weather of a city."""
        if ran is not None:
            ran.append(city)
        return f"sunny in {city}"

    return Agent(name="weather", model=Script(*turns), tools=[get_weather])


ONE_CALL = ([call("get_weather", '{"city": "Delft"}', "c1")], [message("Sunny.")])


def test_a_run_has_all_its_events_in_order(governor: Watched) -> None:
    ran: list[str] = []
    result = Runner.run_sync(weather(*ONE_CALL, ran=ran), "Rain?", hooks=governor.hooks())
    assert result.final_output == "Sunny."
    assert ran == ["Delft"]
    assert governor.names() == [
        "run.start", "agent.start", *TURN, "tools.decide", "tool.start", "tool.end",
        *TURN, "agent.end", "run.end",
    ]  # fmt: skip
    assert governor.of("tools.decide")[0]["calls"] == [
        {"tool": "function:get_weather", "arguments": '{"city": "Delft"}', "id": "c1"}
    ]
    assert governor.of("tool.end")[0]["result"] == "sunny in Delft"
    assert governor.of("run.end")[0]["output"] == "Sunny."


def test_a_streamed_run_is_recorded_by_the_time_its_stream_has_ended(
    governor: Watched,
) -> None:
    async def main() -> None:
        result = Runner.run_streamed(weather(*ONE_CALL), "Rain?", hooks=governor.hooks())
        async for _ in result.stream_events():
            pass
        assert result.final_output == "Sunny."
        assert governor.names()[-1] == "run.end"
        assert governor.names().count("tool.start") == 1

    asyncio.run(main())


def test_runs_with_other_hooks_are_untouched(governor: Watched) -> None:
    governor.hooks()
    agent = weather(*ONE_CALL)
    tool = agent.tools[0]
    before = dict(vars(tool))
    assert Runner.run_sync(agent, "Rain?").final_output == "Sunny."
    assert governor.events == []
    assert agent.tools == [tool] and vars(tool) == before


def test_the_programs_tools_are_never_changed(governor: Watched) -> None:
    agent = weather(*ONE_CALL)
    tool = agent.tools[0]
    before = dict(vars(tool))
    Runner.run_sync(agent, "Rain?", hooks=governor.hooks())
    assert agent.tools[0] is tool and vars(tool) == before


def test_a_denied_call_does_not_run_and_the_model_is_told(governor: Watched) -> None:
    governor.policy = DENY
    ran: list[str] = []
    agent = weather(*ONE_CALL, ran=ran)
    result = Runner.run_sync(agent, "Rain?", hooks=governor.hooks())
    assert result.final_output == "Sunny."
    assert ran == []
    assert (
        agent.model.inputs[1][-1]["output"]
        == "The call of get_weather was denied by policy. Do not try it again; go on without it."
    )  # type: ignore[union-attr]
    assert "tool.start" not in governor.names()


def test_an_aborting_denial_ends_the_run_before_any_body(governor: Watched) -> None:
    delft = {"tool": "get_weather", "arguments": {"/city": {"equals": "Delft"}}}
    rule = {"when": delft, "effect": "deny", "on_deny": "abort"}
    governor.policy = rules("allow", rule)
    ran: list[str] = []
    turn = [call("get_weather", {"city": "Gouda"}), call("get_weather", {"city": "Delft"})]
    with pytest.raises(RunAborted) as caught:
        Runner.run_sync(weather(turn, ran=ran), "Rain?", hooks=governor.hooks())
    assert caught.value.code == "policy"
    assert ran == []
    assert governor.of("run.fail")[0]["type"] == "policy"


@pytest.mark.parametrize("do", ["model.response", "tools.decide", "tool.start"])
def test_no_body_runs_that_the_engine_could_not_record(governor: Watched, do: str) -> None:
    governor.fails = lambda asked: asked == do
    ran: list[str] = []
    with pytest.raises(RunAborted, match="disk is full"):
        Runner.run_sync(weather(*ONE_CALL, ran=ran), "Rain?", hooks=governor.hooks())
    assert ran == []


def test_a_tools_error_is_recorded_as_one_though_the_model_gets_a_text(
    governor: Watched,
) -> None:
    @function_tool
    def broken() -> str:
        raise ValueError("no such city")

    agent = Agent(
        name="a", model=Script([call("broken", "{}")], [message("Sorry.")]), tools=[broken]
    )
    assert Runner.run_sync(agent, "Go", hooks=governor.hooks()).final_output == "Sorry."
    end = governor.of("tool.end")[0]
    assert end["status"] == "error" and "no such city" in end["result"]


def test_a_tools_error_that_ends_the_run_is_recorded_in_both(governor: Watched) -> None:
    @function_tool(failure_error_function=None)
    def broken() -> str:
        raise ValueError("no such city")

    agent = Agent(name="a", model=Script([call("broken", "{}")]), tools=[broken])
    with pytest.raises(Exception, match="no such city"):
        Runner.run_sync(agent, "Go", hooks=governor.hooks())
    assert governor.of("tool.end")[0]["status"] == "error"
    assert governor.names()[-1] == "run.fail"


def test_a_tools_timeout_is_recorded_as_one(governor: Watched) -> None:
    @function_tool(timeout=0.01)
    async def slow() -> str:
        await asyncio.sleep(60)
        return "never"

    agent = Agent(name="a", model=Script([call("slow", "{}")], [message("Late.")]), tools=[slow])
    assert Runner.run_sync(agent, "Go", hooks=governor.hooks()).final_output == "Late."
    assert governor.of("tool.end")[0]["status"] == "timeout"


def test_cancellation_in_mid_tool_is_recorded(governor: Watched) -> None:
    async def main() -> None:
        begun = asyncio.Event()

        @function_tool
        async def slow() -> str:
            begun.set()
            await asyncio.sleep(60)
            return "never"

        agent = Agent(name="a", model=Script([call("slow", "{}")]), tools=[slow])
        task = asyncio.create_task(Runner.run(agent, "Go", hooks=governor.hooks()))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert governor.of("tool.end")[0]["status"] == "cancelled"
        assert governor.of("run.fail")[0]["type"] == "cancelled"

    asyncio.run(main())


def test_a_models_failure_is_recorded(governor: Watched) -> None:
    with pytest.raises(ConnectionError):
        Runner.run_sync(weather(ConnectionError("429")), "Rain?", hooks=governor.hooks())
    assert governor.names() == [
        "run.start",
        "agent.start",
        "model.request",
        "model.failed",
        "run.fail",
    ]


def test_too_many_turns_are_recorded(governor: Watched) -> None:
    turns = [[call("get_weather", {"city": "Delft"})] for _ in range(3)]
    with pytest.raises(MaxTurnsExceeded):
        Runner.run_sync(weather(*turns), "Rain?", max_turns=2, hooks=governor.hooks())
    assert governor.of("run.fail")[0]["type"] == "max_turns"
    assert "model.failed" not in governor.names()


def test_the_programs_own_hooks_are_called_as_before(governor: Watched) -> None:
    class Own(RunHooks[Any]):
        def __init__(self) -> None:
            self.seen: list[str] = []

        async def on_tool_start(self, context: Any, agent: Any, tool: Any) -> None:
            self.seen.append(f"start {tool.name}")

        async def on_agent_end(self, context: Any, agent: Any, output: Any) -> None:
            self.seen.append(f"end {output}")

    own = Own()
    Runner.run_sync(weather(*ONE_CALL), "Rain?", hooks=governor.hooks(hooks=own))
    assert own.seen == ["start get_weather", "end Sunny."]


def test_one_object_may_govern_two_runs_at_once(governor: Watched) -> None:
    async def main() -> None:
        hooks = governor.hooks()
        await asyncio.gather(
            *(Runner.run(weather(*ONE_CALL), "Rain?", hooks=hooks) for _ in range(2))
        )

    asyncio.run(main())
    for run in governor.runs:
        of_run = [do for do, members in governor.events if members["run"] == run]
        assert len(of_run) == 11 and of_run[-1] == "run.end"


def test_event_loops_may_come_and_go(governor: Watched) -> None:
    hooks = governor.hooks()
    for _ in range(2):
        result = asyncio.run(Runner.run(weather(*ONE_CALL), "Rain?", hooks=hooks))
        assert result.final_output == "Sunny."


def test_a_run_that_did_not_go_through_our_runner_ends_at_once(governor: Watched) -> None:
    from agents.run import AgentRunner

    hooks = governor.hooks()
    with pytest.raises(RunAborted) as caught:
        asyncio.run(AgentRunner().run(weather(*ONE_CALL), "Rain?", hooks=hooks))
    assert caught.value.code == "runner_replaced"


def test_a_refusal_does_not_become_the_output(governor: Watched) -> None:
    governor.policy = DENY
    agent = weather(*ONE_CALL)
    agent.tool_use_behavior = "stop_on_first_tool"
    with pytest.raises(RunAborted):
        Runner.run_sync(agent, "Rain?", hooks=governor.hooks())
    assert governor.names()[-1] == "run.fail"


def test_repeated_ids_of_calls_run_each_once(governor: Watched) -> None:
    ran: list[str] = []
    turn = [call("get_weather", {"city": city}, "same") for city in ("Delft", "Gouda")]
    Runner.run_sync(weather(turn, [message("Sunny.")], ran=ran), "Rain?", hooks=governor.hooks())
    assert sorted(ran) == ["Delft", "Gouda"]
    assert sorted(m["call"] for m in governor.of("tool.start")) == [0, 1]


def test_arguments_that_were_changed_after_the_gate_run_no_body(governor: Watched) -> None:
    from agents import AgentHooks

    class Changing(AgentHooks[Any]):
        async def on_tool_start(self, context: Any, agent: Any, tool: Any) -> None:
            context.tool_call.arguments = '{"city": "Elsewhere"}'

    ran: list[str] = []
    agent = weather(*ONE_CALL, ran=ran)
    agent.hooks = Changing()
    with pytest.raises(RunAborted) as caught:
        Runner.run_sync(agent, "Rain?", hooks=governor.hooks())
    assert caught.value.code == "not_permitted"
    assert ran == []
