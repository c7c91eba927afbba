"""Write `docs/cli.md`: the help of every command, as the command line itself prints it.

`python tools/cli_docs.py` writes the page; with `--check` it writes nothing, and exits with 1 where
the page is not up to date.
"""

from __future__ import annotations

import sys
from pathlib import Path

from typer.testing import CliRunner

from selfinstruct.cli import app

PAGE = Path(__file__).parents[1] / "docs" / "cli.md"

_HEAD = """\
# Commands

Made from the commands' own `--help` by `python tools/cli_docs.py`; do not edit it. Data goes to
stdout, everything else to stderr; the last line on stderr is what to type next.

Exit codes: 0 done; 1 a bug; 2 usage or bad input, or an endpoint that says 401, 403 or 404;
3 refused (locked, another identity, a damaged file, another method number); 4 stopped before the
target, the same command goes on; 130 and 143 interrupted, the same command goes on.
"""
_FIXED = {"COLUMNS": "80", "NO_COLOR": "1", "TERM": "dumb", "FORCE_COLOR": ""}


def command_names() -> list[str]:
    """Return the names of the commands, in the order in which they are registered."""
    return [
        command.name or getattr(command.callback, "__name__", "").replace("_", "-")
        for command in app.registered_commands
    ]


def page() -> str:
    """Return the page as it should be.

    Raises:
        RuntimeError: if a command has no help.
    """
    parts = [_HEAD]
    for name in command_names():
        result = CliRunner().invoke(app, [name, "--help"], prog_name="selfinstruct", env=_FIXED)
        if result.exit_code:
            raise RuntimeError(f"{name} --help ends with {result.exit_code}: {result.output}")
        lines = "\n".join(line.rstrip() for line in result.output.strip().splitlines())
        parts.append(f"\n## {name}\n\n```text\n{lines}\n```\n")
    return "".join(parts)


def main() -> int:
    """Write the page, or say that it is not up to date."""
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(page(), encoding="utf-8", newline="\n")
        return 0
    if PAGE.read_text(encoding="utf-8") == page():
        return 0
    print("docs/cli.md is not up to date: run python tools/cli_docs.py", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
