"""What it costs to grade on workers of Dask, beside this machine's own processes, in one run.

    python benchmarks/cluster.py [STUDENTS]

Each student hands in every exercise. Scheduler, workers and the process that grades are all on this machine, so that
with as many workers as it has cores they share them: what each of them needs of a core is told apart. The ways are
taken in turn, in rounds, and of each ratio the median counts: a machine's speed wavers from one minute to the next.
"""

import contextlib
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psutil
from distributed import Client
from grading import hand_in
from rich.console import Console
from rich.table import Table

from autograder.course import Course
from autograder.grade import grade

PATIENCE = 60
ROUNDS = 3


@dataclass(frozen=True)
class Row:
    """What was run, and for each submission: seconds, core-seconds of workers, grading process and scheduler, and bytes
    of the page and the notebook that came of it."""

    what: str
    seconds: float
    workers: float
    grading: float
    scheduler: float
    files: float


def burnt(process: psutil.Process) -> float:
    """Core-seconds of a process and of all that it has started."""
    total = sum(process.cpu_times()[:4])
    for child in process.children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            total += sum(child.cpu_times()[:4])
    return total


def measured(course: Course, submitted: Path, what: str, workers: int, scheduler: "Scheduler | None" = None) -> Row:
    """One run, from when each worker has begun."""
    me = psutil.Process()
    marks: list[tuple[float, float, float, float]] = []
    begins = 2 * workers

    def progress(done: int, total: int, _: object) -> None:
        if done in (begins, total):
            mine = sum(me.cpu_times()[:2])
            if scheduler:
                theirs, its = sum(map(burnt, scheduler.workers)), burnt(scheduler.process)
            else:
                theirs, its = sum(map(burnt, me.children())), 0.0
            if workers == 1 and not scheduler:  # this process is the worker
                theirs, mine = theirs + mine, 0.0
            marks.append((time.perf_counter(), theirs, mine, its))

    with tempfile.TemporaryDirectory() as out:
        address = scheduler and scheduler.address
        results = grade(course, submitted, Path(out), workers=workers, scheduler=address, seed=1, progress=progress)
        files = [*Path(out).glob("feedback/*/*.html"), *Path(out).glob("autograded/*/*/*.ipynb")]
        size = sum(path.stat().st_size for path in files) / len(results)
    return Row(what, *((end - begin) / (len(results) - begins) for begin, end in zip(*marks)), size)


class Scheduler:
    """A scheduler and its workers, as processes."""

    def __init__(self, folder: Path):
        self._folder = folder
        told = folder / "scheduler.json"
        self.workers: list[psutil.Process] = []
        self.process = self._start("scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(told))
        wait_until(lambda: told.is_file() and told.read_text().endswith("}"))
        self.address = json.loads(told.read_text())["address"]

    def staff(self, count: int) -> None:
        """Ends or starts workers until there are so many."""
        while len(self.workers) > count:
            end(self.workers.pop())
        while len(self.workers) < count:
            options = ("--nthreads", "1", "--no-nanny", "--local-directory", str(self._folder))
            self.workers.append(self._start("worker", self.address, *options))
        with Client(self.address, set_as_default=False) as client:
            client.wait_for_workers(count, timeout=PATIENCE)

    def end(self) -> None:
        for process in [*self.workers, self.process]:
            end(process)

    def _start(self, *arguments: str) -> psutil.Process:
        command = [sys.executable, "-P", "-m", "dask", *arguments, "--no-dashboard"]
        with (self._folder / "log").open("ab") as log:
            return psutil.Popen(command, cwd=self._folder, stdout=log, stderr=log)


def end(process: psutil.Process) -> None:
    process.terminate()
    process.wait(PATIENCE)


def wait_until(true) -> None:
    until = time.monotonic() + PATIENCE
    while not true():
        if time.monotonic() > until:
            sys.exit("The scheduler does not start.")
        time.sleep(0.05)


@contextlib.contextmanager
def running(folder: Path) -> Iterator[Scheduler]:
    scheduler = Scheduler(folder)
    try:
        yield scheduler
    finally:
        scheduler.end()


def main() -> None:
    students = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    course = Course.find(Path(__file__).parent)
    rounds: list[list[Row]] = []
    with tempfile.TemporaryDirectory() as folder:
        submitted = Path(folder, "submitted")
        for name in course.names:
            hand_in(course, name, submitted, students)
        handed_in = [path.stat().st_size for path in submitted.glob("*/*/*.ipynb")]
        with running(Path(folder)) as scheduler:
            for _ in range(ROUNDS):
                rounds.append([])
                for workers, plurals in ((1, ("", "")), (2, ("es", "s"))):
                    here, dask = f"this machine, {workers} process{plurals[0]}", f"Dask, {workers} worker{plurals[1]}"
                    scheduler.staff(workers)
                    rounds[-1].append(measured(course, submitted, here, workers))
                    rounds[-1].append(measured(course, submitted, dask, workers, scheduler))
    table = Table(
        title=f"{students} students, every exercise: verdict, page and gradebook included; median of {ROUNDS} rounds"
    )
    for heading in ("what", "ms each", "core-ms of workers", "of the grading process", "of the scheduler"):
        table.add_column(heading, justify="left" if heading == "what" else "right")
    for runs in zip(*rounds):
        of = (median(getattr(run, name) for run in runs) for name in ("seconds", "workers", "grading", "scheduler"))
        table.add_row(runs[0].what, *(f"{value * 1e3:.1f}" for value in of))
    console = Console(width=120)
    console.print(table)

    def needed(row: Row) -> float:
        return (row.workers + row.grading + row.scheduler) / (os.cpu_count() or 1)

    faster = [dask_1.seconds / dask_2.seconds for _, dask_1, _, dask_2 in rounds]
    most = median(dask_1.seconds / needed(dask_2) for _, dask_1, _, dask_2 in rounds)
    each = ", ".join(f"{ratio:.2f}" for ratio in faster)
    console.print(
        f"Two Dask workers are {median(faster):.2f} times as fast as one ({each}); the cores allow {most:.2f}."
    )
    here = median(here_1.seconds / here_2.seconds for here_1, _, here_2, _ in rounds)
    console.print(f"This machine's two processes are {here:.2f} times as fast as one.")
    cost = median(dask_2.seconds / here_2.seconds for _, _, here_2, dask_2 in rounds)
    console.print(f"A submission takes {cost:.2f} times what it takes without Dask.")
    there, back = sum(handed_in) / len(handed_in) / 1e3, rounds[0][-1].files / 1e3
    console.print(f"With each submission travel {there:.0f} KB to the worker and {back:.0f} KB back.")
    console.print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")


if __name__ == "__main__":
    main()
