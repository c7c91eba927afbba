"""The step `prefer`: which of two answers is better, asked in both orders."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from . import readers
from .answers import answers_of
from .asking import TASK, first_instance, forms, not_a_text, shown
from .filters import normal_form
from .sampling import Draw
from .schemas import CHOICE
from .types import Again, Key, Rejected

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .stages import Context
    from .types import Reply, Request, Task

_NO_ANSWER: dict[str, Any] = {"output": "", "model": "", "temperature": None}
SAME_ORDERED = "the same answer in both orders"


class Prefer:
    """Asks twice which of two answers is better, with the places changed; adds `preference`.

    Which two of a task's answers, and which of them stands first in part 0, is drawn. What turns
    with the order, and a tie, is rejected (`tie`). An undecided reply is asked once more in another
    form (`<prompt>.again`), then rejected.
    """

    parts = 2

    def __init__(self, context: Context) -> None:
        self.name = context.name
        self._context = context
        self._prompts = forms(context, *TASK, "first", "second")

    def ask(self, task: Task, part: int, attempt: int) -> Request:
        """Ask about the two answers, in the order of this part."""
        first, second = self._pair(task)[:: -1 if part else 1]
        values = {"first": first["output"], "second": second["output"]}
        messages = self._prompts[attempt > 0].render(
            shown(task, first_instance(task)) | values,
        )
        return self._context.request(Key(self.name, *task.origin, part, attempt), messages, CHOICE)

    def read(self, task: Task, replies: Sequence[Reply]) -> Task | Again | Rejected:
        """Keep what both orders say alike."""
        if (count := len(answers_of(task))) < len(replies):
            return Rejected("too few answers", count, len(replies))
        pair = self._pair(task)
        if normal_form(pair[0]["output"]) == normal_form(pair[1]["output"]):
            return Rejected("same answer", pair[0]["output"][:200], "two answers that differ")
        choices = []
        for part, reply in enumerate(replies):
            if (rejected := not_a_text(reply)) is not None:
                return rejected
            choice = readers.read_choice(reply.text)
            if choice is None:
                told = Rejected("undecided", reply.text[:200], "A, B or tie")
                return told if reply.key.attempt else Again("undecided", part)
            choices.append(choice)
        if set(choices) != {"A", "B"}:
            return Rejected("tie", ", ".join(choices), SAME_ORDERED)
        chosen, rejected_one = pair if choices[0] == "A" else pair[::-1]
        preference = {
            "chosen": chosen["output"],
            "rejected": rejected_one["output"],
            "chosen_model": chosen["model"],
            "rejected_model": rejected_one["model"],
            "first_won": choices.count("A"),
        }
        return replace(task, extra={**task.extra, "preference": preference})

    def _pair(self, task: Task) -> list[dict[str, Any]]:
        """Return the two answers, the first of which stands first in part 0."""
        answers = answers_of(task)
        answers += [_NO_ANSWER] * (2 - len(answers))
        return Draw(self._context.seed, self.name, *task.origin).sample(answers, 2)
