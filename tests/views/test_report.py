"""The report: one offline HTML file."""

from __future__ import annotations

import asyncio
import base64
import json
import re
import zlib
from typing import TYPE_CHECKING, Any

from selfinstruct.method.plain import plain
from selfinstruct.method.types import Instance
from selfinstruct.views.report import report
from selfinstruct.views.stats import gather
from selfinstruct.views.view import Record, Run, open_run

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from benchmarks.chromium import Page

NASTY = (
    "Write <script>document.title='owned'</script> <img src=x onerror=alert(1)> and "
    "</script><!-- \x1b[31mred\x1b[0m \u202e text \ud800 <b>bold</b> & more"
)
PERSIAN = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"
EMOJI = "\U0001f469\u200d\U0001f52c"


def planted(plant: Callable[..., Run]) -> Run:
    tasks = [
        Record("0.0", NASTY, (Instance(NASTY, NASTY),), is_classification=True),
        Record("0.2", "Name a fruit that grows in winter", (Instance("", "kiwi"),), None),
    ]
    row = {
        "id": "0.1",
        "instruction": NASTY + " again",
        "reason": "near-duplicate",
        "value": 0.95,
        "limit": 0.7,
        "nearest": {"task": "0.0", "score": 0.95},
    }
    odd = {"id": "1.-1", "instruction": None, "reason": "<i>odd</i>", "value": NASTY, "limit": None}
    return plant(tasks, [row, odd])


def blocks(page: str, kind: str) -> list[Any]:
    found = re.findall(rf'<script type="text/plain" class="{kind}">([^<]*)</script>', page)
    return [row for block in found for row in json.loads(zlib.decompress(base64.b64decode(block)))]


def test_page_holds_all_records(small_run: Path) -> None:
    """Every accepted and rejected record is in the page, and nothing is fetched from elsewhere."""
    facts = gather(open_run(small_run))
    page = report(facts)
    assert [row[0] for row in blocks(page, "accepted")] == [task.id for task in facts.tasks]
    assert [row[0] for row in blocks(page, "rejected")] == [row["id"] for row in facts.rejected]
    assert not re.search(r"""(?:src|href)\s*=\s*["'](?!#)""", page.split("<script")[0])
    assert "default-src 'none'" in page


def test_page_keeps_to_its_room(small_run: Path) -> None:
    """Where not all records fit, an even choice is shown and the page says how many there are."""
    facts = gather(open_run(small_run))
    page = report(facts, room=6000)
    accepted, rejected = blocks(page, "accepted"), blocks(page, "rejected")
    assert 0 < len(accepted) < len(facts.tasks)
    assert sum(map(len, re.findall(r'class="(?:accepted|rejected)">([^<]*)<', page))) <= 6000
    data = json.loads(re.findall(r'id="data">([^<]*)<', page)[0])
    assert data["accepted"]["total"] == len(facts.tasks)
    assert data["accepted"]["shown"] == len(accepted)
    assert data["rejected"]["shown"] == len(rejected)


def test_planted_markup_is_not_in_the_page(plant: Callable[..., Run]) -> None:
    """No text of a model stands in the page where it could be read as markup."""
    page = report(gather(planted(plant)))
    assert blocks(page, "accepted")[0][1] == NASTY
    assert "<script>document" not in page
    assert "<img" not in page
    assert "\x1b" not in page


def test_page_in_a_browser(
    plant: Callable[..., Run],
    chromium: Callable[[], AbstractAsyncContextManager[Page]],
    tmp_path: Path,
) -> None:
    """Planted markup and escapes are shown as text; search, filters and alignment work."""
    file = tmp_path / "report.html"
    file.write_text(report(gather(planted(plant))), encoding="utf-8")

    async def look() -> None:
        async with chromium() as page:
            await page.open(file.as_uri())
            assert await page.evaluate("document.querySelectorAll('#list li').length") == 2
            await page.evaluate("document.querySelector('#list details').open = true")
            await page.until("document.querySelector('#list .near') !== null")
            text = await page.evaluate("document.querySelector('#list').textContent")
            assert "<script>document.title='owned'</script>" in text
            assert "␛[31mred␛[0m <U+202E> text \ufffd" in text
            assert (
                await page.evaluate("document.querySelectorAll('#list b, #list img').length") == 0
            )
            # rejected, with the nearest task's words aligned
            await page.evaluate("byId('kind').value = 'rejected'")
            await page.evaluate("search()")
            assert await page.evaluate("document.querySelectorAll('#list li').length") == 2
            await page.evaluate("document.querySelector('#list details').open = true")
            await page.until("document.querySelector('#list .near') !== null")
            marks = await page.evaluate("document.querySelectorAll('#list .near mark').length")
            words = len(re.findall("[a-z0-9]+", NASTY.lower()))
            assert marks == 2 * words
            headings = "[...document.querySelectorAll('#list h4')].map((h) => h.textContent)"
            heading = "Nearest task: 0.0, ROUGE-L 0.950, limit 0.7"
            assert await page.evaluate(headings) == [heading, "is near to"]
            # what hides is shown as in a terminal, in a part of a text too
            for text in (PERSIAN, EMOJI, "a\u200db\xad\u061c\U000e0041\x7f\x85\u202e \x1b \u200d"):
                said = json.dumps(text)
                assert await page.evaluate(f"visible({said})") == plain(text)
                assert await page.evaluate(f"marked({said}, tokens({said})).textContent") == plain(
                    text
                )
            # search
            await page.evaluate("byId('kind').value = 'accepted'")
            await page.evaluate("byId('query').value = 'KIWI'")
            await page.evaluate("search()")
            assert await page.evaluate("byId('found').textContent") == "1 of 2 accepted"
            # both themes, and no part wider than a phone
            await page.screenshot(width=390, height=844, dark=True)
            dark = await page.evaluate("getComputedStyle(document.body).backgroundColor")
            assert await page.evaluate("document.documentElement.scrollWidth") <= 390
            await page.screenshot(width=390, height=844, dark=False)
            assert await page.evaluate("getComputedStyle(document.body).backgroundColor") != dark
            assert await page.evaluate("document.title") != "owned"
            assert page.problems == []
            assert page.requests == [file.as_uri()]

    asyncio.run(look())


def test_page_of_an_empty_run_in_a_browser(
    plant: Callable[..., Run],
    chromium: Callable[[], AbstractAsyncContextManager[Page]],
    tmp_path: Path,
) -> None:
    """The report of a run that has nothing yet opens without errors."""
    file = tmp_path / "report.html"
    file.write_text(report(gather(plant([]))), encoding="utf-8")

    async def look() -> None:
        async with chromium() as page:
            await page.open(file.as_uri())
            assert page.problems == []

    asyncio.run(look())
