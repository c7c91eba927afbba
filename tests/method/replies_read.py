"""What the built-in stages and filters make of all written and recorded replies."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from selfinstruct.method.digest import canonical
from selfinstruct.method.filters import FILTERS, INSTANCE_FILTERS
from selfinstruct.method.recipe import parse_recipe
from selfinstruct.method.registry import parts
from selfinstruct.method.types import (
    Asked,
    Candidates,
    Decoding,
    Key,
    Origin,
    Reply,
    Request,
    Shot,
    Task,
)
from selfinstruct.run.inputs import read_recipe
from tests.world import own_seeds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from selfinstruct.method.registry import Parts

WRITTEN = Path(__file__).parent / "replies"
STAGES = {
    "generate": "list",
    "instruction_generation": "list",
    "alpaca": "blocks",
    "classify": "classify",
    "classification": "classify",
    "input_first": "input_first",
    "output_first": "output_first",
    "instance_generation": "instances",
}


class Given(NamedTuple):
    """A reply to be read: by which stage, what its prompt showed, and what it is about."""

    stage: str
    text: str
    finish: str
    instruction: str = ""
    shots: tuple[str, ...] = ()
    following: int = 0


def written() -> Iterator[Given]:
    for path in sorted(WRITTEN.glob("*/*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines()[1:]:
            row = json.loads(line)
            finish = {True: "length", False: "stop"}.get(row["cut"], "")
            about = row.get("instruction") or ""
            shots, following = tuple(row.get("shots") or ()), row.get("following") or 0
            yield Given(STAGES[path.stem], row["reply"], finish, about, shots, following)


def recorded() -> Iterator[Given]:
    beside = Path(__file__).parents[2] / ".." / "shared" / "data"
    folder = Path(os.environ.get("SELFINSTRUCT_SHARED_DATA", beside)) / "replies"
    if not folder.exists():
        pytest.skip("no shared data: no replies in SELFINSTRUCT_SHARED_DATA or ../shared/data")
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_bytes().splitlines():
            row = json.loads(line)
            about = row.get("instruction") or "Name it."
            yield Given(STAGES[row["stage"]], row["reply"], row["finish_reason"] or "", about)


@cache
def made(name: str) -> Parts:
    return parts(parse_recipe(read_recipe(name), name), own_seeds())


def outcomes(given: Given, number: int) -> list[Any]:
    """Return what every stage that may be given such a reply makes of it."""
    if given.stage in {"list", "blocks"}:
        source = made("self-instruct" if given.stage == "list" else "alpaca").source
        key = Key(source.name, number)
        request = Request(key, (), Decoding(), "chat", "m")
        shots = tuple(Shot(str(place), text) for place, text in enumerate(given.shots))
        asked = Asked(request, shots, given.following)
        return [source.read(asked, Reply(key, "", "text", given.text, "", given.finish))]
    classify, instances = made("self-instruct").steps
    step = classify if given.stage == "classify" else instances
    kinds: dict[str, list[bool | None]] = {
        "classify": [None],
        "input_first": [False],
        "output_first": [True],
    }
    reply = Reply(Key(step.name, number, 0), "", "text", given.text, "", given.finish)
    origin = Origin(number, 0)
    return [
        step.read(Task(origin, given.instruction, kind), [reply])
        for kind in kinds.get(given.stage, [False, True])
    ]


def judged(outcome: Any) -> list[Any]:
    """Return what every filter says of what was read."""
    tasks = [outcome] if isinstance(outcome, Task) else []
    if isinstance(outcome, Candidates):
        tasks = [
            Task(Origin(0, 0), each.instruction, instances=each.instances) for each in outcome.items
        ]
    said = []
    for task in tasks:
        said.append([each(task) for each in _FILTERS])
        for instance in task.instances:
            alone = replace(task, instances=(instance,))
            said.append([each(alone) for each in _INSTANCE_FILTERS])
    return said


_ENGLISH = tuple(task.instruction for task in own_seeds())
_FILTERS = [
    factory(seeds=_ENGLISH) if name == "language" else factory()
    for name, factory in FILTERS.items()
]
_INSTANCE_FILTERS = [
    factory(seeds=_ENGLISH) if name == "language" else factory()
    for name, factory in INSTANCE_FILTERS.items()
]


def line(value: Any) -> str:
    return canonical(repr(value))
