"""What dataclasses and pydantic models are made of: told apart, compared, and copied in place.

Declared members are those that such an object is serialized with. Beside them it may have others:
private attributes, excluded fields, and attributes that are no fields.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Collection, Mapping, MutableMapping, MutableSequence, MutableSet
from typing import Any

from pydantic import BaseModel


def has_members(value: Any) -> bool:
    """Whether a value is a pydantic model or a dataclass."""
    return isinstance(value, BaseModel) or (
        dataclasses.is_dataclass(value) and not isinstance(value, type)
    )


def declared(value: Any) -> dict[str, Any]:
    """The members that a model or a dataclass is serialized with, by name."""
    if isinstance(value, BaseModel):
        fields = type(value).model_fields.items()
        named = {name: getattr(value, name) for name, field in fields if not field.exclude}
        return {**named, **(value.__pydantic_extra__ or {})}
    return {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}


def excluded(model: BaseModel) -> dict[str, Any]:
    """The fields of a model that it is not to be serialized with, by name."""
    fields = type(model).model_fields.items()
    return {name: getattr(model, name) for name, field in fields if field.exclude}


def beside(value: Any) -> dict[str, Any]:
    """The other members of a model or a dataclass, by name, without what is cached of them."""
    if isinstance(value, BaseModel):
        return {**excluded(value), **(value.__pydantic_private__ or {})}
    names = {*getattr(value, "__dict__", ()), *_slots(type(value))}
    names -= {f.name for f in dataclasses.fields(value)} | _cached(value)
    return {name: getattr(value, name) for name in sorted(names) if hasattr(value, name)}


def difference(one: Any, other: Any, where: str) -> str | None:
    """Where two values differ, or their kinds do; None if nowhere. `where` names them."""
    if type(one) is not type(other):
        are_numbers = isinstance(one, (int, float)) and isinstance(other, (int, float))
        return None if are_numbers and one == other else where
    if has_members(one):
        return difference_of_members(declared(one), declared(other), where) or (
            difference_of_members(beside(one), beside(other), where)
        )
    if isinstance(one, Mapping):
        return difference_of_members(one, other, where)
    if isinstance(one, (list, tuple)) and len(one) == len(other):
        pairs = enumerate(zip(one, other, strict=True))
        found = (difference(a, b, f"{where}.{index}") for index, (a, b) in pairs)
        return next((place for place in found if place is not None), None)
    return None if one == other else where


def difference_of_members(
    one: Mapping[str, Any], other: Mapping[str, Any], where: str
) -> str | None:
    """As `difference`, of two values that are given by their members."""
    for name in {**one, **other}:
        place = f"{where}.{name}"
        if name not in one or name not in other:
            return place
        found = difference(one[name], other[name], place)
        if found is not None:
            return found
    return None


def copy(source: Any, target: Any, left: Collection[str] | None = ()) -> None:
    """Give `target`, and what it is made of, what `source` has: others hold parts of it.

    The members beside the declared ones that are in `left` stay as they are; with None all do.

    Raises:
        TypeError: they are not of one kind.
    """
    if isinstance(target, MutableMapping) and isinstance(source, Mapping):
        for name in [name for name in target if name not in source]:
            del target[name]
        for name, value in source.items():
            target[name] = _merged(value, target.get(name))
    elif has_members(target) and type(source) is type(target):
        _copy_declared(source, target)
        if left is not None:
            _copy_beside(source, target, left)
        for name in _cached(target):
            target.__dict__.pop(name, None)
    else:
        raise TypeError(f"a context of the class {type(target).__name__} cannot be restored")


def _copy_declared(source: Any, target: Any) -> None:
    now = declared(source)
    extra = getattr(target, "__pydantic_extra__", None) or {}
    for name in [name for name in extra if name not in now]:
        del extra[name]
    for name, value in now.items():
        _put(target, name, _merged(value, getattr(target, name, None)))


def _copy_beside(source: Any, target: Any, left: Collection[str]) -> None:
    now = beside(source)
    for name in beside(target):
        if name not in left and name not in now:
            _remove(target, name)
    for name, value in now.items():
        if name not in left:
            _put(target, name, _merged(value, getattr(target, name, None)))


def _put(target: Any, name: str, value: Any) -> None:
    """Set a member; of frozen objects too: what they say is theirs, not who holds them."""
    if not isinstance(target, BaseModel):
        object.__setattr__(target, name, value)
    elif name in type(target).model_fields:
        target.__dict__[name] = value
    else:
        _store(target, name)[name] = value


def _remove(target: Any, name: str) -> None:
    if isinstance(target, BaseModel):
        _store(target, name).pop(name, None)
    else:
        object.__delattr__(target, name)


def _store(model: BaseModel, name: str) -> dict[str, Any]:
    """Where a model keeps a member that is no field."""
    if name in type(model).__private_attributes__:
        found = model.__pydantic_private__
    else:
        found = model.__pydantic_extra__
    # Models that may have such a member have a place for it.
    assert found is not None
    return found


def _merged(source: Any, target: Any) -> Any:
    """What stands for `source` where `target` stood: the same object, where it can say the same."""
    if isinstance(target, MutableSequence) and type(source) is type(target):
        target[:] = source
    elif isinstance(target, MutableSet) and type(source) is type(target):
        target.clear()
        target |= source
    elif (has_members(target) or isinstance(target, MutableMapping)) and (
        type(source) is type(target)
    ):
        copy(source, target)
    else:
        return source
    return target


def _cached(value: Any) -> set[str]:
    """The properties of a value that are made of its members when they are asked for."""
    kind = type(value)
    return {
        name
        for name in getattr(value, "__dict__", ())
        if isinstance(getattr(kind, name, None), functools.cached_property)
    }


def _slots(kind: type[Any]) -> set[str]:
    """The names of the attributes that a class and those above it have places for."""
    names: set[str] = set()
    for one in kind.__mro__:
        slots = vars(one).get("__slots__", ())
        names.update([slots] if isinstance(slots, str) else slots)
    return names - {"__dict__", "__weakref__"}
