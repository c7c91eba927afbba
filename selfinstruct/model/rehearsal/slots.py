"""Slots: what may stand between the braces of a template, drawn forwards and read backwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import code, labels, things, topics

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .dice import Dice


def an(noun: str) -> str:
    """Return the noun with its indefinite article."""
    vowel = noun[:1] in "aeiou" and not noun.startswith(("one", "uni", "use", "eu"))
    return f"an {noun}" if vowel or noun.startswith(("heir", "honest", "hour")) else f"a {noun}"


VOCABULARY: Mapping[str, tuple[str, ...]] = {
    "job": tuple(an(job) for job in topics.JOBS),
    "trade": topics.JOBS,
    "mood": tuple(an(mood) for mood in topics.MOODS),
    "from": tuple(f"from {town}" for town in topics.TOWNS),
    "in": tuple(f"in {town}" for town in topics.TOWNS),
    "town": topics.TOWNS,
    "named": tuple(f"named {name}" for name in topics.NAMES),
    "clause": topics.CLAUSES,
    "name": topics.NAMES,
    "subject": topics.SUBJECTS,
    "aspect": topics.ASPECTS,
    "form": topics.FORMS,
    "letter": topics.LETTERS,
    "tone": topics.TONES,
    "kind": topics.KINDS,
    "akind": tuple(an(kind) for kind in topics.KINDS),
    "number": topics.NUMBERS,
    "thing": things.THINGS,
    "state": things.STATES,
    "place": things.PLACES,
    "deed": things.DEEDS,
    "circ": things.CIRCUMSTANCES,
    "firm": things.ORGANISATIONS,
    "trouble": things.MISHAPS,
    "policy": things.POLICIES,
    "stuff": things.STUFF,
    "codejob": tuple(code.JOBS),
    "labels": tuple(labels.PHRASES),
    "trait": tuple(labels.TRAITS),
}
"""What a slot of one part may hold."""

COMPOSED: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "who": (
        ("job", "named", "clause"),
        ("mood", "trade", "named"),
        ("mood", "trade", "from"),
        ("mood", "trade", "from"),
        ("job", "clause"),
        ("job", "clause"),
        ("job", "from"),
        ("mood", "trade"),
    ),
    "topic": (("aspect", "subject", "in"), *((("aspect", "subject"),) * 5)),
    "object": (("thing", "state", "from"), *((("thing", "state"),) * 5)),
    "org": (("firm", "in"), ("firm",), ("firm",), ("firm",)),
    "mishap": (("trouble", "in"), ("trouble",), ("trouble",), ("trouble",)),
}
"""Slots of several parts with a blank between them: one of these rows, repeated ones more often."""

_RANGES = {"n": (3, 15), "small": (2, 9), "middle": (11, 60), "big": (61, 400)}
_DIGITS = "0123456789"


def draw_slot(name: str, dice: Dice) -> str:
    """Return a text for a slot; a digit at the end of its name makes a second one of its kind."""
    kind = name.rstrip(_DIGITS)
    if kind in VOCABULARY:
        return dice.pick(VOCABULARY[kind])
    if kind in COMPOSED:
        return " ".join(dice.pick(VOCABULARY[part]) for part in dice.pick(COMPOSED[kind]))
    return str(dice.between(*_RANGES[kind]))


def _by_start() -> dict[str, tuple[int, dict[str, tuple[str, ...]]]]:
    table = {}
    for kind, values in VOCABULARY.items():
        width = min(8, *map(len, values))
        rows: dict[str, tuple[str, ...]] = {}
        for value in sorted(values, key=len, reverse=True):
            rows[value[:width]] = (*rows.get(value[:width], ()), value)
        table[kind] = (width, rows)
    return table


_BY_START = _by_start()
_ROWS = {kind: tuple(dict.fromkeys(rows)) for kind, rows in COMPOSED.items()}


def read_slot(name: str, text: str, at: int) -> int:
    """Return where the slot's text, beginning at `at`, ends; -1 when it holds nothing known."""
    kind = name.rstrip(_DIGITS)
    if kind in _RANGES:
        end = at
        while text[end : end + 1].isdecimal():
            end += 1
        return end if end > at else -1
    return max(_read_row(row, text, at) for row in _ROWS.get(kind, ((kind,),)))


def _read_row(row: tuple[str, ...], text: str, at: int) -> int:
    for number, part in enumerate(row):
        if number:
            if text[at : at + 1] != " ":
                return -1
            at += 1
        width, values = _BY_START.get(part, (0, {}))
        for value in values.get(text[at : at + width], ()):
            if text.startswith(value, at):
                at += len(value)
                break
        else:
            return -1
    return at
