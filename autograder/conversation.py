"""What `grade` says to the person who started it: of one run, or of each batch of a watch."""

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table
from rich.text import Text

from .progress import Progress
from .results import SubmissionResult, clean
from .submissions import Submission

MOST_NAMED = 3
MOST_TOLD = 20  # lines about submissions; with more, the end of them is in the way of what matters


class Conversation:
    """One for a run, or for all batches of a watch, which says what stays as it was only once.

    out, err  the standard streams
    folder    where the results go
    quiet     say only what needs a person
    as_json   what is said goes to `err`, and `out` gets a line of JSON for each batch
    watching  nobody is asked anything
    accept    the answer to the question whether changed scores are taken over, instead of a person's
    trusting  students' code is not kept apart
    """

    def __init__(
        self, out: Console, err: Console, folder: Path, *, quiet: bool, as_json: bool, watching: bool, accept: bool,
        trusting: bool,
    ):  # fmt: skip
        self._out, self._err, self._folder = out, err, folder
        self._quiet, self._as_json, self._watching = quiet, as_json, watching
        self._accept, self._trusting = accept, trusting
        self._said: set[str] = set()
        self._problem = ""
        self._progress: Progress | None = None
        self.batches = 0

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Around one run; shows how far it is."""
        self._done: list[Submission] = []
        self._waiting: list[str] = []
        self._progress = Progress(self._err, self._quiet)
        with self._progress:
            yield

    def show(self, done: int, total: int, submission: Submission) -> None:
        """One more is done."""
        self._done.append(submission)
        self._progress.show(done, total, submission)

    def report(self, line: str) -> None:
        """Something is skipped, or has to be looked at."""
        self._once(lambda line: self._err.print(Text(line)), line)

    def asked(self, changes: list) -> bool:
        """Says which scores changed tests would change; whether they are taken over."""
        self._progress.stop()
        lines = [clean(f"≠ {change}") for change in changes]
        self._tell_first([line for line in lines if line not in self._said], "proposed")
        self._said |= set(lines)
        if self._accept:
            return True
        if not self._watching and sys.stdin.isatty():
            if typer.confirm("The tests have changed. Take over these scores?"):
                return True
        self._waiting = lines
        return False

    def end(self, graded: list[SubmissionResult]) -> int:
        """Says what a run has found; the exit code."""
        self._progress, self._problem = None, ""
        first, self.batches = not self.batches, self.batches + 1
        done = {(s.student, s.assignment) for s in self._done}
        errors = [result for result in graded if result.status == "error"]
        faults = sum(result.waits for result in errors)
        code = 1 if self._waiting or faults else 0
        if not first and not done and not self._waiting:
            return code
        if self._trusting and first:
            self._tell(
                "! Students' code was not kept apart from this machine: trust these results as you trust the class."
            )
        told = [r for r in errors if first or (r.student, r.assignment) in done]
        told.sort(key=lambda result: not result.waits)  # what only a person can mend comes before what is broken
        self._tell_first([clean(f"✗ {r.student}, {r.assignment}: {r.message}") for r in told], "results.json")
        counts = f"{len(graded) - len(errors)} of {len(graded)} submissions are graded: see {self._folder}."
        if not self._quiet and self._watching:
            self._tell(clean(f"{time.strftime('%H:%M:%S')} ✓ {_named(self._done)}; {counts}"))
        elif not self._quiet:
            if not self._as_json:
                self._out.print(summary(graded))
            self._tell(f"✓ {counts}")
        if self._waiting:
            stand = "the old ones stand until you grade again with --accept"
            self._once(self._tell, f"! Scores that would change: {len(self._waiting)}; {stand}.")
        if faults:
            self._tell(f"! Faults of the grader's own: {faults}; grade again, or look at them.")
        if self._as_json:
            said = [{"student": r.student, "assignment": r.assignment, "message": r.message} for r in errors]
            counted = {
                "submissions": len(graded),
                "graded": len(graded) - len(errors),
                "errors": said,
                "faults": faults,
            }
            typer.echo(json.dumps(counted | {"changes_waiting": len(self._waiting), "out": str(self._folder)}))
        return code

    def wait(self, problem: Exception) -> None:
        """Says why a batch has to wait; the same reason again is not said again."""
        self._progress = None
        if str(problem) != self._problem:
            self._problem = str(problem)
            self._err.print(Text(f"{problem} The watch goes on."))

    def ended(self, code: int) -> int:
        """Says how far a run was that a person has ended, with this exit code; the exit code."""
        if self._watching and not self._progress:
            self._err.print("Ended.")
            return 0
        if self._progress is None or self._progress.total is None:
            self._err.print("Ended before anything was graded; run it again.")
        else:
            far = f"{self._progress.done} of {self._progress.total} are graded"
            self._err.print(f"Ended: {far}; run it again and it goes on.")
        return code

    def _once(self, tell: Callable[[str], None], line: str) -> None:
        if line not in self._said:
            self._said.add(line)
            tell(line)

    def _tell_first(self, lines: list[str], where: str) -> None:
        for line in first_of(lines, self._folder / where):
            self._tell(line)

    def _tell(self, line: str) -> None:
        (self._err if self._as_json else self._out).print(Text(line))


def first_of(lines: list[str], where: Path) -> list[str]:
    """The first of many lines, and one more that says where the others are; all, where they are few."""
    more = [f"… and {len(lines) - MOST_TOLD} more like these: see {where}."] if len(lines) > MOST_TOLD else []
    return lines[:MOST_TOLD] + more


def summary(graded: list[SubmissionResult]) -> Table:
    """A row for each exercise: how many are graded, how many are not, the mean share of the points."""
    table = Table("exercise", "graded", "not graded", "mean", box=SIMPLE)
    for name in dict.fromkeys(result.assignment for result in graded):
        of = [result for result in graded if result.assignment == name]
        shares = [r.score / r.max_score for r in of if r.status == "graded" and r.max_score]
        mean = f"{sum(shares) / len(shares):.0%}" if shares else "–"
        table.add_row(name, str(sum(r.status == "graded" for r in of)), str(sum(r.status == "error" for r in of)), mean)
    return table


def _named(done: list[Submission]) -> str:
    """The submissions of a batch, by name where they are few."""
    if not done:
        return "nothing new"
    if len(done) > MOST_NAMED:
        return f"{len(done)} are new or changed"
    return "; ".join(f"{submission.student}, {submission.assignment}" for submission in done)
