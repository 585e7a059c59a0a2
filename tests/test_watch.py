"""Runs that go on until a person ends them, and runs that a person ends: real processes, looked at from outside."""

import contextlib
import io
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
from rich.console import Console
from test_cli import run
from toy_course import ROOT, cell, hand_in

from autograder import watch
from autograder.audit import Audit
from autograder.grade import grade
from autograder.intake import intake
from autograder.progress import Progress
from autograder.submissions import Submission

PATIENCE = 90  # seconds, of which a machine that does nothing else needs few


def answered(course, seconds=0.0):
    notebook = nbformat.read(course.exercises / "toy" / "toy.ipynb", as_version=4)
    cell(notebook, "double").source = f"import time\ntime.sleep({seconds})\n\ndef double(x):\n    return 2 * x"
    return notebook


@contextlib.contextmanager
def grading(tmp_path, submitted, course, *options):
    """A grading run of its own, like a terminal's: the leader of its process group."""
    mark = tmp_path / "mark"
    mark.mkdir(exist_ok=True)
    process = subprocess.Popen(
        [sys.executable, "-m", "autograder", "grade", submitted, "--out", tmp_path / "out", "--course", course.root,
         *options],
        cwd=ROOT, env=os.environ | {"TMPDIR": str(mark)}, start_new_session=True, text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()


def until(condition, process=None):
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end and (process is None or process.poll() is None), "it does not come"
        time.sleep(0.05)


def alive(mark):
    """The processes of a run: all have its folder for temporary files in their environment or command line."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            said = (folder / "environ").read_bytes() + (folder / "cmdline").read_bytes()
            if str(mark).encode() in said and folder.name != str(os.getpid()):
                found.append(folder.name)
    return found


def ledger(out):
    with contextlib.closing(sqlite3.connect(out / "gradebook.db")) as book:
        assert book.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        rows = book.execute("SELECT student, state, attempts FROM autograder_ledger")
        return {student: (state, attempts) for student, state, attempts in rows}


def results(out):
    with contextlib.suppress(OSError):
        return {r["student"]: r for r in json.loads((out / "results.json").read_text())["results"]}
    return {}


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_run_that_a_person_ends_says_so_in_a_sentence_leaves_nothing_and_goes_on_where_it_was(
    course, tmp_path, number, code
):
    for n in range(8):
        hand_in(tmp_path / "in", f"s{n}", answered(course, 0.4 if n < 4 else 600))
    out = tmp_path / "out"
    with grading(tmp_path, tmp_path / "in", course, "--workers", "2") as process:
        until(lambda: len(list(out.glob("feedback/*/toy.html"))) > 1, process)
        workers = [
            pid for pid in alive(tmp_path / "mark") if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()
        ]
        for worker in workers:  # they leave it to the main process
            os.kill(int(worker), signal.SIGINT)
        until(lambda: len(list(out.glob("feedback/*/toy.html"))) == 4, process)
        # Ctrl-C reaches every process of a terminal; SIGTERM the one that it is meant for.
        (os.killpg if number == signal.SIGINT else os.kill)(process.pid, number)
        said, _ = process.communicate(timeout=15)  # those that sleep are not waited for
    assert process.returncode == code
    [done] = re.fullmatch(r"Ended: (\d) of 8 are graded; run it again and it goes on\.\n", said).groups()
    until(lambda: not alive(tmp_path / "mark"))
    before = ledger(out)
    graded = {student for student, (state, _) in before.items() if state == "graded"}
    assert int(done) <= len(graded) <= int(done) + 1 and 0 < len(graded) < 8
    for n in range(4, 8):
        hand_in(tmp_path / "in", f"s{n}", answered(course))
    found = grade(course, tmp_path / "in", out)
    assert len(found) == 8 and {r.score for r in found} == {3}
    after = ledger(out)
    assert {after[student] for student in graded} == {("graded", 1)}
    assert {state for state, _ in after.values()} == {"graded"} and len(after) == 8


ENDED_AT_AN_IMPORT = """
import os, runpy, signal, sys

class Finder:
    def find_spec(name, *more):
        if name == module:
            os.kill(os.getpid(), signal.SIGINT)

module = sys.argv.pop(1)
sys.meta_path.insert(0, Finder)
runpy.run_module("autograder", run_name="__main__", alter_sys=True)
"""


@pytest.mark.slow
@pytest.mark.parametrize("module", ["typer", "autograder.conversation", "nbgrader.api", "autograder.wall_engine"])
def test_a_run_that_is_ended_while_it_loads_says_so_in_a_sentence(course, tmp_path, module):
    hand_in(tmp_path / "in", "ada", answered(course))
    ended = subprocess.run(
        [sys.executable, "-c", ENDED_AT_AN_IMPORT, module, "grade", tmp_path / "in", "--out", tmp_path / "out",
         "--course", course.root],
        cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=PATIENCE,
    )  # fmt: skip
    assert ended.returncode == 130
    assert re.fullmatch(r"Ended before [a-z ]+; run it again\.\n", ended.stdout)


@pytest.mark.slow
def test_a_watch_grades_what_arrives_and_is_mended_and_leaves_the_results_to_others_meanwhile(course, tmp_path):
    submitted, out = tmp_path / "in", tmp_path / "out"
    submitted.mkdir()
    whole = nbformat.writes(answered(course)).encode()
    with grading(tmp_path, submitted, course, "--watch", "--workers", "1") as process:
        assert "has no submission for anything" in process.stdout.readline()
        hand_in(submitted, "ada", content=whole)
        until(lambda: "ada" in results(out), process)
        hand_in(submitted, "bob", content=whole[:300])
        until(lambda: "bob" in results(out), process)
        assert results(out)["bob"]["status"] == "error"
        for line in ("✓ ada, toy; 1 of 1 submissions", "✗ bob, toy: toy.ipynb", "✓ bob, toy; 1 of 2"):
            assert line in process.stdout.readline()
        # While it is idle, another run may write; while another run writes, it waits.
        assert run("grade", submitted, "--out", out, "--student", "ada", "--course", course.root).exit_code == 0
        with Audit(out):
            hand_in(submitted, "bob", content=whole)
            assert "Another grading run writes" in process.stdout.readline()
            assert results(out)["bob"]["status"] == "error"
        until(lambda: results(out)["bob"]["status"] == "graded", process)
        assert "✓ bob, toy; 2 of 2 submissions are graded" in process.stdout.readline()
        os.killpg(process.pid, signal.SIGINT)
        said, _ = process.communicate(timeout=PATIENCE)
    assert (process.returncode, said) == (0, "Ended.\n")
    assert (out / "scores.csv").read_text().count("graded") == 2
    assert "Not graded" not in (out / "feedback" / "bob" / "toy.html").read_text()


@pytest.mark.slow
def test_a_watch_of_a_store_grades_what_intake_adds(course, tmp_path):
    hand_in(tmp_path / "first", "ada", answered(course))
    intake(course, [tmp_path / "first"], tmp_path / "store")
    with grading(tmp_path, tmp_path / "store", course, "--watch", "--workers", "1", "--json") as process:
        assert "✓ ada, toy; 1 of 1" in process.stdout.readline()  # what is for people, here in one stream with the rest
        told = json.loads(process.stdout.readline())
        assert (told["submissions"], told["graded"]) == (1, 1)
        hand_in(tmp_path / "second", "bob", answered(course))
        intake(course, [tmp_path / "second"], tmp_path / "store")
        until(lambda: set(results(tmp_path / "out")) == {"ada", "bob"}, process)
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=PATIENCE)
    assert process.returncode == 0


def test_a_watch_that_cannot_begin_ends_with_a_sentence_and_exit_2(course, tmp_path):
    there = hand_in(tmp_path / "in", "ada", answered(course)).parents[2]
    (tmp_path / "p.toml").write_text("[assignments.toi]")
    for folder, options, said in ((tmp_path / "none", [], "is not a folder"), (there, ["--policy", "p.toml"], "toy?")):
        options = [tmp_path / o if o == "p.toml" else o for o in options]
        result = run("grade", folder, "--out", tmp_path / "out", "--watch", *options, "--course", course.root)
        assert result.exit_code == 2 and said in result.output and len(result.output.splitlines()) == 1


def test_results_that_lie_in_the_watched_folder_do_not_set_off_another_batch(tmp_path, monkeypatch):
    monkeypatch.setattr(watch, "REST", 0.05)
    out = tmp_path / "out"
    out.mkdir()
    seen = []

    class Enough(Exception):
        pass

    def batch():
        seen.append(sorted(path.name for path in tmp_path.iterdir()))
        (out / f"{len(seen)}").touch()
        if len(seen) == 1:
            (tmp_path / "ada").mkdir()
        else:
            raise Enough
        return True

    with pytest.raises(Enough):
        watch.watch(tmp_path, out, batch)
    assert seen == [["out"], ["ada", "out"]]
    monkeypatch.setattr(watch.watchfiles, "watch", lambda *_, watch_filter, **__: [
        {c for c in [(1, str(path))] if watch_filter(*c)} for path in (out / "1", tmp_path / "outer")
    ])  # fmt: skip
    assert list(watch._changes(tmp_path, out)) == [False, True]


def test_what_could_not_be_done_is_tried_again_without_a_change(tmp_path, monkeypatch):
    monkeypatch.setattr(watch, "REST", 0.02)
    monkeypatch.setattr(watch, "AGAIN", 0.05)
    outcomes = [False, False]

    def batch():
        return outcomes.pop()  # raises where it is called without need

    with pytest.raises(IndexError):
        watch.watch(tmp_path, tmp_path / "out", batch)


def test_where_nobody_looks_at_a_terminal_a_line_says_now_and_then_how_far_it_is():
    now, said = [0.0], io.StringIO()
    with Progress(Console(file=said, soft_wrap=True), clock=lambda: now[0]) as shown:
        for done in range(101, 301):
            now[0] += 1.5
            shown.show(done, 300, Submission("ada", "toy", Path("x")))
    lines = said.getvalue().splitlines()
    assert lines[0] == "108 of 300, about 5 min left"
    assert lines[-1] == "297 of 300, less than a minute left"
    assert len(lines) == 28  # every seventh second and a half: ten seconds apart at least
    quiet = io.StringIO()
    with Progress(Console(file=quiet), quiet=True, clock=lambda: 100.0 * len(said.getvalue())) as shown:
        shown.show(1, 3, Submission("ada", "toy", Path("x")))
        shown.show(2, 3, Submission("ada", "toy", Path("x")))
    assert quiet.getvalue() == ""
