"""Review of a sample by a person: the paper's questions, shares with intervals, and what to keep.

Answers lie in `review.jsonl` in the run folder, one line each, the last one for a task counting:
`{"answers": {"input": true, "output": false, "task": true}, "id": "12.3", "instance": 0,
"keep": false}`. `keep` is true when all answers are; an export leaves out tasks with false.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import textwrap
import unicodedata
from collections import defaultdict
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from math import sqrt
from typing import TYPE_CHECKING, Any, TextIO

from selfinstruct.method.digest import sha256
from selfinstruct.method.plain import plain
from selfinstruct.store.disk import named

from . import paper
from .stats_table import table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from .view import Record, Run

QUESTIONS = {
    "task": "Is it a valid task?",
    "input": "Does the input fit the task (an empty one where none is needed)?",
    "output": "Is the output a right and acceptable answer?",
}
"""What is asked, by name (paper, table 2); its fourth line, all three, follows from these."""

Z = 1.959963984540054
"""Quantile of the normal distribution for intervals of 95 %."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person said of one instance of a task."""

    id: str
    instance: int
    answers: Mapping[str, bool]

    @property
    def keep(self) -> bool:
        """Whether everything about it is right."""
        return all(self.answers.values())


@dataclass(frozen=True, slots=True)
class Share:
    """How many of the reviewed were right, with a 95 % Wilson interval, beside the paper's."""

    name: str
    yes: int
    count: int
    interval: tuple[float, float]
    paper: float


def wilson(yes: int, count: int) -> tuple[float, float]:
    """Return the 95 % score interval of a share (Wilson 1927); 0 to 1 for no observation."""
    if not count:
        return 0.0, 1.0
    share, z2 = yes / count, Z * Z
    middle = (share + z2 / (2 * count)) / (1 + z2 / count)
    half = Z * sqrt(share * (1 - share) / count + z2 / (4 * count * count)) / (1 + z2 / count)
    return max(0.0, middle - half), min(1.0, middle + half)


def shares(answers: Iterable[Answer]) -> list[Share]:
    """Return the share of yes for each question, and for all of them together."""
    given = [{**some.answers, "all": some.keep} for some in answers]
    found = []
    for name, published in paper.FIGURES["review"].items():
        yes = sum(some[name] for some in given)
        found.append(Share(name, yes, len(given), wilson(yes, len(given)), published))
    return found


def sample(
    tasks: Sequence[Record], size: int, seed: int, answered: Iterable[str] = ()
) -> list[tuple[Record, int]]:
    """Return a stratified sample: tasks, and which instance of each, in random order.

    Strata are classification or not, by empty input or not, in the data set's own proportions.
    The order is fixed by the seed and the tasks' ids, so a sample of a longer run differs little;
    tasks that have been answered come into it first. Fewer than `size` come where there are fewer.
    """
    before = set(answered)
    strata: defaultdict[tuple[str, bool], list[tuple[Record, int]]] = defaultdict(list)
    places = {task.id: sha256(f"review/{seed}/{task.id}") for task in tasks}
    for task in sorted(tasks, key=lambda some: (some.id not in before, places[some.id])):
        instance = int(places[task.id][-8:], 16) % len(task.instances)
        empty = not task.instances[instance].input
        strata[str(task.is_classification), empty].append((task, instance))
    counts = {name: len(some) for name, some in sorted(strata.items())}
    quotas = _quotas(counts, min(size, len(tasks)))
    chosen = [pair for name in counts for pair in strata[name][: quotas[name]]]
    return sorted(chosen, key=lambda pair: places[pair[0].id])


def _quotas(counts: Mapping[tuple[str, bool], int], size: int) -> dict[tuple[str, bool], int]:
    """Share out `size` in proportion, by the largest remainder."""
    total = sum(counts.values())
    exact = {name: size * count / total for name, count in counts.items()} if total else {}
    quotas = {name: int(part) for name, part in exact.items()}
    left = size - sum(quotas.values())
    for name in sorted(exact, key=lambda some: (quotas[some] - exact[some], some))[:left]:
        quotas[name] += 1
    return quotas


def read_answers(path: Path) -> dict[str, Answer]:
    """Return the answers in force by task id; lines that cannot be read are passed over."""
    answers: dict[str, Answer] = {}
    data = b""
    with named(path, "read"), suppress(FileNotFoundError):
        data = path.read_bytes()
    for line in data.splitlines():
        try:
            row: dict[str, Any] = json.loads(line)
            given = {name: bool(row["answers"][name]) for name in QUESTIONS}
            answer = Answer(str(row["id"]), int(row["instance"]), given)
        except (ValueError, KeyError, TypeError):
            continue  # a line torn by a killed process: that task is asked again
        answers.pop(answer.id, None)  # the last answered one comes last
        answers[answer.id] = answer
    return answers


def append_answer(path: Path, answer: Answer) -> None:
    """Add an answer to the file, whole and on the disk when this returns.

    Raises:
        BadInput: if it cannot be written.
        Stopped: if the disk is full, or fails; earlier answers are kept.
    """
    row = {**asdict(answer), "keep": answer.keep}
    with named(path), path.open("ab+") as file:
        if file.seek(0, os.SEEK_END):
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                file.write(b"\n")  # ends a torn line
        file.write((json.dumps(row, sort_keys=True) + "\n").encode("ascii"))
        file.flush()
        os.fsync(file.fileno())


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
    out.write("\n" + result(answers) + "\n")
    return sum(task.id not in answers for task, _ in pairs)


def result_of(run: Run) -> str:
    """Return the result of a review so far, in lines for a reader."""
    return result(read_answers(run.spec.folder.path / "review.jsonl"))


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
        try:
            while (key := keys().lower()) and key not in "ynbq\x03\x04":
                out.write(f"\n{KEYS}: ")
                out.flush()
        except KeyboardInterrupt:  # stops as q does, and the answers so far are told
            key = "q"
        out.write(f"{key if key.isprintable() else ''}\n")
        if key in ("", "q", "\x03", "\x04"):  # Ctrl-C and Ctrl-D come as keys from a raw terminal
            return None
        if key == "b":
            return key
        given[name] = key == "y"
    return given


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


def result(answers: Mapping[str, Answer]) -> str:
    """Return the shares of yes in lines for a reader."""
    rows = []
    for share in shares(answers.values()):
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
