"""Telling by its end whether a text of unknown finish reason was cut."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .text import unbalanced

if TYPE_CHECKING:
    from collections.abc import Sequence

_MARKS = (".", "!", "?", "\u3002", "\uff01", "\uff1f")
_OPEN_SIGN = re.compile(r"[,(\[{\\=+&/<_\u2013\u2014-]\s*\Z")
_OPEN_WORD = re.compile(
    r"(?<!\w)(?:a|an|and|as|at|but|by|for|from|in|into|is|of|on|or|than|that|the|their|to|was|were"
    r"|which|who|with|your)\Z"
)
_NUMBER_ALONE = re.compile(r"\s*\(?\d{1,2}\s?[.)]?\s*")
_LETTER_ALONE = re.compile(r"\s*(?:[-*\u2022]\s*)?[A-Za-z]")
_LETTER_LAST = re.compile(r".*\w[,|]? ?(?:[,|] ?|\ba )[b-hj-wyzB-HJ-WYZ]")
_LABEL_LAST = re.compile(r"\W*(?:output|input|answer|class label)\W*", re.IGNORECASE)
_ACCESS = re.compile(r"\s*(?:[A-Za-z_\]\[)(][\w\]\[)(]*\.)+\w+|.*[\w\])]\.[a-z]{1,3}")
_PROGRAM = re.compile(
    r"^[ \t]*(?:def |class |import |print ?\(|(?:for|if|while|else)\b.*:$|return\b)|[;{]$",
    re.MULTILINE,
)
_LIST_MARK = re.compile(r"\s*(?:[-*\u2022+]|\(?\w{1,3} ?[.)]|\|)\s*")
_FIELD_MARK = re.compile(r"\s*[^\s:][^:\n]{0,60}:\s*")
_SMALL_WORDS = frozenset(
    word
    for words in (
        "a an and are as be been but by can could did do does for from had has have he her his how",
        "i in is it its may me might my of on or our she should so some such that the their them",
        "there they this to was we were what when which who will with would you your",
    )
    for word in words.split()
)


def looks_cut(text: str) -> bool:  # noqa: C901, PLR0911 - one for each sign
    """Tell whether a text stops in the middle.

    Signs, in order: an open table row, bracket, quotation or list number; an end that wants more
    (a comma, "the", a colon, a lone letter); and a sentence without its mark. Behind a blank line
    nothing is cut, and behind a line end only what is plainly open. Short values, headlines,
    lists without marks, and code that is whole may end as they like.
    """
    body = text.rstrip()
    if not body or text.endswith("\n\n"):
        return False
    *earlier, last = [line for line in body.split("\n") if line.strip()]
    if last.lstrip().startswith("```"):
        return False
    if _plainly_open(last, earlier, body):
        return True
    if text.endswith("\n"):
        return last.endswith(".") and unbalanced(body)
    if _LABEL_LAST.fullmatch(last):
        return False
    if last.endswith(":"):
        return True
    if not last[-1].isalnum():
        return False
    if _LETTER_LAST.fullmatch(last):
        return True
    if text.endswith(" ") or (_ACCESS.fullmatch(last) and _PROGRAM.search(body)):
        return True
    if earlier and _LETTER_ALONE.fullmatch(last) and _is_item(earlier[-1]):
        return True
    return _is_open_prose(last, earlier)


def _plainly_open(last: str, earlier: Sequence[str], body: str) -> bool:
    if last.strip() == "|" or (len(last.strip()) > 1 and _OPEN_SIGN.search(last)):
        return True
    field = _FIELD_MARK.match(last)
    value = last[field.end() :] if field else last
    if len(value.split()) > 3 and _OPEN_WORD.search(last):  # noqa: PLR2004 - a word may be an answer
        return True
    if _NUMBER_ALONE.fullmatch(last) and any(_LIST_MARK.match(line) for line in earlier):
        return not last.strip().isdigit()
    quotes = last.count('"')
    return unbalanced(last) or (quotes % 2 == 1 and quotes == body.count('"') and len(last) > 3)  # noqa: PLR2004


def _is_item(line: str) -> bool:
    return bool(_LIST_MARK.match(line) or _FIELD_MARK.match(line))


def _is_open_prose(last: str, earlier: Sequence[str]) -> bool:
    """Tell whether a last line is a sentence that lacks its mark."""
    marker = _LIST_MARK.match(last) or _FIELD_MARK.match(last)
    words = (last[marker.end() :] if marker else last).split()
    if _LIST_MARK.match(last) is None and marker and len(words) < 4:  # noqa: PLR2004 - a value
        return False
    if marker:
        others = [line for line in earlier if _is_item(line)]
        marked = sum(line.rstrip().endswith(_MARKS) for line in others)
        if others and 2 * marked > len(others):
            return True
        if len(others) > 1 and not marked:
            return False
    long = [word for word in words if len(word) > 3]  # noqa: PLR2004
    if 5 * sum(word[0].isupper() for word in long) >= 3 * len(long) or words[-1].startswith("#"):
        return False
    return len(words) >= 4 and any(word.lower() in _SMALL_WORDS for word in words)  # noqa: PLR2004
