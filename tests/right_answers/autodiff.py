"""Right answers to the exercise "From backpropagation to automatic differentiation", in unlike styles: each must
be accepted. An operation builds its result with the class of its arguments."""

import math
from collections import Counter, deque

import numpy as np


def unbroadcast__axis_by_axis(grad, shape):
    grad = np.array(grad, dtype=float)
    while grad.ndim > len(shape):
        grad = grad.sum(axis=0)
    for axis, length in enumerate(shape):
        if length == 1:
            grad = grad.sum(axis=axis, keepdims=True)
    return grad


def unbroadcast__padded_and_reshaped(grad, shape):
    grad = np.asarray(grad)
    padded = (1,) * (grad.ndim - len(shape)) + tuple(shape)
    axes = tuple(k for k in range(grad.ndim) if padded[k] == 1)
    return np.sum(grad, axis=axes).reshape(shape)


def unbroadcast__scattered(grad, shape):
    grad = np.asarray(grad, dtype=float)
    total = np.zeros(shape)
    places = np.broadcast_to(np.arange(total.size).reshape(shape), grad.shape)
    np.add.at(total.reshape(-1), places.ravel(), grad.ravel())
    return total


def unbroadcast__with_bincount(grad, shape):
    grad = np.asarray(grad, dtype=float)
    size = math.prod(shape)
    places = np.broadcast_to(np.arange(size).reshape(shape), grad.shape)
    return np.bincount(places.ravel(), grad.ravel(), minlength=size).reshape(shape).tolist()


def unbroadcast__by_loops(grad, shape):
    grad = np.asarray(grad, dtype=float)
    total = np.zeros(shape)
    for place in np.ndindex(grad.shape):
        tail = place[grad.ndim - len(shape) :]
        total[tuple(0 if n == 1 else k for k, n in zip(tail, shape))] += grad[place]
    return total


def unbroadcast__itself_where_nothing_is_to_do(grad, shape):
    if np.shape(grad) == tuple(shape):
        return grad
    return unbroadcast__axis_by_axis(np.float32(grad), shape)


def _down(G, like):
    return unbroadcast__padded_and_reshaped(G, np.shape(like.data))


def add__with_a_function(a, b):
    def pull(G):
        print("pulling")
        return _down(G, a), _down(G, b)

    return type(a)(a.data + b.data, (a, b), pull)


def add__list_of_gradients(a, b):
    return type(a)(np.add(a.data, b.data), [a, b], lambda G: [_down(G, parent) for parent in (a, b)])


def add__attributes_set_later(a, b):
    out = type(a)(a.data + b.data)
    out.parents = (a, b)
    out.pull = lambda G: tuple(unbroadcast__by_loops(G, p.data.shape) for p in out.parents)
    return out


def add__lists_come_back(a, b):
    return type(a)(a.data + b.data, (a, b), lambda G: (_down(G, a).tolist(), _down(G, b).tolist()))


class _Adder:
    def __init__(self, a, b):
        self.parents = (a, b)

    def __call__(self, G):
        return tuple(unbroadcast__scattered(np.float32(G), p.data.shape) for p in self.parents)


def add__with_a_class(a, b):
    rule = _Adder(a, b)
    return type(a)(sum(p.data for p in rule.parents), rule.parents, rule)


def multiply__with_a_function(a, b):
    def pull(G):
        dA = G * b.data
        dB = G * a.data
        return _down(dA, a), _down(dB, b)

    return type(a)(np.multiply(a.data, b.data), (a, b), pull)


def multiply__broadcast_first(a, b):
    A, B = np.broadcast_arrays(a.data, b.data)
    return type(a)(A * B, (a, b), lambda G: (_down(B * G, a), _down(A * G, b)))


def multiply__in_place_on_a_copy(a, b):
    def pull(G):
        dA, dB = np.array(G), np.array(G)
        dA *= b.data
        dB *= a.data
        return [_down(dA, a), _down(dB, b)]

    return type(a)(a.data * b.data, (a, b), pull)


def multiply__in_float32(a, b):
    A, B = np.float32(a.data), np.float32(b.data)
    return type(a)(A * B, (a, b), lambda G: (_down(np.float32(G) * B, a), _down(np.float32(G) * A, b)))


def multiply__quiet_and_with_a_partial(a, b):
    from functools import partial

    np.seterr(all="ignore")

    def pull(others, G):
        return tuple(_down(G * other.data, own) for own, other in zip((a, b), others))

    return type(a)(a.data * b.data, (a, b), partial(pull, (b, a)))


def matmul__by_einsum(a, b):
    def pull(G):
        return np.einsum("nm,km->nk", G, b.data), np.einsum("nk,nm->km", a.data, G)

    return type(a)(np.einsum("nk,km->nm", a.data, b.data), (a, b), pull)


def matmul__row_by_row(a, b):
    def pull(G):
        dB = np.zeros(b.data.shape)
        for row, g in zip(a.data, G):
            dB += np.outer(row, g)
        return np.array([b.data @ g for g in G]), dB

    return type(a)([row @ b.data for row in a.data], (a, b), pull)


def matmul__transposed_twice(a, b):
    return type(a)((b.data.T @ a.data.T).T, (a, b), lambda G: ((b.data @ G.T).T, (G.T @ a.data).T))


def matmul__tensordot(a, b):
    return type(a)(
        np.tensordot(a.data, b.data, 1),
        (a, b),
        lambda G: [np.tensordot(G, b.data, (1, 1)), np.tensordot(a.data, G, (0, 0))],
    )


def matmul__broadcast_and_summed(a, b):
    A, B = a.data[:, :, None], b.data[None]
    return type(a)(
        (A * B).sum(axis=1),
        (a, b),
        lambda G: ((G[:, None] * B).sum(axis=2), (G[:, None] * A).sum(axis=0).tolist()),
    )


def exp__of_the_result(a):
    out = type(a)(np.exp(a.data), (a,))
    out.pull = lambda G: (G * out.data,)
    return out


def exp__computed_again(a):
    return type(a)(np.exp(a.data), (a,), lambda G: [np.exp(a.data) * G])


def exp__power_of_e(a):
    return type(a)(np.e**a.data, (a,), lambda G: (np.multiply(G, np.power(np.e, a.data)),))


def exp__with_math(a):
    value = np.array([math.exp(t) for t in a.data.ravel()]).reshape(a.data.shape)
    return type(a)(value, (a,), lambda G: ((value * G).tolist(),))


def exp__by_expm1(a):
    return type(a)(np.expm1(a.data) + 1, (a,), lambda G: (G + G * np.expm1(a.data),))


def exp__in_float32(a):
    value = np.exp(np.float32(a.data))
    return type(a)(value, (a,), lambda G: (np.float32(G) * value,))


def log__divided(a):
    return type(a)(np.log(a.data), (a,), lambda G: (np.divide(G, a.data),))


def log__reciprocal(a):
    slope = 1 / a.data
    return type(a)(np.log(a.data), [a], lambda G: [slope * G])


def log__back_from_the_result(a):
    value = np.log(a.data)
    return type(a)(value, (a,), lambda G: (G * np.exp(-value),))


def log__from_base_two(a):
    return type(a)(np.log2(a.data) * np.log(2), (a,), lambda G: (G * a.data**-1.0,))


def log__in_float32(a):
    A = np.float32(a.data)
    return type(a)(np.log(A), (a,), lambda G: (np.float32(G) / A,))


def log__with_math(a):
    value = [math.log(t) for t in a.data.ravel()]
    return type(a)(np.reshape(value, a.data.shape), (a,), lambda G: ((G / a.data).tolist(),))


def sum__ones(a):
    return type(a)(np.sum(a.data), (a,), lambda G: (G * np.ones_like(a.data),))


def sum__broadcast_view(a):
    return type(a)(a.data.sum(), (a,), lambda G: (np.broadcast_to(G, a.data.shape),))


def sum__by_fsum(a):
    return type(a)(math.fsum(a.data.ravel()), (a,), lambda G: [np.full_like(a.data, float(G))])


def sum__product_with_ones(a):
    flat = a.data.reshape(-1)
    return type(a)(flat @ np.ones(flat.size), (a,), lambda G: ((np.ones(flat.size) * G).reshape(a.data.shape),))


def sum__einsum(a):
    return type(a)(np.einsum("i->", a.data.ravel()), (a,), lambda G: ((np.zeros(a.data.shape) + G).tolist(),))


def maximum__where(a, b):
    wins = a.data >= b.data
    return type(a)(
        np.where(wins, a.data, b.data),
        (a, b),
        lambda G: (_down(np.where(wins, G, 0), a), _down(np.where(wins, 0, G), b)),
    )


def maximum__heaviside(a, b):
    share = np.heaviside(a.data - b.data, 0.5)
    return type(a)(np.maximum(a.data, b.data), (a, b), lambda G: [_down(G * share, a), _down(G * (1 - share), b)])


def maximum__half_of_sum_and_distance(a, b):
    sign = np.sign(a.data - b.data)
    value = (a.data + b.data + np.abs(a.data - b.data)) / 2
    return type(a)(value, (a, b), lambda G: (_down(G * (1 + sign) / 2, a), _down(G * (1 - sign) / 2, b)))


def maximum__compared_with_the_result(a, b):
    out = type(a)(np.maximum(a.data, b.data), (a, b))
    out.pull = lambda G: tuple(_down(G * (p.data == out.data), p) for p in (a, b))
    return out


def maximum__zeroed_copies(a, b):
    A, B = np.broadcast_arrays(a.data, b.data)

    def pull(G):
        dA, dB = np.array(G), np.array(G)
        dA[A < B] = 0
        dB[A >= B] = 0
        return _down(dA, a), _down(dB, b).tolist()

    return type(a)(np.fmax(A, B), (a, b), pull)


def backward__counting_uses(tensor):
    uses, found = Counter(), [tensor]
    for node in found:
        node.grad = np.zeros_like(node.data)
        for parent in node.parents:
            if not uses[parent]:
                found.append(parent)
            uses[parent] += 1
    tensor.grad = np.ones(tensor.data.shape)
    ready = deque([tensor])
    while ready:
        node = ready.popleft()
        for parent, gradient in zip(node.parents, node.pull(node.grad)):
            parent.grad = parent.grad + gradient
            uses[parent] -= 1
            if not uses[parent]:
                ready.append(parent)


def backward__path_by_path(tensor, gradient=None):
    if gradient is None:
        gradient = np.ones_like(tensor.data)
    tensor.grad = gradient if tensor.grad is None else tensor.grad + gradient
    for parent, part in zip(tensor.parents, tensor.pull(gradient)):
        backward__path_by_path(parent, part)


def backward__without_recursion(tensor):
    order, seen, stack = [], set(), [(tensor, False)]
    while stack:
        node, done = stack.pop()
        if done:
            order.append(node)
        elif id(node) not in seen:
            seen.add(id(node))
            stack.append((node, True))
            stack.extend((parent, False) for parent in node.parents)
    gradients = {id(tensor): np.ones_like(tensor.data)}
    for node in reversed(order):
        node.grad = gradients[id(node)]
        for parent, gradient in zip(node.parents, node.pull(node.grad)):
            known = gradients.get(id(parent))
            gradients[id(parent)] = gradient if known is None else known + gradient
    return tensor


def backward__by_longest_distance(tensor):
    level = {}

    def push(node, distance):
        if level.get(node, -1) < distance:
            level[node] = distance
            for parent in node.parents:
                push(parent, distance + 1)

    push(tensor, 0)
    for node in level:
        node.grad = np.zeros(node.data.shape)
    tensor.grad += 1
    for node in sorted(level, key=level.get):
        for parent, gradient in zip(node.parents, node.pull(node.grad)):
            parent.grad += gradient


def backward__asking_the_users(tensor):
    users, seen = {}, [tensor]
    for node in seen:
        for place, parent in enumerate(node.parents):
            users.setdefault(parent, []).append((node, place))
            if parent not in seen:
                seen.append(parent)

    def gradient(node):
        if node.grad is None:
            parts = [user.pull(gradient(user))[place] for user, place in users[node]]
            node.grad = np.add.reduce(parts)
        return node.grad

    for node in seen:
        node.grad = None
    tensor.grad = np.ones_like(tensor.data)
    for node in seen:
        gradient(node)


def backward__in_place_on_copies(tensor):
    order = []

    def visit(node):
        if node not in order:
            [visit(parent) for parent in node.parents[::-1]]
            order.insert(0, node)

    visit(tensor)
    tensor.grad = np.ones_like(tensor.data)
    for node in order:
        for parent, gradient in zip(node.parents, node.pull(node.grad.copy())):
            if parent.grad is None:
                parent.grad = np.array(gradient)
            else:
                parent.grad += gradient
