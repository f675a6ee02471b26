"""The gradient family on the networks of `attribution_networks.py`, by Captum and by quadrature.

    python python/goldens_gradients.py --out tests/golden/attribution

Captum: Saliency (signed), InputXGradient, IntegratedGradients (50 midpoints; 64 Gauss-Legendre nodes, which Captum keeps
in single precision), NoiseTunnel over Saliency with its noise recorded, GradientShap, FeatureAblation. The converged
numbers are autograd at 256 Gauss-Legendre nodes: integrated gradients of every readout, expected gradients averaged over
the background (with the standard error that GradientShap's draws have), temporal and sequential integrated gradients (one step moves, the later ones left out or kept).
"""
import numpy as np, captum, torch
from captum.attr import FeatureAblation, GradientShap, InputXGradient, IntegratedGradients, NoiseTunnel, Saliency
from attribution_networks import I, READOUTS, cases
from goldens_attribution import about, run

SEED, SAMPLES, NOISE = 1, 12, 0.2
DRAWS = 8192


def gradient(case, x, readout="logit"):
    """[B,T,I] -> dF/dx [B,T,I]."""
    x = x.detach().clone().requires_grad_()
    return torch.autograd.grad(case.score(x, readout).sum(), x)[0]


def path_integral(case, x, baseline, readout="logit", nodes=256):
    """Integrated gradients [T,I] of x [T,I] by Gauss-Legendre."""
    a, w = (torch.as_tensor(v) for v in np.polynomial.legendre.leggauss(nodes))
    a, w = (a + 1) / 2, w / 2
    slopes = gradient(case, baseline + a.view(-1, 1, 1) * (x - baseline), readout)
    return (x - baseline) * (w.view(-1, 1, 1) * slopes).sum(0)


def draws_error(case, draws, nodes=256):
    """Standard errors [T,I] of a mean over so many draws of another input and a place on the way from it."""
    a, w = (torch.as_tensor(v) for v in np.polynomial.legendre.leggauss(nodes))
    a, w = ((a + 1) / 2).view(-1, 1, 1), (w / 2).view(-1, 1, 1) / len(case.background)
    each = [(w, (case.x - other) * gradient(case, other + a * (case.x - other))) for other in case.background]
    mean, square = (sum((w * v**power).sum(0) for w, v in each) for power in (1, 2))
    return ((square - mean**2).clamp(min=0) / draws).sqrt()


def noise_tunnel(case):
    """Means of gradients, of their squares, and variances, all on the same recorded noise [n,T,I]."""
    out, asked = {}, []

    def module(x):
        asked.append(x.detach().clone())
        return case.module(x)

    for kind in ("smoothgrad", "smoothgrad_sq", "vargrad"):
        torch.manual_seed(SEED)
        found = NoiseTunnel(Saliency(module)).attribute(case.x[None], nt_type=kind, nt_samples=SAMPLES, stdevs=NOISE, target=case.target, abs=False)[0]
        noise = asked[-1] - case.x
        assert "noise" not in out or torch.equal(out["noise"], noise)
        out |= {"noise": noise, kind: found}
    g = gradient(case, case.x + out["noise"])
    for kind, by_hand in dict(smoothgrad=g.mean(0), smoothgrad_sq=(g**2).mean(0), vargrad=(g**2).mean(0) - g.mean(0) ** 2).items():
        assert (out[kind] - by_hand).abs().max() < 1e-14 * max(1, by_hand.abs().max()), kind
    assert abs(out["noise"].std() / NOISE - 1) < 0.15
    return out


def one_step_paths(case):
    """Temporal and sequential integrated gradients [T,I], zero after the question's step."""
    temporal, sequential = torch.zeros(case.T, I), torch.zeros(case.T, I)
    for t in range(case.step + 1):
        moved = case.x.clone()
        moved[t] = case.baseline[t]
        sequential[t] = path_integral(case, case.x, moved)[t]
        temporal[t] = path_integral(case, case.x[: t + 1], moved[: t + 1])[t]
        change = lambda a, b: case.value(a[None])[0] - case.value(b[None])[0]
        assert abs(sequential[t].sum() - change(case.x, moved)) < 1e-13
        assert abs(temporal[t].sum() - change(case.x[: t + 1], moved[: t + 1])) < 1e-13
    return dict(temporal_ig=temporal, sequential_ig=sequential)


def block(case):
    x, base, target = case.x[None], case.baseline[None], case.target
    ask = lambda tool, **named: tool(case.module).attribute(x.clone().requires_grad_(), target=target, **named)[0].detach()
    score, baseline_score = case.pair()
    out = dict(saliency=ask(Saliency, abs=False), input_x_gradient=ask(InputXGradient),
               ig_midpoint_50=ask(IntegratedGradients, baselines=base, n_steps=50, method="riemann_middle"),
               ig_gausslegendre_64=ask(IntegratedGradients, baselines=base, n_steps=64, method="gausslegendre"))
    mask = lambda *shape: torch.arange(np.prod(shape)).view(1, *shape).expand(1, case.T, I)
    out["occlusion_step"] = ask(FeatureAblation, baselines=base, feature_mask=mask(case.T, 1))[:, 0]
    out["occlusion_feature"] = ask(FeatureAblation, baselines=base, feature_mask=mask(1, I))[0]
    out["occlusion_cell"] = ask(FeatureAblation, baselines=base)
    out |= noise_tunnel(case) | one_step_paths(case)
    out["readouts"] = {r: dict(score=case.value(x, r)[0], baseline_score=case.value(base, r)[0], gradient=gradient(case, x, r)[0], ig=path_integral(case, case.x, case.baseline, r)) for r in READOUTS}
    assert (out["saliency"] - out["readouts"]["logit"]["gradient"]).abs().max() < 1e-14
    for r, of in out["readouts"].items():
        assert abs(of["ig"].sum() - of["score"] + of["baseline_score"]) < 1e-12, (case.id, r)
    ig = out["ig_converged"] = out["readouts"]["logit"]["ig"]
    out["ig_midpoint_50_gap"] = score - baseline_score - out["ig_midpoint_50"].sum()
    assert (out["ig_gausslegendre_64"] - ig).abs().max() < 1e-6

    each = torch.stack([path_integral(case, case.x, other) for other in case.background])
    others = case.value(case.background)
    assert abs(each.sum() - (score - others).sum()) < 1e-12
    torch.manual_seed(SEED)
    np.random.seed(SEED)
    drawn = ask(GradientShap, baselines=case.background, n_samples=DRAWS, stdevs=0.0)
    # The worst element of a mean of n draws lies within a few of its standard errors.
    error, off = draws_error(case, DRAWS), (drawn - each.mean(0)).abs()
    gap = off.max()
    assert (off <= 4 * error).all(), (case.id, off, error)
    out["expected_gradients"] = dict(exact=each.mean(0), each=each, scores=others, captum_gradient_shap=drawn, captum_draws=DRAWS, captum_standard_error=error, captum_gap=gap)
    later = slice(case.step + 1, None)
    assert not out["saliency"][later].any() and not ig[later].any()
    print(case.id, "gap of 50 midpoints %.0e, GradientShap %.0e off" % (out["ig_midpoint_50_gap"], gap))
    return out


def content():
    return dict(about=about(captum=captum.__version__, seed=SEED, samples=SAMPLES, noise=NOISE, captum_gausslegendre="single-precision nodes: 1e-6", temporal_ig="every step is asked on the input cut off after it"),
                networks={case.id: block(case) for case in cases()})


if __name__ == "__main__":
    run("gradients", content)
