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
    from collections.abc import Iterable, Iterator, Sequence

    from .formats import Way
    from .rows import Row

ROLES = frozenset({"system", "developer", "user", "assistant", "tool"})
LEAST_EXAMPLES = 10
MOST_BYTES = 512 * 10**6
MOST_TOKENS = 65_536
BYTES_A_TOKEN = 4
"""A rule of thumb for English; used for a remark only."""


def write_openai(rows: Sequence[Row], file: BinaryIO, way: Way) -> Sequence[str]:
    """Write chats as `messages` does, each held against the rules."""

    def lines() -> Iterator[tuple[str, dict[str, Any], bytes]]:
        for row in rows:
            value = messages(row, way.seed)
            yield row.id, value, dump(value) + b"\n"

    rules = Rules()
    file.writelines(rules.checked(lines()))
    return rules.remarks()


class Rules:
    """Checks lines as they pass, and has remarks at the end."""

    def __init__(self) -> None:
        self._count = 0
        self._bytes = 0
        self._long = 0

    def checked(self, lines: Iterable[tuple[str, dict[str, Any], bytes]]) -> Iterator[bytes]:
        """Pass on lines that keep the rules.

        Args:
            lines: id, value and bytes of each.

        Raises:
            BadInput: for the first one that breaks a rule.
        """
        for name, row, line in lines:
            if problem := fault(row):
                raise BadInput(
                    f"export row {name} as openai",
                    problem,
                    "Leave such rows out, for instance with --words output=1: (at least a word).",
                )
            self._count += 1
            self._bytes += len(line)
            self._long += len(line) > MOST_TOKENS * BYTES_A_TOKEN
            yield line

    def remarks(self) -> list[str]:
        """Return what OpenAI would object to in the file as a whole."""
        said = []
        if self._count < LEAST_EXAMPLES:
            said.append(
                f"OpenAI asks for at least {LEAST_EXAMPLES} examples; here are {self._count}"
            )
        if self._bytes > MOST_BYTES:
            said.append(
                f"OpenAI takes files of up to {MOST_BYTES // 10**6} MB; this one has "
                f"{self._bytes / 10**6:,.0f} MB (--limit makes it smaller)"
            )
        if self._long:
            said.append(
                f"{self._long:,} examples may be longer than {MOST_TOKENS:,} tokens; OpenAI would "
                "cut their ends"
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
