"""The reader of complete tasks in blocks of Instruction, Input and Output."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from selfinstruct.method.types import Candidate, Instance, Rejected

from .continuing import clean
from .cut import looks_cut
from .endings import own_input, own_output
from .instances import says_nothing
from .labels import ALONE, INPUT_INSIDE, INPUTS, LEAD, OUTPUT_INSIDE, OUTPUTS, SIGN, TASKS, is_inner
from .structured import find_list, has_name, text_of
from .text import before_loop, is_opener, prepare, word_form

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_INSTRUCTIONS = (
    "instruction|anweisung|consigne|anleitung|instrucción|instrução|istruzione|instructie|instruktion"
    "|instrukcja|talimat|hướng dẫn|инструкция|інструкція|التعليمات|निर्देश|指令|指示|지시(?:문)?|명령"
)
_NUMBER = r"[ \t]*\d{0,3}[ \t]*"
_MARK = re.compile(
    rf"{LEAD}(?:"
    rf"(?P<heading>(?:{TASKS}){_NUMBER}[.:)\uff1a]?[*_]{{0,3}}[ \t]*$)"
    rf"|(?P<titled>(?:{TASKS}){_NUMBER}{SIGN})"
    rf"|(?P<instruction>(?:{_INSTRUCTIONS}){_NUMBER}(?:{SIGN}|{ALONE}))"
    rf"|(?P<input>(?:{INPUTS}){_NUMBER}(?:{SIGN}|{ALONE}))"
    rf"|(?P<output>(?:{OUTPUTS}){_NUMBER}(?:{SIGN}|{ALONE})|(?:response|answer){_NUMBER}{SIGN}))"
    rf"|^[ \t]*(?P<rule>\#{{1,6}}[ \t]*(?:\d{{1,3}}[.:)]?)?|\d{{1,3}}[.:)]|-{{3,}}|\*{{3,}})[ \t]*$"
    rf"|(?<=\S)[ \t]+(?:\#+[ \t]*)?\d{{1,3}}\.[ \t]*(?P<inside>Instruction){SIGN}",
    re.MULTILINE | re.IGNORECASE,
)
_FIELDS = ("output", "response", "answer")


@dataclass(slots=True)
class _Block:
    """One task's texts, by their labels; `titled` if its words stand behind "Task 5:" alone."""

    texts: dict[str, str] = field(default_factory=dict)
    titled: bool = False


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
        found = [_element(item) for item in elements]
    else:
        blocks = [block for block in _blocks(body) if any(map(str.strip, block.texts.values()))]
        if blocks and (looks_cut(body) if cut is None else cut):
            blocks = blocks[:-1]
        if len(blocks) > 1 and list(blocks[0].texts) == ["instruction"]:
            lead = blocks[0].texts["instruction"].lstrip()
            blocks = blocks[1:] if is_opener(lead) else blocks
        found = [_task(block.texts) for block in blocks]
    seen = {word_form(shot) for shot in shots}
    return [
        candidate
        for candidate in found
        if candidate is not None and word_form(candidate.instruction) not in seen
    ]


def _blocks(body: str) -> Iterator[_Block]:
    """Yield the blocks of a reply."""
    marks = [(str(found.lastgroup), found.start(), found.end()) for found in _MARK.finditer(body)]
    names = [name for name, _, _ in marks]
    ends = [*(start for _, start, _ in marks), len(body)][1:]
    block = _Block({"instruction": body[: marks[0][1]] if marks else body})
    last = "instruction"
    for place, ((name, start, begun), end) in enumerate(zip(marks, ends, strict=True)):
        after = names[place + 1] if place + 1 < len(names) else ""
        behind = body[begun:end]
        known = block.texts
        if (name == "rule" and behind.strip() and after not in {"input", "output"}) or (
            name == "titled" and _is_inside(known, body[start:begun])
        ):
            known[last] += body[start:end]  # a rule, a number or a task of the text itself
        elif name in {"heading", "rule"}:
            yield block
            block, last = _Block({"instruction": behind}), "instruction"
        elif name in {"titled", "instruction", "inside"}:
            is_title = block.titled and name == "instruction" and len(known) == 1
            if (known.get("instruction", "").strip() or "output" in known) and not is_title:
                yield block
                block = _Block()
            block.texts["instruction"], block.titled = behind, name == "titled"
            last = "instruction"
        elif name not in known and "output" not in known:
            known[name], last = behind, name
        else:
            known[last] += body[start:end]
    yield block


def _is_inside(known: dict[str, str], label: str) -> bool:
    """Tell whether "Task:" or "Task 2:" stands in an input or output that lists tasks."""
    if "output" in known:
        return is_inner(label, known["output"])
    return "input" in known and not any(map(str.isdigit, label))


def _task(texts: dict[str, str]) -> Candidate | None:
    """Return what a block holds; its labels may all stand on one line."""
    words, given, output = texts.get("instruction", ""), texts.get("input", ""), texts.get("output")
    if output is None:
        own = "input" if given else "instruction"
        ahead, *rest = OUTPUT_INSIDE.split(texts.get(own, ""), maxsplit=1)
        output = rest[0] if rest else None
        words, given = (words, ahead) if given else (ahead, "")
    if not given:
        words, *more = INPUT_INSIDE.split(words, maxsplit=1)
        given = more[0] if more else ""
    return _candidate(words, given, output)


def _element(element: object) -> Candidate | None:
    instruction = text_of(element, ("instruction",)) or ""
    return _candidate(instruction, text_of(element, ("input",)) or "", text_of(element, _FIELDS))


def _candidate(words: str, given: str, output: str | None) -> Candidate | None:
    instruction = clean(words)
    if not instruction:
        return None
    if output is None:
        return Candidate(instruction, defect=Rejected("no output", "missing", "an output"))
    given = own_input(given)
    instance = Instance("" if says_nothing(given) else given, before_loop(own_output(output)))
    return Candidate(instruction, (instance,))
