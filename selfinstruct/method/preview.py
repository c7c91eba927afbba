"""What a recipe would ask: one rendered prompt of each stage, before anything is sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .interfaces import request_count
from .own_parts import OwnPartFailed
from .sampling import Draw
from .types import Asked, Origin, Snapshot, Task

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .interfaces import Step
    from .registry import Parts
    from .types import Request, SeedTask

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
    first = source.ask(Draw(seed, source.name, 0), Snapshot((), 0), 0, 0)
    asked = [first.request] if isinstance(first, Asked) else []  # one that gives asks nothing
    shown = [Shown(f"{source.name}, the first request", request) for request in asked]
    for step in made.steps:
        try:
            shown += _step(step, seeds)
        except OwnPartFailed as failed:  # a user's own step may need what no seed task has
            shown.append(Shown(step.name, None, f"no seed task will do: {failed.error}"))
    return shown


def _step(step: Step, seeds: Sequence[SeedTask]) -> Iterator[Shown]:
    first = {task.is_classification: task for task in reversed(seeds)}
    first = {kind: first.get(kind, seeds[0]) for kind in (False, True)}
    parts = request_count(step, _task(first[False], kind=False))
    for part in range(parts):
        name = step.name if parts == 1 else f"{step.name}, part {part}"
        asked = (step.ask(_task(first[False], kind), part, 0).messages for kind in (False, True))
        kinds = {False: ""}
        if next(asked) != next(asked):
            kinds = {False: " as another task", True: " as a classification task"}
        for kind, told in kinds.items():
            title = f"{name}, about seed task {first[kind].id}{told}"
            yield Shown(title, step.ask(_task(first[kind], kind), part, 0))


def _task(seed_task: SeedTask, kind: bool) -> Task:  # noqa: FBT001 - whether it is a classification task
    return Task(Origin(0, 0), seed_task.instruction, kind, seed_task.instances, seed_task.extra)


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
