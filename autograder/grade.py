"""Grades a folder of submissions: reads, mends, runs each by an engine, and writes what was found.

    OUT/results.json                            everything that was ever graded into OUT (see `results`)
    OUT/scores.csv                              a row for each submission
    OUT/gradebook.db, autograded/, nbgrader_config.py    what nbgrader's formgrader needs, started in OUT; the ledger
    OUT/feedback/<student>/<assignment>.html    a page for each student
    OUT/audit.jsonl                             every change of a score, and why
    OUT/proposed/                               the same for verdicts of changed tests that wait for acceptance

Workers run submissions and make their pages: processes of this machine, or of many (`cluster`). A task brings them the
notebook, and what comes back is plain text. One process, this one, writes it, and the gradebook, in which the ledger
says what is done: killed at any moment and started again, it goes on where it was. An engine has
`grade(assignment, student, notebook) -> Graded` and is a context manager.
"""

import gc
import multiprocessing
import os
import shutil
import time
import warnings
from collections import deque
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

import nbformat
from nbformat import NotebookNode
from nbgrader.api import (
    Assignment,
    BaseCell,
    Comment,
    Grade,
    Gradebook,
    GradeCell,
    InvalidEntry,
    MissingEntry,
    Notebook,
    SolutionCell,
    SourceCell,
    SubmittedAssignment,
    SubmittedNotebook,
    TaskCell,
)
from nbgrader.utils import compute_checksum
from sqlalchemy import URL, select
from sqlalchemy.exc import SAWarning, SQLAlchemyError

from . import policies, receipts, results
from .audit import Audit, Basis, Busy
from .choice import Choice
from .course import CONFIG, Course
from .feedback import FeedbackPages
from .interrupts import Pool, leave_ctrl_c_to_the_main_process, not_now
from .ledger import LEASE, Damaged, Ledger, Line, Ran, fingerprint
from .master import into_master, is_manual, is_test, role
from .nbgrader_engine import EngineFault
from .policies import Policy, Terms
from .receipts import Store, Versions
from .release import generate, grading_master
from .results import CellResult, Graded, NotResults, SubmissionResult
from .submissions import Submission, Unreadable, content, digest, find, parse
from .wall_engine import WallEngine
from .worksheet import write_table

# The modules of the student's part that have a say in a verdict.
_DECIDING = ("calls", "checks", "diagnosis", "experiments", "gradients", "messages", "models", "transformations")
_PROPOSED = "proposed"
_UNSAFE = ", unsafe"
_DIED = "A worker of the grader died: grade this submission again."

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


class NotNow(GradingError):
    """Nothing can be graded yet: another run writes there, or nothing has been handed in."""


@dataclass(frozen=True)
class Standing:
    """What people have entered for one submission: scores, comments, and extra credit beyond any score, by grade_id."""

    scores: dict[str, float] = field(default_factory=dict)
    comments: dict[str, str] = field(default_factory=dict)
    extra: dict[str, float] = field(default_factory=dict)

    @property
    def hash(self) -> str:
        said = [self.scores, self.comments, *([self.extra] if self.extra else [])]
        return fingerprint(said) if any(said) else ""


@dataclass(frozen=True)
class Change:
    """What other tests than before say of a submission.

    cells  grade_id -> score and maximum, before and after, of those that differ; None where there is no such cell
    """

    student: str
    assignment: str
    before: float
    after: float
    cells: dict[str, tuple[tuple[float, float] | None, tuple[float, float] | None]]

    def __str__(self) -> str:
        cells = ", ".join(f"{of} {_of(old)} → {_of(new)}" for of, (old, new) in self.cells.items())
        return f"{self.student}, {self.assignment}: {self.before:g} → {self.after:g} ({cells})"


@dataclass(frozen=True)
class Job:
    """What is to be done of one submission.

    folder  for its page and the notebook as it ran
    terms   what makes its final score of what is found
    found   a verdict, where only its page is to be written anew; None where the submission is to be run
    """

    submission: Submission
    standing: Standing
    terms: Terms
    folder: Path
    found: Ran | None = None

    @property
    def page(self) -> Path:
        return self.folder / _page(self.submission.student, self.submission.assignment)

    @property
    def notebook(self) -> Path:
        return self.folder / _notebook(self.submission.student, self.submission.assignment)


@dataclass(frozen=True)
class Task:
    """A job as it travels to a worker, which may be on another machine.

    notebook  what was handed in, or why it cannot be read; where there is a verdict, the notebook as it ran
    """

    student: str
    assignment: str
    standing: Standing
    terms: Terms
    notebook: bytes | Unreadable
    found: Ran | None = None

    @classmethod
    def of(cls, job: Job) -> "Task":
        notebook: bytes | Unreadable
        found = job.found
        if found and found.message:
            notebook = b""
        elif found and job.notebook.is_file() and _is_whole(job.notebook):
            notebook = job.notebook.read_bytes()
        else:
            found = None
            try:
                notebook = content(job.submission.path)
            except Unreadable as problem:
                notebook = problem
        return cls(job.submission.student, job.submission.assignment, job.standing, job.terms, notebook, found)


@dataclass(frozen=True)
class Done:
    """What comes back from a worker: what it found, and the text of the files to write, of those that there are."""

    ran: Ran
    page: str | None = None
    notebook: str | None = None

    def write(self, job: Job) -> None:
        for path, text in ((job.notebook, self.notebook), (job.page, self.page)):
            if text is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")


class Workers(Protocol):
    """Where tasks are done; a context manager, open while they are.

    room  how many tasks to have given out at a time
    """

    @property
    def room(self) -> int: ...

    def submit(self, task: Task) -> "Future[Done]":
        """Gives out a task. What comes is BrokenExecutor where the worker died that had it, or may have had it."""

    def look(self, seconds: float) -> None:
        """Is told, every now and then, for how long nothing has come; ends or gives up what will not come."""


def grade(
    course: Course, submitted: Path, out: Path, *, assignments: Collection[str] = (), students: Collection[str] = (),
    seed: int | None = None, workers: int = 1, scheduler: str | None = None,
    engine: Callable[[Course, int], Engine] = WallEngine, unsafe: bool = False, policy: Path | None = None,
    accept: Callable[[list[Change]], bool] = lambda changes: False,
    progress: Callable[[int, int, Submission], None] = lambda done, total, submission: None,
    report: Callable[[str], None] = lambda line: None,
) -> list[SubmissionResult]:  # fmt: skip
    """Grades <submitted>/<student>/<assignment>/<assignment>.ipynb, or a store of `intake`, into the folder `out`.

    What was graded before and has not changed is not run again. Where tests have changed, what they touch is run again,
    and scores that would change wait until they are accepted.

    assignments, students  grade these alone; all where there are none
    seed                   of the hidden checks' inputs; else that of the runs before, or a new one
    workers                processes that run submissions
    scheduler              address of a scheduler of Dask, whose workers run them instead (see `cluster`)
    unsafe                 the engine does not keep students' code apart; recorded in the results
    policy                 a file of rules that make the final scores (see `policies`)
    accept                 is asked once, with all changes that changed tests would make
    progress               is told how many of how many are done, after each submission
    report                 is told, in a line each, what is skipped or has to be looked at
    Returns the results of what was asked for, in the order of the folder. A manual score in `out/gradebook.db` stands,
    whatever an engine finds. CourseError, PolicyError, ReceiptsError or GradingError where nothing can be graded.
    """
    if not submitted.is_dir():
        raise GradingError(f"{submitted} is not a folder of submissions.")
    masters = {name: grading_master(course, name) for name in course.names}
    points = {name: _points_of(master) for name, master in masters.items()}
    rules = policies.read(policy, points) if policy else Policy()
    versions: Versions = {}
    if (submitted / receipts.LOG).is_file():
        versions = receipts.read(submitted)
        with Store(submitted) as store:
            for version in store.arrange(versions, rules.counting):
                gone = f"{version.source}, of {version.student}, is gone from {submitted / 'received'}"
                report(f"{gone}: take it in again.")
        submitted = submitted / "submitted"
    found, skipped = find(submitted, course.names)
    for line in skipped:
        report(line)
    choice = Choice(assignments, students)
    if not (chosen := choice.of(found)):
        raise NotNow(f"{submitted} has no submission for {choice}: it should hold <student>/<assignment>/.")
    for name in choice.absent(chosen):
        report(f"{submitted} has no submission for {name}.")
    out.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack, warnings.catch_warnings():
        # nbgrader builds a submission in an order that SQLAlchemy remarks on.
        warnings.simplefilter("ignore", SAWarning)
        try:
            audit = stack.enter_context(Audit(out))
        except Busy as problem:
            raise NotNow(str(problem)) from None

        def terms(student: str, assignment: str) -> Terms:
            handed_in = versions.get((student, assignment), [])
            return Terms.of(student, assignment, points.get(assignment, {}), handed_in, rules)

        records = stack.enter_context(Records(course, submitted, out, masters, terms))
        seed = records.ledger.seed(seed)
        tests = {name: _tests_of(course, name, master, seed, unsafe) for name, master in masters.items()}
        jobs, done = records.plan(chosen, tests)
        make = Make(course, engine, seed)
        with closing(_run(jobs, records, make, min(workers, len(jobs)), scheduler)) as outcomes:
            for count, (job, found) in enumerate(outcomes, start=done + 1):
                found.write(job)
                records.enter(job, found.ran, tests[job.submission.assignment])
                progress(count, len(chosen), job.submission)
        changes = records.changes()
        if changes and accept(changes):
            records.accept()
        asked = {(s.student, s.assignment) for s in chosen}
        for line in rules.unused({line.student for line in records.ledger.lines.values()}):
            report(line)
        settled = [terms(raw.student, raw.assignment).settle(raw) for raw in records.results()]
        records.note(settled)
        for result in settled:
            line = records.ledger.lines[result.student, result.assignment]
            basis = Basis(line.submission, line.tests, rules.sha256)
            audit.record(result, basis, [e.reason for e in rules.of(result.student, result.assignment)])
        audit.sync()
        try:
            results.write(out / "results.json", seed, settled, records.unsafe)
        except NotResults as problem:
            raise _unusable(out / "gradebook.db", problem) from None
        write_scores(out / "scores.csv", settled)
    return [result for result in settled if (result.student, result.assignment) in asked]


def _points_of(master: NotebookNode) -> dict[str, float]:
    """grade_id -> points, of every graded cell."""
    graded = [cell for cell in master.cells if is_test(cell) or is_manual(cell)]
    return {role(cell)["grade_id"]: float(role(cell)["points"]) for cell in graded}


def _tests_of(course: Course, name: str, master: NotebookNode, seed: int, unsafe: bool) -> str:
    """A hash of whatever decides a verdict: the cells that run and what they are worth, the checks and the bank that
    they call, the seed. The text that students read is not in it."""
    cells = [(cell.source, role(cell)) for cell in master.cells if cell.cell_type == "code" or role(cell)]
    modules = [Path(__file__).with_name(f"{of}.py") for of in _DECIDING]
    bank = Path(__file__).with_name("misconceptions") / f"{name}.py"
    sources = [path.read_text(encoding="utf-8") for path in [*modules, *([bank] if bank.is_file() else [])]]
    return f"{fingerprint([cells, sources, seed])}{_UNSAFE if unsafe else ''}"


def _run(
    jobs: list[Job], records: "Records", make: "Make", workers: int, scheduler: str | None
) -> Iterator[tuple[Job, Done]]:
    """Each job with what was found, as it is found."""
    if not jobs:
        return
    if scheduler:
        try:
            from .cluster import Cluster
        except ModuleNotFoundError as missing:
            raise GradingError(f"{missing.name} is missing: pip install -e '.[distributed]' brings it.") from None
        yield from _spread(jobs, records, Cluster(scheduler, make))
    elif workers == 1:
        with make() as grader:
            for job in jobs:
                records.lease(job)
                yield job, grader.do(Task.of(job))
    else:
        # Where the machine cannot keep students' code apart, this says so before any worker starts.
        make.engine(make.course, make.seed).__enter__().__exit__(None, None, None)
        yield from _spread(jobs, records, _Processes(make, workers))


def _spread(jobs: list[Job], records: "Records", workers: Workers) -> Iterator[tuple[Job, Done]]:
    """The same, by several workers. What was given out when a worker died is given out again at the end, one by one:
    so the culprit shows, and costs nobody else anything."""
    waiting, suspects, given = deque(jobs), deque[Job](), dict[Future, Job]()
    alone = False

    def give(job: Job) -> None:
        records.lease(job)
        given[workers.submit(Task.of(job))] = job

    with workers:
        came = time.monotonic()
        while waiting or given or suspects:
            while waiting and len(given) < workers.room:
                give(waiting.popleft())
            if not given:  # and so none but suspects are left
                alone = True
                give(suspects.popleft())
            finished, _ = wait(given, 1.0, FIRST_COMPLETED)
            if finished:
                came = time.monotonic()
            else:
                workers.look(time.monotonic() - came)
            for future in finished:
                job = given.pop(future)
                try:
                    found = future.result()
                except BrokenExecutor:
                    if not alone:
                        suspects.append(job)
                        continue
                    found = Done(Ran([], message=_DIED, waits=True))
                yield job, found


class _Processes:
    """Workers: processes of this machine."""

    def __init__(self, make: "Make", workers: int):
        self._make = make
        self._workers = workers
        self.room = 2 * workers

    def __enter__(self) -> "_Processes":
        self._pool = _pool(self._make, self._workers).__enter__()
        return self

    def __exit__(self, *exception: object) -> None:
        self._pool.__exit__(*exception)

    def submit(self, task: Task) -> "Future[Done]":
        try:
            return self._pool.submit(_do, task)
        except BrokenExecutor:
            self.__exit__(None, None, None)
            self.__enter__()
            return self._pool.submit(_do, task)

    def look(self, seconds: float) -> None:
        if seconds > LEASE:
            for worker in multiprocessing.active_children():
                worker.kill()


def _pool(make: "Make", workers: int) -> Pool:
    return Pool(workers, _start_worker, (make,))


class Grader:
    """What a worker holds: an engine that runs, the masters, the pages. A context manager, for one thread at a time. Of
    files it reads the course's alone, and it writes none."""

    def __init__(self, course: Course, engine: Callable[[Course, int], Engine], seed: int):
        # The engine first: it starts what runs students' code before a test is loaded here.
        self._engine = engine(course, seed)
        self._course = course
        self._masters: dict[str, NotebookNode] = {}

    def __enter__(self) -> "Grader":
        self._engine.__enter__()
        self._pages = FeedbackPages(self._course)
        gc.freeze()  # what is loaded by now stays: no collection need look at it again
        return self

    def __exit__(self, *exception: object) -> None:
        self._engine.__exit__(*exception)

    def do(self, task: Task) -> Done:
        """Runs a submission and makes its page, or, where there is a verdict, the page alone."""
        student, assignment = task.student, task.assignment
        if task.found:
            return Done(task.found, self._page(task, task.found, task.notebook))
        try:
            if isinstance(task.notebook, Unreadable):
                raise task.notebook
            submitted = parse(task.notebook, f"{assignment}.ipynb")
            notebook, notes = into_master(self._master(assignment), submitted)
            graded = self._with_a_second_try(assignment, student, notebook)
        except (Unreadable, EngineFault) as problem:
            ran = Ran([], message=str(problem), waits=isinstance(problem, EngineFault))
            return Done(ran, self._page(task, ran))
        unanswered = frozenset(role(cell)["grade_id"] for cell in graded.notebook.cells if _unanswered(cell))
        ran = Ran(graded.cells, notes, unanswered)
        text = nbformat.v4.writes(graded.notebook) + "\n"  # valid as the master is
        return Done(ran, self._page(task, ran, graded.notebook), text)

    def _page(self, task: Task, ran: Ran, notebook: bytes | NotebookNode = b"") -> str:
        if isinstance(notebook, bytes):
            notebook = nbformat.reads(notebook.decode(), as_version=4) if notebook else None
        comments = dict.fromkeys(ran.unanswered, "No response.") | task.standing.comments
        result = task.terms.settle(_raw(task.terms, ran, task.standing))
        return self._pages.page(notebook, result, comments, str(task.terms))

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
class Make:
    """Makes a worker's grader; plain data, so that it can be sent to the worker."""

    course: Course
    engine: Callable[[Course, int], Engine]
    seed: int

    def __call__(self) -> Grader:
        return Grader(self.course, self.engine, self.seed)


_grader: Grader | None = None


def _start_worker(make: Make) -> None:
    global _grader
    leave_ctrl_c_to_the_main_process(_close_grader)
    warnings.simplefilter("ignore", SAWarning)  # as in `grade`: for nbgrader's own engine
    _grader = make().__enter__()
    multiprocessing.util.Finalize(None, _close_grader, exitpriority=10)


def _close_grader() -> None:
    if _grader:
        _grader.__exit__(None, None, None)


def _do(task: Task) -> Done:
    return _grader.do(task)


class Records:
    """nbgrader's gradebook of a grading run, and the ledger in it; a context manager, used by the one process that
    writes them. What is entered of a submission is one commit."""

    def __init__(
        self, course: Course, submitted: Path, out: Path, masters: dict[str, NotebookNode],
        terms: Callable[[str, str], Terms],
    ):  # fmt: skip
        self._out = out
        self._terms = terms
        path = out / "gradebook.db"
        try:
            released = fingerprint([name, _cells_of(master)] for name, master in masters.items())
            if new := not path.exists():
                # A gradebook appears whole: nbgrader could not go on with one that it was stopped in making.
                # Nor does it let itself be interrupted.
                with not_now(), _workspace(out) as workspace:
                    generate(course, workspace, gradebook=_address(workspace / path.name))
                    os.replace(workspace / path.name, path)
            self._book = Gradebook(_address(path), course.nbgrader_config(out).CourseDirectory.course_id)
            self.ledger = Ledger(self._book.db)
            self._book.db.commit()
            if not new and self.ledger.fact("released") != released:
                for name, master in masters.items():
                    _bring_cells_in_step(self._book, name, master)
                with not_now(), _workspace(out) as workspace:
                    generate(course, workspace, gradebook=_address(path))
            self.ledger.set_fact("released", released)
            self._book.db.commit()
        except (SQLAlchemyError, UnicodeDecodeError, Damaged) as problem:
            raise _unusable(path, problem) from None
        # The gradebook commits in each of its methods; here a submission is entered whole or not at all.
        self._commit, self._book.db.commit = self._book.db.commit, self._book.db.flush
        self._book.db().expire_on_commit = False  # what the exercise's cells are is not asked anew for each submission
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

    def __exit__(self, kind: type | None, problem: BaseException | None, traceback: object) -> None:
        self._book.close()
        if isinstance(problem, (SQLAlchemyError, InvalidEntry, MissingEntry)):
            raise _unusable(self._out / "gradebook.db", problem) from None

    def plan(self, chosen: list[Submission], tests: dict[str, str]) -> tuple[list[Job], int]:
        """What is to be done, and how many submissions need nothing.

        tests  assignment -> hash of what tests it now
        """
        standings = self._standings()
        jobs, done = [], 0
        self._lines: dict[Submission, Line] = {}
        for submission in chosen:
            key = submission.student, submission.assignment
            line = self._lines[submission] = self.ledger.line(*key, digest(submission.path))
            standing, terms = standings.get(key, Standing()), self._terms(*key)
            if not line.done:
                jobs.append(Job(submission, standing, terms, self._out))
            elif line.tests != tests[submission.assignment]:
                if line.proposed_tests == tests[submission.assignment]:
                    done += 1
                else:
                    jobs.append(Job(submission, standing, terms, self._out / _PROPOSED))
            elif line.shown != _shown(line.found, standing, terms) or not self._is_there(line):
                jobs.append(Job(submission, standing, terms, self._out, line.found))
            else:
                done += 1
        self._commit()
        return jobs, done

    def lease(self, job: Job) -> None:
        """Notes that a job is given to a worker."""
        self._lines[job.submission] = self.ledger.lease(self._lines[job.submission])
        self._commit()

    def enter(self, job: Job, ran: Ran, tests: str) -> None:
        """Enters what a worker found: as the verdict, or, where other tests say otherwise than before, as proposed."""
        line = self._lines[job.submission]
        shown = _shown(ran, job.standing, job.terms)
        if job.found:
            self._lines[job.submission] = self.ledger.show(self.ledger.give_back(line), shown)
        elif job.folder == self._out:
            self._enter(line, ran, tests, shown)
        elif ran.waits:
            self.ledger.give_back(line)
        elif (ran.worth, ran.state) == (line.found.worth, line.found.state):
            self._take_over(line)
            self._enter(line, ran, tests, shown)
        else:
            self.ledger.propose(line, ran, tests)
        self._commit()

    def changes(self) -> list[Change]:
        """What the proposed verdicts would change."""
        standings = self._standings()
        changes = []
        for line in self._in_order():
            if line.proposed:
                standing = standings.get(line.key, Standing())
                old, new = (_raw(self._terms(*line.key), ran, standing) for ran in (line.found, line.proposed))
                before, after = (
                    {of.grade_id: (of.score, of.max_score) for of in result.cells} for result in (old, new)
                )
                differ = {
                    of: (before.get(of), after.get(of)) for of in before | after if before.get(of) != after.get(of)
                }
                changes.append(Change(line.student, line.assignment, old.score, new.score, differ))
        return changes

    def accept(self) -> None:
        """Makes the proposed verdicts those that stand."""
        for line in self._in_order():
            if line.proposed:
                self._take_over(line)
                # Its page shows what people, and the rules, said when it was written; another run brings it in step.
                self._enter(line, line.proposed, line.proposed_tests, _PROPOSED)
                self._commit()

    def results(self) -> list[SubmissionResult]:
        """Every verdict that stands, a person's scores in place of an engine's."""
        standings = self._standings()
        return [
            _raw(self._terms(*line.key), line.found, standings.get(line.key, Standing()))
            for line in self._in_order()
            if line.found
        ]

    def note(self, settled: list[SubmissionResult]) -> None:
        """Enters in nbgrader's own fields what the rules have made of the scores, when each was due and when it came.

        nbgrader knows one difference between a raw score and the final one, and calls it a penalty for lateness.
        """
        penalties = {
            (r.student, r.assignment): (r.score if r.raw_score is None else r.raw_score) - r.score for r in settled
        }
        rows = select(SubmittedAssignment, SubmittedNotebook, Assignment, Notebook.name)
        rows = rows.join_from(SubmittedNotebook, SubmittedAssignment, SubmittedNotebook.assignment)
        rows = rows.join(SubmittedNotebook.notebook).join(SubmittedAssignment.assignment)
        for submission, notebook, assignment, name in self._book.db.execute(rows):
            if (submission.student_id, name) not in penalties:
                continue
            terms = self._terms(submission.student_id, name)
            notebook.late_submission_penalty = round(penalties[submission.student_id, name], 6)
            if terms.handed_in:
                submission.timestamp = terms.handed_in.replace(tzinfo=None)
            if terms.due:
                assignment.duedate, submission.extension = terms.due.replace(tzinfo=None), terms.extension or None
        self._commit()

    @property
    def unsafe(self) -> bool:
        """Whether any verdict is of an engine that does not keep students' code apart."""
        return any(line.tests.endswith(_UNSAFE) for line in self.ledger.lines.values() if line.found)

    def _in_order(self) -> list[Line]:
        return sorted(self.ledger.lines.values(), key=lambda line: [os.fsencode(part) for part in line.key])

    def _is_there(self, line: Line) -> bool:
        """Whether what a run writes of a submission is in its place."""
        names = [_page(*line.key), *([] if line.found.message else [_notebook(*line.key)])]
        return all((self._out / name).is_file() for name in names)

    def _take_over(self, line: Line) -> None:
        """Moves page and notebook of a proposed verdict to where those of the verdict are; again does no harm."""
        for name in (_page(*line.key), _notebook(*line.key)):
            if (self._out / _PROPOSED / name).is_file():
                (self._out / name).parent.mkdir(parents=True, exist_ok=True)
                os.replace(self._out / _PROPOSED / name, self._out / name)

    def _standings(self) -> dict[tuple[str, str], Standing]:
        """What people have entered so far."""
        found: dict[tuple[str, str], Standing] = {}
        of_cell = select(SubmittedAssignment.student_id, Notebook.name, BaseCell.name)
        for kind, table, column, there in (
            ("scores", Grade, Grade.manual_score, Grade.manual_score.is_not(None)),
            ("extra", Grade, Grade.extra_credit, Grade.extra_credit != 0),
            ("comments", Comment, Comment.manual_comment, Comment.manual_comment != ""),
        ):
            rows = of_cell.add_columns(column).select_from(table).join(table.cell).join(table.notebook)
            rows = rows.join(SubmittedNotebook.assignment).join(SubmittedNotebook.notebook).where(there)
            for student, assignment, grade_id, value in self._book.db.execute(rows):
                getattr(found.setdefault((student, assignment), Standing()), kind)[grade_id] = value
        return found

    def _enter(self, line: Line, ran: Ran, tests: str, shown: str) -> None:
        student, assignment = line.key
        self._book.update_or_create_student(student)
        (notebook,) = self._book.update_or_create_submission(assignment, student).notebooks
        found = {cell.grade_id: cell for cell in ran.cells}
        for entry in notebook.grades:
            cell = found.get(entry.name)
            scored = cell.status in ("passed", "failed") if cell else not ran.waits
            entry.auto_score = (cell.score if cell else 0.0) if scored else None
            entry.needs_manual_grade = not scored or entry.manual_score is not None
        for comment in notebook.comments:
            comment.auto_comment = "No response." if comment.name in ran.unanswered else None
        self.ledger.enter(line, ran, tests, shown)


def _unusable(gradebook: Path, problem: BaseException) -> GradingError:
    why = str(problem.__cause__ or problem).partition("\n")[0]
    return GradingError(f"{gradebook} cannot be used ({why}): see to that, or use another folder.")


def _cells_of(master: NotebookNode) -> list:
    return [(cell.cell_type, cell.source, role(cell)) for cell in master.cells]


def _bring_cells_in_step(book: Gradebook, name: str, master: NotebookNode) -> None:
    """Adds and removes graded, answered and locked cells of an exercise, which nbgrader refuses to do once there are
    submissions: what is graded in a new cell waits, and what was given for a cell that is gone goes with it."""
    try:
        notebook = book.find_notebook(name, name)
    except MissingEntry:
        return
    if not notebook.submissions:
        return
    roles = {role(cell)["grade_id"]: (cell, role(cell)) for cell in master.cells if role(cell)}
    wanted = {
        GradeCell: {of for of, (_, about) in roles.items() if about.get("grade")},
        SolutionCell: {of for of, (_, about) in roles.items() if about.get("solution")},
        TaskCell: {of for of, (_, about) in roles.items() if about.get("task")},
        SourceCell: set(roles),
    }
    there = {
        GradeCell: notebook.grade_cells, SolutionCell: notebook.solution_cells, TaskCell: notebook.task_cells,
        SourceCell: notebook.source_cells,
    }  # fmt: skip
    for kind, cells in there.items():
        for cell in cells:
            if cell.name not in wanted[kind]:
                for entry in [*getattr(cell, "grades", ()), *getattr(cell, "comments", ())]:
                    book.db.delete(entry)
                book.db.delete(cell)
        for of in wanted[kind] - {cell.name for cell in cells}:
            cell, about = roles[of]
            graded = {"max_score": float(about["points"])} if kind in (GradeCell, TaskCell) else {}
            new = kind(
                name=of,
                notebook=notebook,
                **graded,
                **({"cell_type": cell.cell_type} if kind is not SolutionCell else {}),
            )
            book.db.add(new)
            for submission in notebook.submissions:
                if kind in (GradeCell, TaskCell):
                    book.db.add(Grade(cell=new, notebook=submission))
                if kind in (SolutionCell, TaskCell):
                    book.db.add(Comment(cell=new, notebook=submission))
    book.db.commit()


@contextmanager
def _workspace(out: Path) -> Iterator[Path]:
    """An empty folder for a while; what a killed run has left of its own goes first."""
    folder = out / ".new"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def _page(student: str, assignment: str) -> Path:
    return Path("feedback", student, f"{assignment}.html")


def _notebook(student: str, assignment: str) -> Path:
    return Path("autograded", student, assignment, f"{assignment}.ipynb")


def _is_whole(notebook: Path) -> bool:
    """Whether a notebook that a run wrote is still one."""
    try:
        nbformat.validate(nbformat.reads(notebook.read_bytes().decode(), as_version=4))
    except Exception:  # nbformat raises whatever its parsers raise
        return False
    return True


def _address(database: Path) -> str:
    # Rendered by SQLAlchemy, which a folder's name with ? or % cannot break.
    return URL.create("sqlite", database=str(database.resolve())).render_as_string()


def _raw(terms: Terms, ran: Ran, standing: Standing) -> SubmissionResult:
    """A verdict with what people have entered, before any rule."""
    student, assignment = terms.student, terms.assignment
    if ran.message:
        score = max(sum([*standing.scores.values(), *standing.extra.values()]), 0.0)
        points = sum(terms.points.values())
        return SubmissionResult(student, assignment, score, points, "error", message=ran.message, waits=ran.waits)
    cells = [_as_it_stands(cell, standing) for cell in ran.cells]
    score, points = sum(cell.score for cell in cells), sum(cell.max_score for cell in cells)
    return SubmissionResult(student, assignment, score, points, "graded", notes=ran.notes, cells=cells)


def _shown(ran: Ran, standing: Standing, terms: Terms) -> str:
    """Hash of what a page shows beside the verdict: what people have entered, and what the rules make of it."""
    raw = _raw(terms, ran, standing)
    settled = terms.settle(raw)
    if settled == raw and not str(terms):
        return standing.hash
    reasons = [[reason.text, reason.points] for reason in settled.reasons]
    return fingerprint([standing.hash, str(terms), settled.score, settled.max_score, reasons])


def _as_it_stands(cell: CellResult, standing: Standing) -> CellResult:
    score, extra = standing.scores.get(cell.grade_id), standing.extra.get(cell.grade_id, 0.0)
    if score is None and not extra:
        return cell
    return replace(cell, status="manual", score=max((cell.score if score is None else score) + extra, 0.0))


def _of(worth: tuple[float, float] | None) -> str:
    return "nothing" if worth is None else f"{worth[0]:g} of {worth[1]:g}"


def _unanswered(cell: NotebookNode) -> bool:
    return bool(role(cell).get("solution")) and role(cell).get("checksum") == compute_checksum(cell)


def write_scores(path: Path, graded: list[SubmissionResult]) -> None:
    """Writes student, assignment, score, max_score and status as CSV, harmless to open in a spreadsheet."""
    rows = ((r.student, r.assignment, r.score, r.max_score, r.status) for r in graded)
    write_table(path, ["student", "assignment", "score", "max_score", "status"], rows)
