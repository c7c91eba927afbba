"""A format of the user's own: a function of a row, held to what it returns."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, BinaryIO, cast

from selfinstruct.method.errors import BadInput
from selfinstruct.run.user_code import load

from .records import as_json

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .formats import Format, Way
    from .rows import Row

EXAMPLE = """\
A format is a function of a row. It returns a dict, which becomes JSON, or a text, written as it is:
    def question(row):
        return {"question": row.instruction, "context": row.input, "answer": row.output}
A row has id, instruction, input, output, is_classification and extra (docs/exports.md)."""


def own_format(name: str) -> Format:
    """Return a format made of a user's function, which is tried on the first row before any other.

    Args:
        name: `file.py:Name` or `module:Name`.

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
