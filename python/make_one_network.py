"""Writes tests/golden/formats/same: each network saved through PyTorch, Keras and ONNX, with PyTorch's own answers.

    KERAS_BACKEND=torch python python/make_one_network.py

Needs torch, keras and onnx. The weights are PyTorch's, float32; Keras adds the two biases of LSTM and RNN up, so its
files differ by one rounding. States and logits are computed by PyTorch in float64.
"""

import io
import json
import pathlib

import keras
import numpy as np
import torch
from keras import layers as L
from torch import nn

FOLDER = pathlib.Path(__file__).parent.parent / "tests/golden/formats/same"
I, H, C, T, V = 5, 6, 3, 9, 11


class Net(nn.Module):
    """Embedding or values, recurrent layers, a linear read-out of the last states: all that a dictionary of weights tells."""

    def __init__(self, kind, layers=1, both=False, words=False):
        super().__init__()
        self.embedding = nn.Embedding(V, I) if words else None
        self.rnn = getattr(nn, kind)(I, H, layers, batch_first=True, bidirectional=both)
        self.fc = nn.Linear(H * (1 + both), C)

    def forward(self, x):
        _, last = self.rnn(x if self.embedding is None else self.embedding(x))
        last = last[0] if isinstance(last, tuple) else last
        top = last[-2:] if self.rnn.bidirectional else last[-1:]
        return self.fc(torch.cat(list(top), 1))


NETWORKS = {
    "lstm_2_layers": dict(kind="LSTM", layers=2),
    "gru_both": dict(kind="GRU", both=True),
    "rnn": dict(kind="RNN"),
    "lstm_both_words": dict(kind="LSTM", both=True, words=True),
}


def keras_weights(net, layer, suffix):
    """Kernel, recurrent kernel and bias as Keras orders them."""
    w = {name: getattr(net.rnn, f"{name}_l{layer}{suffix}").detach().numpy() for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")}
    if net.rnn.mode == "GRU":  # r z n becomes z r n, with both biases
        w = {name: np.concatenate([value[H : 2 * H], value[:H], value[2 * H :]]) for name, value in w.items()}
        bias = np.stack([w["bias_ih"], w["bias_hh"]])
    else:
        bias = w["bias_ih"] + w["bias_hh"]
    return [w["weight_ih"].T, w["weight_hh"].T, bias]


def as_keras(net):
    """The same network, made of Keras' layers."""
    cell = {"LSTM": L.LSTM, "GRU": L.GRU, "RNN_TANH": L.SimpleRNN}[net.rnn.mode]
    model = keras.Sequential([keras.Input((T,), dtype="int32") if net.embedding else keras.Input((T, I))])
    if net.embedding:
        model.add(L.Embedding(V, I))
        model.layers[-1].set_weights([net.embedding.weight.detach().numpy()])
    both = net.rnn.bidirectional
    for k in range(net.rnn.num_layers):
        layer = cell(H, return_sequences=k + 1 < net.rnn.num_layers)
        model.add(L.Bidirectional(layer) if both else layer)
        model.layers[-1].set_weights(sum((keras_weights(net, k, suffix) for suffix in ([""] + ["_reverse"] * both)), []))
    model.add(L.Dense(C))
    model.layers[-1].set_weights([net.fc.weight.detach().numpy().T, net.fc.bias.detach().numpy()])
    return model


def states(net, x):
    """[T, H] of each layer and direction, in float64."""
    found, below = [], x if net.embedding is None else net.embedding(x)
    for layer in range(net.rnn.num_layers):
        parts = []
        for suffix in [""] + ["_reverse"] * net.rnn.bidirectional:
            one = type(net.rnn)(below.shape[2], H, batch_first=True).double()
            for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
                getattr(one, f"{name}_l0").data = getattr(net.rnn, f"{name}_l{layer}{suffix}").data
            y = one(below.flip(1))[0].flip(1) if suffix else one(below)[0]
            parts.append(y)
            found.append(y[0].tolist())
        below = torch.cat(parts, 2)
    return found


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    answers = {"versions": {"torch": torch.__version__, "keras": keras.__version__}, "seed": 11, "networks": {}}
    torch.manual_seed(answers["seed"])
    for name, how in NETWORKS.items():
        net = Net(**how).eval()
        for weight in net.parameters():
            nn.init.normal_(weight, 0, 0.5)
        x = torch.randint(0, V, (1, T)) if net.embedding else torch.randn(1, T, I)
        torch.save(net.state_dict(), FOLDER / f"{name}.pt")
        as_keras(net).save(FOLDER / f"{name}.keras")
        buffer = io.BytesIO()
        torch.onnx.export(net, (x,), buffer, dynamo=False, input_names=["x"])
        (FOLDER / f"{name}.onnx").write_bytes(buffer.getvalue())
        net, x = net.double(), x if net.embedding else x.double()
        with torch.no_grad():
            answers["networks"][name] = {"x": x[0].tolist(), "states": states(net, x), "logits": net(x).reshape(-1).tolist()}
    (FOLDER / "answers.json").write_text(json.dumps(answers, indent=1) + "\n")


if __name__ == "__main__":
    main()
