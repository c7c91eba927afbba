"""The words that the verb-noun analysis knows, as `lexicon.toml` beside this file holds them."""

from __future__ import annotations

import tomllib

from selfinstruct.resources import package_text

_TEXTS: dict[str, str] = tomllib.loads(package_text("method/verbs/lexicon.toml"))


def _words(*names: str) -> frozenset[str]:
    return frozenset(word for name in names for word in _TEXTS[name].split())


def _rows(name: str) -> list[list[str]]:
    return [row.split() for row in _TEXTS[name].replace("\n", "|").split("|")]


IRREGULAR = {form: base for base, *forms in _rows("irregular") for form in forms}
"""Irregular forms and their base."""
PLURALS = dict(_rows("plurals"))
"""Plurals whose singular no rule gives, and that."""


def __getattr__(name: str) -> frozenset[str]:
    """Return the words of a list of the file, by its name in capitals."""
    if name.lower() not in _TEXTS:
        raise AttributeError(name)
    globals()[name] = words = _words(name.lower())
    return words


HELPERS = _words("be", "have", "do", "modals")
CLOSED = _words(
    *("prepositions", "determiners", "pronouns", "wh", "conjunctions", "adverbs", "numbers"),
    "subordinators",
)
"""Words that are neither nouns nor verbs."""
