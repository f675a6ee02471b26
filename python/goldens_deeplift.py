"""DeepLIFT (Rescale) through recurrent cells, by Captum and by a second implementation.

    python python/goldens_deeplift.py --out tests/golden/attribution

Captum has no rule for products. Here the cells are unrolled into torch.nn.Sigmoid and torch.nn.Tanh, one module a step,
and every product of gate and signal is an autograd function whose backward pass is the closing rule m_a = (b + b') / 2,
m_b = (a + a') / 2; captum.attr.DeepLift does the rest. The second implementation carries contributions forwards,
every value with its share [T I] of the difference from the baseline.

Two baselines: `baseline` of networks.json, and `prefix`, which is the input itself at the first two steps, so that
differences there are zero and the slope is the derivative.
"""
import warnings
import numpy as np, captum, torch
from captum.attr import DeepLift
from attribution_networks import I, cases
from goldens_attribution import about, run


class Product(torch.autograd.Function):
    """a b of rows (inputs, then as many baselines)."""

    @staticmethod
    def forward(ctx, a, b):
        ctx.save_for_backward(a, b)
        return a * b

    @staticmethod
    def backward(ctx, m):
        a, b = (((first + second) / 2).repeat(2, 1) for first, second in (v.chunk(2) for v in ctx.saved_tensors))
        return m * b, m * a


class Unrolled(torch.nn.Module):
    """x [B,T,I] -> logits [B,C]; every activation a module that is called once."""

    def __init__(self, case):
        super().__init__()
        self.case, self.activations = case, torch.nn.ModuleList()

    def forward(self, x):
        case, count = self.case, 0
        first = not self.activations

        def activation(kind, pre):
            nonlocal count
            if first: self.activations.append(kind())
            count += 1
            # Captum replaces the whole gradient of the tensor that it sees here, and c has a second reader.
            return self.activations[count - 1](pre.clone())

        sigmoid, tanh = (lambda pre, kind=kind: activation(kind, pre) for kind in (torch.nn.Sigmoid, torch.nn.Tanh))
        return read_out(case, x, sigmoid, tanh, Product.apply, torch.nn.functional.linear, lambda parts: torch.cat(parts, -1), lambda x, t: x[:, t], lambda h: x.new_zeros(len(x), h))


def read_out(case, x, sigmoid, tanh, product, linear, join, at, zeros):
    """The network as elementary operations: logits of x at the question's step."""
    steps = [at(x, t) for t in range(case.T)]
    for layer in case.about["layers"]:
        directions, H = [], layer["hidden"]
        for d in range(1 + layer["bidirectional"]):
            wi, wh, bi, bh = (case.w[f"rnn.{m}_l{layer['index']}" + "_reverse" * d] for m in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
            gate = lambda k: slice(k * H, (k + 1) * H)
            h, c, out = zeros(H), zeros(H), {}
            for t in reversed(range(case.T)) if d else range(case.T):
                pre = lambda k: linear(join([steps[t], h]), torch.cat([wi[gate(k)], wh[gate(k)]], 1), bi[gate(k)] + bh[gate(k)])
                if layer["kind"] == "lstm":
                    i, f, g, o = sigmoid(pre(0)), sigmoid(pre(1)), tanh(pre(2)), sigmoid(pre(3))
                    c = product(f, c) + product(i, g)
                    h = product(o, tanh(c))
                elif layer["kind"] == "gru":
                    r, z = sigmoid(pre(0)), sigmoid(pre(1))
                    n = tanh(linear(steps[t], wi[gate(2)], bi[gate(2)]) + product(r, linear(h, wh[gate(2)], bh[gate(2)])))
                    h = product(1 - z, n) + product(z, h)
                else:
                    h = tanh(pre(0))
                out[t] = h
            directions.append(out)
        last = [out[t] for out, t in zip(directions, (case.T - 1, 0))]
        steps = [join([out[t] for out in directions]) for t in range(case.T)]
    top = steps[case.step] if case.about["head"]["on"] == "every-step" else join(last)
    return linear(top, case.w["head.weight"], case.w["head.bias"])


class Shared:
    """A value with the input and with the baseline [2,n], and what each input cell contributes to their difference [n,T I]."""

    nearest = np.inf

    def __init__(self, v, c):
        self.v, self.c = v, c

    def __add__(self, other):
        return Shared(self.v + other.v, self.c + other.c)

    def __rsub__(self, one):
        return Shared(one - self.v, -self.c)

    def rescale(self, act, slope):
        y, difference = act(self.v), self.v[0] - self.v[1]
        apart = np.abs(difference) >= 1e-7
        Shared.nearest = min(Shared.nearest, np.abs(difference[apart]).min(initial=np.inf))
        assert np.abs(difference[~apart]).max(initial=0) < 1e-14, "no difference is near the threshold"
        m = np.where(apart, (y[0] - y[1]) / np.where(apart, difference, 1), slope(y[0]))
        return Shared(y, m[:, None] * self.c)

    @staticmethod
    def product(a, b):
        return Shared(a.v * b.v, b.v.mean(0)[:, None] * a.c + a.v.mean(0)[:, None] * b.c)

    @staticmethod
    def linear(x, w, b):
        w, b = w.numpy(), b.numpy()
        return Shared(x.v @ w.T + b, w @ x.c)

    @staticmethod
    def join(parts):
        return Shared(np.concatenate([p.v for p in parts], 1), np.concatenate([p.c for p in parts]))


def carried(case, baseline):
    """Contributions [T,I] to the target's logit, carried forwards."""
    x = torch.stack([case.x, baseline]).numpy()
    unit = np.eye(case.T * I).reshape(case.T, I, -1)
    at = lambda x, t: Shared(x[:, t], unit[t] * (x[0, t] - x[1, t])[:, None])
    zeros = lambda h: Shared(np.zeros((2, h)), np.zeros((h, case.T * I)))
    sigmoid = lambda s: s.rescale(lambda a: 1 / (1 + np.exp(-a)), lambda y: y * (1 - y))
    tanh = lambda s: s.rescale(np.tanh, lambda y: 1 - y * y)
    logits = read_out(case, x, sigmoid, tanh, Shared.product, Shared.linear, Shared.join, at, zeros)
    return logits.c[case.target].reshape(case.T, I)


def block(case):
    out, module = {}, Unrolled(case)
    x = case.x[None]
    assert (module(x) - case.logits(x)).abs().max() < 1e-14
    prefix = case.baseline.clone()
    prefix[:2] = case.x[:2]
    for name, baseline in dict(baseline=case.baseline, prefix=prefix).items():
        ask = lambda times: DeepLift(module, multiply_by_inputs=times).attribute(x.clone().requires_grad_(), baseline[None], target=case.target)[0].detach()
        scores, multipliers, second = ask(True), ask(False), carried(case, baseline)
        difference = case.value(x)[0] - case.value(baseline[None])[0]
        gap, apart = abs(scores.sum().item() - difference), np.abs(scores.numpy() - second).max()
        assert gap < 1e-12 and apart < 1e-12, (case.id, name, gap, apart)
        assert (scores - multipliers * (case.x - baseline)).abs().max() < 1e-12
        out[name] = dict(x=baseline, difference=difference, scores=scores, multipliers=multipliers)
        print(case.id, name, "gap %.0e, Captum and the second implementation %.0e apart, smallest difference of a pre-activation %.0e" % (gap, apart, Shared.nearest))
    return out


def content():
    warnings.filterwarnings("ignore", message=".*forward, backward hooks")
    return dict(about=about(captum=captum.__version__, rule="Rescale; products m_a = (b + b') / 2, m_b = (a + a') / 2; differences of a pre-activation below 1e-7: the derivative at x (none lies between 1e-14 and `smallest`)"),
                networks={case.id: block(case) for case in cases()}, smallest=Shared.nearest)


if __name__ == "__main__":
    run("deeplift", content)
