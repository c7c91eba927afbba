"""Rates: budgets per minute that a user sets, a server tells, or a client has to find out."""

from __future__ import annotations

import math
import re
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

MINUTE = 60.0

_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|h|m|s)")
_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_MOST_SECONDS = 1e6
"""A plain number above this is no duration but a point in time."""


class RateHeaders(NamedTuple):
    """What a server says of one of its budgets: its size, what is left, seconds until it is full.

    `reset` is None where it does not say.
    """

    limit: float
    remaining: float
    reset: float | None


def read_headers(headers: Mapping[str, str]) -> dict[str, RateHeaders]:
    """Return what `x-ratelimit-*` headers tell, under "requests" and "tokens".

    The names with a unit are OpenAI's (platform.openai.com, "Rate limits in headers"); those
    without one, which many gateways send, speak of requests.
    """
    found = {}
    for what, end in (("requests", ""), ("requests", "-requests"), ("tokens", "-tokens")):
        limit = _number(headers.get(f"x-ratelimit-limit{end}"))
        if not limit:
            continue
        remaining = _number(headers.get(f"x-ratelimit-remaining{end}"))
        if remaining is not None:
            reset = read_duration(headers.get(f"x-ratelimit-reset{end}"))
            found[what] = RateHeaders(limit, remaining, reset)
    return found


def read_duration(text: str | None) -> float | None:
    """Return seconds from `1m30.5s`, `17ms` or a plain number of seconds; None for other texts."""
    if not text:
        return None
    text = text.strip()
    pieces = _DURATION.findall(text)
    if pieces and "".join(number + unit for number, unit in pieces) == text:
        return sum(float(number) * _UNITS[unit] for number, unit in pieces)
    seconds = _number(text)
    return seconds if seconds is not None and seconds <= _MOST_SECONDS else None


def _number(text: str | None) -> float | None:
    try:
        value = float(text) if text else None
    except ValueError:
        return None
    return value if value is not None and math.isfinite(value) and value >= 0 else None


class TokenBucket:
    """A rate that the user sets: an amount a minute, spread evenly, a second's worth at once."""

    def __init__(self, per_minute: float) -> None:
        self._rate = per_minute / MINUTE
        self._size = self._left = max(1.0, self._rate)
        self._then = -math.inf

    def wait(self, now: float, amount: float) -> float:
        """Return seconds until the amount may be used; more than the size waits for a full one."""
        self._refill(now)
        return max(0.0, min(amount, self._size) - self._left) / self._rate

    def take(self, now: float, amount: float) -> None:
        """Use the amount; what is left may fall below nothing."""
        self._refill(now)
        self._left -= amount

    def correct(self, amount: float) -> None:
        """Take so much more (or give back), now that the real amount is known."""
        self._left = min(self._size, self._left - amount)

    def _refill(self, now: float) -> None:
        if now > self._then:
            if self._then > -math.inf:
                self._left = min(self._size, self._left + (now - self._then) * self._rate)
            self._then = now


class HeaderBudget(TokenBucket):
    """A budget that the server tells with each answer; between answers it is kept up here.

    It is taken to refill evenly, as OpenAI's does. The speed is read from the headers themselves
    ("so much is missing, it is full again in so many seconds"), so it may be per minute or per day.
    """

    def __init__(self) -> None:
        super().__init__(math.inf)

    def hear(self, told: RateHeaders, now: float, since: float) -> None:
        """Take in what an answer told; `since` is what was sent after its request."""
        missing = told.limit - told.remaining
        if told.reset and missing >= 0.05 * told.limit:
            rate = missing / told.reset
            self._rate = rate if math.isinf(self._rate) else 0.8 * self._rate + 0.2 * rate
        elif math.isinf(self._rate):
            self._rate = told.limit / MINUTE
        self._size, self._left, self._then = told.limit, told.remaining - since, now


@dataclass(slots=True)
class _Mark:
    """A refusal for speed: when, and how much had been let in until then."""

    time: float
    admitted: float


class InferredRate:
    """A rate of requests that the server hides, found from its refusals.

    At each refusal the server's budget is empty. So what was let in between two refusals is what
    was refilled between them, and their quotient is the hidden rate; the more refusals lie between
    two marks, the better it is known. The pace is then kept a little below it, and creeps up again.

    Refusals that come at any pace (a gateway that drops one request in twenty) must not slow a run
    down. When too many come, the pace is lowered for a trial: if they come all the same, it is
    given up for a while.
    """

    BELOW = 0.97
    CREEP = 0.0002
    """Share of the found rate that is used, and growth for each answer: 2 % for the first hundred
    after a refusal, 4 % for the second, and so on."""

    MARKS = 12
    KNOWN = 5.0
    """Refusals looked back on, and the least that was let in between the first and the last."""

    SHORT = 6.0
    SHORT_RUN = 5
    PAUSE = 5.0
    SURE = 30.0
    BURST = 0.02
    TOO_MANY = 0.025
    STORM = 0.4
    LOOK_BACK = 100
    TRIAL_PACE = 0.6
    TRIAL = 40
    INDIFFERENT = 10_000
    """When refusals are thought to come at any pace: so many in a row (`SHORT_RUN`) with less than
    `SHORT` let in between them; or, once `SURE` was let in between the marks, a share of refusals
    among the last `LOOK_BACK` asks between `TOO_MANY` and `STORM` that a pace lowered to
    `TRIAL_PACE` for `TRIAL` asks does not bring down. They are then taken as they come for
    `INDIFFERENT` asks. Refusals within `BURST` seconds are one; no pause is above `PAUSE`."""

    def __init__(self) -> None:
        self.rate = math.inf
        self._next = -math.inf
        self._marks: deque[_Mark] = deque(maxlen=self.MARKS)
        self._admitted = 0.0
        self._recent: deque[float] = deque(maxlen=64)
        self._outcomes: deque[bool] = deque(maxlen=self.LOOK_BACK)
        self._trial: list[bool] | None = None
        self._share_before = 0.0
        self._deaf = self._short = self._calm = 0
        self._known = False

    @property
    def indifferent(self) -> bool:
        """Whether refusals were seen to come at any pace; they are then taken as they come."""
        return self._deaf > 0

    def wait(self, now: float, _amount: float) -> float:
        """Return seconds until the next request may be sent."""
        return max(0.0, self._next - now)

    def take(self, now: float, amount: float) -> None:
        """Note that a request is sent."""
        self._admitted += amount
        self._recent.append(now)
        if not math.isinf(self.rate):
            pace = self.rate * (self.TRIAL_PACE if self._trial is not None else 1.0)
            self._next = max(now, self._next) + amount / pace

    def answered(self) -> None:
        """Note an answer: the pace creeps up."""
        self._note(refused=False)
        self._calm += 1
        self.rate *= 1.0 + self.CREEP * (1 + self._calm // 100)

    def refused(self, now: float, since: float) -> None:
        """Note a refusal for speed of what was sent at `since`."""
        self.elsewhere(since)
        self._note(refused=True)
        self._calm = 0
        if self._deaf:
            return
        if self._marks and now - self._marks[-1].time < self.BURST:
            return  # of the same burst
        last = self._marks[-1].admitted if self._marks else -math.inf
        self._marks.append(_Mark(now, self._admitted))
        first = self._marks[0]
        let_in, seconds = self._admitted - first.admitted, now - first.time
        short = self._admitted - last < self.SHORT
        self._short = self._short + 1 if short else 0
        if let_in >= self.KNOWN and seconds > 0:
            if self._short >= self.SHORT_RUN and self._known:
                self._turn_deaf()
                return
            self.rate = self.BELOW * let_in / seconds
            self._short = self._short if self._known else 0
            self._known = True
        elif math.isinf(self.rate):
            since_first = now - self._recent[0] if self._recent else 0.0
            self.rate = max(len(self._recent), 1) / max(since_first, 0.1)
        pause = 3 / self.rate * (1 if self._known else 2.0 ** min(self._short, 8))
        self._next = now + min(self.PAUSE, pause)

    def elsewhere(self, since: float) -> None:
        """Note a refusal that had another reason: it was not let in either."""
        self._admitted -= 1
        for mark in self._marks:
            if since <= mark.time:
                mark.admitted -= 1

    def _note(self, *, refused: bool) -> None:
        if self._deaf:
            self._outcomes.append(refused)
            self._deaf -= 1
            if len(self._outcomes) >= self.TRIAL and sum(self._outcomes) > len(self._outcomes) / 2:
                self._deaf = 0
            if not self._deaf:
                self._outcomes.clear()
            return
        if self._trial is not None:
            self._trial.append(refused)
            if len(self._trial) >= self.TRIAL:
                count, self._trial = sum(self._trial), None
                self._outcomes.clear()
                if count > 1 and count / self.TRIAL > 0.4 * self._share_before:
                    self._turn_deaf()
            return
        self._outcomes.append(refused)
        if len(self._outcomes) == self.LOOK_BACK:
            share = sum(self._outcomes) / self.LOOK_BACK
            sure = self._marks and self._admitted - self._marks[0].admitted >= self.SURE
            if sure and self.TOO_MANY < share < self.STORM and not math.isinf(self.rate):
                self._share_before = share
                self._trial = []

    def _turn_deaf(self) -> None:
        self._deaf = self.INDIFFERENT
        self.rate = math.inf
        self._next = -math.inf
        self._marks.clear()
        self._outcomes.clear()
        self._short = 0
        self._known = False
