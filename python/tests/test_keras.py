"""Exports of Keras models: gates in PyTorch's order, biases apart or together, and refusals by name."""
import itertools
import json
import os
import tempfile
import unittest

import numpy as np
from safetensors import safe_open

try:
    import keras
    from keras import layers
except ImportError:
    keras = None

import rnnscope
from rnnscope import CannotExport


@unittest.skipIf(keras is None, "keras is not installed")
class Keras(unittest.TestCase):
    def setUp(self):
        keras.utils.set_random_seed(0)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, "model.safetensors")

    def export(self, *parts, shape=(None, 4), **options):
        model = keras.Sequential([layers.Input(shape), *parts])
        # Biases are zeros until a model is trained.
        model.set_weights([np.random.default_rng(1).standard_normal(w.shape) for w in model.get_weights()])
        rnnscope.export(model, self.path, **options)
        with safe_open(self.path, "numpy") as file:
            return model, json.loads(file.metadata()["rnnscope"]), {name: file.get_tensor(name) for name in file.keys()}

    def refuse(self, pattern, *parts, **options):
        with self.assertRaisesRegex(CannotExport, pattern):
            self.export(*parts, **options)
        self.assertFalse(os.path.exists(self.path))

    def test_cells_layers_directions_biases(self):
        kinds = [(layers.LSTM, {}), (layers.GRU, {}), (layers.GRU, dict(reset_after=False)), (layers.SimpleRNN, {}),
                 (layers.SimpleRNN, dict(activation="relu"))]
        for (kind, more), count, both, bias in itertools.product(kinds, (1, 2), (False, True), (False, True)):
            with self.subTest(kind=kind.__name__, layers=count, both=both, bias=bias, **more):
                cell = lambda l: kind(3, return_sequences=l < count - 1, use_bias=bias, **more)
                stack = [layers.Bidirectional(cell(l)) if both else cell(l) for l in range(count)]
                model, about, tensors = self.export(*stack, layers.Dropout(0.3), layers.Dense(2), classes=["no", "yes"])
                self.assertEqual(about["head"]["on"], "last-state")
                self.assertEqual("rnn.bias_ih_l0" in tensors, bias)
                if kind is layers.GRU:
                    self.assertEqual(about["layers"][0]["linear_before_reset"], more.get("reset_after", True))
                for n in range(3):
                    own = np.asarray(model.predict(tensors[f"example.{n}.x"][None], verbose=0))[0]
                    np.testing.assert_allclose(tensors[f"example.{n}.logits"], own, rtol=1e-5, atol=1e-5)

    def test_readings_of_the_head(self):
        every = lambda: layers.LSTM(3, return_sequences=True)
        for pool, on in ((layers.GlobalAveragePooling1D, "mean-state"), (layers.GlobalMaxPooling1D, "max-state")):
            self.assertEqual(self.export(every(), pool(), layers.Dense(2))[1]["head"]["on"], on)
        for dense in (layers.Dense(2), layers.TimeDistributed(layers.Dense(2))):
            _, about, tensors = self.export(every(), dense)
            self.assertEqual(about["head"]["on"], "every-step")
            self.assertEqual(tensors["example.2.logits"].shape, (13, 2))

    def test_words_and_what_stands_above_the_head(self):
        text = [layers.Embedding(5, 4, mask_zero=True), layers.GRU(3)]
        vocabulary = ["[PAD]", "[UNK]", "good", "bad", "."]
        _, about, tensors = self.export(*text, layers.Dense(1, activation="sigmoid"), shape=(None,), vocabulary=vocabulary, classes=["good"])
        self.assertEqual((about["input"]["unknown"], about["input"]["padding"]), ("[UNK]", "[PAD]"))
        self.assertTrue(any("skips token 0" in note for note in about["notes"]))
        self.assertTrue(any("sigmoid" in note for note in about["notes"]))
        self.assertFalse(any((row == tensors["embedding.weight"][0]).all() for n in range(3) for row in tensors[f"example.{n}.x"]))
        _, about, _ = self.export(layers.LSTM(3), layers.Dense(2), layers.Softmax())
        self.assertTrue(any("softmax" in note for note in about["notes"]))

    def test_layers_that_cannot_be_expressed_are_named(self):
        end = lambda: layers.Dense(2)
        self.refuse("layer `norm`: LayerNormalization", layers.LSTM(3), layers.LayerNormalization(name="norm"), end())
        self.refuse("layer `look`: Conv1D", layers.Conv1D(3, 2, padding="same", name="look"), layers.LSTM(3), end())
        self.refuse("layer `wide`: Dense", layers.Dense(3, name="wide"), layers.LSTM(3), end())
        self.refuse("layer `first`: a read-out with relu", layers.LSTM(3), layers.Dense(3, activation="relu", name="first"), end())
        self.refuse("layer `more`: Dense above the read-out", layers.LSTM(3), end(), layers.Dense(2, name="more"))
        self.refuse("layer `odd`: activation relu and sigmoid", layers.LSTM(3, activation="relu", name="odd"), end())
        self.refuse("layer `sum`: merge_mode='sum'", layers.Bidirectional(layers.LSTM(3), merge_mode="sum", name="sum"), end())
        self.refuse("layer `back`: go_backwards", layers.LSTM(3, go_backwards=True, name="back"), end())
        self.refuse("no Dense read-out", layers.LSTM(3))

    def test_a_graph_that_is_no_row_is_refused(self):
        x = layers.Input((None, 4))
        y = layers.LSTM(4, return_sequences=True)(x)
        model = keras.Model(x, layers.Dense(2)(layers.LSTM(3)(layers.Add(name="skip")([x, y]))))
        with self.assertRaisesRegex(CannotExport, "layer `skip`: Add cannot be expressed"):
            rnnscope.export(model, self.path)

        class Doubled(keras.Model):
            def __init__(self):
                super().__init__()
                self.rnn, self.head = layers.LSTM(3), layers.Dense(2)

            def call(self, x):
                return self.head(self.rnn(2 * x))

        model = Doubled()
        model(np.ones((1, 2, 4), "float32"))
        with self.assertRaisesRegex(CannotExport, "not its layers in a row"):
            rnnscope.export(model, self.path)


if __name__ == "__main__":
    unittest.main()
