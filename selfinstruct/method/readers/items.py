"""The reader of lists of instructions.

A reply may go on behind the prompt's open number, repeat that number, start anywhere, skip, or
use bullets. It may also be no continuation at all: an echo of the prompt's shots, or answers to
them. The reader is told the shots, and tells these apart by them.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from .continuing import ANSWER_NAME, Item, clean, going_on, new_ones, unprompted
from .cut import looks_cut
from .endings import without_rules
from .structured import find_list, find_tagged, list_of_table, text_of
from .text import (
    before_loop,
    declines,
    is_opener,
    is_tail,
    prepare,
    unbalanced,
    word_form,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

_NAME = (
    r"(?:task|instruction|item|prompt|aufgabe|tâche|tarea|tarefa|compito|taak|opgave|uppgift"
    r"|zadanie|görev|задача|задание"
    r"|任务|任務|指令|题目|タスク|課題"
    r"|작업|과제|명령)"
)
_MARKS = r"[*_`]{0,3}"
_NUMBER = re.compile(
    rf"^[ \t]*>?[ \t]*(?:#{{1,6}}[ \t]*)?(?:[-*+\u2022][ \t]+)?{_MARKS}\(?"
    rf"(?:(?P<name>{_NAME})[ \t]*(?:no\.?|nr\.?|n\u00b0|#)?[ \t]*)?"
    rf"(?P<number>\d{{1,3}})(?: of \d+)?{_MARKS}[ \t]*(?(name)(?:\([^()\n]{{1,30}}\)(?=[.:]))?)"
    rf"(?P<sign>[.:)\]\u3001\uff0e\u3002\uff1a\uff09]|[-\u2013\u2014](?=[ \t])|(?=[ \t]*$)"
    rf"|(?(name)(?=[ \t]+(?-i:[A-Z]))|(?!)))"
    rf"(?![\d])",
    re.IGNORECASE | re.MULTILINE,
)
_INSIDE = re.compile(
    rf"(?:(?P<gap>(?<=[.?!\u3002\uff1f\uff01\"\u201d])[ \t]+|\n[ \t]*)|\A[ \t]*){_MARKS}"
    rf"(?:(?P<name>{_NAME})[ \t]*)?(?P<number>\d{{1,3}}){_MARKS}[.:)\uff1a]{_MARKS}[ \t]+(?=\S)",
    re.IGNORECASE,
)
_BULLET = re.compile(r"^(?P<indent>[ \t]*)(?:[-*\u2022+\u2013]|#{1,6})[ \t]+(?=\S)", re.MULTILINE)
_ANSWER_LINE = re.compile(
    rf"[ \t]*(?:[-*\u2022][ \t]+)?[*_(]*{ANSWER_NAME}[*_]*[ \t]*(?:[:\uff1a=]|\Z)", re.IGNORECASE
)
_ANSWER_INSIDE = re.compile(
    r"(?<=[.?!\u3002\uff1f\uff01\"')\]])[ \t]+[*_(]*"
    r"(?:(?:Sample |Example |Expected )?(?:Answer|Output|Response|Solution|Result)|ANSWER|OUTPUT|A"
    r"|답변|답|Antwort|Réponse|Respuesta|回答|答案"
    r"|Ответ)[*_]*[ \t]*(?:[:\uff1a]|\Z)"
)
_CHOICE = re.compile(r"[^.?!\n]{1,60}\b(?:or|oder|ou|o|или)\b[^.?!\n]{1,30}\.?\s*", re.IGNORECASE)
"""What is behind "Answer:" where it says which answers are allowed."""
_CATEGORY = re.compile(
    r"\n[ \t]*[*_]*(?:category|kind|type|topic|domain|field|area|difficulty|level|skills?|tags?)"
    r"[*_]*[ \t]*:[*_]*(?:[ \t]+\S+){1,4}\s*\Z",
    re.IGNORECASE,
)
_FIELDS = re.compile(r"[ \t]*(?:[-*\u2022][ \t]+)?[*_]*input[*_]*[ \t]*:", re.IGNORECASE)
_TITLE = re.compile(
    r"\A\s*(?:\*\*[^*\n:]{2,40}(?:\*\*[ \t]*[:\u2013\u2014-]|[:\uff1a]\*\*)"
    r"|\*{0,2}\[[^\]\n]{2,30}\]\*{0,2})[ \t]+"
    r"(?=[^\W\d_](?:\S*[ \t]+){2})"
)
"""What a reply files its tasks under: a title ahead, in bold or brackets; a last line."""
_RESPONSE = re.compile(r"(?<=\S)\s*\n#{2,4}[ \t]*(?:Response|Answers?)[ \t]*:", re.IGNORECASE)
"""Where a model goes on to answer the tasks it has written."""
_KEYCAP = re.compile(r"(?:\d\ufe0f?\u20e3)+|\U0001f51f")
_ARROW = re.compile(r"(?<=[.?!])[ \t]*(?:->|=>|\u2192)[ \t]*\S")
_CODE = re.compile(
    r"[ \t]+\S|```|[ \t]*(?:[-*\u2022|>{}\[<]|\(?[A-Za-z0-9]{1,2}[.)][ \t])|[\w.]+\s*[=(]"
)
_MARKED_END = (".", "!", "?", "\u3002", "\uff01", "\uff1f")
_ANSWERS = re.compile(
    r"(?:here['\u2019]s|here (?:is|are)|i['\u2019]ll|sure[,!]|however,)", re.IGNORECASE
)
_OF_TASKS = re.compile(
    r"task|instruction|prompt|list|next|more|idea|question|continu|further|additional",
    re.IGNORECASE,
)
_RUNS = re.compile(r"[ \t]{9,}|\n{9,}|[#*]{9,}")


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
    body = _KEYCAP.sub(_digits, _RUNS.sub(_shorter, prepare(text)))
    body = _RESPONSE.split(body, maxsplit=1)[0]
    known = [*shots, *headers]
    elements = find_list(body)
    if elements is None:
        elements = find_tagged(body, ("instruction", "task", "item", "prompt"))
    if elements is not None:
        texts = [text_of(item, ("instruction", "task", "text", "question")) for item in elements]
        return new_ones([item for item in map(clean, filter(None, texts)) if item], known)
    lead, items = _split(list_of_table(body), following, shots)
    items = going_on(lead, items, shots, following) if shots else unprompted(items, following)
    items = _unfiled(_without_headers(items))
    if items and (_last_is_cut(body, items) if cut is None else cut and not _ended(body, items)):
        items = items[:-1]
    return new_ones([item for item in (clean(piece.text) for piece in items) if item], known)


def _shorter(run: re.Match[str]) -> str:
    """Return a long run of blanks or line ends in short, which bounds all searches."""
    return run.group()[:8]


def _digits(keycaps: re.Match[str]) -> str:
    """Return the number that a run of keycap signs stands for."""
    return ("".join(filter(str.isdecimal, keycaps.group())) or "10") + "."


def _split(body: str, following: int, shots: Sequence[str]) -> tuple[str, list[Item]]:
    """Return what leads a reply and is no item, and its items."""
    body = _part_lines(body)
    marks = _outer(body, list(_NUMBER.finditer(body)), shots)
    if marks:
        lead = body[: marks[0].start()]
        items = _head(lead, int(marks[0]["number"]), following)
        ends = [*(mark.start() for mark in marks), len(body)][1:]
        for mark, end in zip(marks, ends, strict=True):
            items.append(_item(int(mark["number"]), body[mark.end() : end]))
        return ("" if items[0].number < int(marks[0]["number"]) else lead), items
    bullets = [mark for mark in _BULLET.finditer(body) if not mark["indent"]]
    lead = body[: bullets[0].start()].strip() if bullets else ""
    if len(bullets) > 1 and (not lead or is_opener(lead)):
        ends = [*(mark.start() for mark in bullets), len(body)][1:]
        return lead, [_item(0, body[m.end() : e]) for m, e in zip(bullets, ends, strict=True)]
    return lead, _lines(body)


def _part_lines(body: str) -> str:
    """Return a text where each named or next number inside a line begins one of its own."""
    last = 0

    def part(found: re.Match[str]) -> str:
        nonlocal last
        number = int(found["number"])
        begins_line = found["gap"] is None or "\n" in found["gap"]
        if begins_line or number == last + 1 or (found["name"] and number > last):
            last = number
            return found.group() if begins_line else "\n" + found.group().lstrip()
        return found.group()

    return _INSIDE.sub(part, body)


def _outer(body: str, marks: list[re.Match[str]], shots: Sequence[str]) -> list[re.Match[str]]:
    """Return the numbers that begin an item, without those of points inside one.

    Points are indented, or have no name where the items have one, or start at 1 behind a line that
    ends in a colon or a question mark, before the item's own next number comes.
    """
    if sum(mark["name"] is not None for mark in marks) > 1:
        return [mark for mark in marks if mark["name"] is not None]
    if not marks:
        return []
    indent = _indent(marks[0])
    marks = [mark for mark in marks if _indent(mark) < indent + 2]
    echoes = {word_form(shot) for shot in shots}
    numbers = [int(mark["number"]) for mark in marks]
    outer: list[re.Match[str]] = []
    place = 0
    while place < len(marks):
        mark = marks[place]
        if outer and numbers[place] == 1 and int(outer[-1]["number"]) > 1:
            wanted = int(outer[-1]["number"]) + 1
            before = body[: mark.start()].rstrip().rstrip("*_")
            line = body[mark.end() :].partition("\n")[0]
            if (
                wanted in numbers[place:]
                and before.endswith((":", "?", "\uff1a", "\uff1f"))
                and word_form(line) not in echoes
            ):
                place = numbers.index(wanted, place)
                continue
        outer.append(mark)
        place += 1
    return outer


def _indent(mark: re.Match[str]) -> int:
    line = mark.group().lstrip("\n")
    return len(line) - len(line.lstrip())


def _head(text: str, first: int, following: int) -> list[Item]:
    """Return the item that the prompt left open, from what stands before the first number."""
    lines = [line for line in text.strip().split("\n") if line.strip()]
    if lines and declines(lines[0]):
        return []
    while lines and (is_opener(lines[0]) or lines[0].strip(" *_#-") == ""):
        lines = lines[1:]
    if not lines or 0 < first <= max(following, 1):
        return []
    return [_item(first - 1, "\n".join(lines))]


def _lines(body: str) -> list[Item]:
    """Return the items of a reply without numbers: one, or one a line where lines are alike."""
    lines = [line.strip() for line in body.strip().split("\n") if line.strip()]
    if any(declines(line) for line in lines) or (lines and _ANSWERS.match(lines[0])):
        return []
    while lines and is_opener(lines[0]):
        if not _OF_TASKS.search(lines[0]):
            return []  # it answers
        lines = lines[1:]
    if lines and _ANSWERS.match(lines[0]):
        return []
    while lines and is_tail(lines[-1]):
        lines = lines[:-1]
    if (
        len(lines) > 2  # noqa: PLR2004 - two lines may be a task and its answer
        and all(
            3 <= len(line.split()) <= 60 and line.endswith(_MARKED_END)  # noqa: PLR2004
            for line in lines[:-1]
        )
    ):
        return [_item(0, line) for line in lines]
    return [_item(0, body[body.find(lines[0]) :])] if lines else []


def _item(number: int, piece: str) -> Item:
    """Return the instruction of one piece and, apart, what does not belong to it."""
    piece = without_rules(before_loop(piece.strip("\n")))
    lines = piece.split("\n")
    kept: list[str] = []
    if not lines[0].strip():
        lines = [line for line in lines if line.strip()]
        if lines and (declines(lines[0]) or is_opener(lines[0]) or is_tail(lines[0])):
            return Item(number, "", piece)
    for place, line in enumerate(lines):
        begun = any(part.strip() for part in kept)
        rest = lines[place:]
        if begun and (
            _ANSWER_LINE.match(line) or _is_given(rest) or not _goes_on(kept, line, rest)
        ):
            return Item(number, without_rules("\n".join(kept)), "\n".join(rest))
        kept.append(line)
    return _inline(number, "\n".join(kept))


def _is_given(lines: list[str]) -> bool:
    """Tell whether lines are a task's input and its output."""
    return _FIELDS.match(lines[0]) is not None and any(map(_ANSWER_LINE.match, lines[1:]))


def _goes_on(kept: list[str], line: str, rest: list[str]) -> bool:
    """Tell whether a further line still belongs to the instruction."""
    before = kept[-1].strip()
    if not line.strip():
        following = next((part for part in rest if part.strip()), "")
        return bool(following) and _ends_open(before) and not is_tail(following)
    if is_tail(line):
        return False
    if not before:
        return True
    if before.endswith(("?", "\uff1f")):
        return line.rstrip().endswith(("?", "\uff1f")) or _CODE.match(line) is not None
    return True


def _ends_open(line: str) -> bool:
    return line.rstrip("*_ ").endswith((":", "\uff1a"))


def _inline(number: int, text: str) -> Item:
    for pattern in (_ANSWER_INSIDE, _ARROW):
        found = pattern.search(text)
        if found is None or len(text[: found.start()].split()) < 2:  # noqa: PLR2004 - no task
            continue
        dialogue = found.group().strip(" *_(") == "A:" and "B:" in text[found.end() :]
        if not dialogue and _CHOICE.fullmatch(text, found.end()) is None:
            return Item(number, text[: found.start()], text[found.start() :])
    return Item(number, text)


def _without_headers(items: list[Item]) -> list[Item]:
    """Return the items without those that only open another list."""
    return [
        item
        for item, after in zip(items, [*items, None][1:], strict=True)
        if after is None or after.number != 1 or item.number == 0 or not _ends_open(item.text)
    ]


def _unfiled(items: list[Item]) -> list[Item]:
    """Return the items without a title ahead or a category behind, where each has one."""
    for filed in (_TITLE, _CATEGORY):
        if len(items) > 1 and all(filed.search(item.text) for item in items):
            items = [replace(item, text=filed.sub("", item.text, count=1)) for item in items]
    return items


def _ended(body: str, items: list[Item]) -> bool:
    """Tell whether a reply was cut behind its last item: in what follows it, or at a line's end."""
    whole_line = body.endswith("\n") and body.rstrip().endswith(_MARKED_END)
    return whole_line or bool(items[-1].more.strip())


def _last_is_cut(body: str, items: list[Item]) -> bool:
    """Tell whether the last item of a reply of unknown finish reason is incomplete."""
    last = items[-1]
    words = last.text.strip()
    if last.more or body.endswith("\n") or words.endswith(_MARKED_END):
        return False
    if unbalanced(words) or not words:
        return bool(words)
    marked = sum(item.text.strip().endswith(_MARKED_END) for item in items[:-1])
    if len(items) > 2 and 5 * marked >= 4 * (len(items) - 1):  # noqa: PLR2004
        return True
    return len(words.split()) < 3 or (  # noqa: PLR2004
        looks_cut(words) and words.split()[-1].islower() and bool(re.search(r"[,(]\Z", words))
    )
