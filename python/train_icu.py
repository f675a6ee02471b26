"""In-hospital mortality from the first 48 hours in intensive care, PhysioNet Challenge 2012 (ODC-BY 1.0).

    python python/train_icu.py --data DIR --cell gru --name icu_gru_1x64 --out trained/icu_gru_1x64

DIR holds p2012_{a,b,c}.npz of read_physionet2012.py. Inputs per hour, I = 80: 37 variables z-scored and carried
forward (0 = mean where never measured), 37 flags "measured this hour", and age (z-scored), gender, four unit types
repeated. --attention puts the block of Gandin et al. (2021) in front: a softmax over the inputs of each hour,
computed from that hour alone by one shared dense layer, multiplied into them.
Train on sets a and b (1000 stays for validation), test on set c. Tensors: N stays, T hours, V variables, I inputs.
"""
import argparse, json, os
import numpy as np, torch
import torch.nn as nn
import torch.nn.functional as F
from safetensors.torch import save_file
from quality import auprc, auroc
from read_physionet2012 import VARIABLES

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
STATIC = ["Age", "Gender", "Coronary care", "Cardiac surgery", "Medical", "Surgical"]
CLIP = 5


class Mortality(nn.Module):
    """x [N,T,I] -> logit of death [N]."""

    def __init__(self, cell, n, hidden, attention):
        super().__init__()
        if attention: self.attention = nn.Linear(n, n)
        self.rnn = dict(lstm=nn.LSTM, gru=nn.GRU)[cell](n, hidden, batch_first=True)
        self.head, self.drop = nn.Linear(hidden, 1), nn.Dropout(0.3)

    def forward(self, x):
        if hasattr(self, "attention"): x = torch.softmax(self.attention(x), -1) * x
        return self.head(self.drop(self.rnn(x)[0][:, -1]))[:, 0]


class Encoder:
    """Raw X [N,T,V] with NaN and statics S [N,8] -> x [N,T,I], by means and deviations of the training stays."""

    def __init__(self, X, S):
        self.mean, self.std = np.nanmean(X, (0, 1)), np.nanstd(X, (0, 1)) + 1e-6
        self.age_mean, self.age_std = S[:, 0].mean(), S[:, 0].std()

    def __call__(self, X, S):
        z = np.clip((X - self.mean) / self.std, -CLIP, CLIP)
        seen = ~np.isnan(z)
        for t in range(1, z.shape[1]):
            gap = np.isnan(z[:, t])
            z[:, t][gap] = z[:, t - 1][gap]
        s = S[:, [0, 1, 3, 4, 5, 6]].copy()
        s[:, 0] = (s[:, 0] - self.age_mean) / self.age_std
        return np.concatenate([np.nan_to_num(z), seen, np.repeat(s[:, None], z.shape[1], 1)], 2).astype("f4")


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--data", required=True); p.add_argument("--name", required=True); p.add_argument("--out", required=True)
    p.add_argument("--cell", choices=["lstm", "gru"], default="lstm"); p.add_argument("--hidden", type=int, default=64)
    p.add_argument("--attention", action="store_true"); p.add_argument("--epochs", type=int, default=20)
    p.add_argument("--seed", type=int, default=0)
    a = p.parse_args()
    torch.manual_seed(a.seed)
    rng = np.random.RandomState(a.seed)
    D = {s: np.load(f"{a.data}/p2012_{s}.npz") for s in "abc"}
    X, S, label = (np.concatenate([D["a"][k], D["b"][k]]) for k in "XSY")
    encode = Encoder(X, S)
    x, y = torch.tensor(encode(X, S)).to(DEVICE), torch.tensor(label, dtype=torch.float32, device=DEVICE)
    x_test, y_test = torch.tensor(encode(D["c"]["X"], D["c"]["S"])).to(DEVICE), D["c"]["Y"]
    order = rng.permutation(len(x))
    held = min(1000, len(x) // 4)
    valid, train = order[:held], order[held:]

    model = Mortality(a.cell, x.shape[2], a.hidden, a.attention).to(DEVICE)
    optimiser = torch.optim.Adam(model.parameters(), 3e-3 if a.attention else 1e-3, weight_decay=1e-4)
    best, state, log = -1.0, None, []
    for epoch in range(1, a.epochs + 1):
        model.train()
        for b in np.array_split(rng.permutation(train), max(1, len(train) // 64)):
            loss = F.binary_cross_entropy_with_logits(model(x[b]), y[b])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        model.eval()
        with torch.no_grad(): log.append(dict(epoch=epoch, valid=auroc(label[valid], model(x[valid]).cpu().numpy())))
        print(a.name, log[-1], flush=True)
        if log[-1]["valid"] > best:
            best, state = log[-1]["valid"], {k: t.clone() for k, t in model.state_dict().items()}
    model.load_state_dict(state)
    model.eval()
    with torch.no_grad(): s = model(x_test).cpu().numpy()
    os.makedirs(a.out, exist_ok=True)
    save_file({k: v.contiguous().cpu() for k, v in model.state_dict().items()}, f"{a.out}/model.safetensors")
    config = dict(name=a.name, task="classification", cell=a.cell, layers=1, hidden=a.hidden, bidirectional=False, input="series", attention=a.attention,
                  features=VARIABLES + [f"{v} measured" for v in VARIABLES] + STATIC, variables=VARIABLES, mean=encode.mean.tolist(), std=encode.std.tolist(),
                  age_mean=float(encode.age_mean), age_std=float(encode.age_std), clip=CLIP, classes=["in-hospital death"], steps=x.shape[1], step_unit="hour",
                  seed=a.seed, valid_auroc=best, test_auroc=auroc(y_test, s), test_auprc=auprc(y_test, s), n_test=len(y_test), log=log)
    with open(f"{a.out}/config.json", "w") as f:
        json.dump(config, f, indent=1)
    print(a.name, f"validation {best:.4f} test AUROC {config['test_auroc']:.4f} AUPRC {config['test_auprc']:.4f}", flush=True)


if __name__ == "__main__":
    main()
