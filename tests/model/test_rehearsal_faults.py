from __future__ import annotations

from collections import Counter
from dataclasses import replace
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from selfinstruct.model.rehearsal.faults import Bucket, Faults, Luck
from selfinstruct.model.rehearsal.options import FAULTS, RehearsalOptions, parse


def digest(place: int) -> str:
    return f"sha256:{place:064x}"


def lucks(options: RehearsalOptions, count: int = 5_000) -> list[Luck]:
    faults = Faults(0, options)
    return [faults.draw(digest(place)) for place in range(count)]


def test_no_options_mean_no_delay_and_no_fault() -> None:
    """The plain service answers at once and rightly."""
    assert set(lucks(RehearsalOptions(), 50)) == {Luck(0.0, None)}


def test_latency_is_lognormal_around_its_median() -> None:
    """Half of the times are under the median; sigma spreads them; the clock scales them."""
    times = [luck.seconds for luck in lucks(RehearsalOptions(latency=2.0, sigma=0.5))]
    assert median(times) == pytest.approx(2.0, rel=0.05)
    share = sum(time > 2.0 * 2.718281828**0.5 for time in times) / len(times)
    assert share == pytest.approx(0.159, abs=0.02)
    fast = [luck.seconds for luck in lucks(RehearsalOptions(latency=2.0, clock=0.01))]
    assert fast == pytest.approx([time / 100 for time in times])


def test_times_can_be_uniform() -> None:
    """Uniform times fill the whole range and nothing beyond it."""
    times = [luck.seconds for luck in lucks(RehearsalOptions(uniform=(0.05, 0.5)))]
    assert 0.05 <= min(times) < 0.06
    assert 0.49 < max(times) < 0.5


def test_tails_are_added_at_their_rates() -> None:
    """One answer in a hundred takes 30 s more, one in a thousand 300 s more."""
    options = RehearsalOptions(tails=((0.01, 30.0), (0.001, 300.0)))
    seen = Counter(luck.seconds for luck in lucks(options, 40_000))
    assert seen[30.0] / 40_000 == pytest.approx(0.01, abs=0.003)
    assert seen[300.0] / 40_000 == pytest.approx(0.001, abs=0.0006)
    assert set(seen) <= {0.0, 30.0, 300.0, 330.0}


def test_draws_can_be_repeated_and_a_second_ask_fares_anew() -> None:
    """A new service draws the same; the same body asked again draws something else."""
    options = RehearsalOptions(latency=1.0, e500=0.5)
    assert lucks(options) == lucks(options)
    assert lucks(options) != lucks(replace(options, salt=1))
    faults = Faults(0, options)
    again = [faults.draw(digest(1)) for _ in range(20)]
    assert len({luck.seconds for luck in again}) == 20
    assert {luck.fault for luck in again} == {"e500", None}


def test_faults_come_at_their_rates() -> None:
    """Each fault has a rate of its own; a stall adds its time."""
    options = parse(f"{name}=0.05" for name in FAULTS)
    found = lucks(options, 10_000)
    seen = Counter(luck.fault for luck in found)
    assert set(seen) == {*FAULTS, None}
    assert all(seen[name] / 10_000 == pytest.approx(0.05, abs=0.01) for name in FAULTS)
    assert {luck.seconds for luck in found if luck.fault == "stall"} == {30.0}


def test_a_bucket_refills_evenly_and_says_when() -> None:
    """A budget of 60 a minute gives 60 at once and then says how long to wait."""
    bucket = Bucket(60, clock=1e9)  # a minute that does not pass during the test
    for _ in range(60):
        assert bucket.has(1)
        bucket.take(1)
    assert not bucket.has(1)
    assert bucket.wait(1) == pytest.approx(1e9, rel=1e-3)
    headers = bucket.headers("requests")
    assert headers["x-ratelimit-limit-requests"] == "60"
    assert headers["x-ratelimit-remaining-requests"] == "0"
    assert Bucket(0, clock=1.0).headers("tokens") == {}
    assert Bucket(0, clock=1.0).has(10**9)


def test_an_amount_over_the_whole_budget_needs_a_full_one() -> None:
    """A single request over the budget is let through once the budget is full."""
    bucket = Bucket(100, clock=1e9)
    assert bucket.has(5_000)
    bucket.take(5_000)
    assert not bucket.has(1)


rates = st.floats(0, 0.1)
times = st.floats(0, 1e6, allow_nan=False)


@given(
    st.builds(
        RehearsalOptions,
        latency=times,
        sigma=times,
        uniform=st.none() | st.tuples(times, times).map(lambda pair: (min(pair), max(pair))),
        tails=st.lists(st.tuples(rates, times), max_size=3).map(tuple),
        clock=times,
        salt=st.integers(-5, 5),
        e429=rates,
        half=rates,
        slots=st.integers(0, 9),
        rpm=st.integers(0, 9),
    )
)
def test_options_survive_being_written_and_read(options: RehearsalOptions) -> None:
    """`words` writes what `parse` reads."""
    assert parse(options.words()) == options


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("latency", "'latency' is not key=value"),
        ("latncy=1", "there is no option 'latncy'; the nearest is 'latency'; choose from latency,"),
        ("latency=soon", "latency=soon will not do, latency takes a number"),
        ("slots=1.5", "slots takes an integer"),
        ("uniform=3", "uniform takes LOW:HIGH in seconds"),
        ("uniform=3:1", "it must be LOW:HIGH with 0 <= LOW <= HIGH"),
        ("tails=0.1", "tails takes RATE:SECONDS pairs"),
        ("tails=2:30", "it must be RATE:SECONDS with a rate from 0 to 1"),
        ("latency=-1", "it must be 0 or more"),
        ("latency=nan", "it must be 0 or more"),
        ("e500=1.5", "it must be a rate from 0 to 1"),
        ("rpm=-1", "it must be 0 (no limit) or more"),
    ],
)
def test_bad_options_are_named(text: str, said: str) -> None:
    """The error names the option, the value and what is possible."""
    with pytest.raises(ValueError, match=r".") as caught:
        parse([text])
    assert said in str(caught.value)


def test_options_given_twice_or_too_many_faults_are_refused() -> None:
    """A key may stand once, and the rates of all faults add up to 1 at most."""
    with pytest.raises(ValueError, match="given twice"):
        parse(["e500=0.1", "e500=0.2"])
    with pytest.raises(ValueError, match="at most 1 in all"):
        parse(["e500=0.6", "html=0.6"])
