"""Weights as Flax, MXNet and TensorFlow 1 name them, beside the states and logits that belong to them.

    JAX_PLATFORMS=cpu python python/make_foreign_files.py --out tests/golden/formats/foreign

Needs flax (0.12.8 made the files here), jax, numpy. Flax itself computes its states in float64. MXNet and TensorFlow 1 no
longer install on a present Python: their cells are written down here from their sources (gluon/rnn/rnn_cell.py 1.9,
ops/rnn_cell_impl.py 1.15), in NumPy. `answers.json` holds for every file the input (numbers [T, I] or tokens [T]), the
states of every layer and direction [T, H] in the input's order, and the logits.
"""
import argparse, json, os
import numpy as np

T, I, H, C, V = 6, 3, 5, 2, 7
rng = np.random.default_rng(20261123)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def draw(*shape):
    return rng.normal(0, 0.5, shape)


# Cells of MXNet and TensorFlow 1: (x [T, I]) -> states [T, H] -------------------------------------------------------------


def mxnet(kind, p, place, x, hidden):
    w = {key: p[f"{place}_{key}"] for key in ["i2h_weight", "h2h_weight", "i2h_bias", "h2h_bias"]}
    h, c, states = np.zeros(hidden), np.zeros(hidden), []
    for row in x:
        i2h, h2h = w["i2h_weight"] @ row + w["i2h_bias"], w["h2h_weight"] @ h + w["h2h_bias"]
        if kind == "lstm":  # in_gate, forget_gate, in_transform, out_gate
            i, f, g, o = np.split(i2h + h2h, 4)
            c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
            h = sigmoid(o) * np.tanh(c)
        elif kind == "gru":  # reset, update, next
            (ir, iz, i_n), (hr, hz, hn) = np.split(i2h, 3), np.split(h2h, 3)
            z = sigmoid(iz + hz)
            h = (1 - z) * np.tanh(i_n + sigmoid(ir + hr) * hn) + z * h
        else:
            h = np.tanh(i2h + h2h)
        states.append(h)
    return np.array(states)


def tensorflow(kind, p, cell, x, hidden):
    h, c, states = np.zeros(hidden), np.zeros(hidden), []
    for row in x:
        both = np.concatenate([row, h])
        if kind == "lstm":
            i, j, f, o = np.split(both @ p[f"{cell}/kernel"] + p[f"{cell}/bias"], 4)
            c = c * sigmoid(f + 1.0) + sigmoid(i) * np.tanh(j)
            h = np.tanh(c) * sigmoid(o)
        elif kind == "gru":
            r, u = np.split(sigmoid(both @ p[f"{cell}/gates/kernel"] + p[f"{cell}/gates/bias"]), 2)
            new = np.tanh(np.concatenate([row, r * h]) @ p[f"{cell}/candidate/kernel"] + p[f"{cell}/candidate/bias"])
            h = u * h + (1 - u) * new
        else:
            h = np.tanh(both @ p[f"{cell}/kernel"] + p[f"{cell}/bias"])
        states.append(h)
    return np.array(states)


GATES = {"lstm": 4, "gru": 3, "rnn": 1}


def mxnet_cell(kind, place, inputs, hidden):
    rows = GATES[kind] * hidden
    return {f"{place}_i2h_weight": draw(rows, inputs), f"{place}_h2h_weight": draw(rows, hidden), f"{place}_i2h_bias": draw(rows), f"{place}_h2h_bias": draw(rows)}


def tensorflow_cell(kind, cell, inputs, hidden):
    if kind == "gru":
        return {f"{cell}/gates/kernel": draw(inputs + hidden, 2 * hidden), f"{cell}/gates/bias": draw(2 * hidden), f"{cell}/candidate/kernel": draw(inputs + hidden, hidden), f"{cell}/candidate/bias": draw(hidden)}
    columns = GATES[kind] * hidden
    return {f"{cell}/kernel": draw(inputs + hidden, columns), f"{cell}/bias": draw(columns)}


def both_ways(run, x):
    """States of the two directions, in the input's order, and the last that each computed."""
    forward, backward = run(False, x), run(True, x[::-1])
    return [forward, backward[::-1]], np.concatenate([forward[-1], backward[-1]])


def mxnet_files():
    for kind, prefix in [("lstm", "lstm0_"), ("gru", "gru0_"), ("rnn", "0.")]:
        p = {**mxnet_cell(kind, f"{prefix}l0", I, H), **mxnet_cell(kind, f"{prefix}l1", H, H)}
        p |= {"dense0_weight": draw(C, H), "dense0_bias": draw(C)} if prefix != "0." else {"1.weight": draw(C, H), "1.bias": draw(C)}
        head = "dense0_" if prefix != "0." else "1."
        x = draw(T, I)
        low = mxnet(kind, p, f"{prefix}l0", x, H)
        top = mxnet(kind, p, f"{prefix}l1", low, H)
        yield f"mxnet_{kind}.npz", p, x, [low, top], p[f"{head}weight"] @ top[-1] + p[f"{head}bias"]
    p = {"embedding0_weight": draw(V, I), **mxnet_cell("lstm", "lstm0_l0", I, H), **mxnet_cell("lstm", "lstm0_r0", I, H), "dense0_weight": draw(C, 2 * H), "dense0_bias": draw(C)}
    tokens = rng.integers(0, V, T)
    states, last = both_ways(lambda back, x: mxnet("lstm", p, f"lstm0_{'r' if back else 'l'}0", x, H), p["embedding0_weight"][tokens])
    yield "mxnet_both.safetensors", p, tokens, states, p["dense0_weight"] @ last + p["dense0_bias"]
    p = {**mxnet_cell("gru", "grucell0", I, H), "dense0_weight": draw(C, H), "dense0_bias": draw(C)}
    x = draw(T, I)
    states = mxnet("gru", p, "grucell0", x, H)
    yield "mxnet_cell.npz", p, x, [states], p["dense0_weight"] @ states[-1] + p["dense0_bias"]


def tensorflow_files():
    for kind, name in [("lstm", "basic_lstm_cell"), ("gru", "gru_cell"), ("rnn", "basic_rnn_cell")]:
        cells = [f"rnn/multi_rnn_cell/cell_{k}/{name}" for k in range(2)]
        p = {**tensorflow_cell(kind, cells[0], I, H), **tensorflow_cell(kind, cells[1], H, 4), "dense/kernel": draw(4, C), "dense/bias": draw(C)}
        p |= {"global_step": np.int64(7), "beta1_power": draw(), "dense/kernel/Adam": draw(4, C)}
        x = draw(T, I)
        low = tensorflow(kind, p, cells[0], x, H)
        top = tensorflow(kind, p, cells[1], low, 4)
        yield f"tensorflow_{kind}.npz", p, x, [low, top], top[-1] @ p["dense/kernel"] + p["dense/bias"]
    cell = "bidirectional_rnn/{}/lstm_cell".format
    p = {"word_embeddings": draw(V, I), **tensorflow_cell("lstm", cell("fw"), I, H), **tensorflow_cell("lstm", cell("bw"), I, H), "softmax_w": draw(2 * H, C), "softmax_b": draw(C)}
    tokens = rng.integers(0, V, T)
    states, last = both_ways(lambda back, x: tensorflow("lstm", p, cell("bw" if back else "fw"), x, H), p["word_embeddings"][tokens])
    yield "tensorflow_both.npz", {f"{name}:0": value for name, value in p.items()}, tokens, states, last @ p["softmax_w"] + p["softmax_b"]


# Flax ---------------------------------------------------------------------------------------------------------------------


def flax_files():
    import jax, jax.numpy as jnp
    import flax.linen as nn
    from flax import nnx, traverse_util

    jax.config.update("jax_enable_x64", True)
    wide = dict(param_dtype=jnp.float64)

    def drawn(params):
        """Biases begin at zero, which would prove nothing."""
        return jax.tree.map(lambda value: jnp.asarray(draw(*value.shape)), params)

    class Stack(nn.Module):
        cell: type
        sizes: tuple

        @nn.compact
        def __call__(self, x):
            states = []
            for size in self.sizes:
                x = nn.RNN(self.cell(size, **wide))(x)
                states.append(x)
            return states, nn.Dense(C, **wide)(x[:, -1])

    for name, cell, sizes in [("lstm", nn.LSTMCell, (H, 4)), ("optimized", nn.OptimizedLSTMCell, (H,)), ("gru", nn.GRUCell, (H, 4)), ("simple", nn.SimpleCell, (H,))]:
        x = draw(T, I)
        net = Stack(cell, sizes)
        params = drawn(net.init(jax.random.key(0), x[None]))
        states, logits = net.apply(params, x[None])
        yield f"flax_{name}.npz", traverse_util.flatten_dict(params, sep="/"), x, [s[0] for s in states], logits[0]

    class Both(nn.Module):
        @nn.compact
        def __call__(self, tokens):
            x = nn.Embed(V, I, **wide)(tokens)
            ways = nn.Bidirectional(nn.RNN(nn.LSTMCell(H, **wide)), nn.RNN(nn.LSTMCell(H, **wide)), return_carry=True)
            (forward, backward), y = ways(x)
            return y, nn.Dense(C, **wide)(jnp.concatenate([forward[1], backward[1]], -1))

    tokens = rng.integers(0, V, T)
    params = drawn(Both().init(jax.random.key(0), tokens[None]))
    y, logits = Both().apply(params, tokens[None])
    yield "flax_both.safetensors", traverse_util.flatten_dict(params["params"], sep="."), tokens, [y[0, :, :H], y[0, :, H:]], logits[0]

    class Nnx(nnx.Module):
        def __init__(self, cell, rngs):
            self.rnn = nnx.RNN(cell(I, H, rngs=rngs, dtype=jnp.float64, **wide))
            self.head = nnx.Linear(H, C, rngs=rngs, **wide)

        def __call__(self, x):
            states = self.rnn(x)
            return [states], self.head(states[:, -1])

    class NnxBoth(nnx.Module):
        def __init__(self, rngs):
            self.emb = nnx.Embed(V, I, rngs=rngs, **wide)
            self.ways = nnx.Bidirectional(*(nnx.RNN(nnx.OptimizedLSTMCell(I, H, rngs=rngs, **wide), return_carry=True) for _ in range(2)), return_carry=True)
            self.head = nnx.Linear(2 * H, C, rngs=rngs, **wide)

        def __call__(self, tokens):
            (forward, backward), y = self.ways(self.emb(tokens))
            return [y[..., :H], y[..., H:]], self.head(jnp.concatenate([forward[1], backward[1]], -1))

    nets = [(name, Nnx(cell, nnx.Rngs(0)), draw(T, I)) for name, cell in [("lstm", nnx.LSTMCell), ("optimized", nnx.OptimizedLSTMCell), ("gru", nnx.GRUCell), ("simple", nnx.SimpleCell)]]
    for name, net, x in [*nets, ("both", NnxBoth(nnx.Rngs(0)), rng.integers(0, V, T))]:
        params = drawn(nnx.state(net, nnx.Param))
        nnx.update(net, params)
        states, logits = net(jnp.asarray(x)[None])
        flat = {".".join(map(str, path)): value.get_value() for path, value in nnx.to_flat_state(params)}
        yield f"nnx_{name}.npz", flat, x, [s[0] for s in states], logits[0]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", required=True)
    out = parser.parse_args().out
    os.makedirs(out, exist_ok=True)
    answers = {}
    for files in [mxnet_files(), tensorflow_files(), flax_files()]:
        for name, weights, x, states, logits in files:
            arrays = {key: np.asarray(value) for key, value in weights.items()}
            if name.endswith(".npz"):
                np.savez(os.path.join(out, name), **arrays)
            else:
                from safetensors.numpy import save_file

                save_file({key: np.ascontiguousarray(value) for key, value in arrays.items()}, os.path.join(out, name))
            answers[name] = {"x": np.asarray(x).tolist(), "states": [np.asarray(s).ravel().tolist() for s in states], "logits": np.asarray(logits).ravel().tolist()}
    with open(os.path.join(out, "answers.json"), "w") as file:
        json.dump(answers, file)
    print(len(answers), "files")


if __name__ == "__main__":
    main()
