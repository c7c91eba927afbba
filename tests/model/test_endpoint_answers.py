"""Every way an endpoint answers, from a server on loopback that says what it is told to."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from aiohttp import web

from selfinstruct.method.errors import BadInput, Stopped
from selfinstruct.method.types import Decoding, Key, Message, Receipt, Reply, Request
from selfinstruct.model.base import TransientError
from selfinstruct.model.endpoint import EndpointModel
from selfinstruct.store.journal import Entry, decode

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
STOPS = ("\nTask:",)


def request(protocol: str = "chat", **decoding: Any) -> Request:
    messages: tuple[Message, ...] = (
        Message("system", "Be brief."),
        Message("user", "Say something."),
    )
    if protocol == "completion":
        messages = (Message("prompt", "Say something."),)
    told = Decoding(**{"temperature": 0.7, "max_tokens": 50, "stop": STOPS, **decoding})
    return Request(Key("generate", 3), messages, told, protocol, "m")  # type: ignore[arg-type]


def good(text: object = "fine", **more: Any) -> dict[str, Any]:
    """Return the body of a chat reply; `message`, `choice` and `body` are put into its parts."""
    message = {"role": "assistant", "content": text, **more.get("message", {})}
    choice = {"index": 0, "finish_reason": "stop", "message": message, **more.get("choice", {})}
    usage = {"prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9}
    row = {"id": "x1", "model": "m-2", "choices": [choice], "usage": usage}
    return {**row, "system_fingerprint": "fp", **more.get("body", {})}


def failing(status: int, message: str, headers: dict[str, str] | None = None, **error: Any) -> Any:
    """Return a handler that always answers with an error in OpenAI's envelope."""

    async def handle(_request: web.Request) -> web.Response:
        body = {"error": {"message": message, "type": "x", "code": None, **error}}
        return web.json_response(body, status=status, headers=headers)

    return handle


def answering(body: Any) -> Any:
    """Return a handler that always gives this body."""

    async def handle(_request: web.Request) -> web.Response:
        return web.json_response(body)

    return handle


async def served(
    handle: Handler, use: Callable[[EndpointModel], Awaitable[Any]], **more: Any
) -> Any:
    app = web.Application()
    app.router.add_post("/v1/chat/completions", handle)
    app.router.add_post("/v1/completions", handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
        model = EndpointModel("m", base_url=url, api_key="sk-very-secret", **more)
        try:
            return await use(model)
        finally:
            await model.close()
    finally:
        await runner.cleanup()


def ask(handle: Handler, asked: Request | None = None, **more: Any) -> tuple[Reply, Receipt]:
    async def use(model: EndpointModel) -> tuple[Reply, Receipt]:
        answer = await model.ask(asked or request(), "run/1")
        return answer.reply, answer.receipt

    found: tuple[Reply, Receipt] = asyncio.run(served(handle, use, **more))
    return found


def test_an_answer_is_taken_with_its_receipt() -> None:
    """Text, finish reason, usage, reported model, fingerprint and id."""
    reply, receipt = ask(answering(good()))
    assert (reply.kind, reply.text, reply.finish) == ("text", "fine", "stop")
    assert (receipt.model, receipt.fingerprint, receipt.provider_id) == ("m-2", "fp", "x1")
    assert (receipt.prompt_tokens, receipt.completion_tokens) == (7, 2)


@pytest.mark.parametrize(
    ("body", "kind", "text", "finish"),
    [
        (good(None, message={"refusal": "I can't."}), "refusal", "I can't.", "stop"),
        (good("", choice={"finish_reason": "content_filter"}), "filtered", "", "content_filter"),
        (good("cut sho", choice={"finish_reason": "length"}), "text", "cut sho", "length"),
        (good(None), "text", "", "stop"),
        (good(choice={"finish_reason": None}), "text", "fine", ""),
        (
            good([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]),
            "text",
            "ab",
            "stop",
        ),
        (good("so\nTask: more"), "text", "so\nTask: more", "stop"),
        (good("\ud800 lone"), "text", "\ud800 lone", "stop"),
    ],
    ids=["refusal", "filter", "length", "null", "no reason", "parts", "stop left in", "surrogate"],
)
def test_final_outcomes_are_recorded_raw(body: Any, kind: str, text: str, finish: str) -> None:
    """Whatever is final comes back as a reply, its text untouched."""
    reply, _ = ask(answering(body))
    assert (reply.kind, reply.text, reply.finish) == (kind, text, finish)


@pytest.mark.parametrize(
    ("details", "cached"), [({"cached_tokens": 5}, 5), ({"cached_tokens": 0}, 0), ({}, None)]
)
def test_tokens_from_the_endpoints_cache_are_kept(details: Any, cached: int | None) -> None:
    """And come back from the journal; where the endpoint does not say, its line does not either."""
    usage = {"prompt_tokens": 7, "completion_tokens": 2, "prompt_tokens_details": details}
    reply, receipt = ask(answering(good(body={"usage": usage})))
    assert receipt.cached_prompt_tokens == cached
    line = Entry(reply, receipt).encode()
    assert (b"cached_prompt_tokens" in line) == (cached is not None)
    assert decode(line) == Entry(reply, receipt)


@pytest.mark.parametrize("usage", [None, {}, [], {"prompt_tokens": "7"}, {"prompt_tokens": -7}])
def test_missing_usage_is_no_error(usage: Any) -> None:
    """The reply counts; how much it took is not known."""
    _, receipt = ask(answering(good(body={"usage": usage})))
    assert receipt.completion_tokens is None
    assert receipt.prompt_tokens is None


async def html(_request: web.Request) -> web.Response:
    return web.Response(text="<!doctype html><h1>Sign in</h1>", content_type="text/html")


async def half(_request: web.Request) -> web.Response:
    text = json.dumps(good())
    return web.Response(text=text[: len(text) // 2], content_type="application/json")


async def deep(_request: web.Request) -> web.Response:
    return web.Response(text="[" * 100_000, content_type="application/json")


async def broken_off(asked: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    response.content_length = 500
    await response.prepare(asked)
    await response.write(b'{"id":')
    assert asked.transport is not None
    asked.transport.close()
    return response


async def killed(asked: web.Request) -> web.StreamResponse:
    assert asked.transport is not None
    asked.transport.close()
    return web.Response()


async def slow(_request: web.Request) -> web.Response:
    await asyncio.sleep(5)
    return web.json_response(good())


@pytest.mark.parametrize(
    ("handle", "kind", "spent"),
    [
        (html, "not JSON", True),
        (half, "broken JSON", True),
        (broken_off, "no connection", True),
        (killed, "no connection", True),
        (slow, "time-out", True),
        (answering(good(body={"choices": []})), "no choice", True),
        (answering([1]), "no choice", True),
        (answering("hello"), "no choice", True),
        (deep, "broken JSON", True),
        (failing(429, "slow down"), "429", False),
        (failing(500, "oops"), "500", False),
        (failing(503, "busy"), "503", False),
        (failing(529, "overloaded"), "529", False),
        (failing(408, "too late"), "408", False),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_what_passes_is_counted_by_kind_and_never_recorded(
    handle: Handler,
    kind: str,
    spent: bool,  # noqa: FBT001 - what is expected
) -> None:
    """It is told whether it may have to be paid all the same."""
    with pytest.raises(TransientError) as caught:
        ask(handle, deadline=0.5)
    assert (caught.value.kind, caught.value.spent) == (kind, spent)


def test_an_error_with_status_200_is_told_in_the_servers_words() -> None:
    """Some gateways answer so when the provider behind them fails."""
    with pytest.raises(TransientError, match="no answer in it: the provider is away"):
        ask(answering({"error": {"message": "the provider is away", "code": 502}}))


def test_a_server_that_is_not_there_costs_nothing() -> None:
    """A connection that was never made cannot have been paid."""

    async def use() -> None:
        model = EndpointModel("m", base_url="http://127.0.0.1:9/v1", api_key=None)
        try:
            await model.ask(request(), "run/1")
        finally:
            await model.close()

    with pytest.raises(TransientError) as caught:
        asyncio.run(use())
    assert (caught.value.kind, caught.value.spent) == ("no connection", False)


def test_retry_after_is_read_in_seconds_and_as_a_date() -> None:
    """RFC 9110, section 10.2.3; a date that has passed means now; nonsense means nothing."""
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    past = format_datetime(datetime.now(UTC) - timedelta(seconds=90), usegmt=True)
    for value, low, high in (("7", 7, 7), ("0.5", 0.5, 0.5), (date, 80, 91), (past, 0, 0)):
        with pytest.raises(TransientError) as caught:
            ask(failing(429, "slow", {"Retry-After": value}))
        assert caught.value.retry_after is not None
        assert low <= caught.value.retry_after <= high
    for nonsense in ("soon", "", "nan", "inf", "1e300", "Mon, 01 Jan 99999999999 00:00:00 GMT"):
        with pytest.raises(TransientError) as caught:
            ask(failing(429, "slow", {"Retry-After": nonsense}))
        assert caught.value.retry_after is None


@pytest.mark.parametrize(
    ("handle", "kind"),
    [
        (failing(400, "This model's maximum context length is 4096 tokens."), "overflow"),
        (failing(400, "too big", code="context_length_exceeded"), "overflow"),
        (failing(400, "too big", type="exceed_context_size_error"), "overflow"),
        (failing(400, "flagged by our content management policy"), "policy"),
        (
            failing(400, "The input token count (9) exceeds the maximum number of tokens"),
            "overflow",
        ),
        (failing(422, "`inputs` tokens + `max_new_tokens` must be <= 4096."), "overflow"),
    ],
)
def test_a_400_about_this_prompt_is_final(handle: Handler, kind: str) -> None:
    """Too long, or forbidden: it is recorded, not asked again in the same words."""
    reply, _ = ask(handle)
    assert reply.kind == kind


@pytest.mark.parametrize(
    ("handle", "error", "words"),
    [
        (failing(401, "bad key"), BadInput, "--api-key-env"),
        (failing(403, "not in your region"), BadInput, "may do"),
        (failing(404, "no such model"), BadInput, "--model"),
        (failing(400, "the prompt has a wrong shape"), BadInput, "--protocol"),
        (failing(429, "no money", code="insufficient_quota"), Stopped, "Top it up"),
        (failing(402, "no money"), Stopped, "Top it up"),
        (failing(400, "odd", code={"a": 1}, type=["b"], param=["c"]), BadInput, "odd"),
    ],
)
def test_what_a_user_must_mend_ends_the_run(
    handle: Handler, error: type[Exception], words: str
) -> None:
    """The message says what to do, and never holds the key."""
    with pytest.raises(error) as caught:
        ask(handle)
    assert words in str(caught.value)
    assert "very-secret" not in str(caught.value)


@pytest.mark.parametrize("status", [401, 404, 429, 503])
def test_an_errors_words_are_safe_to_show(status: int) -> None:
    """One line, no control characters, and not the key, should a server repeat it."""
    words = "Bad key sk-very-secret.\n\x1b[31mGo\x00 away" + " on and on" * 100
    with pytest.raises((BadInput, TransientError)) as caught:
        ask(failing(status, words))
    said = str(caught.value).splitlines()[0]
    assert "Bad key (the key). [31mGo away on and on" in said
    assert "very-secret" not in str(caught.value)
    assert len(said) < 400


def test_completion_requests_go_to_their_own_address() -> None:
    """One text, no messages."""
    seen: list[dict[str, Any]] = []

    async def handle(asked: web.Request) -> web.Response:
        assert asked.path == "/v1/completions"
        seen.append(await asked.json())
        row = good()
        row["choices"] = [{"index": 0, "text": " one", "finish_reason": "stop"}]
        return web.json_response(row)

    reply, _ = ask(handle, request("completion"))
    assert reply.text == " one"
    assert seen[0]["prompt"] == "Say something."
