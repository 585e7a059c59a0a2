"""The commands: release, check, grade, doctor. Whatever is heavy is imported by the command that needs it."""

import sys
from pathlib import Path
from typing import Annotated

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

CourseFolder = Annotated[
    Path, typer.Option("--course", help="A folder of the course.", exists=True, file_okay=False, show_default=False)
]


def main() -> None:
    """Runs the command line; what is wrong with the input is said in one sentence, without a traceback."""
    app()


@app.command()
def release(
    check: Annotated[bool, typer.Option("--check", help="Only say which are out of step; exit 1 if any is.")] = False,
    course: CourseFolder = Path("."),
) -> None:
    """Makes the students' notebooks in exercises/ from solutions/, without solutions and hidden tests.

    Example: [bold]python -m autograder release --check[/]

    Exit codes: 0 all in step (or brought in step), 1 out of step (--check), 2 a source cannot be released.
    """
    from . import release as releasing
    from .course import Course, CourseError

    try:
        changed = releasing.release(Course.find(course), check=check)
    except CourseError as problem:
        _stop(problem)
    for path in changed:
        _say(f"✗ {path} is out of step: run python -m autograder release." if check else f"✓ {path} is new.")
    if not changed:
        _say("✓ exercises/ is in step with solutions/.")
    raise typer.Exit(1 if check and changed else 0)


def _say(line: str) -> None:
    out.print(Text(line))


def _stop(problem: object) -> None:
    err.print(Text(str(problem)))
    raise typer.Exit(2)
