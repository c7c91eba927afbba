"""Tasks with a certain answer: word problems without input, and work on given numbers and words."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TypeVar

from . import code, things, topics
from .frames import Pair, frames

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .dice import Dice
    from .frames import Maker
    from .prose import Slots

T = TypeVar("T")

_WORDS = topics.words("""
lantern; apple; river; window; copper; garden; violin; harbour; thunder; basket; mirror; pepper
shadow; castle; bridge; ticket; marble; feather; engine; island; butter; saddle; hammer; orchid
puzzle; winter; candle; rocket
""")


def _problem(answer: Callable[[Slots], str]) -> Maker:
    return lambda slots, _dice: [Pair("", answer(slots))]


def _rows(draw: Callable[[], list[T]], answer: Callable[[list[T]], str], field: str) -> list[Pair]:
    """Return up to three instances; rows that are their own answer, such as sorted ones, go."""
    pairs = []
    for row in (draw() for _ in range(9)):
        pair = Pair(", ".join(map(str, row)), answer(row), field)
        if pair.input != pair.output:
            pairs.append(pair)
    return pairs


def _numbers(answer: Callable[[list[int]], str]) -> Maker:
    def make(_slots: Slots, dice: Dice) -> Sequence[Pair]:
        def draw() -> list[int]:
            return [dice.between(2, 99) for _ in range(dice.between(3, 7))]

        return _rows(draw, answer, "Numbers")[: dice.between(1, 3)]

    return make


def _words(answer: Callable[[list[str]], str]) -> Maker:
    def make(_slots: Slots, dice: Dice) -> Sequence[Pair]:
        def draw() -> list[str]:
            return dice.some(_WORDS, dice.between(4, 7))

        return _rows(draw, answer, "Words")[: dice.between(1, 3)]

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
        "{name} <packs|sends> {small} boxes with {middle} {stuff} each for {org}. How many?",
        lambda s: (
            f"{s['small']} x {s['middle']} = {_n(s, 'small') * _n(s, 'middle')} {s['stuff']}."
        ),
    ),
    (
        "If {who} <sells|loses> {big} {stuff} and gives {middle} to {org}, how many are gone?",
        lambda s: f"{s['big']} + {s['middle']} = {_n(s, 'big') + _n(s, 'middle')} {s['stuff']}.",
    ),
    (
        "{org} ordered {big} {stuff} from {who} but {middle} broke. How many <remain|are left>?",
        lambda s: f"{s['big']} - {s['middle']} = {_n(s, 'big') - _n(s, 'middle')} {s['stuff']}.",
    ),
    (
        "In {place}, {who} <pays|earns> {middle} coins a day for {small} days. How much is it?",
        lambda s: f"{s['middle']} x {s['small']} = {_n(s, 'middle') * _n(s, 'small')} coins.",
    ),
    (
        "{name} <walks|rides> {middle} minutes to {org} and {middle2} back {circ}. How long?",
        lambda s: f"{s['middle']} + {s['middle2']} = {_n(s, 'middle') + _n(s, 'middle2')} minutes.",
    ),
    (
        "How many {stuff} <remain|are left> when {small} of {middle} <kept|sold> by {who} vanish?",
        lambda s: (
            f"{s['middle']} - {s['small']} = {_n(s, 'middle') - _n(s, 'small')} {s['stuff']}."
        ),
    ),
    (
        "{who} <shares|splits> {middle} {stuff} among {small} guests {circ}. How many stay over?",
        lambda s: f"{s['middle']} mod {s['small']} = {_n(s, 'middle') % _n(s, 'small')}.",
    ),
    (
        "If {org} lends {object} for {small} euros an hour, what do {middle} hours <cost|yield>?",
        lambda s: f"{s['small']} x {s['middle']} = {_n(s, 'small') * _n(s, 'middle')} euros.",
    ),
)

_GIVEN: tuple[tuple[str, Maker], ...] = (
    (
        "<Add up|Total> the daily counts of {stuff} <kept|noted> by {who} at {org}.",
        _numbers(lambda r: str(sum(r))),
    ),
    ("What is the <average|mean> of the readings on {topic} that {who} took?", _numbers(_mean)),
    (
        "<Find|Give> the <largest|highest> of the numbers that {who} wrote on {object}.",
        _numbers(lambda r: str(max(r))),
    ),
    (
        "Which of the prices <quoted to|paid by> {who} for {object} is the <lowest|smallest>?",
        _numbers(lambda r: str(min(r))),
    ),
    (
        "Sort the <scores|ages> sent by {who} to {org} <in ascending order|from low to high>.",
        _numbers(lambda r: ", ".join(map(str, sorted(r)))),
    ),
    (
        "Sort the <stock|sales> numbers of {stuff} at {org} for {who}, <largest|highest> first.",
        _numbers(lambda r: ", ".join(map(str, sorted(r, reverse=True)))),
    ),
    (
        "How far apart are the <most|largest> and fewest {stuff} that {who} saw in {place}?",
        _numbers(lambda r: str(max(r) - min(r))),
    ),
    (
        "How many of the <numbers|figures> on {topic} from {who} are even?",
        _numbers(lambda r: f"{sum(v % 2 == 0 for v in r)} of {len(r)} numbers are even."),
    ),
    (
        "Double each <figure|number> in the list on {topic} that {who} <left|sent>.",
        _numbers(lambda r: ", ".join(str(2 * v) for v in r)),
    ),
    (
        "Put the words {who} <painted|carved> on {object} in alphabetical order.",
        _words(lambda r: ", ".join(sorted(r))),
    ),
    (
        "Reverse the <order|sequence> of the words {who} <shouted|sang> in {place}.",
        _words(lambda r: ", ".join(r[::-1])),
    ),
    (
        "Name the longest word (first of equals) {who} <taped to|wrote on> {object}.",
        _words(lambda r: max(r, key=len)),
    ),
    (
        "<Write|Give> the first letter of each word {who} chose for {org}.",
        _words(lambda r: ", ".join(word[0] for word in r)),
    ),
    (
        "<Form|Build> an acronym from the words {who} <picked|proposed> for {org}.",
        _words(lambda r: "".join(word[0] for word in r).upper()),
    ),
    (
        "How many words on {subject} <did|could> {who} dictate {circ}, going by the list?",
        _words(lambda r: f"There are {len(r)} words."),
    ),
    (
        "<Turn|Convert> the shopping list {who} took to {org} into <bullets|bullet points>.",
        _words(lambda r: "\n".join(f"- {word}" for word in r)),
    ),
    (
        "<Convert|Change> the way {who} travels {circ} from kilometres to metres.",
        _units(1000, "km", "m"),
    ),
    (
        "<Express|Give> in minutes the hours {who} <spends|wastes> on {topic}.",
        _units(60, "h", "min"),
    ),
    (
        "<Turn|Change> the kilograms of {stuff} that {who} <bought|got> from {org} into grams.",
        _units(1000, "kg", "g"),
    ),
    (
        "<State|Give> the length of {object} <owned|measured> by {who} in centimetres, not metres.",
        _units(100, "m", "cm"),
    ),
    (
        "<Change|Convert> the weeks {who} <waits|waited> for {object} into days.",
        _units(7, "weeks", "days"),
    ),
    ("<When|At what time> does the visit of {who} to {org} end, <given|by> the data?", _clock),
    ("When will {who} <finish|be done> if work on {object} lasts as <given|stated>?", _clock),
    ("<Rewrite|Give> the sale by {org} to {who} as JSON with name, item, price.", _record),
    (
        "<Extract|Pull> name, item, price <out of|from> the note {who} sent to {org}, as JSON.",
        _record,
    ),
)

_CODE = (
    "<Write|Code> a Python function {stuff} for {who} that {codejob}<, used by| at> {org}.",
    "Help {who} {circ} with a Python function <called|named> {stuff} that {codejob}.",
    "{name} keeps <records|data> on {topic}; supply a Python function {stuff} that {codejob}.",
)

FRAMES = (
    *(f for text, answer in _PROBLEMS for f in frames(text, _problem(answer), 2, check=_digits)),
    *(f for text, make in _GIVEN for f in frames(text, make, 2)),
    *(f for text in _CODE for f in frames(text, _code, 1, check=_known_job)),
)
