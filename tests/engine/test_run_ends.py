"""How a run ends before its target: caps, patience, nothing usable, a plateau, a trial."""

from __future__ import annotations

import asyncio
import itertools
import json
from typing import TYPE_CHECKING, Any

import pytest

from selfinstruct.engine.dispatcher import Dispatcher
from selfinstruct.engine.run import Outcome, generate, plan
from selfinstruct.engine.stop_rules import StopRules
from selfinstruct.method.errors import BadInput, Stopped
from selfinstruct.method.types import Key, Origin, Progress, Rejected, Reply, Verdict
from selfinstruct.model.access import Access
from selfinstruct.model.probe import as_text as table
from selfinstruct.model.probe import probe_model
from selfinstruct.run.caps import merge_caps
from selfinstruct.run.forecast import Forecast, as_text
from selfinstruct.run.options import RunOptions
from selfinstruct.views.status import as_text as status_text
from selfinstruct.views.status import status
from selfinstruct.views.view import open_run
from tests.clocks import FastClock
from tests.engine.endpoint import Ran, endpoint, usual
from tests.world import cli

if TYPE_CHECKING:
    from pathlib import Path


def run(folder: Path, **more: Any) -> Outcome:
    wish = RunOptions(**{"model": "rehearsal", "target": 40, **more})
    return asyncio.run(generate(folder, wish, observe=lambda _: None, notice=lambda _: None))


def planned(folder: Path, wish: RunOptions) -> Forecast | None:
    return asyncio.run(plan(folder, wish, observe=lambda _: None, notice=lambda _: None))[1]


def events(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]


def test_a_cap_stops_a_run_and_raising_it_goes_on(tmp_path: Path) -> None:
    """The cap is kept with the run; all it allowed is used; events tell why."""
    with pytest.raises(Stopped, match="--max-requests 30"):
        run(tmp_path / "r", max_requests=30)
    ledger = (tmp_path / "r" / "ledger.jsonl").read_text()
    assert ledger.count('"event":"asked"') == 30
    with pytest.raises(Stopped, match="--max-requests 30"):
        run(tmp_path / "r", model=None)
    assert (tmp_path / "r" / "ledger.jsonl").read_text().count('"event":"asked"') == 30
    assert run(tmp_path / "r", model=None, max_requests=float("inf")).reached
    told = events(tmp_path / "r")
    kinds = [row["event"] for row in told]
    capped = ["cap reached", "stopped"]
    assert kinds == ["started", *capped, "resumed", *capped, "resumed", "stopped"]
    assert "--max-requests" in told[1]["why"]
    assert told[-1]["why"] == "target reached"
    (tmp_path / "r" / "events.jsonl").unlink()
    assert run(tmp_path / "r", model=None).reached


def test_a_run_with_a_cap_has_the_same_bytes(tmp_path: Path) -> None:
    """Lines about money change nothing that is derived."""
    run(tmp_path / "a")
    run(tmp_path / "b", max_tokens=10_000_000, prices=("1,2",))
    for name in ("pool.jsonl", "rejected.jsonl"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    assert b'"kind":"settle"' in (tmp_path / "b" / "journal.jsonl").read_bytes()


def test_a_cap_on_cost_needs_a_price(tmp_path: Path) -> None:
    """An endpoint whose price nobody knows is exit 2, with what to do."""
    with pytest.raises(BadInput, match="--price IN,OUT") as caught:
        run(
            tmp_path / "r",
            model="nobodys-model",
            base_url="https://gateway.example/v1",
            max_cost=1.0,
        )
    assert caught.value.code == 2


def test_money_needs_a_word(tmp_path: Path) -> None:
    """A paid endpoint without --max-cost or --yes is not asked."""
    with pytest.raises(BadInput, match="--max-cost DOLLARS"):
        run(tmp_path / "r", model="m", base_url="https://gateway.example/v1")


@pytest.mark.parametrize("value", [0.0, -1.0, float("nan")])
def test_a_cap_is_above_nothing(value: float) -> None:
    """Zero would stop every run; inf lifts a cap."""
    with pytest.raises(BadInput, match="--max-cost"):
        merge_caps({"cost": value}, None)
    assert merge_caps({"cost": float("inf")}, {"cost": 3.0, "tokens": 5}) == {"tokens": 5}


def test_an_endpoint_that_gives_nothing_usable_stops_the_run_early() -> None:
    """After 20 replies, with one of them and the reader's verdict; --min-acceptance 0 goes on."""

    def shown(floor: float, *, recorded: bool = False) -> list[Stopped | None]:
        reply = Reply(Key("generate", 0), "sha256:0", "text", "I am only a small model.")
        stop_rules, told = StopRules(floor, find=lambda _: reply), []
        for count in range(20):
            rejected = Rejected("nothing read", "I am only")
            verdict = Verdict(Origin(count, -1), None, rejected, (Key("generate", count),))
            progress = Progress(read=count + 1, first_open_request=count + 1)
            told.append(stop_rules.saw(None if recorded else reply, [verdict], progress))
        return told

    *before, stop = shown(0.02)
    assert before == [None] * 19
    assert stop is not None
    assert "I am only a small model." in str(stop)
    assert "nothing read" in str(stop)
    assert shown(0.0) == [None] * 20
    assert shown(0.02, recorded=True) == [None] * 20


def test_a_plateau_stops_the_run_with_what_to_try() -> None:
    """Below the floor, surely; not for a few unlucky replies."""
    reply = Reply(Key("generate", 0), "sha256:0", "text", "x")
    stop_rules = StopRules(0.05)
    for count in range(1, 2000):
        accepted = min(count, 1000)
        progress = Progress(read=count, candidates=count, accepted=accepted, complete=accepted)
        stop = stop_rules.saw(reply, [], progress)
        if stop is not None:
            break
    assert stop is not None
    assert 1150 < count < 1400
    assert "--min-acceptance 0" in str(stop)
    assert (stop.kind, stop.options) == ("plateau", {"--min-acceptance": "0"})


def test_an_endpoint_that_stays_away_ends_the_run(tmp_path: Path) -> None:
    """Past the patience it stops, resumable."""
    with pytest.raises(Stopped, match="has not answered for 5 s"):
        Ran(tmp_path / "r").go(base_url="http://127.0.0.1:9/v1", patience=5.0, clock=FastClock(5))


def test_a_plan_asks_forty_requests_that_count(tmp_path: Path) -> None:
    """They are the run's own first ones: going on asks none of them again."""
    wish = RunOptions(model="rehearsal", target=2000, prices=("1,2",))
    found = planned(tmp_path / "r", wish)
    assert found is not None
    assert found.hours is not None
    assert found.tokens is not None
    ledger = tmp_path / "r" / "ledger.jsonl"
    keys = [
        row["client_request_id"].split("/")[1:3]
        for row in map(json.loads, ledger.read_text().splitlines())
        if row["event"] == "asked"
    ]
    ordinals = {int(number) for stage, number in keys if stage == "generate"}
    assert ordinals == set(range(40))
    assert found.complete < 2000 == found.target
    assert found.tokens.least < found.tokens.expected < found.tokens.most
    assert found.cost is not None
    assert found.batch_cost is not None
    assert found.batch_cost.expected == pytest.approx(found.cost.expected / 2)
    assert "as a Batch" in as_text(found)
    assert found.to_json()["requests"] == list(found.requests)
    state = status(open_run(tmp_path / "r"))
    assert state["rest"]["tokens"][1] > 0
    assert "the rest will take about" in status_text(state)
    asked = len(keys)
    again = planned(tmp_path / "r", RunOptions())
    assert again is not None
    assert again.hours is None
    assert "had been asked before" in as_text(again)
    assert run(tmp_path / "r", model=None, target=found.complete).reached
    assert ledger.read_text().count('"event":"asked"') == asked


def test_a_plan_says_what_it_cannot_know(tmp_path: Path) -> None:
    """Tokens that are not told, and with them the cost; few candidates give a plan all the same."""

    def sparing(_number: int, _path: str, body: dict[str, Any]) -> tuple[int, Any]:
        row = usual(body, usage=None)
        message = row["choices"][0]["message"]
        if message["content"]:  # a refusal has none
            message["content"] = "\nTask ".join(message["content"].split("\nTask ")[:2])
        return 200, row

    async def work(**more: Any) -> Forecast | None:
        async with endpoint(sparing) as (url, _):
            wish = RunOptions(model="m", base_url=url, protocol="chat", target=500, **more)
            return (
                await plan(tmp_path / "r", wish, observe=lambda _: None, notice=lambda _: None)
            )[1]

    found = asyncio.run(work(prices=("1,2",)))
    assert found is not None
    assert (found.tokens, found.cost, found.batch_cost) == (None, None, None)
    assert "the endpoint does not tell them" in as_text(found)
    assert "not known without the tokens" in as_text(found)
    assert found.requests.least < found.requests.expected < found.requests.most
    found = asyncio.run(work(prices=("0,0",)))
    assert found is not None
    assert found.cost is not None
    assert found.cost.most == 0


def test_a_plan_of_a_run_that_is_complete(tmp_path: Path) -> None:
    """Nothing is left: no riddle about too little, and what comes next is an export."""
    run = tmp_path / "r"
    done = cli("plan", run, "--model", "rehearsal", "--target", "8", "--json")
    assert json.loads(done.stdout)["requests"] == [0, 0, 0]
    done = cli("plan", run)
    assert done.stdout == "all 8 tasks are complete: nothing is left to be asked\n"
    assert done.stderr.splitlines()[-1].startswith("next: selfinstruct export ")


def test_a_pace_may_let_go_between_two_looks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With nothing on its way and something owed, a pace that was over a moment ago is no bug."""
    looks = itertools.count()
    plain = Dispatcher.can_admit
    monkeypatch.setattr(Dispatcher, "can_admit", lambda self: next(looks) > 0 and plain(self))
    assert run(tmp_path / "r", target=8).reached


def test_rate_headers_that_leave_nothing_for_longer_than_the_patience(tmp_path: Path) -> None:
    """The run stops and says so, where it would only wait; what was answered is recorded."""
    headers = {"limit": "100", "remaining": "0", "reset": "23h59m0s"}
    told = {f"x-ratelimit-{name}-requests": value for name, value in headers.items()}
    with pytest.raises(Stopped, match="rate headers leave nothing for 8") as caught:
        Ran(tmp_path / "r").go(headers=told)
    assert caught.value.code == 4
    assert (tmp_path / "r" / "journal.jsonl").stat().st_size


def test_the_probe_finds_what_the_rehearsal_service_supports() -> None:
    """At most 20 requests; a table with a line for each thing."""
    found = asyncio.run(probe_model("rehearsal", Access()))
    told = {each.name: each.supported for each in found}
    assert told["chat"]
    assert told["completions"]
    assert told["usage"]
    assert told["seed"]
    assert not told["Files"]
    assert len(table(found).splitlines()) == len(found) >= 14


def test_a_probe_of_nothing_says_so() -> None:
    """No endpoint, no table."""
    with pytest.raises(BadInput, match="cannot probe"):
        asyncio.run(probe_model("m", Access(base_url="http://127.0.0.1:9/v1")))
