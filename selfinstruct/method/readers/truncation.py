"""Telling by its end whether a text of unknown finish reason was cut."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .normalise import unbalanced

if TYPE_CHECKING:
    from collections.abc import Sequence

_MARKS = (".", "!", "?", "\u3002", "\uff01", "\uff1f")
_OPEN_SIGN = re.compile(r"[,(\[{\\=+&/<_\u2013\u2014-]\s*\Z")
_OPEN_WORD = re.compile(
    r"(?<!\w)(?:a|an|and|as|at|but|by|for|from|in|into|is|of|on|or|than|that|the|their|to|was|were"
    r"|which|who|with|your)\Z"
)
_PARTICLE = re.compile(r"(?<!\w)(?:as|at|by|for|from|in|into|is|on|that|to|was|were|with)\Z")
_NUMBER_ALONE = re.compile(r"\s*\(?\d{1,2}\s?[.)]?\s*")
_NUMBER_LAST = re.compile(r"\s*\(?(?P<number>\d{1,3})(?P<sign> ?[.):])?\s*")
_NUMBERED = re.compile(r"\s*\(?(?P<number>\d{1,3})(?P<sign> ?[.):])?[ \t]+[^\W\d]")
_LETTER_ALONE = re.compile(r"\s*(?:(?:[-*\u2022]|\d{1,2} ?[.)])\s*)?[A-Za-z]")
_MARK_ALONE = re.compile(r"\s*(?:[-*\u2022]|#|//)\s*")
_NO_VOWEL = re.compile(r"(?<![\w.'\u2019-])[b-df-hj-np-tv-xz]{2,6}\Z")
_HALF_WORD = re.compile(r"(?<![\w.'\u2019-])[A-Za-z]+(?:[bcdfgkp][lr]|tr|nsc)\Z")
"""A word that ends in what only begins a syllable."""
_ABBREVIATIONS = frozenset(
    word
    for words in (
        "mr mrs ms dr st jr sr vs kg km cm mm ml lb lbs ft hr hrs pm tv pc ph nd rd th mph mg ll",
        "hmm shh brr pst psst tsk pdf html xml css sql php js ts cnn nba nfl www gb mb kb tb hz",
        "khz mhz ghz db sq yd cd dvd vhs dj rgb crm rss tcp http https llc ltd bbq nyc bc dc kph",
        "kwh pts apr str ptr attr addr expr",
    )
    for word in words.split()
)
_HEAD_ALONE = re.compile(r"\s*(?:async )?(?:def|class)\s+\w+")
_CODE_OPEN = re.compile(
    r"\s*(?:(?:el)?if|for|while|return|print|with|[\w.\]\[]+ ?=)[ (].*[\w\])]\.|\s+[\w.]+\.|\S+\)\."
)
_OPEN_BLOCK = re.compile(r"[(\[{][ \t]*$", re.MULTILINE)
_SIGNED = re.compile(
    r"(?:\b(?:regards|sincerely|love|cheers|wishes|yours|truly|thanks)\b,?"
    r"|[\"\u201d.!?] ?[-\u2013\u2014~] ?)(?:\s*[A-Z\[][\w.'\u2019-]*\]?){1,4}\Z"
)
_SENTENCE_INSIDE = re.compile(
    r"(?<![\w,'\u2019-])(?:[\w,'\u2019-]{1,30} ){4}[\w'\u2019-]{0,30}[a-z]{3}[.!?][\"\u201d)]? +"
    r"[A-Z][a-z']*(?: [\w,'\u2019-]+)*\Z"
)
"""A sentence with its mark, and behind it on the same line another without."""
_NAME = re.compile(r"[^\W\d]\w{4,}")
_NAME_LAST = re.compile(r"(?<![\w'\"])[^\W\d]\w{4,}\Z")
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


def looks_cut(text: str) -> bool:  # noqa: C901, PLR0911, PLR0912 - one for each sign
    """Tell whether a text stops in the middle.

    Signs, in order: a list's next number alone; an open table row, bracket, quotation or list
    number; an end that wants more (a comma, "the", a colon, a lone letter); and a sentence without
    its mark. Behind a blank line only such a number or sentence is cut, and behind a line end only
    what is plainly open. Short values, headlines, lists without marks, and code that is whole may
    end as they like.
    """
    body = text.rstrip()
    if not body:
        return False
    *earlier, last = [line for line in body.split("\n") if line.strip()]
    if _is_next_number(last, earlier, behind_blank=text.endswith("\n\n")):
        return True
    if text.endswith("\n\n"):
        return _SENTENCE_INSIDE.search(last) is not None and not _SIGNED.search(last)
    whole_line = text.endswith("\n")
    if last.lstrip().startswith("```"):
        return body.count("```") % 2 == 1 and not whole_line
    if not whole_line and _OPEN_BLOCK.search(body) and unbalanced(body):
        return True
    if _SIGNED.search(last):
        return False
    if _plainly_open(last, earlier, body) or _is_half_name(body):
        return True
    if text.endswith("\n"):
        return last.endswith(".") and unbalanced(body)
    if _LABEL_LAST.fullmatch(last):
        return False
    if last.endswith(":"):
        return True
    if _MARK_ALONE.fullmatch(last) and earlier:
        return True
    if _PROGRAM.search(body) and _CODE_OPEN.fullmatch(last):
        return True
    if not last[-1].isalnum():
        return False
    if _repeats_beginning(last, earlier) or _SENTENCE_INSIDE.search(last):
        return True
    if _LETTER_LAST.fullmatch(last) or _is_fragment(last, earlier):
        return True
    if text.endswith(" ") or (_ACCESS.fullmatch(last) and _PROGRAM.search(body)):
        return True
    if earlier and _LETTER_ALONE.fullmatch(last) and _is_item(earlier[-1]):
        return True
    return _is_open_prose(last, earlier)


def _is_next_number(last: str, earlier: Sequence[str], *, behind_blank: bool) -> bool:
    """Tell whether a last line is the number, or its beginning, that a list would go on with."""
    found = _NUMBER_LAST.fullmatch(last)
    if found is None or (behind_blank and not found["sign"]):
        return False
    items = [item for item in map(_NUMBERED.match, earlier) if item is not None]
    numbers = [int(item["number"]) for item in items]
    if len(items) < 2 or numbers != list(range(1, len(items) + 1)):  # noqa: PLR2004 - no list
        return False
    signs = {(item["sign"] or "").strip() for item in items}
    if found["sign"]:
        return signs == {found["sign"].strip()} and int(found["number"]) == len(items) + 1
    whole = len(items) == len(earlier) or signs != {""}
    return whole and str(len(items) + 1).startswith(found["number"])


def _plainly_open(last: str, earlier: Sequence[str], body: str) -> bool:
    if (
        last.strip() == "|"
        or _is_half_row(last, earlier)
        or (len(last.strip()) > 1 and _OPEN_SIGN.search(last))
    ):
        return True
    field = _FIELD_MARK.match(last)
    value = last[field.end() :] if field else last
    words = sum(
        part[0].isalnum() for part in value.split()
    )  # a word may be an answer, and "turn it on" is one
    if words > 2 and _OPEN_WORD.search(last) and (words > 3 or not _PARTICLE.search(last)):  # noqa: PLR2004
        return True
    if _NUMBER_ALONE.fullmatch(last) and any(_LIST_MARK.match(line) for line in earlier):
        return not last.strip().isdigit()
    quotes = last.count('"')
    return unbalanced(last) or (quotes % 2 == 1 and quotes == body.count('"') and len(last) > 3)  # noqa: PLR2004


def _is_half_row(last: str, earlier: Sequence[str]) -> bool:
    """Tell whether a table's last row lacks its end, or has fewer cells than each row above."""
    rows = [line for line in earlier if "|" in line]
    if last.lstrip().startswith("|") and not last.rstrip().endswith("|"):
        return bool(rows) and all(row.rstrip().endswith("|") for row in rows)
    if "|" not in last or len(rows) < 3:  # noqa: PLR2004 - head, rule and a row
        return False
    return _cells(last) < min(map(_cells, rows))


def _cells(row: str) -> int:
    return sum(bool(cell.strip()) for cell in row.replace("\uff5c", "|").split("|"))


def _is_fragment(last: str, earlier: Sequence[str]) -> bool:
    """Tell whether a last line is only the beginning of one, by the lines above it."""
    word = _NO_VOWEL.search(last) or _HALF_WORD.search(last)
    if word is not None and len(last.split()) > 1 and word.group().lower() not in _ABBREVIATIONS:
        return True
    if _HEAD_ALONE.fullmatch(last) or _is_short_item(last, earlier):
        return True
    if len(earlier) < 2 or len(last.split()) > 1:  # noqa: PLR2004 - too little to compare with
        return False
    fields = sum(_FIELD_MARK.match(line) is not None for line in earlier)
    rows = sum("|" in line for line in earlier)
    return len(earlier) in {fields, rows} and not _is_item(last) and "|" not in last


def _is_half_name(body: str) -> bool:
    """Tell whether a program ends in the beginning of one of its names, said nowhere else."""
    found = _NAME_LAST.search(body)
    if found is None or not _PROGRAM.search(body):
        return False
    names = _NAME.findall(body)
    word = found.group()
    return names.count(word) == 1 and any(name != word and name.startswith(word) for name in names)


def _repeats_beginning(last: str, earlier: Sequence[str]) -> bool:
    """Tell whether a last line says the beginning of two or more marked lines again, no more."""
    begun = [line for line in earlier if line.startswith(f"{last} ")]
    return len(begun) > 1 and all(line.rstrip().endswith(_MARKS) for line in begun)


def _is_short_item(last: str, earlier: Sequence[str]) -> bool:
    """Tell whether a list's last item has three letters at most, and all others twice that."""
    others = [_LIST_MARK.sub("", line, count=1) for line in earlier if _LIST_MARK.match(line)]
    mark = _LIST_MARK.match(last)
    item = last[mark.end() :] if mark else ""
    if not item:
        *others, item = last.split(", ")
    enough = len(others) >= (3 if mark else 8)
    return enough and len(item) <= 3 and item.isalpha() and min(map(len, others)) >= 6  # noqa: PLR2004


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
    if (long and 5 * sum(word[0].isupper() for word in long) >= 3 * len(long)) or words[
        -1
    ].startswith("#"):
        return False
    return len(words) >= 4 and any(word.lower() in _SMALL_WORDS for word in words)  # noqa: PLR2004
