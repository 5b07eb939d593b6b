"""Shells that run in the program's process."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from agents import LocalShellTool, RunContextWrapper, ShellResult, ShellTool
from agents.util._approvals import evaluate_needs_approval_setting

from intaglio.openai_agents import identity, permits
from intaglio.openai_agents.calls import action_arguments, call_id, local_shell_arguments
from intaglio.openai_agents.ledger import Kind, Request
from intaglio.openai_agents.tools.asking import needs_approval, own_callback
from intaglio.openai_agents.tools.copying import shallow


def arm(tool: ShellTool) -> ShellTool:
    """A copy whose executor asks for the permit of exactly the action that it is given."""
    copy = shallow(tool)
    if tool.executor is None:
        return copy

    async def own(context: RunContextWrapper[Any], action: Any, call: str) -> bool:
        return await evaluate_needs_approval_setting(tool.needs_approval, context, action, call)

    def request(asked: Any) -> Request:
        arguments = action_arguments(asked.data.action)
        return Request("shell", identity.function("shell"), arguments, asked.data.call_id)

    copy.executor = _body(tool.executor, request)
    copy.needs_approval = needs_approval(own, _SHELL)
    copy.on_approval = own_callback(tool.on_approval)
    return copy


_SHELL: tuple[Kind, ...] = ("shell",)


def arm_local(tool: LocalShellTool) -> LocalShellTool:
    """As `arm`; of a refusal the model is told by the output, because the SDK cannot be."""
    copy = shallow(tool)
    name = identity.function("local_shell")

    def request(asked: Any) -> Request:
        return Request("local_shell", name, local_shell_arguments(asked.data), call_id(asked.data))

    body = _body(tool.executor, request)

    async def executor(asked: Any) -> Any:
        run = permits.run_of_body(name)
        entry = run.ledger.exact(request(asked))
        if entry is not None and entry.effect == "deny":
            entry.progress = "ended"
            return entry.message
        return await body(asked)

    copy.executor = executor
    return copy


def _body(executor: Callable[..., Any], request: Callable[[Any], Request]) -> Callable[..., Any]:
    async def body(asked: Any) -> Any:
        call = request(asked)
        run = permits.run_of_body(call.tool)
        entry = await permits.begin(run, call)
        try:
            result = executor(asked)
            result = await result if inspect.isawaitable(result) else result
        except BaseException as error:
            await permits.failed(run, entry, error)
            raise
        await permits.ended(run, entry, result, _status(result))
        return result

    return body


def _status(result: Any) -> str:
    outputs = result.output if isinstance(result, ShellResult) else []
    return "timeout" if any(output.status == "timeout" for output in outputs) else "ok"
