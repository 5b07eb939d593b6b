"""The same over HTTP: the SDK's own client, and a server that speaks the Responses API."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from agents import Agent, RunConfig, Runner, function_tool
from scripted import ScriptedModel, call, message
from watched import DENY, Watched


def agent(ran: list[str]) -> Agent[Any]:
    @function_tool
    def get_weather(city: str) -> str:
        ran.append(city)
        return "sunny"

    return Agent(name="weather", model="scripted", tools=[get_weather])


TURNS = [[call("get_weather", {"city": "Delft"}, "c1")], [message("Sunny.")]]


@pytest.mark.parametrize("is_denied", [False, True])
@pytest.mark.parametrize("streamed", [False, True])
def test_a_run_over_http_is_recorded_with_its_ids_and_its_usage(
    governor: Watched, streamed: bool, is_denied: bool
) -> None:
    async def main(script: ScriptedModel) -> Any:
        hooks = governor.hooks(policy=DENY if is_denied else None)
        config = RunConfig(model_provider=script.provider())
        if not streamed:
            return await Runner.run(agent(ran), "Rain?", hooks=hooks, run_config=config)
        result = Runner.run_streamed(agent(ran), "Rain?", hooks=hooks, run_config=config)
        async for _ in result.stream_events():
            pass
        return result

    ran: list[str] = []
    with ScriptedModel(TURNS) as script:
        result = asyncio.run(main(script))
    assert result.final_output == "Sunny."
    assert ran == ([] if is_denied else ["Delft"])
    responses = governor.of("model.response")
    assert [(one["input_tokens"], one["output_tokens"]) for one in responses] == [(11, 7)] * 2
    assert all(one["id"].startswith("resp_") and one["model"] == "scripted" for one in responses)
    output = script.requests[1]["input"][-1]["output"]
    assert ("denied" in output) is is_denied


def test_a_model_that_fails_over_http_is_recorded(governor: Watched) -> None:
    async def main(script: ScriptedModel) -> None:
        config = RunConfig(model_provider=script.provider())
        await Runner.run(agent([]), "Rain?", hooks=governor.hooks(), run_config=config)

    with ScriptedModel([]) as script, pytest.raises(Exception, match="script has ended"):
        asyncio.run(main(script))
    assert governor.of("model.failed")[0]["type"] == "InternalServerError"
