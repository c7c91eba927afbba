"""A fork: other filters, prompts or models, and what was paid for is not paid again."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from selfinstruct.method import METHOD
from selfinstruct.run.spec import load
from selfinstruct.store.folder import RunFolder
from selfinstruct.store.journal import read
from tests.engine.runs import derived, ledger, lines
from tests.world import cli

if TYPE_CHECKING:
    from pathlib import Path

TARGET = 24


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = tmp_path_factory.mktemp("old") / "run"
    cli("generate", run, "--model", "rehearsal", "--target", str(TARGET), "--concurrency", "8")
    return run


def forked(old: Path, new: Path, *arguments: str | Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(cli("fork", old, new, "--json", *arguments).stdout)
    return found


def there(folder: Path) -> list[str]:
    """Return what lies in a folder, besides a lock; nothing where there is none."""
    names = [path.name for path in folder.iterdir()] if folder.exists() else []
    return sorted(name for name in names if name != ".lock")


def edited(old: Path, folder: Path, before: str, after: str, file: str = "recipe.toml") -> Path:
    """Return a copy of the run's recipe with one thing changed."""
    recipe = folder / "recipe"
    shutil.copytree(old / "recipe", recipe)
    text = (recipe / file).read_text(encoding="utf-8")
    assert before in text
    (recipe / file).write_text(text.replace(before, after), encoding="utf-8")
    return recipe


def test_a_fork_without_a_change_has_the_same_bytes(old: Path, tmp_path: Path) -> None:
    """All replies are used, nothing is asked, and the old run stays as it was."""
    before = {path.name: path.read_bytes() for path in old.iterdir() if path.is_file()}
    found = forked(old, tmp_path / "new")
    assert found["complete"] == TARGET
    assert derived(tmp_path / "new") == derived(old)
    assert {path.name: path.read_bytes() for path in old.iterdir() if path.is_file()} == before
    assert "done" in cli("generate", tmp_path / "new").stderr
    assert not (tmp_path / "new" / "ledger.jsonl").exists() or not ledger(tmp_path / "new")
    cli("verify", tmp_path / "new")


def test_another_filter_costs_nothing_for_what_was_kept(old: Path, tmp_path: Path) -> None:
    """With a stricter rule the run goes on; only what it had never asked is asked."""
    recipe = edited(old, tmp_path, "threshold = 0.7", "threshold = 0.3")
    new = tmp_path / "new"
    found = forked(old, new, "--recipe", recipe)
    assert found["accepted"] < json.loads(cli("status", old, "--json").stdout)["accepted"]
    assert found["complete"] < TARGET
    had = [entry.reply for entry in read(new / "journal.jsonl")]
    adopted = {reply.digest for reply in had if reply.key.item >= 0}
    facts = {reply.key for reply in had if reply.key.item < 0}
    cli("generate", new, "--concurrency", "8")
    asked = [entry.reply for entry in read(new / "journal.jsonl")][len(had) :]
    assert asked
    assert not [reply for reply in asked if reply.adopted or reply.key in facts]
    assert not [reply for reply in asked if reply.key.item >= 0 and reply.digest in adopted]
    cli("verify", new)


def test_what_comes_of_a_fork_does_not_depend_on_timing(old: Path, tmp_path: Path) -> None:
    """A fork gone on with at concurrency 1 and at 16 has the same bytes."""
    recipe = edited(old, tmp_path, "threshold = 0.7", "threshold = 0.3")
    for name, concurrency in (("one", 1), ("many", 16)):
        forked(old, tmp_path / name, "--recipe", recipe)
        cli("generate", tmp_path / name, "--concurrency", str(concurrency))
    assert derived(tmp_path / "one") == derived(tmp_path / "many")


def test_another_model_for_a_step_keeps_the_instructions(old: Path, tmp_path: Path) -> None:
    """Instructions and decisions are adopted; instances are owed anew, for every accepted task."""
    found = forked(
        old, tmp_path / "new", "--model", "rehearsal", "--model", "instances=another-model"
    )
    same = forked(old, tmp_path / "same", "--target", str(10 * TARGET))
    assert forked(old, tmp_path / "done")["owed"] == {}, "its target is met"
    assert found["complete"] == 0
    assert found["accepted"] > TARGET // 2
    assert found["owed"]["instances"] > TARGET // 2
    assert found["owed"].get("classify", 0) <= same["owed"].get("classify", 0)


def test_a_changed_prompt_of_a_step_asks_that_step_again(old: Path, tmp_path: Path) -> None:
    """A step's reply is only used for an equal request."""
    recipe = edited(
        old, tmp_path, "Answer with one word, Yes or No.", "Say Yes or No.", "classify.chat.txt"
    )
    found = forked(old, tmp_path / "new", "--recipe", recipe)
    assert found["owed"]["classify"] == found["accepted"]
    assert "instances" not in found["owed"]


def test_a_run_of_another_method_can_be_forked(old: Path, tmp_path: Path) -> None:
    """Where its replies fold to other tasks than it had; the refusal to go on names the fork."""
    copy = of_another_method(old, tmp_path / "copy")
    pool = copy / "pool.jsonl"
    pool.write_bytes(pool.read_bytes().replace(b'"instruction":"', b'"instruction":"Now ', 1))
    before = {path.name: path.read_bytes() for path in copy.iterdir() if path.is_file()}
    assert "selfinstruct fork" in cli("generate", copy, code=3).stderr
    assert {path.name: path.read_bytes() for path in copy.iterdir() if path.is_file()} == before
    assert forked(copy, tmp_path / "new")["complete"] == TARGET


def test_a_run_of_another_method_goes_on_where_its_tasks_are_the_same(
    old: Path, tmp_path: Path
) -> None:
    """Folded anew it gives the same bytes; from then on it is of this method."""
    copy = of_another_method(old, tmp_path / "copy")
    pool = copy / "pool.jsonl"
    pool.write_bytes(pool.read_bytes()[:-40])  # as a killed process leaves it
    cli("generate", copy, "--target", str(TARGET + 6))
    assert json.loads((copy / "run.json").read_bytes())["method"] == METHOD
    assert pool.read_bytes().startswith((old / "pool.jsonl").read_bytes())
    assert "FAILED" not in cli("verify", copy).stdout


def of_another_method(old: Path, copy: Path) -> Path:
    shutil.copytree(old, copy)
    row = json.loads((copy / "run.json").read_bytes())
    (copy / "run.json").write_text(json.dumps(row | {"method": 0}), encoding="utf-8")
    return copy


def test_adopted_replies_are_read_beside_the_prompts_they_answered(
    old: Path, tmp_path: Path
) -> None:
    """With another seed the prompts show other tasks; what the old ones showed is stored by id."""
    new = tmp_path / "new"
    forked(old, new, "--seed", "7")
    shown = []
    for folder in (RunFolder(old), RunFolder(new)):
        fold = load(folder).fold()
        replies = {entry.reply.key: entry.reply for entry in read(folder.journal)}
        first = list(fold.owed())[:8]
        shown.append([fold.asked_for(replies[request.key]).shots for request in first])
    assert shown[0] == shown[1]
    rows = map(json.loads, (new / "journal.jsonl").read_bytes().splitlines())
    row = next(row for row in rows if row["key"] == "generate/0/0")
    assert [shot.id for shot in shown[0][0]] == row["shots"]


def test_shots_of_other_seed_tasks_are_stored_in_full(old: Path, tmp_path: Path) -> None:
    """Where the new run has no such seed task its id would tell nothing."""
    seeds = (old / "seed_tasks.jsonl").read_bytes().splitlines(keepends=True)
    mine, new = tmp_path / "mine.jsonl", tmp_path / "new"
    mine.write_bytes(b"".join(seeds[:90]))
    forked(old, new, "--seeds", mine)
    known = {json.loads(line)["id"] for line in seeds[:90]}
    shots = [shot for entry in read(new / "journal.jsonl") for shot in entry.reply.shots or ()]
    seed_shots = [shot for shot in shots if shot.id.startswith("seed")]
    assert {(shot.id in known, shot.instruction == "") for shot in seed_shots} == {
        (True, True),
        (False, False),
    }


def test_a_fork_that_can_use_nothing_says_so_before_it_writes(old: Path, tmp_path: Path) -> None:
    """Replies of a list are no blocks: exit code 2, and no folder."""
    new = tmp_path / "new"
    found = cli("fork", old, new, "--recipe", "alpaca", code=2).stderr
    assert "recipe alpaca can make nothing of its" in found
    assert "asked for by recipe self-instruct" in found
    assert not new.exists()


def test_a_fork_of_a_fork(old: Path, tmp_path: Path) -> None:
    """What was adopted is adopted again, together with what the first fork asked."""
    recipe = edited(old, tmp_path, "threshold = 0.7", "threshold = 0.3")
    first, second = tmp_path / "first", tmp_path / "second"
    forked(old, first, "--recipe", recipe)
    cli("generate", first, "--concurrency", "8")
    assert forked(first, second)["complete"] == TARGET
    assert derived(second) == derived(first)


def test_adopted_replies_are_not_this_runs_cost(old: Path, tmp_path: Path) -> None:
    """A cap on requests counts what the fork itself sends."""
    new = tmp_path / "new"
    found = forked(old, new, "--target", str(TARGET + 4))
    before = lines(new / "journal.jsonl")
    cli("generate", new, "--concurrency", "1", "--max-requests", "300")
    state = json.loads(cli("status", new, "--json").stdout)
    assert state["adopted"] == found["adopted"]
    assert state["replies"] < before


@pytest.mark.parametrize("case", ["no run", "not empty", "a run", "no reply"])
def test_what_cannot_be_forked(old: Path, tmp_path: Path, case: str) -> None:
    """Each has an error of its own, and nothing is written."""
    new, what = tmp_path / "new", old
    if case == "no run":
        what = tmp_path
    elif case == "not empty":
        new.mkdir()
        (new / "letter.txt").write_text("dear", encoding="utf-8")
    elif case == "a run":
        shutil.copytree(old, new)
    else:
        what = tmp_path / "empty"
        shutil.copytree(old, what)
        (what / "journal.jsonl").write_bytes(b"")
    before = there(new)
    error = cli("fork", what, new, code=2).stderr
    assert error.startswith("cannot ")
    assert there(new) == before
