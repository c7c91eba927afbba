"""Prompt and completion: the layouts of the paper's fine-tuning data, in words of our own.

The paper draws one of 7 layouts for an instance with an input and one of 6 for one without, so
that a model does not learn one form by heart. Two errors of its code are not repeated: a completion
ends where the output ends (which token ends a text is the trainer's to know; spelled out in the
data it is the wrong token for most models), and no field name before a colon is ever cut off
(which turned "10:30" into "30").
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from selfinstruct.method.sampling import Draw

if TYPE_CHECKING:
    from .rows import Row

WITH_INPUT = (
    "{instruction}\nGiven: {input}\nAnswer:",
    "{instruction}\n\nGiven: {input}\n\nAnswer:",
    "What to do: {instruction}\nGiven: {input}\nAnswer:",
    "{instruction}\n\n{input}\n\nAnswer:",
    "{instruction}\n{input}\n\n",
    "{instruction}\n\n{input}\n\n",
    "What to do: {instruction}\n\n{input}\n\n",
)

WITHOUT_INPUT = (
    "{instruction}\nAnswer:",
    "{instruction}\n\nAnswer:",
    "What to do: {instruction}\nAnswer:",
    "{instruction}\n",
    "{instruction}\n\n",
    "What to do: {instruction}\n\n",
)


def lay_out(row: Row, seed: int) -> tuple[str, str]:
    """Return prompt and completion; the layout is drawn from (seed, the row's id).

    The completion begins with a blank where the prompt ends in a colon, since tokenizers join a
    blank to the word after it.
    """
    layouts = WITH_INPUT if row.input else WITHOUT_INPUT
    layout = layouts[Draw(seed, "export", "layout", row.id).below(len(layouts))]
    prompt = layout.format(instruction=row.instruction, input=row.input)
    return prompt, f" {row.output}" if layout.endswith(":") else row.output
