"""Programs that tests run in processes of their own: `python programs.py NAME STORE [ARGUMENT]`."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import Any

from agents import Agent, Runner, function_tool, set_tracing_disabled
from scripted import Script, call, message

from intaglio.openai_agents import IntaglioRunHooks, RunAborted

set_tracing_disabled(True)
POLICY = {
    "version": 1,
    "default": "allow",
    "rules": [{"id": "ask", "when": {"tool": "refund"}, "effect": "review"}],
}


def desk(*turns: Any) -> Agent[Any]:
    @function_tool
    def refund(amount: int) -> str:
        print(f"refunded {amount}", flush=True)
        return "refunded"

    return Agent(name="desk", model=Script(*turns), tools=[refund])


def begin(store: str, _: str) -> None:
    """Runs until its call waits for people."""
    agent = desk([call("refund", {"amount": 5}, "c1")])
    hooks = IntaglioRunHooks("desk", store=store, policy=POLICY)
    result = Runner.run_sync(agent, "Refund 5.", hooks=hooks, context={"customer": "ann"})
    print("waits", len(result.interruptions), hooks.last_run)


def decide(store: str, answer: str) -> None:
    """Approves or rejects all that waits."""

    async def main() -> None:
        hooks = IntaglioRunHooks("desk", store=store, policy=POLICY)
        for ticket in await hooks.pending():
            if answer == "approve":
                await hooks.approve(ticket, "as agreed")
            else:
                await hooks.reject(ticket, "too much")
            print(ticket.tool, ticket.state, answer)

    asyncio.run(main())


def resume(store: str, run: str) -> None:
    """Goes on with the run that waits."""

    async def main() -> None:
        hooks = IntaglioRunHooks("desk", store=store, policy=POLICY)
        try:
            result = await hooks.resume(desk([message("Done.")]), run=run or None)
        except RunAborted as error:
            print("refused", error.code)
            return
        print(result.final_output, result.context_wrapper.context)

    asyncio.run(main())


def crash(store: str, _: str) -> None:
    """Ends in mid-tool, as by the loss of power."""

    @function_tool
    def burn() -> str:
        print("burning", flush=True)
        os._exit(9)

    agent = Agent(name="a", model=Script([call("burn", "{}")]), tools=[burn])
    Runner.run_sync(agent, "Go", hooks=IntaglioRunHooks("a", store=store))


def run(store: str, count: str) -> None:
    """Runs so many times, beside others that do."""
    for _ in range(int(count)):
        agent = desk([call("refund", {"amount": 1})], [message("Done.")])
        # A loop of its own: one that was used before a fork has threads that the child does not
        # have.
        asyncio.run(Runner.run(agent, "Go", hooks=IntaglioRunHooks("a", store=store)))
    print("ended", os.path.basename(str(_log(store))))


def _log(store: str) -> Any:
    return IntaglioRunHooks("a", store=store).client.call_sync("governor.status")["log_path"]


def fork(store: str, _: str) -> None:
    """Governs in the parent, and in a child that was forked after."""
    run(store, "1")
    child = os.fork()
    if child == 0:
        run(store, "1")
        # As multiprocessing's children end: without the parent's exit handlers.
        os._exit(0)
    _, status = os.waitpid(child, 0)
    print("child", os.waitstatus_to_exitcode(status))
    run(store, "1")


if __name__ == "__main__":
    globals()[sys.argv[1]](sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else "")
