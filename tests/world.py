"""What tests share: a fold over our own recipe, and replies without any network."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from selfinstruct.method.recipe import parse_recipe
from selfinstruct.method.registry import build
from selfinstruct.method.seeds import parse_seeds
from selfinstruct.method.types import Instance, Origin, Reply, Task
from selfinstruct.model.dialect import Dialect
from selfinstruct.model.rehearsal.answers import answer
from selfinstruct.run.inputs import read_recipe, read_seeds
from selfinstruct.run.user_code import code_of, parts_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from selfinstruct.method.fold import Fold
    from selfinstruct.method.recipe import Recipe
    from selfinstruct.method.types import ProtocolName, Request, SeedTask, Verdict

ROOT = Path(__file__).parents[1]


def a_task(instruction: str, *instances: Instance) -> Task:
    """Return a machine-generated task, as a filter sees one."""
    return Task(Origin(0, 0), instruction, instances=instances)


@cache
def own_seeds() -> tuple[SeedTask, ...]:
    return parse_seeds(read_seeds(None)[0], "seed_tasks.jsonl")


def built(recipe: Recipe, seed: int = 0, protocol: ProtocolName = "chat") -> Fold:
    """Return the fold of a recipe with our own seed tasks."""
    models = {"": "rehearsal:0"}
    own = parts_of(recipe, code_of(recipe))
    return build(recipe, own_seeds(), seed=seed, protocol=protocol, models=models, own=own)


def own_fold(seed: int = 0, files: Mapping[str, bytes] | None = None) -> Fold:
    return built(parse_recipe(files or read_recipe("self-instruct"), "self-instruct"), seed)


@cache
def _told(body: str) -> tuple[str, str]:
    status, row = answer(0, json.loads(body))
    assert status == 200, row
    choice = row["choices"][0]
    return choice["message"]["content"] or "", choice["finish_reason"]


def reply_to(request: Request) -> Reply:
    """Answer as the rehearsal service does, without the service."""
    body = json.dumps(Dialect().body(request, "rehearsal"))
    text, finish = _told(body)
    return Reply(request.key, request.digest, "text", text, "", finish)


def drive(
    fold: Fold,
    target: int,
    choose: Callable[[int], int] = lambda _: 0,
    answer_to: Callable[[Request], Reply] = reply_to,
) -> list[Verdict]:
    """Answer what is owed in the order that `choose` gives, until the target stands in line.

    Returns the verdicts up to the target-th complete task.
    """
    waiting: list[Request] = []
    verdicts: list[Verdict] = []
    while fold.state().complete_prefix < target:
        waiting += fold.owed()
        request = waiting.pop(choose(len(waiting)))
        verdicts += fold.take(answer_to(request))
    return up_to(verdicts, target)


def up_to(verdicts: list[Verdict], target: int) -> list[Verdict]:
    complete = 0
    for place, verdict in enumerate(verdicts):
        complete += verdict.rejected is None
        if complete == target:
            return verdicts[: place + 1]
    raise AssertionError("the target is not met")


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "selfinstruct", *map(str, arguments)]


def environment(**variables: str) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("OPENAI_")}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error::RuntimeWarning", **variables}


def cli(
    *arguments: str | Path, code: int = 0, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run the real command; its exit code must be `code`."""
    done = subprocess.run(
        command(*arguments),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        env=environment(**variables),
    )
    assert done.returncode == code, f"{done.returncode}: {done.stderr}"
    assert "Traceback" not in done.stderr
    return done
