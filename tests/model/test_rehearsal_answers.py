from __future__ import annotations

import json
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from selfinstruct.method import readers, schemas
from selfinstruct.method.rouge import RougeIndex
from selfinstruct.model.rehearsal import grammar, replies, stages
from selfinstruct.model.rehearsal.answers import CHARS_PER_TOKEN, answer, digest
from selfinstruct.model.rehearsal.rng import Rng
from tests.openai_schema import error_faults, needs_description, reply_faults, request_faults

PROMPTS = Path(__file__).parents[2] / "prompts" / "self-instruct"


def chat(user: str, system: str = "Be brief.", **more: Any) -> dict[str, Any]:
    messages = [{"role": "system", "content": system}, {"role": "user", "content": user}]
    return {"model": "rehearsal", "messages": messages, **more}


def completion(prompt: str, **more: Any) -> dict[str, Any]:
    return {"model": "rehearsal", "prompt": prompt, **more}


def shots(name: str, count: int = 8) -> list[str]:
    return [grammar.compose(Rng("shots", name, place)) for place in range(count)]


def listed(name: str, **more: Any) -> dict[str, Any]:
    lines = [f"Task {number}: {text}" for number, text in enumerate(shots(name), 1)]
    more.setdefault("stop", ["\nTask 17:"])
    return chat("\n".join([*lines, "Task 9:"]), **more)


def choice(body: dict[str, Any], seed: int = 0) -> dict[str, Any]:
    status, reply = answer(seed, body)
    assert status == 200
    found = reply["choices"][0]
    assert isinstance(found, dict)
    return found


def text(body: dict[str, Any], seed: int = 0) -> str:
    found = choice(body, seed)
    said = found["message"]["content"] if "message" in found else found["text"]
    return str(said or "")


def bodies(stage: str, count: int) -> list[dict[str, Any]]:
    if stage == "generate":
        return [listed(str(place)) for place in range(count)]
    labels = stage == "labels"
    end = "Classification:" if stage == "classify" else ""
    system = {"labels": "Class label: Yes", "examples": "Output: 4", "classify": ""}[stage]
    tasks = [grammar.compose(Rng(stage, n), classification=labels) for n in range(count)]
    return [chat(f"Task: {task}\n{end}", system) for task in tasks]


STAGES = ("generate", "classify", "labels", "examples")
COUNT = 4_000


def kind(stage: str, body: dict[str, Any]) -> str:
    found = choice(body)
    said = text(body)
    if found["finish_reason"] != "stop":
        return str(found["finish_reason"])
    if found["message"]["refusal"] is not None:
        return "refusal field"
    if said in replies.REFUSALS:
        return "refusal text"
    task = body["messages"][1]["content"].partition("\n")[0].removeprefix("Task: ")
    pairs = grammar.instances(task)
    right = {
        "generate": said.count("\n") == 7 and "Task 16: " in said,
        "classify": said in {" Yes", " No"},
        "labels": said == replies.labels_text(pairs),
        "examples": said == replies.examples_text(pairs),
    }
    return "right" if right[stage] else "malformed"


@cache
def replied(stage: str) -> list[tuple[str, str]]:
    return [(kind(stage, body), text(body)) for body in bodies(stage, COUNT)]


@pytest.mark.parametrize("stage", STAGES)
def test_replies_go_wrong_as_often_as_documented(stage: str) -> None:
    """Of 4,000 replies 3 % are malformed, 1 % refused in three ways, 1 % cut by length."""
    seen = Counter(found for found, _ in replied(stage))
    refused = seen["refusal field"] + seen["refusal text"] + seen["content_filter"]
    assert seen["malformed"] / COUNT == pytest.approx(0.03, abs=0.01)
    assert refused / COUNT == pytest.approx(0.01, abs=0.005)
    assert seen["length"] / COUNT == pytest.approx(0.01, abs=0.005)
    assert min(seen["refusal field"], seen["refusal text"], seen["content_filter"]) > 0


def test_malformed_lists_take_many_shapes() -> None:
    """Among malformed lists are an empty text, JSON, another numbering, unfit tasks, no numbers."""
    wrong = [said for found, said in replied("generate") if found == "malformed"]
    assert "" in wrong
    assert any(said.startswith('{"tasks"') for said in wrong)
    assert any(said.startswith("1) ") for said in wrong)
    assert any("picture" in said or "graph" in said for said in wrong)
    assert any(said and not re.search(r"\d[:.)]", said) for said in wrong)
    assert any(len(re.findall(r"\nTask \d+:", said)) == 7 for said in wrong)


def test_near_duplicates_are_as_frequent_as_documented() -> None:
    """About 30 % of new instructions repeat a shot, an earlier item or the stock too closely."""
    stock = [grammar.compose(Rng(0, "stock", place)) for place in range(replies.STOCK)]
    items = near = 0
    for place in range(200):
        index = RougeIndex()
        index.extend([*stock, *shots(str(place))])
        for item in readers.read_list(text(listed(str(place))), cut=False):
            items += 1
            near += index.nearest(item) is not None
            index.add(item)
    assert items > 1_200
    assert near / items == pytest.approx(0.30, abs=0.04)


@given(st.integers(min_value=0))
def test_a_near_duplicate_is_over_the_threshold(seed: int) -> None:
    """A changed instruction still has a ROUGE-L over 0.7 with the one it was made of."""
    rng = Rng("near", seed)
    task = grammar.compose(rng)
    index = RougeIndex()
    index.add(task)
    assert index.nearest(replies.near_duplicate(task, rng)) is not None


def test_the_same_body_gets_the_same_reply() -> None:
    """The reply depends on the seed and the canonical body, not on the order of its keys."""
    body = listed("same", temperature=0.7)
    backwards = dict(reversed(body.items()))
    assert digest(body) == digest(backwards)
    assert answer(3, body) == answer(3, backwards)
    stages.read(listed("something in between"))
    assert answer(3, body) == answer(3, body)


def test_another_seed_or_body_gets_another_reply() -> None:
    """Seed, prompt and decoding each change what is said."""
    body = listed("same", temperature=0.7)
    said = {text(body, seed) for seed in range(10)}
    assert len(said) == 10
    assert text(body, 1) != text(listed("same", temperature=0.8), 1)
    assert text(body, 1) != text(listed("other", temperature=0.7), 1)


def filled(name: str) -> list[dict[str, Any]]:
    tasks = [f"Task {number}: {shot}" for number, shot in enumerate(shots("prompt"), 1)]
    examples = (
        "Task: Add two and two.\nOutput: 4"
        if "input_first" in name
        else "Task: Is it?\nClass label: Yes"
        if "output_first" in name
        else "Task: Is it?\nClassification: Yes"
    )
    values = {
        "shots": "\n".join(tasks),
        "next": "9",
        "last": "15",
        "instruction": "Explain tides to a baker.",
        "examples": examples,
    }
    template = (PROMPTS / name).read_text(encoding="utf-8").rstrip()
    whole = re.sub(r"\{\{(\w+)\}\}", lambda found: values[found.group(1)], template)
    if name.endswith(".completion.txt"):
        return [completion(whole), completion(whole + "\n")]
    system, user = whole.split("=== user\n")
    return [chat(user, system.removeprefix("=== system\n"))]


@pytest.mark.parametrize(
    ("name", "stage"),
    [
        ("generate.chat.txt", "generate"),
        ("generate.completion.txt", "generate"),
        ("classify.chat.txt", "classify"),
        ("classify.again.chat.txt", "classify"),
        ("classify.completion.txt", "classify"),
        ("input_first.chat.txt", "examples"),
        ("input_first.completion.txt", "examples"),
        ("output_first.chat.txt", "labels"),
        ("output_first.completion.txt", "labels"),
    ],
)
def test_the_stage_is_read_from_the_prompts(name: str, stage: str) -> None:
    """Each prompt of the recipe is understood, with the task that it asks about."""
    for body in filled(name):
        wish = stages.read(body)
        assert wish.stage == stage
        if stage == "generate":
            assert wish.shots == tuple(shots("prompt"))
            assert wish.first == 9
            assert wish.classification is False
        else:
            assert wish.instruction == "Explain tides to a baker."


def test_the_number_of_items_follows_stop_text_or_custom() -> None:
    """The last item is the one before the stop, or the one the text names, or the eighth."""
    assert stages.read(listed("n", stop=["\nTask 12:"])).last == 11
    assert stages.read(listed("n", stop="\nTask 12:")).last == 11
    open_end = "Task 8: Name a river.\nTask 9:"
    assert stages.read(chat(open_end, "Go on, Tasks 9 to 13, one per line.")).last == 13
    assert stages.read(chat(f"Go on up to Task 15.\n\n{open_end}")).last == 15
    assert stages.read(chat(open_end)).last == 16
    assert stages.read(listed("n", stop=["\nTask 999999:"])).last == 9 + stages.MOST_ITEMS - 1


def test_classification_mode_gives_classification_tasks() -> None:
    """A system text that asks for classification tasks and labels gets them."""
    body = listed("labels")
    body["messages"][0]["content"] = "Write classification tasks and name their class labels."
    wish = stages.read(body)
    assert wish.classification
    made = replies.new_instructions(wish, 0, Rng(1))
    fresh = [item for item in made if grammar.recognise(item) is not None]
    assert sum(map(grammar.is_classification, fresh)) >= len(fresh) / 2
    assert not stages.read(listed("labels")).classification


def test_blocks_are_complete_tasks() -> None:
    """The block form goes on from the open block to the one before the stop."""
    shot = "### Task {}\nInstruction: Name a river.\nInput: (none)\nOutput: The Rhine.\n"
    prompt = "\n".join([*(shot.format(n) for n in (1, 2, 3)), "### Task 4\nInstruction:"])
    body = completion(prompt, stop=["\n### Task 20"], max_tokens=3072)
    assert stages.read(body).stage == "blocks"
    replied = [readers.read_blocks(text(body, seed), cut=False) for seed in range(40)]
    whole = [
        made
        for made in replied
        if len(made) == 16 and all(task.instances and task.instances[0].output for task in made)
    ]
    assert len(whole) >= 35


@pytest.mark.parametrize(
    ("body", "pattern"),
    [
        (chat("Rate this from 1 to 5.\nTask: Name a river.\nOutput: The Rhine.\nScore:"), r"[1-5]"),
        (completion("Give a rating from 1 to 5: it rains."), r"[1-5]"),
        (chat("Good morning."), r"[A-Z][^\n]+\."),
        (chat(""), r"[A-Z][^\n]+\."),
    ],
)
def test_other_prompts_get_a_digit_or_a_sentence(body: dict[str, Any], pattern: str) -> None:
    """A judge's prompt gets a digit from 1 to 5, anything else a sentence."""
    said = [text({**body, "seed": seed}) for seed in range(40)]
    assert sum(re.fullmatch(pattern, each) is not None for each in said) >= 35


def test_parts_of_a_message_are_read_as_one_text() -> None:
    """Content may be a list of text parts."""
    body = chat("")
    body["messages"][1]["content"] = [
        {"type": "text", "text": "Task: Name a river.\n"},
        {"type": "text", "text": "Classification:"},
    ]
    assert stages.read(body).stage == "classify"


def test_max_tokens_and_stop_are_honoured() -> None:
    """A text over the limit is cut with finish reason `length`, one at a stop ends before it."""
    for place in range(30):
        found = choice(listed(str(place), max_tokens=20))
        said = found["message"]["content"] or ""
        assert len(said) <= 20 * CHARS_PER_TOKEN
    assert choice(listed("0", max_completion_tokens=20))["finish_reason"] == "length"
    assert all("\nTask 11:" not in text(listed(str(n), stop=["\nTask 11:"])) for n in range(30))
    assert all("e" not in text(listed(str(n), stop=["zz", "e"])) for n in range(30))


def test_usage_and_model_are_filled() -> None:
    """Usage counts prompt and answer, and the model's name is the one that was asked for."""
    _, reply = answer(0, listed("usage") | {"model": "some/model"})
    usage = reply["usage"]
    assert reply["model"] == "some/model"
    assert usage["prompt_tokens"] > 100
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]


@needs_description
@pytest.mark.parametrize("stage", STAGES)
def test_chat_requests_and_replies_are_as_openai_describes(stage: str) -> None:
    """Right, malformed, refused, filtered and cut replies all fit the description."""
    seen = set()
    for body in bodies(stage, 400):
        assert request_faults("chat", body) == []
        assert reply_faults("chat", answer(0, body)[1]) == []
        seen.add(kind(stage, body))
    assert {"right", "malformed", "length"} < seen


@needs_description
def test_completion_requests_and_replies_are_as_openai_describes() -> None:
    """The same for completions."""
    for place in range(300):
        body = completion(f"Task: Count to {place}.\nClassification:", max_tokens=8, stop=["\n"])
        assert request_faults("completion", body) == []
        assert reply_faults("completion", answer(0, body)[1]) == []


BAD_CHAT: list[object] = [
    {},
    [],
    "text",
    None,
    {"model": "m"},
    {"messages": [{"role": "user", "content": "x"}]},
    {"model": "", "messages": [{"role": "user", "content": "x"}]},
    {"model": "m", "messages": []},
    {"model": "m", "messages": "x"},
    {"model": "m", "messages": ["x"]},
    {"model": "m", "messages": [{"role": "poet", "content": "x"}]},
    {"model": "m", "messages": [{"role": "user"}]},
    chat("x", temperature=3),
    chat("x", temperature=float("nan")),
    chat("x", top_p="half"),
    chat("x", presence_penalty=True),
    chat("x", max_tokens=0),
    chat("x", max_completion_tokens=1.5),
    chat("x", n=2),
    chat("x", stop=[]),
    chat("x", stop=["a"] * 5),
    chat("x", stop=[1]),
    chat("x", stream=True),
    chat("x", top_k=40),
    chat("x", response_format={"type": "json_object"}),
    chat("x", response_format={"type": "json_schema"}),
    chat("x", response_format="json"),
]
FORMS = {
    "generate": schemas.LIST,
    "blocks": schemas.BLOCKS,
    "classify": schemas.DECISION,
    "examples": schemas.INPUT_FIRST,
    "labels": schemas.OUTPUT_FIRST,
}


def of_schema(form: schemas.AnswerSchema, body: dict[str, Any]) -> dict[str, Any]:
    """Return a request as `--protocol schema` puts it: a note at its end, and the schema."""
    messages = [dict(message) for message in body["messages"]]
    messages[-1]["content"] += f"\n\n{form.note}"
    told = {"name": "x", "strict": True, "schema": json.loads(form.schema)}
    wanted = {"type": "json_schema", "json_schema": told}
    return {**body, "messages": messages, "response_format": wanted, "stop": None}


@pytest.mark.parametrize("stage", FORMS)
def test_a_schema_is_obeyed(stage: str) -> None:
    """What is not cut or refused is JSON of the schema, and says what the text would say."""
    form = FORMS[stage]
    schema = json.loads(form.schema)
    told: list[str] = []
    blocks = [chat(f"{name}\n### Task 4\nInstruction:") for name in range(60)]
    for body in blocks if stage == "blocks" else bodies(stage, 60):
        found = choice(of_schema(form, body))
        if found["finish_reason"] != "stop" or found["message"]["refusal"]:
            continue
        said = found["message"]["content"]
        jsonschema.validate(json.loads(said), schema)
        told.append(said)
    assert len(told) > 50
    if stage == "generate":
        assert sum(len(readers.read_list(said)) == 8 for said in told) > 45
    if stage == "classify":
        assert {readers.read_decision(said) for said in told} == {True, False}


def test_an_unknown_schema_is_filled_with_what_fits() -> None:
    """As a model would that has no idea what it is for."""
    kinds = ("array", "string", "boolean", "integer", "number")
    parts = {kind: {"type": kind} for kind in kinds} | {"choice": {"enum": ["a", "b"]}}
    schema = {"type": "object", "properties": parts, "required": list(parts)}
    told = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    jsonschema.validate(json.loads(text(chat("Who are you?", response_format=told))), schema)


BAD_COMPLETION: list[object] = [
    {"model": "m"},
    {"model": "m", "prompt": 5},
    {"model": "m", "prompt": ["a", "b"]},
    {"model": "m", "prompt": [1, 2]},
    completion("x", max_completion_tokens=5),
    completion("x", echo=True),
]


@pytest.mark.parametrize(
    ("form", "body"),
    [*(("chat", body) for body in BAD_CHAT), *(("completion", body) for body in BAD_COMPLETION)],
    ids=str,
)
def test_bad_requests_are_refused(form: str, body: object) -> None:
    """What no server takes, or what this one does not do, is a 400 that says what is wrong."""
    status, reply = answer(0, body, form)
    assert status == 400
    assert reply["error"]["type"] == "invalid_request_error"
    assert reply["error"]["message"].endswith(".")


@needs_description
def test_errors_are_as_openai_describes() -> None:
    """Each error has OpenAI's envelope."""
    for body in BAD_CHAT:
        assert error_faults(answer(0, body, "chat")[1]) == []
