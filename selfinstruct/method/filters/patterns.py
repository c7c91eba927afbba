"""The patterns of the filters, as `patterns.toml` beside this file holds them."""

from __future__ import annotations

import re
import tomllib

from selfinstruct.resources import package_text

_SAID: dict[str, str] = tomllib.loads(package_text("method/filters/patterns.toml"))
_NAME = re.compile(r"\{([A-Z_]+)\}")


def patterns(names: str) -> list[re.Pattern[str]]:
    """Return patterns by their names."""
    return [re.compile(_said(name)) for name in names.split()]


def words_of(name: str) -> frozenset[str]:
    """Return the words of a list by its name."""
    return frozenset(_SAID[name].split())


def _said(name: str) -> str:
    return _NAME.sub(lambda inner: _said(inner[1]), _SAID[name])
