"""Custom tools, whose input is any text."""

from __future__ import annotations

import inspect
from typing import Any

from agents import CustomTool, RunContextWrapper
from agents.util._approvals import evaluate_needs_approval_setting

from intaglio.openai_agents import identity, permits
from intaglio.openai_agents.calls import custom_arguments
from intaglio.openai_agents.ledger import Request
from intaglio.openai_agents.tools.asking import needs_approval, own_callback
from intaglio.openai_agents.tools.copying import shallow


def arm(tool: CustomTool) -> CustomTool:
    """A copy whose body asks for the permit of exactly the input that it is given."""
    copy = shallow(tool)

    async def body(context: Any, given: str) -> Any:
        name = identity.function(tool.name)
        run = permits.run_of_body(name)
        request = Request("custom", name, custom_arguments(given), context.tool_call_id)
        entry = await permits.begin(run, request)
        try:
            result = tool.on_invoke_tool(context, given)
            result = await result if inspect.isawaitable(result) else result
        except BaseException as error:
            await permits.failed(run, entry, error)
            raise
        await permits.ended(run, entry, result)
        return result

    async def own(context: RunContextWrapper[Any], given: str, call: str) -> bool:
        setting = tool.runtime_needs_approval()
        return await evaluate_needs_approval_setting(setting, context, given, call)

    copy.on_invoke_tool = body
    copy.runtime_needs_approval = lambda: needs_approval(own, ("custom",))  # type: ignore[method-assign]
    copy.runtime_on_approval = lambda: own_callback(tool.runtime_on_approval())  # type: ignore[method-assign]
    return copy
