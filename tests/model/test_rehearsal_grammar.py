from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from selfinstruct.method import filters
from selfinstruct.method.filters.basic import KEYWORDS
from selfinstruct.method.rouge import RougeIndex
from selfinstruct.method.types import Instance
from selfinstruct.model.rehearsal import grammar
from selfinstruct.model.rehearsal.rng import Rng
from selfinstruct.model.rehearsal.templates import Frame, wordings
from tests.world import a_task

INSTRUCTION_RULES = (
    filters.FILTERS["words"](),
    filters.FILTERS["keywords"]((*KEYWORDS, "video", "audio", "music", "flowchart", "diagram")),
    filters.FILTERS["beginning"](),
    filters.FILTERS["first_character"](),
)
INSTANCE_RULES = (
    filters.INSTANCE_FILTERS["empty_output"](),
    filters.INSTANCE_FILTERS["output_repeats_input"](),
    filters.INSTANCE_FILTERS["ends_in_colon"](),
)


def drawn(count: int, name: str = "test") -> list[str]:
    return [grammar.compose(Rng(name, place)) for place in range(count)]


@given(st.integers(min_value=0))
def test_instructions_pass_the_methods_filters(seed: int) -> None:
    """Whatever is drawn passes every instruction filter and is one line without loose blanks."""
    text = grammar.compose(Rng(seed))
    assert [rule(a_task(text)) for rule in INSTRUCTION_RULES] == [None] * len(INSTRUCTION_RULES)
    assert text == " ".join(text.split())
    assert not set(text) & set("{}<>|")


@given(st.integers(min_value=0))
def test_instances_pass_the_methods_filters(seed: int) -> None:
    """No instance of a drawn task is dropped by the filters; no slot is left open."""
    text = grammar.compose(Rng(seed))
    pairs = [Instance(pair.input, pair.output) for pair in grammar.instances(text)]
    kept, rejected = filters.keep_instances(a_task(text), pairs, INSTANCE_RULES)
    assert rejected is None
    assert list(kept) == pairs
    assert 1 <= len(pairs) <= 3
    assert not any(slot in part for pair in pairs for part in pair for slot in ("{x}", "{f}"))


def known(frame: Frame) -> set[str]:
    return {name for name in frame.pieces[1::2] if name != "tail"}


@pytest.mark.parametrize("frame", grammar.FRAMES, ids=lambda frame: frame.template)
def test_each_frame_reads_back_what_it_wrote(frame: Frame) -> None:
    """An instruction of a frame is known again as one, with every slot filled."""
    for place in range(3):
        text = frame.compose(Rng(frame.template, place))
        found = grammar.recognise(text)
        assert found is not None
        assert found[0].make is frame.make
        assert known(found[0]) <= set(found[1])
        assert "".join(
            piece if number % 2 == 0 else found[1][piece]
            for number, piece in enumerate(found[0].pieces)
        ) in {text, text[:1].lower() + text[1:]}


@given(st.text())
def test_any_text_has_an_answer(text: str) -> None:
    """Texts that are not the grammar's own have a kind and instances too, always the same ones."""
    decided, pairs = grammar.is_classification(text), grammar.instances(text)
    grammar.instances.cache_clear()
    grammar.recognise.cache_clear()
    assert grammar.is_classification(text) is decided
    assert grammar.instances(text) == pairs
    assert 1 <= len(pairs) <= 3
    assert all(pair.output and pair.input != pair.output for pair in pairs)


def test_classification_can_be_asked_for() -> None:
    """In classification mode every task asks for a label, and every instance has one of them."""
    for place in range(300):
        text = grammar.compose(Rng("labels", place), classification=True)
        assert grammar.is_classification(text)
        for pair in grammar.instances(text):
            assert pair.input
            assert pair.output in {"Yes", "No"} or pair.output.lower() in text.lower()


def test_shares_are_as_documented() -> None:
    """A quarter of the tasks are classification tasks; two fifths of the inputs are empty."""
    tasks = drawn(6_000)
    pairs = [pair for task in tasks for pair in grammar.instances(task)]
    labels = sum(map(grammar.is_classification, tasks)) / len(tasks)
    empty = sum(not pair.input for pair in pairs) / len(pairs)
    assert labels == pytest.approx(0.25, abs=0.02)
    assert empty == pytest.approx(0.41, abs=0.03)


def test_equations_are_right() -> None:
    """Every equation in an output holds."""
    equation = re.compile(r"(\d+) (x|\+|-|mod) (\d+) = (\d+)")
    work = {
        "x": lambda a, b: a * b,
        "+": lambda a, b: a + b,
        "-": lambda a, b: a - b,
        "mod": lambda a, b: a % b,
    }
    found = 0
    for task in drawn(6_000, "equations"):
        for pair in grammar.instances(task):
            for left, sign, right, result in equation.findall(pair.output):
                found += 1
                assert work[sign](int(left), int(right)) == int(result)
                assert left in task
                assert right in task
    assert found > 100


def test_totals_are_right() -> None:
    """The total of given numbers is their sum."""
    found = 0
    for task in drawn(12_000, "totals"):
        if "the daily counts of" in task:
            for pair in grammar.instances(task):
                found += 1
                assert sum(map(int, pair.input.split(", "))) == int(pair.output)
    assert found > 10


def test_draws_differ() -> None:
    """Of 3,000 draws at least 95 % are no near-duplicate of another."""
    index = RougeIndex()
    for text in drawn(3_000, "different"):
        if index.nearest(text) is None:
            index.add(text)
    assert len(index) >= 0.95 * 3_000


def test_choices_are_multiplied_out() -> None:
    """A template with two choices has as many wordings as they have combinations."""
    assert wordings("<A|B> x <c|d>") == ["A x c", "A x d", "B x c", "B x d"]


def test_dice_are_pinned() -> None:
    """Numbers and choices are the same on every machine and in every version of Python."""
    rng = Rng("pinned", 1)
    assert [rng.below(1000) for _ in range(5)] == [851, 199, 204, 749, 22]
    assert sorted(Rng(2).some(range(10), 10)) == list(range(10))
    assert sorted(Rng(2).some("ab", 5)) == ["a", "b"]
