"""The commands: release, check, grade, serve, doctor. Whatever is heavy is imported by the command that needs it."""

import os
import sys
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated, NoReturn

try:
    import typer
    from rich.console import Console
    from rich.text import Text
except ModuleNotFoundError as missing:  # the student's part alone is installed
    sys.exit(f"{missing.name} is missing: install the instructor's part with pip install -e '.[instructor]'.")

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Releases, checks and grades the exercises of the course. Exit codes: 0 all is well, 1 something is found "
    "wanting (each command says what), 2 the input cannot be used.",
)  # fmt: skip
out = Console(highlight=False, soft_wrap=True)
err = Console(highlight=False, soft_wrap=True, stderr=True)


class Engine(StrEnum):
    """What runs submissions."""

    wall = "wall"
    nbgrader = "nbgrader"


CourseFolder = Annotated[Path, typer.Option("--course", help="A folder of the course.", exists=True, file_okay=False)]


def main() -> None:
    """Runs the command line; what is wrong with the input is said in one sentence, without a traceback."""
    app()


@app.command()
def release(
    check: Annotated[bool, typer.Option("--check", help="Only look; exit 1 if a notebook is out of step.")] = False,
    course: CourseFolder = Path("."),
) -> None:
    """Makes the students' notebooks in exercises/ from solutions/, without solutions and hidden tests.

    Example: [bold]python -m autograder release --check[/]

    Exit codes: 0 all are in step now, 1 some are out of step (--check), 2 a source cannot be released.
    """
    from . import release as releasing
    from .course import Course, CourseError

    try:
        changed = releasing.release(Course.find(course), check=check)
    except CourseError as problem:
        _stop(problem)
    for path in changed:
        _say(f"✗ {path} is out of step: run python -m autograder release." if check else f"✓ {path} is renewed.")
    if not changed:
        _say("✓ exercises/ is in step with solutions/.")
    raise typer.Exit(1 if check and changed else 0)


@app.command()
def check(
    notebook: Annotated[Path, typer.Argument(help="Your notebook.", show_default=False)],
) -> None:
    """Runs the tests that your notebook holds, on a copy of it, and says which pass.

    Example: [bold]python -m autograder check exercises/softmax/softmax.ipynb[/]

    Exit codes: 0 all tests pass, 1 a test fails, 2 the notebook cannot be read or run.
    """
    from .selfcheck import CannotRun, run_tests
    from .submissions import Unreadable

    try:
        outcomes = run_tests(notebook)
    except (Unreadable, CannotRun) as problem:
        _stop(problem)
    for grade_id, message in outcomes:
        _say(f"✗ {grade_id}\n    " + message.replace("\n", "\n    ") if message else f"✓ {grade_id}")
    if not outcomes:
        _stop(f"{notebook.name} has no tests: is it a notebook of exercises/?")
    failed = sum(bool(message) for _, message in outcomes)
    _say(f"{len(outcomes) - failed} of {len(outcomes)} tests pass.")
    raise typer.Exit(1 if failed else 0)


@app.command()
def grade(
    submitted: Annotated[Path, typer.Argument(help="Holds <student>/<assignment>/<assignment>.ipynb.")],
    out_folder: Annotated[Path, typer.Option("--out", help="Where the results go.", show_default=False)],
    assignment: Annotated[str | None, typer.Option(help="Grade this exercise alone.", show_default=False)] = None,
    student: Annotated[str | None, typer.Option(help="Grade this student alone.", show_default=False)] = None,
    seed: Annotated[
        int | None,
        typer.Option(min=0, help="Of hidden tests' inputs; else the one recorded in OUT, or a new one."),
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes at a time.")] = os.cpu_count() or 1,
    engine: Annotated[
        Engine, typer.Option(help="The wall, or nbgrader's own kernel run for comparison.")
    ] = Engine.wall,
    unsafe: Annotated[
        bool, typer.Option("--unsafe", help="Grade without isolation where this machine has none: trusted work only.")
    ] = False,
    course: CourseFolder = Path("."),
) -> None:
    """Grades submissions: results.json, scores.csv, gradebook.db for nbgrader's formgrader, and feedback pages.

    Example: [bold]python -m autograder grade submitted --out graded --assignment softmax[/]

    Exit codes: 0 the results are written, also where submissions could not be read; 2 nothing can be graded.
    """
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from . import grade as grading
    from .course import Course, CourseError
    from .nbgrader_engine import NbgraderEngine
    from .results import clean
    from .wall import WallUnavailable
    from .wall_engine import WallEngine

    bar = Progress(
        TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
        console=err, transient=True, disable=not err.is_terminal,
    )  # fmt: skip
    task = bar.add_task("starting", total=None)

    def show(done, total, submission):
        bar.update(task, completed=done, total=total, description=f"{submission.student}, {submission.assignment}")

    runs = NbgraderEngine if engine is Engine.nbgrader else partial(WallEngine, unsafe=unsafe)
    try:
        with bar:
            graded = grading.grade(
                Course.find(course), submitted, out_folder, assignment=assignment, student=student, seed=seed,
                workers=workers, engine=runs, unsafe=unsafe or engine is Engine.nbgrader,
                progress=show, report=lambda line: err.print(Text(line)),
            )  # fmt: skip
    except (CourseError, grading.GradingError, WallUnavailable) as problem:
        _stop(problem)
    if unsafe or engine is Engine.nbgrader:
        _say("! Students' code was not kept apart from this machine: trust these results as you trust the class.")
    errors = [result for result in graded if result.status == "error"]
    for result in errors:
        _say(clean(f"✗ {result.student}, {result.assignment}: {result.message}"))
    _say(f"✓ {len(graded) - len(errors)} of {len(graded)} submissions are graded: see {out_folder}.")


@app.command()
def serve(
    book: Annotated[Path, typer.Option(help="The built book.")] = Path("_build/html"),
    grades: Annotated[Path, typer.Option(help="What grade has written.")] = Path("_build/grades"),
) -> None:
    """Serves the book, and a class's results at /grades/, on this machine alone, until Ctrl-C.

    Example: [bold]python -m autograder serve[/]

    Exit codes: 0 it was ended by Ctrl-C, 2 there is no book, or no port is free.
    """
    from .serve import NoPort, server

    if not (book / "index.html").is_file():
        _stop(f"{book} holds no book: run make book.")
    try:
        running = server(book.resolve(), grades.resolve(), _say)
    except NoPort as problem:
        _stop(problem)
    with running:
        address = f"http://127.0.0.1:{running.server_port}/"
        _say(f"The book:             {address}")
        _say(f"The class's results:  {address}grades/")
        _say("Ctrl-C ends it.")
        try:
            running.serve_forever()
        except KeyboardInterrupt:
            _say("Ended.")


@app.command()
def doctor() -> None:
    """Says what this machine can do for the course, and what to do where something is missing.

    Example: [bold]python -m autograder doctor[/]

    Exit codes: 0 the course can be used, 1 something that it needs is missing.
    """
    from .doctor import examine

    findings = examine()
    for finding in findings:
        _say(finding.line)
    raise typer.Exit(0 if all(finding.fine or not finding.needed for finding in findings) else 1)


def _say(line: str) -> None:
    out.print(Text(line))


def _stop(problem: object) -> NoReturn:
    err.print(Text(str(problem)))
    raise typer.Exit(2)
