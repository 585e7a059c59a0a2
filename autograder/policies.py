"""From raw results to final scores: due dates, lateness, extensions, attempts, dropped and re-weighted questions,
partial credit. The rules stand in one TOML file; `policy.toml` in the folder of the course explains each.

`settle` is a pure function: the same results, receipts and rules give the same scores, so that a regrade, or a changed
rule, is settled anew without anything being run.
"""

import difflib
import hashlib
import math
import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

from . import misconceptions
from .names import shown
from .receipts import Version
from .results import CellResult, Reason, SubmissionResult
from .times import instant, zone

_UNITS = {"day": timedelta(days=1), "hour": timedelta(hours=1)}
_DURATIONS = {"minute": timedelta(minutes=1), **_UNITS, "week": timedelta(weeks=1)}
_LONGEST = timedelta(days=3653)
_HIGHEST = 1e6
Questions = dict[str, dict[str, float]]  # assignment -> grade_id -> points


class PolicyError(Exception):
    """A policy that cannot be used; the text says what is wrong, where in the file, and what to write."""


@dataclass(frozen=True)
class Late:
    """What lateness costs: a share of the score for each `per` begun, at most `maximum`; none within the grace."""

    per: str
    penalty: float
    grace: timedelta = timedelta(0)
    maximum: float = 1.0

    def share(self, by: timedelta) -> float:
        """The share of the score that being late by so much costs."""
        if by <= self.grace:
            return 0.0
        return min(math.ceil(by / _UNITS[self.per]) * self.penalty, self.maximum)


@dataclass(frozen=True)
class Assignment:
    """The rules of one exercise."""

    due: datetime | None = None
    attempts: int | None = None
    drop: frozenset[str] = frozenset()
    weights: dict[str, float] = field(default_factory=dict)
    late: Late | None = None


@dataclass(frozen=True)
class Extension:
    """What one student is granted, for one exercise or (None) for all."""

    student: str
    assignment: str | None
    due: datetime | None = None
    extra_time: timedelta = timedelta(0)
    extra_attempts: int = 0
    reason: str = ""


@dataclass(frozen=True)
class Policy:
    """The rules of a class.

    zone    in which times are said
    sha256  of the file that the rules stand in; empty where there is none
    """

    assignments: dict[str, Assignment] = field(default_factory=dict)
    late: Late | None = None
    partial_credit: dict[str, float] = field(default_factory=dict)
    extensions: tuple[Extension, ...] = ()
    zone: tzinfo = UTC
    sha256: str = ""

    def of(self, student: str, assignment: str) -> list[Extension]:
        """The extensions of a student for an exercise."""
        return [e for e in self.extensions if e.student == student and e.assignment in (None, assignment)]

    def unused(self, students: set[str]) -> list[str]:
        """A sentence for each extension of somebody who has handed nothing in."""
        nobody = sorted({e.student for e in self.extensions} - students)
        return [
            f"The policy has an extension for {name}, of whom there is nothing: is the id right?" for name in nobody
        ]

    def due(self, student: str, assignment: str) -> datetime | None:
        """When a student's work is due, in UTC: the latest that is granted."""
        rule = self.assignments.get(assignment, Assignment()).due
        granted = self.of(student, assignment)
        return (
            max([rule + e.extra_time for e in granted] + [e.due for e in granted if e.due] + [rule]) if rule else None
        )

    def counting(self, versions: list[Version]) -> Version:
        """Which of a student's versions of an exercise, oldest first, is graded: the last within the attempts."""
        student, assignment = versions[0].student, versions[0].assignment
        allowed = self.assignments.get(assignment, Assignment()).attempts
        if allowed is None:
            return versions[-1]
        extra = sum(extension.extra_attempts for extension in self.of(student, assignment))
        return versions[: allowed + extra][-1]


@dataclass(frozen=True)
class Terms:
    """What makes the final score of one submission from whatever verdict it has; plain data, which can be sent about.

    points    grade_id -> points, of every graded cell of the exercise
    versions  what the student handed in for it, oldest first, by the receipts; empty where there are none
    policy    the rules, so far as they concern it
    """

    student: str
    assignment: str
    points: dict[str, float]
    versions: list[Version]
    policy: Policy

    @classmethod
    def of(cls, student: str, assignment: str, points: dict[str, float], versions: list[Version], policy: Policy):
        """The terms by the rules of a class."""
        rules = {name: rule for name, rule in policy.assignments.items() if name == assignment}
        own = replace(policy, assignments=rules, extensions=tuple(policy.of(student, assignment)))
        return cls(student, assignment, points, versions, own)

    @property
    def due(self) -> datetime | None:
        """When it is due for everybody, in UTC."""
        return self.policy.assignments.get(self.assignment, Assignment()).due

    @property
    def extension(self) -> timedelta:
        """How much later it is due for this student."""
        return self.policy.due(self.student, self.assignment) - self.due if self.due else timedelta(0)

    @property
    def handed_in(self) -> datetime | None:
        """When what is graded was handed in, in UTC; None where nothing tells."""
        version = self.policy.counting(self.versions) if self.versions else None
        return version.handed_in if version and version.late is None else None

    def settle(self, raw: SubmissionResult) -> SubmissionResult:
        """The result with its final score."""
        return settle(raw, self.points, self.versions, self.policy)

    def __str__(self) -> str:
        """When it was due and when handed in, as a sentence for the student; empty where there is no due date."""
        if not self.due:
            return ""
        handed_in = self.handed_in and f"; handed in {_moment(self.handed_in, self.policy.zone)}"
        return f"{_due(self.student, self.assignment, self.policy)}{handed_in or ''}."


def settle(
    raw: SubmissionResult, points: dict[str, float], versions: list[Version], policy: Policy
) -> SubmissionResult:
    """The result with its final score.

    raw       as it was graded
    points    grade_id -> points, of every graded cell; of an exercise that the course no longer has there are none, and
              its results stay as they are
    versions  what the student handed in for it, oldest first, by the receipts; empty where there are none
    Cells stay as they are; `score` and `max_score` become what counts, and the raw ones and a reason for each change
    are kept beside them: raw score and all changes add up to the final score.
    """
    if not points:
        return raw
    rules = policy.assignments.get(raw.assignment, Assignment())
    reasons: list[Reason] = []
    max_score = _round(sum(rules.weights.get(of, 1.0) * points[of] for of in points if of not in rules.drop))
    score = raw.score
    for cell in raw.cells:
        for rule, change, text in _of_cell(cell, rules, policy):
            reasons.append(Reason(rule, text, _round(change)))
            score += change
    if raw.status == "error" and score > max_score:
        # What people gave for a notebook that did not run is one sum.
        reasons.append(Reason("dropped", "No more than the questions that count are worth.", _round(max_score - score)))
        score = max_score
    for rule, share, text in _of_time(raw, versions, rules, policy):
        reasons.append(Reason(rule, text, _round(-share * score)))
        score -= share * score
    score = _round(score)
    if not reasons and max_score == raw.max_score:
        return raw
    return replace(
        raw, score=score, max_score=max_score, raw_score=raw.score, raw_max_score=raw.max_score, reasons=reasons
    )


def _of_cell(cell: CellResult, rules: Assignment, policy: Policy) -> Iterator[tuple[str, float, str]]:
    """What happens to the score of one cell: rule, change in points, sentence."""
    score, weight = cell.score, rules.weights.get(cell.grade_id, 1.0)
    credit = policy.partial_credit.get(cell.misconception or "", 0.0) if cell.status == "failed" else 0.0
    if credit:
        score = credit * cell.max_score
        yield "partial credit", score - cell.score, f"{cell.grade_id}: {credit:.0%} for {cell.misconception}."
    if cell.grade_id in rules.drop:
        yield "dropped", -score, f"{cell.grade_id} counts for nobody."
    elif weight != 1.0:
        yield "weight", (weight - 1.0) * score, f"{cell.grade_id} counts {weight:g} times."


def _of_time(
    raw: SubmissionResult, versions: list[Version], rules: Assignment, policy: Policy
) -> Iterator[tuple[str, float, str]]:
    """What the time of handing in means: rule, share of the score that is lost, sentence."""
    version = policy.counting(versions) if versions else None
    if version and version is not versions[-1]:
        number = versions.index(version) + 1
        yield "attempts", 0.0, f"{len(versions)} versions were handed in, and number {number} is the last that counts."
    due, late = policy.due(raw.student, raw.assignment), rules.late or policy.late
    if due is None:
        return
    when = _due(raw.student, raw.assignment, policy)
    if not version:
        yield "no receipt", 0.0, f"{when}; no receipt says when it was handed in, so it is not counted as late."
        return
    by = version.handed_in - due
    if by <= timedelta(0) or version.late is False:
        return
    if version.late and due != rules.due:
        yield "late", 0.0, f"{when}; the platform marks it as late by a date of its own and tells no time: look at it."
        return
    share, how = late.share(by) if late else 0.0, f"by {_in_words(by)}"
    if version.late:
        # It came before the class was downloaded; when, the platform does not tell: the least is counted.
        share, how = min(share, late.penalty) if late else 0.0, "at a time that the platform does not tell"
    cost = f"{share * 100:g} % of the score is taken off" if share else "nothing is taken off"
    yield "late", share, f"{when}; handed in late {how}: {cost}."


def _due(student: str, assignment: str, policy: Policy) -> str:
    due = policy.due(student, assignment)
    extended = due != policy.assignments[assignment].due
    return f"Due {_moment(due, policy.zone)}{' with an extension' if extended else ''}"


def _moment(time: datetime, zone: tzinfo) -> str:
    return f"{time.astimezone(zone):%Y-%m-%d %H:%M} {zone}"


def _in_words(by: timedelta) -> str:
    minutes = math.ceil(by / timedelta(minutes=1))
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = [f"{number} {unit}" for number, unit in ((days, "d"), (hours, "h"), (minutes, "min")) if number]
    return " ".join(parts)


def _round(score: float) -> float:
    """A score without the dust of floating point: shares like 0.1 have no exact form."""
    return round(score, 6) + 0.0


def read(path: Path, questions: Questions) -> Policy:
    """The rules in a TOML file; PolicyError where it cannot be used.

    questions  the exercises of the course, and the graded cells of each
    """
    try:
        content = path.read_bytes()
        data = tomllib.loads(content.decode("utf-8-sig"))
    except OSError as problem:
        raise PolicyError(f"The policy {path} cannot be read: {problem.strerror}.") from None
    except (ValueError, RecursionError) as problem:
        raise PolicyError(f"The policy {path} is not valid TOML: {problem}.") from None
    table = _Table(data, str(path), "")
    local = table.take("zone", _zone)
    assignments = {
        name: _assignment(rules, local, questions[name])
        for name, rules in table.named("assignments", list(questions)).items()
    }
    due = {name: assignments[name].due if name in assignments else None for name in questions}
    policy = Policy(
        assignments=assignments,
        late=table.inner("late", _late),
        partial_credit=table.take("partial_credit", _shares(_known_misconceptions())) or {},
        extensions=tuple(table.several("extensions", lambda rules: _extension(rules, local, due))),
        zone=local or UTC,
        sha256=hashlib.sha256(content).hexdigest(),
    )
    table.end()
    return policy


def _assignment(table: "_Table", local: tzinfo | None, points: dict[str, float]) -> Assignment:
    assignment = Assignment(
        due=table.take("due", lambda value: instant(value, local)),
        attempts=table.take("attempts", _count(1)),
        drop=frozenset(table.take("drop", _names(list(points))) or ()),
        weights=table.take("weights", _weights(list(points))) or {},
        late=table.inner("late", _late),
    )
    table.end()
    return assignment


def _late(table: "_Table") -> Late:
    late = Late(
        per=table.need("per", _one_of(list(_UNITS))),
        penalty=table.need("penalty", _share),
        grace=table.take("grace", _duration) or timedelta(0),
        maximum=1.0 if (maximum := table.take("maximum", _share)) is None else maximum,
    )
    table.end()
    return late


def _extension(table: "_Table", local: tzinfo | None, due: dict[str, datetime | None]) -> Extension:
    extension = Extension(
        student=table.need("student", _text),
        assignment=table.take("assignment", _one_of(list(due))),
        due=table.take("due", lambda value: instant(value, local)),
        extra_time=table.take("extra_time", _duration) or timedelta(0),
        extra_attempts=table.take("extra_attempts", _count(1)) or 0,
        reason=table.need("reason", _text),
    )
    table.end()
    if extension.due and not extension.assignment:
        table.wrong("due", "a date is for one assignment: add assignment, or write extra_time in place of due")
    if extension.due and not ((rule := due[extension.assignment]) and rule < extension.due):
        when = f"is due {_moment(rule, local or UTC)}" if rule else "has no due date"
        table.wrong("due", f"it grants nothing: {extension.assignment} {when} for everybody")
    if not (extension.due or extension.extra_time or extension.extra_attempts):
        table.wrong("", "it grants nothing: write due, extra_time or extra_attempts")
    return extension


class _Table:
    """A table of the file that is taken apart key by key; what is left over at the end is a mistake."""

    def __init__(self, data: object, file: str, place: str):
        self._file = file
        self._place = place
        if not isinstance(data, dict):
            raise PolicyError(f"The policy {file}: {place} should be a table: write [{place}] and its rules below it.")
        self._data = data
        self._known: list[str] = []

    def take(self, key: str, parse: Callable):
        """The parsed value of a key, or None where it is not there."""
        self._known.append(key)
        if key not in self._data:
            return None
        try:
            return parse(self._data[key])
        except ValueError as problem:  # also NoTime
            self.wrong(key, str(problem))

    def need(self, key: str, parse: Callable):
        """The parsed value of a key that has to be there."""
        if key not in self._data:
            self.wrong("", f"{key} is missing: write {key} = ...")
        return self.take(key, parse)

    def inner(self, key: str, parse: Callable):
        """What `parse` makes of an inner table, or None."""
        self._known.append(key)
        return parse(_Table(self._data[key], self._file, self._where(key))) if key in self._data else None

    def named(self, key: str, names: list[str]) -> dict[str, "_Table"]:
        """The inner tables of a table whose keys are names."""
        self._known.append(key)
        outer = _Table(self._data.get(key, {}), self._file, key)
        outer._known = names
        outer.end()
        return {name: _Table(data, self._file, f"{key}.{name}") for name, data in outer._data.items()}

    def several(self, key: str, parse: Callable) -> list:
        """What `parse` makes of each table in a list of tables."""
        self._known.append(key)
        tables = self._data.get(key, [])
        if not isinstance(tables, list):
            self.wrong(key, f"there may be several: write [[{key}]] with two brackets")
        return [parse(_Table(data, self._file, f"{key}, number {n}")) for n, data in enumerate(tables, 1)]

    def end(self) -> None:
        """PolicyError where a key has not been asked for."""
        for key in self._data:
            if key not in self._known:
                self.wrong(key, f"there is no such rule here{_instead(key, self._known)}")

    def wrong(self, key: str, why: str) -> None:
        where = " " + self._where(key) if self._where(key) else ""
        raise PolicyError(shown(f"The policy {self._file}:{where}: {why}."))

    def _where(self, key: str) -> str:
        return ".".join(filter(None, [self._place, key]))


def _instead(said: str, known: list[str]) -> str:
    near = difflib.get_close_matches(said, known, n=1)
    return f"; did you mean {near[0]}?" if near else f"; there are {', '.join(sorted(known))}"


def _zone(value: object) -> tzinfo:
    return zone(_text(value))


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f'{value!r} should be text: write it in "quotation marks"')
    return value


def _number(value: object, what: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) < _HIGHEST:  # as NaN is not
        raise ValueError(f"{value!r} should be {what}")
    return float(value)


def _share(value: object) -> float:
    what = "a share between 0 and 1: write 0.1 for 10 %"
    number = _number(value, what)
    if not 0 <= number <= 1:
        raise ValueError(f"{value!r} should be {what}")
    return number


def _count(least: int) -> Callable[[object], int]:
    def parse(value: object) -> int:
        if type(value) is not int or value < least:
            raise ValueError(f"{value!r} should be a whole number from {least} on")
        return value

    return parse


def _duration(value: object) -> timedelta:
    found = (
        re.fullmatch(r"(\d+(?:\.\d+)?) *(minute|hour|day|week)s?", value.strip()) if isinstance(value, str) else None
    )
    if not found:
        raise ValueError(f'{value!r} is no length of time: write "15 minutes", "2 hours" or "3 days"')
    if float(found[1]) > _LONGEST / _DURATIONS[found[2]]:
        raise ValueError(f"{value!r} is longer than ten years: write what is meant")
    return float(found[1]) * _DURATIONS[found[2]]


def _one_of(names: list[str]) -> Callable[[object], str]:
    def parse(value: object) -> str:
        if _text(value) not in names:
            raise ValueError(f"there is no {value}{_instead(value, names)}")
        return value

    return parse


def _names(names: list[str]) -> Callable[[object], list[str]]:
    def parse(value: object) -> list[str]:
        if not isinstance(value, list):
            raise ValueError(f'{value!r} should be a list: write ["{names[0]}"]')
        return [_one_of(names)(name) for name in value]

    return parse


def _of_names(names: list[str], parse_value: Callable[[object], float]) -> Callable[[object], dict[str, float]]:
    def parse(value: object) -> dict[str, float]:
        if not isinstance(value, dict):
            raise ValueError(f"{value!r} should be a table: write {{ {names[0]} = 0.5 }}")
        return {_one_of(names)(name): parse_value(number) for name, number in value.items()}

    return parse


def _weights(names: list[str]) -> Callable[[object], dict[str, float]]:
    def weight(value: object) -> float:
        what = f"a number from 0 on, below {_HIGHEST:.0f}"
        number = _number(value, what)
        if number < 0:
            raise ValueError(f"{value!r} should be {what}")
        return number

    return _of_names(names, weight)


def _shares(names: list[str]) -> Callable[[object], dict[str, float]]:
    return _of_names(names, _share)


def _known_misconceptions() -> list[str]:
    banks = [bank for exercise in misconceptions.exercises() for bank in misconceptions.of_exercise(exercise).values()]
    return sorted({entry.name for bank in banks for entry in bank})
