"""Replies in the ways of many models, written by someone who had not seen the readers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from selfinstruct.method.readers import (
    read_blocks,
    read_decision,
    read_input_first,
    read_list,
    read_output_first,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from selfinstruct.method.types import Instance

REPLIES = Path(__file__).parent / "replies"
OPEN = {"first g72", "third g34", "third g43", "fourth g35"}
"""Cases that are read wrong: prose about the list, taken for a task; stars that are no emphasis."""


def cases(*names: str) -> list[Any]:
    return list(_cases(names))


def _cases(names: Sequence[str]) -> Iterator[Any]:
    for name in names:
        for path in sorted(REPLIES.glob(f"*/{name}.jsonl")):
            for line in path.read_text(encoding="utf-8").splitlines()[1:]:
                case = json.loads(line)
                if not case.get("unsure"):  # two careful people could differ
                    place = f"{path.parent.name} {case['id']}"
                    marks = [pytest.mark.xfail(strict=True)] if place in OPEN else []
                    yield pytest.param(case, id=f"{place} {case['style']}", marks=marks)


def plain(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("case", cases("generate"))
def test_lists(case: dict[str, Any]) -> None:
    """Each new instruction is found, and nothing else."""
    found = read_list(
        case["reply"], cut=case["cut"], shots=case["shots"], following=case["following"]
    )
    assert list(map(plain, found)) == list(map(plain, case["want"]))


@pytest.mark.parametrize("case", cases("classify"))
def test_decisions(case: dict[str, Any]) -> None:
    """Yes, no, or undecided."""
    decision = read_decision(case["reply"], instruction=case["instruction"])
    assert decision is {"yes": True, "no": False, "undecided": None}[case["want"]]


def check_instances(case: dict[str, Any], found: list[Instance]) -> None:
    pairs = [(plain(given), plain(output)) for given, output in dict.fromkeys(found)]
    assert pairs == [(plain(given), plain(output)) for given, output in case["want"]]


@pytest.mark.parametrize("case", cases("input_first"))
def test_input_first(case: dict[str, Any]) -> None:
    """Each input with its output; one that is said twice may come twice."""
    check_instances(
        case, read_input_first(case["reply"], cut=case["cut"], instruction=case["instruction"])
    )


@pytest.mark.parametrize("case", cases("output_first"))
def test_output_first(case: dict[str, Any]) -> None:
    """Each input with its class label; one that is said twice may come twice."""
    check_instances(
        case, read_output_first(case["reply"], cut=case["cut"], instruction=case["instruction"])
    )


@pytest.mark.parametrize("case", cases("alpaca"))
def test_blocks(case: dict[str, Any]) -> None:
    """Each complete task, with its input and output; one that is said twice may come twice."""
    found = dict.fromkeys(
        (plain(one.instruction), plain(given), plain(output))
        for one in read_blocks(case["reply"], cut=case["cut"], shots=case.get("shots", ()))
        for given, output in one.instances
    )
    assert list(found) == [tuple(map(plain, task)) for task in case["want"]]
