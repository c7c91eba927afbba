"""Which rows an export has: instances of complete tasks, filtered, shuffled and limited."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

from selfinstruct.method.asking import as_prompt
from selfinstruct.method.errors import BadInput, Refused
from selfinstruct.method.filters import normal_form
from selfinstruct.method.judge import BEST
from selfinstruct.method.sampling import Draw
from selfinstruct.method.turns import pairs_of
from selfinstruct.method.verbs import root_verb
from selfinstruct.views.review import read_answers

from .options import Bounds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from selfinstruct.method.types import SeedTask
    from selfinstruct.views.view import Record, Run

    from .options import Choice

TEXTS = ("instruction", "input", "output")


@dataclass(frozen=True, slots=True)
class Row:
    """One instance of one task: what a trainer learns from.

    Attributes:
        task: the task's id.
        place: place of the instance in its task, from 0; filters do not renumber.
        instruction: like all texts here free of lone surrogates.
        input: "" where the task needs none.
        is_classification: None if the recipe does not decide that.
        extra: what the recipe's own steps added to the task.
        label: whether the output is a good one, in formats that tell; None in all others.
    """

    task: str
    place: int
    instruction: str
    input: str
    output: str
    is_classification: bool | None
    extra: Mapping[str, Any] = field(default_factory=dict)
    seed_task: bool = False
    label: bool | None = None

    @property
    def id(self) -> str:
        """Task and place, such as `12.3/0`: no two rows of an export share it."""
        return f"{self.task}/{self.place}"

    @property
    def prompt(self) -> str:
        """The instruction and, behind a blank line, the input."""
        return as_prompt(self.instruction, self.input)

    @property
    def system(self) -> str:
        """What the model was told ahead of a conversation that was given; "" for nothing."""
        found = self.extra.get("system")
        return _clean(found) if isinstance(found, str) else ""

    @property
    def turns(self) -> list[tuple[str, str]]:
        """What user and assistant said: prompt and output, then the turns that steps added."""
        more = [] if self.place else pairs_of(self.extra.get("turns"))
        return [(self.prompt, self.output), *((_clean(a), _clean(b)) for a, b in more)]

    @property
    def pair(self) -> tuple[str, str] | None:
        """The preferred answer to the task's first instance, and the other; None for no pair."""
        found = self.extra.get("preference")
        if self.place or not isinstance(found, Mapping):
            return None
        texts = [found.get("chosen"), found.get("rejected")]
        chosen, rejected = (_clean(text) if isinstance(text, str) else "" for text in texts)
        same = normal_form(chosen) == normal_form(rejected)
        return None if same or not (chosen.strip() and rejected.strip()) else (chosen, rejected)

    @property
    def score(self) -> float | None:
        """The judge's score of the task's first instance, 1 to 10; None for none."""
        found = None if self.place else score(self.extra, "score")
        return found if found is not None and 1 <= found <= BEST else None


class Need(NamedTuple):
    """Which rows a file is made of.

    Attributes:
        take: gives them, of all rows, in their order.
        lacks: what no task has where there are none, as the end of a sentence.
        recipe: the recipe that adds it to tasks that are given.
    """

    take: Callable[[Sequence[Row]], list[Row]]
    lacks: str = ""
    recipe: str = ""


GOOD = 6
"""The least score of an answer that is called good: the upper half of 1 to 10."""


def _labelled(rows: Sequence[Row]) -> list[Row]:
    """Return both answers of each pair, the better one as good; else outputs by their score."""
    found = []
    for row in rows:
        if row.pair is not None:
            for output, label in zip(row.pair, (True, False), strict=True):
                found.append(replace(row, output=output, label=label))
        elif row.score is not None and row.output.strip():
            found.append(replace(row, label=row.score >= GOOD))
    return found


def once(rows: Sequence[Row]) -> list[Row]:
    """Return the first row of each prompt."""
    return list({prompt_key(row): row for row in reversed(rows)}.values())[::-1]


def prompt_key(row: Row) -> str:
    """Return what two rows with the same prompt share: blanks and case make no other prompt."""
    return normal_form(row.prompt)


ALL = Need(list)
ANSWERED = Need(lambda rows: [row for row in rows if row.output.strip()], "has an output", "answers")
PROMPTS = Need(once)
PAIRS = Need(
    lambda rows: [row for row in rows if row.pair is not None],
    "has two answers of which one is preferred",
    "preferences",
)
SCORES = Need(
    lambda rows: [row for row in rows if row.score is not None and row.output.strip()],
    "has a score of 1 to 10",
    "judge",
)
LABELS = Need(_labelled, "has two answers of which one is preferred, or a score", "preferences")


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


def score(extra: Mapping[str, Any], name: str) -> float | None:
    """Return a number among what steps added, by its name or its path; None if there is none."""
    value: object = extra.get(name)
    if value is None:
        value = extra
        for part in name.split("."):
            value = value.get(part) if isinstance(value, dict) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value)


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
    instruction = _clean(task.instruction)
    for place, (given, output) in enumerate(task.instances):
        texts = (instruction, _clean(given), _clean(output))
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


def _clean(text: str) -> str:
    """Return a text that UTF-8 can hold: pairs of surrogates joined, lone ones replaced."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
