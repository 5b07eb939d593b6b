"""Receipts, and waiting for the disk: in threads, and in event loops without holding them."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from intaglio import _native
from intaglio._errors import IntaglioError
from intaglio._futures import finish
from intaglio._process import process_number

if TYPE_CHECKING:
    from intaglio._reading import Readable


@dataclass(frozen=True, slots=True)
class Receipt:
    """The place in the order that an append got at once; of durability it says nothing."""

    first: int
    """The number of the first record appended."""
    last: int
    """The number of the last."""
    chain: bytes
    """The chain value of the last: noted elsewhere, it pins the log up to there."""
    _log: Readable = field(repr=False, compare=False)

    def wait(self) -> None:
        """Block until the records are as safe as the log's durability says; not for event loops.

        Raises:
            IntaglioError: `poisoned` if the write or sync failed; they may or may not be on disk.
        """
        self._log._durability.block(self.last)

    async def durable(self) -> None:
        """Suspend the task until then; one sync serves all tasks and threads that wait.

        Raises:
            IntaglioError: as `wait`.
        """
        await self._log._durability.suspend(self.last)


class Durability:
    """Waits for event loops in one thread for a log, which ends when nobody waits any more.

    - Who waits for a record waits for all before it, so the thread waits for the newest asked for.
    - No event loop is held, nor a thread of one's executor, and none is bound.
    """

    def __init__(self, handle: _native.Handle) -> None:
        """Wait for the log of `handle`."""
        self._function = _native.library().intaglio_log_wait
        self._handle = handle
        self._is_settled = False
        self._process = process_number()
        self._lock = threading.Lock()
        self._waiting: list[tuple[int, asyncio.Future[None]]] = []
        self._is_running = False

    def settle(self) -> None:
        """Note that the log was closed, and with that everything synced: nobody waits any more."""
        self._is_settled = True

    def block(self, sequence: int) -> None:
        """Block the thread until the record `sequence` is durable."""
        if not self._is_settled:
            _native.call(self._function, self._handle, sequence)

    async def suspend(self, sequence: int) -> None:
        """Suspend the task until the record `sequence` is durable."""
        if self._process != process_number():
            # A forked child has no such thread; the library says that it has no such log either.
            self.block(sequence)
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        with self._lock:
            self._waiting.append((sequence, future))
            if not self._is_running:
                threading.Thread(target=self._run, name="intaglio-durable", daemon=True).start()
                self._is_running = True
        await future

    def _run(self) -> None:
        while waiting := self._next():
            outcome = None
            try:
                self.block(max(sequence for sequence, _ in waiting))
            except IntaglioError as error:
                outcome = error
            for _, future in waiting:
                finish(future, outcome)

    def _next(self) -> list[tuple[int, asyncio.Future[None]]]:
        with self._lock:
            waiting, self._waiting = self._waiting, []
            self._is_running = bool(waiting)
            return waiting
