"""A recipe: `recipe.toml` and the files beside it, checked and given as data."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, TypeVar, cast

from .digest import sha256
from .errors import BadInput, nearest
from .sampling import Lag
from .types import Decoding

if TYPE_CHECKING:
    from collections.abc import Sequence

Made = TypeVar("Made")

MAIN, FIT = "recipe.toml", "fit.toml"
"""The recipe, and what changes options and decoding of its stages to fit a kind of model."""


@dataclass(frozen=True, slots=True)
class Use:
    """A part by its name in the table, or `file.py:Name` or `module:Name`, with its options."""

    use: str
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stage:
    """One `[source]` or `[[step]]` of a recipe.

    Attributes:
        name: the stage's name in keys.
        prompt: first part of the names of its prompt files; the protocol follows it.
        filters: a source's filters of instructions, in order.
    """

    name: str
    part: Use
    prompt: str
    decoding: Decoding
    filters: tuple[Use, ...]
    instance_filters: tuple[Use, ...]


@dataclass(frozen=True, slots=True)
class Similarity:
    """The ROUGE-L filter: reject above `threshold`; `keep` = how many nearest to record.

    With `repeats` nothing is turned down for being like another task, or the same.
    """

    threshold: float = 0.7
    tokenizer: str = "rouge-score"
    keep: int = 0
    repeats: bool = False


@dataclass(frozen=True, slots=True)
class End:
    """When a run gives up: below `min_acceptance` accepted candidates for each one read."""

    min_acceptance: float = 0.02


@dataclass(frozen=True, slots=True)
class Recipe:
    """All of a recipe; `files` are the bytes of its folder by path, `recipe.toml` included."""

    name: str
    source: Stage
    steps: tuple[Stage, ...]
    similarity: Similarity
    lag: Lag
    files: Mapping[str, bytes]
    end: End = End()

    def digests(self) -> dict[str, str]:
        """Return the digest of each file of the recipe."""
        return {path: sha256(self.files[path]) for path in sorted(self.files)}


def parse_recipe(files: Mapping[str, bytes], source: str) -> Recipe:
    """Return the recipe of a folder, whose files are given by path; `source` is its name.

    Raises:
        BadInput: if `recipe.toml` is missing, broken, or says what nothing understands: for all
            such defects at once.
    """
    what = f"read recipe {source}"
    if MAIN not in files:
        raise BadInput(what, f"it has no {MAIN}", "Name a recipe, or a folder that holds one.")
    table = _toml(files, MAIN, what)
    reader = _Reader(what)
    reader.known(table, "", ("name", "base", "about", *_TABLES))
    steps = reader.rows(table, "step", "step")
    name = reader.text(table, "", "name")
    if not name.isprintable() or len(name) > _LONGEST_NAME:
        remedy = f"Write at most {_LONGEST_NAME} characters that can be seen."
        reader.wrong("name", "is not a name", remedy)
    recipe = Recipe(
        name=name,
        source=reader.stage(reader.table(table, "source"), "source"),
        steps=tuple(reader.stage(step, f"step {i}") for i, step in enumerate(steps, 1)),
        similarity=reader.record(Similarity, table, "similarity"),
        lag=reader.record(Lag, table, "lag"),
        files=dict(files),
        end=reader.record(End, table, "end"),
    )
    names = [stage.name for stage in (recipe.source, *recipe.steps) if stage.name]
    for twice in sorted({name for name in names if names.count(name) > 1}):
        reader.wrong(f"name {twice!r}", "is used twice", "Give each stage its own.")
    reader.end()
    return _fitted(recipe, _toml(files, FIT, what), what) if FIT in files else recipe


def _toml(files: Mapping[str, bytes], name: str, what: str) -> dict[str, Any]:
    try:
        return tomllib.loads(files[name].decode("utf-8-sig").replace("\r\n", "\n"))
    except (ValueError, RecursionError) as error:  # a number of 5,000 digits is a ValueError
        why = "it is not UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)
        raise BadInput(what, f"{name}: {why}", "Fix that line, and save it as UTF-8.") from None


def _fitted(recipe: Recipe, table: Mapping[str, Any], what: str) -> Recipe:
    """Return a recipe with options and decoding of some stages changed.

    Raises:
        BadInput: if the table names a stage that is not there, or says what is not understood.
    """
    reader = _Reader(what, FIT)
    stages = {stage.name: stage for stage in (recipe.source, *recipe.steps)}
    reader.known(table, "", list(stages))
    for name, stage in stages.items():
        changes = reader.table(table, name, "", {})
        reader.known(changes, name, ("options", "decoding"))
        options = {**stage.part.options, **reader.table(changes, "options", name, {})}
        part = replace(stage.part, options=options)
        decoding = reader.record(Decoding, changes, "decoding", name, stage.decoding)
        stages[name] = replace(stage, part=part, decoding=decoding)
    reader.end()
    source, *steps = stages.values()
    return replace(recipe, source=source, steps=tuple(steps))


@dataclass(frozen=True)
class _Reader:
    """Takes values out of TOML tables and notes clearly what is wrong with them.

    In place of a wrong value it gives an empty one, so that the rest can be looked at; `end` raises
    what was noted.
    """

    what: str
    file: str = MAIN
    defects: list[tuple[str, str]] = field(default_factory=list)

    def wrong(self, where: str, why: str, remedy: str) -> None:
        self.defects.append((f"{where} {why}", remedy))

    def end(self) -> None:
        if len(self.defects) == 1:
            ((why, remedy),) = self.defects
            raise BadInput(self.what, f"{self.file}: {why}", remedy)
        if self.defects:
            told = "\n".join(f"{why}. {remedy}" for why, remedy in self.defects)
            raise BadInput(self.what, f"{self.file} has {len(self.defects)} defects", told)

    def known(self, table: Mapping[str, Any], where: str, names: Sequence[str]) -> None:
        for key in table:
            if key not in names:
                path, why = f"{where}.{key}".lstrip("."), f"is not known{nearest(key, names)}"
                self.wrong(path, why, f"Known there: {', '.join(names)}.")

    def table(
        self, table: Mapping[str, Any], name: str, where: str = "", default: object = None
    ) -> Mapping[str, Any]:
        value = table.get(name, default)
        if not isinstance(value, Mapping):
            path = f"{where}.{name}".lstrip(".")
            why = "is not a table" if name in table else "is missing"
            self.wrong(path, why, f"Write a table [{_NUMBER.sub('', path)}].")
            return {}
        return value

    def rows(self, table: Mapping[str, Any], name: str, path: str) -> list[Mapping[str, Any]]:
        rows = table.get(name, [])
        if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
            self.wrong(path, "is not a list of tables", f"Write [[{_NUMBER.sub('', path)}]].")
            return []
        return rows

    def text(self, table: Mapping[str, Any], where: str, name: str) -> str:
        value = table.get(name)
        if not isinstance(value, str) or not value:
            path = f"{where}.{name}".lstrip(".")
            self.wrong(path, "is missing or not a text", f'Write {name} = "...".')
            return ""
        return value

    def stage(self, table: Mapping[str, Any], where: str) -> Stage:
        filters = ("filter", "instance_filter") if where == "source" else ("instance_filter",)
        self.known(table, where, ("name", "use", "prompt", "options", "decoding", *filters))
        name = self.text(table, where, "name")
        if name and not (name.replace("-", "_").isidentifier() and name.isascii()):
            remedy = "Use letters, digits, - and _."
            self.wrong(f"{where}.name", "is not a plain word", remedy)
        return Stage(
            name=name,
            part=Use(self.text(table, where, "use"), self.table(table, "options", where, {})),
            prompt=self.text({"prompt": name or "?", **table}, where, "prompt"),
            decoding=self.record(Decoding, table, "decoding", where),
            filters=self.uses(table, where, "filter"),
            instance_filters=self.uses(table, where, "instance_filter"),
        )

    def uses(self, table: Mapping[str, Any], where: str, name: str) -> tuple[Use, ...]:
        path = f"{where}.{name}"
        return tuple(
            Use(self.text(row, path, "use"), {k: v for k, v in row.items() if k != "use"})
            for row in self.rows(table, name, path)
        )

    def record(
        self,
        kind: type[Made],
        table: Mapping[str, Any],
        name: str,
        where: str = "",
        default: Made | None = None,
    ) -> Made:
        """Return a dataclass of numbers and texts from a table, each of its default's type."""
        given = self.table(table, name, where, {})
        path = f"{where}.{name}".lstrip(".")
        default = kind() if default is None else default
        names = [item.name for item in fields(cast("Any", kind))]
        self.known(given, path, names)
        values: dict[str, Any] = {}
        for key in [name for name in names if name in given]:
            value, wanted = given[key], type(getattr(default, key))
            least, most = _BOUNDS.get(key, (0, math.inf))
            if wanted is tuple and isinstance(value, list):
                if not all(isinstance(item, str) and item for item in value):
                    why = "is not a list of texts, none of them empty"
                    self.wrong(f"{path}.{key}", why, 'Write ["..."].')
                values[key] = tuple(value)
            elif type(value) is not wanted and not (wanted is float and type(value) is int):
                why = f"is not of type {wanted.__name__}"
                self.wrong(f"{path}.{key}", why, "Write such a value.")
            elif wanted in {int, float} and not (least <= value <= most and value < math.inf):
                why, told = f"is {value}", f" to {most}" if most < math.inf else " or more"
                self.wrong(f"{path}.{key}", why, f"Write a number of {least}{told}.")
            else:
                values[key] = wanted(value)
        return cast("Made", replace(cast("Any", default), **values))


_LONGEST_NAME = 100
_TABLES = "source", "step", "similarity", "lag", "end"
_NUMBER = re.compile(r" \d+")
"""Tells steps apart in an error, and is not written in TOML."""
_BOUNDS: Mapping[str, tuple[float, float]] = {
    "frequency_penalty": (-2, 2),
    "presence_penalty": (-2, 2),
    "top_p": (0, 1),
    "threshold": (0, 1),
    "min_acceptance": (0, 1),
    "max_tokens": (1, math.inf),
}
"""The least and the most of a number, where it is not 0 or more."""
