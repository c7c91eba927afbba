"""What a journal says of money: blocks, unclean ends, and replies that stay what they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from selfinstruct.method.cost import Amount, Price
from selfinstruct.method.errors import Refused
from selfinstruct.method.types import Key, Receipt, Reply
from selfinstruct.run.usage import Usage, read_recorded
from selfinstruct.store.journal import Entry, Journal, MoneyLine, read

if TYPE_CHECKING:
    from pathlib import Path

PRICES = {"generate": Price(1.0, 2.0)}


def time(second: int) -> str:
    return f"2026-01-01T00:{second // 60:02}:{second % 60:02}.000Z"


def write(path: Path, *rows: tuple[object, ...]) -> Usage:
    """Write a journal of replies (ordinal, in, out, second) and money (kind, block, amount, s)."""
    journal = Journal(path)
    for row in rows:
        if isinstance(row[0], str):
            kind, block, amount, second = row
            journal.append(MoneyLine(kind, block, amount, time(second)))  # type: ignore[arg-type]
        else:
            ordinal, prompt, answer, second = row
            reply = Reply(Key("generate", ordinal), "sha256:0", "text", "x")  # type: ignore[arg-type]
            receipt = Receipt("m", "", "", prompt, answer, time(second))  # type: ignore[arg-type]
            journal.append(Entry(reply, receipt))
    journal.close()
    return read_recorded(path)[1].finish()


def test_an_open_block_counts_as_spent(tmp_path: Path) -> None:
    """After an unclean end all that was reserved counts, on top of recorded replies."""
    account = write(
        tmp_path / "j", ("reserve", 1, Amount(4, 1000, 0.5), 0), (0, 100, 10, 2), (1, 100, 10, 30)
    )
    assert account.spent(PRICES) == pytest.approx(Amount(6, 1220, 0.5 + 240e-6))
    assert account.blocks == 1
    assert account.seconds == 30


def test_a_settled_block_counts_what_it_lost(tmp_path: Path) -> None:
    """A clean end leaves only what was used without a reply."""
    account = write(
        tmp_path / "j",
        ("reserve", 1, Amount(4, 1000, 0.5), 0),
        ("reserve", 1, Amount(4, 1000, 0.5), 1),
        (0, 100, 10, 2),
        ("settle", 1, Amount(1, 300, 0.1), 10),
        ("reserve", 2, Amount(2, 50, 0.2), 100),
        ("settle", 2, Amount(), 105),
    )
    assert account.spent(PRICES) == pytest.approx(Amount(2, 410, 0.1 + 120e-6))
    assert account.seconds == 15


def test_every_unclean_block_counts(tmp_path: Path) -> None:
    """Three kills cost three blocks."""
    rows = [("reserve", block, Amount(3, 10, 1.0), block) for block in (1, 2, 3)]
    assert write(tmp_path / "j", *rows).spent(PRICES) == Amount(9, 30, 3.0)


def test_lines_about_money_are_no_replies(tmp_path: Path) -> None:
    """Replies, spare counts and keys are as if the lines were not there."""
    write(
        tmp_path / "j",
        ("reserve", 1, Amount(4, 1000, 0.5), 0),
        (0, 1, 2, 1),
        ("settle", 1, Amount(), 2),
        (0, 3, 4, 3),
    )
    recorded, usage = read_recorded(tmp_path / "j")
    assert list(recorded.replies) == [Key("generate", 0)]
    assert (usage.replies, usage.spare, usage.prompt_tokens) == (2, 1, 4)
    assert len(list(read(tmp_path / "j"))) == 2


def test_a_broken_line_about_money_is_an_error_with_its_number(tmp_path: Path) -> None:
    """Money that cannot be read is not taken as nothing."""
    path = tmp_path / "j"
    write(path, ("reserve", 1, Amount(4, 1000, 0.5), 0))
    path.write_bytes(path.read_bytes() + b'{"kind":"reserve","block":1}\n')
    with pytest.raises(Refused, match="line 2"):
        list(read(path))


@given(st.lists(st.integers(0, 10_000), max_size=6))
@settings(deadline=None, max_examples=30)
def test_reserved_amounts_add_up(parts: list[int]) -> None:
    """However a reservation is split into lines, it counts the same."""
    account = Usage()
    for part in parts:
        account.add(MoneyLine("reserve", 1, Amount(1, part, part / 100), time(0)))
    account.finish()
    assert account.spent({}).tokens == sum(parts)
