"""A plan: what a run will take, from its own first requests."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from selfinstruct.model.clock import SYSTEM
from selfinstruct.run.caps import prices_in_force
from selfinstruct.run.create import access_of
from selfinstruct.run.forecast import forecast
from selfinstruct.run.spec import load
from selfinstruct.store.folder import RunFolder
from selfinstruct.store.progress import read_progress

from .run import generate

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from selfinstruct.model.clock import Clock
    from selfinstruct.run.forecast import Forecast
    from selfinstruct.run.options import RunOptions

    from .loop import RunStatus
    from .run import Outcome

TRIAL = 40
"""Generation requests that a plan is made from (issue 6); they are the run's own first ones."""

LEAST_CANDIDATES = 20
"""A plan is made from as few; its ranges tell what that is worth."""


async def plan(  # noqa: PLR0913 - as `generate`
    path: Path,
    options: RunOptions,
    *,
    observe: Callable[[RunStatus], None],
    notice: Callable[[str], None],
    signals: bool = False,
    clock: Clock = SYSTEM,
) -> tuple[Outcome, Forecast | None]:
    """Ask a run's first 40 generation requests, and the steps they owe; tell what the rest takes.

    Returns:
        How the trial ended, and the plan: None where too little was read to tell.

    Raises:
        SelfInstructError: for whatever stands in the way.
    """
    trial = replace(options, trial=TRIAL)
    outcome = await generate(
        path, trial, observe=observe, notice=notice, signals=signals, clock=clock
    )
    spec = load(RunFolder(path))
    prices = prices_in_force(spec.identity.models, spec.knobs, access_of(spec, options))
    return outcome, forecast(spec, read_progress(spec.folder), prices, least=LEAST_CANDIDATES)
