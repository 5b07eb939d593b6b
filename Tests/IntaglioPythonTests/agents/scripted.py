"""A `Model` of the SDK that follows a script, without a server."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

from agents import Model, ModelResponse, Usage
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import TypeAdapter

sys.path.insert(0, str(Path(__file__).parents[3] / "Sources/IntaglioPython/examples"))

from scripted_model import Item, ScriptedModel, call, events, message, response

_events: TypeAdapter[Any] = TypeAdapter(ResponseStreamEvent)


class Script(Model):
    """Answers with one turn after the other; a turn that is an exception is raised."""

    def __init__(self, *turns: Sequence[Item] | BaseException | Callable[..., Any]) -> None:
        self.turns = list(turns)
        self.inputs: list[Any] = []
        self.tools: list[list[str]] = []
        self.model = "scripted"

    def _next(self, input: Any, tools: Any) -> dict[str, Any]:
        self.inputs.append(input)
        self.tools.append([tool.name for tool in tools])
        assert self.turns, "the script has ended"
        turn = self.turns.pop(0)
        if isinstance(turn, BaseException):
            raise turn
        return response(turn(input) if callable(turn) else turn)

    async def get_response(
        self,
        system_instructions: Any,
        input: Any,
        model_settings: Any,
        tools: Any,
        *more: Any,
        **all: Any,
    ) -> ModelResponse:
        whole = Response.model_validate(self._next(input, tools))
        usage = Usage(requests=1, input_tokens=11, output_tokens=7, total_tokens=18)
        return ModelResponse(output=whole.output, usage=usage, response_id=whole.id)

    async def stream_response(
        self,
        system_instructions: Any,
        input: Any,
        model_settings: Any,
        tools: Any,
        *more: Any,
        **all: Any,
    ) -> AsyncIterator[Any]:
        for number, event in enumerate(events(self._next(input, tools))):
            yield _events.validate_python({**event, "sequence_number": number})


__all__ = ["Item", "Script", "ScriptedModel", "call", "message"]
