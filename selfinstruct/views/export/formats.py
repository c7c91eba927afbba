"""The table of formats: what writes rows to a file, and what a function of the user's own gives."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, cast

from selfinstruct.method.errors import BadInput, nearest
from selfinstruct.run.user_code import load

from .columns import write_csv, write_parquet
from .records import alpaca, as_json, messages, prompt_completion, sharegpt, write_openai

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .rows import Row

    Format = Callable[[Sequence[Row], BinaryIO, "Way"], Sequence[str]]
    """Writes rows to a file and returns what the reader of the format would object to."""


class Way(NamedTuple):
    """How a file is to be written.

    Attributes:
        seed: the run's seed, for formats that draw.
        suffix: end of the file's name: `.jsonl` asks for JSON lines, `.json` for an array.
        escape_formulas: whether CSV cells that begin a formula are to be texts all the same.
    """

    seed: int
    suffix: str = ""
    escape_formulas: bool = False


FOLDER = "huggingface"
"""The one format that is a folder, which `exporting.py` writes."""

FORMATS: dict[str, Format | None] = {
    "alpaca": as_json(alpaca, lines=False),
    "messages": as_json(messages, lines=True),
    "openai": write_openai,
    "sharegpt": as_json(sharegpt, lines=False),
    "prompt-completion": as_json(prompt_completion, lines=True),
    "csv": write_csv,
    "parquet": write_parquet,
    FOLDER: None,
}
"""What writes a file, by the format's name; None for a folder."""


def find_format(name: str) -> Format | None:
    """Return a format of the table, or one of the user's own: `file.py:Name` or `module:Name`.

    Raises:
        BadInput: if there is none of that name, or the user's does not take a row.
    """
    if ":" in name:
        return own_format(name)
    if name in FORMATS:
        return FORMATS[name]
    raise BadInput(
        f"export as {name}",
        f"there is no such format{nearest(name, FORMATS)}",
        f"Formats: {', '.join(FORMATS)}; your own: file.py:Name or module:Name.",
    )


EXAMPLE = """\
A format is a function of a row. It returns a dict, which becomes JSON, or a text, written as it is:
    def question(row):
        return {"question": row.instruction, "context": row.input, "answer": row.output}
A row has id, instruction, input, output, is_classification and extra (docs/exports.md)."""


def own_format(name: str) -> Format:
    """Return a format made of a user's function, which is tried on the first row before any other.

    Raises:
        BadInput: if it cannot be loaded or does not take a row; when written, if it raises an error
            or returns what is neither a dict nor a text, or now the one and now the other.
    """
    what = f"export as {name}"
    made = cast("Callable[[Row], object]", load(name, None, what))
    try:
        inspect.signature(made).bind(None)
    except (TypeError, ValueError) as error:
        raise BadInput(what, f"it does not take one argument, the row ({error})", EXAMPLE) from None

    def shape(row: Row, kinds: tuple[type, ...] = (dict, str)) -> object:
        try:
            value = made(row)
        except Exception as error:
            why = f"it raised {type(error).__name__}: {error} at row {row.id}"
            raise BadInput(what, why, f"Fix that code.\n{EXAMPLE}") from error
        if isinstance(value, kinds):
            return value
        told = f"{type(value).__name__} {value!r}"[:80]
        wanted = " or ".join(kind.__name__ for kind in kinds)
        raise BadInput(what, f"it returned {told} for row {row.id}, not a {wanted}", EXAMPLE)

    def write(rows: Sequence[Row], file: BinaryIO, way: Way) -> Sequence[str]:
        if rows and isinstance(shape(rows[0]), str):
            file.writelines(str(shape(row, (str,))).encode() for row in rows)
            return ()
        try:
            return as_json(lambda row, _: shape(row, (dict,)), lines=True)(rows, file, way)
        except (TypeError, ValueError) as error:
            raise BadInput(what, f"JSON cannot hold what it returned ({error})", EXAMPLE) from error

    return write
