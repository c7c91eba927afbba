from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from selfinstruct.method.types import Decoding, Key, Message, Request

REQUEST = Request(
    Key("generate", 12),
    (Message("system", "Go on."), Message("user", "Task 1: Name a \ud83d bird.\nTask 2:")),
    Decoding(0.7, 0.5, 0.0, 2.0, 1024, ("\nTask 16:",)),
    "chat",
    "some-model",
)


def test_digest_is_pinned() -> None:
    """The digest rule does not change unnoticed: it would orphan every journal."""
    assert REQUEST.digest == (
        "sha256:8086aa65b5df1890aebcb1121283b240b22561650ad3f0f8123177bfc6d52130"
    )


def test_digest_depends_on_what_is_asked_and_not_on_the_position() -> None:
    """Position is in the key; everything that can change the reply is in the digest."""
    digest = REQUEST.digest
    assert replace(REQUEST, key=Key("generate", 99)).digest == digest
    for other in (
        replace(REQUEST, key=Key("generate", 12, attempt=1)),
        replace(REQUEST, key=Key("other", 12)),
        replace(REQUEST, messages=REQUEST.messages[1:]),
        replace(REQUEST, decoding=replace(REQUEST.decoding, stop=())),
        replace(REQUEST, decoding=replace(REQUEST.decoding, temperature=0.8)),
        replace(REQUEST, protocol="completion"),
        replace(REQUEST, model="another"),
    ):
        assert other.digest != digest


def test_keys_are_pinned() -> None:
    """Keys are written one way, which journals depend on."""
    assert str(Key("generate", 12)) == "generate/12/0"
    assert str(Key("instances", 12, 3, 1, 2)) == "instances/12.3/1/2"


@given(
    st.sampled_from(["generate", "is-it", "x_1"]),
    st.integers(0, 10**9),
    st.integers(-1, 99),
    st.integers(0, 9),
    st.integers(0, 2),
)
def test_keys_read_back(stage: str, ordinal: int, item: int, part: int, attempt: int) -> None:
    """A key that is written and read is the same key."""
    key = Key(stage, ordinal, item, 0 if item < 0 else part, attempt)
    assert Key.parse(str(key)) == key


@pytest.mark.parametrize("text", ["", "generate", "generate/x/0", "a/1.2/0", "1/2/3", "a/1/0 "])
def test_what_is_not_a_key_is_refused(text: str) -> None:
    """A damaged key is an error, not a guess."""
    with pytest.raises(ValueError, match="not a key"):
        Key.parse(text)
