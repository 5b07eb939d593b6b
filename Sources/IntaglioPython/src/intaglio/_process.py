"""Which process this is, along its line of forks."""

import os

_number = 0


def process_number() -> int:
    """A number that every forked child counts up: what was opened with another is the parent's."""
    return _number


def _count() -> None:
    global _number
    _number += 1


os.register_at_fork(after_in_child=_count)
