"""What governing a run of the OpenAI Agents SDK costs, against no hooks and against SQLite.

Needs the package `intaglio`, or PYTHONPATH and INTAGLIO_LIBRARY; run it as
`python Benchmarks/Python/overhead.py [TURNS [RUNS]]`. A run is TURNS turns of a scripted model, each with one call of
a tool that does nothing: all that it takes is the SDK's and the recorder's. Every way runs in a process of its own.

- nothing: no hooks.
- governed: IntaglioRunHooks with a policy; a tool runs when its request, decision and start are synced.
- governed, written: the same, written and not synced.
- sqlite: hooks that write the same events as JSON, each committed with `synchronous=FULL`.
- sqlite, starts: the same; committed only before a tool runs and at the end of the run.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2] / "Tests/IntaglioPythonTests/agents"))

from agents import Agent, RunHooks, Runner, function_tool, set_tracing_disabled
from scripted import Script, call, message

set_tracing_disabled(True)
POLICY = {
    "version": 1,
    "default": "deny",
    "rules": [{"id": "acts", "when": {"tool": "act"}, "effect": "allow"}],
}


class SQLiteHooks(RunHooks[Any]):
    """Writes what the SDK tells hooks, as far as it tells it."""

    def __init__(self, folder: Path, note: Callable[[str, float], None], each: bool) -> None:
        self.database = sqlite3.connect(folder / "events.db", isolation_level=None)
        self.database.execute("PRAGMA journal_mode=WAL")
        self.database.execute("PRAGMA synchronous=FULL")
        self.database.execute("CREATE TABLE events (id INTEGER PRIMARY KEY, event TEXT NOT NULL)")
        self.note = note
        self.each = each

    def write(self, name: str, durably: bool = False, **members: Any) -> None:
        """Append an event."""
        began = time.perf_counter()
        if not self.database.in_transaction:
            self.database.execute("BEGIN")
        text = json.dumps({"event": name, **members}, default=str)
        self.database.execute("INSERT INTO events (event) VALUES (?)", (text,))
        if self.each or durably:
            self.database.execute("COMMIT")
        self.note(name, time.perf_counter() - began)

    async def on_agent_start(self, context: Any, agent: Any) -> None:
        self.write("run.start", agent=agent.name)
        self.write("agent.start", agent=agent.name)

    async def on_llm_start(self, context: Any, agent: Any, prompt: Any, items: Any) -> None:
        self.write("model.request", input=items)

    async def on_llm_end(self, context: Any, agent: Any, response: Any) -> None:
        output = [item.model_dump() for item in response.output]
        self.write("model.response", output=output)
        calls = [item for item in output if item["type"] == "function_call"]
        if calls:
            self.write("tools.decide", calls=calls, effect="allow")

    async def on_tool_start(self, context: Any, agent: Any, tool: Any) -> None:
        self.write("tool.start", durably=True, call=context.tool_call_id)

    async def on_tool_end(self, context: Any, agent: Any, tool: Any, result: Any) -> None:
        self.write("tool.end", call=context.tool_call_id, result=result)

    async def on_agent_end(self, context: Any, agent: Any, output: Any) -> None:
        self.write("agent.end", output=output)
        self.write("run.end", durably=True, output=output)


@function_tool
async def act(number: int) -> str:
    """Do nothing."""
    return f"done {number}"


def hooks_of(way: str, folder: Path, note: Callable[[str, float], None]) -> Any:
    """The hooks of a way to record; their events are noted with what each takes."""
    if way == "nothing":
        return None
    if way.startswith("sqlite"):
        return SQLiteHooks(folder, note, each=way == "sqlite")
    from intaglio._governor import GovernorClient
    from intaglio.openai_agents import IntaglioRunHooks

    call, post = GovernorClient.call, GovernorClient.post

    async def called(client: GovernorClient, do: str, **members: Any) -> Any:
        began = time.perf_counter()
        answer = await call(client, do, **members)
        note(do, time.perf_counter() - began)
        return answer

    def posted(client: GovernorClient, do: str, **members: Any) -> Any:
        began = time.perf_counter()
        answer = post(client, do, **members)
        if do in _TOLD:
            note(do, time.perf_counter() - began)
        return answer

    GovernorClient.call = called  # type: ignore[method-assign]
    GovernorClient.post = posted  # type: ignore[method-assign]
    durability: Any = "written" if way.endswith("written") else "synced"
    return IntaglioRunHooks("bench", store=folder / "store", policy=POLICY, durability=durability)


async def measure(way: str, turns: int, runs: int) -> dict[str, Any]:
    """Time runs of one way, after one that warms it up."""
    taken: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory(dir=".") as folder:
        hooks = hooks_of(way, Path(folder), lambda do, time: taken.setdefault(do, []).append(time))
        walls = []
        for _ in range(runs + 1):
            calls = [[call("act", {"number": number})] for number in range(turns)]
            agent = Agent(name="a", model=Script(*calls, [message("Done.")]), tools=[act])
            began = time.perf_counter()
            await Runner.run(agent, "Go", hooks=hooks, max_turns=turns + 2)
            walls.append(time.perf_counter() - began)
    return {"walls": walls[1:], "taken": taken}


# Of these nobody waits for the answer.
_TOLD = {"agent.start", "agent.end", "model.response", "tool.end"}
WAYS = ["nothing", "governed", "governed, written", "sqlite", "sqlite, starts"]


def main() -> None:
    """Run every way in a process of its own, and print a table."""
    if len(sys.argv) > 3:
        print(json.dumps(asyncio.run(measure(sys.argv[3], int(sys.argv[1]), int(sys.argv[2])))))
        return
    turns = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    runs = int(sys.argv[2]) if len(sys.argv) > 2 else 20
    print(f"{runs} runs of {turns} turns; microseconds, median and 99 of 100\n")
    print(f"{'':20} {'a turn':>10} {'an event':>18} {'before a tool':>18}")
    details = {}
    for way in WAYS:
        arguments = [sys.executable, __file__, str(turns), str(runs), way]
        answer = subprocess.run(arguments, check=True, capture_output=True, text=True).stdout
        found = json.loads(answer)
        details[way] = found["taken"]
        turn = statistics.median(found["walls"]) / (turns + 1) * 1e6
        every = [time for times in found["taken"].values() for time in times]
        print(f"{way:20} {turn:10.0f} {_row(every)} {_row(found['taken'].get('tool.start', []))}")
    print("\ngoverned, by event")
    for do, times in details["governed"].items():
        print(f"{do:20} {'':10} {_row(times)}")


def _row(times: list[float]) -> str:
    if len(times) < 2:
        return f"{'':18}"
    cuts = statistics.quantiles(times, n=100)
    return f"{cuts[49] * 1e6:8.0f} {cuts[98] * 1e6:9.0f}"


if __name__ == "__main__":
    main()
