"""What goes wrong in the exercise "Network architecture"."""

import copy

import numpy as np

from . import EPSILONS, inputs, misconception


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
        ([1, -1, 0], 3),
        ([7, 1], 4),
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
    """Every label stands in every row: `Y[:, z] = 1` writes it there, and so do rows that are one and the same list.

    How many ones should a row hold? Which rows does a colon pick, and is each of your rows a list of its own?
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


@misconception(of="one_hot", section="network-one-hot", first=(0,))
def label_zero_refused(z, T, first=1):
    """Label 0 is refused, as if the labels counted from 1.

    Which labels name the classes when there are three of them?
    """
    z = np.asarray(z)
    if np.any((z < 1) | (z >= T + first)):
        raise ValueError
    return np.eye(T)[z - first]


def _rows(z, T, as_index=False):
    """One-hot rows in which a label that is too large is a row of zeros or an IndexError."""
    return np.eye(T)[z] if as_index else (np.asarray(z)[:, None] == np.arange(T)).astype(float)


@misconception(of="one_hot", section="network-one-hot", as_index=(True,))
def one_label_too_many(z, T, as_index=False):
    """Label T is let in, though the last of T classes has the index T - 1.

    How many classes do the labels 0, 1, ..., T name?
    """
    z = np.asarray(z)
    if np.any((z < 0) | (z > T)):
        raise ValueError
    return _rows(z, T, as_index)


@misconception(of="one_hot", section="network-one-hot", as_index=(True,))
def large_labels_not_refused(z, T, as_index=False):
    """Negative labels are refused, and those that are too large are not.

    Which labels lie outside of 0..T-1 on the other side?
    """
    z = np.asarray(z)
    if np.any(z < 0):
        raise ValueError
    return _rows(z, T, as_index)


@misconception(of="one_hot", section="network-one-hot", at=(-1,), as_index=(True,))
def one_label_looked_at(z, T, at=0, as_index=False):
    """The range is checked for one label of the batch only.

    Which labels may be bad: the first, the last, or any?
    """
    z = np.asarray(z)
    if not 0 <= z[at] < T:
        raise ValueError
    return _rows(z, T, as_index)


@misconception(
    of="one_hot", section="network-one-hot", error=(IndexError, TypeError, KeyError, RuntimeError, Exception)
)
def another_exception(z, T, error=AssertionError):
    """A bad label raises an exception, but not the one that is asked for.

    Which exception says that an argument has the right type and a value that is not allowed? What happens to an
    `assert` when Python runs with -O?
    """
    z = np.asarray(z)
    if np.any((z < 0) | (z >= T)):
        raise error
    return np.eye(T)[z]


@misconception(of="one_hot", section="network-one-hot")
def bad_label_gives_none(z, T):
    """A bad label gives None; nothing is raised.

    How does the caller learn that a label was bad: from what is printed, from what is returned, or from an exception?
    """
    z = np.asarray(z)
    return None if np.any((z < 0) | (z >= T)) else np.eye(T)[z]


@misconception(of="one_hot", section="network-one-hot", move=(np.mod,))
def bad_labels_moved_into_the_range(z, T, move=lambda z, T: np.clip(z, 0, T - 1)):
    """A bad label is moved into the range, and a class that nobody named gets the 1.

    What should your function do with label 3 of three classes, and what does it do?
    """
    return np.eye(T)[move(np.asarray(z), T)]


@misconception(of="one_hot", section="network-one-hot")
def every_class_up_to_the_label(z, T):
    """All classes up to the label have a 1, as in a thermometer.

    How many ones should a row hold?
    """
    return (np.arange(T) <= _checked(z, T)[:, None]).astype(float)


@misconception(of="one_hot", section="network-one-hot")
def minus_one_for_the_others(z, T):
    """The other classes have -1 where 0 is asked for.

    What should a row add up to, if it is a distribution?
    """
    return 2 * np.eye(T)[_checked(z, T)] - 1


@misconception(of="one_hot", section="network-one-hot", share=(0.01, 0.02, 0.05, 0.2))
def labels_smoothed(z, T, share=0.1):
    """A part of each 1 is spread over the other classes: these are smoothed labels.

    Which two numbers may stand in a one-hot row?
    """
    return (1 - share) * np.eye(T)[_checked(z, T)] + share / T


@misconception(of="one_hot", section="network-one-hot")
def only_classes_that_occur(z, T):
    """The columns are numbered by the classes that occur in this batch, not by the class itself.

    Which column belongs to class 2 when the batch holds the labels 0 and 2 only?
    """
    z = _checked(z, T)
    Y = np.zeros((len(z), T))
    Y[np.arange(len(z)), np.unique(z, return_inverse=True)[1]] = 1
    return Y


@misconception(of="one_hot", section="network-one-hot")
def counted_from_the_last_class(z, T):
    """The columns run from the last class to the first.

    In which column does class 0 stand?
    """
    return np.eye(T)[T - 1 - _checked(z, T)]


@misconception(of="one_hot", section="network-one-hot", first=(True,))
def one_label_left_out(z, T, first=False):
    """One row stays empty: the first or the last label is left out.

    How many turns has your loop, and how many labels are there?
    """
    Y = np.eye(T)[_checked(z, T)]
    Y[0 if first else -1] = 0
    return Y


@misconception(of="one_hot", section="network-one-hot")
def column_after_the_label(z, T):
    """Every 1 stands a column too far right.

    In which column does class 0 stand?
    """
    return np.eye(T)[(_checked(z, T) + 1) % T]


@misconception(of="one_hot", section="network-one-hot")
def all_labels_in_one_row(z, T):
    """All labels are written into one row of T entries.

    How many rows are asked for, and how many ones does each hold?
    """
    Y = np.zeros(T)
    Y[_checked(z, T)] = 1
    return Y


@misconception(of="one_hot", section="network-one-hot", cut=(True,))
def as_many_rows_as_classes(z, T, cut=False):
    """The array has as many rows as classes, and not one for each label.

    Which of the two axes counts the labels? How many rows do two labels of five classes need?
    """
    z = _checked(z, T)
    Y = np.zeros((T, T))
    for row, label in enumerate(z[:T] if cut else z):
        Y[row, label] = 1
    return Y


@misconception(of="one_hot", section="network-one-hot")
def last_class_refused(z, T):
    """Label T - 1 is refused, though it names the last of T classes.

    Which labels name the classes when there are three of them?
    """
    z = np.asarray(z)
    if np.any((z < 0) | (z >= T - 1)):
        raise ValueError
    return np.eye(T)[z]


@misconception(of="one_hot", section="network-one-hot", bad=(False,))
def good_labels_refused(z, T, bad=True):
    """Labels that are allowed are refused.

    For which labels is your condition true? Is it asked of each label, or of the array as a whole?
    """
    z = np.asarray(z)
    if bad or np.all((z >= 0) & (z < T)):
        raise ValueError
    return _rows(z, T)


@misconception(of="one_hot", section="network-one-hot")
def ones_down_the_diagonal(z, T):
    """The ones run down the diagonal; the labels are not used.

    In which column stands the 1 of the first row, if its label is 2?
    """
    return np.eye(len(_checked(z, T)), T)


@misconception(of="one_hot", section="network-one-hot", turn=(lambda z: z[::-1],))
def labels_in_another_order(z, T, turn=np.sort):
    """The rows stand in another order than the labels.

    To which label belongs the first row?
    """
    return np.eye(T)[turn(_checked(z, T))]


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


@misconception(of="linear", section="network-layer", where_square=(True,))
def weights_transposed(X, W, b, where_square=False):
    """The weights are transposed, which fits in shape only where N and T are equal.

    X has shape (B, N). Which axis of W must be N for the product?
    """
    W = _array(W)
    return _array(X) @ (W if where_square and W.shape[0] != W.shape[1] else W.T) + _array(b)


@misconception(of="linear", section="network-layer")
def product_in_the_other_order(X, W, b):
    """The weights stand on the left of the inputs.

    Rows are examples. On which side of the weights must the rows stand?
    """
    return _array(W) @ _array(X) + _array(b)


@misconception(of="linear", section="network-layer", columns=(lambda X: X,))
def one_example_formula(X, W, b, columns=np.transpose):
    """This is the formula for examples as columns, used on rows: the result stands transposed, or no shape fits.

    p = Wᵀx + b is for a column x. What becomes of it when the examples are rows?
    """
    return _array(W).T @ columns(_array(X)) + _array(b)[:, None]


@misconception(of="linear", section="network-layer")
def entry_by_entry_product(X, W, b):
    """Inputs and weights are multiplied entry by entry, not as matrices.

    What is the difference between `*` and `@`?
    """
    return _array(X) * _array(W) + _array(b)


@misconception(of="linear", section="network-layer", where_it_fits=(True,))
def bias_down_the_columns(X, W, b, where_it_fits=False):
    """The bias is added along the examples, not along the outputs.

    The bias has T entries. Which axis of X W has T entries?
    """
    b = _array(b)
    return _array(X) @ _array(W) + (b if where_it_fits and len(b) != len(X) else b[:, None])


@misconception(of="linear", section="network-layer", one=(np.mean, np.max, lambda b: b[0]))
def one_bias_for_all(X, W, b, one=np.sum):
    """One number made of the biases is added everywhere.

    How many different biases has a layer with T outputs?
    """
    return _array(X) @ _array(W) + one(_array(b))


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


@misconception(of="linear", section="network-layer")
def softmax_included(X, W, b):
    """The outputs are turned into probabilities here, though softmax is a step of its own.

    Is this function asked for the logits or for what becomes of them?
    """
    return _softmax(_array(X) @ _array(W) + _array(b))


@misconception(of="linear", section="network-layer")
def bias_for_the_first_example_only(X, W, b):
    """The bias is added to the first row only.

    Which examples of a batch does a layer's bias belong to?
    """
    P = _array(X) @ _array(W)
    P[0] += _array(b)
    return P


@misconception(of="linear", section="network-layer", first=(1,))
def one_input_left_out(X, W, b, first=0):
    """The sum over the inputs leaves one of them out.

    Over which indices does your sum run, and how many inputs are there?
    """
    X, W = _array(X), _array(W)
    inputs = range(first, X.shape[1] - 1 + first)
    return sum((np.outer(X[:, k], W[k]) for k in inputs), np.zeros((len(X), W.shape[1]))) + _array(b)


@misconception(of="linear", section="network-layer", power=(0.5,))
def averaged_over_the_inputs(X, W, b, power=1.0):
    """The products are averaged over the inputs, or scaled by their number, where their sum is asked for.

    Does X W divide by anything?
    """
    X = _array(X)
    return X @ _array(W) / X.shape[1] ** power + _array(b)


@misconception(of="linear", section="network-layer")
def bias_multiplied(X, W, b):
    """The outputs are multiplied by the bias.

    What should come out for an input of zeros?
    """
    return _array(X) @ _array(W) * _array(b)


@misconception(of="linear", section="network-layer")
def bias_divided_by_the_batch(X, W, b):
    """The bias is divided by the number of examples.

    Does an output of one example depend on how many examples stand beside it?
    """
    return _array(X) @ _array(W) + _array(b) / len(X)


@misconception(of="linear", section="network-layer")
def bias_before_the_product(X, W, b):
    """The bias is added to the inputs, before the product.

    b has as many entries as a layer has outputs. To what can it be added?
    """
    return (_array(X) + _array(b)) @ _array(W)


@misconception(of="linear", section="network-layer")
def first_example_only(X, W, b):
    """Only the first example goes through the layer.

    How many rows should come out for a batch of four?
    """
    return _array(X)[0] @ _array(W) + _array(b)


@misconception(of="linear", section="network-layer")
def bias_added_twice(X, W, b):
    """The bias is added twice.

    What should come out for an input of zeros: b or 2 b?
    """
    return _array(X) @ _array(W) + 2 * _array(b)


@misconception(of="linear", section="network-layer", operation=(np.sum,))
def examples_put_together(X, W, b, operation=np.mean):
    """The outputs of all examples are averaged or summed into one row.

    How many rows should come out for a batch of four?
    """
    return operation(_array(X) @ _array(W) + _array(b), axis=0)


@misconception(of="linear", section="network-layer", operation=(np.mean,))
def outputs_put_together(X, W, b, operation=np.sum):
    """The outputs of each example are summed or averaged into one number.

    How many outputs has a layer with weights of the shape (N, T)?
    """
    return operation(_array(X) @ _array(W) + _array(b), axis=1)


@misconception(of="linear", section="network-layer")
def inputs_cut_to_whole_numbers(X, W, b):
    """Inputs, weights and biases are cut down to whole numbers before they are multiplied.

    Which dtype do your arrays have after the conversion, and what becomes of 0.5?
    """
    X, W, b = (np.asarray(A).astype(int) for A in (X, W, b))
    return X @ W + b


@misconception(of="linear", section="network-layer")
def bias_added_to_the_weights(X, W, b):
    """The bias is added to the weights, and so multiplied by the inputs.

    What should come out for an input of zeros?
    """
    return _array(X) @ (_array(W) + _array(b))


@misconception(of="linear", section="network-layer", at=(0,))
def one_product_left(X, W, b, at=-1):
    """Of the products of inputs and weights one is left: each overwrites the one before it.

    Does the innermost line of your loops assign, or does it add?
    """
    return np.outer(_array(X)[:, at], _array(W)[at]) + _array(b)


@misconception(of="linear", section="network-relu", squash=(np.tanh,))
def squashed_here(X, W, b, squash=lambda P: 1 / (1 + np.exp(-P))):
    """The outputs are squashed by a sigmoid or tanh here, though a non-linearity is a step of its own.

    Is this function asked for the activations or for what comes before them?
    """
    return squash(_array(X) @ _array(W) + _array(b))


@misconception(of="linear", section="network-layer", axis=(1,), at=(0,))
def zeros_left_over(X, W, b, axis=0, at=-1):
    """One example or one output is left out, and zeros stand in its place.

    How many turns has each of your loops, and how many rows and columns has the result?
    """
    P = _array(X) @ _array(W) + _array(b)
    P[(at,) if axis == 0 else (slice(None), at)] = 0.0
    return P


@misconception(of="linear", section="network-layer")
def bias_at_the_other_end(X, W, b):
    """The column of ones stands at one end of the inputs, and the row of biases at the other end of the weights.

    Which row of the longer W meets the column of ones?
    """
    X, W, b = _array(X), _array(W), _array(b)
    return np.c_[np.ones(len(X)), X] @ np.r_[W, b[None]]


@misconception(of="linear", section="network-layer", wrapped=(True,))
def bias_counted_along_the_examples(X, W, b, wrapped=False):
    """Row i gets the bias with the number i, where each row gets all of them.

    The bias has T entries. Which axis of X W has T entries?
    """
    b = _array(b)
    return _array(X) @ _array(W) + (np.resize(b, len(X)) if wrapped else b[np.arange(len(X))])[:, None]


@misconception(of="linear", section="network-layer", how=(lambda X: (X - X.mean(axis=0)) / (X.std(axis=0) + 1e-8),))
def inputs_centred_first(X, W, b, how=lambda X: X - X.mean(axis=0)):
    """The inputs are centred or standardised over the batch before the product.

    Does an output of one example depend on how many examples stand beside it?
    """
    return how(_array(X)) @ _array(W) + _array(b)


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


@misconception(of="relu", section="network-relu", slope=(0.001, 0.02, 0.05, 0.1, 0.2, 0.25, 0.3, 0.5))
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


@misconception(of="relu", section="network-relu")
def largest_down_an_axis(A):
    """`np.max(A, 0)` takes the largest entry along axis 0; its 0 is not compared with anything.

    What does the second argument of `np.max` mean, and which function compares entry by entry?
    """
    return np.max(_array(A), 0)


@misconception(of="relu", section="network-relu", cap=(2.0, 5.0, 10.0, 20.0, 100.0))
def capped_from_above(A, cap=6.0):
    """Large entries are cut off at a limit as well.

    What should come out for 1000? Is ReLU bounded from above?
    """
    return np.clip(_array(A), 0, cap)


@misconception(of="relu", section="network-relu", limit=(0.1, 0.5))
def zero_below_a_limit(A, limit=1.0):
    """Small positive entries become 0 too.

    Where is the bend of ReLU?
    """
    A = _array(A)
    return np.where(A > limit, A, 0.0)


@misconception(of="relu", section="network-relu", alpha=(0.1, 0.5, 1.67326), scaled=(True,))
def exponential_below_zero(A, alpha=1.0, scaled=False):
    """Negative entries follow an exponential: this is the ELU, or the SELU, a relative.

    What exactly should come out for -2?
    """
    A = _array(A)
    if scaled:
        return 1.05070 * exponential_below_zero(A, alpha=1.67326)
    return np.where(A > 0, A, alpha * np.expm1(np.minimum(A, 0)))


def _gelu(A):
    return 0.5 * A * (1 + np.tanh(np.sqrt(2 / np.pi) * (A + 0.044715 * A**3)))


@misconception(of="relu", section="network-relu", bend=(_gelu,))
def smooth_bend(A, bend=lambda A: A / (1 + np.exp(-A))):
    """This is a smooth relative of ReLU, such as swish or GELU, which dips below 0.

    What exactly should come out for -1?
    """
    return bend(_array(A))


@misconception(of="relu", section="network-relu")
def squashed_by_tanh(A):
    """This is tanh, which keeps every entry between -1 and 1.

    Should 30 pass unchanged, and should -2?
    """
    return np.tanh(_array(A))


@misconception(of="relu", section="network-relu")
def nothing_cut_off(A):
    """All entries come back as they are.

    What should become of -2?
    """
    return _array(A).copy()


@misconception(of="relu", section="network-relu")
def negative_part(A):
    """The size of the negative entries comes back, and 0 for the positive ones.

    What should come out for 3 and for -2?
    """
    return np.maximum(-_array(A), 0)


@misconception(of="relu", section="network-relu")
def squared_above_zero(A):
    """The positive entries are squared.

    What should come out for 3: 3 or 9?
    """
    return np.maximum(_array(A), 0) ** 2


@misconception(of="relu", section="network-relu", floor=EPSILONS)
def never_quite_zero(A, floor=1e-3):
    """A small positive constant stands where 0 is asked for.

    What exactly should come out for -2?
    """
    return np.maximum(_array(A), floor)


@misconception(of="relu", section="network-relu")
def shifted_to_begin_at_zero(A):
    """All entries are shifted so that the smallest is 0.

    What should become of the positive entries?
    """
    A = _array(A)
    return A - A.min()


@misconception(of="relu", section="network-relu", limit=(3.0, 6.0))
def cut_off_on_both_sides(A, limit=1.0):
    """Entries are cut off on both sides, and a part of the negative ones is left.

    What exactly should come out for -0.5 and for 30?
    """
    return np.clip(_array(A), -limit, limit)


@misconception(of="relu", section="network-relu", value=(-1.0,))
def another_number_for_zero(A, value=1.0):
    """Another number than 0 stands where the entries were negative.

    What should come out for -2?
    """
    A = _array(A)
    return np.where(A > 0, A, value)


@misconception(of="relu", section="network-relu")
def made_for_one_axis(A):
    """The function goes through its argument once, and takes what it finds there for numbers.

    What does a loop over an array of two axes give: numbers or rows? And what is a single number to it?
    """
    return np.array([a if a > 0 else 0.0 for a in A])


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


@misconception(of="init_params", section="network-initialisation", scale=(lambda n: np.sqrt(2 / n), lambda n: 0.01))
def biases_drawn_too(sizes, rng, scale=lambda n: 1.0):
    """The biases are random as well; they are asked to start at 0.

    What does the text say of b?
    """
    return [(rng.normal(size=(n, m)) * np.sqrt(2 / n), rng.normal(size=m) * scale(n)) for n, m in _pairs(sizes)]


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


@misconception(of="init_params", section="network-initialisation", seed=(1, 42, 123, 1234))
def a_generator_of_its_own(sizes, rng, seed=0):
    """The weights are the same whatever generator is given: they come from one of your own, or from an earlier call.

    How can two people get different networks from different seeds when your function does not use them?
    """
    own = np.random.default_rng(seed)
    return [(own.normal(size=(n, m)) * np.sqrt(2 / n), np.zeros(m)) for n, m in _pairs(sizes)]


@misconception(of="init_params", section="network-initialisation")
def one_row_repeated(sizes, rng):
    """One row is drawn and repeated for every input.

    Are the entries of your matrix drawn independently?
    """
    return [(np.tile(rng.normal(size=m) * np.sqrt(2 / n), (n, 1)), np.zeros(m)) for n, m in _pairs(sizes)]


def _he(rng, n, m):
    return rng.normal(size=(n, m)) * np.sqrt(2 / n)


@misconception(of="init_params", section="network-initialisation", value=(1.0, 0.1, 0.5))
def biases_not_at_zero(sizes, rng, value=0.01):
    """The biases do not start at 0.

    What does the text say of b?
    """
    return [(_he(rng, n, m), np.full(m, value)) for n, m in _pairs(sizes)]


@misconception(
    of="init_params", section="network-initialisation", shape=(lambda m: (m, 1), lambda m: (), lambda m: (1,))
)
def biases_in_another_shape(sizes, rng, shape=lambda m: (1, m)):
    """The biases are zeros in another shape than (outputs,).

    How many axes has a vector with one entry for each output?
    """
    return [(_he(rng, n, m), np.zeros(shape(m))) for n, m in _pairs(sizes)]


@misconception(
    of="init_params",
    section="network-initialisation",
    limit=(
        lambda n, m: np.sqrt(6 / (n + m)),
        lambda n, m: np.sqrt(3 / n),
        lambda n, m: np.sqrt(2 / n),
        lambda n, m: np.sqrt(1 / n),
        lambda n, m: 1.0,
        lambda n, m: 0.5,
        lambda n, m: 0.1,
    ),
)
def not_from_a_normal_distribution(sizes, rng, limit=lambda n, m: np.sqrt(6 / n)):
    """The weights do not come from a normal distribution.

    Which method of a generator draws normal numbers? How often does a normal number lie beyond two deviations, and how
    often one of yours?
    """
    return [(rng.uniform(-1, 1, size=(n, m)) * limit(n, m), np.zeros(m)) for n, m in _pairs(sizes)]


@misconception(of="init_params", section="network-initialisation", value=(lambda n: 1.0, lambda n: 0.01, lambda n: 0.1))
def all_weights_equal(sizes, rng, value=lambda n: np.sqrt(2 / n)):
    """All weights of a layer have the same value, and all units of a layer stay equal for ever.

    If two units have the same weights, what can make their gradients differ?
    """
    return [(np.full((n, m), value(n)), np.zeros(m)) for n, m in _pairs(sizes)]


@misconception(of="init_params", section="network-initialisation", turn=(lambda W: W + 1.0, lambda W: W + 0.5))
def weights_not_around_zero(sizes, rng, turn=np.abs):
    """The weights do not lie around 0: their mean is another.

    Which mean has a standard normal number, and what becomes of it after `abs`, or after something is added?
    """
    return [(turn(_he(rng, n, m)), np.zeros(m)) for n, m in _pairs(sizes)]


@misconception(
    of="init_params",
    section="network-initialisation",
    scale=(
        lambda n, m, sizes: np.sqrt(n / 2),
        lambda n, m, sizes: np.sqrt(2 / sizes[0]),
        lambda n, m, sizes: np.sqrt(2 / len(sizes)),
        lambda n, m, sizes: np.sqrt(2 / (n * m)),
        lambda n, m, sizes: np.sqrt(2 * n),
        lambda n, m, sizes: 2 / np.sqrt(n),
        lambda n, m, sizes: np.sqrt(6 / (n + m)),
        lambda n, m, sizes: 1 / n,
        lambda n, m, sizes: (2 / n) ** 2,
        lambda n, m, sizes: 0.1,
        lambda n, m, sizes: 0.02,
        lambda n, m, sizes: 0.001,
    ),
)
def another_deviation(sizes, rng, scale=lambda n, m, sizes: np.sqrt(2) / n):
    """The standard deviation is not the root of 2/N, with N the number of inputs of the layer itself.

    For a layer with 400 inputs, which number should multiply a standard normal one, and which does?
    """
    return [(rng.normal(size=(n, m)) * scale(n, m, sizes), np.zeros(m)) for n, m in _pairs(sizes)]


@misconception(of="init_params", section="network-initialisation")
def the_bias_counted_as_an_input(sizes, rng):
    """The number of inputs under the root is one too large, as if the bias were an input.

    How many columns has the X that meets W?
    """
    return [(rng.normal(size=(n, m)) * np.sqrt(2 / (n + 1)), np.zeros(m)) for n, m in _pairs(sizes)]


@misconception(
    of="init_params",
    section="network-initialisation",
    draw=(
        lambda rng, n, m: np.tile(rng.normal(size=(n, 1)), (1, m)),
        lambda rng, n, m: np.full((n, m), rng.normal()),
    ),
)
def not_drawn_one_by_one(sizes, rng, draw=lambda rng, n, m: np.outer(rng.normal(size=n), rng.normal(size=m))):
    """Entries of one matrix share their draws, and so are not independent of each other.

    How many numbers do you draw for a matrix of n times m entries?
    """
    return [(draw(rng, n, m) * np.sqrt(2 / n), np.zeros(m)) for n, m in _pairs(sizes)]


@misconception(of="init_params", section="network-initialisation", digits=(0, 2, 3, 4), half=(True,))
def weights_rounded(sizes, rng, digits=1, half=False):
    """The weights are rounded, or of a type of few digits, so that many of them are equal.

    How many different weights are left in a large layer? Who needs fewer digits here?
    """
    params = [(_he(rng, n, m), np.zeros(m)) for n, m in _pairs(sizes)]
    return [(W.astype(np.float16) if half else np.round(W, digits), b) for W, b in params]


@misconception(of="init_params", section="network-initialisation")
def layers_share_their_draws(sizes, rng):
    """Each layer begins with the same random numbers as the one before it.

    Does the generator move on between your layers, or is it set back, copied or cut from one draw?
    """
    return [(_he(copy.deepcopy(rng), n, m), np.zeros(m)) for n, m in _pairs(sizes)]


@misconception(of="init_params", section="network-initialisation")
def first_layer_missing(sizes, rng):
    """The first layer has no parameters.

    Which two sizes does the first layer lie between?
    """
    return [(_he(rng, n, m), np.zeros(m)) for n, m in _pairs(sizes)[1:]]


@misconception(of="init_params", section="network-initialisation", last=(True,))
def one_layer_returned(sizes, rng, last=False):
    """Only one layer comes back.

    Is something appended in each turn of your loop, and does `return` stand in the loop or after it?
    """
    params = [(_he(rng, n, m), np.zeros(m)) for n, m in _pairs(sizes)]
    return params[-1:] if last else params[:1]


@misconception(of="init_params", section="network-initialisation")
def weights_and_biases_in_two_lists(sizes, rng):
    """All weights come back in one list and all biases in another.

    What stands in the list for the first layer?
    """
    params = [(_he(rng, n, m), np.zeros(m)) for n, m in _pairs(sizes)]
    return [W for W, _ in params], [b for _, b in params]


@misconception(of="init_params", section="network-initialisation", weights_first=(True,))
def one_flat_list(sizes, rng, weights_first=False):
    """Weights and biases stand one after the other in a flat list, not in pairs.

    What stands in the list for the first layer, and how many entries has the list of a network with two layers?
    """
    if weights_first:
        return [*(_he(rng, n, m) for n, m in _pairs(sizes)), *(np.zeros(m) for m in sizes[1:])]
    return [array for n, m in _pairs(sizes) for array in (_he(rng, n, m), np.zeros(m))]


@misconception(of="init_params", section="network-initialisation")
def a_dictionary_of_names(sizes, rng):
    """A dictionary of names such as W1 comes back, not a list of pairs.

    How would `for W, b in params` go through what you return?
    """
    params = {}
    for k, (n, m) in enumerate(_pairs(sizes), start=1):
        params[f"W{k}"], params[f"b{k}"] = _he(rng, n, m), np.zeros(m)
    return params


@misconception(of="init_params", section="network-initialisation")
def biases_before_weights(sizes, rng):
    """Each pair holds the biases first.

    Which of the two comes first in (W, b)?
    """
    return [(np.zeros(m), _he(rng, n, m)) for n, m in _pairs(sizes)]


@misconception(of="init_params", section="network-initialisation", drawn=(True,))
def biases_inside_the_weights(sizes, rng, drawn=False):
    """Each layer is one matrix with a row more; there are no biases apart from it.

    Which two arrays are asked for in each layer?
    """
    if drawn:
        return [rng.normal(size=(n + 1, m)) * np.sqrt(2 / n) for n, m in _pairs(sizes)]
    return [np.vstack([_he(rng, n, m), np.zeros(m)]) for n, m in _pairs(sizes)]


@misconception(of="init_params", section="network-initialisation", layer=(lambda W: (W,), lambda W: W))
def weights_without_biases(sizes, rng, layer=lambda W: (W, None)):
    """The layers have weights alone; no array of biases is there.

    Which two arrays are asked for in each layer? Is a bias of 0 the same as no bias?
    """
    return [layer(_he(rng, n, m)) for n, m in _pairs(sizes)]


@misconception(of="init_params", section="network-initialisation")
def weights_in_one_row(sizes, rng):
    """The weights of a layer come in one row of inputs times outputs numbers.

    Which shape must W have in P = X W? What does a generator take as `size`?
    """
    return [(rng.normal(size=n * m) * np.sqrt(2 / n), np.zeros(m)) for n, m in _pairs(sizes)]


def _he_layer(rng, n, m):
    return _he(rng, n, m), np.zeros(m)


@misconception(
    of="init_params",
    section="network-initialisation",
    before=(
        lambda sizes, rng: [_he_layer(rng, sizes[0], sizes[0])],
        lambda sizes, rng: [(np.eye(sizes[0]), np.zeros(sizes[0]))],
    ),
    behind=(
        lambda sizes, rng: [_he_layer(rng, sizes[-1], sizes[-1])],
        lambda sizes, rng: [(np.eye(sizes[-1]), np.zeros(sizes[-1]))],
    ),
)
def one_layer_too_many(
    sizes,
    rng,
    before=lambda sizes, rng: [_he_layer(rng, sizes[-1], sizes[0])],
    behind=None,
):
    """There is a layer too many: the input or the output gets weights of its own, or the last size leads to the first.

    How many layers lie between three sizes? Which pair of sizes does the index -1 add?
    """
    first = [] if behind else before(sizes, rng)
    layers = [_he_layer(rng, n, m) for n, m in _pairs(sizes)]
    return [*first, *layers, *(behind(sizes, rng) if behind else [])]


@misconception(of="init_params", section="network-initialisation", each_unit=(True,))
def scaled_to_the_deviation_exactly(sizes, rng, each_unit=False):
    """The numbers are drawn, then shifted and scaled until mean and deviation are exact: none is free of the others.

    Of which is sqrt(2/N) the deviation: of the numbers that you happened to draw, or of what you draw from?
    """

    def layer(n, m):
        W = rng.normal(size=(n, m))
        axis = 0 if each_unit and n > 1 else None
        return (W - W.mean(axis=axis)) / W.std(axis=axis) * np.sqrt(2 / n)

    return [(layer(n, m), np.zeros(m)) for n, m in _pairs(sizes)]


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


@misconception(of="count_params", section="network-parameters", more=(1,))
def one_bias_for_each_layer(sizes, more=0):
    """One bias is counted for each layer, not for each output.

    Which shape has b?
    """
    return sum(n * m + 1 for n, m in _pairs(sizes)) + more


@misconception(of="count_params", section="network-parameters")
def units_counted(sizes):
    """The units are counted, not the weights between them.

    How many arrows lie between 5 units and 3?
    """
    return sum(sizes)


@misconception(of="count_params", section="network-parameters", biases=(True,))
def product_of_all_sizes(sizes, biases=False):
    """All sizes are multiplied with each other, as if every path had a weight of its own.

    Between which layers does a weight stand?
    """
    return int(np.prod(sizes)) + (sum(sizes[1:]) if biases else 0)


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


@misconception(of="count_params", section="network-parameters")
def units_after_the_input_counted(sizes):
    """Only the biases are counted, one for each unit; the weights are missing.

    How many arrows lead into one unit of a layer with five inputs?
    """
    return sum(sizes[1:])


@misconception(of="count_params", section="network-parameters")
def first_and_last_size_only(sizes):
    """The network is counted as one layer from the first size to the last.

    Between which sizes do the weights of a hidden layer stand?
    """
    return sizes[0] * sizes[-1] + sizes[-1]


@misconception(of="count_params", section="network-parameters")
def output_biases_missing(sizes):
    """The last layer is counted without its biases.

    Is there a layer in which P = X W has no b?
    """
    return sum(n * m + m for n, m in _pairs(sizes)) - sizes[-1]


@misconception(of="count_params", section="network-parameters")
def first_biases_missing(sizes):
    """The first layer is counted without its biases.

    Is there a layer in which P = X W has no b?
    """
    return sum(n * m + m for n, m in _pairs(sizes)) - sizes[1]


@misconception(of="count_params", section="network-parameters")
def one_unit_more_on_both_sides(sizes):
    """A unit is added on both sides of each layer: (n + 1)(m + 1).

    The constant input that stands for the bias has weights to the outputs. Does anything lead into it?
    """
    return sum((n + 1) * (m + 1) for n, m in _pairs(sizes))


@misconception(of="count_params", section="network-parameters")
def a_bias_for_every_weight(sizes):
    """A bias is counted for every weight.

    Which shape has b?
    """
    return sum(2 * n * m for n, m in _pairs(sizes))


@misconception(of="count_params", section="network-parameters")
def sizes_added_not_multiplied(sizes):
    """The sizes on both sides of a layer are added.

    How many arrows lie between 5 units and 3?
    """
    return sum(n + m for n, m in _pairs(sizes))


@misconception(of="count_params", section="network-parameters")
def first_layer_not_counted(sizes):
    """The first layer is left out.

    How many layers of weights lie between three sizes, and which is the first?
    """
    return sum(n * m + m for n, m in _pairs(sizes)[1:])


@misconception(of="count_params", section="network-parameters")
def last_layer_only_counted(sizes):
    """Only the last layer is counted: each turn of the loop forgets the sum of those before.

    What of the layers before it? Does your loop assign or add?
    """
    n, m = _pairs(sizes)[-1]
    return n * m + m


@misconception(of="count_params", section="network-parameters")
def two_layers_at_most(sizes):
    """Layers beyond the second are not counted.

    How many layers may a network have here?
    """
    return sum(n * m + m for n, m in _pairs(sizes)[:2])


@misconception(of="count_params", section="network-parameters")
def two_layers_always(sizes):
    """Exactly two layers are counted, so that another number of them ends in an error or is not seen.

    How many layers may a network have here, at least and at most?
    """
    return (sizes[0] + 1) * sizes[1] + (sizes[1] + 1) * sizes[2]


@misconception(of="count_params", section="network-parameters")
def first_size_follows_the_last(sizes):
    """A layer is counted that leads from the last size back to the first.

    Which pair of sizes does the index -1, or a rotation of the list, add?
    """
    return sum(sizes[i - 1] * sizes[i] + sizes[i] for i in range(len(sizes)))


@misconception(of="count_params", section="network-parameters")
def weights_and_biases_apart(sizes):
    """Two numbers come back, that of the weights and that of the biases.

    How many numbers should come back?
    """
    return sum(n * m for n, m in _pairs(sizes)), sum(sizes[1:])


@misconception(of="count_params", section="network-parameters")
def arrays_counted(sizes):
    """The arrays are counted, not the numbers in them.

    How many numbers does one W hold?
    """
    return 2 * (len(sizes) - 1)


@misconception(of="count_params", section="network-parameters", more=(-1, 2))
def one_too_many(sizes, more=1):
    """The count is off by a constant, whatever the sizes are.

    With which number does your sum begin?
    """
    return sum(n * m + m for n, m in _pairs(sizes)) + more


@misconception(of="count_params", section="network-parameters", every=(True,))
def square_layers(sizes, every=False):
    """Each size is multiplied with itself: the weights of a layer are counted as outputs times outputs.

    Which two sizes give the shape of W?
    """
    return sum(m * m + m for m in (sizes if every else sizes[1:]))


@misconception(of="count_params", section="network-parameters")
def output_biases_only(sizes):
    """Of the biases, only those of the last layer are counted.

    Is there a layer in which P = X W has no b?
    """
    return sum(n * m for n, m in _pairs(sizes)) + sizes[-1]


@misconception(of="count_params", section="network-parameters", more=(lambda m: m,))
def one_bias_more_in_each_layer(sizes, more=lambda m: 1):
    """Each layer is counted with more biases than it has outputs.

    Which shape has b?
    """
    return sum(n * m + m + more(m) for n, m in _pairs(sizes))


@misconception(of="count_params", section="network-parameters")
def one_turn_too_many(sizes):
    """The loop looks for a layer behind the last size.

    How many layers lie between three sizes, and which index has the last pair's first size?
    """
    return sum(sizes[i] * sizes[i + 1] + sizes[i + 1] for i in range(len(sizes)))


@misconception(of="count_params", section="network-parameters")
def every_second_layer_counted(sizes):
    """Every second layer is left out: the sizes are taken two by two, and not each with the next.

    Between which sizes does the second layer lie?
    """
    return sum(n * m + m for n, m in _pairs(sizes)[::2])


@misconception(of="count_params", section="network-parameters")
def weights_counted_in_both_directions(sizes):
    """Each weight is counted twice, once on the way forward and once on the way back.

    How many arrows lie between 5 units and 3? Does the way back have weights of its own?
    """
    return sum(2 * n * m + m for n, m in _pairs(sizes))


@misconception(of="count_params", section="network-parameters")
def count_carried_into_the_next_layer(sizes):
    """The count so far is taken for the number of inputs of the next layer.

    Which variable of yours is the sum, and which the size of the layer before?
    """
    total = sizes[0]
    for m in sizes[1:]:
        total = (total + 1) * m
    return total


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


@misconception(of="forward", section="network-forward")
def before_and_after_each_relu(params, X):
    """The list holds each layer twice: before its non-linearity and after it.

    How many entries has the list [X, H_1, ..., F] of a network with two layers?
    """
    found = [_array(X)]
    for k, (W, b) in enumerate(params):
        A = found[-1] @ _array(W) + _array(b)
        found += [A, _softmax(A) if k == len(params) - 1 else _relu(A)]
    return found


@misconception(of="forward", section="network-forward")
def one_maximum_for_the_batch(params, X):
    """The softmax at the end subtracts the largest logit of the whole batch from every row.

    What is left of a row near -1000 when another row holds +1000?
    """

    def last(A):
        E = np.exp(A - A.max())
        return E / E.sum(axis=1, keepdims=True)

    return _pass(params, X, last=last)


@misconception(of="forward", section="network-forward", limit=(10.0, 20.0, 30.0, 100.0, 500.0, 700.0))
def logits_cut_off(params, X, limit=50.0):
    """The logits are cut off at a limit before the softmax, and all that lie beyond it become equal.

    What should the probabilities of [1000, 2000] be, and what are they when both are cut off?
    """
    return _pass(params, X, last=lambda A: _softmax(np.clip(A, -limit, limit)))


@misconception(of="forward", section="network-forward")
def sigmoid_between_layers(params, X):
    """The hidden layers end in a sigmoid, not in ReLU.

    Which non-linearity is asked for, and can its output be larger than 1?
    """
    return _pass(params, X, hidden=lambda A: 1 / (1 + np.exp(-A)))


@misconception(of="forward", section="network-forward")
def tanh_between_layers(params, X):
    """The hidden layers end in tanh, not in ReLU.

    Which non-linearity is asked for, and can its output be negative?
    """
    return _pass(params, X, hidden=np.tanh)


@misconception(of="forward", section="network-forward", slope=(0.001, 0.1, 0.2, 0.3))
def leaky_between_layers(params, X, slope=0.01):
    """The hidden layers let a little of the negative side pass: the leaky variant of ReLU.

    What exactly should become of -2 in a hidden layer?
    """
    return _pass(params, X, hidden=lambda A: np.where(A > 0, A, slope * A))


@misconception(of="forward", section="network-forward")
def sigmoid_at_the_end(params, X):
    """Each logit goes through a sigmoid of its own; there is no softmax.

    What should each row of the last activations add up to?
    """
    return _pass(params, X, last=lambda A: 1 / (1 + np.exp(-A)))


@misconception(of="forward", section="network-forward")
def logarithms_at_the_end(params, X):
    """The last activations are logarithms of probabilities.

    What should each row of the last activations add up to?
    """
    return _pass(params, X, last=lambda A: A - np.logaddexp.reduce(A, axis=1, keepdims=True))


@misconception(of="forward", section="network-forward")
def last_bias_forgotten(params, X):
    """The last layer does not add its bias.

    In which way does the last layer differ from the others, and in which not?
    """
    *hidden, (W, b) = params
    return _pass([*hidden, (W, np.zeros_like(_array(b)))], X)


@misconception(of="forward", section="network-forward")
def pairs_of_input_and_output(params, X):
    """The list holds a pair of input and output for each layer.

    How often should H_1 stand in the list?
    """
    found = _pass(params, X)
    return list(zip(found[:-1], found[1:]))


@misconception(of="forward", section="network-forward", kept=(True,))
def relu_on_the_input(params, X, kept=False):
    """The input goes through ReLU before the first layer.

    Behind which layers does a ReLU stand? May an input be negative?
    """
    changed, *found = _pass(params, _relu(_array(X)))
    return [_array(X) if kept else changed, *found]


@misconception(of="forward", section="network-forward", which=(-1,))
def one_hidden_layer_without_relu(params, X, which=0):
    """One of the hidden layers has no ReLU.

    Over which layers does your loop run, and which layer alone ends in softmax?
    """
    found, linear = [_array(X)], range(len(params) - 1)[which] if len(params) > 1 else None
    for k, (W, b) in enumerate(params):
        A = found[-1] @ _array(W) + _array(b)
        found.append(_softmax(A) if k == len(params) - 1 else A if k == linear else _relu(A))
    return found


@misconception(of="forward", section="network-forward")
def weights_turned_over(params, X):
    """The weights of each layer are transposed.

    The rows of X have as many entries as W has rows. Which product uses that?
    """
    return _pass([(_array(W).T, b) for W, b in params], X)


@misconception(of="forward", section="network-forward")
def output_layer_missing(params, X):
    """The list ends with the last hidden layer; the output layer is missing.

    How many entries has the list for a network of two layers, and which is the last?
    """
    return _pass(params, X)[:-1]


@misconception(of="forward", section="network-forward")
def softmax_after_a_last_relu(params, X):
    """Every layer ends in ReLU, and a softmax of the last of them stands behind it as one entry more.

    How many entries has the list for a network of two layers, and is the last layer a hidden one?
    """
    found = _pass(params, X, last=_relu)
    return [*found, _softmax(found[-1])]


@misconception(of="forward", section="network-forward")
def logits_kept_as_well(params, X):
    """The logits of the last layer stand in the list beside its probabilities.

    How many entries has the list [X, H_1, ..., F] of a network with two layers?
    """
    found = _pass(params, X, last=lambda A: A)
    return [*found, _softmax(found[-1])]


@misconception(of="forward", section="network-forward")
def softmax_taken_twice(params, X):
    """The last layer goes through softmax twice.

    What goes into a softmax: logits or probabilities?
    """
    return _pass(params, X, last=lambda A: _softmax(_softmax(A)))


@misconception(of="forward", section="network-forward")
def decision_in_place_of_probabilities(params, X):
    """The last activations are a decision, 1 for one class and 0 for the others.

    How sure is the network, and where would a gradient come from?
    """
    return _pass(params, X, last=lambda A: np.eye(A.shape[1])[A.argmax(axis=1)])


@misconception(of="forward", section="network-forward")
def exponentials_not_normalised(params, X):
    """The exponentials at the end are never divided by their sum.

    What should each row of the last activations add up to?
    """
    return _pass(params, X, last=lambda A: np.exp(A - A.max(axis=1, keepdims=True)))


@misconception(of="forward", section="network-forward", epsilon=EPSILONS)
def epsilon_in_the_denominator(params, X, epsilon=1e-2):
    """A small constant is added to the denominator of the softmax.

    How small can the sum of the exponentials be once the largest of them is 1?
    """

    def last(A):
        E = np.exp(A - A.max(axis=1, keepdims=True))
        return E / (E.sum(axis=1, keepdims=True) + epsilon)

    return _pass(params, X, last=last)


@misconception(of="forward", section="network-forward", one=(np.sum,))
def one_bias_for_each_layer_of_units(params, X, one=np.mean):
    """One number made of the biases of a layer is added to all of its outputs.

    How many different biases has a layer with T outputs?
    """
    return _pass([(W, np.full_like(_array(b), one(_array(b)))) for W, b in params], X)


@misconception(of="forward", section="network-forward")
def input_standardised(params, X):
    """The columns of the input are standardised before the first layer.

    Which entry of the list should be X as it was given? Does the output of one example depend on the others?
    """
    X = _array(X)
    return _pass(params, (X - X.mean(axis=0)) / (X.std(axis=0) + 1e-8))


@misconception(of="forward", section="network-forward")
def made_for_two_layers(params, X):
    """The network is taken to have exactly two layers.

    How many layers may `params` hold, at least and at most?
    """
    (W1, b1), (W2, b2) = params
    return _pass([(W1, b1), (W2, b2)], X)


@misconception(of="forward", section="network-forward")
def bias_after_the_relu(params, X):
    """The bias of a hidden layer is added after its ReLU.

    To what does max(a, 0) apply: to X W, or to X W + b?
    """
    found = [_array(X)]
    for k, (W, b) in enumerate(params):
        A = found[-1] @ _array(W)
        found.append(_softmax(A + _array(b)) if k == len(params) - 1 else _relu(A) + _array(b))
    return found


@misconception(of="forward", section="network-forward", axis=(1,))
def hidden_layers_standardised(params, X, axis=0):
    """The activations of the hidden layers are standardised.

    Which two steps has a layer here: the product with its bias, and what else?
    """

    def hidden(A):
        H = _relu(A)
        return (H - H.mean(axis=axis, keepdims=True)) / (H.std(axis=axis, keepdims=True) + 1e-5)

    return _pass(params, X, hidden=hidden)


@misconception(of="forward", section="network-forward")
def first_bias_wherever_it_fits(params, X):
    """Every layer whose size allows it uses the biases of the first layer.

    Which b belongs to the second layer?
    """
    first = params[0][1]
    return _pass([(W, first if np.shape(b) == np.shape(first) else b) for W, b in params], X)


@misconception(of="forward", section="network-forward")
def layers_beyond_the_second_ignored(params, X):
    """Layers beyond the second are not applied.

    How many layers may `params` hold, and does your loop run over all of them?
    """
    return _pass(params[:2], X)


@misconception(of="forward", section="network-forward", at_most=(3, 4), twice=(True,))
def layers_in_the_middle_ignored(params, X, at_most=2, twice=False):
    """The first layers and the last are applied, and those between them are not.

    How many layers may `params` hold, and does your loop run over all of them?
    """
    return _pass([*params[: at_most - 1], params[-1]] if twice or len(params) > at_most else params, X)


@misconception(of="forward", section="network-forward", before=(True,))
def input_of_the_layer_added(params, X, before=False):
    """The input of a hidden layer is added to its output, as in a residual network.

    Which two steps has a layer here: the product with its bias, and what else?
    """
    found = [_array(X)]
    for k, (W, b) in enumerate(params):
        A = found[-1] @ _array(W) + _array(b)
        more = found[-1] if A.shape == found[-1].shape else 0.0
        found.append(_softmax(A) if k == len(params) - 1 else _relu(A + more) if before else _relu(A) + more)
    return found


@misconception(of="forward", section="network-layer")
def weights_on_the_left(params, X):
    """The weights stand on the left of the inputs.

    Rows are examples. On which side of the weights must the rows stand?
    """
    found = [_array(X)]
    for k, (W, b) in enumerate(params):
        A = _array(W) @ found[-1] + _array(b)
        found.append(_softmax(A) if k == len(params) - 1 else _relu(A))
    return found


@misconception(of="forward", section="network-forward")
def weights_taken_for_biases(params, X):
    """Each pair is taken apart the wrong way round: its biases multiply, and its weights are added.

    Which of the two comes first in (W, b)?
    """
    found = [_array(X)]
    for k, (b, W) in enumerate(params):
        A = found[-1] @ _array(W) + _array(b)
        found.append(_softmax(A) if k == len(params) - 1 else _relu(A))
    return found


@misconception(of="forward", section="network-forward", largest=(True,))
def axis_lost_in_the_softmax(params, X, largest=False):
    """A sum or a maximum in the softmax lies down along the classes, and no longer stands beside its row.

    Which shape has a sum over the last axis, and which shape must it have to divide each row by its own?
    """

    def last(A):
        E = np.exp(A - A.max(axis=1, keepdims=not largest))
        return E / E.sum(axis=1)

    return _pass(params, X, last=last)


@misconception(of="forward", section="network-forward")
def last_layer_applied_twice(params, X):
    """The loop takes in the last layer, which is then applied once more behind it.

    Over which layers does your loop run, and which layer alone ends in softmax?
    """
    return _pass([*params, params[-1]], X)


@misconception(of="forward", section="network-forward")
def list_pressed_into_one_array(params, X):
    """The activations are pressed into one array, though their shapes differ.

    What does NumPy make of rows of different lengths? What holds arrays of any shape?
    """
    return np.array(_pass(params, X))


@misconception(of="forward", section="network-forward", scale=(lambda T: T, lambda T: 2.0, lambda T: 0.5))
def logits_scaled(params, X, scale=np.sqrt):
    """The logits are divided by a number before the softmax.

    What stands between the last X W + b and the softmax?
    """
    return _pass(params, X, last=lambda A: _softmax(A / scale(A.shape[1])))


@misconception(of="forward", section="network-forward", power=(0.5,))
def averaged_in_every_layer(params, X, power=1.0):
    """The products are averaged over the inputs of a layer, or scaled by their number, where their sum is asked for.

    Does X W divide by anything?
    """
    return _pass([(_array(W) / len(W) ** power, b) for W, b in params], X)


@misconception(of="forward", section="network-relu", hidden=(lambda A: A**2,))
def another_bend_between_layers(params, X, hidden=np.abs):
    """The hidden layers end in the absolute value or the square, not in ReLU.

    What should a hidden unit say whose sum is -2?
    """
    return _pass(params, X, hidden=hidden)


@misconception(of="forward", section="network-forward")
def hidden_layers_not_kept(params, X):
    """The list has its length from the start, and only the last activations are written into it.

    Which index does your loop write to in its first turn, and which in its last?
    """
    found = _pass(params, X)
    return [*[found[0]] * len(params), found[-1]]


@inputs(of="predict")
def draw_trained_networks(rng):
    return [
        (_network(rng, 5, 3), rng.normal(size=(6, 5))),
        (_network(rng, 5, 7, 4), rng.normal(size=(9, 5))),
        (_network(rng, 3, 3), rng.normal(size=(3, 3))),
        (_network(rng, 4, 4, 4), rng.normal(size=(9, 4))),
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


@misconception(of="predict", section="network-predict", digits=(1, 2, 3, 4))
def rounded_probabilities(params, X, digits=0):
    """The probabilities are rounded before the largest is looked for, and classes that are then equal are confused.

    Must a class have more than half of the probability to be the most probable one, or lead by a whole digit?
    """
    return np.argmax(np.round(_pass(params, X)[-1], digits), axis=1)


@misconception(of="predict", section="network-predict")
def from_the_hidden_layer(params, X):
    """The prediction is read from the activations before the last ones.

    Which end of the list of activations holds the probabilities?
    """
    return np.argmax(_pass(params, X)[-2], axis=1)


@misconception(of="predict", section="network-predict", number=(False,))
def class_of_one_example(params, X, number=True):
    """Only the first example has a prediction.

    How many predictions does a batch of four need?
    """
    found = np.argmax(_pass(params, X)[-1], axis=1)
    return found[0] if number else found[:1]


@misconception(of="predict", section="network-predict")
def runner_up(params, X):
    """The class in the second place comes back.

    `argsort` sorts from small to large. Where does the largest stand?
    """
    return np.argsort(_pass(params, X)[-1], axis=1)[:, -2]


@misconception(of="predict", section="network-predict", sign=(1,))
def all_classes_in_order(params, X, sign=-1):
    """All classes come back, in the order of their probability.

    Which of the entries of a row is the prediction?
    """
    return np.argsort(sign * _pass(params, X)[-1], axis=1)


@misconception(of="predict", section="network-predict")
def where_the_largest_stand(params, X):
    """Pairs of row and column come back, one for each largest entry.

    Which of the two numbers of a pair is the prediction?
    """
    F = _pass(params, X)[-1]
    return np.argwhere(F == F.max(axis=1, keepdims=True))


@misconception(of="predict", section="network-predict")
def compared_down_the_batch(params, X):
    """The softmax runs over the examples, so that each class is compared with itself in other rows.

    Along which axis should the probabilities add up to 1?
    """
    return np.argmax(_pass(params, X, last=lambda A: _softmax(A.T).T)[-1], axis=1)


@misconception(of="predict", section="network-predict")
def no_relu_on_the_way(params, X):
    """The hidden layers have no ReLU on the way to the prediction.

    Is the class read from the network that `forward` computes?
    """
    return np.argmax(_pass(params, X, hidden=lambda A: A)[-1], axis=1)


@misconception(of="predict", section="network-predict")
def sigmoid_on_the_way(params, X):
    """The hidden layers end in a sigmoid on the way to the prediction, not in ReLU.

    Is the class read from the network that `forward` computes?
    """
    return np.argmax(_pass(params, X, hidden=lambda A: 1 / (1 + np.exp(-A)))[-1], axis=1)


@misconception(of="predict", section="network-predict")
def no_bias_on_the_way(params, X):
    """The biases are left out on the way to the prediction.

    Is the class read from the network that `forward` computes?
    """
    return np.argmax(_pass([(W, np.zeros_like(_array(b))) for W, b in params], X)[-1], axis=1)


@misconception(of="predict", section="network-predict")
def relu_before_the_decision(params, X):
    """ReLU stands before the decision, and negative logits are all equal after it.

    Which class is the most probable one where all logits are negative?
    """
    return np.argmax(_pass(params, X, last=_relu)[-1], axis=1)


@misconception(of="predict", section="network-predict")
def largest_in_size(params, X):
    """The logit of the largest size decides, whatever its sign.

    Is a class with the logit -5 probable?
    """
    return np.argmax(np.abs(_pass(params, X, last=lambda A: A)[-1]), axis=1)


@misconception(of="predict", section="network-predict", at=(0,))
def yes_or_no_only(params, X, at=1):
    """One probability is compared with a half, as if there were two classes.

    What comes out of your function for the third class?
    """
    return (_pass(params, X)[-1][:, at] > 0.5).astype(int)


@misconception(of="predict", section="network-predict")
def probability_cut_to_an_integer(params, X):
    """The largest probability is made an integer, which leaves 0.

    Which of the two is asked for: how probable, or which class?
    """
    return np.max(_pass(params, X)[-1], axis=1).astype(int)


@misconception(of="predict", section="network-predict")
def rows_rounded(params, X):
    """Whole rows of rounded probabilities come back.

    Which shape is asked for?
    """
    return np.round(_pass(params, X)[-1]).astype(int)


@misconception(of="predict", section="network-predict")
def class_in_the_mean(params, X):
    """The class is the mean of all class numbers, weighted by their probabilities.

    Classes 0 and 2 are equally probable and class 1 is impossible. What should come out?
    """
    F = _pass(params, X)[-1]
    return np.round(F @ np.arange(F.shape[1])).astype(int)


@misconception(
    of="predict", section="network-predict", of_batch=(lambda F: np.bincount(np.argmax(F, axis=1)).argmax(),)
)
def same_class_for_every_row(params, X, of_batch=lambda F: np.argmax(F.mean(axis=0))):
    """Every row gets the class that wins in the batch as a whole.

    May two examples of one batch be of different classes?
    """
    F = _pass(params, X)[-1]
    return np.full(len(F), of_batch(F))


@misconception(of="predict", section="network-predict")
def last_layer_on_the_input(params, X):
    """The last layer is applied to the input, past the layers before it.

    What does the last layer take in?
    """
    return np.argmax(_pass(params[-1:], X)[-1], axis=1)


@misconception(of="predict", section="network-predict")
def two_activations_expected(params, X):
    """The list of activations is taken apart into two, as if there were one layer only.

    How many entries has the list for a network of three layers? Which index means the last, however many there are?
    """
    _, F = _pass(params, X)
    return np.argmax(F, axis=1)


@misconception(of="predict", section="network-predict")
def sorted_before_the_decision(params, X):
    """The probabilities are sorted before the largest is looked for, so that it stands in the same place in every row.

    What says, after sorting, to which class a probability belongs?
    """
    return np.argmax(np.sort(_pass(params, X)[-1], axis=1), axis=1)
