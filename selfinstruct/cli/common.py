"""What the commands share: the application, their options, and how they speak.

Options are made of the fields of the dataclasses that the commands call for.
"""

from __future__ import annotations

import inspect
import json
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar, get_origin, get_type_hints

import typer

from selfinstruct.method.plain import plain
from selfinstruct.run.fields import options_in
from selfinstruct.run.options import RunOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from selfinstruct.run.fields import Option

Found = TypeVar("Found")

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Make instruction data sets with the Self-Instruct method.",
)

RunPath = Annotated[Path, typer.Argument(help="The run folder.", metavar="RUN")]


def tell(*lines: str) -> None:
    """Speak to the user, on stderr; nothing that a file or a server said can steer a terminal."""
    for line in lines:
        print(plain(line), file=sys.stderr)


def say(text: str) -> None:
    """Print a text that was asked for, on stdout; nothing in it steers a terminal."""
    print(plain(text))


def show(found: Found, as_text: Callable[[Found], str], *, as_json: bool) -> None:
    """Print what was found, as JSON or as a text."""
    say(json.dumps(found, indent=2).replace("\x7f", "\\u007f") if as_json else as_text(found))


def rerun_command(
    options: Mapping[str, str] | None = None,
    typed: Sequence[str] | None = None,
    *,
    generate: bool = False,
) -> str:
    """Return the command that was typed, to be typed again with some options changed.

    Args:
        options: their new values; "" for a flag.
        typed: the arguments that were typed; None: those of this process.
        generate: whether `generate` is to follow with the same options; a dry run is always its.
    """
    left = list(sys.argv[1:] if typed is None else typed)
    if generate or "--dry-run" in (options or {}):
        left = ["generate", *(word for word in left[1:] if word != "--json")]
    for name, value in (options or {}).items():
        for place in reversed(range(len(left))):
            if left[place] == name:
                del left[place : place + (2 if value else 1)]
            elif left[place].startswith(f"{name}="):
                del left[place]
        left += [name, value] if value else [name]
    for place, word in enumerate(left):
        if word.startswith("--header="):
            left[place] = "--header=NAME: VALUE"
        elif word == "--header":
            left[place + 1 : place + 2] = ["NAME: VALUE"]
    return shlex.join(["selfinstruct", *left])


def next_command(*words: str | Path) -> str:
    """Return the line that tells what to type next."""
    return f"next: {shlex.join(['selfinstruct', *map(str, words)])}"


def next_export(run: Path) -> str:
    """Return the line that tells how to export a run that is done."""
    return next_command("export", run, "--format", "alpaca", "-o", "alpaca.json")


def takes(kind: type, default: str = "") -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command, in place of its argument `options`, an option for each field of a dataclass.

    Args:
        kind: the dataclass.
        default: what None stands for with this command, where it is not what the options say.
    """
    known, hints, plain = options_in(kind), get_type_hints(kind), kind()
    typed = {name: _typed(hints[name], option) for name, option in known.items()}
    added = [
        inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            default=getattr(plain, name) if read is None else None,
            annotation=Annotated[hint, _option(known[name], name, default)],
        )
        for name, (hint, read) in typed.items()
    ]

    def wrap(command: Callable[..., None]) -> Callable[..., None]:
        def called(**given: Any) -> None:  # noqa: ANN401 - the command's own
            asked = {}
            for name, (_, read) in typed.items():
                value = given.pop(name)
                if value is not None:
                    asked[name] = value if read is None else read(value)
            command(**given, options=kind(**asked))

        own = inspect.signature(command, eval_str=True)
        parameters = [
            each
            for one in own.parameters.values()
            for each in (added if one.name == "options" else [one])
        ]
        called.__name__, called.__doc__ = command.__name__, command.__doc__
        called.__annotations__ = {}
        called.__signature__ = own.replace(parameters=parameters)  # type: ignore[attr-defined] # what typer reads
        return called

    return wrap


def _typed(hint: Any, option: Option) -> tuple[Any, Callable[[Any], Any] | None]:  # noqa: ANN401 - any type
    """Return a field's type on the command line, and what makes its value of that."""
    if option.read is not None or get_origin(hint) is tuple:
        return list[str] | None, option.read or tuple
    if hint == bool | None:
        return Literal["yes", "no"] | None, "yes".__eq__
    return hint, None


def _option(option: Option, name: str, default: str = "") -> Any:  # noqa: ANN401 - typer's own type is not public
    """Return an option as typer has it; `default` goes before what the option says of None."""
    default = default or option.default
    told = f"{option.help} (default {default})." if default else f"{option.help}."
    return typer.Option(*option.flags_of(name), help=told, min=option.least, max=option.most)


def _of_a_run(name: str) -> Any:  # noqa: ANN401 - as above
    return _option(options_in(RunOptions)[name], name)


Prices = Annotated[list[str] | None, _of_a_run("prices")]
TrustCode = Annotated[bool, _of_a_run("trust_code")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
