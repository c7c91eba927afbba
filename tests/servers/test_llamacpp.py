"""Runs against llama.cpp's own server: all stages, each protocol, a context that is too small."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
from collections import Counter
from typing import TYPE_CHECKING

import jsonschema
import pytest

from selfinstruct.method import schemas
from selfinstruct.method.types import Decoding, Key, Message, Request
from selfinstruct.model.endpoint import EndpointModel
from selfinstruct.run.verify import verify
from selfinstruct.store.journal import read
from selfinstruct.views.export.exporting import export
from selfinstruct.views.status import status
from selfinstruct.views.view import open_run
from tests.servers.starting import ROOT, llamacpp, needs_llamacpp, running
from tests.world import cli

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from selfinstruct.method.types import Reply
    from tests.servers.starting import Server

pytestmark = needs_llamacpp


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(llamacpp(tmp_path_factory.mktemp("llamacpp"))) as started:
        yield started


def replies(run: Path) -> list[Reply]:
    return [entry.reply for entry in read(run / "journal.jsonl")]


def generate(run: Path, server: Server, *options: str, code: int = 0, target: int = 5) -> str:
    """Run the command; return what it told."""
    told = ("--model", "served", "--base-url", server.url, "--target", str(target), *options)
    return cli("generate", run, *told, code=code).stderr


def is_sound(run: Path, target: int) -> None:
    """Check a finished run: complete, verified, each key recorded once, exported."""
    assert status(open_run(run))["state"] == "done"
    keys = [reply.key for reply in replies(run)]
    assert len(set(keys)) == len(keys)
    assert not [check for check in verify(run) if check.problem]
    export(open_run(run), run / "alpaca.json")
    rows = json.loads((run / "alpaca.json").read_text("utf-8"))
    assert len(rows) >= target
    assert all(row["instruction"] and row["output"] for row in rows)


@pytest.mark.parametrize("protocol", ["chat", "completion"])
def test_all_stages(tmp_path: Path, server: Server, protocol: str) -> None:
    """A complete run: every stage has replies, with usage; instances in both orders; an export."""
    run = tmp_path / "run"
    generate(run, server, "--protocol", protocol, target=8)
    is_sound(run, 8)
    entries = list(read(run / "journal.jsonl"))
    assert {entry.reply.key.stage for entry in entries} == {"generate", "classify", "instances"}
    assert {entry.reply.kind for entry in entries} == {"text"}
    assert all(entry.receipt.prompt_tokens and entry.receipt.model == "tiny" for entry in entries)
    asked = {reply.key.stage: reply.text for reply in replies(run)}
    assert asked["classify"].strip() in {"Yes", "No"}
    texts = [reply.text for reply in replies(run) if reply.key.stage == "instances"]
    assert any(text.startswith("\nClass label:") for text in texts), "output-first"
    assert any(text.startswith(("\nOutput:", "\nExample 1\n")) for text in texts), "input-first"


@pytest.mark.parametrize(
    "form",
    [schemas.LIST, schemas.DECISION, schemas.INPUT_FIRST, schemas.OUTPUT_FIRST, schemas.BLOCKS],
)
def test_each_schema_is_obeyed(server: Server, form: schemas.AnswerSchema) -> None:
    """llama.cpp takes each of our schemas, and what a model without any idea of JSON writes fits.

    At some temperature the tiny model comes to an end of its own; it goes on and on at others.
    """

    async def ask(temperature: float) -> Reply:
        model = EndpointModel("served", base_url=server.url, api_key=None)
        messages = (Message("system", "Go on."), Message("user", "Task: Greet.\nClassification:"))
        told = Decoding(temperature=temperature, max_tokens=300)
        request = Request(Key("classify", 0), messages, told, "schema", "served", form.schema)
        try:
            return (await model.ask(request, "run/1")).reply
        finally:
            await model.close()

    asked = (asyncio.run(ask(temperature)) for temperature in (0.0, 0.5, 1.0, 1.5, 2.0))
    ended = next((reply for reply in asked if reply.finish == "stop"), None)
    assert ended is not None
    jsonschema.validate(json.loads(ended.text), json.loads(form.schema))


def test_schema_run_is_recorded_and_says_what_it_lacks(tmp_path: Path, server: Server) -> None:
    """The tiny model has no words for JSON: replies keep the form, the run stops and shows one."""
    recipe = tmp_path / "recipe"
    shutil.copytree(ROOT / "prompts" / "self-instruct", recipe)
    text = (recipe / "recipe.toml").read_text("utf-8")
    short = text.replace("max_tokens = 1024", "max_tokens = 40")
    (recipe / "recipe.toml").write_text(short, "utf-8")
    run = tmp_path / "run"
    told = generate(run, server, "--protocol", "schema", "--recipe", str(recipe), code=4)
    stopped = r"the first 2\d replies gave nothing usable\. Stage generate"
    assert re.search(stopped, told), told  # how many came before it stopped hangs on the machine
    assert "\nnext: selfinstruct generate " in told
    texts = [reply.text.strip() for reply in replies(run)]
    assert all(re.match(r'\{\s*"tasks"', text) or text == "{" for text in texts), texts


def kinds(run: Path) -> Counter[tuple[str, int, str]]:
    return Counter((each.key.stage, each.key.attempt, each.kind) for each in replies(run))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(llamacpp(tmp_path_factory.mktemp("small"), context=768)) as started:
        yield started


def test_an_overflow_is_recorded_and_asked_again_with_fewer(tmp_path: Path, small: Server) -> None:
    """Each prompt that does not fit is asked once, then with half the examples, then a quarter."""
    run = tmp_path / "run"
    generate(run, small, "--protocol", "chat", "--fit", "paper")
    is_sound(run, 5)
    found = kinds(run)
    assert found["classify", 0, "overflow"] >= 5
    assert found["classify", 1, "text"] >= 5
    assert found["instances", 0, "overflow"] >= 5
    assert found["instances", 2, "text"] >= 5
    assert not found["classify", 0, "text"]
    said = [each.text for each in replies(run) if each.kind == "overflow"]
    assert all("exceeds the available context size (768 tokens)" in text for text in said)


def test_a_context_told_beforehand_does_not_overflow(tmp_path: Path, small: Server) -> None:
    """`--context` leaves out examples from the start: nothing is refused."""
    run = tmp_path / "run"
    generate(run, small, "--protocol", "chat", "--context", "768")
    is_sound(run, 5)
    assert {kind for _, _, kind in kinds(run)} == {"text"}


def test_a_context_too_small_for_any_prompt_ends_the_run(tmp_path: Path) -> None:
    """Where not even two examples fit, the run stops soon and shows the server's own words."""
    run = tmp_path / "run"
    with running(llamacpp(tmp_path, context=256)) as tight:
        told = generate(run, tight, code=4)
    assert "exceeds the available context size (256 tokens)" in told
    found = kinds(run)
    assert set(found) == {("generate", attempt, "overflow") for attempt in range(3)}
    assert found["generate", 2, "overflow"] >= 20
