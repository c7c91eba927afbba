from __future__ import annotations

import pytest

from selfinstruct.method.readers import read_input_first
from selfinstruct.method.readers.fields import asked_for

ADD = "def add(a, b):\n    return a + b"
EMPTY = "\n\nOutput:\n\n"


@pytest.mark.parametrize(
    ("instruction", "given", "answer"),
    [
        ("Calculate the area of a circle.", "Radius: 5", "Area: 78.5"),
        ("I walked for two hours.", "How far did I get?", "Answer: 10 km"),
        ("Correct the following sentence.", "he go home", "Corrected: He goes home."),
        ("Translate it into French.", "English: hello", "French: bonjour"),
        ("Reverse it.", "Input: abc", "The program should print:\ncba"),
        ("Reverse it.", "Input: abc", "Expected result: cba"),
    ],
)
def test_an_answer_ahead_of_an_empty_output(instruction: str, given: str, answer: str) -> None:
    """A field that is asked for, or a result by its name, is told from what stands before it."""
    found = read_input_first(f"{given}\n{answer}{EMPTY}", cut=False, instruction=instruction)
    assert found == [(given.removeprefix("Input: "), answer.partition(":")[2].strip())]


@pytest.mark.parametrize(
    ("instruction", "reply"),
    [
        ("Calculate the area of a circle.", "Radius: 5"),
        ("Translate it into French.", "hello"),
        ("Sort the list [3, 1,", "2]"),
        ('Tell the last word of "the cat sat.', '"'),
    ],
)
def test_what_stands_right_ahead_of_an_empty_output_is_its_input(
    instruction: str, reply: str
) -> None:
    """Behind a blank line the label only follows a reply that was whole."""
    direct = f"{reply}\nOutput:\n\n"
    assert read_input_first(direct, cut=False, instruction=instruction) == []
    (found,) = read_input_first(f"{reply}{EMPTY}", cut=False, instruction=instruction)
    assert found == ("", reply)


def test_the_name_of_a_field_is_more_than_a_letter() -> None:
    """The letter of a group does not match the article of what is asked for."""
    assert not asked_for("A", "Make a chart.")
    assert asked_for("Charts", "Make a chart.")


@pytest.mark.parametrize(
    ("example", "given"),
    [
        ("Example Input: 2\nExample Output: 4", "2\nExample Output: 4"),
        ("Input:\nn\nExample:\nInput n = 2\nExpected Output: 4", None),
    ],
)
def test_an_example_pair_loses_its_first_label(example: str, given: str | None) -> None:
    """Ahead of a bare output it is given material; the labels inside stay."""
    given = example.removeprefix("Input:\n") if given is None else given
    instruction = "Write a program that doubles."
    found = read_input_first(f"{example}{EMPTY}{ADD}", cut=False, instruction=instruction)
    assert found == [(given, ADD)]


@pytest.mark.parametrize(
    "reply",
    [
        "Test case 1:\nInput: A\nOutput: B\nTest case 2:\nInput: C\nOutput: D",
        "Inputs: A\nOutputs: B\n\nInputs: C\nOutputs: D",
    ],
)
def test_labels_of_test_cases(reply: str) -> None:
    """Test cases are examples, and a label may stand in the plural."""
    assert read_input_first(reply, cut=False, instruction="Do it.") == [("A", "B"), ("C", "D")]


def test_an_output_without_a_colon_behind_an_input() -> None:
    """An equals sign, or "will be", is enough where no other output stands."""
    assert read_input_first("Input: 3, 4\nOutput = 7", cut=False) == [("3, 4", "7")]
    assert read_input_first("Input: 3, 4\nThe output will be 7", cut=False) == [("3, 4", "7")]
