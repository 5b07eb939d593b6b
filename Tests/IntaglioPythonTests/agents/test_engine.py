"""What cannot be recorded is not done, unless the program has chosen otherwise."""

from __future__ import annotations

import asyncio
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from agents import Agent, Runner, function_tool
from scripted import Script, call, message
from watched import DENY, Watched, rules

from intaglio import IntaglioError
from intaglio.openai_agents import IntaglioRunHooks, RunAborted


@contextmanager
def full_disk() -> Iterator[None]:
    """Every write of this process fails: no file may be larger than a byte."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def agent(ran: list[str], before: Callable[[], Any]) -> Agent[Any]:
    @function_tool
    def act() -> str:
        ran.append("x")
        return "acted"

    def turn(input: Any) -> Any:
        before()
        return [call("act", "{}")]

    return Agent(name="a", model=Script(turn, [message("Done.")]), tools=[act])


def test_a_full_disk_runs_no_body(governor: Watched) -> None:
    governor.is_whole = False
    ran: list[str] = []
    disk = full_disk()
    try:
        with pytest.raises(RunAborted):
            Runner.run_sync(agent(ran, disk.__enter__), "Go", hooks=governor.hooks())
    finally:
        disk.__exit__(None, None, None)
    assert ran == []


def test_who_chose_so_goes_on_without_a_record_and_it_is_counted(governor: Watched) -> None:
    governor.is_whole = False
    ran: list[str] = []
    hooks = governor.hooks(on_engine_error="allow_and_count")
    disk = full_disk()
    try:
        result = Runner.run_sync(agent(ran, disk.__enter__), "Go", hooks=hooks)
    finally:
        disk.__exit__(None, None, None)
    assert result.final_output == "Done." and ran == ["x"]
    assert hooks.client.call_sync("governor.status")["unrecorded_event_count"] > 0


def test_a_denial_stands_also_where_it_cannot_be_recorded(governor: Watched) -> None:
    governor.is_whole = False
    ran: list[str] = []
    hooks = governor.hooks(policy=DENY, on_engine_error="allow_and_count")
    disk = full_disk()
    try:
        result = Runner.run_sync(agent(ran, disk.__enter__), "Go", hooks=hooks)
    finally:
        disk.__exit__(None, None, None)
    assert result.final_output == "Done." and ran == []


def test_a_policy_that_cannot_be_read_is_told_where_it_is_given(governor: Watched) -> None:
    with pytest.raises(IntaglioError) as caught:
        governor.hooks(policy="version: 1\ndefault: maybe\n")
    assert "default" in str(caught.value)


def test_hooks_with_callbacks_of_their_own_are_refused_when_they_are_written() -> None:
    with pytest.raises(TypeError, match="hooks="):

        class Own(IntaglioRunHooks):
            async def on_agent_start(self, context: Any, agent: Any) -> None: ...


def test_two_policies_in_one_process_rule_their_own_runs(governor: Watched) -> None:
    async def main() -> None:
        ran: list[str] = []
        allow = governor.hooks(policy=rules("allow"))
        deny = governor.hooks(policy=DENY)
        await asyncio.gather(
            *(
                Runner.run(agent(ran, lambda: None), "Go", hooks=hooks)
                for hooks in (allow, deny, allow, deny)
            )
        )
        assert ran == ["x", "x"]

    asyncio.run(main())


def test_a_tool_that_was_not_handed_out_by_the_run_does_not_run(governor: Watched) -> None:
    ran: list[str] = []

    async def get_all_tools(run_context: Any) -> Any:
        return sly.tools

    sly = agent(ran, lambda: None)
    # What its class says is held; this is behind everything.
    sly.get_all_tools = get_all_tools  # type: ignore[method-assign]
    with pytest.raises(RunAborted) as caught:
        Runner.run_sync(sly, "Go", hooks=governor.hooks())
    assert caught.value.code == "not_permitted" and ran == []
