"""Tools of MCP servers that the model's provider calls, where the provider asks before it does."""

from __future__ import annotations

import inspect
from typing import Any

from agents import HostedMCPTool
from agents.tool import MCPToolApprovalFunctionResult, MCPToolApprovalRequest

from intaglio.openai_agents import identity, permits
from intaglio.openai_agents.ledger import Request
from intaglio.openai_agents.tools.copying import shallow


def arm(tool: HostedMCPTool) -> HostedMCPTool:
    """A copy whose provider asks before every call, and is told what was decided."""
    copy = shallow(tool)
    config: Any = {**tool.tool_config, "require_approval": "always"}
    copy.tool_config = config

    async def answer(asked: MCPToolApprovalRequest) -> MCPToolApprovalFunctionResult:
        data = asked.data
        name = identity.mcp(data.server_label, data.name)
        run = permits.run_of_body(name)
        request = Request("mcp_approval", name, data.arguments, data.id)
        entry = run.ledger.exact(request)
        if entry is not None and entry.effect == "deny":
            entry.progress = "ended"
            return {"approve": False, "reason": entry.message}
        own = tool.on_approval_request
        if own is not None:
            given: Any = own(asked)
            result: MCPToolApprovalFunctionResult = (
                await given if inspect.isawaitable(given) else given
            )
            if entry is not None:
                run.foreign.append((entry, bool(result["approve"])))
            if not result["approve"]:
                return result
        await permits.begin(run, request)
        return {"approve": True}

    copy.on_approval_request = answer
    return copy
