"""Rows as JSON: what a row becomes in each format, and files of lines or of one array."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, BinaryIO

from selfinstruct.method.sampling import Draw

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from .formats import Format, Way
    from .rows import Row

    Shape = Callable[[Row, int], object]


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
    """Return prompt and completion, in a layout drawn from (seed, the row's id).

    The completion begins with a blank where the prompt ends in a colon, since tokenizers join a
    blank to the word after it.
    """
    layouts = WITH_INPUT if row.input else WITHOUT_INPUT
    layout = layouts[Draw(seed, "export", "layout", row.id).below(len(layouts))]
    prompt = layout.format(instruction=row.instruction, input=row.input)
    return {"prompt": prompt, "completion": f"{' ' * layout.endswith(':')}{row.output}"}


WITH_INPUT = (
    "{instruction}\nGiven: {input}\nAnswer:",
    "{instruction}\n\nGiven: {input}\n\nAnswer:",
    "What to do: {instruction}\nGiven: {input}\nAnswer:",
    "{instruction}\n\n{input}\n\nAnswer:",
    "{instruction}\n{input}\n\n",
    "{instruction}\n\n{input}\n\n",
    "What to do: {instruction}\n\n{input}\n\n",
)

WITHOUT_INPUT = (
    "{instruction}\nAnswer:",
    "{instruction}\n\nAnswer:",
    "What to do: {instruction}\nAnswer:",
    "{instruction}\n",
    "{instruction}\n\n",
    "What to do: {instruction}\n\n",
)
"""Layouts like those of the paper's fine-tuning data, in words of our own.

The paper draws one of 7 layouts for an instance with an input and one of 6 for one without, so
that a model does not learn one form by heart. Two errors of its code are not repeated: a completion
ends where the output ends (which token ends a text is the trainer's to know; spelled out in the
data it is the wrong token for most models), and no field name before a colon is ever cut off
(which turned "10:30" into "30").
"""


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


def as_json(shape: Shape, *, lines: bool) -> Format:
    """Return a format of JSON: lines or an array, as the file's name says, or by default."""

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


def _asked(row: Row) -> str:
    return f"{row.instruction}\n\n{row.input}" if row.input else row.instruction
