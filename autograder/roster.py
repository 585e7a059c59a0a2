"""Who is in the class: a CSV file of students, and how the names that platforms use lead to them.

    id,name,email,canvas_id,moodle_id,gradescope_id
    ada,Ada Lovelace,ada@example.org,20417,,

`id` is needed and names the student everywhere: in folders, results and the gradebook. In place of `name` there may be
`first_name` and `last_name`. A column of a platform holds the number by which that platform knows the student.
"""

import csv
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from .names import objection


class RosterError(Exception):
    """A roster that cannot be used; the text says what is wrong, in which line, and what to do."""


class Ambiguous(Exception):
    """A name that fits several students; the text says which."""


@dataclass(frozen=True)
class Student:
    """A student of the roster; `numbers` are those of the platforms, by platform."""

    id: str
    name: str = ""
    email: str = ""
    numbers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Clues:
    """What a file says of who handed it in; empty where it says nothing.

    platform, number  the number that a platform gives the student
    id                what may be the student's id itself
    """

    name: str = ""
    email: str = ""
    id: str = ""
    platform: str = ""
    number: str = ""


class Roster:
    """The students of a class, found by what a platform says of them."""

    def __init__(self, students: list[Student]):
        self.students = students
        # Looked up for every file of a class, whose size it must not grow with.
        self._by: dict[tuple[str, str], list[Student]] = {}
        for student in students:
            keys = {("id", _fold(student.id)), ("email", _fold(student.email)), *student.numbers.items()}
            for key in keys | {("name", spelling) for spelling in _spellings(student.name)}:
                self._by.setdefault(key, []).append(student)

    @classmethod
    def read(cls, path: Path) -> "Roster":
        """The roster in a CSV file (comma, semicolon or tab; UTF-8). RosterError where it cannot be used."""
        try:
            text = path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as problem:
            reason = problem.strerror if isinstance(problem, OSError) else "it is not UTF-8 text"
            raise RosterError(f"The roster {path} cannot be read: {reason}.") from None
        first = text.partition("\n")[0]
        delimiter = max(",;\t", key=first.count)
        rows = csv.DictReader(text.splitlines(), delimiter=delimiter)
        columns = {re.sub(r"\W+", "_", (name or "").strip().lower()): name for name in rows.fieldnames or []}
        if "id" not in columns:
            there = ", ".join(filter(None, columns)) or "nothing"
            raise RosterError(f"The roster {path} has no column id in its first line, which has {there}: add one.")
        students = []
        for row in rows:
            cell = {key: (row.get(column) or "").strip() for key, column in columns.items()}
            if not any(cell.values()):
                continue
            student = _student(cell)
            if problem := objection(student.id) if student.id else "it is empty":
                what = f"the id {student.id!r} cannot name a student's folder" if student.id else "there is no id"
                raise RosterError(f"The roster {path}, line {rows.line_num}: {what}: {problem}.")
            students.append(student)
        folded = Counter(_fold(student.id) for student in students)
        for student in students:
            if folded[_fold(student.id)] > 1:
                raise RosterError(f"The roster {path} has the id {student.id} more than once (in any case): mend it.")
        return cls(students)

    def find(self, clues: Clues) -> Student | None:
        """The student, or None; by the platform's number, else the id, the e-mail address, the name. Ambiguous where
        a name fits several."""
        for kind, said in (
            (clues.platform, clues.number),
            ("id", _fold(clues.id)),
            ("email", _fold(clues.email)),
            ("name", _letters(clues.name)),
        ):
            if said and (found := self._by.get((kind, said))):
                if len(found) > 1:
                    who = " and ".join(student.id for student in found)
                    raise Ambiguous(f"{clues.name or said} fits {who}: give the roster a column with its numbers")
                return found[0]
        return None


def _student(cell: dict[str, str]) -> Student:
    name = cell.get("name") or f"{cell.get('first_name', '')} {cell.get('last_name', '')}".strip()
    numbers = {key.removesuffix("_id"): value for key, value in cell.items() if key.endswith("_id") and value}
    if "moodle" in numbers:
        numbers["moodle"] = numbers["moodle"].split()[-1]  # Moodle's own worksheet says "Participant 123"
    return Student(unicodedata.normalize("NFC", cell["id"]), name, cell.get("email", ""), numbers)


def _fold(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()


def _letters(text: str) -> str:
    """A name reduced to what no platform changes: letters and digits, case set aside."""
    return re.sub(r"[\W_]+", "", _fold(text))


def _spellings(name: str) -> set[str]:
    """The orders that a name is written in: Ada King Lovelace, Lovelace Ada King, King Lovelace Ada."""
    words = re.split(r"[\s,]+", name.strip())
    return {_letters(" ".join(words[turn:] + words[:turn])) for turn in range(len(words))}
