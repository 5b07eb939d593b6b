"""Guardrails that trip are recorded, whatever they guard, streamed or not."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from agents import (
    Agent,
    GuardrailFunctionOutput,
    Runner,
    ToolGuardrailFunctionOutput,
    function_tool,
    input_guardrail,
    output_guardrail,
    tool_input_guardrail,
    tool_output_guardrail,
)
from scripted import Script, call, message
from watched import Watched


@input_guardrail(run_in_parallel=False)
def blocking(context: Any, agent: Any, input: Any) -> GuardrailFunctionOutput:
    return GuardrailFunctionOutput(output_info="no", tripwire_triggered=True)


@input_guardrail
async def beside(context: Any, agent: Any, input: Any) -> GuardrailFunctionOutput:
    return GuardrailFunctionOutput(output_info="no", tripwire_triggered=True)


@output_guardrail
def last(context: Any, agent: Any, output: Any) -> GuardrailFunctionOutput:
    return GuardrailFunctionOutput(output_info="no", tripwire_triggered=True)


GUARDRAILS: dict[str, Any] = {
    "blocking": {"input_guardrails": [blocking]},
    "beside": {"input_guardrails": [beside]},
    "last": {"output_guardrails": [last]},
}


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("name", list(GUARDRAILS))
def test_a_trip_ends_the_run_by_name(governor: Watched, name: str, streamed: bool) -> None:
    async def main() -> None:
        agent: Any = Agent(name="a", model=Script([message("Hi.")]), **GUARDRAILS[name])
        with pytest.raises(Exception, match="[Gg]uardrail"):
            if streamed:
                result = Runner.run_streamed(agent, "Go", hooks=governor.hooks())
                async for _ in result.stream_events():
                    pass
            else:
                await Runner.run(agent, "Go", hooks=governor.hooks())
        (trip,) = governor.of("guardrail.tripped")
        stage = "output" if name == "last" else "input"
        assert (trip["name"], trip["stage"], trip["message"]) == (name, stage, "no")
        assert governor.names()[-1] == "run.fail"
        assert governor.names().count("run.fail") == 1

    asyncio.run(main())


@pytest.mark.parametrize("behavior", ["reject", "raise"])
@pytest.mark.parametrize("stage", ["tool_input", "tool_output"])
def test_a_tools_guardrail_is_recorded(governor: Watched, stage: str, behavior: str) -> None:
    def judge(data: Any) -> ToolGuardrailFunctionOutput:
        if behavior == "raise":
            return ToolGuardrailFunctionOutput.raise_exception(output_info="no")
        return ToolGuardrailFunctionOutput.reject_content(message="no", output_info="no")

    ran: list[str] = []
    wrap: Any = tool_input_guardrail if stage == "tool_input" else tool_output_guardrail
    options: dict[str, Any] = {f"{stage}_guardrails": [wrap(judge)]}

    @function_tool(**options)
    def act() -> str:
        ran.append("x")
        return "acted"

    agent = Agent(name="a", model=Script([call("act", "{}")], [message("Ok.")]), tools=[act])
    if behavior == "raise":
        with pytest.raises(Exception, match="guardrail"):
            Runner.run_sync(agent, "Go", hooks=governor.hooks())
    else:
        assert Runner.run_sync(agent, "Go", hooks=governor.hooks()).final_output == "Ok."
        assert agent.model.inputs[1][-1]["output"] == "no"  # type: ignore[union-attr]
    (trip,) = governor.of("guardrail.tripped")
    assert (trip["name"], trip["stage"], trip["message"]) == ("judge", stage, "no")
    assert len(ran) == len(governor.of("tool.start")) == (stage == "tool_output")
