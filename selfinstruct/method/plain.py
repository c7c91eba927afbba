"""Texts of models made safe to look at: nothing in them can steer a terminal or hide."""

from __future__ import annotations

import re

from .marks import UNSEEN

_DELETE = 0x7F
_PICTURES = 0x2400  # Unicode's control pictures: one for each C0 control, in order
_HIDDEN = re.compile(
    f"[{UNSEEN}\x0b-\x0d\u2028\u2029]"
    # joiners belong to words of Persian or Hindi and to emoji, and to nothing else
    "|(?<![^\x00-\xad\u200b-\u200f])[\u200c\u200d]|[\u200c\u200d](?![^\x00-\xad\u200b-\u200f])"
)


def plain(text: str) -> str:
    """Return a text in which control characters show and do nothing.

    C0 controls become their pictures (an escape is U+241B), others `<U+XXXX>`: C1 controls, marks
    of no width or of direction, tags, line separators, lone surrogates. Line ends (a CR LF as one)
    and joiners between characters beyond ASCII stay, and tabs become blanks.
    """
    return _HIDDEN.sub(_show, text.replace("\r\n", "\n").expandtabs(4))


def _show(found: re.Match[str]) -> str:
    code = ord(found.group())
    if code < ord(" "):
        return chr(_PICTURES + code)
    return "\u2421" if code == _DELETE else f"<U+{code:04X}>"


def one_line(text: str, width: int) -> str:
    """Return a text on one line of at most `width` characters, plain."""
    line = plain(" ".join(text.split()))
    return line if len(line) <= width else line[: width - 1] + "…"
