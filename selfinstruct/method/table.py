"""The one table of parts: built-in sources, steps and filters by name, and a user's own.

A part is named `words` (built in), `judge.py:Judge` (a file of the recipe's own folder, frozen
with the run) or `package.module:Name` (importable; its code is not part of the run's identity).
"""

from __future__ import annotations

import importlib
import inspect
from dataclasses import dataclass, replace
from types import ModuleType
from typing import TYPE_CHECKING, Any

from . import filters, stages, steps
from .errors import BadInput
from .fitting import fitted, trimmed
from .fold import Fold
from .prompts import Prompt, parse_prompt
from .recipe import Use, parse_recipe
from .rouge import TOKENIZERS, RougeIndex
from .seeds import parse_seeds
from .stages import Context

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from .recipe import Recipe, Stage
    from .types import ProtocolName, SeedTask, Source, Step

BUILT_IN: Mapping[str, Mapping[str, Callable[..., Any]]] = {
    "source": {"list": stages.ListSource, "blocks": stages.BlockSource},
    "step": {"classify": steps.Classify, "instances": steps.Instances},
    "filter": {
        "words": filters.words,
        "keywords": filters.keywords,
        "beginning": filters.beginning,
        "first_character": filters.first_character,
        "beyond_text": filters.beyond_text,
        "language": filters.language,
        "merged_tasks": filters.merged_tasks,
    },
    "instance_filter": {
        "empty_output": filters.empty_output,
        "output_repeats_input": filters.output_repeats_input,
        "ends_in_colon": filters.ends_in_colon,
        "refusal": filters.refusal,
        "placeholder": filters.placeholder,
        "truncated_output": filters.truncated_output,
        "repeats_instruction": filters.repeats_instruction,
        "merged_tasks": filters.merged_instances,
        "url_input": filters.url_input,
        "wrong_arithmetic": filters.wrong_arithmetic,
        "language": filters.instance_language,
    },
}


@dataclass(frozen=True, slots=True)
class Setting:
    """What a recipe is run with: all that its requests depend on besides the recipe.

    Attributes:
        seeds: the seed tasks.
        seed: the run's seed.
        protocol: how requests are put.
        models: model name by stage; "" is the name for all other stages.
        context: tokens that prompt and answer may have together; 0 for any.
    """

    seeds: Sequence[SeedTask]
    seed: int
    protocol: ProtocolName
    models: Mapping[str, str]
    context: int = 0


@dataclass(frozen=True, slots=True)
class Parts:
    """What a recipe names, made and ready.

    Attributes:
        source: makes candidates.
        steps: what accepted candidates go through, in turn.
        rules: filters of instructions, in order.
        instance_rules: filters of instances, of all stages in turn.
    """

    source: Source
    steps: tuple[Step, ...]
    rules: tuple[filters.InstructionFilter, ...]
    instance_rules: tuple[filters.InstanceFilter, ...]


def build(recipe: Recipe, setting: Setting) -> Fold:
    """Return the fold of a recipe, at its beginning.

    Raises:
        BadInput: as `parts` does.
    """
    made = parts(recipe, setting)
    return Fold(
        made.source,
        made.steps,
        rules=made.rules,
        index=index_of(recipe),
        seeds=setting.seeds,
        seed=setting.seed,
        lag=recipe.lag,
        keep=recipe.similarity.keep,
    )


def index_of(recipe: Recipe) -> RougeIndex:
    """Return an empty ROUGE-L index with the threshold and tokenizer of a recipe."""
    return RougeIndex(recipe.similarity.threshold, TOKENIZERS[recipe.similarity.tokenizer])


def parts(recipe: Recipe, setting: Setting) -> Parts:
    """Return the source, steps and filters of a recipe.

    Raises:
        BadInput: if the recipe names a part, an option or a prompt file that is not there.
    """
    own: dict[str, ModuleType] = {}
    if recipe.similarity.tokenizer not in TOKENIZERS:
        raise BadInput(
            f"use recipe {recipe.name}",
            f"there is no tokenizer {recipe.similarity.tokenizer!r}",
            f"Tokenizers: {', '.join(sorted(TOKENIZERS))}.",
        )
    for name in setting.models:
        if name and name not in {stage.name for stage in (recipe.source, *recipe.steps)}:
            raise BadInput(
                f"use a model for stage {name!r}",
                f"recipe {recipe.name} has no such stage",
                f"Its stages: {', '.join(s.name for s in (recipe.source, *recipe.steps))}.",
            )
    all_stages = (recipe.source, *recipe.steps)
    return Parts(
        source=_stage(recipe, "source", recipe.source, setting, own),
        steps=tuple(_stage(recipe, "step", stage, setting, own) for stage in recipe.steps),
        rules=tuple(_rule(recipe, "filter", rule, setting, own) for rule in recipe.source.filters),
        instance_rules=tuple(
            _rule(recipe, "instance_filter", rule, setting, own)
            for stage in all_stages
            for rule in stage.instance_filters
        ),
    )


def restore(  # noqa: PLR0913 - what a run was begun with
    files: Mapping[str, bytes],
    seeds: bytes,
    *,
    name: str,
    seed: int,
    protocol: ProtocolName,
    models: Mapping[str, str],
    context: int = 0,
) -> Fold:
    """Return the fold of a run from the bytes it was begun with (see `build`)."""
    setting = Setting(parse_seeds(seeds, "seed_tasks.jsonl"), seed, protocol, models, context)
    return build(parse_recipe(files, name), setting)


def _stage(
    recipe: Recipe, kind: str, stage: Stage, setting: Setting, own: dict[str, ModuleType]
) -> Any:  # noqa: ANN401 - a source or a step, as the protocols say
    def prompt(name: str, allowed: Sequence[str]) -> Prompt | None:
        path = f"{name}.{setting.protocol}.txt"
        if path not in recipe.files and setting.protocol == "schema":
            path = f"{name}.chat.txt"  # the stage adds what JSON it wants
        if path not in recipe.files:
            return None
        return parse_prompt(recipe.files[path], path, setting.protocol, frozenset(allowed))

    context = Context(
        name=stage.name,
        prompt_name=stage.prompt,
        find_prompt=prompt,
        files=recipe.files,
        decoding=stage.decoding,
        protocol=setting.protocol,
        model=setting.models.get(stage.name, setting.models.get("", "")),
        seed=setting.seed,
        seeds=tuple(setting.seeds),
        instance_rules=tuple(
            _rule(recipe, "instance_filter", rule, setting, own) for rule in stage.instance_filters
        ),
    )

    def make(options: Mapping[str, int], longest: int) -> Any:  # noqa: ANN401 - as above
        part = Use(stage.part.use, {**stage.part.options, **options})
        shorter = replace(context, decoding=replace(stage.decoding, max_tokens=longest))
        return _part(recipe, kind, part, own, shorter)

    names = tuple(inspect.signature(_find(recipe, kind, stage.part.use, own)).parameters)
    part = fitted(kind, stage, setting.context, setting.seeds, names, make)
    return trimmed(kind, part, () if setting.protocol == "schema" else stage.decoding.stop)


def _rule(recipe: Recipe, kind: str, use: Use, setting: Setting, own: dict[str, ModuleType]) -> Any:  # noqa: ANN401 - a filter of that kind
    """Return a filter; a factory with a parameter `seeds` is given the seed instructions."""
    factory = _find(recipe, kind, use.use, own)
    if "seeds" in inspect.signature(factory).parameters and "seeds" not in use.options:
        seeds = tuple(task.instruction for task in setting.seeds)
        use = replace(use, options={**use.options, "seeds": seeds})
    return _part(recipe, kind, use, own)


def _part(recipe: Recipe, kind: str, use: Use, own: dict[str, ModuleType], *args: object) -> Any:  # noqa: ANN401 - whatever the part makes
    what = f"use recipe {recipe.name}"
    factory = _find(recipe, kind, use.use, own)
    takes = inspect.signature(factory)
    try:
        takes.bind(*args, **use.options)
    except TypeError as error:
        raise BadInput(what, f"{kind} {use.use!r}: {error}", f"It takes {takes}.") from None
    for name, value in use.options.items():
        wanted = str(takes.parameters[name].annotation) if name in takes.parameters else ""
        if wanted.startswith("int") and (type(value) is not int or value < 0):
            why = f"{kind} {use.use!r}: {name} = {value!r} is no whole number from 0"
            raise BadInput(what, why, "Mend its options in recipe.toml.")
    try:
        return factory(*args, **use.options)
    except (TypeError, ValueError) as error:
        raise BadInput(
            what, f"{kind} {use.use!r}: {error}", "Mend its options in recipe.toml."
        ) from error


def _find(recipe: Recipe, kind: str, name: str, own: dict[str, ModuleType]) -> Callable[..., Any]:
    what = f"use recipe {recipe.name}"
    built_in = BUILT_IN[kind]
    if ":" not in name:
        if name in built_in:
            return built_in[name]
        raise BadInput(
            what,
            f"there is no {kind} {name!r}",
            f"Built in: {', '.join(sorted(built_in))}; your own: file.py:Name or module:Name.",
        )
    place, _, attribute = name.partition(":")
    try:
        module = _own(recipe, place, own) if place.endswith(".py") else _import(place)
        found = getattr(module, attribute)
    except Exception as error:
        raise BadInput(
            what,
            f"{name!r} cannot be loaded ({type(error).__name__}: {error})",
            "Mend that code, or the name in recipe.toml.",
        ) from error
    if not callable(found):
        raise BadInput(what, f"{name!r} cannot be called", "Name a class or a function.")
    return found  # type: ignore[no-any-return]


def _import(place: str) -> ModuleType:
    return importlib.import_module(place)


def _own(recipe: Recipe, path: str, own: dict[str, ModuleType]) -> ModuleType:
    """Return a module made from a file of the recipe: the frozen copy, not what is on disk."""
    if path not in own:
        module = ModuleType(f"{recipe.name}.{path.removesuffix('.py')}")
        code = compile(recipe.files[path], path, "exec")
        exec(code, module.__dict__)  # noqa: S102 - the user's own code, named by the user
        own[path] = module
    return own[path]
