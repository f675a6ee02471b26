"""A float64 fixture for every decomposition, numpy only.

    python python/methods_golden.py tests/golden/methods_golden.json

The weights are written down by a formula, so that a test can rebuild them without this file: one counter
k = 0, 1, 2, ... runs over the tensors in the order named, in C order inside a tensor, and w_k = 0.6 sin(1.3 k + 0.7).
The input has a counter of its own: x_k = cos(0.9 k + 0.2). T = 5 steps, I = 2 inputs, H = 3 units, C = 2 classes.
LSTM: W_ih [4H,I], W_hh [4H,H], b_ih [4H], b_hh [4H], W_out [C,H], b_out [C], gates i, f, g, o.
GRU, with a fresh counter: W_ih [3H,I], W_hh [3H,H], b_ih [3H], b_hh [3H], W_out [C,H], b_out [C], gates r, z, n.
Scores named TxC sum over T to what the method decomposes: W_out h_T, the bias left aside.
"""
import json, sys
import numpy as np

T, I, H, C = 5, 2, 3, 2
x = np.cos(0.9 * np.arange(T * I) + 0.2).reshape(T, I)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def counter(*shapes):
    """Tensors of these shapes, filled in order by the formula."""
    k, out = 0, []
    for shape in shapes:
        n = int(np.prod(shape))
        out.append((0.6 * np.sin(1.3 * np.arange(k, k + n) + 0.7)).reshape(shape))
        k += n
    return out


# ---------------------------------------------------------------- LSTM

W_ih, W_hh, b_ih, b_hh, W_out, b_out = counter((4 * H, I), (4 * H, H), (4 * H,), (4 * H,), (C, H), (C,))
b = b_ih + b_hh


def step(xt, h, c):
    """-> h [H], c [H], gates [4,H]; also for complex numbers."""
    a = (W_ih @ xt + W_hh @ h + b).reshape(4, H)
    i, f, g, o = sigmoid(a[0]), sigmoid(a[1]), np.tanh(a[2]), sigmoid(a[3])
    c = f * c + i * g
    return o * np.tanh(c), c, np.stack([i, f, g, o])


def lstm(x):
    """-> h, c [T+1,H] and gates [T+1,4,H], row 0 before the first step."""
    kind = np.result_type(x, float)
    h, c, gates = np.zeros((len(x) + 1, H), kind), np.zeros((len(x) + 1, H), kind), np.zeros((len(x) + 1, 4, H), kind)
    for t in range(1, len(x) + 1):
        h[t], c[t], gates[t] = step(x[t - 1], h[t - 1], c[t - 1])
    return h, c, gates


def logits(x):
    return W_out @ lstm(x)[0][-1] + b_out


h, c, gates = lstm(x)
i, f, g, o = gates[:, 0], gates[:, 1], gates[:, 2], gates[:, 3]


def after(a, t):
    """Product of a over the steps after t."""
    return np.prod(a[t + 1 :], axis=0)


def reat():
    """Du et al. 2019: what step t adds to the cell, carried to the end by the later forget gates, [T,C]."""
    scores = np.array([W_out @ (o[T] * after(f, t) * (np.tanh(c[t]) - (f[t] * np.tanh(c[t - 1]) if t > 1 else 0))) for t in range(1, T + 1)])
    # the authors' form, in hidden states
    alpha = np.ones((T + 1, H))
    for t in range(2, T + 1):
        alpha[t] = f[t] * o[t] / o[t - 1]
    authors = [W_out @ ((h[1] if t == 1 else h[t] - alpha[t] * h[t - 1]) * after(alpha, t)) for t in range(1, T + 1)]
    assert np.allclose(scores, authors) and np.allclose(scores.sum(0), W_out @ h[T])
    return scores


def naive_difference():
    return np.array([W_out @ (h[t] - h[t - 1]) for t in range(1, T + 1)])


def murdoch_szlam():
    """Murdoch & Szlam 2017: beta (differences of tanh of the cell) and gamma (of the forgotten cell), [T,C]."""
    beta = np.array([W_out @ (o[T] * (np.tanh(c[t]) - np.tanh(c[t - 1]))) for t in range(1, T + 1)])
    cell = np.cumsum([after(f, t) * i[t] * g[t] for t in range(1, T + 1)], axis=0)
    assert np.allclose(cell[-1], c[T])
    gamma = np.array([W_out @ (o[T] * (np.tanh(cell[t]) - (np.tanh(cell[t - 1]) if t else 0))) for t in range(T)])
    return beta, gamma


def jacobian(x):
    """[C,T,I] by complex steps, exact to rounding."""
    J = np.zeros((C,) + x.shape)
    for index in np.ndindex(x.shape):
        moved = x.astype(complex)
        moved[index] += 1e-30j
        J[(slice(None),) + index] = logits(moved).imag / 1e-30
    return J


def integrated_gradients():
    """[C,T,I], zero baseline, 64 Gauss-Legendre nodes."""
    nodes, weights = np.polynomial.legendre.leggauss(64)
    ig = sum(w / 2 * jacobian((a + 1) / 2 * x) for a, w in zip(nodes, weights)) * x
    assert np.allclose(ig.sum((1, 2)), logits(x) - logits(0 * x), atol=1e-10)
    return ig


def removal():
    """Occlusion (step set to zero, length kept) and deletion (step taken out), [T,C] each."""
    occlusion, deletion = [], []
    for t in range(T):
        z = x.copy()
        z[t] = 0
        occlusion.append(logits(x) - logits(z))
        deletion.append(logits(x) - logits(np.delete(x, t, 0)))
    return occlusion, deletion


def relevance(k, eps=1e-3, bias_factor=0.0):
    """Arras et al. 2017 from logit k (output layer without bias): relevance of x [T,I], of everything, and the logit."""
    def linear(h_in, w, bias, h_out, R, units):
        sign = np.where(h_out >= 0, 1.0, -1.0)
        share = w * h_in[:, None] + bias_factor * (bias[None] + eps * sign[None]) / units
        return (share / (h_out + eps * sign)[None] * R[None]).sum(1)
    zero, s = np.zeros, W_out @ h[T]
    R = np.where(np.arange(C) == k, s, 0)
    Rx, Rc, Rh = zero((T, I)), zero((T + 1, H)), zero((T + 1, H))
    Rh[T] = linear(h[T], W_out.T, zero(C), s, R, H)
    Wx, Wh, bg = W_ih[2 * H : 3 * H], W_hh[2 * H : 3 * H], b[2 * H : 3 * H]
    for t in range(T, 0, -1):
        Rc[t] += Rh[t]
        Rc[t - 1] = linear(f[t] * c[t - 1], np.eye(H), zero(H), c[t], Rc[t], 2 * H)
        Rg = linear(i[t] * g[t], np.eye(H), zero(H), c[t], Rc[t], 2 * H)
        pre = Wx @ x[t - 1] + Wh @ h[t - 1] + bg
        Rx[t - 1] = linear(x[t - 1], Wx.T, bg, pre, Rg, H + I)
        Rh[t - 1] = linear(h[t - 1], Wh.T, bg, pre, Rg, H + I)
    return Rx, Rx.sum() + Rh[0].sum() + Rc[0].sum(), s[k]


def contextual(start, stop, authors=True):
    """Murdoch et al. 2018 for steps start..stop: W_out of the relevant part [C]. Their code counts the product of the
    two biases at steps start..stop-1 (`authors`); the symmetric form counts it at stop too."""
    def three(r, q, bias, act):
        """Shapley of act(r + q + bias) over r and q, the bias always there; and act(bias)."""
        part = 0.5 * (act(r + bias) - act(bias) + act(r + q + bias) - act(q + bias))
        rest = 0.5 * (act(q + bias) - act(bias) + act(r + q + bias) - act(r + bias))
        return part, rest, act(bias)
    Wi, Wh, B = W_ih.reshape(4, H, I), W_hh.reshape(4, H, H), b.reshape(4, H)
    rc = ic = rh = ih = np.zeros(H)
    for t in range(T):
        inside = start <= t <= stop
        r = [Wh[k] @ rh + (Wi[k] @ x[t] if inside else 0) for k in range(4)]
        q = [Wh[k] @ ih + (0 if inside else Wi[k] @ x[t]) for k in range(4)]
        (ri, qi, bi), (rg, qg, bg) = three(r[0], q[0], B[0], sigmoid), three(r[2], q[2], B[2], np.tanh)
        new_r, new_i = ri * (rg + bg) + bi * rg, qi * (rg + qg + bg) + (ri + bi) * qg
        if (start <= t < stop) if authors else inside:
            new_r = new_r + bi * bg
        else:
            new_i = new_i + bi * bg
        if t > 0:
            rf, qf, bf = three(r[1], q[1], B[1], sigmoid)
            new_r, new_i = new_r + (rf + bf) * rc, new_i + (rf + qf + bf) * ic + qf * rc
        rc, ic = new_r, new_i
        out = sigmoid(r[3] + q[3] + B[3])
        rh = out * 0.5 * (np.tanh(rc) + np.tanh(rc + ic) - np.tanh(ic))
        ih = out * 0.5 * (np.tanh(ic) + np.tanh(rc + ic) - np.tanh(rc))
    assert np.allclose(W_out @ (rh + ih), logits(x) - b_out)
    return W_out @ rh


def lstm_fixture():
    beta, gamma = murdoch_szlam()
    occlusion, deletion = removal()
    J = jacobian(x)
    out = dict(h_T=h[-1], c_T=c[-1], logits=logits(x), prob1=sigmoid(logits(x)[1] - logits(x)[0]), gates_t1_ifgo=gates[1],
               reat_TxC=reat(), naive_diff_TxC=naive_difference(), ms17_beta_TxC=beta, ms17_gamma_TxC=gamma,
               grad_CxTxE=J, grad_x_input_TxC=(J * x).sum(-1).T, ig_zero_CxTxE=integrated_gradients(), logits_at_zero_input=logits(0 * x),
               occlusion_zero_TxC=occlusion, deletion_TxC=deletion)
    for k in range(C):
        out[f"lrp_eps1e-3_class{k}_TxE"] = relevance(k)[0]
        _, everything, score = relevance(k, bias_factor=1.0)
        assert abs(everything - score) < 1e-9
    return out | dict(cd_words_TxC_author_bias=[contextual(t, t) for t in range(T)], cd_words_TxC_symmetric_bias=[contextual(t, t, False) for t in range(T)],
                      cd_phrase_1_3_author=contextual(1, 3), cd_all_symmetric=contextual(0, T - 1, False))


# ---------------------------------------------------------------- Ferreira: probability of class 1 at every step

def prob(h):
    y = W_out @ h + b_out
    return sigmoid(y[1] - y[0])


def ferreira_fixture():
    p = np.array([prob(h[t]) for t in range(1, T + 1)])
    instance = []
    for t in range(T):
        change = p[-1] - prob(lstm(np.delete(x, t, 0))[0][-1])
        instance.append(np.tanh(4 * (change if t == 0 else 0.7 * change + 0.3 * (p[t] - p[t - 1]))))
    fnull, shap = prob(lstm(np.zeros((1, I)))[0][1]), []
    for t in range(1, T + 1):  # all coalitions of the two inputs of a step, the state kept, reference zero
        v = lambda *kept: prob(step(np.where(np.array(kept) == 1, x[t - 1], 0.0), h[t - 1], c[t - 1])[0])
        v0, va, vb, vab = v(0, 0), v(1, 0), v(0, 1), v(1, 1)
        phi = np.array([0.5 * (va - v0) + 0.5 * (vab - vb), 0.5 * (vb - v0) + 0.5 * (vab - va)])
        shap.append(dict(true_phi=phi, v_empty=v0, ferreira_phi=phi + (v0 - fnull) / 2, f_x=vab))
    return dict(p_t=p, inst_score=instance, fnull=fnull, kernelshap=shap)


# ---------------------------------------------------------------- GRU

def gru_fixture():
    W_ih, W_hh, b_ih, b_hh, W_out, b_out = counter((3 * H, I), (3 * H, H), (3 * H,), (3 * H,), (C, H), (C,))
    h, z, n = np.zeros((T + 1, H)), np.ones((T + 1, H)), np.zeros((T + 1, H))
    for t in range(1, T + 1):
        a, b = (W_ih @ x[t - 1] + b_ih).reshape(3, H), (W_hh @ h[t - 1] + b_hh).reshape(3, H)
        r, z[t] = sigmoid(a[0] + b[0]), sigmoid(a[1] + b[1])
        n[t] = np.tanh(a[2] + r * b[2])
        h[t] = (1 - z[t]) * n[t] + z[t] * h[t - 1]
    reat = np.array([W_out @ (after(z, t) * (1 - z[t]) * n[t]) for t in range(1, T + 1)])
    assert np.allclose(reat.sum(0), W_out @ h[T])
    return dict(h_T=h[T], logits=W_out @ h[T] + b_out, reat_TxC=reat)


def plain(v):
    """numpy -> lists and floats."""
    if isinstance(v, dict): return {k: plain(u) for k, u in v.items()}
    if isinstance(v, list): return [plain(u) for u in v]
    return v.tolist() if isinstance(v, (np.ndarray, np.generic)) else v


if __name__ == "__main__":
    with open(sys.argv[1], "w") as file:
        json.dump(plain(dict(lstm=lstm_fixture(), ferreira=ferreira_fixture(), gru=gru_fixture())), file, indent=1)
        file.write("\n")
