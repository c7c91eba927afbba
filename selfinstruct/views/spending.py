"""What a run took: replies, tokens and dollars by stage, over time and over its tasks.

All replies of the journal count: spare ones, what is still open, what lies beyond the target; but
none that a fork adopted, which another run has paid for. The times of the journal show here and
nowhere else: no time reaches a derived file.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from selfinstruct.method.cost import FREE
from selfinstruct.run.usage import StageUsage, read_recorded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from selfinstruct.method.cost import Price
    from selfinstruct.run.usage import Usage

    from .view import Run

    Data = dict[str, Any]

SUMS = ("prompt_tokens", "completion_tokens", "cost")
SPANS = 60
"""Spans of equal length that the time from the first reply to the last is cut into."""


@dataclass(frozen=True, slots=True)
class Spending:
    """What the journal of a run tells of cost.

    Attributes:
        prices: by model; None where one is not known.
        by_stage: price of each stage that has a reply.
        lost: what was used, or counts as used, without a recorded reply; None on a live run, whose
            open block is settled when its process ends.
        requests: `prompt_tokens`, `completion_tokens` and `cost`, the dollars of stages whose price
            is known, by generation request, its tasks' steps included.
    """

    usage: Usage
    prices: Mapping[str, Price | None]
    by_stage: Mapping[str, Price | None]
    lost: Data | None
    requests: Mapping[int, Mapping[str, float]]

    @property
    def known(self) -> bool:
        """Whether the price of every stage that has a reply is known."""
        return None not in self.by_stage.values()

    def stages(self) -> dict[str, Data]:
        """Return replies, spare replies, tokens and dollars of each stage.

        Dollars are None where the price is not known, cached tokens where no endpoint told of them.
        """
        return {
            name: {"replies": used.replies, "spare": used.spare, **_sums(used, self.by_stage[name])}
            for name, used in self.usage.stages.items()
        }

    def dollars(self, tasks: int) -> Data:
        """Return the run's cost as JSON can hold it, `each` being for one of its complete tasks."""
        replies = sum(row["cost"] for row in self.stages().values()) if self.known else None
        total = None if replies is None else replies + (self.lost or {"cost": 0.0})["cost"]
        return {
            "prices": {
                model: None if price is None else price._asdict()
                for model, price in sorted(self.prices.items())
            },
            "replies": replies,
            "lost": self.lost,
            "total": total,
            "each": total / tasks if total is not None and tasks else None,
        }

    def course(self) -> list[Data]:
        """Return sums of each stage at the ends of equal spans of time; one where all came at once.

        Each point has `time` (UTC), `replies` up to then, and tokens and dollars by stage.
        """
        taken = sorted(self.usage.taken, key=lambda one: one.second)
        if not taken:
            return []
        first, last = taken[0].second, taken[-1].second
        width = (last - first) / SPANS
        ends = [first + width * n for n in range(1, SPANS)] if last > first else []
        sums = {name: StageUsage() for name in self.usage.stages}
        for name, used in self.usage.stages.items():  # what tells of a cache does so from the start
            sums[name].cached_prompt_tokens = None if used.cached_prompt_tokens is None else 0
        points: list[Data] = []
        place = 0
        for end in [*ends, last]:
            while place < len(taken) and taken[place].second <= end:
                sums[taken[place].stage].add(taken[place].receipt, spare=False)
                place += 1
            rows = {name: _sums(used, self.by_stage[name]) for name, used in sums.items()}
            time = datetime.fromtimestamp(end, UTC).isoformat(timespec="seconds")[:19] + "Z"
            points.append({"time": time, "replies": place, "stages": rows})
        return points


def spending(run: Run, prices: Mapping[str, Price | None]) -> Spending:
    """Read the journal of a run; a model that has no price in `prices` has no known one.

    Raises:
        Refused: for a line that cannot be read.
    """
    identity = run.spec.identity
    usage = read_recorded(run.spec.folder.journal, detailed=True)[1]
    by_stage = {name: prices.get(identity.model_of(name)) for name in usage.stages}
    requests = defaultdict[int, dict[str, float]](lambda: dict.fromkeys(SUMS, 0))
    for one in usage.taken:
        asked, given = one.receipt.prompt_tokens or 0, one.receipt.completion_tokens or 0
        cost = (by_stage[one.stage] or FREE).of(asked, given)
        for name, value in zip(SUMS, (asked, given, cost), strict=True):
            requests[one.ordinal][name] += value
    known = {model: prices.get(model) for model in identity.models.values()}
    lost = None if run.live else usage.finish().lost()._asdict()
    return Spending(usage, known, by_stage, lost, requests)


def _sums(used: StageUsage, price: Price | None) -> Data:
    return {
        "prompt_tokens": used.prompt_tokens,
        "cached_prompt_tokens": used.cached_prompt_tokens,
        "completion_tokens": used.completion_tokens,
        "cost": None if price is None else used.cost(price),
    }
