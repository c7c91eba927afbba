from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from selfinstruct.method.sampling import Draw, Lag


def test_choices_are_pinned() -> None:
    """The algorithm is ours and does not change with Python's versions."""
    draw = Draw(0, "generate", 0)
    assert [draw.below(1000) for _ in range(4)] == [359, 517, 0, 476]
    sample = Draw(7, "generate", 3).sample(range(175), 8)
    assert sample == [174, 39, 62, 145, 118, 105, 21, 66]


@given(st.integers(0, 2**63), st.integers(0, 60), st.data())
def test_a_sample_has_different_members(seed: int, size: int, data: st.DataObject) -> None:
    """A sample holds members of the population, each at most once; the same seed gives the same."""
    chosen = data.draw(st.integers(0, size))
    sample = Draw(seed, "x").sample(range(size), chosen)
    assert len(set(sample)) == chosen
    assert set(sample) <= set(range(size))
    assert sample == Draw(seed, "x").sample(range(size), chosen)


def test_numbers_are_evenly_spread() -> None:
    """Each of 7 numbers comes about equally often (chi-squared, 6 degrees, far tail)."""
    draw = Draw(1, "even")
    counts = Counter(draw.below(7) for _ in range(7000))
    assert sum((counts[i] - 1000) ** 2 / 1000 for i in range(7)) < 30


def test_too_large_a_sample_is_refused() -> None:
    """What cannot be drawn is an error."""
    with pytest.raises(ValueError, match="cannot be drawn"):
        Draw(0).sample([1], 2)
    with pytest.raises(ValueError, match="no number below"):
        Draw(0).below(0)


def test_lag_is_the_houses_rule() -> None:
    """lag(i) = min(1024, max(8, i // 2)), and what request i waits for never shrinks."""
    lag = Lag()
    assert [lag(i) for i in (0, 8, 16, 17, 100, 2048, 10**6)] == [8, 8, 8, 8, 50, 1024, 1024]
    waits = [lag.before(i) for i in range(5000)]
    assert waits == sorted(waits)
    assert waits[8] == 0
    assert waits[9] == 1
