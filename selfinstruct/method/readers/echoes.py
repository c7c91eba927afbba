"""What a reply says back of its prompt: a list that goes on told from echoes and from answers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING

from selfinstruct.method.text import word_form

from .scan import line_of
from .vocabulary import declines, patterns

if TYPE_CHECKING:
    from collections.abc import Sequence

_WORKS, _PLAIN, _QUOTED = patterns("WORKS PLAIN QUOTED")
_BOLD = re.compile(r"(\*\*|__)(?=[^\s*_])(.+?)(?<=[^\s*_])\1")
_LEAD_SIGNS = re.compile(r"\A(?:[.:\uff1a\s]|[#>-]+(?=\s|\Z))+")
_AHEAD = re.compile(r"\A(?:[* \u3000]|_(?!__))+")
"""Marks around a text; three underscores or more are a blank to fill in."""
_SLANTED = re.compile(r"(?<![\w*])([*_])(?=[^\s*_])([^*_\n]+)(?<=[^\s*_])\1(?![\w*])")


@dataclass(slots=True)
class Item:
    """A piece of a list: its number, or 0; its text; and whether an answer comes with it.

    `more` is what follows the text and does not belong to it.
    """

    number: int
    text: str
    more: str = ""
    answered: bool = False

    def __post_init__(self) -> None:
        self.answered |= declines(self.text)


def clean(text: str) -> str:
    """Return an instruction without marks, labels and needless blanks."""
    plain = " ".join(text.split())
    if "**" in plain or "__" in plain:
        plain = _BOLD.sub(r"\2", plain)
    if plain[:1] in {"*", "_"} or plain[-1:] in {"*", "_"}:
        plain = _SLANTED.sub(r"\2", plain)
    plain = _LEAD_SIGNS.sub("", _AHEAD.sub("", _AHEAD.sub("", plain)[::-1])[::-1])
    line = line_of(plain)
    labelled = line.role in {"task", "item", "instruction"} and line.sign == "colon"
    if labelled and line.lead is None and " " not in line.word:
        plain = line.value.strip()
    plain = plain[1:-1].strip() if _QUOTED.fullmatch(plain) else plain
    return plain if any(map(str.isalnum, plain)) else ""


def new_ones(items: list[str], shots: Sequence[str]) -> list[str]:
    """Return the items without repeats, and without those that are a shot word for word."""
    seen = set(chain.from_iterable(map(_echoes, shots)))
    by_form: dict[str, str] = {}
    for item in items:
        by_form.setdefault(word_form(item), item)
    return [item for form, item in by_form.items() if form not in seen]


@lru_cache(maxsize=4096)
def _echoes(shot: str) -> tuple[str, str]:
    """Return the word forms that echo a line of the prompt."""
    return word_form(shot), word_form(clean(shot))


def going_on(lead: str, items: list[Item], shots: Sequence[str], following: int) -> list[Item]:
    """Return the items of a reply that goes on with the list; none if it works on the shots.

    It works on them if it says so, says one of them again ahead of its list, or starts anew at 1
    and its items are about the shots, or come with answers. One that only copies the list first
    goes on behind the copy; so does one whose prompt is not known.
    """
    numbers = [item.number for item in items]
    if not shots:
        copied = following > 1 and numbers[: following - 1] == [*range(1, following)]
        return items[following - 1 :] if copied else items
    wanted = [stems for shot in shots if len(stems := _stems(shot)) > 1]
    if not items or any(_held(stems, _stems(lead), 0.75) for stems in wanted):
        return []
    if items[0].number >= following > 1:
        return items
    if _WORKS.search(lead):
        return []
    if _runs_along(items, wanted, shots):
        earlier = [clean(item.text) for item in items if item.number < following]
        copied = len(earlier) >= 2 * len(new_ones(earlier, shots))
        return [item for item in items if copied and item.number >= following]
    answered = sum(item.answered for item in items)
    short = sum(item.text.isascii() and len(item.text.split()) < 3 for item in items)  # noqa: PLR2004
    return [] if 2 * max(answered, 2 * short) > len(items) > 2 else items  # noqa: PLR2004 - one may be a slip


def _runs_along(items: list[Item], wanted: Sequence[frozenset[str]], shots: Sequence[str]) -> bool:
    """Tell whether the items are about the shots: most of these, or those of their own numbers."""
    wholes = [_stems(f"{item.text} {item.more}") for item in items]
    touched = sum(any(_held(stems, whole) for whole in wholes) for stems in wanted)
    own = []
    for item, whole in zip(items, wholes, strict=True):
        if 0 < item.number <= len(shots):
            shot = _stems(shots[item.number - 1])
            if len(shot) > 1 and item in items[:3] and _held(shot, _stems(item.text), 0.75):
                return True
            own.append(any(not _PLAIN.fullmatch(stem) for stem in whole & shot))
    return 2 * touched >= len(wanted) or (len(own) > 2 and 5 * sum(own) >= 3 * len(own))  # noqa: PLR2004


@lru_cache(maxsize=4096)
def _stems(text: str) -> frozenset[str]:
    """Return what tells a text's subject: the beginnings of its longer words."""
    words = word_form(text).split()
    return frozenset(word[:5] for word in words if len(word) > 3)  # noqa: PLR2004


def _held(wanted: frozenset[str], text: frozenset[str], share: float = 0.5) -> bool:
    return len(wanted & text) >= share * len(wanted)
