"""Make the report of a run, open it in headless Chromium, time it and take screenshots.

A task and a rejection with markup and terminal escapes are planted among the run's own, in memory.

Usage: python -m benchmarks.report RUN FOLDER-FOR-PICTURES
"""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from selfinstruct.views.export.atomic import write

from benchmarks.chromium import open_chromium
from selfinstruct.method.types import Instance
from selfinstruct.views.report import report
from selfinstruct.views.stats import gather
from selfinstruct.views.view import Record, Run, open_run

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SIZE, SECONDS = 25_000_000, 3
"""Bytes that the report of 52,000 tasks may have, and seconds until its first records stand."""

NASTY = (
    "Write <script>document.title='owned'</script> <img src=x onerror=alert(1)> and "
    "</script><!-- \x1b[31mred\x1b[0m \x9b2J \u202e turned \ud800 <b>bold</b> & a lighthouse"
)

VIEWS = {
    "light": (1200, 900, False),
    "dark": (1200, 900, True),
    "phone-light": (390, 844, False),
    "phone-dark": (390, 844, True),
}


class Planted(Run):
    """A run with a task and a rejection more, first of all."""

    def tasks(self) -> Iterator[Record]:
        """Yield the planted task and the run's own."""
        yield Record("0.-1", NASTY, (Instance(NASTY, NASTY),), is_classification=None)
        yield from super().tasks()

    def rejected(self) -> Iterator[Mapping[str, Any]]:
        """Yield the planted rejection and the run's own."""
        near = {"task": "0.-1", "score": 0.9}
        yield {
            "id": "0.-2", "instruction": f"{NASTY} again", "reason": "<i>planted</i>",
            "value": NASTY, "limit": 0.7, "nearest": near,
        }  # fmt: skip
        yield from super().rejected()


async def look(address: str) -> tuple[bool, dict[str, bytes]]:
    """Print how the page opens and searches; return whether all is well, and pictures by name."""
    program = shutil.which("chromium")
    if program is None:
        raise SystemExit("needs Chromium")
    with tempfile.TemporaryDirectory() as profile:
        async with open_chromium(program, Path(profile)) as page:
            seconds = await page.open(address)
            print(f"open, first records shown: {seconds:.2f} s")
            title = await page.evaluate("document.title")
            await page.evaluate(
                "document.querySelectorAll('#list details').forEach((d, i) => { d.open = i < 2; })"
            )
            pictures = {
                name: await page.screenshot(width=width, height=height, dark=dark)
                for name, (width, height, dark) in VIEWS.items()
            }
            for kind in ("accepted", "rejected"):
                begin = time.monotonic()
                query = (
                    f"(byId('query').value = 'lighthouse', byId('kind').value = '{kind}', search())"
                )
                await page.evaluate(query)
                found = await page.evaluate("byId('found').textContent")
                print(f"first search of {kind}: {time.monotonic() - begin:.2f} s, {found}")
                await page.evaluate("document.querySelector('#list details').open = true")
                await page.until("document.querySelector('#list .body') !== null")
            inside = await page.evaluate(
                "document.querySelectorAll('#list b, #list img, #list i').length"
            )
            print(f"console: {page.problems or 'nothing'}; requests: {len(page.requests)}")
            print(f"title: {title}; elements made of planted markup: {inside}")
            kept = title == await page.evaluate("document.title") and not inside
            well = kept and not page.problems and len(page.requests) == 1 and seconds < SECONDS
    return well, pictures


def main() -> None:
    """Measure one run."""
    run, folder = map(Path, sys.argv[1:3])
    folder.mkdir(parents=True, exist_ok=True)
    begin = time.process_time()
    opened = open_run(run)
    facts = gather(Planted(opened.spec, live=opened.live))
    print(f"gather: {time.process_time() - begin:.1f} s of CPU, {len(facts.tasks):,} tasks")
    begin = time.process_time()
    size = write(folder / "report.html", [report(facts)])
    print(f"report: {time.process_time() - begin:.1f} s of CPU, {size / 1e6:.1f} MB")
    well, pictures = asyncio.run(look((folder / "report.html").resolve().as_uri()))
    for name, picture in pictures.items():
        (folder / f"{name}.png").write_bytes(picture)
    sys.exit(0 if well and size < SIZE else 1)


if __name__ == "__main__":
    main()
