"""The vocabulary: what the words of `vocabulary.toml` mean, and who begins or ends a reply by them."""

from __future__ import annotations

import re
import tomllib

from selfinstruct.resources import package_text

TABLE: dict[str, dict[str, dict[str, str]]] = tomllib.loads(
    package_text("method/readers/vocabulary.toml")
)
"""Language -> "marks" or "says" -> role -> words."""
_WORK = (
    "(help|assist|provide|fulfil?l|comply|continue|answer|generate|give|complete|see|access|open|do"
    "|create|write|perform|determine|process|view|offer|recommend|browse|watch|listen|read|carry"
    "|produce|draw|display|engage|support|share)"
)
_PARTS = re.compile(r",\s|\n")
_MODIFIER = re.compile(
    r"(?:the|this|my|your|new|next|final|expected|correct|desired|example|sample|given|possible|task"
    r"|first|second|third|fourth|fifth|test) "
)
_SUFFIX = {
    "output": re.compile(r" (?:is|(?:should|will|would) be)\Z"),
    "example": re.compile(r" (?:[a-h]|one|two|three|four|five)\Z"),
}


def words(role: str) -> list[str]:
    """Return all words of a role, in all languages."""
    found = (
        rows.get(role, "") for language in TABLE.values() for rows in map(dict, language.values())
    )
    return [word.strip() for row in found for word in _PARTS.split(row) if word.strip()]


_ROLES = {
    word: role
    for role in (*TABLE["en"]["marks"],)
    for word in reversed([plain for mark in words(role) for plain in (mark.casefold(), f"{mark}s")])
}
"""Role by word; the plural of a Latin word may stand for it."""


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


def begins(role: str) -> re.Pattern[str]:
    """Return a pattern of how a text begins that says a role's words, whatever marks are ahead."""
    said = (word.replace("WORK", _WORK).replace("'", "['\u2019]") for word in words(role))
    ends = (word + r"(?!\w)" if word[-1].isascii() and word[-1].isalnum() else word for word in said)
    said = rf"\W*(?:{'|'.join(ends)})".replace(" ?", r"\s*").replace(" ", r"\s+")
    return re.compile(said, re.IGNORECASE)


_OPENER, _TAIL = begins("opener"), begins("closing")
_DECLINES = re.compile(
    r"\W*(?:(?:however|but|unfortunately|sorry|apologies),? )*" + begins("declines").pattern,
    re.IGNORECASE,
)
_NOTHING = re.compile(begins("nothing").pattern.replace(r"(?!\w)", "") + r"[\W_]*", re.IGNORECASE)


def is_opener(text: str) -> bool:
    """Tell whether a line is small talk before the point, such as "Here are the tasks:"."""
    return _OPENER.match(text) is not None


def is_tail(text: str) -> bool:
    """Tell whether a line is small talk after the point, such as "Let me know ..."."""
    return _TAIL.match(text) is not None


def declines(text: str) -> bool:
    """Tell whether a text begins by declining, or by asking back."""
    return _DECLINES.match(text) is not None


def says_nothing(text: str) -> bool:
    """Tell whether an input is only a word for nothing: "None", "N/A", "<no input>" and so on."""
    return _NOTHING.fullmatch(text.lstrip("_")) is not None
