"""The data set folder: splits and card."""

from __future__ import annotations

import hashlib
import json
import re
import shlex
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from selfinstruct.method.errors import BadInput
from selfinstruct.views.export.card import scripts
from selfinstruct.views.export.exporting import digest_of, split
from selfinstruct.views.export.exporting import export as run_export
from selfinstruct.views.export.options import Bounds, Choice, ExportOptions
from selfinstruct.views.export.row import Row
from selfinstruct.views.export.rows import choose
from tests.world import cli

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO

    from selfinstruct.views.export.exporting import Exported
    from selfinstruct.views.view import Run

    Make = Callable[..., Run]


def export(run: Run, output: Path | BinaryIO, **options: Any) -> Exported:
    return run_export(run, output, ExportOptions(format="huggingface", **options))


def some_rows(count: int) -> list[Row]:
    """Return rows of so many tasks, one or two rows each."""
    return [
        Row(f"{task}.0", place, "Add.", "", "5", is_classification=None)
        for task in range(count)
        for place in range(1 + task % 2)
    ]


def read(folder: Path) -> dict[str, list[dict[str, Any]]]:
    return {
        path.stem: [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        for path in sorted((folder / "data").iterdir())
    }


@settings(deadline=None)
@given(count=st.integers(0, 60), seed=st.integers(0, 99), share=st.floats(0, 1))
def test_splits_part_the_rows_by_task(count: int, seed: int, share: float) -> None:
    """Each row is in one split, all rows of a task in the same, in their order."""
    rows = some_rows(count)
    parts = split(rows, seed, share)
    assert sorted(row.id for part in parts.values() for row in part) == sorted(r.id for r in rows)
    tasks = [{row.task for row in part} for part in parts.values()]
    assert len(parts) == 1 or not tasks[0] & tasks[1]
    assert all(part == [row for row in rows if row in part] for part in parts.values())
    assert len(parts) == 2 or count < 2 or share in {0, 1}


def test_a_task_stays_in_its_split_while_the_run_grows() -> None:
    """An earlier export's validation tasks never turn up in a later one's train split."""
    early, late = (split(some_rows(count), 3, 0.1) for count in (300, 2000))
    ids = {name: {row.id for row in late[name]} for name in late}
    for name, part in early.items():
        assert {row.id for row in part} <= ids[name]
    assert 140 <= len({row.task for row in late["validation"]}) <= 260


def test_the_folder_holds_every_row_and_its_card_the_counts(make_run: Make, tmp_path: Path) -> None:
    """Rows by split, digests and the head's features are those of the files."""
    run = make_run([{"extra": {"quality": place}} for place in range(40)])
    done = export(run, tmp_path / "set", validation=0.25)
    rows = read(tmp_path / "set")
    assert {name: len(part) for name, part in rows.items()} == done.splits
    assert sum(done.splits.values()) == done.rows == 40
    expected = {row.id: row.output for row in choose(run, Choice())}
    assert {row["id"]: row["output"] for part in rows.values() for row in part} == expected
    card = (tmp_path / "set" / "README.md").read_text("utf-8")
    for name, part in rows.items():
        path = tmp_path / "set" / "data" / f"{name}.jsonl"
        assert f"| rows in {name} | {len(part)} |" in card
        assert f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}" in card
    assert '  - name: "quality"\n    dtype: float64\n' in card
    assert digest_of(choose(run, Choice())) in card


def test_the_card_says_what_was_said_and_how_to_rebuild(make_run: Make, tmp_path: Path) -> None:
    """Licence, terms, languages and the options of the export stand in it."""
    export(
        make_run([{}] * 9, seed=4),
        tmp_path / "set",
        license="cc-by-4.0",
        terms="Outputs may not train rivals.",
        languages=("en", "da"),
        validation=0.5,
        one_per_task=True,
        include_seeds=True,
        words={"output": Bounds(1, 200)},
        is_classification=False,
        reviewed=True,
        per_verb=5,
        shuffle=7,
        limit=9,
    )
    card = (tmp_path / "set" / "README.md").read_text("utf-8")
    assert 'license: "cc-by-4.0"\nlanguage:\n- "en"\n- "da"\n' in card
    assert "Outputs may not train rivals." in card
    assert (
        "selfinstruct generate RUN --recipe RECIPE --seeds SEED_TASKS.jsonl --model m --seed 4 "
        "--target 9\n" in card
    )
    assert (
        "--one-per-task --include-seeds --words output=1:200 --classification no --reviewed "
        "--per-verb 5 --shuffle 7 --limit 9 --validation 0.5 --license cc-by-4.0 "
        "--terms 'Outputs may not train rivals.' --language en --language da\n" in card
    )
    assert "RECIPE stands for the recipe's folder, SEED_TASKS.jsonl stands for" in card
    assert "| too few words | 1 |" in card
    assert "````toml\n# ```\nname = 'own'\n````" in card  # a fence in the recipe stays inside


@pytest.mark.parametrize("own", [False, True])
def test_the_commands_of_the_card_rebuild_the_data_set(tmp_path: Path, *, own: bool) -> None:
    """They are run as they stand; files of one's own are put where the capitals are."""
    starter, run, again = tmp_path / "mine", tmp_path / "run", tmp_path / "again"
    mine: list[str | Path] = []
    if own:
        assert cli("init", starter).returncode == 0
        seeds = starter / "seed_tasks.jsonl"
        mine = ["--recipe", starter, "--seeds", seeds, "--context", "9000", "--protocol"]
        mine.append("completion")
    made = cli("generate", run, "--model", "rehearsal:3", "--seed", "5", "--target", "12", *mine)
    assert made.returncode == 0, made.stderr
    said = ("--license", "cc-by-4.0", "--terms", "None; it's ours.", "--validation", "0.2")
    folder = tmp_path / "set"
    words = ("export", run, "--format", "huggingface", "-o", folder, "--words", "output=1:", *said)
    assert cli(*words).returncode == 0
    card = (folder / "README.md").read_text("utf-8")
    found = re.search(r"```sh\n(.*?)```", card, re.DOTALL)
    assert found is not None
    places = {"RUN": again, "FOLDER": tmp_path / "other" / "set"}
    places |= {"RECIPE": starter, "SEED_TASKS.jsonl": starter / "seed_tasks.jsonl"}
    places["FOLDER"].parent.mkdir()
    for line in found[1].splitlines():
        done = cli(*(places.get(word, word) for word in shlex.split(line)[1:]))
        assert done.returncode == 0, done.stderr
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == {
        folder / path.relative_to(places["FOLDER"]): path.read_bytes()
        for path in places["FOLDER"].rglob("*")
        if path.is_file()
    }


def test_a_card_knows_its_folder_and_what_was_not_asked(
    make_run: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder named by a dot has a name; a kind that no step decided is not called none."""
    folder = tmp_path / "rivers"
    folder.mkdir()
    monkeypatch.chdir(folder)
    export(make_run([{"is_classification": None}] * 3), Path())
    card = (folder / "README.md").read_text("utf-8")
    assert "\n# rivers\n" in card
    assert "| rows of classification tasks | not asked |" in card


def test_the_card_owns_up_to_what_nobody_said(make_run: Make, tmp_path: Path) -> None:
    """No licence, terms or language is made up; a live run is called one."""
    export(make_run([{}], live=True), tmp_path / "set")
    card = (tmp_path / "set" / "README.md").read_text("utf-8")
    assert "license:" not in card
    assert "language:" not in card
    assert "No licence was stated." in card
    assert "still going on" in card


def test_a_hostile_name_stays_in_its_place(make_run: Make, tmp_path: Path) -> None:
    """Markdown and HTML in a model's name, which the user does not write, have no effect."""
    run = make_run([{}])
    spec = run.spec
    hostile = replace(spec.identity, models={"": "a|b <script>`\n# x"})
    run.spec = replace(spec, identity=hostile)
    export(run, tmp_path / "set", name='x"\ny: 1')
    card = (tmp_path / "set" / "README.md").read_text("utf-8")
    assert r"| model | a\|b &lt;script>\` # x |" in card
    assert '\npretty_name: "x\\"\\ny: 1"\n' in card


def test_same_run_same_bytes(make_run: Make, tmp_path: Path) -> None:
    """A folder holds no time and no place."""
    run = make_run([{}] * 20)
    for name in ("a", "b"):
        export(run, tmp_path / name, name="rivers")
    a, b = (
        {p.relative_to(root): p.read_bytes() for p in root.rglob("*") if p.is_file()}
        for root in (tmp_path / "a", tmp_path / "b")
    )
    assert a == b
    assert str(tmp_path) not in a[next(path for path in a if path.name == "README.md")].decode()


def test_a_run_without_tasks_gives_an_empty_train_split(make_run: Make, tmp_path: Path) -> None:
    """A run that has just begun can be exported too."""
    done = export(make_run([]), tmp_path / "set")
    assert done.splits == {"train": 0}
    assert "streaming=True" in done.remarks[0]


def test_a_model_with_an_equals_sign_is_rebuilt(make_run: Make, tmp_path: Path) -> None:
    """The card's command writes it so that it is read as a name."""
    run = make_run([{}])
    run.spec = replace(run.spec, identity=replace(run.spec.identity, models={"": "a=b"}))
    export(run, tmp_path / "set")
    assert " --model =a=b --seed 0 " in (tmp_path / "set" / "README.md").read_text("utf-8")


def test_a_folder_needs_a_name(make_run: Make) -> None:
    """It cannot go to stdout."""
    import io  # noqa: PLC0415 - only here

    with pytest.raises(BadInput, match="-o"):
        export(make_run([]), io.BytesIO())


def test_scripts_are_counted_by_letter() -> None:
    """Digits, blanks and marks are no letters; the most frequent script comes first."""
    assert scripts(["Straße 12", "река", "川 ok"]) == {"Latin": 8, "Cyrillic": 4, "Cjk": 1}


def test_the_head_is_yaml_that_says_the_same(make_run: Make, tmp_path: Path) -> None:
    """A YAML reader finds the splits and features."""
    yaml = pytest.importorskip("yaml", reason="needs PyYAML, which the extra hub brings")
    export(make_run([{}] * 5), tmp_path / "set", validation=0.5, license="mit")
    card = (tmp_path / "set" / "README.md").read_text("utf-8")
    found = re.match(r"---\n(.*?)---\n", card, re.DOTALL)
    assert found is not None
    head = yaml.safe_load(found[1])
    assert head["license"] == "mit"
    assert head["size_categories"] == ["n<1K"]
    files = head["configs"][0]["data_files"]
    assert [file["split"] for file in files] == ["train", "validation"]
    assert all((tmp_path / "set" / file["path"]).exists() for file in files)
    assert {f["name"]: f["dtype"] for f in head["dataset_info"]["features"]} == {
        "id": "string",
        "instruction": "string",
        "input": "string",
        "output": "string",
        "is_classification": "bool",
    }
