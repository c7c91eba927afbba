"""Seed tasks: JSONL text in, checked `SeedTask`s out; every defect with line, field and remedy."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, cast

from .errors import BadInput
from .types import Instance, SeedTask

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

EXAMPLE = (
    '{"id": "seed-001", "name": "short_name", "instruction": "Say it in one sentence.", '
    '"instances": [{"input": "", "output": "It."}], "is_classification": false}'
)


def parse_seeds(data: bytes, source: str, *, with_instances: bool = True) -> tuple[SeedTask, ...]:
    """Return the seed tasks of a JSONL file, in order.

    A byte order mark, Windows line ends and blank lines are read; `id` and `name` may be left
    out (they become `seed-<line>` and the id).

    Args:
        data: the file's bytes, UTF-8.
        source: the file's name, for errors.
        with_instances: whether each task must have instances (worked examples of a step that
            comes before them need none).

    Raises:
        BadInput: for the first defect, with line, field and remedy.
    """
    tasks: list[SeedTask] = []
    ids: dict[str, int] = {}
    instructions: dict[str, int] = {}
    for number, line in _lines(data, source):
        task = _task(line, number, source, with_instances=with_instances)
        if (first := ids.setdefault(task.id, number)) != number:
            raise _defect(source, number, "id", f"repeats line {first}", "Give each task its own.")
        if (first := instructions.setdefault(task.instruction, number)) != number:
            raise _defect(
                source, number, "instruction", f"repeats line {first}", "Remove one of them."
            )
        tasks.append(task)
    if not tasks:
        raise BadInput(
            f"read seed tasks from {source}",
            "there is none in it",
            f"Put at least one task on a line of its own, such as {EXAMPLE}",
        )
    return tuple(tasks)


def _lines(data: bytes, source: str) -> Iterator[tuple[int, str]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        number = data.count(b"\n", 0, error.start) + 1
        raise _defect(
            source, number, "encoding", "is not UTF-8", "Save the file as UTF-8."
        ) from None
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield number, line


def _task(line: str, number: int, source: str, *, with_instances: bool) -> SeedTask:
    try:
        row = json.loads(line)
        json.dumps(row, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        why = "a number of too many digits, or too many brackets"
        if isinstance(error, json.JSONDecodeError):
            why = f"{error.msg.removesuffix(' at')} at column {error.colno}"
        elif isinstance(error, UnicodeEncodeError):
            why = "one \\u of a pair without the other"
        raise _defect(
            source,
            number,
            "line",
            f"is not JSON ({why})",
            f"Write one JSON object a line, such as {EXAMPLE}",
        ) from None
    if not isinstance(row, dict):
        raise _defect(source, number, "line", "is not a JSON object", f"Write it as {EXAMPLE}")

    def text(field: str, fallback: str | None = None) -> str:
        return _text(row, field, number, source, fallback)

    identity = text("id", f"seed-{number:03}")
    is_classification = row.get("is_classification", False)
    if not isinstance(is_classification, bool):
        raise _defect(
            source, number, "is_classification", "is not true or false", "Write true or false."
        )
    return SeedTask(
        id=identity,
        name=text("name", identity),
        instruction=text("instruction"),
        instances=_instances(row, number, source) if with_instances else (),
        is_classification=is_classification,
    )


def _instances(row: Mapping[str, object], number: int, source: str) -> tuple[Instance, ...]:
    found = row.get("instances")
    if not isinstance(found, list) or not found:
        raise _defect(
            source,
            number,
            "instances",
            "is not a list with at least one instance",
            'Write "instances": [{"input": "...", "output": "..."}]; an empty input is "".',
        )
    kept = []
    for place, item in enumerate(found):
        name = f"instances[{place}]"
        if not isinstance(item, dict):
            raise _defect(
                source, number, name, "is not an object", 'Write {"input": "", "output": "..."}.'
            )
        fields = cast("Mapping[str, object]", item)
        value = fields.get("input", "")
        if not isinstance(value, str):
            raise _defect(source, number, f"{name}.input", "is not a text", 'Write "" for none.')
        kept.append(
            Instance(value.strip(), _text(fields, "output", number, source, None, f"{name}."))
        )
    return tuple(kept)


def _text(  # noqa: PLR0913, PLR0917 - one place that knows how a text field may be wrong
    row: Mapping[str, object],
    field: str,
    number: int,
    source: str,
    fallback: str | None,
    prefix: str = "",
) -> str:
    if field not in row and fallback is not None:
        return fallback
    value = row.get(field)
    if field not in row:
        why = "is missing"
    elif not isinstance(value, str):
        why = "is not a text"
    elif not value.strip():
        why = "is empty"
    else:
        return value.strip()
    raise _defect(source, number, prefix + field, why, f'Write "{field}": "..." there.')


def _defect(source: str, number: int, field: str, why: str, remedy: str) -> BadInput:
    return BadInput(f"read seed tasks from {source}", f"line {number}: {field} {why}", remedy)
