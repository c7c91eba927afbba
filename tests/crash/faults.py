"""Faults in a process of ours: the system's calls on files, with signals and errors put in.

`install` replaces the few functions of `os`, `io` and `fcntl` by which the package touches files.
Each call on a file below a watched folder is a step, named by file and operation, such as
`journal.jsonl write`. A plan says at which step what happens; what happened is noted in a file
before it happens, with the real functions, so that it is counted where it was hit.
"""

from __future__ import annotations

import errno
import fcntl
import io
import json
import os
import re
import shutil
import signal
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from selfinstruct.model import clock

if TYPE_CHECKING:
    from collections.abc import Callable

BY_NUMBER = {"write": "write", "pwrite": "write", "fsync": "fsync", "ftruncate": "truncate"}
BY_PATH = {
    "mkdir": "mkdir",
    "replace": "rename",
    "rename": "rename",
    "unlink": "unlink",
    "rmdir": "unlink",
}
"""Functions of `os`, and the operation that each one is."""

_write, _open, _io_open, _close, _flock = os.write, os.open, io.open, os.close, fcntl.flock


@dataclass(frozen=True)
class Plan:
    """What is to happen.

    Attributes:
        action: a signal (`SIGKILL`), or an error (`ENOSPC`), which stands in place of the call.
        step: at which step.
        when: `before` or `after` the call; an error is neither.
        nth: at which of its calls, from 1.
        more: signals that follow at the next steps of any file.
        lasting: whether an error stays: each later step of that file and operation fails too.
    """

    action: str
    step: str
    when: str = "before"
    nth: int = 1
    more: int = 0
    lasting: bool = False


def install(root: Path, log: Path, plan: Plan | None, *, jumps: bool = False) -> None:
    """Watch the files below a folder in this process.

    Args:
        root: the folder.
        log: gets a line of JSON for each step, for what happened, and for the size of each file
            that was synced; it lies outside of the folder.
        plan: what is to happen; None for nothing.
        jumps: whether the clock jumps by hours and days, to and fro.
    """
    faults = _Faults(root, log, plan)
    for name, operation in BY_NUMBER.items():
        setattr(os, name, partial(faults.by_number, getattr(os, name), operation))
    for name, operation in BY_PATH.items():
        setattr(os, name, partial(faults.by_path, getattr(os, name), operation))
    replaced: list[tuple[Any, str, Any]] = [
        (os, "open", faults.open),
        (os, "close", faults.close),
        (fcntl, "flock", faults.flock),
        (io, "open", faults.io_open),
        (shutil, "_use_fd_functions", False),  # by paths, which can be watched
    ]
    if jumps:
        replaced.append((clock, "datetime", _jumping()))
    for module, name, value in replaced:
        setattr(module, name, value)


class _Faults:
    """The steps of one process."""

    def __init__(self, root: Path, log: Path, plan: Plan | None) -> None:
        self.root = str(root)
        self.log = _open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        self.plan = plan
        self.counts: dict[str, int] = {}
        self.files: dict[int, str] = {}
        self.pid = os.getpid()
        self.following = 0

    def name(self, path: Any) -> str | None:
        """Return a path's name for steps; None for one that is not watched."""
        if isinstance(path, int):
            return self.files.get(path)
        text = os.path.abspath(os.fsdecode(path))  # noqa: PTH100 - Path.resolve follows links
        if not text.startswith(self.root + os.sep):
            return None
        parts = Path(text).relative_to(self.root).parts
        if "recipe" in parts:
            return "recipe/*"
        last = parts[-1] if len(parts) > 1 else "folder"
        return re.sub(r"^\.(.*)\.\d+\.(new|old)$", r"\1.\2", last)

    def step(
        self, path: Any, operation: str, call: Callable[[], Any], half: Callable[[], Any]
    ) -> Any:
        """Make a call, with what is planned before, in place of, or after it.

        Args:
            path: of the file, or its number.
            operation: what the call is.
            call: makes it.
            half: does what of it is done where it fails.
        """
        name = self.name(path)
        if name is None or os.getpid() != self.pid:
            return call()
        step = f"{name} {operation}"
        count = self.counts[step] = self.counts.get(step, 0) + 1
        plan = self.plan
        if self.following:
            self.following -= 1
            self._signal(step, "more")
        self.note(step=step)
        if plan is None or plan.step != step or count < plan.nth:
            return call()
        if count > plan.nth and not plan.lasting:
            return call()
        if not plan.action.startswith("SIG"):
            self.note(hit=step, when="error", action=plan.action)
            half()
            number = getattr(errno, plan.action)
            raise OSError(number, os.strerror(number), *(() if isinstance(path, int) else (path,)))
        if plan.when == "before":
            self._signal(step, "before")
            self.following = plan.more
            return call()
        done = call()
        self._signal(step, "after")
        self.following = plan.more
        return done

    def note(self, **row: object) -> None:
        """Write a line to the log."""
        _write(self.log, json.dumps(row).encode() + b"\n")

    def _signal(self, step: str, when: str) -> None:
        assert self.plan is not None
        self.note(hit=step, when=when, action=self.plan.action)
        os.kill(self.pid, getattr(signal, self.plan.action))

    def by_number(self, real: Callable[..., Any], operation: str, file: int, *more: Any) -> Any:
        """Stand in for a function that takes a descriptor."""

        def half() -> None:
            if operation == "write":
                real(file, more[0][: len(more[0]) // 2], *more[1:])

        def whole() -> Any:
            done = real(file, *more)
            if operation == "fsync" and file in self.files:
                self.note(synced=self.files[file], size=os.fstat(file).st_size)
            return done

        return self.step(file, operation, whole, half)

    def by_path(
        self, real: Callable[..., Any], operation: str, path: Any, *more: Any, **named: Any
    ) -> Any:
        """Stand in for a function that takes a path."""
        if any(value is not None for key, value in named.items() if key.endswith("dir_fd")):
            return real(path, *more, **named)
        return self.step(path, operation, partial(real, path, *more, **named), _nothing)

    def open(self, path: Any, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        """Stand in for `os.open`."""
        make = partial(_open, path, flags, mode, dir_fd=dir_fd)
        if dir_fd is not None:
            return make()
        if flags & (os.O_WRONLY | os.O_RDWR):
            operation = _opening(path, creates=flags & os.O_CREAT)
            file = int(self.step(path, operation, make, _nothing))
        else:
            file = make()
        if (name := self.name(path)) is not None:
            self.files[file] = name
        return file

    def close(self, file: int) -> None:
        """Stand in for `os.close`: a file is closed even where that fails."""
        try:
            self.step(file, "close", partial(_close, file), partial(_close, file))
        finally:
            self.files.pop(file, None)

    def flock(self, file: int, how: int) -> None:
        """Stand in for `fcntl.flock`."""
        operation = "unlock" if how & fcntl.LOCK_UN else "lock"
        self.step(file, operation, partial(_flock, file, how), _nothing)

    def io_open(self, path: Any, mode: str = "r", *more: Any, **named: Any) -> Any:
        """Stand in for `io.open`, which pathlib calls too."""
        name = None if isinstance(path, int) else self.name(path)
        if name is None or not set(mode) & set("wax+"):
            return _io_open(path, mode, *more, **named)
        plain = mode.replace("b", "").replace("t", "")
        operation = _opening(path, creates=set(plain) != {"r", "+"})
        raw = self.step(path, operation, partial(_Raw, path, plain, self), _nothing)
        self.files[raw.fileno()] = name
        file = io.BufferedRandom(raw) if "+" in mode else io.BufferedWriter(raw)
        if "b" in mode:
            return file
        return io.TextIOWrapper(
            file, named.get("encoding"), named.get("errors"), named.get("newline")
        )


class _Raw(io.FileIO):
    """A file whose writes are steps."""

    def __init__(self, path: Any, mode: str, faults: _Faults) -> None:
        self.faults = faults
        super().__init__(path, mode)

    def write(self, data: Any) -> int:
        """Write, in half where that fails."""
        piece = bytes(data)
        whole, half = (
            partial(super().write, piece),
            partial(super().write, piece[: len(piece) // 2]),
        )
        return int(self.faults.step(self.fileno(), "write", whole, half))

    def close(self) -> None:
        """Close, even where that fails."""
        if self.closed:
            return
        number = self.fileno()
        try:
            self.faults.step(number, "close", super().close, super().close)
        finally:
            self.faults.files.pop(number, None)


def _nothing() -> None:
    """Do nothing."""


def _opening(path: Any, *, creates: Any) -> str:
    return "create" if creates and not os.path.lexists(path) else "open"


def _jumping() -> type:
    """Return a class for the wall clock's `datetime` that jumps to and fro."""
    real, turns = vars(clock)["datetime"], iter(range(10**9))
    jumps = (0, 3600, -3600, 86400 * 400, -86400 * 4000, 7)

    def now(tz: Any = None) -> Any:
        far = jumps[next(turns) % len(jumps)]
        return real.fromtimestamp(real.now(tz).timestamp() + far, tz)

    return type("Jumping", (real,), {"now": staticmethod(now)})
