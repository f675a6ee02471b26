"""ONNX files and what ONNX Runtime says of them: the standard's node tests, random layers, exports by PyTorch.

    pip download --no-deps onnx==1.16.2          # carries the node tests
    python python/make_onnx_files.py --wheel onnx-1.16.2-….whl --out tests/golden/formats/onnx

`answers.json` holds for every file one entry per input: `x` (numbers [T, I] or tokens [T]) and the logits, and what is
expected to be refused. Needs onnx, onnxruntime, onnxscript and torch.
"""
import argparse, io, json, os, warnings, zipfile
import numpy as np
import onnx
import onnxruntime as ort
import torch
import torch.nn as nn
from onnx import TensorProto, helper as h, numpy_helper

warnings.filterwarnings("ignore")
T, I, H, C, V = 5, 3, 4, 3, 7
GATES = {"LSTM": 4, "GRU": 3, "RNN": 1}


def run(model, feeds, output=0):
    session = ort.InferenceSession(model, providers=["CPUExecutionProvider"])
    return session.run(None, feeds)[output]


# The standard's own tests -------------------------------------------------------------------------------------------

def node_tests(wheel, out):
    """W, R, B come as inputs there; they become constants of the file, since a model file holds its weights."""
    answers = {}
    archive = zipfile.ZipFile(wheel)
    stem = "onnx/backend/test/data/node/"
    names = sorted(n.split("/")[-2] for n in archive.namelist()
                   if n.startswith(stem) and n.endswith("/model.onnx") and any(f"test_{k}" in n for k in ("lstm", "gru", "rnn", "simple_rnn")))
    for name in names:
        model = onnx.load_from_string(archive.read(f"{stem}{name}/model.onnx"))
        arrays = []
        for k, info in enumerate(model.graph.input):
            tensor = TensorProto.FromString(archive.read(f"{stem}{name}/test_data_set_0/input_{k}.pb"))
            arrays.append(numpy_helper.to_array(tensor))
            if k > 0:
                tensor.name = info.name
                model.graph.initializer.append(tensor)
        del model.graph.input[1:]
        expected = numpy_helper.to_array(TensorProto.FromString(archive.read(f"{stem}{name}/test_data_set_0/output_0.pb")))
        node = model.graph.node[0]
        batchwise = any(a.name == "layout" and a.i == 1 for a in node.attribute)
        every = bool(node.output[0])
        x = arrays[0] if batchwise else arrays[0].swapaxes(0, 1)
        y = expected if batchwise else (expected.transpose(2, 0, 1, 3) if every else expected.swapaxes(0, 1))
        # y: [B, T, D, H] or [B, D, H]
        cases = [{"x": x[b].tolist(), "logits": y[b].reshape(-1).tolist()} for b in range(len(x))]
        onnx.save(model, f"{out}/node/{name}.onnx")
        answers[f"node/{name}.onnx"] = cases
    return answers


# Random layers ------------------------------------------------------------------------------------------------------

class Writer:
    """A graph under construction; batch 1, unless sizes are open."""

    def __init__(self, seed, opset=17, open_sizes=False, layout=0, dtype=np.float32):
        self.rng, self.nodes, self.constants = np.random.default_rng(seed), [], []
        self.opset, self.layout, self.open, self.dtype = opset, layout, open_sizes, dtype

    def weights(self, *shape):
        return self.constant((self.rng.standard_normal(shape) * 0.6).astype(self.dtype))

    def constant(self, array):
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(array), name))
        return name

    def node(self, op, inputs, outputs=1, **attributes):
        names = [f"v{len(self.nodes)}_{k}" for k in range(outputs)]
        self.nodes.append(h.make_node(op, inputs, names, name=f"{op.lower()}_{len(self.nodes)}", **attributes))
        return names[0] if outputs == 1 else names

    def layer(self, kind, x, width, both=False, bias=True, hidden=H, **more):
        d, g = (2 if both else 1), GATES[kind]
        inputs = [x, self.weights(d, g * hidden, width), self.weights(d, g * hidden, hidden)]
        if bias:
            inputs.append(self.weights(d, 2 * g * hidden))
        if self.layout:
            more["layout"] = 1
        return self.node(kind, inputs, 2, hidden_size=hidden, direction="bidirectional" if both else "forward", **more)

    def steps(self, y, both=False):
        """Y → [T, B, D·H]"""
        y = self.node("Transpose", [y], perm=[0, 2, 1, 3])
        return self.node("Reshape", [y, self.constant(np.array([0, 0, -1]))])

    def model(self, output, rank, tokens=False):
        sizes = ["batch", "time"] if self.layout else ["time", "batch"]
        fixed = [1, T] if self.layout else [T, 1]
        dims = (sizes if self.open else fixed) + ([] if tokens else [I])
        kind = TensorProto.INT64 if tokens else (TensorProto.DOUBLE if self.dtype is np.float64 else TensorProto.FLOAT)
        graph = h.make_graph(self.nodes, "g", [h.make_tensor_value_info("x", kind, dims)],
                             [h.make_tensor_value_info(output, TensorProto.DOUBLE if self.dtype is np.float64 else TensorProto.FLOAT, [None] * rank)],
                             self.constants)
        model = h.make_model(graph, opset_imports=[h.make_opsetid("", self.opset)], ir_version=8)
        onnx.checker.check_model(model)
        return model.SerializeToString()


def random_files(out):
    answers = {}

    def write(name, w, output, rank, tokens=False):
        data = w.model(output, rank, tokens)
        with open(f"{out}/random/{name}.onnx", "wb") as file:
            file.write(data)
        x = w.rng.integers(0, V, (T, 1)) if tokens else w.rng.standard_normal((T, 1, I)).astype(w.dtype)
        y = run(data, {"x": x.swapaxes(0, 1) if w.layout else x})
        answers[f"random/{name}.onnx"] = [{"x": x[:, 0].tolist(), "logits": y.reshape(-1).tolist()}]

    seed = 0
    for kind in GATES:
        for both in (False, True):
            for reading in ("every", "last", "mean", "max", "states"):
                seed += 1
                w = Writer(seed, open_sizes=seed % 2 == 0)
                more = {"linear_before_reset": seed % 3 % 2} if kind == "GRU" else {}
                if kind == "RNN" and seed % 2:
                    more = {"activations": ["Relu"] * (2 if both else 1)}
                y, y_h = w.layer(kind, "x", I, both, bias=seed % 4 != 1, **more)
                d = 2 if both else 1
                if reading == "last":
                    s = w.node("Transpose", [y_h], perm=[1, 0, 2])
                    s = w.node("Reshape", [s, w.constant(np.array([-1, d * H]))])
                elif reading == "states":
                    write(f"{kind.lower()}_{'both' if both else 'one'}_states", w, y, 4)
                    continue
                else:
                    s = w.steps(y)
                    if reading != "every":
                        s = w.node("ReduceMean" if reading == "mean" else "ReduceMax", [s], axes=[0], keepdims=0)
                s = w.node("MatMul", [s, w.weights(d * H, C)])
                s = w.node("Add", [s, w.weights(C)])
                write(f"{kind.lower()}_{'both' if both else 'one'}_{reading}", w, s, 3 if reading == "every" else 2)

    def last(w, y_h):
        return w.node("Gemm", [w.node("Squeeze", [y_h, w.constant(np.array([0]))]), w.weights(C, H), w.weights(C)], transB=1)

    w = Writer(101)  # normalisation and a projection before the layer
    x = w.node("Div", [w.node("Sub", ["x", w.weights(I)]), w.constant(np.array([2, 3, 4], np.float32))])
    x = w.node("Add", [w.node("MatMul", [x, w.weights(I, 6)]), w.weights(6)])
    write("normalised", w, last(w, w.layer("LSTM", x, 6)[1]), 2)
    w = Writer(102, open_sizes=True)  # two layers, the second on every step
    y = w.steps(w.layer("GRU", "x", I, True, linear_before_reset=1)[0])
    write("two_layers", w, last(w, w.layer("LSTM", y, 2 * H)[1]), 2)
    w = Writer(103)  # word vectors
    x = w.node("Gather", [w.weights(V, I), "x"])
    write("word_vectors", w, last(w, w.layer("LSTM", x, I)[1]), 2, tokens=True)
    w = Writer(104)  # one-hot tokens, an output a step: a language model with a softmax
    x = w.node("OneHot", ["x", w.constant(np.array(V)), w.constant(np.array([0, 1], np.float32))])
    y = w.steps(w.layer("RNN", x, V)[0])
    write("one_hot", w, w.node("MatMul", [y, w.weights(H, V)]), 3, tokens=True)
    w = Writer(105)  # the last step by a slice
    y = w.steps(w.layer("LSTM", "x", I)[0])
    y = w.node("Slice", [y] + [w.constant(np.array([k])) for k in (-1, 2**62, 0)])
    write("last_slice", w, w.node("MatMul", [w.node("Squeeze", [y, w.constant(np.array([0]))]), w.weights(H, C)]), 2)
    w = Writer(106, opset=11)  # attributes rather than inputs
    y = w.node("Squeeze", [w.layer("LSTM", "x", I)[0]], axes=[1])
    write("opset_11", w, w.node("MatMul", [y, w.weights(H, C)]), 3)
    w = Writer(107)  # sum of directions, two linear layers without anything between them
    y = w.layer("GRU", "x", I, True)[0]
    a, b = w.node("Split", [y], 2, axis=1)
    y = w.node("Squeeze", [w.node("Add", [a, b]), w.constant(np.array([1]))])
    write("summed", w, w.node("MatMul", [w.node("MatMul", [y, w.weights(H, 5)]), w.weights(5, C)]), 3)
    w = Writer(108)  # time and batch in one axis for the head
    y = w.node("Reshape", [w.steps(w.layer("LSTM", "x", I)[0]), w.constant(np.array([-1, H]))])
    y = w.node("Gemm", [y, w.weights(H, C), w.weights(C)])
    write("merged", w, w.node("Reshape", [y, w.constant(np.array([T, 1, C]))]), 3)
    w = Writer(109)  # a Squeeze inside an If whose condition the file fixes
    y = w.layer("LSTM", "x", I)[0]
    one = w.node("Equal", [w.node("Gather", [w.node("Shape", [y]), w.constant(np.array(1))]), w.constant(np.array(1))])
    branches = {}
    for name, op in (("then_branch", "Squeeze"), ("else_branch", "Identity")):
        inputs = [y, "axes"] if op == "Squeeze" else [y]
        axes = [numpy_helper.from_array(np.array([1]), "axes")] if op == "Squeeze" else []
        branches[name] = h.make_graph([h.make_node(op, inputs, [f"{op}_out"])], op, [],
                                      [h.make_tensor_value_info(f"{op}_out", TensorProto.FLOAT, None)], axes)
    y = w.node("If", [one], **branches)
    write("branch", w, w.node("MatMul", [y, w.weights(H, C)]), 3)
    return answers


# Exports by PyTorch -------------------------------------------------------------------------------------------------

class Net(nn.Module):
    def __init__(self, kind, every=False, tokens=True, outputs=C, **more):
        super().__init__()
        self.embedding = nn.Embedding(V, I) if tokens else None
        self.rnn = getattr(nn, kind)(I, H, batch_first=True, **more)
        self.dropout = nn.Dropout(0.3)
        self.fc = nn.Linear(H * (2 if more.get("bidirectional") else 1), outputs)
        self.every = every

    def forward(self, x):
        y, s = self.rnn(x if self.embedding is None else self.embedding(x))
        s = s[0] if isinstance(s, tuple) else s
        top = torch.cat([s[-2], s[-1]], 1) if self.rnn.bidirectional else (y[:, -1] if self.rnn.mode == "GRU" else s[-1])
        return self.fc(self.dropout(y if self.every else top))


NETS = {
    "lstm_classifier": (Net, ("LSTM",), {}),
    "char_lm": (Net, ("LSTM", True), {"outputs": V, "num_layers": 2}),
    "bigru_classifier": (Net, ("GRU",), {"bidirectional": True, "num_layers": 2}),
    "gru_series": (Net, ("GRU", False, False), {"outputs": 1}),
    "rnn_relu_every": (Net, ("RNN", True), {"nonlinearity": "relu", "bidirectional": True}),
}


def strip(path):
    """Without the exporter's remarks, which name places of the machine and are most of the file."""
    model = onnx.load(path)
    for part in [model, model.graph, *model.graph.node, *model.graph.value_info, *model.graph.input, *model.graph.output]:
        part.ClearField("doc_string")
        part.ClearField("metadata_props")
    onnx.save(model, path)


def exports(out):
    answers = {}
    for name, (make, args, more) in NETS.items():
        torch.manual_seed(len(name))
        model = make(*args, **more).eval()
        tokens = model.embedding is not None
        x = torch.randint(0, V, (1, T)) if tokens else torch.randn(1, T, I)
        for open_sizes in (False, True):
            sizes = "open" if open_sizes else "fixed"
            given = (torch.cat([x, x]) if open_sizes else x,)
            axes = {"dynamic_axes": {"x": {0: "batch", 1: "time"}}} if open_sizes else {}
            dims = ({0: torch.export.Dim("batch", min=2, max=64), 1: torch.export.Dim("time", min=2, max=512)},)
            shapes = {"dynamic_shapes": dims} if open_sizes else {}
            files = [(f"torch/{name}_{sizes}.onnx", {"dynamo": False, **axes})]
            if model.rnn.mode != "RNN_RELU":
                files.append((f"torch/{name}_dynamo_{sizes}.onnx", {"dynamo": True, "external_data": False, "verbose": False, **shapes}))
            for file, how in files:
                torch.onnx.export(model, given, f"{out}/{file}", input_names=["x"], **how)
                strip(f"{out}/{file}")
                y = run(f"{out}/{file}", {"x": given[0].numpy()})[:1]
                answers[file] = [{"x": x[0].tolist(), "logits": y.reshape(-1).tolist()}]
    return answers


# What is refused ----------------------------------------------------------------------------------------------------

def refused(out):
    """Each file differs from one that is read in one thing alone."""
    says = {}

    def write(name, w, output, rank, word):
        with open(f"{out}/refused/{name}.onnx", "wb") as file:
            file.write(w.model(output, rank))
        says[f"refused/{name}.onnx"] = word

    def head(w, y_h):
        return w.node("MatMul", [w.node("Squeeze", [y_h, w.constant(np.array([0]))]), w.weights(H, C)])

    for name, word, more in (("clip", "clip", {"clip": 3.0}), ("coupled", "input_forget", {"input_forget": 1}),
                             ("hard", "hardsigmoid", {"activations": ["HardSigmoid", "Tanh", "Tanh"]})):
        w = Writer(201)
        write(name, w, head(w, w.layer("LSTM", "x", I, **more)[1]), 2, word)
    w = Writer(202)
    y, y_h = w.node("LSTM", ["x", w.weights(1, 4 * H, I), w.weights(1, 4 * H, H)], 2, hidden_size=H, direction="reverse")
    write("reverse", w, head(w, y_h), 2, "direction reverse")
    w = Writer(203)
    more = [w.weights(1, 4 * H, I), w.weights(1, 4 * H, H), "", "", w.weights(1, 1, H)]
    write("initial", w, head(w, w.node("LSTM", ["x"] + more, 2, hidden_size=H)[1]), 2, "initial state")
    w = Writer(204)
    more = [w.weights(1, 4 * H, I), w.weights(1, 4 * H, H), "", w.constant(np.array([T - 1], np.int32))]
    write("lengths", w, head(w, w.node("LSTM", ["x"] + more, 2, hidden_size=H)[1]), 2, "sequence_lens")
    w = Writer(205)
    write("hidden_layer", w, w.node("Relu", [head(w, w.layer("GRU", "x", I)[1])]), 2, "Relu")
    w = Writer(206)
    y = w.steps(w.layer("GRU", "x", I, True)[0])
    y = w.node("Gather", [y, w.constant(np.array(-1))], axis=0)
    write("backward_last", w, w.node("MatMul", [y, w.weights(2 * H, C)]), 2, "backward direction")
    for name, step, word in (("middle_step", 2, "steps other than"), ("first_step", 0, "backward direction")):
        w = Writer(211)
        y = w.node("Gather", [w.steps(w.layer("LSTM", "x", I)[0]), w.constant(np.array(step))], axis=0)
        write(name, w, w.node("MatMul", [y, w.weights(H, C)]), 2, word)
    w = Writer(207)
    a, b = w.layer("LSTM", "x", I), w.layer("GRU", "x", I)
    write("two_branches", w, w.node("MatMul", [w.node("Squeeze", [w.node("Add", [a[1], b[1]]), w.constant(np.array([0]))]), w.weights(H, C)]), 2, "branch")
    w = Writer(208)
    y = w.steps(w.layer("LSTM", "x", I)[0])
    y = w.node("Reshape", [w.node("Transpose", [y], perm=[1, 0, 2]), w.constant(np.array([1, T * H]))])
    write("flattened", w, w.node("MatMul", [y, w.weights(T * H, C)]), 2, "flattened")
    w = Writer(209)
    y = w.node("Sigmoid", [head(w, w.layer("LSTM", "x", I)[1])])
    write("labels", w, y, 2, "independent")
    torch.manual_seed(9)
    net = Net("RNN", True, False).eval()
    torch.onnx.export(net, (torch.randn(1, T, I),), f"{out}/refused/unrolled.onnx", dynamo=True, external_data=False, verbose=False, input_names=["x"])
    strip(f"{out}/refused/unrolled.onnx")
    says["refused/unrolled.onnx"] = "unrolled"
    w = Writer(210)
    data = onnx.load_from_string(w.model(head(w, w.layer("LSTM", "x", I)[1]), 2))
    weights = data.graph.initializer[0]
    weights.ClearField("raw_data")
    weights.data_location = TensorProto.EXTERNAL
    entry = weights.external_data.add()
    entry.key, entry.value = "location", "weights.bin"
    onnx.save(data, f"{out}/refused/external.onnx")
    says["refused/external.onnx"] = "external data"
    return says


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--wheel", required=True)
    parser.add_argument("--out", required=True)
    args = parser.parse_args()
    for folder in ("node", "random", "torch", "refused"):
        os.makedirs(f"{args.out}/{folder}", exist_ok=True)
    answers = {"files": {**node_tests(args.wheel, args.out), **random_files(args.out), **exports(args.out)},
               "refused": refused(args.out)}
    with open(f"{args.out}/answers.json", "w") as file:
        json.dump(answers, file)
    print(len(answers["files"]), "files,", len(answers["refused"]), "refused")
