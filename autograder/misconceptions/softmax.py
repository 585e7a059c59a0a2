"""What goes wrong in the exercise "Softmax"."""

import numpy as np

from . import EPSILONS, inputs, misconception


@inputs(of="softmax")
def draw_logits(rng):
    return [(rng.normal(size=5) * 3,), (rng.uniform(-20, -15, size=4),), (rng.integers(-5, 5, size=3),), ([1, 2],)]


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
def batch_not_normalised(P):
    """The exponentials are never divided by the sum of their row.

    What does each row of yours add up to?
    """
    return np.exp(np.asarray(P, dtype=float))


@misconception(of="softmax_batch", section="softmax-definition")
def batch_of_scores_divided_by_their_sum(P):
    """Scores are divided by the sum of their row; no exponential is taken.

    What comes out for a row with a negative score?
    """
    P = np.asarray(P, dtype=float)
    return P / P.sum(axis=1, keepdims=True)


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


def _softmax(p):
    e = np.exp(p - np.max(p))
    return e / e.sum()


@inputs(of="softmax_temperature")
def draw_temperatures(rng):
    return [
        (rng.normal(size=5) * 3, 2.5),
        (rng.normal(size=4), 0.5),
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
    """The temperature is not used.

    Where in your function does `tau` stand?
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


@inputs(of="sigmoid")
def draw_numbers(rng):
    return [
        (float(rng.normal() * 3),),
        (rng.normal(size=(4, 5)) * 4,),
        (rng.integers(-5, 5, size=3),),
        ([1, -2],),
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


@misconception(of="sigmoid", section="softmax-sigmoid")
def hyperbolic_tangent(t):
    """This is the hyperbolic tangent, a sigmoid of another range: from -1 to 1.

    What should come out at t = 0, where both classes are as probable as each other?
    """
    return np.tanh(np.asarray(t, dtype=float))


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


@misconception(of="sigmoid", section="softmax-sigmoid")
def both_probabilities(t):
    """Both probabilities come back, where the first is asked for.

    Which shape does the text ask for when t is a number?
    """
    t = np.asarray(t, dtype=float)
    s = 1 / (1 + np.exp(-t))
    return np.stack([s, 1 - s], axis=-1)


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
