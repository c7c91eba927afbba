"""The figures of a run: counts, funnel, lengths, structure, similarity, tokens. All is a view.

Every figure that the paper reports stands beside its published value. A run may be unfinished or
live; figures that need at least one task are None where there is none.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from copy import deepcopy
from dataclasses import dataclass
from math import ceil
from statistics import fmean
from typing import TYPE_CHECKING, Any, TypedDict

from selfinstruct.method.bias import bias
from selfinstruct.method.readers.normalise import cleaned
from selfinstruct.method.readers.repairs import repaired
from selfinstruct.method.rouge import TOKENIZERS
from selfinstruct.method.verbs import verb_noun
from selfinstruct.run.caps import prices_in_force
from selfinstruct.run.create import access_of
from selfinstruct.store.journal import read

from . import paper
from .similarity import Similar, clusters, similar
from .spending import SUMS, spending
from .status import status

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from selfinstruct.method.cost import Price
    from selfinstruct.method.rouge import Match
    from selfinstruct.method.types import SeedTask

    from .spending import Spending
    from .view import Record, Run

    Data = dict[str, Any]

BINS = 60
"""Points of the curves over the run, at most."""
SCORE_BINS = 20
"""Bars of a ROUGE-L histogram, each 0.05 wide; a bar holds its upper edge, as the limit does."""
LONGEST = 100
"""Words at which the last bar of a length histogram begins."""
CLUSTER = 0.6
"""ROUGE-L from which two tasks of one data set count as near-duplicates of each other."""
LARGEST = 10
"""Clusters that are shown."""

_BLANKS = re.compile(r"\s+")
_NOISE = 1e-9  # what floats may have too much: 0.2 as 0.20000000000000004, 0.05 * 140 as above 7


@dataclass(frozen=True, slots=True)
class Facts:
    """What the figures are made of: a run, its complete tasks and what it turned down."""

    run: Run
    seeds: Sequence[SeedTask]
    tasks: Sequence[Record]
    rejected: Sequence[Mapping[str, Any]]
    similar: Similar
    spending: Spending


class Stats(TypedDict):
    """What `stats` returns: its parts, as docs/look.md tells them."""

    run: dict[str, Any]
    counts: dict[str, int]
    reasons: dict[str, int]
    repairs: dict[str, int]
    words: dict[str, dict[str, Any]]
    added: dict[str, dict[str, Any]]
    bias: dict[str, Any]
    verbs: dict[str, Any]
    rouge: dict[str, Any]
    curve: list[dict[str, Any]]
    tokens: dict[str, Any]
    cost: dict[str, Any]
    duplicates: dict[str, Any]
    paper: dict[str, Any]


def gather(run: Run, prices: Mapping[str, Price | None] | None = None) -> Facts:
    """Read a run and compare its tasks. Takes about 15 s of CPU for 52,000 tasks.

    Without a model's price in `prices`, tokens are told and no dollars.

    Raises:
        Refused: if a file of the run is damaged.
    """
    seeds, tasks = run.seeds(), list(run.tasks())
    near = similar(
        [seed.instruction for seed in seeds],
        [task.instruction for task in tasks],
        TOKENIZERS[run.spec.recipe.similarity.tokenizer],
    )
    return Facts(run, seeds, tasks, list(run.rejected()), near, spending(run, prices or {}))


def gather_priced(run: Run, given: Sequence[str] = ()) -> Facts:
    """Read a run, with prices given as `--price` takes them, else those it was told, else known.

    Raises:
        BadInput: for a price that cannot be read.
        Refused: as `gather`.
    """
    spec = run.spec
    knobs = {**spec.knobs, "price": [*given]} if given else spec.knobs
    return gather(run, prices_in_force(spec.identity.models, knobs, access_of(spec)))


def stats(facts: Facts) -> Data:
    """Return the figures of a run as JSON can hold them."""
    tasks, spent = facts.tasks, facts.spending
    state = status(facts.run, rest=False)
    return {
        "run": {
            "name": facts.run.spec.folder.path.resolve().name,
            **{name: state[name] for name in _RUN if name in state},
        },
        "counts": _counts(facts, state),
        "reasons": state["reasons"],
        "repairs": _repairs(facts.run),
        "words": _words(tasks),
        "added": _added(tasks),
        "bias": bias(tasks, facts.rejected, _steps(facts.run)),
        "verbs": _verbs(tasks),
        "rouge": _rouge(facts),
        "curve": _curve(facts),
        "tokens": {
            "stages": spent.stages(),
            "kinds": dict(spent.usage.kinds.most_common()),
            "first": spent.usage.first,
            "last": spent.usage.last,
            "course": spent.course(),
        },
        "cost": spent.dollars(len(tasks)),
        "duplicates": _duplicates(facts),
        "paper": deepcopy(paper.FIGURES),
    }


_RUN = (
    *("state", "target", "missing", "recipe", "models", "protocol", "seed", "method"),
    "sent_otherwise",
)


def _counts(facts: Facts, state: Mapping[str, Any]) -> Data:
    tasks = facts.tasks
    instances = [instance for task in tasks for instance in task.instances]
    return {
        "seeds": len(facts.seeds),
        "seed_classification": sum(seed.is_classification is True for seed in facts.seeds),
        "tasks": len(tasks),
        "classification": sum(task.is_classification is True for task in tasks),
        "undecided": sum(task.is_classification is None for task in tasks),
        "instances": len(instances),
        "empty_inputs": sum(not instance.input for instance in instances),
        "judged": len(tasks) + len(facts.rejected),
        "rejected": len(facts.rejected),
        **{name: int(state.get(name, 0)) for name in _PROGRESS},
    }


_PROGRESS = (
    "candidates", "accepted", "open", "surplus", "generation_requests", "replies", "spare",
    "adopted",
)  # fmt: skip


def _repairs(run: Run) -> dict[str, int]:
    """Return how many replies needed each repair to be read, the most frequent first.

    Spare replies count too; a reply in JSON needs none.
    """
    recipe, found = run.spec.recipe, Counter[str]()
    readers = {stage.name: stage.part.use for stage in (recipe.source, *recipe.steps)}
    for entry in read(run.spec.folder.journal):
        if entry.reply.kind == "text":
            reader = readers.get(entry.reply.key.stage, "")
            text, names = cleaned(entry.reply.text)
            found.update(names + repaired(reader, text)[1])
    return dict(found.most_common())


def _steps(run: Run) -> set[str]:
    return {step.part.use for step in run.spec.recipe.steps}


def _words(tasks: Sequence[Record]) -> Data:
    texts = {
        "instruction": [task.instruction for task in tasks],
        "input": [i.input for task in tasks for i in task.instances if i.input],
        "output": [i.output for task in tasks for i in task.instances],
    }
    found = {}
    for name, some in texts.items():
        lengths = [len(text.split()) for text in some]
        count = Counter(min(length, LONGEST) for length in lengths)
        found[name] = {
            "count": len(lengths),
            **_spread(lengths),
            "longest": max(lengths, default=None),
            "histogram": [count[length] for length in range(LONGEST + 1)] if lengths else [],
        }
    return found


def _added(tasks: Sequence[Record]) -> Data:
    """Return the numbers that the recipe's steps added, by name, as `export --score` names them."""
    values: defaultdict[str, list[float]] = defaultdict(list)
    for task in tasks:
        for name, value in _numbers(task.extra):
            values[name].append(value)
    return {name: {"count": len(some), **_spread(some)} for name, some in sorted(values.items())}


def _numbers(extra: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, float]]:
    for name, value in extra.items():
        if isinstance(value, dict):
            yield from _numbers(value, f"{path}{name}.")
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield path + name, float(value)


def _verbs(tasks: Sequence[Record]) -> Data:
    nouns: defaultdict[str, Counter[str]] = defaultdict(Counter)
    found = [verb_noun(task.instruction) for task in tasks]
    verbs = Counter(some.verb for some in found if some.verb is not None)
    for some in found:
        if some.verb is not None and some.noun is not None:
            nouns[some.verb][some.noun] += 1
    with_noun = {verb: some.total() for verb, some in nouns.items()}
    most = sorted(with_noun, key=lambda verb: (-with_noun[verb], verb))[: paper.ROOT_VERBS]
    shown = [  # the most common nouns first, ties by alphabet
        (verb, sorted(nouns[verb].items(), key=lambda noun: (-noun[1], noun[0]))[: paper.NOUNS])
        for verb in most
    ]
    return {
        "with_verb": verbs.total(),
        "different_verbs": len(verbs),
        "with_noun": sum(with_noun.values()),
        "different_pairs": sum(len(some) for some in nouns.values()),
        "shown": sum(count for _, top in shown for _, count in top),
        "most_common": [
            {
                "verb": verb,
                "count": with_noun[verb],
                "nouns": [{"noun": noun, "count": count} for noun, count in top],
            }
            for verb, top in shown
        ],
    }


def _rouge(facts: Facts) -> Data:
    sides = {"seed": facts.similar.seed, "earlier": facts.similar.earlier}
    drift = [
        {"tasks": end, **{name: _mean(_known(some[start:end])) for name, some in sides.items()}}
        for start, end in _ranges(len(facts.tasks))
    ]
    return {**{name: _scores(some) for name, some in sides.items()}, "drift": drift}


def _scores(matches: Iterable[Match | None]) -> Data:
    scores = _known(matches)
    bars = Counter(max(0, ceil(score * SCORE_BINS - _NOISE) - 1) for score in scores)
    histogram = [bars[bar] for bar in range(SCORE_BINS)] if scores else []
    return {**_spread(scores), "histogram": histogram}


def _known(matches: Iterable[Match | None]) -> list[float]:
    """Return the scores; the first task has no earlier one, and so no score."""
    return [match.score for match in matches if match is not None]


def _curve(facts: Facts) -> list[Data]:
    """Return what became of the generation requests, in ranges of them, and what that cost."""
    near: defaultdict[int, list[tuple[Match | None, ...]]] = defaultdict(list)
    pairs = zip(facts.similar.seed, facts.similar.earlier, strict=True)
    for task, pair in zip(facts.tasks, pairs, strict=True):
        near[_ordinal(task.id)].append(pair)
    rejected = Counter(_ordinal(row["id"]) for row in facts.rejected)
    spent = facts.spending
    points: list[Data] = []
    so_far: Data = {"tasks": 0, **dict.fromkeys(SUMS, 0), "cost": 0.0}
    for start, end in _ranges(max([*near, *rejected], default=-1) + 1):
        requests = range(start, end)
        found = [pair for n in requests for pair in near.get(n, ())]
        so_far["tasks"] += len(found)
        for name in SUMS:
            so_far[name] += sum(spent.requests[n][name] for n in requests if n in spent.requests)
        points.append(
            {
                "requests": end,
                "judged": len(found) + sum(rejected[n] for n in requests),
                "complete": len(found),
                "seed": _mean(_known(seed for seed, _ in found)),
                "earlier": _mean(_known(earlier for _, earlier in found)),
                **so_far,
                "cost": so_far["cost"] if spent.known else None,
            }
        )
    return points


def _ordinal(identity: str) -> int:
    return int(identity.partition(".")[0])


def _duplicates(facts: Facts) -> Data:
    found = clusters(facts.similar.earlier, CLUSTER)
    texts = Counter(
        _BLANKS.sub(" ", f"{task.instruction}\0{i.input}\0{i.output}").casefold()
        for task in facts.tasks
        for i in task.instances
    )
    outputs = Counter(i.output for task in facts.tasks for i in task.instances)
    return {
        "least": CLUSTER,
        "clusters": len(found),
        "tasks_in_clusters": sum(len(group) for group in found),
        "largest": [
            {
                "size": len(group),
                "ids": [facts.tasks[n].id for n in group[:5]],
                "example": facts.tasks[group[0]].instruction,
            }
            for group in found[:LARGEST]
        ],
        "repeated_records": texts.total() - len(texts),
        "repeated_outputs": outputs.total() - len(outputs),
    }


def _ranges(count: int) -> Iterable[tuple[int, int]]:
    """Yield at most BINS ranges of nearly equal size that make up 0 ... count."""
    bins = min(BINS, count)
    for i in range(bins):
        yield i * count // bins, (i + 1) * count // bins


def _mean(values: Sequence[float]) -> float | None:
    return fmean(values) if values else None


def _spread(values: Sequence[float]) -> Data:
    """Return the mean, and the smallest values that 5, 50 and 95 % of the values do not exceed."""
    ordered = sorted(values)
    found: Data = {"mean": _mean(values)}
    for name, share in (("median", 0.5), ("p5", 0.05), ("p95", 0.95)):
        place = max(0, ceil(share * len(ordered) - _NOISE) - 1)
        found[name] = ordered[place] if ordered else None
    return found
