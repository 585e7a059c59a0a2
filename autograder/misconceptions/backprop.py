"""What goes wrong in the exercise "Cross-entropy and backpropagation"."""

import numpy as np

from . import EPSILONS, inputs, misconception

# Learning rates and weights of a penalty that people choose.
RATES = (1e-4, 1e-3, 5e-3, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0)


def _array(A):
    return np.asarray(A, dtype=float)


def _softmax(P):
    P = _array(P)
    E = np.exp(P - P.max(axis=-1, keepdims=True))
    return E / E.sum(axis=-1, keepdims=True)


def _measured(loss, A, h):
    """Slopes of the number loss(A) by central differences."""
    A, G = _array(A), np.zeros(np.shape(A))
    for at in np.ndindex(G.shape):
        E = np.zeros(G.shape)
        E[at] = h
        G[at] = (loss(A + E) - loss(A - E)) / (2 * h)
    return G


def _labels(rng, B, T):
    return np.eye(T)[rng.integers(0, T, size=B)]


@inputs(of="cross_entropy")
def draw_probabilities(rng):
    return [
        (rng.dirichlet(np.ones(3), size=4), _labels(rng, 4, 3)),
        (rng.dirichlet(np.ones(5), size=1), _labels(rng, 1, 5)),
        (rng.dirichlet(np.ones(3), size=3), _labels(rng, 3, 3)),
        ([[0.5, 0.25, 0.25], [0.1, 0.8, 0.1]], [[0, 0, 1], [0, 1, 0]]),
        ([[1.0, 0.0], [0.25, 0.75]], [[1, 0], [1, 0]]),
        ([[0.0, 1e-9, 1.0]], [[0, 1, 0]]),
        # Every size of probability: here a floor and an addition differ.
        *(([[10.0**-k, 1.0]], [[1, 0]]) for k in range(1, 31, 2)),
    ]


def _of_correct(F, Y):
    return (_array(F) * _array(Y)).sum(axis=1)


@misconception(of="cross_entropy", section="backprop-likelihood")
def zero_times_log_zero(F, Y):
    """A probability of 0 on a wrong class gives 0 times minus infinity, which is nan.

    Which probabilities does the loss depend on at all? Can you pick those before you take a logarithm?
    """
    return -np.mean((_array(Y) * np.log(_array(F))).sum(axis=1))


@misconception(of="cross_entropy", section="backprop-likelihood", epsilon=EPSILONS)
def epsilon_inside_the_logarithm(F, Y, epsilon=1e-12):
    """A small constant is added to every probability before the logarithm.

    How far off is the loss of a probability that is as small as your constant? Which entries needed the constant?
    """
    return -np.mean((_array(Y) * np.log(_array(F) + epsilon)).sum(axis=1))


@misconception(of="cross_entropy", section="backprop-batch")
def sum_over_the_examples(F, Y):
    """The losses are summed over the batch, not averaged.

    Should the loss double when the same batch is given twice?
    """
    return -np.sum(np.log(_of_correct(F, Y)))


@misconception(of="cross_entropy", section="backprop-batch")
def mean_over_all_entries(F, Y):
    """The mean runs over all entries, B times T of them, not over the B examples.

    How many losses are there in the batch?
    """
    return -np.sum(np.log(_of_correct(F, Y))) / np.size(F)


@misconception(of="cross_entropy", section="backprop-likelihood")
def minus_missing(F, Y):
    """The minus is missing: this loss grows when the prediction gets better.

    Which sign has the logarithm of a probability, and which should a loss have?
    """
    return np.mean(np.log(_of_correct(F, Y)))


@misconception(of="cross_entropy", section="backprop-likelihood")
def base_two_logarithm(F, Y):
    """The logarithm is to base 2.

    Which logarithm has the derivative 1/f without a constant in front?
    """
    return -np.mean(np.log2(_of_correct(F, Y)))


@misconception(of="cross_entropy", section="backprop-batch")
def losses_one_by_one(F, Y):
    """The losses of the examples come back one by one.

    Which one number should come back for a batch?
    """
    return -np.log(_of_correct(F, Y))


@misconception(of="cross_entropy", section="backprop-likelihood")
def logarithm_of_the_mean(F, Y):
    """The probabilities are averaged before the logarithm.

    Is the logarithm of a mean the mean of the logarithms? Which of the two comes from a product of probabilities?
    """
    return -np.log(np.mean(_of_correct(F, Y)))


@misconception(of="cross_entropy", section="backprop-likelihood")
def probability_without_the_logarithm(F, Y):
    """The loss is 1 minus the probability of the correct class; there is no logarithm.

    How much should a prediction cost that gave the truth no chance at all?
    """
    return np.mean(1 - _of_correct(F, Y))


def _guarded(*epsilons):
    """Logarithms that never see 0: of what is added to, and of what is cut off on both sides."""
    for epsilon in epsilons:
        yield lambda f, epsilon=epsilon: np.log(f + epsilon)
        yield lambda f, epsilon=epsilon: np.log(np.clip(f, epsilon, 1 - epsilon))


@misconception(
    of="cross_entropy", section="backprop-likelihood", logarithm=tuple(_guarded(1e-7, 1e-8, 1e-10, 1e-12, 1e-15))
)
def wrong_classes_too(F, Y, logarithm=np.log):
    """The wrong classes enter as well, by the logarithm of 1 - f: this is the loss of T separate yes-or-no questions.

    Over which classes does the sum of y log f really run when y is one-hot?
    """
    F, Y = _array(F), _array(Y)
    wrong = np.where(Y > 0, 0.0, logarithm(np.where(Y > 0, 0.5, 1 - F)))
    return -np.mean(logarithm(_of_correct(F, Y)) + wrong.sum(axis=1))


@misconception(of="cross_entropy", section="backprop-likelihood")
def squared_error(F, Y):
    """This is the squared difference of probabilities and labels, another loss.

    Where in cross-entropy is the logarithm?
    """
    return np.mean(((_array(F) - _array(Y)) ** 2).sum(axis=1))


@misconception(of="cross_entropy", section="backprop-likelihood")
def softmax_once_more(F, Y):
    """The probabilities are put through softmax again.

    Are the rows of F logits, or probabilities already?
    """
    return -np.mean(np.log(_of_correct(_softmax(F), Y)))


@misconception(of="cross_entropy", section="backprop-likelihood")
def log_of_all_probabilities(F, Y):
    """The logarithms of all probabilities are summed; the labels are not used.

    Where in your loss does Y stand?
    """
    return -np.mean(np.log(_array(F)).sum(axis=1))


@misconception(of="cross_entropy", section="backprop-likelihood", floor=EPSILONS)
def probability_clipped_from_below(F, Y, floor=1e-12):
    """The probability is cut off from below before the logarithm, and the loss of a confident mistake stops growing.

    How much should a prediction cost that gave the truth a chance of 1e-30, and what is the most that yours can say?
    """
    return -np.mean(np.log(np.maximum(_of_correct(F, Y), floor)))


@misconception(of="cross_entropy", section="backprop-likelihood")
def base_ten_logarithm(F, Y):
    """The logarithm is to base 10.

    Which logarithm has the derivative 1/f without a constant in front?
    """
    return -np.mean(np.log10(_of_correct(F, Y)))


@misconception(of="cross_entropy", section="backprop-likelihood", epsilon=(0.0, *EPSILONS))
def labels_in_the_logarithm(F, Y, epsilon=1e-12):
    """Probabilities and labels have changed places: the logarithm is taken of the labels.

    Which of the two weights the terms, and which stands in the logarithm?
    """
    return -np.mean((_array(F) * np.log(_array(Y) + epsilon)).sum(axis=1))


@misconception(of="cross_entropy", section="backprop-batch", mean=(True,))
def one_loss_for_each_class(F, Y, mean=False):
    """The sum runs down the examples, so that there is one number for each class.

    Which axis of F holds the classes that the sum of y log f runs over?
    """
    terms = -_array(Y) * np.log(np.where(_array(Y) > 0, _array(F), 1.0))
    return terms.mean(axis=0) if mean else terms.sum(axis=0)


@misconception(of="cross_entropy", section="backprop-batch", which=(-1,))
def loss_of_one_example(F, Y, which=0):
    """Only one example of the batch is looked at.

    Which number should come back for a batch of four: one of four losses, or something made of all?
    """
    return -np.log(_of_correct(F, Y)[which])


@misconception(of="cross_entropy", section="backprop-likelihood")
def labels_as_indices(F, Y):
    """The one-hot rows are used as if they were class indices.

    What does an index of a row of zeros and ones pick? How do you get from a one-hot row to its class?
    """
    F = _array(F)
    return -np.mean(np.log(F[np.arange(len(F)), np.asarray(Y)]))


@misconception(of="cross_entropy", section="backprop-batch")
def class_of_every_example_in_every_row(F, Y):
    """`F[:, z]` picks the classes of all examples in every row, not in each row its own.

    How many numbers do you average? Which rows does a colon pick?
    """
    return -np.mean(np.log(_array(F)[:, np.argmax(Y, axis=1)]))


@misconception(of="cross_entropy", section="backprop-batch")
def loss_divided_by_the_classes(F, Y):
    """The sum is divided by the number of classes, not by the number of examples.

    How many losses are there in the batch?
    """
    return -np.sum(np.log(_of_correct(F, Y))) / np.shape(F)[1]


@misconception(of="cross_entropy", section="backprop-batch")
def averaged_twice(F, Y):
    """The loss is divided by the number of examples twice.

    Does your mean divide already?
    """
    return -np.mean(np.log(_of_correct(F, Y))) / len(F)


@misconception(of="cross_entropy", section="backprop-batch")
def one_example_less(F, Y):
    """The sum is divided by one less than the number of examples.

    Is this an estimate of a variance, or a mean?
    """
    return -np.sum(np.log(_of_correct(F, Y))) / max(len(F) - 1, 1)


@misconception(of="cross_entropy", section="backprop-batch")
def median_of_the_losses(F, Y):
    """The median of the losses comes back, not their mean.

    How should the loss change when one of the examples gets worse?
    """
    return -np.median(np.log(_of_correct(F, Y)))


@misconception(of="cross_entropy", section="backprop-likelihood")
def most_probable_class(F, Y):
    """The loss is that of the class which the prediction prefers, whatever the labels say.

    What should a confident mistake cost, and what does yours say of it?
    """
    return -np.mean(np.log(_array(F).max(axis=1)))


@misconception(of="cross_entropy", section="backprop-likelihood")
def perplexity(F, Y):
    """This is the exponential of the loss, the perplexity.

    What should a perfect prediction cost: 0 or 1?
    """
    return np.exp(-np.mean(np.log(_of_correct(F, Y))))


@misconception(of="cross_entropy", section="backprop-likelihood")
def one_added_in_the_logarithm(F, Y):
    """The logarithm is that of 1 + f.

    What should a perfect prediction cost, and what is the logarithm of 2?
    """
    return -np.mean(np.log1p(_of_correct(F, Y)))


@misconception(
    of="cross_entropy", section="backprop-likelihood", weight=(lambda f: 1 - f, lambda f: (1 - f) ** 2, np.square)
)
def weighted_by_the_probability(F, Y, weight=lambda f: f):
    """Each logarithm is multiplied by a weight made of the probability as well.

    What weights log f in the sum: the label or the prediction?
    """
    return -np.mean(weight(_of_correct(F, Y)) * np.log(_of_correct(F, Y)))


@misconception(of="cross_entropy", section="backprop-likelihood")
def entropy_of_the_prediction(F, Y):
    """This is the entropy of the prediction itself; the labels are not used.

    What weights log f in the sum: the label or the prediction?
    """
    F = _array(F)
    return -np.mean((F * np.log(np.where(F > 0, F, 1.0))).sum(axis=1))


@misconception(of="cross_entropy", section="backprop-likelihood")
def mean_of_the_probabilities(F, Y):
    """The loss is minus the probability of the correct class; there is no logarithm.

    How much should a prediction cost that gave the truth no chance at all?
    """
    return -np.mean(_of_correct(F, Y))


@misconception(of="cross_entropy", section="backprop-likelihood")
def half_of_the_loss(F, Y):
    """The loss has a factor 1/2, as squared errors often have.

    Which derivative does a factor 1/2 make simpler, and is there a square here?
    """
    return -0.5 * np.mean(np.log(_of_correct(F, Y)))


@misconception(of="cross_entropy", section="backprop-likelihood", whole=(False,))
def absolute_error(F, Y, whole=True):
    """This is the absolute difference of probabilities and labels, another loss.

    Where in cross-entropy is the logarithm?
    """
    E = np.abs(_array(F) - _array(Y))
    return E.mean() if whole else E.sum(axis=1).mean()


@misconception(of="cross_entropy", section="backprop-batch", one=(np.min,))
def one_of_the_losses(F, Y, one=np.max):
    """The largest or the smallest of the losses comes back, not their mean.

    How should the loss change when another example gets worse?
    """
    return one(-np.log(_of_correct(F, Y)))


@misconception(of="cross_entropy", section="backprop-batch", mean=(False,))
def summed_down_the_examples_first(F, Y, mean=True):
    """The probabilities of a class are added up down the examples, before the logarithm.

    Over which axis does y f leave one number for each example?
    """
    losses = -np.log((_array(F) * _array(Y)).sum(axis=0))
    return losses.mean() if mean else losses.sum() / len(F)


@inputs(of="grad_probs")
def draw_one_distribution(rng):
    return [
        (rng.dirichlet(np.full(5, 2.0)), np.eye(5)[2]),
        (rng.dirichlet(np.full(3, 2.0)), np.eye(3)[0]),
        ([0.5, 0.25, 0.25], [1, 0, 0]),
        ([0.2, 0.8], [0, 1]),
        *(([10.0**-k, 1 - 10.0**-k], [1, 0]) for k in range(1, 16, 2)),
    ]


@misconception(of="grad_probs", section="backprop-probs")
def sign_of_the_first_link(f, y):
    """The sign is wrong: the loss falls when the probability of the correct class rises.

    Should the slope at the correct class be positive or negative?
    """
    return _array(y) / _array(f)


@misconception(of="grad_probs", section="backprop-probs")
def every_class_has_a_slope(f, y):
    """Every class has the slope -1/f, not the correct one alone.

    Does L = -log f_z contain the other probabilities?
    """
    return -1 / _array(f)


@misconception(of="grad_probs", section="backprop-probs", sign=(1,))
def loss_itself(f, y, sign=-1):
    """These are the terms of the loss, not their derivatives.

    What is the derivative of the logarithm?
    """
    return sign * _array(y) * np.log(_array(f))


@misconception(of="grad_probs", section="backprop-logits")
def gradient_at_the_logits(f, y):
    """This is f - y, the gradient at the logits, a link further back.

    With respect to what is the derivative asked for here: f or p?
    """
    return _array(f) - _array(y)


@misconception(of="grad_probs", section="backprop-probs", keepdims=(True,))
def only_the_number(f, y, keepdims=False):
    """One number comes back: the slope at the correct class.

    Which shape has the gradient with respect to a vector of T entries?
    """
    return -1 / np.sum(_array(f) * _array(y), keepdims=keepdims)


@misconception(of="grad_probs", section="backprop-probs")
def difference_over_probability(f, y):
    """The difference f - y is divided by f.

    Which term of L = -log f_z depends on the probability of a wrong class?
    """
    f = _array(f)
    return (f - _array(y)) / f


@misconception(of="grad_probs", section="backprop-probs", sign=(-1,))
def loss_of_separate_questions(f, y, sign=1):
    """This is the gradient of T separate yes-or-no losses: it has a term (1 - y) / (1 - f) as well.

    Does the loss of one-hot classes contain 1 - f anywhere?
    """
    f, y = _array(f), _array(y)
    return -y / f + sign * (1 - y) / (1 - f)


@misconception(of="grad_probs", section="backprop-probs")
def divided_by_the_number_of_classes(f, y):
    """The gradient is divided by the number of classes.

    Is the loss of one example a mean over its classes or a sum?
    """
    return -_array(y) / _array(f) / len(f)


@misconception(of="grad_probs", section="backprop-probs")
def probability_as_the_slope(f, y):
    """The slope is taken to be -f at the correct class, not -1/f.

    Is the loss steeper where the truth had a large probability or where it had a small one?
    """
    return -_array(y) * _array(f)


@misconception(of="grad_probs", section="backprop-probs")
def squared_in_the_denominator(f, y):
    """The denominator is f squared.

    What is the derivative of log f: 1/f or 1/f²?
    """
    return -_array(y) / _array(f) ** 2


@misconception(of="grad_probs", section="backprop-probs", epsilon=EPSILONS)
def epsilon_below_the_line(f, y, epsilon=1e-7):
    """A small constant is added to the probability that divides.

    How steep is the loss where the truth has a probability as small as your constant, and what do you return there?
    """
    return -_array(y) / (_array(f) + epsilon)


@misconception(of="grad_probs", section="backprop-probs", floor=EPSILONS)
def probability_clipped_before_division(f, y, floor=1e-3):
    """The probability is cut off from below before it divides.

    How steep is the loss below your limit, and what do you return there?
    """
    return -_array(y) / np.maximum(_array(f), floor)


@misconception(of="grad_probs", section="backprop-probs", epsilon=EPSILONS)
def upside_down(f, y, epsilon=0.0):
    """The fraction stands upside down: f / y, and not y / f.

    What is the derivative of log f? By what do you divide for a wrong class?
    """
    return -_array(f) / (_array(y) + epsilon)


@misconception(of="grad_probs", section="backprop-probs")
def label_minus_the_slope(f, y):
    """The label is added to the slope -1/f, and should multiply it.

    In y log f, is y a factor or a term?
    """
    return _array(y) - 1 / _array(f)


@misconception(of="grad_probs", section="backprop-probs")
def slope_at_the_most_probable_class(f, y):
    """The slope stands at the most probable class, not at the correct one.

    Where in your function does y stand?
    """
    f = _array(f)
    return -np.eye(len(f))[f.argmax()] / f


@misconception(of="grad_probs", section="backprop-probs", minus_label=(True,))
def softmax_of_probabilities(f, y, minus_label=False):
    """The probabilities are put through softmax again.

    Is f made of logits, or of probabilities already?
    """
    return _softmax(f) - _array(y) if minus_label else -_array(y) / _softmax(f)


@misconception(of="grad_probs", section="backprop-logits")
def first_two_links_at_once(f, y):
    """This is -(1 - f) at the correct class: a part of the link to the logits is in it already.

    With respect to what is the derivative asked for here: f or p?
    """
    return -_array(y) * (1 - _array(f))


@misconception(of="grad_probs", section="backprop-probs")
def divided_by_the_complement(f, y):
    """The denominator is 1 - f.

    What is the derivative of log f with respect to f?
    """
    return -_array(y) / (1 - _array(f))


@misconception(of="grad_probs", section="backprop-probs")
def whole_matrix(f, y):
    """The slopes stand on the diagonal of a matrix.

    How many numbers does one number depend on here, and which shape has its gradient?
    """
    return np.diag(-_array(y) / _array(f))


@misconception(of="grad_probs", section="backprop-probs")
def slopes_of_the_wrong_classes(f, y):
    """The wrong classes have slopes and the correct one has none.

    Which probability does L = -log f_z contain?
    """
    return -(1 - _array(y)) / _array(f)


@misconception(of="grad_probs", section="backprop-probs")
def other_entries_left_as_probabilities(f, y):
    """The entry of the correct class is right, and the others still hold the probabilities themselves.

    Does L = -log f_z change when another probability does?
    """
    return np.where(_array(y) > 0, -1 / _array(f), _array(f))


@misconception(of="grad_probs", section="backprop-probs")
def mean_taken_out(f, y):
    """The mean of the slopes is subtracted, as if the probabilities could not move freely.

    A partial derivative moves one entry and holds the others. Which of them does L depend on?
    """
    g = -_array(y) / _array(f)
    return g - g.mean()


@misconception(of="grad_probs", section="backprop-probs", limit=(5.0, 10.0, 1e3, 1e4, 1e6))
def slope_cut_off(f, y, limit=100.0):
    """The slope is cut off at a limit.

    How steep is the loss where the truth has a probability of 1e-9?
    """
    return np.clip(-_array(y) / _array(f), -limit, limit)


@misconception(
    of="grad_probs",
    section="backprop-check",
    steps=[(h, below * h) for h in (1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8) for below in (1, 0)],
)
def slope_measured_not_derived(f, y, steps=(1e-5, 1e-5)):
    """This is a numerical derivative, which fails where the probability is smaller than the step.

    How far does log f bend within one step, when f itself is as small as the step?
    """
    f, y = _array(f), _array(y)
    above, below = steps

    def loss(f):
        return -np.sum(y * np.log(f))

    return np.array([(loss(f + above * e) - loss(f - below * e)) / (above + below) for e in np.eye(len(f))])


@misconception(of="grad_probs", section="backprop-probs")
def labels_alone(f, y):
    """Minus the label comes back: the probability that should divide it is missing.

    Is the loss equally steep wherever the probability of the truth lies?
    """
    return -_array(y) + 0 * _array(f)


@misconception(of="grad_probs", section="backprop-probs")
def twice_the_slope(f, y):
    """The slope has a factor 2, as the derivative of a square has.

    Where in L = -log f_z is a square?
    """
    return -2 * _array(y) / _array(f)


@misconception(of="grad_probs", section="backprop-probs", base=(10.0,))
def slope_of_another_logarithm(f, y, base=2.0):
    """This is the slope of a logarithm to base 2 or 10.

    Which logarithm has the derivative 1/f without a constant in front?
    """
    return -_array(y) / (_array(f) * np.log(base))


@inputs(of="grad_logits")
def draw_logits(rng):
    return [
        (rng.normal(size=(4, 3)) * 2, _labels(rng, 4, 3)),
        (rng.normal(size=(3, 3)) * 2, _labels(rng, 3, 3)),
        (rng.normal(size=(1, 5)) * 2, _labels(rng, 1, 5)),
        (rng.integers(-4000, 4000, size=(2, 4)) / 4, _labels(rng, 2, 4)),
        ([[0, 1, 2], [3, 0, 1]], [[1, 0, 0], [0, 0, 1]]),
        ([[0.0, 0.5, -30.0]], [[1, 0, 0]]),
        (rng.integers(-4, 4, size=(2, 3)) / 4 + [[-1000.0], [1000.0]], _labels(rng, 2, 3)),
    ]


@misconception(of="grad_logits", section="backprop-batch")
def mean_forgotten(P, Y):
    """The gradient is that of the summed loss: it is not divided by the number of examples.

    The loss is a mean over the batch. Where does its 1/B stand in your gradient?
    """
    return _softmax(P) - _array(Y)


@misconception(of="grad_logits", section="backprop-batch")
def mean_taken_twice(P, Y):
    """The gradient is divided by the number of examples twice.

    How often does 1/B stand in the loss?
    """
    return (_softmax(P) - _array(Y)) / len(P) ** 2


@misconception(of="grad_logits", section="backprop-batch")
def divided_by_the_classes(P, Y):
    """The gradient is divided by the number of classes, not by the number of examples.

    Over what does the loss take its mean?
    """
    return (_softmax(P) - _array(Y)) / np.shape(P)[1]


@misconception(of="grad_logits", section="backprop-batch")
def divided_by_all_entries(P, Y):
    """The gradient is divided by the number of all entries, B times T.

    Over what does the loss take its mean?
    """
    return (_softmax(P) - _array(Y)) / np.size(P)


@misconception(of="grad_logits", section="backprop-logits", averaged=(0, 2))
def truth_minus_prediction(P, Y, averaged=1):
    """The sign is wrong: y - f points downhill, and a gradient points uphill.

    If the logit of the correct class rises, does the loss rise or fall? Which sign has that entry?
    """
    return (_array(Y) - _softmax(P)) / len(P) ** averaged


@misconception(of="grad_logits", section="backprop-logits")
def labels_not_subtracted(P, Y):
    """The labels are not subtracted.

    What should the gradient be when the prediction is perfect?
    """
    return _softmax(P) / len(P)


@misconception(of="grad_logits", section="backprop-logits")
def extra_slope_of_a_sigmoid(P, Y):
    """The result f - y is multiplied by f (1 - f) once more.

    Which link of the chain has the softmax passed already when f - y stands there?
    """
    F = _softmax(P)
    return (F - _array(Y)) * F * (1 - F) / len(F)


@misconception(of="grad_logits", section="backprop-logits")
def stopped_at_the_probabilities(P, Y):
    """This is -y / f, the gradient at the probabilities; the link through the softmax is missing.

    How do you get from the gradient at f to the gradient at p?
    """
    F = _softmax(P)
    return -_array(Y) / F / len(F)


@misconception(of="grad_logits", section="backprop-logits")
def diagonal_link_only(P, Y):
    """The chain goes through the diagonal of the Jacobian alone: the sum over i is missing.

    Through how many probabilities does one logit reach the loss?
    """
    F, Y = _softmax(P), _array(Y)
    return -Y * (1 - F) / len(F)


@misconception(of="grad_logits", section="backprop-batch", operation=(np.sum,))
def averaged_over_the_batch(P, Y, operation=np.mean):
    """The rows are averaged or added up into one, of shape (T,).

    Which shape has the gradient with respect to P?
    """
    return operation(_softmax(P) - _array(Y), axis=0)


@misconception(of="grad_logits", section="backprop-logits", averaged=(False,))
def logits_in_place_of_probabilities(P, Y, averaged=True):
    """The labels are subtracted from the logits; no softmax is taken.

    Which two distributions does the gradient compare?
    """
    return (_array(P) - _array(Y)) / (len(P) if averaged else 1)


@misconception(of="grad_logits", section="backprop-logits")
def softmax_down_the_batch(P, Y):
    """The softmax runs down the examples.

    Which axis holds the classes?
    """
    return (_softmax(_array(P).T).T - _array(Y)) / len(P)


@misconception(of="grad_logits", section="stability-overflow")
def overflow_in_the_gradient(P, Y):
    """The softmax inside is the naive one, which overflows for large logits.

    Which softmax is given in this notebook?
    """
    E = np.exp(_array(P))
    return (E / E.sum(axis=1, keepdims=True) - _array(Y)) / len(E)


@misconception(of="grad_logits", section="backprop-logits")
def gradient_of_the_squared_error(P, Y):
    """The factor 2 comes from a squared error, another loss.

    Where in cross-entropy is a square?
    """
    return 2 * (_softmax(P) - _array(Y)) / len(P)


@misconception(of="grad_logits", section="stability-shift")
def one_maximum_for_the_whole_batch(P, Y):
    """The softmax inside subtracts the largest logit of the whole batch from every row.

    What is left of a row near -1000 when another row holds +1000?
    """
    P = _array(P)
    E = np.exp(P - P.max())
    return (E / E.sum(axis=1, keepdims=True) - _array(Y)) / len(E)


@misconception(of="grad_logits", section="stability-not-mended", limit=(10.0, 20.0, 30.0, 50.0, 100.0, 300.0, 700.0))
def logits_clipped_before_softmax(P, Y, limit=500.0):
    """The logits are cut off at a limit before the softmax, and all that lie beyond it become equal.

    What should the probabilities of [1000, 2000] be, and what are they when both are cut off?
    """
    return (_softmax(np.clip(_array(P), -limit, limit)) - _array(Y)) / len(P)


@misconception(of="grad_logits", section="backprop-check", h=(1e-3, 1e-4, 1e-6, 1e-7))
def measured_not_derived(P, Y, h=1e-5):
    """This is a numerical derivative of the loss, which has lost its digits where the probabilities are small.

    How large is the gradient at a class of probability 1e-13, and how large is the error of a difference?
    """
    Y = _array(Y)
    return _measured(lambda P: np.mean(np.logaddexp.reduce(P, axis=1) - (P * Y).sum(axis=1)), P, h)


@misconception(of="grad_logits", section="backprop-logits")
def one_subtracted_everywhere(P, Y):
    """1 is subtracted from every class, not from the correct one alone.

    What should each row of the gradient add up to?
    """
    return (_softmax(P) - 1) / len(P)


@misconception(of="grad_logits", section="backprop-logits")
def one_softmax_for_the_batch(P, Y):
    """One softmax runs over the whole batch.

    What do the probabilities of each row add up to?
    """
    P = _array(P)
    return (_softmax(P.ravel()).reshape(P.shape) - _array(Y)) / len(P)


@misconception(of="grad_logits", section="backprop-logits")
def plus_in_the_jacobian(P, Y):
    """The Jacobian inside the chain has a plus where f_i f_j is subtracted.

    If one logit rises, what happens to the probabilities of the other classes?
    """
    F, Y = _softmax(P), _array(Y)
    return -(Y + F) / len(F)


@misconception(of="grad_logits", section="backprop-logits")
def probabilities_cancelled(P, Y):
    """The gradient -y/f is multiplied by f and nothing else: minus the labels come back.

    What is the whole derivative of a softmax, beside the factor f?
    """
    return -_array(Y) / len(P)


@misconception(of="grad_logits", section="backprop-logits")
def wrong_classes_alone(P, Y):
    """The entry of the correct class is 0.

    Does the loss not change when the logit of the correct class does?
    """
    return _softmax(P) * (1 - _array(Y)) / len(P)


@misconception(of="grad_logits", section="backprop-batch")
def averaged_into_one_row(P, Y):
    """The rows are averaged into one row of the shape (1, T).

    Which shape has the gradient with respect to P?
    """
    return (_softmax(P) - _array(Y)).mean(axis=0, keepdims=True)


@misconception(of="grad_logits", section="backprop-batch", mean=(False,))
def averaged_over_the_classes(P, Y, mean=True):
    """Each row is averaged or summed into one number.

    Which shape has the gradient with respect to P?
    """
    E = (_softmax(P) - _array(Y)) / (1 if mean else len(P))
    return E.mean(axis=1) if mean else E.sum(axis=1)


@misconception(of="grad_logits", section="backprop-logits")
def logarithm_of_the_softmax(P, Y):
    """The labels are subtracted from the logarithms of the probabilities.

    Which two distributions does the gradient compare?
    """
    P = _array(P)
    return (P - np.logaddexp.reduce(P, axis=1, keepdims=True) - _array(Y)) / len(P)


@misconception(of="grad_logits", section="backprop-logits")
def sigmoid_for_softmax(P, Y):
    """Each logit goes through a sigmoid of its own; there is no softmax.

    What do the probabilities of a row add up to?
    """
    return (1 / (1 + np.exp(-_array(P))) - _array(Y)) / len(P)


@misconception(of="grad_logits", section="backprop-logits")
def softmax_taken_twice(P, Y):
    """The probabilities are put through softmax again.

    What goes into a softmax: logits or probabilities?
    """
    return (_softmax(_softmax(P)) - _array(Y)) / len(P)


@misconception(of="grad_logits", section="backprop-logits")
def softmax_of_the_labels(P, Y):
    """The labels are put through softmax too.

    Are the one-hot rows a distribution already?
    """
    return (_softmax(P) - _softmax(Y)) / len(P)


@misconception(of="grad_logits", section="backprop-logits")
def arguments_exchanged(P, Y):
    """Logits and labels have changed places.

    Which of the two arguments goes through the softmax?
    """
    return (_softmax(Y) - _array(P)) / len(P)


@misconception(of="grad_logits", section="backprop-logits", factor=(1.0,))
def squared_error_through_the_softmax(P, Y, factor=2.0):
    """The difference f - y goes through the Jacobian of softmax once more, as for a squared error of the probabilities.

    What is the derivative of the loss with respect to f: a difference, or something with 1/f? Of which links is f - y
    the result?
    """
    F, Y = _softmax(P), _array(Y)
    G = factor * (F - Y)
    return F * (G - (G * F).sum(axis=1, keepdims=True)) / len(F)


@misconception(of="grad_logits", section="stability-not-mended", floor=EPSILONS)
def probabilities_cut_off(P, Y, floor=1e-3):
    """The probabilities are cut off near 0 and 1 before the labels are subtracted.

    There is no logarithm and no quotient in f - y. Which entry needs a cut here, and what does it do to the others?
    """
    return (np.clip(_softmax(P), floor, 1 - floor) - _array(Y)) / len(P)


@misconception(of="grad_logits", section="backprop-logits")
def class_number_subtracted(P, Y):
    """The number of the class is subtracted from its whole row, not the one-hot label.

    What should each row of the gradient add up to?
    """
    return (_softmax(P) - np.argmax(Y, axis=1)[:, None]) / len(P)


@misconception(of="grad_logits", section="backprop-logits")
def every_label_in_every_row(P, Y):
    """`F[:, z] -= 1` subtracts 1 for every label in every row.

    How many entries of a row should lose 1? Which rows does a colon pick?
    """
    F = _softmax(P)
    F[:, np.argmax(Y, axis=1)] -= 1
    return F / len(F)


@misconception(of="grad_logits", section="backprop-logits")
def most_probable_class_taken_for_the_truth(P, Y):
    """1 is subtracted at the most probable class, not at the correct one.

    Where in your function does Y stand?
    """
    F = _softmax(P)
    F[np.arange(len(F)), F.argmax(axis=1)] -= 1
    return F / len(F)


@misconception(of="grad_logits", section="backprop-batch")
def divided_by_one_example_less(P, Y):
    """The gradient is divided by one less than the number of examples.

    Is this an estimate of a variance, or the gradient of a mean?
    """
    return (_softmax(P) - _array(Y)) / max(len(P) - 1, 1)


@misconception(of="grad_logits", section="backprop-logits")
def scaled_to_length_one(P, Y):
    """The gradient is scaled to length 1, and only its direction is left.

    How large should the gradient be where the prediction is nearly perfect?
    """
    G = _softmax(P) - _array(Y)
    return G / np.linalg.norm(G)


@misconception(of="grad_logits", section="backprop-logits")
def size_of_the_error(P, Y):
    """The size of each error comes back without its sign.

    If the logit of the correct class rises, does the loss rise or fall?
    """
    return np.abs(_softmax(P) - _array(Y)) / len(P)


@misconception(of="grad_logits", section="backprop-batch")
def axes_exchanged(P, Y):
    """The gradient stands transposed.

    Which shape has the gradient with respect to P?
    """
    return (_softmax(P) - _array(Y)).T / len(P)


@misconception(of="grad_logits", section="backprop-logits")
def multiplied_by_the_probabilities(P, Y):
    """The result f - y is multiplied by f once more.

    Which link of the chain has the softmax passed already when f - y stands there?
    """
    F = _softmax(P)
    return F * (F - _array(Y)) / len(F)


@misconception(of="grad_logits", section="backprop-batch", operation=(np.sum,))
def same_row_for_every_example(P, Y, operation=np.mean):
    """Every row holds the mean or the sum of all rows.

    Does the logit of one example move the loss of another?
    """
    E = (_softmax(P) - _array(Y)) / (1 if operation is np.mean else len(P))
    return np.tile(operation(E, axis=0), (len(E), 1))


@misconception(of="grad_logits", section="backprop-batch", labels=(False,))
def one_term_averaged(P, Y, labels=True):
    """The division by the number of examples reaches one of the two terms of f - y only.

    What does Python work out first in f - y / B: the difference or the quotient?
    """
    F, Y = _softmax(P), _array(Y)
    return F - Y / len(F) if labels else F / len(F) - Y


@misconception(of="grad_logits", section="backprop-logits")
def decision_minus_labels(P, Y):
    """The labels are subtracted from the decision, 1 for the most probable class and 0 for the others.

    How does the loss change when a correct decision becomes surer? What does your gradient say of it?
    """
    P, Y = _array(P), _array(Y)
    return (np.eye(P.shape[1])[P.argmax(axis=1)] - Y) / len(P)


@misconception(of="grad_logits", section="backprop-logits")
def label_of_the_first_example(P, Y):
    """Every row loses its 1 at the class of the first example.

    What does `np.argmax` give for a whole array, and what with an axis? How many labels are there?
    """
    F = _softmax(P)
    F[:, np.argmax(_array(Y)[0])] -= 1
    return F / len(F)


@misconception(of="grad_logits", section="backprop-logits", rows=(lambda B: np.arange(B),))
def one_hot_rows_as_indices(P, Y, rows=lambda B: np.arange(B)[:, None]):
    """The one-hot rows are used as if they were class indices.

    What does an index of a row of zeros and ones pick? How do you get from a one-hot row to its class?
    """
    F = _softmax(P)
    F[rows(len(F)), np.asarray(Y).astype(int)] -= 1
    return F / len(F)


@misconception(of="grad_logits", section="backprop-logits", limit=(0.01, 0.05, 0.2, 0.25, 0.5))
def error_cut_off(P, Y, limit=0.1):
    """Large entries of the gradient are cut off at a limit.

    How large can f - y be, and who decides how long a step is?
    """
    return np.clip((_softmax(P) - _array(Y)) / len(P), -limit, limit)


@misconception(of="grad_logits", section="backprop-logits")
def quotient_missing_in_the_chain(P, Y):
    """The Jacobian of softmax meets -y, where it should meet -y / f.

    What is the derivative of log f? Which factor does it bring into the chain?
    """
    F, Y = _softmax(P), _array(Y)
    return -F * (Y - (F * Y).sum(axis=1, keepdims=True)) / len(F)


@misconception(of="grad_logits", section="jacobian-log-softmax")
def log_jacobian_not_transposed(P, Y):
    """The Jacobian of log-softmax stands in the chain without its transpose.

    Which of its two indices is summed over in the chain: that of the output or that of the logit?
    """
    F, Y = _softmax(P), _array(Y)
    return -(Y - (F * Y).sum(axis=1, keepdims=True)) / len(F)


@misconception(of="grad_logits", section="backprop-logits")
def multiplied_by_the_loss(P, Y):
    """The gradient is multiplied by the loss itself.

    What is the derivative of L with respect to L?
    """
    F, Y = _softmax(P), _array(Y)
    return -np.log(_of_correct(F, Y))[:, None] * (F - Y) / len(F)


@misconception(of="grad_logits", section="backprop-batch", B=(2, 3, 8, 10, 16, 32, 64, 100))
def batch_size_written_down(P, Y, B=4):
    """The gradient is divided by a number that stands in the code, whatever the size of the batch is.

    How many examples hold the batches of the different checks, and where can your function read that?
    """
    return (_softmax(P) - _array(Y)) / B


@misconception(of="grad_logits", section="backprop-logits")
def ones_subtracted_down_the_diagonal(P, Y):
    """Row i loses its 1 in column i; the labels are not used.

    In which column stands the 1 of row i of Y?
    """
    F = _softmax(P)
    return (F - np.eye(*F.shape)) / len(F)


@misconception(of="grad_logits", section="backprop-batch", which=(-1,))
def one_label_subtracted(P, Y, which=0):
    """Only one of the rows loses its label.

    How many turns has your loop, and how many labels are there?
    """
    F = _softmax(P)
    F[which] -= _array(Y)[which]
    return F / len(F)


@misconception(of="grad_logits", section="backprop-batch", right=(True,))
def some_rows_only(P, Y, right=False):
    """Only the examples that are classified wrongly, or only the others, have a gradient.

    Does the loss of an example stop falling once its class is the most probable one?
    """
    F, Y = _softmax(P), _array(Y)
    chosen = (F.argmax(axis=1) == Y.argmax(axis=1)) == right
    return np.where(chosen[:, None], F - Y, 0.0) / len(F)


@inputs(of="linear_backward")
def draw_layers(rng):
    return [
        (rng.normal(size=(4, 5)), rng.normal(size=(5, 3)), rng.normal(size=(4, 3))),
        (rng.normal(size=(3, 3)), rng.normal(size=(3, 3)), rng.normal(size=(3, 3))),
        (rng.normal(size=(1, 5)), rng.normal(size=(5, 2)), rng.normal(size=(1, 2))),
        ([[1, 2], [3, -4], [0, 5]], [[1, 0, 2], [0, 1, 3]], [[1, 10, 100], [2, 0, 1], [0, 1, -1]]),
        (rng.integers(-5, 5, size=(4, 2)), rng.integers(-5, 5, size=(2, 3)), rng.normal(size=(4, 3))),
    ]


def _three(X, W, dP):
    X, W, dP = _array(X), _array(W), _array(dP)
    return dP @ W.T, X.T @ dP, dP.sum(axis=0)


@misconception(of="linear_backward", section="backprop-weights", where_square=(True,))
def weights_not_transposed(X, W, dP, where_square=False):
    """dX uses W itself in place of its transpose, which fits in shape only where N and T are equal.

    dX has the columns of X. From which side and along which axis must dP be multiplied?
    """
    dX, dW, db = _three(X, W, dP)
    W = _array(W)
    return dX if where_square and W.shape[0] != W.shape[1] else _array(dP) @ W, dW, db


@misconception(of="linear_backward", section="backprop-weights")
def dw_transposed(X, W, dP):
    """dW stands transposed.

    Which shape has W, and so which shape must dW have?
    """
    dX, dW, db = _three(X, W, dP)
    return dX, dW.T, db


@misconception(of="linear_backward", section="backprop-weights")
def db_not_summed(X, W, dP):
    """db is the upstream gradient itself; it is not summed over the examples.

    The same b is added to every row. What happens to gradients that reach one number on several paths?
    """
    dX, dW, _ = _three(X, W, dP)
    return dX, dW, _array(dP)


@misconception(of="linear_backward", section="backprop-weights")
def db_summed_over_the_outputs(X, W, dP):
    """db is summed over the outputs, not over the examples.

    Which axis of dP runs over the examples, along which b is shared?
    """
    dX, dW, _ = _three(X, W, dP)
    return dX, dW, _array(dP).sum(axis=1)


@misconception(of="linear_backward", section="backprop-weights")
def db_summed_over_everything(X, W, dP):
    """db is one number: the sum of all of dP.

    How many entries has b?
    """
    dX, dW, _ = _three(X, W, dP)
    return dX, dW, _array(dP).sum()


@misconception(of="linear_backward", section="backprop-weights")
def db_as_a_row(X, W, dP):
    """db has the shape (1, T).

    Which shape has b?
    """
    dX, dW, _ = _three(X, W, dP)
    return dX, dW, _array(dP).sum(axis=0, keepdims=True)


@misconception(of="linear_backward", section="backprop-batch")
def db_averaged(X, W, dP):
    """db is averaged over the examples, though the mean stands in the upstream gradient already.

    Where in the chain does 1/B stand, and how often?
    """
    dX, dW, _ = _three(X, W, dP)
    return dX, dW, _array(dP).mean(axis=0)


@misconception(of="linear_backward", section="backprop-batch")
def dw_and_db_averaged(X, W, dP):
    """dW and db are divided by the number of examples, though the mean stands in the upstream gradient already.

    Where in the chain does 1/B stand, and how often?
    """
    dX, dW, db = _three(X, W, dP)
    return dX, dW / len(X), db / len(X)


@misconception(of="linear_backward", section="backprop-batch")
def dw_averaged(X, W, dP):
    """dW is divided by the number of examples, though the mean stands in the upstream gradient already.

    Where in the chain does 1/B stand, and how often?
    """
    dX, dW, db = _three(X, W, dP)
    return dX, dW / len(X), db


@misconception(of="linear_backward", section="backprop-weights", order=((1, 0, 2), (0, 2, 1), (2, 1, 0), (2, 0, 1)))
def order_of_the_results(X, W, dP, order=(1, 2, 0)):
    """The gradients are right and come back in another order.

    In which order are (dX, dW, db) asked for?
    """
    three = _three(X, W, dP)
    return tuple(three[k] for k in order)


@misconception(of="linear_backward", section="backprop-weights")
def input_gradient_missing(X, W, dP):
    """Two gradients come back; dX is missing.

    What does the layer before this one need?
    """
    return _three(X, W, dP)[1:]


@misconception(of="linear_backward", section="backprop-weights")
def upstream_ignored_in_dw(X, W, dP):
    """dW does not contain the upstream gradient: it is the local slope alone.

    The chain rule multiplies two things. Which of them is missing in dW?
    """
    dX, _, db = _three(X, W, dP)
    return dX, np.repeat(_array(X).sum(axis=0)[:, None], _array(W).shape[1], axis=1), db


@misconception(of="linear_backward", section="backprop-weights", value=(len,))
def upstream_ignored_in_db(X, W, dP, value=lambda X: 1):
    """db does not contain the upstream gradient: it is the local slope alone.

    By what must the local slope be multiplied?
    """
    dX, dW, db = _three(X, W, dP)
    return dX, dW, np.full_like(db, value(X))


@misconception(of="linear_backward", section="backprop-weights")
def upstream_ignored_in_dx(X, W, dP):
    """dX does not contain the upstream gradient: it is the local slope alone.

    The chain rule multiplies two things. Which of them is missing in dX?
    """
    _, dW, db = _three(X, W, dP)
    return np.ones_like(_array(dP)) @ _array(W).T, dW, db


@misconception(of="linear_backward", section="backprop-weights")
def upstream_ignored_everywhere(X, W, dP):
    """None of the gradients contains the upstream gradient: they are local slopes.

    The chain rule multiplies two things. Which of them is missing?
    """
    return _three(X, W, np.ones_like(_array(dP)))


@misconception(of="linear_backward", section="backprop-weights")
def bias_gradient_missing(X, W, dP):
    """Two gradients come back; db is missing.

    The layer adds a bias. What is the slope of the loss with respect to it?
    """
    return _three(X, W, dP)[:2]


@misconception(of="linear_backward", section="backprop-weights")
def dw_reshaped_not_transposed(X, W, dP):
    """dW is computed transposed and then pressed into the shape of W, which mixes up its entries.

    What do `reshape` and `.T` do with [[1, 2, 3], [4, 5, 6]]?
    """
    dX, dW, db = _three(X, W, dP)
    return dX, dW.T.reshape(dW.shape), db


@misconception(of="linear_backward", section="backprop-weights")
def dx_transposed(X, W, dP):
    """dX stands transposed.

    Which shape has X, and so which shape must dX have?
    """
    dX, dW, db = _three(X, W, dP)
    return dX.T, dW, db


@misconception(of="linear_backward", section="backprop-batch")
def everything_averaged(X, W, dP):
    """All three gradients are divided by the number of examples, though the mean stands in dP already.

    Where in the chain does 1/B stand, and how often?
    """
    return tuple(gradient / len(X) for gradient in _three(X, W, dP))


@misconception(of="linear_backward", section="backprop-weights", of_inputs=(np.sum,))
def examples_mixed_in_dw(X, W, dP, of_inputs=np.mean):
    """dW is the outer product of something summed over the batch with something summed over the batch.

    Which upstream gradient belongs to the input of the first example? Is a sum of products the product of the sums?
    """
    dX, _, db = _three(X, W, dP)
    return dX, np.outer(of_inputs(_array(X), axis=0), db), db


@misconception(of="linear_backward", section="backprop-weights", which=(-1,))
def parameters_from_one_example(X, W, dP, which=0):
    """dW and db are those of one example; the others do not count, or are overwritten.

    All examples use the same W. What happens to gradients that reach one number on several paths?
    """
    dX, _, _ = _three(X, W, dP)
    x, g = _array(X)[which], _array(dP)[which]
    return dX, np.outer(x, g), g.copy()


@misconception(of="linear_backward", section="backprop-weights", which=(-1,))
def dw_from_one_example(X, W, dP, which=0):
    """dW is that of one example; the others do not count, or are overwritten.

    All examples use the same W. What happens to gradients that reach one number on several paths?
    """
    dX, _, db = _three(X, W, dP)
    return dX, np.outer(_array(X)[which], _array(dP)[which]), db


@misconception(of="linear_backward", section="backprop-weights", operation=(np.mean,))
def input_gradient_summed(X, W, dP, operation=np.sum):
    """dX is added up over the examples into one row.

    Is the input shared by the examples, as the weights are?
    """
    dX, dW, db = _three(X, W, dP)
    return operation(dX, axis=0), dW, db


@misconception(of="linear_backward", section="backprop-weights", operation=(np.mean,))
def one_input_gradient_for_all(X, W, dP, operation=np.sum):
    """Every row of dX is the same: that of the whole batch.

    Does the input of one example touch the outputs of another?
    """
    dX, dW, db = _three(X, W, dP)
    return np.tile(operation(dX, axis=0), (len(dX), 1)), dW, db


@misconception(of="linear_backward", section="backprop-weights")
def dw_of_each_example(X, W, dP):
    """There is a dW for each example; they are not added up.

    Which shape has W, and so which shape must dW have?
    """
    dX, _, db = _three(X, W, dP)
    return dX, _array(X)[:, :, None] * _array(dP)[:, None, :], db


@misconception(of="linear_backward", section="backprop-relu", by=(lambda X: X,))
def masked_by_the_input(X, W, dP, by=lambda X: X > 0):
    """dX is multiplied by the input, or by a mask of it.

    Which non-linearity belongs to P = X W + b itself?
    """
    dX, dW, db = _three(X, W, dP)
    return dX * by(_array(X)), dW, db


@misconception(of="linear_backward", section="backprop-weights")
def dw_times_the_weights(X, W, dP):
    """dW is multiplied by the weights.

    What is the slope of w x with respect to w: x, or w x?
    """
    dX, dW, db = _three(X, W, dP)
    return dX, dW * _array(W), db


@misconception(of="linear_backward", section="backprop-weights", rate=RATES)
def weight_decay_added(X, W, dP, rate=0.01):
    """dW has a term that grows with the weights themselves, as of a penalty on them.

    Which terms of P = X W + b does the loss reach W through, and does a penalty stand in the task?
    """
    dX, dW, db = _three(X, W, dP)
    return dX, dW + rate * _array(W), db


@misconception(of="linear_backward", section="backprop-hidden", rate=RATES)
def step_taken_before_dx(X, W, dP, rate=0.1):
    """The gradient goes back through weights that have been moved downhill already.

    Through which weights did the signal go forward: the old ones or the new?
    """
    _, dW, db = _three(X, W, dP)
    return _array(dP) @ (_array(W) - rate * dW).T, dW, db


@misconception(of="linear_backward", section="backprop-weights")
def a_dictionary_of_gradients(X, W, dP):
    """A dictionary comes back, not three arrays.

    How would `dX, dW, db = linear_backward(X, W, dP)` take apart what you return?
    """
    return dict(zip(("dX", "dW", "db"), _three(X, W, dP)))


@misconception(of="linear_backward", section="backprop-weights")
def db_of_the_first_example(X, W, dP):
    """db is the upstream gradient of the first example only.

    What of the other examples, to which the same b was added?
    """
    dX, dW, _ = _three(X, W, dP)
    return dX, dW, _array(dP)[0]


@misconception(of="linear_backward", section="backprop-weights")
def buffers_of_the_type_of_the_inputs(X, W, dP):
    """The gradients are written into arrays of the type of X and W, which cuts them down to whole numbers for integers.

    Which dtype has `np.zeros_like(W)` when the weights are whole numbers, and which must a gradient have?
    """
    X, W = np.asarray(X), np.asarray(W)
    dX, dW, db = _three(X, W, dP)
    cut = [np.zeros_like(X), np.zeros_like(W)]
    cut[0][...], cut[1][...] = dX, dW
    return cut[0], cut[1], db


@misconception(of="linear_backward", section="backprop-check", h=(1.0, 1e-3, 1e-4, 1e-6, 1e-7))
def layer_measured_not_derived(X, W, dP, h=1e-5):
    """These are numerical derivatives, which have lost their digits where the upstream gradient is small beside others.

    The differences are those of one number. How many digits of a small row's part are left in a sum with a large one?
    """
    X, W, dP = _array(X), _array(W), _array(dP)
    dX = _measured(lambda X: np.sum(dP * (X @ W)), X, h)
    return dX, _measured(lambda W: np.sum(dP * (X @ W)), W, h), dP.sum(axis=0)


@misconception(of="linear_backward", section="backprop-weights")
def signs_of_the_weights_only(X, W, dP):
    """dX uses the signs of the weights, not the weights themselves.

    By what is the upstream gradient multiplied on its way to the layer before?
    """
    _, dW, db = _three(X, W, dP)
    return _array(dP) @ np.sign(_array(W)).T, dW, db


@misconception(of="linear_backward", section="backprop-weights")
def bias_gradient_of_zero(X, W, dP):
    """db is zero.

    What does the loss do when a bias is nudged?
    """
    dX, dW, db = _three(X, W, dP)
    return dX, dW, np.zeros_like(db)


@misconception(of="linear_backward", section="backprop-hidden", rate=RATES)
def weights_updated_here(X, W, dP, rate=0.1):
    """The weights are moved downhill in place, in the array that was given.

    Is the step taken here or by the one who calls you? Who else may still need the old weights?
    """
    dX, dW, db = _three(X, W, dP)
    W = _array(W)
    W -= rate * dW
    return dX, dW, db


@misconception(
    of="linear_backward",
    section="backprop-weights",
    products=(
        lambda X, W, dP: (dP * W, X.T @ dP),
        lambda X, W, dP: (dP @ W.T, X * dP),
        lambda X, W, dP: (dP @ W.T, X.T * dP),
    ),
)
def entry_by_entry_products(X, W, dP, products=lambda X, W, dP: (dP * W, X * dP)):
    """Arrays are multiplied entry by entry where a product of matrices is needed.

    What is the difference between `*` and `@`? Over what does each gradient add up its products?
    """
    return *products(_array(X), _array(W), _array(dP)), _array(dP).sum(axis=0)


@misconception(
    of="linear_backward",
    section="backprop-weights",
    product=(lambda X, dP: dP @ X, lambda X, dP: dP @ X.T, lambda X, dP: dP.T @ X.T),
)
def product_without_a_common_axis(X, W, dP, product=lambda X, dP: X @ dP):
    """dW is a product in which the examples do not meet the examples, so that shapes fit by chance alone.

    dW sums over the examples. Which axis of X and which of dP count them, and where must both stand in a product?
    """
    dX, _, db = _three(X, W, dP)
    return dX, product(_array(X), _array(dP)), db


@misconception(of="linear_backward", section="backprop-weights", limit=(0.1, 0.5, 5.0, 10.0), which=((0, 1, 2), (1,)))
def three_gradients_cut_off(X, W, dP, limit=1.0, which=(1, 2)):
    """Large gradients are cut off at a limit.

    How steep is the loss there, and who decides how long a step is?
    """
    return tuple(np.clip(g, -limit, limit) if k in which else g for k, g in enumerate(_three(X, W, dP)))


@misconception(of="linear_backward", section="backprop-weights")
def outputs_in_place_of_the_upstream(X, W, dP):
    """dW is made of the outputs of the layer, not of the gradient that comes from above.

    What does dP say that X W does not?
    """
    dX, _, db = _three(X, W, dP)
    return dX, _array(X).T @ (_array(X) @ _array(W)), db


@misconception(of="linear_backward", section="backprop-weights", product=(lambda W, dP: W @ dP,))
def dx_in_the_other_order(X, W, dP, product=lambda W, dP: W.T @ dP):
    """In dX the weights stand on the left of the upstream gradient.

    Rows are examples. On which side of the weights must the rows of dP stand?
    """
    _, dW, db = _three(X, W, dP)
    return product(_array(W), _array(dP)), dW, db


@misconception(of="linear_backward", section="backprop-weights", mean=(True,))
def examples_taken_for_columns(X, W, dP, mean=False):
    """These are the formulas for examples as columns, used on rows.

    In a text where examples are columns, P = W X + b. Which product is it here, and what follows for the gradients?
    """
    X, W, dP = _array(X), _array(W), _array(dP)
    B = dP.shape[1] if mean else 1
    return W.T @ dP, dP @ X.T / B, dP.sum(axis=1) / B


@misconception(of="linear_backward", section="backprop-weights")
def input_added_to_dx(X, W, dP):
    """The input is added to its gradient.

    If dP is zero, what should dX be?
    """
    dX, dW, db = _three(X, W, dP)
    return dX + _array(X), dW, db


@misconception(of="linear_backward", section="backprop-weights")
def db_made_of_dw(X, W, dP):
    """db is the sum of dW over the inputs.

    By what is the bias multiplied on the way forward? Does the input enter its gradient?
    """
    dX, dW, _ = _three(X, W, dP)
    return dX, dW, dW.sum(axis=0)


@misconception(of="linear_backward", section="backprop-weights")
def outer_product_of_whole_arrays(X, W, dP):
    """dW is `np.outer` of whole arrays, which lays their rows end to end.

    What does `np.outer` make of arrays of two axes? Which sum of outer products is dW?
    """
    dX, _, db = _three(X, W, dP)
    return dX, np.outer(_array(X), _array(dP)), db


@misconception(of="linear_backward", section="backprop-weights")
def inverse_of_the_weights(X, W, dP):
    """dX goes back through the inverse of the weights, as if the layer were to be undone.

    Is dX what the input was, or how the loss answers to it? Which matrix turns rows of W into columns?
    """
    _, dW, db = _three(X, W, dP)
    return _array(dP) @ np.linalg.pinv(_array(W)), dW, db


@misconception(of="linear_backward", section="backprop-weights", which=(-1,))
def db_of_one_example_times_the_batch(X, W, dP, which=0):
    """db is the upstream gradient of one example, multiplied by the number of examples.

    Is the upstream gradient the same for every example? What adds up where b reaches every row?
    """
    dX, dW, _ = _three(X, W, dP)
    return dX, dW, _array(dP)[which] * len(dP)


@inputs(of="relu_backward")
def draw_pre_activations(rng):
    def away_from_zero(*shape):
        return rng.choice([-1.0, 1.0], size=shape) * rng.uniform(0.1, 3, size=shape)

    return [
        (away_from_zero(4, 5), rng.normal(size=(4, 5))),
        (away_from_zero(3, 3), rng.normal(size=(3, 3))),
        (away_from_zero(7), rng.normal(size=7)),
        ([-1, 2, 3], [3, -4, 5]),
        (rng.choice([-3, -1, 2, 4], size=(3, 4)), rng.normal(size=(3, 4))),
        ([1e-6, -1e-6, 1e6, -1e6], [1.0, 2.0, 3.0, 4.0]),
    ]


@misconception(of="relu_backward", section="backprop-relu")
def mask_from_the_upstream(A, dH):
    """The mask is taken from the upstream gradient, not from the pre-activations.

    Which of the two decided, on the way forward, what passed?
    """
    dH = _array(dH)
    return np.where(dH > 0, dH, 0.0)


@misconception(of="relu_backward", section="backprop-relu")
def mask_alone(A, dH):
    """The mask comes back without the upstream gradient.

    By what does the chain rule multiply the local slope?
    """
    return (_array(A) > 0).astype(float)


@misconception(of="relu_backward", section="backprop-relu")
def upstream_passed_through(A, dH):
    """The upstream gradient passes unchanged, as if nothing had been cut off.

    What is the slope of ReLU to the left of 0?
    """
    return _array(dH).copy()


@misconception(
    of="relu_backward",
    section="backprop-relu",
    of_size=(
        lambda A: A / np.abs(A).max(initial=1e-300),
        lambda A: 1 - np.exp(-np.abs(A)),
        lambda A: np.sqrt(np.abs(A)),
    ),
)
def multiplied_by_the_activation(A, dH, of_size=lambda A: A):
    """The upstream gradient is multiplied by the activation, or by something made of its size, not by its slope.

    What is the slope of max(a, 0) at a = 3: 3 or 1?
    """
    A = _array(A)
    return np.where(A > 0, of_size(A), 0.0) * _array(dH)


@misconception(of="relu_backward", section="backprop-relu")
def multiplied_by_the_pre_activation(A, dH):
    """The upstream gradient is multiplied by the pre-activation.

    What is the slope of max(a, 0) at a = 3: 3 or 1?
    """
    return _array(A) * _array(dH)


@misconception(of="relu_backward", section="backprop-relu")
def relu_of_the_upstream_too(A, dH):
    """Negative upstream gradients are cut off as well.

    May a gradient be negative?
    """
    return np.where(_array(A) > 0, np.maximum(_array(dH), 0), 0.0)


@misconception(of="relu_backward", section="backprop-relu")
def mask_turned_over(A, dH):
    """The mask is turned over: the silent units pass their gradient and the others none.

    Which units moved the loss on the way forward?
    """
    return np.where(_array(A) > 0, 0.0, _array(dH))


@misconception(of="relu_backward", section="backprop-relu", slope=(0.001, 0.1, 0.2, 0.3))
def leaky_slope(A, dH, slope=0.01):
    """A little passes on the left side too: this belongs to the leaky variant.

    What is the slope of max(a, 0) to the left of 0?
    """
    return np.where(_array(A) > 0, _array(dH), slope * _array(dH))


@misconception(of="relu_backward", section="backprop-relu")
def minus_one_on_the_left(A, dH):
    """The slope on the left is taken to be -1: that of the absolute value.

    What is the slope of max(a, 0) to the left of 0?
    """
    return np.sign(_array(A)) * _array(dH)


@misconception(of="relu_backward", section="backprop-relu")
def slope_of_a_sigmoid(A, dH):
    """This is the slope of a sigmoid.

    Which non-linearity is on the way here?
    """
    s = 1 / (1 + np.exp(-_array(A)))
    return s * (1 - s) * _array(dH)


@misconception(of="relu_backward", section="backprop-relu")
def upstream_zeroed_in_place(A, dH):
    """The upstream gradient that was given is changed in place.

    Who else may still need it?
    """
    if not isinstance(dH, np.ndarray) or dH.dtype != float:
        return np.where(_array(A) > 0, _array(dH), 0.0)
    dH[_array(A) <= 0] = 0
    return dH


@misconception(of="relu_backward", section="backprop-relu")
def mask_above_one(A, dH):
    """The mask begins at 1, not at 0.

    Where is the bend of ReLU?
    """
    return np.where(_array(A) > 1, _array(dH), 0.0)


@misconception(of="relu_backward", section="backprop-relu")
def buffer_of_the_type_of_the_activations(A, dH):
    """The gradient is written into an array of the type of A, which cuts it down to whole numbers for integers.

    Which dtype has `np.zeros_like(A)` when A holds whole numbers, and which must a gradient have?
    """
    A = np.asarray(A)
    dA = np.zeros_like(A)
    dA[...] = np.where(A > 0, _array(dH), 0.0)
    return dA


@misconception(of="relu_backward", section="backprop-relu")
def forward_once_more(A, dH):
    """This is ReLU itself; the upstream gradient is not used.

    Which way does the signal go here, and what comes in from the other side?
    """
    return np.maximum(_array(A), 0) + 0 * _array(dH)


@misconception(of="relu_backward", section="backprop-relu")
def activations_where_the_gradient_is_positive(A, dH):
    """A and dH have changed places: the gradient decides which activations pass.

    Which of the two is masked, and which decides?
    """
    return np.where(_array(dH) > 0, _array(A), 0.0)


@misconception(of="relu_backward", section="backprop-relu")
def pre_activations_on_the_left(A, dH):
    """Where the unit was silent, its pre-activation comes back in place of 0.

    What does a silent unit pass back?
    """
    return np.where(_array(A) > 0, _array(dH), _array(A))


@misconception(of="relu_backward", section="backprop-relu")
def active_entries_only(A, dH):
    """The entries of the silent units are left out, so that the shape changes.

    Which shape must dA have?
    """
    return _array(dH)[_array(A) > 0]


@misconception(
    of="relu_backward",
    section="backprop-relu",
    mask=(
        lambda A: np.all(A > 0, axis=-1, keepdims=True),
        lambda A: A.sum(axis=-1, keepdims=True) > 0,
        lambda A: np.all(A > 0),
        lambda A: A.sum() > 0,
    ),
)
def one_mask_for_each_row(A, dH, mask=lambda A: np.any(A > 0, axis=-1, keepdims=True)):
    """One mask decides for a whole row, or for the whole array.

    Can one unit be silent while another of the same example is active?
    """
    return np.where(mask(_array(A)), _array(dH), 0.0)


@misconception(of="relu_backward", section="backprop-batch", count=(lambda A: A.size, lambda A: A.shape[-1]))
def averaged_here(A, dH, count=len):
    """The gradient is divided by a number of entries, though no mean is taken in ReLU.

    Where in the chain does 1/B stand, and how often?
    """
    A = _array(A)
    return np.where(A > 0, _array(dH), 0.0) / count(A)


@misconception(of="relu_backward", section="backprop-relu")
def sigmoid_for_the_step(A, dH):
    """The upstream gradient is multiplied by a sigmoid of A, which is smooth where ReLU has a step.

    What exactly is the slope of max(a, 0) at a = 1?
    """
    return _array(dH) / (1 + np.exp(-_array(A)))


@misconception(of="relu_backward", section="backprop-relu")
def relu_of_the_product(A, dH):
    """ReLU is applied to the product of A and dH.

    What is the slope of max(a, 0) at a = 3, and may a gradient be negative?
    """
    return np.maximum(_array(A) * _array(dH), 0)


@misconception(of="relu_backward", section="backprop-relu")
def mask_added(A, dH):
    """The mask is added to the upstream gradient.

    Does the chain rule add the local slope or multiply by it?
    """
    return _array(dH) + (_array(A) > 0)


@misconception(of="relu_backward", section="backprop-weights", operation=(np.mean,))
def summed_over_the_examples(A, dH, operation=np.sum):
    """The gradient is added up over the first axis.

    Which shape must dA have? Is there anything in ReLU that the examples share?
    """
    return operation(np.where(_array(A) > 0, _array(dH), 0.0), axis=0)


@misconception(of="relu_backward", section="backprop-relu", level=(np.median,))
def mask_above_the_mean(A, dH, level=np.mean):
    """The mask begins at the mean of the pre-activations, not at 0.

    Where is the bend of ReLU?
    """
    A = _array(A)
    return np.where(A > level(A), _array(dH), 0.0)


@misconception(of="relu_backward", section="backprop-relu")
def mask_handed_back_too(A, dH):
    """Two arrays come back: the gradient and the mask.

    How many results are asked for?
    """
    mask = _array(A) > 0
    return np.where(mask, _array(dH), 0.0), mask


@misconception(of="relu_backward", section="backprop-check", h=(1e-3, 1e-4, 1e-6, 1e-7, 1e-8))
def mask_measured_not_derived(A, dH, h=1e-5):
    """This is a numerical derivative of ReLU, which blurs the bend over the width of a step.

    What is the slope of max(a, 0) at a = 1e-6, and what do two points a step apart say of it?
    """
    A = _array(A)
    return _array(dH) * (np.maximum(A + h, 0) - np.maximum(A - h, 0)) / (2 * h)


@misconception(of="relu_backward", section="backprop-relu", turn=(np.sign,))
def sign_or_size_lost(A, dH, turn=np.abs):
    """The upstream gradient passes without its sign, or as nothing but its sign.

    What is a number multiplied by where the slope is 1?
    """
    return np.where(_array(A) > 0, turn(_array(dH)), 0.0)


@misconception(of="relu_backward", section="backprop-relu", limit=(0.5, 2.0, 5.0, 10.0))
def upstream_cut_off(A, dH, limit=1.0):
    """Large upstream gradients are cut off at a limit.

    How large may a gradient be, and who decides how long a step is?
    """
    return np.where(_array(A) > 0, np.clip(_array(dH), -limit, limit), 0.0)


@misconception(of="relu_backward", section="backprop-relu", limit=(1e-3, 0.01, 0.05, 0.5))
def mask_above_a_limit(A, dH, limit=0.1):
    """The mask begins at a small positive number, not at 0.

    Where is the bend of ReLU?
    """
    return np.where(_array(A) > limit, _array(dH), 0.0)


@misconception(of="relu_backward", section="backprop-relu")
def mask_with_values_in_between(A, dH):
    """The mask is the pre-activation cut off at 0 and 1, which leaves the numbers in between as they are.

    What is the slope of max(a, 0) at a = 0.3? Which two numbers may a mask hold?
    """
    return np.clip(_array(A), 0, 1) * _array(dH)


@misconception(
    of="relu_backward",
    section="backprop-relu",
    product=(lambda M, dH: dH @ M.T, lambda M, dH: dH.T @ M, lambda M, dH: M @ dH.T, lambda M, dH: M @ dH),
)
def mask_in_a_product_of_matrices(A, dH, product=lambda M, dH: M.T @ dH):
    """The mask meets the upstream gradient in a product of matrices, which mixes units and examples.

    Does ReLU let one unit speak to another? What is the difference between `*` and `@`?
    """
    return product((_array(A) > 0).astype(float), _array(dH))


@misconception(of="relu_backward", section="backprop-relu")
def compared_with_the_upstream(A, dH):
    """The pre-activations are compared with the upstream gradient, not with 0.

    Where is the bend of ReLU?
    """
    return np.where(_array(A) > _array(dH), _array(dH), 0.0)


@misconception(of="relu_backward", section="backprop-relu", both=(False,))
def cut_where_both_are_negative(A, dH, both=True):
    """The gradient is cut off only where pre-activation and gradient have certain signs together.

    Which of the two decides alone what passes?
    """
    A, dH = _array(A), _array(dH)
    return np.where((A < 0) & ((dH < 0) if both else (dH > 0)), 0.0, dH)


@misconception(of="relu_backward", section="backprop-relu", same=(False,))
def mask_of_the_product(A, dH, same=True):
    """The mask is the sign of A times dH: what passes depends on whether both point the same way.

    Which of the two decides alone what passes?
    """
    A, dH = _array(A), _array(dH)
    return np.where((A * dH > 0) == same, dH, 0.0)


@inputs(of="softmax_layer_gradients")
def draw_last_layers(rng):
    return [
        (rng.normal(size=(4, 5)), rng.normal(size=(5, 3)), rng.normal(size=3), _labels(rng, 4, 3)),
        (rng.normal(size=(3, 3)), rng.normal(size=(3, 3)), rng.normal(size=3), _labels(rng, 3, 3)),
        (rng.normal(size=(1, 5)), rng.normal(size=(5, 2)), rng.normal(size=2), _labels(rng, 1, 2)),
        ([[1, 2], [3, -1]], [[1, 0, 2], [0, 1, 1]], [1, 0, -1], [[1, 0, 0], [0, 0, 1]]),
    ]


def _layer(X, W, b, Y):
    F = _softmax(_array(X) @ _array(W) + _array(b))
    return -np.mean(np.log(_of_correct(F, Y))), _array(X), F - _array(Y), len(F)


@misconception(of="softmax_layer_gradients", section="backprop-batch")
def gradients_not_averaged(X, W, b, Y):
    """The loss is a mean and the gradients are sums over the batch: they do not belong together.

    Of which loss are your gradients the slope?
    """
    loss, X, E, _ = _layer(X, W, b, Y)
    return loss, X.T @ E, E.sum(axis=0)


@misconception(of="softmax_layer_gradients", section="backprop-batch")
def all_summed_over_the_batch(X, W, b, Y):
    """Loss and gradients are all summed over the batch; they agree with each other and not with the definition.

    Is the loss of a batch its sum or its mean?
    """
    loss, X, E, B = _layer(X, W, b, Y)
    return loss * B, X.T @ E, E.sum(axis=0)


@misconception(of="softmax_layer_gradients", section="backprop-batch")
def gradients_averaged_twice(X, W, b, Y):
    """The gradients are divided by the number of examples twice.

    How often does 1/B stand in the loss?
    """
    loss, X, E, B = _layer(X, W, b, Y)
    return loss, X.T @ E / B**2, E.sum(axis=0) / B**2


@misconception(of="softmax_layer_gradients", section="backprop-batch")
def bias_gradient_not_averaged(X, W, b, Y):
    """dW is averaged over the batch and db is summed.

    Do both belong to the same loss?
    """
    loss, X, E, B = _layer(X, W, b, Y)
    return loss, X.T @ E / B, E.sum(axis=0)


@misconception(of="softmax_layer_gradients", section="backprop-weights", averaged=(False,))
def sign_of_both_gradients(X, W, b, Y, averaged=True):
    """The gradients have the wrong sign: they are steps downhill, not slopes.

    Is the step subtracted here or by the one who calls you?
    """
    loss, X, E, B = _layer(X, W, b, Y)
    E = E / B if averaged else E
    return loss, -X.T @ E, -E.sum(axis=0)


@misconception(of="softmax_layer_gradients", section="backprop-weights")
def bias_left_out_of_the_logits(X, W, b, Y):
    """The bias is not part of the logits.

    What does the forward pass of this layer add to X W?
    """
    loss, X, E, B = _layer(X, W, np.zeros_like(_array(b)), Y)
    return loss, X.T @ E / B, E.sum(axis=0) / B


@misconception(of="softmax_layer_gradients", section="backprop-weights")
def weight_gradient_transposed(X, W, b, Y):
    """dW stands transposed.

    Which shape has W?
    """
    loss, X, E, B = _layer(X, W, b, Y)
    return loss, E.T @ X / B, E.sum(axis=0) / B


@misconception(of="softmax_layer_gradients", section="backprop-logits")
def labels_missing_in_the_gradient(X, W, b, Y):
    """The gradients use f alone; the labels are not subtracted.

    What should the gradients be when the prediction is perfect?
    """
    loss, X, E, B = _layer(X, W, b, Y)
    F = E + _array(Y)
    return loss, X.T @ F / B, F.sum(axis=0) / B


@misconception(of="softmax_layer_gradients", section="backprop-likelihood")
def loss_with_the_wrong_sign(X, W, b, Y):
    """The loss lacks its minus.

    Which sign should a loss have?
    """
    loss, X, E, B = _layer(X, W, b, Y)
    return -loss, X.T @ E / B, E.sum(axis=0) / B


@misconception(of="softmax_layer_gradients", section="backprop-batch")
def summed_loss_averaged_gradients(X, W, b, Y):
    """The loss is summed over the batch, and the gradients are averaged.

    Of which loss are your gradients the slope?
    """
    loss, X, E, B = _layer(X, W, b, Y)
    return loss * B, X.T @ E / B, E.sum(axis=0) / B


@misconception(of="softmax_layer_gradients", section="backprop-logits")
def slope_of_a_sigmoid_in_between(X, W, b, Y):
    """The error f - y is multiplied by f (1 - f) once more.

    Which link has been passed already when f - y stands there?
    """
    loss, X, E, B = _layer(X, W, b, Y)
    F = E + _array(Y)
    E = E * F * (1 - F)
    return loss, X.T @ E / B, E.sum(axis=0) / B


@misconception(of="softmax_layer_gradients", section="backprop-weights")
def bias_gradient_kept_as_a_row(X, W, b, Y):
    """db has the shape (1, T).

    Which shape has b?
    """
    loss, X, E, B = _layer(X, W, b, Y)
    return loss, X.T @ E / B, E.sum(axis=0, keepdims=True) / B


@misconception(of="softmax_layer_gradients", section="backprop-weights")
def loss_not_returned(X, W, b, Y):
    """Only the gradients come back; the loss is missing.

    Which three results are asked for?
    """
    loss, X, E, B = _layer(X, W, b, Y)
    return X.T @ E / B, E.sum(axis=0) / B


@misconception(of="softmax_layer_gradients", section="backprop-batch")
def divided_by_the_classes_as_well(X, W, b, Y):
    """The gradients are divided by the number of classes.

    Over what does the loss take its mean?
    """
    loss, X, E, _ = _layer(X, W, b, Y)
    T = E.shape[1]
    return loss, X.T @ E / T, E.sum(axis=0) / T


@misconception(of="softmax_layer_gradients", section="backprop-check", h=(1e-3, 1e-4, 1e-6, 1e-7))
def last_layer_measured_not_derived(X, W, b, Y, h=1e-5):
    """These are numerical derivatives of the loss, which have lost their digits where the probabilities are small.

    How large is the gradient at a class of probability 1e-13, and how large is the error of a difference?
    """
    X, W, b, Y = (_array(A) for A in (X, W, b, Y))

    def loss(W, b):
        P = X @ W + b
        return np.mean(np.logaddexp.reduce(P, axis=1) - (P * Y).sum(axis=1))

    return loss(W, b), _measured(lambda W: loss(W, b), W, h), _measured(lambda b: loss(W, b), b, h)


@misconception(of="softmax_layer_gradients", section="backprop-batch")
def weight_gradient_not_averaged(X, W, b, Y):
    """db is averaged over the batch and dW is summed.

    Do both belong to the same loss?
    """
    loss, X, E, B = _layer(X, W, b, Y)
    return loss, X.T @ E, E.sum(axis=0) / B


@misconception(of="softmax_layer_gradients", section="backprop-batch")
def bias_gradient_averaged_twice(X, W, b, Y):
    """db is divided by the number of examples twice.

    How often does 1/B stand on the path to a bias?
    """
    loss, X, E, B = _layer(X, W, b, Y)
    return loss, X.T @ E / B, E.sum(axis=0) / B**2


@misconception(of="softmax_layer_gradients", section="backprop-batch")
def weight_gradient_averaged_twice(X, W, b, Y):
    """dW is divided by the number of examples twice.

    How often does 1/B stand on the path to a weight?
    """
    loss, X, E, B = _layer(X, W, b, Y)
    return loss, X.T @ E / B**2, E.sum(axis=0) / B


@misconception(of="softmax_layer_gradients", section="backprop-weights", order=((0, 2, 1), (2, 1, 0), (1, 0, 2)))
def order_of_the_three(X, W, b, Y, order=(1, 2, 0)):
    """The three results are right and come back in another order.

    In which order are (loss, dW, db) asked for?
    """
    loss, X, E, B = _layer(X, W, b, Y)
    three = loss, X.T @ E / B, E.sum(axis=0) / B
    return tuple(three[k] for k in order)


@misconception(of="softmax_layer_gradients", section="backprop-weights")
def input_gradient_as_well(X, W, b, Y):
    """A gradient with respect to X comes back as well.

    Which three results are asked for?
    """
    loss, X, E, B = _layer(X, W, b, Y)
    return loss, E @ _array(W).T / B, X.T @ E / B, E.sum(axis=0) / B


@misconception(of="softmax_layer_gradients", section="backprop-weights")
def input_gradient_in_place_of_dw(X, W, b, Y):
    """The gradient with respect to X stands in the place of dW.

    Which shape has W? By what is the error multiplied on its way to a weight: by a weight, or by an input?
    """
    loss, X, E, B = _layer(X, W, b, Y)
    return loss, E @ _array(W).T / B, E.sum(axis=0) / B


@misconception(of="softmax_layer_gradients", section="backprop-batch")
def losses_of_the_examples(X, W, b, Y):
    """The losses of the examples come back one by one.

    Which one number should come back for a batch?
    """
    loss, X, E, B = _layer(X, W, b, Y)
    return -np.log(_of_correct(E + _array(Y), Y)), X.T @ E / B, E.sum(axis=0) / B


@misconception(of="softmax_layer_gradients", section="backprop-weights", mean=(False,))
def bias_gradient_over_the_classes(X, W, b, Y, mean=True):
    """db is summed over the classes, not over the examples.

    Which axis runs over the examples, along which b is shared?
    """
    loss, X, E, B = _layer(X, W, b, Y)
    return loss, X.T @ E / B, E.sum(axis=1) / (B if mean else 1)


@misconception(of="softmax_layer_gradients", section="backprop-weights", mean=(False,))
def bias_gradient_not_summed(X, W, b, Y, mean=True):
    """db is not summed over the examples.

    The same b is added to every row. What happens to gradients that reach one number on several paths?
    """
    loss, X, E, B = _layer(X, W, b, Y)
    return loss, X.T @ E / B, E / (B if mean else 1)


@misconception(of="softmax_layer_gradients", section="backprop-weights", one=(np.mean,))
def one_bias_gradient(X, W, b, Y, one=np.sum):
    """db is one number.

    How many entries has b?
    """
    loss, X, E, B = _layer(X, W, b, Y)
    return loss, X.T @ E / B, one(E) / B


@misconception(of="softmax_layer_gradients", section="backprop-likelihood", epsilon=EPSILONS)
def loss_with_an_epsilon(X, W, b, Y, epsilon=1e-3):
    """A small constant is added to the probabilities before the logarithm.

    How far off is the loss of a probability that is as small as your constant?
    """
    loss, X, E, B = _layer(X, W, b, Y)
    return -np.mean(np.log(_of_correct(E + _array(Y), Y) + epsilon)), X.T @ E / B, E.sum(axis=0) / B


@misconception(of="softmax_layer_gradients", section="backprop-logits")
def layer_normalised_down_the_batch(X, W, b, Y):
    """The softmax runs down the examples.

    Which axis holds the classes?
    """
    X, Y = _array(X), _array(Y)
    F = _softmax((X @ _array(W) + _array(b)).T).T
    E = (F - Y) / len(X)
    return -np.mean(np.log(_of_correct(F, Y))), X.T @ E, E.sum(axis=0)


@misconception(of="softmax_layer_gradients", section="backprop-logits")
def layer_with_a_sigmoid(X, W, b, Y):
    """Each logit goes through a sigmoid of its own; there is no softmax.

    What do the probabilities of a row add up to?
    """
    X, Y = _array(X), _array(Y)
    F = 1 / (1 + np.exp(-(X @ _array(W) + _array(b))))
    E = (F - Y) / len(X)
    return -np.mean(np.log(_of_correct(F, Y))), X.T @ E, E.sum(axis=0)


@misconception(of="softmax_layer_gradients", section="backprop-batch", gradients=(False,))
def divided_by_all_entries_of_the_layer(X, W, b, Y, gradients=True):
    """The mean runs over all entries, B times T of them, not over the B examples.

    How many losses are there in the batch?
    """
    loss, X, E, B = _layer(X, W, b, Y)
    T = E.shape[1]
    E = E / T if gradients else E
    return loss / T, X.T @ E / B, E.sum(axis=0) / B


@misconception(of="softmax_layer_gradients", section="backprop-batch")
def gradients_divided_by_all_entries(X, W, b, Y):
    """The loss is right, and the gradients are divided by B times T.

    Over what does the loss take its mean?
    """
    loss, X, E, B = _layer(X, W, b, Y)
    return loss, X.T @ E / E.size, E.sum(axis=0) / E.size


@misconception(of="softmax_layer_gradients", section="backprop-likelihood", base=(10.0,))
def loss_to_another_base(X, W, b, Y, base=2.0):
    """The logarithm in the loss is to another base, and the gradients are those of the natural one.

    Which logarithm has the derivative 1/f without a constant in front?
    """
    loss, X, E, B = _layer(X, W, b, Y)
    return loss / np.log(base), X.T @ E / B, E.sum(axis=0) / B


@misconception(of="softmax_layer_gradients", section="backprop-weights", rate=RATES, in_loss=(False,))
def penalty_on_the_weights(X, W, b, Y, rate=0.01, in_loss=True):
    """A penalty on large weights is added.

    Which terms has the mean cross-entropy that is asked for?
    """
    loss, X, E, B = _layer(X, W, b, Y)
    W = _array(W)
    return loss + (rate * np.sum(W**2) / 2 if in_loss else 0), X.T @ E / B + rate * W, E.sum(axis=0) / B


@misconception(of="softmax_layer_gradients", section="backprop-weights", rate=RATES)
def parameters_in_place_of_gradients(X, W, b, Y, rate=0.1):
    """New weights and biases come back, not their gradients.

    Is the step taken here or by the one who calls you?
    """
    loss, X, E, B = _layer(X, W, b, Y)
    return loss, _array(W) - rate * X.T @ E / B, _array(b) - rate * E.sum(axis=0) / B


@misconception(of="softmax_layer_gradients", section="backprop-logits")
def diagonal_link_only_in_the_layer(X, W, b, Y):
    """The chain goes through the diagonal of the Jacobian alone: the wrong classes have no error.

    Through how many probabilities does one logit reach the loss?
    """
    loss, X, E, B = _layer(X, W, b, Y)
    E = E * _array(Y)
    return loss, X.T @ E / B, E.sum(axis=0) / B


@misconception(of="softmax_layer_gradients", section="backprop-logits")
def softmax_link_missing(X, W, b, Y):
    """The error is -y / f, the gradient at the probabilities; the link through the softmax is missing.

    How do you get from the gradient at f to the gradient at p?
    """
    loss, X, E, B = _layer(X, W, b, Y)
    E = -_array(Y) / (E + _array(Y))
    return loss, X.T @ E / B, E.sum(axis=0) / B


@misconception(of="softmax_layer_gradients", section="backprop-logits")
def logits_minus_labels(X, W, b, Y):
    """The labels are subtracted from the logits; no softmax is in the gradients.

    Which two distributions does the error compare?
    """
    loss, X, _, B = _layer(X, W, b, Y)
    E = X @ _array(W) + _array(b) - _array(Y)
    return loss, X.T @ E / B, E.sum(axis=0) / B


@misconception(of="softmax_layer_gradients", section="backprop-weights", of_inputs=(np.sum,))
def examples_mixed_up(X, W, b, Y, of_inputs=np.mean):
    """dW is the outer product of averaged inputs with averaged errors.

    Which error belongs to the input of the first example? Is a sum of products the product of the sums?
    """
    loss, X, E, B = _layer(X, W, b, Y)
    return loss, np.outer(of_inputs(X, axis=0), E.sum(axis=0) / B), E.sum(axis=0) / B


@misconception(of="softmax_layer_gradients", section="backprop-batch", which=(-1,), mean_loss=(True,))
def gradients_of_one_example(X, W, b, Y, which=0, mean_loss=False):
    """The gradients are those of one example; the others do not count, or are overwritten.

    The loss is a mean over the batch. Does your loop add or assign?
    """
    loss, X, E, _ = _layer(X, W, b, Y)
    x, e, y = X[which], E[which], _array(Y)[which]
    return loss if mean_loss else -np.log((e + y) @ y), np.outer(x, e), e.copy()


@misconception(of="softmax_layer_gradients", section="backprop-likelihood", whole=(np.sum,))
def squared_error_as_the_loss(X, W, b, Y, whole=np.mean):
    """The loss is a squared error of the probabilities, and the gradients are those of cross-entropy.

    Of which loss are your gradients the slope?
    """
    loss, X, E, B = _layer(X, W, b, Y)
    return whole(E**2) / (1 if whole is np.mean else B), X.T @ E / B, E.sum(axis=0) / B


@misconception(of="softmax_layer_gradients", section="backprop-likelihood")
def loss_of_the_mean_probability(X, W, b, Y):
    """The probabilities are averaged before the logarithm.

    Is the logarithm of a mean the mean of the logarithms?
    """
    loss, X, E, B = _layer(X, W, b, Y)
    return -np.log(np.mean(_of_correct(E + _array(Y), Y))), X.T @ E / B, E.sum(axis=0) / B


@misconception(of="softmax_layer_gradients", section="backprop-likelihood")
def loss_of_the_most_probable_class(X, W, b, Y):
    """The loss is that of the class which the prediction prefers, whatever the labels say.

    What should a confident mistake cost, and what does yours say of it?
    """
    loss, X, E, B = _layer(X, W, b, Y)
    return -np.mean(np.log((E + _array(Y)).max(axis=1))), X.T @ E / B, E.sum(axis=0) / B


@misconception(of="softmax_layer_gradients", section="backprop-weights", value=(1.0,))
def bias_gradient_without_the_error(X, W, b, Y, value=0.0):
    """db is a vector of zeros or ones: the error is not in it.

    What does the loss do when a bias is nudged, and by what is the local slope multiplied?
    """
    loss, X, E, B = _layer(X, W, b, Y)
    return loss, X.T @ E / B, np.full(E.shape[1], value)


@misconception(of="softmax_layer_gradients", section="backprop-weights")
def bias_gradient_times_the_bias(X, W, b, Y):
    """db is multiplied by the bias itself.

    What is the slope of x w + b with respect to b: 1 or b?
    """
    loss, X, E, B = _layer(X, W, b, Y)
    return loss, X.T @ E / B, E.sum(axis=0) / B * _array(b)


@misconception(of="softmax_layer_gradients", section="backprop-weights", signs=((1, -1),))
def sign_of_one_gradient(X, W, b, Y, signs=(-1, 1)):
    """One of the two gradients has the wrong sign.

    Both gradients come from the same error. Is it f - y in both?
    """
    loss, X, E, B = _layer(X, W, b, Y)
    return loss, signs[0] * X.T @ E / B, signs[1] * E.sum(axis=0) / B


@misconception(of="softmax_layer_gradients", section="backprop-logits")
def one_softmax_for_the_layer(X, W, b, Y):
    """One softmax runs over the whole batch.

    What do the probabilities of each row add up to?
    """
    X, Y = _array(X), _array(Y)
    P = X @ _array(W) + _array(b)
    F = _softmax(P.ravel()).reshape(P.shape)
    E = (F - Y) / len(X)
    return -np.mean(np.log(_of_correct(F, Y))), X.T @ E, E.sum(axis=0)


@misconception(of="softmax_layer_gradients", section="backprop-weights", rate=RATES)
def layer_updated_here(X, W, b, Y, rate=0.1):
    """Weights and biases are moved downhill in place, in the arrays that were given.

    Is the step taken here or by the one who calls you? Who else may still need the old weights?
    """
    loss, X, E, B = _layer(X, W, b, Y)
    dW, db, W, b = X.T @ E / B, E.sum(axis=0) / B, _array(W), _array(b)
    W -= rate * dW
    b -= rate * db
    return loss, dW, db


@misconception(of="softmax_layer_gradients", section="backprop-batch", loss_too=(True,))
def divided_by_the_inputs(X, W, b, Y, loss_too=False):
    """The mean is taken over the number of inputs, not over the number of examples.

    Which axis of X counts the examples?
    """
    loss, X, E, B = _layer(X, W, b, Y)
    N = X.shape[1]
    return loss * B / N if loss_too else loss, X.T @ E / N, E.sum(axis=0) / N


@misconception(of="softmax_layer_gradients", section="backprop-relu", masked=(True,))
def relu_on_the_logits(X, W, b, Y, masked=False):
    """ReLU stands before the softmax, and cuts off every negative logit.

    May a logit be negative? What does the last layer lose when it may not?
    """
    P = _array(X) @ _array(W) + _array(b)
    F, Y = _softmax(np.maximum(P, 0)), _array(Y)
    E = (F - Y) * (P > 0 if masked else 1.0) / len(F)
    return -np.mean(np.log(_of_correct(F, Y))), _array(X).T @ E, E.sum(axis=0)


def _layer_with(error, X, W, b, Y):
    """The last layer, with another error in the place of (f - y) / B."""
    loss, X, E, B = _layer(X, W, b, Y)
    Y = _array(Y)
    dP = error(E + Y, Y)
    return loss, X.T @ dP, dP.sum(axis=0)


@misconception(of="softmax_layer_gradients", section="backprop-batch", labels=(False,))
def one_term_of_the_error_averaged(X, W, b, Y, labels=True):
    """The division by the number of examples reaches one of the two terms of f - y only.

    What does Python work out first in f - y / B: the difference or the quotient?
    """
    return _layer_with(lambda F, Y: F - Y / len(F) if labels else F / len(F) - Y, X, W, b, Y)


@misconception(of="softmax_layer_gradients", section="backprop-logits", rows=(lambda B: np.arange(B)[:, None],))
def labels_of_the_layer_as_indices(X, W, b, Y, rows=np.arange):
    """The one-hot rows are used as if they were class indices.

    What does an index of a row of zeros and ones pick? How do you get from a one-hot row to its class?
    """

    def error(F, Y):
        F[rows(len(F)), Y.astype(int)] -= 1
        return F / len(F)

    return _layer_with(error, X, W, b, Y)


@misconception(of="softmax_layer_gradients", section="backprop-logits", factor=(2.0,), squared_loss=(True,))
def error_through_the_softmax_again(X, W, b, Y, factor=1.0, squared_loss=False):
    """The error f - y goes through the Jacobian of softmax once more, as for a squared error of the probabilities.

    Of which links of the chain is f - y the result?
    """

    def error(F, Y):
        G = (2.0 if squared_loss else factor) * (F - Y) / len(F)
        return F * (G - (F * G).sum(axis=1, keepdims=True))

    loss, dW, db = _layer_with(error, X, W, b, Y)
    E = _layer(X, W, b, Y)[2]
    return np.mean((E**2).sum(axis=1)) if squared_loss else loss, dW, db


@misconception(of="softmax_layer_gradients", section="backprop-likelihood")
def loss_with_the_wrong_classes(X, W, b, Y):
    """The wrong classes enter the loss as well, by the logarithm of 1 - f.

    Over which classes does the sum of y log f really run when y is one-hot?
    """
    _, dW, db = _layer_with(lambda F, Y: (F - Y) / len(F), X, W, b, Y)
    F = _softmax(_array(X) @ _array(W) + _array(b))
    return -np.mean(np.log(np.where(_array(Y) > 0, F, 1 - F)).sum(axis=1)), dW, db


@misconception(of="softmax_layer_gradients", section="backprop-logits")
def softmax_of_the_probabilities(X, W, b, Y):
    """The gradients start with a softmax of the probabilities, as if they were logits.

    What does `grad_logits` want, and what does it do with it first?
    """
    return _layer_with(lambda F, Y: (_softmax(F) - Y) / len(F), X, W, b, Y)


@misconception(of="softmax_layer_gradients", section="backprop-weights", limit=(0.1, 0.5, 5.0))
def layer_gradients_cut_off(X, W, b, Y, limit=1.0):
    """Large gradients are cut off at a limit.

    How steep is the loss there, and who decides how long a step is?
    """
    loss, *found = _layer_with(lambda F, Y: (F - Y) / len(F), X, W, b, Y)
    return loss, *(np.clip(g, -limit, limit) for g in found)


@misconception(of="softmax_layer_gradients", section="backprop-weights", rate=(-0.1, -0.01, 1e-3, 0.01, 0.05))
def learning_rate_in_the_layer(X, W, b, Y, rate=0.1):
    """The gradients are multiplied by a learning rate: these are steps.

    Who decides how long a step is: the gradient, or what uses it later?
    """
    return _layer_with(lambda F, Y: rate * (F - Y) / len(F), X, W, b, Y)


@misconception(of="softmax_layer_gradients", section="backprop-logits")
def decision_minus_labels_in_the_layer(X, W, b, Y):
    """The labels are subtracted from the decision, 1 for the most probable class and 0 for the others.

    How does the loss change when a correct decision becomes surer? What do your gradients say of it?
    """
    return _layer_with(lambda F, Y: (np.eye(F.shape[1])[F.argmax(axis=1)] - Y) / len(F), X, W, b, Y)


@misconception(of="softmax_layer_gradients", section="backprop-weights", rate=RATES)
def loss_after_a_step(X, W, b, Y, rate=0.1):
    """The loss is that of weights which have been moved downhill already; the gradients are those before.

    At which weights are loss and gradients asked for?
    """
    _, dW, db = _layer_with(lambda F, Y: (F - Y) / len(F), X, W, b, Y)
    return _layer(X, _array(W) - rate * dW, _array(b) - rate * db, Y)[0], dW, db


def _network(rng, *sizes):
    return [(rng.normal(size=(n, m)), rng.normal(size=m)) for n, m in zip(sizes[:-1], sizes[1:])]


@inputs(of="backward")
def draw_networks(rng):
    return [
        (_network(rng, 5, 7, 3), rng.normal(size=(4, 5)), _labels(rng, 4, 3)),
        (_network(rng, 5, 6, 4, 3), rng.normal(size=(6, 5)), _labels(rng, 6, 3)),
        (_network(rng, 3, 3, 3), rng.normal(size=(3, 3)), _labels(rng, 3, 3)),
        (_network(rng, 5, 3), rng.normal(size=(4, 5)), _labels(rng, 4, 3)),
    ]


def _forward(params, X):
    kept = [_array(X)]
    for W, b in params[:-1]:
        kept.append(np.maximum(kept[-1] @ W + b, 0.0))
    kept.append(_softmax(kept[-1] @ params[-1][0] + params[-1][1]))
    return kept


def _back(params, X, Y, mask=lambda H, dH: np.where(H > 0, dH, 0.0), error=None, pull=lambda dP, W: dP @ W.T):
    kept = _forward(params, X)
    dP = (kept[-1] - _array(Y)) / len(kept[0]) if error is None else error(kept[-1], _array(Y))
    found = []
    for k in reversed(range(len(params))):
        found.insert(0, (kept[k].T @ dP, dP.sum(axis=0)))
        dP = mask(kept[k], pull(dP, params[k][0])) if k else None
    return found


# Another start of the way back may come on top: then the idea about ReLU is told first.
STARTS = (lambda F, Y: F - Y, lambda F, Y: (Y - F) / len(F), lambda F, Y: Y - F)


@misconception(of="backward", section="backprop-relu", error=STARTS)
def relu_not_passed_back(params, X, Y, error=None):
    """The gradient passes through the hidden layers as if there were no ReLU.

    Which units were silent on the way forward, and what did they contribute to the loss?
    """
    return _back(params, X, Y, mask=lambda H, dH: dH, error=error)


@misconception(of="backward", section="backprop-relu", error=STARTS)
def masked_by_the_sign_of_the_gradient(params, X, Y, error=None):
    """ReLU's mask is taken from the upstream gradient, not from what went in.

    Which of the two decided, on the way forward, what passed?
    """
    return _back(params, X, Y, mask=lambda H, dH: np.maximum(dH, 0), error=error)


@misconception(of="backward", section="backprop-relu", error=STARTS)
def multiplied_by_the_activations(params, X, Y, error=None):
    """The gradient is multiplied by the activations of the hidden layer, not by ReLU's slope.

    What is the slope of max(a, 0) at a = 3: 3 or 1?
    """
    return _back(params, X, Y, mask=lambda H, dH: H * dH, error=error)


@misconception(of="backward", section="backprop-batch")
def batch_mean_forgotten(params, X, Y):
    """The gradients are sums over the batch; the mean is missing.

    The loss is a mean. Where does its 1/B stand?
    """
    return _back(params, X, Y, error=lambda F, Y: F - Y)


@misconception(of="backward", section="backprop-batch")
def batch_mean_in_every_layer(params, X, Y):
    """Every layer divides by the number of examples again.

    How often does 1/B stand in the loss, and so how often on the way back?
    """
    return [
        (dW / len(X) ** (len(params) - 1 - k), db / len(X) ** (len(params) - 1 - k))
        for k, (dW, db) in enumerate(_back(params, X, Y))
    ]


@misconception(of="backward", section="backprop-batch")
def batch_mean_twice(params, X, Y):
    """All gradients are divided by the number of examples twice.

    How often does 1/B stand in the loss?
    """
    return [(dW / len(X), db / len(X)) for dW, db in _back(params, X, Y)]


@misconception(of="backward", section="backprop-logits", averaged=(False,))
def truth_minus_prediction_at_the_start(params, X, Y, averaged=True):
    """The way back starts with y - f, so that every gradient has the wrong sign.

    Does the loss rise or fall when the logit of the correct class rises?
    """
    return _back(params, X, Y, error=lambda F, Y: (Y - F) / (len(F) if averaged else 1))


@misconception(of="backward", section="backprop-hidden", error=STARTS)
def last_layer_first(params, X, Y, error=None):
    """The list begins with the last layer, in the order in which the gradients were found.

    Which layer should come first in the list?
    """
    return _back(params, X, Y, error=error)[::-1]


@misconception(of="backward", section="backprop-hidden")
def last_layer_only(params, X, Y):
    """Only the last layer has a gradient.

    What does the last layer pass on to the one before it?
    """
    return _back(params, X, Y)[-1:]


@misconception(of="backward", section="backprop-hidden")
def hidden_layers_left_at_zero(params, X, Y):
    """The hidden layers have gradients of zero.

    Does the loss not change when a weight of the first layer does?
    """
    *hidden, last = _back(params, X, Y)
    return [(np.zeros_like(dW), np.zeros_like(db)) for dW, db in hidden] + [last]


@misconception(of="backward", section="backprop-hidden", rate=RATES)
def updated_before_use(params, X, Y, rate=0.1):
    """The weights are moved downhill before the gradient goes back through them.

    Through which weights did the signal go forward: the old ones or the new?
    """
    kept = _forward(params, X)
    dP, found = (kept[-1] - _array(Y)) / len(kept[0]), []
    for k in reversed(range(len(params))):
        dW, db = kept[k].T @ dP, dP.sum(axis=0)
        found.insert(0, (dW, db))
        dP = np.where(kept[k] > 0, dP @ (params[k][0] - rate * dW).T, 0.0)
    return found


@misconception(of="backward", section="backprop-logits")
def labels_not_used(params, X, Y):
    """The way back starts with f / B; the labels are not subtracted.

    What should every gradient be when the prediction is perfect?
    """
    return _back(params, X, Y, error=lambda F, Y: F / len(F))


@misconception(of="backward", section="backprop-logits")
def softmax_slope_taken_twice(params, X, Y):
    """The start f - y is multiplied by f (1 - f) once more.

    Which link has been passed already when f - y stands there?
    """
    return _back(params, X, Y, error=lambda F, Y: (F - Y) * F * (1 - F) / len(F))


@misconception(of="backward", section="backprop-weights")
def bias_gradients_averaged_again(params, X, Y):
    """The bias gradients are means over the examples, though the mean is in the upstream gradient already.

    How often does 1/B stand on the path to a bias?
    """
    return [(dW, db / len(X)) for dW, db in _back(params, X, Y)]


@misconception(of="backward", section="backprop-weights")
def weight_gradients_transposed(params, X, Y):
    """Every dW stands transposed.

    Which shape has W?
    """
    return [(dW.T, db) for dW, db in _back(params, X, Y)]


@misconception(of="backward", section="backprop-hidden")
def bias_gradients_of_zero(params, X, Y):
    """The bias gradients are zero.

    What does the loss do when a bias is nudged?
    """
    return [(dW, np.zeros_like(db)) for dW, db in _back(params, X, Y)]


@misconception(of="backward", section="backprop-hidden")
def signs_of_the_weights_passed_back(params, X, Y):
    """The gradient goes back through the signs of the weights, not through the weights themselves.

    By what is the upstream gradient multiplied on its way to the layer before?
    """
    return _back(params, X, Y, pull=lambda dP, W: dP @ np.sign(W).T)


def _mask_kept(k, kept, dH):
    return np.where(kept[k] > 0, dH, 0.0)


def _go_back(params, X, Y, mask=_mask_kept, error=None, layer=None, weights=None):
    """As `_back`, with parts that may look at all layers: `k` is the layer that the gradient comes from."""
    kept, Y = _forward(params, X), _array(Y)
    dP = (kept[-1] - Y) / len(Y) if error is None else error(kept, Y)
    found = []
    for k in reversed(range(len(params))):
        found.insert(0, (kept[k].T @ dP, dP.sum(axis=0)) if layer is None else layer(k, kept, dP))
        W = _array(params[k][0]) if weights is None else weights(k)
        dP = mask(k, kept, dP @ W.T) if k else None
    return found


@misconception(of="backward", section="backprop-relu", wherever=(True,))
def mask_of_the_layer_before(params, X, Y, wherever=False):
    """ReLU's mask is that of the layer before, which fits where both have the same width.

    Which activations came out of the ReLU that the gradient passes now?
    """

    def mask(k, kept, dH):
        return np.where(kept[k - 1 if wherever or kept[k - 1].shape == dH.shape else k] > 0, dH, 0.0)

    return _go_back(params, X, Y, mask=mask)


@misconception(of="backward", section="backprop-relu", of_batch=(lambda M: M.any(axis=0), lambda M: M.all(axis=0)))
def one_mask_for_the_batch(params, X, Y, of_batch=lambda M: M[0]):
    """One mask is used for all examples.

    Can a unit be silent for one example and active for another?
    """
    return _go_back(params, X, Y, mask=lambda k, kept, dH: np.where(of_batch(kept[k] > 0), dH, 0.0))


@misconception(of="backward", section="backprop-relu")
def silent_units_pass(params, X, Y):
    """The mask is turned over: the silent units pass their gradient and the others none.

    Which units moved the loss on the way forward?
    """
    return _go_back(params, X, Y, mask=lambda k, kept, dH: np.where(kept[k] > 0, 0.0, dH))


@misconception(of="backward", section="backprop-relu", masked=(lambda k, L: k > 1, lambda k, L: k == 1))
def one_hidden_layer_not_masked(params, X, Y, masked=lambda k, L: k == L - 1):
    """The gradient passes some of the hidden layers as if they had no ReLU.

    After which layers does a ReLU stand, and at which of them does your loop apply a mask?
    """
    L = len(params)
    return _go_back(params, X, Y, mask=lambda k, kept, dH: _mask_kept(k, kept, dH) if masked(k, L) else dH)


@misconception(of="backward", section="backprop-relu", slope=(0.001, 0.1, 0.2, 0.3))
def leaky_on_the_way_back(params, X, Y, slope=0.01):
    """A little passes through the silent units too: this belongs to the leaky variant.

    What is the slope of max(a, 0) to the left of 0?
    """
    return _go_back(params, X, Y, mask=lambda k, kept, dH: np.where(kept[k] > 0, dH, slope * dH))


@misconception(of="backward", section="backprop-relu", slope=(lambda H: H * (1 - H),))
def slope_of_another_non_linearity(params, X, Y, slope=lambda H: 1 - H**2):
    """The hidden layers have the slope of tanh or of a sigmoid on the way back.

    Which non-linearity did the signal pass on the way forward?
    """
    return _go_back(params, X, Y, mask=lambda k, kept, dH: dH * slope(kept[k]))


@misconception(of="backward", section="backprop-relu")
def negative_gradients_cut_off(params, X, Y):
    """Negative gradients are cut off at every hidden layer as well.

    May a gradient be negative?
    """
    return _go_back(params, X, Y, mask=lambda k, kept, dH: np.where(kept[k] > 0, np.maximum(dH, 0), 0.0))


@misconception(of="backward", section="backprop-relu")
def mask_in_place_of_the_gradient(params, X, Y):
    """The mask itself goes further back; the gradient that it should mask is lost.

    By what does the chain rule multiply the local slope?
    """
    return _go_back(params, X, Y, mask=lambda k, kept, dH: (kept[k] > 0).astype(float))


@misconception(of="backward", section="backprop-relu")
def relu_at_the_end_as_well(params, X, Y):
    """ReLU stands before the softmax of the last layer as well, forward and back.

    May a logit be negative?
    """
    X, Y, kept, signs = _array(X), _array(Y), [_array(X)], []
    for W, b in params:
        A = kept[-1] @ W + b
        signs.append(A > 0)
        kept.append(np.maximum(A, 0))
    dP, found = (_softmax(kept[-1]) - Y) / len(Y), []
    for k in reversed(range(len(params))):
        dP = np.where(signs[k], dP, 0.0)
        found.insert(0, (kept[k].T @ dP, dP.sum(axis=0)))
        dP = dP @ _array(params[k][0]).T
    return found


@misconception(of="backward", section="backprop-relu")
def logits_masked(params, X, Y):
    """The last layer is masked by the sign of its logits, though no ReLU stands behind it.

    Behind which layers does a ReLU stand?
    """

    def error(kept, Y):
        A = kept[-2] @ params[-1][0] + params[-1][1]
        return np.where(A > 0, kept[-1] - Y, 0.0) / len(Y)

    return _go_back(params, X, Y, error=error)


@misconception(of="backward", section="backprop-relu")
def pre_activations_as_inputs(params, X, Y):
    """dW is made of what stood before ReLU, not of the activations.

    What did the weights of the second layer multiply on the way forward?
    """
    X = _array(X)

    def layer(k, kept, dP):
        inputs_of_layer = kept[k - 1] @ params[k - 1][0] + params[k - 1][1] if k else X
        return inputs_of_layer.T @ dP, dP.sum(axis=0)

    return _go_back(params, X, Y, layer=layer)


@misconception(of="backward", section="backprop-relu")
def hidden_layers_taken_as_linear(params, X, Y):
    """The network has no ReLU here, neither forward nor back.

    Is it the gradient of the network that `forward` computes?
    """
    kept = [_array(X)]
    for W, b in params:
        kept.append(kept[-1] @ W + b)
    dP, found = (_softmax(kept[-1]) - _array(Y)) / len(X), []
    for k in reversed(range(len(params))):
        found.insert(0, (kept[k].T @ dP, dP.sum(axis=0)))
        dP = dP @ _array(params[k][0]).T
    return found


@misconception(of="backward", section="backprop-relu")
def mask_after_the_bias(params, X, Y):
    """db of the hidden layers is taken before ReLU's mask, and dW after it.

    Does a bias stand before ReLU or behind it?
    """
    kept = _forward(params, X)
    dH, found = (kept[-1] - _array(Y)) / len(kept[0]), []
    for k in reversed(range(len(params))):
        dP = dH if k == len(params) - 1 else np.where(kept[k + 1] > 0, dH, 0.0)
        found.insert(0, (kept[k].T @ dP, dH.sum(axis=0)))
        dH = dP @ _array(params[k][0]).T
    return found


@misconception(of="backward", section="backprop-relu")
def masked_gradient_not_passed_on(params, X, Y):
    """Each layer masks the gradient for its own weights, and passes the unmasked one further back.

    Which gradient reaches the layer before: that behind ReLU or that in front of it?
    """
    kept = _forward(params, X)
    dH, found = (kept[-1] - _array(Y)) / len(kept[0]), []
    for k in reversed(range(len(params))):
        dP = dH if k == len(params) - 1 else np.where(kept[k + 1] > 0, dH, 0.0)
        found.insert(0, (kept[k].T @ dP, dP.sum(axis=0)))
        dH = dH @ _array(params[k][0]).T
    return found


@misconception(of="backward", section="backprop-hidden", zeros=(True,))
def first_layer_left_out(params, X, Y, zeros=False):
    """The first layer has no gradient: the loop ends before it.

    At which layer should the way back end?
    """
    (dW, db), *found = _back(params, X, Y)
    return [(np.zeros_like(dW), np.zeros_like(db)), *found] if zeros else found


@misconception(of="backward", section="backprop-weights", one=(lambda dP: dP.sum(),))
def bias_gradients_over_the_units(params, X, Y, one=lambda dP: dP.sum(axis=1)):
    """The bias gradients are summed over the units, not over the examples alone.

    Which axis runs over the examples, along which b is shared?
    """
    return _go_back(params, X, Y, layer=lambda k, kept, dP: (kept[k].T @ dP, one(dP)))


@misconception(of="backward", section="backprop-weights")
def bias_gradients_not_summed(params, X, Y):
    """The bias gradients are not summed over the examples.

    The same b is added to every row. What happens to gradients that reach one number on several paths?
    """
    return _go_back(params, X, Y, layer=lambda k, kept, dP: (kept[k].T @ dP, dP))


@misconception(of="backward", section="backprop-weights")
def bias_gradients_kept_as_rows(params, X, Y):
    """Every db has the shape (1, outputs).

    Which shape has b?
    """
    return _go_back(params, X, Y, layer=lambda k, kept, dP: (kept[k].T @ dP, dP.sum(axis=0, keepdims=True)))


@misconception(of="backward", section="backprop-batch")
def divided_by_the_inputs_at_the_start(params, X, Y):
    """The way back starts with a division by the number of inputs, not by the number of examples.

    Which axis of X counts the examples?
    """
    return _back(params, X, Y, error=lambda F, Y: (F - Y) / np.shape(X)[1])


@misconception(of="backward", section="backprop-batch")
def divided_by_the_classes_at_the_start(params, X, Y):
    """The way back starts with a division by the number of classes, not by the number of examples.

    Over what does the loss take its mean?
    """
    return _back(params, X, Y, error=lambda F, Y: (F - Y) / F.shape[1])


@misconception(of="backward", section="backprop-batch")
def divided_by_all_entries_at_the_start(params, X, Y):
    """The way back starts with a division by B times T.

    Over what does the loss take its mean?
    """
    return _back(params, X, Y, error=lambda F, Y: (F - Y) / F.size)


@misconception(of="backward", section="backprop-logits")
def squared_error_at_the_start(params, X, Y):
    """The way back starts with a factor 2, which belongs to a squared error.

    Where in cross-entropy is a square?
    """
    return _back(params, X, Y, error=lambda F, Y: 2 * (F - Y) / len(F))


@misconception(of="backward", section="backprop-logits")
def starts_at_the_probabilities(params, X, Y):
    """The way back starts with -y / f, the gradient at the probabilities; the link through the softmax is missing.

    How do you get from the gradient at f to the gradient at p?
    """
    return _back(params, X, Y, error=lambda F, Y: -Y / F / len(F))


@misconception(of="backward", section="backprop-logits")
def diagonal_link_at_the_start(params, X, Y):
    """The way back starts with the correct class alone: the sum over i in the chain is missing.

    Through how many probabilities does one logit reach the loss?
    """
    return _back(params, X, Y, error=lambda F, Y: -Y * (1 - F) / len(F))


@misconception(of="backward", section="backprop-hidden", wherever=(True,))
def weights_turned_where_square(params, X, Y, wherever=False):
    """The gradient goes back through W, where its transpose is needed; where W is square, no shape tells.

    Which axis of W runs over the inputs of the layer, to which the gradient goes back?
    """

    def weights(k):
        W = _array(params[k][0])
        return W.T if wherever or W.shape[0] == W.shape[1] else W

    return _go_back(params, X, Y, weights=weights)


@misconception(of="backward", section="backprop-hidden", wherever=(True,))
def weights_of_the_layer_before(params, X, Y, wherever=False):
    """The gradient goes back through the weights of the layer before, which fits where both have the same shape.

    Which weights lie between the output of a hidden layer and the logits?
    """

    def weights(k):
        W, before = _array(params[k][0]), _array(params[k - 1][0])
        return before if k and (wherever or before.shape == W.shape) else W

    return _go_back(params, X, Y, weights=weights)


@misconception(of="backward", section="backprop-hidden", rate=RATES)
def new_parameters_returned(params, X, Y, rate=0.1):
    """New weights and biases come back, not gradients.

    Is the step taken here or by the one who calls you?
    """
    return [(_array(W) - rate * dW, _array(b) - rate * db) for (W, b), (dW, db) in zip(params, _back(params, X, Y))]


@misconception(of="backward", section="backprop-hidden", rate=(*RATES, *(-rate for rate in RATES)))
def learning_rate_included(params, X, Y, rate=0.01):
    """The gradients are multiplied by a learning rate: these are steps.

    Is the step taken here or by the one who calls you?
    """
    return [(rate * dW, rate * db) for dW, db in _back(params, X, Y)]


@misconception(of="backward", section="backprop-hidden", wherever=(True,))
def network_input_for_every_layer(params, X, Y, wherever=False):
    """dW of every layer is made of the input of the network.

    What did the weights of the second layer multiply on the way forward?
    """

    def layer(k, kept, dP):
        return kept[0 if wherever or kept[0].shape == kept[k].shape else k].T @ dP, dP.sum(axis=0)

    return _go_back(params, X, Y, layer=layer)


@misconception(of="backward", section="backprop-hidden", mask=(lambda k, kept, dH: dH * (kept[k + 1] > 0),))
def outputs_in_place_of_inputs(params, X, Y, mask=_mask_kept):
    """dW is made of the output of its layer, not of the input.

    What did W multiply on the way forward?
    """
    return _go_back(params, X, Y, mask=mask, layer=lambda k, kept, dP: (kept[k + 1].T @ dP, dP.sum(axis=0)))


@misconception(of="backward", section="backprop-hidden")
def made_for_two_layers(params, X, Y):
    """The network is taken to have exactly two layers.

    How many layers may `params` hold, at least and at most?
    """
    (W1, b1), (W2, b2) = params
    return _back([(W1, b1), (W2, b2)], X, Y)


@misconception(of="backward", section="backprop-hidden")
def one_flat_list_of_gradients(params, X, Y):
    """The gradients stand one after the other in a flat list, not in pairs.

    What should stand in the list for the first layer?
    """
    return [gradient for pair in _back(params, X, Y) for gradient in pair]


@misconception(of="backward", section="backprop-hidden")
def weights_and_biases_in_two_lists(params, X, Y):
    """All dW come back in one list and all db in another.

    What should stand in the list for the first layer?
    """
    found = _back(params, X, Y)
    return [dW for dW, _ in found], [db for _, db in found]


@misconception(of="backward", section="backprop-hidden")
def bias_gradients_first(params, X, Y):
    """Each pair holds db first.

    Which of the two comes first in (dW, db)?
    """
    return [(db, dW) for dW, db in _back(params, X, Y)]


@misconception(of="backward", section="backprop-hidden")
def loss_handed_back_too(params, X, Y):
    """The loss comes back as well.

    How many entries has the list that is asked for?
    """
    return -np.mean(np.log(_of_correct(_forward(params, X)[-1], Y))), _back(params, X, Y)


@misconception(of="backward", section="backprop-hidden")
def biases_left_out_forward(params, X, Y):
    """The forward pass in here leaves the biases out.

    Is it the gradient of the network that `forward` computes?
    """
    return _back([(W, np.zeros_like(_array(b))) for W, b in params], X, Y)


@misconception(of="backward", section="backprop-batch", which=(slice(-1, None),))
def one_example_of_the_batch(params, X, Y, which=slice(0, 1)):
    """The gradients are those of one example; the others do not count, or are overwritten.

    The loss is a mean over the batch. Does your loop add or assign?
    """
    return _back(params, _array(X)[which], _array(Y)[which])


@misconception(of="backward", section="backprop-hidden", rate=RATES)
def penalty_on_large_weights(params, X, Y, rate=0.01):
    """dW has a term that grows with the weights themselves, as of a penalty on them.

    Which terms has the mean cross-entropy that is asked for?
    """
    return [(dW + rate * _array(W), db) for (W, _), (dW, db) in zip(params, _back(params, X, Y))]


@misconception(of="backward", section="backprop-hidden", limit=(0.01, 0.5, 1.0, 5.0))
def gradients_cut_off(params, X, Y, limit=0.1):
    """Large gradients are cut off at a limit.

    How steep is the loss there, and who decides how long a step is?
    """
    return [(np.clip(dW, -limit, limit), np.clip(db, -limit, limit)) for dW, db in _back(params, X, Y)]


@misconception(of="backward", section="backprop-hidden", together=(True,))
def gradients_of_length_one(params, X, Y, together=False):
    """The gradients are scaled to length 1, each or all together, and only a direction is left.

    How large should the gradients be where the prediction is nearly perfect?
    """
    found, length = _back(params, X, Y), np.linalg.norm
    if together:
        whole = length([length(g) for pair in found for g in pair])
        return [(dW / whole, db / whole) for dW, db in found]
    return [(dW / length(dW), db / length(db)) for dW, db in found]


@misconception(of="backward", section="backprop-weights", of_inputs=(np.sum,))
def examples_mixed_in_every_layer(params, X, Y, of_inputs=np.mean):
    """dW is the outer product of something summed over the batch with something summed over the batch.

    Which error belongs to the input of the first example? Is a sum of products the product of the sums?
    """
    return _go_back(
        params, X, Y, layer=lambda k, kept, dP: (np.outer(of_inputs(kept[k], axis=0), dP.sum(axis=0)), dP.sum(axis=0))
    )


@misconception(of="backward", section="backprop-logits")
def last_softmax_down_the_batch(params, X, Y):
    """The softmax at the end runs down the examples.

    Which axis holds the classes?
    """

    def error(kept, Y):
        A = kept[-2] @ params[-1][0] + params[-1][1]
        return (_softmax(A.T).T - Y) / len(Y)

    return _go_back(params, X, Y, error=error)


@misconception(of="backward", section="backprop-check", h=(1e-3, 1e-4, 1e-6, 1e-7))
def network_measured_not_derived(params, X, Y, h=1e-5):
    """These are numerical derivatives of the loss, which have lost their digits where the probabilities are small.

    How often does the whole network run for one gradient of yours, and how large is the error of a difference?
    """

    def loss(layer, part, value):
        changed = [list(map(_array, pair)) for pair in params]
        changed[layer][part] = value
        return -np.mean(np.log(_of_correct(_forward(changed, X)[-1], Y)))

    return [
        tuple(_measured(lambda v, k=k, p=p: loss(k, p, v), params[k][p], h) for p in (0, 1)) for k in range(len(params))
    ]


@misconception(of="backward", section="backprop-hidden")
def same_error_for_every_layer(params, X, Y):
    """Every layer uses the error of the last one; nothing is passed back through the weights.

    What does the last layer pass on to the one before it, and which shape has that?
    """
    kept = _forward(params, X)
    dP = (kept[-1] - _array(Y)) / len(kept[0])
    return [(H.T @ dP, dP.sum(axis=0)) for H in kept[:-1]]


@misconception(of="backward", section="backprop-batch")
def bias_gradients_not_averaged(params, X, Y):
    """Every dW is a mean over the batch and every db is a sum.

    Do both belong to the same loss?
    """
    return [(dW, db * len(X)) for dW, db in _back(params, X, Y)]


@misconception(of="backward", section="backprop-batch")
def weight_gradients_not_averaged(params, X, Y):
    """Every db is a mean over the batch and every dW is a sum.

    Do both belong to the same loss?
    """
    return [(dW * len(X), db) for dW, db in _back(params, X, Y)]


@misconception(of="backward", section="backprop-batch", last=(True,))
def some_layers_not_averaged(params, X, Y, last=False):
    """Some layers have sums over the batch where others have means.

    Where does 1/B enter the way back, and does it reach every layer from there?
    """
    found = _back(params, X, Y)
    return [
        (dW * len(X), db * len(X)) if (k == len(params) - 1) == last else (dW, db) for k, (dW, db) in enumerate(found)
    ]


@misconception(of="backward", section="backprop-hidden")
def weight_gradients_only(params, X, Y):
    """The list holds the dW alone; the bias gradients are missing.

    What should stand in the list for the first layer?
    """
    return [dW for dW, _ in _back(params, X, Y)]


@misconception(of="backward", section="backprop-relu")
def input_masked(params, X, Y):
    """The input of the network is treated as if it came out of a ReLU.

    What did the weights of the first layer multiply on the way forward?
    """

    def layer(k, kept, dP):
        return np.maximum(kept[k], 0).T @ dP, dP.sum(axis=0)

    return _go_back(params, X, Y, layer=layer)


@misconception(of="backward", section="backprop-logits")
def error_times_probabilities(params, X, Y):
    """The start f - y is multiplied by f once more.

    Which link has been passed already when f - y stands there?
    """
    return _back(params, X, Y, error=lambda F, Y: F * (F - Y) / len(F))


@misconception(of="backward", section="backprop-hidden", rate=RATES, after=(False,))
def network_updated_here(params, X, Y, rate=0.1, after=True):
    """Weights and biases are moved downhill in place, in the arrays that were given.

    Is the step taken here or by the one who calls you? Who else may still need the old weights?
    """
    kept = _forward(params, X)
    dP, found = (kept[-1] - _array(Y)) / len(kept[0]), []
    for k in reversed(range(len(params))):
        W, b = params[k]
        dW, db = kept[k].T @ dP, dP.sum(axis=0)
        found.insert(0, (dW, db))
        old = W.copy()
        W -= rate * dW
        b -= rate * db
        dP = np.where(kept[k] > 0, dP @ (old if after else W).T, 0.0)
    return found


@misconception(of="backward", section="backprop-hidden")
def first_bias_wherever_it_fits(params, X, Y):
    """The forward pass in here uses the biases of the first layer in every layer whose size allows it.

    Is it the gradient of the network that `forward` computes?
    """
    first = params[0][1]
    return _back([(W, first if np.shape(b) == np.shape(first) else b) for W, b in params], X, Y)


@misconception(of="backward", section="backprop-relu")
def mask_after_weights_and_bias(params, X, Y):
    """dW and db of the hidden layers are taken before ReLU's mask; only what goes further back is masked.

    Do weights and bias stand before ReLU or behind it?
    """
    kept = _forward(params, X)
    dH, found = (kept[-1] - _array(Y)) / len(kept[0]), []
    for k in reversed(range(len(params))):
        found.insert(0, (kept[k].T @ dH, dH.sum(axis=0)))
        dH = np.where(kept[k + 1] > 0, dH, 0.0) @ _array(params[k][0]).T
    return found


@misconception(of="backward", section="backprop-relu")
def mask_without_the_bias(params, X, Y):
    """ReLU's mask is taken from H W, to which the bias has not been added.

    Which number decided, on the way forward, what passed?
    """

    def mask(k, kept, dH):
        return np.where(kept[k - 1] @ _array(params[k - 1][0]) > 0, dH, 0.0)

    return _go_back(params, X, Y, mask=mask)


@misconception(of="backward", section="backprop-logits", averaged=(False,))
def softmax_once_more_at_the_start(params, X, Y, averaged=True):
    """The way back starts with a softmax of the probabilities, as if they were logits.

    What is the last entry of the list that `forward` returns, and what does `grad_logits` want?
    """
    return _back(params, X, Y, error=lambda F, Y: (_softmax(F) - Y) / (len(F) if averaged else 1))


@misconception(of="backward", section="backprop-batch", labels=(False,))
def one_term_averaged_at_the_start(params, X, Y, labels=True):
    """The division by the number of examples reaches one of the two terms of f - y only.

    What does Python work out first in f - y / B: the difference or the quotient?
    """
    return _back(params, X, Y, error=lambda F, Y: F - Y / len(F) if labels else F / len(F) - Y)


@misconception(of="backward", section="backprop-hidden", which=(-1,))
def one_pair_for_all_layers(params, X, Y, which=0):
    """Every layer has the same pair of gradients: that of one of them.

    When does your loop write into the list: in each turn, or once after the last?
    """
    return [_back(params, X, Y)[which]] * len(params)


@misconception(of="backward", section="backprop-hidden", count=(3,), zeros=(2, 3))
def last_two_layers_only(params, X, Y, count=2, zeros=0):
    """The last two or three layers have gradients, and those before them none.

    How many layers may `params` hold, and does your loop run over all of them?
    """
    found = _back(params, X, Y)
    early = [(np.zeros_like(dW), np.zeros_like(db)) for dW, db in found[:-zeros]] if zeros else []
    return [*early, *found[-(zeros or count) :]]


@misconception(of="backward", section="backprop-logits", averaged=(False,))
def logits_at_the_start(params, X, Y, averaged=True):
    """The way back starts with the logits minus the labels; the softmax is missing.

    Which two distributions does f - y compare?
    """
    P = _forward(params, X)[-2] @ _array(params[-1][0]) + _array(params[-1][1])
    return _back(params, X, Y, error=lambda F, Y: (P - Y) / (len(F) if averaged else 1))


@misconception(of="backward", section="backprop-logits")
def loss_in_the_gradient(params, X, Y):
    """The gradients are multiplied by the loss itself.

    What is the derivative of L with respect to L?
    """
    return _back(params, X, Y, error=lambda F, Y: -np.mean(np.log(_of_correct(F, Y))) * (F - Y) / len(F))


@misconception(of="backward", section="backprop-batch", averaged=(False,))
def one_error_for_the_batch(params, X, Y, averaged=True):
    """The errors are averaged over the batch before they go back, and every example gets the same.

    Which gradient belongs to which example, and at which step are they added up?
    """

    def error(F, Y):
        return np.tile((F - Y).mean(axis=0), (len(F), 1)) / (len(F) if averaged else 1)

    return _back(params, X, Y, error=error)


@misconception(of="backward", section="backprop-hidden")
def bias_added_on_the_way_back(params, X, Y):
    """The biases are added to the gradient on its way back.

    If the gradient of the logits is zero, what should reach the hidden layers?
    """

    def mask(k, kept, dH):
        return np.where(kept[k] > 0, dH + _array(params[k - 1][1]), 0.0)

    return _go_back(params, X, Y, mask=mask)


@misconception(of="backward", section="backprop-relu")
def mask_of_the_weights(params, X, Y):
    """ReLU's mask is taken from the weights, not from what went in.

    What went through ReLU on the way forward: weights or pre-activations?
    """
    return _back(params, X, Y, mask=lambda H, dH: dH, pull=lambda dP, W: dP @ np.maximum(_array(W), 0).T)


@misconception(of="backward", section="backprop-relu")
def signs_of_the_gradient_only(params, X, Y):
    """Behind each ReLU only the signs of the gradient are left.

    Which numbers does ReLU's slope multiply on the way back, and which two may that slope be?
    """
    return _back(params, X, Y, mask=lambda H, dH: np.sign(dH) * (H > 0))


@misconception(of="backward", section="backprop-hidden")
def entry_by_entry_on_the_way_back(params, X, Y):
    """The gradient is multiplied by the weights entry by entry where a product of matrices is needed.

    What is the difference between `*` and `@`? Over what does the gradient of one hidden unit add up?
    """
    return _back(params, X, Y, pull=lambda dP, W: dP * _array(W).T)


@misconception(of="backward", section="backprop-hidden")
def gradients_pressed_into_one_array(params, X, Y):
    """The gradients are pressed into one array, though their shapes differ.

    What does NumPy make of rows of different lengths? What holds arrays of any shape?
    """
    return np.array(_back(params, X, Y))


@misconception(of="backward", section="backprop-logits")
def decision_minus_labels_at_the_start(params, X, Y):
    """The way back starts with the decision, 1 for the most probable class and 0 for the others, minus the labels.

    How does the loss change when a correct decision becomes surer? What do your gradients say of it?
    """
    return _back(params, X, Y, error=lambda F, Y: (np.eye(F.shape[1])[F.argmax(axis=1)] - Y) / len(F))


@misconception(of="backward", section="backprop-batch", how=(lambda X: X - X.mean(axis=0),))
def input_standardised_first(params, X, Y, how=lambda X: (X - X.mean(axis=0)) / (X.std(axis=0) + 1e-8)):
    """The inputs are centred or standardised over the batch first.

    Is it the gradient of the network that `forward` computes?
    """
    return _back(params, how(_array(X)), Y)
