"""The scanner: each line of a reply with what its marks say.

Quotes, headings, bullets, emphasis and numbers come off here and nowhere else. What a line's words
mean is in the vocabulary; what follows from it is in the tables of `spans`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from .vocabulary import role_of

_DECOR = re.compile(
    r"(?P<indent>[ \t]*+)(?:>[ \t]*+)?(?P<hash>#{1,6}[ \t]*+)?(?P<bullet>[-*+\u2022\u2013][ \t]++)?"
    r"[*_`\"]{0,3}"
)
_NUMBER = re.compile(
    r"\(?(\d{1,3})(?: of \d+)?[*_`]{0,3}[ \t]*+"
    r"(?:[.:)\]\u3001\uff0e\u3002\uff1a\uff09]|[-\u2013\u2014](?=[ \t])|(?=$))(?!\d)[*_]{0,3}[ \t]*+"
)
_LETTER = r"[^\s\d:\uff1a.,;!?()\[\]<>{}|*_#=/\\\"\u201c\u201d\u3002]"
_LABEL = re.compile(
    rf"[*_`\"]{{0,3}}(?P<name>[^\W\d_]{_LETTER}{{0,24}}(?:[ _]{_LETTER}{{1,24}}){{0,4}})"
    r"(?:[ \t]*+(?:no\.?|nr\.?|n\u00b0|#)?[ \t]*+\(?(?P<number>\d{1,3})(?!\d)\)?(?: of \d+)?)?"
    r"[*_`\"]{0,3}[ \t]*+(?:\([^()\n]{1,30}\)[*_`]{0,3}[ \t]*+(?=[:\uff1a.]|$))?"
    r"(?:(?P<colon>[:\uff1a][*_`]{0,3})|(?P<dash>[-\u2013\u2014](?=[ \t]))|(?P<alone>$)"
    r"|(?<=[\d*_])(?P<dot>[.)\]\u3001\uff0e\u3002\uff09](?!\d))|(?<=\d[ \t])(?P<none>(?-i:(?=[A-Z]))))",
    re.IGNORECASE,
)
_RULE = re.compile(r"-{3,}|\*{3,}|_{3,}|#{1,6}")
_OPENS_FENCE = re.compile(r"(?:^|:)[ \t]*```[\w+-]*[ \t]*$")
_PROGRAM = re.compile(r"^[ \t]*(?:def |class |import |print ?\(|for .*:$|return\b)", re.MULTILINE)
_SIGNS = {
    "label": ("colon",),
    "category": ("colon",),
    "reason": ("colon", "dash"),
    "input": ("colon", "alone"),
    "output": ("colon", "alone"),
    "answer": ("colon", "alone"),
    "example": ("colon", "alone", "dash"),
}
"""How a label may end; those of tasks may end in a dot behind a number as well."""


class Line(NamedTuple):
    """One line.

    Attributes:
        role: a role of the vocabulary's marks; number, bullet, text, code (in a fence), rule, blank.
        raw: the line as it stands.
        value: what stands behind its mark.
        number: the number of its mark.
        word: the label's words, in small letters.
        sign: how the label ends: colon, dash, dot, alone, none.
        indent: its blanks.
        rest: what stands behind a number or bullet alone, ahead of any label.
        lead: that number; None where there is none.
        heading: it is a heading or in bold as a whole.
    """

    role: str
    raw: str
    value: str
    number: int | None = None
    word: str = ""
    sign: str = ""
    indent: int = 0
    rest: str = ""
    lead: int | None = None
    heading: bool = False

    @property
    def mark(self) -> str:
        """What stands ahead of the value."""
        return self.raw[: len(self.raw) - len(self.value)]


@lru_cache(maxsize=4096)
def line_of(raw: str) -> Line:
    """Return one line with what its marks say, whatever stands around it."""
    bare = raw.strip()
    if not bare:
        return Line("blank", raw, raw)
    if _RULE.fullmatch(bare):
        return Line("rule", raw, "")
    decor = _DECOR.match(raw)
    assert decor is not None  # noqa: S101 - it matches nothing, too
    indent = len(decor["indent"])
    heading = bool(decor["hash"]) or (bare.startswith(("**", "__")) and bare[-2:] in {"**", "__"})
    number = _NUMBER.match(raw, decor.end())
    at = decor.end() if number is None else number.end()
    lead = None if number is None else int(number[1])
    behind = max(decor.end("bullet"), decor.end("hash"))
    rest = raw[at:] if number else raw[behind:] if behind > 0 else raw
    label = _LABEL.match(raw, at)
    role = role_of(label["name"]) if label is not None else ""
    if label is not None and role:
        sign = label.lastgroup or ""
        counted = label["number"]
        value = sign == "alone" and counted and label["name"].endswith((" be", " is"))
        if sign in _SIGNS.get(role, (sign,)) and not value:
            own = int(counted) if counted else lead
            name = label["name"]
            return Line(role, raw, raw[label.end() :], own, name, sign, indent, rest, lead, heading)
    if number is not None:
        return Line("number", raw, rest, lead, "", "", indent, rest, lead, heading)
    if decor["bullet"] or decor["hash"]:
        return Line("bullet", raw, rest, None, "", "", indent, rest, None, heading)
    return Line("text", raw, raw, None, "", "", indent, raw, None, heading)


def scan(body: str) -> list[Line]:
    """Return the lines of a reply; fences that are closed are opaque, and so are programs' names."""
    rows = body.split("\n")
    lines = list(map(line_of, rows))
    if "```" in body:
        _close_fences(rows, lines)
    program: bool | None = None
    for place, line in enumerate(lines):
        if line.role not in _SIGNS:
            continue
        lower = line.word[0].islower()
        if not lower and not line.raw.lstrip().startswith("#"):
            continue
        if program is None:
            program = _PROGRAM.search(body) is not None
        comment = line.raw.lstrip()[:2] in {"# ", "#O", "#I"} and program
        defined = program and "def " in body and place and rows[place - 1].strip()
        if comment or (lower and (line.sign != "colon" or defined)):
            lines[place] = Line("text", line.raw, line.raw, None, "", "", line.indent, line.raw)
    return lines


def _close_fences(rows: list[str], lines: list[Line]) -> None:
    """Make all lines between a fence and its end code; an end may open no other fence."""
    opened: int | None = None
    for place, row in enumerate(rows):
        if opened is None:
            opened = place if _OPENS_FENCE.search(row) else None
        elif row.lstrip().startswith("```"):
            for inside in range(opened + 1, place + 1):
                lines[inside] = Line("code", rows[inside], rows[inside], rest=rows[inside])
            if rows[opened].lstrip().startswith("```"):
                lines[opened] = Line("code", rows[opened], rows[opened], rest=rows[opened])
            opened = None
