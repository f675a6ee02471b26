"""PyTorch and Captum on one thread: what the benchmark measures itself against outside of the browser.

    python bench/native.py [--seconds 2] > native.json

Per network: forward, the gradient by the input, integrated gradients of 50 steps, occlusion of every step. The works
take turns, so that drift of the machine hits all of them; every sample in milliseconds is written. `--check` adds the
answers in float64, against which all contestants are compared.
"""
import argparse, json, sys, time
import captum, torch
from captum.attr import FeatureAblation, IntegratedGradients, Saliency
from networks import SHAPES, make, target

STEPS = 50


def works(net, x, target):
    """What is measured, by name; each answers with a tensor."""
    steps = torch.arange(x.shape[1]).view(1, -1, 1).expand_as(x)
    zeros = torch.zeros_like(x)
    integrated, saliency, ablation = IntegratedGradients(net), Saliency(net), FeatureAblation(net)

    def forward():
        with torch.no_grad():
            return net.read(x)

    return {
        "forward": forward,
        "gradient": lambda: saliency.attribute(x.clone().requires_grad_(), target, abs=False),
        "integrated": lambda: integrated.attribute(x, zeros, target, n_steps=STEPS, method="gausslegendre"),
        # All variants in one batch: several times faster than Captum's default of one at a time.
        "occlusion": lambda: ablation.attribute(x, zeros, target, feature_mask=steps, perturbations_per_eval=x.shape[1]),
    }


def answers(net, x, target):
    """Logits of the last step; one number a step for each explanation."""
    found = {name: work().detach() for name, work in works(net, x, target).items()}
    logits = found["forward"]
    return {
        "forward": (logits[0, -1] if logits.dim() == 3 else logits[0]).tolist(),
        "gradient": found["gradient"][0].norm(dim=1).tolist(),
        "integrated": found["integrated"][0].sum(1).tolist(),
        "occlusion": found["occlusion"][0, :, 0].tolist(),
    }


def milliseconds(work):
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1e3


def measure(net, x, target, seconds, most=40, least=3):
    """{work: samples}; each work gets about `seconds` in all, spread evenly over the rounds."""
    todo = works(net, x, target)
    first = {name: [milliseconds(work) for _ in range(2)][-1] for name, work in todo.items()}  # warm-up
    counts = {name: int(min(most, max(least, seconds * 1e3 / once))) for name, once in first.items()}
    rounds = max(counts.values())
    samples = {name: [] for name in todo}
    for r in range(rounds):
        for name, work in todo.items():
            if (r + 1) * counts[name] // rounds > r * counts[name] // rounds:
                samples[name].append(milliseconds(work))
    return samples


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--seconds", type=float, default=2)
    p.add_argument("--check", action="store_true")
    a = p.parse_args()
    torch.set_num_threads(1)
    torch.set_num_interop_threads(1)
    out = dict(versions=dict(python=sys.version.split()[0], torch=torch.__version__, captum=captum.__version__), samples={}, answers={}, exact={})
    for name in SHAPES:
        net, x, _, _ = make(name)
        chosen = target(net, x)
        out["samples"][name] = measure(net, x, chosen, a.seconds)
        if a.check:
            out["answers"][name] = answers(net, x, chosen)
            out["exact"][name] = answers(net.double(), x.double(), chosen)
    json.dump(out, sys.stdout)


if __name__ == "__main__":
    main()
