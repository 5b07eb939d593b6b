"""A model that follows a script: a real HTTP server on this machine that speaks the Responses API.

The SDK's own client talks to it, so that examples and tests run without a key or a network:

```python
with ScriptedModel([[call("get_weather", {"city": "Delft"})], [message("Sunny.")]]) as model:
    config = RunConfig(model_provider=model.provider())
    result = await Runner.run(agent, "Is it raining?", run_config=config)
```
"""

from __future__ import annotations

import itertools
import json
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from agents import RunConfig

Item = dict[str, Any]
# What a script answers to a request: its items, or a function of the request's body.
Turn = Sequence[Item] | Callable[[dict[str, Any]], Sequence[Item]]

_numbers = itertools.count(1)


def message(text: str) -> Item:
    """An answer in words."""
    content = {"type": "output_text", "text": text, "annotations": [], "logprobs": []}
    return {
        "type": "message",
        "id": f"msg_{next(_numbers)}",
        "role": "assistant",
        "status": "completed",
        "content": [content],
    }


def call(name: str, arguments: dict[str, Any] | str, id: str | None = None) -> Item:
    """A call of a function; `arguments` as they are, if they are a text."""
    text = arguments if isinstance(arguments, str) else json.dumps(arguments)
    number = next(_numbers)
    return {
        "type": "function_call",
        "id": f"fc_{number}",
        "call_id": id or f"call_{number}",
        "name": name,
        "arguments": text,
        "status": "completed",
    }


def response(output: Sequence[Item], model: str = "scripted") -> dict[str, Any]:
    """A whole response of the Responses API."""
    usage = {
        "input_tokens": 11,
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens": 7,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": 18,
    }
    return {
        "id": f"resp_{next(_numbers)}",
        "object": "response",
        "created_at": 0,
        "model": model,
        "status": "completed",
        "output": list(output),
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "usage": usage,
    }


def events(whole: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A response as the events of a stream."""
    begun = {**whole, "status": "in_progress", "output": [], "usage": None}
    yield {"type": "response.created", "response": begun}
    for index, item in enumerate(whole["output"]):
        yield {"type": "response.output_item.added", "output_index": index, "item": item}
        yield {"type": "response.output_item.done", "output_index": index, "item": item}
    yield {"type": "response.completed", "response": whole}


class ScriptedModel:
    """The server: answers the first request with the first turn, and so on; then with an error 500.

    `requests` has the bodies that it was sent.
    """

    def __init__(self, turns: Iterable[Turn]) -> None:
        self.requests: list[dict[str, Any]] = []
        self._turns = list(turns)
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> ScriptedModel:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        """Where it listens, as OPENAI_BASE_URL."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def provider(self) -> Any:
        """A provider of models for the SDK's `RunConfig` that asks this server."""
        from agents import OpenAIProvider
        from openai import AsyncOpenAI

        client = AsyncOpenAI(base_url=self.url, api_key="none", max_retries=0)
        return OpenAIProvider(openai_client=client, use_responses=True)

    def answer(self, body: dict[str, Any]) -> dict[str, Any] | None:
        """The next response; nothing when the script has ended."""
        with self._lock:
            self.requests.append(body)
            if not self._turns:
                return None
            turn = self._turns.pop(0)
        output = turn(body) if callable(turn) else turn
        return response(output, body.get("model") or "scripted")


def _handler(script: ScriptedModel) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            body = cast("dict[str, Any]", json.loads(self.rfile.read(length)))
            whole = script.answer(body)
            if whole is None:
                error = {"error": {"message": "the script has ended", "type": "script"}}
                return self._send(500, "application/json", json.dumps(error))
            if not body.get("stream"):
                return self._send(200, "application/json", json.dumps(whole))
            lines = []
            for number, event in enumerate(events(whole)):
                data = json.dumps({**event, "sequence_number": number})
                lines.append(f"event: {event['type']}\ndata: {data}\n\n")
            self._send(200, "text/event-stream", "".join(lines))

        def _send(self, status: int, kind: str, text: str) -> None:
            data = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.send_header("x-request-id", f"req_{next(_numbers)}")
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *arguments: Any) -> None:
            """Nothing: the program's own output is what people look at."""

    return Handler


@contextmanager
def real_or_scripted(turns: Iterable[Turn]) -> Iterator[RunConfig | None]:
    """The configuration for a run: none where OPENAI_API_KEY is set, else a model with a script."""
    if "OPENAI_API_KEY" in os.environ:
        yield None
    else:
        from agents import RunConfig

        with ScriptedModel(turns) as model:
            yield RunConfig(model_provider=model.provider(), tracing_disabled=True)
