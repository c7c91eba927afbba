"""A recipe of one's own with a judge step and a step of two parts: nothing but its folder."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

from tests.engine.runs import derived
from tests.world import ROOT, cli

if TYPE_CHECKING:
    from pathlib import Path

STEPS = '''
"""Two steps: a judge that scores, and a pair of answers of which both are kept."""

import re
from dataclasses import replace

from selfinstruct.method.types import Again, Key, Message, Rejected


class Judge:
    parts = 1

    def __init__(self, context, least=2):
        self.name, self.context, self.least = context.name, context, least

    def ask(self, task, part, attempt):
        text = f"Rate this task from 1 to 5.\\nTask: {task.instruction}\\nScore:"
        return self.context.request(
            Key(self.name, *task.origin, part, attempt), (Message("user", text),)
        )

    def read(self, task, replies):
        found = re.search(r"[1-5]", replies[0].text)
        if found is None:
            return Again("no score")
        if int(found.group()) < self.least:
            return Rejected("score", int(found.group()), self.least)
        return replace(task, extra={**task.extra, "score": int(found.group())})


class Pair:
    parts = 2

    def __init__(self, context):
        self.name, self.context = context.name, context

    def ask(self, task, part, attempt):
        text = f"Answer in the {('plain', 'ornate')[part]} style.\\nTask: {task.instruction}"
        return self.context.request(
            Key(self.name, *task.origin, part, attempt), (Message("user", text),)
        )

    def read(self, task, replies):
        texts = [reply.text.strip() for reply in replies]
        if not all(texts):
            return Rejected("empty answer", texts.index(""), "two answers")
        return replace(task, extra={**task.extra, "chosen": texts[0], "other": texts[1]})
'''

MORE = """
[[step]]
name = "judge"
use = "steps.py:Judge"

[step.options]
least = 3

[step.decoding]
max_tokens = 8

[[step]]
name = "pair"
use = "steps.py:Pair"

[step.decoding]
max_tokens = 100
"""


def test_judge_and_pair(tmp_path: Path) -> None:
    """Scores and both answers are in the pool, low scores in the rejections; order is no matter."""
    recipe = tmp_path / "toy"
    shutil.copytree(ROOT / "prompts" / "self-instruct", recipe)
    (recipe / "steps.py").write_text(STEPS, encoding="utf-8")
    with (recipe / "recipe.toml").open("a", encoding="utf-8") as file:
        file.write(MORE)
    runs = []
    for concurrency in ("1", "16"):
        run = tmp_path / f"run{concurrency}"
        cli(
            *("generate", run, "--recipe", recipe, "--model", "rehearsal", "--target", "20"),
            *("--concurrency", concurrency, "--rehearsal", "uniform=0:0.02", "--trust-code"),
        )
        runs.append(derived(run))
    assert runs[0] == runs[1]
    rows = [json.loads(line) for line in runs[0][0].splitlines()]
    assert len(rows) == 20
    for row in rows:
        assert row["extra"]["score"] >= 3
        assert row["extra"]["chosen"]
        assert row["extra"]["other"]
        assert [key.split("/")[0] for key in row["replies"]] == [
            *("generate", "classify", "instances", "judge", "pair", "pair"),
        ]
    reasons = [json.loads(line)["reason"] for line in runs[0][1].splitlines()]
    assert "score" in reasons
    assert "FAILED" not in cli("verify", tmp_path / "run1").stdout
