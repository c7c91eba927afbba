"""Templates of tasks, read forwards and backwards.

A template holds slots in braces, `{who}`, and choices between wordings, `<Explain|Make clear>`.
Forwards, the slots are filled from the word lists and an instruction comes out. Backwards, the
literal pieces of the template are looked for in an instruction and the slots come out. So what is
known of an instruction (is it classification? what would its instances be?) follows from its text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import product
from typing import NamedTuple

from .corpus import CODE, CORPUS, PHRASES, TRAITS, WORDS, an, capital, entries
from .rng import Rng

Slots = Mapping[str, str]


class Pair(NamedTuple):
    """One instance. `field` is the name that the output-first form gives to its input."""

    input: str
    output: str
    field: str = "Text"


Maker = Callable[[Slots, Rng], Sequence[Pair]]
"""Makes the instances of a task from the slots of its instruction."""

_CLOSED: Mapping[str, Collection[str]] = {"codejob": CODE, "labels": PHRASES, "trait": TRAITS}
"""Slots that must hold something known, for an answer to be known."""
VOCABULARY: Mapping[str, tuple[str, ...]] = {
    **WORDS,
    **{name: entries(block) for name, block in CORPUS["prose"].items()},
    **{kind: tuple(values) for kind, values in _CLOSED.items()},
    "job": tuple(map(an, WORDS["trade"])),
    "mood": tuple(map(an, WORDS["mood"])),
    "akind": tuple(map(an, WORDS["kind"])),
    "from": tuple(f"from {town}" for town in WORDS["town"]),
    "in": tuple(f"in {town}" for town in WORDS["town"]),
    "named": tuple(f"named {name}" for name in WORDS["name"]),
}
"""What a slot of one part may hold."""
COMPOSED = {
    kind: tuple(tuple(row.split()) for row in entries(block))
    for kind, block in CORPUS["composed"].items()
}
"""Slots of several parts with a blank between them: one of these rows, repeated ones more often."""
_TAILS = tuple(CORPUS["phrases"]["tails"].splitlines())
_RANGES = {
    "n": (3, 15), "small": (2, 9), "middle": (11, 60), "big": (61, 400), "hour": (6, 21),
    "minute": (10, 59),
}  # fmt: skip
"""Slots that hold a number, its least and its most."""

_SLOT = re.compile(r"\{([a-z]+\d?)\}")
_CHOICE = re.compile(r"<([^<>]*)>")
_DIGITS = "0123456789"


def wordings(template: str) -> list[str]:
    """Return every wording of a template with choices."""
    pieces = _CHOICE.split(template)
    choices = [piece.split("|") if place % 2 else [piece] for place, piece in enumerate(pieces)]
    return ["".join(chosen) for chosen in product(*choices)]


@cache
def _parts(template: str) -> tuple[str, ...]:
    return tuple(_SLOT.split(template))


def fill(template: str, rng: Rng, known: dict[str, str] | None = None) -> str:
    """Return the template with every slot drawn; what is known already is used, and added to."""
    known = {} if known is None else known
    pieces = list(_parts(template))
    for place in range(1, len(pieces), 2):
        name = pieces[place]
        if name not in known:
            known[name] = _draw(name, rng)
        pieces[place] = known[name]
    return "".join(pieces)


def _draw(name: str, rng: Rng) -> str:
    """Return a text for a slot; a digit at the end of its name makes a second one of its kind."""
    if name == "tail":
        return "" if rng.chance(0.5) else fill(rng.pick(_TAILS), rng)
    kind = name.rstrip(_DIGITS)
    if kind in VOCABULARY:
        return rng.pick(VOCABULARY[kind])
    if kind in COMPOSED:
        return " ".join(rng.pick(VOCABULARY[part]) for part in rng.pick(COMPOSED[kind]))
    return str(rng.between(*_RANGES[kind]))


@cache
def _pattern(kind: str) -> re.Pattern[str]:
    """Return the pattern of all that a slot may hold, the longest first."""
    if kind in _RANGES:
        return re.compile(r"\d+")
    rows = sorted(set(COMPOSED.get(kind, ((kind,),))), key=lambda row: (-len(row), row))
    return re.compile("|".join(" ".join(map(_alternatives, row)) for row in rows))


@cache
def _alternatives(kind: str) -> str:
    values = sorted(VOCABULARY.get(kind, ()), key=len, reverse=True)
    return f"(?:{'|'.join(map(re.escape, values)) or '(?!)'})"


def _known(name: str, value: str) -> bool:
    """Tell whether a slot holds what its task can be answered with."""
    kind = name.rstrip(_DIGITS)
    return value.isdecimal() if kind in _RANGES else value in _CLOSED.get(kind, (value,))


@dataclass(frozen=True)
class Frame:
    """One kind of task in one wording."""

    template: str
    make: Maker
    weight: float = 1.0
    classification: bool = False

    @cached_property
    def pieces(self) -> tuple[str, ...]:
        """The template's pieces: literal, slot name, literal, ..., literal."""
        return _parts(self.template)

    def compose(self, rng: Rng) -> str:
        """Return an instruction of this kind."""
        return capital(fill(self.template, rng))

    def match(self, instruction: str) -> dict[str, str] | None:
        """Return the slots of an instruction of this kind, or None for another kind."""
        pieces = self.pieces
        if not (instruction.startswith(pieces[0]) and instruction.endswith(pieces[-1])):
            return None
        if not pieces[0] and pieces[1] != "name":
            instruction = instruction[:1].lower() + instruction[1:]
        slots: dict[str, str] = {}
        at, end = len(pieces[0]), len(instruction) - len(pieces[-1])
        for name, after in zip(pieces[1::2], pieces[2::2], strict=True):
            found = _pattern(name.rstrip(_DIGITS)).match(instruction, at)
            stop = found.end() if found else len(instruction) + 1
            if not instruction.startswith(after, stop):
                last = len(slots) == len(pieces) // 2 - 1
                stop = end if last else instruction.find(after, at, end + len(after))
            if stop < at or not _known(name, instruction[at:stop]):
                return None
            slots[name] = instruction[at:stop]
            at = stop + len(after)
        return slots if at == len(instruction) else None
