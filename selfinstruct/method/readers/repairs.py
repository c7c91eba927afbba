"""Named repairs: what is put right in a reply's text before it is scanned.

Each is (name, readers, applies, act, example); its example, a text before and after, is its test.
Which of them a reply needed is counted by `repairs_of`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from .scan import line_of
from .vocabulary import role_of

if TYPE_CHECKING:
    from collections.abc import Callable


class Repair(NamedTuple):
    """One repair, the readers that use it, and what it makes of an example."""

    name: str
    readers: str
    applies: Callable[[str], bool]
    act: Callable[[str], str]
    example: tuple[str, str]


_TAG = re.compile(
    r"^[ \t]*(?:<(?P<tag>input|output|class_label|label|example)>"
    r"|\[(?P<name>input|output|class label|example(?: \d+)?)\](?:[ \t]*:|(?=[ \t]*$)))[ \t]*",
    re.IGNORECASE | re.MULTILINE,
)
_END_TAG = re.compile(r"[ \t]*</(?:input|output|class_label|label|example)>", re.IGNORECASE)
_BRACKETS = re.compile(r"^[ \t]*\u3010([^\u3010\u3011\n]{1,12})\u3011[:\uff1a]?", re.MULTILINE)
OUTPUT_INSIDE = re.compile(
    r"(?<=\S)[ \t,;]+[*_]{0,3}(?:Expected |Example )?Output[*_]{0,3}[ \t]*:"
)
INPUT_INSIDE = re.compile(r"(?<=\S)[ \t,;]+[*_]{0,3}Input[*_]{0,3}[ \t]*:")
_EXAMPLE_INPUT = re.compile(
    r"[ \t]*[*_#\d.]{0,4}[ \t]*([^\W\d_]{2,12})[ \t]*\d{0,2}[.:]?[*_]{0,3}[.:]?[ \t]*(?=[*_]{0,3}Input[*_]{0,3}[ \t]*:)",
    re.IGNORECASE,
)
_ARROW = re.compile(r"[ \t]*(?:[-=]>|\u2192|\||;)[ \t]*\Z")
_LOOSE = re.compile(
    r"(?<=\n)[ \t]*(?:[-*][ \t]+)?(?:Output|The output)"
    r"(?:[ \t]+(?:should|will|would)[ \t]+be\b|[ \t]*=(?!=))"
    r"(?=[ \t]*(?!(?:an?|the|in|as|of|at|only|one|sorted|printed|returned|formatted|like)\b)\S)"
)
_RENAMED = re.compile(
    r"(?<=\n)(?:(?:[A-Z]\w{0,20}[ \t]+){1,2}Output|Output(?:[ \t]+\w{1,20}){1,3})[ \t]*:"
)
_KEYCAP = re.compile(r"(?:\d\ufe0f?\u20e3)+|\U0001f51f")
_LONG_RUN = re.compile(r"[ \t]{9,}|\n{9,}|[#*]{9,}")
_MERGED = re.compile(r"(?<=\S)[ \t]+(?:#+[ \t]*)?\d{1,3}\.[ \t]*(?=Instruction[*_]{0,3}[ \t]*:)")
_INSIDE = re.compile(
    r"(?<=[.?!\u3002\uff1f\uff01\"\u201d])[ \t]+(?=[*_`]{0,3}(?:(?P<name>[^\W\d_]{1,12})[ \t]*)?"
    r"(?P<number>\d{1,3})[*_`]{0,3}[.:)\uff1a][*_`]{0,3}[ \t]+\S)"
)
_RESPONSE = re.compile(r"(?<=\S)\s*\n#{2,4}[ \t]*(?:Response|Answers?)[ \t]*:", re.IGNORECASE)
_JSON_LABEL = re.compile(r"^[ \t]*\"(\w{1,20})\"[ \t]*:[ \t]*\"(.*)\",?[ \t]*$", re.MULTILINE)


def _untagged(text: str) -> str:
    text = _TAG.sub(
        lambda tag: f"{(tag['tag'] or tag['name']).replace('_', ' ').capitalize()}: ", text
    )
    return _END_TAG.sub("", text)


def _has_tags(text: str) -> bool:
    low = text.lower() if "<" in text or "[" in text else ""
    return ("<output>" in low and "</output>" in low) or "[output]" in low


def _one_a_line(text: str) -> str:
    """Return a text in which no label line holds a further label."""
    return "\n".join(part for line in text.split("\n") for part in _parts(line))


def _parts(raw: str) -> list[str]:
    named = _EXAMPLE_INPUT.match(raw)
    if named is not None and role_of(named[1]) == "example":
        return [raw[: named.end()].rstrip(), *_parts(raw[named.end() :])]
    role, value = line_of(raw)[0:3:2]
    pattern = INPUT_INSIDE if role == "label" else OUTPUT_INSIDE
    inner = pattern.search(value) if role in {"input", "example", "label"} else None
    if inner is None:
        return [raw]
    at = len(raw) - len(value) + inner.start()
    return [_ARROW.sub("", raw[:at]), *_parts(raw[at:].lstrip(" \t,;"))]


def _lacks_output(pattern: re.Pattern[str], *ahead: str) -> Callable[[str], bool]:
    """Return a test for what stands for an output's label where no label does."""

    def applies(text: str) -> bool:
        if pattern.search(text) is None:
            return False
        roles = {line_of(raw).role for raw in text.split("\n")}
        answered = roles & {"output", "label"} or {"input", "answer"} <= roles
        return not answered and (not ahead or not roles.isdisjoint(ahead))

    return applies


def _numbers(text: str) -> str:
    """Return a text where each named or next number inside a line begins one of its own."""
    last = 0
    found: list[str] = []
    for raw in text.split("\n"):
        line = line_of(raw)
        last = line.number if line.number is not None else last
        place = 0
        for inner in _INSIDE.finditer(raw):
            number = int(inner["number"])
            named = inner["name"] and line_of(raw[inner.end() :]).role in {"task", "item", "instruction"}
            if (not inner["name"] and number == last + 1) or (named and number > last):
                found.append(raw[place : inner.start()])
                place, last = inner.end(), number
        found.append(raw[place:])
    return "\n".join(found)


REPAIRS = (
    Repair(
        "keycap numbers",
        "list",
        lambda text: _KEYCAP.search(text) is not None,
        lambda text: _KEYCAP.sub(
            lambda caps: ("".join(filter(str.isdecimal, caps.group())) or "10") + ".", text
        ),
        ("5\ufe0f\u20e3 Sing.", "5. Sing."),
    ),
    Repair(
        "long runs of blanks",
        "list",
        lambda text: _LONG_RUN.search(text) is not None,
        lambda text: _LONG_RUN.sub(lambda run: run.group()[:8], text),
        ("5. Sing." + "\n" * 20, "5. Sing." + "\n" * 8),
    ),
    Repair(
        "answers behind the list",
        "list",
        lambda text: _RESPONSE.search(text) is not None,
        lambda text: _RESPONSE.split(text, maxsplit=1)[0],
        ("5. Sing.\n### Response:\nLa la.", "5. Sing."),
    ),
    Repair(
        "numbers inside a line",
        "list",
        lambda text: _INSIDE.search(text) is not None,
        _numbers,
        ("5. Sing. 6. Dance.", "5. Sing.\n6. Dance."),
    ),
    Repair(
        "tasks merged in a line",
        "blocks",
        lambda text: _MERGED.search(text) is not None,
        lambda text: _MERGED.sub("\n", text),
        ("Output: 3 5. Instruction: Sing.", "Output: 3\nInstruction: Sing."),
    ),
    Repair(
        "labels in brackets",
        "instances blocks",
        lambda text: "\u3010" in text,
        lambda text: _BRACKETS.sub(r"\1: ", text),
        ("\u3010\u8f93\u51fa\u30112", "\u8f93\u51fa: 2"),
    ),
    Repair(
        "tags for labels",
        "instances",
        _has_tags,
        _untagged,
        ("<input>A</input>\n<output>B</output>", "Input: A\nOutput: B"),
    ),
    Repair(
        "labels as in JSON",
        "instances blocks",
        lambda text: "{" not in text and _JSON_LABEL.search(text) is not None,
        lambda text: _JSON_LABEL.sub(r"\1: \2", text),
        ('"input": "A",\n"output": "B"', "input: A\noutput: B"),
    ),
    Repair(
        "labels inside a line",
        "instances",
        lambda text: "Output" in text or "Input" in text,
        _one_a_line,
        ("Example: Input: A -> Output: B", "Example:\nInput: A\nOutput: B"),
    ),
    Repair(
        "an output without a colon",
        "instances",
        _lacks_output(_LOOSE, "input", "example"),
        lambda text: _LOOSE.sub("Output:", text, count=1),
        ("Input: 3\nThe output will be 4", "Input: 3\nOutput: 4"),
    ),
    Repair(
        "an output of another name",
        "instances",
        _lacks_output(_RENAMED),
        lambda text: _RENAMED.sub("Output:", text, count=1),
        ("Input: 3\nProgram Output: 4", "Input: 3\nOutput: 4"),
    ),
)


def repaired(reader: str, text: str) -> str:
    """Return a text as a reader is to scan it."""
    for repair in REPAIRS:
        if reader in repair.readers and repair.applies(text):
            text = repair.act(text)
    return text


def repairs_of(reader: str, text: str) -> list[str]:
    """Return the names of the repairs that change a text: of a "list", "blocks" or "instances"."""
    names = []
    for repair in REPAIRS:
        if reader in repair.readers and repair.applies(text) and (after := repair.act(text)) != text:
            text = after
            names.append(repair.name)
    return names
