"""The tasks that a run is given with `--from`: another run's, a file's, or a data set folder's."""

from __future__ import annotations

import gzip
import io
import json
import zlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from selfinstruct.method.errors import BadInput
from selfinstruct.method.rows import Defect, Rows, read_rows
from selfinstruct.method.seeds import EXAMPLE, all_of, as_lines, tasks_of
from selfinstruct.method.shapes import KNOWN
from selfinstruct.store.disk import place
from selfinstruct.store.folder import RunFolder

from .inputs import LARGEST, read_whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from selfinstruct.method.types import SeedTask

ENDS = (".jsonl", ".json", ".csv", ".tsv", ".parquet", ".ndjson", ".md", ".txt")
"""How the names of files end that are read in a folder, packed (`.gz`) or not."""

_NO_TASKS = ("dataset_info", "dataset_infos", "state", "README", "LICENSE")
"""Beginnings of names of files in data set folders that hold no rows."""

_TOLD = 5
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Taken:
    """The tasks of a path, as a run freezes them, and what is to be said of them.

    Attributes:
        data: the tasks as JSON lines, one instance each, with `from` in their `extra`.
        count: how many they are.
        notes: lines: what was read, and every row that was not.
    """

    data: bytes
    count: int
    notes: tuple[str, ...]


def take_given(path: str) -> Taken:
    """Read the tasks of a run folder, a file, or a folder of files (of a data set).

    An instance is a task of its own, as it is a record of an export. Equal tasks are taken once.

    Raises:
        BadInput: if nothing is there, it cannot be read, or no row of it is a task.
    """
    what = f"take tasks from {path}"
    root = place(path, what)
    files = _files(root, what)
    tasks: list[SeedTask] = []
    notes: list[str] = []
    seen: dict[object, None] = {}
    defects: list[Defect] = []
    repeats = 0
    for file, name in files:
        rows = _rows(file, what)
        found, wrong = tasks_of(rows)
        notes.append(f"{name} is read as {rows.form}: {len(found):,} tasks")
        if wrong:
            notes += _told(wrong, rows.unit, name)
            defects += wrong
        for number, task in found:
            for one in _parted(task, name, number):
                form = one.instruction, one.instances, json.dumps(one.extra.get("turns"))
                repeats += form in seen
                if form not in seen:
                    tasks.append(replace(one, id=f"given-{len(tasks) + 1:05}", name=one.id))
                seen.setdefault(form)
    if not tasks and defects:
        raise all_of(defects, path, "row")
    if not tasks:
        raise BadInput(what, "there is no task in it", f"A row is written such as {EXAMPLE}")
    if repeats:
        notes.append(f"left out as repeats of earlier tasks: {repeats:,}")
    return Taken(as_lines(tasks), len(tasks), tuple(notes))


def _files(root: Path, what: str) -> list[tuple[Path, str]]:
    """Return the files of a path, each with the name by which its rows are traced."""
    if not root.exists():
        remedy = "Name a run folder, a file of tasks, or a data set's folder."
        raise BadInput(what, "there is no such file or folder", remedy)
    if not root.is_dir():
        return [(root, root.name)]
    if RunFolder(root).is_run:
        return [(RunFolder(root).pool, f"{root.resolve().name}/pool.jsonl")]
    found = [
        (file, file.relative_to(root).as_posix())
        for file in sorted(root.rglob("*"))
        if file.name.casefold().removesuffix(".gz").endswith(ENDS)
        and file.is_file()
        and not file.name.startswith((".", *_NO_TASKS))
        and not any(part.startswith(".") for part in file.relative_to(root).parts)
    ]
    if not found:
        raise BadInput(what, "no file in it holds tasks", f"Such files end in {', '.join(ENDS)}.")
    return found


def _rows(file: Path, what: str) -> Rows:
    try:
        data = read_whole(file)
        if data[:2] == _GZIP:
            data = gzip.GzipFile(fileobj=io.BytesIO(data)).read(LARGEST)
    except (OSError, EOFError, zlib.error) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise BadInput(what, f"{file.name}: {why}", "Mend or move that file.") from None
    return _parquet(data, file.name) if data[:4] == b"PAR1" else read_rows(data, KNOWN, EXAMPLE)


def _parquet(data: bytes, name: str) -> Rows:
    try:
        import pyarrow as pa  # noqa: PLC0415 - an extra
        from pyarrow import parquet  # noqa: PLC0415 - as above
    except ImportError:
        remedy = "pip install 'selfinstruct[parquet]', or give the file as JSON lines."
        raise BadInput(f"read {name}", "pyarrow is not installed", remedy) from None
    try:
        values = parquet.read_table(io.BytesIO(data)).to_pylist()
    except (pa.ArrowException, OSError, ValueError) as error:
        raise BadInput(f"read {name}", f"it is not Parquet ({error})", "Mend that file.") from None
    rows = cast("list[dict[str, object]]", values)
    return Rows("Parquet", "row", list(enumerate(rows, 1)))


def _parted(task: SeedTask, file: str, number: int) -> Iterator[SeedTask]:
    """Yield a task of each instance of a task, with where it comes from."""
    where = {"file": file, "row": number}
    extra = {**task.extra, "from": where}
    for instance in task.instances:
        yield replace(task, instances=(instance,), extra=extra)


def _told(defects: Sequence[Defect], unit: str, name: str) -> list[str]:
    """Return lines that name the first rows that cannot be read, and count the rest."""
    lines = [f"{name}, {unit} {each.number}: {each.why}" for each in defects[:_TOLD]]
    left = len(defects) - len(lines)
    more = [f"and {left:,} more"] if left else []
    return [f"{name}: {len(defects):,} left out", *lines, *more]
