"""Any reply body: its text, thoughts, finish reason and error, whatever the shape."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from selfinstruct.method.marks import THOUGHTS, only_thinks
from selfinstruct.model.reply_body import NoAnswer, UnknownShape, ending, read_body


def chat(message: Any, **choice: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "finish_reason": "stop", "message": message, **choice}]}


def content(value: Any, **more: Any) -> dict[str, Any]:
    return chat({"role": "assistant", "content": value, **more})


def part(text: str, kind: str = "text") -> dict[str, Any]:
    return {"type": kind, "text": text}


SHAPES: list[tuple[str, Any, str, str]] = [
    ("chat", content("A"), "A", ""),
    ("null", content(None), "", ""),
    ("no content", chat({"role": "assistant"}), "", ""),
    ("no message, cut", {"choices": [{"index": 0, "finish_reason": "length"}]}, "", ""),
    ("completion", {"choices": [{"text": "A", "finish_reason": "stop"}]}, "A", ""),
    ("strings", content(["A", "B"]), "AB", ""),
    ("parts", content([part("A"), part("B", "output_text")]), "AB", ""),
    ("object", content(part("A")), "A", ""),
    ("object, no type", content({"text": "A"}), "A", ""),
    ("value", content([{"type": "text", "text": {"value": "A", "annotations": []}}]), "A", ""),
    ("thinking", content([{"type": "thinking", "thinking": [part("T")]}, part("A")]), "A", "T"),
    ("flat thinking", content([{"type": "thinking", "thinking": "T"}, part("A")]), "A", "T"),
    ("reasoning part", content([part("T", "reasoning"), part("A")]), "A", "T"),
    ("summary", content([{"type": "reasoning", "summary": [part("T", "summary_text")]}]), "", "T"),
    ("tool beside", content([part("A"), {"type": "tool_use", "input": {}}]), "A", ""),
    ("redacted", content([{"type": "redacted_thinking", "data": "x"}, part("A")]), "A", ""),
    ("reasoning_content", content("A", reasoning_content="T"), "A", "T"),
    ("reasoning", content("A", reasoning="T", reasoning_content=""), "A", "T"),
    ("told twice", content("A", reasoning="T", reasoning_content="T"), "A", "T"),
    ("thinking key", content("A", thinking="T"), "A", "T"),
    (
        "details",
        content("A", reasoning_details=[{"type": "reasoning.text", "text": "T"}]),
        "A",
        "T",
    ),
    ("thoughts only", content("", reasoning="T"), "", "T"),
    ("beside null", chat({"content": None}, text="A"), "A", ""),
    ("beside empty", chat({"content": ""}, text="A"), "A", ""),
    ("whole delta", {"choices": [{"delta": {"content": "A"}, "finish_reason": "stop"}]}, "A", ""),
    ("wrapped", {"code": 0, "msg": "ok", "data": content("A")}, "A", ""),
    ("DashScope", {"output": content("A"), "request_id": "x"}, "A", ""),
    ("DashScope, text", {"output": {"text": "A", "finish_reason": "stop"}}, "A", ""),
    ("Cloudflare", {"result": {"response": "A"}, "success": True, "errors": []}, "A", ""),
    ("Baidu", {"result": "A", "finish_reason": "normal", "is_end": True}, "A", ""),
    (
        "MiniMax",
        {**content("A"), "base_resp": {"status_code": 0, "status_msg": "success"}},
        "A",
        "",
    ),
    ("Ollama", {"message": {"role": "assistant", "content": "A", "thinking": "T"}}, "A", "T"),
    ("Ollama, text", {"response": "A", "done": True, "done_reason": "stop"}, "A", ""),
    ("TGI", [{"generated_text": "A"}], "A", ""),
    ("TGI, one", {"generated_text": "A", "details": {"finish_reason": "length"}}, "A", ""),
    (
        "Anthropic",
        {"type": "message", "role": "assistant", "content": [part("A")], "stop_reason": "end_turn"},
        "A",
        "",
    ),
    (
        "Gemini",
        {
            "candidates": [
                {
                    "content": {"parts": [{"text": "T", "thought": True}, {"text": "A"}]},
                    "finishReason": "STOP",
                }
            ]
        },
        "A",
        "T",
    ),
    (
        "Responses",
        {
            "object": "response",
            "output": [
                {"type": "reasoning", "summary": [part("T", "summary_text")]},
                {"type": "message", "content": [part("A", "output_text")]},
            ],
        },
        "A",
        "T",
    ),
    ("error is null", {**content("A"), "error": None}, "A", ""),
]


@pytest.mark.parametrize(
    ("row", "text", "thoughts"),
    [shape[1:] for shape in SHAPES],
    ids=[shape[0] for shape in SHAPES],
)
def test_known_shapes(row: Any, text: str, thoughts: str) -> None:
    """The answer is found, and thoughts never join it."""
    body = read_body(json.dumps(row).encode())
    assert (body.text, body.reasoning, body.error) == (text, thoughts, None)


@pytest.mark.parametrize(
    ("row", "finish"),
    [
        (content("A"), "stop"),
        (chat({"content": "A"}, finish_reason="MAX_TOKENS"), "MAX_TOKENS"),
        (chat({"content": "A"}, finish_reason={"type": "length", "length": 8}), "length"),
        (chat({"content": "A"}, finish_reason=None, stop_reason="\nTask"), ""),
        ({"content": [part("A")], "stop_reason": "max_tokens"}, "max_tokens"),
        (
            {"candidates": [{"content": {"parts": [{"text": "A"}]}, "finishReason": "SAFETY"}]},
            "SAFETY",
        ),
        ({"response": "A", "done_reason": "length"}, "length"),
        (
            {"output": [part("A")], "incomplete_details": {"reason": "max_output_tokens"}},
            "max_output_tokens",
        ),
    ],
)
def test_the_finish_reason_is_found(row: Any, finish: str) -> None:
    """Under the names that servers give it."""
    assert read_body(json.dumps(row).encode()).finish == finish


def test_refusals_are_kept_apart() -> None:
    """As a field or as a part."""
    for row in (content(None, refusal="No."), content([{"type": "refusal", "refusal": "No."}])):
        body = read_body(json.dumps(row).encode())
        assert (body.kind, body.refusal, body.text) == ("refusal", "No.", "")
    assert read_body(json.dumps(content("A", refusal=None)).encode()).kind == "text"


def test_an_answer_that_is_to_be_json_may_be_an_object() -> None:
    """It is read as its JSON; where text is asked for, it is no known shape."""
    data = json.dumps(content({"tasks": ["é"]})).encode()
    assert read_body(data, structured=True).text == '{"tasks": ["é"]}'
    assert read_body(json.dumps(content("A")).encode(), structured=True).text == "A"
    assert read_body(json.dumps(content([part("A")])).encode(), structured=True).text == "A"
    with pytest.raises(UnknownShape):
        read_body(data)


@pytest.mark.parametrize(
    "row",
    [
        *({}, [], [1], 7, "hello", None, {"a": 1}, {"reply": "hello"}, {"choices": [{}]}),
        *({"choices": [None]}, {"choices": [5]}, content(5), content({"a": "b"})),
        *(content([part("A", "inner_monologue")]), content([["A", 5]]), {"data": "A"}),
    ],
    ids=str,
)
def test_unknown_shapes_are_told_as_such(row: Any) -> None:
    """Never guessed at, and never written down in Python's own spelling."""
    with pytest.raises(UnknownShape):
        read_body(json.dumps(row).encode())


def test_no_choice_is_a_known_shape_without_an_answer() -> None:
    """It may pass."""
    rows: list[Any] = [{"choices": []}, {"choices": None, "usage": {}}]
    for row in rows:
        with pytest.raises(NoAnswer) as caught:
            read_body(json.dumps(row).encode())
        assert not isinstance(caught.value, UnknownShape)


@pytest.mark.parametrize(
    ("row", "code", "message"),
    [
        ({"error": {"code": 402, "message": "No."}}, 402, "No."),
        ({"error": "No."}, None, "No."),
        ([{"error": {"code": 400, "message": "No."}}], 400, "No."),
        ({"error": {"message": "No."}, "choices": []}, None, "No."),
        ({"detail": "No."}, None, "No."),
        ({"message": "No."}, None, "No."),
        ({"object": "error", "message": "No.", "code": 40303}, 40303, "No."),
        ({"code": 20012, "message": "No.", "data": None}, 20012, "No."),
        ({"error_code": 18, "error_msg": "No."}, 18, "No."),
        ({"base_resp": {"status_code": 1004, "status_msg": "No."}, "choices": None}, 1004, "No."),
        ({"header": {"code": 10013, "message": "No."}}, 10013, "No."),
        ({"Response": {"Error": {"Code": "X.Y", "Message": "No."}}}, "X.Y", "No."),
        ({"status": {"code": "40003", "message": "No."}, "result": None}, "40003", "No."),
        ({"success": False, "errors": [{"code": 10000, "message": "No."}]}, 10000, "No."),
        ({"success": False, "error": [{"code": 2016, "message": "No."}]}, 2016, "No."),
        ({"fault": {"faultstring": "No."}}, None, "No."),
        ({"type": "error", "error": {"type": "x", "message": "No."}}, None, "No."),
        (
            {"error": {"code": 502, "message": "Bad", "metadata": {"raw": "No."}}},
            502,
            "Bad: No.",
        ),
    ],
    ids=str,
)
def test_an_error_in_place_of_an_answer(row: Any, code: object, message: str) -> None:
    """Code and words, whichever the envelope."""
    body = read_body(json.dumps(row).encode())
    assert body.error is not None
    assert body.error.get("code") == code
    assert body.error["message"] == message
    assert not body.beside


def test_an_error_beside_an_answer() -> None:
    """In the choice, the message or the body."""
    fault = {"code": 502, "message": "No."}
    for row in (
        chat({"content": "A"}, error=fault),
        content("A", error="No."),
        {**content("A"), "error": fault},
    ):
        body = read_body(json.dumps(row).encode())
        assert body.beside
        assert body.error is not None
        assert body.error["message"] == "No."


def stream(*rows: Any, end: str = "data: [DONE]\n\n", head: str = "data: ") -> bytes:
    return ("".join(f"{head}{json.dumps(row)}\n\n" for row in rows) + end).encode()


def delta(finish: str | None = None, **fields: Any) -> dict[str, Any]:
    return {"id": "x", "model": "m-2", "choices": [{"delta": fields, "finish_reason": finish}]}


def test_events_are_joined_though_none_were_asked_for() -> None:
    """Text, thoughts, finish reason, usage and name come from wherever they stand."""
    usage = {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 4}}
    data = stream(
        delta(role="assistant", content=""),
        delta(reasoning_content="Hm"),
        delta(reasoning_content=", hm"),
        delta(content="A\n"),
        delta(content="B"),
        delta("length"),
        usage,
    )
    for head in (b"", b": keep-alive\n\n", b"\r\n: OPENROUTER PROCESSING\r\n\r\n"):
        body = read_body(head + data)
        assert (body.text, body.reasoning, body.finish) == ("A\nB", "Hm, hm", "length")
        assert body.row["usage"]["completion_tokens"] == 4
        assert (body.row["id"], body.row["model"]) == ("x", "m-2")


def test_events_of_other_kinds() -> None:
    """Completions, named events without a blank after the colon, Ollama's lines, Anthropic's."""
    text = [{"choices": [{"text": part}]} for part in "AB"]
    assert read_body(stream(*text)).text == "AB"
    assert read_body(stream(content("A"))).text == "A"
    assert read_body(stream(*text, head="event: message\nid: 1\ndata:")).text == "AB"
    lines = [{"message": {"content": "A"}, "done": False}, {"message": {"content": "B"}}]
    assert read_body(stream(*lines, {"done": True}, head="", end="")).text == "AB"
    blocks = [
        {"type": "message_start", "message": {"content": []}},
        {"type": "content_block_delta", "delta": {"type": "thinking_delta", "thinking": "T"}},
        {"type": "content_block_delta", "delta": {"type": "text_delta", "text": "A"}},
        {"type": "message_delta", "delta": {"stop_reason": "max_tokens"}},
    ]
    body = read_body(stream(*blocks, end="event: message_stop\n\n"))
    assert (body.text, body.reasoning, body.finish) == ("A", "T", "max_tokens")


def test_an_error_among_events() -> None:
    """With a part of the text before it, and alone."""
    fault = {"error": {"code": 502, "message": "No."}}
    body = read_body(stream(delta(content="A"), fault))
    assert body.beside
    assert body.error is not None
    body = read_body(stream(fault))
    assert not body.beside
    assert body.error is not None


@pytest.mark.parametrize("end", ["", 'data: {"choices": [{"del', "data: "])
def test_events_that_break_off_are_no_answer(end: str) -> None:
    """Without an end and without a finish reason half a text looks like a whole one."""
    with pytest.raises(NoAnswer, match="broke off"):
        read_body(stream(delta(content="A"), end=end))


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"<html>", "not JSON"),
        (b"", "broken JSON"),
        (b'{"choices": [', "broken JSON"),
        (b"\xff\xfe\x00", "no choice"),
        (b"OK", "no choice"),
        (b"Not Found: data", "no choice"),
    ],
)
def test_what_is_neither_json_nor_events(data: bytes, kind: str) -> None:
    """A page, an answer that broke off, or something else."""
    with pytest.raises(NoAnswer) as caught:
        read_body(data)
    assert caught.value.kind == kind


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "choices",
                    "message",
                    "content",
                    "text",
                    "type",
                    "error",
                    "code",
                    "refusal",
                    "data",
                ]
            )
            | st.text(max_size=5),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(json_values)
def test_any_json_is_read_or_told(row: object) -> None:
    """Nothing else is raised, whatever the body; a text is a text."""
    for value in (row, {"choices": row}, {"choices": [row]}, chat(row)):
        with suppress(NoAnswer):
            body = read_body(json.dumps(value).encode())
            assert isinstance(body.text, str)
            assert isinstance(body.finish, str)
            assert body.error is None or isinstance(body.error["message"], str)


@given(st.binary(max_size=60) | st.text(max_size=60).map(lambda text: b"data: " + text.encode()))
def test_any_bytes_are_read_or_told(data: bytes) -> None:
    """As above."""
    with suppress(NoAnswer):
        read_body(data)


@pytest.mark.parametrize(
    ("reason", "means"),
    [
        *((word, "cut") for word in ("length", "max_tokens", "MAX_TOKENS", "Max Tokens")),
        *((word, "cut") for word in ("model_length", "max-output-tokens", "token_limit")),
        *((word, "cut") for word in ("eos_limit", "FinishReason.MAX_TOKENS", "maxTokens")),
        *((word, "cut") for word in ("FINISH_REASON_MAX_TOKENS", "model_context_window_exceeded")),
        *((word, "done") for word in ("", "stop", "STOP", "end_turn", "eos_token", "COMPLETE")),
        *((word, "failed") for word in ("error", "abort", "insufficient_system_resource")),
        *((word, "failed") for word in ("network_error", "ERROR", "cancelled")),
        *((word, "filtered") for word in ("content_filter", "SAFETY", "sensitive", "blacklist")),
        *((word, "unknown") for word in ("moon", "長さ")),
    ],
)
def test_finish_reasons_in_any_spelling(reason: str, means: str) -> None:
    """Case, blanks, dashes and a library's prefix do not matter."""
    assert ending(reason) == means


@pytest.mark.parametrize(("opened", "closed"), THOUGHTS, ids=lambda mark: mark)
def test_thoughts_of_any_mark_that_are_never_closed(opened: str, closed: str) -> None:
    """In any case of letters; with their end, or within a text, they are something else."""
    assert only_thinks(f"\n {opened.upper()}\nHm, so")
    assert not only_thinks(f"{opened}Hm.{closed.upper()}\nYes")
    assert not only_thinks(f"Yes {opened}")
    assert not only_thinks("Yes")
