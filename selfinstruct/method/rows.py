"""The rows of a file as people have them: JSON lines, a JSON text, CSV, Markdown, a list.

What the file is shows in its text, never in its name. A row is a JSON object, or the text of one
item of a list; what of it is instruction, input and output is told by `shapes`.
"""

from __future__ import annotations

import csv
import json
import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

Row = dict[str, object] | str
"""A JSON object, or the text of one item of a list."""

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_WRAPPERS = ("data", "rows", "train", "tasks", "examples", "instructions", "items", "records")
"""Keys of an object whose list is the rows."""

_MARK = re.compile(
    r"[ \t]{0,3}(?:(?:[-*+\u2022]|\(?\d{1,6}[.):])[ \t]+|\d{1,6}[\u3001\uff0e\uff09][ \t]*)"
)
_RULE = re.compile(r"\s*\|?(?:\s*:?-{2,}:?\s*\|)+(?:\s*:?-{2,}:?\s*)?\s*")
_LARGEST_CELL = 2**27


class Defect(Exception):  # noqa: N818 - told to the user as a part of an error
    """What is wrong with a row: field, what of it, and what to do; the number when it is known."""

    def __init__(self, field: str, why: str, remedy: str, number: int = 0) -> None:
        self.number, self.why, self.remedy = number, f"{field} {why}", remedy


@dataclass(slots=True)
class Rows:
    """The rows of a file, each with its number, and what cannot be read.

    Attributes:
        form: what the file is, in words.
        unit: what a number counts: "line" or "row", from 1.
    """

    form: str
    unit: str
    rows: list[tuple[int, Row]] = field(default_factory=list)
    defects: list[Defect] = field(default_factory=list)


def read_rows(data: bytes, known: Collection[str], example: str) -> Rows:
    """Return the rows of a file.

    Args:
        data: the file: UTF-8, or UTF-16 with a byte order mark; any line ends.
        known: names of columns by which a table is known.
        example: what a remedy shows.
    """
    if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        data = data.decode("utf-16", errors="replace").encode()
    data = data.removeprefix(BOM_UTF8)
    text = data.decode(errors="replace")
    start = text.lstrip()[:1]
    if start == "[" and (found := _array(text)) is not None:
        return found
    if start == "{" and (found := _object(text, known)) is not None:
        return found
    if start not in {"[", "{", ""} and (found := _table(text, known)) is not None:
        return _whole(data, found)
    if start in {"[", "{", ""} or any(line.lstrip().startswith("{") for line in text.split("\n")):
        return _lines(data, example)
    return _whole(data, _list(text))


def _whole(data: bytes, found: Rows) -> Rows:
    """Return the rows, with a defect for each line that is no text."""
    for number, line in enumerate(data.split(b"\n"), 1):
        try:
            if "\0" not in line.decode():
                continue
            why = "holds a character that is no text"
        except UnicodeDecodeError:
            why = "is not UTF-8"
        found.defects.append(Defect("encoding", why, "Save the file as UTF-8.", number))
    return found


def _lines(data: bytes, example: str) -> Rows:
    """Return the rows of JSON lines; each line has its own defect."""
    found = Rows("JSON lines", "line")
    for number, line in enumerate(data.split(b"\n"), 1):
        if not line.decode(errors="replace").strip():
            continue
        try:
            found.rows.append((number, _json_line(line, example)))
        except Defect as defect:
            defect.number = number
            found.defects.append(defect)
    return found


def _json_line(line: bytes, example: str) -> Row:
    try:
        row = json.loads(line.decode())
        json.dumps(row, ensure_ascii=False).encode()
    except UnicodeDecodeError:
        raise Defect("encoding", "is not UTF-8", "Save the file as UTF-8.") from None
    except (ValueError, RecursionError) as error:
        why = "a number of too many digits, or too many brackets"
        if isinstance(error, json.JSONDecodeError):
            why = f"{error.msg.removesuffix(' at')} at column {error.colno}"
        elif isinstance(error, UnicodeEncodeError):
            why = "one \\u of a pair without the other"
        remedy = f"Write one JSON object a line, such as {example}"
        raise Defect("line", f"is not JSON ({why})", remedy) from None
    if not isinstance(row, dict):
        raise Defect("line", "is not a JSON object", f"Write it as {example}")
    return row


def _loads(text: str) -> object:
    """Return what a JSON text holds; None where it is none, or holds what no file can."""
    try:
        value = json.loads(text)
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    return value


def _array(text: str) -> Rows | None:
    value = _loads(text)
    return _items(value, "a JSON array") if isinstance(value, list) else None


def _items(values: Sequence[object], form: str) -> Rows:
    found = Rows(form, "row")
    for number, value in enumerate(values, 1):
        inner = value.get("row") if isinstance(value, dict) else None
        row = inner if isinstance(inner, dict) else value  # as a data set's server gives rows
        if isinstance(row, dict | str):
            found.rows.append((number, row))
        else:
            remedy = "Write an object with an instruction and an output."
            found.defects.append(Defect("row", "is not a JSON object", remedy, number))
    return found


def _object(text: str, known: Collection[str]) -> Rows | None:
    """Return the rows of an object that is the whole file: a list in it, or lists as columns."""
    value = None if _loads(text.lstrip().partition("\n")[0]) is not None else _loads(text)
    if value is None and "\n" not in text.strip():
        value = _loads(text)
    if not isinstance(value, dict):
        return None
    lists = {key: part for key, part in value.items() if isinstance(part, list) and part}
    columns = {key: part for key, part in lists.items() if key.casefold() in known}
    if len(columns) > 1 and len({len(part) for part in columns.values()}) == 1:
        rows = zip(*columns.values(), strict=True)
        return _items([dict(zip(columns, row, strict=True)) for row in rows], "columns in JSON")
    if not {key.casefold() for key in value}.isdisjoint(known):
        return None  # one row
    named = [key for key in _WRAPPERS if key in lists] or list(lists)
    return _items(lists[named[0]], f"a JSON object with a list {named[0]!r}") if named else None


def _table(text: str, known: Collection[str]) -> Rows | None:
    """Return the rows of a CSV file, or of a Markdown table, told by its header."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = text.lstrip("\n").split("\n")
    markdown = len(lines) > 1 and _RULE.fullmatch(lines[1]) is not None and "|" in lines[0]
    if markdown:
        table = [lines[0], *lines[2:]]
        text = "\n".join(line.strip().removeprefix("|").removesuffix("|") for line in table)
    first = text.lstrip().partition("\n")[0]
    for separator in "|" if markdown else SEPARATORS:
        names = next(_cells(first, separator), [])
        names = [name.strip().casefold() for name in names]
        if len(set(names) & set(known)) and (len(names) > 1 or names == [first.strip().casefold()]):
            if len(names) == 1 and "\n" not in text.strip():
                return None
            form = "a Markdown table" if markdown else f"CSV with {SEPARATORS[separator]}"
            return _records(text.lstrip(), separator, names, form)
    return None


def _cells(text: str, separator: str) -> Iterator[list[str]]:
    csv.field_size_limit(_LARGEST_CELL)
    return csv.reader(
        (f"{line}\n" for line in text.split("\n")),
        delimiter=separator,
        quoting=csv.QUOTE_NONE if separator == "|" else csv.QUOTE_MINIMAL,
    )


def _records(text: str, separator: str, names: Sequence[str], form: str) -> Rows:
    found = Rows(form, "row")
    reader = _cells(text, separator)
    next(reader)
    number = 0
    try:
        for number, cells in enumerate(reader, 1):
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) > len(names):
                why = f"has {len(cells)} cells, and the header {len(names)}"
                remedy = "Put a cell that holds the separator into quotes."
                found.defects.append(Defect("row", why, remedy, number))
                continue
            found.rows.append((number, dict(zip(names, cells, strict=False))))
    except csv.Error as error:
        found.defects.append(Defect("row", f"is not CSV ({error})", "Mend its quotes.", number + 1))
    return found


def _list(text: str) -> Rows:
    """Return the items of a list: behind numbers or bullets, or one a line where there are none."""
    lines = text.split("\n")
    marked = any(_MARK.match(line) for line in lines)
    found = Rows("a list" if marked else "one instruction a line", "line")
    for number, line in enumerate(lines, 1):
        mark = _MARK.match(line) if marked else None
        if mark is not None or (not marked and line.strip() and not line.startswith("#")):
            found.rows.append((number, line[mark.end() if mark else 0 :].strip()))
        elif marked and found.rows and line.strip() and line[:1].isspace():
            place, said = found.rows[-1]
            found.rows[-1] = place, f"{said}\n{line.strip()}"
    return found
