"""The seam: how the engine asks, and what may come back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from selfinstruct.method.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Mapping

    from selfinstruct.method.types import Receipt, Reply, Request

    from .pacing import Pacer

REWORDED = "form"
"""Kind of failure of a request that is asked again at once: mostly put another way."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model answered: an outcome that is final.

    Attributes:
        reply: what is read.
        receipt: what it took.
        headers: those that came along; never recorded.
        notice: a line for the user about what is odd in it; each is given once. Never recorded.
    """

    reply: Reply
    receipt: Receipt
    headers: Mapping[str, str] = field(default_factory=dict)
    notice: str = ""

    @property
    def tokens(self) -> int | None:
        """Tokens of prompt and answer; None where the endpoint does not tell them."""
        prompt, answer = self.receipt.prompt_tokens, self.receipt.completion_tokens
        return None if prompt is None or answer is None else prompt + answer


class NotTaken(BadInput):
    """The endpoint does not take requests of this protocol at all."""


class UnknownRefusal(BadInput):
    """A refusal that no table knows.

    Where other prompts get answers it is this prompt that is refused, else it is the set-up.
    """


class TransientError(Exception):
    """A failure that will pass; it is never recorded, and the same request is asked again.

    Attributes:
        kind: short name under which it is counted, such as `429` or `time-out`.
        retry_after: seconds the endpoint asks to wait, or None.
        spent: whether it may have to be paid all the same.
        headers: those that came along, if any did.
    """

    def __init__(
        self,
        kind: str,
        message: str = "",
        retry_after: float | None = None,
        *,
        spent: bool = False,
    ) -> None:
        super().__init__(f"{kind}: {message}" if message else kind)
        self.kind = kind
        self.retry_after = retry_after
        self.spent = spent
        self.headers: Mapping[str, str] = {}

    @property
    def throttled(self) -> bool:
        """Whether the endpoint says that it is asked too much."""
        return self.kind in {"429", "503"}


class Model(Protocol):
    """Whoever answers.

    Attributes:
        pacers: who paces the requests to each model, by the name that requests give it.
    """

    pacers: dict[str, Pacer]

    async def ask(self, request: Request, client_id: str) -> Answer:
        """Answer a request.

        Args:
            request: what is asked.
            client_id: a name of this very ask, sent along so that logs can be joined.

        Raises:
            TransientError: for what will pass; nothing was answered.
            SelfInstructError: for what ends the run, such as a bad key.
        """
        ...

    def longest(self, request: Request) -> int:
        """Return the most tokens that the answer can have, thoughts included."""
        ...
