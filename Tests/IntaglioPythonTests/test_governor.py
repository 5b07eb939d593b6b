"""The governor's client: one for threads and loops, that loses nothing and never hangs."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from intaglio import IntaglioError
from intaglio._governor import GovernorClient


@pytest.fixture
def governor(store: Path) -> Iterator[GovernorClient]:
    """A governor without a policy."""
    client = GovernorClient.shared(store, {})
    yield client
    client.close()


def test_a_request_is_answered_the_same_way_in_a_thread_and_in_a_loop(
    governor: GovernorClient,
) -> None:
    started = governor.call_sync("run.start", agent="desk", mission="desk-17")
    assert started["mission"] == "desk-17"
    assert asyncio.run(governor.call("run.end", run=started["run"])) == {}


def test_an_error_has_the_governors_code_and_one_line(governor: GovernorClient) -> None:
    for failing in (
        lambda: governor.call_sync("run.end", run="no-such-run"),
        lambda: asyncio.run(governor.call("run.end", run="no-such-run")),
    ):
        with pytest.raises(IntaglioError) as caught:
            failing()
        assert caught.value.code
        assert "\n" not in caught.value.message


def test_an_unknown_request_and_an_unknown_member_are_errors(
    governor: GovernorClient,
) -> None:
    with pytest.raises(IntaglioError, match=r"dance"):
        governor.call_sync("dance")
    with pytest.raises(IntaglioError, match=r"colour"):
        governor.call_sync("run.start", agent="desk", colour="red")


def test_what_json_does_not_have_is_refused_before_it_is_sent(
    governor: GovernorClient,
) -> None:
    for value in (float("nan"), object(), "\ud800"):
        with pytest.raises(IntaglioError) as caught:
            governor.call_sync("run.start", agent=value)
        assert caught.value.code == "invalid"


def test_one_path_and_one_set_of_options_share_a_client(store: Path) -> None:
    first = GovernorClient.shared(store, {"engine_timeout": 5})
    assert GovernorClient.shared(f"{store}/../{store.name}", {"engine_timeout": 5}) is first
    second = GovernorClient.shared(store, {"engine_timeout": 6})
    assert second is not first
    first.close()
    assert second.call_sync("run.start", agent="desk")["run"]
    second.close()


def test_a_closed_client_says_so_and_the_next_one_is_open(store: Path) -> None:
    client = GovernorClient.shared(store, {})
    client.close()
    client.close()
    with pytest.raises(IntaglioError) as caught:
        client.call_sync("governor.status")
    assert caught.value.code == "closed"
    again = GovernorClient.shared(store, {})
    assert again is not client
    again.call_sync("governor.status")
    again.close()


def test_a_hundred_tasks_each_get_their_own_answer(governor: GovernorClient) -> None:
    async def ask() -> list[dict[str, str]]:
        return await asyncio.gather(
            *(
                governor.call("run.start", agent=f"agent-{number}", mission=f"mission-{number}")
                for number in range(100)
            )
        )

    answers = asyncio.run(ask())
    assert [answer["mission"] for answer in answers] == [f"mission-{n}" for n in range(100)]


def test_loops_that_come_one_after_the_other_or_at_once_all_work(
    governor: GovernorClient,
) -> None:
    def ask(name: str) -> str:
        return str(asyncio.run(governor.call("run.start", agent="desk", mission=name))["mission"])

    assert [ask("one"), ask("two")] == ["one", "two"]
    names = [f"mission-{number}" for number in range(16)]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, names)) == names


def test_a_cancelled_call_was_sent_and_the_client_goes_on(
    governor: GovernorClient,
) -> None:
    async def ask() -> str:
        task = asyncio.create_task(governor.call("run.start", agent="desk", run="cancelled-run"))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        # Asked after it and answered after it; the run that was begun without an answer is there.
        mission = (await governor.call("run.start", agent="desk", mission="next"))["mission"]
        await governor.call("run.end", run="cancelled-run")
        return str(mission)

    assert asyncio.run(ask()) == "next"


def test_a_loop_that_ends_before_the_answer_harms_nobody(
    governor: GovernorClient,
) -> None:
    loop = asyncio.new_event_loop()
    task = loop.create_task(governor.call("run.start", agent="desk"))
    loop.run_until_complete(asyncio.sleep(0))
    task.cancel()
    loop.run_until_complete(asyncio.gather(task, return_exceptions=True))
    loop.close()
    assert asyncio.run(governor.call("run.start", agent="desk", mission="next"))


def test_closing_answers_who_still_waits(store: Path) -> None:
    client = GovernorClient.shared(
        store,
        {
            "policy": {
                "text": "version: 1\ndefault: allow\nrules: [{id: pay, when: {tool: pay}, effect: review}]"
            }
        },
    )
    asked = threading.Event()

    async def wait_for_people() -> None:
        run = (await client.call("run.start", agent="desk"))["run"]
        decisions = (
            await client.call(
                "tools.decide",
                run=run,
                calls=[{"tool": "function:pay", "arguments": "{}", "id": "call-1"}],
            )
        )["decisions"]
        waiting = asyncio.create_task(
            client.call("review.wait", run=run, call=decisions[0]["call"])
        )
        await asyncio.sleep(0)
        asked.set()
        with pytest.raises(IntaglioError) as caught:
            await waiting
        assert caught.value.code in {"closed", "run_over"}

    with ThreadPoolExecutor(1) as pool:
        waiter = pool.submit(asyncio.run, wait_for_people())
        assert asked.wait(60) or waiter.result()
        client.close()
        waiter.result(60)
