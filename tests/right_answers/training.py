"""Right answers to the exercise "Training a classifier", in unlike styles: each must be accepted."""

import numpy as np
import scipy.special


def minibatches__list_of_slices(X, Y, size, rng):
    X, Y = np.array(X), np.array(Y)
    order = np.arange(len(X))
    rng.shuffle(order)
    X, Y = X[order], Y[order]
    return [(X[k : k + size], Y[k : k + size]) for k in range(0, len(X), size)]


def minibatches__split_at_multiples(X, Y, size, rng):
    order = rng.permutation(len(X))
    for part in np.split(order, np.arange(size, len(order), size)):
        yield np.take(X, part, axis=0), np.take(Y, part, axis=0)


def minibatches__a_shuffled_list_of_pairs(X, Y, size, rng):
    pairs = list(zip(np.asarray(X).tolist(), np.asarray(Y).tolist()))
    rng.shuffle(pairs)
    batches = []
    while pairs:
        batch, pairs = pairs[:size], pairs[size:]
        batches.append([[x for x, _ in batch], [y for _, y in batch]])
    return batches


def minibatches__sorted_by_random_keys(X, Y, size, rng):
    order = np.argsort(rng.random(len(X)))
    return ((np.asarray(X)[order[k : k + size]], np.asarray(Y)[order[k : k + size]]) for k in range(0, len(X), size))


def minibatches__chosen_without_replacement(X, Y, size, rng):
    print("shuffling")
    order = rng.choice(len(X), size=len(X), replace=False)
    both = np.hstack([X, Y])[order]
    n = np.shape(X)[1]
    return tuple((both[k : k + size, :n], both[k : k + size, n:]) for k in range(0, len(both), size))


def minibatches__the_ones_that_are_left(X, Y, size, rng):
    X, Y, left = np.float32(X), np.float32(Y), list(range(len(X)))
    while left:
        chosen = [left.pop(rng.integers(len(left))) for _ in range(min(size, len(left)))]
        yield X[chosen], Y[chosen]


def sgd_step__by_a_loop(params, grads, lr):
    new = []
    for layer in range(len(params)):
        W, b = params[layer]
        dW, db = grads[layer]
        new.append([W - lr * dW, b - lr * db])
    return new


def sgd_step__on_copies(params, grads, lr):
    new = [[a.copy() for a in pair] for pair in params]
    for pair, slopes in zip(new, grads):
        for a, g in zip(pair, slopes):
            a -= lr * g
    return new


def sgd_step__pairs_of_pairs(params, grads, lr):
    return tuple(tuple(a - lr * g for a, g in zip(*pairs)) for pairs in zip(params, grads))


def sgd_step__as_lists(params, grads, lr):
    return [((W - lr * dW).tolist(), (b - lr * db).tolist()) for (W, b), (dW, db) in zip(params, grads)]


def sgd_step__in_float32(params, grads, lr):
    return [
        (np.float32(W) - np.float32(lr) * np.float32(dW), np.float32(b) - np.float32(lr) * np.float32(db))
        for (W, b), (dW, db) in zip(params, grads)
    ]


def sgd_step__flat(params, grads, lr):
    flat = np.concatenate([a.ravel() for pair in params for a in pair])
    flat = flat - lr * np.concatenate([a.ravel() for pair in grads for a in pair])
    new, at = [], 0
    for W, b in params:
        pair = []
        for a in (W, b):
            pair.append(flat[at : at + a.size].reshape(a.shape))
            at += a.size
        new.append(pair)
    return new


def momentum_step__by_a_loop(params, grads, velocity, lr, beta=0.9):
    new_params, new_velocity = [], []
    for (W, b), (dW, db), (vW, vb) in zip(params, grads, velocity):
        vW, vb = beta * vW + dW, beta * vb + db
        new_velocity.append((vW, vb))
        new_params.append((W - lr * vW, b - lr * vb))
    return new_params, new_velocity


def momentum_step__on_copies(params, grads, velocity, lr, beta=0.9):
    params = [[np.array(a) for a in pair] for pair in params]
    velocity = [[np.array(a) for a in pair] for pair in velocity]
    for m, pair in enumerate(grads):
        for k, g in enumerate(pair):
            velocity[m][k] *= beta
            velocity[m][k] += g
            params[m][k] -= lr * velocity[m][k]
    return params, velocity


def momentum_step__step_written_out(params, grads, velocity, lr, beta=0.9):
    new = [
        (W - lr * beta * v - lr * dW, b - lr * beta * u - lr * db)
        for (W, b), (dW, db), (v, u) in zip(params, grads, velocity)
    ]
    return [new, [(v * beta + dW, u * beta + db) for (dW, db), (v, u) in zip(grads, velocity)]]


def momentum_step__velocity_from_the_distance(params, grads, velocity, lr, beta=0.9):
    new = [[a - lr * (beta * v + g) for a, g, v in zip(*three)] for three in zip(params, grads, velocity)]
    return new, [[(a - c) / lr for a, c in zip(*two)] for two in zip(params, new)]


def momentum_step__in_float32(params, grads, velocity, lr, beta=0.9):
    low = lambda pairs: [[np.float32(a) for a in pair] for pair in pairs]  # noqa: E731
    params, grads, velocity = low(params), low(grads), low(velocity)
    v = [[np.float32(beta) * a + g for a, g in zip(*two)] for two in zip(velocity, grads)]
    return [[w - np.float32(lr) * a for w, a in zip(*two)] for two in zip(params, v)], v


def _logits(params, X):
    H = np.asarray(X, dtype=float)
    for W, b in params[:-1]:
        H = np.maximum(H @ W + b, 0)
    return H @ params[-1][0] + params[-1][1]


def accuracy__counting(params, X, z):
    hits = 0
    for x, c in zip(X, z):
        hits += int(np.argmax(_logits(params, [x])[0])) == c
    return hits / len(z)


def accuracy__one_minus_the_errors(params, X, z):
    return 1 - np.count_nonzero(_logits(params, X).argmax(1) - np.array(z)) / len(X)


def accuracy__the_right_one_is_the_largest(params, X, z):
    P = _logits(params, X)
    return (P[np.arange(len(z)), np.asarray(z)] >= P.max(axis=1)).mean()


def accuracy__one_hot_product(params, X, z):
    P = _logits(params, X)
    said = (P == P.max(axis=1, keepdims=True)).astype(float)
    return np.array(np.einsum("bt,bt->", said, np.eye(P.shape[1])[z]) / len(P))


def accuracy__in_float32(params, X, z):
    H = np.float32(X)
    for m, (W, b) in enumerate(params):
        H = H @ np.float32(W) + np.float32(b)
        if m < len(params) - 1:
            H = np.where(H > 0, H, 0)
    return np.float32(np.mean(np.argsort(H, axis=1)[:, -1] == z))


def _he(sizes, rng):
    return [(rng.normal(0, np.sqrt(2 / n), (n, m)), np.zeros(m)) for n, m in zip(sizes, sizes[1:])]


def _slopes(params, X, Y):
    kept = [X]
    for W, b in params[:-1]:
        kept.append(np.maximum(kept[-1] @ W + b, 0))
    dA = (scipy.special.softmax(kept[-1] @ params[-1][0] + params[-1][1], axis=1) - Y) / len(Y)
    slopes = []
    for m in reversed(range(len(params))):
        slopes.insert(0, (kept[m].T @ dA, dA.sum(axis=0)))
        dA = dA @ params[m][0].T * (kept[m] > 0)
    return slopes


def _loss(params, X, z):
    return -scipy.special.log_softmax(_logits(params, X), axis=1)[np.arange(len(z)), z].mean()


def train__loss_at_the_end(X, z, sizes, epochs, lr, batch_size, rng):
    X, z = np.asarray(X, dtype=float), np.asarray(z)
    params, history = _he(sizes, rng), []
    for _ in range(epochs):
        order = rng.permutation(len(z))
        for k in range(0, len(z), batch_size):
            i = order[k : k + batch_size]
            slopes = _slopes(params, X[i], np.eye(sizes[-1])[z[i]])
            params = [(W - lr * dW, b - lr * db) for (W, b), (dW, db) in zip(params, slopes)]
        history.append(_loss(params, X, z))
    return params, history


def train__weighted_mean(X, z, sizes, epochs, lr, batch_size, rng):
    X, z = np.array(X, dtype=float), np.array(z)
    params, history = _he(sizes, rng), np.zeros(epochs)
    for epoch in range(epochs):
        order = np.argsort(rng.random(len(z)))
        while len(order):
            i, order = order[:batch_size], order[batch_size:]
            history[epoch] += _loss(params, X[i], z[i]) * len(i) / len(z)
            for (W, b), (dW, db) in zip(params, _slopes(params, X[i], np.eye(sizes[-1])[z[i]])):
                W -= lr * dW
                b -= lr * db
    return params, history


def train__orders_drawn_beforehand(X, z, sizes, epochs, lr, batch_size, rng):
    X, z = np.array(X, dtype=float), np.array(z)
    orders = [rng.permutation(len(z)) for _ in range(epochs)]
    params, history = _he(sizes, rng), []
    for order in orders:
        losses = []
        for i in np.split(order, range(batch_size, len(z), batch_size)):
            losses.append(_loss(params, X[i], z[i]))
            slopes = _slopes(params, X[i], np.eye(sizes[-1])[z[i]])
            params = [[a - lr * g for a, g in zip(*two)] for two in zip(params, slopes)]
        history.append(sum(losses) / len(losses))
    return [tuple(map(np.ndarray.tolist, pair)) for pair in params], history


def train__uniform_start(X, z, sizes, epochs, lr, batch_size, rng):
    X, z = np.array(X, dtype=float), np.array(z)
    params = [[rng.uniform(-1, 1, size=(n, m)) * np.sqrt(3 / n), np.zeros(m)] for n, m in zip(sizes[:-1], sizes[1:])]
    history = []
    for _ in range(epochs):
        rows = list(range(len(z)))
        rng.shuffle(rows)
        losses = []
        for k in range(0, len(rows), batch_size):
            i = rows[k : k + batch_size]
            slopes = _slopes(params, X[i], np.eye(sizes[-1])[z[i]])
            params = [[W - lr * dW, b - lr * db] for (W, b), (dW, db) in zip(params, slopes)]
            losses.append(_loss(params, X[i], z[i]))
        history.append(np.mean(losses))
    return params, tuple(history)


class _Network:
    def __init__(self, sizes, rng):
        self.params = [[np.float32(a) for a in pair] for pair in _he(sizes, rng)]

    def learn(self, X, z, lr):
        loss = _loss(self.params, X, z)
        slopes = _slopes(self.params, np.float32(X), np.eye(self.params[-1][1].size, dtype=np.float32)[z])
        self.params = [[a - np.float32(lr) * np.float32(g) for a, g in zip(*two)] for two in zip(self.params, slopes)]
        return loss


def train__a_class_in_float32(X, z, sizes, epochs, lr, batch_size, rng):
    network, z, history = _Network(sizes, rng), np.array(z), []
    for _ in range(epochs):
        order = rng.permutation(len(z))
        parts = [order[k : k + batch_size] for k in range(0, len(z), batch_size)]
        history.append(float(np.mean([network.learn(np.array(X)[i], z[i], lr) for i in parts])))
    return network.params, history


def train__one_example_at_a_time(X, z, sizes, epochs, lr, batch_size, rng):
    X, z = np.array(X, dtype=float), np.array(z)
    params, history = _he(sizes, rng), []
    for _ in range(epochs):
        order, losses = rng.permutation(len(z)), []
        for k in range(0, len(z), batch_size):
            chosen = order[k : k + batch_size]
            total = [[np.zeros_like(a) for a in pair] for pair in params]
            for i in chosen:
                for pair, slopes in zip(total, _slopes(params, X[[i]], np.eye(sizes[-1])[[z[i]]])):
                    for a, g in zip(pair, slopes):
                        a += g / len(chosen)
            losses.append(_loss(params, X[chosen], z[chosen]))
            params = [[a - lr * g for a, g in zip(*two)] for two in zip(params, total)]
        history.append(np.mean(losses))
    return params, history
