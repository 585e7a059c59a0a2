"""Whole answers to the capstone, each of a design of its own: name -> function -> implementation. All are right."""

import numpy as np
import scipy.optimize
from scipy.special import erf, expit, log_softmax, softmax


def _errors(P, z):
    return (softmax(P, axis=1) - np.eye(P.shape[1])[z]) / len(z)


def _loss_of(logits):
    def loss(model, X, z):
        return -np.mean(log_softmax(logits(model, X), axis=1)[np.arange(len(z)), z])

    return loss


def _plain_steps(new_model, gradients, epochs, rate, size):
    def fit(X, z, seed):
        model, rng = new_model(X.shape[1], z.max() + 1, seed), np.random.default_rng(seed)
        for _ in range(epochs):
            for batch in np.array_split(rng.permutation(len(z)), max(len(z) // size, 1)):
                steps = gradients(model, X[batch], z[batch])
                model = model | {"params": [p - rate * g for p, g in zip(model["params"], steps)]}
        return model

    return fit


def softmax_regression():
    """One layer that begins with zeros."""

    def new_model(N, T, seed):
        return {"params": [np.zeros((N, T)), np.zeros(T)]}

    def logits(model, X):
        W, b = model["params"]
        return X @ W + b

    def gradients(model, X, z):
        errors = _errors(logits(model, X), z)
        return [X.T @ errors, errors.sum(axis=0)]

    return new_model, logits, _loss_of(logits), gradients, _plain_steps(new_model, gradients, 30, 0.3, 20)


def minimised_by_a_library():
    """One layer without a bias row of its own, and all data at once in a quasi-Newton method."""

    def new_model(N, T, seed):
        return {"params": (np.random.default_rng(seed).normal(0, 0.01, size=(N + 1, T)),)}

    def logits(model, X):
        return np.insert(X, 0, 1.0, axis=1) @ model["params"][0]

    loss = _loss_of(logits)

    def gradients(model, X, z):
        return (np.insert(X, 0, 1.0, axis=1).T @ _errors(logits(model, X), z),)

    def fit(X, z, seed):
        start = new_model(X.shape[1], z.max() + 1, seed)["params"][0]

        def value_and_slope(flat):
            model = {"params": (flat.reshape(start.shape),)}
            slope = gradients(model, X, z)[0] + 1e-3 * model["params"][0]
            return loss(model, X, z) + 5e-4 * flat @ flat, slope.ravel()

        found = scipy.optimize.minimize(
            value_and_slope, start.ravel(), jac=True, method="L-BFGS-B", options={"maxiter": 150}
        )
        return {"params": (found.x.reshape(start.shape),)}

    return new_model, logits, loss, gradients, fit


def _deep(hidden, bend, slope_of_bend):
    """A chain of layers, parameters [W1, b1, W2, b2, ...]."""

    def new_model(N, T, seed):
        rng, params, sizes = np.random.default_rng(seed), [], [N, *hidden, T]
        for n, m in zip(sizes, sizes[1:]):
            params += [rng.normal(size=(n, m)) / np.sqrt(n), np.zeros(m)]
        return {"params": params}

    def forward(model, X):
        params, H, kept = model["params"], X, []
        for k in range(0, len(params), 2):
            A = H @ params[k] + params[k + 1]
            kept.append((H, A))
            H = bend(A)
        return kept

    def logits(model, X):
        return forward(model, X)[-1][1]

    def gradients(model, X, z):
        kept, found = forward(model, X), []
        dA = _errors(kept[-1][1], z)
        for k in reversed(range(len(kept))):
            found = [kept[k][0].T @ dA, dA.sum(axis=0), *found]
            if k:
                dA = (dA @ model["params"][2 * k].T) * slope_of_bend(kept[k - 1][1])
        return found

    return new_model, logits, _loss_of(logits), gradients


def _adam(new_model, gradients, epochs, rate, size, decay=0.0):
    def fit(X, z, seed):
        model, rng, t = new_model(X.shape[1], int(max(z)) + 1, seed), np.random.default_rng([7, seed]), 0
        m = [np.zeros_like(p) for p in model["params"]]
        v = [np.zeros_like(p) for p in model["params"]]
        for _ in range(epochs):
            order = rng.permutation(len(z))
            for batch in (order[k : k + size] for k in range(0, len(z), size)):
                t += 1
                slopes, params = gradients(model, X[batch], z[batch]), []
                for k, (p, g) in enumerate(zip(model["params"], slopes)):
                    m[k] = 0.9 * m[k] + 0.1 * g
                    v[k] = 0.999 * v[k] + 0.001 * g**2
                    step = m[k] / (1 - 0.9**t) / (np.sqrt(v[k] / (1 - 0.999**t)) + 1e-8)
                    params.append(p - rate * (step + decay * p))
                model = {**model, "params": params}
        return model

    return fit


def three_hidden_layers_of_tanh():
    parts = _deep((40, 30, 20), np.tanh, lambda A: 1 - np.tanh(A) ** 2)
    return *parts, _adam(parts[0], parts[3], 20, 3e-3, 32)


def relu_with_weight_decay():
    parts = _deep((100,), lambda A: A.clip(0), lambda A: A > 0)
    return *parts, _adam(parts[0], parts[3], 25, 1e-3, 16, decay=0.01)


def wide_and_leaky():
    parts = _deep((200, 100), lambda A: np.where(A > 0, A, 0.1 * A), lambda A: np.where(A > 0, 1.0, 0.1))
    return *parts, _plain_steps(parts[0], parts[3], 15, 0.1, 25)


def smooth_units():
    def slope(A):
        return (1 + erf(A / np.sqrt(2))) / 2 + A * np.exp(-(A**2) / 2) / np.sqrt(2 * np.pi)

    parts = _deep((64,), lambda A: A * (1 + erf(A / np.sqrt(2))) / 2, slope)
    return *parts, _plain_steps(parts[0], parts[3], 30, 0.2, 20)


def standardised():
    """Means and scales of the features stand beside the parameters; momentum; the rate falls."""
    inner = _deep((64,), np.tanh, lambda A: 1 - np.tanh(A) ** 2)

    def new_model(N, T, seed):
        return inner[0](N, T, seed) | {"mean": np.zeros(N), "scale": np.ones(N)}

    def scaled(model, X):
        return (X - model["mean"]) / model["scale"]

    def logits(model, X):
        return inner[1](model, scaled(model, X))

    def gradients(model, X, z):
        return inner[3](model, scaled(model, X), z)

    def fit(X, z, seed):
        model = new_model(X.shape[1], np.unique(z).size, seed)
        model["mean"], model["scale"] = X.mean(axis=0), X.std(axis=0) + 0.1
        rng, velocity = np.random.default_rng(seed), [0.0] * len(model["params"])
        for epoch in range(25):
            order = rng.permutation(len(X))
            for batch in np.split(order, range(32, len(order), 32)):
                slopes = gradients(model, X[batch], z[batch])
                velocity = [0.9 * v + g for v, g in zip(velocity, slopes)]
                rate = 0.03 * 0.9**epoch
                model["params"] = [p - rate * v for p, v in zip(model["params"], velocity)]
        return model

    return new_model, logits, _loss_of(logits), gradients, fit


def one_long_vector():
    """All parameters in one vector; sigmoid units."""
    hidden = 50

    def new_model(N, T, seed):
        size = (N + 1) * hidden + (hidden + 1) * T
        return {"params": [np.random.default_rng(seed).uniform(-0.3, 0.3, size)], "sizes": (N, T)}

    def cut(model):
        (theta,), (N, T) = model["params"], model["sizes"]
        at = (N + 1) * hidden
        return theta[:at].reshape(N + 1, hidden), theta[at:].reshape(hidden + 1, T)

    def logits(model, X):
        A, B = cut(model)
        return expit(X @ A[1:] + A[0]) @ B[1:] + B[0]

    def gradients(model, X, z):
        A, B = cut(model)
        H = expit(X @ A[1:] + A[0])
        errors = _errors(H @ B[1:] + B[0], z)
        back = errors @ B[1:].T * H * (1 - H)
        parts = back.sum(axis=0), X.T @ back, errors.sum(axis=0), H.T @ errors
        return [np.concatenate([part.ravel() for part in parts])]

    return new_model, logits, _loss_of(logits), gradients, _adam(new_model, gradients, 30, 0.01, 32)


def a_residual_block():
    """tanh(X A) + tanh(X A) R, where R begins with zeros, and a temperature that is learned too."""

    def new_model(N, T, seed):
        rng = np.random.default_rng(seed)
        params = [rng.normal(size=(N, 32)) / np.sqrt(N), np.zeros((32, 32)), rng.normal(size=(32, T)) / 8, np.zeros(T)]
        return {"params": [*params, np.array(1.0)]}

    def parts(model, X):
        A, R, B, c, s = model["params"]
        H = np.tanh(X @ A)
        K = H + np.tanh(H @ R)
        return H, K, K @ B + c, s

    def logits(model, X):
        _, _, P, s = parts(model, X)
        return s * P

    def gradients(model, X, z):
        A, R, B, c, _ = model["params"]
        H, K, P, s = parts(model, X)
        errors = _errors(s * P, z)
        dP = s * errors
        dK = dP @ B.T
        dR = dK * (1 - (K - H) ** 2)
        dA = (dK + dR @ R.T) * (1 - H**2)
        return [X.T @ dA, H.T @ dR, K.T @ dP, dP.sum(axis=0), np.sum(errors * P)]

    return new_model, logits, _loss_of(logits), gradients, _plain_steps(new_model, gradients, 30, 0.1, 10)


def dropout_and_early_stopping():
    """Units are left out at random in training; a part of the data says when to stop."""
    new_model, logits, loss, gradients = _deep((80,), lambda A: A.clip(0), lambda A: A > 0)

    def thinned(model, keep):
        W, b, V, c = model["params"]
        return {"params": [W[:, keep], b[keep], V[keep] / np.mean(keep), c]}

    def fit(X, z, seed):
        rng = np.random.default_rng(seed)
        order, cut = rng.permutation(len(z)), len(z) // 8
        aside, rest = order[:cut], order[cut:]
        model = best = new_model(X.shape[1], z.max() + 1, seed)
        for _ in range(40):
            rng.shuffle(rest)
            for k in range(0, len(rest), 20):
                batch, keep = rest[k : k + 20], rng.random(80) < 0.8
                keep[0] = True
                slopes = gradients(thinned(model, keep), X[batch], z[batch])
                W, b, V, c = (p.copy() for p in model["params"])
                W[:, keep] -= 0.2 * slopes[0]
                b[keep] -= 0.2 * slopes[1]
                V[keep] -= 0.2 * slopes[2] / np.mean(keep)
                model = {"params": [W, b, V, c - 0.2 * slopes[3]]}
            if loss(model, X[aside], z[aside]) < loss(best, X[aside], z[aside]):
                best = model
        return best

    return new_model, logits, loss, gradients, fit


def one_example_at_a_time():
    """Loops over the examples, an outer product for each."""

    def new_model(N, T, seed):
        rng = np.random.default_rng(seed)
        return {"params": [rng.normal(0, 0.1, (30, N)), np.full(30, 0.01), rng.normal(0, 0.1, (T, 30)), np.zeros(T)]}

    def of_one(params, x):
        V, a, W, b = params
        h = np.maximum(V @ x + a, 0)
        return h, W @ h + b

    def logits(model, X):
        return np.array([of_one(model["params"], x)[1] for x in X])

    def gradients(model, X, z):
        V, a, W, b = model["params"]
        total = [np.zeros_like(p) for p in model["params"]]
        for x, label in zip(X, z):
            h, p = of_one(model["params"], x)
            f = softmax(p)
            f[label] -= 1
            back = (W.T @ f) * (h > 0)
            for g, part in zip(total, (np.outer(back, x), back, np.outer(f, h), f)):
                g += part / len(X)
        return total

    return new_model, logits, _loss_of(logits), gradients, _plain_steps(new_model, gradients, 12, 0.01, 1)


ALL = (
    softmax_regression,
    minimised_by_a_library,
    three_hidden_layers_of_tanh,
    relu_with_weight_decay,
    wide_and_leaky,
    smooth_units,
    standardised,
    one_long_vector,
    a_residual_block,
    dropout_and_early_stopping,
    one_example_at_a_time,
)
