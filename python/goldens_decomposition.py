"""Decompositions of the state that is read: REAT and its kin, contextual decomposition.

    python python/goldens_decomposition.py --out tests/golden/attribution

numpy, from the definitions. REAT (Du et al. 2019): words and phrases in the authors' form (divided by output gates) and
without the division, the naive differences, the parts of both directions, for LSTM and GRU; of a stack the last layer.
Murdoch & Szlam 2017: beta and gamma of LSTMs. All sum to W h - no bias - of the state that is read.
Contextual decomposition (Murdoch, Liu & Yu 2018), LSTM: every word and contiguous phrase, with the product of two biases
given to the phrase at each of its steps (`symmetric`) or at all but its last (`authors`, as their code). beta and gamma
are the two parts of the hidden state that is read; of a BiLSTM those of both directions, one after the other; a second
layer reads the parts of the first.
"""
import numpy as np
from attribution_networks import cases
from goldens_attribution import about, run
from goldens_lrp import Pass, sigmoid


def passes(case):
    """Directions of every layer, and what each layer reads."""
    w, steps, found = {k: v.numpy() for k, v in case.w.items()}, case.x.numpy(), []
    for layer in case.about["layers"]:
        directions = [Pass(layer, w, "_reverse" * d, steps) for d in range(1 + layer["bidirectional"])]
        found.append(directions)
        steps = np.concatenate([p.states() for p in directions], 1)
    return found


def read(case, p):
    """The steps of a direction in its own order, up to the one that is read."""
    return p.order[: case.step + 1] if case.about["head"]["on"] == "every-step" else p.order


def head(case, d, H):
    return case.w["head.weight"].numpy()[:, d * H : (d + 1) * H]


def reat(case, p, W):
    """[T,C] words of one direction; {(from, to): [C]} phrases by their own formula, `to` not included."""
    order, zero = read(case, p), np.zeros(p.H)
    h = [p.h[t] for t in order]
    if p.kind == "lstm":
        o = [p.seen["o"][t] for t in order]
        f = [p.seen["f"][t] for t in order]
        alpha = [f[k] * o[k] / o[k - 1] if k else zero + 1 for k in range(len(order))]
    else:
        alpha = [p.seen["z"][t] for t in order]
    after = lambda keep, k: np.prod(keep[k:], 0) if k < len(keep) else zero + 1
    phrase = lambda q, r: W @ (after(alpha, r + 1) * (h[r] - (np.prod(alpha[q : r + 1], 0) * h[q - 1] if q else 0)))
    words = np.array([phrase(k, k) for k in range(len(order))])
    if p.kind == "lstm":
        c = [np.tanh(p.c[t]) for t in order]
        plain = np.array([W @ (o[-1] * after(f, k + 1) * (c[k] - (f[k] * c[k - 1] if k else 0))) for k in range(len(order))])
        assert np.abs(plain - words).max() < 1e-12, "with and without the division"
        words = plain
    assert np.abs(words.sum(0) - W @ h[-1]).max() < 1e-12
    for q in range(len(order)):
        for r in range(q, len(order)):
            assert np.abs(phrase(q, r) - words[q : r + 1].sum(0)).max() < 1e-11, "a phrase is the sum of its words"
    return in_time(case, order, words)


def in_time(case, order, rows):
    out = np.zeros((case.T, rows.shape[1]))
    out[order] = rows
    return out


def naive(case, p, W):
    order = read(case, p)
    return in_time(case, order, np.array([W @ (p.h[t] - (p.h[order[k - 1]] if k else 0)) for k, t in enumerate(order)]))


def murdoch_szlam(case, p, W):
    order = read(case, p)
    i, f, g, o, c = (np.array([of[t] for t in order]) for of in (p.seen["i"], p.seen["f"], p.seen["g"], p.seen["o"], p.c))
    evidence = np.array([np.prod(f[k + 1 :], 0) * i[k] * g[k] for k in range(len(order))])
    assert np.abs(evidence.sum(0) - c[-1]).max() < 1e-13
    steps = lambda of: np.diff(np.tanh(np.concatenate([np.zeros((1, p.H)), of])), axis=0) * o[-1] @ W.T
    return in_time(case, order, steps(c)), in_time(case, order, steps(evidence.cumsum(0)))


def contextual(case, start, stop, authors):
    """beta, gamma [H directions] of the state that is read, the phrase being steps start .. stop, both included."""
    def three(r, q, b, act):
        """Shapley's share of r and of q in act(r + q + b) - act(b); act(b)."""
        return (act(r + b) - act(b) + act(r + q + b) - act(q + b)) / 2, (act(q + b) - act(b) + act(r + q + b) - act(r + b)) / 2, act(b)
    x = case.x.numpy()
    inside = (np.arange(case.T) >= start) & (np.arange(case.T) <= stop)
    own = inside & (np.arange(case.T) < stop) if authors else inside
    r_in, q_in = x * inside[:, None], x * ~inside[:, None]
    for directions in passes(case):
        r_out, q_out = [], []
        for p in directions:
            H, zero = p.H, np.zeros(p.H)
            rh, qh, rc, qc, R, Q = zero, zero, zero, zero, {}, {}
            for t in p.order:
                parts = {}
                for gate in "ifgo":
                    wi, wh, bi, bh = p.rows(gate)
                    parts[gate] = wi @ r_in[t] + wh @ rh, wi @ q_in[t] + wh @ qh, bi + bh
                (ri, qi, bi), (rf, qf, bf), (rg, qg, bg) = (three(*parts[k], act) for k, act in (("i", sigmoid), ("f", sigmoid), ("g", np.tanh)))
                new_r = ri * (rg + bg) + bi * rg + (rf + bf) * rc
                new_q = qi * (rg + qg + bg) + (ri + bi) * qg + (rf + qf + bf) * qc + qf * rc
                new_r, new_q = (new_r + bi * bg, new_q) if own[t] else (new_r, new_q + bi * bg)
                rc, qc, o = new_r, new_q, sigmoid(sum(parts["o"]))
                rh, qh, _ = (o * v for v in three(rc, qc, zero, np.tanh))
                assert np.abs(rh + qh - p.h[t]).max() < 1e-13 and np.abs(rc + qc - p.c[t]).max() < 1e-12
                R[t], Q[t] = rh, qh
            r_out.append(R), q_out.append(Q)
        r_in, q_in = (np.concatenate([np.array([of[t] for t in range(case.T)]) for of in out], 1) for out in (r_out, q_out))
    at = [read(case, p)[-1] for p in directions]
    return tuple(np.concatenate([of[t] for of, t in zip(out, at)]) for out in (r_out, q_out))


def block(case):
    out, top = {}, passes(case)[-1]
    score = case.pair()[0] - case.w["head.bias"][case.target].item()
    if case.kind != "rnn":
        parts = np.array([reat(case, p, head(case, d, p.H)) for d, p in enumerate(top)])
        words = parts.sum(0)[:, case.target]
        assert abs(words.sum() - score) < 1e-12
        spans = [(a, b) for a in range(case.T) for b in range(a + 1, case.T + 1)]
        out["reat"] = dict(words=words, parts=parts[:, :, case.target], all_classes=parts.sum(0), phrases=dict(range=spans, score=[words[a:b].sum() for a, b in spans]))
    out["naive"] = sum(naive(case, p, head(case, d, p.H)) for d, p in enumerate(top))[:, case.target]
    assert abs(out["naive"].sum() - score) < 1e-12
    if case.kind == "lstm":
        beta, gamma = (sum(of)[:, case.target] for of in zip(*(murdoch_szlam(case, p, head(case, d, p.H)) for d, p in enumerate(top))))
        assert max(abs(beta.sum() - score), abs(gamma.sum() - score)) < 1e-12
        out["murdoch_szlam"] = dict(beta=beta, gamma=gamma)
        W = case.w["head.weight"].numpy()
        out["contextual"] = dict(range=spans)
        for name, authors in (("symmetric", False), ("authors", True)):
            found = [contextual(case, a, b - 1, authors) for a, b in spans]
            scores = np.array([W[case.target] @ r for r, _ in found])
            assert max(abs(W[case.target] @ (r + q) - score) for r, q in found) < 1e-12
            words = [scores[spans.index((t, t + 1))] for t in range(case.T)]
            out["contextual"][name] = dict(score=scores, words=words, beta=[r for r, _ in found], gamma=[q for _, q in found])
        assert np.abs(np.array(out["contextual"]["symmetric"]["score"]) - out["contextual"]["authors"]["score"]).max() > 1e-3
    print(case.id, "W h =", score, *("%s %.3f" % (k, abs(v["words"][-1])) for k, v in out.items() if "words" in v))
    return out | dict(sum=score)


def content():
    return dict(about=about(range="[from, to) in steps, every contiguous one", sum="W h of the state that is read: logit without its bias"), networks={case.id: block(case) for case in cases()})


if __name__ == "__main__":
    run("decomposition", content)
