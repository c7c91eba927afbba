"""How long an answer takes, and what goes wrong on the way."""

from __future__ import annotations

import math
import time
from collections import Counter
from statistics import NormalDist
from typing import NamedTuple

from .options import FAULTS, RehearsalOptions
from .rng import Rng


class Luck(NamedTuple):
    """What is in store for one request: seconds (already scaled), and a fault or None."""

    seconds: float
    fault: str | None


class Faults:
    """Draws the luck of each request.

    The draw depends on the seed, the salt, the body's digest and on how often this body was asked
    before: so a run can be repeated, and a request that is sent again can fare better.
    """

    def __init__(self, seed: int, options: RehearsalOptions) -> None:
        """Start with no request seen."""
        self._seed = seed
        self._options = options
        self._asked: Counter[bytes] = Counter()
        self._rates = [(name, rate) for name in FAULTS if (rate := getattr(options, name))]
        self._calm = not (self._rates or options.latency or options.uniform or options.tails)

    def draw(self, digest: str) -> Luck:
        """Return what is in store for the next request with this digest."""
        if self._calm:
            return Luck(0.0, None)
        short = bytes.fromhex(digest[-32:])
        self._asked[short] += 1
        rng = Rng(self._seed, "faults", self._options.salt, digest, self._asked[short])
        seconds, fault = self._seconds(rng), self._fault(rng)
        late = self._options.stall_seconds if fault == "stall" else 0.0
        return Luck((seconds + late) * self._options.clock, fault)

    def _seconds(self, rng: Rng) -> float:
        options = self._options
        if options.uniform is not None:
            low, high = options.uniform
            seconds = low + (high - low) * rng.unit()
        else:
            normal = NormalDist().inv_cdf(1.0 - rng.unit())
            seconds = options.latency * math.exp(options.sigma * normal)
        return seconds + sum(extra for rate, extra in options.tails if rng.chance(rate))

    def _fault(self, rng: Rng) -> str | None:
        luck = rng.unit()
        for name, rate in self._rates:
            if (luck := luck - rate) < 0:
                return name
        return None


class Bucket:
    """A budget per minute that refills evenly, as a provider's request or token limit does."""

    def __init__(self, per_minute: int, clock: float) -> None:
        """Start full. `clock` scales the minute; `per_minute` 0 means no limit."""
        self._left = self.size = per_minute or math.inf
        self._rate = per_minute / (60.0 * clock) if clock > 0 else math.inf
        self._then = time.monotonic()

    def _refill(self) -> None:
        now = time.monotonic()
        if now > self._then:
            self._left = min(self.size, self._left + (now - self._then) * self._rate)
            self._then = now

    def has(self, amount: int) -> bool:
        """Tell whether the amount is left; an amount over the whole budget needs a full one."""
        self._refill()
        return self._left >= min(amount, self.size)

    def take(self, amount: int) -> None:
        """Take the amount; the budget may fall below nothing, and then has to recover."""
        self._left -= amount

    def wait(self, amount: float) -> float:
        """Return the seconds until the amount is there."""
        return max(0.0, min(amount, self.size) - self._left) / self._rate

    def headers(self, what: str) -> dict[str, str]:
        """Return the `x-ratelimit-*` headers of this budget, `what` being requests or tokens."""
        if math.isinf(self.size):
            return {}
        self._refill()
        return {
            f"x-ratelimit-limit-{what}": str(self.size),
            f"x-ratelimit-remaining-{what}": str(max(0, int(self._left))),
            f"x-ratelimit-reset-{what}": f"{self.wait(self.size):.3f}s",
        }
