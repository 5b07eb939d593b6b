"""Text that others wrote, made safe to print."""

import re

# As `isHostile` in EscapedText.swift has it: C0, delete, C1, bidirectional controls, lines,
# annotations, and what is ignored where it is not known, such as zero-width characters; and
# surrogates, which are no text.
_HOSTILE = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)


def escaped(text: str) -> str:
    r"""`text` on one line: `\u{HEX}` for whatever could deceive a terminal or its reader."""
    return one_line(text.replace("\\", "\\\\"))


def one_line(message: str) -> str:
    """As `escaped`, of a message that has escaped parts already: backslashes stay as they are."""
    return _HOSTILE.sub(lambda found: f"\\u{{{ord(found.group()):X}}}", message)
