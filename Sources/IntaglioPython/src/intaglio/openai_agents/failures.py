"""How a run of the SDK failed, in the words of the record."""

from __future__ import annotations

import asyncio
from typing import Any

from agents import (
    InputGuardrailTripwireTriggered,
    MaxTurnsExceeded,
    OutputGuardrailTripwireTriggered,
    ToolInputGuardrailTripwireTriggered,
    ToolOutputGuardrailTripwireTriggered,
    ToolTimeoutError,
)

from intaglio.openai_agents import items
from intaglio.openai_agents.errors import RunAborted


def type_of(error: BaseException) -> str:
    """The kind of failure, as OpenTelemetry's `error.type`."""
    if isinstance(error, RunAborted):
        return error.code
    if isinstance(error, MaxTurnsExceeded):
        return "max_turns"
    if isinstance(error, (asyncio.CancelledError, KeyboardInterrupt, GeneratorExit)):
        return "cancelled"
    if isinstance(error, ToolTimeoutError):
        return "timeout"
    return type(error).__name__


def message_of(error: BaseException) -> str:
    """What happened."""
    return str(error) or type(error).__name__


def status_of(error: BaseException) -> str:
    """How a tool ended that raised `error`."""
    if isinstance(error, (asyncio.CancelledError, KeyboardInterrupt, GeneratorExit)):
        return "cancelled"
    return "timeout" if isinstance(error, ToolTimeoutError) else "error"


def guardrail_of(error: BaseException) -> dict[str, str] | None:
    """The guardrail that ended the run, where one did: its name, its stage, what it said."""
    if isinstance(error, InputGuardrailTripwireTriggered):
        result: Any = error.guardrail_result
        return _trip(result.guardrail, "input", result.output.output_info)
    if isinstance(error, OutputGuardrailTripwireTriggered):
        result = error.guardrail_result
        return _trip(result.guardrail, "output", result.output.output_info)
    if isinstance(error, ToolInputGuardrailTripwireTriggered):
        return _trip(error.guardrail, "tool_input", error.output.output_info)
    if isinstance(error, ToolOutputGuardrailTripwireTriggered):
        return _trip(error.guardrail, "tool_output", error.output.output_info)
    return None


def _trip(guardrail: Any, stage: str, info: Any) -> dict[str, str]:
    return {"name": guardrail.get_name(), "stage": stage, "message": items.result(info)}
