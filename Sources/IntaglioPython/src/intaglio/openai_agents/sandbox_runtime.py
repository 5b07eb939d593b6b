"""Where the SDK makes an agent's sandbox ready: it is noted, and its tools are armed."""

from __future__ import annotations

from typing import Any, cast

from agents import Agent
from agents.sandbox.runtime import SandboxRuntime

from intaglio.openai_agents import arming
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
    return prepared
