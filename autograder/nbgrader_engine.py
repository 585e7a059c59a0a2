"""An engine: nbgrader's own autograde, which runs student's code and tests in one kernel.

For course work among people who trust each other: what runs in the kernel of the tests can change their verdict.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.apps import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import determine_grade

from .course import Course
from .master import is_manual, is_test, role
from .release import generate
from .results import CellResult, Graded, clean
from .verdict import failure, hidden, misconception

STUDENT = "student"  # in the engine's own gradebook, where submissions pass through one at a time


class EngineFault(Exception):
    """The engine has no verdict on a submission; the text says why, in one sentence."""


class OnlyErrorsCount(NbGraderPreprocessor):
    """Leaves nbgrader one ground to take points from a test cell: an error, or that the cell did not run. Of itself it
    also gives zero for a word on stderr, and takes a number that the last line shows for a partial score."""

    def preprocess_cell(self, cell, resources, cell_index):
        if is_test(cell):
            cell.outputs = [output for output in cell.outputs if output.output_type != "execute_result"]
            for output in cell.outputs:
                if output.output_type == "stream":
                    output.name = "stdout"
            if cell.execution_count is None:
                evalue = "the test did not run"
                cell.outputs.append(nbformat.v4.new_output("error", ename="NotRun", evalue=evalue, traceback=[evalue]))
        return cell, resources


class NbgraderEngine:
    """Grades one submission at a time in a temporary course of its own; a context manager.

    seed  of the hidden checks' inputs (AUTOGRADER_SEED of the kernels)
    """

    def __init__(self, course: Course, seed: int):
        self._course = course
        self._seed = seed

    def __enter__(self) -> "NbgraderEngine":
        self._folder = tempfile.TemporaryDirectory()
        self._root = Path(self._folder.name)
        generate(self._course, self._root, gradebook=f"sqlite:///{self._root / 'gradebook.db'}")
        return self

    def __exit__(self, *exception: object) -> None:
        self._folder.cleanup()

    def grade(self, assignment: str, student: str, notebook: NotebookNode) -> Graded:
        """Runs the notebook, a result of `into_master`; EngineFault where nbgrader comes to no verdict."""
        config = self._course.nbgrader_config(self._root)
        file = Path(STUDENT, assignment, f"{assignment}.ipynb")
        submitted, autograded = self._root / "submitted", self._root / "autograded"
        (submitted / file).parent.mkdir(parents=True)
        nbformat.write(notebook, submitted / file)
        try:
            with _environment(AUTOGRADER_SEED=str(self._seed), OPENBLAS_NUM_THREADS="1"):
                api = NbGraderAPI(coursedir=CourseDirectory(config=config), config=config)
                outcome = api.autograde(assignment, STUDENT, force=True)
            if not outcome["success"]:
                raise EngineFault(_why(outcome.get("log") or outcome.get("error") or ""))
            executed = nbformat.read(autograded / file, as_version=4)
        finally:
            shutil.rmtree(submitted, ignore_errors=True)
            shutil.rmtree(autograded, ignore_errors=True)
        graded = [cell for cell in executed.cells if is_test(cell) or is_manual(cell)]
        return Graded([_verdict(cell, executed) for cell in graded], executed)


def _verdict(cell: NotebookNode, notebook: NotebookNode) -> CellResult:
    grade_id, points = role(cell)["grade_id"], float(role(cell)["points"])
    if is_manual(cell):
        return CellResult(grade_id, 0.0, points, "manual")
    score, _ = determine_grade(cell)
    message = failure(cell, notebook)
    if not message:
        return CellResult(grade_id, float(score), points, "passed")
    return CellResult(grade_id, float(score), points, "failed", message, misconception(cell), hidden(cell))


def _why(log: str) -> str:
    if "DeadKernelError" in log:
        return "The kernel died while the notebook ran: it used up the memory, or ended itself."
    if "UnresponsiveKernelError" in log or "TimeoutError" in log or "Timeout waiting" in log:
        return "The notebook ran too long and could not be interrupted."
    errors = [line for line in log.splitlines() if "Error" in line or "Exception" in line]
    return f"nbgrader could not run the notebook: {clean(errors[-1] if errors else 'it gave no reason', 300)}"


@contextmanager
def _environment(**variables: str) -> Iterator[None]:
    """Sets variables of the environment, which the kernels inherit, for a while."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
