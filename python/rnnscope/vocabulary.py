"""Names of what a model reads and gives, as the metadata says them."""
import re

import numpy as np

from .description import CannotExport

WORDS = re.compile(r"[A-Za-z0-9]+(?:'[A-Za-z]+)?|[^\sA-Za-z0-9]")
UNKNOWN = ("<unk>", "[UNK]", "<UNK>")
PADDING = ("<pad>", "[PAD]", "<PAD>")


def of_text(found, entries, vocabulary, kind, unknown, padding, lower_case):
    """`input` and `vocab` of a model that reads token numbers."""
    if isinstance(vocabulary, dict):
        if sorted(vocabulary.values()) != list(range(len(vocabulary))):
            raise CannotExport("vocabulary: the numbers of its tokens must be 0, 1, 2, … without gaps")
        vocabulary = sorted(vocabulary, key=vocabulary.get)
    if vocabulary is None:
        vocabulary, kind = range(entries), "words"
        found.notes.append("No vocabulary was exported: type token numbers with blanks between.")
    vocabulary = [str(token) for token in vocabulary]
    if len(vocabulary) != entries:
        raise CannotExport(f"vocabulary: {len(vocabulary)} entries, but the model reads {entries}")
    if len(set(vocabulary)) != entries:
        raise CannotExport("vocabulary: a token stands in it twice")
    if kind is None:
        single = all(len(token) == 1 or re.fullmatch(r"[<\[].*[>\]]", token) for token in vocabulary)
        kind = "characters" if single else "words"
    about = dict(kind=kind)
    if kind == "words":
        about |= dict(tokenizer="word-punctuation", lower_case=lower_case)
    for key, given, usual in (("unknown", unknown, UNKNOWN), ("padding", padding, PADDING)):
        token = given if given is not None else next((token for token in usual if token in vocabulary), None)
        if token is not None and token not in vocabulary:
            raise CannotExport(f"{key}: `{token}` is not in the vocabulary")
        if token is not None:
            about[key] = token
    return dict(input=about, vocab=vocabulary)


def of_series(found, features, units, normalisation, step_unit):
    """`input`, names and units of a model that reads values."""
    features = features if features is not None else [f"x{k + 1}" for k in range(found.inputs)]
    features = [dict(name=f) if isinstance(f, str) else dict(f) for f in features]
    units = [str(u) for u in units] if units is not None else [f.get("unit", "") for f in features]
    about = dict(kind="series", step_unit=step_unit)
    sized = [("features", features), ("units", units)]
    if normalisation is not None:
        scale = {key: [float(v) for v in normalisation[key]] for key in ("mean", "std")}
        clip = normalisation.get("clip")
        about["normalisation"] = scale if clip is None else scale | dict(clip=float(clip))
        sized += [(f"normalisation: {key}", scale[key]) for key in scale]
    for what, values in sized:
        if len(values) != found.inputs:
            raise CannotExport(f"{what}: {len(values)} entries, but the model reads {found.inputs} inputs")
    roles = [dict(variable=f.get("variable", f["name"]), role=f.get("role", "value")) for f in features]
    return dict(input=about, feature_names=[f["name"] for f in features], units=units, features=roles)


def of_classes(found, classes):
    """Names of the outputs [C]."""
    if classes is not None and len(classes) != found.outputs:
        raise CannotExport(f"classes: {len(classes)} names, but the model has {found.outputs} outputs")
    if classes is None:
        found.notes.append("The classes were exported without names.")
        classes = ["output"] if found.outputs == 1 else [f"class {c}" for c in range(found.outputs)]
    return [str(name) for name in classes]


def encode(text, about):
    """Token numbers [T] of a text, cut as rnnscope cuts it."""
    numbers = {token: k for k, token in enumerate(about["vocab"])}
    spec = about["input"]
    tokens = list(text) if spec["kind"] == "characters" else WORDS.findall(text)
    if spec.get("lower_case"):
        tokens = [token.lower() for token in tokens]
    ids = [numbers.get(token, numbers.get(spec.get("unknown"))) for token in tokens]
    if None in ids:
        token = tokens[ids.index(None)]
        raise CannotExport(f"examples: `{token}` is not in the vocabulary, which has no entry for unknown tokens")
    if not ids:
        raise CannotExport("examples: a text without a token")
    return np.array(ids, np.int64)
