"""The program's run context as JSON, and back: a dictionary, a dataclass or a pydantic model."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, MutableMapping
from typing import Any

from pydantic import BaseModel

from intaglio.openai_agents import items
from intaglio.openai_agents.errors import RunAborted


def is_readable(context: Any) -> bool:
    """Whether all of a context can be written as JSON and made again."""
    return (
        context is None
        or isinstance(context, (Mapping, BaseModel))
        or (dataclasses.is_dataclass(context) and not isinstance(context, type))
    )


def serialized(context: Any) -> dict[str, Any]:
    """The members of a context, for the SDK's `RunState`; of an opaque one, none."""
    if not is_readable(context) or context is None:
        return {}
    if isinstance(context, BaseModel):
        return context.model_dump(mode="json")
    if isinstance(context, Mapping):
        return {str(name): value for name, value in context.items()}
    return {f.name: items.plain(getattr(context, f.name)) for f in dataclasses.fields(context)}


def restore(context: Any, members: Mapping[str, Any]) -> None:
    """Make a context say what it said when `members` were taken, in place: others hold it."""
    if isinstance(context, MutableMapping):
        context.clear()
        context.update(members)
        return
    if isinstance(context, BaseModel):
        again = type(context).model_validate(dict(members))
        for name in type(context).model_fields:
            setattr(context, name, getattr(again, name))
        return
    if not dataclasses.is_dataclass(context):
        raise TypeError(f"a context of the class {type(context).__name__} cannot be restored")
    for name, value in members.items():
        before = getattr(context, name, None)
        if (dataclasses.is_dataclass(before) and isinstance(value, Mapping)) or (
            isinstance(before, BaseModel) and isinstance(value, Mapping)
        ):
            restore(before, value)
        else:
            object.__setattr__(context, name, _like(before, value))


def _like(before: Any, value: Any) -> Any:
    """`value` as the type that JSON does not have, where that is a simple one."""
    if isinstance(before, (tuple, set, frozenset)) and isinstance(value, list):
        return type(before)(value)
    return value


def rebuilt(entry: Mapping[str, Any], context: Any) -> Any:
    """The context of a paused run from what its `RunState` has of it; in `context` where one is
    given.

    Raises:
        RunAborted: it was no dictionary, and nothing is given that it could be made in.
    """
    members, meta = entry.get("context"), entry.get("context_meta") or {}
    kind = meta.get("original_type")
    if context is None:
        if kind not in ("mapping", "none"):
            raise RunAborted(
                "context_missing",
                f"the run's context was {kind}, which only the program can make: give one as `context`, "
                "it is filled with what the log has",
            )
        return None if members is None else dict(members)
    if not meta.get("omitted") and members is not None and is_readable(context):
        restore(context, members)
    return context
