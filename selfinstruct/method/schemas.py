"""What an answer looks like where it must be JSON: the schema, and the same in words.

The schemas keep to what strict structured output allows everywhere: every property required, no
others, no limits. Their order is the order in which a model is to write.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

_TEXT = {"type": "string"}


def _object(**properties: object) -> dict[str, object]:
    names = list(properties)
    return {
        "type": "object",
        "properties": properties,
        "required": names,
        "additionalProperties": False,
    }


def _schema(name: str, item: object) -> str:
    return json.dumps(_object(**{name: item}), separators=(",", ":"))


def _list_of(**properties: object) -> dict[str, object]:
    return {"type": "array", "items": _object(**properties)}


LIST_SCHEMA = _schema("tasks", {"type": "array", "items": _TEXT})
DECISION_SCHEMA = _schema("classification", {"type": "string", "enum": ["Yes", "No"]})
INPUT_FIRST_SCHEMA = _schema("instances", _list_of(input=_TEXT, output=_TEXT))
OUTPUT_FIRST_SCHEMA = _schema("instances", _list_of(class_label=_TEXT, input=_TEXT))
BLOCKS_SCHEMA = _schema("tasks", _list_of(instruction=_TEXT, input=_TEXT, output=_TEXT))


@dataclass(frozen=True, slots=True)
class AnswerSchema:
    """What an answer looks like where it must be JSON.

    Attributes:
        schema: its JSON Schema.
        note: the same said in words, for the end of the prompt.
    """

    schema: str
    note: str


LIST = AnswerSchema(
    LIST_SCHEMA,
    'Answer with JSON alone: {"tasks": ["...", "..."]}, one text for each new task, unnumbered.',
)
DECISION = AnswerSchema(
    DECISION_SCHEMA,
    'Answer with JSON alone: {"classification": "Yes"} or {"classification": "No"}.',
)
INPUT_FIRST = AnswerSchema(
    INPUT_FIRST_SCHEMA,
    'Answer with JSON alone: {"instances": [{"input": "...", "output": "..."}]}. '
    'Where the task needs no input, give one instance with the input "".',
)
OUTPUT_FIRST = AnswerSchema(
    OUTPUT_FIRST_SCHEMA,
    'Answer with JSON alone: {"instances": [{"class_label": "...", "input": "..."}]}. '
    'Where the task says all that is needed, give one instance with the input "".',
)
BLOCKS = AnswerSchema(
    BLOCKS_SCHEMA,
    'Answer with JSON alone: {"tasks": [{"instruction": "...", "input": "...", "output": "..."}]}. '
    'Where a task needs no input, its input is "".',
)
