"""Texts, and the makers of instances. The templates in `corpus.toml` name them with arguments.

A maker takes its arguments, the slots of an instruction and a stream of draws, and returns one to
three instances.
"""

from __future__ import annotations

import operator
import re
from functools import partial
from typing import TYPE_CHECKING, Any

from .corpus import CARRIERS, CODE, CORPUS, PHRASES, TRAITS, WORDS, capital, table
from .templates import VOCABULARY, Pair, Slots, fill

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from .rng import Rng

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


def _carrier(label: str, answer: str, slots: Slots, rng: Rng) -> Pair:
    """Return a text that carries a label, and what is to be answered."""
    about = slots.get("subject") or slots.get("topic") or rng.pick(WORDS["subject"])
    chosen = rng.some(CARRIERS[label], rng.between(1, 2))
    text = " ".join(capital(sentence.replace("{x}", about)) + "." for sentence in chosen)
    field = slots.get("kind") or slots.get("akind", "a text").split(" ", 1)[1]
    return Pair(text, capital(answer), capital(field))


def label(slots: Slots, rng: Rng) -> Sequence[Pair]:
    """Return one instance for each of one to three labels."""
    labels = PHRASES[slots["labels"]]
    chosen = rng.some(labels, rng.between(1, min(3, len(labels))))
    return [_carrier(each, each, slots, rng) for each in chosen]


def trait(slots: Slots, rng: Rng) -> Sequence[Pair]:
    """Return an instance with the trait, one without it, or both; the answers are Yes and No."""
    both = (slots["trait"], "Yes"), (TRAITS[slots["trait"]], "No")
    return [_carrier(*each, slots, rng) for each in rng.some(both, rng.between(1, 2))]


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
_ON_ROWS: Mapping[str, Callable[[list[Any]], object]] = {
    "total": sum,
    "mean": lambda row: f"{sum(row) / len(row):.2f}".rstrip("0").rstrip("."),
    "largest": max,
    "smallest": min,
    "rising": sorted,
    "falling": lambda row: sorted(row, reverse=True),
    "range": lambda row: max(row) - min(row),
    "even": lambda row: f"{sum(v % 2 == 0 for v in row)} of {len(row)} numbers are even.",
    "double": lambda row: [2 * value for value in row],
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


def rows(field: str, what: str, _slots: Slots, rng: Rng) -> Sequence[Pair]:
    """Return up to three rows of numbers or words with what is asked of them.

    Rows that are their own answer, such as sorted ones, go.
    """
    values: Sequence[Any] = range(2, 100) if field == "Numbers" else WORDS["plain"]
    drawn = [rng.some(values, rng.between(4, 7)) for _ in range(9)]
    pairs = [Pair(_said(row), _said(_ON_ROWS[what](row)), field) for row in drawn]
    return [pair for pair in pairs if pair.input != pair.output][: rng.between(1, 3)]


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


MAKERS: Mapping[str, Callable[..., Sequence[Pair]]] = {
    **{style: partial(_open, style) for style in STYLES},
    **{maker.__name__: maker for maker in (label, trait, problem, rows, code, written)},
}
