"""What readers and filters share: the words of a text, brackets left open, and loops."""

from __future__ import annotations

import re
import unicodedata

_PAIRS = {"(": ")", "[": "]", "{": "}"}
_SENTENCE = re.compile(r"[^\n.!?\u3002]*(?:[.!?\u3002]+[ \t]*|\n|\Z)")
_NO_WORD = re.compile(r"[\W_]+")
_ASCII_NO_WORD = {code: " " for code in range(128) if not chr(code).isalnum()}


def word_form(text: str) -> str:
    """Return the words alone, so that case, marks and blanks make no difference."""
    if text.isascii():
        return " ".join(text.lower().translate(_ASCII_NO_WORD).split())
    folded = unicodedata.normalize("NFKC", text).casefold()
    return _NO_WORD.sub(" ", folded).strip()


def unbalanced(text: str) -> bool:
    """Tell whether a bracket was opened and never closed."""
    stack: list[str] = []
    for char in text:
        if char in _PAIRS:
            stack.append(_PAIRS[char])
        elif stack and char == stack[-1]:
            stack.pop()
    return bool(stack)


def before_loop(text: str) -> str:
    """Return a text up to the end of the first round, if it ends by going round in circles.

    A loop is a run of sentences or lines, of 12 letters or more, that comes three times or more at
    the end; a last, incomplete round is allowed.
    """
    pieces = [piece for piece in _SENTENCE.findall(text) if piece]
    forms = [piece.strip() for piece in pieces]
    for end in (len(forms), len(forms) - 1):
        for period in range(1, min(20, end // 3) + 1):
            first = end - period
            while first > 0 and forms[first - 1] == forms[first - 1 + period]:
                first -= 1
            rounds = (end - first) // period
            first = end - rounds * period
            if rounds > 2 and sum(map(len, forms[first : first + period])) >= 12:  # noqa: PLR2004
                return "".join(pieces[: first + period]).rstrip()
    return text
