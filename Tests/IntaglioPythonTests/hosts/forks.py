"""Programs that fork or start processes, in a loop and with a run that is live: `forks.py NAME`."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import work
from agents import Agent, Runner, function_tool
from scripted import Script, call, message

from intaglio.openai_agents import RunAborted, permits


def in_mid_tool(body: Callable[[], Any]) -> str:
    """Run an agent whose tool does `body` in its loop, while its run is live."""

    @function_tool
    async def note(name: str) -> str:
        work.note_body(name)
        result = body()
        return str(await result if asyncio.iscoroutine(result) else result)

    script = Script([call("note", {"name": "parent"})], [message("Done.")])
    agent = Agent(name="desk", model=script, tools=[note])
    return str(asyncio.run(Runner.run(agent, "Go", hooks=work.hooks)).final_output)


def child(body: Callable[[], Any]) -> str:
    """Do `body` in a forked child that ends thereafter as multiprocessing's do; how it ended."""
    process = os.fork()
    if process == 0:
        body()
        os._exit(0)
    return f"child {os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])}"


def forks() -> None:
    """Children of a live run work in loops of their own, while the parent's is held."""

    def is_parents() -> None:
        try:
            permits.current.get().check()
        except RunAborted as error:
            print(error.code, flush=True)

    def without_hooks() -> None:
        print(Runner.run_sync(work.desk("child-3"), "Note it.").final_output, flush=True)

    def body() -> None:
        print(child(is_parents))
        print(child(lambda: print(asyncio.run(work.work("child-1")), flush=True)))
        print(child(lambda: print(work.work_sync("child-2"), flush=True)))
        print(child(without_hooks))

    print(in_mid_tool(body))


def returns() -> None:
    """A child of a live run returns into the parent's run, and so into its loop."""
    parent = os.getpid()

    def body() -> None:
        if (process := os.fork()) != 0:
            print("child", os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), flush=True)

    try:
        print(in_mid_tool(body))
    except RuntimeError as error:
        assert os.getpid() != parent
        print(error, flush=True)
        sys.exit(7)


def shares() -> None:
    """Two children work at the same time, after their parent has and with what it has."""
    print(work.work_sync("parent"), flush=True)
    children = []
    for name in ("a", "b"):
        if (process := os.fork()) == 0:
            for number in range(20):
                work.work_sync(f"{name}-{number}")
            os._exit(0)
        children.append(process)
    for process in children:
        print("child", os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), flush=True)


def pools(method: str) -> None:
    """Workers of a pool work while the run that asked for them is live."""

    async def body() -> None:
        loop, context = asyncio.get_running_loop(), multiprocessing.get_context(method)
        with ProcessPoolExecutor(2, mp_context=context) as pool:
            names = [f"pool-{number}" for number in range(6)]
            done = [loop.run_in_executor(pool, work.work_sync, name) for name in names]
            print(*await asyncio.gather(*done), sep="\n")

    print(in_mid_tool(body))


def leaves(method: str) -> None:
    """A daemon of multiprocessing's is in mid-tool when its parent ends."""
    context = multiprocessing.get_context(method)
    context.Process(target=work.work_sync, args=["daemon"], daemon=True).start()
    sys.stdin.readline()


def becomes_a_daemon() -> None:
    """Works, becomes a daemon as of old, and works on."""
    print(work.work_sync("parent"), flush=True)
    if os.fork():
        os._exit(0)
    os.setsid()
    if os.fork():
        os._exit(0)
    print(work.work_sync("daemon"), flush=True)


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
