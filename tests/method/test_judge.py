"""The steps that judge and answer: scores with reasons, outputs anew, more outputs."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from selfinstruct.method.answers import Answer
from selfinstruct.method.types import Again, Instance, Rejected, Task
from tests.method.one_stage import TASK, other, reply, stage, told

TWO = replace(TASK, instances=(*TASK.instances, Instance("", "Amazon")))


def test_the_judge_sees_instruction_input_and_output() -> None:
    """Of the first instance; a task without an input says so."""
    text = stage("judge", "judge").ask(TWO, 0, 0).messages[-1].content
    assert all(said in text for said in ("Name a big river.", "In Africa", "Rhine"))
    assert "Amazon" not in text
    bare = replace(TASK, instances=(Instance("", "Rhine"),))
    assert "(none)" in stage("judge", "judge").ask(bare, 0, 0).messages[-1].content


def test_a_score_and_its_reason_are_kept() -> None:
    """Beside what earlier steps have added."""
    task = replace(TASK, extra={"previous": ["Nile"]})
    judged = told(stage("judge", "judge"), task, "Reason: It is in Europe.\nScore: 3")
    assert judged.extra == {"previous": ["Nile"], "score": 3, "reason": "It is in Europe."}
    assert replace(judged, extra={}) == replace(task, extra={})


def test_undecided_is_asked_once_more_in_another_form_and_then_rejected() -> None:
    """It is never guessed."""
    judge = stage("judge", "judge")
    assert judge.ask(TASK, 0, 1).messages != judge.ask(TASK, 0, 0).messages
    assert judge.ask(TASK, 0, 1).key.attempt == 1
    assert told(judge, TASK, "It is fine.") == Again("undecided")
    rejected = told(judge, TASK, "It is fine.", attempt=1)
    assert rejected == Rejected("undecided", "It is fine.", "a score of 1 to 10")
    one = stage("judge", "judge", without=["judge.again"])
    assert one.ask(TASK, 0, 1).messages == one.ask(TASK, 0, 0).messages


def test_below_the_floor_is_rejected() -> None:
    """With the score and the floor; the floor itself passes."""
    judge = stage("judge", "judge", floor=7)
    assert told(judge, TASK, "Score: 6") == Rejected("judged below the floor", 6, 7)
    assert told(judge, TASK, "Score: 7").extra["score"] == 7
    with pytest.raises(ValueError, match="floor = 11 is above"):
        stage("judge", "judge", floor=11)


def test_judges_answer_by_a_schema_where_they_can() -> None:
    """The reason stands first, and only the ten scores can be given."""
    request = stage("judge", "judge", protocol="schema").ask(TASK, 0, 0)
    schema = json.loads(request.schema)
    assert list(schema["properties"]) == ["reason", "score"]
    assert schema["properties"]["score"]["enum"] == list(range(1, 11))
    assert "JSON" in request.messages[-1].content
    judged = told(stage("judge", "judge"), TASK, '{"reason": "Right.", "score": 10}')
    assert (judged.extra["score"], judged.extra["reason"]) == (10, "Right.")


@pytest.mark.parametrize("kind", ["refusal", "filtered", "policy", "overflow"])
@pytest.mark.parametrize(
    ("recipe", "name"), [("judge", "judge"), ("answers", "answer"), ("preferences", "sample")]
)
def test_other_outcomes_reject(recipe: str, name: str, kind: str) -> None:
    """By their own names; there are no worked examples that could be left out."""
    rejected = stage(recipe, name).read(TASK, [other(kind)])  # type: ignore[arg-type]
    assert rejected.reason == kind.replace("overflow", "context overflow")


@pytest.mark.parametrize("instances", [(), (Instance("In Africa", ""),)])
def test_a_task_without_an_output_is_not_judged(instances: tuple[Instance, ...]) -> None:
    """Nor does asking about it fail."""
    bare = replace(TASK, instances=instances)
    judge = stage("judge", "judge")
    judge.ask(bare, 0, 0)
    assert told(judge, bare, "Score: 8") == Rejected("empty output", "", "an output")


def test_each_instance_is_answered_anew() -> None:
    """In a chat without worked examples; the old outputs stay beside."""
    answer = stage("answers", "answer")
    assert answer.parts(TWO) == 2
    asked = [answer.ask(TWO, part, 0) for part in range(2)]
    assert [each.messages[-1].content for each in asked] == [
        "Name a big river.\n\nIn Africa",
        "Name a big river.",
    ]
    assert [each.key.part for each in asked] == [0, 1]
    fresh = told(answer, TWO, "<think>Hm.</think>The Nile.", "The Amazon.<|im_end|>")
    assert fresh.instances == (Instance("In Africa", "The Nile."), Instance("", "The Amazon."))
    assert fresh.extra == {"previous": ["Rhine", "Amazon"]}


def test_the_whole_reply_is_the_output() -> None:
    """Labels, fences and lists are the answer's own."""
    text = "```python\nprint(1)\n```\n\nOutput: 1"
    assert told(stage("answers", "answer"), TASK, text).instances[0].output == text


def test_what_filters_turn_down_goes_with_its_old_output() -> None:
    """A task with no answer left is rejected, with the first reason."""
    answer = stage("answers", "answer")
    fresh = told(answer, TWO, "I'm sorry, but I can't help with that.", "The Amazon.")
    assert fresh.instances == (Instance("", "The Amazon."),)
    assert fresh.extra == {"previous": ["Amazon"]}
    assert told(answer, TASK, "I'm sorry, but I can't help with that.").reason == "refusal"
    assert told(answer, TASK, "<think>Hm.</think>").reason == "empty output"


def test_cut_answers_go_unless_they_are_to_be_kept() -> None:
    """By the endpoint's word."""
    cut = reply("The Nile is long. It", finish="length")
    assert stage("answers", "answer").read(TASK, [cut]).reason == "truncated output"
    kept = stage("answers", "answer", keep_cut=True)
    assert isinstance(kept, Answer)
    assert isinstance(kept.read(TASK, [cut]), Task)


def test_a_task_without_an_instance_gets_its_first() -> None:
    """Without an input, and with nothing before it."""
    bare = replace(TASK, instances=())
    answer = stage("answers", "answer")
    assert answer.parts(bare) == 1
    assert answer.ask(bare, 0, 0).messages[-1].content == "Name a big river."
    fresh = told(answer, bare, "The Nile.")
    assert (fresh.instances, fresh.extra) == ((Instance("", "The Nile."),), {})


def test_answers_are_asked_for_in_a_chat_whatever_the_protocol() -> None:
    """The whole reply is the output, so no JSON is asked for."""
    assert stage("answers", "answer", protocol="schema").ask(TASK, 0, 0).protocol == "chat"


def test_more_answers_are_noted_with_their_model_and_temperature() -> None:
    """The task's own is the first of them."""
    sample = stage("preferences", "sample", count=2)
    assert sample.parts == 2
    found = told(sample, TASK, "The Nile.", "The Congo.")
    assert found.extra["answers"] == [
        {"output": "Rhine", "model": "", "temperature": None},
        {"output": "The Nile.", "model": "m", "temperature": 1.0},
        {"output": "The Congo.", "model": "m", "temperature": 1.0},
    ]
    assert found.instances == TASK.instances


def test_a_second_stage_adds_to_the_first() -> None:
    """Its own output comes once, and an answer that was given before not again."""
    sample = stage("preferences", "sample")
    first = told(sample, TASK, "The Nile.")
    both = told(sample, first, "The Congo.")
    assert [row["output"] for row in both.extra["answers"]] == ["Rhine", "The Nile.", "The Congo."]
    assert told(sample, first, "the  nile.").reason == "same answer"
    alone = told(stage("preferences", "sample", own=False), TASK, "The Nile.")
    assert [row["output"] for row in alone.extra["answers"]] == ["The Nile."]
    with pytest.raises(ValueError, match="count begins at 1"):
        stage("preferences", "sample", count=0)


def test_a_task_without_another_answer_is_rejected() -> None:
    """By what became of the first that was asked for."""
    sample = stage("preferences", "sample", count=2)
    assert told(sample, TASK, "Rhine", "rhine").reason == "same answer"
    assert told(sample, TASK, "As an AI language model, I cannot.", "Rhine").reason == "refusal"


@given(st.text(max_size=200), st.text(max_size=200))
def test_no_reply_stops_these_steps(one: str, two: str) -> None:
    """Whatever is said, a task or a rejection comes of it, the same each time."""
    for step in (JUDGE, ANSWER, SAMPLE):
        for attempt in (0, 1):
            texts = (one, two) if step is not JUDGE else (one,)
            found = told(step, TWO, *texts, attempt=attempt)
            assert isinstance(found, Task | Rejected | Again)
            assert found == told(step, TWO, *texts, attempt=attempt)


JUDGE, ANSWER = stage("judge", "judge"), stage("answers", "answer")
SAMPLE = stage("preferences", "sample", count=2)
