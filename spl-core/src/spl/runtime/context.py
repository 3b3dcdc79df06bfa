"""The run that user code is part of: `current_run()`."""

from __future__ import annotations

import os

from spl.runtime.progress import Progress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path

    from spl.runtime.progress import Report

ARTIFACTS = "artifacts"  # the folder's name below the run's folder


class RunContext:
    """What a run knows of itself.

    Attributes:
        id: the run's id; empty outside a run. The same for every attempt, so it can serve as an idempotency key.
        attempt: 1 for the first attempt.
        folder: the run's folder, which is its working directory.
    """

    def __init__(
        self, id: str = "", attempt: int = 1, folder: Path | str | None = None, report: Report | None = None
    ) -> None:
        self.id = id
        self.attempt = attempt
        self._folder = None if folder is None else os.path.abspath(folder)
        self._progress = None if report is None else Progress(report)
        self._cancelled = False

    @property
    def folder(self) -> Path:
        from pathlib import Path

        return Path(self._folder or os.getcwd())

    def artifact(self, name: str | os.PathLike[str]) -> Path:
        """Where to write an artifact by this name (`plot.png`, `tables/prices.csv`). Its folder is there already.

        Raises ValueError for a name that no artifact may have.
        """
        from spl.runtime.artifacts import check_name

        text = os.fspath(name).replace("\\", "/") if os.name == "nt" else os.fspath(name)
        check_name(text)
        path = self.folder / ARTIFACTS / text
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def progress(self, done: float | None = None, total: float | None = None, text: str = "") -> None:
        """Tell how far the run is: `progress(3, 10, "three of ten")`. Call it as often as you like."""
        if self._progress is not None:
            self._progress(done, total, text)

    def cancelled(self) -> bool:
        """Whether the run was asked to stop. Code that looks can end in its own way, within the grace time."""
        return self._cancelled

    def cancel(self) -> None:
        """Ask the run to stop: the worker's part, when it is told to."""
        self._cancelled = True

    def flush(self) -> None:
        """Send the last report of progress: the worker's part, when the function has returned."""
        if self._progress is not None:
            self._progress.flush()

    def __repr__(self) -> str:
        return f"<RunContext {self.id or 'outside a run'}, attempt {self.attempt}, {self.folder}>"


class Binding:
    """A context being the current one; as a context manager, until its block ends."""

    def __init__(self, previous: RunContext) -> None:
        self._previous = previous

    def __enter__(self) -> RunContext:
        return _current

    def __exit__(self, *_: object) -> None:
        global _current
        _current = self._previous


_current = RunContext()  # a process runs one run at a time, and all of its threads are part of it


def current_run() -> RunContext:
    """The run this code is part of. Outside a run: one without id, whose folder is the working directory."""
    return _current


def bind(context: RunContext) -> Binding:
    """Make this the current run, for good or for a `with` block."""
    global _current
    binding, _current = Binding(_current), context
    return binding
