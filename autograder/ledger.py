"""What has become of every submission, so that a grading run can end at any moment and be begun again.

A table in the gradebook's own database: what a run enters of a submission, its scores for nbgrader and its line here
are one commit, there or not there. The states of a submission:

    waiting   to be graded: new, handed in anew, or begun by a run that was killed
    leased    given to a worker, until a time after which the worker counts as lost
    graded    has a verdict; is not run again until it, or what tests it, changes
    error     cannot be read or run: the student's to mend
    fault     the grader's own fault, after retries; run again by the next run, and for a person to look at

Where the tests, or the seed of their inputs, have changed since, a graded submission is run again and what is found is
kept beside the verdict that stands, as proposed, until it is accepted.
"""

import hashlib
import json
import secrets
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace

from sqlalchemy import Column, Float, Integer, MetaData, String, Table, select, update
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import Session

from .results import CellResult

LEASE = 900.0  # seconds, more than the wall lets a submission take that is gone through twice and tried twice

_METADATA = MetaData()
_LINES = Table(
    "autograder_ledger", _METADATA,
    Column("student", String, primary_key=True),
    Column("assignment", String, primary_key=True),
    Column("state", String, nullable=False),
    Column("submission", String, nullable=False),
    Column("tests", String, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("leased_until", Float),
    Column("found", String),
    Column("proposed", String),
    Column("proposed_tests", String, nullable=False),
    Column("shown", String, nullable=False),
)  # fmt: skip
_FACTS = Table("autograder_facts", _METADATA, Column("name", String, primary_key=True), Column("value", String))


class Damaged(ValueError):
    """The table holds what no ledger has written; the text says what."""


@dataclass(frozen=True)
class Ran:
    """What a worker found of one submission.

    cells       the engine's verdicts; empty where there are none, and then `message` says why
    unanswered  the answers that were left as they were released
    waits       the fault may be the grader's: the submission waits for a person
    """

    cells: list[CellResult]
    notes: list[str] = field(default_factory=list)
    unanswered: frozenset[str] = frozenset()
    message: str = ""
    waits: bool = False

    @property
    def state(self) -> str:
        return "fault" if self.waits else "error" if self.message else "graded"

    @property
    def worth(self) -> dict[str, tuple[float, float]]:
        """grade_id -> score and highest possible score."""
        return {cell.grade_id: (cell.score, cell.max_score) for cell in self.cells}


@dataclass(frozen=True)
class Line:
    """What the ledger says of one submission.

    submission      hash of the notebook that `found` is of, or will be
    tests           what it was tested with: hash of the tests, their seed, the kind of isolation
    attempts        how often it was given to a worker since it was handed in
    leased_until    in seconds since 1970
    found           the verdict that stands
    proposed        what other tests, `proposed_tests`, found since, and nobody has accepted
    shown           hash of what people entered, and rules made of it, that the feedback page shows
    """

    student: str
    assignment: str
    state: str = "waiting"
    submission: str = ""
    tests: str = ""
    attempts: int = 0
    leased_until: float | None = None
    found: Ran | None = None
    proposed: Ran | None = None
    proposed_tests: str = ""
    shown: str = ""

    @property
    def key(self) -> tuple[str, str]:
        return self.student, self.assignment

    @property
    def done(self) -> bool:
        return self.state in ("graded", "error") and self.found is not None


class Ledger:
    """The lines, held in memory and written through; whoever calls commits the session.

    session  of the gradebook's database, which no other process writes meanwhile
    Damaged where somebody else has altered the table.
    """

    def __init__(self, session: Session):
        self._session = session
        _METADATA.create_all(session.connection())
        # Whoever held these leases is gone: there is one run at a time.
        session.execute(update(_LINES).where(_LINES.c.state == "leased").values(state="waiting", leased_until=None))
        session.execute(update(_LINES).values(leased_until=None))
        rows = session.execute(select(_LINES)).mappings().all()
        if altered := [row["attempts"] for row in rows if not isinstance(row["attempts"], int)]:
            raise Damaged(f"its ledger counts {altered[0]!r} attempts")
        self.lines = {
            (row["student"], row["assignment"]): Line(
                **{**row, "found": _read(row["found"]), "proposed": _read(row["proposed"])}
            )
            for row in rows
        }

    def seed(self, asked: int | None) -> int:
        """The seed of this run: the one that is asked for, else that of the runs before, else a new one."""
        recorded = self.fact("seed")
        seed = asked if asked is not None else int(recorded) if recorded else secrets.randbits(32)
        self.set_fact("seed", str(seed))
        return seed

    def fact(self, name: str) -> str | None:
        """What is noted of the whole folder under a name."""
        return self._session.scalar(select(_FACTS.c.value).where(_FACTS.c.name == name))

    def set_fact(self, name: str, value: str) -> None:
        self._session.execute(insert(_FACTS).values(name=name, value=value).prefix_with("OR REPLACE"))

    def line(self, student: str, assignment: str, submission: str) -> Line:
        """The line of a submission whose notebook has this hash; waiting again where it is another notebook now."""
        line = self.lines.get((student, assignment), Line(student, assignment))
        if line.submission != submission:
            line = replace(line, state="waiting", submission=submission, attempts=0, proposed=None, proposed_tests="")
        return line

    def lease(self, line: Line) -> Line:
        """Gives a submission to a worker."""
        state = line.state if line.done else "leased"
        return self._write(replace(line, state=state, attempts=line.attempts + 1, leased_until=time.time() + LEASE))

    def enter(self, line: Line, ran: Ran, tests: str, shown: str) -> Line:
        """The verdict on a submission, in place of what was there."""
        return self._write(
            replace(
                line, state=ran.state, tests=tests, leased_until=None, found=ran, proposed=None, proposed_tests="",
                shown=shown,
            )
        )  # fmt: skip

    def propose(self, line: Line, ran: Ran, tests: str) -> Line:
        """A verdict by other tests, beside the one that stands."""
        return self._write(replace(line, leased_until=None, proposed=ran, proposed_tests=tests))

    def give_back(self, line: Line) -> Line:
        """Ends a lease without a verdict; the one that stands, stands."""
        return self._write(replace(line, leased_until=None))

    def show(self, line: Line, shown: str) -> Line:
        """The feedback page shows what people entered, and rules say, by now."""
        return self._write(replace(line, shown=shown))

    def _write(self, line: Line) -> Line:
        self.lines[line.key] = line
        row = {**vars(line), "found": _written(line.found), "proposed": _written(line.proposed)}
        self._session.execute(insert(_LINES).values(row).prefix_with("OR REPLACE"))
        return line


def fingerprint(parts: Iterable[object]) -> str:
    """A hash of things that JSON can say."""
    return hashlib.sha256(json.dumps(list(parts), sort_keys=True).encode()).hexdigest()


def _written(ran: Ran | None) -> str | None:
    return json.dumps({**asdict(ran), "unanswered": sorted(ran.unanswered)}) if ran else None


def _read(text: str | None) -> Ran | None:
    if text is None:
        return None
    try:
        data = json.loads(text)
        cells = [CellResult(**cell) for cell in data["cells"]]
        if not all(isinstance(worth, int | float) for cell in cells for worth in (cell.score, cell.max_score)):
            raise TypeError("a score that is no number")
        return Ran(**data | {"cells": cells, "unanswered": frozenset(data["unanswered"])})
    except (ValueError, TypeError, KeyError, RecursionError):
        raise Damaged(f"its ledger says {text[:80]!r}") from None
