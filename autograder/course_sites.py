"""Canvas and Moodle: scores go into the file that the site itself exported, and nothing else in it changes.

Canvas  the gradebook: Student, ID, SIS User ID, SIS Login ID, Section, then a column `Title (number)` for each
        assignment; rows without an ID (Points Possible, and one about posting) are no students
Moodle  the grading worksheet of one assignment: Identifier (`Participant 123`), name, perhaps ID number, e-mail
        address, then Grade and Maximum Grade; its headers are in the site's language

A student is found by what identifies a row: number, SIS id, login, identifier, e-mail address, user name, full name;
with a roster also by what that says of the student. Who fits several rows, or shares one, is not written.
"""

import re
import unicodedata
from dataclasses import dataclass, field

from .results import SubmissionResult
from .roster import Roster, letters
from .worksheet import NotATable, Worksheet

_NUMBERED = re.compile(r"(?P<title>.*?)\s*\((?P<number>\d+)\)\s*", re.DOTALL)
_PARTICIPANT = re.compile(r"(?P<word>.*\D)(?P<number>\d+)", re.DOTALL)
# "Grade" as Moodle's own language packs have it, in the worksheet of an assignment.
_GRADE = {
    "grade", "bewertung", "note", "calificación", "calificacion", "valutazione", "voto", "nota", "cijfer",
    "qualificació", "ocena", "оценка", "оцінка", "betyg", "karakter", "vurdering", "arvosana", "známka", "hodnotenie",
    "not", "βαθμός", "pontszám", "értékelés", "評点", "评分", "成绩", "成績", "성적", "الدرجة", "ציון", "notă",
    "ocjena", "hinne", "kalifikazioa", "cualificación",
}  # fmt: skip


# What stands there behind the highest score, where Moodle takes no other grade.
_LOCKED = {
    "no", "nein", "non", "nee", "não", "nie", "nej", "nei", "нет", "ні", "ne", "ei", "hayır", "όχι", "nem", "nu",
    "いいえ", "否", "아니오", "아니요", "لا", "לא", "ez",
}  # fmt: skip


class CannotFill(Exception):
    """A file that cannot be filled in; the text says why and what to do."""


@dataclass
class Filled:
    """The file with the scores, and what a person should know of it, a sentence each.

    absent  students with a score that has no place in the file
    said    everything else: rows without a score, scores that were replaced, other maxima
    """

    content: bytes
    absent: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)


@dataclass
class _Target:
    """A column to fill in, the highest score that the site gives for it, and the rows that it holds closed."""

    column: int
    maximum: float | None
    locked: set[int] = field(default_factory=set)


def canvas(
    content: bytes, results: list[SubmissionResult], titles: dict[str, str], *, column: str | None = None,
    roster: Roster | None = None, scale: bool = False,
) -> Filled:  # fmt: skip
    """The gradebook that Canvas exported, with the scores of every assignment that has a column in it.

    titles  assignment -> its title in the course; a column is found by either
    column  the title or number of the column, where the results are of one assignment
    scale   put scores on the site's scale where its highest score differs
    CannotFill where the file is no such gradebook or has no column to fill in.
    """
    sheet = _opened(content, "Canvas")
    head = [cell.text.strip() for cell in sheet.rows[0]]
    numbered = [i for i, name in enumerate(head) if _NUMBERED.fullmatch(name)]
    about = head.index("Section") if "Section" in head else min(numbered, default=0) - 1
    if about < 1:
        raise CannotFill("The file is no gradebook of Canvas, which has Student, ID, ..., Section: export it again.")
    students, others = {}, []
    for number, row in enumerate(sheet.rows[1:], start=1):
        ids = [cell.text.strip() for cell in row[1:about]]
        if any(ids):
            name = row[0].text.strip()
            last, _, first = name.partition(",")
            # A download of submissions is filed under the name without its spaces, and the number.
            filed = f"{letters(name)}_{ids[0]}"
            turned = f"{first.strip()} {last.strip()}" if first else name
            students[number] = [name, turned, *ids, filed, f"canvas {ids[0]}"]
        else:
            others.append([cell.text.strip() for cell in row])
    targets = {}
    for assignment in _assignments(results, column):
        wanted = [column] if column else [assignment, titles.get(assignment, assignment)]
        found = [i for i in range(about + 1, len(head)) if _is_titled(head[i], wanted)]
        if len(found) > 1:
            which = " and ".join(head[i] for i in found)
            raise CannotFill(f"{assignment} fits {which}: name the number of one with --column.")
        if found:
            maxima = [row[found[0]] for row in others if len(row) > found[0]]
            if any("read only" in text.casefold() for text in maxima):
                raise CannotFill(f"The column {head[found[0]]} is read-only in Canvas: name another one with --column.")
            numbers = [number for text in maxima if (number := _number(text)) is not None]
            targets[assignment] = _Target(found[0], numbers[0] if numbers else None)
    if not targets:
        there = ", ".join(head[i] for i in numbered) or "no assignment"
        raise CannotFill(f"No column of the file is for {_names(results)}; it has {there}: name one with --column.")
    return _fill(sheet, students, targets, results, roster, "canvas", scale)


def moodle(
    content: bytes, results: list[SubmissionResult], titles: dict[str, str], *, column: str | None = None,
    roster: Roster | None = None, scale: bool = False,
) -> Filled:  # fmt: skip
    """The grading worksheet that Moodle gave for one assignment, with its scores.

    column  the header or, counted from 1, the number of the column of grades, where the language of the site hides it
    The rest is as for `canvas`.
    """
    sheet = _opened(content, "Moodle")
    [assignment] = _assignments(results, "one worksheet")
    head = [cell.text.strip() for cell in sheet.rows[0]]
    rows = {number: [cell.text.strip() for cell in row] for number, row in enumerate(sheet.rows[1:], start=1)}
    columns = range(len(head))
    identifier = next((i for i in columns if _are_identifiers([row[i] for row in rows.values() if i < len(row)])), None)
    if identifier is None:
        raise CannotFill(
            "The file is no grading worksheet of Moodle: no column has an identifier such as Participant 123. "
            "Allow offline grading in the assignment and download the worksheet there."
        )
    grade = _column_of_grades(head, list(rows.values()), column)
    maxima = {_number(row[grade + 1]) for row in rows.values() if grade + 1 < len(row)}
    locked = {
        number
        for number, row in rows.items()
        if len(row) > grade + 2 and _number(row[grade + 1]) is not None and _folded(row[grade + 2]) in _LOCKED
    }
    target = _Target(grade, maxima.pop() if len(maxima) == 1 else None, locked)
    students = {}
    for number, row in rows.items():
        if len(row) > identifier and (found := _PARTICIPANT.fullmatch(row[identifier])):
            students[number] = [*row[:grade], f"moodle {found['number']}"]
    return _fill(sheet, students, {assignment: target}, results, roster, "moodle", scale)


def _opened(content: bytes, site: str) -> Worksheet:
    try:
        return Worksheet(content)
    except NotATable as problem:
        raise CannotFill(f"The file is not a CSV file as {site} exports it: {problem}.") from None


def _assignments(results: list[SubmissionResult], only_one: str | None) -> list[str]:
    names = sorted({result.assignment for result in results})
    if only_one and len(names) > 1:
        raise CannotFill(f"There are results for {', '.join(names)}: name one with --assignment.")
    return names


def _names(results: list[SubmissionResult]) -> str:
    return " or ".join(_assignments(results, None))


def _is_titled(header: str, wanted: list[str]) -> bool:
    found = _NUMBERED.fullmatch(header)
    said = {header, *found.groups()} if found else {header}
    return bool({_loosely(text) for text in said} & {_loosely(text) for text in wanted})


def _loosely(text: str) -> str:
    return re.sub(r"[\W_]+", " ", _folded(text)).strip()


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text.strip()).casefold()


def _are_identifiers(values: list[str]) -> bool:
    """Whether all are one word and a number of their own: Participant 123."""
    found = [_PARTICIPANT.fullmatch(value) for value in values if value]
    return bool(found) and all(found) and len({f["word"] for f in found}) == 1 and len({*values}) == len(values)


def _column_of_grades(head: list[str], rows: list[list[str]], column: str | None) -> int:
    if column:
        found = [i for i, name in enumerate(head) if _folded(name) == _folded(column) or column == str(i + 1)]
    else:
        found = [i for i, name in enumerate(head) if _folded(name) in _GRADE]
        # In any language: the highest score follows, the same in every row, and no grade lies above it.
        found = found or [i for i in range(len(head) - 1) if _is_below_a_maximum(i, rows)]
    if len(found) != 1:
        ask = f"has no column {column}" if column else "does not show which column the grades belong in"
        raise CannotFill(f"The worksheet {ask}; it has {', '.join(head)}: name one of them with --column.")
    return found[0]


def _is_below_a_maximum(column: int, rows: list[list[str]]) -> bool:
    rows = [row for row in rows if len(row) > column + 1]
    maxima = {_number(row[column + 1]) for row in rows}
    grades = [_number(row[column]) for row in rows if row[column] not in ("", "-")]
    if len(maxima) != 1 or None in maxima or None in grades:
        return False
    return max(maxima) > 0 and all(grade <= max(maxima) for grade in grades)


def _number(text: str) -> float | None:
    return float(text.replace(",", ".")) if re.fullmatch(r"\d{1,9}(?:[.,]\d+)?", text) else None


def _fill(
    sheet: Worksheet, students: dict[int, list[str]], targets: dict[str, _Target], results: list[SubmissionResult],
    roster: Roster | None, site: str, scale: bool,
) -> Filled:  # fmt: skip
    """Fills in the columns.

    students  row -> what identifies the student in it
    """
    filled = Filled(b"")
    rows = _matched(students, results, roster, site, filled)
    named = {row: " ".join(keys[:2]) if site == "moodle" else keys[0] for row, keys in students.items()}
    comma = _writes_commas(sheet)
    written: set[tuple[int, str]] = set()
    for assignment, target in targets.items():
        of = [result for result in results if result.assignment == assignment]
        highest = {result.max_score for result in of}
        factor = 1.0
        if target.maximum is not None and highest and highest != {target.maximum}:
            ours = max(highest)
            scaled = scale and ours and target.maximum
            factor = target.maximum / ours if scaled else 1.0
            how = "are put on its scale" if scaled else "stay as they are (--scale puts them on its scale)"
            differ = f"{site.title()} gives {target.maximum:g} points, the course {ours:g}"
            filled.said.append(f"{assignment}: {differ}: scores {how}.")
        for result in of:
            row = rows.get(result.student)
            if row is None:
                continue
            if why := why_no_score(result):
                filled.said.append(f"{result.student}, {assignment}: {why}: nothing is written.")
                written.add((row, assignment))
                continue
            if row in target.locked:
                filled.absent.append(f"{result.student}, {assignment}: {site.title()} has locked it: unlock it there.")
                written.add((row, assignment))
                continue
            if len(sheet.rows[row]) <= target.column:
                filled.absent.append(f"{result.student}, {assignment}: the row of {named[row]} ends before the column.")
                continue
            score = f"{result.score * factor:.5f}".rstrip("0").rstrip(".")
            before = sheet.rows[row][target.column].text.strip()
            written.add((row, assignment))
            if before in ("", "-"):
                sheet.fill(row, target.column, score.replace(".", ",") if comma else score)
            elif _number(before) is None:  # such as EX: a person has excused this student
                filled.absent.append(f"{result.student}, {assignment}: {before} is there, and stays; it is no number.")
            elif _number(before) != _number(score):
                filled.said.append(f"{result.student}, {assignment}: {before} was there, and {score} takes its place.")
                sheet.fill(row, target.column, score.replace(".", ",") if comma else score)
    for row, name in named.items():
        missing = [assignment for assignment in targets if (row, assignment) not in written]
        if missing:
            filled.said.append(f"{name} has no score for {', '.join(missing)}: left as it is.")
    for assignment in _assignments(results, None):
        if assignment not in targets:
            filled.said.append(f"{assignment} has no column in the file: its scores are not written.")
    filled.content = sheet.content()
    return filled


def why_no_score(result: SubmissionResult) -> str:
    """Why a result is no score yet, as a part of a sentence; empty where it is one."""
    if result.status == "error":
        return result.message.rstrip(".") or "it could not be graded"
    if broken := [cell.grade_id for cell in result.cells if cell.status == "error"]:
        return f"a fault of the grader's own in {', '.join(broken)} waits for a person"
    return ""


def _matched(
    students: dict[int, list[str]], results: list[SubmissionResult], roster: Roster | None, site: str, filled: Filled
) -> dict[str, int]:
    """Student -> the one row; who has none, or not one alone, is told in `filled.absent`."""
    by_key: dict[str, set[int]] = {}
    for row, keys in students.items():
        for key in filter(None, map(_folded, keys)):
            by_key.setdefault(key, set()).add(row)
    enrolled = {student.id: student for student in roster.students} if roster else {}
    found: dict[str, int] = {}
    for name in dict.fromkeys(result.student for result in results):
        student = enrolled.get(name)
        keys = [name, *([f"{site} {student.numbers.get(site)}", student.email, student.name] if student else [])]
        candidates = [rows for key in keys if key and (rows := by_key.get(_folded(key)))]
        if alone := [rows for rows in candidates if len(rows) == 1]:
            found[name] = min(alone[0])
        elif candidates:
            several = f"{name} fits {len(candidates[0])} rows of the file"
            filled.absent.append(f"{several}: nothing is written; tell them apart in a --roster.")
        else:
            filled.absent.append(f"{name} is not in the file: say in a --roster how the site knows this student.")
    shared: dict[int, list[str]] = {}
    for name, row in found.items():
        shared.setdefault(row, []).append(name)
    for names in shared.values():
        if len(names) > 1:
            filled.absent.append(f"{' and '.join(names)} fit the same row of the file: nothing is written for them.")
            for name in names:
                del found[name]
    return found


def _writes_commas(sheet: Worksheet) -> bool:
    """Whether the file writes 8,5 for eight and a half: what its numbers show, else its delimiter."""
    texts = [cell.text.strip() for row in sheet.rows[1:] for cell in row]
    if any(re.fullmatch(r"\d+\.\d+", text) for text in texts):
        return False
    return sheet.delimiter == ";" or any(re.fullmatch(r"\d+,\d+", text) for text in texts)
