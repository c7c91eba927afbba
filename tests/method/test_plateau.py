"""How acceptance falls, and what the rest of a run takes."""

from __future__ import annotations

import random

import pytest

from selfinstruct.method.plateau import MOST_POINTS, Curve, Fit, Point, below, fit


def grow(level: float, fall: float, upto: int, seed: int = 0) -> tuple[Curve, int]:
    """Return the curve of a run whose acceptance is level x n^-fall, and its candidates."""
    chance = random.Random(seed)
    curve, candidates, accepted = Curve(), 0, 0
    while accepted < upto:
        candidates += 1
        accepted += chance.random() < level * max(1, accepted) ** -fall
        curve.add(candidates, accepted)
    return curve, candidates


@pytest.mark.parametrize(("level", "fall"), [(0.9, 0.02), (1.0, 0.15), (2.0, 0.3)])
def test_the_rest_is_foreseen(level: float, fall: float) -> None:
    """From 1,000 accepted tasks, the candidates up to 4,000 lie in the range, or nearly."""
    hits = 0
    for seed in range(5):
        curve, before = grow(level, fall, 1000, seed)
        found = fit(curve)
        assert found is not None
        _, after = grow(level, fall, 4000, seed)
        expected = found.candidates(1000, 4000)
        assert expected.least <= expected.expected <= expected.most
        assert 0.7 < expected.expected / (after - before) < 1.4
        hits += expected.least * 0.97 <= after - before <= expected.most * 1.03
    assert hits >= 4


def test_a_curve_stays_small() -> None:
    """A hundred thousand candidates leave a few hundred points, the last one among them."""
    curve = Curve()
    for count in range(1, 100_001):
        curve.add(count, count // 2)
    assert len(curve.points) <= 2 * MOST_POINTS + 1
    assert curve.points[-1] == Point(100_000, 50_000)


def test_the_recent_share_is_that_of_the_last_tenth() -> None:
    """What was accepted long ago does not hide that nothing is accepted any more."""
    curve = Curve()
    for count in range(1, 2001):
        curve.add(count, min(count, 1500))
    candidates, accepted = curve.recent()
    assert 200 <= candidates < 320
    assert accepted == 0


def test_a_floor_is_only_missed_when_that_is_sure() -> None:
    """One of 40 might be 5 %; ten of 2,000 is not."""
    assert not below(40, 1, 0.05)
    assert below(2000, 10, 0.05)
    assert not below(0, 0, 0.05)


def test_nothing_is_said_of_few_candidates() -> None:
    """Under 200 candidates there is no fit."""
    curve, _ = grow(0.9, 0.1, 100)
    assert fit(curve) is None
    assert fit(Curve()) is None


def test_a_met_target_takes_nothing() -> None:
    """No candidates are owed to a target that is behind."""
    assert Fit(-0.5, 0.1, 5.0, 0.1, 0.1).candidates(100, 100) == (0.0, 0.0, 0.0)
