"""Pacing: when an endpoint may be asked the next thing. Every method is given the time.

What holds a request back: the concurrency limit, the user's `--rpm` and `--tpm`, the budgets that
the endpoint tells or hides (see `rate`), its Retry-After, and the breaker. The breaker opens when
nothing but failures has come for a while: all wait, then one request is let through as a probe,
each time after twice as long; with its answer things go on at half the limit.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .base import REWORDED, TransientError
from .concurrency import START, ConcurrencyLimit
from .rate import HeaderBudget, InferredRate, TokenBucket, read_headers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .base import Answer

BREAK_AFTER = 5
BREAK_SECONDS = 5.0
BREAK_MANY = 20
"""Failures in a row, and seconds without an answer, at which the breaker opens; and how many
failures in a row (at least as many as the limit) open it without a wait."""

PARK_FIRST = 1.0
PARK_MOST = 60.0
"""Seconds until the first probe, doubled each time, up to the most."""

BACKOFF_FIRST = 0.5
BACKOFF_MOST = 60.0
"""Seconds before a passing failure is tried again: at first, and at most; doubled each time."""

TOKENS_PER_BYTE = 0.25
ANSWERED_SHARE = 0.25
"""First guess of a request's tokens: a token for 4 bytes of prompt, a quarter of `max_tokens`."""


@dataclass(slots=True)
class Ticket:
    """A request on its way: when it was sent, and the tokens it was thought to use.

    Of when it was sent, and it included: requests on their way (`active`) and sent so far, and
    tokens thought to be used so far.
    """

    stage: str
    since: float
    active: int
    tokens: float
    sent_requests: int
    sent_tokens: float


@dataclass(slots=True)
class Pacer:
    """Paces the requests to one model of one endpoint.

    Args:
        most: requests at a time, at most; `start` at first.
        rpm: the user's requests a minute, or None; `tpm` tokens.
        tell: is told when the breaker opens (`parked`), when a probe fails (`probed`), both with
            the seconds until the next probe, and when it closes (`unparked`).
    """

    most: int
    rpm: float | None = None
    tpm: float | None = None
    start: int = START
    chance: random.Random = field(default_factory=random.Random)
    tell: Callable[[str, float], None] = field(default=lambda _what, _seconds: None)

    limit: ConcurrencyLimit = field(init=False)
    parked_until: float = field(init=False, default=-math.inf)
    broken: bool = field(init=False, default=False)
    _rates: list[tuple[str, TokenBucket | InferredRate]] = field(init=False, default_factory=list)
    _own_tokens: TokenBucket | None = field(init=False, default=None)
    _header_budgets: dict[str, HeaderBudget] = field(init=False, default_factory=dict)
    _inferred: InferredRate = field(init=False, default_factory=InferredRate)
    _means: dict[str, float] = field(init=False, default_factory=dict)
    _sent_requests: int = field(init=False, default=0)
    _sent_tokens: float = field(init=False, default=0.0)
    _heard: int = field(init=False, default=0)
    _failures: int = field(init=False, default=0)
    _probes: int = field(init=False, default=0)
    _last_answer: float = field(init=False, default=math.inf)

    def __post_init__(self) -> None:
        self.limit = ConcurrencyLimit(self.most, self.start)
        self._rates.append(("requests", self._inferred))
        if self.rpm:
            self._rates.append(("requests", TokenBucket(self.rpm)))
        if self.tpm:
            self._own_tokens = TokenBucket(self.tpm)
            self._rates.append(("tokens", self._own_tokens))

    def guess(self, stage: str, prompt_bytes: int, max_tokens: int) -> float:
        """Return how many tokens a request will use, as far as the stage's replies tell."""
        first = prompt_bytes * TOKENS_PER_BYTE + max_tokens * ANSWERED_SHARE
        return self._means.get(stage, first)

    def wait(self, now: float, tokens: float) -> float:
        """Return seconds until a request may be sent; infinite: when another one has ended."""
        if not self.limit.free or (self.broken and self.limit.active):
            return math.inf
        seconds = max(0.0, self.parked_until - now)
        for what, rate in self._rates:
            seconds = max(seconds, rate.wait(now, tokens if what == "tokens" else 1.0))
        return seconds

    def held(self, now: float) -> float:
        """Return seconds for which the endpoint's own figures allow not one request."""
        return max((told.wait(now, 1.0) for told in self._header_budgets.values()), default=0.0)

    def send(self, now: float, stage: str, tokens: float) -> Ticket:
        """Note that a request is sent."""
        if math.isinf(self._last_answer):
            self._last_answer = now
        self._sent_requests += 1
        self._sent_tokens += tokens
        for what, rate in self._rates:
            rate.take(now, tokens if what == "tokens" else 1.0)
        active = self.limit.enter()
        return Ticket(stage, now, active, tokens, self._sent_requests, self._sent_tokens)

    def hear(self, ticket: Ticket, headers: Mapping[str, str], now: float) -> None:
        """Take in the rate headers of an answer of any status, unless a later request's are known.

        They tell how it was when their request came in; of a late answer that is long ago.
        """
        if ticket.sent_requests < self._heard:
            return
        self._heard = ticket.sent_requests
        since = {
            "requests": float(self._sent_requests - ticket.sent_requests),
            "tokens": self._sent_tokens - ticket.sent_tokens,
        }
        for what, told in read_headers(headers).items():
            if what not in self._header_budgets:
                self._header_budgets[what] = HeaderBudget()
                self._rates.append((what, self._header_budgets[what]))
            self._header_budgets[what].hear(told, now, since[what])

    def ended(self, ticket: Ticket, now: float, outcome: Answer | TransientError | None) -> None:
        """Note how a request ended; None: nobody waits for it any more."""
        self.limit.leave()
        if outcome is None:
            return
        if outcome.headers:
            self.hear(ticket, outcome.headers, now)
        if not isinstance(outcome, TransientError):
            self._answered(ticket, now, outcome.tokens)
        elif outcome.kind != REWORDED:
            self._failed(ticket, now, outcome)

    def _answered(self, ticket: Ticket, now: float, tokens: int | None) -> None:
        self._failures = 0
        self._last_answer = now
        if self.broken:
            self.broken = False
            self.tell("unparked", 0.0)
            self._probes = 0
            self.limit.restart()
        if tokens is not None:
            before = self._means.get(ticket.stage, float(tokens))
            self._means[ticket.stage] = before + 0.1 * (tokens - before)
            if self._own_tokens is not None:
                self._own_tokens.correct(tokens - ticket.tokens)
        self._inferred.answered()
        self.limit.answered(ticket.stage, ticket.active, now - ticket.since)

    def _failed(self, ticket: Ticket, now: float, failure: TransientError) -> None:
        self._failures += 1
        if failure.kind == "429":
            self._refused(ticket, now, failure)
        else:
            self._inferred.elsewhere(ticket.since)
            if failure.kind in {"503", "529", "time-out"}:
                self.limit.overloaded()
            if failure.retry_after is not None:
                self._park(now + failure.retry_after)
        self._break(now)

    def backoff(self, failure: TransientError, failures: int) -> float:
        """Return seconds until a failed request is tried again: asked for, or doubled each time.

        A 429 without Retry-After waits little: the pace, the limit and the breaker hold it back.
        """
        jitter = self.chance.uniform(0.5, 1.5)
        if failure.retry_after is not None:
            return failure.retry_after + 0.2 * jitter
        exponent = min(failures, 3 if failure.kind == "429" else 10)
        return min(BACKOFF_MOST, BACKOFF_FIRST * 2.0**exponent) * jitter

    def _refused(self, ticket: Ticket, now: float, failure: TransientError) -> None:
        if self._inferred.indifferent:
            self._inferred.refused(now, ticket.since)
            return
        explained = not self.held(now) and self.limit.refused(ticket.active)
        if explained or self._header_budgets:  # the headers say how much is left
            self._inferred.elsewhere(ticket.since)
        else:
            self._inferred.refused(now, ticket.since)
            if self._inferred.indifferent:
                self.limit.forgive()
                return
        if failure.retry_after is not None:
            self._park(now + failure.retry_after)

    def _park(self, until: float) -> None:
        self.parked_until = max(self.parked_until, until)

    def _break(self, now: float) -> None:
        away = now - self._last_answer >= BREAK_SECONDS
        many = self._failures >= max(BREAK_MANY, self.limit.value)
        if not many and not (away and self._failures >= BREAK_AFTER):
            return
        if self.broken and self.limit.active:
            return  # not the probe, but what was still on its way
        what, self.broken = "probed" if self.broken else "parked", True
        seconds = min(PARK_MOST, PARK_FIRST * 2.0 ** min(self._probes, 10))
        self.tell(what, seconds)
        self._probes += 1
        self._park(now + seconds * self.chance.uniform(0.8, 1.2))
