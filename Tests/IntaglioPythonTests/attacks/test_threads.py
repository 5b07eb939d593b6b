"""A run that begins in another thread beneath a governed tool is a governed child; a stranger's is not.

What may be either is not governed, and the log has a gap.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from multiprocessing.pool import ThreadPool
from typing import Any

import pytest
from agents import Agent, Runner, function_tool
from scripted import Script, call, message
from watched import Watched, rules

DONE = [message("Done.")]
# A guard against hangs, never a measure.
GUARD_SECONDS = 30


class Background:
    """An agent that runs somewhere, and what its tool has done."""

    def __init__(self) -> None:
        self.ran: list[str] = []
        self.outputs: list[str] = []

    def run(self) -> None:
        """Run it where this is called."""
        self.outputs.append(Runner.run_sync(self._agent(), "Go").final_output)

    def stream(self) -> None:
        """As `run`, streamed."""

        async def main() -> None:
            streamed = Runner.run_streamed(self._agent(), "Go")
            async for _ in streamed.stream_events():
                pass
            self.outputs.append(streamed.final_output)

        asyncio.run(main())

    def _agent(self) -> Agent[Any]:
        @function_tool
        def act() -> str:
            self.ran.append("x")
            return "acted"

        return Agent(name="background", model=Script([call("act", "{}")], DONE), tools=[act])


def governing(governor: Watched, body: Callable[[], Any]) -> Any:
    """A run whose tool calls `body`, under a policy that denies what the background does."""

    @function_tool
    async def start() -> str:
        result = body()
        if asyncio.iscoroutine(result):
            await result
        return "started"

    governor.policy = rules("allow", {"when": {"tool": "act"}, "effect": "deny"})
    agent = Agent(name="o", model=Script([call("start", "{}")], DONE), tools=[start])
    return Runner.run(agent, "Go", hooks=governor.hooks())


def by_thread(work: Callable[[], None]) -> None:
    _joined(threading.Thread(target=work))


def by_thread_of_a_class(work: Callable[[], None]) -> None:
    class Own(threading.Thread):
        def run(self) -> None:
            work()

    _joined(Own())


def by_timer(work: Callable[[], None]) -> None:
    _joined(threading.Timer(0, work))


def by_thread_of_a_thread(work: Callable[[], None]) -> None:
    by_thread(lambda: by_thread(work))


def by_executor(work: Callable[[], None]) -> None:
    with ThreadPoolExecutor(1) as executor:
        executor.submit(work).result(GUARD_SECONDS)


def by_map(work: Callable[[], None]) -> None:
    with ThreadPoolExecutor(1) as executor:
        assert list(executor.map(lambda _: work(), range(1))) == [None]


async def by_loop(work: Callable[[], None]) -> None:
    await asyncio.get_running_loop().run_in_executor(None, work)


async def by_task_and_executor(work: Callable[[], None]) -> None:
    await asyncio.create_task(by_loop(work))


def _joined(thread: threading.Thread) -> None:
    before = set(vars(thread))
    thread.start()
    thread.join(GUARD_SECONDS)
    assert set(vars(thread)) <= before, "the program's object was changed"


WAYS = [
    by_thread, by_thread_of_a_class, by_timer, by_thread_of_a_thread, by_executor, by_map, by_loop,
    by_task_and_executor,
]  # fmt: skip


@pytest.mark.parametrize("streams", [False, True])
@pytest.mark.parametrize("way", WAYS)
def test_a_run_that_a_tool_begins_in_a_thread_is_a_governed_child(
    governor: Watched, way: Callable[[Callable[[], None]], Any], streams: bool
) -> None:
    behind = Background()
    work = behind.stream if streams else behind.run
    asyncio.run(governing(governor, lambda: way(work)))
    assert behind.outputs == ["Done."] and behind.ran == []
    parent, child = governor.of("run.start")
    assert child["parent"] == parent["run"] and child["agent"] == "background"
    assert "audit.gap" not in governor.names()


def test_a_strangers_task_in_a_thread_that_a_tool_began_is_the_strangers(governor: Watched) -> None:
    behind, stranger = Background(), Background()
    executor = ThreadPoolExecutor(1)

    async def main() -> None:
        # A stranger's, at the same time as the run whose tool has begun the executor's thread.
        loop = asyncio.get_running_loop()
        is_begun, is_done = asyncio.Event(), asyncio.Event()

        async def body() -> None:
            await loop.run_in_executor(executor, behind.run)
            is_begun.set()
            await is_done.wait()

        async def strange() -> None:
            await is_begun.wait()
            await loop.run_in_executor(executor, stranger.run)
            is_done.set()

        await asyncio.gather(governing(governor, body), strange())

    with executor:
        asyncio.run(main())
    assert behind.ran == [] and stranger.ran == ["x"]
    assert len(governor.of("run.start")) == 2 and "audit.gap" not in governor.names()


def test_what_begins_in_a_thread_after_its_run_is_a_gap(governor: Watched) -> None:
    behind, is_over = Background(), threading.Event()

    def late() -> None:
        assert is_over.wait(GUARD_SECONDS)
        behind.run()
        behind.stream()

    thread = threading.Thread(target=late)
    asyncio.run(governing(governor, thread.start))
    is_over.set()
    thread.join(GUARD_SECONDS)
    assert behind.ran == ["x", "x"] and len(governor.of("run.start")) == 1
    gaps = governor.of("audit.gap")
    assert len(gaps) == 2
    assert all(governor.runs[0] in gap["what"] and "background" in gap["what"] for gap in gaps)


def test_what_begins_in_a_pool_of_a_tools_is_a_gap(governor: Watched) -> None:
    behind = Background()

    def body() -> None:
        with ThreadPool(1) as pool:
            pool.apply(behind.run)

    asyncio.run(governing(governor, body))
    assert behind.ran == ["x"] and len(governor.of("audit.gap")) == 1


def test_who_wants_a_thread_for_all_starts_it_in_a_context_of_its_own(governor: Watched) -> None:
    behind = Background()

    def body() -> None:
        thread = threading.Thread(target=behind.run)
        Context().run(thread.start)
        thread.join(GUARD_SECONDS)

    asyncio.run(governing(governor, body))
    assert behind.ran == ["x"] and governor.names().count("run.start") == 1
    assert "audit.gap" not in governor.names()


def test_a_gap_that_cannot_be_recorded_ends_no_strangers_run(
    governor: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    behind, is_over = Background(), threading.Event()

    def late() -> None:
        assert is_over.wait(GUARD_SECONDS)
        behind.run()

    thread = threading.Thread(target=late)
    asyncio.run(governing(governor, thread.start))
    for client in governor.clients:
        client.close()
    is_over.set()
    thread.join(GUARD_SECONDS)
    assert behind.outputs == ["Done."]
    assert "was not governed" in caplog.text and "closed" in caplog.text


def test_what_others_put_before_threads_stays_when_hooks_are_made_again(
    governor: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    governor.hooks()
    seen: list[str] = []
    for name in ("start", "_bootstrap_inner"):

        def noting(
            self: Any, name: str = name, inner: Any = getattr(threading.Thread, name)
        ) -> None:
            seen.append(name)
            inner(self)

        monkeypatch.setattr(threading.Thread, name, noting)
    behind = Background()
    asyncio.run(governing(governor, lambda: by_thread(behind.run)))
    assert {"start", "_bootstrap_inner"} <= set(seen) and behind.ran == []
    assert governor.names().count("run.start") == 2


def test_threads_outside_of_governed_runs_are_as_they_were(governor: Watched) -> None:
    governor.hooks()
    behind = Background()
    by_thread(behind.run)
    by_executor(behind.run)
    assert behind.ran == ["x", "x"] and governor.names() == []
