"""What goes wrong in the exercise "From backpropagation to automatic differentiation".

An operation runs in two ways: on the tensors of a notebook, as an answer does, and on arrays and an upstream
gradient, as its check is called. So a misconception states a rule on arrays, and `_operation` does the rest.
"""

import numpy as np

from . import EPSILONS, inputs, misconception


def _array(A):
    return np.asarray(A, dtype=float)


def _operation(args, rule):
    """What an operation returns whose `rule` turns arrays into (value, pull): a tensor for tensors, and the value
    with the gradients for arrays and, after them, an upstream gradient."""
    if hasattr(args[0], "pull"):
        value, pull = rule(*(tensor.data for tensor in args))
        return type(args[0])(value, args, pull)
    arrays = [_array(A) for A in args[:-1]]
    value, pull = rule(*arrays)
    gradients = pull(_array(args[-1]))
    if not isinstance(gradients, tuple):
        raise TypeError("no tuple")
    return (_array(value), *gradients)


def _collected(G, like):
    """G summed down to the shape of `like`."""
    G = np.sum(G, axis=tuple(range(np.ndim(G) - like.ndim)))
    return G.sum(axis=tuple(k for k, n in enumerate(like.shape) if n == 1), keepdims=True)


def _averaged(G, like):
    return _collected(G, like) * like.size / np.size(G)


@inputs(of="unbroadcast")
def draw_broadcast_gradients(rng):
    shapes = [
        ((4, 3), (3,)), ((4, 3), (1, 3)), ((4, 3), (4, 1)), ((4, 3), ()), ((4, 3), (4, 3)), ((2, 4, 3), (4, 1)),
        ((2, 4, 3), (3,)), ((2, 4, 3), (1, 4, 1)), ((3, 3), (3,)), ((3, 3), (3, 1)),
    ]  # fmt: skip
    return [(rng.normal(size=large), small) for large, small in shapes] + [([[1, 2, 3], [10, 20, 30]], (3,))]


@misconception(of="unbroadcast", section="autodiff-broadcasting")
def nothing_summed(grad, shape):
    """The gradient comes back in the shape in which it arrived.

    If a number was copied four times on the way forward, how many gradients come back to it? What becomes of them?
    """
    return _array(grad)


@misconception(of="unbroadcast", section="autodiff-broadcasting")
def stretched_axes_forgotten(grad, shape):
    """Axes that were added in front are summed, and axes of length 1 that were stretched are not.

    Broadcasting has two rules. Which of them does your sum undo, and what did the other one copy?
    """
    grad = _array(grad)
    return grad.sum(axis=tuple(range(grad.ndim - len(shape))))


@misconception(of="unbroadcast", section="autodiff-broadcasting")
def added_axes_forgotten(grad, shape):
    """Axes of length 1 are summed, and axes that broadcasting added in front are not.

    What does broadcasting do first when one array has fewer axes than the other?
    """
    grad = _array(grad)
    for axis, length in enumerate(shape):
        if length == 1:
            grad = grad.sum(axis=axis, keepdims=True)
    return grad


@misconception(of="unbroadcast", section="autodiff-broadcasting")
def stretched_axes_dropped(grad, shape):
    """Stretched axes are summed and vanish, where an axis of length 1 should stay.

    Which shape has the result: the one that was asked for? What does `keepdims` do in a sum?
    """
    grad = _array(grad)
    grad = grad.sum(axis=tuple(range(grad.ndim - len(shape))))
    return grad.sum(axis=tuple(k for k, n in enumerate(shape) if n == 1))


@misconception(of="unbroadcast", section="autodiff-broadcasting")
def added_axes_kept(grad, shape):
    """Axes that broadcasting added are summed, and stay with length 1.

    How many axes should the result have?
    """
    grad = _array(grad)
    added = grad.ndim - len(shape)
    stretched = tuple(k + added for k, n in enumerate(shape) if n == 1)
    return grad.sum(axis=tuple(range(added)) + stretched, keepdims=True)


@misconception(of="unbroadcast", section="autodiff-forks")
def mean_of_the_copies(grad, shape):
    """The gradients of the copies are averaged, not summed.

    If one number is used four times and you nudge it, how many of its uses move the loss: one, or all of them?
    """
    return _averaged(_array(grad), np.zeros(shape))


@misconception(of="unbroadcast", section="autodiff-forks")
def first_copy_only(grad, shape):
    """The gradient of one copy is taken, and those of the others are thrown away.

    Does only the first copy of a number have a share in the loss?
    """
    grad = _array(grad)
    while grad.ndim > len(shape):
        grad = grad[0]
    return grad[tuple(slice(n) if n == 1 else slice(None) for n in shape)]


@misconception(of="unbroadcast", section="autodiff-forks")
def largest_copy(grad, shape):
    """The largest of the gradients is taken, not their sum.

    When a number has several uses, which of them count?
    """
    grad = _array(grad)
    grad = grad.max(axis=tuple(range(grad.ndim - len(shape))))
    return grad.max(axis=tuple(k for k, n in enumerate(shape) if n == 1), keepdims=True)


@misconception(of="unbroadcast", section="autodiff-broadcasting")
def one_added_axis_at_most(grad, shape):
    """A single axis in front is summed, though broadcasting may have added several.

    How many axes must go when a gradient with three axes comes down to a vector?
    """
    grad = _array(grad)
    if grad.ndim > len(shape):
        grad = grad.sum(axis=0)
    return grad.sum(axis=tuple(k for k, n in enumerate(shape) if n == 1 and k < grad.ndim), keepdims=True)


@misconception(of="unbroadcast", section="autodiff-broadcasting")
def one_stretched_axis_at_most(grad, shape):
    """The first axis of length 1 is summed, and the others are not.

    How many axes of the shape can have been stretched?
    """
    grad = _array(grad)
    grad = grad.sum(axis=tuple(range(grad.ndim - len(shape))))
    return grad.sum(axis=shape.index(1), keepdims=True) if 1 in shape else grad


@misconception(of="unbroadcast", section="autodiff-broadcasting")
def axes_added_at_the_end(grad, shape):
    """Missing axes are looked for at the end of the shape, and broadcasting adds them in front.

    When a vector of 3 is added to a matrix of 4 rows and 3 columns, is it copied for each row or for each column?
    """
    grad = _array(grad)
    grad = grad.sum(axis=tuple(range(len(shape), grad.ndim)))
    return grad.sum(axis=tuple(k for k, n in enumerate(shape) if n == 1), keepdims=True)


@misconception(of="unbroadcast", section="autodiff-broadcasting")
def sum_of_everything_everywhere(grad, shape):
    """Every entry gets the sum of the whole gradient.

    Which entries of the gradient belong to copies of the first number, and which to copies of others?
    """
    return np.full(shape, _array(grad).sum())


@misconception(of="unbroadcast", section="autodiff-broadcasting")
def cut_to_the_shape(grad, shape):
    """The gradient is resized: its first entries are put into the shape, and the rest is lost.

    Broadcasting copied numbers. What undoes a copy on the way back: leaving the copies out, or something else?
    """
    return np.resize(_array(grad), shape)


@inputs(of="add")
def draw_pairs(rng):
    shapes = [
        ((4,), (4,)),
        ((4, 3), (3,)),
        ((3,), (4, 3)),
        ((4, 1), (2, 1, 3)),
        ((), (4, 3)),
        ((3, 3), (3,)),
        ((2, 3), (2, 3)),
    ]
    drawn = [(rng.normal(size=left), rng.normal(size=right)) for left, right in shapes]
    return [(a, b, rng.normal(size=np.broadcast(a, b).shape)) for a, b in drawn]


@misconception(of="add", section="autodiff-broadcasting")
def copies_not_collected(*args):
    """The gradient goes to both parents as it is, in the shape of the result, even where a parent was broadcast.

    Which shape must the gradient of a bias have, and in how many rows was it used?
    """
    return _operation(args, lambda a, b: (a + b, lambda G: (G, G)))


@misconception(of="add", section="autodiff-forks")
def copies_averaged(*args):
    """The gradients of the copies of a broadcast argument are averaged, not summed.

    If you nudge a bias, does one row of the result move or do all of them?
    """
    return _operation(args, lambda a, b: (a + b, lambda G: (_averaged(G, a), _averaged(G, b))))


@misconception(of="add", section="autodiff-broadcasting")
def only_the_second_collected(*args):
    """The second argument's gradient is summed down to its shape, and the first one's is not.

    Can the first argument be the one that is broadcast?
    """
    return _operation(args, lambda a, b: (a + b, lambda G: (G, _collected(G, b))))


@misconception(of="add", section="autodiff-broadcasting")
def only_the_first_collected(*args):
    """The first argument's gradient is summed down to its shape, and the second one's is not.

    Can the second argument be the one that is broadcast?
    """
    return _operation(args, lambda a, b: (a + b, lambda G: (_collected(G, a), G)))


@misconception(of="add", section="autodiff-broadcasting")
def shapes_of_the_parents_exchanged(*args):
    """Each gradient is summed down to the shape of the other argument.

    Whose shape should the gradient of the first argument have?
    """
    return _operation(args, lambda a, b: (a + b, lambda G: (_collected(G, b), _collected(G, a))))


@misconception(of="add", section="autodiff-local")
def ones_in_place_of_the_gradient(*args):
    """The pull returns the local slopes, ones, and does not use the gradient that arrives.

    What does the pull know of the rest of the program, if not through the gradient that it is given?
    """

    def rule(a, b):
        return a + b, lambda G: (_collected(np.ones_like(G), a), _collected(np.ones_like(G), b))

    return _operation(args, rule)


@misconception(of="add", section="autodiff-local")
def factors_in_a_sum(*args):
    """Each gradient is multiplied by the other argument: that is the pull of a product.

    If a rises by a little, by how much does a + b rise? Does it depend on b?
    """
    return _operation(args, lambda a, b: (a + b, lambda G: (_collected(G * b, a), _collected(G * a, b))))


@misconception(of="add", section="autodiff-local")
def result_as_a_factor(*args):
    """The gradient is multiplied by the result.

    If a rises by a little, by how much does a + b rise? Does it depend on how large the sum is?
    """
    return _operation(args, lambda a, b: (a + b, lambda G: (_collected(G * (a + b), a), _collected(G * (a + b), b))))


@misconception(of="add", section="autodiff-forks")
def gradient_shared_out(*args):
    """The gradient is divided between the two parents, half to each.

    If a alone rises by 1, by how much does a + b rise: by 1 or by a half?
    """
    return _operation(args, lambda a, b: (a + b, lambda G: (_collected(G / 2, a), _collected(G / 2, b))))


@misconception(of="add", section="autodiff-local")
def second_one_negative(*args):
    """The second gradient has the wrong sign: this is the pull of a difference.

    If b rises, does a + b rise or fall?
    """
    return _operation(args, lambda a, b: (a + b, lambda G: (_collected(G, a), -_collected(G, b))))


@misconception(of="add", section="autodiff-local")
def nothing_for_the_second(*args):
    """Only the first parent gets a gradient; the second one gets zeros.

    Does the result not change when the second argument does?
    """
    return _operation(args, lambda a, b: (a + b, lambda G: (_collected(G, a), np.zeros_like(b))))


@misconception(of="add", section="autodiff-tensor")
def added_into_the_first(*args):
    """The sum is written into the array of the first argument.

    Who else may still need the old values of a parent, perhaps its own pull?
    """

    def rule(a, b):
        a += b
        return a, lambda G: (_collected(G, a), _collected(G, b))

    return _operation(args, rule)


@inputs(of="multiply")
def draw_factors(rng):
    return [*draw_pairs(rng), ([[0.0, 2.0, 1.0]], [3.0, 0.0, -1.0], [[1.0, -2.0, 0.5]])]


@misconception(of="multiply", section="autodiff-local")
def own_factor(*args):
    """Each parent's gradient is multiplied by the parent itself, not by the other one.

    What is the slope of a b along a, when b stays as it is?
    """
    return _operation(args, lambda a, b: (a * b, lambda G: (_collected(G * a, a), _collected(G * b, b))))


@misconception(of="multiply", section="autodiff-local")
def upstream_gradient_missing(*args):
    """The pull returns the local slopes alone, and does not use the gradient that arrives.

    By what does the chain rule multiply a local slope?
    """

    def rule(a, b):
        return a * b, lambda G: (_collected(np.ones_like(G) * b, a), _collected(np.ones_like(G) * a, b))

    return _operation(args, rule)


@misconception(of="multiply", section="autodiff-local")
def passed_on_as_in_a_sum(*args):
    """Both parents get the gradient unchanged: that is the pull of a sum.

    If a rises by a little, by how much does a b rise? Does it depend on b?
    """
    return _operation(args, lambda a, b: (a * b, lambda G: (_collected(G, a), _collected(G, b))))


@misconception(of="multiply", section="autodiff-local")
def product_as_the_factor(*args):
    """The gradient is multiplied by the product of both arguments.

    What is the slope of a b along a? Is a itself still in it?
    """

    def rule(a, b):
        return a * b, lambda G: (_collected(G * a * b, a), _collected(G * a * b, b))

    return _operation(args, rule)


@misconception(of="multiply", section="autodiff-local")
def divided_back(*args):
    """The other factor is found by dividing the product by the argument, which fails where that is 0.

    What does 0 divided by 0 give, and why compute a number that you have already?
    """

    def rule(a, b):
        return a * b, lambda G: (_collected(G * (a * b) / a, a), _collected(G * (a * b) / b, b))

    return _operation(args, rule)


@misconception(of="multiply", section="autodiff-broadcasting")
def broadcast_factor_not_collected(*args):
    """The gradients come back in the shape of the result, even where a factor was broadcast.

    If one number was multiplied with four others, how many gradients come back to it, and what becomes of them?
    """
    return _operation(args, lambda a, b: (a * b, lambda G: (G * b, G * a)))


@misconception(of="multiply", section="autodiff-broadcasting")
def broadcast_factor_averaged(*args):
    """The gradients of the copies of a broadcast factor are averaged, not summed.

    If you nudge a number that is used in four rows, does one row move the loss or do all four?
    """
    return _operation(args, lambda a, b: (a * b, lambda G: (_averaged(G * b, a), _averaged(G * a, b))))


@misconception(of="multiply", section="autodiff-broadcasting")
def collected_too_early(*args):
    """The gradient is summed down before it is multiplied by the other factor.

    Do all copies of a broadcast number meet the same factor? In which order must you multiply and sum?
    """
    return _operation(args, lambda a, b: (a * b, lambda G: (_collected(G, a) * b, _collected(G, b) * a)))


@misconception(of="multiply", section="autodiff-local")
def one_factor_held_constant(*args):
    """Only the first parent gets a gradient; the second one gets zeros.

    Does the product not change when the second factor does?
    """
    return _operation(args, lambda a, b: (a * b, lambda G: (_collected(G * b, a), np.zeros_like(b))))


@misconception(of="multiply", section="autodiff-local")
def factors_added(*args):
    """Both parents get the gradient times a + b.

    The rule for a product has two terms. Which of them belongs to a and which to b?
    """

    def rule(a, b):
        return a * b, lambda G: (_collected(G * (a + b), a), _collected(G * (a + b), b))

    return _operation(args, rule)


@misconception(of="multiply", section="autodiff-tensor")
def multiplied_into_the_first(*args):
    """The product is written into the array of the first argument.

    Which value of the first argument does your pull need: the one before or the one after?
    """

    def rule(a, b):
        kept = a.copy()
        a *= b
        return a, lambda G: (_collected(G * b, a), _collected(G * kept, b))

    return _operation(args, rule)


@misconception(of="multiply", section="autodiff-local")
def second_factor_negative(*args):
    """The gradient of the second factor has the wrong sign.

    If both factors are positive and the second one rises, does the product rise or fall?
    """
    return _operation(args, lambda a, b: (a * b, lambda G: (_collected(G * b, a), -_collected(G * a, b))))


@inputs(of="matmul")
def draw_matrices(rng):
    shapes = [(4, 5, 3), (3, 3, 3), (1, 5, 3), (4, 1, 2)]
    return [tuple(rng.normal(size=size) for size in ((n, k), (k, m), (n, m))) for n, k, m in shapes]


@misconception(of="matmul", section="autodiff-local")
def transposes_missing(*args):
    """The gradient is multiplied by the matrices as they are, without a transpose.

    Which shapes have the gradient and the matrix that you multiply? What would be wrong even for square ones?
    """
    return _operation(args, lambda a, b: (a @ b, lambda G: (G @ b, a @ G)))


@misconception(of="matmul", section="autodiff-local")
def order_of_the_factors_turned(*args):
    """The transposed matrices stand on the wrong side of the gradient.

    Entry by entry, over which index does the sum for the gradient of a run? Which product has that sum?
    """
    return _operation(args, lambda a, b: (a @ b, lambda G: (b.T @ G, G @ a.T)))


@misconception(of="matmul", section="autodiff-tensor")
def gradients_exchanged(*args):
    """Both gradients are right and come in the wrong order.

    In which order are the parents, and so the gradients?
    """
    return _operation(args, lambda a, b: (a @ b, lambda G: (a.T @ G, G @ b.T)))


@misconception(of="matmul", section="autodiff-local")
def both_gradients_transposed(*args):
    """Both gradients stand transposed.

    Which shape has a gradient, compared with what it belongs to?
    """
    return _operation(args, lambda a, b: (a @ b, lambda G: (b @ G.T, G.T @ a)))


@misconception(of="matmul", section="autodiff-local")
def second_gradient_transposed(*args):
    """The gradient of the second matrix stands transposed.

    Which shape has the second matrix?
    """
    return _operation(args, lambda a, b: (a @ b, lambda G: (G @ b.T, G.T @ a)))


@misconception(of="matmul", section="autodiff-local")
def gradient_that_arrives_not_used(*args):
    """The pull multiplies the matrices by ones, not by the gradient that arrives.

    How does the pull learn what the rest of the program does with the result?
    """

    def rule(a, b):
        return a @ b, lambda G: (np.ones_like(G) @ b.T, a.T @ np.ones_like(G))

    return _operation(args, rule)


@misconception(of="matmul", section="autodiff-local")
def averaged_over_the_rows(*args):
    """The gradient of the second matrix is divided by the number of rows of the first.

    If the loss is a mean, where does its 1/B come in: in this product, or in the gradient that arrives?
    """
    return _operation(args, lambda a, b: (a @ b, lambda G: (G @ b.T, a.T @ G / len(a))))


@misconception(of="matmul", section="autodiff-local")
def nothing_for_the_first(*args):
    """Only the second matrix gets a gradient; the first one gets zeros.

    The first matrix may be the result of an earlier layer. How shall that layer learn?
    """
    return _operation(args, lambda a, b: (a @ b, lambda G: (np.zeros_like(a), a.T @ G)))


@misconception(of="matmul", section="autodiff-local")
def entry_by_entry(*args):
    """The matrices are multiplied entry by entry.

    Which of `*` and `@` is the product of matrices?
    """
    return _operation(args, lambda a, b: (a * b, lambda G: (G * b, G * a)))


@misconception(of="matmul", section="autodiff-local")
def pulled_by_the_product_rule_of_entries(*args):
    """The value is the product of matrices, and the pull is that of a product entry by entry.

    Which shape has the gradient that arrives, and which the one that should come back?
    """
    return _operation(args, lambda a, b: (a @ b, lambda G: (G * b, a * G)))


@misconception(of="matmul", section="autodiff-local")
def inverse_in_place_of_the_transpose(*args):
    """The gradient goes back through the (pseudo)inverse, as if the product should be undone.

    Does the way back ask which input gave this output, or how the output changes with the input?
    """
    return _operation(args, lambda a, b: (a @ b, lambda G: (G @ np.linalg.pinv(b), np.linalg.pinv(a) @ G)))


@misconception(of="matmul", section="autodiff-forks")
def first_row_only(*args):
    """The gradient of the second matrix takes only the first row into account.

    The second matrix is used once for each row. What happens to the gradients of its other uses?
    """
    return _operation(args, lambda a, b: (a @ b, lambda G: (G @ b.T, np.outer(a[0], G[0]))))


@inputs(of="exp")
def draw_arrays(rng):
    arrays = [rng.normal(size=shape) for shape in ((4,), (4, 3), (3, 3), (1, 3))]
    return [(a, rng.normal(size=a.shape)) for a in arrays] + [([0, 1], [10, 100])]


@misconception(of="exp", section="autodiff-local")
def local_slope_only(*args):
    """The pull returns the slope alone, and does not use the gradient that arrives.

    By what does the chain rule multiply a local slope?
    """
    return _operation(args, lambda a: (np.exp(a), lambda G: (np.exp(a),)))


@misconception(of="exp", section="autodiff-local")
def passed_on_unchanged(*args):
    """The gradient passes unchanged, as if the slope were 1.

    How steep is the exponential at 0, and how steep at 2?
    """
    return _operation(args, lambda a: (np.exp(a), lambda G: (G,)))


@misconception(of="exp", section="autodiff-local")
def argument_as_the_slope(*args):
    """The gradient is multiplied by the argument, not by the result.

    What is the derivative of the exponential?
    """
    return _operation(args, lambda a: (np.exp(a), lambda G: (G * a,)))


@misconception(of="exp", section="autodiff-local")
def rule_for_powers(*args):
    """The slope is that of a power: the argument comes down as a factor, and the exponent loses 1.

    Where does the variable stand: in the base or in the exponent?
    """
    return _operation(args, lambda a: (np.exp(a), lambda G: (G * a * np.exp(a - 1),)))


@misconception(of="exp", section="autodiff-local")
def exponential_of_the_result(*args):
    """The slope is the exponential of the result, so the exponential was taken twice.

    Which of the numbers that you have is the slope already: the argument or the result?
    """
    return _operation(args, lambda a: (np.exp(a), lambda G: (G * np.exp(np.exp(a)),)))


@misconception(of="exp", section="autodiff-local")
def divided_by_the_result(*args):
    """The gradient is divided by the result, not multiplied.

    Does the exponential get steeper or flatter where its value is large?
    """
    return _operation(args, lambda a: (np.exp(a), lambda G: (G / np.exp(a),)))


@misconception(of="exp", section="autodiff-local")
def added_to_the_result(*args):
    """The gradient and the slope are added, not multiplied.

    What does the chain rule do with two slopes that follow one another?
    """
    return _operation(args, lambda a: (np.exp(a), lambda G: (G + np.exp(a),)))


@misconception(of="exp", section="autodiff-local", base=(10.0,))
def another_base(*args, base=2.0):
    """This is a power of another base than e.

    Which base has the slope equal to the value, with no constant in front?
    """
    return _operation(args, lambda a: (base**a, lambda G: (G * base**a * np.log(base),)))


@misconception(of="exp", section="autodiff-local")
def shifted_by_the_maximum(*args):
    """The maximum is taken off before the exponential, as in a stable softmax, where it cancels.

    What should cancel the factor here?
    """
    return _operation(args, lambda a: (np.exp(a - a.max()), lambda G: (G * np.exp(a - a.max()),)))


@misconception(of="exp", section="autodiff-local")
def slope_of_a_falling_exponential(*args):
    """The slope has the wrong sign.

    Does the exponential rise or fall?
    """
    return _operation(args, lambda a: (np.exp(a), lambda G: (-G * np.exp(a),)))


@misconception(of="exp", section="autodiff-tensor")
def gradient_without_its_tuple(*args):
    """The pull returns the gradient itself, not a tuple with one gradient.

    What is `(g)` in Python, and what is `(g,)`?
    """
    return _operation(args, lambda a: (np.exp(a), lambda G: G * np.exp(a)))


@inputs(of="log")
def draw_positive_arrays(rng):
    arrays = [rng.uniform(0.1, 4, size=shape) for shape in ((4,), (4, 3), (3, 3), (1, 3))]
    tiny = [
        (np.array([1e-12, 0.5]), np.array([3.0, 1.0])),
        (np.array([1e-6, 1e-9, 2.0]), np.array([1.0, -2.0, 1.0])),
    ]
    return [(a, rng.normal(size=a.shape)) for a in arrays] + tiny + [([1, 2], [10, 100])]


@misconception(of="log", section="autodiff-local")
def slope_alone(*args):
    """The pull returns the slope alone, and does not use the gradient that arrives.

    By what does the chain rule multiply a local slope?
    """
    return _operation(args, lambda a: (np.log(a), lambda G: (1 / a,)))


@misconception(of="log", section="autodiff-local")
def divided_by_the_logarithm(*args):
    """The gradient is divided by the result, not by the argument.

    The slope of the logarithm is one over something: over the argument or over the logarithm?
    """
    return _operation(args, lambda a: (np.log(a), lambda G: (G / np.log(a),)))


@misconception(of="log", section="autodiff-local")
def multiplied_by_the_argument(*args):
    """The gradient is multiplied by the argument, not divided by it.

    Is the logarithm steeper at 0.1 or at 10?
    """
    return _operation(args, lambda a: (np.log(a), lambda G: (G * a,)))


@misconception(of="log", section="autodiff-local")
def logarithm_as_the_slope(*args):
    """The gradient is multiplied by the logarithm.

    Which function is its own derivative: the exponential or the logarithm?
    """
    return _operation(args, lambda a: (np.log(a), lambda G: (G * np.log(a),)))


@misconception(of="log", section="autodiff-local")
def reciprocal_differentiated(*args):
    """The slope is -1/a², one derivative too many.

    Whose derivative is -1/a²?
    """
    return _operation(args, lambda a: (np.log(a), lambda G: (-G / a**2,)))


@misconception(of="log", section="autodiff-local")
def argument_squared(*args):
    """The gradient is divided by the square of the argument.

    What is the slope of the logarithm at 2: a half or a quarter?
    """
    return _operation(args, lambda a: (np.log(a), lambda G: (G / a**2,)))


@misconception(of="log", section="autodiff-local")
def falling_logarithm(*args):
    """The slope has the wrong sign.

    Does the logarithm rise or fall? Does a minus of the loss perhaps belong to another operation?
    """
    return _operation(args, lambda a: (np.log(a), lambda G: (-G / a,)))


@misconception(of="log", section="autodiff-local", base=(10.0,))
def logarithm_of_another_base(*args, base=2.0):
    """The logarithm is to another base than e.

    Which logarithm has the slope 1/a without a constant in front?
    """
    return _operation(args, lambda a: (np.log(a) / np.log(base), lambda G: (G / a / np.log(base),)))


@misconception(of="log", section="autodiff-local")
def slope_of_the_natural_one_only(*args):
    """The value is the logarithm to base 2, and the slope belongs to the natural one.

    Of which function is 1/a the slope?
    """
    return _operation(args, lambda a: (np.log2(a), lambda G: (G / a,)))


@misconception(of="log", section="autodiff-local")
def one_added_inside(*args):
    """This is the logarithm of 1 + a.

    What should the logarithm of 1 be?
    """
    return _operation(args, lambda a: (np.log1p(a), lambda G: (G / (1 + a),)))


@misconception(of="log", section="autodiff-local", epsilon=EPSILONS)
def constant_inside_the_logarithm(*args, epsilon=1e-10):
    """A small constant is added to the argument.

    How far off are value and slope for a number that is as small as your constant?
    """
    return _operation(args, lambda a: (np.log(a + epsilon), lambda G: (G / (a + epsilon),)))


@misconception(of="log", section="autodiff-local", epsilon=EPSILONS)
def constant_in_the_slope(*args, epsilon=1e-10):
    """A small constant is added to the argument in the pull.

    How far off is the slope for a number that is as small as your constant?
    """
    return _operation(args, lambda a: (np.log(a), lambda G: (G / (a + epsilon),)))


@misconception(of="log", section="autodiff-tensor")
def no_tuple_around_the_gradient(*args):
    """The pull returns the gradient itself, not a tuple with one gradient.

    What is `(g)` in Python, and what is `(g,)`?
    """
    return _operation(args, lambda a: (np.log(a), lambda G: G / a))


@inputs(of="sum")
def draw_arrays_and_numbers(rng):
    return [(rng.normal(size=shape), float(rng.normal())) for shape in ((4,), (4, 3), (3, 3), (2, 4, 3), (1, 3))]


@misconception(of="sum", section="autodiff-broadcasting")
def one_number_for_all(*args):
    """The gradient comes back as a single number, not in the shape of what was summed.

    Which shape must a gradient have, compared with what it belongs to?
    """
    return _operation(args, lambda a: (a.sum(), lambda G: (G,)))


@misconception(of="sum", section="autodiff-local")
def ones_for_all(*args):
    """Every entry gets 1, and the gradient that arrives is not used.

    The sum need not be the end of the program. What if it is doubled afterwards?
    """
    return _operation(args, lambda a: (a.sum(), lambda G: (np.ones_like(a),)))


@misconception(of="sum", section="autodiff-local")
def gradient_of_a_mean(*args):
    """The gradient is divided by the number of entries: that is the pull of a mean.

    If one entry rises by 1, by how much does the sum rise?
    """
    return _operation(args, lambda a: (a.sum(), lambda G: (np.full(a.shape, G / a.size),)))


@misconception(of="sum", section="autodiff-local")
def mean_in_place_of_the_sum(*args):
    """This is the mean of the entries, with its gradient.

    What is asked for: the sum or the mean?
    """
    return _operation(args, lambda a: (a.mean(), lambda G: (np.full(a.shape, G / a.size),)))


@misconception(of="sum", section="autodiff-local")
def sum_of_each_column(*args):
    """Only the first axis is summed.

    How many numbers should the sum of all entries be?
    """
    return _operation(args, lambda a: (a.sum(axis=0), lambda G: (np.zeros_like(a) + G,)))


@misconception(of="sum", section="autodiff-local")
def sum_of_each_row(*args):
    """Only the last axis is summed.

    How many numbers should the sum of all entries be?
    """
    return _operation(args, lambda a: (a.sum(axis=-1), lambda G: (np.zeros_like(a) + G,)))


@misconception(of="sum", section="autodiff-local")
def axes_of_length_one_kept(*args):
    """The sum has the right value and keeps axes of length 1.

    Which shape has a single number?
    """
    return _operation(args, lambda a: (a.sum(keepdims=True), lambda G: (np.full(a.shape, G),)))


@misconception(of="sum", section="autodiff-local")
def entries_as_factors(*args):
    """The gradient is multiplied by the entries.

    If an entry rises by 1, does it matter for the sum how large the entry was?
    """
    return _operation(args, lambda a: (a.sum(), lambda G: (G * a,)))


@misconception(of="sum", section="autodiff-local")
def times_the_number_of_entries(*args):
    """The gradient is multiplied by the number of entries.

    If one entry rises by 1, by how much does the sum rise?
    """
    return _operation(args, lambda a: (a.sum(), lambda G: (np.full(a.shape, G * a.size),)))


@misconception(of="sum", section="autodiff-local")
def all_to_the_largest(*args):
    """Only the largest entry gets the gradient: that is the pull of a maximum.

    Which entries move the sum when they move?
    """
    return _operation(args, lambda a: (a.sum(), lambda G: (np.where(a == a.max(), G, 0.0),)))


@misconception(of="sum", section="autodiff-broadcasting")
def flattened_gradient(*args):
    """The gradient has the right entries in one long row.

    Which shape had the array that was summed?
    """
    return _operation(args, lambda a: (a.sum(), lambda G: (np.full(a.size, G),)))


@misconception(of="sum", section="autodiff-tensor")
def tuple_forgotten(*args):
    """The pull returns the gradient itself, not a tuple with one gradient.

    What is `(g)` in Python, and what is `(g,)`?
    """
    return _operation(args, lambda a: (a.sum(), lambda G: np.full(a.shape, G)))


@inputs(of="maximum")
def draw_rivals(rng):
    return draw_pairs(rng)


@misconception(of="maximum", section="autodiff-broadcasting")
def loser_rewarded(*args):
    """The gradient goes to the smaller one of the two.

    Which of the two moves the result when it moves?
    """
    return _operation(
        args, lambda a, b: (np.maximum(a, b), lambda G: (_collected(G * (a < b), a), _collected(G * (a > b), b)))
    )


@misconception(of="maximum", section="autodiff-broadcasting")
def both_rewarded(*args):
    """Both parents get the whole gradient.

    Does the result change when the smaller one moves a little?
    """
    return _operation(args, lambda a, b: (np.maximum(a, b), lambda G: (_collected(G, a), _collected(G, b))))


@misconception(of="maximum", section="autodiff-forks")
def half_to_each(*args):
    """Both parents get half of the gradient, whichever is larger.

    Does the result change when the smaller one moves a little?
    """
    return _operation(args, lambda a, b: (np.maximum(a, b), lambda G: (_collected(G / 2, a), _collected(G / 2, b))))


@misconception(of="maximum", section="autodiff-local")
def mask_without_the_gradient(*args):
    """The pull returns the mask of ones and zeros, and does not use the gradient that arrives.

    By what does the chain rule multiply a local slope?
    """

    def rule(a, b):
        return np.maximum(a, b), lambda G: (_collected(1.0 * (a > b), a), _collected(1.0 * (b > a), b))

    return _operation(args, rule)


@misconception(of="maximum", section="autodiff-local")
def result_as_the_slope(*args):
    """The gradient is multiplied by the larger value, not by a slope of 1.

    If the larger one rises by 0.1, by how much does the maximum rise?
    """

    def rule(a, b):
        return np.maximum(a, b), lambda G: (_collected(G * a * (a > b), a), _collected(G * b * (b > a), b))

    return _operation(args, rule)


@misconception(of="maximum", section="autodiff-broadcasting")
def larger_one_not_collected(*args):
    """The gradients come back in the shape of the result, even where an argument was broadcast.

    If one number was compared with four others, how many gradients come back to it, and what becomes of them?
    """
    return _operation(args, lambda a, b: (np.maximum(a, b), lambda G: (G * (a > b), G * (b > a))))


@misconception(of="maximum", section="autodiff-forks")
def wins_averaged(*args):
    """The gradients of the copies of a broadcast argument are averaged, not summed.

    If a number won in three rows and you nudge it, how many rows move?
    """

    def rule(a, b):
        return np.maximum(a, b), lambda G: (_averaged(G * (a > b), a), _averaged(G * (b > a), b))

    return _operation(args, rule)


@misconception(of="maximum", section="autodiff-check")
def second_taken_for_a_constant(*args):
    """Only the first parent gets a gradient; the second one gets zeros, as if it were always the 0 of ReLU.

    What does the result follow where the second one is larger?
    """
    return _operation(args, lambda a, b: (np.maximum(a, b), lambda G: (_collected(G * (a > b), a), np.zeros_like(b))))


@misconception(of="maximum", section="autodiff-local")
def compared_with_zero(*args):
    """The mask asks whether an argument is positive, not whether it is the larger one.

    What is each argument compared with on the way forward?
    """

    def rule(a, b):
        return np.maximum(a, b), lambda G: (_collected(G * (a > 0), a), _collected(G * (b > 0), b))

    return _operation(args, rule)


@misconception(of="maximum", section="autodiff-local")
def compared_by_the_gradient(*args):
    """The sign of the gradient that arrives decides who gets it.

    Which of the two was larger is known from the way forward. Why should it depend on what comes back?
    """

    def rule(a, b):
        return np.maximum(a, b), lambda G: (_collected(G * (G > 0), a), _collected(G * (G < 0), b))

    return _operation(args, rule)


@misconception(of="maximum", section="autodiff-local")
def minus_for_the_loser(*args):
    """The smaller one gets the gradient with a minus, as in a difference.

    What does the result do when the smaller one moves a little: fall, rise, or nothing?
    """

    def rule(a, b):
        return np.maximum(a, b), lambda G: (_collected(G * np.sign(a - b), a), _collected(G * np.sign(b - a), b))

    return _operation(args, rule)


@misconception(of="maximum", section="autodiff-local")
def smaller_of_the_two(*args):
    """This is the minimum, with its gradients.

    Which of 1 and 5 should come out?
    """

    def rule(a, b):
        return np.minimum(a, b), lambda G: (_collected(G * (a < b), a), _collected(G * (b < a), b))

    return _operation(args, rule)


class _Node:
    """A tensor as the notebook gives it."""

    def __init__(self, data, parents=(), pull=lambda G: ()):
        self.data, self.parents, self.pull, self.grad = _array(data), parents, pull, None


def _halves(G):
    half = G / 2
    return half, half


_GIVEN = {
    "square": lambda a: _Node(a.data**2, (a,), lambda G: (2 * a.data * G,)),
    "subtract": lambda a, b: _Node(a.data - b.data, (a, b), lambda G: (G, -G)),
    "midpoint": lambda a, b: _Node((a.data + b.data) / 2, (a, b), _halves),
}


def _walk(args, fill):
    """Runs `fill` on a tensor; or, for an expression and arrays, does what `value_and_gradients` of the notebook
    does with it, and returns the value and the gradients."""
    if hasattr(args[0], "pull"):
        return fill(args[0])
    nodes = dict(enumerate(map(_Node, args[1:])))

    def node_of(part):
        if part not in nodes:
            nodes[part] = _GIVEN[part[0]](*map(node_of, part[1:]))
        return nodes[part]

    result = node_of(args[0])
    fill(result)
    first = [node.grad for node in nodes.values()]
    if all(grad is None for grad in first):
        raise ValueError("every grad is None")
    if any(grad is None for grad in first):
        raise TypeError("a grad is None")
    gradients = [np.array(nodes[k].grad) for k in range(len(args) - 1)]
    for node in nodes.values():
        node.grad = None
    fill(result)
    if any(node.grad is None or not np.allclose(node.grad, grad) for node, grad in zip(nodes.values(), first)):
        raise RuntimeError("not the same the second time")
    return (result.data, *gradients)


def _order(result):
    """The tensors of a graph, each after its parents."""
    order = []

    def visit(node):
        if node not in order:
            for parent in node.parents:
                visit(parent)
            order.append(node)

    visit(result)
    return order


def _through(order, seed=np.ones_like, join=lambda old, new: old + new, pull=lambda node: node.pull(node.grad)):
    """Runs the pulls of `order`, whose first tensor is the result; `join` puts a new gradient to the old ones."""
    for node in order:
        node.grad = None
    order[0].grad = seed(order[0].data)
    for node in order:
        for parent, gradient in zip(node.parents, pull(node)):
            parent.grad = gradient if parent.grad is None else join(parent.grad, gradient)


def _backwards(result):
    return _order(result)[::-1]


@inputs(of="backward")
def draw_expressions(rng):
    m = ("midpoint", 0, 1)
    s = ("square", m)
    one = [("square", 0), ("square", ("square", 0)), ("midpoint", 0, 0)]
    one += [("subtract", ("square", 0), 0), ("subtract", 0, ("square", 0))]
    two = [("subtract", 0, 1), ("subtract", ("square", s), s), ("subtract", s, ("square", s))]
    two += [
        ("subtract", ("square", 0), m),
        ("subtract", m, ("square", 1)),
        ("midpoint", ("subtract", s, m), ("square", s)),
    ]
    return [(e, rng.normal(size=3)) for e in one] + [(e, rng.normal(size=(2, 3)), rng.normal(size=(2, 3))) for e in two]


@misconception(of="backward", section="autodiff-forks")
def later_gradient_replaces(*args):
    """A gradient that arrives at a tensor replaces the ones that arrived before.

    When a tensor is used twice, which of its two gradients should it keep?
    """
    return _walk(args, lambda result: _through(_backwards(result), join=lambda old, new: new))


@misconception(of="backward", section="autodiff-forks")
def first_gradient_stays(*args):
    """Only the first gradient that arrives at a tensor is kept, and later ones are ignored.

    When a tensor is used twice, which of its two gradients should it keep?
    """
    return _walk(args, lambda result: _through(_backwards(result), join=lambda old, new: old))


@misconception(of="backward", section="autodiff-forks")
def averaged_at_forks(*args):
    """Where several gradients meet, the new one and what was there before are averaged.

    If a tensor is used twice and you nudge it, does the loss feel one of the uses or both?
    """
    return _walk(args, lambda result: _through(_backwards(result), join=lambda old, new: (old + new) / 2))


@misconception(of="backward", section="autodiff-forks")
def multiplied_at_forks(*args):
    """Where several gradients meet, they are multiplied.

    Slopes are multiplied along one path. What does the chain rule do with two paths?
    """
    return _walk(args, lambda result: _through(_backwards(result), join=lambda old, new: old * new))


@misconception(of="backward", section="autodiff-order")
def passed_on_at_once(*args):
    """Whenever a gradient arrives, the tensor passes on all that it has by then, so early parts go down twice.

    When the second gradient arrives, what has already been passed on? How long should a tensor wait?
    """

    def fill(result):
        def spread(node):
            for parent, gradient in zip(node.parents, node.pull(node.grad)):
                parent.grad = gradient if parent.grad is None else parent.grad + gradient
                spread(parent)

        result.grad = np.ones_like(result.data)
        spread(result)

    return _walk(args, fill)


@misconception(of="backward", section="autodiff-order")
def second_arrival_goes_no_further(*args):
    """A tensor passes on the first gradient that arrives; later ones are added to `grad` and go no further.

    What do the parents of a tensor with two uses learn of the second use?
    """

    def fill(result):
        def spread(node, gradient):
            seen = node.grad is not None
            node.grad = node.grad + gradient if seen else gradient
            if not seen:
                for parent, part in zip(node.parents, node.pull(gradient)):
                    spread(parent, part)

        spread(result, np.ones_like(result.data))

    return _walk(args, fill)


@misconception(of="backward", section="autodiff-order")
def nearest_first(*args):
    """The tensors pull in the order of their distance from the result.

    A tensor may be near the result on a short path and far from it on a long one. When is its gradient complete?
    """

    def fill(result):
        order = [result]
        for node in order:
            order += [parent for parent in dict.fromkeys(node.parents) if parent not in order]
        _through(order)

    return _walk(args, fill)


@misconception(of="backward", section="autodiff-order")
def written_down_before_the_parents(*args):
    """Each tensor is written down before its parents are visited, and the list is used as it is.

    In such a list, can a tensor stand before another one that it was used for?
    """

    def fill(result):
        order = []

        def visit(node):
            if node not in order:
                order.append(node)
                for parent in node.parents:
                    visit(parent)

        visit(result)
        _through(order)

    return _walk(args, fill)


@misconception(of="backward", section="autodiff-order")
def not_reversed(*args):
    """The pulls run from the inputs to the result.

    When an input has its turn first, has any gradient arrived there?
    """

    def fill(result):
        order = _order(result)
        for node in order:
            node.grad = np.zeros_like(node.data)
        result.grad = np.ones_like(result.data)
        for node in order:
            for parent, gradient in zip(node.parents, node.pull(node.grad)):
                parent.grad = parent.grad + gradient

    return _walk(args, fill)


@misconception(of="backward", section="autodiff-order")
def one_step_only(*args):
    """Only the parents of the result get a gradient.

    What do the parents do with theirs?
    """

    def fill(result):
        result.grad = np.ones_like(result.data)
        for parent, gradient in zip(result.parents, result.pull(result.grad)):
            parent.grad = gradient if parent.grad is None else parent.grad + gradient

    return _walk(args, fill)


@misconception(of="backward", section="autodiff-order")
def first_parent_only(*args):
    """The way back follows the first parent of each tensor, and the others get nothing.

    Which tensors took part in the result besides the first parents?
    """

    def fill(result):
        for node in _order(result):
            node.grad = np.zeros_like(node.data)
        result.grad, node = np.ones_like(result.data), result
        while node.parents:
            node.parents[0].grad = node.pull(node.grad)[0]
            node = node.parents[0]

    return _walk(args, fill)


@misconception(of="backward", section="autodiff-tensor")
def parents_and_gradients_mismatched(*args):
    """The gradients are handed to the parents in the reverse order.

    Which of the gradients of a pull belongs to the first parent?
    """
    return _walk(args, lambda result: _through(_backwards(result), pull=lambda node: node.pull(node.grad)[::-1]))


@misconception(of="backward", section="autodiff-local")
def local_slopes_only(*args):
    """Every pull is given ones, not the gradient that its tensor has received.

    How does an operation in the middle learn what came after it?
    """
    return _walk(
        args, lambda result: _through(_backwards(result), pull=lambda node: node.pull(np.ones_like(node.data)))
    )


@misconception(of="backward", section="autodiff-tensor")
def seeded_with_the_value(*args):
    """The way back starts with the value of the result, not with ones.

    What is the derivative of the result with respect to itself?
    """
    return _walk(args, lambda result: _through(_backwards(result), seed=lambda data: data.copy()))


@misconception(of="backward", section="autodiff-order")
def seeded_with_one_number(*args):
    """The way back starts with the single number 1, even if the result is an array.

    Which shape must the gradient of the result have?
    """
    return _walk(args, lambda result: _through(_backwards(result), seed=lambda data: np.array(1.0)))


@misconception(of="backward", section="autodiff-order")
def seeded_for_a_mean(*args):
    """The ones at the start are divided by the number of entries: these are the gradients of the mean.

    With what should every entry of the result start?
    """
    return _walk(args, lambda result: _through(_backwards(result), seed=lambda data: np.ones_like(data) / data.size))


@misconception(of="backward", section="autodiff-order")
def started_with_zeros(*args):
    """The way back starts with zeros, and so everything stays zero.

    What is the derivative of the result with respect to itself?
    """
    return _walk(args, lambda result: _through(_backwards(result), seed=np.zeros_like))


@misconception(of="backward", section="autodiff-forks")
def added_in_place(*args):
    """Gradients are added in place, into an array that another tensor may hold as well.

    `midpoint` gives the same array to both its parents. What happens to one when you add to the other with `+=`?
    """

    def join(old, new):
        old += new
        return old

    return _walk(args, lambda result: _through(_backwards(result), join=join))


@misconception(of="backward", section="autodiff-order")
def marks_left_behind(*args):
    """A tensor that was visited stays marked, so that a second call does nothing.

    Where do you keep what has been seen, and who clears it before the next call?
    """

    def fill(result):
        order = []

        def visit(node):
            if not hasattr(node, "visited"):
                node.visited = True
                for parent in node.parents:
                    visit(parent)
                order.append(node)

        visit(result)
        if order:
            _through(order[::-1])

    return _walk(args, fill)


@misconception(of="backward", section="autodiff-tensor")
def nothing_stored(*args):
    """No tensor has a gradient afterwards.

    Where should the gradients be found when the function is done, as it returns nothing?
    """
    return _walk(args, lambda result: None)


@misconception(of="backward", section="autodiff-tensor")
def only_the_inputs_filled(*args):
    """Only tensors without parents keep a gradient; those in the middle stay at None.

    Which tensors of the graph should have a gradient afterwards?
    """

    def fill(result):
        order = _backwards(result)
        _through(order)
        for node in order:
            if node.parents:
                node.grad = None

    return _walk(args, fill)
