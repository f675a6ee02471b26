"""Exports of PyTorch models: what is written is what the framework says, and what cannot be said is refused by name."""
import itertools
import json
import os
import tempfile
import unittest

import numpy as np
from safetensors import safe_open

try:
    import torch
    from torch import nn
except ImportError:
    torch = None

import rnnscope
from rnnscope import CannotExport, reference


def read(path):
    with safe_open(path, "numpy") as file:
        return json.loads(file.metadata()["rnnscope"]), {name: file.get_tensor(name) for name in file.keys()}


@unittest.skipIf(torch is None, "torch is not installed")
class PyTorch(unittest.TestCase):
    def setUp(self):
        torch.manual_seed(0)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, "model.safetensors")

    def export(self, model, **options):
        rnnscope.export(model, self.path, **options)
        return read(self.path)

    def refuse(self, model, pattern, **options):
        if os.path.exists(self.path):
            os.remove(self.path)
        with self.assertRaisesRegex(CannotExport, pattern):
            rnnscope.export(model, self.path, **options)
        self.assertFalse(os.path.exists(self.path), "nothing is written where something was refused")

    def row(self, kind=None, width=4, hidden=3, classes=2, read="last", words=0, below=None, between=None, above=None, **options):
        """Embedding or nothing, recurrent layers, a read-out; `read` says which states it reads."""

        class Row(nn.Module):
            def __init__(self):
                super().__init__()
                self.table = nn.Embedding(words, width) if words else nn.Identity()
                self.below = below or nn.Dropout(0.5)
                self.rnn = (kind or nn.LSTM)(width, hidden, batch_first=True, **options)
                self.between = between or nn.Dropout(0.5)
                self.head = nn.Linear(hidden * (1 + self.rnn.bidirectional), classes)
                self.above = above or nn.Identity()

            def forward(self, x):
                y, state = self.rnn(self.below(self.table(x)))
                h = state[0] if isinstance(state, tuple) else state
                d = 1 + self.rnn.bidirectional
                top = {"last": lambda: torch.cat(list(h[-d:]), 1), "every": lambda: y, "mean": lambda: y.mean(1),
                       "max": lambda: y.amax(1), "output": lambda: y[:, -1]}[read]()
                return self.above(self.head(self.between(top)))

        return Row()

    def test_cells_layers_directions_biases(self):
        kinds = [(nn.LSTM, {}), (nn.GRU, {}), (nn.RNN, {}), (nn.RNN, dict(nonlinearity="relu"))]
        for (kind, more), layers, both, bias in itertools.product(kinds, (1, 2, 3), (False, True), (False, True)):
            with self.subTest(kind=kind.__name__, layers=layers, both=both, bias=bias, **more):
                model = self.row(kind, num_layers=layers, bidirectional=both, bias=bias, **more)
                about, tensors = self.export(model, features=list("abcd"), units=["m"] * 4, classes=["no", "yes"])
                self.assertEqual([layer["bidirectional"] for layer in about["layers"]], [both] * layers)
                self.assertEqual(about["head"], dict(name="head", on="last-state"))
                self.assertEqual(about["notes"], [])
                self.assertEqual("rnn.bias_ih_l0" in tensors, bias)
                for n, example in enumerate(about["examples"]):
                    x = torch.tensor(tensors[f"example.{n}.x"])
                    self.assertEqual(len(x), example["steps"])
                    own = model.double().eval()(x.double()[None])[0].detach().numpy()
                    np.testing.assert_allclose(tensors[f"example.{n}.logits"], own, rtol=0, atol=1e-14)
                    y = model.rnn(x.double()[None])[0][0].detach().numpy()
                    last = [d for d in range(layers * (1 + both))][-(1 + both):]
                    top = np.concatenate([tensors[f"example.{n}.h.{d}"] for d in last], 1)
                    np.testing.assert_allclose(top, y, rtol=0, atol=1e-14)
                    self.assertEqual(f"example.{n}.c.0" in tensors, kind is nn.LSTM)
                model.float()

    def test_states_follow_from_the_weights_in_the_file(self):
        about, tensors = self.export(self.row(nn.GRU, num_layers=2, bidirectional=True))
        below, d = tensors["example.1.x"].astype(float), 0
        for layer in about["layers"]:
            both = [reference.direction(layer, tensors, below, backwards)[0] for backwards in (0, 1)]
            for h in both:
                np.testing.assert_allclose(tensors[f"example.1.h.{d}"], h, rtol=0, atol=1e-13)
                d += 1
            below = np.concatenate(both, 1)

    def test_readings_of_the_head(self):
        for read, on in (("last", "last-state"), ("every", "every-step"), ("mean", "mean-state"), ("max", "max-state"), ("output", "last-state")):
            about, tensors = self.export(self.row(read=read))
            self.assertEqual(about["head"]["on"], on)
            self.assertEqual(tensors["example.1.logits"].shape, (8, 2) if on == "every-step" else (2,))
        self.refuse(self.row(read="output", bidirectional=True), r"`head` reads output\[:, -1\]")

    def test_words_and_characters(self):
        vocabulary = ["<pad>", "<unk>", "good", "not", "."]
        about, tensors = self.export(self.row(words=5), vocabulary=vocabulary, classes=["neg", "pos"], examples=["Not good, ok.", [2, 4]])
        self.assertEqual(about["input"], dict(kind="words", tokenizer="word-punctuation", lower_case=True, unknown="<unk>", padding="<pad>"))
        self.assertEqual(about["examples"][0], dict(title="example 1", text="Not good, ok.", steps=5))
        ids = [3, 2, 1, 1, 4]
        np.testing.assert_array_equal(tensors["example.0.x"], tensors["table.weight"][ids])
        about, _ = self.export(self.row(words=3, classes=3, read="every"), vocabulary=dict(a=0, c=2, b=1))
        self.assertEqual((about["task"], about["vocab"], about["input"]["kind"]), ("language-model", ["a", "b", "c"], "characters"))
        self.assertNotIn("classes", about)
        about, _ = self.export(self.row(words=3))
        self.assertEqual(about["vocab"], ["0", "1", "2"])
        self.assertIn("No vocabulary was exported", about["notes"][0])

    def test_one_hot_characters_without_a_table(self):
        class OneHot(nn.Module):
            def __init__(self):
                super().__init__()
                self.rnn, self.head = nn.LSTM(4, 3, batch_first=True), nn.Linear(3, 4)

            def forward(self, ids):
                return self.head(self.rnn(nn.functional.one_hot(ids, 4).to(self.head.weight.dtype))[0])

        about, tensors = self.export(OneHot(), vocabulary=list("abcd"), examples=["abba"])
        self.assertEqual(tensors["example.0.x"].dtype, np.float16)
        np.testing.assert_array_equal(tensors["example.0.x"].argmax(1), [0, 1, 1, 0])
        self.assertNotIn("embedding", about)

    def test_what_is_around_the_layers_is_understood(self):
        class Steps(nn.Module):
            """Steps first, several modules, a state that is also returned, a loss that is not run."""

            def __init__(self):
                super().__init__()
                self.low, self.high = nn.GRU(4, 5), nn.utils.parametrizations.weight_norm(nn.GRU(5, 3), "weight_hh_l0")
                self.read, self.loss, self.unused = nn.Linear(3, 1, bias=False), nn.CrossEntropyLoss(torch.ones(2)), nn.Linear(9, 9)

            def forward(self, x):
                y, state = self.high(self.low(x)[0])
                return torch.sigmoid(self.read(y)[-1]), state

        about, tensors = self.export(Steps(), classes=["risk"])
        self.assertEqual([layer["name"] for layer in about["layers"]], ["low", "high"])
        self.assertEqual(about["notes"], ["The model ends in a sigmoid; scores are the logits before it."])
        self.assertEqual(tensors["high.weight_hh_l0"].shape, (9, 3))
        np.testing.assert_array_equal(tensors["read.bias"], [0])
        self.assertFalse(any("unused" in name or "loss" in name for name in tensors))

    def test_attention_over_the_inputs(self):
        class Attentive(nn.Module):
            def __init__(self):
                super().__init__()
                self.look, self.rnn, self.head = nn.Linear(4, 4), nn.LSTM(4, 3, batch_first=True), nn.Linear(3, 2)

            def forward(self, x):
                return self.head(self.rnn(torch.softmax(self.look(x), -1) * x)[1][0][0])

        about, _ = self.export(Attentive(), attention="look")
        self.assertEqual(about["attention"], "look")
        self.refuse(Attentive(), "layer `look`: a Linear below")

    def test_numbers_keep_their_precision(self):
        for dtype, stored in ((torch.float64, np.float64), (torch.float16, np.float16), (torch.bfloat16, np.float32)):
            _, tensors = self.export(self.row().to(dtype))
            self.assertEqual(tensors["rnn.weight_hh_l0"].dtype, stored)
            self.assertEqual(tensors["example.0.logits"].dtype, np.float64)

    def test_a_model_that_cannot_run_in_float64_says_so(self):
        class Single(nn.Module):
            def __init__(self):
                super().__init__()
                self.rnn, self.head = nn.GRU(4, 3, batch_first=True), nn.Linear(3, 2)

            def forward(self, x):
                return self.head(self.rnn(x.float())[0][:, -1])

        about, tensors = self.export(Single())
        self.assertEqual(tensors["example.0.logits"].dtype, np.float32)
        self.assertIn("float32", about["notes"][-1])

    def test_layers_that_cannot_be_expressed_are_named(self):
        self.refuse(self.row(hidden=4, between=nn.LayerNorm(4)), "layer `between`: LayerNorm")
        self.refuse(self.row(hidden=4, between=nn.BatchNorm1d(4)), "layer `between`: BatchNorm1d")
        self.refuse(self.row(between=nn.ReLU()), "layer `between`: ReLU")
        self.refuse(self.row(below=nn.Linear(4, 4)), "layer `below`: a Linear below the recurrent layers")
        self.refuse(self.row(above=nn.Linear(2, 2)), "layer `above`: a Linear above the read-out")
        self.refuse(self.row(below=nn.Conv1d(2, 2, 1)), "layer `below`: Conv1d")
        self.refuse(self.row(above=nn.Tanh()), "layer `above`: Tanh")

        class Projected(nn.Module):
            def __init__(self):
                super().__init__()
                self.rnn, self.head = nn.LSTM(4, 3, proj_size=2, batch_first=True), nn.Linear(2, 2)

            def forward(self, x):
                return self.head(self.rnn(x)[1][0][0])

        self.refuse(Projected(), "layer `rnn`: proj_size=2")

        class ByHand(Projected):
            def __init__(self):
                super().__init__()
                self.rnn = nn.LSTMCell(4, 2)

            def forward(self, x):
                return self.head(self.rnn(x[:, 0])[0])

        self.refuse(ByHand(), "no nn.LSTM")
        self.refuse(nn.LSTM(4, 2), "no Linear read-out")
        self.refuse(object(), "neither a torch.nn.Module nor a keras.Model")

    def test_what_no_layer_says_is_found_by_running(self):
        class Odd(nn.Module):
            def __init__(self, where):
                super().__init__()
                self.where = where
                self.rnn, self.head = nn.LSTM(4, 3, batch_first=True), nn.Linear(3, 2)
                if where == "parameter":
                    self.start = nn.Parameter(torch.zeros(3))

            def forward(self, x):
                start = torch.ones(1, len(x), 3, dtype=x.dtype)
                y, (h, c) = self.rnn(x * 2 if self.where == "below" else x, (start, start) if self.where == "start" else None)
                if self.where == "twice":
                    y, (h, c) = self.rnn(torch.cat([y, y[..., :1]], -1))
                z = self.head(c[0] if self.where == "cell" else torch.tanh(h[0]) if self.where == "between" else h[0])
                return z ** 2 if self.where == "above" else z

        self.refuse(Odd("below"), "what layer `rnn` reads")
        self.refuse(Odd("start"), "the output of layer `rnn`.*zero states")
        self.refuse(Odd("between"), "`head` reads neither")
        self.refuse(Odd("cell"), "`head` reads neither")
        self.refuse(Odd("above"), "from the output of `head`")
        self.refuse(Odd("twice"), "layer `rnn` is run more than once")
        self.refuse(Odd("parameter"), "Odd has weights of its own")

    def test_names_that_do_not_fit_are_refused(self):
        self.refuse(self.row(), "features: 3 entries, but the model reads 4", features=["a", "b", "c"])
        self.refuse(self.row(), "units: 1 entries", units=["m"])
        self.refuse(self.row(), "normalisation: std: 1 entries", normalisation=dict(mean=[0] * 4, std=[1]))
        self.refuse(self.row(), "classes: 3 names, but the model has 2", classes=list("abc"))
        self.refuse(self.row(words=3), "vocabulary: 2 entries, but the model reads 3", vocabulary=["a", "b"])
        self.refuse(self.row(words=3), "twice", vocabulary=["a", "b", "a"])
        self.refuse(self.row(words=3), "without gaps", vocabulary=dict(a=0, b=1, c=3))
        self.refuse(self.row(words=3), "`z` is not in the vocabulary", vocabulary=list("abc"), examples=["az"])
        self.refuse(self.row(words=3), "token numbers go from 0 to 2", vocabulary=list("abc"), examples=[[3]])
        self.refuse(self.row(), r"number 1 has shape \[2, 3\]; values \[T, 4\]", examples=[np.zeros((2, 3))])
        self.refuse(self.row(), "at least one", examples=[])
        self.refuse(self.row(), "no nn.Linear is called `x`", attention="x")

    def test_the_model_is_left_as_it_was(self):
        model = self.row(num_layers=2).train()
        before = {name: value.clone() for name, value in model.state_dict().items()}
        self.export(model)
        self.assertTrue(model.training and not model.rnn._forward_hooks)
        for name, value in model.state_dict().items():
            self.assertEqual(value.dtype, torch.float32)
            self.assertTrue(torch.equal(value, before[name]), name)

    def test_the_same_model_gives_the_same_file(self):
        model, files = self.row(), []
        for _ in range(2):
            self.export(model)
            with open(self.path, "rb") as file:
                files.append(file.read())
        self.assertEqual(files[0], files[1])


if __name__ == "__main__":
    unittest.main()
