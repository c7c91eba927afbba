"""Clauses: what stands ahead of the main clause, which verb heads it, and its object."""

from __future__ import annotations

from typing import NamedTuple

from . import lexicon as lx
from .phrases import Phrases
from .words import QUOTE, is_adjective, is_word, lemma, verb_forms


class VerbNoun(NamedTuple):
    """A root verb and the head of its direct object, as lemmas; None where there is none."""

    verb: str | None
    noun: str | None


NONE = VerbNoun(None, None)


class Sentence(Phrases):
    """One sentence; `read` gives its root verb and direct noun."""

    def read(self) -> VerbNoun:
        """Return root verb and direct noun of the sentence."""
        start = self._opening(0)
        return self._clause(start) if start < len(self.tokens) else NONE

    def _opening(self, i: int) -> int:  # noqa: C901 - a list of cases
        """Return where the main clause begins: after greetings, adverbs, phrases in front."""
        while i < len(self.tokens):
            word = self.at(i)
            if not is_word(word) and word != QUOTE and not word[:1].isdigit():
                i += 1
            elif word in ("yes", "no", "true", "false") and self.at(i + 1) in ("/", "or", ","):
                i += 2 if self.at(i + 1) == "," else 3
            elif self._adverb(i) or (word in lx.CONJUNCTIONS):
                i += 1
            else:
                break
        if self._in_front(i):
            for j in range(i + 1, len(self.tokens)):
                if self.at(j) == "," and self._begins_clause(k := self._opening(j + 1)):
                    return k
            for j in range(i + 2, len(self.tokens)):  # the comma may be missing
                if self._imperative(j) and self.at(j + 1) in lx.ARTICLES:
                    before = self.at(j - 1)
                    if before not in ("to", "the", "a", "and") and before not in lx.MODALS:
                        return j
        return i

    def _adverb(self, i: int) -> bool:
        word = self.at(i)
        if word in ("first", "second", "more", "most", "better", "best", "likely", "further"):
            return self.at(i + 1) == "," or (self._imperative(i + 1) and word != "best")
        if word.endswith("ly"):
            return not self._is_verb(i) and (
                lemma(self.at(i + 1), "s", "ed") is None or self._is_verb(i + 1)
            )
        return word in lx.ADVERBS and not (word in ("here", "there") and self.at(i + 1) in lx.BE)

    def _in_front(self, i: int) -> bool:
        word = self.at(i)
        if word == "to":
            return lemma(self.at(i + 1), "base") is not None
        if word in ("when", "where", "how", "who", "whose", "what", "which"):
            return word == "when" and self.at(i + 1) not in lx.HELPERS
        if word in lx.PREPOSITIONS or word in lx.SUBORDINATORS:
            return self.at(i + 1) not in lx.WH or word not in ("in", "at", "for", "from", "to")
        if lemma(word, "en") and not self._is_verb(i) and self.at(i + 1) in lx.PREPOSITIONS:
            return True
        return word.endswith("ing") and lemma(word, "ing") is not None and not self._finite_near(i)

    def _finite_near(self, i: int) -> bool:
        """Tell whether a form of be or a modal comes before the next comma: "Cooking is fun"."""
        for j in range(i + 1, len(self.tokens)):
            if self.at(j) == ",":
                return False
            if self.at(j) in lx.BE or self.at(j) in lx.MODALS:
                return True
        return False

    def _begins_clause(self, i: int) -> bool:
        word = self.at(i)
        if word in lx.WH | lx.MODALS | lx.DO or word in ("is", "are", "was"):
            return True
        if self._imperative(i):
            return self.at(i - 1) not in ("and", "or") or self.at(i + 1) in lx.ARTICLES
        if word in ("and", "or") or word in lx.PREPOSITIONS:
            return False
        return is_word(word) and self._finite(i, commas=False) is not None

    def _clause(self, i: int) -> VerbNoun:
        word = self.at(i)
        if word in ("let", "lets") and self.at(i + 1) in ("'s", "us", "s"):
            return self._main(self._skip_adverbs(i + 2))
        if word in lx.WH or (word in lx.PREPOSITIONS and self.at(i + 1) in lx.WH):
            return self._question(i if word in lx.WH else i + 1)
        if word in lx.HELPERS and (found := self._inverted(i)):
            return found
        if self._imperative(i):
            return self._main(i)
        j = self._finite(i, commas=True)
        return NONE if j is None else self._chain(j)

    def _imperative(self, i: int) -> bool:
        """Tell whether an imperative begins here: a base form that is not the subject."""
        word, after = self.at(i), self.at(i + 1)
        if lemma(word, "base") is None or word in lx.BE:
            return (
                is_word(word)
                and not self._known(word)
                and after in lx.ARTICLES
                and not word.endswith(("s", "ed", "ing", "ly"))
            )
        if after in lx.BE or after in lx.MODALS or after in ("has", "had", "does", "did"):
            return False
        if after == ",":
            return lemma(self.at(i + 2), "base") is not None or self.at(i + 2) == "and"
        if after in ("and", "or", "/"):
            return self._is_verb(i + 2)
        return not (lemma(after, "s", "ed") and not self._nounish(after) and word in _NOUNS_FIRST)

    @staticmethod
    def _nounish(word: str) -> bool:
        return word.endswith(("s", "ed")) or is_adjective(word)

    def _question(self, i: int) -> VerbNoun:  # noqa: C901, PLR0911 - a list of cases
        """Read a question whose question word is at i."""
        word = self.at(i)
        j, noun = i + 1, None
        if self.at(j) == "to":
            return self._main(self._skip_adverbs(j + 1))
        if word in ("what", "who", "which") and self._asked_of(j):
            return self._main(j, "s", "ed", "base")
        if word in ("what", "which", "whose", "how"):
            j, noun = self._phrase(i + 1, stop_at_verbs=True)
            if noun is None:
                j = i + 1
                while self.at(j) in lx.ADVERBS or is_adjective(self.at(j)):
                    j += 1
            j = self._skip_attached(j)
        while self._adverb(j) or self.at(j) in (",", QUOTE, "best", "most"):
            j += 1
        verb = self.at(j)
        if verb in lx.MODALS or verb in lx.DO:
            found = self._inverted(j)
            if found and found.noun is None and noun and not self._has_object(found.verb):
                return VerbNoun(found.verb, noun)
            return found or NONE
        if verb in lx.BE:
            manner = word in ("how", "why", "when", "where")
            if self.at(j + 1) in lx.PRONOUNS or (manner and noun is None):
                return self._inverted(j) or VerbNoun("be", None)
            return self._chain(j)
        if verb in lx.HAVE:
            return self._chain(j) if noun is None else self._inverted(j) or self._chain(j)
        if lemma(verb, "s", "ed", "base"):
            return self._main(j, "s", "ed", "base")
        k = self._finite(j, commas=False)
        return NONE if k is None else self._chain(k)

    def _asked_of(self, i: int) -> bool:
        """Tell whether a verb at i follows its subject, a question word: "What leads to ..."."""
        word, after = self.at(i), self.at(i + 1)
        if word in lx.BE | lx.HAVE | lx.DO or self._known(word):
            return False
        if lemma(word, "ed") and lemma(word, "base") is None:
            return True
        return lemma(word, "s") is not None and not (
            after in lx.HELPERS or after in ("of", "?", "")
        )

    def _has_object(self, verb: str | None) -> bool:
        return verb in ("be", "go", "run", "come", "look", "work", "happen", "sleep")

    def _skip_attached(self, i: int) -> int:
        """Skip phrases that hang on a noun: "of the following sentences", "in the text"."""
        while self.at(i) in ("of", "in", "for", "from", "about", "on", "between", "among", "at"):
            j, _ = self._phrase(i + 1, stop_at_verbs=True)
            if j == i + 1 and self.at(j) in lx.PRONOUNS:
                j += 1
            if j == i + 1:
                break
            i = j
        return i

    def _inverted(self, i: int) -> VerbNoun | None:
        """Read from a helper verb that stands ahead of its subject; None if it does not."""
        helper = self.at(i)
        if helper in lx.DO and self._is_verb(i) and self.at(i + 1) in ("the", "a", "not", "n't"):
            j, _ = self._phrase(self._skip_adverbs(i + 1), stop_at_verbs=True)
            if helper == "do" and self.at(self._skip_adverbs(i + 1)) and not self._base_after(j):
                return None
        if helper in lx.BE:
            j = self._subject(i + 1)
            if (word := self.at(j)) and self.at(i + 1) not in ("there", "it"):
                verb = lemma(word, "ing") if self.at(i + 1) in lx.PRONOUNS else None
                verb = verb or (lemma(word, "ing", "en") if self.at(i - 1) in _MANNER else None)
                if verb:
                    return VerbNoun(verb, self._object(j + 1, verb))
            return VerbNoun("be", None)
        base = self._base_after(self._skip_adverbs(i + 1))
        if base is None:
            return None
        return self._chain(base) if self.at(base) in ("be", "have") else self._main(base)

    def _base_after(self, i: int) -> int | None:
        """Return the first base form after a subject that begins at i."""
        if self.at(i) in lx.PLAIN_VERBS or (
            self._is_verb(i) and (self.at(i - 1) in lx.MODALS or self.at(i - 1) in ("not", "n't"))
        ):
            return i  # the question word was the subject
        start = self._subject(i)
        for j in range(start, len(self.tokens)):
            word = self.at(j)
            if word in ("be", "have") or (self._is_verb(j) and self.at(j - 1) != "to"):
                if j == i and word in _NOUNS_FIRST:
                    continue
                return j
            if word in ("?", ".", "!"):
                break
        return None

    def _subject(self, i: int) -> int:
        """Return where a subject that begins at i ends."""
        if self.at(i) in lx.PRONOUNS and self.at(i) not in lx.DETERMINERS:
            return self._skip_adverbs(i + 1)
        j, _ = self._phrase(i, stop_at_verbs=True)
        j = self._skip_attached(j)
        if self.at(j) in lx.CONJUNCTIONS and self.at(j):
            k, head = self._phrase(j + 1, stop_at_verbs=True)
            j = k if head else j
        return self._skip_adverbs(j)

    def _finite(self, i: int, *, commas: bool) -> int | None:
        """Return where the finite verb of a statement that begins at i is."""
        depth = 0  # relative clauses opened whose verb is still to come
        for j in range(i, len(self.tokens)):
            word, before, after = self.at(j), self.at(j - 1), self.at(j + 1)
            if word in (".", "?", "!") or (word == "," and not commas and j > i + 12):
                return None
            if word in ("that", "who", "which", "whom", "whose") and j > i and before != "(":
                depth += after not in lx.PREPOSITIONS
                continue
            if self._is_finite(i, j, before, after):
                if depth:
                    depth -= 1
                    continue
                if before in lx.BE or before in lx.MODALS or before in lx.HAVE:
                    continue  # a part of the verb that was skipped
                return j
        return None

    def _is_finite(self, i: int, j: int, before: str, after: str) -> bool:  # noqa: PLR0911 - a list of cases
        word = self.at(j)
        if word in lx.MODALS or (word in lx.BE and word not in ("be", "been", "being")):
            return not (word == "'s" and is_word(after) and self._possessive(j))
        if j == i or before in lx.ARTICLES or before == "to":
            return False
        if word in lx.HAVE - {"having"} or word in ("does", "did", "do"):
            return True
        plural = before in ("i", "you", "we", "they") or (
            before.endswith("s") and not before.endswith("ss")
        )
        forms = [form for form, _ in verb_forms(word)]
        opens = (
            after in _OPENING
            or after[:1].isdigit()
            or after[:1] in "$€£"
            or (is_word(after) and (is_adjective(after) or self.tokens[j + 1][:1].isupper()))
        )
        if before in lx.PREPOSITIONS or (is_adjective(before) and "ed" not in forms):
            return False
        if "ed" in forms:
            return opens or is_word(after)
        if "s" in forms:
            return opens or (
                is_word(after) and (self.tokens[j - 1][:1].isupper() or plural is None)
            )
        return (
            "base" in forms
            and plural
            and before not in lx.DETERMINERS
            and (opens or before in lx.PRONOUNS)
        )

    def _possessive(self, j: int) -> bool:
        """Tell whether 's at j marks an owner: a noun phrase follows without an article."""
        after = self.at(j + 1)
        return (
            self.at(j - 1) not in lx.PRONOUNS | lx.WH
            and after not in (lx.ARTICLES | lx.ADVERBS | lx.PREPOSITIONS)
            and not after.endswith("ing")
        )

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
        if word in lx.BE:
            after = self.at(j)
            if after in ("been", "being"):
                return self._chain(j)
            verb = lemma(after, "ing", "en") if not self._attribute(j) else None
            return VerbNoun(verb, self._object(j + 1, verb)) if verb else VerbNoun("be", None)
        if word in lx.HAVE:
            after = self.at(j)
            if after == "been":
                return self._chain(j)
            verb = lemma(after, "en")
            if verb and not (self._attribute(j)):
                return VerbNoun(verb, self._object(j + 1, verb))
            return VerbNoun("have", self._object(i + 1, "have"))
        return self._main(i, "s", "ed", "base")

    def _attribute(self, i: int) -> bool:
        """Tell whether a participle at i stands before a noun: "are growing concerns"."""
        after = self.at(i + 1)
        return (
            is_word(after) and not self._known(after) and self.at(i) in lx.GERUND_NOUNS
        ) or is_adjective(self.at(i))

    def _main(self, i: int, *forms: str) -> VerbNoun:
        word = self.at(i)
        verb = lemma(word, *(forms or ("base",))) or word
        if not is_word(verb):
            return NONE
        if verb in ("be", "is", "are", "was", "were"):
            return VerbNoun("be", None)
        j = i + 1
        while self.at(j) in ("and", "or", "/", ",", "then") and self.at(j):
            k = j + 1
            while self.at(k) in ("and", "or", "then"):
                k += 1
            if not self._is_verb(k) or self.at(k + 1) in ("", ",", "."):
                break
            j = k + 1  # joined verbs share their object
        return VerbNoun(verb, self._object(j, verb))


_MANNER = ("how", "why", "when", "where")
_NOUNS_FIRST = frozenset(
    ["water", "people", "place", "places", "time", "work", "light", "play", "house", "plant"]
)
_OPENING = lx.DETERMINERS | lx.PRONOUNS | lx.PREPOSITIONS | lx.ADVERBS | lx.WH | lx.NUMBERS
_OPENING |= {"", ",", ".", ":", "?", "n't", QUOTE}
"""What may stand right after a finite verb."""
