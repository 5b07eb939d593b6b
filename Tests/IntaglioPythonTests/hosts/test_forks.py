"""Forks and pools in mid-run, and daemons: a log of their own or an error, and never a hang."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from folders import GUARD_SECONDS, HERE, Folder, Meeting
from records import events_of_log

POOL = {f"pool-{number}": "ended" for number in range(6)}


def start(folder: Folder, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    # That threads and forks do not go together is what is tested.
    options = ["-W", "ignore:This process:DeprecationWarning"]
    return subprocess.Popen(
        [sys.executable, *options, *arguments], env=folder.environment(**environment),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def ended(process: subprocess.Popen[str]) -> tuple[list[str], str]:
    """What a program and all its children print, when all have ended."""
    output, errors = process.communicate("\n", timeout=GUARD_SECONDS)
    assert process.returncode == 0, errors
    return output.splitlines(), errors


def forks(folder: Folder, *arguments: str) -> list[str]:
    """What such a program prints; it has nothing to complain of."""
    lines, errors = ended(start(folder, str(HERE / "forks.py"), *arguments))
    assert errors == ""
    return lines


def starts(folder: Folder, log: str) -> list[dict[str, Any]]:
    """The records of the beginnings of runs, in a log of the folder's store."""
    events = (event for _, event in events_of_log(folder.store / log))
    return [event for event in events if event["event"] == "run.start"]


def test_children_of_a_live_run_work_in_a_log_of_their_own(folder: Folder) -> None:
    assert forks(folder, "forks") == [
        "forked", "child 0", "Noted child-1.", "child 0", "Noted child-2.", "child 0",
        "Noted child-3.", "child 0", "Done.",
    ]  # fmt: skip
    # The last one was given no hooks: what is beneath a tool is governed all the same.
    children = {"child-1": "ended", "child-2": "ended", "child-3": "ended"}
    assert folder.check() == {"0": {"parent": "ended"}, "1": children}
    # What the parent's run has read the child's log does not know: it is taken for untrusted.
    [parent] = starts(folder, "0")
    assert parent["intaglio.run.id"] != "" and "intaglio.tainted" not in parent
    below = [
        (one["intaglio.parent_run.id"], one["intaglio.tainted"]) for one in starts(folder, "1")
    ]
    assert below == [(parent["intaglio.run.id"], True)] * 3


def test_a_child_that_returns_into_a_live_run_fails_and_the_run_goes_on(folder: Folder) -> None:
    lines, errors = ended(start(folder, str(HERE / "forks.py"), "returns"))
    assert lines == ["Event loop is closed", "child 7", "Done."]
    assert "Event loop is closed" in errors
    assert folder.check() == {"0": {"parent": "ended"}}


def test_children_do_not_take_what_wakes_the_others(folder: Folder) -> None:
    assert forks(folder, "shares") == ["Noted parent.", "child 0", "child 0"]
    names = [[f"{child}-{number}" for number in range(20)] for child in ("a", "b")]
    found = folder.check()
    assert found.pop("0") == {"parent": "ended"}
    assert sorted(map(list, found.values())) == names


@pytest.mark.parametrize("method", ["fork", "forkserver", "spawn"])
def test_a_pool_works_while_the_run_that_asked_for_it_is_live(folder: Folder, method: str) -> None:
    assert forks(folder, "pools", method) == [*(f"Noted {name}." for name in POOL), "Done."]
    found = folder.check()
    assert found.pop("0") == {"parent": "ended"}
    assert {name: end for log in found.values() for name, end in log.items()} == POOL


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_daemon_that_ends_with_its_parent_leaves_a_log_that_goes_on(
    folder: Folder, method: str
) -> None:
    with Meeting() as meeting:
        here = {"WORK_MEETING": meeting.port}
        program = start(folder, str(HERE / "forks.py"), "leaves", method, **here)
        meeting.wait_for(1)
        assert ended(program) == ([], "")
        # At the same time, so that they need both logs.
        nexts = [start(folder, "-m", "work", name, **here) for name in ("next-1", "next-2")]
        meeting.wait_for(2)
        meeting.let_go()
        for program in nexts:
            ended(program)
    found = folder.check()
    assert list(found) == ["0", "1"]
    ends = {name: end for log in found.values() for name, end in log.items()}
    assert ends == {"daemon": "orphaned", "next-1": "ended", "next-2": "ended"}


def test_a_program_that_becomes_a_daemon_works_on(folder: Folder) -> None:
    assert forks(folder, "becomes_a_daemon") == ["Noted parent.", "Noted daemon."]
    # In its parent's log, if that has ended by then.
    ends = [each for log in folder.check().values() for each in log.items()]
    assert ends == [("parent", "ended"), ("daemon", "ended")]
