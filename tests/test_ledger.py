"""Runs that are killed, repeated, or meet other tests, versions or rules than before."""

import contextlib
import csv
import functools
import hashlib
import json
import multiprocessing
import os
import random
import re
import shutil
import signal
import sqlite3
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime, timedelta
from functools import partial

import nbformat
import nbgrader.api
import pytest
from nbgrader.api import Gradebook
from nbgrader.plugins import CsvExportPlugin
from sqlalchemy import URL
from toy_course import TOY, cell, hand_in, make_course

from autograder import receipts
from autograder.audit import Audit
from autograder.feedback import FeedbackPages
from autograder.grade import GradingError, _start_worker, grade
from autograder.intake import intake
from autograder.ledger import Ledger
from autograder.master import role
from autograder.nbgrader_engine import EngineFault
from autograder.release import release
from autograder.results import CellResult, Graded, read

STUDENTS = [f"s{n:02}" for n in range(6)]


class Quick:
    """An engine whose verdicts are a function of the notebook alone, without running it."""

    def __init__(self, course, seed, log=None):
        self.seed, self.log = seed, log

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        pass

    def grade(self, assignment, student, notebook):
        if self.log:
            with self.log.open("a") as file:
                file.write(f"{student}\n")
        text = nbformat.writes(notebook)
        cells = []
        for c in notebook.cells:
            if role(c).get("grade"):
                grade_id, points = role(c)["grade_id"], float(role(c)["points"])
                passed = hashlib.sha256((text + grade_id).encode()).digest()[0] % 2
                status = "passed" if passed else "failed"
                cells.append(CellResult(grade_id, points * passed, points, status, "" if passed else "wrong"))
        return Graded(cells, notebook)


class Strict(Quick):
    """Passes every test whose source has no `strict` in it, and two students in any case."""

    def grade(self, assignment, student, notebook):
        graded = super().grade(assignment, student, notebook)
        text = {role(c)["grade_id"]: c.source for c in notebook.cells if role(c).get("grade")}
        cells = [
            CellResult(c.grade_id, c.max_score, c.max_score, "passed")
            if "strict" not in text[c.grade_id] or student in ("s01", "s02")
            else CellResult(c.grade_id, 0.0, c.max_score, "failed", "too strict")
            for c in graded.cells
        ]
        return Graded(cells, notebook)


class Failing(Quick):
    """Does to s05 what the lines of a file say, one after the other; then nothing more."""

    def grade(self, assignment, student, notebook):
        if student == "s05" and (lines := self.log.read_text().splitlines()):
            self.log.write_text("\n".join(lines[1:]))
            if lines[0] == "die":
                os._exit(1)
            if lines[0] == "hang":
                time.sleep(600)
            raise EngineFault("The engine stumbled.")
        return Quick(None, 0).grade(assignment, student, notebook)


@pytest.fixture
def course(tmp_path, monkeypatch):
    # Asking alembic takes more than a second, for every new gradebook.
    monkeypatch.setattr("nbgrader.api.get_alembic_version", alembic_version)
    course = make_course(tmp_path / "course")
    release(course)
    return course


alembic_version = functools.cache(nbgrader.api.get_alembic_version)


@pytest.fixture
def quick_pool(monkeypatch):
    """Workers that need not import everything first."""
    fork = multiprocessing.get_context("fork")
    monkeypatch.setattr(
        "autograder.grade._pool",
        lambda make, workers: ProcessPoolExecutor(workers, fork, _start_worker, (make,)),
    )


def answered(course, text):
    notebook = nbformat.read(course.exercises / "toy" / "toy.ipynb", as_version=4)
    cell(notebook, "double").source = f"def double(x):\n    return {text!r}"
    return notebook


def change_tests(course, old, new):
    path = course.solution("toy")
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


@pytest.fixture
def submitted(course, tmp_path):
    for student in STUDENTS:
        hand_in(tmp_path / "in", student, answered(course, student))
    hand_in(tmp_path / "in", "broken", content=b"{")
    return tmp_path / "in"


def opened(out):
    url = URL.create("sqlite", database=str(out / "gradebook.db")).render_as_string()
    return Gradebook(url, "backprop-checked")


def states(out):
    with opened(out) as book:
        return {student: line for (student, _), line in Ledger(book.db).lines.items()}


def audited(out):
    return [json.loads(line) for line in (out / "audit.jsonl").read_text().splitlines()]


def outcome(out):
    """What a run leaves: scores in the gradebook, files, audited changes."""
    with opened(out) as book:
        scores = sorted(
            (s.student.id, g.name, g.auto_score, g.needs_manual_grade)
            for s in book.assignment_submissions("toy")
            for g in s.notebooks[0].grades
        )
    files = {
        str(path.relative_to(out)): path.read_bytes()
        for path in sorted(out.rglob("*"))
        if path.is_file() and path.name not in ("gradebook.db", "audit.jsonl", "nbgrader_config.py")
    }
    audit = [(e["student"], e["before"], e["after"], e["causes"]) for e in audited(out)]
    return scores, files, sorted(audit, key=str)


def _run(course, submitted, out, log, workers):
    # A session of its own, so that all of it can be killed at once.
    os.setsid()
    grade(course, submitted, out, seed=5, workers=workers, engine=partial(Quick, log=log))


def killed_after(seconds, *arguments):
    """Whether a run was still going on when it was killed, with all its children, after so long."""
    process = multiprocessing.get_context("fork").Process(target=_run, args=arguments)
    process.start()
    process.join(seconds)
    going_on = process.is_alive()
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.join()
    assert going_on or process.exitcode == 0
    return going_on


@pytest.mark.slow
def test_killed_200_times_at_random_moments_the_end_is_that_of_an_undisturbed_run(
    course, submitted, tmp_path, monkeypatch
):
    # Compiled here, once, the templates of the pages need not be compiled by each of the runs.
    monkeypatch.setattr("autograder.grade.FeedbackPages", functools.cache(FeedbackPages))
    grade(course, submitted, tmp_path / "warm", seed=5, engine=Quick)
    begun = time.monotonic()
    grade(course, submitted, tmp_path / "calm", seed=5, engine=Quick)
    lasts = time.monotonic() - begun
    calm, rng = outcome(tmp_path / "calm"), random.Random(0)
    kills = rounds = 0
    while kills < 200:
        rounds += 1
        out, log, before = tmp_path / f"out{rounds}", tmp_path / f"log{rounds}", kills
        # Later and later, so that a round ends on a machine that has become slower since.
        while killed_after(rng.uniform(0, lasts * (1 + (kills - before) / 10)), course, submitted, out, log, 1):
            kills += 1
        assert outcome(out) == calm
        runs = log.read_text().split()
        assert set(runs) == set(STUDENTS) and len(runs) <= len(STUDENTS) + kills - before
        shutil.rmtree(out)


@pytest.mark.slow
def test_killed_with_all_its_workers_it_goes_on_as_well(course, submitted, tmp_path, quick_pool):
    grade(course, submitted, tmp_path / "calm", seed=5, engine=Quick)
    kills = [killed_after(n / 4, course, submitted, tmp_path / "out", tmp_path / "log", 2) for n in range(1, 5)]
    assert not killed_after(60, course, submitted, tmp_path / "out", tmp_path / "log", 2)
    assert outcome(tmp_path / "out") == outcome(tmp_path / "calm")
    assert len((tmp_path / "log").read_text().split()) <= len(STUDENTS) + 4 * sum(kills)


@pytest.mark.slow
def test_what_has_not_changed_is_not_graded_again_and_what_has_is(course, submitted, tmp_path):
    log = tmp_path / "log"
    engine = partial(Quick, log=log)
    grade(course, submitted, tmp_path / "out", engine=engine)
    first = outcome(tmp_path / "out")
    seen = []
    grade(course, submitted, tmp_path / "out", engine=engine, progress=lambda *about: seen.append(about))
    assert outcome(tmp_path / "out") == first and seen == []
    assert sorted(log.read_text().split()) == STUDENTS
    log.write_text("")
    hand_in(submitted, "s03", answered(course, "another"))
    hand_in(submitted, "broken", answered(course, "mended"))
    grade(course, submitted, tmp_path / "out", engine=engine)
    assert log.read_text().split() == ["broken", "s03"]
    new = audited(tmp_path / "out")[len(first[2]) :]
    assert {tuple(line["causes"]) for line in new} <= {("it was handed in anew",)}


def test_results_hold_all_that_was_graded_into_the_folder(course, submitted, tmp_path):
    [one] = grade(course, submitted, tmp_path / "out", students=["s01"], engine=Quick)
    [two] = grade(course, submitted, tmp_path / "out", students=["s00"], engine=Quick)
    results = json.loads((tmp_path / "out" / "results.json").read_text())["results"]
    assert results == [two.as_json(), one.as_json()]


@pytest.mark.slow
def test_a_changed_test_shows_what_it_would_change_before_it_is_accepted(course, submitted, tmp_path):
    out, log, asked = tmp_path / "out", tmp_path / "log", []
    engine = partial(Strict, log=log)

    def ask(answer):
        return lambda changes: asked.append(changes) or answer

    grade(course, submitted, out, engine=engine, accept=ask(True))
    before = outcome(out)
    assert asked == []
    change_tests(course, "check.value(2.0, expected=4.0)", "check.value(2.0, expected=4.0)  # strict")
    grade(course, submitted, out, engine=engine, accept=ask(False))
    assert len(log.read_text().split()) == 2 * len(STUDENTS)
    [changes] = asked
    assert [c.student for c in changes] == [s for s in STUDENTS if s not in ("s01", "s02")]
    assert str(changes[0]) == "s00, toy: 9 → 6 (test_double 3 of 3 → 0 of 3)"
    stands = outcome(out)
    assert stands[0] == before[0] and stands[2] == before[2]
    for path, content in before[1].items():
        assert stands[1][path] == content or "s01" in path or "s02" in path or path == "results.json"

    # Asked again, nothing is run anew.
    grade(course, submitted, out, engine=engine, accept=ask(True))
    assert asked[1] == changes and len(log.read_text().split()) == 2 * len(STUDENTS)
    results = {r["student"]: r for r in json.loads((out / "results.json").read_text())["results"]}
    assert [results[s]["score"] for s in ("s00", "s01")] == [6, 9]
    assert "too strict" in results["s00"]["cells"][1]["message"]
    last = audited(out)[-1]
    assert (last["before"], last["after"], last["causes"]) == (9, 6, ["the tests changed"])
    assert last["cells"] == {"test_double": [3, 0]}
    fresh = tmp_path / "fresh"
    grade(course, submitted, fresh, engine=engine, seed=json.loads((out / "results.json").read_text())["seed"])
    assert outcome(out)[:2] == outcome(fresh)[:2]
    grade(course, submitted, out, engine=engine, accept=ask(True))
    assert len(asked) == 2


def test_text_that_students_read_is_no_test(course, submitted, tmp_path):
    grade(course, submitted, tmp_path / "out", engine=Quick)
    change_tests(course, "# Toy", "# A toy, in other words")
    log = tmp_path / "log"
    grade(course, submitted, tmp_path / "out", engine=partial(Quick, log=log))
    assert not log.exists()


def test_a_change_touches_its_own_exercise_alone(course, submitted, tmp_path):
    other = course.root / "solutions" / "other"
    other.mkdir()
    (other / "other.md").write_text(TOY)
    (submitted / "s00" / "other").mkdir()
    shutil.copy(submitted / "s00" / "toy" / "toy.ipynb", submitted / "s00" / "other" / "other.ipynb")
    log = tmp_path / "log"
    engine = partial(Quick, log=log)
    grade(course, submitted, tmp_path / "out", engine=engine)
    log.write_text("")
    (other / "other.md").write_text(TOY.replace("check.value(2.0", "check.value(2.00"))
    grade(course, submitted, tmp_path / "out", engine=engine)
    assert log.read_text().split() == ["s00"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("old", "new", "cells"),
    [
        ("points: 3", "points: 6", {"test_double": ((3, 3), (6, 6))}),
        ("id: test_double", "id: test_twice", {"test_double": ((3, 3), None), "test_twice": (None, (3, 3))}),
    ],
)
def test_other_points_and_other_cells_are_changes_too(course, submitted, tmp_path, old, new, cells):
    grade(course, submitted, tmp_path / "out", engine=Strict)
    change_tests(course, old, new)
    asked = []
    grade(course, submitted, tmp_path / "out", engine=Strict, accept=lambda changes: asked.extend(changes) or True)
    assert asked[0].cells == cells
    grade(course, submitted, tmp_path / "fresh", engine=Strict, seed=1)
    assert outcome(tmp_path / "out")[0] == outcome(tmp_path / "fresh")[0]


@pytest.mark.slow
def test_a_fault_of_the_graders_own_waits_for_a_person_and_is_run_again_by_the_next_run(course, submitted, tmp_path):
    script = tmp_path / "script"
    script.write_text("stumble\nstumble")
    engine = partial(Failing, log=script)
    results = {r.student: r for r in grade(course, submitted, tmp_path / "out", engine=engine)}
    assert results["s05"].message == "The engine stumbled." and results["s05"].status == "error"
    line = states(tmp_path / "out")["s05"]
    assert (line.state, line.attempts) == ("fault", 1)
    others = {student: line.state for student, line in states(tmp_path / "out").items() if student != "s05"}
    assert others == dict.fromkeys(set(STUDENTS) - {"s05"}, "graded") | {"broken": "error"}
    grade(course, submitted, tmp_path / "out", engine=engine)
    line = states(tmp_path / "out")["s05"]
    assert (line.state, line.attempts) == ("graded", 2)
    grade(course, submitted, tmp_path / "calm", engine=Quick, seed=1)
    assert outcome(tmp_path / "out")[0] == outcome(tmp_path / "calm")[0]


@pytest.mark.slow
def test_a_worker_that_dies_costs_nobody_else_anything(course, submitted, tmp_path, quick_pool):
    script = tmp_path / "script"
    script.write_text("die\n" * 5)
    results = grade(course, submitted, tmp_path / "out", workers=2, engine=partial(Failing, log=script))
    assert {r.student for r in results if r.status == "error"} == {"broken", "s05"}
    line = states(tmp_path / "out")["s05"]
    assert (line.state, line.attempts) == ("fault", 2)
    assert len(script.read_text().splitlines()) == 3


@pytest.mark.slow
def test_a_worker_that_keeps_a_submission_beyond_its_lease_is_ended_and_it_is_given_out_again(
    course, submitted, tmp_path, monkeypatch, quick_pool
):
    monkeypatch.setattr("autograder.grade.LEASE", 4.0)
    script = tmp_path / "script"
    script.write_text("hang\n")
    results = grade(course, submitted, tmp_path / "out", workers=2, engine=partial(Failing, log=script))
    assert {r.student for r in results if r.status == "error"} == {"broken"}
    assert states(tmp_path / "out")["s05"].attempts == 2


def test_what_a_person_enters_comes_onto_the_page_without_another_run(course, submitted, tmp_path):
    out, log = tmp_path / "out", tmp_path / "log"
    grade(course, submitted, out, engine=Quick)
    with opened(out) as book:
        book.find_grade("why", "toy", "toy", "s00").manual_score = 3.5
        book.find_comment("why", "toy", "toy", "s00").manual_comment = "Almost, look again at (2)."
        book.db.commit()
    results = {r.student: r for r in grade(course, submitted, out, engine=partial(Quick, log=log))}
    assert not log.exists()
    assert (results["s00"].cells[-1].status, results["s00"].cells[-1].score) == ("manual", 3.5)
    page = (out / "feedback" / "s00" / "toy.html").read_text()
    assert "Almost, look again at (2)." in page and "3.5 / 4.0" in page
    assert audited(out)[-1]["causes"] == ["a person gave points"]


def test_a_page_that_was_deleted_is_written_again(course, submitted, tmp_path):
    grade(course, submitted, tmp_path / "out", engine=Quick)
    before = outcome(tmp_path / "out")
    shutil.rmtree(tmp_path / "out" / "feedback")
    (tmp_path / "out" / "results.json").unlink()
    grade(course, submitted, tmp_path / "out", engine=Quick)
    assert outcome(tmp_path / "out") == before


def test_notebooks_of_the_results_that_are_gone_or_damaged_are_made_again(course, submitted, tmp_path):
    out = tmp_path / "out"
    grade(course, submitted, out, engine=Quick)
    before = outcome(out)
    damaged = b"{", b"\xff\xfe", b"[]", b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [3]}'
    (out / "autograded" / "s00" / "toy" / "toy.ipynb").unlink()
    for student, content in zip(STUDENTS[1:], damaged):
        (out / "autograded" / student / "toy" / "toy.ipynb").write_bytes(content)
        (out / "feedback" / student / "toy.html").unlink()
    grade(course, submitted, out, engine=Quick)
    assert outcome(out) == before


def _hold(out):
    with Audit(out):
        (out / "held").touch()
        time.sleep(60)


def test_two_runs_never_write_at_once(course, submitted, tmp_path):
    (tmp_path / "out").mkdir()
    process = multiprocessing.get_context("fork").Process(target=_hold, args=(tmp_path / "out",))
    process.start()
    try:
        while not (tmp_path / "out" / "held").exists():
            time.sleep(0.01)
        with pytest.raises(GradingError, match="Another grading run"):
            grade(course, submitted, tmp_path / "out", engine=Quick)
    finally:
        process.kill()
        process.join()
    assert grade(course, submitted, tmp_path / "out", students=["s00"], engine=Quick)


def test_extra_credit_of_a_person_counts_as_in_nbgraders_own_sum_and_nothing_falls_below_zero(
    course, submitted, tmp_path
):
    before = grade(course, submitted, tmp_path / "out", engine=Strict)
    assert {r.score for r in before if r.status == "graded"} == {9}
    with opened(tmp_path / "out") as book:
        for student, manual, extra in (("s00", None, 1.5), ("s01", 1.0, 0.5), ("s02", 1.0, -4.0), ("broken", 1.0, 0.5)):
            entry = book.find_grade("test_double", "toy", "toy", student)
            entry.manual_score, entry.extra_credit = manual, extra
        book.db.commit()
        nbgraders = {student: book.find_submission("toy", student).score for student in ("s00", "s01", "s03")}
    after = {r.student: r.score for r in grade(course, submitted, tmp_path / "out", engine=Strict)}
    assert after == {"s00": 10.5, "s01": 7.5, "s02": 6, "broken": 1.5, "s03": 9, "s04": 9, "s05": 9}
    assert {student: after[student] for student in nbgraders} == nbgraders
    assert "Score: 10.5 / 9.0" in (tmp_path / "out" / "feedback" / "s00" / "toy.html").read_text()


def _without_a_page(path):
    content = bytearray(path.read_bytes())
    content[4096:8192] = bytes(4096)
    path.write_bytes(content)


def _altered(statement):
    def alter(path):
        with contextlib.closing(sqlite3.connect(path)) as book:
            book.execute(statement)
            book.commit()

    return alter


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (_without_a_page, "malformed"),
        (_altered("update autograder_ledger set found = '{'"), "its ledger says '{'"),
        (_altered("""update autograder_ledger set found = '{"cells": [{"x": 1}]}'"""), "its ledger says"),
        (_altered("update autograder_ledger set found = json_set(found, '$.cells[0].score', 'x')"), "its ledger says"),
        (_altered("update autograder_ledger set found = json_set(found, '$.cells[0].status', 'x')"), "status must be"),
        (_altered("update autograder_ledger set attempts = 'x'"), "its ledger counts 'x' attempts"),
        (_altered("delete from assignment"), "No such assignment"),
    ],
)
def test_a_gradebook_that_was_damaged_is_told_in_a_sentence_and_left(course, submitted, tmp_path, damage, said):
    path = tmp_path / "out" / "gradebook.db"
    grade(course, submitted, path.parent, students=["s00"], engine=Quick)
    damage(path)
    with pytest.raises(GradingError, match=f"gradebook.db .*{said}.*use another folder.$"):
        grade(course, submitted, path.parent, engine=Quick)


def test_a_gradebook_that_breaks_in_the_middle_of_a_run_is_told_in_a_sentence(course, submitted, tmp_path):
    def spoil(done, total, submission):
        if done == 2:
            with contextlib.closing(sqlite3.connect(tmp_path / "out" / "gradebook.db")) as book:
                book.execute("drop table autograder_ledger")

    with pytest.raises(GradingError, match="gradebook.db cannot be used .no such table.*use another folder"):
        grade(course, submitted, tmp_path / "out", engine=Quick, progress=spoil)


def test_a_line_of_the_audit_log_that_a_crash_cut_off_spoils_no_other(course, submitted, tmp_path):
    grade(course, submitted, tmp_path / "out", students=["s00"], engine=Quick)
    log = tmp_path / "out" / "audit.jsonl"
    log.write_bytes(log.read_bytes() + b'{"student": "s0')
    grade(course, submitted, tmp_path / "out", engine=Quick)
    lines = log.read_bytes().splitlines()
    assert lines[1] == b'{"student": "s0' and len(lines) == len(STUDENTS) + 2


@pytest.mark.parametrize("line", ["3", "[]", '{"student": "s00", "assignment": "toy"}', '{"student": ["s00"]}'])
def test_a_line_of_the_audit_log_that_was_altered_spoils_no_other(course, submitted, tmp_path, line):
    [before] = grade(course, submitted, tmp_path / "out", students=["s00"], engine=Quick)
    with (tmp_path / "out" / "audit.jsonl").open("a") as log:
        log.write(f"{line}\n")
    with opened(tmp_path / "out") as book:
        book.find_grade("why", "toy", "toy", "s00").extra_credit = 1
        book.db.commit()
    grade(course, submitted, tmp_path / "out", students=["s00"], engine=Quick)
    last = json.loads((tmp_path / "out" / "audit.jsonl").read_text().splitlines()[-1])
    assert (last["before"], last["after"]) == (before.score, before.score + 1)


def take_in(course, tmp_path, *versions):
    """A store of versions of one student's toy: (when, text) each."""
    for number, (when, text) in enumerate(versions):
        folder = tmp_path / f"version{number}"
        hand_in(folder, "ada", answered(course, text))
        (folder / "ada" / "toy" / "timestamp.txt").write_text(when)
        intake(course, [folder], tmp_path / "store")
    return tmp_path / "store"


POLICY = """
[late]
per = "day"
penalty = 0.1
[assignments.toy]
due = 2026-11-02T12:00:00Z
"""


def test_what_is_gone_from_a_store_is_told_and_the_others_are_graded(course, tmp_path):
    store = take_in(course, tmp_path, ("2026-11-02 11:00 UTC", "first"))
    [version] = receipts.read(store)["ada", "toy"]
    folder = tmp_path / "more" / "bob" / "toy"
    folder.mkdir(parents=True)
    (folder / "toy.ipynb").write_bytes(nbformat.writes(answered(course, "bob")).encode())
    intake(course, [tmp_path / "more"], store)
    (store / "received" / f"{version.sha256}.ipynb").unlink()
    shutil.rmtree(store / "submitted" / "ada")
    said = []
    assert [r.student for r in grade(course, store, tmp_path / "out", engine=Quick, report=said.append)] == ["bob"]
    assert any("of ada, is gone from" in line and line.endswith("take it in again.") for line in said)


def test_a_store_of_intake_is_graded_by_the_rules_of_a_policy(course, tmp_path):
    store = take_in(course, tmp_path, ("2026-11-02 11:00 UTC", "first"), ("2026-11-03 13:00 UTC", "second"))
    (tmp_path / "policy.toml").write_text(POLICY)
    out, log = tmp_path / "out", tmp_path / "log"

    def run():
        [result] = grade(course, store, out, engine=partial(Strict, log=log), policy=tmp_path / "policy.toml")
        return result

    late = run()
    assert (late.raw_score, late.score, late.max_score) == (9, pytest.approx(7.2), 9)
    assert (out / "scores.csv").read_text().splitlines()[1] == "ada,toy,7.2,9.0,graded"

    # A changed rule changes the score, and nothing is run.
    extension = '[[extensions]]\nstudent = "ada"\nextra_time = "25 hours"\nreason = "ill"\n'
    nobody = extension.replace("ada", "adda")
    (tmp_path / "policy.toml").write_text(POLICY + extension + nobody)
    said = []
    [result] = grade(course, store, out, engine=Strict, policy=tmp_path / "policy.toml", report=said.append)
    assert result.score == 9 and log.read_text().split() == ["ada"]
    assert said == ["The policy has an extension for adda, of whom there is nothing: is the id right?"]
    last = audited(out)[-1]
    assert (last["before"], last["after"]) == (7.2, 9) and last["granted"] == ["ill"]
    assert last["causes"] == ["the policy changed"]

    # With one attempt, the first version is what counts; it is graded, and on time.
    (tmp_path / "policy.toml").write_text(POLICY + "attempts = 1\n")
    first = run()
    assert first.score == 9 and "number 1 is the last that counts" in first.reasons[0].text
    assert "first" in (out / "autograded" / "ada" / "toy" / "toy.ipynb").read_text()
    assert log.read_text().split() == ["ada", "ada"]


def test_what_rules_make_of_a_score_is_on_the_page_and_in_nbgraders_own_fields(course, tmp_path):
    store = take_in(course, tmp_path, ("2026-11-03 13:00 UTC", "late"))
    hand_in(tmp_path / "other", "bob", answered(course, "in time"))
    (tmp_path / "other" / "bob" / "toy" / "timestamp.txt").write_text("2026-11-02 10:00 UTC")
    intake(course, [tmp_path / "other"], store)
    out, log, policy = tmp_path / "out", tmp_path / "log", tmp_path / "policy.toml"

    def run(rules):
        policy.write_text(rules)
        shown = []
        grade(
            course, store, out, engine=partial(Strict, log=log), policy=policy,
            progress=lambda done, total, submission: shown.append(submission.student),
        )  # fmt: skip
        return shown

    def page(student):
        return re.sub(r"<[^>]+>", "", (out / "feedback" / student / "toy.html").read_text().partition("<body>")[2])

    assert run('zone = "Europe/Berlin"\n' + POLICY) == ["ada", "bob"]
    assert "Due 2026-11-02 13:00 Europe/Berlin; handed in 2026-11-03 14:00 Europe/Berlin." in page("ada")
    assert "Score: 7.2 / 9.0" in page("ada") and "9.0 / 9.0" in page("ada") and "−1.80" in page("ada")
    assert "Europe/Berlin; handed in late by 1 d 1 h: 20 % of the score is taken off." in page("ada")
    assert "Score: 9.0 / 9.0" in page("bob") and "Due 2026-11-02 13:00" in page("bob")
    assert "How this score comes about" not in page("bob")
    with opened(out) as book:
        ada, bob = (book.find_submission("toy", student) for student in ("ada", "bob"))
        assert (ada.late_submission_penalty, bob.late_submission_penalty) == (pytest.approx(1.8), 0)
        assert (ada.timestamp, ada.total_seconds_late) == (datetime(2026, 11, 3, 13), 25 * 3600)
        assert bob.timestamp == datetime(2026, 11, 2, 10) and ada.extension is None
        CsvExportPlugin(to=str(tmp_path / "grades.csv")).export(book)
    rows = {row["student_id"]: row for row in csv.DictReader((tmp_path / "grades.csv").open())}
    assert float(rows["ada"]["score"]) == pytest.approx(7.2) and float(rows["ada"]["raw_score"]) == 9

    # Rules that are as they were rewrite nothing; what they make anew, where it is another, and nothing is run.
    assert run('zone = "Europe/Berlin"\n' + POLICY + "# the same") == []
    extension = '[[extensions]]\nstudent = "ada"\nextra_time = "1 day"\nreason = "ill"\n'
    assert run('zone = "Europe/Berlin"\n' + POLICY + extension) == ["ada"]
    assert "Score: 8.1 / 9.0" in page("ada") and "with an extension" in page("ada") and "ill" not in page("ada")
    with opened(out) as book:
        ada = book.find_submission("toy", "ada")
        assert ada.late_submission_penalty == pytest.approx(0.9) and ada.extension == timedelta(days=1)
    assert run('zone = "Europe/Berlin"\n' + POLICY + 'drop = ["why"]\n' + extension) == ["ada", "bob"]
    assert "why counts for nobody." in page("bob") and "Score: 5.0 / 5.0" in page("bob")
    assert grade(course, store, out, engine=partial(Strict, log=log))[0].score == 9
    assert "Score: 9.0 / 9.0" in page("ada") and "Due" not in page("ada")
    assert sorted(log.read_text().split()) == ["ada", "bob"]


def test_the_page_of_what_cannot_be_read_says_when_it_was_due_and_follows_the_rules(course, tmp_path):
    hand_in(tmp_path / "class", "ada", content=b"{")
    (tmp_path / "class" / "ada" / "toy" / "timestamp.txt").write_text("2026-11-03 13:00 UTC")
    intake(course, [tmp_path / "class"], tmp_path / "store")
    out, policy = tmp_path / "out", tmp_path / "policy.toml"

    def page(rules):
        policy.write_text(rules)
        grade(course, tmp_path / "store", out, engine=Quick, policy=policy)
        return (out / "feedback" / "ada" / "toy.html").read_text()

    late = page(POLICY)
    assert "Not graded" in late and "not valid JSON" in late
    assert "Due 2026-11-02 12:00 UTC; handed in late by 1 d 1 h: 20 % of the score is taken off." in late
    later = page(POLICY.replace("2026-11-02", "2026-11-09"))
    assert "Due 2026-11-09 12:00 UTC" in later and "taken off" not in later
    with opened(out) as book:
        book.find_grade("test_double", "toy", "toy", "ada").manual_score = 2
        book.db.commit()
    given = page(POLICY)
    assert "Score: 1.6 / 9.0" in given and "A person has given points" in given


def test_results_of_an_exercise_that_the_course_no_longer_has_stay(course, submitted, tmp_path):
    shutil.copytree(course.solution("toy").parent, course.root / "solutions" / "other")
    (course.root / "solutions" / "other" / "toy.md").rename(course.solution("other"))
    shutil.copytree(submitted / "s00" / "toy", submitted / "s00" / "other")
    (submitted / "s00" / "other" / "toy.ipynb").rename(submitted / "s00" / "other" / "other.ipynb")
    before = {(r.student, r.assignment): r for r in grade(course, submitted, tmp_path / "out", engine=Quick)}
    assert before["s00", "other"].max_score == 9
    shutil.rmtree(course.solution("other").parent)
    (tmp_path / "policy.toml").write_text(POLICY)
    grade(course, submitted, tmp_path / "out", engine=Quick, policy=tmp_path / "policy.toml")
    after = {(r.student, r.assignment): r for r in read(tmp_path / "out" / "results.json")}
    assert after["s00", "other"] == before["s00", "other"] and len(after) == len(before)


def test_a_penalty_is_taken_anew_from_a_regrade(course, tmp_path):
    store = take_in(course, tmp_path, ("2026-11-03 11:00 UTC", "late"))
    (tmp_path / "policy.toml").write_text(POLICY)
    common = dict(policy=tmp_path / "policy.toml", engine=Strict, accept=lambda changes: True)
    assert grade(course, store, tmp_path / "out", **common)[0].score == pytest.approx(8.1)
    change_tests(course, "check.value(2.0, expected=4.0)", "check.value(2.0, expected=4.0)  # strict")
    assert grade(course, store, tmp_path / "out", **common)[0].score == pytest.approx(5.4)


def test_without_a_policy_the_raw_score_is_the_score(course, tmp_path):
    store = take_in(course, tmp_path, ("2026-11-09 11:00 UTC", "late"))
    [result] = grade(course, store, tmp_path / "out", engine=Strict)
    assert result.score == 9 and result.raw_score is None
