"""What goes wrong in the exercise "Numerical stability"."""

import functools

import numpy as np

from . import EPSILONS, inputs, misconception, softmax

# In front of a logarithm people choose them smaller still.
TINY = (*EPSILONS, 1e-30, 1e-45, 1e-50, 1e-100, 1e-200, 1e-300, float(np.finfo(float).tiny))
# What np.nan_to_num makes of infinity.
LARGEST = float(np.finfo(float).max)


def _array(P):
    return np.asarray(P, dtype=float)


def _shifted(P):
    return np.exp(P - P.max(axis=-1, keepdims=True))


def _lse(P):
    m = P.max(axis=-1)
    return np.log(np.exp(P - m[..., None]).sum(axis=-1)) + m


# What people take out of a row in place of its maximum.
NO_MAXIMUM = (
    np.median,
    np.sum,
    lambda P, axis: (P.max(axis=axis) + P.min(axis=axis)) / 2,
    lambda P, axis: np.sort(P, axis=axis)[..., -2:].min(axis=axis),
)


def _draw(rng):
    very_different = rng.integers(-8, 8, size=(4, 5)) / 4 + np.array([[-1000.0], [1000.0], [0.0], [-3000.0]])
    return [
        (rng.normal(size=5) * 3,),
        (rng.normal(size=(4, 5)) * 3,),
        (rng.normal(size=(3, 3)) * 3,),
        (rng.normal(size=(2, 3, 4)),),
        (very_different,),
        (very_different.astype(int),),
        ([[1000, 2000, 3000]],),
        # Rows that one wrong shift takes out of range and another does not.
        ([500.0, 498.5, -200.0],),
        ([0.0, 800.0],),
        ([-500.0, -501.5],),
        ([2000.0, 1999.0, -3000.0, 2000.5],),
        ([0.5, -np.inf, 2.0],),
    ]


inputs(of="stable_softmax")(_draw)


@misconception(of="stable_softmax", section="stability-overflow")
def no_shift(P):
    """Nothing is subtracted before the exponential, which overflows beyond 709.

    How large is exp(1000) in float64, and what is that divided by itself?
    """
    E = np.exp(_array(P))
    return E / E.sum(axis=-1, keepdims=True)


@misconception(of="stable_softmax", section="stability-shift")
def shift_above_the_line_only(P):
    """The largest logit is subtracted above the fraction line and not below it.

    A shift may change nothing only if it happens to both sides. Which exponentials does your sum add up?
    """
    P = _array(P)
    return _shifted(P) / np.exp(P).sum(axis=-1, keepdims=True)


@misconception(of="stable_softmax", section="stability-shift")
def one_maximum_for_all_rows(P):
    """The largest logit of the whole batch is subtracted from every row.

    What becomes of a row near -1000 when another row holds +1000? Whose maximum does each row need?
    """
    P = _array(P)
    E = np.exp(P - P.max())
    return E / E.sum(axis=-1, keepdims=True)


@misconception(of="stable_softmax", section="stability-shift")
def maximum_over_the_examples(P):
    """The maximum is taken down the first axis: over the examples, not over the classes.

    Which axis holds the logits that belong to one distribution?
    """
    P = _array(P)
    E = np.exp(P - P.max(axis=0, keepdims=True))
    return E / E.sum(axis=-1, keepdims=True)


@misconception(of="stable_softmax", section="stability-shift")
def first_axis_throughout(P):
    """Maximum and sum both run over the first axis, which holds the examples.

    For an array of shape (2, 3, 4), how many distributions are asked for, and how long is each?
    """
    P = _array(P)
    E = np.exp(P - P.max(axis=0, keepdims=True))
    return E / E.sum(axis=0, keepdims=True)


@misconception(of="stable_softmax", section="stability-shift")
def second_axis_not_the_last(P):
    """The axis is fixed to 1, which is the last one only for a matrix.

    Which axis do you name for a single vector, and which for an array of three axes? How does one say "the last"?
    """
    P = _array(P)
    E = np.exp(P - P.max(axis=1, keepdims=True))
    return E / E.sum(axis=1, keepdims=True)


@misconception(of="stable_softmax", section="stability-shift", kept=("maximum", "sum"))
def axes_not_kept(P, kept="neither"):
    """The maximum and the sum have lost their axis, and broadcasting lays them along the wrong one.

    Which shape does the maximum of each row have, and which must it have to be subtracted from its own row?
    """
    P = _array(P)
    E = np.exp(P - P.max(axis=-1, keepdims=kept == "maximum"))
    return E / E.sum(axis=-1, keepdims=kept == "sum")


@misconception(of="stable_softmax", section="stability-shift")
def one_sum_over_everything(P):
    """The sum runs over the whole array, so that all rows together sum to 1.

    To what does each of your rows add up?
    """
    P = _array(P)
    E = np.exp(P - P.max())
    return E / E.sum()


@misconception(of="stable_softmax", section="stability-shift", middle=NO_MAXIMUM)
def shift_by_the_mean(P, middle=np.mean):
    """The mean, or another number than the maximum, is subtracted, and the largest logit may be far above it.

    After your shift, how large can the largest exponent be?
    """
    P = _array(P)
    E = np.exp(P - middle(P, axis=-1)[..., None])
    return E / E.sum(axis=-1, keepdims=True)


@misconception(of="stable_softmax", section="stability-shift")
def shift_by_the_minimum(P):
    """The minimum is subtracted in place of the maximum, which makes every exponent larger, not smaller.

    Which sign should the exponents have after the shift, so that nothing can overflow?
    """
    P = _array(P)
    E = np.exp(P - P.min(axis=-1, keepdims=True))
    return E / E.sum(axis=-1, keepdims=True)


@misconception(of="stable_softmax", section="stability-shift", size=(np.abs,))
def divided_by_the_maximum(P, size=np.asarray):
    """The logits are divided by their maximum, and softmax does change when its logits are scaled.

    Which of the two leaves every probability as it was: adding the same number to all logits, or multiplying them?
    """
    P = _array(P)
    E = np.exp(P / size(P).max(axis=-1, keepdims=True))
    return E / E.sum(axis=-1, keepdims=True)


@misconception(
    of="stable_softmax",
    section="stability-not-mended",
    limit=(10.0, 20.0, 30.0, 50.0, 100.0, 200.0, 300.0, 600.0, 700.0, 709.0),
)
def logits_clipped(P, limit=500.0):
    """The logits are cut off at a limit, and all that lie beyond it become equal.

    What should [1000, 2000] give, and what does it give when both are cut off at the same limit?
    """
    E = np.exp(np.clip(_array(P), -limit, limit))
    return E / E.sum(axis=-1, keepdims=True)


@misconception(of="stable_softmax", section="stability-not-mended")
def nan_replaced_by_zero(P):
    """The nan of an overflow is replaced by 0 after the damage is done.

    Which probability was the nan, the smallest of the row or the largest?
    """
    E = np.exp(_array(P))
    return np.nan_to_num(E / E.sum(axis=-1, keepdims=True), nan=0.0)


@misconception(of="stable_softmax", section="stability-not-mended", epsilon=EPSILONS)
def epsilon_below_the_line(P, epsilon=1e-12):
    """A small constant stands in the denominator, and exp overflows all the same.

    Was it a division by zero that gave you nan, or infinity divided by infinity?
    """
    E = np.exp(_array(P))
    return E / (E.sum(axis=-1, keepdims=True) + epsilon)


@misconception(of="stable_softmax", section="stability-shift")
def shift_by_the_absolute_maximum(P):
    """The largest absolute value is subtracted, which is not the maximum where all logits are negative.

    What remains of a row of logits near -1000 after 1000 has been subtracted from each?
    """
    P = _array(P)
    E = np.exp(P - np.abs(P).max(axis=-1, keepdims=True))
    return E / E.sum(axis=-1, keepdims=True)


@misconception(of="stable_softmax", section="stability-shift")
def logits_shifted_in_place(P):
    """The maximum is subtracted in the array that was given.

    What do the caller's logits look like after the call? Which operator of yours writes into them?
    """
    P = P if isinstance(P, np.ndarray) and P.dtype == float else _array(P)
    P -= P.max(axis=-1, keepdims=True)
    E = np.exp(P)
    return E / E.sum(axis=-1, keepdims=True)


@misconception(of="stable_softmax", section="stability-shift")
def maximum_added(P):
    """The maximum is added to the logits, not subtracted, which takes large ones further out.

    Which sign should the largest exponent have after the shift?
    """
    P = _array(P)
    E = np.exp(P + P.max(axis=-1, keepdims=True))
    return E / E.sum(axis=-1, keepdims=True)


@misconception(of="stable_softmax", section="stability-shift")
def maximum_never_below_zero(P):
    """The maximum counts from 0: where all logits are negative, nothing is subtracted.

    With which number does your search for the maximum begin? What remains of a row of logits near -1000?
    """
    P = _array(P)
    E = np.exp(P - np.maximum(P.max(axis=-1, keepdims=True), 0.0))
    return E / E.sum(axis=-1, keepdims=True)


@misconception(of="stable_softmax", section="stability-shift", at=(-1,))
def shift_by_a_logit_in_a_fixed_place(P, at=0):
    """A logit in a fixed place is subtracted, and another one may lie far above it.

    After your shift, how large can the largest exponent be?
    """
    P = _array(P)
    E = np.exp(P - P[..., [at]])
    return E / E.sum(axis=-1, keepdims=True)


@misconception(of="stable_softmax", section="stability-shift", shift=(10.0, 100.0, 500.0, 700.0, 709.0))
def constant_shift(P, shift=1000.0):
    """The same constant is subtracted from all logits, whatever they are.

    What does your constant do to a row of logits near -1000, and to one near 3000?
    """
    E = np.exp(_array(P) - shift)
    return E / E.sum(axis=-1, keepdims=True)


@misconception(of="stable_softmax", section="stability-shift")
def maximum_of_the_first_row(P):
    """The maximum of the first row is subtracted from all rows.

    What becomes of a second row near -1000 when the first holds +1000?
    """
    P = _array(P)
    E = np.exp(P - P.reshape(-1, P.shape[-1])[0].max())
    return E / E.sum(axis=-1, keepdims=True)


@misconception(of="stable_softmax", section="stability-not-mended", spread=(np.ptp, np.linalg.norm))
def logits_standardised(P, spread=np.std):
    """The logits are scaled by their deviation, range or length, and softmax does change when its logits are scaled.

    Which of the two leaves every probability as it was: adding the same number to all logits, or multiplying them?
    """
    P = _array(P)
    P = (P - P.mean(axis=-1, keepdims=True)) / (spread(P, axis=-1)[..., None] + 1e-9)
    E = np.exp(P)
    return E / E.sum(axis=-1, keepdims=True)


@misconception(of="stable_softmax", section="stability-logsumexp")
def logarithm_of_an_overflowing_sum(P):
    """The logarithm of the sum is subtracted in the exponent, and that sum has overflowed already.

    What is the logarithm of infinity, and e to the minus infinity? What can be taken out of the sum before?
    """
    P = _array(P)
    return np.exp(P - np.log(np.exp(P).sum(axis=-1, keepdims=True)))


@misconception(of="stable_softmax", section="stability-shift", value=(-1.0, -10.0, -20.0, -30.0, -50.0, -100.0))
def masked_class_takes_part(P, value=0.0):
    """A logit of minus infinity is replaced, or cut off, and the masked class gets a share.

    What is e to the minus infinity? Is there any harm in an exponential that is exactly 0?
    """
    P = _array(P)
    E = _shifted(np.where(np.isneginf(P), value, P))
    return E / E.sum(axis=-1, keepdims=True)


@misconception(of="stable_softmax", section="stability-not-mended", epsilon=EPSILONS)
def epsilon_after_the_shift(P, epsilon=1e-4):
    """The logits are shifted, and a constant is added to the sum all the same.

    How small can the sum be after the shift by the maximum? Against what does the constant guard?
    """
    E = _shifted(_array(P))
    return E / (E.sum(axis=-1, keepdims=True) + epsilon)


@misconception(of="stable_softmax", section="stability-not-mended", epsilon=EPSILONS)
def probabilities_kept_from_zero(P, epsilon=1e-12):
    """The probabilities are cut off from below.

    Which probability does the text ask for where a class is impossible?
    """
    E = _shifted(_array(P))
    return np.maximum(E / E.sum(axis=-1, keepdims=True), epsilon)


@misconception(of="stable_softmax", section="stability-not-mended", limit=EPSILONS)
def small_probabilities_set_to_zero(P, limit=1e-6):
    """Probabilities below a limit are set to 0.

    How small is the smallest probability that float64 can hold, and which logit has it?
    """
    E = _shifted(_array(P))
    F = E / E.sum(axis=-1, keepdims=True)
    return np.where(F < limit, 0.0, F)


@misconception(of="stable_softmax", section="stability-shift", along=(None,))
def nan_for_a_masked_class(P, along=-1):
    """Where a logit is minus infinity, nan comes out: infinity was taken from itself, or multiplied by 0.

    What is minus infinity minus a finite number, and what is 0 times infinity? Which of them does your code compute?
    """
    P = _array(P)
    E = _shifted(P)
    masked = np.isneginf(P).any(axis=along, keepdims=True)
    return np.where(masked, np.nan, E / E.sum(axis=-1, keepdims=True))


@misconception(of="stable_softmax", section="stability-not-mended")
def shared_out_where_it_overflows(P):
    """Where the exponentials overflow, all classes get the same.

    How probable is the first class of [1000, 2000]?
    """
    P = _array(P)
    E = np.exp(P)
    F = E / E.sum(axis=-1, keepdims=True)
    return np.where(np.isnan(F), 1.0 / P.shape[-1], F)


def _with_a_shift(idea):
    @functools.wraps(idea)
    def of_rows(P, **constants):
        return np.apply_along_axis(lambda p: idea(p - p.max(), **constants), -1, _array(P))

    of_rows.__module__ = __name__
    return of_rows


# What is wrong with softmax itself stays wrong behind a shift.
for _idea in (
    softmax.base_two,
    softmax.base_ten,
    softmax.mean_in_the_denominator,
    softmax.divided_by_the_largest,
    softmax.length_one_instead_of_sum_one,
    softmax.minus_in_the_exponent,
    softmax.own_term_left_out,
    softmax.one_class_too_many,
    softmax.softmax_of_the_softmax,
    softmax.logarithm_of_the_probabilities,
):
    misconception(of="stable_softmax", section="softmax-definition")(_with_a_shift(_idea))
misconception(of="stable_softmax", section="softmax-definition", ties=softmax.TIES)(
    _with_a_shift(softmax.all_or_nothing)
)


inputs(of="logsumexp")(_draw)


@misconception(of="logsumexp", section="stability-logsumexp")
def exponentials_of_raw_logits(P):
    """The exponentials are taken of the logits as they are, and overflow.

    Which number can you take out of the sum, so that every exponent is at most 0?
    """
    return np.log(np.exp(_array(P)).sum(axis=-1))


@misconception(of="logsumexp", section="stability-logsumexp")
def maximum_not_added_back(P):
    """The maximum is subtracted inside and never added back outside.

    Softmax does not change when the logits are shifted. Does log-sum-exp stay the same too, or does it shift along?
    """
    P = _array(P)
    return np.log(_shifted(P).sum(axis=-1))


@misconception(of="logsumexp", section="stability-logsumexp")
def maximum_only(P):
    """The maximum alone comes back.

    How far above the maximum does the result lie when two logits are equal?
    """
    return _array(P).max(axis=-1)


@misconception(of="logsumexp", section="stability-logsumexp", exponentials=(_shifted,))
def logarithm_forgotten(P, exponentials=np.exp):
    """The sum of the exponentials comes back without its logarithm.

    Which operation brings the sum back to the scale of the logits?
    """
    return exponentials(_array(P)).sum(axis=-1)


@misconception(of="logsumexp", section="stability-logsumexp")
def sum_of_the_logits(P):
    """The logarithm is taken of each exponential before the sum, which leaves the sum of the logits.

    Is the logarithm of a sum the sum of the logarithms?
    """
    return _array(P).sum(axis=-1)


@misconception(of="logsumexp", section="stability-logsumexp")
def mean_of_the_exponentials(P):
    """The mean of the exponentials is taken in place of their sum, which lowers the result by log N.

    What should come out for N zeros?
    """
    P = _array(P)
    return np.log(_shifted(P).mean(axis=-1)) + P.max(axis=-1)


@misconception(of="logsumexp", section="stability-logsumexp")
def base_two_logarithm(P):
    """The logarithm is taken to base 2, and the exponentials to base e.

    Which logarithm undoes exp?
    """
    P = _array(P)
    return np.log2(_shifted(P).sum(axis=-1)) + P.max(axis=-1)


@misconception(of="logsumexp", section="stability-shift")
def one_maximum_for_the_batch(P):
    """The maximum of the whole array is taken out of every row.

    What is left of a row near -1000 when another row holds +1000?
    """
    P = _array(P)
    return np.log(np.exp(P - P.max()).sum(axis=-1)) + P.max()


@misconception(of="logsumexp", section="stability-logsumexp")
def over_all_axes(P):
    """The sum runs over all axes and gives one number for the whole array.

    Which shape is asked for when P has the shape (4, 5)?
    """
    P = _array(P)
    return np.log(np.exp(P - P.max()).sum()) + P.max()


@misconception(of="logsumexp", section="stability-logsumexp")
def axis_kept_in_the_result(P):
    """The last axis is kept with length 1.

    Which shape is asked for: (4,) or (4, 1)? Where was the kept axis useful, and where is it no longer?
    """
    return np.expand_dims(_lse(_array(P)), -1)


@misconception(of="logsumexp", section="stability-logsumexp")
def first_axis_summed(P):
    """The sum runs over the first axis, the examples.

    Which axis holds the logits of one example?
    """
    P = _array(P)
    m = P.max(axis=0)
    return np.log(np.exp(P - m).sum(axis=0)) + m


@misconception(of="logsumexp", section="stability-logsumexp")
def maximum_added_inside_the_logarithm(P):
    """The maximum is added to the sum before the logarithm is taken.

    If a factor is taken out of a sum, where does its logarithm stand afterwards?
    """
    P = _array(P)
    return np.log(_shifted(P).sum(axis=-1) + P.max(axis=-1))


@misconception(of="logsumexp", section="stability-logsumexp")
def sign_of_the_maximum(P):
    """The maximum is subtracted at the end, where it must be added back.

    You took e to the maximum out of the sum as a factor. Does its logarithm come back with a plus or with a minus?
    """
    P = _array(P)
    return np.log(_shifted(P).sum(axis=-1)) - P.max(axis=-1)


@misconception(of="logsumexp", section="stability-logsumexp")
def base_ten_logarithm(P):
    """The logarithm is taken to base 10, and the exponentials to base e.

    Which logarithm undoes exp?
    """
    P = _array(P)
    return np.log10(_shifted(P).sum(axis=-1)) + P.max(axis=-1)


@misconception(of="logsumexp", section="stability-logsumexp")
def maximum_counted_twice(P):
    """One is added to the sum, in which the maximum stands as e to the 0 already.

    What should come out for a single logit, and what does your function give?
    """
    P = _array(P)
    return np.log1p(_shifted(P).sum(axis=-1)) + P.max(axis=-1)


@misconception(of="logsumexp", section="stability-logsumexp")
def a_zero_too_many(P):
    """An additional logit of 0 takes part in the sum.

    With which value does your accumulator begin, and what is e to that? Which logit adds nothing to the sum?
    """
    return np.logaddexp(_lse(_array(P)), 0.0)


@misconception(of="logsumexp", section="stability-shift", at=(-1,))
def logit_in_a_fixed_place_taken_out(P, at=0):
    """A logit in a fixed place is taken out of the sum, and another one may lie far above it.

    After your shift, how large can the largest exponent be?
    """
    P = _array(P)
    m = P[..., at]
    return np.log(np.exp(P - m[..., None]).sum(axis=-1)) + m


@misconception(of="logsumexp", section="stability-shift", middle=NO_MAXIMUM)
def mean_taken_out(P, middle=np.mean):
    """The mean, or another number than the maximum, is taken out, and the largest logit may be far above it.

    After your shift, how large can the largest exponent be?
    """
    P = _array(P)
    m = middle(P, axis=-1)
    return np.log(np.exp(P - m[..., None]).sum(axis=-1)) + m


@misconception(of="logsumexp", section="stability-shift")
def minimum_taken_out(P):
    """The minimum is taken out of the sum in place of the maximum, which makes every exponent larger, not smaller.

    Which sign should the exponents have after the shift?
    """
    P = _array(P)
    m = P.min(axis=-1)
    return np.log(np.exp(P - m[..., None]).sum(axis=-1)) + m


@misconception(of="logsumexp", section="stability-shift")
def absolute_maximum_taken_out(P):
    """The largest absolute value is taken out, which is not the maximum where all logits are negative.

    What remains of a row of logits near -1000 after 1000 has been subtracted from each?
    """
    P = _array(P)
    m = np.abs(P).max(axis=-1)
    return np.log(np.exp(P - m[..., None]).sum(axis=-1)) + m


@misconception(of="logsumexp", section="stability-shift")
def maximum_from_zero_on(P):
    """The maximum counts from 0: where all logits are negative, nothing is taken out.

    With which number does your search for the maximum begin? What remains of a row of logits near -1000?
    """
    P = _array(P)
    m = np.maximum(P.max(axis=-1), 0.0)
    return np.log(np.exp(P - m[..., None]).sum(axis=-1)) + m


@misconception(of="logsumexp", section="stability-not-mended", limit=(500.0, 600.0, 709.0))
def exponents_cut_off(P, limit=700.0):
    """The logits are cut off at a limit before the exponential.

    What should come out for a single logit of 1000, and what does your function give?
    """
    return np.log(np.exp(np.clip(_array(P), -limit, limit)).sum(axis=-1))


@misconception(of="logsumexp", section="stability-logsumexp")
def maximum_where_it_overflows(P):
    """Where the sum overflows, the maximum alone comes back.

    How far above the maximum does the result lie for [1000, 1000]?
    """
    P = _array(P)
    L = np.log(np.exp(P).sum(axis=-1))
    return np.where(np.isfinite(L), L, P.max(axis=-1))


@misconception(of="logsumexp", section="stability-logsumexp", value=(-1.0, -10.0, -30.0, -50.0, -100.0))
def masked_logit_counted(P, value=0.0):
    """A logit of minus infinity is replaced by an ordinary number, and adds to the sum.

    What is e to the minus infinity, and what does it add to a sum?
    """
    P = _array(P)
    return _lse(np.where(np.isneginf(P), value, P))


@misconception(of="logsumexp", section="stability-logsumexp")
def mean_of_the_logits_under_softmax(P):
    """This is the mean of the logits, weighted with their probabilities: never above the largest of them.

    What should come out for two zeros?
    """
    P = _array(P)
    E = _shifted(P)
    return (E * np.where(np.isneginf(P), 0.0, P)).sum(axis=-1) / E.sum(axis=-1)


@misconception(of="logsumexp", section="stability-logsumexp")
def maximum_as_a_factor(P):
    """The logarithm is multiplied by the maximum, which must be added.

    If a factor is taken out of a sum, what does its logarithm do: does it add to the rest or multiply it?
    """
    P = _array(P)
    return np.log(_shifted(P).sum(axis=-1)) * P.max(axis=-1)


@misconception(of="logsumexp", section="stability-logsumexp")
def second_axis_summed(P):
    """The axis is fixed to 1, which is the last one only for a matrix.

    Which axis do you name for a single vector, and which for an array of three axes? How does one say "the last"?
    """
    P = _array(P)
    axis = min(1, P.ndim - 1)
    m = P.max(axis=axis, keepdims=True)
    return (np.log(np.exp(P - m).sum(axis=axis, keepdims=True)) + m).squeeze(axis)


@misconception(of="logsumexp", section="stability-logsumexp", epsilon=EPSILONS)
def epsilon_in_the_sum(P, epsilon=1e-3):
    """A small constant is added to the sum before the logarithm.

    How small can the sum be after the shift by the maximum? Against what does the constant guard?
    """
    P = _array(P)
    return np.log(_shifted(P).sum(axis=-1) + epsilon) + P.max(axis=-1)


@misconception(of="logsumexp", section="stability-logsumexp", typical=(np.mean,))
def all_as_large_as_the_maximum(P, typical=np.max):
    """The logarithm of the number of logits is added to their maximum or mean, as if all were as large.

    What does a logit add to the sum that lies 1000 below the maximum?
    """
    P = _array(P)
    return typical(P, axis=-1) + np.log(P.shape[-1])


@misconception(of="logsumexp", section="stability-logsumexp")
def shifted_sum_without_its_logarithm(P):
    """The maximum is added to the shifted sum itself, without the logarithm in between.

    What should come out for a single logit of 0?
    """
    P = _array(P)
    return _shifted(P).sum(axis=-1) + P.max(axis=-1)


@misconception(of="logsumexp", section="stability-logsumexp")
def a_logarithm_for_each_logit(P):
    """log(1 + e^p) is taken of each logit, and these logarithms are added.

    Is the logarithm of a sum the sum of the logarithms?
    """
    return np.logaddexp(0.0, _array(P)).sum(axis=-1)


@misconception(of="logsumexp", section="stability-not-mended", value=(0.0, 709.0, 1000.0))
def infinite_sum_replaced(P, value=LARGEST):
    """The infinity of an overflow is replaced by a number after the damage is done.

    What should come out for a single logit of 1000, and for one of 2000?
    """
    L = np.log(np.exp(_array(P)).sum(axis=-1))
    return np.nan_to_num(L, nan=0.0, posinf=value, neginf=-value)


@misconception(of="logsumexp", section="stability-logsumexp")
def maximum_added_to_each_exponential(P):
    """The maximum is added to each exponential, inside the sum and the logarithm.

    log(e^m S) is a sum of two terms. Which of them needs a logarithm?
    """
    P = _array(P)
    return np.log((_shifted(P) + P.max(axis=-1, keepdims=True)).sum(axis=-1))


@misconception(of="logsumexp", section="stability-logsumexp")
def equal_maxima_counted_once(P):
    """Where several logits are as large as the maximum, only one of them is counted.

    How many terms e to the 0 does the sum of [0, 0] have?
    """
    P = _array(P)
    m = P.max(axis=-1)
    return np.log1p(np.where(P < m[..., None], np.exp(P - m[..., None]), 0.0).sum(axis=-1)) + m


_ENDS = (lambda P: P[..., [0, -1]], lambda P: P[..., :2])


@misconception(of="logsumexp", section="stability-logsumexp", pair=_ENDS)
def two_logits_only(P, pair=lambda P: np.sort(P, axis=-1)[..., -2:]):
    """Only two of the logits take part in the sum.

    For how many numbers is `logaddexp` made? What applies it to all logits of a row?
    """
    return _lse(pair(_array(P)))


@misconception(of="logsumexp", section="stability-logsumexp")
def everything_in_base_two(P):
    """Exponentials and logarithm are both to base 2.

    What is the natural logarithm of the sum of e to the 0 and e to the 0?
    """
    return _lse(_array(P) * np.log(2.0)) / np.log(2.0)


@misconception(of="logsumexp", section="stability-logsumexp", rest=(lambda P: P[..., :-1],))
def one_logit_left_out(P, rest=lambda P: P[..., 1:]):
    """The first or the last logit takes no part in the sum.

    At which index does your loop or slice begin, and before which does it stop?
    """
    return _lse(rest(_array(P)))


_NOT_THE_MAXIMUM = (
    np.min,
    np.mean,
    lambda P, axis: np.exp(P.max(axis=axis)),
    lambda P, axis: np.floor(P.max(axis=axis)),
)


@misconception(of="logsumexp", section="stability-logsumexp", back=_NOT_THE_MAXIMUM)
def something_else_added_back(P, back=lambda P, axis: 2.0 * P.max(axis=axis)):
    """The maximum is subtracted inside, and something else than the maximum is added back outside.

    By how much does the logarithm fall when all logits are lowered by m?
    """
    P = _array(P)
    return np.log(_shifted(P).sum(axis=-1)) + back(P, axis=-1)


def _draw_tails(rng):
    return [
        *_draw(rng)[:-1],
        ([0.0, -5000.0, 3.0],),
        # Every size of probability, down to the smallest: here a floor and an addition differ.
        (-np.arange(46.0),),
    ]


inputs(of="log_softmax")(_draw_tails)


@misconception(of="log_softmax", section="stability-loss")
def logarithm_of_the_probability(P):
    """The probability is computed first, underflows to 0, and its logarithm is minus infinity.

    How large is exp(-5000) in float64? Can you subtract before you ever take that exponential?
    """
    P = _array(P)
    E = _shifted(P)
    return np.log(E / E.sum(axis=-1, keepdims=True))


@misconception(of="log_softmax", section="stability-overflow")
def logarithm_of_the_naive_softmax(P):
    """The naive softmax overflows before its logarithm is taken.

    Do you need the probabilities themselves at all to know their logarithms?
    """
    E = np.exp(_array(P))
    return np.log(E / E.sum(axis=-1, keepdims=True))


@misconception(of="log_softmax", section="stability-not-mended", epsilon=TINY)
def epsilon_in_the_logarithm(P, epsilon=1e-12):
    """A small constant is added to the probability before the logarithm, which then never falls below a floor.

    What is the logarithm of your constant, and what should the log-probability be for a gap of 5000?
    """
    P = _array(P)
    E = _shifted(P)
    return np.log(E / E.sum(axis=-1, keepdims=True) + epsilon)


@misconception(of="log_softmax", section="stability-not-mended", epsilon=TINY)
def probability_clipped(P, epsilon=1e-12):
    """The probability is cut off from below before the logarithm.

    Which value do you return for every hopeless class, however hopeless it is?
    """
    P = _array(P)
    E = _shifted(P)
    return np.log(np.maximum(E / E.sum(axis=-1, keepdims=True), epsilon))


@misconception(of="log_softmax", section="stability-logsumexp")
def overflow_in_the_sum(P):
    """The sum of the exponentials is taken of the raw logits and overflows.

    Which of your functions already computes the logarithm of that sum safely?
    """
    P = _array(P)
    return P - np.log(np.exp(P).sum(axis=-1, keepdims=True))


@misconception(of="log_softmax", section="stability-logsumexp")
def shift_lost_in_the_difference(P):
    """The sum is that of the shifted logits, and it is subtracted from the unshifted ones.

    From which of the two must it be subtracted, the logits or the shifted logits?
    """
    P = _array(P)
    return P - np.log(_shifted(P).sum(axis=-1, keepdims=True))


@misconception(of="log_softmax", section="stability-loss")
def negative_log_probability(P):
    """The sign is that of a loss: the logarithm of a probability is never positive.

    Is the logarithm of a number between 0 and 1 positive or negative?
    """
    P = _array(P)
    return np.expand_dims(_lse(P), -1) - P


@misconception(of="log_softmax", section="stability-loss")
def logarithm_not_taken(P):
    """The probabilities come back, not their logarithms.

    Which values can a probability have, and which its logarithm?
    """
    P = _array(P)
    E = _shifted(P)
    return E / E.sum(axis=-1, keepdims=True)


@misconception(of="log_softmax", section="stability-logsumexp")
def only_shifted_by_the_maximum(P):
    """The maximum is subtracted in place of the log-sum-exp.

    What do the exponentials of your result add up to?
    """
    P = _array(P)
    return P - P.max(axis=-1, keepdims=True)


@misconception(of="log_softmax", section="stability-logsumexp")
def one_number_for_the_batch(P):
    """One log-sum-exp of the whole array is subtracted from every row.

    What do the exponentials of each of your rows add up to?
    """
    P = _array(P)
    return P - (np.log(np.exp(P - P.max()).sum()) + P.max())


@misconception(of="log_softmax", section="stability-logsumexp")
def log_sum_over_the_examples(P):
    """The log-sum-exp runs over the first axis, the examples.

    Which logits belong to one distribution?
    """
    P = _array(P)
    m = P.max(axis=0)
    return P - (np.log(np.exp(P - m).sum(axis=0)) + m)


@misconception(of="log_softmax", section="stability-logsumexp", logarithm=(np.log10,))
def binary_logarithm(P, logarithm=np.log2):
    """The logarithm of the sum is taken to base 2 or 10.

    Which logarithm undoes exp?
    """
    P = _array(P)
    return P - P.max(axis=-1, keepdims=True) - logarithm(_shifted(P).sum(axis=-1, keepdims=True))


@misconception(of="log_softmax", section="stability-shift")
def one_maximum_in_all_rows(P):
    """The maximum of the whole array is subtracted in every row.

    What is left of a row near -1000 when another row holds +1000?
    """
    P = _array(P)
    return P - P.max() - np.log(np.exp(P - P.max()).sum(axis=-1, keepdims=True))


@misconception(of="log_softmax", section="stability-shift")
def minimum_in_place_of_the_maximum(P):
    """The minimum is subtracted in place of the maximum, which makes every exponent larger, not smaller.

    Which sign should the exponents have after the shift?
    """
    P = _array(P)
    S = P - P.min(axis=-1, keepdims=True)
    return S - np.log(np.exp(S).sum(axis=-1, keepdims=True))


@misconception(of="log_softmax", section="stability-shift", middle=NO_MAXIMUM)
def mean_in_place_of_the_maximum(P, middle=np.mean):
    """The mean, or another number than the maximum, is subtracted, and the largest logit may be far above it.

    After your shift, how large can the largest exponent be?
    """
    P = _array(P)
    S = P - middle(P, axis=-1)[..., None]
    return S - np.log(np.exp(S).sum(axis=-1, keepdims=True))


@misconception(of="log_softmax", section="stability-logsumexp")
def sign_of_the_shift(P):
    """The maximum is added where it must be subtracted.

    log f = p - lse(p), and lse(p) holds the maximum with a plus. Which sign has it in the difference?
    """
    P = _array(P)
    return P + P.max(axis=-1, keepdims=True) - np.log(_shifted(P).sum(axis=-1, keepdims=True))


@misconception(of="log_softmax", section="stability-logsumexp", shifted=(True,))
def axis_of_the_sum_lost(P, shifted=False):
    """The log-sum-exp has lost its axis, and broadcasting lays it along the classes.

    Which shape has the log-sum-exp of each row, and which must it have to be subtracted from its own row?
    """
    P = _array(P)
    S = P - P.max(axis=-1, keepdims=True) if shifted else P
    return S - _lse(S)


@misconception(of="log_softmax", section="stability-logsumexp")
def mean_in_place_of_the_sum(P):
    """The mean of the exponentials stands in place of their sum.

    What do the exponentials of your result add up to?
    """
    P = _array(P)
    return P - P.max(axis=-1, keepdims=True) - np.log(_shifted(P).mean(axis=-1, keepdims=True))


@misconception(of="log_softmax", section="stability-logsumexp")
def sum_of_the_logits_subtracted(P):
    """The sum of the logits is subtracted, as if the logarithm of a sum were the sum of the logarithms.

    What is the logarithm of e^a + e^b for a = b = 0?
    """
    P = _array(P)
    return P - P.sum(axis=-1, keepdims=True)


@misconception(of="log_softmax", section="stability-logsumexp")
def quotient_of_logarithms(P):
    """The logits are divided by the log-sum-exp.

    What does a quotient become under the logarithm: a quotient again?
    """
    P = _array(P)
    return P / np.expand_dims(_lse(P), -1)


@misconception(of="log_softmax", section="stability-logsumexp")
def log_sum_exp_alone(P):
    """The log-sum-exp alone comes back; no logit stands in it any more.

    Which shape is asked for, and where is the logit of each class?
    """
    return _lse(_array(P))


@misconception(of="log_softmax", section="stability-not-mended", value=(-LARGEST, -745.0, -700.0, -100.0, -1e9, 0.0))
def infinity_replaced(P, value=-1000.0):
    """The logarithm of an underflowed probability is replaced by a number.

    What should the log-probability be for a gap of 5000, and what for one of 6000?
    """
    P = _array(P)
    E = _shifted(P)
    L = np.log(E / E.sum(axis=-1, keepdims=True))
    return np.where(np.isneginf(L), value, L)


@misconception(of="log_softmax", section="stability-logsumexp")
def second_axis_in_all(P):
    """The axis is fixed to 1, which is the last one only for a matrix.

    Which axis do you name for a single vector, and which for an array of three axes? How does one say "the last"?
    """
    P = _array(P)
    axis = min(1, P.ndim - 1)
    S = P - P.max(axis=axis, keepdims=True)
    return S - np.log(np.exp(S).sum(axis=axis, keepdims=True))


@misconception(of="log_softmax", section="stability-logsumexp")
def all_in_base_two(P):
    """Everything is measured in bits: the logarithm of the probability is to base 2.

    How large is the natural logarithm of one half?
    """
    P = _array(P)
    return (P - np.expand_dims(_lse(P), -1)) / np.log(2)


@misconception(of="log_softmax", section="stability-not-mended", epsilon=EPSILONS)
def epsilon_in_the_shifted_sum(P, epsilon=1e-3):
    """A small constant is added to the sum before the logarithm.

    How small can the sum be after the shift by the maximum? Against what does the constant guard?
    """
    P = _array(P)
    return P - P.max(axis=-1, keepdims=True) - np.log(_shifted(P).sum(axis=-1, keepdims=True) + epsilon)


@misconception(of="log_softmax", section="stability-logsumexp")
def sign_of_the_logarithm(P):
    """The logarithm of the sum is added to the shifted logits, where it must be subtracted.

    What is the logarithm of a quotient? What do the exponentials of your result add up to?
    """
    P = _array(P)
    return P - P.max(axis=-1, keepdims=True) + np.log(_shifted(P).sum(axis=-1, keepdims=True))


@misconception(of="log_softmax", section="stability-loss")
def logarithm_of_one_plus(P):
    """One is added to the probability before the logarithm.

    Is the logarithm of a probability positive or negative?
    """
    E = _shifted(_array(P))
    return np.log1p(E / E.sum(axis=-1, keepdims=True))


@misconception(of="log_softmax", section="stability-logsumexp")
def all_in_base_ten(P):
    """The logarithm of the probability is to base 10.

    How large is the natural logarithm of one half?
    """
    P = _array(P)
    return (P - np.expand_dims(_lse(P), -1)) / np.log(10)


@misconception(of="log_softmax", section="stability-logsumexp")
def sum_without_its_logarithm(P):
    """The sum of the exponentials is subtracted from the logits, not its logarithm.

    What does a quotient become under the logarithm? What do the exponentials of your result add up to?
    """
    P = _array(P)
    return P - np.exp(P).sum(axis=-1, keepdims=True)


@misconception(of="log_softmax", section="stability-loss")
def softmax_of_the_softmax(P):
    """Softmax is taken twice: the log-softmax is that of the probabilities, not of the logits.

    How far apart can the results be when what goes in lies between 0 and 1?
    """
    P = _array(P)
    F = np.exp(P - _lse(P)[..., None])
    return F - _lse(F)[..., None]


@misconception(of="log_softmax", section="stability-loss")
def logarithm_of_the_odds(P):
    """The logarithm is that of the odds f / (1 - f), not that of the probability.

    What should come out for two classes with the same logit: 0, or the logarithm of one half?
    """
    P = _array(P)
    F = np.exp(P - _lse(P)[..., None])
    return np.log(F / (1 - F))


@misconception(of="log_softmax", section="stability-logsumexp")
def one_added_to_the_sum(P):
    """One is added to the sum before its logarithm is taken, in which the maximum stands as e to the 0 already.

    What is the sum of the shifted exponentials of [0, 0]? When is `log1p` the right function?
    """
    P = _array(P)
    return P - P.max(axis=-1, keepdims=True) - np.log1p(_shifted(P).sum(axis=-1, keepdims=True))


@misconception(of="log_softmax", section="stability-logsumexp")
def maximum_subtracted_twice(P):
    """The maximum is subtracted from the logits, and then once more within the log-sum-exp.

    To which logits belongs the log-sum-exp that you subtract: to the shifted ones, or to those that were given?
    """
    P = _array(P)
    return P - P.max(axis=-1, keepdims=True) - _lse(P)[..., None]


@misconception(of="log_softmax", section="stability-shift")
def absolute_maximum_subtracted(P):
    """The largest absolute value is subtracted, which is not the maximum where all logits are negative.

    For the logits -1000 and -1001, what do you subtract, and what is left of the exponentials?
    """
    P = _array(P)
    S = P - np.abs(P).max(axis=-1, keepdims=True)
    return S - np.log(np.exp(S).sum(axis=-1, keepdims=True))


@misconception(of="log_softmax", section="stability-shift")
def maximum_counted_from_zero(P):
    """The maximum counts from 0: where all logits are negative, nothing is subtracted.

    What is left of the exponentials of -1000 and -1001 when nothing is subtracted?
    """
    P = _array(P)
    S = P - np.maximum(P.max(axis=-1, keepdims=True), 0.0)
    return S - np.log(np.exp(S).sum(axis=-1, keepdims=True))


@misconception(of="log_softmax", section="stability-logsumexp")
def log_sum_exp_subtracted_twice(P):
    """The log-sum-exp is subtracted twice.

    What do the exponentials of your result add up to?
    """
    P = _array(P)
    return P - 2.0 * _lse(P)[..., None]


@misconception(of="log_softmax", section="softmax-sigmoid")
def logarithm_of_a_sigmoid_for_each(P):
    """The logarithm of a sigmoid is taken of each logit; the classes do not compete.

    What do the exponentials of your result add up to? Does the second logit have a say in the first number?
    """
    return -np.logaddexp(0.0, -_array(P))


@misconception(of="log_softmax", section="stability-not-mended", limit=(10.0, 50.0, 100.0, 500.0))
def logits_cut_off(P, limit=700.0):
    """The logits are cut off at a limit, and the gaps beyond it are lost.

    What should come out for a class that lies 5000 below the largest?
    """
    P = np.clip(_array(P), -limit, limit)
    return P - _lse(P)[..., None]


@misconception(of="log_softmax", section="stability-logsumexp")
def largest_logit_in_all_places(P):
    """The log-sum-exp is subtracted from the largest logit, in the place of every class.

    Which logit belongs to the second class, and where in your formula does it stand?
    """
    P = _array(P)
    return 0.0 * P + P.max(axis=-1, keepdims=True) - _lse(P)[..., None]


@inputs(of="cross_entropy_logits")
def draw_batches(rng):
    very_different = rng.integers(-8, 8, size=(4, 3)) / 4 + np.array([[-1000.0], [1000.0], [0.0], [-3000.0]])
    return [
        (rng.normal(size=(4, 3)) * 3, rng.integers(0, 3, size=4)),
        (rng.normal(size=(1, 5)) * 3, np.array([2])),
        (rng.normal(size=(3, 3)) * 3, np.array([1, 0, 2])),
        (very_different, rng.integers(0, 3, size=4)),
        ([[0.0, -5000.0]], [1]),
        *(([[0.0, -float(gap)]], [1]) for gap in range(2, 46, 3)),
        (rng.integers(-4000, 4000, size=(2, 5)).tolist(), [4, 1]),
    ]


def _log_f(P):
    return P - np.expand_dims(_lse(P), -1)


def _of_correct(L, z):
    return L[np.arange(len(L)), z]


@misconception(of="cross_entropy_logits", section="stability-loss")
def loss_from_the_probability(P, z):
    """The loss goes through the probability, which underflows to 0 and has no logarithm.

    Which difference of two numbers of ordinary size is the same loss?
    """
    P = _array(P)
    E = _shifted(P)
    return -np.mean(np.log(_of_correct(E / E.sum(axis=1, keepdims=True), z)))


@misconception(of="cross_entropy_logits", section="stability-overflow")
def loss_from_the_naive_softmax(P, z):
    """The loss goes through the naive softmax, which overflows.

    Do you need the exponential of a logit as it stands?
    """
    E = np.exp(_array(P))
    return -np.mean(np.log(_of_correct(E / E.sum(axis=1, keepdims=True), z)))


@misconception(of="cross_entropy_logits", section="stability-not-mended", epsilon=TINY)
def epsilon_in_the_loss(P, z, epsilon=1e-12):
    """A small constant is added to the probability before the logarithm, and the loss stops growing.

    How large can your loss become at most, and how large should it be for a gap of 5000?
    """
    P = _array(P)
    E = _shifted(P)
    return -np.mean(np.log(_of_correct(E / E.sum(axis=1, keepdims=True), z) + epsilon))


@misconception(of="cross_entropy_logits", section="stability-not-mended", epsilon=TINY)
def clipped_in_the_loss(P, z, epsilon=1e-12):
    """The probability is cut off from below before the logarithm, and the loss stops growing.

    Where the loss is cut off, what is its gradient, and what can the network learn there?
    """
    P = _array(P)
    E = _shifted(P)
    return -np.mean(np.log(np.clip(_of_correct(E / E.sum(axis=1, keepdims=True), z), epsilon, 1.0)))


@misconception(of="cross_entropy_logits", section="stability-logsumexp")
def overflow_in_the_fused_loss(P, z):
    """The loss is fused, and its log-sum-exp overflows.

    Which of your functions computes the logarithm of the sum safely?
    """
    P = _array(P)
    return np.mean(np.log(np.exp(P).sum(axis=1)) - _of_correct(P, z))


@misconception(of="cross_entropy_logits", section="stability-loss")
def sum_over_the_batch(P, z):
    """The losses of the examples are summed, not averaged.

    Should the loss double when the same batch is given twice?
    """
    return -np.sum(_of_correct(_log_f(_array(P)), z))


@misconception(of="cross_entropy_logits", section="stability-loss")
def averaged_over_all_entries(P, z):
    """The sum is divided by the number of all logits, not by the number of examples.

    How many losses are there in a batch of B examples with T classes each?
    """
    P = _array(P)
    return -np.sum(_of_correct(_log_f(P), z)) / P.size


@misconception(of="cross_entropy_logits", section="stability-loss")
def sign_of_the_loss(P, z):
    """The minus is lost: this loss grows when the prediction gets better.

    Should a perfect prediction have the largest loss or the smallest?
    """
    return np.mean(_of_correct(_log_f(_array(P)), z))


@misconception(of="cross_entropy_logits", section="stability-loss")
def base_two_loss(P, z):
    """The loss is measured in bits: its logarithm is to base 2.

    How large is the natural logarithm of 2, the loss of a coin toss?
    """
    return -np.mean(_of_correct(_log_f(_array(P)), z)) / np.log(2)


@misconception(of="cross_entropy_logits", section="stability-loss", shift=(-1,))
def labels_counted_from_one(P, z, shift=1):
    """The labels are counted from 1, which picks the logit of the class beside the correct one.

    What is the index of the first class?
    """
    return -np.mean(_of_correct(_log_f(_array(P)), (np.asarray(z) - shift) % len(P[0])))


@misconception(of="cross_entropy_logits", section="stability-loss")
def every_pair_of_row_and_label(P, z):
    """`P[:, z]` takes every row with every label, not each row with its own.

    How many numbers does `P[:, z]` hold for a batch of four, and how many losses do you need?
    """
    L = _log_f(_array(P))
    return -np.mean(L[:, np.asarray(z)])


@misconception(of="cross_entropy_logits", section="stability-loss")
def one_loss_per_example(P, z):
    """The losses of the examples come back one by one, where one number is asked for.

    Which operation makes one number of a batch of losses?
    """
    return -_of_correct(_log_f(_array(P)), z)


@misconception(of="cross_entropy_logits", section="stability-loss")
def softmax_taken_twice(P, z):
    """Softmax is applied to the logits and the loss applies it once more.

    Which of the two inputs does a loss from logits expect?
    """
    P = _array(P)
    E = _shifted(P)
    return -np.mean(_of_correct(_log_f(E / E.sum(axis=1, keepdims=True)), z))


@misconception(of="cross_entropy_logits", section="stability-loss")
def correct_logit_forgotten(P, z):
    """The log-sum-exp alone is averaged; the logit of the correct class is never subtracted.

    Where in your loss does the label stand?
    """
    return np.mean(_lse(_array(P)))


@misconception(of="cross_entropy_logits", section="stability-logsumexp")
def maximum_for_log_sum_exp(P, z):
    """The maximum stands in for the log-sum-exp.

    What should the loss be when both logits are equal, and what is yours?
    """
    P = _array(P)
    return np.mean(P.max(axis=1) - _of_correct(P, z))


@misconception(of="cross_entropy_logits", section="stability-loss")
def log_sum_exp_forgotten(P, z):
    """The logits of the correct classes alone are averaged; the log-sum-exp is missing.

    Does your loss change when the logit of a wrong class grows? Should it?
    """
    return -np.mean(_of_correct(_array(P), z))


@misconception(of="cross_entropy_logits", section="stability-logsumexp")
def maximum_not_returned_to_the_loss(P, z):
    """The maximum is subtracted in the log-sum-exp and neither added back nor subtracted from the correct logit.

    Does your loss stay the same when 9 is added to every logit?
    """
    P = _array(P)
    return np.mean(np.log(_shifted(P).sum(axis=1)) - _of_correct(P, z))


@misconception(of="cross_entropy_logits", section="stability-loss", total=(0.0,))
def one_minus_the_probability(P, z, total=1.0):
    """Minus the probability of the correct class, or one minus it, is averaged; no logarithm is taken.

    How large can the loss of a hopeless prediction become, and how large should it be?
    """
    P = _array(P)
    E = _shifted(P)
    return np.mean(total - _of_correct(E / E.sum(axis=1, keepdims=True), z))


@misconception(of="cross_entropy_logits", section="stability-loss")
def logarithm_of_the_mean(P, z):
    """The probabilities are averaged first, and the logarithm is taken of their mean.

    Is the mean of logarithms the logarithm of the mean? Which does the text ask for?
    """
    P = _array(P)
    E = _shifted(P)
    return -np.log(np.mean(_of_correct(E / E.sum(axis=1, keepdims=True), z)))


@misconception(of="cross_entropy_logits", section="stability-loss", over=(np.mean,))
def a_yes_or_no_for_each_class(P, z, over=np.sum):
    """Each class is taken for a question of its own, with a sigmoid, and all their losses are added or averaged.

    Do the classes compete for one probability here, or can several be true at once?
    """
    P = _array(P)
    Y = np.eye(P.shape[1])[np.asarray(z)]
    return np.mean(over(np.logaddexp(0, P) - Y * P, axis=1))


@misconception(of="cross_entropy_logits", section="stability-loss")
def wrong_classes_counted_too(P, z):
    """The wrong classes add their log(1 - f) to the loss as well.

    Which f stands in the loss of one example: those of all classes, or that of the correct one?
    """
    P = _array(P)
    E = _shifted(P)
    F = E / E.sum(axis=1, keepdims=True)
    Y = np.eye(P.shape[1])[np.asarray(z)]
    return -np.mean(np.sum(np.where(Y > 0, np.log(F), np.log(1 - F)), axis=1))


@misconception(of="cross_entropy_logits", section="stability-loss")
def log_sum_exp_down_the_examples(P, z):
    """The log-sum-exp runs down the examples, not along the classes.

    Which logits belong to one example?
    """
    P = _array(P)
    m = P.max(axis=0)
    L = P - (np.log(np.exp(P - m).sum(axis=0)) + m)
    return -np.mean(_of_correct(L, z))


@misconception(of="cross_entropy_logits", section="stability-loss")
def predicted_class_in_place_of_the_label(P, z):
    """The loss is that of the class which is predicted, not of the one that is correct.

    Can your loss be large when the prediction is wrong? Where does `z` stand in it?
    """
    P = _array(P)
    return np.mean(_lse(P) - P.max(axis=1))


@misconception(of="cross_entropy_logits", section="stability-loss")
def divided_by_one_less(P, z):
    """The sum is divided by one less than the number of examples.

    What is the mean of a single number, and what do you divide it by?
    """
    P = _array(P)
    return -np.sum(_of_correct(_log_f(P), z)) / max(len(P) - 1, 1)


@misconception(of="cross_entropy_logits", section="stability-loss")
def mean_divided_again(P, z):
    """The mean is divided by the number of examples once more.

    Should the loss fall when the same batch is given twice?
    """
    P = _array(P)
    return -np.mean(_of_correct(_log_f(P), z)) / len(P)


@misconception(of="cross_entropy_logits", section="stability-loss")
def only_the_first_example(P, z):
    """The loss of the first example alone comes back.

    In which line does your function return, and how often has its loop run by then?
    """
    return -_of_correct(_log_f(_array(P)), z)[0]


@misconception(of="cross_entropy_logits", section="stability-loss")
def median_of_the_batch(P, z):
    """The median of the losses is taken, not their mean.

    Should a single hopeless example count?
    """
    return np.median(-_of_correct(_log_f(_array(P)), z))


@misconception(of="cross_entropy_logits", section="stability-shift")
def one_maximum_for_the_whole_loss(P, z):
    """The maximum of the whole batch is taken out of every row.

    What is left of a row near -1000 when another row holds +1000?
    """
    P = _array(P)
    return np.mean(np.log(np.exp(P - P.max()).sum(axis=1)) + P.max() - _of_correct(P, z))


@misconception(of="cross_entropy_logits", section="stability-not-mended", value=(LARGEST, 0.0, 100.0, 745.0, 1e9))
def infinite_loss_replaced(P, z, value=1000.0):
    """An infinite loss, from a probability that has underflowed, is replaced by a number.

    What should the loss be for a gap of 5000, and what for one of 6000?
    """
    P = _array(P)
    E = _shifted(P)
    losses = -np.log(_of_correct(E / E.sum(axis=1, keepdims=True), z))
    return np.mean(np.where(np.isposinf(losses), value, losses))


@misconception(of="cross_entropy_logits", section="stability-loss")
def log_probabilities_of_all_classes(P, z):
    """The log-probabilities of all classes are added, not that of the correct one picked.

    Where does `z` stand in your loss?
    """
    return -np.mean(np.sum(_log_f(_array(P)), axis=1))


@misconception(of="cross_entropy_logits", section="stability-loss")
def exponential_of_the_loss(P, z):
    """The exponential of the mean loss comes back: the perplexity.

    What should the loss be when the correct class is certain?
    """
    return np.exp(-np.mean(_of_correct(_log_f(_array(P)), z)))


@misconception(of="cross_entropy_logits", section="stability-loss")
def squared_distance_to_the_label(P, z):
    """The squared distance between probabilities and one-hot labels is averaged; no logarithm is taken.

    How large can your loss become at most, and how large should it be for a gap of 5000?
    """
    P = _array(P)
    E = _shifted(P)
    return np.mean(np.sum((E / E.sum(axis=1, keepdims=True) - np.eye(P.shape[1])[np.asarray(z)]) ** 2, axis=1))


@misconception(of="cross_entropy_logits", section="stability-loss")
def correct_logit_added(P, z):
    """The logit of the correct class is added to the log-sum-exp, not subtracted from it.

    Should the loss rise or fall when the correct logit grows?
    """
    P = _array(P)
    return np.mean(_lse(P) + _of_correct(P, z))


@misconception(of="cross_entropy_logits", section="stability-loss")
def divided_by_the_classes(P, z):
    """The sum is divided by the number of classes, not by the number of examples.

    How many losses are there in a batch of B examples with T classes each?
    """
    P = _array(P)
    return -np.sum(_of_correct(_log_f(P), z)) / P.shape[1]


@misconception(of="cross_entropy_logits", section="stability-not-mended", limit=(50.0, 100.0, 500.0, 709.0))
def logits_cut_off_in_the_loss(P, z, limit=700.0):
    """The logits are cut off at a limit before the loss, which then stops growing.

    How large can your loss become at most, and how large should it be for a gap of 5000?
    """
    P = np.clip(_array(P), -limit, limit)
    return -np.mean(_of_correct(_log_f(P), z))


@misconception(of="cross_entropy_logits", section="stability-loss")
def only_the_last_example(P, z):
    """The loss of the last example alone comes back.

    What does your loop do with the loss of the example before? Where are the losses added up?
    """
    return -_of_correct(_log_f(_array(P)), z)[-1]


@misconception(of="cross_entropy_logits", section="stability-loss")
def row_and_column_exchanged(P, z):
    """The label names the row and the number of the example the column.

    Which axis of P holds the examples, and which the classes?
    """
    P = _array(P)
    return np.mean(_lse(P) - P[np.asarray(z), np.arange(len(P))])


@misconception(of="cross_entropy_logits", section="stability-loss", rows=(lambda B: slice(1, None),))
def one_example_left_out(P, z, rows=lambda B: slice(B - 1)):
    """The loop leaves out the last example, or the first, and the sum is divided by the number of all.

    At which number does your `range` begin, and before which does it stop? What comes out for a batch of one?
    """
    P = _array(P)
    return np.sum(-_of_correct(_log_f(P), z)[rows(len(P))]) / len(P)


@misconception(of="cross_entropy_logits", section="stability-loss")
def rows_named_by_the_labels(P, z):
    """The labels pick whole rows, as if they were numbers of examples.

    What does `P[z]` take out of P: an entry of each row, or rows?
    """
    P = _array(P)
    return np.mean(_lse(P)[:, None] - P[np.asarray(z)])


@misconception(of="cross_entropy_logits", section="stability-loss")
def all_logits_subtracted(P, z):
    """The sum of all logits is subtracted, not the logit of the correct class.

    Where in your function do the labels z stand?
    """
    P = _array(P)
    return np.mean(_lse(P) - P.sum(axis=1))


@misconception(of="cross_entropy_logits", section="stability-loss")
def classes_counted_from_the_labels(P, z):
    """The one-hot labels have as many columns as the largest label asks for, not as P has classes.

    How many classes are there when the batch holds no example of the last one?
    """
    P, z = _array(P), np.asarray(z)
    return -np.mean(np.sum(np.eye(z.max() + 1)[z] * _log_f(P), axis=1))


@misconception(of="cross_entropy_logits", section="stability-loss", smoothing=(0.05, 0.01, 0.2))
def labels_smoothed(P, z, smoothing=0.1):
    """A part of each label is shared out among all classes: the loss of smoothed labels.

    What does the definition have for the classes that are not correct?
    """
    L = _log_f(_array(P))
    return -np.mean((1 - smoothing) * _of_correct(L, z) + smoothing * L.mean(axis=1))


@misconception(of="cross_entropy_logits", section="stability-loss", own=(1.0,))
def margin_in_place_of_the_logarithm(P, z, own=0.0):
    """This is the hinge loss, which counts by how much each wrong class misses a margin of 1.

    Where are the exponentials and the logarithm of the definition?
    """
    P = _array(P)
    missed = np.maximum(0.0, P - _of_correct(P, z)[:, None] + 1.0)
    return np.mean(missed.sum(axis=1) - 1.0 + own)


@misconception(of="cross_entropy_logits", section="stability-logsumexp")
def correct_class_left_out_of_the_sum(P, z):
    """The log-sum-exp runs over the wrong classes only.

    Can your loss become negative? Over how many classes does the sum in the definition of softmax run?
    """
    P = _array(P).copy()
    correct = _of_correct(P, z)
    P[np.arange(len(P)), z] = -np.inf
    return np.mean(_lse(P) - correct)


@misconception(of="cross_entropy_logits", section="stability-loss")
def entropy_of_the_prediction(P, z):
    """This is the entropy of the probabilities; the labels take no part.

    Where in your function do the labels z stand?
    """
    L = _log_f(_array(P))
    return -np.mean(np.sum(np.exp(L) * L, axis=1))


@misconception(of="cross_entropy_logits", section="stability-loss", right=(True,))
def predictions_counted(P, z, right=False):
    """The share of wrong predictions comes back, or of right ones: no probability takes part.

    Does your number change when a prediction that is right already becomes more certain?
    """
    return np.mean((np.argmax(_array(P), axis=1) == np.asarray(z)) == right)


@misconception(of="cross_entropy_logits", section="stability-logsumexp")
def mean_exponential_in_the_loss(P, z):
    """The mean of the exponentials is taken in place of their sum, which lowers the loss by log T.

    What should the loss be when all classes have the same logit?
    """
    P = _array(P)
    return np.mean(-_of_correct(_log_f(P), z)) - np.log(P.shape[1])


@misconception(of="cross_entropy_logits", section="stability-loss", over=(np.mean,))
def labels_taken_for_weights(P, z, over=np.sum):
    """The labels multiply the log-probabilities, as if the number of a class were its weight.

    Does class 3 count three times as much as class 1? How does a label pick one entry of its row?
    """
    return -np.mean(over(np.asarray(z)[:, None] * _log_f(_array(P)), axis=1))


@misconception(of="cross_entropy_logits", section="stability-logsumexp")
def one_added_in_the_loss(P, z):
    """One is added to the sum of the exponentials, in which the correct class stands as e to the 0 already.

    What should the loss be for two classes with the same logit: log 2, or log 3?
    """
    P = _array(P)
    return np.mean(np.logaddexp(0.0, -_of_correct(_log_f(P), z)))


@inputs(of="largest_safe_logit")
def draw_dtypes(rng):
    return [(np.float16,), ("float32",), (np.dtype("float64"),), (np.float32,), ("float16",)]


@misconception(of="largest_safe_logit", section="stability-dtypes")
def largest_number_itself(dtype):
    """This is the largest number of the type, not the logit whose exponential reaches it.

    If exp(x) may be as large as this, how large may x be?
    """
    return float(np.finfo(dtype).max)


@misconception(of="largest_safe_logit", section="stability-dtypes", value=(709.0, 709.5, 709.7, 709.8, 710.0))
def always_float64(dtype, value=709.782712893384):
    """The answer is that of float64 whatever the type.

    Where in your function does `dtype` stand?
    """
    return value


@misconception(of="largest_safe_logit", section="stability-dtypes")
def logarithm_to_base_two(dtype):
    """The logarithm of the largest number is taken to base 2.

    You look for x with e to the x equal to the largest number. Which logarithm gives it?
    """
    return float(np.log2(float(np.finfo(dtype).max)))


@misconception(of="largest_safe_logit", section="stability-dtypes")
def logarithm_to_base_ten(dtype):
    """The logarithm of the largest number is taken to base 10.

    You look for x with e to the x equal to the largest number. Which logarithm gives it?
    """
    return float(np.log10(float(np.finfo(dtype).max)))


@misconception(of="largest_safe_logit", section="stability-dtypes")
def where_exp_reaches_zero(dtype):
    """This is where exp underflows, computed from the smallest number, not where it overflows.

    At which end does an exponential become infinite?
    """
    return float(np.log(float(np.finfo(dtype).tiny)))


@misconception(of="largest_safe_logit", section="stability-dtypes", smallest=("smallest_subnormal",))
def where_exp_underflows_sign_dropped(dtype, smallest="tiny"):
    """This is the size of the logit at which exp underflows, which is not that at which it overflows.

    Is the smallest number of a type the reciprocal of its largest?
    """
    return -float(np.log(float(getattr(np.finfo(dtype), smallest))))


@misconception(of="largest_safe_logit", section="stability-dtypes")
def logarithm_of_the_precision(dtype):
    """The answer is computed from the spacing of the numbers near 1, which says nothing about the largest one.

    Which property of a type limits how large a number can be, and which how exact?
    """
    return -float(np.log(float(np.finfo(dtype).eps)))


@misconception(of="largest_safe_logit", section="stability-dtypes", step=(0.5, 5.0, 10.0, 100.0))
def rounded_down_to_a_whole_number(dtype, step=1.0):
    """The answer is rounded down to a whole number, or to whole steps, which is safe but not the largest.

    Is exp(11.05) finite in float16?
    """
    return step * float(np.floor(np.log(float(np.finfo(dtype).max)) / step))


@misconception(of="largest_safe_logit", section="stability-dtypes", count=("bits", "nexp", "nmant"))
def exponent_bits_counted(dtype, count="maxexp"):
    """The answer is a number of bits, or the largest exponent of base 2, as it stands.

    The largest number is about 2 to the largest exponent. Which power of e is that?
    """
    return float(getattr(np.finfo(dtype), count))


@misconception(of="largest_safe_logit", section="stability-dtypes", error=(KeyError, TypeError, ValueError))
def only_the_type_is_understood(dtype, error=AttributeError):
    """Only a type such as `np.float32` is understood; a name or an np.dtype raises an error.

    Which function of NumPy accepts all three ways of naming a type?
    """
    if not isinstance(dtype, type):
        raise error(dtype)
    return {"float16": 11.0898665, "float32": 88.7228391, "float64": 709.7827129}[dtype.__name__]


@misconception(of="largest_safe_logit", section="stability-dtypes", error=(KeyError, TypeError, ValueError))
def only_the_dtype_is_understood(dtype, error=AttributeError):
    """Only an np.dtype is understood; a name or a type such as `np.float32` raises an error.

    Which function of NumPy makes an np.dtype of all three ways of naming a type?
    """
    if not isinstance(dtype, np.dtype):
        raise error(dtype)
    return {"float16": 11.0898665, "float32": 88.7228391, "float64": 709.7827129}[dtype.name]


@misconception(of="largest_safe_logit", section="stability-dtypes")
def asked_of_the_integers(dtype):
    """The limit is asked for as that of a type of integers, and there is none for floats.

    Which function of NumPy knows the limits of floating-point types?
    """
    return float(np.log(np.iinfo(dtype).max))


@misconception(of="largest_safe_logit", section="stability-dtypes", form=(type, np.dtype))
def other_forms_taken_for_float64(dtype, form=str):
    """One way of naming a type is understood, and for every other the answer is that of float64.

    Is "float32" equal to `np.float32` in Python? Which function of NumPy accepts all three ways of naming a type?
    """
    name = np.dtype(dtype).name if isinstance(dtype, form) else ""
    return {"float16": 11.0898665, "float32": 88.7228391}.get(name, 709.7827129)


@misconception(of="largest_safe_logit", section="stability-dtypes", value=(11.0898665,))
def the_same_for_all(dtype, value=88.7228391):
    """The answer is that of one type whatever is asked.

    Where in your function does `dtype` stand?
    """
    return value


@misconception(of="largest_safe_logit", section="stability-dtypes")
def root_of_the_largest_number(dtype):
    """This is the square root of the largest number, whose square is finite, not the logit whose exponential is.

    Which function turns a large number into the exponent that gives it?
    """
    return float(np.sqrt(float(np.finfo(dtype).max)))


@misconception(of="largest_safe_logit", section="stability-dtypes")
def smallest_number(dtype):
    """This is the smallest positive number of the type, not a logit.

    Which property of a type limits how large an exponential may be?
    """
    return float(np.finfo(dtype).tiny)


@misconception(of="largest_safe_logit", section="stability-dtypes")
def most_negative_number(dtype):
    """This is the most negative number of the type, not a logit whose exponential is large.

    If exp(x) may be as large as the largest number, how large may x be?
    """
    return float(np.finfo(dtype).min)


@misconception(of="largest_safe_logit", section="stability-dtypes")
def rounded_up_to_a_whole_number(dtype):
    """The answer is the next whole number above, whose exponential overflows already.

    Is the exponential of your answer finite?
    """
    return float(np.ceil(np.log(float(np.finfo(dtype).max))))


@misconception(of="largest_safe_logit", section="stability-dtypes")
def logarithm_of_the_root(dtype):
    """The answer is half of what it should be: the exponential of its double is still finite.

    Which property of the type did you take the logarithm of, and is that as large as a number can be?
    """
    return float(np.log(float(np.finfo(dtype).max))) / 2


@misconception(of="largest_safe_logit", section="stability-dtypes", sign=(0,))
def width_of_an_integer(dtype, sign=1):
    """The answer is that of an integer of as many bits.

    How many of the bits of a floating-point number belong to its exponent?
    """
    return float(np.log(2.0 ** (8 * np.dtype(dtype).itemsize - sign)))


@misconception(of="largest_safe_logit", section="stability-dtypes")
def decimal_digits_for_the_range(dtype):
    """The answer comes from the number of decimal digits that the type holds, not from its largest number.

    Which property of a type limits how large a number can be, and which how exact?
    """
    return float(np.finfo(dtype).precision * np.log(10.0))


@misconception(of="largest_safe_logit", section="stability-dtypes", error=(TypeError, AttributeError, ValueError))
def only_the_name_is_understood(dtype, error=KeyError):
    """Only a name such as "float32" is understood; a type or an np.dtype raises an error.

    Which function of NumPy accepts all three ways of naming a type?
    """
    if not isinstance(dtype, str):
        raise error(dtype)
    return {"float16": 11.0898665, "float32": 88.7228391, "float64": 709.7827129}[dtype]


@misconception(of="largest_safe_logit", section="stability-dtypes")
def rounded_down_to_a_power_of_two(dtype):
    """The answer is a power of 2: doubling has found a safe logit, not the largest.

    Is a number between your answer and its double still safe? How could you narrow it down?
    """
    return 2.0 ** np.floor(np.log2(np.log(float(np.finfo(dtype).max))))


@misconception(of="largest_safe_logit", section="stability-dtypes")
def divided_by_the_logarithm_of_two(dtype):
    """The largest exponent of base 2 is divided by log 2, where it must be multiplied by it.

    If 2 to the k is e to the x, is x larger or smaller than k?
    """
    return float(np.finfo(dtype).maxexp / np.log(2.0))


@misconception(of="largest_safe_logit", section="stability-dtypes", share=(0.5, 0.8, 0.95, 0.98, 0.99))
def kept_away_from_the_limit(dtype, share=0.9):
    """A margin is kept: the answer is a share of the largest safe logit.

    The text asks for the largest x. Is the exponential of a slightly larger number than yours still finite?
    """
    return share * float(np.log(float(np.finfo(dtype).max)))
