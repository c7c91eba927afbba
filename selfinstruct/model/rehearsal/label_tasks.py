"""Classification tasks: instructions that ask for a label, and inputs that carry each label."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .frames import Frame, Pair, frames
from .labels import PHRASES, TRAITS, Family, column
from .prose import Slots, capital
from .topics import SUBJECTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .dice import Dice


def _text(family: Family, place: int, slots: Slots, dice: Dice) -> str:
    about = slots.get("subject") or slots.get("topic") or dice.pick(SUBJECTS)
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
4 | <Classify|Categorise|Grade> the {kind} on {subject} <by|from> {who} as {labels}.
4 | <Read|Take> the {kind} {who} sent to {org} and <label|call> it {labels}.
4 | Given {akind} on {subject} by {who}, <decide which fits|choose>: {labels}.
4 | <Decide|Judge|Say> whether the {kind} on {topic} by {who} is {labels}.
3 | Which <category|class|label> fits the {kind} on {topic} and {thing}: {labels}?
3 | Help {org} sort <letters|remarks|notes> on {topic}: is the {kind} {labels}?
3 | <Tag|Mark> {akind} received by {org} {circ} <with one of|as>: {labels}.
3 | <Label|Sort> the {kind} on {topic} for {who}; <choose from|options> {labels}.
3 | <Assign|Allot> the {kind} on {subject} from {who} to <one group|a class>: {labels}.
3 | <Determine if|Check whether> {akind} on {topic} found in {place} is {labels}.
3 | <Imagine|Suppose> you sort mail for {org} {circ}: is the {kind} on {subject} {labels}?
2 | Tell {who} whether the {kind} <about|on> {topic} is {labels}.
2 | Pick the <right|best> label ({labels}) for {akind} on {topic} <sent to|kept by> {org}.
2 | After {mishap}, {org} received {akind} on {subject}. Is it {labels}?
2 | {name} <collects|hoards|keeps> every {kind} on {topic} for {org}. Is this one {labels}?
"""
_BY_TRAIT = """
3 | Does the {kind} on {topic} that {who} wrote <sound|seem> {trait}, yes or no?
3 | Is the {kind} on {subject} sent from {place} to {org} {trait}? <Say|Reply> yes or no.
2 | Say yes if the {kind} on {topic} by {who} is {trait}, <else|otherwise> no.
2 | Would {who} call the {kind} on {topic} <rather|truly|openly> {trait}? Yes or no.
"""


def _rows() -> tuple[Frame, ...]:
    found: list[Frame] = []
    for table, make, check in (
        (_BY_LABEL, by_label, _known_labels),
        (_BY_TRAIT, by_trait, _known_trait),
    ):
        for line in table.strip().splitlines():
            weight, template = line.split(" | ")
            found += frames(template, make, int(weight), classification=True, check=check)
    return tuple(found)


FRAMES = _rows()
