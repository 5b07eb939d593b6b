"""What a run did to its context, its session and its mission is taken back, as one."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from agents import (
    Agent,
    MaxTurnsExceeded,
    RunContextWrapper,
    Runner,
    SQLiteSession,
    function_tool,
)
from pydantic import BaseModel
from records import events_of
from scripted import Script, call, message
from watched import Watched, rules

from intaglio import IntaglioError

DONE = [message("Booked.")]


@function_tool
def book(context: RunContextWrapper[Any], seat: str) -> str:
    """Book a seat."""
    if isinstance(context.context, dict):
        context.context["seats"].append(seat)
        context.context["count"] += 1
    elif context.context is not None:
        context.context.seats.append(seat)
        context.context.count += 1
    return "booked"


def desk(*seats: str) -> Agent[Any]:
    turns = [[call("book", {"seat": seat})] for seat in seats]
    return Agent(name="desk", model=Script(*turns, [message("Booked.")]), tools=[book])


@dataclass
class Trip:
    count: int = 0
    seats: list[str] = field(default_factory=list)


class Plan(BaseModel):
    count: int = 0
    seats: list[str] = []


def texts(items: list[Any]) -> list[str]:
    return [item.get("role") or item.get("type") for item in items]


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


def test_what_runs_beneath_a_tool_is_taken_back_with_the_mission(governor: Watched) -> None:
    async def main() -> None:
        hooks, context = governor.hooks(mission_id="m"), {"count": 0, "seats": []}
        session = SQLiteSession("s1")
        inner = Agent(name="inner", model=Script([message("Hello.")]))

        @function_tool
        async def ask(wrapper: RunContextWrapper[Any]) -> str:
            wrapper.context["count"] += 1
            await Runner.run(inner, "Hello", context={"of": "its own"})
            wrapper.context["count"] += 1
            return "asked"

        agent = Agent(name="outer", model=Script(DONE, [call("ask", "{}")], DONE), tools=[ask])
        await Runner.run(agent, "First", hooks=hooks, context=context, session=session)
        before = await session.get_items()
        await Runner.run(agent, "Second", hooks=hooks, context=context, session=session)
        beneath = {
            members["intaglio.checkpoint"]
            for stream, members in events_of(governor.store)
            if members["event"] == "checkpoint.created" and stream == f"run/{governor.runs[2]}"
        }
        assert beneath
        for checkpoint in beneath:
            await hooks.rollback(checkpoint, force=True)
            assert context == {"count": 1, "seats": []}
            assert (await session.get_items())[: len(before)] == before
            assert texts(await session.get_items())[len(before) :] in (
                [],
                ["user"],
                ["user", "function_call"],
            )

    asyncio.run(main())


def test_what_a_failed_run_has_left_is_not_taken_for_the_work_of_others(
    governor: Watched,
) -> None:
    async def main() -> None:
        hooks, session = governor.hooks(), SQLiteSession("s1")
        agent = desk("1A", "2A", "3A")
        with pytest.raises(MaxTurnsExceeded):
            await Runner.run(agent, "Go", hooks=hooks, session=session, max_turns=2)
        assert await session.get_items()
        await hooks.rollback_run()
        assert await session.get_items() == []

    asyncio.run(main())


def test_a_session_that_fails_does_not_hide_why_the_run_did(governor: Watched) -> None:
    class Failing(SQLiteSession):
        async def add_items(self, items: list[Any]) -> None:
            raise OSError("the disk of the session is gone")

        get_items_fails = False

        async def get_items(self, limit: int | None = None) -> list[Any]:
            if self.get_items_fails:
                raise OSError("the disk of the session is gone")
            self.get_items_fails = len(governor.runs) > 0
            return await super().get_items(limit)

    async def main() -> None:
        hooks = governor.hooks()
        with pytest.raises(OSError, match="disk of the session"):
            await Runner.run(desk(), "Go", hooks=hooks, session=Failing("s1"))
        assert governor.names()[-1] == "run.fail"

    asyncio.run(main())


def test_synchronous_calls_share_the_loop_of_synchronous_runs(governor: Watched) -> None:
    loops = set()

    class Bound(SQLiteSession):
        async def get_items(self, limit: int | None = None) -> list[Any]:
            loops.add(asyncio.get_running_loop())
            return await super().get_items(limit)

    hooks, session = governor.hooks(), Bound("s1")
    for seat in ("1A", "2A"):
        Runner.run_sync(desk(seat), "Go", hooks=hooks, session=session)
        assert hooks.rollback_to_latest_sync() is not None
    assert len(loops) == 1


def test_a_synchronous_call_in_a_loop_says_what_to_use(governor: Watched) -> None:
    async def main() -> None:
        hooks = governor.hooks(mission_id="m")
        calls = {
            "checkpoints": hooks.checkpoints_sync,
            "preview": lambda: hooks.preview_sync(1),
            "rollback": lambda: hooks.rollback_sync(1),
            "rollback_to_latest": hooks.rollback_to_latest_sync,
            "rollback_run": hooks.rollback_run_sync,
        }
        for name, one in calls.items():
            with pytest.raises(IntaglioError, match=rf"await hooks\.{name}\(") as caught:
                one()
            assert caught.value.code == "invalid"

    asyncio.run(main())


def test_a_program_that_changes_its_folder_keeps_its_store(
    governor: Watched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    governor.store = Path("store")
    hooks = governor.hooks(mission_id="m")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    Runner.run_sync(desk("1A"), "Go", hooks=hooks, context={"count": 0, "seats": []})
    assert hooks.rollback_run_sync().calls
    assert not list((tmp_path / "elsewhere").iterdir())
    governor.store = tmp_path / "store"


def test_hooks_open_a_closed_store_again(governor: Watched) -> None:
    hooks = governor.hooks(mission_id="m")
    Runner.run_sync(desk("1A"), "Go", hooks=hooks, context={"count": 0, "seats": []})
    client = hooks.client
    assert hooks.client is client
    client.close()
    assert [one.label for one in hooks.checkpoints_sync()][-1] == "run.start"
    governor.clients.append(hooks.client)
