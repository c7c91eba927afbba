"""Texts that answer open tasks: paragraphs, steps, lists, letters, verses, dialogues.

What a text is about stands where a noun phrase of either number fits, so that every topic of the
lists can be used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .corpus import CORPUS, capital
from .templates import VOCABULARY, fill

if TYPE_CHECKING:
    from .rng import Rng

STYLES: dict[str, tuple[str, str, int, int, int, str, str]] = CORPUS["styles"]


def write(style: str, topic: str, rng: Rng, count: int = 0) -> str:
    """Return a text on the topic, with so many parts; 0: as many as are usual."""
    head, pool, least, most, fixed, line, tail = STYLES[style]
    known = {"x": topic}

    def said(template: str) -> str:
        return capital(fill(template, rng, known).replace("{x}", topic))

    lines = rng.some(VOCABULARY[pool], count - fixed if count else rng.between(least, most))
    parts = [said(head)]
    for number, text in enumerate(lines, 1 + fixed):
        known |= {"l": said(text), "n": str(number)}
        parts.append(said(line))
    return "".join((*parts, said(tail)))
