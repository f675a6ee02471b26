"""The equations that rnnscope runs, in numpy and float64. States [T, H] are in the input's own time order."""
import numpy as np

BLOCKS = dict(rnn=1, gru=3, lstm=4)
READINGS = ("every-step", "last-state", "mean-state", "max-state")


def sigmoid(a):
    return 0.5 * (1 + np.tanh(0.5 * a))


def softmax(a):
    e = np.exp(a - a.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def attend(found, x):
    """x [T, I] after the attention over the inputs of each step, if there is one."""
    if not found.attention:
        return x
    weight, bias = (np.asarray(found.weights[f"{found.attention}.{part}"], np.float64) for part in ("weight", "bias"))
    return softmax(x @ weight.T + bias) * x


def direction(layer, weights, x, backwards):
    """x [T, I] -> h [T, H] and, of an LSTM, c [T, H] of one direction."""
    kind, H, tail = layer["kind"], layer["hidden"], f"_l{layer['index']}{'_reverse' * backwards}"

    def tensor(what):
        value = weights.get(f"{layer['name']}.{what}{tail}")
        return np.zeros(BLOCKS[kind] * H) if value is None else np.asarray(value, np.float64)

    U, b = tensor("weight_hh"), tensor("bias_hh")
    a = x @ tensor("weight_ih").T + tensor("bias_ih")
    h, c = np.zeros(H), np.zeros(H)
    hs, cs = np.zeros((len(x), H)), np.zeros((len(x), H))
    for t in reversed(range(len(x))) if backwards else range(len(x)):
        if kind == "lstm":
            i, f, g, o = (a[t] + U @ h + b).reshape(4, H)
            c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
            h = sigmoid(o) * np.tanh(c)
        elif kind == "gru":
            ar, az, an = a[t].reshape(3, H)
            Ur, Uz, Un = U.reshape(3, H, H)
            br, bz, bn = b.reshape(3, H)
            r, z = sigmoid(ar + Ur @ h + br), sigmoid(az + Uz @ h + bz)
            # linear_before_reset: n = tanh(W x + r ⊙ (U h + b)); else n = tanh(W x + U (r ⊙ h) + b)
            n = np.tanh(an + (r * (Un @ h + bn) if layer.get("linear_before_reset", True) else Un @ (r * h) + bn))
            h = (1 - z) * n + z * h
        else:
            h = a[t] + U @ h + b
            h = np.maximum(h, 0) if layer.get("activation") == "relu" else np.tanh(h)
        hs[t], cs[t] = h, c
    return hs, (cs if kind == "lstm" else None)


def read(top, on):
    """What the head reads of the top layer's states [[T, H] of each direction]: [F], or [T, F] for every step."""
    joined = np.concatenate(top, 1)
    if on == "every-step":
        return joined
    if on == "last-state":
        return np.concatenate([h[-1] if d == 0 else h[0] for d, h in enumerate(top)])
    if on == "last-output":  # cannot be expressed for two directions, but is so common that it is named
        return joined[-1]
    return joined.mean(0) if on == "mean-state" else joined.max(0)
