"""Which submissions a command is about: those of the exercises and students that were named, or all."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import TypeVar

from .results import SubmissionResult
from .submissions import Submission

T = TypeVar("T", Submission, SubmissionResult)


@dataclass(frozen=True)
class Choice:
    """The names that were given; where there are none of a kind, all are meant."""

    assignments: Collection[str] = ()
    students: Collection[str] = ()

    def of(self, found: list[T]) -> list[T]:
        """Those that are meant."""
        named = [one for one in found if not self.assignments or one.assignment in self.assignments]
        return [one for one in named if not self.students or one.student in self.students]

    def absent(self, chosen: list[T]) -> list[str]:
        """The names that were given and of which nothing is among the chosen."""
        there = {name for one in chosen for name in (one.student, one.assignment)}
        return sorted({*self.assignments, *self.students} - there)

    def __str__(self) -> str:
        return " and ".join(" or ".join(of) for of in (self.assignments, self.students) if of) or "anything"
