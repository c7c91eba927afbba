"""Files and folders that appear whole or not at all, and what becomes of a disk that fails."""

from __future__ import annotations

import errno
import os
import shutil
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from selfinstruct.method.errors import BadInput, SelfInstructError, Stopped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


_SET_UP = {
    *(errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT, errno.ENOTDIR, errno.EISDIR),
    *(errno.EEXIST, errno.ENOTEMPTY, errno.ENAMETOOLONG, errno.ELOOP, errno.EINVAL, errno.EXDEV),
    0,
}
"""Errors of a name or a right, which the user has to mend; all others are the machine's."""

FILES = frozenset(
    {"run.json", "seed_tasks.jsonl", "journal.jsonl", "pool.jsonl", "rejected.jsonl", ".lock"}
    | {"progress.json", "events.jsonl", "dialect.json", "review.jsonl", "ledger.jsonl"}
)
"""Names of files at the top of a run folder."""


def place(name: str | Path, what: str) -> Path:
    """Return a path that a user named, which may or may not be there.

    Args:
        name: the path; a leading `~` is the user's home.
        what: verb and thing, for errors.

    Raises:
        BadInput: for what cannot be a path: too long, a loop of links, a NUL in it.
    """
    try:
        path = Path(name).expanduser()
        path.stat()
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        pass
    except (OSError, ValueError, RuntimeError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise BadInput(what, why, "Name another place.") from None
    return path


def failed(what: str, error: OSError) -> SelfInstructError:
    """Return the error of ours for one of the system's.

    Args:
        what: verb and file, for instance `write journal.jsonl`.
        error: the system's: BadInput comes of one about names and rights, Stopped of a disk that is
            full or fails, and of whatever else may pass.
    """
    why = error.strerror or str(error)
    if error.errno in _SET_UP:
        return BadInput(what, why, "Mend its rights, or name another place.")
    remedy = "Make room or mend the disk, and type the command again; nothing recorded is lost."
    return Stopped(what, why, remedy, kind="not written")


@contextmanager
def named(path: Path, verb: str = "write") -> Iterator[None]:
    """Turn the system's errors into ours; a broken pipe stays one.

    They name the path, or what below it the system names.

    Raises:
        BadInput: for what the user has to mend.
        Stopped: for a disk that is full, or fails.
    """
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        below = str(error.filename or "").startswith(f"{path}{os.sep}")
        raise failed(f"{verb} {error.filename if below else path}", error) from error


def replace_file(path: Path, data: bytes, *, sync: bool = True) -> None:
    """Write a file so that readers see the old one or the new one and nothing between.

    With `sync` a power cut may not undo it once this returns (errors as for `named`).
    """
    fresh = path.with_name(path.name + ".new")
    with named(path):
        with fresh.open("wb") as file:
            file.write(data)
            file.flush()
            if sync:
                os.fsync(file.fileno())
        fresh.replace(path)
        if sync:
            sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Bring the names in a folder to the disk itself, where the file system can do that."""
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    except OSError as error:
        if error.errno not in {errno.EINVAL, errno.ENOTSUP, errno.EBADF}:
            raise
    finally:
        os.close(folder)


@contextmanager
def fresh_file(path: Path) -> Iterator[BinaryIO]:
    """Give a file to write to that replaces `path` when all has gone well.

    What is not a regular file (a pipe, `/dev/stdout`) is written to as it is.

    Raises:
        BadInput: if it cannot be written.
        Stopped: if the disk is full, or fails.
    """
    place(path, f"write {path}")
    if path.exists() and not path.is_file() and not path.is_dir():
        with named(path), path.open("wb") as file:  # before resolving: a pipe has no real path
            yield file
        return
    path = path.resolve()
    run = path.parent.parent if path.parent.name == "recipe" else path.parent
    with named(path):
        if path.is_dir():
            raise IsADirectoryError(0, "it is a folder")
        if (run / "run.json").is_file() and (run != path.parent or path.name in FILES):
            raise OSError(0, "it is a file of a run")
    fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        with named(path):
            with fresh.open("wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(path)
    finally:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)


def write(path: Path, pieces: Iterable[str]) -> int:
    """Write a text file whole or not at all; return its bytes (errors as for `fresh_file`)."""
    with fresh_file(path) as file:
        return sum(file.write(piece.encode("utf-8")) for piece in pieces)


@contextmanager
def fresh_folder(path: Path, marks: frozenset[str]) -> Iterator[Path]:
    """Give a folder to fill that takes the place of `path` when all has gone well.

    It may be there if it is empty or was made by us, and so holds `marks` and nothing else.

    Raises:
        BadInput: if there is something else, or it cannot be written.
        Stopped: if the disk is full, or fails.
    """
    path = place(path, f"write {path}").resolve()
    with named(path):
        found = {entry.name for entry in path.iterdir()} if path.exists() else set()
    if strangers := sorted(found - marks):
        raise BadInput(
            f"write {path}",
            f"it holds other things, such as {strangers[0]}",
            "Name a new or empty folder, or one that an earlier export made.",
        )
    fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
    old = path.with_name(f".{path.name}.{os.getpid()}.old")
    try:
        with named(path):
            fresh.mkdir()
            yield fresh
            for file in filter(Path.is_file, fresh.rglob("*")):
                with file.open("rb") as opened:
                    os.fsync(opened.fileno())
            _swap(fresh, path, old)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _swap(fresh: Path, path: Path, old: Path) -> None:
    """Put a folder in another's place; between the two renames neither is there."""
    if not path.exists():
        fresh.rename(path)
        return
    path.rename(old)
    try:
        fresh.rename(path)
    except OSError:
        old.rename(path)
        raise
    shutil.rmtree(old, ignore_errors=True)
