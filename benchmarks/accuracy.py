"""How often the grader errs, and how often other checkers do on the same answers.

    python benchmarks/accuracy.py [PYTHON]

Runs every answer of the banks (by which the checks were made) and every held-out one (by which they were not)
through the test cells, visible and hidden. PYTHON is the interpreter of an environment that has the other checkers
(requirements-accuracy.txt), _build/accuracy-venv unless said otherwise; without it they are said to be missing.
Writes _build/accuracy.json, _build/accuracy.svg, and what the book's page on it shows: book/accuracy.json.
"""

import importlib
import json
import multiprocessing
import os
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

import masters
import matplotlib.pyplot as plt
import numpy as np
from mutants import TooLong, limited
from rich.console import Console
from rich.table import Table

from autograder import misconceptions
from autograder.checks import CheckFailed

ROOT = masters.ROOT
# A verdict counts as right only where it is right whatever the hidden checks draw.
SEEDS = (0, 1, 2)
SETS = ("bank wrong", "held out wrong", "bank right", "held out right")
CHECKED_BY = {"shape": "shape", "type": "type", "finite": "nan, inf", "values": "values", "gradient": "slope",
              "structure": "property", "mutated": "argument changed", "overwritten": "answer overwritten",
              "repeat": "same again", "accepted": "must refuse", "raised": "raised", "time": "time",
              "crash": "grader crashed"}  # fmt: skip


def answers() -> Iterator[tuple[str, str, str, str]]:
    """(exercise, function, set, name) of every answer."""
    for exercise in masters.EXERCISES:
        bank = misconceptions.of_exercise(exercise)
        for function in masters.functions(exercise):
            yield from ((exercise, function, "bank wrong", m.name) for m in bank[function])
            for kind in SETS[1:]:
                # Where two exercises have a function of the same name, what is held out is for the first.
                if kind == "bank right" or label(exercise, function) == function:
                    yield from ((exercise, function, kind, name) for name in _module(exercise, kind).get(function, {}))


def label(exercise: str, function: str) -> str:
    """The function's name, with its exercise where an earlier one has a function of the same name."""
    first = next(e for e in masters.EXERCISES if function in masters.functions(e))
    return function if exercise == first else f"{function} ({exercise})"


def _module(exercise: str, kind: str) -> dict[str, dict]:
    """Function -> name -> answer, of a module whose names are like softmax__by_a_loop."""
    name = f"right_answers.{exercise}" if kind == "bank right" else f"held_out.{kind.split()[-1]}"
    module, found = importlib.import_module(name), {}
    for full, answer in vars(module).items():
        function, separator, style = full.partition("__")
        if separator and function and callable(answer):
            found.setdefault(function, {})[style] = answer
    return found


def judge(task: tuple[str, str, str, str]) -> dict:
    """What the test cells say of one answer at the seeds SEEDS of the hidden checks: of those, the verdict that is
    mistaken where one is, or else the first."""
    first = None
    for seed in SEEDS:
        os.environ["AUTOGRADER_SEED"] = str(seed)
        verdict = judge_once(*task) | {"seed": seed}
        if verdict["accepted"] != task[2].endswith("right"):
            return verdict
        first = first or verdict
    return first


def judge_once(exercise: str, function: str, kind: str, name: str) -> dict:
    """Accepted, or the kind of check that failed, whether it was a hidden one, and the idea that it named."""
    if kind == "bank wrong":
        answer = next(m.run for m in misconceptions.of_function(function, exercise) if m.name == name)
    else:
        answer = _module(exercise, kind)[function][name]
    failed = {"kind": None, "hidden": False, "said": None}
    before = np.geterr()
    try:
        with limited(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            masters.run_tests_of(exercise, function, answer)
    except CheckFailed as check:
        finding = check.finding
        failed = {"kind": finding.kind, "hidden": finding.hidden, "said": check.misconception}
    except TooLong:
        failed |= {"kind": "time"}
    except Exception as error:
        failed |= {"kind": "crash", "said": f"{type(error).__name__}: {error}"}
    finally:
        np.seterr(**before)
    return {
        "exercise": exercise,
        "function": function,
        "set": kind,
        "name": name,
        "accepted": not failed["kind"],
    } | failed


def summary(verdicts: list[dict]) -> list[dict]:
    """One row for each function: of each set, how many answers it has and how many were judged rightly."""
    rows = []
    for function in dict.fromkeys(label(v["exercise"], v["function"]) for v in verdicts):
        of = [v for v in verdicts if label(v["exercise"], v["function"]) == function]
        row = {"function": function}
        for kind in SETS:
            those = [v for v in of if v["set"] == kind]
            rightly = [v for v in those if v["accepted"] == kind.endswith("right")]
            row[kind] = [len(rightly), len(those)]
        row["named"] = sum(v["said"] == v["name"] for v in of if v["set"] == "bank wrong")
        rows.append(row)
    return rows


def peers(python: str | None) -> dict:
    """What peers.py found; with no environment for it, all of them are missing."""
    if not python:
        return {"versions": {}, "missing": ["all"], "results": []}
    out = ROOT / "_build" / "peers.json"
    subprocess.run([python, str(ROOT / "benchmarks" / "peers.py"), str(out)], check=True, stdout=subprocess.DEVNULL)
    return json.loads(out.read_text())


def compared(verdicts: list[dict], other: dict) -> list[dict]:
    """One row for each checker, this project's first, on the functions to which gradient checkers apply."""
    ours = {(label(v["exercise"], v["function"]), v["set"], v["name"]): v["accepted"] for v in verdicts}
    results = [r for r in other["results"] if (r["function"], r["set"], r["name"]) in ours]
    checkers = {"this course": lambda r: ours[r["function"], r["set"], r["name"]]}
    for name in results[0]["passed"] if results else []:
        checkers[name] = lambda r, name=name: r["passed"][name]
    groups = {
        "bank wrong": lambda r: r["set"] == "bank wrong",
        "bank wrong at the point": lambda r: r["set"] == "bank wrong" and r["at_the_point"],
        "held out wrong": lambda r: r["set"] == "held out wrong",
        "held out wrong at the point": lambda r: r["set"] == "held out wrong" and r["at_the_point"],
        "right": lambda r: r["set"].endswith("right"),
    }
    rows = []
    for name, passed in checkers.items():
        row = {"checker": name}
        for group, belongs in groups.items():
            # None: the checker cannot say.
            said = [passed(r) for r in results if belongs(r)]
            wanted = group == "right"
            row[group] = [sum(s == wanted for s in said if s is not None), sum(s is not None for s in said)]
        rows.append(row)
    return rows


def caught(verdicts: list[dict]) -> dict[str, dict[str, list[str]]]:
    """Function -> kind of check -> the misconceptions of the bank that it caught."""
    found = {}
    for v in verdicts:
        if v["set"] == "bank wrong" and not v["accepted"]:
            found.setdefault(label(v["exercise"], v["function"]), {}).setdefault(CHECKED_BY[v["kind"]], []).append(
                v["name"]
            )
    return found


def figure(matrix: dict, path: Path) -> None:
    """How many misconceptions of each function each kind of check has caught."""
    kinds = [kind for kind in CHECKED_BY.values() if any(kind in row for row in matrix.values())]
    table = np.array([[len(row.get(kind, [])) for kind in kinds] for row in matrix.values()])
    plt.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "accuracy", "font.size": 9})
    picture, axes = plt.subplots(figsize=(1.9 + 0.62 * len(kinds), 1.3 + 0.25 * len(table)), layout="constrained")
    axes.imshow(table, cmap="Blues", aspect="auto", vmin=0, vmax=table.max() * 1.4)
    for (i, j), n in np.ndenumerate(table):
        if n:
            axes.text(j, i, n, ha="center", va="center", color="#222222")
    axes.set_xticks(range(len(kinds)), [f"{kind} ({n})" for kind, n in zip(kinds, table.sum(axis=0))])
    axes.tick_params(axis="x", rotation=40, length=0, top=True, bottom=False, labeltop=True, labelbottom=False)
    plt.setp(axes.get_xticklabels(), ha="left", rotation_mode="anchor")
    axes.set_yticks(range(len(matrix)), list(matrix))
    axes.tick_params(axis="y", length=0)
    axes.spines[:].set_visible(False)
    picture.savefig(path)
    plt.close(picture)


def show(rows: list[dict], title: str, columns: list[str]) -> None:
    table = Table(title=title, title_justify="left", box=None, header_style="bold")
    for k, column in enumerate(columns):
        table.add_column(column, justify="left" if k == 0 else "right")
    for row in rows:
        table.add_row(*(f"{v[0]}/{v[1]}" if isinstance(v, list) else str(v) for v in (row[c] for c in columns)))
    console.print(table)
    console.print()


console = Console(width=120)


def main(python: str | None) -> None:
    build = ROOT / "_build"
    build.mkdir(exist_ok=True)
    tasks = list(answers())
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        verdicts = pool.map(judge, tasks, chunksize=4)
    rows = summary(verdicts)
    total = {"function": "all"} | {k: np.sum([r[k] for r in rows], axis=0).tolist() for k in (*SETS, "named")}
    show(
        [*rows, total],
        f"Judged rightly by the test cells at every seed of {SEEDS}",
        ["function", *SETS[:1], "named", *SETS[1:]],
    )
    for v in verdicts:
        if v["accepted"] != v["set"].endswith("right"):
            what = "accepted" if v["accepted"] else f"rejected ({v['kind']})"
            console.print(f"  {v['set']}: {v['function']}__{v['name']} is {what} at seed {v['seed']}", highlight=False)
    other = peers(python)
    checkers = compared(verdicts, other)
    console.print("\nversions: " + ", ".join(f"{k} {v}" for k, v in sorted(other["versions"].items())))
    if other["missing"]:
        console.print("missing: " + ", ".join(other["missing"]))
    show(
        checkers,
        "Wrong answers rejected and right ones accepted, of those that could be decided",
        list(checkers[0]),
    )
    matrix = caught(verdicts)
    figure(matrix, build / "accuracy.svg")
    record = {"seeds": SEEDS, "functions": rows, "answers": verdicts, "checkers": checkers, "peers": other}
    (build / "accuracy.json").write_text(json.dumps(record, indent=1) + "\n")
    published = {"seeds": SEEDS, "functions": rows, "checkers": checkers, "caught": matrix,
                 "versions": other["versions"], "missing": other["missing"]}  # fmt: skip
    (ROOT / "book" / "accuracy.json").write_text(json.dumps(published, indent=1) + "\n")
    console.print("Every verdict is in _build/accuracy.json, what the book shows of them in book/accuracy.json.")


if __name__ == "__main__":
    apart = ROOT / "_build" / "accuracy-venv" / "bin" / "python"
    main(sys.argv[1] if len(sys.argv) > 1 else str(apart) if apart.exists() else None)
