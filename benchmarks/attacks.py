"""What hostile submissions earn, behind the wall and in nbgrader's kernel. None has a right answer in it.

    python benchmarks/attacks.py

Only those run that harm nobody where nothing holds them: what forges verdicts and what reads answers.
"""

import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from attacks import hostile

from autograder.course import Course
from autograder.master import into_master
from autograder.nbgrader_engine import EngineFault, NbgraderEngine
from autograder.release import grading_master
from autograder.wall_engine import WallEngine

ROOT = Path(__file__).resolve().parents[1]
HARMLESS = (
    "patched_comparisons", "fake_checks", "patched_checks", "input_transformer", "ast_transformer", "display_hook",
    "silenced_tracebacks", "lying_object", "lying_scalar", "exit_in_a_cell", "sys_exit_in_a_cell", "printed_report",
    "stack_frames", "garbage_collector", "files_of_the_course", "keyed_to_the_visible_inputs", "constant",
)  # fmt: skip


def main() -> None:
    course = Course(ROOT)
    master = grading_master(course, "softmax")
    table = Table(title="points of 9 that an attack wins")
    for heading in ("attack", "behind the wall", "in nbgrader's kernel"):
        table.add_column(heading)
    with WallEngine(course, 1) as wall, NbgraderEngine(course, 1) as kernel:
        for name in HARMLESS:
            row = [name.replace("_", " ")]
            for engine in (wall, kernel):
                try:
                    graded = engine.grade(
                        "softmax",
                        "mallory",
                        into_master(master, hostile(master, name, COURSE=ROOT, SUBMITTED="/nowhere"))[0],
                    )
                    row.append(f"{sum(cell.score for cell in graded.cells):g}")
                except EngineFault as fault:
                    row.append(f"no verdict: {fault}")
            table.add_row(*row)
    Console(width=100).print(table)


if __name__ == "__main__":
    main()
