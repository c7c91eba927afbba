"""`python -m selfinstruct.model.rehearsal`: the simulated service in a process of its own.

When it listens, it prints one line of JSON, {"port": N, "pid": N}. It ends when its standard input
ends, so it dies with the process that holds the other end of that pipe, whatever kills that one.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import signal
import sys
import threading
from dataclasses import fields
from pathlib import Path

from .options import RehearsalOptions, parse
from .service import serve

USAGE = 2
"""Exit code for bad options, a taken port or a ledger that cannot be opened."""


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m selfinstruct.model.rehearsal")
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--seed", type=int, default=0, help="another seed gives other replies")
    parser.add_argument("--ledger", type=Path, help="append every request to this JSONL")
    parser.add_argument("--bodies", action="store_true", help="whole requests in the ledger")
    parser.add_argument("--stay", action="store_true", help="do not end with standard input")
    for each in fields(RehearsalOptions):
        parser.add_argument(f"--{each.name.replace('_', '-')}", metavar="VALUE", dest=each.name)
    return parser.parse_args()


def _end_with_input() -> None:
    """Leave as soon as standard input ends. Nothing is buffered, so nothing is lost by it."""
    with contextlib.suppress(OSError):
        while os.read(0, 4096):
            pass
    os._exit(0)


async def _run(arguments: argparse.Namespace) -> None:
    given = vars(arguments)
    names = [each.name for each in fields(RehearsalOptions) if given[each.name] is not None]
    options = parse(f"{name}={given[name]}" for name in names)
    if not arguments.stay:
        # Ctrl-C in a terminal reaches every process of the group. The run that started this one
        # still waits for its open requests then, and ends this process by closing the pipe.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        threading.Thread(target=_end_with_input, daemon=True).start()
    _, port = await serve(
        arguments.seed, options, arguments.ledger, arguments.port, bodies=arguments.bodies
    )
    sys.stdout.write(json.dumps({"port": port, "pid": os.getpid()}) + "\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


def main() -> int:
    """Run the service until it is ended."""
    try:
        asyncio.run(_run(_arguments()))
    except (ValueError, OSError) as problem:
        sys.stderr.write(f"{problem}\n")
        return USAGE
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
