"""A recipe: `recipe.toml` and the files beside it, checked and given as data."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, TypeVar, cast

from .digest import sha256
from .errors import BadInput
from .sampling import Lag
from .types import Decoding

if TYPE_CHECKING:
    from collections.abc import Sequence

Made = TypeVar("Made")

MAIN = "recipe.toml"


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
    """The ROUGE-L filter: reject above `threshold`; `keep` = how many nearest to record."""

    threshold: float = 0.7
    tokenizer: str = "rouge-score"
    keep: int = 0


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
        BadInput: if `recipe.toml` is missing, broken, or says what nothing understands.
    """
    what = f"read recipe {source}"
    if MAIN not in files:
        raise BadInput(what, f"it has no {MAIN}", "Name a recipe, or a folder that holds one.")
    try:
        table = tomllib.loads(files[MAIN].decode("utf-8-sig").replace("\r\n", "\n"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(what, f"{MAIN}: {error}", "Fix that line.") from None
    reader = _Reader(what)
    reader.known(table, "", ("name", "about", "source", "step", "similarity", "lag", "end"))
    steps = table.get("step", [])
    if not isinstance(steps, list):
        raise reader.wrong("step", "is not a list of tables", "Write [[step]].")
    recipe = Recipe(
        name=reader.text(table, "", "name"),
        source=reader.stage(reader.table(table, "source"), "source"),
        steps=tuple(reader.stage(step, f"step {i}") for i, step in enumerate(steps, 1)),
        similarity=reader.record(Similarity, table, "similarity"),
        lag=reader.record(Lag, table, "lag"),
        files=dict(files),
        end=reader.record(End, table, "end"),
    )
    names = [stage.name for stage in (recipe.source, *recipe.steps)]
    for name in names:
        if names.count(name) > 1:
            raise reader.wrong(f"name {name!r}", "is used twice", "Give each stage its own.")
    return recipe


@dataclass(frozen=True)
class _Reader:
    """Takes values out of TOML tables and says clearly what is wrong with them."""

    what: str

    def wrong(self, where: str, why: str, remedy: str) -> BadInput:
        return BadInput(self.what, f"{MAIN}: {where} {why}", remedy)

    def known(self, table: Mapping[str, Any], where: str, names: Sequence[str]) -> None:
        for key in table:
            if key not in names:
                path = f"{where}.{key}".lstrip(".")
                raise self.wrong(path, "is not known", f"Known there: {', '.join(names)}.")

    def table(self, table: Mapping[str, Any], name: str) -> Mapping[str, Any]:
        value = table.get(name)
        if not isinstance(value, Mapping):
            raise self.wrong(f"[{name}]", "is missing", f"Add a table [{name}].")
        return value

    def text(self, table: Mapping[str, Any], where: str, name: str) -> str:
        value = table.get(name)
        if not isinstance(value, str) or not value:
            path = f"{where}.{name}".lstrip(".")
            raise self.wrong(path, "is missing or not a text", f'Write {name} = "...".')
        return value

    def stage(self, table: Mapping[str, Any], where: str) -> Stage:
        filters = ("filter", "instance_filter") if where == "source" else ("instance_filter",)
        self.known(table, where, ("name", "use", "prompt", "options", "decoding", *filters))
        name = self.text(table, where, "name")
        if not name.replace("-", "_").isidentifier() or not name.isascii():
            remedy = "Use letters, digits, - and _."
            raise self.wrong(f"{where}.name", "is not a plain word", remedy)
        return Stage(
            name=name,
            part=Use(self.text(table, where, "use"), table.get("options", {})),
            prompt=table.get("prompt", name),
            decoding=self.record(Decoding, table, "decoding", where),
            filters=self.uses(table, where, "filter"),
            instance_filters=self.uses(table, where, "instance_filter"),
        )

    def uses(self, table: Mapping[str, Any], where: str, name: str) -> tuple[Use, ...]:
        rows = table.get(name, [])
        path = f"{where}.{name}"
        if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
            raise self.wrong(path, "is not a list of tables", f"Write [[...{name}]].")
        return tuple(
            Use(self.text(row, path, "use"), {k: v for k, v in row.items() if k != "use"})
            for row in rows
        )

    def record(
        self, kind: type[Made], table: Mapping[str, Any], name: str, where: str = ""
    ) -> Made:
        """Return a dataclass of numbers and texts from a table, each of its default's type."""
        given = table.get(name, {})
        path = f"{where}.{name}".lstrip(".")
        if not isinstance(given, Mapping):
            raise self.wrong(path, "is not a table", f"Write [{name}].")
        default = kind()
        self.known(given, path, [item.name for item in fields(cast("Any", kind))])
        values: dict[str, Any] = {}
        for key, value in given.items():
            wanted = type(getattr(default, key))
            if wanted is tuple and isinstance(value, list):
                values[key] = tuple(str(item) for item in value)
            elif wanted is float and type(value) is int:
                values[key] = float(value)
            elif type(value) is wanted:
                values[key] = value
            else:
                why = f"is not of type {wanted.__name__}"
                raise self.wrong(f"{path}.{key}", why, "Write such a value.")
        return kind(**values)
