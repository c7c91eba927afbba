"""A run from the user's wish to its end: begin or go on, open the models, run the loop."""

from __future__ import annotations

import asyncio
import signal
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from selfinstruct.method.digest import sha256
from selfinstruct.method.errors import BadInput, Refused
from selfinstruct.method.recipe import parse_recipe
from selfinstruct.method.seeds import parse_seeds
from selfinstruct.method.table import Setting, build
from selfinstruct.model.opening import Access, identify, open_models
from selfinstruct.store.account import Account
from selfinstruct.store.data import read_recipe, read_seeds
from selfinstruct.store.derived import Derived
from selfinstruct.store.dialects import read_dialects
from selfinstruct.store.events import Events
from selfinstruct.store.folder import RunFolder, begin, change_knobs, load
from selfinstruct.store.identity import Identity
from selfinstruct.store.journal import Journal, read_recorded

from .gate import Gate
from .keeper import Keeper
from .loop import Loop
from .money import check_cost, merge_caps, open_purse
from .schedule import Schedule
from .watch import Watch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from selfinstruct.method.money import Price
    from selfinstruct.method.types import Progress, ProtocolName
    from selfinstruct.store.folder import Frozen

    from .loop import Beat

TARGET = 52_000
CONCURRENCY = 32
RECIPE = "self-instruct"
PATIENCE = 600.0


@dataclass(frozen=True, slots=True)
class Wish:
    """What the user asked for; None leaves it to the run folder, or to the default.

    Identity: `models` (names by stage, "" for all others), `recipe`, `seeds`, `seed`, `protocol`.
    Knobs: all others.
    """

    models: Mapping[str, str] = field(default_factory=dict)
    recipe: str | None = None
    seeds: str | None = None
    seed: int | None = None
    protocol: ProtocolName | None = None
    target: int | None = None
    concurrency: int = CONCURRENCY
    base_url: str | None = None
    api_key_env: str | None = None
    deadline: float = 600.0
    patience: float = PATIENCE
    may_cost: bool = False
    rehearsal: tuple[str, ...] = ()
    clock: float = 1.0
    trial: int | None = None
    context: int | None = None
    min_acceptance: float | None = None
    rpm: float | None = None
    tpm: float | None = None
    max_cost: float | None = None
    max_tokens: float | None = None
    max_requests: float | None = None
    max_hours: float | None = None
    prices: tuple[str, ...] = ()

    @property
    def caps(self) -> dict[str, float | None]:
        """The caps that were asked for, by name."""
        return {
            "cost": self.max_cost,
            "tokens": self.max_tokens,
            "requests": self.max_requests,
            "hours": self.max_hours,
        }


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
    known = folder.main.exists()
    fresh = None if known else _fresh(wish)
    with folder.locked():
        if fresh is None:
            frozen = _go_on(folder, wish, notice)
        else:
            frozen = begin(folder, *fresh, _knobs(wish, {}))
            notice(f"new run in {path}: target {frozen.target:,}")
        access = access_of(frozen, wish)
        prices = check_cost(frozen, access, may_cost=wish.may_cost)
        events = Events(path)
        events.note(
            "resumed" if known else "started",
            target=frozen.target,
            models=dict(frozen.identity.models),
            caps=frozen.knobs.get("caps") or {},
        )
        try:
            outcome = await _run(frozen, access, wish, prices, observe, notice, signals=signals)
        except BaseException as error:
            events.note("stopped", why=str(error) or type(error).__name__)
            raise
        why = "target reached" if outcome.reached else "trial done" if wish.trial else ""
        why = why or f"signal {outcome.interrupted}"
        events.note("stopped", why=why, complete=outcome.progress.in_line)
        return outcome


def access_of(frozen: Frozen, wish: Wish) -> Access:
    """Return how a run's models are reached."""
    folder = frozen.folder
    paths = frozen.knobs.get("paths")
    return Access(
        base_url=_text(frozen.knobs.get("base_url")),
        api_key_env=_text(frozen.knobs.get("api_key_env")),
        deadline=wish.deadline,
        concurrency=wish.concurrency,
        rehearsal=wish.rehearsal,
        ledger=folder.path / "ledger.jsonl",
        paths=paths if isinstance(paths, dict) else {},
        rpm=wish.rpm,
        tpm=wish.tpm,
        clock=wish.clock,
        dialects=read_dialects(folder),
    )


async def _run(  # noqa: PLR0913, PLR0917 - its parts
    frozen: Frozen,
    access: Access,
    wish: Wish,
    prices: Mapping[str, Price],
    observe: Callable[[Beat], None],
    notice: Callable[[str], None],
    *,
    signals: bool,
) -> Outcome:
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
        purse = open_purse(frozen, account, journal, prices)
        floor = frozen.recipe().end.min_acceptance
        watch = Watch(floor if wish.min_acceptance is None else wish.min_acceptance)
        keeper = Keeper(frozen, journal, tally, derived, observe, notice)
        async with open_models(set(frozen.identity.models.values()), access) as model:
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
                gate=Gate(
                    model.pacers,
                    wish.concurrency,
                    budget=purse.budget,
                    prices=prices,
                    longest=model.longest,
                ),
                watch=watch,
            )
            keeper.keep(model, purse.budget, watch.curve)
            if signals:
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
    finally:
        derived.close()
        journal.close()
    return Outcome(progress, frozen.target, stopped[0] if stopped else 0)


def _fresh(wish: Wish) -> tuple[Identity, dict[str, bytes], bytes]:
    """Return identity, recipe files and seed bytes of a new run, all checked."""
    if not wish.models:
        raise BadInput(
            "generate",
            "no model is named",
            "Add one of: --model rehearsal (a simulated one, for nothing); --model PATH.gguf (on "
            "this machine); --model NAME with --base-url URL or OPENAI_API_KEY (any endpoint).",
        )
    files = read_recipe(wish.recipe or RECIPE)
    seeds, source = read_seeds(wish.seeds)
    recipe = parse_recipe(files, wish.recipe or RECIPE)
    identity = Identity(
        recipe=recipe.name,
        files=recipe.digests(),
        seeds=sha256(seeds),
        models={stage: identify(name)[0] for stage, name in wish.models.items()},
        protocol=wish.protocol or "chat",
        seed=wish.seed or 0,
        context=wish.context or 0,
    )
    tasks = parse_seeds(seeds, source)
    setting = Setting(tasks, identity.seed, identity.protocol, identity.models, identity.context)
    build(recipe, setting)
    return identity, files, seeds


def journal_size(folder: RunFolder) -> int:
    """Return the bytes of a run's journal; 0 where nothing was recorded."""
    return folder.journal.stat().st_size if folder.journal.exists() else 0


def wished(identity: Identity, wish: Wish) -> tuple[Identity, dict[str, bytes], bytes]:
    """Return an identity with all that was asked for, and the files and seed tasks that are new.

    Raises:
        BadInput: if they cannot be read.
    """
    files: dict[str, bytes] = {}
    seeds = b""
    if wish.recipe is not None:
        files = read_recipe(wish.recipe)
        recipe = parse_recipe(files, wish.recipe)
        identity = replace(identity, recipe=recipe.name, files=recipe.digests())
    if wish.seeds is not None:
        seeds = read_seeds(wish.seeds)[0]
        identity = replace(identity, seeds=sha256(seeds))
    if wish.models:
        models = {stage: identify(name)[0] for stage, name in wish.models.items()}
        identity = replace(identity, models=models)
    given = {"protocol": wish.protocol, "seed": wish.seed, "context": wish.context}
    known = {name: value for name, value in given.items() if value is not None}
    return replace(identity, **known), files, seeds  # type: ignore[arg-type]


def _go_on(folder: RunFolder, wish: Wish, notice: Callable[[str], None]) -> Frozen:
    frozen = load(folder)
    frozen.require_method()
    identity = wished(frozen.identity, wish)[0]
    difference = frozen.identity.difference(identity)
    if difference is not None and wish.models and not journal_size(folder):
        notice(f"nothing was recorded in {folder.path} yet: it is begun anew")
        return begin(folder, *_fresh(wish), _knobs(wish, {}))
    if difference is not None:
        raise Refused(
            f"go on with {folder.path}",
            f"this run is another one: {difference}",
            f"Leave that option out to go on with the run as it was begun; `selfinstruct fork "
            f"{folder.path} NEW` with that option makes a new run out of its replies.",
        )
    frozen = change_knobs(frozen, _knobs(wish, frozen.knobs))
    notice(f"going on with {folder.path}: target {frozen.target:,}")
    return frozen


def paths_of(wish: Wish) -> dict[str, str]:
    """Return where the models lie that are files, by identity."""
    found = (identify(name) for name in wish.models.values())
    return {identity: path for identity, path in found if path is not None}


def _knobs(wish: Wish, before: Mapping[str, object]) -> dict[str, object]:
    """Return the knobs in force: as wished, else as before, else the defaults."""
    given = {
        "target": wish.target,
        "base_url": wish.base_url,
        "api_key_env": wish.api_key_env,
        "paths": paths_of(wish) or None,
        "price": list(wish.prices) or None,
    }
    knobs: dict[str, object] = {"target": TARGET, **before}
    knobs.update({name: value for name, value in given.items() if value is not None})
    caps = merge_caps(wish.caps, before.get("caps"))
    if caps or "caps" in before:
        knobs["caps"] = caps
    return knobs


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


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
