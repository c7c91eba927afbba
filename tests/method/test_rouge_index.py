from __future__ import annotations

from itertools import pairwise
from random import Random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from selfinstruct.method.errors import BadInput
from selfinstruct.method.rouge import Match, RougeIndex, ascii_tokens, rouge_l

if TYPE_CHECKING:
    from collections.abc import Sequence

words = st.sampled_from([*"abcdefgh", "the", "the", "write", "list"])
texts = st.lists(words, max_size=14).map(" ".join)
pools = st.lists(texts, max_size=30)
thresholds = st.sampled_from([0.0, 0.3, 0.5, 0.6, 0.7, 0.9, 1.0])


def brute(pool: Sequence[str], text: str) -> list[Match]:
    """All entries, best first, ties to the older: what the index must agree with."""
    found = [Match(number, rouge_l(text, entry)) for number, entry in enumerate(pool)]
    return sorted(found, key=lambda match: (-match.score, match.number))


def brute_nearest(pool: Sequence[str], text: str, threshold: float) -> Match | None:
    return next((match for match in brute(pool, text) if match.score > threshold), None)


def filled(pool: Sequence[str], threshold: float = 0.7) -> RougeIndex:
    index = RougeIndex(threshold)
    index.extend(pool)
    return index


@given(pools, texts, thresholds)
@settings(max_examples=300)
def test_nearest_equals_brute_force(pool: list[str], text: str, threshold: float) -> None:
    """Decision, nearest and score are those of comparing with every entry."""
    assert filled(pool, threshold).nearest(text) == brute_nearest(pool, text, threshold)


@given(pools, texts, st.integers(1, 12))
@settings(max_examples=300)
def test_top_equals_brute_force(pool: list[str], text: str, k: int) -> None:
    """The k most similar entries are exact, F = 0 and ties included."""
    assert filled(pool).top(text, k) == brute(pool, text)[:k]


@given(pools, texts, st.integers(0, 30))
def test_before_hides_what_came_later(pool: list[str], text: str, before: int) -> None:
    """With `before`, the answers are those of the smaller index of that time."""
    index, earlier = filled(pool), filled(pool[:before])
    assert index.nearest(text, before) == earlier.nearest(text)
    assert index.top(text, 3, before) == earlier.top(text, 3)


@given(pools, st.integers(1, 5))
def test_standings_are_as_of_acceptance(pool: list[str], k: int) -> None:
    """Each entry's top and mean are what brute force finds among the older entries only."""
    standings = list(filled(pool).standings(range(len(pool)), k))
    assert [standing.number for standing in standings] == list(range(len(pool)))
    for standing, text in zip(standings, pool, strict=True):
        older = brute(pool[: standing.number], text)
        assert list(standing.top) == older[:k]
        assert standing.nearest == (older[0] if older else None)
        if older:
            mean = sum(match.score for match in older) / len(older)
            assert standing.mean == pytest.approx(mean, rel=1e-12)
        else:
            assert standing.mean is None


def test_standings_of_more_than_one_block() -> None:
    """Numbers may be any, in any order, and more than are compared together."""
    random = Random(5)
    pool = [" ".join(random.choices("abcdefghij", k=random.randrange(12))) for _ in range(300)]
    numbers = random.sample(range(300), 200)
    standings = list(filled(pool).standings(numbers))
    assert [standing.number for standing in standings] == numbers
    for standing in standings:
        assert list(standing.top) == brute(pool[: standing.number], pool[standing.number])[:10]


def test_the_mean_does_not_depend_on_order() -> None:
    """The mean over the same older entries is the same float in any order of theirs."""
    random = Random(6)
    pool = [" ".join(random.choices("abcdefghij", k=random.randrange(12))) for _ in range(200)]
    means = set()
    for _ in range(5):
        random.shuffle(pool)
        (standing,) = filled([*pool, "a b c d e f g"]).standings([200])
        means.add(standing.mean)
    assert len(means) == 1


def edited(random: Random, tokens: list[str], vocabulary: list[str]) -> list[str]:
    """A text with some tokens gone, some replaced, some moved."""
    kept = [token for token in tokens if random.random() > 0.1]
    changed = [random.choice(vocabulary) if random.random() < 0.1 else t for t in kept]
    cut = random.randrange(len(changed) + 1)
    return changed if random.random() < 0.5 else changed[cut:] + changed[:cut]


@pytest.mark.parametrize(("threshold", "chunk"), [(0.35, 60), (0.7, 1 << 16)])
def test_growing_index_equals_brute_force(
    threshold: float, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over a growth through many layouts, in chunks or not, lengths 0 to 2,000: no difference."""
    monkeypatch.setattr("selfinstruct.method.rouge.bitmaps._CHUNK", chunk)
    random = Random(7)
    vocabulary = [f"w{number}" for number in range(700)]
    weights = [1 / (rank + 1) for rank in range(700)]
    index, pool = RougeIndex(threshold), list[str]()
    for step in range(1500):
        if pool and random.random() < 0.4:
            tokens = edited(random, ascii_tokens(random.choice(pool)), vocabulary)
        else:
            length = random.choice([0, 1, 2, 5, 8, 10, 12, 15, 25, 40, 80, 150])
            if step % 300 == 299:
                length = 2000
            tokens = random.choices(vocabulary, weights, k=length)
        text = " ".join(tokens)
        if step % 6 == 0:
            expected = brute(pool, text)
            assert index.top(text) == expected[:10]
            above = expected[0] if expected and expected[0].score > threshold else None
            assert index.nearest(text) == above
        assert index.add(text) == len(pool)
        pool.append(text)
    assert len(index) == len(pool) == 1500


def test_the_edge_of_the_threshold() -> None:
    """At F = 7/10 the float decides: 7 of 13 tokens is above 0.7, 14 of 26 tokens is not."""
    above = filled(["a b c d e f g h i j k l m"]).nearest("a b c d e f g")
    assert above == Match(0, 0.7000000000000001)
    letters = [f"x{number}" for number in range(40)]
    for m in range(1, 40):
        for n in range(m, 40):
            common, rest = divmod(7 * (m + n), 20)
            if rest or common > m:
                continue
            a = letters[:m]
            b = letters[:common] + [f"y{number}" for number in range(n - common)]
            score = rouge_l(" ".join(a), " ".join(b))
            found = filled([" ".join(b)]).nearest(" ".join(a))
            assert found == (Match(0, score) if score > 0.7 else None)


def test_ties_go_to_the_older() -> None:
    """Of equally similar entries the one added first is named, and comes first."""
    index = filled(["z z", "a b c d x", "y a b c d", "a b c d w"])
    assert index.nearest("a b c d") == Match(1, rouge_l("a b c d", "a b c d x"))
    assert [match.number for match in index.top("a b c d", 4)] == [1, 2, 3, 0]


def test_texts_without_tokens_are_similar_to_nothing() -> None:
    """Nothing is near a text without tokens, not even another one; the caller can tell."""
    index = filled(["写一首诗", "", "write a poem"])
    assert not index.has_tokens("写一首诗")
    assert index.has_tokens("write a poem")
    assert index.nearest("写一首诗") is None
    assert index.top("写一首诗", 2) == [Match(0, 0.0), Match(1, 0.0)]
    assert index.nearest("write a poem") == Match(2, 1.0)


def test_asking_and_then_adding_tokenises_once() -> None:
    """The path of an accepted candidate: has_tokens, nearest, top, add."""
    seen = []

    def tokenizer(text: str) -> list[str]:
        seen.append(text)
        return text.split()

    index = RougeIndex(tokenizer=tokenizer)
    seen.clear()
    for text in ("a b c", "d e f", "d e f"):
        index.has_tokens(text)
        index.nearest(text)
        index.top(text)
        index.add(text)
    assert seen == ["a b c", "d e f"]


def test_a_token_first_seen_in_a_query_can_be_added_later() -> None:
    """A text asked about before its tokens were known is found once it is in."""
    index = RougeIndex()
    assert index.nearest("new words only here") is None
    assert index.add("new words only here") == 0
    assert index.nearest("new words only here") == Match(0, 1.0)


@pytest.mark.parametrize("threshold", [-0.1, 1.5, float("nan")])
def test_a_threshold_out_of_range_is_refused(threshold: float) -> None:
    """The user is told what the threshold may be."""
    with pytest.raises(BadInput, match="the threshold is not in 0"):
        RougeIndex(threshold)


def test_more_tokens_than_code_points(monkeypatch: pytest.MonkeyPatch) -> None:
    """A vocabulary past the end of Unicode is refused in our form; below it no code repeats."""
    monkeypatch.setattr("selfinstruct.method.rouge.index._CODE_POINTS", 60_000)
    index = RougeIndex()
    index.add(" ".join(map(str, range(60_000))))
    characters = list(index._vocabulary.values())
    assert len(set(characters)) == 60_000
    assert "".join(characters).encode()  # no surrogates
    assert all(a < b for a, b in pairwise(characters))
    with pytest.raises(BadInput, match="60,000 distinct tokens"):
        index.add("one more")


def test_memory_is_counted() -> None:
    """The memory held for the entries grows with them; the vocabulary is counted apart."""
    small, large = filled(["a b c d"] * 10).memory(), filled(["a b c d"] * 10_000).memory()
    assert small.vocabulary == large.vocabulary > 0
    assert 10_000 * 64 < large.entries < 10_000 * 250
    assert small.entries < large.entries
