# ruff: noqa: RUF001 - replies in parts, and in other scripts
from __future__ import annotations

import json
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from selfinstruct.method import filters, forms, readers
from selfinstruct.method.types import Instance
from tests.world import a_task

if TYPE_CHECKING:
    from collections.abc import Sequence

WORDS = st.sampled_from(
    [
        "name",
        "seven",
        "old",
        "rivers",
        "of",
        "Spain",
        "count",
        "words",
        "red",
        "tale",
        "why",
        "2020",
        "0.5",
        "O'Hara",
    ]
)
TEXTS = st.lists(WORDS, min_size=2, max_size=9).map(lambda words: "Do " + " ".join(words) + ".")
LINES = st.lists(TEXTS, min_size=1, max_size=3).map("\n".join)
INSTANCES = st.lists(st.tuples(LINES | st.just(""), LINES), min_size=1, max_size=4)
INSTRUCTIONS = st.lists(TEXTS, min_size=1, max_size=7, unique_by=str.casefold)

PIECES = [
    *("Task 9:", "1.", "- ", "**", "###", "Input:", "Output:", "Example 1", "Class label:", "```"),
    *("Instruction:", "Yes", "No", "<think>", "</think>", '{"tasks": [', "]}", "\n", "\n\n", "|"),
    *("12 + 3 = 16", "Let me know", "Here are", "(none)", "The cat.", "[insert", "http://a.b", '"'),
    *("是", "질문: ", "\u2028", "\ud83d", "\x00", "ı", "İ", "²", "٣.", "9" * 400),
]
ANYTHING = st.text() | st.lists(st.sampled_from(PIECES) | st.text(max_size=4)).map("".join)


@given(INSTRUCTIONS, st.sampled_from(["Task {}: {}", "{}. {}", "**Task {}:** {}", "{}) {}"]))
def test_lists_read_alike_as_text_and_as_json(items: list[str], line: str) -> None:
    """Equal instructions, rendered as a list or in the schema, are read as equal items."""
    text = "\n".join(line.format(number, item) for number, item in enumerate(items, 9))
    as_text = readers.read_list(text, cut=False, shots=["Jump."], following=9)
    as_json = readers.read_list(json.dumps({"tasks": items}), cut=False, shots=["Jump."])
    assert as_text == as_json == items


@given(INSTANCES)
def test_instances_read_alike_as_text_and_as_json(pairs: list[tuple[str, str]]) -> None:
    """Equal instances, rendered with labels or in the schema, are read as equal instances."""
    instances = [Instance(*pair) for pair in pairs]
    text = "\n\n".join(
        f"Example {number}\nInput: {given or 'None'}\nOutput: {output}"
        for number, (given, output) in enumerate(pairs, 1)
    )
    data = {"instances": [instance._asdict() for instance in instances]}
    assert readers.read_input_first(text, cut=False) == instances
    assert readers.read_input_first(json.dumps(data), cut=False) == instances


@given(st.lists(st.tuples(LINES, TEXTS), min_size=1, max_size=4))
def test_labelled_inputs_read_alike_as_text_and_as_json(pairs: list[tuple[str, str]]) -> None:
    """Equal labels and inputs are read as equal instances either way."""
    instances = [Instance(*pair) for pair in pairs]
    text = "\n\n".join(f"Class label: {label}\nText: {given}" for given, label in pairs)
    data = {
        "instances": [{"class_label": label, "input": f"Text: {given}"} for given, label in pairs]
    }
    wanted = [Instance(f"Text: {given}", label) for given, label in instances]
    assert readers.read_output_first(text, cut=False) == wanted
    assert readers.read_output_first(json.dumps(data), cut=False) == wanted


@given(st.lists(st.tuples(TEXTS, LINES | st.just(""), LINES), min_size=1, max_size=4))
def test_blocks_read_alike_as_text_and_as_json(tasks: list[tuple[str, str, str]]) -> None:
    """Equal tasks are read as equal candidates either way."""
    text = "\n".join(
        f"### Task {number}\nInstruction: {task}\nInput: {given or '(none)'}\nOutput: {output}\n"
        for number, (task, given, output) in enumerate(tasks, 4)
    )
    names = ("instruction", "input", "output")
    data = {"tasks": [dict(zip(names, task, strict=True)) for task in tasks]}
    as_text = readers.read_blocks(text, cut=False)
    assert as_text == readers.read_blocks(json.dumps(data), cut=False)
    assert [(one.instruction, *one.instances[0]) for one in as_text] == tasks


@given(decision=st.booleans())
def test_decisions_read_alike_as_text_and_as_json(*, decision: bool) -> None:
    """Yes and no are read alike either way."""
    word = "Yes" if decision else "No"
    assert readers.read_decision(word) is decision
    assert readers.read_decision(json.dumps({"classification": word})) is decision


@given(INSTRUCTIONS, st.integers(min_value=0, max_value=400))
def test_json_that_breaks_off_keeps_its_whole_items(items: list[str], end: int) -> None:
    """A JSON reply cut anywhere gives the items before the cut and nothing else."""
    found = readers.read_list(json.dumps({"tasks": items})[: max(end, 1)], cut=True)
    assert [item for item in found if item.startswith("Do")] == items[: len(found)]


def test_schemas_are_strict() -> None:
    """Every object names all its properties as required and allows no others."""

    def walk(schema: object) -> None:
        if isinstance(schema, dict):
            if schema.get("type") == "object":
                assert schema["required"] == list(schema["properties"])
                assert schema["additionalProperties"] is False
            for value in schema.values():
                walk(value)

    for name in dir(forms):
        if name.endswith("_SCHEMA"):
            walk(json.loads(getattr(forms, name)))


@settings(max_examples=400, deadline=None)
@given(
    text=ANYTHING,
    cut=st.sampled_from([True, False, None]),
    shots=st.lists(ANYTHING, max_size=3),
)
def test_no_text_stops_a_reader_or_a_rule(
    *, text: str, cut: bool | None, shots: Sequence[str]
) -> None:
    """Any text at all is read, and what was read is judged, without an error."""
    for item in readers.read_list(text, cut=cut, shots=shots, following=len(shots) + 1):
        assert item == " ".join(item.split())
        assert item
    readers.read_decision(text)
    readers.read_blocks(text, cut=cut, shots=shots)
    found = readers.read_input_first(text, cut=cut, instruction=text)
    found += readers.read_output_first(text, cut=cut)
    for rule in (
        filters.FILTERS["words"](),
        filters.FILTERS["beyond_text"](),
        filters.FILTERS["merged_tasks"](),
        filters.FILTERS["language"](seeds=shots),
    ):
        rule(a_task(text))
    for instance in [*found, Instance(text, text)]:
        for judge in (
            filters.INSTANCE_FILTERS["refusal"](),
            filters.INSTANCE_FILTERS["placeholder"](),
            filters.INSTANCE_FILTERS["truncated_output"](),
            filters.INSTANCE_FILTERS["repeats_instruction"](),
            filters.INSTANCE_FILTERS["merged_tasks"](),
            filters.INSTANCE_FILTERS["url_input"](),
            filters.INSTANCE_FILTERS["wrong_arithmetic"](),
            filters.INSTANCE_FILTERS["language"](only="en"),
        ):
            judge(a_task(text, instance))
