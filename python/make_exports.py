"""Small networks exported by the package `rnnscope`, as a person would export their own.

    python python/make_exports.py --out tests/golden/exported [--keras]

`--keras` makes the ones of Keras, which need it installed (KERAS_BACKEND=torch python …).
"""
import argparse, os
import numpy as np
import rnnscope

WORDS = ["<pad>", "<unk>", "good", "bad", "not", "the", "film", "is", ".", "don't"]


def of_pytorch(out):
    import torch
    from torch import nn

    class Classifier(nn.Module):
        """Words -> two layers in both directions -> the mean state."""

        def __init__(self):
            super().__init__()
            self.table = nn.Embedding(len(WORDS), 5, padding_idx=0)
            self.rnn = nn.LSTM(5, 4, 2, batch_first=True, bidirectional=True, dropout=0.2)
            self.head = nn.Linear(8, 2)

        def forward(self, ids):
            return self.head(self.rnn(self.table(ids))[0].mean(1)).log_softmax(-1)

    class Monitor(nn.Module):
        """Values -> a GRU -> a risk at every step; runs in float32 only."""

        def __init__(self):
            super().__init__()
            self.rnn, self.head = nn.GRU(3, 6, batch_first=True), nn.Linear(6, 1)

        def forward(self, x):
            return torch.sigmoid(self.head(self.rnn(x.float())[0]))

    torch.manual_seed(1)
    # Larger than a fresh network's weights, so that gates differ as they do in a trained one.
    grown = lambda model: [p.data.mul_(2) for p in model.parameters()] and model
    rnnscope.export(grown(Classifier()), f"{out}/words_bilstm_2x4.safetensors", vocabulary=WORDS, classes=["negative", "positive"],
                    title="Words, BiLSTM 2×4", examples=["The film is not good.", "Don't!", "bad bad film"])
    rnnscope.export(grown(Monitor()), f"{out}/series_gru_1x6.safetensors", features=["HR", "Temp", "MAP"], units=["bpm", "°C", "mmHg"],
                    classes=["risk"], title="Series, GRU 1×6", step_unit="hour")


def of_keras(out):
    import keras
    from keras import layers
    keras.utils.set_random_seed(1)
    model = keras.Sequential([layers.Input((None, 3)), layers.Bidirectional(layers.LSTM(4, return_sequences=True)), layers.GRU(5), layers.Dense(2)])
    model.set_weights([2 * np.random.default_rng(k).standard_normal(w.shape).astype("f4") / w.shape[0] ** 0.5 for k, w in enumerate(model.get_weights())])
    rnnscope.export(model, f"{out}/keras_bilstm_gru.safetensors", features=["a", "b", "c"], classes=["no", "yes"], title="Keras, BiLSTM then GRU")


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--out", required=True)
    p.add_argument("--keras", action="store_true")
    a = p.parse_args()
    os.makedirs(a.out, exist_ok=True)
    (of_keras if a.keras else of_pytorch)(a.out)


if __name__ == "__main__":
    main()
