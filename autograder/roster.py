"""Who is in the class: a CSV file of students, and how the names that platforms use lead to them.

    id,name,email,canvas_id,moodle_id,gradescope_id
    ada,Ada Lovelace,ada@example.org,20417,,

The id names the student everywhere: in folders, results and the gradebook. A column of a platform holds the number by
which that platform knows the student. What platforms export is read as it is: their names of columns stand for these.
"""

import codecs
import csv
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from .names import objection

# Of several that are there, the first: the gradebook of Canvas, participants, grades and worksheets of Moodle, the
# roster of Gradescope.
_COLUMNS = {
    "id": ("id", "student_id", "id_number", "sid", "username", "email", "email_address", "identifier"),
    "name": ("name", "full_name", "student"),
    "first_name": ("first_name",),
    "last_name": ("last_name", "surname"),
    "email": ("email", "email_address"),
    "canvas_id": ("canvas_id",),
    "moodle_id": ("moodle_id", "identifier"),
    "gradescope_id": ("gradescope_id",),
}


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
        """The roster in a CSV file (comma, semicolon or tab; UTF-8 or UTF-16). RosterError where it cannot be used."""
        try:
            content = path.read_bytes()
            wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
            text = content.decode("utf-16" if wide else "utf-8-sig")
        except OSError as problem:
            raise RosterError(f"The roster {path} cannot be read: {problem.strerror}.") from None
        except UnicodeDecodeError:
            raise RosterError(f"The roster {path} is not UTF-8 text: save it as CSV in UTF-8.") from None
        first = text.partition("\n")[0]
        delimiter = max(",;\t", key=first.count)
        rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        try:
            students = list(cls._students(rows))
        except csv.Error as problem:
            why = f"{problem}; look for a quotation mark that is not closed"
            raise RosterError(f"The roster {path} is no CSV table in line {rows.line_num}: {why}.") from None
        except ValueError as problem:
            raise RosterError(f"The roster {path}, line {rows.line_num}: {problem}.") from None
        folded = Counter(_fold(student.id) for student in students)
        for student in students:
            if folded[_fold(student.id)] > 1:
                raise RosterError(f"The roster {path} has the id {student.id} more than once (in any case): mend it.")
        return cls(students)

    @staticmethod
    def _students(rows: csv.DictReader) -> Iterator[Student]:
        """The student of each row; ValueError, with the end of a sentence, where there is none."""
        there = {re.sub(r"\W+", "_", (name or "").strip().lower()): name for name in rows.fieldnames or []}
        columns = {of: next((there[name] for name in names if name in there), "") for of, names in _COLUMNS.items()}
        if not columns["id"]:
            raise ValueError(f"there is no column id; there are {', '.join(filter(None, there)) or 'none'}: add one")
        of_canvas = "sis_login_id" in there or "sis_user_id" in there
        if of_canvas:
            columns["canvas_id"] = columns["id"]
        for row in rows:
            cell = {of: (row[column] or "").strip() if column else "" for of, column in columns.items()}
            if any(row.get(None, ())):
                raise ValueError("there are more cells than columns: put a name with a comma into quotation marks")
            if not any(cell.values()) or of_canvas and not cell["id"]:  # such a row of Canvas's tells points
                continue
            student = _student(cell)
            if not student.id:
                raise ValueError(f"{student.name or 'the student'} has no {columns['id'].strip()}: add it")
            if problem := objection(student.id):
                raise ValueError(f"the id {student.id!r} cannot name a student's folder: {problem}")
            yield student

    def find(self, clues: Clues) -> Student | None:
        """The student, or None; by the platform's number, else the id, the e-mail address, the name. Ambiguous where
        a name fits several."""
        for kind, said in (
            (clues.platform, clues.number),
            ("id", _fold(clues.id)),
            ("email", _fold(clues.email)),
            ("name", letters(clues.name)),
        ):
            if said and (found := self._by.get((kind, said))):
                if len(found) > 1:
                    who = " and ".join(student.id for student in found)
                    raise Ambiguous(f"{clues.name or said} fits {who}: give the roster a column with its numbers")
                return found[0]
        return None


def _student(cell: dict[str, str]) -> Student:
    name = cell["name"] or f"{cell['first_name']} {cell['last_name']}".strip()
    numbers = {key.removesuffix("_id"): value for key, value in cell.items() if key.endswith("_id") and value}
    if "moodle" in numbers:  # Moodle's own worksheet says "Participant 123"
        numbers["moodle"] = re.sub(r".*\D(?=\d)", "", numbers["moodle"])
    return Student(unicodedata.normalize("NFC", cell["id"]), name, cell["email"], numbers)


def _fold(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()


def letters(text: str) -> str:
    """A name reduced to what no platform changes: letters with their marks and digits, case set aside."""
    return "".join(c for c in _fold(text) if c.isalnum() or unicodedata.category(c).startswith("M"))


def _spellings(name: str) -> set[str]:
    """The orders that a name is written in: Ada King Lovelace, Lovelace Ada King, King Lovelace Ada."""
    words = re.split(r"[\s,]+", name.strip())
    return {letters(" ".join(words[turn:] + words[:turn])) for turn in range(len(words))}
