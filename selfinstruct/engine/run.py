"""A run to its end: begin it or go on, open the models, run the loop."""

from __future__ import annotations

import asyncio
import signal
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from selfinstruct.method.errors import BadInput, Stopped
from selfinstruct.model.base import NotTaken
from selfinstruct.model.clock import SYSTEM
from selfinstruct.model.factory import check, open_models, protocols_of
from selfinstruct.run.caps import check_cost, open_ledger
from selfinstruct.run.create import access_of, commit, has_replies, prepare, with_protocol
from selfinstruct.run.options import AUTO, RunOptions
from selfinstruct.store.events import Events
from selfinstruct.store.folder import RunFolder

from .dispatcher import Dispatcher
from .incidents import Incidents
from .loop import Loop
from .progress_writer import ProgressWriter
from .recorder import open_recorder
from .schedule import Schedule
from .stop_rules import StopRules
from .stubborn import Stubborn

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from selfinstruct.method.cost import Price
    from selfinstruct.method.types import Progress, ProtocolName
    from selfinstruct.model.clock import Clock
    from selfinstruct.model.factory import Access, Models
    from selfinstruct.run.spec import RunSpec
    from selfinstruct.run.usage import Usage

    from .loop import RunStatus

__all__ = ["Outcome", "generate"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended.

    Attributes:
        progress: how far it is.
        target: complete tasks wanted.
        interrupted: the signal that stopped it, or 0.
    """

    progress: Progress
    target: int
    interrupted: int = 0

    @property
    def reached(self) -> bool:
        """Whether the target is met."""
        return self.progress.complete_prefix >= self.target


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
    if not folder.main.exists():  # checked before there is a folder, so that none is left behind
        prepared = prepare(folder, options)
        prices, access = _ready(prepared.spec, options)
    with folder.locked():
        if folder.main.exists():  # another process may have begun it meanwhile
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
        parts = _Parts(access, options, prices, events, observe, notice, signals, clock)
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


async def _in_a_protocol(spec: RunSpec, parts: _Parts) -> Outcome:
    """Run; where the protocol was left open, a first refusal makes way for the next protocol.

    What is asked to find out is the run's own first request, so finding out costs nothing; with
    the first recorded reply the protocol is settled. Where none is taken, the first refusal is
    told, and the first protocol is tried again the next time.
    """
    is_open = spec.knobs.get("protocol") == AUTO
    order = protocols_of(spec.identity.model_of("")) if is_open else ()
    now, first = spec, None
    while True:
        try:
            return await _run(now, parts)
        except BadInput as refused:
            first = first or refused
            if has_replies(spec.folder) or not isinstance(refused, NotTaken):
                following = None
            else:
                following = _following(now, order)
            if following is None:
                if now is not spec and not has_replies(spec.folder):
                    with_protocol(now, spec.identity.protocol)
                    raise first from None
                raise
            now = following
            protocol = now.identity.protocol
            parts.events.note("protocol changed", now=protocol, why=refused.why)
            parts.notice(f"{refused.why}: the run goes on with --protocol {protocol}")


def _following(spec: RunSpec, order: Sequence[ProtocolName]) -> RunSpec | None:
    """Begin the run anew in the next protocol that its recipe has prompts for; None for none."""
    now = spec.identity.protocol
    left = order[order.index(now) + 1 :] if now in order else ()
    return next((found for other in left if (found := with_protocol(spec, other))), None)


@dataclass(frozen=True, slots=True)
class _Parts:
    """What a process has, besides the run."""

    access: Access
    options: RunOptions
    prices: Mapping[str, Price]
    events: Events
    observe: Callable[[RunStatus], None]
    notice: Callable[[str], None]
    signals: bool
    clock: Clock


async def _run(spec: RunSpec, parts: _Parts) -> Outcome:
    options, clock = parts.options, parts.clock
    stopped: list[int] = []
    identities = set(spec.identity.models.values())
    with open_recorder(spec) as recorder:
        if recorder.journal.torn:
            parts.notice(f"cut a torn last line of {recorder.journal.torn} bytes off the journal")
        usage = recorder.usage.finish()
        ledger = open_ledger(spec, usage, recorder.journal, parts.prices, clock)
        floor = spec.recipe.end.min_acceptance
        floor = floor if options.min_acceptance is None else options.min_acceptance
        stop_rules = StopRules(floor, options.patience, recorder.find)
        recorded = {name: stage.replies for name, stage in usage.stages.items()}
        async with open_models(identities, parts.access, clock) as models:
            incidents = _incidents(spec, parts, usage, models)
            dispatcher = Dispatcher(models, ledger.budget, parts.prices, clock)
            schedule = Schedule(
                recorder.fold.source_name, spec.target, options.concurrency, options.trial
            )
            stubborn = Stubborn(options.patience, recorded)
            loop = Loop(recorder, dispatcher, schedule, stop_rules, stubborn, incidents, clock)
            writer = ProgressWriter(
                recorder,
                models=models,
                budget=ledger.budget,
                curve=stop_rules.curve,
                incidents=incidents,
                observe=parts.observe,
                notice=parts.notice,
                clock=clock,
            )
            if parts.signals:
                _listen(loop, stopped, parts.notice)
            try:
                progress = await loop.run(writer.observe)
            except asyncio.CancelledError:
                if len(stopped) < 2:  # noqa: PLR2004 - only a second signal cancels
                    raise
                progress = loop.status().progress
            finally:
                ledger.close()
                writer.write(loop.status())
                incidents.close()
    return Outcome(progress, spec.target, stopped[0] if stopped else 0)


def _incidents(spec: RunSpec, parts: _Parts, usage: Usage, opened: Models) -> Incidents:
    """Return the incidents of this process, which know under which names the models answered."""
    incidents = Incidents(parts.events, parts.notice, parts.options.patience, opened.places)
    models = spec.identity.models
    for stage, names in usage.reported.items():
        incidents.recall(models.get(stage, models[""]), names)
    for identity, pacer in opened.pacers.items():
        pacer.tell = partial(incidents.paced, identity)
    return incidents


def _listen(loop: Loop, stopped: list[int], notice: Callable[[str], None]) -> None:
    running = asyncio.get_running_loop()
    task = asyncio.current_task()

    def on_signal(number: int) -> None:
        stopped.append(number)
        if len(stopped) == 1:
            notice("stopping: what is on its way is awaited and recorded; again to leave at once")
            loop.stop()
        elif task is not None:
            task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        running.add_signal_handler(number, on_signal, number)
