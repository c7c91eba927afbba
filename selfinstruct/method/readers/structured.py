"""Replies that are JSON: the schemas that are asked for, and how their values are found.

The schemas keep to what strict structured output allows everywhere: every property required, no
others, no limits. Their order is the order in which a model is to write.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from .vocabulary import is_opener, is_tail

if TYPE_CHECKING:
    from collections.abc import Sequence

_DECODER = json.JSONDecoder()
_FENCE = re.compile(r"```(?:json)?[ \t]*\n(.*?)(?:\n[ \t]*```|\Z)", re.DOTALL | re.IGNORECASE)
_LIST = re.compile(r'\s*(?:\{\s*"(?:[^"\\]|\\.){1,40}"\s*:\s*)?\[')
_RULE = re.compile(r"[|:\s-]+")
_LEAST_ROWS = 3
_SIGNS = " *_`"
_TASK_HEAD = re.compile(r"(?:new )?(?:task|instruction|prompt|question)s?", re.IGNORECASE)
_ROW_NUMBER = re.compile(r"(?:task )?(\d{1,3})[.):]?", re.IGNORECASE)
_MOST = 200_000
"""Longer replies are not looked through as JSON."""


def _object(**properties: object) -> dict[str, object]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _schema(**properties: object) -> str:
    return json.dumps(_object(**properties), separators=(",", ":"))


def _list_of(item: object) -> dict[str, object]:
    return {"type": "array", "items": item}


_TEXT = {"type": "string"}
LIST_SCHEMA = _schema(tasks=_list_of(_TEXT))
DECISION_SCHEMA = _schema(classification={"type": "string", "enum": ["Yes", "No"]})
INPUT_FIRST_SCHEMA = _schema(instances=_list_of(_object(input=_TEXT, output=_TEXT)))
OUTPUT_FIRST_SCHEMA = _schema(instances=_list_of(_object(class_label=_TEXT, input=_TEXT)))
BLOCKS_SCHEMA = _schema(tasks=_list_of(_object(instruction=_TEXT, input=_TEXT, output=_TEXT)))


def find_value(text: str, names: Sequence[str]) -> object:
    """Return the value of the first of some names in a JSON object; None where there is none."""
    body = _body(text)
    if body is None or not body.startswith("{"):
        return None
    value, _ = _decode(body, 0)
    return _get(value, names) if isinstance(value, Mapping) else None


def find_list(text: str) -> list[object] | None:
    """Return the elements of the list that a JSON reply is or holds; None for other replies.

    Of a reply that breaks off, the whole elements before the break are returned.
    """
    body = _body(text)
    if body is None:
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
    if opened is None:
        return None
    return _elements(body, opened.end()) or None


def find_tagged(text: str, names: Sequence[str]) -> list[object] | None:
    """Return the texts in the tags of the first of some names; None where there are none."""
    if "</" not in text:
        return None
    for name in names:
        inside = rf"<{name}\b[^<>\n]*>((?:(?!<{name}\b).)*?)</{name}>"
        found = re.findall(inside, text, re.DOTALL | re.IGNORECASE)
        if found:
            return list(found)
    return None


def find_rows(text: str) -> list[Mapping[str, object]]:
    """Return the rows of a table in Markdown, by its head; none where a reply is no such table.

    One line of small talk may stand around it.
    """
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    table = [line for line in lines if line.startswith("|") and line.endswith("|")]
    if len(table) < _LEAST_ROWS or len(lines) > len(table) + 1 or not _RULE.fullmatch(table[1]):
        return []
    head, _, *rows = ([cell.strip(" *_") for cell in line[1:-1].split("|")] for line in table)
    return [dict(zip(head, row, strict=True)) for row in rows if len(row) == len(head)]


def list_of_table(text: str) -> str:
    """Return a text with a list where a table of tasks is all of it; other texts as they are.

    The tasks are in the column of that name, or behind a column of numbers. Small talk may stand
    at either end; the last row may break off.
    """
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    places = [place for place, line in enumerate(lines) if line.startswith("|")]
    if len(places) < 2 or places != list(range(places[0], places[-1] + 1)):  # noqa: PLR2004 - a head and a row
        return text
    ahead, behind = lines[: places[0]], lines[places[-1] + 1 :]
    if not all(map(is_opener, ahead)) or not all(map(is_tail, behind)):
        return text
    table = [[cell.strip() for cell in lines[place].strip("|").split("|")] for place in places]
    rows = [
        row for row, place in zip(table, places, strict=True) if not _RULE.fullmatch(lines[place])
    ]
    heads = [at for at, cell in enumerate(rows[0]) if _TASK_HEAD.fullmatch(cell.strip(_SIGNS))]
    named = heads[-1] if heads else None  # ahead of it "Task" may head the numbers
    numbers = [_ROW_NUMBER.fullmatch(row[0].strip(_SIGNS)) for row in rows]
    if named is not None and numbers[0] is None:
        rows, numbers = rows[1:], numbers[1:]
    elif not all(numbers) or any(len(row) != 2 for row in rows):  # noqa: PLR2004 - number and task
        return text
    column = 1 if named is None else named
    listed = [
        f"{number[1]}. {row[column]}" if number is not None and column else f"- {row[column]}"
        for number, row in zip(numbers, rows, strict=True)
        if len(row) > column
    ]
    return "\n".join([*ahead, *listed, *behind])


def text_of(element: object, names: Sequence[str]) -> str | None:
    """Return the text that an element is or holds under one of some names, in any case."""
    if isinstance(element, Mapping):
        element = _get(element, names)
    if isinstance(element, bool) or not isinstance(element, str | int | float):
        return None
    return str(element).strip()


def has_name(element: object, names: Sequence[str]) -> bool:
    """Tell whether an element is an object with one of some names."""
    return isinstance(element, Mapping) and _get(element, names) is not None


def _body(text: str) -> str | None:
    body = text.strip()
    if not body.startswith(("{", "[")):
        fenced = _FENCE.search(body)
        if fenced is None:
            return None
        body = fenced.group(1).strip()
    if len(body) > _MOST or not body.startswith(("{", "[")):
        return None
    return body


def _get(value: Mapping[str, object], names: Sequence[str]) -> object:
    by_name = {key.casefold().replace(" ", "_"): item for key, item in value.items()}
    return next((by_name[name] for name in names if by_name.get(name) is not None), None)


def _elements(body: str, start: int) -> list[object]:
    found: list[object] = []
    while True:
        while start < len(body) and body[start] in " \t\n,":
            start += 1
        value, end = _decode(body, start)
        if end <= start:
            return found
        found.append(value)
        start = end


def _decode(body: str, start: int) -> tuple[object, int]:
    """Return the JSON value at a place and its end; the place itself where there is none."""
    try:
        return _DECODER.raw_decode(body, start)
    except (ValueError, RecursionError):
        return None, start
