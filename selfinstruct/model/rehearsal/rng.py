"""Repeatable chance for the simulated service.

Everything is drawn from `random()` alone: of Python's generator only that is promised to give the
same numbers in every release.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")


class Rng:
    """A stream of draws that depends on nothing but the names and numbers it is made of."""

    __slots__ = ("unit",)

    def __init__(self, *path: int | str) -> None:
        text = "\x1f".join(map(str, path))
        self.unit = Random(text.encode("utf-8", "surrogatepass")).random

    def below(self, limit: int) -> int:
        """Return a whole number in [0, limit)."""
        return int(self.unit() * limit)

    def between(self, low: int, high: int) -> int:
        """Return a whole number in [low, high]."""
        return low + self.below(high - low + 1)

    def chance(self, rate: float) -> bool:
        """Return True with the given probability."""
        return self.unit() < rate

    def pick(self, options: Sequence[T]) -> T:
        """Return one of the options."""
        return options[self.below(len(options))]

    def some(self, options: Sequence[T], count: int) -> list[T]:
        """Return `count` different options (fewer where there are fewer), in random order."""
        left = list(options)
        return [left.pop(self.below(len(left))) for _ in range(min(count, len(left)))]
