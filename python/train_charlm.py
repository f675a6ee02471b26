"""Character language models after Karpathy, Johnson & Fei-Fei (2015), section 3.

    python python/train_charlm.py --text prose.txt --name prose_lstm_2x256 --epochs 25 --out trained/prose_lstm_2x256

One-hot characters -> stacked RNN | LSTM | GRU -> linear -> softmax over the next character. Truncated
back-propagation over 100 steps with the state carried, batch 100, RMSProp (alpha 0.95, lr 2e-3, x0.9 per epoch
after epoch 8), gradients clipped to +-5. The text is split contiguously into train, validation and test; the best
epoch on validation is kept. Losses are nats per character. Tensors: T steps, B columns of text, C characters.
"""
import argparse, json, os, time
import torch
import torch.nn as nn
import torch.nn.functional as F
from safetensors.torch import save_file

BATCH, STEPS = 100, 100
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


class CharLM(nn.Module):
    """ids [T,B] -> logits [T,B,C], state."""

    def __init__(self, cell, C, hidden, layers, dropout):
        super().__init__()
        self.C = C
        self.rnn = dict(rnn=nn.RNN, lstm=nn.LSTM, gru=nn.GRU)[cell](C, hidden, layers, dropout=dropout if layers > 1 else 0.0)
        self.head = nn.Linear(hidden, C)
        for q in self.parameters():
            nn.init.uniform_(q, -0.08, 0.08)

    def forward(self, ids, state=None):
        h, state = self.rnn(F.one_hot(ids, self.C).float(), state)
        return self.head(h), state


def columns(ids, batch):
    """ids [N] -> inputs and next characters [T,B]: one contiguous stretch of text per column."""
    n = (len(ids) - 1) // batch
    return ids[: n * batch].view(batch, n).t().to(DEVICE), ids[1 : n * batch + 1].view(batch, n).t().to(DEVICE)


def detach(state):
    return tuple(s.detach() for s in state) if isinstance(state, tuple) else state.detach()


@torch.no_grad()
def loss_on(model, ids, batch=20):
    """Nats per character."""
    model.eval()
    x, y = columns(ids, batch)
    state, total = None, 0.0
    for t in range(0, len(x), 500):
        logits, state = model(x[t : t + 500], state)
        total += F.cross_entropy(logits.flatten(0, 1), y[t : t + 500].flatten(), reduction="sum").item()
    return total / y.numel()


def train_epoch(model, optimiser, x, y):
    """Mean loss of one pass over x, y [T,B]."""
    model.train()
    state, total, count = None, 0.0, 0
    for t in range(0, len(x) - 1, STEPS):
        logits, state = model(x[t : t + STEPS], state)
        state = detach(state)
        loss = F.cross_entropy(logits.flatten(0, 1), y[t : t + STEPS].flatten())
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_value_(model.parameters(), 5.0)
        optimiser.step()
        total, count = total + loss.detach(), count + 1
    return float(total) / count


def save(model, path, half=False):
    save_file({k: (v.half() if half else v).contiguous().cpu() for k, v in model.state_dict().items()}, path)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--text", required=True); p.add_argument("--name", required=True); p.add_argument("--out", required=True)
    p.add_argument("--cell", choices=["rnn", "lstm", "gru"], default="lstm")
    p.add_argument("--layers", type=int, default=2); p.add_argument("--hidden", type=int, default=256)
    p.add_argument("--dropout", type=float, default=0.1); p.add_argument("--epochs", type=int, default=25)
    p.add_argument("--split", type=float, nargs=3, default=[0.8, 0.1, 0.1])
    p.add_argument("--seconds", type=float, default=1e9, help="stop after the epoch that passes this")
    p.add_argument("--checkpoints", default="", help="epochs to keep, e.g. 0,1,2,5,10")
    p.add_argument("--seed", type=int, default=0)
    a = p.parse_args()
    torch.manual_seed(a.seed)
    os.makedirs(a.out, exist_ok=True)
    text = open(a.text, encoding="utf-8").read()
    vocabulary = sorted(set(text))
    index = {c: i for i, c in enumerate(vocabulary)}
    ids = torch.tensor([index[c] for c in text])
    n_train, n_valid = int(len(ids) * a.split[0]), int(len(ids) * a.split[1])
    train, valid, test = ids[:n_train], ids[n_train : n_train + n_valid], ids[n_train + n_valid :]

    model = CharLM(a.cell, len(vocabulary), a.hidden, a.layers, a.dropout).to(DEVICE)
    optimiser = torch.optim.RMSprop(model.parameters(), lr=2e-3, alpha=0.95)
    keep = [int(e) for e in a.checkpoints.split(",") if e]
    if 0 in keep: save(model, f"{a.out}/epoch_0.safetensors", half=True)
    x, y = columns(train, BATCH)
    best, best_state, log, start = float("inf"), None, [], time.time()
    for epoch in range(1, a.epochs + 1):
        loss = train_epoch(model, optimiser, x, y)
        if epoch > 8:
            for group in optimiser.param_groups: group["lr"] *= 0.9
        log.append(dict(epoch=epoch, train=loss, valid=loss_on(model, valid), seconds=round(time.time() - start, 1)))
        print(a.name, log[-1], flush=True)
        if epoch in keep: save(model, f"{a.out}/epoch_{epoch}.safetensors", half=True)
        if log[-1]["valid"] < best:
            best, best_state = log[-1]["valid"], {k: v.clone() for k, v in model.state_dict().items()}
        if time.time() - start > a.seconds: break
    model.load_state_dict(best_state)
    score = loss_on(model, test)
    save(model, f"{a.out}/model.safetensors")
    config = dict(name=a.name, task="char-lm", cell=a.cell, layers=a.layers, hidden=a.hidden, bidirectional=False, input="one-hot", vocabulary=vocabulary,
                  parameters=sum(q.numel() for q in model.parameters()), seed=a.seed, dropout=a.dropout, epochs_run=len(log), valid_nats=best, test_nats=score,
                  split=a.split, text_chars=len(ids), log=log)
    with open(f"{a.out}/config.json", "w") as f:
        json.dump(config, f, indent=1)
    print(a.name, f"validation {best:.4f} test {score:.4f} nats per character", flush=True)


if __name__ == "__main__":
    main()
