"""Runs on tasks that were given with `--from`, end to end, with the promises of any run."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import time
from typing import TYPE_CHECKING, Any

import pytest

import selfinstruct
from selfinstruct.method.errors import BadInput, Stopped
from selfinstruct.run.given import take_given
from tests.world import ROOT, command, environment

if TYPE_CHECKING:
    from pathlib import Path

SEEDS = ROOT / "seed_tasks.jsonl"
RECIPES = ["judge", "answers", "follow-up", "preferences"]


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def data(run: Path) -> tuple[bytes, bytes]:
    return (run / "pool.jsonl").read_bytes(), (run / "rejected.jsonl").read_bytes()


def generate(run: Path, recipe: str, **wishes: Any) -> None:
    wishes = {"given": str(SEEDS), **wishes}
    selfinstruct.generate(run, model="rehearsal", recipe=recipe, **wishes)


@pytest.mark.parametrize("recipe", RECIPES)
def test_every_task_is_decided_and_traced(recipe: str, tmp_path: Path) -> None:
    """At 1 and 32 at a time the same bytes; each record names the row that it came from."""
    one, many = tmp_path / "one", tmp_path / "many"
    generate(one, recipe, concurrency=1)
    generate(many, recipe, concurrency=32)
    assert data(one) == data(many)
    pool, rejected = rows(one / "pool.jsonl"), rows(one / "rejected.jsonl")
    given = rows(one / "seed_tasks.jsonl")
    assert len(pool) + len(rejected) == len(given)
    assert len(pool) > len(given) / 2
    for row in pool:
        place = given[int(row["id"].split(".")[0])]
        assert row["instruction"] == place["instruction"]
        assert row["extra"]["from"] == place["extra"]["from"]
        assert row["extra"]["from"]["file"] == SEEDS.name
    run = selfinstruct.open(one)
    assert run.status()["state"] == "done"
    assert not [check.problem for check in run.verify() if check.problem]


@pytest.mark.slow
def test_a_killed_run_goes_on_to_the_same_bytes(tmp_path: Path) -> None:
    """SIGKILL in the middle: nothing that is recorded is asked for again."""
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    generate(whole, "judge")
    words = ("generate", killed, "--model=rehearsal", "--recipe=judge", f"--from={SEEDS}")
    slow = ("--rehearsal=latency=0.2", "--concurrency=8")
    process = subprocess.Popen(command(*words, *slow), env=environment(), stderr=subprocess.DEVNULL)
    journal = killed / "journal.jsonl"
    while not journal.exists() or journal.read_bytes().count(b"\n") < 40:
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    before = journal.read_bytes()
    generate(killed, "judge")
    assert data(killed) == data(whole)
    assert journal.read_bytes().startswith(before[: before.rfind(b"\n") + 1])


def test_evol_rewrites_given_tasks(tmp_path: Path) -> None:
    """New tasks, each with the way and the task that it was made from; it has a target."""
    generate(tmp_path / "run", "evol", target=30)
    pool = rows(tmp_path / "run" / "pool.jsonl")
    assert len(pool) == 30
    old = {row["instruction"] for row in rows(tmp_path / "run" / "seed_tasks.jsonl")}
    assert not old & {row["instruction"] for row in pool}
    assert all(row["extra"]["evolved"]["way"] for row in pool)


def test_another_run_and_a_folder_are_taken(tmp_path: Path) -> None:
    """The tasks of a run, an instance each; the files of a folder, in the order of their names."""
    generate(tmp_path / "run", "answers")
    taken = take_given(str(tmp_path / "run"))
    assert taken.count >= len(rows(tmp_path / "run" / "pool.jsonl"))
    (tmp_path / "set" / "data").mkdir(parents=True)
    row = {"instruction": "Name a tree.", "output": "Oak."}
    (tmp_path / "set" / "data" / "a.json").write_text(json.dumps([row, {"x": 1}, row]))
    (tmp_path / "set" / "b.csv").write_text("prompt;completion\nName a fish.;Eel.\n")
    taken = take_given(str(tmp_path / "set"))
    places = [json.loads(line)["extra"]["from"] for line in taken.data.splitlines()]
    assert places == [{"file": "b.csv", "row": 1}, {"file": "data/a.json", "row": 1}]
    said = "\n".join(taken.notes)
    assert "data/a.json, row 2: instruction is missing (it has x)" in said
    assert "data/a.json: 1 left out" in said
    assert "left out as repeats of earlier tasks: 1" in said


def write(path: Path, outputs: list[str]) -> str:
    """Write a task for each output, of rows that do not tell their kind."""
    made = [{"instruction": f"Say number {n}.", "output": each} for n, each in enumerate(outputs)]
    path.write_text("".join(json.dumps(row) + "\n" for row in made))
    return str(path)


def asked(run: Path) -> list[str]:
    """Return the keys of the recorded replies."""
    return [row["key"] for row in rows(run / "journal.jsonl") if "key" in row]


def test_what_is_not_answered_costs_nothing_and_stops_nothing(tmp_path: Path) -> None:
    """However many come first: a judge is asked about the others alone; views work."""
    given = write(tmp_path / "given.jsonl", [""] * 60 + ["Here it is."] * 5)
    generate(tmp_path / "run", "judge", given=given)
    run = selfinstruct.open(tmp_path / "run")
    assert [row["reason"] for row in run.rejected()].count("empty output") == 60
    keys = [key.split("/") for key in asked(tmp_path / "run")]
    assert {stage for stage, *_ in keys} == {"judge"}
    assert min(int(place.split(".")[0]) for _, place, *_ in keys) >= 60
    assert run.status()["state"] == "done"
    assert run.stats()["counts"]["seed_classification"] == 0


def test_a_judge_that_lets_nothing_pass_stops_the_run(tmp_path: Path) -> None:
    """At the first few dozen, and not at the last of hundreds."""
    recipe = tmp_path / "strict"
    shutil.copytree(ROOT / "prompts" / "judge", recipe)
    text = (recipe / "recipe.toml").read_text(encoding="utf-8")
    assert "floor = 0 " in text
    (recipe / "recipe.toml").write_text(text.replace("floor = 0 ", "floor = 10 "), encoding="utf-8")
    given = write(tmp_path / "given.jsonl", [f"Number {n}, so to speak." for n in range(800)])
    with pytest.raises(Stopped, match="Stage judge turned down"):
        generate(tmp_path / "run", str(recipe), given=given, concurrency=4, min_acceptance=0.9)
    assert len(asked(tmp_path / "run")) < 400


def test_a_plan_asks_about_the_first_tasks_alone(tmp_path: Path) -> None:
    """Forty of them, and tells what the others take."""
    given = write(tmp_path / "given.jsonl", [f"Number {n}, so to speak." for n in range(500)])
    words = ("plan", tmp_path / "run", "--model=rehearsal", "--recipe=judge", f"--from={given}")
    told = subprocess.run(
        command(*words, "--json"), env=environment(), capture_output=True, check=True
    )
    count = len(asked(tmp_path / "run"))
    assert 40 <= count <= 80
    found = json.loads(told.stdout)
    assert found["requests"][1] == pytest.approx(460 * count / 40, rel=0.1)


@pytest.mark.parametrize(
    ("wishes", "why"),
    [
        ({"given": None}, "works on tasks, and none are given"),
        ({"given": "nowhere"}, "there is no such file or folder"),
        ({"given": str(ROOT / "selfinstruct" / "cli")}, "no file in it holds tasks"),
        ({"seeds": str(SEEDS)}, "cannot use --from and --seeds"),
    ],
)
def test_what_is_no_task_is_refused(wishes: dict[str, Any], why: str, tmp_path: Path) -> None:
    """Before anything is written."""
    with pytest.raises(BadInput, match=why):
        generate(tmp_path / "run", "judge", **wishes)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("recipe", [*RECIPES, "evol"])
def test_a_model_that_only_completes_is_refused(recipe: str, tmp_path: Path) -> None:
    """Their prompts are for chats: nothing is made or asked, and the missing file is named."""
    with pytest.raises(BadInput, match=r"no prompt file .*\.completion\.txt.*\n.*another protocol"):
        generate(tmp_path / "run", recipe, protocol="completion")
    assert not (tmp_path / "run").exists()
