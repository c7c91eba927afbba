"""Recipes with a base: ours that hold to the references' own rules, and a user's."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

import selfinstruct
from selfinstruct.method.errors import BadInput
from selfinstruct.method.recipe import parse_recipe
from selfinstruct.method.registry import parts
from selfinstruct.method.types import Instance, Origin, Task
from selfinstruct.run.inputs import read_recipe, write_starter
from tests.world import built, own_seeds

if TYPE_CHECKING:
    from pathlib import Path

    from selfinstruct.method.registry import Parts

STRICT = ["self-instruct-strict", "alpaca-strict"]


def made(name: str) -> Parts:
    return parts(parse_recipe(read_recipe(name), name), own_seeds())


def turned_down(name: str, instruction: str) -> str | None:
    found = (rule(Task(Origin(0, 0), instruction)) for rule in made(name).filters)
    return next((one.reason for one in found if one), None)


@pytest.mark.parametrize("name", STRICT)
@pytest.mark.parametrize(
    ("instruction", "reason"),
    [
        ("Name three birds.", "too few words"),
        ("Name three sea birds.", None),
        ("Name it " + "now " * 148 + "please.", "too many words"),
        ("Name it " + "now " * 147 + "please.", None),
        ("Tell me the plot of Hamlet.", "keyword"),
        ("Tell me the PLOT of Hamlet.", "keyword"),
        ("Tell me about imagery in Hamlet.", None),
        ("Write a program that prints a letter.", "beginning"),
        ("Please write a program that prints a letter.", None),
        ('"Name three birds of the sea."', "first character"),
        ("\u00c9numerate the birds of France.", "first character"),
        ("Nenne drei Vögel, die am Meer leben.", None),
        ("Sing me a song in a low voice.", None),
    ],
)
def test_the_references_rules_decide(name: str, instruction: str, reason: str | None) -> None:
    """4 to 150 words, the keywords as whole words, the beginning, the first character."""
    assert turned_down(name, instruction) == reason


def test_alpacas_list_is_longer() -> None:
    """It adds video, audio, music, flowchart, diagram; inputs and outputs have no rule there."""
    assert turned_down("self-instruct-strict", "Describe the music of Bach.") is None
    assert turned_down("alpaca-strict", "Describe the music of Bach.") == "keyword"
    assert made("alpaca-strict").instance_filters == ()


@pytest.mark.parametrize(
    ("pair", "reason"),
    [
        (Instance("a b", "a b"), "output repeats input"),
        (Instance("a b:", "c"), "ends in a colon"),
        (Instance("a b", "c:"), "ends in a colon"),
        (Instance("a b", "N/A"), None),
        (Instance("a b", "As an AI language model, I cannot"), None),
    ],
)
def test_the_references_rules_of_instances_decide(pair: Instance, reason: str | None) -> None:
    """What only we turn down, refusals and cut outputs, stays."""
    task = Task(Origin(0, 0), "Say it again.", instances=(pair,))
    found = (rule(task) for rule in made("self-instruct-strict").instance_filters)
    assert next((one.reason for one in found if one), None) == reason


@pytest.mark.parametrize("name", STRICT)
def test_a_run_freezes_the_files_of_the_base_too(name: str, tmp_path: Path) -> None:
    """Prompts are those of the base, byte for byte; ten nearest tasks are kept with each."""
    selfinstruct.generate(tmp_path / "run", model="rehearsal", recipe=name, target=12)
    base = read_recipe(name.removesuffix("-strict"))
    for path, data in base.items():
        frozen = tmp_path / "run" / "recipe" / path
        if path == "recipe.toml":
            assert frozen.read_bytes() == read_recipe(name)[path] != data
        elif not path.startswith("fit/"):
            assert frozen.read_bytes() == data
    lines = (tmp_path / "run" / "pool.jsonl").read_text(encoding="utf-8").splitlines()
    assert [len(json.loads(line)["nearest"]) for line in lines] == [10] * 12
    assert not [one for one in selfinstruct.open(tmp_path / "run").verify() if one.problem]


def test_a_users_recipe_may_have_a_base(tmp_path: Path) -> None:
    """Files of its own go before those of the base."""
    main = b'base = "alpaca"\n' + read_recipe("alpaca")["recipe.toml"]
    (tmp_path / "recipe.toml").write_bytes(main)
    (tmp_path / "generate.chat.txt").write_bytes(b"=== user\n{{shots}}\n### Task {{next}}")
    found = read_recipe(str(tmp_path))
    assert sorted(found) == ["generate.chat.txt", "generate.completion.txt", "recipe.toml"]
    assert found["generate.chat.txt"].startswith(b"=== user\n{{shots}}")
    assert found["generate.completion.txt"] == read_recipe("alpaca")["generate.completion.txt"]
    assert built(parse_recipe(found, "own")) is not None


@pytest.mark.parametrize("base", ['"alpacca"', "7", '"/etc"', '""'])
def test_a_base_that_is_none_of_ours_is_an_error(base: str, tmp_path: Path) -> None:
    """Never a folder: a recipe cannot reach for files beside it."""
    (tmp_path / "recipe.toml").write_text(f'name = "x"\nbase = {base}\n', encoding="utf-8")
    with pytest.raises(BadInput, match=r"base = .* is no recipe that comes along.*\n.*alpaca"):
        read_recipe(str(tmp_path))


def test_a_copy_of_a_recipe_with_a_base_stands_alone(tmp_path: Path) -> None:
    """`init` copies the files of the base, and leaves its name out."""
    names = write_starter(tmp_path / "own", "self-instruct-strict")
    assert {"classify.chat.txt", "input_first.examples.jsonl"} <= set(names)
    assert b"base =" not in (tmp_path / "own" / "recipe.toml").read_bytes()
    (tmp_path / "own" / "classify.chat.txt").unlink()
    assert "classify.chat.txt" not in read_recipe(str(tmp_path / "own"))
