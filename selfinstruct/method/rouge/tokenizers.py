"""From a text to its tokens: `rouge-score`'s own rule, and one for languages beyond English."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import cache

Tokenizer = Callable[[str], list[str]]

_ASCII_WORD = re.compile("[a-z0-9]+")

# Scripts written without blanks between words (or, Hangul, with blanks between longer units):
# there a base character with its marks is a token. Block ranges of the Unicode Standard,
# Blocks.txt; characters in them that are no letter or number do not count.
_ONE_TOKEN_PER_CHARACTER = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1100, 0x11FF),  # Hangul Jamo
    (0x1780, 0x17FF),  # Khmer
    (0x3005, 0x3007),  # Han iteration mark, closing mark and zero
    (0x3021, 0x3029),  # Hangzhou numerals
    (0x3038, 0x303B),  # Hangzhou numerals, vertical iteration mark
    (0x3040, 0x30FF),  # Hiragana, Katakana
    (0x3130, 0x318F),  # Hangul Compatibility Jamo
    (0x31F0, 0x31FF),  # Katakana Phonetic Extensions
    (0x3400, 0x4DBF),  # Han, Extension A
    (0x4E00, 0x9FFF),  # Han
    (0xA960, 0xA97F),  # Hangul Jamo Extended-A
    (0xA9E0, 0xA9FF),  # Myanmar Extended-B
    (0xAA60, 0xAA7F),  # Myanmar Extended-A
    (0xAC00, 0xD7FF),  # Hangul Syllables, Hangul Jamo Extended-B
    (0xF900, 0xFAFF),  # Han, Compatibility
    (0x116D0, 0x116FF),  # Myanmar Extended-C
    (0x16FF0, 0x16FFF),  # Han marks
    (0x1AFF0, 0x1B16F),  # Kana Extended-B, Supplement, Extended-A, Small Kana
    (0x20000, 0x3FFFF),  # Han, Extensions B and later
)


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
    alone = {code for first, last in _ONE_TOKEN_PER_CHARACTER for code in range(first, last + 1)}
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
