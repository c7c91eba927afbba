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

from .run.fields import takes
from .run.options import RunOptions

if TYPE_CHECKING:
    from os import PathLike

    from .engine.run import Outcome
    from .library import Run

__version__ = "0.1.0"
__all__ = ["generate", "open"]


@takes(RunOptions)
def generate(run: str | PathLike[str], **options: Any) -> Outcome:  # noqa: ANN401 - the fields of RunOptions
    """Begin a run, or go on with it, until its target is met.

    Works inside a running event loop too (a notebook's): it then runs in a thread of its own and
    blocks until it is done.

    Args:
        run: the run folder.
        options: the fields of `run.options.RunOptions`, all of which may be left out.

    Raises:
        SelfInstructError: for whatever stands in the way; `str` tells what to do.
    """
    import asyncio
    from concurrent.futures import ThreadPoolExecutor
    from pathlib import Path

    from .engine.run import generate as run_generate

    asked = RunOptions(**options)

    def work() -> Outcome:
        return asyncio.run(
            run_generate(Path(run), asked, observe=lambda _: None, notice=lambda _: None)
        )

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return work()
    thread = ThreadPoolExecutor(1, "selfinstruct")
    try:
        return thread.submit(work).result()
    finally:
        thread.shutdown(wait=False)  # an interrupted notebook has its prompt back at once


def open(run: str | PathLike[str]) -> Run:  # noqa: A001 - reads well as selfinstruct.open
    """Open a run for reading, at any time, a live one too.

    Raises:
        BadInput: if the folder is not a run.
        Refused: if it is damaged.
    """
    from pathlib import Path

    from .library import Run

    return Run.opened(Path(run))
