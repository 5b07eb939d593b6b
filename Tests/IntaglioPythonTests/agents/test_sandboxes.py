"""What is in a sandbox is not taken back; which snapshot to go on from is never forgotten."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from agents import Agent, RunConfig, RunContextWrapper, Runner, function_tool
from agents.sandbox import LocalSnapshotSpec, SandboxAgent, SandboxRunConfig
from agents.sandbox.manifest import Environment, Manifest
from agents.sandbox.sandboxes.unix_local import UnixLocalSandboxClient
from scripted import Script, call, message
from watched import Watched, rules

from intaglio import LogReader
from intaglio.openai_agents import IntaglioRunHooks

DONE = [message("Done.")]


def shell(command: str, id: str = "c1") -> Any:
    return call("exec_command", {"cmd": command}, id)


def box(*turns: Any, name: str = "box", **options: Any) -> SandboxAgent[Any]:
    return SandboxAgent(name=name, model=Script(*turns, DONE), instructions="Work.", **options)


def config(folder: Path, **options: Any) -> RunConfig:
    options.setdefault("snapshot", LocalSnapshotSpec(base_path=folder / "snapshots"))
    return RunConfig(sandbox=SandboxRunConfig(client=UnixLocalSandboxClient(), **options))


async def streamed(*arguments: Any, **options: Any) -> Any:
    result = Runner.run_streamed(*arguments, **options)
    async for _ in result.stream_events():
        pass
    return result


LOOK = {
    "when": {"tool": "exec_command", "arguments": {"/cmd": {"equals": "cat a"}}},
    "effect": "review",
}
RUNS = pytest.mark.parametrize("run", [Runner.run, streamed])
Run = Callable[..., Any]


def outputs(result: Any) -> str:
    return json.dumps(
        [item.raw_item for item in result.new_items if item.type == "tool_call_output_item"]
    )


@RUNS
def test_a_checkpoint_names_the_sandbox_and_its_snapshot(
    governor: Watched, tmp_path: Path, run: Run
) -> None:
    async def main() -> None:
        hooks = governor.hooks(mission_id="m")
        result = await run(
            box([shell("echo one > a")]), "Go", hooks=hooks, run_config=config(tmp_path)
        )
        kept = result._sandbox_resume_state["session_state"]
        checkpoints = await hooks.checkpoints()
        assert [one.label for one in checkpoints] == ["run.end", "turn 2", "run.start"]
        end, begun = checkpoints[0].sandboxes["box"], checkpoints[-2].sandboxes["box"]
        assert end.snapshot == kept["snapshot"] and end.session_id == kept["session_id"]
        assert (end.fingerprint, end.workspace) == (
            kept["snapshot_fingerprint"], kept["manifest"]["root"],
        )  # fmt: skip
        assert end.backend == "unix_local"
        assert begun.snapshot == end.snapshot and begun.fingerprint is None
        assert not checkpoints[-1].sandboxes

    asyncio.run(main())


@RUNS
def test_a_program_goes_back_to_the_snapshot_of_then(
    governor: Watched, tmp_path: Path, run: Run
) -> None:
    async def main() -> None:
        hooks = governor.hooks(mission_id="m")
        for text in ("one", "two"):
            await run(
                box([shell(f"echo {text} > a")]), "Go", hooks=hooks, run_config=config(tmp_path)
            )
        [change] = (await hooks.rollback_run()).sandboxes
        assert change.then is not None and change.now is not None
        assert change.then.snapshot != change.now.snapshot and not change.is_overwritten
        [still] = (await hooks.preview((await hooks.checkpoints())[0])).sandboxes
        assert still.now == change.now
        again = await run(
            box([shell("cat a")]),
            "Go",
            hooks=hooks,
            run_config=config(tmp_path, snapshot=change.then.sdk_snapshot()),
        )
        assert "one" in outputs(again)

    asyncio.run(main())


@RUNS
@pytest.mark.parametrize("fails", [False, True])
def test_a_snapshot_that_was_saved_over_is_not_taken_for_that_of_then(
    governor: Watched, tmp_path: Path, run: Run, fails: bool
) -> None:
    async def main() -> None:
        hooks, client = governor.hooks(mission_id="m"), UnixLocalSandboxClient()
        first = await run(
            box([shell("echo one > a")]), "Go", hooks=hooks, run_config=config(tmp_path)
        )
        state = client.deserialize_session_state(first._sandbox_resume_state["session_state"])
        agent = box([shell("echo two > a")], *([RuntimeError("no model")] if fails else []))
        options = {"hooks": hooks, "run_config": config(tmp_path, session_state=state)}
        if fails:
            with pytest.raises(RuntimeError):
                await run(agent, "Go on", **options)
        else:
            await run(agent, "Go on", **options)
        [change] = (await hooks.rollback_run()).sandboxes
        assert change.is_overwritten
        # The rollback has taken back what the mission knows, and not what is in the snapshot.
        [after] = (await hooks.preview((await hooks.checkpoints())[0])).sandboxes
        assert after.now == change.now

    asyncio.run(main())


def test_a_sandbox_that_the_program_keeps_is_known_from_the_start(
    governor: Watched, tmp_path: Path
) -> None:
    async def main() -> None:
        hooks, client = governor.hooks(), UnixLocalSandboxClient()
        sandbox = await client.create(snapshot=LocalSnapshotSpec(base_path=tmp_path / "s"))
        async with sandbox:
            await Runner.run(
                box([shell("echo one > a")]),
                "Go",
                hooks=hooks,
                run_config=config(tmp_path, session=sandbox),
            )
            [change] = (await hooks.rollback_run()).sandboxes
            assert change.then is not None
            assert change.then.session_id == str(sandbox.state.session_id)
            assert change.then == change.now
        await client.delete(sandbox)

    asyncio.run(main())


def test_what_is_in_a_sandbox_is_not_in_its_reference(governor: Watched, tmp_path: Path) -> None:
    async def main() -> None:
        manifest = Manifest(environment=Environment(value={"TOKEN": "hunter2"}))
        agent = box([shell("echo one > a")], default_manifest=manifest)
        hooks = governor.hooks()
        await Runner.run(agent, "Go", hooks=hooks, run_config=config(tmp_path))
        known = (await hooks.checkpoints())[0].sandboxes["box"]
        with LogReader.open(governor.store / "0") as reader:
            payloads = b"".join(record.payload for record in reader)
        assert known.snapshot["id"].encode() in payloads
        assert b"hunter2" not in payloads

    asyncio.run(main())


@RUNS
@pytest.mark.parametrize("by", ["resume", "state"])
def test_a_run_that_waits_goes_on_in_its_sandbox(
    governor: Watched, tmp_path: Path, run: Run, by: str
) -> None:
    governor.policy = rules("allow", LOOK)

    async def main() -> None:
        hooks = governor.hooks(mission_id="m")
        agent = box([shell("echo one > a")], [shell("cat a", "c2")])
        settings = config(tmp_path)
        result = await run(agent, "Go", hooks=hooks, run_config=settings)
        assert len(result.interruptions) == 1
        for ticket in await hooks.pending():
            await hooks.approve(ticket)
        if by == "resume":
            again = await hooks.resume(agent, run_config=settings)
        else:
            again = await run(agent, result.to_state(), hooks=hooks, run_config=settings)
        assert again.final_output == "Done." and "one" in outputs(again)
        ends = [one.label for one in await hooks.checkpoints() if "box" in one.sandboxes]
        assert ends[0] == "run.end" and "run.paused" in ends

    asyncio.run(main())


@pytest.mark.parametrize("approved", [True, False])
@pytest.mark.parametrize("by", ["resume", "state", "stream"])
def test_a_patch_that_people_decide_on_is_made_or_refused(
    governor: Watched, tmp_path: Path, approved: bool, by: str
) -> None:
    governor.policy = rules("allow", {"when": {"tool": "apply_patch"}, "effect": "review"})
    patch = {
        "type": "custom_tool_call", "id": "i1", "call_id": "p1", "name": "apply_patch",
        "input": "*** Begin Patch\n*** Add File: a\n+patched\n*** End Patch",
    }  # fmt: skip

    async def main() -> None:
        hooks, agent, settings = governor.hooks(), box([patch], [shell("cat a")]), config(tmp_path)
        result = await Runner.run(agent, "Go", hooks=hooks, run_config=settings)
        governor.vote(approved)
        if by == "resume":
            again = await hooks.resume(agent, run_config=settings)
        else:
            run = Runner.run if by == "state" else streamed
            again = await run(agent, result.to_state(), hooks=hooks, run_config=settings)
        told = outputs(again)
        assert again.final_output == "Done."
        assert ("patched" in told) == approved
        assert ("p1" in told) and (approved or "No such file" in told)
        assert (
            len([one for one in governor.of("tool.end") if one["status"] == "ok"]) == 1 + approved
        )

    asyncio.run(main())


def test_the_latest_differs_in_more_than_a_sandbox(governor: Watched, tmp_path: Path) -> None:
    @function_tool
    def act(context: RunContextWrapper[Any]) -> str:
        context.context["n"] += 1
        return "acted"

    async def main() -> None:
        hooks, context = governor.hooks(mission_id="m"), {"n": 0}
        agent = box([call("act", "{}")], RuntimeError("no model"))
        agent.tools = [act]
        with pytest.raises(RuntimeError):
            await Runner.run(agent, "Go", hooks=hooks, context=context, run_config=config(tmp_path))
        # The sandbox was saved after the newest checkpoint, and is not taken back.
        assert await hooks.rollback_to_latest() is not None
        assert context == {"n": 0}

    asyncio.run(main())


def test_agents_beneath_a_tool_have_their_own(governor: Watched, tmp_path: Path) -> None:
    async def main() -> None:
        hooks, settings = governor.hooks(mission_id="m"), config(tmp_path)
        inner = box([shell("echo one")], name="inner")

        @function_tool
        async def ask() -> str:
            return str((await Runner.run(inner, "Go", run_config=settings)).final_output)

        outer = box([call("ask", "{}")], name="outer")
        outer.tools = [ask]
        await Runner.run(outer, "Go", hooks=hooks, run_config=settings)
        assert set((await hooks.checkpoints())[0].sandboxes) == {"inner", "outer"}

    asyncio.run(main())


def test_a_run_without_a_sandbox_forgets_none(governor: Watched, tmp_path: Path) -> None:
    async def main() -> None:
        hooks = governor.hooks(mission_id="m")
        await Runner.run(box(), "Go", hooks=hooks, run_config=config(tmp_path))
        known = (await hooks.checkpoints())[0].sandboxes
        await Runner.run(Agent(name="a", model=Script(DONE)), "Go", hooks=hooks)
        assert known and (await hooks.checkpoints())[0].sandboxes == known
        other = IntaglioRunHooks("demo", store=governor.store, mission_id="m")
        assert (await other.checkpoints())[0].sandboxes == known

    asyncio.run(main())
