"""The ROUGE-L index on real instructions; some 40 s in all."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from rapidfuzz.distance import LCSseq
from rapidfuzz.process import cdist

from selfinstruct.method.rouge import Match, RougeIndex, ascii_tokens, rouge_l, unicode_tokens

pytestmark = pytest.mark.data

POOL = 50_000


def rows(name: str) -> list[dict[str, Any]]:
    beside = Path(__file__).parents[2] / ".." / "shared" / "data"
    path = Path(os.environ.get("SELFINSTRUCT_SHARED_DATA", beside)) / name
    if not path.exists():
        pytest.skip(f"no shared data: {name} is not in SELFINSTRUCT_SHARED_DATA or ../shared/data")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


@pytest.fixture(scope="module")
def english() -> list[str]:
    return [row["instruction"] for row in rows("instructions_en.jsonl.gz")]


def kept(lines: list[str]) -> int:
    """How many lines a greedy pass keeps: those at most 0.7 to every kept one before."""
    index = RougeIndex()
    for line in lines:
        if index.nearest(line) is None:
            index.add(line)
    return len(index)


def test_recorded_scores() -> None:
    """All 72,269 scores that other people's runs recorded come out the same, bit for bit."""
    pairs = rows("rouge_oracle.jsonl.gz")
    assert len(pairs) == 72_269
    for pair in pairs:
        assert rouge_l(pair["a"], pair["b"]) == pair["rougeL_f"]


def test_the_sequence_of_all_english_lines(english: list[str]) -> None:
    """A pass over all 164,803 lines keeps the 115,165 that `rouge-score`'s floats keep."""
    assert len(english) == 164_803
    assert kept(english) == 115_165


def test_the_sequence_of_a_real_run() -> None:
    """A real run's 26,878 candidates, exact repeats among them: 3,182 are kept."""
    stream = [row["instruction"] for row in rows("stream_gpt4o_mini.jsonl.gz")]
    assert len(stream) == 26_878
    assert kept(stream) == 3_182


def test_a_large_pool_equals_brute_force(english: list[str]) -> None:
    """1,000 random queries to 50,000 random lines: decision, score, nearest; top-10 of 300."""
    random = Random(4)
    lines = random.sample(english, POOL + 500)
    pool, queries = lines[:POOL], lines[POOL:] + random.sample(lines[:POOL], 500)
    random.shuffle(queries)
    index = RougeIndex()
    index.extend(pool)

    ids: dict[str, int] = {}
    codes = [[ids.setdefault(t, len(ids)) for t in ascii_tokens(x)] for x in (*pool, *queries)]
    lengths = np.array([len(code) for code in codes[:POOL]])
    found = 0
    for start in range(0, len(queries), 50):
        block = codes[POOL + start : POOL + start + 50]
        table = cdist(block, codes[:POOL], scorer=LCSseq.similarity, dtype=np.int32, workers=1)
        for place, (code, lcs) in enumerate(zip(block, table, strict=True), start):
            precision, recall = lcs / lengths, lcs / len(code)
            scores = 2 * precision * recall / np.where(lcs > 0, precision + recall, 1)
            best = int(scores.argmax())  # the first of equals
            expected = Match(best, float(scores[best])) if scores[best] > 0.7 else None
            found += expected is not None
            assert index.nearest(queries[place]) == expected
            if place < 300:
                order = np.lexsort((np.arange(POOL), -scores))[:10].tolist()
                assert index.top(queries[place]) == [Match(n, scores[n].item()) for n in order]
    assert 500 < found < 1000  # those from the pool itself, and some others


def test_other_languages_need_the_unicode_tokenizer() -> None:
    """Repeats and small edits are found in every language present; ASCII tokens miss many."""
    by_language: dict[str, list[str]] = {}
    for row in rows("instructions_multi.jsonl.gz"):
        by_language.setdefault(row["lang"], []).append(row["instruction"])
    assert len(by_language) == 11
    blind = set()
    for language, lines in by_language.items():
        unicode, ascii_only = RougeIndex(tokenizer=unicode_tokens), RougeIndex()
        unicode.extend(lines)
        ascii_only.extend(lines)
        for line in lines:
            repeat = unicode.nearest(line)
            assert repeat is not None
            assert repeat.score == 1.0
            if len(unicode_tokens(line)) >= 8:
                assert unicode.nearest(without_a_letter(line)) is not None
        if sum(ascii_only.nearest(line) is None for line in lines) > len(lines) / 2:
            blind.add(language)
    assert blind == {"ar", "ja", "ko", "ru", "zh"}


def without_a_letter(line: str) -> str:
    """A small edit: the letter nearest after the middle is dropped."""
    middle = len(line) // 2
    place = next((i for i in range(middle, len(line)) if line[i].isalpha()), 0)
    return line[:place] + line[place + 1 :]
