"""Reading: what a log open for writing, and a view of one beside its writer, have in common."""

import json
import os
import weakref
from collections.abc import Iterator
from ctypes import byref, c_uint64
from typing import TypeVar

from intaglio import _native
from intaglio._durability import Durability, Receipt
from intaglio._errors import IntaglioError
from intaglio._records import Head, Record, Stream
from intaglio._state import StateSpace

# How long a call that follows may keep a Ctrl-C waiting; nothing else depends on it.
_INTERRUPT_MS = 250

_Self = TypeVar("_Self", bound="Readable")


class Readable:
    """Records by number, by stream, from a number on, and as they come."""

    def __init__(self, path: str | os.PathLike[str], handle: _native.Handle) -> None:
        """Is for the subclasses."""
        self._path = os.fspath(path)
        self._library = _native.library()
        self._handle = handle
        self._numbers: dict[str, int] = {}
        self._durability = Durability(handle)
        # Closes what nobody closed: when nobody has it any more, or at the interpreter's exit.
        self._close = weakref.finalize(self, _close, self._library.intaglio_log_close, handle)

    @property
    def path(self) -> str:
        """The log's directory."""
        return self._path

    @property
    def head(self) -> Head:
        """The log's length and chain value now, up to what was waited for or is written."""
        count, chain = c_uint64(), _native.Digest()
        _native.call(self._library.intaglio_log_head, self._handle, byref(count), chain)
        return Head(count.value, bytes(chain))

    @property
    def streams(self) -> list[Stream]:
        """All streams, the log's own first."""
        text = _native.Bytes()
        _native.call(self._library.intaglio_log_streams, self._handle, byref(text))
        streams = json.loads(_native.taken(text))["streams"]
        return [Stream(each["stream"], each["name"], each["count"]) for each in streams]

    @property
    def state(self) -> StateSpace:
        """The main state space: what can be checkpointed and taken back."""
        return self.space("main")

    def space(self, name: str) -> StateSpace:
        """The state space `name`, which is made when something is set in it."""
        return StateSpace(self, name)

    def __len__(self) -> int:
        """How many records there are now, the log's own among them."""
        return self.head.count

    def read(self, sequence: int) -> Record:
        """Read the record of that number; one's own can be read once its receipt was waited for.

        Raises:
            IntaglioError: `not_found`; `damaged`, with the place.
        """
        if not 0 <= sequence < 2**64:
            raise IntaglioError("not_found", f"there is no record {sequence}: they count from 0")
        record = _native.Record()
        _native.call(self._library.intaglio_log_read, self._handle, sequence, byref(record))
        return _record(record)

    def __iter__(self) -> Iterator[Record]:
        """All records there are now, the log's own among them."""
        return self.records()

    def records(self, stream: str | None = None, *, start: int = 0) -> Iterator[Record]:
        """Read the records there are now, from number `start` on, of one stream or of all.

        What a program appended itself is there once its receipt was waited for.

        Raises:
            IntaglioError: `not_found` if there is no such stream; and as `read`.
        """
        return self._walk(self._cursor(stream, start), is_following=False)

    def follow(self, stream: str | None = None, *, start: int = 0) -> Iterator[Record]:
        """Read the same, and then what is appended, as it comes; ends when the log is closed.

        Blocks between records, with the interpreter free: for threads, not for event loops.

        Raises:
            IntaglioError: as `records`; `history_replaced` if a reader's log was set back.
        """
        return self._walk(self._cursor(stream, start), is_following=True)

    def close(self) -> None:
        """Give up the log; closing again does nothing.

        Raises:
            IntaglioError: the last records could not be synced; the log is closed all the same.
        """
        if self._close.alive:
            self._close()
            self._durability.settle()

    def __enter__(self: _Self) -> _Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _receipt(self, receipt: _native.Receipt) -> Receipt:
        return Receipt(receipt.first, receipt.last, bytes(receipt.chain), self)

    def _cursor(self, stream: str | None, start: int) -> _native.Handle:
        cursor = _native.Handle()
        number = _native.ALL_STREAMS if stream is None else self._number(stream)
        _native.call(self._library.intaglio_cursor_open, self._handle, number, start, byref(cursor))
        return cursor

    def _number(self, name: str) -> int:
        if name not in self._numbers:
            self._numbers.update((stream.name, stream.number) for stream in self.streams)
        if name not in self._numbers:
            raise IntaglioError("not_found", f"{self._path!r} has no stream {name!r}")
        return self._numbers[name]

    def _walk(self, cursor: _native.Handle, is_following: bool) -> Iterator[Record]:
        timeout = _INTERRUPT_MS if is_following else 0
        record = _native.Record()
        try:
            while True:
                try:
                    _native.call(self._library.intaglio_cursor_next, cursor, timeout, byref(record))
                except IntaglioError as error:
                    if error.code == "timeout":
                        continue
                    if error.code == "end" or (error.code == "closed" and is_following):
                        return
                    raise
                yield _record(record)
        finally:
            _close(self._library.intaglio_cursor_close, cursor)


def _record(record: _native.Record) -> Record:
    return Record(
        sequence=record.sequence,
        time_ns=record.time,
        stream=record.stream,
        kind=record.kind,
        digest=bytes(record.digest),
        chain=bytes(record.chain),
        payload=_native.taken(record.payload),
        is_erased=bool(record.flags & _native.ERASED),
    )


def _close(function: _native.Function, handle: _native.Handle) -> None:
    try:
        _native.call(function, handle)
    except IntaglioError as error:
        # What a parent opened is not a forked child's to close.
        if error.code not in {"closed", "forked"}:
            raise
