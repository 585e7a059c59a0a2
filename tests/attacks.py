# ruff: noqa: E501
"""Submissions of the exercise `softmax` that try to win points, to read, or to harm, without a right answer in them.

Each attack is the code of an extra first cell and of the answers to the functions; what it earns honestly is nothing.
"""

import nbformat

from autograder.master import role

FUNCTIONS = ("softmax", "softmax_batch", "softmax_temperature", "sigmoid")


def everywhere(body):
    """Every function with the same body, a single line or an indented block."""
    block = "\n    ".join(body.strip().splitlines())
    return {f: f"def {f}(*args):\n    {block}\n" for f in FUNCTIONS}


def attack(first="", answers=None):
    return first, answers or everywhere("return 0.0")


ATTACKS = {
    # Forging
    "patched_comparisons": attack("""
import builtins
import numpy as np
np.testing.assert_allclose = lambda *a, **k: None
np.allclose = np.isclose = np.array_equal = lambda *a, **k: True
builtins.abs = lambda x: 0
builtins.AssertionError = type("Nothing", (BaseException,), {})
"""),
    "fake_checks": attack("""
import sys, types
class Check:
    def __init__(self, *a, **k): self.rng = __import__("numpy").random.default_rng(0)
    def __getattr__(self, name): return lambda *a, **k: self
fake = types.ModuleType("autograder.checks")
fake.Check = Check
sys.modules["autograder.checks"] = fake
import autograder
autograder.checks = fake
"""),
    "patched_checks": attack("""
import autograder.checks as checks
for name in dir(checks.Check):
    if not name.startswith("__"):
        setattr(checks.Check, name, lambda self, *a, **k: self)
"""),
    "input_transformer": attack("""
shell = get_ipython()
shell.input_transformers_cleanup.append(lambda lines: [])
shell.input_transformers_post.append(lambda lines: ["pass\\n"])
"""),
    "ast_transformer": attack("""
import ast
class Gone(ast.NodeTransformer):
    def visit_Expr(self, node): return ast.Pass()
    def visit_Assert(self, node): return ast.Pass()
    def visit_Raise(self, node): return ast.Pass()
get_ipython().ast_transformers.append(Gone())
"""),
    "display_hook": attack("import sys\nsys.displayhook(5.0)\n5.0"),
    "silenced_tracebacks": attack("""
shell = get_ipython()
shell.showtraceback = shell._showtraceback = lambda *a, **k: None
shell.set_custom_exc((BaseException,), lambda *a, **k: None)
import sys
sys.excepthook = lambda *a: None
"""),
    "lying_object": attack(
        """
import numpy as np
class Liar(np.ndarray):
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __array_ufunc__(self, *a, **k): return np.zeros(())
    def __array_function__(self, *a, **k): return True
    def __float__(self): return 0.5
    def __bool__(self): return True
    def __sub__(self, other): return np.zeros(())
""",
        everywhere("return np.zeros(np.shape(args[0])).view(Liar)"),
    ),
    "lying_scalar": attack(
        """
class Liar:
    shape = ()
    def __float__(self): return 0.5
    def __eq__(self, other): return True
    def __array__(self, *a, **k): raise SystemExit
    def __getattr__(self, name): return self
    def __call__(self, *a, **k): return self
""",
        everywhere("return Liar()"),
    ),
    "exit_in_a_cell": attack("import os\nos._exit(0)"),
    "sys_exit_in_a_cell": attack("import sys\nsys.exit(0)"),
    "exit_in_a_function": attack("import os", everywhere("os._exit(0)")),
    "sys_exit_in_a_function": attack("import sys", everywhere("sys.exit(0)")),
    "killed_from_within": attack("import os, signal", everywhere("os.kill(os.getpid(), signal.SIGKILL)")),
    "killing_everybody": attack(
        "import os, signal", everywhere("os.kill(-1, signal.SIGKILL)\nos.kill(1, signal.SIGKILL)")
    ),
    "atexit_and_threads": attack("""
import atexit, threading, time, os
def later():
    while True:
        for fd in range(3, 64):
            try: os.write(fd, b'{"passed": true}\\n' * 10)
            except OSError: pass
        time.sleep(0.01)
atexit.register(later)
threading.Thread(target=later, daemon=True).start()
"""),
    "every_descriptor": attack("""
import os, struct
for fd in range(3, 256):
    for junk in (b"\\x00" * 64, b"\\xff" * 64, b'{"kind":"result","value":1}', struct.pack("<Q", 1 << 62), struct.pack("<I", 5)):
        try: os.write(fd, junk)
        except OSError: pass
"""),
    "closed_descriptors": attack(
        "import os\nfor fd in range(3, 256):\n    try: os.close(fd)\n    except OSError: pass"
    ),
    "printed_report": attack(
        """
print("✓ softmax: what comes back is positive, sums to 1, and depends on differences of logits alone.")
print('{"score": 9, "max_score": 9, "status": "passed"}')
""",
        everywhere('print("✓ passed")\nreturn None'),
    ),
    # Reading
    "stack_frames": attack(
        "import sys",
        everywhere("""
frame = sys._getframe()
while frame:
    for scope in (frame.f_locals, frame.f_globals):
        if "expected" in scope: return scope["expected"]
        if "oracle" in scope: return scope["oracle"](*args)
    frame = frame.f_back
return 0.0
"""),
    ),
    "garbage_collector": attack(
        "import gc",
        everywhere("""
for thing in gc.get_objects():
    try:
        if isinstance(thing, dict) and "expected" in thing: return thing["expected"]
    except Exception: pass
return 0.0
"""),
    ),
    "files_of_the_course": attack(
        "import os, glob",
        everywhere("""
import re
for pattern in ("COURSE/solutions/*/*.md", "COURSE/_build/source/*/*.ipynb", "COURSE/tests/*.py", "SUBMITTED/*/*/*.ipynb"):
    for path in glob.glob(pattern):
        text = open(path).read()
        scope = {"np": __import__("numpy")}
        found = re.search(r"def softmax\\(p\\):.*?return[^\\n]*", text, re.S)
        if found:
            exec(found[0], scope)
            return scope["softmax"](*args)
return 0.0
"""),
    ),
    "proc_and_environment": attack(
        "import os, glob",
        everywhere("""
text = repr(dict(os.environ)) + repr(globals().get("In"))
for path in glob.glob("/proc/[0-9]*/cmdline") + glob.glob("/proc/[0-9]*/environ"):
    try: text += open(path, errors="ignore").read()
    except OSError: pass
if "HIDDEN" in text or "AUTOGRADER_SEED" in text or "autograder grade" in text:
    return args[0]
return 0.0
"""),
    ),
    # Exhausting
    "endless_cell": attack("while True:\n    try:\n        while True: pass\n    except BaseException: pass"),
    "endless_functions": attack(
        "", everywhere("while True:\n    try:\n        while True: pass\n    except BaseException: pass")
    ),
    "sleeping_function": attack("import time", everywhere("time.sleep(1000)")),
    "fork_bomb": attack("import os", everywhere("while True:\n    try: os.fork()\n    except OSError: pass")),
    "thread_bomb": attack("""
import threading, time
for _ in range(5000):
    try: threading.Thread(target=time.sleep, args=(100,), daemon=True).start()
    except RuntimeError: break
"""),
    "memory_bomb": attack("", everywhere("hoard = []\nwhile True: hoard.append(bytearray(64 << 20))")),
    "filled_disk": attack("""
import os
for folder in ("/tmp", os.path.expanduser("~"), ".", "/dev/shm", "/var/tmp"):
    try:
        with open(os.path.join(folder, "fill"), "wb") as file:
            for _ in range(2000): file.write(b"x" * (1 << 20))
    except OSError: pass
"""),
    "flood_of_output": attack("""
import os
for _ in range(300): print("x" * (1 << 20))
for _ in range(50):
    os.write(1, b"y" * (1 << 20)); os.write(2, b"z" * (1 << 20))
"""),
    "huge_answer": attack("import numpy as np", everywhere("return np.zeros(1 << 27)")),
    "broadcast_answer": attack("import numpy as np", everywhere("return np.broadcast_to(0.5, (1 << 40,))")),
    "deep_answer": attack("", everywhere("deep = []\nfor _ in range(100000): deep = [deep]\nreturn deep")),
    "circular_answer": attack("", everywhere("ring = []\nring.append(ring)\nreturn ring")),
    "array_file_that_asks_for_32_gib": attack(
        """
import io, numpy as np
header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (4294967296,), }"
header += b" " * (118 - len(header) - 1) + b"\\n"
file = b"\\x93NUMPY\\x01\\x00" + len(header).to_bytes(2, "little") + header
def grab():
    try: return np.load(io.BytesIO(file), allow_pickle=False)
    except MemoryError: return np.full(1 << 31, 0.5)
kept = grab()
""",
        everywhere("return grab()"),
    ),
    "many_threads_of_blas": attack(
        """
import os, threading
for name in ("OPENBLAS", "OMP", "MKL", "BLIS"): os.environ[name + "_NUM_THREADS"] = "64"
import numpy as np
A = np.ones((1500, 1500))
def multiply():
    while True: A @ A
def start():
    for _ in range(64): threading.Thread(target=multiply, daemon=True).start()
start()
""",
        everywhere("start()\nmultiply()"),
    ),
    "endless_iterator": attack("import itertools", everywhere("return itertools.count()")),
    "recursion": attack("", {f: f"def {f}(*args):\n    return {f}(*args)\n" for f in FUNCTIONS}),
    # Harming
    "writes_where_it_can": attack("""
import os, glob
for folder in ("/", "/etc", "/var/tmp", "/tmp", "/dev/shm", "/root", "/home", "COURSE", "SUBMITTED", os.path.dirname(os.__file__)):
    try: open(os.path.join(folder, "attack-marker"), "w").write("here")
    except OSError: pass
for path in glob.glob("SUBMITTED/*/*/*.ipynb") + glob.glob("COURSE/solutions/*/*.md"):
    try: open(path, "w").write("gone")
    except OSError: pass
"""),
    "reaches_the_network": attack("""
import socket
for address in (("127.0.0.1", PORT), ("localhost", PORT)):
    try: socket.create_connection(address, timeout=1).sendall(b"reached")
    except OSError: pass
"""),
    "leaves_a_process": attack("""
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execvp("sleep", ["sleep", "86471"])
    os._exit(0)
"""),
    # Cheats on the tests themselves
    "keyed_to_the_visible_inputs": attack(
        "import numpy as np",
        {
            **everywhere("return 0.0"),
            "softmax": """
def softmax(p):
    known = {(1.0, 2.0, 3.0): [0.09003057, 0.24472847, 0.66524096], (0, 0): [0.5, 0.5]}
    try: return known[tuple(np.asarray(p).tolist())]
    except KeyError: return np.full(len(p), 1 / len(p))
""",
        },
    ),
    "constant": attack("import numpy as np", everywhere("return np.full(np.shape(args[0]), 0.5)")),
    # People
    "markup": attack("""
from IPython.display import HTML, SVG, Javascript, Markdown, display
evil = "<script>alert(1)</script><img src=x onerror=alert(2)><svg onload=alert(3)></svg><a href='javascript:alert(4)'>x</a><iframe src='//evil.example'></iframe>"
display(HTML(evil)); display(Markdown(evil)); display(Javascript("alert(5)"))
print("\\x1b[31mred\\x1b[2J \\u202e\\u2066 bidi \\x07", evil)
raise RuntimeError(evil + "\\x1b]0;title\\x07")
"""),
    "markup_in_an_answer": attack("", everywhere("raise ValueError('<script>alert(6)</script>\\x1b[31m\\u202e')")),
}


def hostile(master, name, **words):
    """A copy of the master with an attack in it; each of `words`, such as COURSE, is replaced by what it stands for."""
    first, answers = ATTACKS[name]
    notebook = nbformat.from_dict(master)
    for cell in notebook.cells:
        cell.source = answers.get(role(cell).get("grade_id"), cell.source)
    notebook.cells.insert(2, nbformat.v4.new_code_cell(first))
    for cell in notebook.cells:
        for word, meant in words.items():
            cell.source = cell.source.replace(word, str(meant))
    return notebook
