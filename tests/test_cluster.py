"""A scheduler of Dask and workers as processes of their own, on loopback; a small class that they grade."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections import Counter

import nbformat
import pytest
from nbgrader.api import Gradebook
from sqlalchemy import URL
from test_ledger import Quick
from toy_course import ROOT, cell, hand_in
from typer.testing import CliRunner

from autograder import cluster
from autograder.cli import app
from autograder.cluster import Cluster
from autograder.grade import GradingError, Make, Standing, Task, grade
from autograder.ledger import Ledger
from autograder.policies import Policy, Terms
from autograder.wall import WallUnavailable

pytestmark = pytest.mark.slow

PATIENCE = 60
RIGHT = "def double(x):\n    return 2 * x"
ANSWERS = [
    RIGHT,
    "def double(x):\n    return x",
    "def double(x):\n    return 4.0",
    "def double(x)",
    "import os\nos._exit(0)",
]


class Process:
    """One of Dask's, started from a folder in which nothing can be imported; it is ended with the test."""

    def __init__(self, folder, *arguments, path=(), **variables):
        path = os.pathsep.join(map(str, [*path, ROOT / "tests"]))
        self._log = (folder / "log").open("ab")
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "dask", *map(str, arguments)], cwd=folder,
            env={**os.environ, "PYTHONPATH": path, **variables}, stdout=self._log, stderr=self._log,
        )  # fmt: skip

    def end(self):
        self.process.kill()
        self.process.wait()
        self._log.close()


class Scheduler:
    """Whoever dies with a task is told of at once: so it is this grader, not Dask, that tries it again."""

    def __init__(self, folder):
        self.folder = folder
        allowed = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0"}
        told = folder / "scheduler.json"
        options = ("--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", told)
        self.processes = [Process(folder, "scheduler", *options, **allowed)]
        until(lambda: told.is_file() and told.read_text().endswith("}"))
        self.address = json.loads(told.read_text())["address"]

    def workers(self, count, **how):
        """Brings the living workers to a number."""
        of = [p for p in self.processes[1:] if p.process.poll() is None]
        options = ("--nthreads", "1", "--no-nanny", "--no-dashboard", "--local-directory", self.folder)
        for _ in range(count - len(of)):
            of.append(Process(self.folder, "worker", self.address, *options, **how))
            self.processes.append(of[-1])
        until(lambda: self.count() == count)
        return of

    def count(self):
        from distributed import Client

        with Client(self.address, timeout=PATIENCE, set_as_default=False) as client:
            return client.scheduler_info(n_workers=0)["n_workers"]

    def end(self):
        for process in self.processes:
            process.end()


def until(true):
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory):
    scheduler = Scheduler(tmp_path_factory.mktemp("dask"))
    yield scheduler
    scheduler.end()


@pytest.fixture(scope="module")
def submitted(course, tmp_path_factory):
    folder = tmp_path_factory.mktemp("submitted")
    for number in range(10):
        notebook = nbformat.read(course.exercises / "toy" / "toy.ipynb", as_version=4)
        cell(notebook, "double").source = ANSWERS[number % len(ANSWERS)]
        hand_in(folder, f"s{number:02}", notebook)
    hand_in(folder, "broken", content=b"{")
    (folder / "missing" / "toy").mkdir(parents=True)
    return folder


def run(course, submitted, out, *arguments):
    command = ["grade", submitted, "--out", out, "--seed", 5, "--course", course.root, *arguments]
    return CliRunner().invoke(app, [str(a) for a in command])


def outcome(out):
    """What a run leaves: the gradebook's grades, and every file that does not tell when or where it was written."""
    url = URL.create("sqlite", database=str(out / "gradebook.db")).render_as_string()
    with Gradebook(url, "backprop-checked") as book:
        grades = sorted(
            (s.student.id, g.name, g.auto_score, g.needs_manual_grade)
            for s in book.assignment_submissions("toy")
            for g in s.notebooks[0].grades
        )
        lines = {student: (line.state, line.found) for (student, _), line in Ledger(book.db).lines.items()}
    own = ("gradebook.db", "audit.jsonl", "nbgrader_config.py")
    files = {
        str(path.relative_to(out)): path.read_bytes()
        for path in out.rglob("*")
        if path.is_file() and path.name not in own
    }
    return grades, lines, files


@pytest.fixture(scope="module")
def here(course, submitted, tmp_path_factory):
    """What this machine's own processes make of the class."""
    out = tmp_path_factory.mktemp("here")
    assert run(course, submitted, out, "--workers", 2).exit_code == 0
    return outcome(out)


def test_where_no_scheduler_is_there_a_sentence_says_so(course, submitted, tmp_path, monkeypatch):
    monkeypatch.setattr(cluster, "REACH", 0.5)
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        addresses = [f"tcp://127.0.0.1:{nobody.getsockname()[1]}", "nonsense", "foo://127.0.0.1:1"]
        for address in addresses:
            result = run(course, submitted, tmp_path / "out", "--scheduler", address)
            assert result.exit_code == 2 and len(result.output.splitlines()) == 1
            assert result.output.startswith(f"There is no scheduler to be reached at {address}: ")


def test_where_the_scheduler_has_no_worker_a_sentence_says_what_to_start(course, submitted, scheduler, monkeypatch):
    monkeypatch.setattr(cluster, "PATIENCE", 0.5)
    with pytest.raises(GradingError, match=f"{scheduler.address} has no worker: start one with dask worker tcp:"):
        grade(course, submitted, scheduler.folder / "none", scheduler=scheduler.address, engine=Quick)


def test_the_workers_of_a_scheduler_find_what_this_machines_processes_find(
    course, submitted, here, scheduler, tmp_path
):
    scheduler.workers(2)
    result = run(course, submitted, tmp_path / "out", "--scheduler", scheduler.address)
    assert result.exit_code == 0, result.output
    assert "10 of 12 submissions are graded" in result.output
    assert outcome(tmp_path / "out") == here
    assert len(here[2]) == 2 + 12 + 10 and {state for state, _ in here[1].values()} == {"graded", "error"}
    assert not list(scheduler.folder.rglob("toy.md"))


def test_a_worker_that_is_killed_costs_nothing(course, submitted, here, scheduler, tmp_path):
    victim = scheduler.workers(2)[0]
    seen = []

    def progress(done, total, submission):
        seen.append((done, total, submission.student))
        if done == 3:
            victim.process.send_signal(signal.SIGKILL)

    grade(course, submitted, tmp_path / "out", seed=5, scheduler=scheduler.address, progress=progress)
    assert victim.process.wait() == -signal.SIGKILL
    assert [(done, total) for done, total, _ in seen] == [(n, 12) for n in range(1, 13)]
    assert set(Counter(student for *_, student in seen).values()) == {1}
    assert outcome(tmp_path / "out") == here


class Deadly(Quick):
    """Ends the worker that is given s05."""

    def grade(self, assignment, student, notebook):
        if student == "s05":
            os.kill(os.getpid(), signal.SIGKILL)
        return super().grade(assignment, student, notebook)


def test_a_submission_that_ends_every_worker_waits_for_a_person_and_the_others_are_graded(
    course, submitted, scheduler, tmp_path
):
    scheduler.workers(3)
    results = grade(course, submitted, tmp_path / "out", scheduler=scheduler.address, engine=Deadly)
    assert scheduler.count() == 1
    assert {r.student for r in results if r.status == "error"} == {"broken", "missing", "s05"}
    [s05] = [r for r in results if r.waits]
    assert s05.message == "A worker of the grader died: grade this submission again."


class Hanging(Quick):
    """Never comes to an end with s05; a worker need not be patient."""

    def __enter__(self):
        cluster.LEASE = 2.0
        return self

    def grade(self, assignment, student, notebook):
        if student == "s05":
            time.sleep(10 * PATIENCE)
        return super().grade(assignment, student, notebook)


def test_a_worker_that_hangs_ends_itself_and_costs_nobody_else_anything(course, submitted, scheduler, tmp_path):
    scheduler.workers(3)
    results = grade(course, submitted, tmp_path / "out", scheduler=scheduler.address, engine=Hanging)
    assert scheduler.count() == 1
    assert {r.student for r in results if r.status == "error"} == {"broken", "missing", "s05"}
    assert [r.student for r in results if r.waits] == ["s05"]


def another_autograder(folder):
    shutil.copytree(ROOT / "autograder", folder / "autograder", ignore=shutil.ignore_patterns("__pycache__"))
    with (folder / "autograder" / "checks.py").open("a") as file:
        file.write("# In other words.\n")
    return folder


def test_a_worker_with_another_autograder_is_refused_in_a_sentence(course, submitted, scheduler, tmp_path):
    before = scheduler.workers(1)
    other = scheduler.workers(2, path=[another_autograder(tmp_path)])[-1]
    assert other not in before
    result = run(course, submitted, tmp_path / "out", "--scheduler", scheduler.address)
    other.end()
    until(lambda: scheduler.count() == 1)
    assert result.exit_code == 2 and len(result.output.splitlines()) == 1
    assert "The worker tcp://127.0.0.1:" in result.output and "it has autograder of files that" in result.output
    assert "bring it to the same commit" in result.output


def test_a_worker_with_another_autograder_that_joins_later_leaves_and_the_run_goes_on(
    course, submitted, here, scheduler, tmp_path
):
    scheduler.workers(1)
    late, log = [], scheduler.folder / "log"
    before = len(log.read_text())

    def progress(done, total, submission):
        if done == 2:
            late.append(scheduler.workers(2, path=[another_autograder(tmp_path)])[-1])
            until(lambda: "failed to setup" in log.read_text()[before:])

    grade(course, submitted, tmp_path / "out", seed=5, scheduler=scheduler.address, progress=progress)
    assert outcome(tmp_path / "out") == here
    assert late[0].process.wait(PATIENCE) == 0 and scheduler.count() == 1
    assert re.search(
        r"Closing worker gracefully.*Reason: The worker \S+ cannot be used: it has", log.read_text()[before:]
    )


def without_isolation(course, seed):
    raise WallUnavailable("This machine cannot keep students' code apart: no namespaces.")


def test_a_worker_that_cannot_keep_students_code_apart_is_refused_in_a_sentence(course, submitted, scheduler, tmp_path):
    scheduler.workers(1)
    with pytest.raises(GradingError, match="The worker tcp://.* cannot be used: This machine cannot keep"):
        grade(course, submitted, tmp_path / "out", scheduler=scheduler.address, engine=without_isolation)


def test_a_second_run_on_the_same_workers_never_mixes_with_the_first(course, scheduler):
    scheduler.workers(1)
    task = Task("ada", "toy", Standing({}, {}), Terms("ada", "toy", {}, [], Policy()), b"{")
    with Cluster(scheduler.address, Make(course, Quick, 1)) as first:
        assert "not valid JSON" in first.submit(task).result(PATIENCE).ran.message
        with Cluster(scheduler.address, Make(course, Quick, 2)) as second:
            with pytest.raises(GradingError, match="Another grading run has taken over"):
                first.submit(task).result(PATIENCE)
            assert "not valid JSON" in second.submit(task).result(PATIENCE).ran.message


def test_a_scheduler_that_is_lost_ends_the_run_with_a_sentence_and_nothing_is_lost(
    course, submitted, scheduler, tmp_path, monkeypatch
):
    monkeypatch.setattr(cluster, "REACH", 2.0)
    scheduler.workers(1)
    kept, seen = [], []

    def progress(done, total, submission):
        kept.append(done)
        if done == 3:
            scheduler.processes[0].end()

    arguments = dict(engine=Quick, seed=1, scheduler=scheduler.address, progress=progress)
    with pytest.raises(GradingError, match="is lost: start it anew and grade again; what is done is kept"):
        grade(course, submitted, tmp_path / "out", **arguments)
    grade(course, submitted, tmp_path / "out", engine=Quick, progress=lambda done, *_: seen.append(done))
    assert 3 <= len(kept) < 12 and kept + seen == list(range(1, 13))


def test_without_a_scheduler_dask_is_not_needed(course, submitted, tmp_path):
    code = (
        "import sys; sys.modules['distributed'] = sys.modules['dask'] = None; sys.argv[0] = 'autograder'; "
        "from autograder.cli import main; main()"
    )
    arguments = ["grade", submitted, "--student", "broken", "--course", course.root, "--quiet", "--out", tmp_path]

    def done(*more):
        command = [sys.executable, "-c", code, *map(str, [*arguments, *more])]
        return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)

    refused = done("--scheduler", "tcp://127.0.0.1:1")
    assert (refused.returncode, refused.stderr) == (
        2,
        "distributed is missing: pip install -e '.[distributed]' brings it.\n",
    )
    assert done().returncode == 0 and (tmp_path / "results.json").is_file()
