"""A call that a person decides on: one process asks and ends, another goes on.

python review.py                          # pauses, and says what waits
intaglio review show review-audit TICKET  # what it would do, and the digest of that
intaglio approve review-audit TICKET --digest DIGEST
python review.py resume
"""

import asyncio
import sys

from agents import Agent, Runner, function_tool
from scripted_model import call, message, real_or_scripted

from intaglio import IntaglioRunHooks

POLICY = """
version: 1
default: deny
rules:
  - id: deletions
    when: {tool: delete_account}
    effect: review
"""


@function_tool
def delete_account(name: str) -> str:
    """Delete an account for ever."""
    print(f"(deleted {name})")
    return "deleted"


agent = Agent(name="Admin", instructions="You look after accounts.", tools=[delete_account])
hooks = IntaglioRunHooks(agent_id="admin", store="review-audit", policy=POLICY)


async def ask() -> None:
    """Begin a run, which pauses."""
    with real_or_scripted([[call("delete_account", {"name": "mia_li"})]]) as config:
        await Runner.run(agent, "Delete the account mia_li.", hooks=hooks, run_config=config)
    for ticket in await hooks.pending():
        print(f"waits for a person: {ticket.tool}, ticket {ticket.ticket[:12]}")


async def resume() -> None:
    """Go on with it, in another process, from the log's copy."""
    with real_or_scripted([[message("The account is gone.")]]) as config:
        result = await hooks.resume(agent, run_config=config)
    print(result.final_output)


asyncio.run(resume() if sys.argv[1:] == ["resume"] else ask())
