"""Telling by its end whether a text of unknown finish reason was cut."""

from __future__ import annotations

from typing import TYPE_CHECKING

from selfinstruct.method.text import unbalanced

from .vocabulary import patterns

if TYPE_CHECKING:
    from collections.abc import Sequence

_MARKS = (".", "!", "?", "\u3002", "\uff01", "\uff1f")
_SIGNED, _OPEN_END, _HALF_WORD, _SENTENCE_INSIDE, _PROGRAM, _CODE_OPEN = patterns(
    "SIGNED OPEN_END HALF_WORD SENTENCE_INSIDE PROGRAM_TEXT CODE_OPEN"
)
_ITEM, _SMALL_WORD, _OPEN_WORD, _NUMBER, _FIELD = patterns(
    "ITEM_MARK SMALL_WORD OPEN_WORD NUMBER_ALONE FIELD_MARK"
)


def looks_cut(text: str) -> bool:
    """Tell whether a text stops in the middle.

    It does if it ends in what is plainly open: a table's row, a bracket, a comma, a colon; in a
    half word; or in a sentence without its mark. Behind a blank line only a sentence is cut, and
    behind a line end only what is plainly open. Short values, headlines and lists without marks
    may end as they like.
    """
    body = text.rstrip()
    *earlier, last = [line for line in body.split("\n") if line.strip()] or [""]
    if _NUMBER.fullmatch(last) and any(map(_NUMBER.match, earlier)):
        return True
    if not body or text.endswith("\n\n"):
        return _SENTENCE_INSIDE.search(last) is not None
    if _is_open(last, earlier, body):
        return True
    if text.endswith("\n") or _SIGNED.search(last):
        return False
    if last.endswith(":") or (_CODE_OPEN.fullmatch(last) and _PROGRAM.search(body)):
        return True
    return unbalanced(body) or (
        last[-1].isalnum()
        and (_HALF_WORD.search(last) is not None or _is_open_prose(last, earlier))
    )


def _is_open(last: str, earlier: Sequence[str], body: str) -> bool:
    rows = [line for line in [*earlier, last] if "|" in line]
    if "|" in last and len(rows) > 3:  # noqa: PLR2004 - head, rule, row
        cells = [sum(map(bool, map(str.strip, row.split("|")))) for row in rows]
        return cells[-1] < min(cells[:-1])
    return (
        _OPEN_END.search(last) is not None
        or unbalanced(last)
        or (body.count('"') == last.count('"') and last.count('"') % 2 == 1)
    )


def _is_open_prose(last: str, earlier: Sequence[str]) -> bool:
    """Tell whether a last line is a sentence, or like those above it, and lacks its mark."""
    mark = _ITEM.match(last)
    if len(earlier) > 1 and " " not in last and all(map(_FIELD.match, earlier)) and not mark:
        return True  # the beginning of a further field
    words = last[mark.end() :].split() if mark else last.split()
    if mark and mark.group().rstrip().endswith(":") and len(words) < 4:  # noqa: PLR2004
        return False  # a value
    marked = [line.rstrip().endswith(_MARKS) for line in earlier if mark and _ITEM.match(line)]
    if 2 * sum(marked) > len(marked):
        return True
    capitals = sum(word[0].isupper() for word in words)
    if len(words) < 4 or 5 * capitals >= 3 * len(words) or words[-1].startswith("#"):  # noqa: PLR2004
        return False  # no sentence, a title, or tags
    listed = len(marked) > 1  # without marks
    prose = not listed and any(map(_SMALL_WORD.fullmatch, words))
    return prose or _OPEN_WORD.fullmatch(words[-1]) is not None
