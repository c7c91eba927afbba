"""The derived files: complete tasks and rejections in task order, up to the target.

They are a function of the journal. While recorded replies are folded again, what the files hold is
compared with what they should hold; from the first difference on they are written anew.
"""

from __future__ import annotations

import os
from contextlib import closing
from typing import TYPE_CHECKING

from selfinstruct.method.digest import canonical

from .disk import named

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from typing import BinaryIO

    from selfinstruct.method.types import Verdict

    from .folder import RunFolder


def line_of(verdict: Verdict) -> bytes:
    """Return the line of a complete task; or of something that was turned down, and why."""
    task, rejected = verdict.task, verdict.rejected
    row: dict[str, object] = {
        "id": str(verdict.origin),
        "instruction": None if task is None else task.instruction,
        "replies": [str(key) for key in verdict.replies],
    }
    if rejected is not None:
        row |= {"limit": rejected.limit, "reason": rejected.reason, "value": rejected.value}
        if rejected.nearest is not None:
            row["nearest"] = rejected.nearest._asdict()
    elif task is not None:
        row["instances"] = [instance._asdict() for instance in task.instances]
        row["is_classification"] = task.is_classification
        if task.extra:
            row["extra"] = dict(task.extra)
        if verdict.nearest:
            row |= {"nearest": [each._asdict() for each in verdict.nearest], "mean": verdict.mean}
    return (canonical(row) + "\n").encode("ascii")


def derived_lines(verdicts: Iterable[Verdict]) -> tuple[list[bytes], list[bytes]]:
    """Return the lines of the pool and of the rejections."""
    pool: list[bytes] = []
    rejected: list[bytes] = []
    for verdict in verdicts:
        (pool if verdict.rejected is None else rejected).append(line_of(verdict))
    return pool, rejected


class Derived:
    """Writes both files for the process that holds the lock.

    Args:
        folder: the run.
        target: both files end with the target-th complete task; what follows is surplus.

    Attributes:
        complete: complete tasks written.
    """

    def __init__(self, folder: RunFolder, target: int) -> None:
        self._target = target
        self.complete = 0
        self._pool = _Lines(folder.pool)
        self._rejected = _Lines(folder.rejected)

    @property
    def sizes(self) -> tuple[int, int]:
        """Bytes of the pool and of the rejections."""
        return self._pool.size, self._rejected.size

    def add(self, verdicts: Iterable[Verdict]) -> None:
        """Add verdicts, which come in task order (errors as for `named`)."""
        for verdict in verdicts:
            if self.complete >= self._target:
                return
            is_complete = verdict.rejected is None
            (self._pool if is_complete else self._rejected).put(line_of(verdict))
            self.complete += is_complete

    def flush(self) -> None:
        """Write what has been added since; drop what no longer belongs (errors as for `named`)."""
        self._rejected.flush()
        self._pool.flush()

    def close(self) -> None:
        """Flush and close (errors as for `flush`)."""
        with closing(self._pool), closing(self._rejected):
            self.flush()


class _Lines:
    """A file that should consist of the lines put into it.

    Attributes:
        size: bytes of the lines put so far.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with named(path):
            self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
            self._old: BinaryIO | None = path.open("rb")  # None: the file need not be compared
        self._fresh: list[bytes] = []
        self._written = 0
        self.size = 0

    def put(self, line: bytes) -> None:
        self.size += len(line)
        if self._old is not None:
            with named(self._path, "read"):
                same = self._old.read(len(line)) == line
            if same:
                self._written = self.size
                return
            self._stop_comparing()
        self._fresh.append(line)

    def flush(self) -> None:
        settled = self._old is None
        if settled and not self._fresh:
            return
        self._stop_comparing()
        data = b"".join(self._fresh)
        self._fresh.clear()
        with named(self._path):
            if os.fstat(self._file).st_size > self._written:
                os.ftruncate(self._file, self._written)
            while data:
                count = os.pwrite(self._file, data, self._written)
                self._written += count
                data = data[count:]

    def close(self) -> None:
        self._stop_comparing()
        with named(self._path):
            os.close(self._file)

    def _stop_comparing(self) -> None:
        if self._old is not None:
            self._old.close()
            self._old = None
