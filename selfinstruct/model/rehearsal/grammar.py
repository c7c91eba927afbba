"""The grammar of the simulated service: tasks of many shapes, and what is known of each.

`compose` draws an instruction. `is_classification` and `instances` depend on nothing but the text
of an instruction, and have an answer for every text, the grammar's own or not.
"""

from __future__ import annotations

import re
from bisect import bisect
from functools import lru_cache, partial
from itertools import accumulate, chain
from typing import TYPE_CHECKING

from . import tasks
from .corpus import CORPUS, capital
from .rng import Rng
from .templates import Frame, Pair, fill, wordings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_FAMILIES = CORPUS["families"]


def _frames(family: Mapping[str, str]) -> list[Frame]:
    """Return a frame for each wording of each line; the wordings of a line share its weight."""
    found = []
    for line in family["lines"].splitlines():
        head, template = line.split(" | ")
        *call, weight = head.split()
        make, texts = partial(tasks.MAKERS[call[0]], *call[1:]), wordings(template)
        labels = family["name"] == "label"
        found += [Frame(text, make, int(weight) / len(texts), labels) for text in texts]
    return found


_GROUPS = [_frames(family) for family in _FAMILIES]
FRAMES = tuple(chain.from_iterable(_GROUPS))
_TOTALS = [list(accumulate(frame.weight for frame in frames)) for frames in _GROUPS]
_SHARES = list(accumulate(family["share"] for family in _FAMILIES))
_LEADS = tuple(CORPUS["phrases"]["leads"].splitlines())
SHORT = 80
"""Characters; a task below that gets a lead every second time."""


def compose(rng: Rng, *, classification: bool = False) -> str:
    """Return an instruction; with `classification` one that asks for a label."""
    group = 0 if classification else min(bisect(_SHARES, rng.unit()), len(_GROUPS) - 1)
    totals = _TOTALS[group]
    frame = _GROUPS[group][min(bisect(totals, rng.unit() * totals[-1]), len(totals) - 1)]
    text = frame.compose(rng)
    if len(text) < SHORT and rng.chance(0.5):
        return f"{capital(fill(rng.pick(_LEADS), rng))} {text}"
    return text


_BY_START: dict[str, list[Frame]] = {}
"""Frames by their first characters; the more of one is literal, the surer and earlier it is."""

for _frame in sorted(FRAMES, key=lambda frame: -sum(map(len, frame.pieces[::2]))):
    _BY_START.setdefault(_frame.pieces[0][:3], []).append(_frame)


def _match(instruction: str) -> tuple[Frame, dict[str, str]] | None:
    for width in (3, 2, 1, 0):
        for frame in _BY_START.get(instruction[:width], ()):
            if (slots := frame.match(instruction)) is not None:
                return frame, slots
    return None


@lru_cache(maxsize=8192)
def recognise(instruction: str) -> tuple[Frame, dict[str, str]] | None:
    """Return the frame and slots that give this instruction, or None when no frame does."""
    found = _match(instruction)
    if found is None and ". " in instruction:
        found = _match(instruction.partition(". ")[2])
    return found


_ASKS_LABEL = re.compile(
    r"^(classify|categori[sz]e|label|tag|assign|decide (whether|if)|determine (whether|if)|"
    r"identify (whether|if)|tell (me )?(whether|if)|detect|does the|is the|are the|which category|"
    r"predict (whether|if)|judge (whether|if))\b|\byes or no\b|\btrue or false\b",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"[\"'\u201c\u2018]([\w -]{2,24})[\"'\u201d\u2019]")
_CHOICE = re.compile(r"\b([\w-]+(?:, [\w-]+)*),? or ([\w-]+)")
_PLAIN = re.compile(r"[A-Za-z]{5,}")


def is_classification(instruction: str) -> bool:
    """Tell whether the instruction is a classification task."""
    found = recognise(instruction)
    if found is not None:
        return found[0].classification
    return bool(_ASKS_LABEL.search(instruction))


def _about(instruction: str) -> str:
    chosen = _PLAIN.findall(instruction)[1:]
    return " ".join(chosen[-3:]).lower() or "the matter at hand"


def _guess(instruction: str, rng: Rng) -> Sequence[Pair]:
    """Return instances for an instruction that no frame gives."""
    about = _about(instruction)
    if is_classification(instruction):
        labels = list(dict.fromkeys(_QUOTED.findall(instruction)))
        if len(labels) < 2:  # noqa: PLR2004
            choice = _CHOICE.search(instruction)
            labels = [*choice.group(1).split(", "), choice.group(2)] if choice else ["Yes", "No"]
        chosen = rng.some(labels, rng.between(1, 2))
        return [Pair(tasks.prose("paragraph", about, rng, 2), capital(label)) for label in chosen]
    if rng.chance(0.6):
        return [Pair("", tasks.prose("paragraph", about, rng, 3))]
    return [Pair(tasks.prose("paragraph", about, rng, 2), tasks.prose("story", about, rng))]


@lru_cache(maxsize=8192)
def instances(instruction: str) -> tuple[Pair, ...]:
    """Return one to three instances of the task; no two of them share an input."""
    rng = Rng("instances", instruction)
    found = recognise(instruction)
    pairs = found[0].make(found[1], rng) if found is not None else _guess(instruction, rng)
    different = {pair.input: pair for pair in pairs if pair.input != pair.output}
    return tuple(different.values()) or (
        Pair("", tasks.prose("paragraph", _about(instruction), rng, 3)),
    )
