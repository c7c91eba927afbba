"""Rows as a table: columns with a type each; CSV and Parquet."""

from __future__ import annotations

import csv
import io
from operator import attrgetter
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, NamedTuple

from selfinstruct.method.digest import canonical
from selfinstruct.method.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from .formats import Way, Writer
    from .row import Row

Kind = Literal["string", "bool", "float64"]
"""The type of a column, in the word that Arrow and `datasets` share."""


class Column(NamedTuple):
    """A column: its name, its type, and how its cell is found; None is an empty cell."""

    name: str
    kind: Kind
    cell: Callable[[Row], Any]


FIXED: dict[str, Kind] = {
    "id": "string",
    "instruction": "string",
    "input": "string",
    "output": "string",
    "is_classification": "bool",
}


def columns(rows: Sequence[Row]) -> tuple[Column, ...]:
    """Return the columns of some rows: five fixed ones and one for each name in `extra`.

    A name in `extra` whose values are all numbers or all truth values keeps that type; any other
    becomes text, and what is not text in it JSON.
    """
    found = {name: Column(name, kind, attrgetter(name)) for name, kind in FIXED.items()}
    for name in sorted({name for row in rows for name in row.extra}):
        kind = _kind(row.extra.get(name) for row in rows)
        own = name
        while own in found:
            own = f"extra_{own}"
        found[own] = Column(own, kind, _reader(name, kind))
    return tuple(found.values())


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


BATCH = 10_000
"""Rows that a Parquet file holds in one group."""


FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a cell begins with that spreadsheets work out (OWASP, "CSV Injection"), wide forms too."""


def write_csv(rows: Sequence[Row], file: BinaryIO, way: Way) -> Sequence[str]:
    """Write CSV as RFC 4180 has it: CRLF at line ends, quotes where needed; empty for no value."""

    def put(cell: object) -> object:
        if isinstance(cell, bool):
            return str(cell).lower()
        text = way.escape_formulas and isinstance(cell, str) and cell.startswith(FORMULA)
        return f"'{cell}" if text else cell

    table = columns(rows)
    text = io.TextIOWrapper(file, encoding="utf-8", newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([put(column.name) for column in table])
    writer.writerows([put(column.cell(row)) for column in table] for row in rows)
    text.flush()
    text.detach()
    return ()


def write_parquet(rows: Sequence[Row], file: BinaryIO, _way: Way) -> Sequence[str]:
    """Write Parquet, each column of one type."""
    pa, parquet = _arrow()
    table = columns(rows)
    types = {"string": pa.string(), "bool": pa.bool_(), "float64": pa.float64()}
    schema = pa.schema([pa.field(column.name, types[column.kind]) for column in table])
    with parquet.ParquetWriter(file, schema) as writer:
        for start in range(0, len(rows), BATCH):
            some = rows[start : start + BATCH]
            cells = {column.name: [column.cell(row) for row in some] for column in table}
            writer.write_batch(pa.RecordBatch.from_pydict(cells, schema=schema))
    return ()


def as_parquet(shape: Callable[[Row, int], Any]) -> Writer:
    """Return what writes records as Parquet, with lists and objects as they are in JSON."""

    def write(rows: Sequence[Row], file: BinaryIO, way: Way) -> Sequence[str]:
        pa, parquet = _arrow()
        records = [shape(row, way.seed) for row in rows]
        parquet.write_table(pa.Table.from_pylist(records), file, row_group_size=BATCH)
        return ()

    return write


def _arrow() -> tuple[Any, Any]:
    """Return the packages that write Parquet.

    Raises:
        BadInput: if they are not installed.
    """
    try:
        import pyarrow as pa  # noqa: PLC0415 - an extra
        from pyarrow import parquet  # noqa: PLC0415 - as above
    except ImportError:
        raise BadInput(
            "write Parquet",
            "pyarrow is not installed",
            "Install it: pip install 'selfinstruct[parquet]'; or choose another format.",
        ) from None
    return pa, parquet
