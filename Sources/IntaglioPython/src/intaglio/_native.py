"""The shared library, declared for ctypes as `intaglio.h` has it.

Every call lets go of the interpreter's lock while it runs.
"""

import ctypes
import functools
import os
from ctypes import POINTER, byref, c_char_p, c_int, c_int64, c_size_t, c_uint64, c_void_p
from pathlib import Path
from typing import Any

from intaglio._errors import IntaglioError

Handle = c_uint64


class Bytes(ctypes.Structure):
    """Bytes that the library allocated: `intaglio_bytes`."""

    _fields_ = (("data", c_void_p), ("count", c_size_t))


# What each function takes, and what it returns where that is not a status.
_error = POINTER(c_void_p)
_text = (c_char_p, c_size_t)
_FUNCTIONS: dict[str, tuple[Any, ...]] = {
    "governor_open": (*_text, *_text, POINTER(Handle), _error),
    "governor_call": (Handle, *_text, POINTER(Bytes), _error),
    "governor_send": (Handle, c_uint64, *_text, _error),
    "governor_next": (Handle, c_int64, POINTER(c_uint64), POINTER(Bytes), _error),
    "governor_close": (Handle, _error),
}


@functools.cache
def library() -> ctypes.CDLL:
    """The library, loaded once: the one INTAGLIO_LIBRARY names, else the one in the package."""
    named = os.environ.get("INTAGLIO_LIBRARY")
    path = Path(named) if named else Path(__file__).parent / "libIntaglioC.so"
    try:
        loaded = ctypes.CDLL(str(path))
    except OSError as error:
        raise IntaglioError(
            "no_library",
            f"Intaglio's shared library cannot be loaded ({error}): install the wheel, or set "
            "INTAGLIO_LIBRARY to the path of a libIntaglioC.so",
        ) from error
    for name, arguments in _FUNCTIONS.items():
        function = getattr(loaded, f"intaglio_{name}")
        function.argtypes, function.restype = arguments, c_int
    for name in ("name", "message"):
        function = getattr(loaded, f"intaglio_error_{name}")
        function.argtypes, function.restype = (c_void_p,), c_char_p
    loaded.intaglio_error_free.argtypes, loaded.intaglio_error_free.restype = (c_void_p,), None
    loaded.intaglio_bytes_free.argtypes, loaded.intaglio_bytes_free.restype = (
        (POINTER(Bytes),),
        None,
    )
    return loaded


def call(function: Any, *arguments: Any) -> None:
    """Call a function that returns a status and takes an error last; raise what it gives."""
    error = c_void_p()
    if function(*arguments, byref(error)):
        raise _taken(error)


def taken(buffer: Bytes) -> bytes:
    """A copy of what the library allocated, which is freed."""
    try:
        return ctypes.string_at(buffer.data, buffer.count) if buffer.count else b""
    finally:
        library().intaglio_bytes_free(byref(buffer))


def _taken(error: c_void_p) -> IntaglioError:
    loaded = library()
    try:
        name: bytes = loaded.intaglio_error_name(error)
        message: bytes = loaded.intaglio_error_message(error)
        return IntaglioError(name.decode(), message.decode())
    finally:
        loaded.intaglio_error_free(error)
