"""PyTorch and Captum on one thread: what the benchmark measures itself against outside of the browser.

Per network: forward, the gradient by the input, integrated gradients of 50 steps, occlusion of every step. Reads one
request a line, {"network": name, "seconds": s, "least": n} or {"network": name, "answers": true}, and answers with one
line of JSON: samples in milliseconds, or the answers in float32 and float64. By hand:

    echo '{"network": "icu", "seconds": 1, "least": 9}' | python bench/native.py
"""
import copy, json, sys, time
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


def turn(todo, seconds, least, most=20):
    """{work: samples}: every work for about `seconds`, at least `least` times; they take turns."""
    counts = {}
    for name, work in todo.items():
        once = milliseconds(work)  # warm-up
        counts[name] = int(min(most, max(least, seconds * 1e3 / once)))
    rounds = max(counts.values())
    samples = {name: [] for name in todo}
    for r in range(rounds):
        for name, work in todo.items():
            if (r + 1) * counts[name] // rounds > r * counts[name] // rounds:
                samples[name].append(milliseconds(work))
    return samples


def main():
    torch.set_num_threads(1)
    torch.set_num_interop_threads(1)
    print(json.dumps(dict(torch=torch.__version__, captum=captum.__version__)), flush=True)
    problems = {}
    for name in SHAPES:
        net, x, _, _ = make(name)
        problems[name] = net, x, target(net, x)
    for line in sys.stdin:
        request = json.loads(line)
        net, x, chosen = problems[request["network"]]
        if request.get("answers"):
            exact = copy.deepcopy(net).double()
            found = dict(single=answers(net, x, chosen), exact=answers(exact, x.double(), chosen))
        else:
            found = turn(works(net, x, chosen), request["seconds"], request["least"])
        print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
