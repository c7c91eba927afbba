"""A run as the library gives it: to be read, measured, exported, verified and forked."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from .run.fields import method_takes
from .run.fork import fork
from .run.options import ForkOptions
from .run.verify import verify
from .views.export.exporting import export
from .views.export.options import ExportOptions
from .views.stats import gather_priced, stats
from .views.status import status
from .views.view import Run as RunView
from .views.view import open_run

if TYPE_CHECKING:
    from typing import BinaryIO

    from .run.fork import Forked
    from .run.verify import Check
    from .views.export.exporting import Exported
    from .views.stats import Stats
    from .views.status import Status


class Run(RunView):
    """A run folder as it was when it was opened; `tasks`, `rejected` and `seeds` read it.

    Nothing here asks a model for anything, and only `fork` and `export` write, elsewhere.
    """

    @classmethod
    def opened(cls, path: Path) -> Run:
        """Open a run (errors as for `selfinstruct.open`)."""
        view = open_run(path)
        return cls(view.spec, live=view.live)

    def status(self) -> Status:
        """Return how far the run is.

        Raises:
            Refused: if a file of the run is damaged.
        """
        return cast("Status", status(self))

    def stats(self, *, prices: tuple[str, ...] = ()) -> Stats:
        """Return the figures of the run. Takes about 15 s of CPU for 52,000 tasks.

        Args:
            prices: `IN,OUT` in dollars for a million tokens, or `MODEL=IN,OUT`; if none, those that
                the run was told, else the table's.

        Raises:
            BadInput: for a price that cannot be read.
            Refused: if a file of the run is damaged.
        """
        return cast("Stats", stats(gather_priced(self, prices)))

    @method_takes(ExportOptions)
    def export(self, output: str | PathLike[str] | BinaryIO, **options: Any) -> Exported:  # noqa: ANN401 - the fields of ExportOptions
        """Write the complete tasks in a form that trainers read.

        Args:
            output: a file; a folder where the format is one; or an open binary file.
            options: the fields of `views.export.options.ExportOptions`.

        Raises:
            BadInput: for options that make no sense, or an output that cannot be written.
            Refused: if a task's id stands twice in the pool.
        """
        place = Path(output) if isinstance(output, str | PathLike) else output
        return export(self, place, ExportOptions(**options))

    def verify(self) -> list[Check]:
        """Check the run's files against its journal; each check names a problem, or has none.

        Raises:
            Refused: if the run is damaged or worked on, or of a method that folds otherwise.
        """
        return verify(self.spec.folder.path)

    @method_takes(ForkOptions)
    def fork(self, new: str | PathLike[str], **options: Any) -> Forked:  # noqa: ANN401 - the fields of ForkOptions
        """Make a new run with other settings out of this run's replies; `generate` goes on with it.

        Args:
            new: a new or empty folder.
            options: the fields of `run.options.ForkOptions`: what is to be other than here.

        Raises:
            BadInput: if an option will not do, `new` is not empty, or no reply is of any use.
            Refused: if this run is damaged.
        """
        return fork(self.spec.folder.path, Path(new), ForkOptions(**options))
