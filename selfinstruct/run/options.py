"""What a user asks of a run."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from selfinstruct.method.types import ProtocolName

TARGET = 52_000
CONCURRENCY = 32
RECIPE = "self-instruct"
PATIENCE = 600.0

AUTO = "auto"
"""The protocol is chat, unless the first request shows that only completions are taken."""


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What the user asked for; None leaves it to the run folder, or to the default.

    Identity: `models` (names by stage, "" for all others), `recipe`, `seeds`, `seed`, `protocol`.
    Knobs: all others.
    """

    models: Mapping[str, str] = field(default_factory=dict)
    recipe: str | None = None
    seeds: str | None = None
    seed: int | None = None
    protocol: ProtocolName | Literal["auto"] | None = None
    target: int | None = None
    concurrency: int = CONCURRENCY
    base_url: str | None = None
    api_key_env: str | None = None
    deadline: float = 600.0
    patience: float = PATIENCE
    may_cost: bool = False
    rehearsal: tuple[str, ...] = ()
    trial: int | None = None
    context: int | None = None
    head_room: int | None = None
    min_acceptance: float | None = None
    rpm: float | None = None
    tpm: float | None = None
    max_cost: float | None = None
    max_tokens: float | None = None
    max_requests: float | None = None
    max_hours: float | None = None
    prices: tuple[str, ...] = ()

    @property
    def caps(self) -> dict[str, float | None]:
        """The caps that were asked for, by name."""
        return {
            "cost": self.max_cost,
            "tokens": self.max_tokens,
            "requests": self.max_requests,
            "hours": self.max_hours,
        }

    @property
    def known_protocol(self) -> ProtocolName | None:
        """The protocol, where one is named."""
        return None if self.protocol == "auto" else self.protocol
