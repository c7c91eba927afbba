from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from selfinstruct.method.recipe import parse_recipe
from selfinstruct.method.registry import build
from selfinstruct.method.types import Instance, Key, Reply, Request, SeedTask
from selfinstruct.run.user_code import code_of, parts_of

if TYPE_CHECKING:
    from selfinstruct.method.fold import Fold
    from selfinstruct.method.types import ProtocolName, Verdict

FOLDER = Path(__file__).parents[2] / "prompts" / "self-instruct"
SEEDS = tuple(
    SeedTask(str(number), f"seed{number}", text, (Instance("", "Done."),), is_classification=False)
    for number, text in enumerate(
        (
            "Explain what a lighthouse is for and how it works.",
            "List three ways in which bread can be kept fresh.",
            "Write a letter to the owner of a small bookshop.",
        )
    )
)


def fold(protocol: ProtocolName = "chat", extra: str = "", **files: bytes) -> Fold:
    read = {path.name: path.read_bytes() for path in FOLDER.iterdir() if path.is_file()}
    if extra:
        read["recipe.toml"] = read["recipe.toml"].replace(b"[[source.filter]]", extra.encode(), 1)
    read |= {name.replace("_", "."): data for name, data in files.items()}
    recipe = parse_recipe(read, "self-instruct")
    models, own = {"": "some-model"}, parts_of(recipe, code_of(recipe))
    return build(recipe, SEEDS, seed=1, protocol=protocol, models=models, own=own)


def answer(request: Request, text: str, finish: str = "stop") -> Reply:
    return Reply(request.key, request.digest, "text", text, finish=finish)


def first(state: Fold, text: str, finish: str = "stop") -> list[Verdict]:
    """Answer the first generation request, and all others with nothing."""
    verdicts: list[Verdict] = []
    for request in list(state.owed()):
        say = text if request.key.ordinal == 0 else "I'm sorry, but I can't help with that."
        verdicts += state.take(answer(request, say, finish))
    return verdicts


def step(state: Fold) -> Request:
    return next(request for request in state.owed() if request.key.stage != "generate")


def reasons(verdicts: list[Verdict]) -> list[Any]:
    return [v.rejected and v.rejected.reason for v in verdicts if v.origin.ordinal == 0]


def test_the_source_knows_what_it_showed() -> None:
    """Echoes of a prompt's own shots never become candidates."""
    state = fold()
    shown = next(iter(state.owed())).messages[-1].content.split("\n")
    echo = next(line for line in shown if line.startswith("Task 1:"))
    key = Key("generate", 0)
    verdicts = state.take(
        Reply(key, "", "text", f"{echo}\nTask 4: Draw a picture of a cat.", "", "stop")
    )
    assert [(v.origin.item, v.rejected and v.rejected.reason) for v in verdicts] == [
        (0, "beyond text")
    ]


def test_rules_are_on_by_default_and_name_their_reason() -> None:
    """The shipped recipe turns down the known defects of instructions."""
    verdicts = first(
        fold(),
        "Task 4: Draw a picture of a cat.\n"
        "Task 5: Schreibe eine kurze Geschichte, die von einem Hund und der Katze erzählt.\n"
        "Task 6: Too short.",
    )
    assert reasons(verdicts) == ["beyond text", "another language", "too few words"]


def test_undecided_is_asked_once_more_in_another_form_and_then_rejected() -> None:
    """It is never taken as no."""
    state = fold()
    first(state, "Task 4: Name the longest river that flows through Spain.")
    asked = step(state)
    assert not state.take(answer(asked, "Yes, I can help. What would you like to ask?"))
    again = step(state)
    assert again.key.attempt == 1
    assert again.messages != asked.messages
    state.take(answer(again, ""))
    assert list(state.owed()) == [] or all(r.key.stage == "generate" for r in state.owed())
    assert state.state().rejected_by_steps == 1


def test_the_second_form_differs_for_completion_models_too() -> None:
    """Each protocol has its own second form."""
    state = fold("completion")
    first(state, "Name the longest river that flows through Spain.")
    asked = step(state)
    state.take(answer(asked, "Maybe"))
    assert step(state).messages != asked.messages


@pytest.mark.parametrize(
    ("finish", "reason"),
    [("stop", "truncated output"), ("length", "no instance"), ("", "no instance")],
)
def test_a_cut_reply_loses_its_last_instance_before_any_rule(finish: str, reason: str) -> None:
    """By the finish reason, or by the text where the endpoint gave none."""
    state = fold()
    first(state, "Task 4: Describe the river that the text is about.")
    state.take(answer(step(state), "No"))
    (verdict,) = state.take(answer(step(state), "Input: Ebro\nOutput: It is one of the", finish))[
        :1
    ]
    assert reasons([verdict]) == [reason]


def test_schema_requests_reuse_the_chat_texts_and_are_read_by_the_same_readers() -> None:
    """With protocol schema each request carries a strict schema, no stops, and a short note."""
    state = fold("schema")
    request = next(iter(state.owed()))
    assert request.protocol == "schema"
    assert json.loads(request.schema)["required"] == ["tasks"]
    assert request.decoding.stop == ()
    assert request.messages[-1].content.endswith("unnumbered.")
    task = "Name the longest river that flows through Spain."
    state.take(answer(request, json.dumps({"tasks": [task]})))
    classify = step(state)
    assert json.loads(classify.schema)["properties"]["classification"]["enum"] == ["Yes", "No"]
    assert classify.decoding.max_tokens >= 32
    state.take(answer(classify, '{"classification": "No"}'))
    instances = step(state)
    data = {"instances": [{"input": "", "output": "The Tagus is the longest."}]}
    state.take(answer(instances, json.dumps(data)))
    assert state.state().complete == 1
    assert fold("chat").owed().__next__().schema == ""


def test_a_rule_of_the_users_own_is_used_by_name() -> None:
    """A file of the recipe's folder gives a rule; a parameter `seeds` gets the seed tasks."""
    own = (
        b"from selfinstruct.method.types import Rejected\n"
        b"def no_rivers(seeds, word='river'):\n"
        b"    def check(task):\n"
        b"        if word in task.instruction:\n"
        b"            return Rejected('a river', len(seeds), 0)\n"
        b"    return check\n"
    )
    extra = '[[source.filter]]\nuse = "own.py:no_rivers"\n\n[[source.filter]]'
    verdicts = first(fold(extra=extra, own_py=own), "Task 4: Name a long river of Spain.")
    assert reasons(verdicts) == ["a river"]
    rejected = verdicts[0].rejected
    assert rejected is not None
    assert rejected.value == len(SEEDS)
