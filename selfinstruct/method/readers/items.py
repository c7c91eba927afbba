"""The reader of lists of instructions.

A reply may go on behind the prompt's open number, repeat that number, start anywhere, skip, or
use bullets. It may also be no continuation at all: an echo of the prompt's shots, or answers to
them. The reader is told the shots, and tells these apart by them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .structured import find_list, text_of
from .text import (
    before_loop,
    declines,
    is_opener,
    is_tail,
    looks_cut,
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
    rf"^[ \t]*>?[ \t]*(?:#{{1,6}}[ \t]*)?(?:[-\u2022][ \t]+)?{_MARKS}\(?"
    rf"(?:(?P<name>{_NAME})[ \t]*(?:no\.?|nr\.?|n\u00b0|#)?[ \t]*)?"
    rf"(?P<number>\d{{1,3}}){_MARKS}[ \t]*"
    rf"(?P<sign>[.:)\]\u3001\uff0e\u3002\uff1a\uff09]|[-\u2013\u2014](?=[ \t])|(?=[ \t]*$))"
    rf"(?![\d])",
    re.IGNORECASE | re.MULTILINE,
)
_INSIDE = re.compile(
    rf"(?:(?P<gap>(?<=[.?!\u3002\uff1f\uff01\"\u201d])[ \t]+|\n[ \t]*)|\A[ \t]*){_MARKS}"
    rf"(?:(?P<name>{_NAME})[ \t]*)?(?P<number>\d{{1,3}}){_MARKS}[.:)\uff1a]{_MARKS}[ \t]+(?=\S)",
    re.IGNORECASE,
)
_BULLET = re.compile(r"^(?P<indent>[ \t]*)(?:[-*\u2022+\u2013]|#{1,6})[ \t]+(?=\S)", re.MULTILINE)
_QUESTION = re.compile(
    r"(?:question|q|instruction|task|질문|frage|问题|問題|pregunta|pergunta"
    r"|domanda|вопрос)[*_]*[ \t]*\d{0,2}[:\uff1a][*_]*[ \t]*",
    re.IGNORECASE,
)
_ANSWER_NAME = (
    r"(?:(?:sample |example |expected |possible |correct )?(?:answer|output|response|solution"
    r"|result)s?|explanation|completion|a|답변|답|정답|antwort|lösung"
    r"|réponse|respuesta|resposta|risposta|回答|答案|答"
    r"|ответ)"
)
_ANSWER_LINE = re.compile(
    rf"[ \t]*(?:[-*\u2022][ \t]+)?[*_(]*{_ANSWER_NAME}[*_]*[ \t]*(?:[:\uff1a=]|\Z)", re.IGNORECASE
)
_ANSWER_INSIDE = re.compile(
    r"(?<=[.?!\u3002\uff1f\uff01\"')\]])[ \t]+[*_(]*"
    r"(?:(?:Sample |Example |Expected )?(?:Answer|Output|Response|Solution|Result)|ANSWER|OUTPUT|A"
    r"|답변|답|Antwort|Réponse|Respuesta|回答|答案"
    r"|Ответ)[*_]*[ \t]*(?:[:\uff1a]|\Z)"
)
_ARROW = re.compile(r"(?<=[.?!])[ \t]*(?:->|=>|\u2192)[ \t]*\S")
_CODE = re.compile(
    r"[ \t]+\S|```|[ \t]*(?:[-*\u2022|>{}\[<]|\(?[a-z0-9]{1,2}[.)][ \t])|[\w.]+\s*[=(]"
)
_MARKED_END = (".", "!", "?", "\u3002", "\uff01", "\uff1f")
_TALKS = re.compile(
    r"(?:here['\u2019]s|here (?:is|are)|i(?:['\u2019]ll|['\u2019]m ready| don['\u2019]t| can"
    r"| will| would| think i| see| notice)\b"
    r"|sure[,!]|however,|no \w+(?: \w+)?(?: or \w+|/\w+)* (?:found|provided)|unfortunately"
    r"|please (?:provide|share)|you (?:didn['\u2019]t|haven['\u2019]t)"
    r"|this task|none\b|that['\u2019]s)",
    re.IGNORECASE,
)
_ANSWERS = re.compile(
    r"(?:here['\u2019]s|here (?:is|are)|i['\u2019]ll|sure[,!]|however,)", re.IGNORECASE
)
_OF_TASKS = re.compile(
    r"task|instruction|prompt|list|next|more|idea|question|continu|further|additional",
    re.IGNORECASE,
)
_WORKS = re.compile(
    r"\b(?:answers?|responses?|solutions?|completions?|outputs?)\b|\b(?:respond|complete|address)"
    r"|\btasks (?:with|you|in a|completed|as|that you|and their)|\b(?:each|all) (?:of )?(?:these"
    r"|the|your)?"
    r" ?tasks?\b|\btask 1\b|\bstart with\b",
    re.IGNORECASE,
)
"""What a reply's first words say when it is going to work on the tasks shown."""
_PLAIN_WORDS = (
    "about into that this with from your have what which their them they will would could should"
    " write give list explain describe provide make create find following given some each using"
    " example sentence"
)
_PLAIN = frozenset(word[:5] for word in _PLAIN_WORDS.split())
"""Words too common in tasks to tell one from another."""
_RUNS = re.compile(r"[ \t]{9,}|\n{9,}|[#*]{9,}")
_STEM = 5


@dataclass(slots=True)
class _Item:
    """A numbered piece of a reply: 0 stands for no number; `more` for what follows the task."""

    number: int
    text: str
    more: str = ""


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
    body = _RUNS.sub(_shorter, prepare(text))
    known = [*shots, *headers]
    elements = find_list(body)
    if elements is not None:
        texts = [text_of(item, ("instruction", "task", "text", "question")) for item in elements]
        return _new([item for item in map(_clean, filter(None, texts)) if item], known)
    lead, items = _split(body, following, shots)
    items = _going_on(lead, items, shots, following) if shots else _unprompted(items, following)
    items = _without_headers(items)
    if items and (_last_is_cut(body, items) if cut is None else cut and not _ended(body)):
        items = items[:-1]
    return _new([item for item in (_clean(piece.text) for piece in items) if item], known)


def _shorter(run: re.Match[str]) -> str:
    """Return a long run of blanks or line ends in short, which bounds all searches."""
    return run.group()[:8]


def _split(body: str, following: int, shots: Sequence[str]) -> tuple[str, list[_Item]]:
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
        if begins_line or found["name"] or number == last + 1:
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


def _head(text: str, first: int, following: int) -> list[_Item]:
    """Return the item that the prompt left open, from what stands before the first number."""
    lines = [line for line in text.strip().split("\n") if line.strip()]
    if lines and declines(lines[0]):
        return []
    while lines and (is_opener(lines[0]) or lines[0].strip(" *_#-") == ""):
        lines = lines[1:]
    if not lines or 0 < first <= max(following, 1):
        return []
    return [_item(first - 1, "\n".join(lines))]


def _lines(body: str) -> list[_Item]:
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


def _item(number: int, piece: str) -> _Item:
    """Return the instruction of one piece and, apart, what does not belong to it."""
    piece = before_loop(piece.strip("\n"))
    lines = piece.split("\n")
    kept: list[str] = []
    if not lines[0].strip():
        lines = [line for line in lines if line.strip()]
        if lines and (declines(lines[0]) or is_opener(lines[0]) or is_tail(lines[0])):
            return _Item(number, "", piece)
    for place, line in enumerate(lines):
        begun = any(part.strip() for part in kept)
        if begun and (_ANSWER_LINE.match(line) or not _goes_on(kept, line, lines[place:])):
            return _Item(number, "\n".join(kept), "\n".join(lines[place:]))
        kept.append(line)
    return _inline(number, "\n".join(kept))


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


def _inline(number: int, text: str) -> _Item:
    for pattern in (_ANSWER_INSIDE, _ARROW):
        found = pattern.search(text)
        if found is not None and len(text[: found.start()].split()) > 1:
            return _Item(number, text[: found.start()], text[found.start() :])
    return _Item(number, text)


def _clean(text: str) -> str:
    """Return an instruction without marks, labels and needless blanks."""
    plain = " ".join(text.split())
    plain = re.sub(r"(\*\*|__)(?=[^\s*_])(.+?)(?<=[^\s*_])\1", r"\2", plain)
    plain = plain.strip("*_ \u3000").lstrip(".:\uff1a#>- ")
    asked = _QUESTION.match(plain)
    if asked is not None:
        plain = plain[asked.end() :]
        plain = re.sub(rf"\s+{_ANSWER_NAME}\s*[:\uff1a]?$", "", plain, flags=re.IGNORECASE)
    if plain[:1] in '"\u201c' and plain[-1:] in '"\u201d' and plain.count('"') in {0, 2}:
        plain = plain[1:-1].strip()
    return plain if any(char.isalnum() for char in plain) else ""


def _new(items: list[str], shots: Sequence[str]) -> list[str]:
    seen = {word_form(form) for shot in shots for form in (shot, _clean(shot))}
    kept = []
    for item in items:
        form = word_form(item)
        if form not in seen:
            seen.add(form)
            kept.append(item)
    return kept


def _unprompted(items: list[_Item], following: int) -> list[_Item]:
    """Return the items from the open number on, where a reply begins with the whole prompt."""
    numbers = [item.number for item in items]
    copied = numbers[: following - 1] == list(range(1, following))
    if copied and len(numbers) >= following > 1:
        return items[following - 1 :]
    answered = sum(_is_answered(item) for item in items)
    if numbers[:1] == [1] and 2 * answered > len(items) > 1:
        return []
    return items


def _without_headers(items: list[_Item]) -> list[_Item]:
    """Return the items without those that only open another list."""
    return [
        item
        for item, after in zip(items, [*items, None][1:], strict=True)
        if after is None or after.number != 1 or item.number == 0 or not _ends_open(item.text)
    ]


def _is_answered(item: _Item) -> bool:
    """Tell whether something that reads like an answer comes with an item."""
    more = item.more.strip()
    text = item.text.strip(" *(\n")
    return (bool(more) and not is_tail(more)) or declines(text) or _TALKS.match(text) is not None


def _going_on(lead: str, items: list[_Item], shots: Sequence[str], following: int) -> list[_Item]:
    """Return the items of a reply that goes on with the list; none if it works on the shots.

    It works on them if it says so, says one of them again ahead of its list, or starts anew at 1
    and its items are about the shots, or come with answers. One that only copies the list first
    goes on behind the copy.
    """
    wanted = [stems for shot in shots if len(stems := _stems(shot)) > 1]
    if not items or any(_held(stems, _stems(lead), 0.75) for stems in wanted):
        return []
    heads = [_stems(item.text) for item in items]
    answered = sum(map(_is_answered, items))
    if items[0].number >= following > 1:
        named = sum(any(_held(stems, head) for head in heads) for stems in wanted)
        return [] if 3 * named > len(wanted) and 2 * answered > len(items) else items
    if _WORKS.search(lead) or any(declines(line) for line in lead.split("\n")):
        return []
    wholes = [_stems(f"{item.text} {item.more}") for item in items]
    touched = sum(any(_held(stems, whole) for whole in wholes) for stems in wanted)
    if _begins_with_shots(items, shots) or _runs_along(items, shots) or 2 * touched >= len(wanted):
        earlier = [_clean(item.text) for item in items if item.number < following]
        copied = len(earlier) - len(_new(earlier, shots))
        if 2 * copied < len(earlier) or 3 * answered > len(items):
            return []
        return [item for item in items if item.number >= following and not _is_answered(item)]
    return [] if 2 * answered > len(items) > 2 else items  # noqa: PLR2004 - one may be a slip


def _begins_with_shots(items: list[_Item], shots: Sequence[str]) -> bool:
    """Tell whether one of the first items is the shot of its own number."""
    return any(
        _held(_stems(shots[item.number - 1]), _stems(item.text), 0.75)
        for item in items[:3]
        if 0 < item.number <= len(shots) and len(_stems(shots[item.number - 1])) > 1
    )


def _runs_along(items: list[_Item], shots: Sequence[str]) -> bool:
    """Tell whether each item is about the shot of its own number, far more than about others."""
    telling = [_telling(shot) for shot in shots]
    pairs = [
        (_telling(f"{item.text} {item.more}"), item.number - 1)
        for item in items
        if 0 < item.number <= len(telling)
    ]
    if len(pairs) < 3:  # noqa: PLR2004 - too few to tell
        return False
    own = sum(bool(words & telling[place]) for words, place in pairs)
    others = sum(
        bool(words & shot)
        for words, place in pairs
        for other, shot in enumerate(telling)
        if other != place
    ) / max(1, len(telling) - 1)
    return own >= 0.6 * len(pairs) and own - others >= 0.4 * len(pairs)


def _telling(text: str) -> frozenset[str]:
    return frozenset(stem for stem in _stems(text) if stem not in _PLAIN)


def _stems(text: str) -> frozenset[str]:
    """Return what tells a text's subject: beginnings of longer words, numbers, pairs of signs.

    Scripts without blanks, and Korean, whose words are short, are taken two signs at a time.
    """
    stems: set[str] = set()
    for word in word_form(text).split():
        if ord(word[0]) >= 0x1100:  # noqa: PLR2004 - Hangul, kana, Chinese characters
            stems.update(word[place : place + 2] for place in range(max(1, len(word) - 1)))
        elif len(word) > 3 or word[0].isdigit():  # noqa: PLR2004
            stems.add(word[:_STEM])
    return frozenset(stems)


def _held(wanted: frozenset[str], text: frozenset[str], share: float = 0.5) -> bool:
    return len(wanted & text) >= share * len(wanted)


def _ended(body: str) -> bool:
    """Tell whether a reply that was cut ends behind a whole line all the same."""
    return body.endswith("\n") and body.rstrip().endswith(_MARKED_END)


def _last_is_cut(body: str, items: list[_Item]) -> bool:
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
