"""The dispatcher: who may be sent when, and that each ask ends once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from selfinstruct.engine.dispatcher import Dispatcher
from selfinstruct.method.cost import Amount
from selfinstruct.method.errors import Stopped
from selfinstruct.method.types import Decoding, Key, Message, Receipt, Reply, Request
from selfinstruct.model.base import Answer, TransientError
from selfinstruct.model.budget import Budget, Caps
from selfinstruct.model.pacing import Pacer
from tests.clocks import FastClock

if TYPE_CHECKING:
    from collections.abc import Callable


class Canned:
    """A model that answers at once, with two tokens."""

    def __init__(self, pacer: Pacer) -> None:
        self.pacers = {"m": pacer}

    def longest(self, request: Request) -> int:
        """See `Model`."""
        return request.decoding.max_tokens

    async def ask(self, request: Request, _client_id: str) -> Answer:
        """See `Model`."""
        receipt = Receipt(prompt_tokens=1, completion_tokens=1)
        return Answer(Reply(request.key, request.digest, "text", "x"), receipt)


def request(ordinal: int = 0) -> Request:
    return Request(Key("generate", ordinal), (Message("user", "x"),), Decoding(), "chat", "m")


def no_reserve(_amount: Amount) -> None:
    pass


def dispatcher(
    pacer: Pacer,
    caps: Caps | None = None,
    reserve: Callable[[Amount], None] = no_reserve,
    speed: float = 1.0,
) -> tuple[Dispatcher, list[Exception | None]]:
    """Return a dispatcher, and the list of what it wakes the loop with."""
    budget = Budget(caps or Caps(), Amount(), 0.0, reserve)
    made = Dispatcher(Canned(pacer), budget, {}, FastClock(speed))
    woken: list[Exception | None] = []
    made.attach(woken.append)
    return made, woken


def test_an_ask_ends_once() -> None:
    """A second end of the same ask changes nothing: neither slots nor what is spent."""
    pacer = Pacer(4)
    asks, _ = dispatcher(pacer)
    permit = asks.admit(request())
    assert pacer.limit.active == 1
    answer = asyncio.run(asks.send(permit, "r/1"))
    asks.done(permit, answer)
    used = asks.budget.used
    asks.done(permit)
    asks.done(permit, TransientError("time-out", spent=True))
    assert pacer.limit.active == 0
    assert asks.budget.used == used == Amount(1, 2, 0.0)


def test_what_failed_goes_before_what_was_never_sent() -> None:
    """While one waits to be sent again, nothing fresh passes; then it gets the first slot."""

    async def work() -> None:
        asks, _ = dispatcher(Pacer(1))
        first, second = asks.admit(request(0)), asks.admit(request(1))
        assert first.ticket is not None
        assert second.ticket is None
        waits = asyncio.create_task(asks.wait(second))
        await asyncio.sleep(0)
        assert not asks.can_admit()
        asks.done(first, TransientError("500"))
        await waits
        assert second.ticket is not None
        assert not asks.can_admit()
        asks.done(second)
        assert asks.can_admit()

    asyncio.run(work())


def test_the_loop_is_woken_when_a_pace_lets_go() -> None:
    """Sixty a minute: the second request may go a second after the first, on the clock's time."""

    async def work() -> None:
        asks, woken = dispatcher(Pacer(8, rpm=60), speed=100)
        assert asks.can_admit()
        asks.admit(request(0))
        permit = asks.admit(request(1))
        assert permit.ticket is None
        await asyncio.wait_for(asks.wait(permit), 10)
        assert permit.ticket is not None
        assert not asks.can_admit()
        await asyncio.sleep(0.1)  # ten seconds
        assert set(woken) == {None}
        assert asks.can_admit()
        asks.close()

    asyncio.run(work())


def test_who_waits_when_it_ends_is_cancelled() -> None:
    """And nobody can begin to wait any more."""

    async def work() -> None:
        asks, _ = dispatcher(Pacer(1))
        asks.admit(request(0))
        second = asks.admit(request(1))
        waits = asyncio.create_task(asks.wait(second))
        await asyncio.sleep(0)
        asks.close()
        with pytest.raises(asyncio.CancelledError):
            await waits
        with pytest.raises(asyncio.CancelledError):
            await asks.wait(second)
        assert not asks.can_admit()

    asyncio.run(work())


def test_a_reservation_that_cannot_be_written_reaches_the_loop() -> None:
    """It comes up while only the clock runs: the run must end, not wait for ever."""

    def full(_amount: Amount) -> None:
        raise Stopped("go on", "the disk is full", "Make room.")

    async def work() -> None:
        pacer = Pacer(8)
        asks, woken = dispatcher(pacer, Caps(requests=100), full, speed=100)
        now = FastClock(100).now()
        parked = TransientError("429", "", 1.0)
        pacer.ended(pacer.send(now, "generate", 1.0), now, parked)
        permit = asks.admit(request(0))
        assert permit.ticket is None
        waits = asyncio.create_task(asks.wait(permit))
        await asyncio.wait({waits}, timeout=0.5)
        assert isinstance(woken[0], Stopped)
        asks.close()

    asyncio.run(work())


def test_a_budget_that_is_used_up_is_told_once_nothing_is_on_its_way() -> None:
    """Answers that come in use less than was held; only with none to come it is over."""
    pacer = Pacer(4)
    asks, woken = dispatcher(pacer, Caps(requests=1))
    first = asks.admit(request(0))
    assert asks.admit(request(1)).ticket is None
    assert asks.out_of_budget() is None
    asks.done(first, asyncio.run(asks.send(first, "r/1")))
    asks.synced(asks.budget.unsafe)
    assert asks.admit(request(1)).ticket is None
    stop = asks.out_of_budget()
    assert stop is not None
    assert "--max-requests 1" in str(stop)
    assert woken == [None]
