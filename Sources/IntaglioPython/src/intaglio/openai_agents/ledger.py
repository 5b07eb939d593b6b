"""What was decided on the calls of a run, and which of it was used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Kind = Literal[
    "function",
    "custom",
    "shell",
    "local_shell",
    "apply_patch",
    "computer",
    "handoff",
    "mcp_approval",
]
Effect = Literal["allow", "review", "deny"]
# `paused`: its body returned because a run beneath it waits, and will be called again.
Progress = Literal["decided", "started", "paused", "ended"]


@dataclass(frozen=True)
class Request:
    """A call that a model asks for, with the raw text of its arguments."""

    kind: Kind
    tool: str
    arguments: str
    id: str

    @property
    def members(self) -> dict[str, str]:
        """As the governor takes it."""
        return {"tool": self.tool, "arguments": self.arguments, "id": self.id}


@dataclass
class Entry:
    """One call, and what the governor decided on it."""

    request: Request
    number: int
    effect: Effect
    message: str = ""
    reason: str = ""
    aborts: bool = False
    ticket: str | None = None
    mode: str | None = None
    is_recorded: bool = True
    progress: Progress = "decided"
    # Whether the program itself asks for an approval of this call, and was seen to have given one.
    needs_own_approval: bool = False
    own_approval: bool | None = field(default=None)

    @classmethod
    def decided(cls, request: Request, decision: Mapping[str, Any]) -> Entry:
        """The entry of a call with the governor's decision on it."""
        entry = cls(request, int(decision["call"]), decision["effect"])
        entry.take(decision)
        return entry

    def take(self, decision: Mapping[str, Any]) -> None:
        """Take a decision over: the first one, or what people made of a review."""
        self.effect = decision["effect"]
        self.message = decision.get("message") or ""
        self.reason = decision.get("reason") or ""
        self.aborts = bool(decision.get("aborts_run"))
        self.is_recorded = bool(decision.get("is_recorded", True))
        self.ticket = decision.get("ticket") or self.ticket
        self.mode = (decision.get("review") or {}).get("mode") or self.mode


class Ledger:
    """The calls of a run that were decided on, in the model's order."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self._entries = list(entries)

    def add(self, entries: Iterable[Entry]) -> None:
        """Take in a turn's calls; earlier turns' that did not run then will not: ids may repeat."""
        going_on = ("started", "paused")
        self._entries = [entry for entry in self._entries if entry.progress in going_on]
        self._entries += entries

    def append(self, entry: Entry) -> None:
        """Take in a call that is decided on by itself."""
        self._entries.append(entry)

    def __iter__(self) -> Any:
        return iter(self._entries)

    def of_call(self, id: str, kinds: Iterable[Kind] | None = None) -> list[Entry]:
        """The calls that have the model's id `id` and did not end; ids may repeat."""
        return [
            entry
            for entry in self._entries
            if entry.request.id == id
            and entry.progress == "decided"
            and (kinds is None or entry.request.kind in kinds)
        ]

    def paused(self, id: str) -> Entry | None:
        """The call whose body is to be called again, because a run beneath it waited."""
        for entry in self._entries:
            if entry.request.id == id and entry.progress == "paused":
                return entry
        return None

    def exact(self, request: Request) -> Entry | None:
        """The first unused entry of exactly this call: tool, arguments and id."""
        for entry in self._entries:
            if entry.request == request and entry.progress == "decided":
                return entry
        return None

    def first(self, kind: Kind, progress: Progress = "decided") -> Entry | None:
        """The first call of `allowed`: the SDK runs these kinds in the model's order."""
        return next(self.allowed(kind, progress), None)

    def allowed(self, kind: Kind, progress: Progress = "decided") -> Iterator[Entry]:
        """The calls of a kind that nobody refused and that have come so far, in order."""
        for entry in self._entries:
            matches = entry.request.kind == kind and entry.progress == progress
            if matches and entry.effect == "allow" and entry.own_approval is not False:
                yield entry

    def dump(self) -> list[dict[str, Any]]:
        """All that did not end, for the copy of a paused run."""
        return [asdict(entry) for entry in self._entries if entry.progress != "ended"]

    @classmethod
    def load(cls, dumped: Iterable[Mapping[str, Any]]) -> Ledger:
        """What `dump` gave."""
        return cls(Entry(**{**entry, "request": Request(**entry["request"])}) for entry in dumped)
