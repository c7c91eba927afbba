"""How an endpoint's dialect is learnt from what it refuses, on loopback."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from selfinstruct.model.base import REWORDED, TransientError
from selfinstruct.model.dialect import HEAD_ROOM, Change, Dialect
from tests.model.test_endpoint_answers import ask, failing, good, request, served

if TYPE_CHECKING:
    from collections.abc import Callable

    from selfinstruct.method.types import Reply, Request
    from selfinstruct.model.endpoint import EndpointModel


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


def left_out(dialect: Dialect) -> set[str]:
    """Return the parameters that a dialect leaves out."""
    return {each.parameter for each in dialect.changes.values() if each.sent is None}


async def persist(model: EndpointModel, wanted: Request | None = None) -> Reply:
    """Ask as the engine does: again at once when the request is to be put another way."""
    for _ in range(8):
        try:
            return (await model.ask(wanted or request(), "run/1")).reply
        except TransientError as failure:
            if failure.kind != REWORDED or failure.spent:
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
        assert left_out(model.dialect) == {"stop", "temperature"}

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
        with pytest.raises(TransientError) as caught:
            await model.ask(request(), "run/1")
        assert (caught.value.kind, caught.value.spent) == (REWORDED, True)
        return (await model.ask(request(), "run/2")).reply

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
    changed = Change("generate", "stop", ["a", "b"], ["a"])
    learnt = Dialect(
        "max_completion_tokens",
        {("generate", "stop"): changed},
        {"enable_thinking": False},
        merged_roles=True,
        reasons=True,
    )
    assert Dialect.from_json(json.loads(json.dumps(learnt.to_json()))) == learnt
    assert Dialect.from_json({}) == Dialect()
    assert Dialect.from_json(learnt.to_json(), 9000).longest(request()) == 50 + 9000


@pytest.mark.parametrize(
    ("told", "dropped"),
    [
        ({"error": {"message": "Unrecognized request argument supplied: {}", "param": None}}, None),
        ({"error": {"message": "odd", "param": ["{}"]}}, None),
        ({"error": "{} is not supported"}, None),
        ({"message": "`{}` cannot be used here; stop using it"}, None),
        ([{"error": {"code": 400, "message": 'Unknown name "{}": Cannot find field.'}}], None),
        ({"detail": [{"loc": ["body", "{}"], "msg": "Extra inputs are not permitted"}]}, None),
        (
            [{"error": {"message": "Penalty is not enabled for models/x"}}],
            {"presence_penalty", "frequency_penalty"},
        ),
    ],
    ids=[
        "OpenAI, no param",
        "list",
        "text",
        "quoted first",
        "Gemini",
        "FastAPI",
        "Gemini, unnamed",
    ],
)
def test_a_refused_parameter_is_known_however_it_is_named(
    told: Any, dropped: set[str] | None
) -> None:
    """In quotes or not, in any envelope; two that are refused are dropped one after the other."""
    refused = dropped or {"presence_penalty", "top_p"}

    async def handle(asked: web.Request) -> web.Response:
        found = sorted(refused & set(await asked.json()))
        if not found:
            return web.json_response(good())
        row = json.loads(json.dumps(told).replace("{}", found[0]))
        return web.json_response(row, status=400)

    async def use(model: EndpointModel) -> None:
        wanted = request(top_p=0.5, presence_penalty=1.0, frequency_penalty=1.0)
        await persist(model, wanted)
        assert left_out(model.dialect) == refused

    asyncio.run(served(handle, use))


def test_thoughts_in_the_text_are_noticed() -> None:
    """A `<think>` block that no reply gets out of: a stop text or the limit ended it."""
    seen: list[dict[str, Any]] = []

    async def handle(asked: web.Request) -> web.Response:
        seen.append(await asked.json())
        more = "" if "stop" in seen[-1] else " hm.\n</think>\n\nYes"
        return web.json_response(good(f"<think>\nHm,{more}"))

    async def use(model: EndpointModel) -> Reply:
        with pytest.raises(TransientError, match="thoughts"):
            await model.ask(request(), "run/1")
        return (await model.ask(request(), "run/2")).reply

    assert asyncio.run(served(handle, use)).text.endswith("</think>\n\nYes")
    assert seen[-1]["max_tokens"] == 50 + HEAD_ROOM


def test_thoughts_that_leave_no_answer_are_an_empty_one() -> None:
    """OpenAI's o-series says so with a 400; first it is asked again with head-room."""
    words = "Could not finish the message because max_tokens or model output limit was reached."
    with pytest.raises(TransientError) as caught:
        ask(failing(400, words))
    assert (caught.value.kind, caught.value.spent) == (REWORDED, True)
    reply, receipt = ask(failing(400, words), dialect=Dialect(reasons=True))
    assert (reply.kind, reply.text, reply.cut) == ("text", "", True)
    assert receipt.completion_tokens is None


@pytest.mark.parametrize(
    "words",
    [
        "System role not supported",
        "Unsupported value: 'messages[0].role' does not support 'system' with this model.",
        "Conversation roles must alternate user/assistant/user/assistant/...",
    ],
)
def test_a_refused_system_role_is_known(words: str) -> None:
    """In the words of OpenAI and of chat templates."""
    body = Dialect().body(request(), "m")
    dialect = Dialect()
    assert dialect.adapt(400, {"message": words}, body, "generate")
    assert dialect.merged_roles
