"""The step that prefers one of two answers, in both orders."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from selfinstruct.method.answers import answers_of
from selfinstruct.method.types import Again, Origin, Rejected, Task
from tests.method.one_stage import TASK, other, reply, stage, told

ROWS: list[dict[str, Any]] = [
    {"output": "Rhine", "model": "", "temperature": None},
    {"output": "The Nile.", "model": "m", "temperature": 1.0},
]
PAIR = replace(TASK, extra={"answers": ROWS})
PREFER = stage("preferences", "prefer")


def orders(task: Task) -> list[tuple[str, str]]:
    """Return what stands as A and as B in each part."""
    found = []
    for part in range(PREFER.parts):
        text = PREFER.ask(task, part, 0).messages[-1].content
        one, two = sorted((row["output"] for row in answers_of(task)), key=text.index)
        found.append((one, two))
    return found


def test_both_orders_are_asked() -> None:
    """Two parts show the same two answers with the places changed."""
    first, second = orders(PAIR)
    assert first == second[::-1]
    keys = [PREFER.ask(PAIR, part, 1).key for part in range(2)]
    assert [(key.part, key.attempt) for key in keys] == [(0, 1), (1, 1)]


def test_which_stands_first_is_drawn() -> None:
    """The task's own answer is not always A; the same task is always asked alike."""
    tasks = [replace(PAIR, origin=Origin(number, 0)) for number in range(60)]
    first = [orders(task)[0][0] for task in tasks]
    assert 15 < first.count("Rhine") < 45
    assert first == [orders(task)[0][0] for task in tasks]


@pytest.mark.parametrize("texts", [("Better: A", "Better: B"), ("Better: B", "Better: A")])
def test_what_both_orders_say_is_the_preference(texts: tuple[str, str]) -> None:
    """With the models of both, and one win for the place shown first."""
    found = told(PREFER, PAIR, *texts).extra
    winner = orders(PAIR)[0]["AB".index(texts[0][-1])]
    rows = {row["output"]: row["model"] for row in ROWS}
    (loser,) = set(rows) - {winner}
    assert found["preference"] == {
        "chosen": winner,
        "rejected": loser,
        "chosen_model": rows[winner],
        "rejected_model": rows[loser],
        "first_won": 1,
    }
    assert found["answers"] == ROWS


@pytest.mark.parametrize(
    ("texts", "value"),
    [
        (("Better: A", "Better: A"), "A, A"),
        (("Better: B", "Better: B"), "B, B"),
        (("Better: tie", "Better: tie"), "tie, tie"),
        (("Better: A", "Better: tie"), "A, tie"),
        (("Better: tie", "Better: B"), "tie, B"),
    ],
)
def test_what_turns_with_the_order_is_a_tie(texts: tuple[str, str], value: str) -> None:
    """It is rejected with what each order said."""
    assert told(PREFER, PAIR, *texts) == Rejected("tie", value, "the same answer in both orders")


def test_an_undecided_order_is_asked_once_more_and_then_rejected() -> None:
    """The part that was undecided, in another form."""
    assert told(PREFER, PAIR, "Hm.", "Better: A") == Again("undecided", 0)
    assert told(PREFER, PAIR, "Better: A", "Hm.") == Again("undecided", 1)
    rejected = told(PREFER, PAIR, "Better: A", "Hm.", attempt=1)
    assert rejected == Rejected("undecided", "Hm.", "A, B or tie")
    assert PREFER.ask(PAIR, 1, 1).messages != PREFER.ask(PAIR, 1, 0).messages


def test_answers_that_are_the_same_are_no_pair() -> None:
    """Nor is one answer alone, though asking does not fail."""
    same = replace(TASK, extra={"answers": [ROWS[0], {**ROWS[1], "output": "rhine "}]})
    assert told(PREFER, same, "Better: A", "Better: B").reason == "same answer"
    for count in (0, 1):
        few = replace(TASK, extra={"answers": ROWS[:count]})
        PREFER.ask(few, 0, 0)
        found = told(PREFER, few, "Better: A", "Better: B")
        assert found == Rejected("too few answers", count, 2)


def test_two_of_many_answers_are_drawn() -> None:
    """Each of them comes to be judged in some tasks."""
    many = [{"output": f"Answer {number}.", "model": "m", "temperature": 1.0} for number in "1234"]
    seen = set()
    for number in range(40):
        task = replace(TASK, origin=Origin(number, 0), extra={"answers": many})
        text = PREFER.ask(task, 0, 0).messages[-1].content
        seen |= {row["output"] for row in many if row["output"] in text}
    assert len(seen) == 4


def test_other_outcomes_reject() -> None:
    """Whichever order they come in."""
    assert PREFER.read(PAIR, [reply("Better: A"), other("filtered")]).reason == "filtered"


def test_a_schema_asks_for_the_reason_first() -> None:
    """And allows A, B and a tie."""
    request = stage("preferences", "prefer", protocol="schema").ask(PAIR, 0, 0)
    schema = json.loads(request.schema)
    assert list(schema["properties"]) == ["reason", "better"]
    assert schema["properties"]["better"]["enum"] == ["A", "B", "tie"]
    texts = [json.dumps({"reason": "B or A?", "better": each}) for each in "AB"]
    assert "preference" in told(PREFER, PAIR, *texts).extra


@given(st.text(max_size=100), st.text(max_size=100), st.text(max_size=50), st.text(max_size=50))
def test_no_reply_and_no_answers_stop_it(one: str, two: str, first: str, second: str) -> None:
    """Whatever is said of whatever answers."""
    rows = [{"output": text, "model": "m", "temperature": 0.0} for text in (first, second)]
    task = replace(TASK, extra={"answers": rows})
    PREFER.ask(task, 0, 0)
    found = told(PREFER, task, one, two)
    assert isinstance(found, Task | Rejected | Again)
    assert found == told(PREFER, task, one, two)
