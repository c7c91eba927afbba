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
from pathlib import Path

from .options import parse
from .service import serve

USAGE = 2
"""Exit code for bad options, a taken port or a ledger that cannot be opened."""


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m selfinstruct.model.rehearsal")
    parser.add_argument("options", nargs="*", help="key=value, e.g. latency=1.0 e503=0.01 slots=8")
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--seed", type=int, default=0, help="another seed gives other replies")
    parser.add_argument("--ledger", type=Path, help="append every request to this JSONL")
    parser.add_argument("--bodies", action="store_true", help="whole requests in the ledger")
    parser.add_argument("--stay", action="store_true", help="do not end with standard input")
    return parser.parse_args()


def _end_with_input() -> None:
    """Leave as soon as standard input ends. Nothing is buffered, so nothing is lost by it."""
    with contextlib.suppress(OSError):
        while os.read(0, 4096):
            pass
    os._exit(0)


async def _run(arguments: argparse.Namespace) -> None:
    options = parse(arguments.options)
    _, port = await serve(
        arguments.seed, options, arguments.ledger, arguments.port, bodies=arguments.bodies
    )
    sys.stdout.write(json.dumps({"port": port, "pid": os.getpid()}) + "\n")
    sys.stdout.flush()
    if not arguments.stay:
        # Ctrl-C in a terminal reaches every process of the group. The run that started this one
        # still waits for its open requests then, and ends this process by closing the pipe.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        threading.Thread(target=_end_with_input, daemon=True).start()
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
