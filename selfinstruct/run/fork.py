"""Fork: a new run of another recipe, model or filter, out of replies that were paid for already."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from selfinstruct.method import METHOD
from selfinstruct.method.errors import BadInput, Refused
from selfinstruct.method.prompts import clean
from selfinstruct.method.replay import Recorded, replay
from selfinstruct.method.types import Shot
from selfinstruct.store.folder import RunFolder
from selfinstruct.store.journal import read

from .create import paths_of, wished
from .rebuild import refold, write_derived
from .spec import beginning, load, require_free
from .usage import Usage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from selfinstruct.method.types import Key, Reply, Request
    from selfinstruct.store.journal import Entry

    from .options import ForkOptions
    from .spec import RunSpec


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


def fork(old: Path, new: Path, options: ForkOptions) -> Forked:
    """Begin a run that adopts another one's replies; nothing is asked.

    Generation replies are adopted as facts, in their order, and read beside the prompt that they
    answered: the ids of the tasks that it showed are stored with them. A step's reply is found by
    the digest of what was asked, so it is used for an equal request and no other. What the new run
    still lacks is asked when it is gone on with.

    Args:
        old: the run that is forked; it may be of another method, unfinished, or live.
        new: a new or empty folder, or one in which this very fork was begun or made before.
        options: what is to be other than in the old run.

    Raises:
        BadInput: if `old` is no run, `new` is not empty, the recipe or seed tasks are not right, or
            not one candidate can be made of the old replies.
        Stopped: if the disk is full, or fails.
        Refused: if the old run is damaged.
    """
    before = load(RunFolder(old)).trusting(code=options.trust_code)
    folder = RunFolder(new)
    spec = wished(before, options).changed(folder=folder)
    knobs = {name: spec.knobs[name] for name in _KEPT if name in spec.knobs}
    knobs |= {"target": options.target or before.target}
    if paths := paths_of(options):
        knobs["paths"] = paths
    if options.server:  # another server has another address and key
        knobs = {name: knobs[name] for name in knobs.keys() - {"base_url", "api_key_env"}}
        knobs["endpoint"] = options.server
    spec = spec.changed(knobs=knobs)
    _ = spec.parts
    entries = _adopted(before, spec, left_out="unanswered" if options.ask_unanswered else "")
    if not entries:
        raise BadInput(
            f"fork {old}",
            "it has no reply yet",
            "Begin a new run with `selfinstruct generate`.",
        )
    require_free(folder)
    recorded, usage = Recorded(), Usage()
    for entry in entries:
        usage.add(entry)
        recorded.add(entry.reply)
    made = refold(spec, recorded, usage)
    progress = made.progress
    if not progress.accepted:
        why = f"{progress.candidates:,} candidates, none of them accepted"
        why = why if progress.candidates else "no candidate in them"
        raise BadInput(
            f"fork {old}",
            f"recipe {spec.identity.recipe} can make nothing of its {len(entries):,} replies "
            f"({why}); they were asked for by recipe {before.identity.recipe}",
            "Begin a new run with `selfinstruct generate`, or fork with a recipe of the same form.",
        )
    journal = b"".join(entry.encode() for entry in entries)
    if folder.is_run:
        same = folder.journal.exists() and folder.journal.read_bytes() == journal
        if not same or load(folder).identity != spec.identity:  # else it is this very fork
            what = f"fork {old} into {new}"
            raise BadInput(what, "that is a run already", "Name a new or empty folder.")
    with folder.locked(), beginning(spec, journal=journal) as begun:
        write_derived(begun, made)
    complete = min(progress.complete_prefix, spec.target)
    return Forked(
        adopted=len(entries),
        used=len(made.used),
        accepted=progress.accepted,
        complete=complete,
        target=spec.target,
        owed=dict(Counter(request.key.stage for request in made.owed if complete < spec.target)),
    )


def _adopted(old: RunSpec, spec: RunSpec, left_out: str) -> list[Entry]:
    """Return the entries that a new journal begins with: what is in force, in the old order.

    Args:
        old: the old run.
        spec: the new one.
        left_out: kind of outcomes that are not taken over.
    """
    source, now = old.recipe.source.name, spec.recipe.source.name
    recorded = Recorded()
    entries = [entry for entry in read(old.folder.journal) if not recorded.add(entry.reply)]
    shots = _shots(old, entries)
    seeds = {task.id: task.instruction for task in spec.seed_tasks}
    found = []
    for entry in entries:
        if entry.reply.kind == left_out:
            continue
        reply = replace(entry.reply, adopted=True)
        if reply.key.stage == source:
            shown = shots.get(reply.key, reply.shots)
            if shown is not None:
                shown = tuple(_short(shot, seeds) for shot in shown)
            key = reply.key._replace(stage=now)
            reply = replace(reply, key=key, shots=shown)
        found.append(replace(entry, reply=reply))
    return found


def _shots(old: RunSpec, entries: Sequence[Entry]) -> dict[Key, tuple[Shot, ...]]:
    """Return what the prompts of the old run showed, as far as it folds to them."""
    found: dict[Key, tuple[Shot, ...]] = {}

    class Looked(Recorded):
        def take(self, request: Request) -> Reply | None:
            reply = super().take(request)
            if reply is not None and request.key.item < 0:
                found[request.key] = fold.asked_for(reply).shots
            return reply

    recorded = Looked()
    for entry in entries:
        recorded.add(entry.reply)
    try:
        fold = old.fold()
        for _ in replay(fold, recorded, []):
            pass
    except (Refused, BadInput):
        if old.method == METHOD:
            raise
    return found


def _short(shot: Shot, seeds: Mapping[str, str]) -> Shot:
    """Return a shot as the journal keeps it: its id where the new run can tell the rest."""
    told = seeds.get(shot.id) if not shot.id.partition(".")[0].isdigit() else shot.instruction
    same = told is not None and clean(told) == shot.instruction
    return Shot(shot.id, "") if same else shot


_KEPT = ("fit", "endpoint", "base_url", "api_key_env", "body", "paths", "price", "trusted")
"""Knobs that go along. Caps do not: the new run has spent nothing."""
