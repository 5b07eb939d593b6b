"""A small governor in memory, for the time until the library is there: it records, and decides by a function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from intaglio import IntaglioError

Decide = Callable[[dict[str, Any]], str]


class FakeGovernor:
    def __init__(self) -> None:
        self.events: list[tuple[str, dict[str, Any]]] = []
        self.decide: Decide = lambda call: "allow"
        self.runs: dict[str, dict[str, Any]] = {}
        self.fails: Callable[[str], bool] = lambda do: False
        self.votes: dict[str, bool] = {}

    async def call(self, do: str, **members: Any) -> dict[str, Any]:
        members = {name: value for name, value in members.items() if value is not None}
        if self.fails(do):
            raise IntaglioError("engine", f"the disk is full at {do}")
        self.events.append((do, members))
        return getattr(self, "_" + do.replace(".", "_"), lambda members: {})(members)

    def _run_start(self, members: Any) -> Any:
        id = f"run-{len(self.runs) + 1}"
        self.runs[id] = {"calls": [], "state": None, "mission": members.get("mission") or id}
        members["run"] = id
        return {"run": id, "mission": self.runs[id]["mission"], "trace_id": "0"}

    def _tools_decide(self, members: Any) -> Any:
        run = self.runs[members["run"]]
        decisions = []
        for call in members["calls"]:
            effect, _, rest = self.decide(call).partition(" ")
            number = len(run["calls"])
            run["calls"].append(call)
            decisions.append(
                {
                    "call": number,
                    "tool": call["tool"],
                    "effect": effect,
                    "message": "" if effect == "allow" else f"{call['tool']} was refused.",
                    "reason": "",
                    "deciders": [],
                    "aborts_run": rest == "abort",
                    "is_recorded": True,
                    "ticket": f"{members['run']}/{number}" if effect == "review" else None,
                }
            )
        return {"decisions": decisions}

    def _tool_start(self, members: Any) -> Any:
        return {"arguments": self.runs[members["run"]]["calls"][members["call"]]["arguments"]}

    def _run_pause(self, members: Any) -> Any:
        self.runs[members["run"]]["state"] = members["state"]
        return {}

    def _run_paused(self, members: Any) -> Any:
        run = self.runs[members["run"]]
        if run["state"] is None:
            raise IntaglioError("not_paused", f"the run {members['run']} is not paused")
        return {"state": run["state"]}

    def _run_resume(self, members: Any) -> Any:
        run = self.runs[members["run"]]
        self._run_paused(members)
        run["state"] = None
        reviews = [
            self._decided(members["run"], number, call)
            for number, call in enumerate(run["calls"])
            if f"{members['run']}/{number}" in self.votes
        ]
        return {"mission": run["mission"], "reviews": reviews}

    def _review_wait(self, members: Any) -> Any:
        number = members["call"]
        return self._decided(members["run"], number, self.runs[members["run"]]["calls"][number])

    def _decided(self, run: str, number: int, call: Any) -> Any:
        approved = self.votes[f"{run}/{number}"]
        return {
            "call": number,
            "tool": call["tool"],
            "effect": "allow" if approved else "deny",
            "message": "" if approved else f"{call['tool']} was not approved.",
            "reason": "",
            "aborts_run": False,
            "is_recorded": True,
        }

    def names(self) -> list[str]:
        return [do for do, _ in self.events]

    def of(self, do: str) -> list[dict[str, Any]]:
        return [members for name, members in self.events if name == do]
