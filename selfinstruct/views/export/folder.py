"""A data set folder as the Hugging Face Hub and `datasets` read it: two splits and a card.

```
README.md              the card
data/train.jsonl       one row a line
data/validation.jsonl
```
"""

from __future__ import annotations

import hashlib
import shlex
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from selfinstruct import __version__
from selfinstruct.method.digest import canonical, sha256
from selfinstruct.method.recipe import MAIN
from selfinstruct.method.sampling import Draw
from selfinstruct.run.inputs import read_recipe, read_seeds, recipe_names

from .atomic import fresh_folder
from .card import GGUF, RECIPE, SEEDS, Facts, card, scripts
from .columns import columns
from .options import Choice, ExportOptions, as_typed
from .records import json_lines
from .rows import TEXTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from selfinstruct.run.spec import RunSpec
    from selfinstruct.views.view import Run

    from .rows import Row

MARKS = frozenset({"README.md", "data"})
TRAIN, VALIDATION = "train", "validation"

_PARTS = 10**9


def write_folder(
    run: Run, rows: Sequence[Row], path: Path, options: ExportOptions
) -> dict[str, int]:
    """Write a data set folder that appears whole or not at all; return its rows by split.

    Raises:
        BadInput: if it cannot be written, or something else is there.
    """
    table = columns(rows)
    parts = split(rows, run.spec.identity.seed, options.validation)
    with fresh_folder(path, MARKS) as fresh:
        data = fresh / "data"
        data.mkdir()
        files: dict[str, tuple[int, str]] = {}
        for name, some in parts.items():
            with (data / f"{name}.jsonl").open("w+b") as file:
                json_lines(some, file, lambda row: {c.name: c.cell(row) for c in table})
                file.seek(0)
                digest = hashlib.file_digest(file, "sha256")
            files[name] = len(some), f"sha256:{digest.hexdigest()}"
        named = replace(options, name=options.name or path.resolve().name)
        facts = _facts(run, rows, named, files)
        (fresh / "README.md").write_text(card(facts), encoding="utf-8", newline="\n")
    return {name: count for name, (count, _) in files.items()}


def split(rows: Sequence[Row], seed: int, share: float) -> dict[str, list[Row]]:
    """Return the rows by split, in their order.

    A task goes to validation when a number drawn from (seed, task) falls below the share: so all
    its rows go together, and it stays where it is however far the run has come. Where that leaves
    a split without any of at least two tasks, the nearest task goes there. A split without rows is
    left out.
    """
    drawn = {row.task: Draw(seed, "export", "split", row.task).below(_PARTS) for row in rows}
    chosen = {task for task, number in drawn.items() if number < share * _PARTS}
    if len(drawn) > 1 and 0 < share < 1:
        if not chosen:
            chosen.add(min(drawn, key=lambda task: (drawn[task], task)))
        elif len(chosen) == len(drawn):
            chosen.remove(max(drawn, key=lambda task: (drawn[task], task)))
    parts: dict[str, list[Row]] = {TRAIN: [], VALIDATION: []}
    for row in rows:
        parts[VALIDATION if row.task in chosen else TRAIN].append(row)
    return {name: some for name, some in parts.items() if some} or {TRAIN: []}


def digest_of(rows: Iterable[Row]) -> str:
    """Return the digest of what rows say, whatever format they are written in."""
    found = hashlib.sha256()
    for row in rows:
        values = [row.id, row.instruction, row.input, row.output, row.is_classification, row.extra]
        found.update(canonical(values).encode() + b"\n")
    return f"sha256:{found.hexdigest()}"


def _mean(counts: Iterable[int]) -> float:
    """Return the mean of the counts that are not 0, as the paper gives it; 0 if there are none."""
    found = [count for count in counts if count]
    return sum(found) / len(found) if found else 0.0


def _facts(
    run: Run, rows: Sequence[Row], options: ExportOptions, files: Mapping[str, tuple[int, str]]
) -> Facts:
    spec = run.spec
    classes = [row.is_classification for row in rows]
    return Facts(
        options=options,
        identity=spec.identity,
        method=spec.method,
        version=__version__,
        target=spec.target,
        live=run.live,
        tasks=len({row.task for row in rows if not row.seed_task}),
        seeds=len({row.task for row in rows if row.seed_task}),
        rows={name: count for name, (count, _) in files.items()},
        classification=sum(map(bool, classes)) if not rows or {*classes} != {None} else None,
        no_input=sum(not row.input for row in rows),
        words={text: _mean(len(getattr(row, text).split()) for row in rows) for text in TEXTS},
        reasons=dict(Counter(row["reason"] for row in run.rejected()).most_common()),
        scripts=scripts(getattr(row, text) for row in rows for text in TEXTS),
        table=columns(rows),
        digest=digest_of(rows),
        files={f"{name}.jsonl": digest for name, (_, digest) in files.items()},
        recipe=spec.files.get(MAIN, b"").decode("utf-8-sig", "replace"),
        generate=_generate(spec),
        export=_export(options),
        choice=as_typed(Choice, options),
    )


def _generate(spec: RunSpec) -> str:
    """Return the command that makes the run; a name in capitals stands for what has no name."""
    identity = spec.identity
    files = read_recipe(identity.recipe) if identity.recipe in recipe_names() else {}
    ours = files and identity.files == {path: sha256(data) for path, data in files.items()}
    names = {stage: GGUF if m.startswith("gguf:") else m for stage, m in identity.models.items()}
    models = [f"{stage}={name}" if stage or "=" in name else name for stage, name in names.items()]
    return " ".join(
        [
            f"selfinstruct generate RUN --recipe {identity.recipe if ours else RECIPE}",
            *([] if identity.seeds == sha256(read_seeds(None)[0]) else [f"--seeds {SEEDS}"]),
            *(f"--model {shlex.quote(model)}" for model in models),
            f"--seed {identity.seed} --target {spec.target}",
            *([f"--protocol {identity.protocol}"] if identity.protocol != "chat" else []),
            *([f"--context {identity.context}"] if identity.context else []),
        ]
    )


def _export(options: ExportOptions) -> str:
    """Return the command that makes the folder of the run."""
    typed = as_typed(ExportOptions, replace(options, format=None))
    return " ".join(["selfinstruct export RUN --format huggingface -o FOLDER", *typed])
