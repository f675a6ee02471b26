"""Small networks with random float64 weights, on which every attribution method is small enough to be exact.

    python python/attribution_networks.py --out tests/golden/attribution

`<id>.safetensors` is a complete model file in the form of `make_conventions.py`, its own golden values included (x, h,
c, gates, logits, target, score, grad, ig, occlusion, against zeros at the last step). `networks.json` has, for each
network, the question that the other files of the folder answer: F(x) = the logit of `target` at step `step`, the
baseline x' [T,I], not zero, and a background [4,T,I]. T steps, I = 3 inputs, C classes.
"""
import argparse, os
import numpy as np, torch
import make_conventions, modelfile, network
from make_golden import explain, states, versions
from modules import Network
from numbers_file import write

I = 3
CASES = {
    "lstm_1x5": dict(kind="lstm", H=5, T=7, C=3, target=0, versus=2),
    "gru_1x5": dict(kind="gru", H=5, T=7, C=3, target=0, versus=1),
    "rnn_tanh_1x5": dict(kind="rnn", H=5, T=6, C=2, target=1, versus=0),
    "bilstm_1x4": dict(kind="lstm", H=4, T=6, C=3, both=True, target=2, versus=0),
    "bigru_1x4": dict(kind="gru", H=4, T=6, C=2, both=True, target=0, versus=1),
    "lstm_2x4": dict(kind="lstm", H=4, L=2, T=6, C=2, target=0, versus=1),
    "lstm_1x5_every_step": dict(kind="lstm", H=5, T=8, C=3, on="every-step", step=5, target=1, versus=0),
}
READOUTS = ["logit", "probability", "log-probability", "log-odds", "difference"]


def described(id):
    """Description and seeded weights, uniform in -1.5 .. 1.5."""
    k = CASES[id]
    L, both, H = k.get("L", 1), k.get("both", False), k["H"]
    names = [f"x{i}" for i in range(I)]
    layers, w, g = [], {}, torch.Generator().manual_seed(100 + list(CASES).index(id))
    draw = lambda *shape: torch.rand(*shape, generator=g, dtype=torch.float64) * 3 - 1.5
    for index in range(L):
        width, rows = (I if index == 0 else H * (1 + both)), make_conventions.BLOCKS[k["kind"]] * H
        extra = dict(rnn=dict(activation="tanh"), gru=dict(linear_before_reset=True), lstm={})[k["kind"]]
        layers.append(dict(kind=k["kind"], name="rnn", index=index, input=width, hidden=H, bidirectional=both) | extra)
        for d in range(1 + both):
            s = f"l{index}" + "_reverse" * d
            w |= {f"rnn.weight_ih_{s}": draw(rows, width), f"rnn.weight_hh_{s}": draw(rows, H), f"rnn.bias_ih_{s}": draw(rows), f"rnn.bias_hh_{s}": draw(rows)}
    w |= {"head.weight": draw(k["C"], H * (1 + both)), "head.bias": draw(k["C"])}
    about = dict(version=1, name=id, title=id.replace("_", " "), task="classifier", framework="explicit equations", framework_version="1", created="2026-11-23",
                 input=dict(kind="series", step_unit="step", normalisation=dict(mean=[0.0] * I, std=[1.0] * I, clip=5)), feature_names=names, units=[""] * I,
                 features=[dict(variable=n, role="value") for n in names], classes=[f"class {c}" for c in range(k["C"])],
                 layers=layers, head=dict(name="head", on=k.get("on", "last-state")))
    return about, w


class Case:
    """One network and its question."""

    def __init__(self, id):
        k = CASES[id]
        self.id, self.kind, self.T, self.H, self.C = id, k["kind"], k["T"], k["H"], k["C"]
        self.target, self.versus, self.step = k["target"], k["versus"], k.get("step", k["T"] - 1)
        self.about, self.w = described(id)
        g = torch.Generator().manual_seed(200 + list(CASES).index(id))
        draw = lambda *shape: torch.randn(*shape, generator=g, dtype=torch.float64)
        self.x, self.baseline, self.background = draw(self.T, I), draw(self.T, I) * 0.4, draw(4, self.T, I)
        self.nn = Network(self.about, self.w, torch.float64).eval()

    def logits(self, x):
        """x [B,T,I] -> [B,C] at the question's step (the last one, where x was cut off before it)."""
        z = network.forward(self.about, self.w, x)[0]
        return z[:, min(self.step, x.shape[1] - 1)] if z.dim() == 3 else z

    def module(self, x):
        """The same by torch.nn."""
        z = self.nn(x)
        return z[0][:, self.step] if isinstance(z, tuple) else z

    def score(self, x, readout="logit"):
        """x [B,T,I] -> F [B]."""
        z = self.logits(x)
        c, rest = z[:, self.target], [k for k in range(self.C) if k != self.target]
        return {"logit": lambda: c, "probability": lambda: z.softmax(-1)[:, self.target], "log-probability": lambda: z.log_softmax(-1)[:, self.target],
                "log-odds": lambda: c - z[:, rest].logsumexp(-1), "difference": lambda: c - z[:, self.versus]}[readout]()

    def value(self, x, readout="logit"):
        """numpy [B,T,I] -> numpy [B]."""
        with torch.no_grad():
            return self.score(torch.as_tensor(np.ascontiguousarray(x), dtype=torch.float64), readout).numpy()

    def pair(self, readout="logit"):
        """F(x), F(x')."""
        return self.value(torch.stack([self.x, self.baseline]), readout)


def cases():
    return [Case(id) for id in CASES]


def start():
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--out", required=True)
    a = p.parse_args()
    os.makedirs(a.out, exist_ok=True)
    start()
    questions = {}
    for n, case in enumerate(cases()):
        x, w, about = case.x, case.w, case.about
        golden = dict(x=x, logits=network.forward(about, w, x[None])[0][0], target=torch.tensor(case.target), **explain(about, w, x, case.target), **states(about, w, x))
        gap = (case.module(x[None]) - case.logits(x[None])).abs().max().item()
        ort, torch_gap = make_conventions.check(about, w, x, golden["h"])
        assert gap < 1e-14 and ort < 2e-6 and torch_gap < 1e-14, (gap, ort, torch_gap)
        about["golden"] = dict(versions=versions(), seed=100 + n, command="python python/attribution_networks.py --out tests/golden/attribution")
        size = modelfile.write(f"{a.out}/{case.id}.safetensors", w | {f"golden.{k}": t.detach().contiguous() for k, t in golden.items()}, about)
        questions[case.id] = dict(file=f"{case.id}.safetensors", target=case.target, versus=case.versus, step=case.step, x=x, baseline=case.baseline, background=case.background,
                                  logits=case.logits(x[None])[0], logits_of_baseline=case.logits(case.baseline[None])[0],
                                  score={r: case.value(x[None], r)[0] for r in READOUTS}, baseline_score={r: case.value(case.baseline[None], r)[0] for r in READOUTS})
        print(case.id, size, "bytes, torch.nn gap %.0e, onnxruntime %.0e," % (gap, ort), "F(x), F(x')", case.pair())
    about = dict(versions=versions(), seeds="weights 100 + n, inputs 200 + n, n the place in this file", command="python python/attribution_networks.py --out tests/golden/attribution",
                 readouts="of the target's logit z_c: probability softmax, log-odds z_c - log sum of exp of the others, difference z_c - z_versus")
    write(f"{a.out}/networks.json", dict(about=about, networks=questions))


if __name__ == "__main__":
    main()
