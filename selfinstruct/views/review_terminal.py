"""The terminal walk through a review sample."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
import unicodedata
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from .review import QUESTIONS, Answer, append_answer, read_answers, sample, shares
from .sanitize import plain
from .stats_table import table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from .review import Share
    from .view import Record, Run

WIDTH = 96
"""Columns of text, at most."""
LINES = 40
"""Lines of one text that are shown."""

KEYS = "y yes, n no, b back, q stop (answers are kept)"


def walk(run: Run, size: int, keys: Callable[[], str], out: TextIO) -> int:
    """Ask about a sample of a run until all is answered, the user stops, or a key is "".

    Returns:
        How many of the sample are still to be answered.

    Raises:
        Stopped: if an answer cannot be written.
    """
    path = run.spec.folder.path / "review.jsonl"
    answers = read_answers(path)
    pairs = sample(list(run.tasks()), size, run.spec.identity.seed, answers)
    place = _next(pairs, answers, 0)
    if place < len(pairs):
        out.write(f"{KEYS}\n")
    elif not pairs:
        out.write("no task is complete yet\n")
    while place < len(pairs):
        task, instance = pairs[place]
        done = sum(some.id in answers for some, _ in pairs if some.id != task.id)
        _show(out, task, instance, f"{done + 1} of {len(pairs)}")
        if (before := answers.get(task.id)) is not None:
            said = ", ".join("y" if before.answers[name] else "n" for name in QUESTIONS)
            out.write(f"answered before: {said}\n")
        given = _ask(keys, out)
        if given is None:
            break
        if isinstance(given, str):  # back
            place = max(0, place - 1)
            continue
        answers[task.id] = Answer(task.id, instance, given)
        append_answer(path, answers[task.id])
        place = _next(pairs, answers, place)
    out.write("\n" + result(shares(answers.values())) + "\n")
    return sum(task.id not in answers for task, _ in pairs)


def result_of(run: Run) -> str:
    """Return the result of a review so far, in lines for a reader."""
    return result(shares(read_answers(run.spec.folder.path / "review.jsonl").values()))


def _next(pairs: Sequence[tuple[Record, int]], answers: dict[str, Answer], place: int) -> int:
    """Return the next place without an answer, from here on and then from the beginning."""
    order = [*range(place, len(pairs)), *range(place)]
    return next((n for n in order if pairs[n][0].id not in answers), len(pairs))


def _ask(keys: Callable[[], str], out: TextIO) -> dict[str, bool] | str | None:
    """Return the answers, "b" for back, or None to stop."""
    given: dict[str, bool] = {}
    for name, question in QUESTIONS.items():
        out.write(f"{question} [y/n] ")
        out.flush()
        while (key := _key(keys)) and key not in "ynbq\x03\x04":
            out.write(f"\n{KEYS}: ")
            out.flush()
        out.write(f"{key if key.isprintable() else ''}\n")
        if key in ("", "q", "\x03", "\x04"):  # Ctrl-C and Ctrl-D come as keys from a raw terminal
            return None
        if key == "b":
            return key
        given[name] = key == "y"
    return given


def _key(keys: Callable[[], str]) -> str:
    """Return the next key; an interrupt stops as q does, and the answers so far are told."""
    try:
        return keys().lower()
    except KeyboardInterrupt:
        return "q"


def _show(out: TextIO, task: Record, instance: int, place: str) -> None:
    chosen = task.instances[instance]
    width = min(WIDTH, shutil.get_terminal_size((WIDTH, 0)).columns)
    kind = {True: "classification", False: "not classification", None: ""}[task.is_classification]
    out.write(f"\n{'-' * width}\n{place}   task {plain(task.id)}   {kind}\n\n")
    out.writelines(
        f"{name}\n{_wrapped(text, width - 2)}\n\n"
        for name, text in (
            ("Instruction", task.instruction),
            ("Input", chosen.input or "(none)"),
            ("Output", chosen.output),
        )
    )


def _wrapped(text: str, width: int) -> str:
    lines = [
        line
        for part in plain(text).split("\n")
        for line in textwrap.wrap(part, _characters(part, width), break_on_hyphens=False) or [""]
    ]
    more = [f"... and {len(lines) - LINES} more lines"] if len(lines) > LINES else []
    return "\n".join("  " + line for line in [*lines[:LINES], *more])


def _characters(text: str, width: int) -> int:
    """Return how many characters of a text fill a line, where Chinese ones fill two columns."""
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    return max(1, width * len(text) // (len(text) + wide)) if wide else width


def result(found: Sequence[Share]) -> str:
    """Return the shares in lines for a reader."""
    rows = []
    for share in found:
        said = ["-", "-"]
        if share.count:
            value, low, high = (100 * part for part in (share.yes / share.count, *share.interval))
            said = [f"{value:.0f} %", f"{low:.0f} to {high:.0f} %"]
        yes, published = f"{share.yes} of {share.count}", f"{100 * share.paper:.0f} %"
        rows.append((_NAMES[share.name], yes, *said, published))
    return "\n".join(table(["reviewed", "yes", "share", "95 % interval", "paper"], rows))


_NAMES = {
    "task": "valid task",
    "input": "input fits",
    "output": "output is right",
    "all": "all three",
}


@contextmanager
def terminal_keys() -> Iterator[Callable[[], str]]:
    """Give a function that returns the next key, without Enter where the terminal can do that.

    Where it cannot (a pipe, Windows), a line is read and its first character counts.
    """

    def first_of_line() -> str:
        line = sys.stdin.readline()
        return (line.strip() or " ")[0] if line else ""

    if not sys.stdin.isatty():
        yield first_of_line
        return
    try:
        import termios  # noqa: PLC0415 - not on Windows
        import tty  # noqa: PLC0415 - as above
    except ImportError:
        yield first_of_line
        return
    number = sys.stdin.fileno()
    before = termios.tcgetattr(number)
    try:
        tty.setcbreak(number)
        yield _keys_of(lambda: os.read(number, 256))
    finally:
        termios.tcsetattr(number, termios.TCSADRAIN, before)


def _keys_of(read: Callable[[], bytes]) -> Callable[[], str]:
    """Return a function that gives one key after the other, "" at the end.

    What one read gives from an escape on is one key, such as an arrow: its letters are no keys.
    """
    waiting: list[str] = []

    def key() -> str:
        if not waiting:
            text, escape, _ = read().decode("utf-8", "replace").partition("\x1b")
            waiting.extend([*text, escape] if escape else text)
        return waiting.pop(0) if waiting else ""

    return key
