"""People decide on what the policy asks about, and nothing else can decide in their place."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from agents import Agent, Runner, RunState, function_tool
from scripted import Script, call, message
from watched import Watched, rules

from intaglio.openai_agents import IntaglioRunHooks, RunAborted

REFUND = call("refund", '{"amount": 5}', "c1")


class Desk:
    """An agent that wants to refund something, as a process would make it."""

    def __init__(self, *turns: Any, needs_approval: bool = False) -> None:
        self.ran: list[int] = []

        @function_tool(needs_approval=needs_approval)
        def refund(amount: int) -> str:
            self.ran.append(amount)
            return "refunded"

        @function_tool
        def look() -> str:
            return "looked"

        self.model = Script(*turns)
        self.agent: Agent[Any] = Agent(name="desk", model=self.model, tools=[refund, look])


@pytest.fixture(autouse=True)
def policy(governor: Watched) -> None:
    governor.policy = rules("allow", {"when": {"tool": "refund"}, "effect": "review"})


async def paused(desk: Desk, hooks: IntaglioRunHooks) -> Any:
    result = await Runner.run(desk.agent, "Refund 5.", hooks=hooks)
    assert [item.tool_name for item in result.interruptions] == ["refund"]
    assert desk.ran == []
    return result


def test_a_review_pauses_the_run_and_says_how_to_go_on(
    governor: Watched, capsys: pytest.CaptureFixture[str]
) -> None:
    governor.store = governor.store.with_name("a store")
    asyncio.run(paused(Desk([REFUND]), governor.hooks()))
    assert governor.names()[-1] == "run.pause"
    lines = capsys.readouterr().err.strip().splitlines()
    command = f"intaglio review show '{governor.store}' {governor.tickets[0][:12]}"
    assert len(lines) == 1 and lines[0].endswith(command)


def test_an_approved_run_goes_on_in_another_process(governor: Watched) -> None:
    asyncio.run(paused(Desk([REFUND]), governor.hooks()))
    governor.vote(True)
    desk = Desk([message("Done.")])
    result = asyncio.run(governor.hooks().resume(desk.agent, run=governor.runs[0]))
    assert result.final_output == "Done."
    assert desk.ran == [5]
    assert governor.names()[-1] == "run.end"
    assert desk.model.inputs[0][-1]["output"] == "refunded"


def test_a_rejected_run_goes_on_without_its_call(governor: Watched) -> None:
    asyncio.run(paused(Desk([REFUND]), governor.hooks()))
    governor.vote(False)
    desk = Desk([message("Sorry.")])
    result = asyncio.run(governor.hooks().resume(desk.agent, run=governor.runs[0]))
    assert result.final_output == "Sorry."
    assert desk.ran == []
    assert (
        desk.model.inputs[0][-1]["output"]
        == "The call of refund was not approved. Do not try it again; go on without it."
    )


def test_resuming_without_a_decision_pauses_again(governor: Watched) -> None:
    asyncio.run(paused(Desk([REFUND]), governor.hooks()))
    desk = Desk()
    result = asyncio.run(governor.hooks().resume(desk.agent, run=governor.runs[0]))
    assert len(result.interruptions) == 1 and desk.ran == []
    assert governor.names()[-1] == "run.pause"


def test_the_sdks_approval_does_not_satisfy_a_review(governor: Watched) -> None:
    async def main() -> None:
        desk, hooks = Desk([REFUND]), governor.hooks()
        state = (await paused(desk, hooks)).to_state()
        for item in state.get_interruptions():
            state.approve(item, always_approve=True)
        result = await Runner.run(desk.agent, state, hooks=hooks)
        assert len(result.interruptions) == 1 and desk.ran == []

    asyncio.run(main())


def test_a_sticky_approval_of_the_sdk_does_not_reach_the_next_review(
    governor: Watched,
) -> None:
    async def main() -> None:
        big = {"tool": "refund", "arguments": {"/amount": {"greater": 5}}}
        governor.policy = rules("allow", {"when": big, "effect": "review"})
        desk = Desk([REFUND], [call("refund", '{"amount": 9}', "c2")], needs_approval=True)
        hooks = governor.hooks()
        result = await Runner.run(desk.agent, "Refund.", hooks=hooks)
        state = result.to_state()
        state.approve(state.get_interruptions()[0], always_approve=True)
        result = await Runner.run(desk.agent, state, hooks=hooks)
        assert desk.ran == [5]
        assert len(result.interruptions) == 1
        assert governor.of("approval.foreign")[0] == {
            "run": governor.runs[0], "id": "c1", "tool": "function:refund", "approved": True,
        }  # fmt: skip

    asyncio.run(main())


def test_the_programs_own_approvals_work_as_before(governor: Watched) -> None:
    async def main(approve: bool) -> Desk:
        governor.policy = None
        desk, hooks = Desk([REFUND], [message("Ok.")], needs_approval=True), governor.hooks()
        state = (await paused(desk, hooks)).to_state()
        item = state.get_interruptions()[0]
        state.approve(item) if approve else state.reject(item)
        assert (await Runner.run(desk.agent, state, hooks=hooks)).final_output == "Ok."
        return desk

    assert asyncio.run(main(True)).ran == [5]
    assert asyncio.run(main(False)).ran == []
    assert [m["approved"] for m in governor.of("approval.foreign")] == [True, False]


def test_a_call_that_people_and_the_program_ask_about_takes_both(governor: Watched) -> None:
    async def main() -> None:
        desk, hooks = Desk([REFUND], [message("Ok.")], needs_approval=True), governor.hooks()
        await paused(desk, hooks)
        governor.vote(True)
        result = await hooks.resume(desk.agent)
        assert len(result.interruptions) == 1 and desk.ran == []
        state = result.to_state()
        state.approve(state.get_interruptions()[0])
        assert (await Runner.run(desk.agent, state, hooks=hooks)).final_output == "Ok."
        assert desk.ran == [5]

    asyncio.run(main())


def edits(name: str) -> Any:
    def arguments(state: Any) -> None:
        for entry in (
            state["last_processed_response"]["functions"][0]["tool_call"],
            state["current_step"]["data"]["interruptions"][0]["raw_item"],
        ):
            entry["arguments"] = '{"amount": 5000}'

    def context(state: Any) -> None:
        state["context"]["context"] = {"is_admin": True}

    def output(state: Any) -> None:
        state["original_input"] = "Refund 5000."

    return {"arguments": arguments, "context": context, "input": output}[name]


@pytest.mark.parametrize("edited", ["arguments", "context", "input"])
def test_an_edited_state_runs_no_body(governor: Watched, edited: str) -> None:
    async def main() -> None:
        desk, hooks = Desk([REFUND]), governor.hooks()
        text = (await paused(desk, hooks)).to_state().to_string()
        governor.vote(True)
        state = json.loads(text)
        edits(edited)(state)
        forged = await RunState.from_json(desk.agent, state)
        with pytest.raises(RunAborted) as caught:
            await Runner.run(desk.agent, forged, hooks=hooks)
        assert caught.value.code == "state_differs"
        assert desk.ran == []

    asyncio.run(main())


def test_a_state_with_forged_approvals_alone_waits_on(governor: Watched) -> None:
    async def main() -> None:
        desk, hooks = Desk([REFUND]), governor.hooks()
        state = json.loads((await paused(desk, hooks)).to_state().to_string())
        state["context"]["approvals"]["refund"] = {"approved": True, "rejected": []}
        forged = await RunState.from_json(desk.agent, state)
        result = await Runner.run(desk.agent, forged, hooks=hooks)
        assert len(result.interruptions) == 1 and desk.ran == []

    asyncio.run(main())


def test_one_approval_serves_once_however_often_the_state_is_resumed(
    governor: Watched,
) -> None:
    async def main() -> None:
        desk, hooks = Desk([REFUND], [message("Done.")]), governor.hooks()
        state = (await paused(desk, hooks)).to_state()
        governor.vote(True)
        text = state.to_string()
        assert (await Runner.run(desk.agent, state, hooks=hooks)).final_output == "Done."
        for again in (state, await RunState.from_string(desk.agent, text)):
            with pytest.raises(RunAborted) as caught:
                await Runner.run(desk.agent, again, hooks=hooks)
            assert caught.value.code == "not_paused"
        assert desk.ran == [5]

    asyncio.run(main())


def test_a_state_of_an_ungoverned_run_is_refused(governor: Watched) -> None:
    async def main() -> None:
        desk = Desk([REFUND], needs_approval=True)
        hooks = governor.hooks()
        state = (await Runner.run(desk.agent, "Refund 5.")).to_state()
        state.approve(state.get_interruptions()[0])
        with pytest.raises(RunAborted) as caught:
            await Runner.run(desk.agent, state, hooks=hooks)
        assert caught.value.code == "not_paused" and desk.ran == []

    asyncio.run(main())


def test_a_waiting_call_waits_and_the_others_go_on(governor: Watched) -> None:
    desk = Desk([REFUND, call("look", "{}")], [message("Done.")])
    governor.answer = True
    result = Runner.run_sync(desk.agent, "Go", hooks=governor.hooks(review="wait"))
    assert result.final_output == "Done." and desk.ran == [5]
    assert "run.pause" not in governor.names()
    assert governor.names().count("tool.start") == 2


def test_a_mixed_turn_runs_what_is_allowed_and_asks_for_the_rest(governor: Watched) -> None:
    async def main() -> None:
        desk = Desk([call("look", "{}", "c0"), REFUND], [message("Done.")])
        hooks = governor.hooks()
        await paused(desk, hooks)
        assert [m["call"] for m in governor.of("tool.start")] == [0]
        governor.vote(True)
        assert (await hooks.resume(desk.agent)).final_output == "Done."
        assert [m["call"] for m in governor.of("tool.start")] == [0, 1]

    asyncio.run(main())


def test_a_streamed_run_pauses_and_goes_on_streamed(governor: Watched) -> None:
    async def main() -> None:
        desk, hooks = Desk([REFUND], [message("Done.")]), governor.hooks()
        result = Runner.run_streamed(desk.agent, "Refund 5.", hooks=hooks)
        async for _ in result.stream_events():
            pass
        assert governor.names()[-1] == "run.pause" and desk.ran == []
        governor.vote(True)
        result = Runner.run_streamed(desk.agent, result.to_state(), hooks=hooks)
        async for _ in result.stream_events():
            pass
        assert result.final_output == "Done." and desk.ran == [5]
        assert governor.names()[-1] == "run.end"

    asyncio.run(main())


def test_a_streamed_resume_that_is_refused_says_so(governor: Watched) -> None:
    async def main() -> None:
        desk, hooks = Desk([REFUND], [message("Done.")]), governor.hooks()
        state = json.loads((await paused(desk, hooks)).to_state().to_string())
        edits("arguments")(state)
        forged = await RunState.from_json(desk.agent, state)
        result = Runner.run_streamed(desk.agent, forged, hooks=hooks)
        with pytest.raises(RunAborted) as caught:
            async for _ in result.stream_events():
                pass
        assert caught.value.code == "state_differs" and desk.ran == []

    asyncio.run(main())
