"""What a run did to its context, its session and its mission is taken back, as one."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest
from agents import (
    Agent,
    Runner,
    SQLiteSession,
    function_tool,
)
from booking import desk, texts
from pydantic import BaseModel
from scripted import Script, call, message
from watched import Watched, rules

from intaglio import IntaglioError


@dataclass
class Trip:
    count: int = 0
    seats: list[str] = field(default_factory=list)


class Plan(BaseModel):
    count: int = 0
    seats: list[str] = []


@pytest.mark.parametrize("kind", [lambda: {"count": 0, "seats": []}, Trip, Plan])
def test_a_run_is_taken_back_with_its_context_in_place(governor: Watched, kind: Any) -> None:
    hooks, context = governor.hooks(mission_id="trip"), kind()
    seats = context["seats"] if isinstance(context, dict) else context.seats
    Runner.run_sync(desk("1A"), "Go", hooks=hooks, context=context)
    Runner.run_sync(desk("2A", "2B"), "Go on", hooks=hooks, context=context)
    assert seats == ["1A", "2A", "2B"]
    hooks.rollback_run_sync(reason="the wrong seats")
    assert seats == ["1A"]
    assert (context["count"] if isinstance(context, dict) else context.count) == 1


def test_an_others_session_keeps_the_common_beginning_and_loses_the_rest(
    governor: Watched,
) -> None:
    async def main() -> None:
        hooks, session = governor.hooks(), SQLiteSession("s1")
        await Runner.run(desk(), "First", hooks=hooks, session=session)
        before = await session.get_items()
        await Runner.run(desk("1A"), "Second", hooks=hooks, session=session)
        assert len(await session.get_items()) > len(before)
        await hooks.rollback_run()
        assert await session.get_items() == before
        await hooks.rollback(forward := (await hooks.checkpoints())[0])
        assert forward.label == "run.end"
        assert texts(await session.get_items())[-2:] == ["function_call_output", "assistant"]

    asyncio.run(main())


def test_a_session_that_others_changed_is_not_taken_back_unless_forced(
    governor: Watched,
) -> None:
    async def main() -> None:
        hooks, session = governor.hooks(), SQLiteSession("s1")
        await Runner.run(desk("1A"), "First", hooks=hooks, session=session)
        await session.add_items([{"role": "user", "content": "from elsewhere"}])
        with pytest.raises(IntaglioError) as caught:
            await hooks.rollback_run()
        assert caught.value.code == "session_changed"
        assert len(await session.get_items()) == 5
        await hooks.rollback_run(force=True)
        assert await session.get_items() == []

    asyncio.run(main())


def test_a_session_in_the_engine_comes_back_with_its_mission(governor: Watched) -> None:
    async def main() -> None:
        hooks = governor.hooks()
        session = hooks.session("talk")
        await Runner.run(desk(), "First", hooks=hooks, session=session)
        before = await session.get_items()
        assert texts(before) == ["user", "assistant"]
        agent = desk("1A")
        await Runner.run(agent, "Second", hooks=hooks, session=session)
        assert [item["content"] for item in agent.model.inputs[0] if "content" in item][
            0
        ] == "First"  # type: ignore[union-attr]
        await hooks.rollback_run()
        assert await session.get_items() == before
        assert await session.get_items(limit=1) == before[-1:]
        assert await session.pop_item() == before[-1]
        await session.clear_session()
        assert await session.get_items() == [] and await session.pop_item() is None

    asyncio.run(main())


def test_latest_is_the_newest_checkpoint_that_differs(governor: Watched) -> None:
    hooks, context = governor.hooks(mission_id="m"), {"count": 0, "seats": []}
    Runner.run_sync(desk("1A"), "Go", hooks=hooks, context=context)
    latest = hooks.rollback_to_latest_sync(reason="no")
    assert latest is not None and latest.mission == "m"
    assert context == {"count": 0, "seats": []}


def test_an_opaque_context_is_named_and_not_taken_back(governor: Watched) -> None:
    class Opaque:
        count = 0
        seats: list[str] = []

    hooks, context = governor.hooks(), Opaque()
    Runner.run_sync(desk(), "Go", hooks=hooks, context=context)
    checkpoint = hooks.checkpoints_sync()[-1]
    assert hooks.preview_sync(checkpoint).not_captured == ["context"]
    with pytest.raises(IntaglioError) as caught:
        hooks.rollback_sync(checkpoint)
    assert caught.value.code == "not_restorable"


def test_a_rollback_waits_for_the_runs_end(governor: Watched) -> None:
    codes: list[str] = []

    @function_tool
    async def take_back() -> str:
        try:
            await hooks.rollback_run()
        except IntaglioError as error:
            codes.append(error.code)
        return "tried"

    hooks = governor.hooks(mission_id="m")
    turns = ([call("take_back", "{}")], [message("Done.")])
    agent = Agent(name="a", model=Script(*turns), tools=[take_back])
    Runner.run_sync(agent, "Go", hooks=hooks)
    assert codes == ["mission_live"]


def test_irreversible_effects_take_force(governor: Watched) -> None:
    rule = {"when": {"tool": "book"}, "effect": "allow", "effect_class": "irreversible"}
    governor.policy = rules("deny", rule)
    hooks = governor.hooks(mission_id="m")
    Runner.run_sync(desk("1A"), "Go", hooks=hooks, context={"count": 0, "seats": []})
    with pytest.raises(IntaglioError) as caught:
        hooks.rollback_run_sync()
    assert caught.value.code == "irreversible"
    preview = hooks.rollback_run_sync(force=True)
    assert [one["tool"] for one in preview.calls] == ["function:book"]


def test_a_session_that_cannot_pop_fails_by_name_and_closes_the_mission(
    governor: Watched,
) -> None:
    class Stuck(SQLiteSession):
        async def pop_item(self) -> Any:
            return None

    async def main() -> None:
        hooks, session = governor.hooks(), Stuck("s1")
        await Runner.run(desk("1A"), "First", hooks=hooks, session=session)
        with pytest.raises(IntaglioError) as caught:
            await hooks.rollback_run()
        assert caught.value.code == "rollback_failed"
        with pytest.raises(Exception, match="rollback"):
            await Runner.run(desk(), "Second", hooks=hooks, session=session)

    asyncio.run(main())


def test_a_resume_from_before_a_rollback_is_refused(governor: Watched) -> None:
    async def main() -> None:
        governor.policy = rules("allow", {"when": {"tool": "book"}, "effect": "review"})
        hooks, context = governor.hooks(mission_id="m"), {"count": 0, "seats": []}
        agent = desk("1A")
        result = await Runner.run(agent, "Go", hooks=hooks, context=context)
        assert len(result.interruptions) == 1
        governor.vote(True)
        await hooks.rollback_run()
        with pytest.raises(Exception) as caught:
            await hooks.resume(agent)
        assert getattr(caught.value, "code", None) == "not_paused"
        assert context == {"count": 0, "seats": []}

    asyncio.run(main())
