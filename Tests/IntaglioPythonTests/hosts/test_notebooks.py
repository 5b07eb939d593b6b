"""A notebook goes on after a cell was interrupted, and its store after the kernel was killed."""

from __future__ import annotations

from folders import Folder
from notebooks import Notebook

BEGIN = "from work import asyncio, hooks, work"


def test_an_interrupted_cell_is_on_record_and_the_next_one_works(folder: Folder) -> None:
    with Notebook(folder, folder.environment(WORK_STAYS="cell-2")) as notebook:
        notebook.cell(BEGIN)
        assert notebook.cell("print(await work('cell-1'))") == "Noted cell-1."
        interrupted = notebook.cell("print(await work('cell-2'))", interrupt_at="staying")
        assert interrupted == "CancelledError: "
        assert notebook.cell("print(await work('cell-3'))") == "Noted cell-3."
    assert folder.check() == {"0": {"cell-1": "ended", "cell-2": "failed", "cell-3": "ended"}}


def test_a_killed_kernel_leaves_its_log_to_the_next_one(folder: Folder) -> None:
    with Notebook(folder, folder.environment(WORK_STAYS="cell-2")) as notebook:
        notebook.cell(BEGIN)
        assert notebook.cell("print(await work('cell-1'))") == "Noted cell-1."
        notebook.restart("print(await work('cell-2'))", at="staying")
        notebook.cell(BEGIN)
        assert notebook.cell("print(await work('cell-3'))") == "Noted cell-3."
    assert folder.check() == {"0": {"cell-1": "ended", "cell-2": "orphaned", "cell-3": "ended"}}


def test_what_would_start_a_loop_in_a_cell_says_what_to_write_instead(folder: Folder) -> None:
    with Notebook(folder, folder.environment()) as notebook:
        notebook.cell(BEGIN)
        notebook.cell("await work('cell-1')")
        for name in ("rollback_to_latest", "rollback_run", "checkpoints"):
            said = notebook.cell(f"hooks.{name}_sync()")
            assert said == (
                f"IntaglioError: an event loop runs here, as in a notebook: "
                f"write `await hooks.{name}(...)` instead of {name}_sync"
            )
        assert notebook.cell("print(len(await hooks.checkpoints()) > 0)") == "True"
    assert folder.check() == {"0": {"cell-1": "ended"}}
