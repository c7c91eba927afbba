"""Every command on every kind of run: something sensible, never a traceback."""

from __future__ import annotations

import asyncio
import json
import subprocess
import time
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import pytest

from selfinstruct.method.cost import Price
from selfinstruct.store.folder import RunFolder
from selfinstruct.views.export.formats import FORMATS
from selfinstruct.views.report import report
from selfinstruct.views.stats import gather
from selfinstruct.views.view import open_run
from tests.views.recorded import (
    MODEL,
    open_recipe,
    other_scripts,
    own_recipe,
    record,
    repeat_seeds,
    spare,
    torn,
)
from tests.world import command, environment, reply_to

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager, AbstractContextManager
    from pathlib import Path

    from benchmarks.chromium import Page
    from tests.views.conftest import Done


KINDS = ("alpaca", "one", "own", "scripts", "empty", "bare", "rejected", "stopped", "live")
TASKS = {"alpaca": 30, "one": 1, "own": 12, "scripts": 9, "stopped": 10, "live": 10}
"""Complete tasks, at least; the other kinds have none."""

WIDE = "document.documentElement.scrollWidth"
OVERLAPPING = """
[...document.querySelectorAll("svg")].filter((svg) => !svg.closest("#sunburst")).flatMap((svg) => {
  const texts = [...svg.querySelectorAll("text")].map((t) => [t, t.getBoundingClientRect()]);
  const meet = (a, b) => a.left + 1 < b.right && b.left + 1 < a.right
    && a.top + 4 < b.bottom && b.top + 4 < a.bottom;
  return texts.flatMap(([text, a], i) => texts.slice(i + 1).filter(([, b]) => meet(a, b))
    .map(([other]) => [svg.getAttribute("aria-label"), text.textContent, other.textContent]));
})
"""
"""Pairs of texts of a chart that lie on each other; the sunburst's are turned, so no box fits."""


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return a run of every kind.

    `bare` has neither journal nor derived files, `empty` an empty journal; `live` is given to a
    process that holds it.
    """
    folder = tmp_path_factory.mktemp("kinds")
    own, any_script = own_recipe(folder / "judged"), open_recipe(folder / "any")
    made = {
        "alpaca": record(folder / "alpaca", "alpaca", reply_to, replies=4),
        "one": record(folder / "one", "alpaca", reply_to, replies=2, target=1),
        "own": record(folder / "own", own, reply_to, replies=60, target=12),
        "scripts": record(folder / "scripts", any_script, other_scripts, replies=9),
        "empty": record(folder / "empty", "alpaca", reply_to, replies=0),
        "bare": record(folder / "bare", "self-instruct", reply_to, replies=0),
        "rejected": record(folder / "rejected", "alpaca", repeat_seeds, replies=6),
        "stopped": record(folder / "stopped", "self-instruct", reply_to, replies=60),
        "live": record(folder / "live", "self-instruct", reply_to, replies=60),
    }
    (made["empty"] / "journal.jsonl").touch()
    spare(made["alpaca"])
    torn(made["stopped"])
    return made


def held(kind: str, path: Path) -> AbstractContextManager[None]:
    """Hold a live run as the process would that works on it."""
    return RunFolder(path).locked() if kind == "live" else nullcontext()


def pool(call: Callable[..., Done], path: Path) -> list[dict[str, Any]]:
    """Return the tasks of a run that nobody holds; `status` brings its files in step."""
    assert call("status", path).code == 0
    return [json.loads(line) for line in (path / "pool.jsonl").read_bytes().splitlines()]


@pytest.mark.parametrize("kind", KINDS)
def test_figures(kind: str, runs: dict[str, Path], call: Callable[..., Done]) -> None:
    """Stats and comparisons tell of every run, with as many tasks as its pool has."""
    path = runs[kind]
    tasks = len(pool(call, path))
    assert tasks >= TASKS.get(kind, 0)
    assert bool(tasks) == (kind in TASKS)
    with held(kind, path):
        done = call("stats", path, "--json")
        assert (done.code, done.err) == (0, "")
        found = json.loads(done.out)
        assert found["counts"]["tasks"] == tasks
        assert found["run"]["state"] == ("running" if kind == "live" else found["run"]["state"])
        done = call("stats", path)
        assert (done.code, done.err) == (0, "")
        assert "paper" in done.out
        for pair in ((path, runs["alpaca"]), (runs["alpaca"], path)):
            done = call("compare", *pair)
            assert (done.code, done.err) == (0, "")
            assert "paper" in done.out


@pytest.mark.parametrize("kind", KINDS)
def test_report(
    kind: str, runs: dict[str, Path], call: Callable[..., Done], tmp_path: Path
) -> None:
    """A report of every run is written."""
    with held(kind, runs[kind]):
        done = call("report", runs[kind], "-o", tmp_path / "report.html")
    assert done.code == 0
    assert "Traceback" not in done.err
    assert (tmp_path / "report.html").read_text("utf-8").rstrip().endswith("</html>")


@pytest.mark.parametrize("kind", KINDS)
def test_review(kind: str, runs: dict[str, Path], call: Callable[..., Done]) -> None:
    """A review of every run asks what there is to ask, and its result can be shown."""
    path = runs[kind]
    tasks = len(pool(call, path))
    with held(kind, path):
        done = call("review", path, "--sample", "3", keys="y\ny\nn\nq\n")
        assert done.code == 0, done.err
        shown = call("review", path, "--show")
    (path / "review.jsonl").unlink(missing_ok=True)
    assert shown.code == 0
    assert ("0 of 1" in shown.out) == bool(tasks)
    assert "\x1b" not in done.out


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("kind", KINDS)
def test_exports(
    kind: str, form: str, runs: dict[str, Path], call: Callable[..., Done], tmp_path: Path
) -> None:
    """Every format of every run holds its instances, none where there is none."""
    if form in {"parquet", "verl"}:
        pytest.importorskip("pyarrow", reason="needs the extra parquet")
    path, out = runs[kind], tmp_path / f"out.{form}"
    rows = sum(len(task["instances"]) for task in pool(call, path))
    with held(kind, path):
        done = call("export", path, "--format", form, "-o", out)
    if done.code == 2:  # what the format needs is not there: no row at all, no pair, no score
        assert FORMATS[form].folder if not rows else "--recipe " in done.err, done.err
        assert not out.exists()
        return
    assert done.code == 0, done.err
    assert f"{rows} rows in {out}" in done.err
    assert out.exists()


def test_reports_in_a_browser(
    runs: dict[str, Path], chromium: Callable[[], AbstractAsyncContextManager[Page]], tmp_path: Path
) -> None:
    """Every report opens without an error on the console, and nothing is wider than a phone."""

    async def look() -> None:
        async with chromium() as page:
            for kind in KINDS:
                file = tmp_path / f"{kind}.html"
                facts = gather(open_run(runs[kind]), {MODEL: Price(1.0, 2.0)})
                file.write_text(report(facts), encoding="utf-8")
                await page.open(file.as_uri())
                for width in (1200, 390):
                    await page.screenshot(width=width, height=844, dark=False)
                    assert await page.evaluate(WIDE) <= width, kind
                    assert await page.evaluate(OVERLAPPING) == [], (kind, width)
                drawn = await page.evaluate("document.querySelectorAll('#course svg').length")
                empty = "document.querySelector('#tokens-in').textContent"
                assert drawn >= 3 or await page.evaluate(empty) == "Nothing to show yet.", kind
                assert page.problems == [], kind
                kinds = "byId('kind').selectedOptions[0].textContent"
                shown = str(await page.evaluate(kinds))
                assert shown.startswith("rejected" if kind == "rejected" else "accepted (")
                if kind in TASKS:
                    await page.evaluate("document.querySelector('#list details').open = true")
                    await page.until("document.querySelector('#list .body .text') !== null")
                    total = "byId('stages').querySelector('tr.sum').lastChild.textContent"
                    assert str(await page.evaluate(total)).startswith("$")
                if kind == "own":
                    assert "score" in await page.evaluate("byId('added').textContent")
                    await page.until("byId('list').textContent.includes('Added by steps')")

    asyncio.run(look())


def test_a_run_at_work_is_looked_at(call: Callable[..., Done], tmp_path: Path) -> None:
    """While a process writes, every view tells what there is so far, again and again."""
    path = tmp_path / "run"
    work = subprocess.Popen(
        command("generate", path, "--model", "rehearsal", "--target", "20000"),
        stderr=subprocess.DEVNULL,
        env=environment(),
    )
    counts: list[int] = []
    try:
        give_up = time.monotonic() + 100
        while len(counts) < 3 and time.monotonic() < give_up:
            pool = path / "pool.jsonl"
            if not pool.exists() or pool.stat().st_size < 30_000 * (len(counts) + 1):
                time.sleep(0.05)
                continue
            found = json.loads(call("stats", path, "--json").out)
            assert found["run"]["state"] == "running"
            counts.append(found["counts"]["tasks"])
            for words in (("report", path, "-o", tmp_path / "r.html"), ("compare", path, path)):
                assert call(*words).code == 0
            assert call("review", path, "--sample", "2", keys="q\n").code == 0
    finally:
        work.terminate()
        work.wait(60)
    assert len(counts) == 3
    assert counts == sorted(counts)
