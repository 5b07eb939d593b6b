"""One store in many processes: pauses and reviews across them, crashes, forks, workers side by
side.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAMS = Path(__file__).with_name("programs.py")


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store"


def start(name: str, store: Path, argument: str = "") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(PROGRAMS), name, str(store), argument],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def program(name: str, store: Path, argument: str = "", code: int = 0) -> str:
    process = start(name, store, argument)
    # Only against hangs.
    output, errors = process.communicate(timeout=120)
    assert process.returncode == code, errors
    return output.strip()


@pytest.mark.parametrize(
    ("answer", "output"),
    [
        ("approve", "refunded 5\nDone. {'customer': 'ann'}"),
        ("reject", "Done. {'customer': 'ann'}"),
    ],
)
def test_a_run_pauses_is_decided_and_goes_on_in_three_processes(
    store: Path, answer: str, output: str
) -> None:
    waits = program("begin", store)
    assert waits.startswith("waits 1 ")
    assert program("decide", store, answer) == f"function:refund open {answer}"
    assert program("resume", store, waits.split()[2]) == output
    assert program("resume", store, waits.split()[2]) == "refused not_paused"


def test_a_run_that_waits_is_found_by_its_ticket(store: Path) -> None:
    program("begin", store)
    program("decide", store, "approve")
    assert program("resume", store) == "refunded 5\nDone. {'customer': 'ann'}"


def test_a_crash_in_mid_tool_leaves_a_store_that_goes_on(store: Path) -> None:
    assert program("crash", store, code=9) == "burning"
    assert program("run", store, "1") == "refunded 1\nended 0"


def test_workers_side_by_side_have_logs_of_their_own(store: Path) -> None:
    workers = [start("run", store, "3") for _ in range(3)]
    outputs = [worker.communicate(timeout=120)[0] for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0, 0]
    assert all(output.count("refunded 1") == 3 for output in outputs)


def test_a_forked_child_governs_its_own_runs(store: Path) -> None:
    lines = program("fork", store).splitlines()
    assert lines.count("refunded 1") == 3
    assert "child 0" in lines
    assert sorted(line for line in lines if line.startswith("ended")) == [
        "ended 0", "ended 0", "ended 1",
    ]  # fmt: skip
