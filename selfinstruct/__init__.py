"""Make instruction data sets with the Self-Instruct method.

```python
import selfinstruct

selfinstruct.generate("demo", model="rehearsal", target=200)
for task in selfinstruct.open("demo").tasks():
    print(task.instruction, task.instances[0].output)
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike

    from .engine.run import Outcome
    from .views.view import Run

__version__ = "0.1.0"
__all__ = ["generate", "open"]


def generate(
    run: str | PathLike[str],
    *,
    model: str | Mapping[str, str] | None = None,
    target: int | None = None,
    **wishes: Any,  # noqa: ANN401 - the fields of Wish
) -> Outcome:
    """Begin a run, or go on with it, until its target is met.

    Works inside a running event loop too (a notebook's): it then runs in a thread of its own and
    blocks until it is done.

    Args:
        run: the run folder.
        model: a model, or models by stage ("" for all others); may be left out to go on.
        target: complete tasks wanted.
        wishes: any other field of `run.options.RunOptions`.

    Raises:
        SelfInstructError: for whatever stands in the way; `str` tells what to do.
    """
    import asyncio
    import threading
    from pathlib import Path

    from .engine.run import generate as run_generate
    from .run.options import RunOptions

    models = {"": model} if isinstance(model, str) else dict(model or {})
    wish = RunOptions(models=models, target=target, **wishes)

    def work() -> Outcome:
        return asyncio.run(
            run_generate(Path(run), wish, observe=lambda _: None, notice=lambda _: None)
        )

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return work()
    results: list[Outcome | BaseException] = []

    def keep() -> None:
        try:
            results.append(work())
        except BaseException as error:  # noqa: BLE001 - raised again in the caller's thread
            results.append(error)

    thread = threading.Thread(target=keep, name="selfinstruct")
    thread.start()
    thread.join()
    if isinstance(results[0], BaseException):
        raise results[0]
    return results[0]


def open(run: str | PathLike[str]) -> Run:  # noqa: A001 - reads well as selfinstruct.open
    """Open a run for reading, at any time, a live one too.

    Raises:
        BadInput: if the folder is not a run.
        Refused: if it is damaged.
    """
    from pathlib import Path

    from .views.view import open_run

    return open_run(Path(run))
