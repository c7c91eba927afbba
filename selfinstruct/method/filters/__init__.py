"""Filters: plain functions of a task, each with the reason, the value it saw and its limit.

A factory takes a filter's options and returns the filter, which returns None for what may pass. A
filter of instructions is given the candidate; a filter of instances is given the task once for
each instance, with that instance alone. A factory with a parameter `seeds` is given the seed
tasks' instructions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import arithmetic, basic, beyond_text, language, outputs
from .basic import keep_instances, normal_form

if TYPE_CHECKING:
    from collections.abc import Callable

    from selfinstruct.method.interfaces import Filter

__all__ = ["FILTERS", "INSTANCE_FILTERS", "keep_instances", "normal_form"]

FILTERS: dict[str, Callable[..., Filter]] = {
    "words": basic.words,
    "keywords": basic.keywords,
    "beginning": basic.beginning,
    "first_character": basic.first_character,
    "beyond_text": beyond_text.beyond_text,
    "language": language.language,
    "merged_tasks": outputs.merged_tasks,
}
"""Filters of instructions: each is given a candidate as a task without instances."""
INSTANCE_FILTERS: dict[str, Callable[..., Filter]] = {
    "empty_output": basic.empty_output,
    "output_repeats_input": basic.output_repeats_input,
    "ends_in_colon": basic.ends_in_colon,
    "refusal": outputs.refusal,
    "placeholder": outputs.placeholder,
    "truncated_output": outputs.truncated_output,
    "repeats_instruction": outputs.repeats_instruction,
    "merged_tasks": outputs.merged_instances,
    "url_input": outputs.url_input,
    "missing_input": outputs.missing_input,
    "repetition": outputs.repetition,
    "wrong_arithmetic": arithmetic.wrong_arithmetic,
    "language": language.instance_language,
}
"""Filters of instances: each is given a task with one instance."""
