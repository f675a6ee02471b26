"""TimeSHAP (Bento et al. 2021): pruning, events, features and cells, by the timeshap package.

    python python/goldens_timeshap.py --out tests/golden/attribution

The score is the probability of the target (`probability`) or its logit (`logit`). The baseline is x' of networks.json
(an average sequence) or one row tiled over all steps (an average event: its mean over steps). Pruning groups the events
before `pruned`: the first split from the end, scanned backwards, whose older part has |phi| <= 0.025. All coalitions are
evaluated, and every answer of the package (`package`) is compared with Shapley values by definition of the same players.
"""
import contextlib, io, warnings
import numpy as np, shap, timeshap
import shap.explainers._kernel

# timeshap 1.0.4 knows this class by the name it had in earlier versions of shap.
shap.explainers._kernel.Kernel = shap.explainers._kernel.KernelExplainer

from timeshap.explainer import event_level, feature_level, temp_coalition_pruning
from timeshap.explainer.kernel import TimeShapKernel
from attribution_networks import I, cases
from goldens_attribution import about, run
from goldens_shapley import bits, shapley

TOLERANCE, ALL = 0.025, 100_000
# A network that also reads backwards has no past.
IDS = ["lstm_1x5", "gru_1x5", "rnn_tanh_1x5", "lstm_2x4"]


def quiet(f, *a, **k):
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        return f(*a, **k)


def by_definition(case, baseline, players, readout):
    """Shapley values of players, each a mask [T,I], all other cells at the baseline."""
    present = (bits(len(players)) @ np.array(players).reshape(len(players), -1)).reshape(-1, case.T, I)
    return shapley(case.value(np.where(present > 0, case.x.numpy(), baseline), readout))


def levels(case, baseline, background, readout):
    T, x = case.T, case.x.numpy()[None]
    f = lambda x: case.value(x, readout)[:, None]
    index, scan = quiet(temp_coalition_pruning, f, x, background, TOLERANCE, ret_plot_data=True)
    older = scan[scan["Coalition"].str.contains("≤")].set_index("t (event index)")["Shapley Value"]
    phi_old = np.array([older[k - T] for k in range(T + 1)])
    cell = lambda inside: np.array(inside, float)
    step, feature = np.arange(T)[:, None].repeat(I, 1), np.arange(I)[None].repeat(T, 0)
    for k in range(T + 1):
        assert abs(by_definition(case, baseline, [cell(step >= k), cell(step < k)], readout)[1] - phi_old[k]) < 1e-12
    pruned = T + index
    assert pruned == next(k for k in range(T - 1, -1, -1) if abs(phi_old[k]) <= TOLERANCE)
    out = dict(phi_old=phi_old, pruned=pruned)
    for name, pruned in dict(pruned=pruned, unpruned=0).items():
        rest = [cell(step < pruned)] if pruned else []
        events = quiet(event_level, f, x, background, pruned, 42, ALL)["Shapley Value"].to_numpy()
        events, rest_of_events = events[: T - pruned][::-1], events[T - pruned :]
        features = quiet(feature_level, f, x, background, pruned, 42, ALL)["Shapley Value"].to_numpy()
        exact = by_definition(case, baseline, [cell(step == t) for t in range(pruned, T)] + rest, readout)
        assert np.abs(exact - [*events, *rest_of_events]).max() < 1e-8, (exact, events)
        exact_features = by_definition(case, baseline, [cell((feature == i) & (step >= pruned)) for i in range(I)] + rest, readout)
        assert np.abs(exact_features - features).max() < 1e-8
        total = np.subtract(*case.value(np.stack([x[0], baseline]), readout))
        assert max(abs(exact.sum() - total), abs(exact_features.sum() - total)) < 1e-12
        out["of_all" if name == "unpruned" else "after_pruning"] = dict(events=exact[: T - pruned], older_among_events=exact[T - pruned :], features=exact_features[:I], older_among_features=exact_features[I:],
            package=dict(events=events, older_among_events=rest_of_events, features=features[:I], older_among_features=features[I:]),
            gaps=dict(event_level=np.abs(exact - [*events, *rest_of_events]).max(), feature_level=np.abs(exact_features - features).max()))
    out["cells"] = cells(case, baseline, background, readout, f, out["pruned"], out["after_pruning"], step, feature)
    return out


def top(values, n=2):
    """The n largest, whatever their sign, in their own order."""
    return sorted(int(k) for k in np.argsort(-np.abs(values), kind="stable")[:n])


def cells(case, baseline, background, readout, f, pruned, found, step, feature):
    """The cells of the two largest events and features; what is left of those events, of those features, of all others;
    what was pruned. Players without cells are left out."""
    events, features = [pruned + k for k in top(found["events"])], top(found["features"])
    late = step >= pruned
    of_event, of_feature = [step == t for t in events], [late & (feature == i) for i in features]
    any_event, any_feature = np.any(of_event, 0), np.any(of_feature, 0)
    players = [e & g for e in of_event for g in of_feature] + [e & ~any_feature for e in of_event] + [g & ~any_event for g in of_feature]
    players += [late & ~any_event & ~any_feature] + ([~late] if pruned else [])
    assert (sum(p.astype(int) for p in players) == 1).all()
    there = [p.any() for p in players]
    exact = np.zeros(len(players))
    exact[there] = by_definition(case, baseline, [p.astype(float) for p in players if p.any()], readout)
    theirs = gap = None
    if all(there):  # the package counts players without cells, too
        theirs = quiet(TimeShapKernel(f, background, 42, "cell", varying=(events, features)).shap_values, case.x.numpy()[None], pruning_idx=pruned, nsamples=ALL)
        theirs = np.ravel(theirs)
        gap = np.abs(theirs - exact).max()
        assert gap < 1e-8, (exact, theirs)
    return dict(pruned=pruned, events=events, features=features, shapley=exact, package=theirs, gap=gap)


def block(case):
    out = {}
    for readout in ("probability", "logit"):
        event = case.baseline.mean(0, keepdim=True).numpy()
        for name, background, baseline in (("sequence", case.baseline.numpy(), case.baseline.numpy()), ("event", event, event.repeat(case.T, 0))):
            of = out.setdefault(readout, {})[name] = dict(x=baseline[:1] if name == "event" else None) | levels(case, baseline, background, readout)
            if of["x"] is None: del of["x"]
    print(case.id, {(r, b): int(of["pruned"]) for r, each in out.items() for b, of in each.items()}, "of", case.T)
    return out


def content():
    warnings.filterwarnings("ignore")
    return dict(about=about(shap=shap.__version__, timeshap=timeshap.__version__, tolerance=TOLERANCE), networks={case.id: block(case) for case in cases() if case.id in IDS})


if __name__ == "__main__":
    run("timeshap", content)
