"""500 networks of every kind, shape and length, and what PyTorch says of them in float64.

    python python/make_configurations.py --out tests/golden/configurations.json

No weight is stored: row r of tensor n of network k holds the numbers of xoshiro256++ with the seed k·2³² + n·2¹⁶ + r, the
generator of src/math/random.rs, so that the tests draw the same bits. Of the answers the file holds, for each network:
the last state of each layer × direction at one unit; two means over all top states; logits at a few places; and the
largest value, which the tests' bounds are relative to.
"""
import argparse, itertools, json, math
import numpy as np, torch
import torch.nn as nn

COUNT = 500
BLOCKS = dict(lstm=4, gru=3, rnn=1)
HIDDEN = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 48, 63, 64, 65, 100, 127, 128, 129, 200, 255, 256, 257]
STEPS = [1, 2, 3, 4, 7, 8, 9, 16, 17, 31, 32, 33, 64, 65, 100, 127, 128, 129, 200, 255, 256, 257, 500, 511, 512]
INPUTS = [1, 2, 3, 4, 5, 8, 9, 13, 16, 17, 33, 48, 64]
CLASSES = [1, 2, 3, 5, 8, 9, 17]
READINGS = ["last-state", "every-step", "mean-state", "max-state"]
# Products of one forward pass, so that all of them run in a test.
MOST_PRODUCTS = 40e6


def uniform(seed, rows, columns):
    """[rows, columns] in [0, 1): a row is the sequence of the generator with seed + row."""
    u64 = np.uint64
    rotate = lambda x, k: (x << u64(k)) | (x >> u64(64 - k))
    x = u64(seed) + np.arange(rows, dtype=u64)
    state = []
    for _ in range(4):
        x = x + u64(0x9E3779B97F4A7C15)
        z = (x ^ (x >> u64(30))) * u64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> u64(27))) * u64(0x94D049BB133111EB)
        state.append(z ^ (z >> u64(31)))
    a, b, c, d = state
    out = np.empty((rows, columns))
    for k in range(columns):
        bits = rotate(a + d, 23) + a
        out[:, k] = (bits >> u64(11)).astype(np.float64) * (1.0 / 9007199254740992.0)
        t = b << u64(17)
        c, d = c ^ a, d ^ b
        b, a = b ^ c, a ^ d
        c, d = c ^ t, rotate(d, 45)
    return out


def configurations():
    """Every kind × layers × directions × biases × reading, twice less a few, with sizes drawn at random."""
    random = np.random.default_rng(2026)
    combinations = list(itertools.product(["lstm", "gru", "tanh", "relu"], [1, 2, 3, 4], [False, True], [True, False], READINGS))
    for k in range(COUNT):
        cell, layers, both, bias, on = combinations[k % len(combinations)]
        while True:
            H, T, I, C = (int(random.choice(sizes)) for sizes in (HIDDEN, STEPS, INPUTS, CLASSES))
            kind = "rnn" if cell in ("tanh", "relu") else cell
            widths = [I] + [H * (1 + both)] * (layers - 1)
            if T * (1 + both) * BLOCKS[kind] * H * sum(width + H for width in widths) <= MOST_PRODUCTS:
                break
        yield dict(cell=cell, layers=layers, both=both, bias=bias, on=on, hidden=H, steps=T, inputs=I, classes=C)


def tensors(k, about):
    """The weights of network k and its input x [T, I], float32, in the order that numbers them."""
    H, I, T, C, D = about["hidden"], about["inputs"], about["steps"], about["classes"], 1 + about["both"]
    rows = BLOCKS.get(about["cell"], 1) * H
    # Neither chaos nor growth without bound: what is compared should depend on the weights, not on the last bit.
    small = about["cell"] == "relu" and H < 16
    size = (0.95 / H) if small else 1.0 / math.sqrt(H)
    shapes = [("x", T, I, 2.0)]
    for layer in range(about["layers"]):
        for tail in ("", "_reverse")[:D]:
            name = lambda what: f"{what}_l{layer}{tail}"
            shapes += [(name("weight_ih"), rows, I if layer == 0 else H * D, 1.0 / math.sqrt(I if layer == 0 else H * D)), (name("weight_hh"), rows, H, size)]
            if about["bias"]: shapes += [(name("bias_ih"), rows, 1, 0.25), (name("bias_hh"), rows, 1, 0.25)]
    shapes += [("head.weight", C, H * D, 1.0 / math.sqrt(H * D)), ("head.bias", C, 1, 0.25)]
    out = {}
    for n, (name, height, width, scale) in enumerate(shapes):
        values = ((2 * uniform((k << 32) + (n << 16), height, width) - 1) * scale).astype(np.float32)
        out[name] = values[:, 0] if "bias" in name else values
    return out


def answers(about, drawn):
    """What is compared, [numbers], and the largest value."""
    kind = dict(lstm=nn.LSTM, gru=nn.GRU).get(about["cell"], nn.RNN)
    options = dict(nonlinearity=about["cell"]) if kind is nn.RNN else {}
    rnn = kind(about["inputs"], about["hidden"], about["layers"], bias=about["bias"], bidirectional=about["both"], **options).double()
    drawn = {name: torch.tensor(value, dtype=torch.float64) for name, value in drawn.items()}
    rnn.load_state_dict({name: value for name, value in drawn.items() if "_l" in name})
    with torch.no_grad():
        y, state = rnn(drawn["x"])
    last = state[0] if isinstance(state, tuple) else state
    d = 1 + about["both"]
    read = {"last-state": lambda: torch.cat(list(last[-d:])), "every-step": lambda: y, "mean-state": lambda: y.mean(0), "max-state": lambda: y.amax(0)}[about["on"]]()
    logits = np.atleast_2d((read @ drawn["head.weight"].T + drawn["head.bias"]).numpy())
    y, last, H, T, C = y.numpy(), last.numpy(), about["hidden"], about["steps"], about["classes"]
    t, unit = np.indices(y.shape)
    numbers = [last[k, (7 * k + 3) % H] for k in range(len(last))]
    # The pattern tells an order of steps and of units from another.
    numbers += [np.abs(y).mean(), (y * ((31 * t + 17 * unit) % 13 - 6)).mean()]
    numbers += [logits[s, (5 * k + 1) % C] for k, s in enumerate(sorted({0, len(logits) // 2, len(logits) - 1}))] + [np.abs(logits).mean()]
    return [float(number) for number in numbers], float(max(np.abs(y).max(), np.abs(last).max(), np.abs(logits).max()))


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--out", required=True)
    a = p.parse_args()
    torch.set_num_threads(1)
    lines = []
    for k, about in enumerate(configurations()):
        numbers, largest = answers(about, tensors(k, about))
        lines.append(json.dumps(about | dict(answers=numbers, largest=largest), separators=(",", ":")))
    versions = f"torch {torch.__version__}, numpy {np.__version__}"
    with open(a.out, "w") as file:
        file.write('{"made_with":' + json.dumps(versions) + ',"networks":[\n' + ",\n".join(lines) + "\n]}\n")


if __name__ == "__main__":
    main()
