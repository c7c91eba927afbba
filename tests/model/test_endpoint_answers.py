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
from selfinstruct.model.base import REWORDED, TransientError, UnknownRefusal
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
        (good(None, message={"reasoning": "hm"}), "text", "", "stop"),
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
    ids=[
        "refusal",
        "filter",
        "length",
        "thoughts",
        "no reason",
        "parts",
        "stop left in",
        "surrogate",
    ],
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


async def tried(model: EndpointModel, times: int) -> list[object]:
    """Ask the same thing some times; return what came of each."""
    found: list[object] = []
    for count in range(times):
        try:
            found.append((await model.ask(request(), f"run/{count}")).reply)
        except (BadInput, TransientError) as error:
            found.append(error)
    return found


def in_turn(*bodies: Any) -> Any:
    """Return a handler that gives these bodies in turn; a text as it is, the rest as JSON."""
    left = list(bodies)

    async def handle(_request: web.Request) -> web.Response:
        body = left.pop(0)
        if isinstance(body, str):
            return web.Response(text=body, content_type="text/plain")
        return web.json_response(body)

    return handle


def kinds(found: list[object]) -> list[str]:
    return [each.kind if isinstance(each, TransientError | Reply) else "bad" for each in found]


def test_an_unknown_shape_stops_before_any_answer_and_passes_later() -> None:
    """What is there instead is shown on one line; nothing in it steers a terminal."""
    odd = {"reply": {"words": ["\x1b[31mwell", "sk-very-secret"]}}
    bodies = [odd, [1], '"hello"', "hello", good(), odd, [1], "hello"]
    found = asyncio.run(served(in_turn(*bodies), lambda model: tried(model, len(bodies))))
    assert kinds(found) == [*["bad"] * 4, "text", *["no choice"] * 3]
    words = str(found[0])
    assert '{"reply": {"words":' in words.splitlines()[0]
    assert "--base-url" in words
    assert "very-secret" not in words
    assert "\x1b" not in words


def test_web_pages_and_nothing_else_stop_the_run() -> None:
    """One is a gateway's hiccup; five, and no answer, are a wrong address."""
    pages = ["<html>Sign in</html>"] * 5
    found = asyncio.run(served(in_turn(*pages), lambda model: tried(model, 5)))
    assert kinds(found) == [*["not JSON"] * 4, "bad"]
    found = asyncio.run(served(in_turn(good(), *pages), lambda model: tried(model, 6)))
    assert kinds(found) == ["text", *["not JSON"] * 5]


def test_an_empty_answer_is_asked_again_twice() -> None:
    """Then it is what the model has to say; one that comes full is taken, and all begins anew."""
    bodies = [good(None), good("  "), good(""), good(None), good("yes"), good("")]
    found = asyncio.run(served(in_turn(*bodies), lambda model: tried(model, len(bodies))))
    assert kinds(found) == [REWORDED, REWORDED, "text", REWORDED, "text", REWORDED]
    assert all(each.spent for each in found if isinstance(each, TransientError))


def test_an_empty_answer_of_another_kind_is_final() -> None:
    """Cut, with thoughts beside it, or with thoughts that are only counted."""
    hidden = {"usage": {"completion_tokens_details": {"reasoning_tokens": 5}}}
    for body in (
        good("", choice={"finish_reason": "max_tokens"}),
        good("", message={"reasoning_content": "hm"}),
        good("", body=hidden),
    ):
        assert ask(answering(body))[0].text == ""


@pytest.mark.parametrize(
    "choice",
    [
        {"finish_reason": "error", "error": {"code": 502, "message": "Upstream is gone"}},
        {"error": {"message": "Upstream is gone"}},
        {"error": "Upstream is gone"},
        {"error": {"code": 400, "message": "in words that no table knows"}},
        {"error": {"code": 401, "message": "The provider's key is bad"}},
        {"finish_reason": "error"},
        {"finish_reason": "insufficient_system_resource"},
        {"finish_reason": "ABORT"},
        {"finish_reason": "network_error"},
    ],
    ids=str,
)
def test_half_an_answer_is_none(choice: dict[str, Any]) -> None:
    """An error beside it, or a reason that names a failure: it is asked again."""
    with pytest.raises(TransientError) as caught:
        ask(answering(good("Half a te", choice=choice)))
    assert caught.value.spent
    assert caught.value.kind != REWORDED


def test_a_prompt_forbidden_in_the_middle_of_its_answer_is_final() -> None:
    """And what it took is known."""
    fault = {"code": 403, "message": "Your input was flagged for violence."}
    reply, receipt = ask(answering(good("Half", choice={"error": fault})))
    assert (reply.kind, receipt.completion_tokens) == ("policy", 2)


@pytest.mark.parametrize(("finish", "used"), [("stopped_by_moon", 50), ("stopped_by_moon", 2)])
def test_an_unknown_reason_is_cut_at_the_limit_and_told_once(finish: str, used: int) -> None:
    """The reason is kept as it is where the answer is shorter than allowed."""
    body = good(choice={"finish_reason": finish}, body={"usage": {"completion_tokens": used}})

    async def use(model: EndpointModel) -> list[Any]:
        return [await model.ask(request(), str(count)) for count in range(2)]

    first, second = asyncio.run(served(answering(body), use))
    assert first.reply.finish == ("length" if used == 50 else finish)
    assert "stopped_by_moon" in first.notice
    assert not second.notice


@pytest.mark.parametrize(
    ("told", "error", "words"),
    [
        ({"error": {"code": 402, "message": "Insufficient credits."}}, Stopped, "Top it up"),
        ({"error": {"code": 401, "message": "Bad."}}, BadInput, "--api-key-env"),
        ({"error": {"code": "404", "message": "Bad."}}, BadInput, "--model"),
        ({"error": "Unexpected endpoint or method. (POST /x)"}, BadInput, "says 200: "),
        ({"base_resp": {"status_code": 1008}, "choices": None}, Stopped, "Top it up"),
        ({"code": 20012, "message": "Model does not exist.", "data": None}, BadInput, "--model"),
        ({"error": {"code": 429, "message": "Slow."}}, TransientError, "^429"),
        ({"error": {"code": 500, "message": "Oh."}}, TransientError, "^500: .*no answer in it"),
        ({"detail": "something"}, TransientError, "no answer in it: something"),
        ({"error": "Please try again later"}, TransientError, "^no choice"),
        ({"error": {"code": "1302", "message": "x"}}, TransientError, "^429"),
        ({"error": {"code": 400, "message": "Odd."}}, UnknownRefusal, "says 400"),
    ],
    ids=str,
)
def test_an_error_with_status_200_is_judged_as_any_other(
    told: Any, error: type[Exception], words: str
) -> None:
    """By the code that it names, and by its words."""
    with pytest.raises(error, match=words):
        ask(answering(told))


def test_an_address_without_its_v1_is_named() -> None:
    """LM Studio answers 200 to a path that it does not know."""

    async def use(model: EndpointModel) -> Any:
        model.base_url = "http://127.0.0.1:1234"
        return await model.ask(request(), "run/1")

    told = {"error": "Unexpected endpoint or method. (POST /chat/completions)"}
    with pytest.raises(BadInput, match=r"Try --base-url http://127\.0\.0\.1:1234/v1\."):
        asyncio.run(served(answering(told), use))


@pytest.mark.parametrize("status", [301, 302, 303])
def test_a_redirect_that_loses_the_request_is_named(status: int) -> None:
    """With the address that it points to; after an answer it is asked again."""
    left = [good(), None, None]

    async def handle(asked: web.Request) -> web.Response:
        row = left.pop()
        if row is not None:
            return web.json_response(row)
        target = str(asked.url.origin().with_path("/api/v1/chat/completions"))
        return web.Response(status=status, headers={"Location": target})

    found = asyncio.run(served(handle, lambda model: tried(model, 1)))
    assert f"redirects ({status}) to http://127.0.0.1:" in str(found[0])
    assert str(found[0]).endswith("/api/v1")
    left[:] = [None, good()]
    assert kinds(asyncio.run(served(handle, lambda model: tried(model, 2)))) == [
        "text",
        str(status),
    ]


def test_a_refusal_that_no_table_knows_is_one_of_its_own() -> None:
    """Whether it is this prompt or the set-up, others' answers tell."""
    for status in (400, 403, 418, 422):
        with pytest.raises(UnknownRefusal, match=f"says {status}: we are not amused"):
            ask(failing(status, "we are not amused"))
    for status in (401, 404, 405):
        with pytest.raises(BadInput) as caught:
            ask(failing(status, "we are not amused"))
        assert not isinstance(caught.value, UnknownRefusal)


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
