"""The table of refusals: each row is tested by its own examples."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from selfinstruct.model.base import TransientError
from selfinstruct.model.error_body import envelope, told_by
from selfinstruct.model.refusals import Meaning, Row, meaning, row_of, rows
from tests.model.test_endpoint_answers import ask, failing

DATA = os.environ.get("SELFINSTRUCT_SHARED_DATA")
SHARED = Path(DATA).parent if DATA else Path(__file__).parents[3] / "shared"
CASES = SHARED / "cases" / "refusals.jsonl"


def examples() -> list[Any]:
    return [
        pytest.param(row, example, id=f"{row.meaning.means}-{row.who[:20]}-{place}")
        for row in rows()
        for place, example in enumerate(row.examples)
    ]


@pytest.mark.parametrize(("row", "example"), examples())
def test_a_row_knows_its_own_examples(row: Row, example: str) -> None:
    """With its status, and as an error inside an answer; no row before it takes them."""
    told = told_by(example.encode())
    for status in sorted(row.statuses) or [400]:
        found = row_of(status, told)
        assert found is not None
        assert (found.who, found.meaning) == (row.who, row.meaning)
    if row.codes or row.words:
        assert meaning(200, told) == row.meaning


def test_every_row_has_examples_for_its_words_and_a_language() -> None:
    """Phrases are in lower case, as what they are searched in is."""
    for row in rows():
        assert row.examples, row.who
        assert row.language
        assert row.words is None or row.words.pattern == row.words.pattern.lower()
        assert all(code == code.lower() for code in row.codes)
    assert len({name for row in rows() for name in row.who.split(", ")}) >= 25


@pytest.mark.parametrize(
    "words",
    [
        "the prompt has a wrong shape",
        "<html><head><title>403 Forbidden</title></head><body>nginx</body></html>",
        "<html><title>Request Rejected</title>The requested URL was rejected. Support ID: 1",
        "请求错误",
        "",
    ],
)
@pytest.mark.parametrize("status", [400, 403, 418, 422])
def test_what_no_row_knows_has_no_meaning(status: int, words: str) -> None:
    """A firewall's page may be about this prompt or about all of them."""
    assert meaning(status, envelope(words)) is None


@pytest.mark.skipif(not CASES.exists(), reason="needs shared/cases/refusals.jsonl")
def test_refusals_of_one_prompt_in_nine_providers_words() -> None:
    """Each is a final outcome, recorded in the provider's words."""
    for line in CASES.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)

        async def handle(_request: web.Request, row: Any = row) -> web.Response:
            return web.json_response(row["body"], status=row["status"])

        reply, _ = ask(handle)
        assert reply.kind == row["means"], row["name"]
        assert reply.text


def test_the_same_words_weigh_by_status() -> None:
    """A time-out that speaks of policy is a time-out; a limit on speed is no long prompt."""
    assert meaning(503, {"message": "content policy service is away"}) == Meaning("passing")
    limit = {"message": "Rate limit reached on tokens per min (TPM): Limit 6000, Used 5900"}
    assert meaning(429, limit) == Meaning("passing", "rate")


def test_an_unknown_status_of_the_servers_own_passes() -> None:
    """Such as 599; only what the server cannot do at all does not."""
    with pytest.raises(TransientError, match=r"^599"):
        ask(failing(599, "odd"))
