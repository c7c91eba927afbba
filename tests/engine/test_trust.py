"""A recipe that brings code says so before it runs; the user's word is kept with the run."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING

import pytest

import selfinstruct
from selfinstruct.method.errors import BadInput, Refused
from selfinstruct.run.check import check
from selfinstruct.run.create import dry_run
from selfinstruct.run.inputs import write_starter
from selfinstruct.run.options import RunOptions
from tests.world import ROOT, cli

if TYPE_CHECKING:
    from pathlib import Path

CODE = """
from pathlib import Path
Path({ran!r}).touch()

def any_task(word="zebra"):
    return lambda task: None
"""
USES = """
[[source.filter]]
use = "own.py:any_task"

[[source.filter]]
use = "their_module:any_task"
"""


@pytest.fixture
def theirs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a recipe whose code leaves files behind: `ran` and `imported`."""
    recipe = tmp_path / "theirs"
    write_starter(recipe, "alpaca")
    with (recipe / "recipe.toml").open("a", encoding="utf-8") as file:
        file.write(USES)
    (recipe / "own.py").write_text(CODE.format(ran=str(tmp_path / "ran")), encoding="utf-8")
    module = tmp_path / "modules" / "their_module.py"
    module.parent.mkdir()
    module.write_text(CODE.format(ran=str(tmp_path / "imported")), encoding="utf-8")
    monkeypatch.syspath_prepend(str(module.parent))
    monkeypatch.delitem(sys.modules, "their_module", raising=False)
    return recipe


LISTED = r"own\.py \(any_task\); their_module \(any_task\)"


def begin(run: Path, **options: object) -> None:
    options = {"model": "rehearsal", "target": 4, **options}
    selfinstruct.generate(run, **options)  # type: ignore[arg-type]


def ran(tmp_path: Path) -> list[str]:
    return [name for name in ("ran", "imported") if (tmp_path / name).exists()]


def test_nothing_runs_before_the_word(theirs: Path, tmp_path: Path) -> None:
    """By no way in: a run, a dry run, a check of the recipe or of seed tasks against it."""
    with pytest.raises(BadInput, match=LISTED) as caught:
        begin(tmp_path / "run", recipe=str(theirs))
    assert "--trust-code" in caught.value.remedy
    with pytest.raises(BadInput, match=LISTED):
        dry_run(tmp_path / "run", RunOptions(recipe=str(theirs)))
    with pytest.raises(BadInput, match=LISTED):
        check(str(theirs), "self-instruct")
    with pytest.raises(BadInput, match=LISTED):
        check(str(theirs / "seed_tasks.jsonl"), str(theirs))
    assert not (tmp_path / "run").exists()
    assert ran(tmp_path) == []
    assert check(str(theirs), "self-instruct", trust_code=True).facts
    assert ran(tmp_path) == ["ran", "imported"]


def test_a_run_keeps_the_word(theirs: Path, tmp_path: Path) -> None:
    """It is gone on with, verified, rebuilt and forked, and no word is asked for again."""
    run = tmp_path / "run"
    begin(run, recipe=str(theirs), trust_code=True)
    assert set(json.loads((run / "run.json").read_bytes())["knobs"]["trusted"]) == {
        "own.py",
        "their_module",
    }
    begin(run, target=6)
    (run / "pool.jsonl").unlink()
    opened = selfinstruct.open(run)
    assert len(list(opened.tasks())) == 6
    assert not [one for one in opened.verify() if one.problem]
    opened.fork(tmp_path / "fork", target=5)
    opened.fork(tmp_path / "again", recipe=str(theirs))


def test_a_change_of_the_code_is_asked_about(theirs: Path, tmp_path: Path) -> None:
    """A module may change under a run, a file in a fork; the frozen copy may not."""
    run, module = tmp_path / "run", tmp_path / "modules" / "their_module.py"
    begin(run, recipe=str(theirs), trust_code=True)
    with (theirs / "own.py").open("a", encoding="utf-8") as file:
        file.write("# another\n")
    with pytest.raises(BadInput, match=r": own\.py \(any_task\), changed since it was trusted\."):
        selfinstruct.open(run).fork(tmp_path / "fork", recipe=str(theirs))
    assert not (tmp_path / "fork").exists()
    selfinstruct.open(run).fork(tmp_path / "fork", recipe=str(theirs), trust_code=True)
    begin(tmp_path / "fork")
    before = (run / "run.json").read_bytes()
    module.write_text(module.read_text("utf-8") + "# another\n", encoding="utf-8")
    with pytest.raises(BadInput, match=r": their_module \(any_task\), changed since"):
        begin(run, target=5)
    assert (run / "run.json").read_bytes() == before
    with pytest.raises(BadInput, match="changed since"):
        selfinstruct.open(run).verify()
    assert len(list(selfinstruct.open(run).tasks())) == 4, "what is in step needs no code"
    begin(run, target=5, trust_code=True)
    begin(run, target=6)
    with (run / "recipe" / "own.py").open("a", encoding="utf-8") as file:
        file.write("# another\n")
    with pytest.raises(Refused, match="was changed after the run began"):
        begin(run, trust_code=True)


def test_a_run_from_before_is_asked_about_once(theirs: Path, tmp_path: Path) -> None:
    """One that was begun when no word was needed, or whose word is no word."""
    run = tmp_path / "run"
    begin(run, recipe=str(theirs), trust_code=True)
    row = json.loads((run / "run.json").read_bytes())
    none: tuple[object, ...] = (None, [], {"other.py": 3})
    for told in none:
        row["knobs"]["trusted"] = told
        (run / "run.json").write_text(json.dumps(row), encoding="utf-8")
        with pytest.raises(BadInput, match=LISTED):
            begin(run)
    selfinstruct.open(run).fork(tmp_path / "fork", trust_code=True)
    begin(run, trust_code=True)
    begin(run)


def test_the_commands_take_it(theirs: Path, tmp_path: Path) -> None:
    """Refused with exit code 2 without it; a recipe without code has nothing to keep."""
    path = os.pathsep.join([str(tmp_path / "modules"), str(ROOT)])
    told = cli("check", theirs, code=2, PYTHONPATH=path).stderr
    assert told.startswith("cannot use recipe theirs: it brings code that would run with your")
    assert cli("check", theirs, "--trust-code", PYTHONPATH=path).stdout.endswith("all right\n")
    write_starter(tmp_path / "plain", "alpaca")
    begin(tmp_path / "run", recipe=str(tmp_path / "plain"), trust_code=True)
    assert "trusted" not in json.loads((tmp_path / "run" / "run.json").read_bytes())["knobs"]


def test_code_that_leaves_when_loaded_takes_the_error_form(theirs: Path, tmp_path: Path) -> None:
    """An exit in it is no exit of ours."""
    (theirs / "own.py").write_text("raise SystemExit(0)", encoding="utf-8")
    with pytest.raises(BadInput, match="cannot be loaded"):
        begin(tmp_path / "run", recipe=str(theirs), trust_code=True)
