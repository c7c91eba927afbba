"""Fork: a new run of another recipe, model or filter, out of replies that were paid for already."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from selfinstruct.method.errors import BadInput
from selfinstruct.method.recipe import parse_recipe
from selfinstruct.method.replay import Recorded
from selfinstruct.method.seeds import parse_seeds
from selfinstruct.method.table import Setting, build
from selfinstruct.store.folder import RunFolder, begin, load
from selfinstruct.store.journal import encode, read
from selfinstruct.store.rebuild import rebuild

from .wish import paths_of, wished

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from .wish import Wish


@dataclass(frozen=True, slots=True)
class Forked:
    """What a fork made of the replies it adopted.

    Attributes:
        adopted: replies taken over from the old run, spare ones left out.
        used: those that answer what the new run has asked for so far.
        accepted: candidates accepted by the new run's filters.
        complete: complete tasks, without asking anything.
        target: complete tasks wanted.
        owed: requests that can be asked now and have no reply, by stage; none at the target.
    """

    adopted: int
    used: int
    accepted: int
    complete: int
    target: int
    owed: Mapping[str, int]


def fork(old: Path, new: Path, wish: Wish) -> Forked:
    """Begin a run that adopts another one's replies; nothing is asked.

    Generation replies are adopted as facts, in their order, whatever prompt they answered. A
    step's reply is found by the digest of what was asked, so it is used for an equal request and
    no other. What the new run still lacks is asked when it is gone on with.

    Args:
        old: the run that is forked; it may be of another method, unfinished, or live.
        new: a new or empty folder.
        wish: what is to be other than in the old run: models, recipe, seeds, seed, protocol,
            context, target.

    Raises:
        BadInput: if `old` is no run, `new` is not empty, or the recipe or seed tasks are not right.
        Refused: if the old run is damaged.
    """
    before = load(RunFolder(old))
    identity, files, seeds = wished(before.identity, wish)
    files, seeds = files or dict(before.files), seeds or before.seeds
    recipe = parse_recipe(files, identity.recipe)
    tasks = parse_seeds(seeds, wish.seeds or "seed_tasks.jsonl")
    setting = Setting(tasks, identity.seed, identity.protocol, identity.models, identity.context)
    build(recipe, setting)
    lines = list(_adopted(before.folder, before.recipe().source.name, recipe.source.name))
    if not lines:
        raise BadInput(
            f"fork {old}",
            "it has no reply yet",
            "Begin a new run with `selfinstruct generate`.",
        )
    folder = RunFolder(new)
    if folder.main.exists():
        raise BadInput(
            f"fork {old} into {new}", "that is a run already", "Name a new or empty folder."
        )
    knobs = {name: before.knobs[name] for name in _KEPT if name in before.knobs}
    knobs |= {"target": wish.target or before.target}
    if paths := paths_of(wish):
        knobs["paths"] = paths
    with folder.locked():
        frozen = begin(folder, identity, files, seeds, knobs, journal=b"".join(lines))
        progress, recorded, owed = rebuild(frozen)
    complete = min(progress.in_line, frozen.target)
    return Forked(
        adopted=len(lines),
        used=len(recorded.used),
        accepted=progress.accepted,
        complete=complete,
        target=frozen.target,
        owed=dict(Counter(request.key.stage for request in owed if complete < frozen.target)),
    )


def _adopted(old: RunFolder, source: str, now: str) -> Iterator[bytes]:
    """Yield the lines that a new journal begins with: what is in force, in the old order.

    Args:
        old: the old run.
        source: the name of its source.
        now: the name of the new run's source.
    """
    recorded = Recorded()
    for entry in read(old.journal):
        reply = entry.reply
        if recorded.add(reply):
            continue
        if reply.key.stage == source:
            reply = replace(reply, key=reply.key._replace(stage=now))
        yield encode(replace(reply, adopted=True), entry.receipt)


_KEPT = ("base_url", "api_key_env", "paths", "price")
"""Knobs that go along. Caps do not: the new run has spent nothing."""
