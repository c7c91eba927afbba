"""The main job on real input: our seed tasks, llama.cpp, a GGUF trained by us, and a kill -9."""

from __future__ import annotations

import importlib.util
import json
from typing import TYPE_CHECKING

import pytest

from selfinstruct.store.journal import read
from tests.engine.runs import kill_at
from tests.world import cli

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.skipif(
    importlib.util.find_spec("xllamacpp") is None, reason="the extra `local` is not installed"
)
def test_twenty_tasks_with_a_kill_between(tmp_path: Path) -> None:
    """Killed in the middle and gone on with: 20 complete tasks, an Alpaca file, a true journal."""
    run = tmp_path / "run"
    options = ("--model", "tiny", "--target", "20", "--concurrency", "4")
    assert kill_at(run, [15], *options) == 1
    kept = [entry.reply for entry in read(run / "journal.jsonl")]
    cli("generate", run)
    replies = [entry.reply for entry in read(run / "journal.jsonl")]
    assert replies[: len(kept)] == kept
    assert len({reply.key for reply in replies}) == len(replies)
    assert "FAILED" not in cli("verify", run).stdout
    cli("export", run, "--format", "alpaca", "-o", tmp_path / "alpaca.json")
    rows = json.loads((tmp_path / "alpaca.json").read_text(encoding="utf-8"))
    assert len(rows) >= 20
    assert all(list(row) == ["instruction", "input", "output"] and row["output"] for row in rows)
