"""What stands behind an output and is no part of it: rules, remarks, small talk, another task."""

from __future__ import annotations

import re

from .vocabulary import is_tail

_REMARK = re.compile(
    r"\n[ \t]*\n[ \t]*[*_]*(?:Output format[*_]*[ \t]*:"
    r"|(?:The )?output (?:should|must|has to|needs? to|will) (?:(?:only|always|also) )?"
    r"(?:not\b|be (?:an?|in|the|of|at|only|as|one)\b|be [^\n]* (?:if|otherwise)\b|contain|include"
    r"|have\b)|Output (?:the|in|as)\b[^\n]*(?<!:)(?:\Z|\n[ \t]*(?:\n|\Z))).*\Z",
    re.DOTALL | re.IGNORECASE | re.MULTILINE,
)
"""What is said of the wanted form, and all that follows it."""
_NO_LABEL = re.compile(
    r"\n[ \t]*(?:class )?labels?[ \t]*:[ \t]*(?:none|n/a|null)?[ \t]*\Z", re.IGNORECASE
)
_RULE = re.compile(r"[ \t]*(?:-{3,}|\*{3,}|_{3,}|#{1,6})")
_FENCED = re.compile(
    r"```(?:text|txt|plaintext|markdown|md)?[ \t]*\n((?:(?!```).)*?)\n?[ \t]*```", re.DOTALL
)
_PROGRAM = re.compile(
    r"[{};=<>|]|\w\(|^[ \t]*(?:[#$] "
    r"|(?:def|class|import|from|for|if|while|return|print|echo|select)\b)",
    re.MULTILINE | re.IGNORECASE,
)
_END = re.compile(r"\n[ \t]*\n[ \t]*(?:end|done|stop)[.!]?\s*\Z", re.IGNORECASE)
_MARK_ALONE = re.compile(r"1\)")
_ORDERS = re.compile(
    r"(?:The task is to "
    r"|Write an? (?:[\w-]+ ){0,3}?(?:function|program|script|algorithm|query|class|method)\b"
    r"[^\n]* (?:that|to|which) "
    r"|Given (?:an?|two|three|the) [^\n]{3,80}?, (?:write|create|find|return|determine|calculate"
    r"|compute|print|output|generate|identify|convert|sort|count) )"
)
_OF_TASKS = re.compile(
    r"\A\W*(?:list|how|explain|describe|teach|outline)\b"
    r"|\b(?:tasks?|exercises?|problems|questions|prompts?|instructions|assignments?|specifications?"
    r"|requirements|homework|quiz|project|tests?|lessons?|tutorial|guide|course|curriculum|steps"
    r"|challenges|plan|ideas)\b",
    re.IGNORECASE,
)
"""Tasks whose output may order something itself."""


def own_output(output: str) -> str:
    """Return an output without rules, an empty label and small talk behind it."""
    output = _NO_LABEL.sub("", output.strip())
    if output.endswith("end.") and "begin" not in output.lower():
        output = without_end(output)
    output = _unfenced(without_rules(without_tail(without_rules(output))))
    return "" if _MARK_ALONE.fullmatch(output) else output


def without_remark(output: str, instruction: str) -> str:
    """Return an output without a remark on its form, unless such is what the task makes."""
    remark = None if makes_tasks(instruction) else _REMARK.search(output)
    return output if remark is None else own_output(without_end(output[: remark.start()] + "\n"))


def without_tail(text: str) -> str:
    """Return a text without the paragraphs of small talk behind it."""
    while text:
        rest, blank, last = text.rpartition("\n\n")
        if not blank or not is_tail(last):
            break
        text = rest.rstrip()
    return text


def own_input(given: str) -> str:
    """Return an input without a rule behind it, or a fence round plain words."""
    return _unfenced(without_rules("\n" + given.strip()))


def _unfenced(text: str) -> str:
    """Return what a fence holds where that is all, and no program."""
    fenced = _FENCED.fullmatch(text)
    return text if fenced is None or _PROGRAM.search(fenced[1]) else fenced[1].strip()


def without_rules(text: str) -> str:
    """Return a text without the rules below it; one that has a single line stays."""
    text = text.rstrip()
    while True:
        rest, line_end, last = text.rpartition("\n")
        if not line_end or _RULE.fullmatch(last) is None:
            return text.strip()
        text = rest.rstrip()


def without_end(text: str) -> str:
    """Return a text without a last word such as "end." behind a blank line."""
    return _END.sub("", text)


def makes_tasks(instruction: str) -> bool:
    """Tell whether a task's output may order something itself: a list, exercises, a plan."""
    return _OF_TASKS.search(instruction) is not None


def orders_a_program(line: str) -> bool:
    """Tell whether a paragraph's first line orders a program or is given something: another task."""
    return _ORDERS.match(line) is not None
