"""A user's own sources, steps and filters: held to their protocols when loaded and when used.

What does not do what its protocol says ends in our error form with an example, never in a traceback
and never in a task that was kept or dropped by mistake.
"""

from __future__ import annotations

import inspect
import traceback
from typing import TYPE_CHECKING, Any, TypeVar, cast

from .errors import BadInput, SelfInstructError
from .interfaces import request_count
from .sampling import Draw
from .types import (
    Again,
    Asked,
    Candidates,
    Nothing,
    Origin,
    Rejected,
    Reply,
    Request,
    Snapshot,
    Task,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from .interfaces import Filter, Step
    from .types import SeedTask

Made = TypeVar("Made")

PROBES = 20
"""Seed tasks with which a part is tried before it is used."""

FILTER_EXAMPLE = """\
A filter is made by a function of its options, and returns None or Rejected:
    from selfinstruct.method.types import Rejected
    def no_rivers(word="river"):
        def check(task):
            if word in task.instruction:
                return Rejected("a river", word, "none")
        return check"""

STAGE_EXAMPLES = {
    "source": """\
A source has a name, ask(draw, pool, ordinal, attempt) -> Asked, and
read(asked, reply) -> Candidates, Again or Nothing (docs/recipes.md shows one).""",
    "step": """\
A step has a name, parts (1 or more, or a function of the task),
ask(task, part, attempt) -> Request, and
read(task, replies) -> Task, Again or Rejected (docs/recipes.md shows one).""",
}


class OwnPartFailed(BadInput):
    """A user's own code raised an error.

    Attributes:
        error: its type and words.
    """

    def __init__(self, what: str, error: Exception, remedy: str) -> None:
        self.error = f"{type(error).__name__}: {error}"
        place = traceback.extract_tb(error.__traceback__)[-1]
        super().__init__(what, f"{self.error} ({place.filename}, line {place.lineno})", remedy)


def guarded_filter(kind: str, name: str, one: Filter, seeds: Sequence[SeedTask]) -> Filter:
    """Return a user's filter that can only return None or `Rejected`, tried on seed tasks.

    Raises:
        BadInput: if it cannot be called, raises an error, or returns anything else.
    """
    what = f"use {kind} {name!r}"
    if not callable(one):
        why = f"it gave {_shown(one)} where a filter is needed"
        raise BadInput(what, why, FILTER_EXAMPLE)

    def check(task: Task) -> Rejected | None:
        found: object = _called(what, FILTER_EXAMPLE, one, task)
        if found is None or isinstance(found, Rejected):
            return found
        why = f"it returned {_shown(found)} for {task.instruction[:60]!r}"
        raise BadInput(what, why, FILTER_EXAMPLE)

    for task in _tasks(seeds[:PROBES], one_instance=kind == "instance_filter"):
        check(task)
    return check


def guarded_stage(kind: str, name: str, stage: Made, seeds: Sequence[SeedTask]) -> Made:
    """Return a user's source or step (`kind`), guarded, and tried on seed tasks.

    Raises:
        BadInput: if it does not do what its protocol says.
    """
    guarded = _OwnStage(kind, name, stage)
    if kind == "step":
        _probe_step(guarded, seeds)
    else:
        asked = guarded.ask(Draw(0, str(guarded.name), 0), Snapshot((), 0), 0, 0)
        if isinstance(asked, Asked):
            guarded.read(asked, _empty(asked.request))
    return cast("Made", guarded)


_PROTOCOLS: Mapping[str, Mapping[str, tuple[int, tuple[type, ...]]]] = {
    "source": {"ask": (4, (Asked,)), "read": (2, (Candidates, Again, Nothing))},
    "step": {"ask": (3, (Request,)), "read": (2, (Task, Again, Rejected))},
}
"""How many arguments each method takes, and what it may return."""


class _OwnStage:
    """A source or a step of the user's own that can only do what its protocol says."""

    def __init__(self, kind: str, name: str, stage: object) -> None:
        self._what, self._example = f"use {kind} {name!r}", STAGE_EXAMPLES[kind]
        self._stage, self._protocol = stage, _PROTOCOLS[kind]
        for method, (count, _) in self._protocol.items():
            found = getattr(stage, method, None)
            if not callable(found):
                raise self._wrong(f"it has no method {method}")
            try:
                inspect.signature(found).bind(*range(count))
            except TypeError as error:
                why = f"its method {method} does not take {count} arguments ({error})"
                raise self._wrong(why) from None
        self.name = getattr(stage, "name", None)
        if not isinstance(self.name, str):
            raise self._wrong("it has no name")
        self.parts = getattr(stage, "parts", None)
        counts = callable(self.parts) or (type(self.parts) is int and self.parts > 0)
        if kind == "step" and not counts:
            raise self._wrong("its parts must be an integer of 1 or more")
        self.count = getattr(stage, "count", None)
        if self.count is not None and type(self.count) is not int:
            raise self._wrong("its count must be an integer")

    def ask(self, *given: object) -> Any:  # noqa: ANN401 - what its protocol says
        return self._called("ask", given)

    def read(self, *given: object) -> Any:  # noqa: ANN401 - as above
        return self._called("read", given)

    def count_parts(self, task: Task) -> int:
        """Return how many requests a step makes of a task."""
        return _called(self._what, self._example, request_count, cast("Step", self._stage), task)

    def _called(self, method: str, given: tuple[object, ...]) -> object:
        kinds = self._protocol[method][1]
        if method == "ask" and self.count is not None:
            kinds = (Candidates,)
        found: object = _called(self._what, self._example, getattr(self._stage, method), *given)
        if isinstance(found, kinds):
            return found
        wanted = ", ".join(kind.__name__ for kind in kinds)
        raise self._wrong(f"its method {method} returned {_shown(found)}, not {wanted}")

    def _wrong(self, why: str) -> BadInput:
        return BadInput(self._what, why, self._example)


def _probe_step(step: _OwnStage, seeds: Sequence[SeedTask]) -> None:
    """Ask about a seed task; what needs more than a seed task has is not tried."""
    for task in _tasks(seeds[:1], one_instance=False):
        try:
            parts = step.count_parts(task)
            requests = [step.ask(task, part, 0) for part in range(parts)]
        except OwnPartFailed:
            return
        step.read(task, [_empty(request) for request in requests])


def _called(what: str, example: str, call: Callable[..., Made], *given: object) -> Made:
    """Call a user's code; its errors take our form."""
    try:
        return call(*given)
    except SelfInstructError:
        raise
    except Exception as error:
        raise OwnPartFailed(what, error, f"Fix that code.\n{example}") from error


def _tasks(seeds: Sequence[SeedTask], *, one_instance: bool) -> Iterable[Task]:
    """Yield seed tasks as machine-generated ones; with one instance each where that is asked."""
    for seed in seeds:
        instances = seed.instances if not one_instance else seed.instances[:1]
        if instances or not one_instance:
            yield Task(
                Origin(0, 0), seed.instruction, seed.is_classification, instances, seed.extra
            )


def _empty(request: Request) -> Reply:
    return Reply(request.key, request.digest, "text", "", finish="stop")


def _shown(value: object) -> str:
    return f"{type(value).__name__} {value!r}"[:80]
