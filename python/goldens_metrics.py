"""Captum's infidelity and max-sensitivity of two methods' bars on the networks of `attribution_networks.py`.

    python python/goldens_metrics.py --out tests/golden/attribution

Captum judges; what it is given is drawn here as the page draws it (xoshiro256++, seeded by SplitMix64, normal numbers by
Marsaglia's polar method), so that both see the same perturbations. Bars: gradients, and converged integrated gradients.
"""
import numpy as np, captum, torch
from captum.metrics import infidelity, sensitivity_max
from attribution_networks import cases
from goldens_attribution import about, run
from goldens_gradients import gradient, path_integral

SEED, SAMPLES, LENGTH, NOISE, RADIUS = 1, 20, 3, 0.1, 0.02
BITS = 2**64 - 1


class Random:
    """The generator of src/math/random.rs."""

    def __init__(self, seed):
        self.state, self.spare = [], None
        for _ in range(4):
            seed = (seed + 0x9E3779B97F4A7C15) & BITS
            z = ((seed ^ seed >> 30) * 0xBF58476D1CE4E5B9) & BITS
            z = ((z ^ z >> 27) * 0x94D049BB133111EB) & BITS
            self.state.append(z ^ z >> 31)

    def bits(self):
        turn = lambda x, k: (x << k | x >> 64 - k) & BITS
        a, b, c, d = self.state
        result = (turn((a + d) & BITS, 23) + a) & BITS
        t = b << 17 & BITS
        c ^= a
        d ^= b
        b ^= c
        a ^= d
        self.state = [a, b, c ^ t, turn(d, 45)]
        return result

    def uniform(self):
        return (self.bits() >> 11) / 2**53

    def below(self, n):
        return self.bits() * n >> 64

    def normal(self):
        if self.spare is not None:
            spare, self.spare = self.spare, None
            return spare
        while True:
            u, v = 2 * self.uniform() - 1, 2 * self.uniform() - 1
            s = u * u + v * v
            if 0 < s < 1:
                scale = (-2 * np.log(s) / s) ** 0.5
                self.spare = v * scale
                return u * scale


def coefficients(case, bars, shares):
    """beta: bars that are shares of a sum, taken apart; what is beyond the question's step is not perturbed."""
    apart = case.x - case.baseline
    assert (apart != 0).all()
    return bars / apart if shares else bars


def judged(case, explain, shares):
    bars, random = explain(case.x), Random(SEED)
    # Nothing that comes after the step that is asked about can matter.
    steps = case.T if case.about["layers"][0]["bidirectional"] else case.step + 1
    beta, size = coefficients(case, bars, shares)[None], (case.x.max() - case.x.min()).item()
    module = lambda x: case.module(x)[:, case.target]

    def blocks(x):
        change = torch.zeros_like(x)
        for n in range(SAMPLES):
            first = random.below(steps - LENGTH + 1)
            block = slice(first, first + LENGTH)
            change[n, block] = (case.x - case.baseline)[block]
        return change, x - change

    def noise(x):
        change = torch.zeros_like(x)
        for n in range(SAMPLES):
            for t in range(steps):
                for k in range(x.shape[2]):
                    change[n, t, k] = NOISE * size * random.normal()
        return change, x - change

    def near(x, radius):
        moved = [[[random.uniform() for _ in row] for row in one] for one in x.tolist()]
        return (x + radius * (2 * torch.tensor(moved) - 1),)

    found = {}
    for name, perturb in [("block", blocks), ("gaussian", noise)]:
        random = Random(SEED)
        found[f"infidelity_{name}"] = infidelity(module, perturb, case.x[None], beta, n_perturb_samples=SAMPLES)[0]
    random = Random(SEED)
    inputs = (case.x[None],)
    ask = torch.enable_grad()(lambda given: (torch.stack([explain(x) for x in (given[0] if isinstance(given, tuple) else given)]),))
    found["max_sensitivity"] = sensitivity_max(ask, inputs, perturb_func=lambda given, radius=0.0: near(given[0] if isinstance(given, tuple) else given, radius),
                                               perturb_radius=RADIUS * size, n_perturb_samples=SAMPLES, norm_ord=2)[0]
    return found


def block(case):
    found = {"gradient": judged(case, lambda x: gradient(case, x[None])[0], False),
             "integrated-gradients": judged(case, lambda x: path_integral(case, x, case.baseline), True)}
    print(case.id, {name: [f"{float(v):.4f}" for v in of.values()] for name, of in found.items()})
    return found


def content():
    return dict(about=about(captum=captum.__version__, seed=SEED, samples=SAMPLES, length=LENGTH, noise=NOISE, radius=RADIUS),
                networks={case.id: block(case) for case in cases()})


if __name__ == "__main__":
    run("metrics", content)
