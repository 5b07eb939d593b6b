"""What the log says against what the test saw happen: nothing missed, nothing invented, and the
chain verifies.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import scripted

from intaglio import LogReader, verify
from intaglio.openai_agents.current import current
from intaglio.openai_agents.tools import function

# What the engine adds by itself: states, stored items, and what became of reviews and of unused
# permits.
_DERIVED = {
    "approval.decided", "approval.expired", "approval.granted", "approval.refused",
    "approval.rejected", "approval.requested", "approval.voided", "checkpoint.created",
    "mission.changed", "model.item", "policy.loaded", "rollback.begun", "rollback.done",
    "rollback.failed", "run.orphaned", "tool.abandoned", "tool.orphaned", "tool.withheld",
}  # fmt: skip
# By the request, what is recorded; and for `tools.decide` so much for each call.
_RECORDED = {
    "run.fail": "run.failed", "run.pause": "run.paused", "run.resume": "run.resumed",
    "memory.remember": "memory.remembered", "memory.forget": "memory.forgotten",
}  # fmt: skip
_SILENT = {
    "checkpoint.latest", "checkpoint.start", "checkpoints", "governor.status", "memory.recall",
    "review.vote",
    "review.wait", "rollback.begin", "rollback.failed", "rollback.finish", "rollback.preview",
    "run.paused", "state.change", "state.read", "tickets", "tools.withhold",
}  # fmt: skip


@dataclass
class Witness:
    """Sees bodies run and models answer, without the adapter."""

    bodies: list[tuple[str, str]] = field(default_factory=list)
    model_calls: int = 0

    def install(self, patch: pytest.MonkeyPatch) -> None:
        invoke, answer = function.invoke_function_tool, scripted.Script._next
        over_http = scripted.ScriptedModel.answer

        async def invoked(*, function_tool: Any, context: Any, arguments: str) -> Any:
            self.bodies.append((function_tool.name, arguments))
            return await invoke(function_tool=function_tool, context=context, arguments=arguments)

        def answered(script: Any, input: Any, tools: Any) -> Any:
            self.model_calls += current.get() is not None
            return answer(script, input, tools)

        def answered_over_http(script: Any, body: Any) -> Any:
            self.model_calls += 1
            return over_http(script, body)

        patch.setattr(scripted.ScriptedModel, "answer", answered_over_http)
        patch.setattr(function, "invoke_function_tool", invoked)
        patch.setattr(scripted.Script, "_next", answered)


def events_of(store: Path) -> list[tuple[str, dict[str, Any]]]:
    """The events of all logs of a store, each with the stream that it is in."""
    return [event for log in sorted(store.iterdir()) for event in events_of_log(log)]


def events_of_log(log: Path) -> list[tuple[str, dict[str, Any]]]:
    """The events of one log, each with the stream that it is in."""
    events = []
    with LogReader.open(log) as reader:
        names = {stream.number: stream.name for stream in reader.streams}
        for record in reader:
            if record.kind >= 512 and record.payload.startswith(b"{"):
                events.append((names[record.stream], json.loads(record.payload)))
    return events


def check(store: Path, requests: list[tuple[str, dict[str, Any]]], seen: Witness) -> None:
    """Compare all that there is."""
    for log in sorted(store.iterdir()):
        report = verify(log)
        assert report.is_faultless, report
    events = events_of(store)
    recorded: Counter[tuple[str, str]] = Counter(
        (stream, event["event"])
        for stream, event in events
        if event["event"] not in _DERIVED and event.get("error.type") != "mission.rolled_back"
    )
    assert recorded == _expected(requests)
    assert _bodies(events) == Counter(seen.bodies)
    # A guardrail that runs beside the model may end the run before the model is asked.
    kinds = Counter((event["event"], event.get("error.type")) for _, event in events)
    unasked = kinds["model.request", None] - seen.model_calls
    assert 0 <= unasked <= kinds["model.failed", "cancelled"]


def _expected(requests: list[tuple[str, dict[str, Any]]]) -> Counter[tuple[str, str]]:
    expected: Counter[tuple[str, str]] = Counter()
    for do, members in requests:
        if do in _SILENT or members.get("used") is False:
            continue
        stream = f"run/{members.get('run')}"
        if do == "tools.decide":
            for name in ("tool.request", "policy.decision"):
                expected[stream, name] += len(members["calls"])
        else:
            expected["governor" if do == "audit.gap" else stream, _RECORDED.get(do, do)] += 1
    return expected


def _bodies(events: list[tuple[str, dict[str, Any]]]) -> Counter[tuple[str, str]]:
    """The function tools that the log says have started, with their arguments."""
    asked: dict[tuple[str, int], tuple[str, str]] = {}
    started: Counter[tuple[str, int]] = Counter()
    for stream, event in events:
        call = (stream, event.get("intaglio.call", -1))
        if event["event"] == "tool.request":
            asked[call] = (event["gen_ai.tool.name"], event["gen_ai.tool.call.arguments"])
        elif event["event"] == "tool.start":
            started[call] += 1
        elif event["event"] == "tool.abandoned":
            # Also of what was cancelled while its start was recorded: its body did not run.
            started.pop(call, None)
    bodies: Counter[tuple[str, str]] = Counter()
    for call, count in started.items():
        bodies[asked[call]] += count
    return Counter({body: count for body, count in bodies.items() if body[0] not in _OTHERS})


# What runs in another way than as a function tool: the witness does not see it.
_OTHERS = {"note", "shell", "local_shell", "apply_patch", "computer", "find"}
