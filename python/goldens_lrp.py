"""Layer-wise relevance propagation through recurrent cells, numpy only, from the rules of Arras et al. (2017, 2019).

    python python/goldens_lrp.py --out tests/golden/attribution

Linear: R_i = sum_j (w_ij x_i + delta (b_j + eps s_j) / N) / (z_j + eps s_j) R_j, s_j = sign of z_j with + at zero, N the
number of all units that enter the sum. It is applied to the read-out (without its bias), to the sums f c + i g and
z h + (1 - z) n (their 2 H terms), and to every pre-activation. Activations pass relevance on. Products gate * signal:

    all         the signal gets everything (Arras et al. 2017)
    half        half each
    magnitude   in proportion |gate| : |signal|

In proportion with signs, gate : signal, is left out: gate + signal comes near zero, and scores reached 1e9 here.

`all` was compared once with the equations of the authors' LSTM_bidi (version 1.0) on bilstm_1x4: equal to 4e-13 for
both delta.

The GRU's candidate W x + b + r (U h + b') has no published rule. `one_sum` takes it as one sum, weights U scaled by the
rows' r, bias b + r b', N = I + H, and splits what goes to h between r and U h + b' like any product, so that the latter's
bias b' counts with what `r` was not given. `two_sums` takes it as a sum of two vectors (2 H terms), then two linear maps
with I and H inputs of their own. With eps = 0 and delta = 0 they are the same.
"""
import numpy as np
from attribution_networks import I, cases
from goldens_attribution import about, run

RULES = ["all", "half", "magnitude"]


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


class Relevance:
    """Propagation with one rule, eps and delta."""

    def __init__(self, case, rule="all", eps=0.001, delta=0, form="one_sum"):
        self.case, self.rule, self.eps, self.delta, self.form = case, rule, eps, delta, form

    def linear(self, x, w, b, z, R, N):
        """x [n], w [m,n], b, z, R [m] -> [n]."""
        s = np.where(z >= 0, 1.0, -1.0) * self.eps
        share = w * x + (self.delta * (b + s) / N)[:, None]
        return (share / (z + s)[:, None] * R[:, None]).sum(0)

    def part(self, term, z, R):
        """Relevance of one of two vectors whose sum is z."""
        return self.linear(term, np.eye(len(z)), np.zeros(len(z)), z, R, 2 * len(z))

    def share(self, gate, signal):
        """What a gate keeps of the relevance of gate * signal."""
        return dict(all=lambda: 0 * gate, half=lambda: 0 * gate + 0.5, magnitude=lambda: np.abs(gate) / (np.abs(gate) + np.abs(signal)))[self.rule]()

    def product(self, gate, signal, R):
        """-> R of the gate, R of the signal."""
        share = self.share(gate, signal)
        return share * R, (1 - share) * R

    def run(self):
        """-> R of x [T,I], R of all initial states."""
        case = self.case
        layers, w = case.about["layers"], {k: v.numpy() for k, v in case.w.items()}
        steps, inputs, passes = case.x.numpy(), [], []
        for layer in layers:
            inputs.append(steps)
            passes.append([Pass(layer, w, "_reverse" * d, steps) for d in range(1 + layer["bidirectional"])])
            steps = np.concatenate([p.states() for p in passes[-1]], 1)
        every = case.about["head"]["on"] == "every-step"
        read = [case.step] * 2 if every else [case.T - 1, 0]
        h = np.concatenate([p.h[t] for p, t in zip(passes[-1], read)])
        head = w["head.weight"][case.target : case.target + 1]
        z = head @ h
        R = self.linear(h, head, np.zeros(1), z, z, len(h))
        above, H, initial = np.zeros((case.T, len(h))), len(h) // len(passes[-1]), 0
        for d, t in zip(range(len(passes[-1])), read):
            above[t, d * H : (d + 1) * H] = R[d * H : (d + 1) * H]
        for layer, directions, x in reversed(list(zip(layers, passes, inputs))):
            below = np.zeros_like(x)
            for d, p in enumerate(directions):
                Rx, left = self.back(p, x, above[:, d * p.H : (d + 1) * p.H])
                below, initial = below + Rx, initial + left
            above = below
        return above, initial, z[0]

    def back(self, p, x, given):
        """Through one direction: R of its inputs, R of its first states."""
        H, Rx, Rh, Rc = p.H, np.zeros_like(x), np.zeros(p.H), np.zeros(p.H)
        N = x.shape[1] + H
        for t in reversed(p.order):
            Rh, before, now = Rh + given[t], p.before(t), {k: v[t] for k, v in p.seen.items()}
            h, c = p.h.get(before, np.zeros(H)), p.c.get(before, np.zeros(H))
            new_h, relevant = np.zeros(H), {}
            if p.kind == "lstm":
                relevant["o"], of_c = self.product(now["o"], np.tanh(p.c[t]), Rh)
                Rc = Rc + of_c
                relevant["f"], new_c = self.product(now["f"], c, self.part(now["f"] * c, p.c[t], Rc))
                relevant["i"], relevant["g"] = self.product(now["i"], now["g"], self.part(now["i"] * now["g"], p.c[t], Rc))
                Rc = new_c
            elif p.kind == "gru":
                z, n = now["z"], now["n"]
                to_z, new_h = self.product(z, h, self.part(z * h, p.h[t], Rh))
                to_one_minus, to_n = self.product(1 - z, n, self.part((1 - z) * n, p.h[t], Rh))
                relevant["z"] = to_z + to_one_minus
                relevant["r"], of_x, of_h = self.candidate(p, now, x[t], h, to_n)
                Rx[t] += of_x
                new_h = new_h + of_h
            else:
                relevant["h"] = Rh
            for gate, R in relevant.items():
                wi, wh, bi, bh = p.rows(gate)
                Rx[t] += self.linear(x[t], wi, bi + bh, now["pre " + gate], R, N)
                new_h = new_h + self.linear(h, wh, bi + bh, now["pre " + gate], R, N)
            Rh = new_h
        return Rx, Rh.sum() + Rc.sum()

    def candidate(self, p, now, x, h, R):
        """-> R of r, of x, of h through n = tanh(W x + b + r (U h + b'))."""
        wi, wh, bi, bh = p.rows("n")
        r, u, v, pre = now["r"], wi @ x + bi, wh @ h + bh, now["pre n"]
        if self.form == "two_sums":
            to_u, to_rv = self.part(u, pre, R), self.part(r * v, pre, R)
            to_r, to_v = self.product(r, v, to_rv)
            return to_r, self.linear(x, wi, bi, u, to_u, len(x)), self.linear(h, wh, bh, v, to_v, len(h))
        # One sum: terms w x, (r u) h and the bias; of the part r (U h + b'), the gate takes its share first.
        s = np.where(pre >= 0, 1.0, -1.0) * self.eps
        m, N = R / (pre + s), len(x) + len(h)
        kept = 1 - self.share(r, v)
        left = self.delta * (m * (bi + s) + m * kept * r * bh).sum() / N
        return (1 - kept) * r * v * m, x * (wi.T @ m) + left, h * (wh.T @ (m * kept * r)) + left


class Pass:
    """One direction run forwards: h, c and gate values of every step."""

    ORDER = dict(lstm="ifgo", gru="rzn", rnn="h")

    def __init__(self, layer, w, suffix, x):
        self.kind, self.H, T = layer["kind"], layer["hidden"], len(x)
        self.w = [w[f"rnn.{m}_l{layer['index']}{suffix}"] for m in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]
        self.order, self.back = list(reversed(range(T))) if suffix else list(range(T)), bool(suffix)
        self.h, self.c, self.seen = {}, {}, {}
        for t in self.order:
            h, c = (of.get(self.before(t), np.zeros(self.H)) for of in (self.h, self.c))
            now = {}
            for gate in self.ORDER[self.kind]:
                wi, wh, bi, bh = self.rows(gate)
                now["pre " + gate] = wi @ x[t] + bi + (now["r"] if gate == "n" else 1) * (wh @ h + bh)
                now[gate] = (np.tanh if gate in "gnh" else sigmoid)(now["pre " + gate])
            if self.kind == "lstm":
                self.c[t] = now["f"] * c + now["i"] * now["g"]
                self.h[t] = now["o"] * np.tanh(self.c[t])
            else:
                self.h[t] = now["h"] if self.kind == "rnn" else (1 - now["z"]) * now["n"] + now["z"] * h
            for k, v in now.items():
                self.seen.setdefault(k, {})[t] = v

    def before(self, t):
        return t + 1 if self.back else t - 1

    def rows(self, gate):
        k = self.ORDER[self.kind].index(gate)
        return [m[k * self.H : (k + 1) * self.H] for m in self.w]

    def states(self):
        return np.array([self.h[t] for t in range(len(self.h))])


def block(case):
    out, worst = {}, 0
    forms = ["one_sum", "two_sums"] if case.kind == "gru" else ["one_sum"]
    for form in forms:
        for rule in RULES if case.kind != "rnn" else ["all"]:
            for eps in (0.0, 0.001):
                for delta in (0, 1):
                    scores, initial, z = Relevance(case, rule, eps, delta, form).run()
                    missing = z - scores.sum() - initial
                    if delta == 1:
                        assert abs(missing) < 1e-12 * max(1, np.abs(scores).max()), (case.id, form, rule, eps, missing)
                        worst = max(worst, abs(missing))
                    of = out.setdefault(form, {}).setdefault(rule, {}).setdefault(f"eps_{eps:g}", {})
                    of[f"delta_{delta}"] = dict(scores=scores, initial_state=initial, kept_by_bias_and_eps=missing)
    bias = case.w["head.bias"][case.target].item()
    assert abs(z + bias - case.pair()[0]) < 1e-13
    for rule in out.get("two_sums", {}):
        one, two = (out[form][rule]["eps_0"]["delta_0"]["scores"] for form in forms)
        assert np.abs(one - two).max() < 1e-10 * max(1, np.abs(one).max())
    print(case.id, "conserved to %.0e with delta = 1" % worst)
    return dict(out, start=z, head_bias=bias)


def content():
    return dict(about=about(rules=RULES, start="logit without the read-out's bias", initial_state="relevance of h and c before the first step, 0 without delta"),
                networks={case.id: block(case) for case in cases()})


if __name__ == "__main__":
    run("lrp", content)
