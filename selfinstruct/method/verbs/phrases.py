"""Noun phrases: where they end, which word is their head, and which is a direct object."""

from __future__ import annotations

from . import lexicon as lx
from .words import QUOTE, is_adjective, is_word, lemma, singular


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
        return word in lx.CLOSED or is_adjective(word)

    def _object(self, i: int, verb: str) -> str | None:
        """Return the head of a direct object that begins at i."""
        if (self.at(i) in lx.PARTICLES and verb not in lx.MOTION) or (
            verb == "fill" and self.at(i) == "in"
        ):
            i += 1
        i = self._skip_adverbs(i) if self.at(i) not in ("most", "more", "best", "better") else i
        word = self.at(i)
        if word in lx.INDIRECT and verb not in _NO_GIFT:
            clause = verb not in lx.GIVING and self._is_verb(i + 1)  # "Imagine you sort mail"
            return self._phrase(i + 1)[1] if self._starts_phrase(i + 1) and not clause else None
        end, head = self._phrase(i, stop_at_verbs=verb in _LETTING)
        if word in ("what", "which"):
            end, head = self._phrase(i + 1, stop_at_verbs=True)
            return head if self.at(end) in ("", "?", ".", ",") else None
        if word in lx.WH or (self.at(end) == "by" and self.at(end + 1) == self.at(end - 1)):
            return None  # a clause, or an adverb such as "step by step"
        if verb in lx.GIVING and end > i and self.at(end) in lx.ARTICLES | lx.NUMBERS:
            return self._phrase(end)[1] or head
        return head

    def _starts_phrase(self, i: int) -> bool:
        word = self.at(i)
        if not word or word == "that" or word in lx.WH:
            return False
        if word in lx.DETERMINERS | lx.NUMBERS or word[:1].isdigit() or is_adjective(word):
            return True
        return is_word(word) and word not in lx.CLOSED

    def _phrase(self, i: int, *, stop_at_verbs: bool = False) -> tuple[int, str | None]:
        """Return the end of the noun phrase that begins at i, and its head if a common noun."""
        start = i
        nouns: list[int] = []
        while True:
            word = self.at(i)
            if word == "/" and nouns and is_word(self.at(i + 1)):
                i += 1
            elif word in ("'", "'s") and nouns and is_word(self.at(i + 1)):
                nouns.clear()  # the owner is not the head
                i += 1
            elif word in (",", "and", "or", "&", "but"):
                if not self._joins_adjectives(i, start):
                    break
                i += 1
            elif word == "following" and i > start:
                i += 1
            elif not self._inside(i, start, nouns, stop_at_verbs=stop_at_verbs):
                break
            else:
                if not self._modifier(i):
                    nouns.append(i)
                i += 1
        if not nouns and i > start and self._may_be_noun(self.at(i - 1)):
            nouns.append(i - 1)
        return i, self._head(start, nouns)

    @staticmethod
    def _may_be_noun(word: str) -> bool:
        """Tell whether what looks like an adjective can be the head: "the largest" cannot."""
        other = lx.DETERMINERS | lx.NUMBERS | lx.ADVERBS | {"following", "given"}
        return is_word(word) and word not in other and not word.endswith("est")

    def _head(self, start: int, nouns: list[int]) -> str | None:
        common = [n for n in nouns if self.tokens[n][0].islower() or n == 0]
        named = self.at(start) in ("a", "an", "following", "given")
        if not common and nouns and (named or self.tokens[nouns[-1]].isupper()):
            common = nouns
        return singular(self.tokens[common[-1]]) if common else None

    def _modifier(self, i: int) -> bool:
        word = self.at(i)
        return (
            word in lx.DETERMINERS | lx.NUMBERS | lx.INTENSIFIERS
            or word[:1].isdigit()
            or not is_word(word)
            or (is_word(self.at(i + 1)) and is_adjective(word) and self._noun_after(i + 1))
            or (is_adjective(word) and self._joins_adjectives(i + 1, i))
        )

    def _noun_after(self, i: int) -> bool:
        return not self._known(self.at(i)) or is_adjective(self.at(i))

    def _joins_adjectives(self, i: int, start: int) -> bool:
        """Tell whether the comma or "and" at i stands between two adjectives of one noun."""
        j = i + 1
        while self.at(j) in (",", "and", "or", "but"):
            j += 1
        before, after = self.at(i - 1), self.at(j)
        if i == start or not is_word(before) or not is_word(after):
            return False
        return (
            (is_adjective(before) or before.endswith(("ed", "ing")) or before in lx.NUMBERS)
            and (is_adjective(after) or after.endswith(("ed", "ing", "ly", "y")))
            and is_word(self.at(j + 1))
            and not (self.at(j + 1) in lx.PREPOSITIONS or self.at(j + 1) in lx.ARTICLES)
        )

    def _inside(  # noqa: C901, PLR0911 - a list of cases
        self, i: int, start: int, nouns: list[int], *, stop_at_verbs: bool
    ) -> bool:
        """Tell whether the word at i goes on with the noun phrase that began at start."""
        word, after = self.at(i), self.at(i + 1)
        if word in lx.NUMBERS or word[:1].isdigit() or word[:1] in ("$", "€", "£", "%"):
            return not (nouns and word[:1] in "$€£")
        if not is_word(word):
            return False
        if word in ("that", "which", "who", "what", "all", "both", "such") or word in lx.ARTICLES:
            return i == start or (
                self.at(i - 1) in ("all", "both", "such", "half") and i == start + 1
            )
        if word == "best" and stop_at_verbs and lemma(after, "s", "base") and i > start:
            return False
        if word in ("given", "provided", "like") and not nouns:
            return word != "like" and (i > start or self._starts_phrase(i + 1))
        if word in lx.DETERMINERS:
            return not nouns
        if word in lx.PRONOUNS and word not in lx.DETERMINERS:
            return False
        if word in lx.INTENSIFIERS or word.endswith("ly"):
            return not nouns and is_word(after) and (is_adjective(after) or after.endswith("ed"))
        if word in ("past", "following", "opposite", "inside", "near") and not nouns and i > start:
            return True
        if word in _NEVER_INSIDE:
            return False
        if not nouns:
            return not (stop_at_verbs and i > start and self._verb_here(i))
        return not self._leaves(i, after, stop_at_verbs=stop_at_verbs)

    def _leaves(self, i: int, after: str, *, stop_at_verbs: bool) -> bool:
        """Tell whether the word at i, after a noun, is a verb and no longer the phrase."""
        word = self.at(i)
        if word.endswith("ing") and lemma(word, "ing"):
            return word not in lx.GERUND_NOUNS or after in lx.ARTICLES or after in lx.INDIRECT
        if word in lx.AFTER_NOUNS and (after in lx.PREPOSITIONS or after == ""):
            return True
        if word.endswith("ed") or lemma(word, "en"):
            followed = is_word(after) and not self._known(after)
            return not followed or lemma(word, "base") is None
        return stop_at_verbs and self._verb_here(i)

    def _verb_here(self, i: int) -> bool:
        word, after = self.at(i), self.at(i + 1)
        if lemma(word, "base", "s", "ed") is None:
            return False
        return (
            after in _AFTER_VERBS
            or lemma(word, "base") is None
            or word in lx.PLAIN_VERBS
            or after[:1].isdigit()
            or is_adjective(after)
            or lemma(after, "base") is None
        )


_LETTING = ("help", "let")
_NO_GIFT = ("use", "describe")
_NEVER_INSIDE = (
    lx.PREPOSITIONS | lx.WH | lx.CONJUNCTIONS | lx.HELPERS | (lx.ADVERBS - lx.ADJECTIVES)
)
"""Words that no noun phrase holds."""
_AFTER_VERBS = lx.ARTICLES | lx.PREPOSITIONS | lx.PRONOUNS | lx.ADVERBS | lx.WH
_AFTER_VERBS |= {"", "?", ",", ".", QUOTE}
"""What shows that the word before it is a verb."""
