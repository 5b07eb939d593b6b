"""What the SDK has as objects, as JSON and text: whole, never cut; see `limits` for the rest."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

import openai
from pydantic import BaseModel

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode
# Half a character, as in the names of files that are not UTF-8: no text has it, so that it is told
# by its number.
_SURROGATES = re.compile("[\ud800-\udfff]")


def plain(value: Any) -> Any:
    """`value` as what JSON has; what cannot be told in JSON becomes its text."""
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else str(value)
    if isinstance(value, BaseModel):
        return plain(_members(value))
    if isinstance(value, Mapping):
        return {str(key): plain(member) for key, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(element) for element in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    return str(value)


def text(value: Any) -> str:
    """`value` as one JSON text, whatever it is: what ran has a record."""
    return _SURROGATES.sub(lambda found: _numbered("\\\\", found), exact(value))


def exact(value: Any) -> str:
    """As `text`, of what is decided on: half a character stays, and such a call is refused."""
    try:
        if isinstance(value, BaseModel):
            value = _members(value)
        return _encode(value)
    except (TypeError, ValueError, RecursionError):
        # Values are the program's: their methods raise what they like.
        with contextlib.suppress(Exception):
            return _encode(plain(value))
        with contextlib.suppress(Exception):
            return _encode(str(value))
        return _encode(f"a {type(value).__name__} that has no text")


def _members(value: BaseModel) -> dict[str, Any]:
    """What a model says: of a class of the client's what was sent, of the program's all of it."""
    is_clients = isinstance(value, openai.BaseModel)
    return value.model_dump(mode="json", exclude_unset=is_clients, warnings=False)


def result(value: Any) -> str:
    """What a tool or an agent gave: a text as it is, anything else as JSON."""
    if isinstance(value, str):
        return _SURROGATES.sub(lambda found: _numbered("\\", found), value)
    return "" if value is None else text(value)


def _numbered(backslash: str, surrogate: re.Match[str]) -> str:
    return f"{backslash}u{ord(surrogate.group()):04x}"


def member(item: Any, name: str) -> Any:
    """A member of an item, which the SDK has as an object or as a dictionary."""
    return item.get(name) if isinstance(item, Mapping) else getattr(item, name, None)


def parsed(text: str) -> Any:
    """The value of a JSON text of ours."""
    return json.loads(text)


def ordered(value: Any) -> str:
    """`value` as one JSON text with its members in order, so that equal values have equal texts."""
    text = json.dumps(plain(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return kept(text)


def kept(text: str) -> str:
    """A JSON text that says the same, and can be kept also where it has half a character."""
    return text.encode(errors="backslashreplace").decode()


def key(name: str) -> str:
    """A name as a key of a state, which has at most some hundred bytes: a longer one's digest."""
    data = name.encode(errors="backslashreplace")
    return hashlib.sha256(data).hexdigest() if len(data) > 200 else data.decode()
