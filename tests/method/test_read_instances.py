# ruff: noqa: ISC004, RUF001 - replies in parts, and in other scripts
from __future__ import annotations

import pytest

from selfinstruct.method.readers import read_blocks, read_input_first, read_output_first
from selfinstruct.method.types import Instance

AB = Instance("A", "B")
CD = Instance("C", "D")
GOOD = Instance("Text: Good.", "Positive")
BAD = Instance("Text: Bad.", "Negative")


@pytest.mark.parametrize(
    "text",
    [
        "Example 1\nInput: A\nOutput: B\n\nExample 2\nInput: C\nOutput: D",
        "**Example 1**\n**Input:** A\n**Output:** B\n\n**Example 2**\n**Input:** C\n**Output:** D",
        "Here are two examples:\n\n### Example 1:\n- **Input**: A\n- **Output**: B\n\n---\n\n"
        "### Example 4\n- Input:\nC\n- Output:\nD\n\nLet me know if you need more.",
        "1. Input: A\nOutput: B\n\n2. Input: C\nOutput: D",
        "Input 1: A\nOutput 1: B\nInput 2: C\nOutput 2: D",
        "Example: Input: A Output: B\nExample: Input: C Output: D",
        "Example 1\nInput: A\nOutput\nB\n\nExample 2\nInput: C\nExpected output: D",
        "Task: Do it.\nInput: A\nOutput: B\nInput: C\nOutput: D\n\nTask: Other\nInput: E",
        "输入：A\n输出：B\n\n输入：C\n输出：D",
        '{"instances": [{"input": "A", "output": "B"}, {"input": "C", "output": "D"}]}',
        '[{"Input": "A", "Output": "B"}, {"Input": "C", "Output": "D"}]',
    ],
)
def test_input_first_in_many_dresses(text: str) -> None:
    """Bold, numbers, headings, one-line pairs, run-on tasks and JSON."""
    assert read_input_first(text, cut=False) == [AB, CD]


@pytest.mark.parametrize("nothing", ["None", "N/A", "(none)", "No input", "<noinput>", "无", ""])
def test_a_word_for_nothing_is_no_input(nothing: str) -> None:
    """An input that only says that there is none is empty."""
    assert read_input_first(f"Input: {nothing}\nOutput: B", cut=False) == [Instance("", "B")]


@pytest.mark.parametrize(
    ("text", "instances"),
    [
        ("Just an answer.\nTwo lines.", [("", "Just an answer.\nTwo lines.")]),
        ("Output: For example:\nExample: a dog", [("", "For example:\nExample: a dog")]),
        ("Input: A\nOutput: The output is loud.", [("A", "The output is loud.")]),
        ("Text: one\nOutput: B", [("Text: one", "B")]),
        ("Input: A", []),
        ("Input: A\nOutput:\n\n", []),
        ("Words: a, b\nOutput:\n\n", []),
        ("1) first\n2) second\n\nOutput:\n\n", [("", "1) first\n2) second")]),
        ("Answer: 15\n\nOutput:\n\n", [("", "15")]),
        ("Output:\n```python\nprint(1)\n```", [("", "```python\nprint(1)\n```")]),
        ("Output:\n| a | b |\n|---|---|\n| 1 | 2 |", [("", "| a | b |\n|---|---|\n| 1 | 2 |")]),
        ("Problem: x = 2\nSolution: two", [("Problem: x = 2", "two")]),
        (
            "x = 2\nInput: 3\nExpected output: 5\n\nOutput: x + 3",
            [("x = 2\nInput: 3\nExpected output: 5", "x + 3")],
        ),
        ("Example: x = 2\nOutput should be  4\n", [("x = 2", "4")]),
        ("Example: x = 2\nOutput = 4\n", [("x = 2", "4")]),
        (
            "Yield is a ratio.\nOutput = Input x yield",
            [("", "Yield is a ratio.\nOutput = Input x yield")],
        ),
        ("Example: a dog\nOutput should be:\nd\nInput:\na cat\n", [("a dog", "d")]),
        ("Example: a dog\nOutput:\n\n", []),
        ("Example: a dog\nAnswer: d\n\nOutput:\n\n", [("a dog", "d")]),
        ("Name: sum\nInput: 3\nOutput value: 5", [("Name: sum\nInput: 3", "5")]),
    ],
)
def test_input_first_without_all_labels(text: str, instances: list[tuple[str, str]]) -> None:
    """No output label: all is output; given material without an output is no instance."""
    assert read_input_first(text, cut=False) == instances


@pytest.mark.parametrize(
    "code",
    [
        "```python\nprint(1)\n# Output: 1\nOutput: no\n```",
        "def one():\n    return 1\n\nprint(one())\n# Output: 1",
        "def read(input):\n    return input\ninput: int = read(3)",
    ],
)
def test_labels_in_a_program_are_its_own(code: str) -> None:
    """Comments, names and fenced text are no labels."""
    assert read_input_first(f"Input: x\nOutput:\n{code}", cut=False) == [Instance("x", code)]


def test_the_last_instance_of_a_cut_reply_goes() -> None:
    """By the finish reason, or by the text where there is none."""
    text = "Input: A\nOutput: B\n\nInput: C\nOutput: It is one of the"
    assert read_input_first(text, cut=True) == [AB]
    assert read_input_first(text, cut=None) == [AB]
    assert read_input_first("Input: A\nOutput: B\n\nInput: C\nOutput: D", cut=None) == [AB, CD]


def test_a_loop_counts_once() -> None:
    """An output that goes round in circles ends with its first round."""
    text = "Output: It is wide. " + "The sea is deep. " * 30 + "The sea"
    assert read_input_first(text, cut=True) == [Instance("", "It is wide. The sea is deep.")]


@pytest.mark.parametrize(
    "text",
    [
        "Class label: Positive\nText: Good.\n\nClass label: Negative\nText: Bad.",
        "**Class label:** Positive\nInput: Text: Good.\n\n---\n\n**Class label:** Negative\n"
        "Input: Text: Bad.",
        "Example 1\nClass label: Positive\nText: Good.\n\nExample 2\nClass label: Negative\n"
        "Text: Bad.",
        "Text: Good.\nClass label: Positive\n\nText: Bad.\nClass label: Negative",
        "Class label 1: Positive\nText: Good.\nClass label 2:\nNegative\nText: Bad.\n\nTask: Next",
        "| Label | Input |\n|---|---|\n| Positive | Text: Good. |\n| Negative | Text: Bad. |",
        "Class label: Positive\nText: Good.\n\nClass label: Negative\nText: Bad.\n\n"
        "I hope this helps!",
        '{"instances": [{"class_label": "Positive", "input": "Text: Good."},'
        ' {"class_label": "Negative", "input": "Text: Bad."}]}',
    ],
)
def test_output_first_in_many_dresses(text: str) -> None:
    """Labels before or behind their inputs, bold, numbered, or JSON."""
    assert read_output_first(text, cut=False) == [GOOD, BAD]


@pytest.mark.parametrize(
    "lead", ["A list of two pieces, as asked:", "Is it good?", "Text of a kind\nMood: Glad"]
)
def test_what_leads_class_labels_is_no_label(lead: str) -> None:
    """Only a word or three ahead of an input like the others' are a label without its name."""
    text = f"{lead}\n\nClass label: Positive\nText: Good.\n\nClass label: Negative\nText: Bad."
    assert read_output_first(text, cut=False) == [GOOD, BAD]


def test_output_first_of_what_is_no_such_reply() -> None:
    """A label alone has an empty input; input-first replies are read as they are."""
    assert read_output_first("Class label: Yes", cut=False) == [Instance("", "Yes")]
    assert read_output_first("Yes", cut=False) == [Instance("", "Yes")]
    assert read_output_first("Input: A\nOutput: B", cut=False) == [AB]


@pytest.mark.parametrize(
    "text",
    [
        " Add.\nInput: 1, 2\nOutput: 3\n\n### Task 5\nInstruction: Sing.\n"
        "Input: (none)\nOutput: La",
        "### Task 4\nInstruction: Add.\nInput: 1, 2\nOutput: 3\n\n### Task 9\nInstruction: Sing.\n"
        "Output: La",
        "**Task 4**\n**Instruction:** Add.\n**Input:** 1, 2\n**Output:** 3\n\n---\n\n**Task 5**\n"
        "**Instruction:** Sing.\n**Input:** None\n**Output:** La\n\nLet me know if you need more!",
        "###\n4. Instruction: Add.\n4. Input:\n1, 2\n4. Output:\n3\n###\n5. Instruction: Sing.\n"
        "5. Input:\n<noinput>\n5. Output:\nLa",
        '{"tasks": [{"instruction": "Add.", "input": "1, 2", "output": "3"},'
        ' {"instruction": "Sing.", "input": "", "output": "La"}]}',
    ],
)
def test_blocks_in_many_dresses(text: str) -> None:
    """Headings, numbers on each field, bold and JSON."""
    found = read_blocks(text, cut=False)
    assert [(one.instruction, one.instances, one.defect) for one in found] == [
        ("Add.", (Instance("1, 2", "3"),), None),
        ("Sing.", (Instance("", "La"),), None),
    ]


def test_a_block_without_an_output_is_turned_down_with_a_reason() -> None:
    """The candidate is kept to be seen among the rejected; a cut one is not a candidate."""
    text = "### Task 4\nInstruction: Add.\nInput: 1\n\n### Task 5\nInstruction: Sing.\nOutput: La"
    first, second = read_blocks(text, cut=False)
    assert first.defect is not None
    assert first.defect.reason == "no output"
    assert second.defect is None
    assert [one.instruction for one in read_blocks(text, cut=True)] == ["Add."]


def test_shots_of_the_prompt_are_no_blocks() -> None:
    """An echo of a shot goes."""
    text = "### Task 4\nInstruction: Add.\nOutput: 3\n\n### Task 5\nInstruction: Sing.\nOutput: La"
    assert [one.instruction for one in read_blocks(text, cut=False, shots=["add"])] == ["Sing."]
