"""Telling a list that goes on from echoes of the prompt, and from answers to it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING

from .normalise import word_form
from .scan import line_of
from .vocabulary import declines, is_tail, role_of

if TYPE_CHECKING:
    from collections.abc import Sequence

_TALKS = re.compile(
    r"(?:here['\u2019]s|here (?:is|are)|i(?:['\u2019]ll|['\u2019]m ready| don['\u2019]t| can"
    r"| will| would| think i| see| notice)\b"
    r"|sure[,!]|however,|no \w+(?: \w+)?(?: or \w+|/\w+)* (?:found|provided)|unfortunately"
    r"|please (?:provide|share)|you (?:didn['\u2019]t|haven['\u2019]t)"
    r"|this task|none\b|that['\u2019]s)",
    re.IGNORECASE,
)
_WORKS = re.compile(
    r"\b(?:answers?|responses?|solutions?|completions?|outputs?)\b|\b(?:respond|complete|address)"
    r"|\btasks (?:with|you|in a|completed|as|that you|and their)|\b(?:each|all) (?:of )?(?:these"
    r"|the|your)?"
    r" ?tasks?\b|\btask 1\b|\bstart with\b",
    re.IGNORECASE,
)
"""What a reply's first words say when it is going to work on the tasks shown."""
_PLAIN_WORDS = (
    "about into that this with from your have what which their them they will would could should"
    " write give list explain describe provide make create find following given some each using"
    " example sentence"
    " pourquoi comment quelle quels deux trois quatre cinq dans avec sans cette phrase écris donne"
    " explique warum welche welcher zwei drei vier fünf einen eine einem einer diese dieser dieses"
    " nicht oder satz schreibe nenne erkläre cómo cuál para tres cuatro cinco esta este frase"
    " escribe explica perché quale tre quattro cinque questa questo scrivi spiega"
)
_PLAIN = frozenset(word[:5] for word in _PLAIN_WORDS.split())
"""Words too common in tasks to tell one from another."""
_STEM = 5
_KNOWN = 4096
"""Lines whose forms are remembered: a run shows its seed tasks again and again."""


@dataclass(slots=True)
class Item:
    """A numbered piece of a reply: 0 stands for no number; `more` for what follows the task."""

    number: int
    text: str
    more: str = ""
    answered: bool = False


_BOLD = re.compile(r"(\*\*|__)(?=[^\s*_])(.+?)(?<=[^\s*_])\1")
_LEFT_OVER = re.compile(r"\A(?:\*\*|__)\s+")
_LEAD_SIGNS = re.compile(r"\A(?:[.:\uff1a\s]|[#>-]+(?=\s|\Z))+")
_SLANTED = re.compile(r"(?<![\w*])([*_])(?=[^\s*_])([^*_\n]+)(?<=[^\s*_])\1(?![\w*])")
_QUOTED = re.compile(
    r'["\u201c][^"\u201c\u201d]*'
    r'(?:(?<=\s)["\u201c][^"\u201c\u201d]*["\u201d][^"\u201c\u201d]*)*["\u201d]'
)
"""Quotation marks round all of a text; others may stand inside, each with its own blank ahead."""
_STARS = frozenset("*_")
_AROUND = frozenset("* \u3000")


def clean(text: str) -> str:
    """Return an instruction without marks, labels and needless blanks."""
    plain = _LEFT_OVER.sub("", " ".join(text.split()))
    if "**" in plain or "__" in plain:
        plain = _BOLD.sub(r"\2", plain)
    if plain[:1] in _STARS or plain[-1:] in _STARS:
        plain = _SLANTED.sub(r"\2", plain)
    plain = _LEAD_SIGNS.sub("", _without_marks(plain))
    line = line_of(plain)
    labelled = line.role in {"task", "item", "instruction"} and line.sign == "colon"
    if labelled and line.lead is None and " " not in line.word:
        plain = line.value.strip()
        head, _, last = plain.rstrip(" :\uff1a").rpartition(" ")
        plain = head if role_of(last) == "answer" else plain
    if _QUOTED.fullmatch(plain):
        plain = plain[1:-1].strip()
    return plain if any(char.isalnum() for char in plain) else ""


def _without_marks(text: str) -> str:
    """Return a text without marks around it; three underscores or more are a blank to fill in."""
    start, end = 0, len(text)
    while start < end and (
        text[start] in _AROUND or (text[start] == "_" and not text.startswith("___", start))
    ):
        start += 1
    while start < end and (
        text[end - 1] in _AROUND or (text[end - 1] == "_" and not text.endswith("___", start, end))
    ):
        end -= 1
    return text[start:end]


def new_ones(items: list[str], shots: Sequence[str]) -> list[str]:
    """Return the items without repeats, and without those that are a shot word for word."""
    seen = set(chain.from_iterable(map(_echoes, shots)))
    kept = []
    for item in items:
        form = word_form(item)
        if form not in seen:
            seen.add(form)
            kept.append(item)
    return kept


@lru_cache(maxsize=_KNOWN)
def _echoes(shot: str) -> tuple[str, str]:
    """Return the word forms that echo a line of the prompt."""
    return word_form(shot), word_form(clean(shot))


def unprompted(items: list[Item], following: int) -> list[Item]:
    """Return the items from the open number on, where a reply begins with the whole prompt."""
    numbers = [item.number for item in items]
    copied = numbers[: following - 1] == list(range(1, following))
    if copied and len(numbers) >= following > 1:
        return items[following - 1 :]
    answered = sum(_is_answered(item) for item in items)
    if numbers[:1] == [1] and 2 * answered > len(items) > 1:
        return []
    return items


def _is_answered(item: Item) -> bool:
    """Tell whether something that reads like an answer comes with an item."""
    text = item.text.strip(" *(\n")
    return item.answered or declines(text) or _TALKS.match(text) is not None


def _is_short(item: Item) -> bool:
    """Tell whether an item has too few words for a task, as an answer may."""
    return item.text.isascii() and len(item.text.split()) < 3  # noqa: PLR2004


def going_on(lead: str, items: list[Item], shots: Sequence[str], following: int) -> list[Item]:
    """Return the items of a reply that goes on with the list; none if it works on the shots.

    It works on them if it says so, says one of them again ahead of its list, or starts anew at 1
    and its items are about the shots, or come with answers. One that only copies the list first
    goes on behind the copy.
    """
    wanted = [stems for shot in shots if len(stems := _stems(shot)) > 1]
    led = _stems(lead)
    if not items or any(_held(stems, led, 0.75) for stems in wanted):
        return []
    answered = sum(map(_is_answered, items))
    if items[0].number >= following > 1:
        return [] if 2 * answered > len(items) and _name(items, wanted) else items
    if _WORKS.search(lead) or any(declines(line) for line in lead.split("\n")):
        return []
    wholes = [_stems(f"{item.text} {item.more}") for item in items]
    touched = sum(any(_held(stems, whole) for whole in wholes) for stems in wanted)
    if _begins_with_shots(items, shots) or _runs_along(items, shots) or 2 * touched >= len(wanted):
        earlier = [clean(item.text) for item in items if item.number < following]
        copied = len(earlier) - len(new_ones(earlier, shots))
        if 2 * copied < len(earlier) or 3 * answered > len(items):
            return []
        return [item for item in items if item.number >= following and not _is_answered(item)]
    answered = max(answered, 2 * sum(map(_is_short, items)))
    return [] if 2 * answered > len(items) > 2 else items  # noqa: PLR2004 - one may be a slip


def _name(items: list[Item], wanted: Sequence[frozenset[str]]) -> bool:
    """Tell whether more than a third of the shots are the subject of an item."""
    heads = [_stems(item.text) for item in items]
    named = sum(any(_held(stems, head) for head in heads) for stems in wanted)
    return 3 * named > len(wanted)


def _begins_with_shots(items: list[Item], shots: Sequence[str]) -> bool:
    """Tell whether one of the first items is the shot of its own number."""
    return any(
        _held(_stems(shots[item.number - 1]), _stems(item.text), 0.75)
        for item in items[:3]
        if 0 < item.number <= len(shots) and len(_stems(shots[item.number - 1])) > 1
    )


def _runs_along(items: list[Item], shots: Sequence[str]) -> bool:
    """Tell whether each item is about the shot of its own number, far more than about others."""
    telling = [_telling(shot) for shot in shots]
    pairs = [
        (_telling(f"{item.text} {item.more}"), item.number - 1)
        for item in items
        if 0 < item.number <= len(telling)
    ]
    if len(pairs) < 3:  # noqa: PLR2004 - too few to tell
        return False
    own = sum(bool(words & telling[place]) for words, place in pairs)
    others = sum(
        bool(words & shot)
        for words, place in pairs
        for other, shot in enumerate(telling)
        if other != place
    ) / max(1, len(telling) - 1)
    return own >= 0.6 * len(pairs) and own - others >= 0.4 * len(pairs)


def _telling(text: str) -> frozenset[str]:
    return frozenset(stem for stem in _stems(text) if stem not in _PLAIN)


@lru_cache(maxsize=_KNOWN)
def _stems(text: str) -> frozenset[str]:
    """Return what tells a text's subject: beginnings of longer words, numbers, pairs of signs.

    Scripts without blanks, and Korean, whose words are short, are taken two signs at a time.
    """
    words = word_form(text).split()
    if text.isascii():
        return frozenset([word[:_STEM] for word in words if len(word) > 3 or word[0].isdigit()])  # noqa: PLR2004 - as below
    stems: set[str] = set()
    for word in words:
        if ord(word[0]) >= 0x1100:  # noqa: PLR2004 - Hangul, kana, Chinese characters
            stems.update(word[place : place + 2] for place in range(max(1, len(word) - 1)))
        elif len(word) > 3 or word[0].isdigit():  # noqa: PLR2004
            stems.add(word[:_STEM])
    return frozenset(stems)


def _held(wanted: frozenset[str], text: frozenset[str], share: float = 0.5) -> bool:
    return len(wanted & text) >= share * len(wanted)
