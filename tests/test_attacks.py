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
from autograder.master import role
from autograder.release import grading_master

pytestmark = pytest.mark.slow
HONEST = ("abel", "zeno")
MARKED = ("/", "/etc", "/var/tmp", "/tmp", "/dev/shm", "/root", "/home", str(ROOT), os.path.dirname(os.__file__))


def hand_in(folder, student, notebook, exercise="softmax"):
    path = folder / student / exercise / f"{exercise}.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(notebook, path)
    return path


def graded(folder):
    """What the command line says of a folder's submissions; its results go beside them, into `out`."""
    # The run's own folder stands in the command of every process that it starts, so that these are told from others'.
    (folder / "temporary").mkdir()
    environment = {**os.environ, "TMPDIR": str(folder / "temporary")}
    command = [sys.executable, "-m", "autograder", "grade", str(folder / "submitted"), "--out", str(folder / "out")]
    command += ["--workers", "2"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


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
    said = graded(folder)
    assert fingerprints(submitted) == before
    return folder, said


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


# Every gradient of the exercise `backprop` by differences of the loss, and all of them zero: each agrees with itself.
BY_DIFFERENCES = {
    "grad_probs": """
def slopes(loss, A, h=1e-5):
    A = np.array(A, dtype=float)
    G = np.zeros(A.shape)
    for at in np.ndindex(A.shape):
        E = np.zeros(A.shape)
        E[at] = h
        G[at] = (loss(A + E) - loss(A - E)) / (2 * h)
    return G

def grad_probs(f, y):
    return slopes(lambda f: -np.sum(np.where(np.asarray(y) > 0, np.log(f), 0)), f)
""",
    "grad_logits": """
def of_logits(P, Y):
    return np.mean(np.logaddexp.reduce(P, axis=1) - np.sum(P * np.asarray(Y), axis=1))

def grad_logits(P, Y):
    return slopes(lambda P: of_logits(P, Y), P)
""",
    "linear_backward": """
def linear_backward(X, W, dP):
    X, W, dP = (np.asarray(A, dtype=float) for A in (X, W, dP))
    return slopes(lambda X: np.sum(dP * (X @ W)), X), slopes(lambda W: np.sum(dP * (X @ W)), W), dP.sum(axis=0)
""",
    "relu_backward": """
def relu_backward(A, dH, h=1e-5):
    A = np.asarray(A, dtype=float)
    return np.asarray(dH) * (np.maximum(A + h, 0) - np.maximum(A - h, 0)) / (2 * h)
""",
    "softmax_layer_gradients": """
def softmax_layer_gradients(X, W, b, Y):
    X, W, b = (np.asarray(A, dtype=float) for A in (X, W, b))
    of = lambda W, b: of_logits(X @ W + b, Y)
    return of(W, b), slopes(lambda W: of(W, b), W), slopes(lambda b: of(W, b), b)
""",
    "backward": """
def backward(params, X, Y):
    params = [[np.asarray(W, dtype=float), np.asarray(b, dtype=float)] for W, b in params]
    def loss():
        H = np.asarray(X, dtype=float)
        for W, b in params[:-1]: H = np.maximum(H @ W + b, 0)
        return of_logits(H @ params[-1][0] + params[-1][1], Y)
    found = []
    for layer in params:
        pair = []
        for k in (0, 1):
            kept = layer[k]
            def at(A):
                layer[k] = A
                return loss()
            pair.append(slopes(at, kept))
            layer[k] = kept
        found.append(tuple(pair))
    return found
""",
}
ZERO = {
    "cross_entropy": "def cross_entropy(F, Y):\n    return 0.0\n",
    "grad_probs": "def grad_probs(f, y):\n    return 0.0 * np.asarray(f)\n",
    "grad_logits": "def grad_logits(P, Y):\n    return 0.0 * np.asarray(P)\n",
    "linear_backward": "def linear_backward(X, W, dP):\n"
    "    return 0.0 * np.asarray(X), 0.0 * np.asarray(W), 0.0 * np.asarray(dP)[0]\n",
    "relu_backward": "def relu_backward(A, dH):\n    return 0.0 * np.asarray(A)\n",
    "softmax_layer_gradients": "def softmax_layer_gradients(X, W, b, Y):\n"
    "    return 0.0, 0.0 * np.asarray(W), 0.0 * np.asarray(b)\n",
    "backward": "def backward(params, X, Y):\n"
    "    return [(0.0 * np.asarray(W), 0.0 * np.asarray(b)) for W, b in params]\n",
}

ODD_NAMES = ("=1+1", "-rf", "a b'c\"d", "Ünïcode", "..x", "%s{0}$HOME", "<b>x")
NO_NAMES = ("right\u202eleft", "new\nline", "red\x1b[31m")


def _nest(notebook):
    text = nbformat.writes(notebook)
    return text.replace('"cells": [', '"deep": ' + "[" * 100_000 + "]" * 100_000 + ', "cells": [', 1)


@pytest.fixture(scope="module")
def formats(tmp_path_factory):
    """One grading run of files that are not what they should be, and of two cheats on gradients."""
    course = Course(ROOT)
    folder = tmp_path_factory.mktemp("formats")
    submitted = folder / "submitted"
    solved, blank = course.solved("softmax"), grading_master(course, "softmax")
    for student in (*HONEST, *ODD_NAMES, *NO_NAMES):
        hand_in(submitted, student, solved)

    outside = folder / "outside.ipynb"
    nbformat.write(solved, outside)
    for student in ("link", "link_of_a_folder", "fifo", "folder"):
        (submitted / student).mkdir()
    (submitted / "link" / "softmax").mkdir()
    (submitted / "link" / "softmax" / "softmax.ipynb").symlink_to(outside)
    (submitted / "link_of_a_folder" / "softmax").symlink_to(submitted / HONEST[0] / "softmax")
    (submitted / "fifo" / "softmax").mkdir()
    os.mkfifo(submitted / "fifo" / "softmax" / "softmax.ipynb")
    (submitted / "folder" / "softmax" / "softmax.ipynb").mkdir(parents=True)
    hand_in(submitted, "no_json", solved).write_text(nbformat.writes(solved)[:-40])
    hand_in(submitted, "deep_json", solved).write_text(_nest(solved))
    hand_in(submitted, "huge_json", solved).write_text(" " * 30_000_000 + nbformat.writes(solved))

    doubled = nbformat.from_dict(solved)
    for cell in list(doubled.cells):
        if role(cell).get("solution"):
            again = nbformat.from_dict(cell)
            again.source = again.source.replace("return", "return 7 *")
            doubled.cells.append(again)
    hand_in(submitted, "duplicate_ids", solved).write_text(json.dumps(doubled))  # nbformat would mend it
    dearer = nbformat.from_dict(blank)
    for cell in dearer.cells:
        if role(cell).get("grade"):
            cell.metadata.nbgrader.points = 1000
            cell.source = "assert True"
    hand_in(submitted, "altered_points", dearer)
    baked = nbformat.from_dict(blank)
    for number, cell in enumerate(c for c in baked.cells if c.cell_type == "code"):
        cell.execution_count = number
        cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text="all checks pass: 9 of 9 points")]
    hand_in(submitted, "baked_outputs", baked)
    for student, kernel in (("other_kernel", "bash"), ("kernel_of_another_name", "my-own-python")):
        other = nbformat.from_dict(solved)
        other.metadata.kernelspec = {"name": kernel, "display_name": kernel}
        hand_in(submitted, student, other)

    for student, answers in (("differences", BY_DIFFERENCES), ("zero", ZERO)):
        cheat = course.solved("backprop")
        for cell in cheat.cells:
            cell.source = answers.get(role(cell).get("grade_id"), cell.source)
        hand_in(submitted, student, cheat, "backprop")
    said = graded(folder)
    return folder, said


@pytest.mark.parametrize("student", [*HONEST, *ODD_NAMES, "duplicate_ids", "other_kernel", "kernel_of_another_name"])
def test_what_is_odd_about_a_file_costs_an_honest_student_nothing(formats, student):
    result = results(formats)[student]
    assert (result["status"], result["score"]) == ("graded", 9), result


@pytest.mark.parametrize("student", ["altered_points", "baked_outputs"])
def test_points_and_outputs_that_a_student_wrote_are_worth_nothing(formats, student):
    result = results(formats)[student]
    assert (result["status"], result["score"], result["max_score"]) == ("graded", 0, 9)


@pytest.mark.parametrize("student", ["link", "link_of_a_folder", "fifo", "folder", "no_json", "deep_json", "huge_json"])
def test_a_file_that_is_no_notebook_has_a_result_with_a_sentence(formats, student):
    result = results(formats)[student]
    assert result["status"] == "error"
    assert re.fullmatch(r"[^\n]{20,200}\.", result["message"]), result["message"]
    assert (formats[0] / "out" / "feedback" / student / "softmax.html").is_file()


@pytest.mark.parametrize("student", ["differences", "zero"])
def test_a_gradient_that_is_measured_or_zero_earns_nothing(formats, student):
    cells = {cell["grade_id"]: cell for cell in results(formats)[student]["cells"]}
    for function in BY_DIFFERENCES if student == "differences" else ZERO:
        assert cells[f"test_{function}"]["status"] == "failed", function
    if student == "differences":
        assert cells["test_cross_entropy"]["status"] == "passed"


@pytest.mark.parametrize("name", NO_NAMES)
def test_a_name_that_no_list_could_show_is_written_with_escapes(formats, name):
    (result,) = [r for student, r in results(formats).items() if student.startswith(re.split(r"\W", name)[0] + "\\")]
    assert result["score"] == 9


def test_no_name_acts_in_a_spreadsheet_or_a_terminal(formats):
    lines = (formats[0] / "out" / "scores.csv").read_text().splitlines()
    assert not [line for line in lines if line.startswith(("=", "-", "+", "@", '"=', '"-'))]
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", formats[1])
