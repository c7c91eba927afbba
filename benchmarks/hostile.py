"""Hostile replies, made out of real ones, through all that reads, keeps, shows and writes them.

    python -m benchmarks.hostile 100000 [--seed 0] [--data ../shared/data] [--batch 1000]

Each reply goes through every reader and filter by itself, and as an answer through the journal and
the fold of a run, whose tasks then go through every export, the report and every view of the
terminal. What must hold: nothing crashes, nothing takes a second for one reply, each file reads
back as the same rows, and nothing that is printed can steer a terminal. A real run against a server
that gives nothing but such replies ends by a stop rule, which shows one of them.
"""

from __future__ import annotations

import argparse
import base64
import csv
import importlib
import io
import json
import os
import random
import re
import shutil
import sys
import tempfile
import threading
import time
import traceback
import zlib
from collections import Counter
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from selfinstruct.cli import main
from selfinstruct.method import readers
from selfinstruct.method.digest import sha256
from selfinstruct.method.filters import FILTERS, INSTANCE_FILTERS
from selfinstruct.method.recipe import parse_recipe
from selfinstruct.method.types import Candidate, Instance, Origin, Receipt, Reply, Task
from selfinstruct.run.inputs import read_recipe, read_seeds
from selfinstruct.run.spec import Identity, RunSpec, beginning
from selfinstruct.store.folder import RunFolder
from selfinstruct.store.journal import Entry, Journal
from selfinstruct.views.export.formats import FORMATS
from selfinstruct.views.export.options import ExportOptions
from selfinstruct.views.export.row import ALL
from selfinstruct.views.export.rows import choose
from selfinstruct.views.view import open_run
from tests.world import own_seeds

from .hostile_texts import Chance, Fuzzer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from selfinstruct.method.types import Request
    from selfinstruct.views.export.row import Row

LIMIT = 1.0
"""Seconds that one reply may take anywhere."""
FULL_EVERY = 4
MANY = 60.0
"""Seconds that a view of all replies of a run may take."""
MODEL = "someone/model-1"

STEERS = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""What a terminal may be steered by, or a reader of one deceived: C0 but the line end, C1, marks of
direction, line separators, halves of surrogate pairs."""


@dataclass(slots=True)
class Table:
    """What was done how often, how long it took at most, and what did not hold."""

    count: Counter[str] = field(default_factory=Counter)
    longest: dict[str, float] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    limit: float = LIMIT

    @contextmanager
    def doing(self, what: str, about: object = "", limit: float = 0.0) -> Iterator[None]:
        """Count something and take its processor time; what it raises is a fault."""
        begun = time.process_time()
        try:
            yield
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            last = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{Path(last.filename).name}:{last.lineno}"
            self.fault(what, f"{type(error).__name__}: {error} at {where}", about)
        took = time.process_time() - begun
        self.count[what] += 1
        self.longest[what] = max(took, self.longest.get(what, 0.0))
        if took > (limit or self.limit):
            self.fault(what, f"{took:.2f} s", about)

    def fault(self, what: str, why: str, about: object = "") -> None:
        """Note what did not hold."""
        shown = repr(about)
        self.faults.append(f"{what}: {why[:300]!a} ({len(shown)}) {shown[:200]!a}")
        if len(self.faults) <= 100:
            print(self.faults[-1], file=sys.stderr)

    def hold(self, what: str, fine: object, about: object = "") -> None:
        """Note that something does not hold, if it does not."""
        if not fine:
            self.fault(what, "does not hold", about)


SHOTS = ("Write a poem about the sea.", "Sort these numbers.", "Say whether it is a fruit.")
READERS: dict[str, Callable[[str, bool | None], list[Any]]] = {
    "lists": lambda t, cut: [
        *map(Candidate, readers.read_list(t, cut=cut, shots=SHOTS, following=4))
    ],
    "lists, no shots": lambda t, cut: [*map(Candidate, readers.read_list(t, cut=cut))],
    "decision": lambda t, _: [][: bool(readers.read_decision(t, instruction=SHOTS[2]))],
    "input-first": lambda t, cut: [*readers.read_input_first(t, cut=cut, instruction=SHOTS[1])],
    "output-first": lambda t, cut: [*readers.read_output_first(t, cut=cut, instruction=SHOTS[2])],
    "blocks": lambda t, cut: [*readers.read_blocks(t, cut=cut, shots=SHOTS)],
}
_SEEDS = tuple(seed.instruction for seed in own_seeds())
RULES = {
    name: factory(seeds=_SEEDS) if name == "language" else factory()
    for name, factory in {**FILTERS, **{f"{n} ": f for n, f in INSTANCE_FILTERS.items()}}.items()
}


def read_alone(text: str, table: Table, chance: Chance) -> None:
    """Hold one reply against every reader, and what they read against every filter."""
    cut = chance.choice((None, True, False))
    tasks: list[Task] = []
    for name, reader in READERS.items():
        found: list[Any] = []
        with table.doing(f"reader: {name}", text):
            found = reader(text, cut)
        for each in found[:8]:
            words = each.instruction if isinstance(each, Candidate) else SHOTS[0]
            instances = each.instances if isinstance(each, Candidate) else (each,)
            tasks.append(Task(Origin(0, 0), words, instances=instances))
            texts = [words, *(part for one in instances for part in one)]
            seen = STEERS.search("".join(texts).replace("\t", ""))
            table.hold(f"nothing unseen from {name}", seen is None, (seen, texts))
    for task in tasks[:3]:
        one = replace(task, instances=task.instances[:1] or (Instance("", task.instruction),))
        for name, rule in RULES.items():
            with table.doing("filters", (name, one)):
                rule(one)


RUNS = (
    ("self-instruct", "chat", 0.2, 0.5),
    ("alpaca", "chat", 0.1, 0.1),
    ("fed back", "chat", 0.1, 0.1),
    ("self-instruct", "schema", 0.2, 0.5),
    ("self-instruct", "completion", 0.2, 0.5),
)
"""Recipes, protocols, and the shares of replies that are left as they came, and made of sound ones;
one sound reply of Alpaca's holds sixteen tasks."""


def recipe_of(name: str) -> tuple[str, dict[str, bytes]]:
    """Return a recipe's files; "fed back" is Alpaca's with shots out of the pool."""
    files = dict(read_recipe("alpaca" if name == "fed back" else name))
    if name == "fed back":
        main = files["recipe.toml"].replace(b"machine_shots = 0", b"machine_shots = 2")
        files["recipe.toml"] = re.sub(rb"(?s)\[\[source.filter\]\].*", b"", main)
    return name, files


def answered_by(path: Path, fuzzer: Fuzzer, table: Table, number: int, batch: int) -> RunFolder:
    """Record a run whose replies are hostile, each read alone first and folded at once."""
    name, protocol, sound, near = RUNS[number % len(RUNS)]
    name, files = recipe_of(name)
    seeds, _ = read_seeds(None)
    parsed = parse_recipe(files, name)
    identity = Identity(parsed.name, parsed.digests(), sha256(seeds), {"": MODEL}, protocol, number)
    folder = RunFolder(path)
    with folder.locked():
        with beginning(RunSpec(folder, identity, {"target": 10**6}, files, seeds)) as begun:
            fold = begun.fold()
        journal = Journal(folder.journal)
        waiting: list[Request] = []
        for _ in range(min(batch, fuzzer.left)):
            with table.doing("fold: ask"):
                waiting += fold.owed()
            waiting.sort(key=lambda request: request.key.item < 0)
            request = waiting.pop(0)
            text = fuzzer.text(request, sound, near)
            read_alone(text, table, fuzzer.chance)
            finish = fuzzer.chance.choice(("stop", "", "length", "\x1b[31m", text[:9]))
            kind = fuzzer.chance.choice(("text",) * 40 + ("refusal", "filtered", "policy"))
            reply = Reply(request.key, request.digest, kind, text, text[:99], finish)
            receipt = Receipt(text[:30], text[:9], text[:9], 1, 1, "2026-11-23T22:00:00.000Z")
            with table.doing("journal: append", text):
                journal.append(Entry(reply, receipt))
            with table.doing("fold: take", text):
                fold.take(reply)
        journal.close()
    return folder


class _Tags(HTMLParser):
    """The tags and attributes of a page, those of its blocks of records left out."""

    def __init__(self) -> None:
        super().__init__()
        self.found: Counter[str] = Counter()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = sorted(name for name, _ in attrs)
        self.found[f"{tag} {names}"] += dict(attrs).get("type") != "text/plain"


def tags(page: str) -> Counter[str]:
    """Return the tags of a page."""
    parser = _Tags()
    parser.feed(page)
    return +parser.found


def said(table: Table, *words: str | Path, keys: str = "", codes: tuple[int, ...] = (0,)) -> str:
    """Run a command in this process; what it prints steers no terminal. Return its output."""
    out, err = io.StringIO(), io.StringIO()
    binary = io.BytesIO()
    out.buffer = binary  # type: ignore[misc]
    code: object = None
    with (
        patch.object(sys, "argv", ["selfinstruct", *map(str, words)]),
        patch.object(sys, "stdin", io.StringIO(keys)),
        redirect_stdout(out),
        redirect_stderr(err),
        table.doing(f"command: {words[0]}", words, MANY),
    ):
        try:
            main()
        except SystemExit as end:
            code = end.code
    printed = out.getvalue() + err.getvalue()
    table.hold(f"exit code of {words[0]}", code in codes, (code, words, printed[-600:]))
    table.hold(f"no traceback from {words[0]}", "Traceback" not in printed, printed[-900:])
    steers = STEERS.search(printed)
    table.hold(
        f"plain words from {words[0]}",
        steers is None,
        steers and printed[max(0, steers.start() - 60) :],
    )
    return out.getvalue()


def back(form: str, data: bytes, rows: list[Row]) -> bool:
    """Tell whether a file of a format reads back as the rows it was made of."""
    if form == "csv":
        csv.field_size_limit(2**31 - 1)
        found = list(csv.DictReader(io.StringIO(data.decode("utf-8"), newline="")))
        return [(r["id"], r["instruction"], r["input"], r["output"]) for r in found] == [
            (r.id, r.instruction, r.input, r.output) for r in rows
        ]
    if form == "parquet":
        parquet = importlib.import_module("pyarrow.parquet")
        found = parquet.read_table(io.BytesIO(data)).to_pylist()
        return [(r["id"], r["instruction"], r["input"], r["output"]) for r in found] == [
            (r.id, r.instruction, r.input, r.output) for r in rows
        ]
    text = data.decode("utf-8")
    lines = text.splitlines() if form in {"messages", "openai", "prompt-completion"} else [text]
    found = [json.loads(line) for line in lines]
    found = found if len(lines) != 1 or isinstance(found[0], dict) else found[0]
    if form == "alpaca":
        keys = ("instruction", "input", "output")
        return found == [{key: getattr(row, key) for key in keys} for row in rows]
    ends = {
        "messages": lambda r: r["messages"][-1]["content"],
        "openai": lambda r: r["messages"][-1]["content"],
        "sharegpt": lambda r: r["conversations"][-1]["value"],
        "prompt-completion": lambda r: r["completion"].removeprefix(" "),
    }
    return [ends[form](r) for r in found] == [
        row.output.removeprefix(" ") if form == "prompt-completion" else row.output for row in rows
    ]


def look(folder: RunFolder, other: Path, table: Table, work: Path, *, full: bool) -> None:
    """Look at a run in every way, and read back whatever that writes.

    `full`: in those ways too that take longest or show what others do.
    """
    path = folder.path
    rows: list[Row] = []
    with table.doing("rebuild and rows", path, MANY):
        rows = choose(open_run(path), ExportOptions())
    (work / "picky").mkdir(exist_ok=True)
    table.count["complete tasks"] += len({row.task for row in rows})
    said(table, "status", path)
    said(table, "review", path, "--sample", "40", keys="y\n" * 120)
    if full:
        said(table, "status", path, "--json")
        said(table, "stats", path)
        said(table, "verify", path)
        said(table, "compare", path, other)
    said(table, "generate", path, "--dry-run")
    picky = {name for name, form in FORMATS.items() if form.folder or form.need is not ALL}
    for form in sorted(picky):  # a run may lack what they need
        said(table, "export", path, "--format", form, "-o", work / "picky" / form, codes=(0, 2))
    for form in FORMATS.keys() - picky:
        ends = {"csv": ".csv", "parquet": ".parquet", "huggingface": "", "alpaca": ".json"}
        target = work / f"out{ends.get(form, '')}"
        empty = form == "openai" and not all(row.output.strip() for row in rows)
        said(table, "export", path, "--format", form, "-o", target, codes=(2 if empty else 0,))
        if empty:  # as its rules want: the row is named, and no file is left
            table.hold("no file is left", not target.exists(), path)
            continue
        with table.doing(f"read back: {form}", path, MANY):
            if form != "huggingface":
                table.hold(f"{form} reads back", back(form, target.read_bytes(), rows), path)
                target.unlink()
                continue
            found = [
                json.loads(line)
                for file in sorted((target / "data").iterdir())
                for line in file.read_text(encoding="utf-8").splitlines()
            ]
            ids = [(r["id"], r["instruction"], r["input"], r["output"]) for r in found]
            same = sorted(ids) == sorted((r.id, r.instruction, r.input, r.output) for r in rows)
            table.hold("huggingface reads back", same, path)
            card = (target / "README.md").read_text(encoding="utf-8")
            table.hold(
                "a card without markup", "<" not in card.split("```")[0].split("---")[-1], card
            )
            table.hold("a plain card", STEERS.search(card) is None, card)
            shutil.rmtree(target)
    page = work / "report.html"
    said(table, "report", path, "-o", page)
    with table.doing("read back: report", path, MANY):
        text = page.read_text(encoding="utf-8")
        found_tags = tags(text)
        blank = re.sub(r'(?s)id="data">.*?</script>', 'id="data"></script>', text)
        blank = re.sub(r'(?s)(class="(?:accepted|rejected)">)[^<]*', r"\1", blank)
        table.hold("tags of the page are ours", found_tags == tags(blank), path)
        table.hold("a plain page", STEERS.search(text) is None, path)
        packed = re.findall(r'class="accepted">([^<]*)</script>', text)
        shown = [r for one in packed for r in json.loads(zlib.decompress(base64.b64decode(one)))]
        instances = [given for row in shown for given in row[3]]
        table.hold("the page holds the rows", len(instances) == len(rows) or len(text) > 2e7, path)


class _Server(BaseHTTPRequestHandler):
    """Answers every request with a hostile reply."""

    fuzzer: Fuzzer
    lock = threading.Lock()

    def do_POST(self) -> None:
        """Answer one request."""
        self.rfile.read(int(self.headers["Content-Length"]))
        with self.lock:
            text = self.fuzzer.text()
        usage = {"prompt_tokens": 9, "completion_tokens": 9}
        message = {"role": "assistant", "content": text[:100_000]}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        row = {"id": text[:20], "model": text[:20], "choices": [choice], "usage": usage}
        odd = self.fuzzer.chance.random() < 0.02
        data = json.dumps({"error": {"message": text[:999]}} if odd else row).encode()
        self.send_response(500 if odd else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def asked(path: Path, fuzzer: Fuzzer, table: Table) -> None:
    """Run `generate` against a server that gives nothing but hostile replies."""
    handler = type("Handler", (_Server,), {"fuzzer": fuzzer})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}/v1"
    before = fuzzer.left
    try:
        words = ("generate", path, "--model", "m", "--base-url", url, "--protocol", "chat")
        said(table, *words, "--target", "1000", "--concurrency", "8", codes=(0, 4, 2))
    finally:
        server.shutdown()
        server.server_close()
    table.count["replies of a server"] += before - fuzzer.left
    said(table, "status", path)


def run(  # noqa: PLR0913 - its knobs
    count: int,
    seed: int = 0,
    data: Path | None = None,
    *,
    batch: int = 1000,
    limit: float = LIMIT,
    server_every: int = 5,
) -> tuple[Table, Fuzzer]:
    """Make so many replies and hold them against everything; return the table and the counts.

    Args:
        count: replies.
        seed: of the choices.
        data: the shared data; None: replies of the repository.
        batch: replies of one run.
        limit: seconds that one reply may take anywhere.
        server_every: so many runs that are written are followed by one that is asked of a server.
    """
    for rule in RULES.values():  # the language filter reads its model
        rule(Task(Origin(0, 0), "Warm up.", instances=(Instance("", "It is warm."),)))
    table, fuzzer = Table(limit=limit), Fuzzer(random.Random(seed), data, count)
    number = 0
    with tempfile.TemporaryDirectory(prefix="hostile-") as place:
        work = Path(place)
        while fuzzer.left > 0:
            path = work / str(number % 2)
            shutil.rmtree(path, ignore_errors=True)
            folder = answered_by(path, fuzzer, table, number, batch)
            other = work / str((number + 1) % 2) if number else path
            look(folder, other, table, work, full=number % FULL_EVERY == 0)
            if number % server_every == server_every - 1 and fuzzer.left > 0:
                shutil.rmtree(work / "asked", ignore_errors=True)
                asked(work / "asked", fuzzer, table)
            number += 1
            done = f"{count - fuzzer.left:,} replies, {len(table.faults):,} faults"
            print(f"{done}, {time.process_time():,.0f} s of a processor", file=sys.stderr)
    return table, fuzzer


def as_text(table: Table, fuzzer: Fuzzer) -> str:
    """Return the tables of docs/reliability.md."""
    rows = ["| kind of reply | replies |", "|---|---:|"]
    rows += [f"| {kind} | {count:,} |" for kind, count in fuzzer.made.most_common()]
    rows += [
        f"| all | {fuzzer.made.total():,} |",
        "",
        "| what | times | longest, s |",
        "|---|---:|---:|",
    ]
    rows += [
        f"| {w} | {n:,} | {table.longest.get(w, 0):.3f} |" for w, n in sorted(table.count.items())
    ]
    kinds = Counter(fault.partition(" (")[0] for fault in table.faults)
    rows += [
        "",
        f"faults: {len(table.faults):,}",
        *(f"  {n:,} x {kind}" for kind, n in kinds.most_common(40)),
    ]
    return "\n".join([*rows, *(f"  e.g. {fault}" for fault in table.faults[:40])])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("count", type=int)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--batch", type=int, default=1000)
    parser.add_argument("--data", type=Path, default=os.environ.get("SELFINSTRUCT_SHARED_DATA"))
    given = parser.parse_args()
    begun = time.monotonic()
    found = run(given.count, given.seed, given.data and Path(given.data), batch=given.batch)
    print(as_text(*found))
    print(f"{time.monotonic() - begun:,.0f} s")
    sys.exit(bool(found[0].faults))
