"""What the SDK has as objects, as the JSON and text that is recorded: whole, never cut."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


def plain(value: Any) -> Any:
    """`value` as what JSON has; what cannot be told in JSON becomes its text."""
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else str(value)
    if isinstance(value, BaseModel):
        return plain(value.model_dump(mode="json", exclude_unset=True, warnings=False))
    if isinstance(value, Mapping):
        return {str(key): plain(member) for key, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(element) for element in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    return str(value)


def text(value: Any) -> str:
    """`value` as one JSON text."""
    if isinstance(value, BaseModel):
        value = value.model_dump(mode="json", exclude_unset=True, warnings=False)
    try:
        return _encode(value)
    except (TypeError, ValueError):
        return _encode(plain(value))


def result(value: Any) -> str:
    """What a tool or an agent gave: a text as it is, anything else as JSON."""
    if isinstance(value, str):
        return value
    return "" if value is None else text(value)


def member(item: Any, name: str) -> Any:
    """A member of an item, which the SDK has as an object or as a dictionary."""
    return item.get(name) if isinstance(item, Mapping) else getattr(item, name, None)


def parsed(text: str) -> Any:
    """The value of a JSON text of ours."""
    return json.loads(text)


def ordered(value: Any) -> str:
    """`value` as one JSON text with its members in order, so that equal values have equal texts."""
    return json.dumps(plain(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
