"""Function tools: the program's own, MCP's, a sandbox's, and agents that are called as tools."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, cast

from agents import FunctionTool, RunContextWrapper
from agents.agent_tool_state import get_agent_tool_state_scope, peek_agent_tool_run_result
from agents.tool import (
    default_tool_timeout_error_message,
    invoke_function_tool,
    resolve_function_tool_failure_error_function,
)
from agents.tool_context import ToolContext
from agents.util._approvals import evaluate_needs_approval_setting

from intaglio.openai_agents import approvals, failures, identity, permits
from intaglio.openai_agents.current import current
from intaglio.openai_agents.ledger import Request
from intaglio.openai_agents.tools import guardrails
from intaglio.openai_agents.tools.copying import shallow


@dataclass
class _Outcome:
    """What a body raised before the SDK made a text of it."""

    error: BaseException | None = None


_outcome: ContextVar[_Outcome | None] = ContextVar("intaglio_outcome", default=None)


def arm(tool: FunctionTool) -> FunctionTool:
    """A copy whose body asks for the permit of exactly the arguments that it is given."""
    copy = shallow(tool)
    copy.on_invoke_tool = _Body(_watched(tool), identity.of_function(tool))
    copy.needs_approval = _needs_approval(tool)
    copy.tool_input_guardrails = guardrails.watched(tool.tool_input_guardrails, "tool_input")
    copy.tool_output_guardrails = guardrails.watched(tool.tool_output_guardrails, "tool_output")
    # The body keeps its own time: what the engine takes is none of it.
    copy.timeout_seconds = None
    return copy


class _Body:
    """The body of a function tool, behind its permit."""

    def __init__(self, tool: FunctionTool, name: str) -> None:
        self._tool = tool
        self._name = name
        for member, value in getattr(tool.on_invoke_tool, "__dict__", {}).items():
            if member.startswith("__agents_"):
                setattr(self, member, value)

    async def __call__(self, context: ToolContext[Any], arguments: str) -> Any:
        run = permits.run_of_body(self._name)
        request = Request("function", self._name, arguments, context.tool_call_id)
        entry = await permits.begin(run, request)
        outcome = _Outcome()
        token = _outcome.set(outcome)
        try:
            result = await invoke_function_tool(
                function_tool=self._tool, context=context, arguments=arguments
            )
        except BaseException as error:
            await permits.failed(run, entry, error)
            run.check()
            raise
        finally:
            _outcome.reset(token)
        if self._tool._is_agent_tool and _waits_beneath(context):
            await permits.paused(run, entry)
            return result
        status = "ok" if outcome.error is None else failures.status_of(outcome.error)
        await permits.ended(run, entry, result, status)
        return result


def _waits_beneath(context: ToolContext[Any]) -> bool:
    """Whether the agent behind a tool was interrupted: the tool will be called again."""
    if context.tool_call is None:
        return False
    scope = get_agent_tool_state_scope(context)
    result: Any = peek_agent_tool_run_result(context.tool_call, scope_id=scope)
    return bool(getattr(result, "interruptions", None))


def _watched(tool: FunctionTool) -> FunctionTool:
    """A copy that behaves the same and tells of the errors that it makes texts of."""
    copy = shallow(tool)
    formatter = resolve_function_tool_failure_error_function(tool)
    if formatter is not None:
        copy._failure_error_function = _telling(formatter)
        copy._use_default_failure_error_function = False
    on_timeout = tool.timeout_error_function or _timeout_message(tool)
    copy.timeout_error_function = _telling(on_timeout)
    bind = getattr(copy.on_invoke_tool, "__agents_bind_function_tool__", None)
    if bind is not None:
        copy.on_invoke_tool = bind(copy)
    return copy


def _telling(format: Callable[..., Any]) -> Callable[..., Any]:
    async def told(context: RunContextWrapper[Any], error: Exception) -> str:
        outcome = _outcome.get()
        if outcome is not None:
            outcome.error = error
        text = format(context, error)
        return cast(str, await text if inspect.isawaitable(text) else text)

    return told


def _timeout_message(tool: FunctionTool) -> Callable[..., str]:
    def message(context: RunContextWrapper[Any], error: Exception) -> str:
        return default_tool_timeout_error_message(
            tool_name=tool.name, timeout_seconds=tool.timeout_seconds or 0
        )

    return message


def _needs_approval(tool: FunctionTool) -> Callable[..., Any]:
    async def needs(context: RunContextWrapper[Any], parameters: Any, call: str) -> bool:
        own = await evaluate_needs_approval_setting(tool.needs_approval, context, parameters, call)
        run = current.get()
        return own if run is None else await approvals.needed(run, ("function",), call, own)

    return needs
