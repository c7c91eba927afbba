"""What requests use up: a value, and the most that one request can use."""

from __future__ import annotations

from operator import add, le, sub
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from .types import Request

BYTES_PER_MESSAGE = 16
"""A tokenizer makes at most one token of a byte; a chat template adds a few for each message."""


class Amount(NamedTuple):
    """Requests, tokens (prompt and answer) and US dollars."""

    requests: int = 0
    tokens: int = 0
    cost: float = 0.0

    def plus(self, other: Amount) -> Amount:
        """Return the sum."""
        return Amount._make(map(add, self, other))

    def minus(self, other: Amount) -> Amount:
        """Return the difference, part by part, nothing below 0."""
        return Amount._make(map(max, NOTHING, map(sub, self, other)))

    def within(self, other: Amount) -> bool:
        """Tell whether no part is above the other's."""
        return all(map(le, self, other._replace(cost=other.cost * (1 + 1e-12))))

    def at_least(self, other: Amount) -> Amount:
        """Return the greater of both, part by part."""
        return Amount._make(map(max, self, other))

    def times(self, count: int) -> Amount:
        """Return a multiple."""
        return Amount._make(part * count for part in self)


NOTHING = Amount()


class Price(NamedTuple):
    """US dollars for a million tokens of prompt, and for a million tokens of answer."""

    prompt: float
    answer: float

    def of(self, prompt_tokens: int, answer_tokens: int) -> float:
        """Return dollars."""
        return (prompt_tokens * self.prompt + answer_tokens * self.answer) / 1e6


FREE = Price(0.0, 0.0)


def prompt_bound(request: Request) -> int:
    """Return the most tokens that a request's prompt can have: UTF-8 bytes + 16 a message."""
    texts = [message.content.encode("utf-8", "surrogatepass") for message in request.messages]
    return len(request.schema.encode()) + sum(map(len, texts)) + BYTES_PER_MESSAGE * len(texts)


def worst(request: Request, longest: int, price: Price) -> Amount:
    """Return the most that a request can use, if its answer has at most `longest` tokens."""
    prompt = prompt_bound(request)
    return Amount(1, prompt + longest, price.of(prompt, longest))
