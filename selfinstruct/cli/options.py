"""Options of the command line, made of the fields of the dataclasses that the commands call for."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_origin, get_type_hints

import typer

from selfinstruct.run.fields import options_in
from selfinstruct.run.options import RunOptions

if TYPE_CHECKING:
    from collections.abc import Callable

    from selfinstruct.run.fields import Option


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


BaseUrl = Annotated[str | None, _of_a_run("base_url")]
ApiKeyEnv = Annotated[str | None, _of_a_run("api_key_env")]
Prices = Annotated[list[str] | None, _of_a_run("prices")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
