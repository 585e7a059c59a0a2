"""Grades a folder of submissions: reads, mends, runs each by an engine, and writes what was found.

    OUT/results.json                            everything (see `results`)
    OUT/scores.csv                              a row for each submission
    OUT/gradebook.db, autograded/, nbgrader_config.py    what nbgrader's formgrader needs, started in OUT
    OUT/feedback/<student>/<assignment>.html    a page for each student

Workers run submissions and write their pages; one process, this one, writes the gradebook. An engine has
`grade(assignment, student, notebook) -> Graded` and is a context manager.
"""

import csv
import gc
import json
import multiprocessing
import secrets
import tempfile
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.utils import compute_checksum
from sqlalchemy import URL
from sqlalchemy.exc import SAWarning, SQLAlchemyError

from . import results
from .course import CONFIG, Course
from .feedback import FeedbackPages
from .master import into_master, is_manual, is_test, role
from .nbgrader_engine import EngineFault
from .release import generate, grading_master
from .results import CellResult, Graded, SubmissionResult
from .submissions import Submission, Unreadable, find, read
from .wall_engine import WallEngine

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


@dataclass(frozen=True)
class Standing:
    """What people have entered for one submission: scores, and comments, by grade_id."""

    scores: dict[str, float] = field(default_factory=dict)
    comments: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Ran:
    """What a worker found of one submission.

    cells       the engine's verdicts; empty where there are none, and then `message` says why
    unanswered  the answers that were left as they were released
    waits       the fault may be the grader's: the submission waits for a person
    """

    cells: list[CellResult]
    notes: list[str] = field(default_factory=list)
    unanswered: frozenset[str] = frozenset()
    message: str = ""
    waits: bool = False


def grade(
    course: Course, submitted: Path, out: Path, *, assignment: str | None = None, student: str | None = None,
    seed: int | None = None, workers: int = 1, engine: Callable[[Course, int], Engine] = WallEngine,
    unsafe: bool = False,
    progress: Callable[[int, int, Submission], None] = lambda done, total, submission: None,
    report: Callable[[str], None] = lambda line: None,
) -> list[SubmissionResult]:  # fmt: skip
    """Grades <submitted>/<student>/<assignment>/<assignment>.ipynb into the folder `out`.

    assignment, student  grade these alone
    seed                 of the hidden checks' inputs; else the one that `out/results.json` records, or a new one
    workers              processes that run submissions
    unsafe               the engine does not keep students' code apart; recorded in the results
    progress             is told how many of how many are done, after each submission
    report               is told, in a line each, what is skipped
    Returns the results, in the order of the folder. A manual score in `out/gradebook.db` stands, whatever an engine
    finds. CourseError or GradingError where nothing can be graded.
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
    seed = _recorded_seed(out) if seed is None else seed
    out.mkdir(parents=True, exist_ok=True)
    graded: dict[Submission, SubmissionResult] = {}
    with Records(course, submitted, out) as records, ExitStack() as stack, warnings.catch_warnings():
        # nbgrader builds a submission in an order that SQLAlchemy remarks on.
        warnings.simplefilter("ignore", SAWarning)
        make = _Make(course, out, engine, seed)
        for submission, ran in _run(chosen, records, make, min(workers, len(chosen)), stack):
            graded[submission] = records.enter(submission, ran)
            progress(len(graded), len(chosen), submission)
    in_order = [graded[submission] for submission in chosen]
    results.write(out / "results.json", seed, in_order, unsafe)
    write_scores(out / "scores.csv", in_order)
    return in_order


def _recorded_seed(out: Path) -> int:
    """The seed of an earlier run into the same folder, so that grading again gives the same; else a new one."""
    try:
        return int(json.loads((out / "results.json").read_text(encoding="utf-8"))["seed"])
    except (OSError, ValueError, KeyError, TypeError):
        return secrets.randbits(32)


def _run(
    chosen: list[Submission], records: "Records", make: "_Make", workers: int, stack: ExitStack
) -> Iterator[tuple[Submission, Ran]]:
    """Each submission with what was found, as it is found."""
    if workers == 1:
        grader = stack.enter_context(make())
        for submission in chosen:
            yield submission, grader.grade(submission, records.standing(submission))
        return
    # Where the machine cannot keep students' code apart, this says so before any worker starts.
    make.engine(make.course, make.seed).__enter__().__exit__(None, None, None)
    pool = stack.enter_context(
        ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), _start_worker, (make,))
    )
    waiting = {pool.submit(_work, submission, records.standing(submission)): submission for submission in chosen}
    for done in as_completed(waiting):
        try:
            yield waiting[done], done.result()
        except BrokenProcessPool:
            yield (
                waiting[done],
                Ran([], message="A worker of the grader died: grade this submission again.", waits=True),
            )


class Grader:
    """What a worker holds: an engine that runs, the masters, the pages. A context manager."""

    def __init__(self, course: Course, out: Path, engine: Callable[[Course, int], Engine], seed: int):
        # The engine first: it starts what runs students' code before a test is loaded here.
        self._engine = engine(course, seed)
        self._course = course
        self._out = out
        self._masters: dict[str, NotebookNode] = {}

    def __enter__(self) -> "Grader":
        self._engine.__enter__()
        self._pages = FeedbackPages(self._course)
        gc.freeze()  # what is loaded by now stays: no collection need look at it again
        return self

    def __exit__(self, *exception: object) -> None:
        self._engine.__exit__(*exception)

    def grade(self, submission: Submission, standing: Standing) -> Ran:
        """Runs a submission; writes its page and the notebook as it ran."""
        student, assignment = submission.student, submission.assignment
        page = self._out / "feedback" / student / f"{assignment}.html"
        master = self._master(assignment)
        try:
            notebook, notes = into_master(master, read(submission.path))
            graded = self._with_a_second_try(assignment, student, notebook)
        except (Unreadable, EngineFault) as problem:
            self._pages.write_error(page, student, assignment, str(problem))
            return Ran([], message=str(problem), waits=isinstance(problem, EngineFault))
        unanswered = frozenset(role(cell)["grade_id"] for cell in graded.notebook.cells if _unanswered(cell))
        file = self._out / "autograded" / student / assignment / f"{assignment}.ipynb"
        file.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(graded.notebook, file)
        comments = dict.fromkeys(unanswered, "No response.") | standing.comments
        cells = [_as_it_stands(cell, standing) for cell in graded.cells]
        self._pages.write(page, student, assignment, graded.notebook, cells, comments, notes)
        return Ran(graded.cells, notes, unanswered)

    def _master(self, assignment: str) -> NotebookNode:
        if assignment not in self._masters:
            self._masters[assignment] = grading_master(self._course, assignment)
        return self._masters[assignment]

    def _with_a_second_try(self, assignment: str, student: str, notebook: NotebookNode) -> Graded:
        try:
            return self._engine.grade(assignment, student, notebook)
        except EngineFault:
            return self._engine.grade(assignment, student, notebook)


@dataclass(frozen=True)
class _Make:
    """Makes a worker's grader; plain data, so that it can be sent to the worker."""

    course: Course
    out: Path
    engine: Callable[[Course, int], Engine]
    seed: int

    def __call__(self) -> Grader:
        return Grader(self.course, self.out, self.engine, self.seed)


_grader: Grader | None = None


def _start_worker(make: _Make) -> None:
    global _grader
    _grader = make().__enter__()
    multiprocessing.util.Finalize(None, _grader.__exit__, (None, None, None), exitpriority=10)


def _work(submission: Submission, standing: Standing) -> Ran:
    return _grader.grade(submission, standing)


class Records:
    """nbgrader's gradebook of a grading run; a context manager, used by the one process that writes it."""

    def __init__(self, course: Course, submitted: Path, out: Path):
        # Rendered by SQLAlchemy, which a folder's name with ? or % cannot break.
        url = URL.create("sqlite", database=str(out.resolve() / "gradebook.db")).render_as_string()
        try:
            self._book = Gradebook(url, course.nbgrader_config(out).CourseDirectory.course_id)
        except SQLAlchemyError as problem:
            why = problem.__cause__ or problem
            raise GradingError(f"{out / 'gradebook.db'} is not a gradebook ({why}): use another folder.") from None
        with tempfile.TemporaryDirectory() as workspace:
            generate(course, Path(workspace), gradebook=url)
        # The gradebook commits in each of its methods; here a submission is entered whole or not at all.
        self._commit, self._book.db.commit = self._book.db.commit, self._book.db.flush
        self._graded = {}
        for name in course.names:
            cells = [cell for cell in grading_master(course, name).cells if is_test(cell) or is_manual(cell)]
            self._graded[name] = {role(cell)["grade_id"]: float(role(cell)["points"]) for cell in cells}
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

    def __enter__(self) -> "Records":
        gc.freeze()
        return self

    def __exit__(self, *exception: object) -> None:
        self._book.close()

    def standing(self, submission: Submission) -> Standing:
        """What people have entered for a submission so far."""
        name = submission.assignment
        try:
            notebook = self._book.find_submission_notebook(name, name, submission.student)
        except MissingEntry:
            return Standing()
        scores = {
            g.name: g.manual_score + (g.extra_credit or 0.0) for g in notebook.grades if g.manual_score is not None
        }
        return Standing(scores, {c.name: c.manual_comment for c in notebook.comments if c.manual_comment})

    def enter(self, submission: Submission, ran: Ran) -> SubmissionResult:
        """Enters what a worker found, in one commit; returns the result, a person's scores in place of an engine's."""
        student, assignment = submission.student, submission.assignment
        standing = self.standing(submission)
        self._book.update_or_create_student(student)
        self._book.update_or_create_submission(assignment, student)
        notebook = self._book.find_submission_notebook(assignment, assignment, student)
        found = {cell.grade_id: cell for cell in ran.cells}
        for entry in notebook.grades:
            cell = found.get(entry.name)
            scored = cell.status in ("passed", "failed") if cell else not ran.waits
            entry.auto_score = (cell.score if cell else 0.0) if scored else None
            entry.needs_manual_grade = not scored or entry.manual_score is not None
        for comment in notebook.comments:
            comment.auto_comment = "No response." if comment.name in ran.unanswered else None
        self._commit()
        points = sum(self._graded[assignment].values())
        if ran.message:
            score = sum(standing.scores.values())
            return SubmissionResult(student, assignment, score, points, "error", message=ran.message)
        cells = [_as_it_stands(cell, standing) for cell in ran.cells]
        score = sum(cell.score for cell in cells)
        return SubmissionResult(student, assignment, score, points, "graded", notes=ran.notes, cells=cells)


def _as_it_stands(cell: CellResult, standing: Standing) -> CellResult:
    if cell.grade_id not in standing.scores:
        return cell
    return replace(cell, status="manual", score=standing.scores[cell.grade_id])


def _unanswered(cell: NotebookNode) -> bool:
    return bool(role(cell).get("solution")) and role(cell).get("checksum") == compute_checksum(cell)


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
