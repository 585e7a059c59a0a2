"""A student's notebook behind the wall: cells, calls, what comes back and what is changed."""

import copy

import numpy as np
import pytest

from autograder.wall import NoAnswer, NotDefined, NotPlain, StudentError


def streams(outputs, name="stdout"):
    return "".join(o["text"] for o in outputs if o["output_type"] == "stream" and o["name"] == name)


def error(outputs):
    assert outputs and outputs[-1]["output_type"] == "error", outputs
    return outputs[-1]


# --- cells ---


def test_a_cell_prints_and_shows_its_last_value(student):
    outputs = student.run("print('seen')\nprint('aside', file=__import__('sys').stderr)\n6 * 7")
    assert streams(outputs) == "seen\n" and streams(outputs, "stderr") == "aside\n"
    assert outputs[-1]["output_type"] == "execute_result" and outputs[-1]["data"] == {"text/plain": "42"}


def test_outputs_are_what_nbformat_asks_for(student):
    import nbformat

    outputs = student.run("from IPython.display import HTML, display\nprint(1)\ndisplay(HTML('<b>x</b>'))\n2")
    outputs += student.run("1/0")
    cell = nbformat.v4.new_code_cell("", outputs=[nbformat.from_dict(output) for output in outputs])
    nbformat.validate(nbformat.v4.new_notebook(cells=[cell]))
    assert [output["output_type"] for output in outputs] == ["stream", "display_data", "execute_result", "error"]


def test_prints_and_plots_keep_their_order(student):
    student.run("%matplotlib inline\nimport matplotlib.pyplot as plt")
    outputs = student.run("print('before')\nplt.plot([1, 2])\nplt.show()\nprint('after')")
    assert [output["output_type"] for output in outputs] == ["stream", "display_data", "stream"]
    assert outputs[1]["data"]["image/png"].startswith("iVBOR")


def test_a_figure_is_shown_at_the_end_of_its_cell_without_a_magic(student):
    outputs = student.run("import matplotlib.pyplot as plt\nplt.plot([1, 2]);")
    assert "image/png" in outputs[-1]["data"]


@pytest.mark.parametrize("kind", ["inline", "notebook", "widget", "qt"])
def test_figures_are_inline_whatever_is_asked_for(student, kind):
    assert student.run(f"%matplotlib {kind}\nx = 1") == []
    assert "image/png" in student.run("import matplotlib.pyplot as plt\nplt.plot([x, 2]);")[-1]["data"]


def test_what_is_written_to_the_descriptors_and_by_children_is_an_output(student):
    source = "import os, subprocess, sys\nos.write(1, b'raw ')\nsubprocess.run([sys.executable, '-c', 'print(5)']);"
    assert streams(student.run(source)) == "raw 5\n"


def test_commands_are_answered(student):
    assert streams(student.run("!echo hello")) == "hello\n"
    assert student.run("files = !echo one; echo two\nfiles")[-1]["data"]["text/plain"] == "['one', 'two']"
    assert streams(student.run("%%bash\necho from bash")) == "from bash\n"


def test_a_file_of_the_student_s_own_can_be_imported(student):
    student.run("%%writefile mine.py\nanswer = 42")
    assert student.run("import mine\nmine.answer")[-1]["data"]["text/plain"] == "42"


@pytest.mark.parametrize("source", ["quit()", "exit()", "quit", "import sys; sys.exit(0)", "raise SystemExit"])
def test_the_cells_after_a_quit_are_run(student, source):
    student.run("x = 1")
    student.run(source)
    assert student.run("x")[-1]["data"]["text/plain"] == "1"


@pytest.mark.parametrize(
    "source, name", [("input('?')", "RuntimeError"), ("1/0", "ZeroDivisionError"), ("def f(:", "SyntaxError")]
)
def test_an_error_is_the_last_output(student, source, name):
    assert error(student.run(source))["ename"] == name


def test_an_error_in_a_cell_does_not_undo_what_was_before_it(student):
    student.run("def f(): return 3\n1/0")
    assert student.function("f")() == 3


@pytest.mark.parametrize("source", ["x = '\0'", "x = '\ud800'", "[" * 5000, "-" * 50_000 + "1", "\x0c", "", "#"])
def test_an_odd_source_ends_nothing(student, source):
    student.run("k = 3")
    student.run(source)
    assert student.run("k\r\n")[-1]["data"]["text/plain"] == "3"


def test_await_and_magics_work(student):
    assert student.run("import asyncio\nawait asyncio.sleep(0, 7)")[-1]["data"]["text/plain"] == "7"
    assert "loop" in streams(student.run("%timeit -n1 -r1 1"))


def test_the_student_s_part_of_the_package_is_there_and_nothing_else_is(student):
    assert student.run("from autograder.checks import Check\nfrom autograder.gradients import *") == []
    for module in ("master", "grade", "results", "wall.session", "wall.wall", "wall_engine"):
        assert error(student.run(f"import autograder.{module}"))["ename"] == "ModuleNotFoundError", module


# --- values ---


VALUES = [
    None, True, 3, -(2**80), 2.5, float("inf"), 1 + 2j, "text ✓", [1, [2.0, "x"]], (1, (2,)), {"a": [1], 2: (3,)},
    np.float32(1.5), np.arange(6.0).reshape(2, 3), np.array(3.0), np.zeros((0, 4)), np.array([True, False]),
    np.array([1 + 1j]), np.arange(3, dtype=np.uint8), [np.ones(2), (np.zeros(3), 1)], np.float32, np.dtype("f4"), float,
]  # fmt: skip


@pytest.mark.parametrize("value", VALUES, ids=lambda value: repr(value)[:30])
def test_a_value_goes_there_and_comes_back(student, value):
    student.run("def same(x): return x\ndef name(x): return type(x).__name__")
    received = student.function("same")(value)
    assert type(received) is type(value)
    np.testing.assert_equal(received, value)
    assert student.function("name")(value) == type(value).__name__


def test_keywords_go_too(student):
    student.run("def f(x, h=1, *, k=2): return x + 10 * h + 100 * k")
    assert student.function("f")(1, h=3) == 231 and student.function("f")(1, k=0) == 11


@pytest.mark.parametrize(
    "result, name",
    [
        ("{1, 2}", "a set"),
        ("np.ones((1, 1)).view(np.matrix)", "a matrix"),
        ("np.ma.array([1.0])", "a MaskedArray"),
        ("np.array([None])", "an array of objects"),
        ("object()", "a object"),
        ("[1, {2}]", "a set"),
        ("loop", "lists nested without an end"),
    ],
)
def test_what_is_not_plain_is_refused_in_a_sentence(student, result, name):
    student.run(f"import numpy as np\nloop = []; loop.append(loop)\ndef f(): return {result}\ndef g(): return 1")
    with pytest.raises(NotPlain, match=f"f returned {name}; a number, an array"):
        student.function("f")()
    assert student.function("g")() == 1


def test_an_answer_that_is_too_large_is_refused_and_the_process_goes_on(student):
    student.run("import numpy as np\nk = 0\ndef f(): return np.zeros(9_000_000)\ndef g():\n global k; k += 1; return k")
    assert student.function("g")() == 1
    with pytest.raises(NoAnswer, match="72 MB; at most 67 MB"):
        student.function("f")()
    assert student.function("g")() == 2


def test_an_iterator_arrives_as_a_list(student):
    student.run("def f(n):\n    for k in range(n):\n        yield (k, [k])\ndef g(): return zip([1], [2])")
    assert student.function("f")(2) == [(0, [0]), (1, [1])] and student.function("g")() == [(1, 2)]


def test_an_error_on_the_way_through_an_iterator_is_raised(student):
    student.run("def f():\n    yield 1\n    raise ValueError('late')")
    with pytest.raises(ValueError, match="late"):
        student.function("f")()


def test_a_definition_that_comes_later_is_found(student):
    f = student.function("f")
    with pytest.raises(NotDefined, match="f is not defined") as caught:
        f()
    assert caught.value.name == "f"
    student.run("def f(): return 1")
    assert f() == 1
    student.run("def f(): return 2")
    assert f() == 2


@pytest.mark.parametrize("name", ["sum", "print", "__import__", "nix", "number"])
def test_a_builtin_or_a_number_is_not_a_function_of_the_student_s(student, name):
    student.run("number = 3")
    with pytest.raises(NotDefined):
        student.function(name)([1])


def test_a_generator_comes_back_advanced(student):
    student.run("def draw(rng, n): return rng.normal(size=n)")
    here, there = np.random.default_rng(3), np.random.default_rng(3)
    assert np.array_equal(student.function("draw")(there, 5), here.normal(size=5))
    assert there.integers(0, 2**60) == here.integers(0, 2**60)


# --- changes ---


def test_a_change_to_an_argument_is_made_in_place(student):
    student.run(
        "def f(x, parts, d, t):\n    x *= 2\n    parts[0][1][:] += 1\n    parts.append(5)\n"
        "    d['k'][0] = 9\n    t[0][0] = 7"
    )
    x, W, inner = np.arange(3.0), np.zeros(2), [1]
    parts, d, t = [(1, W)], {"k": inner}, (np.zeros(1),)
    array = t[0]
    student.function("f")(x, parts, d, t)
    assert x.tolist() == [0, 2, 4] and W.tolist() == [1, 1] and parts[1] == 5
    assert parts[0][1] is W and inner == [9] and array.tolist() == [7]


def test_a_change_is_reported_though_the_call_raised(student):
    student.run("def f(x):\n    x[0] = 9\n    raise ValueError('no')")
    x = np.zeros(2)
    with pytest.raises(ValueError, match="no"):
        student.function("f")(x)
    assert x.tolist() == [9, 0]


def test_an_argument_of_another_shape_afterwards_is_one_here_too(student):
    student.run("def f(x): x.shape = (3, 2)")
    x = np.zeros((2, 3))
    student.function("f")(x)
    assert x.shape == (3, 2)


def test_what_is_not_changed_is_not_touched(student):
    student.run("def f(x, y): return x + 1")
    x = np.zeros(3)
    x.flags.writeable = False
    y = [np.nan, (1, np.array([np.nan, -0.0]))]
    before = copy.deepcopy(y)
    student.function("f")(x, y)
    assert not x.any() and y[1][1] is not before[1][1] and np.signbit(y[1][1][1])


def test_a_result_that_a_later_call_overwrites_is_overwritten_here_too(student):
    student.run("import numpy as np\nbuffer = np.zeros(2)\ndef f(x):\n    buffer[:] = x\n    return buffer")
    f = student.function("f")
    first = f(1.0)
    assert first.tolist() == [1, 1]
    f(2.0)
    assert first.tolist() == [2, 2]


def test_a_result_in_a_list_that_another_function_overwrites_is_overwritten(student):
    student.run("kept = []\ndef f(x):\n    kept[:] = [x, x]\n    return [kept, (kept,)]\ndef g(): kept[0] = 5")
    result = student.function("f")(1)
    student.function("g")()
    assert result == [[5, 1], ([5, 1],)]


def test_an_argument_that_is_returned_is_an_array_of_its_own(student):
    student.run("def f(x):\n    x += 1\n    return x")
    x = np.zeros(2)
    result = student.function("f")(x)
    assert result.tolist() == x.tolist() == [1, 1] and result is not x


# --- exceptions ---


@pytest.mark.parametrize(
    "statement, kind, text",
    [
        ("raise NotImplementedError", NotImplementedError, ""),
        ("raise ValueError('labels')", ValueError, "labels"),
        ("raise KeyError('k')", KeyError, "'k'"),
        ("raise Exception('plain')", Exception, "plain"),
        ("{}['x']", KeyError, "'x'"),
        ("1/0", ZeroDivisionError, "division by zero"),
        ("undefined_name", NameError, "name 'undefined_name' is not defined"),
        ("np.linalg.inv(np.zeros((2, 2)))", ValueError, "Singular matrix"),
        ("b'\\xff'.decode()", ValueError, "'utf-8' codec"),
        ("f()", RecursionError, "maximum recursion depth"),
        ("np.zeros(10**11)", MemoryError, "Unable to allocate"),
    ],
)
def test_what_a_function_raises_is_raised_here(student, statement, kind, text):
    student.run(f"import numpy as np\ndef f():\n    {statement}")
    with pytest.raises(Exception) as caught:
        student.function("f")()
    assert type(caught.value) is kind and str(caught.value).startswith(text)


@pytest.mark.parametrize(
    "statement, text",
    [
        ("raise SystemExit(0)", "SystemExit: 0"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("raise Mine('x')", "Mine: x"),
        ("raise StopIteration(3)", "StopIteration: 3"),
        ("raise GeneratorExit", "GeneratorExit"),
    ],
)
def test_what_no_builtin_exception_stands_for_is_a_student_error(student, statement, text):
    student.run(f"class Mine(Exception): pass\ndef f():\n    {statement}")
    with pytest.raises(StudentError) as caught:
        student.function("f")()
    assert str(caught.value) == text


def test_a_stop_iteration_does_not_end_a_loop_of_the_tests(student):
    student.run("def f(x): raise StopIteration")
    with pytest.raises(StudentError):
        list(map(student.function("f"), [1, 2, 3]))


def test_the_text_of_an_exception_is_short_and_clean(student):
    student.run("def f(): raise ValueError('\\x1b[31mred\\x1b[0m \\u202e' + 'x' * 10**6)")
    with pytest.raises(ValueError) as caught:
        student.function("f")()
    assert str(caught.value).startswith("red xxx") and len(str(caught.value)) <= 4000


def test_an_exception_whose_text_cannot_be_had_is_raised_all_the_same(student):
    student.run("class E(ValueError):\n    def __str__(self): raise RuntimeError\ndef f(): raise E")
    with pytest.raises(ValueError, match="cannot be had"):
        student.function("f")()


def test_warnings_and_numpy_s_errors_cost_nothing(student):
    student.run(
        "import numpy as np, warnings\nnp.seterr(all='raise')\nwarnings.simplefilter('error')\n"
        "def f(x):\n    warnings.warn('w')\n    return np.exp(x)"
    )
    assert student.function("f")(np.array([1000.0])) == np.inf


# --- callables ---


def test_a_function_of_ours_is_called_by_theirs_with_plain_data(student):
    student.run("import numpy as np\ndef slope(f, x, h=1e-5): return (f(x + h) - f(x - h)) / (2 * h)")
    seen = []

    def square(x):
        seen.append(type(x))
        return x * x

    assert abs(student.function("slope")(square, 3.0) - 6) < 1e-6 and seen == [float, float]


def test_a_function_of_theirs_comes_back_and_can_be_called(student):
    student.run("def adder(n):\n    def add(x): return x + n\n    return add\ndef twice(f, x): return f(f(x))")
    add = student.function("adder")(2)
    assert add(3) == 5
    assert student.function("twice")(add, 1) == 5
    assert copy.deepcopy(add) is add


def test_a_function_of_ours_that_they_return_is_ours(student):
    student.run("def same(f): return f")
    assert student.function("same")(len) is len


def test_a_function_of_theirs_by_name_can_be_an_argument(student):
    student.run("def double(x): return 2 * x\ndef twice(f, x): return f(f(x))")
    assert student.function("twice")(student.function("double"), 1) == 4
    with pytest.raises(NameError):
        student.function("twice")(student.function("nix"), 1)


def test_calls_within_calls_work(student):
    student.run("def apply(f, x): return f(x) + 1")
    apply = student.function("apply")
    assert apply(lambda x: apply(lambda y: y * 10, x) + 1, 2) == 23


def test_calls_within_calls_without_an_end_are_ended(student):
    student.run("def apply(f, x): return f(f, x)\ndef g(): return 1")
    apply = student.function("apply")
    with pytest.raises(NoAnswer, match="without an end"):
        apply(lambda f, x: apply(f, x), 2)
    assert student.function("g")() == 1


def test_an_exception_of_ours_says_nothing_to_them(student):
    student.run(
        "import traceback\ndef f(g):\n    try:\n        g(1)\n    except ZeroDivisionError as e:\n"
        "        return ''.join(traceback.format_exception(e))"
    )

    def secret(x):
        expected = 42
        raise ZeroDivisionError(f"expected {expected}")

    assert "42" not in student.function("f")(secret)


def test_a_function_of_ours_shows_nothing_but_its_answers(student):
    student.run(
        "import gc, inspect\n"
        "def look(f):\n"
        "    found = [str(f.__dict__), str(f.__defaults__), str(f.__code__.co_consts), f.__doc__ or '']\n"
        "    found += [str(cell.cell_contents) for cell in f.__closure__]\n"
        "    found += [str(o) for o in gc.get_objects() if isinstance(o, (dict, list, tuple)) and len(o) < 50]\n"
        "    frame = inspect.currentframe()\n"
        "    while frame:\n"
        "        found.append(str(frame.f_locals))\n"
        "        frame = frame.f_back\n"
        "    return any('62951413'[::-1] in text for text in found)"
    )
    expected = {"key": 31415926}
    assert student.function("look")(lambda x: expected["key"]) is False


def test_changes_within_a_callable_stay_there(student):
    student.run("def f(g):\n    x = [1]\n    g(x)\n    return x")
    assert student.function("f")(lambda x: x.append(2)) == [1]


def test_a_function_of_ours_refuses_what_is_not_plain(student):
    student.run("def f(g): return g({1})")
    with pytest.raises(TypeError, match="plain data"):
        student.function("f")(lambda x: 1)


def test_a_function_of_ours_is_not_asked_with_much_more_than_was_given(student):
    student.run(
        "import numpy as np\ndef f(g, x):\n"
        "    try: return g(np.ones((3000, 1)), np.ones((1, 3000)))\n"
        "    except MemoryError: return g(x, 2 * x)"
    )
    asked = []

    def product(a, b):
        asked.append(a.shape)
        return float(np.sum(a @ b))

    assert student.function("f")(product, np.ones((5, 5))) == 250
    assert asked == [(5, 5)]
    assert student.function("f")(product, np.ones((40, 40))) == 3000**2, "more where more was given"


def test_what_a_function_of_ours_cannot_answer_is_their_fault(student):
    student.run(
        "def f(g):\n    try: g([10**30, 1])\n    except ValueError: return 'refused'\n"
        "def deep():\n    x = 1.0\n    for _ in range(49): x = [x]\n    return x\n"
        "def large():\n    import numpy as np\n    return np.zeros(8_000_000)\n"
        "def take(*x): return 1"
    )
    assert student.function("f")(lambda x: np.array([x[0] * x[1], x[1] ** 2])) == "refused"
    for name, why in (("deep", "nested without an end"), ("large", "more than 67 MB")):
        with pytest.raises(NoAnswer, match=f"take cannot be called with .*{why}"):
            student.function("take")([[student.function(name)()], np.zeros(1_000_000)])


def test_threads_of_theirs_may_call_ours(student):
    student.run(
        "from concurrent.futures import ThreadPoolExecutor\n"
        "def f(g):\n    with ThreadPoolExecutor(4) as pool:\n        return list(pool.map(g, range(20)))"
    )
    assert student.function("f")(lambda x: x * x) == [x * x for x in range(20)]
