"""Takes a keras.Model of layers in a row apart, gates put into PyTorch's order.

Keras keeps kernels transposed, LSTM blocks as i f c o, GRU blocks as z r h, and one bias but for GRU(reset_after=True).
"""
import keras
import numpy as np

from .description import CannotExport, Found, Run

# Keras multiplies matrices in float32 on most backends, even where a layer's dtype is float64.
PRECISION = "float32"
KINDS = {"LSTM": "lstm", "GRU": "gru", "SimpleRNN": "rnn"}
ORDERS = dict(lstm=[0, 1, 2, 3], gru=[1, 0, 2], rnn=[0])
# Nothing happens in these while a model is not trained.
SILENT = {"InputLayer", "Dropout", "SpatialDropout1D", "GaussianNoise", "GaussianDropout", "AlphaDropout",
          "ActivityRegularization", "Identity"}
WRAPPERS = {"TimeDistributed": "layer", "Bidirectional": "forward_layer"}
POOLINGS = {"GlobalAveragePooling1D", "GlobalMaxPooling1D"}
KNOWN = ("rnnscope knows Embedding, Dropout, LSTM, GRU, SimpleRNN, Bidirectional, GlobalAveragePooling1D, "
         "GlobalMaxPooling1D and one Dense read-out")


def applies(model):
    return isinstance(model, keras.Model)


def array(tensor):
    return np.asarray(keras.ops.convert_to_numpy(tensor))


def function(f):
    return "linear" if f is None else getattr(f, "__name__", type(f).__name__)


def take_apart(model, attention=None):
    if attention is not None:
        raise CannotExport("attention: only PyTorch models can be exported with it")
    parts = row(model)
    weights, layers, notes, width, padding = {}, [], [], None, None
    if parts["embedding"] is not None:
        table = parts["embedding"]
        weights["embedding.weight"], width = array(table.embeddings), table.output_dim
        if table.mask_zero:
            padding = 0
            notes.append("The model skips token 0; rnnscope reads every step, so leave padding out.")
    if parts["masked"]:
        notes.append("The model skips masked steps; rnnscope reads every step, so leave padding out.")
    for index, layer in enumerate(parts["recurrent"]):
        both = type(layer).__name__ == "Bidirectional"
        one = layer.forward_layer if both else layer
        width = width or one.cell.kernel.shape[0]
        about = recurrent(one, index, width, weights, "")
        if both:
            recurrent(layer.backward_layer, index, width, weights, "_reverse")
        layers.append(about | dict(bidirectional=both))
        width = about["hidden"] * (1 + both)
    head = parts["head"]
    weights["head.weight"] = np.ascontiguousarray(array(head.kernel).T)
    weights["head.bias"] = array(head.bias) if head.use_bias else np.zeros(head.units, np.float32)
    ids = parts["embedding"] is not None
    return Found("Keras", f"{keras.__version__} on {keras.backend.backend()}", weights, layers,
                 lambda x: watch(model, parts, np.asarray(x, "int32" if ids else PRECISION)[None]),
                 lambda l, backwards: cell(parts["recurrent"][l], backwards), PRECISION, reads_ids=ids,
                 embedding="embedding.weight" if ids else None, padding=padding, notes=notes)


def row(model):
    """The layers by their part; what joins several refuses itself by its kind, `watch` finds what else is no row."""
    parts = dict(embedding=None, recurrent=[], head=None, masked=False, order=[])
    sequence = True
    for layer in model.layers:
        kind = type(layer).__name__
        if kind != "InputLayer":
            parts["order"].append(layer)
        inner = getattr(layer, WRAPPERS[kind]) if kind in WRAPPERS else layer
        what = type(inner).__name__
        if kind in SILENT:
            continue
        if parts["head"] is not None:
            if kind == "Softmax" or kind == "Activation" and function(layer.activation) in ("softmax", "sigmoid", "linear"):
                continue
            raise CannotExport(f"layer `{layer.name}`: {kind} above the read-out `{parts['head'].name}` cannot be expressed; {KNOWN}")
        if kind == "Masking":
            parts["masked"] = True
        elif kind == "Embedding" and not parts["recurrent"] and parts["embedding"] is None:
            parts["embedding"] = layer
        elif what in KINDS and kind in (what, "Bidirectional"):
            if not sequence:
                raise CannotExport(f"layer `{layer.name}` stands on one that gives a single state")
            if kind == "Bidirectional" and layer.merge_mode != "concat":
                raise CannotExport(f"layer `{layer.name}`: merge_mode={layer.merge_mode!r}; only concat can be expressed")
            if kind == "Bidirectional" and type(layer.backward_layer) is not type(layer.forward_layer):
                raise CannotExport(f"layer `{layer.name}`: its directions are of different kinds")
            parts["recurrent"].append(layer)
            sequence = layer.return_sequences
        elif kind in POOLINGS and parts["recurrent"] and sequence:
            sequence = False
        elif what == "Dense" and kind in ("Dense", "TimeDistributed") and parts["recurrent"]:
            if function(inner.activation) not in ("linear", "softmax", "sigmoid"):
                raise CannotExport(f"layer `{layer.name}`: a read-out with {function(inner.activation)}; linear, softmax and sigmoid can be expressed")
            parts["head"] = inner
        else:
            raise CannotExport(f"layer `{layer.name}`: {kind} cannot be expressed here; {KNOWN}")
    if not parts["recurrent"] or parts["head"] is None:
        raise CannotExport(f"the model has no {'Dense read-out' if parts['recurrent'] else 'recurrent layer'}; {KNOWN}")
    return parts


def recurrent(layer, index, width, weights, tail):
    """Adds the tensors of one direction; returns the layer's description."""
    kind = KINDS[type(layer).__name__]
    functions = (function(layer.activation),) if kind == "rnn" else (function(layer.activation), function(layer.recurrent_activation))
    if functions not in ([("tanh",), ("relu",)] if kind == "rnn" else [("tanh", "sigmoid")]):
        raise CannotExport(f"layer `{layer.name}`: activation {' and '.join(functions)} cannot be expressed; "
                           f"{'tanh and relu are' if kind == 'rnn' else 'tanh with sigmoid is'} known")
    if layer.stateful:
        raise CannotExport(f"layer `{layer.name}`: stateful=True; in rnnscope every input starts from zero states")
    if layer.go_backwards != bool(tail):
        raise CannotExport(f"layer `{layer.name}`: go_backwards cannot be expressed outside a Bidirectional layer")
    order = ORDERS[kind]

    def put(name, values):
        weights[f"rnn.{name}_l{index}{tail}"] = np.concatenate([np.split(values, len(order))[k] for k in order])

    put("weight_ih", array(layer.cell.kernel).T)
    put("weight_hh", array(layer.cell.recurrent_kernel).T)
    if layer.use_bias:
        bias = array(layer.cell.bias)
        double_bias = bias.ndim == 2  # [2, G·H]: of the input and of the state; else [G·H], of both together
        put("bias_ih", bias[0] if double_bias else bias)
        put("bias_hh", bias[1] if double_bias else np.zeros_like(bias))
    about = dict(kind=kind, name="rnn", index=index, input=width, hidden=layer.units)
    if kind == "rnn":
        about["activation"] = functions[0]
    if kind == "gru":
        about["linear_before_reset"] = bool(layer.reset_after)
    return about


def cell(layer, backwards):
    """One direction of one layer as Keras' own cell."""
    one = layer if type(layer).__name__ != "Bidirectional" else layer.backward_layer if backwards else layer.forward_layer

    def step(x, state):
        if state is None:
            zeros = np.zeros((1, one.units), PRECISION)
            state = [keras.ops.convert_to_tensor(zeros) for _ in range(2 if type(one).__name__ == "LSTM" else 1)]
        _, state = one.cell(keras.ops.convert_to_tensor(x[None]), list(state), training=False)
        return array(state[0])[0], array(state[1])[0] if len(state) > 1 else None, state

    return step


def watch(model, parts, x):
    """Runs the layers one by one, and the model as a whole."""
    y, first, tops, head_input, logits = keras.ops.convert_to_tensor(x), None, {}, None, None
    output = array(model(y, training=False))
    for layer in parts["order"]:
        if layer in parts["recurrent"]:
            first = array(y)[0] if first is None else first
        head = parts["head"]
        if layer is head or type(layer).__name__ == "TimeDistributed" and layer.layer is head:
            head_input = array(y)[0]
            logits = head_input @ array(head.kernel) + (array(head.bias) if head.use_bias else 0)
        y = layer(y, training=False) if getattr(layer, "_call_has_training_arg", False) else layer(y)
        if layer in parts["recurrent"] and layer.return_sequences:
            tops[parts["recurrent"].index(layer)] = array(y)[0]
    if not np.allclose(array(y), output, rtol=1e-5, atol=1e-6):
        raise CannotExport("the model's call is not its layers in a row; only layers in a row can be expressed")
    return Run(first, tops, head_input, logits, output)

