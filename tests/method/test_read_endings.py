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
    ],
)
def test_only_the_label_that_was_cut_goes(reply: str, found: list[tuple[str, str]]) -> None:
    """So it is with class labels."""
    assert read_output_first(reply, cut=True) == found


@pytest.mark.parametrize(
    "text",
    [
        "1) Cat\n2) Dog\n3)",
        "1) Cat\n2) Dog\n3)\n\n",
        "It was a gift from the people of France. It marks the birth of American indep",
        "The hero can call down the thunder in storms. His\n\n",
    ],
)
def test_more_ends_that_look_cut(text: str) -> None:
    """A list's next number, or a second sentence."""
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


@pytest.mark.parametrize("end", ["", "\n\nLet me know if you need more!"])
@pytest.mark.parametrize("why", ["Explanation", "**Reasoning**"])
def test_what_explains_a_label_is_no_input(why: str, end: str) -> None:
    """In every piece; elsewhere it is a field of the input."""
    piece = "Class label: {0}\nText: {0}."
    both = [("Text: a.", "a"), ("Text: b.", "b")]
    each = "\n\n".join(f"{piece.format(name)}\n{why}: So." for name in "ab")
    assert read_output_first(each + end, cut=False) == both
    first = f"{piece.format('a')}\n{why}: So.\n\n{piece.format('b')}"
    assert read_output_first(first, cut=False)[0].input == f"Text: a.\n{why}: So."
