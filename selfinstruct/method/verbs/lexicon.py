"""The words that the verb-noun analysis knows, as `lexicon.toml` beside this file holds them."""

from __future__ import annotations

import tomllib

from selfinstruct.resources import package_text

_TEXTS: dict[str, str] = tomllib.loads(package_text("method/verbs/lexicon.toml"))


def _words(name: str) -> frozenset[str]:
    return frozenset(_TEXTS[name].split())


def _rows(name: str) -> list[list[str]]:
    return [row.split() for row in _TEXTS[name].replace("\n", "|").split("|")]


IRREGULAR = {form: base for base, *forms in _rows("irregular") for form in forms}
"""Irregular forms and their base."""
PLURALS = dict(_rows("plurals"))
"""Plurals whose singular no rule gives, and that."""
VERBS = _words("verbs")
PARTICIPLES = _words("participles")
BE = _words("be")
HAVE = _words("have")
DO = _words("do")
MODALS = _words("modals")
DETERMINERS = _words("determiners")
ARTICLES = _words("articles")
PRONOUNS = _words("pronouns")
INDIRECT = _words("indirect")
NUMBERS = _words("numbers")
PREPOSITIONS = _words("prepositions")
SUBORDINATORS = _words("subordinators")
WH = _words("wh")
CONJUNCTIONS = _words("conjunctions")
PARTICLES = _words("particles")
ADVERBS = _words("adverbs")
INTENSIFIERS = _words("intensifiers")
ADJECTIVES = _words("adjectives")
GERUND_NOUNS = _words("gerund_nouns")
SAME = _words("same")
LABELS = _words("labels")
PLAIN_VERBS = _words("plain_verbs")
NOUNS_LIKE_ADJECTIVES = _words("nouns_like_adjectives")
AFTER_NOUNS = _words("after_nouns")
MOTION = _words("motion")
GIVING = _words("giving")

HELPERS = BE | HAVE | DO | MODALS
CLOSED = (
    PREPOSITIONS | DETERMINERS | PRONOUNS | WH | CONJUNCTIONS | ADVERBS | NUMBERS | SUBORDINATORS
)
"""Words that are neither nouns nor verbs."""
