"""State: set, read, named, and taken back together."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import intaglio
from intaglio import IntaglioError, Log


@pytest.fixture
def log(path: Path) -> Iterator[Log]:
    """A log that verifies after the test."""
    with Log.open(path, create=True) as log:
        yield log
    assert intaglio.verify(path).is_faultless


def test_a_value_is_read_as_it_was_set(log: Log) -> None:
    assert log.state.get("memory", "city") is None
    assert log.state.entries("memory") == {}
    assert log.state.checkpoints() == []
    log.state.set("memory", "city", "Berlin").wait()
    log.state.set("memory", b"\xff\x00", b"\x00\xfe")
    assert log.state.get("memory", "city") == b"Berlin"
    assert log.state.get("memory", b"\xff\x00") == b"\x00\xfe"
    assert log.state.entries("memory") == {b"city": b"Berlin", b"\xff\x00": b"\x00\xfe"}
    log.state.remove("memory", "city")
    assert log.state.get("memory", "city") is None


def test_more_entries_than_a_page_are_listed(log: Log) -> None:
    for start in range(0, 3000, 1000):
        with log.state.transaction() as changes:
            for number in range(start, start + 1000):
                changes.set("memory", f"{number:04}", f"{number}")
    assert len(log.state.entries("memory")) == 3000
    assert len(log.state.entries("memory", prefix="00")) == 100


def test_what_a_block_raises_leaves_everything_as_it_was(log: Log) -> None:
    log.state.set("memory", "city", "Berlin")
    with pytest.raises(ZeroDivisionError), log.state.transaction() as changes:
        changes.set("memory", "city", "Delft")
        _ = 1 / 0
    assert log.state.get("memory", "city") == b"Berlin"
    with log.state.transaction() as changes:
        pass
    assert changes.receipt is None


def test_a_rollback_takes_all_back_and_can_itself_be_taken_back(log: Log) -> None:
    with log.state.transaction() as changes:
        changes.set("memory", "city", "Berlin")
        changes.set("context", "step", "1")
    safe = log.checkpoint("before the booking")
    with log.state.transaction() as changes:
        changes.set("memory", "city", "Delft")
        changes.remove("context", "step")
        changes.set("context", "booked", "yes")
    later = log.checkpoint("after it")
    assert [each.label for each in log.state.checkpoints()] == ["after it", "before the booking"]
    preview = log.state.preview(safe)
    assert preview.checkpoint == safe
    assert preview.components["context"] == intaglio.ChangeCounts(added=1, changed=0, removed=1)
    assert preview.components["memory"] == intaglio.ChangeCounts(added=0, changed=1, removed=0)
    log.rollback(safe, reason="wrong city", by="ops")
    assert log.state.get("memory", "city") == b"Berlin"
    assert log.state.entries("context") == {b"step": b"1"}
    assert log.state.get("context", "booked", at=later) == b"yes"
    assert log.state.get("context", "booked", at=safe.sequence) is None
    log.rollback(later, reason="it was right", by="ops")
    assert log.state.entries("context") == {b"booked": b"yes"}


def test_spaces_are_apart(log: Log) -> None:
    log.space("desk").set("memory", "city", "Berlin")
    assert log.state.get("memory", "city") is None
    checkpoint = log.space("desk").checkpoint("here")
    with pytest.raises(IntaglioError) as caught:
        log.state.rollback(checkpoint, reason="", by="ops")
    assert caught.value.code == "not_found"


@pytest.mark.parametrize("checkpoint", [0, 10_000, 2**50])
def test_a_number_that_is_no_checkpoint_is_not_found(log: Log, checkpoint: int) -> None:
    log.state.set("memory", "city", "Berlin")
    for action in (
        lambda: log.rollback(checkpoint, reason="", by="ops"),
        lambda: log.state.preview(checkpoint),
        lambda: log.state.get("memory", "city", at=checkpoint),
        lambda: log.state.entries("memory", at=checkpoint),
    ):
        with pytest.raises(IntaglioError) as caught:
            action()
        assert caught.value.code == "not_found"


def test_a_reader_looks_at_the_state_beside_the_writer(log: Log) -> None:
    log.state.set("memory", "city", "Berlin")
    safe = log.checkpoint("safe")
    log.state.set("memory", "city", "Delft").wait()
    with intaglio.LogReader.open(log.path) as reader:
        assert reader.state.get("memory", "city") == b"Delft"
        assert reader.state.get("memory", "city", at=safe) == b"Berlin"
        assert reader.state.preview(safe).components["memory"].changed == 1
