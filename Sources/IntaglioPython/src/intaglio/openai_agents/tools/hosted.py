"""Tools that the model's provider runs: they have run before anybody here could be asked."""

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
    ToolSearchTool,
)

from intaglio.openai_agents.governed import GovernedRun

_LOCAL = (ApplyPatchTool, ComputerTool, CustomTool, FunctionTool, LocalShellTool)
# These run nothing, or ask before they do.
_HARMLESS = (HostedMCPTool, ToolSearchTool)


def is_hosted(tool: Any) -> bool:
    """Whether the provider runs the tool, without asking."""
    if isinstance(tool, ShellTool):
        return tool.executor is None
    return not isinstance(tool, _LOCAL + _HARMLESS)


async def is_withheld(run: GovernedRun, tool: Any) -> bool:
    """Whether the model is not offered a tool, because the policy could deny it or ask: by
    record.
    """
    return False
