"""How a person ends a run: by Ctrl-C, which a terminal sends to every process of it at once, or by SIGTERM.

The main process alone decides. Its workers leave Ctrl-C to it from their first moment, and it ends them by SIGTERM, at
which each closes what it holds.
"""

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import resource_tracker

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
PATIENCE = 5.0  # seconds in which a worker closes what it holds


class Ended(KeyboardInterrupt):
    """A person has ended the run; `code` is what a shell expects the process to exit with."""

    def __init__(self, number: int):
        super().__init__(number)
        self.code = 128 + number


@contextmanager
def endable() -> Iterator[None]:
    """Within, SIGINT and SIGTERM raise Ended, in the main thread; once they have, both are ignored."""

    def end(number: int, frame: object) -> None:
        raise Ended(number)

    before = {number: signal.signal(number, end) for number in _SIGNALS}
    try:
        yield
    except KeyboardInterrupt:
        before = dict.fromkeys(_SIGNALS, signal.SIG_IGN)
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def not_now() -> Iterator[None]:
    """Within, in the main thread, both signals wait; what is started there never hears of them, unless it asks to."""
    missed: list[int] = []
    before = {number: signal.signal(number, lambda number, frame: missed.append(number)) for number in _SIGNALS}
    # The mask is for what is started: in this process, another thread may take the signal.
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        for number, handler in before.items():
            signal.signal(number, handler)
        if missed:
            signal.raise_signal(missed[0])


class Pool(ProcessPoolExecutor):
    """Worker processes for the main process; where an exception ends the `with`, they end at once, whatever they do."""

    def __init__(self, workers: int, start: Callable[..., None], arguments: tuple):
        super().__init__(workers, multiprocessing.get_context("spawn"), start, arguments)
        resource_tracker.ensure_running()  # its start would end `not_now` below

    def submit(self, *call: object) -> Future:
        """As usual; a worker that this starts hears no signal until `leave_ctrl_c_to_the_main_process`."""
        with not_now():
            return super().submit(*call)

    def __exit__(self, kind: type | None, *exception: object) -> None:
        if kind:
            workers = multiprocessing.active_children()
            for worker in workers:
                worker.terminate()
            for worker in workers:
                worker.join(PATIENCE)
                worker.kill()
        super().__exit__(kind, *exception)


def leave_ctrl_c_to_the_main_process(close: Callable[[], None]) -> None:
    """For a worker, in its main thread: SIGINT does nothing; SIGTERM ends it, after `close`."""

    def end(number: int, frame: object) -> None:
        signal.signal(number, signal.SIG_IGN)
        try:
            close()
        finally:
            os._exit(128 + number)

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, end)
    # What the wall starts inherits the mask, and is interrupted by SIGINT.
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
