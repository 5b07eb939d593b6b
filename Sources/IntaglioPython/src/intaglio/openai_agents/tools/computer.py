"""The computer, whose actions the callbacks hold: all copies of it in a run have one."""

from __future__ import annotations

from typing import Any

from agents import ComputerTool, RunContextWrapper
from agents.tool import _get_computer_initializer, resolve_computer

from intaglio.openai_agents.tools.copying import shallow


def arm(tool: ComputerTool[Any]) -> ComputerTool[Any]:
    """A copy that has the computer of the program's tool, also where one is made for each run.

    The SDK keeps such a computer by its tool, and copies are made for each turn.
    """
    copy = shallow(tool)
    if _get_computer_initializer(tool) is not None:

        async def computer(*, run_context: RunContextWrapper[Any]) -> Any:
            return await resolve_computer(tool=tool, run_context=run_context)

        copy.computer = computer
    return copy
