"""Writes the reference networks into a folder: safetensors (rnnscope; TensorFlow.js reads the same file) and ONNX.

    python bench/make_networks.py bench/data

`<name>.safetensors`, `<name>.onnx`, `<name>.x.f32` (the input [T, I], little endian) and `networks.json` (shapes, texts,
target classes).
"""
import hashlib, json, os, sys
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
import torch
from safetensors.torch import save
from networks import CHARACTERS, SHAPES, WORDS, make, target


def describe(name, shape, weights):
    """The description that rnnscope reads (python/README.md)."""
    features = shape["features"]
    about = dict(
        version=1, name=name, title=f"Benchmark {name}", framework="PyTorch", framework_version=torch.__version__.split("+")[0], created="2026-01-01",
        task="language-model" if shape["kind"] == "characters" else "classifier",
        sha256_of_weights=hashlib.sha256(save(weights)[8:]).hexdigest(),
        input=dict(kind=shape["kind"]),
        layers=[dict(kind="lstm", name="rnn", index=k, input=features if k == 0 else shape["hidden"], hidden=shape["hidden"], bidirectional=shape["bidirectional"]) for k in range(shape["layers"])],
        head=dict(name="head", on="every-step" if shape["kind"] == "characters" else "last-state"),
        training=dict(data="none: random weights"),
    )
    if shape["kind"] == "series":
        names = [f"v{k}" for k in range(features)]
        about |= dict(feature_names=names, units=[""] * features, features=[dict(variable=n, role="value") for n in names])
        about["input"] |= dict(length=shape["steps"], step_unit="hour", normalisation=dict(mean=[0] * features, std=[1] * features))
    elif shape["kind"] == "words":
        about |= dict(vocab=WORDS, embedding="embedding.weight")
        about["input"] |= dict(tokenizer="word-punctuation", lower_case=True)
    else:
        about |= dict(vocab=CHARACTERS)
    if shape["kind"] != "characters":
        about |= dict(classes=["negative", "positive"])
    return about


def to_onnx(shape, weights):
    """x [T, 1, I] -> logits [C], or [T, C] where every step has them; ONNX orders the gates i, o, f, c."""
    hidden, steps, features = shape["hidden"], shape["steps"], shape["features"]
    suffixes = ["", "_reverse"] if shape["bidirectional"] else [""]
    tensors, nodes, below = [], [], "x"

    def constant(name, value):
        tensors.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def gates(name):
        i, f, g, o = weights[name].numpy().reshape(4, hidden, -1)
        return np.concatenate([i, o, f, g]).squeeze()

    every_step = shape["kind"] == "characters"
    for k in range(shape["layers"]):
        names = [f"_l{k}{suffix}" for suffix in suffixes]
        w = constant(f"w{k}", np.stack([gates(f"rnn.weight_ih{n}") for n in names]))
        r = constant(f"r{k}", np.stack([gates(f"rnn.weight_hh{n}") for n in names]))
        b = constant(f"b{k}", np.stack([np.concatenate([gates(f"rnn.bias_ih{n}"), gates(f"rnn.bias_hh{n}")]) for n in names]))
        sequence = every_step or k + 1 < shape["layers"]
        outputs = [f"y{k}"] if sequence else ["", f"h{k}"]
        nodes.append(helper.make_node("LSTM", [below, w, r, b], outputs, hidden_size=hidden, direction="bidirectional" if shape["bidirectional"] else "forward"))
        if sequence:  # [T, D, 1, H] -> [T, 1, H]; one direction only
            nodes.append(helper.make_node("Squeeze", [f"y{k}", constant(f"axis{k}", np.array([1]))], [f"s{k}"]))
            below = f"s{k}"
        else:  # [D, 1, H] -> [1, D·H]
            nodes.append(helper.make_node("Reshape", [f"h{k}", constant("flat", np.array([1, -1]))], ["states"]))
            below = "states"
    if every_step:
        nodes.append(helper.make_node("Reshape", [below, constant("flat", np.array([steps, hidden]))], ["states"]))
    nodes.append(helper.make_node("Gemm", ["states", constant("head_w", weights["head.weight"].numpy()), constant("head_b", weights["head.bias"].numpy())], ["logits"], transB=1))
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [steps, 1, features])
    y = helper.make_tensor_value_info("logits", TensorProto.FLOAT, [steps if every_step else 1, shape["classes"]])
    model = helper.make_model(helper.make_graph(nodes, "network", [x], [y], tensors), opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    return model.SerializeToString()


def main():
    folder = sys.argv[1]
    os.makedirs(folder, exist_ok=True)
    index = {}
    for name, shape in SHAPES.items():
        net, x, text, vectors = make(name)
        weights = {k: v.detach().contiguous() for k, v in net.state_dict().items()}
        stored = weights | ({} if vectors is None else {"embedding.weight": vectors})
        files = {
            "safetensors": save(stored, {"rnnscope": json.dumps(describe(name, shape, stored))}),
            "onnx": to_onnx(shape, weights),
            "x.f32": x.numpy().astype("<f4").tobytes(),
        }
        for kind, content in files.items():
            with open(f"{folder}/{name}.{kind}", "wb") as file:
                file.write(content)
        index[name] = shape | dict(target=target(net, x), text=text)
    with open(f"{folder}/networks.json", "w", encoding="utf-8") as file:
        json.dump(index, file)


if __name__ == "__main__":
    main()
