"""Says how far a run is: a bar where somebody looks at a terminal, elsewhere a line now and then."""

import math
import time
from collections.abc import Callable

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from rich.text import Text

from .submissions import Submission

EVERY = 10.0  # seconds between two lines


class Progress:
    """Of one run; a context manager, within which `show` is called after each submission.

    done, total  how many of how many submissions are done; None before the first
    """

    def __init__(self, console: Console, quiet: bool = False, clock: Callable[[], float] = time.monotonic):
        self.done: int | None = None
        self.total: int | None = None
        self._console = console
        self._clock = clock
        self._lines = not quiet and not console.is_terminal
        self._bar = Bar(
            TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
            console=console, transient=True, disable=quiet or not console.is_terminal,
        )  # fmt: skip
        self._task = self._bar.add_task("starting", total=None)

    def __enter__(self) -> "Progress":
        self._bar.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Takes the bar away, so that something else can be said."""
        self._bar.stop()

    def show(self, done: int, total: int, submission: Submission) -> None:
        """One more is done."""
        now = self._clock()
        if self.done is None:
            # The pace is that from here on: what was there before, and what came before the first, say nothing of it.
            self._first, self._begun, self._said = done, now, now
        self.done, self.total = done, total
        self._bar.update(
            self._task, completed=done, total=total, description=f"{submission.student}, {submission.assignment}"
        )
        if self._lines and now - self._said >= EVERY and done < total:
            self._said = now
            left = (now - self._begun) / (done - self._first) * (total - done)
            self._console.print(Text(f"{done} of {total}, {_in_words(left)} left"))


def _in_words(seconds: float) -> str:
    return f"about {math.ceil(seconds / 60)} min" if seconds > 60 else "less than a minute"
