"""The figures that answer: their numbers are the course's own, and mouse, finger and keyboard all move them."""

import base64
import functools
import gzip
import json
import math
import re
import shutil
from decimal import Decimal, getcontext

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
from masters import ROOT, solved

BOOK = ROOT / "_build" / "html"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FIGURES = "softmax stability jacobian gradient_checking network backprop losses training autodiff".split()
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (BOOK / "interactive").exists(), reason="the book is not built: run make book"),
]
course = functools.cache(solved)


def visit(page, name):
    """Opens a chapter, without its mathematics: that is looked at elsewhere, and takes its time."""
    page.route("**/mathjax/**", lambda route: route.abort())
    page.goto((BOOK / "book" / f"{name}.html").as_uri(), wait_until="domcontentloaded")
    return page


@pytest.fixture(scope="module")
def tabs(browser):
    """The page of a chapter, opened once; each test leaves its figure as it was."""
    opened, complaints = {}, []

    def tab(name):
        if name not in opened:
            page = opened[name] = browser.new_page(viewport={"width": 1280, "height": 900}, has_touch=True)
            page.on("pageerror", lambda error: complaints.append(f"{name}: {error}"))
            page.on(
                "request", lambda r: None if r.url.startswith(("file:", "data:", "blob:")) else complaints.append(r.url)
            )
            visit(page, name)
        return opened[name]

    yield tab
    assert complaints == []


@pytest.fixture
def ask(tabs):
    """ask(figure, function, *arguments): what a function of the figure's script answers to plain data."""

    def ask(figure, function, *arguments):
        # JSON knows neither infinities nor NaN; they travel by name.
        answer = tabs(figure).evaluate(
            """([figure, name, args]) => JSON.stringify(Interactive.figures[figure][name](...args),
               (_, v) => (typeof v === "number" && !Number.isFinite(v) ? String(v) : v))""",
            [figure, function, list(arguments)],
        )
        return json.loads(answer, object_hook=lambda d: {key: _number(v) for key, v in d.items()}, parse_constant=float)

    return ask


def _number(value):
    if isinstance(value, list):
        return [_number(v) for v in value]
    return float(value) if value in ("NaN", "Infinity", "-Infinity") else value


def lists(*arrays):
    return [np.asarray(array).tolist() for array in arrays]


# The arithmetic, beside the course's Python.


@pytest.mark.parametrize("N", [3, 4, 5])
def test_softmax_counts_as_the_course_does(ask, N):
    rng = np.random.default_rng(N)
    for _ in range(5):
        p, shift, tau = rng.normal(0, 3, N), rng.normal(), 10 ** rng.uniform(-1, 1)
        found = ask("softmax", "arithmetic", {"p": p.tolist(), "shift": shift, "tau": tau})
        assert np.allclose(found["p"], p + shift, rtol=1e-14)
        assert np.allclose(found["f"], course("softmax")["softmax_temperature"](p, tau), rtol=1e-10)


def test_float16_is_rounded_as_numpy_rounds(tabs):
    halves = np.arange(65536, dtype=np.uint16).view(np.float16).astype(np.float64)
    halves = np.unique(halves[np.isfinite(halves)])
    middles = (halves[1:] + halves[:-1]) / 2
    beside = np.concatenate([np.nextafter(middles, np.inf), np.nextafter(middles, -np.inf)])
    edges = [65519.999, 65520.0, 1e6, -1e6, 2.0**-25, 2.0**-25 * 1.0001, 1e-30, -1e-30]
    numbers = np.concatenate([halves, middles, beside, edges])
    with np.errstate(over="ignore"):
        expected = numbers.astype(np.float16).astype(np.float64)
    # A quarter of a million numbers travel as bytes, and only those come back that differ.
    differ = tabs("stability").evaluate(
        """([numbers, expected]) => {
            const read = (text) => new Float64Array(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
            const wanted = read(expected);
            const { float16 } = Interactive.figures.stability;
            return [...read(numbers)].filter((x, i) => !Object.is(float16(x), wanted[i])).slice(0, 5);
        }""",
        [base64.b64encode(array.tobytes()).decode() for array in (numbers, expected)],
    )
    assert len(numbers) > 250_000 and differ == []


def numpy_forms(p, dtype):
    p = np.array(p, dtype=dtype)
    with np.errstate(all="ignore"):
        e, s = np.exp(p), p - p.max()
        t = np.exp(s)
        naive = {"e": e, "sum": e.sum(), "f": e[0] / e.sum(), "loss": -np.log(e[0] / e.sum())}
        shifted = {"s": s, "e": t, "sum": t.sum(), "f": t[0] / t.sum(), "loss": -np.log(t[0] / t.sum())}
        fused = {"log": np.log(t.sum()), "loss": np.log(t.sum()) - s[0]}
    return {"naive": naive, "shifted": shifted, "fused": fused}


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_every_number_on_the_way_to_the_loss_is_the_machines(ask, dtype):
    name = dtype.__name__
    for size in [1, 3, 10, 11.2, 15, 30, 88.8, 100, 150, 300, 712, 1000, 3000]:
        values = ask("stability", "arithmetic", {"size": size})[name]
        assert np.array_equal(np.array(values["p"]).astype(dtype), (size * np.array([1, 2, 3]) / 3).astype(dtype))
        for form, numbers in numpy_forms(values["p"], dtype).items():
            for step, expected in numbers.items():
                found = np.array(values[form][step], dtype=np.float64)
                expected = np.asarray(expected, dtype=np.float64)
                finite = np.isfinite(expected)
                assert np.array_equal(np.isnan(found), np.isnan(expected)), (form, step, size)
                assert np.array_equal(found[np.isinf(expected)], expected[np.isinf(expected)]), (form, step, size)
                # NumPy's own exp is up to three units in the last place off in float32, and the loss comes after it.
                # Where a probability has few digits left, so has its logarithm.
                unit = np.spacing(np.abs(expected[finite]).astype(dtype)).astype(np.float64)
                few = step == "loss" and numbers.get("f", 1) < np.finfo(dtype).smallest_normal
                off = np.abs(found[finite] - expected[finite])
                assert few or (off <= {"s": 0, "e": 3}.get(step, 4) * unit).all(), (form, step, size)


def test_the_strips_say_what_the_map_of_the_chapter_says(ask):
    sizes = [3, 10, 15, 30, 100, 300, 1000, 3000]
    seen = [ask("stability", "arithmetic", {"size": size}) for size in sizes]
    line = lambda form, dtype: [values[dtype][form]["verdict"] for values in seen]  # noqa: E731
    assert line("naive", "float16") == ["right"] * 2 + ["inf"] * 2 + ["nan"] * 4
    assert line("naive", "float32") == ["right"] * 4 + ["inf"] + ["nan"] * 3
    assert line("naive", "float64") == ["right"] * 6 + ["inf"] + ["nan"]
    assert line("shifted", "float16") == ["right"] * 3 + ["inf"] * 5
    assert line("shifted", "float32") == ["right"] * 5 + ["inf"] * 3
    assert line("shifted", "float64") == ["right"] * 7 + ["inf"]
    assert all(line("fused", dtype) == ["right"] * 8 for dtype in ("float16", "float32", "float64"))


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_a_machine_number_is_shown_by_the_shortest_text_that_means_it(ask, dtype):
    rng = np.random.default_rng(0)
    for x in (rng.normal(size=12) * 10.0 ** rng.integers(-4, 4, 12)).astype(dtype):
        text = ask("stability", "shortest", float(x), dtype.__name__).replace("−", "-")
        assert dtype(float(text)) == x
        digits = lambda t: len(re.sub(r"e.*|\D", "", t).strip("0"))  # noqa: E731
        assert digits(text) == digits(np.format_float_scientific(x, unique=True))


def test_the_jacobian_and_its_eigenvalues_are_the_courses(ask):
    rng = np.random.default_rng(1)
    for _ in range(6):
        p, v = rng.normal(0, 2, 3), rng.normal(size=3)
        found = ask("jacobian", "arithmetic", {"p": p.tolist(), "v": v.tolist()})
        J = course("jacobian")["softmax_jacobian"](p)
        softmax = course("softmax")["softmax"]
        assert np.allclose(found["J"], J, atol=1e-14)
        assert np.allclose(found["change"], course("jacobian")["softmax_jvp"](p, v), atol=1e-14)
        assert np.allclose(found["exact"], softmax(p + v), atol=1e-14)
        assert np.allclose(found["linear"], softmax(p) + J @ v, atol=1e-14)
        assert np.allclose([e["value"] for e in found["eigen"]], np.linalg.eigvalsh(J)[:0:-1], atol=1e-14)
        for e in found["eigen"]:
            assert np.allclose(J @ e["vector"], e["value"] * np.array(e["vector"]), atol=1e-14)


def cube(x):
    return float(x * x * x)


def test_the_measured_slope_is_that_of_the_course(ask):
    numerical_gradient = course("gradient_checking")["numerical_gradient"]
    for exponent in np.arange(-16, 0.1, 0.5):
        found = ask("gradient_checking", "arithmetic", {"f": "cube", "method": "central", "exponent": exponent})
        h = found["h"]
        # Products are rounded alike everywhere, so here nothing may differ at all.
        assert found["slope"] == (cube(1 + h) - cube(1 - h)) / (2 * h)
        assert found["slope"] == pytest.approx(numerical_gradient(lambda x: cube(x[0]), [1.0], h)[0], rel=1e-12)


@pytest.mark.parametrize("method", ["central", "forward"])
@pytest.mark.parametrize("name", ["exp", "cube", "sine"])
def test_the_two_errors_are_what_they_are_said_to_be(ask, name, method):
    getcontext().prec = 90
    sine = lambda x: sum((-1) ** k * x ** (2 * k + 1) / math.factorial(2 * k + 1) for k in range(30))  # noqa: E731
    functions = {"exp": (lambda x: x.exp(), Decimal(1).exp()), "cube": (lambda x: x**3, Decimal(3))}
    cosine = sum(Decimal((-1) ** k) / math.factorial(2 * k) for k in range(30))
    f, truth = (functions | {"sine": (sine, cosine)})[name]
    for exponent in (-16, -9, -6, -5, -2.1, -1.9, -0.5):
        found = ask("gradient_checking", "arithmetic", {"f": name, "method": method, "exponent": exponent})
        h = Decimal(found["h"])
        exact = (f(1 + h) - f(1 - h)) / (2 * h) if method == "central" else (f(1 + h) - f(Decimal(1))) / h
        assert found["truncation"] == pytest.approx(float(exact - truth), rel=1e-9, abs=1e-300)
        assert found["error"] == pytest.approx(found["truncation"] + found["rounding"], rel=1e-12)
        assert abs(found["rounding"]) <= found["bound"]
        shown, *wanted = (f"{value:.16e}".replace(".", "") for value in (Decimal(found["slope"]), truth))
        if name == "cube":
            # 3 is 2.999… too.
            wanted.append("2" + 16 * "9")
        assert any(shown[: found["digits"]] == text[: found["digits"]] for text in wanted) or not found["digits"]
        assert all(shown[: found["digits"] + 1] != text[: found["digits"] + 1] for text in wanted) or (
            found["digits"] > 15
        )


def test_every_number_of_the_small_network_is_the_courses(ask):
    rng = np.random.default_rng(2)
    for z in (0, 1, 1, 0):
        x, W1, b1, W2, b2 = (rng.normal(size=shape) for shape in (2, (2, 3), 3, (3, 2), 2))
        state = dict(zip(("x", "W1", "b1", "W2", "b2"), lists(x, W1, b1, W2, b2)), z=z)
        found = ask("network", "arithmetic", state)
        params, Y = [(W1, b1), (W2, b2)], np.eye(2)[[z]]
        X, H, F = course("network")["forward"](params, x[None])
        (dW1, db1), (dW2, db2) = course("backprop")["backward"](params, x[None], Y)
        expected = {"h": H[0], "f": F[0], "L": course("backprop")["cross_entropy"](F, Y)}
        expected |= {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2, "da": db1, "dp": F[0] - Y[0], "dx": W1 @ db1}
        for name, value in expected.items():
            assert np.allclose(found[name], value, rtol=1e-12, atol=1e-14), name


def test_the_last_layer_is_pushed_as_the_course_pushes_it(ask):
    rng = np.random.default_rng(3)
    for B in (1, 4, 7):
        X, W, b, z = rng.normal(size=(B, 2)), rng.normal(size=(2, 3)), rng.normal(size=3), rng.integers(3, size=B)
        found = ask("backprop", "arithmetic", dict(zip(("W", "b", "X", "z"), lists(W, b, X, z))))
        loss, dW, db = course("backprop")["softmax_layer_gradients"](X, W, b, np.eye(3)[z])
        assert found["loss"] == pytest.approx(loss, rel=1e-12)
        assert np.allclose(found["dW"], dW, atol=1e-14) and np.allclose(found["db"], db, atol=1e-14)


def test_every_loss_and_gradient_is_that_of_the_field_guide(ask):
    rng = np.random.default_rng(4)
    guide = course("losses")
    for _ in range(8):
        a, y, delta, gamma, z = (
            rng.normal(0, 2),
            rng.normal(),
            rng.uniform(0.2, 3),
            rng.uniform(0, 5),
            int(rng.integers(2)),
        )
        S, u, v = rng.normal(0, 2, 2), rng.normal(size=2), rng.normal(size=2)
        state = {"a": a, "y": y, "delta": delta, "gamma": gamma, "z": z} | dict(zip("Suv", lists(S, u, v)))
        found = ask("losses", "arithmetic", state)
        expected = {
            "squared": guide["mean_squared"]([a], [y]),
            "absolute": guide["absolute_difference"]([a], [y]),
            "huber": guide["huber"]([a], [y], delta),
            "hinge": guide["hinge"](S[None], [z]),
            "focal": guide["focal"](S[None], [z], gamma),
            "cosine": guide["cosine_distance"](u[None], v[None]),
            "entropy": guide["focal"](S[None], [z], 0.0),
        }
        for name, (loss, gradient) in expected.items():
            assert found[name]["loss"] == pytest.approx(float(loss), rel=1e-10, abs=1e-13), name
            assert np.allclose(found[name]["gradient"], np.ravel(gradient), rtol=1e-10, atol=1e-13), name


def as_script(params):
    return [{"W": W.tolist(), "b": b.tolist()} for W, b in params]


@pytest.mark.parametrize("sizes", [[2, 3], [2, 8, 2], [2, 8, 8, 3]])
def test_the_network_that_learns_has_the_courses_gradient(ask, sizes):
    rng = np.random.default_rng(5)
    params = course("network")["init_params"](sizes, rng)
    X, z = rng.normal(size=(7, 2)), rng.integers(sizes[-1], size=7)
    grads = ask("training", "gradient", as_script(params), *lists(X, z))
    expected = course("backprop")["backward"](params, X, np.eye(sizes[-1])[z])
    for found, (dW, db) in zip(grads, expected):
        assert np.allclose(found["W"], dW, atol=1e-13) and np.allclose(found["b"], db, atol=1e-13)
    values = ask("training", "arithmetic", {"params": as_script(params), "X": X.tolist(), "z": z.tolist()})
    assert values["accuracy"] == pytest.approx(course("training")["accuracy"](params, X, z))
    assert values["loss"] == pytest.approx(
        float(course("stability")["cross_entropy_logits"](np.log(course("network")["forward"](params, X)[-1]), z))
    )


def started(tabs, **setting):
    """The state of a training that has not begun; what `setting` says of its data and layers included."""
    return tabs("training").evaluate(
        """change => {
            const { state, fresh } = Interactive.figures.training;
            return { ...state, ...fresh({ ...state, ...change }), ...change };
        }""",
        setting,
    )


def test_a_step_of_the_figure_is_a_step_of_the_courses_sgd(ask, tabs):
    state = started(tabs, queue=list(range(5, 150)), batch=32)
    params = [(np.array(layer["W"]), np.array(layer["b"])) for layer in state["params"]]
    X, z = np.array(state["X"])[5:37], np.array(state["z"])[5:37]
    grads = course("backprop")["backward"](params, X, np.eye(2)[z])
    expected = course("training")["sgd_step"](params, grads, state["rate"])
    after = ask("training", "advance", state, 1)
    assert after["queue"] == list(range(37, 150)) and after["step"] == 1
    for found, (W, b) in zip(after["params"], expected):
        assert np.allclose(found["W"], W, atol=1e-13) and np.allclose(found["b"], b, atol=1e-13)


def test_the_check_that_rides_along_catches_every_planted_bug_and_no_right_gradient(ask, tabs):
    right = ask("training", "advance", started(tabs), 300)
    assert right["caught"] == "" and right["checks"] > 10 and right["worst"] < 1e-4
    for bug in ("no mask", "by 32", "sign"):
        assert "is off by" in ask("training", "advance", started(tabs, bug=bug), 300)["caught"]
        assert ask("training", "advance", started(tabs, bug=bug, check=False), 100)["caught"] == ""
    # Whole batches of 32 hide one of them; the short batch at the end of an epoch does not.
    assert "batch of 22" in ask("training", "advance", started(tabs, bug="by 32"), 300)["caught"]


@pytest.mark.parametrize(
    "setting",
    [
        # Near a minimum, and where no line can part the classes, hardly any gradient is left to be compared.
        {"data": "rings", "hidden": "", "batch": 150, "rate": 0.3},
        {"data": "corners", "hidden": "8", "batch": 8, "rate": 1},
        {"data": "moons", "hidden": "8+8", "batch": 150, "rate": 1},
        {"data": "arms", "hidden": "8", "batch": 32, "rate": 10},
    ],
)
def test_the_check_accuses_no_right_gradient(ask, tabs, setting):
    after = ask("training", "advance", started(tabs, **setting), 300)
    assert after["caught"] == "" and after["checks"] > 10


def test_a_loss_that_is_no_number_any_more_ends_the_training_and_is_said(ask, tabs):
    setting = {"hidden": "8+8", "rate": 10, "batch": 8, "bug": "no mask", "check": False}
    after = ask("training", "advance", started(tabs, **setting), 300)
    assert after["diverged"] and after["caught"] == "" and 0 < after["step"] < 300
    assert all(math.isfinite(entry["loss"]) for entry in after["history"])
    assert "no number any more" in ask(
        "training", "words", started(tabs, **setting) | after, {"loss": 1, "accuracy": 0}
    )


def test_new_weights_are_all_that_another_seed_brings(tabs):
    one, two = (started(tabs, seed=seed) for seed in (1, 2))
    assert one["X"] == two["X"] and one["params"] != two["params"]


def test_whether_the_check_looks_does_not_change_the_training(ask, tabs):
    watched, unwatched = (
        ask("training", "advance", started(tabs, check=check), 60)["params"] for check in (True, False)
    )
    assert watched == unwatched


EXPRESSIONS = {
    "log(exp(w*x) + exp(v*x)) - w*x": lambda w, x, v: anp.log(anp.exp(w * x) + anp.exp(v * x)) - w * x,
    "p = w*x; q = v*x; log(exp(p) + exp(q)) - p": lambda w, x, v: anp.log(anp.exp(w * x) + anp.exp(v * x)) - w * x,
    "-w^2 * x / -v": lambda w, x, v: -(w**2) * x / -v,
    "2^w^x - tanh(sin(v))": lambda w, x, v: 2 ** (w**x) - anp.tanh(anp.sin(v)),
    "max(w, x) * relu(v + 3) - relu(-w)": lambda w, x, v: (
        anp.maximum(w, x) * anp.maximum(v + 3, 0) - anp.maximum(-w, 0)
    ),
    "w - x - v + 1e-1": lambda w, x, v: w - x - v + 0.1,
    "t = w*x; t*t*t + t/v;": lambda w, x, v: (w * x) ** 3 + w * x / v,
    "w**2 − 3·x**-1 + v": lambda w, x, v: w**2 - 3 / x + v,
}


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_an_expression_has_the_value_and_gradients_that_a_library_finds(ask, text):
    f = EXPRESSIONS[text]
    rng = np.random.default_rng(6)
    for _ in range(3):
        w, x, v = rng.uniform(0.3, 2, 3) * [1, 1, -1]
        found = ask("autodiff", "arithmetic", {"text": text, "values": {"w": w, "x": x, "v": v}})
        assert found["data"][-1] == pytest.approx(float(f(w, x, v)), rel=1e-12)
        of = {node["name"]: g for node, g in zip(found["nodes"], found["grad"]) if node["op"] == "variable"}
        expected = [autograd.grad(f, argnum)(w, x, v) for argnum in range(3)]
        assert [of[name] for name in "wxv"] == pytest.approx([float(g) for g in expected], rel=1e-10, abs=1e-14)


def test_the_graph_pulls_as_the_courses_engine_does(ask):
    found = ask("autodiff", "arithmetic", {"text": "a*exp(a) + log(b)*max(a, b)", "values": {"a": 0.7, "b": 1.9}})
    expression = ("add", ("multiply", 0, ("exp", 0)), ("multiply", ("log", 1), ("maximum", 0, 1)))
    value, gradients = course("autodiff")["value_and_gradients"](expression, [np.array(0.7), np.array(1.9)])
    assert found["data"][-1] == pytest.approx(float(value), rel=1e-12)
    of = {node["name"]: g for node, g in zip(found["nodes"], found["grad"]) if node["op"] == "variable"}
    assert [of["a"], of["b"]] == pytest.approx([float(g) for g in gradients], rel=1e-12)


def test_where_a_power_does_not_depend_on_its_base_the_gradient_is_0(ask):
    assert ask("autodiff", "arithmetic", {"text": "x^0", "values": {"x": 0}})["grad"][0] == 0


@pytest.mark.parametrize(
    "text, part",
    [
        ("", "Type an expression"),
        ("w *", "missing at the end"),
        ("exp(w", "“)” is missing"),
        ("w $ x", "“$” has no meaning"),
        ("foo(w)", "no function “foo”"),
        ("exp(w, x)", "takes one number"),
        ("max(w)", "takes two numbers"),
        ("w x", "“x” stands where"),
        ("w = 1; w = 2; w", "a meaning already"),
        ("constructor(1)", "no function"),
        ("*w", "“*” stands where"),
        ("+".join("w" * 40), "more than"),
        ("window.alert(1)", "“.” has no meaning"),
        ("🙂", "“🙂” has no meaning"),
    ],
)
def test_an_expression_that_cannot_be_read_gets_a_sentence(ask, text, part):
    assert part in ask("autodiff", "arithmetic", {"text": text, "values": {}})["error"]


# The figures, in a reader's hands.


def fixed(value, decimals):
    text = f"{value + 0.0:.{decimals}f}"
    return (text.lstrip("-") if float(text) == 0 else text).replace("-", "−")


def brief(value):
    return re.sub("0$", "", fixed(value, 2))


def shown_softmax(state):
    p = np.array(state["p"]) + state["shift"]
    f = course("softmax")["softmax_temperature"](p, state["tau"])
    return [brief(value) for value in p] + [fixed(value, 3) for value in f]


def shown_stability(state):
    p = (state["size"] * np.array([1, 2, 3]) / 3).astype(state["type"])
    loss = course("stability")["cross_entropy_logits"](p.astype(np.float64)[None], [0])
    # To the last digit.
    return [str(value).removesuffix(".0").replace("-", "−") for value in [*p, *(p - p.max())]] + [str(float(loss))[:9]]


def shown_jacobian(state):
    J = course("jacobian")["softmax_jacobian"](state["p"])
    answer = course("softmax")["softmax"](np.add(state["p"], state["v"]))
    return [fixed(value, 3) for value in [*J.ravel(), *answer, np.linalg.eigvalsh(J)[-1]]]


def shown_gradient_checking(state):
    h = 10 ** state["exponent"]
    cut = math.e * (math.sinh(h) / h - 1)
    digits, exponent = f"{cut:.1e}".split("e")
    raised = str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return [repr(math.exp(1 + h))[:14], f"{digits}·10{raised}"]


def shown_network(state):
    params = [(np.array(state["W1"]), state["b1"]), (np.array(state["W2"]), state["b2"])]
    X, H, F = course("network")["forward"](params, [state["x"]])
    loss = course("backprop")["cross_entropy"](F, np.eye(2)[[state["z"]]])
    return [fixed(value, 3) for value in [*F[0], loss]]


def shown_backprop(state):
    X, z = [[1, 0.5], [0.8, -0.6], [-1, 0.4], [-0.4, -1]], [0, 1, 2, 2]
    loss, dW, db = course("backprop")["softmax_layer_gradients"](np.array(X), state["W"], state["b"], np.eye(3)[z])
    return [fixed(loss, 3)] + [fixed(value, 2) for value in db]


def shown_losses(state):
    guide = course("losses")
    S, z = np.array([state["S"]]), [state["z"]]
    found = [
        guide["mean_squared"]([state["a"]], [state["y"]]),
        guide["huber"]([state["a"]], [state["y"]], state["delta"]),
        guide["hinge"](S, z),
        guide["focal"](S, z, state["gamma"]),
        guide["cosine_distance"]([state["u"]], [state["v"]]),
    ]
    return [fixed(float(loss), 2) for loss, _ in found]


def shown_training(state):
    params = [(np.array(layer["W"]), np.array(layer["b"])) for layer in state["params"]]
    F = course("network")["forward"](params, state["X"])[-1]
    right = course("training")["accuracy"](params, np.array(state["X"]), np.array(state["z"]))
    loss = -np.log(F[np.arange(len(F)), state["z"]]).mean()
    return [f"step {state['step']}: loss {fixed(loss, 3)}", f"{100 * right:.0f} % right"]


def shown_autodiff(state):
    w, x, v = (state["values"][name] for name in "wxv")
    f = lambda w, x, v: anp.log(anp.exp(w * x) + anp.exp(v * x)) - w * x  # noqa: E731
    return [f"{f(w, x, v):.3f}".rstrip("0").replace("-", "−")]


def bring(page, name, change):
    """Brings a figure into a state, and lets it say so at once."""
    page.evaluate(
        """([name, change]) => {
            const figure = Interactive.figures[name].mounted;
            figure.update(change);
            figure.show();
            figure.say();
        }""",
        [name, change],
    )


# A way to bring the figure into a state in which its numbers stand.
READY = {"network": {"step": 6}, "autodiff": {"step": 30}}


@pytest.mark.parametrize("way", ["keyboard", "mouse", "finger"])
@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_follows_the_hand_and_shows_the_courses_numbers(tabs, name, way):
    page = tabs(name)
    state = f"Interactive.figures.{name}.mounted.state"
    bring(page, name, READY.get(name, {}))
    before = page.evaluate(state)
    stage = page.locator(f"figure.interactive-{name} .interactive-stage")
    said = stage.locator("[aria-live]")
    said_before = said.inner_text()
    mover = (
        stage.get_by_role("button", name="One step") if name == "training" else stage.locator("g[role=slider]").first
    )
    if way == "keyboard":
        mover.focus()
        page.keyboard.press("Enter" if name == "training" else "PageUp" if name != "stability" else "PageDown")
    else:
        mover.scroll_into_view_if_needed()
        place = mover.bounding_box()
        x, y = place["x"] + place["width"] / 2, place["y"] + place["height"] / 2
        if way == "mouse":
            page.mouse.move(x, y)
            page.mouse.down()
            for k in range(1, 7):
                page.mouse.move(x + 0 if name == "training" else x + 4 * k, y if name == "training" else y - 3 * k)
            page.mouse.up()
        else:
            session = page.context.new_cdp_session(page)
            session.send("Emulation.setTouchEmulationEnabled", {"enabled": True})
            touch = lambda kind, *points: session.send(  # noqa: E731
                "Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": a, "y": b} for a, b in points]}
            )
            touch("touchStart", (x, y))
            if name != "training":
                for k in range(1, 7):
                    touch("touchMove", (x + 4 * k, y - 3 * k))
            touch("touchEnd")
            session.detach()
    page.wait_for_timeout(450)
    after = page.evaluate(state)
    assert after != before
    assert said.inner_text() != said_before
    read = " | ".join(stage.locator(".interactive-panels text, .interactive-lines p").all_text_contents())
    for number in globals()[f"shown_{name}"](after):
        assert number in read, (number, read)
    stage.get_by_role("button", name="Start again").click()
    assert page.evaluate(state) == page.evaluate(f"Interactive.figures.{name}.state")


def test_the_eye_is_told_at_once_and_the_ear_where_the_movement_ends(tabs):
    page = tabs("softmax")
    bring(page, "softmax", {})
    seen, heard, at_last = page.evaluate("""async () => {
        const figure = Interactive.figures.softmax.mounted;
        const frame = () => new Promise(requestAnimationFrame);
        const before = figure.heard.text();
        for (let k = 1; k <= 20; k += 1) {
            figure.update({ p: [k / 10, 2, 3] });
            await frame();
            await frame();
            if (!figure.words.text().includes(`cat: logit ${(k / 10).toFixed(1)},`)) return ["late", "", ""];
        }
        const still = figure.heard.text() === before;
        await new Promise((done) => setTimeout(done, 500));
        return ["at once", still ? "nothing" : "something", figure.heard.text()];
    }""")
    assert (seen, heard) == ("at once", "nothing") and "cat: logit 2.0," in at_last
    bring(page, "softmax", {"p": [1, 2, 3]})


def test_what_is_added_to_all_logits_leaves_none_of_them_out_of_the_drawing(tabs):
    page = tabs("softmax")
    bring(page, "softmax", {"p": [7, 1, -3.5]})
    slider = page.locator("figure.interactive-softmax").get_by_label("add the same to all")
    for key, shift in (("End", 1), ("Home", -0.5)):
        slider.press(key)
        page.wait_for_timeout(100)
        assert page.evaluate("Interactive.figures.softmax.mounted.state.shift") == shift
        assert float(slider.input_value()) == shift
    page.locator("figure.interactive-softmax").get_by_role("button", name="Start again").click()


@pytest.mark.parametrize("name", ["jacobian", "backprop"])
def test_a_matrix_is_a_table_for_a_screen_reader(tabs, name):
    page = tabs(name)
    bring(page, name, {})
    state = page.evaluate(f"Interactive.figures.{name}.mounted.state")
    table = page.locator(f"figure.interactive-{name} table")
    cells = table.locator("td").all_text_contents()
    if name == "jacobian":
        expected = [fixed(value, 3) for value in course("jacobian")["softmax_jacobian"](state["p"]).ravel()]
    else:
        cells = cells[-4:]
        expected = [*shown_backprop(state)[1:], shown_backprop(state)[0]]
    assert cells == expected and table.locator("caption").inner_text()
    # It is read, not stopped at.
    page.wait_for_load_state("load")
    page.wait_for_timeout(200)
    assert page.locator(f"figure.interactive-{name} [tabindex]").evaluate_all("e => e.every((x) => x.matches('g'))")


@pytest.mark.parametrize(
    "text", ["exp(99*w)*x", "w/99999/9999*x", "*".join("w" * 13), "a_rather_long_name = w*x; exp(a_rather_long_name)"]
)
def test_what_stands_in_a_node_of_a_graph_has_room_in_it(tabs, text):
    page = tabs("autodiff")
    bring(page, "autodiff", {"text": text, "step": 30})
    out = page.evaluate("""() => [...document.querySelectorAll("figure.interactive-autodiff .node")].flatMap((node) => {
        const box = node.querySelector("rect").getBoundingClientRect();
        return [...node.querySelectorAll("text")].filter((t) => t.getBoundingClientRect().width > box.width);
    }).map((t) => t.textContent)""")
    assert out == []
    page.locator("figure.interactive-autodiff").get_by_role("button", name="Start again").click()


def test_a_training_that_is_paused_and_run_again_at_once_runs_once(tabs):
    page = tabs("training")
    most = page.evaluate("""async () => {
        const figure = Interactive.figures.training.mounted;
        const [run] = [...figure.stage.node().querySelectorAll("button")].filter((b) => b.textContent === "Run");
        const steps = [];
        const update = figure.update;
        figure.update = function (change) {
            if ("params" in change) steps.push(change);
            return update.call(this, change);
        };
        run.click();
        run.click();
        run.click();
        const counts = [];
        for (let k = 0; k < 12; k += 1) {
            steps.length = 0;
            await new Promise(requestAnimationFrame);
            counts.push(steps.length);
        }
        run.click();
        figure.update = update;
        return Math.max(...counts);
    }""")
    assert most == 1
    page.locator("figure.interactive-training").get_by_role("button", name="Start again").click()


def test_training_runs_until_the_check_stops_it_and_calmly_where_that_is_asked(browser):
    page = browser.new_page(reduced_motion="reduce")
    visit(page, "training")
    stage = page.locator("figure.interactive-training .interactive-stage")
    stage.get_by_label("forgets ReLU’s mask").check()
    # Counts how often the picture changes.
    page.evaluate("""() => {
        const show = Interactive.figures.training.mounted.show;
        window.shown = 0;
        Interactive.figures.training.mounted.show = function () { window.shown += 1; return show.call(this); };
    }""")
    stage.get_by_label("off", exact=True).check()
    stage.get_by_role("button", name="Run").click()
    page.wait_for_timeout(1200)
    step, shown = page.evaluate("[Interactive.figures.training.mounted.state.step, window.shown]")
    assert step > 10 and shown <= 8
    stage.get_by_label("on", exact=True).check()
    stage.locator(".interactive-panels", has_text="off by").wait_for(timeout=15000)
    assert page.evaluate("Interactive.figures.training.mounted.state.caught")
    assert stage.get_by_role("button", name="Run").is_visible()
    page.close()


@pytest.mark.parametrize("name", FIGURES)
def test_axe_finds_nothing_in_a_figure_light_or_dark(tabs, name):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page = tabs(name)
    for theme, rules in (("light", {}), ("dark", {"runOnly": ["color-contrast"]})):
        page.evaluate("theme => { document.documentElement.dataset.theme = theme; }", theme)
        page.wait_for_timeout(50)
        found = axe.run(page, context=f"figure.interactive-{name}", options=rules).response["violations"]
        assert [(v["id"], [node["html"][:120] for node in v["nodes"]]) for v in found] == []


@pytest.mark.parametrize("name", FIGURES)
def test_on_a_phone_nothing_of_a_figure_leaves_the_page(tabs, name):
    page = tabs(name)
    page.set_viewport_size({"width": 390, "height": 800})
    bring(page, name, READY.get(name, {}))
    page.wait_for_timeout(100)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    outside = page.evaluate(
        """name => [...document.querySelectorAll(`figure.interactive-${name} svg text`)]
            .filter((t) => t.getBoundingClientRect().right > 391 || t.getBoundingClientRect().left < -1)
            .map((t) => t.textContent)""",
        name,
    )
    assert outside == []
    page.set_viewport_size({"width": 1280, "height": 900})


def test_without_scripts_a_picture_stands_there_and_says_what_it_shows(browser):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    for name in FIGURES:
        visit(page, name).wait_for_load_state("load")
        image = page.locator(f"figure.interactive-{name} img")
        assert image.count() == 1 and len(image.get_attribute("alt").split()) > 20
        assert image.evaluate("image => image.naturalWidth") > 100
    context.close()


def test_a_strict_policy_about_scripts_and_styles_does_not_stop_a_figure(browser):
    page = browser.new_page()
    policy = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:"
    kinds = {".js": "text/javascript", ".css": "text/css", ".html": "text/html", ".svg": "image/svg+xml"}

    def answer(route):
        path = BOOK / re.sub(r"^https?://[^/]+/|[?#].*$", "", route.request.url)
        if not path.is_file() or "mathjax" in path.parts:
            return route.fulfill(status=404)
        headers = {
            "Content-Security-Policy": policy,
            "Content-Type": kinds.get(path.suffix, "application/octet-stream"),
        }
        route.fulfill(body=path.read_bytes(), headers=headers)

    page.route("**/*", answer)
    page.add_init_script("""
        window.refused = [];
        addEventListener("securitypolicyviolation", (e) => refused.push(`${e.sourceFile} ${e.violatedDirective}`));
    """)
    for name in FIGURES:
        page.goto(f"http://book.test/book/{name}.html", wait_until="domcontentloaded")
        assert page.evaluate(f"Boolean(Interactive.figures.{name}.mounted)")
        assert [entry for entry in page.evaluate("refused") if "/interactive/" in entry] == []
    page.close()


def test_all_figures_together_are_small():
    total = sum(len(gzip.compress(path.read_bytes(), 9)) for path in (BOOK / "interactive").iterdir())
    assert total < 300_000


def test_a_page_without_a_figure_loads_none_of_it():
    for path in (BOOK / "book").glob("*.html"):
        loaded = set(re.findall(r"interactive/([\w.]+)\.(?:js|css)", path.read_text(encoding="utf-8")))
        own = set(re.findall(r'class="[^"]*\binteractive-(\w+)', path.read_text(encoding="utf-8")))
        assert bool(loaded) == bool(own), path.name
        assert not (set(FIGURES) & loaded) - own, path.name


def test_no_script_of_a_figure_makes_code_out_of_text():
    for path in (ROOT / "book" / "interactive").glob("*.js"):
        assert not re.search(r"\beval\b|\bFunction\(|innerHTML|\.html\(", path.read_text(encoding="utf-8")), path.name
