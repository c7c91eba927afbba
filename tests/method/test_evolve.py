"""The source that rewrites tasks, and the step that asks whether they became harder."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from selfinstruct.method.fold import Fold
from selfinstruct.method.readers import read_rewrite
from selfinstruct.method.recipe import parse_recipe
from selfinstruct.method.registry import index_of
from selfinstruct.method.sampling import Draw, Lag
from selfinstruct.method.types import (
    Again,
    Candidates,
    Instance,
    Key,
    Nothing,
    Rejected,
    Reply,
    SeedTask,
    Snapshot,
    Task,
    Verdict,
)
from selfinstruct.run.inputs import read_recipe
from tests.method.one_stage import TASK, stage, told

SEEDS = tuple(
    SeedTask(f"s{number}", "", text, (Instance(given, "Yes."),), is_classification=False)
    for number, (text, given) in enumerate(
        [
            ("Explain what a lighthouse is for.", ""),
            ("Sum up the text.", "A ship sailed."),
            ("List three ways to keep bread fresh.", ""),
        ]
    )
)
NEW = "Explain to a child why a lighthouse is still needed on a coast that every ship knows."


def source(**options: Any) -> Any:
    return stage("evol", "evolve", seeds=SEEDS, **options)


def asked(ordinal: int, **options: Any) -> Any:
    return source(**options).ask(Draw(1, "evolve", ordinal), Snapshot((), 0), ordinal, 0)


def read(text: str, ordinal: int = 0, kind: Any = "text", finish: str = "stop") -> Any:
    told = Reply(Key("evolve", ordinal), "", kind, text, finish=finish)
    return source().read(asked(ordinal), told)


def test_each_task_is_rewritten_in_every_way() -> None:
    """Once each in as many rounds as there are ways, and in several ways within a round."""
    seen = []
    for ordinal in range(15):
        evolved = read(NEW, ordinal).items[0].extra["evolved"]
        seen.append((evolved["from"], evolved["way"]))
    assert len(set(seen)) == 15
    assert [seed for seed, _ in seen] == [seed.id for seed in SEEDS] * 5
    assert len({way for _, way in seen[:3]}) == 3


def test_the_prompt_shows_the_task_with_its_input_and_the_way() -> None:
    """And nothing of other tasks."""
    text = asked(1).request.messages[-1].content
    assert "Sum up the text.\n\nA ship sailed." in text
    assert "lighthouse" not in text
    assert "Make it concrete." in text
    assert asked(1).shots == (("s1", "Sum up the text."),)


def test_a_candidate_is_an_instruction_that_carries_its_original() -> None:
    """With the way and the seed task's id."""
    (candidate,) = read(NEW, 1).items
    assert (candidate.instruction, candidate.instances) == (NEW, ())
    assert candidate.extra == {
        "evolved": {
            "way": "concrete",
            "from": "s1",
            "instruction": "Sum up the text.\n\nA ship sailed.",
        }
    }


@pytest.mark.parametrize(
    "text",
    [
        NEW,
        f'"{NEW}"',
        f"**{NEW}**",
        f"New task: {NEW}",
        f"**Rewritten task:** {NEW}",
        f"### Instruction:\n{NEW}",
        f"Sure! Here is the new task:\n\n{NEW}",
        f"Here is the rewritten task:\n\n**Task:** {NEW}",
        f"{NEW}\n\nLet me know if you need another one!",
        f"{NEW}\n\n(This task requires some thought.)",
        f"<task>\n{NEW}\n</task>",
        json.dumps({"instruction": NEW}),
        f"<think>A child?</think>\n{NEW}",
        f"```\n{NEW}\n```",
    ],
)
def test_a_rewritten_task_is_read_without_its_dress(text: str) -> None:
    """No label, no quotes, no small talk, no remark on it."""
    assert read(text).items[0].instruction == NEW


def test_a_rewritten_task_keeps_its_own_lines() -> None:
    """A text or a table that it works on belongs to it."""
    text = 'Sum up the letter in one line.\n\n"Dear Ann,\n\nthe boat is late.\n\nBen"'
    assert read(text).items[0].instruction == text
    label = "Choose a title for the poem: one of three words, and say why."
    assert read(label).items[0].instruction == label


@pytest.mark.parametrize("text", ["", "<think>Hm.", "I'm sorry, but I cannot rewrite this task."])
def test_what_holds_no_task_is_nothing(text: str) -> None:
    """So are other outcomes, by their names."""
    assert read(text).reason == "nothing read"
    for kind in ("refusal", "filtered", "policy"):
        assert read(text, kind=kind).reason == kind
    assert read(text, kind="overflow").reason == "context overflow"


def test_a_cut_rewrite_is_a_defect() -> None:
    """Half a task is none."""
    (candidate,) = read(NEW[:40], finish="length").items
    assert candidate.defect is not None
    assert candidate.defect.reason == "cut by length"


def test_ways_are_data_of_the_recipe() -> None:
    """A way of one's own is a line of the file; one that is not there is named."""
    files = {"ways.toml": b'shorter = "Say it in fewer words."'}
    text = asked(0, files=files, ways=["shorter"]).request.messages[-1].content
    assert "Say it in fewer words." in text
    with pytest.raises(ValueError, match=r"has no text deper.*deeper"):
        source(ways=["deper"])
    with pytest.raises(ValueError, match=r"no file way\.toml.*ways\.toml"):
        source(words="way.toml")
    with pytest.raises(ValueError, match="ways names none"):
        source(ways=[])
    with pytest.raises(ValueError, match="shorter is not a text"):
        source(ways=["shorter"], files={"ways.toml": b"shorter = 3"})
    with pytest.raises(ValueError, match="Expected"):
        source(files={"ways.toml": b"shorter"})


def test_the_fold_guards_against_what_is_too_much_alike() -> None:
    """The original and earlier rewrites; what passes carries its origin into the steps."""
    step = stage("evol", "harder", seeds=SEEDS)
    recipe = parse_recipe(read_recipe("evol"), "evol")
    fold = Fold(
        source(),
        [step],
        filters=(),
        index=index_of(recipe),
        seeds=SEEDS,
        seed=1,
        lag=Lag(1024, 1024, 0),
    )
    requests = fold.owed()
    verdicts: list[Verdict] = []
    for text in ("Explain what a lighthouse is for today.", NEW, f"{NEW} Now."):
        request = next(requests)
        verdicts += fold.take(Reply(request.key, request.digest, "text", text, finish="stop"))
    (rejected,) = verdicts
    assert rejected.rejected is not None
    assert rejected.rejected.reason == "near-duplicate"
    assert rejected.rejected.nearest is not None
    assert rejected.rejected.nearest.task == "s0"
    harder = next(request for request in fold.owed() if request.key.stage == "harder")
    assert "Sum up the text.\n\nA ship sailed." in harder.messages[-1].content


EVOLVED = replace(TASK, extra={"evolved": {"way": "deeper", "from": "s0", "instruction": "Sing."}})
HARDER = stage("evol", "harder")


def test_harder_shows_both() -> None:
    """The original, and what was made of it."""
    text = HARDER.ask(EVOLVED, 0, 0).messages[-1].content
    assert text.index("Sing.") < text.index("Name a big river.")
    assert HARDER.ask(EVOLVED, 0, 1).messages != HARDER.ask(EVOLVED, 0, 0).messages


@pytest.mark.parametrize(
    "text",
    [
        "Yes",
        "Reason: It asks for more.\nAnswer: Yes",
        "Reason: Nothing is missing. No gap.\n**Answer:** Yes",
        "Yes. It asks for more.",
        "Grund: Es ist mehr.\nAntwort: Ja",
        '{"reason": "No gap.", "answer": "Yes"}',
    ],
)
def test_yes_lets_a_task_pass_as_it_is(text: str) -> None:
    """Behind its reason, or at once."""
    assert told(HARDER, EVOLVED, text) == EVOLVED


@pytest.mark.parametrize(
    "text",
    [
        "No",
        "Reason: Yes, it is longer, but it asks for the same.\nAnswer: No",
        "No, it only uses other words.",
        '{"reason": "Yes?", "answer": "No"}',
    ],
)
def test_no_rejects(text: str) -> None:
    """With what was said."""
    found = told(HARDER, EVOLVED, text)
    assert found == Rejected("not harder", text, "harder or different, and answerable")


def test_undecided_is_asked_once_more_and_then_rejected() -> None:
    """It is never taken as yes."""
    assert told(HARDER, EVOLVED, "It depends.") == Again("undecided")
    assert told(HARDER, EVOLVED, "It depends.", attempt=1).reason == "undecided"
    assert told(HARDER, TASK, "Yes").reason == "not a rewritten task"


@given(st.text(max_size=300))
def test_no_reply_stops_them(text: str) -> None:
    """Whatever is said, the same comes of it each time."""
    found = read(text)
    assert isinstance(found, Candidates | Nothing)
    assert found == read(text)
    assert isinstance(told(HARDER, EVOLVED, text), Task | Rejected | Again)
    assert read_rewrite(text, ()) == read_rewrite(text, ()).strip()
