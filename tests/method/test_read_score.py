# ruff: noqa: RUF001 - replies in other scripts
"""Scores and choices of judges, in whatever dress they come."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from selfinstruct.method.readers import read_choice, read_score, verdicts

SCORES = {
    "8": 8,
    " 8.": 8,
    "**8**": 8,
    "8/10": 8,
    "8 / 10": 8,
    "Score: 8/10": 8,
    "8 out of 10": 8,
    "**Rating:** 7": 7,
    "**Score**: 7": 7,
    "### Score\n9": 9,
    "Score = 6": 6,
    "Score - 6": 6,
    "| Score | 6 |": 6,
    "eight": 8,
    "Eight.": 8,
    "Score: eight": 8,
    "eight out of ten": 8,
    "Score: ten": 10,
    "Reason: It is right.\nScore: 9": 9,
    "Score: 9\nReason: It is right, but 2 facts are missing.": 9,
    "The answer names 3 of 5 rivers.\n4": 4,
    "4\n\nThe answer names 3 of 5 rivers.": 4,
    "4 - the answer names 3 of 5 rivers.": 4,
    "On a scale of 1 to 10, I would rate this answer an 8.": 8,
    "I'd give it a 7 because two facts are wrong.": 7,
    "I rate this response 6 out of 10.": 6,
    "This deserves a score of 5.": 5,
    "Score (1-10): 8": 8,
    "Score [1 to 10]: **3**": 3,
    "Clarity score: 7\nAccuracy score: 9\nOverall score: 8": 8,
    "Clarity score: 7\nScore: 9": 9,
    "Score: 7\nFinal score: 6": 6,
    "Score: 8\nI would have given a score of 10 with a source.": 8,
    "A 4/10 at best.": 4,
    "Reason: It is right\nScore: 9": 9,
    "Overall: 8": 8,
    "Accuracy: 9/10\nClarity: 7/10\nTotal: 16/20": 8,
    "1. Accuracy: 9/10\n2. Overall: 8/10": 8,
    "Reason: 10 out of 10 facts are right.\nScore: 9": 9,
    "Ich bewerte die Antwort mit 7 von 10 Punkten.": 7,
    "Score: 4/5": 8,
    "On a scale of 1 to 5: 3": 6,
    "Score (1-5): 2": 4,
    "Score: 80/100": 8,
    "Score: 85%": 9,
    "Score: 3/100": 1,
    "Note : 16/20": 8,
    "Score: 7.5": 8,
    "Score: 7,4": 7,
    "Score: 8.0/10": 8,
    "10": 10,
    "1": 1,
    "Rating: [[6]]": 6,
    "[[6]]": 6,
    "\\boxed{7}": 7,
    "The answer is \\boxed{7/10}.": 7,
    "<score>7</score>": 7,
    "```\n8\n```": 8,
    "<think>Maybe 3? No.</think>\nScore: 8": 8,
    "Score: 8<|im_end|>": 8,
    '{"reason": "Right.", "score": 8}': 8,
    '{"score": "8/10", "reason": "Right."}': 8,
    '{"rating": 7.6}': 8,
    '{"score": {"value": 4}}': 4,
    '```json\n{"score": 3, "reason": "Wrong."}\n```': 3,
    'Here is my verdict: {"score": 3, "reason": "Wrong."}': 3,
    "Bewertung: 8 von 10": 8,
    "Ich gebe 7 Punkte.": 7,
    "Punktzahl: sieben": 7,
    "Note globale : 7 sur 10": 7,
    "Puntuación: 9": 9,
    "Pontuação: 9 de 10": 9,
    "Оценка: 8 из 10": 8,
    "评分：8": 8,
    "评分：8分": 8,
    "满分10分，评分：9分": 9,
    "得分：八": 8,
    "８": 8,
    "評価：7点": 7,
    "점수: 7점": 7,
    "التقييم: ٨": 8,
}
NONE = [
    "",
    "Good.",
    "The answer names 3 rivers.",
    "Note: 3 facts are wrong.",
    "Score: 0",
    "Score: 11",
    "Score: 12/10",
    "Score: -3",
    "Score: 85",
    "Score: 3/4",
    "Score: 7-8",
    "Score: 7 or 8",
    "Score: 1-10",
    "Score: 7\nScore: 8",
    "Between 6 and 8.",
    "Score: 8\n\nTask:\nReason: Bad\nScore: 2",
    "1. The answer is right.\n2. It is short.",
    "The score is due to its length.",
    "I cannot rate this.",
    '{"score": 11}',
    '{"score": true}',
    '{"score": "high"}',
    "In 2024 there were 8 of them.",
    "I give 3 reasons.",
    "De score is een goede.",
]
CHOICES = {
    "A": "A",
    "B": "B",
    "b.": "B",
    "**B**": "B",
    "[[A]]": "A",
    "[[B]]": "B",
    "[[C]]": "tie",
    "1": "A",
    "2": "B",
    "first": "A",
    "The second.": "B",
    "Answer A": "A",
    "Response B": "B",
    "Tie": "tie",
    "tie.": "tie",
    "Better: A": "A",
    "**Better:** B": "B",
    "**Better**: **B**": "B",
    "Winner: Answer B": "B",
    "Verdict: tie": "tie",
    "Reason: A is short, B is right.\nBetter: B": "B",
    "My choice is A.": "A",
    "Final answer: B": "B",
    "Answer A is better.": "A",
    "Answer **B** is better than Answer A, because it is right.": "B",
    "The first answer is better.": "A",
    "The second answer is clearly better.": "B",
    "A is worse.": "B",
    "I prefer answer B.": "B",
    "I would choose the first answer.": "A",
    "A: it is shorter and right.": "A",
    "B, because it is right.": "B",
    "A is right.\nB is wrong.\nSo A wins.": "A",
    "Both answers are equally good.": "tie",
    "They are the same.": "tie",
    "It's a tie.": "tie",
    "'A'": "A",
    "Assistant B provided a better answer.": "B",
    "\\boxed{A}": "A",
    "<think>B is better.</think>A": "A",
    '{"reason": "B is longer.", "better": "A"}': "A",
    '{"winner": "Answer B"}': "B",
    '{"better": "tie"}': "tie",
    '{"better": 2}': "B",
    "Antwort A ist besser.": "A",
    "Die zweite Antwort ist besser.": "B",
    "Unentschieden": "tie",
    "La réponse B est meilleure.": "B",
    "La respuesta A es mejor.": "A",
    "更好：B": "B",
    "回答A更好": "A",
    "第二个回答更好": "B",
    "ответ B лучше": "B",
}
UNDECIDED = [
    "",
    "A good answer.",
    "I cannot say.",
    "A or B",
    "A: it is short.\nB: it is right.",
    "A is better for children. B is better for experts.",
    "A is not better.",
    "A is more verbose.",
    "It depends on whether A is better.",
    "C",
    "3",
    '{"better": "C"}',
    '{"better": null}',
]


@pytest.mark.parametrize(("text", "score"), SCORES.items())
def test_a_score(text: str, score: int) -> None:
    """By its label, its scale or its line; mapped where another scale is named."""
    found = read_score(text)
    assert found is not None
    assert found[0] == score


@pytest.mark.parametrize("text", NONE)
def test_what_is_no_score(text: str) -> None:
    """Counts, ranges, other scales and what is out of range decide nothing."""
    assert read_score(text) is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Reason: It is right.\nScore: 9", "It is right."),
        ("Score: 9\nReason: It is right.", "It is right."),
        ("Reason: It is right\nScore: 9", "It is right"),
        ("<score>9</score><reason>It is right.</reason>", "It is right."),
        ("**Score:** 9/10 - it is right.", "it is right."),
        ("9\n\nIt is right.\nIt is short.", "It is right.\nIt is short."),
        ("It is right.\n\n9", "It is right."),
        ("It is right, so I give it a 9.", "It is right, so I give it a 9."),
        ('{"score": 9, "rationale": "It is right."}', "It is right."),
        ("9", ""),
    ],
)
def test_the_reason_is_what_is_left(text: str, reason: str) -> None:
    """Without the line of the score and its own label; a sentence with the score stays whole."""
    assert read_score(text) == (9, reason)


@pytest.mark.parametrize("language", verdicts.TABLE)
def test_each_language_has_its_words(language: str) -> None:
    """A word in a language's line is all that it takes."""
    rows = verdicts.TABLE[language]
    for label in rows["score"].split(", "):
        assert read_score(f"**{label.capitalize()}:** 7/10") == (7, ""), label
    for value, word in enumerate(rows["numerals"].split(", "), 1):
        assert read_score(f"Score: {word}") == (value, ""), word
    for role, choice in (("first", "A"), ("second", "B"), ("tie", "tie")):
        for word in rows[role].split(", "):
            assert read_choice(word) == choice, word
    for label in rows["choice"].split(", "):
        assert read_choice(f"{label.capitalize()}: B") == "B", label
    for word in rows["better"].split(", "):
        gap = "" if ord(word[0]) >= 0x2E80 else " "
        assert read_choice(f"B{gap}{word}") == "B", word


@pytest.mark.parametrize(("text", "choice"), CHOICES.items())
def test_a_choice(text: str, choice: str) -> None:
    """By letter, number or place, or a tie."""
    assert read_choice(text) == choice


@pytest.mark.parametrize("text", UNDECIDED)
def test_what_is_no_choice(text: str) -> None:
    """What names both or neither decides nothing."""
    assert read_choice(text) is None


PIECES = st.sampled_from(
    [
        *SCORES,
        *NONE,
        *CHOICES,
        "score",
        "of",
        "1",
        "10",
        "/",
        ":",
        "**",
        "\n",
        " ",
        "A",
        "is better",
    ]
)
ANYTHING = st.one_of(st.text(max_size=300), st.lists(PIECES, max_size=12).map("".join))


@given(ANYTHING)
def test_no_text_stops_the_readers(text: str) -> None:
    """Any text gives a score in range, a choice, or nothing; read twice, the same."""
    found = read_score(text)
    assert found is None or found[0] in range(1, 11)
    assert found == read_score(text)
    assert read_choice(text) in {"A", "B", "tie", None}


@given(st.integers(1, 10), st.text(max_size=200))
@example(1, "[/INST]")
@example(7, "It ends with </s>, then <|im_end|> follows.")
@pytest.mark.parametrize("tail", ["", "<|im_end|>", "\n</s>"])
def test_json_gives_score_and_reason_as_they_are(tail: str, score: int, reason: str) -> None:
    """Whatever the reason holds: a template's marks end a reply behind its JSON, not in it."""
    found = read_score(json.dumps({"reason": reason, "score": score}) + tail)
    assert found is not None
    assert found[0] == score


@pytest.mark.parametrize(
    "piece",
    [
        "score ",
        "8",
        "8 ",
        "**",
        "score: ",
        "1-10 ",
        "(",
        "A ",
        "is better ",
        "\n",
        "{",
        "of 10 ",
        "-",
    ],
)
def test_long_replies_take_no_longer_than_their_length(piece: str) -> None:
    """Twenty times the text costs at most some hundred times the time, where a square is 400."""
    times = []
    for length in (2_000, 40_000):
        text = (piece * length)[:length]
        start = time.process_time()
        read_score(text)
        read_choice(text)
        times.append(time.process_time() - start)
    assert times[1] < 100 * max(times[0], 0.002)
