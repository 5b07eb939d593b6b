"""A run context comes back as it was, in place; what cannot come back is told, never lost."""

from __future__ import annotations

import asyncio
import enum
import functools
import threading
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest
from agents import Agent, RunContextWrapper, Runner, function_tool
from pydantic import BaseModel, ConfigDict, Field, PrivateAttr
from scripted import Script, call, message
from watched import Watched, rules

from intaglio import IntaglioError
from intaglio.openai_agents import context as contexts


@dataclass
class Seat:
    row: int = 0
    tags: list[str] = field(default_factory=list)


@dataclass
class Trip:
    seat: Seat = field(default_factory=Seat)
    seats: list[Seat] = field(default_factory=list)
    by_name: dict[str, Seat] = field(default_factory=dict)
    seen: set[int] = field(default_factory=set)
    price: float = 0.0


@dataclass(slots=True)
class Slots:
    count: int = 0
    tags: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Frozen:
    count: int = 0
    tags: list[str] = field(default_factory=list)


class Place:
    __slots__ = ("note",)


@dataclass
class Noted(Place):
    count: int = 0

    def __post_init__(self) -> None:
        self.note = 1
        self.extra = {"a": 1}


@dataclass
class Total:
    parts: list[int] = field(default_factory=list)

    @functools.cached_property
    def total(self) -> int:
        return sum(self.parts)


class Private(BaseModel):
    count: int = 0
    _secret: int = PrivateAttr(default=0)
    _lock: Any = PrivateAttr(default_factory=threading.Lock)


class Extra(BaseModel):
    model_config = ConfigDict(extra="allow")
    count: int = 0


class FrozenModel(BaseModel):
    model_config = ConfigDict(frozen=True)
    count: int = 0
    tags: list[str] = []


class Named(BaseModel):
    when: datetime = Field(default=datetime(2026, 1, 1), alias="at")
    count: int = Field(default=0, serialization_alias="number")


class Client(BaseModel):
    model_config = ConfigDict(arbitrary_types_allowed=True)
    count: int = 0
    client: threading.Event = Field(exclude=True)


def change(trip: Trip) -> None:
    trip.seat.row, trip.price = 4, 2.5
    trip.seat.tags.append("window")
    trip.seats.append(Seat(2))
    trip.by_name["bob"] = Seat(3)
    trip.seen.add(7)


def count(value: Any) -> None:
    object.__setattr__(value, "count", 7) if not isinstance(value, BaseModel) else (
        value.__dict__.update(count=7)
    )
    if hasattr(value, "tags"):
        value.tags.append("late")


def private(value: Private) -> None:
    value.count, value._secret = 3, 9


def extra(value: Extra) -> None:
    value.count = 3
    value.late = "x"  # type: ignore[attr-defined]


def attributes(value: Noted) -> None:
    value.count, value.note = 3, 4
    value.extra["b"] = 2
    value.late = 1  # type: ignore[attr-defined]


def total(value: Total) -> None:
    value.parts.append(4)
    value.__dict__.pop("total")
    assert value.total == 4


def state(value: Any) -> Any:
    """All that there is to see of an object."""
    seen = {
        name: getattr(value, name) for name in ("note", "extra", "late") if hasattr(value, name)
    }
    return repr(value), seen, getattr(value, "_secret", None), getattr(value, "total", None)


@pytest.mark.parametrize(
    ("make", "alter"),
    [
        (Trip, change),
        (Slots, count),
        (Frozen, count),
        (Noted, attributes),
        (Total, total),
        (Private, private),
        (Extra, extra),
        (FrozenModel, count),
        (Named, count),
    ],
)
def test_all_of_it_comes_back(make: Callable[[], Any], alter: Callable[[Any], None]) -> None:
    context = make()
    before, text = state(context), contexts.captured(context)
    assert text is not None
    alter(context)
    assert state(context) != before
    contexts.restore(context, text)
    assert state(context) == before and contexts.captured(context) == text


def test_a_whole_number_passes_for_another_number() -> None:
    assert contexts.captured(Trip(price=2)) is not None


def test_what_others_hold_is_the_same_object() -> None:
    trip = Trip(by_name={"ann": Seat(1)}, seen={1})
    held = (trip.seat, trip.seats, trip.by_name, trip.by_name["ann"], trip.seen)
    text = contexts.captured(trip)
    assert text is not None
    change(trip)
    contexts.restore(trip, text)
    now = (trip.seat, trip.seats, trip.by_name, trip.by_name["ann"], trip.seen)
    assert all(one is other for one, other in zip(held, now, strict=True))


@dataclass
class Any_:
    value: Any = None


class Color(str, enum.Enum):
    RED = "red"


class Base(BaseModel):
    count: int = 0


class More(Base):
    more: int = 0


class Holder(BaseModel):
    base: Base = Base()
    private: list[Private] = []


@pytest.mark.parametrize(
    ("context", "place"),
    [
        (Any_(threading.Lock()), "lock"),
        (Any_(Seat(1)), "Any_.value"),
        (Any_((1, 2)), "Any_.value"),
        (Any_({"a": [{1}]}), "Any_.value.a.0"),
        (Any_(Color.RED), "Any_.value"),
        (Any_(float("nan")), "Any_"),
        ({"client": threading.Lock()}, "lock"),
        ({"pair": (1, 2)}, "dict.pair"),
        ({1: 2}, "dict.1"),
        ({"counts": defaultdict(int, a=1)}, "dict.counts"),
        (Holder(base=More(more=1)), "Holder.base"),
        (Holder(private=[Private()]), "Holder.private.0._lock"),
        (object(), "object"),
    ],
)
def test_what_cannot_come_back_is_not_captured_and_is_named(context: Any, place: str) -> None:
    assert contexts.captured(context) is None
    why = contexts.obstacle(context)
    assert why is not None and place in why and "\n" not in why


def test_what_is_private_stays_and_is_named() -> None:
    context = Private(count=1)
    lock, context._secret = context._lock, 5
    text = contexts.captured(context)
    assert text is not None and contexts.left(text) == ["_secret", "_lock"]
    context.count, context._secret = 2, 6
    contexts.restore(context, text)
    assert (context.count, context._secret, context._lock) == (1, 6, lock)
    client = Client(client=threading.Event())
    told = contexts.captured(client)
    assert told is not None and contexts.left(told) == ["client"]


@function_tool
def act(context: RunContextWrapper[Any]) -> str:
    context.context.count += 1
    return "acted"


def agent() -> Agent[Any]:
    return Agent(name="a", model=Script([call("act", "{}")], [message("Done.")]), tools=[act])


def test_a_rollback_says_what_it_leaves(governor: Watched) -> None:
    hooks, context = governor.hooks(mission_id="m"), Private()
    context._secret = 5
    Runner.run_sync(agent(), "Go", hooks=hooks, context=context)
    start = hooks.checkpoints_sync()[-1]
    assert hooks.preview_sync(start).left == ["_secret", "_lock"]
    assert hooks.rollback_sync(start).left == ["_secret", "_lock"]
    assert context.count == 0


@dataclass
class Locked:
    count: int = 0
    lock: Any = field(default_factory=threading.Lock)


def test_a_refused_rollback_names_the_member(governor: Watched) -> None:
    hooks, context = governor.hooks(mission_id="m"), Locked()
    Runner.run_sync(agent(), "Go", hooks=hooks, context=context)
    with pytest.raises(IntaglioError, match="lock") as caught:
        hooks.rollback_run_sync()
    assert caught.value.code == "not_restorable" and context.count == 1


def test_a_run_that_waits_goes_on_with_a_context_that_cannot_be_captured(
    governor: Watched,
) -> None:
    async def main() -> None:
        governor.policy = rules("allow", {"when": {"tool": "act"}, "effect": "review"})
        hooks, context, one = governor.hooks(mission_id="m"), Locked(), agent()
        await Runner.run(one, "Go", hooks=hooks, context=context)
        governor.vote(True)
        assert (await hooks.resume(one, context=context)).final_output == "Done."
        assert context.count == 1

    asyncio.run(main())
