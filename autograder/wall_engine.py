"""An engine: student's cells run behind the wall, the master's test cells here, with proxies for student's functions.

No test, expected value or answer enters the student's process; nothing of the student's is imported, evaluated or
unpickled in this one. A test cell passes when it has run to its end, every comparison in it completed.
"""

import contextlib
import functools
import io
import os
import secrets
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from traceback import walk_tb
from types import CodeType

import nbformat
from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor

from .checks import CheckFailed
from .course import Course
from .master import hidden_from, is_manual, is_test, role, without_hidden_tests
from .messages import FINDING_MIME
from .nbgrader_engine import EngineFault
from .results import CellResult, Graded, clean
from .wall import NoAnswer, StudentError, Wall, WallFault

# What the arithmetic of a test cell raises on an answer that no check before it has fixed the shape or type of. What a
# student's function raised is the answer's fault whatever its class.
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
        try:
            verdicts, told = self._go_through(notebook, names)
            if told:
                # What was asked in hidden tests may speak from what came after them. It is shown as it is without them.
                apart = deepcopy(notebook)
                again, _ = self._go_through(apart, names, hidden=False)
                verdicts = _show_as(notebook, apart, verdicts, again)
        except WallFault as fault:
            raise EngineFault(f"The wall failed: {clean(str(fault), 300)}") from fault
        by_id = {verdict.grade_id: verdict for verdict in verdicts}
        for cell in filter(is_manual, notebook.cells):
            grade_id = role(cell)["grade_id"]
            by_id[grade_id] = CellResult(grade_id, 0.0, float(role(cell)["points"]), "manual")
        return Graded([by_id[role(c)["grade_id"]] for c in notebook.cells if is_test(c) or is_manual(c)], notebook)

    def _go_through(
        self, notebook: NotebookNode, names: list[str], hidden: bool = True
    ) -> tuple[list[CellResult], bool]:
        """Runs the cells in a new world and gives them their outputs; `hidden` tests too, or not. Returns the verdicts
        on the tests, and whether anything of the student's was shown, or failed where it would be, after a hidden test.
        """
        verdicts, stopped = [], {}
        asked = told = False
        with self._wall.session() as world:
            proxies = {name: world.function(name) for name in names}
            trusted: dict = {"__name__": "__main__", **proxies}
            for count, cell in enumerate((c for c in notebook.cells if c.cell_type == "code"), start=1):
                cell.execution_count = count
                if is_test(cell):
                    verdict, cell.outputs = _run_test(cell, trusted, stopped, hidden)
                    verdicts.append(verdict)
                    told |= asked and verdict.status == "failed" and not verdict.hidden
                    asked |= hidden and (verdict.hidden or verdict.status != "failed")
                    continue
                if not role(cell) and not cell.metadata.get("autograder", {}).get("added"):
                    continue  # the master's own demonstrations, for a reader
                if _is_given(cell):
                    exec(_compiled(cell.source, role(cell)["grade_id"]), trusted)
                    # A given name never hides a student's.
                    trusted |= proxies
                cell.outputs = [nbformat.from_dict(output) for output in world.run(cell.source)]
                told |= asked and bool(cell.outputs)
                for output in cell.outputs:
                    if output.output_type == "error" and "grade_id" in role(cell):
                        stopped[role(cell)["grade_id"]] = f"{output.ename}: {output.evalue}"
        return verdicts, told


def _is_given(cell: NotebookNode) -> bool:
    """Set-up of the master's: locked, neither tested nor answered."""
    about = role(cell)
    return bool(about.get("locked")) and not about.get("grade") and not about.get("solution")


@functools.cache
def _compiled(source: str, name: str) -> CodeType:
    return compile(source, f"<{name}>", "exec")


def _show_as(
    notebook: NotebookNode, apart: NotebookNode, verdicts: list[CellResult], again: list[CellResult]
) -> list[CellResult]:
    """Gives `notebook` the outputs of its cells in `apart`, where no hidden test was run, and returns its verdicts with
    the messages of there; those of hidden tests stay, and every score."""
    without, shown = {verdict.grade_id: verdict for verdict in again}, []
    found = {verdict.grade_id: verdict for verdict in verdicts}
    for cell, other in zip(notebook.cells, apart.cells):
        if not is_test(cell):
            if cell.cell_type == "code":
                cell.outputs = other.outputs
            continue
        verdict = found[role(cell)["grade_id"]]
        if verdict.status == "failed" and not verdict.hidden:
            cell.outputs = other.outputs
            if without[verdict.grade_id].status == "failed":
                verdict = without[verdict.grade_id]
            else:
                message = "the answer depends on what was asked before: what it is asked alone, it answers otherwise"
                verdict = replace(verdict, message=message, misconception=None)
                cell.outputs = [_error_output("CheckFailed", message, [message])]
        shown.append(verdict)
    return shown


def _run_test(
    cell: NotebookNode, trusted: dict, stopped: dict[str, str], hidden: bool
) -> tuple[CellResult, list[NotebookNode]]:
    """The verdict of a test cell and its outputs; `stopped` says which answers' cells ended in which error."""
    grade_id, points = role(cell)["grade_id"], float(role(cell)["points"])
    source = cell.source if hidden else without_hidden_tests(cell.source)
    printed = io.StringIO()

    def verdict(status: str, message: str = "", **more: object) -> CellResult:
        return CellResult(grade_id, points if status == "passed" else 0.0, points, status, message, **more)

    try:
        with contextlib.redirect_stdout(printed):
            exec(_compiled(source, grade_id), dict(trusted))
    except CheckFailed as failed:
        finding = failed.finding
        if not finding.hidden and _is_of_hidden_tests(failed, grade_id, source):
            said = "the call raised an error" if finding.kind == "raised" else finding.sentence
            failed = CheckFailed(finding := replace(finding, hidden=True, tried="", sentence=said))
        if finding.sentence.endswith("is not defined") and finding.function in stopped:
            cause = clean(stopped[finding.function], 300)
            finding = replace(finding, sentence=f"{finding.sentence}: its cell stopped with {cause}")
        found = verdict("failed", clean(finding.text), misconception=failed.misconception, hidden=finding.hidden)
        shown = {"text/html": finding.card, "text/plain": finding.text, FINDING_MIME: finding.record}
        card = nbformat.from_dict({"output_type": "display_data", "data": shown, "metadata": {}})
        return found, [card, _error_output("CheckFailed", found.message, failed._render_traceback_())]
    except WallFault:
        raise
    except Exception as error:
        name, unseen = type(error).__name__, _is_of_hidden_tests(error, grade_id, source)
        if not isinstance(error, UNUSABLE) and not getattr(error, "is_students", False):
            message = clean(f"the test itself failed: {name}: {error}", 300)
            return verdict("error", message), [_error_output(name, message, [message])]
        # What an exception says may hold the input of a hidden test.
        message = clean(f"the answer could not be used: {name}" + ("" if unseen else f": {error}"), 300)
        return verdict("failed", message, hidden=unseen), [_error_output(name, message, [message])]
    said = {"output_type": "stream", "name": "stdout", "text": printed.getvalue()}
    return verdict("passed"), [nbformat.from_dict(said)]


def _is_of_hidden_tests(error: Exception, grade_id: str, source: str) -> bool:
    """Whether a test cell was in its hidden tests when it raised an error."""
    at = [line for frame, line in walk_tb(error.__traceback__) if frame.f_code.co_filename == f"<{grade_id}>"]
    begin = hidden_from(source)
    return begin is not None and max(at, default=0) > begin


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
