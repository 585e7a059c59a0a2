"""`results.json`: what a grading run found, for people's scripts and for other formats.

    {"seed": 17,
     "results": [{"student": "ada", "assignment": "softmax", "score": 7.0, "max_score": 9.0, "status": "graded",
                  "notes": ["..."],
                  "cells": [{"grade_id": "test_softmax", "score": 0.0, "max_score": 2.0, "status": "failed",
                             "message": "softmax: the values are wrong ...", "misconception": "not_normalised"}]}]}

`unsafe` is there, and true, where students' code was not kept apart from the tests. A submission is `graded`, or it
is an `error`: it could not be read or run, `message` says why in one sentence, `cells` is empty, and a person has to
look. A cell is `passed`, `failed`, `error` (a fault of the grader's own, which waits for a person), or `manual` (its
score is a person's; 0 until there is one). `misconception` names an entry of the bank, or is null. `notes` say what
had to be mended before grading, and are left out where there are none.
"""

import json
import os
import re
import unicodedata
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path

import jsonschema
from nbformat import NotebookNode

LONGEST_MESSAGE = 4000

_NUMBER = {"type": "number", "minimum": 0}
_TEXT = {"type": "string"}

SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "results.json of a grading run",
    "type": "object",
    "required": ["seed", "results"],
    "additionalProperties": False,
    "properties": {
        "seed": {"type": "integer", "minimum": 0},
        "unsafe": {"const": True},
        "results": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["student", "assignment", "score", "max_score", "status", "cells"],
                "additionalProperties": False,
                "properties": {
                    "student": {"type": "string", "minLength": 1},
                    "assignment": {"type": "string", "minLength": 1},
                    "score": _NUMBER,
                    "max_score": _NUMBER,
                    "status": {"enum": ["graded", "error"]},
                    "message": {"type": "string", "minLength": 1},
                    "notes": {"type": "array", "items": _TEXT},
                    "cells": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["grade_id", "score", "max_score", "status", "message", "misconception"],
                            "additionalProperties": False,
                            "properties": {
                                "grade_id": {"type": "string", "minLength": 1},
                                "score": _NUMBER,
                                "max_score": _NUMBER,
                                "status": {"enum": ["passed", "failed", "error", "manual"]},
                                "message": _TEXT,
                                "misconception": {"type": ["string", "null"]},
                            },
                        },
                    },
                },
                "if": {"properties": {"status": {"const": "error"}}},
                "then": {"required": ["message"], "properties": {"cells": {"maxItems": 0}}},
            },
        },
    },
}


class NotResults(ValueError):
    """Data that is not a valid `results.json`; the text says where and why."""


@dataclass(frozen=True)
class CellResult:
    """The verdict on one graded cell; the fields are those of `results.json`."""

    grade_id: str
    score: float
    max_score: float
    status: str
    message: str = ""
    misconception: str | None = None


@dataclass(frozen=True)
class Graded:
    """What an engine gives back for one submission: the verdict on each graded cell of the master, in its order, and
    the notebook as it ran, with outputs."""

    cells: list[CellResult]
    notebook: NotebookNode


@dataclass(frozen=True)
class SubmissionResult:
    """The result of one submission; the fields are those of `results.json`."""

    student: str
    assignment: str
    score: float
    max_score: float
    status: str
    message: str = ""
    notes: list[str] = field(default_factory=list)
    cells: list[CellResult] = field(default_factory=list)

    def as_json(self) -> dict:
        data = asdict(self)
        return {key: value for key, value in data.items() if value or key not in ("message", "notes")}


def validate(data: object) -> None:
    """NotResults unless `data`, the parsed content of a `results.json`, is valid: by the schema, each submission once,
    and each score the sum of its cells' scores."""
    try:
        jsonschema.validate(data, SCHEMA)
    except jsonschema.ValidationError as problem:
        raise NotResults(f"results.json: at {problem.json_path}: {problem.message}") from None
    counts = Counter((r["student"], r["assignment"]) for r in data["results"])
    for (student, assignment), count in counts.items():
        if count > 1:
            raise NotResults(f"results.json: {student} has {count} results for {assignment}.")
    for result in data["results"]:
        for of in ("score", "max_score") if result["status"] == "graded" else ():
            total = sum(cell[of] for cell in result["cells"])
            if abs(total - result[of]) > 1e-9:
                who = f"{result['student']}, {result['assignment']}"
                raise NotResults(f"results.json: {who}: {of} is {result[of]}, and its cells add up to {total}.")


def write(path: Path, seed: int, results: list[SubmissionResult], unsafe: bool = False) -> None:
    """Writes a valid `results.json`, whole or not at all; NotResults where it would not be valid.

    unsafe  students' code was not kept apart from the tests, and the file says so
    """
    data = {"seed": seed, **({"unsafe": True} if unsafe else {}), "results": [result.as_json() for result in results]}
    validate(data)
    partial = path.with_name(path.name + ".partial")
    partial.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    os.replace(partial, path)


# CSI and OSC sequences, then any other escape.
_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|.?)", re.DOTALL)


def clean(text: str, longest: int = LONGEST_MESSAGE) -> str:
    """Text of a student's side made harmless for terminals, JSON, XML and people: no ANSI escapes, no control, format
    (bidi overrides) or surrogate characters but newline and tab, and no longer than `longest` characters."""
    text = _ANSI.sub("", text[: 10 * longest])
    kept = "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Cn", "Co"))
    return kept if len(kept) <= longest else kept[: longest - 2].rstrip() + " …"
