"""The training text of the tiny model."""

from __future__ import annotations

import importlib
import random
import sys
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

TOOLS = Path(__file__).resolve().parents[2] / "tools"


@pytest.fixture(name="text")
def _text(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.syspath_prepend(str(TOOLS))
    yield importlib.import_module("tiny_documents")
    for name in ("tiny_documents", "tiny_text"):
        sys.modules.pop(name)


def test_every_family_can_be_made_and_leaves_no_mark_of_its_template(text: Any) -> None:
    """No slot, no choice and no empty output is left in any task."""
    words = text.Words()
    rng = random.Random(1)
    for kind, family in words.families:
        for _ in range(20):
            made = text.make(words, rng, kind, family)
            shown = text.show_instances(made)
            assert not set("[]|") & set(shown), shown
            assert "{" not in made.instruction, shown
            assert made.instances, shown
            assert all(output for _, output in made.instances), shown


def test_a_seed_gives_one_text(text: Any) -> None:
    """Two streams of the same seed are equal, of another seed different."""
    first, same, other = (list(islice(text.batches(seed), 12)) for seed in (1, 1, 2))
    assert first == same
    assert first != other


def test_seed_tasks_and_worked_examples_are_shown_but_not_learnt(text: Any) -> None:
    """What comes from the recipe or the seed file is context only."""
    documents = text.Documents(3)
    ours = {" ".join(row["instruction"].split()) for row in text._rows(text.SEEDS)}
    for _ in range(30):
        for name in text.STAGES:
            for segment, learn in documents.of(name, 640):
                if learn:
                    instruction = segment.lstrip().partition(": ")[2].partition("\n")[0]
                    assert instruction not in ours
