"""The words of verdicts, in many languages, and the texts in which verdicts are looked for."""

from __future__ import annotations

import re
import tomllib
from functools import cached_property
from typing import TYPE_CHECKING

from selfinstruct.resources import package_text

from .structured import find_value, text_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

TABLE: dict[str, dict[str, str]] = tomllib.loads(package_text("method/readers/verdicts.toml"))[
    "language"
]
"""Language -> role -> words."""
REASONS = (
    *("reason", "reasoning", "reasons", "rationale", "explanation", "justification", "comment"),
    *("comments", "feedback", "analysis", "review", "critique"),
)
"""Names under which a verdict in JSON gives its reason."""
MARKS = (
    r"(?:[\s*_`\"'#>|()\[\]{}$\u201c\u201d\u2018\u2019\u300c\u300d\u3010\u3011~]|-(?=[\s*])){0,12}+"
)
"""Emphasis, quotes, headings, brackets and blanks that may stand around a verdict."""
MOST = 8_000
"""Characters at a reply's end that are looked through; verdicts stand at one of the ends."""
_PAD = "\uf8ff"
_FIRST_CODE = 0xE000
_OWN = re.compile("[\ue000-\uf8ff]")


class Coder:
    """Puts one sign in place of each known word, so that short patterns can be made of roles.

    A pattern with all words of all languages in many places takes seconds to be made. The signs
    are of the private use area, one for each set of roles that a word has, with a filler for each
    further character, so that places stay what they are.
    """

    def __init__(self, *roles: str) -> None:
        meanings: dict[str, list[str]] = {}
        for rows in TABLE.values():
            for role in roles:
                for number, word in enumerate(rows.get(role, "").split(", "), 1):
                    value = str(number) if role == "numerals" else ""
                    meanings.setdefault(word, []).extend(filter(None, (role, value)))
        meanings.pop("", None)
        kinds = sorted({tuple(sorted(set(each))) for each in meanings.values()})
        signs = {kind: chr(_FIRST_CODE + number) for number, kind in enumerate(kinds)}
        self._signs = {word: signs[tuple(sorted(set(each)))] for word, each in meanings.items()}
        self._roles = {role: [s for kind, s in signs.items() if role in kind] for role in roles}
        self.values = {s: int(n) for kind, s in signs.items() for n in kind if n.isdigit()}

    def of(self, role: str) -> str:
        """Return a pattern of any word of a role, in a coded text."""
        return f"[{''.join(self._roles[role])}]{_PAD}*+"

    def coded(self, text: str) -> str:
        """Return a text of the same length in lower case, with signs for the known words."""
        lower = text.lower()
        if len(lower) != len(text):  # a Turkish capital has two signs when it is small
            lower = "".join(low if len(low := char.lower()) == 1 else char for char in text)
        plain = _OWN.sub(" ", lower.replace("\u2019", "'"))
        return self._words.sub(self._sign, plain)

    def _sign(self, found: re.Match[str]) -> str:
        word = " ".join(found.group().split())
        return self._signs[word].ljust(len(found.group()), _PAD)

    @cached_property
    def _words(self) -> re.Pattern[str]:
        """All words, the longest first; made when the first text is coded."""
        said = sorted(self._signs, key=len, reverse=True)
        # Chinese, Japanese and Korean put no blanks between words
        close = [word for word in said if ord(word[-1]) >= 0x2E80]  # noqa: PLR2004
        apart = _one_of(word for word in said if word not in close)
        return re.compile(rf"(?<!\w){apart}(?!\w)|(?=[\u2e80-\uffff]){_one_of(close)}")


WORD = r"(?:[^\W\d_]{1,16}|[\ue000-\uf8fe]\uf8ff*+)"
"""Any word of a coded text."""


def _one_of(words: Iterable[str]) -> str:
    return f"(?:{'|'.join(re.escape(word).replace(chr(92) + ' ', r'[ ]{1,3}') for word in words)})"


def in_json(body: str, names: Sequence[str]) -> tuple[object, str]:
    """Return a verdict under one of some names of a reply that is JSON, and its reason.

    None and "" where a reply is no such JSON.
    """
    body = body if body.startswith("{") else body[max(body.find("{"), 0) :]
    value = find_value(body, names)
    if isinstance(value, dict):
        inner = {str(key).casefold(): item for key, item in value.items()}
        value = next((inner[name] for name in ("value", *names) if name in inner), None)
    return value, text_of(find_value(body, REASONS), ()) or ""


def one_of(found: Iterable[object]) -> object:
    """Return the one value that all of some are; None where there is none, or they differ."""
    different = set(found)
    return different.pop() if len(different) == 1 else None
