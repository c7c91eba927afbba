"""Filters: plain functions of a task, each with the reason, the value it saw and its limit.

A factory takes a filter's options and returns the filter, which returns None for what may pass. A
filter of instructions is given the candidate; a filter of instances is given the task once for
each instance, with that instance alone. A factory with a parameter `seeds` is given the seed
tasks' instructions.
"""

from .arithmetic import wrong_arithmetic
from .basic import (
    ALPACA_KEYWORDS,
    KEYWORDS,
    beginning,
    empty_output,
    ends_in_colon,
    first_character,
    keep_instances,
    keywords,
    normal_form,
    output_repeats_input,
    words,
)
from .beyond_text import beyond_text
from .language import instance_language, language
from .outputs import (
    merged_instances,
    merged_tasks,
    placeholder,
    refusal,
    repeats_instruction,
    truncated_output,
    url_input,
)

__all__ = [
    "ALPACA_KEYWORDS", "KEYWORDS", "beginning", "beyond_text", "empty_output", "ends_in_colon",
    "first_character", "instance_language", "keep_instances", "keywords", "language",
    "merged_instances", "merged_tasks", "normal_form", "output_repeats_input", "placeholder",
    "refusal", "repeats_instruction", "truncated_output", "url_input", "words",
    "wrong_arithmetic",
]  # fmt: skip
