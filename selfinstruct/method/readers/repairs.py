"""Named repairs: what is put right in a reply's text before it is scanned.

Each is (name, reader, applies, act, example); its example, a text before and after, is its test.
"""

from __future__ import annotations

import re
from functools import lru_cache, partial
from typing import TYPE_CHECKING, NamedTuple

from .scan import line_of
from .vocabulary import REPAIRED, patterns, role_of

if TYPE_CHECKING:
    from collections.abc import Callable

OUTPUT_INSIDE, INPUT_INSIDE, _TAG, _TAGGED, _BRACKETS, _EXAMPLE_INPUT, _ARROW = patterns(
    "OUTPUT_INSIDE INPUT_INSIDE TAG TAGGED BRACKETS EXAMPLE_INPUT ARROW"
)
_LOOSE, _KEYCAP, _INSIDE, _RESPONSE = patterns("LOOSE KEYCAP INSIDE RESPONSE")
_LABELS = re.compile("Input|Output")


class Repair(NamedTuple):
    """One repair, the reader that uses it, and what it makes of an example."""

    name: str
    reader: str
    applies: Callable[[str], object]
    act: Callable[[str], str]
    example: list[str]


def _label_of(tag: re.Match[str]) -> str:
    name = tag["tag"] or tag["name"]
    return f"{name.replace('_', ' ').capitalize()}: " if name else ""


def _digits(caps: re.Match[str]) -> str:
    return ("".join(filter(str.isdecimal, caps.group())) or "10") + "."


def _one_a_line(text: str) -> str:
    """Return a text in which no label line holds a further label."""
    rows = (_parts(row) if "put" in row else [row] for row in text.split("\n"))
    return "\n".join(part for row in rows for part in row)


@lru_cache(maxsize=1024)
def _parts(raw: str) -> list[str]:
    named = _EXAMPLE_INPUT.match(raw)
    if named is not None and role_of(named[1]) == "example":
        return [raw[: named.end()].rstrip(), *_parts(raw[named.end() :])]
    role, value = line_of(raw)[0:3:2]
    inside = INPUT_INSIDE if role == "label" else OUTPUT_INSIDE
    inner = inside.search(value) if role in {"input", "example", "label"} else None
    if inner is None:
        return [raw]
    at = len(raw) - len(value) + inner.start()
    return [_ARROW.sub("", raw[:at]), *_parts(raw[at:].lstrip(" \t,;"))]


def _output(text: str) -> str:
    """Return a text with an output's label for what stands for it where no label does."""
    roles = {line_of(raw).role for raw in text.split("\n")}
    stands = roles & {"input", "example"} and not roles & {"output", "label", "answer"}
    return _LOOSE.sub("Output:", text, count=1) if stands else text


def _numbers(text: str) -> str:
    """Return a text where each named or next number inside a line begins one of its own."""
    last = 0
    found: list[str] = []
    for raw in text.split("\n"):
        number = line_of(raw).number
        last = last if number is None else number
        place = 0
        for inner in _INSIDE.finditer(raw):
            number, name = int(inner["number"]), role_of(inner["name"] or "")
            listed = number > last and name in {"task", "item", "instruction"}
            if listed or (not inner["name"] and number == last + 1):
                found.append(raw[place : inner.start()])
                place, last = inner.end(), number
        found.append(raw[place:])
    return "\n".join(found)


_ACTS: dict[str, tuple[re.Pattern[str], Callable[[str], str]]] = {
    "keycap numbers": (_KEYCAP, partial(_KEYCAP.sub, _digits)),
    "answers behind the list": (_RESPONSE, partial(_RESPONSE.sub, "")),
    "numbers inside a line": (_INSIDE, _numbers),
    "labels in brackets": (_BRACKETS, partial(_BRACKETS.sub, r"\1: ")),
    "tags for labels": (_TAGGED, partial(_TAG.sub, _label_of)),
    "labels inside a line": (_LABELS, _one_a_line),
    "an output without a colon": (_LOOSE, _output),
}
REPAIRS = tuple(
    Repair(name, REPAIRED[name][0], find.search, act, REPAIRED[name][1:])
    for name, (find, act) in _ACTS.items()
)


def repaired(reader: str, text: str) -> tuple[str, list[str]]:
    """Return a text as the reader of a "list", "blocks" or "instances" is to scan it.

    Also the names of the repairs that it needed.
    """
    names = []
    for repair in REPAIRS:
        after = repair.act(text) if reader == repair.reader and repair.applies(text) else text
        names += [repair.name] if after != text else []
        text = after
    return text, names
