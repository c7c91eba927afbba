# ruff: noqa: ISC004 - replies in parts, and in other scripts
"""The one grammar of the readers: vocabulary, titles, explanations, quotes, repairs, cost."""

from __future__ import annotations

import json
import subprocess
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from selfinstruct.method.marks import TAILS, THOUGHTS
from selfinstruct.method.readers import (
    read_blocks,
    read_input_first,
    read_list,
    read_output_first,
    repairs,
    vocabulary,
)
from selfinstruct.method.readers.normalise import cleaned, prepare

SHOTS = (
    "Write a haiku about rain.",
    "List three uses of salt.",
    "Translate the sentence into French.",
    "Name a river in Spain.",
)
TWO = ["Draw up a monthly budget for a student.", "Plan a small vegetable garden."]


def read(text: str) -> list[str]:
    return read_list(text, cut=False, shots=SHOTS, following=5)


ROLES = [*vocabulary.MARKS, "nothing", "yes", "no", "opener", "closing", "declines"]


@pytest.mark.parametrize("language", vocabulary.TABLE)
def test_every_language_has_every_role(language: str) -> None:
    """A language that lacks a word for a role would be read by halves."""
    rows = vocabulary.TABLE[language]
    assert [role for role in ROLES if not rows.get(role)] == []
    assert set(rows) == set(ROLES)


@pytest.mark.parametrize(
    "form",
    [
        "## Student Budget\n{}\n\n## Balcony Garden\n{}",
        "## Student Budget\n\n{}\n\n## Balcony Garden\n\n{}",
        "Sure! Here are the next tasks:\n\n### Student Budget\n\n{}\n\n### Balcony Garden\n\n{}\n\n"
        "Let me know if you need more!",
        "**Student Budget**\n{}\n\n**Balcony Garden**\n{}",
        "**Task 5: Student Budget**\n{}\n\n**Task 6: Balcony Garden**\n{}",
        "### Task 5: Student Budget\n\n{}\n\n### Task 6: Balcony Garden\n\n{}",
        "5. **Student Budget**\n   {}\n6. **Balcony Garden**\n   {}",
        "1. **Student Budget:**\n   {}\n\n2. **Balcony Garden:**\n   {}",
        "### 5. Student Budget\n**Instruction:** {}\n**Input:** None\n\n### 6. Balcony Garden\n"
        "**Instruction:** {}\n**Input:** None",
    ],
)
def test_titles_are_no_part_of_the_items_below_them(form: str) -> None:
    """A heading, or words in bold on a line of their own, head an instruction."""
    assert read(form.format(*TWO)) == TWO


@pytest.mark.parametrize(
    "text",
    [
        "## Haiku\n\nRain falls on roofs, soft rain.\n\n## Uses of Salt\n\nCooking, curing, melting"
        " ice.\n\n## River in Spain\n\nThe Ebro.",
        "## Write a haiku about rain.\n\nRain falls.\n\n## List three uses of salt.\n\nCooking."
        "\n\n## Name a river in Spain.\n\nEbro.",
    ],
)
def test_headings_over_answers_to_the_prompt_are_no_tasks(text: str) -> None:
    """Answers to the shots stay out, whatever stands over them."""
    assert read(text) == []


@pytest.mark.parametrize(
    "why",
    [
        "\nExplanation: it is about money.",
        "\n   *Why:* it is about money.",
        "\n(This task tests planning.)",
        "\n*This task requires some sums.*",
        "\n\nReason: it is about money.",
        "\n\nThis exercise encourages planning.",
        "\nErklärung: Es geht um Geld.",
    ],
)
def test_explanations_behind_items_are_no_part_of_them(why: str) -> None:
    """Nor do they make the reply one that answers the prompt."""
    assert read(f"5. {TWO[0]}{why}\n6. {TWO[1]}{why}") == TWO


@pytest.mark.parametrize("mark", ["Q{})", "Question {}.", "Exercise {} -", "Task No. {}:", "({})"])
def test_numbers_in_many_forms(mark: str) -> None:
    """A name, and a number with any sign."""
    assert read(f"{mark.format(5)} {TWO[0]}\n{mark.format(6)} {TWO[1]}") == TWO


@pytest.mark.parametrize("language", vocabulary.TABLE)
@pytest.mark.parametrize("form", ["{word} {number}: {item}", "**{word} {number} -** {item}"])
def test_each_name_of_a_task_numbers_items(language: str, form: str) -> None:
    """A word in the vocabulary's line of a language is all that it takes."""
    rows = vocabulary.TABLE[language]
    for word in (rows["task"] + ", " + rows["item"]).split(", "):
        text = "\n".join(
            form.format(word=word.capitalize(), number=number, item=item)
            for number, item in enumerate(TWO, 5)
        )
        assert read(text) == TWO, word


@pytest.mark.parametrize("quotes", ["“{}”", '"{}"', "„{}“", "«{}»", "「{}」", "『{}』"])
def test_quoted_items_lose_their_quotes(quotes: str) -> None:
    """Of whatever language; a quotation with text around it keeps them."""
    assert read("\n".join(f"{n}. {quotes.format(item)}" for n, item in enumerate(TWO, 5))) == TWO
    kept = quotes.format("Go on") + " means what?"
    assert read(f"5. {kept}\n6. {TWO[1]}") == [kept, TWO[1]]


def test_fields_of_an_input_stay_in_it() -> None:
    """Names of its own are data, however many; quotes around a value are its own."""
    reply = 'Input:\nText: I liked it.\nReview: "Good."\nOutput: "positive"'
    found = read_input_first(reply, cut=False, instruction="Rate the film.")
    assert found == [('Text: I liked it.\nReview: "Good."', '"positive"')]


@pytest.mark.parametrize("repair", repairs.REPAIRS, ids=lambda repair: repair.name)
def test_the_example_of_a_repair(repair: repairs.Repair) -> None:
    """It applies to its example, alone, does what it says, and is counted; done, it does not."""
    before, after = repair.example
    assert repairs.repaired(repair.reader, before) == (after, [repair.name])
    assert repairs.repaired(repair.reader, after) == (after, [])


LINEAR = r"""
from selfinstruct.method import readers
units = [
    "Output:\n", "Output: 1\n", "Input: a\nOutput: b\n", "Task 1: a\n", "Task 2: x\nOutput: y\n",
    "- a\n", "5. a b c.\n", "<think></think>\n", "</think>", "```\n", " ", "\n", "[", "(", "**",
    '"', "| a | b |\n", "a. 5. ", "Example\n", "A: b\n", "Class label: a\nText: b\n", "###\n",
    "Instruction: a\nOutput: b\n", "let me know\n\n", "Write a function a\n\n", "Text: a\n", "_ ",
    "<task>", ". ", "a\tb", "**a**\n", "## A b\nc d.\n", "1. a:\n", "* ", "x_", "yes ",
    "</s>", "<|im_end|> \n", "[THINK]", "\x1b[0", "\x0b", "{\"a\":",
]
for unit in units:
    text = unit * (100_000 // len(unit))
    readers.read_input_first("Output: a" + text)
    readers.read_list(text + "x", shots=["Do it now."], following=2)
    readers.read_blocks(text + "x")
    readers.read_input_first(text + "x")
    readers.read_output_first(text + "x")
    readers.read_decision(text + "x")
"""


def test_reading_takes_linear_time() -> None:
    """Nothing that repeats makes a reader search again: what is quadratic would take hours."""
    subprocess.run([sys.executable, "-c", LINEAR], check=True, timeout=600)


@pytest.mark.parametrize(("begin", "end"), THOUGHTS)
def test_thoughts_of_any_model_are_no_items(begin: str, end: str) -> None:
    """Whatever marks them; what follows is read, and thoughts that never end leave nothing."""
    thoughts = f"{begin}Hm.\nTask 9: Think of a thing that is no task.\n"
    told = f"{thoughts}{end}\nTask 9: Write a short poem about winter."
    assert read_list(told, cut=False) == ["Write a short poem about winter."]
    assert read_list(thoughts, cut=False) == []


@pytest.mark.parametrize("mark", TAILS)
def test_marks_of_templates_behind_an_answer_go(mark: str) -> None:
    """One or several, in any case."""
    for tail in (mark, mark.upper(), f" {mark}\n{mark} "):
        found = read_input_first(f"Input: two\nOutput: It is 2.{tail}", cut=False)
        assert [one.output for one in found] == ["It is 2."]


@given(st.text(st.sampled_from("a\n \x00\x07\x1b[31m\u200b\u202e\ufeff\ud83d"), max_size=60))
def test_nothing_unseen_is_read(text: str) -> None:
    """No control character, mark of no width or half a pair comes out of a reader."""
    for one in read_input_first(f"Input: b{text}c\nOutput: d{text}e", cut=False):
        assert seen(one.input + one.output)


def seen(text: str) -> bool:
    return not [c for c in text if unicodedata.category(c) in {"Cc", "Cs", "Cf"} and c != "\n"]


@given(st.text(st.sampled_from("a\x00\x07\x0b\x1b[31m\u200b\u202e\ufeff\ud83d"), max_size=40))
def test_nothing_unseen_is_read_from_json(text: str) -> None:
    """Where a schema binds the answer, such characters come as escapes."""
    told = json.dumps({"tasks": [f"b{text}c"]})
    assert all(map(seen, read_list(told, cut=False)))
    one = {"instruction": f"b{text}c", "input": f"d{text}", "output": f"e{text}f"}
    blocks = read_blocks(json.dumps({"tasks": [one]}), cut=False)
    assert all(seen(each.instruction) for each in blocks)
    for pair in [pair for each in blocks for pair in each.instances]:
        assert seen(pair.input + pair.output)


def test_what_was_taken_off_is_named() -> None:
    """Each kind once, for the figures."""
    names = cleaned("<think>Hm.</think>\nYes.\x07</s>")[1]
    assert names == ["control characters", "a template's marks", "thoughts in the text"]


def test_what_shows_nowhere_comes_off() -> None:
    """Marks of direction, tags and fillers of no width; line separators end lines."""
    hidden = "\u061c\u180e\u2064\u206f\ufff9\ufffb\u00ad\U000e0041\U000e007f"
    assert prepare(f"Write{hidden} a\u2028poem\u2029\x85.") == "Write a\npoem\n\n."
    wales = "\U0001f3f4\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f"
    assert prepare(f"{wales} is a flag; \U0001f469\u200d\U0001f52c one sign") == (
        f"{wales} is a flag; \U0001f469\u200d\U0001f52c one sign"
    )


def test_what_is_far_too_long_is_read_to_a_line_end() -> None:
    """No reply of any length is read beyond what an answer can have."""
    text = "Write a poem about the sea.\n" * 400_000
    read, names = cleaned(text)
    assert len(read) <= 200_000
    assert text.startswith(read)
    assert read.endswith("sea.\n")
    assert names == ["what is far too long"]
    assert len(cleaned("a" * 10_000_000)[0]) == 200_000


def test_a_class_label_that_belongs_to_no_task() -> None:
    """A heading of another task takes the only label away; nothing is read, and nothing breaks."""
    assert read_output_first("(none\n**Task 9:**) N\nClass label:o", instruction="Sort.") == []
