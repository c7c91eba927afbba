"""Hostile replies through everything, a few of them; docs/reliability.md tells of 100,000."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks.hostile import RUNS, run
from benchmarks.hostile_texts import KINDS
from selfinstruct.method.errors import BadInput, Refused, Stopped

if TYPE_CHECKING:
    from selfinstruct.method.errors import SelfInstructError


def test_hostile_replies_break_nothing() -> None:
    """Readers, filters, fold, exports, report and views: no crash, no broken file, plain words."""
    table, fuzzer = run(250, seed=3, batch=40, limit=30.0, server_every=len(RUNS))
    assert not table.faults, "\n".join(table.faults)
    assert fuzzer.made.keys() >= KINDS.keys()
    assert table.count["replies of a server"]
    assert table.count["complete tasks"]


@pytest.mark.parametrize("kind", [BadInput, Refused, Stopped])
def test_an_error_that_quotes_a_model_steers_no_terminal(kind: type[SelfInstructError]) -> None:
    """As a text, in the library too; what it is about is kept as it is."""
    error = kind("go on", "it said \x1b[2J\u202e\x9b1A\tno", "Look.")
    assert str(error) == "cannot go on: it said \u241b[2J<U+202E><U+009B>1A  no.\nLook."
    assert error.why == "it said \x1b[2J\u202e\x9b1A\tno"
