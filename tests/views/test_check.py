from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from selfinstruct.method.errors import BadInput
from selfinstruct.run.check import as_text, check, fix
from selfinstruct.run.inputs import read_recipe
from tests.world import ROOT, cli

GOOD = [
    "Explain why bread goes stale faster in the fridge.",
    "Turn the shopping list into a table.",
    "Which of the two routes is shorter?",
    "Sum up the minutes of the meeting in two sentences.",
    "Give three names for a shop that mends umbrellas.",
    "How long does a letter from Oslo to Rome take?",
    "Compose a haiku about wet socks.",
    "Convert the recipe from cups to grams.",
]


def seeds(path: Path, *tasks: str | dict[str, object]) -> str:
    rows = [
        {"instruction": task, "instances": [{"input": "", "output": "Here it is."}]}
        if isinstance(task, str)
        else task
        for task in tasks
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(path)


def own_recipe(folder: Path, name: str = "self-instruct") -> Path:
    for path, data in read_recipe(name).items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_bytes(data)
    return folder


def test_our_own_seed_tasks_are_counted() -> None:
    """Figures on stdout, nothing else anywhere; through the real command."""
    done = cli("check", ROOT / "seed_tasks.jsonl")
    assert done.stdout.startswith("175 seed tasks, 35 for classification\n182 instances, 50 with")
    assert done.stderr == ""


def test_fine_seed_tasks_give_no_warning(tmp_path: Path) -> None:
    """Facts, and a last line that says so."""
    found = check(seeds(tmp_path / "s.jsonl", *GOOD), "self-instruct")
    assert found.warnings == ()
    assert as_text(found).endswith("\nall right")


def test_a_byte_order_mark_and_windows_line_ends_are_read(tmp_path: Path) -> None:
    """As some editors write them."""
    name = seeds(tmp_path / "s.jsonl", *GOOD)
    data = (tmp_path / "s.jsonl").read_bytes().replace(b"\n", b"\r\n")
    (tmp_path / "s.jsonl").write_bytes(b"\xef\xbb\xbf" + data)
    assert check(name, "self-instruct").facts[0].startswith("8 seed tasks")


@pytest.mark.parametrize(
    ("extra", "warning"),
    [
        ("Draw a picture of a cat.", "instruction: beyond text"),
        ("Be brief.", "instruction: too few words (2, limit 4)"),
        ("Give four names for a shop that mends umbrellas.", "near-duplicate of seed-005 (ROUGE-L"),
        (
            {
                "instruction": "Name the largest lake in the country given.",
                "instances": [
                    {"input": "Peru", "output": "Titicaca"},
                    {"input": "a", "output": "a"},
                ],
            },
            "instances[1]: output repeats input ('equal', limit 'different')",
        ),
    ],
)
def test_what_our_own_filters_would_turn_down_is_a_warning(
    extra: str | dict[str, object], warning: str, tmp_path: Path
) -> None:
    """Named with its id, rule, value and limit; the file is usable all the same."""
    found = check(seeds(tmp_path / "s.jsonl", *GOOD, extra), "self-instruct")
    assert len(found.warnings) == 1
    assert found.warnings[0].startswith("seed task seed-009: ")
    assert warning in found.warnings[0]
    assert as_text(found).endswith("\nusable, 1 warning")


def test_a_repeat_is_left_out_and_said(tmp_path: Path) -> None:
    """One that differs in blanks and case alone is one; with another input it is an instance."""
    found = check(seeds(tmp_path / "s.jsonl", *GOOD, GOOD[0].upper()), "self-instruct")
    assert found.facts[0].startswith("8 seed tasks")
    assert found.facts[-1] == "read as JSON lines"
    assert [line.partition(" ")[2][:4] for line in found.warnings] == ["rows"]


def test_few_seed_tasks_are_a_warning(tmp_path: Path) -> None:
    """One is enough to run, and it is said what it means."""
    found = check(seeds(tmp_path / "s.jsonl", GOOD[0]), "self-instruct")
    assert found.facts[0] == "1 seed task, 0 for classification"
    assert found.warnings[0].startswith("only 1 seed task: ")


def test_the_filters_are_those_of_the_recipe_that_is_named(tmp_path: Path) -> None:
    """Alpaca's list knows words that ours leaves to meaning."""
    name = seeds(tmp_path / "s.jsonl", *GOOD, "Name a piece of music from Vienna.")
    assert check(name, "self-instruct").warnings == ()
    assert "keyword ('music', limit" in check(name, "alpaca").warnings[0]


def test_a_defect_ends_the_command_with_line_field_and_remedy(tmp_path: Path) -> None:
    """The first one, in our form, exit code 2, nothing on stdout."""
    name = seeds(tmp_path / "s.jsonl", GOOD[0], {"instruction": GOOD[1], "instances": []})
    done = cli("check", name, code=2)
    assert done.stdout == ""
    assert done.stderr.startswith(
        f"cannot read seed tasks from {name}: line 2: instances is not a list with at least one "
        "instance.\nWrite "
    )


@pytest.mark.parametrize(
    "name", ["self-instruct", "self-instruct-strict", "alpaca", "alpaca-strict"]
)
def test_our_recipes_are_all_right_by_name_and_as_folders(name: str) -> None:
    """Every part and prompt of each is made for each protocol."""
    by_name, folder = check(name, ""), check(str(ROOT / "prompts" / name), "")
    assert by_name == folder
    assert by_name.warnings == ()
    assert by_name.facts[0].endswith("for chat, completion, schema")


@pytest.mark.parametrize(
    ("file", "old", "new", "why"),
    [
        ("recipe.toml", 'use = "list"', 'use = "lists"', "there is no source 'lists'"),
        ("recipe.toml", "shots = 8", "shot = 8", "it has no option 'shot'; the nearest is 'shots'"),
        (
            "recipe.toml",
            "items = 7",
            'only = "clasification"',
            'only = "clasification" is not known',
        ),
        ("recipe.toml", "temperature = 0.7", 'temperature = "warm"', "temperature is not of type"),
        ("generate.completion.txt", "{{shots}}", "{{shotts}}", "nothing fills {{shotts}}"),
        ("classify.examples.jsonl", '"instruction"', '"instruktion"', "line 1: instruction is mis"),
    ],
)
def test_a_defect_of_a_recipe_is_named(
    file: str, old: str, new: str, why: str, tmp_path: Path
) -> None:
    """Also in prompts of a protocol that the user may not use today."""
    path = own_recipe(tmp_path) / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(BadInput, match=re.escape(why)):
        check(str(tmp_path), "")


def test_a_defect_of_a_fit_is_named(tmp_path: Path) -> None:
    """Also of one that no run has chosen yet."""
    (own_recipe(tmp_path) / "fit" / "small.toml").write_text("[clasify]\n", encoding="utf-8")
    with pytest.raises(
        BadInput, match=r"fit\.toml: clasify is not known; the nearest is 'classify'"
    ):
        check(str(tmp_path), "")


def test_a_missing_prompt_is_named(tmp_path: Path) -> None:
    """A protocol that has some of its prompts must have all."""
    (own_recipe(tmp_path) / "input_first.chat.txt").unlink()
    with pytest.raises(BadInput, match=r"no prompt file input_first\.chat\.txt"):
        check(str(tmp_path), "")


def test_a_recipe_for_one_protocol_alone_is_fine(tmp_path: Path) -> None:
    """Base models need no chat prompts."""
    for path in own_recipe(tmp_path, "alpaca").glob("*.chat.txt"):
        path.unlink()
    assert check(str(tmp_path), "").facts[0].endswith(": 2 files, for completion")


def test_the_seed_file_in_a_recipe_folder_is_checked_with_it(tmp_path: Path) -> None:
    """As `init` writes it."""
    seeds(own_recipe(tmp_path) / "seed_tasks.jsonl", *GOOD, "Paint me a sunset in blue.")
    found = check(str(tmp_path), "")
    assert found.facts[0].startswith("recipe self-instruct")
    assert any(fact.startswith("9 seed tasks") for fact in found.facts)
    assert len(found.warnings) == 1


def test_a_path_that_is_nothing_is_an_error_with_choices(tmp_path: Path) -> None:
    """What could be named instead is listed."""
    with pytest.raises(BadInput, match=r"no such file or folder\.\n.*alpaca-strict, answers, evol"):
        check(str(tmp_path / "gone"), "")
    with pytest.raises(BadInput, match=r"no folder of that name with a recipe\.toml"):
        check(str(tmp_path), "")


def test_a_file_is_fixed(tmp_path: Path) -> None:
    """What can be read is written in our own form, and reads back; what cannot is named."""
    source = tmp_path / "rows.jsonl"
    rows = [{"question": task, "response": "Here it is."} for task in GOOD]
    lines = [json.dumps(rows[0]), "{broken", json.dumps(rows[0] | {"response": "Or so."})]
    source.write_text("\n".join([*lines, *map(json.dumps, rows[1:])]) + "\n", "utf-8")
    cli("check", source, code=2)
    out = tmp_path / "clean.jsonl"
    done = cli("check", source, "--fix", out)
    assert "warning: left out, line 2: " in done.stdout
    assert f"read as JSON lines, written to {out}" in done.stdout
    written = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert [task["instruction"] for task in written] == GOOD
    assert [len(task["instances"]) for task in written] == [2] + [1] * (len(GOOD) - 1)
    assert "left out" not in cli("check", out).stdout


def test_nothing_is_fixed_over_its_own_source(tmp_path: Path) -> None:
    """Neither is a folder, nor a file without a task."""
    source = Path(seeds(tmp_path / "s.jsonl", *GOOD))
    before = source.read_bytes()
    (tmp_path / "none.jsonl").write_text('{"a": 1}\n')
    for path, out in (
        (source, source),
        (tmp_path, tmp_path / "out.jsonl"),
        (tmp_path / "none.jsonl", tmp_path / "out.jsonl"),
    ):
        with pytest.raises(BadInput):
            fix(str(path), out, "self-instruct")
    with pytest.raises(BadInput, match="no-such-recipe"):
        fix(str(source), tmp_path / "out.jsonl", "no-such-recipe")
    assert source.read_bytes() == before
    assert not (tmp_path / "out.jsonl").exists()
