"""How good a network is on text or patients that it has not seen."""
import numpy as np, torch
import torch.nn.functional as F
import inputs
from modules import Network


@torch.no_grad()
def nats(about, weights, text, columns=20):
    """Mean cross entropy of the next character in nats, over `columns` contiguous stretches read side by side."""
    net, V = Network(about, weights).eval(), len(about["vocab"])
    ids = inputs.characters(text, about)
    n = (len(ids) - 1) // columns
    x, y = ids[: n * columns].view(columns, n), ids[1 : n * columns + 1].view(columns, n)
    state, total = None, 0.0
    for t in range(0, n, 500):
        logits, state = net(F.one_hot(x[:, t : t + 500], V).float(), state)
        total += F.cross_entropy(logits.flatten(0, 1), y[:, t : t + 500].flatten(), reduction="sum").item()
    return total / y.numel()


@torch.no_grad()
def logits_of(about, weights, texts):
    """Logits [N, C] of sentences."""
    net = Network(about, weights).eval()
    embedding = weights["embedding.weight"].float()
    return torch.cat([net(embedding[inputs.words(t, about)][None]) for t in texts])


def accuracy(about, weights, samples):
    """Share of `[{text, label}]` given the right class."""
    y = torch.tensor([s["label"] for s in samples])
    return (logits_of(about, weights, [s["text"] for s in samples]).argmax(1) == y).double().mean().item()


def encode(X, S, about):
    """X [N,T,V] raw values with NaN, S [N,8] statics -> x [N,T,I]."""
    norm = about["input"]["normalisation"]
    V, mean, std = X.shape[2], np.array(norm["mean"]), np.array(norm["std"])
    z = np.clip((X - mean[:V]) / std[:V], -norm["clip"], norm["clip"])
    seen = ~np.isnan(z)
    for t in range(1, z.shape[1]):
        gap = np.isnan(z[:, t])
        z[:, t][gap] = z[:, t - 1][gap]
    s = (S[:, [0, 1, 3, 4, 5, 6]] - mean[2 * V :]) / std[2 * V :]
    return np.concatenate([np.nan_to_num(z), seen, np.repeat(s[:, None], z.shape[1], 1)], 2).astype("f4")


@torch.no_grad()
def mortality(about, weights, data):
    """(AUROC, AUPRC) on `data` with X, Y, S."""
    net = Network(about, weights).eval()
    x = torch.tensor(encode(data["X"], data["S"], about))
    s = torch.cat([net(b)[:, 0] for b in x.split(250)]).numpy()
    return auroc(data["Y"], s), auprc(data["Y"], s)


def auroc(y, s):
    """Area under the receiver operating characteristic of scores s for labels y (0, 1)."""
    order = np.argsort(s, kind="mergesort")
    rank = np.empty(len(s))
    rank[order] = np.arange(1, len(s) + 1)
    k = y.sum()
    return float((rank[y == 1].sum() - k * (k + 1) / 2) / (k * (len(y) - k)))


def auprc(y, s):
    """Average precision of scores s for labels y (0, 1)."""
    y = y[np.argsort(-s, kind="mergesort")]
    return float((np.cumsum(y) / np.arange(1, len(y) + 1))[y == 1].mean())
