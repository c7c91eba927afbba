"""Own fields of a reply ("Text: ...", "Word: ..."): which are given, and which answer.

Models that were asked for "Input:" and "Output:" often give names of their own instead. Only the
instruction can tell then what a field is: "Find the longest word in a text" is given a text and
asked for a word.
"""

from __future__ import annotations

import re
from functools import lru_cache

from .vocabulary import patterns

_FIELD, _OWN_RESULT, _ASKS, _MAKES, _TURNS, _RESULT, _MATERIAL, _LINK, _BOTH = patterns(
    "FIELD OWN_RESULT ASKS MAKES TURNS RESULT_NAME MATERIAL LINK BOTH"
)
_INFLECTED = re.compile(r"(?:ies|y|s)\Z")


def is_field(text: str) -> bool:
    """Tell whether a text begins with a name and a colon."""
    return _FIELD.match(text) is not None


def is_record(text: str, instruction: str) -> bool:
    """Tell whether an example is a record of several fields that the task does not make."""
    lines = [line for line in text.split("\n") if line.strip()]
    return len(lines) > 1 and all(map(is_field, lines)) and not _MAKES.search(instruction)


def parted(text: str, instruction: str, *, given: bool, answered: bool) -> tuple[str, str] | None:
    """Return the given material of a text and the result behind it; None where none shows.

    The result begins at a field whose name says so ("New sentence"), or that the instruction asks
    for while it does not ask for the first one. One name is left off the result; several stay.

    Args:
        text: what stands ahead of an empty "Output:", or without one.
        instruction: the task.
        given: a label says that the text begins with the input, whatever its first name is.
        answered: an empty "Output:" stands behind the text, so that the output must be in it.
    """
    fields = [field for field in _FIELD.finditer(text) if not field["name"][0].islower()]
    names = [re.sub(r"[\s\d*_]+", " ", field["name"]).strip().casefold() for field in fields]
    if not fields or len(set(names)) < len(names):
        return None  # a record that recurs is a list
    labelled, given = given, given or not text[: fields[0].start()].strip()
    own = None if _BOTH.search(instruction) else _OWN_RESULT.search(text)
    if own is not None and (given or answered) and text[: own.start()].strip():
        return text[: own.start()], text[own.end() :]
    if not given or (not labelled and not _may_be_given(names[0], instruction)):
        return None
    for name, field in zip(names[1:], fields[1:], strict=True):
        if _RESULT.fullmatch(name) or asked_for(name, instruction):
            end = field.start() if field is not fields[-1] else field.end()
            return text[: field.start()], text[end:]
    return None


def _may_be_given(name: str, instruction: str) -> bool:
    """Tell whether a first field can be material: not what is asked for, nor made by the task."""
    head = name.rsplit(maxsplit=1)[-1]
    spoken_of = _MATERIAL.fullmatch(head) or head[:5] in instruction.casefold()
    makes = _MAKES.search(instruction) and not _TURNS.search(instruction)
    return not asked_for(name, instruction) and not (makes and not spoken_of)


def asked_for(name: str, instruction: str) -> bool:
    """Tell whether a field's name is what the instruction's verbs ask for, as "the sum" is."""
    stem = _INFLECTED.sub("", name.casefold().partition(" of ")[0].split()[-1])
    return len(stem) > 1 and any(
        word.startswith(stem) and len(word) <= len(stem) + 3 for word in _wanted(instruction)
    )


@lru_cache(maxsize=64)
def _wanted(instruction: str) -> frozenset[str]:
    """Return the words of what an instruction's verbs ask for."""
    wanted: set[str] = set()
    for verb in _ASKS.finditer(instruction):
        named = instruction[verb.end() :].casefold()
        end = _LINK.search(named)
        wanted.update(re.findall(r"[\w'-]+", named[: end.start() if end else None])[:6])
    for turned in _TURNS.finditer(instruction):
        wanted.update(turned[1].casefold().split())
    return frozenset(wanted)
