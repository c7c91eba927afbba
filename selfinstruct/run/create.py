"""From what a user asks to a run, checked before anything is written; and the dry run of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from selfinstruct.method import METHOD
from selfinstruct.method.digest import sha256
from selfinstruct.method.errors import BadInput, Refused
from selfinstruct.method.preview import previews
from selfinstruct.method.recipe import parse_recipe
from selfinstruct.model.access import Access
from selfinstruct.model.dialect import HEAD_ROOM
from selfinstruct.model.factory import SMALL, TINY, identify, protocols_of
from selfinstruct.store.folder import RunFolder
from selfinstruct.store.journal import read
from selfinstruct.store.progress import read_dialects

from .caps import merge_caps
from .given import take_given
from .inputs import fit_recipe, own_seeds, read_recipe, read_seeds
from .options import AUTO, NO_FIT, RECIPE, RECIPES, TARGET, RunOptions
from .rebuild import refolds_to_the_same
from .spec import Identity, RunSpec, beginning, load, require_free, write_main
from .user_code import require_trust

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from selfinstruct.method.preview import Shown
    from selfinstruct.method.recipe import Recipe
    from selfinstruct.method.types import ProtocolName

    from .options import EndpointOptions, SpecOptions
    from .rebuild import Refold


WORKS_ON_TASKS = {"given", "evolve"}
"""Sources that work on the tasks of `--from` and mean nothing without."""

SMALL_FILE = 1_200_000_000
"""Bytes up to which a GGUF is a small model: some two billion weights of four bits."""


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
    return old_run(folder, options) if folder.is_run else new_run(folder, options)


def commit(prepared: Prepared) -> RunSpec:
    """Begin a prepared run, or record its knobs; the caller holds the lock.

    Raises:
        BadInput: if the folder holds other things, or cannot be written to.
        Stopped: if the disk is full, or fails.
        Refused: if its replies fold to other tasks than those that are there.
    """
    spec, before = prepared.spec, prepared.before
    if before is None:
        with beginning(spec) as begun:
            return begun
    require_same_tasks(before.changed(knobs=spec.knobs))
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
    models = {stage: identify(model)[0] for stage, model in options.models.items()}
    spec, notes = _new_spec(folder, options, models)
    require_free(folder)
    knobs = knobs_of(options, spec.knobs)
    if fit := _fit_of(options):
        knobs["fit"] = fit
    if options.known_protocol is None:
        knobs["protocol"] = AUTO
    spec = spec.changed(knobs=knobs)
    if options.known_protocol is None:
        paths = paths_of(options)
        spec = _in_first_protocol(spec, protocols_of(models[""], paths.get(models[""])))
    _ = spec.parts  # so that nothing is written of a recipe that cannot be used
    if options.target is None and spec.parts.count is not None:
        spec = spec.changed(knobs={**spec.knobs, "target": spec.parts.count})
    own = own_seeds(options.seeds, _recipe_of(options))
    whose = f"seed tasks of {own}" if own else "our own seed tasks"
    whose = f"tasks of {options.given}" if options.given else whose
    said = f"new run in {folder.path}: target {spec.target:,}, {whose}"
    return Prepared(spec, "\n".join([said, *notes]))


def _seeds_of(options: SpecOptions, recipe: str | None) -> tuple[bytes, str, tuple[str, ...]]:
    """Return the seed tasks that were asked for, as bytes; their name; what is to be said of them.

    Raises:
        BadInput: if they cannot be read.
    """
    if options.given and options.seeds:
        why = "the tasks of --from are the seed tasks of the run"
        raise BadInput("use --from and --seeds", why, "Leave one of them out.")
    if options.given:
        taken = take_given(options.given)
        return taken.data, options.given, taken.notes
    return (*read_seeds(own_seeds(options.seeds, recipe)), ())


def _recipe_of(options: SpecOptions) -> str | None:
    """Return the recipe that was asked for, else that of a model that bears no other, if it is."""
    return options.recipe or RECIPES.get(options.models.get("", ""))


def _fit_of(options: SpecOptions, *, ask: bool = True) -> str:
    """Return the fit that was asked for, else the one for the size of the general model's file."""
    if options.fit is not None:
        return "" if options.fit == NO_FIT else options.fit
    path = identify(options.models.get("", ""), ask=ask)[1] if options.models else None
    ours = options.models.get("") in {SMALL, TINY}
    return "small" if path and not ours and Path(path).stat().st_size <= SMALL_FILE else ""


def _in_first_protocol(spec: RunSpec, order: Sequence[ProtocolName]) -> RunSpec:
    """Return a run in the first protocol that its recipe has any prompt for, else in the first."""
    ends = {each: f".{'chat' if each == 'schema' else each}.txt" for each in order}
    fit = (each for each in order if any(path.endswith(ends[each]) for path in spec.files))
    return spec.changed(identity=replace(spec.identity, protocol=next(fit, order[0])))


def _new_spec(
    folder: RunFolder, options: RunOptions, models: Mapping[str, str], *, ask: bool = True
) -> tuple[RunSpec, tuple[str, ...]]:
    """Return the spec of a new run, without knobs, and what is to be said of its tasks.

    Raises:
        BadInput: if recipe or seed tasks cannot be read.
    """
    name = _recipe_of(options) or RECIPE
    fit = _fit_of(options, ask=ask)
    files = fit_recipe(read_recipe(name), fit, asked=bool(options.fit))
    recipe = parse_recipe(files, name)
    seeds, source, notes = _seeds_of(options, _recipe_of(options))
    if recipe.source.part.use in WORKS_ON_TASKS and not (options.given or options.seeds):
        remedy = "Add --from PATH: a run, a file or a folder of tasks."
        raise BadInput(f"use recipe {recipe.name}", "it works on tasks, and none are given", remedy)
    identity = Identity(
        recipe.name,
        recipe.digests(),
        sha256(seeds),
        models,
        protocol=options.known_protocol or "chat",
        seed=options.seed or 0,
        context=options.context or 0,
    )
    spec = RunSpec(folder, identity, {}, recipe.files, seeds, source)
    spec.__dict__["recipe"] = recipe
    return spec.trusting(code=options.trust_code), notes


def old_run(folder: RunFolder, options: RunOptions) -> Prepared:
    """Return the run that is there as it will be gone on with (errors as for `prepare`)."""
    spec = load(folder)
    wish = wished(spec, options)
    difference = spec.identity.difference(wish.identity)
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
    knobs = knobs_of(options, wish.knobs)
    said = f"going on with {folder.path}: target {knobs['target']:,}"
    going_on = spec.changed(knobs=knobs)
    require_trust(going_on.recipe, knobs.get("trusted"))
    return Prepared(going_on, said, spec)


def dry_run(path: Path, options: RunOptions) -> list[Shown]:
    """Return one request of each stage; what `options` leave open is the run's, or the default.

    Neither a model nor a key is needed, and the run folder is not made.

    Raises:
        BadInput: if recipe, seed tasks or an option will not do.
        Refused: if the run folder is damaged.
    """
    folder = RunFolder(path)
    if folder.is_run:
        spec = wished(load(folder), replace(options, model=None))
        if options.models:
            spec = spec.changed(identity=replace(spec.identity, models=options.models))
    else:
        spec, _ = _new_spec(folder, options, options.models, ask=False)
    return previews(spec.parts, spec.seed_tasks, spec.identity.seed)


def require_same_tasks(spec: RunSpec, made: Refold | None = None) -> None:
    """Refuse a run of another method whose replies fold to other tasks than those that are there.

    `made` is its refold, if that is known.

    Raises:
        Refused: if so.
    """
    if spec.method == METHOD or refolds_to_the_same(spec, made):
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
    return write_main(changed)


def has_replies(folder: RunFolder) -> bool:
    """Tell whether a run has recorded anything."""
    return any(True for _ in read(folder.journal))


def access_of(spec: RunSpec, options: RunOptions | None = None) -> Access:
    """Return how a run's models are reached."""
    options = options or RunOptions()
    knobs, folder = spec.knobs, spec.folder
    paths, body = knobs.get("paths"), knobs.get("body")
    return Access(
        endpoint=_text(knobs.get("endpoint")),
        headers=options.headers,
        body=body if isinstance(body, dict) else {},
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


def access_at(options: EndpointOptions) -> Access:
    """Return how a model is reached that belongs to no run."""
    return Access(
        endpoint=options.endpoint,
        base_url=options.base_url,
        api_key_env=options.api_key_env,
        headers=options.headers,
        body=options.fields,
    )


def wished(spec: RunSpec, options: SpecOptions) -> RunSpec:
    """Return a run with all of its identity that was asked for changed; nothing is written.

    Raises:
        BadInput: if recipe, seed tasks or a model cannot be read.
    """
    recipe: Recipe | None = None
    seeds, source = spec.seeds, spec.seeds_name
    if options.recipe is not None or options.fit is not None:
        name = options.recipe or spec.identity.recipe
        fit = str(spec.knobs.get("fit", "")) if options.fit is None else _fit_of(options)
        files = fit_recipe(read_recipe(name), fit, asked=bool(options.fit))
        recipe = parse_recipe(files, name)
    if options.given or own_seeds(options.seeds, options.recipe):
        seeds, source, _ = _seeds_of(options, options.recipe)
    models = {stage: identify(name)[0] for stage, name in options.models.items()}
    asked: dict[str, Any] = {
        "recipe": recipe and recipe.name,
        "files": recipe and recipe.digests(),
        "seeds": sha256(seeds),
        "models": models or None,
        "protocol": options.known_protocol,
        "seed": options.seed,
        "context": options.context,
    }
    given = {name: value for name, value in asked.items() if value is not None}
    identity = replace(spec.identity, **given)
    changed = spec.changed(identity=identity, seeds=seeds, seeds_name=source)
    if recipe is not None:
        changed = changed.changed(files=recipe.files)
        changed.__dict__["recipe"] = recipe
    return changed.trusting(code=options.trust_code)


def paths_of(options: SpecOptions) -> dict[str, str]:
    """Return where the models lie that are files, by identity."""
    found = (identify(name) for name in options.models.values())
    return {identity: path for identity, path in found if path is not None}


def knobs_of(options: RunOptions, before: Mapping[str, object]) -> dict[str, object]:
    """Return the knobs in force: as asked, else as before, else the defaults."""
    given = {
        "target": options.target,
        "paths": paths_of(options) or None,
        "price": list(options.prices) or None,
        "head_room": options.head_room,
        "endpoint": options.server,
        "base_url": options.base_url,
        "api_key_env": options.api_key_env,
        "body": dict(options.fields) or None,
    }
    knobs: dict[str, object] = {"target": TARGET, **before}
    if options.server or options.base_url:  # another provider has another address and key
        for name in ("endpoint", "base_url", "api_key_env"):
            knobs.pop(name, None)
    knobs.update({name: value for name, value in given.items() if value is not None})
    caps = merge_caps(options.caps, before.get("caps"))
    if caps or "caps" in before:
        knobs["caps"] = caps
    return knobs


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
