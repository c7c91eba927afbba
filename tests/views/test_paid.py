"""What a run took: tokens over time, and dollars where a price is known."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from selfinstruct.method.cost import FREE, Amount, Price
from selfinstruct.store.folder import RunFolder
from selfinstruct.store.journal import Journal, MoneyLine
from selfinstruct.views.report import report
from selfinstruct.views.stats import gather, stats
from selfinstruct.views.stats_table import as_text, dollars
from selfinstruct.views.view import open_run
from tests.views.recorded import MODEL, own_recipe, record, spare
from tests.world import reply_to

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.views.conftest import Done

PRICE = Price(0.5, 2.0)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return record(tmp_path_factory.mktemp("paid") / "run", "self-instruct", reply_to, replies=80)


@pytest.fixture
def run(whole: Path, tmp_path: Path) -> Path:
    return shutil.copytree(whole, tmp_path / "run")


def figures_of(path: Path, price: Price | None = None) -> dict[str, Any]:
    return stats(gather(open_run(path), {MODEL: price}))


def journal_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (path / "journal.jsonl").read_bytes().splitlines()]


def sum_of(rows: list[dict[str, Any]], price: Price) -> float:
    return sum(price.of(row["prompt_tokens"], row["completion_tokens"]) for row in rows)


def test_cost_is_that_of_every_recorded_reply(run: Path) -> None:
    """A spare reply is paid as the one in force is."""
    before = figures_of(run, PRICE)["cost"]["total"]
    spare(run)
    rows = journal_of(run)
    found = figures_of(run, PRICE)
    assert found["cost"]["total"] == pytest.approx(sum_of(rows, PRICE))
    assert found["cost"]["total"] - before == pytest.approx(sum_of(rows[:1], PRICE))
    assert found["cost"]["each"] == pytest.approx(found["cost"]["total"] / found["counts"]["tasks"])
    stages = found["tokens"]["stages"]
    assert sum(stage["spare"] for stage in stages.values()) == 1
    assert sum(stage["cost"] for stage in stages.values()) == pytest.approx(sum_of(rows, PRICE))


def test_cost_curve_is_cumulative_over_tasks(run: Path) -> None:
    """Each point holds what the generation requests up to it took, their tasks' steps included."""
    found = figures_of(run, PRICE)
    curve, rows = found["curve"], journal_of(run)
    assert [point["tasks"] for point in curve] == sorted(point["tasks"] for point in curve)
    assert curve[-1]["tasks"] == found["counts"]["tasks"]
    for point in curve:
        mine = [row for row in rows if ordinal(row["key"]) < point["requests"]]
        assert point["cost"] == pytest.approx(sum_of(mine, PRICE))
        assert point["prompt_tokens"] == sum(row["prompt_tokens"] for row in mine)
    assert curve[-1]["cost"] <= found["cost"]["replies"]


def ordinal(key: str) -> int:
    return int(key.split("/")[1].partition(".")[0])


def test_tokens_over_time_end_in_the_sums(run: Path) -> None:
    """Each stage's sums never fall, and the last ones are the stage's own."""
    found = figures_of(run, PRICE)
    course, stages = found["tokens"]["course"], found["tokens"]["stages"]
    assert set(stages) == {"generate", "classify", "instances"}
    assert course[-1]["replies"] == len(journal_of(run))
    assert course[-1]["time"] == found["tokens"]["last"][:19] + "Z"
    for stage, row in stages.items():
        for part in ("prompt_tokens", "completion_tokens", "cost"):
            sums = [point["stages"][stage][part] for point in course]
            assert sums == sorted(sums)
            assert sums[-1] == row[part]


def test_models_have_prices_of_their_own(run: Path) -> None:
    """A stage costs what its own model costs; one unknown price leaves the whole unknown."""
    main = json.loads((run / "run.json").read_text("ascii"))
    main["identity"]["models"]["classify"] = "other"
    (run / "run.json").write_text(json.dumps(main), "ascii")
    with RunFolder(run).locked():  # its requests have other digests now: it is read as it lies
        opened = open_run(run)
    facts = gather(opened, {MODEL: PRICE, "other": Price(0.0, 1e6)})
    rows = [row for row in journal_of(run) if row["key"].startswith("classify")]
    assert stats(facts)["tokens"]["stages"]["classify"]["cost"] == pytest.approx(
        sum(row["completion_tokens"] for row in rows)
    )
    found = stats(gather(opened, {MODEL: PRICE}))
    assert found["cost"]["total"] is None
    assert found["tokens"]["stages"]["generate"]["cost"] > 0
    assert "price of other: not known" in as_text(found)


def test_without_a_price_there_are_tokens_only(run: Path) -> None:
    """And it says so, with what to do."""
    found = figures_of(run)
    assert found["cost"]["total"] is found["cost"]["each"] is None
    assert {point["cost"] for point in found["curve"]} == {None}
    text = as_text(found)
    assert f"price of {MODEL}: not known, so tokens only; --price IN,OUT" in text
    assert f"price of {MODEL}: not known" in report(gather(open_run(run)))


def test_what_runs_here_costs_nothing(run: Path) -> None:
    """A price of nothing is a known one."""
    found = figures_of(run, FREE)
    assert found["cost"]["total"] == found["cost"]["each"] == 0
    assert f"price of {MODEL}: nothing" in as_text(found)


def test_what_was_used_without_a_reply_counts(run: Path) -> None:
    """Settled losses and blocks that ended uncleanly; on a live run the block is still open."""
    journal = Journal(RunFolder(run).journal)
    time = "2026-11-23T22:10:00.000Z"
    journal.append(MoneyLine("reserve", 1, Amount(9, 9000, 0.9), time))
    journal.append(MoneyLine("settle", 1, Amount(2, 300, 0.25), time))
    journal.append(MoneyLine("reserve", 2, Amount(1, 500, 0.5), time))
    journal.close()
    found = figures_of(run, PRICE)
    assert found["cost"]["lost"] == {"requests": 3, "tokens": 800, "cost": 0.75}
    assert found["cost"]["total"] == pytest.approx(found["cost"]["replies"] + 0.75)
    assert "without a recorded reply: 3 requests" in as_text(found)
    with RunFolder(run).locked():
        live = figures_of(run, PRICE)["cost"]
    assert live["lost"] is None
    assert live["total"] == live["replies"]


def test_adopted_replies_are_paid_by_another_run(run: Path) -> None:
    """A fork's cost is that of the replies it asked for itself."""
    rows = journal_of(run)
    lines = [json.dumps(row | {"adopted": place < 20}) + "\n" for place, row in enumerate(rows)]
    (run / "journal.jsonl").write_text("".join(lines), "ascii")
    found = figures_of(run, PRICE)
    assert found["cost"]["total"] == pytest.approx(sum_of(rows[20:], PRICE))
    assert sum(stage["replies"] for stage in found["tokens"]["stages"].values()) == len(rows) - 20
    assert "which paid for them: 20 replies" in as_text(found)


def test_tokens_from_a_cache_are_told_where_an_endpoint_told_them(run: Path) -> None:
    """Apart and within the tokens in; a stage without any such line has none."""
    rows = journal_of(run)
    cached = [row for row in rows if row["key"].startswith("generate")]
    for row in cached:
        row["cached_prompt_tokens"] = row["prompt_tokens"] // 2
    (run / "journal.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "ascii")
    found = figures_of(run, PRICE)
    stages = found["tokens"]["stages"]
    total = sum(row["cached_prompt_tokens"] for row in cached)
    assert stages["generate"]["cached_prompt_tokens"] == total
    assert stages["classify"]["cached_prompt_tokens"] is None
    assert found["tokens"]["course"][-1]["stages"]["generate"]["cached_prompt_tokens"] == total
    assert f"{total:,}" in as_text(found)
    assert found["cost"]["total"] == pytest.approx(sum_of(rows, PRICE))


def test_times_that_cannot_be_read_do_no_harm(run: Path) -> None:
    """A journal line of any origin counts, whatever its time says."""
    journal = RunFolder(run).journal
    lines = journal.read_bytes().splitlines(keepends=True)
    lines[3] = lines[3].replace(b'"time":"2026-11-23T22:00:03.000Z"', b'"time":""')
    assert b'"time":""' in lines[3]
    journal.write_bytes(b"".join(lines))
    assert figures_of(run, PRICE)["tokens"]["course"][-1]["replies"] == len(lines)


def test_numbers_that_steps_added(tmp_path: Path) -> None:
    """A judge's scores are told by name, as an export's --score takes them."""
    own = own_recipe(tmp_path / "own")
    path = record(tmp_path / "run", own, reply_to, replies=60, target=12)
    found = figures_of(path)
    scores = [task.extra["score"] for task in open_run(path).tasks()]
    assert set(found["added"]) == {"score"}
    assert found["added"]["score"]["count"] == len(scores) == 12
    assert found["added"]["score"]["mean"] == pytest.approx(sum(scores) / len(scores))
    assert "numbers that steps added" in as_text(found)


@pytest.mark.parametrize(
    ("options", "total"),
    [((), None), (("--price", "0.5,2"), PRICE), (("--price", "x/y=1,1"), None)],
)
def test_the_commands_take_prices(
    run: Path,
    call: Callable[..., Done],
    tmp_path: Path,
    options: tuple[str, ...],
    total: Price | None,
) -> None:
    """Of stats, report and compare; a run's own --price is known without."""
    cost = None if total is None else sum_of(journal_of(run), total)
    done = call("stats", run, "--json", *options)
    assert json.loads(done.out)["cost"]["total"] == (None if cost is None else pytest.approx(cost))
    both = json.loads(call("compare", run, run, "--json", *options).out)
    assert both["a"]["cost"] == both["b"]["cost"] == json.loads(done.out)["cost"]
    assert call("report", run, "-o", tmp_path / "r.html", *options).code == 0
    main = json.loads((run / "run.json").read_text("ascii"))
    main["knobs"]["price"] = ["0.5,2"]
    (run / "run.json").write_text(json.dumps(main), "ascii")
    known = json.loads(call("stats", run, "--json").out)["cost"]["total"]
    assert known == pytest.approx(sum_of(journal_of(run), PRICE))


def test_a_price_that_is_none_is_refused(run: Path, call: Callable[..., Done]) -> None:
    """Exit code 2, and what to write."""
    done = call("stats", run, "--price", "cheap")
    assert done.code == 2
    assert "cannot use --price cheap" in done.err


def test_dollars() -> None:
    """Cents from a dollar on, three figures below."""
    shown = [dollars(value) for value in (None, 0.0, 1234.5, 1.0, 0.5, 0.01144, 0.0000785)]
    assert shown == ["-", "$0", "$1,234.50", "$1.00", "$0.500", "$0.0114", "$0.0000785"]
