"""Tools by which an agent remembers: from run to run, and taken back with its mission.

```python
from intaglio.tools import forget, recall, remember

agent = Agent(name="Concierge", tools=[remember, recall, forget])
await Runner.run(agent, ..., hooks=IntaglioRunHooks(agent_id="concierge", mission_id="desk-17"))
```

They belong to the governed run that calls them, and its policy decides on them, as
`function:remember`, `function:recall` and `function:forget`. What was remembered is in the state of
the mission, says where it comes from, and goes with a rollback; the log keeps all of it. Without
`IntaglioRunHooks` they raise an error, which ends the run.
"""

from __future__ import annotations

import json
from typing import Any

from agents import function_tool

from intaglio._errors import IntaglioError
from intaglio.openai_agents.current import current

__all__ = ["forget", "recall", "remember"]


# What is raised here ends the run: it is no answer that a model could do anything with.
@function_tool(failure_error_function=None)
async def remember(key: str, value: str, tags: list[str] | None = None) -> str:
    """Remember something for later runs, in place of what is remembered under the same key.

    Args:
        key: A short name to find it by, such as guest/seat.
        value: What to remember, as a text.
        tags: Words to find it by as one of several.
    """
    refusal = (await _ask("memory.remember", key=key, value=value, tags=tags)).get("refusal")
    return refusal or f"Remembered under {key}."


@function_tool(failure_error_function=None)
async def recall(
    words: str | None = None,
    key: str | None = None,
    prefix: str | None = None,
    tags: list[str] | None = None,
    limit: int = 10,
) -> str:
    """Find what was remembered; all that is given has to hold, of the words at least one.

    Args:
        words: Words of what was remembered; those entries come first that have most of them.
        key: The very key that it was remembered under.
        prefix: What the key begins with.
        tags: Tags that it all has.
        limit: How many to give at most.
    """
    asked = {"words": words, "key": key, "prefix": prefix, "tags": tags, "limit": limit}
    answer = await _ask("memory.recall", **asked)
    entries = [
        {"key": entry["key"], "value": entry["value"], "tags": entry["tags"]}
        for entry in answer.get("entries", [])
    ]
    return answer.get("refusal") or json.dumps(entries, ensure_ascii=False)


@function_tool(failure_error_function=None)
async def forget(key: str) -> str:
    """Forget what is remembered under a key.

    Args:
        key: The very key.
    """
    answer = await _ask("memory.forget", key=key)
    was = "Forgotten" if answer.get("forgotten") else "Nothing is remembered under that key"
    return answer.get("refusal") or f"{was}: {key}."


async def _ask(do: str, **members: Any) -> dict[str, Any]:
    """Ask the governor of this task's run: a refusal is for the model, all else ends the run."""
    run = current.get()
    if run is None:
        raise IntaglioError(
            "no_run",
            f"there is no governed run to {do.partition('.')[2]} in: give Runner.run "
            "hooks=IntaglioRunHooks(...)",
        )
    run.check()
    try:
        return await run.client.call(do, run=run.id, **members)
    except IntaglioError as error:
        if error.code != "invalid":
            raise run.abort(error.code, error.message, error.cause) from error
        return {"refusal": f"Not done: {error.message}"}
