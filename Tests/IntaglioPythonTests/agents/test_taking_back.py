"""Rollbacks as programs call them: with no loop, from elsewhere, after failures, in nested runs."""

from __future__ import annotations

import asyncio
import subprocess
import sys
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
from booking import DONE, desk, texts
from records import events_of
from scripted import Script, call, message
from watched import Watched

from intaglio import IntaglioError


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


ELSEWHERE = """
import sys
from agents import SQLiteSession
from intaglio import IntaglioError, IntaglioRunHooks

hooks = IntaglioRunHooks("other", store=sys.argv[1], mission_id="m")
context, session = {"count": 9}, SQLiteSession("s1", sys.argv[2])
for given in ({}, {"context": context}, {"context": context, "session": session}):
    try:
        start = hooks.checkpoints_sync()[-1]
        hooks.rollback_sync(start, **given)
    except IntaglioError as error:
        print(error.code, str(error).split()[-1])
print(context)
"""


def test_another_process_takes_back_what_it_is_given(governor: Watched, tmp_path: Path) -> None:
    hooks, path = governor.hooks(mission_id="m"), tmp_path / "session"
    context, session = {"count": 0, "seats": []}, SQLiteSession("s1", path)
    Runner.run_sync(desk("1A"), "Go", hooks=hooks, context=context, session=session)
    hooks.client.close()
    arguments = [sys.executable, "-c", ELSEWHERE, str(governor.store), str(path)]
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.splitlines() == [
        "not_restorable `context`",
        "not_restorable `session`",
        "{'count': 0, 'seats': []}",
    ]
    assert asyncio.run(session.get_items()) == []
