"""The reader of a judge's score of 1 to 10."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from .normalise import prepare
from .scan import line_of
from .structured import find_tagged
from .verdicts import MARKS, MOST, REASONS, WORD, Coder, in_json, one_of

if TYPE_CHECKING:
    from collections.abc import Iterator

BEST = 10
SCALES = (5, BEST, 20, 100)
"""What scores may be out of; 20 is a school's scale in French and Portuguese."""

_NAMES = ("score", "rating", "overall_score", "final_score", "overall", "grade", "points", "mark")
_ROLES = ("score", "whole", "gives", "out_of", "points", "because", "to", "numerals")
_CODER = Coder(*_ROLES)
_SCORE, _WHOLE, _GIVES, _OUT, _POINTS, _BECAUSE, _TO, _NUMERAL = map(_CODER.of, _ROLES)
_DIGITS = rf"\d{{1,3}}|{_NUMERAL}"
_VALUE = (
    r"(?<![\w.,/\u2212-])(?:(?P<number>[-\u2212]?\d{1,4}(?:[.,]\d{1,2})?(?![\w]|[.,]\d)"
    r"|\d{1,3}(?=[\u2e80-\ud7ff\uf900-\uffff]))"
    rf"|(?P<word>{_NUMERAL})(?=[^\w\s\ue000-\uf8ff]|\s?\n|\s*\Z|\s?{_OUT}))(?:\s?{_POINTS})?"
)
_OF = rf"{MARKS}(?:/|{_OUT}){MARKS}(?P<scale>{_DIGITS})(?![a-z\d]|[.,/]\d)(?:\s?{_POINTS})?"
_OWN = rf"(?:{_OF}|\s?(?P<percent>[%\uff05]))"
_COUNTS = rf"(?![ \t](?!{_BECAUSE}){WORD})"
"""Not ahead of what is counted: "3 facts" is no score."""
_RANGE = re.compile(
    rf"(?<![\w.,/])(?:0|1|{_NUMERAL})\s?(?:[-\u2013\u2014~]|{_TO}|{_BECAUSE})\s?"
    rf"(?P<most>{_DIGITS})(?![\w]|[.,]\d)|"
    r"\u6ee1\u5206(?:\u4e3a|\u662f)?\s?(?P<full>\d{1,3})"  # "full marks are 10"
)
_IS = rf"(?:(?<!\w)(?:is|was|would be|ist|est|es|\u4e3a|\u662f)(?!\w)|{_OUT})(?:\sa|\san)?(?!\w)"
_SIGN = rf"{MARKS}(?:[:=\uff1a\u2192]|{_IS}|[-\u2013\u2014](?=\s)|\n)?{MARKS}[:=\uff1a]?{MARKS}"
_LABEL = (
    rf"(?:(?P<whole>{_WHOLE})[ \t]{{0,3}}(?:{_SCORE}|(?=[*_ ]{{0,4}}[:\uff1a]))"
    rf"|(?:(?<!\w)(?P<other>{WORD})[ \t])?{_SCORE})"
)
_LABELLED = re.compile(rf"{_LABEL}{_SIGN}{_VALUE}(?:{_OWN}|{_COUNTS})")
_GIVEN = re.compile(rf"{_GIVES}\s?(?:{WORD}[\s,]{{1,2}}){{0,5}}{MARKS}{_VALUE}(?:{_OWN}|{_COUNTS})")
_OUT_OF = re.compile(
    rf"{_VALUE}{MARKS}(?:/|{_OUT}){MARKS}(?P<scale>10|100|{_NUMERAL})"
    rf"(?![a-z\d]|[.,/]\d)(?:\s?{_POINTS}|{_COUNTS})"
)
_BOXED = re.compile(
    rf"(?:\\boxed\{{|\[\[|<(?:{_SCORE}|rating)>){MARKS}{_VALUE}{_OWN}?[\s*_]{{0,4}}(?:\}}|\]\]|</\w+>)"
)
_BARE = re.compile(rf"{MARKS}{_VALUE}{_OWN}?{MARKS}[.!\u3002]?{MARKS}")
_AHEAD = re.compile(
    rf"{MARKS}(?P<number>\d{{1,2}})(?:{_OF})?[\s*_]{{0,4}}"
    r"[-\u2013\u2014:,;(\uff1a\uff0c](?=\D)"
)
_LISTED = re.compile(r"(?m)^\s{0,8}\d{1,3}\s?[-\u2013\u2014:,;(.)]")
_GOES_ON = re.compile(rf"\s?(?:[-\u2013\u2014~]\s?|(?:{_TO}|or)\s)\d")
_LONGEST_LINE = 100


class _Found(NamedTuple):
    """A score, out of `scale` (0 where nothing says it), and where it stands.

    `label` is "whole" ("final score"), "own" or "other" ("clarity score"); `head`: nothing but
    marks stands ahead of it on its line.
    """

    value: float
    scale: int
    start: int
    end: int
    label: str
    head: bool


def read_score(text: str) -> tuple[int, str] | None:
    """Return a score of 1 to 10 and its reason; None where a reply does not decide.

    JSON, a box or tags say it, or a label ("Score: 8/10"), or the words of a sentence ("a 7 out of
    10"), or a number alone on the last or the first line; as digits or in words, in the
    vocabulary's languages. Where labels differ the overall one counts, else nothing does. A scale
    of 5, 20 or 100 that is named is mapped by its share (4 of 5 are 8 of 10, half up, and 1 at
    least); what is beyond its scale, 0, or a range ("7-8") is no score.
    """
    body = prepare(text).strip()
    value, reason = in_json(body, _NAMES)
    if value is not None:
        alone = (
            _BARE.fullmatch(_CODER.coded(str(value)[:_LONGEST_LINE]))
            if not isinstance(value, bool)
            else None
        )
        score = None if alone is None else _mapped(_found(alone), 0)
        return None if score is None else (score, reason)
    body = body[-MOST:].strip()
    coded = _CODER.coded(body)
    named = {_number(each["most"] or each["full"]) for each in _RANGE.finditer(coded)}
    named &= set(SCALES)
    found = _decided(_RANGE.sub(lambda each: " " * len(each.group()), coded))
    scale = int(max(named)) if len(named) == 1 else 0
    score = None if found is None else _mapped(found, scale)
    return None if found is None or score is None else (score, _reason(body, found))


def _decided(body: str) -> _Found | None:
    """Return the score that the strongest form of saying it gives, where it gives but one."""
    strongest = next(filter(None, _ranked(body)), None)
    if strongest is None:
        return _alone(body)
    alike = one_of((each.value, each.scale or BEST) for each in strongest) is not None
    return strongest[-1] if alike else None


def _ranked(body: str) -> Iterator[list[_Found]]:
    """Give out the scores that are said in each form, the strongest first."""
    yield [_found(each) for each in _BOXED.finditer(body)]
    labelled = [_found(each) for each in _LABELLED.finditer(body)]
    heads = [each for each in labelled if each.head]
    for label in ("whole", "own", "other"):
        yield [each for each in heads if each.label == label]
    said = [_found(each) for form in (_GIVEN, _OUT_OF) for each in form.finditer(body)]
    last = body.rfind("\n") + 1
    yield [each for each in (*labelled, *said) if each.start >= last]
    yield [*labelled, *said]


def _alone(body: str) -> _Found | None:
    """Return a score that has a line to itself, or begins the only line that begins so."""
    first, last = body.find("\n"), body.rfind("\n") + 1
    ends = ((0, first if first >= 0 else len(body)), (last, len(body)))
    lines = [_BARE.fullmatch(body, *end) for end in ends if end[1] - end[0] < _LONGEST_LINE]
    if not any(lines) and len(_LISTED.findall(body)) == 1:
        lines = [_AHEAD.match(body)]
    found = [_found(each) for each in lines if each is not None]
    return found[-1] if one_of((each.value, each.scale) for each in found) is not None else None


def _number(said: str) -> float:
    value = _CODER.values.get(said[0])
    return float(said.replace("\u2212", "-").replace(",", ".")) if value is None else value


def _found(match: re.Match[str]) -> _Found:
    parts = match.groupdict()
    value = _number(parts["number"] or parts["word"])
    if _GOES_ON.match(match.string, match.end()):
        value = -1  # a range of scores is none
    scale = 100 if parts.get("percent") else int(_number(parts.get("scale") or "0"))
    label = next((name for name in ("whole", "other") if parts.get(name)), "own")
    line = match.string[match.string.rfind("\n", 0, match.start()) + 1 : match.start()]
    head = not any(map(str.isalpha, line[:_LONGEST_LINE]))
    return _Found(value, scale, match.start(), match.end(), label, head)


def _mapped(found: _Found, named: int) -> int | None:
    """Return a score by its own scale, or the one that the reply names, as one of 1 to 10."""
    scale = found.scale or named or BEST
    if scale not in SCALES or not 0 < found.value <= scale:
        return None
    return max(1, int(found.value * BEST / scale + 0.5))


def _reason(body: str, found: _Found) -> str:
    """Return a reply without what says its score, if that begins a line; else the whole reply."""
    if tagged := find_tagged(body, REASONS):
        return str(tagged[-1]).strip()
    if not found.head:
        return body
    ahead, behind = body[: body.rfind("\n", 0, found.start) + 1], body[found.end :]
    told = ahead + behind.lstrip(" \t*_.,;:-\u2013\u2014)|\"'}]$")
    first = line_of(told.strip().split("\n")[0])
    return (
        first.value + told.strip()[len(first.raw) :] if first.role == "reason" else told
    ).strip()
