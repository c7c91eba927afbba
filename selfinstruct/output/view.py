"""A view of a run, finished or not, live or not."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import jsonlines

from selfinstruct.method import METHOD
from selfinstruct.method.errors import BadInput, Refused
from selfinstruct.method.seeds import parse_seeds
from selfinstruct.method.types import Instance, Nearest
from selfinstruct.store.folder import RunFolder, load
from selfinstruct.store.progress import in_step, read_progress
from selfinstruct.store.rebuild import rebuild

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from selfinstruct.method.types import SeedTask
    from selfinstruct.store.folder import Frozen


@dataclass(frozen=True, slots=True)
class Record:
    """A complete task as the pool file holds it.

    Attributes:
        id: generation request and place in its reply, such as `12.3`.
        instruction: the instruction.
        instances: at least one.
        is_classification: whether it is a classification task; None if no step decides that.
        replies: keys of the replies it was made from.
        nearest: nearest tasks as of its acceptance, if the recipe keeps them.
        extra: what the recipe's own steps added.
    """

    id: str
    instruction: str
    instances: tuple[Instance, ...]
    is_classification: bool | None
    replies: tuple[str, ...] = ()
    nearest: tuple[Nearest, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)


class Run:
    """A run folder, opened for reading. Made by `open_run`.

    Attributes:
        frozen: the run as it was begun.
        live: whether a process was working on it when it was opened.
    """

    def __init__(self, frozen: Frozen, *, live: bool) -> None:
        self.frozen = frozen
        self.live = live

    def tasks(self) -> Iterator[Record]:
        """Yield the complete tasks, in order; on a live run those written so far."""
        for row in _rows(self.frozen.folder.pool):
            yield Record(
                id=row["id"],
                instruction=row["instruction"],
                instances=tuple(Instance(i["input"], i["output"]) for i in row["instances"]),
                is_classification=row["is_classification"],
                replies=tuple(row["replies"]),
                nearest=tuple(Nearest(n["task"], n["score"]) for n in row.get("nearest", ())),
                extra=row.get("extra", {}),
            )

    def rejected(self) -> Iterator[Mapping[str, Any]]:
        """Yield what was turned down, in order: id, reason, value, limit, nearest and more."""
        yield from _rows(self.frozen.folder.rejected)

    def seeds(self) -> tuple[SeedTask, ...]:
        """Return the seed tasks."""
        return parse_seeds(self.frozen.seeds, "seed_tasks.jsonl")

    def progress(self) -> Mapping[str, Any]:
        """Return the counts that were last written down; on a live run, a second ago at most."""
        return read_progress(self.frozen.folder)


def open_run(path: Path) -> Run:
    """Open a run for reading; derived files that do not match the journal are rebuilt first.

    A run that another process works on, or that another method began, is read as it lies there.

    Raises:
        BadInput: if the folder is not a run.
        Refused: if it is damaged.
    """
    folder = RunFolder(path)
    frozen = load(folder)
    try:
        with folder.locked(timeout=0):
            if frozen.method == METHOD and not in_step(folder, frozen.target):
                rebuild(frozen)
    except Refused as refused:
        if not refused.locked:
            raise
        return Run(frozen, live=True)
    except BadInput:
        return Run(frozen, live=False)  # nobody can write there: it is read as it lies there
    return Run(frozen, live=False)


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return
    with file:
        whole = (line.decode("ascii") for line in file if line.endswith(b"\n"))
        yield from jsonlines.Reader(whole).iter(type=dict)
