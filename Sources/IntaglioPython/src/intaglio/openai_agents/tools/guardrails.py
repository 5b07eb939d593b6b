"""Guardrails of tools: those that replace a call or its result by a text of theirs are recorded."""

from __future__ import annotations

import dataclasses
import inspect
from typing import Any

from intaglio.openai_agents import items
from intaglio.openai_agents.current import current


def watched(guardrails: list[Any] | None, stage: str) -> list[Any] | None:
    """Copies of a tool's guardrails that say and do the same, and are recorded where they reject.

    One that raises ends the run, whose failure names it.
    """
    if not guardrails:
        return guardrails
    return [_watched(guardrail, stage) for guardrail in guardrails]


def _watched(guardrail: Any, stage: str) -> Any:
    function = guardrail.guardrail_function

    async def judge(data: Any) -> Any:
        output = function(data)
        output = await output if inspect.isawaitable(output) else output
        run = current.get()
        behavior = output.behavior
        if run is not None and behavior["type"] == "reject_content":
            run.tell(
                "guardrail.tripped",
                name=guardrail.get_name(),
                stage=stage,
                message=items.result(behavior["message"]),
            )
        return output

    return dataclasses.replace(guardrail, guardrail_function=judge, name=guardrail.get_name())
