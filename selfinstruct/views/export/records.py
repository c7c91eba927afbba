"""Rows as JSON: what a row becomes in each format, and files of lines or of one array."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, BinaryIO

from selfinstruct.method.errors import BadInput
from selfinstruct.method.sampling import Draw

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from .formats import Way, Writer
    from .row import Row

    Shape = Callable[[Row, int], object]


def alpaca(row: Row, _seed: int) -> dict[str, Any]:
    """Return an Alpaca record: instruction, input ("" for none) and output, nothing else."""
    return {"instruction": row.instruction, "input": row.input, "output": row.output}


def messages(row: Row, _seed: int) -> dict[str, Any]:
    """Return a chat of all turns; the input, if there is one, follows after a blank line."""
    return {"messages": [{"role": who, "content": text} for who, text in _said(row)]}


def sharegpt(row: Row, _seed: int) -> dict[str, Any]:
    """Return the same chat in the words of ShareGPT, with the row's id."""
    names = {"user": "human", "assistant": "gpt"}
    said = [{"from": names.get(who, who), "value": text} for who, text in _said(row)]
    return {"id": row.id, "conversations": said}


def prompts(row: Row, _seed: int) -> dict[str, Any]:
    """Return what is asked, as the messages of a chat."""
    return {"prompt": asked(row)}


def preference(row: Row, seed: int) -> dict[str, Any]:
    """Return a prompt, the preferred answer and the other, each as the messages of a chat."""
    chosen, rejected = row.pair or ("", "")
    return prompts(row, seed) | {"chosen": [answer(chosen)], "rejected": [answer(rejected)]}


def kto(row: Row, seed: int) -> dict[str, Any]:
    """Return a prompt, an answer and whether it is a good one."""
    return prompts(row, seed) | {"completion": [answer(row.output)], "label": row.label}


ROLES = ("user", "assistant")
"""Who speaks in a turn, in order."""


def asked(row: Row) -> list[dict[str, str]]:
    """Return the messages ahead of a row's output."""
    system = [{"role": "system", "content": row.system}] if row.system else []
    return [*system, {"role": "user", "content": row.prompt}]


def answer(text: str) -> dict[str, str]:
    """Return a message of the assistant."""
    return {"role": "assistant", "content": text}


def _said(row: Row) -> list[tuple[str, str]]:
    """Return all messages of a row, each with who says it."""
    said = [(who, text) for turn in row.turns for who, text in zip(ROLES, turn, strict=True)]
    return [("system", row.system), *said] if row.system else said


def prompt_completion(row: Row, seed: int) -> dict[str, Any]:
    """Return prompt and completion, in a layout drawn from (seed, the row's id).

    The completion begins with a blank where the prompt ends in a colon, since tokenizers join a
    blank to the word after it.
    """
    layouts = WITH_INPUT if row.input else WITHOUT_INPUT
    layout = layouts[Draw(seed, "export", "layout", row.id).below(len(layouts))]
    prompt = layout.format(instruction=row.instruction, input=row.input)
    return {"prompt": prompt, "completion": f"{' ' * layout.endswith(':')}{row.output}"}


WITH_INPUT = (
    "{instruction}\nGiven: {input}\nAnswer:",
    "{instruction}\n\nGiven: {input}\n\nAnswer:",
    "What to do: {instruction}\nGiven: {input}\nAnswer:",
    "{instruction}\n\n{input}\n\nAnswer:",
    "{instruction}\n{input}\n\n",
    "{instruction}\n\n{input}\n\n",
    "What to do: {instruction}\n\n{input}\n\n",
)

WITHOUT_INPUT = (
    "{instruction}\nAnswer:",
    "{instruction}\n\nAnswer:",
    "What to do: {instruction}\nAnswer:",
    "{instruction}\n",
    "{instruction}\n\n",
    "What to do: {instruction}\n\n",
)
"""Layouts like those of the paper's fine-tuning data, in words of our own.

The paper draws one of 7 layouts for an instance with an input and one of 6 for one without, so
that a model does not learn one form by heart. Two errors of its code are not repeated: a completion
ends where the output ends (which token ends a text is the trainer's to know; spelled out in the
data it is the wrong token for most models), and no field name before a colon is ever cut off
(which turned "10:30" into "30").
"""


def dump(value: object) -> bytes:
    """Return JSON on one line, UTF-8.

    Three characters that some readers take for a line end (NEL, LS, PS) are escaped.
    """
    text = json.dumps(value, ensure_ascii=False)
    if not text.isascii():
        text = text.translate(_LINE_ENDS)
    return text.encode("utf-8")


_LINE_ENDS = {0x85: "\\u0085", 0x2028: "\\u2028", 0x2029: "\\u2029"}


def json_lines(rows: Iterable[Row], file: BinaryIO, shape: Callable[[Row], object]) -> None:
    """Write one JSON object a line."""
    file.writelines(dump(shape(row)) + b"\n" for row in rows)


def as_json(shape: Shape, *, lines: bool) -> Writer:
    """Return what writes JSON: lines or an array, as the file's name says, or by default."""

    def write(rows: Sequence[Row], file: BinaryIO, way: Way) -> Sequence[str]:
        if {".jsonl": True, ".json": False}.get(way.suffix, lines):
            json_lines(rows, file, lambda row: shape(row, way.seed))
            return ()
        before = b"[\n"
        for row in rows:
            file.write(before + dump(shape(row, way.seed)))
            before = b",\n"
        file.write(b"\n]\n" if rows else b"[]\n")
        return ()

    return write


LEAST_EXAMPLES = 10
MOST_BYTES = 512 * 10**6
MOST_TOKENS = 65_536
BYTES_A_TOKEN = 4
"""OpenAI's published rules of fine-tuning files: the Files API ("individual files can be up to 512
MB", only `.jsonl`) and the figures of its guide; what is longer than a model's training context is
cut (65,536 tokens for the current small models). Bytes are a rule of thumb for English."""


def write_openai(rows: Sequence[Row], file: BinaryIO, way: Way) -> Sequence[str]:
    """Write chats as `messages` does, each held against OpenAI's rules.

    Returns:
        What OpenAI would object to in the file as a whole.

    Raises:
        BadInput: for the first row with an empty message.
    """
    size = long = 0
    for row in rows:
        value = messages(row, way.seed)
        empty = (m["role"] for m in value["messages"] if not m["content"].strip())
        if role := next(empty, ""):
            raise BadInput(
                f"export row {row.id} as openai",
                f"the {role}'s message is empty",
                "Leave such rows out, for instance with --words output=1: (at least a word).",
            )
        line = dump(value) + b"\n"
        file.write(line)
        size += len(line)
        long += len(line) > MOST_TOKENS * BYTES_A_TOKEN
    said = []
    if len(rows) < LEAST_EXAMPLES:
        said.append(f"OpenAI asks for at least {LEAST_EXAMPLES} examples; here are {len(rows)}")
    if size > MOST_BYTES:
        said.append(
            f"OpenAI takes files of up to {MOST_BYTES // 10**6} MB; this one has "
            f"{size / 10**6:,.0f} MB (--limit makes it smaller)"
        )
    if long:
        said.append(
            f"{long:,} examples may be longer than {MOST_TOKENS:,} tokens; OpenAI would cut their "
            "ends"
        )
    return said
