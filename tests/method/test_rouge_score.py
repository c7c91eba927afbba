from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st
from rouge_score import rouge_scorer

from selfinstruct.method.rouge import ascii_tokens, f_measure, rouge_l

REFERENCE = rouge_scorer.RougeScorer(["rougeL"])


def reference(a: str, b: str) -> float:
    return float(REFERENCE.score(a, b)["rougeL"].fmeasure)


few_words = st.lists(st.sampled_from(list("abcde")), max_size=25).map(" ".join)
ascii_text = st.text(st.characters(max_codepoint=127), max_size=80)


@given(few_words, few_words)
def test_equals_rouge_score_on_texts_full_of_repeats(a: str, b: str) -> None:
    """F is `rouge-score`'s, float for float, where the longest common subsequence is hard."""
    assert rouge_l(a, b) == reference(a, b)


@given(st.text(max_size=80), st.text(max_size=80))
@example("İstanbul K 5", "i stanbul k 5")  # lower-casing makes ASCII letters of others
@example("", "")
@example("one", "one")
@example("one", "")
@example("a_b", "a b")
@example("\ud800 a", "a")
def test_equals_rouge_score_on_any_text(a: str, b: str) -> None:
    """F is `rouge-score`'s for all of Unicode, lone surrogates and texts without tokens too."""
    assert rouge_l(a, b) == reference(a, b)


def test_equals_rouge_score_on_long_texts() -> None:
    """F is `rouge-score`'s for texts of 2,000 tokens."""
    a = " ".join(str(number * number % 997) for number in range(2000))
    b = " ".join(str(number * number % 991) for number in range(2000))
    assert rouge_l(a, b) == reference(a, b)
    assert rouge_l(a, a) == 1.0


@given(ascii_text, ascii_text)
def test_is_symmetrical(a: str, b: str) -> None:
    """Swapping the texts changes no bit of F."""
    assert rouge_l(a, b) == rouge_l(b, a)


def test_seven_tenths_fall_on_either_side() -> None:
    """Of the 2,106 pairs of lengths up to 300 with F = 7/10 exactly, the floats reject 980."""
    exact = [
        (7 * (m + n) // 20, m, n)
        for m in range(1, 301)
        for n in range(1, 301)
        if 7 * (m + n) % 20 == 0 and 7 * (m + n) // 20 <= min(m, n)
    ]
    assert len(exact) == 2106
    assert sum(f_measure(*case) > 0.7 for case in exact) == 980


def test_a_score_of_seven_tenths_as_rouge_score_rounds_it() -> None:
    """The smallest such pair of texts: 7 tokens, 13 tokens, 7 in common."""
    a = "a b c d e f g"
    b = "a b c d e f g h i j k l m"
    assert (len(ascii_tokens(a)), len(ascii_tokens(b))) == (7, 13)
    assert rouge_l(a, b) == reference(a, b) == 0.7000000000000001
