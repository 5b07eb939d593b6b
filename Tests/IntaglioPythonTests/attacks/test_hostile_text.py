"""Names, reasons and results that others wrote cannot deceive a terminal, nor break the record."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from agents import Agent, FunctionTool, Runner, ShellTool, function_tool
from intaglio.openai_agents import RunAborted
from intaglio.openai_agents.tickets import Ticket
from pydantic import BaseModel, ConfigDict
from scripted import Script, call, message
from watched import REVIEW, Watched, rules

DONE = [message("Done.")]
HELD = "held"
# Sets a terminal's title, turns what follows around, and begins a line of its own.
HOSTILE = "refund\x1b]0;pwned\x07\u202e\u200b\nok"


def hostile_agent(*turns: Any) -> Agent[Any]:
    async def body(context: Any, arguments: str) -> str:
        return "ran"

    tool = FunctionTool(
        name=HOSTILE,
        description="",
        params_json_schema={"type": "object", "properties": {}},
        on_invoke_tool=body,
        strict_json_schema=False,
    )
    return Agent(name="a", model=Script(*turns), tools=[tool])


def is_safe(text: str) -> bool:
    return not any(character in text for character in "\x1b\x07\u202e\u200b\n")


def test_the_line_of_a_pause_is_one_line_whatever_a_tool_is_called(
    governor: Watched, capsys: pytest.CaptureFixture[str]
) -> None:
    governor.policy = REVIEW
    agent = hostile_agent([call(HOSTILE, "{}")])
    asyncio.run(Runner.run(agent, "Go", hooks=governor.hooks()))
    assert is_safe(capsys.readouterr().err.removesuffix("\n"))


def test_the_error_of_an_abort_is_one_line_whatever_a_tool_is_called(governor: Watched) -> None:
    governor.policy = rules("allow", {"effect": "deny", "on_deny": "abort"})
    agent = hostile_agent([call(HOSTILE, "{}")])
    with pytest.raises(RunAborted) as caught:
        Runner.run_sync(agent, "Go", hooks=governor.hooks())
    assert is_safe(str(caught.value)) and is_safe(caught.value.message)
    assert "\\u{1B}" in caught.value.message


def test_a_ticket_is_printed_on_one_line() -> None:
    assert is_safe(str(Ticket("0" * 64, "run-1", HOSTILE, None, "open", {})))


class Opaque(BaseModel):
    model_config = ConfigDict(arbitrary_types_allowed=True)
    lock: Any

    def __str__(self) -> str:
        return "opaque"


def cyclic() -> Any:
    value: dict[str, Any] = {}
    value["again"] = value
    return value


class NoText:
    def __str__(self) -> str:
        raise ValueError("no text")


RESULTS = {
    "a model that pydantic cannot serialise": lambda: Opaque(lock=threading.Lock()),
    "a cycle": cyclic,
    "the name of a file that is not UTF-8": lambda: "caf\udce9",
    "the same in a list": lambda: ["caf\udce9"],
}


@pytest.mark.parametrize("made", RESULTS.values(), ids=RESULTS)
def test_a_body_that_ran_has_an_end_whatever_it_returned(governor: Watched, made: Any) -> None:
    @function_tool
    def odd() -> Any:
        return made()

    agent = Agent(name="a", model=Script([call("odd", "{}")], DONE), tools=[odd])
    assert Runner.run_sync(agent, "Go", hooks=governor.hooks()).final_output == "Done."
    (end,) = governor.of("tool.end")
    assert end["status"] == "ok" and end["result"]
    assert governor.names()[-1] == "run.end"


class Weather(BaseModel):
    city: str
    alerts: list[str] = []


def test_a_result_is_recorded_with_what_its_class_says_of_itself(governor: Watched) -> None:
    @function_tool
    def weather() -> Weather:
        found = Weather(city="Delft")
        found.alerts.append("storm")
        return found

    agent = Agent(name="a", model=Script([call("weather", "{}")], DONE), tools=[weather])
    Runner.run_sync(agent, "Go", hooks=governor.hooks())
    assert governor.of("tool.end")[0]["result"] == '{"city":"Delft","alerts":["storm"]}'


def test_a_body_that_returned_what_has_no_text_has_an_end(governor: Watched) -> None:
    @function_tool
    def odd() -> Any:
        return NoText()

    agent = Agent(name="a", model=Script([call("odd", "{}")], DONE), tools=[odd])
    # The SDK cannot tell a model of it either.
    with pytest.raises(ValueError, match="no text"):
        Runner.run_sync(agent, "Go", hooks=governor.hooks())
    assert len(governor.of("tool.end")) == 1
    assert governor.names()[-1] == "run.fail"


def test_half_a_character_in_the_context_is_kept_and_comes_back(governor: Watched) -> None:
    async def main() -> None:
        hooks, name = governor.hooks(), "caf\udce9"
        context = {"file": name}

        @function_tool
        def change() -> str:
            context["file"] = "other"
            return name

        session = hooks.session("s")
        agent = Agent(name="a", model=Script([call("change", "{}")], DONE), tools=[change])
        await Runner.run(agent, "Go", hooks=hooks, context=context, session=session)
        assert context["file"] == "other"
        assert [i["output"] for i in await session.get_items() if "output" in i] == [name]
        await hooks.rollback_run()
        assert context["file"] == name

    asyncio.run(main())


def test_a_run_that_has_half_a_character_goes_on_after_a_pause(governor: Watched) -> None:
    async def main() -> None:
        governor.policy = rules("allow", {"when": {"tool": HELD}, "effect": "review"})

        @function_tool
        def look() -> str:
            return "caf\udce9"

        @function_tool(name_override=HELD)
        def held() -> str:
            return "held"

        turns = ([call("look", "{}")], [call(HELD, "{}")], DONE)
        agent = Agent(name="a", model=Script(*turns), tools=[look, held])
        hooks = governor.hooks()
        result = await Runner.run(agent, "Go", hooks=hooks, context={"file": "caf\udce9"})
        assert len(result.interruptions) == 1
        governor.vote(True)
        assert (await Runner.run(agent, result.to_state(), hooks=hooks)).final_output == "Done."

    asyncio.run(main())


def test_a_command_with_half_a_character_is_not_run(governor: Watched) -> None:
    """What would be judged is not what would run."""
    ran: list[Any] = []
    tool = ShellTool(executor=lambda request: ran.append(request) or "ok")
    item = {
        "type": "shell_call", "id": "i1", "call_id": "c1", "status": "completed",
        "action": {"commands": ["ls caf\udce9"], "timeout_ms": None, "max_output_length": None},
    }  # fmt: skip
    agent = Agent(name="a", model=Script([item], DONE), tools=[tool])
    with pytest.raises(RunAborted):
        asyncio.run(Runner.run(agent, "Go", hooks=governor.hooks()))
    assert ran == []
