"""The spec of a run: identity, knobs, frozen files, each parsed once; how the folder holds it."""

from __future__ import annotations

import json
import shutil
import time
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from selfinstruct.method import METHOD
from selfinstruct.method.digest import sha256
from selfinstruct.method.errors import BadInput, Refused
from selfinstruct.method.recipe import Recipe, parse_recipe
from selfinstruct.method.registry import Parts, fold_of, parts
from selfinstruct.method.seeds import parse_seeds
from selfinstruct.store.folder import replace_file

from .identity import Identity
from .user_code import parts_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from selfinstruct.method.fold import Fold
    from selfinstruct.method.types import ProtocolName, SeedTask
    from selfinstruct.store.folder import RunFolder

FORMAT = 1
"""Number of the layout of a run folder."""

SEEDS = "seed_tasks.jsonl"


@dataclass(frozen=True)
class RunSpec:
    """A run: what makes it this run, what may change, and the bytes it reads.

    Recipe, seed tasks and parts are made when they are first needed, and once.

    Attributes:
        folder: where it lies, or will.
        identity: what makes it this run.
        knobs: what may change, as last used.
        files: the recipe's files, by path.
        seeds: the seed file.
        seeds_name: its name, for errors.
        method: the method number that began it.
        created: when it began, UTC; "" for a run that is not written yet.
    """

    folder: RunFolder
    identity: Identity
    knobs: Mapping[str, object]
    files: Mapping[str, bytes] = field(repr=False)
    seeds: bytes = field(repr=False)
    seeds_name: str = SEEDS
    method: int = METHOD
    created: str = ""

    @cached_property
    def recipe(self) -> Recipe:
        """The recipe (raises BadInput where nothing understands it)."""
        return parse_recipe(self.files, self.identity.recipe)

    @cached_property
    def seed_tasks(self) -> tuple[SeedTask, ...]:
        """The seed tasks (raises BadInput for a defect)."""
        return parse_seeds(self.seeds, self.seeds_name)

    @cached_property
    def parts(self) -> Parts:
        """Source, steps and filters (raises BadInput where they cannot be made)."""
        identity = self.identity
        return parts(
            self.recipe,
            self.seed_tasks,
            seed=identity.seed,
            protocol=identity.protocol,
            models=identity.models,
            context=identity.context,
            own=parts_of(self.recipe),
        )

    @property
    def target(self) -> int:
        """The number of complete tasks that was last aimed at."""
        target = self.knobs.get("target")
        return target if isinstance(target, int) else 0

    def fold(self) -> Fold:
        """Return the fold of the run at its beginning."""
        return fold_of(self.recipe, self.seed_tasks, self.identity.seed, self.parts)

    def changed(self, **fields: Any) -> RunSpec:  # noqa: ANN401 - fields of this very class
        """Return a copy with some fields changed; what need not be made anew is kept."""
        other = replace(self, **fields)
        kept = {
            "recipe": "files",
            "seed_tasks": "seeds",
            **({} if {"files", "seeds"} & fields.keys() else {"parts": "identity"}),
        }
        for made, source in kept.items():
            if made in self.__dict__ and source not in fields:
                other.__dict__[made] = self.__dict__[made]
        return other


def identity_of(  # noqa: PLR0913 - all that makes a run this run
    recipe: Recipe,
    seeds: bytes,
    models: Mapping[str, str],
    *,
    protocol: ProtocolName,
    seed: int,
    context: int,
) -> Identity:
    """Return the identity of a run of a recipe."""
    return Identity(
        recipe=recipe.name,
        files=recipe.digests(),
        seeds=sha256(seeds),
        models=models,
        protocol=protocol,
        seed=seed,
        context=context,
    )


def load(folder: RunFolder) -> RunSpec:
    """Read a run as it was begun, and hold its copies against their digests.

    Raises:
        BadInput: if the folder is not a run, or cannot be read.
        Refused: if `run.json` or a copy is damaged, or the layout is another version's.
    """
    what = f"read {folder.path}"
    try:
        row = json.loads(folder.main.read_bytes())
        if row["format"] != FORMAT:
            raise Refused(
                what,
                f"its layout has number {row['format']} and this version reads {FORMAT}",
                "Use the version of selfinstruct that began it.",
            )
        identity = Identity.from_json(row["identity"])
        method, knobs, created = int(row["method"]), dict(row["knobs"]), str(row["created"])
    except (FileNotFoundError, NotADirectoryError):
        raise BadInput(
            what,
            "it is not a run folder",
            "Name a folder that `selfinstruct generate` has made.",
        ) from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Refused(
            what, f"run.json is damaged ({error})", "Put back a copy of run.json."
        ) from None
    except OSError as error:
        raise BadInput(what, error.strerror or str(error), "Fix its permissions.") from None
    files = {
        path: _checked(folder.recipe / path, digest) for path, digest in identity.files.items()
    }
    seeds = _checked(folder.seeds, identity.seeds)
    return RunSpec(folder, identity, knobs, files, seeds, method=method, created=created)


def write(spec: RunSpec, *, journal: bytes = b"") -> RunSpec:
    """Make a run of an empty folder, or of a run without replies; the caller holds the lock.

    Args:
        spec: the run.
        journal: what its journal begins with, if it is a fork.

    Raises:
        BadInput: if the folder holds other things, or cannot be written to.
    """
    folder = spec.folder
    strangers = sorted({entry.name for entry in folder.path.iterdir()} - _LEFTOVERS)
    if strangers and not folder.main.exists():
        raise BadInput(
            f"begin a run in {folder.path}",
            f"it is not a run folder and holds {strangers[0]}",
            "Name a new or empty folder.",
        )
    try:
        shutil.rmtree(folder.recipe, ignore_errors=True)
        folder.progress.unlink(missing_ok=True)
        for path, data in spec.files.items():
            (folder.recipe / path).parent.mkdir(parents=True, exist_ok=True)
            replace_file(folder.recipe / path, data)
        replace_file(folder.seeds, spec.seeds)
        if journal:
            replace_file(folder.journal, journal)
        created = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        return write_main(spec.changed(created=created, method=METHOD))
    except OSError as error:
        raise BadInput(
            f"begin a run in {folder.path}",
            error.strerror or str(error),
            "Name a folder that can be written to.",
        ) from None


_LEFTOVERS = {
    ".lock",
    "recipe",
    SEEDS,
    "run.json.new",
    "journal.jsonl.new",
    "ledger.jsonl",
}
"""What a run that was killed while it began may have left, and a rehearsal's ledger."""


def write_main(spec: RunSpec) -> RunSpec:
    """Write `run.json` and return the run; the caller holds the lock."""
    row = {
        "created": spec.created,
        "format": FORMAT,
        "identity": spec.identity.to_json(),
        "knobs": dict(spec.knobs),
        "method": spec.method,
    }
    replace_file(spec.folder.main, (json.dumps(row, indent=2, sort_keys=True) + "\n").encode())
    return spec


def _checked(path: Path, digest: str) -> bytes:
    what = f"read {path}"
    remedy = "The copies in a run folder are frozen. Put it back, or begin a new run folder."
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise Refused(what, "it is gone", remedy) from None
    except OSError as error:
        raise BadInput(what, error.strerror or str(error), "Fix its permissions.") from None
    if sha256(data) != digest:
        raise Refused(what, "it was changed after the run began", remedy)
    return data
