"""The reader of a judge's choice between two answers, A and B."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, cast

from .normalise import prepare
from .verdicts import MARKS, MOST, Coder, in_json, one_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    Choice = Literal["A", "B", "tie"]

_NAMES = (
    *("better", "choice", "winner", "preferred", "preference", "verdict", "best", "decision"),
    *("answer", "better_answer", "selected", "result"),
)
_ROLES = ("choice", "answer", "first", "second", "better", "worse", "tie", "prefers")
_CODER = Coder(*_ROLES)
_CHOICE, _ANSWER, _FIRST, _SECOND, _BETTER, _WORSE, _TIE, _PREFERS = map(_CODER.of, _ROLES)
_LATIN = r"[^\W\u2e80-\ud7ff\uf900-\uffff]"  # what may not touch a letter; Chinese has no blanks
_LETTER = rf"(?<!{_LATIN})(?:(?P<a>[a1])|(?P<b>[b2]))(?!{_LATIN}|'\w)"
_PLACE = rf"(?:(?P<first>{_FIRST})|(?P<second>{_SECOND}))(?:\s?{_ANSWER})?"
_SIDE = rf"(?:(?:{_ANSWER}\s?{MARKS})?{_LETTER}|{_PLACE})"
_ANY = rf"(?:the\s)?(?:{_SIDE}|(?P<tie>{_TIE}))"
_IS = r"(?<!\w)(?:is|ist|est|es|\u4e3a|\u662f)(?!\w)"
_SIGN = rf"{MARKS}(?:[:=\uff1a\u2192]|{_IS}|\n){MARKS}[:\uff1a]?{MARKS}"
_ALONE = re.compile(rf"{MARKS}{_ANY}{MARKS}[.!,:;\u3002]?{MARKS}")
_AHEAD = re.compile(rf"{MARKS}{_SIDE}[\s*_)]{{0,6}}[.:,;(\uff1a\uff0c\u3002\u2013\u2014-]")
_LABELLED = re.compile(
    rf"{_CHOICE}(?:\s{_ANSWER})?{_SIGN}{_ANY}(?=[\s.,;:!*_)\]\"'\u3002\uff0c]|\Z)"
)
_STATED = re.compile(rf"{_SIDE}{MARKS}(?:(?P<better>{_BETTER})|(?P<worse>{_WORSE}))")
_PREFERRED = re.compile(rf"{_PREFERS}\s?(?:the\s)?{MARKS}{_SIDE}")
_EVEN = re.compile(
    rf"\b(?:they|the two|it|this)\b[^.\n]{{0,40}}?{_TIE}|{_TIE}(?=\s?[.!\u3002]|\s*\Z)"
)
_BOXED = re.compile(
    rf"(?:\\boxed\{{|\[\[){MARKS}(?:{_SIDE}|(?P<tie>c|{_TIE}))[\s*_]{{0,4}}(?:\}}|\]\])"
)
_LONGEST_LINE = 120
_NOT = re.compile(r"\b(?:not|n't|never|nor|whether|if|nicht|pas|no)\W{1,3}\Z", re.IGNORECASE)


def read_choice(text: str) -> Choice | None:
    """Return which of two answers a reply prefers, or that it sees a tie; None: undecided.

    It names A or B, the first or the second, 1 or 2: in JSON, in a box, behind a label ("Better:
    B"), alone on the last or the first line, or in a sentence ("Answer A is better"), in the
    vocabulary's languages. What says both, at one place or in the same form, is undecided.
    """
    body = prepare(text)
    value, _ = in_json(body, _NAMES)
    if value is not None:
        alone = _ALONE.fullmatch(_CODER.coded(str(value)[:_LONGEST_LINE]))
        return None if alone is None else _side(alone)
    body = _CODER.coded(body[-MOST:].strip())
    for found in _ranked(body):
        sides = list(found)
        if sides:
            return cast("Choice | None", one_of(sides))
    return None


def _ranked(body: str) -> Iterator[Iterable[Choice]]:
    """Give out what a reply says in each form, the strongest first."""
    lines = body.split("\n")
    ends = [line for line in (lines[-1], lines[0]) if len(line) < _LONGEST_LINE]
    yield map(_side, _BOXED.finditer(body))
    labelled = list(_LABELLED.finditer(body))
    yield [_side(each) for each in labelled[-1:]]
    yield [_side(each) for line in ends if (each := _ALONE.fullmatch(line)) is not None]
    begins = [each for line in lines if (each := _AHEAD.match(line)) is not None]
    yield [_side(begins[0])] if len(begins) == 1 and _AHEAD.match(body) is not None else []
    last = body.rfind("\n") + 1
    stated = [each for form in (_STATED, _PREFERRED) for each in form.finditer(body)]
    stated = [
        each for each in stated if not _NOT.search(body, max(0, each.start() - 12), each.start())
    ]
    yield [_stated(each) for each in stated if each.start() >= last]
    yield map(_stated, stated)
    yield ["tie" for _ in _EVEN.finditer(body[-_LONGEST_LINE:])]


def _side(found: re.Match[str]) -> Choice:
    parts = found.groupdict()
    if parts.get("tie"):
        return "tie"
    return "A" if parts["a"] or parts["first"] else "B"


def _stated(found: re.Match[str]) -> Choice:
    side = _side(found)
    return {"A": "B", "B": "A"}.get(side, side) if found.groupdict().get("worse") else side  # type: ignore[return-value]
