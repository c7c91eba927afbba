"""The scanner: each line of a reply with what its marks say.

Quotes, headings, bullets, emphasis and numbers come off here and nowhere else. What a line's words
mean is in the vocabulary; what follows from it is in the tables of `spans`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from .vocabulary import patterns, role_of

_DECOR, _NUMBER, _LABEL, _PROGRAM = patterns("DECOR NUMBER LABEL PROGRAM_LINE")
_RULE = re.compile(r"-{3,}|\*{3,}|_{3,}|#{1,6}")
_OPENS_FENCE = re.compile(r"(?:^|:)[ \t]*```[\w+-]*[ \t]*$")
_SIGNS = {"label": "colon", "category": "colon", "reason": "colon dash", "input": "colon alone"}
_SIGNS |= {"output": "colon alone", "answer": "colon alone", "example": "colon alone dash"}
"""How a label may end; those of tasks may end in a dot behind a number as well."""


class Line(NamedTuple):
    """One line: its role, as it stands, and what its marks say.

    `role` is one of the vocabulary's marks, number, bullet, text, code (in a fence), rule, blank.
    `value` stands behind the mark, `number` and `word` are in it, and it ends in `sign`: a colon, a
    dash, a dot, alone on its line, or none. `rest` stands behind a bullet or a number alone, which
    is `lead`; a `heading` is one, or is in bold as a whole.
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

    @property
    def own(self) -> str:
        """What stands behind the number of an item, with its name or without."""
        return self.rest if self.lead is not None or self.sign == "" else self.value

    @property
    def bullet(self) -> bool:
        """Whether it begins with a bullet or a heading's mark, and without a number."""
        return self.lead is None and self.rest != self.raw and self.role not in {"rule", "blank"}


@lru_cache(maxsize=4096)
def line_of(raw: str) -> Line:
    """Return one line with what its marks say, whatever stands around it."""
    bare = raw.strip()
    if not bare or _RULE.fullmatch(bare):
        return Line("rule" if bare else "blank", raw, "")
    decor = _DECOR.match(raw)
    assert decor is not None  # noqa: S101 - it matches nothing, too
    number = _NUMBER.match(raw, decor.end())
    marked = max(decor.end("bullet"), decor.end("hash"))
    at = number.end() if number else decor.end()
    lead = int(number[1]) if number else None
    rest = raw[at:] if number else raw[max(marked, 0) :]
    heading = decor["hash"] is not None or (bare[:2] in {"**", "__"} and bare[-2:] in {"**", "__"})
    more = (len(decor["indent"]), rest, lead, heading)
    label = _LABEL.match(raw, at)
    role = role_of(label["name"]) if label is not None else ""
    if label is not None and role:
        sign, counted = str(label.lastgroup), label["number"]
        value = sign == "alone" and counted and label["name"].endswith((" be", " is"))
        if sign in _SIGNS.get(role, sign) and not value:
            own = int(counted) if counted else lead
            return Line(role, raw, raw[label.end() :], own, label["name"], sign, *more)
    if number or marked > 0:
        return Line("number" if number else "bullet", raw, rest, lead, "", "", *more)
    return Line("text", raw, raw, None, "", "", *more)


def scan(body: str) -> list[Line]:
    """Return the lines of a reply; closed fences are opaque, and so are the names of programs."""
    rows = body.split("\n")
    lines = [line_of(row) for row in rows]
    opened: int | None = None
    for place, row in enumerate(rows if "```" in body else ()):
        if opened is None:
            opened = place if _OPENS_FENCE.search(row) else None
        elif row.lstrip().startswith("```"):
            first = opened if rows[opened].lstrip().startswith("```") else opened + 1
            lines[first : place + 1] = [Line("code", r, r, rest=r) for r in rows[first : place + 1]]
            opened = None
    program = _PROGRAM.search(body) is not None
    for place, line in enumerate(lines):
        lower = line.word[:1].islower() and line.role in _SIGNS
        comment = program and line.raw.lstrip()[:2] in {"# ", "#O", "#I"}
        defined = (
            "def " in body if lower and program and place and rows[place - 1].strip() else False
        )
        if (comment and line.role in _SIGNS) or (lower and (line.sign != "colon" or defined)):
            lines[place] = Line("text", line.raw, line.raw, None, "", "", line.indent, line.raw)
    return lines
