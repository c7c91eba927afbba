# ruff: noqa: RUF001 - replies in other scripts
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from selfinstruct.method.readers import read_input_first, read_list, read_output_first
from selfinstruct.method.readers.fields import asked_for
from selfinstruct.method.readers.truncation import looks_cut

TEXT = "Text: The fox ran."


@pytest.mark.parametrize("end", ["", "\n\nOutput:\n\n"])
@pytest.mark.parametrize(
    ("instruction", "reply", "instance"),
    [
        ("Find the longest word in a text.", f"{TEXT}\nWord: fox", (TEXT, "fox")),
        (
            "Identify the key words of this text.",
            f"{TEXT}\nKey words: fox, ran",
            (TEXT, "fox, ran"),
        ),
        ("Determine the number of words in a text.", f"{TEXT}\nNumber of words: 3", (TEXT, "3")),
        ("Explain the given text.", f"{TEXT}\nExplanation: It ran.", (TEXT, "It ran.")),
        ("Use the given list.", "List: 1, 2\nNew list: 2, 1", ("List: 1, 2", "2, 1")),
        (
            "Find the subject and the verb of a sentence.",
            "Sentence: I ran.\nSubject: I\nVerb: ran",
            ("Sentence: I ran.", "Subject: I\nVerb: ran"),
        ),
        ("Give the number of foxes in a text.", f'{TEXT}\nNumber of "fox": 1', (TEXT, "1")),
        (
            "Come up with a word and a sentence.",
            "Word: flum\nSentence: Flum!",
            ("", "Word: flum\nSentence: Flum!"),
        ),
        ("Convert the text to pig Latin.", f"{TEXT}\nPig Latin: Ehay", (TEXT, "Ehay")),
        (
            "Write a riddle and its answer.",
            "Riddle: Who?\nAnswer: I.",
            ("", "Riddle: Who?\nAnswer: I."),
        ),
        (
            "Make up a word and write a sentence with it.",
            "Word: flum\nSentence: A flum.",
            ("", "Word: flum\nSentence: A flum."),
        ),
        (
            "Write a short poem.",
            "Title: Rain\nPoem: It rains.",
            ("", "Title: Rain\nPoem: It rains."),
        ),
    ],
)
def test_own_fields_are_told_apart_by_the_instruction(
    instruction: str, reply: str, instance: tuple[str, str], end: str
) -> None:
    """What the instruction asks for is the result, what it is given is the input."""
    assert read_input_first(reply + end, cut=False, instruction=instruction) == [instance]


@pytest.mark.parametrize(
    ("instruction", "reply"),
    [
        ("Convert the number to binary.", "Number: 15\nBinary:\n"),
        (
            "Tell who is rude.",
            "Example 1\nAda: Hello!\nBob: Go away.\nExample 2\nAda: Hi.\nBob: Good day.",
        ),
    ],
)
def test_material_without_an_answer_is_no_instance(instruction: str, reply: str) -> None:
    """A reply that only makes up what the task would work on holds no output."""
    assert read_input_first(reply, cut=False, instruction=instruction) == []


@pytest.mark.parametrize(
    ("instruction", "reply"),
    [
        ("Rewrite the given sentence.", "Sentence: Ran I."),
        ("Write a dialogue.", "Example 1\nAda: Hello!\nBob: Go away."),
        ("Generate a password.", "Password: Kp7#t6"),
        ("Write an e-mail.", "Subject: Rain\n\nDear Ada,\nit rains."),
    ],
)
def test_a_lone_field_that_may_answer_stays_an_output(instruction: str, reply: str) -> None:
    """Where the task makes or changes a text, its own names stay in the output."""
    found = read_input_first(reply, cut=False, instruction=instruction)
    assert [instance.input for instance in found] == [""]
    assert found[0].output in reply


def test_a_task_that_holds_its_text_is_answered() -> None:
    """What stands ahead of an empty "Output:" answers it, unless the task only speaks of a text."""
    reply = "It is a statement.\n\nOutput:\n\n"
    held = 'Identify the kind of the following sentence: "the fox ran away.'
    assert read_input_first(reply, cut=False, instruction=held) == [("", "It is a statement.")]
    spoken_of = "Identify the kind of the following sentence."
    assert read_input_first(reply, cut=False, instruction=spoken_of) == []


@pytest.mark.parametrize(
    "reply",
    [
        "| Text | Output |\n|---|---|\n| Question: 2 + 2? | 4 |\n| Question: 3 + 3? | 6 |",
    ],
)
def test_pairs_of_question_and_answer_are_instances(reply: str) -> None:
    """Pairs in a row, or in a table, are as many instances."""
    found = read_input_first(reply, cut=False, instruction="Answer the question.")
    assert found == [("Question: 2 + 2?", "4"), ("Question: 3 + 3?", "6")]


def test_a_list_of_questions_that_was_asked_for_is_one_output() -> None:
    """Where the task makes the questions, pairs are its text."""
    reply = "Question: Why?\nAnswer: So.\n\nQuestion: When?\nAnswer: Now."
    found = read_input_first(reply, cut=False, instruction="Write questions and answers.")
    assert found == [("", reply)]


@pytest.mark.parametrize(
    "reply",
    [
        "<input>A</input>\n<output>B</output>\n\n<input>C</input>\n<output>D</output>",
        "[Input]\nA\n[Output]\nB\n\n[Input]\nC\n[Output]\nD",
        "[Input]: A\n[Output] : B\n\n[Input]: C\n[Output] : D",
        "Task Input: A\nTask Output: B\n\nTask Input: C\nTask Output: D",
        "* Input: A\n* Output: B\n\n* Input: C\n* Output: D",
        "Input: A\nResponse: B\n\nInput: C\nResponse: D",
        "Input: A -> Output: B\nInput: C | Output: D",
        "First example:\nInput: A\nOutput: B\n\nSecond example:\nInput: C\nOutput: D",
        "Example A\nInput: A\nOutput: B\n\nExample B\nInput: C\nOutput: D",
        "示例 1\n输入：A\n输出：B\n\n示例 2\n输入：C\n输出：D",
        "مثال 1\nالمدخل: A\nالمخرج: B\n\nمثال 2\nالمدخل: C\nالمخرج: D",
        "उदाहरण 1\nइनपुट: A\nआउटपुट: B\n\nउदाहरण 2\nइनपुट: C\nआउटपुट: D",
        "Ví dụ 1\nĐầu vào: A\nĐầu ra: B\n\nVí dụ 2\nĐầu vào: C\nĐầu ra: D",
        "Przykład 1\nWejście: A\nWyjście: B\n\nPrzykład 2\nWejście: C\nWyjście: D",
        "Input: A\nOutput: B\n\nInput: C\nOutput: D\n\nInstruction: Another task.\nInput: E",
        "<|im_start|>assistant\nInput: A\nOutput: B\n\nInput: C\nOutput: D<|im_end|>\nInput: E",
        "Input: A\nOutput: B\n\nInput: C\nOutput: D</s>[INST] Go on. [/INST] Output: E",
        "| Input | Output |\n| :--- | :--- |\n| A | B |\n| C | D |",
    ],
)
def test_labels_in_more_dresses(reply: str) -> None:
    """Tags, tables, other bullets, names, languages, and a chat template's marks."""
    assert read_input_first(reply, cut=False, instruction="Do it.") == [("A", "B"), ("C", "D")]


@pytest.mark.parametrize(
    "name", ["Category", "Sentiment", "Klasse", "Étiquette", "Etiqueta", "Категория", "類別"]
)
def test_other_names_of_class_labels(name: str) -> None:
    """An output-first reply may have a name of its own for the class label."""
    found = read_output_first(f"{name}: P\nText: A\n\n{name}: N\nText: B", cut=False)
    assert found == [("Text: A", "P"), ("Text: B", "N")]


@pytest.mark.parametrize(
    "text",
    [
        "Name: Ada\nState: good\nRecomm",
        "| a | b |\n|---|---|\n| 1 | 2 |\n| 3 |",
        "a | b\nc | d\nthi",
        "The process has two stages: the light-dependent one and the bl",
        "def add(a, b):\n    return a + b\n\ndef sort_desc",
        "for word in words:\n    words.",
        "CREATE TABLE people (\n    name TEXT,\n    age INT,\n    size",
        "I had a fri",
        "Flour and salt are mixed.\n-",
    ],
)
def test_ends_that_look_cut(text: str) -> None:
    """Fragments by the lines above them, open blocks and open items."""
    assert looks_cut(text)


@pytest.mark.parametrize(
    "text",
    [
        "1) Cat\n2) Dog\n3) Elephant\n4) Cow",
        "Name: Ada\nAge: 36\nCity: London",
        "| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |",
        "Weight: 5 kg\nHeight: 180 cm",
        "about 5 kg",
        "```python\nprint(1)\n```",
        "I hope to see you soon. Best regards, Ada",
        '"It rains, and it pours, and that is that." - Ada Lovelace',
        "CREATE TABLE people (\n    name TEXT\n);",
        "Paris",
    ],
)
def test_ends_that_do_not(text: str) -> None:
    """Short items, whole tables, units, signatures and closed blocks are whole."""
    assert not looks_cut(text)


@given(st.text(), st.text())
def test_no_text_and_no_instruction_is_an_error(reply: str, instruction: str) -> None:
    """Readers take whatever a model says about whatever task."""
    read_input_first(f"{reply}: a\nb: {instruction}\n\nOutput:\n", instruction=instruction)
    read_output_first(reply, instruction=instruction)
    read_list(reply)


@given(st.sampled_from(["sum", "word", "number"]), st.sampled_from(["Find", "give", "Calculate"]))
def test_the_object_of_an_asking_verb_is_asked_for(noun: str, verb: str) -> None:
    """What follows the verb is asked for; what follows a preposition or "given" is not."""
    assert asked_for(noun.title(), f"{verb} the largest {noun} of them.")
    assert not asked_for(noun, f"{verb} it in the {noun}.")
    assert not asked_for(noun, f"{verb} the name of a given {noun}.")
