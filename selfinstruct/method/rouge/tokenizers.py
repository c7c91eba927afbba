"""From a text to its tokens: `rouge-score`'s own rule, and one for languages beyond English."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import cache

Tokenizer = Callable[[str], list[str]]

_ASCII_WORD = re.compile("[a-z0-9]+")

_EACH_CHARACTER = """
0E00-0EFF Thai, Lao; 1000-109F Myanmar; 1100-11FF Hangul; 1780-17FF Khmer
3005-3007 Han marks, zero; 3021-3029 Hangzhou numerals; 3038-303B Hangzhou numerals
3040-30FF Kana; 3130-318F Hangul; 31F0-31FF Katakana; 3400-4DBF Han; 4E00-9FFF Han
A960-A97F Hangul; A9E0-A9FF Myanmar; AA60-AA7F Myanmar; AC00-D7FF Hangul; F900-FAFF Han
116D0-116FF Myanmar; 16FF0-16FFF Han marks; 1AFF0-1B16F Kana extensions
20000-3FFFF Han extensions
"""
"""Scripts written without blanks between words (or, Hangul, with blanks between longer units):
there a base character with its marks is a token. Block ranges of the Unicode Standard, Blocks.txt;
characters in them that are no letter or number do not count."""


def ascii_tokens(text: str) -> list[str]:
    """Split as `rouge-score` 0.1.2 does without a stemmer: lower case, runs of [a-z0-9].

    Text in other scripts has no tokens under this rule.
    """
    return _ASCII_WORD.findall(text.lower())


def unicode_tokens(text: str) -> list[str]:
    """Split text of any language; on ASCII text the same as `ascii_tokens`.

    After NFKC and casefold, a token is a maximal run of letters, marks and numbers (general
    categories L, M, N). In Han, Kana, Hangul, Thai, Lao, Khmer and Myanmar a token is one base
    character with the marks that follow it. The categories are those of the running Python.
    """
    return _unicode_word().findall(unicodedata.normalize("NFKC", text).casefold())


TOKENIZERS: dict[str, Tokenizer] = {"rouge-score": ascii_tokens, "unicode": unicode_tokens}


@cache
def _unicode_word() -> re.Pattern[str]:
    """Return the pattern of one token, made on first use: it walks all of Unicode (some 0.3 s)."""
    single, mark, other = set[int](), set[int](), set[int]()
    blocks = re.findall(r"(\w+)-(\w+) ", _EACH_CHARACTER)
    alone = {code for a, b in blocks for code in range(int(a, 16), int(b, 16) + 1)}
    for code in range(0x110000):
        category = unicodedata.category(chr(code))[0]
        if category == "M":
            mark.add(code)
        elif category in "LN":
            (single if code in alone else other).add(code)
    return re.compile(
        f"[{_ranges(single)}][{_ranges(mark)}]*|[{_ranges(other)}{_ranges(mark)}]+",
    )


def _ranges(codes: set[int]) -> str:
    """Return the inside of a character class that holds exactly these code points."""
    firsts = sorted(code for code in codes if code - 1 not in codes)
    lasts = sorted(code for code in codes if code + 1 not in codes)
    return "".join(f"\\U{a:08x}-\\U{b:08x}" for a, b in zip(firsts, lasts, strict=True))
