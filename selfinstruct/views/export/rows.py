"""Which rows an export has: instances of complete tasks, filtered, shuffled and limited."""

from __future__ import annotations

from collections import Counter
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING, Any

from selfinstruct.method.errors import BadInput, Refused
from selfinstruct.method.sampling import Draw
from selfinstruct.method.verbs import root_verb
from selfinstruct.views.review import read_answers

from .options import Bounds
from .row import TEXTS, Row, clean, score

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from selfinstruct.method.types import SeedTask
    from selfinstruct.views.view import Record, Run

    from .options import Choice


def choose(run: Run, choice: Choice) -> list[Row]:
    """Return the rows of a run that are wanted, in their order.

    Raises:
        BadInput: if a text or a score is named that no task has, or a seed task's id is taken.
        Refused: if a task's id stands twice in the pool.
    """
    for name in choice.words:
        if name not in TEXTS:
            remedy = f"Name one of {', '.join(TEXTS)}."
            raise BadInput(f"count the words of {name!r}", "no text has that name", remedy)
    answers = read_answers(run.spec.folder.path / "review.jsonl") if choice.reviewed else {}
    bad = {task for task, answer in answers.items() if not answer.keep}
    rows = [row for row in _all(run, choice) if row.task not in bad and _wanted(row, choice)]
    if choice.one_per_task:
        rows = [next(some) for _, some in groupby(rows, lambda row: (row.seed_task, row.task))]
    if choice.shuffle is not None:
        rows = Draw(choice.shuffle, "export").shuffled(rows)
    if choice.per_verb is not None:
        rows = list(_capped(rows, choice.per_verb))
    return rows if choice.limit is None else rows[: choice.limit]


def _all(run: Run, choice: Choice) -> Iterator[Row]:
    what = f"export {run.spec.folder.path}"
    seeds = run.seeds() if choice.include_seeds else ()
    for seed in seeds:
        yield from _rows_of(seed, {}, seed_task=True)
    ids, seen = {seed.id for seed in seeds}, set[str]()
    unknown = set(choice.scores)
    for task in run.tasks():
        if task.id in seen:
            raise Refused(
                what,
                f"task {task.id} stands twice in pool.jsonl",
                "Delete pool.jsonl and export again: it is rebuilt from the journal.",
            )
        if task.id in ids:
            raise BadInput(
                what,
                f"a seed task and a machine-generated task share the id {task.id}",
                "Leave out --include-seeds.",
            )
        seen.add(task.id)
        unknown -= {name for name in unknown if score(task.extra, name) is not None}
        yield from _rows_of(task, task.extra)
    if unknown and seen:
        raise BadInput(
            f"filter by {min(unknown)!r}",
            "no task of this run has a number of that name",
            "Name what a step of the recipe adds; `extra` in pool.jsonl shows it.",
        )


def _rows_of(
    task: SeedTask | Record, extra: Mapping[str, Any], *, seed_task: bool = False
) -> Iterator[Row]:
    instruction = clean(task.instruction)
    for place, (given, output) in enumerate(task.instances):
        texts = (instruction, clean(given), clean(output))
        yield Row(task.id, place, *texts, task.is_classification, extra, seed_task)


def _wanted(row: Row, choice: Choice) -> bool:
    if choice.is_classification not in {None, row.is_classification}:
        return False
    if not row.seed_task:
        for name, bounds in choice.scores.items():
            number = score(row.extra, name)
            if number is None or not Bounds(*bounds).hold(number):
                return False
    return all(
        Bounds(*bounds).hold(len(getattr(row, name).split()))
        for name, bounds in choice.words.items()
    )


def _capped(rows: Sequence[Row], most: int) -> Iterator[Row]:
    verb_of = cache(root_verb)
    counts: Counter[str | None] = Counter()
    for row in rows:
        verb = verb_of(row.instruction)
        counts[verb] += 1
        if verb is None or counts[verb] <= most:
            yield row
