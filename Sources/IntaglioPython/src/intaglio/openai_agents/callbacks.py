"""The SDK's lifecycle callbacks of one governed run; the program's own hooks come after them."""

from __future__ import annotations

import dataclasses
from typing import Any

from agents import Agent, ModelResponse, RunContextWrapper, RunHooks, Tool
from agents.lifecycle import RunHooksBase
from typing_extensions import override

from intaglio.openai_agents import arming, permits, turns
from intaglio.openai_agents.calls import computer_arguments
from intaglio.openai_agents.governed import GovernedRun
from intaglio.openai_agents.ledger import Request


class RunCallbacks(RunHooksBase[Any, Agent[Any]]):
    """What the SDK calls in a governed run, in the place of the hooks that the program gave."""

    def __init__(self, run: GovernedRun) -> None:
        self.run = run
        self.own: RunHooks[Any] = run.own_hooks or RunHooksBase()

    @override
    async def on_agent_start(self, context: Any, agent: Agent[Any]) -> None:
        with self.run.guarded():
            self.run.tell("agent.start", agent=agent.name)
        await self.own.on_agent_start(context, agent)

    @override
    async def on_agent_end(self, context: Any, agent: Agent[Any], output: Any) -> None:
        with self.run.guarded():
            await turns.end_agent(self.run, agent, output)
        await self.own.on_agent_end(context, agent, output)

    @override
    async def on_llm_start(
        self,
        context: RunContextWrapper[Any],
        agent: Agent[Any],
        system_prompt: str | None,
        input_items: list[Any],
    ) -> None:
        with self.run.guarded():
            await turns.request(self.run, agent, system_prompt, input_items)
        await self.own.on_llm_start(context, agent, system_prompt, input_items)

    @override
    async def on_llm_end(
        self, context: RunContextWrapper[Any], agent: Agent[Any], response: ModelResponse
    ) -> None:
        with self.run.guarded():
            await turns.respond(self.run, context, agent, response)
        await self.own.on_llm_end(context, agent, response)

    @override
    async def on_tool_start(
        self, context: RunContextWrapper[Any], agent: Agent[Any], tool: Tool
    ) -> None:
        run = self.run
        run.check()
        if not arming.is_armed(tool):
            raise run.abort(
                "not_permitted",
                f"the tool {tool.name!r} was not handed out by this run, and nobody decided on it: "
                "it was not run",
            )
        if arming.is_computer(tool):
            # The one body that cannot ask for its permit itself.
            await self._begin_action()
        await self.own.on_tool_start(context, agent, tool)

    @override
    async def on_tool_end(
        self, context: RunContextWrapper[Any], agent: Agent[Any], tool: Tool, result: Any
    ) -> None:
        run = self.run
        run.check()
        if arming.is_computer(tool):
            entry = run.ledger.first("computer", "started")
            if entry is not None:
                await permits.ended(run, entry, result)
        await self.own.on_tool_end(context, agent, tool, result)

    @override
    async def on_handoff(
        self, context: RunContextWrapper[Any], from_agent: Agent[Any], to_agent: Agent[Any]
    ) -> None:
        with self.run.guarded():
            await turns.hand_off(self.run, from_agent, to_agent)
        await self.own.on_handoff(context, from_agent, to_agent)

    async def _begin_action(self) -> None:
        """Use the permit of the computer's next action, for what it says then and now."""
        run = self.run
        entry = run.ledger.first("computer")
        if entry is None:
            raise run.abort(
                "not_permitted", "nobody allowed this action of the computer: it was not run"
            )
        action = run.actions.get(entry.number)
        await permits.begin(run, _request(entry.request, action))
        if _request(entry.request, action) != entry.request:
            raise run.abort(
                "not_permitted", "an action of the computer was changed after it was decided on"
            )


def _request(decided: Request, action: Any) -> Request:
    if action is None:
        return decided
    return dataclasses.replace(decided, arguments=computer_arguments(action))
