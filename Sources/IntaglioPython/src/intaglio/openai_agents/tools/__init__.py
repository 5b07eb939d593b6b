"""The SDK's families of tools, each with the copy of it that asks before it runs."""

from __future__ import annotations

from typing import Any

from agents import (
    ApplyPatchTool,
    ComputerTool,
    CustomTool,
    FunctionTool,
    HostedMCPTool,
    LocalShellTool,
    ShellTool,
)

from intaglio.openai_agents.tools import computer, custom, function, hosted_mcp, patch, shell
from intaglio.openai_agents.tools.copying import shallow


def arm(tool: Any, has_policy: bool) -> Any:
    """A copy of `tool` that asks before it runs; of a tool that does not run here, a plain copy."""
    if isinstance(tool, FunctionTool):
        return function.arm(tool)
    if isinstance(tool, CustomTool):
        return custom.arm(tool)
    if isinstance(tool, ShellTool):
        return shell.arm(tool)
    if isinstance(tool, LocalShellTool):
        return shell.arm_local(tool)
    if isinstance(tool, ApplyPatchTool):
        return patch.arm(tool)
    if isinstance(tool, ComputerTool):
        return computer.arm(tool)
    if isinstance(tool, HostedMCPTool) and has_policy:
        return hosted_mcp.arm(tool)
    return shallow(tool)
