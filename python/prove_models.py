"""Gives the shipped model files an example each, with the states and logits of torch.nn in float64.

    python python/prove_models.py www/models

The weights are the stored ones; the page runs the example again and says how far it is from PyTorch's answer. The first
words or characters of the model's first sample are read; series are drawn at random. Run it after pack_models.py.
"""
import argparse, glob, json, os
import torch, torch.nn as nn
import modelfile

STEPS = 4
CELLS = dict(lstm=nn.LSTMCell, gru=nn.GRUCell, rnn=nn.RNNCell)


def begin(about, weights, samples):
    """(text or None, x [T, I]) of the example."""
    kind = about["input"]["kind"]
    if kind == "series":
        return None, torch.randn(STEPS, about["layers"][0]["input"], generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    text = samples[0]["text"]
    tokens = list(text[:STEPS]) if kind == "characters" else [w for w in text.lower().split() if w in about["vocab"]][:STEPS]
    numbers = torch.tensor([about["vocab"].index(token) for token in tokens])
    text = ("" if kind == "characters" else " ").join(tokens)
    if "embedding" in about and about["embedding"]:
        return text, weights[about["embedding"]][numbers]
    return text, nn.functional.one_hot(numbers, about["layers"][0]["input"]).double()


def run(about, weights, x):
    """States of every layer and direction, and the logits, by PyTorch's own cells."""
    found, below = {}, x
    if about.get("attention"):
        attention = nn.Linear(x.shape[1], x.shape[1]).double()
        attention.load_state_dict({p: weights[f"{about['attention']}.{p}"] for p in ("weight", "bias")})
        below = torch.softmax(attention(x), -1) * x
    d = 0
    for layer in about["layers"]:
        outputs, last = [], []
        for suffix in ["", "_reverse"][: 1 + layer["bidirectional"]]:
            more = dict(nonlinearity=layer["activation"]) if layer["kind"] == "rnn" else {}
            cell = CELLS[layer["kind"]](layer["input"], layer["hidden"], dtype=torch.float64, **more)
            names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
            cell.load_state_dict({name: weights[f"{layer['name']}.{name}_l{layer['index']}{suffix}"] for name in names})
            state, hs, cs = None, [None] * len(x), [None] * len(x)
            for t in range(len(x) - 1, -1, -1) if suffix else range(len(x)):
                state = cell(below[t][None], state)
                h, c = state if isinstance(state, tuple) else (state, None)
                hs[t], cs[t] = h[0], None if c is None else c[0]
            found[f"h.{d}"] = torch.stack(hs)
            if cs[0] is not None:
                found[f"c.{d}"] = torch.stack(cs)
            outputs.append(found[f"h.{d}"])
            last.append(h[0])
            d += 1
        below = torch.cat(outputs, 1)
    read = {"every-step": below, "last-state": torch.cat(last)}[about["head"]["on"]]
    head = nn.Linear(read.shape[-1], len(weights["head.bias"])).double()
    head.load_state_dict({p: weights[f"{about['head']['name']}.{p}"] for p in ("weight", "bias")})
    return found | dict(logits=head(read))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models")
    folder = parser.parse_args().models
    index = json.load(open(f"{folder}/index.json", encoding="utf-8"))
    for entry in index["models"]:
        path = f"{folder}/{entry['file']}"
        about, stored = modelfile.read(path)
        stored = {name: tensor for name, tensor in stored.items() if not name.startswith("example.")}
        weights = modelfile.unpack(stored)
        samples = json.load(open(f"{folder}/{entry['samples']}", encoding="utf-8"))["samples"]
        with torch.no_grad():
            text, x = begin(about, weights, samples)
            tensors = run(about, weights, x)
        small = x.float() if torch.equal(x.float().double(), x) else x
        stored |= {f"example.0.{name}": tensor.contiguous() for name, tensor in dict(x=small, **tensors).items()}
        title = "random steps" if text is None else "the first sample's beginning"
        about["examples"] = [dict(title=title, steps=len(x)) | ({} if text is None else dict(text=text))]
        entry["bytes"] = modelfile.write(path, stored, about)
        print(entry["file"], entry["bytes"], repr(text), tensors["logits"].flatten()[:2].tolist())
    with open(f"{folder}/index.json", "w", encoding="utf-8") as file:
        json.dump(index, file, indent=1, ensure_ascii=False)
        file.write("\n")


if __name__ == "__main__":
    main()
