"""The readers of instances: input first ("Input:", "Output:") and output first ("Class label:").

Own field names of the material ("Text: ...") belong to the input. A reply without any label is an
output as a whole.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from selfinstruct.method.text import before_loop, unbalanced
from selfinstruct.method.types import Instance

from .class_labels import label_pieces, row_of
from .fields import (
    answered_pairs,
    asks,
    is_data,
    is_field,
    is_given,
    is_record,
    names_of,
    only_given,
    parted,
)
from .normalise import prepare
from .repairs import repaired
from .scan import Line, line_of, scan
from .spans import ListedTasks, Span, fold, table
from .structured import find_list, find_rows, has_name, text_of
from .trailing import (
    makes_tasks,
    orders_a_program,
    own_input,
    own_output,
    without_end,
    without_remark,
)
from .truncation import looks_cut
from .vocabulary import is_opener, patterns, says_nothing

if TYPE_CHECKING:
    from collections.abc import Sequence

EXAMPLES = table("""
state   blank text      input      output     output+   task example     >input      >output
start   drop  text>lead open>given open>empty open>full drop new>example new>example new>example
lead    text  text      open>given open>empty open>full end  text        new>example text
example text  text      open>given open>empty open>full end  new>example new>example new>example
given   text  text      open       open>begun open>full end  text        new>example text
begun   text  text>full new>given  drop       open>full end  text        new>example text
empty   text  text>full open>begun drop       open>full end  new>example new>example new>example
full    text  text      new>given  open       open      end  text        new>example new>example
""")
"""Spans of examples. An example is ">input" or ">output" by the label that follows it; an "output+"
has a text on its own line. An output of "begun" or "empty" lacks one, behind an input or not."""
LABELS = table("""
state    blank text       label      input        output      task
start    drop  text>ahead open>label value>ahead  drop>other  drop
ahead    text  text       open>label value        drop>other  end
label    text  text       open       value        drop>other  end
other    drop  drop       open>label value>label  drop        end
""")
"""Class labels, each with what stands behind it; inputs lose their label, and outputs go."""
_ROLES = {"blank", "task", "instruction", "input", "output", "label", "example"}
_OUTPUT_NAMES = ("output", "expected_output", "answer", "response", "result")
_LABEL_NAMES = ("class_label", "label", "class", "classification")
_ANSWER = re.compile(
    r"\W*(?:(?:final[ \t]+)?answer|response|solution)[*_ \t]*[:\uff1a][*_]*", re.IGNORECASE
)
_CODE, _ASKS_FOR_CODE, _OF_CODE, _GIVEN_CODE, _REFERS, _COMMAND = patterns(
    "PROGRAM_LINE ASKS_FOR_CODE ANY_OF_CODE GIVEN_CODE REFERS COMMAND"
)
_HOLDS = re.compile(r"[:\uff1a]\s*\S+(?:\s+\S+){2}|[\[{][^\]}]*[\]}]")
_QUOTED = re.compile(r"[\"\u201c`]([^\"\u201c\u201d`]*)(?:[\"\u201d`]|\Z)")
_OF_ME = re.compile(r"\b(?:I|me|my)\b")
"""What makes a question the user's own."""
_POINT = re.compile(r"\(?\w{1,2}[.)]")
_OF_EXAMPLE = re.compile(r"\W*(?:example|expected|sample)\s", re.IGNORECASE)
_CLASS_LABEL = re.compile(r"class\w*[ \t_]*label", re.IGNORECASE)


def read_input_first(
    text: str, *, cut: bool | None = None, instruction: str = ""
) -> list[Instance]:
    """Return the instances of an input-first reply: examples of an input, then "Output:".

    Without "Output:" all of an example is output and its input is empty. An "Input:" without an
    output is no instance.

    Args:
        text: the reply.
        cut: whether it was cut by length, and its last instance goes; None: the text tells.
        instruction: the task; helps where only it can tell material from a result.
    """
    return _read(text, instruction, cut=cut, output_first=False)


def read_output_first(
    text: str, *, cut: bool | None = None, instruction: str = ""
) -> list[Instance]:
    """Return the instances of an output-first reply: "Class label:", its line, then the input.

    Inputs ahead of their labels are read too. The arguments are those of `read_input_first`.
    """
    return _read(text, instruction, cut=cut, output_first=True)


def _read(text: str, instruction: str, *, cut: bool | None, output_first: bool) -> list[Instance]:
    body = prepare(text)
    rows = find_rows(body) if "table" not in instruction.lower() else []
    found = _structured(
        find_list(body) or [], rows[:-1] if cut else rows, output_first=output_first
    )
    if not found:
        body = repaired("instances", body)[0]
        lines = _roles(scan(body), output_first=output_first)
        found = _labelled(body, lines, instruction, cut=cut, output_first=output_first)
    whole = [
        one._replace(output=without_remark(before_loop(one.output), instruction))
        for one in found
        if one is not None
    ]
    return [one for one in whole if one.output]


def _structured(
    elements: Sequence[object], rows: Sequence[dict[str, object]], *, output_first: bool
) -> list[Instance | None]:
    """Return what JSON or a table holds; nothing of other replies."""
    outputs = _OUTPUT_NAMES + _LABEL_NAMES
    given = ("input",) if output_first else ("input", "text")  # own names belong to the input
    found = elements if any(has_name(item, outputs) for item in elements) else ()
    if rows and not found and has_name(rows[0], outputs) and has_name(rows[0], given):
        found = rows
    if not found and output_first:
        pairs = [row_of(row, _LABEL_NAMES) for row in rows]
        return [_instance(pair[1], pair[0]) for pair in pairs if pair is not None]
    texts = ((text_of(one, ("input", "text")) or "", text_of(one, outputs) or "") for one in found)
    return [_instance(*pair) for pair in texts]


def _roles(lines: list[Line], *, output_first: bool) -> list[Line]:
    """Return the lines with the roles that count here; others stand in for a label not there."""
    roles = {line.role for line in lines}
    named = any(line.role == "label" and _CLASS_LABEL.match(line.word) for line in lines)
    other = {}
    if output_first and not roles & {"label", "output"}:
        other = {"category": "label"}
    elif "input" in roles and "output" not in roles:
        other = {"answer": "output"}

    def role_of(line: Line) -> str:
        role = other.get(line.role, line.role)
        field = role == "label" and named and not _CLASS_LABEL.match(line.word)
        task = role in {"task", "instruction"}
        title = task and line.sign != "colon" and line is not lines[-1]
        return "text" if role not in _ROLES or field or title else "task" if task else role

    told = ((line, role_of(line)) for line in lines)
    return [line if line.role == role else line._replace(role=role) for line, role in told]


class _Context:
    """What the role of a line depends on besides the line: what follows it, and the task."""

    def __init__(self, lines: list[Line], instruction: str, *, by_label: bool) -> None:
        self._lines, self._by_label = lines, by_label
        self._lists_tasks = makes_tasks(instruction)
        self._listed = ListedTasks()
        self._after = [""] * len(lines)
        for place in range(len(lines) - 2, -1, -1):
            role = lines[place + 1].role
            label = role in {"input", "output", "label", "example"}
            self._after[place] = role if label else self._after[place + 1]

    def role(self, state: str, place: int) -> str:  # noqa: PLR0911 - one for each role
        """Return the role that a line has in a state, as the tables name it."""
        line = self._lines[place]
        raw, before = line.raw, self._lines[place - 1] if place else None
        if line.role == "text":
            end = raw.rstrip(" *_")[-1:]
            if state == "start" and end and end in ":.!" and is_opener(raw):
                return "blank"
            new = state == "full" and before is not None and not before.raw.strip()
            return "task" if new and not self._lists_tasks and orders_a_program(raw) else "text"
        if line.role == "task":
            return "text" if self._is_listed(state, line, before) else "task"
        if self._by_label:
            return "input" if line.role == "example" else line.role
        if line.role == "output":
            if not line.value.strip():
                return "output"
            self._listed.note(line.value)
            return "output+"
        return (
            self._of_example(state, place)
            if line.role == "example"
            else ("text" if line.role == "label" else line.role)
        )

    def _of_example(self, state: str, place: int) -> str:
        line, after = self._lines[place], self._after[place]
        numbered = line.number is not None
        if after == "output":
            return ">input" if state == "lead" and numbered else ">output"
        behind = " ".join([line.value, *(row.raw for row in self._lines[place + 1 : place + 4])])
        begun = not after and place + 4 >= len(self._lines) and numbered
        open_end = begun and f" {behind.strip().lower()}" in " input: output:"
        return ">input" if open_end or after in {"input", "label"} else "example"

    def _is_listed(self, state: str, line: Line, before: Line | None) -> bool:
        """Tell "Task 3:" that begins another task from one of the tasks that an output lists."""
        if line.number is None or (before is not None and before.role == "label"):
            return before is not None and before.role == "label"
        within = state in {"begun", "empty", "full"}
        listed = within and (self._lists_tasks or self._listed.go_on(line.number, before))
        return listed or (line.number == 1 and state != "full")


def _labelled(
    body: str, lines: list[Line], instruction: str, *, cut: bool | None, output_first: bool
) -> list[Instance | None]:
    """Return the instances of a reply by its labels."""
    roles = [line.role for line in lines]
    record = not output_first and _has_record(lines)
    by_label = "label" in roles and (output_first or not ("output" in roles or record))
    context = _Context(lines, instruction, by_label=by_label)
    groups, count = fold(lines, LABELS if by_label else EXAMPLES, context.role)
    if count < len(lines):
        groups[-1][-1].parts = _closed("\n".join([*groups[-1][-1].parts, ""])).split("\n")
    spans = [span for group in groups for span in group]
    if by_label:
        found = [_instance(given, label) for label, given in label_pieces(spans, instruction)]
    else:
        found = _examples(groups, instruction)
    if count < len(lines) or not found or cut is False:
        return found
    at = max((k for k, role in enumerate(roles) if role not in {"text", "blank"}), default=0)
    behind = "\n".join([lines[at].value, *(line.raw for line in lines[at + 1 :])])
    if cut or looks_cut(behind.lstrip()) or looks_cut(body):
        last = found.pop()
        second = cut is None and roles[at] == "output" and own_output(behind)
        again = last is not None and before_loop(last.output) != last.output
        if again or (last is not None and second and second != last.output):
            found.append(last)  # only another round, or a second answer, was cut
    return found


def _has_record(lines: list[Line]) -> bool:
    """Tell whether an input is a record of fields: "Label:" behind it is one more of them."""
    given: list[str] | None = None
    for line in [*lines, line_of("Input:")]:
        if line.role in {"text", "blank"}:
            if given is not None:
                given.append(line.raw)
            continue
        if given is not None and len(names_of("\n".join(given))) > 1:
            return True
        given = [line.value] if line.role == "input" else None
    return False


def _closed(text: str) -> str:
    """Return the end of a reply that another task ended: without a fence left open, or "end."."""
    if text.count("```") % 2:
        text = re.sub(r"```[ \t]*\s*\Z", "", text)
    return without_end(text)


def _instance(given: str, output: str) -> Instance | None:
    """Return an instance of two trimmed texts; None without an output."""
    output, given = own_output(output), own_input(given)
    return Instance("" if says_nothing(given) else given, output) if output else None


def _examples(groups: list[list[Span]], instruction: str) -> list[Instance | None]:
    """Return what each example holds; None for one without an output."""
    spans = [span for group in groups for span in group]
    labels = [span for span in spans if span.role in {"input", "output"}]
    roles = [span.role for span in labels]
    if (
        len(roles) > 1
        and roles == ["output", "input"] * (len(roles) // 2)
        and all(bool(span.text.strip()) is (span in labels) for span in spans)
    ):  # each output stands ahead of its input, and nothing else ahead of both
        return [
            _instance(given.text, output.text)
            for output, given in zip(labels[::2], labels[1::2], strict=True)
        ]
    if len(spans) == 1:
        pairs = answered_pairs(spans[0].text, instruction)
        if pairs:
            return [_instance(*pair) for pair in pairs]
    groups = [group for group in groups if any(span.whole.strip() for span in group)]
    found = [_finish(group, instruction) for group in groups]
    if len(groups) > 1 and not any(span.role == "output" for span in groups[0]):
        others = found[1:] if groups[0][0].role == "start" else found
        asked = any(span.role == "input" for group in groups[1:] for span in group)
        found = others if any(others) or asked else found
    return found


def _finish(group: Sequence[Span], instruction: str) -> Instance | None:
    """Return the instance of one example; None where it has no output."""
    ahead = "\n".join(span.text for span in group if span.role in {"start", "example"}).strip()
    inputs = [span for span in group if span.role == "input"]
    outputs = [span for span in group if span.role == "output" and span.text.strip()]
    printed = not inputs and bool(outputs) and _prints(ahead, outputs[0].text, instruction)
    if printed or (not inputs and _ANSWER.match(ahead)):  # also ahead of a second answer
        answer = "\n".join(span.whole for span in group) if printed else ahead
        return _instance("", _ANSWER.sub("", answer.lstrip(), count=1))
    if not outputs:
        return _without_output(group, ahead, instruction)
    if len(outputs) > 1 and _is_plain_example(group, outputs[0]):
        until = next(i for i, span in enumerate(group) if span is outputs[1])
        first, *more = (span for span in group[:until] if span.text.strip())
        return _instance("\n".join([first.text, *(one.whole for one in more)]), outputs[1].text)
    empty = not any(span.text.strip() for span in inputs)
    given = ahead if not inputs or (ahead and empty) else _given(group, instruction)
    output = outputs[0].text
    if _CODE.search(output) and len(outputs) > 1 and not _CODE.search(outputs[1].text):
        output += "\n" + outputs[1].whole  # what the program prints
    return _instance(given, output)


def _prints(ahead: str, output: str, instruction: str) -> bool:
    """Tell whether an output only shows what a program prints, where a program was asked for."""
    wanted = _CODE.search(ahead) is not None and _ASKS_FOR_CODE.search(instruction) is not None
    return wanted and _CODE.search(output) is None


def _given(group: Sequence[Span], instruction: str) -> str:
    """Return the material from its Input label on, or from a field, data or given code ahead."""
    first, *more = (span for span in group if span.role == "input")
    ahead = group[0].text.strip()
    leads = group[0].role == "start" and (
        is_field(ahead)
        or is_data(ahead)
        or (_own_code(ahead, instruction) and _GIVEN_CODE.search(instruction) is not None)
    )
    head = [group[0].text, first.whole] if leads else [first.text]
    return "\n".join([*head, *(span.whole for span in more)])


def _is_plain_example(group: Sequence[Span], output: Span) -> bool:
    """Tell whether a first pair only shows what is wanted: the next output is the real one."""
    first = next((span for span in group if span.whole.strip()), None)
    plain = first is not None and first.role == "example" and first.number is None
    return plain or _OF_EXAMPLE.match(output.mark) is not None


def _without_output(group: Sequence[Span], ahead: str, instruction: str) -> Instance | None:
    """Return what there is where no output label has a text behind it."""
    inputs = [span for span in group if span.role == "input"]
    material = _given(group, instruction) if inputs else ahead
    place = next((at for at, span in enumerate(group) if span.role == "output"), None)
    answered = place is not None
    shown = any(span.role == "example" and span.text.strip() for span in group)
    given = bool(inputs) or shown
    parts = parted(material.strip(), instruction, given=given, answered=answered)
    if parts is not None:
        return _instance(*parts)
    if inputs:
        return None
    wanted_code = _CODE.search(ahead) and _ASKS_FOR_CODE.search(instruction)
    before = "\n".join(span.whole for span in group[:place])
    is_input = shown or before.endswith("\n") is False  # no blank line between them
    if answered and (_is_material(ahead, instruction) or (is_input and not wanted_code)):
        return None
    unanswered = only_given(ahead, instruction) or (
        group[0].role == "example" and is_record(ahead, instruction)
    )
    return None if unanswered else _instance("", _without_task(ahead, instruction))


def _without_task(ahead: str, instruction: str) -> str:
    """Return an answer without the rest of the task ahead of it.

    That is what closes a bracket the task left open, or a command where the task itself has none.
    """
    line, _, rest = ahead.partition("\n")
    rest = rest.strip()
    if not rest or not instruction:
        return ahead
    if unbalanced(instruction) and not (unbalanced(instruction + line) or _POINT.match(line)):
        return rest
    if asks(instruction):
        return ahead
    if line.rstrip().endswith("?") and (_ANSWER.match(rest) or _OF_ME.search(line)):
        return _ANSWER.sub("", rest, count=1)
    return rest if _COMMAND.match(line) and line.rstrip().endswith((".", ":")) else ahead


def _is_material(ahead: str, instruction: str) -> bool:
    """Tell whether a text ahead of an empty output is what the task was to work on."""
    quoted = (len(text.split()) > 2 for text in _QUOTED.findall(instruction))  # noqa: PLR2004 - no name
    holds = _HOLDS.search(instruction) is not None or any(quoted)
    return (
        (_REFERS.search(instruction) is not None and not holds)
        or _own_code(ahead, instruction)
        or is_given(ahead, instruction)
    )


def _own_code(ahead: str, instruction: str) -> bool:
    """Tell whether a program is what a task speaks of, and does not ask for."""
    spoken_of = not instruction or _OF_CODE.search(instruction) is not None
    asked = _ASKS_FOR_CODE.search(instruction) is not None
    return spoken_of and not asked and _CODE.search(ahead) is not None
