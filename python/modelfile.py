"""A model file: named tensors and one JSON description, in one `.safetensors`.

The description is the string under `rnnscope` in the file's metadata. A matrix may be stored as I8 with a
companion F32 tensor `<name>.scale` of shape [rows]: weight = int8 * scale of its row.
"""
import hashlib, json, struct
import torch
from safetensors import safe_open
from safetensors.torch import save


def quantise(w):
    """w [rows, columns] -> int8 of that shape and F32 scale [rows], symmetric, round to nearest.

    A scale keeps 16 significant bits (rounded up, so that nothing leaves -127..127): int8 * scale is then
    exact in float32, and readers in float32 and in float64 see the same weight.
    """
    scale = w.abs().amax(1).float() / 127
    scale = ((scale.view(torch.int32) + 0xFF) & ~0xFF).view(torch.float32)
    scale[scale == 0] = 1
    q = (w.double() / scale.double()[:, None]).round()
    assert q.abs().max() <= 127
    return q.to(torch.int8), scale


def pack(weights, precision):
    """Stored tensors of `weights`; `precision` maps a name to "i8", "f16", "bf16", "f32" or "f64"."""
    kinds = dict(f16=torch.float16, bf16=torch.bfloat16, f32=torch.float32, f64=torch.float64)
    stored = {}
    for name, w in weights.items():
        kind = precision(name, w)
        if kind == "i8":
            stored[name], stored[f"{name}.scale"] = quantise(w)
        else:
            stored[name] = w.to(kinds[kind]).contiguous()
    return stored


def unpack(stored, dtype=torch.float64):
    """Weights of exactly the stored values, in `dtype`."""
    scales = {n for n in stored if n.endswith(".scale") and stored.get(n[:-6], torch.empty(0)).dtype == torch.int8}
    weights = {n: w.to(dtype) for n, w in stored.items() if n not in scales}
    for n in scales:
        weights[n[:-6]] = weights[n[:-6]] * stored[n].to(dtype)[:, None]
    return weights


def data_part(blob):
    """The bytes after the header."""
    return blob[8 + struct.unpack("<Q", blob[:8])[0]:]


def write(path, stored, about):
    """Writes tensors and description; `sha256_of_weights` is filled in. Returns the number of bytes."""
    about = dict(about, sha256_of_weights=hashlib.sha256(data_part(save(stored))).hexdigest())
    blob = save(stored, {"rnnscope": json.dumps(about, ensure_ascii=False, separators=(",", ":"))})
    assert hashlib.sha256(data_part(blob)).hexdigest() == about["sha256_of_weights"]
    with open(path, "wb") as f:
        f.write(blob)
    return len(blob)


def read(path):
    """(description, stored tensors) of a model file."""
    with safe_open(path, "pt") as f:
        return json.loads(f.metadata()["rnnscope"]), {k: f.get_tensor(k) for k in f.keys()}
