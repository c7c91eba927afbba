"""`--protocol schema`: the same method over structured output, with the same promises."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from selfinstruct.store.journal import read
from tests.engine.runs import asked_again, derived, kill_at, lines, thresholds
from tests.world import cli

if TYPE_CHECKING:
    from pathlib import Path

TARGET = 60


@pytest.mark.parametrize("recipe", ["self-instruct", "alpaca"])
def test_a_run_of_schemas_keeps_the_promises(tmp_path: Path, recipe: str) -> None:
    """JSON is asked for and read in each stage; order and kills change no byte."""
    one, killed = tmp_path / "one", tmp_path / "killed"
    words = ("--model", "rehearsal", "--recipe", recipe, "--protocol", "schema")
    wanted = (*words, "--target", str(TARGET))
    cli("generate", one, *wanted, "--concurrency", "1")
    texts = [entry.reply for entry in read(one / "journal.jsonl") if entry.reply.kind == "text"]
    whole = [reply for reply in texts if reply.finish == "stop" and reply.text.startswith("{")]
    assert all(isinstance(json.loads(reply.text), dict) for reply in whole)
    assert len(whole) > 0.9 * len(texts)
    assert {reply.key.stage for reply in texts} == {reply.key.stage for reply in whole}

    slow = ("--rehearsal", "uniform=0.01:0.1")
    at = thresholds(lines(one / "journal.jsonl"), 3, seed=2)
    assert kill_at(killed, at, *wanted, "--concurrency", "64", *slow) >= 1
    cli("generate", killed, *slow)
    assert derived(killed) == derived(one)
    assert asked_again(killed) == []
    assert "FAILED" not in cli("verify", killed).stdout
