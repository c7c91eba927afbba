"""The package's own data files."""

from __future__ import annotations

from importlib.resources import files


def package_text(path: str) -> str:
    """Return a data file of the package; `path` is relative to the package, with slashes."""
    return files("selfinstruct").joinpath(path).read_text(encoding="utf-8")
