"""How accepted tasks stood to the older ones when they were accepted.

The mean over the pool needs the LCS with every entry: no bound can help. It is the one costly
thing about ROUGE-L, so it is computed apart from the decisions, for many entries at once.
"""

from __future__ import annotations

from math import fsum
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from rapidfuzz.distance import LCSseq
from rapidfuzz.process import cdist

from .score import GUESSES, Match, best_matches

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .score import Integers

_BLOCK = 64  # entries compared together: rapidfuzz compares several in one SIMD register


class Standing(NamedTuple):
    """How an entry stands to the older ones, whatever was added after it."""

    number: int
    top: tuple[Match, ...]  # the most similar older entries, best first, ties to the older
    mean: float | None  # the mean F with all older entries; None for the first entry

    @property
    def nearest(self) -> Match | None:
        """The most similar older entry; None for the first entry."""
        return self.top[0] if self.top else None


def standings(entries: Sequence[str], numbers: Sequence[int], k: int) -> Iterator[Standing]:
    """Yield the standing of each of these entries, in the order given.

    Takes 256 bytes of memory for each older entry.

    Args:
        entries: the tokens of every entry, one character each.
        numbers: the entries asked about.
        k: how many most similar ones to give.
    """
    lengths = np.fromiter(map(len, entries), np.int32, len(entries))
    for start in range(0, len(numbers), _BLOCK):
        block = numbers[start : start + _BLOCK]
        texts = [entries[number] for number in block]
        older = entries[: max(block)]
        table = cdist(texts, older, scorer=LCSseq.similarity, dtype=np.int32, workers=1)
        for number, text, lcs in zip(block, texts, table, strict=True):
            yield _standing(number, len(text), lcs[:number], lengths[:number], k)


def _standing(number: int, m: int, lcs: Integers, lengths: Integers, k: int) -> Standing:
    if number == 0:
        return Standing(0, (), None)
    k = min(k, number)
    rough = 2 * lcs / np.maximum(lengths + m, 1)  # F but for rounding
    for guess in GUESSES:
        hopeful = np.flatnonzero(rough >= guess - 1e-9).astype(np.int32)
        top = best_matches(hopeful, lcs[hopeful], m, lengths[hopeful], k)
        if len(top) == k and all(match.score >= guess for match in top):
            break
    # Exact integer sums by length first, so no order of adding can matter.
    by_length = np.bincount(lengths, weights=lcs).tolist()
    mean = fsum(2 * total / (m + n) for n, total in enumerate(by_length) if total) / number
    return Standing(number, (*top, *zeros(top, k, number)), mean)


def zeros(top: list[Match], k: int, older: int) -> list[Match]:
    """Return what is missing to k matches: the oldest entries that have F = 0."""
    similar = {match.number for match in top}
    others = (number for number in range(older) if number not in similar)
    return [Match(next(others), 0.0) for _ in range(k - len(top))]
