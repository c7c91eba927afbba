"""The language rule: text in another language than the run's is turned down.

Languages are told by py3langid's naive Bayes model over byte n-grams (measured against lingua and
word lists of our own in docs/quality.md). Its table is rounded to integers here and summed as such,
so that every machine decides the same.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import numpy as np
from py3langid.langid import MODEL_DIR, MODEL_FILE, visit_counts
from py3langid.modelio import load_model

from selfinstruct.method.types import Rejected

from .patterns import patterns

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from selfinstruct.method.interfaces import Filter
    from selfinstruct.method.types import Task

KNOWN = (
    *("ar", "bn", "da", "de", "el", "en", "es", "fi", "fr", "he", "hi", "id", "it", "ja", "ko"),
    *("nl", "no", "pl", "pt", "ru", "sv", "th", "tr", "uk", "vi", "zh", "zxx"),
)
"""The languages that are told apart; "zxx" is text in none, such as code or sums."""

_NONE = "zxx"
_LEAST_BYTES, _LEAST_OTHER = 24, 12
"""Shorter texts show no language ("Cite a quote." looks like French); the second is for scripts of
two bytes a letter and more."""
_ENOUGH = 400
"""Letters from the beginning that are looked at; more tell nothing new."""
_NAMED, _TURNED_DOWN = 1.0, 3.0
"""By how much a language must be likelier than every other to be named, and than the run's for a
text to be turned down: log-likelihood over the square root of the bytes (docs/quality.md)."""
_COMMON = 60
_SHARE = 4
"""A text of whose words every fourth is among a language's 60 commonest is in that language."""
_QUOTED, _LANGUAGE_TASK = patterns("FOREIGN_QUOTED LANGUAGE_TASK")
_WORD = re.compile(r"[^\W\d_]+")
_UNIT = 1 << 10


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def unquoted(text: str) -> str:
    """Return the text without its quotations and code, which may be in any language."""
    return _QUOTED.sub(" ", text)


@lru_cache(maxsize=1024)
def _weight(count: int) -> int:
    return round(math.log1p(count) * _UNIT)


@lru_cache(maxsize=1)
def _model() -> tuple[list[Sequence[int]], NDArray[np.int64], NDArray[np.int64]]:
    """Read the model, which takes half a second: only when a text is met that needs it.

    Returns: what finds the features; their shares (features, languages); the priors (languages,).
    """
    shares, priors, names, moves, rows, features = load_model(MODEL_DIR / MODEL_FILE)
    places = [names.index(name) for name in KNOWN]
    whole = np.rint(shares[:, places].astype(np.float64) * _UNIT).astype(np.int64)
    base = np.rint(priors[places].astype(np.float64) * _UNIT * _UNIT).astype(np.int64)
    return [moves, [row << 8 for row in rows], features], whole, base


def _scores(text: bytes) -> NDArray[np.int64]:
    """Return the log-likelihood of each language, in 2**-20."""
    tables, shares, priors = _model()
    counts = visit_counts(*tables, text)
    if not counts:
        return np.zeros_like(priors)
    weights = np.fromiter(map(_weight, counts.values()), np.int64, len(counts))
    return priors + weights @ shares[np.fromiter(counts, np.intp, len(counts))]


@lru_cache(maxsize=64)
def _likely(text: str) -> tuple[str, tuple[float, ...]]:
    """Return the likeliest language of a text, and how far each stands behind it."""
    text = unquoted(text).strip()
    raw = (text.lower() if text.isupper() else text).encode("utf-8", "surrogatepass")
    if len(raw) < (_LEAST_BYTES if len(raw) < 2 * len(text) else _LEAST_OTHER):
        return "", ()
    scores = _scores(raw)
    best = int(scores.argmax())
    unit = _UNIT * _UNIT * math.sqrt(len(raw))
    behind = tuple((int(scores[best]) - int(each)) / unit for each in scores)
    return ("", ()) if KNOWN[best] == _NONE else (KNOWN[best], behind)


def guess_language(text: str) -> str:
    """Return the language a text is plainly in, as its two letters; "" where it does not show."""
    best, behind = _likely(text)
    return best if best and sorted(behind)[1] > _NAMED else ""


def language_of(seeds: Sequence[str]) -> str:
    """Return the language of most seed tasks; "" where none shows."""
    found = Counter(guess for seed in seeds if (guess := guess_language(seed)))
    if not found:
        return guess_language("\n".join(seeds))
    return max(found.items(), key=lambda item: (item[1], item[0]))[0]


class Wanted:
    """The language of a run: what its seed tasks are in, or `only`."""

    def __init__(self, seeds: Iterable[str], only: str) -> None:
        self._seeds, self._only = tuple(seeds), only

    @cached_property
    def name(self) -> str:
        """Its two letters; "" where the seed tasks do not show it."""
        return self._only or language_of(self._seeds)

    @cached_property
    def _common(self) -> frozenset[str]:
        """The seed tasks' commonest words, where these are in the run's language."""
        if self._only and self._only != language_of(self._seeds):
            return frozenset()
        words = Counter(word for seed in self._seeds for word in _words(seed))
        most = sorted(words.items(), key=lambda item: (-item[1], item[0]))[:_COMMON]
        return frozenset(word for word, _ in most)

    def other(self, text: str) -> str:
        """Return the language that a text is plainly in, where that is another; else ""."""
        if len(text) < _LEAST_BYTES and text.isascii():
            return ""  # as most outputs are
        text = text[:_ENOUGH]
        words = _words(text)
        if _SHARE * sum(map(self._common.__contains__, words)) >= len(words) > 0:
            return ""  # the quick way: most texts are in the run's language
        best, behind = _likely(text)
        if not best or best == self.name or not self.name:
            return ""
        if self.name in KNOWN and behind[KNOWN.index(self.name)] <= _TURNED_DOWN:
            return ""
        return best


def language(seeds: Sequence[str] = (), only: str = "") -> Filter:
    """Turn down instructions that are plainly in another language than the run's.

    Args:
        seeds: the seed tasks' instructions; most of them set the run's language.
        only: the run's language, as two letters, if the seed tasks are not to set it.
    """
    wanted = Wanted(seeds, only)

    def check(task: Task) -> Rejected | None:
        found = wanted.other(task.instruction)
        return Rejected("another language", found, wanted.name) if found else None

    return check


def instance_language(seeds: Sequence[str] = (), only: str = "") -> Filter:
    """Turn down outputs in another language than the run's, unless task or input call for it.

    The arguments are those of `language`.
    """
    wanted = Wanted(seeds, only)

    def check(task: Task) -> Rejected | None:
        instruction, instance = task.instruction, task.instances[0]
        found = wanted.other(instance.output)
        if not found or _LANGUAGE_TASK.search(instruction):
            return None
        if found in {guess_language(instance.input), guess_language(instruction)}:
            return None
        return Rejected("another language", found, wanted.name)

    return check
