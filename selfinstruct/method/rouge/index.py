"""The index: every accepted instruction, and the most similar ones to a new text."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from rapidfuzz.distance import LCSseq
from rapidfuzz.process import cdist

from selfinstruct.method.errors import BadInput

from .bitmaps import Bitmaps, columns_of
from .score import GUESSES, Match, best_matches, f_measure
from .standing import standings, zeros
from .tokenizers import Tokenizer, ascii_tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from .score import Integers
    from .standing import Standing

_UNKNOWN = "\0"  # stands for every token that no entry has; matches none
_SURROGATES = 0xD800  # the first of 0x800 code points that no proper string holds
_CODE_POINTS = 0x110000 - 0x800 - 1  # all but the surrogates and _UNKNOWN


class Memory(NamedTuple):
    """Bytes of memory an index holds: for its entries, and for the tokens they are made of."""

    entries: int
    vocabulary: int


class RougeIndex:
    """Instructions numbered from 0 in the order they were added, searchable by ROUGE-L.

    Every answer is what comparing the text with all entries by `rouge-score` would give, float
    for float. Asking about a text and then adding it tokenises it once.

    Args:
        threshold: `nearest` finds entries with F above it, 0 to 1 (Self-Instruct: 0.7).
        tokenizer: how texts become tokens; see `TOKENIZERS`.

    Raises:
        BadInput: if the threshold is not in 0 ... 1.
    """

    def __init__(self, threshold: float = 0.7, tokenizer: Tokenizer = ascii_tokens) -> None:
        if not 0 <= threshold <= 1:
            raise BadInput(
                f"compare by ROUGE-L above {threshold}",
                "the threshold is not in 0 ... 1",
                "Choose one from 0 to 1; Self-Instruct uses 0.7.",
            )
        self.threshold = threshold
        self.tokenizer = tokenizer
        self._vocabulary: dict[str, str] = {}  # token -> the character that stands for it
        self._entries: list[str] = []  # the tokens of every entry, one character each
        self._bitmaps = Bitmaps()
        self._last: tuple[str, list[str]] = ("", tokenizer(""))

    def __len__(self) -> int:
        return len(self._entries)

    def has_tokens(self, text: str) -> bool:
        """Tell whether the text has any tokens; one without is similar to nothing (F = 0)."""
        return bool(self._tokens(text))

    def add(self, text: str) -> int:
        """Add a text; return its number.

        Raises:
            BadInput: if there were more distinct tokens than code points for them (1,112,063).
        """
        vocabulary = self._vocabulary
        tokens = self._tokens(text)
        for token in tokens:
            if token not in vocabulary:
                vocabulary[token] = _character(len(vocabulary))
        code = "".join([vocabulary[token] for token in tokens])
        number = len(self._entries)
        self._entries.append(code)
        self._bitmaps.add(number, len(code), columns_of(list(map(ord, code))))
        return number

    def extend(self, texts: Iterable[str]) -> None:
        """Add many texts, in order."""
        for text in texts:
            self.add(text)

    def nearest(self, text: str, before: int | None = None) -> Match | None:
        """Return the most similar entry with F strictly above the threshold; ties to the older.

        With `before`, only entries with a lower number count.
        """
        code = self._code(text)
        best = None
        highest = self.threshold
        for number in self._candidates(code, self.threshold, before).tolist():
            entry = self._entries[number]
            score = f_measure(LCSseq.similarity(code, entry), len(code), len(entry))
            if score > highest or (best and score == highest and number < best.number):
                best = Match(number, score)
                highest = score
        return best

    def top(self, text: str, k: int = 10, before: int | None = None) -> list[Match]:
        """Return the k most similar entries whatever their F, best first; ties to the older.

        Fewer come back only if fewer entries count: with `before`, those with a lower number.
        """
        code = self._code(text)
        entries = len(self) if before is None else min(before, len(self))
        k = min(k, entries)
        best: list[Match] = []
        compared = np.zeros(len(self), np.bool_)
        for guess in GUESSES:
            # The k-th best score is at least the k-th best so far. If that is above the guess,
            # this search finds all that belong.
            least = max(guess, best[k - 1].score) if len(best) == k > 0 else guess
            numbers = self._candidates(code, least, before)
            numbers = numbers[~compared[numbers]]
            compared[numbers] = True
            best += self._best(code, numbers, k)
            best = sorted(best, key=lambda match: (-match.score, match.number))[:k]
            if len(best) == k and all(match.score >= least for match in best):
                return best
        return best + zeros(best, k, entries)

    def standings(self, numbers: Sequence[int], k: int = 10) -> Iterator[Standing]:
        """Yield, for each of these entries, the k most similar older entries and the mean F.

        Older means numbered below the entry, so the result is as of the entry's acceptance,
        whatever came later. Far cheaper for many entries at once; see `standing`.
        """
        return standings(self._entries, numbers, k)

    def memory(self) -> Memory:
        """Return the bytes of memory held."""
        entries = sum(entry.__sizeof__() for entry in self._entries) + self._entries.__sizeof__()
        words = (word for pair in self._vocabulary.items() for word in pair)
        vocabulary = self._vocabulary.__sizeof__() + sum(word.__sizeof__() for word in words)
        return Memory(entries + self._bitmaps.nbytes, vocabulary)

    def _tokens(self, text: str) -> list[str]:
        """Return the tokens of a text; the last text's are remembered."""
        if text != self._last[0]:
            self._last = (text, self.tokenizer(text))
        return self._last[1]

    def _code(self, text: str) -> str:
        """Return the tokens of a text, one character each."""
        find = self._vocabulary.get
        return "".join([find(token, _UNKNOWN) for token in self._tokens(text)])

    def _candidates(self, code: str, least: float, before: int | None) -> Integers:
        """Return the entries, numbered below `before`, whose F can be `least` or more."""
        columns = columns_of(list(map(ord, code.replace(_UNKNOWN, ""))))
        numbers = self._bitmaps.candidates(len(code), columns, least)
        return numbers if before is None else numbers[numbers < before]

    def _best(self, code: str, numbers: Integers, k: int) -> list[Match]:
        """Return the k best of these entries, less those with F = 0."""
        entries = [self._entries[number] for number in numbers.tolist()]
        if not entries:
            return []
        lcs = cdist((code,), entries, scorer=LCSseq.similarity, dtype=np.int32, workers=1)[0]
        lengths = np.fromiter(map(len, entries), np.int32, len(entries))
        return best_matches(numbers, lcs, len(code), lengths, k)


def _character(token: int) -> str:
    """Return the character for the token of this number: code points but _UNKNOWN, surrogates."""
    if token >= _CODE_POINTS:
        raise BadInput(
            "add a text to the ROUGE-L index",
            f"it holds {_CODE_POINTS:,} distinct tokens, as many as it can",
            "Use a tokenizer that makes fewer.",
        )
    code_point = token + 1
    return chr(code_point if code_point < _SURROGATES else code_point + 0x800)
