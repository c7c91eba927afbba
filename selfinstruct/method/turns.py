"""The step `turn`: one more message of a conversation that a task began."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from . import readers
from .asking import as_prompt, first_instance, not_a_text, not_answered, whole_answer
from .filters import keep_instances, normal_form
from .prompts import Prompt
from .schemas import MESSAGE
from .types import Instance, Key, Rejected

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .stages import Context
    from .types import Again, Message, Reply, Request, Task

SPEAKERS = {"user": "User", "assistant": "Assistant"}
_ASKED = "asked"
"""Where the user's message stands in `extra` until it is answered."""
_ANSWERED = re.compile(r"\n\s*[*_#]{0,4}(?:assistant|ai)[*_]{0,2}\s?:", re.IGNORECASE)
_SPEAKS = re.compile(r"[*_#\s]{0,6}(?:user|human)[*_]{0,2}\s?:[*_\s]{0,4}", re.IGNORECASE)
_NAMES = ("message", "user", "next_message", "text", "content")


class Turn:
    """Says what the user says next (`who = "user"`), or answers it (`who = "assistant"`).

    A user's message waits in `extra` until a later step answers it; then the two are one more of
    `turns`. The user's prompt is filled with the conversation; the assistant is told its prompt,
    and then the conversation as the messages of a chat, where the prompt does not name it.

    Args:
        context: what the stage is built with.
        who: "user" or "assistant".

    Raises:
        ValueError: for another speaker.
    """

    parts = 1

    def __init__(self, context: Context, who: str = "user") -> None:
        if who not in SPEAKERS:
            raise ValueError(f'who = "{who}" is not known; it can be "user" or "assistant"')
        self.name = context.name
        self._context = context
        self._who = who
        self._prompt = context.prompt(context.prompt_name, ("conversation",))

    def ask(self, task: Task, part: int, attempt: int) -> Request:
        """Ask for the next message."""
        said = conversation(task)
        text = "\n\n".join(f"{SPEAKERS[who]}: {words}" for who, words in said)
        messages = self._prompt.render({"conversation": text})
        if self._who == "assistant" and "conversation" not in self._prompt.names():
            messages += _messages(said)
        schema = MESSAGE if self._who == "user" else None
        return self._context.request(Key(self.name, *task.origin, part, attempt), messages, schema)

    def read(self, task: Task, replies: Sequence[Reply]) -> Task | Again | Rejected:
        """Add the message; one that filters turn down, or that was said before, ends the task."""
        if (rejected := not_answered(task)) is not None:
            return rejected
        return (
            self._user(task, replies[0]) if self._who == "user" else self._answer(task, replies[0])
        )

    def _user(self, task: Task, reply: Reply) -> Task | Rejected:
        if (rejected := not_a_text(reply)) is not None:
            return rejected
        text = read_message(reply.text)
        if not text or reply.cut:
            return Rejected("no message", reply.text[:200], "what the user says next")
        filters = self._context.instance_filters
        _, rejected = keep_instances(task, [Instance("", text)], filters)
        if rejected is not None:
            return rejected
        if normal_form(text) in {normal_form(words) for _, words in conversation(task)}:
            return Rejected("repeated message", text[:200], "something new")
        return replace(task, extra={**task.extra, _ASKED: text})

    def _answer(self, task: Task, reply: Reply) -> Task | Rejected:
        asked = task.extra.get(_ASKED)
        if not isinstance(asked, str):
            return Rejected("no message", None, "a user's message to be answered")
        output = whole_answer(reply, keep_cut=False)
        if isinstance(output, Rejected):
            return output
        filters = self._context.instance_filters
        alone = replace(task, instruction=asked)
        _, rejected = keep_instances(alone, [Instance("", output)], filters)
        if rejected is not None:
            return rejected
        extra = {name: value for name, value in task.extra.items() if name != _ASKED}
        return replace(task, extra={**extra, "turns": [*turns_of(task), [asked, output]]})


def read_message(text: str) -> str:
    """Return a user's message without a name ahead of it, quotes, or an answer behind it."""
    message = _ANSWERED.split(readers.read_message(text, _NAMES), maxsplit=1)[0].strip()
    named = _SPEAKS.match(message)
    return readers.read_message(message[named.end() :], ()) if named else message


def turns_of(task: Task) -> list[list[str]]:
    """Return the user's and the assistant's messages behind a task's first instance, in pairs."""
    return pairs_of(task.extra.get("turns"))


def pairs_of(turns: object) -> list[list[str]]:
    """Return the pairs of messages among what a task holds as `turns`; of anything else none."""
    rows = turns if isinstance(turns, list | tuple) else ()
    pair = 2
    return [
        [str(words) for words in row]
        for row in rows
        if isinstance(row, list | tuple) and len(row) == pair
    ]


def conversation(task: Task) -> list[tuple[str, str]]:
    """Return all that was said so far, each message with who said it."""
    first = first_instance(task)
    asked = task.extra.get(_ASKED)
    pairs = [[as_prompt(task.instruction, first.input), first.output], *turns_of(task)]
    said = [(who, words) for pair in pairs for who, words in zip(SPEAKERS, pair, strict=True)]
    return [*said, ("user", asked)] if isinstance(asked, str) else said


def _messages(said: Sequence[tuple[str, str]]) -> tuple[Message, ...]:
    """Return a conversation as the messages of a chat, with a template's tokens broken."""
    pieces = ("", "words", "")
    return tuple(
        message
        for who, words in said
        for message in Prompt(((who, pieces),)).render({"words": words})
    )
