"""The shape of one kind of task: a template with slots, read forwards and backwards.

Forwards, the slots are filled from the word lists and an instruction comes out. Backwards, the
literal pieces of the template are looked for in an instruction and the slots come out. So what is
known of an instruction (is it classification? what would its instances be?) follows from its text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from . import code, labels, things, topics
from .dice import Dice
from .prose import Slots, capital


class Pair(NamedTuple):
    """One instance. `field` is the name that the output-first form gives to its input."""

    input: str
    output: str
    field: str = "Text"


Maker = Callable[[Slots, Dice], Sequence[Pair]]


def an(noun: str) -> str:
    """Return the noun with its indefinite article."""
    return ("an " if noun[:1] in "aeio" else "a ") + noun


_TAILS = (
    ", in at most {n}0 words",
    ", in {number} sentences",
    ", and mention {thing} along the way",
    ", in a {tone} tone",
    ", without using technical terms",
    ", with an everyday comparison to {subject}",
    ", for readers who have never seen {thing}",
    ", and end with a question about {subject}",
    ", as if speaking to {job}",
    ", using an incident in {place}",
    ", and name one common misunderstanding",
    ", keeping it {tone} and brief",
    ", with a short aside on {subject}",
    ", as {name} might put it to {job}",
)


def tail(dice: Dice) -> str:
    """Return a further wish, with its comma, or nothing (three times in ten)."""
    if dice.chance(0.3):
        return ""
    return fill(dice.pick(_TAILS), dice)


VOCABULARY: Mapping[str, tuple[str, ...]] = {
    "job": tuple(an(job) for job in topics.JOBS),
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
    "org": things.ORGANISATIONS,
    "mishap": things.MISHAPS,
    "policy": things.POLICIES,
    "stuff": things.STUFF,
    "codejob": tuple(code.JOBS),
    "labels": tuple(labels.PHRASES),
    "trait": tuple(labels.TRAITS),
}
"""What a slot of one part may hold."""

COMPOSED = {"who": ("job", "clause"), "topic": ("aspect", "subject"), "object": ("thing", "state")}
"""Slots of two parts with a blank between them."""

_RANGES = {"n": (3, 15), "small": (2, 9), "middle": (11, 60), "big": (61, 400)}


def draw_slot(name: str, dice: Dice) -> str:
    """Return a text for a slot; a digit at the end of its name makes a second one."""
    kind = name.rstrip("0123456789")
    if kind in VOCABULARY:
        return dice.pick(VOCABULARY[kind])
    if kind in COMPOSED:
        return " ".join(dice.pick(VOCABULARY[part]) for part in COMPOSED[kind])
    if kind in _RANGES:
        return str(dice.between(*_RANGES[kind]))
    return tail(dice)


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


def read_slot(name: str, text: str, at: int) -> int:
    """Return where the slot's text, beginning at `at`, ends; -1 when it holds nothing known."""
    kind = name.rstrip("0123456789")
    if kind in _RANGES:
        end = at
        while text[end : end + 1].isdecimal():
            end += 1
        return end if end > at else -1
    for number, part in enumerate(COMPOSED.get(kind, (kind,))):
        if number:
            if text[at : at + 1] != " ":
                return -1
            at += 1
        width, rows = _BY_START.get(part, (0, {}))
        for value in rows.get(text[at : at + width], ()):
            if text.startswith(value, at):
                at += len(value)
                break
        else:
            return -1
    return at


_SLOT = re.compile(r"\{([a-z_]+\d?)\}")
_parts: dict[str, tuple[str, ...]] = {}


def parts(template: str) -> tuple[str, ...]:
    """Return a template's pieces: literal, slot name, literal, ..., literal."""
    found = _parts.get(template)
    if found is None:
        found = _parts[template] = tuple(_SLOT.split(template))
    return found


def fill(template: str, dice: Dice) -> str:
    """Return the template with every slot drawn, first character in upper case."""
    pieces = list(parts(template))
    for place in range(1, len(pieces), 2):
        pieces[place] = draw_slot(pieces[place], dice)
    return capital("".join(pieces)) if template[:1] != "," else "".join(pieces)


@dataclass(frozen=True)
class Frame:
    """One kind of task."""

    template: str
    make: Maker
    weight: int = 1
    classification: bool = False
    check: Callable[[Slots], bool] | None = None

    @cached_property
    def pieces(self) -> tuple[str, ...]:
        """The template's pieces: literal, slot name, literal, ..., literal."""
        return parts(self.template)

    @cached_property
    def literal(self) -> int:
        """How many characters of the template are literal: the more, the surer a match."""
        return sum(map(len, self.pieces[::2]))

    def compose(self, dice: Dice) -> str:
        """Return an instruction of this kind."""
        return fill(self.template, dice)

    def match(self, instruction: str) -> dict[str, str] | None:
        """Return the slots of an instruction of this kind, or None for another kind."""
        pieces = self.pieces
        if not (instruction.startswith(pieces[0]) and instruction.endswith(pieces[-1])):
            return None
        slots: dict[str, str] = {}
        at = len(pieces[0])
        end = len(instruction) - len(pieces[-1])
        for place in range(1, len(pieces), 2):
            after = pieces[place + 1]
            stop = read_slot(pieces[place], instruction, at)
            if stop < 0 or not instruction.startswith(after, stop):
                last = place + 2 == len(pieces)
                stop = end if last else instruction.find(after, at, end + len(after))
            if stop < at:
                return None
            slots[pieces[place]] = instruction[at:stop]
            at = stop + len(after)
        if self.check is not None and not self.check(slots):
            return None
        return slots
