"""A row of an export: an instance of a task, and what a file may need of it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from selfinstruct.method.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

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
        from selfinstruct.method.asking import as_prompt  # noqa: PLC0415 - help stays quick

        return as_prompt(self.instruction, self.input)

    @property
    def system(self) -> str:
        """What the model was told ahead of a conversation that was given; "" for nothing."""
        found = self.extra.get("system")
        return clean(found) if isinstance(found, str) else ""

    @property
    def turns(self) -> list[tuple[str, str]]:
        """What user and assistant said: prompt and output, then the turns that steps added."""
        from selfinstruct.method.turns import pairs_of  # noqa: PLC0415 - help stays quick

        more = [] if self.place else pairs_of(self.extra.get("turns"))
        return [(self.prompt, self.output), *((clean(a), clean(b)) for a, b in more)]

    @property
    def pair(self) -> tuple[str, str] | None:
        """The preferred answer to the task's first instance, and the other; None for no pair."""
        found = self.extra.get("preference")
        if self.place or not isinstance(found, Mapping):
            return None
        texts = [found.get("chosen"), found.get("rejected")]
        chosen, rejected = (clean(text) if isinstance(text, str) else "" for text in texts)
        same = _form(chosen) == _form(rejected)
        return None if same or not (chosen.strip() and rejected.strip()) else (chosen, rejected)

    @property
    def score(self) -> float | None:
        """The judge's score of the task's first instance, 1 to 10; None for none."""
        from selfinstruct.method.judge import BEST  # noqa: PLC0415 - help stays quick

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

    def refusal(self, what: str, run: Path, then: str) -> BadInput:
        """Return the error for a run without such rows: it names the command that makes them.

        Args:
            what: verb and thing.
            run: the run's folder.
            then: what to do with the new run.
        """
        new = run.with_name(f"{run.name}-{self.recipe}")
        words = ("generate", new, "--recipe", self.recipe, "--from", run, "--model", "MODEL")
        return BadInput(
            what,
            f"no task {self.lacks}",
            f"Recipe {self.recipe} adds it; {then} the new run then:\n"
            f"selfinstruct {shlex.join(map(str, words))}",
        )


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
    found: dict[str, Row] = {}
    for row in rows:
        found.setdefault(prompt_key(row), row)
    return list(found.values())


def prompt_key(row: Row) -> str:
    """Return what two rows with the same prompt share: blanks and case make no other prompt."""
    return _form(row.prompt)


def _form(text: str) -> str:
    from selfinstruct.method.filters import normal_form  # noqa: PLC0415 - help stays quick

    return normal_form(text)


ALL = Need(list)
ANSWERED = Need(
    lambda rows: [row for row in rows if row.output.strip()], "has an output", "answers"
)
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


def clean(text: str) -> str:
    """Return a text that UTF-8 can hold: pairs of surrogates joined, lone ones replaced."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
