"""Waiting for the disk in event loops: one thread for each log, and one sync for all who wait."""

import asyncio
import threading
from collections.abc import Callable

from intaglio._errors import IntaglioError
from intaglio._futures import finish


class DurabilityWaiter:
    """Waits in a thread of its own, which ends when nobody waits any more.

    - Who waits for a record waits for all before it, so the thread waits for the newest asked for.
    - No event loop is held, nor a thread of one's executor, and none is bound.
    """

    def __init__(self, wait: Callable[[int], None]) -> None:
        self._wait = wait
        self._lock = threading.Lock()
        self._waiting: list[tuple[int, asyncio.Future[None]]] = []
        self._is_running = False

    async def wait(self, sequence: int) -> None:
        """Suspend the task until the record `sequence` is durable."""
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
                self._wait(max(sequence for sequence, _ in waiting))
            except IntaglioError as error:
                outcome = error
            for _, future in waiting:
                finish(future, outcome)

    def _next(self) -> list[tuple[int, "asyncio.Future[None]"]]:
        with self._lock:
            waiting, self._waiting = self._waiting, []
            self._is_running = bool(waiting)
            return waiting
