"""Calls that wait for people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from intaglio._escaping import escaped


@dataclass(frozen=True)
class Ticket:
    """A call that was sent to review."""

    ticket: str
    """Its name: 64 hexadecimal digits, which commit to the log up to here."""
    run: str
    """The run that waits, or was paused."""
    tool: str
    """What is to be called, as policies write it."""
    state: str
    """`open`, or `approved` and not used yet."""
    members: Mapping[str, Any]
    """All that the engine says of it, as `intaglio.h` has it."""
    arguments: str | None = None
    """The raw text that it is to be called with; None if its run is not paused or live here."""

    @classmethod
    def read(cls, members: Mapping[str, Any], arguments: str | None = None) -> Ticket:
        """The ticket that the engine describes."""
        return cls(
            ticket=members["ticket"],
            run=members["run"],
            tool=members["tool"],
            arguments=arguments,
            state=members["state"],
            members=dict(members),
        )

    def __str__(self) -> str:
        return f"{self.ticket[:12]}  {self.state}  {escaped(self.tool)}  (run {escaped(self.run)})"
