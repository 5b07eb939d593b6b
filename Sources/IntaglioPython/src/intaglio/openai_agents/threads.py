"""Threads that are begun in a governed run: what they run is beneath it as well.

A new thread, and a thread of an executor, has nothing of the context of who has started it. So
they are told here where they come from, for as long as that run goes on: a thread by
`Thread.start`, and one task of an executor by `ThreadPoolExecutor.submit`, whose threads serve
others too. Only a run of the SDK that begins there looks at it; everything else in the thread, and
all that is begun outside of governed runs, is as it was.

Nobody can tell for whom a thread works later. What begins in it after the run, and what begins in a
thread of `multiprocessing.pool`, may be anybody's: it is not governed, and recorded as a gap.
"""

from __future__ import annotations

import functools
import logging
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from intaglio._errors import IntaglioError
from intaglio._governor import GovernorClient
from intaglio.openai_agents.current import current

if TYPE_CHECKING:
    from intaglio.openai_agents.governed import GovernedRun

_log = logging.getLogger("intaglio")
_thread: Any = threading.Thread
_executor: Any = ThreadPoolExecutor
_start, _submit = _thread.start, _executor.submit
# Where a thread's own work begins, whatever its class overrides: the same in Python 3.10 to 3.13.
_bootstrap = _thread._bootstrap_inner


@dataclass(frozen=True)
class _Origin:
    """The run that a thread was begun in, or that has handed a task to an executor."""

    run: weakref.ref[GovernedRun]
    id: str
    client: GovernorClient
    # Whether it works for whoever asks: of a pool that is begun where it is used first.
    serves_others: bool = False

    @property
    def parent(self) -> GovernedRun | None:
        """The run, if what begins now is beneath it for certain."""
        run = self.run()
        return None if self.serves_others or run is None or run.is_over else run


_origin: ContextVar[_Origin | None] = ContextVar("intaglio_thread_origin", default=None)
_is_submitting: ContextVar[bool] = ContextVar("intaglio_is_submitting", default=False)
# By the threads that are starting now.
_starting: dict[int, _Origin] = {}


@functools.cache
def install() -> None:
    """Have threads told where they come from, once: others may have put theirs before it since."""
    _thread.start = start
    _thread._bootstrap_inner = bootstrap
    _executor.submit = submit


def parent() -> GovernedRun | None:
    """The run that what begins here is beneath, if it begins in a thread of a run that goes on."""
    origin = _origin.get()
    return None if origin is None else origin.parent


async def note_ungoverned(agent: Any) -> None:
    """Record that a run begins that may be beneath a governed one, and is not governed."""
    origin = _origin.get()
    if origin is None or current.get() is not None or origin.parent is not None:
        return
    where = "of a pool, which may work for anybody" if origin.serves_others else "that outlived it"
    what = f"in a thread {where}, begun in the run {origin.id}, a run of {agent.name} began"
    try:
        await origin.client.call("audit.gap", count=1, what=f"{what}: it was not governed")
    except IntaglioError as error:
        # It may be a stranger's, which does not fail because of a log that is not its own.
        _log.warning("not recorded: %s, and was not governed (%s)", what, error)


def _here(serves_others: bool = False) -> _Origin | None:
    run = current.get()
    if run is None:
        return _origin.get()
    return _Origin(weakref.ref(run), run.id, run.client, serves_others)


@functools.wraps(_start)
def start(self: threading.Thread) -> None:
    """As `Thread.start`, which returns when the thread has taken what is noted here."""
    # By its name, because a program without one need not load the module.
    is_of_pool = type(self).__module__ == "multiprocessing.dummy"
    origin = None if _is_submitting.get() else _here(is_of_pool)
    if origin is None:
        _start(self)
        return
    _starting[id(self)] = origin
    try:
        _start(self)
    finally:
        _starting.pop(id(self), None)


@functools.wraps(_bootstrap)
def bootstrap(self: threading.Thread) -> None:
    """What runs first in a new thread, and in it all else."""
    _origin.set(_starting.pop(id(self), None))
    _bootstrap(self)


@functools.wraps(_submit)
def submit(self: ThreadPoolExecutor, fn: Any, /, *arguments: Any, **named: Any) -> Any:
    """As `ThreadPoolExecutor.submit`; a thread that is begun for it is nobody's."""
    origin = _here()
    if origin is None:
        return _submit(self, fn, *arguments, **named)
    token = _is_submitting.set(True)
    try:
        return _submit(self, functools.partial(_do, origin, fn), *arguments, **named)
    finally:
        _is_submitting.reset(token)


def _do(origin: _Origin, fn: Any, /, *arguments: Any, **named: Any) -> Any:
    token = _origin.set(origin)
    try:
        return fn(*arguments, **named)
    finally:
        _origin.reset(token)
