"""What is too large for a record ends no run: its size and digest are recorded, and never a part."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from agents import Agent, Runner, SQLiteSession, function_tool
from records import events_of
from scripted import Script, call, message
from watched import Watched, rules

from intaglio.openai_agents import RunAborted, limits

DONE = [message("Done.")]


def giving(result: str, **options: Any) -> Agent[Any]:
    @function_tool
    def act() -> str:
        return result

    return Agent(name="a", model=Script([call("act", "{}")], DONE), tools=[act], **options)


def place(text: str) -> dict[str, Any]:
    encoded = text.encode()
    return {
        "$too_large": {
            "byteCount": len(encoded),
            "sha256": hashlib.sha256(encoded).hexdigest(),
        }
    }


def small(patch: pytest.MonkeyPatch) -> None:
    """Makes what is too large small."""
    patch.setattr(limits, "_RECORD_BYTES", 1000)
    patch.setattr(limits, "_VALUE_BYTES", 1000)


def event(governor: Watched, name: str) -> dict[str, Any]:
    """The newest event `name` of the log, which is read while it is open."""
    return [event for _, event in events_of(governor.store) if event["event"] == name][-1]


# The second is too large only as JSON has it.
@pytest.mark.parametrize("result", ["ä" * (17 << 20), "\x01" * (6 << 20)])
def test_a_result_that_the_log_cannot_have_ends_no_run(governor: Watched, result: str) -> None:
    agent = giving(result)
    ended = Runner.run_sync(agent, "Go", hooks=governor.hooks())
    assert ended.final_output == "Done."
    # The model has it whole.
    assert agent.model.inputs[1][-1]["output"] == result  # type: ignore[union-attr]
    end = event(governor, "tool.end")
    assert (end["intaglio.status"], end["error.type"]) == ("ok", "result.too_large")
    assert json.loads(end["gen_ai.tool.call.result"]) == place(result)


def test_a_result_just_within_the_limit_is_recorded_whole(governor: Watched) -> None:
    result = "x" * ((31 << 20) - 2)
    Runner.run_sync(giving(result), "Go", hooks=governor.hooks())
    end = event(governor, "tool.end")
    assert end["gen_ai.tool.call.result"] == result and "error.type" not in end


def test_an_output_that_the_log_cannot_have_ends_no_run(
    governor: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    small(monkeypatch)
    agent = giving("x" * 2000, tool_use_behavior="stop_on_first_tool")
    ended = Runner.run_sync(agent, "Go", hooks=governor.hooks())
    assert ended.final_output == "x" * 2000
    for name in ("agent.end", "run.end"):
        (told,) = governor.of(name)
        assert json.loads(told["output"]) == place("x" * 2000)


def test_of_an_answer_only_the_largest_item_is_replaced(
    governor: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    small(monkeypatch)
    model = Script([message("x" * 2000), message("short")])
    Runner.run_sync(Agent(name="a", model=model), "Go", hooks=governor.hooks())
    (told,) = governor.of("model.response")
    long, short = map(json.loads, told["output"])
    assert long["$too_large"]["byteCount"] > 2000 and short["content"][0]["text"] == "short"


def test_where_a_policy_takes_things_out_no_digest_tells_a_guess(
    governor: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    small(monkeypatch)
    governor.policy = rules("allow")
    governor.policy["redact"] = [{"id": "card", "at": "/card", "tool": "act"}]
    Runner.run_sync(giving("x" * 2000), "Go", hooks=governor.hooks())
    (told,) = governor.of("tool.end")
    assert json.loads(told["result"]) == {"$too_large": {"byteCount": 2000}}


@pytest.mark.parametrize("what", ["context", "session"])
def test_what_a_checkpoint_cannot_have_is_not_captured_and_ends_no_run(
    governor: Watched, what: str
) -> None:
    large = "x" * (17 << 20)
    options: dict[str, Any] = {"context": {"large": large}}
    if what == "session":
        options = {"session": SQLiteSession("s")}
    agent = giving(large if what == "session" else "acted")
    assert Runner.run_sync(agent, "Go", hooks=governor.hooks(), **options).final_output == "Done."
    assert event(governor, "checkpoint.created")["intaglio.not_captured"] == [what]


def test_a_session_of_the_engine_says_what_it_cannot_keep(governor: Watched) -> None:
    hooks = governor.hooks()
    with pytest.raises(RunAborted) as caught:
        Runner.run_sync(giving("x" * (17 << 20)), "Go", hooks=hooks, session=hooks.session("s"))
    assert caught.value.code == "invalid" and "over the limit of 16777216" in str(caught.value)
