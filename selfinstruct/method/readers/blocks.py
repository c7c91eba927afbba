"""The reader of complete tasks in blocks of Instruction, Input and Output."""

from __future__ import annotations

from typing import TYPE_CHECKING

from selfinstruct.method.text import before_loop, word_form
from selfinstruct.method.types import Candidate, Instance, Rejected

from .echoes import clean
from .normalise import prepare
from .repairs import INPUT_INSIDE, OUTPUT_INSIDE, repaired
from .scan import Line, scan
from .spans import fold, listed_tasks, table
from .structured import find_list, has_name, text_of
from .trailing import own_input, own_output
from .truncation import looks_cut
from .vocabulary import is_opener, says_nothing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .spans import Span

BLOCKS = table("""
state   blank  text         heading   titled      named      instruction  input       output
start   drop   text>worded  new>start new>titled  new>titled new>worded   open>early  open>output
early   text   text         new>start new>titled  new>titled open>input   text        open>output
titled  text   text         new>start new>titled  new>titled open>worded  open>input  open>output
worded  text   text         new>start new>titled  new>titled new>worded   open>input  open>output
input   text   text         new>start new>titled  text       new>worded   text        open>output
output  text   text         new>start new>titled  new>titled new>worded   text        text
""")
"""A "heading" is a task's name, a number or a rule alone; "titled" has the task's words, or its
title, behind it, and "named" too, but no number."""


def read_blocks(
    text: str, *, cut: bool | None = None, shots: Sequence[str] = ()
) -> list[Candidate]:
    """Return complete tasks from blocks of Instruction, Input and Output.

    A block begins at its heading or at "Instruction:"; a skipped or repeated number changes
    nothing. The first block may lack both: the prompt has opened it.

    Args:
        text: the reply.
        cut: whether it was cut by length, and its last block goes; None: the text tells.
        shots: the instructions the prompt showed; their echoes go.

    Returns:
        Candidates; one without an output has that as its defect.
    """
    body = prepare(text)
    elements = find_list(body) or []
    if any(has_name(item, ("instruction",)) for item in elements):
        names = (("instruction",), ("input",), ("output", "response", "answer"))
        found = [_candidate(*(text_of(one, name) for name in names)) for one in elements]
    else:
        lines = scan(repaired("blocks", body)[0])
        groups, _ = fold(lines, BLOCKS, _roles(lines))
        blocks = [block for block in groups if any(span.text.strip() for span in block)]
        if blocks and (looks_cut(body) if cut is None else cut):
            blocks.pop()
        if len(blocks) > 1 and {span.role for span in blocks[0]} <= {"start", "heading", "titled"}:
            blocks = blocks[1:] if is_opener(blocks[0][0].text.lstrip()) else blocks
        found = [_task(block) for block in blocks]
    seen = {word_form(shot) for shot in shots}
    return [one for one in found if one is not None and word_form(one.instruction) not in seen]


def _roles(lines: list[Line]) -> list[str]:
    """Return the roles of lines; a rule with a text of its own below it is a part of that."""
    listed = listed_tasks(lines)
    roles = ["text" if place in listed else _role(line) for place, line in enumerate(lines)]
    bare, after = True, ""
    for place in range(len(lines) - 1, -1, -1):
        role = roles[place]
        if role == "rule":
            roles[place] = "heading" if bare or after in {"input", "output"} else "text"
        bare = role not in {"text", "blank"} or (bare and role == "blank")
        after = role if role not in {"text", "blank"} else after
    return roles


def _role(line: Line) -> str:
    """Return the role of a line by itself."""
    if line.role == "task" and line.sign in {"colon", "dot", "alone"}:
        named = "named" if line.number is None else "titled"
        return named if line.value.strip() else "heading"
    number = line.role == "number" and not line.value.strip()
    if line.role == "rule" or (number and not line.raw.strip().isdecimal()):
        return "rule"
    if line.role == "answer" and line.sign == "colon":
        return "output"
    return line.role if line.role in {"instruction", "input", "output", "blank"} else "text"


def _task(block: Sequence[Span]) -> Candidate | None:
    """Return what a block holds."""
    texts = {span.role: span.text for span in block}
    first = "" if block[0].role in {"input", "output"} else block[0].text
    words, given = texts.get("instruction", first), texts.get("input", "")
    output = texts.get("output")
    if output is None:  # all on one line
        ahead, *rest = OUTPUT_INSIDE.split(given or words, maxsplit=1)
        output = rest[0] if rest else None
        words, given = (words, ahead) if given else (ahead, "")
    if not given:
        words, _, given = INPUT_INSIDE.sub("\0", words, count=1).partition("\0")
    return _candidate(words, given, output)


def _candidate(words: str | None, given: str | None, output: str | None) -> Candidate | None:
    instruction = clean(words or "")
    if not instruction or output is None:
        defect = Rejected("no output", "missing", "an output")
        return Candidate(instruction, defect=defect) if instruction else None
    given = own_input(given or "")
    instance = Instance("" if says_nothing(given) else given, before_loop(own_output(output)))
    return Candidate(instruction, (instance,))
