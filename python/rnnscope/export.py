"""Describes, proves and writes a model."""
import datetime
import hashlib
import importlib
import json
import os
import struct
import sys

import numpy as np
from safetensors.numpy import save

from . import reference, vocabulary as names
from .description import CannotExport

# With torch as its backend a keras.Model is also a torch.nn.Module.
ADAPTERS = {"keras": ".keras_model", "torch": ".pytorch"}
ENDINGS = {
    "nothing": lambda y: y,
    "a log-softmax": lambda y: np.log(reference.softmax(y)),
    "a softmax": reference.softmax,
    "a sigmoid": reference.sigmoid,
}


def export(model, path, *, vocabulary=None, features=None, units=None, classes=None, examples=None, name=None, title=None,
           kind=None, unknown=None, padding=None, lower_case=True, normalisation=None, step_unit="step", attention=None,
           training=None, seed=1):
    """Writes `model` with everything that rnnscope needs to `path` (.safetensors); returns the metadata.

    model          a torch.nn.Module or a keras.Model: an optional Embedding, LSTM, GRU or RNN layers in a row, and one
                   linear read-out of the last state, of every step, or of the states' mean or maximum over the steps
    vocabulary     tokens in the order of their numbers, or a dict token -> number
    kind           "characters" or "words"; by default characters if no entry but those in <> or [] is longer than one
    features       names of the inputs [I], or dicts(name, variable, role, unit); role is value, measured or static
    units          units of the inputs [I]
    normalisation  dict(mean [I], std [I], clip): what was done to raw values before the model read them
    classes        names of the outputs [C]
    examples       inputs to store with their states and logits: texts, token numbers [T], or arrays [T, I] as the model
                   reads them; by default three random ones
    attention      name of a Linear whose softmax multiplies the inputs of a step (PyTorch)
    training       anything that the model card should say: dict(data=…, licence=…, metric=dict(name=…, value=…), …)

    Raises CannotExport with the name of the layer where something cannot be expressed.
    """
    found = adapter(model).take_apart(model, attention)
    about = dict(version=1, layers=found.layers, head=dict(name=found.head))
    about |= {key: value for key, value in (("embedding", found.embedding), ("attention", found.attention)) if value}
    if found.reads_ids or vocabulary is not None:
        entries = len(found.weights[found.embedding]) if found.embedding else found.inputs
        about |= names.of_text(found, entries, vocabulary, kind, unknown, padding, lower_case)
    else:
        about |= names.of_series(found, features, units, normalisation, step_unit)
    proofs = [prove(found, *example) for example in inputs(found, about, examples, seed)]
    about["head"]["on"] = reading(found, proofs)
    language = "vocab" in about and about["head"]["on"] == "every-step" and found.outputs == len(about["vocab"])
    about["task"] = "language-model" if language else "classifier"
    if classes is not None or not language:
        about["classes"] = names.of_classes(found, classes)
    for ending in sorted({proof["ending"] for proof in proofs} - {"nothing"}):
        found.notes.append(f"The model ends in {ending}; scores are the logits before it.")
    if found.precision != "float64":
        found.notes.append("The answers of the examples were computed in float32.")
    tensors = {key: np.ascontiguousarray(value) for key, value in found.weights.items()}
    for n, proof in enumerate(proofs):
        tensors |= {f"example.{n}.{key}": value for key, value in proof["tensors"].items()}
    stem = os.path.splitext(os.path.basename(str(path)))[0]
    about |= dict(name=name or stem, title=title or name or stem, created=datetime.date.today().isoformat(),
                  framework=found.framework, framework_version=found.framework_version, training=training or {},
                  examples=[proof["about"] for proof in proofs], notes=found.notes)
    write(path, tensors, about)
    return about


def adapter(model):
    """The module that knows the model's framework; only one that is imported already can have made it."""
    for framework, module in ADAPTERS.items():
        if framework in sys.modules:
            knows = importlib.import_module(module, __package__)
            if knows.applies(model):
                return knows
    kind = type(model)
    raise CannotExport(f"{kind.__module__}.{kind.__name__} is neither a torch.nn.Module nor a keras.Model")


def inputs(found, about, examples, seed):
    """(what the model is given, x [T, I] that its first layer should then read, title, text or None) of each example."""
    random = np.random.default_rng(seed)
    if examples is None:
        tokens = [k for k in range(len(about.get("vocab", ()))) if k != found.padding]
        examples = [random.choice(tokens, T) if tokens else random.standard_normal((T, found.inputs)) for T in (3, 8, 13)]
    if not len(examples):
        raise CannotExport("examples: at least one is needed to prove that the file runs as the model does")
    table = None
    if "vocab" in about:
        table = found.weights[found.embedding] if found.embedding else np.eye(found.inputs, dtype=np.float32)
    for n, example in enumerate(examples):
        title, text = f"example {n + 1}", example if isinstance(example, str) else None
        if text is not None and table is None:
            raise CannotExport("examples: a text needs a vocabulary")
        array = names.encode(text, about) if text is not None else np.asarray(example)
        if array.ndim == 1 and len(array) and table is not None:
            if array.min() < 0 or array.max() >= len(table):
                raise CannotExport(f"examples: token numbers go from 0 to {len(table) - 1}")
            x = table[array]
            yield (array.astype(np.int64) if found.reads_ids else x), x, title, text
        elif array.ndim == 2 and len(array) and array.shape[1] == found.inputs and not found.reads_ids:
            yield array, array, title, text
        else:
            wanted = "texts or token numbers [T]" if found.reads_ids else f"values [T, {found.inputs}]"
            raise CannotExport(f"examples: number {n + 1} has shape {list(array.shape)}; {wanted} are read")


def prove(found, given, x, title, text):
    """Runs one example through the framework and through our equations; returns what they agree on."""
    run = found.run(given)
    first = found.attention or found.layers[0]["name"]
    agree(found, f"what layer `{first}` reads", x, run.first)
    tensors = dict(x=smallest(x))
    below, top, d = reference.attend(found, np.asarray(x, np.float64)), [], 0
    for l, layer in enumerate(found.layers):
        top = []
        for backwards in range(1 + layer["bidirectional"]):
            ours = reference.direction(layer, found.weights, below, backwards)
            theirs = unroll(found.cell(l, backwards), below.astype(found.precision), backwards)
            for letter, our, their in zip("hc", ours, theirs):
                if our is not None:
                    agree(found, f"state {letter} of layer `{layer['name']}`", our, their)
                    tensors[f"{letter}.{d}"] = their
            top.append(theirs[0])
            d += 1
        below = np.concatenate(top, 1).astype(np.float64)
        if l in run.tops:
            agree(found, f"the output of layer `{layer['name']}`", below, run.tops[l])
    tensors["logits"] = np.ascontiguousarray(run.logits, found.precision)
    fits = {on for on in (*reference.READINGS, "last-output") if apart(reference.read(top, on), run.head_input) <= found.tolerance}
    about = dict(title=title, steps=len(x)) | ({"text": text} if text is not None else {})
    return dict(tensors=tensors, fits=fits, ending=ending(found, run), about=about)


def unroll(step, x, backwards):
    """x [T, I] through one cell of the framework -> h [T, H], c [T, H] or None."""
    state, hs, cs = None, [None] * len(x), [None] * len(x)
    for t in reversed(range(len(x))) if backwards else range(len(x)):
        hs[t], cs[t], state = step(x[t], state)
    return np.stack(hs), None if cs[0] is None else np.stack(cs)


def apart(ours, theirs):
    """Largest difference, relative to the largest value (or to 1); infinite where the sizes differ."""
    ours, theirs = np.asarray(ours, np.float64), np.asarray(theirs, np.float64)
    if ours.size != theirs.size:
        return np.inf
    return np.abs(ours.ravel() - theirs.ravel()).max() / max(1, np.abs(theirs).max())


def agree(found, what, ours, theirs):
    worst = apart(ours, theirs)
    if not worst <= found.tolerance:
        raise CannotExport(f"{what}: rnnscope's equations and {found.framework} differ by {worst:.1e}; something that is "
                           "no layer changes its input, or it does not start from zero states")


def ending(found, run):
    """What stands between the head and the model's output; the output may also be the last step alone."""
    logits = np.asarray(run.logits, np.float64)
    for y in (logits, logits[-1]) if logits.ndim == 2 else (logits,):
        for name, function in ENDINGS.items():
            if apart(function(y), run.output) <= found.tolerance:
                return name
    raise CannotExport(f"the model computes something from the output of `{found.head}` that is neither softmax, "
                       "log-softmax nor sigmoid; such a model's own output is not what rnnscope would explain")


def reading(found, proofs):
    """What the head reads: the first reading that every example allows."""
    for on in reference.READINGS:
        if all(on in proof["fits"] for proof in proofs):
            return on
    if all("last-output" in proof["fits"] for proof in proofs):
        raise CannotExport(f"`{found.head}` reads output[:, -1] of a layer in both directions, where the backward one has "
                           "read only the last step; let it read the last state of each direction (h_n) instead")
    raise CannotExport(f"`{found.head}` reads neither the last state, nor every step, nor the mean or maximum over the "
                       "steps: something that is no layer stands before it, or the examples are too short")


def smallest(x):
    """x in the narrowest floating type that holds it exactly; one-hot rows need no 64 bits."""
    for kind in (np.float16, np.float32):
        with np.errstate(over="ignore"):
            narrow = np.asarray(x).astype(kind)
        if np.array_equal(narrow.astype(np.float64), np.asarray(x, np.float64)):
            return narrow
    return np.ascontiguousarray(x, np.float64)


def write(path, tensors, about):
    """One .safetensors with the metadata as a string; the hash is of the bytes after the header."""
    blob = save(tensors)
    about["sha256_of_weights"] = hashlib.sha256(blob[8 + struct.unpack("<Q", blob[:8])[0]:]).hexdigest()
    blob = save(tensors, {"rnnscope": json.dumps(about, ensure_ascii=False, separators=(",", ":"))})
    with open(path, "wb") as file:
        file.write(blob)
