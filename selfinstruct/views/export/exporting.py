"""A run, finished or not, to a file or a folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from selfinstruct.method.errors import BadInput

from .atomic import fresh_file
from .folder import write_folder
from .formats import Way, find_format
from .options import ExportOptions
from .rows import choose

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import BinaryIO

    from selfinstruct.views.view import Run

DEFAULT = "alpaca"
"""The format where none is named."""


class Exported(NamedTuple):
    """What was written.

    Attributes:
        rows: their number.
        splits: rows by split, for a folder.
        remarks: what the reader of the format would object to.
    """

    rows: int
    splits: Mapping[str, int]
    remarks: Sequence[str]


def export(run: Run, output: Path | BinaryIO, options: ExportOptions | None = None) -> Exported:
    """Export a run, finished or not, live or not; without options all rows, as Alpaca.

    The output is a folder for `huggingface`; an open binary file is only written to.

    Raises:
        BadInput: for options that make no sense, a format of the user's own that does not do what
            it should, or an output that cannot be written.
        Refused: if a task's id stands twice in the pool.
    """
    options = options or ExportOptions()
    form = options.format or DEFAULT
    write_rows = find_format(form)
    rows = choose(run, options)
    seed = run.spec.identity.seed
    if write_rows is None:
        if not isinstance(output, Path):
            raise BadInput(f"export as {form}", "it is a folder, not a stream", "Name it with -o.")
        return Exported(len(rows), write_folder(run, rows, output, options), _EMPTY[: not rows])
    if isinstance(output, Path):
        with fresh_file(output) as file:
            return Exported(len(rows), {}, write_rows(rows, file, Way(seed, output.suffix.lower())))
    return Exported(len(rows), {}, write_rows(rows, output, Way(seed)))


_EMPTY = ("there is no row yet; `datasets` 5.2 reads that with load_dataset(..., streaming=True)",)
