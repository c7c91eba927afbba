"""A run whose stages lead nowhere stops early, at any concurrency, and names the stage."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest

from selfinstruct.engine.schedule import AHEAD, Schedule
from selfinstruct.engine.stop_rules import DROUGHT, FEW, StopRules
from selfinstruct.method.errors import Stopped
from selfinstruct.method.types import (
    Decoding,
    Key,
    Message,
    Origin,
    Progress,
    Rejected,
    Reply,
    Request,
    Verdict,
)
from selfinstruct.store.journal import read
from tests.engine.endpoint import Ran, usual
from tests.engine.odd import odd_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Say = Callable[[dict[str, Any]], None]
    """Changes the first choice of an answer."""

STAGES = {8: "classify", 350: "instances", 1024: "generate"}
REPLY = Reply(Key("generate", 0), "sha256:0", "text", "x")


def stage(body: dict[str, Any]) -> str:
    return STAGES[body.get("max_tokens") or body["max_completion_tokens"]]


def at(name: str, change: Say) -> Callable[[int, str, dict[str, Any]], tuple[int, Any] | None]:
    """Return a twist that changes all answers of one stage."""

    def twist(_number: int, _path: str, body: dict[str, Any]) -> tuple[int, Any] | None:
        if stage(body) != name:
            return None
        row = usual(body)
        change(row["choices"][0])
        return 200, row

    return twist


def undecided(choice: dict[str, Any]) -> None:
    choice["message"]["content"] = "It depends on the input."


def refuses(choice: dict[str, Any]) -> None:
    choice["message"]["content"] = "Output: As an AI language model, I cannot help with that."


def says_nothing(choice: dict[str, Any]) -> None:
    choice["message"]["content"] = "Output: N/A"


def is_cut(choice: dict[str, Any]) -> None:
    choice["message"]["content"] = "Output: Here is a long and careful answer that goes on and the"
    choice["finish_reason"] = "length"


def says_no(choice: dict[str, Any]) -> None:
    choice["message"]["refusal"] = "I would rather not."


def is_short(choice: dict[str, Any]) -> None:
    choice["message"]["content"] = "1. Sing.\nTask 10: Dance.\nTask 11: Eat.\nTask 12: Go on."


CASES = {
    "undecided": ("classify", undecided, "undecided"),
    "says nothing": ("instances", says_nothing, "empty output"),
    "is cut": ("instances", is_cut, "no instance"),
    "says no": ("instances", says_no, "refusal"),
    "filters": ("generate", is_short, "too few words"),
}


@pytest.mark.parametrize("concurrency", [1, 32, 128])
@pytest.mark.parametrize("case", CASES)
def test_a_stage_that_lets_nothing_through_stops_the_run(
    tmp_path: Path, case: str, concurrency: int
) -> None:
    """Within 400 requests; the message names stage, reason and a reply. Again after a few more."""
    name, change, reason = CASES[case]
    run = Ran(tmp_path / "r")
    with pytest.raises(Stopped) as caught:
        run.go(at(name, change), concurrency=concurrency, protocol="chat")
    assert len(run.asked) <= 400
    told = str(caught.value)
    assert f"Stage {name} turned down" in told
    assert f"most often for `{reason}`" in told
    assert "One of these replies:\n---\n" in told
    assert "--min-acceptance 0" in told
    assert caught.value.code == 4
    for _ in range(2):
        with pytest.raises(Stopped, match=f"Stage {name} turned down"):
            run.go(at(name, change), concurrency=concurrency, protocol="chat")
        assert 0 < len(run.asked) <= 6 * FEW


@pytest.mark.parametrize("concurrency", [1, 32, 128])
@pytest.mark.parametrize(
    ("mode", "name"),
    [
        ("classify_junk", "classify"),
        ("instances_junk", "instances"),
        ("instances_cut", "instances"),
        ("zh", "generate"),
    ],
)
def test_the_odd_servers_junk(tmp_path: Path, mode: str, name: str, concurrency: int) -> None:
    """A run against each stops within 400 requests, all of which are recorded."""
    run = Ran(tmp_path / "r")
    with odd_server(mode) as url, pytest.raises(Stopped, match=f"Stage {name} turned down"):
        run.go(base_url=url, concurrency=concurrency, protocol="chat")
    assert len(list(read(run.folder / "journal.jsonl"))) <= 400


def test_a_floor_of_nothing_goes_on_whatever_comes(tmp_path: Path) -> None:
    """`--min-acceptance 0` is the user's word; a cap ends this run."""
    with pytest.raises(Stopped, match="--max-requests 300"):
        Ran(tmp_path / "r").go(
            at("instances", refuses), protocol="chat", min_acceptance=0.0, max_requests=300
        )


def test_a_run_that_was_mended_goes_on(tmp_path: Path) -> None:
    """What is recorded does not stop it again once tasks become complete."""
    run = Ran(tmp_path / "r")
    with pytest.raises(Stopped):
        run.go(at("instances", refuses), protocol="chat")
    run.go()
    assert run.outcome is not None
    assert run.outcome.reached


def decided(*, complete: bool, by: str = "instances") -> Iterator[tuple[Verdict, Progress]]:
    """Yield one decided task after another, each of a generation request of its own."""
    for count in itertools.count():
        keys = [Key("generate", count)]
        if by != "generate":
            keys.append(Key(by, count, 0))
        rejected = None if complete else Rejected("truncated output")
        verdict = Verdict(Origin(count, 0), None, rejected, tuple(keys))
        yield verdict, Progress(read=count + 1, first_open_request=count + 1)


def feed(rules: StopRules, some: Iterator[tuple[Verdict, Progress]], count: int) -> int | None:
    """Return after how many tasks the rules stop; None for not at all."""
    for number, (verdict, progress) in enumerate(itertools.islice(some, count), 1):
        if rules.saw(REPLY, [verdict], progress) is not None:
            return number
    return None


def test_a_stage_that_fails_from_some_time_on_is_a_plateau() -> None:
    """However long the run has been: not after a tenth of it."""
    rules = StopRules(0.02)
    assert feed(rules, decided(complete=True), 50_000) is None
    assert feed(rules, decided(complete=False), 5_000) == DROUGHT / 0.02


def test_a_step_that_lets_hardly_a_task_through_stops_the_run() -> None:
    """One task that slips past it at the beginning does not hide it."""
    rules = StopRules(0.02)
    assert feed(rules, decided(complete=True), 1) is None
    found = feed(rules, decided(complete=False), 1_000)
    assert found is not None
    assert 60 <= found <= 80


def test_complete_tasks_below_the_floor_are_a_plateau() -> None:
    """Though no step is to blame, and whatever the share of accepted candidates."""
    rules = StopRules(0.02)
    assert feed(rules, decided(complete=True), 1) is None
    found = feed(rules, decided(complete=False, by="generate"), 1_000)
    assert found is not None
    assert 200 <= found <= 300


def test_a_good_run_with_a_strict_judge_is_not_stopped() -> None:
    """One task in eight is enough for a floor of 2 %."""
    rules = StopRules(0.02)
    for _ in range(500):
        assert feed(rules, decided(complete=True), 1) is None
        assert feed(rules, decided(complete=False), 7) is None


def test_generation_does_not_run_ahead_of_the_first_complete_task() -> None:
    """Whatever the recipe's lag allows."""

    def owing() -> Schedule:
        made = Schedule("generate", 100, 128)
        made.owe(
            Request(Key("generate", number), (Message("user", "x"),), Decoding(), "chat", "m")
            for number in range(100)
        )
        return made

    def sent(made: Schedule, progress: Progress) -> int:
        return sum(1 for _ in iter(lambda: made.next(0.0, progress), None))

    assert sent(owing(), Progress()) == AHEAD + 1
    made = owing()
    made.careful = FEW
    assert sent(made, Progress()) == FEW
    one = Progress(read=9, candidates=60, accepted=50, complete=1, first_open_request=1)
    assert sent(owing(), one) > AHEAD + 1
