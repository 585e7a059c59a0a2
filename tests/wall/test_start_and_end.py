"""Starting, ending and the machines it runs on."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from autograder.wall import Limits, Wall, WallUnavailable, what_this_machine_offers

ROOT = Path(__file__).resolve().parents[2]
IS_ROOT = os.geteuid() == 0

SUBMISSION = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from autograder.wall import NoAnswer, Wall
with Wall() as wall, wall.session() as student:
    student.run("import os, numpy as np\\ndef f(x): return 2 * x\\ndef die(): os._exit(0)")
    assert student.function("f")(2.0) == 4.0
    try:
        student.function("die")()
    except NoAnswer:
        pass
    assert student.function("f")(2.0) == 4.0
    print(student.run("!id -u; ls {ROOT}; ls /; ls /proc 2>&1")[0]["text"])
    print(student.run("import ctypes; ctypes.CDLL(None).unshare(0x10000000)")[0]["data"])
"""


def children(pid: int) -> list[int]:
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, IndexError):
                continue
            if parent == pid:
                found += [int(folder.name), *children(int(folder.name))]
    return found


def alive(pids: list[int]) -> list[int]:
    def state(pid):
        try:
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return "X"

    return [pid for pid in pids if state(pid) not in "XZ"]


def soon(condition) -> bool:
    deadline = time.monotonic() + 5
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return condition()


def test_importing_the_package_loads_neither_side():
    code = "import sys, autograder.wall; print([m for m in sys.modules if 'wall.' in m or m == 'numpy'])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "[]\n"


def test_the_student_s_side_loads_nothing_of_the_trusted_side():
    code = "import sys\nfrom autograder.wall import server, shell\nprint([m for m in sys.modules if 'autograder' in m])"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout
    for module in ("session", "channel", "outputs", "errors", "limits", "wall.wall", "master", "grade"):
        assert f".{module}'" not in loaded
    assert "autograder.wall.protocol" in loaded


def test_every_process_ends_with_the_wall():
    with Wall() as wall, wall.session() as student:
        student.run("import os, time\nif os.fork() == 0: time.sleep(60)")
        server = wall._server._process.pid
        started = [server, *children(server)]
        assert len(alive(started)) == 3
    assert soon(lambda: not alive(started))


@pytest.mark.slow
def test_every_process_ends_when_the_grader_is_killed_and_no_file_is_left(tmp_path):
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\nfrom autograder.wall import Wall\nwall = Wall()\n"
        "student = wall.session()\nstudent.run('def f():\\n    while True: pass')\nprint('up', flush=True)\n"
        "student.function('f')()"
    )
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    grader = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, env=environment)
    assert grader.stdout.readline() == b"up\n"
    started = children(grader.pid)
    assert len(alive(started)) >= 2
    assert not list(tmp_path.iterdir())
    grader.kill()
    grader.wait()
    grader.stdout.close()
    assert soon(lambda: not alive(started))


def test_a_session_leaves_nothing_open(wall):
    def use():
        with wall.session() as student:
            student.run("1")

    use()
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        use()
    assert len(os.listdir("/proc/self/fd")) == before
    assert soon(lambda: len(alive(children(wall._server._process.pid))) == 0)


@pytest.mark.slow
def test_the_wall_goes_on_with_a_new_server_when_its_server_has_ended():
    with Wall() as wall, wall.session() as student:
        student.run("x = 1")
        server = wall._server._process
        started = children(server.pid)
        server.kill()
        server.wait()
        assert started and soon(lambda: not alive(started))
        assert student.run("x")[-1]["ename"] == "DeadProcessError"
        assert student.run("x")[-1]["data"]["text/plain"] == "1"


@pytest.mark.slow
def test_limits_are_those_that_were_asked_for():
    with Wall(Limits(processes=5, file_bytes=1000, memory_bytes=100 << 20)) as wall, wall.session() as student:
        student.run(
            "def f(n): return len(bytearray(n << 20))\n"
            "def g():\n    with open('x', 'wb') as file: file.write(bytes(2000))"
        )
        assert student.function("f")(50) == 50 << 20
        with pytest.raises(MemoryError):
            student.function("f")(200)
        with pytest.raises(OSError):
            student.function("g")()


def test_a_machine_says_what_it_offers():
    offers = what_this_machine_offers()
    assert offers["Linux"] is True and "network" in offers["namespaces"] and offers["seccomp"]


def test_other_systems_have_no_wall(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(WallUnavailable, match="Linux only"):
        Wall()
    assert what_this_machine_offers() == {"Linux": False}


def as_other_user(code: str, before: str) -> subprocess.CompletedProcess:
    """Runs Python in a shell that first does `before`; the interpreter is reachable for everybody in there."""
    hidden = next((p for p in Path(sys.base_prefix).parents if p.name and not p.stat().st_mode & 1), None)
    reachable = ""
    if hidden:
        reachable = (
            f"mkdir -p /tmp/reach.$$ && mount --bind {sys.base_prefix} /tmp/reach.$$ && "
            f"mount -t tmpfs -o mode=755 none {hidden} && mkdir -p {sys.base_prefix} && "
            f"mount --bind /tmp/reach.$$ {sys.base_prefix} && umount /tmp/reach.$$ && rmdir /tmp/reach.$$ &&"
        )
    script = f'{reachable} {before} {sys.executable} -P -c "$0"'
    return subprocess.run(["unshare", "-m", "sh", "-c", script, code], capture_output=True, text=True, timeout=120)


needs_tools = pytest.mark.skipif(
    not IS_ROOT or not shutil.which("setpriv") or not shutil.which("unshare"),
    reason="root becomes another user here",
)


@pytest.mark.slow
@needs_tools
@pytest.mark.parametrize(
    "before",
    [
        "setpriv --reuid 65534 --regid 65534 --clear-groups",
        "setpriv --reuid 4321 --regid 4321 --clear-groups",
        "unshare -r",
    ],
    ids=["nobody", "an ordinary user", "root of a container alone"],
)
def test_the_wall_stands_for_users_who_are_not_root(before):
    done = as_other_user(SUBMISSION, before)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("1000\n")
    listed = done.stdout.split()
    assert "autograder" in listed and "solutions" not in listed and "tests" not in listed
    assert "-1" in done.stdout


@pytest.mark.slow
@needs_tools
def test_a_machine_that_cannot_isolate_is_said_to_be_one():
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\nfrom autograder.wall import *\n"
        "try: Wall()\nexcept WallUnavailable as error: print(error)\n"
        "print(what_this_machine_offers()['namespaces'])\n"
        "with Wall(unsafe=True) as wall, wall.session() as student:\n"
        "    student.run('def f(x): return 2 * x\\ndef g():\\n  while True: pass\\nimport os\\ndef h(): os._exit(0)')\n"
        "    print(student.function('f')(21))\n"
        "    for name in 'gh':\n"
        "        try: student.function(name)()\n"
        "        except NoAnswer as error: print(error)\n"
        "    print(student.function('f')(21))\n"
    )
    forbid = (
        "setpriv --reuid 65534 --regid 65534 --clear-groups unshare -r sh -c "
        "'echo 0 > /proc/sys/user/max_user_namespaces; exec \"$@\"' -"
    )
    done = as_other_user(code, forbid)
    lines = done.stdout.splitlines()
    assert lines, done.stderr
    assert lines[0].startswith("This machine cannot keep students' code apart: a user namespace is refused here")
    assert lines[0].count("\n") == 0 and lines[1] == "False"
    assert lines[2] == "42" and "g did not answer" in lines[3] and "h ended the process" in lines[4]
    assert lines[5] == "42"
