"""Random choices of our own making, and the lag between the pool and its readers.

Python's `random` may change its algorithms between versions, so a run's choices come from
SHA-256 in counter mode: the same seed and path give the same choices on every machine, forever.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from .digest import canonical

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")

_WORD = 1 << 64


class Draw:
    """A stream of random choices, fixed by the run's seed and a path of names and numbers.

    Args:
        seed: the run's seed.
        path: what the choices are for, such as `"generate", 12`.
    """

    __slots__ = ("_block", "_buffer", "_key")

    def __init__(self, seed: int, *path: str | int) -> None:
        self._key = hashlib.sha256(canonical([seed, *path]).encode()).digest()
        self._block = 0
        self._buffer: list[int] = []

    def below(self, bound: int) -> int:
        """Return a whole number from 0 to bound - 1, each equally likely.

        Raises:
            ValueError: if `bound` is not in 1 ... 2**64.
        """
        if not 0 < bound <= _WORD:
            raise ValueError(f"no number below {bound}")
        limit = _WORD - _WORD % bound  # words from here on would favour small numbers
        while (word := self._word()) >= limit:
            pass
        return word % bound

    def sample(self, population: Sequence[T], size: int) -> list[T]:
        """Return `size` different members in random order (a partial Fisher-Yates shuffle).

        Raises:
            ValueError: if the population is smaller than `size`.
        """
        count = len(population)
        if size > count:
            raise ValueError(f"{size} of {count} cannot be drawn")
        moved: dict[int, int] = {}
        chosen: list[T] = []
        for place in range(size):
            other = place + self.below(count - place)
            chosen.append(population[moved.get(other, other)])
            moved[other] = moved.get(place, place)
        return chosen

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """Return all items in random order."""
        return self.sample(items, len(items))

    def _word(self) -> int:
        if not self._buffer:
            block = hashlib.sha256(self._key + self._block.to_bytes(8, "big")).digest()
            self._block += 1
            self._buffer = [int.from_bytes(block[i : i + 8], "big") for i in (24, 16, 8, 0)]
        return self._buffer.pop()


@dataclass(frozen=True, slots=True)
class Lag:
    """How far generation request i stays behind the pool it reads, counted in requests.

    `lag(i) = min(most, max(least, i // divisor))`. Request i reads the complete tasks of requests
    0 ... i - lag(i) - 1 and nothing later, so its prompt depends on a known prefix of the pool
    and never on timing. A divisor of 0 leaves i out.
    """

    least: int = 8
    most: int = 1024
    divisor: int = 2

    def __call__(self, ordinal: int) -> int:
        """Return the lag of generation request `ordinal`."""
        share = ordinal // self.divisor if self.divisor else 0
        return min(self.most, max(self.least, share))

    def before(self, ordinal: int) -> int:
        """Return how many leading generation requests must be decided, and are read, for it."""
        return max(0, ordinal - self(ordinal))
