"""Replies end at their stop texts; worked examples fit a context."""

from __future__ import annotations

from dataclasses import replace

import pytest

from selfinstruct.method.context_fit import cut_at_stops, tokens
from selfinstruct.method.errors import BadInput
from selfinstruct.method.recipe import FIT, parse_recipe
from selfinstruct.method.registry import build
from selfinstruct.method.seeds import parse_seeds
from selfinstruct.method.types import Key, Origin, Reply, Task
from selfinstruct.run.inputs import read_recipe, read_seeds
from tests.world import built


def reply(text: str, finish: str = "stop", kind: str = "text") -> Reply:
    return Reply(Key("generate", 0), "sha256:0", kind, text, "", finish)  # type: ignore[arg-type]


def test_a_reply_ends_at_its_first_stop_text() -> None:
    """Whichever comes first in the text; what is before it was not cut by length."""
    cut = cut_at_stops(reply("a\nTask: b\nExample 6 c", "length"), ["\nExample 6", "\nTask:"])
    assert (cut.text, cut.finish, cut.cut) == ("a", "stop", False)


def test_a_reply_without_stop_texts_is_left_alone() -> None:
    """So are refusals and other outcomes."""
    plain = reply("a\nb", "length")
    assert cut_at_stops(plain, ["\nTask:"]) is plain
    refusal = reply("no\nTask: x", kind="refusal")
    assert cut_at_stops(refusal, ["\nTask:"]) is refusal


def test_stop_texts_in_thoughts_do_not_count() -> None:
    """Nor do the blank lines between them and the answer: thoughts are no part of it."""
    assert cut_at_stops(reply("<think>\nHm.\n</think>\n\nYes\nTask: b"), ["\n"]).text == "Yes"
    assert cut_at_stops(reply("Hm.\nTask: a?\n</think>\nYes\nTask: b"), ["\nTask:"]).text == "Yes"
    whole = reply("<think>\nHm.\n</think>\nYes")
    assert cut_at_stops(whole, ["\n"]) is whole


def fold_of(context: int) -> object:
    recipe = parse_recipe(read_recipe("self-instruct"), "self-instruct")
    seeds = parse_seeds(read_seeds(None)[0], "seeds")
    return build(recipe, seeds, seed=0, models={"": "m"}, context=context)


def longest(fold: object) -> dict[str, int]:
    seeds = parse_seeds(read_seeds(None)[0], "seeds")
    source, steps = fold._source, fold._steps  # type: ignore[attr-defined]
    return {
        "generate": tokens("source", source, seeds),
        **{step.name: tokens("step", step, seeds) for step in steps},
    }


def test_worked_examples_are_dropped_until_prompt_and_answer_fit() -> None:
    """Every stage fits; those that did already are as they were."""
    free = longest(fold_of(0))
    assert max(free.values()) > 1600
    small = longest(fold_of(1600))
    assert all(size <= 1600 for size in small.values())
    assert small["classify"] == free["classify"] or free["classify"] > 1600
    # As many as there is room for: one more would be too much.
    assert small["instances"] > 1100


def test_a_roomy_context_changes_nothing() -> None:
    """The requests are the same bytes as without the option."""
    assert next(fold_of(0).owed()) == next(fold_of(100_000).owed())  # type: ignore[attr-defined]


def test_with_one_example_left_the_answer_gets_shorter() -> None:
    """A context of 900 leaves no room for 1,024 tokens of answer, but for some."""
    fold = fold_of(900)
    assert all(size <= 900 for size in longest(fold).values())
    request = next(fold.owed())  # type: ignore[attr-defined]
    assert 128 <= request.decoding.max_tokens < 900


def test_a_context_too_small_for_one_example_is_refused() -> None:
    """The error names the stage and what it needs."""
    with pytest.raises(BadInput, match="stage generate need about"):
        fold_of(300)


@pytest.mark.parametrize("count", [0, 1, 5])
def test_each_step_shows_as_many_worked_examples_as_demos_says(count: int) -> None:
    """For small contexts; one option of one name in both steps, for both orders of instances."""
    files = dict(read_recipe("self-instruct"))
    steps = ("classify", "instances")
    files[FIT] = "".join(f"[{name}.options]\ndemos = {count}\n" for name in steps).encode()
    fold = built(parse_recipe(files, "own"))
    task = Task(Origin(0, 0), "Sum up the letter.")
    for step in fold._steps:
        for is_classification in (False, True):
            request = step.ask(replace(task, is_classification=is_classification), 0, 0)
            assert request.messages[0].content.count("\nTask: ") == count
