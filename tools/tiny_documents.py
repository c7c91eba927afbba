"""The documents that the tiny model is trained on: our own tasks in the shapes of the prompts.

What comes from the recipe (headers, worked examples) and from the seed file is shown in them as
context, and never learnt.
"""

from __future__ import annotations

import json
import random
import re
from itertools import count, islice
from typing import TYPE_CHECKING, Any

from tiny_text import HERE, Kind, Made, Words, make, show_instances

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

RECIPE = HERE.parent / "prompts" / "self-instruct"
SEEDS = HERE.parent / "seed_tasks.jsonl"

STAGES = ("generate", "classify", "input_first", "output_first")
Segment = tuple[str, bool]
"""A piece of a document and whether the model is to learn to write it."""
WINDOWS = (  # stage, tokens of a window, share of the batches; long ones as long as full prompts
    ("copy", 384, 0.08),
    ("generate", 640, 0.28),
    ("classify", 1024, 0.06),
    ("input_first", 640, 0.26),
    ("input_first", 2304, 0.06),
    ("output_first", 640, 0.16),
    ("output_first", 2304, 0.06),
)
LONG = 2048
SCHOOL = 50  # batches to begin with that only copy
BATCH = 2048  # tokens
STEPS = 2000  # batches that the shipped file was trained on
SEED = 2212  # any number; the text follows from it


class Documents:
    """An endless stream of documents; each is a list of segments."""

    def __init__(self, seed: int) -> None:
        self.words = Words()
        self.rng = random.Random(seed)
        self._seeds = _rows(SEEDS)
        self._headers = {
            name: [_header(f"{name}.{protocol}.txt") for protocol in ("completion", "chat")]
            for name in STAGES
        }
        self._worked = {
            name: [_example(row, name) for row in _rows(RECIPE / f"{name}.examples.jsonl")]
            for name in STAGES[1:]
        }

    def tasks(self, kinds: Sequence[Kind] = ("free", "given", "labels")) -> Iterator[Made]:
        """Give tasks of different families, in random order."""
        weights = {"free": 1.0, "given": 1.1, "labels": 1.1}
        families = [row for row in self.words.families if row[0] in kinds]
        order = sorted(families, key=lambda row: -(self.rng.random() ** (1 / weights[row[0]])))
        for kind, family in order:
            yield make(self.words, self.rng, kind, family)

    def of(self, name: str, length: int) -> list[Segment]:
        """Return a document of a stage, or "copy", that fills a window of so many tokens."""
        if name == "copy":
            return self.copies()
        if name == "generate":
            return self.listing()
        if name == "classify":
            return self.decisions()
        return self.instances(name, (0, 1, 2, 3) if length < LONG else (0, 3, 6, 12))

    def listing(self) -> list[Segment]:
        """Return a numbered list of instructions; seed tasks among the first are not learnt."""
        rng = self.rng
        labels_only = rng.random() < 0.08
        tasks = self.tasks(("labels",) if labels_only else ("free", "given", "labels"))
        share = rng.choice((0.0, 0.5, 0.75, 1.0))
        shots = rng.sample(self._seeds, 8)
        segments = self._head("generate", (0.45, 0.45, 0.1))
        for number in range(1, 21):
            if number <= 8 and rng.random() < share:
                text, learn = " ".join(shots[number - 1]["instruction"].split()).rstrip(":"), False
            else:
                text, learn = next(tasks).instruction, True
            segments.append((f"\nTask {number}: {text}", learn))
        first, learn = segments[1]
        return [segments[0], ("\n" + first, learn), *segments[2:]]

    def decisions(self) -> list[Segment]:
        """Return tasks with the decision whether they are classification tasks."""
        rng = self.rng
        segments = self._head("classify", (0.45, 0.45, 0.1))
        segments += self._shown("classify", rng.choice((0, 3, 8, 31)))
        for task in self.tasks():
            answer = "Yes" if task.kind == "labels" else "No"
            segments.append((f"\n\nTask: {task.instruction}\nClassification: {answer}", True))
        return segments

    def instances(self, name: str, worked: Sequence[int]) -> list[Segment]:
        """Return tasks with their instances, after worked examples of one of these numbers."""
        segments = self._head(name, (0.45, 0.45, 0.1))
        segments += self._shown(name, self.rng.choice(worked))
        kinds: Sequence[Kind] = ("labels",) if name == "output_first" else ("free", "given")
        for task in self.tasks(kinds):
            segments.append(("\n\n" + show_instances(task), True))
        return segments

    def copies(self) -> list[Segment]:
        """Return lists of random words, each said twice: what teaches to take up earlier words."""
        segments: list[Segment] = []
        for _ in range(12):
            line = " ".join(self.rng.choices(self.words.single, k=self.rng.randint(6, 24)))
            segments += [("\nWords: " + line, False), ("\nAgain: " + line, True)]
        return segments

    def _head(self, name: str, chances: tuple[float, float, float]) -> list[Segment]:
        completion, chat = self._headers[name]
        return [(self.rng.choices((completion, chat, "Tasks:"), chances)[0], False)]

    def _shown(self, name: str, count: int) -> list[Segment]:
        worked = self._worked[name]
        shown = self.rng.sample(worked, min(count, len(worked)))
        return [("\n\n" + text, False) for text in shown]


def batches(seed: int = SEED) -> Iterator[tuple[str, int, list[list[Segment]]]]:
    """Give batches: stage, tokens of a window, and documents that fill one window each."""
    documents = Documents(seed)
    shares = [share for *_, share in WINDOWS]
    for step in count():
        choices = [1.0] if step < SCHOOL else shares
        name, length, _ = documents.rng.choices(WINDOWS[: len(choices)], choices)[0]
        yield name, length, [documents.of(name, length) for _ in range(max(1, BATCH // length))]


def instructions(steps: int) -> Iterator[str]:
    """Give every instruction that a training of so many steps learns to write."""
    for _, _, documents in islice(batches(), steps):
        for document in documents:
            for text, learn in document:
                if learn and text.startswith(("\nTask", "\n\nTask")):
                    yield text.lstrip().partition(": ")[2].partition("\n")[0]


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def _header(path: str) -> str:
    """Return what stands before the worked examples or shots in a prompt of the recipe."""
    text = (RECIPE / path).read_text("utf-8")
    if "=== user" in text and "{{shots}}" in text:
        text = text.replace("=== user\n", "\n").replace("{{last}}", "15")
    text = text.replace("=== system\n", "")
    return re.split(r"\{\{(?:shots|examples)\}\}", text)[0].rstrip("\n")


def _example(row: dict[str, Any], name: str) -> str:
    if name == "classify":
        answer = "Yes" if row["is_classification"] else "No"
        return f"Task: {row['instruction']}\nClassification: {answer}"
    pairs = tuple((one["input"], one["output"]) for one in row["instances"])
    kind: Kind = "labels" if name == "output_first" else "given" if pairs[0][0] else "free"
    return show_instances(Made(str(row["instruction"]), kind, pairs))
