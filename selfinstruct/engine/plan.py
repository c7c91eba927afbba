"""A plan: what a run will take, from its own first requests."""

from __future__ import annotations

import math
import time
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from selfinstruct.method.money import Price
from selfinstruct.method.plateau import SURE, Curve, Point, Range, fit
from selfinstruct.store.folder import RunFolder, load
from selfinstruct.store.journal import read
from selfinstruct.store.progress import read_progress

from .money import prices_in_force
from .run import generate
from .wish import access_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from .loop import Beat
    from .run import Wish

TRIAL = 40
"""Generation requests that a plan is made from (issue 6); they are the run's own first ones."""

BATCH_SHARE = 0.5
"""Price of a request sent through a Batch endpoint, as a share of the usual one (OpenAI)."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run takes from here to its target; `done` tells of the trial.

    Attributes:
        target: complete tasks wanted.
        complete: complete tasks that are there.
        acceptance: share of candidates accepted now, and expected at the target.
        requests: requests to come.
        tokens: their tokens.
        hours: at the trial's speed.
        cost: US dollars, asked one by one; None where a price is not known.
        batch_cost: through a Batch endpoint.
    """

    target: int
    complete: int
    acceptance: tuple[float, float]
    requests: Range
    tokens: Range
    hours: Range
    cost: Range | None
    batch_cost: Range | None


async def plan(
    path: Path,
    wish: Wish,
    *,
    observe: Callable[[Beat], None],
    notice: Callable[[str], None],
    signals: bool = False,
) -> Plan | None:
    """Ask a run's first 40 generation requests, and the steps they owe; tell what the rest takes.

    Returns:
        None where too little was read to tell.

    Raises:
        SelfInstructError: for whatever stands in the way.
    """
    begun = time.monotonic()
    before = sum(1 for _ in read(RunFolder(path).journal))
    trial = replace(wish, trial=TRIAL)
    await generate(path, trial, observe=observe, notice=notice, signals=signals)
    seconds = time.monotonic() - begun
    return estimate(path, wish, seconds, before)


def estimate(path: Path, wish: Wish, seconds: float, before: int) -> Plan | None:
    """Return what the rest of a run takes.

    Args:
        path: the run folder.
        wish: how it is asked.
        seconds: how long the trial took.
        before: replies that were recorded before it.
    """
    frozen = load(RunFolder(path))
    progress = read_progress(frozen.folder)
    curve = Curve([Point(*row) for row in _rows(progress.get("curve"))])
    found = fit(curve)
    counts = {name: int(str(progress.get(name, 0))) for name in _COUNTS}
    if found is None or not counts["complete"]:
        return None
    stages = _stages(frozen.folder)
    wanted = counts["accepted"] * frozen.target / counts["complete"]
    candidates = found.candidates(counts["accepted"], wanted)
    tasks = max(0.0, wanted - counts["accepted"])
    source = frozen.recipe().source.name
    models = frozen.identity.models
    known = prices_in_force(models, frozen.knobs, access_of(frozen.folder, frozen.knobs, wish))
    requests = tokens = cost = Range(0.0, 0.0, 0.0)
    for stage, seen in stages.items():
        per_task = seen.count / max(1, counts["accepted"])
        asked = (
            candidates.times(seen.count / max(1, counts["candidates"]))
            if stage == source
            else Range(tasks, tasks, tasks).times(per_task)
        )
        price = known.get(models.get(stage, models.get("", "")))
        requests = _plus(requests, asked)
        tokens = _plus(tokens, _spread(asked, seen.tokens(FREE_TOKENS), seen.count))
        if price is not None:
            cost = _plus(cost, _spread(asked, seen.tokens(price), seen.count))
    priced = all(known.get(name) is not None for name in models.values())
    replies = max(1, sum(seen.count for seen in stages.values()) - before)
    return Plan(
        target=frozen.target,
        complete=counts["complete"],
        acceptance=(found.acceptance(counts["accepted"]), found.acceptance(wanted)),
        requests=requests,
        tokens=tokens,
        hours=requests.times(seconds / replies / 3600),
        cost=cost if priced else None,
        batch_cost=cost.times(BATCH_SHARE) if priced else None,
    )


def as_text(found: Plan) -> str:
    """Return a plan in lines for a reader."""
    low, high = found.acceptance[1], found.acceptance[0]
    lines = [
        f"from {found.complete:,} to {found.target:,} complete tasks (90 % ranges):",
        f"  acceptance   {high:.1%} now, {low:.1%} at the target",
        f"  requests     {_words(found.requests)}",
        f"  tokens       {_words(found.tokens)}",
        f"  hours        {_words(found.hours, 2)}, at the speed of these first requests",
    ]
    if found.cost is None or found.batch_cost is None:
        lines.append("  cost         not known: give --price IN,OUT")
    elif found.cost.expected:
        lines.append(f"  cost         ${_words(found.cost, 2)}")
        lines.append(f"  as a Batch   ${_words(found.batch_cost, 2)}, within a day")
    else:
        lines.append("  cost         nothing: it runs here")
    return "\n".join(lines)


def as_json(found: Plan) -> dict[str, Any]:
    """Return a plan as JSON can hold it: ranges as [least, expected, most]."""
    rows = {name: getattr(found, name) for name in Plan.__dataclass_fields__}
    return {name: list(row) if isinstance(row, tuple) else row for name, row in rows.items()}


FREE_TOKENS = Price(1e6, 1e6)
"""With this price a token costs one."""

_COUNTS = ("complete", "accepted", "candidates")


@dataclass(slots=True)
class _Stage:
    replies: list[tuple[int, int]]

    @property
    def count(self) -> int:
        return len(self.replies)

    def tokens(self, price: Price) -> tuple[float, float]:
        """Return mean and standard deviation of what a reply costs."""
        costs = [price.of(*pair) for pair in self.replies]
        mean = sum(costs) / len(costs)
        return mean, math.sqrt(sum((cost - mean) ** 2 for cost in costs) / len(costs))


def _stages(folder: RunFolder) -> Mapping[str, _Stage]:
    stages: dict[str, _Stage] = defaultdict(lambda: _Stage([]))
    for entry in read(folder.journal):
        pair = entry.receipt.prompt_tokens or 0, entry.receipt.completion_tokens or 0
        stages[entry.reply.key.stage].replies.append(pair)
    return stages


def _spread(asked: Range, each: tuple[float, float], seen: int) -> Range:
    """Return what so many requests use: the range of their number, and what is known of each."""
    mean, deviation = each
    error = SURE * deviation / math.sqrt(max(1, seen))
    return Range(
        asked.least * max(0.0, mean - error), asked.expected * mean, asked.most * (mean + error)
    )


def _plus(one: Range, other: Range) -> Range:
    return Range(*(a + b for a, b in zip(one, other, strict=True)))


def _words(found: Range, digits: int = 0) -> str:
    least, expected, most = (f"{value:,.{digits}f}" for value in found)
    return f"{expected} ({least} to {most})"


def _rows(value: object) -> list[list[int]]:
    return value if isinstance(value, list) else []
