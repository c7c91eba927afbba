"""What a reply says back of its prompt: a list that goes on told from echoes and from answers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING

from selfinstruct.method.text import word_form

from .scan import line_of
from .vocabulary import declines, patterns, role_of

if TYPE_CHECKING:
    from collections.abc import Sequence

_TALKS, _WORKS, _PLAIN = patterns("TALKS WORKS PLAIN")
_BOLD = re.compile(r"(\*\*|__)(?=[^\s*_])(.+?)(?<=[^\s*_])\1")
_LEAD_SIGNS = re.compile(r"\A(?:[.:\uff1a\s]|[#>-]+(?=\s|\Z))+")
_AHEAD = re.compile(r"\A(?:[* \u3000]|_(?!__))+")
"""Marks around a text; three underscores or more are a blank to fill in."""
_SLANTED = re.compile(r"(?<![\w*])([*_])(?=[^\s*_])([^*_\n]+)(?<=[^\s*_])\1(?![\w*])")
(_QUOTED,) = patterns("QUOTED")


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
        text = self.text.strip(" *(\n")
        self.answered |= declines(text) or _TALKS.match(text) is not None


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
        head, _, last = plain.rstrip(" :\uff1a").rpartition(" ")
        plain = head if role_of(last) == "answer" else plain
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


def unprompted(items: list[Item], following: int) -> list[Item]:
    """Return the items from the open number on, where a reply begins with the whole prompt."""
    numbers = [item.number for item in items]
    copied = numbers[: following - 1] == list(range(1, following))
    if copied and len(numbers) >= following > 1:
        return items[following - 1 :]
    answers = numbers[:1] == [1] and 2 * sum(item.answered for item in items) > len(items) > 1
    return [] if answers else items


def going_on(lead: str, items: list[Item], shots: Sequence[str], following: int) -> list[Item]:
    """Return the items of a reply that goes on with the list; none if it works on the shots.

    It works on them if it says so, says one of them again ahead of its list, or starts anew at 1
    and its items are about the shots, or come with answers. One that only copies the list first
    goes on behind the copy.
    """
    wanted = [stems for shot in shots if len(stems := _stems(shot)) > 1]
    if not items or any(_held(stems, _stems(lead), 0.75) for stems in wanted):
        return []
    answered = sum(item.answered for item in items)
    if items[0].number >= following > 1:
        named = _touched(wanted, [_stems(item.text) for item in items])
        return [] if 2 * answered > len(items) and 3 * named > len(wanted) else items
    if _WORKS.search(lead) or any(map(declines, lead.split("\n"))):
        return []
    wholes = [_stems(f"{item.text} {item.more}") for item in items]
    touched = 2 * _touched(wanted, wholes) >= len(wanted)
    if touched or _runs_along(items, wholes, shots):
        earlier = [clean(item.text) for item in items if item.number < following]
        copied = len(earlier) - len(new_ones(earlier, shots))
        if 2 * copied < len(earlier) or 3 * answered > len(items):
            return []
        return [item for item in items if item.number >= following and not item.answered]
    short = sum(item.text.isascii() and len(item.text.split()) < 3 for item in items)  # noqa: PLR2004
    return [] if 2 * max(answered, 2 * short) > len(items) > 2 else items  # noqa: PLR2004 - one may be a slip


def _touched(wanted: Sequence[frozenset[str]], texts: Sequence[frozenset[str]]) -> int:
    """Return how many of some shots are the subject of a text."""
    return sum(any(_held(stems, text) for text in texts) for stems in wanted)


def _runs_along(items: list[Item], wholes: list[frozenset[str]], shots: Sequence[str]) -> bool:
    """Tell whether the items are about the shots of their own numbers.

    One of the first ones says its shot again, or each is about its own far more than about others.
    """
    telling = [{stem for stem in _stems(shot) if not _PLAIN.fullmatch(stem)} for shot in shots]
    pairs = [
        (item, whole, item.number - 1)
        for item, whole in zip(items, wholes, strict=True)
        if 0 < item.number <= len(shots)
    ]
    for item, _, at in pairs:
        if item in items[:3] and _held(_stems(shots[at]), _stems(item.text), 0.75, least=2):
            return True
    own = sum(bool(whole & telling[at]) for _, whole, at in pairs)
    all_of = sum(bool(whole & stems) for _, whole, _ in pairs for stems in telling)
    others = (all_of - own) / max(1, len(telling) - 1)
    return len(pairs) > 2 and own >= 0.6 * len(pairs) and own - others >= 0.4 * len(pairs)  # noqa: PLR2004


@lru_cache(maxsize=4096)
def _stems(text: str) -> frozenset[str]:
    """Return what tells a text's subject: beginnings of longer words, numbers, pairs of signs.

    Scripts without blanks, and Korean, whose words are short, are taken two signs at a time.
    """
    stems: set[str] = set()
    for word in word_form(text).split():
        if ord(word[0]) >= 0x1100:  # noqa: PLR2004 - Hangul, kana, Chinese characters
            stems.update(word[place : place + 2] for place in range(max(1, len(word) - 1)))
        elif len(word) > 3 or word[0].isdigit():  # noqa: PLR2004
            stems.add(word[:5])
    return frozenset(stems)


def _held(wanted: frozenset[str], text: frozenset[str], share: float = 0.5, least: int = 0) -> bool:
    return len(wanted) >= least and len(wanted & text) >= share * len(wanted)
