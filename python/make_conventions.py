"""Tiny networks with random weights, one for each convention that a reader can get wrong.

    python python/make_conventions.py --out tests/golden/conventions

Each file is a complete model file (weights and description) that also holds its golden values, F64, as tensors
`golden.<name>`: x [T,I] (or ids [T]), h and c [D,T,H], gates [D,T,G,H], alpha [T,I], logits [T,C] or [C], target,
score [2], grad, ig [T,I], occlusion [T], as in make_golden.py; gates in our order (i, f, g, o; r, z, n with z = share kept),
whatever the order and sense in the file. `index.json` lists them.
Every recurrent layer is checked against onnxruntime in float32, and against torch.nn in float64 where
torch.nn has it (all but the GRU with reset before).
"""
import argparse, json, os
import numpy as np, onnx, onnxruntime, torch
import torch.nn as nn
import inputs, modelfile, network
from make_golden import explain, states, versions

I, C = 4, 3
BLOCKS = dict(lstm=4, gru=3, rnn=1)
ONNX_ORDER = dict(lstm=[0, 3, 1, 2], gru=[1, 0, 2], rnn=[0])


def case(id, kind, T=7, H=3, L=1, both=False, on="last-state", relu=False, before=False, attention=False, dtype="f32", read="series", classes=C, order="", overwrite=False, bias=True):
    return dict(order=order, overwrite=overwrite, bias=bias, id=id, kind=kind, T=T, H=H, L=L, both=both, on=on, relu=relu, before=before, attention=attention, dtype=dtype, read=read, classes=classes)


CASES = [
    case("lstm_h1_t1", "lstm", T=1, H=1), case("lstm_h3_t7", "lstm"), case("lstm_h5_l2", "lstm", H=5, L=2), case("lstm_h3_l3", "lstm", L=3),
    case("lstm_both_h3", "lstm", both=True), case("lstm_both_h5_l2", "lstm", H=5, L=2, both=True), case("lstm_both_t1", "lstm", T=1, both=True),
    case("lstm_every_step", "lstm", on="every-step"), case("lstm_mean_state", "lstm", on="mean-state"), case("lstm_max_state", "lstm", H=5, on="max-state"),
    case("lstm_both_every_step", "lstm", both=True, on="every-step"), case("lstm_one_logit", "lstm", classes=1),
    case("gru_h1_t1", "gru", T=1, H=1), case("gru_h3_t7", "gru"), case("gru_h5_l3", "gru", H=5, L=3), case("gru_both_l2", "gru", L=2, both=True),
    case("gru_every_step", "gru", on="every-step"), case("gru_both_mean_state", "gru", both=True, on="mean-state"), case("gru_both_max_state", "gru", both=True, on="max-state"),
    case("gru_before_h1_t1", "gru", T=1, H=1, before=True), case("gru_before_h3_t7", "gru", before=True), case("gru_before_h5_l2", "gru", H=5, L=2, before=True), case("gru_before_both", "gru", both=True, before=True),
    case("rnn_tanh_h1_t1", "rnn", T=1, H=1), case("rnn_tanh_h3_l2", "rnn", L=2), case("rnn_tanh_both", "rnn", H=5, both=True),
    case("rnn_relu_h3_t7", "rnn", relu=True), case("rnn_relu_h5_both_l2", "rnn", H=5, L=2, both=True, relu=True),
    case("lstm_attention", "lstm", attention=True), case("gru_attention_every_step", "gru", attention=True, on="every-step", H=5),
    case("lstm_f16", "lstm", dtype="f16"), case("gru_bf16", "gru", dtype="bf16"), case("rnn_f64", "rnn", dtype="f64"), case("lstm_i8", "lstm", H=5, L=2, dtype="i8"),
    case("lstm_order_iofg", "lstm", order="iofg"), case("lstm_order_igfo_both", "lstm", both=True, order="igfo"), case("gru_order_zrn", "gru", L=2, order="zrn"),
    case("gru_overwrite", "gru", overwrite=True), case("gru_before_overwrite_order_zrn", "gru", before=True, overwrite=True, order="zrn"),
    case("lstm_no_bias", "lstm", bias=False), case("gru_no_bias_both", "gru", both=True, bias=False),
    case("lstm_characters", "lstm", read="characters", on="every-step"), case("gru_words", "gru", read="words", both=True, classes=2),
]
CHARACTERS = dict(vocab=["\n", " ", "a", "é"], text="a é\naa ")
WORDS = dict(vocab=["<pad>", "<unk>", "don't", "good", "."], text="Good? don't GOOD x9 good.")


def description(k):
    layers, width = [], I
    for index in range(k["L"]):
        layer = dict(kind=k["kind"], name="rnn", index=index, input=width, hidden=k["H"], bidirectional=k["both"])
        if k["kind"] == "rnn": layer["activation"] = "relu" if k["relu"] else "tanh"
        if k["kind"] == "gru": layer["linear_before_reset"] = not k["before"]
        if k["order"]: layer["gate_order"] = k["order"]
        if k["overwrite"]: layer["update_gate"] = "overwrite"
        layers.append(layer)
        width = k["H"] * (1 + k["both"])
    about = dict(version=1, name=k["id"], title=k["id"].replace("_", " "), task="classifier", framework="explicit equations", framework_version="1", created="2026-11-23")
    if k["read"] == "characters":
        about |= dict(task="language-model", input=dict(kind="characters"), vocab=CHARACTERS["vocab"])
    elif k["read"] == "words":
        about |= dict(input=dict(kind="words", tokenizer="word-punctuation", lower_case=True, unknown="<unk>", padding="<pad>", max_length=60), vocab=WORDS["vocab"], embedding="embedding.weight")
    else:
        names = [f"x{i}" for i in range(I)]
        about |= dict(input=dict(kind="series", step_unit="step", normalisation=dict(mean=[0.0] * I, std=[1.0] * I, clip=5)),
                      feature_names=names, units=[""] * I, features=[dict(variable=n, role="value") for n in names])
    if k["read"] != "characters": about["classes"] = [f"class {c}" for c in range(k["classes"])]
    if k["attention"]: about["attention"] = "attention"
    return about | dict(layers=layers, head=dict(name="head", on=k["on"]))


def random_weights(about, k, seed):
    g = torch.Generator().manual_seed(seed)
    draw = lambda *shape: torch.rand(*shape, generator=g) * 1.6 - 0.8
    w = {}
    if k["read"] == "words": w["embedding.weight"] = draw(len(about["vocab"]), I)
    if k["attention"]: w |= {"attention.weight": draw(I, I), "attention.bias": draw(I)}
    for layer in about["layers"]:
        rows = BLOCKS[layer["kind"]] * layer["hidden"]
        for d in range(1 + layer["bidirectional"]):
            s = f"l{layer['index']}" + "_reverse" * d
            w |= {f"rnn.weight_ih_{s}": draw(rows, layer["input"]), f"rnn.weight_hh_{s}": draw(rows, layer["hidden"])}
            if k["bias"]: w |= {f"rnn.bias_ih_{s}": draw(rows), f"rnn.bias_hh_{s}": draw(rows)}
    C_ = len(about.get("vocab")) if k["read"] == "characters" else k["classes"]
    return w | {"head.weight": draw(C_, k["H"] * (1 + k["both"])), "head.bias": draw(C_)}


def as_pytorch(about, w):
    """The same network in PyTorch's conventions: gate blocks reordered, z negated where it overwrites, zeros for no bias."""
    out = {n: t for n, t in w.items() if not n.startswith("rnn.")}
    for layer in about["layers"]:
        for d in range(1 + layer["bidirectional"]):
            suffix = "_reverse" * d
            for name, m in zip(("weight_ih", "weight_hh", "bias_ih", "bias_hh"), network.tensors(layer, w, suffix)):
                if layer.get("update_gate") == "overwrite": m[layer["hidden"] : 2 * layer["hidden"]] *= -1
                out[f"rnn.{name}_l{layer['index']}{suffix}"] = m
    return out


def onnx_layer(layer, w, x):
    """x [T,I] -> [T, H*directions] by onnxruntime, float32."""
    kind, H, n = layer["kind"], layer["hidden"], 1 + layer["bidirectional"]
    def blocks(name, d):
        a = w[f"rnn.{name}_l{layer['index']}" + "_reverse" * d].float().numpy()
        return np.concatenate([a.reshape(BLOCKS[kind], H, -1)[b] for b in ONNX_ORDER[kind]])
    W, R = (np.stack([blocks(m, d) for d in range(n)]) for m in ("weight_ih", "weight_hh"))
    B = np.stack([np.concatenate([blocks("bias_ih", d), blocks("bias_hh", d)])[:, 0] for d in range(n)])
    extra = dict(activations=["Relu" if layer["activation"] == "relu" else "Tanh"] * n) if kind == "rnn" else dict(linear_before_reset=int(layer["linear_before_reset"])) if kind == "gru" else {}
    node = onnx.helper.make_node(kind.upper(), ["x", "W", "R", "B"], ["y"], hidden_size=H, direction="bidirectional" if n == 2 else "forward", **extra)
    info = onnx.helper.make_tensor_value_info
    graph = onnx.helper.make_graph([node], "layer", [info("x", 1, [len(x), 1, x.shape[1]])], [info("y", 1, None)],
                                   [onnx.numpy_helper.from_array(a, name) for name, a in (("W", W), ("R", R), ("B", B))])
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 14)], ir_version=8)
    options = onnxruntime.SessionOptions(); options.intra_op_num_threads = 1
    y, = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"]).run(None, {"x": x[:, None].astype("f4")})
    return y[:, :, 0].reshape(len(x), -1)


def check(about, w, x, h):
    """Largest differences of the states h [D,T,H] from onnxruntime and from torch.nn (None where it has no such cell)."""
    first, w = about["layers"][0], as_pytorch(about, w)
    if "attention" in about: x = network.attend(about, w, x) * x
    y, worst = x.numpy(), 0.0
    for layer in about["layers"]:
        n = 1 + layer["bidirectional"]
        y = onnx_layer(layer, w, y)
        worst = max(worst, np.abs(y - torch.cat(list(h[layer["index"] * n : (layer["index"] + 1) * n]), -1).numpy()).max())
    if not first.get("linear_before_reset", True):
        return worst, None
    relu = dict(nonlinearity=first["activation"]) if first["kind"] == "rnn" else {}
    rnn = dict(lstm=nn.LSTM, gru=nn.GRU, rnn=nn.RNN)[first["kind"]](first["input"], first["hidden"], len(about["layers"]), bidirectional=first["bidirectional"], **relu)
    rnn.load_state_dict({k[4:]: v for k, v in w.items() if k.startswith("rnn.")})
    return worst, (rnn(x)[0].detach() - torch.cat(list(h[-(1 + first["bidirectional"]):]), -1)).abs().max().item()


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--out", required=True)
    a = p.parse_args()
    os.makedirs(a.out, exist_ok=True)
    torch.set_default_dtype(torch.float64)
    entries = []
    for seed, k in enumerate(CASES):
        about = description(k)
        precision = lambda name, t: k["dtype"] if k["dtype"] != "i8" or t.dim() == 2 else "f32"
        stored = modelfile.pack({n: t.to(torch.float64 if k["dtype"] == "f64" else torch.float32) for n, t in random_weights(about, k, seed).items()}, precision)
        w, golden = modelfile.unpack(stored), {}
        if k["read"] == "series":
            x = torch.randn(k["T"], I, generator=torch.Generator().manual_seed(1000 + seed)).clamp(-3, 3)
        else:
            text = dict(characters=CHARACTERS, words=WORDS)[k["read"]]["text"]
            golden["ids"] = dict(characters=inputs.characters, words=inputs.words)[k["read"]](text, about)
            x = inputs.vectors(golden["ids"], about, w).double()
            about["golden_text"] = text
        logits = network.forward(about, w, x[None])[0][0]
        target = seed % logits.shape[-1]
        golden |= dict(x=x, logits=logits, target=torch.tensor(target), **explain(about, w, x, target), **states(about, w, x))
        ort, torch_gap = check(about, w, x, golden["h"])
        assert ort < 2e-6 and (torch_gap is None or torch_gap < 1e-14), (k["id"], ort, torch_gap)
        about["golden"] = dict(versions=versions() | dict(onnx=onnx.__version__, onnxruntime=onnxruntime.__version__), seed=seed, command="python python/make_conventions.py --out tests/golden/conventions")
        size = modelfile.write(f"{a.out}/{k['id']}.safetensors", stored | {f"golden.{n}": t.detach().contiguous() for n, t in golden.items()}, about)
        entries.append(dict({n: v for n, v in k.items()}, T=len(x), file=f"{k['id']}.safetensors", bytes=size))
        print(k["id"], size, f"onnxruntime {ort:.0e}", "torch.nn", torch_gap)
    with open(f"{a.out}/index.json", "w") as f:
        json.dump(dict(version=1, cases=entries), f, indent=1)
        f.write("\n")


if __name__ == "__main__":
    main()
