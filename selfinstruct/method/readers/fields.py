"""Own fields of a reply ("Text: ...", "Word: ..."): which are given, and which answer.

Models that were asked for "Input:" and "Output:" often give names of their own instead. Only the
instruction can tell then what a field is: "Find the longest word in a text" is given a text and
asked for a word.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import takewhile

from .vocabulary import pattern, patterns

_FIELD, _OWN_RESULT, _HEADED, _ASKS, _MAKES, _TURNS, _BOTH, _RESULT, _MATERIAL = patterns(
    "FIELD OWN_RESULT HEADED ASKS MAKES TURNS BOTH RESULT_NAME MATERIAL"
)
_LINKS = frozenset(
    [
        "in",
        "of",
        "from",
        "for",
        "to",
        "with",
        "on",
        "between",
        "that",
        "which",
        "using",
        "by",
        "given",
        "this",
        "these",
    ]
)
"""Words that end the object of an asking verb."""
_GROUPS = frozenset(["list", "set", "table", "series", "pair", "group", "name", "names"])
"""Words whose "of" does not: "a list of words" asks for words."""
_GROUP = re.compile(rf"\b(?:{'|'.join(sorted(_GROUPS))}) of\b")
_QUOTED = re.compile(r"\"[^\"\n]*\"|'[^'\n]*'|\u201c[^\u201d\n]*\u201d")
_BOUND = re.compile(r"\s(?:of|in|that|with|longer|shorter|greater|more|less)\s")
_INFLECTED = re.compile(r"(?:ies|y|s)\Z")


def is_field(text: str) -> bool:
    """Tell whether a text begins with a name and a colon."""
    return _FIELD.match(text) is not None


def is_data(text: str) -> bool:
    """Tell whether a text is there, but no letter in it outside quotes."""
    return bool(text.strip()) and not any(map(str.isalpha, _QUOTED.sub("", text)))


def names_of(text: str) -> list[str]:
    """Return the names of a text's fields, in small letters without numbers."""
    return [_plain(field["name"]) for field in _FIELD.finditer(text)]


def parted(  # noqa: PLR0911 - one for each sign
    text: str, instruction: str, *, given: bool, answered: bool
) -> tuple[str, str] | None:
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
    names = [_plain(field["name"]) for field in fields]
    if not fields or len(set(names)) < len(names) - names.count(names[0]) + 1:
        return None  # a record that recurs is a list
    before = text[: fields[0].start()]
    given = given or (answered and is_data(before))
    begins = given or not before.strip()
    own = None if _BOTH.search(instruction) else _OWN_RESULT.search(text)
    if own is not None and (begins or answered) and text[: own.start()].strip():
        return text[: own.start()], text[own.end() :]
    if not begins or not (given or _may_be_given(names, instruction, answered=answered)):
        return None
    if not answered and _is_headed(text, names[0], instruction):
        return None
    for name, field in zip(names, fields, strict=True):
        may_answer = not given or answered or field is fields[-1]  # others are of the record
        material = text[: field.start()]
        if may_answer and material.strip() and _answers([name], instruction):
            end = field.start() if field is not fields[-1] else field.end()
            if not _FIELD.sub("", material).strip():
                return None
            return material, text[end:] if _FIELD.sub("", text[end:]).strip() else ""
    return None


def answered_pairs(text: str, instruction: str) -> list[tuple[str, str]]:
    """Return the pairs of a reply that is nothing but "Question: ..., Answer: ..." twice or more.

    Where the task makes a text, such as a list of questions, there are none.
    """
    fields, names = list(_FIELD.finditer(text)), names_of(text)
    rounds = len(names) // 2
    alike = rounds > 1 and names == names[:2] * rounds and _RESULT.fullmatch(names[1])
    if not alike or not is_field(text) or _MAKES.search(instruction):
        return []
    ends = [*(field.start() for field in fields), len(text)][1:]
    return [
        (text[given.start() : answer.start()], text[answer.end() : end])
        for given, answer, end in zip(fields[::2], fields[1::2], ends[1::2], strict=True)
    ]


def asks(text: str) -> bool:
    """Tell whether a text asks for something anywhere."""
    return "?" in text or any(verb.search(text) for verb in (_MAKES, _ASKS))


def asked_for(name: str, instruction: str) -> bool:
    """Tell whether a field's name is what the instruction's verbs ask for, as "the sum" is."""
    stem = _INFLECTED.sub("", _head(name.casefold()))
    return len(stem) > 1 and any(
        word.startswith(stem) and len(word) <= len(stem) + 3 for word in _wanted(instruction)
    )


@lru_cache(maxsize=64)
def _wanted(instruction: str) -> frozenset[str]:
    """Return the words of what an instruction's verbs ask for."""
    counts = re.search(r"\bcount\b|\bhow many\b", instruction, re.IGNORECASE)
    wanted = {"number", "count", "total"} if counts else set()
    for verb in _ASKS.finditer(instruction):
        before = ""
        for word in instruction[verb.end() :].casefold().split(maxsplit=6)[:6]:
            plain = word.strip(".,;:?!\"'()\u201c\u201d")
            if plain in _LINKS and not (plain == "of" and before in _GROUPS):
                break
            if not plain.endswith(("'s", "\u2019s")):  # "a person's age" asks for the age
                wanted.add(plain)
            if word.endswith((".", ";", ":", "?", "!")):
                break
            before = plain
    for turned in _TURNS.finditer(instruction):
        words = _GROUP.sub("", turned[1].casefold()).split()
        wanted.update(takewhile(lambda word: word not in _LINKS, words))
    return frozenset(wanted)


def is_given(text: str, instruction: str) -> bool:
    """Tell whether the fields ahead of an empty output are what the task speaks of as given."""
    names = names_of(text) if is_field(text) else []
    if not names or asked_for(names[0], instruction):
        return False
    nouns = "|".join(re.findall(r"[^\W\d_]{3,}", " ".join(dict.fromkeys(names[:100])))) or "-"
    named = re.compile(rf"(?i){pattern('GIVEN').pattern}(?:\w+\s+)?(?:\w+\s+)??(?:{nouns})")
    return not instruction or named.search(instruction) is not None


def only_given(text: str, instruction: str) -> bool:
    """Tell whether a reply is nothing but the material of a task that finds something in it.

    Each of its fields has the name of something that the instruction is given and does not ask
    for. Where the task makes or changes a text, the field may as well be the answer.
    """
    names = names_of(text)
    if not names or not is_field(text) or _MAKES.search(instruction):
        return False
    if _answers(names, instruction):
        return _is_headed(text, names[0], instruction)
    if not all(_MATERIAL.fullmatch(name.partition(" ")[0]) for name in names):
        return False
    given = (
        "|".join(re.escape(name) for name in dict.fromkeys(names) if _MATERIAL.fullmatch(name))
        or "-"
    )
    return (
        re.compile(rf"(?i){pattern('GIVEN').pattern}(?:\w+\s+)?(?:{given})\b").search(instruction)
        is not None
    )


def is_record(text: str, instruction: str) -> bool:
    """Tell whether an example is a record of several fields that the task does not make."""
    lines = [line for line in text.split("\n") if line.strip()]
    return len(lines) > 1 and all(map(is_field, lines)) and not _MAKES.search(instruction)


def _is_headed(text: str, name: str, instruction: str) -> bool:
    """Tell whether a text's first name only heads the fields that are given."""
    given = _MATERIAL.fullmatch(name) is not None and not asked_for(name, instruction)
    return given and _HEADED.match(text) is not None


def _answers(names: list[str], instruction: str) -> bool:
    """Tell whether one of some fields is a result by its name, or is asked for."""
    return any(_RESULT.fullmatch(name) or asked_for(name, instruction) for name in names)


def _may_be_given(names: list[str], instruction: str, *, answered: bool) -> bool:
    """Tell whether the first of some fields can be material.

    It can if the instruction speaks of it and does not ask for it, or asks for a further one of
    its kind ("Sentence", "Random sentence"), or if it is a text by its name; ahead of an empty
    output also if the task only does not ask for it, and makes no text.
    """
    head = _head(names[0])
    if names[0].partition(" ")[0] in {"original", "given", "initial", "source", "old"}:
        return True
    if asked_for(names[0], instruction):
        kind = _INFLECTED.sub("", head)
        return any(_INFLECTED.sub("", other).endswith(f" {kind}") for other in names[1:])
    if _TURNS.search(instruction) or (answered and not _MAKES.search(instruction)):
        return True
    spoken_of = re.search(rf"\b{re.escape(head[:5])}", instruction, re.IGNORECASE) is not None
    return _MATERIAL.fullmatch(head) is not None or (bool(head) and spoken_of)


def _plain(name: str) -> str:
    return re.sub(r"(?:\s[A-H]\s*\Z|[\s\d*_])+", " ", name).strip().casefold()


def _head(name: str) -> str:
    """Return the word that a name is about: the last one, or the last one ahead of "of", "in"."""
    return (_BOUND.split(name, maxsplit=1)[0].split() or [""])[-1]
