"""What a judge lets itself be led by is found out, and what chance may do is not accused."""

from __future__ import annotations

from math import comb
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from selfinstruct.method.bias import (
    beyond_chance,
    bias,
    preference_bias,
    score_bias,
    spearman,
)
from selfinstruct.method.types import Instance, Origin, Task


def pair(chosen: int, rejected: int) -> dict[str, Any]:
    """Return a preference between answers of so many words."""
    return {"chosen": "a " * chosen, "rejected": "b " * rejected, "first_won": 1}


@given(st.integers(1, 400), st.data())
def test_beyond_chance_is_never_called_more_often_than_one_in_a_hundred(
    of: int, data: st.DataObject
) -> None:
    """What the rule calls beyond chance has less than 1 % by the exact distribution, both sides."""
    won = data.draw(st.integers(0, of))
    far = abs(2 * won - of)
    exact = sum(comb(of, k) for k in range(of + 1) if abs(2 * k - of) >= far) / 2**of
    if beyond_chance(won, of):
        assert exact < 0.0101
    else:
        assert exact > 0.005


def test_a_judge_that_likes_the_first_place_is_found_out() -> None:
    """By the pairs that turn with the order; those that do not, say nothing of it."""
    found = preference_bias(
        [pair(5, 5)] * 40, ["A, A"] * 30 + ["B, B"] * 4 + ["A, tie", "tie, tie"]
    )
    assert found is not None
    assert (found["pairs"], found["ties"], found["leaning"]) == (40, 36, [31, 35])
    assert found["first_won"] == (40 + 60 + 1) / (80 + 68 + 1)
    assert " ".join(found["told"]) == (
        "The judge prefers the answer shown first: of the 35 pairs that turned with the order it "
        "chose that one in 31; even chances give 17.5, give or take 8.1 (binomial, 99 %)."
    )
    (told,) = preference_bias([], ["B, B"] * 30 + ["tie, A"] * 3)["told"]  # type: ignore[index]
    assert told.startswith("The judge prefers the answer shown second: of the 33 pairs")


def test_a_judge_that_likes_length_is_found_out() -> None:
    """With the mean lengths, and the shorter as well as the longer."""
    found = preference_bias([pair(30, 10)] * 30 + [pair(10, 30)] * 5 + [pair(9, 9)], [])
    assert found is not None
    assert found["longer_won"] == 30 / 35
    assert found["chosen_words"] == pytest.approx((900 + 50 + 9) / 36)
    assert found["rejected_words"] == pytest.approx((300 + 150 + 9) / 36)
    (told,) = found["told"]
    assert told.startswith(
        "The judge prefers the longer answer: it chose that one in 30 of the 35 pairs whose lengths"
    )
    (told,) = preference_bias([pair(1, 2)] * 30, [])["told"]  # type: ignore[index]
    assert told.startswith("The judge prefers the shorter answer: it chose that one in 30 of")


def test_a_fair_judge_is_not_accused() -> None:
    """Nor one of whom too little is known."""
    fair = [pair(3, 9), pair(9, 3)] * 20
    found = preference_bias(fair, ["A, A", "B, B"] * 10 + ["A, A"] * 5)
    assert found is not None
    assert found["told"] == []
    few = preference_bias([pair(9, 3)] * 5, ["A, A"] * 5)
    assert few is not None
    assert few["told"] == []
    assert preference_bias([], []) is None
    only = preference_bias([], ["tie, tie"])
    assert only is not None
    assert (only["first_won"], only["longer_won"], only["chosen_words"]) == (None, None, None)


def test_scores_that_go_with_length_are_found_out() -> None:
    """By Spearman's rank correlation, from ten tasks on."""
    found = score_bias([(1 + n // 10, n) for n in range(100)])
    assert found is not None
    assert found["correlation"] > 0.99
    assert found["told"][0].startswith("The judge prefers longer outputs: Spearman's rank")
    shorter = score_bias([(10 - n // 10, n) for n in range(100)])
    assert shorter is not None
    assert "shorter outputs" in shorter["told"][0]
    none = score_bias([(n % 7, (n * 31) % 97) for n in range(97)])
    assert none is not None
    assert none["told"] == []
    weak = score_bias([(n if n % 8 == 0 else (n * 617) % 3001, n) for n in range(3000)])
    assert weak is not None
    assert 2.576 / 3000**0.5 < weak["correlation"] < 0.2
    assert weak["told"] == []
    few = score_bias([(n, n) for n in range(1, 6)])
    assert few is not None
    assert (few["tasks"], few["correlation"], few["told"]) == (5, 1.0, [])
    same = score_bias([(7, 3), (7, 9)])
    assert same is not None
    assert (same["tasks"], same["correlation"], same["told"]) == (2, None, [])
    assert score_bias([]) is None


@given(st.lists(st.tuples(st.integers(1, 10), st.integers(0, 50)), min_size=2))
def test_spearman_is_the_correlation_of_ranks(rows: list[tuple[int, int]]) -> None:
    """With equal values at their mean rank; between -1 and 1, and the same both ways."""

    def ranks(values: list[int]) -> list[float]:
        return [
            sum(other < value for other in values) + (values.count(value) + 1) / 2
            for value in values
        ]

    one, other = [row[0] for row in rows], [row[1] for row in rows]
    x, y = ranks(one), ranks(other)
    mean = (len(rows) + 1) / 2
    across = sum((a - mean) * (b - mean) for a, b in zip(x, y, strict=True))
    within = sum((a - mean) ** 2 for a in x) * sum((b - mean) ** 2 for b in y)
    found = spearman(one, other)
    assert found == spearman(other, one)
    if within == 0:
        assert found is None
    else:
        assert found == pytest.approx(across / within**0.5)


def test_a_judge_that_tells_little_apart_is_found_out() -> None:
    """By nine of ten tasks with one score, those below the floor among them; not by eight."""
    found = score_bias([(8, n) for n in range(18)], [2, 1])
    assert found is not None
    assert found["counts"] == {"1": 1, "2": 1, "8": 18}
    assert found["told"] == ["The judge tells little apart: 18 of 20 tasks have the score 8."]
    for fewer in (score_bias([(8, n) for n in range(16)], [2, 1, 3, 1]), score_bias([(8, 1)] * 9)):
        assert fewer is not None
        assert fewer["told"] == []


def test_a_run_is_counted_by_the_steps_it_has() -> None:
    """What the floor turned down counts with its score; what a given task brings does not count."""
    answer = (Instance("", "La la la."),)
    extra = {"score": 9, "reason": "", "preference": pair(3, 2)}
    tasks = [Task(Origin(0, 0), "Sing.", None, answer, extra)]
    rejected: list[dict[str, Any]] = [
        {"reason": "judged below the floor", "value": 2},
        {"reason": "undecided", "value": "Hm."},
        {"reason": "tie", "value": "A, A"},
        {"reason": "refusal", "value": None},
    ]
    judged = bias(tasks, rejected, {"judge"})
    assert judged["preference"] is None
    assert judged["score"]["counts"] == {"2": 1, "9": 1}
    preferred = bias(tasks, rejected, {"prefer", "sample"})
    assert preferred["score"] is None
    assert (preferred["preference"]["pairs"], preferred["preference"]["ties"]) == (1, 1)
    assert bias(tasks, rejected, {"answer"}) == {"preference": None, "score": None}
    assert bias([], [], {"judge", "prefer"}) == {"preference": None, "score": None}
