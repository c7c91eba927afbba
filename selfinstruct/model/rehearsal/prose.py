"""Texts that answer open tasks: paragraphs, steps, lists, letters, verses, dialogues.

Each function takes what the task is about, a stream of draws, and how many parts are wanted (0 or
none: as many as are usual). The topic stands where a noun phrase of either number fits, so that
every topic of the lists can be used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .corpus import CORPUS, WORDS, capital, entries

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from .rng import Rng

_LINES = {name: entries(block) for name, block in CORPUS["prose"].items()}


def _sentences(lines: Iterable[str], topic: str) -> str:
    return " ".join(capital(line.replace("{x}", topic)) + "." for line in lines)


def _numbered(lines: Iterable[str]) -> str:
    return "\n".join(f"{number}. {line}" for number, line in enumerate(lines, 1))


def paragraph(topic: str, rng: Rng, count: int = 0) -> str:
    """Return a paragraph of sentences about the topic, 2 to 5 as a rule."""
    count = count or rng.between(2, 5)
    lines = [rng.pick(_LINES["openings"]), *rng.some(_LINES["middles"], count - 2)]
    if count > 1:
        lines.append(rng.pick(_LINES["endings"]))
    return _sentences(lines, topic)


def steps(topic: str, rng: Rng, count: int = 0) -> str:
    """Return a numbered list of steps, 3 to 6 as a rule; the first names the topic."""
    chosen = rng.some(_LINES["steps"], (count or rng.between(3, 6)) - 1)
    return _numbered(f"{line}." for line in (f"Read up on how to {topic}", *chosen))


def points(topic: str, rng: Rng, count: int = 0) -> str:
    """Return a bulleted list of points on the topic, 3 to 5 as a rule."""
    chosen = rng.some(_LINES["points"], count or rng.between(3, 5))
    mark = rng.pick(("-", "*", "•"))
    return "\n".join([f"{capital(topic)} in short", *(f"{mark} {line}" for line in chosen)])


def questions(topic: str, rng: Rng, count: int = 0) -> str:
    """Return numbered questions about the topic, 4 as a rule."""
    chosen = rng.some(_LINES["questions"], count or 4)
    return _numbered(f"{line.replace('{x}', topic)}?" for line in chosen)


def names(_topic: str, rng: Rng, count: int = 0) -> str:
    """Return names for a place of business, 3 as a rule."""
    first = rng.some(_LINES["name_first"], count or 3)
    return ", ".join(f"{word} {rng.pick(_LINES['name_second'])}" for word in first)


def items(_topic: str, rng: Rng, count: int = 0) -> str:
    """Return a bulleted list of things, 4 as a rule."""
    return "\n".join(f"- {capital(thing)}" for thing in rng.some(WORDS["thing"], count or 4))


def verse(topic: str, rng: Rng, count: int = 0) -> str:
    """Return lines of verse, 4 as a rule, the first one naming the topic."""
    lines = rng.some(_LINES["verses"], (count or 4) - 1)
    return ",\n".join([f"I sing of {topic}", *lines]) + "."


def letter(topic: str, rng: Rng, _count: int = 0) -> str:
    """Return a short letter about the topic."""
    inner = _sentences(rng.some(_LINES["body"], rng.between(2, 4)), topic)
    return (
        f"Dear {rng.pick(WORDS['name'])},\n\nThis note concerns {topic}. {inner}\n\n"
        f"{rng.pick(_LINES['closings'])},\n{rng.pick(WORDS['name'])}"
    )


def dialogue(topic: str, rng: Rng, _count: int = 0) -> str:
    """Return a dialogue of five lines about the topic."""
    speakers = rng.some(WORDS["name"], 2)
    talk = [f"Tell me about {topic}", *rng.some(_LINES["talk"], 4)]
    return "\n".join(f"{speakers[turn % 2]}: {line}." for turn, line in enumerate(talk))


def story(topic: str, rng: Rng, count: int = 0) -> str:
    """Return the opening of a story that turns on the topic."""
    name = rng.pick(WORDS["name"])
    middle = rng.some(_LINES["middles"], count or 2)
    text = _sentences([f"{name} had never given a thought to {topic}", *middle], topic)
    return f"{text} That evening {name} walked home smiling."


def short(topic: str, rng: Rng, _count: int = 0) -> str:
    """Return a single line: a slogan, a headline or a title."""
    return capital(rng.pick(_LINES["short"]).replace("{x}", topic))


WRITERS: Mapping[str, Callable[[str, Rng, int], str]] = {
    writer.__name__: writer
    for writer in (
        paragraph, steps, points, questions, names, items, verse, letter, dialogue, story, short
    )
}  # fmt: skip
"""The functions above by their names."""
