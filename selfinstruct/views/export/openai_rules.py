"""The published rules of OpenAI's fine-tuning files, held against each line before it is kept.

Sources: the Files API ("individual files can be up to 512 MB", only `.jsonl`), the chat format of
the fine-tuning guide (roles; a conversation is learned from its assistant messages), and its
figures: at least 10 examples; what is longer than a model's training context is cut (65,536 tokens
for the current small models).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO

from selfinstruct.method.errors import BadInput

from .records import dump, messages

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .formats import Way
    from .rows import Row

ROLES = frozenset({"system", "developer", "user", "assistant", "tool"})
LEAST_EXAMPLES = 10
MOST_BYTES = 512 * 10**6
MOST_TOKENS = 65_536
BYTES_A_TOKEN = 4
"""A rule of thumb for English; used for a remark only."""


def write_openai(rows: Sequence[Row], file: BinaryIO, way: Way) -> Sequence[str]:
    """Write chats as `messages` does, each held against the rules.

    Returns:
        What OpenAI would object to in the file as a whole.

    Raises:
        BadInput: for the first row that breaks a rule.
    """
    size = long = 0
    for row in rows:
        value = messages(row, way.seed)
        if problem := fault(value):
            raise BadInput(
                f"export row {row.id} as openai",
                problem,
                "Leave such rows out, for instance with --words output=1: (at least a word).",
            )
        line = dump(value) + b"\n"
        file.write(line)
        size += len(line)
        long += len(line) > MOST_TOKENS * BYTES_A_TOKEN
    said = []
    if len(rows) < LEAST_EXAMPLES:
        said.append(f"OpenAI asks for at least {LEAST_EXAMPLES} examples; here are {len(rows)}")
    if size > MOST_BYTES:
        said.append(
            f"OpenAI takes files of up to {MOST_BYTES // 10**6} MB; this one has "
            f"{size / 10**6:,.0f} MB (--limit makes it smaller)"
        )
    if long:
        said.append(
            f"{long:,} examples may be longer than {MOST_TOKENS:,} tokens; OpenAI would cut their "
            "ends"
        )
    return said


def fault(row: dict[str, Any]) -> str:
    """Return which rule a line breaks, or ""."""
    messages = row.get("messages")
    if not isinstance(messages, list) or not messages:
        return "it has no messages"
    for message in messages:
        if message.get("role") not in ROLES:
            return f"there is no role {message.get('role')!r}"
        content = message.get("content")
        if not isinstance(content, str) or not content.strip():
            return f"the {message['role']}'s message is empty"
    if messages[-1]["role"] != "assistant":
        return "the last message is not the assistant's"
    return ""
