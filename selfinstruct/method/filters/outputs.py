"""Rules against hollow instances: refusals, gaps, cut, looping or missing texts, merged tasks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from selfinstruct.method.readers.vocabulary import declines
from selfinstruct.method.text import unbalanced, word_form
from selfinstruct.method.types import Rejected

from .basic import without_options
from .patterns import patterns

if TYPE_CHECKING:
    from selfinstruct.method.interfaces import Filter
    from selfinstruct.method.types import Task


class Hinted:
    """A pattern that ignores case, with a fast look ahead of it.

    `hints`: each match holds one of these, in lower case, with bars between. Texts beyond ASCII,
    where letters have more forms than two, are always searched.
    """

    def __init__(self, name: str, hints: str) -> None:
        (self.pattern,) = patterns(name)
        self._hints = hints.split("|")

    def may_be_in(self, text: str) -> bool:
        """Tell whether the text needs to be searched."""
        lowered = text.lower()
        return not text.isascii() or any(hint in lowered for hint in self._hints)

    def search(self, text: str) -> re.Match[str] | None:
        """Return the first match in a text."""
        return self.pattern.search(text) if self.may_be_in(text) else None


_AS_AN_AI = Hinted("AS_AN_AI", "as a|i'm|i am|my training|my knowledge")
_ASSISTANT_TAIL = Hinted("ASSISTANT_TAIL", "i hope|let me know|is there anything|feel free")
_PLACEHOLDER = Hinted("PLACEHOLDER", "[|<|{|lorem|xxx")
_TASK_INSIDE = Hinted("TASK_INSIDE", "instruction|#")
_URL = Hinted("URL", "://|www.")
_ABOUT_AI, _SORRY, _BOILERPLATE = patterns("ABOUT_AI SORRY BOILERPLATE")
_CORRESPONDENCE, _WANTS_PLACEHOLDER = patterns("CORRESPONDENCE WANTS_PLACEHOLDER")
_CODE, _ON_URLS, _REPEATS = patterns("CODE ON_URLS REPEATS")
_OPEN_END, _SIGNED = patterns("OPEN_END SIGNED")
_POINTS, _HAS_TEXT = patterns("POINTS_AT_TEXT HAS_TEXT")
_FIRST_WORD = re.compile(r"[^\W_]+")
_PROSE_WORDS = 20
_FEW = 4
_SHORT = 20
_HEAD = 300
_TAIL = 200
_LONGEST_LOOP = 12
_END = 16  # longer than what _OPEN_END looks at


@without_options
def refusal(task: Task) -> Rejected | None:
    """Turn down refusals, "as an AI ..." and an assistant's own talk around an output."""
    instruction, instance = task.instruction, task.instances[0]
    output = instance.output
    head = output[:_HEAD]
    as_an_ai = _AS_AN_AI.search(head)
    declined = declines(head)
    talk = _BOILERPLATE.match(head) or _ASSISTANT_TAIL.search(output[-_TAIL:])
    if not (as_an_ai or declined or talk) or _ABOUT_AI.search(instruction):
        return None
    if as_an_ai is not None:
        return Rejected("refusal", as_an_ai.group(), "an answer")
    if _CORRESPONDENCE.search(instruction):
        return None
    if declined and not _SORRY.search(f"{instruction} {instance.input}"):
        return Rejected("refusal", head[:60], "an answer")
    if talk is not None:
        return Rejected("assistant's talk", talk.group()[:60], "the answer alone")
    return None


@without_options
def placeholder(task: Task) -> Rejected | None:
    """Turn down gaps left to be filled, such as "[insert name]" or "<image>"."""
    instruction, instance = task.instruction, task.instances[0]
    for text in instance:
        if found := _PLACEHOLDER.search(text):
            if _WANTS_PLACEHOLDER.search(instruction) or _CODE.search(instance.output):
                return None
            return Rejected("placeholder", found.group()[:60], "a text without gaps")
    return None


@without_options
def truncated_output(task: Task) -> Rejected | None:
    """Turn down outputs that stop in the middle: an open end, or a sentence without its mark.

    The latter counts in prose of 20 words or more whose other sentences have theirs; verse, lists
    and code may end as they like.
    """
    output = task.instances[0].output.rstrip()
    last = output[output.rfind("\n") + 1 :]
    open_fence = output.count("```") % 2 == 1
    if not open_fence:
        open_end = _stops_openly(output, last) or _is_open_prose(output, last)
        if not open_end or _CODE.search(output):
            return None
    return Rejected("truncated output", " ".join(last.split()[-5:]), "a whole text")


def _stops_openly(output: str, last: str) -> bool:
    if not _OPEN_END.search(last[-_END:]) and not (len(last) > _SHORT and unbalanced(last)):
        return False
    return len(output.split()) > _FEW


def _is_open_prose(output: str, last: str) -> bool:
    if not last[-1:].isalpha() or len(last.split()) < _PROSE_WORDS:
        return False
    if len(re.findall(r"[.!?](?=\s)", output)) <= 1 or _SIGNED.search(last):
        return False
    return not re.match(r"\s*(?:[-*\u2022\d|]|[^:]{1,40}:)", last)


def repeats_instruction(least: int = 4) -> Filter:
    """Turn down outputs that are, or begin by, the instruction itself, of `least` words or more."""

    def check(task: Task) -> Rejected | None:
        instruction, instance = task.instruction, task.instances[0]
        output = instance.output
        if instruction.isascii() and output.isascii():
            first, other = _FIRST_WORD.search(instruction), _FIRST_WORD.search(output)
            if first and other and first.group().lower() != other.group().lower():
                return None
        asked, given = word_form(instruction), word_form(output)
        if len(asked.split()) < least or not (given == asked or given.startswith(f"{asked} ")):
            return None
        if _REPEATS.search(instruction):
            return None
        return Rejected("output repeats instruction", instruction[:60], "an answer")

    return check


@without_options
def merged_tasks(task: Task) -> Rejected | None:
    """Turn down instructions that hold another task ("... 18. Instruction: ...")."""
    return _task_inside(task.instruction)


@without_options
def merged_instances(task: Task) -> Rejected | None:
    """Turn down instances whose input or output holds another task."""
    return _task_inside(task.instances[0].input) or _task_inside(task.instances[0].output)


def _task_inside(text: str) -> Rejected | None:
    found = _TASK_INSIDE.search(text)
    return Rejected("several tasks", found.group()[:60], "one task") if found else None


def url_input(most: int = 5) -> Filter:
    """Turn down inputs that are an address and at most `most` words: no model can read it there.

    Tasks about addresses themselves pass.
    """

    def check(task: Task) -> Rejected | None:
        instruction, instance = task.instruction, task.instances[0]
        for text in (instance.input, instruction):
            found = _URL.search(text)
            if found and (text is instruction or len(_URL.pattern.sub("", text).split()) <= most):
                if _ON_URLS.search(instruction):
                    return None
                return Rejected("address as input", found.group()[:80], "a text")
        return None

    return check


@without_options
def missing_input(task: Task) -> Rejected | None:
    """Turn down a task on "this sentence" without any sentence: no input, and none quoted."""
    if task.instances[0].input or _HAS_TEXT.search(task.instruction):
        return None
    found = _POINTS.search(task.instruction)
    return Rejected("missing input", found.group()[:60], "the text it speaks of") if found else None


def repetition(most: int = 3) -> Filter:
    """Turn down outputs in which up to 12 words come more than `most` times in a row."""

    def check(task: Task) -> Rejected | None:
        words = task.instances[0].output.lower().split()
        for length in range(1, min(_LONGEST_LOOP, len(words) // (most + 1)) + 1):
            run = 0
            for before, word in zip(words, words[length:], strict=False):
                run = run + 1 if word.strip(",.;") == before.strip(",.;") else 0
                if run >= length * most:
                    loop = " ".join(words[:length])
                    return Rejected("repetition", loop[:60], most)
        return None

    return check
