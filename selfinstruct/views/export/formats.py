"""The table of formats: what writes rows to a file, and what a function of the user's own gives."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, cast

from selfinstruct.method.errors import BadInput, nearest
from selfinstruct.run.user_code import load

from .columns import write_csv, write_parquet
from .records import (
    alpaca,
    as_json,
    kto,
    messages,
    preference,
    prompt_completion,
    prompts,
    sharegpt,
    write_openai,
)
from .row import ALL, LABELS, PAIRS, PROMPTS, Need
from .trainers import FOLDERS, Folder

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .row import Row

    Writer = Callable[[Sequence[Row], BinaryIO, "Way"], Sequence[str]]
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


class Format(NamedTuple):
    """A format.

    Attributes:
        write: writes a file; None for a folder.
        need: which rows a file is made of.
        folder: the files of a trainer's folder; None for a file, and for that of the Hub.
    """

    write: Writer | None = None
    need: Need = ALL
    folder: Folder | None = None


FOLDER = "huggingface"
"""The folder of the Hub, which `exporting.py` writes."""

FORMATS: dict[str, Format] = {
    "alpaca": Format(as_json(alpaca, lines=False)),
    "messages": Format(as_json(messages, lines=True)),
    "openai": Format(write_openai),
    "sharegpt": Format(as_json(sharegpt, lines=False)),
    "prompt-completion": Format(as_json(prompt_completion, lines=True)),
    "preference": Format(as_json(preference, lines=True), PAIRS),
    "kto": Format(as_json(kto, lines=True), LABELS),
    "prompts": Format(as_json(prompts, lines=True), PROMPTS),
    "csv": Format(write_csv),
    "parquet": Format(write_parquet),
    FOLDER: Format(),
    **{name: Format(folder=folder) for name, folder in FOLDERS.items()},
}
"""All formats, by name."""


def find_format(name: str) -> Format:
    """Return a format of the table, or one of the user's own: `file.py:Name` or `module:Name`.

    Raises:
        BadInput: if there is none of that name, or the user's does not take a row.
    """
    if ":" in name:
        return Format(own_format(name))
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


def own_format(name: str) -> Writer:
    """Return a writer made of a user's function, which is tried on the first row before any other.

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
