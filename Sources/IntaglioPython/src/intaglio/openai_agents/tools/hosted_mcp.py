"""Tools of MCP servers that the model's provider calls, where the provider asks before it does."""

from __future__ import annotations

import inspect
from typing import Any

from agents import HostedMCPTool
from agents.tool import MCPToolApprovalFunctionResult, MCPToolApprovalRequest

from intaglio.openai_agents import identity, permits, provider_approvals
from intaglio.openai_agents.ledger import Request
from intaglio.openai_agents.tools.copying import shallow


def arm(tool: HostedMCPTool) -> HostedMCPTool:
    """A copy whose provider asks before every call, and is told what was decided."""
    copy = shallow(tool)
    own, setting = tool.on_approval_request, provider_approvals.own_setting(tool)
    config: Any = {**tool.tool_config, "require_approval": "always"}
    copy.tool_config = config
    provider_approvals.keep_setting(copy, setting)
    if own is None and setting != "never":
        # The program wants a pause: the SDK asks for the approval's status, which the ledger tells.
        return copy

    async def answer(asked: MCPToolApprovalRequest) -> MCPToolApprovalFunctionResult:
        data = asked.data
        name = identity.mcp(data.server_label, data.name)
        run = permits.run_of_body(name)
        request = Request("mcp_approval", name, data.arguments, data.id)
        entry = run.ledger.exact(request)
        if entry is not None and entry.effect == "deny":
            entry.progress = "ended"
            return {"approve": False, "reason": entry.message}
        if own is not None and provider_approvals.asks(setting, data.name):
            given: Any = own(asked)
            result: MCPToolApprovalFunctionResult = (
                await given if inspect.isawaitable(given) else given
            )
            if entry is not None:
                run.note_approval(entry, bool(result["approve"]))
            if not result["approve"]:
                return result
        await permits.begin(run, request)
        return {"approve": True}

    copy.on_approval_request = answer
    return copy
