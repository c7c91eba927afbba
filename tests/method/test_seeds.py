"""Seed files as users write them."""

from __future__ import annotations

import pytest

from selfinstruct.method.errors import BadInput
from selfinstruct.method.seeds import parse_seeds

GOOD = (
    b'{"instruction": "Name the river.", "instances": [{"input": "The Elbe.", "output": "Elbe"}]}'
)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b'{"instruction": "Name', "line is not JSON (Unterminated string starting at column 17)"),
        (b"[" * 200_000, "line is not JSON (a number of too many digits, or too many brackets)"),
        (b'{"n": ' + b"9" * 5000 + b"}", "line is not JSON (a number of too many digits, or"),
        (GOOD.replace(b"river", b"\\ud83d"), "line is not JSON (one \\u of a pair without the"),
        (b"[1]", "line is not a JSON object"),
        (GOOD.replace(b"Elbe", b"Elb\xe9"), "encoding is not UTF-8"),
        (GOOD, "instruction repeats line 1"),
        (GOOD.replace(b'{"ins', b'{"id": "seed-001", "ins').replace(b"N", b"n"), "id repeats line"),
        (GOOD.replace(b'"instruction"', b'"task"'), "instruction is missing"),
        (GOOD.replace(b'"Name the river."', b"7"), "instruction is not a text"),
        (GOOD.replace(b"Name the river.", b"  "), "instruction is empty"),
        (GOOD.replace(b'"instances"', b'"examples"'), "instances is not a list with at least one"),
        (GOOD.replace(b'{"input"', b'5, {"input"'), "instances[0] is not an object"),
        (GOOD.replace(b'"The Elbe."', b"null"), "instances[0].input is not a text"),
        (GOOD.replace(b'"output"', b'"answer"'), "instances[0].output is missing"),
        (b'{"is_classification": "yes", ' + GOOD[1:], "is_classification is not true or false"),
    ],
)
def test_each_defect_is_named_with_line_field_and_remedy(line: bytes, why: str) -> None:
    """No traceback for anything that an editor or a script may leave there."""
    with pytest.raises(BadInput) as caught:
        parse_seeds(GOOD + b"\n\n" + line + b"\n", "own.jsonl")
    said, remedy = str(caught.value).split("\n", 1)
    assert said.startswith(f"cannot read seed tasks from own.jsonl: line 3: {why}")
    assert remedy


@pytest.mark.parametrize("data", [b"", b"\xef\xbb\xbf", b"\r\n \n"])
def test_a_file_without_a_task_is_an_error(data: bytes) -> None:
    """One is enough; with none there is nothing to show."""
    with pytest.raises(BadInput, match="there is none in it"):
        parse_seeds(data, "own.jsonl")
