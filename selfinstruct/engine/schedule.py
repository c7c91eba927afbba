"""When to ask what is owed. Nothing here changes what is asked, or what comes of it.

In order: a late request is asked a second time; then the next generation request, while fewer
than 8 x concurrency step requests wait; otherwise the oldest owed step (house.md, "Scheduling").
"""

from __future__ import annotations

import heapq
from bisect import bisect_left, insort
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from selfinstruct.method.types import Key, Progress, Request

WAITING_STEPS = 8
"""Generation goes first while fewer than this many step requests a slot wait."""

LATE_LEAST = 2.0
LATE_TIMES_P95 = 2.0
LATE_UNKNOWN = 20.0
"""Seconds after which a request is late: at the least; times the p95 of its stage; at first."""

KNOWN_AFTER = 50
WINDOW = 1000
"""Replies of a stage from which its p95 is known, and the last ones it is taken from."""

AHEAD = 8
"""While no task is complete, at most so many generation requests run ahead of the first one that is
not wholly decided: a run that leads nowhere is then known by few replies."""

MOST_ASKS = 3
MOST_LATE_SHARE = 0.03
CALM = 30.0
"""At most 3 asks of a request, 3 % asked again, and none within 30 s of a 429."""


@dataclass(slots=True)
class Flight:
    """A request that has been sent and not answered yet; `asks` asks of it are on their way."""

    request: Request
    since: float
    asks: int = 1


@dataclass(slots=True)
class _Latencies:
    """The last latencies of a stage, in seconds."""

    recent: deque[float] = field(default_factory=deque)
    ordered: list[float] = field(default_factory=list)

    def add(self, seconds: float) -> None:
        self.recent.append(seconds)
        insort(self.ordered, seconds)
        if len(self.recent) > WINDOW:
            del self.ordered[bisect_left(self.ordered, self.recent.popleft())]

    def late_after(self) -> float:
        count = len(self.ordered)
        if count < KNOWN_AFTER:
            return LATE_UNKNOWN
        return max(LATE_LEAST, LATE_TIMES_P95 * self.ordered[int(0.95 * (count - 1))])


class Schedule:
    """Which owed request goes next, and which ones are on their way.

    Args:
        source: name of the source's stage.
        target: complete tasks wanted.
        concurrency: requests at a time, at most.
        trial: so many generation requests and no more; None: as many as the target needs.
        given: whether the source asks nothing: then the trial is of so many tasks.

    Attributes:
        in_flight: asks that are on their way.
        careful: at most so many asks at a time for now, where that is less; None for no less.
        held_up: requests that fail again and again: others are asked beside them, and no task is
            expected of them.
    """

    def __init__(
        self,
        source: str,
        target: int,
        concurrency: int,
        trial: int | None = None,
        *,
        given: bool = False,
    ) -> None:
        self.target = target
        self.careful: int | None = None
        self.held_up: Collection[Key] = ()
        self.in_flight = 0
        self._trial, self._source, self._concurrency = trial, source, concurrency
        self._given = given
        self._generation: deque[Request] = deque()
        self._steps: list[tuple[tuple[int, int, int], int, Request]] = []
        self._count = self._generated = 0
        self._recorded = -1
        self._flights: dict[str, OrderedDict[Key, Flight]] = {}
        self._latencies: dict[str, _Latencies] = {}
        self._sent = self._late_sent = 0
        self._throttled = float("-inf")

    @property
    def full(self) -> bool:
        """Whether all places are taken; those held up take few of them."""
        beside = min(len(self.held_up), max(1, self._concurrency // 4))
        most = self._concurrency if self.careful is None else self.careful
        return self.in_flight >= min(most, self._concurrency) + beside

    @property
    def tried(self) -> bool:
        """Whether the trial is over: all its requests are answered, and the steps they owed."""
        over = self._trial is not None and (self._given or self._generated >= self._trial)
        return over and not self._step_is_owed and not self.in_flight

    @property
    def _step_is_owed(self) -> bool:
        """Whether a step's request may be asked: in a trial on given tasks, one of the first."""
        if not self._steps:
            return False
        return self._trial is None or not self._given or self._steps[0][0][0] < self._trial

    def owe(self, requests: Iterable[Request]) -> None:
        """Add owed requests; a generation request keeps its place by ordinal."""
        for request in requests:
            key = request.key
            if key.stage == self._source and key.attempt == 0:
                self._generation.append(request)
                continue
            self._count += 1
            heapq.heappush(self._steps, ((key.ordinal, key.item, key.part), self._count, request))

    def next(self, now: float, progress: Progress) -> Request | None:
        """Take the request to be sent now; None when there is none, for the time being."""
        if self.full:
            return None
        late = self._late(now, progress.first_open_request)
        if late is not None:
            return late
        few = not self._steps or len(self._steps) < WAITING_STEPS * self._concurrency
        if self._generation and few and self._wanted(progress):
            self._generated += 1
            return self._sent_off(self._generation.popleft(), now)
        if self._step_is_owed:
            return self._sent_off(heapq.heappop(self._steps)[2], now)
        return None

    def skip_generation(self, ordinals: Sequence[int]) -> None:
        """Count generation requests whose replies were already recorded."""
        self._generated += len(ordinals)
        self._recorded = max(ordinals, default=-1)

    def answered(self, key: Key, now: float, *, really: bool = True) -> None:
        """Note that a request has its outcome; `really` unless it is that of being unanswered."""
        flight = self._flights[key.stage].pop(key)
        self.in_flight -= flight.asks
        if really:
            self._latencies.setdefault(key.stage, _Latencies()).add(now - flight.since)

    def more(self, progress: Progress) -> bool:
        """Tell whether something else is owed that may be asked now."""
        return self._step_is_owed or (bool(self._generation) and self._wanted(progress))

    def sent(self, key: Key, now: float) -> None:
        """Note that an ask of a request really goes out now; its time counts from here."""
        flights = self._flights.get(key.stage, OrderedDict())
        flight = flights.get(key)
        if flight is not None:
            flight.since = now
            flights.move_to_end(key)

    def throttle(self, now: float) -> None:
        """Note a 429: for a while nothing is asked twice."""
        self._throttled = now

    def _sent_off(self, request: Request, now: float) -> Request:
        key = request.key
        self._flights.setdefault(key.stage, OrderedDict())[key] = Flight(request, now)
        self._sent += 1
        self.in_flight += 1
        return request

    def _wanted(self, progress: Progress) -> bool:
        """Tell whether to ask the next generation request.

        One ahead of recorded replies blocks the line: it was on its way when a run was killed.
        """
        ordinal = self._generation[0].key.ordinal
        if ordinal < self._recorded:
            return True
        far = not progress.complete and ordinal > progress.first_open_request + AHEAD
        return not far and self._more(progress)

    def _more(self, progress: Progress) -> bool:
        """Tell whether what is on its way would not reach the target."""
        if self._trial is not None and self._generated >= self._trial:
            return False
        if not progress.read:
            return True
        unread = self._generated - progress.read
        decided = progress.complete + progress.rejected_by_steps
        survival = progress.complete / decided if decided else 1.0
        open_tasks = progress.open + unread * progress.accepted / progress.read
        open_tasks -= len({key.origin for key in self.held_up if key.item >= 0})
        return progress.complete + open_tasks * survival < self.target

    def _late(self, now: float, front: int) -> Request | None:
        if now - self._throttled < CALM:
            return None
        for stage, flights in self._flights.items():
            if not flights:
                continue
            latencies = self._latencies.get(stage)
            wait = latencies.late_after() if latencies else LATE_UNKNOWN
            for key, flight in flights.items():
                if now - flight.since <= wait:
                    break
                few = self._late_sent + 1 <= MOST_LATE_SHARE * self._sent
                if flight.asks < MOST_ASKS and (few or key.ordinal == front):
                    flight.asks += 1
                    self.in_flight += 1
                    flight.since = now
                    flights.move_to_end(key)
                    self._late_sent += 1
                    return flight.request
        return None
