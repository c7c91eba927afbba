"""The words of the simulated service, as `corpus.toml` beside this file holds them."""

from __future__ import annotations

import tomllib

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


WORDS = {name: entries(block) for name, block in CORPUS["words"].items()}
"""What the slots of one part hold, by the slot's name."""
CODE: dict[str, str] = CORPUS["code"]
"""What a function does, and the function; `{f}` stands for its name."""
CARRIERS: dict[str, tuple[str, ...]] = {}
"""Sentences that carry a label."""
PHRASES: dict[str, tuple[str, ...]] = {}
"""Labels as words in a sentence ("a or b", "a, b or c")."""
TRAITS: dict[str, str] = {}
"""Of two labels that fit "is it ...?" the other one."""

for _family in CORPUS["labels"]["family"]:
    for _row in table(_family["wordings"]):
        for _order in (_row, _row[::-1], _row[1:] + _row[:1]):
            PHRASES[f"{', '.join(_order[:-1])} or {_order[-1]}"] = _order
        for _label, _texts, _other in zip(_row, _family["texts"], _row[::-1], strict=True):
            CARRIERS.setdefault(_label, entries(_texts))
            if len(_row) == 2 and " " not in _label:  # noqa: PLR2004 - yes and no
                TRAITS.setdefault(_label, _other)
for _label in entries(CORPUS["labels"]["not_adjectives"]):
    TRAITS.pop(_label, None)
