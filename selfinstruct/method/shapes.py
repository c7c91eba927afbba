"""What of a row is instruction, input and output: the shapes in which people publish tasks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from .rows import Defect
from .types import Instance

if TYPE_CHECKING:
    from .rows import Row
    from .types import Json

INSTRUCTION = (
    "instruction",
    "task",
    "prompt",
    "question",
    "query",
    "user_input",
    "problem",
    "user",
)
INPUT = ("input", "context", "inputs")
OUTPUT = (
    *("output", "response", "answer", "completion", "target", "solution", "outputs", "assistant"),
    *("expected_output", "reply"),
)
TURNS = ("messages", "conversations", "conversation", "turns", "dialog", "chat")
"""Names of what holds a text or a conversation, the likelier first."""

KNOWN = {*INSTRUCTION, *INPUT, *OUTPUT, *TURNS, "instances", "chosen", "rejected"}
"""Names by which a table or an object of columns is known."""

ROLES = {
    "system": "system", "developer": "system", "user": "user", "human": "user", "prompter": "user",
    "assistant": "assistant", "gpt": "assistant", "model": "assistant", "bot": "assistant",
    "chatgpt": "assistant", "ai": "assistant",
}  # fmt: skip
_TRUTH = {"true": True, "yes": True, "false": False, "no": False, "": None}
_KEPT = ("score", "reason", "previous", "answers", "preference", "turns", "evolved", "system")
"""What else of a row is kept, as a run of ours would have made it."""


class Shaped(NamedTuple):
    """A task as a row gives it; an empty text or None for what it does not say.

    One that is not answered has one instance, whose output is empty.
    """

    id: str
    name: str
    instruction: str
    instances: tuple[Instance, ...]
    is_classification: bool | None
    extra: Mapping[str, Json]


def shaped(row: Row) -> Shaped:
    """Return the task of a row.

    Raises:
        Defect: for the first thing that is wrong with it.
    """
    if isinstance(row, str):
        return Shaped("", "", _needed(row, "instruction"), (Instance("", ""),), None, {})
    fields = {str(name).strip().casefold(): value for name, value in row.items()}
    kind = fields.get("is_classification")
    if isinstance(kind, str):
        kind = _TRUTH.get(kind.strip().casefold(), kind)
    if kind is not None and not isinstance(kind, bool):
        raise Defect("is_classification", "is not true or false", "Write true or false.")
    instruction, instances, extra = _said(fields)
    given = fields.get("extra")
    kept = {name: fields[name] for name in _KEPT if fields.get(name) is not None}
    extra = {**kept, **(given if isinstance(given, Mapping) else {}), **extra}
    identity, name = _optional(fields, "id"), _optional(fields, "name")
    return Shaped(identity, name, instruction, instances, kind, extra)


def _said(fields: Mapping[str, object]) -> tuple[str, tuple[Instance, ...], dict[str, Json]]:
    """Return instruction, instances and what else a conversation or a pair of answers holds."""
    if fields.get("instances") is not None:
        return (*_of_instances(fields["instances"], fields), {})
    for name in TURNS:
        if isinstance(fields.get(name), list) and fields[name] and "instruction" not in fields:
            return _of_turns(fields[name], name)
    if {"chosen", "rejected"} <= fields.keys():
        return _of_pair(fields)
    name = next((name for name in INSTRUCTION if name in fields), "")
    if not name:
        there = f" (it has {', '.join(sorted(fields)[:8])})" if fields else ""
        remedy = 'Write "instruction": "..." there.'
        raise Defect("instruction", f"is missing{there}" if there else "is missing", remedy)
    instruction = _needed(fields[name], name)
    given = next((each for each in INPUT if each in fields and each != name), "")
    answered = next((each for each in OUTPUT if fields.get(each) is not None), "")
    text = _text_of(fields.get(given), given) if given else ""
    if not given and name != "instruction":
        instruction, text = parted(instruction)
    output = _text_of(fields.get(answered), answered)
    return instruction, (Instance(text, output),), {}


def parted(prompt: str) -> tuple[str, str]:
    """Return instruction and input of a prompt: what its first blank line parts.

    An export joins the two like this; a long first paragraph is material, and not an instruction.
    """
    first, _, rest = prompt.partition("\n\n")
    few = len(first.split()) <= _LONGEST and len(first) <= 6 * _LONGEST
    return (first.strip(), rest.strip()) if few and rest.strip() else (prompt.strip(), "")


_LONGEST = 60


def _of_instances(found: object, fields: Mapping[str, object]) -> tuple[str, tuple[Instance, ...]]:
    if not isinstance(found, list) or not found:
        remedy = 'Write "instances": [{"input": "...", "output": "..."}]; an empty input is "".'
        raise Defect("instances", "is not a list with at least one instance", remedy)
    instruction = next((fields[name] for name in INSTRUCTION if name in fields), None)
    kept = []
    for place, item in enumerate(found):
        name = f"instances[{place}]"
        if not isinstance(item, Mapping):
            raise Defect(name, "is not an object", 'Write {"input": "", "output": "..."}.')
        if instruction is None:
            instruction = item.get("instruction")
        text = _text_of(item.get("input", ""), f"{name}.input", strict=True)
        if "output" not in item:
            raise Defect(f"{name}.output", "is missing", 'Write "output": "..." there.')
        kept.append(Instance(text, _text_of(item["output"], f"{name}.output", strict=True)))
    return _needed(_MISSING if instruction is None else instruction, "instruction"), tuple(kept)


def _of_turns(value: object, name: str) -> tuple[str, tuple[Instance, ...], dict[str, Json]]:
    """Return what a conversation says: its first turn is the task, the others are `turns`."""
    said: list[tuple[str, str]] = []
    for place, message in enumerate(value if isinstance(value, list) else ()):
        where = f"{name}[{place}]"
        if not isinstance(message, Mapping):
            raise Defect(where, "is not an object", 'Write {"role": "user", "content": "..."}.')
        role = str(message.get("role", message.get("from", ""))).casefold()
        if role not in ROLES:
            raise Defect(f"{where}.role", f"is {role!r}", f"Write one of {', '.join(ROLES)}.")
        content = message.get("content", message.get("value", message.get("text")))
        said.append((ROLES[role], _text_of(content, where)))
    extra: dict[str, Json] = {}
    if said and said[0][0] == "system":
        extra["system"] = said.pop(0)[1]
    roles = [role for role, _ in said]
    if not roles or roles != ["user", "assistant"] * (len(roles) // 2) + ["user"] * (
        len(roles) % 2
    ):
        remedy = "Write turns of user and assistant by turns, the user's first."
        raise Defect(name, "is not a conversation of two", remedy)
    instruction, text = parted(_needed(said[0][1], f"{name}[0]"))
    if len(said) == 1:
        return instruction, (Instance(text, ""),), extra
    rest = [content for _, content in said[2:]]
    if len(rest) > 1:
        extra["turns"] = [list(pair) for pair in zip(rest[::2], rest[1::2], strict=False)]
    return instruction, (Instance(text, _needed(said[1][1], f"{name}[1]")),), extra


def _of_pair(fields: Mapping[str, object]) -> tuple[str, tuple[Instance, ...], dict[str, Json]]:
    """Return a prompt with the better and the worse answer, as texts or as conversations."""
    texts = {}
    asked = next((fields[name] for name in INSTRUCTION if fields.get(name)), "")
    for name in ("chosen", "rejected"):
        value = fields[name]
        if isinstance(value, list) and value and isinstance(value[-1], Mapping):
            asked = asked or value[:-1]
            value = value[-1].get("content", value[-1].get("value"))
        texts[name] = _needed(value, name)
    if isinstance(asked, list):
        asked = next(
            (m.get("content", m.get("value")) for m in reversed(asked) if isinstance(m, Mapping)),
            "",
        )
    instruction = _needed(asked, "prompt")
    text = _text_of(fields.get("input"), "input") if "input" in fields else ""
    if not text and "instruction" not in fields:
        instruction, text = parted(instruction)
    return instruction, (Instance(text, texts["chosen"]),), {"preference": texts}


_MISSING = object()


def _needed(value: object, field: str) -> str:
    if value is _MISSING:
        why = "is missing"
    elif not isinstance(value, str):
        why = "is not a text"
    elif not value.strip():
        why = "is empty"
    else:
        return value.strip()
    raise Defect(field, why, f'Write "{field.rpartition(".")[2]}": "..." there.')


def _text_of(value: object, field: str, *, strict: bool = False) -> str:
    """Return a text; "" for none, unless it must be written so."""
    if value is None and not strict:
        return ""
    if isinstance(value, Sequence) and not isinstance(value, str) and not strict:
        parts = [part.get("text") if isinstance(part, Mapping) else part for part in value]
        if all(isinstance(part, str) for part in parts):  # a message in parts
            return "".join(map(str, parts)).strip()
    if not isinstance(value, str):
        raise Defect(field, "is not a text", 'Write "" for none.')
    return value.strip()


def _optional(fields: Mapping[str, object], name: str) -> str:
    value = fields.get(name)
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return "" if value is None else str(value)
    return _needed(value, name)
