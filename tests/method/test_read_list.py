# ruff: noqa: ISC004, RUF001 - replies in parts, and in other scripts
from __future__ import annotations

import pytest

from selfinstruct.method.readers import read_list

SHOTS = (
    "Write a haiku about rain.",
    "List three uses of salt.",
    "Translate the sentence into French.",
    "Name a river in Spain.",
)
TWO = ["Write a poem about the sea.", "Give a recipe for soup."]


def read(text: str, *, cut: bool | None = False) -> list[str]:
    return read_list(text, cut=cut, shots=SHOTS, following=5)


@pytest.mark.parametrize(
    "text",
    [
        " Write a poem about the sea.\nTask 6: Give a recipe for soup.",
        "Task 5: Write a poem about the sea.\nTask 6: Give a recipe for soup.",
        "Task 5 - Write a poem about the sea.\nTask 6 - Give a recipe for soup.",
        "5. Write a poem about the sea.\n6. Give a recipe for soup.\n7",
        "Task 5 of 8: Write a poem about the sea.\n**6.** Give a recipe for soup.",
        "(5) Write a poem about the sea.\n(6) Give a recipe for soup.\n\n(7)",
        "5. Write a poem about the sea.\n9. Give a recipe for soup.\n10.",
        "1. Write a poem about the sea.\n2. Give a recipe for soup.",
        "- Write a poem about the sea.\n- Give a recipe for soup.",
        "* **Write a poem** about the sea.\n* Give a recipe for soup.\n\nI hope these help!",
        "### Task 5\nWrite a poem about the sea.\n\n### Task 6\nGive a recipe for soup.",
        "Sure! Here are the next tasks:\n\n**Task 5:** Write a poem about the sea.\n\n"
        "**Task 6:** Give a recipe for soup.\n\nLet me know if you need more!",
        "Write a poem about the sea. Task 6: Give a recipe for soup.",
        "5. Write a poem about the sea. 6. Give a recipe for soup.",
        "Task 5: Write a poem about the sea.\nAnswer: The sea is wide.\nTask 6: Give a recipe for"
        " soup. Answer: Boil water.",
        '5. "Write a poem about the sea."\n6. Give a recipe\n   for soup.',
        "<think>1. Or a song?\n2. No.</think>\nTask 5: Write a poem about the sea.\n"
        "Task 6: Give a recipe for soup.",
        '{"tasks": ["Write a poem about the sea.", "Give a recipe for soup."]}',
        "| 5 | Write a poem about the sea. |\n| 6 | Give a recipe for soup. |",
        "Here are the tasks:\n\n| No. | Kind | **Task** |\n|:---|---|---|\n| 5 | A | Write a poem"
        " about the sea. |\n| 6 | food | Give a recipe for soup. |\n\nI hope these help!",
        "| Instruction |\n|---|\n| Write a poem about the sea. |\n| Give a recipe for soup. |",
        "5. *Write* a poem about the sea.\n6. Give a recipe for _soup._",
        'Here you are:\n```json\n["Write a poem about the sea.", "Give a recipe for soup."]\n```',
    ],
)
def test_a_list_is_read_however_it_is_numbered(text: str) -> None:
    """Missing, repeated, skipped or restarted numbers, bullets, bold, headings and small talk."""
    assert read(text) == TWO


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Task 5:",
        "I'm sorry, but I can't help with that.",
        "I'm ready to help. What are the tasks?",
        "Here is a haiku about rain:\n\nRain falls on the roof\nsoftly through the night",
        "Here are the tasks with answers:\n\n1. **Write a haiku about rain.**\n\nRain falls softly."
        "\n\n2. **List three uses of salt.**\n\nCooking, cleaning, melting ice.",
        "1. Rain falls on the roof\n\n2. Salt melts ice and cures meat.\n\n"
        "3. Please provide the sentence.\n\n4. The Ebro is a river in Spain.",
        "1. **Haiku**: compose a haiku on rain.\n2. **Salt**: three uses of salt.\n"
        "3. **French**: put a sentence into French.\n4. **Rivers**: name one river of Spain.",
        "Task 5: Write a haiku about rain.\nTask 6: list three uses of SALT",
    ],
)
def test_no_continuation_has_no_items(text: str) -> None:
    """Refusals, answers to the prompt's list, its description and its echoes hold no new task."""
    assert read(text) == []


def test_what_follows_a_copy_of_the_shots_is_new() -> None:
    """A reply may say the whole list again before it goes on."""
    copied = "\n".join(f"Task {number}: {shot}" for number, shot in enumerate(SHOTS, 1))
    assert read(f"{copied}\nTask 5: {TWO[0]}\nTask 6: {TWO[1]}") == TWO


def test_without_the_prompt_its_numbers_tell() -> None:
    """A recorded reply that begins with its prompt is read from the open number on."""
    text = "A list:\n1. Jump high.\n2. Run far.\n3. Swim out.\n4. Walk home"
    assert read_list(text, cut=False, following=3) == ["Swim out.", "Walk home"]


def test_points_and_code_belong_to_their_item() -> None:
    """Inner numbers, bullets and code stay inside the item they belong to."""
    text = (
        "5. Put these in order:\n1. pear\n2. fig\n6. Find the bug in this code:\n```\nx = = 1\n```"
        "\n7. Plan a week:\n- Monday\n- Tuesday"
    )
    assert read(text) == [
        "Put these in order: 1. pear 2. fig",
        "Find the bug in this code: ``` x = = 1 ```",
        "Plan a week: - Monday - Tuesday",
    ]


def test_numbers_inside_a_text_are_text() -> None:
    """Years, times and decimals begin no item."""
    text = "5. Sum up the year 2020. What came at 10:30?\n6. Add 3.5 and 4.25 litres."
    assert read(text) == [
        "Sum up the year 2020. What came at 10:30?",
        "Add 3.5 and 4.25 litres.",
    ]


def test_a_cut_reply_loses_its_last_item_only() -> None:
    """A cut item goes; a number alone is that item; without a finish reason the text tells."""
    whole = "Task 5: Write a poem about the sea.\nTask 6: Give a recipe for soup."
    assert read(f"{whole}\nTask 7: Explain why the", cut=True) == TWO
    assert read(f"{whole}\nTask 7:", cut=True) == TWO
    assert read(f"{whole}\nTask 7: Explain why the", cut=None) == TWO
    assert read(whole, cut=None) == TWO


def test_a_line_of_the_prompt_is_no_item() -> None:
    """The prompt's own header, numbered by the model, is dropped."""
    text = "5. A long list of tasks:\n6. Give a recipe for soup."
    assert read_list(text, cut=False, shots=SHOTS, following=5, headers=["A long list of tasks:"])[
        :1
    ] == ["Give a recipe for soup."]


@pytest.mark.parametrize(
    "text",
    [
        "任务5：写一首诗。\n任务6：解释潮汐。",
        "5、写一首诗。\n6、解释潮汐。",
        "写一首诗。\n6. 解释潮汐。",
    ],
)
def test_other_scripts_are_read_alike(text: str) -> None:
    """Full-width marks and names of other languages count."""
    assert read(text) == ["写一首诗。", "解释潮汐。"]


def test_first_person_tasks_are_tasks() -> None:
    """A user's "I can't ..." is no refusal."""
    assert read(" I can't sleep at night. What can I do?") == [
        "I can't sleep at night. What can I do?"
    ]


@pytest.mark.parametrize(
    ("line", "item"),
    [
        ("*Compare* two things.", "Compare two things."),
        ("Compare *two* things.", "Compare *two* things."),
        ("Write a story about *rain*", "Write a story about rain"),
        ("*Find the verb.*", "Find the verb."),
        ("Work out 2 * 3 * 4.", "Work out 2 * 3 * 4."),
        ("Fill in the blank: the sky is ____", "Fill in the blank: the sky is ____"),
    ],
)
def test_emphasis_goes_in_pairs(line: str, item: str) -> None:
    """No star is left alone, and a blank to fill in is no emphasis; in a table too."""
    assert read(f"5. {line}\n6. Give a recipe for soup.") == [item, TWO[1]]
    assert read(f"| **5** | {line} |\n| **6** | Give a recipe for soup. |") == [item, TWO[1]]


def test_a_table_inside_an_item_is_its_data() -> None:
    """Only a reply that is nothing but a table is read by its rows."""
    text = "5. Sum up this table:\n| 1 | red |\n| 2 | blue |\n6. Give a recipe for soup."
    assert read(text) == ["Sum up this table: | 1 | red | | 2 | blue |", TWO[1]]
