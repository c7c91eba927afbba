"""A format of the user's own: `--format file.py:Name` or `module:Name`."""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING

import pytest

from selfinstruct.method.errors import BadInput
from selfinstruct.views.export.exporting import export
from selfinstruct.views.export.options import ExportOptions
from tests.world import cli

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from selfinstruct.views.view import Run

    Make = Callable[..., Run]

FORMATS = """
def question(row):
    return {"q": row.instruction, "a": row.output, "id": row.id}

def text(row):
    return f"Q: {row.instruction}\\n"

def good(row):
    return row.extra["good"]

def nothing(row):
    pass

def broken(row):
    return {"n": int(row.output)}

def unwritable(row):
    return {"names": {1, 2}}

def changing(row):
    return {} if row.task == "0.0" else "text"

def two(row, seed):
    return {}

number = 5
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """Return a file of formats."""
    file = tmp_path / "formats.py"
    file.write_text(textwrap.dedent(FORMATS), "utf-8")
    return file


def test_a_dict_becomes_json(own: Path, make_run: Make, tmp_path: Path) -> None:
    """Lines, or an array where the name says so, of the rows that pass the filters."""
    run = make_run([{}, {}, {}])
    options = ExportOptions(format=f"{own}:question", limit=2)
    assert export(run, tmp_path / "x.jsonl", options).rows == 2
    lines = (tmp_path / "x.jsonl").read_text("utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    assert [row["id"] for row in rows] == ["0.0/0", "1.0/0"]
    export(run, tmp_path / "x.json", options)
    assert json.loads((tmp_path / "x.json").read_text("utf-8")) == rows


def test_a_text_is_written_as_it_is(own: Path, make_run: Make, tmp_path: Path) -> None:
    """Without a line end of ours."""
    export(make_run([{}, {}]), tmp_path / "x.txt", ExportOptions(format=f"{own}:text"))
    told = (tmp_path / "x.txt").read_text("utf-8")
    assert told == "Q: Name 0 rivers of Europe.\nQ: Name 1 rivers of Europe.\n"


def test_a_module_is_importable(
    own: Path, make_run: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`module:Name` is found as Python finds it."""
    own.rename(tmp_path / "formats_of_mine.py")
    monkeypatch.syspath_prepend(str(tmp_path))
    export(make_run([{}]), tmp_path / "x", ExportOptions(format="formats_of_mine:question"))
    assert json.loads((tmp_path / "x").read_bytes())["id"] == "0.0/0"


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("nothing", "it returned NoneType None for row 0.0/0, not a dict or str"),
        ("good", "it returned bool True for row 0.0/0, not a dict or str"),
        ("broken", "it raised ValueError: .* at row 0.0/0"),
        ("unwritable", "JSON cannot hold what it returned"),
        ("changing", "it returned str 'text' for row 1.0/0, not a dict"),
        ("two", "it does not take one argument, the row"),
        ("number", "cannot be called"),
        ("missing", "cannot be loaded"),
    ],
)
def test_what_is_no_format_is_said_with_an_example(
    own: Path, make_run: Make, tmp_path: Path, name: str, why: str
) -> None:
    """In the error form; the file that was there stays."""
    run = make_run([{"extra": {"good": True}}, {}])
    (tmp_path / "x.jsonl").write_text("old", "utf-8")
    with pytest.raises(BadInput, match=why) as caught:
        export(run, tmp_path / "x.jsonl", ExportOptions(format=f"{own}:{name}"))
    assert str(caught.value).startswith(f"cannot export as {own}:{name}: ")
    if name not in {"number", "missing"}:
        assert "def question(row):" in str(caught.value)
    assert (tmp_path / "x.jsonl").read_text("utf-8") == "old"


def test_a_run_without_rows_only_has_the_signature_checked(
    own: Path, make_run: Make, tmp_path: Path
) -> None:
    """There is nothing to try it on, and the file is empty."""
    export(make_run([]), tmp_path / "x.jsonl", ExportOptions(format=f"{own}:broken"))
    assert (tmp_path / "x.jsonl").read_bytes() == b""
    with pytest.raises(BadInput, match="one argument"):
        export(make_run([]), tmp_path / "x.jsonl", ExportOptions(format=f"{own}:two"))


def test_the_command_takes_it(own: Path, rehearsed: Path) -> None:
    """To stdout too; a name that is no format names those there are."""
    told = cli("export", rehearsed, "--format", f"{own}:question", "--limit", "3").stdout
    assert [list(json.loads(line)) for line in told.splitlines()] == [["q", "a", "id"]] * 3
    done = cli("export", rehearsed, "--format", f"{own}:nothing", code=2)
    assert done.stdout == ""
    assert "def question(row):" in done.stderr
    said = cli("export", rehearsed, "--format", "xml", code=2).stderr
    assert "cannot export as xml: there is no such format.\nFormats: alpaca, messages" in said
