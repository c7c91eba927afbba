"""A prompt that an endpoint cannot answer is an outcome; an endpoint that is away is waited for."""

from __future__ import annotations

import asyncio
import hashlib
import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from selfinstruct.engine.loop import Loop
from selfinstruct.engine.stop_rules import STUBBORN
from selfinstruct.engine.stubborn import AT_ONCE, OTHERS, RECORDED, SPREAD, Stubborn
from selfinstruct.method.errors import Stopped
from selfinstruct.method.types import Decoding, Key, Message, Request
from selfinstruct.model.base import TransientError, UnknownRefusal
from selfinstruct.run.fork import fork
from selfinstruct.run.options import ForkOptions
from selfinstruct.store.journal import read
from selfinstruct.views.export.exporting import export
from selfinstruct.views.export.options import ExportOptions
from selfinstruct.views.status import as_text, status
from selfinstruct.views.view import open_run
from tests.clocks import FastClock
from tests.engine.endpoint import Ran, refusal
from tests.engine.odd import odd_server
from tests.world import cli

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SPEED = 40
"""Two minutes pass in three seconds."""

KEY = Key("instances", 0, 0)


def poisoned(body: dict[str, Any], one_in: int = 16) -> bool:
    """Tell whether a prompt for instances is one of those that are never answered."""
    first = hashlib.sha256(json.dumps(body["messages"]).encode()).digest()[0]
    return 350 in {body.get("max_tokens"), body.get("max_completion_tokens")} and not first % one_in


def poison(
    answer: tuple[int, Any], one_in: int = 16
) -> Callable[[int, str, dict[str, Any]], tuple[int, Any] | None]:
    return lambda _number, _path, body: answer if poisoned(body, one_in) else None


def unanswered(folder: Path) -> dict[str, str]:
    """Return the words of the unanswered prompts of a journal, by key."""
    entries = [entry.reply for entry in read(folder / "journal.jsonl")]
    return {str(reply.key): reply.text for reply in entries if reply.kind == "unanswered"}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """A run with prompts that crash the server."""
    run = Ran(tmp_path_factory.mktemp("told") / "r")
    return run.go(poison(refusal(500, "EOF\n\x1b[31m")), clock=FastClock(SPEED), target=24)


def test_a_prompt_that_is_never_answered_is_told(told: Ran, tmp_path: Path) -> None:
    """The run is finished; status, card and the rejections tell how many, and why."""
    assert told.outcome is not None
    assert told.outcome.reached
    found = unanswered(told.folder)
    assert found
    assert set(found.values()) == {"500: EOF [31m"}
    rows = [json.loads(row) for row in (told.folder / "rejected.jsonl").read_text().splitlines()]
    rejected = [row for row in rows if row["reason"] == "unanswered"]
    assert {row["replies"][-1] for row in rejected} <= set(found)
    assert {row["value"] for row in rejected} == {"500: EOF [31m"}
    opened = open_run(told.folder)
    state = status(opened)
    assert state["unanswered"] == len(rejected) > 0
    assert f"unanswered prompts {len(rejected)}: " in as_text(state)
    done = export(opened, tmp_path / "data", ExportOptions(format="huggingface"))
    assert done.remarks[-1].startswith(f"{len(rejected)} prompts were never answered")
    card = (tmp_path / "data" / "README.md").read_text()
    assert f"| prompts that the endpoint never answered | {len(rejected)} |" in card
    assert {row["key"] for row in told.events("unanswered")} == set(found)
    cli("verify", told.folder)


@pytest.mark.parametrize("concurrency", [1, 128])
def test_the_bytes_are_the_same_at_any_concurrency(
    told: Ran, tmp_path: Path, concurrency: int
) -> None:
    """An unanswered prompt is an outcome like any other; at 1 it does not hold up the others."""
    run = Ran(tmp_path / "r")
    answer = refusal(500, "EOF\n\x1b[31m")
    run.go(poison(answer), clock=FastClock(SPEED), target=24, concurrency=concurrency)
    assert run.derived() == told.derived()


def test_a_fork_asks_them_again(told: Ran, tmp_path: Path) -> None:
    """With the word for it those lines are left out; without it they are adopted."""
    kept, asked = tmp_path / "kept", tmp_path / "asked"
    assert not fork(told.folder, kept, ForkOptions()).owed
    assert unanswered(kept) == unanswered(told.folder)
    made = fork(told.folder, asked, ForkOptions(ask_unanswered=True))
    assert made.owed["instances"] > 0
    assert not unanswered(asked)
    run = Ran(asked).go(model=None, target=24)
    assert run.outcome is not None
    assert run.outcome.reached
    assert not [row for row in open_run(asked).rejected() if row["reason"] == "unanswered"]
    again = tmp_path / "again"
    done = cli("fork", told.folder, again, "--ask-unanswered", "--json")
    assert json.loads(done.stdout)["owed"] == made.owed


def test_a_generation_request_that_is_never_answered(tmp_path: Path) -> None:
    """It is one rejection, as where nothing is read."""
    run = Ran(tmp_path / "r")
    seen: list[str] = []

    def twist(_number: int, _path: str, body: dict[str, Any]) -> tuple[int, Any] | None:
        said = json.dumps(body["messages"])
        if 1024 not in {body.get("max_tokens"), body.get("max_completion_tokens")}:
            return None
        seen.append(said)
        return refusal(502, "bad gateway") if said == seen[0] else None

    run.go(twist, clock=FastClock(SPEED))
    assert list(unanswered(run.folder)) == ["generate/0/0"]
    rows = open_run(run.folder).rejected()
    row = next(row for row in rows if row["reason"] == "unanswered")
    assert (row["id"], row["value"]) == ("0.-1", "502: bad gateway")


def test_an_endpoint_that_goes_away_is_no_prompt(tmp_path: Path) -> None:
    """Nothing of an outage is recorded, and the patience holds."""
    run = Ran(tmp_path / "r")
    with pytest.raises(Stopped, match="has not answered"):
        run.go(
            lambda number, *_: refusal(500, "oops") if number > 40 else None,
            clock=FastClock(SPEED),
            target=200,
        )
    assert not unanswered(run.folder)
    run.go(target=24)
    assert run.outcome is not None
    assert run.outcome.reached


@pytest.mark.parametrize("concurrency", [16, 32])
def test_a_third_of_all_prompts(tmp_path: Path, concurrency: int) -> None:
    """Where nothing else can be asked, a prompt that was answered is asked again, and tells.

    With few at a time the first prompts of a stage may be such ones, and then none of that stage
    was answered: that is no single prompt's, and the run stops when its patience is over.
    """

    def twist(_number: int, _path: str, body: dict[str, Any]) -> tuple[int, Any] | None:
        prompt = json.dumps(body.get("messages") or body.get("prompt"))
        fails = hashlib.sha256(prompt.encode()).digest()[0] % 3 == 0
        return refusal(502, "upstream is gone") if fails else None

    run = Ran(tmp_path / "r")
    run.go(twist, clock=FastClock(SPEED), target=12, concurrency=concurrency)
    assert run.outcome is not None
    assert run.outcome.reached
    assert len(unanswered(run.folder)) >= 3


@pytest.mark.parametrize("concurrency", [1, 32])
def test_a_refusal_that_no_table_knows_is_the_prompts(tmp_path: Path, concurrency: int) -> None:
    """While others are answered."""
    run = Ran(tmp_path / "r")
    answer = refusal(418, "no tea for this one")
    run.go(poison(answer), clock=FastClock(SPEED), target=24, concurrency=concurrency)
    found = unanswered(run.folder)
    assert found
    assert all("the endpoint says 418: no tea for this one" in words for words in found.values())


def test_where_all_are_refused_it_is_the_set_up(tmp_path: Path) -> None:
    """The run stops at once, or as soon as nobody is answered any more; nothing is recorded."""
    run = Ran(tmp_path / "r")
    with pytest.raises(UnknownRefusal, match="says 418"):
        run.go(lambda *_: refusal(418, "no"), clock=FastClock(SPEED))
    assert len(run.asked) <= 32
    run.go(target=6)
    with pytest.raises(UnknownRefusal, match="says 418"):
        run.go(lambda *_: refusal(418, "no"), clock=FastClock(SPEED), target=100)
    assert len(run.asked) <= 100
    assert not unanswered(run.folder)


def failing(stubborn: Stubborn, key: Key = KEY, times: int = STUBBORN, **more: bool) -> None:
    for _ in range(times):
        stubborn.failed(key, TransientError("500", "oops"), 0.0, **{"refused": False, **more})


def answering(stubborn: Stubborn, count: int) -> None:
    for number in range(count):
        stubborn.answered(Key("instances", 1, number), really=True)


def test_it_takes_asks_time_and_answers_of_others() -> None:
    """Of the same stage, and for each that fails."""
    stubborn = Stubborn(600.0, {})
    failing(stubborn, times=STUBBORN - 1)
    answering(stubborn, OTHERS)
    assert not stubborn.is_unanswered(KEY, SPREAD, alone=False)
    failing(stubborn, times=1)
    assert stubborn.is_unanswered(KEY, SPREAD, alone=False)
    assert not stubborn.is_unanswered(KEY, SPREAD - 1, alone=False)
    failing(stubborn, Key("instances", 2, 0))
    assert not stubborn.is_unanswered(KEY, SPREAD, alone=False)
    answering(stubborn, OTHERS)
    assert stubborn.is_unanswered(KEY, SPREAD, alone=False)


def test_what_was_answered_while_a_prompt_timed_out_counts() -> None:
    """A failure that comes at once says nothing of the time before it."""
    for kind, found in (("time-out", True), ("500", False)):
        stubborn = Stubborn(600.0, {})
        stubborn.begun(KEY)
        answering(stubborn, OTHERS)
        for _ in range(STUBBORN):
            stubborn.failed(KEY, TransientError(kind), 0.0, refused=False)
        assert stubborn.is_unanswered(KEY, SPREAD, alone=False) == found


def test_being_asked_too_much_says_nothing_of_a_prompt() -> None:
    """A 429 is not counted."""
    stubborn = Stubborn(600.0, {})
    for _ in range(50):
        stubborn.failed(KEY, TransientError("429"), 0.0, refused=False)
    answering(stubborn, 100)
    assert not stubborn.is_unanswered(KEY, 1e6, alone=True)


def test_the_last_prompt_of_a_run_that_was_gone_on_with() -> None:
    """Nothing else can be asked: what is recorded speaks for the endpoint, after a while."""
    stubborn = Stubborn(600.0, {"instances": RECORDED})
    failing(stubborn)
    assert not stubborn.is_unanswered(KEY, SPREAD, alone=True)
    assert not stubborn.is_unanswered(KEY, 300.0, alone=False)
    assert stubborn.is_unanswered(KEY, 300.0, alone=True)
    refused = Stubborn(600.0, {"instances": RECORDED})
    failing(refused, refused=True)
    assert refused.is_unanswered(KEY, SPREAD, alone=True)
    few = Stubborn(600.0, {"instances": RECORDED - 1})
    failing(few)
    assert not few.is_unanswered(KEY, 600.0, alone=True)


def test_many_refused_at_once_are_not_prompts() -> None:
    """Where nobody is answered meanwhile."""
    stubborn = Stubborn(600.0, {"instances": 1000})
    keys = [Key("instances", 0, number) for number in range(AT_ONCE)]
    ends = []
    for key in keys:
        failing(stubborn, key, times=1, refused=True)
        ends.append(stubborn.ends_the_run(key, 0.0, others=False))
    assert ends == [False] * (AT_ONCE - 1) + [True]


def test_a_control_that_nobody_waits_for_any_more_gives_its_permit_back() -> None:
    """Else a place, and what was held of a cap for it, would be lost."""

    class Held:
        """A dispatcher whose requests are never answered."""

        def __init__(self) -> None:
            self.given, self.back = [object()], []  # type: ignore[var-annotated]

        def admit(self, _request: Request) -> Any:
            return SimpleNamespace(ticket=self.given[0])

        async def send(self, *_: Any) -> None:
            await asyncio.Event().wait()

        def done(self, permit: Any) -> None:
            self.back.append(permit.ticket)

    async def cancelled() -> Held:
        stubborn, held = Stubborn(600.0, {}), Held()
        failing(stubborn)
        stubborn.controls[KEY.stage] = Request(KEY, (), Decoding(), "chat", "m")
        loop = SimpleNamespace(
            _stubborn=stubborn,
            _dispatcher=held,
            _ending=False,
            _name="r",
            _clock=SimpleNamespace(now=lambda: 1e6),
            _heard=0.0,
            _controlled=0.0,
            _is_alone=lambda **_: True,
        )
        task = asyncio.create_task(Loop._answers_another(loop, KEY, 1))  # type: ignore[arg-type]
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return held

    held = asyncio.run(cancelled())
    assert held.back == held.given


def test_the_last_words_are_one_short_line() -> None:
    """Whatever the error says."""
    stubborn = Stubborn(600.0, {})
    stubborn.failed(KEY, TransientError("500", "a\nb\x1b[2J" + "x" * 5000), 0.0, refused=False)
    asked = Request(KEY, (Message("user", "x"),), Decoding(), "chat", "m")
    reply = stubborn.outcome(asked)
    assert reply.text.startswith("500: a b [2Jxxx")
    assert len(reply.text) == 300
    assert reply.digest == asked.digest


@pytest.mark.parametrize(
    ("mode", "settings"),
    [
        ("poison500", {}),
        ("poison500", {"STAGE": "generate"}),
        ("poison_slow", {}),
        (
            "poison_status",
            {"STATUS": "200", "BODY": '{"error": {"code": 524, "message": "upstream timed out"}}'},
        ),
    ],
)
def test_the_odd_servers_poison(tmp_path: Path, mode: str, settings: dict[str, str]) -> None:
    """A run against each is finished."""
    run = Ran(tmp_path / "r")
    deadline = 3.0 if mode == "poison_slow" else 600.0
    with odd_server(mode, **settings) as url:
        run.go(base_url=url, clock=FastClock(30), target=30, deadline=deadline, protocol="chat")
    assert run.outcome is not None
    assert run.outcome.reached
