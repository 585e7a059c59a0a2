"""What `grade` found, in the formats of other programs, from `OUT/results.json`.

csv         a row for each submission
nbgrader    the columns of nbgrader's own export; names, due dates and times from `OUT/gradebook.db`
canvas      into the gradebook that Canvas exported (see `course_sites`)
moodle      into the grading worksheet that Moodle gave
gradescope  a results.json for each submission (see `gradescope`)
junit       JUnit XML: a test suite for each submission, a test case for each graded cell
"""

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Collection
from enum import StrEnum
from pathlib import Path

from . import results as results_file
from .choice import Choice
from .course_sites import CannotFill, Filled, canvas, moodle
from .grade import write_scores
from .gradescope import as_gradescope
from .results import NotResults, SubmissionResult, clean
from .roster import Roster
from .worksheet import plain, write_table

_NBGRADER = [
    "assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email", "raw_score",
    "late_submission_penalty", "score", "max_score",
]  # fmt: skip


class Format(StrEnum):
    """A format to export to."""

    csv = "csv"
    canvas = "canvas"
    moodle = "moodle"
    gradescope = "gradescope"
    junit = "junit"
    nbgrader = "nbgrader"


class CannotExport(Exception):
    """Nothing can be exported; the text says why and what to do."""


def export(
    out: Path, to: Format, into: Path | None = None, *, template: Path | None = None,
    titles: dict[str, str] | None = None, assignments: Collection[str] = (), students: Collection[str] = (),
    column: str | None = None, roster: Roster | None = None, scale: bool = False,
) -> tuple[Path, Filled]:  # fmt: skip
    """Writes the results in the folder `out` to `into`.

    into                   a file, or for Gradescope's results of several submissions a folder; else in OUT/export
    template               the file that Canvas or Moodle exported; it is not changed
    titles                 assignment -> its title, as `course_sites.canvas` wants it, and as it wants the others
    assignments, students  these alone; all where there are none
    Returns where it was written, and what a person should know of it. CannotExport where it is not.
    """
    choice = Choice(assignments, students)
    if not (chosen := choice.of(_read(out))):
        raise CannotExport(f"{out / 'results.json'} has no result for {choice}.")
    suffix = {Format.junit: ".xml", Format.gradescope: "" if len(chosen) > 1 else ".json"}.get(to, ".csv")
    into = into or out / "export" / f"{to}{suffix}"
    filled = Filled(b"")
    if to in (Format.canvas, Format.moodle):
        content = _template(template, to)
        if into.resolve() == template.resolve():
            raise CannotExport(f"{into} is the file to fill in, which stays as it is: name another one with --into.")
        try:
            fill = canvas if to is Format.canvas else moodle
            filled = fill(content, chosen, titles or {}, column=column, roster=roster, scale=scale)
        except CannotFill as problem:
            raise CannotExport(f"{template}: {problem}") from None
    try:
        _write(out, to, into, chosen, filled)
    except OSError as problem:
        raise CannotExport(f"{into} cannot be written: {problem.strerror}.") from None
    filled.said += [f"{name} has no result in {out / 'results.json'}." for name in choice.absent(chosen)]
    if to is not Format.gradescope and to is not Format.junit:
        filled.said += _ungraded(chosen)
    return into, filled


def _read(out: Path) -> list[SubmissionResult]:
    path = out / "results.json"
    try:
        return results_file.read(path)
    except OSError as problem:
        raise CannotExport(f"{path} cannot be read: {problem.strerror}; grade into {out} first.") from None
    except NotResults as problem:
        raise CannotExport(f"{str(problem).rstrip('.')}; grade into {out} again.") from None


def _template(template: Path | None, to: Format) -> bytes:
    if template is None:
        what = "the gradebook that Canvas exports" if to is Format.canvas else "the grading worksheet that Moodle gives"
        raise CannotExport(f"Scores for {to.title()} go into {what}: name that file with --template.")
    try:
        return template.read_bytes()
    except OSError as problem:
        raise CannotExport(f"{template} cannot be read: {problem.strerror}.") from None


def _write(out: Path, to: Format, into: Path, chosen: list[SubmissionResult], filled: Filled) -> None:
    into.parent.mkdir(parents=True, exist_ok=True)
    if filled.content:
        into.write_bytes(filled.content)
    elif to is Format.csv:
        write_scores(into, chosen)
    elif to is Format.nbgrader:
        write_table(into, _NBGRADER, _as_nbgrader(out / "gradebook.db", chosen))
    elif to is Format.junit:
        into.write_bytes(junit(chosen))
    else:
        for result in chosen:
            place = Path(*map(_as_folder, (result.student, result.assignment)), "results.json")
            path = into / place if len(chosen) > 1 else into
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(as_gradescope(result), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _as_folder(name: str) -> str:
    """A name for a folder, with what could lead elsewhere, or harm a terminal, as in an address."""
    return re.sub(r"^\.|[^\w .-]", lambda found: f"%{ord(found[0]):02X}", name)


def junit(results: list[SubmissionResult]) -> bytes:
    """JUnit XML: failed -> failure, error -> error, what a person grades -> skipped; points as properties."""
    root = ET.Element("testsuites", name="autograder")
    totals = dict.fromkeys(("tests", "failures", "errors", "skipped"), 0)
    for result in results:
        suite = ET.SubElement(root, "testsuite", name=_xml(f"{result.student}, {result.assignment}"))
        about = ET.SubElement(suite, "properties")
        for name in ("student", "assignment", "score", "max_score"):
            value = getattr(result, name)
            ET.SubElement(about, "property", name=name, value=_xml(value) if isinstance(value, str) else f"{value:g}")
        counts = dict.fromkeys(totals, 0)
        where = _xml(f"{result.assignment}.{result.student}")
        if result.status == "error":
            case = ET.SubElement(suite, "testcase", classname=where, name=result.assignment)
            counts["errors"] += 1
            _outcome(case, "error", result.message, "the submission")
        for cell in result.cells:
            case = ET.SubElement(suite, "testcase", classname=where, name=_xml(cell.grade_id))
            if cell.status == "failed":
                counts["failures"] += 1
                _outcome(case, "failure", cell.message, cell.misconception or "failed")
            elif cell.status == "error":
                counts["errors"] += 1
                _outcome(case, "error", cell.message, "a fault of the grader's own")
            elif cell.status == "manual":
                counts["skipped"] += 1
                score = f"{cell.score:g} of {cell.max_score:g} points"
                ET.SubElement(case, "skipped", message=f"graded by a person: {score}")
        counts["tests"] = len(result.cells) or 1
        for name, count in counts.items():
            suite.set(name, str(count))
            totals[name] += count
    for name, count in totals.items():
        root.set(name, str(count))
    ET.indent(root)
    return ET.tostring(root, encoding="utf-8", xml_declaration=True)


def _outcome(case: ET.Element, kind: str, message: str, of: str) -> None:
    first = message.partition("\n")[0]
    ET.SubElement(case, kind, message=_xml(clean(first)), type=_xml(of)).text = _xml(clean(message))


def _xml(text: str) -> str:
    """Text with nothing in it that XML 1.0 has no place for."""
    return plain(text)


def _as_nbgrader(gradebook: Path, results: list[SubmissionResult]) -> list[list]:
    """Rows as nbgrader exports them: each exercise for each student, zero where nothing was handed in."""
    people, due, handed_in = _of_gradebook(gradebook)
    of = {(result.assignment, result.student): result for result in results}
    points = {result.assignment: result.max_score for result in results}
    rows = []
    for assignment in sorted(points):
        for student in sorted({result.student for result in results}):
            last, first, email = people.get(student, ("", "", ""))
            result = of.get((assignment, student))
            penalty = -sum(reason.points for reason in result.reasons if reason.rule == "late") + 0.0 if result else 0.0
            score = result.score if result else 0.0
            rows.append(
                [assignment, due.get(assignment, ""), handed_in.get((assignment, student), ""), student, last, first,
                 email, score + penalty, penalty, score, result.max_score if result else points[assignment]]
            )  # fmt: skip
    return rows


def _of_gradebook(path: Path) -> tuple[dict, dict, dict]:
    """What nbgrader's gradebook knows besides scores: student -> last name, first name, e-mail; due dates; times."""
    if not path.is_file():
        return {}, {}, {}
    from nbgrader.api import Assignment, Student, SubmittedAssignment
    from sqlalchemy import URL, create_engine
    from sqlalchemy.exc import SQLAlchemyError
    from sqlalchemy.orm import Session

    # Not by nbgrader's Gradebook, which writes when it is opened.
    engine = create_engine(URL.create("sqlite", database=str(path.resolve())))
    try:
        with Session(engine) as book:
            people = {s.id: (s.last_name or "", s.first_name or "", s.email or "") for s in book.query(Student)}
            due = {a.name: str(a.duedate) for a in book.query(Assignment) if a.duedate}
            submitted = book.query(SubmittedAssignment).join(Assignment)
            return people, due, {(s.name, s.student_id): str(s.timestamp) for s in submitted if s.timestamp}
    except SQLAlchemyError as problem:
        raise CannotExport(f"{path} is not a gradebook ({problem.__cause__ or problem}).") from None
    finally:
        engine.dispose()


def _ungraded(results: list[SubmissionResult]) -> list[str]:
    """Answers in words without a point: perhaps nobody has graded them yet."""
    counts: dict[tuple[str, str], int] = {}
    for result in results:
        for cell in result.cells:
            if cell.status == "manual" and not cell.score and cell.max_score:
                key = result.assignment, cell.grade_id
                counts[key] = counts.get(key, 0) + 1
    return [
        f"{assignment}: {count} answers to {grade_id}, which people grade, have no point yet."
        for (assignment, grade_id), count in sorted(counts.items())
    ]
