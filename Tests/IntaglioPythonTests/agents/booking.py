"""An agent that books seats, and what the tests look at."""

from __future__ import annotations

from typing import Any

from agents import Agent, RunContextWrapper, function_tool
from scripted import Script, call, message

DONE = [message("Booked.")]


@function_tool
def book(context: RunContextWrapper[Any], seat: str) -> str:
    """Book a seat."""
    if isinstance(context.context, dict):
        context.context["seats"].append(seat)
        context.context["count"] += 1
    elif context.context is not None:
        context.context.seats.append(seat)
        context.context.count += 1
    return "booked"


def desk(*seats: str) -> Agent[Any]:
    turns = [[call("book", {"seat": seat})] for seat in seats]
    return Agent(name="desk", model=Script(*turns, [message("Booked.")]), tools=[book])


def texts(items: list[Any]) -> list[str]:
    return [item.get("role") or item.get("type") for item in items]
