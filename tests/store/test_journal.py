from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from selfinstruct.method.errors import Refused
from selfinstruct.method.types import Key, Receipt, Reply
from selfinstruct.run.usage import read_recorded
from selfinstruct.store.journal import Entry, Journal, decode, read
from tests.world import ROOT

if TYPE_CHECKING:
    from pathlib import Path

texts = st.text(st.characters(codec=None), max_size=40)


def a_reply(number: int, text: str = "some words") -> Reply:
    return Reply(Key("generate", number), f"sha256:{number:064}", "text", text, "", "stop")


@given(texts, texts, st.integers(0, 10**6))
def test_every_text_survives_the_journal(text: str, reasoning: str, tokens: int) -> None:
    """Lone surrogates, control characters and line ends are read back as they came."""
    reply = Reply(Key("instances", 3, 1), "sha256:0", "text", text, reasoning, "stop")
    receipt = Receipt("m", "f", "id", tokens, None, "2026-01-01T00:00:00.000Z")
    line = Entry(reply, receipt).encode()
    assert line.isascii()
    assert line.count(b"\n") == 1
    assert decode(line) == Entry(reply, receipt)


@given(st.text(st.sampled_from("a\ud83d\ude00\U0001f600\ud800"), max_size=12))
def test_halves_that_a_stream_parted_are_one_character(text: str) -> None:
    """The journal can hold them in no other way, so a reply is read alike before it and after."""
    reply = a_reply(1, text)
    entry = Entry(reply, Receipt("m", "f", "id", 1, 1, "2026-01-01T00:00:00.000Z"))
    assert decode(entry.encode()) == entry
    assert reply.text.encode("utf-16", "surrogatepass") == text.encode("utf-16", "surrogatepass")


def test_a_torn_tail_is_cut_at_every_byte(tmp_path: Path) -> None:
    """However much of the last line was written: whole lines stay, the rest goes, work goes on."""
    lines = [Entry(a_reply(n, f"text {n} é"), Receipt()).encode() for n in range(3)]
    whole = b"".join(lines)
    path = tmp_path / "journal.jsonl"
    for length in range(len(whole) + 1):
        path.write_bytes(whole[:length])
        count = whole[:length].count(b"\n")
        assert len(list(read(path))) == count
        journal = Journal(path)
        assert journal.torn == length - sum(map(len, lines[:count]))
        journal.append(Entry(a_reply(9), Receipt()))
        journal.close()
        assert [entry.reply.key.ordinal for entry in read(path)] == [*range(count), 9]


def test_any_other_bad_line_is_an_error_with_its_number(tmp_path: Path) -> None:
    """A damaged line inside is never skipped: it may be paid work."""
    path = tmp_path / "journal.jsonl"
    good = Entry(a_reply(0), Receipt()).encode()
    path.write_bytes(good + b"{broken}\n" + good)
    with pytest.raises(Refused, match=r"line 2"):
        list(read(path))
    path.write_bytes(good + good.replace(b'"text"', b'"unheard-of"', 1))
    with pytest.raises(Refused, match=r"line 2"):
        list(read(path))


def test_the_first_reply_of_a_key_is_in_force(tmp_path: Path) -> None:
    """A second reply is spare: counted with its tokens, otherwise ignored."""
    path = tmp_path / "journal.jsonl"
    journal = Journal(path)
    journal.append(Entry(a_reply(0, "first"), Receipt(prompt_tokens=5, completion_tokens=2)))
    journal.append(Entry(a_reply(0, "second"), Receipt(prompt_tokens=5, completion_tokens=3)))
    journal.close()
    recorded, tally = read_recorded(path)
    assert recorded.replies[Key("generate", 0)].text == "first"
    assert (tally.replies, tally.spare, tally.completion_tokens) == (2, 1, 5)


LIMITED = """
import resource, signal, sys
from pathlib import Path
from selfinstruct.method.errors import Stopped
from selfinstruct.method.types import Key, Receipt, Reply
from selfinstruct.store.journal import Entry, Journal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))
journal = Journal(Path(sys.argv[1]))
try:
    for number in range(100):
        reply = Reply(Key("generate", number), "sha256:0", "text", "x" * 100)
        journal.append(Entry(reply, Receipt()))
except Stopped as stopped:
    print(stopped.code, journal.size)
journal.close()
"""


def test_a_full_disk_loses_nothing_recorded(tmp_path: Path) -> None:
    """When no more can be written, the half line is taken back and the run can be gone on with."""
    path = tmp_path / "journal.jsonl"
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(path)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    code, size = done.stdout.split()
    assert code == "4"
    assert int(size) == path.stat().st_size <= 3000
    assert len(list(read(path))) > 5
    assert path.read_bytes().endswith(b"\n")
