"""The reader of complete tasks in blocks of Instruction, Input and Output."""

from __future__ import annotations

from typing import TYPE_CHECKING

from selfinstruct.method.types import Candidate, Instance, Rejected

from .echoes import clean
from .normalise import before_loop, prepare, word_form
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
    body = prepare(text)
    elements = find_list(body)
    if elements is not None and any(has_name(item, ("instruction",)) for item in elements):
        found = [
            _candidate(*(text_of(one, names) for names in (("instruction",), ("input",), _FIELDS)))
            for one in elements
        ]
    else:
        lines = scan(repaired("blocks", body))
        groups, _ = fold(lines, BLOCKS, _Context(lines).role)
        blocks = [block for block in groups if any(span.text.strip() for span in block)]
        if blocks and (looks_cut(body) if cut is None else cut):
            blocks = blocks[:-1]
        if len(blocks) > 1 and {span.role for span in blocks[0]} <= {"start", "task"}:
            blocks = blocks[1:] if is_opener(blocks[0][0].text.lstrip()) else blocks
        found = [_task(block) for block in blocks]
    seen = {word_form(shot) for shot in shots}
    return [
        candidate
        for candidate in found
        if candidate is not None and word_form(candidate.instruction) not in seen
    ]


class _Context:
    """What the role of a line depends on besides the line: what follows it, and listed tasks."""

    def __init__(self, lines: list[Line]) -> None:
        self._lines = lines
        self._listed = ListedTasks()
        self._alone: list[bool] = [True] * len(lines)
        alone, after = True, ""
        for place in range(len(lines) - 1, -1, -1):
            role = self._plain(lines[place])
            self._alone[place] = alone or after in {"input", "output"}
            if role == "text":
                alone = alone and not lines[place].raw.strip()
            else:
                alone, after = True, role

    def _plain(self, line: Line) -> str:
        if line.role == "task" and line.sign in {"colon", "dot", "alone"}:
            return "titled" if line.value.strip() else "heading"
        if line.role == "rule" or (line.role == "number" and not line.value.strip()):
            return "rule"
        if line.role == "answer" and line.sign == "colon":
            return "output"
        return line.role if line.role in {"instruction", "input", "output"} else "text"

    def role(self, state: str, place: int) -> str:
        """Return the role that a line has in a state, as the table names it."""
        line = self._lines[place]
        role = self._plain(line)
        if role == "output":
            self._listed.note(line.value)
        if role == "rule":
            return "heading" if self._alone[place] else "text"
        if role == "text" and state == "start":
            return "text" if line.raw.strip() else "blank"
        if role == "titled" and state in {"input", "output"} and self._is_inside(state, place):
            return "text"
        return role

    def _is_inside(self, state: str, place: int) -> bool:
        """Tell whether "Task:" or "Task 2:" stands in an input or output that lists tasks."""
        number = self._lines[place].number
        if number is None or state == "input":
            return number is None and state == "input"
        return self._listed.go_on(number, self._lines[place - 1])


def _task(block: Sequence[Span]) -> Candidate | None:
    """Return what a block holds."""
    texts = {span.role: span.text for span in block}
    first = "" if block[0].role in {"input", "output", "answer"} else block[0].text
    words, given = texts.get("instruction", first), texts.get("input", "")
    output = texts.get("output", texts.get("answer"))
    if output is None:  # all on one line
        ahead, *rest = OUTPUT_INSIDE.split(given or words, maxsplit=1)
        output = rest[0] if rest else None
        words, given = (words, ahead) if given else (ahead, "")
    if not given:
        words, *rest = INPUT_INSIDE.split(words, maxsplit=1)
        given = rest[0] if rest else ""
    return _candidate(words, given, output)


def _candidate(words: str | None, given: str | None, output: str | None) -> Candidate | None:
    instruction = clean(words or "")
    if not instruction:
        return None
    if output is None:
        return Candidate(instruction, defect=Rejected("no output", "missing", "an output"))
    given = own_input(given or "")
    instance = Instance("" if says_nothing(given) else given, before_loop(own_output(output)))
    return Candidate(instruction, (instance,))
