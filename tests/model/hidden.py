"""Simulated servers with limits that they hide, and a client that asks them through a pacer."""

from __future__ import annotations

import heapq
import math
import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from selfinstruct.method.types import Key, Receipt, Reply
from selfinstruct.model.base import Answer, TransientError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from selfinstruct.model.pacing import Pacer

STAGES = {"generate": (3.0, 1200.0), "classify": (0.4, 500.0), "instances": (1.5, 900.0)}
"""Median seconds and tokens of a reply."""


@dataclass
class Server:
    """A server with limits of its own; nothing of them is told unless `tells`."""

    limit: int = 0
    slots: int = 0
    rpm: float = 0
    tpm: float = 0
    tells: bool = False
    retry_after: bool = False
    random_429: float = 0.0
    away: tuple[float, float] = (0.0, 0.0)
    chance: random.Random = field(default_factory=lambda: random.Random(1))
    open: int = 0
    free_at: list[float] = field(default_factory=list)
    left: dict[str, float] = field(default_factory=dict)
    then: float = 0.0

    def refill(self, now: float) -> None:
        """Fill the budgets up; they hold ten seconds' worth."""
        for what, size in (("requests", self.rpm), ("tokens", self.tpm)):
            left = self.left.get(what, size / 6)
            self.left[what] = min(size / 6, left + (now - self.then) * size / 60)
        self.then = now

    def headers(self) -> dict[str, str]:
        """Return the rate headers of an answer."""
        told = {}
        for what, size in (("requests", self.rpm), ("tokens", self.tpm)):
            if size and self.tells:
                told[f"x-ratelimit-limit-{what}"] = f"{size / 6:.0f}"
                told[f"x-ratelimit-remaining-{what}"] = f"{max(0, int(self.left[what]))}"
                told[f"x-ratelimit-reset-{what}"] = (
                    f"{(size / 6 - self.left[what]) * 60 / size:.3f}s"
                )
        return told

    def arrive(self, now: float, stage: str, tokens: float) -> tuple[str, float, dict[str, str]]:
        """Return how a request ends, when, and with which headers."""
        self.refill(now)
        if self.away[0] <= now < self.away[1]:
            return "503", now + 0.01, {}
        if self.limit and self.open >= self.limit:
            return "429", now + 0.01, {}
        if self.chance.random() < self.random_429:
            return "429", now + 0.01, {}
        for what, size, amount in (("requests", self.rpm, 1.0), ("tokens", self.tpm, tokens)):
            if size and self.left[what] < amount:
                headers = self.headers()
                if self.retry_after:
                    headers["retry-after"] = f"{(amount - self.left[what]) * 60 / size:.3f}"
                return "429", now + 0.01, headers
        self.left["requests"] -= 1
        self.left["tokens"] -= tokens
        seconds = STAGES[stage][0] * math.exp(0.5 * self.chance.gauss(0, 1))
        if self.slots:
            busy = len(self.free_at) >= self.slots
            start = max(now, heapq.heappop(self.free_at)) if busy else now
            heapq.heappush(self.free_at, start + seconds)
            seconds += start - now
        self.open += 1
        return "200", now + seconds, self.headers()


@dataclass
class Seen:
    """What came of a run: answers by time, refusals, the most at a time in the second half."""

    answers: list[float] = field(default_factory=list)
    refused: int = 0
    asked: int = 0
    actives: list[int] = field(default_factory=list)

    def rate(self, start: float = 0.3, end: float = 0.95) -> float:
        """Answers a second, between two shares of the run."""
        first, last = int(len(self.answers) * start), int(len(self.answers) * end)
        return (last - first) / (self.answers[last] - self.answers[first])

    @property
    def share(self) -> float:
        """Share of requests that were refused."""
        return self.refused / self.asked


@dataclass(order=True)
class Ask:
    """A request that is to be sent, or is on its way."""

    due: float
    number: int
    stage: str = field(compare=False)
    failures: int = field(default=0, compare=False)
    ticket: Any = field(default=None, compare=False)
    kind: str = field(default="", compare=False)
    headers: dict[str, str] = field(default_factory=dict, compare=False)
    tokens: float = field(default=0.0, compare=False)


def drive(server: Server, pacer: Pacer, count: int, seed: int = 0) -> Seen:
    """Ask a server for `count` answers, on a clock of our own."""
    chance = random.Random(seed)
    seen = Seen()
    now = 0.0
    waiting = [Ask(0.0, number, chance.choice(list(STAGES))) for number in range(count)]
    flying: list[Ask] = []
    while len(seen.answers) < count:
        wait = math.inf
        while waiting and waiting[0].due <= now:
            ask = waiting[0]
            guess = pacer.guess(ask.stage, 3000, 512)
            if (wait := pacer.wait(now, guess)) > 0:
                break
            heapq.heappop(waiting)
            ask.ticket = pacer.send(now, ask.stage, guess)
            seen.asked += 1
            seen.actives.append(ask.ticket.active)
            ask.tokens = STAGES[ask.stage][1] * chance.uniform(0.7, 1.3)
            ask.kind, ask.due, ask.headers = server.arrive(now, ask.stage, ask.tokens)
            heapq.heappush(flying, ask)
        times = [ask.due for ask in (*flying[:1], *waiting[:1]) if ask.due > now]
        now = min([*times, now + wait]) + 1e-6
        while flying and flying[0].due <= now:
            again = land(heapq.heappop(flying), now, server, pacer, seen)
            if again is not None:
                heapq.heappush(waiting, again)
    return seen


def land(ask: Ask, now: float, server: Server, pacer: Pacer, seen: Seen) -> Ask | None:
    """Take in how a request ended; return what is to be asked again."""
    if ask.kind == "200":
        server.open -= 1
        seen.answers.append(now)
        pacer.ended(ask.ticket, now, answer(int(ask.tokens), ask.headers))
        return None
    seen.refused += ask.kind == "429"
    after = ask.headers.get("retry-after")
    failure = TransientError(ask.kind, "", float(after) if after else None)
    failure.headers = ask.headers
    pacer.ended(ask.ticket, now, failure)
    due = now + pacer.backoff(failure, ask.failures)
    # What is asked again goes before what has not been asked yet.
    return Ask(due - 1e-9, -ask.number - 1, ask.stage, ask.failures + 1)


def answer(tokens: int, headers: Mapping[str, str] | None = None) -> Answer:
    """Return an answer that used so many tokens."""
    receipt = Receipt(prompt_tokens=0, completion_tokens=tokens)
    return Answer(Reply(Key("generate", 0), "sha256:0", "text", "x"), receipt, headers or {})


def mean_seconds() -> float:
    return sum(seconds for seconds, _ in STAGES.values()) / len(STAGES) * math.exp(0.125)


MOST = 64
"""Requests at a time, at most, of the pacers that are tried."""

LIMITS: dict[str, tuple[dict[str, Any], float]] = {
    "4 at a time": ({"limit": 4}, 4 / mean_seconds()),
    "20 at a time": ({"limit": 20}, 20 / mean_seconds()),
    "50 at a time": ({"limit": 50}, 50 / mean_seconds()),
    "hidden rpm, slow": ({"rpm": 120}, 2.0),
    "hidden rpm, fast": ({"rpm": 1200}, 20.0),
    "rpm with Retry-After": ({"rpm": 600, "retry_after": True}, 10.0),
    "rpm in headers": ({"rpm": 600, "tells": True}, 10.0),
    "hidden tpm": ({"tpm": 600_000}, 10_000 / 866.7),
    "tpm in headers": ({"tpm": 600_000, "tells": True}, 10_000 / 866.7),
    "queues, 4 slots": ({"slots": 4}, 4 / mean_seconds()),
    "queues, 16 slots": ({"slots": 16}, 16 / mean_seconds()),
    "no limit": ({}, MOST / mean_seconds()),
}
"""What limits a server, and the answers a second that it can give to `MOST` at a time."""
