"""Logs: what was appended is read back, in order, and whatever was altered is found."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from pathlib import Path

import pytest
from programs import run_program

import intaglio
from intaglio import Entry, IntaglioError, Log, LogReader


def code(action: object) -> str:
    """The code of the error that an action raises."""
    with pytest.raises(IntaglioError) as caught:
        action()  # type: ignore[operator]
    assert "\n" not in caught.value.message
    return caught.value.code


def test_what_was_appended_is_read_back_byte_for_byte(path: Path) -> None:
    payloads = [b"", b"\x00\xff\n", b"text", bytes(range(256)) * 64]
    with Log.open(path, create=True) as log:
        receipts = [log.append(payload, "run-1", kind=300, salted=True) for payload in payloads]
        receipts[-1].wait()
        for payload, receipt in zip(payloads, receipts, strict=True):
            record = log.read(receipt.last)
            assert (record.payload, record.kind) == (payload, 300)
            assert (record.sequence, record.chain) == (receipt.first, receipt.chain)
            assert not record.is_erased
        assert log.head.chain == receipts[-1].chain
        assert len(log) == receipts[-1].last + 1


def test_streams_are_told_apart_and_the_order_over_all_is_kept(path: Path) -> None:
    with Log.open(path, create=True) as log:
        for number in range(10):
            log.append(f"{number}", f"run-{number % 2}")
        log.synchronize()
        assert [record.text for record in log.records("run-1")] == ["1", "3", "5", "7", "9"]
        fifth = next(record for record in log if record.text == "5")
        assert [each.text for each in log.records("run-1", start=fifth.sequence)] == ["5", "7", "9"]
        assert [each.text for each in log if each.kind == intaglio.EVENT] == list("0123456789")
        counts = {stream.name: stream.count for stream in log.streams}
        assert counts["run-0"] == counts["run-1"] == 5


def test_a_batch_is_consecutive_and_in_several_streams(path: Path) -> None:
    with Log.open(path, create=True) as log:
        receipt = log.append_batch(
            [("one", "run-1"), Entry(b"two", "run-2", kind=400, salted=True)]
        )
        receipt.wait()
        assert receipt.last - receipt.first == 1
        assert [log.read(n).text for n in (receipt.first, receipt.last)] == ["one", "two"]
        assert log.read(receipt.last).kind == 400
        before = len(log)
        assert code(lambda: log.append_batch([("three", "run-1"), Entry("four", "run-1", 7)]))
        assert code(lambda: log.append_batch([])) == "invalid"
        assert len(log) == before


def test_the_time_of_a_record_is_about_now(path: Path) -> None:
    before = datetime.now(timezone.utc)
    with Log.open(path, create=True) as log:
        receipt = log.append("x", "run")
        receipt.wait()
        record = log.read(receipt.last)
    # Of the same clock; how much later does not matter.
    assert record.time.timestamp() >= before.timestamp() - 1


def test_errors_have_their_codes(path: Path) -> None:
    assert code(lambda: Log.open(path)) == "not_a_log"
    log = Log.create(path, origin="example.org/audit")
    assert code(lambda: Log.open(path)) == "busy"
    assert code(lambda: Log.create(path)) == "exists"
    assert code(lambda: log.read(10_000)) == "not_found"
    assert code(lambda: log.read(-1)) == "not_found"
    assert code(lambda: log.records("no-such-stream")) == "not_found"
    assert code(lambda: log.append("x", "")) == "invalid"
    assert code(lambda: log.append("x", "run", kind=3)) == "invalid"
    assert code(lambda: log.append("x", "run", kind=2**16 + 256)) == "invalid"
    assert code(lambda: log.append("\ud800", "run")) == "invalid"
    assert code(lambda: log.append(bytes((32 << 20) + 1), "run")) == "too_large"
    assert code(lambda: Log.open(path, durability="sometimes")) == "invalid"
    receipt = log.append("x", "run")
    log.close()
    log.close()
    assert code(lambda: log.append("x", "run")) == "closed"
    assert code(lambda: log.records()) == "closed"
    receipt.wait()
    assert receipt.chain == intaglio.verify(path).head.chain  # type: ignore[union-attr]


def test_a_log_that_nobody_has_any_more_is_closed(path: Path) -> None:
    log = Log.open(path, create=True)
    log.append("x", "run")
    del log
    with Log.open(path) as again:
        assert [record.text for record in again.records("run")] == ["x"]


def test_a_receipt_keeps_what_it_waits_on(path: Path) -> None:
    receipt = Log.open(path, create=True).append("x", "run")
    receipt.wait()
    assert intaglio.verify(path).is_faultless


def test_tasks_and_loops_wait_without_holding_each_other(path: Path) -> None:
    async def append(log: Log, count: int) -> list[int]:
        receipts = [log.append("x", "run") for _ in range(count)]
        await asyncio.gather(*(receipt.durable() for receipt in receipts))
        return [receipt.last for receipt in receipts]

    with Log.open(path, create=True) as log, ThreadPoolExecutor(4) as pool:
        asyncio.run(append(log, 100))
        asyncio.run(append(log, 100))
        numbers = pool.map(lambda _: asyncio.run(append(log, 50)), range(4))
        assert len({number for some in numbers for number in some}) == 200


def test_a_cancelled_wait_leaves_the_others_waiting(path: Path) -> None:
    async def wait(log: Log) -> None:
        receipt = log.append("x", "run")
        first, second = (asyncio.create_task(receipt.durable()) for _ in range(2))
        await asyncio.sleep(0)
        first.cancel()
        await second
        with pytest.raises(asyncio.CancelledError):
            await first

    with Log.open(path, create=True) as log:
        asyncio.run(wait(log))


def test_threads_share_a_log(path: Path) -> None:
    def work(number: int) -> None:
        for _ in range(200):
            log.append(f"{number}", f"run-{number}")
        log.synchronize()

    with Log.open(path, create=True) as log, ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
        for number in range(4):
            assert {record.text for record in log.records(f"run-{number}")} == {f"{number}"}
            assert sum(1 for _ in log.records(f"run-{number}")) == 200
    assert intaglio.verify(path).is_faultless


def test_a_reader_sees_what_another_process_made_durable(path: Path) -> None:
    with Log.open(path, create=True) as log:
        log.append("durable", "run").wait()
        run_program(
            """
    import intaglio, sys
    def code(action):
        try: action()
        except intaglio.IntaglioError as error: return error.code
    assert code(lambda: intaglio.Log.open(sys.argv[1])) == "busy"
    with intaglio.LogReader.open(sys.argv[1]) as reader:
        assert [record.text for record in reader.records("run")] == ["durable"]
        assert code(lambda: reader.state.set("memory", "a", "b")) == "invalid"
    assert intaglio.verify(sys.argv[1]).is_live
    """,
            path,
        )


def test_following_ends_when_the_log_is_closed_and_misses_nothing(path: Path) -> None:
    seen: list[str] = []
    with Log.open(path, create=True) as log:
        log.append("0", "run")
        follower = threading.Thread(
            target=lambda: seen.extend(record.text for record in log.follow("run"))
        )
        follower.start()
        for number in range(1, 500):
            log.append(f"{number}", "run")
            log.append("of another", "other")
        while len(seen) < 500 and follower.is_alive():
            follower.join(0.01)
    follower.join(60)
    assert seen == [f"{number}" for number in range(500)]


def test_a_reader_follows_another_process(path: Path) -> None:
    follow = """
    import intaglio, sys
    reader = intaglio.LogReader.open(sys.argv[1])
    for record in reader.follow():
        if record.text == "end":
            break
        print(record.text)
    """
    with Log.create(path) as log, ThreadPoolExecutor(1) as pool:
        printed = pool.submit(run_program, follow, path)
        for number in range(20):
            log.append(f"number {number}", "run").wait()
        log.append("end", "run").wait()
        lines = printed.result().splitlines()
    assert [line for line in lines if line.startswith("number")] == [
        f"number {number}" for number in range(20)
    ]


def test_a_flipped_byte_is_found_and_a_noted_head_sees_a_cut(path: Path) -> None:
    with Log.open(path, create=True) as log:
        log.append("the first", "run")
        log.append("the last", "run").wait()
        noted = log.head
    report = intaglio.verify(path, heads=[noted])
    assert (report.verdict, report.head) == ("clean", noted)
    segment = next((path / "segments").glob("*.seg"))
    contents = bytearray(segment.read_bytes())
    place = contents.index(b"the first")
    contents[place] ^= 1
    segment.write_bytes(contents)
    report = intaglio.verify(path)
    assert not report.is_faultless
    assert any(finding.kind == "payload" for finding in report.findings)
    assert report.finding_count >= 1
    contents[place] ^= 1
    segment.write_bytes(contents)
    with Log.open(path) as log:
        log.append("more", "run")
        other = intaglio.Head(noted.count, bytes(32))
    assert intaglio.verify(path, heads=[noted]).is_faultless
    assert not intaglio.verify(path, heads=[str(other)]).is_faultless
    assert code(lambda: intaglio.verify(path / "nowhere")) == "not_a_log"
