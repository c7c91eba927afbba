"""What a refusal of one value teaches: another value there, or none, and nowhere else."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from selfinstruct.method.types import Decoding, Key, Message, Reply, Request
from selfinstruct.model.dialect import Change, Dialect, allowed, told
from tests.model.test_endpoint_answers import good, request, served
from tests.model.test_endpoint_forms import persist

if TYPE_CHECKING:
    from selfinstruct.model.endpoint import EndpointModel


@pytest.mark.parametrize(
    ("value", "words", "sent"),
    [
        (2.0, "presence_penalty must be between -1 and 1", 1.0),
        (2.0, "Expected a value <= 1.5, but got 2.0 instead.", 1.5),
        (-2.0, "Range of presence_penalty should be [-1.0, 1.0]", -1.0),
        (0.0, "`temperature` must be strictly positive", 0.01),
        (0.0, "temperature must be in (0, 2]", 0.01),
        (0, "temperature: Input should be greater than 0", 0.01),
        (0.0, "temperature 取值范围应大于0", 0.01),
        (2.0, "Range of temperature should be [0.0, 2.0)", 1.99),
        (1.0, "top_p should be less than 1", 0.99),
        (1.2, "temperature must be less than or equal to 1", 1.0),
        (2.0, "(0, 1] is allowed, got 2.0", 0.99),
        (0.7, "Unsupported parameter: 'temperature'", None),
        (0.7, "this cannot be set", None),
        (["a", "b"], "array with maximum length 1, but got an array with length 2", ["a"]),
        (list("abcdef"), "List should have at most 4 items after validation, not 6", list("abcd")),
        (["a", "b"], "stop is not supported", None),
        (["a", "b"], "stop: the number of items should be less than 2", None),
    ],
)
def test_the_nearest_value_that_is_allowed(value: object, words: str, sent: object) -> None:
    """A bound of a range, a little within an open one, the most items; None where none is told."""
    assert allowed(value, words) == sent


def asked(stage: str, temperature: float = 0.0) -> Request:
    """Return a request of a stage."""
    decoding = Decoding(temperature, 1.0, 0.0, 2.0, 4096, ("\n\n", "Task"))
    messages = (Message("system", "Be brief."), Message("user", "Say something."))
    return Request(Key(stage, 0), messages, decoding, "chat", "m")


def test_a_value_is_changed_for_its_stage_alone() -> None:
    """Another stage, or another value, is sent as the recipe asks for."""
    dialect = Dialect()
    words = {"message": "temperature must be > 0"}
    body = dialect.body(asked("classify"), "m")
    assert dialect.adapt(400, words, body, "classify")
    assert dialect.body(asked("classify"), "m")["temperature"] == 0.01
    assert dialect.body(asked("classify", 0.5), "m")["temperature"] == 0.5
    assert dialect.body(asked("instances"), "m")["temperature"] == 0.0
    assert told(dialect.to_json()) == ["classify: temperature 0.01 in place of 0.0"]


def test_a_clamp_that_is_refused_too_is_left_out() -> None:
    """So that no endless row of other values is tried."""
    dialect, words = Dialect(), {"message": "temperature must be between 1 and 1"}
    for _ in range(2):
        assert dialect.adapt(422, words, dialect.body(asked("generate"), "m"), "generate")
    assert "temperature" not in dialect.body(asked("generate"), "m")
    assert not dialect.adapt(422, words, dialect.body(asked("generate"), "m"), "generate")
    assert told(dialect.to_json()) == ["generate: temperature 0.0 left out"]


@pytest.mark.parametrize(
    ("words", "most"),
    [
        ("max_tokens is too large: 4096. This model supports at most 2,048 tokens.", 2048),
        ("Range of max_tokens should be [1, 1024]", 1024),
        ("Invalid max_tokens value, the valid range of max_tokens is [1, 3000]", 3000),
        ("max_tokens=4096 cannot be greater than max_model_len=768.", None),
        ("max_tokens is wrong", None),
    ],
)
def test_the_longest_answer_is_clamped_and_never_left_out(words: str, most: int | None) -> None:
    """What is cut then counts as cut there: `longest` follows."""
    dialect, wanted = Dialect(), asked("instances")
    changed = dialect.adapt(400, {"message": words}, dialect.body(wanted, "m"), "instances")
    assert changed is (most is not None)
    assert dialect.longest(wanted) == (most or 4096)
    assert dialect.body(wanted, "m")["max_tokens"] == (most or 4096)
    assert dialect.longest(asked("generate")) == 4096


def test_what_older_runs_have_learnt_still_holds() -> None:
    """They kept names alone, for all stages."""
    dialect = Dialect.from_json({"dropped": ["stop"], "token_parameter": "max_tokens"})
    assert "stop" not in dialect.body(asked("generate"), "m")
    assert Dialect.from_json(dialect.to_json()) == dialect
    assert dialect.changes["", "stop"] == Change("", "stop", None, None)


@pytest.mark.parametrize(
    "row",
    [{"changes": 7}, {"changes": [7]}, {"changes": [{"a": 1}]}, {"demands": 7}, {"dropped": 7}, []],
)
def test_what_is_no_dialect_is_learnt_again(row: Any) -> None:
    """The file is of our making, and may be damaged: the run goes on."""
    assert Dialect.from_json(row) == Dialect()
    assert told(row) == []


def sse(text: str) -> bytes:
    """Return an answer in pieces."""
    rows: list[dict[str, Any]] = [
        {"choices": [{"index": 0, "delta": {"content": piece}, "finish_reason": None}]}
        for piece in text
    ]
    rows.append({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    rows.append({"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 3}})
    return b"".join(b"data: " + json.dumps(row).encode() + b"\n\n" for row in rows) + (
        b"data: [DONE]\n\n"
    )


def test_demands_are_met_as_they_come_up() -> None:
    """Two of one server, one after the other; the answer in pieces is read, with its usage."""
    seen: list[dict[str, Any]] = []

    async def handle(http: web.Request) -> web.Response:
        body = await http.json()
        seen.append(body)
        if body.get("enable_thinking") is not False:
            why = "parameter.enable_thinking must be set to false for non-streaming calls"
            return web.json_response({"error": {"message": why}}, status=400)
        if not body.get("stream"):
            why = "This model only support stream mode, please enable the stream parameter"
            return web.json_response({"error": {"message": why}}, status=400)
        return web.Response(body=sse("Yes"), content_type="text/event-stream")

    async def use(model: EndpointModel) -> Reply:
        reply = await persist(model)
        answer = await model.ask(request(), "run/9")
        assert (answer.receipt.prompt_tokens, answer.receipt.completion_tokens) == (9, 3)
        assert told(model.dialect.to_json()) == [
            "enable_thinking false added",
            "stream true added",
            'stream_options {"include_usage": true} added',
        ]
        return reply

    assert asyncio.run(served(handle, use)).text == "Yes"
    assert len(seen) == 4
    assert seen[-1]["stream_options"] == {"include_usage": True}


def test_a_field_of_the_users_own_is_not_changed_by_a_demand() -> None:
    """What he says twice is his; the refusal is then told."""
    dialect = Dialect(given={"enable_thinking": True})
    words = {"message": "parameter.enable_thinking must be set to false"}
    body = dialect.body(asked("generate"), "m")
    assert not dialect.adapt(400, words, body, "generate")
    assert dialect.body(asked("generate"), "m")["enable_thinking"] is True


def test_a_prompt_that_was_cut_silently_is_told_once() -> None:
    """Both numbers are named; a count that tells the prompt's words is none."""
    counts = [3000, 1000, 900, None]

    async def handle(_: web.Request) -> web.Response:
        usage = {"prompt_tokens": counts.pop(0), "completion_tokens": 1}
        return web.json_response({**good(), "usage": usage})

    async def use(model: EndpointModel) -> list[str]:
        long = Request(
            Key("generate", 0),
            (Message("user", "word " * 2000),),
            Decoding(0.7, 1.0, 0.0, 0.0, 50, ()),
            "chat",
            "m",
        )
        return [(await model.ask(long, f"run/{i}")).notice for i in range(4)]

    first, second, *rest = asyncio.run(served(handle, use))
    assert first == ""
    assert "1,000 tokens for a prompt of 2,000 words" in second
    assert rest == ["", ""]
