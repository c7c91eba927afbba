"""Telling by its end whether a text of unknown finish reason was cut."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from selfinstruct.method.text import unbalanced

from .vocabulary import pattern, patterns

if TYPE_CHECKING:
    from collections.abc import Sequence

_MARKS = (".", "!", "?", "\u3002", "\uff01", "\uff1f")
_OPEN_END, _OPEN_WORD, _PARTICLE = patterns("OPEN_END OPEN_WORD PARTICLE")
_SMALL_WORD, _SHORT_FORM = patterns("SMALL_WORD SHORT_FORM")
_PROGRAM = pattern("PROGRAM_TEXT")
_LIST_MARK = re.compile(r"\s*(?:[-*\u2022+]|\(?\w{1,3} ?[.)]|\|)\s*")
_FIELD_MARK = re.compile(r"\s*[^\s:][^:\n]{0,60}:\s*")
_NUMBER = re.compile(r"\s*\(?(?P<number>\d{1,3})(?P<sign> ?[.):])?\s*")
_NUMBERED = re.compile(r"\s*\(?(?P<number>\d{1,3})(?P<sign> ?[.):])?[ \t]+[^\W\d]")
_HALF_WORD, _SIGNED, _SENTENCE_INSIDE, _CODE_OPEN = patterns(
    "HALF_WORD SIGNED SENTENCE_INSIDE CODE_OPEN"
)
_LABEL_LAST = re.compile(r"\W*(?:output|input|answer|class label)\W*", re.IGNORECASE)


def looks_cut(text: str) -> bool:  # noqa: C901, PLR0911 - one for each sign
    """Tell whether a text stops in the middle.

    It does if it ends in a list's next number alone; in what is plainly open: a table row, bracket
    or quotation, a comma, a colon, "the"; in a half word; or in a sentence without its mark. Behind
    a blank line only such a number or sentence is cut, and behind a line end only what is plainly
    open. Short values, headlines, lists without marks, and code that is whole may end as they like.
    """
    body = text.rstrip()
    *earlier, last = [line for line in body.split("\n") if line.strip()] or [""]
    if not body or _is_next_number(last, earlier, behind_blank=text.endswith("\n\n")):
        return bool(body)
    if text.endswith("\n\n"):
        return _SENTENCE_INSIDE.search(last) is not None and not _SIGNED.search(last)
    if last.lstrip().startswith("```"):
        return body.count("```") % 2 == 1 and not text.endswith("\n")
    if _SIGNED.search(last):
        return False
    program = _PROGRAM.search(body) is not None
    if _is_plainly_open(last, earlier, body) or (program and _is_half_name(body)):
        return True
    if text.endswith("\n"):
        return last.endswith(".") and unbalanced(body)
    if _LABEL_LAST.fullmatch(last):
        return False
    if last.endswith(":") or (earlier and last.strip() in {"-", "*", "\u2022", "#", "//"}):
        return True
    if (program and _CODE_OPEN.fullmatch(last)) or (unbalanced(body) and not unbalanced(last)):
        return True
    if not last[-1].isalnum():
        return False
    return _is_fragment(last, earlier) or _is_open_prose(last, earlier)


def _is_next_number(last: str, earlier: Sequence[str], *, behind_blank: bool) -> bool:
    """Tell whether a last line is the number, or its beginning, that a list would go on with."""
    found = _NUMBER.fullmatch(last)
    if found is None or (behind_blank and not found["sign"]):
        return False
    items = [item for item in map(_NUMBERED.match, earlier) if item is not None]
    if len(items) < 2 or [int(item["number"]) for item in items] != [*range(1, len(items) + 1)]:  # noqa: PLR2004 - no list
        return False
    signs = {(item["sign"] or "").strip() for item in items}
    if found["sign"]:
        return signs == {found["sign"].strip()} and int(found["number"]) == len(items) + 1
    whole = len(items) == len(earlier) or signs != {""}
    return whole and str(len(items) + 1).startswith(found["number"])


def _is_plainly_open(last: str, earlier: Sequence[str], body: str) -> bool:
    bare = last.strip()
    rows = [line for line in earlier if "|" in line]
    cells = [sum(map(bool, map(str.strip, row.split("|")))) for row in [*rows, last]]
    if len(rows) > 2 and "|" in last and cells[-1] < min(cells):  # noqa: PLR2004 - head, rule, row
        return True
    if bare == "|" or (len(rows) > 2 and "|" in last and cells[-1] < min(cells[:-1])):  # noqa: PLR2004
        return True
    if len(bare) > 1 and _OPEN_END.search(last):
        return True
    field = _FIELD_MARK.match(last)
    value = last[field.end() :] if field else last
    words = sum(part[0].isalnum() for part in value.split())  # "turn it on" is an answer
    if words > 2 and _OPEN_WORD.search(last) and (words > 3 or not _PARTICLE.search(last)):  # noqa: PLR2004
        return True
    if _NUMBER.fullmatch(last) and any(map(_LIST_MARK.match, earlier)):
        return not bare.isdigit()
    quotes = last.count('"')
    return unbalanced(last) or (quotes % 2 == 1 and quotes == body.count('"') and len(last) > 3)  # noqa: PLR2004


def _is_half_name(body: str) -> bool:
    """Tell whether a program ends in the beginning of one of its names, said nowhere else."""
    names = re.findall(r"[^\W\d]\w{4,}", body)
    word = names[-1] if names and body.endswith(names[-1]) else ""
    return names.count(word) == 1 and any(name != word and name.startswith(word) for name in names)


def _is_fragment(last: str, earlier: Sequence[str]) -> bool:
    """Tell whether a last line is only the beginning of one, by itself or by the lines above it."""
    word, count = _HALF_WORD.search(last), len(last.split())
    if word is not None and count > 1 and not _SHORT_FORM.fullmatch(word.group()):
        return True
    begun = [line for line in earlier if line.startswith(f"{last} ")]
    if _SENTENCE_INSIDE.search(last) or (
        len(begun) > 1 and all(line.rstrip().endswith(_MARKS) for line in begun)
    ):
        return True
    items = [line[mark.end() :] for line in earlier if (mark := _LIST_MARK.match(line))]
    mark = _LIST_MARK.match(last)
    if mark is not None and len(items) > 2 and len(last) - mark.end() <= 3:  # noqa: PLR2004
        return last[mark.end() :].isalpha() and min(map(len, items)) >= 6  # noqa: PLR2004
    if len(earlier) < 2 or count > 1 or _is_item(last):  # noqa: PLR2004 - too little to compare with
        return False
    fields, rows = (sum(map(bool, map(kind, earlier))) for kind in (_FIELD_MARK.match, _has_cells))
    return len(earlier) in {fields, rows} and "|" not in last


def _has_cells(line: str) -> bool:
    return "|" in line


def _is_item(line: str) -> bool:
    return bool(_LIST_MARK.match(line) or _FIELD_MARK.match(line))


def _is_open_prose(last: str, earlier: Sequence[str]) -> bool:
    """Tell whether a last line is a sentence that lacks its mark."""
    marker = _LIST_MARK.match(last) or _FIELD_MARK.match(last)
    words = (last[marker.end() :] if marker else last).split()
    if marker and len(words) < 4 and not _LIST_MARK.match(last):  # noqa: PLR2004 - a value
        return False
    others = [line for line in earlier if _is_item(line)] if marker else []
    marked = sum(line.rstrip().endswith(_MARKS) for line in others)
    if others and (2 * marked > len(others) or (len(others) > 1 and not marked)):
        return marked > 0
    long = [word for word in words if len(word) > 3]  # noqa: PLR2004
    capitals = sum(word[0].isupper() for word in long)
    if (long and 5 * capitals >= 3 * len(long)) or words[-1:] == [] or words[-1].startswith("#"):
        return False
    return len(words) >= 4 and any(map(_SMALL_WORD.fullmatch, words))  # noqa: PLR2004
