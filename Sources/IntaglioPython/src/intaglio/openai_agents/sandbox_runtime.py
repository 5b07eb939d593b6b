"""Where the SDK makes an agent's sandbox ready: it is noted, and its tools are armed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from agents import Agent, CustomTool, RunState, Tool
from agents.run_internal.run_steps import ToolRunCustom
from agents.sandbox.runtime import SandboxRuntime
from openai.types.responses import ResponseCustomToolCall

from intaglio.openai_agents import arming, items
from intaglio.openai_agents.current import current

_prepare = SandboxRuntime.prepare_agent


def install() -> None:
    """Have the SDK prepare agents here, once for the process; other runs stay as they are."""
    runtime = cast(Any, SandboxRuntime)
    runtime.prepare_agent = prepare_agent


async def prepare_agent(self: Any, *, current_agent: Agent[Any], **options: Any) -> Any:
    """The SDK's copy of an agent that has a sandbox; in a governed run with armed tools."""
    prepared = await _prepare(self, current_agent=current_agent, **options)
    run, copy = current.get(), prepared.bindings.execution_agent
    if run is None or copy is current_agent:
        return prepared
    manager = self._session_manager
    run.participants.sandboxes.note(
        manager._ensure_resume_key(current_agent), manager.current_session
    )
    # A run that goes on takes its tools from the copy itself, where no agent hands them out.
    copy.tools = [arming.armed_copy(tool, run.hooks.has_policy) for tool in copy.tools]
    if options["is_resumed_state"] and run.paused_state is not None:
        _take_up(manager._run_state, run.paused_state, copy.tools)
    return prepared


def _take_up(state: RunState[Any, Any], members: Mapping[str, Any], tools: Sequence[Tool]) -> None:
    """Give a state the calls of custom tools that the SDK has left out of it.

    It reads a state before there is a sandbox, and drops the calls of tools that it does not find
    then: what people have approved would never be done.
    """
    response, kept = state._last_processed_response, members.get("last_processed_response")
    if response is None or not kept:
        return
    by_name = {tool.name: tool for tool in tools if isinstance(tool, CustomTool)}
    known = {items.member(one.tool_call, "call_id") for one in response.custom_tool_calls}
    for entry in kept["custom_tool_actions"]:
        call, tool = entry["tool_call"], by_name.get(entry["custom_tool"]["name"])
        if tool is not None and call["call_id"] not in known:
            parsed = ResponseCustomToolCall.model_validate(call)
            response.custom_tool_calls.append(ToolRunCustom(tool_call=parsed, custom_tool=tool))
