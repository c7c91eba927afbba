"""The labels of instances, found in a reply: it is cut into pieces at them.

A label counts at the beginning of a line, whatever marks or numbers stand around it; what is no
label is text.
"""

# ruff: noqa: RUF001 - the words of other languages are meant

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from .endings import makes_tasks, run_on, without_end
from .text import is_opener

LEAD = (
    r"^[ \t]*(?:>[ \t]*)?(?:#{1,6}[ \t]*)?(?:[-*+\u2022][ \t]+)?[*_`]{0,3}(?:\(?\d{1,2}[.)][ \t]*)?"
    r"[*_]{0,3}"
)
"""What may stand ahead of a label on its line."""

SIGN = r"[*_`]{0,3}[ \t]*[:\uff1a][*_`]{0,3}"
"""The colon behind a label, in bold or not."""

_COUNT = (
    r"[ \t]*+(?:#[ \t]*+)?(?:\d{1,2}|\([^()\n]{1,20}\))?[ \t]*+"  # possessive: linear on blanks
)
ALONE = r"[*_]{0,3}[ \t]*$"
# The same words in other languages.
TASKS = (
    "tasks?|aufgabe|tâche|tarea|tarefa|compito|taak|opgave|uppgift|zadanie|görev|nhiệm vụ|задание"
    "|задача|завдання|مهمة|कार्य|任务|任務|タスク|작업|과제"
)
INPUTS = (
    "inputs?|eingabe|entrée|entrada|ingresso|invoer|wejście|girdi|giriş|đầu vào|masukan|вход|ввод"
    "|входные данные|вхід|المدخل(?:ات)?|الإدخال|इनपुट|输入|輸入|入力|입력"
)
OUTPUTS = (
    "outputs?|ausgabe|sortie|salida|saída|uscita|uitvoer|wyjście|çıktı|çıkış|đầu ra|keluaran|выход"
    "|вывод|вихід|المخرج(?:ات)?|الإخراج|आउटपुट|输出|輸出|出力|출력"
)
_EXAMPLES = (
    "beispiel|exemple|ejemplo|exemplo|esempio|voorbeeld|eksempel|exempel|przykład|örnek|ví dụ"
    "|contoh|пример|приклад|مثال|उदाहरण|示例|範例|例子|例|예시|예제"
)
_LABELS = (
    "klassenlabel|klassenbezeichnung|klasse|kategorie|catégorie|étiquette(?: de classe)?"
    "|etiqueta(?: de clase)?|categoría|categoria|etichetta(?: di classe)?|classe|clase|label"
    "|метка|класс|категория|类别标签|类别|类标签|標籤|類別|分类|カテゴリ|クラスラベル|ラベル"
    "|라벨|레이블|클래스(?: (?:라벨|레이블))?|카테고리|분류"
)
_ORDINAL = r"(?:(?:first|second|third|fourth|fifth)[ \t]+)?"
_TOKEN = re.compile(
    rf"{LEAD}(?:"
    rf"(?P<task>(?:(?:(?:next|new)[ \t]+)?(?:{TASKS})){_COUNT}{SIGN}"
    rf"|instruction{SIGN}"
    rf"|tasks?[ \t]*\Z)"
    rf"|(?P<output>(?P<example_output>(?:example|expected|sample)[ \t]+)?"
    rf"(?:(?:expected|sample|desired|correct|your|final|the|task)[ \t]+)?(?:{OUTPUTS})"
    rf"(?:(?:[ \t]+(?:should|will|would)[ \t]+be|[ \t]+is)[ \t]*|{_COUNT})(?:{SIGN}|{ALONE}))"
    rf"|(?P<input>(?P<example_input>example[ \t]+)?(?:(?:sample|the|given|task)[ \t]+)?(?:{INPUTS})"
    rf"{_COUNT}(?:{SIGN}|{ALONE}))"
    rf"|(?P<label>(?:(?:correct|the)[ \t]+)?(?:class(?:ification)?[ \t]*label|label|class"
    rf"|类别标签|标签|类别|라벨|ラベル)"
    rf"{_COUNT}{SIGN})"
    rf"|(?P<example>{_ORDINAL}(?:examples?|instance|sample|(?:test[ \t]+)?case|{_EXAMPLES})"
    rf"(?:{_COUNT}|[ \t]+(?:[A-H]|one|two|three|four|five)[ \t]*)"
    rf"(?:{SIGN}|{ALONE}|[*_]{{0,3}}[ \t]*[-\u2013\u2014][ \t]"
    rf"|(?=[*_]{{0,3}}Input[*_]{{0,3}}[ \t]*:)))"
    rf")",
    re.IGNORECASE | re.MULTILINE,
)
_OTHER_OUTPUT = re.compile(
    rf"{LEAD}(?P<output>(?:(?:final|expected|correct)[ \t]+)?(?:answer|response|result|solution"
    rf"|reply|completion|translation|summary)){_COUNT}(?:{SIGN}|{ALONE})",
    re.IGNORECASE | re.MULTILINE,
)
"""Labels that stand for "Output" in a reply that has inputs and no outputs."""
_LOOSE_OUTPUT = re.compile(
    rf"(?<=\n){LEAD}(?P<output>(?:Output|The output)"
    r"(?:[ \t]+(?:should|will|would)[ \t]+be\b|[ \t]*=(?!=)))"
    r"(?=[^\S\n]*(?!(?:an?|the|in|as|of|at|only|one|sorted|printed|returned|formatted|like)\b)\S)",
    re.MULTILINE,
)
"""Labels without their colon, in a reply that has an example or input and no other output."""
_NAMED_OUTPUT = re.compile(
    rf"(?<=\n){LEAD}(?P<output>(?:[A-Z]\w+[ \t]+){{1,2}}Output|Output(?:[ \t]+\w+){{1,3}}){SIGN}",
    re.MULTILINE,
)
"""Labels with words of their own ("Program Output:"), in a reply that has no other output."""
_OTHER_LABEL = re.compile(
    rf"{LEAD}(?P<label>category|sentiment|{_LABELS}){_COUNT}{SIGN}", re.IGNORECASE | re.MULTILINE
)
"""Labels that stand for "Class label" in an output-first reply that has neither it nor outputs."""
_TAGGED = re.compile(
    r"^[ \t]*(?:<(?P<tag>input|output|class_label|label|example)>"
    r"|\[(?P<name>input|output|class label|example(?: \d+)?)\](?:[ \t]*:|(?=[ \t]*$)))[ \t]*",
    re.IGNORECASE | re.MULTILINE,
)
_IN_BRACKETS = re.compile(r"^[ \t]*\u3010([^\u3010\u3011\n]{1,12})\u3011[:\uff1a]?", re.MULTILINE)
_END_TAG = re.compile(r"[ \t]*</(?:input|output|class_label|label|example)>", re.IGNORECASE)
_FENCED = re.compile(r"(?:^|:)[ \t]*```[\w+-]*[ \t]*\n.*?^[ \t]*```", re.MULTILINE | re.DOTALL)
_PROGRAM = re.compile(r"^[ \t]*(?:def |class |import |print ?\(|for .*:$|return\b)", re.MULTILINE)
_INPUT_HERE = re.compile(r"[ \t]*[*_]{0,3}Input[*_]{0,3}[ \t]*:[*_]{0,3}", re.IGNORECASE)
INPUT_INSIDE = re.compile(r"(?<=\S)[ \t,;]+[*_]{0,3}Input[*_]{0,3}[ \t]*:[*_]{0,3}")
OUTPUT_INSIDE = re.compile(
    r"(?<=\S)[ \t,;]+[*_]{0,3}(?:Expected |Example )?Output[*_]{0,3}[ \t]*:[*_]{0,3}"
)

_CLASS = re.compile(r"class\w*[ \t]*label", re.IGNORECASE)
_DIGITS = re.compile(r"\d+")
_ARROW = re.compile(r"[ \t]*(?:[-=]>|\u2192|\||;)[ \t]*\Z")


@dataclass(slots=True)
class Token:
    """One label and the text behind it, up to the next; the first one's name is "start".

    Attributes:
        name: start, task, example, input, output or label.
        text: what stands behind the label.
        whole: the same with the label.
        of_example: the label says "Example input" or "Expected output", or stands on the line of
            "Example:".
    """

    name: str
    text: str
    whole: str
    of_example: bool = False


class Mark(NamedTuple):
    """A label's place in a reply."""

    start: int
    end: int
    name: str
    of_example: bool


def tokens_of(
    body: str, instruction: str = "", *, output_first: bool = False
) -> tuple[list[Token], str, bool]:
    """Return a reply's pieces, the part of it that they are from, and if another task ended it.

    The task itself, said again at the beginning, and small talk ahead of the first label go.
    """
    body = _without_tags(body)
    marks = _marks(body, output_first=output_first)
    start, ended = 0, False
    begun = next((mark.end for mark in marks if mark.name == "output"), len(body))
    for place, mark in enumerate(marks):
        if mark.name != "task":
            continue
        label, output = body[mark.start : mark.end], body[begun : mark.start]
        listed = bool(output) and makes_tasks(instruction) and _DIGITS.search(label) is not None
        if listed or is_inner(label, output) or _is_field(body, marks[:place], mark):
            continue
        if not _without_opener(body[: mark.start]).strip():
            end = body.find("\n", mark.end)
            start = len(body) if end < 0 else end + 1
            continue
        body, ended = body[: mark.start], True
        break
    until = run_on(body, begun, instruction)
    if until < len(body) and body[begun:until].strip():
        body, ended = body[:until], True
    if ended:
        if body.count("```") % 2:
            body = re.sub(r"```[ \t]*\s*\Z", "", body)
        body = without_end(body)
    marks = [mark for mark in marks if start <= mark.start < len(body) and mark.name != "task"]
    first = marks[0].start if marks else len(body)
    ahead = _without_opener(body[start:first])
    tokens = [Token("start", ahead, ahead)]
    ends = [*(mark.start for mark in marks), len(body)][1:]
    for mark, end in zip(marks, ends, strict=True):
        whole = body[mark.start : end]
        tokens += _parts(Token(mark.name, body[mark.end : end], whole, mark.of_example))
    return tokens, body, ended


def _is_field(body: str, before: list[Mark], mark: Mark) -> bool:
    """Tell whether a label stands on the line below a class label, and so begins its input."""
    if not before or before[-1].name != "label":
        return False
    return body[before[-1].end : mark.start].count("\n") == 1


def is_inner(label: str, ahead: str) -> bool:
    """Tell whether "Task 3:" is one of the tasks that an output lists.

    Args:
        label: the label.
        ahead: the output as far as the label.
    """
    number = _DIGITS.search(label)
    if number is None:
        return False
    if int(number.group()) == 1:
        return not ahead.strip() or ahead.rstrip().endswith(":")
    word = label[: number.start()].strip(" \t*_#-")
    before = rf"^\W*{re.escape(word)}[ \t]*{int(number.group()) - 1}\b"
    return re.search(before, ahead, re.IGNORECASE | re.MULTILINE) is not None


def _without_tags(body: str) -> str:
    """Return a reply with labels where it has tags: `<output>` and `</output>`, or `[Output]`."""
    if "\u3010" in body:
        body = _IN_BRACKETS.sub(r"\1: ", body)
    lowered = body.lower()
    if not ("<output>" in lowered and "</output>" in lowered) and "[output]" not in lowered:
        return body
    labelled = _TAGGED.sub(_label_of, body)
    return _END_TAG.sub("", labelled)


def _label_of(tag: re.Match[str]) -> str:
    return f"{(tag['tag'] or tag['name']).replace('_', ' ').capitalize()}: "


def _marks(body: str, *, output_first: bool) -> list[Mark]:
    """Return the labels of a reply; where the usual ones are missing, those that stand for them."""
    fences = [found.span() for found in _FENCED.finditer(body)] if "```" in body else []
    marks = [_mark(found) for found in _TOKEN.finditer(body) if _counts(body, found, fences)]
    named = {mark for mark in marks if _CLASS.search(body, mark.start, mark.end)}
    if named:  # there, "Label:" alone is a field of the input
        marks = [mark for mark in marks if mark.name != "label" or mark in named]
    names = {mark.name for mark in marks}
    other = None
    if output_first and not names & {"label", "output"}:
        other = _OTHER_LABEL
    elif "input" in names and "output" not in names:
        other = _OTHER_OUTPUT
    more = [
        _mark(found)
        for found in (other.finditer(body) if other is not None else ())
        if _counts(body, found, fences)
    ]
    if not names & {"output", "label"} and not more and names & {"example", "input"}:
        more = [_mark(found) for found in _LOOSE_OUTPUT.finditer(body)][:1]
    if not names & {"output", "label"} and not more:
        more = [_mark(found) for found in _NAMED_OUTPUT.finditer(body)][:1]
    return sorted(marks + more)


def _mark(found: re.Match[str]) -> Mark:
    groups = found.groupdict()
    names = ("task", "output", "input", "label", "example")
    name = next(name for name in names if groups.get(name) is not None)
    of_example = bool(groups.get("example_input") or groups.get("example_output"))
    return Mark(found.start(), found.end(), name, of_example)


def _counts(body: str, found: re.Match[str], fences: list[tuple[int, int]]) -> bool:
    """Tell whether a match is a label and no part of a program."""
    if any(start < found.start() < end for start, end in fences):
        return False
    if found.group().lstrip()[:2] in {"# ", "#O", "#I"} and _PROGRAM.search(body):
        return False
    first = next((char for char in found.group() if char.isalpha()), "")
    if first and not first.islower():
        return True
    if not found.group().rstrip("*_ ").endswith((":", "\uff1a")):
        return False
    return "def " not in body or body[: found.start()].endswith("\n\n")


def _without_opener(text: str) -> str:
    lines = text.lstrip("\n").split("\n")
    while lines and (
        not lines[0].strip()
        or (is_opener(lines[0]) and lines[0].rstrip(" *_").endswith((":", ".", "!")))
    ):
        lines = lines[1:]
    return "\n".join(lines)


def _parts(token: Token) -> list[Token]:
    """Return a token, cut where its own first line holds further labels."""
    if token.name == "example":
        inner = _INPUT_HERE.match(token.text)
        if inner is not None:
            given = Token("input", token.text[inner.end() :], token.text, of_example=True)
            return [Token("example", "", token.whole), *_parts(given)]
    line = token.text.partition("\n")[0]
    if token.name in {"input", "example"}:
        inner = OUTPUT_INSIDE.search(line)
        if inner is not None:
            ahead = _ARROW.sub("", token.text[: inner.start()])
            rest = token.text[inner.end() :]
            return [
                Token(token.name, ahead, ahead, token.of_example),
                Token("output", rest, token.text[inner.start() :], token.of_example),
            ]
    if token.name == "label":
        inner = INPUT_INSIDE.search(line)
        if inner is not None:
            ahead, rest = token.text[: inner.start()], token.text[inner.end() :]
            return [Token("label", ahead, ahead), Token("input", rest, rest)]
    return [token]
