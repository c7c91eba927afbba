"""ROUGE-L as `rouge-score` computes it: a simple and right index; the fast one follows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from rapidfuzz.distance import LCSseq

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_TOKEN = re.compile(r"[a-z0-9]+")


class Match(NamedTuple):
    """An entry of the index and its ROUGE-L F1 with the query."""

    number: int
    score: float


def ascii_tokens(text: str) -> list[str]:
    """Split as `rouge-score` does: lower case, everything outside a-z0-9 separates."""
    return _TOKEN.findall(text.lower())


TOKENIZERS: dict[str, Callable[[str], list[str]]] = {"rouge-score": ascii_tokens}


def f_measure(lcs: int, m: int, n: int) -> float:
    """Return F1 in `rouge-score`'s own float arithmetic."""
    if not lcs:
        return 0.0
    precision, recall = lcs / n, lcs / m
    return 2 * precision * recall / (precision + recall)


class RougeIndex:
    """All instructions accepted so far, asked for the most similar one."""

    def __init__(
        self, threshold: float = 0.7, tokenizer: Callable[[str], list[str]] = ascii_tokens
    ) -> None:
        self.threshold = threshold
        self._tokenizer = tokenizer
        self._entries: list[list[str]] = []

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, text: str) -> int:
        """Add a text; return its number."""
        self._entries.append(self._tokenizer(text))
        return len(self._entries) - 1

    def extend(self, texts: Iterable[str]) -> None:
        """Add many texts."""
        for text in texts:
            self.add(text)

    def nearest(self, text: str) -> Match | None:
        """Return the most similar entry strictly above the threshold; ties to the older."""
        best = self.top(text, 1)
        return best[0] if best and best[0].score > self.threshold else None

    def top(self, text: str, k: int = 10) -> list[Match]:
        """Return the k most similar entries; ties to the older."""
        tokens = self._tokenizer(text)
        found = [
            Match(number, f_measure(LCSseq.similarity(tokens, entry), len(tokens), len(entry)))
            for number, entry in enumerate(self._entries)
        ]
        return sorted(found, key=lambda match: (-match.score, match.number))[:k]
