"""What goes wrong in the exercise "Training a classifier"."""

import numpy as np

from . import inputs, misconception


def _array(A):
    return np.asarray(A, dtype=float)


def _parts(order, size):
    return [order[k : k + size] for k in range(0, len(order), size)]


def _paired(X, Y, parts):
    X, Y = np.asarray(X), np.asarray(Y)
    return [(X[part], Y[part]) for part in parts]


@inputs(of="minibatches")
def draw_rows(rng):
    return [
        (rng.normal(size=(n, 3)), np.eye(2)[rng.integers(0, 2, size=n)], size, np.random.default_rng(n))
        for n, size in ((7, 3), (6, 3), (10, 4), (4, 4), (9, 2), (3, 8), (40, 7))
    ] + [([[0, 1], [2, 3], [4, 5], [6, 7], [8, 9]], [[1, 0, 0]] * 2 + [[0, 1, 0]] * 3, 2, np.random.default_rng(1))]


@misconception(of="minibatches", section="training-minibatches")
def not_shuffled(X, Y, size, rng):
    """The rows come in the order in which they were given.

    Data often come sorted by class. What would the first hundred steps learn then?
    """
    return _paired(X, Y, _parts(np.arange(len(X)), size))


@misconception(of="minibatches", section="training-minibatches")
def shuffled_apart(X, Y, size, rng):
    """X and Y are shuffled one after the other, each in an order of its own.

    Which label belongs to the first image of your first batch? How could one order serve both arrays?
    """
    X, Y = rng.permutation(np.asarray(X)), rng.permutation(np.asarray(Y))
    return _paired(X, Y, _parts(np.arange(len(X)), size))


@misconception(of="minibatches", section="training-minibatches")
def only_the_inputs_shuffled(X, Y, size, rng):
    """X is shuffled, and Y is left in its old order.

    After the shuffle, does row 0 of Y still belong to row 0 of X?
    """
    return _paired(rng.permutation(np.asarray(X)), Y, _parts(np.arange(len(X)), size))


@misconception(of="minibatches", section="training-minibatches")
def last_batch_dropped(X, Y, size, rng):
    """The rows that are left over at the end are dropped.

    With 10 rows in batches of 4, how many rows does an epoch see? What does a slice do that runs past the end?
    """
    order = rng.permutation(len(X))
    return _paired(X, Y, _parts(order[: len(order) // size * size], size))


@misconception(of="minibatches", section="training-minibatches")
def empty_batch_at_the_end(X, Y, size, rng):
    """One batch too many comes back, an empty one, where the size divides the number of rows.

    How many batches of 3 are there in 6 rows, and how many does `6 // 3 + 1` say? What is the mean loss of no rows?
    """
    order = rng.permutation(len(X))
    return _paired(X, Y, [order[k * size : (k + 1) * size] for k in range(len(order) // size + 1)])


@misconception(of="minibatches", section="training-minibatches")
def short_batch_first(X, Y, size, rng):
    """The short batch comes first.

    Where does the text want the rows that are left over?
    """
    order = rng.permutation(len(X))
    left = len(order) % size
    return _paired(X, Y, [part for part in (order[:left], *_parts(order[left:], size)) if len(part)])


@misconception(of="minibatches", section="training-minibatches")
def turned_and_not_shuffled(X, Y, size, rng):
    """The rows begin at a random place and then follow each other as before.

    How many different orders can come out of this, and how many orders of n rows are there?
    """
    order = np.roll(np.arange(len(X)), rng.integers(len(X)))
    return _paired(X, Y, _parts(order, size))


@misconception(of="minibatches", section="training-minibatches")
def filled_up_from_the_start(X, Y, size, rng):
    """The last batch is filled up with rows that came before, so some rows come twice.

    How often should each row come in one pass? Must all batches have the same size?
    """
    order = rng.permutation(len(X))
    return _paired(X, Y, _parts(np.resize(order, -(-len(order) // size) * size), size))


@misconception(of="minibatches", section="training-minibatches")
def size_taken_for_the_number(X, Y, size, rng):
    """`size` is taken for the number of batches.

    Is `size` how many batches there are, or how many rows are in each?
    """
    return _paired(X, Y, np.array_split(rng.permutation(len(X)), size))


@misconception(of="minibatches", section="training-minibatches")
def rows_spread_evenly(X, Y, size, rng):
    """The number of batches is right, but the rows are spread over them evenly.

    10 rows in batches of 4: should they be 4, 4, 2 or 4, 3, 3?
    """
    return _paired(X, Y, np.array_split(rng.permutation(len(X)), -(-len(X) // size)))


@misconception(of="minibatches", section="training-minibatches")
def drawn_with_replacement(X, Y, size, rng):
    """Each row is drawn from all of them anew, as `rng.choice` does of itself, so some come twice and others never.

    Once a row has been drawn, may it be drawn again in the same pass? Would one shuffle for the whole pass do?
    """
    return _paired(X, Y, _parts(rng.integers(0, len(X), size=len(X)), size))


@misconception(of="minibatches", section="training-minibatches")
def one_batch_only(X, Y, size, rng):
    """One batch comes back, and the rest of the rows are never seen.

    After the first batch, which rows are still waiting? Does something leave your loop too soon?
    """
    return _paired(X, Y, _parts(rng.permutation(len(X)), size)[:1])


@misconception(of="minibatches", section="training-minibatches")
def one_pair_not_in_a_list(X, Y, size, rng):
    """A single pair (X_b, Y_b) comes back, not a series of pairs.

    What will `for X_b, Y_b in minibatches(...)` walk through?
    """
    return _paired(X, Y, _parts(rng.permutation(len(X)), size))[0]


@misconception(of="minibatches", section="training-minibatches")
def batches_shuffled_and_not_rows(X, Y, size, rng):
    """The data are cut into batches first, and then only the order of the batches is shuffled.

    Which rows can ever meet in one batch?
    """
    parts = _parts(np.arange(len(X)), size)
    return _paired(X, Y, [parts[k] for k in rng.permutation(len(parts))])


@misconception(of="minibatches", section="training-minibatches")
def shuffled_within_the_batches(X, Y, size, rng):
    """Rows are shuffled inside each batch only; which rows share a batch never changes.

    The order of the rows within a batch: does the mean gradient depend on it at all?
    """
    return _paired(X, Y, [rng.permutation(part) for part in _parts(np.arange(len(X)), size)])


@misconception(of="minibatches", section="training-minibatches")
def always_the_same_shuffle(X, Y, size, rng):
    """The shuffle comes from a generator with a seed of its own, and `rng` is not used.

    If `minibatches` is called for each of ten epochs, how many different orders will there be?
    """
    return _paired(X, Y, _parts(np.random.default_rng(0).permutation(len(X)), size))


@misconception(of="minibatches", section="training-minibatches")
def same_shuffle_of_seed_42(X, Y, size, rng):
    """The shuffle comes from a generator with the seed 42, whatever `rng` is.

    What is the argument `rng` for, if the order never depends on it?
    """
    return _paired(X, Y, _parts(np.random.default_rng(42).permutation(len(X)), size))


@misconception(of="minibatches", section="training-minibatches")
def inputs_and_labels_in_two_lists(X, Y, size, rng):
    """Two lists come back, one of all X_b and one of all Y_b, not a list of pairs.

    A loop `for X_b, Y_b in ...` takes one item at a time. What should each item be?
    """
    pairs = _paired(X, Y, _parts(rng.permutation(len(X)), size))
    return [x for x, _ in pairs], [y for _, y in pairs]


@misconception(of="minibatches", section="training-minibatches")
def step_of_one(X, Y, size, rng):
    """The start of a batch moves on by one row, not by `size`, so batches overlap.

    Where does the first batch end, and where should the second begin?
    """
    order = rng.permutation(len(X))
    return _paired(X, Y, [order[k : k + size] for k in range(len(order))])


@misconception(of="minibatches", section="training-minibatches")
def one_row_lost_in_each_batch(X, Y, size, rng):
    """Each batch ends one row too early.

    Is the end of a slice inside it or outside?
    """
    order = rng.permutation(len(X))
    return _paired(X, Y, [order[k : k + size - 1] for k in range(0, len(order), size)])


@misconception(of="minibatches", section="training-minibatches")
def shuffled_in_place(X, Y, size, rng):
    """The arrays themselves are shuffled, and with them those of whoever called.

    Whose arrays are X and Y? What can you shuffle in their place?
    """
    order = rng.permutation(len(X))
    X[:], Y[:] = _array(X)[order], _array(Y)[order]
    return _paired(X, Y, _parts(np.arange(len(X)), size))


@misconception(of="minibatches", section="training-minibatches")
def row_numbers_in_place_of_rows(X, Y, size, rng):
    """The numbers of the rows come back, not the rows.

    What will `forward(params, X_b)` want to multiply?
    """
    return [(part, part) for part in _parts(rng.permutation(len(X)), size)]


@inputs(of="sgd_step")
def draw_step(rng):
    return [(*_some_params(rng, sizes, 2), lr) for sizes, lr in _SIZES_AND_RATES]


@inputs(of="momentum_step")
def draw_momentum_step(rng):
    drawn = [(*_some_params(rng, sizes, 3), lr) for sizes, lr in _SIZES_AND_RATES]
    return [(*args, *rest) for args in drawn for rest in ((), (0.5,))]


_SIZES_AND_RATES = (([5, 3], 0.1), ([4, 4], 0.5), ([5, 7, 3], 0.3), ([3, 3, 3], 2.0), ([2, 6, 4, 3], 0.05))


def _some_params(rng, sizes, count):
    return [[(rng.normal(size=(n, m)), rng.normal(size=m)) for n, m in zip(sizes, sizes[1:])] for _ in range(count)]


def _each(rule, *lists):
    """Applies a rule to the arrays that stand in the same place of several lists of (W, b)."""
    return [tuple(rule(*arrays) for arrays in zip(*pairs)) for pairs in zip(*lists)]


def _down(params, grads, lr):
    return _each(lambda a, g: a - lr * g, params, grads)


@misconception(of="sgd_step", section="training-sgd")
def step_uphill(params, grads, lr):
    """The step goes along the gradient, uphill, and the loss will grow.

    Where does a gradient point, to larger or to smaller losses?
    """
    return _down(params, grads, -lr)


@misconception(of="sgd_step", section="training-sgd")
def learning_rate_forgotten(params, grads, lr):
    """The whole gradient is subtracted; the learning rate is not used.

    What should change in your result if `lr` is halved?
    """
    return _down(params, grads, 1.0)


@misconception(of="sgd_step", section="training-sgd")
def biases_left_behind(params, grads, lr):
    """The weights take a step, and the biases stay where they are.

    Each layer has two parameters. Which of them have you moved?
    """
    return [(W, b) for (W, _), (_, b) in zip(_down(params, grads, lr), params)]


@misconception(of="sgd_step", section="training-sgd")
def weights_left_behind(params, grads, lr):
    """The biases take a step, and the weights stay where they are.

    Each layer has two parameters. Which of them have you moved?
    """
    return [(W, b) for (W, _), (_, b) in zip(params, _down(params, grads, lr))]


@misconception(of="sgd_step", section="training-sgd")
def biases_without_the_rate(params, grads, lr):
    """The learning rate scales the step of the weights, but not that of the biases.

    Is the step of a bias any different from that of a weight?
    """
    return [(W, b) for (W, _), (_, b) in zip(_down(params, grads, lr), _down(params, grads, 1.0))]


@misconception(of="sgd_step", section="training-sgd")
def biases_uphill(params, grads, lr):
    """The weights go downhill and the biases uphill.

    Do both lines of your step have the same sign?
    """
    return [(W, b) for (W, _), (_, b) in zip(_down(params, grads, lr), _down(params, grads, -lr))]


@misconception(of="sgd_step", section="training-sgd")
def old_parameters_changed(params, grads, lr):
    """The arrays that were given are changed, so the old parameters are lost.

    What does `W -= ...` do to the array that the caller still holds?
    """
    for (W, b), (dW, db) in zip(params, grads):
        W -= lr * dW
        b -= lr * db
    return params


@misconception(of="sgd_step", section="training-sgd")
def last_layer_only(params, grads, lr):
    """Only the last layer takes a step.

    How many pairs are in `params`, and how many of them does your loop reach?
    """
    return [*params[:-1], *_down(params[-1:], grads[-1:], lr)]


@misconception(of="sgd_step", section="training-sgd")
def first_layer_only(params, grads, lr):
    """Only the first layer takes a step.

    Does something end your loop after its first turn?
    """
    return [*_down(params[:1], grads[:1], lr), *params[1:]]


@misconception(of="sgd_step", section="training-sgd")
def other_layers_lost(params, grads, lr):
    """Only the last layer comes back; the other layers are lost.

    Where are the new pairs of the earlier layers kept while the loop goes on?
    """
    return _down(params[-1:], grads[-1:], lr)


@misconception(of="sgd_step", section="training-sgd")
def step_without_the_start(params, grads, lr):
    """The step itself comes back, not the parameters after it.

    From where is the step taken?
    """
    return _each(lambda g: -lr * g, grads)


@misconception(of="sgd_step", section="training-sgd")
def divided_by_the_rate(params, grads, lr):
    """The gradient is divided by the learning rate.

    Should a smaller `lr` give a shorter step or a longer one?
    """
    return _down(params, grads, 1 / lr)


@misconception(of="sgd_step", section="training-sgd")
def rate_squared(params, grads, lr):
    """The learning rate is multiplied in twice.

    How often does `lr` stand in the formula of the step?
    """
    return _down(params, grads, lr * lr)


@misconception(of="sgd_step", section="training-sgd")
def parameters_shrunk(params, grads, lr):
    """The gradient is multiplied by the parameter: each parameter is scaled, not moved.

    Where would a parameter go that is exactly 0?
    """
    return _each(lambda a, g: a * (1 - lr * g), params, grads)


@misconception(of="sgd_step", section="training-sgd")
def direction_alone(params, grads, lr):
    """Each gradient is divided by its length first, so that all steps are equally long.

    Near the bottom the gradient is small. Should the step be small there, too?
    """
    return _each(lambda a, g: a - lr * g / np.linalg.norm(g), params, grads)


@misconception(of="sgd_step", section="training-sgd")
def signs_alone(params, grads, lr):
    """Only the signs of the gradient are used.

    Should an entry with a steep slope move as far as one with a gentle slope?
    """
    return _each(lambda a, g: a - lr * np.sign(g), params, grads)


@misconception(of="sgd_step", section="training-sgd")
def weights_decay_as_well(params, grads, lr):
    """Each parameter is drawn towards zero besides: this is a step with weight decay.

    Which loss has the gradient that you are given? Does anything in it ask for small weights?
    """
    return _each(lambda a, g: a - lr * (g + a), params, grads)


@misconception(of="sgd_step", section="training-sgd")
def gradients_averaged_away(params, grads, lr):
    """Each gradient is averaged to one number before the step.

    Do all entries of W have the same slope?
    """
    return _each(lambda a, g: a - lr * np.mean(g), params, grads)


@misconception(of="sgd_step", section="training-sgd")
def nothing_comes_back(params, grads, lr):
    """Nothing comes back.

    What will `params = sgd_step(...)` hold then?
    """
    return None


def _velocity(grads, velocity, beta):
    return _each(lambda g, v: beta * v + g, grads, velocity)


@misconception(of="momentum_step", section="training-momentum")
def plain_step(params, grads, velocity, lr, beta=0.9):
    """The step follows the gradient alone; the velocity is brought up to date and not used.

    Along what does a rolling ball move: the slope under it, or its velocity?
    """
    return _down(params, grads, lr), _velocity(grads, velocity, beta)


@misconception(of="momentum_step", section="training-momentum")
def old_velocity_used(params, grads, velocity, lr, beta=0.9):
    """The step follows the old velocity; the gradient has not been added yet.

    In the formula, does v or v' stand in the second equation? Where would the very first step go?
    """
    return _down(params, velocity, lr), _velocity(grads, velocity, beta)


@misconception(of="momentum_step", section="training-momentum")
def average_of_gradients(params, grads, velocity, lr, beta=0.9):
    """The new gradient is weighted with 1 - beta: the velocity is a running average, and the steps are shorter.

    Does the formula of this course weigh the gradient? How long is the first step, from rest?
    """
    v = _each(lambda g, v: beta * v + (1 - beta) * g, grads, velocity)
    return _down(params, v, lr), v


@misconception(of="momentum_step", section="training-momentum")
def rate_inside_the_velocity(params, grads, velocity, lr, beta=0.9):
    """The learning rate is multiplied into the velocity, and not into the step.

    By what is the gradient multiplied in v' = beta v + g? What happens to such a velocity when `lr` changes?
    """
    v = _each(lambda g, v: beta * v + lr * g, grads, velocity)
    return _down(params, v, 1.0), v


@misconception(of="momentum_step", section="training-momentum")
def rate_twice(params, grads, velocity, lr, beta=0.9):
    """The learning rate is multiplied in twice, in the velocity and in the step.

    Which of the two equations has the learning rate in it?
    """
    v = _each(lambda g, v: beta * v + lr * g, grads, velocity)
    return _down(params, v, lr), v


@misconception(of="momentum_step", section="training-momentum")
def velocity_points_downhill(params, grads, velocity, lr, beta=0.9):
    """The gradient is subtracted from the velocity, and the velocity is added to the parameters.

    Which sign has g in v' = beta v + g? What does your rule make of a velocity that was built by the formula?
    """
    v = _each(lambda g, v: beta * v - g, grads, velocity)
    return _down(params, v, -lr), v


@misconception(of="momentum_step", section="training-momentum")
def velocity_already_downhill(params, grads, velocity, lr, beta=0.9):
    """The velocity is v' = beta v - lr g, and it is added to the parameters: another convention.

    Which sign and which factor has g in the formula of this exercise?
    """
    v = _each(lambda g, v: beta * v - lr * g, grads, velocity)
    return _down(params, v, -1.0), v


@misconception(of="momentum_step", section="training-momentum")
def no_friction(params, grads, velocity, lr, beta=0.9):
    """The old velocity is kept whole; beta is not used.

    How much of the old speed should be left after a step? What would slow the ball down at the bottom?
    """
    v = _velocity(grads, velocity, 1.0)
    return _down(params, v, lr), v


@misconception(of="momentum_step", section="training-momentum")
def beta_always_nine_tenths(params, grads, velocity, lr, beta=0.9):
    """Beta is always 0.9, whatever is given.

    Where does your code use the argument `beta`?
    """
    v = _velocity(grads, velocity, 0.9)
    return _down(params, v, lr), v


@misconception(of="momentum_step", section="training-momentum")
def beta_on_the_gradient(params, grads, velocity, lr, beta=0.9):
    """Beta is multiplied to the gradient, not to the old velocity.

    Which of the two should fade with time?
    """
    v = _each(lambda g, v: v + beta * g, grads, velocity)
    return _down(params, v, lr), v


@misconception(of="momentum_step", section="training-momentum")
def beta_on_both(params, grads, velocity, lr, beta=0.9):
    """Beta is multiplied to the sum of velocity and gradient.

    Is the new gradient already old?
    """
    v = _each(lambda g, v: beta * (v + g), grads, velocity)
    return _down(params, v, lr), v


@misconception(of="momentum_step", section="training-momentum")
def gradient_counted_twice(params, grads, velocity, lr, beta=0.9):
    """The step follows the new velocity and the gradient besides, which is in the velocity already.

    How often is the gradient in v'?
    """
    v = _velocity(grads, velocity, beta)
    return _down(_down(params, v, lr), grads, lr), v


@misconception(of="momentum_step", section="training-momentum")
def a_look_ahead(params, grads, velocity, lr, beta=0.9):
    """The step follows beta v' + g: this is Nesterov's momentum, another method.

    Which velocity does the second equation use, and is it multiplied by anything but `lr`?
    """
    v = _velocity(grads, velocity, beta)
    return _down(params, _velocity(grads, v, beta), lr), v


@misconception(of="momentum_step", section="training-momentum")
def roll_uphill(params, grads, velocity, lr, beta=0.9):
    """The velocity is right, and the step goes along it uphill.

    The velocity collects gradients. Where do gradients point?
    """
    v = _velocity(grads, velocity, beta)
    return _down(params, v, -lr), v


@misconception(of="momentum_step", section="training-momentum")
def velocity_never_kept(params, grads, velocity, lr, beta=0.9):
    """The parameters move rightly, but the old velocity comes back.

    What will the next step start from?
    """
    return _down(params, _velocity(grads, velocity, beta), lr), velocity


@misconception(of="momentum_step", section="training-momentum")
def only_the_parameters_come_back(params, grads, velocity, lr, beta=0.9):
    """Only the parameters come back, without the velocity.

    Who keeps the velocity until the next step, if you do not hand it back?
    """
    return _down(params, _velocity(grads, velocity, beta), lr)


@misconception(of="momentum_step", section="training-momentum")
def velocity_first(params, grads, velocity, lr, beta=0.9):
    """The velocity comes back first and the parameters second.

    In which order does the text ask for the two?
    """
    v = _velocity(grads, velocity, beta)
    return v, _down(params, v, lr)


@misconception(of="momentum_step", section="training-momentum")
def velocity_changed_in_place(params, grads, velocity, lr, beta=0.9):
    """The velocity that was given is changed.

    What does `v *= beta` do to the array that the caller still holds?
    """
    for pair, slopes in zip(velocity, grads):
        for v, g in zip(pair, slopes):
            v *= beta
            v += g
    return _down(params, velocity, lr), velocity


@misconception(of="momentum_step", section="training-momentum")
def parameters_changed_in_place(params, grads, velocity, lr, beta=0.9):
    """The parameters that were given are changed.

    What does `W -= ...` do to the array that the caller still holds?
    """
    v = _velocity(grads, velocity, beta)
    for pair, speeds in zip(params, v):
        for a, speed in zip(pair, speeds):
            a -= lr * speed
    return params, v


@misconception(of="momentum_step", section="training-momentum")
def velocity_reset_to_zero(params, grads, velocity, lr, beta=0.9):
    """The parameters move rightly, and then zeros come back as the velocity.

    What does the next step remember?
    """
    return _down(params, _velocity(grads, velocity, beta), lr), _each(lambda g: 0.0 * g, grads)


@misconception(of="momentum_step", section="training-momentum")
def biases_without_momentum(params, grads, velocity, lr, beta=0.9):
    """The weights roll, and the biases take plain steps.

    Does the formula make a difference between weights and biases?
    """
    v = [(vW, db) for (vW, _), (_, db) in zip(_velocity(grads, velocity, beta), grads)]
    return _down(params, v, lr), v


@misconception(of="momentum_step", section="training-momentum")
def always_from_rest(params, grads, velocity, lr, beta=0.9):
    """The velocity starts at zero in every step; the one that is given is not used.

    What is the argument `velocity` for?
    """
    return _down(params, grads, lr), _each(lambda g: 1.0 * g, grads)


def _softmax(P):
    E = np.exp(P - P.max(axis=-1, keepdims=True))
    return E / E.sum(axis=-1, keepdims=True)


def _hidden(params, X):
    kept = [_array(X)]
    for W, b in params[:-1]:
        kept.append(np.maximum(kept[-1] @ W + b, 0.0))
    return kept


def _logits(params, X):
    W, b = params[-1]
    return _hidden(params, X)[-1] @ W + b


@inputs(of="accuracy")
def draw_labelled(rng):
    drawn = []
    for B, sizes in ((40, [5, 3]), (30, [5, 7, 3]), (12, [4, 4, 4]), (4, [3, 4]), (25, [2, 6, 5, 3])):
        params = _some_params(rng, sizes, 1)[0]
        X = rng.normal(size=(B, sizes[0]))
        guessed = rng.integers(0, sizes[-1], size=B)
        drawn.append((params, X, np.where(rng.random(B) < 0.6, _logits(params, X).argmax(axis=1), guessed)))
    params, X, z = drawn[0]
    plain = [(np.eye(3), np.zeros(3))], [[0, 9, 1], [1, 0, 0], [0, 2, 1]], [1, 0, 2]
    return [*drawn, (params, X.tolist(), z.tolist()), (params, X[:1], z[:1]), plain]


def _hits(params, X, z):
    return _logits(params, X).argmax(axis=1) == np.asarray(z)


@misconception(of="accuracy", section="training-accuracy")
def number_of_hits(params, X, z):
    """The hits are counted and not divided by the number of examples.

    Can a share be larger than 1?
    """
    return np.sum(_hits(params, X, z))


@misconception(of="accuracy", section="training-accuracy")
def in_percent(params, X, z):
    """The share is given in percent.

    Between which two numbers should the result lie?
    """
    return 100 * np.mean(_hits(params, X, z))


@misconception(of="accuracy", section="training-accuracy")
def share_of_errors(params, X, z):
    """The share of the misses comes back.

    What should a perfect network get, 0 or 1?
    """
    return 1 - np.mean(_hits(params, X, z))


@misconception(of="accuracy", section="training-accuracy")
def hits_one_by_one(params, X, z):
    """The hits come back one by one.

    Which one number says how many of them there are?
    """
    return _hits(params, X, z).astype(float)


@misconception(of="accuracy", section="training-accuracy")
def divided_by_the_number_of_classes(params, X, z):
    """The number of hits is divided by the number of classes.

    How many hits could there be at most?
    """
    return np.sum(_hits(params, X, z)) / len(params[-1][1])


@misconception(of="accuracy", section="training-accuracy")
def probability_of_the_truth(params, X, z):
    """The mean probability of the correct class comes back, not how often it is the most probable.

    If a network gives the right class 0.6 each time, how many of its answers are right?
    """
    return np.mean(_softmax(_logits(params, X))[np.arange(len(z)), z])


@misconception(of="accuracy", section="training-accuracy")
def more_than_one_half(params, X, z):
    """An answer counts only if the correct class has a probability of more than one half.

    With three classes, must the most probable one reach 0.5?
    """
    return np.mean(_softmax(_logits(params, X))[np.arange(len(z)), z] > 0.5)


@misconception(of="accuracy", section="training-accuracy")
def largest_down_the_batch(params, X, z):
    """The largest entry is looked for down the examples, not across the classes.

    Which axis of F (B, T) holds the classes?
    """
    return np.mean(_logits(params, X).argmax(axis=0) == np.asarray(z))


@misconception(of="accuracy", section="training-accuracy")
def largest_of_the_whole_batch(params, X, z):
    """One largest entry is looked for in the whole batch.

    How many answers does the network give to B examples? What does `argmax` do without an axis?
    """
    return np.mean(_logits(params, X).argmax() == np.asarray(z))


@misconception(of="accuracy", section="training-accuracy")
def least_probable_class(params, X, z):
    """The least probable class is taken for the answer.

    Do you look for the largest or for the smallest probability?
    """
    return np.mean(_logits(params, X).argmin(axis=1) == np.asarray(z))


@misconception(of="accuracy", section="training-accuracy")
def classes_counted_from_one(params, X, z):
    """The classes of the answers are counted from 1, those of the labels from 0.

    With which number does `argmax` begin to count, and with which do the labels?
    """
    return np.mean(_logits(params, X).argmax(axis=1) + 1 == np.asarray(z))


@misconception(of="accuracy", section="training-accuracy")
def entries_of_the_table(params, X, z):
    """All B times T entries of the one-hot table are compared, and the many zeros that agree are counted as hits.

    How many answers are there in a batch: B, or B times T?
    """
    P = _logits(params, X)
    T = P.shape[1]
    return np.mean(np.eye(T)[P.argmax(axis=1)] == np.eye(T)[np.asarray(z)])


@misconception(of="accuracy", section="training-accuracy")
def all_or_nothing(params, X, z):
    """The result is 1 only if every answer is right, else 0, as a division of whole numbers gives, too.

    What should three hits out of four give? What does 3 // 4?
    """
    return float(np.all(_hits(params, X, z)))


@misconception(of="accuracy", section="training-accuracy")
def mean_over_the_classes(params, X, z):
    """The accuracy is found for each class that occurs, and then averaged over these classes.

    Does a class with two examples count as much here as one with two hundred?
    """
    hits, z = _hits(params, X, z), np.asarray(z)
    return np.mean([hits[z == k].mean() for k in np.unique(z)])


@misconception(of="accuracy", section="training-accuracy")
def no_relu_on_the_way(params, X, z):
    """The layers are multiplied through without ReLU between them.

    Which function of the notebook computes the network as it was trained?
    """
    H = _array(X)
    for W, b in params:
        H = H @ W + b
    return np.mean(H.argmax(axis=1) == np.asarray(z))


@misconception(of="accuracy", section="training-accuracy")
def relu_on_the_logits(params, X, z):
    """ReLU is applied to the logits, too, so that all negative ones become equal.

    What does `argmax` say of a row of zeros?
    """
    return np.mean(np.maximum(_logits(params, X), 0).argmax(axis=1) == np.asarray(z))


@misconception(of="accuracy", section="training-accuracy")
def biases_not_added(params, X, z):
    """The biases are not added.

    Which function of the notebook computes the whole network?
    """
    return np.mean(_logits([(W, 0 * b) for W, b in params], X).argmax(axis=1) == np.asarray(z))


def _init(sizes, rng):
    return [(rng.normal(size=(n, m)) * np.sqrt(2 / n), np.zeros(m)) for n, m in zip(sizes, sizes[1:])]


def _gradients(params, X, Y):
    kept = _hidden(params, X)
    W, b = params[-1]
    dA, found = (_softmax(kept[-1] @ W + b) - Y) / len(Y), []
    for (W, _), H in zip(params[::-1], kept[::-1]):
        found.append((H.T @ dA, dA.sum(axis=0)))
        dA = (dA @ W.T) * (H > 0)
    return found[::-1]


def _loss(params, X, Y):
    P = _logits(params, X)
    return np.mean(np.logaddexp.reduce(P, axis=1) - (P * Y).sum(axis=1))


def _shuffled(X, Y, size, rng):
    return _paired(X, Y, _parts(rng.permutation(len(X)), size))


def _epoch(params, batches, lr, gradients=_gradients):
    """(parameters, losses of the batches) after plain steps along the batches."""
    losses = []
    for X_b, Y_b in batches:
        losses.append(_loss(params, X_b, Y_b))
        params = _down(params, gradients(params, X_b, Y_b), lr)
    return params, losses


def _train(X, z, sizes, epochs, lr, size, rng, *, batches=_shuffled, gradients=_gradients, told=np.mean, start=_init):
    """Plain SGD, of which each misconception exchanges a part."""
    X, Y = _array(X), np.eye(sizes[-1])[np.asarray(z)]
    params, history = start(sizes, rng), []
    for _ in range(epochs):
        params, losses = _epoch(params, batches(X, Y, size, rng), lr, gradients)
        history.append(told(losses))
    return params, history


@inputs(of="train")
def draw_data(rng):
    drawn = []
    for n, hidden, epochs, size in ((5, [4], 3, 2), (6, [3], 2, 3), (7, [5, 4], 3, 3), (4, [4], 2, 9)):
        X, z = rng.normal(size=(n, 3)), rng.integers(0, 2, size=n)
        drawn.append((X, z, [3, *hidden, 2], epochs, 0.5, size, np.random.default_rng(n)))
    return drawn


@misconception(of="train", section="training-minibatches")
def batches_of_one_shuffle(X, z, sizes, epochs, lr, batch_size, rng):
    """The minibatches are made once and kept in a list, so every epoch has the same ones in the same order.

    What does "shuffled anew" ask for, and where in your code does the shuffle stand?
    """
    kept = []

    def once(X, Y, size, rng):
        kept[:] = kept or _shuffled(X, Y, size, rng)
        return kept

    return _train(X, z, sizes, epochs, lr, batch_size, rng, batches=once)


@misconception(of="train", section="training-loop")
def batches_that_ran_out(X, z, sizes, epochs, lr, batch_size, rng):
    """The generator of minibatches is made once, before the loop over the epochs: it is empty after the first.

    How often can one walk through a generator? What does a loop do over one that is used up?
    """
    X, Y = _array(X), np.eye(sizes[-1])[np.asarray(z)]
    params, history = _init(sizes, rng), []
    batches = iter(_shuffled(X, Y, batch_size, rng))
    for _ in range(epochs):
        params, _ = _epoch(params, batches, lr)
        history.append(_loss(params, X, Y))
    return params, history


@misconception(of="train", section="training-minibatches")
def rows_never_shuffled(X, z, sizes, epochs, lr, batch_size, rng):
    """The rows come in the same order in every epoch, the one in which they were given.

    Where in your loop is the order of the rows drawn?
    """
    in_order = lambda X, Y, size, rng: _paired(X, Y, _parts(np.arange(len(X)), size))  # noqa: E731
    return _train(X, z, sizes, epochs, lr, batch_size, rng, batches=in_order)


@misconception(of="train", section="training-minibatches")
def all_rows_in_each_step(X, z, sizes, epochs, lr, batch_size, rng):
    """Each epoch takes one step with all rows; the size of the batches is not used.

    How many steps are there in an epoch with 1200 rows and batches of 10?
    """
    whole = lambda X, Y, size, rng: _shuffled(X, Y, len(X), rng)  # noqa: E731
    return _train(X, z, sizes, epochs, lr, batch_size, rng, batches=whole)


@misconception(of="train", section="training-loop")
def one_batch_an_epoch(X, z, sizes, epochs, lr, batch_size, rng):
    """Each epoch takes one step, with its first minibatch, and leaves the others out.

    Does something end your inner loop too soon: a `break`, a `return`, or a line that stands too far to the left?
    """
    first = lambda X, Y, size, rng: _shuffled(X, Y, size, rng)[:1]  # noqa: E731
    return _train(X, z, sizes, epochs, lr, batch_size, rng, batches=first)


@misconception(of="train", section="training-loop")
def only_the_last_batch_steps(X, z, sizes, epochs, lr, batch_size, rng):
    """Each epoch takes one step, with its last minibatch: the step stands behind the loop over the batches.

    How far is the line with the step indented?
    """
    last = lambda X, Y, size, rng: _shuffled(X, Y, size, rng)[-1:]  # noqa: E731
    return _train(X, z, sizes, epochs, lr, batch_size, rng, batches=last)


@misconception(of="train", section="training-minibatches")
def short_batch_left_out(X, z, sizes, epochs, lr, batch_size, rng):
    """The last, short minibatch of each epoch is left out.

    Is every row seen in every epoch?
    """

    def full(X, Y, size, rng):
        batches = _shuffled(X, Y, size, rng)
        return [batch for batch in batches if len(batch[0]) == size] or batches

    return _train(X, z, sizes, epochs, lr, batch_size, rng, batches=full)


@misconception(of="train", section="training-minibatches")
def labels_lose_their_images(X, z, sizes, epochs, lr, batch_size, rng):
    """Images and labels are shuffled separately, so that each image has the label of another.

    After the shuffle, does each row of Y still belong to its row of X? What would the loss settle at?
    """
    apart = lambda X, Y, size, rng: _paired(rng.permutation(X), rng.permutation(Y), _parts(np.arange(len(X)), size))  # noqa: E731
    return _train(X, z, sizes, epochs, lr, batch_size, rng, batches=apart)


@misconception(of="train", section="training-sgd")
def training_uphill(X, z, sizes, epochs, lr, batch_size, rng):
    """Every step goes uphill.

    Does your history rise or fall?
    """
    return _train(X, z, sizes, epochs, -lr, batch_size, rng)


@misconception(of="train", section="training-loop")
def steps_thrown_away(X, z, sizes, epochs, lr, batch_size, rng):
    """The parameters never move: the result of each step is thrown away.

    `sgd_step` changes nothing and returns something. Where does what it returns go?
    """
    return _train(X, z, sizes, epochs, 0.0, batch_size, rng)


@misconception(of="train", section="training-loop")
def new_network_each_epoch(X, z, sizes, epochs, lr, batch_size, rng):
    """Every epoch starts with new random parameters, and what was learned is lost.

    How often should `init_params` be called?
    """
    X, Y = _array(X), np.eye(sizes[-1])[np.asarray(z)]
    history = []
    for _ in range(epochs):
        params, losses = _epoch(_init(sizes, rng), _shuffled(X, Y, batch_size, rng), lr)
        history.append(np.mean(losses))
    return params, history


@misconception(of="train", section="network-initialisation")
def start_from_zeros(X, z, sizes, epochs, lr, batch_size, rng):
    """All weights start at zero, so that the hidden units never become different from each other.

    If two hidden units have the same weights, can their gradients differ?
    """
    zeros = lambda sizes, rng: [(np.zeros((n, m)), np.zeros(m)) for n, m in zip(sizes, sizes[1:])]  # noqa: E731
    return _train(X, z, sizes, epochs, lr, batch_size, rng, start=zeros)


@misconception(of="train", section="training-loop")
def a_seed_of_its_own(X, z, sizes, epochs, lr, batch_size, rng):
    """Everything is drawn from a generator with a seed of its own; `rng` is not used.

    What should another state of `rng` change?
    """
    return _train(X, z, sizes, epochs, lr, batch_size, np.random.default_rng(0))


@misconception(of="train", section="training-loop")
def seed_42_inside(X, z, sizes, epochs, lr, batch_size, rng):
    """Everything is drawn from a generator with the seed 42, whatever `rng` is.

    What should another state of `rng` change?
    """
    return _train(X, z, sizes, epochs, lr, batch_size, np.random.default_rng(42))


@misconception(of="train", section="backprop-batch")
def gradient_of_the_sum(X, z, sizes, epochs, lr, batch_size, rng):
    """The gradients of a batch are added up and not averaged, so steps grow with the size of the batch.

    Is the loss of a batch the sum over its examples or their mean?
    """
    summed = lambda params, X, Y: _each(lambda g: len(X) * g, _gradients(params, X, Y))  # noqa: E731
    return _train(X, z, sizes, epochs, lr, batch_size, rng, gradients=summed)


@misconception(of="train", section="backprop-batch")
def mean_taken_twice(X, z, sizes, epochs, lr, batch_size, rng):
    """The gradient of the mean loss is divided by the number of rows once more.

    What does `backward` return: the gradient of a sum, or of a mean?
    """
    twice = lambda params, X, Y: _each(lambda g: g / len(X), _gradients(params, X, Y))  # noqa: E731
    return _train(X, z, sizes, epochs, lr, batch_size, rng, gradients=twice)


@misconception(of="train", section="training-check")
def short_batch_divided_by_the_full_size(X, z, sizes, epochs, lr, batch_size, rng):
    """The sum over a batch is always divided by `batch_size`, also where the batch has fewer rows.

    How many rows are in the last batch of an epoch?
    """
    by_size = lambda params, X, Y: _each(lambda g: g * len(X) / batch_size, _gradients(params, X, Y))  # noqa: E731
    return _train(X, z, sizes, epochs, lr, batch_size, rng, gradients=by_size)


@misconception(of="train", section="training-momentum")
def momentum_in_plain_steps(X, z, sizes, epochs, lr, batch_size, rng):
    """The steps have momentum, and plain SGD is asked for.

    Does a step depend on earlier gradients?
    """
    velocity = []

    def rolling(params, X, Y):
        slopes = _gradients(params, X, Y)
        velocity[:] = _velocity(slopes, velocity, 0.9) if velocity else slopes
        return list(velocity)

    return _train(X, z, sizes, epochs, lr, batch_size, rng, gradients=rolling)


@misconception(of="train", section="training-rate")
def rate_that_shrinks(X, z, sizes, epochs, lr, batch_size, rng):
    """The learning rate shrinks from epoch to epoch.

    Does the text ask for one learning rate or for a schedule?
    """
    X, Y = _array(X), np.eye(sizes[-1])[np.asarray(z)]
    params, history = _init(sizes, rng), []
    for epoch in range(epochs):
        params, losses = _epoch(params, _shuffled(X, Y, batch_size, rng), lr / (1 + epoch))
        history.append(np.mean(losses))
    return params, history


@misconception(of="train", section="training-sgd")
def biases_never_learn(X, z, sizes, epochs, lr, batch_size, rng):
    """The biases stay at zero.

    Which parameters does a layer have?
    """
    weights = lambda params, X, Y: [(dW, 0 * db) for dW, db in _gradients(params, X, Y)]  # noqa: E731
    return _train(X, z, sizes, epochs, lr, batch_size, rng, gradients=weights)


@misconception(of="train", section="training-sgd")
def last_layer_alone_learns(X, z, sizes, epochs, lr, batch_size, rng):
    """Only the last layer learns; the others keep their first weights.

    How many pairs do `params` and the gradients have, and how many of them does your step reach?
    """

    def last(params, X, Y):
        *others, final = _gradients(params, X, Y)
        return [*_each(lambda g: 0 * g, others), final]

    return _train(X, z, sizes, epochs, lr, batch_size, rng, gradients=last)


@misconception(of="train", section="training-loop")
def a_loss_for_each_batch(X, z, sizes, epochs, lr, batch_size, rng):
    """The history has a loss for each batch, not one for each epoch.

    How long should the history be after 15 epochs?
    """
    params, history = _train(X, z, sizes, epochs, lr, batch_size, rng, told=list)
    return params, [loss for losses in history for loss in losses]


@misconception(of="train", section="training-loop")
def losses_summed_over_the_epoch(X, z, sizes, epochs, lr, batch_size, rng):
    """The losses of an epoch's batches are added up, not averaged.

    Should the loss of an epoch double when the batches are half as large?
    """
    return _train(X, z, sizes, epochs, lr, batch_size, rng, told=np.sum)


@misconception(of="train", section="training-loop")
def loss_of_the_last_batch(X, z, sizes, epochs, lr, batch_size, rng):
    """The history has the loss of the last batch of each epoch, not that of the epoch.

    Of how many rows is the loss that you keep?
    """
    return _train(X, z, sizes, epochs, lr, batch_size, rng, told=lambda losses: losses[-1])


@misconception(of="train", section="training-loop")
def one_loss_too_many(X, z, sizes, epochs, lr, batch_size, rng):
    """The history has one entry more than there are epochs: the loss before the first step.

    How many entries should it have after `epochs` epochs?
    """
    X, Y = _array(X), np.eye(sizes[-1])[np.asarray(z)]
    params = _init(sizes, rng)
    history = [_loss(params, X, Y)]
    for _ in range(epochs):
        params, _ = _epoch(params, _shuffled(X, Y, batch_size, rng), lr)
        history.append(_loss(params, X, Y))
    return params, history


@misconception(of="train", section="training-loop")
def only_the_last_loss(X, z, sizes, epochs, lr, batch_size, rng):
    """Only the loss of the last epoch comes back.

    Where are the losses of the earlier epochs kept?
    """
    params, history = _train(X, z, sizes, epochs, lr, batch_size, rng)
    return params, history[-1]


@misconception(of="train", section="training-loop")
def history_forgotten(X, z, sizes, epochs, lr, batch_size, rng):
    """Only the parameters come back.

    Which two things does the text ask for?
    """
    return _train(X, z, sizes, epochs, lr, batch_size, rng)[0]


@misconception(of="train", section="training-loop")
def history_first(X, z, sizes, epochs, lr, batch_size, rng):
    """The history comes back first and the parameters second.

    In which order does the text ask for the two?
    """
    return _train(X, z, sizes, epochs, lr, batch_size, rng)[::-1]


@misconception(of="train", section="training-accuracy")
def accuracy_in_the_history(X, z, sizes, epochs, lr, batch_size, rng):
    """The history has accuracies, not losses.

    Should its numbers rise or fall while the network learns?
    """
    X, Y = _array(X), np.eye(sizes[-1])[np.asarray(z)]
    params, history = _init(sizes, rng), []
    for _ in range(epochs):
        params, _ = _epoch(params, _shuffled(X, Y, batch_size, rng), lr)
        history.append(np.mean(_hits(params, X, z)))
    return params, history


@misconception(of="train", section="training-sgd", decay=(1e-1, 1e-3, 1e-4))
def weights_decay_too(X, z, sizes, epochs, lr, batch_size, rng, decay=1e-2):
    """Every step also draws the weights towards zero: this is SGD with weight decay.

    Does anything in the loss of this exercise ask for small weights?
    """

    def decaying(params, X, Y):
        return [(dW + decay * W, db) for (dW, db), (W, _) in zip(_gradients(params, X, Y), params)]

    return _train(X, z, sizes, epochs, lr, batch_size, rng, gradients=decaying)


@misconception(of="train", section="training-accuracy")
def inputs_standardised(X, z, sizes, epochs, lr, batch_size, rng):
    """The inputs are standardised inside, so the network is trained on other numbers than those it will be given.

    Whoever calls `accuracy(params, X, z)` afterwards hands in which X?
    """
    X = _array(X)
    scaled = (X - X.mean(axis=0)) / (X.std(axis=0) + 1e-8)
    return _train(scaled, z, sizes, epochs, lr, batch_size, rng)


@misconception(of="train", section="training-loop")
def one_epoch_too_many(X, z, sizes, epochs, lr, batch_size, rng):
    """The network is trained for one epoch more than is asked for.

    How many turns does your outer loop make?
    """
    params, history = _train(X, z, sizes, epochs + 1, lr, batch_size, rng)
    return params, history[:epochs]


@misconception(of="train", section="backprop-relu")
def gradient_without_the_mask(X, z, sizes, epochs, lr, batch_size, rng):
    """On the way back, the gradient passes through units that were off: the mask of ReLU is missing.

    Which function of the notebook computes the gradients, and do you use it?
    """

    def unmasked(params, X, Y):
        kept = _hidden(params, X)
        dA, found = (_softmax(_logits(params, X)) - Y) / len(Y), []
        for (W, _), H in zip(params[::-1], kept[::-1]):
            found.append((H.T @ dA, dA.sum(axis=0)))
            dA = dA @ W.T
        return found[::-1]

    return _train(X, z, sizes, epochs, lr, batch_size, rng, gradients=unmasked)


@misconception(of="train", section="training-loop")
def one_epoch_only(X, z, sizes, epochs, lr, batch_size, rng):
    """The result comes back after the first epoch.

    Does a `return` stand inside the loop over the epochs?
    """
    return _train(X, z, sizes, 1, lr, batch_size, rng)
