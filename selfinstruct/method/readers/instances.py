"""The readers of instances: input first ("Input:", "Output:") and output first ("Class label:").

Own field names of the material ("Text: ...") belong to the input. A reply without any label is an
output as a whole.
"""

from __future__ import annotations

import re
from itertools import takewhile
from typing import TYPE_CHECKING

from selfinstruct.method.types import Instance

from .classes import label_pieces, row_of
from .cut import looks_cut
from .endings import own_input, own_output, without_remark
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
from .labels import LEAD, SIGN, Token, tokens_of
from .structured import find_list, find_rows, has_name, text_of
from .text import before_loop, prepare, unbalanced

if TYPE_CHECKING:
    from collections.abc import Sequence

_OUTPUT_NAMES = ("output", "expected_output", "answer", "response", "result")
_LABEL_NAMES = ("class_label", "label", "class", "classification")

_GIVEN = ("input", "text")

_NOTHING = re.compile(
    r"[\W_]*(?:there\s+is\s+)?(?:no\s+(?:(?:further|additional|specific|extra)\s+)?inputs?"
    r"(?:\s+(?:is\s+|was\s+)?(?:required|needed|necessary|provided|given|available))?"
    r"|none(?:\s+(?:required|needed|provided|given))?|n\s?[/.]\s?a|nil|null|empty|blank|noinput"
    r"|not\s+(?:applicable|needed|required)"
    r"|nothing|无|无输入|無|없음|なし|keine?|aucune?|ninguno|ninguna)"
    r"[\W_]*",
    re.IGNORECASE,
)
_ANSWER = re.compile(rf"{LEAD}(?:(?:final[ \t]+)?answer|response|solution){SIGN}", re.IGNORECASE)
_CODE = re.compile(
    r"^[ \t]*(?:def |class |import |from \w+ import|for .*:$|while .*:$|print ?\(|return\b|#include"
    r"|function |public |var |let |const |SELECT )",
    re.MULTILINE,
)
_CODE_WORDS = r"\b(?:programs?|functions?|code|script|algorithm|method|class|snippet|query|loop)\b"
_ASKS_FOR_CODE = re.compile(
    rf"\b(?:write|create|implement|design|develop|make|build|code(?= (?:an?|the|up)\b))\b"
    rf".{{0,60}}?{_CODE_WORDS}",
    re.IGNORECASE | re.DOTALL,
)
_OF_CODE = re.compile(_CODE_WORDS, re.IGNORECASE)
_GIVEN_CODE = re.compile(
    rf"\b(?:given|provided|following|this|use the)\s+(?:\w+\s+)?{_CODE_WORDS}"
    rf"|{_CODE_WORDS}\s+(?:is\s+|are\s+)?(?:given|provided|below|above)\b",
    re.IGNORECASE,
)
_REFERS = re.compile(
    r"\b(?:(?:the|these) (?:following|given|provided)|below|above"
    r"|this (?:code|text|list|sentence|passage|function))\b",
    re.IGNORECASE,
)
_HOLDS = re.compile(r"[:\uff1a]\s*\S+(?:\s+\S+){2}|[\[{][^\]}]*[\]}]")
_QUOTED = re.compile(r"[\"\u201c`]([^\"\u201c\u201d`]*)(?:[\"\u201d`]|\Z)")
_COMMAND = re.compile(
    r"\s*(?:(?:re)?write|rephrase|paraphrase|generate|compose|translate|summari[sz]e|convert"
    r"|calculate|identify)\s",
    re.IGNORECASE,
)
_OF_ME = re.compile(r"\b(?:I|me|my)\b")
"""What makes a question the user's own."""
_POINT = re.compile(r"\(?\w{1,2}[.)]")
_BEGUN = re.compile(
    r"\s*(?:i(?:n(?:p(?:u(?:t:?)?)?)?)?|o(?:u(?:t(?:p(?:u(?:t:?)?)?)?)?)?)?\s*", re.IGNORECASE
)
"""Nothing, or the beginning of a label."""
_INNER = frozenset({"input", "output", "label"})


def says_nothing(text: str) -> bool:
    """Tell whether an input is only a word for nothing: "None", "N/A", "<no input>" and so on."""
    return _NOTHING.fullmatch(text) is not None


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
    return _read(text, cut, instruction, output_first=False)


def read_output_first(
    text: str, *, cut: bool | None = None, instruction: str = ""
) -> list[Instance]:
    """Return the instances of an output-first reply: "Class label:", its line, then the input.

    Inputs ahead of their labels are read too. The arguments are those of `read_input_first`.
    """
    return _read(text, cut, instruction, output_first=True)


def _read(text: str, cut: bool | None, instruction: str, *, output_first: bool) -> list[Instance]:  # noqa: FBT001 - as its callers
    body = prepare(text)
    elements = find_list(body)
    if elements and any(has_name(item, _OUTPUT_NAMES + _LABEL_NAMES) for item in elements):
        read = [_element(element) for element in elements]
        return [instance for instance in read if instance is not None]
    rows = find_rows(body) if "table" not in instruction.lower() else []
    given = _GIVEN[:1] if output_first else _GIVEN  # there, own names belong to the input
    if rows and all(has_name(rows[0], names) for names in (_OUTPUT_NAMES + _LABEL_NAMES, given)):
        read = [_element(row) for row in (rows[:-1] if cut else rows)]
        return [instance for instance in read if instance is not None]
    if rows and output_first:
        pairs = [row_of(row, _LABEL_NAMES) for row in (rows[:-1] if cut else rows)]
        read = [_instance(pair[1], pair[0]) for pair in pairs if pair is not None]
        if read:
            return [instance for instance in read if instance is not None]
    tokens, body, ended = tokens_of(body, instruction, output_first=output_first)
    names = [token.name for token in tokens]
    labels, outputs = names.count("label"), names.count("output")
    # Behind a record, "Label:" is one more of its fields where no label was asked for.
    record = any(token.name == "input" and len(names_of(token.text)) > 1 for token in tokens)
    if labels and (output_first or not (outputs or record)):
        found = [_instance(given, label) for label, given in label_pieces(tokens, instruction)]
    else:
        found = _example_pieces(tokens, instruction)
    if found and not ended and (_ends_open(body, tokens) if cut is None else cut):
        last = found.pop()
        second = cut is None and tokens[-1].name == "output" and own_output(tokens[-1].text)
        if last is not None and (
            before_loop(last.output) != last.output or (second and second != last.output)
        ):
            found.append(last)  # only another round, or a second answer, was cut
    whole = [
        one._replace(output=without_remark(before_loop(one.output), instruction))
        for one in found
        if one is not None
    ]
    return [one for one in whole if one.output]


def _ends_open(body: str, tokens: Sequence[Token]) -> bool:
    """Tell whether a reply looks cut, by the text behind its last label alone or by all of it."""
    return looks_cut(tokens[-1].text.lstrip()) or looks_cut(body)


def _element(element: object) -> Instance | None:
    output = text_of(element, _OUTPUT_NAMES + _LABEL_NAMES)
    return None if output is None else _instance(text_of(element, _GIVEN) or "", output)


def _instance(given: str, output: str) -> Instance | None:
    """Return an instance of two trimmed texts; None without an output."""
    output, given = own_output(output), own_input(given)
    return Instance("" if says_nothing(given) else given, output) if output else None


def _example_pieces(tokens: Sequence[Token], instruction: str) -> list[Instance | None]:
    """Return what each example holds; None for one without an output."""
    labels = [token for token in tokens if token.name in {"input", "output"}]
    names = [token.name for token in labels]
    if _is_inverted(tokens, names):
        return [
            _instance(given.text, output.text)
            for output, given in zip(labels[::2], labels[1::2], strict=True)
        ]
    if len(tokens) == 1:
        pairs = answered_pairs(tokens[0].text, instruction)
        if pairs:
            return [_instance(*pair) for pair in pairs]
    pieces = _grouped(tokens)
    found = [_finish(piece, instruction) for piece in pieces]
    if len(pieces) > 1 and not any(token.name == "output" for token in pieces[0]):
        others = found[1:] if pieces[0][0].name == "start" else found
        asked = any(token.name == "input" for piece in pieces[1:] for token in piece)
        found = others if any(others) or asked else found
    return found


def _is_inverted(tokens: Sequence[Token], names: Sequence[str]) -> bool:
    """Tell whether each output stands ahead of its input, and nothing else ahead of both."""
    return (
        len(names) > 1
        and names == ["output", "input"] * (len(names) // 2)
        and all(bool(token.text.strip()) is (token.name in _INNER) for token in tokens)
    )


def _grouped(tokens: Sequence[Token]) -> list[list[Token]]:
    """Return the tokens of each example."""
    pieces: list[list[Token]] = [[]]
    for place, token in enumerate(tokens):
        names = {other.name for other in pieces[-1]}
        full = any(other.name == "output" and other.text.strip() for other in pieces[-1])
        after = tokens[place + 1].name if place + 1 < len(tokens) else ""
        if token.name == "label":
            token.name = "text"
        elif token.name == "example":
            waits = "input" in names and not full
            numbered = any(char.isdigit() for char in token.whole.partition("\n")[0])
            inside = full or waits or (names == {"start"} and bool(pieces[-1][0].text.strip()))
            open_end = not after and _BEGUN.fullmatch(token.text) is not None and numbered
            if (after not in _INNER and inside and not open_end) or (
                after == "output" and (waits or (inside and not full and not numbered))
            ):
                token.name = "text"
            else:
                pieces.append([])
        elif token.name == "input" and "output" in names and (full or "input" in names):
            pieces.append([])
        if token.name == "text" and pieces[-1]:
            last = pieces[-1][-1]
            gap = "" if last.whole.endswith("\n") else "\n"
            last.text += gap + token.whole
            last.whole += gap + token.whole
        else:
            pieces[-1].append(token)
    return [piece for piece in pieces if any(token.whole.strip() for token in piece)]


def _finish(piece: Sequence[Token], instruction: str) -> Instance | None:
    """Return the instance of one example; None where it has no output."""
    ahead = "".join(t.text for t in piece if t.name not in _INNER).strip()
    inputs = [token for token in piece if token.name == "input"]
    outputs = [token for token in piece if token.name == "output" and token.text.strip()]
    printed = not inputs and bool(outputs) and _prints(ahead, outputs[0].text, instruction)
    if printed or (not inputs and _ANSWER.match(ahead)):  # also ahead of a second answer
        answer = "".join(token.whole for token in piece) if printed else ahead
        return _instance("", _ANSWER.sub("", answer.lstrip()))
    if not outputs:
        return _without_output(piece, ahead, instruction)
    if len(outputs) > 1 and _is_plain_example(piece, outputs[0]):
        until = next(i for i, token in enumerate(piece) if token is outputs[1])
        first, *more = (token for token in piece[:until] if token.text.strip())
        return _instance(first.text + "".join(token.whole for token in more), outputs[1].text)
    empty = not any(token.text.strip() for token in inputs)
    given = ahead if not inputs or (ahead and empty) else _given(piece, instruction)
    output = outputs[0].text
    if _CODE.search(output) and len(outputs) > 1 and not _CODE.search(outputs[1].text):
        output += outputs[1].whole  # what the program prints
    return _instance(given, output)


def _prints(ahead: str, output: str, instruction: str) -> bool:
    """Tell whether an output only shows what a program prints, where a program was asked for."""
    wanted = _CODE.search(ahead) is not None and _ASKS_FOR_CODE.search(instruction) is not None
    return wanted and _CODE.search(output) is None


def _given(piece: Sequence[Token], instruction: str) -> str:
    """Return the material from its Input label on, or from a field, data or given code ahead."""
    first, *more = (token for token in piece if token.name == "input")
    rest = "".join(token.whole for token in more)
    ahead = piece[0].text.strip()
    leads = piece[0].name == "start" and (
        is_field(ahead)
        or is_data(ahead)
        or (_own_code(ahead, instruction) and _GIVEN_CODE.search(instruction) is not None)
    )
    return (piece[0].text + first.whole if leads else first.text) + rest


def _is_plain_example(piece: Sequence[Token], output: Token) -> bool:
    """Tell whether a first pair only shows what is wanted: the next output is the real one."""
    first = next((token for token in piece if token.whole.strip()), None)
    head = first.whole.partition(":")[0] if first is not None and first.name == "example" else ""
    plain = bool(head) and not any(char.isdigit() for char in head)
    return plain or output.of_example


def _without_output(piece: Sequence[Token], ahead: str, instruction: str) -> Instance | None:
    """Return what there is where no output label has a text behind it."""
    inputs = [token for token in piece if token.name == "input"]
    material = _given(piece, instruction) if inputs else ahead
    answered = any(token.name == "output" for token in piece)
    shown = any(token.name == "example" and token.text.strip() for token in piece)
    given = bool(inputs) or shown
    parts = parted(material.strip(), instruction, given=given, answered=answered)
    if parts is not None:
        return _instance(*parts)
    if inputs:
        return None
    wanted_code = _CODE.search(ahead) and _ASKS_FOR_CODE.search(instruction)
    before = "".join(token.whole for token in takewhile(lambda t: t.name != "output", piece))
    is_input = shown or before[len(before.rstrip()) :].count("\n") < 2  # noqa: PLR2004 - no blank line
    if answered and (_is_material(ahead, instruction) or (is_input and not wanted_code)):
        return None
    unanswered = only_given(ahead, instruction) or (
        piece[0].name == "example" and is_record(ahead, instruction)
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
    if _closes(line, instruction):
        return rest
    if asks(instruction):
        return ahead
    if line.rstrip().endswith("?") and (_ANSWER.match(rest) or _OF_ME.search(line)):
        return _ANSWER.sub("", rest, count=1)
    return rest if _COMMAND.match(line) and line.rstrip().endswith((".", ":")) else ahead


def _closes(text: str, instruction: str) -> bool:
    """Tell whether a text closes the bracket in which a task broke off."""
    return unbalanced(instruction) and not (unbalanced(instruction + text) or _POINT.match(text))


def _is_material(ahead: str, instruction: str) -> bool:
    """Tell whether a text ahead of an empty output is what the task was to work on."""
    return (
        (_REFERS.search(instruction) is not None and not _holds(instruction))
        or _own_code(ahead, instruction)
        or is_given(ahead, instruction)
    )


def _holds(instruction: str) -> bool:
    """Tell whether a task holds what it refers to: behind a colon, in brackets, in quotes."""
    quoted = (len(text.split()) > 2 for text in _QUOTED.findall(instruction))  # noqa: PLR2004 - no name
    return _HOLDS.search(instruction) is not None or any(quoted)


def _own_code(ahead: str, instruction: str) -> bool:
    """Tell whether a program is what a task speaks of, and does not ask for."""
    spoken_of = not instruction or _OF_CODE.search(instruction) is not None
    asked = _ASKS_FOR_CODE.search(instruction) is not None
    return spoken_of and not asked and _CODE.search(ahead) is not None
