"""Golden values of the shipped networks: float64, explicit equations (network.py), PyTorch autograd.

    python python/make_golden.py --models www/models --out tests/golden [id ...]

One file per network, tensors F64 (ids, target I64), for three inputs n = 0, 1, 2 out of `www/models/samples`:

    n_ids [T] or n_x [T,I]   characters or words; standardised values of a stay
    n_logits [T,C] or [C]    a language model has them for every step
    n_target []              class whose logit is the score, of the last step
    n_score [2]              score of the input, and of the baseline (zeros in x: embedding, one-hot or values)
    n_grad [T,I]             gradient of the score
    n_ig [T,I]               integrated gradients, 64 midpoints from the baseline
    n_occlusion [T]          score(x) - score(x with step t zeroed)
    0_h, 0_c [D,T,H], 0_gates [D,T,G,H], 0_alpha [T,I]   only input 0; c: LSTM, alpha: attention

The metadata key `golden` is JSON: versions, command, `sha256_of_weights` of the network, and `text_n` or `csv_n`,
the input as a person gives it. The equations are checked against torch.nn in float64 first.
"""
import argparse, json, os
import numpy as np, safetensors, torch
from safetensors.torch import save_file
import inputs, modelfile, network
from modules import Network

# id -> [(sample, characters of it)]; the last character taken is the target
CASES = dict(
    sentiment_lstm=["du1", "du2", "s56"],
    sentiment_bigru=["du1", "du2", "s144"],
    prose_lstm_2x256=[("bear", 24), ("rain", 32), ("letter", 40)],
    prose_gru_1x128=[("bear", 40), ("cabin", 40), ("tale", 60)],
    prose_rnn_1x128=[("bear", 40), ("cabin", 40), ("tale", 60)],
    c_lstm_2x256=[("swap", 24), ("comment", 32), ("branches", 40)],
    icu_gru_1x64=["shock", "turn", "heart"],
    icu_attention_lstm_1x64=["shock", "brain", "heart"],
)


def read_input(about, w, text, T=None):
    """Text as a person gives it -> what to store of it, x [T,I], target."""
    kind = about["input"]["kind"]
    if kind == "series":
        x = inputs.series(text, about)
        return dict(x=x), x, 0
    if kind == "words":
        ids = inputs.words(text, about)
        x = inputs.vectors(ids, about, w)
        return dict(ids=ids), x, int(network.forward(about, w, x[None])[0][0].argmax())
    ids = inputs.characters(text[: T + 1], about)
    return dict(ids=ids[:-1]), inputs.vectors(ids[:-1], about, w), int(ids[-1])


def explain(about, w, x, target):
    """x [T,I] -> gradient [T,I], integrated gradients [T,I], occlusion [T], scores [2]."""
    x = x[None].clone().requires_grad_()
    score = network.score(about, w, x, target)
    grad, = torch.autograd.grad(score.sum(), x)
    x = x.detach()
    total = torch.zeros_like(x[0])
    for alpha in ((torch.arange(64, dtype=torch.float64) + 0.5) / 64).split(16):
        path = (alpha.view(-1, 1, 1) * x).requires_grad_()
        total += torch.autograd.grad(network.score(about, w, path, target).sum(), path)[0].sum(0)
    with torch.no_grad():
        zero = network.score(about, w, torch.zeros_like(x), target)
        without = x.repeat(x.shape[1], 1, 1)
        without[range(x.shape[1]), range(x.shape[1])] = 0
        occlusion = score - network.score(about, w, without, target)
    return dict(grad=grad[0], ig=total / 64 * x[0], occlusion=occlusion.detach(), score=torch.stack([score.detach()[0], zero[0]]))


def states(about, w, x):
    """x [T,I] -> h, c [D,T,H], gates [D,T,G,H], alpha [T,I] of one input."""
    with torch.no_grad():
        _, h, c, gates = network.forward(about, w, x[None])
        out = dict(h=h[0], gates=torch.stack([g[0] for g in gates]))
        if about["layers"][0]["kind"] == "lstm": out["c"] = c[0]
        if "attention" in about: out["alpha"] = network.attend(about, w, x)
    return out


def versions():
    return dict(torch=torch.__version__.split("+")[0], numpy=np.__version__, safetensors=safetensors.__version__)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--models", required=True); p.add_argument("--out", required=True); p.add_argument("ids", nargs="*")
    a = p.parse_args()
    torch.set_num_threads(1); torch.set_default_dtype(torch.float64)
    index = {m["id"]: m for m in json.load(open(f"{a.models}/index.json"))["models"]}
    for id in a.ids or CASES:
        about, stored = modelfile.read(f"{a.models}/{index[id]['file']}")
        w = modelfile.unpack(stored)
        samples = {s["id"]: s["text"] for s in json.load(open(f"{a.models}/{index[id]['samples']}"))["samples"]}
        golden = dict(versions=versions(), seed=None, command=f"python python/make_golden.py --models www/models --out tests/golden {id}",
                      network=id, sha256_of_weights=about["sha256_of_weights"])
        out, nn = {}, Network(about, w, torch.float64).eval()
        for n, case in enumerate(CASES[id]):
            name, T = case if isinstance(case, tuple) else (case, None)
            extra, x, target = read_input(about, w, samples[name], T)
            golden[f"{'csv' if about['input']['kind'] == 'series' else 'text'}_{n}"] = samples[name][:T]
            with torch.no_grad():
                logits, reference = network.forward(about, w, x[None])[0], nn(x[None])
            gap = (logits - (reference[0] if isinstance(reference, tuple) else reference)).abs().max().item()
            assert gap < 1e-12, gap
            values = dict(extra, logits=logits[0], target=torch.tensor(target), **explain(about, w, x, target))
            if n == 0: values |= states(about, w, x)
            out |= {f"{n}_{k}": v.detach().contiguous() for k, v in values.items()}
            s = values["score"]
            print(id, n, f"T={len(x)} torch.nn gap {gap:.0e}, score difference {s[0] - s[1]:.3f}, gap of 64 midpoints {s[0] - s[1] - values['ig'].sum():.1e}", flush=True)
        path = f"{a.out}/{id}.safetensors"
        save_file(out, path, {"golden": json.dumps(golden, ensure_ascii=False)})
        print(path, os.path.getsize(path))


if __name__ == "__main__":
    main()
