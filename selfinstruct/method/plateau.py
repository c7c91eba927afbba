"""How acceptance falls as the pool grows, and what the rest of a run will take.

The fuller the pool, the more candidates are near-duplicates of what is there. Over a run the
share that is accepted falls about as a power of the number accepted, so a line is fitted to its
logarithm against the logarithm of that number, by weighted least squares.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

MOST_POINTS = 128
LEAST_CANDIDATES = 200
"""Points kept of a run; candidates before anything is said."""

WINDOWS = 12
SURE = 1.64
"""Windows that a fit is made from; standard errors on either side of a range: 90 %."""

STEPS = 200


class Point(NamedTuple):
    """Counts since the run's beginning: candidates, and those accepted."""

    candidates: int
    accepted: int


class Range(NamedTuple):
    """What is expected, between what is likely at the least and at the most."""

    least: float
    expected: float
    most: float

    def times(self, factor: float) -> Range:
        """Return it in another unit."""
        return Range(*(value * factor for value in self))


class Curve:
    """The counts of a run along its way, thinned out to a hundred or so."""

    def __init__(self, points: list[Point] | None = None) -> None:
        self.points = list(points or [])

    def add(self, candidates: int, accepted: int) -> None:
        """Add where the run stands now; nothing is added where it has not moved on."""
        if self.points and candidates <= self.points[-1].candidates:
            return
        gap = self.points[-1].candidates // MOST_POINTS if self.points else 0
        if self.points and len(self.points) > 1:
            before = self.points[-2]
            if self.points[-1].candidates - before.candidates < gap:
                self.points.pop()
        self.points.append(Point(candidates, accepted))
        if len(self.points) > 2 * MOST_POINTS:
            self.points = [*self.points[:-1:2], self.points[-1]]

    def recent(self, least: int = LEAST_CANDIDATES) -> tuple[int, int]:
        """Return candidates and accepted of the last `least` candidates or a tenth of the run."""
        if not self.points:
            return 0, 0
        last = self.points[-1]
        span = max(least, last.candidates // 10)
        first = Point(0, 0)
        for point in reversed(self.points):
            if last.candidates - point.candidates >= span:
                first = point
                break
        return last.candidates - first.candidates, last.accepted - first.accepted


@dataclass(frozen=True, slots=True)
class Fit:
    """Acceptance as a function of the number accepted: log p = level - fall x (log n - middle)."""

    level: float
    fall: float
    middle: float
    level_error: float
    fall_error: float

    def acceptance(self, accepted: float, sure: float = 0.0) -> float:
        """Return the share accepted when so many are, `sure` standard errors above the line."""
        distance = math.log(max(accepted, 1.0)) - self.middle
        error = math.hypot(self.level_error, self.fall_error * distance)
        return min(1.0, math.exp(self.level - self.fall * distance + sure * error))

    def candidates(self, accepted: float, wanted: float) -> Range:
        """Return how many candidates it takes from so many accepted to so many."""
        if wanted <= accepted:
            return Range(0.0, 0.0, 0.0)
        width = (wanted - accepted) / STEPS
        middles = [accepted + (step + 0.5) * width for step in range(STEPS)]
        least, expected, most = (
            sum(width / self.acceptance(middle, sure) for middle in middles)
            for sure in (SURE, 0.0, -SURE)
        )
        return Range(least, expected, most)


def fit(curve: Curve, least: int = LEAST_CANDIDATES) -> Fit | None:
    """Fit a curve; None while there are fewer candidates than `least`."""
    windows = _windows(curve.points, least)
    if not windows:
        return None
    rows = []
    for before, after in windows:
        candidates = after.candidates - before.candidates
        accepted = after.accepted - before.accepted
        share = (accepted + 0.5) / (candidates + 1)
        # The variance of log p is (1 - p) / (p n); a little more, for what no line can tell.
        weight = 1 / ((1 - share) / (share * candidates) + 0.0004)
        rows.append((math.log(max(1.0, (before.accepted + after.accepted) / 2)), share, weight))
    total = sum(weight for _, _, weight in rows)
    middle = sum(x * weight for x, _, weight in rows) / total
    level = sum(math.log(share) * weight for _, share, weight in rows) / total
    spread = sum(weight * (x - middle) ** 2 for x, _, weight in rows)
    # With little spread a fall cannot be told; it is drawn towards 0.1, the usual one.
    prior = 1 / 0.1**2
    slope = sum(weight * (x - middle) * (math.log(share) - level) for x, share, weight in rows)
    fall = max(0.0, (0.1 * prior - slope) / (spread + prior))
    return Fit(level, fall, middle, total**-0.5, (spread + prior) ** -0.5)


def below(candidates: int, accepted: int, floor: float) -> bool:
    """Tell whether a share is surely below a floor."""
    return candidates > 0 and upper(candidates, accepted) < floor


def upper(candidates: int, accepted: int) -> float:
    """Return what a share is at the most (Wilson's upper bound, 95 %, one-sided)."""
    share, z2 = accepted / candidates, SURE**2
    centre = share + z2 / (2 * candidates)
    wide = SURE * math.sqrt(share * (1 - share) / candidates + z2 / (4 * candidates**2))
    return (centre + wide) / (1 + z2 / candidates)


def _windows(points: list[Point], least: int) -> list[tuple[Point, Point]]:
    if not points or points[-1].candidates < least:
        return []
    # The beginning, when the pool holds the seed tasks only, tells little of the end.
    begin = points[-1].candidates // 10
    span = (points[-1].candidates - begin) / WINDOWS
    windows, before = [], next(p for p in points if p.candidates >= begin)
    for point in points:
        if point.candidates - before.candidates >= span:
            windows.append((before, point))
            before = point
    return windows
