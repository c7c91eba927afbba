"""The vocabulary: what the words of `vocabulary.toml` mean, and what a reply begins with."""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from typing import TYPE_CHECKING

from selfinstruct.resources import package_text

if TYPE_CHECKING:
    from collections.abc import Callable

_DATA = tomllib.loads(package_text("method/readers/vocabulary.toml"))
TABLE: dict[str, dict[str, str]] = _DATA["language"]
"""Language -> role -> words."""
REPAIRED: dict[str, list[str]] = _DATA["repairs"]
"""Repair -> its reader, and an example of a text before and after it."""
MARKS = (
    *("task", "item", "instruction", "input", "output", "answer"),
    *("label", "category", "example", "reason"),
)
"""The roles of words that stand ahead of a value."""
_PATTERN = re.compile(r"\{([A-Z_]+)\}")
_SUFFIX = {
    "output": re.compile(r" (?:is|(?:should|will|would) be)\Z"),
    "example": re.compile(r" (?:[a-h]|one|two|three|four|five)\Z"),
}


def words(role: str) -> list[str]:
    """Return all words of a role, in all languages."""
    return [word for rows in TABLE.values() for word in rows[role].split(", ")]


_MODIFIER = re.compile(_DATA["patterns"]["MODIFIER"])
_ROLES = {
    word: role
    for role in MARKS
    for mark in reversed(words(role))
    for word in ({mark} if role == "instruction" else {mark, f"{mark}s"})
}
"""Role by word; the plural may stand for it, but "Instructions:" heads a list of steps."""


def role_of(name: str) -> str:
    """Return the role of a label's words; empty where they have none.

    Up to three words ahead ("the expected output") and some behind ("example A", "output is") may
    modify it.
    """
    plain = " ".join(name.casefold().replace("_", " ").split())
    for _ in range(4):
        if plain in _ROLES:
            return _ROLES[plain]
        for role, suffix in _SUFFIX.items():
            if _ROLES.get(suffix.sub("", plain)) == role:
                return role
        modifier = _MODIFIER.match(plain)
        if modifier is None:
            break
        plain = plain[modifier.end() :]
    return ""


def patterns(names: str) -> list[re.Pattern[str]]:
    """Return patterns of the vocabulary by their names."""
    said: dict[str, str] = _DATA["patterns"]
    whole = (_PATTERN.sub(lambda inner: said[inner[1]], said[name]) for name in names.split())
    return [*map(re.compile, whole)]


def _begins(role: str, after: str = "") -> Callable[[str], re.Match[str] | None]:
    """Return a test of whether a text begins by a role's words, whatever marks are ahead."""
    said = (word.replace("WORK", _DATA["patterns"]["WORK"]) for word in words(role))
    ends = (word + after if word[-1].isascii() and word[-1].isalnum() else word for word in said)
    plain = "|".join(ends).replace("'", "['\u2019]").replace(" ?", r"\s*").replace(" ", r"\s+")
    ahead = r"(?:(?:however|but|unfortunately|sorry|apologies),?\s++)*+" * (role == "declines")
    return re.compile(rf"\W*+{ahead}(?:{plain})" + r"[\W_]*\Z" * (not after), re.IGNORECASE).match


_OPENER, _TAIL, _DECLINES = (_begins(role, r"(?!\w)") for role in ("opener", "closing", "declines"))
_NOTHING = _begins("nothing")


@lru_cache(maxsize=1024)
def is_opener(text: str) -> bool:
    """Tell whether a line is small talk before the point, such as "Here are the tasks:"."""
    return _OPENER(text) is not None


@lru_cache(maxsize=1024)
def is_tail(text: str) -> bool:
    """Tell whether a line is small talk after the point, such as "Let me know ..."."""
    return _TAIL(text) is not None


@lru_cache(maxsize=1024)
def declines(text: str) -> bool:
    """Tell whether a text begins by declining, or by asking back."""
    return _DECLINES(text) is not None


def says_nothing(text: str) -> bool:
    """Tell whether an input is only a word for nothing: "None", "N/A", "<no input>" and so on."""
    return _NOTHING(text.lstrip("_")) is not None
