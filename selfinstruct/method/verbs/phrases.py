"""Noun phrases: where they end, which word is their head, and which is a direct object."""

from __future__ import annotations

from . import lexicon as lx
from .words import is_word, lemma, singular


class Phrases:
    """One sentence, read from left to right. `at` gives "" beyond its end."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens
        self.lower = [token.lower().replace("\u2019", "'") for token in tokens]

    def at(self, i: int) -> str:
        """Return the word at i, in lower case."""
        return self.lower[i] if 0 <= i < len(self.lower) else ""

    def _skip_adverbs(self, i: int) -> int:
        while self.at(i) in lx.ADVERBS or (self.at(i).endswith("ly") and not self._is_verb(i)):
            i += 1
        return i

    def _is_verb(self, i: int) -> bool:
        return lemma(self.at(i), "base") is not None

    @staticmethod
    def _known(word: str) -> bool:
        return word in lx.CLOSED or word in lx.ADJECTIVES

    def _object(self, i: int, verb: str) -> str | None:
        """Return the head of a direct object that begins at i."""
        if (self.at(i) in lx.PARTICLES and verb not in lx.MOTION) or (
            verb == "fill" and self.at(i) == "in"
        ):
            i += 1
        i = self._skip_adverbs(i)
        word = self.at(i)
        if word in lx.INDIRECT:
            clause = verb not in lx.GIVING and self._is_verb(i + 1)  # "Imagine you sort mail"
            return None if clause else self._phrase(i + 1)[1]
        end, head = self._phrase(i, stop_at_verbs=verb in _LETTING)
        if word in ("what", "which"):
            end, head = self._phrase(i + 1, stop_at_verbs=True)
            return head if self.at(end) in ("", "?", ".", ",") else None
        if self.at(end) == "by" and self.at(end + 1) == self.at(end - 1):
            return None  # an adverb such as "step by step"
        if verb in lx.GIVING:
            return self._phrase(end)[1] or head
        return head

    def _phrase(self, i: int, *, stop_at_verbs: bool = False) -> tuple[int, str | None]:
        """Return the end of the noun phrase that begins at i, and its head if a common noun."""
        start = i
        nouns: list[int] = []
        while True:
            word = self.at(i)
            if word in ("'", "'s") and nouns:
                nouns.clear()  # the owner is not the head
            elif word in (",", "and", "or", "&", "but"):
                if not self._joins_adjectives(i):
                    break
            elif word != "following":
                if not self._inside(i, start, nouns, stop_at_verbs=stop_at_verbs):
                    break
                if not self._modifier(i):
                    nouns.append(i)
            i += 1
        return i, self._head(start, nouns)

    def _head(self, start: int, nouns: list[int]) -> str | None:
        common = [n for n in nouns if self.tokens[n][0].islower() or n == 0]
        named = self.at(start) in ("a", "an", "following", "given")
        if not common and nouns and (named or self.tokens[nouns[-1]].isupper()):
            common = nouns
        return singular(self.tokens[common[-1]]) if common else None

    def _modifier(self, i: int) -> bool:
        word, after = self.at(i), self.at(i + 1)
        return (
            word in _MODIFIERS
            or not is_word(word)
            or (is_word(after) and word in lx.ADJECTIVES and not self._known(after))
            or self._joins_adjectives(i + 1)
        )

    def _joins_adjectives(self, i: int) -> bool:
        """Tell whether the comma or "and" at i stands between two adjectives of one noun."""
        after = self.at(i + 1)
        second = after in lx.ADJECTIVES or after.endswith(("ed", "ing", "ly", "y"))
        return second and self.at(i - 1) in lx.ADJECTIVES

    def _inside(self, i: int, start: int, nouns: list[int], *, stop_at_verbs: bool) -> bool:
        """Tell whether the word at i goes on with the noun phrase that began at start."""
        word, after = self.at(i), self.at(i + 1)
        if word in lx.NUMBERS or word[:1].isdigit() or word[:1] in ("$", "€", "£", "%"):
            return not (nouns and word[:1] in "$€£")
        if word in lx.ARTICLES:
            return i == start or self.at(i - 1) in ("all", "both", "such", "half")
        if not nouns and (word in lx.DETERMINERS or word in ("given", "provided", "opposite")):
            return True
        if not is_word(word) or word in _NEVER_INSIDE or word.endswith("ly"):
            return False
        if not nouns:
            return not (stop_at_verbs and i > start and self._verb_here(i))
        return not self._leaves(i, after, stop_at_verbs=stop_at_verbs)

    def _leaves(self, i: int, after: str, *, stop_at_verbs: bool) -> bool:
        """Tell whether the word at i, after a noun, is a verb and no longer the phrase."""
        word = self.at(i)
        if lemma(word, "ing"):
            return word not in lx.GERUND_NOUNS or after in lx.ARTICLES
        if word.endswith("ed") or lemma(word, "en"):
            followed = is_word(after) and not self._known(after)
            return not followed or lemma(word, "base") is None
        return stop_at_verbs and self._verb_here(i)

    def _verb_here(self, i: int) -> bool:
        return lemma(self.at(i), "base", "s", "ed") is not None


_LETTING = ("help", "let")
_MODIFIERS = lx.DETERMINERS | lx.NUMBERS | lx.INTENSIFIERS
_NEVER_INSIDE = (
    lx.DETERMINERS | lx.PREPOSITIONS | lx.WH | lx.CONJUNCTIONS | lx.HELPERS | lx.PRONOUNS
)
_NEVER_INSIDE |= lx.ADVERBS - lx.ADJECTIVES
"""Words that no noun phrase holds but at its beginning."""
