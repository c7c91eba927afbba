"""Rebuild what is derived: fold a journal anew and write what comes of it."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from selfinstruct.method.errors import Refused
from selfinstruct.method.plateau import Curve
from selfinstruct.method.replay import replay
from selfinstruct.store.derived import Derived, derived_lines
from selfinstruct.store.progress import read_progress, sizes_of, write_progress

from .usage import read_recorded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from selfinstruct.method.replay import Recorded
    from selfinstruct.method.types import Key, Progress, Request, Verdict

    from .spec import RunSpec
    from .usage import Usage


@dataclass(frozen=True, slots=True)
class Refold:
    """What the lines of a journal fold to.

    Attributes:
        verdicts: all of them, those beyond the target too.
        curve: how acceptance went.
        recorded: what of them nothing has asked for, and which keys were used.
        owed: requests that can be asked now and have no reply.
    """

    verdicts: Sequence[Verdict]
    progress: Progress
    curve: Curve
    usage: Usage
    recorded: Recorded
    owed: Sequence[Request]

    @property
    def used(self) -> set[Key]:
        """Keys whose reply was used."""
        return self.recorded.used

    @property
    def missing(self) -> int:
        """How many replies are missing from the midst of the journal.

        They are owed, and a later reply of the same stage is recorded.
        """
        last: dict[tuple[str, int], Key] = {}
        for key in (*self.recorded.used, *self.recorded.replies):
            place = key.stage, key.attempt
            last[place] = max(key, last.get(place, key))
        keys = (request.key for request in self.owed)
        return sum(key < last.get((key.stage, key.attempt), key) for key in keys)

    def within(self, target: int) -> Sequence[Verdict]:
        """Return the verdicts up to the `target`-th complete task."""
        complete = 0
        for place, verdict in enumerate(self.verdicts):
            if complete == target:
                return self.verdicts[:place]
            complete += verdict.rejected is None
        return self.verdicts


def refold(spec: RunSpec, recorded: Recorded, usage: Usage) -> Refold:
    """Fold recorded replies anew; what is used of them is taken out.

    Raises:
        Refused: if they answer other requests.
    """
    fold, curve = spec.fold(), Curve()
    verdicts: list[Verdict] = []
    owed: list[Request] = []
    for some in replay(fold, recorded, owed):
        verdicts += some
        state = fold.state()
        curve.add(state.candidates, state.accepted)
    return Refold(verdicts, fold.state(), curve, usage, recorded, owed)


def write_derived(spec: RunSpec, made: Refold) -> None:
    """Write derived files and `progress.json`; the caller holds the lock.

    Raises:
        Stopped: if a file cannot be written.
    """
    with closing(Derived(spec.folder, spec.target)) as derived:
        derived.add(made.verdicts)
    before = read_progress(spec.folder)
    missing = made.missing if made.progress.complete_prefix < spec.target else 0
    write_progress(
        spec.folder,
        counts(made.progress, derived.complete, made.usage)
        | {"curve": made.curve.points, "missing": missing}
        | {name: before[name] for name in ("cost", "pace", "failures", "flaws") if name in before},
        (sizes_of(spec.folder)[0], *derived.sizes),
        spec.target,
    )


def rebuild(spec: RunSpec) -> None:
    """Make derived files and `progress.json` from the journal; the caller holds the lock.

    Raises:
        BadInput: if the journal cannot be read.
        Refused: if it is damaged, or answers other requests.
        Stopped: if a file cannot be written.
    """
    write_derived(spec, refold(spec, *read_recorded(spec.folder.journal)))


def refolds_to_the_same(spec: RunSpec, made: Refold | None = None) -> bool:
    """Tell whether a run of another method folds to the files that are there, as far as they go.

    A run that was killed had not written all that its journal gives. `made` is its refold, if that
    is known.
    """
    try:
        made = made or refold(spec, *read_recorded(spec.folder.journal))
    except Refused:
        return False
    lines = derived_lines(made.within(spec.target))
    for path, data in zip((spec.folder.pool, spec.folder.rejected), lines, strict=True):
        there = path.read_bytes() if path.exists() else b""
        if not b"".join(data).startswith(there[: there.rfind(b"\n") + 1]):
            return False
    return True


def counts(progress: Progress, complete: int, usage: Usage) -> dict[str, Any]:
    """Return the counts that are written down; `complete` tasks are in the pool file."""
    return {
        "accepted": progress.accepted,
        "candidates": progress.candidates,
        "complete": complete,
        "generation_requests": progress.read,
        "open": progress.open,
        "rejected": progress.rejected,
        "surplus": progress.complete - complete,
        **({} if progress.over is None else {"over": progress.over}),
        **usage.to_json(),
    }


def kept(row: Mapping[str, Any]) -> dict[str, dict[str, int]]:
    """Return what of a written progress the journal does not tell: failures and flaws, by kind."""
    return {
        name: {str(kind): int(count) for kind, count in part.items() if isinstance(count, int)}
        for name in ("failures", "flaws")
        if isinstance(part := row.get(name), dict)
    }
