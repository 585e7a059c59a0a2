"""The static pictures of the figures in `book/interactive`: for print, and for a page without scripts.

Each function draws its figure in one state, with NumPy, in the style of the book's other figures.
"""

import figures
import matplotlib.pyplot as plt
import numpy as np
from figures import BLUE, GREEN, INK, ORANGE, QUIET, VIOLET, heat_map

figures.use_course_style()

CORNERS = np.array([[0.0, 0.0], [0.5, np.sqrt(3) / 2], [1.0, 0.0]])
CLASSES = BLUE, ORANGE, GREEN


def save(name, path):
    """Draws the picture `name` into the file `path`, whose suffix is its format; the same bytes each time."""
    figure = globals()[name]()
    dates = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}
    figure.savefig(path, metadata=dates[path.suffix])
    plt.close(figure)


def softmax():
    p = np.array([1.0, 2.0, 3.0])
    f = _softmax(p)
    figure, (left, right) = plt.subplots(1, 2, figsize=(7.0, 3.2))
    left.bar(range(3), p, width=0.08, color=CLASSES)
    left.scatter(range(3), p, s=70, facecolor="#ffffff", edgecolor=CLASSES, linewidth=2.5, zorder=3)
    for k in range(3):
        left.text(k + 0.12, p[k], f"{p[k]:.1f}", va="center")
        left.text(k, -1.2, f"f = {f[k]:.3f}", ha="center", color=CLASSES[k], weight="bold")
    left.axhline(0, color=QUIET, linewidth=1)
    left.set(title="logits and probabilities", xlim=(-0.6, 2.6), ylim=(-1.6, 4), yticks=[])
    left.set_xticks(range(3), ["cat", "dog", "horse"])
    left.tick_params(length=0)
    left.spines[:].set_visible(False)
    _triangle(right, ["cat", "dog", "horse"])
    path = np.array([_softmax(p / tau) for tau in np.geomspace(0.03, 30, 200)]) @ CORNERS
    right.plot(*path.T, ":", color=QUIET)
    _ring(right, f)
    right.set_title("all probabilities, as a point")
    return figure


def stability():
    sizes = np.geomspace(1, 4000, 150)
    types = [np.float16, np.float32, np.float64]
    looks = {"right": "#cfe3d6", "off": VIOLET, "inf": ORANGE, "nan": INK}
    figure, axes = plt.subplots(3, 1, figsize=(7.0, 4.2), sharex=True)
    for ax, (title, loss) in zip(axes, _LOSSES.items()):
        for row, dtype in enumerate(types):
            words = [_verdict(loss, dtype, size) for size in sizes]
            for word, colour in looks.items():
                inside = np.array([w == word for w in words])
                ax.fill_between(sizes, row - 0.42, row + 0.42, where=inside, color=colour, linewidth=0, step="mid")
                if inside.mean() > 0.09:
                    middle, ink = sizes[inside][inside.sum() // 2], INK if word == "right" else "#ffffff"
                    ax.text(middle, row, word, ha="center", va="center", color=ink, fontsize=9)
        ax.set(title=title, xscale="log", ylim=(2.5, -0.5), xlim=(1, 4000))
        ax.set_yticks(range(3), [dtype.__name__ for dtype in types])
        ax.tick_params(which="both", length=0)
        ax.spines[:].set_visible(False)
    axes[-1].set_xlabel("largest logit")
    return figure


def jacobian():
    p, v = np.array([0.0, 1.0, 0.4]), np.array([1.0, -0.5, 0.0])
    f = _softmax(p)
    J = np.diag(f) - np.outer(f, f)
    figure, (left, right) = plt.subplots(1, 2, figsize=(7.0, 3.3))
    _triangle(left, ["class 1", "class 2", "class 3"])
    grid = np.array([(i, j, 10 - i - j) for i in range(11) for j in range(11 - i)]) * 0.9 / 10 + 0.1 / 3
    flow = (grid * (v - (grid @ v)[:, None])) @ CORNERS
    left.quiver(*(grid @ CORNERS).T, *flow.T, color=QUIET, scale=5, width=0.004, pivot="middle")
    values, vectors = np.linalg.eigh(J)
    for value, vector in zip(values[1:], vectors.T[1:]):
        ends = np.array([f - value * vector, f + value * vector]) @ CORNERS
        left.plot(*ends.T, color=VIOLET, linewidth=4, alpha=0.5, solid_capstyle="round")
    for end, colour, style in ((_softmax(p + v), INK, "-"), (f + J @ v, ORANGE, "--")):
        arrow = dict(arrowstyle="->", color=colour, linestyle=style, linewidth=2)
        left.annotate("", end @ CORNERS, f @ CORNERS, arrowprops=arrow)
    _ring(left, f)
    heat_map(right, J, title="J at this point", form="{:.3f}", limit=0.4)
    right.set_xticks(range(3), ["1", "2", "3"])
    right.set_yticks(range(3), ["1", "2", "3"])
    return figure


def gradient_checking():
    hs = 10.0 ** np.arange(-16, 0.01, 0.125)
    error = np.abs((np.exp(1 + hs) - np.exp(1 - hs)) / (2 * hs) - np.e)
    figure, ax = plt.subplots(figsize=(7.0, 3.4))
    ax.loglog(hs, np.e * hs**2 / 6, color=GREEN)
    ax.loglog(hs, 2 * np.e * np.finfo(float).eps / hs, "--", color=ORANGE)
    ax.loglog(hs, np.maximum(error, 1e-17), ".", color=INK)
    ax.text(1e-7, 1e-14, "cut off", color=GREEN, ha="right")
    ax.text(1e-10, 1e-4, "rounded off, at most", color=ORANGE)
    ax.text(1e-15, 1e-6, "measured")
    ax.set(xlabel="step h", ylabel="error", ylim=(1e-17, 30), xlim=(1e-16, 1))
    return figure


def network():
    x = np.array([1.0, 2.0])
    W1, b1 = np.array([[1.0, -0.5, 0.5], [0.5, 1.0, -1.0]]), np.array([0.1, -0.2, 0.0])
    W2, b2 = np.array([[0.5, -1.0], [-0.8, 0.6], [1.2, 0.7]]), np.array([0.2, -0.1])
    a = x @ W1 + b1
    h = np.maximum(a, 0)
    p = h @ W2 + b2
    f = _softmax(p)
    places = [[(0, 1), (0, -1)], [(3, 2), (3, 0), (3, -2)], [(6, 1), (6, -1)]]
    texts = [
        [f"x {value:.1f}" for value in x],
        [f"a {before:.1f}\nh {after:.1f}" for before, after in zip(a, h)],
        [f"p {logit:.2f}\nf {share:.3f}" for logit, share in zip(p, f)],
    ]
    figure, ax = plt.subplots(figsize=(7.0, 3.8))
    for W, starts, ends, at in ((W1, *places[:2], 0.25), (W2, *places[1:], 0.75)):
        for k, start in enumerate(np.array(starts)):
            for j, end in enumerate(np.array(ends)):
                ax.plot(*np.array([start, end]).T, color=QUIET, linewidth=1, zorder=1)
                _label(ax, start + at * (end - start), f"{W[k, j]:.1f}")
    for spots, words in zip(places, texts):
        for spot, word in zip(spots, words):
            _label(ax, spot, word, boxstyle="round,pad=0.5", edgecolor=INK)
    ax.set(xlim=(-0.7, 6.7), ylim=(-2.7, 2.7))
    ax.axis("off")
    return figure


def backprop():
    X = np.array([[1, 0.5], [0.8, -0.6], [-1, 0.4], [-0.4, -1]])
    z = np.array([0, 1, 2, 2])
    F = _softmax(X @ np.array([[0.4, 0.8, -0.6], [-0.8, 0.5, 0.6]]) + np.array([0.5, -0.5, -0.8]))
    D = F - np.eye(3)[z]
    figure, (left, right) = plt.subplots(1, 2, figsize=(7.0, 3.3))
    _triangle(left, ["class 1", "class 2", "class 3"])
    for r, (f, d) in enumerate(zip(F, D)):
        arrow = dict(arrowstyle="->", color=CLASSES[z[r]], linewidth=2.5)
        left.annotate("", (f - d / 2) @ CORNERS, f @ CORNERS, arrowprops=arrow)
        left.plot(*(f @ CORNERS), "o", color=CLASSES[z[r]], markersize=13)
        left.text(*(f @ CORNERS), f"{r + 1}", color="#ffffff", ha="center", va="center", weight="bold")
    heat_map(right, np.vstack([D, D.mean(axis=0)]), title="F − Y", limit=1.4)
    right.set_xticks(range(3), ["class 1", "class 2", "class 3"])
    right.set_yticks(range(5), ["1", "2", "3", "4", "mean"])
    right.set_aspect(0.6)
    return figure


def losses():
    d = np.linspace(-3, 3, 301)
    f = 1 / (1 + np.exp(-d))
    figure, (left, right) = plt.subplots(1, 2, figsize=(7.0, 3.2))
    huber = np.where(np.abs(d) <= 1, d**2 / 2, np.abs(d) - 0.5)
    entropy = np.log1p(np.exp(-d))
    curves = (
        (left, {"squared": d**2, "absolute": np.abs(d), "Huber": huber}),
        (right, {"hinge": np.maximum(0, 1 - d), "cross-entropy": entropy, "focal": (1 - f) ** 2 * entropy}),
    )
    for ax, named in curves:
        for (name, values), style, colour in zip(named.items(), ("-", "--", ":"), (BLUE, ORANGE, VIOLET)):
            ax.plot(d, values, style, color=colour, label=name)
        ax.set(ylim=(-0.1, 4))
        ax.legend(loc="upper center" if ax is left else "upper right")
    left.set_xlabel("prediction minus target")
    right.set_xlabel("score of the true class minus its rival's")
    return figure


def training():
    rng = np.random.default_rng(0)
    z = np.arange(150) % 2
    t = np.pi * rng.random(150)
    side = np.where(z, -1, 1)
    moons = np.column_stack([(np.cos(t) - 0.5) * 0.65, (np.sin(t) - 0.2) * 0.9])
    X = side[:, None] * moons + rng.normal(0, 0.07, (150, 2))
    params = [rng.normal(size=(2, 8)), np.zeros(8), rng.normal(size=(8, 2)) / 2, np.zeros(2)]
    history = []
    for _ in range(200):
        rows = rng.permutation(150)
        for batch in np.split(rows, range(32, 150, 32)):
            W, b, V, c = params
            H = np.maximum(X[batch] @ W + b, 0)
            F = _softmax(H @ V + c)
            history.append(-np.log(F[np.arange(len(batch)), z[batch]]).mean())
            dP = (F - np.eye(2)[z[batch]]) / len(batch)
            dA = dP @ V.T * (H > 0)
            grads = X[batch].T @ dA, dA.sum(axis=0), H.T @ dP, dP.sum(axis=0)
            params = [array - 0.3 * grad for array, grad in zip(params, grads)]
    W, b, V, c = params
    ticks = np.linspace(-1.25, 1.25, 120)
    plane = np.stack(np.meshgrid(ticks, ticks), axis=-1)
    lead = np.maximum(plane @ W + b, 0) @ (V[:, 1] - V[:, 0]) + c[1] - c[0]
    figure, (left, right) = plt.subplots(1, 2, figsize=(7.0, 3.3))
    left.contourf(ticks, ticks, lead, levels=[-1e9, 0, 1e9], colors=["#c6d7ea", "#edd3c3"])
    for k, marker in enumerate("os"):
        left.plot(*X[z == k].T, marker, color=CLASSES[k], markersize=4)
    left.set(aspect="equal", xticks=[], yticks=[])
    right.semilogy(history, color=BLUE, linewidth=1)
    right.set(xlabel="step", title="loss of each batch")
    return figure


def autodiff():
    w, x, v = 2.0, 0.5, -1.0
    p, q = w * x, v * x
    total = np.exp(p) + np.exp(q)
    f, g = np.exp(p) / total, np.exp(q) / total
    boxes = {
        "w": (0, 5, w, (f - 1) * x), "x": (2, 5, x, (f - 1) * w + g * v), "v": (4, 5, v, g * x),
        "p = w·x": (0.6, 4, p, f - 1), "q = v·x": (3.4, 4, q, g),
        "exp(p)": (1.4, 3, np.exp(p), 1 / total), "exp(q)": (3.4, 3, np.exp(q), 1 / total),
        "+": (2.4, 2, total, 1 / total), "log": (2.4, 1, np.log(total), 1.0), "−": (1.4, 0, np.log(total) - p, 1.0),
    }  # fmt: skip
    edges = [
        ("w", "p = w·x"), ("x", "p = w·x"), ("x", "q = v·x"), ("v", "q = v·x"),
        ("p = w·x", "exp(p)"), ("q = v·x", "exp(q)"),
        ("exp(p)", "+"), ("exp(q)", "+"), ("+", "log"), ("log", "−"), ("p = w·x", "−"),
    ]  # fmt: skip
    figure, ax = plt.subplots(figsize=(6.4, 5.6))
    for start, end in edges:
        ax.plot(*np.array([boxes[start][:2], boxes[end][:2]]).T, color=QUIET, linewidth=1, zorder=1)
    for name, (column, row, value, gradient) in boxes.items():
        _label(ax, (column, row), f"{name}\n{value:.3f}\nd {gradient:.3f}", boxstyle="round,pad=0.4", edgecolor=INK)
    ax.set(xlim=(-0.6, 4.6), ylim=(-0.5, 5.5))
    ax.axis("off")
    return figure


def _softmax(p):
    """(..., N) -> (..., N)"""
    e = np.exp(p - np.max(p, axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def _naive(p):
    e = np.exp(p)
    return -np.log(e[0] / e.sum())


def _fused(p):
    s = p - p.max()
    return np.log(np.exp(s).sum()) - s[0]


_LOSSES = {
    "naive: exp, divide, log": _naive,
    "shifted: the same of p − max p": lambda p: _naive(p - p.max()),
    "fused: log-sum-exp minus the logit": _fused,
}


def _verdict(loss, dtype, size):
    p = (size * np.array([1, 2, 3]) / 3).astype(dtype)
    with np.errstate(all="ignore"):
        found, exact = float(loss(p)), float(_fused(p.astype(np.float64)))
    if not np.isfinite(found):
        return "nan" if np.isnan(found) else "inf"
    return "right" if abs(found - exact) <= 8 * np.finfo(dtype).eps * max(1, exact) else "off"


def _triangle(axes, names):
    axes.plot(*CORNERS[[0, 1, 2, 0]].T, color=QUIET, linewidth=1)
    for corner, name, colour, rise in zip(CORNERS, names, CLASSES, (-0.09, 0.04, -0.09)):
        axes.text(*(corner + [0, rise]), name, ha="center", color=colour, weight="bold")
    axes.set(xlim=(-0.15, 1.15), ylim=(-0.15, 1.0), aspect="equal")
    axes.axis("off")


def _ring(axes, f):
    """The point of the probabilities f (3,) in the triangle, as something to drag."""
    axes.plot(*(f @ CORNERS), "o", markersize=10, mfc="#ffffff", mec=INK, mew=2.5, zorder=4)


def _label(axes, at, text, boxstyle="square,pad=0.1", edgecolor="none"):
    box = dict(boxstyle=boxstyle, facecolor="#ffffff", edgecolor=edgecolor)
    axes.text(*at, text.replace("-", "−"), ha="center", va="center", bbox=box, zorder=2)
