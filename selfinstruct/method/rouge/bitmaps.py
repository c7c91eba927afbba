"""Which entries can reach a score at all: bitmaps, added up 64 entries at a time.

The index would have to compute an LCS with every entry. Most of them share a word or two with the
text and cannot come near; `Bitmaps.candidates` leaves those out and never one that matters.

Symbols. The k-th repeat of a token in a text is a symbol of its own, so a text of n tokens is a
set of n symbols. Two texts share, of each token, the smaller of their two counts; a common
subsequence uses no more than that. So LCS <= number of shared symbols.

Columns. Every symbol belongs to one of 512 columns. A column is a bitmap over the entries: an
entry's bit is set if the entry has a symbol of that column. Take a text's columns, one for each of
its symbols (the same column twice if two symbols fall on it). For each symbol that an entry
shares with the text, the entry's bit is set in that symbol's column. So
number of shared symbols <= number of the text's columns in which the entry's bit is set.

No false negatives. Let the text have m tokens and the entry n. F is 2 LCS / (m + n), give or take
five float roundings of 2**-53 each, so F >= t needs
LCS >= need(m, n) = ceil(t (m + n) / 2), computed a hair (1e-12 of itself) too low on purpose.
By the two bounds above, an entry with fewer than need(m, n) bits set in the text's columns has
F < t, and only such entries are left out. Four refinements keep this true:

* Entries of similar length lie together in length classes. The need of a class is that of its
  shortest possible entry, and need grows with n, so it is never too high for the others.
* A class is skipped if its need exceeds what is possible: the entry's own length n (which gives
  n >= m t / (2 - t)), or the number of the text's symbols that the index knows.
* Symbols of tokens that no entry has are not counted: no entry shares them.
* The `skip` columns with the most entries ("the", "a", "of") are taken as set without being read:
  the need on the others is lower by `skip`. They tell little and cost as much as the rest.

Adding. The bits are counted for 64 entries at once with full adders on machine words, as on paper
in base two: of three rows of bits that are worth 1, the exclusive or is a row worth 1 and the
majority a row of carries worth 2. Every entry gets a head start of 2**k - need, so its count
carries out of the k lower places exactly if at least `need` of its bits are set.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import lru_cache
from math import ceil
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Words = NDArray[np.uint64]
    Numbers = NDArray[np.int32]

COLUMNS = 512
# The first tokens an index meets are mostly the commonest: they get a column each, so that no rare
# token shares a crowded column.
_OWN_COLUMNS = 128
_REPEAT_STEP = 89  # moves the repeats of a token to other columns; any number will do
_LANES = 64  # entries in a machine word
_SPARE = 5  # one word in five is kept free for entries to come
_CHUNK = 1 << 15  # words worked on at a time: 256 KB, so that they stay in the cache
_SKIP = 0.4  # share of the need, at equal lengths, that may be skipped; measured, see benchmarks


def _class_floors() -> list[int]:
    """The shortest length of every class: exact up to 32 tokens, then in steps of 6 %."""
    floors = list(range(33))
    while floors[-1] < 1024:  # noqa: PLR2004 - longer entries are one class
        floors.append(int(floors[-1] * 1.06) + 1)
    return floors


_FLOORS = _class_floors()
_CLASSES = len(_FLOORS)


def columns_of(ids: Sequence[int]) -> list[int]:
    """The column of every symbol of a text, given the ids (not negative) of its tokens."""
    if len(set(ids)) == len(ids):
        return [i if i < _OWN_COLUMNS else _OWN_COLUMNS + i % (COLUMNS - _OWN_COLUMNS) for i in ids]
    columns = []
    seen: dict[int, int] = {}
    for i in ids:
        repeat = seen.get(i, 0)
        seen[i] = repeat + 1
        if repeat == 0 and i < _OWN_COLUMNS:
            columns.append(i)
        else:
            shared = (i + _REPEAT_STEP * repeat) % (COLUMNS - _OWN_COLUMNS)
            columns.append(_OWN_COLUMNS + shared)
    return columns


class Bitmaps:
    """The columns of all entries. A word of a column holds the bits of 64 entries of one class."""

    def __init__(self) -> None:
        """Start with no entries."""
        self._bits: Words = np.zeros((COLUMNS, 0), np.uint64)  # column x word
        self._numbers: Numbers = np.zeros(0, np.int32)  # word * 64 + lane -> number of the entry
        self._class: NDArray[np.intp] = np.zeros(0, np.intp)  # word -> its class
        self._first = [0] * (_CLASSES + 1)  # class -> its first word; the last one ends them all
        self._held = [0] * _CLASSES  # class -> entries in it
        self._size = [0] * COLUMNS  # column -> entries in it

    @property
    def nbytes(self) -> int:
        """Bytes of memory held by the arrays."""
        return self._bits.nbytes + self._numbers.nbytes + self._class.nbytes

    def add(self, number: int, length: int, columns: Sequence[int]) -> None:
        """Add the entry of this number, with its length in tokens and its `columns_of`."""
        of_class = bisect_right(_FLOORS, length) - 1
        place = self._first[of_class] * _LANES + self._held[of_class]
        if place == self._first[of_class + 1] * _LANES:
            self._make_room(of_class)
            place = self._first[of_class] * _LANES + self._held[of_class]
        self._held[of_class] += 1
        self._numbers[place] = number
        word, lane = divmod(place, _LANES)
        self._bits[columns, word] |= np.uint64(1 << lane)
        for column in columns:
            self._size[column] += 1

    def candidates(self, length: int, columns: Sequence[int], least: float) -> Numbers:
        """Every entry whose F with a text can be `least` or more, in no order.

        Args:
            length: the text's length in tokens.
            columns: `columns_of` the text, less those of tokens that no entry has.
            least: the lowest F of interest, 0 < least <= 1.
        """
        plan = _plan(length, len(columns), least)
        start, end = self._first[plan.first_class], self._first[plan.end_class]
        if start == end:
            return np.zeros(0, np.int32)
        read = sorted(columns, key=self._size.__getitem__)[: len(columns) - plan.skip]
        step = max(_CHUNK // len(read), 256)
        found = []
        for here in range(start, end, step):
            there = min(here + step, end)
            head_start = plan.head_start.take(self._class[here:there], axis=1)
            hits = _carried_out(self._bits[read, here:there], head_start)
            found.append(self._numbers[here * _LANES + _lanes_set(hits)])
        return found[0] if len(found) == 1 else np.concatenate(found)

    def _make_room(self, full: int) -> None:
        """Lay the words out again, with spare words in every class that has entries."""
        words = [-(-held // _LANES) for held in self._held]
        room = [n + n // _SPARE + (n > 0) for n in words]
        room[full] = max(room[full], 1)
        first = [0, *np.cumsum(room).tolist()]
        bits = np.zeros((COLUMNS, first[-1]), np.uint64)
        numbers = np.zeros(first[-1] * _LANES, np.int32)
        for old, new, n in zip(self._first, first, words, strict=False):
            bits[:, new : new + n] = self._bits[:, old : old + n]
            numbers[new * _LANES : (new + n) * _LANES] = self._numbers[
                old * _LANES : (old + n) * _LANES
            ]
        self._bits, self._numbers, self._first = bits, numbers, first
        self._class = np.repeat(np.arange(_CLASSES), room)


class _Plan(NamedTuple):
    """What to read for a text, and what is enough."""

    first_class: int
    end_class: int
    skip: int  # columns not read
    head_start: Words  # k x classes: bit i of the head start in row i, as all ones or all zeros


@lru_cache(maxsize=1024)
def _plan(length: int, known: int, least: float) -> _Plan:
    """Plan for a text of this length, `known` of its symbols being known to the index."""
    share = least / 2 * (1 - 1e-12)
    need = [max(ceil(share * (length + floor)), 1) for floor in _FLOORS]
    shortest = max(ceil(length * share / (1 - share)), 1)
    first_class = bisect_right(_FLOORS, shortest) - 1
    end_class = max(bisect_right(need, known), first_class)
    skip = min(int(_SKIP * least * length), need[first_class] - 1)
    read = known - skip
    places = read.bit_length()
    head_start = np.array(
        [
            [-((2**places - n + skip) >> place & 1) & (2**64 - 1) for n in need]
            for place in range(places)
        ],
        np.uint64,
    )
    return _Plan(first_class, end_class, skip, head_start)


def _carried_out(rows: Words, head_start: Words) -> Words:
    """The lanes whose set bits in all rows, plus the head start, reach 2**len(head_start)."""
    carries = [rows]
    for row in head_start:
        carries = _carries(np.concatenate([*carries, row[np.newaxis]]))
    hits: Words = np.bitwise_or.reduce(np.concatenate(carries), axis=0)
    return hits


def _carries(rows: Words) -> list[Words]:
    """Add rows of bits of equal worth, and return the carries: rows worth twice as much.

    The rows are used up. Their number falls by two for each that is added to two others.
    """
    carries = []
    while (third := len(rows) // 3) > 0:
        a, b, c = rows[:third], rows[third : 2 * third], rows[2 * third : 3 * third]
        differ = a ^ b
        carries.append(a & b | differ & c)
        c ^= differ  # the sum; it stays among the rows that are left
        rows = rows[2 * third :]
    if len(rows) > 1:
        carries.append(rows[:1] & rows[1:])
    return carries


def _lanes_set(words: Words) -> NDArray[np.intp]:
    """The places (word * 64 + lane) of all set bits."""
    filled = words.nonzero()[0]
    octets = words[filled].astype("<u8", copy=False).view(np.uint8)
    lanes = np.unpackbits(octets, bitorder="little").nonzero()[0]
    return filled[lanes // _LANES] * _LANES + lanes % _LANES
