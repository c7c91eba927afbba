"""Seed files as users write them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from selfinstruct.method.errors import BadInput
from selfinstruct.method.seeds import as_lines, parse_seeds, take_in
from selfinstruct.method.types import Instance

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
        (GOOD.replace(b'"instruction"', b'"order"'), "instruction is missing"),
        (GOOD.replace(b'"Name the river."', b"7"), "instruction is not a text"),
        (GOOD.replace(b"Name the river.", b"  "), "instruction is empty"),
        (b'{"instruction": "Name it.", "instances": []}', "instances is not a list with at least"),
        (b'{"instruction": "Name it.", "output": 5}', "output is not a text"),
        (b'{"messages": [{"role": "robot", "content": "x"}]}', "messages[0].role is 'robot'"),
        (
            b'{"messages": [{"role": "ai", "content": "x"}]}',
            "messages is not a conversation of two",
        ),
        (GOOD.replace(b'{"input"', b'5, {"input"'), "instances[0] is not an object"),
        (GOOD.replace(b'"The Elbe."', b"null"), "instances[0].input is not a text"),
        (GOOD.replace(b'"output"', b'"answer"'), "instances[0].output is missing"),
        (b'{"is_classification": "maybe", ' + GOOD[1:], "is_classification is not true or false"),
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


ONE = ("Name the river.", Instance("The Elbe.", "Elbe"))
TWO = ("Count to two.", Instance("", "1, 2"))
PAIR: list[Any] = [
    {"instruction": "Name the river.", "input": "The Elbe.", "output": "Elbe"},
    {"instruction": "Count to two.", "input": "", "output": "1, 2"},
]
CHAT: list[Any] = [
    {"messages": [{"role": "user", "content": "Name the river.\n\nThe Elbe."},
                  {"role": "assistant", "content": "Elbe"}]},
    {"messages": [{"role": "system", "content": "Be brief."},
                  {"role": "user", "content": [{"type": "text", "text": "Count to two."}]},
                  {"role": "assistant", "content": "1, 2"}]},
]  # fmt: skip
SHAREGPT = [
    {"id": 7, "conversations": [{"from": "human", "value": "Name the river.\n\nThe Elbe."},
                                {"from": "gpt", "value": "Elbe"}]},
    {"conversations": [{"from": "human", "value": "Count to two."},
                       {"from": "gpt", "value": "1, 2"}]},
]  # fmt: skip
INSIDE = [{"instances": [dict(one)]} for one in PAIR]
JOINED = [
    {"prompt": f"{one['instruction']}\n\n{one['input']}".strip(), "completion": one["output"]}
    for one in PAIR
]
QUESTIONS = [{"Question": one["prompt"], "Response": one["completion"]} for one in JOINED]
COLUMNS = {name: [one[name] for one in PAIR] for name in PAIR[0]}
CSV = (
    "instruction{0}input{0}output\r\n"
    '"Name the river."{0}The Elbe.{0}Elbe\r\nCount to two.{0}{0}"1, 2"\r\n'
)
TABLE = """
| Instruction | Input | Output |
|---|:---:|---|
| Name the river. | The Elbe. | Elbe |
| Count to two. | | 1, 2 |
"""


def lines(rows: list[Any]) -> str:
    return "\n".join(json.dumps(row) for row in rows)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        (lines(PAIR), "JSON lines"),
        (json.dumps(PAIR, indent=1), "a JSON array"),
        (json.dumps({"version": 2, "data": PAIR}), "a JSON object with a list 'data'"),
        (json.dumps({"rows": [{"row_idx": 0, "row": one} for one in PAIR]}), "a JSON object"),
        (json.dumps(COLUMNS), "columns in JSON"),
        (lines(CHAT), "JSON lines"),
        (json.dumps(SHAREGPT), "a JSON array"),
        (lines(INSIDE), "JSON lines"),
        (lines(JOINED), "JSON lines"),
        (lines(QUESTIONS), "JSON lines"),
        (CSV.format(","), "CSV with commas"),
        ("\ufeff" + CSV.format(";"), "CSV with semicolons"),
        (CSV.format("\t"), "CSV with tabs"),
        (TABLE, "a Markdown table"),
    ],
)
def test_rows_as_people_publish_them(text: str, form: str) -> None:
    """Whatever the file, the same two tasks come of it; also in UTF-16, with its mark."""
    for data in (text.encode(), text.encode("utf-16")):
        found = take_in(data)
        assert not found.defects
        assert found.form.startswith(form)
        assert [(task.instruction, *task.instances) for task in found.tasks] == [ONE, TWO]


@pytest.mark.parametrize(
    "text",
    [
        "Name the river.\nCount to two.\n",
        "# Tasks\n\n1. Name the river.\n2. Count\n   to two.\n",
        "Some tasks:\n- Name the river.\n- Count to two.",
        "1\u3001Name the river.\n2\u3001Count to two.",
        "instruction\nName the river.\nCount to two.\n",
    ],
)
def test_lists_of_instructions(text: str) -> None:
    """They are tasks that nobody has answered yet."""
    found = take_in(text.encode())
    assert [" ".join(task.instruction.split()) for task in found.tasks] == [ONE[0], TWO[0]]
    assert {instance for task in found.tasks for instance in task.instances} == {("", "")}


def test_rows_of_one_instruction_are_joined_and_said() -> None:
    """They become its instances; a repeat is left out, an id of two tasks is changed."""
    rows = [
        {"id": "a", **PAIR[0]},
        {"id": "a", **PAIR[1]},
        {"id": "b", **PAIR[0], "input": "The Rhine.", "output": "Rhine"},
        {"id": "c", **PAIR[0], "is_classification": None},
    ]
    found = take_in(lines(rows).encode())
    assert [task.id for task in found.tasks] == ["a", "a-2"]
    assert found.tasks[0].instances == (ONE[1], Instance("The Rhine.", "Rhine"))
    assert [note.split(" ", 1)[0] for note in found.notes] == ["1", "1", "1"]


def test_a_conversation_and_a_pair_of_answers_keep_what_else_they_hold() -> None:
    """Later turns and the worse answer are not lost, and are read again as they are written."""
    talk = [*CHAT[1]["messages"], {"role": "user", "content": "And three?"},
            {"role": "assistant", "content": "3"}]  # fmt: skip
    pair = {"prompt": "Name the river.", "chosen": "Elbe", "rejected": "Oder"}
    lists = {
        "chosen": [{"role": "user", "content": "Say no."}, {"role": "assistant", "content": "No."}],
        "rejected": [{"role": "user", "content": "Say no."}, {"role": "assistant", "content": "-"}],
    }
    tasks = take_in(lines([{"messages": talk}, pair, lists]).encode()).tasks
    assert tasks[0].extra == {"system": "Be brief.", "turns": [["And three?", "3"]]}
    assert tasks[1].extra == {"preference": {"chosen": "Elbe", "rejected": "Oder"}}
    assert (tasks[2].instruction, tasks[2].instances[0].output) == ("Say no.", "No.")
    assert take_in(as_lines(tasks)).tasks == tasks


NAMES = st.sampled_from(["instruction", "instances", "messages", "role", "content", "output"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(NAMES, inner),
)


@example(b"prompt\rcompletion\n1")
@example(b"instruction\r,output")
@given(st.binary() | st.text().map(str.encode) | VALUES.map(json.dumps).map(str.encode))
def test_whatever_the_file(data: bytes) -> None:
    """Tasks, and defects with a number; what is read is read the same once it is written."""
    found = take_in(data)
    assert all(defect.number and defect.why and defect.remedy for defect in found.defects)
    again = take_in(as_lines(found.tasks))
    assert not again.defects
    assert again.tasks == found.tasks
