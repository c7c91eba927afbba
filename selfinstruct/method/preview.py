"""What a recipe would ask: one rendered prompt of each stage, before anything is sent."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from .own_parts import OwnPartFailed
from .sampling import Draw
from .types import Origin, Snapshot, Task

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .registry import Parts
    from .types import Request, SeedTask, Step

CHARACTERS_PER_TOKEN = 4
"""A rule of thumb for English; other languages take more tokens."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One request as a stage would put it, or why it cannot ask about a seed task."""

    title: str
    request: Request | None
    problem: str = ""

    @property
    def tokens(self) -> int:
        """About how many tokens the prompt has."""
        if self.request is None:
            return 0
        characters = sum(len(message.content) for message in self.request.messages)
        return -(-characters // CHARACTERS_PER_TOKEN)


def previews(made: Parts, seeds: Sequence[SeedTask], seed: int) -> list[Shown]:
    """Return a request of each stage: the run's first of the source, and one of each step.

    A step is shown with a seed task in place of a machine-generated one, and twice where it asks
    otherwise about classification tasks.
    """
    source = made.source
    first = source.ask(Draw(seed, source.name, 0), Snapshot((), 0), 0, 0).request
    shown = [Shown(f"{source.name}, the first request", first)]
    for step in made.steps:
        try:
            shown += _step(step, seeds)
        except OwnPartFailed as failed:  # a user's own step may need what no seed task has
            shown.append(Shown(step.name, None, f"no seed task will do: {failed.error}"))
    return shown


def _step(step: Step, seeds: Sequence[SeedTask]) -> Iterator[Shown]:
    usual = _of_kind(seeds, is_classification=False)
    for part in range(step.parts):
        name = step.name if step.parts == 1 else f"{step.name}, part {part}"
        plain = step.ask(_task(usual, is_classification=False), part, 0)
        special = step.ask(_task(usual, is_classification=True), part, 0)
        kinds = [False] if plain.messages == special.messages else [False, True]
        for is_classification in kinds:
            seed_task = _of_kind(seeds, is_classification=is_classification)
            told = f"about seed task {seed_task.id}"
            if len(kinds) > 1:
                told += " as a classification task" if is_classification else " as another task"
            task = _task(seed_task, is_classification=is_classification)
            yield Shown(f"{name}, {told}", step.ask(task, part, 0))


def _of_kind(seeds: Sequence[SeedTask], *, is_classification: bool) -> SeedTask:
    """Return the first seed task of a kind, or the first of all."""
    return next((task for task in seeds if task.is_classification is is_classification), seeds[0])


def _task(seed_task: SeedTask, *, is_classification: bool) -> Task:
    task = Task(Origin(0, 0), seed_task.instruction, instances=seed_task.instances)
    return replace(task, is_classification=is_classification)


def as_text(shown: Sequence[Shown]) -> str:
    """Return previews as text, with an estimate of their tokens."""
    blocks = []
    for item in shown:
        if item.request is None:
            blocks.append(f"=== {item.title}\n{item.problem}\n")
            continue
        request = item.request
        model = f", model {request.model}" if request.model else ""
        estimate = f"about {item.tokens:,} tokens ({CHARACTERS_PER_TOKEN} characters a token)"
        most = f"answer at most {request.decoding.max_tokens:,}"
        lines = [f"=== {item.title}", f"{request.protocol}{model}: {estimate}, {most}"]
        for message in request.messages:
            lines += [f"--- {message.role}", message.content]
        blocks.append("\n".join(lines) + "\n")
    return "\n".join(blocks)
