"""Which process this is, along its line of forks, and what of its parent's it must not use."""

import asyncio
import os
import sys
from typing import Any

_number = 0
# Never let go of: what closes them in a child takes from the parent's what wakes it.
_parents_loops: list[object] = []


def process_number() -> int:
    """A number that every forked child counts up: what was opened with another is the parent's."""
    return _number


def _count() -> None:
    global _number
    _number += 1


def _leave_loops() -> None:
    """Have the child's threads make event loops of their own, as Python does itself from 3.12 on.

    A parent's loop shares what wakes it with the parent and all its children, who take each other's
    wakes: what an engine answers would never be heard.
    """
    policy = asyncio.get_event_loop_policy()
    if isinstance(policy, asyncio.events.BaseDefaultEventLoopPolicy):
        known: Any = policy
        _parents_loops.append(known._local)
        known._local = known._Local()


os.register_at_fork(after_in_child=_count)
if sys.version_info < (3, 12):
    os.register_at_fork(after_in_child=_leave_loops)
