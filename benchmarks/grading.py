"""How long grading takes, in one run, beside its peers: the same submissions of one exercise, as ratios.

    python benchmarks/grading.py [EXERCISE]

The floor is plain `exec` of the same cells in one warm process, without isolation, feedback or gradebook. Otter-grader
is measured where `_build/otter-venv` has it.
"""

import contextlib
import io
import multiprocessing
import platform
import subprocess
import sys
import tempfile
import time
import warnings
from dataclasses import dataclass
from pathlib import Path

import matplotlib
import nbformat
from nbgrader.apps import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from rich.console import Console
from rich.table import Table
from sqlalchemy.exc import SAWarning

from autograder import grade as grading
from autograder.course import Course
from autograder.master import role
from autograder.release import generate

SAMPLE = 8  # submissions that the peers run
COUNTS = (20, 200, 2000)


@dataclass(frozen=True)
class Row:
    """What was run, seconds for each submission, seconds until the first was done, and MB of memory at the end."""

    what: str
    seconds: float
    start: float = 0.0
    memory: float = 0.0


def hand_in(course: Course, exercise: str, folder: Path, count: int) -> None:
    solved = nbformat.writes(course.solved(exercise))
    for number in range(count):
        path = folder / f"s{number:04d}" / exercise / f"{exercise}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(solved)


def floor(course: Course, exercise: str) -> Row:
    matplotlib.use("agg")
    cells = [
        compile(cell.source, "<cell>", "exec")
        for cell in course.solved(exercise).cells
        if cell.cell_type == "code" and role(cell)
    ]
    seconds = []
    for _ in range(50):
        namespace: dict = {}
        began = time.perf_counter()
        with contextlib.redirect_stdout(io.StringIO()):
            for cell in cells:
                exec(cell, namespace)
        seconds.append(time.perf_counter() - began)
    return Row("exec of the cells: the floor", _without_the_first(seconds))


def behind_the_wall(course: Course, exercise: str, count: int, workers: int) -> Row:
    """Verdict, page and gradebook included."""
    marks: list[float] = []
    memory = 0.0

    def progress(done: int, total: int, _: object) -> None:
        nonlocal memory
        marks.append(time.perf_counter())
        if done == total:
            processes = ["self", *(child.pid for child in multiprocessing.active_children())]
            memory = sum(map(_megabytes, processes))

    with tempfile.TemporaryDirectory() as folder:
        hand_in(course, exercise, Path(folder, "submitted"), count)
        began = time.perf_counter()
        grading.grade(course, Path(folder, "submitted"), Path(folder, "out"), workers=workers, progress=progress)
    # The first of each worker pays for the start.
    each = (marks[-1] - marks[workers - 1]) / (count - workers)
    what = f"behind the wall, {workers} worker{'s' * (workers > 1)}, {count} submissions"
    return Row(what, each, marks[0] - began, memory)


def nbgrader(course: Course, exercise: str) -> Row:
    seconds = []
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        # nbgrader builds a submission in an order that SQLAlchemy remarks on.
        warnings.simplefilter("ignore", SAWarning)
        root = Path(folder)
        began = time.perf_counter()
        generate(course, root, gradebook=f"sqlite:///{root / 'gradebook.db'}")
        hand_in(course, exercise, root / "submitted", SAMPLE)
        config = course.nbgrader_config(root)
        api = NbGraderAPI(coursedir=CourseDirectory(config=config), config=config)
        start = time.perf_counter() - began
        for number in range(SAMPLE):
            began = time.perf_counter()
            for step in (api.autograde, api.generate_feedback):
                outcome = step(exercise, f"s{number:04d}", force=True)
                if not outcome["success"]:
                    sys.exit(f"nbgrader failed: {outcome.get('error') or outcome.get('log')}")
            seconds.append(time.perf_counter() - began)
    what = f"nbgrader's autograde and generate_feedback, {SAMPLE} submissions"
    return Row(what, _without_the_first(seconds), start + seconds[0])


def otter(course: Course, exercise: str) -> Row | None:
    python = course.root / "_build" / "otter-venv" / "bin" / "python"
    if not python.exists():
        return None
    with tempfile.TemporaryDirectory() as folder:
        notebook = Path(folder, f"{exercise}.ipynb")
        nbformat.write(course.solved(exercise), notebook)
        command = [str(python), str(Path(__file__).with_name("otter_peer.py")), str(notebook), str(SAMPLE)]
        done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"otter-grader failed: {done.stderr.strip().splitlines()[-1]}")
    return Row(f"otter-grader's grade_submission, {SAMPLE} submissions", float(done.stdout.split()[-1]))


def _without_the_first(seconds: list[float]) -> float:
    return sum(seconds[1:]) / (len(seconds) - 1)


def _megabytes(pid: int | str) -> float:
    """Of memory that the process holds by itself or with others."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1e3
    return 0.0


def main() -> None:
    exercise = sys.argv[1] if len(sys.argv) > 1 else "softmax"
    course = Course.find(Path(__file__).parent)
    base = floor(course, exercise)
    ours = [behind_the_wall(course, exercise, 200, 1)]
    ours += [behind_the_wall(course, exercise, count, 2) for count in COUNTS]
    peers = [nbgrader(course, exercise), otter(course, exercise)]
    table = Table(title=f"{exercise}: verdict, page and gradebook included (otter: the verdict alone)")
    for heading in ("what", "ms each", "start, s", "MB", "times the floor", *("nbgrader / it", "otter / it")):
        table.add_column(heading, justify="left" if heading == "what" else "right")
    for row in filter(None, [base, *ours, *peers]):
        ratios = [row.seconds / base.seconds, *(peer.seconds / row.seconds if peer else None for peer in peers)]
        cells = [row.seconds * 1e3, row.start or None, row.memory or None, *ratios]
        table.add_row(row.what, *("" if value is None else f"{value:.1f}" for value in cells))
    console = Console(width=150)
    console.print(table)
    console.print(f"{platform.machine()}, {multiprocessing.cpu_count()} cores, Python {platform.python_version()}")
    if peers[1] is None:
        console.print("otter-grader is not measured: _build/otter-venv is missing; `make bench` makes it.")


if __name__ == "__main__":
    main()
