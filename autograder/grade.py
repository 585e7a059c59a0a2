"""Grades a folder of submissions: reads, mends, runs each by an engine, and writes what was found.

    OUT/results.json                            everything (see `results`)
    OUT/scores.csv                              a row for each submission
    OUT/gradebook.db, autograded/, nbgrader_config.py    what nbgrader's formgrader needs, started in OUT
    OUT/feedback/<student>/<assignment>.html    a page for each student

An engine has `grade(assignment, student, notebook) -> Graded` and is a context manager.
"""

import csv
import hashlib
import tempfile
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.utils import compute_checksum
from sqlalchemy import URL
from sqlalchemy.exc import SAWarning, SQLAlchemyError

from . import results
from .course import CONFIG, Course
from .feedback import FeedbackPages
from .master import into_master, is_manual, is_test, role
from .nbgrader_engine import EngineFault, NbgraderEngine
from .release import generate, grading_master
from .results import CellResult, Graded, SubmissionResult
from .submissions import Submission, Unreadable, find, read

_CONFIG_OF_OUT = """# Written by python -m autograder grade: nbgrader's formgrader finds the course from here.
c = get_config()
load_subconfig("nbgrader_config.py", path={course!r})
c.CourseDirectory.root = {root!r}
c.CourseDirectory.submitted_directory = {submitted!r}
c.CourseDirectory.source_directory = {source!r}
c.CourseDirectory.release_directory = {release!r}
"""


class Engine(Protocol):
    """Runs a notebook of `into_master` and gives a verdict on each graded cell; raises EngineFault where it cannot."""

    def grade(self, assignment: str, student: str, notebook: NotebookNode) -> Graded: ...


class GradingError(Exception):
    """Nothing can be graded; the text says why, in one sentence."""


def default_seed(course: Course) -> int:
    """A seed for hidden inputs that follows from the hidden tests alone: the same exercises give the same seed."""
    digest = hashlib.sha256()
    for name in course.names:
        digest.update(course.solution(name).read_bytes())
    return int.from_bytes(digest.digest()[:4])


def grade(
    course: Course, submitted: Path, out: Path, *, assignment: str | None = None, student: str | None = None,
    seed: int | None = None, engine: Callable[[Course, int], Engine] = NbgraderEngine,
    progress: Callable[[int, int, Submission], None] = lambda done, total, submission: None,
    report: Callable[[str], None] = lambda line: None,
) -> list[SubmissionResult]:  # fmt: skip
    """Grades <submitted>/<student>/<assignment>/<assignment>.ipynb into the folder `out`.

    assignment, student  grade these alone
    seed                 of the hidden checks' inputs; else `default_seed`
    progress             is told how many of how many are done, before each submission
    report               is told, in a line each, what is skipped
    Returns the results. A manual score in `out/gradebook.db` stands, whatever an engine finds.
    CourseError or GradingError where nothing can be graded.
    """
    if not submitted.is_dir():
        raise GradingError(f"{submitted} is not a folder of submissions.")
    found, skipped = find(submitted, course.names)
    for line in skipped:
        report(line)
    chosen = [s for s in found if assignment in (None, s.assignment) and student in (None, s.student)]
    if not chosen:
        asked = " and ".join(filter(None, [assignment, student])) or "any exercise"
        raise GradingError(f"{submitted} has no submission for {asked}: it should hold <student>/<assignment>/.")
    seed = default_seed(course) if seed is None else seed
    out.mkdir(parents=True, exist_ok=True)
    records = Records(course, submitted, out)
    masters = {name: grading_master(course, name) for name in sorted({s.assignment for s in chosen})}
    graded = []
    with engine(course, seed) as running, warnings.catch_warnings():
        # nbgrader builds a submission in an order that SQLAlchemy remarks on.
        warnings.simplefilter("ignore", SAWarning)
        for done, submission in enumerate(chosen):
            progress(done, len(chosen), submission)
            graded.append(_grade_one(submission, masters[submission.assignment], running, records))
    results.write(out / "results.json", seed, graded)
    write_scores(out / "scores.csv", graded)
    return graded


def _grade_one(submission: Submission, master: NotebookNode, engine: Engine, records: "Records") -> SubmissionResult:
    student, assignment = submission.student, submission.assignment
    points = sum(float(role(cell)["points"]) for cell in master.cells if is_test(cell) or is_manual(cell))
    try:
        notebook, notes = into_master(master, read(submission.path))
        graded = _with_a_second_try(engine, assignment, student, notebook)
    except (Unreadable, EngineFault) as problem:
        waits = isinstance(problem, EngineFault)
        score = records.enter_error(student, assignment, master, str(problem), waits)
        return SubmissionResult(student, assignment, score, points, "error", message=str(problem))
    cells = records.enter(student, assignment, graded, notes)
    score = sum(cell.score for cell in cells)
    return SubmissionResult(student, assignment, score, points, "graded", notes=notes, cells=cells)


def _with_a_second_try(engine: Engine, assignment: str, student: str, notebook: NotebookNode) -> Graded:
    try:
        return engine.grade(assignment, student, notebook)
    except EngineFault:
        return engine.grade(assignment, student, notebook)


class Records:
    """What a grading run leaves for people: nbgrader's gradebook, executed notebooks, feedback pages."""

    def __init__(self, course: Course, submitted: Path, out: Path):
        self._out = out
        # Rendered by SQLAlchemy, which a folder's name with ? or % cannot break.
        self._url = URL.create("sqlite", database=str(out.resolve() / "gradebook.db")).render_as_string()
        self._course_id = course.nbgrader_config(out).CourseDirectory.course_id
        try:
            Gradebook(self._url, self._course_id).close()
        except SQLAlchemyError as problem:
            why = problem.__cause__ or problem
            raise GradingError(f"{out / 'gradebook.db'} is not a gradebook ({why}): use another folder.") from None
        with tempfile.TemporaryDirectory() as workspace:
            generate(course, Path(workspace), gradebook=self._url)
        self._pages = FeedbackPages(course, self._url)
        if out.resolve() != course.root.resolve():
            (out / CONFIG).write_text(
                _CONFIG_OF_OUT.format(
                    course=str(course.root.resolve()),
                    root=str(out.resolve()),
                    submitted=str(submitted.resolve()),
                    source=str(course.source.resolve()),
                    release=str(course.exercises.resolve()),
                ),
                encoding="utf-8",
            )

    def enter(self, student: str, assignment: str, graded: Graded, notes: list[str]) -> list[CellResult]:
        """Enters an engine's verdicts; returns them with the scores that stand: a person's, where there is one."""
        with Gradebook(self._url, self._course_id) as book:
            self._submission(book, student, assignment)
            for cell in graded.notebook.cells:
                if role(cell).get("solution"):
                    comment = book.find_comment(role(cell)["grade_id"], assignment, assignment, student)
                    comment.auto_comment = "No response." if _unanswered(cell) else None
            cells = [self._enter_cell(book, student, assignment, cell) for cell in graded.cells]
            book.db.commit()
        file = self._out / "autograded" / student / assignment / f"{assignment}.ipynb"
        file.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(graded.notebook, file)
        self._pages.write(self._page(student, assignment), student, assignment, graded.notebook, notes)
        return cells

    def enter_error(self, student: str, assignment: str, master: NotebookNode, message: str, waits: bool) -> float:
        """Enters a submission without a verdict; returns the score that stands.

        waits  the fault may be the grader's: the cells wait for a person, and are not scored with 0
        """
        with Gradebook(self._url, self._course_id) as book:
            self._submission(book, student, assignment)
            score = 0.0
            for cell in filter(lambda cell: is_test(cell) or is_manual(cell), master.cells):
                entry = book.find_grade(role(cell)["grade_id"], assignment, assignment, student)
                entry.auto_score = None if waits else 0.0
                entry.needs_manual_grade = waits or entry.manual_score is not None
                score += entry.manual_score or 0.0
            book.db.commit()
        self._pages.write_error(self._page(student, assignment), student, assignment, message)
        return score

    def _page(self, student: str, assignment: str) -> Path:
        return self._out / "feedback" / student / f"{assignment}.html"

    def _submission(self, book: Gradebook, student: str, assignment: str) -> None:
        book.update_or_create_student(student)
        book.update_or_create_submission(assignment, student)

    def _enter_cell(self, book: Gradebook, student: str, assignment: str, cell: CellResult) -> CellResult:
        entry = book.find_grade(cell.grade_id, assignment, assignment, student)
        scored = cell.status in ("passed", "failed")
        entry.auto_score = cell.score if scored else None
        entry.needs_manual_grade = not scored or entry.manual_score is not None
        if entry.manual_score is None:
            return cell
        return replace(cell, status="manual", score=entry.manual_score + (entry.extra_credit or 0.0))


def _unanswered(cell: NotebookNode) -> bool:
    return role(cell).get("checksum") == compute_checksum(cell)


def write_scores(path: Path, graded: list[SubmissionResult]) -> None:
    """Writes student, assignment, score, max_score and status as CSV, harmless to open in a spreadsheet."""
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["student", "assignment", "score", "max_score", "status"])
        for r in graded:
            rows.writerow([_cell(r.student), _cell(r.assignment), r.score, r.max_score, r.status])


def _cell(text: str) -> str:
    """A spreadsheet runs text that begins like a formula; an apostrophe before it makes it text."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
