"""`results.json`: what a grading run found, for people's scripts and for other formats.

    {"seed": 17,
     "results": [{"student": "ada", "assignment": "softmax", "score": 7.0, "max_score": 9.0, "status": "graded",
                  "notes": ["..."],
                  "cells": [{"grade_id": "test_softmax", "score": 0.0, "max_score": 2.0, "status": "failed",
                             "message": "softmax: the values are wrong ...", "misconception": "not_normalised"}]}]}

`unsafe` is there, and true, where students' code was not kept apart from the tests. A submission is `graded`, or it
is an `error`: it could not be read or run, `message` says why in one sentence, `cells` is empty, and a person has to
look; `waits` is there, and true, where the fault is the grader's own, and the next run tries again. A cell is `passed`,
`failed`, `error` (a fault of the grader's own, which waits for a person), or `manual` (its score is a person's; 0 until
there is one). `misconception` names an entry of the bank, or is null; `hidden` is there, and true, where a hidden check
failed, after all visible ones passed. `notes` say what had to be mended before grading,
and are left out where there are none.

`score` and `max_score` are what counts. Where a policy made them (see `policies`), `raw_score` and `raw_max_score` are
what the cells add up to, and `reasons` lists every change: {"rule": "late", "text": "...", "points": -1.4}; the raw
score and the points of all reasons add up to the score. Else the cells add up to `score` itself, and the three are
left out.
"""

import functools
import json
import os
import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import fastjsonschema
from nbformat import NotebookNode

LONGEST_MESSAGE = 4000

# Bounds, because JSON can say what no float holds; to be not a number it is not allowed at all.
_NUMBER = {"type": "number", "minimum": 0, "maximum": 1e300}
_TEXT = {"type": "string"}

SCHEMA = {
    "$schema": "http://json-schema.org/draft-07/schema#",
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
                    "waits": {"const": True},
                    "notes": {"type": "array", "items": _TEXT},
                    "raw_score": _NUMBER,
                    "raw_max_score": _NUMBER,
                    "reasons": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["rule", "text", "points"],
                            "additionalProperties": False,
                            "properties": {"rule": _TEXT, "text": _TEXT, "points": {**_NUMBER, "minimum": -1e300}},
                        },
                    },
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
                                "hidden": {"const": True},
                            },
                        },
                    },
                },
                "if": {"properties": {"status": {"const": "error"}}},
                "then": {"required": ["message"], "properties": {"cells": {"maxItems": 0}}},
                "dependencies": {
                    of: ["raw_score", "raw_max_score"] for of in ("raw_score", "raw_max_score", "reasons")
                },
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
    hidden: bool = False


@dataclass(frozen=True)
class Graded:
    """What an engine gives back for one submission: the verdict on each graded cell of the master, in its order, and
    the notebook as it ran, with outputs."""

    cells: list[CellResult]
    notebook: NotebookNode


@dataclass(frozen=True)
class Reason:
    """Why a rule of a policy changed a score, and by how many points."""

    rule: str
    text: str
    points: float


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
    raw_score: float | None = None
    raw_max_score: float | None = None
    reasons: list[Reason] = field(default_factory=list)
    waits: bool = False

    def as_json(self) -> dict:
        left_out = {"message": "", "waits": False, "notes": [], "raw_score": None, "raw_max_score": None, "reasons": []}
        data = {key: value for key, value in vars(self).items() if key not in left_out or value != left_out[key]}
        of_cells = [
            {key: value for key, value in vars(cell).items() if key != "hidden" or value} for cell in self.cells
        ]
        reasons = {"reasons": [vars(reason) for reason in self.reasons]} if self.reasons else {}
        return data | {"cells": of_cells} | reasons


def validate(data: object) -> None:
    """NotResults unless `data`, the parsed content of a `results.json`, is valid: by the schema, each submission once,
    and each score the sum of its cells' scores and of what a policy did."""
    try:
        _by_schema()(data)
    except fastjsonschema.JsonSchemaValueException as problem:
        raise NotResults(f"results.json: {problem.message.replace('data', '$', 1)}.") from None
    counts = Counter((r["student"], r["assignment"]) for r in data["results"])
    for (student, assignment), count in counts.items():
        if count > 1:
            raise NotResults(f"results.json: {student} has {count} results for {assignment}.")
    for result in data["results"]:
        who = f"{result['student']}, {result['assignment']}"
        for of in ("score", "max_score") if result["status"] == "graded" else ():
            total, said = sum(cell[of] for cell in result["cells"]), result.get(f"raw_{of}", result[of])
            if abs(total - said) > 1e-9:
                raise NotResults(f"results.json: {who}: {of} is {said}, and its cells add up to {total}.")
        settled = result.get("raw_score", result["score"]) + sum(r["points"] for r in result.get("reasons", []))
        if abs(settled - result["score"]) > 1e-4:
            raise NotResults(f"results.json: {who}: score is {result['score']}, and its reasons lead to {settled}.")


@functools.cache
def _by_schema() -> Callable[[object], object]:
    """The schema as code, since a large class has many results."""
    return fastjsonschema.compile(SCHEMA)


def read(path: Path) -> list[SubmissionResult]:
    """The results in a `results.json`; NotResults where it is not valid, OSError where it cannot be opened."""
    try:
        data = json.loads(path.read_bytes(), parse_constant=_no_number)
    except (ValueError, RecursionError) as problem:  # also bytes that are not UTF-8
        raise NotResults(f"{path} is not JSON: {problem}.") from None
    validate(data)
    return [_of_json(result) for result in data["results"]]


def _no_number(said: str) -> None:
    raise ValueError(f"{said} is no number")


def _of_json(data: dict) -> SubmissionResult:
    cells = [CellResult(**cell) for cell in data["cells"]]
    reasons = [Reason(**reason) for reason in data.get("reasons", [])]
    return SubmissionResult(**data | {"cells": cells, "reasons": reasons})


def write(path: Path, seed: int, results: list[SubmissionResult], unsafe: bool = False) -> None:
    """Writes a valid `results.json`, whole or not at all, with a line for each result; NotResults where it would not be
    valid.

    unsafe  students' code was not kept apart from the tests, and the file says so
    """
    data = {"seed": seed, **({"unsafe": True} if unsafe else {}), "results": [result.as_json() for result in results]}
    validate(data)
    partial = path.with_name(path.name + ".partial")
    head, lines = json.dumps({**data, "results": []}), map(json.dumps, data["results"])
    partial.write_text(head.removesuffix("]}") + "\n" + ",\n".join(lines) + "\n]}\n", encoding="utf-8")
    os.replace(partial, path)


# CSI and OSC sequences, then any other escape.
_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|.?)", re.DOTALL)


def clean(text: str, longest: int = LONGEST_MESSAGE) -> str:
    """Text of a student's side made harmless for terminals, JSON, XML and people: no ANSI escapes, no control, format
    (bidi overrides) or surrogate characters but newline and tab, and no longer than `longest` characters."""
    text = _ANSI.sub("", text[: 10 * longest])
    kept = "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Cn", "Co"))
    return kept if len(kept) <= longest else kept[: longest - 2].rstrip() + " …"
