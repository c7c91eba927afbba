"""A run to its end: begin it or go on, open the models, run the loop."""

from __future__ import annotations

import asyncio
import signal
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from selfinstruct.method.errors import BadInput, Stopped
from selfinstruct.model.opening import check, open_models
from selfinstruct.model.seam import NotTaken
from selfinstruct.store.account import Account
from selfinstruct.store.derived import Derived
from selfinstruct.store.events import Events
from selfinstruct.store.folder import RunFolder
from selfinstruct.store.journal import Journal, read_recorded

from .gate import Gate
from .keeper import Keeper
from .loop import Loop
from .money import check_cost, open_purse
from .news import News
from .schedule import Schedule
from .watch import Watch
from .wish import AUTO, Wish, access_of, has_replies, new_run, old_run, with_protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from selfinstruct.method.money import Price
    from selfinstruct.method.types import Progress
    from selfinstruct.model.opening import Access, Models
    from selfinstruct.store.folder import Frozen
    from selfinstruct.store.journal import Tally

    from .loop import Beat
    from .wish import Draft

__all__ = ["Outcome", "Wish", "generate"]


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
        return self.progress.in_line >= self.target


async def generate(
    path: Path,
    wish: Wish,
    *,
    observe: Callable[[Beat], None],
    notice: Callable[[str], None],
    signals: bool = False,
) -> Outcome:
    """Begin a run, or go on with it, until its target is met or it is stopped.

    Args:
        path: the run folder.
        wish: what the user asked for.
        observe: is given a beat a few times a second.
        notice: is given a line for the user now and then.
        signals: stop at SIGINT and SIGTERM: the first lets what is on its way be recorded, the
            second leaves at once. Only in the main thread.

    Raises:
        SelfInstructError: for whatever stands in the way.
    """
    folder = RunFolder(path)
    if not folder.main.exists():  # checked before there is a folder, so that none is left behind
        draft = new_run(folder, wish)
        prices, access = _ready(draft, wish)
    with folder.locked():
        if folder.main.exists():  # another process may have begun it meanwhile
            draft = old_run(folder, wish)
            prices, access = _ready(draft, wish)
        frozen = draft.write()
        notice(draft.notice)
        events = Events(path)
        events.note(
            "resumed" if draft.frozen else "started",
            target=frozen.target,
            models=dict(frozen.identity.models),
            protocol=frozen.identity.protocol,
            caps=frozen.knobs.get("caps") or {},
        )
        parts = _Parts(access, wish, prices, events, observe, notice, signals)
        try:
            outcome = await _in_a_protocol(frozen, parts)
        except BaseException as error:
            if isinstance(error, Stopped) and error.kind:
                events.note(error.kind, why=error.why)
            events.note("stopped", why=str(error) or type(error).__name__)
            raise
        why = "target reached" if outcome.reached else "trial done" if wish.trial else ""
        why = why or f"signal {outcome.interrupted}"
        events.note("stopped", why=why, complete=outcome.progress.in_line)
        return outcome


def _ready(draft: Draft, wish: Wish) -> tuple[dict[str, Price], Access]:
    """Return prices and access of a run, having checked that its models may and can be asked.

    Raises:
        BadInput: if a key, a word about money, a price or an extra is missing.
    """
    access = access_of(draft.folder, draft.knobs, wish)
    models = draft.identity.models
    prices = check_cost(models, draft.knobs, access, may_cost=wish.may_cost)
    check(set(models.values()), access)
    return prices, access


async def _in_a_protocol(frozen: Frozen, parts: _Parts) -> Outcome:
    """Run; where the protocol was left open, the first refusal of chat decides for completions.

    What is asked to find out is the run's own first request, so finding out costs nothing; with
    the first recorded reply the protocol is settled.
    """
    try:
        return await _run(frozen, parts)
    except NotTaken as refused:
        is_open = frozen.knobs.get("protocol") == AUTO and frozen.identity.protocol == "chat"
        if not is_open or has_replies(frozen.folder):
            raise
        other = with_protocol(frozen, "completion")
        if other is None:
            raise
        try:
            parts.events.note("protocol changed", now="completion", why=refused.why)
            parts.notice(f"{refused.why}: the run goes on with --protocol completion")
            return await _run(other, parts)
        except BadInput:
            if not has_replies(frozen.folder):
                with_protocol(other, "chat")
                raise refused from None
            raise


@dataclass(frozen=True, slots=True)
class _Parts:
    """What a process has, besides the run."""

    access: Access
    wish: Wish
    prices: Mapping[str, Price]
    events: Events
    observe: Callable[[Beat], None]
    notice: Callable[[str], None]
    signals: bool


async def _run(frozen: Frozen, parts: _Parts) -> Outcome:
    wish, notice = parts.wish, parts.notice
    folder = frozen.folder
    fold = frozen.fold()
    journal = Journal(folder.journal)
    if journal.torn:
        notice(f"cut a torn last line of {journal.torn} bytes off the journal")
    derived = Derived(folder, frozen.target)
    stopped: list[int] = []
    try:
        account = Account()
        recorded, tally = read_recorded(folder.journal, account)
        account.finish()
        purse = open_purse(frozen, account, journal, parts.prices)
        floor = frozen.recipe().end.min_acceptance
        watch = Watch(floor if wish.min_acceptance is None else wish.min_acceptance)
        async with open_models(set(frozen.identity.models.values()), parts.access) as model:
            news = _news(frozen, parts, tally, model)
            keeper = Keeper(frozen, journal, tally, derived, parts.observe, notice, news)
            loop = Loop(
                fold=fold,
                model=model,
                journal=journal,
                derived=derived,
                recorded=recorded,
                schedule=Schedule(
                    fold.source_name, frozen.target, wish.concurrency, wish.clock, wish.trial
                ),
                target=frozen.target,
                concurrency=wish.concurrency,
                patience=wish.patience,
                run_name=folder.path.resolve().name,
                tally=tally,
                observe=keeper.observe,
                news=news,
                gate=Gate(
                    model.pacers,
                    wish.concurrency,
                    budget=purse.budget,
                    prices=parts.prices,
                    longest=model.longest,
                ),
                watch=watch,
            )
            keeper.keep(model, purse.budget, watch.curve)
            if parts.signals:
                _listen(loop, stopped, notice)
            try:
                progress = await loop.run()
            except asyncio.CancelledError:
                if len(stopped) < 2:  # noqa: PLR2004 - only a second signal cancels
                    raise
                progress = loop.beat().progress
            finally:
                purse.close()
                keeper.write(loop.beat())
                news.close()
    finally:
        derived.close()
        journal.close()
    return Outcome(progress, frozen.target, stopped[0] if stopped else 0)


def _news(frozen: Frozen, parts: _Parts, tally: Tally, opened: Models) -> News:
    """Return the news of this process, knowing under which names the models answered before."""
    news = News(parts.events, parts.notice, parts.wish.patience, opened.places)
    models = frozen.identity.models
    for stage, names in tally.reported.items():
        news.recall(models.get(stage, models[""]), names)
    for identity, pacer in opened.pacers.items():
        pacer.tell = partial(news.paced, identity)
    return news


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
