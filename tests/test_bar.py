"""What a run shows while it goes on: safe, cut to the width, and nothing with --quiet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from selfinstruct.cli.bar import Bar, shown
from selfinstruct.engine.run_status import RunStatus
from selfinstruct.method.types import Instance, Origin, Progress, Task

if TYPE_CHECKING:
    import pytest

EVIL = "Name \x1b[31mred\x1b[0m things\nand \u202eseven more " + "of them " * 40


def task(instruction: str = EVIL, given: str = "", output: str = "blood\x07") -> Task:
    """Return a complete task."""
    return Task(Origin(0, 0), instruction, instances=(Instance(given, output),))


def status(*newest: Task) -> RunStatus:
    """Return how a run stands."""
    progress = Progress(candidates=9, accepted=5, complete=3)
    reasons = (("near-duplicate", 3), ("too few words", 1))
    return RunStatus(progress, 10, 2, 9, 0, 70, 30, 0, newest, reasons)


def test_tasks_are_shown_safe_and_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """Instruction, input where there is one, answer; one line each."""
    monkeypatch.setenv("COLUMNS", "60")
    lines = shown([task(given="a rose"), task(output="x" * 99)])
    assert [line.split()[0] for line in lines] == ["*", "on", "->", "*", "->"]
    assert max(map(len, lines)) <= 60
    assert all(char.isprintable() for line in lines for char in line)
    assert lines[2] == "    -> blood␇"


def test_plain_lines_tell_reasons_and_a_task(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each task is shown once, however often the run is looked at."""
    now = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    one = task("Name three red things.", "", "Blood, roses and rust.")
    with Bar() as bar:
        for second in range(31):
            now[0] = float(second)
            bar.show(status(one))
    said = capsys.readouterr().err
    assert said.count("3/10 complete, accepted 5, rejected 4 (3 near-duplicate, 1 too few") == 3
    assert said.count("* Name three red things.") == 1
    assert said.count("-> Blood, roses and rust.") == 1


def test_quiet_shows_notes_alone(capsys: pytest.CaptureFixture[str]) -> None:
    """Notes are what the user has to know."""
    with Bar(quiet=True) as bar:
        bar._last_line = float("-inf")
        bar.show(status(task()))
        bar.note("WARNING: look")
    assert capsys.readouterr().err == "WARNING: look\n"
