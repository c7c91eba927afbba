"""The readers of instances: input first ("Input:", "Output:") and output first ("Class label:").

Own field names of the material ("Text: ...") belong to the input. A reply without any label is an
output as a whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from selfinstruct.method.text import before_loop
from selfinstruct.method.types import Instance

from .fields import is_field, is_record, parted
from .normalise import prepare
from .repairs import repaired
from .scan import Line, scan
from .spans import Span, fold, listed_tasks, table
from .structured import find_list, find_rows, has_name, text_of
from .trailing import label_pieces, own_input, own_output
from .truncation import looks_cut
from .vocabulary import is_opener, patterns, says_nothing

if TYPE_CHECKING:
    from collections.abc import Sequence

EXAMPLES = table("""
state   blank text      input      output     output>full task example     example>in  example>out
start   drop  text>lead open>given open>empty open>full   drop new>example new>example   new>example
lead    text  text      open>given open>empty open>full   end  text        new>example   text
example text  text      open>given open>empty open>full   end  new>example new>example   new>example
given   text  text      open       open>begun open>full   end  text        new>example   text
begun   text  text>full new>given  drop       open>full   end  text        new>example   text
empty   text  text>full open>begun drop       open>full   end  new>example new>example   new>example
full    text  text      new>given  open       open        end  text        new>example   new>example
""")
"""Spans of examples. An example is told by the label that follows it, an output by whether a text
is on its own line. An output of "begun" or "empty" lacks one, behind an input or not."""
LABELS = table("""
state    blank text       label      input        output      task
start    drop  text>ahead open>label value>ahead  drop>other  drop
ahead    text  text       open>label value        drop>other  end
label    text  text       open       value        drop>other  end
other    drop  drop       open>label value>label  drop        end
""")
"""Class labels, each with what stands behind it; inputs lose their label, and outputs go."""
_LABEL_ROLES = {"input", "output", "label", "example"}
_OUTPUT_NAMES = (
    *("output", "expected_output", "answer", "response", "result"),
    *("class_label", "label", "class", "classification"),
)
_INPUT_NAMES = ("input", "text")
_ANSWER, _REFERS, _HOLDS, _OF_EXAMPLE, _CLASS_LABEL = patterns(
    "ANSWER REFERS HOLDS OF_EXAMPLE CLASS_LABEL"
)


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
    found = _structured(body)
    if not found:
        body = repaired("instances", body)[0]
        found = _labelled(body, instruction, cut=cut, output_first=output_first)
    whole = (one._replace(output=before_loop(one.output)) for one in found if one is not None)
    return [one for one in whole if one.output]


def _structured(body: str) -> list[Instance | None]:
    """Return what JSON or a table holds; nothing of other replies."""
    found: Sequence[object] = find_list(body) or find_rows(body)
    if not any(has_name(one, _OUTPUT_NAMES) for one in found):
        return []
    return [
        _instance(text_of(one, _INPUT_NAMES) or "", text_of(one, _OUTPUT_NAMES) or "")
        for one in found
    ]


def _instance(given: str, output: str) -> Instance | None:
    """Return an instance of two trimmed texts; None without an output."""
    output, given = own_output(output), own_input(given)
    return Instance("" if says_nothing(given) else given, output) if output else None


def _labelled(
    body: str, instruction: str, *, cut: bool | None, output_first: bool
) -> list[Instance | None]:
    """Return the instances of a reply by its labels."""
    lines = scan(body)
    roles = _roles(lines, output_first=output_first)
    by_label = "label" in roles and (output_first or "output" not in roles)
    rules = LABELS if by_label else EXAMPLES
    groups, count = fold(
        lines, rules, _in_labels(roles) if by_label else _in_examples(lines, roles)
    )
    if by_label:
        pieces = label_pieces([span for group in groups for span in group])
        found = [_instance(given, label) for label, given in pieces]
    else:
        found = _examples(groups, instruction)
    whole = cut is False or count < len(lines)  # another task behind it says that it ended
    if found and not whole and (cut or looks_cut(groups[-1][-1].text.lstrip())):
        last = found.pop()
        if last is not None and before_loop(last.output) != last.output:
            found.append(last)  # only another round was cut
    return found


def _roles(lines: list[Line], *, output_first: bool) -> list[str]:
    """Return the roles that lines have here; other labels stand in for one that is not there."""
    told = {line.role for line in lines}
    stand_in = {"instruction": "task", "category": "label" if output_first else "text"}
    if "output" not in told:
        stand_in["answer"] = "output" if "input" in told else "text"
    roles = [stand_in.get(line.role, line.role) for line in lines]
    named = [
        role == "label" and _CLASS_LABEL.match(line.word)
        for role, line in zip(roles, lines, strict=True)
    ]
    fields = any(named)  # other labels than these
    listed = listed_tasks(lines)
    for place, role in enumerate(roles):
        field = role == "label" and fields and not named[place]
        task = role == "task" and (place in listed or (place and roles[place - 1] == "label"))
        other = role not in _LABEL_ROLES and role not in {"blank", "task"}
        roles[place] = "text" if field or task or other else role
    for place, role in enumerate(roles):
        if role not in {"blank", "task"} and not (role == "text" and is_opener(lines[place].raw)):
            break
        roles[place] = "blank" if role == "text" else role
    return roles


def _in_labels(roles: list[str]) -> list[str]:
    return ["input" if role == "example" else role for role in roles]


def _in_examples(lines: list[Line], roles: list[str]) -> list[str]:
    """Return the roles as the table of examples names them."""
    named, after, behind = [], "", ""
    for line, role in zip(reversed(lines), reversed(roles), strict=True):
        name = "text" if role == "label" else role
        if role == "example" and not after:  # one that breaks off, or a part of an output
            begun = line.number is not None and "input:".startswith(behind.strip().lower())
            name = "example>in" if begun else role
        elif role == "example" and after != "example":
            name = "example>out" if after == "output" else "example>in"
        if role == "output" and line.value.strip():
            name = "output>full"
        after = role if role in _LABEL_ROLES else after
        behind = f"{line.raw}\n{behind}"[:9]
        named.append(name)
    return named[::-1]


def _examples(groups: list[list[Span]], instruction: str) -> list[Instance | None]:
    """Return what each example holds; None for one without an output."""
    groups = [group for group in groups if any(span.whole.strip() for span in group)]
    if len(groups) > 1 and not any(span.role == "output" for span in groups[0]):
        groups.pop(0)  # what leads the examples
    return [_finish(group, instruction) for group in groups]


def _finish(group: Sequence[Span], instruction: str) -> Instance | None:
    """Return the instance of one example; None where it has no output."""
    ahead = "\n".join(span.text for span in group if span.role in {"start", "example"}).strip()
    inputs = [span for span in group if span.role == "input"]
    outputs = [span for span in group if span.role == "output" and span.text.strip()]
    if not inputs and _ANSWER.match(ahead):  # also ahead of a second answer
        return _instance("", _ANSWER.sub("", ahead, count=1))
    if not outputs:
        return _without_output(group, ahead, instruction)
    if len(outputs) > 1 and _OF_EXAMPLE.match(outputs[0].mark):
        # the first pair only shows what is wanted: the next output is the real one
        until = next(i for i, span in enumerate(group) if span is outputs[1])
        first, *more = (span for span in group[:until] if span.text.strip())
        return _instance("\n".join([first.text, *(one.whole for one in more)]), outputs[1].text)
    empty = not any(span.text.strip() for span in inputs)
    return _instance(ahead if empty else _given(group), outputs[0].text)


def _given(group: Sequence[Span]) -> str:
    """Return the material from its Input label on, or from a field ahead of it."""
    first, *more = (span for span in group if span.role == "input")
    leads = group[0].role == "start" and is_field(group[0].text.strip())
    head = [group[0].text, first.whole] if leads else [first.text]
    return "\n".join([*head, *(span.whole for span in more)])


def _without_output(group: Sequence[Span], ahead: str, instruction: str) -> Instance | None:
    """Return what there is where no output label has a text behind it."""
    given = any(span.role == "input" for span in group)
    place = next((at for at, span in enumerate(group) if span.role == "output"), None)
    example = group[0].role == "example"
    shown = any(span.role == "example" and span.text.strip() for span in group)
    material = _given(group) if given else ahead
    parts = parted(material.strip(), instruction, given=given or shown, answered=place is not None)
    if parts is not None:
        return _instance(*parts)
    refers = _REFERS.search(instruction) and not _HOLDS.search(instruction)
    before = "\n".join(span.whole for span in group[:place])
    is_input = shown or not before.endswith("\n")  # no blank line between them
    if given or (place is not None and (is_input or refers)):
        return None
    return None if example and is_record(ahead, instruction) else _instance("", ahead)
