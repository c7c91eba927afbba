"""Rebuild what is derived: fold a journal anew and write what comes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from selfinstruct.method.plateau import Curve
from selfinstruct.method.replay import replay

from .derived import Derived
from .journal import read_recorded
from .progress import counts, kept, read_progress, write_progress

if TYPE_CHECKING:
    from selfinstruct.method.replay import Recorded
    from selfinstruct.method.types import Progress, Request

    from .folder import Frozen


def rebuild(frozen: Frozen) -> tuple[Progress, Recorded, list[Request]]:
    """Write derived files and `progress.json` from the journal; the caller holds the lock.

    Returns:
        How far the fold is, what is recorded, and the owed requests that have no reply yet.

    Raises:
        Refused: for a journal that cannot be read, or answers other requests.
        Stopped: if a file cannot be written.
    """
    folder = frozen.folder
    fold = frozen.fold()
    recorded, tally = read_recorded(folder.journal)
    derived = Derived(folder, frozen.target)
    curve = Curve()
    unasked: list[Request] = []
    try:
        for verdicts in replay(fold, recorded, unasked):
            derived.add(verdicts)
            state = fold.state()
            curve.add(state.candidates, state.accepted)
    finally:
        derived.close()
    size = folder.journal.stat().st_size if folder.journal.exists() else -1
    before = read_progress(folder)
    write_progress(
        folder,
        counts(fold.state(), derived.complete, tally)
        | {"curve": curve.points}
        | kept(before)
        | {name: before[name] for name in ("cost",) if name in before},
        (size, *derived.sizes),
        frozen.target,
    )
    return fold.state(), recorded, unasked
