"""The registry: built-in sources, steps and filters by name, and how a recipe's are made.

A part is named `words` (built in), `judge.py:Judge` (a file of the recipe's own folder, frozen
with the run) or `package.module:Name` (importable; its code is not part of the run's identity).
A user's own are looked up outside this room (`run/user_code.py`) and handed in.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar, cast

from . import answers, evolve, judge, own_parts, prefer, stages, steps, turns
from .context_fit import fitted
from .errors import BadInput, nearest
from .filters import FILTERS, INSTANCE_FILTERS
from .fold import Fold
from .given import Given
from .prompts import Prompt, parse_prompt
from .recipe import Use
from .rouge import TOKENIZERS, RougeIndex
from .stages import Context

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from .interfaces import Filter, Source, Step
    from .recipe import Recipe, Stage
    from .types import ProtocolName, SeedTask

Made = TypeVar("Made")

SOURCES: dict[str, type[Source]] = {
    "list": stages.ListSource,
    "blocks": stages.BlockSource,
    "given": Given,
    "evolve": evolve.Evolve,
}
STEPS: dict[str, type[Step]] = {
    "classify": steps.Classify,
    "instances": steps.Instances,
    "judge": judge.Judge,
    "answer": answers.Answer,
    "sample": answers.Sample,
    "prefer": prefer.Prefer,
    "turn": turns.Turn,
    "harder": evolve.Harder,
}


@dataclass(frozen=True, slots=True)
class Parts:
    """What a recipe names, made and ready; all of it is pure, so it may serve any number of folds.

    Attributes:
        source: makes candidates.
        steps: what accepted candidates go through, in turn.
        filters: filters of instructions, in order.
        instance_filters: filters of instances, of all stages in turn.
        stops: the stop texts of each stage, where it has any and no schema binds its answers.
    """

    source: Source
    steps: tuple[Step, ...]
    filters: tuple[Filter, ...]
    instance_filters: tuple[Filter, ...]
    stops: Mapping[str, tuple[str, ...]]

    @property
    def count(self) -> int | None:
        """How many tasks the source has to give; None for one that asks a model for them."""
        return getattr(self.source, "count", None)


def build(recipe: Recipe, seeds: Sequence[SeedTask], *, seed: int, **how: Any) -> Fold:  # noqa: ANN401 - the arguments of `parts`
    """Return the fold of a recipe, at its beginning (arguments and errors as for `parts`)."""
    return fold_of(recipe, seeds, seed, parts(recipe, seeds, seed=seed, **how))


def fold_of(recipe: Recipe, seeds: Sequence[SeedTask], seed: int, made: Parts) -> Fold:
    """Return the fold of a recipe whose parts are made, at its beginning."""
    return Fold(
        made.source,
        made.steps,
        filters=made.filters,
        index=index_of(recipe),
        seeds=seeds,
        seed=seed,
        lag=recipe.lag,
        keep=recipe.similarity.keep,
        repeats=recipe.similarity.repeats,
        stops=made.stops,
    )


def index_of(recipe: Recipe) -> RougeIndex:
    """Return an empty ROUGE-L index with the threshold and tokenizer of a recipe."""
    return RougeIndex(recipe.similarity.threshold, TOKENIZERS[recipe.similarity.tokenizer])


def parts(  # noqa: PLR0913 - all that requests depend on besides the recipe
    recipe: Recipe,
    seeds: Sequence[SeedTask],
    *,
    seed: int = 0,
    protocol: ProtocolName = "chat",
    models: Mapping[str, str] | None = None,
    context: int = 0,
    own: Mapping[str, object] | None = None,
) -> Parts:
    """Return the source, steps and filters of a recipe.

    Args:
        recipe: the recipe.
        seeds: the seed tasks.
        seed: the run's seed.
        protocol: how requests are put.
        models: model name by stage; "" is the name for all other stages.
        context: tokens that prompt and answer may have together; 0 for any.
        own: the user's own parts by the name that the recipe gives them.

    Raises:
        BadInput: if the recipe names a part, an option or a prompt file that is not there, or a
            part of the user's own does not do what its protocol says.
    """
    if recipe.similarity.tokenizer not in TOKENIZERS:
        raise BadInput(
            f"use recipe {recipe.name}",
            f"there is no tokenizer {recipe.similarity.tokenizer!r}"
            + nearest(recipe.similarity.tokenizer, TOKENIZERS),
            f"Tokenizers: {', '.join(sorted(TOKENIZERS))}.",
        )
    all_stages = (recipe.source, *recipe.steps)
    stages = [stage.name for stage in all_stages]
    for name in models or {}:
        if name and name not in stages:
            raise BadInput(
                f"use a model for stage {name!r}",
                f"recipe {recipe.name} has no such stage{nearest(name, stages)}",
                f"Its stages: {', '.join(stages)}.",
            )
    maker = _Maker(recipe, tuple(seeds), seed, protocol, models or {}, context, own or {})
    by_stage = [maker.filters(stage.instance_filters, "instance_filter") for stage in all_stages]
    return Parts(
        source=maker.stage("source", SOURCES, recipe.source, by_stage[0]),
        steps=tuple(
            maker.stage("step", STEPS, stage, found)
            for stage, found in zip(recipe.steps, by_stage[1:], strict=True)
        ),
        filters=maker.filters(recipe.source.filters, "filter"),
        instance_filters=tuple(each for found in by_stage for each in found),
        stops={s.name: s.decoding.stop for s in all_stages if s.decoding.stop}
        if protocol != "schema"
        else {},
    )


@dataclass(frozen=True, slots=True)
class _Maker:
    """Makes the parts of one recipe."""

    recipe: Recipe
    seeds: tuple[SeedTask, ...]
    seed: int
    protocol: ProtocolName
    models: Mapping[str, str]
    context: int
    own: Mapping[str, object]

    @property
    def what(self) -> str:
        return f"use recipe {self.recipe.name}"

    def stage(
        self, kind: str, built_in: Mapping[str, type[Made]], stage: Stage, found: tuple[Filter, ...]
    ) -> Made:
        """Return a source or a step that shows as many examples as the context has room for."""
        factory = self._find(kind, stage.part.use, built_in)
        context = Context(
            name=stage.name,
            prompt_name=stage.prompt,
            find_prompt=self._prompt,
            files=self.recipe.files,
            decoding=stage.decoding,
            protocol=self.protocol,
            model=self.models.get(stage.name, self.models.get("", "")),
            seed=self.seed,
            seeds=self.seeds,
            instance_filters=found,
        )

        def make(options: Mapping[str, int], longest: int) -> Made:
            part = Use(stage.part.use, {**stage.part.options, **options})
            shorter = replace(context, decoding=replace(stage.decoding, max_tokens=longest))
            return self._make(kind, part, factory, shorter)

        def guarded(options: Mapping[str, int], longest: int) -> Made:
            made = make(options, longest)
            return own_parts.guarded_stage(kind, stage.part.use, made, self.seeds)

        names = tuple(inspect.signature(factory).parameters)
        how = guarded if ":" in stage.part.use else make
        return cast("Made", fitted(kind, stage, self.context, self.seeds, names, how))

    def filters(self, uses: Sequence[Use], kind: str) -> tuple[Filter, ...]:
        """Return filters; a factory with a parameter `seeds` is given the seed instructions."""
        built_in = FILTERS if kind == "filter" else INSTANCE_FILTERS
        made = []
        for use in uses:
            factory = self._find(kind, use.use, built_in)
            options = dict(use.options)
            if "seeds" in inspect.signature(factory).parameters:
                options.setdefault("seeds", tuple(task.instruction for task in self.seeds))
            one = self._make(kind, Use(use.use, options), factory)
            if ":" in use.use:
                one = own_parts.guarded_filter(kind, use.use, one, self.seeds)
            made.append(one)
        return tuple(made)

    def _prompt(self, name: str, allowed: Sequence[str]) -> Prompt | None:
        path = f"{name}.{self.protocol}.txt"
        if path not in self.recipe.files and self.protocol == "schema":
            path = f"{name}.chat.txt"  # the stage adds what JSON it wants
        if path not in self.recipe.files:
            return None
        return parse_prompt(self.recipe.files[path], path, self.protocol, frozenset(allowed))

    def _find(
        self, kind: str, name: str, built_in: Mapping[str, Callable[..., Made]]
    ) -> Callable[..., Made]:
        if name in built_in:
            return built_in[name]
        if name in self.own:
            return cast("Callable[..., Made]", self.own[name])
        raise BadInput(
            self.what,
            f"there is no {kind} {name!r}{nearest(name, built_in)}",
            f"Built in: {', '.join(sorted(built_in))}; your own: file.py:Name or module:Name.",
        )

    def _make(self, kind: str, use: Use, factory: Callable[..., Made], *args: object) -> Made:
        takes = inspect.signature(factory)
        try:
            takes.bind(*args, **use.options)
        except TypeError as error:
            options, why = [*takes.parameters][len(args) :], str(error)
            if unknown := [name for name in use.options if name not in options]:
                why = f"it has no option {unknown[0]!r}{nearest(unknown[0], options)}"
            raise BadInput(self.what, f"{kind} {use.use!r}: {why}", f"It takes {takes}.") from None
        for name, value in use.options.items():
            wanted = str(takes.parameters[name].annotation) if name in takes.parameters else ""
            told, fits = _KINDS.get(wanted.removesuffix(" | None"), ("", None))
            if fits is not None and not fits(value):
                why = f"{kind} {use.use!r}: {name} = {value!r} must be {told}"
                raise BadInput(self.what, why, "Fix its options in recipe.toml.")
        try:
            return factory(*args, **use.options)
        except (TypeError, ValueError) as error:
            raise BadInput(
                self.what, f"{kind} {use.use!r}: {error}", "Fix its options in recipe.toml."
            ) from error


_KINDS: Mapping[str, tuple[str, Callable[[Any], bool]]] = {
    "int": ("an integer of 0 or more", lambda value: type(value) is int and value >= 0),
    "bool": ("true or false", lambda value: isinstance(value, bool)),
    "str": ("a text", lambda value: isinstance(value, str)),
    "Sequence[str]": (
        "a list of texts",
        lambda value: isinstance(value, list | tuple) and all(isinstance(v, str) for v in value),
    ),
}
"""What an option may be, by the type that the part's maker gives it: words, and whether it is."""
