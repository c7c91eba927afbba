"""What ends a reply: cuts, remarks, other tasks; and what of it lives all the same."""

from __future__ import annotations

import pytest

from selfinstruct.method.readers import read_input_first, read_output_first
from selfinstruct.method.readers.truncation import looks_cut

FIRST = "Example 1\nInput: a\nOutput: b\n\n"
ADD = "def add(one, two):\n    return one + two"


@pytest.mark.parametrize(
    "last",
    [
        "Example 2\nInput: By",
        "Example 2\nInput: By\nOutput: d",
        "Example 2\nInput: By\nOutput:",
        "Example 2\nInp",
        "Example 2",
        "Input: By",
    ],
)
def test_only_the_piece_that_was_cut_goes(last: str) -> None:
    """A last piece without an output is the cut one; what stands before it is whole."""
    assert read_input_first(FIRST + last, cut=True) == [("a", "b")]


@pytest.mark.parametrize(
    ("reply", "found"),
    [
        ("Class label: P\nText: a\n\nClass label:", [("Text: a", "P")]),
        ("Class label: P\nText: a\n\nClass label: N\nText: b", [("Text: a", "P")]),
        ("Text: a\nClass label: P\n\nText: b", [("Text: a", "P")]),
        (
            "Text: a\nClass label: P\n\nText: b\nClass label: N\n\nTex",
            [("Text: a", "P"), ("Text: b", "N")],
        ),
    ],
)
def test_only_the_label_that_was_cut_goes(reply: str, found: list[tuple[str, str]]) -> None:
    """So it is with class labels, ahead of their inputs or behind them."""
    assert read_output_first(reply, cut=True) == found


@pytest.mark.parametrize(
    "text",
    [
        "1) Cat\n2) Dog\n3)",
        "1) Cat\n2) Dog\n3)\n\n",
        "1. Cats sleep well.\n2. Dogs bark.\n3",
        "1  cat\n2  dog\n3  cow\n4  pig\n5  hen\n6  ant\n7  bee\n8  fly\n9  elk\n1\n",
        "Content: The content of",
        "Tell what it is about.\nTell what it needs.\nTell",
        "It was a gift from the people of France. It marks the birth of American indep",
        "The hero can call down the thunder in storms. His\n\n",
        "def find(items):\n    min_index = 0\n    return items[min_index] + min_in\n",
    ],
)
def test_more_ends_that_look_cut(text: str) -> None:
    """A list's next number, a beginning said again, a second sentence or a name in half."""
    assert looks_cut(text)


@pytest.mark.parametrize(
    "text",
    [
        "1. Cat\n2. Dog\n7",
        "1 2\n2 3\n3",
        "then \u2192 than",
        "Verb: turn it on",
        "Thank you for your kind letter to us. Best regards, Ada",
        "Tell me\nTell you\nTell",
        "numbers = [1, 2]\nnumber = 1\nprint(numbers)\nreturn number",
    ],
)
def test_more_ends_that_do_not(text: str) -> None:
    """An answer below a list, rows of numbers, phrases, signatures and whole names are whole."""
    assert not looks_cut(text)


def test_the_text_behind_the_last_label_tells_alone() -> None:
    """Items of the input do not make a broken item of the output look whole."""
    reply = "Input:\n- 12\n- 13\n- 14\nOutput:\n1) Sort the list.\n2) Sorting it again in desc"
    assert read_input_first(reply, cut=None) == []


@pytest.mark.parametrize(
    "remark",
    [
        "The output should be a string.",
        "Output should not contain any marks.\n\n1 + 2",
        "Output the sum in words.",
        "Output format: a number",
        'end.\n\nThe output should be "odd" if it is odd.\n\nTask: Sing.\nInput: la',
        "end.",
    ],
)
def test_a_remark_on_the_wanted_form_is_no_output(remark: str) -> None:
    """What is said about the form, and what follows, does not belong to the output."""
    found = read_input_first(f"Input: 2, 1\nOutput:\n\nIt is 3.\n\n{remark}", cut=False)
    assert found == [("2, 1", "It is 3.")]


def test_a_remark_stays_where_the_task_makes_such() -> None:
    """A specification says what an output should be."""
    reply = "Output: It reads text.\n\nThe output should be a tree.\n\nIt must be fast."
    (found,) = read_input_first(reply, cut=False, instruction="Write a specification of it.")
    assert found.output == reply.removeprefix("Output: ")


@pytest.mark.parametrize(
    "more",
    [
        "Write a function that finds the largest of two numbers.\n\ndef larg",
        "Given a list of numbers, write a program that adds the even ones in desc",
    ],
)
def test_another_task_without_a_label_ends_the_reply(more: str) -> None:
    """It goes, and that it was cut does not cut the instance ahead of it."""
    reply = f"Input: 1, 2\nOutput:\n{ADD}\n\n{more}"
    assert read_input_first(reply, cut=None, instruction="Add two numbers.") == [("1, 2", ADD)]
    (found,) = read_input_first(reply, cut=False, instruction="Write exercises about sums.")
    assert found.output.endswith(more)


@pytest.mark.parametrize("end", ["", "\n\nLet me know if you need more!"])
@pytest.mark.parametrize("why", ["Explanation", "**Reasoning**"])
def test_what_explains_a_label_is_no_input(why: str, end: str) -> None:
    """In every piece, or in a paragraph at the very end; elsewhere it is a field of the input."""
    piece = "Class label: {0}\nText: {0}."
    both = [("Text: a.", "a"), ("Text: b.", "b")]
    each = "\n\n".join(f"{piece.format(name)}\n{why}: So." for name in "ab")
    assert read_output_first(each + end, cut=False) == both
    last = f"{piece.format('a')}\n\n{piece.format('b')}\n\n{why}: So.\nAnd so."
    assert read_output_first(last, cut=False) == both
    first = f"{piece.format('a')}\n{why}: So.\n\n{piece.format('b')}"
    assert read_output_first(first, cut=False)[0].input == f"Text: a.\n{why}: So."
    asked = read_output_first(each, cut=False, instruction="Is the explanation right?")
    assert asked[0].input == f"Text: a.\n{why}: So."
