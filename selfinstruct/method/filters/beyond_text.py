"""The rule against instructions that a text model cannot carry out, by what they ask for.

A keyword alone says little: "map the values to a dictionary" and "graph theory" are text. So the
rule looks for what is asked: to make a picture or sound, to see or hear one that is not there, or
to act in the world. Code, captions and descriptions to be written are text, and so is a work of
art that can be named.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from selfinstruct.method.types import Rejected

from .basic import without_options
from .patterns import patterns, words_of

if TYPE_CHECKING:
    from selfinstruct.method.types import Task

_ASKS = patterns("MAKES DRAWS SEES LOOKS")
_ACTS, _NOW, _TEXT_WORK, _QUOTED = patterns("ACTS NOW TEXT_WORK QUOTED")
_TELLING = words_of("TELLING")
"""A look at these spares the search of most texts."""
_SENTENCE_END = re.compile(r"[.!?]\s")
_WORD = re.compile("[a-z0-9]+")


@without_options
def beyond_text(task: Task) -> Rejected | None:
    """Turn down what a text model cannot do: draw, see, hear, act, or know the present moment."""
    plain = task.instruction
    if not plain.isascii() or '"' in plain or "'" in plain:
        plain = _QUOTED.sub('""', plain)
    found = _acts(plain) or _NOW.match(plain) or _works_on_things(plain)
    if found is None:
        return None
    return Rejected("beyond text", " ".join(found.group().split())[:80], "text alone")


def _acts(text: str) -> re.Match[str] | None:
    """Return where a sentence asks to act in the world."""
    starts = [0, *(end.end() for end in _SENTENCE_END.finditer(text))]
    return next((found for start in starts if (found := _ACTS.match(text, start))), None)


def _works_on_things(text: str) -> re.Match[str] | None:
    """Return where a picture or sound is made, seen or heard; None where text is made of it."""
    if text.isascii() and _TELLING.isdisjoint(_WORD.findall(text.lower())):
        return None
    searches = (pattern.search(text) for pattern in _ASKS)
    found = next((hit for hit in searches if hit is not None), None)
    return None if found is None or _TEXT_WORK.search(text) else found
