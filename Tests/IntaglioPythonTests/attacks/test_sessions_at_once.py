"""A session in the engine keeps what each of several writers adds."""

from __future__ import annotations

import asyncio
from typing import Any

from agents import Agent, Runner
from scripted import Script, message
from watched import Watched


def texts(items: list[Any]) -> list[str]:
    return [item["content"] for item in items if item.get("role") == "user"]


def test_items_that_are_added_at_the_same_time_are_all_kept_and_stay_together(
    governor: Watched,
) -> None:
    async def main() -> None:
        session = governor.hooks().session("s")

        async def add(name: int) -> None:
            await session.add_items([{"role": "user", "content": f"{name}.{i}"} for i in range(3)])

        await asyncio.gather(*[add(name) for name in range(20)])
        kept = texts(await session.get_items())
        assert len(kept) == 60
        assert all(kept[i].split(".")[0] == kept[i - i % 3].split(".")[0] for i in range(60))
        assert [text.split(".")[1] for text in kept] == ["0", "1", "2"] * 20

    asyncio.run(main())


def test_runs_at_the_same_time_keep_what_each_was_asked(governor: Watched) -> None:
    async def main() -> None:
        hooks = governor.hooks()

        async def ask(text: str) -> None:
            agent = Agent(name="a", model=Script([message("Done.")]))
            await Runner.run(agent, text, hooks=hooks, session=hooks.session("s"))

        await asyncio.gather(*[ask(str(number)) for number in range(8)])
        kept = texts(await hooks.session("s").get_items())
        assert sorted(kept) == [str(number) for number in range(8)]

    asyncio.run(main())


def test_an_item_after_an_items_time_has_passed_comes_after_it(
    governor: Watched, monkeypatch: Any
) -> None:
    """A clock that was set back does not turn a conversation around."""

    async def main() -> None:
        session = governor.hooks().session("s")
        for time_ns in (2_000, 1_000, 1_500):
            monkeypatch.setattr("time.time_ns", lambda time_ns=time_ns: time_ns)
            await session.add_items([{"role": "user", "content": str(time_ns)}])
        assert texts(await session.get_items()) == ["2000", "1000", "1500"]

    asyncio.run(main())
