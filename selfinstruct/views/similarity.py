"""How near the tasks of a run are to its seed tasks and to each other, by ROUGE-L."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from rapidfuzz.distance import LCSseq
from rapidfuzz.process import cdist

from selfinstruct.method.rouge import RougeIndex
from selfinstruct.method.rouge.score import best_matches

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from selfinstruct.method.rouge import Match, Tokenizer

BLOCK = 64
"""Tasks compared with all seed tasks at a time: rapidfuzz takes several in one register."""

_SURROGATES = 0xD800  # the first of 0x800 code points that no string should hold


class Similar(NamedTuple):
    """The nearest seed task and the nearest earlier task of each task, in task order.

    Numbers count from 0; a match with no common token has F = 0. None where there is no other.
    """

    seed: Sequence[Match | None]
    earlier: Sequence[Match | None]


def similar(seeds: Sequence[str], instructions: Sequence[str], tokenizer: Tokenizer) -> Similar:
    """Compare instructions with the seed tasks, and each with those before it."""
    earlier: list[Match | None] = []
    index = RougeIndex(tokenizer=tokenizer)
    for instruction in instructions:
        earlier.append(next(iter(index.top(instruction, 1)), None))
        index.add(instruction)
    return Similar(list(_nearest_seeds(seeds, instructions, tokenizer)), earlier)


def _nearest_seeds(
    seeds: Sequence[str], instructions: Sequence[str], tokenizer: Tokenizer
) -> Iterator[Match | None]:
    vocabulary: dict[str, str] = {}

    def encode(text: str) -> str:
        return "".join(
            [vocabulary.setdefault(token, _character(len(vocabulary))) for token in tokenizer(text)]
        )

    entries = [encode(seed) for seed in seeds]
    numbers = np.arange(len(entries), dtype=np.int32)
    lengths = np.fromiter(map(len, entries), np.int32, len(entries))
    for start in range(0, len(instructions), BLOCK):
        block = [encode(text) for text in instructions[start : start + BLOCK]]
        table = cdist(block, entries, scorer=LCSseq.similarity, dtype=np.int32, workers=1)
        for code, lcs in zip(block, table, strict=True):
            yield next(iter(best_matches(numbers, lcs, len(code), lengths, 1)), None)


def _character(number: int) -> str:
    code = number + 1
    return chr(code if code < _SURROGATES else code + 0x800)


def clusters(earlier: Sequence[Match | None], least: float) -> list[list[int]]:
    """Return groups of near-duplicates, largest first: task numbers in order.

    Each task is joined to its nearest earlier task where their ROUGE-L is `least` or more; a group
    is what hangs together, two tasks or more.
    """
    root = list(range(len(earlier)))
    groups: dict[int, list[int]] = {}
    for number, match in enumerate(earlier):
        if match is not None and match.score >= least:
            root[number] = root[match.number]
            groups.setdefault(root[number], [root[number]]).append(number)
    return sorted(groups.values(), key=lambda group: (-len(group), group[0]))
