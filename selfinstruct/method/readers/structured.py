"""Replies that are JSON, tagged, or a table: how their values are found."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from .normalise import without_unseen
from .vocabulary import is_opener, is_tail

if TYPE_CHECKING:
    from collections.abc import Sequence

_DECODER = json.JSONDecoder()
_FENCE = re.compile(r"```(?:json)?[ \t]*\n(.*?)(?:\n[ \t]*```|\Z)", re.DOTALL | re.IGNORECASE)
_LIST = re.compile(r'\s*(?:\{\s*"(?:[^"\\]|\\.){1,40}"\s*:\s*)?\[')
_RULE = re.compile(r"[|:\s-]+")
_TASK_HEAD = re.compile(r"(?:new )?(?:task|instruction|prompt|question)s?", re.IGNORECASE)
_ROW_NUMBER = re.compile(r"(?:task )?(\d{1,3})[.):]?", re.IGNORECASE)
_BETWEEN = re.compile(r"[ \t\n,]*")
_AROUND = " *_`"
_MOST = 200_000
"""Longer replies are not looked through as JSON."""


def find_value(text: str, names: Sequence[str]) -> object:
    """Return the value of the first of some names in a JSON object; None where there is none."""
    body = _body(text)
    value = _decode(body, 0)[0] if body else None
    return _get(value, names) if isinstance(value, Mapping) else None


def find_list(text: str) -> list[object] | None:
    """Return the elements of the list that a JSON reply is or holds; None for other replies.

    Of a reply that breaks off, the whole elements before the break are returned.
    """
    body = _body(text)
    if not body:
        return None
    value, _ = _decode(body, 0)
    if isinstance(value, Mapping):
        lists = [item for item in value.values() if isinstance(item, list)]
        if not lists and all(map(_ROW_NUMBER.fullmatch, value)):
            return list(value.values())
        return lists[0] if lists else [value]
    if isinstance(value, list):
        return value
    opened = _LIST.match(body)
    found: list[object] = []
    start = len(body) if opened is None else opened.end()
    while start < len(body):
        start = _BETWEEN.match(body, start).end()  # type: ignore[union-attr]
        value, after = _decode(body, start)
        if after <= start:
            break
        found.append(value)
        start = after
    return found or None


def find_tagged(text: str, names: Sequence[str]) -> list[object] | None:
    """Return the texts in the tags of the first of some names; None where there are none."""
    for name in names if "</" in text else ():
        inside = rf"<{name}\b[^<>\n]*>((?:(?!<{name}\b).)*?)</{name}>"
        found = re.findall(inside, text, re.DOTALL | re.IGNORECASE)
        if found:
            return list(found)
    return None


def _cells(text: str) -> list[list[str]]:
    """Return the cells of a table in Markdown that, small talk aside, is all of a text."""
    lines = [line.strip() for line in text.split("\n") if line.strip()] if "|" in text else []
    while lines and is_opener(lines[0]):
        lines.pop(0)
    while lines and is_tail(lines[-1]):
        lines.pop()
    if not all(line.startswith("|") for line in lines):
        return []
    rows = (line.strip("|").split("|") for line in lines if not _RULE.fullmatch(line))
    return [[cell.strip() for cell in row] for row in rows]


def find_rows(text: str) -> list[dict[str, object]]:
    """Return the rows of a table by its head; none where a reply is no table."""
    head, *rows = [[cell.strip(" *_") for cell in row] for row in _cells(text)] or [[]]
    return [dict(zip(head, row, strict=True)) for row in rows if len(row) == len(head)]


def list_of_table(text: str) -> str:
    """Return a text with a list where a table of tasks is all of it; other texts as they are.

    The tasks are in the column of that name, or behind a column of numbers.
    """
    rows = _cells(text)
    heads = (
        [at for at, cell in enumerate(rows[0]) if _TASK_HEAD.fullmatch(cell.strip(_AROUND))]
        if rows
        else []
    )
    numbers = [_ROW_NUMBER.fullmatch(row[0].strip(_AROUND)) for row in rows]
    if len(rows) < 2 or not (heads or all(numbers)):  # noqa: PLR2004 - a head and a row
        return text
    column = heads[-1] if heads else len(rows[0]) - 1  # ahead of it "Task" may head the numbers
    return "\n".join(
        f"{number[1]}. {row[column]}" if number and column else f"- {row[column]}"
        for number, row in zip(numbers, rows, strict=True)
        if len(row) > column and not (heads and row is rows[0] and not number)
    )


def text_of(element: object, names: Sequence[str]) -> str | None:
    """Return the text that an element is or holds under one of some names, in any case.

    JSON may hold in escapes what a plain reply has lost by then.
    """
    value = _get(element, names) if isinstance(element, Mapping) else element
    plain = isinstance(value, str | int | float) and not isinstance(value, bool)
    return without_unseen(str(value)).strip() if plain else None


def has_name(element: object, names: Sequence[str]) -> bool:
    """Tell whether an element is an object with one of some names."""
    return isinstance(element, Mapping) and _get(element, names) is not None


def _body(text: str) -> str:
    """Return the JSON of a reply that begins with it or has it in a fence; else nothing."""
    body = text.strip() if "{" in text or "[" in text else ""
    if body and not body.startswith(("{", "[")):
        fenced = _FENCE.search(body)
        body = "" if fenced is None else fenced[1].strip()
    return body if len(body) <= _MOST and body.startswith(("{", "[")) else ""


def _get(value: Mapping[str, object], names: Sequence[str]) -> object:
    by_name = {key.casefold().replace(" ", "_"): item for key, item in value.items()}
    return next((by_name[name] for name in names if by_name.get(name) is not None), None)


def _decode(body: str, start: int) -> tuple[object, int]:
    """Return the JSON value at a place and its end; the place itself where there is none."""
    try:
        return _DECODER.raw_decode(body, start)
    except (ValueError, RecursionError):
        return None, start
