"""Two runs side by side, and how much of the one is in the other."""

from __future__ import annotations

import textwrap
from statistics import fmean
from typing import TYPE_CHECKING, Any

from selfinstruct.method.plain import one_line
from selfinstruct.method.rouge import TOKENIZERS, RougeIndex

from .stats import stats
from .stats_table import figures, headline, notes, number, share, table

if TYPE_CHECKING:
    from .stats import Facts

    Data = dict[str, Any]


def compare(a: Facts, b: Facts) -> Data:
    """Return the figures of two runs, and how the tasks of the second stand to the first's.

    `same` counts instructions of b that stand in a letter for letter; `near` those with a ROUGE-L
    above a's own threshold to some instruction of a, the same ones included; `nearest` is the mean
    ROUGE-L of b's instructions to the nearest of a. None where one run has no task.
    """
    similarity = a.run.spec.recipe.similarity
    index = RougeIndex(similarity.threshold, TOKENIZERS[similarity.tokenizer])
    index.extend(task.instruction for task in a.tasks)
    known = {task.instruction for task in a.tasks}
    found = [index.top(task.instruction, 1) for task in b.tasks]
    scores = [top[0].score for top in found if top]
    figures_a, figures_b = stats(a), stats(b)
    verbs = [
        {verb["verb"]: verb["count"] for verb in some["verbs"]["most_common"]}
        for some in (figures_a, figures_b)
    ]
    return {
        "a": figures_a,
        "b": figures_b,
        "overlap": {
            "same": sum(task.instruction in known for task in b.tasks),
            "near": sum(score > similarity.threshold for score in scores),
            "nearest": fmean(scores) if scores else None,
            "threshold": similarity.threshold,
            "verbs_of_both": sorted(verbs[0].keys() & verbs[1].keys()),
            "verbs_of_a": sorted(verbs[0].keys() - verbs[1].keys()),
            "verbs_of_b": sorted(verbs[1].keys() - verbs[0].keys()),
        },
    }


def as_text(both: Data) -> str:
    """Return a comparison in lines for a reader."""
    a, b, overlap = both["a"], both["b"], both["overlap"]
    names = [one_line(some["run"]["name"], 24) for some in (a, b)]
    if names[0] == names[1]:
        names = [f"{name} ({letter})" for name, letter in zip(names, "AB", strict=True)]
    rows = [
        (first.name, first.value, second.value, first.paper)
        for first, second in zip(figures(a), figures(b), strict=True)
    ]
    for reason in dict.fromkeys([*a["reasons"], *b["reasons"]]):
        one, other = (
            share(some["reasons"].get(reason, 0), some["counts"]["judged"]) for some in (a, b)
        )
        rows.append((f"turned down: {one_line(reason, 40)}", one, other, ""))
    return "\n".join(
        [
            *(headline(some["run"]) for some in (a, b)),
            "",
            *table(["", *names, "paper"], rows),
            *dict.fromkeys([*notes(a), *notes(b)]),
            "",
            f"tasks of {names[1]} that stand in {names[0]} word for word: {overlap['same']:,}",
            f"  with a ROUGE-L above {overlap['threshold']} to one there: {overlap['near']:,}",
            f"  mean ROUGE-L to the nearest there: {number(overlap['nearest'], 3)}",
            _listed("common root verbs of both", overlap["verbs_of_both"]),
            _listed(f"  only of {names[0]}", overlap["verbs_of_a"]),
            _listed(f"  only of {names[1]}", overlap["verbs_of_b"]),
        ]
    )


def _listed(name: str, verbs: list[str]) -> str:
    return textwrap.fill(f"{name}: {', '.join(verbs) or 'none'}", 100, subsequent_indent=4 * " ")
