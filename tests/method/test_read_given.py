from __future__ import annotations

import pytest

from selfinstruct.method.readers import read_input_first
from selfinstruct.method.readers.fields import asked_for
from selfinstruct.method.readers.truncation import looks_cut

ADD = "def add(a, b):\n    return a + b"
EMPTY = "\n\nOutput:\n\n"


@pytest.mark.parametrize(
    ("instruction", "given", "answer"),
    [
        ("Find the sum of two numbers.", "Number 1: 5\nNumber 2: 7", "Sum: 12"),
        ("Count the vowels.", "Word: tree", "Number of vowels: 2"),
        ("Calculate the area of a circle.", "Radius: 5", "Area: 78.5"),
        ("Find the mean of the following numbers.", "[1, 2, 3]", "Mean: 2"),
        ("Identify the subject of it.", '"The cat sat."', "Subject: The cat"),
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


def test_a_program_that_was_asked_for_may_stand_there() -> None:
    """Its empty output is what it would print."""
    found = read_input_first(f"{ADD}\nOutput:\n", cut=False, instruction="Write a function.")
    assert found == [("", ADD)]


@pytest.mark.parametrize(
    ("instruction", "reply"),
    [
        ("Find the sum of two numbers.", "1) Number 1: 5\n2) Number 2: 7"),
        ("Make a pun from two words.", "Word A: tea\nWord B: pot"),
        ("Draw a chart of ages.", "Group A: 15\nGroup B: 26\nInput:\n15 | 26"),
    ],
)
def test_given_fields_ahead_of_an_empty_output(instruction: str, reply: str) -> None:
    """Fields in a list, with numbers or letters, are told by what the task speaks of."""
    assert read_input_first(f"{reply}{EMPTY}", cut=False, instruction=instruction) == []


def test_the_name_of_a_field_is_more_than_a_letter() -> None:
    """The letter of a group does not match the article of what is asked for."""
    assert not asked_for("A", "Make a chart.")
    assert asked_for("Charts", "Make a chart.")


@pytest.mark.parametrize("instruction", ["Use the given code.", "A function is given. Run it."])
def test_given_code_ahead_of_an_input_label_belongs_to_it(instruction: str) -> None:
    """Where the task speaks of code that is given; else it is a plain example."""
    reply = f"{ADD}\n\nInput:\n2, 3\nOutput:\n5"
    found = read_input_first(reply, cut=False, instruction=instruction)
    assert found == [(f"{ADD}\n\nInput:\n2, 3", "5")]
    other = "The function should return a sum."
    assert read_input_first(reply, cut=False, instruction=other) == [("2, 3", "5")]


@pytest.mark.parametrize(
    ("example", "given"),
    [
        ("Example Input: 2\nExample Output: 4", "2\nExample Output: 4"),
        ("Input:\nn\nExample:\nInput n = 2\nExpected Output: 4", None),
        ("Example:\nInput: 2\nOutput: 4", "2\nOutput: 4"),
    ],
)
def test_an_example_pair_loses_its_first_label(example: str, given: str | None) -> None:
    """Ahead of a bare output it is given material; the labels inside stay."""
    given = example.removeprefix("Input:\n") if given is None else given
    instruction = "Write a program that doubles."
    found = read_input_first(f"{example}{EMPTY}{ADD}", cut=False, instruction=instruction)
    assert found == [(given, ADD)]


def test_a_first_answer_stands_ahead_of_another() -> None:
    """Even if the other one looks cut."""
    second = "It is one of the"
    assert looks_cut(second)
    reply = f"Answer: It is red.{EMPTY}{second}"
    assert read_input_first(reply, instruction="What colour is it?") == [("", "It is red.")]


def test_what_a_program_prints_is_no_second_answer() -> None:
    """It belongs to the program that was asked for, whose label goes."""
    instruction = "Write a program that adds."
    reply = f"Solution:\n{ADD}\n\nOutput:\n5"
    (found,) = read_input_first(reply, cut=False, instruction=instruction)
    assert found == ("", reply.removeprefix("Solution:\n"))


def test_the_end_of_a_bracket_ahead_of_an_output_is_the_input() -> None:
    """Whatever stands ahead of an output label is; without a label the end of the task goes."""
    instruction = "Sort the list [3, 1,"
    found = read_input_first("2]\nOutput:\n[1, 2, 3]", cut=False, instruction=instruction)
    assert found == [("2]", "[1, 2, 3]")]
    found = read_input_first("2]\n[1, 2, 3]", cut=False, instruction=instruction)
    assert found == [("", "[1, 2, 3]")]


def test_a_label_behind_a_record_is_one_of_its_fields() -> None:
    """A record of several fields has no output then; behind one text the label is the output."""
    record = "Input:\nAge: 15\nCity: Rome\nLabel: young"
    assert read_input_first(record, cut=False) == []
    assert read_input_first("Input: Rome\nLabel: city", cut=False) == [("Rome", "city")]


def test_the_last_field_of_an_input_may_be_the_result() -> None:
    """Without an output label it is if the task asks for it; a field inside is of the record."""
    instruction = "Write the code for a table."
    reply = "Input:\nName: Ada\nCode:\nprint(1)"
    found = read_input_first(reply, cut=False, instruction=instruction)
    assert found == [("Name: Ada", "print(1)")]
    assert read_input_first(f"{reply}\nAge: 36", cut=False, instruction=instruction) == []


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
