"""What an answer looks like where it must be JSON: the schema, and the same in words."""

from __future__ import annotations

from dataclasses import dataclass

from .readers import structured


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
    structured.LIST_SCHEMA,
    'Answer with JSON alone: {"tasks": ["...", "..."]}, one text for each new task, unnumbered.',
)
DECISION = AnswerSchema(
    structured.DECISION_SCHEMA,
    'Answer with JSON alone: {"classification": "Yes"} or {"classification": "No"}.',
)
INPUT_FIRST = AnswerSchema(
    structured.INPUT_FIRST_SCHEMA,
    'Answer with JSON alone: {"instances": [{"input": "...", "output": "..."}]}. '
    'Where the task needs no input, give one instance with the input "".',
)
OUTPUT_FIRST = AnswerSchema(
    structured.OUTPUT_FIRST_SCHEMA,
    'Answer with JSON alone: {"instances": [{"class_label": "...", "input": "..."}]}. '
    'Where the task says all that is needed, give one instance with the input "".',
)
BLOCKS = AnswerSchema(
    structured.BLOCKS_SCHEMA,
    'Answer with JSON alone: {"tasks": [{"instruction": "...", "input": "...", "output": "..."}]}. '
    'Where a task needs no input, its input is "".',
)
