"""Tasks that need no input: explain, advise, invent, compare, argue, write."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .frames import Frame, Pair, frames
from .prose import WRITERS, Slots
from .topics import NUMBERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .dice import Dice
    from .frames import Maker

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
paragraph topic 3 | <Explain|Clarify|Set out> {topic} <to|for> {who}{tail}.
paragraph topic 3 | <Describe|Outline|Sketch> {topic} <for|so that it makes sense to> {who}{tail}.
paragraph topic 2 | What <should|could|must> {who} know <about|regarding> {topic}?
paragraph topic 2 | Why <might|does|should> {topic} matter to {who}?
paragraph topic 2 | <How|In what way> has {topic} changed <what|how> {who} thinks of {subject2}?
paragraph topic 2 | <Summarise|Sum up> {topic} and <say what it means|its value> for {org}{tail}.
paragraph subject 2 | <Define|Introduce> {subject} in <words|terms> that suit {who}{tail}.
paragraph subject 2 | How are {subject} and {subject2} <connected|related>, <seen|judged> by {who}?
paragraph subject 2 | Imagine {place} without {subject}: <how would|in what way would> {who} cope?
paragraph subject 2 | If {subject} <vanished|were banned>, what would change for {who} in {place}?
paragraph subject 2 | <Compare|Contrast> {subject} <with|and> {subject2} <for|as seen by> {who}.
paragraph topic 2 | What do {topic} and {topic2} <share|have in common>{tail}?
paragraph thing 2 | <Would|Should> {who} <prefer|choose|take> {thing} or {thing2} {circ}?
paragraph object 2 | <Help|Advise> {who} <on whether to|if it is wise to> <keep|sell|mend> {object}.
paragraph place 2 | <Describe|Portray> {place} <through the eyes of|as seen by> {who} {circ}{tail}.
paragraph place 2 | <Recommend|Praise> {place} to {who} <as a spot to|as somewhere to> {deed}.
paragraph place 1 | What would {who} <notice|remember|dislike> about {place} {circ}?
paragraph policy 3 | <Argue|Make the case> that {org} should {policy}, <against|despite> {who}.
paragraph policy 2 | <Should|Must|Could> {org} ever {policy}? <Convince|Persuade> {who}.
paragraph policy 2 | What <would happen|might follow> in {place} if {org} had to {policy}{tail}?
paragraph deed 2 | <Explain to|Tell> {who} why it is <hard|unwise|useful> to {deed} {circ}.
paragraph who 2 | <Pretend to be|Speak as> {who} and <greet|introduce yourself to> {org}{tail}.
paragraph topic 1 | Use {object} as a <metaphor|symbol> to explain {topic} to {job}.
paragraph mishap 2 | How <should|could> {org} <respond to|make up for> {mishap} caused by {who}?
paragraph topic 1 | Give one reason for and one against <trusting|valuing> {topic}, <for|to> {who}.
paragraph object 1 | <Review|Rate> {object} <in the voice of|as judged by> {who}{tail}.
paragraph topic 1 | <Correct|Answer> {who}, who <claims|believes> that {topic} is a matter of luck.
steps deed 3 | How <can|could|might> {who} <manage to|learn to|ever> {deed} {circ}?
steps deed 3 | <List|Name|Give> {number} steps <for|that help> {who} to {deed} {circ}.
steps deed 3 | <Advise|Guide|Show> {who} on how to {deed} {circ}{tail}.
steps deed 2 | <Make|Prepare> a checklist for {who}, who has to {deed} in {place}.
steps deed 2 | Plan a <weekend|day off> for {who} to {deed} <and then visit|near> {place}.
steps deed 2 | What is the <best|quickest> way to {deed} {circ} with <only|just> {object}?
steps deed 2 | <Set up|Design> a <four-week|daily> routine <for|to help> {who} to {deed} {circ}.
steps deed 2 | {name} wants to {deed} {circ} but only <owns|has> {object}. What <now|next>?
points deed 2 | <Suggest|Think of> {number} ways to {deed} {circ} <for|that suit> {who}.
points topic 2 | <Share|Collect|Find> {number} facts about {topic} <for|to surprise> {who}.
questions topic 2 | <Write|Come up with> {number} questions on {topic} <for|that puzzle> {who}.
points object 2 | <Think of|Find> {number} <odd|clever> uses for {object}, <suited to|for> {who}.
items place 2 | What should {who} pack to {deed} in {place}? <Name|List> {number} items.
names org 2 | <Propose|Invent> {number} names for {org} <run|founded> by {who}.
questions org 2 | <Prepare|Write> {number} interview questions <from|by> {org} for {who}.
points policy 2 | Name {number} <benefits|drawbacks> for {who} if {org} were to {policy}.
items subject 2 | <Give|List> {number} gift ideas about {subject} <for|to delight> {who} {circ}.
points subject 2 | <List|Collect> {number} words on {subject} and {topic2} <used|loved> by {who}.
points object 1 | Why might {object} be in {place}? <Offer|Give> {who} {number} guesses.
verse subject 2 | <Write|Compose> {form} about {subject} and {object} <for|to please> {who}.
verse object 2 | <Compose|Write|Improvise> {form} in which {object} <speaks to|comforts> {who}.
verse place 2 | <Write|Dictate> {form} set in {place} <for|in praise of> {who}{tail}.
story object 2 | Tell a <story|tale> in which {who} <finds|loses|repairs> {object} in {place}.
story place 2 | <Start|Begin> a tale <where|in which> {name} and {who} meet in {place}{tail}.
story mishap 2 | Invent an excuse <from|by> {who} to {org} <after|for> {mishap}{tail}.
story object 1 | Go on for {number} lines: {name} never trusted {object}, least of all in {place}.
story mishap 1 | <Recall|Retell> {mishap} <as|the way> {who} would <tell|confess> it in {place}.
letter object 3 | <Draft|Write|Compose> {letter} from {who} to {org} about {object}.
letter mishap 3 | <Write|Draft> {letter} to {who} <concerning|about> {mishap} at {org}.
letter deed 1 | <Write|Send> {letter} <asking|urging> {who} to help {name} {deed} {circ}.
letter object 1 | <Answer|Write to> {name}, who wants {org} to take back {object}{tail}.
dialogue topic 2 | <Write|Script> a chat in which {who} <asks|tells> {job} about {topic}.
dialogue object 2 | <Write|Imagine> a phone call <between|linking> {org} and {who} about {object}.
dialogue mishap 1 | Let {name} and {who} <argue|laugh> about {mishap} in {place}{tail}.
short org 2 | <Invent|Write|Find> a slogan for {org} <that appeals to|aimed at> {who}{tail}.
short topic 2 | <Write|Suggest> a headline about {topic} for <readers like|a weekly read by> {who}.
short object 2 | <Find|Suggest> a title for {form} about {object} and {subject} by {who}.
short subject 1 | <Create|Coin> a motto on {subject} and {topic2} <for|to be worn by> {who}.
short object 2 | <Sum up|Capture> the appeal of {object} <for|to> {who} in <one line|a phrase>.
"""


def _rows() -> tuple[Frame, ...]:
    found: list[Frame] = []
    for line in _TABLE.strip().splitlines():
        head, template = line.split(" | ")
        style, about, weight = head.split()
        found += frames(template, open_task(style, about), int(weight))
    return tuple(found)


FRAMES = _rows()
