"""The reader of lists of instructions.

A reply may go on behind the prompt's open number, repeat that number, start anywhere, skip, or
use bullets. It may also be no continuation at all: an echo of the prompt's shots, or answers to
them. The reader is told the shots, and tells these apart by them.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from selfinstruct.method.text import before_loop, unbalanced, word_form

from .echoes import Item, clean, going_on, new_ones
from .normalise import prepare
from .repairs import repaired
from .scan import Line, line_of, scan
from .spans import table
from .structured import find_list, find_tagged, list_of_table, text_of
from .trailing import without_rules
from .vocabulary import declines, is_opener, is_tail, patterns, says_nothing

if TYPE_CHECKING:
    from collections.abc import Sequence

ITEM = table("""
state  text  code  blank  answer  given  reason  tail
head   keep  keep  keep   keep    keep   keep    keep
kept   keep  keep  stop   stop    stop   stop    stop
open   keep  keep  keep   stop    stop   stop    stop
asked  stop  keep  stop   stop    stop   stop    stop
gap    keep  keep  stop   stop    stop   stop    stop
""")
"""Which lines belong to an item, by the end of what it has so far: nothing, a colon, a question
mark, a blank line or anything else."""
_NAMED = {"task", "item", "instruction"}
_REMARK, _ANSWER_INSIDE, _CHOICE, _CATEGORY, _TITLE, _CODE, _OF_TASKS = patterns(
    "EXPLAINS ANSWER_INSIDE CHOICE CATEGORY TITLE CODE OF_TASKS"
)
_ARROW = re.compile(r"(?<=[.?!])[ \t]*(?:->|=>|\u2192)[ \t]*\S")
_MARKED_END = (".", "!", "?", "\u3002", "\uff01", "\uff1f")


def read_list(
    text: str,
    *,
    cut: bool | None = None,
    shots: Sequence[str] = (),
    following: int = 0,
    headers: Sequence[str] = (),
) -> list[str]:
    """Return the new instructions of a reply that goes on with a numbered list.

    Args:
        text: the reply.
        cut: whether it was cut by length: then its last item goes, and a number alone counts as
            that item. None: unknown, the text itself tells.
        shots: the instructions the prompt showed; their echoes go.
        following: the number the prompt left open; 0 where it is not known.
        headers: other lines of the prompt, which are no items either.

    Returns:
        Instructions, blanks collapsed, without repeats, in the reply's order. None of them if
        the reply answers, restates or describes the shots.
    """
    body = prepare(text)
    elements = find_list(body)
    if elements is None:
        elements = find_tagged(body, ("instruction", "task", "item", "prompt"))
    if elements is not None:
        names = ("instruction", "task", "text", "question")
        texts = [text_of(item, names) or "" for item in elements]
    else:
        body = repaired("list", list_of_table(body))[0]
        lead, items = _split(body, following, shots)
        items = _unfiled(going_on(lead, items, shots, following))
        texts = [item.text for item in (items[:-1] if _is_cut(body, items, cut) else items)]
    return new_ones([item for item in map(clean, texts) if item], [*shots, *headers])


def _split(body: str, following: int, shots: Sequence[str]) -> tuple[str, list[Item]]:
    """Return what leads a reply and is no item, and its items."""
    lines = scan(body)
    marks = _marks(lines, shots)
    first = _number(lines[marks[0]]) if marks else None
    lead = [line.raw for line in lines[: marks[0]]] if marks else []
    if first is None and (len(marks) < 2 or not all(map(_is_small_talk, lead))):  # noqa: PLR2004 - no list
        return "\n".join(lead), _lines(body)
    head = [row for row in lead if not _is_small_talk(row)]
    opened = bool(head) and first is not None and not 0 < first <= max(following, 1)
    items = [_item((first or 0) - 1, head)] if opened else []
    pieces = [lines[mark:end] for mark, end in pairwise([*marks, len(lines)])]
    titled = len(pieces) > 1 and sum(map(_is_titled, pieces)) >= max(2, len(pieces) - 1)
    items += [_item(_number(piece[0]) or 0, _piece(piece, titled=titled)) for piece in pieces]
    return "" if opened else "\n".join(lead), items


def _is_small_talk(row: str) -> bool:
    return not row.strip(" *_#-") or is_opener(row)


def _number(line: Line) -> int | None:
    """Return the number by which a line begins an item."""
    return line.number if line.role in _NAMED else line.lead


def _marks(lines: list[Line], shots: Sequence[str]) -> list[int]:
    """Return the places of the lines that begin an item: by name, heading, number or bullet."""
    numbered = [place for place, line in enumerate(lines) if _number(line) is not None]
    named = [place for place in numbered if lines[place].role in _NAMED and not lines[place].lead]
    if len(named) > 1:
        word = lines[named[0]].word.casefold()
        return [place for place in named if lines[place].word.casefold() == word]
    headed = [k for k, line in enumerate(lines) if line.heading and line.role in {"bullet", "text"}]
    ones = sum(_number(lines[place]) == 1 for place in numbered)  # points below each heading
    if len(headed) > 1 and (not numbered or (headed[0] < numbered[0] and ones >= len(headed) - 1)):
        return headed
    return (
        _outer(lines, numbered, shots)
        if numbered
        else [place for place, line in enumerate(lines) if line.bullet and not line.indent]
    )


def _outer(lines: list[Line], marks: list[int], shots: Sequence[str]) -> list[int]:
    """Return the numbers that begin an item, without those of points inside one.

    Points are indented, or start at 1 behind a line that ends in a colon or a question mark, before
    the item's own next number comes.
    """
    marks = [mark for mark in marks if lines[mark].indent < lines[marks[0]].indent + 2]
    later = Counter(_number(lines[mark]) for mark in marks)
    echoes = set(map(word_form, shots))
    outer: list[int] = []
    last, inside = 0, False
    for mark in marks:
        number = _number(lines[mark]) or 0
        later[number] -= 1
        if number == 1 < last and later[last + 1] and word_form(lines[mark].rest) not in echoes:
            before = next(line.raw for line in reversed(lines[:mark]) if line.raw.strip())
            inside = _ends_open(before) or before.rstrip(" *_").endswith(("?", "\uff1f"))
        inside = inside and number != last + 1
        if not inside:
            outer.append(mark)
            last = number
    return outer


def _is_titled(piece: Sequence[Line]) -> bool:
    """Tell whether an item begins with a title: a short heading or words in bold, unmarked."""
    first = piece[0]
    value = first.own.strip()
    bold = value.startswith("**") and value.rstrip(":").endswith("**")
    title = value.strip("*_ :")
    short = 0 < len(title.split()) < 8  # noqa: PLR2004
    below = any(line.role not in {"blank", "rule"} for line in piece[1:])
    return (first.heading or bold) and below and short and not title.endswith(_MARKED_END)


def _piece(piece: Sequence[Line], *, titled: bool) -> list[str]:
    """Return the lines of an item: behind its number and title, or behind its "Instruction:"."""
    rows = [line.raw for line in piece[1:]]
    for place, line in enumerate(piece[1:]):
        if line.role in _NAMED and line.sign == "colon" and line.number is None and titled:
            return [line.value, *rows[place + 1 :]]
    return rows if titled and _is_titled(piece) else [piece[0].own, *rows]


def _lines(body: str) -> list[Item]:
    """Return the items of a reply without numbers: one, or one a line where lines are alike."""
    lines = [line.strip() for line in body.split("\n") if line.strip()]
    if any(map(declines, lines)):
        return []
    while lines and is_opener(lines[0]):
        if not _OF_TASKS.search(lines.pop(0)):
            return []  # it answers
    while lines and is_tail(lines[-1]):
        lines.pop()
    if not lines:
        return []
    alike = (3 <= len(one.split()) <= 60 and one.endswith(_MARKED_END) for one in lines[:-1])  # noqa: PLR2004
    if len(lines) > 2 and all(alike):  # noqa: PLR2004 - two lines may be a task and its answer
        return [_item(0, [line]) for line in lines]
    return [_item(0, body[body.find(lines[0]) :].split("\n"))]


def _item(number: int, rows: list[str]) -> Item:
    """Return the instruction of one piece and, apart, what does not belong to it."""
    text = without_rules(before_loop("\n".join(rows).strip("\n")))
    rows = text.split("\n")
    roles = [_role(row) for row in rows]
    last_answer = max((place for place, role in enumerate(roles) if role == "answer"), default=-1)
    state = "head"
    for place, (row, role) in enumerate(zip(rows, roles, strict=True)):
        told = next((later for later in roles[place:] if later != "blank"), "tail")
        given = role == "given" and last_answer < place and not says_nothing(line_of(row).value)
        over = role == "blank" and state == "open" and told == "tail"
        if ITEM[state, "text" if given else told if over else role][0] == "stop":
            kept, more = "\n".join(rows[:place]), "\n".join(rows[place:])
            return Item(number, without_rules(kept), more, told not in {"tail", "reason", "given"})
        bare = row.strip(" \t*_")
        asked = "asked" if bare.endswith(("?", "\uff1f")) else "kept"
        state = (state if state == "head" else "gap") if not bare else asked
        state = "open" if _ends_open(row) else state
    text = "\n".join(rows)
    for found in (_ANSWER_INSIDE.search(text), _ARROW.search(text)):
        if found is None or len(text[: found.start()].split()) < 2:  # noqa: PLR2004 - no task
            continue
        dialogue = found.group().strip(" *_(") == "A:" and "B:" in text[found.end() :]
        if not dialogue and _CHOICE.fullmatch(text, found.end()) is None:
            return Item(number, text[: found.start()], text[found.start() :], answered=True)
    return Item(number, text)


@lru_cache(maxsize=1024)
def _role(row: str) -> str:
    """Return what a line may be to the item that it is in or behind."""
    line = line_of(row)
    if line.role in {"answer", "output"}:
        return "answer"
    if line.role == "reason" or _REMARK.match(row):
        return "reason"
    if line.role == "blank" or (line.role == "input" and line.sign == "colon"):
        return "blank" if line.role == "blank" else "given"
    if is_tail(row):
        return "tail"
    return "code" if _CODE.match(row) else "text"


def _ends_open(line: str) -> bool:
    return line.rstrip("*_ ").endswith((":", "\uff1a"))


def _unfiled(items: list[Item]) -> list[Item]:
    """Return the items without a title ahead or a category behind, where each has one."""
    for filed in (_TITLE, _CATEGORY):
        if len(items) > 1 and all(filed.search(item.text) for item in items):
            items = [replace(item, text=filed.sub("", item.text, count=1)) for item in items]
    return items


def _is_cut(body: str, items: list[Item], cut: bool | None) -> bool:  # noqa: FBT001 - as its caller
    """Tell whether the last item is incomplete: not with more behind it, or if its line ended."""
    text = items[-1].text.strip() if items else ""
    if cut is False or not items or items[-1].more.strip():
        return False
    if cut:
        return not (body.endswith("\n") and body.rstrip().endswith(_MARKED_END))
    if not text or body.endswith("\n") or text.endswith(_MARKED_END):
        return False
    marked = sum(item.text.strip().endswith(_MARKED_END) for item in items[:-1])
    alike = len(items) > 2 and 5 * marked >= 4 * (len(items) - 1)  # noqa: PLR2004
    return alike or unbalanced(text)
