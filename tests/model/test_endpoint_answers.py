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
from selfinstruct.model.dialect import HEAD_ROOM, Dialect
from selfinstruct.model.endpoint import EndpointModel
from selfinstruct.model.seam import REWORDED, Passing
from selfinstruct.store.journal import decode, encode

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
        return await model.ask(asked or request(), "run/1")

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
    line = encode(reply, receipt)
    assert (b"cached_prompt_tokens" in line) == (cached is not None)
    assert decode(line).receipt == receipt


@pytest.mark.parametrize("usage", [None, {}, [], {"prompt_tokens": "7"}])
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
    with pytest.raises(Passing) as caught:
        ask(handle, deadline=0.5)
    assert (caught.value.kind, caught.value.spent) == (kind, spent)


def test_a_server_that_is_not_there_costs_nothing() -> None:
    """A connection that was never made cannot have been paid."""

    async def use() -> None:
        model = EndpointModel("m", base_url="http://127.0.0.1:9/v1", api_key=None)
        try:
            await model.ask(request(), "run/1")
        finally:
            await model.close()

    with pytest.raises(Passing) as caught:
        asyncio.run(use())
    assert (caught.value.kind, caught.value.spent) == ("no connection", False)


def test_retry_after_is_read_in_seconds_and_as_a_date() -> None:
    """RFC 9110, section 10.2.3; a date that has passed means now; nonsense means nothing."""
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    past = format_datetime(datetime.now(UTC) - timedelta(seconds=90), usegmt=True)
    for value, low, high in (("7", 7, 7), ("0.5", 0.5, 0.5), (date, 80, 91), (past, 0, 0)):
        with pytest.raises(Passing) as caught:
            ask(failing(429, "slow", {"Retry-After": value}))
        assert caught.value.retry_after is not None
        assert low <= caught.value.retry_after <= high
    with pytest.raises(Passing) as caught:
        ask(failing(429, "slow", {"Retry-After": "soon"}))
    assert caught.value.retry_after is None


@pytest.mark.parametrize(
    ("handle", "kind"),
    [
        (failing(400, "This model's maximum context length is 4096 tokens."), "overflow"),
        (failing(400, "too big", code="context_length_exceeded"), "overflow"),
        (failing(400, "too big", type="exceed_context_size_error"), "overflow"),
        (failing(400, "flagged by our content management policy"), "policy"),
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
    with pytest.raises((BadInput, Passing)) as caught:
        ask(failing(status, words))
    said = str(caught.value).splitlines()[0]
    assert "Bad key (the key). [31mGo away on and on" in said
    assert "very-secret" not in str(caught.value)
    assert len(said) < 400


def picky(refuses: Callable[[dict[str, Any]], str | None], seen: list[dict[str, Any]]) -> Any:
    """Return a handler that refuses some forms of request with a 400."""

    async def handle(asked: web.Request) -> web.Response:
        body = await asked.json()
        seen.append(body)
        why = refuses(body)
        if why is None:
            return web.json_response(good())
        return web.json_response({"error": {"message": why}}, status=400)

    return handle


async def persist(model: EndpointModel) -> Reply:
    """Ask as the engine does: again at once when the request is to be put another way."""
    for _ in range(8):
        try:
            return (await model.ask(request(), "run/1"))[0]
        except Passing as passing:
            if passing.kind != REWORDED or passing.spent:
                raise
    raise AssertionError("no form was taken")


def test_a_refused_parameter_is_dropped_once_and_remembered() -> None:
    """The second request is put right the first time; the logical request is the same."""
    seen: list[dict[str, Any]] = []

    def refuses(body: dict[str, Any]) -> str | None:
        for name in ("stop", "temperature"):
            if name in body:
                return f"Unsupported parameter: '{name}' is not supported with this model."
        return None

    async def use(model: EndpointModel) -> None:
        digest = (await persist(model)).digest
        assert (await persist(model)).digest == digest == request().digest
        assert model.dialect.dropped == {"stop", "temperature"}

    asyncio.run(served(picky(refuses, seen), use))
    assert len(seen) == 4


def test_a_model_that_reasons_gets_its_own_form() -> None:
    """`max_completion_tokens` with head-room, and nothing about sampling."""
    seen: list[dict[str, Any]] = []

    def refuses(body: dict[str, Any]) -> str | None:
        if "max_tokens" in body:
            return "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."
        return None

    async def use(model: EndpointModel) -> None:
        await persist(model)
        assert model.longest(request()) == 50 + HEAD_ROOM

    asyncio.run(served(picky(refuses, seen), use))
    assert seen[-1]["max_completion_tokens"] == 50 + HEAD_ROOM
    assert not {"temperature", "stop", "max_tokens"} & set(seen[-1])


def test_thoughts_that_use_up_the_limit_are_noticed() -> None:
    """An empty answer, cut while the model thought, is asked again with head-room."""
    seen: list[int] = []

    async def handle(asked: web.Request) -> web.Response:
        limit = (await asked.json())["max_tokens"]
        seen.append(limit)
        if limit > 1000:
            return web.json_response(good("Yes", message={"reasoning_content": "hm"}))
        return web.json_response(
            good("", message={"reasoning_content": "hm"}, choice={"finish_reason": "length"})
        )

    async def use(model: EndpointModel) -> Reply:
        with pytest.raises(Passing) as caught:
            await model.ask(request(), "run/1")
        assert (caught.value.kind, caught.value.spent) == (REWORDED, True)
        return (await model.ask(request(), "run/2"))[0]

    reply = asyncio.run(served(handle, use))
    assert (reply.text, reply.reasoning) == ("Yes", "hm")
    assert seen == [50, 50 + HEAD_ROOM]


def test_a_refused_system_role_is_merged_into_the_users_message() -> None:
    """Nothing of the text is lost."""
    seen: list[dict[str, Any]] = []

    def refuses(body: dict[str, Any]) -> str | None:
        roles = [message["role"] for message in body["messages"]]
        return "System role not supported" if "system" in roles else None

    asyncio.run(served(picky(refuses, seen), persist))
    assert seen[-1]["messages"] == [{"role": "user", "content": "Be brief.\n\nSay something."}]


def test_a_dialect_is_kept_with_the_run() -> None:
    """What was learnt comes back as it was; missing parts have their defaults."""
    learnt = Dialect("max_completion_tokens", {"stop"}, merged_roles=True, reasons=True)
    assert Dialect.from_json(json.loads(json.dumps(learnt.to_json()))) == learnt
    assert Dialect.from_json({}) == Dialect()


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
