"""The kernel's Python side, which runs in the browser, tried in this Python."""

import json
import shutil
import subprocess
import sys

import pytest
from masters import ROOT

sys.path.insert(0, str(ROOT / "book" / "_extensions"))
import in_browser  # noqa: E402

RUN = """\
import json, sys
sys.path.insert(0, sys.argv[1])
import course_kernel
shown, out = [], sys.stdout
course_kernel.start(shown.append, lambda: shown.append({"output_type": "fetched"}))
ok = [course_kernel.run(source, f"Cell {name}") for name, source in json.loads(sys.argv[2])]
json.dump([ok, shown], out)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """What a browser finds in course.zip."""
    target = tmp_path_factory.mktemp("course")
    for name, path in in_browser._course_files():
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target / name)
    return target


def run(folder, *sources, names=None):
    """Whether each cell came to its end, and all that was shown; cells are numbered, or named by a word."""
    cells = list(zip(names or range(1, len(sources) + 1), sources))
    environment = {"MPLBACKEND": "module://matplotlib_inline.backend_inline", "BOOK_URL": "http://book"}
    command = [sys.executable, "-c", RUN, str(folder), json.dumps(cells)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=folder, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def text(shown):
    return "".join(output.get("text", "") for output in shown)


def test_the_last_expression_is_shown_and_a_semicolon_keeps_it_back(folder):
    ok, shown = run(folder, "a = 2\na + 1", "a;", "a\nNone", "_")
    assert ok == [True] * 4
    assert run(folder, "display(3)")[1][0]["data"]["text/plain"] == "3", "a notebook has it without an import"
    values = [output["data"]["text/plain"] for output in shown if output["output_type"] == "execute_result"]
    assert values == ["3", "3"]


def test_what_is_printed_comes_before_the_error_that_follows_it(folder):
    ok, shown = run(folder, "import sys\nprint('out')\nprint('err', file=sys.stderr)\n1 / 0")
    assert ok == [False]
    assert [output["output_type"] for output in shown][-1] == "error"
    for stream, printed in (("stdout", "out\n"), ("stderr", "err\n")):
        assert text(output for output in shown if output.get("name") == stream) == printed


def test_a_traceback_shows_the_readers_lines_and_no_others(folder):
    _, shown = run(folder, "def f(x):\n    return np.linalg.inv(x)", "import numpy as np\nf(np.zeros((2, 2)))")
    lines = "\n".join(shown[-1]["traceback"])
    assert "Cell 2, line 2" in lines and "Cell 1, line 2" in lines and "return np.linalg.inv(x)" in lines
    assert lines.endswith("LinAlgError: Singular matrix")
    assert "numpy/" not in lines and "course_kernel" not in lines


def test_a_recursion_without_end_and_a_syntax_error_are_short(folder):
    ok, shown = run(folder, "def f():\n    return f()\nf()", "def g(:\n    pass", "1 + 1")
    assert ok == [False, False, True]
    assert all(len(output["traceback"]) < 30 for output in shown[:2])
    assert "Cell 2, line 1" in "\n".join(shown[1]["traceback"])


def test_a_failed_check_shows_its_card_with_a_link_into_this_book(folder):
    cell = "from autograder.checks import Check\nimport numpy as np\n"
    cell += "Check('softmax', lambda p: np.exp(p)).value([1.0, 2.0], expected=[0.26894142, 0.73105858])"
    ok, shown = run(folder, cell)
    assert ok == [False]
    card = shown[0]["data"]["text/html"]
    assert "never divided by their sum" in card and "href='http://book/book/softmax.html#softmax-definition'" in card
    assert shown[1]["ename"] == "CheckFailed"


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("%matplotlib inline\nprint('on')", "on\n"),
        ("!pip install x\nprint('on')", "!pip is a command of Jupyter; it does nothing in the browser.\non\n"),
        ("x = '''\n%matplotlib\n'''\nprint(x.strip())", "%matplotlib\n"),
    ],
)
def test_commands_of_jupyter_do_nothing_and_say_so(folder, cell, said):
    ok, shown = run(folder, cell)
    assert ok == [True]
    assert text(sorted(shown, key=lambda output: output["name"])) == said


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("input('name? ')", "input() cannot ask"),
        ("import sys\nsys.exit(3)", "Python goes on"),
        ("raise KeyboardInterrupt", "Stopped"),
    ],
)
def test_what_a_browser_cannot_do_is_answered_in_a_sentence_and_the_kernel_goes_on(folder, cell, said):
    ok, shown = run(folder, cell, "print('still here')")
    assert ok == [False, True]
    assert said in "\n".join(shown[0]["traceback"])
    assert text(shown) == "still here\n"


def test_a_flood_of_output_is_cut(folder):
    ok, shown = run(folder, "for i in range(200_000):\n    print(i)", "print('next')")
    assert ok == [True, True]
    assert len(text(shown)) < 210_000
    assert "more was printed" in text(shown) and text(shown).endswith("next\n")


def test_a_flood_of_values_is_cut(folder):
    source = "from IPython.display import display\nfor i in range(3000):\n    display(i)"
    ok, shown = run(folder, source, "1 + 1")
    assert ok == [True, True]
    assert sum(o["output_type"] == "display_data" for o in shown) == 500
    assert text(shown).count("more was shown") == 1
    assert shown[-1]["data"]["text/plain"] == "2"


def test_matplotlib_is_fetched_when_it_is_used_and_not_when_it_is_imported(folder):
    _, shown = run(folder, "import matplotlib.pyplot as plt\nimport numpy as np\nnp.arange(2).sum()")
    assert [output["output_type"] for output in shown] == ["execute_result"]
    ok, shown = run(folder, "import matplotlib.pyplot as plt", "print('a')\nplt.plot([1, 2])\nplt.show()\nprint('b')")
    assert ok == [True, True]
    kinds = [output["output_type"] for output in shown]
    assert "fetched" in kinds
    figure = next(n for n, output in enumerate(shown) if "image/png" in output.get("data", {}))
    assert text(shown[:figure]) == "a\n" and text(shown[figure:]) == "b\n"
    assert kinds.count("display_data") == 1


def test_matplotlib_that_could_not_be_fetched_is_fetched_by_the_next_run(folder):
    fails = "import sys\nf = sys.meta_path[0]\nfetch, f._fetch = f._fetch, lambda: 1 / 0\nimport matplotlib"
    ok, shown = run(folder, fails, "f._fetch = fetch\nimport matplotlib")
    assert ok == [False, True]
    assert shown[0]["traceback"][-1].endswith("(division by zero). Run the cell to try again.")
    assert shown[1] == {"output_type": "fetched"}


def test_a_module_that_is_not_here_is_said_beside_those_that_are(folder):
    ok, shown = run(folder, "import torch")
    assert ok == [False]
    assert shown[0]["traceback"][-2:] == [
        "ModuleNotFoundError: No module named 'torch'",
        "In the browser there are NumPy, Matplotlib, autograd and what comes with Python itself.",
    ]


def test_a_chapters_figure_is_shown_once_and_as_svg(folder):
    setup = "import figures\nimport matplotlib.pyplot as plt\nfigures.use_course_style()\nfig, ax = plt.subplots()"
    ok, shown = run(folder, setup, "ax.plot([1, 2]);", "fig")
    assert ok == [True] * 3
    images = [output["data"] for output in shown if "image/svg+xml" in output.get("data", {})]
    assert len(images) == 1 and "<svg" in images[0]["image/svg+xml"]


def test_the_source_of_what_a_cell_defines_can_be_asked_for(folder):
    ok, shown = run(folder, "def f():\n    return 7", "import inspect\nprint(inspect.getsource(f))")
    assert ok == [True, True]
    assert text(shown) == "def f():\n    return 7\n"


def test_a_function_that_its_cell_no_longer_defines_is_gone_and_what_it_replaced_is_back(folder):
    sources = ["def f(): return 1\nn = 1", "f()", "n += 1", "f()", "def f(): return 2", "f()", "", "f(), n"]
    ok, _ = run(folder, *sources[:4], names=["a", "check", "a", "check"])
    assert ok == [True, True, True, False], "the function, and not the number, went with its definition"
    ok, shown = run(folder, *sources[:2], *sources[4:], names=["a", "check", "b", "check", "b", "check"])
    assert [output["data"]["text/plain"] for output in shown] == ["1", "2", "(1, 1)"]
