"""A recipe of the user's own from `init` to a run, and what a dry run shows."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

import selfinstruct
from selfinstruct.method.errors import BadInput, Refused
from selfinstruct.method.preview import as_text
from selfinstruct.method.recipe import parse_recipe
from selfinstruct.run.create import dry_run
from selfinstruct.run.inputs import read_recipe, read_seeds, write_starter
from selfinstruct.run.options import RunOptions
from tests.world import built, cli, drive, own_seeds, reply_to

if TYPE_CHECKING:
    from pathlib import Path

    from selfinstruct.method.fold import Fold
    from selfinstruct.method.types import ProtocolName, Reply, Request


def test_init_check_dry_run_generate(tmp_path: Path) -> None:
    """The commands that the README of the new folder gives, through the real command."""
    own, run = tmp_path / "own", tmp_path / "run"
    done = cli("init", own, "--recipe", "alpaca")
    assert f"next: selfinstruct check {own}" in done.stderr
    assert cli("check", own).stdout.endswith("\nall right\n")
    with (own / "generate.chat.txt").open("a", encoding="utf-8") as file:
        file.write("\n")
    more = ("generate", run, "--recipe", own)
    dry = cli(*more, "--dry-run")
    assert "### Task 4\nInstruction:" in dry.stdout
    assert "tokens (4 characters a token)" in dry.stdout
    assert not run.exists()
    cli(*more, "--model", "rehearsal", "--target", "12")
    assert len((run / "pool.jsonl").read_bytes().splitlines()) == 12
    seeds = (own / "seed_tasks.jsonl").read_bytes()
    assert (run / "seed_tasks.jsonl").read_bytes() == seeds
    assert (run / "recipe" / "generate.chat.txt").read_bytes().endswith(b":\n\n")
    assert not (run / "recipe" / "README.md").exists()


def test_init_copies_every_file_and_leaves_a_full_folder_alone(tmp_path: Path) -> None:
    """Nothing of the user's is ever overwritten."""
    own = tmp_path / "own"
    names = write_starter(own, "self-instruct")
    files = read_recipe("self-instruct")
    assert set(names) == {*files, "README.md", "seed_tasks.jsonl"}
    files["recipe.toml"] = files["recipe.toml"].replace(b'name = "self-instruct"', b'name = "own"')
    assert read_recipe(str(own)) == files
    assert parse_recipe(files, str(own)).name == "own"
    (own / "recipe.toml").write_text("mine", encoding="utf-8")
    with pytest.raises(BadInput, match=r"README\.md\.\nName a new or empty folder"):
        write_starter(own, "self-instruct")
    assert (own / "recipe.toml").read_text(encoding="utf-8") == "mine"
    with pytest.raises(BadInput, match="come along: alpaca, alpaca-strict, answers, evol"):
        write_starter(tmp_path / "other", "no-such")
    assert not (tmp_path / "other").exists()


def test_a_run_has_the_seed_tasks_that_lie_in_its_recipes_folder(tmp_path: Path) -> None:
    """Ours until the user replaces them; seed tasks that are named go first."""
    own, other = tmp_path / "own", tmp_path / "other.jsonl"
    write_starter(own, "self-instruct")
    ours = read_seeds(None)[0]
    assert (own / "seed_tasks.jsonl").read_bytes() == ours
    other.write_bytes(b"".join(ours.splitlines(keepends=True)[:9]))
    mine = b"".join(ours.splitlines(keepends=True)[9:20])
    (own / "seed_tasks.jsonl").write_bytes(mine)

    def begun(run: str, recipe: str, seeds: Path | None = None) -> bytes:
        named = str(seeds) if seeds else None
        selfinstruct.generate(
            tmp_path / run, model="rehearsal", target=1, recipe=recipe, seeds=named
        )
        return (tmp_path / run / "seed_tasks.jsonl").read_bytes()

    assert begun("beside", str(own)) == mine
    assert begun("named", str(own), other) == other.read_bytes()
    assert begun("ours", "self-instruct") == ours
    assert begun("beside", str(own)) == mine, "the same command goes on"
    shown = dry_run(tmp_path / "none", RunOptions(recipe=str(own)))[0].request
    assert (
        shown
        == dry_run(tmp_path / "none", RunOptions(seeds=str(own / "seed_tasks.jsonl")))[0].request
    )
    (own / "seed_tasks.jsonl").write_bytes(other.read_bytes())
    with pytest.raises(Refused, match="this run is another one: the seed tasks differ"):
        begun("beside", str(own))


def test_a_dry_run_shows_each_stage_once_and_both_orders_of_instances(tmp_path: Path) -> None:
    """Without model or key; steps are shown with a seed task."""
    shown = dry_run(tmp_path / "none", RunOptions())
    stages = [item.request and item.request.key.stage for item in shown]
    assert stages == ["generate", "classify", "instances", "instances"]
    assert "output" not in shown[1].title
    assert "as another task" in shown[2].title
    assert "as a classification task" in shown[3].title
    for item in shown:
        assert item.request
        assert item.tokens == -(-sum(len(m.content) for m in item.request.messages) // 4)
        assert f"about {item.tokens:,} tokens (4 characters a token)" in as_text([item])
        assert all(message.content in as_text(shown) for message in item.request.messages)
    assert list(tmp_path.iterdir()) == []


def test_the_dry_runs_first_request_is_the_runs_first_request(tmp_path: Path) -> None:
    """It is what will be sent, not something like it."""
    recipe = parse_recipe(read_recipe("self-instruct"), "self-instruct")
    fold = built(recipe, seed=5)
    wish = RunOptions(seed=5, model="rehearsal:0")
    assert dry_run(tmp_path / "none", wish)[0].request == next(fold.owed())


def test_a_small_context_shows_in_the_dry_run(tmp_path: Path) -> None:
    """Fewer worked examples, as the run itself would show."""
    full, small = (dry_run(tmp_path / "none", RunOptions(context=size)) for size in (None, 900))
    assert [a.tokens > b.tokens for a, b in zip(full, small, strict=True)][2:] == [True, True]


def test_a_dry_run_of_a_run_shows_what_it_was_begun_with(tmp_path: Path) -> None:
    """Its own copies of recipe and seed tasks, and its seed; an option given goes first."""
    run = tmp_path / "run"
    selfinstruct.generate(run, model="rehearsal", target=1, recipe="alpaca", seed=9)
    asked = dry_run(run, RunOptions())[0].request
    wish = RunOptions(recipe="alpaca", seed=9, model="rehearsal:0")
    assert asked == dry_run(tmp_path / "none", wish)[0].request
    assert dry_run(run, RunOptions(protocol="completion"))[0].request != asked


def test_a_step_that_needs_more_than_a_seed_task_has_is_said_so(tmp_path: Path) -> None:
    """A user's own step may read what an earlier one added; the other stages are shown."""
    write_starter(tmp_path / "own", "alpaca")
    recipe = tmp_path / "own" / "recipe.toml"
    step = '\n[[step]]\nname = "judge"\nuse = "judge.py:Judge"\n'
    recipe.write_text(recipe.read_text(encoding="utf-8") + step, encoding="utf-8")
    (tmp_path / "own" / "judge.py").write_text(
        "class Judge:\n    parts = 1\n    def __init__(self, context):\n"
        "        self.name = context.name\n    def ask(self, task, part, attempt):\n"
        "        return task.extra['score']\n"
        "    def read(self, task, replies):\n        return task\n",
        encoding="utf-8",
    )
    shown = dry_run(tmp_path / "none", RunOptions(recipe=str(tmp_path / "own"), trust_code=True))
    assert shown[0].request
    assert shown[1].request is None
    assert "no seed task will do: KeyError: 'score'" in as_text(shown)


def classification_mode(protocol: ProtocolName) -> Fold:
    files = dict(read_recipe("self-instruct"))
    text = files["recipe.toml"].decode()
    assert "# only = " in text
    files["recipe.toml"] = text.replace("# only = ", "only = ").encode()
    return built(parse_recipe(files, "own"), protocol=protocol)


def test_classification_mode_asks_for_such_tasks_and_shows_only_such_seeds() -> None:
    """One line in recipe.toml: the system text is another, and most new tasks have labels."""
    asked: list[Request] = []

    def answer(request: Request) -> Reply:
        asked.append(request)
        return reply_to(request)

    verdicts = drive(classification_mode("chat"), 40, answer_to=answer)
    system, user = asked[0].messages
    assert "new classification tasks" in system.content
    lines = [line for line in user.content.split("\n") if line.startswith("Task ")]
    shots = [shot for line in lines if (shot := line.partition(": ")[2])]
    known = {t.instruction.rstrip(":") for t in own_seeds() if t.is_classification}
    assert len(shots) == 8
    assert set(shots) <= known
    made = [v.task for v in verdicts if v.task and not v.rejected]
    assert sum(bool(task.is_classification) for task in made) > len(made) / 2


def test_classification_mode_has_a_prompt_for_base_models_too() -> None:
    """Its first line says what kind of list it is."""
    (prompt,) = next(classification_mode("completion").owed()).messages
    assert prompt.content.startswith("A long list of very different classification tasks")


def test_classification_mode_without_such_seeds_is_an_error(tmp_path: Path) -> None:
    """Which says what to do about it."""
    write_starter(tmp_path / "own", "self-instruct")
    recipe, seeds = tmp_path / "own" / "recipe.toml", tmp_path / "own" / "seed_tasks.jsonl"
    text = recipe.read_text(encoding="utf-8").replace("# only = ", "only = ")
    recipe.write_text(text, encoding="utf-8")
    rows = [json.loads(line) for line in seeds.read_text(encoding="utf-8").splitlines()]
    seeds.write_text(json.dumps(rows[0]), encoding="utf-8")
    with pytest.raises(BadInput, match="no classification task among the seed tasks"):
        dry_run(tmp_path / "none", RunOptions(recipe=str(tmp_path / "own"), seeds=str(seeds)))


NO_NUMBER = "must be an integer of 0 or more"


@pytest.mark.parametrize(
    ("usual", "own", "why"),
    [
        ("shots = 8", 'shots = "six"', f"shots = 'six' {NO_NUMBER}"),
        ("machine_shots = 2", "machine_shots = -1", f"machine_shots = -1 {NO_NUMBER}"),
        ("items = 7", "items = true", f"items = True {NO_NUMBER}"),
        ("\nshots = 8", "\nshots = 0", "shots and items begin at 1"),
        ("demos = 12", "demos = 2.5", f"demos = 2.5 {NO_NUMBER}"),
        ("most = 5", "most = 0", "most begins at 1"),
    ],
)
def test_an_option_that_is_no_such_number_is_named(usual: str, own: str, why: str) -> None:
    """The option, its value and what it must be; before anything is asked."""
    files = {**read_recipe("self-instruct")}
    text = files["recipe.toml"].decode()
    assert usual in text
    files["recipe.toml"] = text.replace(usual, own, 1).encode()
    with pytest.raises(BadInput, match=re.escape(why)):
        built(parse_recipe(files, "mine"))
