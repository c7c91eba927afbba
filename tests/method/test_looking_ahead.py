"""Searches that are spared where a fast look tells that they would find nothing."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from selfinstruct.method.filters import beyond_text, outputs
from selfinstruct.method.text import before_loop, word_form
from selfinstruct.method.types import Decoding, Key, Message, Request

if TYPE_CHECKING:
    import re

ASCII = st.characters(max_codepoint=127)
slow = settings(suppress_health_check=list(HealthCheck), deadline=None, max_examples=60)


@pytest.mark.parametrize(
    "name", ["_AS_AN_AI", "_ASSISTANT_TAIL", "_PLACEHOLDER", "_TASK_INSIDE", "_URL"]
)
@slow
@given(st.data())
def test_whatever_a_pattern_finds_holds_one_of_its_hints(name: str, data: st.DataObject) -> None:
    """A text in which a pattern finds something is never passed over."""
    hinted = getattr(outputs, name)
    assert hinted.may_be_in(data.draw(st.from_regex(hinted.pattern)))


@pytest.mark.parametrize("pattern", beyond_text._ASKS)
@slow
@given(st.data())
def test_whatever_asks_for_pictures_or_sounds_holds_a_telling_word(
    pattern: re.Pattern[str], data: st.DataObject
) -> None:
    """An instruction that one of the patterns hits is never passed over."""
    text = data.draw(st.from_regex(pattern, alphabet=ASCII))
    assert not beyond_text._TELLING.isdisjoint(beyond_text._WORD.findall(text.lower()))


@given(st.text(ASCII))
def test_words_of_plain_text_are_those_of_any_text(text: str) -> None:
    """The fast way for ASCII gives what the way for all scripts gives."""
    assert word_form(text) == word_form(text + " \u00df").removesuffix("ss").rstrip()


@given(st.lists(st.sampled_from(["It rains. ", "And pours!\n", "Why? "]), max_size=6))
def test_only_three_rounds_make_a_loop(pieces: list[str]) -> None:
    """A text whose last piece does not stand there three times is left as it is."""
    text = "".join(pieces)
    found = before_loop(text)
    assert text.startswith(found)
    if pieces and max(map(pieces.count, pieces)) < 3:
        assert found == text


@given(
    st.lists(st.builds(Message, st.sampled_from(["system", "user"]), st.text()), max_size=3),
    st.builds(Decoding, temperature=st.floats(0, 2), stop=st.tuples(st.text())),
    st.sampled_from(["", '{"type":"object"}']),
)
def test_a_digest_hashed_in_parts_is_that_of_the_whole(
    messages: list[Message], decoding: Decoding, schema: str
) -> None:
    """The digest is sha256 over one canonical JSON text, however it is computed."""
    request = Request(Key("s", 3, attempt=1), tuple(messages), decoding, "chat", "m", schema)
    row = {
        "attempt": 1,
        "decoding": {
            "frequency_penalty": 0.0,
            "max_tokens": 1024,
            "presence_penalty": 0.0,
            "stop": decoding.stop,
            "temperature": decoding.temperature,
            "top_p": 1.0,
        },
        "messages": messages,
        "model": "m",
        "protocol": "chat",
        "stage": "s",
        **({"schema": schema} if schema else {}),
    }
    whole = json.dumps(row, sort_keys=True, separators=(",", ":"))
    assert request.digest == f"sha256:{sha256(whole.encode()).hexdigest()}"
