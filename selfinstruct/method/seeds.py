"""Seed tasks: JSONL text in, checked `SeedTask`s out; every defect with line, field and remedy."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

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

    It is UTF-8; a byte order mark, Windows line ends and blank lines are read; `id` and `name` may
    be left out (they become `seed-<line>` and the id). Worked examples of a step that comes before
    instances need none (`with_instances`).

    Raises:
        BadInput: for the first defect, with line, field and remedy.
    """
    tasks: list[SeedTask] = []
    first: dict[tuple[str, str], int] = {}
    for number, line in _lines(data, source):
        row = _Line(source, number)
        task = row.task(line, with_instances=with_instances)
        for name, value, remedy in (
            ("id", task.id, "Give each task its own."),
            ("instruction", task.instruction, "Remove one of them."),
        ):
            if (before := first.setdefault((name, value), number)) != number:
                raise row.wrong(name, f"repeats line {before}", remedy)
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
        row = _Line(source, data.count(b"\n", 0, error.start) + 1)
        raise row.wrong("encoding", "is not UTF-8", "Save the file as UTF-8.") from None
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield number, line


class _Line(NamedTuple):
    """Reads a line of a seed file, and knows where it stands."""

    source: str
    number: int

    def wrong(self, field: str, why: str, remedy: str) -> BadInput:
        what = f"read seed tasks from {self.source}"
        return BadInput(what, f"line {self.number}: {field} {why}", remedy)

    def task(self, line: str, *, with_instances: bool) -> SeedTask:
        try:
            row = json.loads(line)
            json.dumps(row, ensure_ascii=False).encode()
        except (ValueError, RecursionError) as error:
            why = "a number of too many digits, or too many brackets"
            if isinstance(error, json.JSONDecodeError):
                why = f"{error.msg.removesuffix(' at')} at column {error.colno}"
            elif isinstance(error, UnicodeEncodeError):
                why = "one \\u of a pair without the other"
            remedy = f"Write one JSON object a line, such as {EXAMPLE}"
            raise self.wrong("line", f"is not JSON ({why})", remedy) from None
        if not isinstance(row, dict):
            raise self.wrong("line", "is not a JSON object", f"Write it as {EXAMPLE}")
        identity = self.text({"id": f"seed-{self.number:03}", **row}, "id")
        is_classification = row.get("is_classification", False)
        if not isinstance(is_classification, bool):
            raise self.wrong("is_classification", "is not true or false", "Write true or false.")
        return SeedTask(
            id=identity,
            name=self.text({"name": identity, **row}, "name"),
            instruction=self.text(row, "instruction"),
            instances=self.instances(row.get("instances")) if with_instances else (),
            is_classification=is_classification,
        )

    def instances(self, found: object) -> tuple[Instance, ...]:
        if not isinstance(found, list) or not found:
            raise self.wrong(
                "instances",
                "is not a list with at least one instance",
                'Write "instances": [{"input": "...", "output": "..."}]; an empty input is "".',
            )
        kept = []
        for place, item in enumerate(found):
            name = f"instances[{place}]"
            if not isinstance(item, dict):
                remedy = 'Write {"input": "", "output": "..."}.'
                raise self.wrong(name, "is not an object", remedy)
            given = item.get("input", "")
            if not isinstance(given, str):
                raise self.wrong(f"{name}.input", "is not a text", 'Write "" for none.')
            kept.append(Instance(given.strip(), self.text(item, "output", f"{name}.")))
        return tuple(kept)

    def text(self, row: Mapping[str, object], field: str, prefix: str = "") -> str:
        value = row.get(field)
        if field not in row:
            why = "is missing"
        elif not isinstance(value, str):
            why = "is not a text"
        elif not value.strip():
            why = "is empty"
        else:
            return value.strip()
        raise self.wrong(prefix + field, why, f'Write "{field}": "..." there.')
