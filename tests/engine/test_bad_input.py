"""Bad input: our error form, the right exit code, and nothing lost."""

from __future__ import annotations

import json
import os
import re
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.engine.runs import derived, lines
from tests.world import ROOT, cli

if TYPE_CHECKING:
    from pathlib import Path

REHEARSAL = ("--model", "rehearsal", "--target", "8", "--concurrency", "8")


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = tmp_path_factory.mktemp("done") / "run"
    cli("generate", run, *REHEARSAL)
    return run


@pytest.fixture
def run(done: Path, tmp_path: Path) -> Path:
    """A copy of a finished run that a test may damage."""
    copy = tmp_path / "run"
    shutil.copytree(done, copy)
    return copy


def said(error: str) -> str:
    """Return the error without blank lines, having checked its form."""
    assert error.startswith("cannot ") or "\ncannot " in error
    return error


def test_unknown_recipe(tmp_path: Path) -> None:
    """The recipes that there are get named; no folder is left behind."""
    error = said(cli("generate", tmp_path / "r", *REHEARSAL, "--recipe", "evolve", code=2).stderr)
    assert "self-instruct" in error
    assert not (tmp_path / "r").exists()


def test_no_model(tmp_path: Path) -> None:
    """The three ways to go on are offered."""
    error = said(cli("generate", tmp_path / "r", code=2).stderr)
    assert "rehearsal" in error
    assert ".gguf" in error
    assert "OPENAI_API_KEY" in error


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"id": "a"\n', ["line 1", "not JSON"]),
        ('\n{"instruction": "Do it.", "instances": []}\n', ["line 2", "instances"]),
        ('{"instruction": 7, "instances": [{"input": "", "output": "x"}]}', ["line 1", "instruc"]),
        (
            '{"instruction": "a", "instances": [{"input": "", "output": 8}]}',
            ["output", "not a text"],
        ),
        ("", ["none in it"]),
    ],
)
def test_broken_seed_file(tmp_path: Path, text: str, words: list[str]) -> None:
    """File, line, field and remedy are named."""
    seeds = tmp_path / "mine.jsonl"
    seeds.write_text(text, encoding="utf-8")
    error = said(cli("generate", tmp_path / "r", *REHEARSAL, "--seeds", seeds, code=2).stderr)
    assert "mine.jsonl" in error
    assert all(word in error for word in words), error
    assert len(error.strip().splitlines()) == 2


def test_seed_file_from_windows(tmp_path: Path) -> None:
    """A byte order mark and CRLF are read; one task is enough."""
    seeds = tmp_path / "mine.jsonl"
    row = {"instruction": "Name a tree.", "instances": [{"input": "", "output": "An oak."}]}
    seeds.write_bytes(b"\xef\xbb\xbf" + json.dumps(row).encode() + b"\r\n\r\n")
    cli("generate", tmp_path / "r", *REHEARSAL, "--seeds", seeds)


def test_unwritable_folder(tmp_path: Path) -> None:
    """A file where the folder should be, or a folder that holds other things, is refused."""
    (tmp_path / "file").write_text("x")
    said(cli("generate", tmp_path / "file" / "r", *REHEARSAL, code=2).stderr)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.txt").write_text("x")
    error = said(cli("generate", tmp_path / "other", *REHEARSAL, code=2).stderr)
    assert "thesis.txt" in error
    assert (tmp_path / "other" / "thesis.txt").read_text() == "x"


def test_changed_prompt(run: Path, tmp_path: Path) -> None:
    """A changed copy in the run is refused, and so is another version of the recipe."""
    before = derived(run)
    mine = tmp_path / "mine"
    shutil.copytree(ROOT / "prompts" / "self-instruct", mine)
    (mine / "generate.chat.txt").write_text("=== user\n{{shots}}\nTask {{next}}:\n")
    error = said(cli("generate", run, "--recipe", mine, code=3).stderr)
    assert "generate.chat.txt" in error
    copy = run / "recipe" / "generate.chat.txt"
    copy.write_bytes(copy.read_bytes() + b"\n")
    error = said(cli("generate", run, code=3).stderr)
    assert "generate.chat.txt" in error
    assert derived(run) == before


def test_a_run_without_replies_is_begun_anew(tmp_path: Path) -> None:
    """A mistyped model binds nothing: as long as no reply is recorded the folder is free."""
    arguments = ("--base-url", "http://127.0.0.1:9/v1", "--patience", "1")
    cli("generate", tmp_path / "r", "--model", "typo", *arguments, code=4)
    again = cli("generate", tmp_path / "r", *REHEARSAL)
    assert "begun anew" in again.stderr


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (("--seed", "5"), "seed"),
        (("--model", "rehearsal:3"), "model"),
        (("--protocol", "completion"), "protocol"),
    ],
)
def test_another_identity(run: Path, options: tuple[str, str], word: str) -> None:
    """The first difference is named; the same values are welcome."""
    assert word in said(cli("generate", run, *options, code=3).stderr)
    again = cli("generate", run, *REHEARSAL, "--seed", "0", "--recipe", "self-instruct")
    assert "going on" in again.stderr


def test_another_method_number(run: Path) -> None:
    """Where its files would come out otherwise, generate is refused; what is there can be read."""
    row = json.loads((run / "run.json").read_text())
    row["method"] += 1
    (run / "run.json").write_text(json.dumps(row))
    pool = run / "pool.jsonl"
    otherwise = re.sub(r'("instruction":")\w', r"\1Q", pool.read_text())
    pool.write_text(otherwise)  # as another method had read it
    exported = cli("export", run).stdout
    told = said(cli("generate", run, code=3).stderr)
    assert "method" in told
    assert "selfinstruct fork" in told
    assert cli("export", run).stdout == exported
    cli("status", run)


def test_damaged_journal(run: Path) -> None:
    """A bad line inside is an error with its number, and the file stays as it is."""
    journal = run / "journal.jsonl"
    data = journal.read_bytes().splitlines(keepends=True)
    data[4] = b"!" + data[4][1:]
    journal.write_bytes(b"".join(data))
    assert "line 5" in said(cli("generate", run, code=3).stderr)
    assert journal.read_bytes() == b"".join(data)


def test_edited_reply_of_another_request(run: Path) -> None:
    """A reply whose digest is not that of the owed request stops the run and names the key."""
    journal = run / "journal.jsonl"
    first, rest = journal.read_bytes().split(b"\n", 1)
    row = json.loads(first)
    row["digest"] = "sha256:" + "0" * 64
    journal.write_bytes(json.dumps(row, sort_keys=True).encode() + b"\n" + rest)
    assert row["key"] in said(cli("generate", run, code=3).stderr)
    assert "FAILED" in cli("verify", run, code=3).stdout


def test_not_a_run(tmp_path: Path) -> None:
    """Status, export and verify say so, and make nothing."""
    for name in ("status", "export", "verify"):
        said(cli(name, tmp_path / "nothing", code=2).stderr)
    assert list(tmp_path.iterdir()) == []


def test_missing_key_for_a_paid_endpoint(tmp_path: Path) -> None:
    """What may cost money needs a word of the user's, then a key."""
    arguments = ("--model", "gpt-x", "--base-url", "https://api.example.com/v1")
    said(cli("generate", tmp_path / "r", *arguments, code=2).stderr)
    error = said(cli("generate", tmp_path / "r", *arguments, "--yes", code=2).stderr)
    assert "OPENAI_API_KEY" in error
    assert lines(tmp_path / "r" / "journal.jsonl") == 0


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_read_only_folder(tmp_path: Path) -> None:
    """A folder without write permission is named."""
    tmp_path.chmod(0o500)
    said(cli("generate", tmp_path / "r", *REHEARSAL, code=2).stderr)
