"""Gunicorn's workers, forked from a process that has loaded the program and its hooks."""

from __future__ import annotations

import itertools

import pytest
from folders import Folder, ask, listening

GUNICORN = (
    "gunicorn", "work:application", "--preload", "--workers", "2", "--no-control-socket",
    "--log-level", "error", "--bind", "fd://{}",
)  # fmt: skip


def test_workers_forked_from_one_program_work_are_killed_and_are_replaced(folder: Folder) -> None:
    # The program has worked before the forks, with the loop that all would have of it.
    environment = folder.environment(WORK_FIRST="first", WORK_KILLS="killer")
    with listening(folder, environment, *GUNICORN) as url:
        names = (str(number) for number in itertools.count())

        def two_that_answer() -> set[int]:
            workers: set[int] = set()
            while len(workers) < 2:
                name = next(names)
                text, worker = ask(f"{url}/{name}")
                assert text == f"Noted {name}."
                workers.add(worker)
            return workers

        before = two_that_answer()
        with pytest.raises(OSError, match="without response"):
            ask(f"{url}/killer")
        assert len(two_that_answer() - before) == 1
    found = folder.check()
    assert list(found) == ["0", "1", "2"]
    assert found.pop("0") == {"first": "ended"}
    others = {name: end for log in found.values() for name, end in log.items()}
    assert others.pop("killer") == "orphaned"
    assert len(others) == int(next(names)) and set(others.values()) == {"ended"}
