"""The state of an agent: keys and values that are taken back together, while the log keeps all."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from ctypes import byref, c_uint64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from intaglio import _native
from intaglio._errors import IntaglioError

if TYPE_CHECKING:
    from intaglio._durability import Receipt
    from intaglio._reading import Readable

# More entries than a log can have.
_ALL = 2**48

Text: TypeAlias = bytes | str
"""Bytes, or a text, which stands for its UTF-8."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A state with a name, which stays readable whatever comes after it."""

    sequence: int
    """The record that holds it."""
    label: str
    """What it was called; need not be unique."""
    is_automatic: bool
    """Whether the engine made it of itself."""
    time_ns: int
    """When it was made, in nanoseconds since 1970."""
    root: str
    """The id of the state, 64 hexadecimal digits: equal states have equal roots."""
    counts: Mapping[str, int]
    """How many entries the state has, by component."""


@dataclass(frozen=True, slots=True)
class ChangeCounts:
    """How many keys of a component a rollback would add, change and remove."""

    added: int
    changed: int
    removed: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What a rollback would do."""

    checkpoint: Checkpoint
    """Where it would go."""
    record_count_since: int
    """How many records the log has since; they stay."""
    components: Mapping[str, ChangeCounts]
    """By component; those without a difference are left out."""


class Changes:
    """What a transaction gathers."""

    def __init__(self) -> None:
        """Is for `StateSpace.transaction`."""
        self.receipt: Receipt | None = None
        """After the block: what to wait for; None where there was nothing to change."""
        self._changes: list[dict[str, Any]] = []

    def set(self, component: str, key: Text, value: Text) -> None:
        """Set a key, of 1 to 1,024 bytes, to a value of up to 16 MiB.

        Args:
            component: what it belongs to, such as "memory" or "context": 1 to 64 characters.
            key: its name there.
            value: what it is set to.
        """
        self._changes.append({"component": component, "key": _json(key), "value": _json(value)})

    def remove(self, component: str, key: Text) -> None:
        """Remove a key; one that is not there is no error."""
        self._changes.append({"component": component, "key": _json(key), "value": None})

    def _done(self) -> Receipt:
        assert self.receipt is not None
        return self.receipt


class StateSpace:
    """A map from (component, key) to value in a log, that can be taken back as a whole.

    Every change is a record of the log. A checkpoint costs what was changed since the last one, and
    a rollback one record, whatever the size of the state. Nothing is erased by it.

        with log.state.transaction() as changes:
            changes.set("memory", "city", "Berlin")
        safe = log.checkpoint("before the booking")
        log.rollback(safe, reason="wrong city", by="ops")
    """

    def __init__(self, log: Readable, name: str) -> None:
        """Is for `Log.space`."""
        self._log = log
        self._library = _native.library()
        self._name = name.encode()

    @property
    def name(self) -> str:
        """The name of the space."""
        return self._name.decode()

    def get(self, component: str, key: Text, *, at: Checkpoint | int | None = None) -> bytes | None:
        """Read the value of a key, now or as a checkpoint has it; None if there is none.

        Raises:
            IntaglioError: `not_found` if there is no such checkpoint; `erased`, `damaged`.
        """
        value, where = _native.Bytes(), _native.CURRENT if at is None else _sequence(at)
        try:
            self._call("state_get", *_text(component), *_text(key), where, byref(value))
        except IntaglioError as error:
            if error.code != "not_found" or not (at is None or self._has(_sequence(at))):
                raise
            return None
        return _native.taken(value)

    def set(self, component: str, key: Text, value: Text) -> Receipt:
        """Set one key; as a transaction with one change."""
        with self.transaction() as changes:
            changes.set(component, key, value)
        return changes._done()

    def remove(self, component: str, key: Text) -> Receipt:
        """Remove one key; as a transaction with one change."""
        with self.transaction() as changes:
            changes.remove(component, key)
        return changes._done()

    @contextmanager
    def transaction(self) -> Iterator[Changes]:
        """Gather up to 8,192 changes, and make them together at the end of the block.

        They can be read when the block is left; `changes.receipt.wait()` waits until they are
        durable. What the block raises leaves everything as it was; a crash leaves no part of them.

        Raises:
            IntaglioError: `invalid`, `too_large`, and as `Log.append`.
        """
        changes = Changes()
        yield changes
        if changes._changes:
            text, receipt = _native.encoded({"changes": changes._changes}), _native.Receipt()
            self._call("state_transaction", text, len(text), byref(receipt))
            changes.receipt = self._log._receipt(receipt)

    def entries(
        self, component: str, *, prefix: str = "", at: Checkpoint | int | None = None
    ) -> dict[bytes, bytes]:
        """Read the keys of a component, and their values, in the order of the keys.

        Args:
            component: such as "memory".
            prefix: what the keys begin with.
            at: a checkpoint, to read the state as it was.

        Raises:
            IntaglioError: `not_found` if there is no such checkpoint; `damaged`.
        """
        where = None if at is None else _sequence(at)
        query = {"component": component, "prefix": prefix or None, "checkpoint": where}
        text = _native.encoded({**query, "limit": _ALL})
        entries = self._listed("entries", "state_list", text, len(text))
        return {_bytes(entry["key"]): _bytes(entry["value"]) for entry in entries}

    def checkpoint(self, label: str) -> Checkpoint:
        """Give the current state a name, up to 255 bytes; durable when it returns.

        Raises:
            IntaglioError: as `Log.append`.
        """
        number = c_uint64()
        self._call("checkpoint", *_text(label), byref(number))
        return next(each for each in self.checkpoints() if each.sequence == number.value)

    def checkpoints(self) -> list[Checkpoint]:
        """List the checkpoints, from the newest back."""
        return [_checkpoint(each) for each in self._listed("checkpoints", "checkpoints")]

    def preview(self, to: Checkpoint | int) -> Preview:
        """Say what a rollback would change; reads only, also beside a writer.

        Raises:
            IntaglioError: `not_found`.
        """
        text = _native.Bytes()
        self._call("rollback_preview", _sequence(to), byref(text))
        members = json.loads(_native.taken(text))
        return Preview(
            checkpoint=_checkpoint(members["checkpoint"]),
            record_count_since=members["record_count_since"],
            components={
                name: ChangeCounts(**counts) for name, counts in members["components"].items()
            },
        )

    def rollback(self, to: Checkpoint | int, *, reason: str, by: str) -> None:
        """Make the state of a checkpoint current: one atomic append, durable when it returns.

        Nothing is erased, and later checkpoints stay valid, so that one can roll forward.

        Args:
            to: the checkpoint, or the number of its record.
            reason: why, up to 4,096 bytes; recorded.
            by: who wants it, up to 255 bytes; recorded.

        Raises:
            IntaglioError: `not_found`, `invalid`, and as `Log.append`.
        """
        receipt = _native.Receipt()
        self._call("rollback", _sequence(to), *_text(reason), *_text(by), byref(receipt))

    def _call(self, function: str, *arguments: Any) -> None:
        _native.call(
            getattr(self._library, f"intaglio_{function}"),
            self._log._handle, self._name, len(self._name), *arguments,
        )  # fmt: skip

    def _has(self, checkpoint: int) -> bool:
        return any(each.sequence == checkpoint for each in self.checkpoints())

    def _exists(self) -> bool:
        text = _native.Bytes()
        _native.call(self._library.intaglio_state_spaces, self._log._handle, byref(text))
        return self.name in json.loads(_native.taken(text))["spaces"]

    def _listed(self, member: str, function: str, *arguments: Any) -> list[dict[str, Any]]:
        text = _native.Bytes()
        try:
            self._call(function, *arguments, byref(text))
        except IntaglioError as error:
            # A space that nobody has set anything in yet.
            if error.code == "not_found" and not self._exists():
                return []
            raise
        listed: list[dict[str, Any]] = json.loads(_native.taken(text))[member]
        return listed


def _checkpoint(members: dict[str, Any]) -> Checkpoint:
    return Checkpoint(
        sequence=members["checkpoint"],
        label=members["label"],
        is_automatic=members["is_automatic"],
        time_ns=members["time"],
        root=members["root"],
        counts=members["counts"],
    )


def _sequence(checkpoint: Checkpoint | int) -> int:
    return checkpoint.sequence if isinstance(checkpoint, Checkpoint) else checkpoint


def _text(text: Text) -> tuple[bytes, int]:
    content = text.encode() if isinstance(text, str) else bytes(text)
    return content, len(content)


def _json(text: Text) -> str | dict[str, str]:
    return text if isinstance(text, str) else {"base64": base64.b64encode(text).decode()}


def _bytes(value: str | dict[str, str]) -> bytes:
    return value.encode() if isinstance(value, str) else base64.b64decode(value["base64"])
