"""Texts, and the makers of instances. The templates in `corpus.toml` name them with arguments.

A maker takes its arguments, the slots of an instruction and a stream of draws, and returns one to
three instances.
"""

from __future__ import annotations

import operator
import re
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from .corpus import CODE, CORPUS, PHRASES, TRAITS, WORDS, Family, capital, table
from .templates import VOCABULARY, Maker, Pair, Slots, fill

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from .rng import Rng

T = TypeVar("T")

STYLES: dict[str, tuple[str, str, int, int, int, str, str]] = CORPUS["styles"]


def prose(style: str, topic: str, rng: Rng, count: int = 0) -> str:
    """Return a text on the topic, with so many parts; 0: as many as are usual."""
    head, pool, least, most, fixed, line, tail = STYLES[style]
    known = {"x": topic}

    def said(template: str) -> str:
        return capital(fill(template, rng, known).replace("{x}", topic))

    lines = rng.some(VOCABULARY[pool], count - fixed if count else rng.between(least, most))
    parts = [said(head)]
    for number, text in enumerate(lines, 1 + fixed):
        known |= {"l": said(text), "n": str(number)}
        parts.append(said(line))
    return "".join((*parts, said(tail)))


def _carrier(family: Family, place: int, label: str, slots: Slots, rng: Rng) -> Pair:
    """Return a text that carries the label of a column, and that label."""
    about = slots.get("subject") or slots.get("topic") or rng.pick(WORDS["subject"])
    chosen = rng.some(family.texts[place], rng.between(1, 2))
    text = " ".join(capital(sentence.replace("{x}", about)) + "." for sentence in chosen)
    field = slots.get("kind") or slots.get("akind", "a text").split(" ", 1)[1]
    return Pair(text, capital(label), capital(field))


def label(slots: Slots, rng: Rng) -> Sequence[Pair]:
    """Return one instance for each of one to three labels."""
    family, labels = PHRASES[slots["labels"]]
    chosen = rng.some(labels, rng.between(1, min(3, len(labels))))
    return [_carrier(family, family.column(each), each, slots, rng) for each in chosen]


def trait(slots: Slots, rng: Rng) -> Sequence[Pair]:
    """Return an instance with the trait, one without it, or both; the answers are Yes and No."""
    family, place = TRAITS[slots["trait"]]
    chosen = rng.some(((place, "Yes"), (1 - place, "No")), rng.between(1, 2))
    return [_carrier(family, column, answer, slots, rng) for column, answer in chosen]


_COUNT = re.compile(rf"\b({'|'.join(WORDS['number'])}) sentences")
_VALUES = {word: value if value < 11 else 12 for value, word in enumerate(WORDS["number"], 2)}  # noqa: PLR2004 - the last is twelve
_NOUNS = {"deed": "the attempt to ", "policy": "the plan to "}
"""What makes a noun phrase of a slot that holds a verb."""


def _open(style: str, about: str, slots: Slots, rng: Rng) -> Sequence[Pair]:
    """Return a text of a style on what the slot `about` holds."""
    said = _COUNT.search(slots.get("tail", "")) if style == "paragraph" else None
    count = _VALUES.get(said.group(1) if said else slots.get("number", ""), 0)
    lead = "" if style == "steps" else _NOUNS.get(about, "")
    return [Pair("", prose(style, lead + slots[about], rng, count))]


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
    values = range(2, 100)
    return _rows(lambda: rng.some(values, rng.between(3, 7)), _ON_NUMBERS[what], "Numbers", rng)


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


def code(slots: Slots, _rng: Rng) -> Sequence[Pair]:
    """Return the function that is asked for."""
    return [Pair("", CODE[slots["codejob"]].replace("{f}", slots["stuff"]))]


_FORMS = {kind: table(block) for kind, block in CORPUS["forms"].items()}
_WRITTEN: Mapping[str, tuple[str, str, str]] = CORPUS["written"]


def written(row: str, slots: Slots, rng: Rng) -> Sequence[Pair]:
    """Return instances of a row of `written` in the corpus, with the slots of the task filled."""
    field, given, wanted = _WRITTEN[row]
    about = slots.get("subject") or slots.get("topic", "")
    pairs = []
    for _ in range(1 if about else rng.between(1, 3)):
        known = {"about": about, "mishap": slots.get("mishap", "")}
        known["text"] = prose("paragraph", about, rng, 4)
        known["gist"] = known["text"].split(". ")[0]
        for kind, rows in _FORMS.items():
            known |= {f"{kind}{n}": form for n, form in enumerate(rng.pick(rows))}
        text = fill(given, rng, known)
        known["count"] = str(len(text.split()))
        pairs.append(Pair(text, capital(fill(wanted, rng, known)), field))
    return pairs


_SWAPPED = re.compile(r"\b([A-Za-z]{2})([a-z])(?!\2)([a-z])(?=[a-z]{2})")


def spelling(slots: Slots, rng: Rng) -> Sequence[Pair]:
    """Return drafts in which letters are swapped in two long words, and their correction."""
    about = slots.get("subject") or slots["topic"]
    right = [prose("paragraph", about, rng, 2) for _ in range(rng.between(1, 2))]
    return [Pair(_SWAPPED.sub(r"\1\3\2", text, count=2), text, "Draft") for text in right]


MAKERS: Mapping[str, Callable[..., Sequence[Pair]]] = {
    **{style: partial(_open, style) for style in STYLES},
    **{
        maker.__name__: maker
        for maker in (label, trait, problem, numbers, words, units, clock, code, written, spelling)
    },
}


def maker(name: str, *arguments: str) -> Maker:
    """Return the maker of a line of templates."""
    return partial(MAKERS[name], *arguments)
