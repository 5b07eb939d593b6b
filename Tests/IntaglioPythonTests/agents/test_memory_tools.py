"""Agents that remember: in the state of their mission, by calls that their policy decides on."""

from __future__ import annotations

import json
from typing import Any

import intaglio
import pytest
from agents import Agent, Runner
from intaglio.openai_agents import RunAborted
from intaglio.tools import forget, recall, remember

from scripted import Script, call, message
from watched import Watched, rules


def concierge(*turns: tuple[str, dict[str, Any]]) -> Agent[Any]:
    """An agent that makes these calls, one a turn."""
    made = [[call(name, json.dumps(members))] for name, members in turns]
    return Agent(
        name="concierge",
        model=Script(*made, [message("Done.")]),
        tools=[remember, recall, forget],
    )


def answers(agent: Agent[Any]) -> list[str]:
    """What the calls gave the model."""
    last = agent.model.inputs[-1]  # type: ignore[union-attr]
    return [item["output"] for item in last if item.get("type") == "function_call_output"]


SEAT = ("remember", {"key": "guest/seat", "value": "a window, row 12", "tags": ["guest"]})


def everything(**members: Any) -> tuple[str, dict[str, Any]]:
    """A call of `recall`."""
    empty = {"words": None, "key": None, "prefix": None, "tags": None, "limit": 10}
    return "recall", {**empty, **members}


def test_a_later_run_of_the_mission_recalls_what_an_earlier_one_remembered(
    governor: Watched,
) -> None:
    hooks = governor.hooks(mission_id="desk-17")
    Runner.run_sync(concierge(SEAT), "Go", hooks=hooks)
    later = concierge(everything(words="window"), everything(prefix="other/"))
    Runner.run_sync(later, "Go", hooks=hooks)
    found, nothing = map(json.loads, answers(later))
    assert found == [{"key": "guest/seat", "value": "a window, row 12", "tags": ["guest"]}]
    assert nothing == []
    other = concierge(everything(words="window"))
    Runner.run_sync(other, "Go", hooks=governor.hooks(mission_id="desk-18"))
    assert answers(other) == ["[]"]


def test_what_was_forgotten_is_not_found(governor: Watched) -> None:
    agent = concierge(SEAT, ("forget", {"key": "guest/seat"}), everything(words="window"))
    Runner.run_sync(agent, "Go", hooks=governor.hooks())
    assert answers(agent) == ["Remembered under guest/seat.", "Forgotten: guest/seat.", "[]"]


def test_a_rollback_takes_what_was_remembered_with_it(governor: Watched) -> None:
    hooks = governor.hooks(mission_id="desk-17")
    Runner.run_sync(concierge(), "Go", hooks=hooks)
    Runner.run_sync(concierge(SEAT), "Go", hooks=hooks)
    hooks.rollback_run_sync(reason="the wrong guest")
    later = concierge(everything(words="window"))
    Runner.run_sync(later, "Go", hooks=hooks)
    assert answers(later) == ["[]"]
    governor.close()
    assert intaglio.verify(governor.store / "0").is_faultless


def test_a_policy_denies_remembering_as_any_other_call(governor: Watched) -> None:
    governor.policy = rules("allow", {"when": {"tool": "remember"}, "effect": "deny"})
    agent = concierge(SEAT, everything(words="window"))
    Runner.run_sync(agent, "Go", hooks=governor.hooks())
    assert "denied by policy" in answers(agent)[0]
    assert answers(agent)[1] == "[]"
    assert "memory.remember" not in governor.names()


def test_a_key_that_is_none_is_told_the_model_which_goes_on(governor: Watched) -> None:
    agent = concierge(("remember", {"key": "", "value": "x", "tags": None}))
    result = Runner.run_sync(agent, "Go", hooks=governor.hooks())
    assert answers(agent)[0].startswith("Not done: ")
    assert result.final_output == "Done."


def test_what_the_disk_does_not_take_ends_the_run(governor: Watched) -> None:
    governor.fails = lambda do: do == "memory.remember"
    with pytest.raises(RunAborted):
        Runner.run_sync(concierge(SEAT), "Go", hooks=governor.hooks())


def test_without_a_governed_run_there_is_one_line_that_says_so() -> None:
    with pytest.raises(Exception, match="hooks=IntaglioRunHooks"):
        Runner.run_sync(concierge(SEAT), "Go")
