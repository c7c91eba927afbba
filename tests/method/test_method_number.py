"""The method's number is raised with any change of reading or filtering; and reading is pure."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from selfinstruct.method import METHOD, READINGS
from tests.method.replies_read import judged, line, outcomes, recorded, written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.method.replies_read import Given

SETS = [
    pytest.param(written, id="written"),
    pytest.param(recorded, id="recorded", marks=pytest.mark.data),
]


@pytest.mark.parametrize("replies", SETS)
def test_the_method_number_stands_for_what_is_read(replies: Callable[[], Iterator[Given]]) -> None:
    """One digest of all that stages and filters give is pinned beside the number."""
    digest = hashlib.sha256()
    for number, given in enumerate(replies()):
        for outcome in outcomes(given, number):
            digest.update(line([outcome, judged(outcome)]).encode())
    assert digest.hexdigest() == READINGS[replies.__name__], (
        f"stages or filters give other things than method {METHOD} did: raise METHOD in "
        "selfinstruct/method/__init__.py and pin the new digest there"
    )


@pytest.mark.parametrize("replies", SETS)
def test_reading_is_a_function(replies: Callable[[], Iterator[Given]]) -> None:
    """Every reply read twice, the second time in another order, gives the same."""
    rows = list(enumerate(replies()))
    first = {number: line(outcomes(given, number)) for number, given in rows}
    for number, given in reversed(rows):
        assert line(outcomes(given, number)) == first[number]
