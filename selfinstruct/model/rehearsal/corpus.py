"""The words of the simulated service, as `corpus.toml` beside this file holds them."""

from __future__ import annotations

import tomllib
from typing import NamedTuple

from selfinstruct.resources import package_text

CORPUS = tomllib.loads(package_text("model/rehearsal/corpus.toml"))


def entries(block: str) -> tuple[str, ...]:
    """Return the entries of a block in which semicolons and line ends separate them."""
    return tuple(filter(None, map(str.strip, block.replace(";", "\n").splitlines())))


def table(block: str) -> tuple[tuple[str, ...], ...]:
    """Return the entries of a block, each split at its bars."""
    return tuple(tuple(entry.split("|")) for entry in entries(block))


def an(noun: str) -> str:
    """Return the noun with its indefinite article."""
    vowel = noun[:1] in "aeiou" and not noun.startswith(("one", "uni", "use", "eu"))
    return f"an {noun}" if vowel or noun.startswith(("heir", "honest", "hour")) else f"a {noun}"


def capital(text: str) -> str:
    """Return the text with its first character in upper case and the rest untouched."""
    return text[:1].upper() + text[1:]


class Family(NamedTuple):
    """Labels in several wordings, and for each column of them sentences that carry the label."""

    wordings: tuple[tuple[str, ...], ...]
    texts: tuple[tuple[str, ...], ...]

    def column(self, label: str) -> int:
        """Return which column of the texts carries the label."""
        return next(row.index(label) for row in self.wordings if label in row)


def _family(block: str) -> Family:
    wordings, *texts = block.split("\n- ")
    rows = tuple(tuple(row.split("/")) for row in entries(wordings))
    return Family(rows, tuple(map(entries, texts)))


WORDS = {name: entries(block) for name, block in CORPUS["words"].items()}
"""What the slots of one part hold, by the slot's name."""
CODE: dict[str, str] = CORPUS["code"]
"""What a function does, and the function; `{f}` stands for its name."""
FAMILIES = tuple(map(_family, ("\n" + CORPUS["labels"]["families"]).split("\n= ")[1:]))
"""The families of labels."""

PHRASES: dict[str, tuple[Family, tuple[str, ...]]] = {}
"""Labels as words in a sentence ("a or b", "a, b or c"), with their family."""
TRAITS: dict[str, tuple[Family, int]] = {}
"""Labels of two that fit "is it ...?", with their family and column."""


def _index() -> None:
    nouns = entries(CORPUS["labels"]["not_adjectives"])
    for family in FAMILIES:
        for row in family.wordings:
            for order in (row, row[::-1], row[1:] + row[:1]):
                PHRASES[f"{', '.join(order[:-1])} or {order[-1]}"] = (family, order)
            for column, label in enumerate(row):
                if len(row) == 2 and " " not in label and label not in nouns:  # noqa: PLR2004 - two
                    TRAITS.setdefault(label, (family, column))


_index()
