"""The spec of a run: identity, knobs, frozen files, each parsed once; how the folder holds it.

Its identity is frozen when it begins, and checked whenever it is gone on with.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Mapping  # noqa: TC003 - msgspec reads the types
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import msgspec

from selfinstruct.method import METHOD
from selfinstruct.method.digest import sha256
from selfinstruct.method.errors import BadInput, Refused
from selfinstruct.method.recipe import Recipe, parse_recipe
from selfinstruct.method.registry import Parts, fold_of, parts
from selfinstruct.method.seeds import parse_seeds
from selfinstruct.method.types import ProtocolName  # noqa: TC001 - as above
from selfinstruct.store.disk import failed, named, replace_file
from selfinstruct.store.journal import read

from .inputs import SEEDS
from .user_code import code_of, parts_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from selfinstruct.method.fold import Fold
    from selfinstruct.method.types import SeedTask
    from selfinstruct.store.folder import RunFolder

FORMAT = 1
"""Number of the layout of a run folder."""


@dataclass(frozen=True, slots=True)
class Identity:
    """All that decides a run's bytes, besides the replies.

    Attributes:
        recipe: the recipe's name.
        files: digest of each file of the recipe, by path.
        seeds: digest of the seed file.
        models: model by stage; "" is the model of all other stages. A GGUF is named by its digest.
        protocol: how requests are put.
        seed: seed of every random choice.
        context: tokens that prompt and answer may have together; 0 for any.
    """

    recipe: str
    files: Mapping[str, str]
    seeds: str
    models: Mapping[str, str]
    protocol: ProtocolName
    seed: int
    context: int = 0

    def model_of(self, stage: str) -> str:
        """Return the model of a stage."""
        return self.models.get(stage, self.models.get("", ""))

    def difference(self, other: Identity) -> str | None:
        """Return the first difference in words, or None: `self` is recorded, `other` is given."""
        for path in sorted({*self.files, *other.files}):
            before, now = self.files.get(path), other.files.get(path)
            if before != now:
                change = "is new" if before is None else "is gone" if now is None else "differs"
                return f"recipe file {path} {change}"
        if self.seeds != other.seeds:
            return "the seed tasks differ"
        for stage in sorted({*self.models, *other.models}):
            before, now = self.models.get(stage), other.models.get(stage)
            if before != now:
                where, general = f" of stage {stage}" if stage else "", "the general one"
                return f"the model{where} was {before or general}, not {now or general}"
        for name in ("protocol", "seed", "context", "recipe"):
            was, given = getattr(self, name), getattr(other, name)
            if was != given:
                was, given = (
                    "any" if (name, each) == ("context", 0) else each for each in (was, given)
                )
                return f"the {name} was {was}, not {given}"
        return None


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
        """Source, steps and filters (raises BadInput where they cannot be made, or not trusted)."""
        identity = self.identity
        return parts(
            self.recipe,
            self.seed_tasks,
            seed=identity.seed,
            protocol=identity.protocol,
            models=identity.models,
            context=identity.context,
            own=parts_of(self.recipe, self.knobs.get("trusted")),
        )

    @property
    def target(self) -> int:
        """The number of complete tasks that was last aimed at."""
        target = self.knobs.get("target")
        return target if isinstance(target, int) else 0

    def fold(self) -> Fold:
        """Return the fold of the run at its beginning."""
        return fold_of(self.recipe, self.seed_tasks, self.identity.seed, self.parts)

    def trusting(self, *, code: bool) -> RunSpec:
        """Return this run with the word that what its recipe runs now may run, where that is so."""
        found = code_of(self.recipe) if code else None
        return self.changed(knobs={**self.knobs, "trusted": found}) if found else self

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
        identity = msgspec.convert(row["identity"], Identity)
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
        raise failed(f"read {folder.main}", error) from error
    files = {
        path: _checked(folder.recipe / path, digest) for path, digest in identity.files.items()
    }
    seeds = _checked(folder.seeds, identity.seeds)
    return RunSpec(folder, identity, knobs, files, seeds, method=method, created=created)


def require_free(folder: RunFolder) -> None:
    """Refuse to begin a run in a folder that holds other things, or replies of a run that is gone.

    Raises:
        BadInput: if so.
    """
    try:
        there = {entry.name for entry in folder.path.iterdir()}
    except OSError:
        return  # it is not there yet, or no folder, as whoever locks it says
    strangers = set() if _OLD in there else there - _LEFTOVERS
    if not all(entry.reply.adopted for entry in read(folder.journal)):
        strangers.add(folder.journal.name)
    if strangers and folder.main.name not in there:
        raise BadInput(
            f"begin a run in {folder.path}",
            f"it is not a run folder and holds {min(strangers)}",
            "Name a new or empty folder.",
        )


@contextmanager
def beginning(spec: RunSpec, *, journal: bytes = b"") -> Iterator[RunSpec]:
    """Make a run of an empty folder, or of a run without replies; the caller holds the lock.

    It is a run from the end of the context on, with `run.json`. Until then it may be killed at any
    moment: what it leaves is no run, and is begun with again.

    Args:
        spec: the run.
        journal: what its journal begins with, if it is a fork.

    Raises:
        BadInput: if the folder holds other things, or cannot be written to.
        Stopped: if the disk is full, or fails.
    """
    folder = spec.folder
    old = folder.main.with_name(_OLD)
    require_free(folder)
    replies = any(True for _ in read(folder.journal))
    with named(folder.path):
        if folder.main.exists():
            folder.main.replace(old)
        shutil.rmtree(folder.recipe, ignore_errors=True)
        folder.progress.unlink(missing_ok=True)
        for path in spec.files:
            (folder.recipe / path).parent.mkdir(parents=True, exist_ok=True)
    for path, data in spec.files.items():
        replace_file(folder.recipe / path, data)
    replace_file(folder.seeds, spec.seeds)
    if journal or replies:
        replace_file(folder.journal, journal)
    created = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    begun = spec.changed(created=created, method=METHOD)
    yield begun
    write_main(begun)
    with named(old):
        old.unlink(missing_ok=True)


_OLD = "run.json.old"
"""What `run.json` is called while its run is begun anew."""

_LEFTOVERS = {
    *(".lock", "recipe", "ledger.jsonl", "dialect.json", "events.jsonl"),
    *(f"{name}{end}" for name in (SEEDS, "journal.jsonl", "progress.json") for end in ("", ".new")),
    *("run.json.new", "pool.jsonl", "rejected.jsonl"),
}
"""What a run that was killed while it began may have left, and a rehearsal's ledger."""


def write_main(spec: RunSpec) -> RunSpec:
    """Write `run.json` and return the run; the caller holds the lock."""
    identity = asdict(spec.identity)
    if not spec.identity.context:
        del identity["context"]
    row = {
        "created": spec.created,
        "format": FORMAT,
        "identity": identity,
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
        raise failed(what, error) from error
    if sha256(data) != digest:
        raise Refused(what, "it was changed after the run began", remedy)
    return data
