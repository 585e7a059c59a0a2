"""The commands, from release to doctor. Whatever is heavy, the command that needs it imports."""

import os
import signal
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

from .worksheet import plain


class Commands(typer.core.TyperGroup):
    """Says in a sentence what the system refuses any of them (a full disk, a folder that may not be written), and that
    a person has ended them by Ctrl-C."""

    def invoke(self, ctx: typer.Context) -> object:
        signal.signal(signal.SIGINT, signal.default_int_handler)  # until now it was that of `__main__`
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as end:
            err.print("Ended before all was done; run it again.")
            raise typer.Exit(getattr(end, "code", 130)) from None
        except BrokenPipeError:  # whoever read has gone, as in `... | head`
            raise
        except OSError as problem:
            where = f"{problem.filename}: " if problem.filename else ""
            _stop(f"{where}{problem.strerror or problem}. Mend that and run it again; what is done is kept.")


app = typer.Typer(
    cls=Commands, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode="rich",
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


def _exercises() -> list[str]:
    """What a shell completes to, where it stands in a course."""
    from .course import Course, CourseError

    try:
        return Course.find(Path(".")).names
    except CourseError:
        return []


def _formats() -> list[str]:
    from .export import Format

    return list(Format)


CourseFolder = Annotated[Path, typer.Option("--course", help="A folder of the course.", exists=True, file_okay=False)]
Exercises = Annotated[
    list[str] | None,
    typer.Option(help="This exercise alone; may be repeated.", show_default=False, autocompletion=_exercises),
]
Students = Annotated[list[str] | None, typer.Option(help="This student alone; may be repeated.", show_default=False)]
RosterFile = Annotated[
    Path | None,
    typer.Option(
        help="CSV with the columns id, name, email, canvas_id, moodle_id, gradescope_id; or as a platform exports it.",
        show_default=False,
    ),
]


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
def intake(
    sources: Annotated[list[Path], typer.Argument(metavar="SOURCE", help="Folders, zips or notebooks.")],
    into: Annotated[Path, typer.Option("--into", help="The store that everything is kept in.", show_default=False)],
    roster: RosterFile = None,
    assignment: Annotated[
        str | None, typer.Option(help="What the files are for, where their place does not tell.", show_default=False)
    ] = None,
    zone: Annotated[
        str | None, typer.Option(help="Of times in an archive that name none; else this machine's.", show_default=False)
    ] = None,
    course: CourseFolder = Path("."),
) -> None:
    """Takes in what students handed in: a folder in nbgrader's layout, or a download of Moodle, Canvas or Gradescope.

    Each file gets a receipt in INTO/receipts.jsonl, every version is kept, the last in time counts. Then grade INTO.

    Example: [bold]python -m autograder intake softmax.zip --into spring --roster roster.csv[/]

    Exit codes: 0 all is filed; 1 something is refused, or handed in by somebody who is not in the roster; 2 the
    roster or the store cannot be used.
    """
    from dateutil.tz import tzlocal

    from . import intake as taking
    from . import times
    from .conversation import MOST_TOLD, first_of
    from .course import Course, CourseError
    from .receipts import ReceiptsError
    from .roster import Roster, RosterError

    try:
        found = Course.find(course)
        if assignment not in (None, *found.names):
            raise CourseError(f"There is no exercise {assignment}; there are {', '.join(found.names)}.")
        report = taking.intake(
            found, sources, into, roster=roster and Roster.read(roster), assignment=assignment,
            zone=times.zone(zone) if zone else tzlocal(),
        )  # fmt: skip
    except (CourseError, ReceiptsError, RosterError) as problem:
        _stop(problem)
    except times.NoTime as problem:
        _stop(f"--zone: {problem}.")
    lost = "✗ {0.source}, of {0.student}, has a receipt, and its file is gone from {1}/received."
    for lines in (
        [f"✗ {refusal.source}: {refusal.reason}." for refusal in report.refused],
        [lost.format(version, into) for version in report.lost],
        [f"! {student} is not in the roster: filed under this name." for student in report.unknown],
    ):
        for line in first_of(lines, into / "receipts.jsonl"):
            _say(line)
    for name, missing in report.missing.items():
        more = f" and {len(missing) - MOST_TOLD} more: see {into / taking.MISSING}" if len(missing) > MOST_TOLD else ""
        _say(f"{name}: nothing yet from {', '.join(missing[:MOST_TOLD])}{more}.")
    students = len({version.student for version in report.filed})
    counts = f"filed: {len(report.filed)} of {students} students; there already: {report.again}"
    _say(f"✓ {counts}; refused: {len(report.refused)}; see {into / 'receipts.jsonl'}.")
    raise typer.Exit(1 if report.refused or report.unknown or report.lost else 0)


@app.command()
def grade(
    submitted: Annotated[
        Path, typer.Argument(help="Holds <student>/<assignment>/<assignment>.ipynb, or is what intake made.")
    ],
    out_folder: Annotated[Path, typer.Option("--out", help="Where the results go.", show_default=False)],
    assignment: Exercises = None,
    student: Students = None,
    seed: Annotated[
        int | None,
        typer.Option(min=0, help="Of hidden tests' inputs; else the one recorded in OUT, or a new one."),
    ] = None,
    policy: Annotated[
        Path | None, typer.Option(help="Due dates, lateness, extensions, weights: see policy.toml.", show_default=False)
    ] = None,
    accept: Annotated[
        bool, typer.Option("--accept", help="Take over scores that changed tests have changed, without asking.")
    ] = False,
    watch: Annotated[
        bool,
        typer.Option(
            "--watch",
            help="Go on grading what arrives or changes in SUBMITTED, until Ctrl-C. Between two batches OUT is free: "
            "a colleague may grade into it by hand meanwhile, and the watch waits for the end of that.",
        ),
    ] = False,
    workers: Annotated[int, typer.Option(min=1, help="Processes at a time.")] = os.cpu_count() or 1,
    scheduler: Annotated[
        str | None,
        typer.Option(help="Grade on the workers of this scheduler of Dask: tcp://HOST:PORT.", show_default=False),
    ] = None,
    engine: Annotated[
        Engine, typer.Option(help="The wall, or nbgrader's own kernel run for comparison.")
    ] = Engine.wall,
    unsafe: Annotated[
        bool, typer.Option("--unsafe", help="Grade without isolation where this machine has none: trusted work only.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say only what needs a person.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="End, or end each batch, with one line of JSON; the rest goes to stderr.")
    ] = False,
    course: CourseFolder = Path("."),
) -> None:
    """Grades submissions: results.json, scores.csv, gradebook.db for nbgrader's formgrader, and feedback pages.

    A run that was ended, by Ctrl-C too, goes on where it was, and what has not changed since is not run again.

    Example: [bold]python -m autograder grade submitted --out graded --assignment softmax --assignment stability[/]

    Example: [bold]python -m autograder grade submitted --out graded --watch[/]

    Exit codes: 0 the results are written, also where submissions could not be read, or a watch was ended between two
    batches; 1 scores that changed tests would change wait for --accept, or faults of the grader's own for another run;
    2 nothing can be graded; 130 it was ended by Ctrl-C, 143 by SIGTERM, before all was graded.
    """
    from .interrupts import endable

    talk = None
    try:
        with endable():
            from .conversation import Conversation

            trusting = unsafe or engine is Engine.nbgrader
            talk = Conversation(
                out, err, out_folder, quiet=quiet, as_json=as_json, watching=watch, accept=accept, trusting=trusting
            )
            from . import grade as grading
            from .course import Course, CourseError
            from .nbgrader_engine import NbgraderEngine
            from .policies import PolicyError
            from .receipts import ReceiptsError
            from .wall import WallUnavailable
            from .wall_engine import WallEngine
            from .watch import CannotWatch
            from .watch import watch as wait_for_changes

            problems = (CourseError, PolicyError, ReceiptsError, grading.GradingError, WallUnavailable)

            def run() -> int:
                with talk.batch():
                    graded = grading.grade(
                        Course.find(course), submitted, out_folder, assignments=assignment or (),
                        students=student or (), seed=seed, workers=workers, scheduler=scheduler,
                        engine=NbgraderEngine if engine is Engine.nbgrader else partial(WallEngine, unsafe=unsafe),
                        unsafe=trusting, policy=policy, accept=talk.asked, progress=talk.show, report=talk.report,
                    )  # fmt: skip
                return talk.end(graded)

            def batch() -> bool:
                try:
                    run()
                except problems as problem:
                    if not talk.batches and not isinstance(problem, (ReceiptsError, grading.NotNow)):
                        raise  # it will not become better by waiting
                    talk.wait(problem)
                    return False
                return True

            if not watch:
                code = run()
            elif submitted.is_dir():
                wait_for_changes(submitted, out_folder, batch)
            else:
                raise grading.GradingError(f"{submitted} is not a folder of submissions.")
    except (KeyboardInterrupt, typer.Abort) as end:  # Abort: while a question was open
        if talk is None:
            raise
        code = talk.ended(getattr(end, "code", 130))
    except (*problems, CannotWatch) as problem:
        _stop(problem)
    raise typer.Exit(code)


@app.command()
def export(
    out_folder: Annotated[Path, typer.Argument(metavar="OUT", help="What grade has written.")],
    to: Annotated[
        str,
        typer.Option(
            "--format",
            help="csv, canvas, moodle, gradescope, junit or nbgrader.",
            show_default=False,
            autocompletion=_formats,
        ),
    ],
    into: Annotated[Path | None, typer.Option("--into", help="Where it goes; else into OUT/export/.")] = None,
    template: Annotated[
        Path | None, typer.Option("--template", help="The file that Canvas or Moodle exported; it stays as it is.")
    ] = None,
    assignment: Exercises = None,
    student: Students = None,
    column: Annotated[
        str | None, typer.Option(help="The column to fill in, by title or number, where its name does not tell.")
    ] = None,
    roster: RosterFile = None,
    scale: Annotated[
        bool, typer.Option("--scale", help="Put scores on the site's scale, where its highest score differs.")
    ] = False,
    course: CourseFolder = Path("."),
) -> None:
    """Writes the results in the format of another program. Canvas and Moodle: into the file that they exported.

    Example: [bold]python -m autograder export graded --format canvas --template gradebook.csv --into filled.csv[/]

    Exit codes: 0 it is written; 1 it is written, but not everybody was found in the site's file; 2 it is not written.
    """
    from . import export as exporting
    from .course import Course, CourseError
    from .roster import Roster, RosterError

    try:
        if to not in list(exporting.Format):
            raise exporting.CannotExport(f"There is no format {to}; there are {', '.join(exporting.Format)}.")
        try:
            found = Course.find(course)
            titles = {name: found.title(name) for name in found.names} if to == "canvas" else {}
        except CourseError:  # results alone are enough
            titles = {}
        path, filled = exporting.export(
            out_folder, exporting.Format(to), into, template=template, titles=titles,
            assignments=assignment or (), students=student or (), column=column,
            roster=roster and Roster.read(roster), scale=scale,
        )  # fmt: skip
    except (exporting.CannotExport, RosterError) as problem:
        _stop(problem)
    for line in filled.absent:
        _say(f"✗ {line}")
    for line in filled.said:
        _say(f"! {line}")
    _say(f"✓ {path} is written.")
    raise typer.Exit(1 if filled.absent else 0)


@app.command()
def report(
    out_folder: Annotated[Path, typer.Argument(metavar="OUT", help="What grade has written.")],
    course: CourseFolder = Path("."),
) -> None:
    """Explains the class in one page, OUT/report/index.html, with its data as CSV beside it.

    Example: [bold]python -m autograder report graded[/]

    Exit codes: 0 it is written, 2 there are no results.
    """
    from .class_report import CannotReport, write_report
    from .course import Course, CourseError

    try:
        page = write_report(Course.find(course), out_folder)
    except (CannotReport, CourseError) as problem:
        _stop(problem)
    _say(f"✓ {page} is written.")


@app.command()
def gradescope(
    exercise: Annotated[
        str | None,
        typer.Argument(
            help="The exercise; else the one that the title of Gradescope's assignment names.",
            autocompletion=_exercises,
        ),
    ] = None,
    into: Annotated[Path, typer.Option("--into", help="Where it goes.")] = Path("_build/gradescope.zip"),
    unsafe: Annotated[
        bool, typer.Option("--unsafe", help="Grade also where Gradescope gives no isolation: trusted work only.")
    ] = False,
    course: CourseFolder = Path("."),
) -> None:
    """Packs the zip that Gradescope takes as an autograder: the grader, and the course without its solutions.

    Example: [bold]python -m autograder gradescope softmax[/]

    Exit codes: 0 it is written, 2 there is no such exercise.
    """
    from .course import Course, CourseError
    from .gradescope import bundle

    try:
        bundle(Course.find(course), into, exercise, unsafe)
    except CourseError as problem:
        _stop(problem)
    if unsafe:
        _say("! It also grades where Gradescope gives no isolation: there, students' code could read the tests.")
    _say(f"✓ {into} is written.")


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
        if (grades / "report" / "index.html").is_file():
            _say(f"Its report:           {address}grades/report/")
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
    out.print(Text(plain(line)))


def _stop(problem: object) -> NoReturn:
    err.print(Text(plain(str(problem))))
    raise typer.Exit(2)
