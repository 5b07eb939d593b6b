"""The runner that sees a governed run of the SDK from its beginning to its end."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import Any

import agents.run
from agents import Agent, RunResult, RunResultStreaming, RunState
from agents.agent import AgentBase
from agents.run import AgentRunner, get_default_agent_runner, set_default_agent_runner
from agents.run_internal.run_steps import QueueCompleteSentinel
from agents.tracing import gen_trace_id, get_current_trace
from typing_extensions import override

from intaglio.openai_agents import approvals, arming, pausing, sandbox_runtime, threads
from intaglio.openai_agents.callbacks import RunCallbacks
from intaglio.openai_agents.current import current
from intaglio.openai_agents.governed import GovernedRun
from intaglio.openai_agents.hooks import IntaglioRunHooks


def install() -> None:
    """Put this runner before the SDK's, and the gate into its tools: once for the process."""
    arming.install(AgentBase)
    approvals.install()
    threads.install()
    sandbox_runtime.install()
    _module.start_streaming = _streaming
    runner = get_default_agent_runner()
    if not isinstance(runner, IntaglioRunner):
        set_default_agent_runner(IntaglioRunner(runner))


class IntaglioRunner(AgentRunner):
    """Governs the runs whose hooks are `IntaglioRunHooks`, and those beneath their tools.

    All others go to the runner that was there before, as they are.
    """

    def __init__(self, inner: AgentRunner) -> None:
        self.inner = inner

    @override
    async def run(self, starting_agent: Agent[Any], input: Any, **options: Any) -> RunResult:
        run = _governing(starting_agent, options)
        if run is None:
            await threads.note_ungoverned(starting_agent)
            return await self.inner.run(starting_agent, input, **options)
        token = current.set(run)
        try:
            _name_trace(run, options)
            input = await _begin(run, starting_agent, input, options)
            result = await self.inner.run(starting_agent, input, **options)
            await _end(run, result)
            return result
        except BaseException as error:
            await run.fail(error)
            raise
        finally:
            current.reset(token)

    @override
    def run_streamed(
        self, starting_agent: Agent[Any], input: Any, **options: Any
    ) -> RunResultStreaming:
        run = _governing(starting_agent, options)
        if run is None:
            return self.inner.run_streamed(starting_agent, input, **options)
        token = current.set(run)
        try:
            _name_trace(run, options)
            # Its loop is a task that goes on with `_streaming`, beneath this run.
            return self.inner.run_streamed(starting_agent, input, **options)
        finally:
            current.reset(token)


# A private name of the SDK's, and the only place where a streamed run begins and ends.
_module: Any = agents.run
_start_streaming = _module.start_streaming


async def _streaming(**options: Any) -> None:
    """The SDK's loop of a streamed run; of a governed one with its beginning and its end.

    Whoever reads the stream to its end waits for this task, and so for the record.
    """
    run, result = current.get(), options["streamed_result"]
    if run is None or not _is_of(run, options["hooks"]):
        await threads.note_ungoverned(options["starting_agent"])
        await _start_streaming(**options)
        return
    try:
        state = options["run_state"]
        with run.guarded():
            if options["is_resumed_state"]:
                copy = await pausing.resume(run, options["starting_agent"], state, None)
                state.__dict__.update({**vars(copy), "_context": state._context})
            else:
                await run.ensure_started()
        await _start_streaming(**options)
        # The SDK stops sandboxes later: what a run that waits goes on from has to have their state.
        await result._run_sandbox_cleanup()
        result._check_errors()
        if result._stored_exception is not None:
            raise result._stored_exception
        await _end(run, result)
    except BaseException as error:
        try:
            await asyncio.shield(result._run_sandbox_cleanup())
        finally:
            await run.fail(error)
        result._event_queue.put_nowait(QueueCompleteSentinel())
        raise


def _is_of(run: GovernedRun, hooks: Any) -> bool:
    return isinstance(hooks, RunCallbacks) and hooks.run is run


def _governing(agent: Agent[Any], options: dict[str, Any]) -> GovernedRun | None:
    """The governed run that this is to be, if any; puts its callbacks into the options."""
    given, parent = options.get("hooks"), current.get() or threads.parent()
    if isinstance(given, RunCallbacks):
        # Governed by this runner already, with another one between that was put before it.
        return None
    # A run that ended is a parent as well: what its tools have left running is still beneath them.
    if isinstance(given, IntaglioRunHooks):
        hooks, own = given, given.own
    elif parent is not None:
        hooks, own = parent.hooks, given
    else:
        return None
    forked_from = None
    if parent is not None and parent.is_parents:
        # Of a process that was forked in mid-run: what it does is on record as beneath that run,
        # but goes on by itself.
        forked_from, parent = parent.id, None
    session = options.get("session")
    run = GovernedRun(
        hooks,
        agent,
        parent=parent,
        forked_from=forked_from,
        own_hooks=own,
        session=session,
        conversation=hooks.session_id
        or getattr(session, "session_id", None)
        or options.get("conversation_id"),
        run_config=options.get("run_config"),
        context=options.get("context"),
        is_at_provider=any(
            options.get(name)
            for name in ("conversation_id", "previous_response_id", "auto_previous_response_id")
        ),
    )
    arming.hold(agent)
    options["hooks"] = RunCallbacks(run)
    return run


def _name_trace(run: GovernedRun, options: dict[str, Any]) -> None:
    """Choose the trace's id that the SDK would choose later, so that the record has it."""
    config = run.run_config
    if get_current_trace() is None and config.trace_id is None and not config.tracing_disabled:
        run.run_config = dataclasses.replace(config, trace_id=gen_trace_id())
        options["run_config"] = run.run_config


async def _begin(run: GovernedRun, agent: Agent[Any], input: Any, options: dict[str, Any]) -> Any:
    with run.guarded():
        if isinstance(input, RunState):
            return await pausing.resume(run, agent, input, options.pop("context", None))
        await run.ensure_started()
        return input


async def _end(run: GovernedRun, result: Any) -> None:
    with run.guarded():
        if result.interruptions or _was_stopped(result):
            await pausing.pause(run, result)
        else:
            await run.finish(result.final_output)


def _was_stopped(result: Any) -> bool:
    """Whether a streamed run was stopped after a turn: it has no output, and can go on."""
    mode = getattr(result, "_cancel_mode", "none")
    return mode == "after_turn" and result.final_output is None
