"""The tool that edits files by patches: one call is one or more operations of an editor."""

from __future__ import annotations

import inspect
from typing import Any

from agents import ApplyPatchTool, RunContextWrapper
from agents.util._approvals import evaluate_needs_approval_setting

from intaglio.openai_agents import identity, items, permits
from intaglio.openai_agents.calls import operation_members
from intaglio.openai_agents.governed import GovernedRun
from intaglio.openai_agents.ledger import Entry, Kind
from intaglio.openai_agents.tools.asking import needs_approval, own_callback
from intaglio.openai_agents.tools.copying import shallow

_PATCH: tuple[Kind, ...] = ("apply_patch",)


def arm(tool: ApplyPatchTool) -> ApplyPatchTool:
    """A copy whose editor asks for the permit of exactly the operations that it is given."""
    copy = shallow(tool)

    async def own(context: RunContextWrapper[Any], operation: Any, call: str) -> bool:
        return await evaluate_needs_approval_setting(tool.needs_approval, context, operation, call)

    copy.editor = _Editor(tool.editor)
    copy.needs_approval = needs_approval(own, _PATCH)
    copy.on_approval = own_callback(tool.on_approval)
    return copy


class _Editor:
    """An editor behind its permits; the SDK calls it for one operation after the other."""

    def __init__(self, editor: Any) -> None:
        self._editor = editor
        self._entry: Entry | None = None
        self._left: list[dict[str, Any]] = []
        self._results: list[str] = []

    async def create_file(self, operation: Any) -> Any:
        return await self._do("create_file", operation)

    async def update_file(self, operation: Any) -> Any:
        return await self._do("update_file", operation)

    async def delete_file(self, operation: Any) -> Any:
        return await self._do("delete_file", operation)

    async def _do(self, method: str, operation: Any) -> Any:
        run = permits.run_of_body(identity.function("apply_patch"))
        entry = await self._permitted(run, operation)
        try:
            result = getattr(self._editor, method)(operation)
            result = await result if inspect.isawaitable(result) else result
        except BaseException as error:
            self._entry = None
            await permits.failed(run, entry, error)
            raise
        self._results.append(items.result(result))
        if not self._left:
            self._entry = None
            status = "error" if getattr(result, "status", None) == "failed" else "ok"
            await permits.ended(run, entry, "\n".join(filter(None, self._results)), status)
        return result

    async def _permitted(self, run: GovernedRun, operation: Any) -> Entry:
        """The call that this is the next operation of; its first operation uses its permit."""
        if self._entry is None:
            entry, self._left = self._begun(run, operation)
            self._results = []
            self._entry = await permits.begin(run, entry.request)
        elif self._left[0] != operation_members(operation):
            raise self._other(run)
        self._left = self._left[1:]
        return self._entry

    def _begun(self, run: GovernedRun, operation: Any) -> tuple[Entry, list[dict[str, Any]]]:
        """The call that begins with this operation: those before it may have been rejected."""
        for entry in run.ledger.allowed("apply_patch"):
            operations = items.parsed(entry.request.arguments).get("operations")
            if operations and operations[0] == operation_members(operation):
                return entry, operations
        raise self._other(run)

    def _other(self, run: GovernedRun) -> Exception:
        return run.abort(
            "not_permitted",
            "a patch was to do something that was not decided on, or not allowed: it did nothing",
        )
