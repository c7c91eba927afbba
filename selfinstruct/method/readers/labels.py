"""The labels of instances, found in a reply: it is cut into pieces at them.

A label counts at the beginning of a line, whatever marks or numbers stand around it; what is no
label is text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .text import is_opener

LEAD = (
    r"^[ \t]*(?:>[ \t]*)?(?:#{1,6}[ \t]*)?(?:[-\u2022][ \t]+)?[*_`]{0,3}(?:\(?\d{1,2}[.)][ \t]*)?"
    r"[*_]{0,3}"
)
"""What may stand ahead of a label on its line."""

SIGN = r"[*_`]{0,3}[ \t]*[:\uff1a][*_`]{0,3}"
"""The colon behind a label, in bold or not."""

_COUNT = r"[ \t]*(?:#[ \t]*)?(?:\d{1,2}|\([^()\n]{1,20}\))?[ \t]*"
_ALONE = r"[*_]{0,3}[ \t]*$"
# The same words in the languages that seed tasks have been published in.
_TASKS = "aufgabe|tâche|tarea|tarefa|compito|задание|任务|タスク|작업"
_INPUTS = "eingabe|entrée|entrada|ingresso|вход|输入|入力|입력"
_OUTPUTS = "ausgabe|sortie|salida|saída|uscita|выход|输出|出力|출력"
_EXAMPLES = "beispiel|exemple|ejemplo|exemplo|esempio|пример|示例|例|예시"
_TOKEN = re.compile(
    rf"{LEAD}(?:"
    rf"(?P<task>(?:(?:(?:next|new)[ \t]+)?tasks?|{_TASKS}){_COUNT}{SIGN}|tasks?[ \t]*\Z)"
    rf"|(?P<output>(?P<example_output>example[ \t]+)?"
    rf"(?:(?:expected|sample|desired|correct|your|final|the)[ \t]+)?(?:output|{_OUTPUTS})"
    rf"(?:[ \t]+(?:should|will|would)[ \t]+be|[ \t]+is)?{_COUNT}(?:{SIGN}|{_ALONE}))"
    rf"|(?P<input>(?P<example_input>example[ \t]+)?(?:(?:sample|the|given)[ \t]+)?(?:inputs?"
    rf"|{_INPUTS})"
    rf"{_COUNT}(?:{SIGN}|{_ALONE}))"
    rf"|(?P<label>(?:(?:correct|the)[ \t]+)?(?:class(?:ification)?[ \t]*label|label|class"
    r"|类别标签|标签|类别|라벨|ラベル)"
    rf"{_COUNT}{SIGN})"
    rf"|(?P<example>(?:examples?|instance|sample|case|{_EXAMPLES}){_COUNT}"
    rf"(?:{SIGN}|{_ALONE}|[*_]{{0,3}}[ \t]*[-\u2013\u2014][ \t]))"
    rf")",
    re.IGNORECASE | re.MULTILINE,
)
_FENCED = re.compile(r"^[ \t]*```[\w+-]*[ \t]*\n.*?^[ \t]*```", re.MULTILINE | re.DOTALL)
_END = re.compile(r"\n[ \t]*\n[ \t]*(?:end|done|stop)[.!]?\s*\Z", re.IGNORECASE)
_PROGRAM = re.compile(r"^[ \t]*(?:def |class |import |print ?\(|for .*:$|return\b)", re.MULTILINE)
_INPUT_HERE = re.compile(r"[ \t]*[*_]{0,3}Input[*_]{0,3}[ \t]*:[*_]{0,3}", re.IGNORECASE)
_INPUT_INSIDE = re.compile(r"(?<=\S)[ \t,;]+[*_]{0,3}Input[*_]{0,3}[ \t]*:[*_]{0,3}")
_OUTPUT_INSIDE = re.compile(
    r"(?<=\S)[ \t,;]+[*_]{0,3}(?:Expected |Example )?Output[*_]{0,3}[ \t]*:[*_]{0,3}"
)


@dataclass(slots=True)
class Token:
    """One label and the text behind it, up to the next; the first one's name is "start".

    Attributes:
        name: start, task, example, input, output or label.
        text: what stands behind the label.
        whole: the same with the label.
        of_example: the label says "Example input" or stands on the line of "Example:".
    """

    name: str
    text: str
    whole: str
    of_example: bool = False


def tokens_of(body: str) -> tuple[list[Token], str, bool]:
    """Return a reply's pieces, the part of it that they are from, and if another task ended it.

    The task itself, said again at the beginning, and small talk ahead of the first label go.
    """
    fences = [found.span() for found in _FENCED.finditer(body)] if "```" in body else []
    marks = [found for found in _TOKEN.finditer(body) if _counts(body, found, fences)]
    start, ended = 0, False
    for mark in marks:
        if mark["task"] is None:
            continue
        if not _without_opener(body[: mark.start()]).strip():
            end = body.find("\n", mark.end())
            start = len(body) if end < 0 else end + 1
            continue
        body, ended = body[: mark.start()], True
        break
    if ended:
        if body.count("```") % 2:
            body = re.sub(r"```[ \t]*\s*\Z", "", body)
        body = _END.sub("", body)
    marks = [m for m in marks if start <= m.start() < len(body) and m["task"] is None]
    first = marks[0].start() if marks else len(body)
    ahead = _without_opener(body[start:first])
    tokens = [Token("start", ahead, ahead)]
    ends = [*(mark.start() for mark in marks), len(body)][1:]
    for mark, end in zip(marks, ends, strict=True):
        name = next(n for n in ("output", "input", "label", "example") if mark[n] is not None)
        of_example = bool(mark["example_input"] or mark["example_output"])
        whole = body[mark.start() : end]
        tokens += _parts(Token(name, body[mark.end() : end], whole, of_example))
    return tokens, body, ended


def _counts(body: str, found: re.Match[str], fences: list[tuple[int, int]]) -> bool:
    """Tell whether a match is a label and no part of a program."""
    if any(start < found.start() < end for start, end in fences):
        return False
    if found.group().lstrip()[:2] in {"# ", "#O", "#I"} and _PROGRAM.search(body):
        return False
    first = next((char for char in found.group() if char.isalpha()), "")
    if first.isupper():
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
        inner = _OUTPUT_INSIDE.search(line)
        if inner is not None:
            ahead, rest = token.text[: inner.start()], token.text[inner.end() :]
            return [
                Token(token.name, ahead, ahead, token.of_example),
                Token("output", rest, token.text[inner.start() :], token.of_example),
            ]
    if token.name == "label":
        inner = _INPUT_INSIDE.search(line)
        if inner is not None:
            ahead, rest = token.text[: inner.start()], token.text[inner.end() :]
            return [Token("label", ahead, ahead), Token("input", rest, rest)]
    return [token]
