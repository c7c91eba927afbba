"""A server that always uses all it may, and begins to think on the way, never gets past a cap."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from selfinstruct.engine.dispatcher import Dispatcher
from selfinstruct.method.cost import Amount
from selfinstruct.method.errors import Stopped
from selfinstruct.method.types import Decoding, Key, Message, Receipt, Reply, Request
from selfinstruct.model.base import REWORDED, Answer, TransientError
from selfinstruct.model.budget import Budget, Caps
from selfinstruct.model.clock import SYSTEM
from selfinstruct.model.dialect import Dialect
from selfinstruct.model.pacing import Pacer
from tests.engine.endpoint import Ran, usual

if TYPE_CHECKING:
    from pathlib import Path

CAP = 120_000


@pytest.mark.parametrize("tells", [True, False], ids=["usage told", "usage not told"])
def test_what_an_endpoint_uses_stays_below_the_cap(
    tmp_path: Path,
    tells: bool,  # noqa: FBT001 - what the endpoint does
) -> None:
    """Each prompt is a token a byte, each answer as long as was asked for, by its own ledger.

    From its 20th request on it thinks, so that requests that had passed the gate get head-room.
    """
    used = [0]

    def greedy(number: int, _path: str, body: dict[str, Any]) -> tuple[int, Any]:
        prompt = sum(len(row["content"].encode()) for row in body["messages"])
        used[0] += prompt + body["max_tokens"]
        usage = {"prompt_tokens": prompt, "completion_tokens": body["max_tokens"]}
        row = usual(body, usage=usage if tells else None)
        if number >= 20 and body["max_tokens"] < 2048:
            row["choices"][0]["message"] = {"content": "", "reasoning_content": "Hm."}
            row["choices"][0]["finish_reason"] = "length"
        return 200, row

    ran = Ran(tmp_path / "r")
    for _ in range(3):
        with pytest.raises(Stopped, match="--max-tokens"):
            ran.go(greedy, target=500, max_tokens=float(CAP), min_acceptance=0.0)
        assert used[0] <= CAP
    assert used[0] > CAP / 2
    assert ran.events("adapted")


class _Learning:
    """A model whose dialect may learn between permit and wire; it notes what is sent."""

    def __init__(self) -> None:
        self.pacers = {"m": Pacer(4)}
        self.dialect = Dialect()
        self.sent = 0

    def longest(self, request: Request) -> int:
        return self.dialect.longest(request)

    async def ask(self, request: Request, _client_id: str) -> Answer:
        self.sent += 1
        return Answer(Reply(request.key, request.digest, "text", "x"), Receipt())


def test_a_request_is_not_sent_with_more_than_it_was_let_through_with() -> None:
    """Another answer may teach the dialect head-room between the permit and the wire."""
    model = _Learning()
    budget = Budget(Caps(tokens=10_000), Amount(), 0.0, lambda _: None)
    dispatcher = Dispatcher(model, budget, {}, SYSTEM)
    request = Request(Key("generate", 0), (Message("user", "x"),), Decoding(), "chat", "m")
    permit = dispatcher.admit(request)
    assert permit.ticket is not None
    asyncio.run(dispatcher.send(permit, "r/1"))
    assert model.sent == 1
    assert model.dialect.notice()
    with pytest.raises(TransientError) as caught:
        asyncio.run(dispatcher.send(permit, "r/2"))
    assert caught.value.kind == REWORDED
    assert model.sent == 1
