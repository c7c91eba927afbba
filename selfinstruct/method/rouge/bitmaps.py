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
six float roundings of one part in 2**53 each, so F >= t needs
LCS >= need(m, n) = ceil(t (m + n) / 2), computed one part in 1e12 too low on purpose.
By the two bounds above, an entry with fewer than need(m, n) bits set in the text's columns has
F < t, and only such entries are left out. Three refinements keep this true:

* Entries of similar length lie together in length classes. The need of a class is that of its
  shortest possible entry, and need grows with n, so it is never too high for the others.
* A class is skipped if its need exceeds what is possible: the entry's own length n (which gives
  n >= m t / (2 - t)), or the number of the text's symbols that the index knows.
* Symbols of tokens that no entry has are not counted: no entry shares them.

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
_REPEAT_STEP = 89  # moves the repeats of a token to other columns; any number will do
_LANES = 64  # entries in a machine word
_SPARE = 5  # one word in five is kept free for entries to come
_CHUNK = 1 << 16  # words worked on at a time: 512 KB, so that they stay in the cache
_NONE, _ALL = np.uint64(0), np.uint64(2**64 - 1)


_FLOORS = list(range(17))
while _FLOORS[-1] < 1024:  # noqa: PLR2004 - longer entries are one class
    _FLOORS.append(int(_FLOORS[-1] * 1.12) + 1)
"""The shortest length of every class: one by one to 16 tokens, then 12 % apart."""
_CLASSES = len(_FLOORS)


def columns_of(ids: Sequence[int]) -> list[int]:
    """Return the column of every symbol of a text, given the ids of its tokens.

    If ids are given in the order in which tokens are first met, the first 512 tokens, mostly the
    commonest, have a column each.
    """
    if len(set(ids)) == len(ids):
        return [token % COLUMNS for token in ids]
    columns = []
    seen: dict[int, int] = {}
    for token in ids:
        repeat = seen[token] = seen.get(token, -1) + 1
        columns.append((token + _REPEAT_STEP * repeat) % COLUMNS)
    return columns


class Bitmaps:
    """The columns of all entries. A word of a column holds the bits of 64 entries of one class."""

    def __init__(self) -> None:
        self._bits: Words = np.zeros((COLUMNS, 0), np.uint64)  # column x word
        self._numbers: Numbers = np.zeros((0, _LANES), np.int32)  # word x lane: entry's number
        self._class: NDArray[np.intp] = np.zeros(0, np.intp)  # word -> its class
        self._first = [0] * (_CLASSES + 1)  # class -> its first word; the last one ends them all
        self._held = [0] * _CLASSES  # class -> entries in it

    @property
    def nbytes(self) -> int:
        """Bytes of memory held by the arrays."""
        return self._bits.nbytes + self._numbers.nbytes + self._class.nbytes

    def add(self, number: int, length: int, columns: Sequence[int]) -> None:
        """Add the entry of this number, with its length in tokens and its `columns_of`."""
        of_class = bisect_right(_FLOORS, length) - 1
        words, lane = divmod(self._held[of_class], _LANES)
        if self._first[of_class] + words == self._first[of_class + 1]:
            self._make_room(of_class)
        word = self._first[of_class] + words
        self._held[of_class] += 1
        self._numbers[word, lane] = number
        self._bits[columns, word] |= np.uint64(1 << lane)

    def candidates(self, length: int, columns: Sequence[int], least: float) -> Numbers:
        """Return every entry whose F with a text can be `least` or more, in no order.

        Args:
            length: the text's length in tokens.
            columns: `columns_of` the text, less those of tokens that no entry has.
            least: the lowest F of interest, 0 to 1; entries with F = 0 are never of interest.
        """
        plan = _plan(length, len(columns), least)
        start, end = self._first[plan.first_class], self._first[plan.end_class]
        if start == end:
            return np.zeros(0, np.int32)
        step = _CHUNK // len(columns) + 1
        found = []
        for here in range(start, end, step):
            there = min(here + step, end)
            head_start = plan.head_start.take(self._class[here:there], axis=1)
            hits = _carried_out(self._bits[columns, here:there], head_start)
            words, lanes = _bits_set(hits)
            found.append(self._numbers[here + words, lanes])
        return found[0] if len(found) == 1 else np.concatenate(found)

    def _make_room(self, full: int) -> None:
        """Lay the words out again: one more for the full class, and some to spare."""
        words = [-(-held // _LANES) for held in self._held]
        room = [n + n // _SPARE + (n > 1) for n in words]
        room[full] = max(room[full], words[full] + 1)
        first = [0, *np.cumsum(room).tolist()]
        bits = np.zeros((COLUMNS, first[-1]), np.uint64)
        numbers = np.zeros((first[-1], _LANES), np.int32)
        for old, new, n in zip(self._first[:-1], first[:-1], words, strict=True):
            bits[:, new : new + n] = self._bits[:, old : old + n]
            numbers[new : new + n] = self._numbers[old : old + n]
        self._bits, self._numbers, self._first = bits, numbers, first
        self._class = np.repeat(np.arange(_CLASSES), room)


class _Plan(NamedTuple):
    """Which classes to read for a text, and how many bits are enough in each of them."""

    first_class: int
    end_class: int  # the first class that is too long
    head_start: Words  # k x classes: bit i of the head start in row i, as all ones or all zeros


@lru_cache(maxsize=1024)
def _plan(length: int, known: int, least: float) -> _Plan:
    """Return the plan for a text of this length with `known` symbols that the index knows."""
    share = least / 2 * (1 - 1e-12)
    need = [max(ceil(share * (length + floor)), 1) for floor in _FLOORS]
    shortest = max(ceil(length * share / (1 - share)), 1)
    first_class = bisect_right(_FLOORS, shortest) - 1
    end_class = max(bisect_right(need, known), first_class)
    places = range(known.bit_length())
    start = (1 << len(places)) - np.array(need)
    head_start = np.array([np.where(start >> place & 1, _ALL, _NONE) for place in places])
    return _Plan(first_class, end_class, head_start)


def _carried_out(rows: Words, head_start: Words) -> Words:
    """Add up rows of bits; return the lanes whose sum carries out of the top place.

    Args:
        rows: n x words; every bit is worth 1.
        head_start: k x words; a bit of row i is worth 2**i. Added to the rest.

    Returns:
        One row: a bit is set where the sum is 2**k or more. It must be below 2**(k + 1).
    """
    # All rows to add: those of place 0, then, behind them, their carries, which are the rows of
    # place 1, and so on. Adding three rows leaves one in the place and makes one carry.
    board = np.empty((2 * (len(rows) + len(head_start) + 1), rows.shape[1]), np.uint64)
    low, high = 0, len(rows)
    board[:high] = rows
    for row in head_start:
        board[high] = row
        high += 1
        end = high
        while high - low > 2:  # noqa: PLR2004 - as many as an adder takes
            third = (high - low) // 3
            a = board[low : low + third]
            b = board[low + third : low + 2 * third]
            c = board[low + 2 * third : low + 3 * third]
            carry = np.bitwise_xor(a, b, out=board[end : end + third])
            c ^= a
            carry &= c
            carry ^= a  # set where at least two of the three were
            end += third
            low += 2 * third
            if high - low > 1:  # the last sum of a place is of no use
                c ^= b  # set where one or all three were; it stays in the place
        if high - low > 1:
            np.bitwise_and(board[low], board[low + 1], out=board[end])
            end += 1
        low, high = high, end
    carried: Words = np.bitwise_or.reduce(board[low:high], axis=0)
    return carried


def _bits_set(words: Words) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return word and lane of every set bit."""
    filled = words.nonzero()[0]
    octets = words[filled].astype("<u8", copy=False).view(np.uint8)
    row, lane = np.unpackbits(octets, bitorder="little").reshape(-1, _LANES).nonzero()
    return filled[row], lane
