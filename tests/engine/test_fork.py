"""A fork: other filters, prompts or models, and what was paid for is not paid again."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

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
    """Its replies fold by today's method; the refusal to go on with it names the fork."""
    copy = tmp_path / "copy"
    shutil.copytree(old, copy)
    row = json.loads((copy / "run.json").read_bytes())
    (copy / "run.json").write_text(json.dumps(row | {"method": 0}), encoding="utf-8")
    assert "selfinstruct fork" in cli("generate", copy, code=3).stderr
    assert forked(copy, tmp_path / "new")["complete"] == TARGET


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
