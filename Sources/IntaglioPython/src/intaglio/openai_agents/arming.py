"""Copies of tools that ask for their permit before they run, handed out in governed runs only.

`AgentBase.get_all_tools` is where every tool comes from, MCP's and a sandbox's too, before each
turn and when a `RunState` is read. The program's own objects are never changed.
"""

from __future__ import annotations

import functools
from typing import Any
from weakref import WeakSet

from agents import ComputerTool, RunContextWrapper, Tool
from agents.agent import AgentBase

from intaglio.openai_agents.current import current
from intaglio.openai_agents.governed import GovernedRun
from intaglio.openai_agents.tools import arm, hosted

_MARK = "_intaglio_armed"


# The functions that this module has put into classes of agents.
_installed: WeakSet[Any] = WeakSet()


def hold(agent: AgentBase[Any]) -> None:
    """Have what an agent's own classes and others have put before `AgentBase` armed as well."""
    for agents in type(agent).__mro__:
        if "get_all_tools" in vars(agents):
            install(agents)


def install(agents: type[Any]) -> None:
    """Have a class of agents hand out armed copies in governed runs, once for the process."""
    original = agents.__dict__["get_all_tools"]
    if original in _installed:
        return

    @functools.wraps(original)
    async def get_all_tools(
        self: AgentBase[Any], run_context: RunContextWrapper[Any]
    ) -> list[Tool]:
        tools: list[Tool] = await original(self, run_context)
        run = current.get()
        return tools if run is None else await armed(run, tools)

    _installed.add(get_all_tools)
    agents.get_all_tools = get_all_tools


async def armed(run: GovernedRun, tools: list[Tool]) -> list[Tool]:
    """Copies of `tools` for this run, without those that could not be held to its policy."""
    withheld = await hosted.withheld(run, tools)
    run.tools = [
        armed_copy(tool, run.hooks.has_policy)
        for tool in tools
        if not any(tool is other for other in withheld)
    ]
    return run.tools


def armed_copy(tool: Any, has_policy: bool) -> Any:
    """A copy that asks before it runs; a copy is its own."""
    if is_armed(tool):
        return tool
    copy = arm(tool, has_policy)
    setattr(copy, _MARK, True)
    return copy


def is_armed(tool: Any) -> bool:
    """Whether a tool is such a copy."""
    return getattr(tool, _MARK, False) is True


def is_computer(tool: Any) -> bool:
    """Whether a tool is the computer, whose actions no copy can hold."""
    return isinstance(tool, ComputerTool)
