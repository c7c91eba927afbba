"""What a refusal means: one question, asked of one table (`refusals.toml`)."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, cast

from selfinstruct.resources import package_text

from .error_body import words_of

if TYPE_CHECKING:
    from collections.abc import Mapping

Means = Literal["policy", "overflow", "form", "setup", "quota", "passing"]
"""This prompt is forbidden, or too long; the request's form or the set-up will not do; the account
is empty; or it will pass."""

_IN_A_BODY = 200
"""Status of an error that comes as an answer: rows of every status are tried."""


class Meaning(NamedTuple):
    """What a refusal means.

    Attributes:
        means: which kind it is.
        about: what of it: for a form `thoughts`, `chat` or `schema`; for a set-up `key`, `model`,
            `address`, `region` or `access`; for what passes `rate`.
    """

    means: Means
    about: str = ""


ABOUT_THOUGHTS = Meaning("form", "thoughts")
"""The answer was used up by thoughts."""

TOO_FAST = Meaning("passing", "rate")
"""The endpoint is asked too much."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table; it fits by status, and by one of its codes or words.

    Attributes:
        who: whose words they are.
        meaning: what they mean.
        statuses: the HTTP statuses they come with; empty for any.
        codes: exact codes or types.
        words: phrases in lower case, `*` for anything between; None for a row of statuses alone.
        language: of the words.
        examples: messages, or bodies as JSON, that it is to know.
        body: fields of a request that meet what is demanded; empty where nothing is known to.
    """

    who: str
    meaning: Meaning
    statuses: frozenset[int]
    codes: frozenset[str]
    words: re.Pattern[str] | None
    language: str
    examples: tuple[str, ...]
    body: Mapping[str, Any]

    def fits(self, status: int, codes: frozenset[str], words: str) -> bool:
        """Tell whether the row knows a refusal."""
        if self.statuses and status not in self.statuses and status != _IN_A_BODY:
            return False
        if not self.codes and self.words is None:
            return status in self.statuses
        known = not self.codes.isdisjoint(codes)
        return known or (self.words is not None and self.words.search(words) is not None)


@cache
def rows() -> tuple[Row, ...]:
    """Return the table, read when it is first needed."""
    found = tomllib.loads(package_text("model/refusals.toml"))
    return tuple(
        Row(
            who=row["who"],
            meaning=Meaning(cast("Means", row["means"]), row.get("about", "")),
            statuses=frozenset(row.get("status", ())),
            codes=frozenset(row.get("code", ())),
            words=_pattern(row.get("words", ())),
            language=row.get("language", "en"),
            examples=tuple(row.get("examples", ())),
            body=row.get("body", {}),
        )
        for row in found["refusal"]
    )


def row_of(status: int, told: Mapping[str, Any]) -> Row | None:
    """Return the first row that knows a refusal."""
    codes = frozenset(str(told.get(name) or "").lower() for name in ("code", "type"))
    words = words_of(told)
    return next((row for row in rows() if row.fits(status, codes, words)), None)


def meaning(status: int, told: Mapping[str, Any]) -> Meaning | None:
    """Return what a refusal means; None where no table knows it.

    Args:
        status: of the HTTP response; 200 for an error that came as an answer without one.
        told: what it says (see `error_body.envelope`).
    """
    row = row_of(status, told)
    return row.meaning if row is not None else None


def _pattern(phrases: list[str]) -> re.Pattern[str] | None:
    forms = (".{0,80}?".join(map(re.escape, phrase.split("*"))) for phrase in phrases)
    return re.compile("|".join(forms), re.DOTALL) if phrases else None
