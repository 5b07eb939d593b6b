"""An agent that looks at the weather; the line with `hooks=` puts its run on record."""

import asyncio

from agents import Agent, Runner, function_tool
from scripted_model import call, message, real_or_scripted

from intaglio import IntaglioRunHooks


@function_tool
def get_weather(city: str) -> str:
    """Say what the weather is like in a city."""
    return f"{city}: 16 degrees, light rain"


agent = Agent(name="Weather", instructions="Answer in one sentence.", tools=[get_weather])


async def main() -> None:
    """Ask once."""
    script = [
        [call("get_weather", {"city": "Delft"})],
        [message("Yes, it rains lightly in Delft, at 16 degrees.")],
    ]
    with real_or_scripted(script) as config:
        result = await Runner.run(
            agent,
            "Is it raining in Delft?",
            hooks=IntaglioRunHooks(agent_id="weather-demo", store="weather-audit"),
            run_config=config,
        )
    print(result.final_output)


asyncio.run(main())
