"""Seed tasks: a file of almost any shape in, checked `SeedTask`s out; every defect with its row."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from .errors import BadInput
from .filters import normal_form
from .rows import Defect, read_rows
from .shapes import KNOWN, shaped
from .types import Instance, SeedTask

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .rows import Rows

EXAMPLE = (
    '{"id": "seed-001", "name": "short_name", "instruction": "Say it in one sentence.", '
    '"instances": [{"input": "", "output": "It."}], "is_classification": false}'
)
_TOLD = 20
"""Defects that an error tells of."""


@dataclass(frozen=True, slots=True)
class Intake:
    """What a file of tasks was read as.

    Attributes:
        form: what the file is, in words.
        tasks: its tasks, in order.
        defects: what cannot be read.
        notes: what was done to make tasks of the rows, a line each.
    """

    form: str
    tasks: tuple[SeedTask, ...]
    defects: tuple[Defect, ...]
    notes: tuple[str, ...]

    @property
    def unit(self) -> str:
        """What its rows are counted in."""
        return "line" if self.form in _BY_LINE else "row"


def parse_seeds(data: bytes, source: str) -> tuple[SeedTask, ...]:
    """Return the seed tasks of a file, in order.

    It may be any file that `read_rows` reads, its rows of any shape of `shapes`.

    Raises:
        BadInput: for all defects, each row's first, with line or row, field and remedy.
    """
    return checked(take_in(data), source)


def checked(found: Intake, source: str) -> tuple[SeedTask, ...]:
    """Return the tasks of a file in which all is right (errors as for `parse_seeds`)."""
    if found.defects:
        raise all_of(found.defects, source, found.unit)
    if not found.tasks:
        raise BadInput(
            f"read seed tasks from {source}",
            "there is none in it",
            f"Put at least one task on a line of its own, such as {EXAMPLE}",
        )
    return found.tasks


_BY_LINE = {"JSON lines", "a list", "one instruction a line"}


def take_in(data: bytes) -> Intake:
    """Return the seed tasks of a file, and what is wrong with the rows of which it makes none.

    Rows of one instruction become its instances; ids and names that are missing are given, and ids
    that repeat are changed.
    """
    rows = read_rows(data, KNOWN, EXAMPLE)
    numbered, defects = tasks_of(rows)
    tasks, joined, dropped = _joined(task for _, task in numbered)
    tasks, changed = _named(tasks)
    notes = [
        f"{count:,} {what}"
        for count, what in (
            (joined, "rows joined to an earlier one of the same instruction, as its instances"),
            (dropped, "rows left out that repeat an earlier one"),
            (changed, "ids changed that repeat an earlier one's"),
        )
        if count
    ]
    return Intake(rows.form, tuple(tasks), tuple(defects), tuple(notes))


def tasks_of(rows: Rows) -> tuple[list[tuple[int, SeedTask]], list[Defect]]:
    """Return each row's number and task, which has it as its id if it has none; and the defects."""
    tasks: list[tuple[int, SeedTask]] = []
    defects = list(rows.defects)
    for number, row in rows.rows:
        try:
            found = shaped(row)
        except Defect as defect:
            defect.number = number
            defects.append(defect)
            continue
        identity = found.id or f"seed-{number:03}"
        name = found.name or identity
        kind, extra = found.is_classification, found.extra
        task = SeedTask(identity, name, found.instruction, found.instances, kind, extra)
        tasks.append((number, task))
    return tasks, sorted(defects, key=lambda defect: defect.number)


def _joined(tasks: Iterable[SeedTask]) -> tuple[list[SeedTask], int, int]:
    """Return tasks of different instructions; how many were joined to others, and were repeats.

    Those that were given with `--from` stay apart: each is a record of its own.
    """
    by_form: dict[tuple[str, str], SeedTask] = {}
    joined = dropped = 0
    instances: dict[tuple[str, str], dict[Instance, None]] = {}
    for task in tasks:
        form = normal_form(task.instruction), task.id if "from" in task.extra else ""
        first = by_form.setdefault(form, task)
        before = instances.setdefault(form, {})
        if first is not task:
            fresh = any(instance not in before for instance in task.instances)
            joined, dropped = joined + fresh, dropped + (not fresh)
        before.update(dict.fromkeys(task.instances))
    return (
        [replace(task, instances=tuple(instances[form])) for form, task in by_form.items()],
        joined,
        dropped,
    )


def _named(tasks: Sequence[SeedTask]) -> tuple[list[SeedTask], int]:
    """Return the tasks with an id of its own each, and how many were changed."""
    taken = {task.id for task in tasks}
    seen: set[str] = set()
    named, changed = [], 0
    for task in tasks:
        identity, number = task.id, 2
        while identity in seen or (identity != task.id and identity in taken):
            identity, number = f"{task.id}-{number}", number + 1
        changed += identity != task.id
        seen.add(identity)
        named.append(replace(task, id=identity))
    return named, changed


def as_lines(tasks: Iterable[SeedTask]) -> bytes:
    """Return tasks as JSON lines, as `parse_seeds` reads them."""
    rows = (
        {
            "id": task.id,
            "name": task.name,
            "instruction": task.instruction,
            "instances": [instance._asdict() for instance in task.instances],
            **(
                {}
                if task.is_classification is None
                else {"is_classification": task.is_classification}
            ),
            **({"extra": dict(task.extra)} if task.extra else {}),
        }
        for task in tasks
    )
    return b"".join(json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in rows)


def all_of(defects: Sequence[Defect], source: str, unit: str) -> BadInput:
    """Return the error that tells of all defects, or of the first of very many."""
    what, one = f"read seed tasks from {source}", defects[0]
    if len(defects) == 1:
        return BadInput(what, f"{unit} {one.number}: {one.why}", one.remedy)
    told = [f"{unit} {each.number}: {each.why}. {each.remedy}" for each in defects[:_TOLD]]
    left = len(defects) - len(told)
    more = [f"and {left:,} more"] if left else []
    return BadInput(what, f"{len(defects):,} {unit}s are wrong", "\n".join(told + more))
