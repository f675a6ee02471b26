"""Writes tests/golden/formats/keras: small Keras models in both containers, with inputs, states and logits by Keras itself.

    KERAS_BACKEND=torch python python/make_keras_files.py

Needs keras and h5py. Weights and answers are float64, except for the files named `single`.
"""

import json
import pathlib
import shutil

import h5py
import keras
from keras.src.backend.common import dtypes
import numpy as np
from keras import layers as L

FOLDER = pathlib.Path(__file__).parent.parent / "tests/golden/formats/keras"
STEPS, FEATURES, TOKENS = 6, 3, 7
FILES, REFUSED = {}, {}


def redraw(model, random):
    """Weights without zeros and ones: biases count, and both rows of them."""
    for weight in model.weights:
        if "seed" not in weight.path:
            weight.assign(random.normal(0, 0.5, weight.shape))


def logits_of(model, x):
    """The output before its last softmax or sigmoid, which is taken off for the purpose."""
    last = model.layers[-1]
    if last.__class__.__name__ in ("Activation", "Softmax"):
        inner = keras.Model(model.inputs, model.layers[-2].output)
        return np.asarray(inner(x, training=False).detach())[0]
    dense = last.layer if isinstance(last, L.TimeDistributed) else last
    activation, dense.activation = dense.activation, keras.activations.linear
    answer = np.asarray(model(x, training=False).detach())[0]
    dense.activation = activation
    return answer


def states_of(model, x):
    """[T, H] of each layer and direction, in the input's own time order, from copies that give every step."""
    def every(layer, values, backwards=False):
        config = layer.get_config()
        config.update(return_sequences=True, return_state=False, go_backwards=backwards, stateful=False)
        copy = layer.__class__.from_config(config)
        copy.build(values.shape)
        copy.set_weights([w.numpy() for w in layer.weights if "seed" not in w.path][: len(copy.get_weights())])
        out = np.asarray(copy(values, training=False).detach())
        return out[:, ::-1] if backwards else out

    states, values = [], x
    for layer in model.layers:
        if isinstance(layer, L.Bidirectional):
            both = [every(layer.forward_layer, values), every(layer.backward_layer, values, True)]
        elif isinstance(layer, (L.LSTM, L.GRU, L.SimpleRNN)):
            both = [every(layer, values)]
        elif isinstance(layer, (L.InputLayer, L.Dropout, L.Masking, L.SpatialDropout1D, L.GaussianNoise)) or states:
            continue
        elif isinstance(layer, L.Multiply):
            values = np.asarray(keras.Model(model.inputs, layer.output)(x, training=False).detach())
            continue
        elif isinstance(layer, L.Embedding):
            values = np.asarray(layer(values).detach())
            continue
        else:
            continue
        states += [one[0].tolist() for one in both]
        values = np.concatenate(both, -1)
    return states


def save(name, model, containers=("keras", "h5"), seed=0):
    random = np.random.default_rng(seed + len(name))
    redraw(model, random)
    tokens = any(isinstance(layer, L.Embedding) for layer in model.layers)
    x = random.integers(1, TOKENS, (1, STEPS)) if tokens else random.normal(0, 1, (1, STEPS, FEATURES))
    golden = {"x": x[0].tolist(), "states": states_of(model, x), "logits": logits_of(model, x).ravel().tolist()}
    golden["single"] = keras.config.floatx() == "float32"
    for container in containers:
        model.save(FOLDER / f"{name}.{container}")
        FILES[f"{name}.{container}"] = golden


def refuse(name, model, place, says, containers=("keras",)):
    for container in containers:
        model.save(FOLDER / f"{name}.{container}")
        REFUSED[f"{name}.{container}"] = [place, says]


def values():
    return keras.Input((None, FEATURES))


def tokens():
    return keras.Input((None,))


def attention(softmax, output):
    x = values()
    gate = softmax(x)
    return keras.Model(x, output(L.Multiply(name="attended")([x, gate])))


def stack(*layers):
    def apply(x):
        for layer in layers:
            x = layer(x)
        return x
    return apply


def network(*layers):
    return keras.Sequential(list(layers))


def answered():
    for name, cell in {
        "lstm": L.LSTM(4), "lstm_no_bias": L.LSTM(4, use_bias=False, unit_forget_bias=False),
        "gru": L.GRU(4), "gru_no_bias": L.GRU(4, use_bias=False),
        "gru_before": L.GRU(4, reset_after=False), "gru_before_no_bias": L.GRU(4, reset_after=False, use_bias=False),
        "rnn": L.SimpleRNN(4), "rnn_relu": L.SimpleRNN(4, activation="relu"), "rnn_no_bias": L.SimpleRNN(4, use_bias=False),
        "lstm_dropout": L.LSTM(4, dropout=0.2, recurrent_dropout=0.1), "lstm_unrolled": L.GRU(3, stateful=False),
    }.items():
        save(name, network(values(), cell, L.Dense(2)))
    for name, cell in {"lstm": L.LSTM(3), "gru": L.GRU(3), "gru_before": L.GRU(3, reset_after=False), "rnn": L.SimpleRNN(3)}.items():
        save(f"both_{name}", network(values(), L.Bidirectional(cell, name="two_ways"), L.Dense(3, activation="softmax")))
    save("stack", network(
        tokens(), L.Embedding(TOKENS, 3, mask_zero=True), L.SpatialDropout1D(0.1), L.LSTM(4, return_sequences=True, name="my_lstm"),
        L.Dropout(0.2), L.LSTM(3, return_sequences=True, name="another"), L.Bidirectional(L.LSTM(2), name="a_third"),
        L.Dense(1, activation="sigmoid")))
    save("mixed", network(values(), L.GRU(4, return_sequences=True), L.SimpleRNN(3, return_sequences=True), L.LSTM(2), L.Dense(2, use_bias=False)))
    save("every_step", network(values(), L.LSTM(4, return_sequences=True), L.Dense(2, activation="softmax")))
    save("distributed", network(values(), L.Bidirectional(L.GRU(3, return_sequences=True)), L.TimeDistributed(L.Dense(1, activation="sigmoid"))))
    save("language", network(tokens(), L.Embedding(TOKENS, 4), L.GRU(5, return_sequences=True), L.Dense(TOKENS, activation="softmax")))
    save("mean", network(values(), L.LSTM(4, return_sequences=True), L.GlobalAveragePooling1D(), L.Dense(2)))
    save("largest", network(tokens(), L.Embedding(TOKENS, 3), L.Bidirectional(L.LSTM(3, return_sequences=True)), L.GlobalMaxPooling1D(), L.Dense(1, activation="sigmoid")))
    save("activation", network(values(), L.Masking(0.0), L.GRU(4), L.Dense(3), L.Activation("softmax")))
    save("softmax", network(keras.Input((STEPS, FEATURES)), L.GaussianNoise(0.1), L.LSTM(4), L.Dense(3), L.Softmax()))
    x = tokens()
    save("functional", keras.Model(x, stack(L.Embedding(TOKENS, 3, name="words"), L.LSTM(3, return_sequences=True, name="z_first"),
                                            L.LSTM(4, name="a_second"), L.Dropout(0.5), L.Dense(2, activation="softmax", name="answer"))(x)))
    save("attention", attention(L.Dense(FEATURES, activation="softmax", name="alpha"), stack(L.LSTM(4), L.Dense(1, activation="sigmoid"))))
    save("attention_distributed", attention(L.TimeDistributed(L.Dense(FEATURES, activation="softmax", use_bias=False), name="alpha"),
                                            stack(L.GRU(4), L.Dense(2))))


def remade():
    """Files as older versions and other settings write them."""
    # A configuration above 64 KB: as text of varying length, and as fixed bytes in dense attribute storage.
    for name, options, kind in [("long_text", {}, str), ("long_bytes", {"libver": "latest"}, bytes)]:
        with h5py.File(FOLDER / "lstm.h5") as old, h5py.File(FOLDER / f"{name}.h5", "w", **options) as new:
            old.copy("model_weights", new)
            text = old.attrs["model_config"] + " " * 70_000
            new.attrs["model_config"] = text if kind is str else np.bytes_(text.encode())
        FILES[f"{name}.h5"] = FILES["lstm.h5"]
    # Keras 2: fixed bytes, names that end in :0, lists without dictionaries, no names beside counted groups.
    for name in ["lstm", "both_gru", "functional"]:
        shutil.copy(FOLDER / f"{name}.h5", FOLDER / f"{name}_2.h5")
        with h5py.File(FOLDER / f"{name}_2.h5", "r+") as file:
            config = json.loads(file.attrs["model_config"])
            for layer in config["config"]["layers"]:
                plain(layer)
                if "inbound_nodes" in layer:
                    layer["inbound_nodes"] = [[history(node)] for node in layer["inbound_nodes"]]
            for end in ["input_layers", "output_layers"]:
                if end in config["config"]:
                    config["config"][end] = [config["config"][end]]
            file.attrs["model_config"] = np.bytes_(json.dumps(config).encode())
            file.attrs["keras_version"] = np.bytes_(b"2.11.0")
            for group in file["model_weights"].values():
                names = [n if isinstance(n, str) else n.decode() for n in group.attrs["weight_names"]]
                for weight in names:
                    group.move(weight, f"{weight}:0")
                group.attrs["weight_names"] = [np.bytes_(f"{weight}:0".encode()) for weight in names] or np.zeros(0)
        FILES[f"{name}_2.h5"] = FILES[f"{name}.h5"]
    # Compressed in chunks.
    shutil.copy(FOLDER / "gru.h5", FOLDER / "gru_packed.h5")
    with h5py.File(FOLDER / "gru_packed.h5", "r+") as file:
        for weight in list(file["model_weights/gru"].attrs["weight_names"]):
            at = file["model_weights/gru"]
            numbers = at[weight][...]
            del at[weight]
            at.create_dataset(weight, data=numbers, chunks=tuple(max(1, n // 2) for n in numbers.shape), compression="gzip", shuffle=True)
    FILES["gru_packed.h5"] = FILES["gru.h5"]


def plain(layer):
    config = layer["config"]
    config.pop("dtype", None)
    config.pop("backward_layer", None)
    if isinstance(config.get("layer"), dict):
        plain(config["layer"])


def history(node):
    tensor = node["args"][0]["config"]["keras_history"]
    return [*tensor, {}]


def refused():
    dense = L.Dense(2)
    for name, cell, place, says in [
        ("hard_sigmoid", L.LSTM(3, recurrent_activation="hard_sigmoid", name="old_gates"), "old_gates", "hard_sigmoid"),
        ("lstm_relu", L.LSTM(3, activation="relu", name="rectified"), "rectified", "relu"),
        ("backwards", L.GRU(3, go_backwards=True, name="from_the_end"), "from_the_end", "go_backwards"),
        ("summed", L.Bidirectional(L.LSTM(3), merge_mode="sum", name="added"), "added", "merge_mode sum"),
        ("convolution", stack, "convolved", "Conv1D"),
    ]:
        layers = [L.Conv1D(3, 2, name="convolved"), L.LSTM(3)] if name == "convolution" else [cell]
        refuse(name, network(values(), *layers, L.Dense(2)), place, says)
    refuse("two_dense", network(values(), L.LSTM(3), L.Dense(4, activation="relu", name="between"), L.Dense(2)), "between", "relu")
    refuse("many_sigmoids", network(values(), L.LSTM(3), L.Dense(4, activation="sigmoid", name="labels")), "labels", "sigmoid")
    refuse("no_head", network(values(), L.LSTM(3)), "model", "states")
    refuse("normalised", network(values(), L.LayerNormalization(name="scaled"), L.LSTM(3), dense), "scaled", "LayerNormalization")
    refuse("no_layers", network(values(), L.GlobalAveragePooling1D(name="pooled"), L.Dense(2)), "pooled", "GlobalAveragePooling1D")
    refuse("repeated", network(values(), L.LSTM(3), L.RepeatVector(4, name="again"), L.LSTM(3, return_sequences=True), L.Dense(2)), "again", "RepeatVector")
    x = values()
    refuse("joined", keras.Model(x, L.Dense(2)(L.Concatenate(name="side_by_side")([L.LSTM(3)(x), L.GRU(3)(x)]))), "side_by_side", "joins", ("keras", "h5"))
    x = values()
    state = L.LSTM(3, name="gives_states", return_state=True)(x)
    refuse("state", keras.Model(x, L.Dense(2, name="of_the_cell")(state[2])), "of_the_cell", "output 2 of gives_states", ("keras", "h5"))
    x = values()
    refuse("two_outputs", keras.Model(x, [L.Dense(2)(L.LSTM(3)(x)), L.Dense(1)(L.GRU(3)(x))]), "model", "2 outputs")
    x, shared = values(), L.Dense(FEATURES, name="twice")
    refuse("shared", keras.Model(x, L.Dense(2)(L.LSTM(3)(shared(shared(x))))), "twice", "2 places")
    x = values()
    refuse("over_time", keras.Model(x, L.Dense(1)(L.LSTM(3)(L.Multiply(name="product")([x, L.LSTM(FEATURES, return_sequences=True)(x)])))), "product", "product")
    x = values()
    refuse("sigmoid_factors", attention(L.Dense(FEATURES, activation="sigmoid", name="factors"), stack(L.LSTM(3), L.Dense(1))), "factors", "sigmoid")
    cudnn()
    model = network(values(), L.LSTM(3), L.Dense(2))
    model.save_weights(FOLDER / "only.weights.h5")
    REFUSED["only.weights.h5"] = ["model_config", "weights alone"]


def cudnn():
    """As Keras 2 wrote its GPU layers: present Keras has no such class, so the name is put into a file of its LSTM."""
    network(values(), L.LSTM(3, name="on_gpu"), L.Dense(2)).save(FOLDER / "cudnn.h5")
    with h5py.File(FOLDER / "cudnn.h5", "r+") as file:
        config = json.loads(file.attrs["model_config"])
        (layer,) = [layer for layer in config["config"]["layers"] if layer["config"].get("name") == "on_gpu"]
        layer["class_name"] = "CuDNNLSTM"
        file.attrs["model_config"] = json.dumps(config)
    REFUSED["cudnn.h5"] = ["on_gpu", "CuDNNLSTM"]


def main():
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    keras.config.set_floatx("float64")
    # Keras multiplies float64 in float32 unless TensorFlow stands behind it; the answers are to be double throughout.
    dtypes.BIT64_TO_BIT32_DTYPE["float64"] = "float64"
    answered()
    remade()
    refused()
    keras.config.set_floatx("float32")
    save("single_lstm", network(values(), L.Bidirectional(L.LSTM(4, return_sequences=True)), L.LSTM(3), L.Dense(2, activation="softmax")))
    save("single_gru", network(tokens(), L.Embedding(TOKENS, 3), L.GRU(4), L.Dense(1, activation="sigmoid")))
    answers = {"keras": keras.__version__, "files": FILES, "refused": REFUSED}
    (FOLDER / "answers.json").write_text(json.dumps(answers, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
