"""An engine: student's cells run behind the wall, the master's test cells here, with proxies for student's functions.

No test, expected value or answer enters the student's process; nothing of the student's is imported, evaluated or
unpickled in this one. A test cell passes when it has run to its end, every comparison in it completed.
"""

import contextlib
import functools
import io
import os
import secrets
from dataclasses import replace
from pathlib import Path
from types import CodeType

import nbformat
from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor

from .checks import CheckFailed
from .course import Course
from .master import is_manual, is_test, role
from .messages import FINDING_MIME
from .nbgrader_engine import EngineFault
from .results import CellResult, Graded, clean
from .wall import NoAnswer, StudentError, Wall, WallFault

# What the arithmetic of a test cell raises on an answer that no check before it has fixed the shape or type of.
UNUSABLE = (ArithmeticError, LookupError, TypeError, ValueError, NoAnswer, StudentError)


class WallEngine:
    """Grades one submission after the other, each in a world of its own; a context manager.

    seed    of the hidden checks' inputs (AUTOGRADER_SEED of this process, while the engine is open)
    unsafe  go on without isolation where the machine cannot give it
    WallUnavailable, in one sentence, where it cannot and `unsafe` is false.
    """

    def __init__(self, course: Course, seed: int, unsafe: bool = False):
        self._course = course
        self._seed = seed
        self._unsafe = unsafe
        self._reached_through: dict[str, list[str]] = {}
        self._open = contextlib.ExitStack()

    def __enter__(self) -> "WallEngine":
        self._wall = self._open.enter_context(Wall(unsafe=self._unsafe))
        before = os.environ.get("AUTOGRADER_SEED")
        os.environ["AUTOGRADER_SEED"] = str(self._seed)
        self._open.callback(_restore, "AUTOGRADER_SEED", before)
        return self

    def __exit__(self, *exception: object) -> None:
        self._open.close()

    def grade(self, assignment: str, student: str, notebook: NotebookNode) -> Graded:
        """Runs the notebook, a result of `into_master`; EngineFault where the fault is the grader's own."""
        names = [role(c)["grade_id"] for c in notebook.cells if c.cell_type == "code" and role(c).get("solution")]
        if assignment not in self._reached_through:
            self._reached_through[assignment] = self._course.reached_through(assignment)
        names += self._reached_through[assignment]
        verdicts = []
        stopped: dict[str, str] = {}
        try:
            with self._wall.session() as world:
                proxies = {name: world.function(name) for name in names}
                trusted: dict = {"__name__": "__main__", **proxies}
                for count, cell in enumerate((c for c in notebook.cells if c.cell_type == "code"), start=1):
                    cell.execution_count = count
                    if is_test(cell):
                        verdict, cell.outputs = _run_test(cell, trusted, stopped)
                        verdicts.append(verdict)
                        continue
                    if not role(cell) and not cell.metadata.get("autograder", {}).get("added"):
                        continue  # the master's own demonstrations, for a reader
                    if _is_given(cell):
                        exec(_compiled(cell.source, role(cell)["grade_id"]), trusted)
                        # A given name never hides a student's.
                        trusted |= proxies
                    cell.outputs = [nbformat.from_dict(output) for output in world.run(cell.source)]
                    for output in cell.outputs:
                        if output.output_type == "error" and "grade_id" in role(cell):
                            stopped[role(cell)["grade_id"]] = f"{output.ename}: {output.evalue}"
        except WallFault as fault:
            raise EngineFault(f"The wall failed: {clean(str(fault), 300)}") from fault
        by_id = {verdict.grade_id: verdict for verdict in verdicts}
        for cell in filter(is_manual, notebook.cells):
            grade_id = role(cell)["grade_id"]
            by_id[grade_id] = CellResult(grade_id, 0.0, float(role(cell)["points"]), "manual")
        return Graded([by_id[role(c)["grade_id"]] for c in notebook.cells if is_test(c) or is_manual(c)], notebook)


def _is_given(cell: NotebookNode) -> bool:
    """Set-up of the master's: locked, neither tested nor answered."""
    about = role(cell)
    return bool(about.get("locked")) and not about.get("grade") and not about.get("solution")


@functools.cache
def _compiled(source: str, name: str) -> CodeType:
    return compile(source, f"<{name}>", "exec")


def _run_test(cell: NotebookNode, trusted: dict, stopped: dict[str, str]) -> tuple[CellResult, list[NotebookNode]]:
    """The verdict of a test cell and its outputs; `stopped` says which answers' cells ended in which error."""
    grade_id, points = role(cell)["grade_id"], float(role(cell)["points"])
    printed = io.StringIO()

    def verdict(status: str, message: str = "", **more: object) -> CellResult:
        return CellResult(grade_id, points if status == "passed" else 0.0, points, status, message, **more)

    try:
        with contextlib.redirect_stdout(printed):
            exec(_compiled(cell.source, grade_id), dict(trusted))
    except CheckFailed as failed:
        finding = failed.finding
        if finding.sentence.endswith("is not defined") and finding.function in stopped:
            cause = clean(stopped[finding.function], 300)
            finding = replace(finding, sentence=f"{finding.sentence}: its cell stopped with {cause}")
        found = verdict("failed", clean(finding.text), misconception=failed.misconception, hidden=finding.hidden)
        shown = {"text/html": finding.card, "text/plain": finding.text, FINDING_MIME: finding.record}
        card = nbformat.from_dict({"output_type": "display_data", "data": shown, "metadata": {}})
        return found, [card, _error_output("CheckFailed", found.message, failed._render_traceback_())]
    except WallFault:
        raise
    except UNUSABLE as error:
        message = clean(f"the answer could not be used: {type(error).__name__}: {error}", 300)
        return verdict("failed", message), [_error_output(type(error).__name__, message, [message])]
    except Exception as error:
        message = clean(f"the test itself failed: {type(error).__name__}: {error}", 300)
        return verdict("error", message), [_error_output(type(error).__name__, message, [message])]
    said = {"output_type": "stream", "name": "stdout", "text": printed.getvalue()}
    return verdict("passed"), [nbformat.from_dict(said)]


def _error_output(name: str, message: str, traceback: list[str]) -> NotebookNode:
    return nbformat.from_dict({"output_type": "error", "ename": name, "evalue": message, "traceback": traceback})


def _restore(name: str, value: str | None) -> None:
    if value is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = value


class BehindTheWall(NbGraderPreprocessor):
    """Stands in for nbgrader's `Execute` in `nbgrader autograde`: the same notebook, run behind the wall."""

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        """Runs the notebook, whose outputs then say what passed; started in the folder of the course."""
        about = resources["nbgrader"]
        with WallEngine(Course.find(Path.cwd()), secrets.randbits(32)) as engine:
            return engine.grade(about["assignment"], about["student"], nb).notebook, resources
