"""How long grading takes, in one run, beside its peers: the same submissions of one exercise, as ratios.

    python benchmarks/grading.py [SUBMISSIONS]

The floor is plain `exec` of the same cells in one warm process, without isolation, feedback or gradebook.
"""

import contextlib
import io
import shutil
import sys
import tempfile
import time
from pathlib import Path

import matplotlib
import nbformat
from rich.console import Console
from rich.table import Table

from autograder import grade as grading
from autograder.course import Course
from autograder.master import role
from autograder.nbgrader_engine import NbgraderEngine

EXERCISE = "backprop"
SAMPLE = 8  # submissions that nbgrader runs


def hand_in(course: Course, folder: Path, count: int) -> None:
    solved = nbformat.writes(course.solved(EXERCISE))
    for number in range(count):
        path = folder / f"s{number:04d}" / EXERCISE / f"{EXERCISE}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(solved)


def floor(course: Course, count: int) -> float:
    """Seconds for each submission by `exec`."""
    matplotlib.use("agg")
    cells = [
        compile(cell.source, "<cell>", "exec")
        for cell in course.solved(EXERCISE).cells
        if cell.cell_type == "code" and role(cell)
    ]
    began = time.perf_counter()
    for _ in range(count):
        namespace: dict = {}
        with contextlib.redirect_stdout(io.StringIO()):
            for cell in cells:
                exec(cell, namespace)
    return (time.perf_counter() - began) / count


def graded(course: Course, submitted: Path, workers: int, engine=None) -> tuple[float, float]:
    """Seconds for each submission, verdict, page and gradebook included, and seconds until the first is done."""
    marks: list[float] = []
    with tempfile.TemporaryDirectory() as out:
        began = time.perf_counter()
        chosen = {} if engine is None else {"engine": engine}
        grading.grade(
            course,
            submitted,
            Path(out),
            workers=workers,
            progress=lambda *_: marks.append(time.perf_counter()),
            **chosen,
        )
    # The first of each worker pays for the start.
    return (marks[-1] - marks[workers - 1]) / (len(marks) - workers), marks[0] - began


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    course = Course.find(Path(__file__).parent)
    console = Console(width=120)
    with tempfile.TemporaryDirectory() as folder:
        submitted, sample = Path(folder, "all"), Path(folder, "sample")
        hand_in(course, submitted, count)
        hand_in(course, sample, SAMPLE)
        rows = [("exec of the cells: the floor", floor(course, 50), 0.0)]
        for workers in (1, 2):
            rows.append(
                (
                    f"behind the wall, {workers} worker{'s' * (workers > 1)}, {count} submissions",
                    *graded(course, submitted, workers),
                )
            )
        rows.append((f"nbgrader's autograde, {SAMPLE} of them", *graded(course, sample, 1, NbgraderEngine)))
        shutil.rmtree(submitted)
    slowest = rows[-1][1]
    table = Table(title=f"{EXERCISE}, verdict, page and gradebook included")
    for heading in ("what", "ms each", "start, s", "times the floor", "times faster than nbgrader"):
        table.add_column(heading, justify="left" if heading == "what" else "right")
    for what, seconds, start in rows:
        table.add_row(
            what,
            f"{1000 * seconds:.1f}",
            f"{start:.1f}",
            f"{seconds / rows[0][1]:.1f}",
            f"{slowest / seconds:.1f}",
        )
    console.print(table)
    console.print("otter-grader is not measured here: it is not among the packages of the course.")


if __name__ == "__main__":
    main()
