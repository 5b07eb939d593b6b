"""The work that every host does: `await work(name)` runs an agent, on the store that all share.

Its tool notes `name` in a file beside the store, so that the log can be held against what has run.
Where WORK_MEETING names a port, the first work of a process waits there in mid-tool for the others.
What WORK_FIRST names is worked on as the module is loaded. What WORK_STAYS names stays in mid-tool, until somebody ends it; what WORK_KILLS names kills its
process there.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parents[1] / "agents"))

from agents import Agent, Runner, function_tool, set_tracing_disabled
from scripted import Script, call, message

from intaglio import IntaglioRunHooks

set_tracing_disabled(True)
FOLDER = Path(os.environ["WORK_FOLDER"])
# Made as the module is loaded: where a host forks afterwards, that is before the fork.
hooks = IntaglioRunHooks("worker", store=FOLDER / "store")


def note_body(name: str) -> None:
    with open(FOLDER / "bodies", "a") as bodies:
        bodies.write(f"{name}\n")


@function_tool
async def note(name: str) -> str:
    """Note that this body runs; the process does nothing else while it waits for others."""
    note_body(name)
    if port := os.environ.pop("WORK_MEETING", None):
        with socket.create_connection(("127.0.0.1", int(port))) as meeting:
            meeting.recv(1)
    if name == os.environ.get("WORK_KILLS"):
        os.kill(os.getpid(), signal.SIGKILL)
    if name == os.environ.get("WORK_STAYS"):
        print("staying", flush=True)
        # A kernel sees that it was interrupted at its loop's next event, and not before.
        while True:
            await asyncio.sleep(0.01)
    return "noted"


def desk(name: str) -> Agent[Any]:
    model = Script([call("note", {"name": name})], [message(f"Noted {name}.")])
    return Agent(name="desk", model=model, tools=[note])


async def work(name: str) -> str:
    return str((await Runner.run(desk(name), "Note it.", hooks=hooks)).final_output)


def work_sync(name: str) -> str:
    return str(Runner.run_sync(desk(name), "Note it.", hooks=hooks).final_output)


async def service(scope: Any, receive: Any, send: Any) -> None:
    """An ASGI application: GET /name."""
    if scope["type"] != "http":
        return
    answer = f"{await work(scope['path'].removeprefix('/'))} {os.getpid()}"
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": answer.encode()})


def application(environ: Any, start_response: Any) -> list[bytes]:
    """A WSGI application: GET /name."""
    answer = f"{work_sync(environ['PATH_INFO'].removeprefix('/'))} {os.getpid()}"
    start_response("200 OK", [])
    return [answer.encode()]


if first := os.environ.pop("WORK_FIRST", None):
    work_sync(first)

if __name__ == "__main__":
    for argument in sys.argv[1:]:
        print(asyncio.run(work(argument)))
