"""What goes wrong in the exercise "A field guide to losses"."""

import numpy as np

from . import EPSILONS, inputs, misconception

STEPS = (1e-3, 1e-4, 1e-6, 1e-7, 1e-8)  # of differences, beside 1e-5


def _array(A):
    return np.asarray(A, dtype=float)


def _difference(a, y):
    return _array(a) - _array(y)


def _measured(loss, a, h):
    """The loss, and its slopes by central differences."""
    a, G = _array(a), np.zeros(np.shape(a))
    for at in np.ndindex(G.shape):
        E = np.zeros(G.shape)
        E[at] = h
        G[at] = (loss(a + E) - loss(a - E)) / (2 * h)
    return loss(a), G


def _apart(rng, *shape):
    """Two arrays that differ in every entry, by less and by more than the usual thresholds."""
    y = rng.normal(size=shape)
    return y + rng.choice([-1.0, 1.0], size=shape) * rng.uniform(0.1, 4, size=shape), y


@inputs(of="absolute_difference")
def draw_absolute(rng):
    return [
        _apart(rng, 4, 3),
        _apart(rng, 3, 3),
        _apart(rng, 1, 5),
        _apart(rng, 7),
        _apart(rng, 2, 3, 2),
        ([[1, 2, 3], [4, 5, 7]], [[0, 4, 5], [6, 3, 1]]),
    ]


@misconception(of="absolute_difference", section="losses-reading")
def absolute_summed(a, y):
    """Loss and gradient are sums over the entries; they agree with each other and not with the definition.

    Should the loss double when every entry is there twice? Your gradient fits your loss; does your loss fit the text?
    """
    d = _difference(a, y)
    return np.sum(np.abs(d)), np.sign(d)


@misconception(of="absolute_difference", section="losses-reading")
def absolute_gradient_not_averaged(a, y):
    """The loss is a mean over the entries, and the gradient is that of the sum.

    How much does a mean of n terms change when one of them changes by 1?
    """
    d = _difference(a, y)
    return np.mean(np.abs(d)), np.sign(d)


@misconception(of="absolute_difference", section="losses-reading")
def absolute_gradient_over_rows_only(a, y):
    """The gradient is divided by the number of rows, and the loss by the number of all entries.

    Over what does the loss take its mean, and so by what must each slope be divided?
    """
    d = _difference(a, y)
    return np.mean(np.abs(d)), np.sign(d) / len(d)


@misconception(of="absolute_difference", section="losses-reading")
def absolute_averaged_over_rows_only(a, y):
    """Loss and gradient are divided by the number of rows, not by the number of all entries.

    How many differences have you added up, and by what have you divided?
    """
    d = _difference(a, y)
    return np.sum(np.abs(d)) / len(d), np.sign(d) / len(d)


@misconception(of="absolute_difference", section="losses-reading")
def absolute_slope_in_the_truth(a, y):
    """The gradient has the wrong sign: it is the slope in y, the second argument.

    If a lies above y and grows, does the loss rise or fall?
    """
    d = _difference(a, y)
    return np.mean(np.abs(d)), -np.sign(d) / d.size


@misconception(of="absolute_difference", section="losses-absolute")
def difference_as_the_slope(a, y):
    """The gradient is the difference itself, which belongs to half the squared loss.

    Does the slope of |d| depend on how large d is?
    """
    d = _difference(a, y)
    return np.mean(np.abs(d)), d / d.size


@misconception(of="absolute_difference", section="losses-absolute")
def distance_as_the_slope(a, y):
    """The gradient holds the absolute differences, the terms of the loss themselves.

    What is the derivative of |d| on the left of 0, and what on the right?
    """
    d = _difference(a, y)
    return np.mean(np.abs(d)), np.abs(d) / d.size


@misconception(of="absolute_difference", section="losses-absolute")
def slope_of_one_everywhere(a, y):
    """The slope is 1 everywhere; the side on which a lies is not looked at.

    If a lies below y and grows, does the loss rise or fall?
    """
    d = _difference(a, y)
    return np.mean(np.abs(d)), np.ones(d.shape) / d.size


@misconception(of="absolute_difference", section="losses-absolute")
def signs_left_in(a, y):
    """The differences are averaged with their signs, so that errors on both sides cancel.

    What would the loss be for the errors 100 and -100?
    """
    d = _difference(a, y)
    return np.mean(d), np.ones(d.shape) / d.size


@misconception(of="absolute_difference", section="losses-absolute")
def absolute_value_of_the_mean(a, y):
    """The absolute value is taken of the mean difference, after errors of both sides have cancelled.

    What would the loss be for the errors 100 and -100?
    """
    d = _difference(a, y)
    return np.abs(np.mean(d)), np.sign(d) / d.size


@misconception(of="absolute_difference", section="losses-squared")
def squared_for_absolute(a, y):
    """This is the mean squared difference, another loss.

    How does this loss treat an error that is ten times as large?
    """
    d = _difference(a, y)
    return np.mean(d**2), 2 * d / d.size


@misconception(of="absolute_difference", section="losses-reading")
def absolute_losses_one_by_one(a, y):
    """The losses of the entries come back one by one, not their mean.

    Which one number should come back?
    """
    d = _difference(a, y)
    return np.abs(d), np.sign(d) / d.size


@misconception(of="absolute_difference", section="losses-reading")
def absolute_gradient_as_one_number(a, y):
    """The gradient is one number, the mean of the signs.

    Which shape has a gradient with respect to a?
    """
    d = _difference(a, y)
    return np.mean(np.abs(d)), np.mean(np.sign(d))


@misconception(of="absolute_difference", section="losses-reading")
def absolute_gradient_first(a, y):
    """The two results come back in the other order.

    Which of the two is asked for first?
    """
    d = _difference(a, y)
    return np.sign(d) / d.size, np.mean(np.abs(d))


@misconception(of="absolute_difference", section="losses-reading")
def absolute_loss_alone(a, y):
    """Only the loss comes back; the gradient is missing.

    Which two results are asked for?
    """
    return np.mean(np.abs(_difference(a, y)))


@misconception(of="absolute_difference", section="losses-reading")
def prediction_overwritten(a, y):
    """The difference is stored in the array a that was given, and so the prediction is lost.

    Who else may still need a? Where could the difference go?
    """
    if not isinstance(a, np.ndarray) or a.dtype != float:
        a = _array(a)
    a -= _array(y)
    return np.mean(np.abs(a)), np.sign(a) / a.size


@misconception(of="absolute_difference", section="gradient_checking-rounding", h=STEPS)
def absolute_measured_not_derived(a, y, h=1e-5):
    """The gradient is measured by differences of the whole loss, in which one far observation takes all the digits.

    The loss is 1e15, and a small step changes it by 1e-6. How many digits of that change does float64 keep?
    """
    return _measured(lambda a: np.mean(np.abs(_difference(a, y))), a, h)


@inputs(of="mean_squared")
def draw_squared(rng):
    return draw_absolute(rng)


@misconception(of="mean_squared", section="losses-reading")
def squared_summed(a, y):
    """Loss and gradient are sums over the entries; they agree with each other and not with the definition.

    Should the loss double when every entry is there twice? Your gradient fits your loss; does your loss fit the text?
    """
    d = _difference(a, y)
    return np.sum(d**2), 2 * d


@misconception(of="mean_squared", section="losses-reading")
def squared_gradient_not_averaged(a, y):
    """The loss is a mean over the entries, and the gradient is that of the sum.

    How much does a mean of n terms change when one of them changes by 1?
    """
    d = _difference(a, y)
    return np.mean(d**2), 2 * d


@misconception(of="mean_squared", section="losses-reading")
def squared_gradient_over_rows_only(a, y):
    """The gradient is divided by the number of rows, and the loss by the number of all entries.

    Over what does the loss take its mean, and so by what must each slope be divided?
    """
    d = _difference(a, y)
    return np.mean(d**2), 2 * d / len(d)


@misconception(of="mean_squared", section="losses-reading")
def squared_averaged_over_rows_only(a, y):
    """Loss and gradient are divided by the number of rows, not by the number of all entries.

    How many squares have you added up, and by what have you divided?
    """
    d = _difference(a, y)
    return np.sum(d**2) / len(d), 2 * d / len(d)


@misconception(of="mean_squared", section="losses-squared")
def two_lost_in_the_gradient(a, y):
    """The factor 2 is missing in the gradient, though the loss has no one half to cancel it.

    What is the derivative of d squared?
    """
    d = _difference(a, y)
    return np.mean(d**2), d / d.size


@misconception(of="mean_squared", section="losses-squared")
def one_half_in_loss_and_gradient(a, y):
    """This is half of what is asked: a factor 1/2 in the loss, as some books have it, with its gradient.

    Which factor stands in the definition given here?
    """
    d = _difference(a, y)
    return np.mean(d**2) / 2, d / d.size


@misconception(of="mean_squared", section="losses-squared")
def one_half_in_the_loss_alone(a, y):
    """The loss has a factor 1/2, and the gradient is that of the loss without it.

    Is your gradient the slope of your own loss?
    """
    d = _difference(a, y)
    return np.mean(d**2) / 2, 2 * d / d.size


@misconception(of="mean_squared", section="losses-reading")
def squared_slope_in_the_truth(a, y):
    """The gradient has the wrong sign: it is the slope in y, the second argument.

    If a lies above y and grows, does the loss rise or fall?
    """
    d = _difference(a, y)
    return np.mean(d**2), -2 * d / d.size


@misconception(of="mean_squared", section="losses-squared")
def root_of_the_mean(a, y):
    """The root of the mean square comes back, with the gradient of the mean square itself.

    Is there a root in the definition? If there were, what would it do to the slope?
    """
    d = _difference(a, y)
    return np.sqrt(np.mean(d**2)), 2 * d / d.size


@misconception(of="mean_squared", section="losses-squared")
def length_of_the_difference(a, y):
    """This is the length of the difference, with its own gradient; no square and no mean.

    The length is the root of what? And which mean is asked for?
    """
    d = _difference(a, y)
    length = np.sqrt(np.sum(d**2))
    return length, d / length


@misconception(of="mean_squared", section="losses-squared")
def square_of_the_mean(a, y):
    """The mean difference is squared, after errors of both sides have cancelled.

    What would the loss be for the errors 100 and -100?
    """
    d = _difference(a, y)
    return np.mean(d) ** 2, 2 * d / d.size


@misconception(of="mean_squared", section="losses-squared")
def size_of_the_slope_alone(a, y):
    """The gradient holds the sizes of the slopes, without their signs.

    If a lies below y and grows, does the loss rise or fall?
    """
    d = _difference(a, y)
    return np.mean(d**2), 2 * np.abs(d) / d.size


@misconception(of="mean_squared", section="losses-absolute")
def absolute_for_squared(a, y):
    """This is the mean absolute difference, another loss.

    How does this loss treat an error that is ten times as large?
    """
    d = _difference(a, y)
    return np.mean(np.abs(d)), np.sign(d) / d.size


@misconception(of="mean_squared", section="losses-reading")
def squared_losses_one_by_one(a, y):
    """The squares of the entries come back one by one, not their mean.

    Which one number should come back?
    """
    d = _difference(a, y)
    return d**2, 2 * d / d.size


@misconception(of="mean_squared", section="losses-reading")
def squared_gradient_as_one_number(a, y):
    """The gradient is one number, the mean of the slopes.

    Which shape has a gradient with respect to a?
    """
    d = _difference(a, y)
    return np.mean(d**2), 2 * np.mean(d)


@misconception(of="mean_squared", section="losses-reading")
def squared_gradient_averaged_twice(a, y):
    """The gradient is divided by the number of entries twice.

    How often does 1/n stand in the loss?
    """
    d = _difference(a, y)
    return np.mean(d**2), 2 * d / d.size**2


@misconception(of="mean_squared", section="losses-reading")
def squared_loss_alone(a, y):
    """Only the loss comes back; the gradient is missing.

    Which two results are asked for?
    """
    return np.mean(_difference(a, y) ** 2)


@misconception(of="mean_squared", section="losses-squared")
def spread_about_the_mean(a, y):
    """This is the variance of the differences: a shift of all predictions by the same amount costs nothing.

    What should the loss be if every prediction is too high by exactly 3?
    """
    d = _difference(a, y)
    return np.var(d), 2 * d / d.size


@misconception(of="mean_squared", section="gradient_checking-rounding", h=STEPS)
def squared_measured_not_derived(a, y, h=1e-5):
    """The gradient is measured by differences of the whole loss, in which one far observation takes all the digits.

    The loss is 1e17, and a small step changes it by 1e-6. How many digits of that change does float64 keep?
    """
    return _measured(lambda a: np.mean(_difference(a, y) ** 2), a, h)


@inputs(of="huber")
def draw_huber(rng):
    return [
        _apart(rng, 4, 3),
        (*_apart(rng, 3, 3), 0.5),
        (*_apart(rng, 1, 5), 2.0),
        (*_apart(rng, 7), 0.5),
        (*_apart(rng, 2, 3, 2), 3.0),
        ([[1, 2, 3], [4, 5, 7]], [[0, 4, 5], [6, 5, 1]], 3),
    ]


def _huber(a, y, delta):
    """The terms of the loss and their slopes, both right, and the differences."""
    d = _difference(a, y)
    size = np.abs(d)
    return np.where(size <= delta, d**2 / 2, delta * (size - delta / 2)), np.clip(d, -delta, delta), d


@misconception(of="huber", section="losses-huber")
def threshold_not_used(a, y, delta=1.0):
    """The threshold is 1, whatever delta is.

    Where in your code does delta stand?
    """
    rho, slope, d = _huber(a, y, 1.0)
    return np.mean(rho), slope / d.size


@misconception(of="huber", section="losses-huber")
def never_linear(a, y, delta=1.0):
    """Every difference is treated as a small one: this is half the squared loss.

    What should happen to a difference that is larger than delta?
    """
    d = _difference(a, y)
    return np.mean(d**2) / 2, d / d.size


@misconception(of="huber", section="losses-huber")
def gradient_not_clipped(a, y, delta=1.0):
    """The loss goes on as a straight line, and the gradient goes on growing.

    What is the slope of a straight line?
    """
    rho, _, d = _huber(a, y, delta)
    return np.mean(rho), d / d.size


@misconception(of="huber", section="losses-huber")
def arms_do_not_meet_the_parabola(a, y, delta=1.0):
    """Beyond the threshold the loss is delta times |d|, twice what the parabola has reached there: it jumps.

    What are the two pieces worth at |d| = delta?
    """
    rho, slope, d = _huber(a, y, delta)
    return np.mean(np.where(np.abs(d) <= delta, rho, delta * np.abs(d))), slope / d.size


@misconception(of="huber", section="losses-huber")
def arms_too_low(a, y, delta=1.0):
    """Beyond the threshold a whole delta is taken off |d|, not half of it.

    What are the two pieces worth at |d| = delta?
    """
    rho, slope, d = _huber(a, y, delta)
    return np.mean(np.where(np.abs(d) <= delta, rho, delta * (np.abs(d) - delta))), slope / d.size


@misconception(of="huber", section="losses-huber")
def arms_of_slope_one(a, y, delta=1.0):
    """Beyond the threshold loss and slope lack their factor delta, so the pieces fit for delta = 1 only.

    Which slope has the parabola at |d| = delta, and which has your straight line?
    """
    rho, slope, d = _huber(a, y, delta)
    small, size = np.abs(d) <= delta, np.abs(d)
    return np.mean(np.where(small, rho, size - delta / 2)), np.where(small, slope, np.sign(d)) / d.size


@misconception(of="huber", section="losses-huber")
def sign_alone_beyond_the_threshold(a, y, delta=1.0):
    """Beyond the threshold the gradient is the sign alone; the factor delta of the loss is forgotten.

    What is the derivative of delta times |d|?
    """
    rho, slope, d = _huber(a, y, delta)
    return np.mean(rho), np.where(np.abs(d) <= delta, slope, np.sign(d)) / d.size


@misconception(of="huber", section="losses-huber")
def arms_without_a_sign(a, y, delta=1.0):
    """Beyond the threshold the slope is delta on both sides.

    Which way does the left arm go?
    """
    rho, slope, d = _huber(a, y, delta)
    return np.mean(rho), np.where(np.abs(d) <= delta, slope, delta) / d.size


@misconception(of="huber", section="losses-huber")
def large_negative_counts_as_small(a, y, delta=1.0):
    """The difference itself is compared with delta, not its size, so large negative ones count as small.

    Is -100 smaller than delta? Is it a small error?
    """
    d = _difference(a, y)
    rho = np.where(d <= delta, d**2 / 2, delta * (np.abs(d) - delta / 2))
    return np.mean(rho), np.where(d <= delta, d, delta * np.sign(d)) / d.size


@misconception(of="huber", section="losses-huber")
def clipped_on_one_side(a, y, delta=1.0):
    """The gradient is clipped above and not below.

    What does the loss look like on the left of -delta?
    """
    rho, _, d = _huber(a, y, delta)
    return np.mean(rho), np.minimum(d, delta) / d.size


@misconception(of="huber", section="losses-huber")
def pieces_exchanged(a, y, delta=1.0):
    """The two pieces are exchanged: small differences get the straight line and large ones the parabola.

    Which piece is for outliers?
    """
    d = _difference(a, y)
    size = np.abs(d)
    rho = np.where(size > delta, d**2 / 2, delta * (size - delta / 2))
    return np.mean(rho), np.where(size > delta, d, delta * np.sign(d)) / d.size


@misconception(of="huber", section="losses-huber")
def parabola_without_its_half(a, y, delta=1.0):
    """The small differences are squared without the factor 1/2, in loss and gradient, so the pieces do not fit.

    What are the two pieces worth at |d| = delta, and which slopes do they have there?
    """
    rho, slope, d = _huber(a, y, delta)
    small = np.abs(d) <= delta
    return np.mean(np.where(small, d**2, rho)), np.where(small, 2 * d, slope) / d.size


@misconception(of="huber", section="losses-huber")
def one_piece_for_all_entries(a, y, delta=1.0):
    """One decision is taken for the whole array: if any difference is large, all are treated as large.

    To how many differences does each "if" of the definition apply?
    """
    rho, slope, d = _huber(a, y, delta)
    if np.abs(d).max() > delta:
        rho, slope = delta * (np.abs(d) - delta / 2), delta * np.sign(d)
    return np.mean(rho), slope / d.size


@misconception(of="huber", section="losses-huber")
def smooth_root_instead(a, y, delta=1.0):
    """This is the smooth relative of the Huber loss, delta² (sqrt(1 + (d/delta)²) - 1), and not the one that is asked.

    Is your loss exactly a parabola for small differences?
    """
    d = _difference(a, y)
    root = np.sqrt(1 + (d / delta) ** 2)
    return np.mean(delta**2 * (root - 1)), d / root / d.size


@misconception(of="huber", section="losses-huber")
def divided_by_delta(a, y, delta=1.0):
    """Loss and gradient are divided by delta, as some libraries define a smooth absolute loss.

    Which slope do the arms have in the definition given here: 1 or delta?
    """
    rho, slope, d = _huber(a, y, delta)
    return np.mean(rho) / delta, slope / delta / d.size


@misconception(of="huber", section="losses-reading")
def huber_summed(a, y, delta=1.0):
    """Loss and gradient are sums over the entries; they agree with each other and not with the definition.

    Should the loss double when every entry is there twice? Your gradient fits your loss; does your loss fit the text?
    """
    rho, slope, _ = _huber(a, y, delta)
    return np.sum(rho), slope


@misconception(of="huber", section="losses-reading")
def huber_gradient_not_averaged(a, y, delta=1.0):
    """The loss is a mean over the entries, and the gradient is that of the sum.

    How much does a mean of n terms change when one of them changes by 1?
    """
    rho, slope, _ = _huber(a, y, delta)
    return np.mean(rho), slope


@misconception(of="huber", section="losses-reading")
def huber_gradient_over_rows_only(a, y, delta=1.0):
    """The gradient is divided by the number of rows, and the loss by the number of all entries.

    Over what does the loss take its mean, and so by what must each slope be divided?
    """
    rho, slope, d = _huber(a, y, delta)
    return np.mean(rho), slope / len(d)


@misconception(of="huber", section="losses-reading")
def huber_slope_in_the_truth(a, y, delta=1.0):
    """The gradient has the wrong sign: it is the slope in y, the second argument.

    If a lies above y and grows, does the loss rise or fall?
    """
    rho, slope, d = _huber(a, y, delta)
    return np.mean(rho), -slope / d.size


@misconception(of="huber", section="losses-hinge")
def hinge_for_huber(a, y, delta=1.0):
    """This is a hinge of the product of a and y; the two names look alike and the losses are different things.

    Is Huber's loss for scores of classes or for differences of numbers?
    """
    a, y = _array(a), _array(y)
    return np.mean(np.maximum(0, delta - a * y)), np.where(a * y < delta, -y, 0.0) / a.size


@misconception(of="huber", section="losses-huber")
def clipped_after_the_mean(a, y, delta=1.0):
    """The gradient is clipped after it has been divided by the number of entries.

    Is it the difference or the gradient of the mean that is compared with delta?
    """
    rho, _, d = _huber(a, y, delta)
    return np.mean(rho), np.clip(d / d.size, -delta, delta)


@misconception(of="huber", section="gradient_checking-rounding", h=STEPS)
def huber_measured_not_derived(a, y, delta=1.0, h=1e-5):
    """The gradient is measured by differences of the whole loss, in which one far observation takes all the digits.

    The loss is 1e6, and a small step changes it by 1e-6. How many digits of that change does float64 keep?
    """
    return _measured(lambda a: np.mean(_huber(a, y, delta)[0]), a, h)


@inputs(of="hinge")
def draw_scores(rng):
    def scores(B, T):
        # Multiples of 2/7: no margin is exactly 1, and none exactly -1.
        return 2 * rng.integers(-9, 10, size=(B, T)) / 7, rng.integers(0, T, size=B)

    return [
        scores(4, 3),
        scores(3, 3),
        scores(1, 5),
        scores(6, 4),
        ([[0, 2, 4], [2, 8, 0], [6, 0, 2], [4, 4, 0]], [0, 0, 1, 2]),
    ]


def _missing(S, z, margin=1.0):
    """What each rival lacks, 0 for the correct class; rows and labels."""
    S, z = _array(S), np.asarray(z)
    rows = np.arange(len(S))
    M = S - S[rows, z][:, None] + margin
    M[rows, z] = 0.0
    return np.maximum(M, 0.0), rows, z


def _pushes(M, rows, z):
    """The right gradient of the summed loss, for what is missing."""
    G = (M > 0).astype(float)
    G[rows, z] = -G.sum(axis=1)
    return G


@misconception(of="hinge", section="losses-hinge")
def correct_class_pushed_once(S, z):
    """The correct class is pushed up by 1 if any rival is active, not by 1 for each of them.

    In how many terms of the sum does the score of the correct class occur? With two classes nobody sees the difference.
    """
    M, rows, z = _missing(S, z)
    G = (M > 0).astype(float)
    G[rows, z] = -(G.max(axis=1))
    return M.sum() / len(M), G / len(M)


@misconception(of="hinge", section="losses-hinge")
def correct_class_not_pushed(S, z):
    """The rivals are pushed down, and the correct class has no gradient.

    Does the loss change when the score of the correct class rises? What should a row of the gradient sum to?
    """
    M, _, _ = _missing(S, z)
    return M.sum() / len(M), (M > 0) / len(M)


@misconception(of="hinge", section="losses-hinge")
def rivals_not_pushed(S, z):
    """The correct class is pushed up, and the rivals have no gradient.

    Does the loss change when the score of a rival rises? What should a row of the gradient sum to?
    """
    M, rows, z = _missing(S, z)
    G = np.zeros(M.shape)
    G[rows, z] = -(M > 0).sum(axis=1)
    return M.sum() / len(M), G / len(M)


@misconception(of="hinge", section="losses-hinge")
def correct_class_its_own_rival(S, z):
    """The sum runs over all classes, so that every example pays 1 for the correct class against itself.

    Over which classes does the sum run?
    """
    M, rows, z = _missing(S, z)
    return M.sum() / len(M) + 1, _pushes(M, rows, z) / len(M)


@misconception(of="hinge", section="losses-hinge")
def own_term_in_loss_and_gradient(S, z):
    """The correct class counts as a rival of itself: the loss is 1 too large, and its push is not balanced by the row.

    Over which classes does the sum run? What should a row of the gradient sum to?
    """
    M, rows, z = _missing(S, z)
    G = _pushes(M, rows, z)
    G[rows, z] -= 1
    return M.sum() / len(M) + 1, G / len(M)


@misconception(of="hinge", section="losses-hinge")
def margin_forgotten(S, z):
    """There is no margin: the loss is 0 as soon as the correct class leads at all.

    By how much must the correct class lead before a rival costs nothing?
    """
    M, rows, z = _missing(S, z, margin=0.0)
    return M.sum() / len(M), _pushes(M, rows, z) / len(M)


@misconception(of="hinge", section="losses-hinge")
def margin_with_the_wrong_sign(S, z):
    """The margin has the wrong sign: a rival may lead by 1 before it costs anything.

    What should a tie between the correct class and a rival cost?
    """
    M, rows, z = _missing(S, z, margin=-1.0)
    return M.sum() / len(M), _pushes(M, rows, z) / len(M)


@misconception(of="hinge", section="losses-hinge")
def difference_the_wrong_way_round(S, z):
    """The difference is taken the wrong way round: it costs when the correct class leads.

    Does your loss fall when the score of the correct class rises?
    """
    M, rows, z = _missing(-_array(S), z)
    return M.sum() / len(M), -_pushes(M, rows, z) / len(M)


@misconception(of="hinge", section="losses-hinge")
def strongest_rival_only(S, z):
    """Only the strongest rival counts; this is another form of the multi-class hinge loss.

    Is there a sum or a maximum over the rivals in the definition given here?
    """
    M, rows, z = _missing(S, z)
    top = M.argmax(axis=1)
    G = np.zeros(M.shape)
    G[rows, top] = M[rows, top] > 0
    G[rows, z] = -G.sum(axis=1)
    return M.max(axis=1).sum() / len(M), G / len(M)


@misconception(of="hinge", section="losses-reading")
def hinge_summed(S, z):
    """Loss and gradient are sums over the batch; they agree with each other and not with the definition.

    Should the loss double when the same batch is given twice?
    """
    M, rows, z = _missing(S, z)
    return M.sum(), _pushes(M, rows, z)


@misconception(of="hinge", section="losses-reading")
def hinge_gradient_not_averaged(S, z):
    """The loss is a mean over the examples, and the gradient is that of the sum.

    The loss is a mean over the batch. Where does its 1/B stand in your gradient?
    """
    M, rows, z = _missing(S, z)
    return M.sum() / len(M), _pushes(M, rows, z)


@misconception(of="hinge", section="losses-hinge")
def hinge_averaged_over_all_entries(S, z):
    """Loss and gradient are means over all entries, B times T of them, not over the B examples.

    How many losses are there in the batch? Is there a mean over the rivals in the definition?
    """
    M, rows, z = _missing(S, z)
    return M.mean(), _pushes(M, rows, z) / M.size


@misconception(of="hinge", section="losses-hinge")
def averaged_over_the_rivals(S, z):
    """Loss and gradient are divided by the number of rivals as well.

    Is there a sum or a mean over the rivals in the definition?
    """
    M, rows, z = _missing(S, z)
    n = len(M) * (M.shape[1] - 1)
    return M.sum() / n, _pushes(M, rows, z) / n


@misconception(of="hinge", section="losses-hinge")
def what_is_missing_as_the_slope(S, z):
    """The gradient holds what each rival lacks, not the slope of it; that belongs to a squared hinge.

    What is the slope of max(0, t) at t = 3: 3 or 1?
    """
    M, rows, z = _missing(S, z)
    G = M.copy()
    G[rows, z] = -M.sum(axis=1)
    return M.sum() / len(M), G / len(M)


@misconception(of="hinge", section="losses-hinge")
def squared_hinge(S, z):
    """What is missing is squared, in the loss and accordingly in the gradient.

    Is there a square in the definition?
    """
    M, rows, z = _missing(S, z)
    G = 2 * M
    G[rows, z] = -G.sum(axis=1)
    return (M**2).sum() / len(M), G / len(M)


@misconception(of="hinge", section="losses-hinge")
def every_rival_active(S, z):
    """Every rival is pushed down, those too that are beaten by more than the margin.

    What is the slope of max(0, t) where t is negative?
    """
    M, rows, z = _missing(S, z)
    G = np.ones(M.shape)
    G[rows, z] = 1.0 - M.shape[1]
    return M.sum() / len(M), G / len(M)


@misconception(of="hinge", section="losses-hinge")
def nothing_cut_off(S, z):
    """There is no maximum with 0: rivals that are beaten by far are paid for, and the loss can be negative.

    What should a rival cost that the correct class beats by 5?
    """
    S = _array(S)
    _, rows, z = _missing(S, z)
    M = S - S[rows, z][:, None] + 1
    M[rows, z] = 0.0
    G = np.ones(S.shape)
    G[rows, z] = 1.0 - S.shape[1]
    return M.sum() / len(S), G / len(S)


@misconception(of="hinge", section="losses-hinge")
def hinge_sign_of_the_gradient(S, z):
    """The gradient has the wrong sign: it points downhill.

    If the score of a rival rises, does the loss rise or fall?
    """
    M, rows, z = _missing(S, z)
    return M.sum() / len(M), -_pushes(M, rows, z) / len(M)


@misconception(of="hinge", section="losses-hinge")
def classes_counted_from_one(S, z):
    """The classes are counted from 1, so that each label points to its neighbour.

    Which class is meant by the label 0?
    """
    M, rows, z = _missing(S, np.asarray(z) - 1)
    return M.sum() / len(M), _pushes(M, rows, z) / len(M)


@misconception(of="hinge", section="losses-hinge")
def columns_of_all_labels(S, z):
    """S[:, z] takes a whole column for each example, not one score from each row.

    Which shape has S[:, z], and which should the scores of the correct classes have?
    """
    S, z = _array(S), np.asarray(z)
    M = S - S[:, z] + 1
    rows = np.arange(len(S))
    M[rows, z] = 0.0
    M = np.maximum(M, 0.0)
    return M.sum() / len(S), _pushes(M, rows, z) / len(S)


@misconception(of="hinge", section="losses-hinge")
def correct_score_against_one(S, z):
    """The score of the correct class is compared with 1 and not with its rivals.

    What should the loss do when the same number is added to all scores?
    """
    S = _array(S)
    _, rows, z = _missing(S, z)
    short = 1 - S[rows, z]
    G = np.zeros(S.shape)
    G[rows, z] = -(short > 0).astype(float)
    return np.maximum(short, 0).mean(), G / len(S)


@misconception(of="hinge", section="losses-cross-entropy")
def cross_entropy_for_hinge(S, z):
    """This is cross-entropy, another loss for classes.

    What does the hinge loss ask of an example that is right by a wide margin?
    """
    log_f = _log_softmax(S)
    G = np.exp(log_f)
    rows = np.arange(len(G))
    G[rows, z] -= 1
    return -log_f[rows, z].mean(), G / len(G)


@misconception(of="hinge", section="losses-hinge")
def correct_class_pushed_down(S, z):
    """The entry of the correct class has the wrong sign; those of the rivals are right.

    Does the loss rise or fall when the score of the correct class rises? What should a row of the gradient sum to?
    """
    M, rows, z = _missing(S, z)
    G = _pushes(M, rows, z)
    G[rows, z] *= -1
    return M.sum() / len(M), G / len(M)


@misconception(of="hinge", section="gradient_checking-rounding", h=STEPS)
def hinge_measured_not_derived(S, z, h=1e-5):
    """The gradient is measured by differences of the whole loss, in which one far score takes all the digits.

    The loss is 1e15, and a small step changes it by 1e-6. How many digits of that change does float64 keep?
    """
    return _measured(lambda S: _missing(S, z)[0].sum() / len(S), S, h)


@inputs(of="cosine_distance")
def draw_directions(rng):
    def pairs(B, D):
        lengths = rng.uniform(0.5, 4, size=(2, B, 1))
        a, y = rng.normal(size=(2, B, D)) * lengths
        return a, y

    return [
        pairs(4, 5),
        pairs(3, 3),
        pairs(1, 4),
        pairs(6, 2),
        ([[2, 1, -1], [0, 3, 1]], [[1, -2, 2], [3, 1, 1]]),
    ]


def _directions(a, y):
    """a_hat, y_hat (B, D); lengths of a (B, 1); cosines (B, 1)."""
    a, y = _array(a), _array(y)
    length = np.sqrt((a**2).sum(axis=1, keepdims=True))
    a_hat, y_hat = a / length, y / np.sqrt((y**2).sum(axis=1, keepdims=True))
    return a_hat, y_hat, length, (a_hat * y_hat).sum(axis=1, keepdims=True)


def _cosine(a, y):
    """The right loss and gradient."""
    a_hat, y_hat, length, c = _directions(a, y)
    return np.mean(1 - c), (c * a_hat - y_hat) / length / len(c)


@misconception(of="cosine_distance", section="losses-cosine")
def length_held_fixed(a, y):
    """The gradient treats the length of a as a constant, though it changes with a.

    The denominator contains a. What does the quotient rule say, and is your gradient orthogonal to a?
    """
    _, y_hat, length, c = _directions(a, y)
    return np.mean(1 - c), -y_hat / length / len(c)


@misconception(of="cosine_distance", section="losses-cosine")
def gradient_at_the_direction(a, y):
    """The gradient is that at the direction of a; the last division by the length of a is missing.

    If a is twice as long, how much does a step of the same size turn it?
    """
    a_hat, y_hat, _, c = _directions(a, y)
    return np.mean(1 - c), (c * a_hat - y_hat) / len(c)


@misconception(of="cosine_distance", section="losses-cosine")
def slope_at_the_direction_alone(a, y):
    """The gradient is minus the direction of y: neither the length nor the turning of a is differentiated.

    Through which quantities does a enter the cosine?
    """
    _, y_hat, _, c = _directions(a, y)
    return np.mean(1 - c), -y_hat / len(c)


@misconception(of="cosine_distance", section="losses-cosine")
def cosine_left_out_of_the_gradient(a, y):
    """The gradient is the difference of the two directions; the cosine in front of the first one is missing.

    Is your gradient orthogonal to a, as it must be if the loss does not change along a?
    """
    a_hat, y_hat, length, c = _directions(a, y)
    return np.mean(1 - c), (a_hat - y_hat) / length / len(c)


@misconception(of="cosine_distance", section="losses-cosine")
def similarity_for_distance(a, y):
    """This is the cosine similarity, which is large where the directions agree, with its gradient.

    Which value should the loss have when both vectors point the same way?
    """
    loss, G = _cosine(a, y)
    return 1 - loss, -G


@misconception(of="cosine_distance", section="losses-cosine")
def gradient_of_the_similarity(a, y):
    """The loss is the distance, and the gradient is that of the similarity: its sign is wrong.

    If a turns towards y, does the distance rise or fall?
    """
    loss, G = _cosine(a, y)
    return loss, -G


@misconception(of="cosine_distance", section="losses-cosine")
def one_minus_left_out(a, y):
    """The loss is minus the cosine: the gradient is right, and the best possible loss is -1.

    Which value should a distance have when both vectors point the same way?
    """
    loss, G = _cosine(a, y)
    return loss - 1, G


@misconception(of="cosine_distance", section="losses-cosine")
def not_divided_by_the_lengths(a, y):
    """The product of a and y is not divided by the lengths.

    What happens to your loss when a is made twice as long, and what should happen?
    """
    a, y = _array(a), _array(y)
    return np.mean(1 - (a * y).sum(axis=1)), -y / len(a)


@misconception(of="cosine_distance", section="losses-cosine")
def length_of_the_truth_forgotten(a, y):
    """The product is divided by the length of a, and not by that of y.

    What happens to your loss when y is made twice as long, and what should happen?
    """
    a_hat, _, length, _ = _directions(a, y)
    c = (a_hat * _array(y)).sum(axis=1, keepdims=True)
    return np.mean(1 - c), (c * a_hat - _array(y)) / length / len(c)


@misconception(of="cosine_distance", section="losses-cosine")
def squared_lengths(a, y):
    """The lengths in the denominator are squared: their roots are missing.

    What is the length of the vector (3, 4)?
    """
    a, y = _array(a), _array(y)
    aa, yy = (a**2).sum(axis=1, keepdims=True), (y**2).sum(axis=1, keepdims=True)
    c = (a * y).sum(axis=1, keepdims=True) / (aa * yy)
    return np.mean(1 - c), (2 * c * a / aa - y / (aa * yy)) / len(a)


@misconception(of="cosine_distance", section="losses-cosine")
def one_length_for_all_rows(a, y):
    """The lengths are taken of the whole arrays, not of each row.

    How many vectors are there in a, and how many lengths have you computed?
    """
    a, y = _array(a), _array(y)
    na, ny = np.sqrt((a**2).sum()), np.sqrt((y**2).sum())
    c = (a * y).sum(axis=1, keepdims=True) / (na * ny)
    return np.mean(1 - c), (c * a / na - y / ny) / na / len(a)


@misconception(of="cosine_distance", section="losses-cosine")
def one_long_vector(a, y):
    """All rows are strung together to one long vector with one cosine.

    How many pairs of vectors are there, and how many cosines?
    """
    shape = np.shape(a)
    loss, G = _cosine(_array(a).reshape(1, -1), _array(y).reshape(1, -1))
    return loss, G.reshape(shape)


@misconception(of="cosine_distance", section="losses-cosine")
def lengths_of_the_columns(a, y):
    """The lengths and products are taken down the columns, not along the rows.

    Along which axis does one vector lie?
    """
    loss, G = _cosine(_array(a).T, _array(y).T)
    return loss, G.T


@misconception(of="cosine_distance", section="losses-cosine")
def row_lengths_laid_along_the_columns(a, y):
    """The lengths of the rows have lost their axis and are laid along the columns.

    Which shape have the lengths, and what does NumPy do with (B, D) divided by (B,)?
    """
    a, y = _array(a), _array(y)
    length = np.sqrt((a**2).sum(axis=1))
    a_hat, y_hat = a / length, y / np.sqrt((y**2).sum(axis=1))
    c = (a_hat * y_hat).sum(axis=1)
    return np.mean(1 - c), (c * a_hat - y_hat) / length / len(a)


@misconception(of="cosine_distance", section="losses-cosine")
def distance_between_the_directions(a, y):
    """This is the squared distance between the two directions: exactly twice the cosine distance.

    What does it give for opposite directions, and what should it give?
    """
    loss, G = _cosine(a, y)
    return 2 * loss, 2 * G


@misconception(of="cosine_distance", section="losses-cosine")
def angle_itself(a, y):
    """The loss is the angle between the vectors, with its gradient, not 1 minus the cosine.

    What should a right angle cost?
    """
    _, G = _cosine(a, y)
    *_, c = _directions(a, y)
    return np.mean(np.arccos(np.clip(c, -1, 1))), G / np.sqrt(np.maximum(1 - c**2, 1e-300))


@misconception(of="cosine_distance", section="losses-reading")
def cosine_summed(a, y):
    """Loss and gradient are sums over the rows; they agree with each other and not with the definition.

    Should the loss double when every row is there twice?
    """
    loss, G = _cosine(a, y)
    return loss * len(G), G * len(G)


@misconception(of="cosine_distance", section="losses-reading")
def cosine_gradient_not_averaged(a, y):
    """The loss is a mean over the rows, and the gradient is that of the sum.

    The loss is a mean over the rows. Where does its 1/B stand in your gradient?
    """
    loss, G = _cosine(a, y)
    return loss, G * len(G)


@misconception(of="cosine_distance", section="losses-reading")
def cosine_gradient_over_all_entries(a, y):
    """The gradient is divided by the number of all entries, B times D, not by the number of rows.

    Over what does the loss take its mean?
    """
    loss, G = _cosine(a, y)
    return loss, G / G.shape[1]


@misconception(of="cosine_distance", section="losses-reading")
def cosine_slope_in_the_truth(a, y):
    """This is the slope in y, the second argument.

    With respect to which of the two is the gradient asked for?
    """
    loss, G = _cosine(y, a)
    return loss, G


@misconception(of="cosine_distance", section="losses-cosine")
def opposite_counts_as_equal(a, y):
    """The absolute value of the cosine is taken, so opposite directions cost nothing.

    What should two vectors cost that point in opposite directions?
    """
    a_hat, y_hat, length, c = _directions(a, y)
    return np.mean(1 - np.abs(c)), np.sign(c) * (c * a_hat - y_hat) / length / len(c)


@misconception(of="cosine_distance", section="losses-reading")
def cosines_one_by_one(a, y):
    """The distances of the rows come back one by one, not their mean.

    Which one number should come back?
    """
    *_, c = _directions(a, y)
    return (1 - c)[:, 0], _cosine(a, y)[1]


@misconception(of="cosine_distance", section="gradient_checking-rounding", h=STEPS)
def cosine_measured_not_derived(a, y, h=1e-5):
    """The gradient is measured by differences, whose step is lost beside a long vector.

    How far does your step turn a vector of length 5e9, and how many digits of the change of the loss are left?
    """
    return _measured(lambda a: _cosine(a, y)[0], a, h)


@inputs(of="focal")
def draw_focal(rng):
    def logits(B, T):
        return rng.normal(size=(B, T)) * 1.5, rng.integers(0, T, size=B)

    return [
        logits(4, 3),
        (*logits(3, 3), 0.5),
        (*logits(1, 5), 1.0),
        (*logits(6, 2), 3.0),
        (*logits(4, 3), 0.0),
        ([[0, 1, 2], [3, 0, 1], [1, 1, 0], [0, 2, 0]], [0, 2, 1, 0]),
        (np.array([[1000.0, 0.0, -1000.0], [-300.0, 500.0, 0.5]]), np.array([2, 0])),
        # Small probabilities of every size: a constant of any size shows at one of them.
        (np.array([[0.0, -gap] for gap in range(7, 49, 7)]), np.ones(6, dtype=int)),
    ]


def _log_softmax(P):
    P = _array(P)
    P = P - P.max(axis=-1, keepdims=True)
    return P - np.log(np.exp(P).sum(axis=-1, keepdims=True))


def _one_hot(z, T):
    return np.eye(T)[np.asarray(z)]


def _focal(P, z, gamma):
    """Losses (B, 1), weights (B, 1) on f - y, f (B, T) and y (B, T), all right."""
    log_f = _log_softmax(P)
    f, y = np.exp(log_f), _one_hot(z, log_f.shape[1])
    log_z = np.where(y > 0, log_f, 0.0).sum(axis=1, keepdims=True)
    f_z = np.exp(log_z)
    weight = (1 - f_z) ** gamma - gamma * f_z * (1 - f_z) ** (gamma - 1) * log_z
    return -((1 - f_z) ** gamma) * log_z, weight, f, y


@misconception(of="focal", section="losses-focal")
def factor_held_fixed(P, z, gamma=2.0):
    """The gradient treats the factor (1 - f_z)^gamma as a constant, though it changes with the logits.

    The loss is a product of two things that depend on f_z. What does the product rule say?
    """
    loss, _, f, y = _focal(P, z, gamma)
    f_z = (f * y).sum(axis=1, keepdims=True)
    return loss.mean(), (1 - f_z) ** gamma * (f - y) / len(f)


@misconception(of="focal", section="losses-focal")
def sign_of_the_second_term(P, z, gamma=2.0):
    """The two terms of the product rule are put together with the wrong sign.

    Both factors of the loss fall when f_z rises. Do the two terms help each other or not?
    """
    loss, weight, f, y = _focal(P, z, gamma)
    f_z = (f * y).sum(axis=1, keepdims=True)
    return loss.mean(), (2 * (1 - f_z) ** gamma - weight) * (f - y) / len(f)


@misconception(of="focal", section="losses-focal")
def second_term_without_gamma(P, z, gamma=2.0):
    """The derivative of (1 - f_z)^gamma lacks its factor gamma.

    What is the derivative of a power?
    """
    loss, _, f, y = _focal(P, z, gamma)
    f_z = (f * y).sum(axis=1, keepdims=True)
    log_z = np.where(y > 0, _log_softmax(P), 0.0).sum(axis=1, keepdims=True)
    weight = (1 - f_z) ** gamma - f_z * (1 - f_z) ** (gamma - 1) * log_z
    return loss.mean(), weight * (f - y) / len(f)


@misconception(of="focal", section="losses-focal")
def gamma_not_used(P, z, gamma=2.0):
    """The exponent is 2, whatever gamma is.

    Where in your code does gamma stand?
    """
    loss, weight, f, y = _focal(P, z, 2.0)
    return loss.mean(), weight * (f - y) / len(f)


@misconception(of="focal", section="losses-focal")
def plain_cross_entropy(P, z, gamma=2.0):
    """This is cross-entropy: the factor (1 - f_z)^gamma is missing.

    What turns the easy examples down?
    """
    loss, weight, f, y = _focal(P, z, 0.0)
    return loss.mean(), (f - y) / len(f)


@misconception(of="focal", section="losses-focal")
def easy_examples_turned_up(P, z, gamma=2.0):
    """The factor is f_z^gamma, so the hard examples are turned down and not the easy ones, in loss and gradient.

    How large is your factor for an example that is nearly certain, and how large should it be?
    """
    _, _, f, y = _focal(P, z, 0.0)
    log_z = np.where(y > 0, _log_softmax(P), 0.0).sum(axis=1, keepdims=True)
    factor = np.exp(gamma * log_z)
    return -np.mean(factor * log_z), factor * (1 + gamma * log_z) * (f - y) / len(f)


@misconception(of="focal", section="losses-focal")
def gamma_as_a_multiplier(P, z, gamma=2.0):
    """Gamma multiplies 1 - f_z, and is not its exponent.

    What should happen to the loss for gamma = 0?
    """
    loss, weight, f, y = _focal(P, z, 1.0)
    return gamma * loss.mean(), gamma * weight * (f - y) / len(f)


@misconception(of="focal", section="losses-focal")
def other_logits_forgotten(P, z, gamma=2.0):
    """Only the logit of the correct class has a gradient.

    Does f_z change when the logit of another class rises? What should a row of the gradient sum to?
    """
    loss, weight, f, y = _focal(P, z, gamma)
    return loss.mean(), weight * (f - y) * y / len(f)


@misconception(of="focal", section="losses-focal")
def focal_gradient_at_the_probabilities(P, z, gamma=2.0):
    """This is the gradient at the probabilities; the link from them to the logits is missing.

    With respect to what is the gradient asked for: f or the logits?
    """
    loss, weight, f, y = _focal(P, z, gamma)
    f_z = (f * y).sum(axis=1, keepdims=True)
    return loss.mean(), -weight / f_z * y / len(f)


@misconception(of="focal", section="losses-focal")
def truth_left_out(P, z, gamma=2.0):
    """The weight multiplies f; the labels are not subtracted.

    Which sign should the entry of the correct class have, and what should a row sum to?
    """
    loss, weight, f, _ = _focal(P, z, gamma)
    return loss.mean(), weight * f / len(f)


@misconception(of="focal", section="losses-focal")
def focal_sign_of_the_gradient(P, z, gamma=2.0):
    """The gradient has the wrong sign: it points downhill.

    If the logit of the correct class rises, does the loss rise or fall?
    """
    loss, weight, f, y = _focal(P, z, gamma)
    return loss.mean(), weight * (y - f) / len(f)


@misconception(of="focal", section="losses-focal")
def minus_in_front_missing(P, z, gamma=2.0):
    """The loss lacks its minus, and is negative.

    Which sign has the logarithm of a probability, and which should a loss have?
    """
    loss, weight, f, y = _focal(P, z, gamma)
    return -loss.mean(), weight * (f - y) / len(f)


@misconception(of="focal", section="stability-loss")
def logarithm_after_underflow(P, z, gamma=2.0):
    """The logarithm is taken of probabilities that may have underflowed to 0: the loss is infinite then.

    How can log f be had from the logits without f in between?
    """
    _, _, f, y = _focal(P, z, 0.0)
    f_z = (f * y).sum(axis=1, keepdims=True)
    log_z = np.log(f_z)
    weight = (1 - f_z) ** gamma - gamma * f_z * (1 - f_z) ** (gamma - 1) * log_z
    return -np.mean((1 - f_z) ** gamma * log_z), weight * (f - y) / len(f)


@misconception(of="focal", section="stability-shift")
def exponentials_overflow(P, z, gamma=2.0):
    """The softmax is the naive one, whose exponentials overflow for large logits.

    What may be subtracted from all logits of a row without changing the probabilities?
    """
    E = np.exp(_array(P))
    f = E / E.sum(axis=1, keepdims=True)
    y = _one_hot(z, f.shape[1])
    f_z = (f * y).sum(axis=1, keepdims=True)
    log_z = np.log(f_z)
    weight = (1 - f_z) ** gamma - gamma * f_z * (1 - f_z) ** (gamma - 1) * log_z
    return -np.mean((1 - f_z) ** gamma * log_z), weight * (f - y) / len(f)


@misconception(of="focal", section="stability-loss", epsilon=EPSILONS)
def constant_inside_the_logarithm(P, z, gamma=2.0, epsilon=1e-12):
    """A small constant is added to the probability before the logarithm, so the loss can never become large.

    How much should an example cost whose correct logit lies 1000 below the top, and how much does it cost here?
    """
    _, _, f, y = _focal(P, z, 0.0)
    f_z = (f * y).sum(axis=1, keepdims=True)
    log_z = np.log(f_z + epsilon)
    weight = (1 - f_z) ** gamma - gamma * f_z * (1 - f_z) ** (gamma - 1) * log_z
    return -np.mean((1 - f_z) ** gamma * log_z), weight * (f - y) / len(f)


@misconception(of="focal", section="stability-loss", epsilon=EPSILONS)
def probability_clipped(P, z, gamma=2.0, epsilon=1e-12):
    """The probability is clipped from below before the logarithm, so the loss can never become large.

    How much should an example cost whose correct logit lies 1000 below the top, and how much does it cost here?
    """
    _, _, f, y = _focal(P, z, 0.0)
    f_z = np.maximum((f * y).sum(axis=1, keepdims=True), epsilon)
    log_z = np.log(f_z)
    weight = (1 - f_z) ** gamma - gamma * f_z * (1 - f_z) ** (gamma - 1) * log_z
    return -np.mean((1 - f_z) ** gamma * log_z), weight * (f - y) / len(f)


@misconception(of="focal", section="losses-reading")
def focal_summed(P, z, gamma=2.0):
    """Loss and gradient are sums over the batch; they agree with each other and not with the definition.

    Should the loss double when the same batch is given twice?
    """
    loss, weight, f, y = _focal(P, z, gamma)
    return loss.sum(), weight * (f - y)


@misconception(of="focal", section="losses-reading")
def focal_gradient_not_averaged(P, z, gamma=2.0):
    """The loss is a mean over the examples, and the gradient is that of the sum.

    The loss is a mean over the batch. Where does its 1/B stand in your gradient?
    """
    loss, weight, f, y = _focal(P, z, gamma)
    return loss.mean(), weight * (f - y)


@misconception(of="focal", section="losses-reading")
def focal_averaged_over_all_entries(P, z, gamma=2.0):
    """Loss and gradient are divided by the number of all entries, B times T, not by the number of examples.

    How many losses are there in the batch?
    """
    loss, weight, f, y = _focal(P, z, gamma)
    return loss.sum() / f.size, weight * (f - y) / f.size


@misconception(of="focal", section="losses-focal")
def every_class_a_term(P, z, gamma=2.0):
    """The terms of all classes are summed; the labels are not used in the loss.

    Where in your loss does z stand?
    """
    _, weight, f, y = _focal(P, z, gamma)
    return -np.mean(((1 - f) ** gamma * _log_softmax(P)).sum(axis=1)), weight * (f - y) / len(f)


@misconception(of="focal", section="losses-focal")
def base_two_in_the_focal_loss(P, z, gamma=2.0):
    """The logarithm is to base 2, and the gradient is that of the natural one.

    Which logarithm has the derivative 1/f without a constant in front?
    """
    loss, weight, f, y = _focal(P, z, gamma)
    return loss.mean() / np.log(2), weight * (f - y) / len(f)


@misconception(of="focal", section="losses-focal")
def power_not_lowered(P, z, gamma=2.0):
    """The derivative of the power keeps the exponent gamma; it should be one lower.

    What is the derivative of x³: 3 x³ or 3 x²?
    """
    loss, _, f, y = _focal(P, z, gamma)
    f_z = (f * y).sum(axis=1, keepdims=True)
    log_z = np.where(y > 0, _log_softmax(P), 0.0).sum(axis=1, keepdims=True)
    weight = (1 - f_z) ** gamma * (1 - gamma * f_z * log_z)
    return loss.mean(), weight * (f - y) / len(f)


@misconception(of="focal", section="losses-focal")
def link_to_the_logits_half_used(P, z, gamma=2.0):
    """The second term of the gradient lacks the factor f_z, which comes from the derivative of softmax.

    By what does each term of the slope in f_z have to be multiplied on its way to the logits?
    """
    loss, _, f, y = _focal(P, z, gamma)
    f_z = (f * y).sum(axis=1, keepdims=True)
    log_z = np.where(y > 0, _log_softmax(P), 0.0).sum(axis=1, keepdims=True)
    weight = (1 - f_z) ** gamma - gamma * (1 - f_z) ** (gamma - 1) * log_z
    return loss.mean(), weight * (f - y) / len(f)


@misconception(of="focal", section="losses-focal")
def two_factors_apart(P, z, gamma=2.0):
    """The slope in f_z and that of softmax are multiplied as they stand: 1/f_z times f_z, when f_z has underflowed.

    Which two factors cancel on paper, before any number is put in?
    """
    loss, _, f, y = _focal(P, z, gamma)
    f_z = (f * y).sum(axis=1, keepdims=True)
    slope = gamma * (1 - f_z) ** (gamma - 1) * np.log(f_z) - (1 - f_z) ** gamma / f_z
    return loss.mean(), slope * f_z * (y - f) / len(f)


@misconception(of="focal", section="softmax-batch")
def softmax_down_the_columns(P, z, gamma=2.0):
    """Softmax runs down the columns, over the examples, not along each row.

    Which numbers should add up to 1: the classes of one example or the examples of one class?
    """
    log_f = _log_softmax(_array(P).T).T
    f, y = np.exp(log_f), _one_hot(z, log_f.shape[1])
    log_z = np.where(y > 0, log_f, 0.0).sum(axis=1, keepdims=True)
    f_z = np.exp(log_z)
    weight = (1 - f_z) ** gamma - gamma * f_z * (1 - f_z) ** (gamma - 1) * log_z
    return -np.mean((1 - f_z) ** gamma * log_z), weight * (f - y) / len(f)


@misconception(of="focal", section="losses-focal", share=(0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.9))
def weighted_by_a_constant(P, z, gamma=2.0, share=0.25):
    """Loss and gradient are multiplied by a constant, the alpha that balances classes in many libraries.

    Does the definition given here have a constant in front?
    """
    loss, weight, f, y = _focal(P, z, gamma)
    return share * loss.mean(), share * weight * (f - y) / len(f)


@misconception(of="focal", section="gradient_checking-rounding", h=STEPS)
def focal_measured_not_derived(P, z, gamma=2.0, h=1e-5):
    """The gradient is measured by differences, which have lost their digits where the probabilities are small.

    How large is the gradient at a class of probability 1e-13, and how large is the error of a difference?
    """
    return _measured(lambda P: np.mean(_focal(P, z, gamma)[0]), P, h)
