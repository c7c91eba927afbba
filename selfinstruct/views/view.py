"""A view of a run, finished or not, live or not."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import jsonlines

from selfinstruct.method import METHOD
from selfinstruct.method.errors import BadInput, Refused, Stopped
from selfinstruct.method.types import Instance, Nearest
from selfinstruct.run.rebuild import rebuild
from selfinstruct.run.spec import load
from selfinstruct.store.disk import failed
from selfinstruct.store.folder import RunFolder
from selfinstruct.store.progress import in_step, read_progress, readable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from selfinstruct.method.types import SeedTask
    from selfinstruct.run.spec import RunSpec

Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Record:
    """A complete task as the pool file holds it.

    Attributes:
        id: generation request and place in its reply, such as `12.3`.
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
        spec: the run as it was begun.
        live: whether a process was working on it when it was opened.
    """

    def __init__(self, spec: RunSpec, *, live: bool) -> None:
        self.spec = spec
        self.live = live

    def tasks(self) -> Iterator[Record]:
        """Yield the complete tasks, in order; on a live run those written so far.

        Raises:
            Refused: for a line that is not a task.
        """
        yield from _read(self.spec.folder.pool, _record)

    def rejected(self) -> Iterator[Mapping[str, Any]]:
        """Yield what was turned down, in order: id, reason, value, limit, nearest and more.

        Raises:
            Refused: for a line that is not a rejection.
        """
        yield from _read(self.spec.folder.rejected, _rejection)

    def seeds(self) -> tuple[SeedTask, ...]:
        """Return the seed tasks."""
        return self.spec.seed_tasks

    def progress(self) -> Mapping[str, Any]:
        """Return the counts that were last written down; on a live run, a second ago at most."""
        return read_progress(self.spec.folder)


def open_run(path: Path) -> Run:
    """Open a run for reading; derived files that do not match the journal are rebuilt first.

    A run that another process works on, or that another method began, or where nobody may write, is
    read as it lies there.

    Raises:
        BadInput: if the folder is not a run.
        Stopped: if its derived files cannot be rebuilt, since the disk is full, or fails.
        Refused: if it is damaged, or its derived files are and cannot be rebuilt.
    """
    folder = RunFolder(path)
    spec = load(folder)
    why = f"method {spec.method} began the run and this is method {METHOD}"
    try:
        with folder.locked(timeout=0):
            if spec.method == METHOD:
                if not in_step(folder, spec.target):
                    rebuild(spec)
                return Run(spec, live=False)
    except Refused as refused:
        if not refused.locked:
            raise
        return Run(spec, live=True)
    except (BadInput, Stopped) as error:
        if isinstance(error, Stopped) and not readable(folder):
            raise
        why = error.why
    if not readable(folder):
        raise Refused(
            f"read {path}",
            "pool.jsonl or rejected.jsonl is not what progress.json says, and neither can be made "
            f"anew from the journal: {why}",
            "Copy the folder to where you may write, and use the version that began the run; "
            f"`selfinstruct fork {path} NEW` makes a new run out of its replies.",
        )
    return Run(spec, live=False)


def _record(row: Any) -> Record:  # noqa: ANN401 - whatever JSON holds
    return Record(
        id=str(row["id"]),
        instruction=str(row["instruction"]),
        instances=tuple(Instance(i["input"], i["output"]) for i in row["instances"]),
        is_classification=row["is_classification"],
        replies=tuple(row["replies"]),
        nearest=tuple(Nearest(n["task"], n["score"]) for n in row.get("nearest", ())),
        extra=row.get("extra", {}),
    )


def _rejection(row: Any) -> Mapping[str, Any]:  # noqa: ANN401 - as above
    int(row["id"].partition(".")[0])
    found: Mapping[str, Any] = {"value": None, "limit": None, "instruction": None, **row}
    found["reason"]
    return found


def _read(path: Path, make: Callable[[Any], Made]) -> Iterator[Made]:
    """Yield what the whole lines of a derived file hold.

    Raises:
        Refused: for a line that cannot be read, with its number.
    """
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return
    except OSError as error:
        raise failed(f"read {path}", error) from error
    number = 1
    with file:
        whole = (line for line in file if line.endswith(b"\n"))  # the last may be half written
        try:
            for made in map(make, jsonlines.Reader(whole).iter(type=dict)):
                yield made
                number += 1
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Refused(
                f"read {path}",
                f"line {number} was damaged or edited",
                f"Delete {path.name}: it is rebuilt from the journal when no process works on "
                "the run.",
            ) from error
