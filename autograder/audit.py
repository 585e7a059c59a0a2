"""Every change of a score, for good: an append-only log with what it was, what it is, and why.

    {"at": "2026-11-03T08:12:45+00:00", "by": "maria", "student": "ada", "assignment": "softmax",
     "before": 4.0, "after": 6.3, "max_score": 9.0, "cells": {"test_softmax": [0.0, 3.0]},
     "causes": ["the tests changed"], "reasons": ["Due ...; handed in late by 1 d: 10 % of the score is taken off."],
     "granted": ["ill"], ...}

`before` is null at the first score. What a later line needs to tell causes by, it finds in this one under `basis`.
"""

import fcntl
import getpass
import json
import os
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from .results import SubmissionResult

LOG = "audit.jsonl"


class Busy(Exception):
    """Another process writes here; the text says so in one sentence."""


@dataclass(frozen=True)
class Basis:
    """What a score rests on: hashes of the submission, of the tests with their seed, and of the policy."""

    submission: str
    tests: str
    policy: str


# What a later line makes use of; one that was altered by hand tells nothing.
_LEANED_ON = {"student", "assignment", "after", "max_score", "basis", "by_hand", "scores"}
_CAUSES = {"submission": "it was handed in anew", "tests": "the tests changed", "policy": "the policy changed"}


class Audit:
    """The log of a folder of results; a context manager, held by the one process that writes there.

    Busy where another process holds it.
    """

    def __init__(self, out: Path):
        self._path = out / LOG

    def __enter__(self) -> "Audit":
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
        try:
            # This kind of lock ends with this process, whatever becomes of children that it has forked.
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._file)
            raise Busy(f"Another grading run writes into {self._path.parent}: wait for its end.") from None
        self._last = {}
        # Through this descriptor alone: to close another one of the same file would give up the lock.
        text = os.pread(self._file, os.fstat(self._file).st_size, 0)
        if text and not text.endswith(b"\n"):
            os.write(self._file, b"\n")  # a line that a crash has cut off stays by itself
        for line in text.split(b"\n"):
            try:
                entry = json.loads(line)
                if _LEANED_ON <= entry.keys():
                    self._last[entry["student"], entry["assignment"]] = entry
            except (ValueError, TypeError, AttributeError):
                continue
        return self

    def __exit__(self, *exception: object) -> None:
        os.close(self._file)

    def record(self, result: SubmissionResult, basis: Basis, granted: list[str]) -> None:
        """Appends a line where the score, or its maximum, is another than the last one in the log.

        granted  why the student was granted an extension
        """
        last = self._last.get((result.student, result.assignment))
        if last and (last["after"], last["max_score"]) == (result.score, result.max_score):
            return
        scores = {cell.grade_id: cell.score for cell in result.cells}
        by_hand = {cell.grade_id: cell.score for cell in result.cells if cell.status == "manual" and cell.score}
        entry = {
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "by": _user(),
            "student": result.student,
            "assignment": result.assignment,
            "before": last["after"] if last else None,
            "after": result.score,
            "max_score": result.max_score,
            "cells": {
                of: [last["scores"].get(of), score] for of, score in scores.items() if last["scores"].get(of) != score
            }
            if last
            else {},
            "causes": _causes(last, basis, by_hand),
            "reasons": [reason.text for reason in result.reasons],
            "granted": granted,
            "basis": asdict(basis),
            "by_hand": by_hand,
            "scores": scores,
        }
        os.write(self._file, json.dumps(entry, ensure_ascii=False).encode() + b"\n")
        self._last[result.student, result.assignment] = entry

    def sync(self) -> None:
        """Returns when all that was recorded is on the disk."""
        os.fsync(self._file)


def _causes(last: dict | None, basis: Basis, by_hand: dict[str, float]) -> list[str]:
    if last is None:
        return ["it was graded for the first time"]
    causes = [text for of, text in _CAUSES.items() if last["basis"].get(of) != getattr(basis, of)]
    if last["by_hand"] != by_hand:
        causes.append("a person gave points")
    return causes or ["it was graded again"]


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user without a name, as in some containers
        return f"user {os.getuid()}"
