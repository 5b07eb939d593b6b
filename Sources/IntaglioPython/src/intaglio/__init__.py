"""Intaglio: an append-only, tamper-evident storage engine for what AI agents do.

`Log`, `LogReader` and `verify` are for any program; `IntaglioRunHooks` governs runs of the OpenAI
Agents SDK, which is imported when that name is used.
"""

from typing import TYPE_CHECKING, Any

from intaglio._durability import Receipt
from intaglio._errors import IntaglioError
from intaglio._log import EVENT, Entry, Log, LogReader
from intaglio._records import Head, Record, Stream
from intaglio._state import ChangeCounts, Changes, Checkpoint, Preview, StateSpace
from intaglio._verify import Finding, Report, verify

if TYPE_CHECKING:
    from intaglio.openai_agents import IntaglioRunHooks

__all__ = [
    "EVENT",
    "ChangeCounts",
    "Changes",
    "Checkpoint",
    "Entry",
    "Finding",
    "Head",
    "IntaglioError",
    "IntaglioRunHooks",
    "Log",
    "LogReader",
    "Preview",
    "Receipt",
    "Record",
    "Report",
    "StateSpace",
    "Stream",
    "verify",
]


def __getattr__(name: str) -> Any:
    if name == "IntaglioRunHooks":
        from intaglio.openai_agents import IntaglioRunHooks

        return IntaglioRunHooks
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
