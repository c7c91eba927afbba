"""Exports: the data set in the forms that trainers read. Each is a view; nothing is asked."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from selfinstruct.method.errors import BadInput, Refused

from .view import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from selfinstruct.method.types import SeedTask

    from .view import Run

    Row = dict[str, Any]


def alpaca(records: Iterable[Record]) -> Iterator[Row]:
    """Yield Alpaca records: instruction, input ("" for none) and output, nothing else."""
    for record in records:
        for instance in record.instances:
            yield {
                "instruction": record.instruction,
                "input": instance.input,
                "output": instance.output,
            }


def messages(records: Iterable[Record]) -> Iterator[Row]:
    """Yield chats of one turn, as OpenAI's fine-tuning and TRL read them.

    The user's message is the instruction and, after a blank line, the input if there is one.
    """
    for row in alpaca(records):
        content = "\n\n".join(filter(None, (row["instruction"], row["input"])))
        yield {
            "messages": [
                {"role": "user", "content": content},
                {"role": "assistant", "content": row["output"]},
            ]
        }


FORMATS: dict[str, Callable[[Iterable[Record]], Iterator[Row]]] = {
    "alpaca": alpaca,
    "messages": messages,
}


def select(run: Run, *, one_per_task: bool, include_seeds: bool) -> Iterator[Record]:
    """Yield the records of a run to be exported, in order, seed tasks first if asked for.

    Raises:
        Refused: if an id stands twice in the pool.
    """
    if include_seeds:
        for seed in run.seeds():
            yield _first_only(_from_seed(seed), one_per_task)
    seen: set[str] = set()
    for record in run.tasks():
        if record.id in seen:
            raise Refused(
                f"export {run.frozen.folder.path}",
                f"task {record.id} stands twice in pool.jsonl",
                "Delete pool.jsonl and export again: it is rebuilt from the journal.",
            )
        seen.add(record.id)
        yield _first_only(record, one_per_task)


def render(rows: Iterable[Row], *, lines: bool) -> Iterator[str]:
    """Yield the text of a JSON array with one record a line, or of JSON lines."""
    if lines:
        for row in rows:
            yield _dump(row) + "\n"
        return
    before = "[\n"
    for row in rows:
        yield before + _dump(row)
        before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"


def write(path: Path, pieces: Iterable[str]) -> int:
    """Write a text file that appears whole or not at all; return its size in bytes.

    Raises:
        BadInput: if it cannot be written.
    """
    fresh = path.with_name(path.name + ".new")
    try:
        with fresh.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(pieces)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
        return path.stat().st_size
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise BadInput(
            f"write {path}", error.strerror or str(error), "Name a file that can be written."
        ) from None


def _dump(row: Row) -> str:
    text = json.dumps(row, ensure_ascii=False)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:  # a lone surrogate: no file in UTF-8 can hold it
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _from_seed(seed: SeedTask) -> Record:
    return Record(seed.id, seed.instruction, seed.instances, seed.is_classification)


def _first_only(record: Record, one: bool) -> Record:  # noqa: FBT001 - a private helper
    if not one or len(record.instances) == 1:
        return record
    return Record(
        record.id,
        record.instruction,
        record.instances[:1],
        record.is_classification,
        record.replies,
        record.nearest,
        record.extra,
    )
