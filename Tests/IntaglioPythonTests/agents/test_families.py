"""Every family of tools is decided on before it runs, as far as the SDK lets anybody."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from agents import (
    Agent,
    ApplyPatchTool,
    CodeInterpreterTool,
    Computer,
    ComputerTool,
    CustomTool,
    HostedMCPTool,
    LocalShellTool,
    Runner,
    ShellTool,
    WebSearchTool,
)
from agents.editor import ApplyPatchResult
from agents.mcp import MCPServer
from mcp.types import CallToolResult, TextContent
from mcp.types import Tool as MCPTool
from scripted import Script, call, message
from watched import DENY, REVIEW, Watched

from intaglio.openai_agents import RunAborted

DONE = [message("Done.")]


def run(governor: Watched, tools: list[Any], *turns: Any, **options: Any) -> Any:
    agent = Agent(name="a", model=Script(*turns), tools=tools, **options)
    return Runner.run_sync(agent, "Go", hooks=governor.hooks())


def custom(ran: list[str], **options: Any) -> CustomTool:
    async def body(context: Any, given: str) -> str:
        ran.append(given)
        return "ok: " + given

    return CustomTool(name="note", description="", on_invoke_tool=body, **options)


NOTE = {
    "type": "custom_tool_call",
    "id": "i1",
    "call_id": "c1",
    "name": "note",
    "input": "not JSON",
}
SHELL = {
    "type": "shell_call", "id": "i1", "call_id": "c1", "status": "completed",
    "action": {"commands": ["ls -l"], "timeout_ms": 5, "max_output_length": None},
}  # fmt: skip
LOCAL = {
    "type": "local_shell_call", "id": "i1", "call_id": "c1", "status": "completed",
    "action": {"type": "exec", "command": ["ls"], "env": {}},
}  # fmt: skip
PATCH = {
    "type": "apply_patch_call", "id": "i1", "call_id": "c1", "status": "completed",
    "operation": {"type": "create_file", "path": "a.txt", "diff": "+hello"},
}  # fmt: skip
CLICK = {
    "type": "computer_call", "id": "i1", "call_id": "c1", "status": "completed",
    "pending_safety_checks": [], "action": {"type": "click", "x": 1, "y": 2, "button": "left"},
}  # fmt: skip


class Editor:
    def __init__(self, ran: list[str]) -> None:
        self.ran = ran

    def create_file(self, operation: Any) -> ApplyPatchResult:
        self.ran.append(operation.path)
        return ApplyPatchResult(status="completed", output="created")

    update_file = delete_file = create_file


class Screen(Computer):
    def __init__(self, ran: list[str]) -> None:
        self.ran = ran

    environment = "browser"
    dimensions = (10, 10)

    def click(self, x: int, y: int, button: Any) -> None:
        self.ran.append(f"click {x},{y}")

    def screenshot(self) -> str:
        return "cGljdHVyZQ=="

    def _nothing(self, *all: Any, **more: Any) -> None: ...

    double_click = scroll = type = wait = move = keypress = drag = _nothing


def tool_and_item(family: str, ran: list[str]) -> tuple[Any, Any]:
    if family == "custom":
        return custom(ran), NOTE
    if family == "shell":

        def shell(request: Any) -> str:
            ran.append(request.data.action.commands[0])
            return "files"

        return ShellTool(executor=shell), SHELL
    if family == "local_shell":

        def local(request: Any) -> str:
            ran.append(request.data.action.command[0])
            return "files"

        return LocalShellTool(executor=local), LOCAL
    if family == "apply_patch":
        return ApplyPatchTool(editor=Editor(ran)), PATCH
    return ComputerTool(computer=Screen(ran)), CLICK


FAMILIES = ["custom", "shell", "local_shell", "apply_patch", "computer"]


@pytest.mark.parametrize("family", FAMILIES)
def test_an_allowed_call_runs_and_is_recorded(governor: Watched, family: str) -> None:
    ran: list[str] = []
    tool, item = tool_and_item(family, ran)
    before = dict(vars(tool))
    assert run(governor, [tool], [item], DONE).final_output == "Done."
    assert len(ran) == 1
    assert vars(tool) == before
    (asked,) = governor.of("tools.decide")[0]["calls"]
    json.loads(asked["arguments"])
    assert asked["id"] == "c1"
    assert len(governor.of("tool.start")) == 1
    (end,) = governor.of("tool.end")
    assert end["status"] == "ok" and end["result"]


@pytest.mark.parametrize("family", FAMILIES[:-1])
def test_a_denied_call_does_not_run_and_the_model_goes_on(governor: Watched, family: str) -> None:
    governor.policy = DENY
    ran: list[str] = []
    tool, item = tool_and_item(family, ran)
    agent = Agent(name="a", model=Script([item], DONE), tools=[tool])
    assert Runner.run_sync(agent, "Go", hooks=governor.hooks()).final_output == "Done."
    assert ran == [] and "tool.start" not in governor.names()
    assert "was denied" in json.dumps(agent.model.inputs[1][-1])  # type: ignore[union-attr]


def test_a_denied_action_of_the_computer_ends_the_run(governor: Watched) -> None:
    governor.policy = DENY
    ran: list[str] = []
    with pytest.raises(RunAborted):
        run(governor, [ComputerTool(computer=Screen(ran))], [CLICK], DONE)
    assert ran == []


@pytest.mark.parametrize("family", ["custom", "shell", "apply_patch"])
def test_a_review_pauses_and_its_approval_runs_the_call(governor: Watched, family: str) -> None:
    async def main() -> None:
        governor.policy = REVIEW
        ran: list[str] = []
        tool, item = tool_and_item(family, ran)
        agent = Agent(name="a", model=Script([item], DONE), tools=[tool])
        hooks = governor.hooks()
        result = await Runner.run(agent, "Go", hooks=hooks)
        assert len(result.interruptions) == 1 and ran == []
        governor.vote(True)
        assert (await hooks.resume(agent)).final_output == "Done."
        assert len(ran) == 1

    asyncio.run(main())


@pytest.mark.parametrize("family", ["local_shell", "computer"])
def test_a_review_of_what_cannot_pause_waits(governor: Watched, family: str) -> None:
    governor.policy = REVIEW
    governor.answer = True
    ran: list[str] = []
    tool, item = tool_and_item(family, ran)
    assert run(governor, [tool], [item], DONE).final_output == "Done."
    assert len(ran) == 1 and "review.wait" in governor.names()


def test_a_programs_own_callback_is_not_asked_about_a_review(governor: Watched) -> None:
    governor.policy = REVIEW
    ran: list[str] = []
    asked: list[Any] = []

    def approve(context: Any, item: Any) -> Any:
        asked.append(item)
        return {"approve": True}

    tool = custom(ran, needs_approval=True, on_approval=approve)
    assert len(run(governor, [tool], [NOTE], DONE).interruptions) == 1
    assert ran == [] and asked == []


def test_an_engine_failure_inside_a_shell_does_not_become_a_text(governor: Watched) -> None:
    governor.fails = lambda do: do == "tool.start"
    ran: list[str] = []
    tool, item = tool_and_item("shell", ran)
    with pytest.raises(RunAborted, match="disk is full"):
        run(governor, [tool], [item], DONE)
    assert ran == []


SEARCH = {
    "type": "web_search_call", "id": "ws1", "status": "completed",
    "action": {"type": "search", "query": "weather", "queries": ["weather"]},
}  # fmt: skip


def test_a_hosted_tool_is_recorded_as_ran_before_what_it_may_taint(
    governor: Watched,
) -> None:
    run(governor, [WebSearchTool(), custom([])], [SEARCH, NOTE], DONE)
    names = governor.names()
    assert names.index("tool.hosted") < names.index("tools.decide")
    (hosted,) = governor.of("tool.hosted")
    assert hosted["tool"] == "hosted:web_search" and "weather" in hosted["arguments"]


class Server(MCPServer):
    def __init__(self, name: str, ran: list[str]) -> None:
        super().__init__()
        self._name = name
        self.ran = ran

    @property
    def name(self) -> str:
        return self._name

    async def connect(self) -> None: ...

    async def cleanup(self) -> None: ...

    async def list_tools(self, run_context: Any = None, agent: Any = None) -> list[MCPTool]:
        schema = {"type": "object", "properties": {"path": {"type": "string"}}}
        return [MCPTool(name="read_file", description="", inputSchema=schema)]

    async def call_tool(self, tool_name: str, arguments: Any, meta: Any = None) -> CallToolResult:
        self.ran.append(tool_name)
        return CallToolResult(content=[TextContent(type="text", text="contents")])

    async def list_prompts(self) -> Any: ...

    async def get_prompt(self, name: str, arguments: Any = None) -> Any: ...

    async def list_resources(self, cursor: Any = None) -> Any: ...

    async def list_resource_templates(self, cursor: Any = None) -> Any: ...

    async def read_resource(self, uri: str) -> Any: ...


def test_an_mcp_tool_is_governed_on_the_first_turn_by_its_servers_name(
    governor: Watched,
) -> None:
    ran: list[str] = []
    turn = [call("read_file", {"path": "a"}, "c1")]
    agent = Agent(name="a", model=Script(turn, DONE), mcp_servers=[Server("http://x/mcp", ran)])
    Runner.run_sync(agent, "Go", hooks=governor.hooks())
    assert ran == ["read_file"]
    (asked,) = governor.of("tools.decide")[0]["calls"]
    assert asked["tool"] == "mcp:http:%2F%2Fx%2Fmcp/read_file"
    governor.policy = DENY
    agent = Agent(name="a", model=Script(turn, DONE), mcp_servers=[Server("files", ran)])
    Runner.run_sync(agent, "Go", hooks=governor.hooks())
    assert ran == ["read_file"]


def hosted_mcp(**options: Any) -> HostedMCPTool:
    config: Any = {
        "type": "mcp", "server_label": "docs", "server_url": "https://x", "require_approval": "never",
    }  # fmt: skip
    return HostedMCPTool(tool_config=config, **options)


ASKED = {
    "type": "mcp_approval_request", "id": "mcpr_1", "server_label": "docs", "name": "find",
    "arguments": '{"q": 1}',
}  # fmt: skip
FOUND = {
    "type": "mcp_call", "id": "mcp_1", "server_label": "docs", "name": "find",
    "arguments": '{"q": 1}', "output": "found", "approval_request_id": "mcpr_1",
}  # fmt: skip


@pytest.mark.parametrize("effect", ["allow", "deny"])
def test_a_hosted_mcp_tool_is_asked_about(governor: Watched, effect: str) -> None:
    model = Script([ASKED], [FOUND, *DONE] if effect == "allow" else DONE)
    agent = Agent(name="a", model=model, tools=[hosted_mcp()])
    hooks = governor.hooks(policy=f"version: 1\ndefault: {effect}\n")
    assert Runner.run_sync(agent, "Go", hooks=hooks).final_output == "Done."
    answer = next(item for item in model.inputs[1] if item.get("type") == "mcp_approval_response")
    assert answer["approve"] is (effect == "allow")
    assert [end["result"] for end in governor.of("tool.end")] == ["found"] * (effect == "allow")
    assert governor.of("tool.hosted") == []


def test_a_tool_of_two_operations_is_one_call(governor: Watched) -> None:
    ran: list[str] = []
    tool = ApplyPatchTool(editor=Editor(ran))
    second = {
        **PATCH,
        "id": "i2",
        "call_id": "c2",
        "operation": {**PATCH["operation"], "path": "b"},
    }  # type: ignore[dict-item]
    run(governor, [tool], [PATCH, second], DONE)
    assert ran == ["a.txt", "b"]
    assert [m["call"] for m in governor.of("tool.start")] == [0, 1]


def test_a_hosted_interpreter_is_recorded_with_its_code(governor: Watched) -> None:
    ran = {
        "type": "code_interpreter_call", "id": "ci1", "status": "completed", "code": "1+1",
        "container_id": "c", "outputs": [{"type": "logs", "logs": "2"}],
    }  # fmt: skip
    config: Any = {"type": "code_interpreter", "container": {"type": "auto"}}
    run(governor, [CodeInterpreterTool(tool_config=config)], [ran, *DONE])
    (hosted,) = governor.of("tool.hosted")
    assert "1+1" in hosted["arguments"] and '"logs":"2"' in hosted["result"]
