"""Takes in what students handed in, however it was collected, and files it under student and assignment.

Nothing is done with a file before it has a receipt (see `receipts`); whose it is, its place and name tell (see
`platforms`) and the roster.
"""

import hashlib
import json
import os
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from pathlib import Path

from . import receipts
from .archives import Refusal, Refused, entries
from .course import Course
from .master import role
from .names import objection, shown
from .platforms import Claim, claims
from .receipts import ReceiptsError, Store, Version
from .roster import Ambiguous, Roster
from .submissions import LARGEST
from .worksheet import write_table

MISSING = "missing.csv"


@dataclass
class Report:
    """What became of the files.

    filed    what is new
    again    how many files were there already
    refused  what is not taken, and why
    unknown  students that the roster does not have; their files are filed under the names shown
    lost     what has a receipt, and whose file is gone from the store
    missing  assignment -> ids of the students of the roster who have handed in nothing for it, where others have; they
             stand in `missing.csv` of the store too
    """

    filed: list[Version] = field(default_factory=list)
    again: int = 0
    refused: list[Refusal] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    lost: list[Version] = field(default_factory=list)
    missing: dict[str, list[str]] = field(default_factory=dict)


def intake(
    course: Course, sources: list[Path], folder: Path, *, roster: Roster | None = None, assignment: str | None = None,
    zone: tzinfo = UTC,
) -> Report:  # fmt: skip
    """Takes the files of `sources` into the store `folder`.

    assignment  what they were handed in for, where their place does not tell; else each tells it by its cells or name
    zone        of times in an archive that name none
    A file that cannot be taken is refused, with a reason, and the others go on; what is taken in again is not filed
    again. ReceiptsError where the store cannot be used; CourseError where the course cannot be read.
    """
    for source in sources:
        if source.is_dir() and folder.resolve().is_relative_to(source.resolve()):
            raise ReceiptsError(f"{folder} lies in {source}, which it should take in: name a folder outside.")
    exercises = _Exercises(course)
    report = Report()
    with Store(folder) as store:
        there = list(receipts.filed(folder))
        known = {identity for version in there for identity in _identities(version)}
        students = _Students(roster, {version.student for version in there})
        for source in sources:
            if source.is_file() and source.suffix.lower() != ".ipynb" and os.access(source, os.R_OK):
                with source.open("rb") as file:
                    digest = hashlib.file_digest(file, "sha256").hexdigest()
                store.log("received", source=shown(source.name), sha256=digest, size=source.stat().st_size)
            with entries(source, zone) as found:
                for claim in claims(found, exercises.names, zone):
                    try:
                        if isinstance(claim, Refusal):
                            raise Refused(claim.reason)
                        version, told = _version(claim, store, students, exercises, assignment, source)
                    except Refused as problem:
                        where = claim.source if isinstance(claim, Refusal) else claim.entry.source
                        store.log("refused", source=where, reason=str(problem))
                        report.refused.append(Refusal(where, str(problem)))
                        continue
                    at_its_time, at_any_time = _identities(version)
                    if (at_its_time if told else at_any_time) in known:
                        report.again += 1
                        continue
                    known |= {at_its_time, at_any_time}
                    store.log("filed", **{**vars(version), "handed_in": version.handed_in.isoformat()})
                    report.filed.append(version)
        versions = receipts.read(folder)
        report.lost = store.arrange(versions)
    report.unknown = sorted(students.unknown)
    if roster:
        missing = [
            (name, student)
            for name in sorted({assignment for _, assignment in versions})
            for student in roster.students
            if (student.id, name) not in versions
        ]
        for name, student in missing:
            report.missing.setdefault(name, []).append(student.id)
        columns = ["assignment", "id", "name", "email"]
        write_table(folder / MISSING, columns, ([name, of.id, of.name, of.email] for name, of in missing))
    return report


def _identities(version: Version) -> tuple[tuple, tuple]:
    """What makes a version the same when it is taken in again: where its time is told, and where it is not."""
    what = version.student, version.assignment, version.sha256, version.sequence
    return (*what, version.handed_in), what


def _version(
    claim: Claim, store: Store, students: "_Students", exercises: "_Exercises", assignment: str | None, source: Path
) -> tuple[Version, bool]:
    """Gives a file its receipt, keeps it, and says whose and for what it is; and whether anything told when it was
    handed in, rather than when it was downloaded or taken in. Refused where nothing says it."""
    content = claim.entry.read(LARGEST)
    now = datetime.now(UTC)
    time = claim.handed_in or claim.entry.time or now
    handed_in = min(time, now)  # a clock that is wrong must not have the last word for ever
    told = claim.late is None and time < now
    digest = hashlib.sha256(content).hexdigest()
    about = {"source": claim.entry.source, "sha256": digest, "size": len(content), "handed_in": handed_in.isoformat()}
    store.log("received", **about)
    if content.startswith(b"PK\x03\x04"):
        raise Refused("it is an archive: hand in the notebook itself")
    store.keep(content)
    student = students.find(claim)
    name = claim.assignment or assignment or exercises.told_by(content, [claim.file, source.name])
    return Version(student, name, digest, handed_in, claim.sequence, claim.late, claim.entry.source), told


class _Students:
    """Says under which id a file is filed."""

    def __init__(self, roster: Roster | None, there: set[str]):
        self._roster = roster
        self._ids = {student.id for student in roster.students} if roster else set()
        self._taken = {name.casefold(): name for name in there | self._ids}
        self.unknown: set[str] = set()

    def find(self, claim: Claim) -> str:
        if self._roster:
            try:
                student = self._roster.find(claim.clues)
            except Ambiguous as problem:
                raise Refused(str(problem)) from None
            if student and not (claim.namesakes and student.numbers.get("moodle") != claim.clues.number):
                return student.id
        if claim.namesakes:
            raise Refused(
                f"several students are called {shown(claim.key)}: give a roster with their numbers as moodle_id, or "
                "Moodle's grading worksheet as the roster"
            )
        if claim.key in self._ids:
            raise Refused(f"{shown(claim.key)} is another student's id in the roster: add its owner to the roster")
        if problem := objection(claim.key):
            instead = "give a roster, whose id takes its place"
            raise Refused(f"the student's name {shown(claim.key)!r} cannot name a folder: {problem}; {instead}")
        alike = self._taken.setdefault(claim.key.casefold(), claim.key)
        if alike != claim.key:
            raise Refused(
                f"its student {claim.key} and {alike} differ only in case: give a roster that tells them apart"
            )
        if self._roster:
            self.unknown.add(claim.key)
        return claim.key


class _Exercises:
    """The exercises of a course, and what tells which of them a notebook is."""

    def __init__(self, course: Course):
        self.names = course.names
        self._ids = {
            name: {role(cell)["grade_id"] for cell in course.solved(name).cells if "grade_id" in role(cell)}
            for name in self.names
        }

    def told_by(self, content: bytes, names: list[str]) -> str:
        """By the ids of the notebook's cells, else by the first of the names that holds one exercise's name."""
        ids = _grade_ids(content)
        hits = Counter({name: len(ids & of) for name, of in self._ids.items()}).most_common(2)
        if hits and hits[0][1] and (len(hits) == 1 or hits[0][1] > hits[1][1]):
            return hits[0][0]
        for name in names:
            text = re.sub(r"[\W_]+", "_", name.lower())
            held = [of for of in self.names if re.search(rf"(?<![a-z]){re.escape(of)}(?![a-z])", text)]
            longest = [of for of in held if not any(of != other and of in other for other in held)]
            if len(longest) == 1:
                return longest[0]
        raise Refused("nothing in it says which exercise it is: name it with --assignment")


def _grade_ids(content: bytes) -> set[str]:
    """The ids of the cells of what may be a notebook."""
    try:
        cells = json.loads(content)["cells"]
        found = [cell["metadata"]["nbgrader"]["grade_id"] for cell in cells if "nbgrader" in cell.get("metadata", {})]
        return {grade_id for grade_id in found if isinstance(grade_id, str)}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return set()
