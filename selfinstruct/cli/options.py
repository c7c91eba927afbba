"""Options of the command line, made of the fields of the dataclasses that the commands call for."""

from __future__ import annotations

import inspect
from dataclasses import fields
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from selfinstruct.run.fields import options_in
from selfinstruct.run.options import RunOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from selfinstruct.run.fields import Option


def typer_option(name: str, option: Option, default: str = "") -> Any:  # noqa: ANN401 - typer's own type is not public
    """Return an option as typer has it.

    Args:
        name: the field's name.
        option: the option.
        default: what None stands for, where it is not what the option says.
    """
    default = default or option.default
    told = f"{option.help} (default {default})." if default else f"{option.help}."
    return typer.Option(*option.flags_of(name), help=told, min=option.least, max=option.most)


def takes(kind: type, default: str = "") -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command, in place of its argument `options`, an option for each field of a dataclass.

    Args:
        kind: the dataclass.
        default: what None stands for with this command, where it is not what the options say.
    """
    known = options_in(kind)
    hints = get_type_hints(kind)

    def parameter(name: str, value: object) -> inspect.Parameter:
        option = known[name]
        typed = option.typed or hints[name]
        return inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            default=None if option.typed else value,
            annotation=Annotated[typed, typer_option(name, option, default)],
        )

    def made(given: Mapping[str, Any]) -> object:
        typed = {name: value for name, value in given.items() if value is not None}
        return kind(
            **{
                name: value if (read := known[name].read) is None else read(value)
                for name, value in typed.items()
            }
        )

    def wrap(command: Callable[..., None]) -> Callable[..., None]:
        own = inspect.signature(command, eval_str=True)
        parameters: list[inspect.Parameter] = []
        for each in own.parameters.values():
            if each.name == "options":
                some = [f for f in fields(kind) if f.name in known]
                parameters += [parameter(field.name, field.default) for field in some]
            else:
                parameters.append(each)

        def called(**given: Any) -> None:  # noqa: ANN401 - the command's own
            options = made({name: given.pop(name) for name in known})
            command(**given, options=options)

        called.__name__, called.__doc__ = command.__name__, command.__doc__
        called.__annotations__ = {}
        called.__signature__ = own.replace(parameters=parameters)  # type: ignore[attr-defined] # what typer reads
        return called

    return wrap


_RUN = options_in(RunOptions)

BaseUrl = Annotated[str | None, typer_option("base_url", _RUN["base_url"])]
ApiKeyEnv = Annotated[str | None, typer_option("api_key_env", _RUN["api_key_env"])]
Prices = Annotated[list[str] | None, typer_option("prices", _RUN["prices"])]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
