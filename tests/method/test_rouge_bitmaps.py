from __future__ import annotations

from collections import Counter
from random import Random
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from selfinstruct.method.rouge import f_measure
from selfinstruct.method.rouge.bitmaps import (
    COLUMNS,
    Bitmaps,
    _bits_set,
    _carried_out,
    columns_of,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

words = st.integers(0, 2**64 - 1)


@given(st.data(), st.integers(1, 40), st.integers(1, 3))
def test_adding_rows_of_bits(data: st.DataObject, count: int, width: int) -> None:
    """A lane carries out exactly if its set bits and its head start reach 2**k."""
    rows = data.draw(st.lists(st.lists(words, min_size=width, max_size=width), min_size=1))
    rows = rows[:count]
    places = len(rows).bit_length()
    head = [data.draw(st.lists(words, min_size=width, max_size=width)) for _ in range(places)]
    carried = _carried_out(np.array(rows, np.uint64), np.array(head, np.uint64)).tolist()
    for word in range(width):
        for lane in range(64):
            total = sum(row[word] >> lane & 1 for row in rows)
            total += sum((row[word] >> lane & 1) << place for place, row in enumerate(head))
            assert carried[word] >> lane & 1 == (total >= 2**places)


@given(st.lists(st.sampled_from([0, 1, 1 << 63, 5, 2**64 - 1]), max_size=20))
def test_places_of_set_bits(values: list[int]) -> None:
    """Word and lane of every set bit, and of no other."""
    found = list(
        zip(*(part.tolist() for part in _bits_set(np.array(values, np.uint64))), strict=True)
    )
    assert found == [
        (word, lane) for word, value in enumerate(values) for lane in range(64) if value >> lane & 1
    ]


@given(st.lists(st.integers(0, 5000), max_size=40))
def test_every_symbol_has_a_column(ids: list[int]) -> None:
    """One column for each token, repeats included; a text's own order does not matter."""
    columns = columns_of(ids)
    assert len(columns) == len(ids)
    assert all(0 <= column < COLUMNS for column in columns)
    assert Counter(columns) == Counter(columns_of(ids[::-1]))


def shared(a: Sequence[int], b: Sequence[int]) -> int:
    """The number of symbols two texts share: the most that their LCS can be."""
    return (Counter(a) & Counter(b)).total()


@pytest.mark.parametrize("least", [0.05, 0.4, 0.7, 1.0])
def test_candidates_miss_nothing_and_are_few(least: float) -> None:
    """Every entry whose shared symbols can reach the score is there, and hardly any other."""
    random = Random(9)
    weights = [1 / (rank + 3) for rank in range(3000)]
    texts = [
        random.choices(range(3000), weights, k=random.choice([1, 3, 8, 8, 12, 12, 20, 60]))
        for _ in range(2000)
    ]
    bitmaps = Bitmaps()
    for number, ids in enumerate(texts):
        bitmaps.add(number, len(ids), columns_of(ids))
    possible = returned = 0
    for ids in texts[:150]:
        numbers = bitmaps.candidates(len(ids), columns_of(ids), least).tolist()
        assert len(numbers) == len(set(numbers))
        can = {
            number
            for number, entry in enumerate(texts)
            if f_measure(shared(ids, entry), len(ids), len(entry)) >= least
        }
        assert can <= set(numbers)
        possible += len(can)
        returned += len(numbers)
    assert returned < 2 * possible + 150 * 5
