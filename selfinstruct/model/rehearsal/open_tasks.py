"""Tasks that need no input: explain, advise, invent, compare, argue, write."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .frames import Frame, Maker, Pair
from .prose import WRITERS, Slots
from .topics import NUMBERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .dice import Dice

_COUNT = re.compile(rf"\b({'|'.join(NUMBERS)}) sentences")
_VALUES = {word: value for value, word in enumerate((*NUMBERS[:-1], "eleven", NUMBERS[-1]), 2)}

_LEADS = {"deed": "the attempt to ", "policy": "the plan to "}
"""What makes a noun phrase of a slot that holds a verb."""


def open_task(style: str, about: str) -> Maker:
    """Return the maker of instances for an open task.

    `style` names a writer of `prose`; `about` the slot that the text is about.
    """
    writer = WRITERS[style]
    lead = "" if style == "steps" else _LEADS.get(about, "")

    def make(slots: Slots, dice: Dice) -> Sequence[Pair]:
        wish = _COUNT.search(slots.get("tail", ""))
        if wish and style == "paragraph":
            count = _VALUES[wish.group(1)]
        else:
            count = _VALUES.get(slots.get("number", ""), 0)
        return [Pair("", writer(lead + slots[about], dice, count))]

    return make


_TABLE = """
paragraph topic 3 | Explain {topic} to {who}{tail}.
paragraph topic 3 | Describe {topic} for {who}{tail}.
paragraph topic 2 | What should {who} know about {topic}?
paragraph topic 2 | Why might {topic} matter to {who}?
paragraph topic 2 | How has {topic} changed the way {job} looks at {subject2}?
paragraph topic 2 | Summarise what is known about {topic} and what it means for {org}{tail}.
paragraph subject 2 | Define {subject} in words that {who} would understand{tail}.
paragraph subject 2 | Give a short account of how {subject} and {subject2} are connected{tail}.
paragraph subject 2 | Imagine a world without {subject} and describe an ordinary day for {who}.
paragraph subject 2 | If {subject} disappeared tomorrow, what would change for {who} in {place}?
paragraph subject 2 | Compare {subject} with {subject2} from the viewpoint of {who}.
paragraph topic 2 | What do {topic} and {topic2} have in common{tail}?
paragraph thing 2 | Which would suit {who} better, {thing} or {thing2}? Give reasons.
paragraph object 2 | Help {who} decide whether to keep {object}.
paragraph place 2 | Describe {place} through the eyes of {who}{tail}.
paragraph place 2 | Recommend {place} to {who} and explain what makes it worth the journey.
paragraph place 1 | What would {job} notice first on entering {place} {circ}?
paragraph policy 3 | Argue that {org} should {policy}, and answer one objection raised by {who}.
paragraph policy 2 | Should {org} {policy}? Take a side and convince {who}.
paragraph policy 2 | What would happen in {place} if the council decided to {policy}{tail}?
paragraph deed 2 | Explain to {who} why it is hard to {deed} {circ}.
paragraph who 2 | Pretend to be {who} and introduce yourself to the staff of {org}{tail}.
paragraph subject 1 | Use {thing} as a metaphor to explain {topic2} and {subject} to {job}.
paragraph mishap 2 | How should {org} respond to {mishap} reported by {who}?
paragraph topic 1 | Give one reason for and one against the claim that {topic} is overrated{tail}.
steps deed 3 | How can {who} {deed} {circ}?
steps deed 3 | List {number} steps that help {who} to {deed} {circ}.
steps deed 3 | Advise {who} on how to {deed} {circ}{tail}.
steps deed 2 | Make a checklist for anyone who has to {deed} {circ} in {place}.
steps deed 2 | Plan a weekend during which {who} can {deed} and still visit {place}.
steps deed 2 | What is the best way to {deed} when all you have is {object}?
steps deed 2 | Set up a four-week routine so that {who} learns to {deed}.
steps deed 2 | {name} wants to {deed} {circ} but only owns {object}. What would you suggest?
points deed 2 | Suggest {number} ways to {deed} {circ} that {job} would approve of.
points topic 2 | Share {number} facts about {topic} that would surprise {who}.
points topic 2 | Come up with {number} questions that {who} could ask about {topic}.
points object 2 | Think of {number} unusual uses for {object}, suited to {who}.
points place 2 | What should {who} pack for a week in {place}? Name {number} items.
points org 2 | Propose {number} names for {org} run by {who}.
points org 2 | Prepare {number} interview questions for {who} applying to {org}.
points policy 2 | Name {number} advantages and drawbacks for {job} if {org} were to {policy}.
points subject 2 | Give {number} gift ideas connected with {subject} for {who}.
points subject 2 | List {number} words that {job} would use when speaking of {topic2} or {subject}.
points object 1 | Why might {object} have ended up in {place}? Offer {name} {number} guesses.
verse subject 2 | Write {form} about {subject} and {object}{tail}.
verse object 2 | Compose {form} in which {object} speaks to {who}.
verse place 2 | Write {form} set in {place} that {job} {clause} could read aloud.
story object 2 | Tell a story in which {who} finds {object} in {place}.
story place 2 | Start a tale with {name} and {who} meeting in {place}{tail}.
story mishap 2 | Invent an excuse that {who} might give to {org} after {mishap}.
story object 1 | Go on for {number} lines: {name} never trusted {object}, least of all in {place}.
story mishap 1 | Recall {mishap} in {place} the way {who} would tell it years later.
letter object 3 | Draft {letter} from {who} to {org} about {object}.
letter mishap 3 | Write {letter} to {who} concerning {mishap} at {org}.
letter deed 1 | Write {letter} that asks {who} to help {name} {deed}.
letter object 1 | Answer {name}, who would like {org} to take back {object}{tail}.
dialogue topic 2 | Write a short conversation in which {who} questions {job} about {topic}.
dialogue object 2 | Write a phone call between {org} and {who} about {object}.
dialogue mishap 1 | Let {name} and {who} argue about {mishap} in {place}{tail}.
short org 2 | Invent a slogan for {org} that appeals to {who}.
short topic 2 | Write a headline about {topic} for a newsletter read by {who}.
short object 2 | Find a title for {form} about {object} and {subject}.
short subject 1 | Create a motto about {subject} that {who} could hang above the door.
short object 2 | Sum up the appeal of {object} for {who} in one line.
"""


def _rows() -> tuple[Frame, ...]:
    frames = []
    for line in _TABLE.strip().splitlines():
        head, template = line.split(" | ")
        style, about, weight = head.split()
        frames.append(Frame(template, open_task(style, about), int(weight)))
    return tuple(frames)


FRAMES = _rows()
