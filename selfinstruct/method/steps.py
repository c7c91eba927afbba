"""The built-in steps: the paper's second and third stage."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from . import readers
from .filters import keep_instances
from .prompts import clean, evenly
from .sampling import Draw
from .schemas import DECISION, INPUT_FIRST, OUTPUT_FIRST
from .stages import cut, fewer
from .types import ATTEMPTS, Again, Key, Rejected

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .prompts import Prompt
    from .stages import Context
    from .types import Reply, Request, SeedTask, Task


class Classify:
    """The paper's second stage: is it a classification task? (31 worked examples).

    An undecided reply is asked once more in another form (`<prompt>.again`), then rejected.
    """

    parts = 1

    def __init__(self, context: Context, examples: str, demos: int | None = None) -> None:
        self.name = context.name
        self._context = context
        tasks = context.examples(examples, with_instances=False)
        first = context.prompt(context.prompt_name, ("examples", "instruction"))
        again = context.find_prompt(f"{context.prompt_name}.again", ("examples", "instruction"))
        self._prompts = [
            ((again or first) if attempt else first).fill(
                {"examples": _join(tasks, demos, attempt, self._show)}
            )
            for attempt in range(ATTEMPTS)
        ]

    def ask(self, task: Task, part: int, attempt: int) -> Request:
        """Ask whether it is a classification task."""
        key = Key(self.name, *task.origin, part, attempt)
        return self._context.request(
            key, self._prompts[attempt].render({"instruction": clean(task.instruction)}), DECISION
        )

    def read(self, task: Task, replies: Sequence[Reply]) -> Task | Again | Rejected:
        """Read yes or no; anything else is asked once more and then rejected, never taken as no."""
        reply = replies[0]
        if reply.kind == "overflow":
            return Again("context overflow")
        if reply.kind != "text":
            return Rejected(reply.kind, reply.text[:200], "a text")
        decision = readers.read_decision(reply.text, instruction=task.instruction)
        if decision is None and reply.key.attempt:
            return Rejected("undecided", reply.text[:200], "yes or no")
        if decision is None:
            return Again("undecided")
        return replace(task, is_classification=decision)

    @staticmethod
    def _show(task: SeedTask) -> str:
        answer = "Yes" if task.is_classification else "No"
        return f"Task: {task.instruction}\nClassification: {answer}"


class Instances:
    """The paper's third stage: output-first for classification tasks, input-first for others.

    17 and 12 worked examples; at most 5 instances a task, drawn at random (paper, section 2.3).
    Where the recipe names no file of worked examples, none are shown; where it has no prompt for
    output-first, classification tasks are asked as others are.
    """

    parts = 1

    def __init__(
        self,
        context: Context,
        input_first: str = "",
        output_first: str = "",
        demos: int | None = None,
        most: int = 5,
    ) -> None:
        self.name = context.name
        self._context = context
        if not most:
            raise ValueError("most begins at 1")
        self._most = most
        self._prompts: dict[bool, list[Prompt]] = {}
        for is_classification, name, path, show in (
            (False, "input_first", input_first, _show_input_first),
            (True, "output_first", output_first, _show_output_first),
        ):
            tasks = context.examples(path, with_instances=True) if path else ()
            names = ("examples", "instruction")
            prompt = context.find_prompt(name, names) if is_classification else None
            if is_classification and prompt is None and not path:
                self._prompts[True] = self._prompts[False]
                continue
            prompt = prompt or context.prompt(name, names)
            self._prompts[is_classification] = [
                prompt.fill({"examples": _join(tasks, demos, attempt, show)})
                for attempt in range(ATTEMPTS)
            ]

    def ask(self, task: Task, part: int, attempt: int) -> Request:
        """Ask for instances in the order that fits the task's kind."""
        prompt = self._prompts[bool(task.is_classification)][attempt]
        return self._context.request(
            Key(self.name, *task.origin, part, attempt),
            prompt.render({"instruction": clean(task.instruction)}),
            OUTPUT_FIRST if task.is_classification else INPUT_FIRST,
        )

    def read(self, task: Task, replies: Sequence[Reply]) -> Task | Again | Rejected:
        """Read, filter and draw instances; a task without any is rejected."""
        reply = replies[0]
        if reply.kind == "overflow":
            return Again("context overflow")
        if reply.kind != "text":
            return Rejected(reply.kind, reply.text[:200], "a text")
        read = readers.read_output_first if task.is_classification else readers.read_input_first
        found = read(reply.text, cut=cut(reply), instruction=task.instruction)
        kept, rejected = keep_instances(task, found, self._context.instance_filters)
        if rejected is not None:
            return rejected
        if len(kept) > self._most:
            kept = tuple(Draw(self._context.seed, self.name, *task.origin).sample(kept, self._most))
        return replace(task, instances=kept)


def _join(
    tasks: Sequence[SeedTask],
    demos: int | None,
    attempt: int,
    show: Callable[[SeedTask], str],
) -> str:
    shown = evenly(tasks, len(tasks) if demos is None else demos)
    return "\n\n".join(show(task) for task in evenly(shown, fewer(len(shown), attempt)))


def _show_input_first(task: SeedTask) -> str:
    lines = [f"Task: {task.instruction}"]
    if not task.instances[0].input:
        return "\n".join([*lines, f"Output: {task.instances[0].output}"])
    for number, instance in enumerate(task.instances, 1):
        lines.append(f"Example {number}\nInput: {instance.input}\nOutput: {instance.output}\n")
    return "\n".join(lines).rstrip("\n")


def _show_output_first(task: SeedTask) -> str:
    pieces = [
        f"Class label: {instance.output}\n{instance.input}".rstrip("\n")
        for instance in task.instances
    ]
    return f"Task: {task.instruction}\n" + "\n\n".join(pieces)
