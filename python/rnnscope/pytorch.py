"""Takes a torch.nn.Module apart by watching it run: what is not called is not exported."""
import copy

import numpy as np
import torch
from torch import nn
from torch.nn.utils.parametrize import is_parametrized, remove_parametrizations

from .description import CannotExport, Found, Run

KINDS = {nn.LSTM: "lstm", nn.GRU: "gru", nn.RNN: "rnn"}
CELLS = {nn.LSTM: nn.LSTMCell, nn.GRU: nn.GRUCell, nn.RNN: nn.RNNCell}
CONTAINERS = (nn.Sequential, nn.ModuleList, nn.ModuleDict)
# Nothing happens in these while a model is not trained, or only a change of shape.
SILENT = (nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.AlphaDropout, nn.Identity, nn.Flatten, nn.Unflatten)
ENDS = (nn.Softmax, nn.LogSoftmax, nn.Sigmoid)
KNOWN = "rnnscope knows Embedding, Dropout, LSTM, GRU, RNN and one Linear read-out"


def applies(model):
    return isinstance(model, nn.Module)


def array(tensor):
    """Values in their own precision; bfloat16, which numpy lacks, becomes float32."""
    tensor = tensor.detach().cpu()
    return (tensor.float() if tensor.dtype == torch.bfloat16 else tensor).contiguous().numpy()


def take_apart(model, attention=None):
    if isinstance(model, torch.jit.ScriptModule):
        raise CannotExport("the model is TorchScript, whose layers cannot be read; export the module that it was made from")
    model = plain(model)
    watch = Watch(model, attention)
    layers, weights, cells = [], {}, []
    for name in watch.recurrent:
        module = watch.model.get_submodule(name)
        for k in range(module.num_layers):
            below = layers[-1]["hidden"] * (1 + layers[-1]["bidirectional"]) if layers else module.input_size
            width = module.input_size if k == 0 else module.hidden_size * (1 + module.bidirectional)
            if width != below:
                raise CannotExport(f"layer `{name}` reads {width} values, but {below} come from below it")
            layer = dict(kind=KINDS[type(module)], name=name or "rnn", index=k, input=width, hidden=module.hidden_size,
                         bidirectional=module.bidirectional)
            if layer["kind"] == "rnn":
                layer["activation"] = module.nonlinearity
            if layer["kind"] == "gru":
                layer["linear_before_reset"] = True
            layers.append(layer)
            cells.append(module)
        own = model.get_submodule(name)
        weights |= {f"{name or 'rnn'}.{key}": array(getattr(own, key)) for names in own._all_weights for key in names}
    for name in (watch.table, watch.attention, watch.head):
        if name is not None:
            own = model.get_submodule(name)
            weights[f"{name}.weight"] = array(own.weight)
            if not isinstance(own, nn.Embedding):
                weights[f"{name}.bias"] = array(own.bias if own.bias is not None else own.weight.new_zeros(len(own.weight)))
    return Found("PyTorch", torch.__version__, weights, layers, watch.run, lambda l, backwards: cell(cells[l], layers[l]["index"], backwards),
                 "float64" if watch.dtype == torch.float64 else "float32", reads_ids=watch.ids,
                 embedding=f"{watch.table}.weight" if watch.table is not None else None, attention=attention, head=watch.head)


def plain(model):
    """A copy that is not in training, whose weights are what weight norms and the like made of them."""
    twin = copy.deepcopy(model).cpu().eval()
    for module in list(twin.modules()):
        if is_parametrized(module):
            for name in list(module.parametrizations):
                remove_parametrizations(module, name)
    return twin


def cell(module, k, backwards):
    """One direction of one layer as PyTorch's own cell."""
    tail = f"_l{k}{'_reverse' * backwards}"
    named = {name: getattr(module, name + tail) for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh") if hasattr(module, name + tail)}
    options = dict(nonlinearity=module.nonlinearity) if isinstance(module, nn.RNN) else {}
    own = CELLS[type(module)](named["weight_ih"].shape[1], module.hidden_size, bias=module.bias, **options)
    own = own.to(named["weight_ih"].dtype)
    own.load_state_dict(named)

    def step(x, state):
        with torch.no_grad():
            state = own(torch.as_tensor(x)[None], state)
        h, c = state if isinstance(state, tuple) else (state, None)
        return h[0].numpy(), None if c is None else c[0].numpy(), state

    return step


class Watch:
    """A copy of a model that runs, in float64 if it can, and tells what was called and with what."""

    def __init__(self, model, attention):
        if not any(type(module) in KINDS for module in model.modules()):
            raise CannotExport(f"there is no nn.LSTM, nn.GRU or nn.RNN in the model; {KNOWN}")
        if attention is not None and not isinstance(dict(model.named_modules()).get(attention), nn.Linear):
            raise CannotExport(f"attention: no nn.Linear is called `{attention}`")
        self.attention = attention
        first = next(module for module in model.modules() if type(module) in KINDS)
        table = next((module for module in model.modules() if isinstance(module, (nn.Embedding, nn.EmbeddingBag))), None)
        trouble = None
        for self.dtype in (torch.float64, torch.float32):
            self.model = copy.deepcopy(model).to(self.dtype)
            self.hook()
            for self.ids in (True, False) if table is not None else (False, True):
                probe = np.zeros(2, np.int64) if self.ids else np.zeros((2, first.input_size))
                for self.batch_first in (first.batch_first, not first.batch_first):
                    try:
                        self.call(probe)
                        fits = self.steps() == len(probe)
                    except CannotExport:
                        raise
                    except Exception as error:  # whatever a stranger's forward raises: the next arrangement may fit
                        trouble = trouble or error
                        continue
                    if fits:
                        return self.arrange()
        raise CannotExport(f"the model does not run on one input of two steps given by itself: {trouble}") from trouble

    def hook(self):
        self.calls, self.parts = [], {}
        for name, module in self.model.named_modules():
            if type(module).__module__.startswith("torch.nn.") and not isinstance(module, CONTAINERS):
                module.register_forward_hook(lambda module, inputs, output, name=name: self.note(name, module, inputs, output))
            elif next(module.parameters(recurse=False), None) is not None:
                self.parts[name] = module

    def note(self, name, module, inputs, output):
        if name in (call[0] for call in self.calls) and not isinstance(module, SILENT + ENDS):
            raise CannotExport(f"layer `{name}` is run more than once for one input")
        if type(module) in KINDS and getattr(module, "proj_size", 0):
            raise CannotExport(f"layer `{name}`: proj_size={module.proj_size} cannot be expressed; train without projections")
        self.calls.append((name, module, inputs[0] if inputs else None, output))

    def call(self, x):
        """Runs the copy on ids [T] or x [T, I]."""
        self.calls.clear()
        x = torch.as_tensor(np.array(x))
        x = x.long() if self.ids else x.to(self.dtype)
        with torch.no_grad():
            y = self.model(x[None] if self.batch_first else x[:, None])
        while isinstance(y, (tuple, list)) and len(y):
            y = y[0]
        if not isinstance(y, torch.Tensor):
            raise CannotExport("the model's output is no tensor, and no tuple that begins with one")
        return y

    def steps(self):
        """T as the first recurrent layer saw it; 0 if it saw several inputs."""
        _, module, x, _ = next((call for call in self.calls if type(call[1]) in KINDS), (None, None, None, None))
        if module is None:
            raise CannotExport(f"the model's forward runs no nn.LSTM, nn.GRU or nn.RNN; {KNOWN}")
        x = x.data[None] if isinstance(x, nn.utils.rnn.PackedSequence) else x.transpose(0, 1) if x.dim() == 3 and not module.batch_first else x
        return 0 if x.dim() == 3 and len(x) != 1 else x.shape[-2]

    def arrange(self):
        """Gives every call its part, or names what has none."""
        self.recurrent, self.table, self.head = [], None, None
        for name, module in self.parts.items():
            raise CannotExport(f"layer `{name or type(module).__name__}`: {type(module).__name__} has weights of its own; {KNOWN}")
        for name, module, _, _ in self.calls:
            kind = type(module)
            if isinstance(module, SILENT) or name == self.attention:
                continue
            if kind in KINDS and self.head is None:
                self.recurrent.append(name)
            elif kind is nn.Embedding and self.table is None and not self.recurrent and module.max_norm is None:
                self.table = name
            elif kind is nn.Linear and self.recurrent and self.head is None:
                self.head = name
            elif isinstance(module, ENDS) and self.head is not None:
                continue
            elif kind is nn.Linear:
                place = "above the read-out" if self.head is not None else "below the recurrent layers"
                raise CannotExport(f"layer `{name}`: a Linear {place}; {KNOWN}")
            else:
                raise CannotExport(f"layer `{name}`: {kind.__name__} cannot be expressed here; {KNOWN}")
        if self.head is None:
            raise CannotExport(f"the model's forward runs no Linear read-out; {KNOWN}")
        if self.attention is not None and self.attention not in (call[0] for call in self.calls):
            raise CannotExport(f"attention: `{self.attention}` is not run by the model's forward")

    def run(self, x):
        """ids [T] or x [T, I] -> Run."""
        output = self.call(x)
        seen = {name: (given, gave) for name, _, given, gave in self.calls}
        flat = lambda y: (y.data if isinstance(y, nn.utils.rnn.PackedSequence) else y).flatten(0, -2).numpy()
        tops, last = {}, -1
        for name in self.recurrent:
            last += self.model.get_submodule(name).num_layers
            tops[last] = flat(seen[name][1][0])
        (given, gave), every = seen[self.head], seen[self.head][1].numel() > self.model.get_submodule(self.head).out_features
        logits = gave.flatten(0, -2) if every else gave.flatten()
        return Run(flat(seen[self.attention or self.recurrent[0]][0]), tops, given.numpy(), logits.numpy(), output.numpy())
