"""Repeatable chance for the simulated service: the method's draws, and more ways to draw."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from selfinstruct.method.sampling import Draw

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")

_FINEST = 1 << 53


class Rng(Draw):
    """A stream of draws that depends on nothing but the names and numbers it is made of."""

    __slots__ = ()

    def __init__(self, *path: int | str) -> None:
        super().__init__(0, *path)

    def unit(self) -> float:
        """Return a number in [0, 1)."""
        return self.below(_FINEST) / _FINEST

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
        return self.sample(options, max(0, min(count, len(options))))
