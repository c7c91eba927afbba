"""The shape of one kind of task: a template with slots, read forwards and backwards.

Forwards, the slots are filled from the word lists and an instruction comes out. Backwards, the
literal pieces of the template are looked for in an instruction and the slots come out. So what is
known of an instruction (is it classification? what would its instances be?) follows from its text.

A template holds slots in braces, `{who}`, and choices between wordings, `<Explain|Make clear>`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

from .prose import capital
from .slots import draw_slot, read_slot

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .dice import Dice
    from .prose import Slots

    Maker = Callable[[Slots, Dice], Sequence["Pair"]]


class Pair(NamedTuple):
    """One instance. `field` is the name that the output-first form gives to its input."""

    input: str
    output: str
    field: str = "Text"


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
    ", and quote {job}",
    ", set against {topic}",
    ", avoiding any talk of {subject}",
    ", with {number} concrete details",
)

_SLOT = re.compile(r"\{([a-z]+\d?)\}")
_CHOICE = re.compile(r"<([^<>]*)>")


def wordings(template: str) -> list[str]:
    """Return every wording of a template with choices."""
    pieces = _CHOICE.split(template)
    choices = [piece.split("|") if place % 2 else [piece] for place, piece in enumerate(pieces)]
    return ["".join(chosen) for chosen in product(*choices)]


@cache
def parts(template: str) -> tuple[str, ...]:
    """Return a template's pieces: literal, slot name, literal, ..., literal."""
    return tuple(_SLOT.split(template))


def fill(template: str, dice: Dice) -> str:
    """Return the template with every slot drawn."""
    pieces = list(parts(template))
    for place in range(1, len(pieces), 2):
        if pieces[place] == "tail":
            pieces[place] = "" if dice.chance(0.5) else fill(dice.pick(_TAILS), dice)
        else:
            pieces[place] = draw_slot(pieces[place], dice)
    return "".join(pieces)


@dataclass(frozen=True)
class Frame:
    """One kind of task in one wording."""

    template: str
    make: Maker
    weight: float = 1.0
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
        return capital(fill(self.template, dice))

    def match(self, instruction: str) -> dict[str, str] | None:
        """Return the slots of an instruction of this kind, or None for another kind."""
        pieces = self.pieces
        if not (instruction.startswith(pieces[0]) and instruction.endswith(pieces[-1])):
            return None
        if not pieces[0] and pieces[1] != "name":
            instruction = instruction[:1].lower() + instruction[1:]
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
        if at < len(instruction) or (self.check is not None and not self.check(slots)):
            return None
        return slots


def frames(
    template: str,
    make: Maker,
    weight: float,
    *,
    classification: bool = False,
    check: Callable[[Slots], bool] | None = None,
) -> list[Frame]:
    """Return a frame for each wording of a template; together they have its weight."""
    texts = wordings(template)
    return [Frame(text, make, weight / len(texts), classification, check) for text in texts]
