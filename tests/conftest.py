"""Settings of all tests."""

from __future__ import annotations

from hypothesis import settings

# The same examples each time, so that a red run names a change; no deadline: a busy machine is no
# failure. The other profile, `make search`, looks for new ones.
settings.register_profile("same", deadline=None, derandomize=True)
settings.register_profile("search", deadline=None, max_examples=1000)
settings.load_profile("same")
