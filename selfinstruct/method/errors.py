"""The errors a user may meet, and the exit code each one means.

```
SelfInstructError      1  a bug, or an error of a kind we did not foresee
├── BadInput           2  usage, bad input, or an endpoint that says 401, 403 or 404
├── Refused            3  locked, another identity, a corrupt file, another method number
└── Stopped            4  the run stopped but goes on when started again
```
"""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, ClassVar

from .plain import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

LONGEST = 2000
"""Characters of what a user gave that an error repeats, at most."""
_LONGEST_WORD = 300


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the words that tell of the known name most like one that is not; "" for none."""
    by_form = {each.casefold(): each for each in known}
    found = difflib.get_close_matches(name.casefold(), by_form, 1)
    return f"; the nearest is {by_form[found[0]]!r}" if found else ""


class SelfInstructError(Exception):
    """An error in our form: `cannot <verb> <thing>: <why>.` and, below, what to do.

    It may quote a model or a server: as a text, nothing in it steers a terminal.

    Args:
        what: verb and thing, for instance `read seeds.jsonl`.
        why: the reason, without a full stop at its end.
        remedy: what the user can do about it, one line.
    """

    code: ClassVar[int] = 1

    def __init__(self, what: str, why: str, remedy: str) -> None:
        why = _cut(why, LONGEST).rstrip(".")
        super().__init__(plain(_short(f"cannot {_cut(what, LONGEST)}: {why}.\n{remedy}")))
        self.what = what
        self.why = why
        self.remedy = remedy


class BadInput(SelfInstructError):  # noqa: N818 - the tree reads better without "Error"
    """Usage, a file or a value of the user's is wrong; exit code 2."""

    code = 2


class Refused(SelfInstructError):  # noqa: N818 - as above
    """Going on would break a promise to the user; exit code 3.

    `locked` tells that the reason is another process at work on the run.
    """

    code = 3

    def __init__(self, what: str, why: str, remedy: str, *, locked: bool = False) -> None:
        super().__init__(what, why, remedy)
        self.locked = locked


class Stopped(SelfInstructError):  # noqa: N818 - as above
    """The run stopped before its target and can be started again; exit code 4.

    Args:
        what: as above.
        why: as above.
        remedy: as above.
        kind: short name of the reason, for the run's events.
        options: what to change in the command that is typed next, such as `--max-cost` and its
            value; "" for a flag.
    """

    code = 4

    def __init__(
        self,
        what: str,
        why: str,
        remedy: str,
        *,
        kind: str = "",
        options: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(what, why, remedy)
        self.kind = kind
        self.options = options or {}


def _short(text: str) -> str:
    """Return a text without the middle of its longest words."""
    return re.sub(rf"\S{{{_LONGEST_WORD},}}", lambda word: _cut(word[0], _LONGEST_WORD), text)


def _cut(text: str, most: int) -> str:
    half = most // 2
    return text if len(text) <= most else f"{text[:half]} ... {text[-half:]}"
