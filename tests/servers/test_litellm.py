"""litellm's proxy before llama.cpp: real refusals of parameters, speed, contexts and keys."""

from __future__ import annotations

import asyncio
import json
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
from tests.servers.between import between
from tests.servers.starting import (
    files_with,
    litellm,
    llamacpp,
    needs_litellm,
    needs_llamacpp,
    running,
)
from tests.world import cli

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from selfinstruct.method.types import Reply
    from tests.servers.between import Between

pytestmark = [needs_llamacpp, needs_litellm]

KEY = "sk-the-key-of-the-proxy"


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Give the port of a proxy that knows llama.cpp under several names."""
    folder = tmp_path_factory.mktemp("litellm")
    small = tmp_path_factory.mktemp("small")
    with running(llamacpp(folder)) as behind, running(llamacpp(small, context=768)) as tight:
        plain = {"model": "hosted_vllm/tiny", "api_base": behind.url, "api_key": "none"}
        models: dict[str, dict[str, Any]] = {
            "strict": {**plain, "model": "mistral/tiny"},  # takes no presence_penalty
            "narrow": {**plain, "max_parallel_requests": 1},
            "shallow": {**plain, "api_base": tight.url},
            "late": {**plain, "timeout": 0.01},
        }
        with running(litellm(folder, models, KEY)) as started:
            yield started.port


@pytest.fixture
def way(proxy: int) -> Iterator[Between]:
    with between(proxy) as noted:
        yield noted


def generate(run: Path, way: Between, model: str, target: int, *more: str, code: int = 0) -> str:
    told = ("--model", model, "--base-url", way.url, "--api-key-env", "PROXY_KEY")
    text = ("--protocol", "chat")  # the tiny model behind it makes no sense under a schema
    more = ("--target", str(target), *more)
    done = cli("generate", run, *told, *text, *more, code=code, PROXY_KEY=KEY)
    assert KEY not in done.stderr + done.stdout
    return done.stderr


def replies(run: Path) -> list[Reply]:
    assert not [check for check in verify(run) if check.problem]
    return [entry.reply for entry in read(run / "journal.jsonl")]


def test_a_parameter_that_is_refused_is_left_out_from_then_on(tmp_path: Path, way: Between) -> None:
    """The first refusal teaches the dialect; it is kept, and nothing is refused again or later."""
    run = tmp_path / "run"
    generate(run, way, "strict", 2)
    asked = way.asked()
    refused = [each for each in asked if each.status == 400]
    # What was on its way when the first refusal came, in each of the two stages that send it.
    assert 1 <= len(refused) <= 2 * 8
    assert all("presence_penalty" in each.body for each in refused)
    assert all("presence_penalty" not in each.body for each in asked if each.status == 200)
    assert not [each for each in asked if each.status not in {200, 400}]
    learnt = json.loads((run / "dialect.json").read_text("utf-8"))
    changes = [(each["parameter"], each["sent"]) for each in learnt["strict"]["changes"]]
    assert {*changes} == {("presence_penalty", None)}
    assert {reply.kind for reply in replies(run)} == {"text"}
    generate(run, way, "strict", 12)
    later = way.asked()[len(asked) :]
    assert later
    assert {each.status for each in later} == {200}
    assert not [each for each in later if "presence_penalty" in each.body]
    assert {each.key for each in way.asked()} == {f"Bearer {KEY}"}


def test_too_many_at_a_time_is_429_without_retry_after(tmp_path: Path, way: Between) -> None:
    """One at a time is let through: the run finds that out, and records no refusal."""
    run = tmp_path / "run"
    generate(run, way, "narrow", 1)
    found = Counter(each.status for each in way.asked())
    assert set(found) == {200, 429}
    assert len(replies(run)) == found[200]


def test_an_overflow_behind_the_proxy_is_known(tmp_path: Path, way: Between) -> None:
    """The proxy wraps llama.cpp's words in its own; fewer examples are shown all the same."""
    run = tmp_path / "run"
    generate(run, way, "shallow", 1, "--fit", "paper")
    found = Counter((each.key.stage, each.key.attempt, each.kind) for each in replies(run))
    assert found["classify", 0, "overflow"]
    assert found["classify", 1, "text"]
    assert found["instances", 2, "text"]
    said = [each.text for each in replies(run) if each.kind == "overflow"]
    assert all("ContextWindowExceededError" in text for text in said)


def test_a_wrong_key_stops_the_run(tmp_path: Path, way: Between) -> None:
    """Without a data base litellm answers 400 to it, not 401; its words are shown, the key not."""
    run = tmp_path / "run"
    told = ("--model", "strict", "--base-url", way.url, "--api-key-env", "PROXY_KEY")
    wrong = "sk-another-key"
    done = cli("generate", run, *told, "--target", "1", code=2, PROXY_KEY=wrong)
    assert "the endpoint says 400: No connected db." in done.stderr
    assert wrong not in done.stderr
    assert not files_with(run, wrong)
    assert not files_with(run, KEY)


def test_a_408_of_the_proxy_is_passing(way: Between, monkeypatch: pytest.MonkeyPatch) -> None:
    """The proxy gives up on the server behind it: that is asked again later."""
    messages = (Message("user", "Hello."),)
    request = Request(Key("generate", 0), messages, Decoding(max_tokens=900), "chat", "late")
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)

    async def ask() -> None:
        model = EndpointModel("late", base_url=way.url, api_key=KEY)
        try:
            await model.ask(request, "run/1")
        finally:
            await model.close()

    with pytest.raises(TransientError) as caught:
        asyncio.run(ask())
    assert caught.value.kind == "408"


def test_the_probe_tells_refused_for_speed_from_refused(
    way: Between, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where one request at a time is let through, what is refused with 429 is `?`, never `no`."""
    monkeypatch.setenv("PROXY_KEY", KEY)
    found = asyncio.run(probe_model("narrow", Access(way.url, "PROXY_KEY")))
    told = {each.name: each for each in found}
    assert 429 in {each.status for each in way.asked()}
    for name in ("stop", "json_schema", "seed", "logprobs", "system role"):
        assert told[name].supported is not False, told[name]
    assert [each for each in found if each.supported is None and each.note.startswith("429: ")]
    found = asyncio.run(probe_model("strict", Access(way.url, "PROXY_KEY")))
    told = {each.name: each for each in found}
    assert told["logprobs"].supported is False
    assert told["logprobs"].note.startswith("400: litellm.UnsupportedParamsError")
    assert told["stop"].supported
