"""Where exports go: files and folders that appear whole or not at all."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from selfinstruct.method.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


@contextmanager
def fresh_file(path: Path) -> Iterator[BinaryIO]:
    """Give a file to write to that replaces `path` when all has gone well.

    What is not a regular file (a pipe, `/dev/stdout`) is written to as it is.

    Raises:
        BadInput: if it cannot be written.
    """
    if path.exists() and not path.is_file() and not path.is_dir():
        with _named(path), path.open("wb") as file:  # before resolving: a pipe has no real path
            yield file
        return
    path = path.resolve()
    fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        with _named(path):
            if path.is_dir():
                raise IsADirectoryError(0, "it is a folder")
            with fresh.open("wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(path)
    finally:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)


def write(path: Path, pieces: Iterable[str]) -> int:
    """Write a text file that appears whole or not at all; return its size in bytes.

    Raises:
        BadInput: if it cannot be written.
    """
    size = 0
    with fresh_file(path) as file:
        for piece in pieces:
            size += file.write(piece.encode("utf-8"))
    return size


@contextmanager
def fresh_folder(path: Path, marks: frozenset[str]) -> Iterator[Path]:
    """Give a folder to fill that takes the place of `path` when all has gone well.

    It may be there if it is empty or was made by us, and so holds `marks` and nothing else.

    Raises:
        BadInput: if there is something else, or it cannot be written.
    """
    path = path.resolve()
    with _named(path):
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
        with _named(path):
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


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Turn the system's errors into ours."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise BadInput(
            f"write {path}",
            error.strerror or str(error),
            "Name a file or folder that can be written, with room on its disk.",
        ) from None
