"""PyTorch and Captum on one thread: what the benchmark measures itself against outside of the browser.

Per network: forward, the gradient by the input, integrated gradients of 50 steps, occlusion of every step, KernelSHAP
over steps by Captum and by TimeSHAP. Reads one request a line and answers with one line of JSON:

    {"network": name, "seconds": s, "least": n}   samples in milliseconds
    {"network": name, "answers": true}            the answers in float32 and float64
    {"network": name, "kernelshap": seed}         Captum's KernelSHAP: ms, values
    {"network": name, "peak": true}               the largest rate of f32 products, GFLOP/s
    {"network": name, "gap": share}               integrated gradients, steps doubled until so little is missing: ms, steps

By hand:

    echo '{"network": "icu", "seconds": 1, "least": 9}' | python bench/native.py
"""
import contextlib, copy, io, json, sys, time, warnings
import captum, numpy as np, shap, timeshap, torch
import shap.explainers._kernel

# timeshap knows this class by the name it had in earlier versions of shap.
shap.explainers._kernel.Kernel = shap.explainers._kernel.KernelExplainer

from captum.attr import FeatureAblation, IntegratedGradients, KernelShap, Saliency
from timeshap.explainer.kernel import TimeShapKernel
from networks import SHAPES, make, target

STEPS = 50
COALITIONS = 1000
# Coalitions in one batch: Captum's default is one, which is several times slower.
AT_ONCE = 100
FIRST_STEPS = 8
SLOW = 1500  # ms: such work is measured once a turn


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
        "kernelshap": lambda: kernelshap(net, x, target, 1),
        "timeshap": lambda: by_timeshap(net, x, target),
    }


def kernelshap(net, x, target, seed):
    """Shapley values of steps by Captum's regression over 1000 coalitions, [1, T, I]: a step's value at each of its cells."""
    steps = torch.arange(x.shape[1]).view(1, -1, 1).expand_as(x)
    torch.manual_seed(seed)
    np.random.seed(seed)
    return KernelShap(net).attribute(x, torch.zeros_like(x), target, feature_mask=steps, n_samples=COALITIONS, perturbations_per_eval=AT_ONCE)


def by_timeshap(net, x, target):
    """Shapley values of steps by TimeSHAP's regression over as many coalitions, nothing pruned, [T]."""

    def score(x):
        with torch.no_grad():
            parts = [net(part)[:, target] for part in torch.from_numpy(x).to(next(net.parameters()).dtype).split(AT_ONCE)]
        return torch.cat(parts).double().numpy()[:, None]

    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        kernel = TimeShapKernel(score, torch.zeros_like(x[0]).numpy(), 1, "event")
        return torch.as_tensor(np.asarray(kernel.shap_values(x.numpy(), pruning_idx=0, nsamples=COALITIONS), np.float64))


def until(net, x, target, share):
    """Integrated gradients, steps doubled until no more than a share of the score difference is missing."""
    zeros, integrated, steps = torch.zeros_like(x), IntegratedGradients(net), FIRST_STEPS
    start = time.perf_counter()
    while True:
        found, gap = integrated.attribute(x, zeros, target, n_steps=steps, method="gausslegendre", return_convergence_delta=True)
        if abs(float(gap)) <= share * abs(float(found.sum() - gap)):
            return dict(ms=(time.perf_counter() - start) * 1e3, steps=steps)
        steps *= 2


def answers(net, x, target):
    """Logits of the last step; one number a step for each explanation."""
    sampled = "kernelshap", "timeshap"  # compared by their error
    found = {name: work().detach() for name, work in works(net, x, target).items() if name not in sampled}
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
        counts[name] = 1 if once > SLOW else int(min(most, max(least, seconds * 1e3 / once)))
    rounds = max(counts.values())
    samples = {name: [] for name in todo}
    for r in range(rounds):
        for name, work in todo.items():
            if (r + 1) * counts[name] // rounds > r * counts[name] // rounds:
                samples[name].append(milliseconds(work))
    return samples


def peak(size=1024, times=9):
    """GFLOP/s of a square product: the median of a few."""
    a, b = torch.rand(size, size), torch.rand(size, size)
    torch.mm(a, b)
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        torch.mm(a, b)
        taken.append(time.perf_counter() - start)
    return 2 * size**3 / sorted(taken)[times // 2] / 1e9


def main():
    torch.set_num_threads(1)
    torch.set_num_interop_threads(1)
    print(json.dumps(dict(torch=torch.__version__, captum=captum.__version__, timeshap=timeshap.__version__)), flush=True)
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
        elif "kernelshap" in request:
            start = time.perf_counter()
            values = kernelshap(net, x, chosen, request["kernelshap"])
            found = dict(ms=(time.perf_counter() - start) * 1e3, values=values[0, :, 0].tolist())
        elif "peak" in request:
            found = peak()
        elif "gap" in request:
            found = until(net, x, chosen, request["gap"])
        else:
            found = turn(works(net, x, chosen), request["seconds"], request["least"])
        print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
