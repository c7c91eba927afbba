"""The run folder: what lies where, how it begins, and who may write to it.

```
run.json          identity, digests, method number, the knobs last used
recipe/           byte copies of the recipe's files
seed_tasks.jsonl  byte copy of the seed tasks
journal.jsonl     every reply, in the order of arrival: the only paid fact
pool.jsonl        complete tasks in order           (rebuilt from the journal)
rejected.jsonl    what was turned down, and why     (rebuilt from the journal)
progress.json     how far the run is                (rebuilt from the journal)
.lock             held by the process that writes
```
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from selfinstruct.method.errors import BadInput, Refused

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The paths of a run folder; nothing is opened by making one."""

    path: Path

    @property
    def main(self) -> Path:
        """`run.json`, written last when a run begins: with it the folder is a run."""
        return self.path / "run.json"

    @property
    def recipe(self) -> Path:
        """The folder with the copies of the recipe's files."""
        return self.path / "recipe"

    @property
    def seeds(self) -> Path:
        """The copy of the seed tasks."""
        return self.path / "seed_tasks.jsonl"

    @property
    def journal(self) -> Path:
        """The journal."""
        return self.path / "journal.jsonl"

    @property
    def pool(self) -> Path:
        """The complete tasks."""
        return self.path / "pool.jsonl"

    @property
    def rejected(self) -> Path:
        """What was turned down."""
        return self.path / "rejected.jsonl"

    @property
    def progress(self) -> Path:
        """How far the run is."""
        return self.path / "progress.json"

    @contextmanager
    def locked(self, timeout: float = 2.0) -> Iterator[None]:
        """Hold the run for writing; the folder is made if it is not there.

        Args:
            timeout: seconds to wait; a reader may hold the lock for a moment.

        Raises:
            Refused: if another process holds it.
            BadInput: if the folder cannot be written to.
        """
        lock = FileLock(self.path / ".lock")
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            lock.acquire(timeout=timeout)
        except Timeout:
            raise Refused(
                f"write to {self.path}",
                "another process is working on this run",
                "Wait for it, or stop it; `selfinstruct status` and `export` work meanwhile.",
                locked=True,
            ) from None
        except OSError as error:
            raise BadInput(
                f"write to {self.path}",
                error.strerror or str(error),
                "Name a folder that can be written to.",
            ) from None
        try:
            yield
        finally:
            lock.release()


def replace_file(path: Path, data: bytes) -> None:
    """Write a file so that readers see the old one or the new one and nothing between."""
    fresh = path.with_name(path.name + ".new")
    with fresh.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
