"""The rehearsal answers the prompts about whole tasks, and its judge can be led."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from selfinstruct.method.bias import preference_bias, score_bias, words
from selfinstruct.method.sampling import Draw
from selfinstruct.method.types import (
    Again,
    Candidates,
    Origin,
    Rejected,
    Reply,
    Snapshot,
    Task,
)
from selfinstruct.model.dialect import Dialect
from selfinstruct.model.rehearsal.answers import answer
from selfinstruct.model.rehearsal.options import RehearsalOptions, parse
from tests.method.one_stage import stage
from tests.world import own_seeds

if TYPE_CHECKING:
    from selfinstruct.method.types import ProtocolName, Request

COUNT = 150


def say(request: Request, lean: str = "", model: str = "rehearsal") -> Reply:
    """Answer as the service does; under another model's name other words are drawn."""
    body = json.loads(json.dumps(Dialect().body(request, model)))
    status, row = answer(0, body, None, lean)
    assert status == 200, row
    assert row == answer(0, body, None, lean)[1]
    message, finish = row["choices"][0]["message"], row["choices"][0]["finish_reason"]
    kind: Any = "refusal" if message["refusal"] else "text"
    if finish == "content_filter":
        kind = "filtered"
    return Reply(
        request.key,
        request.digest,
        kind,
        message["content"] or message["refusal"] or "",
        "",
        finish,
    )


def through(step: Any, task: Task, *how: str) -> Task | Rejected:
    """Take a task through a step, asked again where it wants that."""
    count = step.parts(task) if callable(step.parts) else step.parts
    replies = [say(step.ask(task, part, 0), *how) for part in range(count)]
    while isinstance(found := step.read(task, replies), Again):
        again = replies[found.part].key.attempt + 1
        replies[found.part] = say(step.ask(task, found.part, again), *how)
    assert isinstance(found, Task | Rejected)
    return found


def tasks(count: int = COUNT) -> list[Task]:
    """Return seed tasks as given ones."""
    return [
        Task(Origin(place, 0), seed.instruction, seed.is_classification, seed.instances[:1])
        for place, seed in enumerate(own_seeds()[:count])
    ]


def kept(found: list[Task | Rejected]) -> list[Task]:
    """Return the tasks, most of what there is."""
    left = [each for each in found if isinstance(each, Task)]
    reasons = Counter(each.reason for each in found if isinstance(each, Rejected))
    assert len(left) > 0.8 * len(found), reasons
    return left


@pytest.mark.parametrize("protocol", ["chat", "schema"])
def test_a_judge_gives_scores_with_reasons(protocol: ProtocolName) -> None:
    """Of all sizes, and hardly ever undecided."""
    judge = stage("judge", "judge", protocol=protocol)
    found = kept([through(judge, task) for task in tasks()])
    assert len({task.extra["score"] for task in found}) > 6
    assert all(len(str(task.extra["reason"]).split()) > 4 for task in found)
    again = judge.ask(tasks(1)[0], 0, 1)
    assert judge.read(tasks(1)[0], [replace(say(again), key=again.key)]).extra["score"]


@pytest.mark.parametrize("protocol", ["chat", "schema"])
def test_answers_turns_and_rewrites_are_given(protocol: ProtocolName) -> None:
    """Each step lets most tasks through, and says something else of each."""
    for recipe, name in (("answers", "answer"), ("preferences", "sample")):
        found = kept([through(stage(recipe, name, protocol=protocol), task) for task in tasks()])
        assert len({str(task.extra) + str(task.instances) for task in found}) == len(found)
    talks: list[Task | Rejected] = [*tasks()]
    for name in ("ask-1", "reply-1", "ask-2", "reply-2"):
        step = stage("follow-up", name, protocol=protocol)
        talks = [through(step, task) for task in talks if isinstance(task, Task)]
    ended = [task for task in talks if isinstance(task, Task)]
    assert len(ended) > 0.7 * COUNT
    assert {len(task.extra["turns"]) for task in ended} == {2}  # type: ignore[arg-type]


@pytest.mark.parametrize("protocol", ["chat", "schema"])
def test_tasks_are_rewritten_and_found_harder_or_not(protocol: ProtocolName) -> None:
    """In every way; the step turns down a part of them."""
    source = stage("evol", "evolve", protocol=protocol)
    harder = stage("evol", "harder", protocol=protocol)
    passed, ways, made = [], set(), []
    for ordinal in range(COUNT):
        asked = source.ask(Draw(1, "evolve", ordinal), Snapshot((), 0), ordinal, 0)
        found = source.read(asked, say(asked.request))
        if not isinstance(found, Candidates):
            continue
        (candidate,) = found.items
        made.append(candidate.instruction)
        ways.add(candidate.extra["evolved"]["way"])  # type: ignore[index]
        task = Task(Origin(ordinal, 0), candidate.instruction, extra=candidate.extra)
        passed.append(isinstance(through(harder, task), Task))
    assert len(made) > 0.9 * COUNT
    assert len(set(made)) > 0.97 * len(made)
    assert len(ways) == 5
    assert 0.6 < sum(passed) / len(passed) < 0.97


def pairs(lean: str) -> tuple[list[Any], list[str]]:
    """Return the preferences and the ties of many pairs."""
    sample, prefer = stage("preferences", "sample"), stage("preferences", "prefer")
    rows, ties = [], []
    for number in range(2):
        for task in tasks():
            how = (lean, f"model-{number}")
            sampled = through(
                sample, replace(task, origin=Origin(task.origin.ordinal, number)), *how
            )
            found = through(prefer, sampled, *how) if isinstance(sampled, Task) else sampled
            if isinstance(found, Task):
                rows.append(found.extra["preference"])
            elif found.reason == "tie":
                ties.append(str(found.value))
    return rows, ties


def test_a_fair_judge_of_pairs_is_not_accused() -> None:
    """Most pairs are decided alike in both orders."""
    rows, ties = pairs("")
    assert len(rows) > 2 * len(ties)
    found = preference_bias(rows, ties)
    assert found is not None
    assert found["told"] == []


def test_a_judge_of_pairs_that_is_led_is_found_out() -> None:
    """By the place shown first, or by length."""
    found = preference_bias(*pairs("first"))
    assert found is not None
    assert found["first_won"] > 0.8
    assert any("prefers the answer shown first" in told for told in found["told"])
    found = preference_bias(*pairs("longer"))
    assert found is not None
    assert found["longer_won"] > 0.8
    assert found["chosen_words"] > found["rejected_words"]
    assert [told for told in found["told"] if "prefers the longer answer" in told] == found["told"]


@pytest.mark.parametrize(("lean", "told"), [("", 0), ("longer", 1)])
def test_a_judge_of_scores_that_is_led_by_length_is_found_out(lean: str, told: int) -> None:
    """And one that is not, is not accused."""
    judge = stage("judge", "judge")
    judged = kept([through(judge, task, lean) for task in tasks(175)])
    scores = [(task.extra["score"], words(task.instances[0].output)) for task in judged]
    found = score_bias(scores)  # type: ignore[arg-type]
    assert found is not None
    assert len(found["told"]) == told


def test_what_a_judge_prefers_is_an_option() -> None:
    """Passed on as a word; another preference is refused."""
    options = parse(["judge_bias=first"])
    assert options == RehearsalOptions(judge_bias="first")
    assert options.words() == ["judge_bias=first"]
    with pytest.raises(ValueError, match="judge_bias=last will not do, it must be first or longer"):
        parse(["judge_bias=last"])


def test_other_prompts_are_answered_as_before() -> None:
    """A task that speaks of answers and marks is no prompt of a judge."""
    body = {
        "model": "m",
        "messages": [{"role": "user", "content": "Task: Give a mark to the answer.\nOutput:"}],
    }
    assert answer(0, body) == answer(0, body, None, "first")
