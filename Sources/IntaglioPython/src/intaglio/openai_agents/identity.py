"""The names by which policies know tools: `FAMILY:NAME`."""

from __future__ import annotations

from agents import Agent, FunctionTool, Handoff, Tool
from agents.tool import ToolOriginType


def function(name: str) -> str:
    """A function of the program, or the SDK's shell, apply_patch or computer in its process."""
    return f"function:{name}"


def mcp(server: str, name: str) -> str:
    """A tool of an MCP server; `/` and `%` in the server's name are written %2F and %25."""
    server = server.replace("%", "%25").replace("/", "%2F")
    return f"mcp:{server or '?'}/{name}"


def agent(name: str) -> str:
    """An agent that is called as a tool, by the tool's name."""
    return f"agent:{name}"


def handoff(name: str) -> str:
    """An agent that takes over, by its own name: not by that of the SDK's `transfer_to_` tool."""
    return f"handoff:{name}"


def hosted(name: str) -> str:
    """A tool that the model's provider runs."""
    return f"hosted:{name}"


def of_function(tool: FunctionTool) -> str:
    """What a `FunctionTool` of the SDK is: a function, an MCP server's tool, or an agent."""
    origin = tool._tool_origin
    if origin is not None and origin.type is ToolOriginType.MCP:
        return mcp(origin.mcp_server_name or "", tool.name)
    if tool._is_agent_tool:
        return agent(tool.name)
    return function(tool.qualified_name)


def of_hosted(tool: Tool) -> str:
    """What a tool of the provider's is known by."""
    return hosted(tool.name)


def handoff_names(source: Agent[object]) -> dict[str, str]:
    """By the names of the tools that hand off, the agents that would take over from `source`."""
    names: dict[str, str] = {}
    for target in source.handoffs:
        if isinstance(target, Handoff):
            names[target.tool_name] = target.agent_name
        else:
            names[Handoff.default_tool_name(target)] = target.name
    return names
