"""The review of a sample by a person."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING
from unicodedata import east_asian_width

import pytest
from hypothesis import given
from hypothesis import strategies as st

from selfinstruct.method.types import Instance
from selfinstruct.views.review import (
    Answer,
    _keys_of,
    append_answer,
    read_answers,
    sample,
    shares,
    walk,
    wilson,
)
from selfinstruct.views.view import Record, Run, open_run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.mark.parametrize(
    ("yes", "count", "low", "high"),
    # From the formula of Wilson 1927, worked out by hand for these.
    [(5, 10, 0.2366, 0.7634), (0, 10, 0.0, 0.2775), (184, 200, 0.8741, 0.9501), (0, 0, 0.0, 1.0)],
)
def test_wilson_interval(yes: int, count: int, low: float, high: float) -> None:
    """Intervals are those of the score test."""
    assert wilson(yes, count) == pytest.approx((low, high), abs=2e-4)


@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 80), st.integers(0, 5))
def test_sample_is_stratified(plain_tasks: int, classes: int, size: int, seed: int) -> None:
    """Each stratum has its share, rounded; no task comes twice; the same seed, the same sample."""
    tasks = [
        Record(f"{n}.0", f"Task {n}", (Instance("", "o"),), n < classes)
        for n in range(classes + plain_tasks)
    ]
    chosen = sample(tasks, size, seed)
    assert chosen == sample(tasks, size, seed)
    assert len({task.id for task, _ in chosen}) == len(chosen) == min(size, len(tasks))
    if tasks:
        exact = len(chosen) * classes / len(tasks)
        assert abs(sum(task.is_classification is True for task, _ in chosen) - exact) < 1


def test_answered_tasks_stay_in_the_sample() -> None:
    """What was answered comes into the sample of a run that has grown since."""
    tasks = [Record(f"{n}.0", f"Task {n}", (Instance("", "o"),), None) for n in range(500)]
    early = {task.id for task, _ in sample(tasks[:100], 50, 0)}
    later = {task.id for task, _ in sample(tasks, 50, 0, early)}
    assert later == early


class Keys:
    """Keys that a person will press."""

    def __init__(self, keys: str) -> None:
        self._keys = iter(keys)

    def __call__(self) -> str:
        """Return the next key, "" when there are no more."""
        return next(self._keys, "")


@pytest.fixture
def run(small_run: Path) -> Run:
    (small_run / "review.jsonl").unlink(missing_ok=True)
    return open_run(small_run)


def answers_of(run: Run) -> dict[str, Answer]:
    return read_answers(run.spec.folder.path / "review.jsonl")


def test_walk_is_resumed(run: Run) -> None:
    """A walk that stops goes on with the next task; nothing is asked again."""
    out = io.StringIO()
    assert walk(run, 5, Keys("yyyyn"), out) == 4
    first = answers_of(run)
    assert [answer.keep for answer in first.values()] == [True]
    assert walk(run, 5, Keys("yynnnnyyyxyyy"), out) == 0
    assert next(iter(answers_of(run))) == next(iter(first))
    assert [answer.keep for answer in answers_of(run).values()] == [True, False, False, True, True]
    assert walk(run, 5, Keys("q"), out) == 0
    assert "3 of 5" in out.getvalue()
    found = {share.name: share.yes for share in shares(answers_of(run).values())}
    assert found == {"task": 4, "input": 4, "output": 3, "all": 3}


def test_walk_goes_back(run: Run) -> None:
    """Key b asks about the task before once more, and its last answer counts."""
    walk(run, 5, Keys("nnnbyyyq"), io.StringIO())
    assert [answer.keep for answer in answers_of(run).values()] == [True]


def test_an_interrupt_stops_and_tells_the_result(run: Run) -> None:
    """Ctrl-C is no traceback: the answers are kept, and the shares so far are shown."""
    keys = Keys("yyny")

    def interrupted() -> str:
        key = keys()
        if not key:
            raise KeyboardInterrupt
        return key

    out = io.StringIO()
    assert walk(run, 5, interrupted, out) == 4
    assert "0 of 1" in out.getvalue()
    assert [answer.keep for answer in answers_of(run).values()] == [False]


def test_walk_tells_its_keys_and_what_was_answered_before(run: Run) -> None:
    """The keys stand first; back at a task, its answers are shown."""
    out = io.StringIO()
    walk(run, 5, Keys("ynybq"), out)
    assert out.getvalue().startswith("y yes, n no, b back, q stop")
    assert out.getvalue().count("answered before: y, n, y") == 1


def test_a_run_without_tasks_has_nothing_to_review(plant: Callable[..., Run]) -> None:
    """It is said, and nothing is asked."""
    out = io.StringIO()
    assert walk(plant([]), 5, Keys("y"), out) == 0
    assert out.getvalue().startswith("no task is complete yet")


def test_an_arrow_is_no_letter() -> None:
    """The letters of an escape sequence are no answers; those typed ahead are, one by one."""
    reads = iter([b"yn", b"\x1b[B", b"n\x1bOA", "é".encode(), b""])
    key = _keys_of(lambda: next(reads))
    assert [key() for _ in range(7)] == ["y", "n", "\x1b", "n", "\x1b", "é", ""]


def test_review_file_says_what_to_keep(run: Run) -> None:
    """A line has id, instance, answers and keep, for the export to read."""
    walk(run, 5, Keys("yyn"), io.StringIO())
    (line,) = (run.spec.folder.path / "review.jsonl").read_text("ascii").splitlines()
    row = json.loads(line)
    assert row["answers"] == {"task": True, "input": True, "output": False}
    assert row["keep"] is False
    assert row["id"] in {task.id for task in run.tasks()}


def test_keys_of_a_terminal(run: Run) -> None:
    """In a terminal a key counts without Enter, and the terminal is as before afterwards."""
    pty, termios = pytest.importorskip("pty"), pytest.importorskip("termios")
    ours, its = pty.openpty()
    before = termios.tcgetattr(its)
    folder = run.spec.folder.path
    command = [sys.executable, "-m", "selfinstruct", "review", str(folder), "--sample", "5"]
    process = subprocess.Popen(command, stdin=its, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    with process:
        assert process.stdout is not None
        shown = b""
        while b"[y/n]" not in shown:
            shown += os.read(process.stdout.fileno(), 4096)
        os.write(ours, b"yynq")
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert termios.tcgetattr(its) == before
    os.close(ours)
    os.close(its)
    assert [answer.keep for answer in answers_of(run).values()] == [False]
    assert b"0 of 1" in out
    assert b"4 left" in err


@given(cut=st.integers(0, 200))
def test_torn_line_is_passed_over(tmp_path_factory: pytest.TempPathFactory, cut: int) -> None:
    """A file cut anywhere reads as its whole lines, and can be added to."""
    path = tmp_path_factory.mktemp("review") / "review.jsonl"
    yes = {"task": True, "input": True, "output": True}
    for name in ("0.1", "0.2"):
        append_answer(path, Answer(name, 0, yes))
    data = path.read_bytes()
    line = len(data) // 2
    path.write_bytes(data[:cut])
    whole = ["0.1", "0.2"][: (cut + 1) // line]  # the line end itself may be missing
    assert list(read_answers(path)) == whole
    append_answer(path, Answer("0.3", 0, yes))
    assert list(read_answers(path)) == [*whole, "0.3"]


def test_text_of_a_model_cannot_steer_the_terminal(plant: Callable[..., Run]) -> None:
    """Escapes in instruction, input and output show as pictures."""
    nasty = "Turn \x1b[2J\x9b31m this \u202e around"
    tasks = [Record("0.0", nasty, (Instance(nasty, nasty),), None)]
    out = io.StringIO()
    walk(plant(tasks), 5, Keys("q"), out)
    assert "␛[2J" in out.getvalue()
    assert not {"\x1b", "\x9b", "\u202e"} & set(out.getvalue())


@pytest.mark.parametrize(
    "text", ["Write about lamps and lights. " * 20, "\u628a\u53e5\u5b50\u7ffb\u8bd1" * 40]
)
def test_no_line_is_wider_than_the_terminal(
    text: str, plant: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A Chinese character fills two columns."""
    monkeypatch.setenv("COLUMNS", "80")
    out = io.StringIO()
    walk(plant([Record("0.0", text, (Instance(text, text),), None)]), 5, Keys("q"), out)
    shown = out.getvalue().partition("Is it a valid task?")[0].splitlines()
    widths = [sum(1 + (east_asian_width(c) in "WF") for c in line) for line in shown]
    assert max(widths) == 80
    assert "".join(text.split()) in "".join("".join(shown).split())
