"""What goes wrong in the exercise "Network architecture"."""

import numpy as np

from . import inputs, misconception


def _array(A):
    return np.asarray(A, dtype=float)


@inputs(of="one_hot")
def draw_labels(rng):
    return [
        (rng.integers(0, 3, size=6), 3),
        (np.array([0, 4, 2, 2]), 5),
        (np.array([1, 0, 1]), 3),
        ([2], 4),
        ([0, 3], 3),
        ([-1, 1], 3),
    ]


def _checked(z, T):
    z = np.asarray(z)
    if np.any((z < 0) | (z >= T)):
        raise ValueError
    return z


@misconception(of="one_hot", section="network-one-hot")
def no_label_refused(z, T):
    """A label that is too large gives a row of zeros in place of an error.

    What should your function do with label 3 of three classes, and what does it do?
    """
    return (np.asarray(z)[:, None] == np.arange(T)).astype(float)


@misconception(of="one_hot", section="network-one-hot")
def negative_labels_wrap_around(z, T):
    """A negative label counts from the end, as NumPy's indices do, in place of an error.

    Which class does NumPy pick for the index -1? Is -1 a label?
    """
    z = np.asarray(z)
    if np.any(z >= T):
        raise ValueError
    return np.eye(T)[z]


@misconception(of="one_hot", section="network-one-hot")
def index_error_for_a_bad_label(z, T):
    """A bad label ends in NumPy's IndexError, or is taken from the end, and ValueError is asked for.

    Which exception says that a value is not allowed? And what happens to the label -1?
    """
    return np.eye(T)[np.asarray(z)]


@misconception(of="one_hot", section="network-one-hot")
def labels_counted_from_one(z, T):
    """The labels are taken to count from 1, so that every 1 stands a column too far left.

    What is the label of the first class?
    """
    return np.eye(T)[_checked(z, T) - 1]


@misconception(of="one_hot", section="network-one-hot")
def classes_as_rows(z, T):
    """Rows and columns are exchanged: classes run down, examples run across.

    Which axis of the result runs over the examples?
    """
    return np.eye(T)[_checked(z, T)].T


@misconception(of="one_hot", section="network-one-hot")
def every_label_in_every_row(z, T):
    """`Y[:, z] = 1` writes every label into every row.

    How many ones should a row hold? Which rows does a colon pick?
    """
    Y = np.zeros((len(z), T))
    Y[:, _checked(z, T)] = 1
    return Y


@misconception(of="one_hot", section="network-one-hot")
def as_wide_as_the_largest_label(z, T):
    """The rows are as long as the largest label that occurs needs, not as long as there are classes.

    How many columns does the batch [0, 1] of three classes need?
    """
    z = _checked(z, T)
    return np.eye(int(z.max()) + 1)[z]


@misconception(of="one_hot", section="network-one-hot")
def last_label_only(z, T):
    """One row comes back, as for a single label.

    How many rows are asked for?
    """
    return np.eye(T)[_checked(z, T)[-1]]


@misconception(of="one_hot", section="network-one-hot")
def label_as_value(z, T):
    """The label itself is written in place of a 1.

    Which two numbers may stand in a one-hot row? What stands in yours for class 0?
    """
    z = _checked(z, T)
    Y = np.zeros((len(z), T))
    Y[np.arange(len(z)), z] = z
    return Y


@misconception(of="one_hot", section="network-one-hot")
def ones_and_zeros_exchanged(z, T):
    """Every class but the correct one has a 1.

    Which class should hold the whole of the distribution?
    """
    return 1.0 - np.eye(T)[_checked(z, T)]


@inputs(of="linear")
def draw_layers(rng):
    return [
        (rng.normal(size=(4, 5)), rng.normal(size=(5, 3)), rng.normal(size=3)),
        (rng.normal(size=(1, 5)), rng.normal(size=(5, 3)), rng.normal(size=3)),
        (rng.normal(size=(3, 3)), rng.normal(size=(3, 3)), rng.normal(size=3)),
        (rng.normal(size=(4, 3)), rng.normal(size=(3, 4)), rng.normal(size=4)),
        ([[1, 2], [3, 4], [5, 6]], [[1, 0, 2], [0, 1, 3]], [1, 2, 3]),
    ]


@misconception(of="linear", section="network-layer")
def bias_forgotten(X, W, b):
    """The bias is not added.

    Where in your function does `b` stand? What should come out for an input of zeros?
    """
    return _array(X) @ _array(W)


@misconception(of="linear", section="network-layer")
def bias_subtracted(X, W, b):
    """The bias is subtracted.

    What should come out for an input of zeros: b or -b?
    """
    return _array(X) @ _array(W) - _array(b)


@misconception(of="linear", section="network-layer")
def weights_transposed(X, W, b):
    """The weights are transposed, which fits in shape only where N and T are equal.

    X has shape (B, N). Which axis of W must be N for the product?
    """
    return _array(X) @ _array(W).T + _array(b)


@misconception(of="linear", section="network-layer")
def product_in_the_other_order(X, W, b):
    """The weights stand on the left of the inputs.

    Rows are examples. On which side of the weights must the rows stand?
    """
    return _array(W) @ _array(X) + _array(b)


@misconception(of="linear", section="network-layer")
def one_example_formula(X, W, b):
    """This is the formula for one example as a column, used on rows; the result stands transposed.

    p = Wᵀx + b is for a column x. What becomes of it when the examples are rows?
    """
    return _array(W).T @ _array(X).T + _array(b)[:, None]


@misconception(of="linear", section="network-layer")
def entry_by_entry_product(X, W, b):
    """Inputs and weights are multiplied entry by entry, not as matrices.

    What is the difference between `*` and `@`?
    """
    return _array(X) * _array(W) + _array(b)


@misconception(of="linear", section="network-layer")
def bias_down_the_columns(X, W, b):
    """The bias is added along the examples, not along the outputs.

    The bias has T entries. Which axis of X W has T entries?
    """
    return _array(X) @ _array(W) + _array(b)[:, None]


@misconception(of="linear", section="network-layer")
def one_bias_for_all(X, W, b):
    """The biases are summed into one number that is added everywhere.

    How many different biases has a layer with T outputs?
    """
    return _array(X) @ _array(W) + _array(b).sum()


@misconception(of="linear", section="network-layer")
def bias_once_for_each_input(X, W, b):
    """The bias is added inside the sum over the inputs, so that it counts N times.

    How often is b added to each output?
    """
    X = _array(X)
    return X @ _array(W) + X.shape[1] * _array(b)


@misconception(of="linear", section="network-layer")
def bias_multiplied_by_the_batch(X, W, b):
    """The bias is added once for every example of the batch.

    Does an output of one example depend on how many examples stand beside it?
    """
    X = _array(X)
    return X @ _array(W) + len(X) * _array(b)


@misconception(of="linear", section="network-relu")
def non_linearity_included(X, W, b):
    """Negative outputs are set to 0 here, though ReLU is a step of its own.

    Is this function asked for the activations or for what comes before them?
    """
    return np.maximum(_array(X) @ _array(W) + _array(b), 0)


@inputs(of="relu")
def draw_activations(rng):
    return [
        (rng.normal(size=(4, 5)) * 3,),
        (rng.normal(size=(3, 3)),),
        (rng.normal(size=7),),
        ([-1, 2, 30],),
        (-3.0,),
        (2.5,),
        ([[1.5, -2.0, 0.0]],),
    ]


@misconception(of="relu", section="network-relu")
def absolute_value(A):
    """Negative entries lose their sign, where they should become 0.

    What should come out for -2?
    """
    return np.abs(_array(A))


@misconception(of="relu", section="network-relu")
def mask_only(A):
    """This says where the entries are positive; it does not return the entries.

    What should come out for 3: 1 or 3?
    """
    return (_array(A) > 0).astype(float)


@misconception(of="relu", section="network-relu")
def minimum_with_zero(A):
    """The negative entries are kept and the positive ones set to 0.

    Which side of zero should pass through?
    """
    return np.minimum(_array(A), 0)


@misconception(of="relu", section="network-relu")
def one_maximum_of_all(A):
    """One number comes back: the largest entry, or 0.

    Which function compares entry by entry: `max` or `maximum`?
    """
    return np.max(_array(A), initial=0.0)


@misconception(of="relu", section="network-relu")
def never_below_one(A):
    """Entries are cut off at 1 from below, not at 0.

    Where is the bend of ReLU?
    """
    return np.maximum(_array(A), 1.0)


@misconception(of="relu", section="network-relu")
def capped_at_one(A):
    """Entries above 1 are cut off too.

    What should come out for 30? Is ReLU bounded from above?
    """
    return np.clip(_array(A), 0, 1)


@misconception(of="relu", section="network-relu", slope=(0.001, 0.1, 0.2, 0.3))
def leaky(A, slope=0.01):
    """Negative entries are shrunk, not set to 0: this is the leaky variant.

    What exactly should come out for -2?
    """
    A = _array(A)
    return np.where(A > 0, A, slope * A)


@misconception(of="relu", section="network-relu")
def softplus(A):
    """This is the smooth relative of ReLU, log(1 + exp(A)).

    What exactly should come out for 0 and for -1?
    """
    return np.logaddexp(0.0, _array(A))


@misconception(of="relu", section="network-relu")
def squashed_by_a_sigmoid(A):
    """This is a sigmoid; it keeps every entry between 0 and 1.

    Should 30 pass unchanged?
    """
    return 1 / (1 + np.exp(-_array(A)))


@misconception(of="relu", section="network-relu")
def negative_entries_dropped(A):
    """The negative entries are left out, so that the shape changes.

    How many entries should come back for three that go in?
    """
    A = np.atleast_1d(_array(A))
    return A[A > 0]


@misconception(of="relu", section="network-relu")
def zeroed_in_place(A):
    """The negative entries of the array that was given are set to 0.

    Backpropagation will ask where the entries were negative. Who can still tell after your function has run?
    """
    A = A if isinstance(A, np.ndarray) else np.array(A, dtype=float)
    if A.ndim == 0:
        return max(float(A), 0.0)
    A[A < 0] = 0
    return A


@misconception(of="relu", section="network-relu")
def sign_times_entry_twice(A):
    """The positive entries are doubled: A + |A| lacks its division by 2.

    What comes out for 3?
    """
    A = _array(A)
    return A + np.abs(A)


@inputs(of="init_params")
def draw_sizes(rng):
    return [
        ([5, 3], np.random.default_rng(int(rng.integers(1000)))),
        ([4, 6, 3], np.random.default_rng(int(rng.integers(1000)))),
        ([30, 20, 10], np.random.default_rng(int(rng.integers(1000)))),
    ]


def _pairs(sizes):
    return list(zip(sizes[:-1], sizes[1:]))


@misconception(of="init_params", section="network-initialisation")
def all_zeros(sizes, rng):
    """Every weight starts at 0, and all units of a layer stay equal for ever.

    If two units have the same weights, what can make their gradients differ?
    """
    return [(np.zeros((n, m)), np.zeros(m)) for n, m in _pairs(sizes)]


@misconception(of="init_params", section="network-initialisation")
def standard_normal(sizes, rng):
    """The standard deviation is 1 whatever the number of inputs.

    What is the variance of a sum of N such terms? What should it be, layer after layer?
    """
    return [(rng.normal(size=(n, m)), np.zeros(m)) for n, m in _pairs(sizes)]


@misconception(of="init_params", section="network-initialisation")
def variance_taken_for_deviation(sizes, rng):
    """The weights are scaled by 2/N, which should be their variance, not their standard deviation.

    By what must a standard normal number be multiplied to have the variance 2/N?
    """
    return [(rng.normal(size=(n, m)) * 2 / n, np.zeros(m)) for n, m in _pairs(sizes)]


@misconception(of="init_params", section="network-initialisation")
def one_over_the_inputs(sizes, rng):
    """The variance is 1/N; the factor 2 that makes up for what ReLU cuts away is missing.

    Which share of a symmetric signal survives a ReLU?
    """
    return [(rng.normal(size=(n, m)) * np.sqrt(1 / n), np.zeros(m)) for n, m in _pairs(sizes)]


@misconception(of="init_params", section="network-initialisation")
def two_over_the_outputs(sizes, rng):
    """The variance follows the number of outputs, not that of inputs.

    Over how many terms does each unit of the layer sum: over the layer's inputs or its outputs?
    """
    return [(rng.normal(size=(n, m)) * np.sqrt(2 / m), np.zeros(m)) for n, m in _pairs(sizes)]


@misconception(of="init_params", section="network-initialisation")
def two_over_inputs_and_outputs(sizes, rng):
    """The variance is 2 / (inputs + outputs), a rule for layers without ReLU.

    Which rule does the text ask for?
    """
    return [(rng.normal(size=(n, m)) * np.sqrt(2 / (n + m)), np.zeros(m)) for n, m in _pairs(sizes)]


@misconception(of="init_params", section="network-initialisation")
def small_constant_deviation(sizes, rng):
    """The standard deviation is 0.01 whatever the number of inputs, and the signal dies out with depth.

    What is left of a signal after ten layers that each shrink it?
    """
    return [(rng.normal(size=(n, m)) * 0.01, np.zeros(m)) for n, m in _pairs(sizes)]


@misconception(of="init_params", section="network-initialisation")
def uniform_numbers(sizes, rng):
    """The weights are uniform numbers, positive all of them, not normal ones of mean 0.

    What is the mean of `rng.random()`?
    """
    return [(rng.random(size=(n, m)) * np.sqrt(2 / n), np.zeros(m)) for n, m in _pairs(sizes)]


@misconception(of="init_params", section="network-initialisation")
def outputs_before_inputs(sizes, rng):
    """The weights have the shape (outputs, inputs), transposed.

    In P = X W, which axis of W meets the columns of X?
    """
    return [(rng.normal(size=(m, n)) * np.sqrt(2 / n), np.zeros(m)) for n, m in _pairs(sizes)]


@misconception(of="init_params", section="network-initialisation")
def biases_drawn_too(sizes, rng):
    """The biases are random as well; they are asked to start at 0.

    What does the text say of b?
    """
    return [(rng.normal(size=(n, m)) * np.sqrt(2 / n), rng.normal(size=m)) for n, m in _pairs(sizes)]


@misconception(of="init_params", section="network-initialisation")
def biases_as_long_as_the_inputs(sizes, rng):
    """Each layer has a bias for every input, not for every output.

    To what is the bias added, and how many entries has that?
    """
    return [(rng.normal(size=(n, m)) * np.sqrt(2 / n), np.zeros(n)) for n, m in _pairs(sizes)]


@misconception(of="init_params", section="network-initialisation")
def last_layer_missing(sizes, rng):
    """The last layer has no parameters.

    How many layers lie between four sizes?
    """
    return [(rng.normal(size=(n, m)) * np.sqrt(2 / n), np.zeros(m)) for n, m in _pairs(sizes)[:-1]]


@misconception(of="init_params", section="network-initialisation")
def a_generator_of_its_own(sizes, rng):
    """The weights come from a generator of your own, and not from the one that was given.

    How can two people get the same network from the same seed when your function does not use it?
    """
    own = np.random.default_rng(0)
    return [(own.normal(size=(n, m)) * np.sqrt(2 / n), np.zeros(m)) for n, m in _pairs(sizes)]


@misconception(of="init_params", section="network-initialisation")
def one_row_repeated(sizes, rng):
    """One row is drawn and repeated for every input.

    Are the entries of your matrix drawn independently?
    """
    return [(np.tile(rng.normal(size=m) * np.sqrt(2 / n), (n, 1)), np.zeros(m)) for n, m in _pairs(sizes)]


@inputs(of="count_params")
def draw_network_sizes(rng):
    return [([5, 3],), ([4, 6, 3],), ([4, 4],), ([64, 32, 10],), ([1, 1],), ([7, 6, 5, 4],)]


@misconception(of="count_params", section="network-parameters")
def biases_not_counted(sizes):
    """Only the weights are counted.

    How many numbers does a layer add to X W?
    """
    return sum(n * m for n, m in _pairs(sizes))


@misconception(of="count_params", section="network-parameters")
def a_bias_for_every_input(sizes):
    """A bias is counted for every input of a layer, not for every output.

    To what is the bias added?
    """
    return sum(n * m + n for n, m in _pairs(sizes))


@misconception(of="count_params", section="network-parameters")
def inputs_have_biases_too(sizes):
    """The input layer is given biases as well.

    Is anything learned before the first weights?
    """
    return sum(n * m for n, m in _pairs(sizes)) + sum(sizes)


@misconception(of="count_params", section="network-parameters")
def one_bias_for_each_layer(sizes):
    """One bias is counted for each layer, not for each output.

    Which shape has b?
    """
    return sum(n * m + 1 for n, m in _pairs(sizes))


@misconception(of="count_params", section="network-parameters")
def units_counted(sizes):
    """The units are counted, not the weights between them.

    How many arrows lie between 5 units and 3?
    """
    return sum(sizes)


@misconception(of="count_params", section="network-parameters")
def product_of_all_sizes(sizes):
    """All sizes are multiplied with each other, as if every path had a weight of its own.

    Between which layers does a weight stand?
    """
    return int(np.prod(sizes))


@misconception(of="count_params", section="network-parameters")
def last_layer_not_counted(sizes):
    """The last layer is left out.

    How many layers of weights lie between three sizes?
    """
    return sum(n * m + m for n, m in _pairs(sizes)[:-1])


@misconception(of="count_params", section="network-parameters")
def first_layer_only(sizes):
    """Only the first layer is counted.

    What of the layers after it?
    """
    n, m = _pairs(sizes)[0]
    return n * m + m


@misconception(of="count_params", section="network-parameters")
def counts_of_each_layer(sizes):
    """The layers are counted one by one, where their sum is asked for.

    How many numbers should come back?
    """
    return [n * m + m for n, m in _pairs(sizes)]


@misconception(of="count_params", section="network-parameters")
def every_layer_with_every_other(sizes):
    """Weights are counted between all pairs of layers, not between neighbours only.

    Does the input reach the output past the hidden layer?
    """
    return sum(sizes[i] * sizes[j] for i in range(len(sizes)) for j in range(i + 1, len(sizes))) + sum(sizes[1:])


def _softmax(P):
    E = np.exp(P - P.max(axis=-1, keepdims=True))
    return E / E.sum(axis=-1, keepdims=True)


def _relu(A):
    return np.maximum(A, 0)


def _network(rng, *sizes):
    return [(rng.normal(size=(n, m)), rng.normal(size=m)) for n, m in _pairs(sizes)]


@inputs(of="forward")
def draw_networks(rng):
    return [
        (_network(rng, 5, 3), rng.normal(size=(4, 5))),
        (_network(rng, 5, 7, 3), rng.normal(size=(4, 5))),
        (_network(rng, 3, 3, 3), rng.normal(size=(3, 3))),
        (_network(rng, 5, 6, 4, 3), rng.normal(size=(2, 5)) * 20),
        (_network(rng, 2, 3), [[1, 2], [0, -1]]),
    ]


def _pass(params, X, hidden=_relu, last=_softmax):
    found = [_array(X)]
    for k, (W, b) in enumerate(params):
        A = found[-1] @ _array(W) + _array(b)
        found.append(last(A) if k == len(params) - 1 else hidden(A))
    return found


@misconception(of="forward", section="network-forward")
def relu_at_the_end_too(params, X):
    """ReLU stands before the softmax of the last layer as well, and cuts off every negative logit.

    May a logit be negative? What does the last layer lose when it may not?
    """
    return _pass(params, X, last=lambda A: _softmax(_relu(A)))


@misconception(of="forward", section="network-forward")
def relu_in_place_of_softmax(params, X):
    """The last layer ends in ReLU like the others; softmax is missing.

    What should each row of the last activations add up to?
    """
    return _pass(params, X, last=_relu)


@misconception(of="forward", section="network-forward")
def logits_at_the_end(params, X):
    """The last activations are logits; no softmax is applied.

    What should each row of the last activations add up to?
    """
    return _pass(params, X, last=lambda A: A)


@misconception(of="forward", section="network-forward")
def no_relu_between_layers(params, X):
    """The hidden layers have no non-linearity.

    What are two linear layers, one after the other?
    """
    return _pass(params, X, hidden=lambda A: A)


@misconception(of="forward", section="network-forward")
def softmax_in_every_layer(params, X):
    """Softmax stands in the hidden layers as well.

    In which layer should the entries be probabilities?
    """
    return _pass(params, X, hidden=_softmax)


@misconception(of="forward", section="network-forward")
def softmax_down_the_examples(params, X):
    """The softmax runs over the examples, not over the classes.

    Along which axis should the probabilities add up to 1?
    """
    return _pass(params, X, last=lambda A: _softmax(A.T).T)


@misconception(of="forward", section="network-forward")
def softmax_over_the_whole_batch(params, X):
    """One softmax runs over the whole batch.

    What does each row of the last activations add up to?
    """
    return _pass(params, X, last=lambda A: _softmax(A.ravel()).reshape(A.shape))


@misconception(of="forward", section="network-forward")
def softmax_that_overflows(params, X):
    """The softmax at the end is the naive one, which overflows for large logits.

    Which softmax is safe for logits of any size?
    """
    return _pass(params, X, last=lambda A: np.exp(A) / np.exp(A).sum(axis=1, keepdims=True))


@misconception(of="forward", section="network-forward")
def input_not_in_the_list(params, X):
    """The list begins with the first hidden layer; the input itself is missing.

    Backpropagation needs the input of every layer. Which is the input of the first?
    """
    return _pass(params, X)[1:]


@misconception(of="forward", section="network-forward")
def last_activations_only(params, X):
    """Only the last activations come back, not the list of all.

    What will the way back need of the hidden layers?
    """
    return _pass(params, X)[-1]


@misconception(of="forward", section="network-forward")
def biases_forgotten(params, X):
    """No layer adds its bias.

    Where in your loop does b stand?
    """
    return _pass([(W, np.zeros_like(_array(b))) for W, b in params], X)


@misconception(of="forward", section="network-forward")
def every_layer_fed_with_the_input(params, X):
    """Every layer is applied to the input X, not to the output of the layer before it.

    What does the second layer take in?
    """
    found = [_array(X)]
    for k, (W, b) in enumerate(params):
        A = found[0] @ _array(W) + _array(b)
        found.append(_softmax(A) if k == len(params) - 1 else _relu(A))
    return found


@misconception(of="forward", section="network-forward")
def before_the_non_linearity(params, X):
    """The list holds what stands before each ReLU, not the activations after it.

    Which of the two is H?
    """
    found, H = [_array(X)], _array(X)
    for k, (W, b) in enumerate(params):
        A = H @ _array(W) + _array(b)
        H = _relu(A)
        found.append(_softmax(A) if k == len(params) - 1 else A)
    return found


@misconception(of="forward", section="network-forward")
def list_from_the_end(params, X):
    """The list runs from the output back to the input.

    Which comes first, X or F?
    """
    return _pass(params, X)[::-1]


@inputs(of="predict")
def draw_trained_networks(rng):
    return [
        (_network(rng, 5, 3), rng.normal(size=(6, 5))),
        (_network(rng, 5, 7, 4), rng.normal(size=(9, 5))),
        (_network(rng, 3, 3), rng.normal(size=(3, 3))),
        (_network(rng, 2, 3), [[1, 2], [0, -1], [-2, 1]]),
        (_network(rng, 5, 6), rng.normal(size=(1, 5))),
    ]


@misconception(of="predict", section="network-predict")
def down_the_examples(params, X):
    """The largest entry is looked for down the examples, not along the classes.

    How many predictions are asked for: one for each example or one for each class?
    """
    return np.argmax(_pass(params, X)[-1], axis=0)


@misconception(of="predict", section="network-predict")
def one_class_for_the_batch(params, X):
    """One index comes back: that of the largest entry of the whole batch.

    How many predictions does a batch of four need?
    """
    return np.argmax(_pass(params, X)[-1])


@misconception(of="predict", section="network-predict")
def largest_probability_itself(params, X):
    """The largest probability comes back, not the class that has it.

    Which of the two is asked for: how sure, or of what?
    """
    return np.max(_pass(params, X)[-1], axis=1)


@misconception(of="predict", section="network-predict")
def least_probable_class(params, X):
    """The least probable class comes back.

    Which class should be named, that of the largest probability or that of the smallest?
    """
    return np.argmin(_pass(params, X)[-1], axis=1)


@misconception(of="predict", section="network-predict")
def classes_counted_from_one(params, X):
    """The classes are counted from 1.

    What is the index of the first class?
    """
    return np.argmax(_pass(params, X)[-1], axis=1) + 1


@misconception(of="predict", section="network-predict")
def probabilities_returned(params, X):
    """All probabilities come back, where one class for each row is asked for.

    Which of the entries of a row is the prediction?
    """
    return _pass(params, X)[-1]


@misconception(of="predict", section="network-predict")
def rows_of_zeros_and_ones(params, X):
    """One-hot rows come back, not indices.

    Which shape is asked for?
    """
    F = _pass(params, X)[-1]
    return np.eye(F.shape[1], dtype=int)[np.argmax(F, axis=1)]


@misconception(of="predict", section="network-predict")
def from_the_first_activations(params, X):
    """The prediction is read from the input, the first entry of the list, not from the last one.

    Which end of the list of activations holds the probabilities?
    """
    return np.argmax(_pass(params, X)[0], axis=1)


@misconception(of="predict", section="network-predict")
def indices_as_floats(params, X):
    """The indices come back as floating-point numbers, which cannot index an array.

    Which type has an index?
    """
    return np.argmax(_pass(params, X)[-1], axis=1).astype(float)


@misconception(of="predict", section="network-predict")
def first_layer_decides(params, X):
    """Only the first layer is applied before the decision.

    What of the layers after it?
    """
    return np.argmax(_pass(params[:1], X)[-1], axis=1)


@misconception(of="predict", section="network-predict")
def rounded_probabilities(params, X):
    """The probabilities are rounded before the largest is looked for, and a row without a clear winner gives class 0.

    Must a class have more than half of the probability to be the most probable one?
    """
    return np.argmax(np.round(_pass(params, X)[-1]), axis=1)
