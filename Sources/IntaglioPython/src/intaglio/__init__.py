"""Intaglio: an append-only, tamper-evident storage engine for what AI agents do."""

from intaglio._durability import Receipt
from intaglio._errors import IntaglioError
from intaglio._log import EVENT, Entry, Log, LogReader
from intaglio._records import Head, Record, Stream
from intaglio._state import ChangeCounts, Changes, Checkpoint, Preview, StateSpace
from intaglio._verify import Finding, Report, verify

__all__ = [
    "EVENT",
    "ChangeCounts",
    "Changes",
    "Checkpoint",
    "Entry",
    "Finding",
    "Head",
    "IntaglioError",
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
