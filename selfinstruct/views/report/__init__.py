"""The report: one HTML file that needs no network and no other file.

The page is ours (`page.html`, `page.css` and the scripts); the figures stand in it as
JSON, the records as deflated blocks that the page unpacks when they are looked at. Texts of models
reach the page only as JSON or base64 and are shown only as text nodes, and its content security
policy names the digests of our own script and style, so nothing else can run.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import zlib
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from selfinstruct.method.plain import one_line
from selfinstruct.views.review import read_answers, shares
from selfinstruct.views.stats import stats
from selfinstruct.views.stats_table import figures, judge, notes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from selfinstruct.method.rouge import Match
    from selfinstruct.views.stats import Facts

BLOCK = 1000
"""Records in one block: what the page unpacks at a time."""
ROOM = 23_000_000
"""Characters of records in the page, at most; beyond, evenly spaced records are shown."""
ACCEPTED = 0.8
"""Share of the room that accepted records may take before rejected ones get the rest."""

_HERE = Path(__file__).parent
_MARK = "<!--{}-->"


def report(facts: Facts, room: int = ROOM) -> str:
    """Return the report of a run as HTML; `room` is for the records, in characters."""
    style = _read("page.css")
    script = "".join(map(_read, ("charts.js", "parts.js", "browser.js")))
    accepted = _fitting([*_accepted(facts)], int(room * ACCEPTED))
    rejected = _fitting([*_rejected(facts)], room - sum(map(len, accepted[0])))
    numbers = stats(facts)
    answers = read_answers(facts.run.spec.folder.path / "review.jsonl")
    similarity = facts.run.spec.recipe.similarity
    data = {
        "stats": numbers,
        "figures": figures(numbers),
        "notes": notes(numbers),
        "judge": judge(numbers),
        "review": [asdict(share) for share in shares(answers.values()) if share.count],
        "reasons": _reasons(facts),
        "seeds": [[seed.id, seed.instruction] for seed in facts.seeds],
        "tokenizer": similarity.tokenizer,
        "threshold": similarity.threshold,
        "accepted": _about(accepted, len(facts.tasks)),
        "rejected": _about(rejected, len(facts.rejected)),
    }
    blocks = (
        f'<script type="text/plain" class="{kind}">{block}</script>'
        for kind, packed in (("accepted", accepted), ("rejected", rejected))
        for block in packed[0]
    )
    page = _read("page.html")
    for name, text in (
        ("title", html.escape(one_line(numbers["run"]["name"], 80))),
        ("policy", _policy(script, style)),
        ("style", f"<style>{style}</style>"),
        ("data", f'<script type="application/json" id="data">{_json(data)}</script>'),
        ("blocks", "\n".join(blocks)),
        ("script", f"<script>{script}</script>"),
    ):
        page = page.replace(_MARK.format(name), text)
    return page


def _read(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def _policy(script: str, style: str) -> str:
    digests = (hashlib.sha256(text.encode()).digest() for text in (script, style))
    first, second = (f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
    return (
        f"default-src 'none'; script-src {first}; style-src {second}; base-uri 'none'; "
        "form-action 'none'"
    )


def _json(value: object) -> str:
    """Return JSON that can stand in a script element: nothing in it can end the element."""
    return json.dumps(value, separators=(",", ":")).replace("<", "\\u003c")


def _accepted(facts: Facts) -> Iterator[list[Any]]:
    """Yield [id, instruction, class, instances, nearest seed, score, nearest earlier, score].

    What steps added follows, where they added something.
    """
    seeds = [seed.id for seed in facts.seeds]
    ids = [task.id for task in facts.tasks]
    near = facts.similar
    for task, seed, earlier in zip(facts.tasks, near.seed, near.earlier, strict=True):
        yield [
            task.id,
            task.instruction,
            {True: 1, False: 0, None: -1}[task.is_classification],
            [[instance.input, instance.output] for instance in task.instances],
            *_near(seed, seeds),
            *_near(earlier, ids),
            *([dict(task.extra)] if task.extra else []),
        ]


def _near(match: Match | None, names: Sequence[str]) -> tuple[str, float]:
    return ("", 0.0) if match is None else (names[match.number], round(match.score, 4))


def _rejected(facts: Facts) -> Iterator[list[Any]]:
    """Yield [id, instruction, number of the reason, value, limit, nearest, score]."""
    reasons = {reason: number for number, reason in enumerate(_reasons(facts))}
    for row in facts.rejected:
        near = row.get("nearest") or {"score": 0.0, "task": ""}
        value = row["value"]
        yield [
            row["id"],
            row["instruction"],
            reasons[row["reason"]],
            round(value, 4) if isinstance(value, float) else value,
            row["limit"],
            near["task"],
            round(near["score"], 4),
        ]


def _reasons(facts: Facts) -> list[str]:
    return sorted({row["reason"] for row in facts.rejected})


def _fitting(rows: Sequence[list[Any]], room: int) -> tuple[list[str], Sequence[list[Any]]]:
    """Return packed blocks that fit into the room, and the rows in them, evenly spaced if fewer."""
    shown = rows
    while (size := sum(map(len, packed := _packed(shown)))) > room and shown:
        count = int(len(shown) * room / size * 0.97)
        shown = [rows[i * len(rows) // count] for i in range(count)]
    return packed, shown


def _packed(rows: Sequence[list[Any]]) -> list[str]:
    blocks = (rows[start : start + BLOCK] for start in range(0, len(rows), BLOCK))
    texts = (json.dumps(block, separators=(",", ":")).encode("ascii") for block in blocks)
    return [base64.b64encode(zlib.compress(text, 6)).decode("ascii") for text in texts]


def _about(fitting: tuple[list[str], Sequence[list[Any]]], total: int) -> dict[str, Any]:
    rows = fitting[1]
    return {"total": total, "shown": len(rows), "first": [row[0] for row in rows[::BLOCK]]}
