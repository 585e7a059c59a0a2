"""What goes wrong in the exercise "Softmax"."""

import functools
import math

import numpy as np

from . import EPSILONS, inputs, misconception

# What becomes of classes with equal scores, by what scores are divided, and where they are cut off.
TIES = ("first", "all")
SPREADS = (np.ptp, np.linalg.norm, lambda p: np.sqrt(len(p)), len)
LIMITS = (1.0, 3.0, 5.0, 15.0)
# The number e, as far as people write it down.
FEW_DIGITS_OF_E = (2.7, 2.72, 2.718, 2.7183, 2.71828, 2.718282)


@inputs(of="softmax")
def draw_logits(rng):
    return [
        (rng.normal(size=5) * 3,),
        (rng.uniform(-20, -15, size=4),),
        (rng.uniform(-20, 20, size=6),),
        (rng.integers(-5, 5, size=3),),
        ([1, 2],),
    ]


@misconception(of="softmax", section="softmax-definition")
def not_normalised(p):
    """The exponentials are never divided by their sum.

    What do the numbers that you return add up to, and what must probabilities add up to?
    """
    return np.exp(p)


@misconception(of="softmax", section="softmax-definition")
def scores_divided_by_their_sum(p):
    """The scores themselves are divided by their sum; no exponential is taken.

    What comes out when one of the scores is negative? Which function makes every score positive first?
    """
    return np.asarray(p, dtype=float) / np.sum(p)


@misconception(of="softmax", section="softmax-definition")
def exponentials_over_sum_of_scores(p):
    """The exponentials are divided by the sum of the scores rather than by the sum of the exponentials.

    Whatever stands above the fraction line for one class must stand below it for all of them. Does it?
    """
    return np.exp(p) / np.sum(p)


@misconception(of="softmax", section="softmax-definition")
def exponential_of_the_sum(p):
    """The denominator is the exponential of the sum, not the sum of the exponentials.

    Is e^(a + b) the same as e^a + e^b? Try it with a = b = 0.
    """
    return np.exp(p) / np.exp(np.sum(p))


@misconception(of="softmax", section="softmax-definition")
def base_two(p):
    """Powers of 2 are taken in place of powers of e.

    How large should the ratio of two probabilities be when their logits differ by 1?
    """
    e = np.exp2(np.asarray(p, dtype=float))
    return e / e.sum()


@misconception(of="softmax", section="softmax-definition")
def minus_in_the_exponent(p):
    """The exponent has the wrong sign: the largest score gets the smallest probability.

    Which class should be the most probable one, that of the largest score or that of the smallest?
    """
    e = np.exp(-np.asarray(p, dtype=float))
    return e / e.sum()


@misconception(of="softmax", section="softmax-definition")
def divided_by_the_largest(p):
    """The exponentials are divided by the largest of them, not by their sum.

    What do your numbers add up to? And which number do you always return for the largest logit?
    """
    e = np.exp(np.asarray(p, dtype=float))
    return e / e.max()


@misconception(of="softmax", section="softmax-definition")
def length_one_instead_of_sum_one(p):
    """The exponentials are divided by their Euclidean length: their squares sum to 1, not they themselves.

    Which of the two must be 1 for probabilities, the sum or the sum of squares?
    """
    e = np.exp(np.asarray(p, dtype=float))
    return e / np.sqrt(np.sum(e**2))


@misconception(of="softmax", section="softmax-definition")
def mean_in_the_denominator(p):
    """The exponentials are divided by their mean, so that the result sums to N.

    What do your numbers add up to for three classes, and for four?
    """
    e = np.exp(np.asarray(p, dtype=float))
    return e / e.mean()


@misconception(of="softmax", section="softmax-properties")
def shift_of_the_numerator_only(p):
    """The largest logit is subtracted above the fraction line and not below it.

    A shift may change nothing only if it happens to both. Where in your fraction does it happen?
    """
    p = np.asarray(p, dtype=float)
    return np.exp(p - p.max()) / np.exp(p).sum()


@misconception(of="softmax", section="softmax-definition", epsilon=EPSILONS)
def epsilon_in_the_denominator(p, epsilon=1e-8):
    """A small constant is added to the sum, which no longer makes the result sum to 1.

    Can a sum of exponentials be zero? What does your constant do when all logits are near -20?
    """
    e = np.exp(np.asarray(p, dtype=float))
    return e / (e.sum() + epsilon)


@misconception(of="softmax", section="softmax-sigmoid")
def sigmoids_normalised(p):
    """Each score goes through a sigmoid first, and the sigmoids are divided by their sum.

    By which factor should the ratio of two probabilities grow when their logits move apart by 1? Does it with yours?
    """
    s = 1 / (1 + np.exp(-np.asarray(p, dtype=float)))
    return s / s.sum()


@misconception(of="softmax", section="softmax-definition")
def integer_result(p):
    """The result is written into an array of integers, which cuts every probability down to 0.

    Which dtype does your result have when the logits are whole numbers?
    """
    p = np.array(p)
    e = np.exp(p)
    out = np.zeros_like(p)
    out[...] = e / e.sum()
    return out


@misconception(of="softmax", section="softmax-definition")
def changes_its_argument(p):
    """The exponentials are written over the logits that were given.

    Who else may still need `p` after your function has returned? Which of your lines writes into it?
    """
    if isinstance(p, np.ndarray) and p.dtype == float:
        np.exp(p, out=p)
        p /= p.sum()
        return p
    e = np.exp(np.asarray(p, dtype=float))
    return e / e.sum()


@misconception(of="softmax", section="softmax-definition")
def base_ten(p):
    """Powers of 10 are taken in place of powers of e.

    How large should the ratio of two probabilities be when their logits differ by 1?
    """
    e = np.power(10.0, np.asarray(p, dtype=float))
    return e / e.sum()


@misconception(of="softmax", section="softmax-definition")
def own_term_left_out(p):
    """Each exponential is divided by the sum of the others; its own is left out.

    What do your numbers add up to? Does the sum below the fraction line run over all classes?
    """
    e = np.exp(np.asarray(p, dtype=float))
    return e / (e.sum() - e)


@misconception(of="softmax", section="softmax-definition")
def last_term_left_out(p):
    """The sum below the fraction line stops before the last class.

    What do your numbers add up to? Over how many classes does your sum run?
    """
    e = np.exp(np.asarray(p, dtype=float))
    return e / e[:-1].sum()


@misconception(of="softmax", section="softmax-definition")
def first_term_left_out(p):
    """The sum below the fraction line starts after the first class.

    What do your numbers add up to? What is the index of the first class in Python?
    """
    e = np.exp(np.asarray(p, dtype=float))
    return e / e[1:].sum()


@misconception(of="softmax", section="softmax-definition")
def softmax_of_the_softmax(p):
    """Softmax is applied twice, once to the scores and once to the probabilities.

    How far apart can the results be when what goes into the exponential lies between 0 and 1?
    """
    e = np.exp(np.asarray(p, dtype=float))
    e = np.exp(e / e.sum())
    return e / e.sum()


@misconception(of="softmax", section="softmax-definition")
def logarithm_of_the_probabilities(p):
    """The logarithms of the probabilities come back.

    Can a probability be negative? Which last step of yours is one too many?
    """
    p = np.asarray(p, dtype=float)
    return p - np.log(np.exp(p).sum())


@misconception(of="softmax", section="softmax-sigmoid")
def a_sigmoid_for_each_score(p):
    """Each score goes through a sigmoid of its own; the classes do not compete.

    What do your numbers add up to? Does the second score have a say in the first number?
    """
    return 1 / (1 + np.exp(-np.asarray(p, dtype=float)))


@misconception(of="softmax", section="softmax-definition", ties=TIES)
def all_or_nothing(p, ties="shared"):
    """The class of the largest score gets everything and the others nothing.

    How much more probable should a class be whose score is larger by 0.1?
    """
    p = np.asarray(p, dtype=float)
    if ties == "first":
        return np.eye(p.size)[p.argmax()]
    largest = (p == p.max()).astype(float)
    return largest if ties == "all" else largest / largest.sum()


@misconception(of="softmax", section="softmax-properties", spread=SPREADS)
def scores_standardised(p, spread=np.std):
    """The scores are scaled first, by their deviation, range, length or number, which changes the probabilities.

    Which of the two leaves softmax as it is: adding a number to all scores, or dividing them by one?
    """
    p = np.asarray(p, dtype=float)
    e = np.exp((p - p.mean()) / (spread(p) or 1.0))
    return e / e.sum()


@misconception(of="softmax", section="softmax-properties")
def scores_divided_by_the_largest(p):
    """The scores are divided by the largest of them before the exponential, which changes the probabilities.

    Which of the two leaves softmax as it is: adding a number to all scores, or dividing them by one?
    """
    p = np.asarray(p, dtype=float)
    e = np.exp(p / (np.abs(p).max() or 1.0))
    return e / e.sum()


@misconception(of="softmax", section="softmax-definition")
def exponential_of_the_shares(p):
    """The scores are divided by their sum first, and the exponential is taken of that.

    What comes first in the formula, the exponential or the division? What do your numbers add up to?
    """
    p = np.asarray(p, dtype=float)
    return np.exp(p / p.sum())


@misconception(of="softmax", section="softmax-definition")
def absolute_scores(p):
    """The signs of the scores are dropped and no exponential is taken.

    Should a score of -5 get as much as one of 5?
    """
    p = np.abs(np.asarray(p, dtype=float))
    return p / p.sum()


@misconception(of="softmax", section="softmax-definition", step=(-1,))
def sorted_on_the_way(p, step=1):
    """The probabilities are right and stand in the order of their size, not in that of the classes.

    Which class does your first number belong to?
    """
    e = np.exp(np.sort(np.asarray(p, dtype=float))[::step])
    return e / e.sum()


@misconception(of="softmax", section="softmax-definition", limit=LIMITS)
def scores_cut_off(p, limit=10.0):
    """The scores are cut off at a limit before the exponential, and all beyond it become equal.

    How probable are two classes beside each other whose scores are 12 and 18?
    """
    e = np.exp(np.clip(np.asarray(p, dtype=float), -limit, limit))
    return e / e.sum()


@misconception(of="softmax", section="softmax-definition", epsilon=EPSILONS)
def epsilon_above_the_line(p, epsilon=1e-8):
    """A small constant is added to every exponential, and no probability can fall below a floor.

    Which probability should a class have whose score is 30 below the largest?
    """
    e = np.exp(np.asarray(p, dtype=float)) + epsilon
    return e / e.sum()


@misconception(of="softmax", section="softmax-definition")
def scores_scaled_to_the_unit_interval(p):
    """The scores are moved and scaled to lie between 0 and 1; no exponential is taken.

    What do your numbers add up to? How probable is the class of the smallest score?
    """
    p = np.asarray(p, dtype=float)
    return (p - p.min()) / (np.ptp(p) or 1.0)


@misconception(of="softmax", section="softmax-definition")
def shifted_scores_divided_by_their_sum(p):
    """The scores are made positive by a shift and divided by their sum; no exponential is taken.

    By which factor should the ratio of two probabilities grow when their logits move apart by 1? Does it with yours?
    """
    p = np.asarray(p, dtype=float)
    p = p - p.min() + 1.0
    return p / p.sum()


@misconception(of="softmax", section="softmax-definition")
def squares_of_the_scores(p):
    """The scores are squared to make them positive; no exponential is taken.

    Should a score of -5 get as much as one of 5?
    """
    p = np.asarray(p, dtype=float) ** 2
    return p / p.sum()


@misconception(of="softmax", section="softmax-definition")
def sums_that_grow(p):
    """Each exponential is divided by the sum up to its own class, not by the sum over all classes.

    What comes out for the first class, whatever its score?
    """
    e = np.exp(np.asarray(p, dtype=float))
    return e / np.cumsum(e)


@misconception(of="softmax", section="softmax-definition")
def one_subtracted_from_the_exponentials(p):
    """One is subtracted from every exponential.

    Can e^p - 1 be negative, or 0?
    """
    e = np.expm1(np.asarray(p, dtype=float))
    return e / e.sum()


@misconception(of="softmax", section="softmax-definition")
def one_class_too_many(p):
    """One is added to the sum below the fraction line, as if there were a further class with the logit 0.

    What do your numbers add up to? Whose exponential is the 1?
    """
    e = np.exp(np.asarray(p, dtype=float))
    return e / (1 + e.sum())


OTHER_FUNCTIONS = (lambda p: np.abs(p) ** np.e, np.cosh, lambda p: np.exp(p**2))


@misconception(of="softmax", section="softmax-definition", function=OTHER_FUNCTIONS)
def another_function_than_the_exponential(p, function=lambda p: np.logaddexp(0.0, p)):
    """Another function than the exponential makes the scores positive.

    By which factor should the ratio of two probabilities grow when their logits move apart by 1? Does it with yours?
    """
    e = function(np.asarray(p, dtype=float))
    return e / e.sum()


@misconception(of="softmax", section="softmax-definition", e=FEW_DIGITS_OF_E)
def few_digits_of_e(p, e=3.0):
    """The number e is written down with a few digits, and its powers carry no more.

    Which function of NumPy knows e to all the digits that a number can hold?
    """
    powers = e ** np.asarray(p, dtype=float)
    return powers / powers.sum()


@misconception(of="softmax", section="softmax-definition")
def equal_scores_counted_once(p):
    """Classes with the same score are counted once in the sum.

    What do the probabilities of two classes with equal scores add up to? What drops duplicates in your function?
    """
    p = np.asarray(p, dtype=float)
    return np.exp(p) / np.exp(np.unique(p)).sum()


@misconception(of="softmax", section="softmax-definition")
def scores_cut_to_whole_numbers(p):
    """The scores are cut to whole numbers before the exponential.

    What does your function make of the scores 0.2 and 0.9?
    """
    e = np.exp(np.trunc(np.asarray(p, dtype=float)))
    return e / e.sum()


@misconception(of="softmax", section="softmax-definition")
def exponential_below_the_line_only(p):
    """The scores themselves stand above the fraction line, and the sum of their exponentials below it.

    What do your numbers add up to? Can a probability be negative?
    """
    p = np.asarray(p, dtype=float)
    return p / np.exp(p).sum()


@inputs(of="softmax_batch")
def draw_batches(rng):
    return [
        (rng.normal(size=(4, 5)) * 3,),
        (rng.normal(size=(3, 3)) * 2,),
        (rng.normal(size=(1, 6)),),
        (rng.integers(-5, 5, size=(2, 3)),),
        ([[1, 2], [3, 5]],),
    ]


@misconception(of="softmax_batch", section="softmax-batch")
def one_sum_for_all_rows(P):
    """The sum runs over the whole batch, so that all rows together sum to 1.

    To what does each of your rows add up? Along which axis must the sum run to stay within a row?
    """
    E = np.exp(np.asarray(P, dtype=float))
    return E / E.sum()


@misconception(of="softmax_batch", section="softmax-batch")
def down_the_columns(P):
    """The sum runs down the columns: examples compete with each other in place of classes.

    Does axis 0 run over the examples or over the classes? Which of them share one distribution?
    """
    E = np.exp(np.asarray(P, dtype=float))
    return E / E.sum(axis=0, keepdims=True)


@misconception(of="softmax_batch", section="softmax-batch")
def keepdims_forgotten(P):
    """The row sums have lost their axis, and broadcasting lays them along the columns.

    Which shape do the row sums have, and which shape must they have to divide each row by its own? Why does nobody
    complain when the batch is square?
    """
    E = np.exp(np.asarray(P, dtype=float))
    return E / E.sum(axis=1)


@misconception(of="softmax_batch", section="softmax-batch")
def first_row_sum_for_all(P):
    """Every row is divided by the sum of the first row.

    Whose sum divides the second row?
    """
    E = np.exp(np.asarray(P, dtype=float))
    return E / E[0].sum()


@misconception(of="softmax_batch", section="softmax-batch")
def only_the_first_row(P):
    """Only the first row comes back.

    Which shape is asked for, and which line of yours takes one row out?
    """
    E = np.exp(np.asarray(P, dtype=float))
    return (E / E.sum(axis=1, keepdims=True))[0]


@misconception(of="softmax_batch", section="softmax-batch")
def averaged_over_the_batch(P):
    """The rows are averaged into one distribution.

    How many distributions does a batch of four examples need?
    """
    E = np.exp(np.asarray(P, dtype=float))
    return (E / E.sum(axis=1, keepdims=True)).mean(axis=0)


@misconception(of="softmax_batch", section="softmax-batch")
def flattened(P):
    """The rows come back in one long vector.

    Which shape went in, and which should come out?
    """
    E = np.exp(np.asarray(P, dtype=float))
    return (E / E.sum(axis=1, keepdims=True)).ravel()


@misconception(of="softmax_batch", section="softmax-batch")
def transposed_on_the_way(P):
    """The batch is turned over and never turned back: classes come out as rows.

    Which axis of what you return runs over the examples?
    """
    E = np.exp(np.asarray(P, dtype=float)).T
    return E / E.sum(axis=0, keepdims=True)


@misconception(of="softmax_batch", section="softmax-batch")
def changes_the_batch(P):
    """The result is written over the batch that was given.

    Who else may still need `P`? Which of your lines writes into it?
    """
    if isinstance(P, np.ndarray) and P.dtype == float:
        np.exp(P, out=P)
        P /= P.sum(axis=1, keepdims=True)
        return P
    E = np.exp(np.asarray(P, dtype=float))
    return E / E.sum(axis=1, keepdims=True)


@misconception(of="softmax_batch", section="softmax-batch")
def rows_then_columns(P):
    """After the rows the columns are divided by their sums too, and the rows no longer sum to 1.

    Which of the two axes holds the alternatives among which one is true?
    """
    E = np.exp(np.asarray(P, dtype=float))
    F = E / E.sum(axis=1, keepdims=True)
    return F / F.sum(axis=0, keepdims=True)


@misconception(of="softmax_batch", section="softmax-batch")
def reshaped_in_place_of_transposed(P):
    """The batch is reshaped where it should be turned: entries of different examples end up in one row.

    Which entries does a reshape from (2, 3) to (3, 2) put into its first row?
    """
    P = np.asarray(P, dtype=float)
    E = np.exp(P.reshape(P.shape[1], P.shape[0]))
    return (E / E.sum(axis=1, keepdims=True)).reshape(P.shape)


@misconception(of="softmax_batch", section="softmax-batch")
def batch_divided_by_its_size(P):
    """The rows are divided by the number of examples as well.

    What does each of your rows add up to? Is there a mean over examples in the definition of softmax?
    """
    E = np.exp(np.asarray(P, dtype=float))
    return E / E.sum(axis=1, keepdims=True) / len(E)


@misconception(of="softmax_batch", section="softmax-batch")
def sum_carried_from_row_to_row(P):
    """The sum is not set back to zero between two rows, so that it grows from row to row.

    With which value does your sum begin in the second row?
    """
    E = np.exp(np.asarray(P, dtype=float))
    return E / np.cumsum(E.sum(axis=1))[:, None]


@misconception(of="softmax_batch", section="softmax-batch", of_column=(np.mean, np.min))
def shifted_by_the_column(P, of_column=np.max):
    """Each column is shifted by a number of its own, its maximum or mean, which changes the rows.

    Softmax allows one shift for all classes of an example. Do the entries of one of your rows get the same?
    """
    P = np.asarray(P, dtype=float)
    E = np.exp(P - of_column(P, axis=0))
    return E / E.sum(axis=1, keepdims=True)


def _row_by_row(idea):
    @functools.wraps(idea)
    def of_batch(P, **constants):
        return np.array([idea(row, **constants) for row in np.asarray(P, dtype=float)])

    return of_batch


def _at_a_temperature(idea):
    @functools.wraps(idea)
    def with_temperature(p, tau, **constants):
        return idea(np.asarray(p, dtype=float) / tau, **constants)

    return with_temperature


# What can go wrong with one vector goes wrong in the same way in each row of a batch, and at a temperature.
_OF_ONE_VECTOR = (
    scores_divided_by_their_sum,
    exponentials_over_sum_of_scores,
    exponential_of_the_sum,
    base_two,
    base_ten,
    minus_in_the_exponent,
    divided_by_the_largest,
    length_one_instead_of_sum_one,
    mean_in_the_denominator,
    own_term_left_out,
    first_term_left_out,
    last_term_left_out,
    softmax_of_the_softmax,
    logarithm_of_the_probabilities,
    a_sigmoid_for_each_score,
    sigmoids_normalised,
    exponential_of_the_shares,
    scores_scaled_to_the_unit_interval,
    shift_of_the_numerator_only,
    one_class_too_many,
    exponential_below_the_line_only,
    equal_scores_counted_once,
)
_WITH_A_CONSTANT = {
    scores_standardised: {"spread": SPREADS},
    sorted_on_the_way: {"step": (-1,)},
    another_function_than_the_exponential: {"function": OTHER_FUNCTIONS},
    few_digits_of_e: {"e": FEW_DIGITS_OF_E},
}
for _idea in (not_normalised, *_OF_ONE_VECTOR, scores_cut_to_whole_numbers):
    misconception(of="softmax_batch", section="softmax-definition")(_row_by_row(_idea))
for _idea, _constants in {
    **_WITH_A_CONSTANT,
    all_or_nothing: {"ties": TIES},
    scores_cut_off: {"limit": LIMITS},
    epsilon_in_the_denominator: {"epsilon": EPSILONS},
    epsilon_above_the_line: {"epsilon": EPSILONS},
}.items():
    misconception(of="softmax_batch", section="softmax-definition", **_constants)(_row_by_row(_idea))


def _softmax(p):
    e = np.exp(p - np.max(p))
    return e / e.sum()


@inputs(of="softmax_temperature")
def draw_temperatures(rng):
    return [
        (rng.normal(size=5) * 3, 2.5),
        (rng.normal(size=4), 0.5),
        (rng.normal(size=4) / 10, 0.03),
        (rng.normal(size=3), 0.07),
        (rng.normal(size=4) * 3, 300.0),
        (rng.integers(-5, 5, size=3), 2),
        ([1, 2], 3),
    ]


@misconception(of="softmax_temperature", section="softmax-temperature")
def multiplied_by_the_temperature(p, tau):
    """The logits are multiplied by the temperature, so that heat sharpens where it should flatten.

    Should a high temperature bring the probabilities together or drive them apart? What do yours do?
    """
    return _softmax(np.asarray(p, dtype=float) * tau)


@misconception(of="softmax_temperature", section="softmax-temperature")
def temperature_ignored(p, tau):
    """The temperature changes nothing: it is not used, or it cancels.

    Where in your function does `tau` stand? Is it still there when the fraction has been reduced?
    """
    return _softmax(np.asarray(p, dtype=float))


@misconception(of="softmax_temperature", section="softmax-temperature")
def probabilities_divided_by_the_temperature(p, tau):
    """The probabilities are divided by the temperature, not the logits.

    What does your result sum to at the temperature 2? Must the division come before the softmax or after it?
    """
    return _softmax(np.asarray(p, dtype=float)) / tau


@misconception(of="softmax_temperature", section="softmax-temperature")
def temperature_in_the_numerator_only(p, tau):
    """The temperature divides the logits above the fraction line and not below it.

    What does your result sum to? Which logits stand in the denominator?
    """
    p = np.asarray(p, dtype=float)
    return np.exp(p / tau) / np.exp(p).sum()


@misconception(of="softmax_temperature", section="softmax-temperature")
def whole_number_division(p, tau):
    """The logits are divided by `//`, which rounds them down.

    Which operator of Python divides without rounding?
    """
    return _softmax(np.asarray(p, dtype=float) // tau)


@misconception(of="softmax_temperature", section="softmax-temperature")
def powers_of_the_temperature(p, tau):
    """Powers of the temperature are taken in place of powers of e.

    At the temperature 1, what is 1 to any power, and what should your function return there?
    """
    e = np.power(float(tau), np.asarray(p, dtype=float))
    return e / e.sum()


@misconception(of="softmax_temperature", section="softmax-temperature")
def temperature_not_normalised(p, tau):
    """The exponentials of p / tau are never divided by their sum.

    What do your numbers add up to?
    """
    return np.exp(np.asarray(p, dtype=float) / tau)


@misconception(of="softmax_temperature", section="softmax-temperature")
def divided_by_the_squared_temperature(p, tau):
    """The logits are divided by the temperature twice.

    How often does `tau` divide the logits on their way through your function?
    """
    return _softmax(np.asarray(p, dtype=float) / tau**2)


@misconception(of="softmax_temperature", section="softmax-temperature")
def logits_divided_in_place(p, tau):
    """The logits that were given are divided in place.

    What do the caller's logits look like after the call?
    """
    if isinstance(p, np.ndarray) and p.dtype == float:
        p /= tau
        return _softmax(p)
    return _softmax(np.asarray(p, dtype=float) / tau)


@misconception(of="softmax_temperature", section="softmax-temperature")
def temperature_in_the_denominator_only(p, tau):
    """The temperature divides the logits below the fraction line and not above it.

    What does your result sum to? Which logits stand in the numerator?
    """
    p = np.asarray(p, dtype=float)
    return np.exp(p) / np.exp(p / tau).sum()


@misconception(of="softmax_temperature", section="softmax-temperature")
def root_of_the_temperature(p, tau):
    """The logits are divided by the square root of the temperature.

    At the temperature 4, by how much should a difference of logits shrink?
    """
    return _softmax(np.asarray(p, dtype=float) / np.sqrt(tau))


@misconception(of="softmax_temperature", section="softmax-temperature")
def temperature_of_the_probabilities(p, tau):
    """Softmax is taken twice, and the temperature divides the probabilities in between.

    What should come out at the temperature 1, and what do you get?
    """
    return _softmax(_softmax(np.asarray(p, dtype=float)) / tau)


@misconception(of="softmax_temperature", section="softmax-temperature")
def powers_of_the_probabilities_not_normalised(p, tau):
    """The probabilities are raised to the power 1 / tau, and no longer sum to 1.

    What do your numbers add up to at the temperature 2?
    """
    return _softmax(np.asarray(p, dtype=float)) ** (1.0 / tau)


@misconception(of="softmax_temperature", section="softmax-temperature")
def whole_temperature(p, tau):
    """The temperature is cut to a whole number.

    What does your function divide by at the temperature 0.5, and what at 2.9?
    """
    return _softmax(np.asarray(p, dtype=float) / (int(tau) or 1))


@misconception(of="softmax_temperature", section="softmax-temperature", least=(0.05, 0.1, 0.2, 0.5))
def temperature_kept_from_falling(p, tau, least=1.0):
    """The temperature is kept above a limit, below which nothing gets sharper.

    Which temperatures does the text allow? What should happen to the largest probability as they fall?
    """
    return _softmax(np.asarray(p, dtype=float) / max(tau, least))


@misconception(of="softmax_temperature", section="softmax-temperature")
def arguments_exchanged(p, tau):
    """The two arguments have changed places: the temperature is divided by the logits.

    In which order does the test hand over logits and temperature, and in which does your function name them?
    """
    return _softmax(float(tau) / np.asarray(p, dtype=float))


@misconception(of="softmax_temperature", section="softmax-temperature", epsilon=(1.0, 1e-1, *EPSILONS))
def epsilon_beside_the_temperature(p, tau, epsilon=1e-2):
    """A constant is added to the temperature.

    The text says tau > 0. What is your constant to guard against, and what does it change?
    """
    return _softmax(np.asarray(p, dtype=float) / (tau + epsilon))


for _idea in _OF_ONE_VECTOR:
    misconception(of="softmax_temperature", section="softmax-definition")(_at_a_temperature(_idea))
for _idea, _constants in _WITH_A_CONSTANT.items():
    misconception(of="softmax_temperature", section="softmax-definition", **_constants)(_at_a_temperature(_idea))


@misconception(of="softmax_temperature", section="softmax-temperature")
def exponential_of_the_temperature(p, tau):
    """The logits are divided by the exponential of the temperature.

    What should your function return at the temperature 1, and what is e to the 1?
    """
    return _softmax(np.asarray(p, dtype=float) / np.exp(tau))


@misconception(of="softmax_temperature", section="softmax-temperature")
def whole_logits(p, tau):
    """The logits are cut to whole numbers before they are divided.

    What does your function make of the logits 0.2 and 0.9?
    """
    return _softmax(np.trunc(np.asarray(p, dtype=float)) / tau)


@misconception(of="softmax_temperature", section="softmax-temperature")
def probabilities_multiplied_by_the_temperature(p, tau):
    """The temperature divides the logits and then, in the sum, the denominator too.

    What does your result sum to at the temperature 2? Does `tau` belong beside the sum as well?
    """
    return _softmax(np.asarray(p, dtype=float) / tau) * tau


@misconception(of="softmax_temperature", section="softmax-temperature", most=(0.5, 5.0, 10.0, 100.0))
def temperature_kept_from_rising(p, tau, most=1.0):
    """The temperature is kept below a limit, above which nothing gets flatter.

    Which temperatures does the text allow? What should happen to the largest probability as they rise?
    """
    return _softmax(np.asarray(p, dtype=float) / min(tau, most))


@misconception(of="softmax_temperature", section="softmax-temperature", factor=(2.0, 3.0))
def multiple_of_the_temperature(p, tau, factor=0.5):
    """The logits are divided by a multiple of the temperature.

    What should come out at the temperature 1, and what do you get? Where does your additional factor come from?
    """
    return _softmax(np.asarray(p, dtype=float) / (factor * tau))


_BELOW = tuple((low, np.inf) for low in (0.05, 0.2, 1.0))
_ABOVE = tuple((0.0, high) for high in (10.0, 100.0, 1000.0))


@misconception(of="softmax_temperature", section="softmax-temperature", between=(*_BELOW, *_ABOVE))
def temperature_taken_to_its_limit(p, tau, between=(0.1, np.inf)):
    """Beyond a limit the temperature counts as 0 or as infinite: one class gets everything, or all get the same.

    At your limit, is the result of the one case that of the other? Which temperatures does the formula not hold for?
    """
    p = np.asarray(p, dtype=float)
    if tau <= between[0]:
        return np.eye(len(p))[p.argmax()]
    return _softmax(p / tau) if tau < between[1] else np.full(len(p), 1 / len(p))


_SHARES = (lambda tau: min(1.0, 1 / tau), lambda tau: np.exp(-tau))


@misconception(of="softmax_temperature", section="softmax-temperature", share=_SHARES)
def mixed_with_equal_shares(p, tau, share=lambda tau: 1 / (1 + tau)):
    """The probabilities are mixed with equal ones, the more the hotter; the logits are never divided.

    What should come out at the temperature 1? Can a mixture make the largest probability larger?
    """
    f = _softmax(np.asarray(p, dtype=float))
    return share(tau) * f + (1 - share(tau)) / len(f)


@inputs(of="sigmoid")
def draw_numbers(rng):
    return [
        (float(rng.normal() * 3),),
        (rng.normal(size=(4, 5)) * 4,),
        (rng.uniform(-20, 20, size=(2, 3)),),
        (rng.integers(-5, 5, size=3),),
        ([1, -2, 0],),
        (2,),
    ]


@misconception(of="sigmoid", section="softmax-sigmoid")
def sign_of_the_exponent(t):
    """The exponent lacks its minus: this is the probability of the second class.

    Should the probability of the first class grow or shrink when its logit t grows?
    """
    return 1 / (1 + np.exp(np.asarray(t, dtype=float)))


@misconception(of="sigmoid", section="softmax-sigmoid")
def minus_in_the_denominator(t):
    """The denominator is 1 minus the exponential.

    What is the sum of the exponentials of the logits t and 0, divided by that of t?
    """
    return 1 / (1 - np.exp(-np.asarray(t, dtype=float)))


_AROUND_ZERO = (lambda t: np.tanh(t / 2), lambda t: t / (1 + np.abs(t)), lambda t: t / np.sqrt(1 + t**2))


@misconception(of="sigmoid", section="softmax-sigmoid", curve=_AROUND_ZERO)
def hyperbolic_tangent(t, curve=np.tanh):
    """This is the hyperbolic tangent, or its like: a sigmoid of another range, from -1 to 1.

    What should come out at t = 0, where both classes are as probable as each other?
    """
    return curve(np.asarray(t, dtype=float))


@misconception(of="sigmoid", section="softmax-sigmoid")
def tangent_without_the_half(t):
    """The sigmoid is a hyperbolic tangent moved and squeezed, but its argument must be halved as well.

    Compare (1 + tanh(t)) / 2 with the definition at t = 1. By which factor is it too steep?
    """
    return (1 + np.tanh(np.asarray(t, dtype=float))) / 2


@misconception(of="sigmoid", section="softmax-sigmoid")
def odds_not_probability(t):
    """This is e to the t, the odds of the first class against the second, not its probability.

    When the odds are 3 to 1, how large is the probability?
    """
    return np.exp(np.asarray(t, dtype=float))


@misconception(of="sigmoid", section="softmax-sigmoid")
def softmax_over_all_entries(t):
    """The entries of t compete with each other, where each should compete with a 0 of its own.

    Against which second logit does each entry of t stand?
    """
    e = np.exp(np.asarray(t, dtype=float))
    return e / e.sum()


@misconception(of="sigmoid", section="softmax-sigmoid", axis=(0,))
def both_probabilities(t, axis=-1):
    """Both probabilities come back, where the first is asked for.

    Which shape does the text ask for when t is a number?
    """
    t = np.asarray(t, dtype=float)
    s = 1 / (1 + np.exp(-t))
    return np.stack([s, 1 - s], axis=axis)


@misconception(of="sigmoid", section="softmax-sigmoid")
def against_a_logit_of_one(t):
    """The second logit is taken to be 1 in place of 0.

    What is e to the 0, and what is e to the 1?
    """
    e = np.exp(np.asarray(t, dtype=float))
    return e / (e + np.e)


@misconception(of="sigmoid", section="softmax-sigmoid")
def step_function(t):
    """The probability is rounded to 0 or 1.

    How probable is the first class when its logit is only a little larger than the other's?
    """
    return (np.asarray(t, dtype=float) > 0).astype(float)


@misconception(of="sigmoid", section="softmax-sigmoid")
def derivative_of_the_sigmoid(t):
    """This is the slope of the sigmoid, s (1 - s), not the sigmoid itself.

    What should come out for a large t, and what does your function give there?
    """
    s = 1 / (1 + np.exp(-np.asarray(t, dtype=float)))
    return s * (1 - s)


@misconception(of="sigmoid", section="softmax-sigmoid", slope=(1 / 6, 0.25, 0.5))
def straight_line_cut_off(t, slope=0.2):
    """This is a straight line between two limits, not a curve.

    Is the probability of the second class ever exactly 0?
    """
    return np.clip(slope * np.asarray(t, dtype=float) + 0.5, 0.0, 1.0)


def _normal(t):
    return np.vectorize(math.erf, otypes=[float])(t / math.sqrt(2))


OTHER_CURVES = (_normal, lambda t: t / np.sqrt(1 + t**2), lambda t: np.tanh(0.851 * t))


@misconception(of="sigmoid", section="softmax-sigmoid", curve=OTHER_CURVES)
def another_curve_of_that_shape(t, curve=lambda t: t / (1 + np.abs(t))):
    """This curve runs from 0 to 1 as well, and is another one: it comes from t / (1 + |t|), or the normal distribution.

    What are the odds of the first class at t = 1, by the definition and by yours?
    """
    return 0.5 * (1 + curve(np.asarray(t, dtype=float)))


@misconception(of="sigmoid", section="softmax-sigmoid", fraction=(lambda t: 2 * np.exp(t), lambda t: 2.0 + 0 * t))
def brackets_missing(t, fraction=lambda t: 1 + np.exp(-t)):
    """Brackets are missing: the division is done first, and the exponential is added to what it gives.

    Which of `/` and `+` does Python do first? What must stand below the line as a whole?
    """
    return fraction(np.asarray(t, dtype=float))


@misconception(of="sigmoid", section="softmax-sigmoid")
def one_side_of_the_fraction_reduced(t):
    """The denominator has been divided by e^t, and the numerator has not.

    What must you do above the fraction line when you divide by e^t below it?
    """
    t = np.asarray(t, dtype=float)
    return np.exp(t) / (1 + np.exp(-t))


@misconception(of="sigmoid", section="softmax-sigmoid")
def subtracted_in_place_of_divided(t):
    """The exponential is subtracted from 1, where 1 must be divided by one plus the exponential.

    What should come out at t = 0, where both classes are as probable as each other?
    """
    return 1 - np.exp(-np.asarray(t, dtype=float))


@misconception(of="sigmoid", section="softmax-sigmoid", left=(0.5, 1.0))
def one_branch_only(t, left=0.0):
    """Numbers of one sign have a branch, and those of the other keep what stood in the result before.

    What does your function return for t = -1, and which line of yours computes it?
    """
    t = np.asarray(t, dtype=float)
    return np.where(t < 0, left, 1 / (1 + np.exp(-t)))


@misconception(of="sigmoid", section="softmax-sigmoid")
def logarithm_of_the_sigmoid(t):
    """The logarithm of the probability comes back.

    Can a probability be negative?
    """
    return -np.log1p(np.exp(-np.asarray(t, dtype=float)))


@misconception(of="sigmoid", section="softmax-sigmoid")
def multiplied_by_its_argument(t):
    """The sigmoid is multiplied by t, which makes another activation function of it.

    What should come out at t = 0?
    """
    t = np.asarray(t, dtype=float)
    return t / (1 + np.exp(-t))


@misconception(of="sigmoid", section="softmax-sigmoid")
def zero_in_neither_branch(t):
    """Positive and negative numbers have a branch each, and 0 has none.

    How probable is the first class at t = 0? Which of your conditions is true there?
    """
    t = np.asarray(t, dtype=float)
    return np.where(t == 0, 0.0, 1 / (1 + np.exp(-t)))


@misconception(of="sigmoid", section="softmax-sigmoid", limit=(2.0, 3.0, 5.0, 6.0, 15.0, 16.0))
def argument_cut_off(t, limit=10.0):
    """The argument is cut off at a limit, and the curve is flat beyond it.

    How large is the sigmoid of -18, and what do you return for it?
    """
    return 1 / (1 + np.exp(-np.clip(np.asarray(t, dtype=float), -limit, limit)))


@misconception(of="sigmoid", section="softmax-sigmoid", epsilon=EPSILONS)
def probability_kept_from_zero(t, epsilon=1e-7):
    """The probability is cut off near 0 and near 1.

    How large is the sigmoid of -18, and what do you return for it?
    """
    return np.clip(1 / (1 + np.exp(-np.asarray(t, dtype=float))), epsilon, 1 - epsilon)


@misconception(of="sigmoid", section="softmax-sigmoid")
def against_all_other_entries(t):
    """All entries of t share one denominator, 1 plus the sum of their exponentials.

    Against which second logit does each entry of t stand? May one entry change the result of another?
    """
    e = np.exp(np.asarray(t, dtype=float))
    return e / (1 + e.sum())


@misconception(of="sigmoid", section="softmax-sigmoid")
def sigmoid_of_base_two(t):
    """A power of 2 is taken in place of a power of e.

    What are the odds of the first class at t = 1?
    """
    return 1 / (1 + np.exp2(-np.asarray(t, dtype=float)))


@misconception(of="sigmoid", section="softmax-sigmoid")
def arc_tangent(t):
    """This curve runs from 0 to 1 as well, and is another one: it comes from the arc tangent.

    What are the odds of the first class at t = 1, by the definition and by yours?
    """
    return 0.5 + np.arctan(np.asarray(t, dtype=float)) / np.pi


@misconception(of="sigmoid", section="softmax-sigmoid")
def softplus(t):
    """This is log(1 + e^t), which grows without a limit.

    Which values can a probability have? What should come out for a large t?
    """
    return np.logaddexp(0.0, np.asarray(t, dtype=float))


@misconception(of="sigmoid", section="softmax-sigmoid", size=(np.square, lambda t: -np.abs(t), lambda t: -(t**2)))
def sign_of_the_argument_lost(t, size=np.abs):
    """The absolute value or the square of t is taken, so that the same class wins whatever the sign.

    What should sigmoid(t) + sigmoid(-t) be?
    """
    return 1 / (1 + np.exp(-size(np.asarray(t, dtype=float))))


@misconception(of="sigmoid", section="softmax-sigmoid")
def half_of_the_odds(t):
    """The odds e^t are divided by 2, where they must be divided by 1 + e^t.

    What comes out for t = 5? Which exponentials stand below the fraction line, and how many terms are there?
    """
    return np.exp(np.asarray(t, dtype=float)) / 2


@misconception(of="sigmoid", section="softmax-sigmoid", factor=(-0.5, 0.1))
def argument_scaled(t, factor=0.5):
    """The argument is multiplied by a constant, and the curve is too flat.

    What are the odds of the first class at t = 1, by the definition and by yours?
    """
    return 1 / (1 + np.exp(-factor * np.asarray(t, dtype=float)))


@misconception(of="sigmoid", section="softmax-sigmoid")
def positive_part(t):
    """This is the positive part of t, another activation function, which grows without a limit.

    Which values can a probability have? What should come out at t = 0?
    """
    return np.maximum(np.asarray(t, dtype=float), 0.0)


@misconception(of="sigmoid", section="softmax-sigmoid")
def divided_by_the_sum_of_all(t):
    """The sigmoids of all entries are divided by their sum, as if they were one distribution.

    Against which second logit does each entry of t stand? Must they sum to 1 with each other?
    """
    s = 1 / (1 + np.exp(-np.asarray(t, dtype=float)))
    return s / s.sum()


@misconception(of="sigmoid", section="softmax-sigmoid", e=FEW_DIGITS_OF_E)
def e_with_few_digits(t, e=3.0):
    """The number e is written down with a few digits, and its powers carry no more.

    Which function of NumPy knows e to all the digits that a number can hold?
    """
    return 1 / (1 + e ** -np.asarray(t, dtype=float))
