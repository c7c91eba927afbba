"""A run, finished or not, to a file, a folder or the Hugging Face Hub."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from selfinstruct.method.errors import BadInput

from .atomic import fresh_file
from .folder import write_folder
from .formats import FOLDER, Way, find_format
from .hub import upload
from .options import ExportOptions
from .rows import choose

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import BinaryIO

    from selfinstruct.views.view import Run

DEFAULT = "alpaca"
"""The format where none is named."""


@dataclass(frozen=True, slots=True)
class Exported:
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
    """Export a run, finished or not, live or not.

    Args:
        run: the run.
        output: where to; a folder for `huggingface`. An open binary file is only written to.
        options: which rows, and in which form; all rows as Alpaca if None.

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


def push(
    run: Run, name: str, options: ExportOptions, *, keep: Path | None = None, private: bool = True
) -> tuple[Exported, str]:
    """Export a data set folder and push it to the Hugging Face Hub.

    Args:
        run: the run.
        name: `owner/name`.
        options: which rows, splits and card; its name, where empty, is that of `name`.
        keep: the folder; None for one that is removed afterwards.
        private: whether a new repository is seen by its owner only.

    Returns:
        What was exported, and its address.

    Raises:
        BadInput: if it cannot be exported, or the Hub refuses it.
        Stopped: if the Hub cannot be reached, or fails.
        Refused: as `export`.
    """
    if options.format not in {None, FOLDER}:
        raise BadInput(
            f"push {options.format} to the Hub",
            "it takes data set folders",
            "Leave out --format.",
        )
    options = replace(options, format=FOLDER, name=options.name or name.rpartition("/")[2])
    with TemporaryDirectory(prefix="selfinstruct-") as beside:
        folder = keep or Path(beside) / "data set"
        done = export(run, folder, options)
        return done, upload(folder, name, private=private)


_EMPTY = ("there is no row yet; `datasets` 5.2 reads that with load_dataset(..., streaming=True)",)
