"""Every format, read back with readers that are not ours."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from selfinstruct.method.errors import BadInput
from selfinstruct.views.export.exporting import export
from selfinstruct.views.export.formats import FORMATS, Way
from selfinstruct.views.export.options import ExportOptions
from selfinstruct.views.export.records import WITH_INPUT, WITHOUT_INPUT, dump, prompt_completion
from selfinstruct.views.export.row import Row

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from selfinstruct.views.view import Run

    Make = Callable[..., Run]

SHARED = Path(
    os.environ.get("SELFINSTRUCT_SHARED_DATA", Path(__file__).parents[4] / "shared" / "data")
)

texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)
rows = st.builds(
    Row,
    task=st.integers(0, 99).map(lambda n: f"{n}.0"),
    place=st.integers(0, 4),
    instruction=texts,
    input=st.just("") | texts,
    output=texts,
    is_classification=st.sampled_from([True, False, None]),
    extra=st.just({}) | st.fixed_dictionaries({"quality": st.integers(0, 5)}),
)


def a_row(**changes: Any) -> Row:
    given = {"task": "1.0", "place": 0, "instruction": "Add 2 and 3.", "input": "", "output": "5"}
    return Row(**{**given, "is_classification": False, **changes})


def lay_out(row: Row, seed: int) -> tuple[str, str]:
    found = prompt_completion(row, seed)
    return found["prompt"], found["completion"]


def written(
    form: str, some: Sequence[Row], suffix: str = "", seed: int = 0, *, escape: bool = False
) -> bytes:
    """Return the bytes of an export."""
    file = io.BytesIO()
    write = FORMATS[form].write
    assert write is not None
    write(some, file, Way(seed, suffix, escape))
    return file.getvalue()


@settings(deadline=None)
@given(st.lists(rows, max_size=5))
def test_alpaca_has_three_keys_in_an_array_or_in_lines(some: list[Row]) -> None:
    """Both forms hold the same records, and every one has all three keys."""
    array = json.loads(written("alpaca", some))
    assert array == [
        {"instruction": row.instruction, "input": row.input, "output": row.output} for row in some
    ]
    lines = written("alpaca", some, ".jsonl").decode().splitlines()
    assert [json.loads(line) for line in lines] == array


@settings(deadline=None)
@given(st.lists(rows, min_size=1, max_size=5))
def test_chats_hold_instruction_and_input_then_the_output(some: list[Row]) -> None:
    """`messages` and `sharegpt` say the same in other words."""
    chats = [json.loads(line) for line in written("messages", some).splitlines()]
    shared = json.loads(written("sharegpt", some))
    for row, chat, conversation in zip(some, chats, shared, strict=True):
        user, assistant = chat["messages"]
        asked = f"{row.instruction}\n\n{row.input}" if row.input else row.instruction
        assert user == {"role": "user", "content": asked}
        assert assistant == {"role": "assistant", "content": row.output}
        human, gpt = conversation["conversations"]
        assert human == {"from": "human", "value": asked}
        assert gpt == {"from": "gpt", "value": row.output}


@settings(deadline=None)
@given(st.lists(rows, max_size=5))
def test_csv_reads_back(some: list[Row]) -> None:
    """Python's reader gives every text back: quotes, commas, line ends of all kinds."""
    head, *cells = list(csv.reader(io.StringIO(written("csv", some).decode(), newline="")))
    assert head[:5] == ["id", "instruction", "input", "output", "is_classification"]
    names = {True: "true", False: "false", None: ""}
    assert [line[:5] for line in cells] == [
        [row.id, row.instruction, row.input, row.output, names[row.is_classification]]
        for row in some
    ]


def test_formulas_are_escaped_where_that_is_asked() -> None:
    """An apostrophe ahead of what a spreadsheet would work out, and of no other cell."""
    texts = [
        "=1+1",
        "+1",
        "-1 and so on",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\uff1d1",
        "1=1",
        " =1",
        "'=1",
    ]
    some = [a_row(output=text, extra={"=key": -1, "note": text}) for text in texts]
    found = {}
    for escape in (False, True):
        data = written("csv", some, escape=escape).decode()
        found[escape] = list(csv.DictReader(io.StringIO(data, newline="")))
    assert [row["output"] for row in found[False]] == texts
    safe = [f"'{text}" for text in texts[:7]] + texts[7:]
    assert [row["output"] for row in found[True]] == [row["note"] for row in found[True]] == safe
    assert {row["'=key"] for row in found[True]} == {"-1.0"}  # a number is none


@settings(deadline=None)
@given(st.lists(rows, max_size=5))
def test_parquet_reads_back_with_its_types(some: list[Row]) -> None:
    """Arrow gives every cell back; numbers that steps added are numbers."""
    parquet = pytest.importorskip("pyarrow.parquet", reason="needs the extra parquet")
    table = parquet.read_table(io.BytesIO(written("parquet", some)))
    assert table.schema.field("is_classification").type == "bool"
    assert table.drop_columns(table.column_names[5:]).to_pylist() == [
        {
            "id": row.id,
            "instruction": row.instruction,
            "input": row.input,
            "output": row.output,
            "is_classification": row.is_classification,
        }
        for row in some
    ]
    if any(row.extra for row in some):
        assert table["quality"].to_pylist() == [row.extra.get("quality") for row in some]


def test_extra_columns_have_one_type_each_and_never_a_taken_name() -> None:
    """Mixed values become text, objects JSON, and `id` of a step does not hide ours."""
    some = [
        a_row(extra={"mixed": 1, "deep": {"b": [1]}, "good": True, "id": "x\ud800"}),
        a_row(place=1, extra={"mixed": "two"}),
    ]
    first, second = csv.DictReader(io.StringIO(written("csv", some).decode()))
    assert first["id"] == "1.0/0"
    assert first["extra_id"] == "x\N{REPLACEMENT CHARACTER}"
    assert (first["mixed"], second["mixed"]) == ("1", "two")
    assert (first["deep"], first["good"], second["good"]) == ('{"b":[1]}', "true", "")


@settings(deadline=None)
@given(rows, st.integers(0, 2**32))
def test_completions_are_the_outputs_and_prompts_hold_all_else(row: Row, seed: int) -> None:
    """Nothing is cut off, no end-of-text token is put in, and a colon is followed by a blank."""
    prompt, completion = lay_out(row, seed)
    assert completion in {row.output, f" {row.output}"}
    assert row.instruction in prompt
    assert row.input in prompt
    if completion == f" {row.output}" != row.output:
        assert prompt.endswith(":")
    else:
        assert prompt.endswith("\n")


def test_every_layout_is_drawn_and_the_draw_is_fixed() -> None:
    """7 layouts with an input and 6 without, as in the paper; seed and id decide."""
    assert (len(set(WITH_INPUT)), len(set(WITHOUT_INPUT))) == (7, 6)
    for given_input, layouts in (("10:30", WITH_INPUT), ("", WITHOUT_INPUT)):
        some = [a_row(place=place, input=given_input) for place in range(200)]
        drawn = {lay_out(row, 0)[0] for row in some}
        assert drawn == {
            layout.format(instruction="Add 2 and 3.", input=given_input) for layout in layouts
        }
        assert [lay_out(row, 0) for row in some] == [lay_out(row, 0) for row in some]
        assert [lay_out(row, 0) for row in some] != [lay_out(row, 1) for row in some]


def test_openai_lines_match_the_published_schema() -> None:
    """Each message is valid by OpenAI's own description of its API."""
    path = SHARED / "openai_openapi.json.gz"
    if not path.exists():
        pytest.skip("needs the shared data folder")
    from jsonschema import Draft202012Validator  # noqa: PLC0415 - as the data, only here
    from referencing import Registry  # noqa: PLC0415 - as above
    from referencing.jsonschema import DRAFT202012  # noqa: PLC0415 - as above

    document = json.loads(gzip.decompress(path.read_bytes()))
    registry: Registry[Any] = Registry().with_resource(
        "urn:openai", DRAFT202012.create_resource(document)
    )
    names = {
        "user": "ChatCompletionRequestUserMessage",
        "assistant": "FineTuneChatCompletionRequestAssistantMessage",
    }
    lines = written("openai", [a_row(), a_row(place=1, input="2, 3")]).splitlines()
    for line in lines:
        for message in json.loads(line)["messages"]:
            schema = {"$ref": f"urn:openai#/components/schemas/{names[message['role']]}"}
            Draft202012Validator(schema, registry=registry).validate(message)


@pytest.mark.parametrize("changes", [{"output": " \n"}, {"instruction": "", "input": ""}])
def test_openai_refuses_an_empty_message(changes: dict[str, str]) -> None:
    """The first row that breaks a rule is named, with what to do."""
    with pytest.raises(BadInput, match=r"row 1\.0/0 as openai: the \w+'s message is empty"):
        written("openai", [a_row(**changes)])


@settings(deadline=None)
@given(st.lists(rows.filter(lambda row: row.instruction.strip() and row.output.strip())))
def test_openai_rules(some: list[Row]) -> None:
    """Roles, contents and the last speaker are as OpenAI has them, whatever a row says."""
    for line in written("openai", some).splitlines():
        said = json.loads(line)["messages"]
        assert [message["role"] for message in said] == ["user", "assistant"]
        assert all(message["content"].strip() for message in said)


def test_openai_remarks_on_the_whole_file() -> None:
    """Too few examples and overlong ones are remarked on, and written all the same."""
    write = FORMATS["openai"].write
    assert write is not None
    few, long = write([a_row(output="word " * 60_000)], io.BytesIO(), Way(0))
    assert "at least 10 examples; here are 1" in few
    assert "65,536 tokens" in long
    assert not write([a_row(place=n) for n in range(10)], io.BytesIO(), Way(0))


@settings(deadline=None)
@given(texts)
def test_a_line_of_json_is_one_line_to_every_reader(text: str) -> None:
    """`str.splitlines` knows eight line ends more than JSON does; none stays in a line."""
    line = dump({"text": text}).decode()
    assert len(line.splitlines()) == 1
    assert json.loads(line) == {"text": text}


@pytest.mark.parametrize("form", [name for name, form in FORMATS.items() if form.write])
def test_no_rows_is_a_valid_file(form: str) -> None:
    """A run that has just begun exports as nothing, in the form asked for."""
    if form == "parquet":
        pytest.importorskip("pyarrow", reason="needs the extra parquet")
    data = written(form, [])
    if form in {"alpaca", "sharegpt"}:
        assert json.loads(data) == []
    elif form == "csv":
        assert data == b"id,instruction,input,output,is_classification\r\n"
    elif form != "parquet":
        assert data == b""


def test_suffix_decides_between_lines_and_array(make_run: Make, tmp_path: Path) -> None:
    """`.jsonl` is lines and `.json` an array; OpenAI's files are lines whatever their name."""
    run = make_run([{}, {}])
    for form in ("alpaca", "messages", "sharegpt", "prompt-completion"):
        export(run, tmp_path / "x.json", ExportOptions(format=form))
        assert len(json.loads((tmp_path / "x.json").read_text("utf-8"))) == 2
        export(run, tmp_path / "x.jsonl", ExportOptions(format=form))
        assert len((tmp_path / "x.jsonl").read_text("utf-8").splitlines()) == 2
    export(run, tmp_path / "x.json", ExportOptions(format="openai"))
    assert len((tmp_path / "x.json").read_text("utf-8").splitlines()) == 2


def test_layouts_are_our_own_words() -> None:
    """A layout holds its texts once, and no field that the reference code would cut at a colon."""
    for layout in (*WITH_INPUT, *WITHOUT_INPUT):
        assert layout.count("{instruction}") == 1
        assert re.search(r"(?:Answer:|\n)\Z", layout)
