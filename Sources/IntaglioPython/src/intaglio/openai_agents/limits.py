"""What is too large for the log, and what is recorded in its place: never a part of it.

A part would say something else than the whole, and what a policy takes out by its place in a text
would not be found in it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from intaglio.openai_agents import items

TOO_LARGE = "result.too_large"
# A record has at most 32 MiB, and says more than one text.
_RECORD_BYTES = 31 << 20
# A value of the state has at most 16 MiB.
_VALUE_BYTES = (16 << 20) - (1 << 10)
# As it is, and written into JSON, where a control character is \u0000.
_MOST_BYTES = 4
_MOST_BYTES_IN_JSON = 6


def result(text: str, with_digest: bool) -> str:
    """A text that a record can have as a member: this one, or what is said in its place.

    That is its size, and its SHA-256 if `with_digest`; with a policy that takes things out, a
    digest of all would tell whether a guess at them is right.
    """
    if len(text) * _MOST_BYTES_IN_JSON <= _RECORD_BYTES:
        return text
    return text if len(items.text(text).encode()) <= _RECORD_BYTES else _place(text, with_digest)


def parts(texts: Sequence[str], with_digest: bool) -> list[str]:
    """JSON texts that one record can have together: the largest are replaced until they fit."""
    fitting = list(texts)
    if sum(map(len, texts)) * _MOST_BYTES_IN_JSON <= _RECORD_BYTES:
        return fitting
    sizes = [len(text.encode()) for text in fitting]
    while sum(sizes) > _RECORD_BYTES:
        index = sizes.index(max(sizes))
        fitting[index] = _place(fitting[index], with_digest)
        sizes[index] = len(fitting[index])
    return fitting


def part(text: str, with_digest: bool) -> str:
    """A JSON text that is a record's own."""
    return parts([text], with_digest)[0]


def is_value(text: str) -> bool:
    """Whether the state can keep a text."""
    return len(text) * _MOST_BYTES <= _VALUE_BYTES or len(text.encode()) <= _VALUE_BYTES


def _place(text: str, with_digest: bool) -> str:
    encoded = text.encode()
    told: dict[str, object] = {"byteCount": len(encoded)}
    if with_digest:
        told["sha256"] = hashlib.sha256(encoded).hexdigest()
    return items.text({"$too_large": told})
