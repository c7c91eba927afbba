"""A small run to look at, and a headless Chromium."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from hypothesis import settings

from benchmarks.chromium import open_chromium
from selfinstruct.cli import main
from selfinstruct.views.view import Record, Run, open_run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from benchmarks.chromium import Page

TARGET = 60

settings.register_profile("no deadline", deadline=None)  # a busy machine is no failure
settings.load_profile("no deadline")


@pytest.fixture(scope="session")
def small_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a finished run of the rehearsal service."""
    folder = tmp_path_factory.mktemp("runs") / "small"
    command = [sys.executable, "-m", "selfinstruct", "generate", str(folder)]
    subprocess.run(
        [*command, "--model", "rehearsal", "--target", str(TARGET)], check=True, capture_output=True
    )
    return folder


class PlantedRun(Run):
    """A run whose tasks and rejections are given."""

    def __init__(
        self, run: Run, tasks: Sequence[Record], rejected: Sequence[Mapping[str, Any]] = ()
    ) -> None:
        super().__init__(run.spec, live=run.live)
        self._tasks = tasks
        self._rejected = rejected

    def tasks(self) -> Iterator[Record]:
        """Yield what was given."""
        yield from self._tasks

    def rejected(self) -> Iterator[Mapping[str, Any]]:
        """Yield what was given."""
        yield from self._rejected


@pytest.fixture
def plant(small_run: Path) -> Callable[..., Run]:
    """Return a function that makes a run of given tasks and rejections."""

    def make(tasks: Sequence[Record], rejected: Sequence[Mapping[str, Any]] = ()) -> Run:
        return PlantedRun(open_run(small_run), tasks, rejected)

    return make


@pytest.fixture
def chromium(tmp_path: Path) -> Callable[[], AbstractAsyncContextManager[Page]]:
    """Return a function that opens a fresh headless Chromium; skipped where there is none."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.skip("needs Chromium (Debian package chromium)")
    return lambda: open_chromium(program, tmp_path / "profile")


class Done(NamedTuple):
    """What a command left."""

    code: int
    out: str
    err: str


@pytest.fixture
def call(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Done]:
    """Return a caller of the command line, with keys for a review."""

    def run(*words: str | Path, keys: str = "") -> Done:
        monkeypatch.setattr(sys, "argv", ["selfinstruct", *map(str, words)])
        monkeypatch.setattr(sys, "stdin", io.StringIO(keys))
        monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
        with pytest.raises(SystemExit) as ended:
            main()
        code = ended.value.code
        return Done(code if isinstance(code, int) else 0, *capsys.readouterr())

    return run
