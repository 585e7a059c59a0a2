"""What goes wrong in the capstone. A design is the student's own: these know chains of layers, `[W1, b1, W2, b2, ...]`
with one of three bends between them, and take nothing else for theirs."""

import numpy as np

from . import EPSILONS, inputs, misconception

BENDS = ("tanh", "sigmoid")
DECAYS = tuple(factor * 10.0**-k for k in range(1, 6) for factor in (0.5, 1.0, 2.0))


def _bent(A, bend):
    if bend == "relu":
        return np.maximum(A, 0.0)
    return np.tanh(A) if bend == "tanh" else 0.5 + 0.5 * np.tanh(A / 2)


def _slope(H, bend):
    """The slope of the bend, from what came out of it."""
    return {"relu": (H > 0) * 1.0, "tanh": 1 - H**2, "sigmoid": H * (1 - H)}[bend]


def _activations(model, X, bend):
    params, H = model["params"], [np.asarray(X, dtype=float)]
    for k in range(0, len(params), 2):
        A = H[-1] @ params[k] + params[k + 1]
        H.append(A if k == len(params) - 2 else _bent(A, bend))
    return H


def _logits(model, X, bend):
    return _activations(model, X, bend)[-1]


def _softmax(P, axis=1):
    E = np.exp(P - P.max(axis=axis, keepdims=True))
    return E / E.sum(axis=axis, keepdims=True)


def _losses(P, z):
    P = P - P.max(axis=1, keepdims=True)
    return np.log(np.exp(P).sum(axis=1)) - P[np.arange(len(z)), z]


def _errors(P, z):
    return (_softmax(P) - np.eye(P.shape[1])[z]) / len(z)


def _back(model, X, errors, bend, slope=_slope):
    params, H, found = model["params"], _activations(model, X, bend), []
    for k in range(len(params) - 2, -1, -2):
        found = [H[k // 2].T @ errors, errors.sum(axis=0), *found]
        if k:
            errors = (errors @ params[k].T) * slope(H[k // 2], bend)
    return found


def _gradients(model, X, z, bend="relu"):
    return _back(model, X, _errors(_logits(model, X, bend), z), bend)


def _model(N, T, seed, hidden=16):
    rng = np.random.default_rng(seed)
    W1, W2 = rng.normal(size=(N, hidden)) * np.sqrt(2 / N), rng.normal(size=(hidden, T)) / np.sqrt(hidden)
    return {"params": [W1, np.zeros(hidden), W2, np.zeros(T)]}


def _shaken(rng, N, T):
    model = _model(N, T, 0)
    return {"params": [p + 0.1 * rng.normal(size=p.shape) for p in model["params"]]}


@inputs(of="new_model")
def draw_sizes(rng):
    return [(3, 2, 0), (2, 5, 1), (4, 4, 3), (64, 10, 0), (7, 3, int(rng.integers(100)))]


@misconception(of="new_model", section="network-parameters")
def made_for_the_digits_alone(N, T, seed):
    """The sizes are those of the digits, whatever N and T are.

    Your classifier will meet other problems too. Which numbers in your cell are really names of N and T?
    """
    return _model(64, 10, seed)


@misconception(of="new_model", section="network-layer")
def features_and_classes_exchanged(N, T, seed):
    """The first layer takes T numbers and the last one gives N.

    How many numbers does a row of X have, and how many logits does it get?
    """
    return _model(T, N, seed)


@misconception(of="new_model", section="network-one-hot")
def one_class_too_few(N, T, seed):
    """There are T - 1 logits.

    Two classes can be told apart by a single number. How many columns does the text ask for all the same?
    """
    return _model(N, T - 1, seed)


@misconception(of="new_model", section="capstone-form")
def params_in_pairs(N, T, seed):
    """The parameters come in pairs (W, b), as in earlier notebooks, and not one array after the other.

    What is entry 0 of your list: an array, or two of them?
    """
    W1, b1, W2, b2 = _model(N, T, seed)["params"]
    return {"params": [(W1, b1), (W2, b2)]}


@misconception(of="new_model", section="capstone-form")
def the_list_alone(N, T, seed):
    """The list of arrays comes back without its dict.

    Where would a design put the means and scales of the features?
    """
    return _model(N, T, seed)["params"]


@misconception(of="new_model", section="capstone-form")
def arrays_under_names(N, T, seed):
    """Each array has a key of its own, and there is no list "params".

    Somebody who does not know your design wants to move each of its parameters. Where will they look?
    """
    return dict(zip(("W1", "b1", "W2", "b2"), _model(N, T, seed)["params"]))


@misconception(of="new_model", section="capstone-form")
def a_dict_of_params(N, T, seed):
    """What stands under "params" is a dict and not a list.

    Names are good for people. What does the text ask for under this key?
    """
    return {"params": arrays_under_names(N, T, seed)}


@misconception(of="new_model", section="capstone-form")
def one_array_and_no_list(N, T, seed):
    """All parameters are in one long array, and this array stands under "params" without a list around it.

    A list may well hold a single array. Is yours in one?
    """
    return {"params": np.concatenate([p.ravel() for p in _model(N, T, seed)["params"]])}


@misconception(of="new_model", section="capstone-form")
def settings_among_the_parameters(N, T, seed):
    """A word, such as the name of the bend, stands among the arrays.

    What is the slope of the loss with respect to a word? Where do things stand that are not learned?
    """
    return {"params": [*_model(N, T, seed)["params"], "relu"]}


@misconception(of="new_model", section="capstone-form")
def nothing_to_learn(N, T, seed):
    """The list of parameters is empty.

    What will training change?
    """
    return {"params": []}


@misconception(of="new_model", section="network-initialisation")
def weights_of_size_one(N, T, seed):
    """The weights are normal numbers of standard deviation 1, whatever the number of inputs.

    How large is a sum of n such numbers, typically? What does a softmax make of logits of that size, and what
    does it cost where they are wrong?
    """
    rng = np.random.default_rng(seed)
    return {"params": [rng.normal(size=(N, 48)), np.zeros(48), rng.normal(size=(48, T)), np.zeros(T)]}


@misconception(of="new_model", section="network-parameters")
def a_bias_for_each_row(N, T, seed):
    """The last bias has the shape (N, T), and not one number for each class.

    To which matrix is the bias added, and what is the same for all its rows?
    """
    *others, b = _model(N, T, seed)["params"]
    return {"params": [*others, np.zeros((N, T))]}


@inputs(of="logits")
def draw_models_and_rows(rng):
    sizes = ((3, 2, 4, 1.0), (4, 5, 1, 1.0), (3, 3, 3, 1.0), (5, 3, 7, 1.0), (3, 2, 4, 1e4))
    return [(_shaken(rng, N, T), size * rng.normal(size=(B, N))) for N, T, B, size in sizes]


@misconception(of="logits", section="network-logits", bend=BENDS)
def probabilities_and_not_logits(model, X, bend="relu"):
    """Probabilities come back: the softmax has already been taken.

    What do the numbers of one row add up to? And what will the loss make of a probability, if it takes its
    softmax once more?
    """
    return _softmax(_logits(model, X, bend))


@misconception(of="logits", section="stability-loss", bend=BENDS)
def logarithms_of_probabilities_that_are_zero(model, X, bend="relu"):
    """The logarithms of the probabilities come back, which are fine logits until a probability is rounded to zero.

    Where two classes lie thousands apart, what is the smaller probability in float64, and what is its logarithm?
    """
    return np.log(_softmax(_logits(model, X, bend)))


@misconception(of="logits", section="network-predict", bend=BENDS)
def classes_and_not_logits(model, X, bend="relu"):
    """The most probable class comes back, one number for each row.

    The loss has to know by how much a class leads. Does a class number say that?
    """
    return _logits(model, X, bend).argmax(axis=1)


@misconception(of="logits", section="network-layer", bend=BENDS)
def classes_in_the_rows(model, X, bend="relu"):
    """The matrix is turned: each column belongs to an example.

    Rows are examples throughout the course. What shape has your answer for 4 rows and 2 classes?
    """
    return _logits(model, X, bend).T


@misconception(of="logits", section="training-new-hands", bend=BENDS)
def standardised_by_the_batch(model, X, bend="relu"):
    """The features are standardised by the mean and scale of the rows that happen to be in the batch.

    If a single row is asked for, what is its mean, and what is left of it? From which data should mean and scale
    come, and where can they be kept?
    """
    return _logits(model, (X - X.mean(axis=0)) / (X.std(axis=0) + 1e-8), bend)


@misconception(of="logits", section="stability-batch", bend=BENDS)
def shifted_by_the_other_rows(model, X, bend="relu"):
    """The largest logit of the whole batch, or of a column, is taken from each row.

    A shift by one number leaves the softmax of a row as it is. But may the logits of one row depend on another row?
    """
    P = _logits(model, X, bend)
    return P - P.max(axis=0)


@misconception(of="logits", section="network-layer", bend=BENDS)
def a_single_row_loses_its_axis(model, X, bend="relu"):
    """For a single row, a vector comes back and not a matrix with one row.

    What does `squeeze` do to the shape (1, T)?
    """
    return np.squeeze(_logits(model, X, bend))


@misconception(of="logits", section="network-forward", bend=BENDS)
def rows_are_averaged(model, X, bend="relu"):
    """All rows get the same logits, those of their mean.

    Which axis did you sum over? How can two images be told apart after that?
    """
    P = _logits(model, X, bend)
    return np.zeros_like(P) + P.mean(axis=0)


@misconception(of="logits", section="capstone-form", bend=BENDS)
def parameters_of_its_own(model, X, bend="relu"):
    """The logits come from parameters that are made in the cell itself, and the model that is given is not used.

    If somebody hands in another model, what changes? Which names in your function are set outside it?
    """
    own = _model(X.shape[1], len(model["params"][-1]), 0)
    return _logits(own, X, bend)


@misconception(of="logits", section="capstone-form", bend=BENDS)
def inputs_changed_in_place(model, X, bend="relu"):
    """The inputs are shifted where they stand, and so they are different for everybody after the call.

    What is the difference between `X -= m` and `X = X - m`?
    """
    X -= 0.5
    return _logits(model, X, bend)


@misconception(of="logits", section="capstone-form", bend=BENDS)
def one_column_too_many(model, X, bend="relu"):
    """There is one more logit in each row than there are classes, always zero.

    A logit that is fixed at zero can stand in for one class. Is it one of the T, or one more?
    """
    P = _logits(model, X, bend)
    return np.hstack([P, np.zeros((len(P), 1))])


@inputs(of="loss")
def draw_examples(rng):
    return [
        (_shaken(rng, N, T), size * rng.normal(size=(B, N)), rng.integers(T, size=B))
        for N, T, B, size in ((3, 4, 5, 1.0), (3, 4, 1, 1.0), (2, 2, 2, 1.0), (5, 3, 7, 1.0), (3, 4, 6, 1e4))
    ]


@misconception(of="loss", section="backprop-batch", bend=BENDS)
def summed_over_the_examples(model, X, z, bend="relu"):
    """The losses of the examples are added up, and not averaged.

    If every example came twice, what should happen to the loss?
    """
    return np.sum(_losses(_logits(model, X, bend), z))


@misconception(of="loss", section="backprop-batch", bend=BENDS)
def averaged_over_the_classes_too(model, X, z, bend="relu"):
    """The sum is divided by the number of entries of the matrix, B times T.

    How many losses are added up: one for each entry, or one for each row?
    """
    P = _logits(model, X, bend)
    return np.sum(_losses(P, z)) / P.size


@misconception(of="loss", section="backprop-likelihood", bend=BENDS)
def logarithm_to_base_two(model, X, z, bend="relu"):
    """The logarithm is taken to base 2.

    Which logarithm has the derivative 1/x?
    """
    return np.mean(_losses(_logits(model, X, bend), z)) / np.log(2)


@misconception(of="loss", section="backprop-likelihood", bend=BENDS)
def minus_sign_forgotten(model, X, z, bend="relu"):
    """The mean logarithm comes back with its own sign, which is negative.

    A better model should have a smaller loss. Does yours?
    """
    return -np.mean(_losses(_logits(model, X, bend), z))


@misconception(of="loss", section="stability-loss", bend=BENDS, epsilon=EPSILONS)
def guarded_by_a_small_number(model, X, z, bend="relu", epsilon=1e-12):
    """A small number is added to the probability before the logarithm, so no loss can be large.

    How much does a wrong answer cost at a gap of a thousand, and how much with your guard? How can one do without
    a probability that was rounded to zero?
    """
    F = _softmax(_logits(model, X, bend))
    return -np.mean(np.log(F[np.arange(len(z)), z] + epsilon))


@misconception(of="loss", section="stability-overflow", bend=BENDS)
def exponentials_that_overflow(model, X, z, bend="relu"):
    """The exponentials of the logits are taken as they are, and overflow.

    What is exp(1000) in float64? What may be subtracted from all logits of a row without a change of the loss?
    """
    P = _logits(model, X, bend)
    return np.mean(np.log(np.exp(P).sum(axis=1)) - P[np.arange(len(z)), z])


@misconception(of="loss", section="stability-loss", bend=BENDS)
def logarithm_of_a_rounded_probability(model, X, z, bend="relu"):
    """The softmax is safe, but its logarithm is taken afterwards, where a probability has already become zero.

    For a gap of a thousand, what is left of exp(-1000)? In which order can logarithm and exponential meet, so
    that they cancel?
    """
    F = _softmax(_logits(model, X, bend))
    return -np.mean(np.log(F[np.arange(len(z)), z]))


@misconception(of="loss", section="training-accuracy", bend=BENDS)
def share_of_mistakes(model, X, z, bend="relu"):
    """The share of examples that are put into a wrong class comes back.

    How does this number change when a weight moves a little? Could one walk downhill on it?
    """
    return np.mean(_logits(model, X, bend).argmax(axis=1) != z)


@misconception(of="loss", section="backprop-likelihood", bend=BENDS)
def squared_distance_of_probabilities(model, X, z, bend="relu"):
    """The loss is the squared distance of the probabilities from the one-hot rows.

    It is a loss, but which one is asked for?
    """
    P = _logits(model, X, bend)
    return np.mean(np.sum((_softmax(P) - np.eye(P.shape[1])[z]) ** 2, axis=1))


@misconception(of="loss", section="backprop-likelihood", bend=BENDS)
def every_class_as_a_question_of_its_own(model, X, z, bend="relu"):
    """The logarithms of 1 - f of all wrong classes are added, as if each class were decided by itself.

    The probabilities of a softmax add up to 1. What does the probability of the right class already say about all
    others?
    """
    P = _logits(model, X, bend)
    F, Y = _softmax(P), np.eye(P.shape[1])[z]
    return -np.mean(np.sum(Y * np.log(F + 1e-300) + (1 - Y) * np.log1p(-F * (1 - 1e-16)), axis=1))


@misconception(of="loss", section="network-logits", bend=BENDS)
def softmax_of_the_softmax(model, X, z, bend="relu"):
    """The softmax is taken twice: the probabilities are treated as logits.

    How far apart can two logits be if both lie between 0 and 1? How small can the loss become then?
    """
    return np.mean(_losses(_softmax(_logits(model, X, bend)), z))


@misconception(of="loss", section="softmax-batch", bend=BENDS)
def softmax_over_the_batch(model, X, z, bend="relu"):
    """The exponentials are divided by the sum over their column: the examples compete, and not the classes.

    Which numbers must add up to 1: those of a row or those of a column?
    """
    F = _softmax(_logits(model, X, bend), axis=0)
    return -np.mean(np.log(F[np.arange(len(z)), z]))


@misconception(of="loss", section="training-overfitting", bend=BENDS, decay=DECAYS)
def weight_decay_in_the_loss(model, X, z, bend="relu", decay=1e-3):
    """A multiple of the squared weights is added.

    Weight decay belongs to how you train. What would a loss mean that changes with the size of the weights, if
    you compare two models by it?
    """
    return np.mean(_losses(_logits(model, X, bend), z)) + decay * sum(np.sum(p**2) for p in model["params"][::2])


@misconception(of="loss", section="network-one-hot", bend=BENDS)
def labels_counted_from_one(model, X, z, bend="relu"):
    """The labels are taken to begin with 1, so each example is compared with the class before its own.

    What is the label of the first class, and which class does an index of -1 name?
    """
    return np.mean(_losses(_logits(model, X, bend), z - 1))


@misconception(of="loss", section="backprop-batch", bend=BENDS)
def a_loss_for_each_example(model, X, z, bend="relu"):
    """One loss for each example comes back, and not their mean.

    How many numbers does the text ask for?
    """
    return _losses(_logits(model, X, bend), z)


@misconception(of="loss", section="backprop-batch", bend=BENDS)
def first_example_alone(model, X, z, bend="relu"):
    """Only the first example counts.

    If the second label is changed, does your loss change? Does a `return` stand inside a loop?
    """
    return _losses(_logits(model, X, bend), z)[0]


@inputs(of="gradients")
def draw_points(rng):
    drawn = [
        (_shaken(rng, N, T), size * rng.normal(size=(B, N)), rng.integers(T, size=B))
        for N, T, B, size in ((3, 2, 1, 1.0), (3, 4, 5, 1.0), (3, 3, 3, 1.0), (5, 3, 7, 1.0), (3, 4, 6, 1e4))
    ]
    # So sure of class 1 that differences of losses have no digits left.
    sure = _shaken(rng, 3, 2)
    sure["params"][-1] = sure["params"][-1] + np.array([0.0, 30.0])
    return [*drawn, (sure, rng.normal(size=(1, 3)), np.array([1]))]


@misconception(of="gradients", section="backprop-batch", bend=BENDS)
def gradients_of_the_sum(model, X, z, bend="relu"):
    """The gradients are those of the sum of the losses, and the loss is their mean.

    If every example came twice, what should happen to the gradient?
    """
    return [len(z) * g for g in _gradients(model, X, z, bend)]


@misconception(of="gradients", section="backprop-batch", bend=BENDS)
def divided_by_the_batch_twice(model, X, z, bend="relu"):
    """The mean is taken twice: the errors are divided by B, and then the products are as well.

    How often does the loss divide by B? Where have you put this factor, and where again?
    """
    return [g / len(z) for g in _gradients(model, X, z, bend)]


@misconception(of="gradients", section="backprop-batch", bend=BENDS)
def divided_by_the_classes_too(model, X, z, bend="relu"):
    """The errors are divided by B times T, as `np.mean` over a matrix does.

    Over how many losses is the mean taken: one for each row, or one for each entry?
    """
    P = _logits(model, X, bend)
    return _back(model, X, _errors(P, z) / P.shape[1], bend)


@misconception(of="gradients", section="backprop-logits", bend=BENDS)
def labels_minus_probabilities(model, X, z, bend="relu"):
    """Every gradient has the wrong sign: labels minus probabilities.

    If the logit of the right class grows, does the loss grow or fall?
    """
    return [-g for g in _gradients(model, X, z, bend)]


@misconception(of="gradients", section="backprop-logits", bend=BENDS)
def labels_left_out(model, X, z, bend="relu"):
    """The errors at the logits are the probabilities themselves: the labels are never subtracted.

    What should the error be when the model is right and sure of it?
    """
    return _back(model, X, _softmax(_logits(model, X, bend)) / len(z), bend)


@misconception(of="gradients", section="backprop-logits", bend=BENDS)
def slope_of_the_softmax_twice(model, X, z, bend="relu"):
    """The errors at the logits are multiplied by f (1 - f) once more.

    In f - y the Jacobian of the softmax is already contained. Where does your extra factor come from?
    """
    P = _logits(model, X, bend)
    F = _softmax(P)
    return _back(model, X, _errors(P, z) * F * (1 - F), bend)


@misconception(of="gradients", section="backprop-hidden", bend=BENDS)
def last_layer_alone(model, X, z, bend="relu"):
    """Only the last layer has gradients; all before it are zero.

    Would the loss change if a weight of the first layer moved?
    """
    *before, dW, db = _gradients(model, X, z, bend)
    return [*(0 * g for g in before), dW, db]


@misconception(of="gradients", section="backprop-relu", bend=BENDS)
def bend_left_out_on_the_way_back(model, X, z, bend="relu"):
    """On the way back, the slope of the bend between the layers is left out.

    A hidden unit that is off in the forward pass: can a weight before it change the loss?
    """
    return _back(model, X, _errors(_logits(model, X, bend), z), bend, slope=lambda H, bend: 1.0)


@misconception(of="gradients", section="backprop-weights", bend=BENDS)
def biases_left_out(model, X, z, bend="relu"):
    """The gradients of the biases are zero.

    A bias is added to every row. Does the loss not change when it moves?
    """
    return [g if k % 2 == 0 else 0 * g for k, g in enumerate(_gradients(model, X, z, bend))]


@misconception(of="gradients", section="backprop-weights", bend=BENDS)
def biases_averaged(model, X, z, bend="relu"):
    """The gradients of the biases are means over the rows, where the errors are divided by B already.

    The weights sum over the rows within their matrix product. Why should the biases do something else?
    """
    return [g if k % 2 == 0 else g / len(z) for k, g in enumerate(_gradients(model, X, z, bend))]


@misconception(of="gradients", section="backprop-weights", bend=BENDS)
def biases_keep_an_axis(model, X, z, bend="relu"):
    """The gradients of the biases have the shape (1, m).

    What shape has the bias? What does `keepdims` do here?
    """
    return [g if k % 2 == 0 else g[None] for k, g in enumerate(_gradients(model, X, z, bend))]


@misconception(of="gradients", section="capstone-form", bend=BENDS)
def gradients_in_pairs(model, X, z, bend="relu"):
    """The gradients come in pairs (dW, db), and the parameters do not.

    How many entries has `model["params"]`, and how many has your answer?
    """
    found = _gradients(model, X, z, bend)
    return list(zip(found[::2], found[1::2]))


@misconception(of="gradients", section="backprop-hidden", bend=BENDS)
def last_layer_first(model, X, z, bend="relu"):
    """The gradients come in the order in which they were found, from the last layer to the first.

    Which array does your first gradient belong to, and which one stands first in the model?
    """
    found = _gradients(model, X, z, bend)
    return [g for k in range(len(found) - 2, -1, -2) for g in found[k : k + 2]]


@misconception(of="gradients", section="backprop-weights", bend=BENDS)
def weights_transposed(model, X, z, bend="relu"):
    """The gradients of the weights are transposed.

    A gradient has the shape of what it belongs to. And where both shapes are square, which index must name the input?
    """
    return [g.T for g in _gradients(model, X, z, bend)]


@misconception(of="gradients", section="training-overfitting", bend=BENDS, decay=DECAYS)
def weight_decay_in_the_gradients(model, X, z, bend="relu", decay=1e-3):
    """A multiple of the weights is added to their gradients.

    Of which function are these the slopes? If decay is a part of your training, where else could it be put?
    """
    found = _gradients(model, X, z, bend)
    return [g + decay * p if k % 2 == 0 else g for k, (g, p) in enumerate(zip(found, model["params"]))]


@misconception(of="gradients", section="stability-overflow", bend=BENDS)
def softmax_that_overflows(model, X, z, bend="relu"):
    """The softmax within the gradients takes the exponentials of the logits as they are.

    Your loss may be safe, but what does this softmax give for a logit of 1000?
    """
    P = _logits(model, X, bend)
    F = np.exp(P) / np.exp(P).sum(axis=1, keepdims=True)
    return _back(model, X, (F - np.eye(P.shape[1])[z]) / len(z), bend)


@misconception(of="gradients", section="gradient_checking-rounding", bend=BENDS, h=(1e-3, 1e-4, 1e-6, 1e-7, 1e-8))
def differences_in_place_of_a_derivation(model, X, z, bend="relu", h=1e-5):
    """The gradients are differences of losses, two for each parameter, and not derived.

    How many losses does one step of training cost then? And what is left of a difference, where the loss is 1e-12
    and its rounding error is not smaller than ever?
    """
    found = []
    for k, parameter in enumerate(model["params"]):
        found.append(np.zeros(np.shape(parameter)))
        for at in np.ndindex(np.shape(parameter)):
            values = []
            for step in (h, -h):
                moved = [np.array(p, dtype=float) for p in model["params"]]
                moved[k][at] += step
                values.append(np.mean(_losses(_logits({"params": moved}, X, bend), z)))
            found[k][at] = (values[0] - values[1]) / (2 * h)
    return found


def _waves(model, X, z):
    A, c = model["params"]
    return model["size"] * np.sum(np.sin(X @ A) * z) + model["tiny"] * np.sum(np.cos(c) * z)


def _slopes_of_waves(model, X, z):
    A, c = model["params"]
    return [model["size"] * X.T @ (np.cos(X @ A) * z), -model["tiny"] * np.sin(c) * z.sum(axis=0)]


def _but(k, change):
    return lambda *args: [change(g) if i == k else g for i, g in enumerate(_slopes_of_waves(*args))]


def _entry(factor, at=None):
    def change(g):
        g = np.array(g)
        g.flat[np.argmax(np.abs(g)) if at is None else at] *= factor
        return g

    return change


@inputs(of="check_gradients")
def draw_right_and_wrong_pairs(rng):
    X, z = rng.uniform(0.5, 1.5, size=(2, 3)), rng.uniform(1, 2, size=(2, 3))
    params = [rng.uniform(-1, 1, size=(3, 3)), rng.uniform(0.5, 1, size=3)]
    pairs = [
        _slopes_of_waves,
        lambda *args: [-g for g in _slopes_of_waves(*args)],
        lambda *args: [2 * g for g in _slopes_of_waves(*args)],
        lambda *args: [0 * g for g in _slopes_of_waves(*args)],
        lambda *args: [1.03 * g for g in _slopes_of_waves(*args)],
        lambda *args: [1.3 * g for g in _slopes_of_waves(*args)],
        lambda *args: _slopes_of_waves(*args)[1:],
        lambda *args: _slopes_of_waves(*args)[:1],
        lambda *args: [*_slopes_of_waves(*args), np.ones(2)],
        _but(0, lambda g: -g),
        _but(1, lambda g: -g),
        _but(0, _entry(1.02)),
        _but(1, _entry(1.02)),
        _but(0, _entry(-1.0)),
        _but(0, _entry(np.nan)),
        _but(1, _entry(np.nan)),
        _but(0, _entry(2.0, at=0)),
        _but(0, _entry(2.0, at=-1)),
        _but(0, lambda g: g + np.array([[1.0, -1.0, 0.0]])),
        _but(0, lambda g: g.T),
        _but(1, lambda g: g[None]),
        _but(1, lambda g: g[:, None]),
        _but(1, lambda g: g.flat[0]),
    ]
    return [
        (_waves, pair, {"params": params, "size": size, "tiny": tiny}, X, z)
        for size, tiny in ((1.0, 1.0), (1.0, 1e-4), (1e-9, 1e-9), (1e6, 1e6))
        for pair in pairs
    ]


def _measured(loss, model, X, z, k):
    slopes = np.zeros(np.shape(model["params"][k]))
    for at in np.ndindex(slopes.shape):
        values = []
        for step in (1e-5, -1e-5):
            moved = [np.array(p, dtype=float) for p in model["params"]]
            moved[k][at] += step
            values.append(loss(model | {"params": moved}, X, z))
        slopes[at] = (values[0] - values[1]) / 2e-5
    return slopes


def _agree(claimed, measured, tolerance=1e-4):
    if np.shape(claimed) != measured.shape:
        return False
    return bool(np.abs(claimed - measured).max() <= tolerance * np.abs(measured).max())


def _judge(loss, gradients, model, X, z, agree=_agree, chosen=slice(None)):
    """A right checker, save for what is given."""
    claimed = gradients(model, X, z)
    numbers = range(len(model["params"]))
    if len(claimed) != len(numbers):
        return False
    return all(agree(claimed[k], _measured(loss, model, X, z, k)) for k in numbers[chosen])


@misconception(of="check_gradients", section="gradient_checking-verdict")
def everything_is_accepted(loss, gradients, model, X, z):
    """The answer is True, whatever comes.

    Which line of yours can ever lead to False? Is the comparison what you return?
    """
    return True


@misconception(of="check_gradients", section="gradient_checking-step")
def finer_than_the_measurement(loss, gradients, model, X, z):
    """More digits are asked for than the measured slopes have, so right gradients are rejected too.

    Is a slope measured on one side, or on both? With which step is its error smallest, and how many digits are right
    then?
    """
    return _judge(loss, gradients, model, X, z, agree=lambda a, b: _agree(a, b, 0.0))


@misconception(of="check_gradients", section="gradient_checking-blind")
def first_array_alone(loss, gradients, model, X, z):
    """Only the first array of gradients is looked at.

    In a network, which arrays stand behind the first one? Does a `return` stand inside your loop?
    """
    return _judge(loss, gradients, model, X, z, chosen=slice(1))


@misconception(of="check_gradients", section="gradient_checking-blind")
def last_array_alone(loss, gradients, model, X, z):
    """Only the last array of gradients decides, since each verdict replaces the one before.

    If the first array is wrong and the second is right, what does your variable hold in the end?
    """
    return _judge(loss, gradients, model, X, z, chosen=slice(-1, None))


@misconception(of="check_gradients", section="gradient_checking-blind")
def one_norm_for_all_arrays(loss, gradients, model, X, z):
    """The errors of all arrays are compared with one norm, that of all of them together.

    If one array has slopes ten thousand times as small as another, how wrong may it be before anybody notices?
    """
    claimed, measured = gradients(model, X, z), [_measured(loss, model, X, z, k) for k in range(len(model["params"]))]
    if [np.shape(g) for g in claimed] != [m.shape for m in measured]:
        return False
    off = np.sqrt(sum(np.sum((g - m) ** 2) for g, m in zip(claimed, measured)))
    return bool(off <= 1e-3 * np.sqrt(sum(np.sum(m**2) for m in measured)))


@misconception(of="check_gradients", section="gradient_checking-relative", within=(1e-3, 1e-4, 1e-6, 1e-7, 1e-8))
def absolute_tolerance(loss, gradients, model, X, z, within=1e-5):
    """The difference is compared with a fixed number, however large or small the slopes are.

    If all slopes are near 1e-8, which gradients pass? And which pass if they are near a million?
    """
    near = lambda a, b: np.shape(a) == b.shape and bool(np.abs(a - b).max() <= within)  # noqa: E731
    return _judge(loss, gradients, model, X, z, agree=near)


@misconception(of="check_gradients", section="gradient_checking-relative")
def default_tolerance_of_allclose(loss, gradients, model, X, z):
    """`np.allclose` decides, with the tolerance 1e-8 that it adds by itself.

    What does `allclose` say of 1e-9 and 2e-9? Which of its two tolerances is to blame?
    """
    near = lambda a, b: np.shape(a) == b.shape and bool(np.allclose(a, b, rtol=1e-4))  # noqa: E731
    return _judge(loss, gradients, model, X, z, agree=near)


@misconception(of="check_gradients", section="gradient_checking-blind")
def shapes_never_compared(loss, gradients, model, X, z):
    """Shapes are never compared, and what broadcasts is accepted.

    What is the shape of the difference between (2,) and (1, 2)?
    """

    def near(a, b):
        try:
            return bool(np.abs(a - b).max() <= 1e-4 * np.abs(b).max())
        except ValueError:
            return False

    return _judge(loss, gradients, model, X, z, agree=near)


@misconception(of="check_gradients", section="gradient_checking-relative")
def nan_is_accepted(loss, gradients, model, X, z):
    """An array is rejected if its error is larger than the tolerance, and NaN is larger than nothing.

    What is `np.nan > 1e-4`? How can the question be turned round?
    """

    def near(a, b):
        return np.shape(a) == b.shape and not np.abs(a - b).max() > 1e-4 * np.abs(b).max()

    return _judge(loss, gradients, model, X, z, agree=near)


@misconception(of="check_gradients", section="gradient_checking-relative")
def signs_are_lost(loss, gradients, model, X, z):
    """Sizes are compared without their signs.

    Which way does a step go, if all gradients have the wrong sign?
    """
    return _judge(loss, gradients, model, X, z, agree=lambda a, b: _agree(np.abs(a), np.abs(b)))


@misconception(of="check_gradients", section="gradient_checking-blind")
def sums_alone_are_compared(loss, gradients, model, X, z):
    """All entries of an array are moved by the same amount, so only the sum of its gradient is seen.

    If one entry is too large and its neighbour too small by as much, what does the sum say? Which directions
    would see it?
    """
    near = lambda a, b: np.shape(a) == b.shape and _agree(np.sum(a), np.sum(b), 1e-5)  # noqa: E731
    return _judge(loss, gradients, model, X, z, agree=near)


@misconception(of="check_gradients", section="gradient_checking-blind")
def first_entry_alone(loss, gradients, model, X, z):
    """One entry of each array is tried, the first.

    Where could a bug hide from you? How many entries does one random direction see at a time?
    """
    near = lambda a, b: np.shape(a) == b.shape and _agree(np.ravel(a)[0], np.ravel(b)[0])  # noqa: E731
    return _judge(loss, gradients, model, X, z, agree=near)


@misconception(of="check_gradients", section="gradient_checking-verdict", within=(0.05, 0.2))
def generous_tolerance(loss, gradients, model, X, z, within=0.1):
    """Errors of several percent are accepted.

    How exact is a central difference? How far apart are right gradients and typical bugs, and where between them
    should the line be drawn?
    """
    return _judge(loss, gradients, model, X, z, agree=lambda a, b: _agree(a, b, within))


@misconception(of="check_gradients", section="gradient_checking-blind")
def missing_arrays_not_noticed(loss, gradients, model, X, z):
    """As many arrays are compared as came back, and nobody asks whether some are missing.

    Where does `zip` stop, if one of its two lists is shorter?
    """
    claimed = gradients(model, X, z)
    return all(_agree(g, _measured(loss, model, X, z, k)) for k, g in enumerate(claimed[: len(model["params"])]))


@misconception(of="check_gradients", section="capstone-form")
def other_keys_dropped(loss, gradients, model, X, z):
    """The loss is given a new dict that holds "params" alone.

    What else may a model hold that its loss needs?
    """
    return _judge(lambda m, X, z: loss({"params": m["params"]}, X, z), gradients, model, X, z)


@misconception(of="check_gradients", section="gradient_checking-difference")
def left_displaced(loss, gradients, model, X, z):
    """The parameters are moved where they stand, and in the end they are not what they were.

    After you have added h and taken 2h away, where does the entry stand? Do the bits of a number come back when h
    is added and subtracted?
    """
    claimed = gradients(model, X, z)
    for k, parameter in enumerate(model["params"]):
        for at in np.ndindex(parameter.shape):
            parameter[at] += 1e-5
            above = loss(model, X, z)
            parameter[at] -= 2e-5
            slope = (above - loss(model, X, z)) / 2e-5
            if k >= len(claimed) or not abs(np.ravel(claimed[k])[0] - slope) < np.inf:
                return False
    return True


@misconception(of="check_gradients", section="gradient_checking-verdict")
def the_error_and_no_verdict(loss, gradients, model, X, z):
    """The largest relative error comes back, and not True or False.

    A number must still be judged. By whom?
    """
    claimed = gradients(model, X, z)
    errors = [0.0]
    for k, parameter in enumerate(model["params"]):
        measured = _measured(loss, model, X, z, k)
        if k >= len(claimed) or np.shape(claimed[k]) != parameter.shape:
            return float("inf")
        errors.append(np.abs(claimed[k] - measured).max() / np.abs(measured).max())
    return float(max(errors))


@inputs(of="fit")
def draw_small_problems(rng):
    drawn = []
    for N, T, n in ((2, 3, 45), (3, 2, 30)):
        z = np.arange(n) % T
        drawn.append((2 * rng.normal(size=(T, N))[z] + 0.3 * rng.normal(size=(n, N)), z, int(rng.integers(100))))
    return drawn


def _trained(
    X, z, seed, labels=None, epochs=25, size=20, rate=0.03, start=None, shuffled=True, hidden=48, gradients=_gradients
):
    """A training run that is right, save for what is given."""
    model, rng = start or _model(X.shape[1], int(z.max()) + 1, seed, hidden), np.random.default_rng([seed, 1])
    velocity, z = [np.zeros_like(p) for p in model["params"]], z if labels is None else labels
    for _ in range(epochs):
        order = rng.permutation(len(z)) if shuffled else np.arange(len(z))
        for k in range(0, len(z), size):
            batch = order[k : k + size]
            velocity = [0.9 * v + g for v, g in zip(velocity, gradients(model, X[batch], z[batch]))]
            model = {"params": [p - rate * v for p, v in zip(model["params"], velocity)]}
    return model


@misconception(of="fit", section="training-loop")
def never_trained(X, z, seed):
    """The model comes back as it was made.

    What does your loop do with the parameters that each step returns?
    """
    return _trained(X, z, seed, epochs=0)


@misconception(of="fit", section="training-sgd")
def steps_uphill(X, z, seed):
    """Each step goes along the gradient, uphill.

    In which direction does the gradient point: to where the loss grows, or to where it falls?
    """
    return _trained(X, z, seed, rate=-0.03, epochs=3)


@misconception(of="fit", section="training-minibatches")
def labels_in_another_order(X, z, seed):
    """Rows and labels are shuffled apart, so a row meets a label that is not its own.

    Which label belongs to the first row of your first batch?
    """
    return _trained(X, z, seed, labels=np.random.default_rng(seed).permutation(z), epochs=10)


@misconception(of="fit", section="training-loop")
def a_single_step(X, z, seed):
    """One step is taken, and then the model comes back.

    How many times does your loop run? Does a `return` stand inside it?
    """
    return _trained(X, z, seed, epochs=1, size=len(z))


@misconception(of="fit", section="training-rate")
def steps_too_long(X, z, seed):
    """The steps are so long that the loss grows.

    What happens on the far slope of a valley, if each step leads higher up than the last?
    """
    return _trained(X, z, seed, rate=30.0, epochs=5)


@misconception(of="fit", section="training-rate")
def steps_too_short(X, z, seed):
    """The steps are so short that hardly anything has been learned when time is up.

    How does your loss look after each epoch? How much could the rate grow before it becomes unstable?
    """
    return _trained(X, z, seed, rate=1e-5)


@misconception(of="fit", section="network-initialisation")
def all_weights_begin_at_zero(X, z, seed):
    """All weights of a network with a hidden layer begin at zero, and there they stay.

    What do the hidden units put out at the start? Which gradients are zero then, and what would make one unit
    different from another?
    """
    zeros = {"params": [0 * p for p in _model(X.shape[1], int(z.max()) + 1, seed, 48)["params"]]}
    return _trained(X, z, seed, start=zeros, epochs=5)


@misconception(of="fit", section="network-one-hot")
def always_ten_classes(X, z, seed):
    """There are ten logits, however many classes there are.

    Where does the number of classes stand in what `fit` is given?
    """
    return _trained(X, z, seed, start=_model(X.shape[1], 10, seed, 48), epochs=3)


@misconception(of="fit", section="training-minibatches")
def never_shuffled(X, z, seed):
    """The rows are taken in the order in which they come, one class after the other if they are sorted.

    Which class has the model seen last, before it is asked? What does it remember of the first one?
    """
    return _trained(X, z, seed, shuffled=False)


@misconception(of="fit", section="training-loop")
def first_rows_alone(X, z, seed):
    """Only the first rows are ever looked at.

    How many rows has X, and how many does an epoch of yours see?
    """
    return _trained(X[:100], z[:100], seed, start=_model(X.shape[1], int(z.max()) + 1, seed, 48))


@misconception(of="fit", section="training-minibatches")
def minibatches_forgotten(X, z, seed):
    """Each epoch takes one step on all rows, with a rate and a number of epochs that were made for many small steps.

    How many steps do you take altogether, and how many did you mean to take?
    """
    return _trained(X, z, seed, size=len(z), epochs=15)


@misconception(of="fit", section="backprop-hidden")
def output_bias_alone_learns(X, z, seed):
    """Of all parameters only the last bias moves.

    What does a bias know of the row that it is added to?
    """
    only_last = lambda *args: [*(0 * g for g in _gradients(*args)[:-1]), _gradients(*args)[-1]]  # noqa: E731
    return _trained(X, z, seed, gradients=only_last, epochs=5)


@misconception(of="fit", section="capstone-form")
def history_comes_too(X, z, seed):
    """A pair of model and history comes back.

    What does the text ask for, and who will unpack your pair?
    """
    return _trained(X, z, seed, epochs=5), [1.0, 0.5]


@misconception(of="fit", section="capstone-form")
def another_form_than_the_new_model(X, z, seed):
    """The trained model has a key that a new one has not.

    Whatever works with a new model should work with a trained one. What would `new_model` have to hold for this?
    """
    return _trained(X, z, seed, epochs=10) | {"mean": X.mean(axis=0)}


@misconception(of="fit", section="capstone-form")
def inputs_standardised_in_place(X, z, seed):
    """The rows that are given are standardised where they stand.

    What will the caller find in X afterwards? What is the difference between `X -= m` and `X = X - m`?
    """
    X -= X.mean(axis=0)
    return _trained(X, z, seed, epochs=5)
