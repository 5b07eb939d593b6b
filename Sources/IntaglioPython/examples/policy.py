"""An agent whose policy says what it may pay: a denied call is told the model, which goes on."""

import asyncio

from agents import Agent, Runner, function_tool
from scripted_model import call, message, real_or_scripted

from intaglio import IntaglioRunHooks

POLICY = """
version: 1
default: deny
rules:
  - id: small-refunds
    when: {tool: refund, arguments: {/amount: {less_or_equal: 100}}}
    effect: allow
  - id: large-refunds
    when: {tool: refund, arguments: {/amount: {greater: 100}}}
    effect: deny
    message: Refunds over 100 are for the finance desk. Offer to pass the customer on.
"""


@function_tool
def refund(to: str, amount: int) -> str:
    """Pay a customer back, in whole euros."""
    print(f"(paid {to} {amount} euros)")
    return "paid"


agent = Agent(name="Desk", instructions="You answer customers of a shop.", tools=[refund])


async def main() -> None:
    """Ask for a refund that is allowed, and for one that is not."""
    hooks = IntaglioRunHooks(agent_id="desk", store="policy-audit", policy=POLICY)
    script = [
        [call("refund", {"to": "mia_li", "amount": 40})],
        [message("Done: 40 euros are on their way.")],
        [call("refund", {"to": "mia_li", "amount": 4000})],
        [message("I cannot pay that myself. Shall I pass you on to our finance desk?")],
    ]
    with real_or_scripted(script) as config:
        for question in ("Please refund my 40 euros. I am mia_li.", "And now 4000, please."):
            result = await Runner.run(agent, question, hooks=hooks, run_config=config)
            print(result.final_output)


asyncio.run(main())
