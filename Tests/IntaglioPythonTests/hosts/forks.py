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
    """A child of a live run works in a loop of its own, while the parent's is held."""
    print(in_mid_tool(lambda: print(child(lambda: asyncio.run(work.work("child"))))))


def forks_sync() -> None:
    print(in_mid_tool(lambda: print(child(lambda: work.work_sync("child")))))


def returns() -> None:
    """A child of a live run goes on with the parent's own run."""
    parent = os.getpid()

    def body() -> str:
        process = os.fork()
        if process:
            print("child", os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), flush=True)
        return "forked"

    try:
        print(in_mid_tool(body))
    except BaseException as error:
        print(type(error).__name__, error, flush=True)
    if os.getpid() != parent:
        os._exit(7)


def pools(method: str) -> None:
    """Workers of a pool work while the run that asked for them is live."""

    async def body() -> None:
        loop, context = asyncio.get_running_loop(), multiprocessing.get_context(method)
        with ProcessPoolExecutor(2, mp_context=context) as pool:
            names = [f"pool-{number}" for number in range(6)]
            work_ = [loop.run_in_executor(pool, work.work_sync, name) for name in names]
            print(*await asyncio.gather(*work_))

    print(in_mid_tool(body))


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
