"""What goes wrong in the exercise "The Jacobian of softmax"."""

import functools

import numpy as np

from . import EPSILONS, inputs, misconception

# Beyond this, an N x N array of float64 (8 N² bytes) is more than a machine has.
MATRIX_LIMIT = 20_000


def _softmax(P):
    P = np.asarray(P, dtype=float)
    E = np.exp(P - P.max(axis=-1, keepdims=True))
    return E / E.sum(axis=-1, keepdims=True)


def _naive(P):
    E = np.exp(np.asarray(P, dtype=float))
    return E / E.sum(axis=-1, keepdims=True)


def _differences(f, p, h, forward=None):
    p = np.asarray(p, dtype=float)
    steps = (forward or h) * np.eye(len(p))
    if forward:
        return np.stack([(f(p + e) - f(p)) / forward for e in steps], axis=1)
    return np.stack([(f(p + e) - f(p - e)) / (2 * h) for e in steps], axis=1)


STEPS = (1e-2, 1e-3, 1e-4, 1e-6, 1e-7, 1e-8)
# Steps of differences to one side only.
FORWARD = (1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8)


def _draw_points(rng):
    return [
        (rng.normal(size=5) * 2,),
        (rng.normal(size=2),),
        ([0, 1, 3],),
        (np.array([0.0, 0.5, -14.0, -16.0]),),
        (rng.integers(-4, 4, size=4) / 4 + 1000.0,),
        ([1000.0, 1000.0, -1000.0],),
    ]


inputs(of="softmax_jacobian")(_draw_points)


@misconception(of="softmax_jacobian", section="jacobian-entries")
def diagonal_only(p):
    """Only the diagonal is filled, as if each probability depended on its own logit alone.

    All probabilities share one denominator. What does a larger second logit do to the first probability?
    """
    f = _softmax(p)
    return np.diag(f * (1 - f))


@misconception(of="softmax_jacobian", section="jacobian-entries")
def vector_of_own_slopes(p):
    """A vector comes back: the slope of each probability along its own logit.

    How many pairs of a probability and a logit are there?
    """
    f = _softmax(p)
    return f * (1 - f)


@misconception(of="softmax_jacobian", section="jacobian-entries")
def sign_of_the_whole(p):
    """The matrix has the wrong sign: outer product minus diagonal.

    Does a probability grow or shrink when its own logit grows? Which sign must the diagonal have?
    """
    f = _softmax(p)
    return np.outer(f, f) - np.diag(f)


@misconception(of="softmax_jacobian", section="jacobian-entries")
def plus_between_the_terms(p):
    """The outer product is added to the diagonal, not subtracted.

    Does one probability grow or shrink when the logit of another class grows? What does each of your rows sum to?
    """
    f = _softmax(p)
    return np.diag(f) + np.outer(f, f)


@misconception(of="softmax_jacobian", section="jacobian-entries")
def identity_in_place_of_the_diagonal(p):
    """The diagonal term is 1 in place of f_i.

    What does each of your rows sum to? What is (the number one minus f_i) still to be multiplied by?
    """
    f = _softmax(p)
    return np.eye(len(f)) - np.outer(f, f)


@misconception(of="softmax_jacobian", section="jacobian-entries")
def outer_product_only(p):
    """The case i = j is not treated apart: the diagonal has -f_i f_i like all the rest.

    On the diagonal the numerator depends on the logit as well. Which term does it add?
    """
    f = _softmax(p)
    return -np.outer(f, f)


@misconception(of="softmax_jacobian", section="jacobian-entries")
def squares_entry_by_entry(p):
    """The product f f is taken entry by entry, so that a vector is subtracted where a matrix belongs.

    Which product of two vectors of length N is a matrix of shape (N, N)?
    """
    f = _softmax(p)
    return np.diag(f) - f * f


@misconception(of="softmax_jacobian", section="jacobian-entries")
def inner_product(p):
    """`f @ f.T` of a vector is one number, the sum of squares, and it is subtracted everywhere.

    What does transposing a vector of shape (N,) do? Which function gives all products f_i f_j?
    """
    f = _softmax(p)
    return np.diag(f) - f @ f.T


@misconception(of="softmax_jacobian", section="jacobian-entries")
def diagonal_without_its_second_term(p):
    """The diagonal is f_i, where it should be f_i (1 - f_i); the rest is right.

    What does each of your rows sum to, and what should it?
    """
    f = _softmax(p)
    J = -np.outer(f, f)
    np.fill_diagonal(J, f)
    return J


@misconception(of="softmax_jacobian", section="jacobian-entries")
def sign_beside_the_diagonal(p):
    """The diagonal is right, and the entries beside it have lost their minus.

    If one class gains, what must the others do, so that the sum stays 1?
    """
    f = _softmax(p)
    J = np.outer(f, f)
    np.fill_diagonal(J, f * (1 - f))
    return J


@misconception(of="softmax_jacobian", section="stability-overflow")
def overflowing_softmax(p):
    """The softmax inside is the naive one, which overflows for large logits.

    Which softmax is safe for logits of any size?
    """
    f = _naive(p)
    return np.diag(f) - np.outer(f, f)


@misconception(of="softmax_jacobian", section="jacobian-entries")
def jacobian_of_the_logits_themselves(p):
    """The formula is applied to the logits in place of the probabilities.

    Which vector stands in the formula: p or f?
    """
    p = np.asarray(p, dtype=float)
    return np.diag(p) - np.outer(p, p)


@misconception(of="softmax_jacobian", section="jacobian-check", h=STEPS, forward=FORWARD)
def finite_differences(p, h=1e-5, forward=None):
    """This is a numerical derivative, which has lost its digits where the probabilities are small.

    How large is a slope f_i f_j when both are a millionth, and how large is the error of a difference?
    """
    return _differences(_softmax, p, h, forward)


@misconception(of="softmax_jacobian", section="jacobian-log-softmax")
def log_softmax_in_place_of_softmax(p):
    """This is the Jacobian of the logarithm of softmax: the rows are not multiplied by f_i.

    Of what is the derivative asked: of f_i or of its logarithm?
    """
    f = _softmax(p)
    return np.eye(len(f)) - f


@misconception(of="softmax_jacobian", section="jacobian-entries")
def one_case_for_all_entries(p):
    """Every entry is f_i (1 - f_j), which is the case i = j alone.

    On the diagonal the numerator depends on the logit as well. Does it beside the diagonal? What do your rows sum to?
    """
    f = _softmax(p)
    return f[:, None] * (1 - f[None, :])


@misconception(of="softmax_jacobian", section="jacobian-entries")
def diagonal_of_the_probabilities(p):
    """The probabilities stand on the diagonal, and the products f_i f_j are missing.

    All probabilities share one denominator. What does a larger second logit do to the first probability?
    """
    return np.diag(_softmax(p))


@misconception(of="softmax_jacobian", section="jacobian-entries")
def diagonal_without_its_factor(p):
    """The diagonal is 1 - f_i, where it should be f_i (1 - f_i); the rest is right.

    What does each of your rows sum to, and what should it?
    """
    f = _softmax(p)
    J = -np.outer(f, f)
    np.fill_diagonal(J, 1 - f)
    return J


@misconception(of="softmax_jacobian", section="jacobian-entries")
def denominator_not_squared(p):
    """In the second term the sum of the exponentials stands once below the line, where its square belongs.

    What is the derivative of 1 / S? What does each of your rows sum to?
    """
    p = np.asarray(p, dtype=float)
    e = np.exp(p - p.max())
    return np.diag(e / e.sum()) - np.outer(e, e) / e.sum()


@misconception(of="softmax_jacobian", section="jacobian-entries")
def divided_by_the_number_of_classes(p):
    """The matrix is divided by the number of classes.

    Where in the definition of softmax, or of a derivative, is there a mean over classes?
    """
    f = _softmax(p)
    return (np.diag(f) - np.outer(f, f)) / len(f)


@misconception(of="softmax_jacobian", section="jacobian-entries", keep=(np.tril,))
def half_of_the_matrix(p, keep=np.triu):
    """Only the entries on one side of the diagonal are filled.

    Which pairs of i and j do your loops visit? Is the slope of f_2 along p_1 zero?
    """
    f = _softmax(p)
    return keep(np.diag(f) - np.outer(f, f))


@misconception(of="softmax_jacobian", section="jacobian-entries")
def diagonal_counted_twice(p):
    """One half of the matrix is mirrored to the other, and the diagonal is added to itself.

    To which half does the diagonal belong? What does each of your rows sum to?
    """
    f = _softmax(p)
    J = np.triu(np.diag(f) - np.outer(f, f))
    return J + J.T


@misconception(of="softmax_jacobian", section="jacobian-entries")
def jacobian_at_the_probabilities(p):
    """Softmax is taken twice: the probabilities go through it once more.

    What goes into your softmax, logits or probabilities?
    """
    f = _softmax(_softmax(p))
    return np.diag(f) - np.outer(f, f)


@misconception(of="softmax_jacobian", section="stability-not-mended", epsilon=EPSILONS)
def probabilities_cut_off_from_below(p, epsilon=1e-7):
    """The probabilities are cut off from below, and every slope of a rarer class is too large.

    The slopes are products of probabilities. Is there any harm in a product that is nearly 0?
    """
    f = np.maximum(_softmax(p), epsilon)
    return np.diag(f) - np.outer(f, f)


@misconception(of="softmax_jacobian", section="jacobian-entries")
def exponentials_for_probabilities(p):
    """The exponentials stand in the formula before they are divided by their sum.

    What do your f_i add up to?
    """
    p = np.asarray(p, dtype=float)
    e = np.exp(p - p.max())
    return np.diag(e) - np.outer(e, e)


@inputs(of="softmax_jvp")
def draw_directions(rng):
    return [
        (rng.normal(size=5) * 2, rng.normal(size=5)),
        (rng.normal(size=2), rng.normal(size=2)),
        ([0, 1, 3], [1, -2, 4]),
        (rng.integers(-4, 4, size=4) / 4 + 1000.0, rng.normal(size=4)),
        ([1000.0, 1000.0, -1000.0], [2.0, 0.0, 7.0]),
    ]


@misconception(of="softmax_jvp", section="jacobian-products")
def matrix_formed(p, v):
    """The whole matrix is built, which for 100 000 classes needs 80 GB.

    J v is f times something, entry by entry. What is left of the second term when f is taken out?
    """
    f = _softmax(p)
    if len(f) > MATRIX_LIMIT:
        raise MemoryError
    return (np.diag(f) - np.outer(f, f)) @ np.asarray(v, dtype=float)


@misconception(of="softmax_jvp", section="jacobian-products")
def diagonal_part_only(p, v):
    """Only the diagonal of J takes part.

    By how much does the first probability move when only the second logit does?
    """
    f = _softmax(p)
    return f * (1 - f) * np.asarray(v, dtype=float)


@misconception(of="softmax_jvp", section="jacobian-products")
def mean_not_subtracted(p, v):
    """The probabilities are multiplied by v, and the mean of v under them is not subtracted.

    What must J v be when v is the same for all classes?
    """
    return _softmax(p) * np.asarray(v, dtype=float)


@misconception(of="softmax_jvp", section="jacobian-products")
def plain_mean_subtracted(p, v):
    """The plain mean of v is subtracted, not its mean under the probabilities.

    With which weights does v enter the second term, f fᵀ v?
    """
    v = np.asarray(v, dtype=float)
    return _softmax(p) * (v - v.mean())


@misconception(of="softmax_jvp", section="jacobian-products")
def sum_without_the_probabilities(p, v):
    """The plain sum of v is subtracted, without the probabilities as weights.

    With which weights does v enter the second term, f fᵀ v?
    """
    v = np.asarray(v, dtype=float)
    return _softmax(p) * (v - v.sum())


@misconception(of="softmax_jvp", section="jacobian-products")
def mean_added(p, v):
    """The mean of v under the probabilities is added, not subtracted.

    What does your result sum to, and what must the changes of probabilities sum to?
    """
    f, v = _softmax(p), np.asarray(v, dtype=float)
    return f * (v + np.sum(f * v))


@misconception(of="softmax_jvp", section="jacobian-products")
def not_multiplied_by_the_probabilities(p, v):
    """The mean is subtracted from v, and the result is not multiplied by f.

    How much can a class move that has no probability?
    """
    f, v = _softmax(p), np.asarray(v, dtype=float)
    return v - np.sum(f * v)


@misconception(of="softmax_jvp", section="jacobian-products")
def second_term_without_its_factor(p, v):
    """The second term is the number f·v, without the factor f in front of it.

    f fᵀ v is a vector. Which?
    """
    f, v = _softmax(p), np.asarray(v, dtype=float)
    return f * v - np.sum(f * v)


@misconception(of="softmax_jvp", section="jacobian-products")
def sign_of_the_product(p, v):
    """The result has the wrong sign.

    Does a probability rise or fall when its own logit rises alone?
    """
    f, v = _softmax(p), np.asarray(v, dtype=float)
    return f * (np.sum(f * v) - v)


@misconception(of="softmax_jvp", section="jacobian-products")
def change_of_the_function_not_its_slope(p, v):
    """This is how far softmax moves over the whole step v, not its slope in that direction.

    A product with J is linear in v: what should 2 v give, compared with v?
    """
    p, v = np.asarray(p, dtype=float), np.asarray(v, dtype=float)
    return _softmax(p + v) - _softmax(p)


@misconception(of="softmax_jvp", section="stability-overflow")
def product_with_an_overflowing_softmax(p, v):
    """The softmax inside is the naive one, which overflows for large logits.

    Which softmax is safe for logits of any size?
    """
    f, v = _naive(p), np.asarray(v, dtype=float)
    return f * (v - np.sum(f * v))


@misconception(of="softmax_jvp", section="jacobian-log-softmax")
def product_for_the_logarithm_transposed(p, v):
    """This is the product with the transposed Jacobian of log-softmax: v - f times the sum of v.

    Of which function is the Jacobian asked for?
    """
    v = np.asarray(v, dtype=float)
    return v - _softmax(p) * v.sum()


@misconception(of="softmax_jvp", section="jacobian-products")
def logits_and_direction_exchanged(p, v):
    """The two arguments have changed places: softmax is taken of the direction.

    In which order does the text name logits and direction?
    """
    f, v = _softmax(v), np.asarray(p, dtype=float)
    return f * (v - np.sum(f * v))


@misconception(of="softmax_jvp", section="jacobian-products")
def logits_for_probabilities(p, v):
    """The logits stand where the probabilities belong; no softmax is taken.

    Which vector stands in J: p or f?
    """
    p, v = np.asarray(p, dtype=float), np.asarray(v, dtype=float)
    return p * (v - np.sum(p * v))


@misconception(of="softmax_jvp", section="jacobian-products")
def squares_in_the_second_term(p, v):
    """The second term is f² times the sum of v, as if each f_j were the f_i in front.

    f_i f_j v_j is summed over j. What may be taken out of that sum, and what must stay?
    """
    f, v = _softmax(p), np.asarray(v, dtype=float)
    return f * v - f**2 * v.sum()


@misconception(of="softmax_jvp", section="jacobian-products")
def product_by_the_number_of_classes(p, v):
    """The product is divided by the number of classes.

    Where in a product of a matrix and a vector is there a mean?
    """
    f, v = _softmax(p), np.asarray(v, dtype=float)
    return f * (v - np.sum(f * v)) / len(f)


@misconception(of="softmax_jvp", section="jacobian-products")
def one_number_for_all_classes(p, v):
    """One number comes back, the product of v with J v.

    How many probabilities move when the logits do?
    """
    f, v = _softmax(p), np.asarray(v, dtype=float)
    return np.sum(v * f * (v - np.sum(f * v)))


@misconception(of="softmax_jvp", section="jacobian-products")
def direction_of_length_one(p, v):
    """The direction is divided by its length first.

    A product with J is linear in v: what should 2 v give, compared with v?
    """
    f, v = _softmax(p), np.asarray(v, dtype=float)
    return f * (v - np.sum(f * v)) / (np.linalg.norm(v) or 1.0)


@misconception(of="softmax_jvp", section="jacobian-check", h=STEPS, forward=FORWARD)
def difference_along_the_direction(p, v, h=1e-5, forward=None):
    """This is a difference quotient: as exact as its step allows, and the step does not know how long v is.

    By how much do the logits move in your quotient when an entry of v is 100 000? Which formula needs no step?
    """
    p, v = np.asarray(p, dtype=float), np.asarray(v, dtype=float)
    if forward:
        return (_softmax(p + forward * v) - _softmax(p)) / forward
    return (_softmax(p + h * v) - _softmax(p - h * v)) / (2 * h)


@misconception(of="softmax_jvp", section="jacobian-products")
def first_term_missing(p, v):
    """Only the second term is there, -f (f·v); the first one, f v, is missing.

    What does your result sum to, and what must the changes of probabilities sum to?
    """
    f, v = _softmax(p), np.asarray(v, dtype=float)
    return -f * np.sum(f * v)


@misconception(of="softmax_jvp", section="jacobian-products")
def one_in_place_of_the_vector(p, v):
    """The mean is subtracted from 1, where it must be subtracted from the entries of the vector.

    Which entry of the vector does the diagonal of the Jacobian meet in row i?
    """
    f, v = _softmax(p), np.asarray(v, dtype=float)
    return f * (1 - np.sum(f * v))


@misconception(of="softmax_jvp", section="jacobian-products", weights=(lambda p: _softmax(p) ** 2,))
def weighted_by_something_else(p, v, weights=lambda p: np.asarray(p, dtype=float)):
    """The mean that is subtracted is weighted by the logits, or by squares, not by the probabilities.

    Which numbers, that sum to 1, are the weights in the second term?
    """
    f, v = _softmax(p), np.asarray(v, dtype=float)
    return f * (v - np.sum(weights(p) * v))


@misconception(of="softmax_jvp", section="jacobian-products", factor=(lambda f: 1 - f, lambda f: f * (1 - f)))
def another_factor_in_front(p, v, factor=np.square):
    """The mean is subtracted rightly, and another factor than the probability stands in front.

    If f is taken out of both terms, what stands in front, and how often?
    """
    f, v = _softmax(p), np.asarray(v, dtype=float)
    return factor(f) * (v - np.sum(f * v))


@misconception(of="softmax_jvp", section="jacobian-products")
def diagonal_in_both_terms(p, v):
    """The term of i = j is counted twice: in the diagonal, f (1 - f), and in the sum over all j.

    Over which j does the sum beside the diagonal run?
    """
    f, v = _softmax(p), np.asarray(v, dtype=float)
    return f * (1 - f) * v - f * np.sum(f * v)


@misconception(of="softmax_jvp", section="jacobian-products")
def other_classes_added(p, v):
    """The diagonal is right, and what comes from the other classes is added, not subtracted.

    If another class gains, does the first one gain too? What must your result sum to?
    """
    f, v = _softmax(p), np.asarray(v, dtype=float)
    return f * (1 - f) * v + f * (np.sum(f * v) - f * v)


@misconception(of="softmax_jvp", section="jacobian-products")
def largest_entry_subtracted(p, v):
    """The largest entry of the vector is subtracted, as if this were the shift of a stable softmax.

    Which mean of the entries makes the result sum to 0?
    """
    v = np.asarray(v, dtype=float)
    return _softmax(p) * (v - v.max())


@misconception(of="softmax_jvp", section="jacobian-products")
def softmax_of_both(p, v):
    """Softmax is taken of both arguments, and the second is a vector like any other.

    A product with J is linear: what must come out for twice the vector?
    """
    f, v = _softmax(p), _softmax(v)
    return f * (v - np.sum(f * v))


@misconception(of="softmax_jvp", section="jacobian-products")
def multiplied_by_the_matrix_twice(p, v):
    """The Jacobian is applied twice.

    How often does your code subtract the mean and multiply by f, and how often should it?
    """
    f, v = _softmax(p), np.asarray(v, dtype=float)
    once = f * (v - np.sum(f * v))
    return f * (once - np.sum(f * once))


@misconception(of="softmax_jvp", section="jacobian-products")
def mean_with_the_number_of_classes(p, v):
    """The products f v are averaged over the classes, where they must be summed.

    The probabilities are weights that sum to 1 already. By what is their sum still to be divided?
    """
    f, v = _softmax(p), np.asarray(v, dtype=float)
    return f * (v - np.mean(f * v))


@misconception(of="softmax_jvp", section="jacobian-products", normalised=(True,))
def exponentials_in_front(p, v, normalised=False):
    """The exponentials stand in front, or in both places, before they are divided by their sum.

    What do your f_i add up to?
    """
    p, v = np.asarray(p, dtype=float), np.asarray(v, dtype=float)
    e = np.exp(p - p.max())
    return e * (v - np.sum(e * v) / (e.sum() if normalised else 1.0))


@misconception(of="softmax_jvp", section="jacobian-products", sign=(-1.0,))
def difference_to_the_probabilities(p, v, sign=1.0):
    """This is a plain difference of the probabilities and the vector, the gradient of another function.

    A product with J is linear in the vector: what must come out when it is 0?
    """
    return sign * (_softmax(p) - np.asarray(v, dtype=float))


@misconception(of="softmax_jvp", section="jacobian-products")
def probabilities_and_vector_exchanged(p, v):
    """The vector stands in front, and the mean is subtracted from the probabilities.

    Which of the two is multiplied by f in row i, and which is what the mean is taken of?
    """
    f, v = _softmax(p), np.asarray(v, dtype=float)
    return v * (f - np.sum(f * v))


@misconception(of="softmax_jvp", section="jacobian-products")
def softmax_itself(p, v):
    """The probabilities come back; the vector takes no part.

    Where in your function does the second argument stand?
    """
    return _softmax(p)


@misconception(of="softmax_jvp", section="jacobian-products")
def sign_dropped(p, v):
    """The absolute values come back.

    Must all changes of probabilities be positive, when they sum to 0?
    """
    f, v = _softmax(p), np.asarray(v, dtype=float)
    return np.abs(f * (v - np.sum(f * v)))


@inputs(of="softmax_vjp")
def draw_upstream(rng):
    very_different = rng.integers(-4, 4, size=(4, 5)) / 4 + np.array([[-1000.0], [1000.0], [0.0], [-3000.0]])
    return [
        (rng.normal(size=(4, 5)) * 2, rng.normal(size=(4, 5))),
        (rng.normal(size=(1, 6)), rng.normal(size=(1, 6))),
        (rng.normal(size=(3, 3)), rng.normal(size=(3, 3))),
        (very_different, rng.normal(size=(4, 5))),
        ([[0, 1, 3], [2, 0, 1]], [[1, -2, 4], [0, 3, 1]]),
    ]


def _G(G):
    return np.asarray(G, dtype=float)


@misconception(of="softmax_vjp", section="jacobian-products")
def matrices_formed(P, G):
    """A whole matrix is built for each row, which for 100 000 classes needs 80 GB.

    Jᵀ g is f times something, entry by entry. Which number has to be subtracted from g first?
    """
    F = _softmax(P)
    if F.shape[1] > MATRIX_LIMIT:
        raise MemoryError
    return np.stack([(np.diag(f) - np.outer(f, f)) @ g for f, g in zip(F, _G(G))])


@misconception(of="softmax_vjp", section="jacobian-products")
def diagonal_of_each_matrix_only(P, G):
    """Only the diagonal of each Jacobian takes part: g f (1 - f).

    One probability feels every logit of its row. Where do the other classes enter your result?
    """
    F = _softmax(P)
    return _G(G) * F * (1 - F)


@misconception(of="softmax_vjp", section="jacobian-products")
def upstream_times_probabilities(P, G):
    """The upstream gradient is multiplied by the probabilities, and nothing is subtracted.

    What must the result be when the upstream gradient is the same for all classes?
    """
    return _softmax(P) * _G(G)


@misconception(of="softmax_vjp", section="jacobian-products")
def sum_over_the_whole_batch(P, G):
    """The number that is subtracted is a sum over the whole batch, not over the row.

    May the gradient of one example depend on the others beside it?
    """
    F, G = _softmax(P), _G(G)
    return F * (G - np.sum(F * G))


@misconception(of="softmax_vjp", section="jacobian-products")
def sum_down_the_examples(P, G):
    """The sum runs down the examples, not along the classes.

    Along which axis lie the entries that share a softmax?
    """
    F, G = _softmax(P), _G(G)
    return F * (G - np.sum(F * G, axis=0, keepdims=True))


@misconception(of="softmax_vjp", section="jacobian-products")
def sums_laid_along_the_wrong_axis(P, G):
    """The row sums have lost their axis, and broadcasting lays them along the classes.

    Which shape must the sums have to be subtracted from their own rows?
    """
    F, G = _softmax(P), _G(G)
    return F * (G - np.sum(F * G, axis=1))


@misconception(of="softmax_vjp", section="jacobian-products")
def plain_mean_of_the_upstream(P, G):
    """The plain mean of the upstream gradient is subtracted, not its mean under the probabilities.

    With which weights does g enter the second term?
    """
    F, G = _softmax(P), _G(G)
    return F * (G - G.mean(axis=1, keepdims=True))


@misconception(of="softmax_vjp", section="jacobian-products")
def weights_missing_in_the_sum(P, G):
    """The plain sum of the upstream gradient is subtracted, without the probabilities as weights.

    With which weights does g enter the second term?
    """
    F, G = _softmax(P), _G(G)
    return F * (G - G.sum(axis=1, keepdims=True))


@misconception(of="softmax_vjp", section="jacobian-products")
def added_in_place_of_subtracted(P, G):
    """The mean of the upstream gradient under the probabilities is added.

    What should each row of the result sum to?
    """
    F, G = _softmax(P), _G(G)
    return F * (G + np.sum(F * G, axis=1, keepdims=True))


@misconception(of="softmax_vjp", section="jacobian-products")
def factor_of_the_probabilities_missing(P, G):
    """The mean is subtracted, and the result is not multiplied by the probabilities.

    How strongly can the loss depend on the logit of a class that has no probability?
    """
    F, G = _softmax(P), _G(G)
    return G - np.sum(F * G, axis=1, keepdims=True)


@misconception(of="softmax_vjp", section="jacobian-log-softmax")
def backward_of_log_softmax(P, G):
    """This is the backward pass of log-softmax: G minus F times the sum of G.

    Which of the two functions lies between the logits and your upstream gradient?
    """
    F, G = _softmax(P), _G(G)
    return G - F * G.sum(axis=1, keepdims=True)


@misconception(of="softmax_vjp", section="jacobian-products")
def sign_of_the_backward_pass(P, G):
    """The result has the wrong sign.

    If only the first upstream entry is positive, should the first logit rise or fall to lower the loss?
    """
    F, G = _softmax(P), _G(G)
    return F * (np.sum(F * G, axis=1, keepdims=True) - G)


@misconception(of="softmax_vjp", section="jacobian-products")
def divided_by_the_batch(P, G):
    """The result is divided by the number of examples, and that factor is in the upstream gradient already.

    Which part of the chain knows of a mean over the batch: the loss or the softmax?
    """
    F, G = _softmax(P), _G(G)
    return F * (G - np.sum(F * G, axis=1, keepdims=True)) / len(F)


@misconception(of="softmax_vjp", section="jacobian-products")
def gradient_for_one_hot_labels(P, G):
    """This is F - G, as if the upstream gradient were a one-hot label.

    For which loss is f - y the gradient, and is that loss given here?
    """
    return _softmax(P) - _G(G)


@misconception(of="softmax_vjp", section="stability-overflow")
def backward_through_an_overflowing_softmax(P, G):
    """The softmax inside is the naive one, which overflows for large logits.

    Which softmax is safe for logits of any size?
    """
    F, G = _naive(P), _G(G)
    return F * (G - np.sum(F * G, axis=1, keepdims=True))


@misconception(of="softmax_vjp", section="jacobian-products")
def second_term_without_the_probabilities(P, G):
    """The second term is the sum of f g alone, without the factor f in front of it.

    f (f · g) is a vector for each row. Which?
    """
    F, G = _softmax(P), _G(G)
    return F * G - np.sum(F * G, axis=1, keepdims=True)


@misconception(of="softmax_vjp", section="jacobian-products")
def mean_of_the_products(P, G):
    """The products f g are averaged over the classes, where they must be summed.

    The probabilities are weights that sum to 1 already. By what is their sum still to be divided?
    """
    F, G = _softmax(P), _G(G)
    return F * (G - np.mean(F * G, axis=1, keepdims=True))


@misconception(of="softmax_vjp", section="jacobian-products")
def softmax_down_the_examples(P, G):
    """The softmax inside runs down the examples, not along the classes.

    Which logits share one softmax?
    """
    E, G = np.exp(np.asarray(P, dtype=float) - np.max(P, axis=0)), _G(G)
    F = E / E.sum(axis=0)
    return F * (G - np.sum(F * G, axis=1, keepdims=True))


@misconception(of="softmax_vjp", section="jacobian-products")
def logits_and_upstream_exchanged(P, G):
    """The two arguments have changed places: softmax is taken of the upstream gradient.

    In which order does the text name logits and upstream gradient?
    """
    F, G = _softmax(G), np.asarray(P, dtype=float)
    return F * (G - np.sum(F * G, axis=1, keepdims=True))


@misconception(of="softmax_vjp", section="jacobian-products")
def logits_taken_for_probabilities(P, G):
    """The logits stand where the probabilities belong; no softmax is taken.

    What do the rows of P sum to? Which of the two, P or F, is given?
    """
    F, G = np.asarray(P, dtype=float), _G(G)
    return F * (G - np.sum(F * G, axis=1, keepdims=True))


@misconception(of="softmax_vjp", section="jacobian-products")
def added_up_over_the_examples(P, G):
    """The rows are added up into one gradient.

    Each example has logits of its own. How many gradients with respect to logits does a batch of four have?
    """
    F, G = _softmax(P), _G(G)
    return np.sum(F * (G - np.sum(F * G, axis=1, keepdims=True)), axis=0)


@misconception(of="softmax_vjp", section="jacobian-products")
def averaged_over_the_examples(P, G):
    """The rows are averaged into one gradient.

    Each example has logits of its own. How many gradients with respect to logits does a batch of four have?
    """
    F, G = _softmax(P), _G(G)
    return np.mean(F * (G - np.sum(F * G, axis=1, keepdims=True)), axis=0)


@misconception(of="softmax_vjp", section="jacobian-products")
def first_row_for_all_rows(P, G):
    """The probabilities of the first row are used for every row.

    To which example does each row of G belong, and to which its Jacobian?
    """
    F, G = _softmax(P)[:1], _G(G)
    return F * (G - np.sum(F * G, axis=1, keepdims=True))


@misconception(of="softmax_vjp", section="stability-shift")
def one_maximum_inside(P, G):
    """The softmax inside subtracts one maximum from all rows.

    What is left of a row near -1000 when another row holds +1000?
    """
    E, G = np.exp(np.asarray(P, dtype=float) - np.max(P)), _G(G)
    F = E / E.sum(axis=1, keepdims=True)
    return F * (G - np.sum(F * G, axis=1, keepdims=True))


@misconception(of="softmax_vjp", section="jacobian-products")
def everything_down_the_examples(P, G):
    """Softmax and sum both run down the examples, not along the classes.

    Which axis holds the classes of one example?
    """
    return _softmax_vjp(np.asarray(P, dtype=float).T, _G(G).T).T


@misconception(of="softmax_vjp", section="jacobian-products", rows=(slice(1),))
def one_example_left_out(P, G, rows=slice(-1, None)):
    """The loop leaves out the last example, or the first, whose row stays 0.

    At which number does your `range` begin, and before which does it stop? What comes out for a batch of one?
    """
    dP = _softmax_vjp(P, _G(G))
    dP[rows] = 0.0
    return dP


def _softmax_vjp(P, G):
    F = _softmax(P)
    return F * (G - np.sum(F * G, axis=1, keepdims=True))


def _row_by_row(idea):
    @functools.wraps(idea)
    def of_batch(P, G, **constants):
        return np.array([idea(p, g, **constants) for p, g in zip(P, G)])

    return of_batch


# What can go wrong with one vector goes wrong in the same way in each row of a batch.
for _idea in (
    first_term_missing,
    one_in_place_of_the_vector,
    squares_in_the_second_term,
    diagonal_in_both_terms,
    other_classes_added,
    largest_entry_subtracted,
    softmax_of_both,
    multiplied_by_the_matrix_twice,
    product_by_the_number_of_classes,
    probabilities_and_vector_exchanged,
    softmax_itself,
    sign_dropped,
):
    misconception(of="softmax_vjp", section="jacobian-products")(_row_by_row(_idea))
for _idea, _constants in {
    weighted_by_something_else: {"weights": (lambda p: _softmax(p) ** 2,)},
    another_factor_in_front: {"factor": (lambda f: 1 - f, lambda f: f * (1 - f))},
    exponentials_in_front: {"normalised": (True,)},
}.items():
    misconception(of="softmax_vjp", section="jacobian-products", **_constants)(_row_by_row(_idea))


@inputs(of="log_softmax_jacobian")
def draw_points_for_logs(rng):
    # In the last one a difference of logarithms has lost digits that a quotient of probabilities still has.
    return [*_draw_points(rng)[:5], ([1000.0, 0.0],), (np.array([0.0, 0.5, -16.0, -600.0]),)]


@misconception(of="log_softmax_jacobian", section="jacobian-log-softmax")
def rows_and_columns_exchanged(p):
    """The matrix is transposed: the probabilities vary down the rows where they should vary along them.

    Entry [i, j] is the slope of log f_i along p_j. Does its second term depend on i or on j?
    """
    f = _softmax(p)
    return np.eye(len(f)) - f[:, None]


@misconception(of="log_softmax_jacobian", section="jacobian-log-softmax")
def softmax_in_place_of_its_logarithm(p):
    """This is the Jacobian of softmax itself, not that of its logarithm.

    By what must the slope of f_i be divided to get the slope of its logarithm?
    """
    f = _softmax(p)
    return np.diag(f) - np.outer(f, f)


@misconception(of="log_softmax_jacobian", section="jacobian-log-softmax")
def identity_missing(p):
    """The 1 on the diagonal is missing.

    log f_i = p_i - lse(p). What is the slope of the first term along p_i?
    """
    f = _softmax(p)
    return np.tile(-f, (len(f), 1))


@misconception(of="log_softmax_jacobian", section="jacobian-log-softmax")
def sign_of_the_log_jacobian(p):
    """The matrix has the wrong sign: this is the slope of the loss, -log f_i.

    Does log f_i rise or fall when its own logit rises?
    """
    f = _softmax(p)
    return f[None, :] - np.eye(len(f))


@misconception(of="log_softmax_jacobian", section="jacobian-log-softmax")
def plus_in_the_log_jacobian(p):
    """The probabilities are added to the identity, not subtracted.

    Does log f_i rise or fall when the logit of another class rises? What does each of your rows sum to?
    """
    f = _softmax(p)
    return np.eye(len(f)) + f[None, :]


@misconception(of="log_softmax_jacobian", section="jacobian-log-softmax")
def own_slopes_only(p):
    """Only the diagonal is filled.

    The log-sum-exp inside log f_i feels every logit. Where do the others stand in your row?
    """
    f = _softmax(p)
    return np.diag(1 - f)


@misconception(of="log_softmax_jacobian", section="jacobian-log-softmax")
def one_over_the_probability(p):
    """Only the outer derivative is there: 1 / f_i on the diagonal.

    The logarithm is a function of f_i, and f_i one of every logit. Where is the inner derivative?
    """
    return np.diag(1 / _softmax(p))


@misconception(of="log_softmax_jacobian", section="jacobian-log-softmax")
def divided_along_the_wrong_axis(p):
    """The Jacobian of softmax is divided by f_j, where f_i is the probability whose logarithm is taken.

    Which probability belongs to row i?
    """
    f = _softmax(p)
    return (np.diag(f) - np.outer(f, f)) / f[None, :]


@misconception(of="log_softmax_jacobian", section="jacobian-log-softmax")
def logarithm_of_the_jacobian(p):
    """The logarithm is taken of the Jacobian's entries, after the derivative.

    Is the derivative of a logarithm the logarithm of a derivative?
    """
    f = _softmax(p)
    return np.log(np.abs(np.diag(f) - np.outer(f, f)))


@misconception(of="log_softmax_jacobian", section="jacobian-log-softmax")
def divided_by_vanishing_probabilities(p):
    """The Jacobian of softmax is divided by f_i, which is 0 divided by 0 where a probability vanishes.

    Can you divide on paper, before any number underflows?
    """
    f = _softmax(p)
    return (np.diag(f) - np.outer(f, f)) / f[:, None]


@misconception(of="log_softmax_jacobian", section="jacobian-check", h=STEPS, forward=FORWARD)
def differences_of_a_vanished_logarithm(p, h=1e-5, forward=None):
    """This is a numerical derivative of the logarithm of a probability that underflows to 0.

    What is the logarithm of 0, and the difference of two of them? Does the formula need either?
    """
    return _differences(lambda q: np.log(_softmax(q)), p, h, forward)


@misconception(of="log_softmax_jacobian", section="stability-overflow")
def log_jacobian_of_an_overflowing_softmax(p):
    """The softmax inside is the naive one, which overflows for large logits.

    Which softmax is safe for logits of any size?
    """
    f = _naive(p)
    return np.eye(len(f)) - f[None, :]


@misconception(of="log_softmax_jacobian", section="jacobian-log-softmax")
def outer_product_subtracted_from_the_identity(p):
    """The outer product of the probabilities is subtracted from the identity; one factor f_i too many.

    What does each of your rows sum to, and what should it?
    """
    f = _softmax(p)
    return np.eye(len(f)) - np.outer(f, f)


@misconception(of="log_softmax_jacobian", section="jacobian-check", h=STEPS, forward=FORWARD)
def log_differences(p, h=1e-5, forward=None):
    """This is a numerical derivative, which has lost its digits where the probabilities are small.

    How large is the slope of log f_i along the logit of a class with probability 1e-9, and how large the error of a
    difference?
    """

    def log_softmax(q):
        return q - np.logaddexp.reduce(q)

    return _differences(log_softmax, p, h, forward)


@misconception(of="log_softmax_jacobian", section="jacobian-log-softmax")
def one_in_every_entry(p):
    """Every entry is 1 - f_j, where the 1 belongs on the diagonal alone.

    log f_i = p_i - lse(p). What is the slope of the first term along p_j for another class j?
    """
    f = _softmax(p)
    return np.ones((len(f), 1)) - f[None, :]


@misconception(of="log_softmax_jacobian", section="jacobian-log-softmax")
def logits_in_place_of_probabilities(p):
    """The logits are subtracted from the identity, where the probabilities belong.

    What is the slope of lse(p) along p_j: p_j or f_j?
    """
    p = np.asarray(p, dtype=float)
    return np.eye(len(p)) - p[None, :]


@misconception(of="log_softmax_jacobian", section="jacobian-log-softmax")
def log_probabilities_subtracted(p):
    """The logarithms of the probabilities are subtracted from the identity, where the probabilities belong.

    What is the slope of lse(p) along p_j: f_j or its logarithm?
    """
    p = np.asarray(p, dtype=float)
    return np.eye(len(p)) - (p - np.logaddexp.reduce(p))[None, :]


@misconception(of="log_softmax_jacobian", section="jacobian-log-softmax")
def diagonal_of_ones(p):
    """The diagonal is 1, where it should be 1 - f_i; the rest is right.

    log f_i = p_i - lse(p). Does the second term feel the logit p_i as well? What does each of your rows sum to?
    """
    f = _softmax(p)
    J = np.tile(-f, (len(f), 1))
    np.fill_diagonal(J, 1.0)
    return J


@misconception(of="log_softmax_jacobian", section="jacobian-log-softmax")
def probabilities_on_the_diagonal(p):
    """The diagonal term is f_i in place of 1.

    What is the slope of p_i - lse(p) along p_i? What does each of your rows sum to?
    """
    f = _softmax(p)
    return np.diag(f) - f[None, :]


@misconception(of="log_softmax_jacobian", section="jacobian-log-softmax")
def squares_subtracted(p):
    """The squares of the probabilities are subtracted from the identity.

    What is the slope of lse(p) along p_j? What does each of your rows sum to?
    """
    f = _softmax(p)
    return np.eye(len(f)) - (f**2)[None, :]


@misconception(of="log_softmax_jacobian", section="jacobian-log-softmax")
def vector_of_slopes(p):
    """A vector comes back: the slope of each logarithm along its own logit.

    How many pairs of a probability and a logit are there?
    """
    return 1 - _softmax(p)


@misconception(of="log_softmax_jacobian", section="jacobian-log-softmax")
def log_jacobian_by_the_number_of_classes(p):
    """The matrix is divided by the number of classes.

    Where in the definition of softmax, or of a derivative, is there a mean over classes?
    """
    f = _softmax(p)
    return (np.eye(len(f)) - f) / len(f)


@misconception(of="log_softmax_jacobian", section="jacobian-log-softmax")
def softmax_of_the_probabilities(p):
    """Softmax is taken twice: the probabilities go through it once more.

    What goes into your softmax, logits or probabilities?
    """
    f = _softmax(_softmax(p))
    return np.eye(len(f)) - f


@misconception(of="log_softmax_jacobian", section="stability-not-mended", epsilon=EPSILONS)
def epsilon_under_the_quotient(p, epsilon=1e-12):
    """The Jacobian of softmax is divided by f_i and a small constant, which counts where a probability vanishes.

    What is the slope of log f_i along its own logit when f_i is nearly 0? Can you divide on paper first?
    """
    f = _softmax(p)
    return (np.diag(f) - np.outer(f, f)) / (f[:, None] + epsilon)


@misconception(of="log_softmax_jacobian", section="jacobian-log-softmax")
def base_two_log_jacobian(p):
    """This is the Jacobian of the logarithm to base 2.

    Which logarithm has the derivative 1/x without a constant in front?
    """
    f = _softmax(p)
    return (np.eye(len(f)) - f) / np.log(2)


@misconception(of="log_softmax_jacobian", section="stability-not-mended", epsilon=EPSILONS)
def probabilities_kept_above_zero(p, epsilon=1e-9):
    """The probabilities are cut off from below, and the slopes along the logits of rarer classes are too large.

    Which logarithm or quotient does your floor protect? Does the formula still hold one?
    """
    f = np.maximum(_softmax(p), epsilon)
    return np.eye(len(f)) - f


@misconception(
    of="log_softmax_jacobian", section="jacobian-log-softmax", shares=(lambda p: np.full(len(p), 1.0 / len(p)),)
)
def the_same_for_all_logits(p, shares=lambda p: np.zeros(len(p))):
    """No probability stands in the matrix: it is the same whatever the logits are.

    What is the derivative of the log-sum-exp along p_j? Does it depend on the logits?
    """
    return np.eye(len(p)) - shares(p)


@misconception(of="log_softmax_jacobian", section="jacobian-log-softmax")
def exponentials_subtracted(p):
    """The exponentials are subtracted from the identity before they are divided by their sum.

    What do your f_j add up to?
    """
    p = np.asarray(p, dtype=float)
    return np.eye(len(p)) - np.exp(p - p.max())


@misconception(of="log_softmax_jacobian", section="jacobian-log-softmax", keep=(np.tril,))
def one_side_of_the_diagonal(p, keep=np.triu):
    """Only the entries on one side of the diagonal are filled.

    Which pairs of i and j do your loops visit? Is the slope of log f_2 along p_1 zero?
    """
    f = _softmax(p)
    return keep(np.eye(len(f)) - f)
