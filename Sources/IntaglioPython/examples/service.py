"""A service with several workers, each of which writes a log of its own in one store.

uvicorn service:app --workers 2
intaglio runs service-audit           # all workers' runs
"""

from agents import Agent, Runner, function_tool
from fastapi import FastAPI
from scripted_model import call, message, real_or_scripted

from intaglio import IntaglioRunHooks


@function_tool
def get_weather(city: str) -> str:
    """Say what the weather is like in a city."""
    return f"{city}: 16 degrees, light rain"


app = FastAPI()
agent = Agent(name="Weather", instructions="Answer in one sentence.", tools=[get_weather])
hooks = IntaglioRunHooks(agent_id="weather-service", store="service-audit")


@app.get("/weather/{city}")
async def weather(city: str) -> dict[str, str]:
    """Answer with what the agent says."""
    script = [[call("get_weather", {"city": city})], [message(f"It rains lightly in {city}.")]]
    with real_or_scripted(script) as config:
        question = f"Is it raining in {city}?"
        result = await Runner.run(agent, question, hooks=hooks, run_config=config)
    return {"answer": result.final_output}
