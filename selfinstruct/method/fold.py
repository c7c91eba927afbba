"""The fold: replies in, in any order; verdicts out, always in the same order.

All that the engine knows of the method is here: what may be asked now (`owed`), what a reply
changes (`take`), and how far things are (`state`). The result depends on the replies alone, never
on the order or time of their arrival, because

* generation replies are judged in the order of their ordinals, each candidate against everything
  accepted before it;
* a step sees its own task and nothing else;
* generation request i reads only the tasks of requests that lie `lag(i)` behind it, and is owed
  once all of these are decided;
* verdicts are given out in task order, up to the first task that is still open.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from .context_fit import cut_at_stops
from .filters import normal_form
from .interfaces import request_count
from .prompts import clean
from .sampling import Draw
from .types import (
    ATTEMPTS,
    Again,
    Asked,
    Candidate,
    Candidates,
    Key,
    Nearest,
    Nothing,
    Origin,
    Progress,
    Rejected,
    Reply,
    Request,
    Shot,
    Snapshot,
    Task,
    Verdict,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .interfaces import Filter, Source, Step
    from .rouge import RougeIndex
    from .sampling import Lag
    from .types import SeedTask


@dataclass(slots=True)
class _Place:
    """One candidate's place in the line, until its verdict is given out."""

    origin: Origin
    task: Task | None
    decided: bool = False
    rejected: Rejected | None = None
    number: int = -1  # in the index, once accepted
    replies: list[Key] = field(default_factory=list)
    step: int = 0
    parts: list[Reply | None] = field(default_factory=list)


class Fold:
    """The deterministic fold of replies into verdicts.

    Args:
        source: makes candidates.
        steps: what each accepted candidate goes through, in turn.
        filters: filters of instructions, in order.
        index: an empty ROUGE-L index; the fold fills it.
        seeds: the seed tasks; they guard against near-duplicates and never count, unless the source
            hands them out itself.
        seed: the run's seed.
        lag: how far generation requests stay behind the pool they read.
        keep: record so many nearest tasks with each complete one; 0 for none.
        repeats: whether tasks are kept that are like earlier ones, or the same.
        stops: stop texts by stage: a reply is read up to the first, whatever the server made of it.
    """

    def __init__(  # noqa: PLR0913 - its parts, each needed
        self,
        source: Source,
        steps: Sequence[Step],
        *,
        filters: Sequence[Filter],
        index: RougeIndex,
        seeds: Sequence[SeedTask],
        seed: int,
        lag: Lag,
        keep: int = 0,
        repeats: bool = False,
        stops: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self.source_name = source.name
        self._source = source
        self._steps = list(steps)
        self._filters = list(filters)
        self._stops = dict(stops or {})
        self._index = index
        self._seed = seed
        self._lag = lag
        self._keep = 0 if repeats else keep
        self._repeats = repeats
        self._count: int | None = getattr(source, "count", None)

        self._pool: list[Task] = []
        self._pool_before = [0]  # [k]: complete tasks of generation requests 0 ... k-1, all decided
        self._line: deque[_Place] = deque()
        self._open: dict[Origin, _Place] = {}
        self._early: dict[int, tuple[Key, Candidates | Nothing]] = {}
        self._next_read = 0
        self._next_asked = 0
        self._owed: deque[Request] = deque()
        self._asked: dict[int, Asked] = {}  # by ordinal, until its reply is read

        self._names: list[str] = []  # task id by number in the index
        self._exact: dict[str, str] = {}  # normal form to task id
        self._instructions: dict[str, str] = {}  # task id to what a shot of it shows
        self._candidates = self._accepted = self._complete = 0
        self._rejected_by_steps = self._without_tokens = 0
        guards = () if repeats or self._count is not None else seeds
        index.extend(seed_task.instruction for seed_task in guards)
        for seed_task in guards:
            self._names.append(seed_task.id)
            self._exact.setdefault(normal_form(seed_task.instruction), seed_task.id)
            self._instructions[seed_task.id] = seed_task.instruction

    def owed(self) -> Iterator[Request]:
        """Give out each request once, when it can be asked: generation first, then oldest first.

        Who takes a request keeps it until its reply, so a later call goes on where this one ended.
        """
        while self._count is None and self._lag.before(self._next_asked) < len(self._pool_before):
            ordinal = self._next_asked
            self._next_asked += 1
            yield self._generation_request(ordinal, 0)
        while self._owed:
            yield self._owed.popleft()

    def begin(self) -> Sequence[Verdict]:
        """Judge what the source gives without a question; return the verdicts that are final by it.

        It reads no pool, so it need not wait for one. Called again, it gives nothing more.
        """
        while self._count is not None and self._next_asked < self._count:
            ordinal = self._next_asked
            self._next_asked += 1
            draw = Draw(self._seed, self._source.name, ordinal)
            given = self._source.ask(draw, Snapshot((), 0), ordinal, 0)
            if isinstance(given, Asked):
                raise TypeError(f"source {self.source_name} has a count, and asks")
            self._judge(Key(self._source.name, ordinal), given)
            self._next_read += 1
        return self._advance()

    def take(self, reply: Reply) -> Sequence[Verdict]:
        """Take the reply of an owed request; return the verdicts that are now final, in order."""
        if reply.key.stage == self._source.name:
            self._take_generation(reply)
        else:
            self._take_step(reply)
        return self._advance()

    def state(self) -> Progress:
        """Return how far the fold is."""
        return Progress(
            read=self._next_read,
            candidates=self._candidates,
            accepted=self._accepted,
            open=len(self._open),
            complete=self._complete,
            rejected_by_steps=self._rejected_by_steps,
            complete_prefix=len(self._pool),
            first_open_request=len(self._pool_before) - 1,
            without_tokens=self._without_tokens,
            over=None if self._count is None else self._next_read == self._count and not self._open,
        )

    def _generation_request(self, ordinal: int, attempt: int) -> Request:
        draw = Draw(self._seed, self._source.name, ordinal)
        asked = self._source.ask(draw, self._snapshot(ordinal), ordinal, attempt)
        if isinstance(asked, Candidates):
            raise TypeError(f"source {self.source_name} gives candidates, and has no count")
        self._asked[ordinal] = asked
        return asked.request

    def asked_for(self, reply: Reply) -> Asked:
        """Return what a generation reply answers, until it is taken.

        An adopted reply may have answered the prompt of another run: what that one showed counts.
        """
        asked = self._asked[reply.key.ordinal]
        if not reply.adopted or reply.digest == asked.request.digest:
            return asked
        shots = [
            shot if shot.instruction else Shot(shot.id, clean(self._instructions.get(shot.id, "")))
            for shot in reply.shots or ()
        ]
        known = tuple(shot for shot in shots if shot.instruction)
        return replace(asked, shots=known, following=len(shots) + 1 if shots else 0)

    def _read_to_stop(self, reply: Reply) -> Reply:
        return cut_at_stops(reply, self._stops.get(reply.key.stage, ()))

    def _snapshot(self, ordinal: int) -> Snapshot:
        return Snapshot(self._pool, self._pool_before[self._lag.before(ordinal)])

    def _take_generation(self, reply: Reply) -> None:
        key = reply.key
        outcome: Candidates | Again | Nothing
        if reply.kind == "unanswered":
            outcome = Nothing(reply.kind, reply.text)
        else:
            outcome = self._source.read(self.asked_for(reply), self._read_to_stop(reply))
        del self._asked[key.ordinal]
        if isinstance(outcome, Again):
            if key.attempt + 1 < ATTEMPTS:
                self._owed.append(self._generation_request(key.ordinal, key.attempt + 1))
                return
            outcome = Nothing(outcome.reason, key.attempt + 1)
        self._early[key.ordinal] = key, outcome
        while (found := self._early.pop(self._next_read, None)) is not None:
            self._judge(*found)
            self._next_read += 1

    def _judge(self, key: Key, outcome: Candidates | Nothing) -> None:
        ordinal = key.ordinal
        replies = [] if self._count is not None else [key]
        if isinstance(outcome, Nothing):
            rejected = Rejected(outcome.reason, outcome.value, "a list of tasks")
            self._line.append(
                _Place(
                    Origin(ordinal, -1),
                    None,
                    decided=True,
                    rejected=rejected,
                    replies=replies,
                )
            )
            return
        for item, candidate in enumerate(outcome.items):
            origin = Origin(ordinal, item)
            task = Task(
                origin,
                candidate.instruction,
                candidate.is_classification,
                candidate.instances,
                candidate.extra,
            )
            place = _Place(origin, task, replies=replies.copy())
            self._line.append(place)
            self._candidates += 1
            place.rejected = self._turn_down(candidate, task)
            if place.rejected is not None:
                place.decided = True
                continue
            self._accept(place, task)

    def _turn_down(self, candidate: Candidate, task: Task) -> Rejected | None:
        if candidate.defect is not None:
            return candidate.defect
        instruction = candidate.instruction
        twin = None if self._repeats else self._exact.get(normal_form(instruction))
        if twin is not None:
            return Rejected("exact repeat", "equal", "different", Nearest(twin, 1.0))
        for each in self._filters:
            if (rejected := each(task)) is not None:
                return rejected
        if self._repeats:
            return None
        self._without_tokens += not self._index.has_tokens(instruction)
        match = self._index.nearest(instruction)
        if match is not None:
            nearest = Nearest(self._names[match.number], match.score)
            return Rejected("near-duplicate", match.score, self._index.threshold, nearest)
        return None

    def _accept(self, place: _Place, task: Task) -> None:
        self._accepted += 1
        if not self._repeats:
            name = str(place.origin)
            place.number = self._index.add(task.instruction)
            self._names.append(name)
            self._exact[normal_form(task.instruction)] = name
            self._instructions[name] = task.instruction
        self._open[place.origin] = place
        self._go_on(place, task)

    def _go_on(self, place: _Place, task: Task) -> None:
        """Owe the task's next step, or complete it when there is none left."""
        if place.step == len(self._steps):
            place.decided = True
            self._complete += 1
            del self._open[place.origin]
            return
        step = self._steps[place.step]
        parts = request_count(step, task)
        place.parts = [None] * parts
        self._owed.extend(step.ask(task, part, 0) for part in range(parts))

    def _take_step(self, reply: Reply) -> None:
        key = reply.key
        place = self._open[key.origin]
        place.parts[key.part] = self._read_to_stop(reply)
        replies = [part for part in place.parts if part is not None]
        if len(replies) < len(place.parts) or place.task is None:
            return
        outcome = self._read_step(place.task, self._steps[place.step], replies)
        if isinstance(outcome, Again):
            asked = replies[outcome.part].key
            if asked.attempt + 1 < ATTEMPTS:
                place.parts[outcome.part] = None
                step = self._steps[place.step]
                self._owed.append(step.ask(place.task, outcome.part, asked.attempt + 1))
                return
            outcome = Rejected(outcome.reason, asked.attempt + 1, ATTEMPTS)
        place.replies += [part.key for part in replies]
        if isinstance(outcome, Rejected):
            place.rejected = outcome
            place.decided = True
            self._rejected_by_steps += 1
            del self._open[place.origin]
            return
        place.task = outcome
        place.step += 1
        self._go_on(place, outcome)

    @staticmethod
    def _read_step(task: Task, step: Step, replies: Sequence[Reply]) -> Task | Again | Rejected:
        """Read replies; of those that never came, no step needs to know."""
        for reply in replies:
            if reply.kind == "unanswered":
                return Rejected(reply.kind, reply.text, "an answer")
        return step.read(task, replies)

    def _advance(self) -> list[Verdict]:
        """Give out the verdicts up to the first open task, and note whose pools are now known."""
        places = []
        line = self._line
        while line and line[0].decided:
            place = line.popleft()
            self._note_decided(place.origin.ordinal)
            if place.rejected is None and place.task is not None:
                self._pool.append(place.task)
            places.append(place)
        self._note_decided(line[0].origin.ordinal if line else self._next_read)
        standings = self._standings(places) if self._keep else {}
        return [
            Verdict(
                place.origin,
                place.task,
                place.rejected,
                tuple(place.replies),
                *standings.get(place.number, ((), None)),
            )
            for place in places
        ]

    def _standings(
        self, places: Sequence[_Place]
    ) -> dict[int, tuple[tuple[Nearest, ...], float | None]]:
        """Return how complete tasks stand to what was accepted before them, in one block."""
        numbers = [place.number for place in places if place.rejected is None]
        return {
            standing.number: (
                tuple(Nearest(self._names[match.number], match.score) for match in standing.top),
                standing.mean,
            )
            for standing in self._index.standings(numbers, self._keep)
        }

    def _note_decided(self, ordinals: int) -> None:
        """Note that all tasks of generation requests 0 ... ordinals-1 are decided."""
        while len(self._pool_before) <= ordinals:
            self._pool_before.append(len(self._pool))
