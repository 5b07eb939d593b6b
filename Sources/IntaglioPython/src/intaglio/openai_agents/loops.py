"""Event loops of one call's own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec, TypeVar

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


def run_here(
    function: Callable[Parameters, Coroutine[Any, Any, Result]],
    *arguments: Parameters.args,
    **options: Parameters.kwargs,
) -> Result:
    """Call `function` in a loop of its own, to its end.

    Raises:
        RuntimeError: an event loop runs in this thread.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(function(*arguments, **options))
    name = function.__name__
    raise RuntimeError(
        f"an event loop runs here, as in a notebook: write `await hooks.{name}(...)` instead of "
        f"{name}_sync"
    )
