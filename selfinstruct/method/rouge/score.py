"""The float rule: from the length of a longest common subsequence (LCS) to ROUGE-L's F.

`rouge-score` computes P = LCS / n, R = LCS / m and F = 2PR / (P + R) in float64. At a true F of
exactly 7/10 the rounded F falls on either side of 0.7 (m = 7, n = 13, LCS = 7 gives
0.7000000000000001), so a decision equals the package's only if it is made with this arithmetic.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from rapidfuzz.distance import LCSseq

from .tokenizers import Tokenizer, ascii_tokens

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Integers = NDArray[np.int32]

GUESSES = (0.5, 0.4, 0.3, 0.2, 0.1, 0.0)
"""How high the k-th best score may be, tried in turn where the k most similar are looked for."""


class Match(NamedTuple):
    """An entry of the index, and its ROUGE-L F with the text asked about."""

    number: int
    score: float


def f_measure(lcs: int, m: int, n: int) -> float:
    """Return F of two texts of m and n tokens with this LCS, as `rouge-score` 0.1.2 rounds it.

    Swapping m and n changes no bit: float sums and products are commutative.
    """
    if lcs == 0:
        return 0.0
    precision, recall = lcs / n, lcs / m
    return 2 * precision * recall / (precision + recall)


def rouge_l(a: str, b: str, tokenizer: Tokenizer = ascii_tokens) -> float:
    """Return ROUGE-L F of two texts, 0.0 to 1.0.

    Equal to `rouge_scorer.RougeScorer(["rougeL"]).score(a, b)["rougeL"].fmeasure`, bit for bit.
    """
    tokens_a, tokens_b = tokenizer(a), tokenizer(b)
    return f_measure(LCSseq.similarity(tokens_a, tokens_b), len(tokens_a), len(tokens_b))


def best_matches(numbers: Integers, lcs: Integers, m: int, n: Integers, k: int) -> list[Match]:
    """Return the k best of these entries, best first, ties to the older; none with F = 0.

    `lcs` is their LCS with the text of m tokens, `n` their own lengths in tokens.
    """
    common = lcs > 0
    numbers, lcs, n = numbers[common], lcs[common], n[common]
    precision, recall = lcs / n, lcs / m  # as in f_measure: the same operations, the same bits
    scores = 2 * precision * recall / (precision + recall)
    order = np.lexsort((numbers, -scores))[:k]
    return list(map(Match, numbers[order].tolist(), scores[order].tolist()))
