"""The concurrency limit: how many requests an endpoint is given at a time, found by trying.

It doubles while that pays, and stops for one of three reasons. The user's `--concurrency` is
reached. The endpoint refuses what goes beyond a number: that number is the ceiling, and it is
tried again only as often as keeps refusals near 1 %. Or the endpoint queues: twice as many
requests at a time take twice as long, and nothing is won (Little's law: throughput = requests at a
time / latency). Local servers do that and never say 429.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field

START = 8
"""Requests at a time, at first."""

EPOCH = 16
"""Least replies by which a level is judged; at higher levels as many as the level."""

PAYS = 0.25
"""A higher level pays if it wins this share of what it would win if nothing queued."""

SLOWER = math.log(1.6)
"""Rise of the log latency at an unchanged level that makes a lower one worth a trial."""

RESTS = 8
"""Epochs between two trials of a higher level; doubled each time that the endpoint queued."""

CREDIT = 0.01
MOST_CREDIT = 4.0
"""What an answer adds to, and the most of, the refusals that may be risked: about 1 %."""

PROVEN = 0.9
"""A refusal below this share of what was lately let in has another reason than the number."""

RECENT = 20
OVERLOADED = 3
SHRINK = 0.7
"""So many overloads among the last outcomes shrink the level by that factor."""


@dataclass(slots=True)
class _Sums:
    """Log latencies of one epoch: per stage count and sum; and the sum of log levels."""

    count: int = 0
    levels: float = 0.0
    stages: dict[str, tuple[int, float]] = field(default_factory=dict)

    def add(self, stage: str, active: int, seconds: float) -> None:
        self.count += 1
        self.levels += math.log(active)
        count, total = self.stages.get(stage, (0, 0.0))
        self.stages[stage] = count + 1, total + math.log(max(seconds, 1e-4))

    def level(self) -> float:
        """Mean log level."""
        return self.levels / self.count if self.count else 0.0

    def slower_than(self, other: _Sums) -> float:
        """Return by how much log latencies are above the other's, stage by stage."""
        total = weight = 0.0
        for stage, (count, added) in self.stages.items():
            other_count, other_added = other.stages.get(stage, (0, 0.0))
            if other_count:
                share = count * other_count / (count + other_count)
                total += share * (added / count - other_added / other_count)
                weight += share
        return total / weight if weight else 0.0


class ConcurrencyLimit:
    """Finds how many requests at a time an endpoint is best given; `active` are on their way."""

    def __init__(self, most: int, start: int = START) -> None:
        self.active = 0
        self._most = most
        self._level = float(min(start, most))
        self._goal = self._level
        self._base: _Sums | None = None
        self._base_level = self._level
        self._now = _Sums()
        self._seeking = True
        self._ebbing = False
        self._rest = RESTS
        self._rested = 0
        self._credit = 1.0
        self._step = 1
        self._since_change = 0
        self._proven = [0, 0]
        self._proofs = 0
        self._overloads: deque[bool] = deque(maxlen=RECENT)

    @property
    def value(self) -> int:
        """Requests at a time, now."""
        return max(1, int(self._level))

    @property
    def free(self) -> bool:
        """Whether one more may be sent."""
        return self.active < self.value

    def enter(self) -> int:
        """Note a request; return how many are on their way with it."""
        self.active += 1
        return self.active

    def leave(self) -> None:
        """Note that a request is no longer on its way."""
        self.active -= 1

    def answered(self, stage: str, active: int, seconds: float) -> None:
        """Note an answer: its stage, how many were on their way when it was sent, its latency."""
        self._overloads.append(False)
        self._prove(active)
        if active < 0.75 * self._level:
            return  # the level was not what held us back: nothing is learnt of it
        self._credit = min(MOST_CREDIT, self._credit + CREDIT)
        self._since_change += 1
        if self._seeking and not self._ebbing and self._level < self._goal:
            self._level = min(self._level + 1, self._goal)
        if active >= 0.75 * self._goal or self._ebbing:
            self._now.add(stage, active, seconds)
        if self._now.count >= max(EPOCH if self._seeking else 4 * EPOCH, self._goal):
            self._judge()
        elif not self._seeking:
            self._climb()

    def refused(self, active: int) -> bool:
        """Note a 429; return whether it is explained by too many requests at a time."""
        if active <= 1 or active < PROVEN * max(self._proven):
            if not self._seeking:  # the ceiling does not explain it
                self._seek()
            return False
        self._credit = max(-2.0, self._credit - 1.0)
        self._step = 1
        self._since_change = 0
        self._hold(min(self._level, active - 1.0))
        return True

    def overloaded(self) -> None:
        """Note a 503 or a time-out; the level shrinks when there are several."""
        self._overloads.append(True)
        if sum(self._overloads) >= OVERLOADED:
            self._overloads.clear()
            self._since_change = 0
            self._hold(self._level * SHRINK)

    def restart(self) -> None:
        """Begin anew at half the level, after the endpoint was away."""
        self._level = max(1.0, self._level / 2)
        self._seek()

    def forgive(self) -> None:
        """Forget what refusals taught: they were seen to come whatever is done."""
        self._credit = 1.0
        self._seek()

    def _prove(self, active: int) -> None:
        self._proven[0] = max(self._proven[0], active)
        self._proofs += 1
        if self._proofs >= max(100, 2 * self._level):
            self._proofs = 0
            self._proven = [0, self._proven[0]]

    def _climb(self) -> None:
        """Try a little more, as often as refusals may be risked."""
        if self._rest > RESTS or self._ebbing:
            return  # it queues: that is tried in longer steps
        round_over = self._since_change >= max(EPOCH, 2 * self._level)
        if round_over and self._level < self._most and self._credit >= self._step:
            self._level = min(self._most, self._level + self._step)
            self._goal = self._level
            self._step = min(4, self._step * 2)
            self._since_change = 0

    def _judge(self) -> None:
        now, base = self._now, self._base
        self._now = _Sums()
        if self._ebbing and base is not None:
            self._end_trial(now, base)
        elif self._seeking:
            self._judge_growth(now, base)
        elif base is None:
            self._base = now
        elif now.slower_than(base) > SLOWER and self._level > 1:
            self._ebbing = True
            self._base, self._base_level = now, self._level
            self._level = self._goal = max(1.0, self._level / 1.5)
        else:
            self._rested += 1
            if self._rested >= self._rest and self._level < self._most and self._rest > RESTS:
                self._rested = 0
                self._base = now
                self._base_level = self._level
                self._seeking = True
                self._goal = min(float(self._most), self._level * 2)

    def _judge_growth(self, now: _Sums, base: _Sums | None) -> None:
        if base is not None:
            won = now.level() - base.level()
            if won > 0 and won - now.slower_than(base) < PAYS * won:
                self._rest = min(128, self._rest * 2)  # it queues
                self._hold(self._base_level)
                return
        self._base, self._base_level = now, self._goal
        if self._goal >= self._most:
            self._hold(self._goal)
            self._base = now
            return
        self._goal = min(float(self._most), self._goal * 2)

    def _end_trial(self, now: _Sums, base: _Sums) -> None:
        """Keep the lower level if it lost nothing; else go back, and take the latency as it is."""
        self._ebbing, self._base = False, None
        lost = base.level() - now.level()
        if lost + now.slower_than(base) > PAYS * lost:
            self._level = self._goal = self._base_level
            return
        self._rest = max(16, self._rest)
        self._hold(self._level)

    def _hold(self, level: float) -> None:
        self._level = self._goal = max(1.0, min(level, self._most))
        self._seeking = self._ebbing = False
        self._base = None
        self._now = _Sums()
        self._rested = 0

    def _seek(self) -> None:
        self._seeking, self._ebbing = True, False
        self._goal = self._base_level = self._level
        self._base = None
        self._now = _Sums()
        self._rest = RESTS
