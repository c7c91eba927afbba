"""The step `judge`: a score of 1 to 10 for a task's first instance, with its reason."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from . import readers
from .asking import TASK, first_instance, forms, not_a_text, not_answered, shown
from .schemas import SCORE
from .types import Again, Key, Rejected

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .stages import Context
    from .types import Reply, Request, Task

BEST = 10


class Judge:
    """Asks for a score and its reason; adds `score` and `reason` to the task.

    An undecided reply is asked once more in another form (`<prompt>.again`), then rejected.

    Args:
        context: what the stage is built with.
        floor: a task with a lower score is rejected; 0 keeps all.

    Raises:
        ValueError: for a floor above 10.
    """

    parts = 1

    def __init__(self, context: Context, floor: int = 0) -> None:
        if floor > BEST:
            raise ValueError(f"floor = {floor} is above the best score, {BEST}")
        self.name = context.name
        self._context = context
        self._floor = floor
        self._prompts = forms(context, *TASK)

    def ask(self, task: Task, part: int, attempt: int) -> Request:
        """Ask for the score of the first instance."""
        messages = self._prompts[attempt > 0].render(shown(task, first_instance(task)))
        return self._context.request(Key(self.name, *task.origin, part, attempt), messages, SCORE)

    def read(self, task: Task, replies: Sequence[Reply]) -> Task | Again | Rejected:
        """Read the score; anything else is asked once more and then rejected, never guessed."""
        reply = replies[0]
        if (rejected := not_a_text(reply)) is not None:
            return rejected
        if (rejected := not_answered(task)) is not None:
            return rejected
        found = readers.read_score(reply.text)
        if found is None:
            told = Rejected("undecided", reply.text[:200], f"a score of 1 to {BEST}")
            return told if reply.key.attempt else Again("undecided")
        score, reason = found
        if score < self._floor:
            return Rejected("judged below the floor", score, self._floor)
        return replace(task, extra={**task.extra, "score": score, "reason": reason})
