"""The fold: any order of arrival gives the same verdicts, and the pool is read with a lag."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from selfinstruct.method.replay import Recorded, replay
from selfinstruct.method.rouge import rouge_l
from selfinstruct.method.types import Reply, Snapshot
from selfinstruct.run.inputs import read_recipe
from tests.world import drive, own_fold, own_seeds, reply_to

if TYPE_CHECKING:
    from collections.abc import Callable

    from selfinstruct.method.fold import Fold
    from selfinstruct.method.types import Request, Verdict

TARGET = 60


def at_random(seed: int) -> Callable[[int], int]:
    generator = random.Random(seed)
    return generator.randrange


def in_order(_: int) -> int:
    return 0


def newest_first(count: int) -> int:
    return count - 1


REFERENCE = drive(own_fold(), TARGET, in_order)


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 2**32))
def test_any_order_of_arrival_folds_to_the_same_verdicts(seed: int) -> None:
    """Whatever arrives first, tasks, reasons and provenance are the same."""
    assert drive(own_fold(), TARGET, at_random(seed)) == REFERENCE


def test_the_newest_first_folds_to_the_same_verdicts() -> None:
    """Even when the oldest request is always answered last."""
    assert drive(own_fold(), TARGET, newest_first) == REFERENCE


def looking_now() -> Fold:
    """Return a fold that reads its pool as it stands when a request is made: the wrong way."""
    fold = own_fold()

    def now(ordinal: int) -> Snapshot:
        assert ordinal >= 0
        return Snapshot(fold._pool, len(fold._pool))

    fold.__dict__["_snapshot"] = now
    return fold


def test_reading_the_pool_as_it_stands_breaks_the_equality() -> None:
    """Negative control: without the known prefix, order of arrival changes the tasks."""
    one = drive(looking_now(), TARGET, in_order)
    other = drive(looking_now(), TARGET, at_random(1))
    assert one != other


def test_the_pool_is_really_read() -> None:
    """Another lag shows other tasks in the prompts and so gives another data set."""
    files = dict(read_recipe("self-instruct"))
    text = files["recipe.toml"].decode()
    for name, value in (("least", 8), ("most", 1024), ("divisor", 2)):
        assert f"{name} = {value}\n" in text
        text = text.replace(f"{name} = {value}\n", f"{name} = 0\n", 1)
    files["recipe.toml"] = text.encode()
    assert drive(own_fold(files=files), TARGET) != REFERENCE


def test_a_smaller_target_is_a_prefix() -> None:
    """What is decided does not depend on how much is wanted."""
    smaller = drive(own_fold(), TARGET // 2)
    assert smaller == REFERENCE[: len(smaller)]


def test_another_seed_gives_another_data_set() -> None:
    """The run's seed decides the shots."""
    assert drive(own_fold(seed=1), TARGET) != REFERENCE


def test_prompts_show_machine_generated_tasks() -> None:
    """Survivors are put back: after the first requests a prompt shows two tasks of the pool."""
    fold = own_fold()
    made: list[Request] = []

    def note(request: Request) -> Reply:
        made.append(request)
        return reply_to(request)

    verdicts = drive(fold, TARGET, answer_to=note)
    known = {v.task.instruction for v in verdicts if v.task and not v.rejected}
    late = [r for r in made if r.key.stage == "generate" and r.key.ordinal >= 10]
    assert late
    for request in late:
        shown = [line.partition(": ")[2] for line in request.messages[-1].content.splitlines()]
        assert sum(line in known for line in shown) == 2


def test_replay_asks_for_nothing_that_is_recorded() -> None:
    """Replies in a journal bring a new fold to the same place; the rest is owed."""
    recorded = Recorded()

    def record(request: Request) -> Reply:
        recorded.add(reply_to(request))
        return recorded.replies[request.key]

    drive(own_fold(), TARGET, at_random(3), record)
    fold = own_fold()
    unasked: list[Request] = []
    verdicts: list[Verdict] = []
    keys = set(recorded.replies)
    for some in replay(fold, recorded, unasked):
        verdicts += some
    assert verdicts[: len(REFERENCE)] == REFERENCE
    assert not recorded
    assert not keys & {request.key for request in unasked}
    assert unasked


def test_undecided_classification_is_asked_in_another_form_then_rejected() -> None:
    """An undecided answer is never taken as "No": one more form, then a rejection."""
    forms: list[str] = []

    def hedging(request: Request) -> Reply:
        if request.key.stage == "classify" and request.key.origin == (0, 0):
            forms.append(request.messages[-1].content)
            return Reply(request.key, request.digest, "text", "It depends. What do you mean?")
        return reply_to(request)

    verdicts = drive(own_fold(), 20, answer_to=hedging)
    assert len(forms) == 2
    assert forms[1] != forms[0]
    first = verdicts[0]
    assert first.rejected is not None
    assert first.rejected.reason == "undecided"


def test_overflow_is_asked_again_with_fewer_shots() -> None:
    """A prompt that does not fit the context is halved, not given up."""
    lengths: list[int] = []

    def overflowing(request: Request) -> Reply:
        if request.key.stage == "generate" and request.key.ordinal == 1:
            lengths.append(request.messages[-1].content.count("Task "))
            if len(lengths) < 3:
                return Reply(request.key, request.digest, "overflow", "too long")
        return reply_to(request)

    drive(own_fold(), 20, answer_to=overflowing)
    assert lengths[0] > lengths[1] > lengths[2]


def test_a_repeat_is_rejected_with_the_task_it_repeats() -> None:
    """Filter 0: case, width and blanks do not make a task new; the verdict names the other one."""
    says = {0: " Name five rivers of Portugal.", 1: " NAME  five\u3000rivers of Portugal."}

    def repeating(request: Request) -> Reply:
        if request.key.stage == "generate" and request.key.ordinal in says:
            return Reply(request.key, request.digest, "text", says[request.key.ordinal])
        return reply_to(request)

    verdicts = drive(own_fold(), 10, answer_to=repeating)
    rejected = verdicts[1].rejected
    assert rejected is not None
    assert rejected.reason == "exact repeat"
    assert rejected.nearest is not None
    assert rejected.nearest.task == "0.0"


def test_what_a_task_keeps_is_as_of_its_acceptance() -> None:
    """Nearest tasks and mean are those among seed tasks and tasks accepted before, in any order."""
    files = dict(read_recipe("self-instruct"))
    text = files["recipe.toml"].decode()
    assert "keep = 0" in text
    files["recipe.toml"] = text.replace("keep = 0", "keep = 3", 1).encode()
    verdicts = drive(own_fold(files=files), TARGET)
    assert drive(own_fold(files=files), TARGET, at_random(5)) == verdicts
    earlier = {seed.id: seed.instruction for seed in own_seeds()}
    for verdict in verdicts:
        if verdict.task is None:
            continue
        if verdict.rejected is None:
            scores = {
                name: rouge_l(verdict.task.instruction, other) for name, other in earlier.items()
            }
            best = sorted(scores.values(), reverse=True)[:3]
            assert [near.score for near in verdict.nearest] == best
            assert all(scores[near.task] == near.score for near in verdict.nearest)
            assert verdict.mean == pytest.approx(sum(scores.values()) / len(scores))
        if verdict.rejected is None or len(verdict.replies) > 1:
            earlier[str(verdict.origin)] = verdict.task.instruction
