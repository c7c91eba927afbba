"""What happens to requests is counted, noted and told; and it changes nothing."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from selfinstruct.engine.incidents import QUIET, Incidents
from selfinstruct.method.errors import Stopped
from selfinstruct.method.types import Decoding, Key, Message, Receipt, Reply, Request
from selfinstruct.model.base import TransientError
from selfinstruct.model.clock import SYSTEM
from selfinstruct.model.pacing import Pacer
from selfinstruct.run.usage import MOST_NAMES, Usage
from selfinstruct.store.events import Events
from selfinstruct.store.journal import Entry
from selfinstruct.views.status import as_text, status
from selfinstruct.views.view import open_run
from tests.clocks import FastClock
from tests.engine.endpoint import Ran, refusal, usual
from tests.engine.runs import kill_at
from tests.model.hidden import answer
from tests.world import cli

if TYPE_CHECKING:
    from pathlib import Path

REQUEST = Request(
    Key("generate", 0), (Message("user", "x"),), Decoding(stop=("\nTask 17:",)), "chat", "m"
)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """A run to which nothing happens."""
    return Ran(tmp_path_factory.mktemp("plain") / "r").go()


def incidents(folder: Path, notices: list[str]) -> Incidents:
    return Incidents(
        Events(folder, SYSTEM.utc), notices.append, 600.0, {"m": "http://127.0.0.1:9/v1"}
    )


def noted(folder: Path) -> list[dict[str, Any]]:
    path = folder / "events.jsonl"
    return [json.loads(row) for row in path.read_text().splitlines()] if path.exists() else []


def digests(folder: Path) -> dict[str, str]:
    rows = map(json.loads, (folder / "journal.jsonl").read_text().splitlines())
    return {row["key"]: row["digest"] for row in rows}


def reply(text: str = "fine", **more: Any) -> tuple[Reply, Receipt]:
    kind, finish = more.pop("kind", "text"), more.pop("finish", "stop")
    told = {"model": "m-1", "prompt_tokens": 1, "completion_tokens": 1, **more}
    return Reply(REQUEST.key, "sha256:0", kind, text, finish=finish), Receipt(**told)


def test_another_model_under_the_same_name_is_told_once(plain: Ran, tmp_path: Path) -> None:
    """A notice and an event for each change, on the way and on resuming; the bytes are the same."""
    run = Ran(tmp_path / "r")
    run.go(lambda n, _, body: (200, usual(body, model="m-1" if n <= 20 else "m-2")))
    assert len(run.told("answers as m-2 fp_rehearsal_1, before as m-1")) == 1
    run.go(lambda _n, _p, body: (200, usual(body, model="m-2", system_fingerprint="b")), target=20)
    assert len(run.told("now answers as")) == 2
    changes = run.events("model changed")
    assert [(row["before"], row["now"]) for row in changes] == [
        (["m-1", "fp_rehearsal_1"], ["m-2", "fp_rehearsal_1"]),
        (["m-2", "fp_rehearsal_1"], ["m-2", "b"]),
    ]
    state = status(open_run(run.folder))
    rows = state["reported"]["m"]
    assert [(row["model"], row["fingerprint"]) for row in rows] == [
        ("m-1", "fp_rehearsal_1"),
        ("m-2", "fp_rehearsal_1"),
        ("m-2", "b"),
    ]
    assert sum(row["replies"] for row in rows) == state["replies"]
    assert "m changed: answered as m-1 fp_rehearsal_1 (" in as_text(state)
    short = (plain.folder / "pool.jsonl").read_bytes()
    assert (run.folder / "pool.jsonl").read_bytes().startswith(short)
    one, other = digests(plain.folder), digests(run.folder)
    assert len(one.keys() & other.keys()) > 20
    assert all(one[key] == other[key] for key in one.keys() & other.keys())


def test_a_model_that_was_never_another_is_not_told_of(plain: Ran) -> None:
    """Not at the beginning, and `status` says nothing."""
    assert not plain.told("now answers")
    assert "changed" not in as_text(status(open_run(plain.folder)))


def test_a_fingerprint_for_each_reply_is_not_told_for_ever(tmp_path: Path) -> None:
    """After so many names they are only counted, together."""
    notices: list[str] = []
    told, usage = incidents(tmp_path, notices), Usage()
    for number in range(100):
        answer, receipt = reply(fingerprint=f"fp{number}")
        told.answered(REQUEST, answer, receipt)
        key = Key("generate", number)
        usage.add(Entry(replace(answer, key=key), receipt))
    assert len(notices) == MOST_NAMES - 1
    names = usage.reported["generate"]
    assert len(names) == MOST_NAMES + 1
    assert names["", ""] == 100 - MOST_NAMES


def test_failures_are_counted_by_kind_over_resumes(plain: Ran, tmp_path: Path) -> None:
    """Whatever went wrong is shown by status; the derived files know nothing of it."""
    faults: dict[int, tuple[int, Any]] = {
        3: refusal(500, "oops"),
        5: (200, "<html>Sign in</html>"),
        7: (200, '{"choices": [{"mess'),
        9: (200, {"choices": []}),
        11: refusal(429, "slow down"),
    }

    def twist(number: int, _path: str, body: dict[str, Any]) -> tuple[int, Any] | None:
        if number in faults:
            return faults[number]
        return (200, usual(body, usage=None)) if number == 13 else None

    run = Ran(tmp_path / "r").go(twist, clock=FastClock(50))
    first = json.loads((run.folder / "progress.json").read_text())
    kinds = {"500": 1, "not JSON": 1, "broken JSON": 1, "no choice": 1, "429": 1}
    assert first["failures"] == kinds
    assert first["flaws"]["no usage"] == 1
    assert run.derived() == plain.derived()
    run.go(lambda n, *_: refusal(500, "again") if n == 1 else None, target=20, clock=FastClock(50))
    state = status(open_run(run.folder))
    assert state["failures"] == {**kinds, "500": 2}
    text = as_text(state)
    assert "failures 6, asked again: 500 2, " in text
    assert "no usage 1" in text
    (run.folder / "pool.jsonl").unlink()  # makes the next view rebuild progress.json
    assert status(open_run(run.folder))["failures"] == state["failures"]


def test_failures_survive_a_kill(tmp_path: Path) -> None:
    """What was counted up to a second before it is still there, and goes on growing."""
    run = tmp_path / "r"
    options = ("--model", "rehearsal", "--target", "60", "--concurrency", "4")
    weather = ("--rehearsal", "e500=0.3", "--rehearsal", "latency=0.3", "--rehearsal", "clock=0.5")
    assert kill_at(run, [20], *options, *weather) == 1
    before = json.loads(cli("status", run, "--json").stdout)["failures"]["500"]
    assert before > 0
    cli("generate", run, "--rehearsal", "e500=0.1", "--rehearsal", "salt=3")
    assert json.loads(cli("status", run, "--json").stdout)["failures"]["500"] > before


def test_flaws_of_replies_are_counted(tmp_path: Path) -> None:
    """A stop text left in, no usage, nothing in it; each reply is recorded all the same."""
    told = incidents(tmp_path, [])
    told.answered(REQUEST, *reply("so\nTask 17: more"))
    told.answered(REQUEST, *reply("", completion_tokens=None))
    told.answered(REQUEST, *reply())
    assert told.flaws == {"stop text left in": 1, "no usage": 1, "empty": 1}
    for kind in ("refusal", "filtered", "overflow", "policy"):
        told.answered(REQUEST, *reply(kind=kind))
        assert told.flaws[kind] == 1
    told.answered(REQUEST, *reply(finish="length"))
    assert told.flaws["cut at the longest answer"] == 1


def test_a_stretch_of_refusals_is_noted_at_both_ends(tmp_path: Path) -> None:
    """Not every one of them."""
    told = incidents(tmp_path, [])
    for second in range(10):
        told.failed(REQUEST, TransientError("429", "slow down", 2.0), float(second))
        told.look(float(second))
    told.look(9 + QUIET - 1)
    assert [row["event"] for row in noted(tmp_path)] == ["limit hit"]
    told.look(9 + QUIET)
    told.failed(REQUEST, TransientError("503"), 100.0)
    told.look()
    rows = noted(tmp_path)
    assert [row["event"] for row in rows] == ["limit hit", "limit over"] * 2
    assert (rows[0]["why"], rows[0]["retry_after"]) == ("429: slow down", 2.0)
    assert (rows[1]["count"], rows[1]["seconds"]) == (10, 9.0)


def test_the_breaker_is_noted_and_told(tmp_path: Path) -> None:
    """Parked, each probe that fails, and the answer that closes it; two lines for the user."""
    notices: list[str] = []
    told = incidents(tmp_path, notices)
    told.answered(REQUEST, *reply())
    pacer = Pacer(8, chance=random.Random(1))
    pacer.tell = lambda what, seconds: told.paced("m", what, seconds)
    now = 0.0
    while len(noted(tmp_path)) < 4:
        now += max(0.5, pacer.wait(now, 1.0))
        ticket = pacer.send(now, "generate", 1.0)
        told.failed(REQUEST, TransientError("500", "oops"), now)
        pacer.ended(ticket, now, TransientError("500", "oops"))
    ticket = pacer.send(now, "generate", 1.0)
    pacer.ended(ticket, now, answer(1))
    told.answered(REQUEST, *reply())
    rows = noted(tmp_path)
    kinds = [row["event"] for row in rows]
    assert kinds == ["parked", "away", "probed", "probed", "unparked", "answers again"]
    assert [row["seconds"] for row in rows if "seconds" in row] == [1.0, 2.0, 4.0, 0.0]
    assert rows[0]["last"] == "500: oops"
    assert [line.partition(" ")[2] for line in notices] == [
        "gives nothing but failures (last: 500: oops): trying again; stops after 600 s",
        "answers again",
    ]


def test_an_endpoint_that_is_not_there_is_told_at_once(tmp_path: Path) -> None:
    """One line and one event, with the reason and how long it is tried."""
    run = Ran(tmp_path / "r")
    with pytest.raises(Stopped, match="has not answered"):
        run.go(base_url="http://127.0.0.1:9/v1", patience=5.0, clock=FastClock(5))
    place = "http://127.0.0.1:9/v1"
    assert run.told("no connection") == [
        f"no connection to {place} (connection refused): trying again; stops after 5 s"
    ]
    assert [row["why"] for row in run.events("away")] == ["no connection: connection refused"]


def test_another_reason_is_told_again_and_so_is_the_return(tmp_path: Path) -> None:
    """Each reason once, until it answers; later only the breaker is told of."""
    notices: list[str] = []
    told = incidents(tmp_path, notices)
    for reason in ("connection refused", "no route to host", "connection refused"):
        told.failed(REQUEST, TransientError("no connection", reason), 0.0)
    assert len(notices) == 2
    told.answered(REQUEST, *reply())
    assert notices[2:] == ["http://127.0.0.1:9/v1 answers again"]
    told.failed(REQUEST, TransientError("no connection", "connection reset by peer"), 0.0)
    assert len(notices) == 3


def test_what_an_endpoint_refuses_is_told_and_noted(plain: Ran, tmp_path: Path) -> None:
    """A dropped parameter changes how the model samples: the user should know."""

    def twist(_number: int, _path: str, body: dict[str, Any]) -> tuple[int, Any] | None:
        refused = "temperature" in body
        return refusal(400, "Unsupported parameter: 'temperature'") if refused else None

    run = Ran(tmp_path / "r").go(twist)
    assert "generate: temperature 0.7 left out" in "".join(run.told("put another way"))
    rows = run.events("adapted")
    assert {row["model"] for row in rows} == {"m"}
    assert sorted(words for row in rows for words in row["now"]) == [
        "classify: temperature 0.0 left out",
        "generate: temperature 0.7 left out",
        "instances: temperature 0.0 left out",
    ]
    run.go(twist, target=30)
    assert len(run.events("adapted")) == len(rows)
    assert digests(plain.folder)["generate/0/0"] == digests(run.folder)["generate/0/0"]


def test_events_may_be_deleted(plain: Ran, tmp_path: Path) -> None:
    """The run goes on and ends with the same bytes."""
    run = Ran(tmp_path / "r").go(target=6)
    (run.folder / "events.jsonl").unlink()
    (run.folder / "progress.json").unlink()
    run.go()
    assert run.derived() == plain.derived()
    assert [row["event"] for row in run.events()] == ["resumed", "stopped"]
