"""The run folder: what lies where, how it begins, and who may write to it.

```
run.json          identity, digests, method number, the knobs last used
recipe/           byte copies of the recipe's files
seed_tasks.jsonl  byte copy of the seed tasks
journal.jsonl     every reply, in the order of arrival: the only paid fact
pool.jsonl        complete tasks in order           (rebuilt from the journal)
rejected.jsonl    what was turned down, and why     (rebuilt from the journal)
progress.json     how far the run is                (rebuilt from the journal)
dialect.json      what was learnt of endpoints
.lock             held by the process that writes
```
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from selfinstruct.method.errors import Refused

from .disk import named, place

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


LOCK = ".lock"


@contextmanager
def held(folder: Path, refused: Refused, timeout: float = 0.0) -> Iterator[None]:
    """Hold a folder for writing; it is made if it is not there.

    Args:
        folder: the folder.
        refused: what is raised if another process holds it.
        timeout: seconds to wait for that.

    Raises:
        BadInput: if the folder cannot be written to.
        Stopped: if the disk is full, or fails.
    """
    path = folder / LOCK
    lock = FileLock(path)
    with named(folder):
        folder.mkdir(parents=True, exist_ok=True)
    with named(path, "lock"):
        try:
            lock.acquire(timeout=timeout)
        except Timeout:  # it is an OSError too
            raise refused from None
    try:
        yield
    finally:
        with named(path, "unlock"):
            lock.release()


class RunFolder:
    """The paths of a run folder, named as above; nothing is opened by making one.

    `main` is `run.json`, written last when a run begins: with it the folder is a run.
    """

    def __init__(self, path: Path) -> None:
        place(path, f"use {path}")
        self.path = path
        self.main = path / "run.json"
        self.recipe = path / "recipe"
        self.seeds = path / "seed_tasks.jsonl"
        self.journal = path / "journal.jsonl"
        self.pool = path / "pool.jsonl"
        self.rejected = path / "rejected.jsonl"
        self.progress = path / "progress.json"
        self.dialects = path / "dialect.json"

    @property
    def is_run(self) -> bool:
        """Whether there is a run (raises BadInput or Stopped where that cannot be seen)."""
        with named(self.main, "read"):
            return self.main.exists()

    @contextmanager
    def locked(self, timeout: float = 2.0) -> Iterator[None]:
        """Hold the run for writing; the folder is made if it is not there.

        Args:
            timeout: seconds to wait; a reader may hold the lock for a moment.

        Raises:
            Refused: if another process holds it.
            BadInput: if the folder cannot be written to.
            Stopped: if the disk is full, or fails.
        """
        refused = Refused(
            f"write to {self.path}",
            "another process is working on this run",
            "Wait for it, or stop it; `selfinstruct status` and `export` work meanwhile.",
            locked=True,
        )
        with held(self.path, refused, timeout):
            yield
