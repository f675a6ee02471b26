"""JSON with every digit of a float64, one line for each innermost list."""
import json, re
import numpy as np, torch


def plain(v):
    """Tensors, arrays and their numbers as lists and floats."""
    if isinstance(v, dict): return {str(k): plain(u) for k, u in v.items()}
    if isinstance(v, (list, tuple)): return [plain(u) for u in v]
    if isinstance(v, torch.Tensor): return v.detach().tolist()
    return v.tolist() if isinstance(v, (np.ndarray, np.generic)) else v


def write(path, content):
    text = json.dumps(plain(content), indent=1, allow_nan=False)
    flat = lambda m: "[" + ", ".join(line.strip() for line in m.group(1).split(",")) + "]"
    text = re.sub(r"\[([-+\d.eE,\s]+)\]", flat, text) + "\n"
    assert json.loads(text) == json.loads(json.dumps(plain(content)))
    assert len(text) < 300_000, (path, len(text))
    with open(path, "w") as file:
        file.write(text)
    print(path, len(text), "bytes")
