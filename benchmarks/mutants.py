"""Mutants: the reference solutions with one small change each. Those that the test cells let through are looked at.

    python benchmarks/mutants.py [function ...]

A mutant is killed where a test cell fails or runs too long. One that survives is *equivalent* where it answers like
the reference on many fresh inputs, the extremes that the exercise names among them; any other is a hole in the tests.
"""

import ast
import copy
import signal
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

import masters

from autograder import misconceptions
from autograder.calls import NotPlain, call, identical, plain_array
from autograder.checks import CheckFailed

SECONDS = 20
# What the exercise tolerates where that is wider than 1e-9.
SAME = {"largest_safe_logit": 1e-3}
DRAWS = 20
# Survivors that answer otherwise and are right all the same: function, part of the changed line, reason.
HARMLESS = [
    ("minibatches", "-rng.permutation", "negative indices of a permutation are a permutation"),
    ("minibatches", "-rng.permutation(", "indices from the end, in random order, are a random order too"),
    ("init_params", "* -np.sqrt", "the normal distribution is symmetric"),
    (
        "numerical_gradient",
        "def numerical_gradient(f, x, h=",
        "a step of another size measures the same slope, to the digits that are asked for",
    ),
    ("init_params", "2.02 / n", "half a per cent in the deviation, which no sample of a sensible size shows"),
]

BINARY = {
    ast.Add: (ast.Sub, ast.Mult),
    ast.Sub: (ast.Add, ast.Mult),
    ast.Mult: (ast.Div, ast.Add),
    ast.Div: (ast.Mult, ast.FloorDiv),
    ast.MatMult: (ast.Mult,),
    ast.BitOr: (ast.BitAnd,),
}
COMPARISON = {
    ast.Gt: (ast.GtE, ast.Lt, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt, ast.LtE),
    ast.Lt: (ast.LtE, ast.Gt, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt, ast.GtE),
}
# Names beside which another one lies close by.
NAMES = {
    "exp": ("exp2", "expm1"),
    "log": ("log2", "log10", "log1p"),
    "sum": ("mean", "max", "prod"),
    "mean": ("sum", "max", "median"),
    "max": ("min", "mean", "sum"),
    "maximum": ("minimum", "add"),
    "argmax": ("argmin",),
    "outer": ("add.outer", "inner"),
    "diag": ("asarray",),
    "eye": ("ones_like",),
    "zeros": ("ones",),
    "normal": ("uniform", "standard_exponential"),
    "sqrt": ("square", "asarray"),
    "any": ("all",),
}


@dataclass(frozen=True)
class Mutant:
    """One change of the reference solution of `function`; `source` is the changed code, `change` says what changed."""

    exercise: str
    function: str
    change: str
    source: str

    def answer(self):
        """The changed function, in a namespace where all other functions are right."""
        namespace = masters.solved(self.exercise)
        exec(self.source, namespace)
        return namespace[self.function]


@dataclass(frozen=True)
class Fate:
    """What became of a mutant: `killed` by a check of this kind, or "" where every test cell has passed."""

    killed: str
    misconception: str | None = None


class TooLong(BaseException):
    """A mutant ran longer than SECONDS. No Exception, so that neither the mutant nor a check can catch it."""


def mutants(exercise: str, function: str) -> Iterator[Mutant]:
    """Every mutant of the reference solution, each once, in the order of its code."""
    source = next(
        c.source for c in masters.cells(exercise) if c.metadata.get("nbgrader", {}).get("grade_id") == function
    )
    tree = ast.parse(source)
    seen = {ast.unparse(tree)}
    count = sum(1 for _ in ast.walk(tree))
    for position in range(count):
        for choice in range(50):
            changed = copy.deepcopy(tree)
            node, parent, field, index = _at(changed, position)
            changes = list(_changes(node))
            if choice >= len(changes):
                break
            _put(parent, field, index, changes[choice])
            try:
                text = ast.unparse(ast.fix_missing_locations(changed))
                compile(text, function, "exec")
            except (SyntaxError, ValueError, AttributeError):
                continue
            if text not in seen:
                seen.add(text)
                yield Mutant(exercise, function, _difference(ast.unparse(tree), text), text)


def holes(exercise: str, function: str) -> Iterator[str]:
    """What is wrong with the tests of `function`: survivors that are wrong, and mutants that crash a test cell."""
    for mutant in mutants(exercise, function):
        end = fate(mutant)
        if end.killed.startswith("crash"):
            yield f"{function}: {mutant.change}\n    {end.killed}"
        elif not end.killed and not equivalent(mutant):
            line = mutant.change.partition("  ->  ")[2]
            if not any(function == f and part in line for f, part, _ in HARMLESS):
                yield f"{function}: {mutant.change}\n    passes every check"


def fate(mutant: Mutant) -> Fate:
    """Runs the test cells against the mutant."""
    try:
        with limited(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            masters.run_tests_of(mutant.exercise, mutant.function, mutant.answer())
    except CheckFailed as failed:
        return Fate(failed.finding.kind, failed.misconception)
    except TooLong:
        return Fate("time")
    except Exception as error:
        return Fate(f"crash of the test cell: {type(error).__name__}: {error}")
    return Fate("")


class limited:
    """A context that raises TooLong after `SECONDS` seconds (POSIX, in the main thread)."""

    def __enter__(self):
        def stop(*_):
            raise TooLong

        self._before = signal.signal(signal.SIGALRM, stop)
        signal.alarm(SECONDS)

    def __exit__(self, *_):
        signal.alarm(0)
        signal.signal(signal.SIGALRM, self._before)


def equivalent(mutant: Mutant) -> bool:
    """Whether the mutant answers like the reference on fresh inputs, to 1e-9, errors and changed arguments included."""
    answer, reference = mutant.answer(), masters.solved(mutant.exercise)[mutant.function]
    draw = misconceptions.inputs_of(mutant.function, mutant.exercise)
    rng = np.random.default_rng(7)
    drawn = [args for _ in range(DRAWS) for args in draw(rng)] if draw else []
    for args in drawn + _extremes_of(mutant):
        got, right = call(answer, args), call(reference, args)
        if got.mutated != right.mutated or type(got.raised) is not type(right.raised):
            return False
        if right.raised is None and not _same(got.raw, right.raw, SAME.get(mutant.function, 1e-9)):
            return False
    return True


def _extremes() -> dict:
    """Inputs that the exercises allow by name, beside what the banks draw."""
    rng = np.random.default_rng(11)
    four_axes = (rng.normal(size=(2, 3, 2, 4)) * 3,)
    far_apart = np.array([[-1000.0, -999.0, -1001.0], [1000.0, 0.0, 998.0], [0.5, 0.0, -0.5], [-3000.0, -3001.0, 5.0]])
    masked = np.array([[0.0, -np.inf, 1.0], [-np.inf, 2.0, -np.inf]])
    stable = [four_axes, (far_apart,), (masked,), (rng.normal(size=500),), ([[1, 2], [3, 3]],)]
    whole = [
        (rng.integers(-3, 4, size=(3, 4)), rng.integers(-2, 3, size=4)),
        (rng.integers(-2, 3, size=(4, 2)), np.zeros(2, int)),
    ]
    real = [(rng.normal(size=(3, 4)), rng.normal(size=4)), (rng.normal(size=(4, 2)), rng.normal(size=2))]
    layers = [(5, 1, 3), (3, 4, 3), (1, 4, 3), (4, 4, 4), (6, 2, 1)]
    X = rng.normal(size=(5, 3))
    Y = np.eye(2)[[0, 1, 1, 0, 1]]
    return {
        "softmax": [(rng.uniform(-20, 20, size=300),), ([-20, -20],), ([20.0],)],
        "softmax_batch": [(rng.uniform(-20, 20, size=(1, 1)),), (rng.uniform(-20, 20, size=(2, 300)),)],
        "softmax_temperature": [([0.5, 1.0, -1.0], 0.05), ([1, 2], 1000)],
        "sigmoid": [(-20.0,), (np.array(3.0),), (np.linspace(-20, 20, 41),)],
        "stable_softmax": stable,
        "logsumexp": stable,
        "log_softmax": [stable[0], stable[1], *stable[3:], ([0.0, -5000.0],)],
        "cross_entropy_logits": [(far_apart, [0, 1, 2, 2]), (4 * far_apart, np.array([1, 2, 0, 0]))],
        "largest_safe_logit": [(kind,) for kind in ("float16", np.float16, np.dtype("f4"), "float64")],
        "softmax_jacobian": [(far_apart[0],), (far_apart[1],), ([3],), (rng.normal(size=60),)],
        "softmax_jvp": [(far_apart[1], [1.0, 2.0, 3.0]), ([3], [1]), (rng.normal(size=9), np.ones(9))],
        "softmax_vjp": [
            (far_apart, rng.normal(size=(4, 3))), ([[3]], [[2.0]]), (np.ones((2, 7)), rng.normal(size=(2, 7)))
        ],
        "log_softmax_jacobian": [(far_apart[0],), (far_apart[1],), ([3],), (rng.normal(size=60),)],
        "one_hot": [([0], 1), ([1], 1), ([-1], 3), ([0, 3, 1], 3), ([0, -3, 1], 3), (np.arange(300), 300)],
        "linear": [(rng.normal(size=(B, N)), rng.normal(size=(N, T)), rng.normal(size=T)) for B, N, T in layers],
        "relu": [(np.array([0.0, 1e-9, -1e-9, 1e6, -1e6]),), (-0.0,), ([[1], [-2]],)],
        "init_params": [([1, 1], np.random.default_rng(4)), ((3, 2, 5, 4), np.random.default_rng(5))],
        "count_params": [([1, 1],), ([7, 5, 4, 3, 2, 9],), ((3, 8),)],
        "forward": [(whole, rng.integers(-3, 4, size=(2, 3)).tolist()), (real, X), (real[:1], X.tolist())],
        "predict": [(whole, rng.integers(-3, 4, size=(2, 3)).tolist()), (real, X)],
        "cross_entropy": [([[0.0, 1e-30, 1.0], [1.0, 0.0, 0.0]], [[0, 1, 0], [1, 0, 0]])],
        "grad_probs": [([1e-9, 0.4, 0.6], [1, 0, 0]), ([0.5, 0.5], [0, 1])],
        "grad_logits": [(far_apart, np.eye(3)[[0, 1, 2, 0]]), (far_apart[:1], [[0, 0, 1]])],
        "linear_backward": [
            (rng.normal(size=(B, N)), rng.normal(size=(N, T)), rng.normal(size=(B, T))) for B, N, T in layers
        ] + [([[1, 2]], [[1, 0, 2], [0, 1, 3]], [[0.5, 0.25, 0.125]])],
        "relu_backward": [([[1, -2, 3]], [[0.5, 0.25, -0.75]]), ([1e-9, -1e-9, 5.0], [1.0, 1.0, 1.0])],
        "softmax_layer_gradients": [
            (*(rng.normal(size=s) for s in ((B, N), (N, T), T)), np.eye(T)[rng.integers(0, T, size=B)])
            for B, N, T in layers
        ],
        "backward": [
            (whole, rng.integers(-3, 4, size=(5, 3)), Y), (real, X, Y), (real[:1], X, np.eye(4)[[0, 1, 2, 3, 1]])
        ],
    }  # fmt: skip


EXTREMES = _extremes()


def _extremes_of(mutant: Mutant) -> list[tuple]:
    # Where two exercises have a function of the same name, the first is meant.
    first = next(e for e in masters.EXERCISES if mutant.function in masters.functions(e))
    return EXTREMES.get(mutant.function, []) if mutant.exercise == first else []


def _same(a, b, within: float) -> bool:
    try:
        x, y = plain_array(a), plain_array(b)
    except NotPlain:
        if isinstance(a, (tuple, list)) and isinstance(b, (tuple, list)):
            return len(a) == len(b) and all(map(_same, a, b, [within] * len(a)))
        return identical(a, b)
    if x.shape != y.shape or (x.dtype.kind in "iub") > (y.dtype.kind in "iub") and np.any(x != y):
        return False
    x, y = x.astype(float), y.astype(float)
    with np.errstate(all="ignore"):
        close = np.abs(x - y) <= within * np.abs(y) + 1e-15 * np.abs(y[np.isfinite(y)]).max(initial=0.0)
    return bool(np.all((x == y) | close | (np.isnan(x) & np.isnan(y))))


def _at(tree: ast.AST, position: int):
    """The node at a position of a walk through the tree, and where it hangs: (node, parent, field, index)."""
    found = [(tree, None, "", None)]
    for node, *_ in found:
        for field, value in ast.iter_fields(node):
            if isinstance(value, ast.AST):
                found.append((value, node, field, None))
            elif isinstance(value, list):
                found += [(item, node, field, i) for i, item in enumerate(value) if isinstance(item, ast.AST)]
    return found[position] if position < len(found) else found[0]


def _put(parent: ast.AST, field: str, index: int | None, node: ast.AST | None) -> None:
    if index is None:
        setattr(parent, field, node)
    elif node is None:
        del getattr(parent, field)[index]
    else:
        getattr(parent, field)[index] = node


def _changes(node: ast.AST) -> Iterator[ast.AST | None]:
    """What may stand in the place of `node`; None deletes it."""
    if isinstance(node, ast.BinOp):
        for other in BINARY.get(type(node.op), ()):
            yield ast.BinOp(node.left, other(), node.right)
        yield ast.BinOp(node.right, node.op, node.left)
        yield node.left
        yield node.right
    elif isinstance(node, ast.UnaryOp):
        yield node.operand
    elif isinstance(node, ast.Compare) and len(node.ops) == 1:
        for other in COMPARISON.get(type(node.ops[0]), ()):
            yield ast.Compare(node.left, [other()], node.comparators)
    elif isinstance(node, ast.Constant):
        if isinstance(node.value, bool):
            yield ast.Constant(not node.value)
        elif isinstance(node.value, (int, float)):
            for value in (node.value + 1, node.value - 1, -node.value, node.value * 2, node.value * 1.01):
                yield ast.Constant(value)
        elif node.value is None:
            yield ast.Constant(0)
    elif isinstance(node, ast.Attribute):
        if node.attr == "T":
            yield node.value
        for other in NAMES.get(node.attr, ()):
            yield ast.parse(f"{ast.unparse(node.value)}.{other}", mode="eval").body
    elif isinstance(node, ast.Call):
        if node.args:
            yield node.args[0]
            yield ast.UnaryOp(ast.USub(), node)
        if len(node.args) > 1:
            yield ast.Call(node.func, [node.args[1], node.args[0], *node.args[2:]], node.keywords)
        for k in range(len(node.keywords)):
            yield ast.Call(node.func, node.args, node.keywords[:k] + node.keywords[k + 1 :])
        if isinstance(node.func, ast.Attribute) and not node.args:
            yield node.func.value
    elif isinstance(node, ast.keyword) and node.arg == "axis":
        for value in (ast.Constant(0), ast.Constant(1), ast.Constant(-1), ast.Constant(None)):
            yield ast.keyword("axis", value)
    elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield node.body
        yield node.orelse
    elif isinstance(node, ast.Return) and node.value is not None:
        yield ast.Return(ast.BinOp(ast.Constant(2.0), ast.Mult(), node.value))
        yield ast.Return(ast.UnaryOp(ast.USub(), node.value))
    elif isinstance(node, ast.Tuple) and isinstance(node.ctx, ast.Load) and len(node.elts) > 1:
        yield ast.Tuple([node.elts[1], node.elts[0], *node.elts[2:]], ast.Load())
        yield ast.Tuple(node.elts[:-1], ast.Load())
    if isinstance(node, (ast.Assign, ast.Expr, ast.If)):
        yield ast.Pass()


def _difference(before: str, after: str) -> str:
    """The first changed line, before and after."""
    for old, new in zip(before.splitlines(), after.splitlines()):
        if old != new:
            return f"{old.strip()}  ->  {new.strip()}"
    return "a line is missing"


def main(names: list[str]) -> None:
    for exercise in masters.EXERCISES:
        for function in masters.functions(exercise):
            if not names or function in names:
                found = list(holes(exercise, function))
                born = sum(1 for _ in mutants(exercise, function))
                print(f"{function}: {born} mutants, {len(found)} of them show a hole", *found, sep="\n  ", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
