"""The same network in torch.nn, for speed and for tools that want modules."""
import torch
import torch.nn as nn


class Network(nn.Module):
    """x [B,T,I] -> logits [B,T,C] or [B,C]."""

    def __init__(self, about, weights, dtype=torch.float32):
        super().__init__()
        self.every_step = about["head"]["on"] == "every-step"
        assert self.every_step or about["head"]["on"] == "last-state"
        first = about["layers"][0]
        kind = dict(lstm=nn.LSTM, gru=nn.GRU, rnn=nn.RNN)[first["kind"]]
        self.rnn = kind(first["input"], first["hidden"], len(about["layers"]), batch_first=True, bidirectional=first["bidirectional"])
        self.head = nn.Linear(*reversed(weights["head.weight"].shape))
        if "attention" in about:
            self.attention = nn.Linear(first["input"], first["input"])
        self.to(dtype)
        self.load_state_dict({k: v.to(dtype) for k, v in weights.items() if not k.startswith("embedding")})

    def forward(self, x, state=None, lengths=None):
        if hasattr(self, "attention"):
            x = torch.softmax(self.attention(x), -1) * x
        if self.every_step:
            y, state = self.rnn(x, state)
            return self.head(y), state
        if lengths is not None:
            x = nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        h = self.rnn(x)[1]
        h = h[0] if isinstance(h, tuple) else h
        directions = 1 + self.rnn.bidirectional
        return self.head(torch.cat(list(h[-directions:]), 1))
