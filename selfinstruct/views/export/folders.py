"""A trainer's folder: prompts parted by stage and by what is held back, then written.

Both are drawn from (seed, prompt) alone: a prompt is in one place, whatever tasks have it, and
stays there however far the run has come.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from selfinstruct.method.errors import BadInput
from selfinstruct.method.sampling import Draw
from selfinstruct.store.disk import fresh_folder

from .formats import Way
from .row import prompt_key
from .trainers import SPLIT, STAGES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from .row import Row
    from .trainers import File, Folder

TRAIN, EVAL = "train", "eval"

PARTS = 10**9
"""A number below this is drawn for what has a share."""


def read_shares(text: str) -> dict[str, float]:
    """Read the shares of the stages, such as `2,4,4`.

    Raises:
        BadInput: for anything but three numbers of 0 or more, not all of them 0.
    """
    try:
        found = [float(one) for one in text.split(",")]
    except ValueError:
        found = []
    fine = len(found) == len(STAGES) and min(found) >= 0 and 0 < sum(found) < math.inf
    if not fine:
        raise BadInput(
            f"use --stages {text}",
            f"it is not the shares of {', '.join(STAGES)}",
            "Write three numbers such as 2,4,4; 0 leaves a stage out.",
        )
    return dict(zip(STAGES, found, strict=True))


def placed(
    rows: Sequence[Row], folder: Folder, *, seed: int, held_back: float, shares: Mapping[str, float]
) -> dict[str, tuple[File, list[Row]]]:
    """Return the rows of each file of a folder, by the file's name.

    A stage for which the run has no row has no share, and the others share its prompts.
    """
    taken = {file.name: file.need.take(rows) for file in folder.files}
    able = {file.stage for file in folder.files if taken[file.name]}
    left = {stage: share for stage, share in shares.items() if stage in able}
    places: dict[str, tuple[str, str]] = {}

    def place(row: Row) -> tuple[str, str]:
        key = prompt_key(row)
        if key not in places:
            places[key] = (_stage(key, seed, left), _split(key, seed, held_back))
        return places[key]

    found: dict[str, tuple[File, list[Row]]] = {}
    for file in folder.files:
        mine = [(row, place(row)) for row in taken[file.name]]
        for split in (TRAIN, EVAL) if SPLIT in file.name else ("",):
            found[file.name.replace(SPLIT, split)] = (
                file,
                [
                    row
                    for row, (stage, part) in mine
                    if file.stage in {"", stage} and split in {"", part}
                ],
            )
    return found


def _stage(key: str, seed: int, shares: Mapping[str, float]) -> str:
    """Return the stage that a prompt is drawn for; "" where no stage has a share."""
    drawn = Draw(seed, "export", "stage", key).below(PARTS) / PARTS * sum(shares.values())
    found = ""
    for stage, share in shares.items():
        found = stage if share else found
        if drawn < share:
            break
        drawn -= share
    return found


def _split(key: str, seed: int, held_back: float) -> str:
    return EVAL if Draw(seed, "export", "eval", key).below(PARTS) < held_back * PARTS else TRAIN


def write_folder(  # noqa: PLR0913 - all of it is the user's or the run's
    rows: Sequence[Row],
    path: Path,
    folder: Folder,
    what: str,
    *,
    seed: int,
    held_back: float,
    shares: Mapping[str, float],
) -> tuple[dict[str, int], list[str]]:
    """Write a folder that appears whole or not at all.

    Args:
        rows: those that the user wants.
        path: a new folder, an empty one, or one of the same format.
        folder: what to write.
        what: verb and thing, for errors.
        seed: the run's.
        held_back: share of the prompts that go to `eval`.
        shares: of the stages.

    Returns:
        Rows by file, and what is to be said of them.

    Raises:
        BadInput: if there is no row at all, or none for a file that the trainer needs; or the
            folder cannot be written.
        Stopped: if the disk is full, or fails.
    """
    found = placed(rows, folder, seed=seed, held_back=held_back, shares=shares)
    empty = [name for name, (_, some) in found.items() if not some]
    if len(empty) == len(found) or (folder.whole and empty):
        raise BadInput(
            what,
            f"{', '.join(empty)} would have no row",
            "Let the run have more tasks, or share its prompts otherwise with --validation and "
            "--stages.",
        )
    written = {name: (file, some) for name, (file, some) in found.items() if some}
    texts = folder.texts(written)
    every = [f.name.replace(SPLIT, split) for f in folder.files for split in (TRAIN, EVAL)]
    tops = {name.partition("/")[0] for name in [*every, *folder.texts(every)]}
    with fresh_folder(path, frozenset(tops)) as fresh:
        for name, (file, some) in written.items():
            (fresh / name).parent.mkdir(exist_ok=True)
            with (fresh / name).open("wb") as opened:
                file.write(some, opened, Way(seed))
        for name, text in texts.items():
            (fresh / name).write_text(text, encoding="utf-8", newline="\n")
    counts = {name: len(some) for name, (_, some) in written.items()}
    return counts, _remarks(rows, found, held_back)


def _remarks(
    rows: Sequence[Row], found: Mapping[str, tuple[File, list[Row]]], held_back: float
) -> list[str]:
    """Return what is to be said of few rows, of files that are not there, and of rows in none."""
    said = [
        f"{name} has {len(some):,} rows; the trainer asks for {file.least:,}"
        for name, (file, some) in found.items()
        if 0 < len(some) < file.least
    ]
    files = {file.name: file for file, _ in found.values()}
    needs = {file.need.recipe: file.need for file in files.values() if not file.need.take(rows)}
    said += [
        f"no task {need.lacks}, so no file of such rows is written; recipe {recipe} adds it"
        for recipe, need in needs.items()
    ]
    trained = {file for file, some in found.values() if some}
    said += [
        f"{name} is left out: no prompt fell to it (--validation)"
        for name, (file, some) in found.items()
        if file in trained and not some and held_back
    ]
    used = {row.id for _, some in found.values() for row in some}
    if left := len(rows) - len(used):
        said.append(
            f"{left:,} rows stand in no file: they lack what the file of their stage takes, or "
            "repeat a prompt"
        )
    return said
