# ruff: noqa: ISC004, RUF001 - replies in parts, and in other scripts
from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from selfinstruct.method.filters import FILTERS, INSTANCE_FILTERS
from selfinstruct.method.filters.arithmetic import work_out
from selfinstruct.method.filters.language import guess_language
from selfinstruct.method.types import Instance, Rejected
from tests.world import a_task

GERMAN = "Schreibe eine kurze Geschichte, die von einem Hund und der Katze erzählt."


@pytest.mark.parametrize(
    "instruction",
    [
        "Draw a picture of a cat.",
        "Create an image of a sunset over the sea.",
        "Design a logo for a bakery.",
        "Describe what happens in the given photo.",
        "Look at this chart and say which year was best.",
        "Listen to the following recording and write it down.",
        "Make a pie chart of the figures.",
        "Identify the flower in the picture.",
        "Set an alarm for seven.",
        "Remind me to call my mother.",
        "Book a flight to Rome.",
        "Search the web for the best hotels.",
        "Send an email to my boss.",
        "What is the weather like today?",
        "Take a screenshot of the page.",
    ],
)
def test_what_text_cannot_do_is_turned_down(instruction: str) -> None:
    """Making, seeing, hearing, acting and knowing the present moment are beyond a text model."""
    rejected = FILTERS["beyond_text"]()(a_task(instruction))
    assert rejected is not None
    assert rejected.reason == "beyond text"
    assert rejected.value


@pytest.mark.parametrize(
    "instruction",
    [
        "Map the values to a dictionary.",
        "Explain a theorem of graph theory to a pupil.",
        "Draw a conclusion from the figures.",
        "Draw a comparison between the two poems.",
        "Paint a vivid picture of the harbour in words.",
        "Write a caption for a picture of a cat.",
        "Write a Python function that draws a circle.",
        "Summarize the plot of the film.",
        "Suggest names for a photo gallery.",
        "Explain how to draw a horse.",
        "Plot twist: explain what the term means.",
        "Describe the painting 'The Night Watch'.",
        "Write an email to my boss about a day off.",
        "Order the words by length.",
        "Print the first ten primes with a loop in C.",
        "What music did Bach write in Leipzig?",
        "Write a character sketch of a villain.",
        "What should go to the top of a to-do list?",
    ],
)
def test_what_only_sounds_like_it_may_pass(instruction: str) -> None:
    """A keyword alone is no reason: it is the work asked for that counts."""
    assert FILTERS["beyond_text"]()(a_task(instruction)) is None


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (GERMAN, "de"),
        ("Explain the difference between a list and a tuple.", "en"),
        ("Décrivez les avantages de la vie à la campagne pour une famille.", "fr"),
        ("Escribe una historia corta sobre el mar y los barcos de la costa.", "es"),
        ("Напиши короткий рассказ о том, как кот искал дом и не нашёл.", "ru"),
        ("写一首关于大海的诗，然后解释它的意思。", "zh"),
        ("海についての詩を書いてください。", "ja"),
        ("바다에 대한 시를 써 주세요.", "ko"),
        ("اكتب قصيدة عن البحر", "ar"),
        ("OK", ""),
        ("x = 3; y = 4", ""),
    ],
)
def test_languages_show_by_script_and_common_words(text: str, wanted: str) -> None:
    """A sentence is enough; less says nothing."""
    assert guess_language(text) == wanted


def test_the_runs_language_comes_from_the_seed_tasks() -> None:
    """Or from the option; quotations in another language do not count."""
    english = FILTERS["language"](
        seeds=["Explain what the moon is made of and why it is so bright."]
    )
    german = FILTERS["language"](only="de")
    assert english(a_task(GERMAN)) == Rejected("another language", "de", "en")
    assert german(a_task(GERMAN)) is None
    assert english(a_task(f'What does "{GERMAN}" mean?')) is None
    assert FILTERS["language"](seeds=["OK"])(a_task(GERMAN)) is None


def test_an_output_in_another_language_needs_a_reason() -> None:
    """A translation, or an input in that language, is one."""
    rule = INSTANCE_FILTERS["language"](only="en")
    assert rule(a_task("Tell a tale.", Instance("", GERMAN))) == Rejected(
        "another language", "de", "en"
    )
    assert rule(a_task("Translate it into German.", Instance("A dog.", GERMAN))) is None
    assert rule(a_task("Shorten it.", Instance(GERMAN, GERMAN))) is None


@pytest.mark.parametrize(
    ("output", "value"),
    [
        ("12 x 3 = 35", "36"),
        ("So 2 + 3 * 4 = 20 in all.", "14"),
        ("It costs $1,200 - $350 = $950.", "850"),
        ("10 / 4 = 2.4", "2.5"),
        ("1 + 1 = 3", "2"),
    ],
)
def test_wrong_sums_are_worked_out(output: str, value: str) -> None:
    """The limit is the right value."""
    rejected = INSTANCE_FILTERS["wrong_arithmetic"]()(
        a_task("How much is it?", Instance("", output))
    )
    assert rejected is not None
    assert rejected.reason == "wrong arithmetic"
    assert rejected.limit == value


@pytest.mark.parametrize(
    "output",
    [
        "12 x 3 = 36",
        "10 / 3 = 3.33",
        "2 / 3 = 0.67",
        "7 / 2 = 3 remainder 1",
        "2x + 3 = 7",
        "3 + 4 = 2 + 5",
        "if 5 - 3 == 1:",
        "x^2 - 1 = 0",
        "5 / 0 = 0",
        "On 2020-01-02 = Thursday",
        "50% of 10 - 5 = 0",
        "f(2) + 3 = 9",
    ],
)
def test_right_and_other_sums_may_pass(output: str) -> None:
    """Rounded results, unknowns, code, dates and chains are not judged wrong."""
    assert (
        INSTANCE_FILTERS["wrong_arithmetic"]()(a_task("How much is it?", Instance("", output)))
        is None
    )


def test_the_answer_to_a_bare_sum_is_worked_out() -> None:
    """The question may stand in the instruction or the input; a sum it shows itself is its own."""
    rule = INSTANCE_FILTERS["wrong_arithmetic"]()
    assert rule(a_task("What is 8 + 3 x 5?", Instance("", "24"))) is not None
    assert rule(a_task("Solve it.", Instance("8 + 3 x 5", "The answer is 23."))) is None
    assert rule(a_task("Is 2 + 2 = 5 true?", Instance("", "No, 2 + 2 = 5 is false."))) is None


@given(
    st.lists(
        st.tuples(st.sampled_from("+-*/"), st.integers(min_value=1, max_value=99)),
        min_size=1,
        max_size=7,
    ),
    st.integers(min_value=0, max_value=99),
)
def test_sums_equal_pythons(rest: list[tuple[str, int]], first: int) -> None:
    """Products and quotients come first, as everywhere."""
    text = f"{first}" + "".join(f" {sign} {number}" for sign, number in rest)
    value = work_out(text)
    assert value is not None
    assert math.isclose(float(value), eval(text), rel_tol=1e-9, abs_tol=1e-9)  # noqa: S307 - our own text
    assert work_out("7 - -3") == Fraction(10)
    assert work_out("7 -3") == Fraction(4)


@pytest.mark.parametrize(
    ("rule", "instruction", "given_input", "output", "reason"),
    [
        ("refusal", "Say why.", "", "As an AI language model, I have no view.", "refusal"),
        ("refusal", "Make it grey.", "", "Sorry, I can't do that.", "refusal"),
        ("refusal", "Name a river.", "", "Sure, here is one: the Ebro.", "assistant's talk"),
        ("refusal", "Name a river.", "", "The Ebro.\nI hope this helps!", "assistant's talk"),
        ("placeholder", "Thank a friend.", "", "Dear [friend's name], thanks!", "placeholder"),
        ("placeholder", "Sum it up.", "<insert link here>", "It is good.", "placeholder"),
        ("truncated_output", "Say why.", "", "It is because of the", "truncated output"),
        ("truncated_output", "Say why.", "", "We saw them (and the others", "truncated output"),
        (
            "truncated_output",
            "Say why.",
            "",
            "It is old. It is big. And then it is not only very old and big but in its own small"
            " way also quite a lovely thing to loo",
            "truncated output",
        ),
        (
            "repeats_instruction",
            "Name a long river.",
            "",
            "Name a long river. The Ebro.",
            "output repeats instruction",
        ),
        ("merged_tasks", "Add.", "", "3\n5. Instruction: Sing.\nInput: none", "several tasks"),
        ("url_input", "Sum it up.", "https://a.example/b", "It is good.", "address as input"),
        ("empty_output", "Sum it up.", "a", " N/A ", "empty output"),
        ("empty_output", "Sum it up.", "a", "<no output>", "empty output"),
        ("output_repeats_input", "Mend it.", "a b", "a  b", "output repeats input"),
        ("ends_in_colon", "List them.", "", "Here they are:", "ends in a colon"),
    ],
)
def test_known_defects_are_turned_down(
    rule: str, instruction: str, given_input: str, output: str, reason: str
) -> None:
    """Each rule names its reason, the value it saw and its limit."""
    rejected = INSTANCE_FILTERS[rule]()(a_task(instruction, Instance(given_input, output)))
    assert rejected is not None
    assert rejected.reason == reason
    assert rejected.value is not None
    assert rejected.limit is not None


@pytest.mark.parametrize(
    ("rule", "instruction", "given_input", "output"),
    [
        ("refusal", "Decline an invitation by e-mail.", "", "I'm sorry, I can't help with it."),
        ("refusal", "Mend it.", "Sorry I cant do it", "Sorry, I can't do that."),
        ("refusal", "How would an AI assistant put it?", "", "As an AI, I would say no."),
        ("refusal", "Name a river.", "", "The Ebro is one, as an old map shows."),
        ("placeholder", "Write a letter template.", "", "Dear [your name],"),
        ("placeholder", "Sort it.", "", "def sort(items):\n    return items[name]"),
        ("truncated_output", "Write a haiku.", "", "old pond\na frog leaps in\nwater's sound"),
        ("truncated_output", "Name it.", "", "Positive"),
        ("truncated_output", "Write code.", "", "```\nprint(1)\n```"),
        (
            "repeats_instruction",
            "Repeat this sentence, please.",
            "",
            "Repeat this sentence, please.",
        ),
        ("url_input", "Take the domain out of the URL.", "https://a.example/b", "a.example"),
        ("output_repeats_input", "Write it in capitals.", "abc", "ABC"),
    ],
)
def test_what_is_no_defect_may_pass(
    rule: str, instruction: str, given_input: str, output: str
) -> None:
    """The same words are no defect where the task calls for them."""
    assert INSTANCE_FILTERS[rule]()(a_task(instruction, Instance(given_input, output))) is None


def test_several_tasks_in_one_instruction() -> None:
    """The mark of another task inside an instruction gives it away."""
    merged = "Name a river. 18. Instruction: Name a lake."
    assert FILTERS["merged_tasks"]()(a_task(merged)) is not None
    assert FILTERS["merged_tasks"]()(a_task("Follow instruction 18: name a lake.")) is None
