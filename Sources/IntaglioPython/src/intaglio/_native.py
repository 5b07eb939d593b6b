"""The shared library, declared for ctypes as `intaglio.h` has it.

Every call lets go of the interpreter's lock while it runs.
"""

import ctypes
import functools
import json
import os
from collections.abc import Callable
from ctypes import (
    POINTER,
    byref,
    c_char_p,
    c_int,
    c_int64,
    c_size_t,
    c_uint8,
    c_uint16,
    c_uint32,
    c_uint64,
    c_void_p,
)
from pathlib import Path
from typing import Any, TypeAlias

from intaglio._errors import IntaglioError

Handle = c_uint64
Digest = c_uint8 * 32
Function: TypeAlias = Callable[..., Any]

SALTED = 1
ERASED = 2
ALL_STREAMS = 2**32 - 1
CURRENT = 2**64 - 1


class Bytes(ctypes.Structure):
    """Bytes that the library allocated: `intaglio_bytes`."""

    _fields_ = (("data", c_void_p), ("count", c_size_t))


class Receipt(ctypes.Structure):
    """`intaglio_receipt`."""

    _fields_ = (("first", c_uint64), ("last", c_uint64), ("chain", Digest))


class Item(ctypes.Structure):
    """`intaglio_item`."""

    _fields_ = (
        ("data", c_char_p),
        ("count", c_size_t),
        ("stream", c_uint32),
        ("flags", c_uint32),
        ("kind", c_uint16),
    )


class Record(ctypes.Structure):
    """`intaglio_record`."""

    _fields_ = (
        ("sequence", c_uint64),
        ("time", c_uint64),
        ("payload_count", c_uint64),
        ("stream", c_uint32),
        ("flags", c_uint32),
        ("kind", c_uint16),
        ("digest", Digest),
        ("chain", Digest),
        ("payload", Bytes),
    )


# What each function that returns a status takes, its error apart.
_in = (c_char_p, c_size_t)
_out = POINTER(Bytes)
_handle_out = POINTER(Handle)
_receipt = POINTER(Receipt)
_record = POINTER(Record)
_FUNCTIONS: dict[str, tuple[Any, ...]] = {
    "log_open": (*_in, *_in, _handle_out),
    "reader_open": (*_in, *_in, _handle_out),
    "log_close": (Handle,),
    "log_describe": (Handle, _out),
    "log_stream": (Handle, *_in, POINTER(c_uint32)),
    "log_streams": (Handle, _out),
    "log_append": (Handle, c_uint32, c_uint16, c_uint32, *_in, _receipt),
    "log_append_batch": (Handle, POINTER(Item), c_size_t, _receipt),
    "log_wait": (Handle, c_uint64),
    "log_synchronize": (Handle,),
    "log_head": (Handle, POINTER(c_uint64), POINTER(c_uint8)),
    "log_read": (Handle, c_uint64, _record),
    "cursor_open": (Handle, c_uint32, c_uint64, _handle_out),
    "cursor_next": (Handle, c_int64, _record),
    "cursor_close": (Handle,),
    "state_get": (Handle, *_in, *_in, *_in, c_uint64, _out),
    "state_transaction": (Handle, *_in, *_in, _receipt),
    "state_list": (Handle, *_in, *_in, _out),
    "state_spaces": (Handle, _out),
    "checkpoint": (Handle, *_in, *_in, POINTER(c_uint64)),
    "checkpoints": (Handle, *_in, _out),
    "rollback": (Handle, *_in, c_uint64, *_in, *_in, _receipt),
    "rollback_preview": (Handle, *_in, c_uint64, _out),
    "verify": (*_in, *_in, _out),
    "governor_open": (*_in, *_in, _handle_out),
    "governor_call": (Handle, *_in, _out),
    "governor_send": (Handle, c_uint64, *_in),
    "governor_next": (Handle, c_int64, POINTER(c_uint64), _out),
    "governor_close": (Handle,),
}

_ABI_VERSION = 1


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
    if (version := loaded.intaglio_abi_version()) != _ABI_VERSION:
        raise IntaglioError(
            "no_library",
            f"{path} has version {version} of the interface, and this package needs version "
            f"{_ABI_VERSION}: install both from one wheel",
        )
    for name, arguments in _FUNCTIONS.items():
        function = getattr(loaded, f"intaglio_{name}")
        function.argtypes, function.restype = (*arguments, POINTER(c_void_p)), c_int
    for name in ("name", "message"):
        function = getattr(loaded, f"intaglio_error_{name}")
        function.argtypes, function.restype = (c_void_p,), c_char_p
    loaded.intaglio_error_free.argtypes, loaded.intaglio_error_free.restype = (c_void_p,), None
    loaded.intaglio_bytes_free.argtypes, loaded.intaglio_bytes_free.restype = (_out,), None
    return loaded


def call(function: Function, *arguments: Any) -> None:
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


def encoded(value: Any) -> bytes:
    """Options, as the library reads them; members that are None are left out."""
    present = {name: member for name, member in value.items() if member is not None}
    return json.dumps(present, ensure_ascii=False, allow_nan=False).encode()


def _taken(error: c_void_p) -> IntaglioError:
    loaded = library()
    try:
        name: bytes = loaded.intaglio_error_name(error)
        message: bytes = loaded.intaglio_error_message(error)
        return IntaglioError(name.decode(), message.decode())
    finally:
        loaded.intaglio_error_free(error)
