"""Rows as a table: columns with a type each, for CSV, Parquet and data set folders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from selfinstruct.method.digest import canonical

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from .rows import Row

Kind = Literal["string", "bool", "float64"]
"""The type of a column, in the word that Arrow and `datasets` share."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, its type, and how its cell is found; None is an empty cell."""

    name: str
    kind: Kind
    cell: Callable[[Row], Any]


FIXED = (
    Column("id", "string", lambda row: row.id),
    Column("instruction", "string", lambda row: row.instruction),
    Column("input", "string", lambda row: row.input),
    Column("output", "string", lambda row: row.output),
    Column("is_classification", "bool", lambda row: row.is_classification),
)


def columns(rows: Sequence[Row]) -> tuple[Column, ...]:
    """Return the columns of some rows: five fixed ones and one for each name in `extra`.

    A name in `extra` whose values are all numbers or all truth values keeps that type; any other
    becomes text, and what is not text in it JSON.
    """
    taken = {column.name for column in FIXED}
    names = sorted({name for row in rows for name in row.extra})
    found = list(FIXED)
    for name in names:
        kind = _kind(row.extra.get(name) for row in rows)
        own = name
        while own in taken:
            own = f"extra_{own}"
        taken.add(own)
        found.append(Column(own, kind, _reader(name, kind)))
    return tuple(found)


def _kind(values: Iterable[object]) -> Kind:
    kinds = {type(value) for value in values if value is not None}
    if kinds == {bool}:
        return "bool"
    return "float64" if kinds and kinds <= {int, float} else "string"


def _reader(name: str, kind: Kind) -> Callable[[Row], Any]:
    def read(row: Row) -> object:
        value = row.extra.get(name)
        if value is None or kind == "bool":
            return value
        if kind == "float64":
            return float(value)
        text = value if isinstance(value, str) else canonical(value)
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")

    return read
