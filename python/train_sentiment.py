"""Word-level sentiment classifiers after Du et al. (2019): embedding -> LSTM | GRU, one or two directions ->
last state(s) -> two logits (0 negative, 1 positive).

    pip download --no-binary :all: --no-deps vaderSentiment==3.3.2    # unpack it, and hutto_ICWSM_2014.tar.gz inside
    python python/train_sentiment.py --data .../movieReviewSnippets_GroundTruth.txt --name sentiment_lstm --out trained/sentiment_lstm

Data: id, mean of at least twenty human ratings in -4..4, sentence (MIT). Label = sign of the rating where
|rating| >= 0.2. Split by position after a seeded shuffle: 80/10/10; the best epoch on validation is kept.
Tensors: N sentences, T words, I embedding, H hidden.
"""
import argparse, collections, json, os, random
import torch
import torch.nn as nn
import torch.nn.functional as F
from safetensors.torch import save_file
from inputs import WORD

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


class Classifier(nn.Module):
    """ids [N,T], lengths [N] -> logits [N,2]."""

    def __init__(self, words, cell, embedding, hidden, bidirectional):
        super().__init__()
        self.embedding = nn.Embedding(words, embedding, padding_idx=0)
        self.rnn = dict(lstm=nn.LSTM, gru=nn.GRU)[cell](embedding, hidden, batch_first=True, bidirectional=bidirectional)
        self.head = nn.Linear(hidden * (1 + bidirectional), 2)
        self.drop = nn.Dropout(0.5)

    def forward(self, ids, lengths):
        packed = nn.utils.rnn.pack_padded_sequence(self.drop(self.embedding(ids)), lengths, batch_first=True, enforce_sorted=False)
        h = self.rnn(packed)[1]
        h = h[0] if isinstance(h, tuple) else h
        return self.head(self.drop(torch.cat(list(h), 1)))


def read(path):
    """[(sentence, label, rating)] of the clearly positive and negative ones."""
    rows = []
    for line in open(path, encoding="utf-8", errors="replace"):
        _, rating, sentence = line.rstrip("\n").split("\t", 2)
        if abs(float(rating)) >= 0.2:
            rows.append((sentence.replace("''", '"'), int(float(rating) > 0), float(rating)))
    return rows


def batch(ids, labels, which):
    """Padded ids [N,T], lengths [N], labels [N] of these sentences."""
    lengths = [len(ids[i]) for i in which]
    x = torch.zeros(len(which), max(lengths), dtype=torch.long)
    for r, i in enumerate(which):
        x[r, : lengths[r]] = torch.tensor(ids[i])
    return x.to(DEVICE), torch.tensor(lengths), labels[which].to(DEVICE)


@torch.no_grad()
def accuracy(model, ids, labels, lo, hi):
    """Share of sentences lo..hi given the right class."""
    model.eval()
    right = 0
    for s in range(lo, hi, 256):
        x, n, y = batch(ids, labels, list(range(s, min(hi, s + 256))))
        right += (model(x, n).argmax(1) == y).sum().item()
    return right / (hi - lo)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--data", required=True); p.add_argument("--name", required=True); p.add_argument("--out", required=True)
    p.add_argument("--cell", choices=["lstm", "gru"], default="lstm"); p.add_argument("--bidirectional", action="store_true")
    p.add_argument("--embedding", type=int, default=64); p.add_argument("--hidden", type=int, default=96)
    p.add_argument("--epochs", type=int, default=14); p.add_argument("--seed", type=int, default=0)
    a = p.parse_args()
    torch.manual_seed(a.seed)
    rng = random.Random(a.seed)
    rows = read(a.data)
    rng.shuffle(rows)
    tokens = [WORD.findall(s.lower()) for s, _, _ in rows]
    n1, n2 = int(0.8 * len(rows)), int(0.9 * len(rows))
    counts = collections.Counter(w for t in tokens[:n1] for w in t)
    vocabulary = ["<pad>", "<unk>"] + sorted(w for w, c in counts.items() if c >= 2)
    index = {w: i for i, w in enumerate(vocabulary)}
    ids = [[index.get(w, 1) for w in t][:60] or [1] for t in tokens]
    labels = torch.tensor([y for _, y, _ in rows])

    model = Classifier(len(vocabulary), a.cell, a.embedding, a.hidden, a.bidirectional).to(DEVICE)
    optimiser = torch.optim.Adam(model.parameters(), 1e-3, weight_decay=1e-5)
    best, state, log = -1.0, None, []
    for epoch in range(1, a.epochs + 1):
        model.train()
        order = list(range(n1))
        rng.shuffle(order)
        for s in range(0, n1, 32):
            x, n, y = batch(ids, labels, order[s : s + 32])
            loss = F.cross_entropy(model(x, n), y)
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 5.0)
            optimiser.step()
        log.append(dict(epoch=epoch, valid=accuracy(model, ids, labels, n1, n2)))
        print(a.name, log[-1], flush=True)
        if log[-1]["valid"] > best:
            best, state = log[-1]["valid"], {k: t.clone() for k, t in model.state_dict().items()}
    model.load_state_dict(state)
    test = accuracy(model, ids, labels, n2, len(rows))
    os.makedirs(a.out, exist_ok=True)
    save_file({k: (v.half() if k.startswith("embedding") else v).contiguous().cpu() for k, v in model.state_dict().items()}, f"{a.out}/model.safetensors")
    config = dict(name=a.name, task="classification", cell=a.cell, layers=1, hidden=a.hidden, bidirectional=a.bidirectional, input="embedding", embedding=a.embedding,
                  vocabulary=vocabulary, token_pattern=WORD.pattern, lower_case=True, unknown="<unk>", classes=["negative", "positive"], seed=a.seed,
                  valid_accuracy=best, test_accuracy=test, n_test=len(rows) - n2, log=log)
    with open(f"{a.out}/config.json", "w") as f:
        json.dump(config, f, indent=1)
    with open(f"{a.out}/test_samples.json", "w") as f:
        json.dump([dict(text=s, label=y, rating=r) for s, y, r in rows[n2 : n2 + 300]], f, indent=0)
    print(a.name, f"validation {best:.4f} test {test:.4f} accuracy", flush=True)


if __name__ == "__main__":
    main()
