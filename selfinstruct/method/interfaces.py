"""What a source, a step and a filter are: all that the fold knows of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .sampling import Draw
    from .types import Again, Asked, Candidates, Nothing, Rejected, Reply, Request, Snapshot, Task


class Source(Protocol):
    """Makes candidates; the only stage that sees the pool.

    One that has a `count` asks no model: it answers so many generation requests itself, `ask` gives
    their candidates, and then it is at its end.

    Both methods are functions of their arguments: the same `Asked` and reply read twice give the
    same, and nothing is remembered between calls.
    """

    name: str

    def ask(self, draw: Draw, pool: Snapshot, ordinal: int, attempt: int) -> Asked | Candidates:
        """Return generation request `ordinal` in its form `attempt`, with what it shows."""
        ...

    def read(self, asked: Asked, reply: Reply) -> Candidates | Again | Nothing:
        """Read candidates from a reply; a candidate may already carry instances."""
        ...


class Step(Protocol):
    """Does one thing to a task; sees that task and nothing else."""

    name: str

    @property
    def parts(self) -> int | Callable[[Task], int]:
        """How many requests it makes of one task."""
        ...

    def ask(self, task: Task, part: int, attempt: int) -> Request:
        """Return the request for one part of one task, in its form `attempt`."""
        ...

    def read(self, task: Task, replies: Sequence[Reply]) -> Task | Again | Rejected:
        """Read the replies of all parts, in the order of the parts."""
        ...


def request_count(step: Step, task: Task) -> int:
    """Return how many requests a step makes of a task."""
    return step.parts if isinstance(step.parts, int) else step.parts(task)


class Filter(Protocol):
    """Turns a task down, with its reason, or lets it pass."""

    def __call__(self, task: Task, /) -> Rejected | None:
        """Return why the task is not kept; None keeps it."""
        ...
