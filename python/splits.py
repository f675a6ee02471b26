"""Area under the ROC curve over repeated random splits of all stays, mean and SD (Gandin et al. 2021 use ten of 70/30).

    python python/splits.py --data DIR --cell gru --out trained/icu_gru_1x64/splits.json

Every split trains anew by `train_icu`'s recipe: a tenth of the training stays chooses the epoch, the other 30 % of all
stays are looked at once. One line a split is written as it ends, so that a run can be cut short and says so.
"""
import argparse, json
import numpy as np, torch
import torch.nn.functional as F
from quality import auroc
from train_icu import DEVICE, Encoder, Mortality


def run(X, S, label, seed, a):
    """AUROC on the held-out 30 % after training on the rest."""
    torch.manual_seed(seed)
    rng = np.random.RandomState(seed)
    order = rng.permutation(len(X))
    test, rest = np.split(order, [len(X) * 3 // 10])
    valid, train = np.split(rest, [len(rest) // 10])
    encode = Encoder(X[rest], S[rest])
    x, y = torch.tensor(encode(X, S)).to(DEVICE), torch.tensor(label, dtype=torch.float32, device=DEVICE)
    model = Mortality(a.cell, x.shape[2], a.hidden, a.attention).to(DEVICE)
    optimiser = torch.optim.Adam(model.parameters(), 3e-3 if a.attention else 1e-3, weight_decay=1e-4)
    score = lambda rows: auroc(label[rows], torch.cat([model(x[b]) for b in np.array_split(rows, 8)]).cpu().numpy())
    best, kept = -1.0, None
    for _ in range(a.epochs):
        model.train()
        for b in np.array_split(rng.permutation(train), max(1, len(train) // 64)):
            loss = F.binary_cross_entropy_with_logits(model(x[b]), y[b])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        model.eval()
        with torch.no_grad():
            if (now := score(valid)) > best: best, kept = now, score(test)
    return kept


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--data", required=True); p.add_argument("--out", required=True)
    p.add_argument("--cell", choices=["lstm", "gru"], default="lstm"); p.add_argument("--hidden", type=int, default=64)
    p.add_argument("--attention", action="store_true"); p.add_argument("--epochs", type=int, default=12)
    p.add_argument("--splits", type=int, default=10)
    a = p.parse_args()
    D = [np.load(f"{a.data}/p2012_{s}.npz") for s in "abc"]
    X, S, label = (np.concatenate([d[k] for d in D]) for k in "XSY")
    found = []
    for seed in range(a.splits):
        found.append(run(X, S, label, seed, a))
        result = dict(cell=a.cell, attention=a.attention, epochs=a.epochs, splits=len(found), auroc=found, mean=float(np.mean(found)), sd=float(np.std(found, ddof=1)) if len(found) > 1 else None)
        print(result, flush=True)
        with open(a.out, "w") as f:
            json.dump(result, f, indent=1)


if __name__ == "__main__":
    main()
