"""The reference networks of the benchmark: the same seeded weights and inputs for everybody.

`icu` is what watches a patient (values by the hour), `sentiment` reads word vectors in both directions, `charlm`
guesses the next character of a text. Weights are random at PyTorch's scale: speed does not depend on what was learnt.
"""
import torch
import torch.nn as nn

# layers, hidden H, steps T, features I, classes C
SHAPES = dict(
    icu=dict(kind="series", layers=1, hidden=64, steps=48, features=48, classes=2, bidirectional=False),
    sentiment=dict(kind="words", layers=1, hidden=128, steps=40, features=64, classes=2, bidirectional=True),
    charlm=dict(kind="characters", layers=2, hidden=256, steps=200, features=96, classes=96, bidirectional=False),
)
WORDS = [f"word{n}" for n in range(200)]
CHARACTERS = ["\n"] + [chr(n) for n in range(32, 127)]


class Network(nn.Module):
    """x [B, T, I] -> logits [B, C] of the last step, which is all that an explanation of it needs."""

    def __init__(self, shape):
        super().__init__()
        self.rnn = nn.LSTM(shape["features"], shape["hidden"], shape["layers"], batch_first=True, bidirectional=shape["bidirectional"])
        self.head = nn.Linear(shape["hidden"] * (1 + shape["bidirectional"]), shape["classes"])
        self.every_step = shape["kind"] == "characters"
        self.bidirectional = shape["bidirectional"]

    def forward(self, x):
        y, (h, _) = self.rnn(x)
        return self.head(torch.cat([h[-2], h[-1]], 1) if self.bidirectional else y[:, -1])

    def read(self, x):
        """As `forward`, but with the logits of every step where the network has them: [B, T, C]."""
        return self.head(self.rnn(x)[0]) if self.every_step else self(x)


def make(name):
    """(module, input x [1, T, I], what to type to get it: text or CSV, word vectors [V, I] or None)"""
    shape = SHAPES[name]
    random = torch.Generator().manual_seed(len(name))
    torch.manual_seed(1000 + len(name))
    net = Network(shape).eval()
    steps, features = shape["steps"], shape["features"]
    if shape["kind"] == "series":
        # Four digits, so that a table in text says exactly the same numbers.
        values = (torch.randn(steps, features, generator=random).double() * 1e4).round() / 1e4
        rows = [f"{t}," + ",".join(f"{v:.4f}" for v in row) for t, row in enumerate(values.tolist())]
        return net, values.float()[None], "\n".join(["hour," + ",".join(f"v{k}" for k in range(features))] + rows), None
    if shape["kind"] == "words":
        vectors = torch.randn(len(WORDS), features, generator=random)
        ids = torch.randint(len(WORDS), (steps,), generator=random)
        return net, vectors[ids][None], " ".join(WORDS[k] for k in ids), vectors
    ids = torch.randint(features, (steps,), generator=random)
    return net, nn.functional.one_hot(ids, features).float()[None], "".join(CHARACTERS[k] for k in ids), None


def target(net, x):
    """The class whose logit is explained: the likeliest."""
    with torch.no_grad():
        return int(net(x).argmax())
