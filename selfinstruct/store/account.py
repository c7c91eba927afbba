"""What a run has used up, from its journal: an unclean end costs its open block.

Where a run has a cap, a process may only have so much outstanding as it has reserved before, in
lines of its journal (`reserve`). Recorded replies carry what they used. What was used without a
reply (a time-out, an answer nobody waited for) is summed up in a line when the process ends
(`settle`). A block without that line ended uncleanly: all that it reserved counts as used.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from selfinstruct.method.money import FREE, NOTHING, Amount

if TYPE_CHECKING:
    from collections.abc import Mapping

    from selfinstruct.method.money import Price
    from selfinstruct.method.types import Receipt

RESERVE = "reserve"
SETTLE = "settle"
MONEY = frozenset({RESERVE, SETTLE})


@dataclass(slots=True)
class Used:
    """Of one stage: replies recorded, and their tokens as far as the endpoint told them."""

    replies: int = 0
    prompt_tokens: int = 0
    answer_tokens: int = 0


@dataclass(slots=True)
class Account:
    """A fold over all lines of a journal.

    Attributes:
        stages: what recorded replies used, by stage.
        blocks: number of the last block.
        seconds: how long processes with a cap were at work, as far as their lines tell.
    """

    stages: dict[str, Used] = field(default_factory=dict)
    blocks: int = 0
    seconds: float = 0.0
    _settled: Amount = NOTHING
    _open: Amount = NOTHING
    _is_open: bool = False
    _begun: str = ""
    _last: str = ""

    def reply(self, stage: str, receipt: Receipt) -> None:
        """Take in a recorded reply, spare ones too."""
        used = self.stages.setdefault(stage, Used())
        used.replies += 1
        used.prompt_tokens += receipt.prompt_tokens or 0
        used.answer_tokens += receipt.completion_tokens or 0
        self._last = receipt.time or self._last

    def money(self, row: Mapping[str, Any]) -> None:
        """Take in a line of kind `reserve` or `settle`.

        Raises:
            KeyError: if a part of it is missing.
            TypeError: if a part is of another type.
            ValueError: as TypeError.
        """
        amount = Amount(int(row["requests"]), int(row["tokens"]), float(row["cost"]))
        block, time = int(row["block"]), str(row["time"])
        if block != self.blocks or not self._is_open:
            self._end_block()
            self._begun = time
        self.blocks, self._last = block, time
        if row["kind"] == SETTLE:
            self._open = amount
            self._end_block()
            return
        self._is_open = True
        self._open = self._open.plus(amount)

    def lost(self) -> Amount:
        """Return what was used, or counts as used, without a recorded reply."""
        return self._settled.plus(self._open)

    def spent(self, prices: Mapping[str, Price]) -> Amount:
        """Return all that was used; prices by stage, a stage without one costs nothing."""
        total = self.lost()
        for stage, used in self.stages.items():
            cost = prices.get(stage, FREE).of(used.prompt_tokens, used.answer_tokens)
            tokens = used.prompt_tokens + used.answer_tokens
            total = total.plus(Amount(used.replies, tokens, cost))
        return total

    def finish(self) -> None:
        """Note that the journal ends here: an open block ended uncleanly."""
        self._end_block()

    def _end_block(self) -> None:
        self._settled = self._settled.plus(self._open)
        self._open = NOTHING
        self._is_open = False
        if self._begun:
            self.seconds += max(0.0, _between(self._begun, self._last))
            self._begun = ""


def money_line(kind: str, block: int, amount: Amount, time: str) -> dict[str, object]:
    """Return the row of a journal line of kind `reserve` or `settle`."""
    return {
        "block": block,
        "cost": amount.cost,
        "kind": kind,
        "requests": amount.requests,
        "time": time,
        "tokens": amount.tokens,
    }


def _between(begun: str, last: str) -> float:
    try:
        return (datetime.fromisoformat(last) - datetime.fromisoformat(begun)).total_seconds()
    except (ValueError, TypeError):
        return 0.0
