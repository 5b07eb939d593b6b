"""What cannot be recorded is not done, unless the program has chosen otherwise."""

from __future__ import annotations

import asyncio
import pickle
import resource
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from agents import Agent, Runner, function_tool
from agents.exceptions import AgentsException
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
        with pytest.raises(RunAborted) as caught:
            Runner.run_sync(agent(ran, disk.__enter__), "Go", hooks=governor.hooks())
    finally:
        disk.__exit__(None, None, None)
    assert ran == []
    # Why it ended, and not only that it has.
    assert (caught.value.code, caught.value.cause) == ("engine", "poisoned")
    assert "File too large" in caught.value.message
    with pytest.raises(RunAborted) as again:
        Runner.run_sync(agent(ran, lambda: None), "Go", hooks=governor.hooks())
    assert (again.value.code, again.value.cause) == ("engine", "poisoned")


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


def take_away(governor: Watched, how: str) -> None:
    """Removes or renames the store; another may be made in its place."""
    governor.is_whole = False
    gone = governor.store.with_name("gone")
    governor.store.rename(gone)
    if how == "removed":
        shutil.rmtree(gone)
    elif how == "replaced":
        shutil.copytree(gone, governor.store)


@pytest.mark.parametrize("how", ["renamed", "removed", "replaced"])
def test_nothing_runs_whose_record_is_out_of_reach(governor: Watched, how: str) -> None:
    ran: list[str] = []
    hooks = governor.hooks()
    with pytest.raises(RunAborted) as caught:
        Runner.run_sync(agent(ran, lambda: take_away(governor, how)), "Go", hooks=hooks)
    assert caught.value.code == "store_gone" and str(governor.store) in str(caught.value)
    with pytest.raises(RunAborted) as again:
        Runner.run_sync(agent(ran, lambda: None), "Go", hooks=governor.hooks())
    assert again.value.code == "store_gone" and ran == []
    # As the error says: another store can be begun there.
    hooks.client.close()
    result = Runner.run_sync(agent(ran, lambda: None), "Go", hooks=governor.hooks())
    assert result.final_output == "Done." and ran == ["x"]


def test_a_store_that_was_put_back_is_written_on(governor: Watched) -> None:
    ran: list[str] = []
    hooks = governor.hooks()
    with pytest.raises(RunAborted):
        Runner.run_sync(agent(ran, lambda: take_away(governor, "renamed")), "Go", hooks=hooks)
    governor.store.with_name("gone").rename(governor.store)
    Runner.run_sync(agent(ran, lambda: None), "Go", hooks=hooks)
    assert ran == ["x"]
    governor.is_whole = True


def test_who_chose_so_goes_on_where_the_record_is_out_of_reach_and_is_warned(
    governor: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    ran: list[str] = []
    hooks = governor.hooks(on_engine_error="allow_and_count")
    begun = agent(ran, lambda: take_away(governor, "removed"))
    assert Runner.run_sync(begun, "Go", hooks=hooks).final_output == "Done." and ran == ["x"]
    assert "was removed or renamed" in caplog.text


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


class Sly(Agent[Any]):
    """Agents that give their own tools whatever is put into classes and objects."""

    def __getattribute__(self, name: str) -> Any:
        async def own(context: Any) -> Any:
            return self.tools

        return own if name == "get_all_tools" else super().__getattribute__(name)


def test_a_tool_that_was_not_handed_out_by_the_run_does_not_run(governor: Watched) -> None:
    ran: list[str] = []
    plain = agent(ran, lambda: None)
    sly = Sly(name="sly", model=plain.model, tools=plain.tools)
    with pytest.raises(RunAborted) as caught:
        Runner.run_sync(sly, "Go", hooks=governor.hooks())
    assert caught.value.code == "not_permitted" and ran == []


def test_an_end_is_an_error_of_this_package_and_of_the_sdk(governor: Watched) -> None:
    policy = rules("deny", {"when": {"tool": "act"}, "effect": "deny", "on_deny": "abort"})
    for family in (IntaglioError, AgentsException):
        with pytest.raises(family) as caught:
            Runner.run_sync(agent([], lambda: None), "Go", hooks=governor.hooks(policy=policy))
        assert isinstance(caught.value, RunAborted) and caught.value.code == "policy"
    error = pickle.loads(pickle.dumps(RunAborted("engine", "the disk is full", "full")))
    assert (error.code, str(error), error.cause) == ("engine", "the disk is full", "full")
