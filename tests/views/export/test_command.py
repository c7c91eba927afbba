"""`selfinstruct export` as a user types it, on a rehearsed run."""

from __future__ import annotations

import itertools
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

import selfinstruct
from selfinstruct.cli import main
from selfinstruct.views.export.formats import FORMATS
from tests.world import command

if TYPE_CHECKING:
    from collections.abc import Callable

    from selfinstruct.views.view import Run

    Export = Callable[..., "Done"]

PAGE = Path(__file__).parents[3] / "docs" / "exports.md"
NAMES = {name: f"out.{name}" for name in FORMATS} | {"alpaca": "out.json"}

LACKING = {
    **dict.fromkeys(("preference", "kto", "deepspeed-chat"), "preferences"),
    "chatllama": "judge",
}
"""Formats that need what a run of `self-instruct` has not, and the recipe that adds it."""


class Done(NamedTuple):
    """What a command left."""

    code: int
    out: str
    err: str


@pytest.fixture
def export(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Export:
    """Return a caller of the command."""

    def call(*words: str | Path) -> Done:
        monkeypatch.setattr(sys, "argv", ["selfinstruct", "export", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        code = ended.value.code
        return Done(code if isinstance(code, int) else 0, *capsys.readouterr())

    return call


def test_the_command_knows_every_format(export: Export) -> None:
    """The formats that the help tells are those of the table."""
    told = " ".join(export("--help").out.split()).replace("- ", "-")
    assert f"--format <str> {', '.join(FORMATS)}; or file.py:Name" in told


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_is_written(
    export: Export, rehearsed: Path, tmp_path: Path, form: str
) -> None:
    """The number of rows said is that of instances; nothing goes to stdout.

    What a format needs and this run lacks is named, and nothing is written.
    """
    if form in {"parquet", "verl"}:
        pytest.importorskip("pyarrow", reason="needs the extra parquet")
    done = export(rehearsed, "--format", form, "-o", tmp_path / NAMES[form])
    if form in LACKING:
        assert done.code == 2
        assert f" --recipe {LACKING[form]} --from {rehearsed} " in done.err
        assert not (tmp_path / NAMES[form]).exists()
        return
    count = sum(len(task.instances) for task in selfinstruct.open(rehearsed).tasks())
    assert (done.code, done.out) == (0, "")
    assert f"{count} rows in {tmp_path / NAMES[form]}" in done.err
    assert (tmp_path / NAMES[form]).exists()


def test_stdout_holds_the_data_and_nothing_else(export: Export, rehearsed: Path) -> None:
    """Without -o the data goes to stdout, ready for a pipe."""
    done = export(rehearsed, "--format", "messages", "--limit", "3", "--shuffle", "1")
    assert [list(json.loads(line)) for line in done.out.splitlines()] == [["messages"]] * 3
    assert done.err == ""


def test_no_row_at_all_is_said(export: Export, rehearsed: Path) -> None:
    """A filter that leaves nothing is no error, and is not passed over in silence."""
    done = export(rehearsed, "--words", "output=9999:")
    assert (done.code, done.out, done.err) == (0, "[]\n", "0 rows in stdout\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("words", [["export"], ["stats"], ["status", "--json"]])
def test_a_full_disk_behind_stdout_is_told(rehearsed: Path, words: list[str]) -> None:
    """Much output or little: exit code 2 and what to do, no traceback."""
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            command(*words, rehearsed), stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert done.returncode == 2
    assert done.stderr.decode().startswith("cannot write the output: No space left on device.\n")


@pytest.mark.parametrize("words", [["export"], ["status"]])
def test_a_reader_that_has_seen_enough_ends_it(rehearsed: Path, words: list[str]) -> None:
    """A closed pipe is no error to speak of."""
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        command(*words, rehearsed), stdout=write, stderr=subprocess.PIPE, check=False
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (1, b"")


def test_remarks_go_to_stderr(export: Export, rehearsed: Path) -> None:
    """OpenAI's minimum is said; the data is complete all the same."""
    done = export(rehearsed, "--format", "openai", "--limit", "2")
    assert len(done.out.splitlines()) == 2
    assert done.err.startswith("note: OpenAI asks for at least 10 examples")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--format", "huggingface"], "Name it with -o"),
        (["--words", "answer=1:"], "instruction, input, output"),
        (["--score", "quality=4:"], "no task of this run has a number"),
        (["--push-to-hub", "a/b", "--format", "csv"], "cannot push csv to the Hub"),
        (["-o", "missing/x.json"], "cannot write"),
    ],
)
def test_mistakes_of_a_user(export: Export, rehearsed: Path, options: list[str], said: str) -> None:
    """Exit code 2, what failed, why, and what to do; no traceback."""
    done = export(rehearsed, *options)
    assert done.code == 2
    assert said in done.err
    assert "Traceback" not in done.err


def test_filters_are_free_views(export: Export, rehearsed: Path, tmp_path: Path) -> None:
    """An export changes nothing in the run folder, and filters change what is written."""
    before = {path: path.read_bytes() for path in rehearsed.rglob("*") if path.is_file()}
    all_rows = tmp_path / "all.jsonl"
    some_rows = tmp_path / "some.jsonl"
    export(rehearsed, "-o", all_rows)
    export(rehearsed, "-o", some_rows, "--classification", "yes", "--words", "instruction=:15")
    lines = set(all_rows.read_text("utf-8").splitlines())
    some = set(some_rows.read_text("utf-8").splitlines())
    assert some < lines
    assert {path: path.read_bytes() for path in rehearsed.rglob("*") if path.is_file()} == before


def test_a_live_run_gives_what_it_has_so_far(export: Export, tmp_path: Path) -> None:
    """Exports of a run at work are whole, and each is the beginning of the next."""
    run = tmp_path / "run"
    work = subprocess.Popen(
        [sys.executable, "-m", "selfinstruct", "generate", run, "--model", "rehearsal"],
        stderr=subprocess.DEVNULL,
    )
    seen: list[list[object]] = []
    size = 0
    try:
        give_up = time.monotonic() + 100
        while len(seen) < 3 and time.monotonic() < give_up:
            pool = run / "pool.jsonl"
            if not pool.exists() or pool.stat().st_size == size:
                time.sleep(0.1)
                continue
            size = pool.stat().st_size
            done = export(run, "-o", tmp_path / "out.json")
            assert done.code == 0, done.err
            assert "(the run goes on)" in done.err
            seen.append(json.loads((tmp_path / "out.json").read_text("utf-8")))
    finally:
        work.terminate()
        work.wait(60)
    assert len(seen) == 3
    assert 0 < len(seen[0]) < len(seen[-1])
    for early, late in itertools.pairwise(seen):
        assert late[: len(early)] == early


def test_a_missing_package_is_named_with_its_extra(
    make_run: Callable[..., Run], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Parquet and the Hub need packages of their own; a bare install says which."""
    from selfinstruct.method.errors import BadInput  # noqa: PLC0415 - only here
    from selfinstruct.views.export.exporting import export as run_export  # noqa: PLC0415 - only here
    from selfinstruct.views.export.exporting import push  # noqa: PLC0415 - only here
    from selfinstruct.views.export.options import ExportOptions  # noqa: PLC0415 - only here

    run = make_run([{}])
    for module in ("pyarrow", "huggingface_hub"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(BadInput, match=r"selfinstruct\[parquet\]"):
        run_export(run, tmp_path / "x.parquet", ExportOptions(format="parquet"))
    with pytest.raises(BadInput, match=r"selfinstruct\[hub\]"):
        push(run, "a/b", ExportOptions())
    assert not (tmp_path / "x.parquet").exists()


def test_the_page_on_exports_tells_every_format_and_option(export: Export) -> None:
    """A new format or option cannot be forgotten in docs/exports.md."""
    page = PAGE.read_text("utf-8")
    assert [form for form in FORMATS if f"\n| `{form}` |" not in page] == []
    options = re.findall(r"(?m)^ +(?:-\w, )?(--[\w-]+)", export("--help").out)
    assert len(options) > 10
    assert [o for o in options if o not in page and o not in {"--help", "--output"}] == []
