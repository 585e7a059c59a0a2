"""Right answers to the exercise "A classifier of your own", beside the solution's other functions: each must be
accepted. Whole answers of other designs are in tests/designs.py."""

import numpy as np
import scipy.optimize
import scipy.special


def new_model__one_hidden_layer_of_ten(N, T, seed):
    rng = np.random.default_rng(seed)
    W, V = rng.normal(0, N**-0.5, size=(N, 10)), rng.uniform(-0.1, 0.1, size=(10, T))
    return {"params": [W, np.zeros(10), V, np.zeros(T)]}


def new_model__a_tuple_of_lists(N, T, seed):
    rng = np.random.RandomState(seed)
    shapes = ((N, 20), (20,), (20, T), (T,))
    return {"params": tuple((0.1 * rng.standard_normal(shape)).tolist() for shape in shapes)}


def new_model__last_layer_of_zeros(N, T, seed):
    rng = np.random.default_rng(seed)
    return {"params": [rng.normal(size=(N, 32)) / np.sqrt(N), np.full(32, 0.01), np.zeros((32, T)), np.zeros(T)]}


def new_model__with_settings_beside(N, T, seed):
    rng = np.random.default_rng([seed, N, T])
    params = [rng.normal(size=(N, 64)) * np.sqrt(2 / N), np.zeros(64), rng.normal(size=(64, T)) / 8, np.zeros(T)]
    return {"params": params, "bend": "relu", "mean": np.zeros(N), "trained": False}


def new_model__the_same_start_for_every_seed(N, T, seed):
    rng = np.random.default_rng(0)
    return {"params": [0.2 * rng.normal(size=(N, 8)), np.zeros(8), 0.2 * rng.normal(size=(8, T)), np.zeros(T)]}


def new_model__in_float32(N, T, seed):
    rng = np.random.default_rng(seed)
    W, V = rng.normal(size=(N, 16)) / np.sqrt(N), rng.normal(size=(16, T)) / 4
    return {"params": [np.float32(p) for p in (W, np.zeros(16), V, np.zeros(T))]}


def logits__by_einsum(model, X):
    W, b, V, c = model["params"]
    H = np.clip(np.einsum("bn,nm->bm", X, W) + b, 0, None)
    return np.einsum("bm,mt->bt", H, V) + c


def logits__row_by_row(model, X):
    W, b, V, c = model["params"]
    return [[float(v) for v in np.maximum(x @ W + b, 0) @ V + c] for x in X]


def logits__with_a_column_of_ones(model, X):
    W, b, V, c = model["params"]
    ones = np.ones((len(X), 1))
    H = np.hstack([X, ones]) @ np.vstack([W, b])
    return np.hstack([H * (H > 0), ones]) @ np.vstack([V, c])


def logits__for_any_number_of_layers(model, X):
    *before, W, b = model["params"]
    H = X
    for k in range(0, len(before), 2):
        H = np.maximum(0, H @ before[k] + before[k + 1])
    return H @ W + b


def logits__centred_in_each_row(model, X):
    W, b, V, c = model["params"]
    P = np.maximum(X @ W + b, 0) @ V + c
    print("logits of", len(X), "rows")
    return P - P.mean(axis=1, keepdims=True)


def logits__log_probabilities(model, X):
    W, b, V, c = model["params"]
    return scipy.special.log_softmax(np.maximum(X @ W + b, 0) @ V + c, axis=1)


def _logits(model, X):
    W, b, V, c = model["params"]
    return np.maximum(X @ W + b, 0) @ V + c


def loss__by_scipy(model, X, z):
    P = _logits(model, X)
    return np.mean(scipy.special.logsumexp(P, axis=1) - P[range(len(z)), z])


def loss__one_hot(model, X, z):
    P = _logits(model, X)
    return -np.sum(np.eye(P.shape[1])[z] * scipy.special.log_softmax(P, axis=1)) / len(P)


def loss__example_by_example(model, X, z):
    total = 0.0
    for p, label in zip(_logits(model, X), z):
        total += np.logaddexp.reduce(p - p[label])
    return total / len(z)


def loss__zero_dimensional(model, X, z):
    P = _logits(model, X)
    largest = np.take_along_axis(P, P.argmax(axis=1)[:, None], axis=1)
    chosen = np.take_along_axis(P, z[:, None], axis=1)
    return np.array(np.mean(largest - chosen + np.log(np.exp(P - largest).sum(axis=1, keepdims=True))))


def loss__in_single_precision_at_the_end(model, X, z):
    P = _logits(model, X)
    return np.float32(np.mean(np.logaddexp.reduce(P, axis=1) - P[np.arange(len(z)), z]))


def _errors(P, z):
    F = scipy.special.softmax(P, axis=1)
    F[np.arange(len(z)), z] -= 1
    return F / len(z)


def gradients__by_einsum(model, X, z):
    W, b, V, c = model["params"]
    A = X @ W + b
    H = A.clip(min=0)
    E = _errors(H @ V + c, z)
    D = np.einsum("bt,mt->bm", E, V) * np.heaviside(A, 0.0)
    return np.einsum("bn,bm->nm", X, D), np.ones(len(X)) @ D, np.einsum("bm,bt->mt", H, E), np.ones(len(X)) @ E


def gradients__example_by_example(model, X, z):
    W, b, V, c = model["params"]
    total = [np.zeros(np.shape(p)) for p in model["params"]]
    for x, label in zip(X, z):
        a = x @ W + b
        h = np.where(a > 0, a, 0)
        e = scipy.special.softmax(h @ V + c)
        e[label] -= 1
        d = (V @ e) * (a > 0)
        for g, part in zip(total, (np.outer(x, d), d, np.outer(h, e), e)):
            g += part
    return [g / len(z) for g in total]


def gradients__divided_at_the_end(model, X, z):
    W, b, V, c = model["params"]
    H = np.maximum(X @ W + b, 0)
    E = _errors(H @ V + c, z) * len(z)
    D = (E @ V.T) * np.sign(H)
    return [np.mean(X[:, :, None] * D[:, None], axis=0), D.mean(axis=0), H.T @ E / len(z), E.mean(axis=0)]


def gradients__in_lists(model, X, z):
    return [g.tolist() for g in gradients__by_einsum(model, X, z)]


def gradients__through_the_probabilities(model, X, z):
    W, b, V, c = model["params"]
    H = np.maximum(X @ W + b, 0)
    F = scipy.special.softmax(H @ V + c, axis=1)
    Y = np.eye(F.shape[1])[z]
    # f_j and, for the right class, the sum of the others: no digit is lost where the model is sure.
    E = np.where(Y == 1, -(F * (1 - Y)).sum(axis=1, keepdims=True), F) / len(z)
    D = np.where(H > 0, E @ V.T, 0)
    return [X.T @ D, D.sum(0), H.T @ E, E.sum(0)]


def gradients__backwards_through_a_list(model, X, z):
    params, kept = model["params"], [X]
    for k in (0, 2):
        A = kept[-1] @ params[k] + params[k + 1]
        kept.append(np.maximum(A, 0) if k == 0 else A)
    E, found = _errors(kept.pop(), z), []
    while kept:
        H = kept.pop()
        found[:0] = [H.T @ E, E.sum(axis=0)]
        if kept:
            E = (E @ params[2 * len(kept)].T) * (H > 0)
    return found


def check_gradients__along_random_directions(loss, gradients, model, X, z):
    rng, claimed = np.random.default_rng(0), gradients(model, X, z)
    if len(claimed) != len(model["params"]):
        return False
    for k, (parameter, g) in enumerate(zip(model["params"], claimed)):
        if np.shape(g) != np.shape(parameter) or not np.isfinite(g).all():
            return False
        for _ in range(4):
            u, values = rng.normal(size=np.shape(parameter)), []
            for h in (1e-5, -1e-5):
                params = list(model["params"])
                params[k] = parameter + h * u
                values.append(loss({**model, "params": params}, X, z))
            slope = (values[0] - values[1]) / 2e-5
            if abs(slope - np.sum(g * u)) > 1e-5 * max(abs(slope), np.linalg.norm(g)):
                return False
    return True


def check_gradients__four_points(loss, gradients, model, X, z):
    claimed, where = gradients(model, X, z), model["params"]

    def measured(k, at, h=1e-3):
        def f(step):
            copies = [np.array(p, dtype=float) for p in where]
            copies[k][at] += step
            return loss(dict(model, params=copies), X, z)

        return (8 * (f(h) - f(-h)) - f(2 * h) + f(-2 * h)) / (12 * h)

    if [np.shape(g) for g in claimed] != [np.shape(p) for p in where]:
        return np.False_
    off = []
    for k, g in enumerate(claimed):
        truth = np.array([measured(k, at) for at in np.ndindex(np.shape(g))]).reshape(np.shape(g))
        off.append(np.max(np.abs(g - truth)) / np.max(np.abs(truth)))
    return np.max(off) < 1e-3


def check_gradients__entry_by_entry_relative(loss, gradients, model, X, z):
    try:
        claimed = [np.asarray(g, dtype=float) for g in gradients(model, X, z)]
        for k in range(max(len(claimed), len(model["params"]))):
            g, parameter = claimed[k], model["params"][k]
            assert g.shape == parameter.shape
            for at, _ in np.ndenumerate(parameter):
                up, down = ([p.copy() for p in model["params"]] for _ in range(2))
                up[k][at] += 1e-5
                down[k][at] -= 1e-5
                slope = (loss(model | {"params": up}, X, z) - loss(model | {"params": down}, X, z)) / (up[k] - down[k])[
                    at
                ]
                assert abs(g[at] - slope) <= 1e-5 * np.abs(g).max() + 1e-4 * abs(slope)
    except (AssertionError, IndexError):
        return False
    return True


def check_gradients__by_scipy(loss, gradients, model, X, z):
    given, kept = gradients(model, X, z), list(model["params"])
    if len(given) != len(kept):
        return False
    for k, p in enumerate(kept):

        def f(flat, k=k, p=p):
            return loss(model | {"params": [*kept[:k], flat.reshape(p.shape), *kept[k + 1 :]]}, X, z)

        slopes = scipy.optimize._numdiff.approx_derivative(f, p.ravel(), method="3-point").reshape(p.shape)
        if np.shape(given[k]) != p.shape or not np.allclose(given[k], slopes, rtol=0, atol=1e-3 * np.abs(slopes).max()):
            return False
    return True


def check_gradients__moved_and_put_back(loss, gradients, model, X, z):
    claimed, mine = gradients(model, X, z), [p.copy() for p in model["params"]]
    if len(claimed) - len(mine):
        return False
    for g, p in zip(claimed, mine):
        if not isinstance(g, np.ndarray) or g.shape != p.shape:
            return False
        slopes = np.empty(p.shape)
        for k in range(p.size):
            old = p.flat[k]
            p.flat[k] = old + 2.0**-17
            slopes.flat[k] = loss({**model, "params": mine}, X, z)
            p.flat[k] = old - 2.0**-17
            slopes.flat[k] -= loss({**model, "params": mine}, X, z)
            p.flat[k] = old
        slopes *= 2.0**16
        if not np.linalg.norm(g - slopes) < 1e-5 * np.linalg.norm(slopes):
            return False
    return True


def _start(X, z, seed):
    rng, N, T = np.random.default_rng(seed), X.shape[1], len(set(z.tolist()))
    return [
        rng.normal(size=(N, 48)) * np.sqrt(2 / N), np.zeros(48), rng.normal(size=(48, T)) / 7, np.zeros(T)
    ], rng  # fmt: skip


def _slopes(params, X, z):
    return gradients__by_einsum({"params": params}, X, z)


def fit__plain_steps(X, z, seed):
    params, rng = _start(X, z, seed)
    for _ in range(30):
        for batch in np.array_split(rng.permutation(len(z)), len(z) // 15):
            params = [p - 0.2 * g for p, g in zip(params, _slopes(params, X[batch], z[batch]))]
    return {"params": params}


def fit__drawn_with_replacement(X, z, seed):
    params, rng = _start(X, z, seed)
    for _ in range(2000):
        batch = rng.integers(len(z), size=20)
        params = [p - 0.15 * g for p, g in zip(params, _slopes(params, X[batch], z[batch]))]
    return {"params": params}


def fit__rate_that_falls(X, z, seed):
    params, rng = _start(X, z, seed)
    velocity, order = [0, 0, 0, 0], np.arange(len(X))
    for epoch in range(20):
        rng.shuffle(order)
        for k in range(0, len(order), 25):
            batch = order[k : k + 25]
            for m, g in enumerate(_slopes(params, X[batch], z[batch])):
                velocity[m] = 0.9 * velocity[m] - 0.05 * 0.9**epoch * g
                params[m] = params[m] + velocity[m]
    return {"params": tuple(params)}


def fit__all_rows_at_once(X, z, seed):
    params, _ = _start(X, z, seed)
    shapes, cuts = [p.shape for p in params], np.cumsum([p.size for p in params])[:-1]

    def parts(flat):
        return [part.reshape(shape) for part, shape in zip(np.split(flat, cuts), shapes)]

    def value_and_slope(flat):
        model = {"params": parts(flat)}
        slopes = np.concatenate([g.ravel() for g in _slopes(model["params"], X, z)])
        return loss__by_scipy(model, X, z) + 5e-4 * flat @ flat, slopes + 1e-3 * flat

    start = np.concatenate([p.ravel() for p in params])
    found = scipy.optimize.minimize(value_and_slope, start, jac=True, method="L-BFGS-B", options={"maxiter": 80})
    return {"params": parts(found.x)}


def fit__lists_in_the_end(X, z, seed):
    return {"params": [p.tolist() for p in fit__plain_steps(X, z, seed)["params"]]}


def fit__stops_when_it_is_good_enough(X, z, seed):
    params, rng = _start(X, z, seed)
    for epoch in range(60):
        for batch in np.array_split(rng.permutation(len(z)), len(z) // 20):
            params = [p - 0.2 * g for p, g in zip(params, _slopes(params, X[batch], z[batch]))]
        if loss__by_scipy({"params": params}, X, z) < 0.03:
            print(f"stopped after {epoch + 1} epochs")
            break
    return {"params": params}
