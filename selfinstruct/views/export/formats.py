"""The table of formats: what each row becomes, and how rows become a file."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

from selfinstruct.method.errors import BadInput

from .columns import columns
from .layouts import lay_out
from .rules import Rules

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from .rows import Row

    Shape = Callable[[Row, int], dict[str, Any]]
    Write = Callable[[Sequence[Row], BinaryIO, "Way"], Sequence[str]]

BATCH = 10_000
"""Rows that a Parquet file holds in one group."""


@dataclass(frozen=True, slots=True)
class Way:
    """How a file is to be written.

    Attributes:
        seed: the run's seed, for formats that draw.
        suffix: end of the file's name: `.jsonl` asks for JSON lines, `.json` for an array.
    """

    seed: int
    suffix: str = ""


def alpaca(row: Row, _seed: int) -> dict[str, Any]:
    """Return an Alpaca record: instruction, input ("" for none) and output, nothing else."""
    return {"instruction": row.instruction, "input": row.input, "output": row.output}


def messages(row: Row, _seed: int) -> dict[str, Any]:
    """Return a chat of one turn; the input, if there is one, follows after a blank line."""
    return {
        "messages": [
            {"role": "user", "content": _asked(row)},
            {"role": "assistant", "content": row.output},
        ]
    }


def sharegpt(row: Row, _seed: int) -> dict[str, Any]:
    """Return the same chat in the words of ShareGPT, with the row's id."""
    return {
        "id": row.id,
        "conversations": [
            {"from": "human", "value": _asked(row)},
            {"from": "gpt", "value": row.output},
        ],
    }


def prompt_completion(row: Row, seed: int) -> dict[str, Any]:
    """Return prompt and completion in one of the paper's layouts."""
    prompt, completion = lay_out(row, seed)
    return {"prompt": prompt, "completion": completion}


def dump(value: object) -> bytes:
    """Return JSON on one line, UTF-8.

    Three characters that some readers take for a line end (NEL, LS, PS) are escaped.
    """
    text = json.dumps(value, ensure_ascii=False)
    if not text.isascii():
        text = text.translate(_LINE_ENDS)
    return text.encode("utf-8")


_LINE_ENDS = {0x85: "\\u0085", 0x2028: "\\u2028", 0x2029: "\\u2029"}


def json_lines(rows: Iterable[Row], file: BinaryIO, shape: Callable[[Row], object]) -> None:
    """Write one JSON object a line."""
    file.writelines(dump(shape(row)) + b"\n" for row in rows)


def _json(shape: Shape, *, lines: bool) -> Write:
    """Return a writer of JSON: lines or an array, as the file's name says, or by default."""

    def write(rows: Sequence[Row], file: BinaryIO, way: Way) -> Sequence[str]:
        if {".jsonl": True, ".json": False}.get(way.suffix, lines):
            json_lines(rows, file, lambda row: shape(row, way.seed))
            return ()
        before = b"[\n"
        for row in rows:
            file.write(before + dump(shape(row, way.seed)))
            before = b",\n"
        file.write(b"\n]\n" if rows else b"[]\n")
        return ()

    return write


def _openai(rows: Sequence[Row], file: BinaryIO, way: Way) -> Sequence[str]:
    def lines() -> Iterator[tuple[str, dict[str, Any], bytes]]:
        for row in rows:
            value = messages(row, way.seed)
            yield row.id, value, dump(value) + b"\n"

    rules = Rules()
    file.writelines(rules.checked(lines()))
    return rules.remarks()


def _csv(rows: Sequence[Row], file: BinaryIO, _way: Way) -> Sequence[str]:
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


def _parquet(rows: Sequence[Row], file: BinaryIO, _way: Way) -> Sequence[str]:
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


def _asked(row: Row) -> str:
    return f"{row.instruction}\n\n{row.input}" if row.input else row.instruction


FORMATS: Mapping[str, Write | None] = {
    "alpaca": _json(alpaca, lines=False),
    "messages": _json(messages, lines=True),
    "openai": _openai,
    "sharegpt": _json(sharegpt, lines=False),
    "prompt-completion": _json(prompt_completion, lines=True),
    "csv": _csv,
    "parquet": _parquet,
    "huggingface": None,
}
"""What writes rows to a file and returns remarks, by format; None for a folder."""
