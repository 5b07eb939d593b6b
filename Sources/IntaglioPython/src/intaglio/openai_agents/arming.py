"""Copies of tools that ask for their permit before they run, handed out in governed runs only.

`AgentBase.get_all_tools` is where every tool comes from, MCP's and a sandbox's too, before each
turn and when a `RunState` is read. The program's own objects are never changed.
"""

from __future__ import annotations

import functools
from typing import Any
from weakref import WeakSet

from agents import ComputerTool, Tool
from agents.agent import AgentBase

from intaglio.openai_agents.current import current
from intaglio.openai_agents.governed import GovernedRun
from intaglio.openai_agents.tools import arm, hosted

_MARK = "_intaglio_armed"
_NAME = "get_all_tools"
# The functions that this module has put before others.
_ours: WeakSet[Any] = WeakSet()


def hold(agent: AgentBase[Any]) -> None:
    """Have what an agent's own classes and others have put before `AgentBase` armed as well."""
    for agents in type(agent).__mro__:
        if _NAME in vars(agents):
            install(agents)


def install(agents: type[Any]) -> None:
    """Have a class of agents hand out armed copies in governed runs, once for the process."""
    original = vars(agents)[_NAME]
    if not isinstance(original, _ArmedMethod):
        setattr(agents, _NAME, _ArmedMethod(agents, original))


class _ArmedMethod:
    """`get_all_tools` of a class, in governed runs with what it gives armed.

    A data descriptor, so that it comes before what a program has put into an object's own members;
    that stays where it is, and is what gives the tools.
    """

    def __init__(self, owner: type[Any], original: Any) -> None:
        self._owner = owner
        # Whoever has patched the class may put back what he found there.
        self._function = original if original in _ours else _arming(original)

    def __get__(self, agent: AgentBase[Any] | None, agents: type[Any]) -> Any:
        if agent is None:
            return self._function
        own = vars(agent).get(_NAME)
        if own is None or not self._is_first(type(agent)):
            return self._function.__get__(agent, agents)
        return own if current.get() is None else _arming(own)

    def __set__(self, agent: AgentBase[Any], own: Any) -> None:
        vars(agent)[_NAME] = own

    def __delete__(self, agent: AgentBase[Any]) -> None:
        if _NAME not in vars(agent):
            raise AttributeError(_NAME)
        del vars(agent)[_NAME]

    def _is_first(self, agents: type[Any]) -> bool:
        """Whether a look-up by the object ends here; by `super()` it ends further back."""
        first = next(one for one in agents.__mro__ if _NAME in vars(one))
        return first is self._owner


def _arming(original: Any) -> Any:
    @functools.wraps(original)
    async def get_all_tools(*arguments: Any, **named: Any) -> list[Tool]:
        tools: list[Tool] = await original(*arguments, **named)
        run = current.get()
        return tools if run is None else await armed(run, tools)

    _ours.add(get_all_tools)
    return get_all_tools


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
