"""Hostile submissions through the command line: the verdict is the honest one, neighbours are untouched, nothing is
read, written, left running or reached, and the run ends."""

import hashlib
import html.parser
import json
import os
import re
import socket
import subprocess
import sys
import threading
from pathlib import Path

import nbformat
import pytest
from attacks import ATTACKS, hostile
from masters import ROOT

from autograder.course import Course
from autograder.release import grading_master

pytestmark = pytest.mark.slow
HONEST = ("abel", "zeno")
MARKED = ("/", "/etc", "/var/tmp", "/tmp", "/dev/shm", "/root", "/home", str(ROOT), os.path.dirname(os.__file__))


def hand_in(folder, student, notebook):
    path = folder / student / "softmax" / "softmax.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(notebook, path)


@pytest.fixture(scope="module")
def listener():
    """A port on loopback, and what has been sent to it."""
    heard = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def listen():
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                heard.append(connection.recv(100))

        threading.Thread(target=listen, daemon=True).start()
        yield server.getsockname()[1], heard


@pytest.fixture(scope="module")
def run(tmp_path_factory, listener):
    """One grading run of every attack between two honest students; its folder, and what it printed."""
    course = Course(ROOT)
    folder = tmp_path_factory.mktemp("attacked")
    submitted = folder / "submitted"
    for student in HONEST:
        hand_in(submitted, student, course.solved("softmax"))
    master = grading_master(course, "softmax")
    for name in ATTACKS:
        words = {"COURSE": ROOT, "SUBMITTED": submitted, "PORT": listener[0]}
        hand_in(submitted, name, hostile(master, name, **words))
    before = fingerprints(submitted)
    command = [
        sys.executable,
        "-m",
        "autograder",
        "grade",
        str(submitted),
        "--out",
        str(folder / "out"),
        "--workers",
        "2",
    ]
    # The run's own folder stands in the command of every process that it starts, so that these are told from others'.
    (folder / "temporary").mkdir()
    environment = {**os.environ, "TMPDIR": str(folder / "temporary")}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    assert fingerprints(submitted) == before
    return folder, done.stdout + done.stderr


def fingerprints(folder: Path):
    return {str(p): hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.rglob("*.ipynb"))}


def results(run):
    data = json.loads((run[0] / "out" / "results.json").read_text())
    return {result["student"]: result for result in data["results"]}


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_earns_nothing_and_has_a_verdict(run, name):
    result = results(run)[name]
    assert result["status"] == "graded"
    assert result["score"] == 0, result
    assert all(cell["status"] == "failed" and cell["message"] for cell in result["cells"])


@pytest.mark.parametrize("student", HONEST)
def test_neighbours_have_full_marks(run, student):
    result = results(run)[student]
    assert result["score"] == result["max_score"] == 9


def test_nothing_is_written_outside(run):
    assert [folder for folder in MARKED if os.path.exists(os.path.join(folder, "attack-marker"))] == []
    assert not list(run[0].rglob("attack-marker"))


def test_nobody_is_reached(run, listener):
    assert listener[1] == []


def test_nothing_is_left_running(run):
    commands = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            commands.append(entry.read_bytes().replace(b"\0", b" "))
        except OSError:
            continue
    mine = str(run[0] / "temporary").encode()
    assert not [c for c in commands if b"86471" in c or mine in c]


class Active(html.parser.HTMLParser):
    """What a page would run or load."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        if tag in ("script", "iframe", "object", "embed", "svg"):
            self.found.append(tag)
        for name, value in attributes:
            if name.startswith("on") or (value or "").strip().lower().startswith("javascript:"):
                self.found.append(f"{tag} {name}")


@pytest.mark.parametrize("name", ["markup", "markup_in_an_answer", "flood_of_output"])
def test_nothing_acts_in_a_feedback_page(run, name):
    page = (run[0] / "out" / "feedback" / name / "softmax.html").read_text()
    assert Active(page).found == []
    assert "Content-Security-Policy" in page
    assert len(page) < 5_000_000


def test_no_control_character_reaches_results_feedback_or_terminal(run):
    written = [run[1], (run[0] / "out" / "results.json").read_text()]
    written += [
        (run[0] / "out" / "feedback" / n / "softmax.html").read_text() for n in ("markup", "markup_in_an_answer")
    ]
    for text in written:
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", text)


def test_hidden_checks_are_in_no_page(run):
    for page in (run[0] / "out" / "feedback").rglob("*.html"):
        text = page.read_text()
        assert "HIDDEN TESTS" not in text and "hidden.value" not in text
