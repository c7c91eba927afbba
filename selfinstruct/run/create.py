"""From what a user asks to a run: what it will be, checked before anything is written."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from selfinstruct.method import METHOD
from selfinstruct.method.digest import sha256
from selfinstruct.method.errors import BadInput, Refused
from selfinstruct.method.recipe import parse_recipe
from selfinstruct.model.dialect import HEAD_ROOM
from selfinstruct.model.factory import Access, identify, protocols_of
from selfinstruct.store.dialects import read_dialects
from selfinstruct.store.journal import read

from .caps import merge_caps
from .inputs import own_seeds, read_recipe, read_seeds
from .options import AUTO, RECIPE, TARGET
from .rebuild import refolds_to_the_same
from .spec import RunSpec, identity_of, load, write, write_main

if TYPE_CHECKING:
    from collections.abc import Mapping

    from selfinstruct.method.recipe import Recipe
    from selfinstruct.method.types import ProtocolName
    from selfinstruct.store.folder import RunFolder

    from .identity import Identity
    from .options import RunOptions, SpecOptions


class Prepared(NamedTuple):
    """A run that can begin or go on.

    Attributes:
        spec: the run.
        notice: what the user is told of it.
        before: the run as it lies there, if it is gone on with.
    """

    spec: RunSpec
    notice: str
    before: RunSpec | None = None


def prepare(folder: RunFolder, options: RunOptions) -> Prepared:
    """Return what a run will be, all of it checked; nothing is written.

    Raises:
        BadInput: if no model is named, or recipe, seed tasks or an option will not do.
        Refused: if the run that is there is damaged, of another method, or another one.
    """
    return old_run(folder, options) if folder.main.exists() else new_run(folder, options)


def commit(prepared: Prepared) -> RunSpec:
    """Begin a prepared run, or record its knobs; the caller holds the lock.

    Raises:
        BadInput: if the folder holds other things, or cannot be written to.
        Refused: if its replies fold to other tasks than those that are there.
    """
    spec, before = prepared.spec, prepared.before
    if before is None:
        return write(spec)
    require_same_tasks(before)
    if before.method == METHOD and dict(spec.knobs) == dict(before.knobs):
        return spec
    return write_main(spec.changed(method=METHOD))


def new_run(folder: RunFolder, options: RunOptions) -> Prepared:
    """Return what a new run will be (errors as for `prepare`)."""
    if not options.models:
        raise BadInput(
            "generate",
            "no model is named",
            "Add one of: --model rehearsal (a simulated one, for nothing); --model tiny or "
            "PATH.gguf (on this machine); --model NAME with --base-url URL or OPENAI_API_KEY "
            "(any endpoint).",
        )
    knobs = knobs_of(options, {})
    if options.known_protocol is None:
        knobs["protocol"] = AUTO
    models = {stage: identify(model)[0] for stage, model in options.models.items()}
    spec = new_spec(folder, options, models).changed(knobs=knobs)
    if options.known_protocol is None:
        first = protocols_of(models[""])[0]
        spec = spec.changed(identity=replace(spec.identity, protocol=first))
    _ = spec.parts  # so that nothing is written of a recipe that cannot be used
    own = own_seeds(options.seeds, options.recipe)
    said = f"new run in {folder.path}: target {knobs['target']:,}, "
    said += f"seed tasks of {own}" if own else "our own seed tasks"
    return Prepared(spec, said)


def new_spec(folder: RunFolder, options: RunOptions, models: Mapping[str, str]) -> RunSpec:
    """Return the spec of a new run, without knobs.

    Raises:
        BadInput: if recipe or seed tasks cannot be read.
    """
    name = options.recipe or RECIPE
    recipe = parse_recipe(read_recipe(name), name)
    seeds, source = read_seeds(own_seeds(options.seeds, options.recipe))
    identity = identity_of(
        recipe,
        seeds,
        models,
        protocol=options.known_protocol or "chat",
        seed=options.seed or 0,
        context=options.context or 0,
    )
    spec = RunSpec(folder, identity, {}, recipe.files, seeds, source)
    spec.__dict__["recipe"] = recipe
    return spec


def old_run(folder: RunFolder, options: RunOptions) -> Prepared:
    """Return the run that is there as it will be gone on with (errors as for `prepare`)."""
    spec = load(folder)
    difference = spec.identity.difference(wished(spec, options).identity)
    if difference is not None and options.models and not has_replies(folder):
        said = f"nothing was recorded in {folder.path} yet: it is begun anew"
        return Prepared(new_run(folder, options).spec, said)
    if difference is not None:
        raise Refused(
            f"go on with {folder.path}",
            f"this run is another one: {difference}",
            f"Leave that option out to go on with the run as it was begun; `selfinstruct fork "
            f"{folder.path} NEW` with that option makes a new run out of its replies.",
        )
    knobs = knobs_of(options, spec.knobs)
    said = f"going on with {folder.path}: target {knobs['target']:,}"
    return Prepared(spec.changed(knobs=knobs), said, spec)


def require_same_tasks(spec: RunSpec) -> None:
    """Refuse a run of another method whose replies fold to other tasks than those that are there.

    Raises:
        Refused: if so.
    """
    if spec.method == METHOD or refolds_to_the_same(spec):
        return
    path = spec.folder.path
    raise Refused(
        f"go on with {path}",
        f"it was begun by method {spec.method} and this is method {METHOD}: its replies would fold "
        "to other tasks",
        f"`selfinstruct fork {path} NEW` makes a new run out of its replies; `status` and `export` "
        "still work here.",
    )


def with_protocol(spec: RunSpec, protocol: ProtocolName) -> RunSpec | None:
    """Begin a run without replies anew with another protocol; the caller holds the lock.

    Returns:
        None where its recipe has no prompts for that.
    """
    changed = spec.changed(identity=replace(spec.identity, protocol=protocol))
    try:
        _ = changed.parts
    except BadInput:
        return None
    return write(changed)


def has_replies(folder: RunFolder) -> bool:
    """Tell whether a run has recorded anything."""
    return any(True for _ in read(folder.journal))


def access_of(spec: RunSpec, options: RunOptions) -> Access:
    """Return how a run's models are reached."""
    knobs, folder = spec.knobs, spec.folder
    paths = knobs.get("paths")
    return Access(
        base_url=_text(knobs.get("base_url")),
        api_key_env=_text(knobs.get("api_key_env")),
        deadline=options.deadline,
        concurrency=options.concurrency,
        rehearsal=options.rehearsal,
        ledger=folder.path / "ledger.jsonl",
        paths=paths if isinstance(paths, dict) else {},
        rpm=options.rpm,
        tpm=options.tpm,
        dialects=read_dialects(folder),
        head_room=int(str(knobs.get("head_room", HEAD_ROOM))),
    )


def wished(spec: RunSpec, options: SpecOptions) -> RunSpec:
    """Return a run with all of its identity that was asked for changed; nothing is written.

    Raises:
        BadInput: if recipe, seed tasks or a model cannot be read.
    """
    recipe: Recipe | None = None
    seeds, source = spec.seeds, spec.seeds_name
    if options.recipe is not None:
        recipe = parse_recipe(read_recipe(options.recipe), options.recipe)
    if own := own_seeds(options.seeds, options.recipe):
        seeds, source = read_seeds(own)
    identity = _wished_identity(spec.identity, options, recipe)
    identity = replace(identity, seeds=sha256(seeds))
    changed = spec.changed(identity=identity, seeds=seeds, seeds_name=source)
    if recipe is not None:
        changed = changed.changed(files=recipe.files)
        changed.__dict__["recipe"] = recipe
    return changed


def _wished_identity(identity: Identity, options: SpecOptions, recipe: Recipe | None) -> Identity:
    if recipe is not None:
        identity = replace(identity, recipe=recipe.name, files=recipe.digests())
    if options.models:
        models = {stage: identify(name)[0] for stage, name in options.models.items()}
        identity = replace(identity, models=models)
    if options.known_protocol is not None:
        identity = replace(identity, protocol=options.known_protocol)
    if options.seed is not None:
        identity = replace(identity, seed=options.seed)
    if options.context is not None:
        identity = replace(identity, context=options.context)
    return identity


def paths_of(options: SpecOptions) -> dict[str, str]:
    """Return where the models lie that are files, by identity."""
    found = (identify(name) for name in options.models.values())
    return {identity: path for identity, path in found if path is not None}


def knobs_of(options: RunOptions, before: Mapping[str, object]) -> dict[str, object]:
    """Return the knobs in force: as asked, else as before, else the defaults."""
    given = {
        "target": options.target,
        "base_url": options.base_url,
        "api_key_env": options.api_key_env,
        "paths": paths_of(options) or None,
        "price": list(options.prices) or None,
        "head_room": options.head_room,
    }
    knobs: dict[str, object] = {"target": TARGET, **before}
    knobs.update({name: value for name, value in given.items() if value is not None})
    caps = merge_caps(options.caps, before.get("caps"))
    if caps or "caps" in before:
        knobs["caps"] = caps
    return knobs


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
