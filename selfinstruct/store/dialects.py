"""`dialect.json`: what a run has learnt of its endpoints; chosen once, kept for the run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from .folder import replace_file

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .folder import RunFolder

NAME = "dialect.json"


def read_dialects(folder: RunFolder) -> dict[str, dict[str, object]]:
    """Return what was learnt, by model; nothing where the file cannot be read."""
    try:
        row = json.loads((folder.path / NAME).read_bytes())
    except (OSError, ValueError):
        return {}
    return row if isinstance(row, dict) else {}


def write_dialects(folder: RunFolder, dialects: Mapping[str, Mapping[str, object]]) -> None:
    """Write what is known, by model."""
    data = json.dumps(dialects, indent=2, sort_keys=True) + "\n"
    replace_file(folder.path / NAME, data.encode())
