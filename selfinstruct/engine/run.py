"""A run to its end: begin it or go on, open the models, run the loop; and a plan of one."""

from __future__ import annotations

import asyncio
import signal
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from selfinstruct.method.context_fit import needed
from selfinstruct.method.errors import BadInput, Stopped
from selfinstruct.model.base import NotTaken
from selfinstruct.model.clock import SYSTEM
from selfinstruct.model.factory import check, open_models, protocols_of
from selfinstruct.run.caps import BudgetLedger, check_cost, prices_in_force
from selfinstruct.run.create import access_of, commit, has_replies, prepare, with_protocol
from selfinstruct.run.forecast import forecast
from selfinstruct.run.options import AUTO, RunOptions
from selfinstruct.run.spec import load
from selfinstruct.store.events import Events
from selfinstruct.store.folder import RunFolder
from selfinstruct.store.progress import read_progress

from .dispatcher import Dispatcher
from .incidents import Incidents
from .loop import Loop
from .progress_writer import ProgressWriter
from .recorder import open_recorder
from .schedule import Schedule
from .stop_rules import StopRules
from .stubborn import Stubborn

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from pathlib import Path

    from selfinstruct.method.cost import Price
    from selfinstruct.method.types import Progress, Task
    from selfinstruct.model.access import Access
    from selfinstruct.model.clock import Clock
    from selfinstruct.model.factory import Models
    from selfinstruct.run.forecast import Forecast
    from selfinstruct.run.spec import RunSpec
    from selfinstruct.run.usage import Usage

    from .run_status import RunStatus

__all__ = ["Outcome", "generate", "plan"]

TRIAL = 40
"""Generation requests that a plan is made from (issue 6); they are the run's own first ones."""

LEAST_CANDIDATES = 20
"""A plan is made from as few; its ranges tell what that is worth."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended.

    Attributes:
        progress: how far it is.
        target: complete tasks wanted.
        interrupted: the signal that stopped it, or 0.
        newest: the newest complete tasks.
    """

    progress: Progress
    target: int
    interrupted: int = 0
    newest: tuple[Task, ...] = ()

    @property
    def reached(self) -> bool:
        """Whether the target is met, or there is nothing more to work on."""
        return self.progress.complete_prefix >= self.target or bool(self.progress.over)


async def generate(  # noqa: PLR0913 - what a caller may want to see and set
    path: Path,
    options: RunOptions,
    *,
    observe: Callable[[RunStatus], None],
    notice: Callable[[str], None],
    signals: bool = False,
    clock: Clock = SYSTEM,
) -> Outcome:
    """Begin a run, or go on with it, until its target is met or it is stopped.

    Args:
        path: the run folder.
        options: what the user asked for.
        observe: is given a status a few times a second.
        notice: is given a line for the user now and then.
        signals: stop at SIGINT and SIGTERM: the first lets what is on its way be recorded, the
            second leaves at once. Only in the main thread.
        clock: the time, for all that this process does.

    Raises:
        SelfInstructError: for whatever stands in the way.
    """
    folder = RunFolder(path)
    if not folder.is_run:  # checked before there is a folder, so that none is left behind
        prepared = prepare(folder, options)
        prices, access = _ready(prepared.spec, options)
    with folder.locked():
        if folder.is_run:  # another process may have begun it meanwhile
            prepared = prepare(folder, options)
            prices, access = _ready(prepared.spec, options)
        spec = commit(prepared)
        notice(prepared.notice)
        events = Events(path, clock.utc)
        events.note(
            "resumed" if prepared.before else "started",
            target=spec.target,
            models=dict(spec.identity.models),
            protocol=spec.identity.protocol,
            caps=spec.knobs.get("caps") or {},
        )
        parts = Parts(access, options, prices, events, observe, notice, signals, clock)
        try:
            outcome = await _in_a_protocol(spec, parts)
        except BaseException as error:
            if isinstance(error, Stopped) and error.kind:
                events.note(error.kind, why=error.why)
            events.note("stopped", why=str(error) or type(error).__name__)
            raise
        why = "target reached" if outcome.reached else "trial done" if options.trial else ""
        why = why or f"signal {outcome.interrupted}"
        events.note("stopped", why=why, complete=outcome.progress.complete_prefix)
        return outcome


async def plan(
    path: Path,
    options: RunOptions,
    **how: Any,  # noqa: ANN401 - as `generate`
) -> tuple[Outcome, Forecast | None]:
    """Ask a run's first 40 generation requests, and the steps they owe; tell what the rest takes.

    Of a run on given tasks it asks the steps of the first 40. Arguments and errors are those of
    `generate`.

    Returns:
        How the trial ended, and the plan: None where too little was read to tell.
    """
    outcome = await generate(path, replace(options, trial=TRIAL), **how)
    spec = load(RunFolder(path))
    prices = prices_in_force(spec.identity.models, spec.knobs, access_of(spec, options))
    return outcome, forecast(spec, read_progress(spec.folder), prices, least=LEAST_CANDIDATES)


def _ready(spec: RunSpec, options: RunOptions) -> tuple[dict[str, Price], Access]:
    """Return prices and access of a run, having checked that its models may and can be asked.

    Raises:
        BadInput: if a key, a word about money, a price or an extra is missing.
    """
    access = access_of(spec, options)
    models = spec.identity.models
    prices = check_cost(models, spec.knobs, access, may_cost=options.may_cost)
    check(set(models.values()), access)
    return prices, access


async def _in_a_protocol(spec: RunSpec, parts: Parts) -> Outcome:
    """Run; where the protocol was left open, a first refusal makes way for the next protocol.

    What is asked to find out is the run's own first request, so finding out costs nothing; with
    the first recorded reply the protocol is settled. Where none is taken, the first refusal is
    told, and the first protocol is tried again the next time.
    """
    is_open = spec.knobs.get("protocol") == AUTO
    general = spec.identity.model_of("")
    order = protocols_of(general, parts.access.paths.get(general)) if is_open else ()
    now, first = spec, None
    while True:
        try:
            return await _run(now, parts)
        except BadInput as refused:
            first = first or refused
            following = None
            if isinstance(refused, NotTaken) and not has_replies(spec.folder):
                tried = now.identity.protocol
                left = order[order.index(tried) + 1 :] if tried in order else ()
                begun = (with_protocol(now, other) for other in left)  # None: no prompts for it
                following = next(filter(None, begun), None)
            if following is None:
                if now is not spec and not has_replies(spec.folder):
                    with_protocol(now, spec.identity.protocol)
                    raise first from None
                raise
            now = following
            protocol = now.identity.protocol
            parts.events.note("protocol changed", now=protocol, why=refused.why)
            parts.notice(f"{refused.why}: the run goes on with --protocol {protocol}")


@dataclass(frozen=True, slots=True)
class Parts:
    """What a process has, besides the run."""

    access: Access
    options: RunOptions
    prices: Mapping[str, Price]
    events: Events
    observe: Callable[[RunStatus], None]
    notice: Callable[[str], None]
    signals: bool
    clock: Clock


async def _run(spec: RunSpec, parts: Parts) -> Outcome:
    options, clock = parts.options, parts.clock
    listener = _Listener(parts.notice)
    identities = set(spec.identity.models.values())
    access = replace(parts.access, need=needed(spec.recipe, spec.parts, spec.seed_tasks))
    with open_recorder(spec) as recorder:
        if recorder.journal.torn:
            parts.notice(f"cut a torn last line of {recorder.journal.torn} bytes off the journal")
        usage = recorder.usage.finish()
        ledger = BudgetLedger(spec, usage, recorder.journal, parts.prices, clock)
        floor = spec.recipe.end.min_acceptance
        floor = floor if options.min_acceptance is None else options.min_acceptance
        stop_rules = StopRules(floor, options.patience, recorder.find)
        recorded = {name: stage.replies for name, stage in usage.stages.items()}
        async with (
            listener.listening(signals=parts.signals),
            open_models(identities, access, clock) as models,
        ):
            incidents = _incidents(spec, parts, usage, models)
            dispatcher = Dispatcher(models, ledger.budget, parts.prices, clock)
            schedule = Schedule(
                recorder.fold.source_name,
                spec.target,
                options.concurrency,
                options.trial,
                given=spec.parts.count is not None,
            )
            stubborn = Stubborn(options.patience, recorded)
            loop = Loop(recorder, dispatcher, schedule, stop_rules, stubborn, incidents, clock)
            writer = ProgressWriter(
                recorder, models, ledger.budget, stop_rules.curve, incidents, parts
            )
            listener.stop = loop.stop
            try:
                await loop.run(writer.observe)
            finally:
                ledger.close()
                writer.write(loop.status())
                incidents.look()
        newest = tuple(recorder.newest)
        return Outcome(recorder.fold.state(), spec.target, listener.first, newest)


def _incidents(spec: RunSpec, parts: Parts, usage: Usage, opened: Models) -> Incidents:
    """Return the incidents of this process, which know under which names the models answered."""
    incidents = Incidents(parts.events, parts.notice, parts.options.patience, opened.base_urls)
    models = spec.identity.models
    for stage, names in usage.reported.items():
        incidents.recall(models.get(stage, models[""]), names)
    for identity, pacer in opened.pacers.items():
        pacer.tell = partial(incidents.paced, identity)
    return incidents


class _Listener:
    """Hears SIGINT and SIGTERM: the first stops the loop, any other cancels what is left to do.

    Attributes:
        first: number of the first signal; 0 for none yet.
        stop: stops the loop; None before there is one.
    """

    def __init__(self, notice: Callable[[str], None]) -> None:
        self.first = 0
        self.stop: Callable[[], None] | None = None
        self._notice = notice
        self._cancelled = False

    @asynccontextmanager
    async def listening(self, *, signals: bool) -> AsyncIterator[None]:
        """Hear them, if `signals` (in the main thread); end in peace where one has cancelled it."""
        running, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None  # noqa: S101 - we are in one
        for number in (signal.SIGINT, signal.SIGTERM) if signals else ():
            running.add_signal_handler(number, self._hear, number, task)
        try:
            yield
        except asyncio.CancelledError:
            if not self._cancelled:
                raise

    def _hear(self, number: int, task: asyncio.Task[object]) -> None:
        if not self.first and self.stop is not None:
            self._notice(
                "stopping: what is on its way is awaited and recorded; again to leave at once"
            )
            self.stop()
        else:
            self._cancelled = task.cancel()
        self.first = self.first or number
