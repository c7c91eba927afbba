"""The errors a user may meet, and the exit code each one means.

```
SelfInstructError      1  a bug, or an error of a kind we did not foresee
├── BadInput           2  usage, bad input, or an endpoint that says 401, 403 or 404
├── Refused            3  locked, another identity, a corrupt file, another method number
└── Stopped            4  the run stopped but goes on when started again
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Mapping


class SelfInstructError(Exception):
    """An error in our form: `cannot <verb> <thing>: <why>.` and, below, what to do.

    Args:
        what: verb and thing, for instance `read seeds.jsonl`.
        why: the reason, without a full stop at its end.
        remedy: what the user can do about it, one line.
    """

    code: ClassVar[int] = 1

    def __init__(self, what: str, why: str, remedy: str) -> None:
        super().__init__(f"cannot {what}: {why.rstrip('.')}.\n{remedy}")
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
