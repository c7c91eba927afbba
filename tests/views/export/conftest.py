"""Runs to export: of hand-made tasks, and a rehearsed one."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from selfinstruct.run.spec import Identity, RunSpec
from selfinstruct.store.folder import RunFolder
from selfinstruct.views.view import Run

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

SEEDS = json.dumps(
    {
        "id": "seed-001",
        "name": "greet",
        "instruction": "Greet a guest.",
        "instances": [{"input": "", "output": "Welcome!"}],
        "is_classification": False,
    }
)


@pytest.fixture
def make_run(tmp_path: Path) -> Callable[..., Run]:
    """Return a maker of runs; each task is given by what is particular about it."""

    def make(changes: Sequence[dict[str, Any]], *, seed: int = 0, live: bool = False) -> Run:
        tasks = [_task(place) | change for place, change in enumerate(changes)]
        folder = RunFolder(tmp_path / "run")
        folder.path.mkdir(exist_ok=True)
        folder.pool.write_text("".join(json.dumps(task) + "\n" for task in tasks), "utf-8")
        folder.rejected.write_text('{"id": "9.0", "reason": "too few words"}\n', "utf-8")
        identity = Identity("own", {"recipe.toml": "sha256:0"}, "sha256:1", {"": "m"}, "chat", seed)
        files = {"recipe.toml": b"# ```\nname = 'own'\n"}
        spec = RunSpec(folder, identity, {"target": 9}, files, SEEDS.encode())
        return Run(spec, live=live)

    return make


def _task(place: int) -> dict[str, Any]:
    """Return a line of pool.jsonl."""
    return {
        "id": f"{place}.0",
        "instruction": f"Name {place} rivers of Europe.",
        "instances": [{"input": "", "output": f"The Danube, and {place} others."}],
        "is_classification": False,
        "replies": [f"generate/{place}/0"],
    }


_GENERATE = (sys.executable, "-m", "selfinstruct", "generate")


@pytest.fixture(scope="session")
def rehearsed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run folder with 60 tasks of the rehearsal service."""
    folder = tmp_path_factory.mktemp("rehearsed") / "run"
    subprocess.run(
        [*_GENERATE, str(folder), "--model", "rehearsal", "--target", "60"],
        check=True,
        capture_output=True,
        timeout=120,
    )
    return folder
