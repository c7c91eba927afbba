"""What a run took: replies, tokens and dollars by stage, over time and over its tasks.

All replies of the journal count: spare ones, what is still open, what lies beyond the target; but
none that a fork adopted, which another run has paid for. The times of the journal show here and
nowhere else: no time reaches a derived file.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from selfinstruct.store.account import Account
from selfinstruct.store.journal import read

if TYPE_CHECKING:
    from collections.abc import Mapping

    from selfinstruct.method.money import Price
    from selfinstruct.method.types import Key, Receipt

    from .view import Run

    Data = dict[str, Any]

SPANS = 60
"""Spans of equal length that the time from the first reply to the last is cut into."""


@dataclass(frozen=True, slots=True)
class Line:
    """What one recorded reply took."""

    second: float  # since 1970, UTC
    stage: str
    prompt: int
    cached: int | None
    completion: int
    cost: float


@dataclass(slots=True)
class Paid:
    """What the journal of a run tells of cost.

    Attributes:
        stages: replies, spare replies, tokens and dollars of each stage; dollars are None where
            the price is not known, cached tokens where no endpoint told of them.
        kinds: replies of each kind.
        prompt: tokens in, by generation request, its tasks' steps included.
        completion: tokens out, likewise.
        cost: dollars, likewise; of stages whose price is known.
        prices: by model; None where one is not known.
        lost: what was used, or counts as used, without a recorded reply; None on a live run, whose
            open block is settled when its process ends.
        first: when the first reply was recorded, UTC, "" if there is none.
        last: when the last one was.
        course: tokens and dollars of each stage up to then, at the ends of equal spans of time.
    """

    stages: dict[str, Data] = field(default_factory=dict)
    kinds: Counter[str] = field(default_factory=Counter)
    prompt: Counter[int] = field(default_factory=Counter)
    completion: Counter[int] = field(default_factory=Counter)
    cost: dict[int, float] = field(default_factory=dict)
    prices: Mapping[str, Price | None] = field(default_factory=dict)
    lost: Data | None = None
    first: str = ""
    last: str = ""
    course: list[Data] = field(default_factory=list)

    @property
    def known(self) -> bool:
        """Whether the price of every stage that has a reply is known."""
        return all(row["cost"] is not None for row in self.stages.values())

    def dollars(self, tasks: int) -> Data:
        """Return the run's cost as JSON can hold it.

        Args:
            tasks: complete tasks.
        """
        replies = sum(row["cost"] for row in self.stages.values()) if self.known else None
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


def paid(run: Run, prices: Mapping[str, Price | None]) -> Paid:
    """Read the journal of a run.

    Args:
        run: the run.
        prices: by model; a model that is left out has no known price.

    Raises:
        Refused: for a line that cannot be read.
    """
    models = run.frozen.identity.models
    out = Paid(prices={model: prices.get(model) for model in models.values()})
    lines: list[Line] = []
    seen: set[Key] = set()
    account = Account()
    for entry in read(run.frozen.folder.journal, account):
        key, receipt = entry.reply.key, entry.receipt
        if entry.reply.adopted:
            if key.item < 0:  # in force; a step's is found by its digest, not by its key
                seen.add(key)
            continue
        price = out.prices.get(models.get(key.stage, models.get("", "")))
        line = _line(key.stage, receipt, price, lines[-1].second if lines else 0.0)
        row = out.stages.setdefault(key.stage, _nothing(price))
        row["replies"] += 1
        row["spare"] += key in seen
        _add(row, line)
        seen.add(key)
        lines.append(line)
        out.kinds[entry.reply.kind] += 1
        out.prompt[key.ordinal] += line.prompt
        out.completion[key.ordinal] += line.completion
        out.cost[key.ordinal] = out.cost.get(key.ordinal, 0.0) + line.cost
        out.first = min(out.first or receipt.time, receipt.time)
        out.last = max(out.last, receipt.time)
    if not run.live:
        account.finish()
        out.lost = account.lost()._asdict()
    out.course = _course(lines, out)
    return out


def _line(stage: str, receipt: Receipt, price: Price | None, before: float) -> Line:
    prompt, completion = receipt.prompt_tokens or 0, receipt.completion_tokens or 0
    return Line(
        _second(receipt.time, before),
        stage,
        prompt,
        receipt.cached_prompt_tokens,
        completion,
        0.0 if price is None else price.of(prompt, completion),
    )


def _nothing(price: Price | None) -> Data:
    return {
        "replies": 0,
        "spare": 0,
        "prompt_tokens": 0,
        "cached_prompt_tokens": None,
        "completion_tokens": 0,
        "cost": None if price is None else 0.0,
    }


def _add(row: Data, line: Line) -> None:
    row["prompt_tokens"] += line.prompt
    row["completion_tokens"] += line.completion
    if line.cached is not None:
        row["cached_prompt_tokens"] = (row["cached_prompt_tokens"] or 0) + line.cached
    if row["cost"] is not None:
        row["cost"] += line.cost


def _course(lines: list[Line], paid: Paid) -> list[Data]:
    """Return the sums at the ends of the spans; one span where all came at once."""
    if not lines:
        return []
    lines = sorted(lines, key=lambda line: line.second)
    first, last = lines[0].second, lines[-1].second
    ends = [first + (last - first) * (n + 1) / SPANS for n in range(SPANS)] if last > first else []
    sums: dict[str, Data] = {
        stage: {
            "prompt_tokens": 0,
            "cached_prompt_tokens": None if row["cached_prompt_tokens"] is None else 0,
            "completion_tokens": 0,
            "cost": None if row["cost"] is None else 0.0,
        }
        for stage, row in paid.stages.items()
    }
    points: list[Data] = []
    place = 0
    for end in [*ends[:-1], last]:
        while place < len(lines) and lines[place].second <= end:
            _add(sums[lines[place].stage], lines[place])
            place += 1
        points.append(
            {
                "time": datetime.fromtimestamp(end, UTC).isoformat(timespec="seconds")[:19] + "Z",
                "replies": place,
                "stages": {stage: dict(row) for stage, row in sums.items()},
            }
        )
    return points


def _second(time: str, before: float) -> float:
    """Return a journal time in seconds; that of the line before where it cannot be read."""
    try:
        return datetime.fromisoformat(time).timestamp()
    except ValueError:
        return before
