"""The tiny model that comes along."""

from __future__ import annotations

import hashlib
import importlib.util
import re
from pathlib import Path
from typing import Literal

import pytest

import selfinstruct
from selfinstruct.model.factory import identify

LIMIT = 8_000_000
TINY = Path(selfinstruct.__file__).parent / "model" / "tiny"


def test_the_name_tiny_stands_for_the_file_in_the_package() -> None:
    """`--model tiny` is an ordinary GGUF, known by its digest."""
    identity, path = identify("tiny")
    assert path == str((TINY / "tiny.gguf").resolve())
    assert identity.startswith("gguf:sha256:")


def test_the_card_states_the_digest_and_the_size_of_the_file_that_is_shipped() -> None:
    """The file is the one that was trained and measured, and small enough to come along."""
    data = (TINY / "tiny.gguf").read_bytes()
    card = (TINY / "README.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| (file|digest) \| (.*) \|$", card, re.MULTILINE))
    assert rows["digest"] == f"`sha256:{hashlib.sha256(data).hexdigest()}`"
    assert rows["file"] == f"`tiny.gguf`, {len(data):,} bytes"
    assert len(data) <= LIMIT


@pytest.mark.slow
@pytest.mark.skipif(
    importlib.util.find_spec("xllamacpp") is None, reason="the extra `local` is not installed"
)
@pytest.mark.parametrize("protocol", ["chat", "completion"])
def test_the_tiny_model_makes_complete_tasks_through_llama_cpp(
    tmp_path: Path, protocol: Literal["chat", "completion"]
) -> None:
    """The shipped recipe, unchanged, meets a small target, and every task has an output."""
    outcome = selfinstruct.generate(
        tmp_path / "run", model="tiny", target=12, protocol=protocol, concurrency=4
    )
    assert outcome.reached
    tasks = list(selfinstruct.open(tmp_path / "run").tasks())
    assert len(tasks) == 12
    assert all(instance.output for task in tasks for instance in task.instances)
