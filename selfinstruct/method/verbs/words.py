"""From a text to words: sentences, tokens, and what each token can be."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from . import lexicon as lx

if TYPE_CHECKING:
    from collections.abc import Iterator

QUOTE = "\0"
"""Stands for a quotation, a code span or a formula: a name without words."""

_EMPHASIS = re.compile(r"(?<!\w)[*_]{1,3}(?=\w)|(?<=\w)[*_]{1,3}(?!\w)")
_SPACES = re.compile(r"[^\S\n]+")
_HIDDEN = re.compile(
    r"""```.*?(?:```|\Z)|`[^`\n]*`|"[^"\n]{0,400}"|\u201c[^\u201d\n]{0,400}\u201d|<[A-Za-z/][^<>\n]{0,80}>"""
    r"""|(?<![\w'])'[^'\n]{1,80}'(?![\w'])|(?<!\w)\u2018[^\u2019\n]{1,80}\u2019(?!\w)|https?://\S+|\[[^\]\n]*\]""",
    re.DOTALL,
)
_ASIDE = re.compile(r"\([^()\n]*\)")
_BULLET = re.compile(
    r"^[\s*#>\u2022\u2013\u2014=-]*(?:\(?(?:\d{1,2}|[A-Za-z])[.)]\s+)?[\s*#>\u2022\u2013\u2014=-]*"
)
_END = re.compile(r"(?<=[.?!])[\"'\u201d)]*\s+|\s+(?=[|]{2})")
_ABBREVIATION = re.compile(r"(?:^|[\s(])(?:[A-Za-z]|Mrs?|Ms|Dr|St|vs|etc|e\.g|i\.e|No|Inc|U\.S)\.$")
_COLON = re.compile(r"\s*:(?=\s|\Z|\0)\s*")
_TOKEN = re.compile(
    r"\0|[$€£]?\d[\d,./:%-]*\w*|[^\W\d_]+(?:-\w+)*(?=n['\u2019]t\b)|n['\u2019]t\b|['\u2019](?:s|re|ve|ll|d|m)\b"
    r"|[^\W\d_](?:[^\W_]|[-.+#](?=[^\W_])|[+#]+)*(?=n['\u2019]t\b)?|[^\w\s]"
)
MOST = 1500
"""Characters looked at: the root verb stands early."""


def sentences(text: str) -> Iterator[list[str]]:
    """Yield the tokens of each sentence; a label before a colon is a sentence of its own."""
    text = _EMPHASIS.sub("", _HIDDEN.sub(QUOTE, _SPACES.sub(" ", text[:MOST])))
    for line in text.split("\n"):
        bare = _BULLET.sub("", _ASIDE.sub(" ", line))
        pending = ""
        for piece in _END.split(bare):
            pending = f"{pending} {piece}"
            if _ABBREVIATION.search(pending):
                continue
            yield from _clauses(pending)
            pending = ""
        if pending:
            yield from _clauses(pending)


def _clauses(sentence: str) -> Iterator[list[str]]:
    for part in _COLON.split(sentence):
        if tokens := _TOKEN.findall(part):  # words, numbers and marks; "don't" is two
            yield tokens


def is_word(token: str) -> bool:
    """Tell whether a token begins with a letter."""
    return token[:1].isalpha()


@lru_cache(maxsize=1 << 16)
def verb_forms(token: str) -> tuple[tuple[str, str], ...]:
    """Return what verb forms a word can be: (form, lemma) with form base, s, ed, en or ing."""
    word = token.lower()
    found: list[tuple[str, str]] = []
    if word in lx.VERBS:
        found.append(("base", word))
    if word in lx.IRREGULAR:
        base = lx.IRREGULAR[word]
        if word in ("does", "goes", "has"):
            found.append(("s", base))
        else:
            found.append(("ed", base))
    if word in lx.PARTICIPLES:
        found.append(("en", lx.IRREGULAR.get(word, word)))
    for ending, form in (("ing", "ing"), ("ed", "ed"), ("s", "s")):
        if word.endswith(ending) and (stem := _stem(word, ending)):
            found.append((form, stem))
            if form == "ed":
                found.append(("en", stem))
    return tuple(found)


def _stem(word: str, ending: str) -> str | None:
    stem = word[: -len(ending)]
    tries = [stem, stem + "e"]
    if ending == "s":
        if word.endswith("ies"):
            tries.insert(0, word[:-3] + "y")
        elif word.endswith("es"):
            tries.append(word[:-2])
    else:
        if stem[-1:] == stem[-2:-1]:  # a doubled consonant
            tries.insert(1, stem[:-1])
        if stem.endswith("i"):
            tries.insert(0, stem[:-1] + "y")
    return next((base for base in tries if base in lx.VERBS), None)


def lemma(token: str, *forms: str) -> str | None:
    """Return the lemma of a word as one of these verb forms, or None if it is none of them."""
    return next((base for form, base in verb_forms(token) if form in forms), None)


def singular(noun: str) -> str:
    """Return the singular of a noun, in lower case."""
    word = noun.lower()
    if word in lx.PLURALS:
        return lx.PLURALS[word]
    if word in lx.SAME or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes", "zzes")):
        return word[:-2]
    return word[:-1]
