"""Text and tables become what a network reads, as its description says."""
import csv, io, re
import torch
import torch.nn.functional as F

WORD = re.compile(r"[a-z0-9]+(?:'[a-z]+)?|[^\sa-z0-9]")
UNITS = {"Coronary care": 1, "Cardiac surgery": 2, "Medical": 3, "Surgical": 4}


def characters(text, about):
    """ids [T]."""
    index = {c: i for i, c in enumerate(about["vocab"])}
    return torch.tensor([index[c] for c in text])


def words(text, about):
    """ids [T]: lower case, words and punctuation, unknown words as `<unk>`, at most `max_length`."""
    index = {w: i for i, w in enumerate(about["vocab"])}
    unknown = index[about["input"]["unknown"]]
    ids = [index.get(w, unknown) for w in WORD.findall(text.lower())][: about["input"]["max_length"]]
    return torch.tensor(ids or [unknown])


def table(text):
    """A CSV with `# Name=value` lines before its header -> statics {name: value}, rows [{column: value or None}]."""
    static, lines = {}, []
    for line in text.splitlines():
        if line.startswith("#"):
            name, value = line[1:].split("=")
            static[name.strip()] = float(value)
        elif line.strip():
            lines.append(line)
    rows = csv.DictReader(io.StringIO("\n".join(lines)))
    return static, [{k: float(v) if v else None for k, v in row.items()} for row in rows]


def series(text, about):
    """CSV -> x [T, I]: z-scores carried forward (0 before the first measurement), flags, statics on every step."""
    static, rows = table(text)
    norm = about["input"]["normalisation"]
    columns = []
    for i, feature in enumerate(about["features"]):
        name, role = feature["variable"], feature["role"]
        if role == "static":
            value = float(static["ICUType"] == UNITS[name]) if name in UNITS else static[name]
            raw = [value] * len(rows)
        else:
            raw = [row.get(name) for row in rows]
        if role == "measured":
            columns.append([float(v is not None) for v in raw])
            continue
        column, last = [], 0.0
        for v in raw:
            if v is not None:
                last = max(-norm["clip"], min(norm["clip"], (v - norm["mean"][i]) / norm["std"][i]))
            column.append(last)
        columns.append(column)
    return torch.tensor(columns, dtype=torch.float64).T.contiguous()


def vectors(ids, about, weights):
    """ids [T] -> x [T, I]: rows of the embedding, or one-hot."""
    if "embedding" in about:
        return weights[about["embedding"]][ids]
    return F.one_hot(ids, len(about["vocab"])).to(weights["head.weight"].dtype)
