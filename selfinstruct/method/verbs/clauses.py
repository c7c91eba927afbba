"""Clauses: what stands ahead of the main clause, which verb heads it, and its object."""

from __future__ import annotations

from typing import NamedTuple

from . import lexicon as lx
from .phrases import Phrases
from .words import QUOTE, is_word, lemma, verb_forms


class VerbNoun(NamedTuple):
    """A root verb and the head of its direct object, as lemmas; None where there is none."""

    verb: str | None
    noun: str | None


NONE = VerbNoun(None, None)


class Sentence(Phrases):
    """One sentence; `read` gives its root verb and direct noun."""

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
        return after not in lx.BE and not (word in _NOUNS_FIRST and lemma(after, "s", "ed"))

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
            if found and found.noun is None and noun and found.verb not in _WITHOUT_OBJECT:
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
            verb = lemma(after, "ing", "en") if not self._attribute(j) else None
            return VerbNoun(verb, self._object(j + 1, verb)) if verb else VerbNoun("be", None)
        if word in lx.HAVE:
            if verb := lemma(after, "en"):
                return VerbNoun(verb, self._object(j + 1, verb))
            return VerbNoun("have", self._object(i + 1, "have"))
        return self._main(i, "s", "ed", "base")

    def _attribute(self, i: int) -> bool:
        """Tell whether a participle at i stands before a noun: "are growing concerns"."""
        before_noun = self.at(i) in lx.GERUND_NOUNS and not self._known(self.at(i + 1))
        return before_noun or self.at(i) in lx.ADJECTIVES

    def _main(self, i: int, *forms: str) -> VerbNoun:
        word = self.at(i)
        verb = lemma(word, *(forms or ("base",))) or word
        if not is_word(verb):
            return NONE
        j = i + 1
        while self.at(j) in ("and", "or", "/", ",", "then") and self._is_verb(j + 1):
            j += 2  # joined verbs share their object
        return VerbNoun(verb, self._object(j, verb))


_WITHOUT_OBJECT = ("be", "go", "run", "come", "look", "work", "happen", "sleep")
_NOUNS_FIRST = frozenset(
    ["water", "people", "place", "places", "time", "work", "light", "play", "house", "plant"]
)
_IN_FRONT = lx.PREPOSITIONS | lx.SUBORDINATORS
_OPENING = lx.DETERMINERS | lx.PRONOUNS | lx.PREPOSITIONS | lx.ADVERBS | lx.WH | lx.NUMBERS
_OPENING |= {"", ",", ".", ":", "?", "n't", QUOTE}
"""What may stand right after a finite verb."""
