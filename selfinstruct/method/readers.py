"""Readers: the text of a reply in, its items out. Tolerant of numbering, never of content."""

from __future__ import annotations

import re

from .filters import says_nothing
from .types import Candidate, Instance, Rejected


def _line(pattern: str) -> re.Pattern[str]:
    """Return a pattern that begins a line, after blanks and markdown bold."""
    return re.compile(r"^[ \t]*\**" + pattern, re.MULTILINE | re.IGNORECASE)


_ITEM = _line(r"[#>-]*[ \t]*\**(?:Task[ \t]*#?)?\d{1,3}[ \t]*[.:)]\**[ \t]*")
_BLANK_LINE = re.compile(r"\n[ \t]*\n")
_DECISION = re.compile(r"[\s*_\"'`(]*(?:classification\s*:\s*)?(yes|no)\b", re.IGNORECASE)
_NEXT_TASK = _line(r"(?:#+[ \t]*)?\**(?:Task|Instruction)\b[^\n:]{0,8}:")
_EXAMPLE = _line(r"Example[ \t]+\d+[ \t]*[.:]?\**[ \t]*$")
_OUTPUT = _line(r"Output[ \t]*(?:\d+)?[ \t]*:\**")
_INPUT = _line(r"Input[ \t]*(?:\d+)?[ \t]*:\**")
_LABEL = _line(r"(?:Class[ \t]+)?label[ \t]*(?:\d+)?[ \t]*:\**")
_BLOCK = _line(r"#{1,6}[ \t]*\**(?:Task[ \t]*)?\d{1,3}[.:]?\**[ \t]*$")
_INSTRUCTION = _line(r"(?:\d{1,3}\.[ \t]*)?Instruction[ \t]*:\**")


def read_list(text: str, *, cut: bool) -> list[str]:
    """Return the instructions of a numbered list, blanks collapsed.

    What stands before the first number is the item the prompt left open, unless it ends in a
    colon (a preamble). An item ends at a blank line. The last item of a reply that was cut by
    length is incomplete and goes.
    """
    pieces = _ITEM.split(text)
    if cut:
        pieces = pieces[:-1]
    items = [" ".join(_BLANK_LINE.split(piece.strip(), maxsplit=1)[0].split()) for piece in pieces]
    if items and items[0].endswith(":"):
        items = items[1:]
    return [item for item in items if item]


def read_decision(text: str) -> bool | None:
    """Return whether a reply says yes or no; None where it does not decide."""
    found = _DECISION.match(text)
    return found.group(1).lower() == "yes" if found else None


def read_input_first(text: str, *, cut: bool) -> list[Instance]:
    """Return the instances of an input-first reply: examples of an input, then "Output:".

    Without "Output:" all of an example is output and the input is empty. The last instance of a
    reply that was cut by length goes.
    """
    body = _NEXT_TASK.split(text, maxsplit=1)[0]
    pieces = [piece for piece in _EXAMPLE.split(body) if piece.strip()]
    instances = []
    for piece in pieces:
        marked = _OUTPUT.split(piece, maxsplit=1)
        if len(marked) == 1:
            instances.append(Instance("", piece.strip()))
            continue
        given = _INPUT.sub("", marked[0], count=1).strip()
        output = _INPUT.split(_OUTPUT.split(marked[1], maxsplit=1)[0], maxsplit=1)[0].strip()
        instances.append(Instance("" if says_nothing(given) else given, output))
    return instances[:-1] if cut else instances


def read_output_first(text: str, *, cut: bool) -> list[Instance]:
    """Return the instances of an output-first reply: "Class label:", its line, then the input.

    The last instance of a reply that was cut by length goes.
    """
    body = _NEXT_TASK.split(text, maxsplit=1)[0]
    pieces = [piece.strip() for piece in _LABEL.split(body)[1:]]
    instances = []
    for piece in pieces:
        label, _, rest = piece.partition("\n")
        given = _INPUT.sub("", rest, count=1).strip()
        instances.append(Instance("" if says_nothing(given) else given, label.strip()))
    return instances[:-1] if cut else instances


def read_blocks(text: str, *, cut: bool) -> list[Candidate]:
    """Return complete tasks from blocks of Instruction, Input and Output.

    A block begins at its heading or at "Instruction:", so a skipped or repeated number changes
    nothing. The first block may lack both: the prompt has opened it.
    """
    pieces = _BLOCK.split(text)
    blocks = [part for piece in pieces for part in _split_block(piece)]
    if cut:
        blocks = blocks[:-1]
    return [candidate for block in blocks if (candidate := _block(block)) is not None]


def _split_block(piece: str) -> list[str]:
    return [part for part in _INSTRUCTION.split(piece) if part.strip()]


def _block(block: str) -> Candidate | None:
    head, *tail = _OUTPUT.split(block, maxsplit=1)
    words, *given = _INPUT.split(head, maxsplit=1)
    instruction = " ".join(words.split())
    if not instruction:
        return None
    if not tail:
        return Candidate(instruction, defect=Rejected("no output", "missing", "an output"))
    value = given[0].strip() if given else ""
    instance = Instance("" if says_nothing(value) else value, tail[0].strip())
    return Candidate(instruction, (instance,))
