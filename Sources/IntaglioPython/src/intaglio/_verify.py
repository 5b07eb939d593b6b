"""The verifier: it trusts nothing but a log's bytes, and heads that are held against them."""

import json
import os
from collections.abc import Sequence
from ctypes import byref
from dataclasses import dataclass
from typing import Any

from intaglio import _native
from intaglio._records import Head


@dataclass(frozen=True, slots=True)
class Finding:
    """One defect of a log, and where it is."""

    kind: str
    """Such as "payload", "chain", "missing" or "reordered"."""
    file: str
    """The file in the log's directory."""
    offset: int
    """In bytes from the beginning of the file."""
    sequence: int | None
    """The record that is concerned, or that was expected there."""
    text: str
    """One line for people, safe to print."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a check of a log found."""

    verdict: str
    """Such as "clean", "tornTail", "truncated", "corrupt" or "rewritten"."""
    exit_code: int
    """What `intaglio verify` exits with: 0 whole, 1 damaged, 3 not readable, 4 a torn tail."""
    is_live: bool
    """Whether a writer was there: then only what was durable when the check began was judged."""
    head: Head | None
    """The log's length and chain value; None where no record holds."""
    findings: tuple[Finding, ...]
    """The first hundred defects."""
    finding_count: int
    """How many defects there are."""
    members: dict[str, Any]
    """All that `intaglio verify --json` prints."""

    @property
    def is_faultless(self) -> bool:
        """Whether the log is whole and an auditor has nothing to report."""
        return self.exit_code == 0


def verify(path: str | os.PathLike[str], *, heads: Sequence[Head | str] = ()) -> Report:
    """Check every record, link and state of the log at `path`, which may be written meanwhile.

    Reads all of the log, some millions of records a second, with the interpreter free.

    Args:
        path: the log's directory; of a store, that of one of its logs.
        heads: what was noted earlier, elsewhere: heads, or "SEQUENCE:CHAIN". A log that does not
            have them was rewritten or cut off.

    Raises:
        IntaglioError: there is no log, or it may not be read. Damage is no error: see the report.
    """
    options = json.dumps({"heads": [str(head) for head in heads]}).encode()
    name, text = os.fsencode(path), _native.Bytes()
    _native.call(
        _native.library().intaglio_verify, name, len(name), options, len(options), byref(text)
    )
    return _report(json.loads(_native.taken(text)))


def _report(members: dict[str, Any]) -> Report:
    chain, count = members["chain"], members["committedCount"]
    return Report(
        verdict=members["verdict"],
        exit_code=members["exitCode"],
        is_live=members["isLive"],
        head=Head(count, bytes.fromhex(chain)) if chain is not None else None,
        findings=tuple(Finding(**finding) for finding in members["findings"]),
        finding_count=members["findingCount"],
        members=members,
    )
