"""Which process this is, along its line of forks, and what of its parent's it must not use."""

import asyncio
import os
import sys
from typing import Any

_number = 0
# The event loops of the thread that forks: the one that runs, and the one that it would get.
_loops: list[Any] = []


def process_number() -> int:
    """A number that every forked child counts up: what was opened with another is the parent's."""
    return _number


def _count() -> None:
    global _number
    _number += 1


def _policy() -> Any:
    policy = asyncio.get_event_loop_policy()
    return policy if isinstance(policy, asyncio.events.BaseDefaultEventLoopPolicy) else None


def _note_loops() -> None:
    found = (
        asyncio._get_running_loop(),
        getattr(getattr(_policy(), "_local", None), "_loop", None),
    )
    _loops[:] = [loop for loop in found if isinstance(loop, asyncio.BaseEventLoop)]


def _leave_loops() -> None:
    """Have a child make event loops of its own; its parent's are stopped and closed there.

    They share with the parent, and with all its children, what wakes them: each takes the others'
    wakes, so that what an engine answers is never heard, and really closing one in a child ends the
    parent's. So whoever returns into one in the child gets an error, and the parent's goes on.
    """
    for loop in _loops:
        loop.stop()
        loop._closed = True
    _loops.clear()
    # Python does this itself from 3.12 on.
    if sys.version_info < (3, 12) and (policy := _policy()) is not None:
        policy._local = policy._Local()


os.register_at_fork(before=_note_loops, after_in_parent=_loops.clear, after_in_child=_count)
os.register_at_fork(after_in_child=_leave_loops)
