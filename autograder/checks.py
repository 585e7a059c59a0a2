"""What the test cells call. A check passes on a completed comparison and on nothing else.

    check = Check("softmax", softmax)
    check.value([1.0, 2.0, 3.0], expected=[0.09003057, 0.24472847, 0.66524096])
    check.passed("Your scores are probabilities now.")

Whatever is checked, every call of a student's function is watched: that it answers, that it changes none of its
arguments, that it answers the same again, and that an earlier answer is not overwritten by a later one.
"""

import os
import time
from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np

from . import gradients
from .calls import NotPlain, Outcome, call, identical, plain_array
from .diagnosis import cited, diagnose, of_one_part, some_results_wrong
from .messages import CheckFailed, Finding, Hint, publish, show_call

# A right answer in float32 is right: 1e-5 of each entry, and 1e-6 of the largest one where terms cancel.
RTOL = 1e-5
FLOOR = 1e-6
REPEATED = 4


class Check:
    """The checks of one function.

    name      the function's name in the exercise, by which its misconceptions are found
    function  the student's function (or a proxy of it)
    exercise  the exercise, where another one asks for a function of the same name
    """

    def __init__(self, name: str, function: Callable, *, exercise: str = "", _hidden: bool = False):
        self.name = name
        self.function = function
        self.exercise = exercise
        self._hidden = _hidden
        self._kind_of_input = ""
        self._earlier: deque[tuple[Any, Any]] = deque(maxlen=6)
        self._cases: list[tuple[tuple, Any]] = []
        self._part_is_right = False
        # What a student's cell has set may not turn the arithmetic of a check into an error.
        np.seterr(all="ignore")
        seed = int(os.environ.get("AUTOGRADER_SEED", "0"))
        # Each function has inputs of its own, whatever was drawn for the others.
        self.rng = np.random.default_rng([seed, *name.encode()])

    def hidden(self) -> "Check":
        """The same function under hidden checks: their messages show the kind of input, never input or expected
        value, and `rng` draws from the seed of the grading run."""
        return Check(self.name, self.function, exercise=self.exercise, _hidden=True)

    def call(self, *args: Any, kind: str = "") -> Any:
        """What the function returns for copies of `args`, or CheckFailed where the call itself is at fault.

        kind  the kind of input in words, such as "rows of very different size"; shown where the check is hidden
        """
        raw = self._call(args, kind).raw
        return np.array(raw, subok=False) if isinstance(raw, np.ndarray) else raw

    def value(
        self, *args: Any, expected: Any, kind: str = "", rtol: float = RTOL, floor: float = FLOOR,
        names: tuple[str, ...] = (), integers: bool = False, seconds: float = np.inf,
    ) -> Any:  # fmt: skip
        """Compares shape, finiteness and values with `expected`; returns what came back.

        expected  number or array-like of numbers; a tuple for several results, each an array-like or again a tuple
        rtol      tolerance relative to each entry
        floor     tolerance relative to the largest finite entry; 0 where the tail must be exact
        names     how the results are called, in messages; of a list of layers, how the parts of each are called
        integers  whether the answer must be of an integer type (class indices)
        seconds   what the call may take
        """
        expected = _as_expected(expected)
        began = time.perf_counter()
        raw = self._call(args, kind, expected).raw
        took = time.perf_counter() - began
        self._cases.append((args, expected))
        if took > seconds:
            self._fail("slow", args, f"the call took {took:.1f} s, and {seconds:.0f} s are allowed")
        leaves = self._leaves(args, raw, _shapes_of(expected), names)
        for (name, got), right in zip(leaves, _flat(expected)):
            self._compare(args, name, got, right, rtol, floor, integers)
        # How a function behaves on repeated calls shows on a few inputs as well as on all.
        if len(self._cases) <= REPEATED:
            self._same_again(args, raw, kind)
        return raw

    def shapes(self, *args: Any, expected: tuple, names: tuple[str, ...] = (), kind: str = "") -> list[np.ndarray]:
        """Compares structure and shapes with `expected`, a shape or a nested tuple of shapes; returns the arrays in
        one list, all finite."""
        raw = self._call(args, kind).raw
        self._cases.append((args, None))
        leaves = self._leaves(args, raw, expected, names)
        for name, got in leaves:
            if not np.all(np.isfinite(got)):
                self._fail("finite", args, f"{name}: nan or inf came back".removeprefix(": "))
        self._same_again(args, raw, kind)
        return [got for _, got in leaves]

    def near(
        self, statement: str, *, got: float, expected: float, within: float, args: tuple = (), idea: str = ""
    ) -> None:  # fmt: skip
        """Checks that a number measured on answers, such as a mean, lies within `within` of `expected`.

        idea  the misconception that explains a failure where the answer behaves exactly like none of the bank
        """
        if not abs(got - expected) <= within:
            self._cases.append((args or self._last_args(), None))
            sentence = f"it should hold that {statement}"
            self._fail("structure", args, sentence, float(got), float(expected), otherwise=self._citing(idea))

    def gradient(
        self, *args: Any, of: Callable[[np.ndarray], float], wrt: int = 0, part: int | tuple[int, ...] | None = None,
        named: str = "gradient", against: str = "", kind: str = "", rtol: float = RTOL,
    ) -> None:  # fmt: skip
        """Compares the returned gradient, entry by entry, with numerical derivatives of the scalar function `of`.

        of       takes the value in the place of `args[wrt]`
        wrt      index of the argument, or a path of indices into nested arguments
        part     index of the gradient among several results, or a path of indices; None for the only one
        named    the gradient's name in messages, such as "dW"
        against  whose slope it is compared with, in words, where that is not the definition
        """
        raw = self._call(args, kind).raw
        analytic = self._array(args, self._part(args, raw, part, named), named)
        point = args
        for index in wrt if isinstance(wrt, tuple) else (wrt,):
            point = point[index]
        numeric = gradients.numerical_gradient(of, point)
        comparison = gradients.compare(analytic, numeric, rtol=rtol)
        self._cases.append((args, numeric.value if part is None else None))
        if not comparison.ok:
            if analytic.shape != numeric.value.shape:
                self._fail_shape(args, analytic, numeric.value.shape, named)
            slope = f"the slope of {against}" if against else "the slope that numerical differentiation measures"
            self._fail(
                "gradient", args, f"{named} does not agree with {slope}",
                got=analytic, expected=numeric.value, worst=comparison.worst,
                otherwise=lambda: of_one_part(
                    lambda *given: self._part(given, call(self.function, given).raw, part, named), args, numeric.value
                ) or (some_results_wrong() if self._part_is_right else None),
            )  # fmt: skip
        self._part_is_right = part is not None

    def jacobian(self, x: Any, *, of: Callable[[np.ndarray], np.ndarray], kind: str = "", rtol: float = RTOL) -> None:
        """Compares the returned Jacobian of `of` at `x`, J[i, j] = ∂of_i/∂x_j, with numerical derivatives."""
        analytic = self._array((x,), self._call((x,), kind).raw)
        numeric = gradients.numerical_jacobian(of, x)
        comparison = gradients.compare(analytic, numeric, rtol=rtol)
        self._cases.append(((x,), numeric.value))
        if not comparison.ok:
            if analytic.shape != numeric.value.shape:
                self._fail_shape((x,), analytic, numeric.value.shape)
            self._fail(
                "gradient", (x,), "the Jacobian does not agree with numerical derivatives",
                got=analytic, expected=numeric.value, worst=comparison.worst,
            )  # fmt: skip

    def linear(self, *args: Any, wrt: int, kind: str = "") -> None:
        """Checks that every result is linear in `args[wrt]`: the upstream gradient may only be passed through."""

        def at(upstream):
            changed = (*args[:wrt], upstream, *args[wrt + 1 :])
            raw = self._call(changed, kind).raw
            several = isinstance(raw, (tuple, list)) and not _is_array_like(raw)
            parts = raw if several else (raw,)
            return [self._array(changed, part) for part in parts]

        u = np.asarray(args[wrt], dtype=float)
        v = np.random.default_rng(5).normal(size=u.shape)
        for left, a, b in zip(at(2.0 * u - 3.0 * v), at(u), at(v)):
            self.holds("the result is linear in the upstream gradient", got=left, expected=2.0 * a - 3.0 * b, args=args)
        for zero in at(np.zeros_like(u)):
            self.holds("an upstream gradient of zero gives zero", got=zero, expected=np.zeros_like(zero), args=args)

    def holds(
        self, statement: str, *, got: Any, expected: Any, args: tuple = (), kind: str = "", rtol: float = RTOL,
        idea: str = "",
    ) -> None:  # fmt: skip
        """Checks a property: `got`, computed from answers, equals `expected` (to `rtol` of the larger of the two).

        statement  what should hold, as a sentence without a full stop: "every row sums to 1"
        args       the arguments at which it was tried
        idea       as for `near`
        """
        self._kind_of_input = kind or self._kind_of_input
        self._cases.append((args or self._last_args(), None))
        got, expected = self._array(args, got), np.asarray(expected, dtype=float)
        if got.shape != expected.shape:
            self._fail_shape(args, got, expected.shape)
        scale = max(
            np.abs(got[np.isfinite(got)]).max(initial=0.0),
            np.abs(expected[np.isfinite(expected)]).max(initial=0.0),
        )
        wrong = ~((np.abs(got - expected) <= rtol * max(scale, 1e-300)) | (got == expected))
        if wrong.any():
            self._fail(
                "structure",
                args,
                f"it should hold that {statement}",
                got=got,
                expected=expected,
                worst=_worst(wrong),
                otherwise=self._citing(idea),
            )
        self._cases.pop()  # a property that holds says nothing of what comes back

    def raises(self, *args: Any, error: type[Exception], kind: str = "") -> None:
        """Checks that the function refuses `args` with an exception of the type `error`."""
        self._kind_of_input = kind
        outcome = call(self.function, args)
        self._cases.append((args, None))
        if outcome.raised is None:
            self._fail("accepted", args, f"this should raise {error.__name__}, and an answer came back")
        # No answer at all, such as a time-out, is no refusal, whatever its class.
        if not isinstance(outcome.raised, error) or getattr(outcome.raised, "is_sentence", False):
            self._fail_raised(args, outcome.raised, wanted=f", and {error.__name__} is asked for")

    def passed(self, meaning: str) -> None:
        """One quiet line: the checks above have passed, and what that means."""
        print(f"✓ {self.name}: {meaning}")

    def _call(self, args: tuple, kind: str, expected: Any = None) -> Outcome:
        self._kind_of_input = kind
        outcome = call(self.function, args)
        if outcome.raised is not None:
            self._cases.append((args, expected))
            self._fail_raised(args, outcome.raised)
        if outcome.mutated:
            self._cases.append((args, expected))
            which = {0: "first", 1: "second", 2: "third", 3: "fourth"}.get(outcome.mutated[0], "last")
            self._fail("mutated", args, f"the function changes its {which} argument; work on a copy")
        if any(not identical(answer, before) for answer, before in self._earlier):
            self._cases.append((args, None))
            self._fail(
                "overwritten",
                args,
                "this call overwrote the answer to an earlier call; return a new array each time",
            )
        self._earlier.append((outcome.raw, _snapshot(outcome.raw)))
        return outcome

    def _same_again(self, args: tuple, first: Any, kind: str) -> None:
        before = _snapshot(first)
        second = self._call(args, kind).raw
        if not _close_enough(before, second):
            self._fail("repeat", args, "the same call gives another answer the second time")
        # The same numbers would hide a buffer that all calls share: other numbers in the same shapes show it.
        call(self.function, tuple(np.flip(a) if isinstance(a, np.ndarray) else a for a in args))
        if any(not identical(answer, snapshot) for answer, snapshot in self._earlier):
            self._fail("overwritten", args, "a later call overwrites this answer; return a new array each time")

    def _leaves(self, args: tuple, raw: Any, shapes: Any, names: tuple[str, ...], name: str = "") -> list:
        """(name, array) for each array asked for, in the shape asked for; `shapes` is nested like the answer."""
        if not _is_shape(shapes):
            if not isinstance(raw, (tuple, list)) and not (isinstance(raw, np.ndarray) and raw.ndim):
                self._fail("type", args, f"{len(shapes)} results are asked for, and {_kind_name(raw)} came back")
            if len(raw) != len(shapes):
                what = f"{name}: {len(shapes)}" if name else str(len(shapes))
                self._fail("type", args, f"{what} results are asked for, and {len(raw)} came back")
            found = []
            for k, (r, inner) in enumerate(zip(raw, shapes)):
                if _is_shape(inner):
                    label = names[k] if k < len(names) else f"result {k}"
                else:
                    label = f"layer {k + 1}"
                found += self._leaves(args, r, inner, names, f"{name} {label}".strip())
            return found
        got = self._array(args, raw, name)
        if got.shape != shapes:
            self._fail_shape(args, got, shapes, name)
        return [(name, got)]

    def _compare(self, args, name, got, expected, rtol, floor, integers) -> None:
        subject = f"{name}: " if name else ""
        if integers and got.dtype.kind not in "iub":
            self._fail("type", args, f"{subject}an integer type is asked for, and {got.dtype} came back")
        exact, answer = expected.astype(float), got.astype(float)
        unwanted = ~np.isfinite(answer) & ~((answer == exact) | (np.isnan(answer) & np.isnan(exact)))
        if unwanted.any():
            what = "nan" if np.isnan(answer[unwanted]).any() else "inf"
            self._fail("finite", args, f"{subject}{what} came back", got=answer, expected=exact, worst=_worst(unwanted))
        finite = np.isfinite(exact)
        # An infinity is equal or it is wrong.
        tolerance = np.where(finite, rtol * np.abs(exact), 0.0) + floor * np.abs(exact[finite]).max(initial=0.0)
        with np.errstate(invalid="ignore"):
            wrong = ~((np.abs(answer - exact) <= tolerance) | (answer == exact))
        if wrong.any():
            sentence = f"{subject}the values are wrong"
            self._fail("values", args, sentence, got=answer, expected=exact, worst=_worst(wrong), rtol=rtol)

    def _array(self, args: tuple, raw: Any, name: str = "") -> np.ndarray:
        try:
            return plain_array(raw)
        except NotPlain as problem:
            self._fail("type", args, f"{name}: {problem}" if name else str(problem))

    def _citing(self, idea: str) -> Callable[[], Hint | None]:
        return lambda: cited(self.name, idea, self.exercise) if idea else None

    def _part(self, args, raw, part, named):
        for index in () if part is None else part if isinstance(part, tuple) else (part,):
            if not isinstance(raw, (tuple, list, np.ndarray)) or len(raw) <= index:
                self._fail("type", args, f"{named} is missing from what came back")
            raw = raw[index]
        return raw

    def _last_args(self) -> tuple:
        return self._cases[-1][0] if self._cases else ()

    def _fail_shape(self, args: tuple, got: np.ndarray, shape: tuple[int, ...], name: str = "") -> None:
        subject = name or "the result"
        # A shape of any numbers could be made to tell what a hidden check had asked.
        has = f"shape {got.shape}" if got.size or not self._hidden else "no entries"
        self._fail("shape", args, f"{subject} has {has}, and shape {shape} is asked for")

    def _fail_raised(self, args, error: BaseException, wanted: str = "") -> None:
        if isinstance(error, NotImplementedError):
            self._fail("missing", (), "not written yet: the cell still raises NotImplementedError")
        # What an exception says may hold the input, and a hidden check shows the kind of input only.
        if getattr(error, "is_sentence", False):
            self._fail("no answer", args, getattr(error, "in_general", str(error)) if self._hidden else str(error))
        said = f": {error}" if str(error) and not self._hidden else ""
        self._fail("raised", args, f"the call raised {type(error).__name__}{said}{wanted}")

    def _fail(
        self, kind: str, args: tuple, sentence: str, got=None, expected=None, worst=None, rtol=RTOL,
        otherwise: Callable[[], Hint | None] = lambda: None,
    ) -> None:  # fmt: skip
        """Raises CheckFailed; `otherwise` gives the hint where no diagnosis is found."""
        cases = self._cases or [(args, None)]
        try:
            hint = diagnose(self.name, self.function, cases, kind, self.exercise, rtol) or otherwise()
        except Exception as error:  # a verdict must not depend on whether it can be explained
            if getattr(error, "grader_fault", False):
                raise
            hint = None
        tried = self._kind_of_input if self._hidden else (show_call(self.name, args) if args else "")
        finding = Finding(self.name, kind, sentence, tried, got, expected, worst or None, hint, self._hidden)
        publish(finding)
        raise CheckFailed(finding)


def _as_expected(value: Any) -> Any:
    return tuple(map(_as_expected, value)) if isinstance(value, tuple) else np.asarray(value)


def _is_shape(shapes: tuple) -> bool:
    return all(isinstance(size, int) for size in shapes)


def _shapes_of(expected: Any) -> tuple:
    return tuple(map(_shapes_of, expected)) if isinstance(expected, tuple) else expected.shape


def _flat(expected: Any) -> list[np.ndarray]:
    return [leaf for part in expected for leaf in _flat(part)] if isinstance(expected, tuple) else [expected]


def _worst(wrong: np.ndarray) -> tuple[int, ...]:
    return tuple(int(i) for i in np.unravel_index(int(np.argmax(wrong)), wrong.shape)) if wrong.ndim else ()


def _is_array_like(value: Any) -> bool:
    try:
        plain_array(value)
    except NotPlain:
        return False
    return True


def _kind_name(value: Any) -> str:
    return "None" if value is None else f"one {type(value).__name__}"


def _snapshot(value: Any) -> Any:
    if isinstance(value, (tuple, list)):
        return type(value)(map(_snapshot, value)) if type(value) in (tuple, list) else value
    if isinstance(value, dict):
        return {key: _snapshot(inner) for key, inner in value.items()}
    return value.copy() if isinstance(value, np.ndarray) else value


def _close_enough(a: Any, b: Any) -> bool:
    """The same answer again: BLAS may add in another order, so 1e-12 of the largest entry is the same."""
    if identical(a, b):
        return True
    if isinstance(a, (tuple, list)) and any(isinstance(x, (np.ndarray, tuple, list)) for x in a):
        return isinstance(b, (tuple, list)) and len(a) == len(b) and all(map(_close_enough, a, b))
    try:
        x, y = plain_array(a).astype(float), plain_array(b).astype(float)
    except NotPlain:
        return False
    if x.shape != y.shape:
        return False
    scale = np.abs(x[np.isfinite(x)]).max(initial=0.0)
    with np.errstate(invalid="ignore"):
        return bool(np.all((np.abs(x - y) <= 1e-12 * scale) | (x == y) | (np.isnan(x) & np.isnan(y))))
