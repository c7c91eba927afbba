"""The source of a run that is given its tasks: it hands them out, and asks nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .filters import keep_instances
from .types import Candidate, Candidates, Nothing, Origin, Task

if TYPE_CHECKING:
    from .sampling import Draw
    from .stages import Context
    from .types import Asked, Reply, Snapshot


class Given:
    """Hands out the run's seed tasks, one a generation request, as they stand.

    The stage's instance filters look at what a task brings.
    """

    def __init__(self, context: Context) -> None:
        self.name = context.name
        self.count = len(context.seeds)
        self._seeds = context.seeds
        self._filters = context.instance_filters

    def ask(self, draw: Draw, pool: Snapshot, ordinal: int, attempt: int) -> Candidates:  # noqa: ARG002 - as its protocol says
        """Return the seed task of that place, as the only candidate."""
        seed = self._seeds[ordinal]
        defect = None
        if self._filters:
            task = Task(Origin(ordinal, 0), seed.instruction, seed.is_classification)
            _, defect = keep_instances(task, seed.instances, self._filters)
        extra = {**seed.extra, "seed": seed.id}
        return Candidates(
            (Candidate(seed.instruction, seed.instances, seed.is_classification, defect, extra),)
        )

    def read(self, asked: Asked, reply: Reply) -> Nothing:  # noqa: ARG002 - as its protocol says
        """Return nothing: nothing is asked, so no reply is."""
        return Nothing("not asked")
