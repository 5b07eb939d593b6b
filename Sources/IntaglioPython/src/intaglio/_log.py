"""A log that is open for writing, and a view of one beside its writer."""

import os
from collections.abc import Iterable, Mapping
from ctypes import byref, c_uint32
from typing import Any, NamedTuple, TypeAlias

from intaglio import _native
from intaglio._durability import Receipt
from intaglio._errors import IntaglioError
from intaglio._reading import Readable
from intaglio._state import Checkpoint

EVENT = 256
"""The kind of a record that has none more exact."""

Durability: TypeAlias = str | Mapping[str, int]
"""What an acknowledgement means: "synced" (the record survives the loss of power), "written" (it
survives the process), or {"milliseconds": m, "bytes": n}: synced so long, or so many bytes, after.
"""


class Entry(NamedTuple):
    """One record of a batch; as the arguments of `Log.append`."""

    payload: bytes | str
    stream: str
    kind: int = EVENT
    salted: bool = False


class Log(Readable):
    """An append-only, tamper-evident log, open for writing.

    Every record is chained to the one before by SHA-256, so that `verify` finds an edit, removal,
    insertion or reordering. What no check of the directory alone can see: that all of it was set
    back to an older copy, or that the newest records were cut off. Note a receipt's chain value, or
    the `head`, elsewhere to see that too.

        with intaglio.Log.open("audit", create=True) as log:
            receipt = log.append('{"tool":"search"}', "run-1")
            receipt.wait()  # synced; tasks use `await receipt.durable()`

    - One process writes a log at a time; any number read it with `LogReader`.
    - Threads may share a log. In a forked child every call is the error `forked`.
    - A payload has at most 32 MiB, a batch 256 MiB.
    - A log that nobody closed is closed when nobody has it any more, or at the interpreter's exit.
    """

    @classmethod
    def open(
        cls,
        path: str | os.PathLike[str],
        *,
        create: bool = False,
        durability: Durability = "synced",
    ) -> "Log":
        """Open the log at `path` for writing.

        Reads the end of the log only. A torn tail, as a crash leaves it, is moved to `quarantine`
        and recorded; any other damage is refused, and nothing is changed.

        Args:
            path: the log's directory.
            create: whether to make a log if nothing is there.
            durability: what an acknowledgement means.

        Raises:
            IntaglioError: `not_a_log`, `busy`, `damaged`, `unsupported`, `storage`, `full`.
        """
        mode = "open_or_create" if create else "open"
        return cls._opened(path, {"mode": mode, "durability": durability})

    @classmethod
    def create(
        cls,
        path: str | os.PathLike[str],
        *,
        origin: str | None = None,
        durability: Durability = "synced",
    ) -> "Log":
        """Make a new log at `path`, which must not exist or be an empty directory.

        Args:
            path: the log's directory.
            origin: a name for people, 1 to 255 bytes; made of the log's id if None.
            durability: what an acknowledgement means.

        Raises:
            IntaglioError: `exists`, and as `open`.
        """
        return cls._opened(path, {"mode": "create", "origin": origin, "durability": durability})

    def append(
        self, payload: bytes | str, stream: str, *, kind: int = EVENT, salted: bool = False
    ) -> Receipt:
        """Append one record, and return as soon as its place in the order is certain.

        Args:
            payload: the content; text is stored as UTF-8.
            stream: the name of the stream it belongs to, which is declared if it is new.
            kind: 256 to 65535, as the program likes.
            salted: whether 16 random bytes are digested and stored with it, so that nobody can
                guess it from its digest after it is erased.

        Raises:
            IntaglioError: `too_large`, `invalid`; `full`: nothing was appended; `poisoned` after a
                failed write or sync; `closed`, `forked`.
        """
        content, receipt = _bytes(payload), _native.Receipt()
        _native.call(
            self._library.intaglio_log_append,
            self._handle, self._declared(stream), _kind(kind), _flags(salted),
            content, len(content), byref(receipt),
        )  # fmt: skip
        return self._receipt(receipt)

    def append_batch(self, entries: Iterable[Entry | tuple[bytes | str, str]]) -> Receipt:
        """Append all records, or none: a crash leaves no part of a batch.

        Args:
            entries: what is appended, at least one, each as an `Entry` or as (payload, stream).

        Raises:
            IntaglioError: as `append`.
        """
        complete = [Entry(*entry) for entry in entries]
        # Kept until the call is over: the items only point at them.
        contents = [_bytes(entry.payload) for entry in complete]
        items = (_native.Item * len(complete))()
        for item, content, entry in zip(items, contents, complete, strict=True):
            item.data, item.count = content, len(content)
            item.stream, item.kind = self._declared(entry.stream), _kind(entry.kind)
            item.flags = _flags(entry.salted)
        receipt = _native.Receipt()
        _native.call(
            self._library.intaglio_log_append_batch,
            self._handle, items, len(items), byref(receipt),
        )  # fmt: skip
        return self._receipt(receipt)

    def synchronize(self) -> None:
        """Block until everything appended so far is synced, whatever the log's durability.

        Raises:
            IntaglioError: `poisoned`.
        """
        _native.call(self._library.intaglio_log_synchronize, self._handle)

    def checkpoint(self, label: str) -> Checkpoint:
        """Give the current state of the main space a name; as `StateSpace.checkpoint`."""
        return self.state.checkpoint(label)

    def rollback(self, to: Checkpoint | int, *, reason: str, by: str) -> None:
        """Make the state of a checkpoint current in the main space; as `StateSpace.rollback`."""
        self.state.rollback(to, reason=reason, by=by)

    def _declared(self, name: str) -> int:
        number = self._numbers.get(name)
        if number is None:
            text, found = _bytes(name), c_uint32()
            _native.call(
                self._library.intaglio_log_stream, self._handle, text, len(text), byref(found)
            )
            number = self._numbers[name] = found.value
        return number

    @classmethod
    def _opened(cls, path: str | os.PathLike[str], options: dict[str, Any]) -> "Log":
        name, text, handle = os.fsencode(path), _native.encoded(options), _native.Handle()
        _native.call(
            _native.library().intaglio_log_open, name, len(name), text, len(text), byref(handle)
        )
        return cls(path, handle)


class LogReader(Readable):
    """A log that is read, also while another process writes it.

    It sees what is durable at the time of each call; what is written and not known to be synced,
    only when asked to.
    """

    @classmethod
    def open(cls, path: str | os.PathLike[str], *, including_unsynced: bool = False) -> "LogReader":
        """Open the log at `path` for reading.

        Args:
            path: the log's directory; of a store, that of one of its logs.
            including_unsynced: whether to read records that the loss of power may take back.

        Raises:
            IntaglioError: `not_a_log`, `damaged`, `unsupported`, `storage`.
        """
        options = _native.encoded({"including_unsynced": including_unsynced})
        name, handle = os.fsencode(path), _native.Handle()
        _native.call(
            _native.library().intaglio_reader_open,
            name, len(name), options, len(options), byref(handle),
        )  # fmt: skip
        return cls(path, handle)


def _bytes(payload: bytes | str) -> bytes:
    try:
        return payload.encode() if isinstance(payload, str) else bytes(payload)
    except UnicodeEncodeError as error:
        raise IntaglioError("invalid", f"a text has no UTF-8: {error}") from error


def _kind(kind: int) -> int:
    # What ctypes would cut off silently.
    if not 0 <= kind < 2**16:
        raise IntaglioError("invalid", f"the kind {kind} is none: use 256 to 65535")
    return kind


def _flags(salted: bool) -> int:
    return _native.SALTED if salted else 0
