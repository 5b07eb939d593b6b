"""Futures that are finished from other threads."""

import asyncio
from typing import TypeVar

from intaglio._errors import IntaglioError

Result = TypeVar("Result")


def finish(future: "asyncio.Future[Result]", outcome: Result | IntaglioError) -> None:
    """Give the outcome to who waits, in its own loop; nobody does after a cancellation."""
    try:
        future.get_loop().call_soon_threadsafe(_set, future, outcome)
    except RuntimeError:
        # Its loop was closed, and with it the task that waited.
        return


def _set(future: "asyncio.Future[Result]", outcome: Result | IntaglioError) -> None:
    if future.done():
        return
    if isinstance(outcome, IntaglioError):
        future.set_exception(outcome.again())
    else:
        future.set_result(outcome)
