"""The forecast: what a run takes from where it stands to its target. `plan` and `status` show it.

Candidates come from how acceptance falls as the pool grows (`method/plateau.py`); requests, tokens
and dollars from what each stage's requests took so far. Ranges are of 90 %.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from selfinstruct.method.cost import FREE, Price
from selfinstruct.method.plateau import LEAST_CANDIDATES, SURE, Curve, Point, Range, fit

from .usage import StageUsage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .spec import RunSpec

BATCH_SHARE = 0.5
"""Price of a request sent through a Batch endpoint, as a share of the usual one (OpenAI)."""

A_TOKEN = Price(1e6, 1e6)
"""With this price a token costs one."""

NO_MORE = Range(0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a run takes from here to its target, or to the end of the tasks that it was given.

    Attributes:
        target: complete tasks wanted; `complete` are there.
        acceptance: share of candidates accepted now, and expected at the target; of given tasks,
            the share that becomes complete.
        candidates: to come, as `requests`.
        tokens: None where the endpoint does not tell them.
        hours: at the speed of its last process; None where that had nothing to ask.
        cost: US dollars, asked one by one; None where a price or the tokens are not known.
        batch_cost: through a Batch endpoint.
    """

    target: int
    complete: int
    acceptance: tuple[float, float]
    candidates: Range
    requests: Range
    tokens: Range | None
    hours: Range | None
    cost: Range | None
    batch_cost: Range | None

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON can hold it: ranges as [least, expected, most]."""
        rows = asdict(self).items()
        return {name: list(row) if isinstance(row, tuple) else row for name, row in rows}


def forecast(
    spec: RunSpec,
    progress: Mapping[str, Any],
    prices: Mapping[str, Price | None],
    *,
    least: int = LEAST_CANDIDATES,
) -> Forecast | None:
    """Return what the rest of a run takes, by its `progress.json` and prices by model.

    None where fewer than `least` candidates were read, too few to tell.
    """
    complete, accepted, candidates = (
        int(progress.get(name, 0)) for name in ("complete", "accepted", "candidates")
    )
    target = spec.target
    if complete >= target or progress.get("over"):
        share = accepted / candidates if candidates else 0.0
        return Forecast(target, complete, (share, share), *[NO_MORE] * 6)
    if not complete or not progress.get("stages"):
        return None
    if "over" in progress:  # the tasks are given: those that are open are all there is to come
        left = int(progress.get("open", 0))
        accepted -= left
        if accepted < least:
            return None
        wanted = min(accepted + left, target * accepted / complete)
        acceptance, rest = (complete / accepted, complete / accepted), NO_MORE
    else:
        found = fit(Curve([Point(*row) for row in progress.get("curve", ())]), least)
        if found is None:
            return None
        wanted = target * accepted / complete
        acceptance = found.acceptance(accepted), found.acceptance(wanted)
        rest = found.candidates(accepted, wanted)
    tasks = Range(*[max(0.0, wanted - accepted)] * 3)
    # What a fork adopted was asked by another run: the rest is asked as often as this one asked.
    adopted, replies = int(progress.get("adopted", 0)), int(progress.get("replies", 0))
    own = replies / (replies + adopted) if replies else 1.0
    requests, tokens, cost = NO_MORE, NO_MORE, NO_MORE
    told = priced = True
    for name, row in progress["stages"].items():
        stage = StageUsage(**row)
        ours = name == spec.recipe.source.name
        per, coming = (candidates, rest) if ours else (accepted, tasks)
        asked = coming.times(stage.replies / (per * own))
        requests = _plus(requests, asked)
        price = prices.get(spec.identity.model_of(name))
        told = told and bool(stage.told)
        priced = priced and (price == FREE or (price is not None and told))
        tokens = _plus(tokens, _spread(asked, stage, A_TOKEN))
        cost = _plus(cost, _spread(asked, stage, price or FREE))
    pace = progress.get("pace")
    return Forecast(
        target=target,
        complete=complete,
        acceptance=acceptance,
        candidates=rest,
        requests=requests,
        tokens=tokens if told else None,
        hours=requests.times(float(pace) / 3600) if pace else None,
        cost=cost if priced else None,
        batch_cost=cost.times(BATCH_SHARE) if priced else None,
    )


def as_text(found: Forecast) -> str:
    """Return a forecast in lines for a reader."""
    if found.complete >= found.target:
        return f"all {found.target:,} tasks are complete: nothing is left to be asked"
    if not found.requests.most:
        return (
            f"all given tasks are decided, {found.complete:,} complete: nothing is left to be asked"
        )
    now, then = found.acceptance
    rows = {
        "acceptance": f"{now:.1%} now, {then:.1%} at the target",
        "candidates": _words(found.candidates),
        "requests": _words(found.requests),
        "tokens": "not known: the endpoint does not tell them",
        "hours": "not known: the first requests had been asked before",
        "cost": "nothing",
    }
    if found.tokens is not None:
        rows["tokens"] = _words(found.tokens)
    if found.hours is not None:
        rows["hours"] = f"{_words(found.hours, 2)}, at the speed so far"
    if found.cost is None or found.batch_cost is None:
        known = found.tokens is not None
        rows["cost"] = "not known: give --price IN,OUT" if known else "not known without the tokens"
    elif found.cost.expected:
        rows["cost"] = f"${_words(found.cost, 2)}"
        rows["as a Batch"] = f"${_words(found.batch_cost, 2)}, within a day"
    head = f"from {found.complete:,} to {found.target:,} complete tasks (90 % ranges):"
    return "\n".join([head, *(f"  {name:<13}{words}" for name, words in rows.items())])


def _spread(asked: Range, stage: StageUsage, price: Price) -> Range:
    """Return what so many requests use: the range of their number, and what is known of each."""
    mean, deviation = stage.each(price)
    error = SURE * deviation / math.sqrt(stage.told) if stage.told else 0.0
    each = max(0.0, mean - error), mean, mean + error
    return Range(*(number * cost for number, cost in zip(asked, each, strict=True)))


def _plus(one: Range, other: Range) -> Range:
    return Range(*(a + b for a, b in zip(one, other, strict=True)))


def _words(found: Range, digits: int = 0) -> str:
    least, expected, most = (f"{value:,.{digits}f}" for value in found)
    return f"{expected} ({least} to {most})"
