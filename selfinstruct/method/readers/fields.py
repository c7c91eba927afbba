"""Own fields of a reply ("Text: ...", "Word: ..."): which are given, and which answer.

Models that were asked for "Input:" and "Output:" often give names of their own instead. Only the
instruction can tell then what a field is: "Find the longest word in a text" is given a text and
asked for a word.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import takewhile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

LEAD = (
    r"^[ \t]*(?:>[ \t]*)?(?:#{1,6}[ \t]*)?(?:[-*+\u2022][ \t]+)?[*_`]{0,3}(?:\(?\d{1,2}[.)][ \t]*)?"
    r"[*_]{0,3}"
)
SIGN = r"[*_`]{0,3}[ \t]*[:\uff1a][*_`]{0,3}"
_FIELD = re.compile(
    rf"{LEAD}(?P<name>[^\W\d_][\w'\"\u201c\u201d\u00a0 -]{{0,40}})[*_]{{0,3}}"
    r"[ \t]*[:\uff1a][*_]{0,3}",
    re.MULTILINE,
)
_OWN_RESULT = re.compile(
    rf"{LEAD}(?:(?:new|correct|resulting|output)[ \t]+\w+"
    rf"|(?:revised|rewritten|modified|updated|corrected|translated|sorted|reversed|simplified)"
    rf"(?:[ \t]+\w+)?|(?:(?:expected|final|correct)[ \t]+)?(?:answer|result|response|solution)"
    rf"|the (?:program|function|code|script|result) (?:should|will|would) "
    rf"(?:be|output|print|return)"
    rf"){SIGN}",
    re.IGNORECASE | re.MULTILINE,
)
"""Names that stand for "Output" whatever the task is."""
_ASKS = re.compile(
    r"(?<!given )(?<!\ba )(?<!\bthe )(?<!\bof )(?<!['\u2019]s )\b(?:find|identif(?:y|ies)|determine"
    r"|describe|write|give|provide|calculate|compute|create|generate|make|produce|list|name|state"
    r"|tell|choose|select|extract|returns?|output|print|display|show|estimate"
    r"|predict|suggest|propose|construct|form|compose|develop|build|come up(?: with)?"
    r"|what(?:['\u2019]s| is| are)|which)(?=\s)",
    re.IGNORECASE,
)
"""Verbs whose object a task wants."""
_TURNS = re.compile(
    r"\b(?:convert|translate|change|turn|transform)\b[^.;?!]*?\b(?:in)?to\s+"
    r"((?:[\w-]+[ \t]*){1,4})",
    re.IGNORECASE,
)
"""What a task turns a text into."""
_LINKS = frozenset(
    {"in", "of", "from", "for", "to", "with", "on", "between", "that", "which", "using", "by"}
    | {"given", "this", "these"}
)
"""Words that end the object of such a verb."""
_COUNTS = re.compile(r"\bcount\b|\bhow many\b", re.IGNORECASE)
_COUNTED = frozenset(["number", "count", "total"])
_GROUPS = frozenset(["list", "set", "table", "series", "pair", "group", "name", "names"])
"""Words whose "of" does not: "a list of words" asks for words."""
_GROUP = re.compile(rf"\b(?:{'|'.join(sorted(_GROUPS))}) of\b")
_OBJECT_WORDS = 6
_GIVEN = (
    r"(?:the|this|that|these|given|following|provided|predefined|original|certain|specific"
    r"|specified|each|any|(?:in|from|of|for|with|takes?) an?"
    r"|(?:between|in|from|of) (?:all|its|some|several|multiple|two|three|four|five))"
)
_MATERIAL = frozenset(
    word
    for words in (
        "text passage paragraph article document sentence string data dataset context word input",
        "given story list array number function code email review paragraph dialogue conversation",
        "matrix table poem question q statement character letter keyword",
    )
    for word in words.split()
)
_ANSWERS = frozenset(["a", "answer", "response", "result", "solution", "reply"])
_GIVEN_NAMES = frozenset(["original", "given", "initial", "source", "old"])
_RESULTS = frozenset(
    word
    for words in (
        "explanation translation summary paraphrase analysis correction result response reply",
        "prediction definition conclusion classification",
    )
    for word in words.split()
)
_MAKES = re.compile(
    r"(?:\A\W*|[.!?:;,]\s+|\b(?:and|then|please|you|(?:is|need|have|want|asked|are) to)\s+"
    r"|\bto\s+(?=write|create|make|generate|compose))"
    r"(?:re(?:write|phrase|place|move|vise|order|arrange|verse|word|format|state|make)|translate"
    r"|correct|change|convert|edit|fix|punctuate|improve|shorten|expand|transform|turn|paraphrase"
    r"|make|modify|add|complete|simplify|summari[sz]e|write|create|generate|compose|produce"
    r"|come up|invent|draft|design)\b",
    re.IGNORECASE,
)
"""Tasks that make a text, or change one."""
_QUOTED = re.compile(r"\"[^\"\n]*\"|'[^'\n]*'|\u201c[^\u201d\n]*\u201d")
_BOUND = re.compile(r"\s(?:of|in|that|with|longer|shorter|greater|more|less)\s")
_BOTH = re.compile(
    r"\b(?:and|with|plus)\s+(?:\w+\s+){0,2}?(?:answers?|solutions?)\b", re.IGNORECASE
)
"""A task that makes something together with its answer."""
_HEADED = re.compile(
    rf"{LEAD}[^\W\d_]+{SIGN}[ \t]*\n(?={LEAD}[^\W\d_][\w' -]*{SIGN})", re.MULTILINE
)
"""A name without a value, and a field on the next line: the fields are what it holds."""
_INFLECTED = re.compile(r"(?:ies|y|s)\Z")
_ENDING = 3
_STEM = 5


def is_field(text: str) -> bool:
    """Tell whether a text begins with a name and a colon."""
    return _FIELD.match(text) is not None


def is_data(text: str) -> bool:
    """Tell whether a text is there, but no letter in it outside quotes."""
    return bool(text.strip()) and not any(map(str.isalpha, _QUOTED.sub("", text)))


def names_of(text: str) -> list[str]:
    """Return the names of a text's fields as they stand."""
    return [field["name"].strip() for field in _FIELD.finditer(text)]


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
    names = [_plain(field["name"]) for field in fields]
    if not fields or len(set(names)) < len(names) - names.count(names[0]) + 1:
        return None  # a record that recurs is a list
    before = text[: fields[0].start()]
    given = given or (answered and is_data(before))
    begins = given or not before.strip()
    own = None if _BOTH.search(instruction) else _OWN_RESULT.search(text)
    if own is not None and (begins or answered) and text[: own.start()].strip():
        return text[: own.start()], text[own.end() :]
    headed = _HEADED.match(text) is not None and _is_material(names[0], instruction)
    may = begins and (given or _may_be_given(names, instruction, answered=answered))
    for place, field in enumerate(fields if may and (answered or not headed) else ()):
        may_answer = not given or answered or field is fields[-1]  # others are of the record
        answers = may_answer and _answers(names[place : place + 1], instruction)
        material = text[: field.start()]
        if not material.strip() or not answers:
            continue
        end = field.start() if len(fields) > place + 1 else field.end()
        if not _FIELD.sub("", material).strip():
            return None
        return material, text[end:] if _FIELD.sub("", text[end:]).strip() else ""
    return None


def answered_pairs(text: str, instruction: str) -> list[tuple[str, str]]:
    """Return the pairs of a reply that is nothing but "Question: ..., Answer: ..." twice or more.

    Where the task makes a text, such as a list of questions, there are none.
    """
    fields = list(_FIELD.finditer(text))
    names = [_plain(field["name"]) for field in fields]
    rounds, odd = divmod(len(names), 2)
    if rounds < 2 or odd or names != names[:2] * rounds or _MAKES.search(instruction):  # noqa: PLR2004
        return []
    if not is_field(text) or names[1] not in _ANSWERS:
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
        word.startswith(stem) and len(word) <= len(stem) + _ENDING for word in _wanted(instruction)
    )


@lru_cache(maxsize=64)
def _wanted(instruction: str) -> frozenset[str]:
    """Return the words of what an instruction's verbs ask for."""
    wanted: set[str] = set()
    for verb in _ASKS.finditer(instruction):
        before = ""
        for word in (
            instruction[verb.end() :].casefold().split(maxsplit=_OBJECT_WORDS)[:_OBJECT_WORDS]
        ):
            plain = word.strip(".,;:?!\"'()\u201c\u201d")
            if plain in _LINKS and not (plain == "of" and before in _GROUPS):
                break
            if not plain.endswith(("'s", "\u2019s")):  # "a person's age" asks for the age
                wanted.add(plain)
            if word.endswith((".", ";", ":", "?", "!")):
                break
            before = plain
    for turned in _TURNS.finditer(instruction):
        words = turned.group(1).casefold()
        wanted.update(takewhile(lambda word: word not in _LINKS, _GROUP.sub("", words).split()))
    return frozenset(wanted | (_COUNTED if _COUNTS.search(instruction) else set()))


def is_given(text: str, instruction: str) -> bool:
    """Tell whether the fields ahead of an empty output are what the task works on.

    They are if the task speaks of one as given: "from a list", "of two words".
    """
    names = names_of(text) if is_field(text) else []
    if not names or asked_for(names[0], instruction):
        return False
    nouns = "|".join(re.findall(r"[^\W\d_]{3,}", " ".join(names))) or "-"
    named = rf"\b{_GIVEN}\s+(?:\w+\s+){{0,2}}?(?:{nouns})"
    return not instruction or re.search(named, instruction, re.IGNORECASE) is not None


def _answers(names: Sequence[str], instruction: str) -> bool:
    """Tell whether one of some fields is a result by its name, or is asked for."""
    return any(
        _plain(name) in _RESULTS | _ANSWERS or asked_for(name, instruction) for name in names
    )


def only_given(text: str, instruction: str) -> bool:
    """Tell whether a reply is nothing but the material of a task that finds something in it.

    Each of its fields has the name of something that the instruction is given and does not ask
    for. Where the task makes or changes a text, the field may as well be the answer.
    """
    names = [_plain(field["name"]) for field in _FIELD.finditer(text)]
    if not names or not is_field(text) or _MAKES.search(instruction):
        return False
    if _answers(names, instruction):
        return _HEADED.match(text) is not None and _is_material(names[0], instruction)
    given = "|".join(re.escape(name) for name in names if name in _MATERIAL) or "-"
    referred = rf"\b{_GIVEN}\s+(?:\w+\s+)?(?:{given})\b"
    return re.search(referred, instruction, re.IGNORECASE) is not None and all(
        name.partition(" ")[0].removesuffix("s") in _MATERIAL for name in names
    )


def _is_material(name: str, instruction: str) -> bool:
    return name in _MATERIAL and not asked_for(name, instruction)


def is_record(text: str, instruction: str) -> bool:
    """Tell whether an example is a record of several fields that the task does not make."""
    lines = [line for line in text.split("\n") if line.strip()]
    return len(lines) > 1 and all(map(is_field, lines)) and not _MAKES.search(instruction)


def _may_be_given(names: Sequence[str], instruction: str, *, answered: bool) -> bool:
    """Tell whether the first of some fields can be material.

    It can if the instruction speaks of it and does not ask for it, or asks for a further one of
    its kind ("Sentence", "Random sentence"), or if it is a text by its name; ahead of an empty
    output also if the task only does not ask for it, and makes no text.
    """
    name = names[0]
    head = _head(name)
    if name.partition(" ")[0] in _GIVEN_NAMES:
        return True
    if asked_for(name, instruction):
        kind = _INFLECTED.sub("", head)
        return any(_INFLECTED.sub("", other).endswith(f" {kind}") for other in names[1:])
    if _TURNS.search(instruction) or (answered and not _MAKES.search(instruction)):
        return True
    spoken_of = re.search(rf"\b{re.escape(head[:_STEM])}", instruction, re.IGNORECASE) is not None
    return head in _MATERIAL or (bool(head) and spoken_of)


def _plain(name: str) -> str:
    return re.sub(r"(?:\s[A-H]\s*\Z|[\s\d*_])+", " ", name).strip().casefold()


def _head(name: str) -> str:
    """Return the word that a name is about: the last one, or the last one ahead of "of", "in"."""
    words = _BOUND.split(name, maxsplit=1)[0].split()
    return words[-1] if words else ""
