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
    Tool,
    ToolSearchTool,
)

from intaglio.openai_agents import identity
from intaglio.openai_agents.governed import GovernedRun

_LOCAL = (ApplyPatchTool, ComputerTool, CustomTool, FunctionTool, LocalShellTool)
# These run nothing, or ask before they do.
_HARMLESS = (HostedMCPTool, ToolSearchTool)


def is_hosted(tool: Any) -> bool:
    """Whether the provider runs the tool, without asking."""
    if isinstance(tool, ShellTool):
        return tool.executor is None
    return not isinstance(tool, _LOCAL + _HARMLESS)


async def withheld(run: GovernedRun, tools: list[Tool]) -> list[Tool]:
    """The provider's tools that the model is not offered: the policy could refuse them.

    Nobody can be asked before such a tool runs. What is withheld is recorded, once in a run.
    """
    candidates = {identity.of_hosted(tool): tool for tool in tools if is_hosted(tool)}
    # A run that is about to go on has its calls decided already: nothing is offered before its next
    # turn.
    if not candidates or not run.id:
        return []
    answer = await run.call("tools.withhold", tools=list(candidates))
    return [candidates[name] for name in answer["withheld"]]
