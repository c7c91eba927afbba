"""Exports: the data set in the forms that trainers read. Each is a view; nothing is asked.

```
rows       which rows: filters, order, limit
formats    the table of formats: what a row becomes, how rows become a file
  layouts    prompt and completion
  rules      OpenAI's rules
  columns    rows as a typed table
folder     a data set folder with splits
  card       its README.md
hub        that folder on the Hugging Face Hub
places     files and folders that appear whole or not at all
```
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from selfinstruct.method.errors import BadInput

from .card import Said
from .folder import Wish, write_folder
from .formats import FORMATS, Way
from .hub import upload
from .places import fresh_file, write
from .rows import Choice, choose

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import BinaryIO

    from selfinstruct.views.view import Run

__all__ = ["FORMATS", "Choice", "Exported", "Said", "Wish", "export", "push", "write"]


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written.

    Attributes:
        rows: their number.
        splits: rows by split, for a folder.
        remarks: what the reader of the format would object to, and what was never answered.
    """

    rows: int
    splits: Mapping[str, int]
    remarks: Sequence[str]


def export(
    run: Run,
    form: str,
    output: Path | BinaryIO,
    choice: Choice | None = None,
    wish: Wish | None = None,
) -> Exported:
    """Export a run, finished or not, live or not.

    Args:
        run: the run.
        form: a name in `FORMATS`.
        output: where to; a folder for `huggingface`. An open binary file is only written to.
        choice: which rows; all if None.
        wish: splits and card of a folder.

    Raises:
        BadInput: for a choice that makes no sense, or an output that cannot be written.
        Refused: if a task's id stands twice in the pool.
    """
    choice = choice or Choice()
    rows = choose(run, choice)
    write_rows = FORMATS[form]
    splits: Mapping[str, int] = {}
    remarks: Sequence[str] = ()
    seed = run.spec.identity.seed
    if write_rows is None:
        if not isinstance(output, Path):
            raise BadInput(f"export as {form}", "it is a folder, not a stream", "Name it with -o.")
        splits = write_folder(run, rows, choice, output, wish or Wish())
    elif isinstance(output, Path):
        with fresh_file(output) as file:
            remarks = write_rows(rows, file, Way(seed, output.suffix.lower()))
    else:
        remarks = write_rows(rows, output, Way(seed))
    lost = sum(row["reason"] == "unanswered" for row in run.rejected())
    if lost:
        told = (
            f"{lost:,} prompts were never answered; `selfinstruct fork --ask-unanswered` asks again"
        )
        remarks = [*remarks, told]
    return Exported(len(rows), splits, remarks)


def push(  # noqa: PLR0913 - what is pushed, where, how
    run: Run, name: str, choice: Choice, wish: Wish, *, keep: Path | None, private: bool
) -> tuple[Exported, str]:
    """Export a data set folder and push it to the Hugging Face Hub.

    Args:
        run: the run.
        name: `owner/name`.
        choice: which rows.
        wish: splits and card; its name, where empty, is that of `name`.
        keep: the folder; None for one that is removed afterwards.
        private: whether a new repository is seen by its owner only.

    Returns:
        What was exported, and its address.

    Raises:
        BadInput: if it cannot be exported, or the Hub refuses it.
        Stopped: if the Hub cannot be reached, or fails.
        Refused: as `export`.
    """
    wish = wish if wish.name else replace(wish, name=name.rpartition("/")[2])
    with TemporaryDirectory(prefix="selfinstruct-") as beside:
        folder = keep or Path(beside) / "data set"
        done = export(run, "huggingface", folder, choice, wish)
        return done, upload(folder, name, private=private)
