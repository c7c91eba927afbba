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

import json
import os
import shutil
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from selfinstruct.method import METHOD
from selfinstruct.method.digest import sha256
from selfinstruct.method.errors import BadInput, Refused
from selfinstruct.method.recipe import parse_recipe
from selfinstruct.method.table import restore

from .identity import Identity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from selfinstruct.method.fold import Fold
    from selfinstruct.method.recipe import Recipe

FORMAT = 1
"""Number of this layout."""


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


@dataclass(frozen=True, slots=True)
class Frozen:
    """A run as it was begun: identity, method number, and the bytes it reads."""

    folder: RunFolder
    identity: Identity
    method: int
    knobs: Mapping[str, object]
    files: Mapping[str, bytes]
    seeds: bytes

    @property
    def target(self) -> int:
        """The number of complete tasks that was last aimed at."""
        target = self.knobs.get("target")
        return target if isinstance(target, int) else 0

    def fold(self) -> Fold:
        """Return the fold of the run at its beginning."""
        identity = self.identity
        return restore(
            self.files,
            self.seeds,
            name=identity.recipe,
            seed=identity.seed,
            protocol=identity.protocol,
            models=identity.models,
            context=identity.context,
        )

    def recipe(self) -> Recipe:
        """Return the run's recipe."""
        return parse_recipe(self.files, self.identity.recipe)

    def require_method(self) -> None:
        """Refuse a run that another method number began.

        Raises:
            Refused: if so.
        """
        if self.method != METHOD:
            raise Refused(
                f"go on with {self.folder.path}",
                f"it was begun by method {self.method} and this is method {METHOD}: its replies "
                "would fold to other tasks",
                f"`selfinstruct fork {self.folder.path} NEW` makes a new run out of its replies; "
                "`status` and `export` still work here.",
            )


def begin(  # noqa: PLR0913 - what a run begins with
    folder: RunFolder,
    identity: Identity,
    files: Mapping[str, bytes],
    seeds: bytes,
    knobs: Mapping[str, object],
    *,
    journal: bytes = b"",
) -> Frozen:
    """Make a run of an empty folder, or of a run without replies; the caller holds the lock.

    Args:
        folder: where.
        identity: what makes it this run.
        files: the recipe's files.
        seeds: the seed file.
        knobs: what may change later.
        journal: what its journal begins with, if it is a fork.

    Raises:
        BadInput: if the folder holds other things, or cannot be written to.
    """
    strangers = sorted({entry.name for entry in folder.path.iterdir()} - _LEFTOVERS)
    if strangers and not folder.main.exists():
        raise BadInput(
            f"begin a run in {folder.path}",
            f"it is not a run folder and holds {strangers[0]}",
            "Name a new or empty folder.",
        )
    try:
        shutil.rmtree(folder.recipe, ignore_errors=True)
        folder.progress.unlink(missing_ok=True)
        for path, data in files.items():
            _write(folder.recipe / path, data)
        _write(folder.seeds, seeds)
        if journal:
            replace_file(folder.journal, journal)
        frozen = Frozen(folder, identity, METHOD, dict(knobs), dict(files), seeds)
        _write_main(frozen, time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))
    except OSError as error:
        raise BadInput(
            f"begin a run in {folder.path}",
            error.strerror or str(error),
            "Name a folder that can be written to.",
        ) from None
    return frozen


def load(folder: RunFolder) -> Frozen:
    """Read a run as it was begun, and hold its copies against their digests.

    Raises:
        BadInput: if the folder is not a run.
        Refused: if `run.json` or a copy is damaged, or the layout is another version's.
    """
    what = f"read {folder.path}"
    try:
        row = json.loads(folder.main.read_bytes())
        if row["format"] != FORMAT:
            raise Refused(
                what,
                f"its layout has number {row['format']} and this version reads {FORMAT}",
                "Use the version of selfinstruct that began it.",
            )
        identity = Identity.from_json(row["identity"])
        method, knobs = int(row["method"]), dict(row["knobs"])
    except (FileNotFoundError, NotADirectoryError):
        raise BadInput(
            what,
            "it is not a run folder",
            "Name a folder that `selfinstruct generate` has made.",
        ) from None
    except (ValueError, KeyError, TypeError) as error:
        raise Refused(
            what, f"run.json is damaged ({error})", "Put back a copy of run.json."
        ) from None
    except OSError as error:
        raise BadInput(what, error.strerror or str(error), "Mend its permissions.") from None
    files = {
        path: _checked(folder.recipe / path, digest) for path, digest in identity.files.items()
    }
    seeds = _checked(folder.seeds, identity.seeds)
    return Frozen(folder, identity, method, knobs, files, seeds)


def change_knobs(frozen: Frozen, knobs: Mapping[str, object]) -> Frozen:
    """Record the knobs now in use; the caller holds the lock."""
    if dict(knobs) == dict(frozen.knobs):
        return frozen
    created = json.loads(frozen.folder.main.read_bytes())["created"]
    changed = Frozen(
        frozen.folder, frozen.identity, frozen.method, dict(knobs), frozen.files, frozen.seeds
    )
    _write_main(changed, created)
    return changed


def replace_file(path: Path, data: bytes) -> None:
    """Write a file so that readers see the old one or the new one and nothing between."""
    fresh = path.with_name(path.name + ".new")
    with fresh.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


_LEFTOVERS = {
    ".lock",
    "recipe",
    "seed_tasks.jsonl",
    "run.json.new",
    "journal.jsonl.new",
    "ledger.jsonl",
}
"""What a run that was killed while it began may have left, and a rehearsal's ledger."""


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, data)


def _write_main(frozen: Frozen, created: str) -> None:
    row = {
        "created": created,
        "format": FORMAT,
        "identity": frozen.identity.to_json(),
        "knobs": dict(frozen.knobs),
        "method": frozen.method,
    }
    replace_file(frozen.folder.main, (json.dumps(row, indent=2, sort_keys=True) + "\n").encode())


def _checked(path: Path, digest: str) -> bytes:
    what = f"read {path}"
    remedy = "The copies in a run folder are frozen. Put it back, or begin a new run folder."
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise Refused(what, "it is gone", remedy) from None
    except OSError as error:
        raise BadInput(what, error.strerror or str(error), "Mend its permissions.") from None
    if sha256(data) != digest:
        raise Refused(what, "it was changed after the run began", remedy)
    return data
