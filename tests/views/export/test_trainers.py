"""The folders of trainers, and the formats of pairs, labels and prompts."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from selfinstruct.method.errors import BadInput
from selfinstruct.method.filters import normal_form
from selfinstruct.views.export.exporting import export as run_export
from selfinstruct.views.export.folders import placed, read_shares
from selfinstruct.views.export.formats import FORMATS, Way
from selfinstruct.views.export.options import ExportOptions
from selfinstruct.views.export.row import Row
from selfinstruct.views.export.trainers import FOLDERS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from selfinstruct.views.export.exporting import Exported
    from selfinstruct.views.view import Run

    Make = Callable[..., Run]

PAIR = {"chosen": "Это 川.", "rejected": "No \ud800idea.", "first_won": 1}
TURNS = [["And the longest?", "The Volga."], ["How long?", "3,530 km."]]
FULL: dict[str, Any] = {"preference": PAIR, "score": 7, "reason": "good"}


def export(run: Run, output: Path, form: str, **options: Any) -> Exported:
    return run_export(run, output, ExportOptions(format=form, **options))


def read(path: Path) -> list[dict[str, Any]]:
    text = path.read_text("utf-8")
    if text.startswith("["):
        found: list[dict[str, Any]] = json.loads(text)
        return found
    return [json.loads(line) for line in text.splitlines()]


def a_row(number: int = 1, **extra: Any) -> Row:
    return Row(f"{number}.0", 0, f"Name {number}.", "", "One.", is_classification=None, extra=extra)


def one(form: str, row: Row) -> list[dict[str, Any]]:
    """Return the records that a format makes of a row."""
    file = io.BytesIO()
    write, need, _ = FORMATS[form]
    assert write is not None
    write(need.take([row]), file, Way(0))
    return [json.loads(line) for line in file.getvalue().decode().splitlines()]


def user(text: str) -> dict[str, str]:
    return {"role": "user", "content": text}


def assistant(text: str) -> dict[str, str]:
    return {"role": "assistant", "content": text}


def test_preferences_are_a_prompt_and_two_answers() -> None:
    """In the messages of a chat; a pair is of the first instance, and needs two answers."""
    row = Row("1.0", 0, "Add.", "2, 3", "5", is_classification=None, extra=FULL)
    assert one("preference", row) == [
        {
            "prompt": [user("Add.\n\n2, 3")],
            "chosen": [assistant("Это 川.")],
            "rejected": [assistant("No \N{REPLACEMENT CHARACTER}idea.")],
        }
    ]
    second = Row("1.0", 1, "Add.", "2, 4", "6", is_classification=None, extra=FULL)
    assert one("preference", second) == []
    for bad in ("no pair", {"chosen": "a"}, {"chosen": "a", "rejected": " A"}, {"chosen": 1}):
        assert one("preference", a_row(preference=bad)) == []


def test_kto_has_both_answers_of_a_pair_or_one_by_its_score() -> None:
    """A pair goes before a score; 6 and more of 10 are good."""
    both = one("kto", a_row(**FULL))
    assert [(row["completion"][0]["content"], row["label"]) for row in both] == [
        ("Это 川.", True),
        ("No \N{REPLACEMENT CHARACTER}idea.", False),
    ]
    for score, label in ((1, False), (5, False), (6, True), (10, True)):
        assert one("kto", a_row(score=score)) == [
            {"prompt": [user("Name 1.")], "completion": [assistant("One.")], "label": label}
        ]
    assert one("kto", a_row(score=0.93)) == []
    assert one("kto", a_row()) == []


def test_prompts_stand_once() -> None:
    """Tasks with the same prompt give one row, whatever blanks and case are."""
    file = io.BytesIO()
    rows = [a_row(), a_row(2), Row("3.0", 0, "name  1.", "", "x", is_classification=None)]
    write, need, _ = FORMATS["prompts"]
    assert write is not None
    write(need.take(rows), file, Way(0))
    assert [json.loads(line)["prompt"][0]["content"] for line in file.getvalue().splitlines()] == [
        "Name 1.",
        "Name 2.",
    ]


def test_turns_come_out_whole() -> None:
    """Chats hold all turns and the system's message; LLaMA-Factory has them as history."""
    row = a_row(turns=TURNS, system="Be brief.")
    said = ["Name 1.", "One.", *(text for turn in TURNS for text in turn)]
    (chat,) = one("messages", row)
    assert [m["content"] for m in chat["messages"]] == ["Be brief.", *said]
    assert [m["role"] for m in chat["messages"]] == ["system", *["user", "assistant"] * 3]
    (shared,) = one_array("sharegpt", row)
    assert [m["value"] for m in shared["conversations"]] == ["Be brief.", *said]
    assert {m["from"] for m in shared["conversations"]} == {"system", "human", "gpt"}
    (factory,) = of_folder("llama-factory", "sft", row)
    assert factory == {
        "instruction": "How long?",
        "input": "",
        "output": "3,530 km.",
        "system": "Be brief.",
        "history": [["Name 1.", "One."], TURNS[0]],
    }
    (llama,) = of_folder("chatllama", "actor", row)
    assert llama["user_input"] + llama["completion"] == (
        "Human: Name 1.\nAssistant: One.\nHuman: And the longest?\nAssistant: The Volga.\n"
        "Human: How long?\n\n##\n\nAssistant: 3,530 km."
    )


def one_array(form: str, row: Row) -> list[dict[str, Any]]:
    file = io.BytesIO()
    write = FORMATS[form].write
    assert write is not None
    write([row], file, Way(0))
    found: list[dict[str, Any]] = json.loads(file.getvalue())
    return found


def of_folder(form: str, start: str, row: Row) -> list[dict[str, Any]]:
    """Return what one file of a folder holds of a row."""
    (file,) = [file for file in FOLDERS[form].files if file.name.startswith(start)]
    written = io.BytesIO()
    file.write(file.need.take([row]), written, Way(0))
    text = written.getvalue().decode()
    return (
        json.loads(text)
        if text.startswith("[")
        else [json.loads(line) for line in text.splitlines()]
    )


def test_rows_of_deepspeed_chat() -> None:
    """Three texts; the loader puts a blank ahead of each, so none begins or ends with one."""
    (row,) = of_folder("deepspeed-chat", "data", a_row(**FULL))
    assert row == {
        "prompt": "Human: Name 1. Assistant:",
        "chosen": "Это 川.",
        "rejected": "No \N{REPLACEMENT CHARACTER}idea.",
    }


@pytest.mark.parametrize(("score", "mapped"), [(1, 0), (10, 5), (5.5, 2.5), (7, 3.33)])
def test_rows_of_chatllama(score: float, mapped: float) -> None:
    """1 to 10 becomes 0 to 5."""
    (row,) = of_folder("chatllama", "reward", a_row(score=score))
    assert row == {
        "user_input": "Human: Name 1.\n\n##\n\n",
        "completion": "Assistant: One.",
        "score": mapped,
    }
    (prompt,) = of_folder("chatllama", "rlhf", a_row())
    assert prompt == {"user_input": "Human: Name 1.\n\n##\n\n"}


def test_rows_of_llama_factory_and_axolotl() -> None:
    """Pairs and labels as each of the two has them."""
    row = Row("1.0", 0, "Add.", "2, 3", "5", is_classification=None, extra=FULL)
    chosen, rejected = "Это 川.", "No \N{REPLACEMENT CHARACTER}idea."
    given = {"instruction": "Add.", "input": "2, 3"}
    assert of_folder("llama-factory", "ranking", row) == [
        given | {"chosen": chosen, "rejected": rejected}
    ]
    assert of_folder("llama-factory", "kto", row) == [
        given | {"output": chosen, "kto_tag": True},
        given | {"output": rejected, "kto_tag": False},
    ]
    asked = user("Add.\n\n2, 3")
    assert of_folder("axolotl", "preference", row) == [
        {
            "messages": [asked],
            "chosen": [asked, assistant(chosen)],
            "rejected": [asked, assistant(rejected)],
        }
    ]
    assert of_folder("axolotl", "kto", row) == [
        {"prompt": "Add.\n\n2, 3", "completion": chosen, "label": True},
        {"prompt": "Add.\n\n2, 3", "completion": rejected, "label": False},
    ]


prompts = st.sampled_from(
    ["Add.", "add. ", "Add", "Sum up.", "川", "Name a river.", "Why?", "A\n\nb"]
)
tasks = st.lists(
    st.builds(
        lambda number, prompt, extra: Row(
            f"{number}.0", 0, prompt, "", "x", is_classification=None, extra=extra
        ),
        number=st.integers(0, 10**6),
        prompt=prompts | st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=9),
        extra=st.just(FULL),
    ),
    min_size=1,
    max_size=30,
    unique_by=lambda row: row.task,
)


@settings(deadline=None)
@given(
    rows=tasks,
    form=st.sampled_from([*FOLDERS]),
    drawn=st.tuples(st.integers(0, 9), st.floats(0, 1)),
    shares=st.sampled_from(["2,4,4", "1,1,1", "0,1,3", "1,0,0"]),
    early=st.integers(0, 30),
)
def test_a_prompt_is_in_one_place_and_stays_there(
    rows: list[Row], form: str, drawn: tuple[int, float], shares: str, early: int
) -> None:
    """No prompt is in two stages or both in train and eval, and a longer run moves no task."""
    seed, held_back = drawn

    def places(some: Sequence[Row]) -> dict[str, set[tuple[str, bool]]]:
        """Return the stages and splits in which each prompt stands."""
        found: dict[str, set[tuple[str, bool]]] = {normal_form(row.prompt): set() for row in some}
        files = placed(
            some, FOLDERS[form], seed=seed, held_back=held_back, shares=read_shares(shares)
        )
        for name, (file, part) in files.items():
            for row in part:
                found[normal_form(row.prompt)].add((file.stage, name.endswith(EVALS)))
        return found

    late = places(rows)
    assert all(len(place) <= 1 for place in late.values())
    assert places(rows[:early]).items() <= late.items()


EVALS = ("eval.json", "eval.jsonl", "eval.parquet")


def test_shares_are_those_asked_for() -> None:
    """2, 4 and 4 in 10 of the prompts, and none of a stage that has no share."""
    rows = [a_row(number, score=5) for number in range(2000)]
    found = placed(rows, FOLDERS["chatllama"], seed=1, held_back=0, shares=read_shares("2,4,4"))
    assert [round(len(some) / 200) for _, some in found.values()] == [2, 4, 4]
    none = placed(rows, FOLDERS["chatllama"], seed=1, held_back=0, shares=read_shares("1,0,1"))
    assert [len(some) > 0 for _, some in none.values()] == [True, False, True]


@pytest.mark.parametrize("text", ["", "2,4", "1,2,x", "-1,1,1", "0,0,0", "nan,1,1", "inf,1,1"])
def test_odd_shares_are_refused(text: str) -> None:
    """With what to write."""
    with pytest.raises(BadInput, match="2,4,4"):
        read_shares(text)


@pytest.mark.parametrize(
    ("form", "recipe"),
    [
        ("preference", "preferences"),
        ("kto", "preferences"),
        ("deepspeed-chat", "preferences"),
        ("chatllama", "judge"),
    ],
)
def test_what_a_run_lacks_is_named_with_its_recipe(
    make_run: Make, tmp_path: Path, form: str, recipe: str
) -> None:
    """The command that makes it is given, and nothing is written."""
    run = make_run([{}] * 3)
    with pytest.raises(BadInput) as refused:
        export(run, tmp_path / "out", form)
    path = run.spec.folder.path
    assert f"generate {path}-{recipe} --recipe {recipe} --from {path} " in refused.value.remedy
    assert not (tmp_path / "out").exists()


def test_files_that_the_run_cannot_fill_are_left_out_and_named(
    make_run: Make, tmp_path: Path
) -> None:
    """Without pairs all is for SFT; the config of what is not there is not there."""
    done = export(make_run([{}] * 40), tmp_path / "out", "axolotl", validation=0.2)
    assert {*done.splits} == {"sft/train.jsonl", "sft/eval.jsonl"}
    assert done.rows == 40
    assert any("recipe preferences" in remark for remark in done.remarks)
    assert {p.name for p in (tmp_path / "out").iterdir()} == {"sft", "sft.yml"}


def test_a_folder_is_made_anew_over_an_older_one(make_run: Make, tmp_path: Path) -> None:
    """Files of an earlier export that are no more go; a folder of something else stays."""
    out = tmp_path / "out"
    export(make_run([{"extra": FULL}] * 60), out, "llama-factory", validation=0.3)
    info = json.loads((out / "dataset_info.json").read_text("utf-8"))
    assert {each["file_name"] for each in info.values()} | {"dataset_info.json"} == {
        path.name for path in out.iterdir()
    }
    export(make_run([{}] * 60), out, "llama-factory", validation=0)
    assert {path.name for path in out.iterdir()} == {"sft_train.json", "dataset_info.json"}
    with pytest.raises(BadInput, match="it holds other things"):
        export(make_run([{}] * 9), out, "verl")


def test_a_file_that_a_trainer_needs_is_never_missing(make_run: Make, tmp_path: Path) -> None:
    """Where no prompt falls to it, the export is refused, and says how to share otherwise."""
    with pytest.raises(BadInput, match=r"data/eval\.json would have no row"):
        export(make_run([{"extra": FULL}] * 9), tmp_path / "out", "deepspeed-chat", validation=0)
    with pytest.raises(BadInput, match="would have no row"):
        export(make_run([]), tmp_path / "out", "verl")
    assert not (tmp_path / "out").exists()


def test_what_is_left_over_or_too_little_is_said(make_run: Make, tmp_path: Path) -> None:
    """Tasks without a pair, repeated prompts, and fewer rows than the trainer asks for."""
    some = [{"extra": FULL}] * 30 + [{}] * 5 + [{"extra": FULL, "instruction": "Name 1 rivers."}]
    some[1] = {"extra": FULL, "instruction": "Name 1 rivers."}
    done = export(make_run(some), tmp_path / "out", "deepspeed-chat", validation=0.3)
    assert done.rows == 30
    assert any(remark.startswith("6 rows stand in no file") for remark in done.remarks)
    done = export(make_run([{"extra": FULL}] * 40), tmp_path / "llama", "chatllama")
    assert sum("the trainer asks for" in remark for remark in done.remarks) == 2


def test_same_run_same_bytes_in_every_folder(make_run: Make, tmp_path: Path) -> None:
    """And every text in UTF-8, as it was said."""
    pytest.importorskip("pyarrow", reason="needs the extra parquet")
    run = make_run([{"extra": FULL | {"turns": TURNS}}] * 40)
    for form in FOLDERS:
        both = [tmp_path / f"{form}-{n}" for n in range(2)]
        for path in both:
            export(run, path, form, validation=0.3)
        first, second = (
            {p.relative_to(root): p.read_bytes() for p in root.rglob("*") if p.is_file()}
            for root in both
        )
        assert first == second
