"""What a request asks for, read from its text alone, as any model has to."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

_OPEN_TASK = re.compile(r"(?:^|\n)Task (\d+):[ \t]*$")
_OPEN_BLOCK = re.compile(r"(?:^|\n)### Task (\d+)\s*\nInstruction:[ \t]*$")
_OPEN_LABEL = re.compile(r"(?:^|\n)Classification:[ \t]*$")
_ASKED_ABOUT = re.compile(r"(?:^|\n)Task: ([^\n]*)\nClassification:[ \t]*$")
_QUOTED = re.compile(r'"([^\n]*)"')
_LAST_TASK = re.compile(
    r"(?:^|\n)Task: ([^\n]*)(?:\n(?:Class label:|Output:|Input:|Example 1(?:\nInput:)?))?[ \t]*$"
)
_SHOT = re.compile(r"(?:^|\n)Task \d+: ([^\n]+)")
_BLOCK_SHOT = re.compile(r"\nInstruction: ([^\n]+)")
_OPEN_ENDS = (("generate", _OPEN_TASK, _SHOT, 8), ("blocks", _OPEN_BLOCK, _BLOCK_SHOT, 16))
"""Stages that make new tasks: the open end, a shot, how many tasks where nothing says it."""
_SCORE = re.compile(r"\b(scores?|ratings?|rate|grade)\b", re.IGNORECASE)
_JSON_NOTE = re.compile(r"\n[ \t]*\n[^\n]*\bJSON\b[^\n]*\s*\Z")
"""What a prompt says of JSON at its end, where the schema says it too."""
_STOP = re.compile(r"Task (\d+)")

MOST_ITEMS = 40
"""At most this many items are given in one reply, whatever the request asks for."""


class ParsedPrompt(NamedTuple):
    """What is asked for.

    `stage` is "generate", "blocks", "classify", "labels", "examples", "score" or "talk"; `first`
    and `last` number the items wanted; `shots` are the instructions that the prompt shows.
    """

    stage: str
    instruction: str = ""
    first: int = 0
    last: int = 0
    shots: tuple[str, ...] = ()
    classification: bool = False
    chat: bool = False


def _plain(content: object) -> str:
    """Return a text given as a string or as a list of strings or parts."""
    if not isinstance(content, list):
        return content if isinstance(content, str) else ""
    return "".join(part.get("text", "") if isinstance(part, dict) else part for part in content)


def texts(body: Mapping[str, Any]) -> tuple[str, str]:
    """Return the text before the last user message and that message.

    A completion prompt stands in both places: its beginning guides and its end asks.
    """
    if "messages" not in body:
        return _plain(body["prompt"]), _plain(body["prompt"])
    said = [_plain(message["content"]) for message in body["messages"]]
    users = [at for at, message in enumerate(body["messages"]) if message["role"] == "user"]
    last = users[-1] if users else len(said) - 1
    return "\n".join(said[:last]), said[last]


def _last(body: Mapping[str, Any], guide: str, first: int, usual: int) -> int:
    """Return the number of the last item wanted: before the stop, as the text says, or usual."""
    stop = body.get("stop") or ()
    stops = map(_STOP.search, [stop] if isinstance(stop, str) else stop)
    wanted = [int(found.group(1)) - 1 for found in stops if found]
    found = re.search(rf"\b(?:{first}|up) (?:to|-|\u2013|through|until) (?:Task )?(\d+)\b", guide)
    wanted += [int(found.group(1))] if found else []
    last = next((number for number in wanted if number >= first), first + usual - 1)
    return min(last, first + MOST_ITEMS - 1)


def read(body: Mapping[str, Any]) -> ParsedPrompt:
    """Return what a well-formed request asks for."""
    before, tail = texts(body)
    if body.get("response_format"):
        tail = _JSON_NOTE.sub("", tail)
    end = tail[-3000:].rstrip()
    context = f"{before}\n{tail}" if "messages" in body else tail
    return (
        _items(body, before, tail, end)
        or _about_one(context, end, chat="messages" in body)
        or ParsedPrompt("score" if _SCORE.search(context) else "talk", end[-200:])
    )


def _items(body: Mapping[str, Any], before: str, tail: str, end: str) -> ParsedPrompt | None:
    """Return the prompt for new tasks: a list or blocks with an open end."""
    chat = "messages" in body
    guide = f"{before}\n{tail}" if chat else tail
    head = (before if chat else before[: max(before.find("\nTask 1:"), 0)]).lower()
    labels = "classification" in head and "label" in head
    for stage, open_end, shot, usual in _OPEN_ENDS:
        if found := open_end.search(end):
            first = int(found.group(1))
            last = _last(body, guide, first, usual)
            shots = tuple(shot.findall(tail))
            return ParsedPrompt(stage, "", first, last, shots, labels and stage == "generate", chat)
    return None


def _about_one(context: str, end: str, *, chat: bool) -> ParsedPrompt | None:
    """Return the wish for something about one task: its kind or its instances."""
    if _OPEN_LABEL.search(end):
        asked = _ASKED_ABOUT.search(end) or _QUOTED.search(end)
        return ParsedPrompt("classify", asked.group(1).strip() if asked else end[-200:], chat=chat)
    found = _LAST_TASK.search(end)
    if not found:
        return None
    if "Class label:" in context:
        return ParsedPrompt("labels", found.group(1).strip(), chat=chat)
    if "Output:" in context or not _SCORE.search(context):
        return ParsedPrompt("examples", found.group(1).strip(), chat=chat)
    return None
