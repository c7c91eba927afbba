"""The makers of instances. The templates in `corpus.toml` name them, with their arguments.

A maker takes its arguments, the slots of an instruction and a stream of draws, and returns one to
three instances.
"""

from __future__ import annotations

import json
import operator
import re
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from . import prose
from .corpus import CODE, CORPUS, PHRASES, TRAITS, WORDS, Family, an, capital, entries, table
from .templates import Maker, Pair, Slots

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from .rng import Rng

T = TypeVar("T")

_VERBS = table(CORPUS["forms"]["verbs"])
_TRANSLATIONS = table(CORPUS["forms"]["translations"])
_DAYS = entries(CORPUS["forms"]["days"])
_REMEDIES = entries(CORPUS["prose"]["remedies"])

# Labels.


def _carrier(family: Family, place: int, slots: Slots, rng: Rng) -> str:
    """Return a text that carries the label of a column."""
    about = slots.get("subject") or slots.get("topic") or rng.pick(WORDS["subject"])
    chosen = rng.some(family.texts[place], rng.between(1, 2))
    return " ".join(capital(sentence.replace("{x}", about)) + "." for sentence in chosen)


def _field(slots: Slots) -> str:
    return capital(slots.get("kind") or slots.get("akind", "a text").split(" ", 1)[1])


def label(slots: Slots, rng: Rng) -> Sequence[Pair]:
    """Return one instance for each of one to three labels."""
    family, labels = PHRASES[slots["labels"]]
    return [
        Pair(_carrier(family, family.column(each), slots, rng), capital(each), _field(slots))
        for each in rng.some(labels, rng.between(1, min(3, len(labels))))
    ]


def trait(slots: Slots, rng: Rng) -> Sequence[Pair]:
    """Return an instance with the trait, one without it, or both; the answers are Yes and No."""
    family, place = TRAITS[slots["trait"]]
    both = [
        Pair(_carrier(family, column, slots, rng), answer, _field(slots))
        for column, answer in ((place, "Yes"), (1 - place, "No"))
    ]
    return rng.some(both, rng.between(1, 2))


# Open tasks: a writer of `prose` and the slot that its text is about.

_COUNT = re.compile(rf"\b({'|'.join(WORDS['number'])}) sentences")
_VALUES = {word: value if value < 11 else 12 for value, word in enumerate(WORDS["number"], 2)}  # noqa: PLR2004 - the last is twelve
_NOUNS = {"deed": "the attempt to ", "policy": "the plan to "}
"""What makes a noun phrase of a slot that holds a verb."""


def _open(style: str, about: str, slots: Slots, rng: Rng) -> Sequence[Pair]:
    said = _COUNT.search(slots.get("tail", "")) if style == "paragraph" else None
    count = _VALUES.get(said.group(1) if said else slots.get("number", ""), 0)
    lead = "" if style == "steps" else _NOUNS.get(about, "")
    return [Pair("", prose.WRITERS[style](lead + slots[about], rng, count))]


# Sums, and work on given numbers and words.

_SIGNS: Mapping[str, Callable[[int, int], int]] = {
    "x": operator.mul, "+": operator.add, "-": operator.sub, "mod": operator.mod
}  # fmt: skip
_ON_NUMBERS: Mapping[str, Callable[[list[int]], object]] = {
    "total": sum,
    "mean": lambda row: f"{sum(row) / len(row):.2f}".rstrip("0").rstrip("."),
    "largest": max,
    "smallest": min,
    "rising": sorted,
    "falling": lambda row: sorted(row, reverse=True),
    "range": lambda row: max(row) - min(row),
    "even": lambda row: f"{sum(v % 2 == 0 for v in row)} of {len(row)} numbers are even.",
    "double": lambda row: [2 * value for value in row],
}
_ON_WORDS: Mapping[str, Callable[[list[str]], object]] = {
    "sorted": sorted,
    "reversed": lambda row: row[::-1],
    "longest": lambda row: max(row, key=len),
    "initials": lambda row: [word[0] for word in row],
    "acronym": lambda row: "".join(word[0] for word in row).upper(),
    "count": lambda row: f"There are {len(row)} words.",
    "bullets": lambda row: "\n".join(f"- {word}" for word in row),
}


def problem(left: str, sign: str, right: str, unit: str, slots: Slots, _rng: Rng) -> Sequence[Pair]:
    """Return the sum of two slots; `unit` is a slot, a word, or "-" for none."""
    result = _SIGNS[sign](int(slots[left]), int(slots[right]))
    named = "" if unit == "-" else f" {slots.get(unit, unit)}"
    return [Pair("", f"{slots[left]} {sign} {slots[right]} = {result}{named}.")]


def _said(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _rows(
    draw: Callable[[], list[T]], answer: Callable[[list[T]], object], field: str, rng: Rng
) -> Sequence[Pair]:
    """Return up to three instances; rows that are their own answer, such as sorted ones, go."""
    rows = [draw() for _ in range(9)]
    pairs = [Pair(_said(row), _said(answer(row)), field) for row in rows]
    return [pair for pair in pairs if pair.input != pair.output][: rng.between(1, 3)]


def numbers(what: str, _slots: Slots, rng: Rng) -> Sequence[Pair]:
    """Return rows of three to seven numbers with what is asked of them."""

    def draw() -> list[int]:
        return [rng.between(2, 99) for _ in range(rng.between(3, 7))]

    return _rows(draw, _ON_NUMBERS[what], "Numbers", rng)


def words(what: str, _slots: Slots, rng: Rng) -> Sequence[Pair]:
    """Return rows of four to seven words with what is asked of them."""
    return _rows(lambda: rng.some(WORDS["plain"], rng.between(4, 7)), _ON_WORDS[what], "Words", rng)


def units(factor: str, given: str, wanted: str, _slots: Slots, rng: Rng) -> Sequence[Pair]:
    """Return amounts in one unit and in another."""
    values = rng.some(range(2, 60), rng.between(1, 3))
    return [Pair(f"{v} {given}", f"{v * int(factor)} {wanted}", "Amount") for v in values]


def clock(_slots: Slots, rng: Rng) -> Sequence[Pair]:
    """Return a start and a duration with the end."""
    start, span = rng.between(5 * 60, 20 * 60), rng.between(20, 200)
    end = (start + span) % (24 * 60)
    text = f"Start {start // 60}:{start % 60:02d}, duration {span} minutes"
    return [Pair(text, f"{end // 60}:{end % 60:02d}", "Times")]


def record(_slots: Slots, rng: Rng) -> Sequence[Pair]:
    """Return sentences on a sale, and the sale as JSON."""
    pairs = []
    for name in rng.some(WORDS["name"], rng.between(1, 3)):
        item, price = rng.pick(WORDS["stuff"]), rng.between(2, 90)
        answer = json.dumps({"name": name, "item": item, "price": price})
        pairs.append(Pair(f"{name} bought {item} for {price} euros.", answer, "Line"))
    return pairs


def code(slots: Slots, _rng: Rng) -> Sequence[Pair]:
    """Return the function that is asked for."""
    return [Pair("", CODE[slots["codejob"]].replace("{f}", slots["stuff"]))]


# Work on a given text.

_CHANGES = {
    "past": "The {job} {verb[2]} {thing}.",
    "future": "The {job} will {verb[0]} {thing}.",
    "question": "Does the {job} {verb[0]} {thing}?",
    "denial": "The {job} does not {verb[0]} {thing}.",
    "continuous": "The {job} is {verb[3]} {thing}.",
    "count": "{count} words",
}


def change(what: str, _slots: Slots, rng: Rng) -> Sequence[Pair]:
    """Return sentences, and what becomes of them."""
    pairs = []
    for verb in rng.some(_VERBS, rng.between(1, 3)):
        job, thing = rng.pick(WORDS["trade"]), rng.pick(WORDS["thing"])
        given = f"The {job} {verb[1]} {thing}."
        changed = _CHANGES[what].format(job=job, verb=verb, thing=thing, count=len(given.split()))
        pairs.append(Pair(given, changed, "Sentence"))
    return pairs


def gap(_slots: Slots, rng: Rng) -> Sequence[Pair]:
    """Return sentences that lack a verb, and the verb."""
    pairs = []
    for verb in rng.some(_VERBS, rng.between(1, 2)):
        job, thing = rng.pick(WORDS["trade"]), rng.pick(WORDS["thing"])
        pairs.append(Pair(f"Yesterday {an(job)} ____ {thing} ({verb[0]}).", verb[2], "Sentence"))
    return pairs


def note(ask: str, _slots: Slots, rng: Rng) -> Sequence[Pair]:
    """Return notes, and the day, hour, name, thing or place in them."""
    pairs = []
    for day in rng.some(_DAYS, rng.between(1, 3)):
        known = {"day": day} | {kind: rng.pick(WORDS[kind]) for kind in ("name", "thing", "place")}
        known["hour"] = f"{rng.between(6, 21)}:{rng.between(10, 59)}"
        text = "On {day} at {hour}, {name} took {thing} to {place}.".format_map(known)
        pairs.append(Pair(text, capital(known[ask]), "Note"))
    return pairs


def translation(language: str, _slots: Slots, rng: Rng) -> Sequence[Pair]:
    """Return sentences in English, and in another language."""
    column = ("English", "Spanish", "French", "German").index(language)
    lines = rng.some(_TRANSLATIONS, rng.between(1, 3))
    return [Pair(line[0], line[column], "Sentence") for line in lines]


def _about(slots: Slots) -> str:
    return slots.get("subject") or slots["topic"]


def summary(slots: Slots, rng: Rng) -> Sequence[Pair]:
    """Return a passage and its gist."""
    text = prose.paragraph(_about(slots), rng, rng.between(4, 6))
    gist = f"{text.split('. ')[0]}. The text asks for a patient look at {_about(slots)}."
    return [Pair(text, gist, "Passage")]


def question(slots: Slots, rng: Rng) -> Sequence[Pair]:
    """Return a text with a question, and the sentence that answers it."""
    text = prose.paragraph(_about(slots), rng, 4)
    asked = f"{text}\nQuestion: What does the text say about {_about(slots)}?"
    return [Pair(asked, text.split(". ")[0] + ".")]


def spelling(slots: Slots, rng: Rng) -> Sequence[Pair]:
    """Return drafts in which letters are swapped in up to two long words, and their correction."""
    pairs = []
    for _ in range(rng.between(1, 2)):
        right = prose.paragraph(_about(slots), rng, 2)
        parts = right.split(" ")
        long = [place for place, word in enumerate(parts) if word.isalpha() and word[5:]]
        for place in rng.some(long, 2):
            word = parts[place]
            parts[place] = word[:2] + word[3] + word[2] + word[4:]
        if (wrong := " ".join(parts)) != right:
            pairs.append(Pair(wrong, right, "Draft"))
    about = _about(slots)
    return pairs or [Pair(f"We talkde about {about}.", f"We talked about {about}.", "Draft")]


def title(slots: Slots, rng: Rng) -> Sequence[Pair]:
    """Return an article and its title."""
    about = _about(slots)
    return [Pair(prose.paragraph(about, rng, 4), capital(f"{about}: a second look"), "Article")]


def reply(slots: Slots, rng: Rng) -> Sequence[Pair]:
    """Return a message and a reply to it."""
    name, about = rng.pick(WORDS["name"]), slots["mishap"]
    given = f"Hello, I am {name} and I write because of {about}. Please tell me what you will do."
    thanks = f"Dear {name}, thank you for telling us about {about}. We are sorry."
    return [Pair(given, f"{thanks} {rng.pick(_REMEDIES)}", "Message")]


MAKERS: Mapping[str, Callable[..., Sequence[Pair]]] = {
    **{style: partial(_open, style) for style in prose.WRITERS},
    **{
        maker.__name__: maker
        for maker in (
            label, trait, problem, numbers, words, units, clock, record, code, change, gap, note,
            translation, summary, question, spelling, title, reply
        )
    },
}  # fmt: skip


def maker(name: str, *arguments: str) -> Maker:
    """Return the maker of a line of templates."""
    return partial(MAKERS[name], *arguments)
