"""What an answer looks like where it must be JSON, as `schemas.toml` beside this file says it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass

from selfinstruct.resources import package_text


@dataclass(frozen=True, slots=True)
class AnswerSchema:
    """What an answer looks like where it must be JSON.

    Attributes:
        schema: its JSON Schema.
        note: the same said in words, for the end of the prompt.
    """

    schema: str
    note: str


_SAID = tomllib.loads(package_text("method/schemas.toml"))
LIST = AnswerSchema(**_SAID["LIST"])
DECISION = AnswerSchema(**_SAID["DECISION"])
INPUT_FIRST = AnswerSchema(**_SAID["INPUT_FIRST"])
OUTPUT_FIRST = AnswerSchema(**_SAID["OUTPUT_FIRST"])
BLOCKS = AnswerSchema(**_SAID["BLOCKS"])
SCORE = AnswerSchema(**_SAID["SCORE"])
CHOICE = AnswerSchema(**_SAID["CHOICE"])
HARDER = AnswerSchema(**_SAID["HARDER"])
MESSAGE = AnswerSchema(**_SAID["MESSAGE"])
REWRITE = AnswerSchema(**_SAID["REWRITE"])
