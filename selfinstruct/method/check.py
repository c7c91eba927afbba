"""What can be said of seed tasks and recipes before anything is asked of a model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from .registry import index_of, parts
from .types import Origin, Task

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .recipe import Recipe, Stage
    from .registry import Parts
    from .rouge import RougeIndex
    from .types import ProtocolName, Rejected, SeedTask

FEWEST = 8
"""Seed tasks below which a warning is given: so many shots a prompt of the paper shows."""

_PROTOCOLS: tuple[ProtocolName, ...] = ("chat", "completion")


@dataclass(frozen=True, slots=True)
class Findings:
    """What is there, and what may be meant otherwise, in the order of the seed tasks: lines."""

    facts: tuple[str, ...]
    warnings: tuple[str, ...] = ()

    def __add__(self, other: Findings) -> Findings:
        """Return both, one after the other."""
        return Findings(self.facts + other.facts, self.warnings + other.warnings)


def check_seeds(tasks: Sequence[SeedTask], recipe: Recipe, own: Mapping[str, object]) -> Findings:
    """Hold seed tasks against the filters of a recipe, and against each other.

    A seed task is never turned down: the filters are for what a model makes. But a seed that
    breaks them teaches the model to break them too.

    `own` are the user's own parts of the recipe, by name.

    Raises:
        BadInput: if the recipe names what is not there.
    """
    made = parts(recipe, tasks, protocol=_usable(recipe, tasks, own), own=own)
    warnings = []
    if len(tasks) < FEWEST:
        warnings.append(
            f"only {_count(len(tasks), 'seed task')}: with fewer than {FEWEST} the prompts hardly "
            "differ, and neither will what is made"
        )
    for task, repeats in zip(tasks, _repeats(tasks, index_of(recipe)), strict=True):
        broken = dict.fromkeys((*_broken(task, made), *repeats))
        warnings += [f"seed task {task.id}: {why}" for why in broken]
    labels = sum(bool(task.is_classification) for task in tasks)
    instances = [instance for task in tasks for instance in task.instances]
    bare = sum(not instance.input for instance in instances)
    open_ones = sum(not instance.output for instance in instances)
    answers = f", {open_ones:,} without an output" if open_ones else ""
    words = [len(task.instruction.split()) for task in tasks]
    filters = f"{len(made.filters)} filters of instructions, {len(made.instance_filters)} of"
    limit = f"ROUGE-L above {recipe.similarity.threshold:g}"
    facts = (
        f"{_count(len(tasks), 'seed task')}, {labels:,} for classification",
        f"{_count(len(instances), 'instance')}, {bare:,} without an input{answers}",
        f"{sum(words) / len(words):.1f} words an instruction, the longest {max(words):,}",
        f"held against recipe {recipe.name}: {filters} instances, {limit}",
    )
    return Findings(facts, tuple(warnings))


def _broken(task: SeedTask, made: Parts) -> Iterator[str]:
    """Yield why the filters would turn down a task, or instances of it."""
    plain = Task(Origin(0, 0), task.instruction, task.is_classification)
    for each in made.filters:
        if (rejected := each(plain)) is not None:
            yield f"instruction: {_why(rejected)}"
    for place, instance in enumerate(task.instances):
        alone = replace(plain, instances=(instance,))
        for each in made.instance_filters:
            if (rejected := each(alone)) is not None:
                yield f"instances[{place}]: {_why(rejected)}"


def _repeats(tasks: Sequence[SeedTask], index: RougeIndex) -> Iterator[tuple[str, ...]]:
    """Yield for each task whether it repeats an earlier one."""
    for task in tasks:
        match = index.nearest(task.instruction)
        index.add(task.instruction)
        if match is not None:
            score = f"ROUGE-L {match.score:.3f}, limit {index.threshold:g}"
            yield (f"near-duplicate of {tasks[match.number].id} ({score})",)
        else:
            yield ()


def check_recipe(recipe: Recipe, seeds: Sequence[SeedTask], own: Mapping[str, object]) -> Findings:
    """Make all parts of a recipe, for each protocol that it has prompts for.

    Raises:
        BadInput: for the first thing that is wrong with it.
    """
    _usable(recipe, seeds, own)
    forms = _forms(recipe)
    for protocol in forms:
        parts(recipe, seeds, protocol=protocol, own=own)
    if "chat" in forms:
        forms.append("schema")
    told = ", ".join(forms) or "no protocol of ours"
    return Findings(
        (
            f"recipe {recipe.name}: {_count(len(recipe.files), 'file')}, for {told}",
            f"source {_tell(recipe.source)}",
            *(f"step {_tell(step)}" for step in recipe.steps),
        )
    )


def _usable(recipe: Recipe, seeds: Sequence[SeedTask], own: Mapping[str, object]) -> ProtocolName:
    """Return a protocol that the recipe can be made for.

    Raises:
        BadInput: if there is none; the error is that of chat, which is the default.
    """
    if forms := _forms(recipe):
        return forms[0]
    parts(recipe, seeds, own=own)
    return "chat"  # a recipe whose parts read no prompt files


def _forms(recipe: Recipe) -> list[ProtocolName]:
    """Return the protocols that any prompt file is for; of those none may be missing."""
    return [p for p in _PROTOCOLS if any(path.endswith(f".{p}.txt") for path in recipe.files)]


def _tell(stage: Stage) -> str:
    options = ", ".join(f"{name} = {value}" for name, value in stage.part.options.items())
    decoding = stage.decoding
    return (
        f"{stage.name}: {stage.part.use}{options and f' ({options})'}, temperature "
        f"{decoding.temperature:g}, top_p {decoding.top_p:g}, at most {decoding.max_tokens:,} "
        "tokens"
    )


def _why(rejected: Rejected) -> str:
    return f"{rejected.reason} ({rejected.value!r}, limit {rejected.limit!r})"


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
