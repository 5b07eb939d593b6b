"""The program's run context as JSON, and back: a dictionary, a dataclass or a pydantic model."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, MutableMapping, MutableSequence
from typing import Any

from pydantic import BaseModel, TypeAdapter

from intaglio.openai_agents import items
from intaglio.openai_agents.errors import RunAborted


def is_readable(context: Any) -> bool:
    """Whether a context is of a kind that has members."""
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


def captured(context: Any) -> str | None:
    """A context as a text that it can be made from again; nothing if it cannot be."""
    if context is None:
        return "null"
    if not is_readable(context):
        return None
    try:
        text = _text(context)
        again = _made(type(context), json.loads(text))
        return text if _text(again) == text and _is_equal(again, context) else None
    except Exception:
        # Validators are the program's: they raise what they like. The checkpoint names what it
        # lacks.
        return None


def restore(context: Any, text: str) -> None:
    """Make a context say what it said when `text` was captured, in place: others hold it.

    Raises:
        TypeError: the context is of another kind than the one that was captured.
    """
    _copy(_made(type(context), json.loads(text)), context)


def fill(context: Any, members: Mapping[str, Any]) -> None:
    """Make a context say what a `RunState` has of it, in place."""
    _copy(_made(type(context), dict(members)), context)


def rebuilt(entry: Mapping[str, Any], context: Any) -> Any:
    """The context of a paused run, from what its `RunState` has of it.

    It is made in `context` where one is given.

    Raises:
        RunAborted: it was no dictionary, and nothing is given that it could be made in.
    """
    members, meta = entry.get("context"), entry.get("context_meta") or {}
    kind = meta.get("original_type")
    if context is None:
        if kind not in ("mapping", "none"):
            raise RunAborted(
                "context_missing",
                f"the run's context was {kind}, which only the program can make: give one as "
                "`context`, it is filled with what the log has",
            )
        return None if members is None else dict(members)
    if not meta.get("omitted") and members is not None and is_readable(context):
        fill(context, members)
    return context


def _text(context: Any) -> str:
    value: Any = context
    if isinstance(context, BaseModel):
        value = context.model_dump(mode="json")
    elif not isinstance(context, Mapping):
        kind: Any = type(context)
        value = _adapter(kind).dump_python(context, mode="json")
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return items.kept(text)


def _made(kind: type[Any], members: Any) -> Any:
    if issubclass(kind, BaseModel):
        return kind.model_validate(members)
    if dataclasses.is_dataclass(kind):
        return _adapter(kind).validate_python(members)
    return members


def _is_equal(again: Any, context: Any) -> bool:
    """Whether a dictionary survives JSON, which has no tuples and no keys but texts."""
    return not isinstance(context, Mapping) or again == context


_adapters: dict[type[Any], TypeAdapter[Any]] = {}


def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    if kind not in _adapters:
        _adapters[kind] = TypeAdapter(kind)
    return _adapters[kind]


def _copy(source: Any, target: Any) -> None:
    """Give `target`, and what it is made of, what `source` has: others hold parts of it."""
    if isinstance(target, MutableMapping) and isinstance(source, Mapping):
        for name in [name for name in target if name not in source]:
            del target[name]
        for name, value in source.items():
            target[name] = _merged(value, target.get(name))
    elif isinstance(target, BaseModel) and isinstance(source, type(target)):
        for name in type(target).model_fields:
            setattr(target, name, _merged(getattr(source, name), getattr(target, name)))
    elif dataclasses.is_dataclass(target) and isinstance(source, type(target)):
        for f in dataclasses.fields(target):
            value = _merged(getattr(source, f.name), getattr(target, f.name, None))
            # Frozen ones are restored as well: what they say is theirs, not who holds them.
            object.__setattr__(target, f.name, value)
    else:
        raise TypeError(f"a context of the class {type(target).__name__} cannot be restored")


def _merged(source: Any, target: Any) -> Any:
    """What stands for `source` where `target` stood: the same object, where it can say the same."""
    if isinstance(target, MutableSequence) and isinstance(source, type(target)):
        target[:] = source
        return target
    is_made_of_members = isinstance(target, (MutableMapping, BaseModel)) or (
        dataclasses.is_dataclass(target) and not isinstance(target, type)
    )
    if is_made_of_members and isinstance(source, (type(target), Mapping)):
        try:
            _copy(source, target)
        except TypeError:
            return source
        return target
    return source
