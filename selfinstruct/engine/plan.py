"""A plan: what a run will take, from its own first requests."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from selfinstruct.method.money import FREE, Price
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
    from .run import Outcome, Wish

TRIAL = 40
"""Generation requests that a plan is made from (issue 6); they are the run's own first ones."""

BATCH_SHARE = 0.5
"""Price of a request sent through a Batch endpoint, as a share of the usual one (OpenAI)."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run takes from here to its target.

    Attributes:
        target: complete tasks wanted.
        complete: complete tasks that are there.
        acceptance: share of candidates accepted now, and expected at the target.
        requests: requests to come.
        tokens: their tokens; None where the endpoint does not tell them.
        hours: at the trial's speed; None where it had nothing to ask.
        cost: US dollars, asked one by one; None where a price or the tokens are not known.
        batch_cost: through a Batch endpoint.
    """

    target: int
    complete: int
    acceptance: tuple[float, float]
    requests: Range
    tokens: Range | None
    hours: Range | None
    cost: Range | None
    batch_cost: Range | None


async def plan(
    path: Path,
    wish: Wish,
    *,
    observe: Callable[[Beat], None],
    notice: Callable[[str], None],
    signals: bool = False,
) -> tuple[Outcome, Plan | None]:
    """Ask a run's first 40 generation requests, and the steps they owe; tell what the rest takes.

    Returns:
        How the trial ended, and the plan: None where too little was read to tell.

    Raises:
        SelfInstructError: for whatever stands in the way.
    """
    before = sum(1 for _ in read(RunFolder(path).journal))
    trial = replace(wish, trial=TRIAL)
    outcome = await generate(path, trial, observe=observe, notice=notice, signals=signals)
    return outcome, estimate(path, wish, before)


def estimate(path: Path, wish: Wish, before: int) -> Plan | None:
    """Return what the rest of a run takes.

    Args:
        path: the run folder.
        wish: how it is asked.
        before: replies that were recorded before the trial.
    """
    frozen = load(RunFolder(path))
    progress = read_progress(frozen.folder)
    curve = Curve([Point(*row) for row in _rows(progress.get("curve"))])
    counts = {name: int(str(progress.get(name, 0))) for name in _COUNTS}
    if counts["complete"] >= frozen.target:
        share = counts["accepted"] / counts["candidates"]
        return Plan(frozen.target, counts["complete"], (share, share), *[NO_MORE] * 5)
    found = fit(curve, LEAST_CANDIDATES)
    if found is None or not counts["complete"]:
        return None
    stages, pace = _recorded(frozen.folder, before)
    wanted = counts["accepted"] * frozen.target / counts["complete"]
    candidates = found.candidates(counts["accepted"], wanted)
    tasks = max(0.0, wanted - counts["accepted"])
    source = frozen.recipe().source.name
    models = frozen.identity.models
    known = prices_in_force(models, frozen.knobs, access_of(frozen.folder, frozen.knobs, wish))
    requests, tokens, cost = NO_MORE, NO_MORE, NO_MORE
    told = priced = True
    for stage, seen in stages.items():
        asked = (
            candidates.times(seen.count / counts["candidates"])
            if stage == source
            else Range(tasks, tasks, tasks).times(seen.count / counts["accepted"])
        )
        requests = _plus(requests, asked)
        price = known.get(models.get(stage, models.get("", "")))
        told = told and bool(seen.used)
        priced = priced and (price == FREE or (price is not None and told))
        tokens = _plus(tokens, _spread(asked, seen, A_TOKEN))
        cost = _plus(cost, _spread(asked, seen, price or FREE))
    return Plan(
        target=frozen.target,
        complete=counts["complete"],
        acceptance=(found.acceptance(counts["accepted"]), found.acceptance(wanted)),
        requests=requests,
        tokens=tokens if told else None,
        hours=None if pace is None else requests.times(pace / 3600),
        cost=cost if priced else None,
        batch_cost=cost.times(BATCH_SHARE) if priced else None,
    )


def as_text(found: Plan) -> str:
    """Return a plan in lines for a reader."""
    if found.complete >= found.target:
        return f"all {found.target:,} tasks are complete: nothing is left to be asked"
    low, high = found.acceptance[1], found.acceptance[0]
    lines = [
        f"from {found.complete:,} to {found.target:,} complete tasks (90 % ranges):",
        f"  acceptance   {high:.1%} now, {low:.1%} at the target",
        f"  requests     {_words(found.requests)}",
    ]
    if found.tokens is None:
        lines.append("  tokens       not known: the endpoint does not tell them")
    else:
        lines.append(f"  tokens       {_words(found.tokens)}")
    if found.hours is None:
        lines.append("  hours        not known: the first requests had been asked before")
    else:
        speed = "at the speed of these first requests"
        lines.append(f"  hours        {_words(found.hours, 2)}, {speed}")
    if found.tokens is None and found.cost is None:
        lines.append("  cost         not known without the tokens")
    elif found.cost is None or found.batch_cost is None:
        lines.append("  cost         not known: give --price IN,OUT")
    elif found.cost.expected:
        lines.append(f"  cost         ${_words(found.cost, 2)}")
        lines.append(f"  as a Batch   ${_words(found.batch_cost, 2)}, within a day")
    else:
        lines.append("  cost         nothing")
    return "\n".join(lines)


def as_json(found: Plan) -> dict[str, Any]:
    """Return a plan as JSON can hold it: ranges as [least, expected, most]."""
    rows = {name: getattr(found, name) for name in Plan.__dataclass_fields__}
    return {name: list(row) if isinstance(row, tuple) else row for name, row in rows.items()}


NO_MORE = Range(0.0, 0.0, 0.0)

LEAST_CANDIDATES = 20
"""A plan is made from as few; its ranges tell what that is worth."""

A_TOKEN = Price(1e6, 1e6)
"""With this price a token costs one."""

_COUNTS = ("complete", "accepted", "candidates")


@dataclass(slots=True)
class _Stage:
    """Replies of a stage, and the tokens (prompt, answer) of those for which they were told."""

    count: int = 0
    used: list[tuple[int, int]] = field(default_factory=list)


def _recorded(folder: RunFolder, before: int) -> tuple[Mapping[str, _Stage], float | None]:
    """Return the stages, and the seconds from one reply to the next after the first `before`."""
    stages: dict[str, _Stage] = defaultdict(_Stage)
    times = []
    for number, entry in enumerate(read(folder.journal)):
        stage, receipt = stages[entry.reply.key.stage], entry.receipt
        stage.count += 1
        if receipt.prompt_tokens is not None and receipt.completion_tokens is not None:
            stage.used.append((receipt.prompt_tokens, receipt.completion_tokens))
        if number >= before:
            times.append(datetime.fromisoformat(receipt.time))
    if len(times) <= 1:
        return stages, None
    return stages, (max(times) - min(times)).total_seconds() / (len(times) - 1)


def _spread(asked: Range, seen: _Stage, price: Price) -> Range:
    """Return what so many requests use: the range of their number, and what is known of each."""
    costs = [price.of(*pair) for pair in seen.used] or [0.0]
    mean = sum(costs) / len(costs)
    deviation = math.sqrt(sum((cost - mean) ** 2 for cost in costs) / len(costs))
    error = SURE * deviation / math.sqrt(len(costs))
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
