"""What the probe makes of servers that refuse, fail for a while, ignore or only seem to obey."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from selfinstruct.method.errors import BadInput
from selfinstruct.model.probe import MOST_REQUESTS, Finding, Probe

if TYPE_CHECKING:
    from collections.abc import Callable

    Answer = Callable[[dict[str, Any]], tuple[int, Any]]

REFUSAL = "Unsupported value:\n  '{}' does not support that."

STORY = "Once a fox met a hen, and both were surprised by how cold it was."


def probe(
    answer: Answer, completions: int = 200, complete: Answer | None = None
) -> dict[str, Finding]:
    """Probe a server whose chat answers so; it has no model list, Files or Batches."""

    async def chat(request: web.Request) -> web.Response:
        status, text = answer(await request.json())
        if status != 200:
            return web.json_response({"error": {"message": text}}, status=status)
        choice = text if isinstance(text, dict) else {"message": {"content": text}}
        return web.json_response({"choices": [choice], "usage": {"prompt_tokens": 1}})

    async def completion(request: web.Request) -> web.Response:
        if complete is None:
            return web.json_response({"choices": [{"text": "5"}]}, status=completions)
        status, choice = complete(await request.json())
        return web.json_response({"choices": [choice]}, status=status)

    async def run() -> list[Finding]:
        app = web.Application()
        app.router.add_post("/v1/chat/completions", chat)
        app.router.add_post("/v1/completions", completion)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            probing = Probe("m", f"http://127.0.0.1:{runner.addresses[0][1]}/v1", None)
            found = await probing.run()
            assert probing.requests <= MOST_REQUESTS
            return found
        finally:
            await runner.cleanup()

    return {found.name: found for found in asyncio.run(run())}


def stopped(text: str, body: dict[str, Any]) -> str:
    return text.partition(body["stop"][0])[0] if "stop" in body else text


def test_nothing_that_answers_is_no_table() -> None:
    """A model that neither chat nor completions knows is an error, with the server's words."""
    with pytest.raises(BadInput, match=r"neither chat nor completions of m \(404: no such model\)"):
        probe(lambda _: (404, "no such model"), completions=404)


def test_completions_alone_are_enough() -> None:
    """A server without chat is told from one that does not answer."""
    found = probe(lambda _: (400, "no template"))
    assert found["completions"].supported
    assert found["chat"] == Finding("chat", supported=False, note="400: no template")
    assert found["json_schema"].supported is False


@pytest.mark.parametrize(("status", "told"), [(429, None), (503, None), (400, False), (404, False)])
def test_a_failure_that_passes_tells_nothing(status: int, told: object) -> None:
    """Only a refusal is `no`."""

    def answer(body: dict[str, Any]) -> tuple[int, Any]:
        plain = set(body) <= {"model", "messages", "max_tokens"}
        return (200, "yes") if plain and len(body["messages"]) == 1 else (status, "not now")

    found = probe(answer)
    for name in ("stop", "json_schema", "seed", "logprobs", "system role"):
        assert found[name] == Finding(name, told, f"{status}: not now")  # type: ignore[arg-type]
    assert found["Files"].supported is False


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (lambda body: (200, stopped("1 2 3 4 5 6", body)), True),
        (lambda _: (200, "1 2 3 4 5 6"), False),
        (lambda body: (200, stopped(STORY, body)), True),
        (lambda _: (200, STORY), False),
        (lambda _: (200, "yes"), None),
    ],
    ids=["counts and stops", "counts on", "tells and stops", "tells on", "says too little"],
)
def test_stop_texts(answer: Answer, told: object) -> None:
    """Where the model does not count, its own words are the stop text."""
    assert probe(answer)["stop"].supported is told


def test_a_seed_that_changes_nothing_is_not_seen_to_work() -> None:
    """A server that always says the same does not show that it knows seeds."""
    assert probe(lambda _: (200, STORY))["seed"].supported is None
    seen: list[int] = []

    def draws(_body: dict[str, Any]) -> tuple[int, Any]:
        seen.append(1)
        return 200, f"word {len(seen)}"

    assert probe(draws)["seed"].supported is False
    assert probe(lambda body: (200, f"word {body.get('seed')}"))["seed"].supported


@pytest.mark.parametrize(
    ("text", "finish", "told"),
    [
        ('{"answer": "yes"}', "stop", True),
        ("Yes, it is.", "stop", False),
        ("Yes, and here is why: " * 9, "length", False),
        ('{"answer" \n\n\n\n', "length", None),
        ("\n\n\n", "length", None),
    ],
)
def test_json_schema(text: str, finish: str, told: object) -> None:
    """JSON that was cut off is no proof that the schema was ignored."""
    choice = {"message": {"content": text}, "finish_reason": finish}
    assert probe(lambda _: (200, choice))["json_schema"].supported is told


def test_what_completions_alone_support() -> None:
    """Where there is no chat, stop texts, seeds and log probabilities are asked of completions."""

    def complete(body: dict[str, Any]) -> tuple[int, Any]:
        if isinstance(body.get("logprobs", 1), bool):
            return 400, {}
        text = stopped("1 2 3 4 5 6" if "stop" in body else f"{body.get('seed')}", body)
        return 200, {"text": text, "logprobs": {"tokens": []} if "logprobs" in body else None}

    found = probe(lambda _: (404, "Not Found"), complete=complete)
    for name in ("completions", "max_tokens", "stop", "seed", "logprobs"):
        assert found[name].supported, name
    for name in ("chat", "json_schema", "system role"):
        assert found[name].supported is False, name


def test_a_model_that_reasons() -> None:
    """It takes no temperature, which is no word about seeds; words stay on one line."""

    def answer(body: dict[str, Any]) -> tuple[int, Any]:
        for name in ("max_tokens", "temperature", "stop"):
            if name in body:
                hint = "Use 'max_completion_tokens'." if name == "max_tokens" else ""
                return 400, REFUSAL.format(name) + hint
        return 200, f"word {body.get('seed')}"

    found = probe(answer, completions=404)
    assert found["max_completion_tokens"].supported
    assert found["seed"].supported
    assert found["stop"] == Finding(
        "stop", supported=False, note="400: Unsupported value: 'stop' does not support that."
    )


def test_a_wrong_address_that_answers_200_is_none() -> None:
    """LM Studio says so of a path it does not know; the address to try is named."""
    error = {"error": "Unexpected endpoint or method. (POST /chat/completions)"}

    async def handle(_: web.Request) -> web.Response:
        return web.json_response(error)

    async def run() -> None:
        app = web.Application()
        app.router.add_post("/{path:.*}", handle)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            await Probe("m", f"http://127.0.0.1:{runner.addresses[0][1]}", None).run()
        finally:
            await runner.cleanup()

    with pytest.raises(BadInput, match=r"Unexpected endpoint[^$]*Try --base-url .*/v1"):
        asyncio.run(run())


def test_a_long_prompt_that_is_cut_silently_is_found() -> None:
    """By what the server tells of its tokens; the option to use is named."""
    found = probe(lambda _: (200, "yes"))
    assert found["prompts of 3,000 words"] == Finding(
        "prompts of 3,000 words",
        supported=False,
        note="cut silently, at 1 tokens: give --context 1",
    )
    assert found["options to use"].note == "--context 1"


def test_a_long_prompt_that_is_refused_is_as_it_should_be() -> None:
    """The run then takes fewer worked examples by itself."""

    def answer(body: dict[str, Any]) -> tuple[int, Any]:
        if len(body["messages"][0]["content"]) > 5000:
            return 400, "This model's maximum context length is 2048 tokens."
        return 200, "yes"

    note = probe(answer)["prompts of 3,000 words"].note
    assert note.startswith("refused, as it should be: 400")


def test_demands_of_a_server_are_met_and_told() -> None:
    """Each check then goes as the run's own requests would."""

    def answer(body: dict[str, Any]) -> tuple[int, Any]:
        if body.get("enable_thinking") is not False:
            return 400, "parameter.enable_thinking must be set to false for non-streaming calls"
        return 200, "yes"

    found = probe(answer)
    assert found["chat"].supported
    assert "--body enable_thinking=false" in found["options to use"].note
