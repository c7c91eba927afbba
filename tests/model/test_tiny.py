"""The tiny model that comes along."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

import selfinstruct
from selfinstruct.model.opening import identify

LIMIT = 8_000_000
TINY = Path(selfinstruct.__file__).parent / "model" / "tiny"


def test_the_name_tiny_stands_for_the_file_in_the_package_and_its_card_states_the_digest() -> None:
    """`--model tiny` is an ordinary GGUF, known by its digest, of at most 8 MB."""
    identity, path = identify("tiny")
    assert path == str((TINY / "tiny.gguf").resolve())
    assert identity.removeprefix("gguf:") in (TINY / "README.md").read_text("utf-8")
    assert Path(path).stat().st_size <= LIMIT


@pytest.mark.slow
@pytest.mark.skipif(
    importlib.util.find_spec("xllamacpp") is None, reason="the extra `local` is not installed"
)
@pytest.mark.parametrize("protocol", ["chat", "completion"])
def test_the_tiny_model_makes_complete_tasks_through_llama_cpp(
    tmp_path: Path, protocol: str
) -> None:
    """The shipped recipe, unchanged, meets a small target, and every task has an output."""
    outcome = selfinstruct.generate(
        tmp_path / "run", model="tiny", target=12, protocol=protocol, concurrency=4
    )
    assert outcome.reached
    tasks = list(selfinstruct.open(tmp_path / "run").tasks())
    assert len(tasks) == 12
    assert all(instance.output for task in tasks for instance in task.instances)
