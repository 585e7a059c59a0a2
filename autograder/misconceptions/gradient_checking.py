"""What goes wrong in the exercise "Checking gradients numerically"."""

import numpy as np

from . import EPSILONS, inputs, misconception


def _floats(x):
    return np.array(x, dtype=float)


def _central(f, x, h=1e-5):
    x = _floats(x)
    gradient = np.zeros(x.shape)
    for at in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[at] += h
        down[at] -= h
        gradient[at] = (f(up) - f(down)) / (2 * h)
    return gradient


def _forward(f, x, h=1e-5):
    x = _floats(x)
    gradient = np.zeros(x.shape)
    for at in np.ndindex(x.shape):
        up = x.copy()
        up[at] += h
        gradient[at] = (f(up) - f(x)) / h
    return gradient


def _curved(c, d):
    def f(x):
        x = np.asarray(x)
        return np.sum(c * np.exp(x / 2)) + np.sum(d * x) ** 2 + np.sum(x**3)

    return f


def _random_functions(rng):
    drawn = []
    for shape in ((3,), (2, 3), (3, 3), (4, 1)):
        f = _curved(rng.uniform(0.5, 2, size=shape), rng.normal(size=shape))
        drawn += [(f, rng.uniform(0.3, 1.7, size=shape)), (f, rng.uniform(0.3, 1.7, size=shape), 0.1)]
    drawn += [(f, rng.integers(1, 5, size=shape)), (f, rng.integers(1, 5, size=shape), 0.25)]
    return [*drawn, (lambda x: np.sum(np.asarray(x) ** 3), [[1, 2], [0, 3], [4, -1]], 0.5)]


@inputs(of="numerical_gradient")
def draw_functions(rng):
    return _random_functions(rng)


@misconception(of="numerical_gradient", section="gradient_checking-difference")
def forward_difference(f, x, h=1e-5):
    """The difference goes to one side only, from x to x + h.

    For the cube, how far off is your slope with a large h, and how far off is the central one?
    """
    return _forward(f, x, h)


@misconception(of="numerical_gradient", section="gradient_checking-difference")
def backward_difference(f, x, h=1e-5):
    """The difference goes to one side only, from x - h to x.

    Which term of the Taylor series would cancel if you went to both sides?
    """
    return _forward(f, x, -h)


@misconception(of="numerical_gradient", section="gradient_checking-difference")
def divided_by_one_step(f, x, h=1e-5):
    """The difference is divided by h.

    How far apart are x + h and x - h?
    """
    return 2 * _central(f, x, h)


@misconception(of="numerical_gradient", section="gradient_checking-difference")
def two_steps_to_one_side(f, x, h=1e-5):
    """The two points are x and x + 2h, so x does not lie in the middle.

    Around which point is your difference symmetric?
    """
    return _forward(f, x, 2 * h)


@misconception(of="numerical_gradient", section="gradient_checking-difference")
def difference_the_wrong_way_round(f, x, h=1e-5):
    """The value above is taken off the value below, so every slope has the wrong sign.

    If f grows with x, which of your two values is the larger?
    """
    return -_central(f, x, h)


@misconception(of="numerical_gradient", section="gradient_checking-difference")
def nudge_cut_off_by_integers(f, x, h=1e-5):
    """The copy of an integer array holds integers, and the nudge is cut off when it is stored.

    What does an array of integers do with 1.00001?
    """
    x = np.array(x)
    gradient = np.zeros(x.shape)
    for at in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[at] += h
        down[at] -= h
        gradient[at] = (f(up) - f(down)) / (2 * h)
    return gradient


@misconception(of="numerical_gradient", section="gradient_checking-difference")
def result_in_an_integer_array(f, x, h=1e-5):
    """The slopes are stored in an array of the type of x, so for integers they lose their fractions.

    Which type should the result have when x holds integers?
    """
    return _central(f, x, h).astype(np.asarray(x).dtype)


@misconception(of="numerical_gradient", section="gradient_checking-difference")
def all_entries_nudged_at_once(f, x, h=1e-5):
    """All entries move together, and one number comes back.

    Which entry does this number belong to?
    """
    x = _floats(x)
    return (f(x + h) - f(x - h)) / (2 * h)


@misconception(of="numerical_gradient", section="gradient_checking-difference")
def one_slope_for_all_entries(f, x, h=1e-5):
    """All entries move together, and the one slope that is found is written into every place.

    Which entries should stay where they are while one is nudged?
    """
    x = _floats(x)
    return np.full(x.shape, (f(x + h) - f(x - h)) / (2 * h))


@misconception(of="numerical_gradient", section="gradient_checking-difference")
def whole_rows_nudged(f, x, h=1e-5):
    """The loop runs along the first axis alone and nudges whole rows.

    How many slopes does an array of shape (2, 3) have, and how many does your loop measure?
    """
    x = _floats(x)
    gradient = np.zeros(x.shape)
    for i in range(len(x)):
        up, down = x.copy(), x.copy()
        up[i] += h
        down[i] -= h
        gradient[i] = (f(up) - f(down)) / (2 * h)
    return gradient


@misconception(of="numerical_gradient", section="gradient_checking-difference")
def nudges_pile_up(f, x, h=1e-5):
    """An entry that was nudged is not put back before the next one is.

    At which point is the second slope measured?
    """
    up, down = _floats(x), _floats(x)
    gradient = np.zeros(up.shape)
    for at in np.ndindex(up.shape):
        up[at] += h
        down[at] -= h
        gradient[at] = (f(up) - f(down)) / (2 * h)
    return gradient


@misconception(of="numerical_gradient", section="gradient_checking-difference")
def point_left_below(f, x, h=1e-5):
    """An entry that was nudged up and then down is not put back, so every entry ends up h too low.

    At which point is the second slope measured, and what must be done with an entry before the next one is nudged?
    """
    x = _floats(x)
    gradient = np.zeros(x.shape)
    for at in np.ndindex(x.shape):
        x[at] += h
        above = f(x.copy())
        x[at] -= 2 * h
        gradient[at] = (above - f(x.copy())) / (2 * h)
    return gradient


@misconception(of="numerical_gradient", section="gradient_checking-difference")
def nudges_written_into_x(f, x, h=1e-5):
    """The nudge is added to x itself and taken off again, which does not give back the same number.

    Is 0.1 + h - 2h + h exactly 0.1 for a computer? Whose array are you changing?
    """
    inside = x if isinstance(x, np.ndarray) and x.dtype.kind == "f" else _floats(x)
    gradient = np.zeros(inside.shape)
    for at in np.ndindex(inside.shape):
        inside[at] += h
        above = f(inside.copy())
        inside[at] -= 2 * h
        below = f(inside.copy())
        inside[at] += h
        gradient[at] = (above - below) / (2 * h)
    return gradient


@misconception(of="numerical_gradient", section="gradient_checking-difference")
def two_names_for_one_array(f, x, h=1e-5):
    """Up and down are two names for one array, so both points are the same.

    Does `up = x` make a second array?
    """
    x = _floats(x)
    gradient = np.zeros(x.shape)
    for at in np.ndindex(x.shape):
        up = down = x.copy()
        up[at] += h
        down[at] -= h
        gradient[at] = (f(up) - f(down)) / (2 * h)
    return gradient


@misconception(of="numerical_gradient", section="gradient_checking-step")
def step_of_its_own(f, x, h=1e-5):
    """The step that is given is not used.

    What should your function do differently when it is called with h = 0.1?
    """
    return _central(f, x)


@misconception(of="numerical_gradient", section="gradient_checking-step")
def step_times_the_entry(f, x, h=1e-5):
    """The step is multiplied by the entry, so there is no step at all where the entry is 0.

    How far do you nudge an entry that is 0?
    """
    x = _floats(x)
    gradient = np.zeros(x.shape)
    for at in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[at] += h * x[at]
        down[at] -= h * x[at]
        gradient[at] = np.divide(f(up) - f(down), 2 * h * x[at])
    return gradient


@misconception(of="numerical_gradient", section="gradient_checking-difference")
def result_flattened(f, x, h=1e-5):
    """The slopes come back in one long row, whatever the shape of x.

    Which shape does a gradient have?
    """
    return _central(f, x, h).ravel()


@misconception(of="numerical_gradient", section="gradient_checking-step")
def measured_in_float32(f, x, h=1e-5):
    """The point is held in float32, which has too few digits for such a small step.

    Near 1, how far is one float32 number from the next, and how large is h?
    """
    x = np.array(x, dtype=np.float32)
    gradient = np.zeros(x.shape)
    for at in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[at] += np.float32(h)
        down[at] -= np.float32(h)
        gradient[at] = (f(up) - f(down)) / (2 * h)
    return gradient


def _columns(f, x, h=1e-5):
    x = _floats(x)
    return np.stack([(f(x + e) - f(x - e)) / (2 * h) for e in h * np.eye(len(x))], axis=1)


@inputs(of="numerical_jacobian")
def draw_maps(rng):
    drawn = []
    for M, N in ((2, 4), (4, 2), (3, 3), (1, 3)):
        A = rng.uniform(0.3, 1.5, size=(M, N))

        def f(x, A=A):
            return np.sin(A @ x) + (A @ x) ** 3

        drawn += [
            (f, rng.uniform(0.2, 1, size=N)),
            (f, rng.uniform(0.2, 1, size=N), 0.1),
            (f, rng.integers(1, 3, size=N)),
        ]
    return [*drawn, (lambda x: np.array([x[0] * x[1], x[2] ** 2]), [1, 2, 3])]


@misconception(of="numerical_jacobian", section="gradient_checking-jacobian")
def columns_stacked_as_rows(f, x, h=1e-5):
    """What one nudge finds is stored as a row, so the matrix is transposed.

    Nudging one input moves all results. Is that a row of the Jacobian or a column?
    """
    return _columns(f, x, h).T


@misconception(of="numerical_jacobian", section="gradient_checking-difference")
def forward_difference_of_the_map(f, x, h=1e-5):
    """The difference goes to one side only, from x to x + h.

    What cancels when you go to both sides?
    """
    x = _floats(x)
    return np.stack([(f(x + e) - f(x)) / h for e in h * np.eye(len(x))], axis=1)


@misconception(of="numerical_jacobian", section="gradient_checking-difference")
def jacobian_divided_by_one_step(f, x, h=1e-5):
    """The difference is divided by h.

    How far apart are the two points?
    """
    return 2 * _columns(f, x, h)


@misconception(of="numerical_jacobian", section="gradient_checking-difference")
def jacobian_of_the_wrong_sign(f, x, h=1e-5):
    """The value above is taken off the value below.

    If a result grows with an input, which sign has its entry?
    """
    return -_columns(f, x, h)


@misconception(of="numerical_jacobian", section="gradient_checking-jacobian")
def gradient_of_the_sum(f, x, h=1e-5):
    """The results are added up, so that one row is left of the matrix.

    Which entry tells you how the second result answers to the first input?
    """
    return _columns(f, x, h).sum(axis=0)


@misconception(of="numerical_jacobian", section="gradient_checking-jacobian")
def first_result_only(f, x, h=1e-5):
    """Only the first result is looked at.

    How many rows does the Jacobian of a function with M results have?
    """
    return _columns(f, x, h)[:1]


@misconception(of="numerical_jacobian", section="gradient_checking-jacobian")
def square_by_assumption(f, x, h=1e-5):
    """The matrix is made with as many rows as there are inputs.

    How do you find out how many results the function has?
    """
    x = _floats(x)
    J = np.zeros((len(x), len(x)))
    for j, e in enumerate(h * np.eye(len(x))):
        J[:, j] = (f(x + e) - f(x - e)) / (2 * h)
    return J


@misconception(of="numerical_jacobian", section="gradient_checking-jacobian")
def one_result_squeezed(f, x, h=1e-5):
    """Axes of length 1 are dropped, so a function with one result gives a vector.

    Which shape has the Jacobian for M = 1?
    """
    return np.squeeze(_columns(f, x, h))


@misconception(of="numerical_jacobian", section="gradient_checking-jacobian")
def all_inputs_nudged_at_once(f, x, h=1e-5):
    """All inputs move together, so the columns are added up.

    Which inputs should stay where they are while one is nudged?
    """
    return _columns(f, x, h).sum(axis=1)


@misconception(of="numerical_jacobian", section="gradient_checking-jacobian")
def diagonal_slopes_only(f, x, h=1e-5):
    """Each input is nudged, and only the result with the same number is read.

    Does the first result depend on the first input alone?
    """
    return np.diag(np.diag(_columns(f, x, h)))


@misconception(of="numerical_jacobian", section="gradient_checking-difference")
def integer_inputs_keep_integers(f, x, h=1e-5):
    """The copy of an integer array holds integers, and the nudge is cut off when it is stored.

    What does an array of integers do with 1.00001?
    """
    x = np.array(x)
    columns = []
    for j in range(len(x)):
        up, down = x.copy(), x.copy()
        up[j] += h
        down[j] -= h
        columns.append((f(up) - f(down)) / (2 * h))
    return np.stack(columns, axis=1)


@misconception(of="numerical_jacobian", section="gradient_checking-step")
def jacobian_with_its_own_step(f, x, h=1e-5):
    """The step that is given is not used.

    What should your function do differently when it is called with h = 0.1?
    """
    return _columns(f, x)


@misconception(of="numerical_jacobian", section="gradient_checking-difference")
def inputs_stay_nudged(f, x, h=1e-5):
    """An input that was nudged is not put back before the next one is.

    At which point is the second column measured?
    """
    up, down, columns = _floats(x), _floats(x), []
    for j in range(len(up)):
        up[j] += h
        down[j] -= h
        columns.append((f(up.copy()) - f(down.copy())) / (2 * h))
    return np.stack(columns, axis=1)


@misconception(of="numerical_jacobian", section="gradient_checking-difference")
def inputs_changed_in_place(f, x, h=1e-5):
    """The nudge is added to x itself and taken off again, which does not give back the same number.

    Is 0.1 + h - 2h + h exactly 0.1 for a computer? Whose array are you changing?
    """
    inside = x if isinstance(x, np.ndarray) and x.dtype.kind == "f" else _floats(x)
    columns = []
    for j in range(len(inside)):
        inside[j] += h
        above = f(inside.copy())
        inside[j] -= 2 * h
        below = f(inside.copy())
        inside[j] += h
        columns.append((above - below) / (2 * h))
    return np.stack(columns, axis=1)


def _upwards(f, x, h=1e-20, read=np.imag):
    x = np.array(x, dtype=complex)
    gradient = np.zeros(x.shape)
    for at in np.ndindex(x.shape):
        point = x.copy()
        point[at] += 1j * h
        gradient[at] = read(f(point)) / h
    return gradient


@inputs(of="complex_step_gradient")
def draw_analytic_functions(rng):
    return _random_functions(rng)


@misconception(of="complex_step_gradient", section="gradient_checking-complex")
def not_divided_by_the_step(f, x, h=1e-20):
    """The imaginary part is not divided by h.

    By how much does the imaginary part grow when x moves up by ih?
    """
    return _upwards(f, x, h) * h


@misconception(of="complex_step_gradient", section="gradient_checking-complex")
def real_part_read(f, x, h=1e-20):
    """The real part is divided by h, and it holds f itself.

    In which part of f(x + ih) does the slope stand?
    """
    return _upwards(f, x, h, read=np.real)


@misconception(of="complex_step_gradient", section="gradient_checking-complex")
def length_read(f, x, h=1e-20):
    """The length of the complex number is divided by h.

    How large is the length of a + ib when b is tiny, and does b show in it?
    """
    return _upwards(f, x, h, read=np.abs)


@misconception(of="complex_step_gradient", section="gradient_checking-complex")
def angle_read(f, x, h=1e-20):
    """The angle of the complex number is divided by h, which gives the slope of log f.

    What is the angle of a + ib when b is tiny: b, or b / a?
    """
    return _upwards(f, x, h, read=np.angle)


@misconception(of="complex_step_gradient", section="gradient_checking-complex")
def divided_by_two_steps(f, x, h=1e-20):
    """The imaginary part is divided by 2h, as if there were two points.

    How many points does the complex step evaluate for each entry?
    """
    return _upwards(f, x, h) / 2


@misconception(of="complex_step_gradient", section="gradient_checking-complex")
def step_downwards(f, x, h=1e-20):
    """The step goes down, to x - ih, so every slope has the wrong sign.

    Which sign has the imaginary part of f(x - ih) if the slope is positive?
    """
    return -_upwards(f, x, h)


@misconception(of="complex_step_gradient", section="gradient_checking-complex")
def central_difference_in_its_place(f, x, h=1e-20):
    """These are central differences along the real axis; they subtract, and lose digits.

    What are f(x + h) and f(x - h) for h = 1e-20?
    """
    return _central(f, x, h)


@misconception(of="complex_step_gradient", section="gradient_checking-complex")
def central_difference_with_another_step(f, x, h=1e-20):
    """These are central differences with a larger step: about ten digits, where the complex step has them all.

    Does your method subtract two nearly equal numbers?
    """
    return _central(f, x, max(h, 1e-5))


@misconception(of="complex_step_gradient", section="gradient_checking-complex")
def step_along_the_real_axis(f, x, h=1e-20):
    """The step is h and not ih, so nothing has an imaginary part.

    Which of your numbers is complex?
    """
    x = _floats(x)
    gradient = np.zeros(x.shape)
    for at in np.ndindex(x.shape):
        point = x.copy()
        point[at] += h
        gradient[at] = np.imag(f(point)) / h
    return gradient


@misconception(of="complex_step_gradient", section="gradient_checking-complex")
def whole_complex_number_returned(f, x, h=1e-20):
    """The complex difference quotient comes back, not its real slope.

    Is the gradient of a real function real? Which part of your number is it?
    """
    x = np.array(x, dtype=complex)
    gradient = np.zeros(x.shape, dtype=complex)
    for at in np.ndindex(x.shape):
        point = x.copy()
        point[at] += 1j * h
        gradient[at] = (f(point) - f(x)) / (1j * h)
    return gradient


@misconception(of="complex_step_gradient", section="gradient_checking-complex")
def quotient_by_a_real_step(f, x, h=1e-20):
    """The difference f(x + ih) - f(x) is divided by the real h, and its real part is returned.

    Divided by what is the difference a slope: by h or by ih?
    """
    x = np.array(x, dtype=complex)
    gradient = np.zeros(x.shape)
    for at in np.ndindex(x.shape):
        point = x.copy()
        point[at] += 1j * h
        gradient[at] = np.real((f(point) - f(x)) / h)
    return gradient


@misconception(of="complex_step_gradient", section="gradient_checking-complex")
def all_entries_raised_at_once(f, x, h=1e-20):
    """All entries move up together, and one number comes back.

    Which entry does this number belong to?
    """
    return np.imag(f(np.array(x, dtype=complex) + 1j * h)) / h


@misconception(of="complex_step_gradient", section="gradient_checking-complex")
def entries_stay_raised(f, x, h=1e-20):
    """An entry that was moved up is not put back before the next one is, so the slopes add up.

    At which point is the second slope read?
    """
    point = np.array(x, dtype=complex)
    gradient = np.zeros(point.shape)
    for at in np.ndindex(point.shape):
        point[at] += 1j * h
        gradient[at] = np.imag(f(point.copy())) / h
    return gradient


@misconception(of="complex_step_gradient", section="gradient_checking-complex")
def complex_step_of_its_own(f, x, h=1e-20):
    """The step that is given is not used.

    What should your function do differently when it is called with h = 0.1?
    """
    return _upwards(f, x)


@misconception(of="complex_step_gradient", section="gradient_checking-complex")
def complex_slopes_flattened(f, x, h=1e-20):
    """The slopes come back in one long row, whatever the shape of x.

    Which shape does a gradient have?
    """
    return _upwards(f, x, h).ravel()


def _magnitudes(a, b):
    a, b = _floats(a), _floats(b)
    if a.shape != b.shape or np.isnan(a).any() or np.isnan(b).any():
        return None
    return a, b, np.maximum(np.abs(a), np.abs(b))


def _quotients(a, b):
    """All relative errors; inf for NaN and unlike shapes."""
    found = _magnitudes(a, b)
    if found is None:
        return np.array([np.inf])
    a, b, larger = found
    return np.abs(a - b) / np.where(larger == 0, 1, larger)


@inputs(of="relative_error")
def draw_pairs(rng):
    a = rng.normal(size=(2, 3)) * 10.0 ** rng.integers(-6, 6, size=(2, 3))
    b = a * rng.uniform(0.6, 1.5, size=(2, 3)) * rng.choice([-1, 1], size=(2, 3))
    c = rng.uniform(1, 2, size=4)
    holed = c * np.where(np.arange(4) == rng.integers(4), np.nan, 1)
    return [
        (a, b),
        (b[0], a[0]),
        (c, c * (1 + 3e-9)),
        (c, c),
        (1e-12 * c, 2e-12 * c),
        (c * [0, 1, 1, 1], c * [0, 1, 1, 2]),
        (c * [0, 1, 1, 1], c),
        (c, c * [0, 1, 1, 1]),
        (np.zeros(3), np.zeros(3)),
        ([1, 2, 4], [1, 2, 5]),
        (2.0, 1.0),
        (-c, -2 * c),
        (holed, c),
        (c, holed),
        (holed, holed.copy()),
        (np.full(3, 0.5), np.full((3, 1), 0.5)),
        (np.full(3, 0.5), np.full((2, 3), 0.5)),
        (np.full(4, 0.5), np.full(3, 0.5)),
        (np.full((2, 3), 0.5), np.full(6, 0.5)),
    ]


@misconception(of="relative_error", section="gradient_checking-relative")
def zero_over_zero(a, b):
    """Where both entries are 0, the quotient is 0/0, which is nan.

    How far apart are two zeros?
    """
    found = _magnitudes(a, b)
    return np.inf if found is None else np.max(np.divide(np.abs(found[0] - found[1]), found[2]))


@misconception(of="relative_error", section="gradient_checking-relative")
def nan_comes_back(a, b):
    """A NaN among the entries makes the result NaN, and every comparison with NaN is False.

    Is `nan > 1e-6` true? What does a checker then say that complains about errors above 1e-6?
    """
    a, b = _floats(a), _floats(b)
    if a.shape != b.shape:
        return np.inf
    larger = np.maximum(np.abs(a), np.abs(b))
    return np.max(np.abs(a - b) / np.where(larger == 0, 1, larger))


@misconception(of="relative_error", section="gradient_checking-relative")
def nan_passed_over(a, b):
    """Entries that are NaN are left out of the maximum.

    Is a gradient with a hole in it right because its other entries are?
    """
    a, b = _floats(a), _floats(b)
    if a.shape != b.shape:
        return np.inf
    larger = np.maximum(np.abs(a), np.abs(b))
    return np.nanmax(np.abs(a - b) / np.where(larger == 0, 1, larger))


@misconception(of="relative_error", section="gradient_checking-relative")
def nan_equal_to_nan(a, b):
    """Two NaNs in the same place are taken for equal.

    Which of the two numbers do you know when both are NaN?
    """
    a, b = _floats(a), _floats(b)
    if a.shape != b.shape or (np.isnan(a) != np.isnan(b)).any():
        return np.inf
    return np.max(_quotients(np.nan_to_num(a), np.nan_to_num(b)))


@misconception(of="relative_error", section="gradient_checking-relative")
def shapes_broadcast(a, b):
    """The shapes are not compared, and NumPy stretches one array over the other.

    What is the shape of the difference of arrays of shapes (3,) and (3, 1)?
    """
    return np.max(_quotients(*np.broadcast_arrays(_floats(a), _floats(b))))


@misconception(of="relative_error", section="gradient_checking-relative")
def shapes_flattened(a, b):
    """Both arrays are flattened first, so shapes that differ are not seen.

    Is a gradient of shape (6,) the gradient of an array of shape (2, 3)?
    """
    return np.max(_quotients(np.ravel(a), np.ravel(b)))


@misconception(of="relative_error", section="gradient_checking-relative")
def unlike_shapes_raise(a, b):
    """Arrays of unlike shapes raise an exception; an error of inf is asked for.

    Could a checker that must answer True or False work with your function?
    """
    if np.shape(a) != np.shape(b):
        raise ValueError("unlike shapes")
    return np.max(_quotients(a, b))


@misconception(of="relative_error", section="gradient_checking-relative")
def absolute_error(a, b):
    """This is the absolute error: it is not divided by the size of the entries.

    Is a difference of 1e-9 small if the entries are 1e-9?
    """
    found = _magnitudes(a, b)
    return np.inf if found is None else np.max(np.abs(found[0] - found[1]))


@misconception(of="relative_error", section="gradient_checking-relative")
def relative_to_the_first(a, b):
    """The error is divided by the size of the first array alone, which is not symmetric.

    What does your function say for a = 0 and b = 1, and what for a = 1 and b = 0?
    """
    found = _magnitudes(a, b)
    if found is None:
        return np.inf
    a, b, larger = found
    return np.max(np.divide(np.abs(a - b), np.where(larger == 0, 1, np.abs(a))))


@misconception(of="relative_error", section="gradient_checking-relative")
def relative_to_the_second(a, b):
    """The error is divided by the size of the second array alone, which is not symmetric.

    What does your function say for a = 0 and b = 1, and what for a = 1 and b = 0?
    """
    return relative_to_the_first(b, a)


@misconception(of="relative_error", section="gradient_checking-relative")
def relative_to_the_sum(a, b):
    """The error is divided by the sum of both sizes.

    What is the error of 1 and -1 by your function? What is asked for: the sum or the larger one?
    """
    found = _magnitudes(a, b)
    if found is None:
        return np.inf
    a, b, larger = found
    return np.max(np.abs(a - b) / np.where(larger == 0, 1, np.abs(a) + np.abs(b)))


@misconception(of="relative_error", section="gradient_checking-relative")
def relative_to_the_smaller(a, b):
    """The error is divided by the smaller of the two sizes.

    How large is your error when one of the entries is 0?
    """
    found = _magnitudes(a, b)
    if found is None:
        return np.inf
    a, b, larger = found
    return np.max(np.divide(np.abs(a - b), np.where(larger == 0, 1, np.minimum(np.abs(a), np.abs(b)))))


@misconception(of="relative_error", section="gradient_checking-relative")
def sizes_without_absolute_values(a, b):
    """The denominator is the larger of the two entries, not of their sizes, so it may be negative.

    What is the larger one of -1 and -2, and which of them has the larger size?
    """
    found = _magnitudes(a, b)
    if found is None:
        return np.inf
    a, b, larger = found
    return np.max(np.divide(np.abs(a - b), np.where(larger == 0, 1, np.maximum(a, b))))


@misconception(of="relative_error", section="gradient_checking-relative")
def difference_with_its_sign(a, b):
    """The difference keeps its sign, so an entry that is too small never counts.

    If a lies below b everywhere, what is the largest of your quotients?
    """
    found = _magnitudes(a, b)
    if found is None:
        return np.inf
    a, b, larger = found
    return np.max((a - b) / np.where(larger == 0, 1, larger))


@misconception(of="relative_error", section="gradient_checking-relative")
def mean_of_the_errors(a, b):
    """The errors of the entries are averaged.

    How large is the mean when one entry of a million is wrong?
    """
    return np.mean(_quotients(a, b))


@misconception(of="relative_error", section="gradient_checking-relative")
def sum_of_the_errors(a, b):
    """The errors of the entries are added up.

    Should an array of a million entries have a larger error because it is long?
    """
    return np.sum(_quotients(a, b))


@misconception(of="relative_error", section="gradient_checking-relative")
def errors_one_by_one(a, b):
    """The errors of the entries come back one by one.

    Which one number should come back?
    """
    found = _magnitudes(a, b)
    return np.inf if found is None else _quotients(a, b)


@misconception(of="relative_error", section="gradient_checking-relative")
def quotient_of_norms(a, b):
    """One norm of all differences is divided by one norm of all entries, so large entries hide small ones.

    What does your function say when a tiny entry is wrong by a factor of 2 beside a large one that is right?
    """
    found = _magnitudes(a, b)
    if found is None:
        return np.inf
    a, b, _ = found
    size = max(np.linalg.norm(a), np.linalg.norm(b))
    return np.linalg.norm(a - b) / (size or 1)


@misconception(of="relative_error", section="gradient_checking-relative")
def relative_to_the_largest_entry(a, b):
    """The largest difference is divided by the largest entry of all, so large entries hide small ones.

    What does your function say when a tiny entry is wrong by a factor of 2 beside a large one that is right?
    """
    found = _magnitudes(a, b)
    if found is None:
        return np.inf
    a, b, larger = found
    return np.max(np.abs(a - b)) / (np.max(larger) or 1)


@misconception(of="relative_error", section="gradient_checking-relative", epsilon=EPSILONS)
def epsilon_in_the_denominator(a, b, epsilon=1e-8):
    """A small constant is added to the denominator, and hides the error of small entries.

    How far apart are 1e-12 and 2e-12 by your function? Which entries needed the constant?
    """
    found = _magnitudes(a, b)
    return np.inf if found is None else np.max(np.abs(found[0] - found[1]) / (found[2] + epsilon))


@misconception(of="relative_error", section="gradient_checking-relative", epsilon=EPSILONS)
def denominator_never_below_a_constant(a, b, epsilon=1e-8):
    """The denominator is not allowed to fall below a constant, and so the error of small entries is hidden.

    How far apart are 1e-12 and 2e-12 by your function? Which entries needed the constant?
    """
    found = _magnitudes(a, b)
    return np.inf if found is None else np.max(np.abs(found[0] - found[1]) / np.maximum(found[2], epsilon))


@misconception(of="relative_error", section="gradient_checking-relative")
def one_for_nan_and_shapes(a, b):
    """NaN and unlike shapes give 1, which is an error that two honest numbers can have.

    Can a caller tell a NaN from a slope that should be 0 by your function?
    """
    found = _magnitudes(a, b)
    return 1.0 if found is None else np.max(_quotients(a, b))


def _squares(x):
    return np.sum(np.asarray(x) ** 2)


def _one_per_cent(g, at, factor=1.01):
    g = np.array(g, dtype=float)
    g.flat[at] *= factor
    return g


@inputs(of="gradient_is_correct")
def draw_gradients(rng):
    x = rng.uniform(0.5, 1.5, size=4) * [1, -1, 1, -1]
    u, p = np.array([3.0, -2.0, 5.0, -4.0]), rng.uniform(-0.3, 0.3, size=4)
    c = np.array([3.0, -2.0, 1.5, 1.5e-4, 2.5])
    a = rng.uniform(-1, 1, size=5)
    weights = np.array([0.7, 0.3, 1.1])

    def softmax(p):
        return np.exp(p) / np.exp(p).sum()

    def pulled(p):
        return softmax(p) * (u - u @ softmax(p))

    def twice(x):
        return 2 * np.asarray(x, dtype=float)

    return [
        (_squares, twice, x),
        (_squares, lambda x: -twice(x), x),
        (_squares, lambda x: 2 * twice(x), x),
        (_squares, lambda x: _one_per_cent(twice(x), 0), x),
        (_squares, lambda x: _one_per_cent(twice(x), 2), x),
        (_squares, lambda x: _one_per_cent(twice(x), -1), x),
        (_squares, lambda x: twice(x) * (1 + 5e-7), x),
        (_squares, lambda x: 1.01 * twice(x), x),
        (_squares, lambda x: twice(x)[:, None], x),
        (_squares, lambda x: twice(x) * np.nan, x),
        (_squares, lambda x: _one_per_cent(twice(x), 1, np.nan), x),
        (_squares, lambda x: 0 * twice(x), x),
        (lambda x: 1e-10 * _squares(x), lambda x: 1e-10 * twice(x), x),
        (lambda x: 1e-10 * _squares(x), lambda x: 2e-10 * twice(x), x),
        (lambda x: 1e8 * _squares(x), lambda x: 1e8 * twice(x), x),
        (_squares, twice, rng.integers(1, 9, size=3)),
        (_squares, twice, [0.5, 1.5]),
        (lambda x: 4.2, lambda x: np.zeros(4), x),
        (lambda x: 4.2, lambda x: np.full(4, 0.1), x),
        (lambda x: np.sum(np.abs(x)), np.sign, x),
        (lambda x: np.sum(c * (x - a)), lambda x: c, a),
        (lambda x: np.sum(c * (x - a)), lambda x: _one_per_cent(c, 3), a),
        (lambda x: u @ softmax(p + x), lambda x: pulled(p + x), np.zeros(4)),
        (lambda p: u @ softmax(p), pulled, p),
        (lambda p: u @ softmax(p), lambda p: -pulled(p), p),
        (lambda p: u @ softmax(p), lambda p: 2 * pulled(p), p),
        (lambda x: 3 * np.sum(x), lambda x: np.array(3.0), x),
        (lambda x: 3 * np.sum(x), lambda x: np.full((4, 1), 3.0), x),
        (lambda x: np.sum(np.asarray(x) ** 2), lambda x: twice(x).ravel(), rng.uniform(1, 2, size=(2, 3))),
        (lambda x: np.sum(weights * x), lambda x: weights, np.zeros(3)),
    ]  # fmt: skip


def _judge(a, n, tolerance=1e-5):
    return bool(np.max(_quotients(a, n)) <= tolerance)


@misconception(of="gradient_is_correct", section="gradient_checking-verdict")
def everything_accepted(f, grad, x):
    """Every gradient is accepted.

    Which line of your checker can ever lead to False?
    """
    return True


@misconception(of="gradient_is_correct", section="gradient_checking-verdict")
def everything_rejected(f, grad, x):
    """Every gradient is rejected.

    Which line of your checker can ever lead to True?
    """
    return False


@misconception(of="gradient_is_correct", section="gradient_checking-blind")
def gradient_compared_with_itself(f, grad, x):
    """The gradient is compared with itself; f is not used.

    Where in your checker does f stand?
    """
    return _judge(grad(_floats(x)), grad(_floats(x)))


@misconception(of="gradient_is_correct", section="gradient_checking-verdict")
def verdict_upside_down(f, grad, x):
    """The verdict is the wrong way round: wrong gradients are accepted and right ones rejected.

    What should be returned when the error is small?
    """
    return not _judge(grad(_floats(x)), _central(f, x))


@misconception(
    of="gradient_is_correct", section="gradient_checking-verdict", tolerance=tuple(10.0**-k for k in range(3, 10))
)
def tolerance_absolute(f, grad, x, tolerance=1e-6):
    """The tolerance is absolute: a gradient that is small as a whole passes whatever it is.

    Is an error of 1e-9 small when the gradient is 1e-9? And an error of 1 when the gradient is 1e9?
    """
    a, n = _floats(grad(_floats(x))), _central(f, x)
    return bool(a.shape == n.shape and np.max(np.abs(a - n)) <= tolerance)


@misconception(of="gradient_is_correct", section="gradient_checking-relative")
def closeness_with_default_tolerances(f, grad, x):
    """`np.allclose` is used as it is: it has an absolute tolerance of 1e-8, and it broadcasts shapes.

    What does `np.allclose(1e-9, 2e-9)` say? And for arrays of shapes (3,) and (3, 1)?
    """
    return bool(np.allclose(grad(_floats(x)), _central(f, x)))


@misconception(of="gradient_is_correct", section="gradient_checking-relative")
def closeness_with_an_absolute_part(f, grad, x):
    """The shapes are compared, but `np.allclose` has an absolute tolerance of 1e-8 beside the relative one.

    What does `np.allclose(1e-9, 2e-9)` say, and why?
    """
    a, n = _floats(grad(_floats(x))), _central(f, x)
    return bool(a.shape == n.shape and np.allclose(a, n))


@misconception(of="gradient_is_correct", section="gradient_checking-relative", tolerance=(1e-5, 1e-4))
def norms_pooled(f, grad, x, tolerance=1e-6):
    """One norm of all differences is compared with one norm of all entries, and so a small entry may be wrong.

    Which share of the norm belongs to an entry that is ten thousand times smaller than the others?
    """
    a, n = _floats(grad(_floats(x))), _central(f, x)
    if a.shape != n.shape:
        return False
    return bool(np.linalg.norm(a - n) <= tolerance * (np.linalg.norm(a) + np.linalg.norm(n)))


@misconception(of="gradient_is_correct", section="gradient_checking-relative")
def nan_slips_through(f, grad, x):
    """A gradient is rejected if its error is above the tolerance, and NaN is never above anything.

    Is `nan > 1e-6` true or false? Which way round must the question be asked?
    """
    a, n = _floats(grad(_floats(x))), _central(f, x)
    if a.shape != n.shape:
        return False
    larger = np.maximum(np.abs(a), np.abs(n))
    return not np.max(np.abs(a - n) / np.where(larger == 0, 1, larger)) > 1e-5


@misconception(of="gradient_is_correct", section="gradient_checking-relative")
def nothing_over_nothing(f, grad, x):
    """Where both slopes are 0, the error is 0/0, and a right gradient is rejected.

    What is the relative error of 0 and 0 in your checker?
    """
    a, n = _floats(grad(_floats(x))), _central(f, x)
    if a.shape != n.shape:
        return False
    return bool(np.max(np.divide(np.abs(a - n), np.maximum(np.abs(a), np.abs(n)))) <= 1e-5)


@misconception(of="gradient_is_correct", section="gradient_checking-relative")
def shapes_not_compared(f, grad, x):
    """The shapes are not compared, and NumPy stretches one array over the other.

    What does your checker say to a gradient that is a single number, if all slopes are equal?
    """
    return _judge(*np.broadcast_arrays(_floats(grad(_floats(x))), _central(f, x)))


@misconception(of="gradient_is_correct", section="gradient_checking-relative")
def shapes_ironed_out(f, grad, x):
    """Both gradients are flattened before they are compared, so a wrong shape is not seen.

    Which shape must a gradient have?
    """
    return _judge(np.ravel(grad(_floats(x))), np.ravel(_central(f, x)))


@misconception(of="gradient_is_correct", section="gradient_checking-verdict")
def only_the_first_entry_looked_at(f, grad, x):
    """Only the first entry is compared.

    What does your checker say when the last entry is wrong?
    """
    a, n = _floats(grad(_floats(x))), _central(f, x)
    return a.shape == n.shape and _judge(a.flat[0], n.flat[0])


@misconception(of="gradient_is_correct", section="gradient_checking-verdict")
def one_right_entry_is_enough(f, grad, x):
    """A gradient is accepted as soon as one of its entries is right.

    Must any entry be right, or all of them?
    """
    a, n = _floats(grad(_floats(x))), _central(f, x)
    return bool(a.shape == n.shape and np.any(np.abs(a - n) <= 1e-5 * np.maximum(np.abs(a), np.abs(n))))


@misconception(of="gradient_is_correct", section="gradient_checking-verdict")
def sign_not_seen(f, grad, x):
    """Only the sizes of the entries are compared, so a wrong sign passes.

    What is the difference between |a| and |n| when a = -n?
    """
    return _judge(np.abs(grad(_floats(x))), np.abs(_central(f, x)))


@misconception(of="gradient_is_correct", section="gradient_checking-verdict")
def factor_not_seen(f, grad, x):
    """Only the directions of the two gradients are compared, so a wrong factor passes.

    What becomes of a factor of 2 when you divide by the norm?
    """
    a, n = _floats(grad(_floats(x))), _central(f, x)
    if a.shape != n.shape:
        return False
    return _judge(a / (np.linalg.norm(a) or 1), n / (np.linalg.norm(n) or 1))


@misconception(of="gradient_is_correct", section="gradient_checking-blind")
def only_the_sums_compared(f, grad, x):
    """All entries are nudged together, and the slope is compared with the sum of the gradient.

    Which wrong gradients of a softmax have the same sum as the right one?
    """
    x = _floats(x)
    a, slope = _floats(grad(x.copy())), (f(x + 1e-5) - f(x - 1e-5)) / 2e-5
    return bool(a.shape == x.shape and abs(slope - np.sum(a)) <= 1e-6 * np.sum(np.abs(a)))


@misconception(of="gradient_is_correct", section="gradient_checking-verdict", tolerance=(0.02, 0.03, 0.1))
def one_per_cent_tolerated(f, grad, x, tolerance=0.05):
    """The tolerance is so wide that an entry may be off by 1 %.

    How small is the error of a right gradient, and how small that of the subtlest wrong one? Where between them is
    your threshold?
    """
    return _judge(grad(_floats(x)), _central(f, x), tolerance)


@misconception(of="gradient_is_correct", section="gradient_checking-verdict", tolerance=(1e-7, 3e-8, 1e-9))
def tolerance_too_strict(f, grad, x, tolerance=1e-8):
    """The tolerance is so narrow that a gradient that is right to 5e-7 is rejected.

    To how many digits is a gradient asked to be right here?
    """
    return _judge(grad(_floats(x)), _central(f, x), tolerance)


@misconception(of="gradient_is_correct", section="gradient_checking-step")
def forward_difference_judged_strictly(f, grad, x):
    """The slopes are forward differences, whose own error is above the tolerance.

    How accurate is a forward difference with your h? Can your threshold be below that?
    """
    return _judge(grad(_floats(x)), _forward(f, x), 1e-6)


@misconception(of="gradient_is_correct", section="gradient_checking-step", h=(1e-9, 1e-10, 1e-11, 1e-13))
def step_too_small(f, grad, x, h=1e-12):
    """The step is so small that the slopes are mostly rounding error, and right gradients are rejected.

    How many digits do f(x + h) and f(x - h) differ in? Which h is near the cube root of the precision?
    """
    return _judge(grad(_floats(x)), _central(f, x, h), 1e-6)


@misconception(of="gradient_is_correct", section="gradient_checking-difference")
def integers_stay_integers(f, grad, x):
    """At a point of integers the nudge is cut off, and a right gradient is rejected.

    What does an array of integers do with 1.00001?
    """
    return _judge(grad(_floats(x)), nudge_cut_off_by_integers(f, x))


@misconception(of="gradient_is_correct", section="gradient_checking-blind")
def checked_at_zero(f, grad, x):
    """Both sides are evaluated at zero, and not at the point that was given.

    Which mistakes cannot be seen at zero? At which point were you asked?
    """
    zero = np.zeros(np.shape(x))
    return _judge(grad(zero), _central(f, zero))


@misconception(of="gradient_is_correct", section="gradient_checking-complex")
def complex_step_for_any_function(f, grad, x):
    """The slopes are taken by the complex step, which fails for functions that are not analytic.

    What does the absolute value do with an imaginary part?
    """
    return _judge(grad(_floats(x)), _upwards(f, x))


@misconception(of="gradient_is_correct", section="gradient_checking-verdict")
def error_in_place_of_a_verdict(f, grad, x):
    """The relative error comes back, not True or False.

    Is 1e-10 a yes or a no? What would `if` make of it?
    """
    return float(np.max(_quotients(grad(_floats(x)), _central(f, x))))


@misconception(of="gradient_is_correct", section="gradient_checking-verdict")
def verdict_for_each_entry(f, grad, x):
    """There is a verdict for each entry, and no verdict on the whole.

    How do you make one answer out of many?
    """
    return _quotients(grad(_floats(x)), _central(f, x)) <= 1e-5


@misconception(of="gradient_is_correct", section="gradient_checking-difference")
def point_changed_by_the_checker(f, grad, x):
    """The nudges are written into x and taken off again, which does not give back the same number.

    Is 0.3 + h - 2h + h exactly 0.3 for a computer? Whose array are you changing?
    """
    return _judge(grad(_floats(x)), nudges_written_into_x(f, x))
