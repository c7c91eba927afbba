"""The verb-noun structure of instructions: the root verb and its direct object.

The paper (section 3.2) takes from the parse of each instruction the verb closest to the root and
its first direct noun object. A parser of that kind weighs hundreds of megabytes; instructions are
mostly short imperatives and questions, so a lexicon and a few rules of English do. How often they
are right is measured on instructions labelled by hand (`benchmarks/verb_noun.py`); the rule of
the labels is told in `benchmarks/labels/verb_noun.md`. Other languages give no verb.

* `lexicon`: the words it knows.
* `words`: sentences, tokens, and what each token can be.
* `sentence`: the main clause, its verb and its object.
"""

from __future__ import annotations

from . import lexicon
from .sentence import NONE, Sentence, VerbNoun
from .words import sentences

__all__ = ["VerbNoun", "root_verb", "verb_noun"]

_LABEL = 3  # words of a label before a colon, at most


def verb_noun(text: str) -> VerbNoun:
    """Return the root verb of the first sentence that has one, and its direct noun."""
    for tokens in sentences(text):
        if len(tokens) <= _LABEL and all(_in_label(token.lower()) for token in tokens):
            continue
        found = Sentence(tokens).read()
        if found.verb is not None:
            return found
    return NONE


def root_verb(text: str) -> str | None:
    """Return the root verb of an instruction, as a lemma."""
    return verb_noun(text).verb


def _in_label(word: str) -> bool:
    return word in lexicon.LABELS or word in ("next", "my", "your", "to", "you") or word.isdigit()
