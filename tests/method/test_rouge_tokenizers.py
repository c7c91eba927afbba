from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rouge_score import tokenize

from selfinstruct.method.rouge import TOKENIZERS, ascii_tokens, unicode_tokens


@given(st.text(max_size=100))
def test_ascii_tokens_are_rouge_scores(text: str) -> None:
    """The default tokenizer is the package's own, whatever the text."""
    assert ascii_tokens(text) == tokenize.tokenize(text, None)


@given(st.text(st.characters(max_codepoint=127), max_size=100))
def test_unicode_tokens_equal_rouge_scores_on_ascii(text: str) -> None:
    """On ASCII text the choice of tokenizer changes nothing."""
    assert unicode_tokens(text) == ascii_tokens(text)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Straße STRASSE", ["strasse", "strasse"]),
        ("Crème brûlée", ["crème", "brûlée"]),
        ("Cre\u0300me", ["crème"]),
        ("写一首诗\uff0c100字", ["写", "一", "首", "诗", "100", "字"]),
        ("東京タワーへ", ["東", "京", "タ", "ワ", "ー", "へ"]),
        ("ﾊﾟﾝ", ["パ", "ン"]),
        ("한국어 문장", ["한", "국", "어", "문", "장"]),
        ("ภาษาที่", ["ภ", "า", "ษ", "า", "ที่"]),
        ("ພາສາ", ["ພ", "າ", "ສ", "າ"]),
        ("ភាសា", ["ភា", "សា"]),
        ("မြန်မာ", ["မြ", "န်", "မာ"]),
        ("हिन्दी में लिखो", ["हिन्दी", "में", "लिखो"]),
        ("اكتب قصيدة", ["اكتب", "قصيدة"]),
        ("Напиши стих!", ["напиши", "стих"]),
        ("viết thơ_ngắn", ["viết", "thơ", "ngắn"]),
        ("GPT模型v2", ["gpt", "模", "型", "v2"]),
        ("x² ½ Ⅳ", ["x2", "1", "2", "iv"]),
        ("々\u3007", ["々", "\u3007"]),
        ("𠮷野家", ["𠮷", "野", "家"]),
        ("… — 🙂 $", []),
        ("\ud800a", ["a"]),
    ],
)
def test_unicode_tokens_of_many_scripts(text: str, tokens: list[str]) -> None:
    """Words where blanks part words; one character with its marks where they do not."""
    assert unicode_tokens(text) == tokens


def test_the_table_names_both() -> None:
    """A recipe names its tokenizer; the default is rouge-score's."""
    assert {"rouge-score": ascii_tokens, "unicode": unicode_tokens} == TOKENIZERS
