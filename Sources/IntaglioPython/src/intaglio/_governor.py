"""The governor of a store, for threads and event loops: requests in, answers out."""

import asyncio
import atexit
import itertools
import json
import logging
import os
import threading
from collections.abc import Generator, Mapping
from ctypes import byref, c_uint64
from typing import Any, ClassVar

from intaglio import _native
from intaglio._errors import IntaglioError
from intaglio._futures import finish
from intaglio._place import Place
from intaglio._process import process_number

_encode = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, check_circular=False, separators=(",", ":")
).encode


# Before these the store is looked for where it was opened: once for a run, and for each decision.
_DECISIVE = {"run.start", "run.resume", "tools.decide"}
_log = logging.getLogger("intaglio")


class GovernorClient:
    """The governor of one store in this process; threads and event loops share it.

    A request is named by `do`; `intaglio.h` lists the requests, their members and answers. Members
    that are None are left out. Nothing is bound to one event loop. A forked child, which cannot use
    what its parent opened, opens the store again at its first request: it writes a log of its own
    there, and knows nothing of the parent's live runs.
    """

    _all: ClassVar[dict[tuple[str, str], "GovernorClient"]] = {}

    def __init__(self, store: str, options: str) -> None:
        """Is for `shared`."""
        self.store = store
        self._options = options
        self._goes_on = json.loads(options).get("on_engine_error") == "allow_and_count"
        self._session: _Session | None = _Session(store, options)

    @classmethod
    def shared(
        cls, store: str | os.PathLike[str], options: Mapping[str, object]
    ) -> "GovernorClient":
        """The governor of `store` with these options: one in a process, opened if it is not open.

        Blocks while the store is opened, some milliseconds.

        Raises:
            IntaglioError: the options or the policy are not valid, or the store does not open.
        """
        key = (os.path.realpath(store), json.dumps(options, sort_keys=True, allow_nan=False))
        with _opening():
            client = cls._all.get(key)
            if client is None:
                client = cls._all[key] = cls(key[0], key[1])
            return client

    @property
    def is_closed(self) -> bool:
        """Whether `close` was called; what others open then on the same store is another one."""
        return self._session is None

    async def call(self, do: str, **members: object) -> dict[str, Any]:
        """Send a request, and wait for its answer without holding the event loop.

        A cancelled call takes nothing back: the request was sent, and is carried out.

        Raises:
            IntaglioError: what the governor answered, or why it could not be asked.
        """
        return await self.post(do, **members)

    def post(self, do: str, **members: object) -> "Answer":
        """Send a request now; its answer can be waited for later, in the same event loop.

        Requests that one thread sends take their places in the order in which they are sent.

        Raises:
            IntaglioError: why the governor could not be asked; what it answers comes by the answer.
        """
        request = _request(do, members)
        session = self._opened()
        if do in _DECISIVE:
            self._look_for(session)
        future = asyncio.get_running_loop().create_future()
        session.send(request, future)
        return Answer(future)

    def call_sync(self, do: str, **members: object) -> dict[str, Any]:
        """Send a request, and block this thread, but not the interpreter, until it is answered.

        Raises:
            IntaglioError: what the governor answered, or why it could not be asked.
        """
        return _result(self._opened().call(_request(do, members)))

    def close(self) -> None:
        """Sync and close the store, for all who share this client; who waits gets error `closed`.

        Closing again does nothing. At the interpreter's exit every client is closed, after the
        threads that are not daemons have ended.
        """
        with _opening():
            session, self._session = self._session, None
            for key in [key for key, client in self._all.items() if client is self]:
                del self._all[key]
        if session is not None and session.process == process_number():
            session.close()

    def _look_for(self, session: "_Session") -> None:
        try:
            session.place.check()
        except IntaglioError as error:
            if not self._goes_on:
                raise
            _log.warning("%s", error)

    def _opened(self) -> "_Session":
        session = self._session
        if session is not None and session.process == process_number():
            return session
        with _opening():
            if self._session is None:
                raise IntaglioError(
                    "closed", f"the governor of {self.store!r} was closed: open it again"
                )
            if self._session.process != process_number():
                self._session = _Session(self.store, self._options)
            return self._session


class Answer:
    """What the governor will say to a request that was sent; may be waited for more than once."""

    def __init__(self, future: "asyncio.Future[bytes]") -> None:
        """Is for `GovernorClient.post`."""
        self._future = future

    def __await__(self) -> Generator[Any, None, dict[str, Any]]:
        """Wait for it; raises IntaglioError, what the governor answered."""
        # Who is cancelled takes the answer from nobody else that waits for it.
        return _result((yield from asyncio.shield(self._future).__await__()))


class _Session:
    """An open handle, and the thread that waits for what the governor answers."""

    def __init__(self, store: str, options: str) -> None:
        self.process = process_number()
        self.waiting: dict[int, asyncio.Future[bytes]] = {}
        self._library = _native.library()
        self._numbers = itertools.count(1)
        self._ended: IntaglioError | None = None
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        handle = _native.Handle()
        path, text = os.fsencode(store), options.encode()
        _native.call(
            self._library.intaglio_governor_open,
            path, len(path), text, len(text), byref(handle),
        )  # fmt: skip
        self._handle = handle
        status = _result(self.call(_request("governor.status", {})))
        self.place = Place(status["log_path"])

    def call(self, request: bytes) -> bytes:
        answer = _native.Bytes()
        _native.call(
            self._library.intaglio_governor_call,
            self._handle, request, len(request), byref(answer),
        )  # fmt: skip
        return _native.taken(answer)

    def send(self, request: bytes, future: "asyncio.Future[bytes]") -> int:
        if self._thread is None:
            self._start()
        number = next(self._numbers)
        # Known before it is sent: the answer may come at once.
        self.waiting[number] = future
        try:
            if self._ended is not None:
                raise self._ended.again()
            _native.call(
                self._library.intaglio_governor_send,
                self._handle, number, request, len(request),
            )  # fmt: skip
        except BaseException:
            self.waiting.pop(number, None)
            raise
        return number

    def close(self) -> None:
        try:
            _native.call(self._library.intaglio_governor_close, self._handle)
        finally:
            if self._thread is not None and self._thread is not threading.current_thread():
                self._thread.join()

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                # A daemon: exit does not wait for it, but closes what it waits on.
                thread = threading.Thread(target=self._deliver, name="intaglio", daemon=True)
                thread.start()
                self._thread = thread

    def _deliver(self) -> None:
        number, answer = c_uint64(), _native.Bytes()
        try:
            while True:
                _native.call(
                    self._library.intaglio_governor_next,
                    self._handle, -1, byref(number), byref(answer),
                )  # fmt: skip
                future = self.waiting.pop(number.value, None)
                result = _native.taken(answer)
                # Nobody waits after a cancellation.
                if future is not None:
                    finish(future, result)
        except IntaglioError as error:
            # Set before those who wait are told: who comes later looks here.
            self._ended = error
            for future in list(self.waiting.values()):
                finish(future, error)


def _request(do: str, members: Mapping[str, object]) -> bytes:
    request = {name: value for name, value in members.items() if value is not None}
    request["do"] = do
    try:
        return _encode(request).encode()
    except (TypeError, ValueError) as error:
        raise IntaglioError("invalid", f"the request {do} is not JSON: {error}") from error


def _result(answer: bytes) -> dict[str, Any]:
    members = json.loads(answer)
    if (error := members.get("error")) is not None:
        raise IntaglioError(error["code"], error["message"], error.get("cause"))
    result: dict[str, Any] = members["ok"]
    return result


# Who opens or closes, one at a time.
_lock = threading.Lock()


def _opening() -> threading.Lock:
    return _lock


def _begin_child() -> None:
    global _lock
    # The lock may be held by a thread that the child does not have.
    _lock = threading.Lock()


def _close_all() -> None:
    for client in list(GovernorClient._all.values()):
        client.close()


os.register_at_fork(after_in_child=_begin_child)
atexit.register(_close_all)
