"""What led a run's judge is told, in `stats` and in the report; a fair one is not accused."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

import selfinstruct
from selfinstruct.views.report import report
from selfinstruct.views.stats import gather, stats
from selfinstruct.views.stats_table import as_text
from selfinstruct.views.view import open_run
from tests.world import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from benchmarks.chromium import Page

HEAD = "what the judge was led by\n"
FAIR = "Nothing here is beyond what chance allows (99 %)."


def judged(run: Path, recipe: str, lean: str) -> Path:
    """Let a judge that prefers the first place, the longer answer, or neither, judge our seeds."""
    told = (f"judge_bias={lean}",) if lean else ()
    seeds = str(ROOT / "seed_tasks.jsonl")
    selfinstruct.generate(run, model="rehearsal", recipe=recipe, given=seeds, rehearsal=told)
    return run


@pytest.mark.parametrize(
    ("recipe", "lean", "wanted"),
    [
        ("judge", "", None),
        ("judge", "longer", "The judge prefers longer outputs: Spearman's rank correlation of"),
        ("preferences", "", None),
        ("preferences", "first", "The judge prefers the answer shown first: of the "),
        ("preferences", "longer", "The judge prefers the longer answer: it chose that one in "),
    ],
)
def test_a_judge_that_is_led_is_told_and_a_fair_one_is_not(
    recipe: str, lean: str, wanted: str | None, tmp_path: Path
) -> None:
    """In words with figures, in the text of `stats` and in the page of the report."""
    facts = gather(open_run(judged(tmp_path / "run", recipe, lean)))
    text, page = as_text(stats(facts)), report(facts)
    _, head, below = text.partition(HEAD)
    assert head
    told = [line.strip() for line in below.partition("\n\n")[0].splitlines()]
    accused = [line for line in told if line.startswith("The judge ")]
    assert [line[: len(wanted or "")] for line in accused] == [wanted] * bool(wanted)
    assert (FAIR in told) is (wanted is None)
    assert all(line in page for line in accused)


def test_a_page_tells_of_its_judge(
    chromium: Callable[[], AbstractAsyncContextManager[Page]], tmp_path: Path
) -> None:
    """A card with figures and words; no such card where nothing was judged."""
    pages = {}
    for recipe, lean in (("preferences", "first"), ("answers", "")):
        pages[recipe] = tmp_path / f"{recipe}.html"
        run = open_run(judged(tmp_path / recipe, recipe, lean))
        pages[recipe].write_text(report(gather(run)), encoding="utf-8")

    async def look() -> None:
        async with chromium() as page:
            await page.open(pages["preferences"].as_uri())
            card = await page.evaluate("byId('judge-card').textContent")
            assert "pairs decided, and ties" in card
            assert "The judge prefers the answer shown first" in card
            await page.screenshot(width=390, height=844, dark=False)
            assert await page.evaluate("document.documentElement.scrollWidth") <= 390
            await page.open(pages["answers"].as_uri())
            assert await page.evaluate("byId('judge-card').hidden")
            assert page.problems == []

    asyncio.run(look())
