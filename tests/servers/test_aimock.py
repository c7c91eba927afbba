"""aimock's chaos before llama.cpp: half of what is asked fails, and the run is the same."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from selfinstruct.method.types import Decoding, Key, Message, Request
from selfinstruct.model.access import Access
from selfinstruct.model.base import TransientError
from selfinstruct.model.endpoint import EndpointModel
from selfinstruct.model.probe import probe_model
from selfinstruct.run.verify import verify
from selfinstruct.store.journal import read
from tests.servers.starting import aimock, llamacpp, needs_aimock, needs_llamacpp, running
from tests.world import cli

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.servers.starting import Server

pytestmark = [needs_llamacpp, needs_aimock]


TASKS = [
    "Explain to a new neighbour how the recycling bins of this street are sorted.",
    "Decide whether the message is a complaint or a compliment.",
    "Write a limerick about a snail that won a race.",
    "What should I check before I buy a second-hand bicycle?",
    "Turn the recipe into a shopping list for six people.",
    "Suggest three names for a bakery that only opens at night.",
    "Compare tea and coffee as a drink for long drives.",
]


def in_json(when: str, answer: object) -> dict[str, object]:
    """Return what aimock answers to a request for JSON whose last message holds a text."""
    match = {"userMessage": when, "responseFormat": "json_schema"}
    return {"match": match, "response": {"content": json.dumps(answer)}}


JSON_ANSWERS = [
    in_json("Go on with this list", {"tasks": TASKS}),
    in_json(f"{TASKS[1]}\nClassification:", {"classification": "Yes"}),
    in_json("Classification:", {"classification": "No"}),
    in_json(
        '"class_label": "..."',
        {
            "instances": [
                {"class_label": "complaint", "input": "The soup was cold again."},
                {"class_label": "compliment", "input": "Your choir moved me to tears."},
            ]
        },
    ),
    in_json(
        '"output": "..."',
        {"instances": [{"input": "", "output": "Start small, and ask somebody who knows."}]},
    ),
]


@pytest.fixture(scope="module")
def mock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("aimock")
    with (
        running(llamacpp(folder)) as behind,
        running(aimock(folder, behind.root, JSON_ANSWERS)) as started,
    ):
        yield started


def tell(server: Server, path: str, body: object = None) -> Any:
    """Speak with aimock's own interface."""
    data = None if body is None else json.dumps(body).encode()
    address = f"{server.root}/__aimock/{path}"
    request = urllib.request.Request(address, data, {"Content-Type": "application/json"})  # noqa: S310
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        return json.loads(answer.read())


def seen(server: Server) -> Counter[str]:
    """Return what aimock did to the chat requests that it noted."""
    rows = tell(server, "journal?path=/v1/chat/completions&limit=1000")
    return Counter(row["response"].get("chaosAction") or "answered" for row in rows)


def test_a_run_through_chaos(tmp_path: Path, mock: Server) -> None:
    """500s, broken JSON with status 200 and cut connections: asked again, never recorded."""
    run = tmp_path / "run"
    told = ("--model", "served", "--base-url", mock.url, "--target", "3")
    tell(mock, "chaos", {"dropRate": 0.1, "malformedRate": 0.1, "disconnectRate": 0.1})
    cli("generate", run, *told)
    tell(mock, "chaos", {"dropRate": 0, "malformedRate": 0, "disconnectRate": 0})
    found = seen(mock)
    replies = [entry.reply for entry in read(run / "journal.jsonl")]
    assert {reply.kind for reply in replies} == {"text"}
    assert found["answered"] >= len(replies)
    assert sum(found.values()) > found["answered"], "aimock did nothing"
    assert not [check for check in verify(run) if check.problem]


def test_a_429_is_passing_and_its_retry_after_is_read(mock: Server) -> None:
    """The 429 of aimock asks for one second."""
    messages = (Message("user", "Hello."),)
    request = Request(Key("generate", 0), messages, Decoding(max_tokens=8), "chat", "served")

    async def ask() -> None:
        model = EndpointModel("served", base_url=mock.url, api_key=None)
        try:
            await model.ask(request, "run/1")
        finally:
            await model.close()

    tell(mock, "chaos", {"rateLimitRate": 1})
    try:
        with pytest.raises(TransientError) as caught:
            asyncio.run(ask())
    finally:
        tell(mock, "chaos", {"rateLimitRate": 0})
    assert (caught.value.kind, caught.value.retry_after) == ("429", 1.0)


def test_the_probe_finds_files_and_batches(mock: Server) -> None:
    """They are there; completions are not, and the context is not told."""
    found = asyncio.run(probe_model("served", Access(base_url=mock.url)))
    told = {each.name: each.supported for each in found}
    assert told["Files"]
    assert told["Batches"]
    assert told["chat"]
    assert told["completions"] is False
    assert told["context"] is None


def test_a_run_with_schemas(tmp_path: Path, mock: Server) -> None:
    """Fixed answers in JSON, given to requests with a schema only: every stage reads its own."""
    run = tmp_path / "run"
    told = ("--model", "served", "--base-url", mock.url, "--protocol", "schema")
    cli("generate", run, *told, "--target", "7")
    rows = [json.loads(line) for line in (run / "pool.jsonl").read_text("utf-8").splitlines()]
    assert [row["instruction"] for row in rows] == TASKS
    assert [row["is_classification"] for row in rows] == [text == TASKS[1] for text in TASKS]
    labels = [
        each["output"] for row in rows if row["is_classification"] for each in row["instances"]
    ]
    assert labels == ["complaint", "compliment"]
    assert not [check for check in verify(run) if check.problem]
