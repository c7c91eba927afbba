"""The gate: what is asked passes here, when pacing and budget let it, those that failed first."""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from selfinstruct.method.cost import FREE, Amount
from selfinstruct.method.cost import worst as worst_case
from selfinstruct.model.pacing import Pacer
from selfinstruct.model.seam import REWORDED

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from selfinstruct.method.cost import Price
    from selfinstruct.method.errors import Stopped
    from selfinstruct.method.types import Key, Receipt, Request
    from selfinstruct.model.budget import Budget
    from selfinstruct.model.pacing import Ticket
    from selfinstruct.model.seam import Passing


@dataclass(slots=True)
class Pass:
    """A request that was let through.

    Attributes:
        request: the request.
        pacer: who paces it.
        ticket: the pacer's.
        longest: the most tokens its answer can have.
        worst: the most it can use.
    """

    request: Request
    pacer: Pacer
    ticket: Ticket
    longest: int
    worst: Amount


class Gate:
    """Lets requests through.

    Args:
        pacers: by the model that a request names; one that is missing is paced by `most` alone.
        most: requests at a time, at most.
        budget: None without any cap.
        prices: by model, for the budget.
        longest: gives the most tokens that the answer of a request can have.
    """

    def __init__(
        self,
        pacers: Mapping[str, Pacer],
        most: int,
        *,
        budget: Budget | None = None,
        prices: Mapping[str, Price] | None = None,
        longest: Callable[[Request], int] | None = None,
    ) -> None:
        self.budget = budget
        self.active = 0
        self._starved: Amount | None = None
        self._pacers = dict(pacers)
        self._most = most
        self._prices = prices or {}
        self._longest = longest or (lambda request: request.decoding.max_tokens)
        self._sent: Callable[[Key, float], None] = lambda _key, _now: None
        self._waiting: deque[tuple[Request, asyncio.Future[Pass]]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._wake: Callable[[], None] = lambda: None
        self._begun = time.monotonic()
        self._closed = False

    def attach(self, wake: Callable[[], None], sent: Callable[[Key, float], None]) -> None:
        """Have `wake` called when something may have become possible, `sent` for each request."""
        self._wake, self._sent = wake, sent

    def open(self, now: float) -> bool:
        """Tell whether a fresh request could pass now; else see to it that someone is woken."""
        if self._waiting or self._starved is not None or self._closed:
            return False
        wait = min((pacer.wait(now, 0.0) for pacer in self._pacers.values()), default=0.0)
        self._arm(wait)
        return wait <= 0

    def held(self, now: float) -> float:
        """Return seconds for which an endpoint's own figures allow nothing; 0 with asks on it."""
        return (
            0.0 if self.active else max((p.held(now) for p in self._pacers.values()), default=0.0)
        )

    def admit(self, request: Request, now: float) -> Pass | None:
        """Let a request through now, or return None."""
        pacer = self._pacers.get(request.model)
        if pacer is None:
            pacer = self._pacers[request.model] = Pacer(self._most)
        decoding = request.decoding
        size = sum(len(message.content) for message in request.messages)
        tokens = pacer.guess(request.key.stage, size, decoding.max_tokens)
        wait = pacer.wait(now, tokens)
        if wait > 0:
            self._arm(wait)
            return None
        longest, worst = self._longest(request), Amount()
        if self.budget is not None:
            worst = worst_case(request, longest, self._prices.get(request.model, FREE))
            if self.budget.out_of_time(now - self._begun) or not self.budget.take(worst):
                # Answers that come in use less than was held; only with none to come it is over.
                if not self.active and not any(self.budget.unsafe):
                    self._starved = worst
                    self._wake()
                return None
        self.active += 1
        self._sent(request.key, now)
        return Pass(request, pacer, pacer.send(now, request.key.stage, tokens), longest, worst)

    def outgrown(self, let: Pass) -> bool:
        """Tell whether a request can use more than it was let through with: it was put another way.

        What an answer has taught the dialect meanwhile may be head-room for thoughts.
        """
        return self._longest(let.request) > let.longest

    async def wait(self, request: Request) -> Pass:
        """Let a request through as soon as that is possible; who waits longest goes first."""
        future: asyncio.Future[Pass] = asyncio.get_running_loop().create_future()
        if self._closed:
            raise asyncio.CancelledError
        self._waiting.append((request, future))
        self._poke()
        try:
            return await future
        except asyncio.CancelledError:
            if future.done() and not future.cancelled():
                self.dropped(future.result())
            raise

    def answered(self, let: Pass, receipt: Receipt) -> None:
        """Note an answer; it has been recorded."""
        told = receipt.prompt_tokens is not None and receipt.completion_tokens is not None
        tokens = (receipt.prompt_tokens or 0) + (receipt.completion_tokens or 0) if told else None
        self.active -= 1
        let.pacer.answered(let.ticket, time.monotonic(), tokens)
        if self.budget is not None:
            price = self._prices.get(let.request.model, FREE)
            cost = price.of(receipt.prompt_tokens or 0, receipt.completion_tokens or 0)
            self.budget.recorded(let.worst, None if tokens is None else Amount(1, tokens, cost))
        self._poke()

    def failed(self, let: Pass, passing: Passing) -> None:
        """Note a passing failure."""
        self.active -= 1
        if passing.kind == REWORDED:
            let.pacer.dropped(let.ticket)
        else:
            let.pacer.failed(let.ticket, time.monotonic(), passing)
        if self.budget is not None:
            self.budget.failed(let.worst, spent=passing.spent)
        self._poke()

    def dropped(self, let: Pass) -> None:
        """Note that nobody waits for an answer any more; it may be paid all the same."""
        self.active -= 1
        let.pacer.dropped(let.ticket)
        if self.budget is not None:
            self.budget.failed(let.worst, spent=True)
        self._poke()

    def out_of_budget(self) -> Stopped | None:
        """Return which cap stops the run, or None."""
        seconds = time.monotonic() - self._begun
        if self.budget is None or not (self._starved or self.budget.out_of_time(seconds)):
            return None
        return self.budget.reached(seconds, self._starved or Amount())

    def synced(self, unsafe: Amount) -> None:
        """Note that recorded replies with these worst cases are safe on the disk."""
        if self.budget is not None:
            self.budget.synced(unsafe)
            self._poke()

    @property
    def unsafe(self) -> Amount:
        """Worst cases of recorded replies that may not be safe on the disk yet."""
        return Amount() if self.budget is None else self.budget.unsafe

    def close(self) -> None:
        """Let nobody else through; who waits is cancelled."""
        if self._timer is not None:
            self._timer.cancel()
        for _, future in self._waiting:
            future.cancel()
        self._waiting.clear()
        self._closed = True

    def _poke(self) -> None:
        now = time.monotonic()
        while self._waiting and self._starved is None:
            request, future = self._waiting[0]
            if not future.done():
                let = self.admit(request, now)
                if let is None:
                    return
                future.set_result(let)
            self._waiting.popleft()

    def _arm(self, wait: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if 0 < wait < math.inf:
            self._timer = asyncio.get_running_loop().call_later(wait, self._ring)

    def _ring(self) -> None:
        self._timer = None
        self._poke()
        self._wake()
