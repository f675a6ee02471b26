"""The recurrences as equations, for float64 goldens: no torch.nn, gradients by autograd.

T steps, I inputs, H hidden, G gates, C classes, L layers, D = layers * directions, B variants of one input.
Gates: LSTM i, f, g, o; GRU r, z, n (z = share of the old state kept); RNN h'. All arrays are in the input's own
time order.
"""
import torch

GATES = dict(lstm="ifgo", gru="rzn", rnn="h")


def tensors(layer, w, suffix):
    """weight_ih, weight_hh, bias_ih, bias_hh of one direction, gate blocks in our order, missing biases 0."""
    order = layer.get("gate_order") or GATES[layer["kind"]]
    H, out = layer["hidden"], []
    for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
        m = w.get(f"{layer['name']}.{name}_l{layer['index']}{suffix}")
        if m is None:
            m = w["head.weight"].new_zeros(len(order) * H)
        out.append(torch.cat([m[order.index(g) * H : (order.index(g) + 1) * H] for g in GATES[layer["kind"]]]))
    return out


def step(layer, x, h, c, wi, wh, bi, bh):
    """x [B,I], h, c [B,H] -> h, c [B,H], gates [B,G,H]."""
    kind, a = layer["kind"], x @ wi.T + bi
    if kind == "lstm":
        i, f, g, o = (a + h @ wh.T + bh).chunk(4, -1)
        i, f, g, o = i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid()
        c = f * c + i * g
        return o * c.tanh(), c, torch.stack([i, f, g, o], -2)
    if kind == "gru":
        ar, az, an = a.chunk(3, -1)
        (wr, wz, wn), (br, bz, bn) = wh.chunk(3), bh.chunk(3)
        r, z = (ar + h @ wr.T + br).sigmoid(), (az + h @ wz.T + bz).sigmoid()
        if layer.get("linear_before_reset", True):
            n = (an + r * (h @ wn.T + bn)).tanh()
        else:
            n = (an + (r * h) @ wn.T + bn).tanh()
        if layer.get("update_gate") == "overwrite":
            z = 1 - z
        return (1 - z) * n + z * h, c, torch.stack([r, z, n], -2)
    h = a + h @ wh.T + bh
    h = h.relu() if layer.get("activation") == "relu" else h.tanh()
    return h, c, h.unsqueeze(-2)


def attend(about, w, x):
    """x [B,T,I] -> alpha [B,T,I], a softmax over the inputs of each step, or None."""
    if "attention" not in about:
        return None
    name = about["attention"]
    return torch.softmax(x @ w[f"{name}.weight"].T + w[f"{name}.bias"], -1)


def forward(about, w, x):
    """x [B,T,I] -> logits [B,T,C] or [B,C], h [B,D,T,H], c [B,D,T,H], gates (list over D of [B,T,G,H]).

    Layers of one network have equal H.
    """
    alpha = attend(about, w, x)
    x = x if alpha is None else alpha * x
    hs, cs, gates = [], [], []
    for layer in about["layers"]:
        out, last = [], []
        for backwards in range(1 + layer["bidirectional"]):
            p = tensors(layer, w, "_reverse" * backwards)
            h = c = x.new_zeros(len(x), layer["hidden"])
            H, C, G = [], [], []
            steps = range(x.shape[1])
            for t in reversed(steps) if backwards else steps:
                h, c, g = step(layer, x[:, t], h, c, *p)
                H.append(h), C.append(c), G.append(g)
            last.append(h)
            if backwards:
                H, C, G = H[::-1], C[::-1], G[::-1]
            out.append(torch.stack(H, 1)), hs.append(out[-1]), cs.append(torch.stack(C, 1)), gates.append(torch.stack(G, 1))
        x = torch.cat(out, -1)
    on = about["head"]["on"]
    top = {"every-step": lambda: x, "last-state": lambda: torch.cat(last, -1),
           "mean-state": lambda: x.mean(1), "max-state": lambda: x.amax(1)}[on]()
    name = about["head"]["name"]
    return top @ w[f"{name}.weight"].T + w[f"{name}.bias"], torch.stack(hs, 1), torch.stack(cs, 1), gates


def score(about, w, x, target):
    """x [B,T,I] -> [B]: the target's logit, of the last step where there is one for every step."""
    logits = forward(about, w, x)[0]
    return logits[:, -1, target] if logits.dim() == 3 else logits[:, target]
