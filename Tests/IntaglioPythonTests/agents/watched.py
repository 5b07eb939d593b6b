"""A real governor whose requests the tests can look at."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from records import Witness, check

from intaglio import IntaglioError
from intaglio._governor import GovernorClient
from intaglio.openai_agents import IntaglioRunHooks

Policy = dict[str, Any]


def rules(default: str, *rules: dict[str, Any]) -> Policy:
    """A policy of rules with running ids."""
    numbered = [{"id": f"r{number}", **rule} for number, rule in enumerate(rules)]
    return {"version": 1, "default": default, "rules": numbered}


DENY = rules("deny")
REVIEW = rules("allow", {"effect": "review"})


class Noting:
    """An answer that is noted when it is waited for."""

    def __init__(self, watched: Watched, do: str, members: dict[str, Any], answer: Any) -> None:
        self.whole = watched, do, members, answer
        # What was sent is carried out, whether anybody waits for it or not.
        self.request = (do, members)
        watched.done.append(self.request)

    def __await__(self) -> Any:
        watched, do, members, answer = self.whole
        try:
            result = yield from answer.__await__()
        except IntaglioError:
            watched.done = [one for one in watched.done if one is not self.request]
            raise
        watched.note(do, members, result)
        return result


class Watched:
    """A store of its own, its requests in order, and hooks on it."""

    def __init__(self, store: Path, patch: pytest.MonkeyPatch) -> None:
        self.store = store
        self.policy: Policy | None = None
        self.events: list[tuple[str, dict[str, Any]]] = []
        self.runs: list[str] = []
        self.tickets: list[str] = []
        # Requests that are to fail as if the disk were full.
        self.fails: Callable[[str], bool] = lambda do: False
        # What people say of whatever waits for them.
        self.answer: bool | None = None
        self.clients: list[GovernorClient] = []
        # Whether the log is to have all that happened: not where it is kept from being written.
        self.is_whole = True
        self.seen = Witness()
        self.seen.install(patch)
        self.done: list[tuple[str, dict[str, Any]]] = []
        original = GovernorClient.post

        def post(client: GovernorClient, do: str, **members: Any) -> Any:
            if self.fails(do):
                raise IntaglioError("engine", f"the disk is full at {do}")
            if do == "review.wait" and self.answer is not None:
                self.vote(self.answer)
            noted = {name: value for name, value in members.items() if value is not None}
            self.events.append((do, noted))
            return Noting(self, do, noted, original(client, do, **members))

        patch.setattr(GovernorClient, "post", post)

    def note(self, do: str, members: dict[str, Any], answer: dict[str, Any]) -> None:
        """Note what was answered."""
        if do == "run.start":
            members["run"] = answer["run"]
            self.runs.append(answer["run"])
        if do == "tools.decide":
            self.tickets += [d["ticket"] for d in answer["decisions"] if d.get("ticket")]

    def hooks(self, **options: Any) -> IntaglioRunHooks:
        options.setdefault("policy", self.policy)
        hooks = IntaglioRunHooks("demo", store=self.store, **options)
        if hooks.client not in self.clients:
            self.clients.append(hooks.client)
        return hooks

    def vote(self, approve: bool) -> None:
        """Have people decide on all that waits."""
        while self.tickets:
            ticket = self.tickets.pop(0)
            self.clients[-1].call_sync("review.vote", ticket=ticket, approve=approve)

    def names(self) -> list[str]:
        return [do for do, _ in self.events]

    def of(self, do: str) -> list[dict[str, Any]]:
        return [members for name, members in self.events if name == do]

    def close(self) -> None:
        for client in self.clients:
            client.close()
        if self.is_whole and self.clients:
            check(self.store, self.done, self.seen)
