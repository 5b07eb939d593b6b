"""What a model's answer asks for, and what its provider has run already.

Follows `process_model_response` of the SDK, which decides in the same way which tool an item is
for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from agents import (
    ApplyPatchTool,
    CustomTool,
    FunctionTool,
    LocalShellTool,
    ShellTool,
    Tool,
)
from agents._tool_identity import (
    build_function_tool_lookup_map,
    get_function_tool_lookup_key_for_call,
    get_tool_call_qualified_name,
)
from agents.run_internal.tool_execution import (
    coerce_apply_patch_operations,
    coerce_shell_call,
    extract_tool_call_id,
    is_apply_patch_name,
    parse_apply_patch_custom_input,
    parse_apply_patch_function_args,
)

from intaglio.openai_agents import identity, items
from intaglio.openai_agents.ledger import Kind, Request
from intaglio.openai_agents.provider_approvals import is_asked_by_program

# Items that ask for nothing, and report nothing that ran. The response has them whole.
_SILENT = {"message", "reasoning", "mcp_list_tools", "compaction", "tool_search_output"}
# What a provider's tool gave, by the member of its item that has it.
_RESULTS = {
    "file_search_call": "results",
    "code_interpreter_call": "outputs",
    "image_generation_call": "result",
    "web_search_call": "status",
}


@dataclass(frozen=True)
class HostedCall:
    """A tool of the model's provider that has run."""

    tool: str
    arguments: str
    id: str
    result: str
    # The request for approval that it had, if it had one.
    approval: str | None = None


@dataclass
class Asked:
    """All that is in a model's answer."""

    requests: list[Request] = field(default_factory=list)
    hosted: list[HostedCall] = field(default_factory=list)
    # Of a provider's servers' requests, those that the program itself wants to be asked about.
    asked_by_program: set[Request] = field(default_factory=set)
    # The items of the computer's actions, in order.
    actions: list[Any] = field(default_factory=list)
    # Kinds of items that this version does not know.
    unknown: list[str] = field(default_factory=list)


class Toolbox:
    """The tools that a model was offered in a turn, found as the SDK finds them."""

    def __init__(self, tools: Sequence[Tool], handoffs: Mapping[str, str]) -> None:
        self.tools = tools
        self.handoffs = handoffs
        self.functions: Mapping[Any, FunctionTool] = build_function_tool_lookup_map(
            [tool for tool in tools if isinstance(tool, FunctionTool)]
        )
        self.customs = {tool.name for tool in tools if isinstance(tool, CustomTool)}
        self.shell = _first(tools, ShellTool)
        self.local_shell = _first(tools, LocalShellTool)
        self.apply_patch = _first(tools, ApplyPatchTool)

    def read(self, output: Iterable[Any], context: Any) -> Asked:
        """What `output` asks for, in its order."""
        asked = Asked()
        output = list(output)
        for item in output:
            _Reader(self, asked, context, output).read(item)
        return asked


def _first(tools: Sequence[Tool], family: type[Any]) -> Any:
    return next((tool for tool in tools if isinstance(tool, family)), None)


@dataclass
class _Reader:
    toolbox: Toolbox
    asked: Asked
    context: Any
    output: list[Any]

    def read(self, item: Any) -> None:
        type_ = items.member(item, "type") or type(item).__name__
        reader = getattr(self, f"_read_{type_}", None)
        if reader is not None:
            reader(item)
        elif type_ in _RESULTS or type_.endswith("_call"):
            self._hosted(
                type_.removesuffix("_call"), item, items.member(item, _RESULTS.get(type_, ""))
            )
        elif type_ not in _SILENT:
            self.asked.unknown.append(str(type_))

    def _ask(self, kind: Kind, tool: str, arguments: str, id: str | None) -> None:
        self.asked.requests.append(Request(kind, tool, arguments, id or ""))

    def _hosted(self, name: str, item: Any, result: Any, tool: str | None = None) -> None:
        id = items.member(item, "call_id") or items.member(item, "id") or ""
        self.asked.hosted.append(
            HostedCall(tool or identity.hosted(name), items.text(item), id, items.result(result))
        )

    def _read_function_call(self, item: Any) -> None:
        toolbox = self.toolbox
        qualified = get_tool_call_qualified_name(item)
        if qualified == item.name and item.name in toolbox.handoffs:
            tool = identity.handoff(toolbox.handoffs[item.name])
            return self._ask("handoff", tool, item.arguments, item.call_id)
        key = get_function_tool_lookup_key_for_call(item)
        function = toolbox.functions.get(key) if key is not None else None
        if function is None and is_apply_patch_name(item.name, toolbox.apply_patch):
            return self._patch(
                item, lambda: {"operation": parse_apply_patch_function_args(item.arguments)}
            )
        if function is None:
            # The SDK ends the run over a tool that is not there; it was asked for all the same.
            tool = identity.function(qualified or item.name)
        else:
            tool = identity.of_function(function)
        self._ask("function", tool, item.arguments, item.call_id)

    def _read_custom_tool_call(self, item: Any) -> None:
        name, given = items.member(item, "name"), items.member(item, "input")
        if name not in self.toolbox.customs and is_apply_patch_name(name, self.toolbox.apply_patch):
            return self._patch(item, lambda: parse_apply_patch_custom_input(given))
        self._ask("custom", identity.function(name), custom_arguments(given), call_id(item))

    def _read_shell_call(self, item: Any) -> None:
        shell = self.toolbox.shell
        if shell is not None and (shell.environment or {}).get("type") != "local":
            id = call_id(item)
            outputs = [
                items.member(other, "output")
                for other in self.output
                if items.member(other, "type") == "shell_call_output" and call_id(other) == id
            ]
            return self._hosted(shell.name, item, outputs[0] if outputs else None)
        self._ask(
            "shell", identity.function("shell"), _readable(shell_arguments, item), call_id(item)
        )

    def _read_shell_call_output(self, item: Any) -> None:
        """Is told with its call."""

    def _read_local_shell_call(self, item: Any) -> None:
        if self.toolbox.local_shell is None and self.toolbox.shell is not None:
            return self._read_shell_call(item)
        arguments = local_shell_arguments(item)
        self._ask("local_shell", identity.function("local_shell"), arguments, call_id(item))

    def _read_apply_patch_call(self, item: Any) -> None:
        self._patch(item, None)

    def _patch(self, item: Any, parse: Any) -> None:
        def arguments(item: Any) -> str:
            call = item if parse is None else {"type": "apply_patch_call", **parse()}
            call = call if parse is None else {**call, "call_id": call_id(item)}
            return patch_arguments(
                coerce_apply_patch_operations(call, context_wrapper=self.context)
            )

        tool = identity.function("apply_patch")
        self._ask("apply_patch", tool, _readable(arguments, item), call_id(item))

    def _read_computer_call(self, item: Any) -> None:
        tool = identity.function("computer")
        self._ask("computer", tool, computer_arguments(item), call_id(item))
        self.asked.actions.append(item)

    def _read_mcp_approval_request(self, item: Any) -> None:
        tool = identity.mcp(item.server_label, item.name)
        self._ask("mcp_approval", tool, item.arguments, item.id)
        if is_asked_by_program(self.toolbox.tools, item.server_label, item.name):
            self.asked.asked_by_program.add(self.asked.requests[-1])

    def _read_mcp_call(self, item: Any) -> None:
        tool = identity.mcp(item.server_label, item.name)
        result = item.output if item.error is None else item.error
        self.asked.hosted.append(
            HostedCall(
                tool, item.arguments, item.id, items.result(result), item.approval_request_id
            )
        )


def call_id(item: Any) -> str:
    """The model's id of a call, as the SDK takes it."""
    return extract_tool_call_id(item) or ""


def custom_arguments(given: Any) -> str:
    """A custom tool's input, which is any text: policies see it at `/input`."""
    return items.exact({"input": given})


def shell_arguments(call: Any) -> str:
    """A shell call's action: `/commands`, `/timeout_ms`, `/max_output_length`."""
    return action_arguments(coerce_shell_call(call).action)


def action_arguments(action: Any) -> str:
    """A shell call's action, as the SDK hands it to the tool."""
    members = items.plain(action)
    return items.exact({name: value for name, value in members.items() if value is not None})


def local_shell_arguments(call: Any) -> str:
    """A local shell call's action: `/command`, `/env`, `/working_directory` and so on."""
    return items.exact(items.member(call, "action"))


def patch_arguments(operations: Sequence[Any]) -> str:
    """The operations of a patch: `/operations/0/type`, `path`, `diff`, `move_to`."""
    return items.exact({"operations": [operation_members(operation) for operation in operations]})


def operation_members(operation: Any) -> dict[str, Any]:
    """One operation of a patch."""
    names = ("type", "path", "diff", "move_to")
    members = {name: getattr(operation, name, None) for name in names}
    return {name: value for name, value in members.items() if value is not None}


def computer_arguments(call: Any) -> str:
    """A computer call's action or actions."""
    members = {name: items.member(call, name) for name in ("action", "actions")}
    return items.exact(
        {name: items.plain(value) for name, value in members.items() if value is not None}
    )


def _readable(read: Any, item: Any) -> str:
    """What `read` makes of an item; of one that the SDK will refuse to run, the item itself."""
    try:
        arguments: str = read(item)
        return arguments
    except Exception:
        return items.exact(item)
