"""Rows as a typed table in a file: CSV and Parquet."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, BinaryIO

from selfinstruct.method.errors import BadInput

from .columns import columns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .formats import Way
    from .rows import Row

BATCH = 10_000
"""Rows that a Parquet file holds in one group."""


def write_csv(rows: Sequence[Row], file: BinaryIO, _way: Way) -> Sequence[str]:
    """Write CSV as RFC 4180 has it: CRLF at line ends, quotes where needed; empty for no value."""
    table = columns(rows)
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=False)
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([column.name for column in table])
    for row in rows:
        writer.writerow([_cell(column.cell(row)) for column in table])
    text.flush()
    text.detach()
    return ()


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value


def write_parquet(rows: Sequence[Row], file: BinaryIO, _way: Way) -> Sequence[str]:
    """Write Parquet, each column of one type."""
    try:
        import pyarrow as pa  # noqa: PLC0415 - an extra
        from pyarrow import parquet  # noqa: PLC0415 - as above
    except ImportError:
        raise BadInput(
            "write Parquet",
            "pyarrow is not installed",
            "Install it: pip install 'selfinstruct[parquet]'; or choose another format.",
        ) from None
    table = columns(rows)
    types = {"string": pa.string(), "bool": pa.bool_(), "float64": pa.float64()}
    schema = pa.schema([pa.field(column.name, types[column.kind]) for column in table])
    with parquet.ParquetWriter(file, schema) as writer:
        for start in range(0, len(rows), BATCH):
            some = rows[start : start + BATCH]
            cells = {column.name: [column.cell(row) for row in some] for column in table}
            writer.write_batch(pa.RecordBatch.from_pydict(cells, schema=schema))
    return ()
