"""Which rows an export has."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from selfinstruct.method.errors import BadInput, Refused
from selfinstruct.views.export.options import Bounds, Choice, read_bounds
from selfinstruct.views.export.rows import choose
from selfinstruct.views.review import Answer, append_answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from selfinstruct.views.export.row import Row
    from selfinstruct.views.view import Run

    Make = Callable[..., Run]

TWO = [{"input": "Rhine", "output": "Yes"}, {"input": "Alps", "output": "No"}]


def ids(run: Run, **wanted: Any) -> list[str]:
    return [row.id for row in choose(run, Choice(**wanted))]


def test_each_instance_is_a_row_of_its_own(make_run: Make) -> None:
    """Rows come in task order, and an id names the task and the instance."""
    assert ids(make_run([{"instances": TWO}, {}])) == ["0.0/0", "0.0/1", "1.0/0"]


def test_one_per_task_keeps_the_first_that_passes(make_run: Make) -> None:
    """A filter of instances comes before the choice of one."""
    run = make_run([{"instances": TWO}, {}])
    assert ids(run, one_per_task=True) == ["0.0/0", "1.0/0"]
    words = {"input": Bounds(1), "output": Bounds()}
    assert ids(run, one_per_task=True, words=words) == ["0.0/0"]


def test_words_are_bounded_on_both_sides(make_run: Make) -> None:
    """Bounds hold their ends; words are what stands between blanks."""
    texts = ["one", "one two", "one two  three"]
    run = make_run([{"instances": [{"input": "", "output": text}]} for text in texts])
    assert ids(run, words={"output": Bounds(2, 2)}) == ["1.0/0"]
    assert ids(run, words={"output": Bounds(most=2)}) == ["0.0/0", "1.0/0"]


def test_words_of_an_unknown_text_are_an_error(make_run: Make) -> None:
    """The error names the texts there are."""
    with pytest.raises(BadInput, match="instruction, input, output"):
        ids(make_run([{}]), words={"answer": Bounds(1)})


def test_class_is_chosen(make_run: Make) -> None:
    """A task whose class nobody decided is of neither."""
    run = make_run([{"is_classification": c} for c in (True, False, None)])
    assert ids(run, is_classification=True) == ["0.0/0"]
    assert ids(run, is_classification=False) == ["1.0/0"]
    assert len(ids(run)) == 3


def test_scores_of_steps_are_bounded(make_run: Make) -> None:
    """A number is found by name or path; a task without it is left out, a seed task is not."""
    run = make_run(
        [{"extra": {"quality": 4, "judge": {"score": 0.2}}}, {"extra": {"quality": 2}}, {}]
    )
    assert ids(run, scores={"quality": Bounds(3)}) == ["0.0/0"]
    assert ids(run, scores={"judge.score": Bounds(most=0.5)}) == ["0.0/0"]
    assert ids(run, scores={"quality": Bounds()}, include_seeds=True)[0] == "seed-001/0"


@pytest.mark.parametrize("name", ["colour", "quality.deep", "said", "good"])
def test_a_score_that_no_task_has_is_an_error(make_run: Make, name: str) -> None:
    """A name with a typing error must not give an empty data set; only numbers are scores."""
    run = make_run([{"extra": {"quality": 4, "said": "high", "good": True}}])
    with pytest.raises(BadInput, match=name):
        ids(run, scores={name: Bounds(1)})


def test_rows_of_a_verb_are_capped(make_run: Make) -> None:
    """After the cap, no root verb has more rows than it; the others are untouched."""
    texts = ["Name a river.", "Name a lake.", "Describe a river.", "name a sea."]
    run = make_run([{"instruction": text} for text in texts])
    assert ids(run, per_verb=1) == ["0.0/0", "2.0/0"]
    assert ids(run, per_verb=2) == ["0.0/0", "1.0/0", "2.0/0"]


def test_what_a_review_turned_down_is_left_out_when_asked(make_run: Make) -> None:
    """All rows of such a task go; a task nobody looked at, or found right, stays."""
    run = make_run([{"instances": TWO}, {}, {}])
    for task, right in (("0.0", False), ("1.0", True)):
        answers = {"task": True, "input": True, "output": right}
        append_answer(run.spec.folder.path / "review.jsonl", Answer(task, 0, answers))
    assert ids(run, reviewed=True) == ["1.0/0", "2.0/0"]
    assert len(ids(run)) == 4


def test_shuffle_is_a_fixed_order_of_the_same_rows(make_run: Make) -> None:
    """The same seed gives the same order, another seed another; a limit comes after it."""
    run = make_run([{}] * 50)
    first = ids(run, shuffle=1)
    assert first == ids(run, shuffle=1) != ids(run, shuffle=2)
    assert Counter(first) == Counter(ids(run))
    assert ids(run, shuffle=1, limit=7) == first[:7]


def test_a_task_that_stands_twice_is_refused(make_run: Make) -> None:
    """No id is given out twice."""
    with pytest.raises(Refused, match=r"task 0\.0 stands twice"):
        ids(make_run([{}, {"id": "0.0"}]))


def test_a_seed_task_with_the_id_of_a_task_is_an_error(make_run: Make) -> None:
    """Ids stay unique with seed tasks in the export, or it is said why not."""
    run = make_run([{"id": "seed-001"}])
    assert ids(run) == ["seed-001/0"]
    with pytest.raises(BadInput, match="share the id seed-001"):
        ids(run, include_seeds=True)


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("a \ud83d\ude00 face", "a \N{GRINNING FACE} face"),
        ("half \ud83d of it", "half \N{REPLACEMENT CHARACTER} of it"),
        ("\ude00", "\N{REPLACEMENT CHARACTER}"),
    ],
)
def test_lone_surrogates_are_replaced_and_pairs_joined(
    make_run: Make, text: str, clean: str
) -> None:
    """UTF-8 cannot hold a lone surrogate, which some replies have."""
    instances = [{"input": text, "output": text}]
    (row,) = choose(make_run([{"instruction": text, "instances": instances}]), Choice())
    assert (row.instruction, row.input, row.output) == (clean, clean, clean)


@pytest.mark.parametrize(
    ("text", "bounds"),
    [("output=3:50", Bounds(3, 50)), ("a=b=:2.5", Bounds(most=2.5)), ("output=3:", Bounds(3))],
)
def test_bounds_are_read_and_written(text: str, bounds: Bounds) -> None:
    """What is read is what is written in the card's command."""
    ((name, found),) = read_bounds("--words", [text]).items()
    assert (f"{name}={found}", found) == (text, bounds)


@pytest.mark.parametrize("text", ["output", "output=3", "=3:4", "output=5:3", "output=a:b", ""])
def test_what_is_no_bounds_is_an_error(text: str) -> None:
    """The error shows the form."""
    with pytest.raises(BadInput, match="NAME=LEAST:MOST"):
        read_bounds("--words", [text])


def test_bounds_given_twice_are_an_error() -> None:
    """Which of the two holds would be a guess."""
    with pytest.raises(BadInput, match="twice"):
        read_bounds("--words", ["output=1:", "output=:2"])


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None
)
@given(
    least=st.integers(0, 6),
    per_verb=st.none() | st.integers(1, 3),
    shuffle=st.none() | st.integers(0, 3),
    limit=st.none() | st.integers(0, 9),
    one=st.booleans(),
)
def test_every_choice_gives_some_of_all_rows_once(
    make_run: Make,
    *,
    least: int,
    per_verb: int | None,
    shuffle: int | None,
    limit: int | None,
    one: bool,
) -> None:
    """Filters never invent, change or repeat a row."""
    run = make_run([{"instances": TWO * (place % 3 + 1)} for place in range(6)])
    every = {row.id: row for row in choose(run, Choice())}
    rows: list[Row] = choose(
        run,
        Choice(
            one_per_task=one,
            words={"instruction": Bounds(least)},
            per_verb=per_verb,
            shuffle=shuffle,
            limit=limit,
        ),
    )
    assert len({row.id for row in rows}) == len(rows)
    assert all(every[row.id] == row for row in rows)
    assert limit is None or len(rows) <= limit
