"""A sentence: what stands ahead of its main clause, which verb heads that, and its object.

Clauses come first, then noun phrases: where they end, and which word is their head.
"""

from __future__ import annotations

from typing import NamedTuple

from . import lexicon as lx
from .words import QUOTE, is_word, lemma, singular, verb_forms


class VerbNoun(NamedTuple):
    """A root verb and the head of its direct object, as lemmas; None where there is none."""

    verb: str | None
    noun: str | None


NONE = VerbNoun(None, None)


class Sentence:
    """One sentence, read from left to right; `read` gives its root verb and direct noun."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens
        self.lower = [token.lower().replace("\u2019", "'") for token in tokens]

    def at(self, i: int) -> str:
        """Return the word at i, in lower case."""
        return self.lower[i] if 0 <= i < len(self.lower) else ""

    def read(self) -> VerbNoun:
        """Return root verb and direct noun of the sentence."""
        return self._clause(self._opening(0))

    def _opening(self, i: int) -> int:
        """Return where the main clause begins: after greetings, adverbs, phrases in front."""
        while i < len(self.tokens):
            word = self.at(i)
            if (
                (not is_word(word) and word != QUOTE and not word[:1].isdigit())
                or self._adverb(i)
                or word in lx.CONJUNCTIONS
            ):
                i += 1
            else:
                break
        if self.at(i) in _IN_FRONT or self.at(i).endswith("ing"):
            for j in range(i + 1, len(self.tokens)):
                if self.at(j) == "," and self._begins_clause(k := self._opening(j + 1)):
                    return k
        return i

    def _adverb(self, i: int) -> bool:
        if self.at(i).endswith("ly"):
            return not self._is_verb(i)
        return self.at(i) in lx.ADVERBS and self.at(i + 1) not in lx.BE

    def _begins_clause(self, i: int) -> bool:
        if self._imperative(i):
            return self.at(i - 1) not in ("and", "or")
        return is_word(self.at(i)) and self._finite(i) is not None

    def _clause(self, i: int) -> VerbNoun:
        word = self.at(i)
        if word in ("let", "lets") and self.at(i + 1) in ("'s", "us", "s"):
            return self._main(i + 2)
        if word in lx.WH or (word in lx.PREPOSITIONS and self.at(i + 1) in lx.WH):
            return self._question(i if word in lx.WH else i + 1)
        if word in lx.HELPERS and (found := self._inverted(i)):
            return found
        if self._imperative(i):
            return self._main(i)
        j = self._finite(i)
        return NONE if j is None else self._chain(j)

    def _imperative(self, i: int) -> bool:
        """Tell whether an imperative begins here: a base form that is not the subject."""
        word, after = self.at(i), self.at(i + 1)
        if lemma(word, "base") is None:
            return (
                is_word(word)
                and not self._known(word)
                and after in lx.ARTICLES
                and not word.endswith(("s", "ed", "ing", "ly"))
            )
        return after not in lx.BE

    def _question(self, i: int) -> VerbNoun:
        """Read a question whose question word is at i."""
        word = self.at(i)
        j, noun = i + 1, None
        if self.at(j) == "to":
            return self._main(j + 1)
        if self._asked_of(j):
            return self._main(j, "s", "ed", "base")
        if word in ("what", "which", "whose", "how"):
            j, noun = self._phrase(i + 1, stop_at_verbs=True)
            j = self._skip_attached(j)
        verb = self.at(j)
        if verb in lx.MODALS or verb in lx.DO:
            found = self._inverted(j)
            if found and found.noun is None and found.verb not in _WITHOUT_OBJECT:
                return VerbNoun(found.verb, noun)
            return found or NONE
        if lemma(verb, "s", "ed", "base"):
            return self._main(j, "s", "ed", "base")
        k = self._finite(j)
        return NONE if k is None else self._chain(k)

    def _asked_of(self, i: int) -> bool:
        """Tell whether a verb at i follows its subject, a question word: "What leads to ..."."""
        word, after = self.at(i), self.at(i + 1)
        if word in lx.BE | lx.HAVE | lx.DO:
            return False
        return lemma(word, "s") is not None and after not in lx.HELPERS and after != "of"

    def _skip_attached(self, i: int) -> int:
        """Skip phrases that hang on a noun: "of the following sentences", "in the text"."""
        while self.at(i) in ("of", "in", "for", "from", "about", "on", "between", "among", "at"):
            i, _ = self._phrase(i + 1, stop_at_verbs=True)
        return i

    def _inverted(self, i: int) -> VerbNoun | None:
        """Read from a helper verb that stands ahead of its subject; None if it does not."""
        if self.at(i) in lx.BE:
            return VerbNoun("be", None)
        subject_end, _ = self._phrase(i + 1, stop_at_verbs=True)
        for j in range(subject_end, len(self.tokens)):
            if self.at(j) in ("be", "have") or (self._is_verb(j) and self.at(j - 1) != "to"):
                return self._chain(j)
        return None

    def _finite(self, i: int) -> int | None:
        """Return where the finite verb of a statement that begins at i is."""
        depth = 0  # relative clauses opened whose verb is still to come
        for j in range(i, len(self.tokens)):
            word, before, after = self.at(j), self.at(j - 1), self.at(j + 1)
            if word in (".", "?", "!"):
                return None
            if word in ("that", "who", "which", "whom", "whose") and j > i:
                depth += after not in lx.PREPOSITIONS
            elif self._is_finite(i, j, before, after):
                if not depth:
                    return j
                depth -= 1
        return None

    def _is_finite(self, i: int, j: int, before: str, after: str) -> bool:
        word = self.at(j)
        if word == "'s":  # after anything else it marks an owner
            return before in lx.PRONOUNS | lx.WH
        if word in lx.MODALS or word in lx.BE:
            return True
        if j == i or before in lx.ARTICLES:
            return False
        forms = [form for form, _ in verb_forms(word)]
        if word in lx.HAVE - {"having"} or "ed" in forms:
            return True
        opens = after in _OPENING or after[:1] in "$€£0123456789" or self.tokens[j + 1][0].isupper()
        if "s" in forms:
            return opens or self.tokens[j - 1][:1].isupper()
        plural = before in ("i", "you", "we", "they") or before.endswith("s")
        return "base" in forms and plural and (opens or before in lx.PRONOUNS)

    def _chain(self, i: int) -> VerbNoun:  # noqa: PLR0911 - a list of cases
        """Read from the first helper of a verb on, in a statement."""
        word = self.at(i)
        j = self._skip_adverbs(i + 1)
        if word in lx.MODALS or word in lx.DO:
            if self.at(j) in ("be", "have"):
                return self._chain(j)
            if word in lx.DO and not self._is_verb(j):
                return self._main(i, "s", "ed", "base")
            return self._main(j)
        after = self.at(j)
        if word in lx.BE | lx.HAVE and after in ("been", "being"):
            return self._chain(j)
        if word in lx.BE:
            verb = lemma(after, "ing", "en") if after not in lx.ADJECTIVES else None
            return VerbNoun(verb, self._object(j + 1, verb)) if verb else VerbNoun("be", None)
        if word in lx.HAVE:
            if verb := lemma(after, "en"):
                return VerbNoun(verb, self._object(j + 1, verb))
            return VerbNoun("have", self._object(i + 1, "have"))
        return self._main(i, "s", "ed", "base")

    def _main(self, i: int, *forms: str) -> VerbNoun:
        word = self.at(i)
        verb = lemma(word, *(forms or ("base",))) or word
        if not is_word(verb):
            return NONE
        j = i + 1
        while self.at(j) in ("and", "or", "/", ",", "then") and self._is_verb(j + 1):
            j += 2  # joined verbs share their object
        return VerbNoun(verb, self._object(j, verb))

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


_WITHOUT_OBJECT = ("be", "go", "run", "come", "look", "work", "happen", "sleep")
_IN_FRONT = lx.PREPOSITIONS | lx.SUBORDINATORS
_OPENING = lx.DETERMINERS | lx.PRONOUNS | lx.PREPOSITIONS | lx.ADVERBS | lx.WH | lx.NUMBERS
_OPENING |= {"", ",", ".", ":", "?", "n't", QUOTE}
"""What may stand right after a finite verb."""
_LETTING = ("help", "let")
_MODIFIERS = lx.DETERMINERS | lx.NUMBERS | lx.INTENSIFIERS
_NEVER_INSIDE = (
    lx.DETERMINERS | lx.PREPOSITIONS | lx.WH | lx.CONJUNCTIONS | lx.HELPERS | lx.PRONOUNS
)
_NEVER_INSIDE |= lx.ADVERBS - lx.ADJECTIVES
"""Words that no noun phrase holds but at its beginning."""
