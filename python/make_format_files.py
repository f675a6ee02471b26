"""Weights as people save them: PyTorch dictionaries of several kinds, NumPy archives, safetensors without a description.

    python python/make_format_files.py --out tests/golden/formats/torch

Each file stands beside what PyTorch says in float64, with the weights as the file holds them: `answers.json`, for every
file the input (numbers [T, I] or tokens [T]), the states of every layer and direction [T, H], and the logits.
"""
import argparse, collections, json, os
import numpy as np
import torch
import torch.nn as nn
from safetensors.torch import save_file

T, I, H, C, V = 6, 3, 5, 2, 7


class Reader(nn.Module):
    """Words or values through a recurrent layer to a linear head."""

    def __init__(self, kind, embed=False, every=False, outputs=C, **more):
        super().__init__()
        self.embedding = nn.Embedding(V, I) if embed else None
        self.rnn = getattr(nn, kind)(I, H, batch_first=True, **more)
        self.fc = nn.Linear(H * (2 if more.get("bidirectional") else 1), outputs)
        self.every = every

    def forward(self, x):
        x = x if self.embedding is None else self.embedding(x)
        y, h = self.rnn(x[None])
        h = h[0] if isinstance(h, tuple) else h
        top = y[0] if self.every else torch.cat(list(h[-2:, 0] if self.rnn.bidirectional else h[-1:, 0]))
        return self.fc(top)


class Tall(nn.Module):
    """Two modules on top of each other, the lower one named last."""

    def __init__(self):
        super().__init__()
        self.lstm2 = nn.LSTM(H, 4, batch_first=True)
        self.lstm10 = nn.GRU(4, 6, batch_first=True)
        self.lstm1 = nn.LSTM(I, H, batch_first=True, bidirectional=False)
        self.out = nn.Linear(6, C)

    def forward(self, x):
        y = self.lstm1(x[None])[0]
        y = self.lstm2(y)[0]
        return self.out(self.lstm10(y)[0][0, -1])


class Cell(nn.Module):
    """One step at a time."""

    def __init__(self):
        super().__init__()
        self.cell = nn.LSTMCell(I, H)
        self.fc = nn.Linear(H, C)

    def forward(self, x):
        state = None
        for row in x:
            state = self.cell(row[None], state)
        return self.fc(state[0][0])


def states(net, x):
    """[T, H] of every layer and direction, in the input's own time order, found by running each one alone."""
    found = []
    y = x if getattr(net, "embedding", None) is None else net.embedding(x)
    if isinstance(net, Cell):
        state = None
        for row in y:
            state = net.cell(row[None], state)
            found.append(state[0][0])
        return [torch.stack(found)]
    modules = [net.lstm1, net.lstm2, net.lstm10] if isinstance(net, Tall) else [net.rnn]
    for module in modules:
        for layer in range(module.num_layers):
            outputs = []
            for suffix in ["", "_reverse"][: 1 + module.bidirectional]:
                one = type(module)(y.shape[1], module.hidden_size, batch_first=True, bias=module.bias).double()
                own = {f"{what}_l0": getattr(module, f"{what}_l{layer}{suffix}") for what in ["weight_ih", "weight_hh"] + ["bias_ih", "bias_hh"] * module.bias}
                one.load_state_dict(own)
                h = one((y.flip(0) if suffix else y)[None])[0][0]
                outputs.append(h.flip(0) if suffix else h)
            found += outputs
            y = torch.cat(outputs, 1)
    return found


NETWORKS = {
    "lstm": lambda: Reader("LSTM"),
    "gru_words": lambda: Reader("GRU", embed=True),
    "rnn": lambda: Reader("RNN"),
    "lstm_2_both": lambda: Reader("LSTM", num_layers=2, bidirectional=True),
    "gru_without_bias": lambda: Reader("GRU", bias=False),
    "language": lambda: Reader("LSTM", embed=True, every=True, outputs=V),
    "tall": Tall,
    "cell": Cell,
    "one_output": lambda: Reader("GRU", outputs=1),
}


def shared(weights):
    """One storage for all, each tensor at its own offset, matrices stored transposed."""
    flat = torch.cat([w.t().reshape(-1) if w.dim() == 2 else w.reshape(-1) for w in weights.values()] + [torch.full((3,), float("nan"))])
    out, at = collections.OrderedDict(), 0
    for name, w in weights.items():
        part = flat[at : at + w.numel()]
        out[name] = part.view(w.shape[1], w.shape[0]).t() if w.dim() == 2 else part
        at += w.numel()
    return out


CONTAINERS = {
    "zip.pt": lambda weights, path: torch.save(weights, path),
    "legacy.pt": lambda weights, path: torch.save(weights, path, _use_new_zipfile_serialization=False),
    "npz": lambda weights, path: np.savez(path, **{k: v.numpy() for k, v in weights.items()}),
    "safetensors": lambda weights, path: save_file(dict(weights), path),
}
# name: network, storage, how the dictionary is saved
ODD = {
    "double.zip.pt": ("lstm", torch.float64, CONTAINERS["zip.pt"]),
    "half.zip.pt": ("lstm", torch.float16, CONTAINERS["zip.pt"]),
    "bfloat.zip.pt": ("gru_words", torch.bfloat16, CONTAINERS["zip.pt"]),
    "bfloat.safetensors": ("gru_words", torch.bfloat16, CONTAINERS["safetensors"]),
    "shared.zip.pt": ("lstm_2_both", torch.float32, lambda w, path: torch.save(shared(w), path)),
    "shared.legacy.pt": ("lstm_2_both", torch.float32, lambda w, path: torch.save(shared(w), path, _use_new_zipfile_serialization=False)),
    "parameters.zip.pt": ("rnn", torch.float32, lambda w, path: torch.save({k: nn.Parameter(v) for k, v in w.items()}, path)),
    "checkpoint.zip.pt": ("lstm", torch.float32, lambda w, path: torch.save({"epoch": 12, "best": 0.5, "state_dict": w, "optimizer": {"state": {0: {"step": torch.tensor(3.0), "exp_avg": torch.zeros(4)}}, "param_groups": [{"lr": 1e-3, "betas": (0.9, 0.999)}]}}, path)),
    # A seed that Python writes in nine bytes.
    "seeded.zip.pt": ("lstm", torch.float32, lambda w, path: torch.save({"seed": 2**63 + 12345, "model": w}, path)),
    "wrapped.zip.pt": ("lstm", torch.float32, lambda w, path: torch.save(collections.OrderedDict(("module." + k, v) for k, v in w.items()), path)),
    "counter.zip.pt": ("lstm", torch.float32, lambda w, path: torch.save(w | {"norm.num_batches_tracked": torch.tensor(7)}, path)),
    "compressed.npz": ("lstm", torch.float32, lambda w, path: np.savez_compressed(path, **{k: v.numpy() for k, v in w.items()})),
    "fortran.npz": ("gru_without_bias", torch.float64, lambda w, path: np.savez(path, **{k: np.asfortranarray(v.numpy()) for k, v in w.items()})),
    "big_endian.npz": ("rnn", torch.float32, lambda w, path: np.savez(path, **{k: v.numpy().astype(">f4") for k, v in w.items()})),
    "half.npz": ("lstm", torch.float16, CONTAINERS["npz"]),
}
# What is refused, by what it names.
REFUSED = {
    "module.zip.pt": lambda path: torch.save(nn.LSTM(I, H), path),
    "projected.zip.pt": lambda path: torch.save(nn.LSTM(I, H, proj_size=2).state_dict(), path),
    "no_head.zip.pt": lambda path: torch.save(nn.LSTM(I, H).state_dict(), path),
    "linear.safetensors": lambda path: save_file(nn.Linear(I, H).state_dict(), path),
    "convolution.zip.pt": lambda path: torch.save(nn.Sequential(collections.OrderedDict(conv=nn.Conv1d(I, I, 3), rnn=nn.LSTM(I, H), fc=nn.Linear(H, C))).state_dict(), path),
    "objects.npz": lambda path: np.savez(path, **{"rnn.weight_ih_l0": np.array([{}], dtype=object)}),
    "two_heads.zip.pt": lambda path: torch.save(nn.ModuleDict(dict(rnn=nn.LSTM(I, H), a=nn.Linear(H, C), b=nn.Linear(H, C))).state_dict(), path),
}


def answers(name, make, storage):
    torch.manual_seed(100 + list(NETWORKS).index(name))
    net = make().eval()
    weights = collections.OrderedDict((k, v.detach().clone().to(storage)) for k, v in net.state_dict().items())
    net = net.double()
    net.load_state_dict({k: v.double() for k, v in weights.items()})
    random = torch.Generator().manual_seed(5)
    x = torch.randint(V, (T,), generator=random) if getattr(net, "embedding", None) is not None else torch.randn(T, I, generator=random, dtype=torch.float64)
    with torch.no_grad():
        return weights, dict(x=x.tolist(), states=[h.tolist() for h in states(net, x)], logits=net(x).tolist())


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--out", required=True)
    out = p.parse_args().out
    os.makedirs(out, exist_ok=True)
    found = {}
    todo = {f"{name}.{kind}": (name, torch.float32, save) for name in NETWORKS for kind, save in CONTAINERS.items()} | ODD
    for file, (name, storage, save) in todo.items():
        weights, found[file] = answers(name, NETWORKS[name], storage)
        save(weights, f"{out}/{file}")
    for file, save in REFUSED.items():
        save(f"{out}/{file}")
    about = dict(versions=dict(torch=torch.__version__.split("+")[0], numpy=np.__version__), command=f"python python/make_format_files.py --out {out}")
    with open(f"{out}/answers.json", "w", encoding="utf-8") as file:
        json.dump(dict(about=about, files=found, refused=list(REFUSED)), file)


if __name__ == "__main__":
    main()
