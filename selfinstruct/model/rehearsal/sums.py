"""Tasks with a certain answer: word problems without input, and work on given numbers and words."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from . import code, things, topics
from .frames import Frame, Maker, Pair

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .dice import Dice
    from .prose import Slots

_WORDS = topics.words("""
lantern; apple; river; window; copper; garden; violin; harbour; thunder; basket; mirror; pepper
shadow; castle; bridge; ticket; marble; feather; engine; island; butter; saddle; hammer; orchid
puzzle; winter; candle; rocket
""")


def _problem(answer: Callable[[Slots], str]) -> Maker:
    return lambda slots, _dice: [Pair("", answer(slots))]


def _numbers(answer: Callable[[list[int]], str]) -> Maker:
    def make(_slots: Slots, dice: Dice) -> Sequence[Pair]:
        rows = [
            [dice.between(2, 99) for _ in range(dice.between(3, 7))]
            for _ in range(dice.between(1, 3))
        ]
        return [Pair(", ".join(map(str, row)), answer(row), "Numbers") for row in rows]

    return make


def _words(answer: Callable[[list[str]], str]) -> Maker:
    def make(_slots: Slots, dice: Dice) -> Sequence[Pair]:
        rows = [dice.some(_WORDS, dice.between(4, 7)) for _ in range(dice.between(1, 3))]
        return [Pair(", ".join(row), answer(row), "Words") for row in rows]

    return make


def _mean(row: list[int]) -> str:
    return f"{sum(row) / len(row):.2f}".rstrip("0").rstrip(".")


def _units(factor: int, given: str, wanted: str) -> Maker:
    def make(_slots: Slots, dice: Dice) -> Sequence[Pair]:
        values = dice.some(range(2, 60), dice.between(1, 3))
        return [Pair(f"{v} {given}", f"{v * factor} {wanted}", "Amount") for v in values]

    return make


def _clock(_slots: Slots, dice: Dice) -> Sequence[Pair]:
    start, span = dice.between(5 * 60, 20 * 60), dice.between(20, 200)
    end = (start + span) % (24 * 60)
    text = f"Start {start // 60}:{start % 60:02d}, duration {span} minutes"
    return [Pair(text, f"{end // 60}:{end % 60:02d}", "Times")]


def _record(_slots: Slots, dice: Dice) -> Sequence[Pair]:
    pairs = []
    for name in dice.some(topics.NAMES, dice.between(1, 3)):
        item, price = dice.pick(things.STUFF), dice.between(2, 90)
        answer = json.dumps({"name": name, "item": item, "price": price})
        pairs.append(Pair(f"{name} bought {item} for {price} euros.", answer, "Line"))
    return pairs


def _code(slots: Slots, _dice: Dice) -> Sequence[Pair]:
    return [Pair("", code.JOBS[slots["codejob"]].replace("{f}", slots["stuff"]))]


def _known_job(slots: Slots) -> bool:
    return slots["codejob"] in code.JOBS


def _digits(slots: Slots) -> bool:
    names = ("small", "small2", "middle", "middle2", "big")
    return all(slots[name].isdecimal() for name in names if name in slots)


def _n(slots: Slots, name: str) -> int:
    return int(slots[name])


_PROBLEMS: tuple[tuple[str, Callable[[Slots], str]], ...] = (
    (
        "{name} packs {small} boxes with {middle} {stuff} each for {org}. How many pieces is that?",
        lambda s: (
            f"{s['small']} x {s['middle']} = {_n(s, 'small') * _n(s, 'middle')} {s['stuff']}."
        ),
    ),
    (
        "If {who} sells {big} {stuff} and gives away {middle} more, how many are gone in all?",
        lambda s: f"{s['big']} + {s['middle']} = {_n(s, 'big') + _n(s, 'middle')} {s['stuff']}.",
    ),
    (
        "{org} ordered {big} {stuff} but {middle} arrived broken {circ}. How many could be used?",
        lambda s: f"{s['big']} - {s['middle']} = {_n(s, 'big') - _n(s, 'middle')} {s['stuff']}.",
    ),
    (
        "At {place}, {who} pays {middle} coins a day for {small} days. What does that cost?",
        lambda s: f"{s['middle']} x {s['small']} = {_n(s, 'middle') * _n(s, 'small')} coins.",
    ),
    (
        "{name} walks {middle} minutes to {place} and {middle2} minutes back. How long is that?",
        lambda s: f"{s['middle']} + {s['middle2']} = {_n(s, 'middle') + _n(s, 'middle2')} minutes.",
    ),
    (
        "Work out how many {stuff} are left when {small} of the {middle} bought by {who} get lost.",
        lambda s: (
            f"{s['middle']} - {s['small']} = {_n(s, 'middle') - _n(s, 'small')} {s['stuff']}."
        ),
    ),
    (
        "{who} shares {middle} {stuff} equally among {small} guests. How many are left over?",
        lambda s: f"{s['middle']} mod {s['small']} = {_n(s, 'middle') % _n(s, 'small')}.",
    ),
    (
        "Suppose {org} lends {thing} for {small} euros an hour. What do {middle} hours bring in?",
        lambda s: f"{s['small']} x {s['middle']} = {_n(s, 'small') * _n(s, 'middle')} euros.",
    ),
)

_GIVEN: tuple[tuple[str, Maker], ...] = (
    ("Add up the daily counts of {stuff} kept by {who}.", _numbers(lambda r: str(sum(r)))),
    ("What is the average of the readings that {who} took at {place}?", _numbers(_mean)),
    (
        "Find the largest of the numbers that {org} wrote on {object}.",
        _numbers(lambda r: str(max(r))),
    ),
    (
        "Which of the prices quoted to {who} for {thing} is the lowest?",
        _numbers(lambda r: str(min(r))),
    ),
    (
        "Sort the scores of {who} from lowest to highest so that {org} can print them.",
        _numbers(lambda r: ", ".join(map(str, sorted(r)))),
    ),
    (
        "Sort the stock numbers of {stuff} at {org} from highest to lowest.",
        _numbers(lambda r: ", ".join(map(str, sorted(r, reverse=True)))),
    ),
    (
        "How far apart are the highest and the lowest number of {stuff} that {job} saw in {place}?",
        _numbers(lambda r: str(max(r) - min(r))),
    ),
    (
        "Count how many of the numbers {job} noted about {subject} are even.",
        _numbers(lambda r: f"{sum(v % 2 == 0 for v in r)} of {len(r)} numbers are even."),
    ),
    (
        "Double each figure in the list that {who} left at {org}.",
        _numbers(lambda r: ", ".join(str(2 * v) for v in r)),
    ),
    (
        "Put the words painted on {object} in alphabetical order.",
        _words(lambda r: ", ".join(sorted(r))),
    ),
    (
        "Reverse the order of the words that {who} shouted in {place}.",
        _words(lambda r: ", ".join(r[::-1])),
    ),
    (
        "Name the longest word (the first of equals) in the list {job} keeps next to {object}.",
        _words(lambda r: max(r, key=len)),
    ),
    (
        "Write the words chosen by {who} in capital letters, as {org} does on its signs.",
        _words(lambda r: ", ".join(r).upper()),
    ),
    (
        "Form an acronym from the words that {name} and {job} picked for {org}.",
        _words(lambda r: "".join(word[0] for word in r).upper()),
    ),
    (
        "How many words are in the list that {who} dictated {circ}?",
        _words(lambda r: f"There are {len(r)} words."),
    ),
    (
        "Turn the shopping list of {who} into a bulleted list for {org}.",
        _words(lambda r: "\n".join(f"- {word}" for word in r)),
    ),
    (
        "Convert the distance that {who} covers {circ} from kilometres to metres.",
        _units(1000, "km", "m"),
    ),
    (
        "Convert the time that {job} spends at {place} from hours to minutes.",
        _units(60, "h", "min"),
    ),
    (
        "Convert the weight of the {stuff} sold by {org} from kilograms to grams.",
        _units(1000, "kg", "g"),
    ),
    ("Turn the length of {object} from metres into centimetres.", _units(100, "m", "cm")),
    ("Change the weeks that {who} waits for {thing} into days.", _units(7, "weeks", "days")),
    ("At what time does the visit of {who} to {place} end?", _clock),
    ("When will {job} finish if the work on {object} starts and lasts as given?", _clock),
    ("Rewrite the sales line of {org} as JSON with name, item and price for {job}.", _record),
    ("Extract buyer, goods and price from the note of {who} and give them as JSON.", _record),
)

_CODE = (
    "Write a Python function for {org} that {codejob}, and call it {stuff}.",
    "Help {who} with a Python function called {stuff} that {codejob}.",
    "{name} keeps records about {subject}; supply a Python function named {stuff} that {codejob}.",
)

FRAMES = (
    *(Frame(text, _problem(answer), 2, check=_digits) for text, answer in _PROBLEMS),
    *(Frame(text, make, 2) for text, make in _GIVEN),
    *(Frame(text, _code, 1, check=_known_job) for text in _CODE),
)
