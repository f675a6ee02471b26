"""Shapley values, Owen values and LIME, every coalition evaluated.

    python python/goldens_shapley.py --out tests/golden/attribution

The game: v(S) = F(x where the players of S are, x' elsewhere). A coalition is a number whose bit p is player p. Players are
steps, features (at all steps), or four groups of neighbouring steps. Shapley and Owen values are sums over all
coalitions by their definitions. Beside them: shap's Exact, Kernel and Partition explainers, Captum's ShapleyValues (all
permutations), ShapleyValueSampling and KernelShap, on the same game: what they said is stored under their names. What
is drawn comes with the standard errors that so many draws have, over all orders and all coalitions.

LIME: minimise over beta_0, beta: sum over all 2^M masks z of pi(z) (v(z) - beta_0 - beta z)^2 + lambda |beta|^2, pi =
exp(-D^2 / sigma^2), D = 1 - sqrt(|z| / M) (cosine distance of z from all ones, 1 for the empty mask) or 1 - |z| / M
(fraction removed); scikit-learn's Ridge, for lambda = 0 least squares, and Captum's LimeBase on the same masks.
"""
import math, warnings
import captum, numpy as np, shap, sklearn, torch
from captum.attr import KernelShap, LimeBase, ShapleyValues, ShapleyValueSampling
from captum._utils.models.linear_model import SkLearnRidge
from sklearn.linear_model import Ridge
from attribution_networks import I, cases
from goldens_attribution import about, run

SEED, SAMPLES = 1, 500
KERNELS = dict(cosine=0.25, fraction=0.5)
RIDGES = [0.0, 1.0]


def bits(M):
    """All masks [2^M,M]: row S has bit p of S."""
    return (np.arange(2**M)[:, None] >> np.arange(M)) & 1


def shapley(v):
    """v [2^M] -> [M]: sum over S without p of |S|! (M - |S| - 1)! / M! (v(S + p) - v(S))."""
    M = int(math.log2(len(v)))
    size = bits(M).sum(1)
    weight = np.array([math.factorial(s) * math.factorial(M - s - 1) / math.factorial(M) for s in range(M)])
    without = [S for S in range(len(v))]
    return np.array([sum(weight[size[S]] * (v[S | 1 << p] - v[S]) for S in without if not S >> p & 1) for p in range(M)])


def owen(v, groups):
    """Owen values [M]: a coalition of whole other groups, then one of members of the own group."""
    M, m = int(math.log2(len(v))), len(groups)
    whole = [sum(1 << p for p in group) for group in groups]
    weight = lambda k, n: math.factorial(k) * math.factorial(n - k - 1) / math.factorial(n)
    subsets = lambda items: [[item for k, item in enumerate(items) if n >> k & 1] for n in range(2 ** len(items))]
    phi = np.zeros(M)
    for k, group in enumerate(groups):
        for others in subsets([w for j, w in enumerate(whole) if j != k]):
            for p in group:
                for mates in subsets([q for q in group if q != p]):
                    S = sum(others) | sum(1 << q for q in mates)
                    phi[p] += weight(len(others), m) * weight(len(mates), len(group)) * (v[S | 1 << p] - v[S])
    return phi


def game(case, players, readout="logit"):
    """v [2^M] of players, each a mask [T,I] of the cells that it brings."""
    present = bits(len(players)) @ np.array(players).reshape(len(players), -1)
    x = np.where(present.reshape(-1, case.T, I) > 0, case.x.numpy(), case.baseline.numpy())
    return case.value(x, readout)


def by_shap(v):
    """shap's Exact and Kernel explainers of the game."""
    M = int(math.log2(len(v)))
    f = lambda z: v[(np.asarray(z) > 0.5).astype(int) @ (1 << np.arange(M))]
    nothing, everything = np.zeros((1, M)), np.ones((1, M))
    exact = shap.explainers.Exact(f, shap.maskers.Independent(nothing))(everything).values[0]
    kernel = shap.KernelExplainer(f, nothing).shap_values(everything, nsamples=2**M - 2, l1_reg=False, silent=True)[0]
    return exact, kernel


def by_partition(v):
    """shap's Partition explainer of four players in the tree ((0 1) (2 3))."""
    f = lambda z: v[(np.asarray(z) > 0.5).astype(int) @ (1 << np.arange(4))]
    tree = np.array([[0, 1, 1.0, 2], [2, 3, 1.0, 2], [4, 5, 2.0, 4]])
    return shap.explainers.Partition(f, shap.maskers.Partition(np.zeros((1, 4)), clustering=tree))(np.ones((1, 4)), max_evals=10_000).values[0]


def error_of_orders(v, draws):
    """Standard errors [M] of a mean over so many random orders: each player's change when it enters, over all orders."""
    M = int(math.log2(len(v)))
    size = bits(M).sum(1)
    weight = [math.factorial(s) * math.factorial(M - s - 1) / math.factorial(M) for s in range(M)]
    square = [sum(weight[size[S]] * (v[S | 1 << p] - v[S]) ** 2 for S in range(len(v)) if not S >> p & 1) for p in range(M)]
    return np.sqrt(np.maximum(square - shapley(v) ** 2, 0) / draws)


def error_of_regression(v, draws):
    """Standard errors [M] of a regression on so many coalitions, drawn by the Shapley kernel, whose values add up: the
    covariance A^-1 B A^-1 / n of least squares, the last player's value being what the others leave."""
    M = int(math.log2(len(v)))
    z, size = bits(M)[1:-1], bits(M)[1:-1].sum(1)
    chance = np.array([(M - 1) / (math.comb(M, s) * s * (M - s)) for s in size])
    chance /= chance.sum()
    rows = z[:, :-1] - z[:, -1:]
    left = v[1:-1] - v[0] - z @ shapley(v)
    A, B = rows.T @ (chance[:, None] * rows), rows.T @ ((chance * left**2)[:, None] * rows)
    assert np.abs(rows.T @ (chance * left)).max() < 1e-14, "Shapley values are what the regression converges to"
    covariance = np.linalg.inv(A) @ B @ np.linalg.inv(A) / draws
    return np.sqrt([*np.diag(covariance), covariance.sum()])


def by_captum(case, mask, method, **named):
    torch.manual_seed(SEED)
    np.random.seed(SEED)
    found = method(case.module).attribute(case.x[None], case.baseline[None], target=case.target, feature_mask=torch.as_tensor(mask)[None], **named)[0].numpy()
    return np.array([found[mask == p].flat[0] for p in range(mask.max() + 1)])


def lime(case, v):
    M = case.T
    z, out = bits(M), {}
    present = z.mean(1)
    for kernel, sigma in KERNELS.items():
        D = 1 - (np.sqrt(present) if kernel == "cosine" else present)
        weight = np.exp(-(D**2) / sigma**2)
        out[kernel] = dict(sigma=sigma, weights_by_size=[weight[present == k / M][0] for k in range(M + 1)])
        for ridge in RIDGES:
            if ridge:
                model = Ridge(alpha=ridge, solver="cholesky").fit(z, v, sample_weight=weight)
                beta, first = model.coef_, model.intercept_
            else:
                root = np.sqrt(weight)[:, None]
                first, *beta = np.linalg.lstsq(np.column_stack([np.ones(len(z)), z]) * root, v * root[:, 0], rcond=None)[0]
                beta = np.array(beta)
            fit, mean = first + z @ beta, np.average(v, weights=weight)
            # The gradient of what is minimised is zero.
            slope = (weight * (v - fit)) @ np.column_stack([np.ones(len(z)), z]) - ridge * np.array([0, *beta])
            assert np.abs(slope).max() < 1e-10
            r2 = 1 - (weight * (v - fit) ** 2).sum() / (weight * (v - mean) ** 2).sum()
            out[kernel][f"ridge_{ridge:g}"] = dict(coefficients=beta, intercept=first, r2=r2)
        ours = out[kernel]["ridge_1"]["coefficients"]
        theirs = out[kernel]["captum_lime_base"] = by_lime_base(case, z, weight)
        gap = out[kernel]["captum_gap"] = np.abs(theirs - ours).max()
        assert gap < 1e-5, gap
    return out


def by_lime_base(case, z, weight):
    """Captum's LimeBase, given every mask and its weight; it fits in single precision."""
    masks = iter(torch.as_tensor(z, dtype=torch.float64))
    weights = iter(weight)
    tool = LimeBase(case.module, SkLearnRidge(alpha=1.0, solver="cholesky"), similarity_func=lambda *a, **k: float(next(weights)), perturb_func=lambda *a, **k: next(masks)[None],
                    perturb_interpretable_space=True, from_interp_rep_transform=lambda m, x, **k: torch.where(m.view(1, -1, 1) > 0.5, x, case.baseline[None]), to_interp_rep_transform=None)
    return tool.attribute(case.x[None], target=case.target, n_samples=len(z)).numpy()[0]


def block(case):
    T, score, baseline_score = case.T, *case.pair()
    cut = [round(k * T / 4) for k in range(5)]
    ranges = [[a, b] for a, b in zip(cut, cut[1:])]
    step_of, feature_of = np.arange(T)[:, None].repeat(I, 1), np.arange(I)[None].repeat(T, 0)
    group_of = np.array([next(k for k, (a, b) in enumerate(ranges) if a <= t < b) for t in range(T)])[:, None].repeat(I, 1)
    out = {}
    for name, of in dict(steps=step_of, features=feature_of, groups=group_of).items():
        v = game(case, [of == p for p in range(of.max() + 1)])
        phi = shapley(v)
        exact, kernel = by_shap(v)
        theirs = dict(shap_exact=exact, shap_kernel=kernel)
        assert abs(phi.sum() - score + baseline_score) < 1e-12 and abs(v[-1] - score) < 1e-14 and abs(v[0] - baseline_score) < 1e-14
        gaps = dict(shap_exact=np.abs(exact - phi).max(), shap_kernel=np.abs(kernel - phi).max())
        assert gaps["shap_exact"] < 1e-12 and gaps["shap_kernel"] < 1e-8, gaps
        if len(phi) <= 6:
            theirs["captum_shapley_values"] = by_captum(case, of, ShapleyValues)
            gaps["captum_shapley_values"] = np.abs(theirs["captum_shapley_values"] - phi).max()
            assert gaps["captum_shapley_values"] < 1e-4 * np.abs(phi).max(), gaps  # Captum adds up in single precision
        out[name] = dict(values=v, shapley=phi, gaps=gaps) | theirs
    steps, groups = out["steps"], out["groups"]
    of_probability = game(case, [step_of == t for t in range(T)], "probability")
    steps["shapley_of_probability"], steps["shap_exact_of_probability"] = shapley(of_probability), by_shap(of_probability)[0]
    assert abs(steps["shapley_of_probability"].sum() - np.subtract(*case.pair("probability"))) < 1e-12
    groups["range"] = ranges
    cells = game(case, [(step_of == t) & (feature_of == i) for t in range(case.step - 2, case.step + 1) for i in range(I)])
    out["cells"] = dict(steps=[case.step - 2, case.step + 1], others="x'", values=cells, shapley=shapley(cells), shap_exact=by_shap(cells)[0])

    partition = [[0, 1], [2, 3, 4], list(range(5, T))]
    of_steps = owen(steps["values"], partition)
    quotient = shapley(np.array([steps["values"][sum(1 << t for k, group in enumerate(partition) if S >> k & 1 for t in group)] for S in range(8)]))
    assert np.abs(quotient - [of_steps[group].sum() for group in partition]).max() < 1e-12, "Owen: a group gets its Shapley value among groups"
    assert np.abs(owen(steps["values"], [[t] for t in range(T)]) - steps["shapley"]).max() < 1e-12
    pairs = owen(groups["values"], [[0, 1], [2, 3]])
    theirs = by_partition(groups["values"])
    assert np.abs(theirs - pairs).max() < 1e-12, (theirs, pairs)
    out["owen"] = dict(steps=dict(partition=partition, owen=of_steps, quotient=quotient), groups=dict(partition=[[0, 1], [2, 3]], owen=pairs, shap_partition=theirs, shap_partition_gap=np.abs(theirs - pairs).max()))

    four = game(case, [step_of == t for t in range(case.step - 3, case.step + 1)])
    theirs = by_partition(four)
    assert np.abs(theirs - owen(four, [[0, 1], [2, 3]])).max() < 1e-12
    out["owen"]["four_steps"] = dict(steps=[case.step - 3, case.step + 1], others="x'", partition=[[0, 1], [2, 3]], shap_partition=theirs)

    drawn = by_captum(case, step_of, ShapleyValueSampling, n_samples=SAMPLES)
    regressed = by_captum(case, group_of, KernelShap, n_samples=4 * SAMPLES)
    out["drawn"] = dict(captum_shapley_value_sampling=drawn, samples=SAMPLES, standard_error=error_of_orders(steps["values"], SAMPLES), gap=np.abs(drawn - steps["shapley"]).max(),
                        captum_kernel_shap=regressed, kernel_samples=4 * SAMPLES, kernel_standard_error=error_of_regression(groups["values"], 4 * SAMPLES), kernel_gap=np.abs(regressed - groups["shapley"]).max())
    for found, exact, error in ((drawn, steps, "standard_error"), (regressed, groups, "kernel_standard_error")):
        assert (np.abs(found - exact["shapley"]) <= 4 * out["drawn"][error] + 1e-6).all(), (error, found, exact)  # they add up in single precision
    out["lime"] = lime(case, steps["values"])
    print(case.id, {k: "%.0e" % g for k, g in steps["gaps"].items()}, "sampling %.0e, kernel sampling %.0e, LimeBase %.0e" % (out["drawn"]["gap"], out["drawn"]["kernel_gap"], out["lime"]["cosine"]["captum_gap"]), flush=True)
    return out


def content():
    warnings.filterwarnings("ignore")
    return dict(about=about(captum=captum.__version__, shap=shap.__version__, scikit_learn=sklearn.__version__, seed=SEED, coalition="number whose bit p is player p; values[coalition]",
                            lime="ridge: intercept not penalised, weights not normalised; r2 weighted by pi"),
                networks={case.id: block(case) for case in cases()})


if __name__ == "__main__":
    run("shapley", content)
