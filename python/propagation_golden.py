"""LRP, DeepLIFT and contextual decomposition of small networks, written down cell by cell, numpy only.

    python python/propagation_golden.py tests/golden/propagation_golden.json

Networks and input are those of `methods_golden.py`, one counter a network: T = 5, I = 2, H = 3, C = 2; the score is the
logit of class 1 at the last step, the baseline is zero. The core has one rule for every operation of a cell; here every
cell is spelled out, DeepLIFT goes forwards instead of backwards, and the rest's part γ has equations of its own, so that
nothing but the definitions is shared.
    lrp              [T,I] ε = 1e-3, the signal gets all, biases left out
    deeplift, cancel [T,I] Rescale; RevealCancel on the two parts of a sum
    cd_words [T], cd_phrase  steps 1..3 counted from 0; the biases' product is the phrase's at each of its steps
"""
import json, sys
import numpy as np
from methods_golden import C, H, I, T, counter, plain, sigmoid, x

CLASS = 1
EPSILON = 1e-3


def weights(gates):
    """W_ih, W_hh, b_ih, b_hh by gate, W_out, b_out."""
    W_ih, W_hh, b_ih, b_hh, W_out, b_out = counter((gates * H, I), (gates * H, H), (gates * H,), (gates * H,), (C, H), (C,))
    return W_ih.reshape(gates, H, I), W_hh.reshape(gates, H, H), b_ih.reshape(gates, H), b_hh.reshape(gates, H), W_out[CLASS], b_out[CLASS]


# ---------------------------------------------------------------- LRP

def share(terms, total, R):
    """Relevance of terms [N,M] that add up, with a bias, to total [M]."""
    return (terms / (total + EPSILON * np.where(total >= 0, 1.0, -1.0)) * R).sum(1)


def lrp_gru():
    W, U, b, d, w, _ = weights(3)
    h, steps = [np.zeros(H)], []
    for t in range(T):
        r, z = (sigmoid(W[k] @ x[t] + b[k] + U[k] @ h[-1] + d[k]) for k in (0, 1))
        a = W[2] @ x[t] + b[2] + r * (U[2] @ h[-1] + d[2])
        steps.append((r, z, a, np.tanh(a)))
        h.append((1 - z) * np.tanh(a) + z * h[-1])
    R, scores = share((w * h[-1])[:, None], np.array([w @ h[-1]]), np.array([w @ h[-1]])), np.zeros((T, I))
    for t in reversed(range(T)):
        r, z, a, n = steps[t]
        R_n, R_kept = share(np.diag((1 - z) * n), h[t + 1], R), share(np.diag(z * h[t]), h[t + 1], R)
        scores[t] = share(W[2].T * x[t][:, None], a, R_n)
        R = R_kept + share((r[:, None] * U[2]).T * h[t][:, None], a, R_n)
    return scores


def lrp_rnn():
    W, U, b, d, w, _ = weights(1)
    h, sums = [np.zeros(H)], []
    for t in range(T):
        sums.append(W[0] @ x[t] + b[0] + U[0] @ h[-1] + d[0])
        h.append(np.tanh(sums[-1]))
    R, scores = share((w * h[-1])[:, None], np.array([w @ h[-1]]), np.array([w @ h[-1]])), np.zeros((T, I))
    for t in reversed(range(T)):
        scores[t] = share(W[0].T * x[t][:, None], sums[t], R)
        R = share(U[0].T * h[t][:, None], sums[t], R)
    return scores


# ---------------------------------------------------------------- DeepLIFT, forwards

class Value:
    """A value, its value at the baseline, and how its difference is made of the inputs': [H], [H], [H,T·I]."""

    def __init__(self, y, base, made):
        self.y, self.base, self.made = y, base, made

    def __add__(self, other):
        return Value(self.y + other.y, self.base + other.base, self.made + other.made)

    def __mul__(self, other):
        made = ((other.y + other.base) / 2)[:, None] * self.made + ((self.y + self.base) / 2)[:, None] * other.made
        return Value(self.y * other.y, self.base * other.base, made)

    def rest(self):
        return Value(1 - self.y, 1 - self.base, -self.made)


def activated(f, first, second, cancel):
    total = first + second
    y, base = f(total.y), f(total.base)
    d, d1, d2 = total.y - total.base, first.y - first.base, second.y - second.base
    one = np.where(np.abs(d) > 1e-9, (y - base) / np.where(d == 0, 1, d), (f(total.y + 1e-5) - f(total.y - 1e-5)) / 2e-5)
    m1, m2 = one, one
    if cancel:
        opposed = (d1 * d2 < 0) & (np.minimum(np.abs(d1), np.abs(d2)) > 1e-5)
        only1, only2 = f(total.base + d1), f(total.base + d2)
        m1 = np.where(opposed, (only1 - base + y - only2) / 2 / np.where(opposed, d1, 1), one)
        m2 = np.where(opposed, (only2 - base + y - only1) / 2 / np.where(opposed, d2, 1), one)
    return Value(y, base, m1[:, None] * first.made + m2[:, None] * second.made)


def deeplift(kind, cancel):
    W, U, b, d, w, _ = weights(dict(lstm=4, gru=3, rnn=1)[kind])
    h = c = Value(np.zeros(H), np.zeros(H), np.zeros((H, T * I)))
    act = lambda f, first, second: activated(f, first, second, cancel)
    for t in range(T):
        here = np.eye(T * I)[t * I : (t + 1) * I]
        p = [Value(W[k] @ x[t] + b[k], b[k], W[k] @ here) for k in range(len(W))]
        u = [Value(U[k] @ h.y + d[k], U[k] @ h.base + d[k], U[k] @ h.made) for k in range(len(W))]
        if kind == "rnn":
            h = act(np.tanh, p[0], u[0])
        elif kind == "lstm":
            i, f, o = (act(sigmoid, p[k], u[k]) for k in (0, 1, 3))
            kept, new = f * c, i * act(np.tanh, p[2], u[2])
            c = kept + new
            h = o * act(np.tanh, kept, new)
        else:
            r, z = (act(sigmoid, p[k], u[k]) for k in (0, 1))
            h = z.rest() * act(np.tanh, p[2], r * u[2]) + z * h
    scores = (w @ h.made).reshape(T, I) * x
    assert abs(scores.sum() - w @ (h.y - h.base)) < 1e-14
    return scores


# ---------------------------------------------------------------- contextual decomposition: (β, γ, bias)

def three(f, v):
    r, q, b = v
    part = lambda r, q: (f(r + b) - f(b) + f(r + q + b) - f(q + b)) / 2
    return part(r, q), part(q, r), f(b)


def product(a, s):
    return a[0] * (s[0] + s[2]) + a[2] * s[0], a[1] * (s[0] + s[1] + s[2]) + (a[0] + a[2]) * s[1], a[2] * s[2]


def plus(a, b):
    return tuple(p + q for p, q in zip(a, b))


def contextual(kind, start, stop):
    W, U, b, d, w, _ = weights(dict(gru=3, rnn=1)[kind])
    zero = np.zeros(H)
    rel, rest, h = zero, zero, zero
    for t in range(T):
        inside = start <= t <= stop
        p = [(W[k] @ x[t], zero, b[k]) if inside else (zero, W[k] @ x[t], b[k]) for k in range(len(W))]
        u = [(U[k] @ rel, U[k] @ rest, d[k]) for k in range(len(W))]
        if kind == "rnn":
            new = three(np.tanh, plus(p[0], u[0]))
            h = np.tanh(W[0] @ x[t] + b[0] + U[0] @ h + d[0])
        else:
            r, z = (three(sigmoid, plus(p[k], u[k])) for k in (0, 1))
            n = three(np.tanh, plus(p[2], product(r, u[2])))
            new = plus(product((-z[0], -z[1], 1 - z[2]), n), product(z, (rel, rest, zero)))
            R, Z = (sigmoid(W[k] @ x[t] + b[k] + U[k] @ h + d[k]) for k in (0, 1))
            h = (1 - Z) * np.tanh(W[2] @ x[t] + b[2] + R * (U[2] @ h + d[2])) + Z * h
        rel, rest = (new[0] + new[2], new[1]) if inside else (new[0], new[1] + new[2])
        assert np.allclose(rel + rest, h, atol=1e-15)
    return w @ rel


def fixture():
    out = {kind: dict(deeplift=deeplift(kind, False), cancel=deeplift(kind, True)) for kind in ("lstm", "gru", "rnn")}
    out["gru"]["lrp"], out["rnn"]["lrp"] = lrp_gru(), lrp_rnn()
    for kind in ("gru", "rnn"):
        out[kind] |= dict(cd_words=[contextual(kind, t, t) for t in range(T)], cd_phrase=contextual(kind, 1, 3))
    return out


if __name__ == "__main__":
    with open(sys.argv[1], "w") as file:
        json.dump(plain(fixture()), file, indent=1)
        file.write("\n")
