"""What the program wants to be asked about, of what a provider's MCP servers are to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from agents import HostedMCPTool, Tool

_OWN = "_intaglio_require_approval"


def own_setting(tool: HostedMCPTool) -> Any:
    """What the program says of approvals, of a tool of its own or of a copy."""
    return getattr(tool, _OWN, tool.tool_config.get("require_approval"))


def keep_setting(copy: HostedMCPTool, setting: Any) -> None:
    """Have a copy, which always asks, say what the program's tool says."""
    setattr(copy, _OWN, setting)


def is_asked_by_program(tools: Iterable[Tool], server: str, name: str) -> bool:
    """Whether the program itself wants to be asked about a call of a server's tool."""
    for tool in tools:
        if isinstance(tool, HostedMCPTool) and tool.tool_config["server_label"] == server:
            return asks(own_setting(tool), name)
    return True


def asks(setting: Any, name: str) -> bool:
    """Whether a `require_approval` wants the tool `name` asked about; one that is silent does."""
    if not isinstance(setting, Mapping):
        return bool(setting != "never")
    exempt = setting.get("never")
    return not (isinstance(exempt, Mapping) and name in exempt.get("tool_names", ()))
