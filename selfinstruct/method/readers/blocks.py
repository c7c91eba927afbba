"""The reader of complete tasks in blocks of Instruction, Input and Output."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from selfinstruct.method.types import Candidate, Instance, Rejected

from .cut import looks_cut
from .instances import says_nothing
from .labels import SIGN
from .structured import find_list, has_name, text_of
from .text import before_loop, cut_thoughts, is_opener, is_tail, word_form

if TYPE_CHECKING:
    from collections.abc import Sequence

_LEAD = r"^[ \t]*(?:#{1,6}[ \t]*)?[*_]{0,3}(?:(?:Task[ \t]*)?\d{1,3}[.):][ \t]*)?[*_]{0,3}"
_BLOCK = re.compile(
    r"^[ \t]*(?:#{1,6}[ \t]*[*_]{0,3}(?:Task[ \t]*)?(?:\d{1,3}[.:)]?)?[*_]{0,3}"
    r"|[*_]{0,3}Task[ \t]*\d{1,3}[.:)]?[*_]{0,3}|\d{1,3}[.:)]|-{3,}|\*{3,})[ \t]*$",
    re.MULTILINE | re.IGNORECASE,
)
_INSTRUCTION = re.compile(
    rf"{_LEAD}(?:Instruction|Task)[ \t]*\d{{0,3}}{SIGN}"
    rf"|(?<=\S)[ \t]+(?:#+[ \t]*)?\d{{1,3}}\.[ \t]*Instruction{SIGN}",
    re.MULTILINE | re.IGNORECASE,
)
_INPUT = re.compile(rf"{_LEAD}Input[ \t]*\d{{0,3}}{SIGN}", re.MULTILINE | re.IGNORECASE)
_OUTPUT = re.compile(
    rf"{_LEAD}(?:Output|Response|Answer)[ \t]*\d{{0,3}}{SIGN}", re.MULTILINE | re.IGNORECASE
)
_FIELDS = ("output", "response", "answer")


def read_blocks(
    text: str, *, cut: bool | None = None, shots: Sequence[str] = ()
) -> list[Candidate]:
    """Return complete tasks from blocks of Instruction, Input and Output.

    A block begins at its heading or at "Instruction:", also in the middle of a line where a model
    ran two tasks together ("... 18. Instruction: ..."). A skipped or repeated number changes
    nothing. The first block may lack both: the prompt has opened it.

    Args:
        text: the reply.
        cut: whether it was cut by length, and its last block goes; None: the text tells.
        shots: the instructions the prompt showed; their echoes go.

    Returns:
        Candidates; one without an output has that as its defect.
    """
    body = cut_thoughts(text.replace("\r\n", "\n").replace("\r", "\n"))
    elements = find_list(body)
    if elements is not None and any(has_name(item, ("instruction",)) for item in elements):
        found = [_element(item) for item in elements]
    else:
        blocks = [
            part
            for piece in _BLOCK.split(body)
            for part in _INSTRUCTION.split(piece)
            if part.strip()
        ]
        if blocks and (looks_cut(body) if cut is None else cut):
            blocks = blocks[:-1]
        found = [_block(block) for block in blocks]
        if len(found) > 1 and is_opener(blocks[0]) and not _OUTPUT.search(blocks[0]):
            found = found[1:]
    seen = {word_form(shot) for shot in shots}
    return [
        candidate
        for candidate in found
        if candidate is not None and word_form(candidate.instruction) not in seen
    ]


def _element(element: object) -> Candidate | None:
    instruction = text_of(element, ("instruction",)) or ""
    return _candidate(instruction, text_of(element, ("input",)) or "", text_of(element, _FIELDS))


def _block(block: str) -> Candidate | None:
    head, *tail = _OUTPUT.split(block, maxsplit=1)
    words, *given = _INPUT.split(head, maxsplit=1)
    output = tail[0].strip() if tail else None
    while output:
        rest, blank, last = output.rpartition("\n\n")
        if not blank or not is_tail(last):
            break
        output = rest.rstrip()
    return _candidate(words, given[0] if given else "", output)


def _candidate(words: str, given: str, output: str | None) -> Candidate | None:
    instruction = " ".join(words.split()).strip("*_ ")
    given = given.strip()
    if not instruction:
        return None
    if output is None:
        return Candidate(instruction, defect=Rejected("no output", "missing", "an output"))
    instance = Instance("" if says_nothing(given) else given, before_loop(output))
    return Candidate(instruction, (instance,))
