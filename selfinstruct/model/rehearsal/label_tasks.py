"""Classification tasks: instructions that ask for a label, and inputs that carry each label."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .frames import Frame, Pair
from .labels import PHRASES, TRAITS, Family, column
from .prose import Slots, capital
from .topics import SUBJECTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .dice import Dice


def _text(family: Family, place: int, slots: Slots, dice: Dice) -> str:
    about = slots.get("subject") or dice.pick(SUBJECTS)
    chosen = dice.some(family.texts[place], dice.between(1, 2))
    return " ".join(capital(sentence.replace("{x}", about)) + "." for sentence in chosen)


def _field(slots: Slots) -> str:
    kind = slots.get("kind") or slots.get("akind", "a text").split(" ", 1)[1]
    return capital(kind)


def by_label(slots: Slots, dice: Dice) -> Sequence[Pair]:
    """Return one instance for each of one to three labels."""
    family, labels = PHRASES[slots["labels"]]
    chosen = dice.some(labels, dice.between(1, min(3, len(labels))))
    return [
        Pair(_text(family, column(family, label), slots, dice), capital(label), _field(slots))
        for label in chosen
    ]


def by_trait(slots: Slots, dice: Dice) -> Sequence[Pair]:
    """Return an instance with the trait, one without it, or both; the answers are Yes and No."""
    family, place = TRAITS[slots["trait"]]
    both = (
        Pair(_text(family, place, slots, dice), "Yes", _field(slots)),
        Pair(_text(family, 1 - place, slots, dice), "No", _field(slots)),
    )
    return dice.some(both, dice.between(1, 2))


def _known_labels(slots: Slots) -> bool:
    return slots["labels"] in PHRASES


def _known_trait(slots: Slots) -> bool:
    return slots["trait"] in TRAITS


_BY_LABEL = """
4 | Classify the {kind} about {subject} from {place} as {labels}.
4 | Read the {kind} that {who} sent to {org} and label it {labels}.
4 | Given {akind} on {subject} written by {who}, decide which label fits: {labels}.
4 | Decide whether the {kind} by {who} is best described as {labels}.
3 | Which category does the {kind} about {subject} and {thing} belong to: {labels}?
3 | Help {org} sort what people say about {subject}: is the {kind} {labels}?
3 | Tag {akind} received by {org} in {place} with one of these: {labels}.
3 | Label the {kind} on {subject} for {who}; the choices are {labels}.
3 | Assign the {kind} from {who} to exactly one group, {labels}.
3 | Determine if {akind} mentioning {subject} and left at {place} should be called {labels}.
3 | Imagine you sort mail for {org} {circ}: mark the {kind} as {labels}.
2 | Tell {who} whether the {kind} is {labels}, answering with the label only.
2 | Pick the right label ({labels}) for {akind} about {subject} that reached {org}.
2 | After {mishap}, {org} received {akind} about {subject}. Is it {labels}?
2 | {name} collects every {kind} on {subject} for {org}. Label the next one {labels}.
"""
_BY_TRAIT = """
3 | Does the {kind} about {subject} that {who} wrote come across as {trait}? Answer yes or no.
3 | Is the {kind} sent from {place} to {org} {trait}? Reply with yes or no.
2 | Say yes if the {kind} on {subject} is {trait} and no if it is not; the reader is {who}.
2 | Would {who} call the {kind} about {subject} {trait}? Yes or no.
"""


def _rows() -> tuple[Frame, ...]:
    frames = []
    for table, make, check in (
        (_BY_LABEL, by_label, _known_labels),
        (_BY_TRAIT, by_trait, _known_trait),
    ):
        for line in table.strip().splitlines():
            weight, template = line.split(" | ")
            frames.append(Frame(template, make, int(weight), classification=True, check=check))
    return tuple(frames)


FRAMES = _rows()
