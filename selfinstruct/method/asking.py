"""What steps about a whole task share: how they show it, and what they make of replies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .readers import read_answer
from .types import Instance, Rejected

if TYPE_CHECKING:
    from .prompts import Prompt
    from .stages import Context
    from .types import Reply, Task

TASK = ("prompt", "instruction", "input", "output")
"""What a prompt can say of a task and one instance of it."""
NO_INPUT = "(none)"


def first_instance(task: Task) -> Instance:
    """Return the instance that stands for a task; an empty one where it has none."""
    return task.instances[0] if task.instances else Instance("", "")


def as_prompt(instruction: str, given: str) -> str:
    """Return an instruction, and its input behind a blank line where there is one."""
    return f"{instruction}\n\n{given}" if given else instruction


def shown(task: Task, instance: Instance) -> dict[str, str]:
    """Return what the names of `TASK` stand for."""
    return {
        "prompt": as_prompt(task.instruction, instance.input),
        "instruction": task.instruction,
        "input": instance.input or NO_INPUT,
        "output": instance.output,
    }


def forms(context: Context, *names: str) -> tuple[Prompt, Prompt]:
    """Return a stage's prompt, and the one that asks again: the same where the recipe has none."""
    first = context.prompt(context.prompt_name, names)
    return first, context.find_prompt(f"{context.prompt_name}.again", names) or first


def not_a_text(reply: Reply) -> Rejected | None:
    """Return why a task ends with a reply that is no text; None for a text.

    These steps show no worked examples that could be left out, so a prompt that overflows is final.
    """
    if reply.kind == "text":
        return None
    reason = "context overflow" if reply.kind == "overflow" else reply.kind
    return Rejected(reason, reply.text[:200], "a text")


def not_answered(task: Task) -> Rejected | None:
    """Return why a task cannot be judged or gone on with: its first instance has no output."""
    return None if first_instance(task).output else Rejected("empty output", "", "an output")


def whole_answer(reply: Reply, *, keep_cut: bool) -> str | Rejected:
    """Return a reply as the output it is: without thoughts and a chat template's marks."""
    if (rejected := not_a_text(reply)) is not None:
        return rejected
    text = read_answer(reply.text)
    if reply.cut and not keep_cut:
        return Rejected("truncated output", " ".join(text.split()[-5:]), "a whole text")
    return text or Rejected("empty output", "", "an answer")
