"""Waits for what is handed in: calls back when a folder has changed and come to rest."""

import gc
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import watchfiles
from watchfiles._rust_notify import WatchfilesRustInternalError

REST = 1.0  # seconds without a change, after which a file counts as written
LONGEST = 15.0  # seconds after which a folder that never rests is looked at all the same
AGAIN = 5.0  # seconds until what could not be done is tried again


class CannotWatch(Exception):
    """The system gives no word of changes; the text says why, in one sentence."""


def watch(folder: Path, out: Path, batch: Callable[[], bool]) -> None:
    """Calls `batch` at once, and again whenever something in the folder has changed, until an exception ends it.

    out    a folder whose changes do not count, should it lie within
    batch  returns whether that is done; where it is not, it is tried again soon
    Between the calls nothing is held but the watch. CannotWatch where the folder cannot be watched.
    """
    due: float | None = time.monotonic()
    for changed in _changes(folder.resolve(), out.resolve()):
        if changed or due is not None and time.monotonic() >= due:
            due = None if batch() else time.monotonic() + AGAIN
            gc.unfreeze()  # each batch freezes what it loads


def _changes(folder: Path, out: Path) -> Iterator[bool]:
    """Whether something has changed, about every second; what changes between two questions is not missed."""
    try:
        for changes in watchfiles.watch(
            folder, watch_filter=lambda _, path: not Path(path).is_relative_to(out),
            step=round(REST * 1000), debounce=round(LONGEST * 1000), rust_timeout=round(REST * 1000),
            yield_on_timeout=True, ignore_permission_denied=True,
        ):  # fmt: skip
            yield bool(changes)
    except (OSError, WatchfilesRustInternalError) as problem:
        raise CannotWatch(f"{folder} cannot be watched: {problem}.") from None
