"""What a submission may try: to forge a verdict, to read what it is not shown, to use up the machine."""

import contextlib
import os
import resource
import select

import numpy as np
import pytest

from autograder.checks import Check
from autograder.messages import CheckFailed
from autograder.wall import Limits, NoAnswer, NotPlain, StudentError, Wall, what_this_machine_offers


def grade(student, name="answer"):
    """What a test cell does; True where it passes."""
    try:
        check = Check(name, student.function(name))
        check.value(np.array([1.0, 2.0]), expected=[2.0, 4.0])
        check.value(np.array([3.0, 5.0]), expected=[6.0, 10.0])
    except (CheckFailed, NoAnswer, StudentError):
        return False
    return True


def text(outputs):
    return "".join(o.get("text", "") + str(o.get("data", "")) + o.get("evalue", "") for o in outputs)


# --- forging ---

FORGERIES = {
    "patched comparisons": """
import numpy as np, builtins
np.testing.assert_allclose = np.allclose = np.array_equal = lambda *a, **k: True
builtins.abs = builtins.all = builtins.any = lambda *a, **k: True
np.array = np.asarray
def answer(x): return [0.0, 0.0]
""",
    "a checker of its own in sys.modules": """
import sys, types
fake = types.ModuleType("autograder.checks")
fake.Check = type("Check", (), {"value": lambda *a, **k: None, "__init__": lambda *a, **k: None})
sys.modules["autograder.checks"] = fake
def answer(x): return [0.0, 0.0]
""",
    "input and AST transformers": """
import ast
class Empty(ast.NodeTransformer):
    def visit_Module(self, node):
        node.body = []
        return node
get_ipython().ast_transformers.append(Empty())
get_ipython().input_transformers_cleanup.append(lambda lines: [])
def answer(x): return [0.0, 0.0]
""",
    "an array that equals everything": """
import numpy as np
class Liar(np.ndarray):
    def __eq__(self, other): return np.ones(self.shape, bool)
    def __array_ufunc__(self, *a, **k): return np.zeros(2)
    def __array_function__(self, *a, **k): return True
def answer(x): return np.zeros(2).view(Liar)
""",
    "an object that lies": """
class Liar:
    shape = (2,)
    def __eq__(self, other): return True
    def __float__(self): return 1.0
    def __array__(self, *a, **k): raise ValueError
    def __len__(self): return 2
def answer(x): return Liar()
""",
    "a list that lies": """
class Liar(list):
    def __eq__(self, other): return True
    def __getitem__(self, k): return 2.0 * k
def answer(x): return Liar([0.0, 0.0])
""",
    "a score as the last value": """
import sys
def answer(x):
    sys.displayhook(5.0)
    print("✓ answer: passed")
    return [0.0, 0.0]
5.0
""",
    "leaving": "import sys\ndef answer(x): sys.exit(0)",
    "leaving at once": "import os\ndef answer(x): os._exit(0)",
    "leaving by a signal": "import os, signal\ndef answer(x):\n    os.kill(0, signal.SIGKILL)\n    return [0.0, 0.0]",
    "silence": "def answer(x): raise SystemExit",
    "an assertion of its own": "def answer(x): raise AssertionError('✓ passed')",
    "results on every descriptor": """
import os, struct, json
def answer(x):
    for n in range(300):
        answer = {"kind": "returned", "n": n, "value": ["l", 2.0, 4.0], "arguments": [], "results": []}
        header = json.dumps(answer).encode()
        for descriptor in range(3, 256):
            try:
                os.write(descriptor, struct.pack("<4sIQ", b"wall", len(header), 0) + header)
            except OSError:
                pass
    return [0.0, 0.0]
""",
    "garbage on every descriptor": """
import os
def answer(x):
    for descriptor in range(3, 256):
        try:
            os.write(descriptor, b"passed" * 100)
        except OSError:
            pass
    return [0.0, 0.0]
""",
    "a thread that writes verdicts": """
import os, threading
def write():
    while True:
        for descriptor in range(3, 256):
            try:
                os.write(descriptor, b"passed" * 100)
            except OSError:
                pass
threading.Thread(target=write, daemon=True).start()
def answer(x): return [0.0, 0.0]
""",
    "at the end": """
import atexit, os
atexit.register(lambda: os.write(1, b"passed"))
def answer(x): return [0.0, 0.0]
""",
    "changing the expected value through the argument": """
def answer(x):
    x[:] = 0.0
    return x
""",
    "answers keyed to the visible input": "def answer(x): return {1.0: [2.0, 4.0]}.get(float(x[0]), [0.0, 0.0])",
    "a copy of the process that answers too": """
import os
def answer(x):
    os.fork()
    return [0.0, 0.0]
""",
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forgery_does_not_pass(student, name):
    student.run(FORGERIES[name])
    assert grade(student) is False


def test_a_right_answer_passes(student):
    student.run("def answer(x): return 2 * x")
    assert grade(student) is True


def test_a_forged_answer_with_the_right_number_is_at_most_a_value_of_the_function(student):
    student.run(FORGERIES["results on every descriptor"])
    student.run("def other(x): return 2 * x")
    grade(student)
    assert grade(student, "other") is True


def test_a_process_forked_by_a_cell_does_not_answer_for_it(student):
    outputs = student.run("import os\nchild = os.fork()\nprint('here' if child else '')\nx = 1")
    assert "here" in text(outputs)
    student.run("def f(): return x")
    assert [student.function("f")() for _ in range(5)] == [1] * 5


# --- reading ---


def test_there_is_nothing_to_read(student):
    outputs = student.run(
        "import os\nfound = []\n"
        "for folder, folders, files in os.walk('/'):\n"
        "    if folder.startswith(('/usr', '/bin', '/lib')) or '/lib/python3' in folder: folders[:] = []; continue\n"
        "    found += [os.path.join(folder, f) for f in files]\n"
        "print('\\n'.join(found))"
    )
    seen = text(outputs)
    for word in ("solutions", "exercises", "tests", "_build", ".git", "gradebook", "submitted", ".ssh", "shadow"):
        assert f"/{word}" not in seen.replace("/site-packages", ""), word
    assert "/autograder/checks.py" in seen


def test_the_file_system_holds_no_course(student):
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    outputs = student.run(
        f"import os\nprint(os.listdir({root!r}), os.path.exists('/proc/self'))\n"
        "print(os.listdir('/root') if os.path.exists('/root') else '')"
    )
    for word in ("solutions", "tests", "exercises", "book", "True", ".ssh", ".bashrc"):
        assert word not in text(outputs)


def test_nothing_can_be_written_but_home_and_temporary_files(student):
    outputs = student.run(
        "import os, site\n"
        "for folder in ('/', '/usr', '/etc', '/dev', '/usr/bin', site.getsitepackages()[0]):\n"
        "    try:\n        open(os.path.join(folder, 'x'), 'w')\n        print('WRITTEN', folder)\n"
        "    except OSError: pass\n"
        "for folder in (os.path.expanduser('~'), '/tmp', '.'):\n    open(os.path.join(folder, 'x'), 'w').write('a')"
    )
    assert outputs == []


def test_one_submission_does_not_see_another(wall):
    with wall.session() as one, wall.session() as other:
        one.run("for path in ('/tmp/mine', 'mine', '/dev/shm/mine'): open(path, 'w').close()")
        # A course that lies in /tmp itself is seen there; nothing else is.
        outputs = other.run("import os\nprint('mine' in os.listdir('/tmp'), os.listdir('.'), os.listdir('/dev/shm'))")
        assert text(outputs) == "False [] []\n"


def test_history_and_frames_hold_only_what_is_the_student_s(student):
    student.run("def f(x):\n    return str(In) + str(globals().keys())")
    secret = np.array([0.123456789])
    seen = student.function("f")(secret)
    assert "expected" not in seen and "assert" not in seen


def test_the_environment_is_not_the_teacher_s(wall, monkeypatch):
    monkeypatch.setenv("AUTOGRADER_SEED", "12345")
    with wall.session() as student:
        assert "12345" not in text(student.run("import os\nprint(dict(os.environ))"))


def test_a_descriptor_of_the_grader_s_is_not_inherited(student):
    outputs = student.run(
        "import os\nopen_ones = []\n"
        "for d in range(256):\n    try:\n        os.fstat(d); open_ones.append(d)\n    except OSError: pass\n"
        "print(open_ones)"
    )
    assert text(outputs) == "[0, 1, 2, 200]\n"


PRIVILEGES = {
    "uid 0": "import os\nassert os.getuid() != 0 and os.geteuid() != 0\nos.setuid(0)",
    "mount": "assert ctypes.CDLL(None, use_errno=True).mount(b'x', b'/tmp', b'tmpfs', 0, None) == 0",
    "umount": "assert ctypes.CDLL(None).umount2(b'/tmp', 2) == 0",
    "chroot": "import os\nos.chroot('/tmp')",
    "user namespace": "assert ctypes.CDLL(None).unshare(0x10000000) == 0",
    "clone with a namespace": "assert ctypes.CDLL(None).syscall(56, 0x10000000 | 17, 0, 0, 0, 0) >= 0",
    "ptrace": "assert ctypes.CDLL(None).ptrace(0, 0, 0, 0) == 0",
    "bpf": "assert ctypes.CDLL(None).syscall(321, 0, 0, 0) >= 0",
    "outliving the server": "assert ctypes.CDLL(None).prctl(1, 0, 0, 0, 0) == 0",
    "keyctl": "assert ctypes.CDLL(None).syscall(250, 0, -3, 1) >= 0",
    "perf": "assert ctypes.CDLL(None).syscall(298, 0, 0, 0, 0, 0) >= 0",
    "io_uring": "assert ctypes.CDLL(None).syscall(425, 1, bytes(200)) >= 0",
    "memfd": "import os\nos.memfd_create('x')",
    "x32": "assert ctypes.CDLL(None).syscall(0x40000000 | 39) >= 0",
    "network": "import socket\nsocket.create_connection(('1.1.1.1', 53), 1)",
    "vsock": "import socket\nsocket.socket(40, socket.SOCK_STREAM)",
    "packets": "import socket\nsocket.socket(socket.AF_PACKET, socket.SOCK_RAW)",
    "shared memory": "assert ctypes.CDLL(None).shmget(0, 4096, 0o1600) >= 0",
    "host name": "import socket\nsocket.sethostname('x')",
    "device": "import os, stat\nos.mknod('/tmp/d', 0o600 | stat.S_IFBLK, os.makedev(8, 0))",
    "signals to the outside": "import os, signal\nos.kill(os.getppid() or 2, signal.SIGKILL)",
}


@pytest.mark.parametrize("name", PRIVILEGES)
def test_a_privilege_is_refused(student, name):
    outputs = student.run("import ctypes\n" + PRIVILEGES[name])
    assert outputs and outputs[-1]["output_type"] == "error", name
    assert outputs[-1]["ename"] in ("PermissionError", "AssertionError", "OSError", "ProcessLookupError")
    assert student.run("1")[-1]["data"]["text/plain"] == "1"


# --- exhausting ---


def test_memory_is_bounded(student):
    student.run("def f(): return len(bytearray(2 << 30))\ndef g(): return 1")
    with pytest.raises(MemoryError):
        student.function("f")()
    assert student.function("g")() == 1


@pytest.mark.slow
@pytest.mark.skipif(not what_this_machine_offers().get("cgroup for memory"), reason="this machine has no cgroup for it")
def test_memory_of_all_processes_together_is_bounded():
    with Wall(Limits(memory_bytes=200 << 20)) as wall, wall.session() as student:
        student.run(
            "import os, signal\n"
            "def bomb():\n"
            "    for _ in range(6):\n"
            "        if os.fork() == 0:\n"
            "            data = bytearray(b'x') * (150 << 20)\n"
            "            signal.pause()\n"
            "    os.wait()  # until the first of them is killed\n"
            "def good(): return 1"
        )
        with contextlib.suppress(NoAnswer):
            student.function("bomb")()
        usage = f"/sys/fs/cgroup/memory/autograder-{wall._server._process.pid}/memory.max_usage_in_bytes"
        if os.path.exists(usage):
            with open(usage) as file:
                assert int(file.read()) <= 400 << 20
        assert student.function("good")() == 1


def test_a_fork_bomb_is_bounded_and_ended(hasty):
    outputs = hasty.run("import os\nwhile True:\n    os.fork()")
    assert outputs[-1]["output_type"] == "error"
    assert hasty.run("2")[-1]["data"]["text/plain"] == "2"


def test_threads_are_bounded(student):
    outputs = student.run(
        "import threading, time\nstarted = 0\n"
        "try:\n    for _ in range(500):\n        threading.Thread(target=time.sleep, args=(9,), daemon=True).start()\n"
        "        started += 1\n"
        "except RuntimeError: pass\nprint(started < 100)"
    )
    assert "True" in text(outputs)


def test_disks_are_bounded(student):
    source = (
        "import os\ndef fill(folder):\n    try:\n        for k in range(100):\n"
        "            with open(f'{folder}/{k}', 'wb') as file: file.write(bytes(1 << 20))\n"
        "    except OSError as error: return k\n    return k"
    )
    student.run(source)
    for folder in ("/tmp", "/home/student", "/dev/shm"):
        assert student.function("fill")(folder) <= 8
    outputs = student.run("open('/tmp/0', 'wb').close()\nopen('/tmp/large', 'wb').truncate(1 << 30)")
    assert outputs[-1]["ename"] == "OSError"


def test_many_files_are_bounded(student):
    student.run("def f():\n    for k in range(10**6):\n        open(f'/tmp/f{k}', 'w').close()")
    with pytest.raises(OSError, match="No space"):
        student.function("f")()


@pytest.mark.slow
def test_hundreds_of_megabytes_of_output_cost_nothing(student):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    outputs = student.run("for _ in range(300):\n    print('x' * 1_000_000)\nprint('end')")
    assert sum(len(o["text"]) for o in outputs) < 3 << 20
    assert "it was not kept" in outputs[-1]["text"]
    student.run("def f():\n    for _ in range(4): print('x' * 50_000_000)\n    return 1")
    assert student.function("f")() == 1
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000


def test_many_outputs_are_cut(student):
    outputs = student.run("for k in range(1000): display(k)\nfor k in range(300):\n    get_ipython().showtraceback()")
    assert len(outputs) < 300


def test_a_large_output_is_left_out(student):
    outputs = student.run("from IPython.display import HTML\ndisplay(HTML('x' * 10_000_000))\nprint('on')")
    assert "on" in text(outputs) and len(text(outputs)) < 10_000


def test_what_is_printed_reaches_no_terminal_raw(student):
    seen = text(
        student.run("print('\\x1b[2J\\x1b]0;title\\x07\\u202eabc\\r\\x00')\nraise ValueError('\\x1b[31m\\u2066')")
    )
    assert "abc" in seen and not set(seen) & set("\x1b\x07\x00\u202e\u2066\r")


def test_a_thing_that_lies_about_its_size_is_an_error_of_its_own(student):
    student.run(
        "import io, numpy as np\n"
        "def f():\n"
        "    head = b\"{'descr': '<f8', 'fortran_order': False, 'shape': (4294967296,), }\".ljust(117) + b'\\n'\n"
        "    return np.load(io.BytesIO(b'\\x93NUMPY\\x01\\x00' + len(head).to_bytes(2, 'little') + head))"
    )
    with pytest.raises((MemoryError, ValueError)):
        student.function("f")()


def answering(n_value_and_changes: str) -> str:
    """Source of a frame that answers call `n`."""
    return "frame(b'{\"n\":%d,' % n + b'" + n_value_and_changes + "}')"


UNCHANGED = '"arguments":[],"results":[]'
FRAMES = {
    "a gigabyte that does not come": "struct.pack('<4sIQ', b'wall', 20, 1 << 30)",
    "a small part of a frame": "b'wal'",
    "deep lists": "frame(b'[' * 100_000 + b']' * 100_000)",
    "no JSON": "frame(b'{')",
    "an exabyte": "struct.pack('<4sIQ', b'wall', 1 << 31, 1 << 60)",
    "an array of 32 GiB": answering(f'"kind":"returned","value":["a","<f8",[4294967296],true],{UNCHANGED}'),
    "no changes": answering('"kind":"returned","value":1'),
    "changes that are none": answering('"kind":"returned","value":1,"arguments":[[1]],"results":3'),
    "a callable that is not there": 'frame(b\'{"kind":"ask","n":1,"callable":99,"args":["l"]}\')',
    "a callable that is negative": 'frame(b\'{"kind":"ask","n":1,"callable":-1,"args":["l"]}\')',
    "an attribute for a callable": 'frame(b\'{"kind":"ask","n":1,"callable":"__class__","args":["l"]}\')',
    "another kind": 'frame(b\'{"kind":"run","n":1,"source":"1"}\')',
    "outputs that are none": 'frame(b\'{"kind":"output","output":[[]]}\')',
    "an exception that is none": answering(f'"kind":"raised","mro":{{"a":1}},"name":[],"text":3,{UNCHANGED}'),
    "an exception that would end the grader": answering(
        f'"kind":"raised","mro":["SystemExit","KeyboardInterrupt"],"name":"x","text":"",{UNCHANGED}'
    ),
    "a fault of the grader's": answering(
        f'"kind":"raised","mro":["WallFault"],"name":"WallFault","text":"",{UNCHANGED}'
    ),
    "a refusal without a reason": answering('"kind":"refused"'),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", FRAMES)
def test_a_hostile_frame_is_no_answer_and_ends_nothing_of_ours(hasty, name):
    hasty.run(
        "import os, struct, sys\n"
        "def frame(header): return struct.pack('<4sIQ', b'wall', len(header), 0) + header\n"
        "def attack(n):\n"
        f"    os.write(200, {FRAMES[name]})\n"
        "    while True: pass\n"
        "def good(): return 1"
    )
    with pytest.raises((NoAnswer, StudentError)):
        hasty.function("attack")(hasty._n + 1)
    # Where the frame was a well-formed answer, the attack still runs and the next call finds it out.
    with contextlib.suppress(NoAnswer):
        hasty.function("good")()
    assert hasty.function("good")() == 1


def test_a_flood_of_frames_ends_with_the_time(hasty):
    hasty.run(
        "import os, struct\n"
        "def flood():\n"
        '    header = b\'{"kind":"output","n":1,"output":{}}\'\n'
        "    while True: os.write(200, struct.pack('<4sIQ', b'wall', len(header), 0) + header)\n"
        "def good(): return 1"
    )
    with pytest.raises(NoAnswer):
        hasty.function("flood")()
    assert hasty.function("good")() == 1


@pytest.mark.slow
def test_a_flood_of_questions_ends_with_the_time(hasty):
    hasty.run("def flood(f):\n    while True: f(1)\ndef good(): return 1")
    with pytest.raises(NoAnswer):
        hasty.function("flood")(lambda x: x)
    assert hasty.function("good")() == 1


@pytest.mark.slow
def test_a_process_that_does_not_read_does_not_hang_the_grader(hasty):
    hasty.run("import os, time\ndef f(g):\n    os.dup2(os.open('/dev/null', 0), 0)\n    g(1)\n    time.sleep(9)")
    with pytest.raises(NoAnswer):
        hasty.function("f")(lambda x: np.zeros(4_000_000))


def test_what_a_submission_started_ends_with_it(wall):
    with wall.session() as student:
        student.run(
            "import os, time, signal\nread, write = os.pipe()\n"
            "if os.fork() == 0:\n    os.setsid(); signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
            "    while True: time.sleep(0.01)"
        )
        out = next(iter(student._process.channel._streams))
        copy = os.dup(out)
    os.set_blocking(copy, True)
    while select.select([copy], [], [], 60)[0] and (left := os.read(copy, 1000)):
        pass
    os.close(copy)
    assert left == b"", "a process that could write is still there"


def test_not_plain_is_a_sentence(student):
    student.run("def f(): return {1}")
    with pytest.raises(NotPlain) as caught:
        student.function("f")()
    assert caught.value.is_sentence and "f returned a set" in str(caught.value)
