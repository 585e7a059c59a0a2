"""Takes in what students handed in, however it was collected, and files it under student and assignment.

Nothing is done with a file before it has a receipt (see `receipts`); whose it is, its place and name tell (see
`platforms`) and the roster.
"""

import hashlib
import json
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

# What makes a version the same when it is taken in again.
_IDENTITY = ("student", "assignment", "sha256", "handed_in", "sequence")


@dataclass
class Report:
    """What became of the files.

    filed    what is new
    again    how many files were there already
    refused  what is not taken, and why
    unknown  students that the roster does not have; their files are filed under the names shown
    lost     what has a receipt, and whose file is gone from the store
    missing  assignment -> ids of the students of the roster who have handed in nothing for it, where others have
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
        known = {tuple(line[of] for of in _IDENTITY) for line in receipts.lines(folder) if line["event"] == "filed"}
        students = _Students(roster, {student for student, *_ in known})
        for source in sources:
            if source.is_file() and source.suffix.lower() != ".ipynb":
                with source.open("rb") as file:
                    digest = hashlib.file_digest(file, "sha256").hexdigest()
                store.log("received", source=shown(source.name), sha256=digest, size=source.stat().st_size)
            with entries(source, zone) as found:
                for claim in claims(found, exercises.names, zone):
                    try:
                        if isinstance(claim, Refusal):
                            raise Refused(claim.reason)
                        version = _version(claim, store, students, exercises, assignment, source)
                    except Refused as problem:
                        where = claim.source if isinstance(claim, Refusal) else claim.entry.source
                        store.log("refused", source=where, reason=str(problem))
                        report.refused.append(Refusal(where, str(problem)))
                        continue
                    fields = {**vars(version), "handed_in": version.handed_in.isoformat()}
                    identity = tuple(fields[of] for of in _IDENTITY)
                    if identity in known:
                        report.again += 1
                        continue
                    known.add(identity)
                    store.log("filed", **fields)
                    report.filed.append(version)
        versions = receipts.read(folder)
        report.lost = store.arrange(versions)
    report.unknown = sorted(students.unknown)
    if roster:
        for name in sorted({assignment for _, assignment in versions}):
            report.missing[name] = [s.id for s in roster.students if (s.id, name) not in versions]
    return report


def _version(
    claim: Claim, store: Store, students: "_Students", exercises: "_Exercises", assignment: str | None, source: Path
) -> Version:
    """Gives a file its receipt, keeps it, and says whose and for what it is; Refused where nothing says it."""
    content = claim.entry.read(LARGEST)
    handed_in = claim.handed_in or claim.entry.time or datetime.now(UTC)
    digest = hashlib.sha256(content).hexdigest()
    about = {"source": claim.entry.source, "sha256": digest, "size": len(content), "handed_in": handed_in.isoformat()}
    store.log("received", **about)
    if content.startswith(b"PK\x03\x04"):
        raise Refused("it is an archive: hand in the notebook itself")
    store.keep(content)
    student = students.find(claim)
    name = claim.assignment or assignment or exercises.told_by(content, [claim.file, source.name])
    return Version(student, name, digest, handed_in, claim.sequence, claim.late, claim.entry.source)


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
            raise Refused(f"several students are called {claim.key}: give a roster with their numbers as moodle_id")
        if self._roster:
            self.unknown.add(claim.key)
            if claim.key in self._ids:
                raise Refused(f"{claim.key} is another student's id in the roster: add its owner to the roster")
        if problem := objection(claim.key):
            raise Refused(f"the student's name {shown(claim.key)!r} cannot name a folder: {problem}")
        alike = self._taken.setdefault(claim.key.casefold(), claim.key)
        if alike != claim.key:
            raise Refused(
                f"its student {claim.key} and {alike} differ only in case: give a roster that tells them apart"
            )
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
