"""Runs of the OpenAI Agents SDK under the Intaglio engine, by one line.

```python
from intaglio import IntaglioRunHooks

await Runner.run(agent, "Is it raining in Delft?", hooks=IntaglioRunHooks(agent_id="weather-demo"))
```
"""

from intaglio.openai_agents.errors import RunAborted
from intaglio.openai_agents.hooks import IntaglioRunHooks

__all__ = ["IntaglioRunHooks", "RunAborted"]
