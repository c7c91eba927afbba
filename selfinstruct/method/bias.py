"""What a judge lets itself be led by: the place in which an answer is shown, and its length.

All is counted from what the steps `prefer` and `judge` have left in tasks and rejections. A count
of `won` out of `of` even chances is more than chance allows where |2 won - of| is above
1 + 2.576 sqrt(of): the binomial distribution by its normal approximation, with a correction for
continuity, 99 %.
"""

from __future__ import annotations

from collections import Counter
from math import sqrt
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from .types import Instance

SURE = 2.576
"""Standard errors on either side of what chance allows: 99 %."""
LEAST = 10
"""Tasks before a correlation, or the sameness of scores, is spoken of."""
WEAK = 0.2
"""A rank correlation below this is not spoken of, however sure: among thousands all are."""
SAME = 0.9
"""Share of tasks with one and the same score from which scores are said to tell little apart."""

Json = dict[str, Any]


def beyond_chance(won: int, of: int) -> bool:
    """Tell whether `won` out of `of` even chances is more, or less, than chance allows (99 %)."""
    return abs(2 * won - of) > 1 + SURE * sqrt(of)


class Judged(Protocol):
    """A complete task, as far as a judge's bias is read from it."""

    @property
    def instances(self) -> Sequence[Instance]:
        """The first stood before the judge."""

    @property
    def extra(self) -> Mapping[str, Any]:
        """What the steps added."""


def bias(
    tasks: Iterable[Judged], rejected: Iterable[Mapping[str, Any]], steps: Collection[str]
) -> Json:
    """Return how a run's judges were led, as `preference_bias` and `score_bias` give it.

    Args:
        tasks: complete tasks.
        rejected: rejections, each with `reason` and `value`.
        steps: which steps the recipe uses: what given tasks bring from an earlier judge is not
            this run's.

    Returns:
        `preference` and `score`, each None where its step is not used or nothing was judged.
    """
    values = [(row["reason"], row["value"]) for row in rejected]
    complete = list(tasks)
    preference = score = None
    if "prefer" in steps:
        ties = [str(value) for reason, value in values if reason == "tie"]
        preference = preference_bias([task.extra["preference"] for task in complete], ties)
    if "judge" in steps:
        below = [value for reason, value in values if reason == "judged below the floor"]
        rows = [(task.extra["score"], words(task.instances[0].output)) for task in complete]
        score = score_bias(rows, below)
    return {"preference": preference, "score": score}


def words(text: str) -> int:
    """Return how many words a text has, split at blanks."""
    return len(text.split())


def preference_bias(preferences: Iterable[Any], ties: Iterable[str]) -> Json | None:
    """Return how places and lengths fared where two answers were judged in both orders.

    Args:
        preferences: `extra["preference"]` of each task.
        ties: what the two orders said of each pair that was left out, such as "A, A".

    Returns:
        `pairs` that were decided, and `ties`; `first_won`: the share of orders won by the place
        shown first; `leaning`: pairs that the order turned, or half turned, and how many of them
        the first place won; `chosen_words` and `rejected_words`: mean lengths; `longer_won`: the
        share of pairs of different lengths won by the longer answer; `told`: a statement for each
        of these that is beyond what chance allows. Shares and means are None where there is none.
        None where there is neither a pair nor a tie.
    """
    pairs = list(preferences)
    orders = [told.split(", ") for told in ties]
    if not pairs and not orders:
        return None
    first = sum(pair["first_won"] for pair in pairs) + sum(each.count("A") for each in orders)
    decided = 2 * len(pairs) + sum(len(each) - each.count("tie") for each in orders)
    leans = [each.count("A") - each.count("B") for each in orders]
    leaning, to_first = sum(map(bool, leans)), sum(lean > 0 for lean in leans)
    lengths = [(words(pair["chosen"]), words(pair["rejected"])) for pair in pairs]
    differing = sum(chosen != rejected for chosen, rejected in lengths)
    longer = sum(chosen > rejected for chosen, rejected in lengths)
    told = []
    if beyond_chance(to_first, leaning):
        place = "first" if 2 * to_first > leaning else "second"
        won = max(to_first, leaning - to_first)
        told.append(
            f"The judge prefers the answer shown {place}: of the {leaning:,} pairs that turned "
            f"with the order it chose that one in {won:,}; {_allowed(leaning)}."
        )
    if beyond_chance(longer, differing):
        kind = "longer" if 2 * longer > differing else "shorter"
        won = max(longer, differing - longer)
        told.append(
            f"The judge prefers the {kind} answer: it chose that one in {won:,} of the "
            f"{differing:,} pairs whose lengths differ; {_allowed(differing)}. Look whether it is "
            f"the better one or only the {kind}."
        )
    return {
        "pairs": len(pairs),
        "ties": len(orders),
        "first_won": _share(first, decided),
        "leaning": [to_first, leaning],
        "chosen_words": _share(sum(chosen for chosen, _ in lengths), len(lengths)),
        "rejected_words": _share(sum(rejected for _, rejected in lengths), len(lengths)),
        "longer_won": _share(longer, differing),
        "told": told,
    }


def score_bias(scores: Iterable[tuple[int, int]], below: Iterable[int] = ()) -> Json | None:
    """Return how scores spread, and how they go with the length of what was judged.

    Args:
        scores: each score, and the words of its output.
        below: scores below the recipe's floor; they count in the spread alone.

    Returns:
        `tasks`, those below the floor included; `counts`: how many tasks have each score;
        `correlation`: Spearman's, of score and length, None where either is always the same;
        `told`: a statement if that is beyond what chance allows, |r| > 2.576 / sqrt(tasks - 1)
        (99 %, from 10 tasks on) and more than 0.2, and one if nine of ten tasks have one and the
        same score. None where nothing was scored.
    """
    rows, low = list(scores), list(below)
    if not rows and not low:
        return None
    counts = Counter([score for score, _ in rows] + low)
    correlation = spearman([score for score, _ in rows], [length for _, length in rows])
    told = []
    allowed = SURE / sqrt(len(rows) - 1) if len(rows) >= LEAST else 1.0
    if correlation is not None and abs(correlation) > max(allowed, WEAK):
        way = "longer" if correlation > 0 else "shorter"
        told.append(
            f"The judge prefers {way} outputs: Spearman's rank correlation of score and length is "
            f"{correlation:.2f} over {len(rows):,} tasks, where chance stays within {allowed:.2f} "
            f"of 0 (99 %). Look whether they are better or only {way}."
        )
    ((most, count),) = counts.most_common(1)
    if counts.total() >= LEAST and count >= SAME * counts.total():
        told.append(
            f"The judge tells little apart: {count:,} of {counts.total():,} tasks have the score "
            f"{most}."
        )
    return {
        "tasks": counts.total(),
        "counts": {str(score): counts[score] for score in sorted(counts)},
        "correlation": correlation,
        "told": told,
    }


def spearman(one: Sequence[int], other: Sequence[int]) -> float | None:
    """Return Spearman's rank correlation, ties by their mean rank; None for a constant side."""
    x, y = _ranks(one), _ranks(other)
    count, total = len(x), sum(x)  # both sides have the same sum of ranks
    across = count * sum(a * b for a, b in zip(x, y, strict=True)) - total * total
    within = [count * sum(a * a for a in side) - total * total for side in (x, y)]
    if not all(within):
        return None
    return across / sqrt(within[0] * within[1])


def _ranks(values: Sequence[int]) -> list[int]:
    """Return twice the rank of each value, whole numbers also where several share one."""
    counts: dict[int, int] = {}
    for value in values:
        counts[value] = counts.get(value, 0) + 1
    ranks, before = {}, 0
    for value in sorted(counts):
        ranks[value] = 2 * before + counts[value] + 1
        before += counts[value]
    return [ranks[value] for value in values]


def _allowed(of: int) -> str:
    half = (1 + SURE * sqrt(of)) / 2
    return f"even chances give {of / 2:,.1f}, give or take {half:,.1f} (binomial, 99 %)"


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
