"""The dispatcher: whether a request may be sent, by pacing, concurrency and budget; and sending it.

Each is asked here and nowhere else. Requests that failed and wait to be sent again go first.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from selfinstruct.method.cost import FREE, NOTHING, Amount
from selfinstruct.method.cost import worst as worst_case
from selfinstruct.method.errors import SelfInstructError
from selfinstruct.model.base import REWORDED, Answer, TransientError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from selfinstruct.method.cost import Price
    from selfinstruct.method.errors import Stopped
    from selfinstruct.method.types import Request
    from selfinstruct.model.base import Model
    from selfinstruct.model.budget import Budget
    from selfinstruct.model.clock import Clock
    from selfinstruct.model.pacing import Pacer, Ticket


@dataclass(slots=True)
class Permit:
    """Leave for one ask of a request to be sent; the same one for all its tries.

    Attributes:
        request: the request.
        pacer: who paces it.
        ticket: the pacer's, from when it may be sent until it has ended; None before and after.
        longest: the most tokens its answer can have.
        worst: the most it can use.
    """

    request: Request
    pacer: Pacer
    ticket: Ticket | None = None
    longest: int = 0
    worst: Amount = NOTHING


class Dispatcher:
    """Lets requests through to the model that answers them, as its pacers and the budget allow.

    A model without a price costs nothing.
    """

    def __init__(
        self, model: Model, budget: Budget, prices: Mapping[str, Price], clock: Clock
    ) -> None:
        self.budget, self._model, self._prices, self._clock = budget, model, prices, clock
        self._begun = clock.now()
        self._starved: Amount | None = None
        self._waiting: deque[tuple[Permit, asyncio.Future[None]]] = deque()
        self._alarm: asyncio.Task[None] | None = None
        self._due = math.inf
        self._wake: Callable[[Exception | None], None] = lambda _error: None
        self._closed = False

    def attach(self, wake: Callable[[Exception | None], None]) -> None:
        """Have `wake` called when something may have become possible, or an error ends the run."""
        self._wake = wake

    def can_admit(self) -> bool:
        """Tell whether a fresh request could be sent now; else see to it that someone is woken."""
        if self._waiting or self._starved is not None or self._closed:
            return False
        now = self._clock.now()
        wait = min(pacer.wait(now, 0.0) for pacer in self._model.pacers.values())
        self._wake_in(wait)
        return wait <= 0

    def admit(self, request: Request) -> Permit:
        """Let a request through; without a ticket where it has to wait for that (see `wait`)."""
        permit = Permit(request, self._model.pacers[request.model])
        self._grant(permit)
        return permit

    async def wait(self, permit: Permit, *, first: bool = False) -> None:
        """Wait until a request may be sent, once more; this one first, or who waits longest."""
        if self._closed:
            raise asyncio.CancelledError
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        (self._waiting.appendleft if first else self._waiting.append)((permit, future))
        self._serve()
        await future

    async def send(self, permit: Permit, client_id: str) -> Answer:
        """Send a request (see `base.Model`).

        Raises:
            TransientError: also when it can use more than it was let through with: what an answer
                has taught the dialect meanwhile may be head-room for thoughts.
        """
        if self._model.longest(permit.request) > permit.longest:
            raise TransientError(REWORDED, "the answer may be longer than what was held for it")
        return await self._model.ask(permit.request, client_id)

    def done(self, permit: Permit, outcome: Answer | TransientError | None = None) -> None:
        """Note how a request ended, unless that is known.

        With an answer, which is recorded by now; with a failure; or without, where nobody waits
        for it any more: it may be paid all the same.
        """
        ticket, permit.ticket = permit.ticket, None
        if ticket is None:
            return
        permit.pacer.ended(ticket, self._clock.now(), outcome)
        if not isinstance(outcome, Answer):
            self.budget.failed(permit.worst, spent=outcome is None or outcome.spent)
        elif outcome.tokens is None:
            self.budget.recorded(permit.worst, None)
        else:
            receipt, price = outcome.receipt, self._prices.get(permit.request.model, FREE)
            cost = price.of(receipt.prompt_tokens or 0, receipt.completion_tokens or 0)
            self.budget.recorded(permit.worst, Amount(1, outcome.tokens, cost))
        self._serve()

    def synced(self, unsafe: Amount) -> None:
        """Note that recorded replies with these worst cases are safe on the disk."""
        self.budget.synced(unsafe)
        self._serve()

    def held(self) -> float:
        """Return seconds for which an endpoint's own figures allow nothing; 0 with asks on it."""
        if self._active:
            return 0.0
        now = self._clock.now()
        return max(pacer.held(now) for pacer in self._model.pacers.values())

    def out_of_budget(self) -> Stopped | None:
        """Return which cap stops the run, or None."""
        seconds = self._clock.now() - self._begun
        if self._starved is None and not self.budget.out_of_time(seconds):
            return None
        return self.budget.reached(seconds, self._starved or NOTHING)

    def close(self) -> None:
        """Let nobody else through; who waits is cancelled."""
        if self._alarm is not None:
            self._alarm.cancel()
        for _, future in self._waiting:
            future.cancel()
        self._waiting.clear()
        self._closed = True

    @property
    def _active(self) -> bool:
        return any(pacer.limit.active for pacer in self._model.pacers.values())

    def _grant(self, permit: Permit) -> bool:
        """Give a permit its ticket, if it can have one now."""
        request, pacer, now = permit.request, permit.pacer, self._clock.now()
        size = sum(len(message.content) for message in request.messages)
        tokens = pacer.guess(request.key.stage, size, request.decoding.max_tokens)
        wait = pacer.wait(now, tokens)
        if wait > 0:
            self._wake_in(wait)
            return False
        permit.longest = self._model.longest(request)
        price = self._prices.get(request.model, FREE)
        permit.worst = worst_case(request, permit.longest, price)
        if self.budget.out_of_time(now - self._begun) or not self.budget.take(permit.worst):
            # Answers that come in use less than was held; only with none to come it is over.
            if not self._active and not any(self.budget.unsafe):
                self._starved = permit.worst
                self._wake(None)
            return False
        permit.ticket = pacer.send(now, request.key.stage, tokens)
        return True

    def _serve(self) -> None:
        """Let those through that wait, as far as that is possible."""
        while self._waiting and self._starved is None:
            permit, future = self._waiting[0]
            if not future.done():
                if not self._grant(permit):
                    return
                future.set_result(None)
            self._waiting.popleft()

    def _wake_in(self, seconds: float) -> None:
        due = self._clock.now() + seconds
        if not 0 < seconds < math.inf or (self._alarm is not None and self._due <= due):
            return
        if self._alarm is not None:
            self._alarm.cancel()
        self._due, self._alarm = due, asyncio.create_task(self._ring(seconds))

    async def _ring(self, seconds: float) -> None:
        await self._clock.sleep(seconds)
        self._alarm = None
        try:
            self._serve()
        except SelfInstructError as error:  # a reservation that cannot be written
            self._wake(error)
        else:
            self._wake(None)
