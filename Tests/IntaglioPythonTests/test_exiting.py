"""The interpreter's end with something open: nothing acknowledged is lost, and nothing hangs."""

from pathlib import Path

import pytest

import intaglio
from programs import run_program

LOG = """
    import asyncio, atexit, sys, threading
    import intaglio
    log = intaglio.Log.open(sys.argv[1], create=True)
"""


def texts(path: Path) -> list[str]:
    """What was appended to the stream `run`, from a log that verifies."""
    report = intaglio.verify(path)
    assert report.is_faultless, report.findings
    with intaglio.LogReader.open(path) as reader:
        return [record.text for record in reader.records("run")]


def test_a_log_that_nobody_closed_keeps_what_was_appended(path: Path) -> None:
    run_program(LOG + "    for n in range(1000): log.append(str(n), 'run')", path)
    assert texts(path) == [str(n) for n in range(1000)]


def test_a_log_is_open_until_exit_handlers_and_threads_are_done(path: Path) -> None:
    run_program(
        LOG
        + """
    atexit.register(lambda: log.append("at exit", "run"))
    def work():
        threading.main_thread().join()
        log.append("in a thread", "run")
    threading.Thread(target=work).start()
    """,
        path,
    )
    assert texts(path) == ["in a thread", "at exit"]


def test_daemons_that_append_and_wait_do_not_keep_the_exit(path: Path) -> None:
    printed = run_program(
        LOG
        + """
    appended = threading.Event()
    def work():
        n = 0
        while True:
            log.append(str(n), "run").wait()
            print(n, flush=True)
            n += 1
            if n == 20: appended.set()
    def follow():
        for _ in log.follow(): pass
    threading.Thread(target=work, daemon=True).start()
    threading.Thread(target=follow, daemon=True).start()
    appended.wait()
    """,
        path,
        expecting=None,
    )
    acknowledged = [line for line in printed.splitlines() if line.isdigit()]
    assert len(acknowledged) >= 20
    assert texts(path)[: len(acknowledged)] == acknowledged


@pytest.mark.parametrize("end", ["sys.exit(0)", "raise SystemExit", "pass"])
def test_an_exit_from_within_a_loop_that_waits_ends(path: Path, end: str) -> None:
    run_program(
        LOG
        + f"""
    async def main():
        task = asyncio.create_task(log.append("waited for", "run").durable())
        await task
        asyncio.create_task(log.append("not waited for", "run").durable())
        {end}
    asyncio.run(main())
    """,
        path,
    )
    assert texts(path) == ["waited for", "not waited for"]


def test_an_open_governor_closes_and_leaves_its_runs_on_record(store: Path) -> None:
    run_program(
        """
    import asyncio, sys
    from intaglio._governor import GovernorClient
    governor = GovernorClient.shared(sys.argv[1], {})
    async def main():
        run = (await governor.call("run.start", agent="desk"))["run"]
        await governor.call("agent.start", run=run, agent="desk")
    asyncio.run(main())
    """,
        store,
    )
    assert intaglio.verify(store / "0").is_faultless


def test_a_process_that_is_killed_keeps_what_was_acknowledged(path: Path) -> None:
    run_program(
        LOG
        + """
    import os, signal
    log.append("acknowledged", "run").wait()
    os.kill(os.getpid(), signal.SIGKILL)
    """,
        path,
        expecting=-9,
    )
    intaglio.Log.open(path).close()
    assert texts(path) == ["acknowledged"]
