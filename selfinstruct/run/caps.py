"""Caps, prices and the budget of a run, from the user's options and the run's journal."""

from __future__ import annotations

import math
from dataclasses import fields
from typing import TYPE_CHECKING, Literal

from selfinstruct.method.cost import FREE
from selfinstruct.method.errors import BadInput
from selfinstruct.model.budget import Budget, Caps
from selfinstruct.model.factory import is_paid
from selfinstruct.model.prices import REMEDY, parse_prices, price_of
from selfinstruct.store.journal import MoneyLine

if TYPE_CHECKING:
    from collections.abc import Mapping

    from selfinstruct.method.cost import Amount, Price
    from selfinstruct.model.access import Access
    from selfinstruct.model.clock import Clock
    from selfinstruct.store.journal import Journal

    from .spec import RunSpec
    from .usage import Usage


def merge_caps(given: Mapping[str, float | None], before: object) -> dict[str, float]:
    """Return the caps in force: as given now, else as before; an infinite one is lifted.

    Raises:
        BadInput: for a cap that is no number above 0.
    """
    caps = {name: float(value) for name, value in _mapping(before).items()}
    for name, value in given.items():
        if value is not None:
            if not value > 0:
                what = f"use --max-{name} {value:g}"
                raise BadInput(what, "it is not above 0", "Give a number, or inf.")
            caps[name] = value
    return {name: value for name, value in caps.items() if not math.isinf(value)}


def caps_of(knobs: Mapping[str, object]) -> Caps:
    """Return the caps that a run's knobs hold."""
    row = _mapping(knobs.get("caps"))
    return Caps(**{each.name: float(row[each.name]) for each in fields(Caps) if each.name in row})


def prices_in_force(
    models: Mapping[str, str], knobs: Mapping[str, object], access: Access
) -> dict[str, Price | None]:
    """Return a run's prices by model; None where one is not known.

    The user's own come first; what is served here, or nearby, costs nothing; the rest is looked up.
    """
    given = knobs.get("price")
    own = parse_prices(given if isinstance(given, list) else ())
    prices: dict[str, Price | None] = {}
    for identity in sorted(set(models.values())):
        found = own.get(identity, own.get(""))
        if found is None:
            found = price_of(identity, access.url) if is_paid(identity, access) else FREE
        prices[identity] = found
    return prices


def check_cost(
    models: Mapping[str, str], knobs: Mapping[str, object], access: Access, *, may_cost: bool
) -> dict[str, Price]:
    """Return the prices that are known; money is only spent under a cap, or when told to.

    Raises:
        BadInput: if it may cost money and nothing was said, or a cap cannot be kept.
    """
    cap = caps_of(knobs).cost
    known: dict[str, Price] = {}
    for name, price in prices_in_force(models, knobs, access).items():
        if price is not None:
            known[name] = price
        elif not math.isinf(cap):
            raise BadInput(f"keep --max-cost {cap:g}", f"the price of {name} is not known", REMEDY)
    identities = sorted(set(models.values()))
    paid = [name for name in identities if is_paid(name, access) and known.get(name) != FREE]
    if paid and not may_cost and math.isinf(cap):
        raise BadInput(
            f"ask {paid[0]} at {access.url}",
            f"it may cost money, and the target is {knobs['target']:,} tasks",
            "Add --max-cost DOLLARS to set a cap, or --yes to go on without one; `selfinstruct "
            "plan` tells what it will cost.",
        )
    return known


class BudgetLedger:
    """The budget of one process on one run, and its lines in the journal; `prices` are by model."""

    def __init__(
        self,
        spec: RunSpec,
        usage: Usage,
        journal: Journal,
        prices: Mapping[str, Price],
        clock: Clock,
    ) -> None:
        self._clock = clock
        self._journal = journal
        self._block = usage.blocks + 1
        self._open = False
        by_stage = {name: prices.get(spec.identity.model_of(name), FREE) for name in usage.stages}
        spent, caps = usage.spent(by_stage), caps_of(spec.knobs)
        self.budget = Budget(caps, spent, usage.seconds, self._reserve)

    def close(self) -> None:
        """Settle the block: from here on only what was really used counts."""
        if self._open:
            self._journal.sync()
            self._note("settle", self.budget.close())
            self._open = False

    def _reserve(self, amount: Amount) -> None:
        if not self.budget.caps.any:
            return  # nothing to keep to: the journal stays free of lines about money
        self._open = True
        self._note("reserve", amount)

    def _note(self, kind: Literal["reserve", "settle"], amount: Amount) -> None:
        """Write a line about money and bring it to the disk itself."""
        self._journal.append(MoneyLine(kind, self._block, amount, self._clock.utc()))
        self._journal.sync()


def _mapping(value: object) -> dict[str, float]:
    return dict(value) if isinstance(value, dict) else {}
