# ruff: noqa: RUF001 - replies in parts, and in other scripts
from __future__ import annotations

import pytest

from selfinstruct.method.readers import read_decision


@pytest.mark.parametrize(
    "text",
    [
        "Yes",
        " yes.",
        "**Yes**",
        "Classification: Yes",
        "Yes, this is a classification task.",
        "Yes (a small set of labels)",
        "This is a classification task.",
        "The answer is Yes.",
        "Yes\n\nTask: Is it red?\nClassification: No",
        "```\nYes\n```",
        '{"classification": "Yes"}',
        '{"is_classification": true}',
        "是的，这是一个分类任务。",
        "Ja.",
        "Sí, es una tarea",
        "예",
        "\\boxed{Yes}",
        "I would say yes, the labels are few.",
        "Yes ``` and more of the template",
    ],
)
def test_yes(text: str) -> None:
    """The first clear decision counts, in any common language and dress."""
    assert read_decision(text) is True


@pytest.mark.parametrize(
    "text",
    [
        "No",
        "'No'",
        "Is it classification? No",
        "No, because the answer is free text.",
        "No - free text",
        "No\n\nTask: Is it red?\nClassification: Yes",
        "This is not a classification task",
        "It isn't a classification task, since",
        "Not a classification task",
        "<think>Yes? The labels ...</think>\n\nNo",
        '```json\n{"classification": "No"}\n```',
        "不是",
        "Nein",
        "いいえ",
        "Task: Is it red?\nClassification: No",
        "**Task:** Is\nit red?\n**Classification:** No\n\nTask: Sum.\nClassification: Yes",
        "is_classification: false",
        "I'd say no",
        "The answer is $\\boxed{\\text{No}}$.",
    ],
)
def test_no(text: str) -> None:
    """What runs on behind the decision does not count."""
    assert read_decision(text) is False


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Ye",
        "Yes, I can help. What would you like to ask?",
        "Yes?",
        "Yes or no?",
        "Yes and no",
        "Yes/No",
        "No problem! Here is the list:",
        "No, I'm sorry",
        "It depends.",
        "Not sure",
        "Maybe yes",
        "None",
        "Yesterday",
        "Noch nicht",
        "Positive",
        "Please provide the text.",
        "<think>Yes",
        "I'd say yes and no",
        "I would say it depends",
        "I would say no to that offer",
    ],
)
def test_undecided(text: str) -> None:
    """Hedged, cut, empty and asking replies decide nothing; they are never taken as no."""
    assert read_decision(text) is None


def test_letters_that_only_match_without_case_are_no_error() -> None:
    """Turkish capitals are read; a word that only looks like a decision is none."""
    assert read_decision("HAYIR") is False
    assert read_decision("s\u0131") is None
