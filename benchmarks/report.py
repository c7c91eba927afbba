"""Make the report of a run, open it in headless Chromium, time it and take screenshots.

Usage: python -m benchmarks.report RUN FOLDER-FOR-PICTURES
"""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.chromium import open_chromium
from selfinstruct.output.export import write
from selfinstruct.output.report import report
from selfinstruct.output.stats import gather
from selfinstruct.output.view import open_run

VIEWS = {
    "light": (1200, 900, False),
    "dark": (1200, 900, True),
    "phone-light": (390, 844, False),
    "phone-dark": (390, 844, True),
}


async def look(address: str) -> dict[str, bytes]:
    """Print how the page opens and searches; return pictures of it by name."""
    program = shutil.which("chromium")
    if program is None:
        raise SystemExit("needs Chromium")
    with tempfile.TemporaryDirectory() as profile:
        async with open_chromium(program, Path(profile)) as page:
            seconds = await page.open(address)
            print(f"open, first records shown: {seconds:.2f} s")
            await page.evaluate("document.querySelectorAll('#list details')[1].open = true")
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
            print(f"console: {page.problems or 'nothing'}; requests: {len(page.requests)}")
    return pictures


def main() -> None:
    """Measure one run."""
    run, folder = map(Path, sys.argv[1:3])
    folder.mkdir(parents=True, exist_ok=True)
    begin = time.process_time()
    facts = gather(open_run(run))
    print(f"gather: {time.process_time() - begin:.1f} s of CPU, {len(facts.tasks):,} tasks")
    begin = time.process_time()
    size = write(folder / "report.html", [report(facts)])
    print(f"report: {time.process_time() - begin:.1f} s of CPU, {size / 1e6:.1f} MB")
    for name, picture in asyncio.run(look((folder / "report.html").resolve().as_uri())).items():
        (folder / f"{name}.png").write_bytes(picture)


if __name__ == "__main__":
    main()
