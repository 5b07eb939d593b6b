"""The program's run context as JSON, and back: a dictionary, a dataclass or a pydantic model."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, TypeAdapter

from intaglio._escaping import one_line
from intaglio.openai_agents import items, members
from intaglio.openai_agents.errors import RunAborted

# The name beside a context's own members under which its text has what is left as it is.
_LEFT = "$left"


def is_readable(context: Any) -> bool:
    """Whether a context is of a kind that has members."""
    return context is None or isinstance(context, Mapping) or members.has_members(context)


def serialized(context: Any) -> dict[str, Any]:
    """The members of a context, for the SDK's `RunState`; of an opaque one, none."""
    if not is_readable(context) or context is None:
        return {}
    if isinstance(context, BaseModel):
        return _values(context)
    if isinstance(context, Mapping):
        return {str(name): value for name, value in context.items()}
    return {f.name: items.plain(getattr(context, f.name)) for f in dataclasses.fields(context)}


def captured(context: Any) -> str | None:
    """A context as a text that it can be made from again; nothing if it cannot be.

    Of models and dataclasses the text names also what stays as it is: see `left`.
    """
    try:
        return _captured(context)
    except _NotCaptured:
        return None


def obstacle(context: Any) -> str | None:
    """What keeps a context from being captured, for people; None if nothing does."""
    try:
        _captured(context)
    except _NotCaptured as error:
        return one_line(" ".join(str(error).split()))
    return None


def left(text: str) -> list[str]:
    """What of a captured context is not in its text, and stays as it is in a rollback.

    These are private attributes, excluded fields, and attributes that are no fields, where they
    said something else than in an object that was just made.
    """
    members = json.loads(text)
    return list(members.get(_LEFT) or []) if isinstance(members, dict) else []


def restore(context: Any, text: str) -> None:
    """Make a context say what it said when `text` was captured, in place: others hold it.

    Raises:
        TypeError: the context is of another kind than the one that was captured.
    """
    values = json.loads(text)
    names = values.pop(_LEFT, None) if members.has_members(context) else ()
    members.copy(_made(context, values), context, names)


def fill(context: Any, values: Mapping[str, Any]) -> None:
    """Make a context say what a `RunState` has of it, in place."""
    members.copy(_made(context, dict(values)), context, None)


def rebuilt(entry: Mapping[str, Any], context: Any) -> Any:
    """The context of a paused run, from what its `RunState` has of it.

    It is made in `context` where one is given.

    Raises:
        RunAborted: it was no dictionary, and nothing is given that it could be made in.
    """
    values, meta = entry.get("context"), entry.get("context_meta") or {}
    kind = meta.get("original_type")
    if context is None:
        if kind not in ("mapping", "none"):
            raise RunAborted(
                "context_missing",
                f"the run's context was {kind}, which only the program can make: give one as "
                "`context`, it is filled with what the log has",
            )
        return None if values is None else dict(values)
    # What cannot be made from its members is as the program gives it.
    if not meta.get("omitted") and values is not None and obstacle(context) is None:
        fill(context, values)
    return context


class _NotCaptured(Exception):
    """A context cannot be made again from a text; says why."""


def _captured(context: Any) -> str:
    if context is None:
        return "null"
    kind = type(context).__name__
    if not is_readable(context):
        raise _NotCaptured(f"a {kind} is no dictionary, dataclass or pydantic model")
    try:
        values = _values(context)
        again = _made(context, json.loads(_text(values)))
        place = _difference(again, context)
        if place is None and members.has_members(context):
            values[_LEFT] = _left(again, context)
        text = _text(values)
    except Exception as error:
        # Validators and comparisons are the program's: they raise what they like.
        raise _NotCaptured(f"the {kind} cannot be kept as JSON: {error}") from error
    if place is not None:
        raise _NotCaptured(f"{kind}{place} would not come back from JSON as it is")
    return text


def _values(context: Any) -> dict[str, Any]:
    if isinstance(context, BaseModel):
        return context.model_dump(mode="json", by_alias=False, round_trip=True)
    if isinstance(context, Mapping):
        return dict(context)
    kind: Any = type(context)
    values: dict[str, Any] = _adapter(kind).dump_python(
        context, mode="json", by_alias=False, round_trip=True
    )
    return values


def _text(values: Mapping[str, Any]) -> str:
    text = json.dumps(values, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return items.kept(text)


def _made(context: Any, values: Any) -> Any:
    """A value of the kind of `context` with the members `values`."""
    kind = type(context)
    if isinstance(context, BaseModel):
        whole = {**values, **members.excluded(context)}
        return kind.model_validate(whole, by_alias=False, by_name=True)
    if dataclasses.is_dataclass(kind):
        return _adapter(kind).validate_python(values, by_alias=False, by_name=True)
    return values


def _difference(again: Any, context: Any) -> str | None:
    """Where a context that was made again differs from the one that it is made from."""
    if not members.has_members(context):
        return members.difference_of_members(again, context, "")
    return members.difference_of_members(members.declared(again), members.declared(context), "")


def _left(again: Any, context: Any) -> list[str]:
    fresh = members.beside(again)
    # An excluded field was given to what was made: whether it is as it was cannot be told.
    kept = members.excluded(context) if isinstance(context, BaseModel) else {}
    return [
        name
        for name, value in members.beside(context).items()
        if name in kept
        or name not in fresh
        or members.difference(fresh[name], value, name) is not None
    ]


_adapters: dict[type[Any], TypeAdapter[Any]] = {}


def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    if kind not in _adapters:
        _adapters[kind] = TypeAdapter(kind)
    return _adapters[kind]
