"""What stands behind an output and is no part of it: rules, remarks, small talk; and fences."""

from __future__ import annotations

import re

from .vocabulary import is_tail, patterns

_REMARK, _LISTS_TASKS, _ORDERS, _NO_LABEL, _END, _FENCED, _PROGRAM = patterns(
    "REMARK LISTS_TASKS ORDERS NO_LABEL END FENCED ANY_CODE"
)
_RULE = re.compile(r"[ \t]*(?:-{3,}|\*{3,}|_{3,}|#{1,6})")


def own_output(output: str) -> str:
    """Return an output without rules, an empty label and small talk behind it."""
    output = _NO_LABEL.sub("", output.strip())
    if output.endswith("end.") and "begin" not in output.lower():
        output = without_end(output)
    output = own_input(without_tail(without_rules(output)))
    return "" if output == "1)" else output


def own_input(given: str) -> str:
    """Return an input without a rule behind it, or a fence round plain words."""
    given = without_rules("\n" + given.strip())
    fenced = _FENCED.fullmatch(given)
    return given if fenced is None or _PROGRAM.search(fenced[1]) else fenced[1].strip()


def without_remark(output: str, instruction: str) -> str:
    """Return an output without a remark on its form, unless such is what the task makes."""
    remark = None if makes_tasks(instruction) else _REMARK.search(output)
    return output if remark is None else own_output(without_end(output[: remark.start()] + "\n"))


def without_tail(text: str) -> str:
    """Return a text without the paragraphs of small talk behind it."""
    rest, blank, last = text.rpartition("\n\n")
    while blank and is_tail(last):
        text = rest.rstrip()
        rest, blank, last = text.rpartition("\n\n")
    return text


def without_rules(text: str) -> str:
    """Return a text without the rules below it; one that has a single line stays."""
    lines = text.rstrip().split("\n")
    while len(lines) > 1 and (_RULE.fullmatch(lines[-1]) or not lines[-1].strip()):
        lines.pop()
    return "\n".join(lines).strip()


def without_end(text: str) -> str:
    """Return a text without a last word such as "end." behind a blank line."""
    return _END.sub("", text)


def makes_tasks(instruction: str) -> bool:
    """Tell whether a task's output may order something itself: a list, exercises, a plan."""
    return _LISTS_TASKS.search(instruction) is not None


def orders_a_program(line: str) -> bool:
    """Tell whether a paragraph's first line orders a program or is given something."""
    return _ORDERS.match(line) is not None
