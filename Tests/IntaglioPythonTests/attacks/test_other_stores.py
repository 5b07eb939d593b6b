"""What was approved in one store approves nothing in another, also of the same call."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from agents import Runner
from intaglio import IntaglioError, LogReader, verify
from intaglio.openai_agents import IntaglioRunHooks, RunAborted
from records import events_of
from scripted import message
from test_examples import command
from test_reviews import REFUND, Desk
from watched import rules


class Office:
    """A store in which a run waits for the approval of a call, the same in all."""

    def __init__(self, store: Path, key: Path, policy: dict[str, Any]) -> None:
        self.store = store
        self.key = {"file": str(key)}
        self.hooks = IntaglioRunHooks("desk", store=store, policy=policy)
        self.desk = Desk([REFUND], [message("Done.")])
        self.paused = asyncio.run(Runner.run(self.desk.agent, "Refund 5.", hooks=self.hooks))
        [self.ticket] = [ticket.ticket for ticket in asyncio.run(self.hooks.pending())]

    def approve(self) -> None:
        asyncio.run(
            self.hooks.approve(self.ticket, "as agreed", key={**self.key, "approver": "ann"})
        )

    def of(self, event: str) -> list[dict[str, Any]]:
        return [members for _, members in events_of(self.store) if members["event"] == event]

    def refusal_of(self, decision: dict[str, Any]) -> str:
        """Why a decision does not count that is left in the inbox, as the log has it."""
        inbox, count = self.store / "0/inbox", len(self.of("approval.refused"))
        inbox.mkdir(exist_ok=True)
        (inbox / "decision.new").write_text(json.dumps(decision))
        (inbox / "decision.new").rename(inbox / "decision.json")
        with LogReader.open(self.store / "0") as reader:
            refused = (record.text for record in reader.follow() if record.kind == 556)
            reasons = [json.loads(next(refused))["intaglio.reason"] for _ in range(count + 1)]
        return str(reasons[-1])

    def is_waiting(self) -> bool:
        result = asyncio.run(self.hooks.resume(Desk().agent))
        return len(result.interruptions) == 1


@pytest.fixture
def offices(tmp_path: Path) -> Iterator[tuple[Office, Office]]:
    """Two, with one approver; the one's call is approved, and the other's waits."""
    key = tmp_path / "ann.key"
    public = command("key", "generate", key, cwd=tmp_path).strip()
    review = {"when": {"tool": "refund"}, "effect": "review", "review": {"approvers": ["ann"]}}
    policy = {**rules("allow", review), "approvers": {"ann": public}}
    one, other = (Office(tmp_path / name, key, policy) for name in ("one", "other"))
    one.approve()
    yield one, other
    for office in (one, other):
        office.hooks.client.close()
        assert verify(office.store / "0").is_faultless
        assert len(office.of("tool.start")) == len(office.desk.ran)


def goes_on(office: Office) -> None:
    """What is approved runs, once: it was by the approval alone that it did not."""
    result = asyncio.run(office.hooks.resume(office.desk.agent))
    assert result.final_output == "Done." and office.desk.ran == [5]


def test_a_decision_that_is_copied_as_it_is_names_no_ticket(offices: tuple[Office, Office]) -> None:
    one, other = offices
    assert "no open ticket of this log" in other.refusal_of(copied(one))
    assert other.is_waiting() and other.desk.ran == []
    other.approve()
    goes_on(other)


def test_a_decision_that_is_copied_to_another_ticket_was_not_signed(
    offices: tuple[Office, Office],
) -> None:
    one, other = offices
    assert "signature is not" in other.refusal_of({**copied(one), "ticket": other.ticket})
    assert other.is_waiting() and other.desk.ran == []
    goes_on(one)


def test_a_ticket_and_a_state_of_another_store_are_nothing_here(
    offices: tuple[Office, Office],
) -> None:
    one, other = offices
    with pytest.raises(IntaglioError) as caught:
        asyncio.run(other.hooks.approve(one.ticket, key={**one.key, "approver": "ann"}))
    assert caught.value.code == "not_permitted"
    with pytest.raises(RunAborted) as aborted:
        asyncio.run(Runner.run(one.desk.agent, one.paused.to_state(), hooks=other.hooks))
    assert aborted.value.code == "not_paused"
    assert one.desk.ran == other.desk.ran == []
    goes_on(one)


def copied(office: Office) -> dict[str, Any]:
    """A decision that counted, as a file of the inbox, from what the log says of it."""
    [decided] = office.of("approval.decided")
    return {
        "v": 1,
        "ticket": decided["intaglio.ticket"],
        "decision": decided["intaglio.decision"],
        "reason": decided["intaglio.reason"],
        "label": "",
        "approver": decided["intaglio.identity"].removeprefix("key:"),
        "signature": decided["intaglio.signature"],
    }
