"""What an adapter finds in a model: wiring, weights, and ways to run it.

Letters: T steps, I inputs, H hidden units, C classes. Tensors have PyTorch's names, gate orders and shapes.
"""
from dataclasses import dataclass, field
from typing import Callable, Optional


class CannotExport(ValueError):
    """The model holds something that rnnscope cannot express; the message names it."""


@dataclass
class Run:
    """What the framework computed for one input; arrays in the precision of the run."""

    first: object  # [T, I] what the first layer, or the attention, read
    tops: dict  # number of a layer -> its output [T, H * directions], where the framework shows it
    head_input: object  # what the head read, without the batch
    logits: object  # what the head gave, without the batch
    output: object  # what the model gave


@dataclass
class Found:
    """A model, taken apart."""

    framework: str
    framework_version: str
    weights: dict  # name -> array: <layer name>.weight_ih_l<k>[_reverse], head.weight, embedding.weight, ...
    layers: list  # as in the metadata, from the input upwards
    run: Callable  # ids [T] or x [T, I] -> Run
    cell: Callable  # (layer number, direction) -> step(x [I], state or None) -> (h [H], c [H] or None, state)
    precision: str  # of the runs: "float64" or "float32"
    reads_ids: bool = False  # token numbers rather than values
    embedding: Optional[str] = None
    attention: Optional[str] = None
    head: str = "head"
    padding: Optional[int] = None  # a token that the model skips and rnnscope does not
    notes: list = field(default_factory=list)

    @property
    def inputs(self):
        return self.layers[0]["input"]

    @property
    def outputs(self):
        return len(self.weights[f"{self.head}.weight"])

    @property
    def tolerance(self):
        """Of a comparison with rnnscope's equations in float64, relative to the largest value (or to 1)."""
        return 1e-9 if self.precision == "float64" else 1e-4
