"""The derived files: complete tasks and rejections in task order, up to the target.

They are a function of the journal. While recorded replies are folded again, what the files hold is
compared with what they should hold; from the first difference on they are written anew.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from selfinstruct.method.digest import canonical
from selfinstruct.method.errors import Stopped

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from typing import BinaryIO

    from selfinstruct.method.types import Nearest, Verdict

    from .folder import RunFolder


def pool_line(verdict: Verdict) -> bytes:
    """Return the line of a complete task.

    Raises:
        ValueError: for a verdict without a task.
    """
    task = verdict.task
    if task is None:
        raise ValueError("a complete task has a task")
    row: dict[str, object] = {
        "id": str(verdict.origin),
        "instances": [instance._asdict() for instance in task.instances],
        "instruction": task.instruction,
        "is_classification": task.is_classification,
        "replies": [str(key) for key in verdict.replies],
    }
    if task.extra:
        row["extra"] = dict(task.extra)
    if verdict.nearest:
        row["nearest"] = [_nearest(near) for near in verdict.nearest]
        row["mean"] = verdict.mean
    return _line(row)


def rejected_line(verdict: Verdict) -> bytes:
    """Return the line of something that was turned down: reason, value, limit, nearest task.

    Raises:
        ValueError: for a verdict that is not a rejection.
    """
    rejected = verdict.rejected
    if rejected is None:
        raise ValueError("a rejection has a reason")
    row: dict[str, object] = {
        "id": str(verdict.origin),
        "instruction": None if verdict.task is None else verdict.task.instruction,
        "limit": rejected.limit,
        "reason": rejected.reason,
        "replies": [str(key) for key in verdict.replies],
        "value": rejected.value,
    }
    if rejected.nearest is not None:
        row["nearest"] = _nearest(rejected.nearest)
    return _line(row)


def derived_lines(verdicts: Iterable[Verdict]) -> tuple[list[bytes], list[bytes]]:
    """Return the lines of the pool and of the rejections."""
    pool: list[bytes] = []
    rejected: list[bytes] = []
    for verdict in verdicts:
        if verdict.rejected is None:
            pool.append(pool_line(verdict))
        else:
            rejected.append(rejected_line(verdict))
    return pool, rejected


class Derived:
    """Writes both files for the process that holds the lock.

    Args:
        folder: the run.
        target: both files end with the target-th complete task; what follows is surplus.
    """

    def __init__(self, folder: RunFolder, target: int) -> None:
        self._target = target
        self._complete = 0
        self._pool = _Lines(folder.pool)
        self._rejected = _Lines(folder.rejected)

    @property
    def complete(self) -> int:
        """Complete tasks written."""
        return self._complete

    @property
    def sizes(self) -> tuple[int, int]:
        """Bytes of the pool and of the rejections."""
        return self._pool.size, self._rejected.size

    def add(self, verdicts: Iterable[Verdict]) -> None:
        """Add verdicts, which come in task order.

        Raises:
            Stopped: if a file cannot be written.
        """
        for verdict in verdicts:
            if self._complete >= self._target:
                return
            if verdict.rejected is None:
                self._pool.put(pool_line(verdict))
                self._complete += 1
            else:
                self._rejected.put(rejected_line(verdict))

    def flush(self) -> None:
        """Write what has been added since the last time; drop what no longer belongs.

        Raises:
            Stopped: if a file cannot be written.
        """
        self._rejected.flush()
        self._pool.flush()

    def close(self) -> None:
        """Flush and close."""
        try:
            self.flush()
        finally:
            self._pool.close()
            self._rejected.close()


class _Lines:
    """A file that should consist of the lines put into it.

    Attributes:
        size: bytes of the lines put so far.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        self._old: BinaryIO | None = path.open("rb")  # None: the file no longer needs comparing
        self._fresh: list[bytes] = []
        self._written = 0
        self.size = 0

    def put(self, line: bytes) -> None:
        self.size += len(line)
        if self._old is not None:
            if self._old.read(len(line)) == line:
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
        try:
            if os.fstat(self._file).st_size > self._written:
                os.ftruncate(self._file, self._written)
            while data:
                count = os.pwrite(self._file, data, self._written)
                self._written += count
                data = data[count:]
        except OSError as error:
            raise Stopped(
                f"write {self._path}",
                error.strerror or str(error),
                "Make room and run the same command again; the file is rebuilt from the journal.",
            ) from error

    def close(self) -> None:
        self._stop_comparing()
        os.close(self._file)

    def _stop_comparing(self) -> None:
        if self._old is not None:
            self._old.close()
            self._old = None


def _nearest(nearest: Nearest) -> dict[str, object]:
    return {"score": nearest.score, "task": nearest.task}


def _line(row: dict[str, object]) -> bytes:
    return (canonical(row) + "\n").encode("ascii")
