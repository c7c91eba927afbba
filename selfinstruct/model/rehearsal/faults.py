"""How long an answer takes, and what goes wrong on the way."""

from __future__ import annotations

import asyncio
import math
import time
from collections import Counter
from dataclasses import dataclass

from .options import FAULTS, RehearsalOptions
from .rng import Rng


@dataclass(frozen=True)
class Luck:
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
        rates = [getattr(options, name) for name in FAULTS]
        self._rates = [(name, rate) for name, rate in zip(FAULTS, rates, strict=True) if rate]
        self._calm = not (self._rates or options.latency or options.uniform or options.tails)

    def draw(self, digest: str) -> Luck:
        """Return what is in store for the next request with this digest."""
        if self._calm:
            return Luck(0.0, None)
        short = bytes.fromhex(digest[-32:])
        count = self._asked[short]
        self._asked[short] = count + 1
        rng = Rng(self._seed, "weather", self._options.salt, digest, count)
        seconds = self._seconds(rng)
        fault = self._fault(rng)
        if fault == "stall":
            seconds += self._options.stall_seconds
        return Luck(seconds * self._options.clock, fault)

    def _seconds(self, rng: Rng) -> float:
        options = self._options
        if options.uniform is not None:
            low, high = options.uniform
            seconds = low + (high - low) * rng.unit()
        else:
            seconds = options.latency * math.exp(options.sigma * rng.normal())
        for rate, extra in options.tails:
            if rng.chance(rate):
                seconds += extra
        return seconds

    def _fault(self, rng: Rng) -> str | None:
        luck = rng.unit()
        for name, rate in self._rates:
            luck -= rate
            if luck < 0:
                return name
        return None


class Bucket:
    """A budget per minute that refills evenly, as a provider's request or token limit does."""

    def __init__(self, per_minute: int, clock: float) -> None:
        """Start full. `clock` scales the minute; `per_minute` 0 means no limit."""
        self.size = per_minute
        self._left = float(per_minute)
        self._rate = per_minute / (60.0 * clock) if clock > 0 else math.inf
        self._then = time.monotonic()

    def _refill(self) -> None:
        now = time.monotonic()
        if now > self._then:
            self._left = min(float(self.size), self._left + (now - self._then) * self._rate)
            self._then = now

    def has(self, amount: int) -> bool:
        """Tell whether the amount is left; an amount over the whole budget needs a full one."""
        if not self.size:
            return True
        self._refill()
        return self._left >= min(amount, self.size)

    def take(self, amount: int) -> None:
        """Take the amount; the budget may fall below nothing, and then has to recover."""
        self._left -= amount

    def wait(self, amount: int) -> float:
        """Return the seconds until the amount is there."""
        return max(0.0, min(amount, self.size) - self._left) / self._rate

    def headers(self, what: str) -> dict[str, str]:
        """Return the `x-ratelimit-*` headers of this budget, `what` being requests or tokens."""
        if not self.size:
            return {}
        self._refill()
        return {
            f"x-ratelimit-limit-{what}": str(self.size),
            f"x-ratelimit-remaining-{what}": str(max(0, int(self._left))),
            f"x-ratelimit-reset-{what}": f"{self.wait(self.size):.3f}s",
        }


async def pause(seconds: float) -> None:
    """Wait, or return at once when there is nothing to wait for."""
    if seconds > 0:
        await asyncio.sleep(seconds)
