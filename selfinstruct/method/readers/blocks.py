"""The reader of complete tasks in blocks of Instruction, Input and Output."""

from __future__ import annotations

from typing import TYPE_CHECKING

from selfinstruct.method.text import before_loop, word_form
from selfinstruct.method.types import Candidate, Instance, Rejected

from .echoes import clean
from .normalise import prepare
from .repairs import INPUT_INSIDE, OUTPUT_INSIDE, repaired
from .scan import Line, scan
from .spans import ListedTasks, fold, table
from .structured import find_list, has_name, text_of
from .trailing import own_input, own_output
from .truncation import looks_cut
from .vocabulary import is_opener, says_nothing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .spans import Span

BLOCKS = table("""
state   blank  text         heading   titled      instruction  input       output
start   drop   text>worded  new>start new>titled  new>worded   open>early  open>output
early   text   text         new>start new>titled  open>input   text        open>output
titled  text   text         new>start new>titled  open>worded  open>input  open>output
worded  text   text         new>start new>titled  new>worded   open>input  open>output
input   text   text         new>start new>titled  new>worded   text        open>output
output  text   text         new>start new>titled  new>worded   text        text
""")
"""A "heading" is a task's name, a number or a rule alone; "titled" has the task's words, or its
title, behind it."""


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
    body = prepare(text)
    elements = find_list(body) or []
    if any(has_name(item, ("instruction",)) for item in elements):
        names = (("instruction",), ("input",), ("output", "response", "answer"))
        found = [_candidate(*(text_of(one, name) for name in names)) for one in elements]
    else:
        lines = scan(repaired("blocks", body)[0])
        groups, _ = fold(lines, BLOCKS, _Context(lines).role)
        blocks = [block for block in groups if any(span.text.strip() for span in block)]
        if blocks and (looks_cut(body) if cut is None else cut):
            blocks.pop()
        if len(blocks) > 1 and {span.role for span in blocks[0]} <= {"start", "task"}:
            blocks = blocks[1:] if is_opener(blocks[0][0].text.lstrip()) else blocks
        found = [_task(block) for block in blocks]
    seen = {word_form(shot) for shot in shots}
    return [one for one in found if one is not None and word_form(one.instruction) not in seen]


class _Context:
    """What the role of a line depends on besides the line: what follows it, and listed tasks."""

    def __init__(self, lines: list[Line]) -> None:
        self._lines, self._listed = lines, ListedTasks()
        self._roles = [_role(line) for line in lines]
        bare, after = True, ""
        for place in range(len(lines) - 1, -1, -1):
            role = self._roles[place]
            if role == "rule":  # with a text of its own below it, it is a part of that
                self._roles[place] = "heading" if bare or after in {"input", "output"} else "text"
            bare = role not in {"text", "blank"} or (bare and role == "blank")
            after = role if role not in {"text", "blank"} else after

    def role(self, state: str, place: int) -> str:
        """Return the role that a line has in a state, as the table names it."""
        line, role = self._lines[place], self._roles[place]
        if role == "output" and line.value:
            self._listed.note(line.value)
        if role != "titled" or state not in {"input", "output"}:
            return role
        if state == "input" or line.number is None:
            return "text" if state == "input" and line.number is None else role
        return "text" if self._listed.go_on(line.number, self._lines[place - 1]) else role


def _role(line: Line) -> str:
    """Return the role of a line by itself."""
    if line.role == "task" and line.sign in {"colon", "dot", "alone"}:
        return "titled" if line.value.strip() else "heading"
    number = line.role == "number" and not line.value.strip()
    if line.role == "rule" or (number and not line.raw.strip().isdecimal()):
        return "rule"
    if line.role == "answer" and line.sign == "colon":
        return "output"
    return line.role if line.role in {"instruction", "input", "output", "blank"} else "text"


def _task(block: Sequence[Span]) -> Candidate | None:
    """Return what a block holds."""
    texts = {"output" if span.role == "answer" else span.role: span.text for span in block}
    first = "" if block[0].role in {"input", "output", "answer"} else block[0].text
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
