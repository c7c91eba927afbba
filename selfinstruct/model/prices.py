"""Prices: the user's own, or those of `genai-prices` (extra `prices`)."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from selfinstruct.method.cost import Price
from selfinstruct.method.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Sequence

_PAIR = re.compile(r"(\d+(?:\.\d*)?|\.\d+) *, *(\d+(?:\.\d*)?|\.\d+)")

REMEDY = (
    "Give it as --price IN,OUT, in US dollars for a million tokens of prompt and of answer; 0,0 "
    "for a server of your own."
)


def parse_prices(texts: Sequence[str]) -> dict[str, Price]:
    """Return prices by model from texts `IN,OUT` (under "") and `MODEL=IN,OUT`.

    Raises:
        BadInput: if a text is neither.
    """
    prices = {}
    for text in texts:
        name, _, pair = text.rpartition("=")
        found = _PAIR.fullmatch(pair.strip())
        if found is None or not math.isfinite(float(found[1]) + float(found[2])):
            raise BadInput(
                f"use --price {text}", "it is not two numbers with a comma between them", REMEDY
            )
        prices[name] = Price(float(found[1]), float(found[2]))
    return prices


def price_of(model: str, url: str) -> Price | None:
    """Return a model's price by the table, at this address: elsewhere it may be another one."""
    try:
        from genai_prices import Usage, calc_price  # noqa: PLC0415 - an extra
    except ImportError:
        return None
    try:
        told = calc_price(Usage(input_tokens=1000, output_tokens=1000), model, provider_api_url=url)
    except LookupError:
        return None
    return Price(float(told.input_price) * 1000, float(told.output_price) * 1000)
