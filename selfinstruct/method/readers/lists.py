"""The reader of lists of instructions.

A reply may go on behind the prompt's open number, repeat that number, start anywhere, skip, or
use bullets. It may also be no continuation at all: an echo of the prompt's shots, or answers to
them. The reader is told the shots, and tells these apart by them.
"""

from __future__ import annotations

import re
from bisect import bisect
from dataclasses import replace
from typing import TYPE_CHECKING

from .echoes import Item, clean, going_on, new_ones, unprompted
from .normalise import before_loop, prepare, unbalanced, word_form
from .repairs import repaired
from .scan import Line, line_of, scan
from .spans import table
from .structured import find_list, find_tagged, list_of_table, text_of
from .trailing import without_rules
from .truncation import looks_cut
from .vocabulary import declines, is_opener, is_tail

if TYPE_CHECKING:
    from collections.abc import Sequence

ITEM = table("""
state  text  question  code  blank  answer  given  reason  tail
head   keep  keep      keep  keep   keep    keep   keep    keep
kept   keep  keep      keep  stop   stop    stop   stop    stop
open   keep  keep      keep  keep   stop    stop   stop    stop
asked  stop  keep      keep  stop   stop    stop   stop    stop
gap    keep  keep      keep  stop   stop    stop   stop    stop
""")
"""Which lines belong to an item, by the end of what it has so far: nothing, a colon, a question
mark, a blank line or anything else."""
_NAMED = {"task", "item", "instruction"}
_REMARK = re.compile(
    r"\W*(?:this|the) (?:task|instruction|prompt|exercise|question|one|challenge) (?:tests|checks|asks"
    r"|requires|involves|encourages|helps|challenges|focuses|is (?:designed|meant|intended|about|a|an))\b",
    re.IGNORECASE,
)
"""What explains the item ahead of it."""
_ANSWER_LINE = re.compile(
    r"[ \t]*(?:[-*\u2022][ \t]+)?[*_(]*(?:A[*_]*[ \t]*[:\uff1a]|(?:Answer|Output|Result)[*_]*[ \t]*=)", re.I
)
_ANSWER_INSIDE = re.compile(
    r"(?<=[.?!\u3002\uff1f\uff01\"')\]])[ \t]+[*_(]*"
    r"(?:(?:Sample |Example |Expected )?(?:Answer|Output|Response|Solution|Result)|ANSWER|OUTPUT|A"
    r"|답변|답|Antwort|Réponse|Respuesta|回答|答案|Ответ)[*_]*[ \t]*(?:[:\uff1a]|\Z)"
)
_CHOICE = re.compile(r"[^.?!\n]{1,60}\b(?:or|oder|ou|o|или)\b[^.?!\n]{1,30}\.?\s*", re.IGNORECASE)
"""What is behind "Answer:" where it says which answers are allowed."""
_CATEGORY = re.compile(
    r"\n[ \t]*[*_]*(?:category|kind|type|topic|domain|field|area|difficulty|level|skills?|tags?)"
    r"[*_]*[ \t]*:[*_]*(?:[ \t]+\S+){1,4}\s*\Z",
    re.IGNORECASE,
)
_TITLE = re.compile(
    r"\A\s*(?:\*\*[^*\n:]{2,40}(?:\*\*[ \t]*[:\u2013\u2014-]|[:\uff1a]\*\*)"
    r"|\*{0,2}\[[^\]\n]{2,30}\]\*{0,2})[ \t]+"
    r"(?=[^\W\d_](?:\S*[ \t]+){2})"
)
"""What a reply files its tasks under: a title ahead, in bold or brackets; a last line."""
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
    known = [*shots, *headers]
    elements = find_list(body)
    if elements is None:
        elements = find_tagged(body, ("instruction", "task", "item", "prompt"))
    if elements is not None:
        texts = [text_of(item, ("instruction", "task", "text", "question")) for item in elements]
        return new_ones([item for item in map(clean, filter(None, texts)) if item], known)
    body = repaired("list", list_of_table(body))
    lead, items = _split(body, following, shots)
    items = going_on(lead, items, shots, following) if shots else unprompted(items, following)
    items = _unfiled(_without_headers(items))
    if items and (_last_is_cut(body, items) if cut is None else cut and not _ended(body, items)):
        items = items[:-1]
    return new_ones([item for item in (clean(piece.text) for piece in items) if item], known)


def _split(body: str, following: int, shots: Sequence[str]) -> tuple[str, list[Item]]:
    """Return what leads a reply and is no item, and its items."""
    lines = scan(body)
    marks = _marks(lines, shots)
    lead = "\n".join(line.raw for line in lines[: marks[0]]) if marks else ""
    first = _number(lines[marks[0]]) if marks else None
    if not marks or (first is None and lead.strip() and not is_opener(lead)):
        return lead.strip(), _lines(body)
    head = _head(lead, first, following) if first is not None else []
    ends = [*marks, len(lines)][1:]
    pieces = [lines[mark:end] for mark, end in zip(marks, ends, strict=True)]
    titled = len(pieces) > 1 and sum(map(_is_titled, pieces)) >= max(2, len(pieces) - 1)
    items = [_item(_number(piece[0]) or 0, _piece(piece, titled=titled)) for piece in pieces]
    if titled:
        items = [replace(item, answered=item.answered and _answers(item.more)) for item in items]
    return ("" if head else lead), head + items


def _number(line: Line) -> int | None:
    """Return the number by which a line begins an item."""
    return line.number if line.role in _NAMED else line.lead


def _marks(lines: list[Line], shots: Sequence[str]) -> list[int]:
    """Return the places of the lines that begin an item: by name and number, heading or bullet."""
    numbered = [place for place, line in enumerate(lines) if _number(line) is not None]
    named = [place for place in numbered if lines[place].role in _NAMED and lines[place].lead is None]
    headed = [place for place, line in enumerate(lines) if line.heading and line.role in {"bullet", "text"}]
    if len(named) > 1:
        words = [lines[place].word.casefold() for place in named]
        return [place for place, word in zip(named, words, strict=True) if word == words[0]]
    if len(headed) > 1 and (not numbered or _restarts(lines, numbered, headed)):
        return headed
    if numbered:
        return _outer(lines, numbered, shots)
    bullets = [
        place
        for place, line in enumerate(lines)
        if line.role != "blank" and line.rest != line.raw and not line.indent and line.role != "rule"
    ]
    return bullets if len(bullets) > 1 else []


def _restarts(lines: list[Line], numbered: list[int], headed: list[int]) -> bool:
    """Tell whether numbers are points below headings: they start at 1 below each."""
    ones = [place for place in numbered if _number(lines[place]) == 1]
    return headed[0] < numbered[0] and len(ones) > 1 and len(ones) >= len(headed) - 1


def _is_titled(piece: Sequence[Line]) -> bool:
    """Tell whether an item begins with a title: a short heading, or words in bold, without a mark."""
    first = piece[0]
    value = (first.value if first.role in _NAMED else first.rest).strip()
    bold = value.startswith("**") and value.rstrip(":").endswith("**")
    title = value.strip("*_ :")
    words = title.split()
    big = sum(word[0].isupper() for word in words if len(word) > 3)  # noqa: PLR2004 - small words aside
    short = len(words) < 5 or (len(words) < 10 and 2 * big > len(words) - 2)  # noqa: PLR2004
    below = any(line.raw.strip() and line.role != "rule" for line in piece[1:])
    return (first.heading or bold) and below and 0 < len(title) and short and title[-1] not in ".?!\u3002"


def _piece(piece: Sequence[Line], *, titled: bool) -> str:
    """Return the text of an item: behind its number and title, or behind its "Instruction:"."""
    told = next((place for place, line in enumerate(piece[1:], 1) if _tells(line)), None)
    if told is not None and (titled or not any(line.raw.strip() for line in piece[1:told])):
        return "\n".join([piece[told].value, *(line.raw for line in piece[told + 1 :])])
    first = piece[0].value if piece[0].role in _NAMED and piece[0].lead is None else piece[0].rest
    rows = [line.raw for line in piece[1:]]
    return "\n".join(rows if titled and _is_titled(piece) else [first, *rows])


def _tells(line: Line) -> bool:
    return line.role in {"instruction", "task"} and line.sign == "colon" and line.number is None


def _answers(text: str) -> bool:
    return any(line_of(raw).role in {"answer", "output"} for raw in text.split("\n"))


def _outer(lines: list[Line], marks: list[int], shots: Sequence[str]) -> list[int]:
    """Return the numbers that begin an item, without those of points inside one.

    Points are indented, or start at 1 behind a line that ends in a colon or a question mark, before
    the item's own next number comes.
    """
    indent = lines[marks[0]].indent
    marks = [mark for mark in marks if lines[mark].indent < indent + 2]
    echoes = {word_form(shot) for shot in shots}
    numbers = [_number(lines[mark]) or 0 for mark in marks]
    places: dict[int, list[int]] = {}
    for place, number in enumerate(numbers):
        places.setdefault(number, []).append(place)
    outer: list[int] = []
    place = 0
    while place < len(marks):
        mark = marks[place]
        wanted = numbers[outer[-1]] + 1 if outer else 0
        if wanted > 2 and numbers[place] == 1:  # noqa: PLR2004 - behind another first item
            before = next((row.raw for row in reversed(lines[:mark]) if row.raw.strip()), "")
            after = places.get(wanted, [0])
            later = bisect(after, place)
            if (
                later < len(after)
                and before.rstrip().rstrip("*_").endswith((":", "?", "\uff1a", "\uff1f"))
                and word_form(lines[mark].rest) not in echoes
            ):
                place = after[later]
                continue
        outer.append(place)
        place += 1
    return [marks[place] for place in outer]


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
    rows = piece.split("\n")
    if not rows[0].strip():
        rows = [row for row in rows if row.strip()]
        if rows and (declines(rows[0]) or is_opener(rows[0]) or is_tail(rows[0])):
            return Item(number, "", piece, answered=True)
    roles = [_role(row) for row in rows]
    last_answer = max((place for place, role in enumerate(roles) if role == "answer"), default=-1)
    state = "head"
    for place, (row, role) in enumerate(zip(rows, roles, strict=True)):
        if role == "given" and last_answer < place:
            role = "text"
        if role == "blank" and state == "open":
            following = next((later for later in roles[place:] if later != "blank"), "tail")
            role = following if following == "tail" else "blank"
        if ITEM[state, role][0] == "stop":
            more = "\n".join(rows[place:])
            told = next((later for later in roles[place:] if later != "blank"), "tail")
            answered = told not in {"tail", "reason"}
            return Item(number, without_rules("\n".join(rows[:place])), more, answered)
        state = _state(row, state)
    return _inline(number, "\n".join(rows))


def _role(row: str) -> str:
    """Return what a line may be to the item that it is in or behind."""
    if not row.strip():
        return "blank"
    line = line_of(row)
    if line.role in {"answer", "output"} or _ANSWER_LINE.match(row):
        return "answer"
    if line.role == "reason" or _REMARK.match(row):
        return "reason"
    if line.role == "input" and line.sign == "colon":
        return "given"
    if is_tail(row):
        return "tail"
    if row.rstrip().endswith(("?", "\uff1f")):
        return "question"
    return "code" if _CODE.match(row) else "text"


def _state(row: str, before: str) -> str:
    """Return how an item ends that has a line more."""
    bare = row.strip()
    if not bare:
        return "gap" if before != "head" else "head"
    if _ends_open(bare):
        return "open"
    return "asked" if bare.endswith(("?", "\uff1f")) else "kept"


def _ends_open(line: str) -> bool:
    return line.rstrip("*_ ").endswith((":", "\uff1a"))


def _inline(number: int, text: str) -> Item:
    for pattern in (_ANSWER_INSIDE, _ARROW):
        found = pattern.search(text)
        if found is None or len(text[: found.start()].split()) < 2:  # noqa: PLR2004 - no task
            continue
        dialogue = found.group().strip(" *_(") == "A:" and "B:" in text[found.end() :]
        if not dialogue and _CHOICE.fullmatch(text, found.end()) is None:
            return Item(number, text[: found.start()], text[found.start() :], answered=True)
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
