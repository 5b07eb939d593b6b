"""Uvicorn's workers, pytest-xdist's, a notebook and a script, on one store and at the same time."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from folders import GUARD_SECONDS, Folder, Meeting, ask, listening
from notebooks import Notebook
from test_examples import command, runs

TESTS = """
import asyncio
import pytest
from work import work

@pytest.mark.parametrize("number", range(8))
def test_that_works(number):
    assert asyncio.run(work(f"test-{number}")) == f"Noted test-{number}."
"""
NO_LOOP_IN_A_LOOP = (
    "RuntimeError: AgentRunner.run_sync() cannot be called when an event loop is already running."
)
UVICORN = ("uvicorn", "work:service", "--workers", "2", "--log-level", "warning", "--fd", "{}")
CELLS = {
    "from work import asyncio, work, work_sync": "",
    "print(await work('cell-1'))": "Noted cell-1.",
    "print(await work('cell-2'))": "Noted cell-2.",
    "work_sync('cell-3')": NO_LOOP_IN_A_LOOP,
    "print(await asyncio.to_thread(work_sync, 'cell-4'))": "Noted cell-4.",
}


def test_all_work_each_in_a_log_of_its_own_and_verify_together(folder: Folder) -> None:
    (folder.path / "test_work.py").write_text(TESTS)

    def python(*arguments: str) -> str:
        process = subprocess.run(
            [sys.executable, *arguments], cwd=folder.path, env=environment,
            capture_output=True, text=True, timeout=GUARD_SECONDS,
        )  # fmt: skip
        assert process.returncode == 0, process.stdout + process.stderr
        return process.stdout

    def cells() -> list[str]:
        with Notebook(folder, environment) as notebook:
            return [notebook.cell(code) for code in CELLS]

    with Meeting() as meeting, ThreadPoolExecutor() as threads:
        environment = folder.environment(WORK_MEETING=meeting.port)
        with listening(folder, environment, *UVICORN) as url:
            first = threads.submit(ask, f"{url}/request-1")
            # The worker that took it does nothing else: the second goes to the other one.
            meeting.wait_for(1)
            second = threads.submit(ask, f"{url}/request-2")
            meeting.wait_for(1)
            xdist = threads.submit(
                python, "-m", "pytest", "-q", "-n", "2", "-p", "no:cacheprovider"
            )
            notebook = threads.submit(cells)
            script = threads.submit(python, "-m", "work", "script-1", "script-2")
            meeting.wait_for(4)
            # Six are in mid-tool, and none has ended.
            meeting.let_go()
            assert first.result()[0] == "Noted request-1."
            assert second.result()[0] == "Noted request-2."
            assert first.result()[1] != second.result()[1]
            for number in range(3, 7):
                assert ask(f"{url}/request-{number}")[0] == f"Noted request-{number}."
            assert notebook.result() == list(CELLS.values())
            assert script.result() == "Noted script-1.\nNoted script-2.\n"
            assert "8 passed" in xdist.result()
    found = folder.check()
    hosts = sorted("+".join({name.split("-")[0] for name in log}) for log in found.values())
    assert hosts == ["cell", "request", "request", "script", "test", "test"]
    assert {end for log in found.values() for end in log.values()} == {"ended"}
    assert len(runs("store", folder.path)) == 6 + 8 + 3 + 2
    assert command("verify", "store", cwd=folder.path).count("Clean") == 6
