"""Processes that fork: an error, or the store opened again; never a hang."""

from pathlib import Path

import pytest

from programs import run_program

OPEN = """
    import asyncio, os, sys
    from intaglio import IntaglioError, Log
    from intaglio._governor import GovernorClient
    path = sys.argv[1]
"""


def test_a_forked_child_opens_the_governors_store_again(store: Path) -> None:
    printed = run_program(
        OPEN
        + """
    governor = GovernorClient.shared(path, {})
    asyncio.run(governor.call("run.start", agent="parent"))
    parents = governor.call_sync("governor.status")["log_path"]
    child = os.fork()
    if child == 0:
        assert asyncio.run(governor.call("run.start", agent="child"))["run"]
        assert governor.call_sync("governor.status")["log_path"] != parents
        governor.close()
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert governor.call_sync("governor.status")["log_path"] == parents
    asyncio.run(governor.call("run.start", agent="parent"))
    print("done")
    """,
        store,
    )
    assert printed == "done\n"
    assert {folder.name for folder in store.iterdir() if folder.name.isdigit()} == {
        "0",
        "1",
    }


def test_a_forked_childs_ordinary_exit_leaves_the_parents_log_alone(
    store: Path,
) -> None:
    assert "done" in run_program(
        OPEN
        + """
    governor = GovernorClient.shared(path, {})
    asyncio.run(governor.call("run.start", agent="parent"))
    log = Log.open(path + "-log", create=True)
    child = os.fork()
    if child == 0:
        sys.exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    governor.call_sync("run.start", agent="parent")
    log.append("more", "run").wait()
    print("done")
    """,
        store,
    )


def test_a_log_of_the_parents_is_an_error_in_the_child(path: Path) -> None:
    assert "done" in run_program(
        OPEN
        + """
    log = Log.open(path, create=True)
    receipt = log.append("before", "run")
    def is_refused(what):
        try:
            what()
        except IntaglioError as error:
            return error.code == "forked"
        return False
    child = os.fork()
    if child == 0:
        for what in (
            lambda: log.append("in the child", "run"), receipt.wait, log.synchronize,
            lambda: asyncio.run(receipt.durable()), lambda: next(iter(log)), lambda: log.head,
            lambda: log.state.get("memory", "city"), lambda: log.checkpoint("here"),
        ):
            assert is_refused(what)
        log.close()
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    log.append("after", "run").wait()
    log.close()
    print("done")
    """,
        path,
    )


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_workers_of_multiprocessing_each_write_a_log_of_their_own(
    store: Path, tmp_path: Path, method: str
) -> None:
    program = tmp_path / "workers.py"
    program.write_text(
        f"""
import asyncio, multiprocessing, sys
from intaglio._governor import GovernorClient

def work(number):
    governor = GovernorClient.shared(sys.argv[1], {{}})
    for _ in range(5):
        run = asyncio.run(governor.call("run.start", agent=f"worker-{{number}}"))["run"]
        governor.call_sync("run.end", run=run)
    return governor.call_sync("governor.status")["log_path"]

if __name__ == "__main__":
    GovernorClient.shared(sys.argv[1], {{}}).call_sync("run.start", agent="parent")
    with multiprocessing.get_context("{method}").Pool(2) as pool:
        paths = pool.map(work, range(8), chunksize=1)
        pool.close()
        pool.join()
    print(len(paths))
"""
    )
    assert run_program(
        f"import runpy; runpy.run_path({str(program)!r}, run_name='__main__')", store
    )


def test_forks_while_other_threads_ask_never_hang(store: Path) -> None:
    assert "done" in run_program(
        OPEN
        + """
    import threading
    governor = GovernorClient.shared(path, {})
    over = threading.Event()
    def ask():
        while not over.is_set():
            asyncio.run(governor.call("governor.status"))
    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads: thread.start()
    for _ in range(10):
        child = os.fork()
        if child == 0:
            assert asyncio.run(governor.call("run.start", agent="child"))["run"]
            governor.close()
            os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    over.set()
    for thread in threads: thread.join()
    print("done")
    """,
        store,
    )
