"""From the user's wish to a run: what it will be, checked before anything is written."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from selfinstruct.method.digest import sha256
from selfinstruct.method.errors import BadInput, Refused
from selfinstruct.method.recipe import parse_recipe
from selfinstruct.method.seeds import parse_seeds
from selfinstruct.method.table import Setting, build
from selfinstruct.model.dialect import HEAD_ROOM
from selfinstruct.model.opening import Access, identify
from selfinstruct.store.data import own_seeds, read_recipe, read_seeds
from selfinstruct.store.dialects import read_dialects
from selfinstruct.store.folder import begin, change_knobs, load
from selfinstruct.store.identity import Identity
from selfinstruct.store.journal import read

from .money import merge_caps

if TYPE_CHECKING:
    from collections.abc import Mapping

    from selfinstruct.method.types import ProtocolName
    from selfinstruct.store.folder import Frozen, RunFolder

TARGET = 52_000
CONCURRENCY = 32
RECIPE = "self-instruct"
PATIENCE = 600.0

AUTO = "auto"
"""The protocol is chat, unless the first request shows that only completions are taken."""


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
    protocol: ProtocolName | Literal["auto"] | None = None
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
    head_room: int | None = None
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

    @property
    def known_protocol(self) -> ProtocolName | None:
        """The protocol, where one is named."""
        return None if self.protocol == "auto" else self.protocol


@dataclass(frozen=True, slots=True)
class Draft:
    """A run before it is written: identity and knobs, and where it came from.

    Attributes:
        folder: where it will be.
        identity: what makes it this run.
        knobs: what may change.
        files: the recipe's files, and
        seeds: the seed tasks, of a run that is to begin.
        frozen: the run that is there and is gone on with; None: it begins.
        notice: what the user is told once it is written.
    """

    folder: RunFolder
    identity: Identity
    knobs: Mapping[str, object]
    files: Mapping[str, bytes]
    seeds: bytes
    frozen: Frozen | None
    notice: str

    def write(self) -> Frozen:
        """Begin the run, or record its knobs; the caller holds the lock."""
        if self.frozen is not None:
            return change_knobs(self.frozen, self.knobs)
        return begin(self.folder, self.identity, self.files, self.seeds, self.knobs)


def new_run(folder: RunFolder, wish: Wish) -> Draft:
    """Return what a new run will be, all checked; nothing is written.

    Raises:
        BadInput: if no model is named, or recipe, seed tasks or an option will not do.
    """
    if not wish.models:
        raise BadInput(
            "generate",
            "no model is named",
            "Add one of: --model rehearsal (a simulated one, for nothing); --model tiny or "
            "PATH.gguf (on this machine); --model NAME with --base-url URL or OPENAI_API_KEY "
            "(any endpoint).",
        )
    files = read_recipe(wish.recipe or RECIPE)
    own = own_seeds(wish.seeds, wish.recipe)
    seeds, source = read_seeds(own)
    recipe = parse_recipe(files, wish.recipe or RECIPE)
    identity = Identity(
        recipe=recipe.name,
        files=recipe.digests(),
        seeds=sha256(seeds),
        models={stage: identify(name)[0] for stage, name in wish.models.items()},
        protocol=wish.known_protocol or "chat",
        seed=wish.seed or 0,
        context=wish.context or 0,
    )
    tasks = parse_seeds(seeds, source)
    setting = Setting(tasks, identity.seed, identity.protocol, identity.models, identity.context)
    build(recipe, setting)
    knobs = _knobs(wish, {})
    if wish.known_protocol is None:
        knobs["protocol"] = AUTO
    said = f"new run in {folder.path}: target {knobs['target']:,}, "
    said += f"seed tasks of {own}" if own else "our own seed tasks"
    return Draft(folder, identity, knobs, files, seeds, None, said)


def old_run(folder: RunFolder, wish: Wish) -> Draft:
    """Return the run that is there as it will be gone on with; nothing is written.

    Raises:
        BadInput: if an option will not do.
        Refused: if it is damaged, or what is wished is another run.
    """
    frozen = load(folder)
    frozen.require_method()
    difference = frozen.identity.difference(wished(frozen.identity, wish)[0])
    if difference is not None and wish.models and not has_replies(folder):
        said = f"nothing was recorded in {folder.path} yet: it is begun anew"
        return replace(new_run(folder, wish), notice=said)
    if difference is not None:
        raise Refused(
            f"go on with {folder.path}",
            f"this run is another one: {difference}",
            f"Leave that option out to go on with the run as it was begun; `selfinstruct fork "
            f"{folder.path} NEW` with that option makes a new run out of its replies.",
        )
    knobs = _knobs(wish, frozen.knobs)
    said = f"going on with {folder.path}: target {knobs['target']:,}"
    return Draft(folder, frozen.identity, knobs, frozen.files, frozen.seeds, frozen, said)


def with_protocol(frozen: Frozen, protocol: ProtocolName) -> Frozen | None:
    """Begin a run without replies anew with another protocol; the caller holds the lock.

    Returns:
        None where its recipe has no prompts for that.
    """
    changed = replace(frozen, identity=replace(frozen.identity, protocol=protocol))
    try:
        changed.fold()
    except BadInput:
        return None
    return begin(changed.folder, changed.identity, changed.files, changed.seeds, changed.knobs)


def has_replies(folder: RunFolder) -> bool:
    """Tell whether a run has recorded anything."""
    return any(True for _ in read(folder.journal))


def access_of(folder: RunFolder, knobs: Mapping[str, object], wish: Wish) -> Access:
    """Return how a run's models are reached."""
    paths = knobs.get("paths")
    return Access(
        base_url=_text(knobs.get("base_url")),
        api_key_env=_text(knobs.get("api_key_env")),
        deadline=wish.deadline,
        concurrency=wish.concurrency,
        rehearsal=wish.rehearsal,
        ledger=folder.path / "ledger.jsonl",
        paths=paths if isinstance(paths, dict) else {},
        rpm=wish.rpm,
        tpm=wish.tpm,
        clock=wish.clock,
        dialects=read_dialects(folder),
        head_room=int(str(knobs.get("head_room", HEAD_ROOM))),
    )


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
    if own := own_seeds(wish.seeds, wish.recipe):
        seeds = read_seeds(own)[0]
        identity = replace(identity, seeds=sha256(seeds))
    if wish.models:
        models = {stage: identify(name)[0] for stage, name in wish.models.items()}
        identity = replace(identity, models=models)
    given = {"protocol": wish.known_protocol, "seed": wish.seed, "context": wish.context}
    known = {name: value for name, value in given.items() if value is not None}
    return replace(identity, **known), files, seeds  # type: ignore[arg-type]


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
        "head_room": wish.head_room,
    }
    knobs: dict[str, object] = {"target": TARGET, **before}
    knobs.update({name: value for name, value in given.items() if value is not None})
    caps = merge_caps(wish.caps, before.get("caps"))
    if caps or "caps" in before:
        knobs["caps"] = caps
    return knobs


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
