"""`progress.json`: how far a run is; and `dialect.json`: what it has learnt of its endpoints.

The first may be deleted at any time: it is made anew from the journal. It tells whether the derived
files match the journal. What is learnt of an endpoint is chosen once, and kept for the run.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from .disk import replace_file

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from .folder import RunFolder


def write_progress(
    folder: RunFolder, row_counts: Mapping[str, object], sizes: tuple[int, int, int], target: int
) -> None:
    """Write counts with the sizes of journal, pool and rejections (errors as for `named`)."""
    row = {**row_counts, "sizes": list(sizes), "target": target}
    data = json.dumps(row, sort_keys=True) + "\n"
    replace_file(folder.progress, data.encode(), sync=False)


def read_progress(folder: RunFolder) -> dict[str, object]:
    """Return what was last written, or nothing where that cannot be read."""
    return _read(folder.progress)


def read_dialects(folder: RunFolder) -> dict[str, dict[str, Any]]:
    """Return what was learnt, by model; nothing where the file cannot be read."""
    return _read(folder.dialects)


def write_dialects(folder: RunFolder, dialects: Mapping[str, Mapping[str, object]]) -> None:
    """Write what is known, by model (errors as for `named`)."""
    data = json.dumps(dialects, indent=2, sort_keys=True) + "\n"
    replace_file(folder.dialects, data.encode())


def in_step(folder: RunFolder, target: int) -> bool:
    """Tell whether journal, pool and rejections are as they were when progress was written."""
    row = read_progress(folder)
    return row.get("sizes") == sizes_of(folder) and row.get("target") == target


def readable(folder: RunFolder) -> bool:
    """Tell whether pool and rejections can be read by who may not write them anew.

    They are as they were when progress was written, or the journal and they have grown since: then
    the process was killed, and what it had written is right.
    """
    sizes = read_progress(folder).get("sizes")
    now = sizes_of(folder)
    if not isinstance(sizes, list) or len(sizes) != len(now):
        return False
    if sizes[0] == now[0]:
        return sizes == now
    return all(size <= there for size, there in zip(sizes, now, strict=True))


def sizes_of(folder: RunFolder) -> list[int]:
    """Return the bytes of journal, pool and rejections as they lie there; -1 for none."""
    return [
        path.stat().st_size if path.exists() else -1
        for path in (folder.journal, folder.pool, folder.rejected)
    ]


def _read(path: Path) -> dict[str, Any]:
    try:
        row = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return row if isinstance(row, dict) else {}
