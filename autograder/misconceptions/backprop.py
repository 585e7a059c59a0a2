"""What goes wrong in the exercise "Cross-entropy and backpropagation"."""

import numpy as np

from . import EPSILONS, inputs, misconception


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


@misconception(of="cross_entropy", section="backprop-likelihood")
def wrong_classes_too(F, Y):
    """The wrong classes enter as well, by the logarithm of 1 - f: this is the loss of T separate yes-or-no questions.

    Over which classes does the sum of y log f really run when y is one-hot?
    """
    F, Y = _array(F), _array(Y)
    wrong = np.where(Y > 0, 0.0, np.log(np.where(Y > 0, 0.5, 1 - F)))
    return -np.mean(np.log(_of_correct(F, Y)) + wrong.sum(axis=1))


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


@misconception(of="grad_probs", section="backprop-probs")
def loss_itself(f, y):
    """These are the terms of the loss, not their derivatives.

    What is the derivative of the logarithm?
    """
    return -_array(y) * np.log(_array(f))


@misconception(of="grad_probs", section="backprop-logits")
def gradient_at_the_logits(f, y):
    """This is f - y, the gradient at the logits, a link further back.

    With respect to what is the derivative asked for here: f or p?
    """
    return _array(f) - _array(y)


@misconception(of="grad_probs", section="backprop-probs")
def only_the_number(f, y):
    """One number comes back: the slope at the correct class.

    Which shape has the gradient with respect to a vector of T entries?
    """
    return -1 / np.sum(_array(f) * _array(y))


@misconception(of="grad_probs", section="backprop-probs")
def difference_over_probability(f, y):
    """The difference f - y is divided by f.

    Which term of L = -log f_z depends on the probability of a wrong class?
    """
    f = _array(f)
    return (f - _array(y)) / f


@misconception(of="grad_probs", section="backprop-probs")
def loss_of_separate_questions(f, y):
    """This is the gradient of T separate yes-or-no losses: it has a term (1 - y) / (1 - f) as well.

    Does the loss of one-hot classes contain 1 - f anywhere?
    """
    f, y = _array(f), _array(y)
    return -y / f + (1 - y) / (1 - f)


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


@misconception(of="grad_logits", section="backprop-logits")
def truth_minus_prediction(P, Y):
    """The sign is wrong: y - f points downhill, and a gradient points uphill.

    If the logit of the correct class rises, does the loss rise or fall? Which sign has that entry?
    """
    return (_array(Y) - _softmax(P)) / len(P)


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


@misconception(of="grad_logits", section="backprop-batch")
def averaged_over_the_batch(P, Y):
    """The rows are averaged into one, of shape (T,).

    Which shape has the gradient with respect to P?
    """
    return (_softmax(P) - _array(Y)).mean(axis=0)


@misconception(of="grad_logits", section="backprop-logits")
def logits_in_place_of_probabilities(P, Y):
    """The labels are subtracted from the logits; no softmax is taken.

    Which two distributions does the gradient compare?
    """
    return (_array(P) - _array(Y)) / len(P)


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


@misconception(of="linear_backward", section="backprop-weights")
def weights_not_transposed(X, W, dP):
    """dX uses W itself in place of its transpose, which fits in shape only where N and T are equal.

    dX has the columns of X. From which side and along which axis must dP be multiplied?
    """
    _, dW, db = _three(X, W, dP)
    return _array(dP) @ _array(W), dW, db


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


@misconception(of="linear_backward", section="backprop-weights")
def order_of_the_results(X, W, dP):
    """The gradients come back in another order: dW first.

    In which order are (dX, dW, db) asked for?
    """
    dX, dW, db = _three(X, W, dP)
    return dW, db, dX


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


@misconception(of="linear_backward", section="backprop-weights")
def upstream_ignored_in_db(X, W, dP):
    """db is a vector of ones: the local slope, without the upstream gradient.

    By what must the local slope be multiplied?
    """
    dX, dW, db = _three(X, W, dP)
    return dX, dW, np.ones_like(db)


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


@misconception(of="relu_backward", section="backprop-relu")
def multiplied_by_the_activation(A, dH):
    """The upstream gradient is multiplied by the activation, not by its slope.

    What is the slope of max(a, 0) at a = 3: 3 or 1?
    """
    return np.maximum(_array(A), 0) * _array(dH)


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


@misconception(of="softmax_layer_gradients", section="backprop-weights")
def sign_of_both_gradients(X, W, b, Y):
    """The gradients have the wrong sign: they are steps downhill, not slopes.

    Is the step subtracted here or by the one who calls you?
    """
    loss, X, E, B = _layer(X, W, b, Y)
    return loss, -X.T @ E / B, -E.sum(axis=0) / B


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


@misconception(of="backward", section="backprop-relu")
def relu_not_passed_back(params, X, Y):
    """The gradient passes through the hidden layers as if there were no ReLU.

    Which units were silent on the way forward, and what did they contribute to the loss?
    """
    return _back(params, X, Y, mask=lambda H, dH: dH)


@misconception(of="backward", section="backprop-relu")
def masked_by_the_sign_of_the_gradient(params, X, Y):
    """ReLU's mask is taken from the upstream gradient, not from what went in.

    Which of the two decided, on the way forward, what passed?
    """
    return _back(params, X, Y, mask=lambda H, dH: np.maximum(dH, 0))


@misconception(of="backward", section="backprop-relu")
def multiplied_by_the_activations(params, X, Y):
    """The gradient is multiplied by the activations of the hidden layer, not by ReLU's slope.

    What is the slope of max(a, 0) at a = 3: 3 or 1?
    """
    return _back(params, X, Y, mask=lambda H, dH: H * dH)


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


@misconception(of="backward", section="backprop-logits")
def truth_minus_prediction_at_the_start(params, X, Y):
    """The way back starts with y - f, so that every gradient has the wrong sign.

    Does the loss rise or fall when the logit of the correct class rises?
    """
    return _back(params, X, Y, error=lambda F, Y: (Y - F) / len(F))


@misconception(of="backward", section="backprop-hidden")
def last_layer_first(params, X, Y):
    """The list begins with the last layer, in the order in which the gradients were found.

    Which layer should come first in the list?
    """
    return _back(params, X, Y)[::-1]


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


@misconception(of="backward", section="backprop-hidden")
def updated_before_use(params, X, Y):
    """The weights are moved downhill before the gradient goes back through them.

    Through which weights did the signal go forward: the old ones or the new?
    """
    kept = _forward(params, X)
    dP, found = (kept[-1] - _array(Y)) / len(kept[0]), []
    for k in reversed(range(len(params))):
        dW, db = kept[k].T @ dP, dP.sum(axis=0)
        found.insert(0, (dW, db))
        dP = np.where(kept[k] > 0, dP @ (params[k][0] - 0.1 * dW).T, 0.0)
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
