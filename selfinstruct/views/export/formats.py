"""The table of formats: what writes rows to a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Protocol

from selfinstruct.method.errors import BadInput

from .openai_rules import write_openai
from .own_format import own_format
from .records import alpaca, as_json, messages, prompt_completion, sharegpt
from .tables import write_csv, write_parquet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .rows import Row


@dataclass(frozen=True, slots=True)
class Way:
    """How a file is to be written.

    Attributes:
        seed: the run's seed, for formats that draw.
        suffix: end of the file's name: `.jsonl` asks for JSON lines, `.json` for an array.
    """

    seed: int
    suffix: str = ""


class Format(Protocol):
    """Writes rows to a file and returns remarks: what the reader of the format would object to."""

    def __call__(self, rows: Sequence[Row], file: BinaryIO, way: Way, /) -> Sequence[str]:
        """Write the rows."""


FOLDER = "huggingface"
"""The one format that is a folder, which `folder.py` writes."""

FORMATS: dict[str, Format | None] = {
    "alpaca": as_json(alpaca, lines=False),
    "messages": as_json(messages, lines=True),
    "openai": write_openai,
    "sharegpt": as_json(sharegpt, lines=False),
    "prompt-completion": as_json(prompt_completion, lines=True),
    "csv": write_csv,
    "parquet": write_parquet,
    FOLDER: None,
}
"""What writes a file, by the format's name; None for a folder."""


def find_format(name: str) -> Format | None:
    """Return a format of the table, or one of the user's own: `file.py:Name` or `module:Name`.

    Raises:
        BadInput: if there is none of that name, or the user's does not take a row.
    """
    if ":" in name:
        return own_format(name)
    if name in FORMATS:
        return FORMATS[name]
    raise BadInput(
        f"export as {name}",
        "there is no such format",
        f"Formats: {', '.join(FORMATS)}; your own: file.py:Name or module:Name.",
    )
