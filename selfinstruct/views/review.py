"""Review of a sample by a person: the paper's questions, shares with intervals, and what to keep.

Answers lie in `review.jsonl` in the run folder, one line each, the last one for a task counting:
`{"answers": {"input": true, "output": false, "task": true}, "id": "12.3", "instance": 0,
"keep": false}`. `keep` is true when all answers are; an export leaves out tasks with false.
"""

from __future__ import annotations

import json
import os
from collections import defaultdict
from dataclasses import asdict, dataclass
from math import sqrt
from typing import TYPE_CHECKING, Any

from selfinstruct.method.digest import sha256
from selfinstruct.method.errors import Stopped

from . import paper

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from .view import Record

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
    places = {task.id: _place(seed, task.id) for task in tasks}
    for task in sorted(tasks, key=lambda some: (some.id not in before, places[some.id])):
        instance = int(places[task.id][-8:], 16) % len(task.instances)
        empty = not task.instances[instance].input
        strata[str(task.is_classification), empty].append((task, instance))
    counts = {name: len(some) for name, some in sorted(strata.items())}
    quotas = _quotas(counts, min(size, len(tasks)))
    chosen = [pair for name in counts for pair in strata[name][: quotas[name]]]
    return sorted(chosen, key=lambda pair: places[pair[0].id])


def _place(seed: int, identity: str) -> str:
    return sha256(f"review/{seed}/{identity}")


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
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return {}
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
        Stopped: if it cannot be written.
    """
    row = {**asdict(answer), "keep": answer.keep}
    try:
        with path.open("ab+") as file:
            if file.seek(0, os.SEEK_END):
                file.seek(-1, os.SEEK_END)
                if file.read(1) != b"\n":
                    file.write(b"\n")  # ends a torn line
            file.write((json.dumps(row, sort_keys=True) + "\n").encode("ascii"))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise Stopped(
            f"write {path}",
            error.strerror or str(error),
            "Make room, or see who may write there; earlier answers are kept.",
        ) from error
