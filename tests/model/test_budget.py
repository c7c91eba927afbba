"""The budget: whatever happens, and whenever a process dies, no cap is ever broken."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from selfinstruct.method.cost import FREE, Amount, Price, prompt_bound, worst
from selfinstruct.method.errors import BadInput
from selfinstruct.method.types import Decoding, Key, Message, Request
from selfinstruct.model.access import Access
from selfinstruct.model.budget import Budget, Caps
from selfinstruct.model.prices import parse_prices, price_of
from selfinstruct.run.caps import prices_in_force


def request(text: str) -> Request:
    messages = (Message("system", "Be brief."), Message("user", text))
    return Request(Key("generate", 0), messages, Decoding(max_tokens=10), "chat", "m")


@given(st.integers(0, 2**32), st.integers(20, 400))
@settings(deadline=None, max_examples=60)
def test_no_cap_is_broken_whenever_a_process_dies(seed: int, cap: int) -> None:
    """Real use never exceeds a cap, over many processes that are killed or end cleanly."""
    chance = random.Random(seed)
    really = 0  # what the endpoint's ledger says
    counted = 0  # what the journal says
    caps = Caps(tokens=cap, requests=10 * cap)
    for _ in range(12):
        reserved: list[Amount] = []
        budget = Budget(caps, Amount(0, counted), 0.0, reserved.append)
        recorded, flying = 0, []
        for _ in range(chance.randrange(60)):
            bound = Amount(1, chance.randrange(1, 30), 0.0)
            if chance.random() < 0.6 and budget.take(bound):
                flying.append(bound)
                really += (used := chance.randint(0, bound.tokens))
                flying[-1] = Amount(used, bound.tokens)
            elif flying:
                used, most = flying.pop(chance.randrange(len(flying)))[:2]
                bound = Amount(1, most, 0.0)
                fate = chance.random()
                if fate < 0.6:
                    recorded += used
                    budget.recorded(bound, Amount(1, used, 0.0))
                elif fate < 0.8:
                    budget.recorded(bound, None)
                else:
                    budget.failed(bound, spent=True)
            if chance.random() < 0.2:
                budget.synced(budget.unsafe)
            outstanding = budget.lost.tokens + sum(most for _, most, _ in flying)
            assert outstanding <= sum(amount.tokens for amount in reserved)
        clean = chance.random() < 0.3
        lost = budget.close().tokens if clean else sum(amount.tokens for amount in reserved)
        counted += recorded + lost
        assert really <= cap
        assert really <= counted


def test_a_cap_is_used_up_nearly_to_the_end() -> None:
    """With replies that use less than their worst case, the rest goes to further requests."""
    budget = Budget(Caps(tokens=1000), Amount(), 0.0, lambda _: None)
    while budget.take(Amount(1, 100, 0.0)):
        budget.recorded(Amount(1, 100, 0.0), Amount(1, 20, 0.0))
        budget.synced(budget.unsafe)
    assert 880 < budget.used.tokens <= 1000


def test_the_bound_of_a_prompt_counts_bytes_and_messages() -> None:
    """UTF-8 bytes and 16 a message (issue 6), also for lone surrogates."""
    assert prompt_bound(request("hé\ud800")) == len(b"Be brief.") + 1 + 2 + 3 + 32
    amount = worst(request("hey"), 10, Price(1.0, 3.0))
    assert amount == pytest.approx(Amount(1, 9 + 3 + 32 + 10, (44 + 30) / 1e6))


def test_hours_count_over_all_processes() -> None:
    """Three quarters of an hour before, a quarter now."""
    budget = Budget(Caps(hours=1), Amount(), 2700.0, lambda _: None)
    assert not budget.out_of_time(899.0)
    assert budget.out_of_time(900.0)
    stop = budget.reached(900.0, Amount(1, 1))
    assert "--max-hours 1" in str(stop)
    assert stop.options == {"--max-hours": "2"}


def test_caps_are_off_when_nothing_is_said() -> None:
    """No cap, no lines; every infinite cap is no cap."""
    assert not Caps().any
    assert Caps(cost=1.0).any
    assert not Caps(cost=math.inf).any


@pytest.mark.parametrize("text", ["1", "1,x", "-1,2", "1,2,3", "1;2", ""])
def test_a_price_that_is_no_pair_is_refused(text: str) -> None:
    """The error says how to write one."""
    with pytest.raises(BadInput, match="--price IN,OUT"):
        parse_prices([text])


def test_own_prices_come_first() -> None:
    """By model, then for all; what is served here costs nothing, what nobody knows has no price."""
    models = {"": "big", "classify": "small", "instances": "rehearsal:0"}
    away = Access("https://x.example/v1")
    knobs = {"price": ["0.5,1.5", "big=2,8"]}
    both = {"big": Price(2.0, 8.0), "small": Price(0.5, 1.5), "rehearsal:0": Price(0.5, 1.5)}
    assert prices_in_force(models, knobs, away) == both
    some = {"big": Price(2.0, 8.0), "small": None, "rehearsal:0": FREE}
    assert prices_in_force(models, {"price": ["big=2,8"]}, away) == some


def test_the_table_knows_a_models_price() -> None:
    """With the extra, a price comes from genai-prices, by the endpoint's address."""
    pytest.importorskip("genai_prices", reason="the extra `prices` is not installed")
    price = price_of("gpt-4o-mini", "https://api.openai.com/v1")
    assert price is not None
    assert 0 < price.prompt < price.answer < 10
    assert price_of("gpt-4o-mini", "https://gateway.example/v1") is None
