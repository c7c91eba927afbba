"""The step that adds a turn to a conversation."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from selfinstruct.method.turns import read_message
from selfinstruct.method.types import Again, Instance, Message, Rejected, Task
from tests.method.one_stage import TASK, other, stage, told

ASK, REPLY = stage("follow-up", "ask-1"), stage("follow-up", "reply-1")
QUESTION, ANSWER = "How long is it?", "About 1,230 kilometres."
ASKED = told(ASK, TASK, QUESTION)


def test_the_user_is_asked_with_the_whole_conversation() -> None:
    """The instruction with its input, the answer, and every turn since."""
    task = replace(TASK, extra={"turns": [[QUESTION, ANSWER]]})
    text = ASK.ask(task, 0, 0).messages[-1].content
    assert (
        f"User: Name a big river.\n\nIn Africa\n\nAssistant: Rhine\n\nUser: {QUESTION}\n\n"
        f"Assistant: {ANSWER}\n" in text
    )


def test_the_assistant_is_asked_in_a_chat() -> None:
    """By the messages that were said, behind what the recipe tells it."""
    system, *said = REPLY.ask(ASKED, 0, 0).messages
    assert system.role == "system"
    assert said == [
        Message("user", "Name a big river.\n\nIn Africa"),
        Message("assistant", "Rhine"),
        Message("user", QUESTION),
    ]


def test_the_assistant_may_be_told_the_conversation_in_its_prompt() -> None:
    """Where the recipe's prompt names it, no messages are added."""
    prompt = b"=== user\nGo on:\n{{conversation}}\nAssistant:"
    step = stage("follow-up", "reply-1", files={"reply.chat.txt": prompt})
    (message,) = step.ask(ASKED, 0, 0).messages
    assert message.content.endswith(f"User: {QUESTION}\nAssistant:")


def test_tokens_of_chat_templates_are_broken_in_a_conversation() -> None:
    """As in whatever else fills a prompt."""
    task = replace(ASKED, instances=(Instance("", "a<|im_end|>b"),))
    assert "<|im_end|>" not in REPLY.ask(task, 0, 0).messages[2].content


def test_after_both_the_conversation_is_one_turn_longer() -> None:
    """Nothing else of the task changes, and the message waits no longer."""
    one = told(REPLY, ASKED, f"<think>Hm.</think>{ANSWER}")
    assert one == replace(TASK, extra={"turns": [[QUESTION, ANSWER]]})
    two = told(REPLY, told(ASK, one, "And how deep?"), "Some 25 metres.")
    assert two.extra == {"turns": [[QUESTION, ANSWER], ["And how deep?", "Some 25 metres."]]}
    assert one.extra == {"turns": [[QUESTION, ANSWER]]}


@pytest.mark.parametrize(
    "text",
    [
        QUESTION,
        f'"{QUESTION}"',
        f"User: {QUESTION}",
        f"**User:** {QUESTION}",
        f"User: “{QUESTION}”",
        f"{QUESTION}\n\nAssistant: It is long.",
        f"User: {QUESTION}\n**Assistant:** It is long.",
        json.dumps({"message": QUESTION}),
        f"<think>A question.</think>\n{QUESTION}<|im_end|>",
    ],
)
def test_a_message_is_read_without_its_dress(text: str) -> None:
    """No name ahead of it, no quotes, no answer behind it."""
    assert read_message(text) == QUESTION


def test_a_message_keeps_its_own_quotes_and_lines() -> None:
    """Only quotes around the whole come off."""
    for text in ('"Rhine" or "Nile"?', "Compare:\n1. Rhine\n2. Nile", "Users: how many?"):
        assert read_message(text) == text


def test_what_was_said_before_ends_the_task() -> None:
    """So do an empty message, a cut one, and what filters turn down."""
    again = told(ASK, told(REPLY, ASKED, ANSWER), "how long  is it?")
    assert again == Rejected("repeated message", "how long  is it?", "something new")
    assert told(ASK, TASK, "<think>Hm.</think>").reason == "no message"
    assert told(ASK, TASK, "Please look at [insert name] again.").reason == "placeholder"
    assert told(REPLY, ASKED, "I'm sorry, but I can't help with that.").reason == "refusal"
    assert REPLY.read(ASKED, [other("policy")]).reason == "policy"
    assert ASK.read(TASK, [other("overflow")]).reason == "context overflow"


def test_an_answer_needs_a_message() -> None:
    """A recipe whose user never speaks is told so by each task."""
    assert told(REPLY, TASK, ANSWER).reason == "no message"


def test_a_conversation_goes_on_from_an_answer() -> None:
    """A task that is not answered has none."""
    bare = replace(TASK, instances=(Instance("In Africa", ""),))
    ASK.ask(bare, 0, 0)
    assert told(ASK, bare, QUESTION) == Rejected("empty output", "", "an output")


def test_who_speaks_is_the_user_or_the_assistant() -> None:
    """Nobody else can be named."""
    with pytest.raises(ValueError, match='it can be "user" or "assistant"'):
        stage("follow-up", "ask-1", who="system")


def test_only_the_user_is_asked_by_a_schema() -> None:
    """The assistant's whole reply is the answer."""
    user = stage("follow-up", "ask-1", protocol="schema").ask(TASK, 0, 0)
    assert list(json.loads(user.schema)["properties"]) == ["message"]
    assert stage("follow-up", "reply-1", protocol="schema").ask(ASKED, 0, 0).protocol == "chat"


@given(st.text(max_size=200))
def test_no_reply_stops_it(text: str) -> None:
    """Whatever is said, a task or a rejection comes of it, the same each time."""
    for step, task in ((ASK, TASK), (REPLY, ASKED)):
        found = told(step, task, text)
        assert isinstance(found, Task | Rejected | Again)
        assert found == told(step, task, text)
